//! What a key does: the overlay on top takes it, or the find bar, or it is looked up in the keymap, or it is typed.

use std::path::PathBuf;

use crate::app::command::{Command, Scope};
use crate::app::effect::Effect;
use crate::app::files::OnDisk;
use crate::app::input::{Chord, Key};
use crate::app::keymap::Lookup;
use crate::app::msg::ReadWhy;
use crate::app::overlays::find::Field;
use crate::app::overlays::list::ListEvent;
use crate::app::overlays::{Overlay, PickerTarget};
use crate::app::panes::PaneId;
use crate::app::{App, Mode};
use crate::core::diagnostics::Severity;
use crate::core::file::Role;
use crate::core::text::editor::EditAction;
use crate::core::text::selection::Selection;
use crate::strings::T;

/// Rows that Page Up and Page Down move in lists.
pub(super) const LIST_PAGE: usize = 10;

impl App {
    /// The scopes in which a key is looked up now, the nearest first.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        let conflict = self.focused_file().is_some_and(|file| file.on_disk != OnDisk::Same);
        match (self.focus, self.mode) {
            (PaneId::Decision, _) => vec![Scope::Decision, Scope::Nav, Scope::Always],
            (PaneId::Cluster, _) => vec![Scope::Cluster, Scope::Nav, Scope::Always],
            (_, Mode::Nav) if conflict => vec![Scope::Conflict, Scope::Nav, Scope::Always],
            (_, Mode::Nav) => vec![Scope::Nav, Scope::Always],
            (_, Mode::Edit) => vec![Scope::Edit, Scope::Always],
        }
    }

    /// One key.
    pub(super) fn key(&mut self, chord: Chord) {
        if !self.overlays.is_empty() {
            self.overlay_key(chord);
        } else if self.find_key(chord) || self.completion_key(chord) {
        } else {
            self.command_key(chord);
        }
    }

    /// Text that came in one piece: typed ahead, or pasted without brackets.
    pub(super) fn typed_ahead(&mut self, text: &str) {
        let takes_text = self.overlays.is_empty()
            && self.find.is_none()
            && self.focus.is_editor()
            && self.mode == Mode::Edit;
        if takes_text && self.pending.is_empty() {
            self.act(EditAction::Insert(text.to_owned()));
        } else if self.overlays.is_empty() && self.find.is_none() && is_paste(text) {
            // Where single keys are commands, a paste must not become a row of them.
            self.tell(T::PasteInNav, Severity::Warning);
        } else {
            for c in text.chars() {
                let key = if c == '\n' { Key::Enter } else { Key::Char(c) };
                self.key(Chord::plain(key));
            }
        }
    }

    /// A bracketed paste goes into whatever takes text.
    pub(super) fn pasted(&mut self, text: String) {
        let now = self.now;
        match self.overlays.last_mut() {
            Some(Overlay::Palette(list)) => list.insert(&text, now),
            Some(Overlay::Picker(list)) => list.insert(&text, now),
            Some(Overlay::Help(list)) => list.insert(&text, now),
            Some(Overlay::Places { list, .. }) => list.insert(&text, now),
            Some(
                Overlay::GoToLine(prompt)
                | Overlay::SaveAs { prompt, .. }
                | Overlay::Manager { prompt, .. }
                | Overlay::Rename(prompt),
            ) => prompt.input.insert(&text, now),
            Some(Overlay::Contexts(choose)) => choose.list.insert(&text, now),
            Some(Overlay::Policies(list)) => list.insert(&text, now),
            Some(Overlay::TypeName(name)) => name.input.insert(&text, now),
            Some(Overlay::Request(_)) => self.paste_into_request(&text),
            Some(_) => {}
            None if self.find.is_some() => {
                if let Some(find) = &mut self.find {
                    find.input().insert(&text, now);
                }
                self.find_again(true);
            }
            None => self.act(EditAction::Paste(text)),
        }
    }

    fn command_key(&mut self, chord: Chord) {
        let scopes = self.scopes();
        let single_keys = !scopes.contains(&Scope::Edit);
        let (chord, folded) = if single_keys { chord.fold_full_width() } else { (chord, false) };
        if folded && !std::mem::replace(&mut self.ime_told, true) {
            self.tell(T::ImeIsOn, Severity::Note);
        }
        if !self.pending.is_empty() && chord.key == Key::Esc {
            self.pending.clear();
            return;
        }
        self.pending.push(chord);
        match self.keymap.look_up(&scopes, &self.pending) {
            Lookup::Command(command) => {
                self.pending.clear();
                self.run(command, false);
            }
            Lookup::Prefix => {}
            Lookup::Nothing if self.pending.len() > 1 => self.pending.clear(),
            Lookup::Nothing => {
                self.pending.clear();
                self.plain_key(chord, &scopes);
            }
        }
    }

    /// A key that is no command: Shift with a motion selects, a character is typed.
    fn plain_key(&mut self, chord: Chord, scopes: &[Scope]) {
        if chord.shift
            && let Lookup::Command(command) = self.keymap.look_up(scopes, &[Chord { shift: false, ..chord }])
        {
            self.run(command, true);
        } else if let Some(c) = chord.typed()
            && scopes.contains(&Scope::Edit)
        {
            self.act(EditAction::Type(c));
        }
    }

    /// A key while an overlay is open. Esc closes it.
    pub(super) fn overlay_key(&mut self, chord: Chord) {
        let now = self.now;
        let chord = match self.overlays.last() {
            Some(
                Overlay::Confirm(_)
                | Overlay::Recovery(_)
                | Overlay::Diff(_)
                | Overlay::Messages { .. }
                | Overlay::Consent { .. }
                | Overlay::ServerDiff(_)
                | Overlay::Log(_)
                | Overlay::Whole { .. },
            ) => chord.fold_full_width().0,
            _ => chord,
        };
        if chord.key == Key::Esc || (chord.ctrl && matches!(chord.key, Key::Char('c' | 'q'))) {
            let closed = self.overlays.pop();
            self.quit_after_saves = false;
            if matches!(closed, Some(Overlay::Contexts(_) | Overlay::TypeName(_))) {
                self.cluster.wanted = None;
            }
            return;
        }
        match self.overlays.last_mut() {
            Some(Overlay::Palette(list)) => {
                if let ListEvent::Chosen(index) = list.key(chord, LIST_PAGE, now)
                    && let Some(command) = list.items.get(index).copied()
                {
                    self.run_from_list(command);
                }
            }
            Some(Overlay::Help(list)) => {
                if let ListEvent::Chosen(index) = list.key(chord, LIST_PAGE, now)
                    && let Some(command) = list.items.get(index).map(|row| row.command)
                {
                    self.run_from_list(command);
                }
            }
            Some(Overlay::Picker(list)) if chord.key == Key::Enter && list.matches.is_empty() => {
                let path = list.input.text();
                if list.items.iter().all(|item| !matches!(item.what, PickerTarget::Opa(_))) {
                    self.open_path(path.trim());
                }
            }
            Some(Overlay::Picker(list)) => {
                if let ListEvent::Chosen(index) = list.key(chord, LIST_PAGE, now)
                    && let Some(target) = list.items.get(index).map(|item| item.what)
                {
                    self.overlays.pop();
                    self.take(target);
                }
            }
            Some(Overlay::Places { list, .. }) => {
                if let ListEvent::Chosen(index) = list.key(chord, LIST_PAGE, now)
                    && let Some(item) = list.items.get(index)
                {
                    let (file, range) = (item.file, item.range.clone());
                    self.go_to_place(file, &range);
                }
            }
            Some(Overlay::Rename(prompt)) => {
                if chord.key == Key::Enter {
                    self.rename();
                } else {
                    prompt.input.key(chord, now);
                    prompt.error = None;
                }
            }
            Some(Overlay::GoToLine(prompt)) => {
                if chord.key == Key::Enter {
                    self.go_to_line();
                } else {
                    prompt.input.key(chord, now);
                    prompt.error = None;
                }
            }
            Some(Overlay::SaveAs { file, prompt }) => {
                if chord.key == Key::Enter {
                    let (file, path) = (*file, prompt.input.text());
                    if path.trim().is_empty() {
                        prompt.error = Some(T::PathIsEmpty.text(self.settings.lang).to_owned());
                    } else {
                        self.overlays.pop();
                        self.write(file, path.trim().into(), false);
                    }
                } else {
                    prompt.input.key(chord, now);
                    prompt.error = None;
                }
            }
            Some(
                Overlay::Contexts(_)
                | Overlay::TypeName(_)
                | Overlay::Manager { .. }
                | Overlay::Consent { .. }
                | Overlay::ServerDiff(_)
                | Overlay::Log(_),
            ) => self.cluster_key(chord),
            Some(Overlay::Policies(_)) => self.policies_key(chord),
            Some(Overlay::Confirm(_)) => self.confirm_key(chord),
            Some(Overlay::Request(_)) => self.request_key(chord),
            Some(Overlay::Recovery(_)) => self.recovery_key(chord),
            Some(Overlay::Diff(view)) => scroll_key(&mut view.scroll, view.lines.len(), chord),
            Some(Overlay::Messages { scroll }) => scroll_key(scroll, self.messages.all().count(), chord),
            Some(Overlay::Whole { text, scroll, .. }) => scroll_key(scroll, text.lines().count(), chord),
            None => {}
        }
    }

    /// Reads a file that the workspace does not have yet.
    fn open_path(&mut self, path: &str) {
        let path = PathBuf::from(path);
        if path.as_os_str().is_empty() {
            return;
        }
        self.overlays.pop();
        if let Some(Overlay::Request(_)) = self.overlays.last() {
            self.old_wanted = Some(path.clone());
            let why = ReadWhy::Open { show: false };
            self.effects.push(Effect::Read { path, role: Role::Manifest, why });
            return;
        }
        let role = Role::by_name(&path).unwrap_or(Role::Manifest);
        self.effects.push(Effect::Read { path, role, why: ReadWhy::Open { show: true } });
    }

    /// Enter on a command in the palette or in help: a disabled one stays and its reason is said.
    fn run_from_list(&mut self, command: Command) {
        match command.enabled(self) {
            Ok(()) => {
                self.overlays.pop();
                self.run(command, false);
            }
            Err(why) => self.tell(why, Severity::Warning),
        }
    }

    fn confirm_key(&mut self, chord: Chord) {
        let Some(Overlay::Confirm(confirm)) = self.overlays.last_mut() else { return };
        let count = confirm.buttons.len().max(1);
        let chosen = match chord.key {
            Key::Left | Key::Up => {
                confirm.selected = (confirm.selected + count - 1) % count;
                None
            }
            Key::Tab if chord.shift => {
                confirm.selected = (confirm.selected + count - 1) % count;
                None
            }
            Key::Right | Key::Down | Key::Tab => {
                confirm.selected = (confirm.selected + 1) % count;
                None
            }
            Key::Enter => Some(confirm.answer()),
            Key::Char(c) => {
                confirm.buttons.iter().copied().find(|answer| answer.letter() == c.to_ascii_lowercase())
            }
            _ => None,
        };
        if let Some(answer) = chosen
            && let Some(Overlay::Confirm(confirm)) = self.overlays.pop()
        {
            self.answer(confirm.question, answer);
        }
    }

    fn recovery_key(&mut self, chord: Chord) {
        use crate::app::overlays::confirm::{Confirm, Question};
        let Some(Overlay::Recovery(dialogue)) = self.overlays.last_mut() else { return };
        let last = dialogue.entries.len().saturating_sub(1);
        match chord.key {
            Key::Up | Key::Char('k') => dialogue.selected = dialogue.selected.saturating_sub(1),
            Key::Down | Key::Char('j') => dialogue.selected = (dialogue.selected + 1).min(last),
            Key::Enter => {
                let entry = dialogue.take();
                if dialogue.entries.is_empty() {
                    self.overlays.pop();
                }
                if let Some(entry) = entry {
                    self.restore(entry);
                }
            }
            Key::Char('x') => {
                if let Some(entry) = dialogue.current() {
                    let question =
                        Question::Discard { journal: entry.journal.clone(), name: entry.name.clone() };
                    self.overlays.push(Overlay::Confirm(Confirm::new(question)));
                }
            }
            Key::Char('d') => {
                if let Some(entry) = dialogue.current().cloned() {
                    self.compare_recovered(&entry);
                }
            }
            _ => {}
        }
    }

    /// A key while the find bar is open; whether the bar took it.
    fn find_key(&mut self, chord: Chord) -> bool {
        let now = self.now;
        let Some(find) = &mut self.find else { return false };
        match chord.key {
            Key::Esc => {
                self.search = find.search().cloned().or(self.search.take());
                self.find = None;
            }
            Key::Enter | Key::Up | Key::Down if find.field == Field::Find || chord.key != Key::Enter => {
                self.find_step(!(chord.shift || chord.key == Key::Up));
            }
            Key::Enter if chord.alt => self.replace_all(),
            Key::Enter => self.replace_one(),
            Key::Tab if find.replacement.is_some() => {
                find.field = if find.field == Field::Find { Field::Replace } else { Field::Find };
            }
            Key::Char('c') if chord.alt => {
                find.case_sensitive = !find.case_sensitive;
                self.find_again(true);
            }
            Key::Char('x') if chord.alt => {
                find.regex = !find.regex;
                self.find_again(true);
            }
            Key::Char('a') if chord.alt && find.replacement.is_some() => self.replace_all(),
            Key::Char('r') if chord.ctrl => {
                find.replacement.get_or_insert_with(Default::default);
                find.field = Field::Replace;
            }
            Key::Char(_) if chord.ctrl && !matches!(chord.key, Key::Char('z' | 'y' | 'k' | 'u')) => {
                return false;
            }
            Key::F(_) => return false,
            _ => {
                let before = find.query.editor.buffer().revision();
                let field = find.field;
                find.input().key(chord, now);
                if field == Field::Find && find.query.editor.buffer().revision() != before {
                    self.find_again(true);
                }
            }
        }
        true
    }

    /// Searches again and, when `move_there`, selects the nearest match from where the bar was opened.
    pub(super) fn find_again(&mut self, move_there: bool) {
        let Some(id) = self.focused_file().map(|file| file.id) else { return };
        let (Some(find), Some(file)) = (&mut self.find, self.files.get_mut(id)) else { return };
        find.refresh(file.editor.buffer());
        if move_there && let Some((_, range)) = find.matches.next(find.origin) {
            file.editor.act(EditAction::SetSelection(Selection::new(range.start, range.end)), self.now);
            self.reveal(id);
        }
    }

    /// Selects the next or previous match.
    pub(super) fn find_step(&mut self, forward: bool) {
        let now = self.now;
        let Some(id) = self.focused_file().map(|file| file.id) else { return };
        let Some(file) = self.files.get_mut(id) else { return };
        let search =
            self.find.as_ref().and_then(|find| find.search().cloned()).or_else(|| self.search.clone());
        let Some(search) = search else { return };
        let matches = search.matches(file.editor.buffer());
        let selected = file.editor.selection().range();
        let found = if forward { matches.next(selected.end) } else { matches.previous(selected.start) };
        self.search = Some(search);
        match found {
            Some((_, range)) => {
                file.editor.act(EditAction::SetSelection(Selection::new(range.start, range.end)), now);
                if let Some(find) = &mut self.find {
                    find.origin = range.start;
                    find.matches = matches;
                }
                self.reveal(id);
            }
            None => self.tell(T::NothingFound, Severity::Note),
        }
    }

    /// Replaces the selected match and goes to the next one.
    fn replace_one(&mut self) {
        let Some(id) = self.focused_file().map(|file| file.id) else { return };
        let (Some(find), Some(file)) = (&self.find, self.files.get(id)) else { return };
        let selected = file.editor.selection().range();
        let with = find.replacement.as_ref().map(|input| input.text()).unwrap_or_default();
        let new = find
            .search()
            .filter(|_| find.matches.ranges.contains(&selected))
            .and_then(|search| search.replacement(file.editor.buffer(), selected.clone(), &with));
        if let Some(new) = new {
            self.act(EditAction::Replace(selected, new));
        }
        self.find_step(true);
    }

    /// Replaces all matches: one undo step.
    fn replace_all(&mut self) {
        let Some(file) = self.focused_file() else { return };
        let Some(find) = &self.find else { return };
        let with = find.replacement.as_ref().map(|input| input.text()).unwrap_or_default();
        let Some(search) = find.search() else { return };
        let changes = search.replace_all(file.editor.buffer(), &with);
        let count = changes.len();
        self.act(EditAction::ReplaceAll(changes));
        let text = T::ReplacedAll.fill(self.settings.lang, &[("count", &count)]);
        self.say(text, Severity::Note);
    }

    fn go_to_line(&mut self) {
        let lang = self.settings.lang;
        let lines = self.focused_file().map_or(0, |file| file.editor.buffer().line_count());
        let Some(Overlay::GoToLine(prompt)) = self.overlays.last_mut() else { return };
        let text = prompt.input.text();
        // `12` or `12:5`, full-width digits too.
        let folded: String = text
            .chars()
            .map(|c| match Chord::plain(Key::Char(c)).fold_full_width().0.key {
                Key::Char(c) => c,
                _ => c,
            })
            .collect();
        let (line, column) = folded.trim().split_once(':').unwrap_or((folded.trim(), "1"));
        match (line.parse::<usize>(), column.parse::<usize>()) {
            (Ok(line), Ok(column)) if (1..=lines).contains(&line) => {
                self.overlays.pop();
                if let Some(file) = self.focused_file() {
                    let byte = file.editor.buffer().byte_at_position(line, column);
                    let id = file.id;
                    self.jump(id, &(byte..byte));
                }
            }
            _ => prompt.error = Some(T::NoSuchLine.fill(lang, &[("count", &lines)])),
        }
    }
}

/// Longer than anyone types ahead.
fn is_paste(text: &str) -> bool {
    text.contains('\n') || text.chars().count() > 8
}

/// Arrow keys and pages in a view that only scrolls.
pub(super) fn scroll_key(scroll: &mut usize, count: usize, chord: Chord) {
    let last = count.saturating_sub(1);
    *scroll = match chord.key {
        Key::Up | Key::Char('k') => scroll.saturating_sub(1),
        Key::Down | Key::Char('j') => (*scroll + 1).min(last),
        Key::PageUp => scroll.saturating_sub(LIST_PAGE),
        Key::PageDown | Key::Char(' ') => (*scroll + LIST_PAGE).min(last),
        Key::Home | Key::Char('g') => 0,
        Key::End | Key::Char('G') => last,
        _ => *scroll,
    };
}
