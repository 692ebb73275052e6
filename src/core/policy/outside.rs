//! What builtins that ask the world outside are to answer: `http.send`, `net.lookup_ip_addr`, `opa.runtime`, and
//! Gatekeeper's `external_data`.
//!
//! They are never run. A call is answered by the first mock that matches it, and not judged if there is none.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::core::manifest::opa::{Refused, read_as_opa};

/// The name of the file that is used without being named, in a folder that is.
pub const FILE: &str = "regoscope-mocks.yaml";

/// The builtins that can be mocked, with their number of arguments.
pub const BUILTINS: &[&str] = &["http.send", "net.lookup_ip_addr", "opa.runtime"];

/// Gatekeeper's builtin.
pub const EXTERNAL_DATA: &str = "external_data";

/// All answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mocks {
    /// Of builtins, the first that matches.
    pub builtins: Vec<Mock>,
    /// Of Gatekeeper's providers, by name, the value of each key.
    pub external_data: BTreeMap<String, BTreeMap<String, Value>>,
}

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

/// Reads a file of mocks in YAML or JSON: a list of those of builtins, or an object with `builtins` and `external_data`.
///
/// # Errors
/// What is wrong, in words.
pub fn read(text: &str) -> Result<Mocks, String> {
    let value = read_as_opa(text).map_err(|refused| match refused {
        Refused::Malformed(words) => words,
        Refused::Unsure => "this YAML cannot be read for certain".to_owned(),
    })?;
    let value = if value.is_array() { json!({ "builtins": value }) } else { value };
    let all: Mocks = serde_json::from_value(value).map_err(|error| error.to_string())?;
    for mock in &all.builtins {
        if !BUILTINS.contains(&mock.builtin.as_str()) {
            return Err(format!("{}: only {} can be mocked", mock.builtin, BUILTINS.join(", ")));
        }
        if mock.result.is_some() == mock.error.is_some() {
            return Err(format!("{}: either `result` or `error` is needed", mock.builtin));
        }
    }
    Ok(all)
}

impl Mocks {
    /// Adds what another file says. What is already known stays.
    pub fn extend(&mut self, other: Self) {
        self.builtins.extend(other.builtins);
        for (provider, values) in other.external_data {
            let known = self.external_data.entry(provider).or_default();
            values.into_iter().for_each(|(key, value)| {
                known.entry(key).or_insert(value);
            });
        }
    }

    /// Whether some call of this builtin is answered.
    #[must_use]
    pub fn know(&self, builtin: &str) -> bool {
        match builtin {
            EXTERNAL_DATA => !self.external_data.is_empty(),
            _ => self.builtins.iter().any(|mock| mock.builtin == builtin),
        }
    }

    /// What a call answers: `Err` is the error that it ends with, `None` that nobody knows.
    #[must_use]
    pub fn answer(&self, builtin: &str, given: &[Value]) -> Option<Result<Value, String>> {
        if builtin == EXTERNAL_DATA {
            return self.provided(given.first()?);
        }
        let mock = self.builtins.iter().find(|mock| mock.answers(builtin, given))?;
        match &mock.error {
            Some(words) => Some(Err(words.clone())),
            None => mock.result.clone().map(Ok),
        }
    }

    /// As the Rego driver of Gatekeeper's frameworks makes the answer of a provider (`externaldata.NewRegoResponse`).
    fn provided(&self, request: &Value) -> Option<Result<Value, String>> {
        let provider = request.get("provider")?.as_str()?;
        let keys = request.get("keys")?.as_array()?;
        let known = self.external_data.get(provider)?;
        let responses: Option<Vec<Value>> =
            keys.iter().map(|key| Some(json!([key, known.get(key.as_str()?)?]))).collect();
        // A provider is not asked about nothing.
        let status = if keys.is_empty() { 0 } else { 200 };
        Some(Ok(json!({ "responses": responses?, "errors": [], "status_code": status, "system_error": "" })))
    }
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
        let first = all.builtins.first().unwrap();
        for (given, wanted) in [
            (json!([{"method": "get", "url": "u", "headers": {"a": "b", "c": "d"}}]), true),
            (json!([{"method": "post", "headers": {"a": "b"}}]), false),
            (json!([{"method": "get"}]), false),
            (json!(["get"]), false),
            (json!([]), false),
        ] {
            assert_eq!(first.answers("http.send", given.as_array().unwrap()), wanted, "{given}");
        }
        assert_eq!(all.answer("opa.runtime", &[]), Some(Ok(Value::Null)));
    }

    #[test]
    fn providers_answer_as_those_of_gatekeeper() {
        let all = read("external_data: {p: {a: 1, b: {c: d}}}").unwrap();
        let asked = |provider: &str, keys: Value| {
            all.answer(EXTERNAL_DATA, &[json!({"provider": provider, "keys": keys})])
        };
        let said = |responses: Value, status: u16| json!({"responses": responses, "errors": [], "status_code": status, "system_error": ""});
        assert_eq!(asked("p", json!(["b", "a"])), Some(Ok(said(json!([["b", {"c": "d"}], ["a", 1]]), 200))));
        assert_eq!(asked("p", json!([])), Some(Ok(said(json!([]), 0))));
        assert_eq!(asked("p", json!(["a", "z"])), None);
        assert_eq!(asked("q", json!(["a"])), None);
    }

    #[test]
    fn what_is_no_list_of_mocks_is_refused_in_words() {
        for (text, words) in [
            ("a: b", "unknown field `a`"),
            ("1", "invalid type: integer"),
            ("external_data: {p: [k]}", "invalid type: sequence"),
            ("- builtin: count\n  result: 1", "count: only http.send"),
            ("- builtin: http.send", "either `result` or `error`"),
            ("- builtin: http.send\n  reslt: 1", "unknown field `reslt`"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }
}
