//! Text that knows where its pieces come from.

use std::ops::Range;

/// Where each piece of a lowered text stands in the author's statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceMap(Vec<Segment>);

/// From `out` on, the text comes from `source` on: byte for byte if `copied`, else it stands for `source` as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    out: u32,
    source: u32,
    copied: bool,
}

impl SourceMap {
    /// The author's byte (from the start of the statement) for a byte of the lowered text.
    #[must_use]
    pub fn author(&self, lowered: usize) -> usize {
        let at = self.0.partition_point(|s| s.out as usize <= lowered);
        match at.checked_sub(1).and_then(|i| self.0.get(i)) {
            Some(segment) if segment.copied => segment.source as usize + lowered - segment.out as usize,
            Some(segment) => segment.source as usize,
            None => 0,
        }
    }

    /// The author's range for a range of the lowered text.
    #[must_use]
    pub fn author_range(&self, lowered: Range<usize>) -> Range<usize> {
        let start = self.author(lowered.start);
        start..self.author(lowered.end).max(start)
    }
}

/// A piece of lowered text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Buf {
    pub text: String,
    map: Vec<Segment>,
}

impl Buf {
    /// New text that stands for byte `source` of the statement.
    pub fn made(text: impl Into<String>, source: u32) -> Self {
        Self { text: text.into(), map: vec![Segment { out: 0, source, copied: false }] }
    }

    /// Adds new text that stands for byte `source`.
    pub fn push(&mut self, text: &str, source: u32) {
        self.map.push(Segment { out: self.text.len() as u32, source, copied: false });
        self.text.push_str(text);
    }

    /// Copies bytes of the statement.
    pub fn copy(&mut self, statement: &str, range: Range<u32>) {
        if let Some(text) = statement.get(range.start as usize..range.end as usize)
            && !text.is_empty()
        {
            self.map.push(Segment { out: self.text.len() as u32, source: range.start, copied: true });
            self.text.push_str(text);
        }
    }

    /// Adds another piece.
    pub fn append(&mut self, other: &Self) {
        let base = self.text.len() as u32;
        self.map.extend(other.map.iter().map(|s| Segment { out: s.out + base, ..*s }));
        self.text.push_str(&other.text);
    }

    pub fn finish(self) -> (String, SourceMap) {
        (self.text, SourceMap(self.map))
    }
}
