//! Draws the decision pane: the lines that [`Sheet`] made, in the styles of their meaning.

use ratatui::style::Style;

use crate::app::App;
use crate::app::layout::Area;
use crate::app::layout::decision::{Hit, Line, Sheet, Span, Tone};
use crate::app::panes::PaneId;
use crate::strings::T;
use crate::ui::canvas::Canvas;
use crate::ui::panes;
use crate::ui::theme::Theme;

/// Draws the pane with its border.
pub fn draw(canvas: &mut Canvas, app: &App, area: Area) {
    let focused = app.focus == PaneId::Decision;
    canvas.border(area, focused);
    panes::title(canvas, area, &panes::decision_title(canvas, focused), &[]);
    let sheet = Sheet::of(app);
    draw_sheet(canvas, area, &sheet, focused);
}

/// Draws the lines of a sheet into a pane with its border.
pub fn draw_sheet(canvas: &mut Canvas, area: Area, sheet: &Sheet, focused: bool) {
    let inner = area.inner();
    let mut caret = None;
    for (row, line) in sheet.shown().enumerate() {
        let y = row as u16;
        let old = sheet.stale.as_ref().is_some_and(|why| !why.contains(&row));
        draw_line(canvas, inner, y, line, sheet, old);
        if line.selected && focused && matches!(line.hit, Some(Hit::Finding(_))) {
            let theme = canvas.theme;
            canvas.tint(inner.below(y).top(1), theme.chosen);
            caret = caret.or(Some((inner.x, inner.y + y)));
        }
    }
    if focused {
        canvas.cursor = caret.or(Some((inner.x, inner.y)));
    }
    let below = sheet.below();
    if below > 0 {
        let text = format!(" ↓ {} ", T::SheetBelow.fill(canvas.lang, &[("count", &below)]));
        let style = if focused { canvas.theme.title_focused } else { canvas.theme.title };
        panes::foot(canvas, area, &text, style);
    }
}

fn draw_line(canvas: &mut Canvas, inner: Area, row: u16, line: &Line, sheet: &Sheet, old: bool) {
    let theme = canvas.theme;
    let width = usize::from(inner.width);
    let end = inner.x + line.left_end(width) as u16;
    let count = line.left.len();
    for (index, (column, span)) in sheet.columns(line).into_iter().enumerate() {
        let style = if old { old_style(theme, span) } else { style(theme, span.tone) };
        let right = index >= count;
        let limit = if right { inner.right() } else { end };
        let x = inner.x + column;
        let cells = limit.saturating_sub(x);
        let mut pen = canvas.pen(inner, row);
        pen.go_to(x);
        // Blanks have no style of their own: an underline or a background would show.
        match span.outside {
            true => pen.outside_cut(&span.text, cells, style),
            false => pen.own_cut(&span.text, cells, style),
        };
    }
}

fn style(theme: &Theme, tone: Tone) -> Style {
    match tone {
        Tone::Plain => theme.base,
        Tone::Dim | Tone::Heading => theme.dim,
        Tone::Strong | Tone::Key => theme.strong,
        Tone::Verdict(verdict) => theme.verdict(verdict),
        Tone::Link => theme.link,
        Tone::Danger => theme.deny,
        Tone::Fault => theme
            .severity(crate::core::diagnostics::Severity::Error)
            .remove_modifier(ratatui::style::Modifier::BOLD),
    }
}

/// A decision that is out of date keeps its words and loses its colours.
fn old_style(theme: &Theme, span: &Span) -> Style {
    match span.tone {
        Tone::Verdict(_) | Tone::Strong => theme.dim.add_modifier(ratatui::style::Modifier::BOLD),
        _ => theme.dim,
    }
}
