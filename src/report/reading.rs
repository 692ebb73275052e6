//! What Kubernetes reads in manifests, for scripts and for people.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::NamedFile;
use super::text::{DIM, Style, YELLOW, paint, title};
use crate::core::diagnostics::{Diagnostic, Severity};
use crate::core::display_safe::{display_safe, one_line};
use crate::core::file::FileId;
use crate::core::manifest::normalise::{ChangeKind, normalise};
use crate::core::policy::document::{Document, Documents, Subject};
use crate::core::policy::options::{InputShape, JudgeOptions};
use crate::core::policy::surroundings::Surroundings;
use crate::strings::{Lang, T};

/// What is shown of each object.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// As the API server would store it, not as it is written.
    pub stored: bool,
    /// What a policy gets to see of it, asked like this.
    pub input: Option<JudgeOptions>,
}

/// What was read of one file.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The objects, and the documents that cannot be read, in the order of the file.
    pub entries: Vec<Entry>,
    /// What there is to say where Kubernetes reads nothing.
    pub remarks: Vec<Remark>,
}

/// An object, or a document that cannot be read.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// As it is printed.
    pub file: String,
    /// Counts the objects of the file from 0, as the judge does.
    pub index: usize,
    /// 1-based line of its start.
    pub line: usize,
    api_version: String,
    kind: String,
    namespace: String,
    name: String,
    /// As Kubernetes reads it.
    pub object: Option<Value>,
    /// What a policy gets to see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Arc<Value>>,
    /// What is different from what is written, if it is shown as it would be stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<Change>>,
    /// The Pod that a workload makes.
    derived: Vec<Entry>,
    /// Why there is no object.
    pub errors: Vec<Remark>,
    /// Where the reading may surprise.
    pub notes: Vec<Remark>,
}

/// Something said about a place.
#[derive(Debug, Clone, Serialize)]
pub struct Remark {
    /// In words.
    pub message: String,
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    severity: Severity,
    code: String,
}

/// A field that the API server sets or drops.
#[derive(Debug, Clone, Serialize)]
struct Change {
    pointer: String,
    change: &'static str,
}

impl Entry {
    /// A file of which nothing could be read.
    #[must_use]
    pub fn unreadable(file: &str, error: Remark) -> Self {
        Self { file: file.to_owned(), line: error.line, errors: vec![error], ..Self::default() }
    }
}

impl Remark {
    /// Something that is not said by the reader.
    #[must_use]
    pub fn error(message: String, (line, column): (usize, usize), code: &str) -> Self {
        Self { message, line, column, severity: Severity::Error, code: code.to_owned() }
    }

    /// `file:line:column: message`
    #[must_use]
    pub fn at(&self, file: &str) -> String {
        format!("{file}:{}:{}: {}", self.line, self.column, self.message)
    }
}

/// What the files say about each other's documents: Namespaces and CustomResourceDefinitions. Files that name neither are
/// not read.
#[must_use]
pub fn surroundings<'f>(files: impl Iterator<Item = &'f NamedFile>, lang: Lang) -> Surroundings {
    let tells = |file: &&NamedFile| {
        ["Namespace", "CustomResourceDefinition"].iter().any(|kind| file.text.contains(kind))
    };
    let read: Vec<(FileId, Documents)> =
        files.filter(tells).map(|file| (file.file, Documents::read(file.file, &file.text, lang))).collect();
    let documents = read.iter().map(|(id, documents)| (*id, documents));
    Surroundings::of(documents, None, &Surroundings::default())
}

/// Reads a file.
#[must_use]
pub fn read(file: &NamedFile, wanted: &Wanted, surroundings: &Surroundings, lang: Lang) -> Reading {
    let mut documents = Documents::read(file.file, &file.text, lang);
    documents.check(&surroundings.schemas, surroundings.schemas_print, lang);
    let inputs = inputs(&mut documents, wanted, surroundings);
    let remark = |said: &Diagnostic| {
        let place = documents.place_of(said.range.clone());
        Remark {
            message: said.message.clone(),
            line: place.line,
            column: place.column,
            severity: said.severity,
            code: said.code.clone(),
        }
    };
    let mut reading = Reading::default();
    // Where each entry starts, and the range of the document that holds it.
    let mut ranges: Vec<(usize, Range<usize>)> = Vec::new();
    for (document, input) in documents.all.iter().zip(inputs) {
        let mut entry = Entry { input, ..entry(file, document, wanted) };
        if document.is_derived() {
            if let Some(workload) = reading.entries.last_mut() {
                workload.derived.push(entry);
            }
            continue;
        }
        let holding = documents.holding(document);
        ranges.push((document.place.range.start, holding.map(|d| d.range.clone()).unwrap_or_default()));
        if document.object.is_err()
            && let Some(holding) = holding
        {
            entry.object = holding.value.clone();
            entry.errors = holding.faults.iter().map(|fault| remark(&fault.diagnostic(lang))).collect();
        }
        reading.entries.push(entry);
    }
    for note in documents.diagnostics().iter().filter(|said| said.severity < Severity::Error) {
        let at = note.range.start;
        // The entry that it stands in or behind, or the first of its document if it stands before that.
        let behind = ranges.partition_point(|(start, _)| *start <= at);
        let holds = |entry: &usize| {
            ranges.get(*entry).is_some_and(|(_, holding)| holding.start <= at && at <= holding.end)
        };
        let nearest = behind.checked_sub(1).into_iter().chain([behind]).find(holds);
        match nearest.and_then(|nearest| reading.entries.get_mut(nearest)) {
            Some(entry) => entry.notes.push(remark(note)),
            None => reading.remarks.push(remark(note)),
        }
    }
    reading
}

/// What a policy gets to see of each document.
fn inputs(
    documents: &mut Documents,
    wanted: &Wanted,
    surroundings: &Surroundings,
) -> Vec<Option<Arc<Value>>> {
    let all = documents.all.iter_mut().map(|document| {
        let options = wanted.input.as_ref()?;
        let shape = match options.asked.shape {
            InputShape::Auto => InputShape::Request,
            shape => shape,
        };
        let input = (document.subject(options) == Subject::Judged)
            .then(|| document.input(shape, options, surroundings))??;
        Some(input.value().clone())
    });
    all.collect()
}

fn entry(file: &NamedFile, document: &Document, wanted: &Wanted) -> Entry {
    let mut entry = Entry {
        file: file.name.clone(),
        index: document.index,
        line: document.place.line,
        api_version: document.text("/apiVersion").to_owned(),
        kind: document.text("/kind").to_owned(),
        namespace: document.text("/metadata/namespace").to_owned(),
        name: match document.text("/metadata/name") {
            "" => document.text("/metadata/generateName").to_owned(),
            name => name.to_owned(),
        },
        ..Entry::default()
    };
    match &document.object {
        Ok(object) if wanted.stored => {
            let stored = normalise(object);
            let changes = stored.changes.into_iter().map(|change| Change {
                pointer: change.pointer,
                change: match change.kind {
                    ChangeKind::NullDropped => "null_dropped",
                    ChangeKind::Defaulted => "defaulted",
                },
            });
            entry.changes = Some(changes.collect());
            entry.object = Some(stored.value);
        }
        object => entry.object = object.as_ref().ok().cloned(),
    }
    entry
}

/// The entry for people, safe to print: its place and name, the object as JSON, which leaves no question of reading
/// open, and below it what is said.
#[must_use]
pub fn text(entry: &Entry, style: Style) -> String {
    let mut out = String::new();
    let head = |out: &mut String, mark: &str, entry: &Entry, words: &str| {
        let title = title(&entry.kind, &entry.namespace, &entry.name);
        let place = paint(&format!("{}:{}", one_line(&entry.file), entry.line), DIM, style);
        let _ = writeln!(out, "{mark}{place}  {}{words}", paint(&title, BOLD, style));
    };
    head(&mut out, "", entry, "");
    if let Some(object) = &entry.object {
        // It cannot fail: keys of JSON objects are texts.
        let json = serde_json::to_string_pretty(object).unwrap_or_default();
        let _ = writeln!(out, "{}", display_safe(&json));
    }
    for change in entry.changes.iter().flatten() {
        let words = match change.change {
            "defaulted" => T::InspectDefaulted,
            _ => T::InspectNullDropped,
        };
        let line = words.fill(style.lang, &[("pointer", &change.pointer)]);
        let _ = writeln!(out, "  {}", paint(&one_line(&line), DIM, style));
    }
    for note in &entry.notes {
        let color = if note.severity == Severity::Note { DIM } else { YELLOW };
        let _ = writeln!(out, "  {} {}", paint("!", color, style), one_line(&note.at(&entry.file)));
    }
    for pod in &entry.derived {
        head(&mut out, "  ▸ ", pod, &format!("  {}", T::InspectDerived.text(style.lang)));
    }
    out
}

const BOLD: &str = "1";
