//! Frames and titles of the panes, and the text panes with their notices and the find bar.

use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::app::App;
use crate::app::command::{Command, Scope};
use crate::app::files::{Locked, OnDisk, OpenFile};
use crate::app::layout::decision::{age, keys_here, middle_cut};
use crate::app::layout::{Area, EditorAreas, Shape};
use crate::app::overlays::find::{Field, FindBar};
use crate::app::overlays::input::Input;
use crate::app::panes::PaneId;
use crate::core::file::Role;
use crate::core::text::encoding::ReadOnly;
use crate::core::text::view::cell_of;
use crate::core::text::width::width;
use crate::strings::T;
use crate::ui::canvas::Canvas;
use crate::ui::editor::{self, EditorPaint};

/// A piece of a title: text, style, whether the text is from outside.
pub struct Piece {
    pub text: String,
    pub style: Style,
    pub outside: bool,
}

impl Piece {
    fn own(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, outside: false }
    }

    fn outside(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, outside: true }
    }
}

fn cells(pieces: &[Piece]) -> u16 {
    pieces.iter().flat_map(|piece| piece.text.graphemes(true)).map(|grapheme| width(grapheme) as u16).sum()
}

/// Writes a title on the upper border: one part at its left, one at its right if both fit.
pub fn title(canvas: &mut Canvas, area: Area, left: &[Piece], right: &[Piece]) {
    let line = area.top(1).narrowed(1);
    let used = cells(left);
    let mut pen = canvas.pen(line, 0);
    for piece in left {
        let room = pen.room();
        if piece.outside {
            pen.outside_cut(&piece.text, room, piece.style);
        } else {
            pen.own_cut(&piece.text, room, piece.style);
        }
    }
    let wanted = cells(right);
    if right.is_empty() || used + wanted + 1 > line.width {
        return;
    }
    pen.go_to(line.right() - wanted);
    for piece in right {
        if piece.outside {
            pen.outside(&piece.text, piece.style);
        } else {
            pen.own(&piece.text, piece.style);
        }
    }
}

/// Writes at the right of the lower border.
pub fn foot(canvas: &mut Canvas, area: Area, text: &str, style: Style) {
    let line = area.foot(1).narrowed(1);
    let cells = text.graphemes(true).map(width).sum::<usize>() as u16;
    if cells < line.width {
        canvas.pen(line, 0).go_to(line.right() - cells).own(text, style);
    }
}

/// `3 Decision`
#[must_use]
pub fn decision_title(canvas: &Canvas, focused: bool) -> Vec<Piece> {
    let style = if focused { canvas.theme.title_focused } else { canvas.theme.title };
    vec![Piece::own(format!(" {} {} ", PaneId::Decision.number(), canvas.text(T::PaneDecision)), style)]
}

/// Draws a text pane with its border.
pub fn draw(canvas: &mut Canvas, app: &App, pane: PaneId, area: Area) {
    let focused = app.focus == pane;
    canvas.border(area, focused);
    let layout = app.layout();
    let mut left = pane_title(canvas, app, pane, focused);
    let mut right = Vec::new();
    if layout.shape == Shape::Tabs {
        if app.file_of(pane).is_some_and(|file| file.editor.is_modified()) {
            left.push(Piece::own("● ", canvas.theme.modified));
        }
        let other = if pane == PaneId::Policy { PaneId::Manifest } else { PaneId::Policy };
        left.push(Piece::own("  ", canvas.theme.title));
        left.extend(pane_title(canvas, app, other, false));
        if app.file_of(other).is_some_and(|file| file.editor.is_modified()) {
            left.push(Piece::own("● ", canvas.theme.modified));
        }
        if let Some(file) = app.file_of(pane) {
            let at = file.editor.buffer().position(file.editor.selection().head);
            right.push(Piece::own(format!(" {}:{} ", at.line, at.column), canvas.theme.dim));
        }
    } else if let Some(file) = app.file_of(pane) {
        right = file_state(canvas, file);
        // In a narrow pane signs say the same.
        if cells(&left) + cells(&right) + 3 > area.width {
            right = short_state(canvas, file);
        }
        let room = area.width.saturating_sub(cells(&right) + 3);
        shorten(&mut left, room);
    }
    title(canvas, area, &left, &right);
    let Some(file) = app.file_of(pane) else {
        nothing_open(canvas, app, area);
        return;
    };
    let Some(areas) = app.editor_areas(pane) else { return };
    notices(canvas, app, file, &areas);
    let find = app.find.as_ref().filter(|_| focused);
    let paint = EditorPaint {
        editor: &file.editor,
        view: file.view,
        diagnostics: &file.diagnostics,
        matches: find.map(|find| &find.matches),
        focused,
    };
    let caret = editor::draw(canvas, &areas, &paint);
    if focused {
        canvas.cursor = caret;
    }
    if let Some(find) = find {
        find_bar(canvas, find, areas.bar, &paint);
    }
}

/// Cuts the file's name so that the title fits.
fn shorten(pieces: &mut [Piece], room: u16) {
    let over = cells(pieces).saturating_sub(room);
    if over > 0
        && let Some(name) = pieces.iter_mut().find(|piece| piece.outside)
    {
        let keep = width(&name.text).saturating_sub(usize::from(over)).max(6);
        name.text = middle_cut(&name.text, keep);
    }
}

/// `2 Pod  verybad.yaml`
fn pane_title(canvas: &Canvas, app: &App, pane: PaneId, focused: bool) -> Vec<Piece> {
    let theme = canvas.theme;
    let style = if focused { theme.title_focused } else { theme.title };
    let file = app.file_of(pane);
    let mut pieces = vec![Piece::own(format!(" {} ", pane.number()), style)];
    match (pane, file) {
        (PaneId::Policy, _) => pieces.push(Piece::own(canvas.text(T::PanePolicy), style)),
        (_, Some(file)) if file.role == Role::Data => {
            pieces.push(Piece::own(canvas.text(T::PaneData), style))
        }
        (_, file) => match file.and_then(|file| kind(app, file)) {
            Some(kind) => pieces.push(Piece { text: kind.to_owned(), style, outside: false }),
            None => pieces.push(Piece::own(canvas.text(T::PaneManifest), style)),
        },
    }
    let Some(file) = file else {
        pieces.push(Piece::own(" ", style));
        return pieces;
    };
    pieces.push(Piece::own("  ", style));
    pieces.push(Piece::outside(file.name.clone(), style));
    let ids: Vec<_> = app.files.of_pane(pane == PaneId::Policy).map(|file| file.id).collect();
    if ids.len() > 1 {
        let number = ids.iter().position(|id| *id == file.id).map_or(0, |at| at + 1);
        pieces.push(Piece::own(format!(" {number}/{}", ids.len()), theme.dim));
    }
    pieces.push(Piece::own(" ", style));
    pieces
}

/// The kind of the object at the caret, as far as the last decision knows it.
fn kind<'a>(app: &'a App, file: &OpenFile) -> Option<&'a str> {
    let caret = file.editor.selection().head;
    let documents =
        || app.decision.shown.iter().flat_map(|e| &e.documents).filter(|d| d.place.file == file.id);
    let here = documents().filter(|document| document.place.range.start <= caret).last();
    let document = here.or_else(|| documents().next())?;
    (!document.kind.is_empty()).then_some(document.kind.as_str())
}

/// At the right of the title: errors, read-only, edited.
fn file_state(canvas: &Canvas, file: &OpenFile) -> Vec<Piece> {
    let theme = canvas.theme;
    let mut pieces = Vec::new();
    match file.diagnostics.error_count() {
        0 => {}
        1 => pieces.push(Piece::own(format!(" {} ", canvas.text(T::PaneOneError)), theme.deny)),
        count => {
            let text = T::PaneErrors.fill(canvas.lang, &[("count", &count)]);
            pieces.push(Piece::own(format!(" {text} "), theme.deny));
        }
    }
    if file.is_read_only() {
        pieces.push(Piece::own(format!(" {} ", canvas.text(T::PaneReadOnly)), theme.warn));
    }
    if file.editor.is_modified() {
        pieces.push(Piece::own(format!(" ● {} ", canvas.text(T::PaneEdited)), theme.modified));
    }
    pieces
}

/// The same in signs: `E2 ●`.
fn short_state(canvas: &Canvas, file: &OpenFile) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let errors = file.diagnostics.error_count();
    if errors > 0 {
        pieces.push(Piece::own(format!(" E{errors} "), canvas.theme.deny));
    }
    if file.editor.is_modified() {
        pieces.push(Piece::own(" ● ", canvas.theme.modified));
    }
    pieces
}

fn nothing_open(canvas: &mut Canvas, app: &App, area: Area) {
    let open = keys_here(app, Command::Open);
    let samples = keys_here(app, Command::OpenSample);
    let text = T::PaneNothingOpen.fill(canvas.lang, &[("open", &open), ("samples", &samples)]);
    let inner = area.inner().narrowed(1);
    let style = canvas.theme.base;
    let lines = crate::app::layout::decision::wrap(&text, usize::from(inner.width));
    for (row, line) in lines.iter().enumerate() {
        canvas.pen(inner, row as u16 + 1).own(line, style);
    }
}

/// What there is to know about the file: it changed on disk, or why it cannot be edited.
fn notices(canvas: &mut Canvas, app: &App, file: &OpenFile, areas: &EditorAreas) {
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

/// The find bar at the foot of a text pane, and the replacement below it.
fn find_bar(canvas: &mut Canvas, find: &FindBar, area: Area, paint: &EditorPaint) {
    let theme = canvas.theme;
    let (number, total) = find.count(&paint.editor.selection().range());
    let capped = if find.matches.capped { "+" } else { "" };
    let count = match (&find.error, number) {
        (Some(_), _) => String::new(),
        (None, Some(number)) => {
            T::FindCount.fill(canvas.lang, &[("number", &number), ("total", &format!("{total}{capped}"))])
        }
        (None, None) if total == 0 && !find.query.text().is_empty() => canvas.text(T::FindNone).to_owned(),
        (None, None) if total == 0 => String::new(),
        (None, None) => T::FindTotal.fill(canvas.lang, &[("total", &format!("{total}{capped}"))]),
    };
    let labels = [canvas.text(T::FindLabel), canvas.text(T::ReplaceLabel)];
    let label_cells = labels.iter().take(area.height.into()).map(|l| width(l)).max().unwrap_or(0) as u16 + 3;

    // At the right: how many, and the two switches.
    let state = area.top(1);
    let mut right = vec![Piece::own(format!("{count}  "), theme.dim)];
    let switch = |on: bool| if on { theme.button_focused } else { theme.dim };
    right.push(Piece::own("Aa", switch(find.case_sensitive)));
    right.push(Piece::own(" ", theme.base));
    right.push(Piece::own(".*", switch(find.regex)));
    let right_cells = cells(&right) + 1;
    let mut pen = canvas.pen(state, 0);
    pen.go_to(state.right().saturating_sub(right_cells));
    for piece in &right {
        pen.own(&piece.text, piece.style);
    }
    for (row, (label, input)) in labels.iter().zip([Some(&find.query), find.replacement.as_ref()]).enumerate()
    {
        let Some(input) = input else { continue };
        let row = row as u16;
        if row >= area.height {
            break;
        }
        canvas.pen(area, row).own(" ", theme.base).own(label, theme.dim);
        let taken = if row == 0 { right_cells + 1 } else { 1 };
        let field =
            Area::new(area.x + label_cells, area.y + row, area.width.saturating_sub(label_cells + taken), 1);
        let active = (row == 0) == (find.field == Field::Find) || find.replacement.is_none();
        let caret = input_line(canvas, field, input, active);
        if active {
            canvas.cursor = caret;
        }
    }
    if let Some(error) = &find.error {
        let row = area.top(1);
        let used = width(&find.query.text()) as u16 + label_cells + 2;
        let mut pen = canvas.pen(row, 0);
        pen.go_to(row.x + used);
        let room = (row.right().saturating_sub(right_cells)).saturating_sub(pen.column());
        pen.outside_cut(error, room, theme.deny);
    }
}

/// One line of input in `area`, scrolled so that its caret is in sight. Gives back the caret's cell.
pub fn input_line(canvas: &mut Canvas, area: Area, input: &Input, active: bool) -> Option<(u16, u16)> {
    let theme = canvas.theme;
    let buffer = input.editor.buffer();
    let caret = cell_of(buffer, input.caret()).1;
    let room = usize::from(area.width);
    let left = (caret + 1).saturating_sub(room);
    let selection = input.editor.selection().range();
    let text = buffer.line(0);
    let mut pen = canvas.pen(area, 0);
    for grapheme in crate::core::text::width::cells(&text, 1) {
        if grapheme.start < left {
            continue;
        }
        let selected = active && selection.contains(&grapheme.range.start);
        let style = if selected { theme.base.patch(theme.selection) } else { theme.base };
        if grapheme.marker || grapheme.text == "\t" {
            pen.outside(&grapheme.text, style.patch(theme.marker));
        } else {
            pen.grapheme(&grapheme.text, grapheme.width as u16, style);
        }
    }
    (area.width > 0).then(|| (area.x + (caret - left).min(room - 1) as u16, area.y))
}
