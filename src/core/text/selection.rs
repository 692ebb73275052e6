//! What is selected: an anchor that stays and a head, the caret, that moves.

use super::buffer::TextBuffer;
use super::grapheme;
use std::ops::Range;

/// A selection in bytes. Both ends always lie on grapheme boundaries; equal ends are a caret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Selection {
    /// The end that stays when the selection is extended.
    pub anchor: usize,
    /// The caret.
    pub head: usize,
}

impl Selection {
    /// A caret with nothing selected.
    #[must_use]
    pub const fn caret(at: usize) -> Self {
        Self { anchor: at, head: at }
    }

    /// From `anchor` to the caret at `head`.
    #[must_use]
    pub const fn new(anchor: usize, head: usize) -> Self {
        Self { anchor, head }
    }

    /// The selected bytes, in order.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.anchor.min(self.head)..self.anchor.max(self.head)
    }

    /// Whether nothing is selected.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.anchor == self.head
    }

    /// Both ends moved into the text and behind the grapheme they lie in: where one lands that typed a part of it.
    #[must_use]
    pub fn snapped(self, buffer: &TextBuffer) -> Self {
        Self { anchor: grapheme::ceil(buffer, self.anchor), head: grapheme::ceil(buffer, self.head) }
    }
}
