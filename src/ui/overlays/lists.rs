//! Lists that typing filters: palette, file picker, help.

use unicode_segmentation::UnicodeSegmentation;

use super::{cells, window};
use crate::app::App;
use crate::app::command::Command;
use crate::app::layout::Area;
use crate::app::layout::windows::{self, ListWindow};
use crate::app::overlays::list::List;
use crate::app::overlays::{HelpRow, PickerItem, PickerTarget, PlaceItem};
use crate::app::policies::PolicyItem;
use crate::core::display_safe::display_safe;
use crate::strings::T;
use crate::ui::canvas::Canvas;
use crate::ui::prompt::input_line;

/// The frame of a list: title, how many match, the input.
pub(super) fn open<I>(canvas: &mut Canvas, place: &ListWindow, list: &List<I>, title: T, nothing: T) {
    let count =
        T::ListCount.fill(canvas.lang, &[("shown", &list.matches.len()), ("total", &list.items.len())]);
    let inside = window(canvas, place.window, canvas.text(title), &count).narrowed(1);
    let theme = canvas.theme;
    canvas.pen(inside, 0).own("> ", theme.matched);
    canvas.cursor = input_line(canvas, place.input, &list.input, true);
    if list.matches.is_empty() {
        let text = canvas.text(nothing);
        canvas.pen(place.rows, 0).own(text, theme.dim);
    }
}

/// One row: the text with the characters that match, something at the right.
pub(super) struct Row<'a> {
    pub text: &'a str,
    pub matched: &'a [u32],
    pub right: &'a str,
    pub enabled: bool,
    pub outside: bool,
}

pub(super) fn draw_row(canvas: &mut Canvas, area: Area, row: u16, selected: bool, item: &Row) {
    let theme = canvas.theme;
    let plain = if item.enabled { theme.base } else { theme.dim };
    let right = cells(item.right);
    let mut pen = canvas.pen(area, row);
    let end = area.right().saturating_sub(if right > 0 { right + 2 } else { 0 });
    let mut position = 0_u32;
    for grapheme in item.text.graphemes(true) {
        let count = grapheme.chars().count() as u32;
        let hit = item.matched.iter().any(|at| (position..position + count).contains(at));
        position += count;
        if pen.column() + cells(grapheme) > end {
            pen.own("…", plain);
            break;
        }
        let style = if hit { plain.patch(theme.matched) } else { plain };
        if item.outside {
            pen.outside(grapheme, style)
        } else {
            pen.own(grapheme, style)
        };
    }
    pen.go_to(area.right().saturating_sub(right));
    pen.own(item.right, if item.enabled { theme.key } else { theme.dim });
    if selected {
        // The mark reaches into the margin on both sides.
        let line =
            Area::new(area.x.saturating_sub(1), area.y + row, area.width + 2, u16::from(row < area.height));
        canvas.tint(line, theme.chosen);
    }
}

/// All commands with their keys; a disabled one says why.
pub fn palette(canvas: &mut Canvas, app: &App, list: &List<Command>) {
    let place = windows::list(app, list, false, |index, m| windows::palette_rows(app, list, index, m).0);
    open(canvas, &place, list, T::PaletteTitle, T::ListNothing);
    let scopes = app.scopes();
    for (index, row, _) in place.shown {
        let Some(m) = list.matches.get(index) else { continue };
        let Some(command) = list.items.get(m.index).copied() else { continue };
        let keys = app.keymap.keys_of(command, &scopes);
        let item = Row {
            text: canvas.text(command.entry().title),
            matched: &m.positions,
            right: &keys,
            enabled: command.enabled(app).is_ok(),
            outside: false,
        };
        draw_row(canvas, place.rows, row, index == list.selected, &item);
        if let (_, Some(reason)) = windows::palette_rows(app, list, index, m) {
            let style = canvas.theme.dim;
            let text = canvas.text(reason);
            let mut pen = canvas.pen(place.rows, row + 1);
            pen.skip(2);
            let room = pen.room();
            pen.own_cut(text, room, style);
        }
    }
}

/// Files of the workspace, and samples; the OPAs that policies can be for.
pub fn picker(canvas: &mut Canvas, app: &App, list: &List<PickerItem>) {
    let place = windows::list(app, list, false, |_, _| 1);
    let of_targets = list.items.iter().any(|item| matches!(item.what, PickerTarget::Opa(_)));
    let (title, nothing) =
        if of_targets { (T::TargetsTitle, T::ListNothing) } else { (T::PickerTitle, T::PickerOpensPath) };
    open(canvas, &place, list, title, nothing);
    for (index, row, _) in place.shown {
        let Some(m) = list.matches.get(index) else { continue };
        let Some(item) = list.items.get(m.index) else { continue };
        let file = match item.what {
            PickerTarget::File(id) => app.files.get(id),
            PickerTarget::Old(id) => id.and_then(|id| app.files.get(id)),
            PickerTarget::Sample(_) | PickerTarget::Opa(_) => None,
        };
        let modified = file.is_some_and(|file| file.editor.is_modified());
        let on_screen = file.is_some_and(|f| [app.policy_file, app.manifest_file].contains(&Some(f.id)));
        let right = match (modified, on_screen) {
            _ if item.what == PickerTarget::Opa(app.settings.target) => "✓".to_owned(),
            (true, _) => format!("● {}", canvas.text(T::PaneEdited)),
            (false, true) => canvas.text(T::PickerShown).to_owned(),
            (false, false) => String::new(),
        };
        let row_item =
            Row { text: &item.name, matched: &m.positions, right: &right, enabled: true, outside: true };
        draw_row(canvas, place.rows, row, index == list.selected, &row_item);
    }
}

/// The policies: whether they are asked, what kind they are, and what they found.
pub fn policies(canvas: &mut Canvas, app: &App, list: &List<PolicyItem>) {
    let place = windows::list(app, list, true, |_, _| 1);
    open(canvas, &place, list, T::PoliciesTitle, T::ListNothing);
    let theme = canvas.theme;
    for (index, row, _) in place.shown {
        let Some(found) = list.matches.get(index) else { continue };
        let Some(item) = list.items.get(found.index) else { continue };
        let off = app.asked.off.contains(&item.name);
        let mut pen = canvas.pen(place.rows, row);
        match (item.asked, off) {
            (true, false) => pen.own("[✓] ", theme.strong),
            (true, true) => pen.own("[ ] ", theme.dim),
            (false, _) => pen.own("    ", theme.dim),
        };
        let count = app.decision.shown.as_ref().map_or(0, |shown| item.findings(shown));
        let says = match count {
            _ if off => canvas.text(T::PoliciesOff).to_owned(),
            0 => String::new(),
            1 => canvas.text(T::PoliciesOne).to_owned(),
            count => T::PoliciesFindings.fill(canvas.lang, &[("count", &count)]),
        };
        let kind = canvas.text(item.kind.name());
        let right = if says.is_empty() { kind.to_owned() } else { format!("{says} · {kind}") };
        let area = Area { x: place.rows.x + 4, width: place.rows.width.saturating_sub(4), ..place.rows };
        // What is matched begins with the name.
        let shown =
            Row { text: &item.name, matched: &found.positions, right: &right, enabled: !off, outside: true };
        draw_row(canvas, area, row, index == list.selected, &shown);
    }
}

/// Places of policies: the line, and where it stands.
pub fn places(canvas: &mut Canvas, app: &App, title: T, list: &List<PlaceItem>) {
    let place = windows::list(app, list, true, |_, _| 1);
    open(canvas, &place, list, title, T::ListNothing);
    for (index, row, _) in place.shown {
        let Some(m) = list.matches.get(index) else { continue };
        let Some(item) = list.items.get(m.index) else { continue };
        let right = display_safe(&item.place).into_owned();
        let row_item =
            Row { text: &item.text, matched: &m.positions, right: &right, enabled: true, outside: true };
        draw_row(canvas, place.rows, row, index == list.selected, &row_item);
    }
}

/// Commands by heading, with all their keys.
pub fn help(canvas: &mut Canvas, app: &App, list: &List<HelpRow>) {
    let place = windows::list(app, list, true, |index, m| windows::help_rows(list, index, m).0);
    open(canvas, &place, list, T::HelpTitle, T::ListNothing);
    let area = place.rows;
    for (index, row, _) in place.shown {
        let Some(m) = list.matches.get(index) else { continue };
        let Some(item) = list.items.get(m.index) else { continue };
        let mut row = row;
        if let (_, Some(title)) = windows::help_rows(list, index, m) {
            row += u16::from(index > 0);
            let style = canvas.theme.title_focused;
            let text = canvas.text(title);
            canvas.pen(area, row).own(text, style);
            row += 1;
        }
        let enabled = item.command.enabled(app).is_ok();
        let title = canvas.text(item.command.entry().title);
        let keys = shortened(&item.keys, area.width.saturating_sub(cells(title) + 6).max(12));
        let row_item = Row { text: title, matched: &m.positions, right: &keys, enabled, outside: false };
        draw_row(canvas, area.narrowed(1), row, index == list.selected, &row_item);
    }
}

/// As many of a command's keys as fit; those left out are marked with `…`.
fn shortened(keys: &str, room: u16) -> String {
    if cells(keys) <= room {
        return keys.to_owned();
    }
    let mut shown = String::new();
    for key in keys.split("  ") {
        if cells(&shown) + cells(key) + 4 > room && !shown.is_empty() {
            shown.push_str("  …");
            break;
        }
        if !shown.is_empty() {
            shown.push_str("  ");
        }
        shown.push_str(key);
    }
    shown
}
