//! Where the caret goes.

/// A motion of the caret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Motion {
    Left,
    Right,
    WordLeft,
    WordRight,
    /// The first character that is not blank; from there the line's first column.
    LineStart,
    LineEnd,
    Up,
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
    /// To the bracket that matches the one at the caret, or that encloses it.
    MatchingBracket,
    /// To the start of a line, counted from 0.
    ToLine(usize),
    /// To a byte: a click, a jump.
    ToByte(usize),
}
