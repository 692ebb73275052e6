//! What is asked about each document, and the commands that change it.

use crate::app::App;
use crate::app::command::{Command, Scope};
use crate::app::input::{Chord, Key, Mouse};
use crate::app::keymap::Lookup;
use crate::app::layout::request::{self as place, RequestHit};
use crate::app::overlays::list::List;
use crate::app::overlays::request::{self, Field, RequestPane};
use crate::app::overlays::{Overlay, PickerItem, PickerTarget};
use crate::core::command_line;
use crate::core::diagnostics::Severity;
use crate::core::file::FileId;
use crate::core::policy::options::Asked;
use crate::core::rego::target::Target;
use crate::core::text::editor::EditAction;
use crate::core::text::selection::Selection;
use crate::core::text::view;
use crate::strings::T;

/// Commands whose keys work while the pane is open.
const IN_THE_PANE: [Command; 7] = [
    Command::RequestEdit,
    Command::RequestExec,
    Command::RequestRaw,
    Command::RequestReset,
    Command::Evaluate,
    Command::NextDocument,
    Command::PreviousDocument,
];

impl App {
    /// Asks something else from now on.
    pub(super) fn ask_instead(&mut self, asked: Asked) {
        if self.asked != asked {
            self.asked = asked;
            self.dirty = true;
        }
        if let Some(Overlay::Request(pane)) = self.overlays.last_mut() {
            pane.keep_to(&self.asked);
        }
    }

    /// What is asked, without a file of old objects where there can be none: its own documents are judged then.
    pub(super) fn question(&self) -> Asked {
        let old = self.asked.old.filter(|_| Field::shown(&self.asked).contains(&Field::Old));
        Asked { old, ..self.asked.clone() }
    }

    /// Opens the pane, or closes it.
    pub(super) fn edit_request(&mut self) {
        if matches!(self.overlays.last(), Some(Overlay::Request(_))) {
            self.overlays.pop();
        } else {
            self.overlays.push(Overlay::Request(RequestPane::new(&self.asked, Field::Operation)));
        }
    }

    /// `kubectl exec` instead of what was asked, or back to CREATE.
    pub(super) fn toggle_exec(&mut self) {
        let mut asked = self.asked.clone();
        let exec = request::operation(&asked) != "CONNECT";
        asked.operation = if exec { "CONNECT".to_owned() } else { String::new() };
        let command = command_line::join(&asked.exec.command);
        self.ask_instead(asked);
        let text = match exec {
            true => T::RequestIsExec.fill(self.settings.lang, &[("command", &command)]),
            false => T::RequestIsCreate.text(self.settings.lang).to_owned(),
        };
        self.say(text, Severity::Note);
    }

    /// The objects as they are written instead of as they would be stored, or the other way round.
    pub(super) fn toggle_raw(&mut self) {
        let raw = !self.asked.raw;
        self.ask_instead(Asked { raw, ..self.asked.clone() });
        self.tell(if raw { T::RequestIsRaw } else { T::RequestIsStored }, Severity::Note);
    }

    /// Asks what is asked at the start.
    pub(super) fn reset_request(&mut self) {
        // The policies are not of the request.
        self.ask_instead(Asked { off: self.asked.off.clone(), ..Asked::default() });
        if let Some(Overlay::Request(pane)) = self.overlays.last_mut() {
            *pane = RequestPane::new(&self.asked, pane.field);
            pane.keep_to(&self.asked);
        }
    }

    /// A key while the pane is open. Esc was handled before.
    pub(super) fn request_key(&mut self, chord: Chord) {
        let now = self.now;
        if let Lookup::Command(command) = self.keymap.look_up(&[Scope::Always], &[chord])
            && IN_THE_PANE.contains(&command)
        {
            self.run(command, false);
            return;
        }
        let Some(Overlay::Request(pane)) = self.overlays.last_mut() else { return };
        match chord.key {
            Key::Char('r') if chord.ctrl => self.reset_request(),
            Key::Enter | Key::Down => pane.step(&self.asked, true),
            Key::Tab if !chord.shift => pane.step(&self.asked, true),
            Key::Tab | Key::Up => pane.step(&self.asked, false),
            _ if pane.field.is_text() => {
                let asked = pane.key(&self.asked, chord, now);
                self.ask_instead(asked);
            }
            _ => {
                let field = pane.field;
                let chord = chord.fold_full_width().0;
                if field == Field::Old && chord.key == Key::Char(' ') {
                    self.pick_old_object();
                } else if let Some(asked) = request::chosen(self, field, chord) {
                    self.ask_instead(asked);
                }
            }
        }
    }

    /// Text that was pasted into the pane.
    pub(super) fn paste_into_request(&mut self, text: &str) {
        let now = self.now;
        if let Some(Overlay::Request(pane)) = self.overlays.last_mut() {
            let asked = pane.edit(&self.asked, |input| input.insert(text, now));
            self.ask_instead(asked);
        }
    }

    /// The list of the files that can hold the old objects; a path that it does not have is opened.
    fn pick_old_object(&mut self) {
        let lang = self.settings.lang;
        let items = request::old_objects(self)
            .map(|(_, file)| {
                let name =
                    file.map_or_else(|| T::RequestNone.text(lang), |id| self.files.name(id)).to_owned();
                (PickerItem { name: name.clone(), what: PickerTarget::Old(file) }, name)
            })
            .collect();
        self.overlays.push(Overlay::Picker(List::new(items)));
    }

    /// Does what an item of the picker stands for.
    pub(super) fn take(&mut self, target: PickerTarget) {
        match target {
            PickerTarget::File(id) => self.go_to_file(id),
            PickerTarget::Old(old) => self.take_old_object(old),
            PickerTarget::Opa(target) => self.judge_for(target),
            PickerTarget::Sample(sample) => {
                self.open_sample(sample);
                if let Some(role) = crate::samples::ALL.get(sample).map(|sample| sample.role) {
                    self.set_focus(Self::pane_of(role));
                }
            }
        }
    }

    /// The list of what policies can be written for.
    pub(super) fn choose_target(&mut self) {
        let item = |target: Target| {
            let name = target.to_string();
            (PickerItem { name: name.clone(), what: PickerTarget::Opa(target) }, name)
        };
        self.overlays.push(Overlay::Picker(List::new(Target::choices().into_iter().map(item).collect())));
    }

    /// Judges for another OPA from now on.
    pub(super) fn judge_for(&mut self, target: Target) {
        self.settings.target = target;
        self.dirty = true;
        self.say(T::TargetIs.fill(self.settings.lang, &[("target", &target)]), Severity::Note);
    }

    /// Takes the old objects from this file.
    pub(super) fn take_old_object(&mut self, old: Option<FileId>) {
        self.ask_instead(Asked { old, ..self.asked.clone() });
    }

    /// A click in the pane: a row takes the keys, a choice is chosen, the caret goes where it was clicked.
    pub(super) fn request_press(&mut self, mouse: Mouse) {
        let hit = place::hit(self, mouse.column, mouse.row);
        let now = self.now;
        let Some(Overlay::Request(pane)) = self.overlays.last_mut() else { return };
        match hit {
            RequestHit::Outside => {
                self.overlays.pop();
            }
            RequestHit::Inside => {}
            RequestHit::Row(field) => pane.field = field,
            RequestHit::Text(field, cell) => {
                pane.field = field;
                if let Some(input) = pane.input_mut() {
                    let byte = view::byte_at(input.editor.buffer(), 0, cell);
                    input.editor.act(EditAction::SetSelection(Selection::new(byte, byte)), now);
                }
            }
            RequestHit::Choice(field, index) => {
                pane.field = field;
                let chosen = request::choices(self, field).0.into_iter().nth(index);
                if let Some((_, asked)) = chosen {
                    self.ask_instead(asked);
                }
            }
            RequestHit::Step(field, forward) => {
                pane.field = field;
                let key = Chord::plain(if forward { Key::Right } else { Key::Left });
                if let Some(asked) = request::chosen(self, field, key) {
                    self.ask_instead(asked);
                }
            }
        }
    }
}
