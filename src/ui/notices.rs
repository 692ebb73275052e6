//! What there is to know about a file, above its text.

use crate::app::App;
use crate::app::command::{Command, Scope};
use crate::app::files::{Locked, OnDisk, OpenFile};
use crate::app::layout::EditorAreas;
use crate::app::layout::decision::age;
use crate::core::text::encoding::ReadOnly;
use crate::core::text::width::width;
use crate::strings::T;
use crate::ui::canvas::Canvas;

/// Draws the notices: the file changed on disk, or why it cannot be edited.
pub fn draw(canvas: &mut Canvas, app: &App, file: &OpenFile, areas: &EditorAreas) {
    let area = areas.notice;
    if area.is_empty() {
        return;
    }
    let theme = canvas.theme;
    let lang = canvas.lang;
    let (text, short, since) = match (&file.on_disk, file.locked) {
        (OnDisk::Changed { since, .. }, _) => (T::NoticeChanged, T::NoticeChangedShort, *since),
        (OnDisk::Deleted { since }, _) => (T::NoticeDeleted, T::NoticeDeletedShort, *since),
        (OnDisk::Same, Some(locked)) => {
            let reason = locked_reason(locked, canvas);
            let mut pen = canvas.pen(area, 0);
            pen.own(" ! ", theme.warn);
            let room = pen.room();
            pen.own_cut(&reason, room, theme.base);
            return;
        }
        (OnDisk::Same, None) => return,
    };
    let old = age(app.now.saturating_sub(since), lang);
    let fill = |text: T| text.fill(lang, &[("file", &file.name), ("age", &old)]);
    let mut text = fill(text);
    if width(&text) + 4 > usize::from(area.width) {
        text = fill(short);
    }
    let mut pen = canvas.pen(area, 0);
    pen.own(" ! ", theme.warn);
    let room = pen.room();
    pen.outside_cut(&text, room, theme.base);

    // In the EDIT state Esc comes first: said once.
    let before = if app.scopes().contains(&Scope::Edit) { "Esc " } else { "" };
    let gone = matches!(file.on_disk, OnDisk::Deleted { .. });
    let choices: &[(Command, T)] = if gone {
        &[(Command::KeepMine, T::NoticeKeepMine)]
    } else {
        &[
            (Command::KeepMine, T::NoticeKeepMine),
            (Command::TakeTheirs, T::NoticeTakeTheirs),
            (Command::CompareWithDisk, T::HintCompare),
        ]
    };
    let choices: Vec<(String, &str)> =
        choices.iter().map(|(command, label)| (conflict_key(app, *command), label.text(lang))).collect();
    let paused = T::NoticePaused.text(lang);
    let words: usize = choices.iter().map(|(key, label)| width(key) + 1 + width(label)).sum();
    let words = words + before.len();
    let wide = words + 3 + 3 * choices.len() <= usize::from(area.width);
    let gap = if wide { 3 } else { 2 };
    let mut pen = canvas.pen(area, 1);
    pen.skip(if wide { 3 } else { 1 }).own(before, theme.key);
    for (key, label) in &choices {
        pen.own(key, theme.key).own(" ", theme.base).own(label, theme.base).skip(gap);
    }
    if width(paused) < usize::from(pen.room()) {
        pen.own(paused, theme.dim);
    }
}

/// The single key that decides a conflict in the NAV state.
fn conflict_key(app: &App, command: Command) -> String {
    app.keymap.keys_of(command, &[Scope::Conflict, Scope::Nav, Scope::Always])
}

fn locked_reason(locked: Locked, canvas: &Canvas) -> String {
    let mib = |bytes: usize| format!("{:.1}", bytes as f64 / f64::from(1 << 20));
    match locked {
        Locked::Mode => canvas.text(T::LockedMode).to_owned(),
        Locked::Bytes(ReadOnly::InvalidUtf8 { offset }) => {
            T::LockedUtf8.fill(canvas.lang, &[("offset", &offset)])
        }
        Locked::Bytes(ReadOnly::Utf16) => canvas.text(T::LockedUtf16).to_owned(),
        Locked::Bytes(ReadOnly::NulByte { offset }) => T::LockedNul.fill(canvas.lang, &[("offset", &offset)]),
        Locked::Bytes(ReadOnly::TooLarge { len, limit }) => {
            T::LockedLarge.fill(canvas.lang, &[("len", &mib(len)), ("limit", &mib(limit))])
        }
    }
}
