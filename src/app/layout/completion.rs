//! Where the list of offers lies: below the word that is being typed, above it where there is more room.

use crate::app::App;
use crate::app::layout::{Area, first_shown};
use crate::core::text::view::cell_of;
use crate::core::text::width::width;

/// Offers that are shown at once.
const ROWS: u16 = 8;
/// The list is not moved above the word while so many offers fit below it.
const ENOUGH: u16 = 4;
/// Cells of a name and of a type; longer ones are cut.
const NAME: usize = 36;
const TYPE: usize = 28;
/// Cells that a line of documentation may make the list wide.
const DOC: usize = 60;

/// The list on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompletionPlace {
    /// With the border.
    pub window: Area,
    /// The rows of the offers, without the border but with a margin of one cell on either side.
    pub rows: Area,
    /// The first offer that is shown.
    pub first: usize,
    /// The rows of the documentation of the chosen offer, below a rule; empty if no offer has one or it does not fit.
    pub doc: Area,
}

/// Where the open list lies. `None` if there is none, the caret is out of sight, or nothing fits.
#[must_use]
pub fn place(app: &App) -> Option<CompletionPlace> {
    let open = app.completion.as_ref()?;
    let file = app.files.get(open.file)?;
    let text = app.editor_areas(app.focus)?.text;
    let (line, cell) = cell_of(file.editor.buffer(), open.word.start);
    let row = u16::try_from(line.checked_sub(file.view.top)?).ok().filter(|row| *row < text.height)?;
    let column = u16::try_from(cell.saturating_sub(file.view.left)).ok()?.min(text.width);
    let (row, column) = (text.y + row, text.x + column);

    let layout = app.layout();
    let longest = |cells: &dyn Fn(&crate::app::overlays::completion::Offer) -> usize, most: usize| {
        open.offers.iter().map(cells).max().unwrap_or_default().min(most)
    };
    let names = longest(&|offer| width(&offer.name), NAME);
    let types = longest(&|offer| width(&offer.what), TYPE);
    let docs = longest(&|offer| offer.doc.map_or(0, |doc| width(doc.text(app.settings.lang))), DOC);
    let content = (names + if types > 0 { types + 3 } else { 0 }).max(docs);
    let cells = (content as u16 + 4).min(layout.screen.width);

    let foot = layout.hints.y.min(layout.status.y);
    let (below, above) = (foot.saturating_sub(row + 1), row - layout.screen.y);
    let count = u16::try_from(open.offers.len()).unwrap_or(u16::MAX).min(ROWS);
    // A line that does not fit in two at this width gets a third.
    let doc_rows = match cells {
        _ if docs == 0 => 0,
        0..54 => 3,
        _ => 2,
    };
    let frame = |doc: u16| 2 + if doc > 0 { doc + 1 } else { 0 };
    let is_below = below >= frame(doc_rows) + count.min(ENOUGH) || below >= above;
    let room = if is_below { below } else { above };
    let doc_rows = if room >= frame(doc_rows) + count.min(2) { doc_rows } else { 0 };
    let shown = count.min(room.checked_sub(frame(doc_rows)).filter(|rows| *rows > 0)?);
    let height = frame(doc_rows) + shown;
    // The names stand below the word.
    let x = column.saturating_sub(2).min(layout.screen.right().saturating_sub(cells));
    let window = Area::new(x, if is_below { row + 1 } else { row - height }, cells, height);
    let inside = window.inner().narrowed(1);
    Some(CompletionPlace {
        window,
        rows: inside.top(shown),
        first: first_shown(open.selected, open.offers.len(), usize::from(shown)),
        doc: inside.foot(doc_rows),
    })
}
