//! What lies over the panes.

use crate::app::App;
use crate::app::layout::Layout;
use crate::ui::canvas::Canvas;

/// Draws the overlays and the menu of keys.
pub fn draw(_canvas: &mut Canvas, _app: &App, _layout: &Layout) {}
