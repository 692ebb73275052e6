//! The names that fit at the caret, below the word that is being typed.

use super::cells;
use crate::app::App;
use crate::app::layout::Area;
use crate::app::layout::completion::{CompletionPlace, place};
use crate::app::layout::decision::wrap;
use crate::app::overlays::completion::{Completion, Offer};
use crate::ui::canvas::Canvas;

/// The cells of a type that are worth drawing.
const SHORTEST_TYPE: u16 = 4;

/// Draws the open list over the panes. The cursor stays at the caret.
pub fn draw(canvas: &mut Canvas, app: &App) {
    let (Some(open), Some(place)) = (&app.completion, place(app)) else { return };
    canvas.clear(place.window);
    canvas.border(place.window, false);
    let shown = open.offers.iter().enumerate().skip(place.first).take(usize::from(place.rows.height));
    for (row, (index, offer)) in shown.enumerate() {
        draw_offer(canvas, &place, row as u16, offer, &open.typed);
        if index == open.selected {
            let line = Area::new(place.window.x + 1, place.rows.y + row as u16, place.window.width - 2, 1);
            canvas.tint(line, canvas.theme.chosen);
        }
    }
    draw_count(canvas, open, &place);
    draw_doc(canvas, open, &place);
}

/// The name with the part that was typed, and its type in a column of its own.
fn draw_offer(canvas: &mut Canvas, place: &CompletionPlace, row: u16, offer: &Offer, typed: &str) {
    let theme = canvas.theme;
    let mut pen = canvas.pen(place.rows, row);
    let room = pen.room();
    let lower = offer.name.to_ascii_lowercase();
    let parts =
        lower.find(&typed.to_ascii_lowercase()).filter(|_| cells(&offer.name) <= room).and_then(|at| {
            let (head, rest) = offer.name.split_at_checked(at)?;
            let (hit, tail) = rest.split_at_checked(typed.len())?;
            Some((head, hit, tail))
        });
    match parts {
        Some((head, hit, tail)) => {
            let matched = theme.base.patch(theme.matched);
            pen.outside(head, theme.base).outside(hit, matched).outside(tail, theme.base);
        }
        None => {
            pen.outside_cut(&offer.name, room, theme.base);
        }
    }
    // A name that is longer than most pushes its type away.
    pen.skip(2).go_to(place.types);
    let room = pen.room();
    if room >= SHORTEST_TYPE {
        pen.outside_cut(&offer.what, room, theme.base.patch(theme.dim));
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
    if place.rule {
        let rule = Area::new(place.window.x, place.doc.y.saturating_sub(1), place.window.width, 1);
        let style = theme.base.patch(theme.border);
        canvas.pen(rule, 0).own("├", style).fill_to(rule.right() - 1, '─', style).own("┤", style);
    }
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
