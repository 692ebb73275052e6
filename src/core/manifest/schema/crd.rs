//! Structural schemas of CustomResourceDefinitions.

use serde_json::{Map, Value};

use super::{Definition, Field, Kind, Schemas, Type};

/// How deep a schema is followed; what lies deeper is not checked.
const MAX_DEPTH: usize = 100;

/// Adds the versions of a CustomResourceDefinition that have a schema.
pub(super) fn add(schemas: &mut Schemas, object: &Value) {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if text("/kind") != "CustomResourceDefinition"
        || !text("/apiVersion").starts_with("apiextensions.k8s.io/")
    {
        return;
    }
    let versions = object.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten();
    for version in versions {
        let Some(schema) = version.pointer("/schema/openAPIV3Schema").and_then(Value::as_object) else {
            continue;
        };
        let name = version.get("name").and_then(Value::as_str).unwrap_or_default();
        let Type::Object(definition) = object_type(schemas, schema, true, 0) else { continue };
        let key =
            (text("/spec/names/kind").to_owned().into(), format!("{}/{name}", text("/spec/group")).into());
        let plural = text("/spec/names/plural").to_owned().into();
        let namespaced = text("/spec/scope") == "Namespaced";
        schemas.own.kinds.insert(key, Kind { plural, namespaced, definition });
    }
}

/// The group, the kind, the plural and whether its objects live in a namespace, of a CustomResourceDefinition.
#[must_use]
pub fn resource(object: &Value) -> Option<(&str, &str, &str, bool)> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let is_crd = text("/kind") == "CustomResourceDefinition"
        && text("/apiVersion").starts_with("apiextensions.k8s.io/");
    let (group, kind) = (text("/spec/group"), text("/spec/names/kind"));
    let plural = text("/spec/names/plural");
    (is_crd && !group.is_empty() && !kind.is_empty() && !plural.is_empty())
        .then(|| (group, kind, plural, text("/spec/scope") == "Namespaced"))
}

fn read(schemas: &mut Schemas, schema: &Value, depth: usize) -> (Type, Vec<super::Name>) {
    let Some(schema) = schema.as_object().filter(|_| depth < MAX_DEPTH) else {
        return (Type::Any, Vec::new());
    };
    if is_set(schema, "x-kubernetes-int-or-string") {
        return (Type::IntOrString, Vec::new());
    }
    let (what, allowed) = match schema.get("type").and_then(Value::as_str).unwrap_or_default() {
        "string" => (Type::String, strings(schema)),
        "boolean" => (Type::Boolean, Vec::new()),
        "integer" => (Type::Integer, Vec::new()),
        "number" => (Type::Number, Vec::new()),
        "array" => {
            let items = schema.get("items").map(|items| read(schemas, items, depth + 1));
            let (item, allowed) = items.unwrap_or((Type::Any, Vec::new()));
            (Type::List(Box::new(item)), allowed)
        }
        "object" => return map_or_object(schemas, schema, depth),
        _ => (Type::Any, Vec::new()),
    };
    (what, allowed)
}

/// `properties` and `additionalProperties` exclude each other in a structural schema.
fn map_or_object(
    schemas: &mut Schemas,
    schema: &Map<String, Value>,
    depth: usize,
) -> (Type, Vec<super::Name>) {
    match schema.get("additionalProperties") {
        Some(values @ Value::Object(_)) => {
            let (value, allowed) = read(schemas, values, depth + 1);
            (Type::Map(Box::new(value)), allowed)
        }
        Some(Value::Bool(true)) => (Type::Map(Box::new(Type::Any)), Vec::new()),
        _ => {
            let embedded = is_set(schema, "x-kubernetes-embedded-resource");
            (object_type(schemas, schema, embedded, depth), Vec::new())
        }
    }
}

/// An object with its properties; an object of its own (`embedded`, and the root) has those of every object too.
fn object_type(schemas: &mut Schemas, schema: &Map<String, Value>, embedded: bool, depth: usize) -> Type {
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut fields = Vec::new();
    for (name, property) in properties.into_iter().flatten() {
        let (what, allowed) = read(schemas, property, depth + 1);
        fields.push(Field { name: name.clone().into(), what, allowed });
    }
    if embedded {
        let common = schemas.named("Object").and_then(|number| schemas.definition(number)).cloned();
        let common = common.map(|common| common.fields).unwrap_or_default();
        fields.retain(|field| !common.iter().any(|c| c.name == field.name));
        fields.extend(common);
    }
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    let open = is_set(schema, "x-kubernetes-preserve-unknown-fields");
    let number = schemas.builtin.definitions.len() + schemas.own.definitions.len();
    schemas.own.definitions.push(Definition { name: "".into(), fields, open });
    Type::Object(number)
}

fn is_set(schema: &Map<String, Value>, name: &str) -> bool {
    schema.get(name) == Some(&Value::Bool(true))
}

fn strings(schema: &Map<String, Value>) -> Vec<super::Name> {
    let values = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(|value| value.to_owned().into()).collect()
}
