//! What lies over the panes: lists, dialogues, texts to read, the menu of keys.

mod cluster;
mod completion;
mod dialogues;
mod lists;
mod readers;
mod request;

use crate::app::App;
use crate::app::layout::{self, Area, Layout};
use crate::app::overlays::Overlay;
use crate::core::text::width::width;
use crate::strings::T;
use crate::ui::canvas::Canvas;

/// Draws the overlays, the one that takes the keys last, and the menu of keys.
pub fn draw(canvas: &mut Canvas, app: &App, layout: &Layout) {
    if app.overlays.is_empty() {
        completion::draw(canvas, app);
        which_key(canvas, app, layout);
        return;
    }
    for overlay in &app.overlays {
        // What takes the keys decides where the cursor is; a window without an input hides it.
        canvas.cursor = None;
        match overlay {
            Overlay::Palette(list) => lists::palette(canvas, app, list),
            Overlay::Picker(list) => lists::picker(canvas, app, list),
            Overlay::Help(list) => lists::help(canvas, app, list),
            Overlay::Places { title, list } => lists::places(canvas, app, *title, list),
            Overlay::GoToLine(prompt) | Overlay::SaveAs { prompt, .. } | Overlay::Rename(prompt) => {
                dialogues::prompt(canvas, app, prompt);
            }
            Overlay::Confirm(confirm) => dialogues::confirm(canvas, app, confirm),
            Overlay::Recovery(dialogue) => dialogues::recovery(canvas, app, dialogue),
            Overlay::Request(pane) => request::draw(canvas, app, pane),
            Overlay::Messages { scroll } => readers::messages(canvas, app, *scroll),
            Overlay::Policies(list) => lists::policies(canvas, app, list),
            Overlay::Contexts(choose) => cluster::contexts(canvas, app, choose),
            Overlay::TypeName(name) => cluster::type_name(canvas, app, name),
            Overlay::Manager { prompt, seen } => cluster::manager(canvas, app, prompt, seen),
            Overlay::Consent { plugin, terminal } => cluster::consent(canvas, app, plugin, *terminal),
            Overlay::ServerDiff(view) => cluster::server_diff(canvas, app, view),
            Overlay::Log(view) => cluster::log(canvas, app, view),
            Overlay::Diff(view) => readers::diff(canvas, app, view),
            Overlay::Whole { title, text, scroll } => readers::whole(canvas, app, title, text, *scroll),
        }
    }
}

/// A window with its border and title; gives back its inside.
fn window(canvas: &mut Canvas, area: Area, title: &str, right: &str) -> Area {
    canvas.clear(area);
    canvas.border(area, true);
    let style = canvas.theme.title_focused;
    let dim = canvas.theme.dim;
    let line = area.top(1).narrowed(1);
    let used = cells(right) + 2;
    let mut pen = canvas.pen(line, 0);
    let room = pen.room().saturating_sub(if right.is_empty() { 2 } else { used + 3 });
    pen.own(" ", style).outside_cut(title, room, style).own(" ", style);
    if !right.is_empty() && pen.room() > used {
        pen.go_to(line.right() - used).own(" ", dim).own(right, dim).own(" ", dim);
    }
    area.inner()
}

fn cells(text: &str) -> u16 {
    width(text) as u16
}

/// The keys that can follow the ones typed, in columns.
fn which_key(canvas: &mut Canvas, app: &App, layout: &Layout) {
    let Some(hints) = app.which_key() else { return };
    let screen = layout.screen;
    let entry = hints.iter().map(|hint| cells(&hint.keys) + 1 + cells(hint.label) + 3).max().unwrap_or(0);
    let room = screen.width.saturating_sub(4);
    // As many columns as fit, but no more than make a block that the eye takes in at once.
    let columns = (room / entry.max(1)).clamp(1, 4).min(hints.len().max(1) as u16);
    let rows = (hints.len() as u16).div_ceil(columns);
    let area = layout::sheet(screen, (columns * entry + 3).max(44), rows);
    let title: Vec<String> = app.pending.iter().map(ToString::to_string).collect();
    let inside = window(canvas, area, &title.join(" "), canvas.text(T::MenuBack));
    let theme = canvas.theme;
    let key_cells = hints.iter().map(|hint| cells(&hint.keys)).max().unwrap_or(0);
    for (index, hint) in hints.iter().enumerate() {
        let (row, column) = (index as u16 % rows.max(1), index as u16 / rows.max(1));
        let x = inside.x + 1 + column * entry;
        let cell = Area::new(x, inside.y, entry.min(inside.right().saturating_sub(x)), inside.height);
        let mut pen = canvas.pen(cell, row);
        pen.own(&hint.keys, theme.key).go_to(x + key_cells + 1);
        let room = pen.room();
        pen.own_cut(hint.label, room, theme.base);
    }
}
