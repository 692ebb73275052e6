//! How many cells of the screen a text takes.
//!
//! The rule is that of ratatui's `CellWidth` (a test holds both equal): unicode-width, and one cell for each half-width
//! sound mark U+FF9E and U+FF9F, which terminals draw in a cell of their own.

use crate::core::display_safe;
use std::borrow::Cow;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The distance of tab stops in cells, in every language.
pub const TAB: usize = 4;

/// A grapheme of a line and the cells that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellGrapheme<'a> {
    /// Bytes in the line.
    pub range: Range<usize>,
    /// What is drawn: the grapheme itself, the marker of a hidden character, or a tab as `\t`.
    pub text: Cow<'a, str>,
    /// The first cell, counted from the start of the line.
    pub start: usize,
    /// Cells taken; at least 1.
    pub width: usize,
    /// Whether `text` is a marker such as `<U+202E>`.
    pub marker: bool,
}

/// The graphemes of a line (without its `\n`) with the cells that they take, tabs reaching to the next multiple of
/// `tab`.
pub fn cells(line: &str, tab: usize) -> impl Iterator<Item = CellGrapheme<'_>> {
    let mut start = 0;
    graphemes(line).map(move |(at, grapheme)| {
        let (text, width, marker) = match grapheme {
            "\t" => (Cow::Borrowed(grapheme), tab.max(1) - start % tab.max(1), false),
            _ if matches!(grapheme.as_bytes(), [b' '..=b'~']) => (Cow::Borrowed(grapheme), 1, false),
            _ => match display_safe::marker(grapheme) {
                Some(marker) => {
                    let width = width(&marker).max(1);
                    (Cow::Owned(marker), width, true)
                }
                None => (Cow::Borrowed(grapheme), width(grapheme).max(1), false),
            },
        };
        let cell = CellGrapheme { range: at..at + grapheme.len(), text, start, width, marker };
        start += width;
        cell
    })
}

/// Cells of a text without tabs and hidden characters.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.len() == 1 { 1 } else { text.width() + text.matches(['\u{ff9e}', '\u{ff9f}']).count() }
}

/// The graphemes of a line and their places. Two ASCII characters in a row are always two graphemes, which saves the
/// look into the tables for most of every text.
fn graphemes(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let at = line.len() - rest.len();
        let bytes = rest.as_bytes();
        let ascii = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii);
        let len = if ascii(bytes.first()) && ascii(bytes.get(1)) {
            1
        } else {
            rest.graphemes(true).next().map_or(0, str::len)
        };
        let (grapheme, after) = rest.split_at_checked(len).filter(|(grapheme, _)| !grapheme.is_empty())?;
        rest = after;
        Some((at, grapheme))
    })
}
