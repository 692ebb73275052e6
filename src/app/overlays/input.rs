//! A one-line input: the text core in one line, so that keys and Unicode behave as in the editors.

use crate::app::input::{Chord, Key};
use crate::app::msg::Now;
use crate::core::text::editor::{EditAction, Editor};
use crate::core::text::lex::Language;
use crate::core::text::motion::Motion;
use crate::core::text::view::cell_of;

/// A line of text with a caret.
#[derive(Debug)]
pub struct Input {
    pub editor: Editor,
}

impl Default for Input {
    fn default() -> Self {
        Self::new("")
    }
}

impl Input {
    /// With `text` in it and the caret at its end.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut editor = Editor::new(text, Language::Plain);
        editor.act(EditAction::Move(Motion::DocumentEnd, false), Now::ZERO);
        Self { editor }
    }

    /// With `text` selected, so that typing replaces it.
    #[must_use]
    pub fn selected(text: &str) -> Self {
        let mut input = Self::new(text);
        input.editor.act(EditAction::SelectAll, Now::ZERO);
        input
    }

    /// What stands in it.
    #[must_use]
    pub fn text(&self) -> String {
        self.editor.buffer().snapshot().to_string()
    }

    /// The first cell that is shown in a line of so many cells, so that the caret is in sight.
    #[must_use]
    pub fn first_cell(&self, room: usize) -> usize {
        (cell_of(self.editor.buffer(), self.caret()).1 + 1).saturating_sub(room)
    }

    /// The caret's byte.
    #[must_use]
    pub fn caret(&self) -> usize {
        self.editor.selection().head
    }

    /// Puts text in, line ends as blanks.
    pub fn insert(&mut self, text: &str, now: Now) {
        let line = text.replace(['\r', '\n', '\t'], " ");
        self.editor.act(EditAction::Insert(line), now);
    }

    /// Handles a key; whether it was one for a line of text.
    pub fn key(&mut self, chord: Chord, now: Now) -> bool {
        let extend = chord.shift;
        let action = match chord.key {
            Key::Char(_) if chord.typed().is_some() => match chord.typed() {
                Some(c) => EditAction::Type(c),
                None => return false,
            },
            Key::Char('z') if chord.ctrl => EditAction::Undo,
            Key::Char('y') if chord.ctrl => EditAction::Redo,
            Key::Char('k') if chord.ctrl => EditAction::DeleteToLineEnd,
            Key::Char('u') if chord.ctrl => {
                self.editor.act(EditAction::SelectAll, now);
                EditAction::Delete
            }
            Key::Backspace if chord.ctrl || chord.alt => EditAction::DeleteWordLeft,
            Key::Backspace => EditAction::Backspace,
            Key::Delete if chord.ctrl || chord.alt => EditAction::DeleteWordRight,
            Key::Delete => EditAction::Delete,
            Key::Left if chord.ctrl || chord.alt => EditAction::Move(Motion::WordLeft, extend),
            Key::Right if chord.ctrl || chord.alt => EditAction::Move(Motion::WordRight, extend),
            Key::Left => EditAction::Move(Motion::Left, extend),
            Key::Right => EditAction::Move(Motion::Right, extend),
            Key::Home => EditAction::Move(Motion::LineStart, extend),
            Key::End => EditAction::Move(Motion::LineEnd, extend),
            _ => return false,
        };
        self.editor.act(action, now);
        true
    }
}
