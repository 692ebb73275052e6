//! A constraint: what a template is asked with, about which objects, and what its violations do.

use serde_json::{Map, Value, json};

use super::enforcement::{self, Enforcement};
use super::matching::{self, Miss};
use super::review::Review;
use super::template::Template;
use super::{Problem, schema, selector};

const INVALID: &str = "invalid Constraint: ";

/// What a constraint says.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    /// Its kind, by which its template is found.
    pub kind: String,
    /// `metadata.name`
    pub name: String,
    /// `spec.match`
    pub matches: Option<Value>,
    /// `spec.parameters` with the defaults of the schema; an empty object if there are none.
    pub parameters: Value,
    /// What its violations do.
    pub enforcement: Enforcement,
}

impl Constraint {
    /// Reads a constraint of a template (`None`: there is none for its kind), and says what Gatekeeper says against it.
    /// A constraint with problems is refused.
    #[must_use]
    pub fn read(object: &Value, template: Option<&Template>) -> (Option<Self>, Vec<Problem>) {
        let kind = text(object, "/kind");
        let found = problems(object, template);
        let Some(template) = template.filter(|_| found.is_empty()) else { return (None, found) };
        let mut object = object.clone();
        schema::set_defaults(&resource(template), &mut object);
        let empty = Value::Object(Map::new());
        let spec = object.get("spec").unwrap_or(&empty);
        let part = |name: &str| spec.get(name).filter(|value| !value.is_null()).cloned();
        let constraint = Self {
            kind: kind.to_owned(),
            name: text(&object, "/metadata/name").to_owned(),
            matches: part("match"),
            parameters: part("parameters").unwrap_or_else(|| json!({})),
            enforcement: Enforcement::read(spec),
        };
        (Some(constraint), Vec::new())
    }

    /// Whether it is about what is reviewed: `Ok(None)` if so.
    ///
    /// # Errors
    /// Gatekeeper cannot tell, and counts that as a violation with these words.
    pub fn matches(&self, review: &Review<'_>) -> Result<Option<Miss>, String> {
        matching::matches(self.matches.as_ref(), review)
    }
}

/// What Gatekeeper says against a constraint, the first kind of error only.
fn problems(object: &Value, template: Option<&Template>) -> Vec<Problem> {
    let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
    let one = |pointer: &str, words: String| vec![Problem::at(pointer, words)];
    if name.is_empty() {
        return one("/metadata", format!("{INVALID}missing metadata.name"));
    }
    let Some(template) = template else {
        return one(
            "/kind",
            format!("missing ConstraintTemplate: template {:?} not found", kind.to_lowercase()),
        );
    };
    let mut found = Vec::new();
    for name in ["labelSelector", "namespaceSelector"] {
        let pointer = format!("/spec/match/{name}");
        if let Some(given) = object.pointer(&pointer).filter(|given| given.is_object()) {
            // What has another type is refused below, with the words of the schema.
            let shape = selector_schema();
            if schema::problems(&shape, given).is_empty() {
                found.extend(selector::problems(given, &pointer).into_iter().map(|p| p.after(INVALID)));
            }
        }
    }
    if !found.is_empty() {
        return found;
    }
    if !is_subdomain(name) {
        let rule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
        return one("/metadata/name", format!("{INVALID}invalid name: {rule:?}"));
    }
    if kind != template.kind {
        let words = format!("{INVALID}wrong kind {kind:?} for constraint {name:?}; want {:?}", template.kind);
        return one("/kind", words);
    }
    let version = text(object, "/apiVersion").rsplit_once('/').map_or("", |(_, version)| version);
    if !matches!(version, "v1alpha1" | "v1beta1") {
        let words = format!(
            "{INVALID}unsupported version {version:?} for Constraint {name:?}; supported versions: map[v1alpha1:true v1beta1:true]"
        );
        return one("/apiVersion", words);
    }
    let schema = resource(template);
    let wrong = schema::problems(&schema, object);
    if !wrong.is_empty() {
        let says = |problem: Problem| Problem { schema: true, ..problem.after("schema validation failed: ") };
        return wrong.into_iter().map(says).collect();
    }
    let unknown = schema::unknown_fields(&schema, object);
    if !unknown.is_empty() {
        return unknown.into_iter().map(|problem| problem.after(INVALID)).collect();
    }
    object.get("spec").map(enforcement::problems).unwrap_or_default()
}

/// The schema of a template's constraints, as the framework makes it.
#[must_use]
pub fn resource(template: &Template) -> Value {
    let text = json!({ "type": "string" });
    let points = json!({ "type": "array", "items": { "type": "object", "properties": { "name": text } } });
    let mut spec = json!({
        "match": match_schema(),
        "enforcementAction": { "type": "string", "default": "deny" },
        "scopedEnforcementActions": { "type": "array", "items": { "type": "object", "properties": {
            "action": text, "enforcementPoints": points,
        } } },
    });
    if let (Some(fields), Some(parameters)) = (spec.as_object_mut(), &template.parameters) {
        fields.insert("parameters".to_owned(), parameters.clone());
    }
    json!({ "type": "object", "properties": {
        "metadata": { "type": "object", "properties": { "name": { "type": "string", "maxLength": 63 } } },
        "spec": { "type": "object", "properties": spec },
        "status": { "x-kubernetes-preserve-unknown-fields": true },
    } })
}

fn selector_schema() -> Value {
    let text = json!({ "type": "string" });
    json!({ "type": "object", "properties": {
        "matchLabels": { "type": "object", "additionalProperties": text },
        "matchExpressions": { "type": "array", "items": {
            "type": "object", "required": ["key", "operator"],
            "properties": { "key": text, "operator": text, "values": { "type": "array", "items": text } },
        } },
    } })
}

/// The schema of `spec.match`, which Gatekeeper generates of its own types.
fn match_schema() -> Value {
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "items": text });
    let wildcard = json!({ "type": "string", "pattern": r"^\*?[-:a-z0-9]*\*?$" });
    let wildcards = json!({ "type": "array", "items": wildcard });
    json!({ "type": "object", "properties": {
        "kinds": { "type": "array", "items": {
            "type": "object", "properties": { "apiGroups": texts, "kinds": texts },
        } },
        "scope": text,
        "namespaces": wildcards,
        "excludedNamespaces": wildcards,
        "labelSelector": selector_schema(),
        "namespaceSelector": selector_schema(),
        "name": wildcard,
        "source": { "type": "string", "enum": ["All", "Generated", "Original"] },
    } })
}

fn is_subdomain(name: &str) -> bool {
    let framed = |part: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        part.starts_with(plain) && part.ends_with(plain) && part.chars().all(|c| plain(c) || c == '-')
    };
    name.len() <= 253 && name.split('.').all(framed)
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
