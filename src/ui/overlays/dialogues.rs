//! Questions and prompts.

use super::{cells, window};
use crate::app::App;
use crate::app::layout::decision::{middle_cut, wrap};
use crate::app::layout::{self, Layout, first_shown};
use crate::app::msg::Recovered;
use crate::app::overlays::Prompt;
use crate::app::overlays::confirm::{Confirm, Question};
use crate::app::overlays::recovery::RecoveryDialogue;
use crate::strings::{Lang, T};
use crate::ui::canvas::Canvas;
use crate::ui::prompt::input_line;

/// Names that a question lists before it counts the rest.
const NAMES: usize = 6;

/// One line of input.
pub fn prompt(canvas: &mut Canvas, layout: &Layout, prompt: &Prompt) {
    let area = layout::window(layout.screen, 66, 2);
    let inside = window(canvas, area, canvas.text(prompt.title), "").narrowed(1);
    canvas.cursor = input_line(canvas, inside.top(1), &prompt.input, true);
    if let Some(error) = &prompt.error {
        let style = canvas.theme.severity(crate::core::diagnostics::Severity::Error);
        let mut pen = canvas.pen(inside, 1);
        let room = pen.room();
        pen.outside_cut(error, room, style);
    }
}

/// A question with buttons.
pub fn confirm(canvas: &mut Canvas, app: &App, layout: &Layout, confirm: &Confirm) {
    let lang = canvas.lang;
    let name = |id| app.files.name(id);
    let mut names = Vec::new();
    let question = match &confirm.question {
        Question::Quit { files } => {
            names.extend(files.iter().take(NAMES).map(|id| format!("● {}", name(*id))));
            if files.len() > NAMES {
                names.push(T::AskAndMore.fill(lang, &[("count", &(files.len() - NAMES))]));
            }
            T::AskQuit.text(lang).to_owned()
        }
        Question::Close { file } => T::AskClose.fill(lang, &[("file", &name(*file))]),
        Question::Reload { file } => T::AskReload.fill(lang, &[("file", &name(*file))]),
        Question::Overwrite { path, .. } => T::AskOverwrite.fill(lang, &[("path", &path.display())]),
        Question::Discard { name, .. } => T::AskDiscard.fill(lang, &[("file", name)]),
    };
    let width = 60.min(layout.screen.width);
    let lines = wrap(&question, usize::from(width.saturating_sub(4)));
    let rows = (lines.len() + names.len()) as u16 + 2;
    let area = layout::window(layout.screen, width, rows);
    let title = canvas.text(T::AskTitle);
    let inside = window(canvas, area, title, "").narrowed(1);
    let theme = canvas.theme;
    for (row, line) in lines.iter().enumerate() {
        canvas.pen(inside, row as u16).outside(line, theme.base);
    }
    let first = lines.len() as u16;
    for (row, line) in names.iter().enumerate() {
        let mut pen = canvas.pen(inside, first + row as u16);
        pen.skip(2);
        let room = pen.room();
        pen.own_cut(line, room, theme.base);
    }
    let buttons = inside.foot(1);
    // The letter that chooses a button, where the word does not begin with it and there is room.
    let letter = |label: &str, letter: char| {
        let shown = !label.to_lowercase().starts_with(letter);
        if shown { format!(" ({letter})") } else { String::new() }
    };
    let labels: Vec<(&str, String)> = confirm
        .buttons
        .iter()
        .map(|answer| (answer.label().text(lang), letter(answer.label().text(lang), answer.letter())))
        .collect();
    let all: u16 = labels.iter().map(|(label, letter)| cells(label) + cells(letter) + 6).sum();
    let roomy = all <= buttons.width;
    let mut pen = canvas.pen(buttons, 0);
    let mut caret = None;
    for (index, (label, letter)) in labels.iter().enumerate() {
        let focused = index == confirm.selected;
        let style = if focused { theme.button_focused } else { theme.button };
        if focused {
            caret = Some((pen.column() + 1, buttons.y));
        }
        pen.own(if focused { "[" } else { " " }, style).own(" ", style).own(label, style);
        if roomy {
            pen.own(letter, style);
        }
        pen.own(" ", style).own(if focused { "]" } else { " " }, style).skip(if roomy { 2 } else { 0 });
    }
    canvas.cursor = caret;
}

/// What an earlier run left.
pub fn recovery(canvas: &mut Canvas, app: &App, layout: &Layout, dialogue: &RecoveryDialogue) {
    let lang = canvas.lang;
    let width = 74.min(layout.screen.width);
    let count = dialogue.entries.len();
    let rows = count.clamp(1, 10) as u16;
    let notes = dialogue.current().map(|entry| notes(entry, lang)).unwrap_or_default();
    let area = layout::window(layout.screen, width, rows + notes.len() as u16 + 4);
    let inside = window(canvas, area, canvas.text(T::RecoveryTitle), "").narrowed(1);
    let theme = canvas.theme;
    if let Some(entry) = dialogue.current() {
        let text = T::RecoveryWhen.fill(lang, &[("when", &date(entry.when, entry.utc_offset, lang))]);
        let mut pen = canvas.pen(inside, 0);
        let room = pen.room();
        pen.own_cut(&text, room, theme.base);
    }
    let list = inside.below(if inside.height > 6 { 2 } else { 1 });
    let room = usize::from(list.height.saturating_sub(notes.len() as u16 + 1)).min(usize::from(rows)).max(1);
    let first = first_shown(dialogue.selected, count, room);
    for (row, (index, entry)) in dialogue.entries.iter().enumerate().skip(first).take(room).enumerate() {
        let chosen = index == dialogue.selected;
        let edits = match entry.edits {
            1 => T::RecoveryOneEdit.text(lang).to_owned(),
            count => T::RecoveryEdits.fill(lang, &[("count", &count)]),
        };
        let name_room = list.width.saturating_sub(cells(&edits) + 5).clamp(8, 36);
        let mut pen = canvas.pen(list, row as u16);
        pen.own(if chosen { "▶ " } else { "  " }, theme.strong);
        let start = pen.column();
        let name = middle_cut(&entry.name, usize::from(name_room));
        pen.outside(&name, if chosen { theme.strong } else { theme.base });
        pen.go_to(start + name_room + 2).own(&edits, theme.dim);
        if chosen {
            canvas.cursor = Some((list.x, list.y + row as u16));
        }
    }
    for (row, note) in notes.iter().enumerate() {
        let mut pen = canvas.pen(list, (room + row) as u16);
        pen.own("! ", theme.warn);
        let cells = pen.room();
        pen.own_cut(note, cells, theme.base);
    }
    let mut pen = canvas.pen(inside.foot(1), 0);
    for hint in app.hints() {
        let wanted = cells(&hint.keys) + 1 + cells(hint.label);
        if wanted > pen.room() {
            break;
        }
        pen.own(&hint.keys, theme.key).own(" ", theme.base).own(hint.label, theme.base).skip(3);
    }
}

/// What to know before restoring.
fn notes(entry: &Recovered, lang: Lang) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(pid) = entry.still_running {
        notes.push(T::RecoveryStillRunning.fill(lang, &[("pid", &pid)]));
    }
    if entry.changed_since {
        notes.push(T::RecoveryChangedSince.text(lang).to_owned());
    }
    notes
}

/// `23 Nov, 18:02` of seconds since 1970, in the time zone of then.
fn date(when: u64, utc_offset: i32, lang: Lang) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let local = i64::try_from(when).unwrap_or(0) + i64::from(utc_offset);
    let (days, seconds) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let (month, day) = month_and_day(days);
    let name = MONTHS.get(month.saturating_sub(1)).copied().unwrap_or_default();
    let (hour, minute) = (seconds / 3600, seconds % 3600 / 60);
    T::RecoveryDate.fill(
        lang,
        &[
            ("day", &day),
            ("month", if lang == Lang::En { &name } else { &month }),
            ("hour", &hour),
            ("minute", &format_args!("{minute:02}")),
        ],
    )
}

/// Month (1 to 12) and day of the month of a day counted from 1970-01-01, by Howard Hinnant's `civil_from_days`.
fn month_and_day(days: i64) -> (usize, i64) {
    let shifted = days + 719_468;
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (usize::try_from(month).unwrap_or(1), day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (when, offset, en, ja) in [
            (0, 0, "1 Jan, 0:00", "1月1日 0:00"),
            (951_782_400, 0, "29 Feb, 0:00", "2月29日 0:00"),
            (1_763_888_520, 9 * 3600, "23 Nov, 18:02", "11月23日 18:02"),
            (1_735_689_599, 0, "31 Dec, 23:59", "12月31日 23:59"),
        ] {
            assert_eq!(date(when, offset, Lang::En), en);
            assert_eq!(date(when, offset, Lang::Ja), ja);
        }
    }
}
