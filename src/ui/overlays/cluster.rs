//! Windows about clusters: whom to ask, what may run, what would be stored, what was asked.

use super::lists::{Row, draw_row, open};
use super::{cells, window};
use crate::app::App;
use crate::app::cluster::Plugin;
use crate::app::layout::decision::{age, padded, wrap};
use crate::app::layout::{Area, windows};
use crate::app::overlays::Prompt;
use crate::app::overlays::cluster::{ChooseContexts, LogView, ServerDiff, TypeName};
use crate::core::dry_run::{DiffRow, RowKind, Verdict, Versions, role};
use crate::strings::{self, T};
use crate::ui::canvas::Canvas;
use crate::ui::prompt::input_line;
use ratatui::style::Style;

/// From this many columns on two versions stand side by side.
const SIDE_BY_SIDE: u16 = 116;

/// The contexts of the kubeconfig, with a tick before those that are asked.
pub fn contexts(canvas: &mut Canvas, app: &App, choose: &ChooseContexts) {
    let place = windows::list(app, &choose.list, true, |_, _| 1);
    open(canvas, &place, &choose.list, T::ContextsTitle, T::ListNothing);
    let theme = canvas.theme;
    let ticked = T::ContextsTicked.fill(canvas.lang, &[("count", &choose.ticked.len())]);
    let foot = place.window.foot(1).narrowed(2);
    let x = foot.right().saturating_sub(cells(&ticked) + 2);
    canvas.pen(foot, 0).go_to(x).own(" ", theme.dim).own(&ticked, theme.title_focused).own(" ", theme.dim);
    for (index, row, _) in place.shown {
        let Some(found) = choose.list.matches.get(index) else { continue };
        let Some(context) = choose.list.items.get(found.index) else { continue };
        let is_ticked = choose.ticked.contains(&context.name);
        let area = Area { x: place.rows.x + 4, width: place.rows.width.saturating_sub(4), ..place.rows };
        let mut pen = canvas.pen(place.rows, row);
        pen.own(if is_ticked { "[✓] " } else { "[ ] " }, if is_ticked { theme.strong } else { theme.dim });
        let right = crate::core::display_safe::one_line(&context.server);
        // What is matched begins with the name.
        let item = Row {
            text: &context.name,
            matched: &found.positions,
            right: &right,
            enabled: true,
            outside: true,
        };
        draw_row(canvas, area, row, index == choose.list.selected, &item);
        if app.cluster.is_production(&context.name) {
            let name =
                Area { x: area.x, y: area.y + row, width: cells(&context.name).min(area.width), height: 1 };
            canvas.tint(name, theme.deny);
        }
    }
}

/// A name that looks like production has to be typed.
pub fn type_name(canvas: &mut Canvas, app: &App, name: &TypeName) {
    let inside = window(canvas, windows::word(app), canvas.text(T::TypeNameTitle), "").narrowed(1);
    let theme = canvas.theme;
    let mut row = 0;
    for line in wrap(canvas.text(T::TypeNameAsk), usize::from(inside.width)) {
        canvas.pen(inside, row).own(&line, theme.base);
        row += 1;
    }
    row += 1;
    canvas.pen(inside, row).outside_cut(&name.context, inside.width, theme.deny);
    row += 1;
    canvas.pen(inside, row).own("> ", theme.matched);
    let line = Area { x: inside.x + 2, width: inside.width.saturating_sub(2), ..inside.below(row).top(1) };
    canvas.cursor = input_line(canvas, line, &name.input, true);
    if name.wrong {
        let text = canvas.text(T::TypeNameWrong);
        canvas.pen(inside, row + 1).own(text, theme.deny);
    }
}

/// Whether a program may run. Everything that it would do is in sight.
pub fn consent(canvas: &mut Canvas, app: &App, plugin: &Plugin, terminal: bool) {
    let area = windows::word(app);
    let width = usize::from(area.inner().narrowed(1).width);
    let lang = canvas.lang;
    let theme = canvas.theme;
    let mut lines: Vec<(String, Style, bool)> = Vec::new();
    let own = |text: T| wrap(text.text(lang), width).into_iter().map(|line| (line, theme.base, false));
    lines.extend(own(T::ConsentAsk));
    let argv: Vec<String> = plugin.argv.iter().map(|word| crate::core::dry_run::quote(word)).collect();
    lines.extend(
        wrap(&argv.join(" "), width.saturating_sub(2))
            .into_iter()
            .map(|line| (format!("  {line}"), theme.strong, true)),
    );
    for (label, value) in [
        (T::ConsentContext, plugin.context.clone()),
        (T::ConsentServer, plugin.server.clone()),
        (T::ConsentUser, plugin.user.clone()),
        (T::ConsentFile, plugin.file.display().to_string()),
        (T::ConsentVariables, plugin.variables.join(", ")),
    ] {
        if !value.is_empty() {
            let text = format!("{} {value}", padded(label.text(lang), 13));
            lines.push((text, theme.base, true));
        }
    }
    if terminal {
        lines.extend(own(T::ConsentTerminal));
    }
    // As high as it must be: nothing of what is agreed to may be cut.
    let rows = (lines.len() as u16 + 2).min(app.layout().screen.height.saturating_sub(4));
    let area = Area { height: rows + 1, ..area };
    let inside = window(canvas, area, canvas.text(T::ConsentTitle), "").narrowed(1);
    for (row, (line, style, outside)) in lines.iter().enumerate() {
        let mut pen = canvas.pen(inside, row as u16);
        let room = pen.room();
        if *outside {
            pen.outside_cut(line, room, *style)
        } else {
            pen.own_cut(line, room, *style)
        };
    }
}

/// The field manager, and those that the live object knows.
pub fn manager(canvas: &mut Canvas, app: &App, prompt: &Prompt, seen: &[String]) {
    super::dialogues::prompt(canvas, app, prompt);
    if prompt.error.is_none() && !seen.is_empty() {
        let inside = windows::prompt(app).inner().narrowed(1);
        let text = T::ManagerSeen.fill(canvas.lang, &[("names", &seen.join(", "))]);
        let style = canvas.theme.dim;
        canvas.pen(inside, 1).outside_cut(&text, inside.width, style);
    }
}

/// What would be stored, against what was written or what is there: in words, then line by line.
pub fn server_diff(canvas: &mut Canvas, app: &App, view: &ServerDiff) {
    let which = match view.versions {
        Versions::YoursToServer => T::DiffYours,
        Versions::LiveToServer => T::DiffLive,
    };
    let area = windows::wide_reader(app);
    let inside = window(canvas, area, &view.title, canvas.text(which)).narrowed(1);
    let theme = canvas.theme;
    let Some(diff) = view.shown() else {
        let text = canvas.text(T::DiffUnknown);
        canvas.pen(inside, 0).own(text, theme.dim);
        return;
    };
    if diff.is_empty() {
        let text = match view.versions {
            Versions::YoursToServer => T::DiffNothingYours,
            Versions::LiveToServer => T::DiffNothingLive,
        };
        let text = canvas.text(text);
        canvas.pen(inside, 0).own(text, theme.dim);
        return;
    }
    let beside = inside.width >= SIDE_BY_SIDE;
    let mut lines: Vec<Shown> = diff
        .changes
        .iter()
        .map(|change| Shown::Words(change.kind, strings::field_change(change, canvas.lang)))
        .collect();
    if view.masked {
        lines.push(Shown::Words(RowKind::Same, canvas.text(T::DiffMasked).to_owned()));
    }
    lines.push(Shown::Gap);
    if beside {
        lines.extend(diff.rows.iter().map(Shown::Both));
    } else {
        lines.extend(diff.unified(3).into_iter().map(|row| match row {
            Some(row) => Shown::One(row.kind, row.text),
            None => Shown::LeftOut,
        }));
    }
    let scroll = view.scroll.min(lines.len().saturating_sub(usize::from(inside.height)));
    for (row, line) in lines.iter().skip(scroll).take(inside.height.into()).enumerate() {
        draw_shown(canvas, inside, row as u16, line);
    }
    let below = lines.len().saturating_sub(scroll + usize::from(inside.height));
    if below > 0 {
        let text = format!(" ↓ {} ", T::SheetBelow.fill(canvas.lang, &[("count", &below)]));
        let style = canvas.theme.title_focused;
        crate::ui::panes::foot(canvas, area, &text, style);
    }
}

/// A line of a comparison.
enum Shown<'d> {
    Words(RowKind, String),
    Both(&'d DiffRow),
    One(RowKind, &'d str),
    LeftOut,
    Gap,
}

fn draw_shown(canvas: &mut Canvas, area: Area, row: u16, line: &Shown) {
    let theme = canvas.theme;
    let look = |kind: RowKind| match kind {
        RowKind::Same => (" ", theme.base),
        RowKind::Added => ("+", theme.diff_new),
        RowKind::Removed => ("-", theme.diff_old),
        RowKind::Changed => ("~", theme.warn),
    };
    match line {
        Shown::Gap => {}
        Shown::LeftOut => drop(canvas.pen(area, row).own("…", theme.dim)),
        Shown::Words(kind, text) => {
            let (sign, style) = look(*kind);
            let mut pen = canvas.pen(area, row);
            pen.own(sign, style).own(" ", theme.base);
            let room = pen.room();
            pen.outside_cut(text, room, theme.base);
        }
        Shown::One(kind, text) => {
            let (sign, style) = look(*kind);
            let mut pen = canvas.pen(area, row);
            pen.own(sign, style).own(" ", style);
            let room = pen.room();
            pen.outside_cut(text, room, style);
        }
        Shown::Both(diff) => {
            let half = area.width.saturating_sub(3) / 2;
            let (left, right) = (
                Area { width: half, ..area },
                Area { x: area.x + half + 3, width: area.width.saturating_sub(half + 3), ..area },
            );
            let sides = match diff.kind {
                RowKind::Changed => ((left, RowKind::Removed), (right, RowKind::Added)),
                kind => ((left, kind), (right, kind)),
            };
            for ((side, kind), text) in [(sides.0, &diff.left), (sides.1, &diff.right)] {
                let Some(text) = text else { continue };
                let (sign, style) = look(kind);
                let mut pen = canvas.pen(side, row);
                pen.own(sign, style).own(" ", style);
                let room = pen.room();
                pen.outside_cut(text, room, style);
            }
            let border = theme.border;
            canvas.pen(area, row).go_to(area.x + half + 1).own("│", border);
        }
    }
}

/// Every action: the command that does the same, the requests, and the Role that was missing.
pub fn log(canvas: &mut Canvas, app: &App, view: &LogView) {
    let area = windows::wide_reader(app);
    let count = app.cluster.log.len();
    let at = if count == 0 { String::new() } else { format!("{} / {count}", view.selected + 1) };
    let inside = window(canvas, area, canvas.text(T::LogTitle), &at).narrowed(1);
    let theme = canvas.theme;
    let lang = canvas.lang;
    if count == 0 {
        let text = canvas.text(T::LogNothing);
        canvas.pen(inside, 0).own(text, theme.dim);
        return;
    }
    let width = usize::from(inside.width.saturating_sub(2));
    let mut lines: Vec<(String, Style, bool)> = Vec::new();
    let mut first = 0;
    for (index, logged) in app.cluster.log.iter().rev().enumerate() {
        let chosen = index == view.selected;
        if chosen {
            first = lines.len();
        }
        let answer = &logged.answer;
        let old = T::AgeAgo.fill(lang, &[("age", &age(app.now.saturating_sub(logged.at), lang))]);
        let object = &answer.target.object;
        let verdict = strings::short_verdict(answer, lang);
        let head = format!("{} · {} {} · {verdict} · {old}", answer.context, object.kind, object.name);
        lines.push((head, if chosen { theme.strong } else { theme.dim }, chosen));
        let command = app.kubectl(answer, &logged.manager);
        let style = if chosen { theme.key } else { theme.base };
        let shown = if chosen { usize::MAX } else { 1 };
        let words = command.lines().flat_map(|line| wrap(line, width));
        lines.extend(words.take(shown).map(|line| (format!("  {line}"), style, chosen)));
        for sent in &answer.requests {
            let words = wrap(&strings::sent(sent), width);
            lines.extend(words.into_iter().take(shown).map(|line| (format!("  {line}"), theme.dim, chosen)));
        }
        if let (Verdict::Forbidden { missing }, true) = (&answer.verdict, chosen) {
            let text = role(missing, T::LogRole.text(lang));
            lines.extend(text.lines().map(|line| (format!("  {line}"), theme.base, chosen)));
        }
        lines.push((String::new(), theme.base, false));
    }
    let height = usize::from(inside.height);
    let last = lines.len().saturating_sub(height);
    let scroll = (first + view.scroll).min(last.max(first));
    for (row, (line, style, chosen)) in lines.iter().skip(scroll).take(height).enumerate() {
        let mut pen = canvas.pen(inside, row as u16);
        pen.own(if *chosen { "▏" } else { " " }, theme.border_focused);
        let room = pen.room();
        pen.outside_cut(line, room, *style);
    }
}
