//! The text of one editor: a rope behind byte offsets.
//!
//! A line ends at `\n` and nowhere else (ropey is built without its other line breaks), so that lines are the same
//! ones that the engine and the manifest reader count.

use super::Snapshot;
use crate::core::file::Revision;
use ropey::{Rope, RopeSlice};
use std::borrow::Cow;
use std::ops::Range;

/// A text that can be edited. Offsets are bytes, lines are 0-based; whatever lies outside the text is clamped to it,
/// an offset inside a character is moved to the start of it.
#[derive(Debug, Clone, Default)]
pub struct TextBuffer {
    rope: Rope,
    revision: Revision,
}

/// A place as people name it: line and column from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl TextBuffer {
    /// A buffer with this text at revision 0.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { rope: Rope::from_str(text), revision: Revision::default() }
    }

    /// The text as it is now, for another thread. Costs a reference count.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.rope.clone())
    }

    /// Counts the edits of this buffer; undo and redo count too.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Length in bytes.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.rope.len_bytes()
    }

    /// Lines as an editor counts them: a text that ends in `\n` has an empty last line, an empty text has one line.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.rope.len_lines()
    }

    /// The last line's index.
    #[must_use]
    pub fn last_line(&self) -> usize {
        self.line_count().saturating_sub(1)
    }

    /// The byte at which a line begins; the end of the text for a line that does not exist.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        self.rope.try_line_to_byte(line).unwrap_or(self.len_bytes())
    }

    /// The byte after a line's last character, before its `\n`.
    #[must_use]
    pub fn line_end(&self, line: usize) -> usize {
        let next = self.line_start(line.saturating_add(1));
        if line < self.last_line() { next.saturating_sub(1) } else { self.len_bytes() }
    }

    /// The bytes of a line without its `\n`.
    #[must_use]
    pub fn line_range(&self, line: usize) -> Range<usize> {
        self.line_start(line)..self.line_end(line)
    }

    /// A line without its `\n`; borrowed where it lies in one piece of the rope. Nothing for a line that does not exist.
    #[must_use]
    pub fn line(&self, line: usize) -> Cow<'_, str> {
        match self.rope.get_line(line).map_or(Cow::Borrowed(""), Cow::from) {
            Cow::Borrowed(text) => Cow::Borrowed(text.strip_suffix('\n').unwrap_or(text)),
            Cow::Owned(mut text) => {
                if text.ends_with('\n') {
                    text.pop();
                }
                Cow::Owned(text)
            }
        }
    }

    /// The line on which a byte lies; the `\n` belongs to the line that it ends.
    #[must_use]
    pub fn line_of(&self, byte: usize) -> usize {
        self.rope.try_byte_to_line(byte).unwrap_or(self.last_line())
    }

    /// A copy of a part.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> String {
        self.text(range).into_owned()
    }

    /// A part, borrowed where it lies in one piece of the rope.
    #[must_use]
    pub fn text(&self, range: Range<usize>) -> Cow<'_, str> {
        self.rope_slice(range).map_or(Cow::Borrowed(""), Cow::from)
    }

    /// The place of a byte for the status line.
    #[must_use]
    pub fn position(&self, byte: usize) -> Position {
        let byte = self.floor_char(byte);
        let line = self.line_of(byte);
        let char_of = |byte| self.rope.try_byte_to_char(byte).unwrap_or(self.rope.len_chars());
        let column = char_of(byte).saturating_sub(char_of(self.line_start(line)));
        Position { line: line + 1, column: column + 1 }
    }

    /// The byte at a place as people name it. A column behind the line's end gives the end, a line behind the last
    /// one gives the end of the text.
    #[must_use]
    pub fn byte_at_position(&self, line: usize, column: usize) -> usize {
        let line = line.saturating_sub(1);
        let Ok(start) = self.rope.try_line_to_char(line) else { return self.len_bytes() };
        let wanted = start.saturating_add(column.saturating_sub(1));
        let byte = self.rope.try_char_to_byte(wanted).unwrap_or(self.len_bytes());
        byte.min(self.line_end(line))
    }

    /// The start of the character that a byte belongs to.
    #[must_use]
    pub fn floor_char(&self, byte: usize) -> usize {
        let byte = byte.min(self.len_bytes());
        self.rope.try_byte_to_char(byte).and_then(|char| self.rope.try_char_to_byte(char)).unwrap_or(byte)
    }

    /// The byte itself.
    #[must_use]
    pub fn byte(&self, at: usize) -> Option<u8> {
        self.rope.get_byte(at)
    }

    /// The character that begins at a byte.
    #[must_use]
    pub fn char_at(&self, byte: usize) -> Option<char> {
        self.rope.try_byte_to_char(byte).ok().and_then(|char| self.rope.get_char(char))
    }

    /// The character that ends at a byte.
    #[must_use]
    pub fn char_before(&self, byte: usize) -> Option<char> {
        let char = self.rope.try_byte_to_char(byte).ok()?.checked_sub(1)?;
        self.rope.get_char(char)
    }

    /// Replaces a part and gives back what stood there and where: the range moved to character boundaries.
    pub(super) fn replace(&mut self, range: Range<usize>, new: &str) -> (Range<usize>, String) {
        let range = self.clamp(range);
        let old = self.slice(range.clone());
        let char_of = |byte| self.rope.try_byte_to_char(byte).unwrap_or(self.rope.len_chars());
        let chars = char_of(range.start)..char_of(range.end);
        // Neither can fail: both ends were clamped to the text just above.
        let at = chars.start;
        let removed = chars.is_empty() || self.rope.try_remove(chars).is_ok();
        if removed && !new.is_empty() {
            let _inserted = self.rope.try_insert(at, new);
        }
        self.revision = Revision(self.revision.0 + 1);
        (range, old)
    }

    /// The range moved into the text and to character boundaries.
    pub(super) fn clamp(&self, range: Range<usize>) -> Range<usize> {
        let start = self.floor_char(range.start);
        start..self.floor_char(range.end).max(start)
    }

    fn rope_slice(&self, range: Range<usize>) -> Option<RopeSlice<'_>> {
        self.rope.get_byte_slice(self.clamp(range))
    }
}

impl std::fmt::Display for TextBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.rope.chunks().try_for_each(|chunk| f.write_str(chunk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        let count = |text| TextBuffer::new(text).line_count();
        assert_eq!([count(""), count("a"), count("a\n"), count("a\n\nb")], [1, 1, 2, 3]);
        // no other character ends a line
        assert_eq!(count("a\rb\u{85}c\u{2028}d\u{b}e\u{c}"), 1);
        let buffer = TextBuffer::new("ab\n日本\n");
        assert_eq!([buffer.line_range(0), buffer.line_range(1), buffer.line_range(2)], [0..2, 3..9, 10..10]);
        assert_eq!(buffer.line_range(7), 10..10);
        assert_eq!(
            [buffer.line_of(2), buffer.line_of(3), buffer.line_of(10), buffer.line_of(99)],
            [0, 1, 2, 2]
        );
    }

    #[test]
    fn columns_are_characters() {
        let buffer = TextBuffer::new("a\n日本語x");
        assert_eq!(buffer.position(8), Position { line: 2, column: 3 });
        assert_eq!(
            buffer.position(9),
            Position { line: 2, column: 3 },
            "inside of a character: that character"
        );
        assert_eq!(buffer.byte_at_position(2, 3), 8);
        assert_eq!(buffer.byte_at_position(1, 99), 1);
        assert_eq!(buffer.byte_at_position(99, 1), 12);
        assert_eq!(buffer.byte_at_position(0, 0), 0);
    }

    #[test]
    fn a_snapshot_stays_as_it_was() {
        let mut buffer = TextBuffer::new("日本");
        let before = buffer.snapshot();
        assert_eq!(buffer.replace(0..3, "x"), (0..3, "日".to_owned()));
        assert_eq!((before.to_string(), buffer.to_string()), ("日本".to_owned(), "x本".to_owned()));
        assert_eq!(buffer.revision(), Revision(1));
        // ranges in characters and outside of the text are moved to where they can be
        assert_eq!(buffer.replace(2..99, "!"), (1..4, "本".to_owned()));
        assert_eq!(buffer.to_string(), "x!");
    }
}
