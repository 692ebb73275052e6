//! Manifests as Kubernetes reads them, with the place of every field.
//!
//! [`read`] takes the text of a file and never fails: what cannot be read becomes a [`Fault`] of its document, and the
//! other documents are not touched by it. A document is read as the API server's tools read it (split at lines that
//! start with `---`, go-yaml v2, sigs.k8s.io/yaml), and every JSON pointer of it knows its place in the text.
//!
//! Architecture invariant: this is the only place that names a YAML parser for manifests, and the reader
//! knows no schema; [`schema`] looks at what was read.

mod builder;
pub mod expand;
mod full;
mod json;
pub mod kinds;
pub mod labels;
pub mod normalise;
mod note;
pub mod opa;
mod plain;
pub mod request;
mod scalar;
pub mod schema;
mod source;
mod split;
mod strict;
mod tree;

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

pub use note::{Fault, FaultKind, Hint, Note, NoteKind};
pub use tree::NodeSpan;

use crate::core::diagnostics::Diagnostic;
use crate::strings::Lang;
use source::Source;
use tree::Tree;

/// Largest file that is read, in bytes. The API server takes 3 MiB in one request.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;
/// Deepest nesting of lists and maps. go-yaml allows 10,000; no object comes near this.
pub const MAX_DEPTH: usize = 1000;
/// How many bytes aliases may repeat in one document.
pub const MAX_COPIED_BYTES: usize = 128 * 1024 * 1024;
/// Notes kept for one document.
const MAX_NOTES: usize = 1000;
/// Faults kept for one document.
const MAX_FAULTS: usize = 100;

/// Everything a file holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Manifest {
    /// The documents that hold something, in the order of the file. Empty ones and those with only comments are
    /// left out, as Kubernetes does.
    pub documents: Vec<Document>,
}

/// One document of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Counts the documents of the file that hold something, from 0.
    pub index: usize,
    /// Its bytes in the file, from behind the separator to the next one.
    pub range: Range<usize>,
    /// 1-based line in the file of its first key (or other content).
    pub line: usize,
    /// What Kubernetes reads. `None` if the document has a fault, or only notes.
    pub value: Option<Value>,
    /// Where the reading may surprise.
    pub notes: Vec<Note>,
    /// Why there is no value. Empty if there is one; a value that is not an object has the one fault that says so.
    pub faults: Vec<Fault>,
    tree: Tree,
    /// The pointers of its objects, with their lines.
    objects: Vec<(String, usize)>,
}

/// One object of a file: a document, or an item of a list in it.
#[derive(Debug, Clone)]
pub struct Object<'m> {
    /// Counts the objects of the file from 0.
    pub index: usize,
    /// The document that holds it.
    pub document: &'m Document,
    /// Its JSON pointer in the document: empty, or `/items/3` in a `kind: List`.
    pub pointer_prefix: String,
    /// The object.
    pub value: &'m Value,
    /// `apiVersion`, empty if absent.
    pub api_version: &'m str,
    /// `kind`, empty if absent.
    pub kind: &'m str,
    /// `metadata.namespace`, empty if absent.
    pub namespace: &'m str,
    /// `metadata.name`, or `metadata.generateName`, or empty.
    pub name: &'m str,
    /// Its bytes in the file.
    pub range: Range<usize>,
    /// 1-based line of its first key.
    pub line: usize,
}

/// Reads the text of a manifest, YAML or JSON.
#[must_use]
pub fn read(text: &str) -> Manifest {
    read_as(text, How::Fast)
}

/// [`read`] without the fast way through plain YAML. Slower, and the same by definition; for tests and benches.
#[must_use]
pub fn read_with_parser(text: &str) -> Manifest {
    read_as(text, How::Parser)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// Plain documents by [`plain`], the others by [`full`].
    Fast,
    Parser,
}

fn read_as(text: &str, how: How) -> Manifest {
    if text.len() > MAX_BYTES {
        let mut document = Document::empty(0, 0..text.len(), 1);
        document.faults.push(Fault::own(0..0, FaultKind::TooLarge));
        return Manifest { documents: vec![document] };
    }
    let mut documents = Vec::new();
    for piece in split::pieces(text) {
        let document = Document::read(text, &piece, documents.len(), how);
        if document.value.is_some() || !document.faults.is_empty() || !document.notes.is_empty() {
            documents.push(document);
        }
    }
    Manifest { documents }
}

impl Manifest {
    /// Whether every document could be read. Of a text that is being typed the caller keeps the last clean reading.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.documents.iter().all(|document| document.faults.is_empty())
    }

    /// The objects of all documents that have no fault, lists unrolled.
    pub fn objects(&self) -> impl Iterator<Item = Object<'_>> {
        self.documents
            .iter()
            .flat_map(Document::objects)
            .enumerate()
            .map(|(index, object)| Object { index, ..object })
    }

    /// The document at a byte of the file.
    #[must_use]
    pub fn document_at(&self, byte: usize) -> Option<&Document> {
        self.documents.iter().find(|document| document.range.start <= byte && byte <= document.range.end)
    }

    /// Notes and faults in words, in the order of the text.
    #[must_use]
    pub fn diagnostics(&self, lang: Lang) -> Vec<Diagnostic> {
        let mut all: Vec<_> = self.documents.iter().flat_map(|document| document.diagnostics(lang)).collect();
        all.sort_by_key(|diagnostic| diagnostic.range.start);
        all
    }
}

impl Document {
    fn empty(index: usize, range: Range<usize>, line: usize) -> Self {
        let tree = Tree { base: range.start, ..Tree::default() };
        Self { index, range, line, value: None, notes: vec![], faults: vec![], tree, objects: vec![] }
    }

    fn read(file: &str, piece: &split::Piece, index: usize, how: How) -> Self {
        let base = piece.range.start;
        let text = file.get(piece.range.clone()).unwrap_or_default();
        let mut document = Self::empty(index, piece.range.clone(), piece.line);
        if let Some(range) = &piece.bad_separator {
            let words = file.get(range.clone()).unwrap_or_default();
            document.faults.push(Fault {
                hint: Some(Hint::DocumentSeparator),
                ..Fault::yaml(range.clone(), format!("invalid Yaml document separator: {words}"))
            });
        }
        let is_json = json::is_json(text);
        let source = Source::new(text, base, is_json);
        document.notes = source.notes.clone();
        document.faults.extend(source.fault.clone());
        if source.fault.is_some() {
            return document;
        }
        let builder = match &source.text {
            Cow::Borrowed(_) if is_json => json::read(text, base, piece.line),
            Cow::Borrowed(_) if how == How::Fast => plain::read(text, base, piece.line),
            _ => None,
        };
        let mut builder = builder.unwrap_or_else(|| full::read(&source, text, base, piece.line));
        document.notes.append(&mut builder.notes);
        document.notes.sort_by_key(|note| note.range.start);
        document.faults.append(&mut builder.faults);
        for fault in document.faults.iter_mut().filter(|f| f.hint != Some(Hint::DocumentSeparator)) {
            fault.hint = hint(file, text, fault).or(fault.hint);
        }
        document.tree = builder.tree;
        let line = |document: &Self, pointer: &str| {
            let start = document.span(pointer).map_or(base, |span| span.value.start);
            piece.line + count_lines(file.get(base..start).unwrap_or_default())
        };
        document.line = line(&document, "");
        if !document.faults.is_empty() {
            return document;
        }
        document.value = builder.root.filter(|value| !value.is_null());
        match &mut document.value {
            None => {}
            Some(Value::Object(_)) => {
                let mut pointers = Vec::new();
                if let Some(value) = &mut document.value {
                    unroll(value, String::new(), &mut pointers);
                }
                document.objects =
                    pointers.into_iter().map(|p| (line(&document, &p), p)).map(|(l, p)| (p, l)).collect();
            }
            Some(_) => {
                let range = document.span("").map_or(base..base, |root| root.value);
                document.faults.push(Fault::own(range, FaultKind::NotAnObject));
            }
        }
        document
    }

    /// Where a JSON pointer (RFC 6901; empty for the whole document) stands in the file. Known too for a document
    /// with a fault, up to where it could be read.
    #[must_use]
    pub fn span(&self, pointer: &str) -> Option<NodeSpan> {
        self.tree.span(pointer)
    }

    /// Whether the key that a pointer ends in is a string as it is written: `"1"`, not `1`.
    #[must_use]
    pub fn has_text_key(&self, pointer: &str) -> bool {
        self.tree.has_text_key(pointer)
    }

    /// The innermost pointer whose key or value touches a byte of the file.
    #[must_use]
    pub fn pointer_at(&self, byte: usize) -> Option<String> {
        self.tree.pointer_at(byte)
    }

    /// Every pointer that is written in the document and counts, in the order of the text: nothing below aliases and
    /// merges, and of a key that is set twice only the one that wins. Slow in large documents.
    #[must_use]
    pub fn pointers(&self) -> Vec<String> {
        self.tree.pointers()
    }

    /// The objects of the document: itself, or the items of its `kind: …List`. None if it has a fault.
    pub fn objects(&self) -> impl Iterator<Item = Object<'_>> {
        self.objects.iter().enumerate().filter_map(|(index, (pointer, line))| {
            let value = self.value.as_ref()?.pointer(pointer)?;
            let text = |pointer| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let name = match text("/metadata/name") {
                "" => text("/metadata/generateName"),
                name => name,
            };
            Some(Object {
                index,
                document: self,
                value,
                api_version: text("/apiVersion"),
                kind: text("/kind"),
                namespace: text("/metadata/namespace"),
                name,
                line: *line,
                range: self.span(pointer).map_or(self.range.clone(), |span| span.value),
                pointer_prefix: pointer.clone(),
            })
        })
    }

    /// Notes and faults in words.
    pub fn diagnostics(&self, lang: Lang) -> impl Iterator<Item = Diagnostic> {
        let faults = self.faults.iter().map(move |fault| fault.diagnostic(lang));
        let notes = self.notes.iter().map(move |note| note.diagnostic(lang));
        faults.chain(notes)
    }
}

impl Object<'_> {
    /// Where a JSON pointer of the object stands in the file.
    #[must_use]
    pub fn span(&self, pointer: &str) -> Option<NodeSpan> {
        self.document.span(&format!("{}{pointer}", self.pointer_prefix))
    }
}

/// What to do about a fault, where the text around it tells.
fn hint(file: &str, document: &str, fault: &Fault) -> Option<Hint> {
    if !matches!(fault.kind, FaultKind::Yaml(_)) {
        return None;
    }
    let before = file.get(..fault.range.start).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = file.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    let is_template = |line: &str| line.trim_start().starts_with("{{") || line.contains(": {{");
    if line.contains("{{") || document.lines().any(is_template) {
        Some(Hint::Template)
    } else if line.contains('：') {
        Some(Hint::FullWidthColon)
    } else if line.starts_with('\t') || line.trim_start_matches(' ').starts_with('\t') {
        Some(Hint::Tab)
    } else if line.starts_with('%') {
        Some(Hint::Directive)
    } else {
        None
    }
}

/// Finds the objects of a document. The items of a list of one kind (`PodList`) may lack `kind` and `apiVersion`, and
/// get those of the list.
fn unroll(value: &mut Value, pointer: String, found: &mut Vec<String>) {
    let list = value.get("kind").and_then(Value::as_str).and_then(|kind| kind.strip_suffix("List"));
    let item_type = list.map(|kind| (kind.to_owned(), value.get("apiVersion").cloned().unwrap_or_default()));
    match (item_type, value.get_mut("items").and_then(Value::as_array_mut)) {
        (Some((kind, version)), Some(items)) => {
            for (position, item) in items.iter_mut().enumerate() {
                if let Value::Object(fields) = item
                    && !kind.is_empty()
                    && !fields.contains_key("kind")
                {
                    fields.insert("kind".to_owned(), kind.clone().into());
                    fields.insert("apiVersion".to_owned(), version.clone());
                }
                unroll(item, format!("{pointer}/items/{position}"), found);
            }
        }
        _ => found.push(pointer),
    }
}

fn count_lines(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}
