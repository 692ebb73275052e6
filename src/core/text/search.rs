//! Find and replace.

use super::Change;
use super::buffer::TextBuffer;
use std::ops::Range;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    pub pattern: String,
    /// The pattern is a regular expression (crate `regex`; `^` and `$` match at lines).
    pub regex: bool,
    pub case_sensitive: bool,
}

/// A query that can be run.
#[derive(Debug, Clone)]
pub struct Search {
    regex: regex::Regex,
    /// `$1` in a replacement stands for a group.
    expands: bool,
}

/// The pattern is not a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPattern(pub String);

/// The matches in one state of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matches {
    /// In order; at most [`MAX_MATCHES`].
    pub ranges: Vec<Range<usize>>,
    /// There are more than [`MAX_MATCHES`].
    pub capped: bool,
}

/// More matches than this are neither counted nor shown. Replace-all replaces all of them all the same.
pub const MAX_MATCHES: usize = 10_000;

impl Search {
    /// Reads the query.
    ///
    /// # Errors
    /// The pattern is not a regular expression; the message is one line.
    pub fn new(query: &Query) -> Result<Self, BadPattern> {
        let _ = query;
        Err(BadPattern(String::new()))
    }

    /// All matches that are not empty and do not cut a grapheme.
    #[must_use]
    pub fn matches(&self, buffer: &TextBuffer) -> Matches {
        let _ = buffer;
        Matches::default()
    }

    /// What replaces the match `range`; `None` when there is no match any more.
    #[must_use]
    pub fn replacement(&self, buffer: &TextBuffer, range: Range<usize>, with: &str) -> Option<String> {
        let _ = (buffer, range, with);
        None
    }

    /// The changes that replace all matches.
    #[must_use]
    pub fn replace_all(&self, buffer: &TextBuffer, with: &str) -> Vec<Change> {
        let _ = (buffer, with);
        Vec::new()
    }
}

impl Matches {
    /// The match after a byte, from the start again after the last one: its number from 0 and its range.
    #[must_use]
    pub fn next(&self, after: usize) -> Option<(usize, Range<usize>)> {
        let at = self.ranges.partition_point(|range| range.start < after);
        let at = if at < self.ranges.len() { at } else { 0 };
        self.ranges.get(at).map(|range| (at, range.clone()))
    }

    /// The match that ends at or before a byte, from the end again before the first one.
    #[must_use]
    pub fn previous(&self, before: usize) -> Option<(usize, Range<usize>)> {
        let at = self.ranges.partition_point(|range| range.end <= before);
        let at = at.checked_sub(1).or(self.ranges.len().checked_sub(1))?;
        self.ranges.get(at).map(|range| (at, range.clone()))
    }

    /// The number from 0 of the match that is exactly this range: "3 of 17" is `number(..) + 1` of `ranges.len()`.
    #[must_use]
    pub fn number(&self, range: &Range<usize>) -> Option<usize> {
        self.ranges.binary_search_by_key(&range.start, |range| range.start).ok()
    }
}
