//! Lists that typing filters: palette, file picker, help.

use unicode_segmentation::UnicodeSegmentation;

use super::{cells, window};
use crate::app::App;
use crate::app::command::Command;
use crate::app::layout::{self, Area, Layout};
use crate::app::overlays::list::{List, Match};
use crate::app::overlays::{HelpRow, PickerItem, PickerTarget};
use crate::strings::T;
use crate::ui::canvas::Canvas;
use crate::ui::prompt::input_line;

/// The window of a list: as high as the screen allows, so that it does not move while typing filters.
fn open<I>(canvas: &mut Canvas, layout: &Layout, list: &List<I>, title: T, width: u16) -> Area {
    let area = layout::window(layout.screen, width, (layout.screen.height * 2 / 3).max(6));
    let count =
        T::ListCount.fill(canvas.lang, &[("shown", &list.matches.len()), ("total", &list.items.len())]);
    let inside = window(canvas, area, canvas.text(title), &count).narrowed(1);
    let theme = canvas.theme;
    canvas.pen(inside, 0).own("> ", theme.matched);
    let field = Area::new(inside.x + 2, inside.y, inside.width.saturating_sub(2), inside.height.min(1));
    canvas.cursor = input_line(canvas, field, &list.input, true);
    if list.matches.is_empty() {
        let style = theme.dim;
        let text = canvas.text(T::ListNothing);
        canvas.pen(inside, 1).own(text, style);
    }
    inside.below(1)
}

/// The items that are shown, given how many rows each takes: those around the selected one.
fn shown<I>(list: &List<I>, rows: u16, height: impl Fn(usize, &Match) -> u16) -> Vec<(usize, &Match, u16)> {
    let mut first = list.selected;
    let mut taken = list.matches.get(first).map_or(0, |m| height(first, m));
    // Up to half of the rows before the selected one, then as many as fit after it, then what is left before it.
    let before = |first: usize, taken: u16, limit: u16| {
        let index = first.checked_sub(1)?;
        let rows = height(index, list.matches.get(index)?);
        (taken + rows <= limit).then_some((index, taken + rows))
    };
    while let Some((index, all)) = before(first, taken, rows / 2) {
        (first, taken) = (index, all);
    }
    let mut last = list.selected + 1;
    while let Some(rows_of) = list.matches.get(last).map(|m| height(last, m)).filter(|h| taken + h <= rows) {
        taken += rows_of;
        last += 1;
    }
    while let Some((index, all)) = before(first, taken, rows) {
        (first, taken) = (index, all);
    }
    let mut row = 0;
    let items = list.matches.iter().enumerate().skip(first).take(last - first);
    items
        .map(|(index, m)| {
            let at = row;
            row += height(index, m);
            (index, m, at)
        })
        .collect()
}

/// One row: the text with the characters that match, something at the right.
struct Row<'a> {
    text: &'a str,
    matched: &'a [u32],
    right: &'a str,
    enabled: bool,
    outside: bool,
}

fn draw_row(canvas: &mut Canvas, area: Area, row: u16, selected: bool, item: &Row) {
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
pub fn palette(canvas: &mut Canvas, app: &App, layout: &Layout, list: &List<Command>) {
    let area = open(canvas, layout, list, T::PaletteTitle, 76);
    let filtering = !list.input.text().trim().is_empty();
    let why = |index: usize, m: &Match| {
        let command = list.items.get(m.index)?;
        let reason = command.enabled(app).err()?;
        (filtering || index == list.selected).then_some(reason)
    };
    let rows = shown(list, area.height, |index, m| 1 + u16::from(why(index, m).is_some()));
    let scopes = app.scopes();
    for (index, m, row) in rows {
        let Some(command) = list.items.get(m.index).copied() else { continue };
        let keys = app.keymap.keys_of(command, &scopes);
        let item = Row {
            text: canvas.text(command.entry().title),
            matched: &m.positions,
            right: &keys,
            enabled: command.enabled(app).is_ok(),
            outside: false,
        };
        draw_row(canvas, area, row, index == list.selected, &item);
        if let Some(reason) = why(index, m) {
            let style = canvas.theme.dim;
            let text = canvas.text(reason);
            let mut pen = canvas.pen(area, row + 1);
            pen.skip(2);
            let room = pen.room();
            pen.own_cut(text, room, style);
        }
    }
}

/// Files of the workspace, and samples.
pub fn picker(canvas: &mut Canvas, app: &App, layout: &Layout, list: &List<PickerItem>) {
    let area = open(canvas, layout, list, T::PickerTitle, 76);
    for (index, m, row) in shown(list, area.height, |_, _| 1) {
        let Some(item) = list.items.get(m.index) else { continue };
        let file = match item.what {
            PickerTarget::File(id) => app.files.get(id),
            PickerTarget::Sample(_) => None,
        };
        let modified = file.is_some_and(|file| file.editor.is_modified());
        let on_screen = file.is_some_and(|f| [app.policy_file, app.manifest_file].contains(&Some(f.id)));
        let right = match (modified, on_screen) {
            (true, _) => format!("● {}", canvas.text(T::PaneEdited)),
            (false, true) => canvas.text(T::PickerShown).to_owned(),
            (false, false) => String::new(),
        };
        let row_item =
            Row { text: &item.name, matched: &m.positions, right: &right, enabled: true, outside: true };
        draw_row(canvas, area, row, index == list.selected, &row_item);
    }
}

/// Commands by heading, with all their keys.
pub fn help(canvas: &mut Canvas, app: &App, layout: &Layout, list: &List<HelpRow>) {
    let area = open(canvas, layout, list, T::HelpTitle, 92);
    let filtering = !list.input.text().trim().is_empty();
    let heading = |m: &Match| list.items.get(m.index).and_then(|row| row.heading).filter(|_| !filtering);
    let rows = shown(list, area.height, |index, m| {
        // A blank line before each heading but the first.
        1 + heading(m).map_or(0, |_| 1 + u16::from(index > 0))
    });
    for (index, m, row) in rows {
        let Some(item) = list.items.get(m.index) else { continue };
        let mut row = row;
        if let Some(title) = heading(m) {
            row += u16::from(index > 0);
            let style = canvas.theme.title_focused;
            let text = canvas.text(title);
            canvas.pen(area, row).own(text, style);
            row += 1;
        }
        let enabled = item.command.enabled(app).is_ok();
        let title = canvas.text(item.command.entry().title);
        let keys = shortened(&item.keys, area.width.saturating_sub(cells(title) + 6).max(12));
        let matched: Vec<u32> = m.positions.clone();
        let row_item = Row { text: title, matched: &matched, right: &keys, enabled, outside: false };
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
