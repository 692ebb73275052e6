//! State and update, without any I/O: [`App::update`] takes a message and returns effects.
//!
//! `update` never blocks, opens no file and asks no clock. The loop calls [`App::settle`] once after it has taken all
//! waiting messages, so that a burst of keys is judged and drawn once.

pub mod answers;
pub mod cluster;
pub mod command;
pub mod completion;
pub mod dispatch;
pub mod editing;
pub mod effect;
pub mod files;
mod fixes;
mod folding;
pub mod hints;
pub mod input;
pub mod keymap;
pub mod keys;
pub mod layout;
pub mod messages;
pub mod mouse;
pub mod msg;
pub mod naming;
pub mod overlays;
pub mod panes;
pub mod policies;
pub mod request;
pub mod saving;
pub mod settings;
pub mod update;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::app::completion::CustomKinds;
use crate::app::effect::{Effect, Timer, WorkspaceSnapshot};
use crate::app::files::{Files, OpenFile};
use crate::app::input::Chord;
use crate::app::keymap::Keymap;
use crate::app::layout::Layout;
use crate::app::messages::{MESSAGE_TIME, Messages};
use crate::app::msg::{FileProblem, Now, Recovered, WatchState};
use crate::app::naming::Policies;
use crate::app::overlays::Overlay;
use crate::app::overlays::completion::Completion;
use crate::app::overlays::find::FindBar;
use crate::app::panes::PaneId;
use crate::app::panes::cluster::ClusterPane;
use crate::app::panes::decision::DecisionPane;
use crate::app::settings::Settings;
use crate::core::diagnostics::Severity;
use crate::core::file::{FileId, Role};
use crate::core::policy::options::Asked;
use crate::core::text::Snapshot;
use crate::core::text::history::SavePoint;
use crate::core::text::search::Search;
use crate::samples;
use crate::strings::T;

/// Before this long, an evaluation that runs is not worth a word.
const CHECKING_AFTER: Duration = Duration::from_millis(150);

/// What keys mean in a text pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// They go into the text.
    #[default]
    Edit,
    /// They are commands.
    Nav,
}

/// The whole state of the screen.
#[derive(Debug)]
pub struct App {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// When the newest message came.
    pub now: Now,
    pub settings: Settings,
    /// The terminal's background is light (or dark), if it said so.
    pub light: Option<bool>,
    pub keymap: Keymap,
    pub mode: Mode,
    pub focus: PaneId,
    /// The text pane that was focused last.
    pub last_editor: PaneId,
    pub zoom: bool,
    /// What the header calls the workspace.
    pub workspace: String,
    /// The samples, not saved to disk yet.
    pub scratch: bool,
    pub watching: WatchState,
    pub journal_failed: Option<FileProblem>,
    pub files: Files,
    /// The file that the policy pane shows.
    pub policy_file: Option<FileId>,
    /// The file that the manifest pane shows.
    pub manifest_file: Option<FileId>,
    pub decision: DecisionPane,
    pub cluster: ClusterPane,
    /// What is asked about each document.
    pub asked: Asked,
    pub find: Option<FindBar>,
    /// What F3 looks for.
    pub search: Option<Search>,
    /// The names that fit at the caret, while they are offered.
    pub completion: Option<Completion>,
    custom_kinds: CustomKinds,
    policies: Policies,
    /// The last one takes the keys.
    pub overlays: Vec<Overlay>,
    pub messages: Messages,
    /// The keys of a sequence that is not finished.
    pub pending: Vec<Chord>,
    /// Our own last copy, for Ctrl-V.
    pub clipboard: String,
    /// What earlier runs left, until it is restored or discarded.
    pub recovered: Vec<Recovered>,
    /// The wheel or a jump moved a view: do not pull it back to the caret.
    effects: Vec<Effect>,
    /// The files of the command line are still being read: a part of them is not judged.
    opening: bool,
    /// A judged text changed since the last evaluation was asked for.
    dirty: bool,
    edited: Option<FileId>,
    /// The set of files on disk changed since the last watch was asked for.
    watch_changed: bool,
    /// The state of the text of each save that is under way.
    saves: HashMap<FileId, (SavePoint, Snapshot)>,
    /// Saves that wait for the one under way: where to, and whether to overwrite.
    save_next: HashMap<FileId, (PathBuf, bool)>,
    /// Leave when all saves have ended well.
    quit_after_saves: bool,
    /// Close this file when its save has ended well.
    closing: Option<FileId>,
    /// Recovered texts that wait for their file to be read.
    restoring: Vec<Recovered>,
    /// The file that is to hold the old objects, when it has been read.
    old_wanted: Option<PathBuf>,
    ime_told: bool,
    clock_runs: bool,
    drag: Option<PaneId>,
}

/// What the screen starts with.
#[derive(Debug)]
pub struct AppOptions {
    pub size: (u16, u16),
    pub settings: Settings,
    pub keymap: Keymap,
    /// How long an evaluation may take, for the words of a timeout.
    pub deadline: Duration,
    /// The name of the folder or file that is opened; `None` opens the samples.
    pub workspace: Option<String>,
    /// Names of contexts that look like production; `*` stands for anything.
    pub production: Vec<String>,
}

impl App {
    /// The state at start. With samples it can be drawn at once; files come as `Msg::Read`.
    #[must_use]
    pub fn new(options: AppOptions) -> Self {
        let mut app = Self {
            size: options.size,
            now: Now::ZERO,
            settings: options.settings,
            light: None,
            keymap: options.keymap,
            mode: Mode::Edit,
            focus: PaneId::Manifest,
            last_editor: PaneId::Manifest,
            zoom: false,
            scratch: options.workspace.is_none(),
            opening: options.workspace.is_some(),
            workspace: options.workspace.unwrap_or_default(),
            watching: WatchState::Events,
            journal_failed: None,
            files: Files::default(),
            policy_file: None,
            manifest_file: None,
            decision: DecisionPane { limit: Some(options.deadline), ..DecisionPane::default() },
            cluster: ClusterPane::new(options.production),
            asked: Asked::default(),
            find: None,
            search: None,
            completion: None,
            custom_kinds: CustomKinds::default(),
            policies: Policies::default(),
            overlays: Vec::new(),
            messages: Messages::default(),
            pending: Vec::new(),
            clipboard: String::new(),
            recovered: Vec::new(),
            effects: Vec::new(),
            dirty: true,
            edited: None,
            watch_changed: false,
            saves: HashMap::new(),
            save_next: HashMap::new(),
            quit_after_saves: false,
            closing: None,
            restoring: Vec::new(),
            old_wanted: None,
            ime_told: false,
            clock_runs: false,
            drag: None,
        };
        if app.scratch {
            app.open_scratch();
        }
        app
    }

    /// The first policy and the first Pod of the samples, with the caret where the caption says to type.
    pub(crate) fn open_scratch(&mut self) {
        self.scratch = true;
        for role in [Role::Policy, Role::Manifest] {
            if let Some(index) = samples::ALL.iter().position(|sample| sample.role == role) {
                self.open_sample(index);
            }
        }
        if let Some(file) = self.manifest_file.and_then(|id| self.files.get_mut(id)) {
            let text = file.editor.buffer().snapshot().to_string();
            let field = "privileged: true";
            if let Some(at) = text.find(field) {
                editing::place_caret(file, at + field.len());
            }
        }
        if let Some(id) = self.manifest_file {
            self.reveal(id);
        }
    }

    /// What is to be done once the waiting messages are taken: judge the texts if one of them changed, keep the caret
    /// in view, let ages on the screen go on.
    pub fn settle(&mut self) -> Vec<Effect> {
        if !self.opening && std::mem::take(&mut self.dirty) {
            self.ask();
        }
        if std::mem::take(&mut self.watch_changed) {
            let paths: Vec<PathBuf> = self.files.iter().filter_map(|file| file.path.clone()).collect();
            self.effects.push(Effect::Watch(paths));
        }
        let aging = self.decision.stale.is_some()
            || self.decision.checking_since.is_some()
            || self.cluster.waiting
            || self.files.iter().any(|file| file.on_disk != files::OnDisk::Same);
        if aging && !self.clock_runs {
            self.clock_runs = true;
            self.effects.push(Effect::After(Duration::from_secs(1), Timer::Clock));
        }
        std::mem::take(&mut self.effects)
    }

    /// Asks the evaluator about the texts as they are now.
    fn ask(&mut self) {
        let asked = self.question();
        self.decision.ask(&asked);
        let run = self.decision.asked;
        let files = self.files.iter().map(OpenFile::snapshot).collect();
        self.effects.push(Effect::Evaluate(WorkspaceSnapshot {
            tests: None,
            run,
            files,
            edited: self.edited.take(),
            asked,
            target: self.settings.target,
            lang: self.settings.lang,
        }));
        self.effects.push(Effect::After(CHECKING_AFTER, Timer::Checking(run)));
    }

    /// Where everything is on the screen.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::of(self.size.0, self.size.1, self.focus, self.last_editor, self.zoom, self.cluster.open)
    }

    /// The file that a pane shows.
    #[must_use]
    pub fn file_of(&self, pane: PaneId) -> Option<&OpenFile> {
        let id = match pane {
            PaneId::Policy => self.policy_file,
            PaneId::Manifest => self.manifest_file,
            PaneId::Decision | PaneId::Cluster => None,
        };
        self.files.get(id?)
    }

    /// The file that keys go to; `None` in the decision pane.
    #[must_use]
    pub fn focused_file(&self) -> Option<&OpenFile> {
        self.file_of(self.focus)
    }

    fn focused_file_mut(&mut self) -> Option<&mut OpenFile> {
        let id = self.focused_file()?.id;
        self.files.get_mut(id)
    }

    /// The pane that shows files of this role.
    #[must_use]
    pub const fn pane_of(role: Role) -> PaneId {
        match role {
            Role::Policy => PaneId::Policy,
            Role::Manifest | Role::Data => PaneId::Manifest,
        }
    }

    /// Whether F8 has somewhere to go.
    #[must_use]
    pub fn has_problems(&self) -> bool {
        self.files.iter().any(|file| file.diagnostics.next_problem(0, true).is_some())
    }

    /// Whether any file has unsaved text that was typed.
    #[must_use]
    pub fn modified_files(&self) -> Vec<FileId> {
        self.files.iter().filter(|file| file.editor.is_modified()).map(|file| file.id).collect()
    }

    /// Shows a file in its pane.
    pub(crate) fn show(&mut self, id: FileId) {
        let Some(role) = self.files.get(id).map(|file| file.role) else { return };
        match Self::pane_of(role) {
            PaneId::Policy => self.policy_file = Some(id),
            _ => self.manifest_file = Some(id),
        }
        self.find = None;
    }

    /// Shows a file and puts the focus into it.
    pub(crate) fn go_to_file(&mut self, id: FileId) {
        self.show(id);
        if let Some(role) = self.files.get(id).map(|file| file.role) {
            self.set_focus(Self::pane_of(role));
        }
    }

    /// Puts the focus into a pane.
    pub(crate) fn set_focus(&mut self, pane: PaneId) {
        if pane != self.focus {
            self.find = None;
            self.pending.clear();
        }
        self.focus = pane;
        if pane.is_editor() {
            self.last_editor = pane;
        }
    }

    /// Adds a sample to the workspace and shows it.
    pub(crate) fn open_sample(&mut self, index: usize) {
        let Some(sample) = samples::ALL.get(index) else { return };
        let open =
            self.files.iter().find(|file| file.path.is_none() && file.name == sample.name()).map(|f| f.id);
        let id = open.unwrap_or_else(|| {
            let id = self.files.next_id();
            self.files.add(OpenFile::new(id, None, sample.name().to_owned(), sample.role, sample.text));
            self.dirty = true;
            id
        });
        self.show(id);
        // A policy that reads data comes with it.
        if sample.role == Role::Policy {
            let needed: Vec<usize> = samples::ALL
                .iter()
                .enumerate()
                .filter(|(_, other)| other.role == Role::Data && sample.needs(other))
                .map(|(index, _)| index)
                .collect();
            let manifest = self.manifest_file;
            for index in needed {
                self.open_sample(index);
            }
            self.manifest_file = manifest.or(self.manifest_file);
        }
    }

    /// Says something in the status line.
    pub(crate) fn say(&mut self, text: String, severity: Severity) {
        let number = self.messages.add(text, severity, self.now);
        self.effects.push(Effect::After(MESSAGE_TIME, Timer::MessageFades(number)));
    }

    /// Says a text of the table.
    pub(crate) fn tell(&mut self, text: T, severity: Severity) {
        let text = text.text(self.settings.lang).to_owned();
        self.say(text, severity);
    }

    /// Another set of files is to be watched.
    pub(crate) fn watch(&mut self) {
        self.watch_changed = true;
    }
}
