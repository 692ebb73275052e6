//! Lines and columns of byte offsets.

use std::ops::Range;

use crate::core::decision::Place;
use crate::core::file::FileId;

/// Where the lines of a text start.
#[derive(Debug, Clone, Default)]
pub struct Lines(Vec<usize>);

impl Lines {
    /// Finds the lines of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// The place of a byte range of `text`, the text these lines are of. What lies outside is moved to the end.
    #[must_use]
    pub fn place(&self, file: FileId, text: &str, range: Range<usize>) -> Place {
        let start = floor(text, range.start);
        let end = floor(text, range.end).max(start);
        let line = self.0.partition_point(|&at| at <= start).max(1);
        let from = self.0.get(line - 1).copied().unwrap_or(0);
        let column = 1 + text.get(from..start).map_or(0, |before| before.chars().count());
        Place { file, range: start..end, line, column }
    }
}

/// The nearest char boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "a\nはb: c\n";
        let lines = Lines::of(text);
        let at = text.find('c').unwrap();
        let place = lines.place(FileId(1), text, at..at + 1);
        assert_eq!((place.line, place.column, place.range), (2, 5, at..at + 1));
        let end = lines.place(FileId(1), text, 99..100);
        assert_eq!((end.line, end.column), (3, 1));
    }
}
