//! Draws the cluster pane, and the windows about clusters.

use super::canvas::Canvas;
use super::decision;
use super::panes::{self, Piece};
use crate::app::App;
use crate::app::layout::{Area, cluster};
use crate::app::panes::PaneId;
use crate::strings::T;

/// Draws the pane with its border.
pub fn draw(canvas: &mut Canvas, app: &App, area: Area) {
    let focused = app.focus == PaneId::Cluster;
    canvas.border(area, focused);
    let theme = canvas.theme;
    let style = if focused { theme.title_focused } else { theme.title };
    let name = format!(" {} {} ", PaneId::Cluster.number(), canvas.text(T::PaneCluster));
    let right = match cluster::progress(app) {
        text if text.is_empty() => Vec::new(),
        text => vec![Piece { text: format!(" {text} "), style: theme.dim, outside: false }],
    };
    panes::title(canvas, area, &[Piece { text: name, style, outside: false }], &right);
    let sheet = cluster::sheet(app);
    decision::draw_sheet(canvas, area, &sheet, focused);
}
