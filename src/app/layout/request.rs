//! Where the rows of the request pane lie, for drawing and for the mouse.

use crate::app::App;
use crate::app::layout::{Area, Layout, first_shown};
use crate::app::overlays::Overlay;
use crate::app::overlays::request::{self, Field, RequestPane};
use crate::core::text::width::width;

/// Cells of the window.
const WIDTH: u16 = 76;
/// Rows of the window with every field and the border: it does not move when fields come and go.
const HIGHEST: u16 = 14;
/// A window of fewer rows would rather cover the decision.
const LOWEST: u16 = 9;

/// The pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestWindow {
    /// With the border.
    pub window: Area,
    /// Fields from the first one shown.
    pub rows: Vec<Row>,
    /// The line that says what is wrong, or what the field is for.
    pub foot: Area,
    /// The decision is not in sight beside it.
    pub alone: bool,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub field: Field,
    /// The sign and the label.
    pub label: Area,
    /// What is edited or chosen.
    pub value: Area,
    /// What can be chosen: the first cell with the blank or bracket before it, the name, whether it is the one. Empty
    /// for text.
    pub choices: Vec<(u16, String, bool)>,
    /// Only the present choice has room; it can be stepped through.
    pub stepped: bool,
}

/// What a cell of the screen stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestHit {
    Row(Field),
    /// A cell of a text, from its start.
    Text(Field, usize),
    Choice(Field, usize),
    /// The next or the previous choice.
    Step(Field, bool),
    Inside,
    Outside,
}

/// The window of the pane, over the texts: the decision stays in sight where the screen allows.
#[must_use]
pub fn window(app: &App, pane: &RequestPane) -> RequestWindow {
    let layout = app.layout();
    let screen = layout.screen.above(if layout.screen.height > 14 { 2 } else { 1 });
    let beside = beside(&layout).filter(|area| area.height > LOWEST);
    let region = beside.unwrap_or(screen);
    let fields = Field::shown(&app.asked);
    let count = fields.len() as u16;

    let free = region.height.saturating_sub(HIGHEST);
    let y = region.y + free.min((region.height / 8).max(1));
    let room = region.bottom().saturating_sub(y).saturating_sub(2);
    let window_width = WIDTH.min(region.width);
    let inside_rows = (count + 2).min(room);
    let window = Area::new(
        region.x + (region.width - window_width) / 2,
        y,
        window_width,
        inside_rows.saturating_add(2),
    );
    let inside = window.inner().narrowed(1);
    let gap = u16::from(inside_rows >= count + 2);
    let list = inside.above(1 + gap);

    let lang = app.settings.lang;
    let labels = fields.iter().map(|field| width(field.label().text(lang)) as u16).max().unwrap_or(0) + 3;
    let labels = labels.min(inside.width / 2);
    let at = fields.iter().position(|field| *field == pane.field).unwrap_or(0);
    let first = first_shown(at, fields.len(), list.height.into());
    let rows = (0..list.height)
        .zip(fields.into_iter().skip(first))
        .map(|(row, field)| {
            let line = list.below(row).top(1);
            // A text begins where the name of a choice does: behind its bracket.
            let start = labels + u16::from(field.is_text());
            let value = Area { x: line.x + start, width: line.width.saturating_sub(start), ..line };
            let label = Area { width: labels, ..line };
            let (choices, stepped) =
                if field.is_text() { Default::default() } else { choices(app, field, value) };
            Row { field, label, value, choices, stepped }
        })
        .collect();
    RequestWindow { window, rows, foot: inside.foot(1), alone: beside.is_none() }
}

/// What the decision pane leaves of the screen, above or beside it.
fn beside(layout: &Layout) -> Option<Area> {
    let decision = layout.decision?;
    if decision.x > 0 {
        Some(Area { x: 0, width: decision.x, ..decision })
    } else if layout.decision_is_strip() {
        Some(Area::new(0, layout.header.bottom(), decision.width, decision.y - layout.header.bottom()))
    } else {
        None
    }
}

/// All choices side by side, or the present one between two signs.
fn choices(app: &App, field: Field, value: Area) -> (Vec<(u16, String, bool)>, bool) {
    let (choices, now) = request::choices(app, field);
    let names = choices.into_iter().map(|(name, _)| name).enumerate();
    let mut x = value.x;
    let all: Vec<(u16, String, bool)> = names
        .map(|(index, name)| {
            let start = x;
            x += width(&name) as u16 + 2;
            (start, name, index == now)
        })
        .collect();
    if x <= value.right() && field != Field::Old {
        return (all, false);
    }
    (
        all.into_iter().filter(|(_, _, chosen)| *chosen).map(|(_, name, _)| (value.x, name, true)).collect(),
        true,
    )
}

/// What a cell of the screen stands for while the pane takes the keys.
#[must_use]
pub fn hit(app: &App, column: u16, row: u16) -> RequestHit {
    let Some(Overlay::Request(pane)) = app.overlays.last() else { return RequestHit::Outside };
    let place = window(app, pane);
    if !place.window.contains(column, row) {
        return RequestHit::Outside;
    }
    let Some(on) = place.rows.iter().find(|on| on.value.y == row) else { return RequestHit::Inside };
    if !on.value.contains(column, row) {
        return RequestHit::Row(on.field);
    }
    if let Some(input) = pane.input(on.field) {
        let first = input.first_cell(on.value.width.into());
        return RequestHit::Text(on.field, first + usize::from(column - on.value.x));
    }
    let cells = |(start, name, _): &(u16, String, bool)| *start..*start + width(name) as u16 + 2;
    if on.stepped {
        let end = on.choices.first().map_or(on.value.x, |choice| cells(choice).end);
        return if column >= end {
            RequestHit::Row(on.field)
        } else {
            RequestHit::Step(on.field, column != on.value.x)
        };
    }
    let choice = on.choices.iter().position(|choice| cells(choice).contains(&column));
    choice.map_or(RequestHit::Row(on.field), |index| RequestHit::Choice(on.field, index))
}
