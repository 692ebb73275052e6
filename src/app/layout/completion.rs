//! Where the list of offers lies: below the word that is being typed, above it where there is more room.

use crate::app::App;
use crate::app::layout::decision::wrap;
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
/// Its rows; what is longer is cut.
const DOC_ROWS: usize = 3;
/// Cells that a border and a margin take on both sides.
const FRAME: u16 = 4;
/// The window is so wide where it has documentation.
const NARROWEST: u16 = 46;
/// Cells between the longest name and the types.
const GAP: u16 = 3;
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
    /// The column of the types.
    pub types: u16,
    /// The rows of the documentation of the chosen offer; empty if no offer has one or it does not fit.
    pub doc: Area,
    /// There is a rule above it.
    pub rule: bool,
}

/// Where the open list lies. `None` if there is none, the caret is out of sight, or nothing fits.
#[must_use]
pub fn place(app: &App) -> Option<CompletionPlace> {
    let open = app.completion.as_ref()?;
    let file = app.files.get(open.file)?;
    let text = app.editor_areas(app.focus)?.text;
    let (line, cell) = cell_of(file.editor.buffer(), open.word.start);
    let row = u16::try_from(file.view.row_of(&file.editor, line)?).ok().filter(|row| *row < text.height)?;
    let column = u16::try_from(cell.saturating_sub(file.view.left)).ok()?.min(text.width);
    let (row, column) = (text.y + row, text.x + column);

    let layout = app.layout();
    let longest = |cells: &dyn Fn(&crate::app::overlays::completion::Offer) -> usize, most: usize| {
        open.offers.iter().map(cells).max().unwrap_or_default().min(most)
    };
    let names = longest(&|offer| width(&offer.name), NAME);
    let types = longest(&|offer| width(&offer.what), TYPE);
    let docs = longest(&|offer| offer.doc.map_or(0, |doc| width(doc.text(app.settings.lang))), DOC);
    let content = names + if types > 0 { types + usize::from(GAP) } else { 0 };
    // The names stand below the word. Documentation goes no further than the pane: the decision stays in sight.
    let x = column.saturating_sub(2);
    let pane = layout.area(app.focus).map_or(0, |pane| pane.right().saturating_sub(x));
    let widest = docs.min(usize::from(pane.max(NARROWEST) - FRAME));
    let cells = (content.max(widest) as u16 + FRAME).min(layout.screen.width);

    let foot = layout.hints.y.min(layout.status.y);
    let (below, above) = (foot.saturating_sub(row + 1), row - layout.screen.y);
    let count = u16::try_from(open.offers.len()).unwrap_or(u16::MAX).min(ROWS);
    let room = usize::from(cells.saturating_sub(FRAME));
    let lines = open.offers.iter().filter_map(|offer| offer.doc).map(|doc| {
        // Most fit on one line as they are.
        let text = doc.text(app.settings.lang);
        if width(text) <= room { 1 } else { wrap(text, room).len() }
    });
    let doc_rows = lines.max().unwrap_or(0).min(DOC_ROWS) as u16;
    let frame = |doc: u16, rule: bool| 2 + doc + u16::from(rule && doc > 0);
    let is_below = below >= frame(doc_rows, true) + count.min(ENOUGH) || below >= above;
    let room = if is_below { below } else { above };
    // On a low screen the documentation loses its rule first, then its rows.
    let (doc_rows, rule) = [(doc_rows, true), (doc_rows.min(2), false), (doc_rows.min(1), false)]
        .into_iter()
        .find(|(doc, rule)| room >= frame(*doc, *rule) + count.min(2))
        .unwrap_or((0, false));
    let shown = count.min(room.checked_sub(frame(doc_rows, rule)).filter(|rows| *rows > 0)?);
    let height = frame(doc_rows, rule) + shown;
    let x = x.min(layout.screen.right().saturating_sub(cells));
    let window = Area::new(x, if is_below { row + 1 } else { row - height }, cells, height);
    let inside = window.inner().narrowed(1);
    Some(CompletionPlace {
        window,
        rows: inside.top(shown),
        first: first_shown(open.selected, open.offers.len(), usize::from(shown)),
        types: inside.x + (names as u16 + GAP),
        doc: inside.foot(doc_rows),
        rule: rule && doc_rows > 0,
    })
}
