//! Questions and prompts.

use super::{cells, window};
use crate::app::App;
use crate::app::layout::decision::middle_cut;
use crate::app::layout::windows;
use crate::app::overlays::Prompt;
use crate::app::overlays::confirm::Confirm;
use crate::app::overlays::recovery::RecoveryDialogue;
use crate::core::diagnostics::Severity;
use crate::strings::{Lang, T};
use crate::ui::canvas::Canvas;
use crate::ui::prompt::input_line;

/// One line of input.
pub fn prompt(canvas: &mut Canvas, app: &App, prompt: &Prompt) {
    let inside = window(canvas, windows::prompt(app), canvas.text(prompt.title), "").narrowed(1);
    canvas.cursor = input_line(canvas, inside.top(1), &prompt.input, true);
    if let Some(error) = &prompt.error {
        let style = canvas.theme.severity(Severity::Error);
        let mut pen = canvas.pen(inside, 1);
        let room = pen.room();
        pen.outside_cut(error, room, style);
    }
}

/// A question with buttons.
pub fn confirm(canvas: &mut Canvas, app: &App, confirm: &Confirm) {
    let place = windows::question(app, confirm);
    window(canvas, place.window, canvas.text(T::AskTitle), "");
    let theme = canvas.theme;
    for (row, line) in place.lines.iter().enumerate() {
        canvas.pen(place.inside, row as u16).outside(line, theme.base);
    }
    let first = place.lines.len() as u16;
    for (row, line) in place.about.iter().enumerate() {
        let mut pen = canvas.pen(place.inside, first + row as u16);
        pen.skip(2);
        let room = pen.room();
        pen.own_cut(line, room, theme.base);
    }
    for (index, (start, _, label)) in place.buttons.iter().enumerate() {
        let focused = index == confirm.selected;
        let style = if focused { theme.button_focused } else { theme.button };
        let (open, close) = if focused { ("[ ", " ]") } else { ("  ", "  ") };
        let x = place.row.x + start;
        canvas.pen(place.row, 0).go_to(x).own(open, style).own(label, style).own(close, style);
        if focused {
            canvas.cursor = place.row.contains(x, place.row.y).then_some((x, place.row.y));
        }
    }
}

/// What an earlier run left.
pub fn recovery(canvas: &mut Canvas, app: &App, dialogue: &RecoveryDialogue) {
    let lang = canvas.lang;
    let notes: Vec<String> = windows::recovery_notes(dialogue)
        .map(|(text, pid)| text.fill(lang, &[("pid", &pid.unwrap_or_default())]))
        .collect();
    let place = windows::recovery(app, dialogue, notes.len() as u16);
    window(canvas, place.window, canvas.text(T::RecoveryTitle), "");
    let theme = canvas.theme;
    if let Some(entry) = dialogue.current() {
        let text = T::RecoveryWhen.fill(lang, &[("when", &date(entry.when, entry.utc_offset, lang))]);
        let mut pen = canvas.pen(place.inside, 0);
        let room = pen.room();
        pen.own_cut(&text, room, theme.base);
    }
    let entries = dialogue.entries.iter().enumerate().skip(place.first).take(place.rows.height.into());
    for (row, (index, entry)) in entries.enumerate() {
        let chosen = index == dialogue.selected;
        let edits = match entry.edits {
            1 => T::RecoveryOneEdit.text(lang).to_owned(),
            count => T::RecoveryEdits.fill(lang, &[("count", &count)]),
        };
        let name_room = place.rows.width.saturating_sub(cells(&edits) + 5).clamp(8, 36);
        let mut pen = canvas.pen(place.rows, row as u16);
        pen.own(if chosen { "▶ " } else { "  " }, theme.strong);
        let start = pen.column();
        let name = middle_cut(&entry.name, usize::from(name_room));
        pen.outside(&name, if chosen { theme.strong } else { theme.base });
        pen.go_to(start + name_room + 2).own(&edits, theme.dim);
        if chosen {
            canvas.cursor = Some((place.rows.x, place.rows.y + row as u16));
        }
    }
    for (row, note) in notes.iter().enumerate() {
        let mut pen = canvas.pen(place.notes, row as u16);
        pen.own("! ", theme.warn);
        let room = pen.room();
        pen.own_cut(note, room, theme.base);
    }
    let mut pen = canvas.pen(place.inside.foot(1), 0);
    for hint in app.hints() {
        if cells(&hint.keys) + 1 + cells(hint.label) > pen.room() {
            break;
        }
        pen.own(&hint.keys, theme.key).own(" ", theme.base).own(hint.label, theme.base).skip(3);
    }
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
