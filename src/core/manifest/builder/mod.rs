//! From what the parser sees (scalars, lists, maps, aliases) to the value, the tree of places, and the notes.
//!
//! The rules are those of go-yaml v2's decoder and of sigs.k8s.io/yaml behind it. Nothing here recurses: open lists
//! and maps lie on a stack.

mod aliases;
mod keys;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;

use serde_json::map::Entry;
use serde_json::{Map, Value};

use aliases::Anchor;

use super::note::{Fault, FaultKind, Note, NoteKind};
use super::scalar::{Dialect, Scalar, Tag};
use super::tree::{Kind, Named, Span, Tree};
use super::{MAX_DEPTH, MAX_FAULTS, MAX_NOTES};

/// The node of an anchor at a key, which has none.
const NOWHERE: u32 = u32::MAX;

struct Frame {
    node: u32,
    anchor: usize,
    content: Content,
    /// Counters when the frame was opened.
    decoded: usize,
    bytes: usize,
}

enum Content {
    Seq(Vec<Value>),
    Map(Map<String, Value>, Option<Key>),
    /// A list or map where a key should be. Already a fault; it is only counted until it ends.
    InKey,
}

/// A key that waits for its value.
struct Key {
    name: Option<String>,
    named: Named,
    range: Span,
}

/// Takes events in the order of the text. All ranges are bytes of the document's own text.
pub(super) struct Builder<'t> {
    /// The document.
    text: &'t str,
    base: usize,
    pub tree: Tree,
    stack: Vec<Frame>,
    pub root: Option<Value>,
    pub notes: Vec<Note>,
    pub faults: Vec<Fault>,
    anchors: HashMap<usize, Anchor>,
    /// Whether the document has a `*` at all; if not, no anchor need be kept.
    keep_anchors: bool,
    first_line: usize,
    line_starts: OnceCell<Vec<usize>>,
    decoded: usize,
    aliased: usize,
    /// Bytes of strings, repeated ones counted each time.
    bytes: usize,
    copied: usize,
    /// Whose YAML it is.
    pub dialect: Dialect,
}

/// Says that reading this document has to stop.
pub(super) struct Stop;

impl<'t> Builder<'t> {
    /// For a document that starts at byte `base`, line `first_line` of the file.
    pub fn new(text: &'t str, base: usize, first_line: usize) -> Self {
        Self {
            text,
            base,
            // About two nodes for a line, in the manifests that there are.
            tree: Tree {
                base,
                nodes: Vec::with_capacity(text.len() / 24 + 4),
                names: String::with_capacity(text.len() / 4),
            },
            stack: Vec::new(),
            root: None,
            notes: Vec::new(),
            faults: Vec::new(),
            anchors: HashMap::new(),
            keep_anchors: text.as_bytes().contains(&b'*'),
            first_line,
            line_starts: OnceCell::new(),
            decoded: 0,
            aliased: 0,
            bytes: 0,
            copied: 0,
            dialect: Dialect::Kubernetes,
        }
    }

    /// Whether the next node is the key of a map.
    pub fn wants_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { content: Content::Map(_, None), .. }))
    }

    fn is_in_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { content: Content::InKey, .. }))
    }

    /// Where the key stands that waits for its value.
    pub fn key_range(&self) -> Option<Span> {
        match self.stack.last()? {
            Frame { content: Content::Map(_, Some(key)), .. } => Some(key.range),
            _ => None,
        }
    }

    fn file_range(&self, (start, end): Span) -> Range<usize> {
        self.base + start as usize..self.base + end as usize
    }

    fn fault(&mut self, span: Span, words: impl Into<String>) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault::yaml(self.file_range(span), words));
        }
    }

    fn note(&mut self, span: Span, kind: NoteKind) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(Note { range: self.file_range(span), kind });
        }
    }

    /// 1-based line in the file.
    fn line(&self, offset: u32) -> usize {
        let starts = self.line_starts.get_or_init(|| {
            self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1).collect()
        });
        self.first_line + starts.partition_point(|&start| start <= offset as usize)
    }

    /// A scalar: `quoted` if it is not plain, `span` from its tag or first character to its last.
    pub fn scalar(&mut self, text: Cow<'_, str>, quoted: bool, tag: Option<Tag>, anchor: usize, span: Span) {
        if self.wants_key() {
            self.key(text, quoted, tag, anchor, span);
            return;
        }
        if self.is_in_key() {
            return;
        }
        self.decoded += 1;
        let node = self.place(span, Kind::Scalar);
        self.bytes += text.len();
        let bytes = text.len();
        let value = if quoted && tag.is_none() {
            Value::String(text.into_owned())
        } else {
            let written =
                (!quoted && tag.is_none() && may_surprise(&text)).then(|| text.clone().into_owned());
            match self.dialect.resolve(tag, text).and_then(|scalar| {
                if let Some(written) = written {
                    self.surprise(&scalar, &written, span);
                }
                scalar.into_json()
            }) {
                Ok(value) => value,
                Err(words) => {
                    self.fault(span, words);
                    Value::Null
                }
            }
        };
        if anchor != 0 && self.keep_anchors {
            let value = Some(value.clone());
            self.anchors.insert(anchor, Anchor { node, value, open: false, weight: 1, bytes });
        }
        self.put(value, node);
    }

    fn surprise(&mut self, scalar: &Scalar<'_>, written: &str, span: Span) {
        let read = match scalar {
            Scalar::Bool(b)
                if !written.eq_ignore_ascii_case("true") && !written.eq_ignore_ascii_case("false") =>
            {
                b.to_string()
            }
            Scalar::Int(i) => i.to_string(),
            Scalar::Uint(u) => u.to_string(),
            Scalar::Float(f) if f.is_finite() => {
                let read = f.to_string();
                if written == format!("{read}.0") {
                    return;
                }
                read
            }
            _ => return,
        };
        if read != written.strip_prefix('+').unwrap_or(written) {
            self.note(span, NoteKind::ReadAs { written: written.to_owned(), read });
        }
    }

    /// Adds the node of the next value to the tree.
    fn place(&mut self, value: Span, kind: Kind) -> u32 {
        match self.stack.last() {
            None => self.tree.push(0, Named::Item, None, value, kind),
            Some(Frame { node, content: Content::Map(_, Some(key)), .. }) => {
                let (node, named, range) = (*node, key.named, key.range);
                self.tree.push(node, named, Some(range), value, kind)
            }
            Some(Frame { node, .. }) => {
                let node = *node;
                self.tree.push(node, Named::Item, None, value, kind)
            }
        }
    }

    /// Opens a list or a map at `start`.
    pub fn open(&mut self, map: bool, anchor: usize, start: u32) -> Result<(), Stop> {
        if self.stack.len() >= MAX_DEPTH {
            self.faults.push(Fault::own(self.file_range((start, start)), FaultKind::TooDeep));
            return Err(Stop);
        }
        let in_key = self.is_in_key();
        if self.wants_key() || in_key {
            if !in_key {
                let at = self.text.get(start as usize..).and_then(|rest| rest.chars().next());
                self.fault((start, start + at.map_or(0, char::len_utf8) as u32), "invalid map key");
            }
            let node = self.stack.last().map_or(0, |frame| frame.node);
            let (decoded, bytes) = (self.decoded, self.bytes);
            self.stack.push(Frame { node, anchor: 0, content: Content::InKey, decoded, bytes });
            return Ok(());
        }
        let (decoded, bytes) = (self.decoded, self.bytes);
        self.decoded += 1;
        let (kind, content) = if map {
            (Kind::Map, Content::Map(Map::new(), None))
        } else {
            (Kind::Seq, Content::Seq(Vec::new()))
        };
        let node = self.place((start, start), kind);
        let anchor = if self.keep_anchors { anchor } else { 0 };
        if anchor != 0 {
            self.anchors.insert(anchor, Anchor { node, value: None, open: true, weight: 0, bytes: 0 });
        }
        self.stack.push(Frame { node, anchor, content, decoded, bytes });
        Ok(())
    }

    /// Closes the innermost list or map, which ends at byte `end`.
    pub fn close(&mut self, end: u32) -> Result<(), Stop> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.content {
            Content::Seq(items) => Value::Array(items),
            Content::Map(map, _) => Value::Object(map),
            Content::InKey => {
                if self.wants_key() {
                    self.set_key(None, Named::Broken, (end, end));
                }
                return Ok(());
            }
        };
        self.tree.close(frame.node, end);
        if let Some(anchor) = self.anchors.get_mut(&frame.anchor) {
            anchor.open = false;
            anchor.weight = self.decoded - frame.decoded;
            anchor.bytes = self.bytes - frame.bytes;
            let (weight, bytes) = (anchor.weight, anchor.bytes);
            // Anchors inside anchors are copied once for each level.
            self.copy(weight, bytes, (end, end))?;
            if let Some(anchor) = self.anchors.get_mut(&frame.anchor) {
                anchor.value = Some(value.clone());
            }
        }
        self.put(value, frame.node);
        Ok(())
    }

    /// Closes what is open where reading had to stop, so that places are known up to there.
    pub fn abandon(&mut self, end: u32) {
        while let Some(frame) = self.stack.pop() {
            if !matches!(frame.content, Content::InKey) {
                self.tree.close(frame.node, end);
            }
        }
    }

    /// Hands a finished value to the list or map around it.
    fn put(&mut self, value: Value, node: u32) {
        let (parent, key) = match self.stack.last_mut() {
            None => {
                self.root = Some(value);
                return;
            }
            Some(Frame { content: Content::Seq(items), .. }) => {
                items.push(value);
                return;
            }
            Some(Frame { content: Content::InKey, .. }) => return,
            Some(Frame { node: parent, content: Content::Map(_, key), .. }) => (*parent, key.take()),
        };
        let Some(key) = key else { return };
        match key.named {
            Named::Merge => self.merge(value, node, parent, key.range),
            _ => {
                let Some(name) = key.name else { return };
                let Some(Frame { content: Content::Map(map, _), .. }) = self.stack.last_mut() else { return };
                match map.entry(name) {
                    Entry::Vacant(entry) => {
                        entry.insert(value);
                    }
                    Entry::Occupied(mut entry) => {
                        entry.insert(value);
                        let name = entry.key().clone();
                        self.set_twice(parent, name, key.range);
                    }
                }
            }
        }
    }
}

/// Whether a plain scalar can be other than the text it shows. A cheap test for the common case.
fn may_surprise(text: &str) -> bool {
    match text.as_bytes() {
        [first, ..] => first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.') || text.len() <= 3,
        [] => false,
    }
}
