//! One editor: a text, what is selected in it, how it came to be, and its colours.

use super::Change;
use super::buffer::TextBuffer;
use super::edit::{Draft, Transaction, map_byte};
use super::encoding::ReadOnly;
use super::folds::{Fold, Folds};
use super::history::{History, Kind, SavePoint};
use super::lex::{Language, LineState, Token};
use super::motion::{self, Motion};
use super::selection::Selection;
use super::syntax::Syntax;
use super::{bracket, lines, reload, typing, word};
use std::cell::RefCell;
use std::ops::Range;
use std::time::Duration;

/// How many lines away the other bracket is looked for while drawing.
const BRACKET_LINES: usize = 1_000;

/// What an editor can be told to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditAction {
    /// A character that was typed; closing brackets dedent themselves.
    Type(char),
    /// Text that was typed ahead (several characters in one event); joins typing in the history.
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
    folds: Folds,
    /// Asked for tokens while drawing, when nothing else may change: what it reads then is only remembered.
    syntax: RefCell<Syntax>,
    /// The cell that vertical motions keep to.
    kept_cell: Option<usize>,
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
            folds: Folds::default(),
            syntax: RefCell::new(Syntax::new(language)),
            kept_cell: None,
            read_only: None,
        }
    }

    /// Does what it is told. `now` is the time since any fixed start; only pauses between keys count.
    pub fn act(&mut self, action: EditAction, now: Duration) -> Outcome {
        let kept = self.kept_cell.take();
        match action {
            EditAction::Move(motion, extend) => self.go(motion, extend, kept),
            EditAction::SelectAll => self.select(Selection::new(0, self.buffer.len_bytes())),
            EditAction::SelectWord(byte) => {
                let word = word::around(&self.buffer, byte);
                self.select(Selection::new(word.start, word.end))
            }
            EditAction::SelectLine(byte) => {
                let line = self.whole_line(byte);
                self.select(Selection::new(line.start, line.end))
            }
            EditAction::SetSelection(selection) => self.select(selection),
            EditAction::Copy => Outcome { copied: self.to_copy(), ..Outcome::default() },
            _ => match self.read_only {
                Some(reason) => Outcome { refused: Some(reason), ..Outcome::default() },
                None => self.edit(action, now),
            },
        }
    }

    /// The actions that change the text.
    fn edit(&mut self, action: EditAction, now: Duration) -> Outcome {
        let copied = if action == EditAction::Cut { self.to_copy() } else { None };
        let draft = match action {
            EditAction::Undo | EditAction::Redo => return self.turn(action == EditAction::Undo),
            EditAction::Type(c) => Some(typing::character(self, c)),
            EditAction::Insert(text) => Some(typing::insert(self, &text)),
            EditAction::Paste(text) => Some(typing::paste(self, &text)),
            EditAction::Newline => Some(typing::newline(self)),
            EditAction::Tab => Some(typing::tab(self)),
            EditAction::Backspace => typing::backspace(self),
            EditAction::Delete => typing::delete_to(self, Motion::Right, Kind::DeletingForward),
            EditAction::DeleteWordLeft => typing::delete_to(self, Motion::WordLeft, Kind::Single),
            EditAction::DeleteWordRight => typing::delete_to(self, Motion::WordRight, Kind::Single),
            EditAction::DeleteToLineEnd => typing::delete_to_line_end(self),
            EditAction::Cut => Some(Draft::replace(self.to_cut(), "", Kind::Single)),
            EditAction::Indent => Some(lines::indent(self)),
            EditAction::Outdent => Some(lines::outdent(self)),
            EditAction::ToggleComment => Some(lines::toggle_comment(self)),
            EditAction::DuplicateLine => Some(lines::duplicate(self)),
            EditAction::MoveLineUp => lines::move_up(self),
            EditAction::MoveLineDown => lines::move_down(self),
            EditAction::Replace(range, new) => {
                Some(Draft::replace(self.buffer.clamp(range), new, Kind::Single))
            }
            EditAction::ReplaceAll(changes) => Some(self.replace_all(changes)),
            // They change nothing and were dealt with before.
            EditAction::Copy
            | EditAction::Move(..)
            | EditAction::SelectAll
            | EditAction::SelectWord(_)
            | EditAction::SelectLine(_)
            | EditAction::SetSelection(_) => None,
        };
        let outcome = draft.map_or_else(Outcome::default, |draft| self.commit(draft, now));
        Outcome { copied, ..outcome }
    }

    /// The text from outside (a reload) replaces this one: small changes, one undo step, the caret stays on its line.
    /// Works on a read-only text too.
    pub fn replace_text(&mut self, text: &str, now: Duration) -> Outcome {
        self.kept_cell = None;
        let draft = reload::draft(&self.buffer, self.selection, text);
        self.commit(draft, now)
    }

    fn commit(&mut self, draft: Draft, now: Duration) -> Outcome {
        let mut changes = draft.changes;
        changes.retain_mut(|change| {
            change.range = self.buffer.clamp(change.range.clone());
            !(change.range.is_empty() && change.new.is_empty())
        });
        let transaction = Transaction::new(changes, self.selection, draft.after);
        if transaction.is_empty() {
            return self.select(draft.after);
        }
        self.syntax.get_mut().note(&self.buffer, &transaction);
        self.folds.note(&self.buffer, &transaction);
        self.selection = self.history.apply(&transaction, draft.kind, now, &mut self.buffer);
        self.reveal_caret();
        Outcome { changes: transaction.in_sequence().cloned().collect(), ..Outcome::default() }
    }

    /// Undo or redo.
    fn turn(&mut self, back: bool) -> Outcome {
        let mut changes = Vec::new();
        let (syntax, folds) = (self.syntax.get_mut(), &mut self.folds);
        let observe = &mut |buffer: &TextBuffer, transaction: &Transaction| {
            syntax.note(buffer, transaction);
            folds.note(buffer, transaction);
            changes.extend(transaction.in_sequence().cloned());
        };
        let selection = if back {
            self.history.undo(&mut self.buffer, observe)
        } else {
            self.history.redo(&mut self.buffer, observe)
        };
        self.selection = selection.unwrap_or(self.selection).snapped(&self.buffer);
        self.reveal_caret();
        Outcome { changes, ..Outcome::default() }
    }

    fn select(&mut self, selection: Selection) -> Outcome {
        self.history.seal();
        self.selection = selection.snapped(&self.buffer);
        self.reveal_caret();
        Outcome::default()
    }

    /// The caret is always in sight: what would hide it is opened.
    fn reveal_caret(&mut self) {
        self.folds.reveal(self.buffer.line_of(self.selection.head));
    }

    fn go(&mut self, motion: Motion, extend: bool, kept: Option<usize>) -> Outcome {
        let range = self.selection.range();
        let collapses = !extend && !range.is_empty();
        let (head, kept) = match motion {
            Motion::Left if collapses => (range.start, None),
            Motion::Right if collapses => (range.end, None),
            Motion::MatchingBracket => (self.matching_bracket(), None),
            _ => motion::target(&self.buffer, &self.folds, self.selection.head, motion, kept),
        };
        self.kept_cell = kept;
        let anchor = if extend { self.selection.anchor } else { head };
        self.select(Selection::new(anchor, head))
    }

    /// Over to the other bracket of the pair; from inside of a pair to its end.
    fn matching_bracket(&self) -> usize {
        let (buffer, head) = (&self.buffer, self.selection.head);
        let tokens = |line| self.tokens(line);
        match bracket::pair_at(buffer, &tokens, head, usize::MAX) {
            Some((open, close)) if head == close.start || (head == close.end && head != open.start) => {
                open.start
            }
            Some((_, close)) => close.start,
            None => bracket::pair_around(buffer, &tokens, head).map_or(head, |(_, close)| close.start),
        }
    }

    fn replace_all(&self, changes: Vec<Change>) -> Draft {
        let sorted = Transaction::new(changes, self.selection, self.selection);
        let head = map_byte(sorted.changes(), self.selection.head, true);
        Draft { changes: sorted.changes().to_vec(), after: Selection::caret(head), kind: Kind::Single }
    }

    /// A line with its line break; the head of a fold with all that is folded.
    fn whole_line(&self, byte: usize) -> Range<usize> {
        let line = self.buffer.line_of(byte);
        let last = self.folds.at(line).map_or(line, |fold| fold.last);
        self.buffer.line_start(line)..self.buffer.line_start(last + 1)
    }

    fn to_cut(&self) -> Range<usize> {
        if self.selection.is_empty() { self.whole_line(self.selection.head) } else { self.selection.range() }
    }

    /// The selection; without one the line, always with a line break.
    fn to_copy(&self) -> Option<String> {
        let mut text = self.buffer.slice(self.to_cut());
        if text.is_empty() {
            return None;
        }
        if self.selection.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Some(text)
    }

    /// What is folded.
    #[must_use]
    pub fn folds(&self) -> &Folds {
        &self.folds
    }

    /// Folds these parts (`regions` finds them). A caret in one of them goes to the end of its head.
    pub fn fold(&mut self, parts: &[Fold]) {
        self.folds.close(parts);
        if let Some(fold) = self.folds.hiding(self.buffer.line_of(self.selection.head)) {
            self.kept_cell = None;
            self.select(Selection::caret(self.buffer.line_end(fold.head)));
        }
    }

    /// Opens the fold of this head.
    pub fn unfold(&mut self, head: usize) {
        self.folds.open(head);
    }

    /// Opens all folds.
    pub fn unfold_all(&mut self) {
        self.folds.clear();
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

    /// The bracket at the caret and the one that it belongs to, when that is not too far away.
    #[must_use]
    pub fn bracket_pair(&self) -> Option<bracket::Pair> {
        bracket::pair_at(&self.buffer, &|line| self.tokens(line), self.selection.head, BRACKET_LINES)
    }

    /// The tokens of a line, for its colours. The first call for a far line reads the lines before it once.
    #[must_use]
    pub fn tokens(&self, line: usize) -> Vec<Token> {
        self.syntax.borrow_mut().tokens(&self.buffer, line)
    }

    /// The lexer's state at the start of a line.
    #[must_use]
    pub fn line_state(&self, line: usize) -> LineState {
        self.syntax.borrow_mut().state_before(&self.buffer, line)
    }

    /// Reads the text as another language (after "save as").
    pub fn set_language(&mut self, language: Language) {
        self.syntax = RefCell::new(Syntax::new(language));
        self.language = language;
    }
}
