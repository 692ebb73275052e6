//! The files that a suite names, as gator reads them: with go-yaml v3, and split at `---` after its own manner.

use serde_json::{Map, Value};

use crate::core::manifest::{self, Document, NoteKind};
use crate::core::policy::gatekeeper::escape;
use crate::strings::Lang;

/// The first document of a text, with everything before it: of templates and constraints gator reads no more.
#[must_use]
pub fn first_document(text: &str) -> &str {
    let manifest = manifest::read(text);
    match manifest.documents.as_slice() {
        [first, _, ..] => text.get(..first.range.end).unwrap_or(text),
        _ => text,
    }
}

/// The objects of a file.
///
/// # Errors
/// gator's words: what cannot be read as YAML, or holds no object.
pub fn read(path: &str, text: &str, lang: Lang) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for piece in text.split("\n---") {
        let piece: String =
            piece.lines().filter(|line| is_said(line)).map(|line| format!("{line}\n")).collect();
        if piece.is_empty() {
            continue;
        }
        let value =
            object(&piece, lang).map_err(|words| format!("reading {path:?}: invalid yaml: {words}"))?;
        found.push(value);
    }
    if found.is_empty() {
        return Err(format!("missing objects: path {path:?} defines no YAML objects"));
    }
    Ok(found)
}

fn is_said(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

fn object(text: &str, lang: Lang) -> Result<Value, String> {
    let manifest = manifest::read(text);
    let Some(document) = manifest.documents.first() else {
        return Err("Object 'Kind' is missing in '{}'".to_owned());
    };
    if let Some(fault) = document.faults.first() {
        return Err(fault.diagnostic(lang).message);
    }
    let twice = document.notes.iter().find_map(|note| match &note.kind {
        NoteKind::SetAgain { key, .. } => Some(key),
        _ => None,
    });
    if let Some(key) = twice {
        return Err(format!("yaml: unmarshal errors: mapping key {key:?} already defined"));
    }
    let value = value_of(text, document);
    match value.get("kind").and_then(Value::as_str) {
        None | Some("") => Err(format!("Object 'Kind' is missing in '{value}'")),
        Some(_) => Ok(value),
    }
}

/// What go-yaml v3 reads: `yes`, `no`, `on`, `off`, `y` and `n` are texts.
#[must_use]
pub fn value_of(text: &str, document: &Document) -> Value {
    let Some(value) = &document.value else { return Value::Null };
    if document
        .notes
        .iter()
        .any(|note| matches!(note.kind, NoteKind::ReadAs { .. } | NoteKind::KeyReadAs { .. }))
    {
        return Texts { text, document }.of(value, String::new());
    }
    value.clone()
}

struct Texts<'a> {
    text: &'a str,
    document: &'a Document,
}

impl Texts<'_> {
    fn of(&self, value: &Value, pointer: String) -> Value {
        match value {
            Value::Bool(_) => {
                let span = self.document.span(&pointer);
                let written = span.and_then(|span| self.text.get(span.value)).unwrap_or_default();
                if is_text(written) { Value::from(written) } else { value.clone() }
            }
            Value::Array(items) => {
                items.iter().enumerate().map(|(at, item)| self.of(item, format!("{pointer}/{at}"))).collect()
            }
            Value::Object(fields) => {
                let mut read = Map::new();
                for (key, value) in fields {
                    let below = format!("{pointer}/{}", escape(key));
                    let span = self.document.span(&below).and_then(|span| span.key);
                    let written = span.and_then(|span| self.text.get(span)).unwrap_or_default();
                    let key = if is_text(written) { written } else { key };
                    read.insert(key.to_owned(), self.of(value, below));
                }
                Value::Object(read)
            }
            value => value.clone(),
        }
    }
}

/// Whether only YAML 1.1 takes it for a boolean.
fn is_text(written: &str) -> bool {
    ["y", "n", "yes", "no", "on", "off"].iter().any(|word| written.eq_ignore_ascii_case(word))
}

/// The request of an AdmissionReview; `None` if the object is none.
///
/// # Errors
/// gator's words: it is not one as Kubernetes sends it.
pub fn request(object: &Value) -> Result<Option<Value>, String> {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
    if text("kind") != "AdmissionReview" || group != "admission.k8s.io" {
        return Ok(None);
    }
    let invalid =
        "not a valid AdmissionReview object: unable to convert to an AdmissionReview object, error: ";
    let unknown = |below: &str, value: &Value, known: &[&str]| {
        let fields = value.as_object().into_iter().flatten();
        let found = fields.map(|(name, _)| name).find(|name| !known.contains(&name.as_str()));
        found.map(|name| format!("{invalid}strict decoding error: unknown field \"{below}{name}\""))
    };
    if let Some(words) = unknown("", object, &["apiVersion", "kind", "request", "response"]) {
        return Err(words);
    }
    let request = match object.get("request") {
        None | Some(Value::Null) => {
            let words =
                "missing an AdmissionRequest object: request did not actually pass in an AdmissionRequest";
            return Err(words.to_owned());
        }
        Some(request) => request,
    };
    if let Some(words) = unknown("request.", request, &REQUEST) {
        return Err(words);
    }
    let is_text = |name: &str| request.get(name).is_none_or(|value| value.is_null() || value.is_string());
    if let Some(name) = TEXTS.iter().find(|name| !is_text(name)) {
        return Err(format!("{invalid}request.{name} is no string"));
    }
    let given = |name: &str| request.get(name).filter(|object| !object.is_null());
    let objects = [given("object"), given("oldObject")];
    if objects.iter().all(Option::is_none) {
        let words = "no object or oldObject found to review: AdmissionRequest does not contain an \"object\" or \"oldObject\" to review";
        return Err(words.to_owned());
    }
    for object in objects.into_iter().flatten() {
        if object.get("kind").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(format!(
                "object or oldObject cannot be unmarshalled: Object 'Kind' is missing in '{object}'"
            ));
        }
    }
    Ok(Some(request.clone()))
}

const REQUEST: [&str; 15] = [
    "uid",
    "kind",
    "resource",
    "subResource",
    "requestKind",
    "requestResource",
    "requestSubResource",
    "name",
    "namespace",
    "operation",
    "userInfo",
    "object",
    "oldObject",
    "dryRun",
    "options",
];
const TEXTS: [&str; 6] = ["uid", "subResource", "requestSubResource", "name", "namespace", "operation"];
