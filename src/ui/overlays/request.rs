//! The pane of the request.

use super::window;
use crate::app::App;
use crate::app::layout::decision::sign;
use crate::app::layout::request::{self as place, Row};
use crate::app::overlays::request::RequestPane;
use crate::core::diagnostics::Severity;
use crate::core::text::width::width;
use crate::strings::{self, T};
use crate::ui::canvas::Canvas;
use crate::ui::prompt::input_line;

/// Draws the pane.
pub fn draw(canvas: &mut Canvas, app: &App, pane: &RequestPane) {
    let place = place::window(app, pane);
    // Where the decision is covered, its word stands in the border.
    let verdict = app.decision.shown.as_ref().filter(|_| place.alone).map(|shown| {
        let verdict = shown.verdict();
        format!("{} {}", sign(verdict), strings::verdict(verdict, canvas.lang))
    });
    window(canvas, place.window, canvas.text(T::RequestTitle), verdict.as_deref().unwrap_or_default());
    for row in &place.rows {
        draw_row(canvas, pane, row);
    }
    let wrong = pane.fault(pane.field).map(|fault| fault.text(canvas.lang));
    let (text, style) = match &wrong {
        Some(text) => (text.as_str(), canvas.theme.severity(Severity::Error)),
        None => (canvas.text(pane.field.about()), canvas.theme.dim),
    };
    let mut pen = canvas.pen(place.foot, 0);
    let room = pen.room();
    pen.outside_cut(text, room, style);
}

fn draw_row(canvas: &mut Canvas, pane: &RequestPane, row: &Row) {
    let theme = canvas.theme;
    let focused = row.field == pane.field;
    let label = canvas.text(row.field.label());
    let style = if focused { theme.strong } else { theme.dim };
    let mut pen = canvas.pen(row.label, 0);
    if pane.fault(row.field).is_some() {
        pen.own("✗ ", theme.deny);
    } else {
        pen.own(if focused { "▶ " } else { "  " }, style);
    }
    let room = pen.room().saturating_sub(1);
    pen.own_cut(label, room, style);
    if let Some(input) = pane.input(row.field) {
        let caret = input_line(canvas, row.value, input, focused);
        if focused {
            canvas.cursor = caret;
        }
        if input.text().is_empty() {
            let placeholder = row.field.placeholder(canvas.lang);
            let mut pen = canvas.pen(row.value, 0);
            let room = pen.room();
            pen.outside_cut(&placeholder, room, theme.dim);
        }
        return;
    }
    for (x, name, chosen) in &row.choices {
        let style = match (chosen, focused) {
            (true, true) => theme.button_focused,
            (true, false) => theme.strong,
            _ => theme.dim,
        };
        let (open, close) = match (row.stepped, chosen) {
            (true, _) => ("‹", "›"),
            (false, true) => ("[", "]"),
            (false, false) => (" ", " "),
        };
        let mut pen = canvas.pen(row.value, 0);
        pen.go_to(*x).own(open, style);
        let room = pen.room().saturating_sub(width(close) as u16);
        pen.outside_cut(name, room, style).own(close, style);
        if focused && *chosen {
            canvas.cursor = Some((*x, row.value.y));
        }
    }
}
