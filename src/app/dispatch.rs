//! What each command does.

use crate::app::App;
use crate::app::Mode;
use crate::app::command::{Command, Group};
use crate::app::effect::Effect;
use crate::app::files::OnDisk;
use crate::app::msg::Recovered;
use crate::app::overlays::cluster::LogView;
use crate::app::overlays::confirm::{Confirm, Question};
use crate::app::overlays::diff::DiffView;
use crate::app::overlays::find::FindBar;
use crate::app::overlays::input::Input;
use crate::app::overlays::list::List;
use crate::app::overlays::{HelpRow, Overlay, PickerItem, PickerTarget, Prompt};
use crate::app::panes::PaneId;
use crate::app::panes::cluster::Wanted;
use crate::app::settings::{Glyphs, Theme};
use crate::core::diagnostics::Severity;
use crate::core::file::FileId;
use crate::core::text::editor::EditAction;
use crate::core::text::motion::Motion;
use crate::samples;
use crate::strings::{Lang, T};

/// The longer time limit that `L` asks for, in seconds.
const LONGER_LIMIT: u64 = 10;

impl App {
    /// Carries out a command, or says why it cannot be done. `extend` is a motion with Shift: it selects.
    pub(super) fn run(&mut self, command: Command, extend: bool) {
        if let Err(why) = command.enabled(self) {
            self.tell(why, Severity::Warning);
            return;
        }
        let page = self.page();
        match command {
            // files
            Command::Open => self.open_picker(self.scratch),
            Command::OpenSample => self.open_picker(true),
            Command::Save => self.on_focused(Self::save),
            Command::SaveAs => self.on_focused(Self::ask_path),
            Command::SaveAll => self.modified_files().into_iter().for_each(|id| self.save(id)),
            Command::Reload => self.on_focused(|app, id| {
                if app.files.get(id).is_some_and(|file| file.editor.is_modified()) {
                    app.overlays.push(Overlay::Confirm(Confirm::new(Question::Reload { file: id })));
                } else {
                    app.reload(id);
                }
            }),
            Command::CompareWithDisk => self.compare(),
            Command::NextFile => self.next_file(true),
            Command::PreviousFile => self.next_file(false),
            Command::CloseFile => self.on_focused(|app, id| {
                if app.files.get(id).is_some_and(|file| file.editor.is_modified()) {
                    app.overlays.push(Overlay::Confirm(Confirm::new(Question::Close { file: id })));
                } else {
                    app.close(id);
                }
            }),
            Command::WriteSamples => self.effects.push(Effect::WriteSamples("regoscope-samples".into())),
            Command::KeepMine => self.keep_mine(),
            Command::TakeTheirs => self.take_theirs(),
            Command::Recover => {
                let entries = self.recovered.clone();
                self.overlays.push(Overlay::Recovery(crate::app::overlays::recovery::RecoveryDialogue {
                    entries,
                    selected: 0,
                }));
            }
            // edit
            Command::Newline => self.act(EditAction::Newline),
            Command::Backspace => self.act(EditAction::Backspace),
            Command::Delete => self.act(EditAction::Delete),
            Command::Undo => self.act(EditAction::Undo),
            Command::Redo => self.act(EditAction::Redo),
            Command::Cut => self.act(EditAction::Cut),
            Command::Copy => self.act(EditAction::Copy),
            Command::Paste => self.act(EditAction::Paste(self.clipboard.clone())),
            Command::SelectAll => self.act(EditAction::SelectAll),
            // Tab inserts up to the next stop unless several lines are selected.
            Command::Indent if self.mode == Mode::Edit => self.act(EditAction::Tab),
            Command::Indent => self.act(EditAction::Indent),
            Command::Outdent => self.act(EditAction::Outdent),
            Command::ToggleComment => self.act(EditAction::ToggleComment),
            Command::Format => self.format(),
            Command::DuplicateLine => self.act(EditAction::DuplicateLine),
            Command::MoveLineUp => self.act(EditAction::MoveLineUp),
            Command::MoveLineDown => self.act(EditAction::MoveLineDown),
            Command::DeleteWordLeft => self.act(EditAction::DeleteWordLeft),
            Command::DeleteWordRight => self.act(EditAction::DeleteWordRight),
            Command::DeleteToLineEnd => self.act(EditAction::DeleteToLineEnd),
            Command::Rename => self.ask_name(),
            Command::Hover => self.hover(),
            Command::QuickFix => self.quick_fix(),
            Command::Complete => self.complete(),
            // move
            Command::Left => self.motion(Motion::Left, extend),
            Command::Right => self.motion(Motion::Right, extend),
            Command::Up => self.motion(Motion::Up, extend),
            Command::Down => self.motion(Motion::Down, extend),
            Command::WordLeft => self.motion(Motion::WordLeft, extend),
            Command::WordRight => self.motion(Motion::WordRight, extend),
            Command::LineStart => self.motion(Motion::LineStart, extend),
            Command::LineEnd => self.motion(Motion::LineEnd, extend),
            Command::PageUp => self.motion(Motion::PageUp(page), extend),
            Command::PageDown => self.motion(Motion::PageDown(page), extend),
            Command::ParagraphUp => self.motion(Motion::ParagraphUp, extend),
            Command::ParagraphDown => self.motion(Motion::ParagraphDown, extend),
            Command::DocumentStart => self.motion(Motion::DocumentStart, extend),
            Command::DocumentEnd => self.motion(Motion::DocumentEnd, extend),
            Command::MatchingBracket => self.motion(Motion::MatchingBracket, extend),
            Command::GoToLine => {
                self.overlays.push(Overlay::GoToLine(Prompt {
                    title: T::GoToLineTitle,
                    input: Input::default(),
                    error: None,
                }));
            }
            Command::Definition => self.go_to_definition(),
            Command::References => self.find_references(),
            Command::Outline => self.open_outline(),
            Command::NextProblem => self.go_to_problem(true),
            Command::PreviousProblem => self.go_to_problem(false),
            // find
            Command::Find => self.open_find(false),
            Command::Replace => self.open_find(true),
            Command::FindNext => self.find_step(true),
            Command::FindPrevious => self.find_step(false),
            // decide
            Command::Evaluate => self.dirty = true,
            Command::LongerLimit => {
                let limit = std::time::Duration::from_secs(LONGER_LIMIT);
                self.decision.limit = Some(limit);
                self.effects.push(Effect::SetDeadline(limit));
                self.dirty = true;
            }
            Command::GoToManifest => self.go_to_finding(false),
            Command::GoToRule => self.go_to_finding(true),
            Command::NextFinding | Command::PreviousFinding => {
                self.select_finding(command == Command::NextFinding);
                self.decision.scroll = crate::app::layout::decision::scroll(self, true);
            }
            Command::NextDocument | Command::PreviousDocument => {
                self.select_document(command == Command::NextDocument);
                self.decision.scroll = crate::app::layout::decision::scroll(self, true);
            }
            Command::NextPolicy | Command::PreviousPolicy => {
                self.select_policy(command == Command::NextPolicy);
                self.decision.scroll = crate::app::layout::decision::scroll(self, true);
            }
            Command::ShowWhole => self.show_whole(),
            Command::RequestEdit => self.edit_request(),
            Command::RequestExec => self.toggle_exec(),
            Command::RequestRaw => self.toggle_raw(),
            Command::RequestReset => self.reset_request(),
            // cluster
            Command::DryRun => {
                if let Some((file, at)) = self.document_here() {
                    self.want_cluster(Wanted::Document(file, at));
                } else {
                    self.tell(T::WhyNoDocument, Severity::Warning);
                }
            }
            Command::DryRunAll => self.want_cluster(Wanted::All),
            Command::DryRunSeveral => self.want_cluster(Wanted::Choose),
            Command::DryRunAgain => self.want_cluster(Wanted::Again),
            Command::DryRunOnSave => self.toggle_on_save(),
            Command::StopAsking => self.stop_asking(),
            Command::ClusterClose => self.close_cluster(),
            Command::CommandLog => self.overlays.push(Overlay::Log(LogView::default())),
            Command::FieldManager => self.open_manager(),
            Command::AnswerWhole => self.show_answer(false),
            Command::AnswerRaw => self.show_answer(true),
            Command::AnswerDiff => self.open_server_diff(),
            Command::AnswerWhy => self.show_why(),
            Command::AnswerCopy => self.copy_command(),
            Command::AnswerGo => {
                if let Some((file, range)) = self.answer_place() {
                    self.jump(file, &range);
                }
            }
            Command::NextRow | Command::PreviousRow => self.select_row(command == Command::NextRow),
            Command::NextContext | Command::PreviousContext => {
                self.select_context(command == Command::NextContext);
            }
            Command::ClusterPane => self.open_cluster(),
            // view
            Command::NextPane => self.set_focus(self.focus.neighbour(true, self.cluster.open)),
            Command::PreviousPane => self.set_focus(self.focus.neighbour(false, self.cluster.open)),
            Command::PolicyPane => self.set_focus(PaneId::Policy),
            Command::ManifestPane => self.set_focus(PaneId::Manifest),
            Command::DecisionPane => self.set_focus(PaneId::Decision),
            Command::Zoom => self.zoom = !self.zoom,
            Command::Messages => self.overlays.push(Overlay::Messages { scroll: 0 }),
            Command::FoldToggle => self.toggle_fold(),
            Command::FoldAll => self.fold_all(),
            Command::UnfoldAll => self.on_focused(|app, id| {
                if let Some(file) = app.files.get_mut(id) {
                    file.editor.unfold_all();
                }
            }),
            Command::NextTheme => {
                self.settings.theme = match self.settings.theme {
                    Theme::Ansi => Theme::Dark,
                    Theme::Dark => Theme::Light,
                    Theme::Light => Theme::None,
                    Theme::None => Theme::Ansi,
                };
            }
            Command::ChooseTarget => self.choose_target(),
            Command::Policies => self.choose_policies(),
            Command::NextLanguage => {
                self.settings.lang = match self.settings.lang {
                    Lang::En => Lang::Ja,
                    Lang::Ja => Lang::En,
                };
                // Remarks on manifests are made by the judge.
                self.dirty = true;
            }
            Command::NextGlyphs => {
                self.settings.glyphs = match self.settings.glyphs {
                    Glyphs::Unicode => Glyphs::Ascii,
                    Glyphs::Ascii => Glyphs::Unicode,
                };
            }
            // program
            Command::NavState => self.escape(),
            Command::EditState => {
                self.mode = Mode::Edit;
                if !self.focus.is_editor() {
                    self.set_focus(self.last_editor);
                }
            }
            Command::Palette => self.open_palette(),
            Command::Menu => {}
            Command::Help => self.open_help(),
            Command::Suspend => self.effects.push(Effect::Suspend),
            Command::Quit => self.quit(),
        }
        for id in [self.policy_file, self.manifest_file].into_iter().flatten() {
            if matches!(command.entry().group, Group::View) {
                self.reveal(id);
            }
        }
    }

    fn on_focused(&mut self, action: impl FnOnce(&mut Self, FileId)) {
        if let Some(id) = self.focused_file().map(|file| file.id) {
            action(self, id);
        }
    }

    /// Esc in EDIT: first a selection goes, then the state changes.
    fn escape(&mut self) {
        let selected = self.focused_file().is_some_and(|file| !file.editor.selection().is_empty());
        if selected && let Some(file) = self.focused_file_mut() {
            let head = file.editor.selection().head;
            crate::app::editing::place_caret(file, head);
        }
        self.mode = Mode::Nav;
    }

    fn page(&self) -> usize {
        let rows =
            self.focused_file().and_then(|file| self.text_size(file.id)).map_or(10, |(_, height)| height);
        rows.saturating_sub(2).max(1)
    }

    /// Moves the caret, or scrolls the decision.
    fn motion(&mut self, motion: Motion, extend: bool) {
        if !self.focus.is_editor() {
            let cluster = self.focus == PaneId::Cluster;
            let scroll = if cluster { &mut self.cluster.scroll } else { &mut self.decision.scroll };
            *scroll = match motion {
                Motion::PageUp(rows) => scroll.saturating_sub(rows),
                Motion::PageDown(rows) => *scroll + rows,
                Motion::DocumentStart => 0,
                _ => *scroll,
            };
            self.decision.scroll = crate::app::layout::decision::scroll(self, false);
            self.cluster.scroll = crate::app::layout::cluster::scroll(self);
            return;
        }
        self.act(EditAction::Move(motion, extend));
    }

    fn next_file(&mut self, forward: bool) {
        let policies = self.focus == PaneId::Policy
            || (self.focus == PaneId::Decision && self.last_editor == PaneId::Policy);
        let shown = if policies { self.policy_file } else { self.manifest_file };
        let ids: Vec<FileId> = self.files.of_pane(policies).map(|file| file.id).collect();
        let at = ids.iter().position(|id| Some(*id) == shown).unwrap_or(0);
        let next = if forward { at + 1 } else { at + ids.len().saturating_sub(1) };
        if let Some(id) = ids.get(next % ids.len().max(1)) {
            self.show(*id);
        }
    }

    /// The next error, warning or finding: in the focused text, then in the others.
    fn go_to_problem(&mut self, forward: bool) {
        let here = self.focused_file().map(|file| file.id);
        let mut ids: Vec<FileId> = self.files.iter().map(|file| file.id).collect();
        if !forward {
            ids.reverse();
        }
        // Start with the focused file, look at it once more in the end for what lies before the caret.
        let at = here.and_then(|here| ids.iter().position(|id| *id == here)).unwrap_or(0);
        ids.rotate_left(at);
        ids.extend(ids.first().copied());
        for (turn, id) in ids.iter().enumerate() {
            let Some(file) = self.files.get(*id) else { continue };
            let caret = file.editor.selection().head;
            let (from, wrap) =
                if turn == 0 && here == Some(*id) { (Some(caret), false) } else { (None, true) };
            let found = match from {
                Some(caret) => file
                    .diagnostics
                    .next_problem(caret, forward)
                    .filter(|d| if forward { d.range.start > caret } else { d.range.start < caret }),
                None => file.diagnostics.next_problem(if forward { 0 } else { usize::MAX }, forward),
            };
            // The first problem may stand at the very start of a text.
            let found = if wrap && forward { file.diagnostics.first_problem().or(found) } else { found };
            if let Some(range) = found.map(|d| d.range.clone()) {
                self.jump(*id, &range);
                return;
            }
        }
    }

    fn open_find(&mut self, replace: bool) {
        let Some(file) = self.focused_file() else { return };
        let selected = file.editor.selected_text();
        let origin = file.editor.selection().range().start;
        let text = if selected.contains('\n') { String::new() } else { selected };
        self.find = Some(FindBar::new(&text, replace, origin));
        self.find_again(false);
    }

    fn go_to_finding(&mut self, rule: bool) {
        let Some(finding) = self.decision.selected_finding() else {
            return self.go_to_document();
        };
        let place = if rule {
            finding.policy_location.clone()
        } else {
            finding.manifest_locations.first().map(|location| location.place.clone())
        };
        match place {
            Some(place) => self.jump(place.file, &place.range),
            None => self.go_to_document(),
        }
    }

    fn go_to_document(&mut self) {
        if let Some(place) = self.decision.shown_document().map(|document| document.place.clone()) {
            self.jump(place.file, &(place.range.start..place.range.start));
        }
    }

    fn select_finding(&mut self, forward: bool) {
        let count = self.decision.shown_findings().len();
        let decision = &mut self.decision;
        if forward && decision.selected + 1 < count {
            decision.selected += 1;
        } else if !forward && decision.selected > 0 {
            decision.selected -= 1;
        } else if decision.documents() > 1 {
            // Behind the last finding of a document comes the next document.
            self.select_document(forward);
            if !forward {
                self.decision.selected = self.decision.shown_findings().len().saturating_sub(1);
            }
        }
    }

    fn select_document(&mut self, forward: bool) {
        let count = self.decision.documents();
        if count == 0 {
            return;
        }
        let decision = &mut self.decision;
        decision.document =
            if forward { decision.document + 1 } else { decision.document + count - 1 } % count;
        decision.selected = 0;
        if let Some(file) = self.decision.shown_document().map(|document| document.place.file) {
            self.show(file);
        }
    }

    /// All policies, then one after the other.
    fn select_policy(&mut self, forward: bool) {
        let count = self.decision.policies();
        let decision = &mut self.decision;
        decision.policy = match (decision.policy, forward) {
            (None, true) => Some(0),
            (None, false) => count.checked_sub(1),
            (Some(at), true) => Some(at + 1).filter(|at| *at < count),
            (Some(at), false) => at.checked_sub(1),
        };
        decision.selected = 0;
    }

    fn show_whole(&mut self) {
        let Some(finding) = self.decision.selected_finding() else { return };
        let mut text = finding.msg.clone();
        if !finding.details.is_null()
            && let Ok(details) = serde_json::to_string_pretty(&finding.details)
        {
            text.push_str("\n\n");
            text.push_str(&details);
        }
        let title = format!("{}.{}", finding.package, finding.rule);
        self.overlays.push(Overlay::Whole { title, text, scroll: 0 });
    }

    fn open_palette(&mut self) {
        let lang = self.settings.lang;
        let items = Command::ALL
            .iter()
            .filter(|command| **command != Command::Palette)
            .map(|command| {
                // Both languages and the id are found.
                let title = command.entry().title;
                let text = format!("{}  {}  {}", title.text(lang), title.text(Lang::En), command.entry().id);
                (*command, text)
            })
            .collect();
        self.overlays.push(Overlay::Palette(List::new(items)));
    }

    fn open_help(&mut self) {
        let lang = self.settings.lang;
        let mut items = Vec::new();
        for group in Group::ALL {
            let mut heading = Some(group.title());
            for command in Command::ALL.iter().filter(|command| command.entry().group == group) {
                let keys: Vec<String> =
                    self.keymap.all_keys_of(*command).into_iter().map(|(_, keys)| keys).collect();
                let row = HelpRow { command: *command, heading: heading.take(), keys: keys.join("  ") };
                let text =
                    format!("{} {} {}", command.entry().title.text(lang), command.entry().id, row.keys);
                items.push((row, text));
            }
        }
        self.overlays.push(Overlay::Help(List::new(items)));
    }

    fn open_picker(&mut self, with_samples: bool) {
        let lang = self.settings.lang;
        let mut items: Vec<(PickerItem, String)> = self
            .files
            .iter()
            .map(|file| {
                (PickerItem { name: file.name.clone(), what: PickerTarget::File(file.id) }, file.name.clone())
            })
            .collect();
        if with_samples {
            for (index, sample) in samples::ALL.iter().enumerate() {
                let open = self.files.iter().any(|file| file.path.is_none() && file.name == sample.name());
                if !open {
                    let name = T::SampleNamed.fill(lang, &[("name", &sample.name())]);
                    items.push((PickerItem { name: name.clone(), what: PickerTarget::Sample(index) }, name));
                }
            }
        }
        self.overlays.push(Overlay::Picker(List::new(items)));
    }

    /// A recovered text against the one that is open.
    pub(super) fn compare_recovered(&mut self, entry: &Recovered) {
        let lang = self.settings.lang;
        let open = match &entry.path {
            Some(path) => self.files.at_path(path).map(|file| &*file),
            None => self.files.iter().find(|file| file.path.is_none() && file.name == entry.name),
        };
        let now = open.map(|file| file.editor.buffer().snapshot().to_string()).unwrap_or_default();
        let sides = (T::SideDisk.text(lang).to_owned(), T::SideRecovered.text(lang).to_owned());
        let view = DiffView::new(entry.name.clone(), sides, &now, &entry.text);
        self.overlays.push(Overlay::Diff(view));
    }

    /// Whether the conflict bar stands in a file's pane.
    #[must_use]
    pub fn has_conflict(&self, id: FileId) -> bool {
        self.files.get(id).is_some_and(|file| file.on_disk != OnDisk::Same)
    }
}
