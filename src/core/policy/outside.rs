//! What builtins that ask the world outside are to answer: `http.send`, `net.lookup_ip_addr`, `opa.runtime`.
//!
//! They are never run. A call is answered by the first mock that matches it, and not judged if there is none.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::core::manifest::opa::{Refused, read_as_opa};

/// The name of the file that is used without being named, in a folder that is.
pub const FILE: &str = "regoscope-mocks.yaml";

/// The builtins that can be mocked, with their number of arguments.
pub const BUILTINS: &[(&str, u8)] = &[("http.send", 1), ("net.lookup_ip_addr", 1), ("opa.runtime", 0)];

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mock {
    /// Whose.
    pub builtin: String,
    /// What the call must be given. Of objects only the keys that stand here count. Anything, if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<Value>>,
    /// What it answers.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// The error that it ends with instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// `result: null` is an answer.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// Reads a file of mocks: a list, in YAML or JSON.
///
/// # Errors
/// What is wrong, in words.
pub fn read(text: &str) -> Result<Vec<Mock>, String> {
    let value = read_as_opa(text).map_err(|refused| match refused {
        Refused::Malformed(words) => words,
        Refused::Unsure => "this YAML cannot be read for certain".to_owned(),
    })?;
    let all: Vec<Mock> = serde_json::from_value(value).map_err(|error| error.to_string())?;
    for mock in &all {
        if !BUILTINS.iter().any(|(name, _)| *name == mock.builtin) {
            return Err(format!("{}: only {} can be mocked", mock.builtin, names()));
        }
        if mock.result.is_some() == mock.error.is_some() {
            return Err(format!("{}: either `result` or `error` is needed", mock.builtin));
        }
    }
    Ok(all)
}

fn names() -> String {
    BUILTINS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

impl Mock {
    /// Whether it answers this call.
    #[must_use]
    pub fn answers(&self, builtin: &str, given: &[Value]) -> bool {
        let fits = |wanted: &Vec<Value>| {
            wanted.len() == given.len()
                && wanted.iter().zip(given).all(|(wanted, given)| matches(wanted, given))
        };
        self.builtin == builtin && self.args.as_ref().is_none_or(fits)
    }
}

fn matches(wanted: &Value, given: &Value) -> bool {
    match (wanted, given) {
        (Value::Object(wanted), Value::Object(given)) => {
            wanted.iter().all(|(key, value)| given.get(key).is_some_and(|given| matches(value, given)))
        }
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => wanted == given,
    }
}

/// The shape of a call, for whoever has to write a mock of it: `http.send({method, url})`.
#[must_use]
pub fn shape(builtin: &str, given: &[Value]) -> String {
    let shapes: Vec<String> = given
        .iter()
        .map(|value| match value {
            Value::Object(fields) => {
                format!("{{{}}}", fields.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
            }
            Value::Array(_) => "array".to_owned(),
            Value::String(_) => "string".to_owned(),
            other => other.to_string(),
        })
        .collect();
    format!("{builtin}({})", shapes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_mock_answers_calls_that_have_what_it_names() {
        let all = read(
            "- builtin: http.send\n  args: [{method: get, headers: {a: b}}]\n  result: {status_code: 200}\n- builtin: opa.runtime\n  result: null\n",
        )
        .unwrap();
        let first = all.first().unwrap();
        for (given, wanted) in [
            (json!([{"method": "get", "url": "u", "headers": {"a": "b", "c": "d"}}]), true),
            (json!([{"method": "post", "headers": {"a": "b"}}]), false),
            (json!([{"method": "get"}]), false),
            (json!(["get"]), false),
            (json!([]), false),
        ] {
            assert_eq!(first.answers("http.send", given.as_array().unwrap()), wanted, "{given}");
        }
        assert_eq!(all.get(1).unwrap().result, Some(Value::Null));
    }

    #[test]
    fn what_is_no_list_of_mocks_is_refused_in_words() {
        for (text, words) in [
            ("a: b", "invalid type: map, expected a sequence"),
            ("- builtin: count\n  result: 1", "count: only http.send"),
            ("- builtin: http.send", "either `result` or `error`"),
            ("- builtin: http.send\n  reslt: 1", "unknown field `reslt`"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }
}
