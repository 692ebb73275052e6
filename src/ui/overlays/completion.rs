//! The names that fit at the caret, below the word that is being typed.

use super::cells;
use crate::app::App;
use crate::app::layout::Area;
use crate::app::layout::completion::{CompletionPlace, place};
use crate::app::layout::decision::wrap;
use crate::app::overlays::completion::{Completion, Offer};
use crate::ui::canvas::Canvas;

/// Draws the open list over the panes. The cursor stays at the caret.
pub fn draw(canvas: &mut Canvas, app: &App) {
    let (Some(open), Some(place)) = (&app.completion, place(app)) else { return };
    canvas.clear(place.window);
    canvas.border(place.window, false);
    let shown = open.offers.iter().enumerate().skip(place.first).take(usize::from(place.rows.height));
    for (row, (index, offer)) in shown.enumerate() {
        draw_offer(canvas, place.rows, row as u16, offer, &open.typed);
        if index == open.selected {
            let line = Area::new(place.window.x + 1, place.rows.y + row as u16, place.window.width - 2, 1);
            canvas.tint(line, canvas.theme.chosen);
        }
    }
    draw_count(canvas, open, &place);
    draw_doc(canvas, open, &place);
}

/// The name with the part that was typed, its type at the right.
fn draw_offer(canvas: &mut Canvas, area: Area, row: u16, offer: &Offer, typed: &str) {
    let theme = canvas.theme;
    let mut pen = canvas.pen(area, row);
    let wanted = cells(&offer.what);
    // A name is more than its type.
    let least = cells(&offer.name).min(pen.room());
    let types = wanted.min(pen.room().saturating_sub(least + 2));
    let room = if types < 3 { pen.room() } else { pen.room() - types - 2 };
    let lower = offer.name.to_ascii_lowercase();
    let at = lower.find(&typed.to_ascii_lowercase()).filter(|_| cells(&offer.name) <= room);
    let parts = at.and_then(|at| {
        let (head, rest) = offer.name.split_at_checked(at)?;
        let (hit, tail) = rest.split_at_checked(typed.len())?;
        Some((head, hit, tail))
    });
    match parts {
        Some((head, hit, tail)) => {
            pen.outside(head, theme.base)
                .outside(hit, theme.base.patch(theme.matched))
                .outside(tail, theme.base);
        }
        None => {
            pen.outside_cut(&offer.name, room, theme.base);
        }
    }
    if types >= 3 {
        pen.go_to(area.right() - types).outside_cut(&offer.what, types, theme.base.patch(theme.dim));
    }
}

/// Which of how many, on the lower border, where not all are shown.
fn draw_count(canvas: &mut Canvas, open: &Completion, place: &CompletionPlace) {
    if open.offers.len() <= usize::from(place.rows.height) {
        return;
    }
    let count = format!(" {}/{} ", open.selected + 1, open.offers.len());
    let line = place.window.foot(1).narrowed(1);
    let style = canvas.theme.base.patch(canvas.theme.dim);
    let mut pen = canvas.pen(line, 0);
    pen.go_to(line.right().saturating_sub(cells(&count))).own(&count, style);
}

/// A rule, and below it what the chosen field means for security.
fn draw_doc(canvas: &mut Canvas, open: &Completion, place: &CompletionPlace) {
    if place.doc.is_empty() {
        return;
    }
    let theme = canvas.theme;
    let rule = Area::new(place.window.x + 1, place.doc.y - 1, place.window.width - 2, 1);
    canvas.pen(rule, 0).fill_to(rule.right(), '─', theme.base.patch(theme.border));
    let Some(doc) = open.chosen().and_then(|offer| offer.doc) else { return };
    let lines = wrap(canvas.text(doc), usize::from(place.doc.width));
    let last = usize::from(place.doc.height) - 1;
    for (row, line) in lines.iter().enumerate().take(last + 1) {
        let mut pen = canvas.pen(place.doc, row as u16);
        if row == last && lines.len() > last + 1 {
            let rest = lines.get(row..).unwrap_or_default().join(" ");
            pen.own_cut(&rest, place.doc.width, theme.base);
        } else {
            pen.own(line, theme.base);
        }
    }
}
