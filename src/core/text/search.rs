//! Find and replace.

use super::Change;
use super::buffer::TextBuffer;
use super::grapheme;
use regex::{Regex, RegexBuilder};
use std::borrow::Cow;
use std::ops::Range;

/// More matches than this are neither counted nor shown. Replacing all replaces all of them all the same.
pub const MAX_MATCHES: usize = 10_000;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    pub pattern: String,
    /// The pattern is a regular expression of the crate `regex`; `^` and `$` match at lines.
    pub regex: bool,
    pub case_sensitive: bool,
}

/// A query that can be run.
#[derive(Debug, Clone)]
pub struct Search {
    regex: Regex,
    /// `$1` in a replacement stands for a group.
    expands: bool,
}

/// The pattern is not a regular expression; one line that says why.
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

impl Search {
    /// Reads the query.
    ///
    /// # Errors
    /// The pattern is not a regular expression, or compiles to one that is too big.
    pub fn new(query: &Query) -> Result<Self, BadPattern> {
        let pattern = if query.regex {
            Cow::Borrowed(query.pattern.as_str())
        } else {
            regex::escape(&query.pattern).into()
        };
        let regex = RegexBuilder::new(&pattern)
            .case_insensitive(!query.case_sensitive)
            .multi_line(true)
            .build()
            .map_err(|error| BadPattern(reason(&error)))?;
        Ok(Self { regex, expands: query.regex })
    }

    /// The matches in a text: none that is empty, none that cuts a grapheme (`か` does not match in a decomposed `が`).
    #[must_use]
    pub fn matches(&self, buffer: &TextBuffer) -> Matches {
        let text = buffer.to_string();
        let mut ranges: Vec<_> = self.find(buffer, &text).take(MAX_MATCHES + 1).collect();
        let capped = ranges.len() > MAX_MATCHES;
        ranges.truncate(MAX_MATCHES);
        Matches { ranges, capped }
    }

    /// What replaces the match `range`: `with`, in a regex query with `$1` and `${name}` filled in and `$$` for a
    /// dollar. `None` when there is no match at this place any more.
    #[must_use]
    pub fn replacement(&self, buffer: &TextBuffer, range: Range<usize>, with: &str) -> Option<String> {
        self.replacement_in(&buffer.to_string(), range, &braced(with), with)
    }

    /// The changes that replace all matches, for `EditAction::ReplaceAll`.
    #[must_use]
    pub fn replace_all(&self, buffer: &TextBuffer, with: &str) -> Vec<Change> {
        let text = buffer.to_string();
        let template = braced(with);
        self.find(buffer, &text)
            .filter_map(|range| {
                let new = self.replacement_in(&text, range.clone(), &template, with)?;
                Some(Change { range, new })
            })
            .collect()
    }

    fn find<'a>(&'a self, buffer: &'a TextBuffer, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let whole = |at| grapheme::is_boundary(buffer, at);
        self.regex
            .find_iter(text)
            .map(|found| found.range())
            .filter(move |range| !range.is_empty() && whole(range.start) && whole(range.end))
    }

    fn replacement_in(&self, text: &str, range: Range<usize>, template: &str, with: &str) -> Option<String> {
        if !self.expands {
            let found = self.regex.find_at(text, range.start).filter(|found| found.range() == range);
            return found.map(|_| with.to_owned());
        }
        let captures = self.regex.captures_at(text, range.start)?;
        captures.get(0).filter(|found| found.range() == range)?;
        let mut new = String::new();
        captures.expand(template, &mut new);
        Some(new)
    }
}

impl Matches {
    /// The match that begins at or after a byte, from the start again behind the last one: its number from 0 and its
    /// range. "3 of 17" is number + 1 of `ranges.len()`.
    #[must_use]
    pub fn next(&self, from: usize) -> Option<(usize, Range<usize>)> {
        let at = self.ranges.partition_point(|range| range.start < from);
        let at = if at < self.ranges.len() { at } else { 0 };
        self.ranges.get(at).map(|range| (at, range.clone()))
    }

    /// The match that ends at or before a byte, from the end again before the first one.
    #[must_use]
    pub fn previous(&self, to: usize) -> Option<(usize, Range<usize>)> {
        let at = self.ranges.partition_point(|range| range.end <= to);
        let at = at.checked_sub(1).or(self.ranges.len().checked_sub(1))?;
        self.ranges.get(at).map(|range| (at, range.clone()))
    }

    /// The number from 0 of the match that is exactly this range (the selection).
    #[must_use]
    pub fn number(&self, range: &Range<usize>) -> Option<usize> {
        let at = self.ranges.binary_search_by_key(&range.start, |range| range.start).ok()?;
        self.ranges.get(at).filter(|found| *found == range).map(|_| at)
    }
}

/// The crate draws the pattern and a caret over several lines; people need the last one.
fn reason(error: &regex::Error) -> String {
    let message = error.to_string();
    let last = message.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// `$1st` means group 1 and `st` to people, and the group `1st` to the crate: puts numbers into braces.
fn braced(template: &str) -> String {
    let mut braced = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        braced.push_str(before);
        braced.push('$');
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = after.split_at_checked(digits).unwrap_or(("", after));
        rest = if let Some(tail) = after.strip_prefix('$') {
            braced.push('$');
            tail
        } else if number.is_empty() {
            tail
        } else {
            braced.extend(["{", number, "}"]);
            tail
        };
    }
    braced + rest
}
