//! Documents of a manifest as a policy gets to see them.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::core::decision::{Place, Reason};
use crate::core::diagnostics::Diagnostic;
use crate::core::file::FileId;
use crate::core::manifest::request::{self, RequestOptions, Shape};
use crate::core::manifest::{self, Manifest};
use crate::core::policy::engine::Input;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::options::{InputShape, JudgeOptions};
use crate::core::policy::place::Lines;
use crate::core::policy::view::View;
use crate::strings::Lang;

/// A manifest that was read.
pub struct Documents {
    /// Its objects, and its documents that do not parse, in the order of the file.
    pub all: Vec<Document>,
    /// How Kubernetes reads it, in words.
    pub diagnostics: Vec<Diagnostic>,
    manifest: Manifest,
    file: FileId,
    text: Arc<str>,
    lines: Lines,
}

/// One object of a manifest.
pub struct Document {
    /// Where it stands.
    pub place: Place,
    /// Counts from 0 in the file.
    pub index: usize,
    /// The object, or why there is none.
    pub object: Result<Value, Reason>,
    /// Which document of the manifest, and where in it.
    within: (usize, String),
    inputs: Vec<Shaped>,
}

/// A document as policies of one shape get to see it.
#[derive(Clone)]
pub struct Shaped {
    shape: InputShape,
    value: Arc<Value>,
    /// For the engine.
    pub input: Input,
    /// The fingerprint of all of it.
    pub print: u64,
}

impl Shaped {
    /// The fingerprint of what is in view.
    #[must_use]
    pub fn print_in(&self, view: &View) -> u64 {
        view.print_of(&self.value)
    }
}

impl Documents {
    /// Reads the documents of a manifest.
    #[must_use]
    pub fn read(file: FileId, text: &str, lang: Lang) -> Self {
        let manifest = manifest::read(text);
        let lines = Lines::of(text);
        let mut all = Vec::new();
        for (at, document) in manifest.documents.iter().enumerate() {
            let mut push = |range: Range<usize>, line: usize, object, pointer: String| {
                let mut place = lines.place(file, text, range);
                place.line = line;
                let index = all.len();
                all.push(Document { place, index, object, within: (at, pointer), inputs: Vec::new() });
            };
            if let Some(fault) = document.faults.first() {
                let diagnostic = fault.diagnostic(lang);
                let place = lines.place(file, text, diagnostic.range);
                let reason = Reason::ManifestError { place, message: diagnostic.message };
                push(document.range.clone(), document.line, Err(reason), String::new());
                continue;
            }
            for object in document.objects() {
                push(
                    object.range.clone(),
                    object.line,
                    Ok(object.value.clone()),
                    object.pointer_prefix.clone(),
                );
            }
        }
        let diagnostics = manifest.diagnostics(lang);
        Self { all, diagnostics, manifest, file, text: Arc::from(text), lines }
    }

    /// Where a JSON pointer of a document's object stands: the value, for a field with its key.
    #[must_use]
    pub fn place(&self, document: &Document, pointer: &str) -> Option<Place> {
        let (at, prefix) = &document.within;
        let span = self.manifest.documents.get(*at)?.span(&format!("{prefix}{pointer}"))?;
        let start = span.key.as_ref().map_or(span.value.start, |key| key.start);
        let first_line =
            self.text.get(span.value.clone()).and_then(|v| v.find('\n')).map(|at| span.value.start + at);
        let end = first_line.unwrap_or(span.value.end).max(start);
        Some(self.lines.place(self.file, &self.text, start..end))
    }
}

impl Document {
    /// A field of the object as text, by JSON pointer; empty if absent.
    #[must_use]
    pub fn text(&self, pointer: &str) -> &str {
        self.object.as_ref().ok().and_then(|o| o.pointer(pointer)).and_then(Value::as_str).unwrap_or_default()
    }

    /// The input of a policy that reads it in this shape. `None` if there is no object.
    pub fn input(&mut self, shape: InputShape, options: &JudgeOptions) -> Option<Shaped> {
        if let Some(known) = self.inputs.iter().find(|known| known.shape == shape) {
            return Some(known.clone());
        }
        let value = shaped(self.object.as_ref().ok()?, shape, options);
        let (input, print) = (Input::new(&value), hash_of(value.to_string()));
        let made = Shaped { shape, value: Arc::new(value), input, print };
        self.inputs.push(made.clone());
        Some(made)
    }

    /// The fingerprint of the input in this shape, if it was made.
    #[must_use]
    pub fn known_print(&self, shape: InputShape) -> Option<u64> {
        self.inputs.iter().find(|known| known.shape == shape).map(|known| known.print)
    }

    /// Forgets inputs that were made with other options.
    pub fn forget_inputs(&mut self) {
        self.inputs.clear();
    }
}

/// What the policy gets as `input`.
fn shaped(object: &Value, shape: InputShape, options: &JudgeOptions) -> Value {
    let defaults = RequestOptions::default();
    let or = |value: &str, default: String| if value.is_empty() { default } else { value.to_owned() };
    let asked = RequestOptions {
        operation: or(&options.operation, defaults.operation),
        user: or(&options.user, defaults.user),
        groups: if options.groups.is_empty() { defaults.groups } else { options.groups.clone() },
        namespace_labels: options.namespace_labels.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        ..RequestOptions::default()
    };
    let shape = match shape {
        InputShape::Auto | InputShape::Object => Shape::Object,
        InputShape::Request => Shape::Request,
        InputShape::Review => Shape::Review,
    };
    request::input(object, shape, &asked)
}
