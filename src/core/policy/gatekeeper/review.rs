//! What Gatekeeper judges: `input.review`, and what of it a constraint is matched with.

use serde_json::{Map, Value, json};

use super::matching::Source;

/// A request as constraints are matched with it and templates read it.
#[derive(Debug, Clone, Copy)]
pub struct Review<'a> {
    /// `input.review`.
    pub value: &'a Value,
    /// The Namespace of the object, if it is known.
    pub namespace: Option<&'a Value>,
    /// Where the object comes from.
    pub source: Source,
}

impl<'a> Review<'a> {
    /// The object under review.
    #[must_use]
    pub fn object(&self) -> Option<&'a Value> {
        self.value.get("object").filter(|object| !object.is_null())
    }

    /// The object before.
    #[must_use]
    pub fn old_object(&self) -> Option<&'a Value> {
        self.value.get("oldObject").filter(|object| !object.is_null())
    }

    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT`, or nothing where there is no request.
    #[must_use]
    pub fn operation(&self) -> &'a str {
        self.value.get("operation").and_then(Value::as_str).unwrap_or_default()
    }
}

/// `input.review` of an object without a request, as gator and Gatekeeper's audit make it: what is not known is empty,
/// not absent. `operation`: of the request that an expanded object comes with. `namespace`: for templates that read it.
#[must_use]
pub fn of_object(object: &Value, operation: &str, namespace: Option<&Value>) -> Value {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (group, version) = match text("/apiVersion").split_once('/') {
        Some(both) => both,
        None => ("", text("/apiVersion")),
    };
    let deletes = operation == "DELETE";
    let mut review = Map::new();
    let mut set = |key: &str, value: Value| drop(review.insert(key.to_owned(), value));
    set("uid", "".into());
    set("kind", json!({ "group": group, "version": version, "kind": text("/kind") }));
    set("resource", json!({ "group": "", "version": "", "resource": "" }));
    for (key, pointer) in [("name", "/metadata/name"), ("namespace", "/metadata/namespace")] {
        if !text(pointer).is_empty() {
            set(key, text(pointer).into());
        }
    }
    set("operation", operation.into());
    set("userInfo", json!({}));
    set("object", object.clone());
    set("oldObject", if deletes { object.clone() } else { Value::Null });
    set("options", Value::Null);
    set("namespaceObject", namespace.cloned().unwrap_or_default());
    Value::Object(review)
}

/// `input.review` of a recorded AdmissionRequest; `Err` where Gatekeeper refuses it.
///
/// # Errors
/// A DELETE without the object that is deleted.
pub fn of_request(request: &Value, namespace: Option<&Value>) -> Result<Value, String> {
    let mut review = request.as_object().cloned().unwrap_or_default();
    for field in ["object", "oldObject", "options"] {
        review.entry(field).or_insert(Value::Null);
    }
    for (field, empty) in [
        ("uid", json!("")),
        ("operation", json!("")),
        ("kind", json!({ "group": "", "version": "", "kind": "" })),
        ("resource", json!({ "group": "", "version": "", "resource": "" })),
        ("userInfo", json!({})),
    ] {
        review.entry(field).or_insert(empty);
    }
    if review.get("operation").and_then(Value::as_str) == Some("DELETE") {
        let old = review.get("oldObject").cloned().unwrap_or_default();
        if old.is_null() {
            return Err("oldObject cannot be nil for DELETE operations".to_owned());
        }
        review.insert("object".to_owned(), old);
    }
    review.insert("namespaceObject".to_owned(), namespace.cloned().unwrap_or_default());
    Ok(Value::Object(review))
}
