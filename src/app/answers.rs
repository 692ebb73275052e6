//! What a user does with the answers of clusters: walk through them, read, compare and copy them.

use std::ops::Range;

use crate::app::App;
use crate::app::cluster::Context;
use crate::app::effect::Effect;
use crate::app::input::{Chord, Key};
use crate::app::keys::{LIST_PAGE, scroll_key};
use crate::app::overlays::cluster::{LogView, ServerDiff};
use crate::app::overlays::input::Input;
use crate::app::overlays::list::ListEvent;
use crate::app::overlays::{Overlay, Prompt};
use crate::app::panes::cluster::{Wanted, name_of};
use crate::core::decision::JudgedDocument;
use crate::core::diagnostics::Severity;
use crate::core::dry_run::{Action, Agreement, Answer, Known, Parity, Target, Verdict, command, parity};
use crate::core::file::FileId;
use crate::core::manifest::expand::pod_of;
use crate::strings::{self, T};

/// The longest name of a field manager that a server takes.
const LONGEST_MANAGER: usize = 128;

impl App {
    /// The local decision on what was asked about, if it is of the same text.
    #[must_use]
    pub fn local_decision(&self, target: &Target) -> Option<&JudgedDocument> {
        let shown = self.decision.shown.as_ref()?;
        shown.documents.iter().find(|document| {
            document.place.file == target.file
                && document.derived_from.is_some() == target.derived
                && match document.derived_from.and_then(|at| shown.documents.get(at)) {
                    Some(workload) => workload.index == target.index,
                    None => document.index == target.index,
                }
        })
    }

    /// The local decision beside the selected answer; `None` if there is no local one, or the text changed since.
    #[must_use]
    pub fn parity(&self) -> Option<Parity> {
        let answer = self.cluster.shown()?;
        let object = self.cluster.object(self.cluster.rows.get(self.cluster.row)?)?;
        let local = self.local_decision(&answer.target)?;
        let derived = answer.target.derived.then(|| pod_of(object.value)).flatten();
        let known = Known { derived: derived.as_ref(), prefix: &object.pointer_prefix, ..Known::default() };
        Some(parity(local, answer, &known))
    }

    /// How the selected answer differs from the local decision, if it does.
    #[must_use]
    pub fn differs(&self) -> Option<Parity> {
        let parity = self.parity()?;
        let agrees = matches!(parity.agreement, Agreement::Agree | Agreement::NotComparable);
        (!agrees).then_some(parity)
    }

    /// The place in the manifest that the selected answer complains of first; without one, the document.
    #[must_use]
    pub fn answer_place(&self) -> Option<(FileId, Range<usize>)> {
        let answer = self.cluster.shown()?;
        let row = self.cluster.rows.get(self.cluster.row)?;
        let file = self.files.get(row.target.file)?.id;
        let pointer = answer.problems.iter().find_map(|problem| problem.pointer.as_deref());
        let range = pointer.and_then(|pointer| self.cluster.place(row, pointer));
        Some((file, range.unwrap_or(row.range.start..row.range.start)))
    }

    pub(super) fn select_row(&mut self, forward: bool) {
        let last = self.cluster.rows.len().saturating_sub(1);
        let cluster = &mut self.cluster;
        cluster.row = if forward { (cluster.row + 1).min(last) } else { cluster.row.saturating_sub(1) };
        cluster.scroll = 0;
        if let Some(file) = cluster.rows.get(cluster.row).map(|row| row.target.file) {
            self.show(file);
        }
    }

    pub(super) fn select_context(&mut self, forward: bool) {
        let cluster = &mut self.cluster;
        let last = cluster.columns.len().saturating_sub(1);
        cluster.column =
            if forward { (cluster.column + 1).min(last) } else { cluster.column.saturating_sub(1) };
        cluster.scroll = 0;
    }

    /// `kind-dev · Pod default/web`
    fn answer_title(&self, answer: &Answer) -> String {
        let object = &answer.target.object;
        format!("{} · {} {}", answer.context, object.kind, name_of(object))
    }

    /// The selected answer in full: in words, or as the server wrote it.
    pub(super) fn show_answer(&mut self, raw: bool) {
        let Some(answer) = self.cluster.shown() else { return };
        let title = self.answer_title(answer);
        let text = if raw { raw_text(answer) } else { self.answer_in_words(answer) };
        self.overlays.push(Overlay::Whole { title, text, scroll: 0 });
    }

    fn answer_in_words(&self, answer: &Answer) -> String {
        let lang = self.settings.lang;
        let mut lines = vec![strings::server_verdict(answer, lang)];
        if let Verdict::Forbidden { missing } = &answer.verdict {
            lines.push(strings::missing(missing, lang));
        }
        for message in &answer.messages {
            lines.push(match &message.constraint {
                Some(constraint) => format!("[{constraint}] {}", message.text),
                None => message.text.clone(),
            });
        }
        lines.extend(answer.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)));
        lines.extend(answer.warnings.iter().map(|warning| format!("! {warning}")));
        lines.extend(answer.conflicts.iter().map(|conflict| strings::conflict(conflict, lang)));
        if let Some(diff) = answer.diff(crate::core::dry_run::Versions::YoursToServer, &[])
            && !diff.is_empty()
        {
            lines.push(String::new());
            lines.push(format!("{}:", T::DiffYours.text(lang)));
            lines.extend(
                diff.changes.iter().map(|change| format!("  {}", strings::field_change(change, lang))),
            );
        }
        lines.join("\n")
    }

    pub(super) fn open_server_diff(&mut self) {
        let Some(answer) = self.cluster.shown() else { return };
        let view = ServerDiff::new(self.answer_title(answer), answer);
        self.overlays.push(Overlay::ServerDiff(view));
    }

    /// Why the selected answer differs from the local decision.
    pub(super) fn show_why(&mut self) {
        let (Some(answer), Some(parity)) = (self.cluster.shown(), self.differs()) else { return };
        let lang = self.settings.lang;
        let mut lines = strings::disagreement(&parity, lang);
        lines.push(String::new());
        if parity.causes.is_empty() {
            lines.push(T::CauseUnknown.text(lang).to_owned());
        }
        lines.extend(parity.causes.iter().map(|cause| format!("· {}", strings::cause(cause, lang))));
        let title = self.answer_title(answer);
        self.overlays.push(Overlay::Whole { title, text: lines.join("\n"), scroll: 0 });
    }

    /// The kubectl command that asks the same.
    #[must_use]
    pub fn kubectl(&self, answer: &Answer, manager: &str) -> String {
        let namespace = &answer.target.object.namespace;
        if answer.target.derived {
            let yaml = serde_yaml::to_string(&answer.yours).unwrap_or_default();
            return command(&Action::Create { yaml: &yaml }, &answer.context, namespace);
        }
        let file = self.files.get(answer.target.file);
        let name = file.map_or("-", |file| &file.name);
        command(&Action::DryRun { file: name, manager, force: true }, &answer.context, namespace)
    }

    pub(super) fn copy_command(&mut self) {
        let Some(answer) = self.cluster.shown() else { return };
        let text = self.kubectl(answer, &self.cluster.manager);
        self.copy_text(text);
    }

    fn copy_text(&mut self, text: String) {
        let shown = text.lines().next().unwrap_or_default().to_owned();
        self.clipboard.clone_from(&text);
        self.effects.push(Effect::Copy(text));
        let text = T::ClusterCopied.fill(self.settings.lang, &[("text", &shown)]);
        self.say(text, Severity::Note);
    }

    pub(super) fn toggle_on_save(&mut self) {
        self.cluster.on_save = !self.cluster.on_save;
        let contexts = self.cluster.chosen.join(", ");
        let text = if self.cluster.on_save { T::ClusterOnSaveOn } else { T::ClusterOnSaveOff };
        self.say(text.fill(self.settings.lang, &[("contexts", &contexts)]), Severity::Note);
    }

    pub(super) fn open_manager(&mut self) {
        let input = Input::selected(&self.cluster.manager);
        let prompt = Prompt { title: T::ManagerTitle, input, error: None };
        let mut seen: Vec<String> = Vec::new();
        let live = self.cluster.shown().and_then(|answer| answer.live.as_ref());
        let managed = live.and_then(|live| live.pointer("/metadata/managedFields")?.as_array());
        for entry in managed.into_iter().flatten() {
            if let Some(name) = entry.get("manager").and_then(serde_json::Value::as_str)
                && !seen.iter().any(|other| other == name)
            {
                seen.push(name.to_owned());
            }
        }
        self.overlays.push(Overlay::Manager { prompt, seen });
    }

    /// A key while one of the windows about clusters is open. Esc has closed it already.
    pub(super) fn cluster_key(&mut self, chord: Chord) {
        let now = self.now;
        match self.overlays.last_mut() {
            Some(Overlay::Contexts(choose)) => match chord.key {
                Key::Tab => choose.toggle(),
                // Nobody looks for a blank before anything else was typed.
                Key::Char(' ') if choose.list.input.text().is_empty() => choose.toggle(),
                _ => {
                    if let ListEvent::Chosen(_) = choose.list.key(chord, LIST_PAGE, now) {
                        let chosen = choose.chosen();
                        self.overlays.pop();
                        self.choose_contexts(chosen);
                    }
                }
            },
            Some(Overlay::TypeName(name)) if chord.key == Key::Enter => {
                if name.is_right() {
                    let context = name.context.clone();
                    self.overlays.pop();
                    self.cluster.confirmed.insert(context);
                    self.go_on();
                } else {
                    name.wrong = true;
                }
            }
            Some(Overlay::TypeName(name)) => {
                name.input.key(chord, now);
                name.wrong = false;
            }
            Some(Overlay::Manager { prompt, seen }) => match chord.key {
                Key::Tab => {
                    let text = prompt.input.text();
                    let at = seen.iter().position(|name| *name == text).map_or(0, |at| at + 1);
                    if let Some(name) = seen.get(at % seen.len().max(1)) {
                        prompt.input = Input::new(name);
                    }
                }
                Key::Enter => {
                    let name = prompt.input.text().trim().to_owned();
                    if name.is_empty() || name.chars().count() > LONGEST_MANAGER {
                        prompt.error = Some(T::ManagerEmpty.text(self.settings.lang).to_owned());
                        return;
                    }
                    self.overlays.pop();
                    self.cluster.manager = name;
                    if !self.cluster.rows.is_empty() {
                        self.want_cluster(Wanted::Again);
                    }
                }
                _ => {
                    prompt.input.key(chord, now);
                    prompt.error = None;
                }
            },
            Some(Overlay::Consent { plugin, terminal }) if chord.key == Key::Char('y') => {
                let (plugin, terminal) = (plugin.clone(), *terminal);
                self.overlays.pop();
                self.agree(plugin, terminal);
            }
            Some(Overlay::ServerDiff(view)) => match chord.key {
                Key::Tab => view.turn(),
                _ => {
                    let count = view.shown().map_or(0, |diff| diff.rows.len() + diff.changes.len());
                    scroll_key(&mut view.scroll, count, chord);
                }
            },
            Some(Overlay::Log(view)) => {
                let mut next = *view;
                self.log_key(&mut next, chord);
                if let Some(Overlay::Log(view)) = self.overlays.last_mut() {
                    *view = next;
                }
            }
            _ => {}
        }
    }

    fn log_key(&mut self, view: &mut LogView, chord: Chord) {
        let last = self.cluster.log.len().saturating_sub(1);
        match chord.key {
            Key::Up | Key::Char('k') => {
                *view = LogView { selected: view.selected.saturating_sub(1), scroll: 0 };
            }
            Key::Down | Key::Char('j') => {
                *view = LogView { selected: (view.selected + 1).min(last), scroll: 0 }
            }
            Key::PageUp => view.scroll = view.scroll.saturating_sub(LIST_PAGE),
            Key::PageDown => view.scroll += LIST_PAGE,
            Key::Char('y') => {
                let logged = self.cluster.log.iter().rev().nth(view.selected);
                if let Some(logged) = logged {
                    let text = self.kubectl(&logged.answer, &logged.manager);
                    self.copy_text(text);
                }
            }
            _ => {}
        }
    }

    /// The user has chosen whom to ask.
    fn choose_contexts(&mut self, names: Vec<String>) {
        self.cluster.chosen = names;
        if self.cluster.wanted == Some(Wanted::Choose) {
            self.cluster.wanted = Some(Wanted::All);
        }
        self.go_on();
    }

    /// The context whose answer is looked at.
    #[must_use]
    pub fn shown_context(&self) -> Option<&Context> {
        self.cluster.context(self.cluster.columns.get(self.cluster.column)?)
    }
}

/// What was sent and what came back, as it was.
fn raw_text(answer: &Answer) -> String {
    let mut lines: Vec<String> = answer.requests.iter().map(strings::sent).collect();
    lines.push(String::new());
    lines.push(answer.body.clone());
    lines.join("\n")
}
