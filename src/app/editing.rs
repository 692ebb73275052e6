//! What an edit means for everything that hangs on a text: marks, the shown decision, the journal, the clipboard.

use crate::app::App;
use crate::app::completion::Typed;
use crate::app::effect::{Effect, JournalEntry, Journaled};
use crate::app::files::OpenFile;
use crate::core::diagnostics::Severity;
use crate::core::file::FileId;
use crate::core::rego::format::{FormatError, FormatOptions, format};
use crate::core::text::Change;
use crate::core::text::editor::{EditAction, Outcome};
use crate::core::text::motion::Motion;
use crate::strings::T;

/// Puts the caret at a byte.
pub(super) fn place_caret(file: &mut OpenFile, byte: usize) {
    file.editor.act(EditAction::Move(Motion::ToByte(byte), false), crate::app::msg::Now::ZERO);
}

impl App {
    /// Does something in the focused text.
    pub(super) fn act(&mut self, action: EditAction) {
        let now = self.now;
        let Some(file) = self.focused_file_mut() else { return };
        let id = file.id;
        let typed = Typed::by(&action);
        let outcome = file.editor.act(action, now);
        let changed = !outcome.changes.is_empty();
        self.after(id, outcome);
        self.reveal(id);
        if changed {
            self.offer_after(typed);
        }
    }

    /// Carries the outcome of an edit to everything that depends on the text.
    pub(super) fn after(&mut self, id: FileId, outcome: Outcome) {
        if let Some(text) = outcome.copied {
            self.clipboard.clone_from(&text);
            self.effects.push(Effect::Copy(text));
        }
        if outcome.refused.is_some() {
            self.tell(T::WhyReadOnly, Severity::Warning);
        }
        if outcome.changes.is_empty() {
            return;
        }
        self.journal(id, &outcome.changes);
        self.moved(id, &outcome.changes);
    }

    /// Marks and places move along; the text is judged again.
    pub(super) fn moved(&mut self, id: FileId, changes: &[Change]) {
        if let Some(file) = self.files.get_mut(id) {
            changes.iter().for_each(|change| file.diagnostics.shift(change));
            if let Some(find) = &mut self.find {
                find.refresh(file.editor.buffer());
            }
        }
        changes.iter().for_each(|change| self.decision.shift(id, change));
        // What a server said, it said of the text before.
        if self.cluster.edited(id, changes) {
            self.mark_server_problems();
        }
        self.dirty = true;
        self.edited = Some(id);
    }

    /// Writes an edit to the recovery journal: the whole text at the first one after a save, then what changed.
    pub(super) fn journal(&mut self, id: FileId, changes: &[Change]) {
        let Some(file) = self.files.get_mut(id) else { return };
        if !file.editor.is_modified() {
            file.journaled = false;
            self.effects.push(Effect::ForgetJournal(id));
            return;
        }
        let what = if std::mem::replace(&mut file.journaled, true) {
            Journaled::Changes(changes.to_vec())
        } else {
            Journaled::Text(file.editor.buffer().snapshot())
        };
        self.effects.push(Effect::Journal(JournalEntry {
            file: id,
            path: file.path.clone(),
            name: file.name.clone(),
            role: file.role,
            base: file.stamp,
            what,
        }));
    }

    /// Replaces the whole text from outside: a reload, theirs, a recovered text. One undo step.
    pub(super) fn replace_text(&mut self, id: FileId, text: &str) {
        let now = self.now;
        let Some(file) = self.files.get_mut(id) else { return };
        let outcome = file.editor.replace_text(text, now);
        self.after(id, outcome);
    }

    /// Lays the focused policy out as OPA does, in one undo step. What does not parse is left alone, and why is told.
    pub(super) fn format(&mut self) {
        let Some(file) = self.focused_file() else { return };
        let (id, text) = (file.id, file.editor.buffer().to_string());
        match format(&text, FormatOptions::default()) {
            Ok(formatted) if formatted == text => self.tell(T::FormatNothing, Severity::Note),
            Ok(formatted) => {
                self.replace_text(id, &formatted);
                self.reveal(id);
                self.tell(T::FormatDone, Severity::Note);
            }
            Err(FormatError::Syntax(errors)) => {
                let message = errors.first().map(|error| error.diagnostic(&text).message);
                let message = message.unwrap_or_default();
                self.say(T::WhyBroken.fill(self.settings.lang, &[("message", &message)]), Severity::Warning);
            }
            Err(FormatError::Refused { message, .. }) => {
                self.say(T::WhyBroken.fill(self.settings.lang, &[("message", &message)]), Severity::Warning);
            }
            Err(FormatError::Unfaithful) => self.tell(T::FormatUnfaithful, Severity::Warning),
        }
    }

    /// Scrolls the pane so that the caret is seen.
    pub(super) fn reveal(&mut self, id: FileId) {
        let Some((width, height)) = self.text_size(id) else { return };
        if let Some(file) = self.files.get_mut(id) {
            file.view.scroll_to(&file.editor, height, width);
        }
    }

    /// Columns and rows of the text of a file's pane.
    pub(super) fn text_size(&self, id: FileId) -> Option<(usize, usize)> {
        let file = self.files.get(id)?;
        let pane = Self::pane_of(file.role);
        let areas = self.editor_areas(pane)?;
        Some((usize::from(areas.text.width), usize::from(areas.text.height)))
    }

    /// Selects a range of a file, shows it and puts the focus there: a jump.
    pub(super) fn jump(&mut self, id: FileId, range: &std::ops::Range<usize>) {
        self.go_to_file(id);
        if let Some(file) = self.files.get_mut(id) {
            place_caret(file, range.start);
        }
        self.center(id);
    }

    /// Scrolls so that a caret that is out of sight comes to the middle.
    fn center(&mut self, id: FileId) {
        let Some((width, height)) = self.text_size(id) else { return };
        if let Some(file) = self.files.get_mut(id) {
            file.view.center_on(&file.editor, height, width);
        }
    }
}
