//! (in the making)
use crate::app::App;
use crate::app::layout::Area;
use crate::core::decision::Place;

/// What lies at a cell of the decision pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hit {
    /// Index into `DecisionPane::shown_findings`.
    Finding(usize),
    Place(Place),
    Cell {
        document: usize,
        policy: Option<usize>,
    },
}

/// What lies at a cell of the screen.
#[must_use]
pub fn hit(_app: &App, _pane: Area, _column: u16, _row: u16) -> Option<Hit> {
    None
}
