//! A transaction: the changes of one edit, and its inverse.

use super::Change;
use super::buffer::TextBuffer;
use super::history::Kind;
use super::selection::Selection;
use std::ops::Range;

/// Changes that are made together, with the selection on either side of them. All ranges are bytes of the text before
/// the transaction; they are sorted and do not overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transaction {
    changes: Vec<Change>,
    /// The selection before it; undo restores it.
    pub before: Selection,
    /// The selection after it.
    pub after: Selection,
}

impl Transaction {
    /// Sorts the changes. Of two that overlap the one that begins later is dropped.
    #[must_use]
    pub fn new(mut changes: Vec<Change>, before: Selection, after: Selection) -> Self {
        changes.sort_by_key(|change| (change.range.start, change.range.end));
        let mut end = 0;
        changes.retain(|change| {
            let fits = change.range.start >= end && change.range.start <= change.range.end;
            end = if fits { change.range.end } else { end };
            fits
        });
        Self { changes, before, after }
    }

    /// The changes, sorted.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The changes in an order in which they can be made one after the other: the last one first.
    pub fn in_sequence(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().rev()
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Makes the changes and gives back the transaction that takes them back.
    pub fn apply(&self, buffer: &mut TextBuffer) -> Self {
        let mut inverse: Vec<Change> = self
            .in_sequence()
            .map(|change| {
                let (range, old) = buffer.replace(change.range.clone(), &change.new);
                Change { range: range.start..range.start + change.new.len(), new: old }
            })
            .collect();
        inverse.reverse();
        // So far each range holds in a text where only the changes behind it are made: shift by those before it.
        let mut grown = 0;
        let mut shrunk = 0;
        for change in &mut inverse {
            let moved = |byte: usize| byte + grown - shrunk;
            let range = moved(change.range.start)..moved(change.range.end);
            grown += change.range.len();
            shrunk += change.new.len();
            change.range = range;
        }
        Self { changes: inverse, before: self.after, after: self.before }
    }
}

/// What an action wants to do, worked out and not yet done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Ranges in the text as it is.
    pub changes: Vec<Change>,
    /// The selection afterwards.
    pub after: Selection,
    /// What it may join in the history.
    pub kind: Kind,
}

impl Draft {
    /// One replacement with the caret behind it.
    #[must_use]
    pub fn replace(range: Range<usize>, new: impl Into<String>, kind: Kind) -> Self {
        let new = new.into();
        let after = Selection::caret(range.start + new.len());
        Self { changes: vec![Change { range, new }], after, kind }
    }
}

/// Where a byte of the text before the changes lies after them (sorted, as in a transaction). A byte inside a replaced
/// part moves to the end of what replaced it, as does one where text was inserted when `behind` says so.
#[must_use]
pub fn map_byte(changes: &[Change], byte: usize, behind: bool) -> usize {
    let mut moved = byte;
    for change in changes {
        let Change { range, new } = change;
        let passes = if range.is_empty() && range.start == byte { behind } else { range.start < byte };
        if !passes {
            break;
        }
        moved = if byte >= range.end {
            moved + new.len() - range.len()
        } else {
            // Inside: all of the old text before `byte` is gone, all of the new text is there.
            moved + new.len() - (byte - range.start)
        };
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(range: Range<usize>, new: &str) -> Change {
        Change { range, new: new.to_owned() }
    }

    #[test]
    fn the_inverse_takes_back() {
        let selection = Selection::default();
        let changes = vec![change(4..6, ""), change(0..1, "日本"), change(2..2, "x"), change(2..2, "y")];
        let transaction = Transaction::new(changes, selection, Selection::caret(3));
        let mut buffer = TextBuffer::new("abcdef");
        let inverse = transaction.apply(&mut buffer);
        assert_eq!(buffer.to_string(), "日本bxycd");
        assert_eq!((inverse.before, inverse.after), (Selection::caret(3), selection));
        let again = inverse.apply(&mut buffer);
        assert_eq!(buffer.to_string(), "abcdef");
        assert_eq!(again, transaction);
    }

    #[test]
    fn of_two_that_overlap_the_first_is_made() {
        let selection = Selection::default();
        let transaction = Transaction::new(vec![change(1..3, "x"), change(0..2, "y")], selection, selection);
        assert_eq!(transaction.changes(), [change(0..2, "y")]);
    }

    #[test]
    fn bytes_move_with_their_text() {
        let changes = [change(2..4, "long"), change(6..6, "!")];
        let moved = |byte, behind| map_byte(&changes, byte, behind);
        assert_eq!([moved(0, true), moved(2, true), moved(4, true), moved(5, true)], [0, 2, 6, 7]);
        assert_eq!(moved(3, true), 6, "inside: behind what replaced it");
        assert_eq!([moved(6, false), moved(6, true), moved(7, false)], [8, 9, 10]);
    }
}
