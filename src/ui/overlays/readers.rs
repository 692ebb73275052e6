//! Texts to read: messages, a comparison, a finding in full.

use super::{cells, window};
use crate::app::App;
use crate::app::layout::Area;
use crate::app::layout::decision::{age, wrap};
use crate::app::layout::windows;
use crate::app::overlays::diff::{DiffView, Side};
use crate::core::diagnostics::Severity;
use crate::strings::T;
use crate::ui::canvas::Canvas;

/// The window of a text.
fn open(canvas: &mut Canvas, app: &App, title: &str, right: &str) -> Area {
    window(canvas, windows::reader(app), title, right).narrowed(1)
}

/// Messages that have faded, newest first.
pub fn messages(canvas: &mut Canvas, app: &App, scroll: usize) {
    let area = open(canvas, app, canvas.text(T::MessagesTitle), "");
    let theme = canvas.theme;
    let mut row = 0;
    for message in app.messages.all().skip(scroll) {
        let old =
            T::AgeAgo.fill(canvas.lang, &[("age", &age(app.now.saturating_sub(message.at), canvas.lang))]);
        let (sign, style) = match message.severity {
            Severity::Error => ("✗ ", theme.deny),
            Severity::Warning => ("! ", theme.warn),
            Severity::Note => ("  ", theme.base),
        };
        let room = usize::from(area.width.saturating_sub(14));
        for (index, line) in wrap(&message.text, room).iter().enumerate() {
            let mut pen = canvas.pen(area, row);
            if index == 0 {
                pen.own(&old, theme.dim).go_to(area.x + 12).own(sign, style);
            }
            pen.go_to(area.x + 14).outside(line, theme.base);
            row += 1;
        }
        if row >= area.height {
            break;
        }
    }
    if row == 0 {
        let text = canvas.text(T::MessagesNone);
        canvas.pen(area, 0).own(text, theme.dim);
    }
}

/// Two texts compared, line by line.
pub fn diff(canvas: &mut Canvas, app: &App, view: &DiffView) {
    let theme = canvas.theme;
    let sides = format!("- {}   + {}", view.sides.0, view.sides.1);
    let area = open(canvas, app, &view.title, &sides);
    let digits = view.lines.iter().flatten().filter_map(|line| line.new.max(line.old)).max().unwrap_or(1);
    let digits = digits.to_string().len();
    let number = |n: Option<usize>| n.map_or_else(|| " ".repeat(digits), |n| format!("{n:>digits$}"));
    for (row, line) in view.lines.iter().skip(view.scroll).take(area.height.into()).enumerate() {
        let mut pen = canvas.pen(area, row as u16);
        let Some(line) = line else {
            pen.own("…", theme.dim);
            continue;
        };
        let (sign, style) = match line.side {
            Side::Both => (" ", theme.base),
            Side::Old => ("-", theme.diff_old),
            Side::New => ("+", theme.diff_new),
        };
        pen.own(&number(line.old), theme.dim).own(" ", theme.dim).own(&number(line.new), theme.dim);
        pen.own(" ", style).own(sign, style).own(" ", style);
        let room = pen.room();
        pen.outside_cut(&line.text.replace('\t', "    "), room, style);
    }
    if view.lines.is_empty() {
        let text = canvas.text(T::DiffSame);
        canvas.pen(area, 0).own(text, theme.dim);
    }
}

/// A text in full.
pub fn whole(canvas: &mut Canvas, app: &App, title: &str, text: &str, scroll: usize) {
    let area = open(canvas, app, title, "");
    let style = canvas.theme.base;
    let lines: Vec<String> =
        text.lines().flat_map(|line| wrap(line, usize::from(area.width.max(2)))).collect();
    for (row, line) in lines.iter().skip(scroll).take(area.height.into()).enumerate() {
        canvas.pen(area, row as u16).outside(line, style);
    }
    let below = lines.len().saturating_sub(scroll + usize::from(area.height));
    if below > 0 {
        let text = format!("↓ {}", T::SheetBelow.fill(canvas.lang, &[("count", &below)]));
        let line = Area::new(area.x, area.bottom(), area.width, 1);
        let x = line.right().saturating_sub(cells(&text));
        let style = canvas.theme.title_focused;
        canvas.pen(line, 0).go_to(x).own(&text, style);
    }
}
