//! Reads the value of an entry rule as objections.

use serde_json::{Value, json};

use crate::core::decision::Demand;
use crate::core::policy::engine::Firing;
use crate::core::policy::entries::Entry;
use crate::core::policy::webhook;

/// One objection, before it has a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Objection {
    /// Deny or warn.
    pub demand: Demand,
    /// The message.
    pub msg: String,
    /// Other keys of the result.
    pub details: Value,
    /// The value of the rule, or the member of its set, that this is.
    pub value: Value,
    /// It is an error for which Gatekeeper refuses the request, whatever the constraint says.
    pub refuses: bool,
    /// The bodies that made it, with what their loops were at.
    pub firings: Vec<Firing>,
}

/// What the value of an entry rule says; an `Err` explains what cannot be understood.
///
/// # Errors
/// The value is none that this entry can have.
pub fn objections(entry: Entry, rule: &str, value: Option<&Value>) -> Result<Vec<Objection>, String> {
    match entry {
        Entry::Deny => collection(Demand::Deny, rule, value),
        Entry::Warn => collection(Demand::Warn, rule, value),
        Entry::Allow => Ok(match value {
            Some(Value::Bool(true)) => Vec::new(),
            None => vec![plain(Demand::Deny, format!("{rule} is undefined"), &Value::Null)],
            Some(value @ Value::Bool(false)) => vec![plain(Demand::Deny, format!("{rule} is false"), value)],
            Some(value) => vec![plain(Demand::Deny, format!("{rule} is not true"), value)],
        }),
        Entry::Response => response(rule, value),
        Entry::Violation => Ok(violations(value)),
        Entry::Exception => Ok(Vec::new()),
    }
}

/// The names that a value of `exception` takes back: `data.<package>.exception[_][_]`.
#[must_use]
pub fn exceptions(value: Option<&Value>) -> Vec<String> {
    fn children(value: &Value) -> Vec<&Value> {
        match value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(fields) => fields.values().collect(),
            _ => Vec::new(),
        }
    }
    let outer = value.map(children).unwrap_or_default();
    outer.into_iter().flat_map(children).filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

fn plain(demand: Demand, msg: String, value: &Value) -> Objection {
    Objection { demand, msg, details: Value::Null, value: value.clone(), refuses: false, firings: Vec::new() }
}

fn collection(demand: Demand, rule: &str, value: Option<&Value>) -> Result<Vec<Objection>, String> {
    let each = |items: &mut dyn Iterator<Item = &Value>| items.map(|item| one(demand, rule, item)).collect();
    match value {
        None | Some(Value::Bool(false)) => Ok(Vec::new()),
        Some(value @ Value::Bool(true)) => Ok(vec![plain(demand, format!("{rule} is true"), value)]),
        Some(Value::Array(items)) => each(&mut items.iter()),
        Some(value @ Value::Object(fields)) if fields.get("msg").is_some_and(Value::is_string) => {
            Ok(vec![one(demand, rule, value)?])
        }
        Some(Value::Object(fields)) => each(&mut fields.values()),
        Some(value) => Ok(vec![one(demand, rule, value)?]),
    }
}

fn one(demand: Demand, rule: &str, value: &Value) -> Result<Objection, String> {
    match value {
        Value::String(msg) => Ok(plain(demand, msg.clone(), value)),
        Value::Object(fields) => {
            let msg = fields.get("msg").and_then(Value::as_str).map(str::to_owned);
            let msg = msg.ok_or_else(|| not_understood(rule, value))?;
            let rest: serde_json::Map<_, _> =
                fields.iter().filter(|(key, _)| *key != "msg").map(|(k, v)| (k.clone(), v.clone())).collect();
            let details = if rest.is_empty() { Value::Null } else { Value::Object(rest) };
            Ok(Objection { demand, msg, details, value: value.clone(), refuses: false, firings: Vec::new() })
        }
        other => Err(not_understood(rule, other)),
    }
}

fn not_understood(rule: &str, value: &Value) -> String {
    let text: String = value.to_string().chars().take(60).collect();
    format!("a result of {rule} must be a string or an object with a string `msg`, not {text}")
}

/// The members of a template's `violation`, as Gatekeeper's hook reads them: what has no `msg` is dropped, and a `msg`
/// that is no string fails the request.
fn violations(value: Option<&Value>) -> Vec<Objection> {
    let mut found: Vec<Objection> = Vec::new();
    for member in value.and_then(Value::as_array).into_iter().flatten() {
        let Some(msg) = member.as_object().and_then(|fields| fields.get("msg")) else { continue };
        let details = member.get("details").filter(|details| **details != json!({})).cloned();
        let details = details.unwrap_or_default();
        let (msg, refuses) = match msg {
            Value::String(msg) => (msg.clone(), false),
            other => (
                format!("extracting message binding: .msg accessor error: {}, expected string", typed(other)),
                true,
            ),
        };
        // The same message with the same details is one result.
        if !found.iter().any(|known| (&known.msg, &known.details) == (&msg, &details)) {
            let demand = Demand::Deny;
            found.push(Objection {
                demand,
                msg,
                details,
                value: member.clone(),
                refuses,
                firings: Vec::new(),
            });
        }
    }
    found
}

/// A value with its type, as Go shows them.
fn typed(value: &Value) -> String {
    let kind = match value {
        Value::Null => return "<nil> is of the type <nil>".to_owned(),
        Value::Bool(_) => "bool",
        Value::Number(_) => "json.Number",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    format!("{value} is of the type {kind}")
}

/// What a webhook's answer objects to: the denial first, then its warnings.
fn response(rule: &str, value: Option<&Value>) -> Result<Vec<Objection>, String> {
    let answer = webhook::answer(rule, value)?;
    let whole = value.unwrap_or(&Value::Null);
    let denied = answer.denied.into_iter().map(|msg| plain(Demand::Deny, msg, whole));
    let warnings = answer.warnings.into_iter().map(|msg| plain(Demand::Warn, msg, whole));
    Ok(denied.chain(warnings).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(entry: Entry, value: &Value) -> Result<Vec<String>, String> {
        objections(entry, "r", Some(value)).map(|all| all.into_iter().map(|o| o.msg).collect())
    }

    #[test]
    fn values_are_read_as_conftest_and_opa_do() {
        for (entry, value, expected) in [
            (Entry::Deny, json!(["a", "b"]), vec!["a", "b"]),
            (Entry::Deny, json!([{"msg": "a", "x": 1}]), vec!["a"]),
            (Entry::Deny, json!({"msg": "a"}), vec!["a"]),
            (Entry::Deny, json!({"k": "a"}), vec!["a"]),
            (Entry::Deny, json!("a"), vec!["a"]),
            (Entry::Deny, json!(true), vec!["r is true"]),
            (Entry::Deny, json!(false), vec![]),
            (Entry::Deny, json!([]), vec![]),
            (Entry::Allow, json!(true), vec![]),
            (Entry::Allow, json!(false), vec!["r is false"]),
            (Entry::Allow, json!("yes"), vec!["r is not true"]),
            (Entry::Response, json!({"allowed": true, "warnings": ["w"]}), vec!["w"]),
            (
                Entry::Response,
                json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": {"allowed": false, "status": {"message": "m"}}}),
                vec!["m"],
            ),
        ] {
            assert_eq!(texts(entry, &value).unwrap(), expected, "{value}");
        }
        for (entry, value) in [
            (Entry::Deny, json!([1])),
            (Entry::Deny, json!([{"message": "a"}])),
            (Entry::Response, json!({})),
        ] {
            assert!(texts(entry, &value).is_err(), "{value}");
        }
    }

    #[test]
    fn undefined_denies_where_allow_is_asked() {
        assert_eq!(objections(Entry::Allow, "allow", None).unwrap().len(), 1);
        assert_eq!(objections(Entry::Deny, "deny", None).unwrap(), vec![]);
        assert!(objections(Entry::Response, "main", None).is_err());
    }

    #[test]
    fn other_keys_are_details() {
        let found = objections(Entry::Deny, "r", Some(&json!([{"msg": "a", "id": 7}]))).unwrap();
        assert_eq!(found.first().unwrap().details, json!({"id": 7}));
    }

    #[test]
    fn exceptions_are_two_levels_deep() {
        assert_eq!(exceptions(Some(&json!([["root", ""], ["x"]]))), ["root", "", "x"]);
        assert!(exceptions(Some(&json!(["root"]))).is_empty());
    }
}
