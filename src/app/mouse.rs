//! The mouse: focus and caret by click, selection by drag, scrolling under the pointer.

use crate::app::input::{Chord, Key, Mouse, MouseKind};
use crate::app::layout::windows::{self, WindowHit};
use crate::app::layout::{self, EditorAreas};
use crate::app::overlays::Overlay;
use crate::app::overlays::find::FindBar;
use crate::app::panes::PaneId;
use crate::app::{App, Mode, files::OnDisk};
use crate::core::text::editor::EditAction;
use crate::core::text::selection::Selection;
use crate::core::text::view;

/// Lines that one step of the wheel moves.
const WHEEL: isize = 3;

impl App {
    /// Where the parts of a text pane lie: the one source for drawing, clicking and scrolling.
    #[must_use]
    pub fn editor_areas(&self, pane: PaneId) -> Option<EditorAreas> {
        let area = self.layout().area(pane)?;
        let file = self.file_of(pane)?;
        let bar = match &self.find {
            Some(FindBar { replacement: Some(_), .. }) if self.focus == pane => 2,
            Some(_) if self.focus == pane => 1,
            _ => 0,
        };
        Some(layout::editor(area, file.editor.buffer().line_count(), self.notice_rows(pane), bar))
    }

    /// Rows of the notices above a text: a conflict with the disk takes two, a read-only text one.
    #[must_use]
    pub fn notice_rows(&self, pane: PaneId) -> u16 {
        match self.file_of(pane) {
            Some(file) if file.on_disk != OnDisk::Same => 2,
            Some(file) if file.locked.is_some() => 1,
            _ => 0,
        }
    }

    pub(super) fn mouse(&mut self, mouse: Mouse) {
        if !self.overlays.is_empty() {
            self.overlay_mouse(mouse);
            return;
        }
        if self.completion_mouse(mouse) {
            return;
        }
        match mouse.kind {
            MouseKind::Press { clicks } => self.press(mouse, clicks),
            MouseKind::Drag => self.dragged(mouse),
            MouseKind::Release => self.drag = None,
            MouseKind::ScrollUp => self.wheel(mouse, -WHEEL),
            MouseKind::ScrollDown => self.wheel(mouse, WHEEL),
            MouseKind::ScrollLeft => self.wheel_sideways(mouse, false),
            MouseKind::ScrollRight => self.wheel_sideways(mouse, true),
        }
    }

    fn press(&mut self, mouse: Mouse, clicks: u8) {
        let layout = self.layout();
        let Some(pane) = layout.pane_at(mouse.column, mouse.row) else { return };
        // In the tab layout, a click on the title line changes to the other text.
        let on_title = layout.area(pane).is_some_and(|area| area.y == mouse.row);
        if on_title && layout.decision_is_strip() && pane.is_editor() && self.focus == pane {
            let other = if pane == PaneId::Policy { PaneId::Manifest } else { PaneId::Policy };
            self.set_focus(other);
            return;
        }
        if pane != self.focus {
            self.set_focus(pane);
        }
        if pane == PaneId::Decision {
            self.decision_click(mouse, clicks);
            return;
        }
        if pane == PaneId::Cluster {
            self.cluster_click(mouse, clicks);
            return;
        }
        let Some(byte) = self.byte_under(pane, mouse) else { return };
        if self.fold_under(pane, mouse) {
            return;
        }
        let now = self.now;
        let Some(file) = self.focused_file_mut() else { return };
        let action = match clicks {
            1 if mouse.shift => {
                EditAction::SetSelection(Selection::new(file.editor.selection().anchor, byte))
            }
            1 => EditAction::SetSelection(Selection::caret(byte)),
            2 => EditAction::SelectWord(byte),
            _ => EditAction::SelectLine(byte),
        };
        file.editor.act(action, now);
        self.drag = Some(pane);
        self.pending.clear();
    }

    /// The byte of the text under the pointer; outside the text the nearest one.
    fn byte_under(&self, pane: PaneId, mouse: Mouse) -> Option<usize> {
        let areas = self.editor_areas(pane)?;
        let file = self.file_of(pane)?;
        let row = mouse.row.saturating_sub(areas.text.y);
        let below = || file.editor.folds().shown(file.editor.buffer().last_line());
        let line = file.view.line_at(&file.editor, usize::from(row)).unwrap_or_else(below);
        let cell = file.view.left + usize::from(mouse.column.saturating_sub(areas.text.x));
        Some(view::byte_at(file.editor.buffer(), line, cell))
    }

    /// A click on the sign of a fold, or where it would be: folds or opens what begins on that line. `false` if nothing
    /// does.
    fn fold_under(&mut self, pane: PaneId, mouse: Mouse) -> bool {
        let Some(areas) = self.editor_areas(pane) else { return false };
        let Some(file) = self.focused_file() else { return false };
        let sign = layout::fold_column(areas.gutter, file.editor.buffer().line_count());
        if !(sign..areas.text.x).contains(&mouse.column) {
            return false;
        }
        let row = usize::from(mouse.row.saturating_sub(areas.text.y));
        let Some(line) = file.view.line_at(&file.editor, row) else { return false };
        self.toggle_fold_of(line)
    }

    fn dragged(&mut self, mouse: Mouse) {
        let Some(pane) = self.drag else { return };
        let Some(areas) = self.editor_areas(pane) else { return };
        let Some(byte) = self.byte_under(pane, mouse) else { return };
        let now = self.now;
        let Some(file) = self.focused_file_mut() else { return };
        let anchor = file.editor.selection().anchor;
        file.editor.act(EditAction::SetSelection(Selection::new(anchor, byte)), now);
        // At an edge the text scrolls under the pointer.
        if mouse.row <= areas.text.y {
            file.view.scroll_by(&file.editor, -1);
        } else if mouse.row + 1 >= areas.text.bottom() {
            file.view.scroll_by(&file.editor, 1);
        }
    }

    fn wheel(&mut self, mouse: Mouse, lines: isize) {
        match self.layout().pane_at(mouse.column, mouse.row) {
            Some(PaneId::Decision) => {
                self.decision.scroll = self.decision.scroll.saturating_add_signed(lines);
                self.decision.scroll = layout::decision::scroll(self, false);
            }
            Some(PaneId::Cluster) => {
                self.cluster.scroll = self.cluster.scroll.saturating_add_signed(lines);
                self.cluster.scroll = layout::cluster::scroll(self);
            }
            Some(pane) => {
                let id = self.file_of(pane).map(|file| file.id);
                if let Some(file) = id.and_then(|id| self.files.get_mut(id)) {
                    file.view.scroll_by(&file.editor, lines);
                }
            }
            None => {}
        }
    }

    fn wheel_sideways(&mut self, mouse: Mouse, right: bool) {
        let pane = self.layout().pane_at(mouse.column, mouse.row);
        let id = pane.and_then(|pane| self.file_of(pane)).map(|file| file.id);
        if let Some(file) = id.and_then(|id| self.files.get_mut(id)) {
            let cells = WHEEL.unsigned_abs() * 2;
            file.view.left =
                if right { file.view.left + cells } else { file.view.left.saturating_sub(cells) };
        }
    }

    /// A click in the decision pane selects what it hits; a second one goes there.
    fn decision_click(&mut self, mouse: Mouse, clicks: u8) {
        let Some(area) = self.layout().area(PaneId::Decision) else { return };
        let hit = layout::decision::hit(self, area, mouse.column, mouse.row);
        match hit {
            Some(layout::decision::Hit::Finding(index)) => {
                self.decision.selected = index;
                if clicks > 1 {
                    self.run(crate::app::command::Command::GoToManifest, false);
                }
            }
            Some(layout::decision::Hit::Request) => self.edit_request(),
            Some(layout::decision::Hit::OtherReading) => self.toggle_raw(),
            Some(layout::decision::Hit::Place(place)) => self.jump(place.file, &place.range),
            Some(layout::decision::Hit::Cell { document, policy }) => {
                self.decision.document = document;
                self.decision.policy = policy;
                self.decision.selected = 0;
                if let Some(file) = self.decision.shown_document().map(|document| document.place.file) {
                    self.show(file);
                }
            }
            Some(layout::decision::Hit::Answer { .. }) | None => {}
        }
    }

    /// A click on an answer selects it; a second one shows all of it.
    fn cluster_click(&mut self, mouse: Mouse, clicks: u8) {
        match layout::cluster::hit(self, mouse.column, mouse.row) {
            Some(layout::decision::Hit::Answer { column, row }) => {
                (self.cluster.column, self.cluster.row, self.cluster.scroll) = (column, row, 0);
                if clicks > 1 {
                    self.run(crate::app::command::Command::AnswerWhole, false);
                }
            }
            Some(layout::decision::Hit::Place(place)) => self.jump(place.file, &place.range),
            _ => {}
        }
    }

    /// In lists the wheel moves the selection, elsewhere it scrolls; a click beside an overlay closes it.
    fn overlay_mouse(&mut self, mouse: Mouse) {
        let forward = match mouse.kind {
            MouseKind::ScrollDown => true,
            MouseKind::ScrollUp => false,
            MouseKind::Press { .. } => return self.overlay_press(mouse),
            _ => return,
        };
        let step = |at: &mut usize, count: usize| {
            *at = if forward { (*at + 1).min(count.saturating_sub(1)) } else { at.saturating_sub(1) };
        };
        match self.overlays.last_mut() {
            Some(Overlay::Request(pane)) => pane.step(&self.asked, forward),
            Some(Overlay::Palette(list)) => step(&mut list.selected, list.matches.len()),
            Some(Overlay::Policies(list)) => step(&mut list.selected, list.matches.len()),
            Some(Overlay::Picker(list)) => step(&mut list.selected, list.matches.len()),
            Some(Overlay::Places { list, .. }) => step(&mut list.selected, list.matches.len()),
            Some(Overlay::Help(list)) => step(&mut list.selected, list.matches.len()),
            Some(Overlay::Recovery(dialogue)) => step(&mut dialogue.selected, dialogue.entries.len()),
            Some(Overlay::Contexts(choose)) => step(&mut choose.list.selected, choose.list.matches.len()),
            Some(Overlay::ServerDiff(view)) => {
                let count = view.shown().map_or(0, |diff| diff.rows.len() + diff.changes.len());
                step(&mut view.scroll, count);
            }
            Some(Overlay::Log(view)) => step(&mut view.selected, self.cluster.log.len()),
            Some(Overlay::Diff(view)) => step(&mut view.scroll, view.lines.len()),
            Some(Overlay::Messages { scroll }) => step(scroll, self.messages.all().count()),
            Some(Overlay::Whole { text, scroll, .. }) => step(scroll, text.lines().count()),
            _ => {}
        }
    }

    /// A click on an item or a button chooses it; one beside a window that asks nothing closes it.
    fn overlay_press(&mut self, mouse: Mouse) {
        if let Some(Overlay::Request(_)) = self.overlays.last() {
            return self.request_press(mouse);
        }
        let hit = windows::hit(self, mouse.column, mouse.row);
        let enter = match (self.overlays.last_mut(), hit) {
            (Some(Overlay::Palette(list)), WindowHit::Item(index)) => {
                list.selected = index;
                true
            }
            (Some(Overlay::Picker(list)), WindowHit::Item(index)) => {
                list.selected = index;
                true
            }
            (Some(Overlay::Places { list, .. }), WindowHit::Item(index)) => {
                list.selected = index;
                true
            }
            (Some(Overlay::Help(list)), WindowHit::Item(index)) => {
                list.selected = index;
                true
            }
            (Some(Overlay::Confirm(confirm)), WindowHit::Button(index)) => {
                confirm.selected = index;
                true
            }
            // What is restored is worth a second look: the first click only selects.
            (Some(Overlay::Recovery(dialogue)), WindowHit::Item(index)) => {
                std::mem::replace(&mut dialogue.selected, index) == index
            }
            (Some(Overlay::Policies(list)), WindowHit::Item(index)) => {
                list.selected = index;
                self.switch_policy();
                false
            }
            (Some(Overlay::Contexts(choose)), WindowHit::Item(index)) => {
                choose.list.selected = index;
                choose.toggle();
                false
            }
            (
                Some(
                    Overlay::Confirm(_)
                    | Overlay::Recovery(_)
                    | Overlay::TypeName(_)
                    | Overlay::Consent { .. },
                ),
                _,
            ) => false,
            (_, WindowHit::Outside) => {
                self.overlays.pop();
                false
            }
            _ => false,
        };
        if enter {
            self.overlay_key(Chord::plain(Key::Enter));
        }
    }

    /// The state that the status line names.
    #[must_use]
    pub const fn shown_mode(&self) -> Mode {
        if self.focus.is_editor() { self.mode } else { Mode::Nav }
    }
}
