//! Names that fit at the caret. Unlike the other overlays it takes only the keys that choose; typing goes on below it.

use std::ops::Range;

use crate::core::file::{FileId, Revision};
use crate::core::manifest::schema::{Follows, Item};
use crate::strings::T;

/// Something that may be written at the caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub name: String,
    /// Its type, or empty.
    pub what: String,
    /// A line about it.
    pub doc: Option<T>,
    /// The name as the text needs it.
    pub written: String,
    /// What is written behind it.
    pub follows: Follows,
}

impl From<Item> for Offer {
    fn from(item: Item) -> Self {
        // A JSON string is one of YAML too.
        let written = if item.needs_quotes {
            serde_json::Value::String(item.name.clone()).to_string()
        } else {
            item.name.clone()
        };
        Self { name: item.name, what: item.what, doc: item.doc, written, follows: item.follows }
    }
}

/// The open list of offers, and the state of the text that it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    pub file: FileId,
    pub revision: Revision,
    pub caret: usize,
    /// The word that an offer replaces.
    pub word: Range<usize>,
    /// The part of the word before the caret.
    pub typed: String,
    /// At least one.
    pub offers: Vec<Offer>,
    /// Index into [`Self::offers`].
    pub selected: usize,
    /// It was asked for, or an offer was chosen with the arrows: Enter accepts. A list that opened by itself leaves
    /// Enter to the text.
    pub wanted: bool,
}

impl Completion {
    /// The offer that Tab accepts.
    #[must_use]
    pub fn chosen(&self) -> Option<&Offer> {
        self.offers.get(self.selected)
    }

    /// Chooses the next offer, or the previous one; behind the last comes the first.
    pub fn step(&mut self, forward: bool) {
        let count = self.offers.len().max(1);
        self.selected = if forward { self.selected + 1 } else { self.selected + count - 1 } % count;
        self.wanted = true;
    }

    /// Chooses the offer so many rows further, without leaving the ends.
    pub fn jump(&mut self, rows: isize) {
        let last = self.offers.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(rows).min(last);
        self.wanted = true;
    }
}
