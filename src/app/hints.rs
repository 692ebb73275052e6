//! What can be pressed now: the hints bar and the which-key menu, both from the command table.

use crate::app::command::{Command, Scope};
use crate::app::input::{Chord, Key};
use crate::app::overlays::find::Field;
use crate::app::overlays::request::{self, RequestPane};
use crate::app::overlays::{Overlay, PickerTarget};
use crate::app::{App, files::OnDisk};
use crate::strings::T;

/// Keys and what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    pub keys: String,
    pub label: &'static str,
}

impl App {
    /// The hints bar: the most useful first.
    #[must_use]
    pub fn hints(&self) -> Vec<Hint> {
        let lang = self.settings.lang;
        let hint = |keys: &str, label: T| Hint { keys: keys.to_owned(), label: label.text(lang) };
        match self.overlays.last() {
            Some(Overlay::Palette(_) | Overlay::Help(_)) => {
                return vec![
                    hint("Enter", T::HintRun),
                    hint("Up Down", T::HintChoose),
                    hint("Esc", T::HintClose),
                ];
            }
            Some(Overlay::Picker(list)) => {
                let of_targets = list.items.iter().any(|item| matches!(item.what, PickerTarget::Opa(_)));
                return vec![
                    hint("Enter", if of_targets { T::HintUse } else { T::HintOpen }),
                    hint("Up Down", T::HintChoose),
                    hint("Esc", T::HintClose),
                ];
            }
            Some(Overlay::Places { .. }) => {
                return vec![
                    hint("Enter", T::HintGo),
                    hint("Up Down", T::HintChoose),
                    hint("Esc", T::HintClose),
                ];
            }
            Some(Overlay::Rename(_)) => {
                return vec![hint("Enter", T::HintRename), hint("Esc", T::HintClose)];
            }
            Some(Overlay::GoToLine(_)) => return vec![hint("Enter", T::HintGo), hint("Esc", T::HintClose)],
            Some(Overlay::SaveAs { .. }) => {
                return vec![hint("Enter", T::HintSave), hint("Esc", T::HintClose)];
            }
            Some(Overlay::Policies(_)) => {
                return vec![
                    hint("Tab", T::HintSwitch),
                    hint("Enter", T::HintGo),
                    hint("Up Down", T::HintChoose),
                    hint("Esc", T::HintClose),
                ];
            }
            Some(Overlay::Contexts(_)) => {
                return vec![
                    hint("Enter", T::HintAsk),
                    hint("Tab", T::HintTick),
                    hint("Up Down", T::HintChoose),
                    hint("Esc", T::HintClose),
                ];
            }
            Some(Overlay::TypeName(_)) => return vec![hint("Enter", T::HintAsk), hint("Esc", T::HintNo)],
            Some(Overlay::Manager { .. }) => {
                return vec![hint("Enter", T::HintAsk), hint("Esc", T::HintClose)];
            }
            Some(Overlay::Consent { terminal, .. }) => {
                let run = if *terminal { T::HintHandOver } else { T::HintRunIt };
                return vec![hint("y", run), hint("Esc", T::HintNo)];
            }
            Some(Overlay::ServerDiff(_)) => {
                return vec![
                    hint("Tab", T::HintVersions),
                    hint("Up Down", T::HintScroll),
                    hint("Esc", T::HintClose),
                ];
            }
            Some(Overlay::Log(_)) => {
                return vec![
                    hint("y", T::HintCopyCommand),
                    hint("Up Down", T::HintChoose),
                    hint("PgUp PgDn", T::HintScroll),
                    hint("Esc", T::HintClose),
                ];
            }
            Some(Overlay::Confirm(confirm)) => {
                let mut hints: Vec<Hint> = confirm
                    .buttons
                    .iter()
                    .map(|answer| hint(&answer.letter().to_string(), answer.label()))
                    .collect();
                hints.push(hint("Enter", T::HintChosen));
                return hints;
            }
            Some(Overlay::Recovery(_)) => {
                return vec![
                    hint("Enter", T::HintRestore),
                    hint("d", T::HintCompare),
                    hint("x", T::ButtonDiscard),
                    hint("Esc", T::HintLater),
                ];
            }
            Some(Overlay::Messages { .. } | Overlay::Diff(_) | Overlay::Whole { .. }) => {
                return vec![hint("Up Down", T::HintScroll), hint("Esc", T::HintClose)];
            }
            Some(Overlay::Request(pane)) => return self.request_hints(pane),
            None => {}
        }
        if let Some(find) = &self.find {
            let mut hints = vec![hint("Enter", T::CmdFindNext), hint("Shift-Enter", T::CmdFindPrevious)];
            if find.replacement.is_some() {
                hints = match find.field {
                    Field::Find => vec![hint("Enter", T::CmdFindNext), hint("Tab", T::HintReplaceField)],
                    Field::Replace => {
                        vec![hint("Enter", T::HintReplaceOne), hint("Alt-a", T::HintReplaceAll)]
                    }
                };
            }
            hints.extend([
                hint("Alt-c", T::HintCase),
                hint("Alt-x", T::HintRegex),
                hint("Esc", T::HintClose),
            ]);
            return hints;
        }
        if let Some(open) = &self.completion {
            let keys = if open.wanted { "Tab Enter" } else { "Tab" };
            return vec![
                hint(keys, T::HintAccept),
                hint("Up Down", T::HintChoose),
                hint("Esc", T::HintClose),
            ];
        }
        let scopes = self.scopes();
        let mut hints = Vec::new();
        if self.focused_file().is_some_and(|file| file.on_disk != OnDisk::Same) {
            let before = if scopes.contains(&Scope::Edit) { "Esc " } else { "" };
            hints.push(hint(&format!("{before}m"), T::CmdKeepMine));
            hints.push(hint(&format!("{before}t"), T::CmdTakeTheirs));
            hints.push(hint(&format!("{before}d"), T::HintCompare));
        }
        let mut commands: Vec<Command> =
            Command::ALL.iter().copied().filter(|command| self.hinted(*command, &scopes)).collect();
        commands.sort_by_key(|command| command.entry().hint);
        hints.extend(commands.into_iter().map(|command| Hint {
            keys: self.keymap.keys_of(command, &scopes),
            label: command.entry().short.text(lang),
        }));
        hints
    }

    /// How a row of the request is changed, and what else there is.
    fn request_hints(&self, pane: &RequestPane) -> Vec<Hint> {
        let lang = self.settings.lang;
        let hint = |keys: &str, label: T| Hint { keys: keys.to_owned(), label: label.text(lang) };
        let mut hints = Vec::new();
        if !pane.field.is_text() {
            hints.push(hint("Left Right", T::HintChange));
        }
        if pane.field == request::Field::Old {
            hints.push(hint("Space", T::HintFromList));
        }
        hints.extend([
            hint("Enter", T::HintNextField),
            hint("Esc", T::HintClose),
            hint("^R", T::HintRequestReset),
        ]);
        hints.extend([Command::RequestExec, Command::RequestRaw].map(|command| Hint {
            keys: self.keymap.keys_of(command, &[Scope::Always]),
            label: command.entry().short.text(lang),
        }));
        hints
    }

    /// Whether a command belongs into the hints bar now: it has a key here and can be done.
    fn hinted(&self, command: Command, scopes: &[Scope]) -> bool {
        let entry = command.entry();
        let here = entry.keys.iter().any(|(scope, _)| scopes.contains(scope));
        // Of a key that two scopes know, the nearer scope's command is the one that runs.
        let hidden = command == Command::EditState
            && (scopes.contains(&Scope::Decision) || scopes.contains(&Scope::Cluster));
        entry.hint > 0 && here && !hidden && command.enabled(self).is_ok()
    }

    /// The menu of the keys that can follow the ones typed; `None` while no sequence is open.
    #[must_use]
    pub fn which_key(&self) -> Option<Vec<Hint>> {
        if self.pending.is_empty() {
            return None;
        }
        let lang = self.settings.lang;
        let next = self.keymap.continuations(&self.scopes(), &self.pending);
        let label = |chord: &Chord, command: Option<Command>| match (command, chord.key) {
            (Some(command), _) => command.entry().title,
            (None, Key::Char('f')) => T::MenuFiles,
            (None, Key::Char('e')) => T::MenuEdit,
            (None, Key::Char('s')) => T::MenuSamples,
            (None, Key::Char('d')) => T::MenuDecide,
            (None, Key::Char('c')) => T::MenuCluster,
            (None, Key::Char('r')) => T::MenuRequest,
            (None, Key::Char('v')) => T::MenuView,
            (None, Key::Char('w')) => T::MenuProgram,
            (None, Key::Char('z')) => T::MenuFold,
            (None, _) => T::MenuMore,
        };
        Some(
            next.iter()
                .map(|(chord, command)| Hint {
                    keys: chord.to_string(),
                    label: label(chord, *command).text(lang),
                })
                .collect(),
        )
    }
}
