//! The schema of a CustomResourceDefinition, as far as a constraint needs it: whether it may be one
//! ([`structure`]), whether a value fits it, what of a value it does not know, and its defaults.
//!
//! The words are those of Kubernetes (`apiextensions-apiserver`), which Gatekeeper shows.

pub mod structure;

use serde_json::{Map, Value};

use super::{Problem, escape};
use crate::core::policy::engine;

/// A place in a value: where it is written, and how Kubernetes names it.
#[derive(Clone, Default)]
struct At {
    pointer: String,
    path: String,
}

impl At {
    fn field(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self {
            pointer: format!("{}/{}", self.pointer, escape(name)),
            path: format!("{}{dot}{name}", self.path),
        }
    }

    fn item(&self, at: usize) -> Self {
        Self { pointer: format!("{}/{at}", self.pointer), path: format!("{}[{at}]", self.path) }
    }
}

/// Why a value does not fit a schema.
#[must_use]
pub fn problems(schema: &Value, value: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    validate(schema, value, &At::default(), &mut found);
    found
}

/// Fields of a resource that its schema does not know.
#[must_use]
pub fn unknown_fields(schema: &Value, resource: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    prune(Some(schema), resource, &At::default(), &mut found);
    let say = |at: At| Problem::at_key(at.pointer, format!("unknown fields: [{}]", at.path));
    found.into_iter().map(say).collect()
}

/// Sets what is absent and has a default.
pub fn set_defaults(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, property) in properties(schema) {
                let absent = match fields.get(name) {
                    None => true,
                    Some(value) => value.is_null() && !flag(property, "nullable"),
                };
                if let Some(default) = property.get("default").filter(|_| absent) {
                    fields.insert(name.clone(), default.clone());
                }
            }
            let other = schema.get("additionalProperties").filter(|s| s.is_object());
            let known = schema.get("properties");
            for (name, value) in fields.iter_mut() {
                if let Some(below) = known.and_then(|known| known.get(name)).or(other) {
                    set_default_of_null(below, value);
                    set_defaults(below, value);
                }
            }
        }
        Value::Array(items) => {
            if let Some(below) = schema.get("items") {
                for item in items {
                    set_default_of_null(below, item);
                    set_defaults(below, item);
                }
            }
        }
        _ => {}
    }
}

fn set_default_of_null(schema: &Value, value: &mut Value) {
    if value.is_null()
        && !flag(schema, "nullable")
        && let Some(default) = schema.get("default")
    {
        *value = default.clone();
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn flag(schema: &Value, name: &str) -> bool {
    schema.get(name) == Some(&Value::Bool(true))
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A value as Kubernetes' errors show it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        other => other.to_string(),
    }
}

fn has_type(value: &Value, wanted: &str) -> bool {
    match wanted {
        "integer" => value.as_f64().is_some_and(|n| n.fract() == 0.0),
        "number" => value.is_number(),
        other => word(value) == other,
    }
}

fn validate(schema: &Value, value: &Value, at: &At, found: &mut Vec<Problem>) {
    let path = &at.path;
    let mut say = |words: String| found.push(Problem::at(at.pointer.clone(), words));
    let types: Vec<&str> = if flag(schema, "x-kubernetes-int-or-string") {
        vec!["integer", "string"]
    } else {
        schema.get("type").and_then(Value::as_str).filter(|t| !t.is_empty()).into_iter().collect()
    };
    if value.is_null() && (flag(schema, "nullable") || types.is_empty()) {
        return;
    }
    if !types.is_empty() && !types.iter().any(|wanted| has_type(value, wanted)) {
        let (got, wanted) = (word(value), types.join(","));
        say(format!("{path}: Invalid value: \"{got}\": {path} in body must be of type {wanted}: \"{got}\""));
        return;
    }
    let invalid = |words: String| format!("{path}: Invalid value: {}: {path} in body {words}", shown(value));
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let allowed: Vec<String> = allowed.iter().map(shown).collect();
        say(format!("{path}: Unsupported value: {}: supported values: {}", shown(value), allowed.join(", ")));
    }
    let limit = |name: &str| schema.get(name).and_then(Value::as_f64);
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            let of = |name: &str| schema.get(name).map(ToString::to_string).unwrap_or_default();
            if limit("minimum")
                .is_some_and(|min| number < min || (flag(schema, "exclusiveMinimum") && number == min))
            {
                let than = if flag(schema, "exclusiveMinimum") {
                    "greater than"
                } else {
                    "greater than or equal to"
                };
                say(invalid(format!("should be {than} {}", of("minimum"))));
            }
            if limit("maximum")
                .is_some_and(|max| number > max || (flag(schema, "exclusiveMaximum") && number == max))
            {
                let than =
                    if flag(schema, "exclusiveMaximum") { "less than" } else { "less than or equal to" };
                say(invalid(format!("should be {than} {}", of("maximum"))));
            }
            if limit("multipleOf").is_some_and(|of| of > 0.0 && (number / of).fract() != 0.0) {
                say(invalid(format!("should be a multiple of {}", of("multipleOf"))));
            }
        }
        Value::String(text) => {
            let length = text.chars().count() as f64;
            if let Some(max) = limit("maxLength").filter(|max| length > *max) {
                say(format!("{path}: Too long: may not be more than {max} bytes"));
            }
            if let Some(min) = limit("minLength").filter(|min| length < *min) {
                say(invalid(format!("should be at least {min} chars long")));
            }
            if let Some(pattern) = schema.get("pattern").and_then(Value::as_str).filter(|p| !p.is_empty()) {
                match engine::finds(pattern, text) {
                    Some(true) => {}
                    Some(false) => say(invalid(format!("should match '{pattern}'"))),
                    None => say(invalid(format!("cannot be compared with the pattern '{pattern}'"))),
                }
            }
        }
        Value::Array(items) => {
            if let Some(min) = limit("minItems").filter(|min| (items.len() as f64) < *min) {
                say(invalid(format!("should have at least {min} items")));
            }
            if let Some(max) = limit("maxItems").filter(|max| items.len() as f64 > *max) {
                say(format!("{path}: Too many: {}: must have at most {max} items", items.len()));
            }
            if let Some(below) = schema.get("items").filter(|below| below.is_object()) {
                for (nth, item) in items.iter().enumerate() {
                    validate(below, item, &at.item(nth), found);
                }
            }
        }
        Value::Object(fields) => {
            if let Some(min) = limit("minProperties").filter(|min| (fields.len() as f64) < *min) {
                say(invalid(format!("should have at least {min} properties")));
            }
            if let Some(max) = limit("maxProperties").filter(|max| fields.len() as f64 > *max) {
                say(format!("{path}: Too many: {}: must have at most {max} items", fields.len()));
            }
            let required = schema.get("required").and_then(Value::as_array);
            for name in required.into_iter().flatten().filter_map(Value::as_str) {
                if !fields.contains_key(name) {
                    let missing = at.field(name).path;
                    found.push(Problem::at_key(at.pointer.clone(), format!("{missing}: Required value")));
                }
            }
            validate_fields(schema, fields, at, found);
        }
        Value::Null | Value::Bool(_) => {}
    }
    validate_combined(schema, value, at, found);
}

fn validate_fields(schema: &Value, fields: &Map<String, Value>, at: &At, found: &mut Vec<Problem>) {
    let known = schema.get("properties");
    let other = schema.get("additionalProperties").filter(|s| s.is_object());
    for (name, value) in fields {
        if let Some(below) = known.and_then(|known| known.get(name)).or(other) {
            validate(below, value, &at.field(name), found);
        }
    }
}

/// `allOf`, `anyOf`, `oneOf`, `not`.
fn validate_combined(schema: &Value, value: &Value, at: &At, found: &mut Vec<Problem>) {
    let path = &at.path;
    let list = |name: &str| schema.get(name).and_then(Value::as_array).filter(|all| !all.is_empty());
    let fits = |schema: &Value| {
        let mut found = Vec::new();
        validate(schema, value, at, &mut found);
        found.is_empty()
    };
    let mut say = |words: &str| {
        found.push(Problem::at(
            at.pointer.clone(),
            format!("{path}: Invalid value: \"\": \"{path}\" {words}"),
        ));
    };
    if list("anyOf").is_some_and(|all| !all.iter().any(fits)) {
        say("must validate at least one schema (anyOf)");
    }
    if list("oneOf").is_some_and(|all| all.iter().filter(|schema| fits(schema)).count() != 1) {
        say("must validate one and only one schema (oneOf)");
    }
    if list("allOf").is_some_and(|all| !all.iter().all(fits)) {
        say("must validate all the schemas (allOf)");
    }
    if schema.get("not").is_some_and(fits) {
        say("must not validate the schema (not)");
    }
}

/// Collects what a structural schema does not know; `None` knows nothing.
fn prune(schema: Option<&Value>, value: &Value, at: &At, found: &mut Vec<At>) {
    let keeps = schema.is_some_and(|schema| flag(schema, "x-kubernetes-preserve-unknown-fields"));
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let meta = matches!(name.as_str(), "apiVersion" | "kind" | "metadata");
                let embedded = schema.is_some_and(|s| flag(s, "x-kubernetes-embedded-resource"));
                if meta && (embedded || at.path.is_empty()) {
                    continue;
                }
                let property = schema.and_then(|s| s.get("properties")).and_then(|known| known.get(name));
                let other =
                    schema.and_then(|s| s.get("additionalProperties")).filter(|o| **o != Value::Bool(false));
                match (property, other) {
                    (Some(below), _) => prune(Some(below), value, &at.field(name), found),
                    (None, Some(other)) => {
                        prune(Some(other).filter(|o| o.is_object()), value, &at.field(name), found);
                    }
                    (None, None) if keeps => {}
                    (None, None) => found.push(at.field(name)),
                }
            }
        }
        Value::Array(items) => {
            let below = schema.and_then(|s| s.get("items")).filter(|s| s.is_object());
            if keeps && below.is_none() {
                return;
            }
            for (nth, item) in items.iter().enumerate() {
                prune(below, item, &at.item(nth), found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
