//! Frames and titles of the panes, and the text panes.

use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::app::App;
use crate::app::command::Command;
use crate::app::files::OpenFile;
use crate::app::layout::decision::{keys_here, middle_cut};
use crate::app::layout::{Area, Shape};
use crate::app::panes::PaneId;
use crate::core::file::Role;
use crate::core::text::width::width;
use crate::strings::T;
use crate::ui::canvas::Canvas;
use crate::ui::editor::{self, EditorPaint};
use crate::ui::{notices, prompt};

/// A piece of a title: text, style, whether the text is from outside.
pub struct Piece {
    pub text: String,
    pub style: Style,
    pub outside: bool,
}

impl Piece {
    fn own(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, outside: false }
    }

    fn outside(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, outside: true }
    }
}

fn cells(pieces: &[Piece]) -> u16 {
    pieces.iter().flat_map(|piece| piece.text.graphemes(true)).map(|grapheme| width(grapheme) as u16).sum()
}

/// Writes a title on the upper border: one part at its left, one at its right if both fit.
pub fn title(canvas: &mut Canvas, area: Area, left: &[Piece], right: &[Piece]) {
    let line = area.top(1).narrowed(1);
    let used = cells(left);
    let mut pen = canvas.pen(line, 0);
    for piece in left {
        let room = pen.room();
        if piece.outside {
            pen.outside_cut(&piece.text, room, piece.style);
        } else {
            pen.own_cut(&piece.text, room, piece.style);
        }
    }
    let wanted = cells(right);
    if right.is_empty() || used + wanted + 1 > line.width {
        return;
    }
    pen.go_to(line.right() - wanted);
    for piece in right {
        if piece.outside {
            pen.outside(&piece.text, piece.style);
        } else {
            pen.own(&piece.text, piece.style);
        }
    }
}

/// Writes at the right of the lower border.
pub fn foot(canvas: &mut Canvas, area: Area, text: &str, style: Style) {
    let line = area.foot(1).narrowed(1);
    let cells = text.graphemes(true).map(width).sum::<usize>() as u16;
    if cells < line.width {
        canvas.pen(line, 0).go_to(line.right() - cells).own(text, style);
    }
}

/// `3 Decision`
#[must_use]
pub fn decision_title(canvas: &Canvas, focused: bool) -> Vec<Piece> {
    let style = if focused { canvas.theme.title_focused } else { canvas.theme.title };
    vec![Piece::own(format!(" {} {} ", PaneId::Decision.number(), canvas.text(T::PaneDecision)), style)]
}

/// Draws a text pane with its border.
pub fn draw(canvas: &mut Canvas, app: &App, pane: PaneId, area: Area) {
    let focused = app.focus == pane;
    canvas.border(area, focused);
    let layout = app.layout();
    let mut left = pane_title(canvas, app, pane, focused);
    let mut right = Vec::new();
    if layout.shape == Shape::Tabs {
        if app.file_of(pane).is_some_and(|file| file.editor.is_modified()) {
            left.push(Piece::own("● ", canvas.theme.modified));
        }
        let other = if pane == PaneId::Policy { PaneId::Manifest } else { PaneId::Policy };
        left.push(Piece::own("  ", canvas.theme.title));
        left.extend(pane_title(canvas, app, other, false));
        if app.file_of(other).is_some_and(|file| file.editor.is_modified()) {
            left.push(Piece::own("● ", canvas.theme.modified));
        }
        if let Some(file) = app.file_of(pane) {
            let at = file.editor.buffer().position(file.editor.selection().head);
            right.push(Piece::own(format!(" {}:{} ", at.line, at.column), canvas.theme.dim));
        }
    } else if let Some(file) = app.file_of(pane) {
        right = file_state(canvas, file);
        // In a narrow pane signs say the same.
        if cells(&left) + cells(&right) + 3 > area.width {
            right = short_state(canvas, file);
        }
        let room = area.width.saturating_sub(cells(&right) + 3);
        shorten(&mut left, room);
    }
    title(canvas, area, &left, &right);
    let Some(file) = app.file_of(pane) else {
        nothing_open(canvas, app, area);
        return;
    };
    let Some(areas) = app.editor_areas(pane) else { return };
    notices::draw(canvas, app, file, &areas);
    let find = app.find.as_ref().filter(|_| focused);
    let paint = EditorPaint {
        editor: &file.editor,
        view: file.view,
        diagnostics: &file.diagnostics,
        matches: find.map(|find| &find.matches),
        focused,
    };
    let caret = editor::draw(canvas, &areas, &paint);
    if focused {
        canvas.cursor = caret;
    }
    if let Some(find) = find {
        prompt::find_bar(canvas, find, areas.bar, &file.editor);
    }
}

/// Cuts the file's name so that the title fits.
fn shorten(pieces: &mut [Piece], room: u16) {
    let over = cells(pieces).saturating_sub(room);
    if over > 0
        && let Some(name) = pieces.iter_mut().find(|piece| piece.outside)
    {
        let keep = width(&name.text).saturating_sub(usize::from(over)).max(6);
        name.text = middle_cut(&name.text, keep);
    }
}

/// `2 Pod  verybad.yaml`
fn pane_title(canvas: &Canvas, app: &App, pane: PaneId, focused: bool) -> Vec<Piece> {
    let theme = canvas.theme;
    let style = if focused { theme.title_focused } else { theme.title };
    let file = app.file_of(pane);
    let mut pieces = vec![Piece::own(format!(" {} ", pane.number()), style)];
    match (pane, file) {
        (PaneId::Policy, _) => pieces.push(Piece::own(canvas.text(T::PanePolicy), style)),
        (_, Some(file)) if file.role == Role::Data => {
            pieces.push(Piece::own(canvas.text(T::PaneData), style))
        }
        (_, file) => match file.and_then(|file| kind(app, file)) {
            Some(kind) => pieces.push(Piece { text: kind.to_owned(), style, outside: false }),
            None => pieces.push(Piece::own(canvas.text(T::PaneManifest), style)),
        },
    }
    let Some(file) = file else {
        pieces.push(Piece::own(" ", style));
        return pieces;
    };
    pieces.push(Piece::own("  ", style));
    pieces.push(Piece::outside(file.name.clone(), style));
    let ids: Vec<_> = app.files.of_pane(pane == PaneId::Policy).map(|file| file.id).collect();
    if ids.len() > 1 {
        let number = ids.iter().position(|id| *id == file.id).map_or(0, |at| at + 1);
        pieces.push(Piece::own(format!(" {number}/{}", ids.len()), theme.dim));
    }
    pieces.push(Piece::own(" ", style));
    pieces
}

/// The kind of the object at the caret, as far as the last decision knows it.
fn kind<'a>(app: &'a App, file: &OpenFile) -> Option<&'a str> {
    let caret = file.editor.selection().head;
    let documents =
        || app.decision.shown.iter().flat_map(|e| e.written()).filter(|d| d.place.file == file.id);
    let here = documents().filter(|document| document.place.range.start <= caret).last();
    let document = here.or_else(|| documents().next())?;
    (!document.kind.is_empty()).then_some(document.kind.as_str())
}

/// At the right of the title: errors, read-only, edited.
fn file_state(canvas: &Canvas, file: &OpenFile) -> Vec<Piece> {
    let theme = canvas.theme;
    let mut pieces = Vec::new();
    match file.diagnostics.error_count() {
        0 => {}
        1 => pieces.push(Piece::own(format!(" {} ", canvas.text(T::PaneOneError)), theme.deny)),
        count => {
            let text = T::PaneErrors.fill(canvas.lang, &[("count", &count)]);
            pieces.push(Piece::own(format!(" {text} "), theme.deny));
        }
    }
    if file.is_read_only() {
        pieces.push(Piece::own(format!(" {} ", canvas.text(T::PaneReadOnly)), theme.warn));
    }
    if file.editor.is_modified() {
        pieces.push(Piece::own(format!(" ● {} ", canvas.text(T::PaneEdited)), theme.modified));
    }
    pieces
}

/// The same in signs: `E2 ●`.
fn short_state(canvas: &Canvas, file: &OpenFile) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let errors = file.diagnostics.error_count();
    if errors > 0 {
        pieces.push(Piece::own(format!(" E{errors} "), canvas.theme.deny));
    }
    if file.editor.is_modified() {
        pieces.push(Piece::own(" ● ", canvas.theme.modified));
    }
    pieces
}

fn nothing_open(canvas: &mut Canvas, app: &App, area: Area) {
    let open = keys_here(app, Command::Open);
    let samples = keys_here(app, Command::OpenSample);
    let text = T::PaneNothingOpen.fill(canvas.lang, &[("open", &open), ("samples", &samples)]);
    let inner = area.inner().narrowed(1);
    let style = canvas.theme.base;
    let lines = crate::app::layout::decision::wrap(&text, usize::from(inner.width));
    for (row, line) in lines.iter().enumerate() {
        canvas.pen(inner, row as u16 + 1).own(line, style);
    }
}
