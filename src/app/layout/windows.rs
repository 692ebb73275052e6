//! Where the windows over the panes lie and what is in which of their rows, for drawing and for the mouse.

use crate::app::App;
use crate::app::layout::decision::wrap;
use crate::app::layout::{Area, first_shown, window};
use crate::app::overlays::confirm::{Confirm, Question};
use crate::app::overlays::list::{List, Match};
use crate::app::overlays::recovery::RecoveryDialogue;
use crate::app::overlays::{HelpRow, Overlay};
use crate::core::text::width::width;
use crate::strings::{Lang, T};

/// Cells of a list's window.
const LIST_WIDTH: u16 = 76;
/// Cells of the help window: a command can have many keys.
const HELP_WIDTH: u16 = 92;
/// Cells of a question.
const QUESTION_WIDTH: u16 = 60;
/// Cells of the recovery dialogue.
const RECOVERY_WIDTH: u16 = 74;
/// Names that a question lists before it counts the rest.
const NAMES: usize = 6;
/// Entries that the recovery dialogue shows at once.
const ENTRIES: usize = 10;

/// What a cell of the screen stands for while a window is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowHit {
    /// An item of a list, by its index into the matches; an entry of the recovery dialogue.
    Item(usize),
    /// A button, by its index.
    Button(usize),
    /// Somewhere else in the window.
    Inside,
    /// Beside the window.
    Outside,
}

/// A list with its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListWindow {
    /// With the border.
    pub window: Area,
    /// The line of the input, behind its `> `.
    pub input: Area,
    /// The rows of the items.
    pub rows: Area,
    /// The items that are shown: index into the matches, first row, number of rows.
    pub shown: Vec<(usize, u16, u16)>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionWindow {
    /// With the border.
    pub window: Area,
    /// Inside, without a margin.
    pub inside: Area,
    /// The question, and what it is about. The second part is indented.
    pub lines: Vec<String>,
    pub about: Vec<String>,
    /// The row of the buttons.
    pub row: Area,
    /// Each button: first cell in the row, cells, label.
    pub buttons: Vec<(u16, u16, String)>,
}

/// The recovery dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryWindow {
    /// With the border.
    pub window: Area,
    /// Inside, without a margin.
    pub inside: Area,
    /// The rows of the entries.
    pub rows: Area,
    /// The first entry that is shown.
    pub first: usize,
    /// The rows of what is to be known about the selected entry.
    pub notes: Area,
}

/// The window of a list, whose items take as many rows as `height` says of each (index into the matches, match). It is
/// as high as the screen allows, so that it does not move while typing filters.
#[must_use]
pub fn list<I>(app: &App, list: &List<I>, wide: bool, height: impl Fn(usize, &Match) -> u16) -> ListWindow {
    let screen = app.layout().screen;
    let window = window(screen, if wide { HELP_WIDTH } else { LIST_WIDTH }, (screen.height * 2 / 3).max(6));
    let inside = window.inner().narrowed(1);
    let rows = inside.below(1);
    let mut row = 0;
    let shown = around_selected(list, rows.height, &height)
        .into_iter()
        .map(|(index, rows)| {
            row += rows;
            (index, row - rows, rows)
        })
        .collect();
    let input = Area::new(inside.x + 2, inside.y, inside.width.saturating_sub(2), inside.height.min(1));
    ListWindow { window, input, rows, shown }
}

/// The rows that a command takes in the palette: a disabled one says why, when it is selected or looked for.
#[must_use]
pub fn palette_rows(
    app: &App,
    list: &List<crate::app::command::Command>,
    index: usize,
    found: &Match,
) -> (u16, Option<T>) {
    let asked = index == list.selected || !list.input.text().trim().is_empty();
    let command = list.items.get(found.index).filter(|_| asked);
    let reason = command.and_then(|command| command.enabled(app).err());
    (1 + u16::from(reason.is_some()), reason)
}

/// The rows that a command takes in the help, and the heading above it: only while nothing is looked for.
#[must_use]
pub fn help_rows(list: &List<HelpRow>, index: usize, found: &Match) -> (u16, Option<T>) {
    let filtering = !list.input.text().trim().is_empty();
    let heading = list.items.get(found.index).and_then(|row| row.heading).filter(|_| !filtering);
    // A blank line before each heading but the first.
    (1 + heading.map_or(0, |_| 1 + u16::from(index > 0)), heading)
}

/// The items that fit, with their rows: up to half of the room before the selected one, then those after it.
fn around_selected<I>(list: &List<I>, rows: u16, height: impl Fn(usize, &Match) -> u16) -> Vec<(usize, u16)> {
    let rows_of = |index: usize| list.matches.get(index).map(|found| height(index, found));
    let Some(mut taken) = rows_of(list.selected) else { return Vec::new() };
    let (mut first, mut last) = (list.selected, list.selected + 1);
    let before = |first: usize, taken: u16, limit: u16| {
        let index = first.checked_sub(1)?;
        let all = taken + rows_of(index)?;
        (all <= limit).then_some((index, all))
    };
    while let Some((index, all)) = before(first, taken, rows / 2) {
        (first, taken) = (index, all);
    }
    while let Some(more) = rows_of(last).filter(|more| taken + more <= rows) {
        taken += more;
        last += 1;
    }
    while let Some((index, all)) = before(first, taken, rows) {
        (first, taken) = (index, all);
    }
    (first..last).filter_map(|index| Some((index, rows_of(index)?))).collect()
}

/// The window of a question.
#[must_use]
pub fn question(app: &App, confirm: &Confirm) -> QuestionWindow {
    let lang = app.settings.lang;
    let screen = app.layout().screen;
    let width_of = QUESTION_WIDTH.min(screen.width);
    let (text, about) = words(app, &confirm.question);
    let lines = wrap(&text, usize::from(width_of.saturating_sub(4)));
    let rows = (lines.len() + about.len()) as u16 + 2;
    let area = window(screen, width_of, rows);
    let inside = area.inner().narrowed(1);
    let row = inside.foot(1);
    QuestionWindow { window: area, inside, lines, about, row, buttons: buttons(confirm, row.width, lang) }
}

/// What a question says, and what it is about.
fn words(app: &App, question: &Question) -> (String, Vec<String>) {
    let lang = app.settings.lang;
    let name = |id| app.files.name(id);
    let mut about = Vec::new();
    let text = match question {
        Question::Quit { files } => {
            about.extend(files.iter().take(NAMES).map(|id| format!("● {}", name(*id))));
            if files.len() > NAMES {
                about.push(T::AskAndMore.fill(lang, &[("count", &(files.len() - NAMES))]));
            }
            T::AskQuit.text(lang).to_owned()
        }
        Question::Close { file } => T::AskClose.fill(lang, &[("file", &name(*file))]),
        Question::Reload { file } => T::AskReload.fill(lang, &[("file", &name(*file))]),
        Question::Overwrite { path, .. } => T::AskOverwrite.fill(lang, &[("path", &path.display())]),
        Question::Discard { name, .. } => T::AskDiscard.fill(lang, &[("file", name)]),
    };
    (text, about)
}

/// The buttons of a question: with the letter that chooses each, where the word does not begin with it and there is
/// room.
fn buttons(confirm: &Confirm, room: u16, lang: Lang) -> Vec<(u16, u16, String)> {
    let labels = |letters: bool| {
        confirm.buttons.iter().map(move |answer| {
            let label = answer.label().text(lang);
            let letter = answer.letter();
            let told = !letters || label.to_lowercase().starts_with(letter);
            if told { label.to_owned() } else { format!("{label} ({letter})") }
        })
    };
    // Brackets and blanks around each label, a gap behind it.
    let cells = |label: &String| width(label) as u16 + 4;
    let roomy = labels(true).map(|label| cells(&label) + 2).sum::<u16>() <= room;
    let gap = if roomy { 2 } else { 0 };
    let mut at = 0;
    labels(roomy)
        .map(|label| {
            let (start, cells) = (at, cells(&label));
            at += cells + gap;
            (start, cells, label)
        })
        .collect()
}

/// The window of the recovery dialogue, with so many notes about the selected entry.
#[must_use]
pub fn recovery(app: &App, dialogue: &RecoveryDialogue, notes: u16) -> RecoveryWindow {
    let screen = app.layout().screen;
    let count = dialogue.entries.len();
    let rows = count.clamp(1, ENTRIES) as u16;
    let area = window(screen, RECOVERY_WIDTH.min(screen.width), rows + notes + 4);
    let inside = area.inner().narrowed(1);
    let list = inside.below(if inside.height > 6 { 2 } else { 1 }).above(1);
    let room = list.height.saturating_sub(notes).min(rows).max(1);
    RecoveryWindow {
        window: area,
        inside,
        rows: list.top(room),
        first: first_shown(dialogue.selected, count, usize::from(room)),
        notes: list.below(room).top(notes),
    }
}

/// What a cell of the screen stands for in the window that takes the keys.
#[must_use]
pub fn hit(app: &App, column: u16, row: u16) -> WindowHit {
    let in_list = |list: ListWindow| {
        let inside = list.window.contains(column, row);
        let at = row.checked_sub(list.rows.y).filter(|_| inside && list.rows.contains(list.rows.x, row));
        let item = at.and_then(|at| {
            list.shown
                .iter()
                .find(|(_, first, rows)| (*first..first + rows).contains(&at))
                .map(|(index, ..)| *index)
        });
        match item {
            Some(index) => WindowHit::Item(index),
            None if inside => WindowHit::Inside,
            None => WindowHit::Outside,
        }
    };
    let in_window =
        |window: Area| if window.contains(column, row) { WindowHit::Inside } else { WindowHit::Outside };
    match app.overlays.last() {
        Some(Overlay::Palette(items)) => {
            in_list(list(app, items, false, |index, found| palette_rows(app, items, index, found).0))
        }
        Some(Overlay::Picker(items)) => in_list(list(app, items, false, |_, _| 1)),
        Some(Overlay::Places { list: items, .. }) => in_list(list(app, items, true, |_, _| 1)),
        Some(Overlay::Help(items)) => {
            in_list(list(app, items, true, |index, found| help_rows(items, index, found).0))
        }
        Some(Overlay::Confirm(confirm)) => {
            let question = question(app, confirm);
            let on = |(start, cells, _): &(u16, u16, String)| {
                let x = question.row.x + start;
                question.row.contains(column, row) && (x..x + cells).contains(&column)
            };
            question.buttons.iter().position(on).map_or_else(|| in_window(question.window), WindowHit::Button)
        }
        Some(Overlay::Recovery(dialogue)) => {
            let window = recovery(app, dialogue, recovery_notes(dialogue).count() as u16);
            let index = window.first + usize::from(row.saturating_sub(window.rows.y));
            if window.rows.contains(column, row) && index < dialogue.entries.len() {
                WindowHit::Item(index)
            } else {
                in_window(window.window)
            }
        }
        Some(Overlay::Policies(items)) => in_list(list(app, items, true, |_, _| 1)),
        Some(Overlay::Contexts(choose)) => in_list(list(app, &choose.list, true, |_, _| 1)),
        Some(
            Overlay::GoToLine(_) | Overlay::SaveAs { .. } | Overlay::Manager { .. } | Overlay::Rename(_),
        ) => in_window(prompt(app)),
        Some(Overlay::TypeName(_) | Overlay::Consent { .. }) => in_window(word(app)),
        Some(Overlay::ServerDiff(_) | Overlay::Log(_)) => in_window(wide_reader(app)),
        Some(Overlay::Messages { .. } | Overlay::Diff(_) | Overlay::Whole { .. }) => in_window(reader(app)),
        // The pane of the request knows its own cells.
        Some(Overlay::Request(_)) | None => WindowHit::Outside,
    }
}

/// What is to be known before the selected entry is restored.
pub fn recovery_notes(dialogue: &RecoveryDialogue) -> impl Iterator<Item = (T, Option<u32>)> {
    let entry = dialogue.current();
    let running = entry.and_then(|entry| entry.still_running).map(|pid| (T::RecoveryStillRunning, Some(pid)));
    let changed = entry.is_some_and(|entry| entry.changed_since).then_some((T::RecoveryChangedSince, None));
    running.into_iter().chain(changed)
}

/// The window of a line of input.
#[must_use]
pub fn prompt(app: &App) -> Area {
    window(app.layout().screen, 66, 2)
}

/// The window of a question about clusters.
#[must_use]
pub fn word(app: &App) -> Area {
    let screen = app.layout().screen;
    window(screen, 76, 12)
}

/// The window of what needs all the room there is: a comparison side by side, a log.
#[must_use]
pub fn wide_reader(app: &App) -> Area {
    let screen = app.layout().screen;
    window(screen, 160, screen.height)
}

/// The window of a text to read: most of the screen.
#[must_use]
pub fn reader(app: &App) -> Area {
    let screen = app.layout().screen;
    window(screen, 110, screen.height * 3 / 4)
}
