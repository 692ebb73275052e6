//! Schemas by table: values, defaults, unknown fields, structure.

use serde_json::json;

use super::structure::{keep_unknown, schema_problems};
use super::*;

fn parameters() -> Value {
    json!({"type": "object", "required": ["repos"], "properties": {
        "repos": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "^[a-z]+$"}},
        "mode": {"type": "string", "enum": ["strict", "loose"], "default": "strict"},
        "count": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
        "size": {"x-kubernetes-int-or-string": true},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "exempt": {"type": "array", "items": {"type": "object", "properties": {
            "name": {"type": "string"}, "deep": {"type": "boolean", "default": true},
        }}},
        "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "maybe": {"type": "string", "nullable": true},
    }})
}

#[test]
fn values_are_refused_in_the_words_of_kubernetes() {
    for (value, words) in [
        (json!({"repos": ["a"]}), ""),
        (json!({"repos": ["a"], "maybe": null, "size": 1, "any": {"x": [1]}}), ""),
        (json!({"repos": ["a"], "count": 3.0, "size": "1Gi", "labels": {"a": "b"}}), ""),
        (json!({}), "repos: Required value"),
        (json!({"repos": []}), "repos: Invalid value: []: repos in body should have at least 1 items"),
        (
            json!({"repos": "a"}),
            "repos: Invalid value: \"string\": repos in body must be of type array: \"string\"",
        ),
        (
            json!({"repos": [1]}),
            "repos[0]: Invalid value: \"integer\": repos[0] in body must be of type string: \"integer\"",
        ),
        (json!({"repos": ["A"]}), "repos[0]: Invalid value: \"A\": repos[0] in body should match '^[a-z]+$'"),
        (
            json!({"repos": ["a"], "mode": "x"}),
            "mode: Unsupported value: \"x\": supported values: \"strict\", \"loose\"",
        ),
        (
            json!({"repos": ["a"], "count": 0}),
            "count: Invalid value: 0: count in body should be greater than or equal to 1",
        ),
        (
            json!({"repos": ["a"], "count": 10}),
            "count: Invalid value: 10: count in body should be less than or equal to 9",
        ),
        (
            json!({"repos": ["a"], "count": 1.5}),
            "count: Invalid value: \"number\": count in body must be of type integer: \"number\"",
        ),
        (
            json!({"repos": ["a"], "mode": null}),
            "mode: Invalid value: \"null\": mode in body must be of type string: \"null\"",
        ),
        (
            json!({"repos": ["a"], "labels": {"a": 1}}),
            "labels.a: Invalid value: \"integer\": labels.a in body must be of type string: \"integer\"",
        ),
    ] {
        let found: Vec<String> = problems(&parameters(), &value).into_iter().map(|p| p.message).collect();
        assert_eq!(found.join("; "), words, "{value}");
    }
}

#[test]
fn combinations_are_looked_at() {
    let schema = json!({"type": "object", "properties": {
        "a": {"type": "integer", "anyOf": [{"minimum": 5}, {"maximum": 1}], "not": {"enum": [7]}},
    }});
    for (value, fits) in [(0, true), (3, false), (5, true), (7, false)] {
        assert_eq!(problems(&schema, &json!({"a": value})).is_empty(), fits, "{value}");
    }
}

#[test]
fn defaults_are_set_where_nothing_is() {
    let mut value = json!({"repos": ["a"], "mode": null, "exempt": [{"name": "x"}, {"deep": false}]});
    set_defaults(&parameters(), &mut value);
    assert_eq!(
        value,
        json!({"repos": ["a"], "mode": "strict", "count": 3, "exempt": [{"name": "x", "deep": true}, {"deep": false}]})
    );
}

#[test]
fn unknown_fields_are_named() {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"parameters": parameters()}}}});
    for (value, fields) in [
        (json!({"apiVersion": "v1", "metadata": {"x": 1}, "spec": {"parameters": {"repos": []}}}), vec![]),
        (json!({"spec": {"parameters": {"repo": []}}}), vec!["/spec/parameters/repo"]),
        (json!({"spec": {"parameters": {"any": {"x": {"y": 1}}, "labels": {"z": "1"}}}}), vec![]),
        (
            json!({"spec": {"parameters": {"exempt": [{"names": 1}]}}}),
            vec!["/spec/parameters/exempt/0/names"],
        ),
        (json!({"speck": {}}), vec!["/speck"]),
    ] {
        let found: Vec<String> = unknown_fields(&schema, &value).into_iter().map(|p| p.pointer).collect();
        assert_eq!(found, fields, "{value}");
    }
}

#[test]
fn a_schema_must_be_structural() {
    assert_eq!(schema_problems(&parameters(), "p"), vec![]);
    for (schema, words) in [
        (
            json!({"properties": {"a": {"type": "string"}}}),
            "p.type: Required value: must not be empty for specified object fields",
        ),
        (
            json!({"type": "object", "properties": {"a": {}}}),
            "p.properties[a].type: Required value: must not be empty for specified object fields",
        ),
        (json!({"type": "array"}), "p.items: Required value: must be specified"),
        (
            json!({"type": "array", "items": {}}),
            "p.items.type: Required value: must not be empty for specified array items",
        ),
        (
            json!({"type": "strng"}),
            "p.type: Unsupported value: \"strng\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"",
        ),
        (
            json!({"type": "string", "default": 1}),
            "p.default: Invalid value: \"integer\":  in body must be of type string: \"integer\"",
        ),
        (
            json!({"type": "string", "anyOf": [{"type": "string"}]}),
            "p.anyOf[0].type: Forbidden: must be empty to be structural",
        ),
        (json!({"type": "string", "$ref": "#/x"}), "p.$ref: Forbidden: $ref is not supported"),
    ] {
        let found: Vec<String> = schema_problems(&schema, "p").into_iter().map(|p| p.message).collect();
        assert_eq!(found, [words], "{schema}");
    }
}

#[test]
fn a_legacy_schema_keeps_what_it_does_not_know() {
    let mut schema = json!({"properties": {"a": {"type": "array"}, "b": {"type": "string"}}});
    keep_unknown(&mut schema);
    assert_eq!(schema_problems(&schema, "p"), vec![]);
    assert!(unknown_fields(&schema, &json!({"c": {"d": 1}, "a": [{"x": 1}]})).is_empty());
}
