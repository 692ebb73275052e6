//! `App::update`: what each message does.

use crate::app::App;
use crate::app::effect::{Effect, Timer};
use crate::app::files::{Locked, OnDisk, OpenFile};
use crate::app::msg::{FileProblem, FileText, Msg, Now, ProblemKind, ReadWhy, WatchState};
use crate::app::overlays::Overlay;
use crate::app::overlays::recovery::RecoveryDialogue;
use crate::app::panes::PaneId;
use crate::app::panes::decision::Stopped;
use crate::core::decision::{Evaluation, Place, Verdict};
use crate::core::diagnostics::{Diagnostic, Diagnostics, Origin, Severity};
use crate::core::file::{FileId, Role, is_yaml};
use crate::core::policy::gatekeeper::is_policy;
use crate::core::text::encoding::decode;
use crate::core::text::lex::Language;
use crate::strings::{self, T};

impl App {
    /// Takes one message at the time `now` (since start); what is to be done outside comes back here and from
    /// [`App::settle`].
    pub fn update(&mut self, msg: Msg, now: Now) -> Vec<Effect> {
        self.now = self.now.max(now);
        match msg {
            Msg::Key(chord) => self.key(chord),
            Msg::Text(text) => self.typed_ahead(&text),
            Msg::Paste(text) => self.pasted(text),
            Msg::Mouse(mouse) => self.mouse(mouse),
            Msg::Resize { width, height } => self.resize(width, height),
            Msg::Focus(_) | Msg::Resumed => {}
            Msg::SamplesWritten { folder, result } => self.samples_written(&folder, result),
            Msg::Background { light } => self.light = Some(light),
            Msg::CannotSuspend => self.tell(T::CannotSuspend, Severity::Note),
            Msg::Timer(timer) => self.timer(timer),
            Msg::Evaluated(evaluation) => self.evaluated(*evaluation),
            Msg::Stopped { run, reason, after } => {
                // If its decision has come, it was the tests that ended: the evaluator skips that one from now on.
                if run == self.decision.asked && !self.tests.is_asked(run) {
                    self.decision.answered = run;
                    self.decision.checking_since = None;
                    self.decision.stopped = Some(Stopped { reason, after });
                }
            }
            Msg::Read { path, role, result, why } => self.read(path, role, result, why),
            Msg::Opened { files } => {
                // Without anything named, the samples are what was asked for.
                if std::mem::take(&mut self.opening) && files == 0 {
                    self.tell(T::FolderIsEmpty, Severity::Note);
                    self.open_scratch();
                }
            }
            Msg::Saved { file, path, revision: _, result, notice } => self.saved(file, path, result, notice),
            Msg::Removed(path) => self.removed(&path),
            Msg::Watching(state) => self.watching(state),
            Msg::Recovered(entries) => {
                self.recovered.clone_from(&entries);
                if !entries.is_empty() {
                    self.overlays.push(Overlay::Recovery(RecoveryDialogue { entries, selected: 0 }));
                }
            }
            Msg::JournalFailed(problem) => {
                let text = strings::file_problem(&problem, self.settings.lang);
                let text = T::JournalFailed.fill(self.settings.lang, &[("why", &text)]);
                self.say(text, Severity::Warning);
                self.journal_failed = Some(problem);
            }
            Msg::Cluster(news) => self.cluster_news(news),
            // The journal keeps what is not saved.
            Msg::Terminate => self.effects.push(Effect::Quit(0)),
        }
        self.close_stale_completion();
        std::mem::take(&mut self.effects)
    }

    fn samples_written(&mut self, folder: &std::path::Path, result: Result<usize, FileProblem>) {
        let lang = self.settings.lang;
        match result {
            Ok(count) => {
                let folder = folder.display();
                let text = T::InitWritten.fill(lang, &[("count", &count), ("folder", &folder)]);
                self.say(text, Severity::Note);
            }
            Err(problem) => {
                let why = strings::file_problem(&problem, lang);
                self.say(T::NotSaved.fill(lang, &[("why", &why)]), Severity::Error);
            }
        }
    }

    fn resize(&mut self, width: u16, height: u16) {
        self.size = (width, height);
        for id in [self.policy_file, self.manifest_file].into_iter().flatten() {
            self.reveal(id);
        }
    }

    fn timer(&mut self, timer: Timer) {
        match timer {
            Timer::Checking(run) => {
                if run == self.decision.asked && self.decision.answered < run {
                    self.decision.checking_since.get_or_insert(self.now);
                }
            }
            Timer::MessageFades(number) => self.messages.fade(number),
            Timer::Clock => self.clock_runs = false,
            Timer::Asking(run) => self.cluster.waiting |= self.cluster.runs.contains(&run),
            Timer::AskSaved(file) => self.ask_saved(file),
        }
    }

    /// A decision came, or what came of the tests. One that was made from older texts is dropped: a newer one is on its
    /// way.
    fn evaluated(&mut self, mut evaluation: Evaluation) {
        if self.tests.is_asked(evaluation.run) {
            if let Some(run) = evaluation.tests.take() {
                self.tested(run);
            }
            return;
        }
        let current = |(id, revision): &(FileId, _)| {
            self.files.get(*id).is_some_and(|file| file.editor.buffer().revision() == *revision)
        };
        if !evaluation.revisions.iter().all(current) {
            return;
        }
        let broken = self.broken(&evaluation);
        let tests = evaluation.tests.take();
        let newest = evaluation.run == self.decision.asked;
        let remarks = evaluation.diagnostics.clone();
        if !self.decision.take(evaluation, broken, self.now) {
            return;
        }
        let decision = &self.decision;
        for file in self.files.iter_mut() {
            let others = |remark: &&Diagnostic| matches!(remark.origin, Origin::Server | Origin::Test);
            let others: Vec<_> = file.diagnostics.all().iter().filter(others).cloned().collect();
            let own = remarks
                .iter()
                .filter(|(id, _)| *id == file.id)
                .flat_map(|(_, remarks)| remarks.iter().cloned());
            file.diagnostics = Diagnostics::new(own.chain(decision.marks(file.id)).chain(others).collect());
        }
        // While a text does not parse, its tests stay as they were, like the decision.
        if newest && self.decision.stale.is_none() {
            self.ask_tests(tests.is_some());
        }
    }

    /// The first error of a text that is shown, if it keeps the text from being judged.
    fn broken(&self, evaluation: &Evaluation) -> Option<(Place, String)> {
        let shown = [self.policy_file, self.manifest_file];
        let (id, remark) = evaluation
            .diagnostics
            .iter()
            .filter(|(id, _)| shown.contains(&Some(*id)))
            .flat_map(|(id, remarks)| remarks.iter().map(move |remark| (*id, remark)))
            .find(|(_, remark)| {
                remark.severity == Severity::Error
                    && matches!(remark.origin, Origin::Syntax | Origin::Compile)
            })?;
        // A text that other documents or policies do without is a row or a column of its own.
        let judged =
            evaluation.documents.iter().any(|d| d.verdict != Verdict::NotJudged && d.place.file != id);
        if judged && self.decision.is_matrix() {
            return None;
        }
        let position = self.files.get(id)?.editor.buffer().position(remark.range.start);
        let place =
            Place { file: id, range: remark.range.clone(), line: position.line, column: position.column };
        Some((place, remark.message.clone()))
    }

    /// A file was read: a new one, or another content of one that is open.
    fn read(
        &mut self,
        path: std::path::PathBuf,
        role: Role,
        result: Result<FileText, FileProblem>,
        why: ReadWhy,
    ) {
        let old = self.old_wanted.take_if(|wanted| *wanted == path).is_some();
        let restored = self.restoring.iter().position(|entry| entry.path.as_deref() == Some(&path));
        let file = match result {
            Ok(file) => file,
            Err(problem) => {
                if let Some(at) = restored
                    && problem.kind == ProblemKind::NotFound
                {
                    let entry = self.restoring.remove(at);
                    let id = self.add_file(Some(path), role, "");
                    self.restore_into(id, entry);
                    return;
                }
                let text = strings::file_problem(&problem, self.settings.lang);
                self.say(text, Severity::Error);
                return;
            }
        };
        let yaml = is_yaml(&path.to_string_lossy());
        let language = if role == Role::Policy && !yaml { Language::Rego } else { Language::Yaml };
        let decoded = decode(&file.bytes).limited_to(language);
        // Only its text tells a policy of Gatekeeper from a manifest.
        let role = if role == Role::Manifest && is_policy(&decoded.text) { Role::Policy } else { role };
        let locked = match decoded.read_only {
            Some(reason) => Some(Locked::Bytes(reason)),
            None => file.read_only.then_some(Locked::Mode),
        };
        let open = self.files.at_path(&path).map(|open| open.id);
        let id = match open {
            None => {
                let id = self.add_file(Some(path), role, &decoded.text);
                if let Some(open) = self.files.get_mut(id) {
                    open.stamp = Some(file.stamp);
                    open.format = decoded.format;
                    open.lock(locked);
                }
                self.watch();
                self.dirty = true;
                id
            }
            Some(id) => {
                self.read_again(id, decoded.text, decoded.format, file.stamp, locked, why);
                id
            }
        };
        if old && self.files.get(id).is_some_and(|file| file.role == Role::Manifest) {
            self.take_old_object(Some(id));
        }
        if why == (ReadWhy::Open { show: true }) {
            self.go_to_file(id);
        }
        if let Some(at) = restored {
            let entry = self.restoring.remove(at);
            self.restore_into(id, entry);
        }
    }

    /// Adds a file to the workspace. The first policy and the first manifest are shown.
    pub(super) fn add_file(&mut self, path: Option<std::path::PathBuf>, role: Role, text: &str) -> FileId {
        let id = self.files.next_id();
        let name = path.as_deref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        self.files.add(OpenFile::new(id, path, name, role, text));
        match Self::pane_of(role) {
            PaneId::Policy => self.policy_file = self.policy_file.or(Some(id)),
            _ => {
                // Data is shown only as long as there is no manifest.
                let data = self.opening
                    && role == Role::Manifest
                    && self.file_of(PaneId::Manifest).is_some_and(|file| file.role == Role::Data);
                self.manifest_file = self.manifest_file.filter(|_| !data).or(Some(id));
            }
        }
        id
    }

    fn read_again(
        &mut self,
        id: FileId,
        text: String,
        format: crate::core::text::FileFormat,
        stamp: crate::app::effect::Stamp,
        locked: Option<Locked>,
        why: ReadWhy,
    ) {
        let now = self.now;
        let Some(file) = self.files.get_mut(id) else { return };
        let same = file.editor.buffer().len_bytes() == text.len()
            && file.editor.buffer().snapshot().to_string() == text;
        let keep = file.editor.is_modified() && why != ReadWhy::Reload && !same;
        if keep {
            if file.stamp != Some(stamp) {
                file.on_disk = OnDisk::Changed { since: now, text, stamp, format };
            }
            return;
        }
        file.on_disk = OnDisk::Same;
        file.stamp = Some(stamp);
        file.format = format;
        file.lock(locked);
        let name = file.short_name().to_owned();
        if !same {
            self.replace_text(id, &text);
            let text = T::Reloaded.fill(self.settings.lang, &[("file", &name)]);
            self.say(text, Severity::Note);
        }
        self.mark_saved(id);
    }

    fn removed(&mut self, path: &std::path::Path) {
        let now = self.now;
        if let Some(file) = self.files.at_path(path) {
            file.on_disk = OnDisk::Deleted { since: now };
        }
    }

    fn watching(&mut self, state: WatchState) {
        // A change to the normal state is no news.
        if std::mem::replace(&mut self.watching, state.clone()) != state {
            let (text, why) = match &state {
                WatchState::Polling { why } => (T::WatchPolling, why.as_str()),
                WatchState::Off { why } => (T::WatchOff, why.as_str()),
                WatchState::Events => return,
            };
            let text = text.fill(self.settings.lang, &[("why", &why)]);
            self.say(text, Severity::Note);
        }
    }
}
