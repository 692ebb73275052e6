//! Documents of a manifest as a policy gets to see them.

use std::ops::Range;

use serde_json::{Value, json};

use crate::core::decision::{Place, Reason};
use crate::core::file::FileId;
use crate::core::policy::engine::Input;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::options::{InputShape, JudgeOptions};
use crate::core::policy::place::Lines;

/// One object of a manifest.
pub struct Document {
    /// Where it stands.
    pub place: Place,
    /// Counts the objects of the file from 0.
    pub index: usize,
    /// The object, or why there is none.
    pub object: Result<Value, Reason>,
    inputs: Vec<(InputShape, Input, u64)>,
}

/// Reads the documents of a manifest.
#[must_use]
pub fn read(file: FileId, text: &str, lines: &Lines) -> Vec<Document> {
    let mut documents = Vec::new();
    for range in split(text) {
        let Some(part) = text.get(range.clone()) else { continue };
        let place = lines.place(file, text, range.clone());
        let object = match serde_yaml::from_str::<Value>(part) {
            Ok(Value::Null) => continue,
            Ok(value) => Ok(value),
            Err(error) => {
                let at = range.start + error.location().map_or(0, |l| l.index());
                let place = lines.place(file, text, at..at);
                Err(Reason::ManifestError { place, message: error.to_string() })
            }
        };
        documents.push(Document { place, index: documents.len(), object, inputs: Vec::new() });
    }
    documents
}

fn split(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            ranges.push(start..at);
            start = at + line.len();
        }
        at += line.len();
    }
    ranges.push(start..text.len());
    ranges.retain(|r| text.get(r.clone()).is_some_and(|t| !t.trim().is_empty()));
    ranges
}

impl Document {
    /// A field of the object as text, by JSON pointer; empty if absent.
    #[must_use]
    pub fn text(&self, pointer: &str) -> &str {
        self.object.as_ref().ok().and_then(|o| o.pointer(pointer)).and_then(Value::as_str).unwrap_or_default()
    }

    /// The input of a policy that reads it in this shape, with its fingerprint. `None` if there is no object.
    pub fn input(&mut self, shape: InputShape, options: &JudgeOptions) -> Option<(Input, u64)> {
        if let Some((_, input, print)) = self.inputs.iter().find(|(s, _, _)| *s == shape) {
            return Some((input.clone(), *print));
        }
        let object = self.object.as_ref().ok()?;
        let value = shaped(object, shape, options);
        let (input, print) = (Input::new(&value), hash_of(value.to_string()));
        self.inputs.push((shape, input.clone(), print));
        Some((input, print))
    }

    /// The fingerprint of the input in this shape, if it was made.
    #[must_use]
    pub fn known_print(&self, shape: InputShape) -> Option<u64> {
        self.inputs.iter().find(|(s, _, _)| *s == shape).map(|(_, _, print)| *print)
    }

    /// Forgets inputs that were made with other options.
    pub fn forget_inputs(&mut self) {
        self.inputs.clear();
    }
}

fn shaped(object: &Value, shape: InputShape, options: &JudgeOptions) -> Value {
    let request = || {
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (group, version) = text("/apiVersion").rsplit_once('/').unwrap_or(("", text("/apiVersion")));
        let or = |value: &str, default: &str| if value.is_empty() { default.to_owned() } else { value.to_owned() };
        json!({
            "uid": "00000000-0000-0000-0000-000000000000",
            "kind": {"group": group, "version": version, "kind": text("/kind")},
            "name": text("/metadata/name"),
            "namespace": text("/metadata/namespace"),
            "operation": or(&options.operation, "CREATE"),
            "userInfo": {"username": or(&options.user, "kubernetes-admin"), "groups": options.groups},
            "object": object,
            "oldObject": null,
            "dryRun": true,
        })
    };
    match shape {
        InputShape::Auto | InputShape::Object => object.clone(),
        InputShape::Request => {
            json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request()})
        }
        InputShape::Review => json!({"review": request(), "parameters": {}}),
    }
}
