//! Whether a schema may be that of a CustomResourceDefinition: it must be structural.

use serde_json::Value;

use super::super::{Problem, escape};
use super::{flag, problems, properties};

/// Where a schema stands in another one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Field,
    Item,
    /// In `anyOf`, `not` and the like, where types are forbidden.
    Nested,
}

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Keywords of JSON schema that a CustomResourceDefinition must not have.
const UNSUPPORTED: [&str; 6] =
    ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];

/// What keeps the schema of a field from being structural. Places are JSON pointers from the schema on; `path` is how
/// Kubernetes names the field.
#[must_use]
pub fn schema_problems(schema: &Value, path: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    check(schema, "", path, Level::Field, &mut found);
    found
}

/// As a template without structural schema is read: unknown fields are kept wherever an object may be
/// (`AddPreserveUnknownFields`).
pub fn keep_unknown(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    match kind.as_str() {
        "" | "object" => {
            fields.insert("x-kubernetes-preserve-unknown-fields".to_owned(), true.into());
        }
        "array" => {
            let items = fields.entry("items").or_insert(Value::Null);
            if !items.is_object() {
                *items = serde_json::json!({});
            }
        }
        _ => {}
    }
    if let Some(below) = fields.get_mut("properties").and_then(Value::as_object_mut) {
        below.values_mut().for_each(keep_unknown);
    }
    for name in ["items", "additionalProperties"] {
        if let Some(below) = fields.get_mut(name).filter(|below| below.is_object()) {
            keep_unknown(below);
        }
    }
}

fn check(schema: &Value, pointer: &str, path: &str, level: Level, found: &mut Vec<Problem>) {
    let mut say = |below: &str, words: String| {
        found.push(Problem::at(format!("{pointer}{below}"), format!("{path}{words}")));
    };
    let Some(fields) = schema.as_object() else {
        return say("", format!(": Invalid value: {schema}: must be a schema object"));
    };
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    let open =
        flag(schema, "x-kubernetes-int-or-string") || flag(schema, "x-kubernetes-preserve-unknown-fields");
    match (level, kind) {
        (Level::Nested, "") => {}
        (Level::Nested, _) => say("/type", ".type: Forbidden: must be empty to be structural".to_owned()),
        (_, "") if open => {}
        (Level::Item, "") => {
            say("", ".type: Required value: must not be empty for specified array items".to_owned());
        }
        (Level::Field, "") => {
            say("", ".type: Required value: must not be empty for specified object fields".to_owned());
        }
        (_, kind) if !TYPES.contains(&kind) => {
            let known: Vec<String> = TYPES.iter().map(|known| format!("{known:?}")).collect();
            say(
                "/type",
                format!(".type: Unsupported value: {kind:?}: supported values: {}", known.join(", ")),
            );
        }
        _ => {}
    }
    for name in UNSUPPORTED.iter().filter(|name| fields.contains_key(**name)) {
        say(&format!("/{}", escape(name)), format!(".{name}: Forbidden: {name} is not supported"));
    }
    if flag(schema, "uniqueItems") {
        let why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        say("/uniqueItems", format!(".uniqueItems: Forbidden: {why}"));
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
        && crate::core::policy::engine::finds(pattern, "").is_none()
    {
        say("/pattern", format!(".pattern: Invalid value: {pattern:?}: must be a valid regular expression"));
    }
    let has_properties = properties(schema).next().is_some();
    match schema.get("additionalProperties") {
        Some(Value::Bool(false)) => {
            say(
                "/additionalProperties",
                ".additionalProperties: Forbidden: additionalProperties cannot be set to false".to_owned(),
            );
        }
        Some(_) if level == Level::Nested => {
            say(
                "/additionalProperties",
                ".additionalProperties: Forbidden: must be undefined to be structural".to_owned(),
            );
        }
        Some(_) if has_properties => {
            say(
                "/additionalProperties",
                ".additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"
                    .to_owned(),
            );
        }
        _ => {}
    }
    let items = schema.get("items");
    match items {
        None if kind == "array" => say("", ".items: Required value: must be specified".to_owned()),
        Some(Value::Array(_)) => {
            say("/items", ".items: Forbidden: items must be a schema object and not an array".to_owned());
        }
        _ => {}
    }
    if level == Level::Nested {
        for name in ["default", "title", "description"] {
            if let Some(value) = schema.get(name).filter(|value| value.as_str() != Some("")) {
                let must = if name == "default" { "undefined" } else { "empty" };
                let _ = value;
                say(&format!("/{name}"), format!(".{name}: Forbidden: must be {must} to be structural"));
            }
        }
    } else if let Some(default) = schema.get("default") {
        for problem in problems(schema, default) {
            say("/default", format!(".default{}", problem.message));
        }
    }
    let below = if level == Level::Nested { Level::Nested } else { Level::Field };
    for (name, property) in properties(schema) {
        let pointer = format!("{pointer}/properties/{}", escape(name));
        check(property, &pointer, &format!("{path}.properties[{name}]"), below, found);
    }
    if let Some(items) = items.filter(|items| items.is_object()) {
        let below = if level == Level::Nested { Level::Nested } else { Level::Item };
        check(items, &format!("{pointer}/items"), &format!("{path}.items"), below, found);
    }
    if let Some(other) =
        schema.get("additionalProperties").filter(|o| o.is_object() && level != Level::Nested)
    {
        let pointer = format!("{pointer}/additionalProperties");
        check(other, &pointer, &format!("{path}.additionalProperties"), Level::Field, found);
    }
    // `anyOf: [{type: integer}, {type: string}]` is how an int-or-string is written.
    let pair = serde_json::json!([{ "type": "integer" }, { "type": "string" }]);
    for name in ["allOf", "anyOf", "oneOf"] {
        let all = schema.get(name).and_then(Value::as_array);
        if name == "anyOf" && schema.get(name) == Some(&pair) {
            continue;
        }
        for (nth, part) in all.into_iter().flatten().enumerate() {
            if name == "allOf" && nth == 0 && part.get("anyOf") == Some(&pair) {
                continue;
            }
            check(
                part,
                &format!("{pointer}/{name}/{nth}"),
                &format!("{path}.{name}[{nth}]"),
                Level::Nested,
                found,
            );
        }
    }
    if let Some(part) = schema.get("not") {
        check(part, &format!("{pointer}/not"), &format!("{path}.not"), Level::Nested, found);
    }
}
