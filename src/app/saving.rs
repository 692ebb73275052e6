//! Saving, conflicts with the disk, closing, leaving, and what an earlier run left behind.

use std::path::PathBuf;

use crate::app::App;
use crate::app::effect::{Effect, Save, Stamp};
use crate::app::files::{Locked, OnDisk, OpenFile};
use crate::app::msg::{FileProblem, ProblemKind, ReadWhy, Recovered};
use crate::app::overlays::confirm::{Answer, Confirm, Question};
use crate::app::overlays::diff::DiffView;
use crate::app::overlays::input::Input;
use crate::app::overlays::{Overlay, Prompt};
use crate::core::diagnostics::Severity;
use crate::core::file::FileId;
use crate::strings::{self, T};

impl OpenFile {
    /// Forbids or allows edits.
    pub(super) fn lock(&mut self, locked: Option<Locked>) {
        self.locked = locked;
        self.editor.set_read_only(match locked {
            Some(Locked::Bytes(reason)) => Some(reason),
            // A file that may not be written can still be edited and saved elsewhere.
            Some(Locked::Mode) | None => None,
        });
    }
}

impl App {
    /// Ctrl-S.
    pub(super) fn save(&mut self, id: FileId) {
        let Some(file) = self.files.get(id) else { return };
        match (&file.path, &file.on_disk, file.locked) {
            (None, ..) => self.ask_path(id),
            (_, OnDisk::Changed { .. } | OnDisk::Deleted { .. }, _) => {
                self.go_to_file(id);
                self.tell(T::SavingPaused, Severity::Warning);
            }
            (_, _, Some(_)) => self.tell(T::WhyReadOnly, Severity::Warning),
            (Some(path), OnDisk::Same, None) => {
                let path = path.clone();
                self.write(id, path, false);
            }
        }
    }

    /// Asks where to save.
    pub(super) fn ask_path(&mut self, id: FileId) {
        let Some(file) = self.files.get(id) else { return };
        let path =
            file.path.as_ref().map_or_else(|| file.name.clone(), |path| path.to_string_lossy().into_owned());
        let prompt = Prompt { title: T::SaveAsTitle, input: Input::new(&path), error: None };
        self.overlays.push(Overlay::SaveAs { file: id, prompt });
    }

    /// Sends the text to be written.
    pub(super) fn write(&mut self, id: FileId, path: PathBuf, overwrite: bool) {
        // What is on disk is known only when the save before has ended.
        if self.saves.contains_key(&id) {
            self.save_next.insert(id, (path, overwrite));
            return;
        }
        let Some(file) = self.files.get_mut(id) else { return };
        let moved = file.path.as_deref() != Some(&path);
        let point = file.editor.save_point();
        let save = Save {
            file: id,
            revision: file.editor.buffer().revision(),
            text: file.editor.buffer().snapshot(),
            format: file.format,
            expected: if moved { None } else { file.stamp },
            overwrite,
            path,
        };
        self.saves.insert(id, (point, save.text.clone()));
        self.effects.push(Effect::Save(save));
    }

    /// A save ended.
    pub(super) fn saved(
        &mut self,
        id: FileId,
        path: PathBuf,
        result: Result<Stamp, FileProblem>,
        notice: Option<FileProblem>,
    ) {
        let lang = self.settings.lang;
        let now = self.now;
        let point = self.saves.remove(&id);
        let next = self.save_next.remove(&id).filter(|_| result.is_ok());
        let Some(file) = self.files.get_mut(id) else { return };
        match result {
            Ok(stamp) => {
                file.stamp = Some(stamp);
                file.on_disk = OnDisk::Same;
                file.saved_at = Some(now);
                let moved = file.path.as_deref() != Some(&path);
                if moved {
                    file.name = path.to_string_lossy().into_owned();
                    file.path = Some(path);
                    file.lock(None);
                }
                if let Some((point, text)) = point {
                    file.editor.mark_saved_at(point);
                    file.base = text;
                }
                // The next edit begins a new journal from the text that is on disk now; edits that were made while the
                // save was under way are such an edit.
                file.journaled = false;
                let edited_since = file.editor.is_modified();
                let name = file.short_name().to_owned();
                let text = match notice {
                    None => T::Saved.fill(lang, &[("file", &name)]),
                    Some(problem) => T::SavedInPlace
                        .fill(lang, &[("file", &name), ("why", &strings::file_problem(&problem, lang))]),
                };
                self.effects.push(Effect::ForgetJournal(id));
                self.saved_manifest(id);
                if edited_since {
                    self.journal(id, &[]);
                }
                self.say(text, Severity::Note);
                if moved {
                    self.scratch = self.scratch && self.files.iter().all(|file| file.path.is_none());
                    self.watch();
                    self.dirty = true;
                }
                if let Some((path, overwrite)) = next {
                    self.write(id, path, overwrite);
                    return;
                }
                if self.closing.take_if(|closing| *closing == id).is_some() {
                    self.close(id);
                }
                if self.quit_after_saves {
                    self.save_and_quit();
                }
            }
            Err(problem) => {
                self.quit_after_saves = false;
                self.closing = None;
                let exists = matches!(problem.kind, ProblemKind::ChangedOnDisk | ProblemKind::AlreadyExists);
                if exists && file.path.as_deref() != Some(&path) {
                    self.overlays
                        .push(Overlay::Confirm(Confirm::new(Question::Overwrite { file: id, path })));
                    return;
                }
                if problem.kind == ProblemKind::NotFound
                    && file.path.as_deref() == Some(&path)
                    && file.stamp.is_some()
                {
                    file.on_disk = OnDisk::Deleted { since: now };
                }
                if exists {
                    self.effects.push(Effect::Read { path, role: file.role, why: ReadWhy::Changed });
                }
                let text = strings::file_problem(&problem, lang);
                self.say(T::NotSaved.fill(lang, &[("why", &text)]), Severity::Error);
            }
        }
    }

    /// The text as it is now is what is on disk.
    pub(super) fn mark_saved(&mut self, id: FileId) {
        let Some(file) = self.files.get_mut(id) else { return };
        file.editor.mark_saved();
        file.base = file.editor.buffer().snapshot();
        if std::mem::take(&mut file.journaled) {
            self.effects.push(Effect::ForgetJournal(id));
        }
    }

    /// The conflict bar's `m`: this text stays, and saving writes it over theirs.
    pub(super) fn keep_mine(&mut self) {
        let Some(file) = self.focused_file_mut() else { return };
        file.stamp = match std::mem::replace(&mut file.on_disk, OnDisk::Same) {
            OnDisk::Changed { stamp, .. } => Some(stamp),
            OnDisk::Deleted { .. } => None,
            OnDisk::Same => file.stamp,
        };
        self.tell(T::KeptMine, Severity::Note);
    }

    /// The conflict bar's `t`: the text on disk replaces this one; undo brings it back.
    pub(super) fn take_theirs(&mut self) {
        let Some(file) = self.focused_file_mut() else { return };
        let id = file.id;
        match std::mem::replace(&mut file.on_disk, OnDisk::Same) {
            OnDisk::Changed { text, stamp, format, .. } => {
                file.stamp = Some(stamp);
                file.format = format;
                self.replace_text(id, &text);
                self.mark_saved(id);
                self.reveal(id);
            }
            OnDisk::Deleted { .. } => self.close(id),
            OnDisk::Same => {}
        }
    }

    /// The text here against the one on disk, as far as it is known.
    pub(super) fn compare(&mut self) {
        let lang = self.settings.lang;
        let Some(file) = self.focused_file() else { return };
        let mine = file.editor.buffer().snapshot().to_string();
        let sides = (T::SideDisk.text(lang).to_owned(), T::SideMine.text(lang).to_owned());
        match &file.on_disk {
            OnDisk::Changed { text, .. } => {
                let view = DiffView::new(file.name.clone(), sides, text, &mine);
                self.overlays.push(Overlay::Diff(view));
            }
            OnDisk::Deleted { .. } | OnDisk::Same => {
                let base = file.base.to_string();
                let view = DiffView::new(file.name.clone(), sides, &base, &mine);
                self.overlays.push(Overlay::Diff(view));
            }
        }
    }

    /// Takes a file out of the workspace.
    pub(super) fn close(&mut self, id: FileId) {
        let Some(file) = self.files.remove(id) else { return };
        self.effects.push(Effect::ForgetJournal(id));
        let policies = Self::pane_of(file.role) == crate::app::panes::PaneId::Policy;
        let next = self.files.of_pane(policies).next().map(|file| file.id);
        let shown = if policies { &mut self.policy_file } else { &mut self.manifest_file };
        if *shown == Some(id) {
            *shown = next;
        }
        self.asked.old.take_if(|old| *old == id);
        self.find = None;
        self.watch();
        self.dirty = true;
    }

    /// Ctrl-Q.
    pub(super) fn quit(&mut self) {
        let files = self.modified_files();
        if files.is_empty() {
            self.effects.push(Effect::Quit(0));
        } else {
            self.overlays.push(Overlay::Confirm(Confirm::new(Question::Quit { files })));
        }
    }

    /// Saves what is not saved, one after the other, then leaves.
    fn save_and_quit(&mut self) {
        self.quit_after_saves = true;
        match self.modified_files().first() {
            None => self.effects.push(Effect::Quit(0)),
            Some(id) => self.save(*id),
        }
    }

    /// A button of a dialogue.
    pub(super) fn answer(&mut self, question: Question, answer: Answer) {
        match (question, answer) {
            (_, Answer::Cancel) => self.quit_after_saves = false,
            (Question::Quit { .. }, Answer::Save) => self.save_and_quit(),
            (Question::Quit { files }, _) => {
                files.into_iter().for_each(|id| self.effects.push(Effect::ForgetJournal(id)));
                self.effects.push(Effect::Quit(0));
            }
            (Question::Close { file }, Answer::Save) => {
                self.closing = Some(file);
                self.save(file);
            }
            (Question::Close { file }, _) => self.close(file),
            (Question::Reload { file }, _) => self.reload(file),
            (Question::Overwrite { file, path }, _) => self.write(file, path, true),
            (Question::Discard { journal, .. }, _) => {
                self.recovered.retain(|entry| entry.journal != journal);
                if let Some(Overlay::Recovery(dialogue)) = self.overlays.last_mut() {
                    dialogue.entries.retain(|entry| entry.journal != journal);
                    dialogue.selected = 0;
                    if dialogue.entries.is_empty() {
                        self.overlays.pop();
                    }
                }
                self.effects.push(Effect::DiscardJournal(journal));
            }
        }
    }

    /// Reads a file again and takes what is there.
    pub(super) fn reload(&mut self, id: FileId) {
        let Some(file) = self.files.get(id) else { return };
        if let Some(path) = file.path.clone() {
            self.effects.push(Effect::Read { path, role: file.role, why: ReadWhy::Reload });
        }
    }

    /// Brings back what an earlier run left for one file.
    pub(super) fn restore(&mut self, entry: Recovered) {
        self.recovered.retain(|other| other.journal != entry.journal);
        let open = match &entry.path {
            Some(path) => self.files.at_path(path).map(|file| file.id),
            None => self
                .files
                .iter()
                .find(|file| file.path.is_none() && file.name == entry.name)
                .map(|file| file.id),
        };
        match (open, &entry.path) {
            (Some(id), _) => self.restore_into(id, entry),
            (None, Some(path)) => {
                let (path, role) = (path.clone(), entry.role);
                self.effects.push(Effect::Read { path, role, why: ReadWhy::Open { show: true } });
                self.restoring.push(entry);
            }
            (None, None) => {
                let id = self.add_file(None, entry.role, "");
                if let Some(file) = self.files.get_mut(id) {
                    file.name.clone_from(&entry.name);
                }
                self.restore_into(id, entry);
            }
        }
    }

    /// The recovered text replaces the file's as one edit, which the new journal has before the old one goes.
    pub(super) fn restore_into(&mut self, id: FileId, entry: Recovered) {
        self.replace_text(id, &entry.text);
        self.go_to_file(id);
        self.effects.push(Effect::DiscardJournal(entry.journal));
        let text = T::Restored.fill(self.settings.lang, &[("file", &entry.name)]);
        self.say(text, Severity::Note);
    }
}
