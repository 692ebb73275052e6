//! Completion: when names are offered, and what accepting one writes.
//!
//! A list that opens by itself must never be in the way. It opens behind a word of ASCII letters where the schema knows
//! something that begins so, never in comments, strings or block scalars, and takes no key that types: Enter stays a
//! line break until an offer was chosen with the arrows. [`App::close_stale_completion`] ends it when the caret, the
//! text or the focus is no longer where it was made for.

mod kinds;
mod written;

use std::ops::Range;

pub use kinds::CustomKinds;

use crate::app::input::{Chord, Key, Mouse, MouseKind};
use crate::app::layout::completion::place;
use crate::app::overlays::completion::{Completion, Offer};
use crate::app::settings;
use crate::app::{App, Mode};
use crate::core::diagnostics::Severity;
use crate::core::file::Role;
use crate::core::manifest::schema::Follows;
use crate::core::text::editor::{EditAction, Editor};
use crate::core::text::lex::begins_in_text;
use crate::strings::T;

/// Offers that Page Up and Page Down pass over.
const PAGE: isize = 8;
/// Letters of a name before the list opens by itself; a value has few rivals, one is enough.
const LETTERS: usize = 2;
/// A longer text is only completed by key: each offer reads it once.
const LONGEST: usize = 1024 * 1024;

/// Why the list is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// A letter was typed.
    Typed,
    /// The text below the open list changed.
    Goes,
    /// It was asked for.
    Key,
    /// The name of a field was accepted: its value comes next.
    Accepted,
}

/// What an edit means for the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typed {
    /// A letter or digit was typed: the list may open by itself.
    begins: bool,
    /// A dot was typed: in a policy the list opens by itself.
    dot: bool,
    /// The word at the caret grew or shrank: an open list goes along.
    goes_on: bool,
}

impl Typed {
    /// Of this action.
    #[must_use]
    pub fn by(action: &EditAction) -> Self {
        let (begins, goes_on) = match action {
            EditAction::Type(c) => (c.is_ascii_alphanumeric(), is_word(*c)),
            EditAction::Insert(text) => {
                (text.ends_with(|c: char| c.is_ascii_alphanumeric()), text.chars().all(is_word))
            }
            EditAction::Backspace => (false, true),
            _ => (false, false),
        };
        let dot = matches!(action, EditAction::Type('.'));
        Self { begins, dot, goes_on }
    }
}

impl App {
    /// The command: opens the list, or goes on in the open one.
    pub(super) fn complete(&mut self) {
        self.mode = Mode::Edit;
        match &mut self.completion {
            Some(open) => open.step(true),
            None => self.offer(Why::Key),
        }
    }

    /// After an edit: opens the list behind a typed word, follows it while it is open. Other edits close it.
    pub(super) fn offer_after(&mut self, typed: Typed) {
        if self.completion.is_some() && typed.goes_on {
            self.offer(Why::Goes);
        } else {
            self.completion = None;
            let is_policy = || self.focused_file().is_some_and(|file| file.is_rego());
            if (typed.begins || typed.dot && is_policy())
                && self.settings.completion == settings::Completion::Auto
            {
                self.offer(Why::Typed);
            }
        }
    }

    fn offer(&mut self, why: Why) {
        let before = self.completion.take();
        let Some(file) = self.focused_file() else { return };
        let editor = &file.editor;
        let is_free = file.role != Role::Data
            && !file.is_read_only()
            && editor.selection().is_empty()
            && !in_text(editor);
        let is_policy = file.is_rego();
        let is_dot = is_policy && editor.buffer().char_before(editor.selection().head) == Some('.');
        let opens = why != Why::Typed || is_dot || is_word_begun(editor);
        if is_free && opens {
            let (file, revision, caret) = (file.id, editor.buffer().revision(), editor.selection().head);
            let text = editor.buffer().snapshot().to_string();
            let typed_in = |word: &Range<usize>| text.get(word.start..caret).unwrap_or_default();
            let begins = |typed: &str, offer: &Offer| {
                offer.name.to_ascii_lowercase().starts_with(&typed.to_ascii_lowercase())
            };
            let (word, offers, after_dot) = if is_policy {
                let found = self.policies.complete(&self.files, file, caret, self.manifest_file, &self.asked);
                (found.range, found.items.into_iter().map(Offer::from).collect(), found.after_dot)
            } else {
                let found = self.custom_kinds.complete(&self.files, &text, caret);
                let typed = typed_in(&found.range);
                let mut offers: Vec<Offer> = found.items.into_iter().map(Offer::from).collect();
                // What decides security is why one is here.
                offers.sort_by_key(|offer| (!begins(typed, offer), offer.doc.is_none()));
                (found.range, offers, false)
            };
            let typed = typed_in(&word).to_owned();
            let is_done = matches!(offers.as_slice(), [offer] if offer.name == typed);
            let fits = match why {
                Why::Key | Why::Accepted => true,
                Why::Goes if before.as_ref().is_some_and(|before| before.wanted) => !is_done,
                Why::Typed | Why::Goes => {
                    (after_dot || !typed.is_empty())
                        && !is_done
                        && offers.first().is_some_and(|offer| begins(&typed, offer))
                }
            };
            if fits && !offers.is_empty() {
                let wanted = match why {
                    Why::Key | Why::Accepted => true,
                    Why::Typed => false,
                    Why::Goes => before.is_some_and(|before| before.wanted),
                };
                let open = Completion { file, revision, caret, word, typed, offers, selected: 0, wanted };
                self.completion = Some(open);
            }
        }
        if why == Why::Key && self.completion.is_none() {
            self.tell(T::CompletionNothing, Severity::Note);
        }
    }

    /// A key while the list is open; whether it took it.
    pub(super) fn completion_key(&mut self, chord: Chord) -> bool {
        let Some(open) = &mut self.completion else { return false };
        if chord != Chord::plain(chord.key) {
            return false;
        }
        match chord.key {
            Key::Down => open.step(true),
            Key::Up => open.step(false),
            Key::PageDown => open.jump(PAGE),
            Key::PageUp => open.jump(-PAGE),
            Key::Enter if !open.wanted => return false,
            Key::Tab | Key::Enter => self.accept(),
            Key::Esc => self.completion = None,
            _ => return false,
        }
        true
    }

    /// The mouse while the list is open; whether the list took it. A press beside the list closes it.
    pub(super) fn completion_mouse(&mut self, mouse: Mouse) -> bool {
        let Some(place) = place(self) else { return false };
        let Some(open) = &mut self.completion else { return false };
        let inside = place.window.contains(mouse.column, mouse.row);
        match mouse.kind {
            MouseKind::Press { .. } if !inside => self.completion = None,
            MouseKind::Press { .. } if place.rows.contains(mouse.column, mouse.row) => {
                let index = place.first + usize::from(mouse.row - place.rows.y);
                if index < open.offers.len() {
                    open.selected = index;
                    self.accept();
                }
            }
            MouseKind::ScrollDown if inside => open.jump(1),
            MouseKind::ScrollUp if inside => open.jump(-1),
            _ => {}
        }
        inside
    }

    /// Writes the chosen offer: one undo step. A field whose values are known goes on with them.
    fn accept(&mut self) {
        let Some(open) = self.completion.take() else { return };
        let (Some(offer), Some(file)) = (open.chosen(), self.files.get(open.file)) else { return };
        let text = file.editor.buffer().snapshot().to_string();
        let Some((range, new)) = written::edit(&text, open.word.clone(), offer) else { return };
        let goes_on = offer.follows == Follows::Value && new.ends_with(' ');
        self.act(EditAction::Replace(range, new));
        if goes_on {
            self.offer(Why::Accepted);
        }
    }

    /// Closes the list when it does not belong to what is on the screen.
    pub(super) fn close_stale_completion(&mut self) {
        let Some(open) = &self.completion else { return };
        let is_here = self.focused_file().is_some_and(|file| {
            let selection = file.editor.selection();
            file.id == open.file
                && file.editor.buffer().revision() == open.revision
                && selection.is_empty()
                && selection.head == open.caret
        });
        let takes_keys = self.mode == Mode::Edit && self.overlays.is_empty() && self.find.is_none();
        if !is_here || !takes_keys || place(self).is_none() {
            self.completion = None;
        }
    }
}

/// Whether a name or a value that is worth completing may hold it.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./".contains(c)
}

/// Whether the caret's line begins in a block scalar or in a string over several lines.
fn in_text(editor: &Editor) -> bool {
    let line = editor.buffer().line_of(editor.selection().head);
    begins_in_text(editor.language(), editor.line_state(line))
}

/// Whether the caret stands at the end of a word that is long enough.
fn is_word_begun(editor: &Editor) -> bool {
    let (buffer, caret) = (editor.buffer(), editor.selection().head);
    if buffer.len_bytes() > LONGEST || buffer.char_at(caret).is_some_and(|c| c.is_alphanumeric()) {
        return false;
    }
    let before = buffer.text(buffer.line_start(buffer.line_of(caret))..caret);
    let head = before.trim_end_matches(is_word);
    let is_value = head.trim_end().trim_end_matches(['"', '\'']).trim_end().ends_with(':');
    before.len() - head.len() >= if is_value { 1 } else { LETTERS }
}
