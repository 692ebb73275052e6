//! Documents of a manifest as a policy gets to see them.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::core::decision::{Place, Reason};
use crate::core::diagnostics::Diagnostic;
use crate::core::file::FileId;
use crate::core::manifest::expand::{self, Derived};
use crate::core::manifest::request::{self, RequestOptions};
use crate::core::manifest::{self, Manifest, schema};
use crate::core::policy::engine::Input;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::options::{InputShape, JudgeOptions};
use crate::core::policy::place::Lines;
use crate::core::policy::view::View;
use crate::strings::Lang;

/// A manifest that was read.
pub struct Documents {
    /// Its objects, and its documents that do not parse, in the order of the file; behind each workload the Pod that it
    /// makes.
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
    /// Counts from 0 in the file; a derived Pod has its workload's.
    pub index: usize,
    /// The object, or why there is none.
    pub object: Result<Value, Reason>,
    /// Which document of the manifest, and where in it.
    within: (usize, String),
    derived: Option<Derived>,
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
        let mut all: Vec<Document> = Vec::new();
        for (at, document) in manifest.documents.iter().enumerate() {
            let mut push = |place, object, pointer: String, derived: Option<Derived>| {
                let index = all.last().map_or(0, |last| last.index + usize::from(derived.is_none()));
                all.push(Document {
                    place,
                    index,
                    object,
                    within: (at, pointer),
                    derived,
                    inputs: Vec::new(),
                });
            };
            let starting_at =
                |line: usize, range: &Range<usize>| Place { line, ..lines.place(file, text, range.clone()) };
            if let Some(fault) = document.faults.first() {
                let diagnostic = fault.diagnostic(lang);
                let place = lines.place(file, text, diagnostic.range);
                let reason = Reason::ManifestError { place, message: diagnostic.message };
                push(starting_at(document.line, &document.range), Err(reason), String::new(), None);
                continue;
            }
            for object in document.objects() {
                let pointer = object.pointer_prefix.clone();
                push(starting_at(object.line, &object.range), Ok(object.value.clone()), pointer, None);
                let Some(derived) = derive(object.value) else { continue };
                let range = object.span(&derived.template).map_or(object.range.clone(), |span| {
                    span.key.map_or(span.value.start, |key| key.start)..span.value.end
                });
                push(
                    lines.place(file, text, range),
                    Ok(derived.pod.clone()),
                    object.pointer_prefix,
                    Some(derived),
                );
            }
        }
        let mut diagnostics = manifest.diagnostics(lang);
        diagnostics.extend(schema::diagnostics(&manifest, lang));
        diagnostics.sort_by_key(|diagnostic| diagnostic.range.start);
        Self { all, diagnostics, manifest, file, text: Arc::from(text), lines }
    }

    /// Where a JSON pointer of a document's object stands as it is written ([`Document::written`]): the value, for a
    /// field with its key.
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
        let object = self.object.as_ref().ok()?;
        let value = request::input(object, shape.of_request(), &self.request_options(options));
        let (input, print) = (Input::new(&value), hash_of(value.to_string()));
        let made = Shaped { shape, value: Arc::new(value), input, print };
        self.inputs.push(made.clone());
        Some(made)
    }

    /// Who does what with the object. A Pod that is derived is created by its controller.
    fn request_options(&self, options: &JudgeOptions) -> RequestOptions {
        let mut asked = options.asked.request();
        if let Some(derived) = &self.derived {
            asked.operation = "CREATE".to_owned();
            if let Some(controller) = derived.controller {
                asked.user = format!("system:serviceaccount:kube-system:{controller}");
                let groups =
                    ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"];
                asked.groups = groups.map(str::to_owned).to_vec();
            }
        }
        asked
    }

    /// The operation on the object and the user who does it: as they are recorded, or else as they are asked.
    #[must_use]
    pub fn deed(&self, options: &JudgeOptions) -> (String, String) {
        let recorded =
            self.object.as_ref().ok().filter(|_| !self.is_derived()).and_then(request::recorded_request);
        if let Some(request) = recorded {
            let text = |at: &str| request.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
            return (text("/operation"), text("/userInfo/username"));
        }
        let asked = self.request_options(options);
        (asked.operation, asked.user)
    }

    /// The Pod of a workload.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        self.derived.is_some()
    }

    /// Whether it is judged: workloads make Pods only while they are created or changed.
    #[must_use]
    pub fn counts(&self, options: &JudgeOptions) -> bool {
        self.derived.is_none() || matches!(options.asked.request().operation.as_str(), "CREATE" | "UPDATE")
    }

    /// The pointer under which something of the object is written: of a derived Pod, in its workload.
    #[must_use]
    pub fn written(&self, pointer: &str) -> String {
        self.derived.as_ref().map_or_else(|| pointer.to_owned(), |derived| derived.origin(pointer))
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

/// The Pod that an object makes, or the workload that an AdmissionReview records.
fn derive(object: &Value) -> Option<Derived> {
    let Some(request) = request::recorded_request(object) else {
        return expand::pod_of(object);
    };
    let changes = matches!(request.get("operation").and_then(Value::as_str), Some("CREATE" | "UPDATE"));
    let workload = request.get("object").filter(|_| changes)?;
    Some(expand::pod_of(workload)?.below("/request/object"))
}
