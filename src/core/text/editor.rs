//! One editor: a text, what is selected in it, how it came to be, and its colours.

use super::Change;
use super::buffer::TextBuffer;
use super::encoding::ReadOnly;
use super::history::{History, SavePoint};
use super::lex::{Language, Token};
use super::motion::Motion;
use super::selection::Selection;
use std::ops::Range;
use std::time::Duration;

/// What an editor can be told to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditAction {
    /// A character that was typed; closing brackets dedent themselves.
    Type(char),
    /// Text that was typed ahead (several characters in one event); one undo step.
    Insert(String),
    /// Text from the clipboard; one undo step, line ends become `\n`.
    Paste(String),
    /// A line break with the indentation that the language wants.
    Newline,
    /// The Tab key: indents a selection of several lines, otherwise inserts.
    Tab,
    Backspace,
    Delete,
    DeleteWordLeft,
    DeleteWordRight,
    /// To the line's end; at the end, the line break.
    DeleteToLineEnd,
    /// The selection, or the whole line.
    Cut,
    /// The selection, or the whole line.
    Copy,
    Indent,
    Outdent,
    ToggleComment,
    /// A motion of the caret, extending the selection or not.
    Move(Motion, bool),
    SelectAll,
    /// The word at a byte (double click).
    SelectWord(usize),
    /// The line at a byte with its line break (triple click).
    SelectLine(usize),
    SetSelection(Selection),
    DuplicateLine,
    MoveLineUp,
    MoveLineDown,
    Undo,
    Redo,
    /// Replaces a part: one undo step, the caret goes behind it.
    Replace(Range<usize>, String),
    /// Several changes as one undo step (`Search::replace_all`); ranges are bytes of the text before all of them.
    ReplaceAll(Vec<Change>),
}

/// What an action did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The changes in the order in which they were made: the range of each is in the text that the ones before it in
    /// this list left.
    pub changes: Vec<Change>,
    /// Text for the clipboard.
    pub copied: Option<String>,
    /// The action would have changed the text, and the text must not be changed.
    pub refused: Option<ReadOnly>,
}

/// One editor.
#[derive(Debug, Clone)]
pub struct Editor {
    buffer: TextBuffer,
    selection: Selection,
    history: History,
    language: Language,
    read_only: Option<ReadOnly>,
}

impl Editor {
    /// An editor with this text, the caret at its start, nothing to undo, unmodified.
    #[must_use]
    pub fn new(text: &str, language: Language) -> Self {
        let buffer = TextBuffer::new(text);
        Self {
            buffer,
            selection: Selection::default(),
            history: History::default(),
            language,
            read_only: None,
        }
    }

    /// Does what it is told. `now` is the time since any fixed start; only pauses between keys count.
    pub fn act(&mut self, action: EditAction, now: Duration) -> Outcome {
        let _ = (action, now);
        Outcome::default()
    }

    /// The text from outside (a reload) replaces this one: the smallest change found, one undo step, the caret stays
    /// on its line. Works on a read-only text too.
    pub fn replace_text(&mut self, text: &str, now: Duration) -> Outcome {
        let _ = (text, now);
        Outcome::default()
    }

    /// The text.
    #[must_use]
    pub fn buffer(&self) -> &TextBuffer {
        &self.buffer
    }

    /// The selection; its head is the caret.
    #[must_use]
    pub fn selection(&self) -> Selection {
        self.selection
    }

    /// The selected text; empty when nothing is selected.
    #[must_use]
    pub fn selected_text(&self) -> String {
        self.buffer.slice(self.selection.range())
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// Why the text must not be edited.
    #[must_use]
    pub fn read_only(&self) -> Option<ReadOnly> {
        self.read_only
    }

    /// Forbids or allows edits.
    pub fn set_read_only(&mut self, reason: Option<ReadOnly>) {
        self.read_only = reason;
    }

    /// Names the state of the text that is about to be saved, for [`Self::mark_saved_at`] when it has been.
    pub fn save_point(&mut self) -> SavePoint {
        self.history.save_point()
    }

    /// The state of that point is on disk, whatever was typed since.
    pub fn mark_saved_at(&mut self, point: SavePoint) {
        self.history.mark_saved(point);
    }

    /// The text as it is now is on disk.
    pub fn mark_saved(&mut self) {
        let point = self.save_point();
        self.mark_saved_at(point);
    }

    /// Whether the text differs from the saved one; undoing back to that makes it unmodified again.
    #[must_use]
    pub fn is_modified(&self) -> bool {
        self.history.is_modified()
    }

    /// Edits made since it was saved; 0 when it is as saved.
    #[must_use]
    pub fn edits_since_save(&self) -> u64 {
        self.history.edits_since_save()
    }

    /// Whether there is something to undo.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    /// Whether there is something to redo.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// The bracket at the caret and the one that it belongs to.
    #[must_use]
    pub fn bracket_pair(&self) -> Option<(Range<usize>, Range<usize>)> {
        None
    }

    /// The tokens of a line, for its colours. The first call for a far line reads the lines before it once.
    #[must_use]
    pub fn tokens(&self, line: usize) -> Vec<Token> {
        let _ = line;
        Vec::new()
    }
}
