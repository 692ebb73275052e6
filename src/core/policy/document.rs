//! Documents of a manifest as a policy gets to see them.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use crate::core::decision::{Place, Reason};
use crate::core::diagnostics::Diagnostic;
use crate::core::file::FileId;
use crate::core::manifest::expand::{self, Derived};
use crate::core::manifest::normalise::normalise;
use crate::core::manifest::request::{self, RequestOptions};
use crate::core::manifest::schema::{self, Schemas};
use crate::core::manifest::{self, Manifest};
use crate::core::policy::engine::Input;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::options::{InputShape, JudgeOptions};
use crate::core::policy::place::Lines;
use crate::core::policy::surroundings::Surroundings;
use crate::core::policy::view::View;
use crate::strings::Lang;

/// A manifest that was read.
pub struct Documents {
    /// Its objects, and its documents that do not parse, in the order of the file; behind each workload the Pod that it
    /// makes.
    pub all: Vec<Document>,
    /// How Kubernetes reads it, in words.
    remarks: Vec<Diagnostic>,
    /// What its fields are not, for Kubernetes, and what was known of other files then.
    schema: Option<(u64, Vec<Diagnostic>)>,
    /// Those that say something about others, Namespaces and CustomResourceDefinitions: which, and their fingerprints.
    pub notable: Vec<(usize, u64)>,
    /// It has an object whose kind only a CustomResourceDefinition knows.
    custom: bool,
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
    /// The object as it is written, or why there is none.
    pub object: Result<Value, Reason>,
    /// As the API server would store it, if that is different.
    stored: Option<Value>,
    /// Which document of the manifest, and where in it.
    within: (usize, String),
    derived: Option<Derived>,
    /// A Pod is derived from it.
    makes_pod: bool,
    /// It is an AdmissionReview, or derived from one.
    recorded: bool,
    inputs: Vec<Shaped>,
}

/// What is asked about a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// It is judged.
    Judged,
    /// A workload to whose Pod is connected: nothing is asked about itself.
    ItsPod,
    /// It cannot be connected to.
    Unconnected,
    /// A Pod that nobody makes.
    Nothing,
}

/// A document as policies of one shape get to see it.
#[derive(Clone)]
pub struct Shaped {
    shape: InputShape,
    raw: bool,
    value: Arc<Value>,
    /// The Namespace is known, not made up.
    namespace_known: bool,
    /// With an object before the UPDATE where there is none, to find out who looks at it.
    doubt: Option<Arc<Value>>,
    input: Arc<OnceLock<Input>>,
    /// The fingerprint of all of it.
    pub print: u64,
}

impl Shaped {
    /// For the engine.
    #[must_use]
    pub fn input(&self) -> &Input {
        self.input.get_or_init(|| Input::new(&self.value))
    }

    /// Whether the Namespace of the request is known, not made up from its name.
    #[must_use]
    pub fn knows_namespace(&self) -> bool {
        self.namespace_known
    }

    /// The input as a value.
    #[must_use]
    pub fn value(&self) -> &Arc<Value> {
        &self.value
    }

    /// The fingerprint of what is in view.
    #[must_use]
    pub fn print_in(&self, view: &View) -> u64 {
        view.print_of(&self.value)
    }

    /// Whether something of it is not known: the object before an UPDATE.
    #[must_use]
    pub fn has_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// Whether what is not known is in view.
    #[must_use]
    pub fn is_in_doubt(&self, view: &View) -> bool {
        self.doubt.as_ref().is_some_and(|doubt| view.print_of(doubt) != view.print_of(&self.value))
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
            let mut push =
                |place, object: Result<Value, Reason>, pointer: String, derived: Option<Derived>| {
                    let index = all.last().map_or(0, |last| last.index + usize::from(derived.is_none()));
                    let recorded = match (&derived, all.last_mut()) {
                        (Some(_), Some(workload)) => {
                            workload.makes_pod = true;
                            workload.recorded
                        }
                        _ => object.as_ref().is_ok_and(|object| request::recorded_request(object).is_some()),
                    };
                    let stored = match &object {
                        // What was recorded came after all that.
                        Ok(object) if derived.is_some() || !recorded => {
                            let normal = normalise(object);
                            (!normal.changes.is_empty()).then_some(normal.value)
                        }
                        _ => None,
                    };
                    all.push(Document {
                        place,
                        index,
                        object,
                        stored,
                        within: (at, pointer),
                        derived,
                        makes_pod: false,
                        recorded,
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
        let builtin = Schemas::builtin();
        let custom = manifest.objects().any(|object| {
            let text = |name| object.value.get(name).and_then(Value::as_str).unwrap_or_default();
            !builtin.knows(text("apiVersion"), text("kind"))
        });
        let remarks = manifest.diagnostics(lang);
        let notable = all
            .iter()
            .enumerate()
            .filter_map(|(at, document)| {
                let object = document.reading(false).filter(|_| !document.is_derived())?;
                let says = request::is_namespace(object) || schema::resource(object).is_some();
                says.then(|| (at, hash_of((file, document.index, object.to_string()))))
            })
            .collect();
        Self { all, remarks, schema: None, notable, custom, manifest, file, text: Arc::from(text), lines }
    }

    /// Checks the fields, by what other files define (`known`, with its fingerprint) and by what this one does.
    pub fn check(&mut self, known: &Schemas, print: u64, lang: Lang) {
        let print = if self.custom { print } else { 0 };
        if self.schema.as_ref().is_none_or(|(checked, _)| *checked != print) {
            self.schema = Some((print, known.diagnostics(&self.manifest, lang)));
        }
    }

    /// How Kubernetes reads it, in words, in the order of the text.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let checked = self.schema.iter().flat_map(|(_, remarks)| remarks);
        let mut all: Vec<Diagnostic> = self.remarks.iter().chain(checked).cloned().collect();
        all.sort_by_key(|diagnostic| diagnostic.range.start);
        all
    }

    /// The document of the manifest that holds this one.
    #[must_use]
    pub fn holding(&self, document: &Document) -> Option<&manifest::Document> {
        self.manifest.documents.get(document.within.0)
    }

    /// Where a range of the manifest's bytes stands.
    #[must_use]
    pub fn place_of(&self, range: Range<usize>) -> Place {
        self.lines.place(self.file, &self.text, range)
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

    /// The place of the nearest written field at or above a pointer, and whether it is that very field.
    #[must_use]
    pub fn nearest(&self, document: &Document, pointer: &str) -> Option<(Place, bool)> {
        let mut above = pointer;
        loop {
            if let Some(place) = self.place(document, above) {
                return Some((place, above == pointer));
            }
            above = above.rsplit_once('/')?.0;
        }
    }
}

impl Document {
    /// A field of the object as text, by JSON pointer; empty if absent.
    #[must_use]
    pub fn text(&self, pointer: &str) -> &str {
        self.object.as_ref().ok().and_then(|o| o.pointer(pointer)).and_then(Value::as_str).unwrap_or_default()
    }

    /// The object in one of its readings: as it is written, or as the API server would store it.
    #[must_use]
    pub fn reading(&self, raw: bool) -> Option<&Value> {
        let written = self.object.as_ref().ok()?;
        Some(self.stored.as_ref().filter(|_| !raw).unwrap_or(written))
    }

    /// The input of a policy that reads it in this shape. `None` if there is no object.
    pub fn input(
        &mut self,
        shape: InputShape,
        options: &JudgeOptions,
        surroundings: &Surroundings,
    ) -> Option<Shaped> {
        self.shaped(shape, options.asked.raw, options, surroundings)
    }

    /// The input of the other reading, if it is another one.
    pub fn other_input(
        &mut self,
        shape: InputShape,
        options: &JudgeOptions,
        surroundings: &Surroundings,
    ) -> Option<Shaped> {
        self.stored.as_ref()?;
        let main = self.input(shape, options, surroundings)?;
        let other = self.shaped(shape, !options.asked.raw, options, surroundings)?;
        if other.print == main.print || other.value != main.value {
            return Some(other).filter(|other| other.print != main.print);
        }
        // What is asked shows nothing of the difference.
        let known = self.inputs.iter_mut().find(|known| (known.shape, known.raw) == (shape, other.raw))?;
        known.print = main.print;
        None
    }

    fn shaped(
        &mut self,
        shape: InputShape,
        raw: bool,
        options: &JudgeOptions,
        surroundings: &Surroundings,
    ) -> Option<Shaped> {
        if let Some(known) = self.inputs.iter().find(|known| (known.shape, known.raw) == (shape, raw)) {
            return Some(known.clone());
        }
        let object = self.reading(raw)?;
        let mut request = self.request_options(options);
        if !self.recorded || self.is_derived() {
            request.resource = surroundings.resource(self.place.file, object);
            if matches!(request.operation.as_str(), "UPDATE" | "DELETE") {
                request.old_object = surroundings.old(object, &request, raw);
            }
        }
        let namespace = request::namespace_of(object, &request);
        request.namespace_object = surroundings.namespace(&namespace, self.place.file, self.index);
        // Every cluster has this one.
        let namespace_known = request.namespace_object.is_some()
            || !request.namespace_labels.is_empty()
            || namespace == "default";
        let value = request::input(object, shape.of_request(), &request);
        let doubt = Some("/oldObject")
            .filter(|_| request.operation == "UPDATE" && !self.recorded && request.old_object.is_none())
            .and_then(|field| {
                let mut value = value.clone();
                let holder = match shape {
                    InputShape::Request => "/request",
                    InputShape::Review => "/review",
                    InputShape::Auto | InputShape::Object => return None,
                };
                *value.pointer_mut(&format!("{holder}{field}"))? = json!({});
                Some(Arc::new(value))
            });
        // Answers about the two readings are never mixed up: they may show more than the unit looks at.
        let print = hash_of((value.to_string(), doubt.is_some(), raw != options.asked.raw));
        let made = Shaped {
            shape,
            raw,
            value: Arc::new(value),
            namespace_known,
            doubt,
            input: Arc::default(),
            print,
        };
        self.inputs.push(made.clone());
        Some(made)
    }

    /// Who does what with the object. A Pod that is derived is created by its controller; it is the user who connects
    /// to it.
    fn request_options(&self, options: &JudgeOptions) -> RequestOptions {
        let mut asked = options.asked.request();
        if let Some(derived) = &self.derived
            && (self.recorded || asked.operation != "CONNECT")
        {
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

    /// What is asked about it. Workloads make Pods only while they are created or changed, and only Pods can be
    /// connected to. What was recorded is taken as it is.
    #[must_use]
    pub fn subject(&self, options: &JudgeOptions) -> Subject {
        let is_pod = self.text("/kind") == "Pod" && matches!(self.text("/apiVersion"), "v1" | "");
        match options.asked.request().operation.as_str() {
            _ if self.recorded || self.object.is_err() => Subject::Judged,
            "CONNECT" if is_pod => Subject::Judged,
            "CONNECT" if self.makes_pod => Subject::ItsPod,
            "CONNECT" => Subject::Unconnected,
            "CREATE" | "UPDATE" => Subject::Judged,
            _ if self.is_derived() => Subject::Nothing,
            _ => Subject::Judged,
        }
    }

    /// The pointer under which something of the object is written: of a derived Pod, in its workload.
    #[must_use]
    pub fn written(&self, pointer: &str) -> String {
        self.derived.as_ref().map_or_else(|| pointer.to_owned(), |derived| derived.origin(pointer))
    }

    /// The fingerprint of the input in this shape and reading, if it was made.
    #[must_use]
    pub fn known_print(&self, shape: InputShape, raw: bool) -> Option<u64> {
        let known = self.inputs.iter().find(|known| (known.shape, known.raw) == (shape, raw));
        known.map(|known| known.print)
    }

    /// The input in this shape and reading, if it was made.
    #[must_use]
    pub fn known_input(&self, shape: InputShape, raw: bool) -> Option<&Arc<Value>> {
        let known = self.inputs.iter().find(|known| (known.shape, known.raw) == (shape, raw));
        known.map(|known| &known.value)
    }

    /// Forgets inputs that were made with other options, or in other surroundings.
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
