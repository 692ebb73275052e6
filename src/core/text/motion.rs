//! Where the caret goes.

use super::buffer::TextBuffer;
use super::folds::Folds;
use super::{grapheme, view, word};

/// A motion of the caret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Motion {
    Left,
    Right,
    /// To the start of the word before.
    WordLeft,
    /// To the end of the next word.
    WordRight,
    /// To the first character that is not blank; from there to the line's first column.
    LineStart,
    LineEnd,
    /// In the first line, to its start.
    Up,
    /// In the last line, to its end.
    Down,
    /// Up by this many lines.
    PageUp(usize),
    /// Down by this many lines.
    PageDown(usize),
    /// To the blank line before.
    ParagraphUp,
    /// To the next blank line.
    ParagraphDown,
    DocumentStart,
    DocumentEnd,
    /// To the bracket that matches the one at the caret, or to the end of the enclosing pair.
    MatchingBracket,
    /// To the start of a line, counted from 0.
    ToLine(usize),
    /// To a byte: a click, a jump.
    ToByte(usize),
}

/// Where a motion leads from a byte, and the cell that vertical motions keep to (`kept` from the one before).
/// What is folded is passed over, but not by a jump to a place ([`Motion::ToLine`], [`Motion::ToByte`]).
/// [`Motion::MatchingBracket`] needs to know strings from code and is answered by `bracket::pair`; here it stays.
#[must_use]
pub fn target(
    buffer: &TextBuffer,
    folds: &Folds,
    from: usize,
    motion: Motion,
    kept: Option<usize>,
) -> (usize, Option<usize>) {
    let line = buffer.line_of(from);
    let row = folds.row_of(line);
    let vertical = |to: Option<usize>, edge: usize| {
        let cell = kept.unwrap_or_else(|| view::cell_of(buffer, from).1);
        (to.map_or(edge, |row| view::byte_at(buffer, folds.line_at(row), cell)), Some(cell))
    };
    let last = buffer.last_line();
    let last_row = folds.row_of(last);
    let end = buffer.line_end(folds.shown(last));
    let down = |rows: usize| if row < last_row { Some((row + rows).min(last_row)) } else { None };
    let to = match motion {
        Motion::Up => return vertical(row.checked_sub(1), 0),
        Motion::Down => return vertical(down(1), end),
        Motion::PageUp(rows) => return vertical((row > 0).then(|| row.saturating_sub(rows)), 0),
        Motion::PageDown(rows) => return vertical(down(rows), end),
        Motion::Left => grapheme::previous(buffer, from),
        Motion::Right => grapheme::next(buffer, from),
        Motion::WordLeft => word::left(buffer, from),
        Motion::WordRight => word::right(buffer, from),
        Motion::LineStart => {
            let start = buffer.line_start(line);
            let text = start + indentation_len(&buffer.line(line));
            if from == text { start } else { grapheme::floor(buffer, text) }
        }
        Motion::LineEnd => buffer.line_end(line),
        Motion::ParagraphUp => buffer.line_start(paragraph_up(buffer, line)),
        Motion::ParagraphDown => {
            paragraph_down(buffer, line).map_or(buffer.len_bytes(), |line| buffer.line_start(line))
        }
        Motion::DocumentStart => 0,
        Motion::DocumentEnd => buffer.len_bytes(),
        Motion::MatchingBracket => from,
        Motion::ToLine(line) => return (buffer.line_start(line.min(last)), None),
        Motion::ToByte(byte) => return (grapheme::floor(buffer, byte), None),
    };
    (past_folds(buffer, folds, from, to), None)
}

/// The place in sight that a motion reaches which would end in a folded part: behind it when it goes on forward and
/// there is something, otherwise the end of the part's head.
fn past_folds(buffer: &TextBuffer, folds: &Folds, from: usize, to: usize) -> usize {
    match folds.hiding(buffer.line_of(to)) {
        None => to,
        Some(fold) if to > from && fold.last < buffer.last_line() => buffer.line_start(fold.last + 1),
        Some(fold) => buffer.line_end(fold.head),
    }
}

/// Bytes of blanks at the start of a line.
#[must_use]
pub fn indentation_len(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

fn is_blank(buffer: &TextBuffer, line: usize) -> bool {
    buffer.line(line).trim().is_empty()
}

/// The nearest blank line above the text above; the first line when there is none.
fn paragraph_up(buffer: &TextBuffer, line: usize) -> usize {
    let text = (0..line).rev().find(|&line| !is_blank(buffer, line)).unwrap_or(0);
    (0..text).rev().find(|&line| is_blank(buffer, line)).unwrap_or(0)
}

/// The nearest blank line below the text below.
fn paragraph_down(buffer: &TextBuffer, line: usize) -> Option<usize> {
    let last = buffer.last_line();
    let text = (line..=last).find(|&line| !is_blank(buffer, line))?;
    (text..=last).find(|&line| is_blank(buffer, line))
}
