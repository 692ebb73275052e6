//! A YAML file with documents of Gatekeeper: which they are, and where everything in them stands.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::embedded::Embedded;
use super::{DocumentKind, Problem, kind_of};
use crate::core::decision::Place;
use crate::core::diagnostics::Diagnostic;
use crate::core::file::FileId;
use crate::core::manifest::{self, Manifest};
use crate::core::policy::place::Lines;
use crate::strings::Lang;

/// A file that was read.
pub struct PolicyFile {
    /// The file.
    pub file: FileId,
    /// The language of remarks.
    pub lang: Lang,
    /// Its documents that mean something to Gatekeeper.
    pub documents: Vec<PolicyDocument>,
    /// What is wrong with its YAML.
    pub remarks: Vec<Diagnostic>,
    /// Documents that do not parse: where, and why.
    pub faults: Vec<(Place, String)>,
    text: Arc<str>,
    lines: Lines,
    manifest: Manifest,
}

/// A document that means something to Gatekeeper.
pub struct PolicyDocument {
    /// What.
    pub kind: DocumentKind,
    /// The object.
    pub object: Value,
    /// Which document of the file, and where in it.
    within: (usize, String),
}

impl PolicyFile {
    /// Reads a file.
    #[must_use]
    pub fn read(file: FileId, text: &str, lang: Lang) -> Self {
        let manifest = manifest::read(text);
        let mut documents = Vec::new();
        for (at, document) in manifest.documents.iter().enumerate() {
            for object in document.objects() {
                if let Some(kind) = kind_of(object.value) {
                    let within = (at, object.pointer_prefix.clone());
                    documents.push(PolicyDocument { kind, object: object.value.clone(), within });
                }
            }
        }
        let remarks = manifest.diagnostics(lang);
        let lines = Lines::of(text);
        let faults = manifest.documents.iter().filter_map(|document| {
            let fault = document.faults.first()?.diagnostic(lang);
            Some((lines.place(file, text, fault.range), fault.message))
        });
        let faults = faults.collect();
        Self { file, lang, documents, remarks, faults, text: Arc::from(text), lines, manifest }
    }

    /// The bytes of a JSON pointer of a document: the value, or with `key` the field's name. Of what is not written,
    /// the nearest above.
    #[must_use]
    pub fn range(&self, document: &PolicyDocument, pointer: &str, key: bool) -> Range<usize> {
        let (at, prefix) = &document.within;
        let Some(whole) = self.manifest.documents.get(*at) else { return 0..0 };
        let mut above = pointer;
        loop {
            if let Some(span) = whole.span(&format!("{prefix}{above}")) {
                let first_line = self.text.get(span.value.clone()).and_then(|v| v.find('\n'));
                let value = span.value.start..first_line.map_or(span.value.end, |at| span.value.start + at);
                return match span.key {
                    // What is about something absent is told at the name of what it is absent from.
                    Some(name) if key || above != pointer || value.is_empty() => name,
                    _ => value,
                };
            }
            match above.rsplit_once('/') {
                Some((rest, _)) => above = rest,
                None => return whole.range.start..whole.range.start,
            }
        }
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> Arc<str> {
        self.text.clone()
    }

    /// The lines of the text.
    #[must_use]
    pub fn lines(&self) -> Lines {
        self.lines.clone()
    }

    /// The place of a range of bytes.
    #[must_use]
    pub fn place(&self, range: Range<usize>) -> Place {
        self.lines.place(self.file, &self.text, range)
    }

    /// The place of a problem.
    #[must_use]
    pub fn place_of(&self, document: &PolicyDocument, problem: &Problem) -> Place {
        self.place(self.range(document, &problem.pointer, problem.key))
    }

    /// The text at a JSON pointer of a document, with the way to the file.
    #[must_use]
    pub fn embedded(&self, document: &PolicyDocument, pointer: &str) -> Option<Embedded> {
        let (at, prefix) = &document.within;
        let value = document.object.pointer(pointer)?.as_str()?;
        let span = self.manifest.documents.get(*at)?.span(&format!("{prefix}{pointer}"))?;
        Some(Embedded::new(&self.text, span.value, value))
    }

    /// Every Rego text of the file, in its order: for an editor.
    #[must_use]
    pub fn rego(&self) -> Vec<(Embedded, bool)> {
        use super::template::{Code, Template};
        let templates = self.documents.iter().filter(|document| document.kind == DocumentKind::Template);
        let mut all: Vec<(Embedded, bool)> = templates
            .filter_map(|document| match Template::read(&document.object).0?.code {
                Code::Rego { v1, entry, libs } => Some((document, v1, [vec![entry], libs].concat())),
                Code::Cel => None,
            })
            .flat_map(|(document, v1, pointers)| {
                pointers.into_iter().filter_map(move |pointer| Some((self.embedded(document, &pointer)?, v1)))
            })
            .collect();
        all.sort_by_key(|(embedded, _)| embedded.span.start);
        all
    }
}
