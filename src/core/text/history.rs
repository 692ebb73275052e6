//! Undo and redo in the groups that a person thinks in.
//!
//! Typing joins the group before it while it goes on at the same place, is of the same kind and pauses for less than a
//! second. Every state of the text has a number; the text is modified when its state is not the saved one, so that
//! undoing back to what was saved counts as saved.

use super::buffer::TextBuffer;
use super::edit::Transaction;
use super::selection::Selection;
use std::time::Duration;

/// A pause this long between two keys begins a new group.
const PAUSE: Duration = Duration::from_secs(1);

/// What an edit is, as far as joining goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A typed character.
    Typing,
    /// Backspace.
    DeletingBack,
    /// Delete.
    DeletingForward,
    /// Everything else: never joins.
    Single,
}

/// Told of each transaction, with the text before it.
pub type Observe<'a> = &'a mut dyn FnMut(&TextBuffer, &Transaction);

/// Names a state of the text that was handed out to be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavePoint {
    state: u64,
    edits: u64,
}

/// The edits of one text.
#[derive(Debug, Clone, Default)]
pub struct History {
    done: Vec<Group>,
    undone: Vec<Group>,
    /// The number of the state that the text is in, and of the next new state.
    state: u64,
    last_state: u64,
    saved: u64,
    /// Edits ever made, and how many of them were made when the text was saved.
    edits: u64,
    edits_saved: u64,
    /// What the next edit may join: the kind, the caret and the time of the last one.
    open: Option<Open>,
}

#[derive(Debug, Clone)]
struct Group {
    /// What takes it back, or makes it again; in the order in which it is applied from the end.
    steps: Vec<Transaction>,
    /// The state on the other side of it.
    state: u64,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    kind: Kind,
    caret: usize,
    at: Duration,
}

impl History {
    /// Applies an edit made at `now` (any clock that does not run backwards) and remembers how to take it back. Gives
    /// the selection after it: that of the transaction, on grapheme boundaries of the new text.
    pub fn apply(
        &mut self,
        transaction: &Transaction,
        kind: Kind,
        now: Duration,
        buffer: &mut TextBuffer,
    ) -> Selection {
        let mut inverse = transaction.apply(buffer);
        inverse.before = transaction.after.snapped(buffer);
        let after = inverse.before;
        let joins = kind != Kind::Single
            && self.open.is_some_and(|open| {
                let contiguous = transaction.before.is_empty() && transaction.before.head == open.caret;
                contiguous && open.kind == kind && now.saturating_sub(open.at) < PAUSE
            });
        let before = self.state;
        self.last_state += 1;
        self.state = self.last_state;
        self.edits += 1;
        self.undone.clear();
        match self.done.last_mut() {
            Some(group) if joins => group.steps.push(inverse),
            _ => self.done.push(Group { steps: vec![inverse], state: before }),
        }
        self.open = (kind != Kind::Single).then_some(Open { kind, caret: after.head, at: now });
        after
    }

    /// Ends the group: the next edit begins a new one. A motion does this.
    pub fn seal(&mut self) {
        self.open = None;
    }

    /// Takes the last group back. `observe` sees each transaction before it is made; the selection it leads to.
    pub fn undo(&mut self, buffer: &mut TextBuffer, observe: Observe) -> Option<Selection> {
        let group = self.done.pop()?;
        let (back, selection) = self.turn(group, buffer, observe);
        self.undone.push(back);
        selection
    }

    /// Makes the group that was undone last again.
    pub fn redo(&mut self, buffer: &mut TextBuffer, observe: Observe) -> Option<Selection> {
        let group = self.undone.pop()?;
        let (back, selection) = self.turn(group, buffer, observe);
        self.done.push(back);
        selection
    }

    fn turn(
        &mut self,
        group: Group,
        buffer: &mut TextBuffer,
        observe: Observe,
    ) -> (Group, Option<Selection>) {
        self.seal();
        self.edits += 1;
        let mut selection = None;
        let turned = group.steps.iter().rev().map(|step| {
            observe(buffer, step);
            selection = Some(step.after);
            step.apply(buffer)
        });
        let back = Group { steps: turned.collect(), state: self.state };
        self.state = group.state;
        (back, selection)
    }

    /// Whether there is something to undo.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether there is something to redo.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Names the state that is about to be saved. Ends the group, so that undo can come back to this state.
    pub fn save_point(&mut self) -> SavePoint {
        self.seal();
        SavePoint { state: self.state, edits: self.edits }
    }

    /// The state of that point is on disk now, whatever was typed since.
    pub fn mark_saved(&mut self, point: SavePoint) {
        self.saved = point.state;
        self.edits_saved = point.edits;
    }

    /// Whether the text differs from what was saved, by the way it came to be.
    #[must_use]
    pub fn is_modified(&self) -> bool {
        self.state != self.saved
    }

    /// Edits made since the text was saved, undo and redo included; 0 when it is as saved.
    #[must_use]
    pub fn edits_since_save(&self) -> u64 {
        if self.is_modified() { self.edits - self.edits_saved } else { 0 }
    }
}
