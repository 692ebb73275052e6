//! The lines of the screen outside of the panes: header, status, hints.

use unicode_segmentation::UnicodeSegmentation;

use crate::app::command::Command;
use crate::app::layout::decision::{age, milliseconds};
use crate::app::layout::{Layout, Shape};
use crate::app::msg::WatchState;
use crate::app::{App, Mode};
use crate::core::diagnostics::Severity;
use crate::core::text::width::width;
use crate::strings::T;
use crate::ui::canvas::Canvas;

fn cells(text: &str) -> u16 {
    text.graphemes(true).map(width).sum::<usize>() as u16
}

/// The name of the workspace; what about the program's surroundings is not as it should be.
pub fn header(canvas: &mut Canvas, app: &App, layout: &Layout) {
    let area = layout.header;
    if area.is_empty() {
        return;
    }
    let theme = canvas.theme;
    let warning = if app.journal_failed.is_some() {
        Some(T::HeaderJournalFailed)
    } else {
        match app.watching {
            WatchState::Off { .. } => Some(T::HeaderNotWatching),
            WatchState::Polling { .. } => Some(T::HeaderPolling),
            WatchState::Events => None,
        }
    };
    let (cluster, cluster_style) = cluster(canvas, app);
    let warning = warning.map(|text| format!("! {}", canvas.text(text)));
    let right = cells(&cluster) + warning.as_ref().map_or(0, |text| cells(text) + 3) + 1;

    let scratch = canvas.text(T::HeaderScratch);
    let mut pen = canvas.pen(area, 0);
    pen.own(" regoscope", theme.strong).own("  ", theme.base);
    let room = area.right().saturating_sub(right + 2).saturating_sub(pen.column());
    if app.scratch {
        pen.own_cut(scratch, room, theme.base);
    } else {
        pen.outside_cut(&app.workspace, room, theme.base);
    }
    pen.go_to(area.right().saturating_sub(right));
    if let Some(warning) = &warning {
        pen.own(warning, theme.warn).own("   ", theme.base);
    }
    pen.outside(&cluster, cluster_style);
}

/// Whom the user asks: nobody until the first question, then the contexts by name. Those that look like production or
/// cannot be trusted stand out.
fn cluster(canvas: &Canvas, app: &App) -> (String, ratatui::style::Style) {
    let theme = canvas.theme;
    let pane = &app.cluster;
    let Some(first) = pane.columns.first().filter(|_| pane.contacted) else {
        return (canvas.text(T::HeaderCluster).to_owned(), theme.dim);
    };
    let name = crate::app::layout::decision::middle_cut(&crate::core::display_safe::one_line(first), 24);
    let text = match pane.columns.len() {
        1 => T::HeaderContexts.fill(canvas.lang, &[("name", &name)]),
        count => T::HeaderSeveral.fill(canvas.lang, &[("name", &name), ("count", &(count - 1))]),
    };
    let dangerous = |name: &String| {
        pane.is_production(name) || pane.context(name).is_some_and(|context| !context.cautions.is_empty())
    };
    let style = if pane.columns.iter().any(dangerous) { theme.deny } else { theme.strong };
    (text, style)
}

/// State, file and place at the left; a message, or what is to be known about time, at the right.
pub fn status(canvas: &mut Canvas, app: &App, layout: &Layout) {
    let area = layout.status;
    let theme = canvas.theme;
    let lang = canvas.lang;
    let (word, style) = match app.shown_mode() {
        Mode::Edit => (T::StateEdit, theme.edit),
        Mode::Nav => (T::StateNav, theme.nav),
    };
    let shares_line = layout.hints.y == area.y;
    let mut right = String::new();
    let saved = app.focused_file().filter(|file| !file.editor.is_modified()).and_then(|file| file.saved_at);
    if let Some(saved) = saved {
        let old = age(app.now.saturating_sub(saved), lang);
        right = T::StatusSaved.fill(lang, &[("age", &old)]);
    }
    if let Some(shown) = &app.decision.shown {
        if !right.is_empty() {
            right.push_str(" · ");
        }
        right.push_str(&T::StatusEval.fill(lang, &[("time", &milliseconds(shown.elapsed_us))]));
    }
    // What the key for fixes would do here is more than how long it took.
    if let Some(fix) = app.focused_file().filter(|file| !file.is_read_only()).and_then(|file| file.fix_here())
    {
        let key = app.keymap.keys_of(Command::QuickFix, &app.scopes());
        let title = crate::core::display_safe::one_line(&fix.title);
        right = T::FixOffered.fill(lang, &[("fix", &title), ("key", &key)]);
    }
    let message = app.messages.current();
    let mut pen = canvas.pen(area, 0);
    pen.own(" ", style).own(word.text(lang), style).own(" ", style).own(" ", theme.base);
    if !app.pending.is_empty() {
        let keys: Vec<String> = app.pending.iter().map(ToString::to_string).collect();
        pen.own(&keys.join(" "), theme.key).own(" ", theme.base);
    }
    if let Some(file) = app.focused_file().filter(|_| layout.shape != Shape::Tabs || shares_line) {
        let at = file.editor.buffer().position(file.editor.selection().head);
        let place = format!(" {}:{}", at.line, at.column);
        if !shares_line {
            let room = pen.room() / 3;
            pen.outside_cut(&file.name, room.max(12), theme.base);
        }
        pen.own(&place, theme.dim);
    }
    if let Some(file) = app.focused_file() {
        let buffer = file.editor.buffer();
        let range = file.editor.selection().range();
        let lines = buffer.line_of(range.end) - buffer.line_of(range.start) + 1;
        // Counting the characters of many lines on every frame would be felt.
        let text = match lines {
            _ if range.is_empty() || shares_line => String::new(),
            1 => T::StatusSelected.fill(lang, &[("count", &buffer.text(range).graphemes(true).count())]),
            lines => T::StatusSelectedLines.fill(lang, &[("count", &lines)]),
        };
        pen.own("  ", theme.base).own(&text, theme.dim);
    }
    if shares_line {
        return;
    }
    pen.own("   ", theme.base);
    match message {
        Some(message) => {
            let style = match message.severity {
                Severity::Note => theme.base,
                severity => theme.severity(severity),
            };
            let room = pen.room().saturating_sub(1);
            let wanted = cells(&crate::core::display_safe::one_line(&message.text)).min(room);
            pen.go_to((area.right() - 1).saturating_sub(wanted));
            pen.outside_cut(&message.text, room, style);
        }
        None => {
            let wanted = cells(&right);
            if wanted + 1 < pen.room() {
                pen.go_to(area.right() - 1 - wanted);
                pen.own(&right, theme.dim);
            }
        }
    }
}

/// What can be pressed now: as many as fit whole.
pub fn hints(canvas: &mut Canvas, app: &App, layout: &Layout) {
    let area = layout.hints;
    let theme = canvas.theme;
    let shares_line = layout.status.y == area.y;
    let mut pen = canvas.pen(area, 0);
    pen.skip(1);
    // On a low screen a message has no other place.
    if let Some(message) = app.messages.current().filter(|_| shares_line) {
        let room = pen.room().saturating_sub(1);
        pen.outside_cut(&message.text, room, theme.base);
        return;
    }
    let gap = if area.width < 100 { 2 } else { 3 };
    for hint in app.hints() {
        if hint.keys.is_empty() {
            continue;
        }
        let wanted = cells(&hint.keys) + 1 + cells(hint.label);
        if wanted > pen.room() {
            break;
        }
        pen.own(&hint.keys, theme.key).own(" ", theme.base).own(hint.label, theme.hint).skip(gap);
    }
}
