//! Draws an `&App` into a frame and changes nothing.
//!
//! Every cell goes through [`pen`], which clips, keeps wide characters whole and shows hidden ones as markers. Colours
//! come from [`theme`], signs and borders from [`glyphs`], rectangles from [`app::layout`](crate::app::layout).

pub mod canvas;
pub mod cluster;
pub mod decision;
pub mod editor;
pub mod glyphs;
pub mod lines;
pub mod notices;
pub mod overlays;
pub mod panes;
pub mod pen;
pub mod plain;
pub mod prompt;
pub mod svg;
pub mod theme;

use ratatui::Frame;
use ratatui::buffer::Buffer;

use crate::app::App;
use crate::app::layout::{Layout, SMALLEST, Shape};
use crate::app::panes::PaneId;
use crate::strings::T;
use crate::ui::canvas::Canvas;
use crate::ui::theme::Theme;

/// Draws the screen.
pub fn draw(frame: &mut Frame, app: &App) {
    let cursor = draw_into(frame.buffer_mut(), app);
    // Without a position the cursor is hidden.
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

/// Draws the screen into a buffer and gives back where the terminal's cursor goes. What does not fit the buffer is not
/// drawn: a resize can come between the last message and this.
pub fn draw_into(buffer: &mut Buffer, app: &App) -> Option<(u16, u16)> {
    let theme = Theme::of(app.settings.theme);
    let layout = app.layout();
    let mut canvas =
        Canvas { buffer, theme: &theme, glyphs: app.settings.glyphs, lang: app.settings.lang, cursor: None };
    canvas.clear(layout.screen);
    if layout.shape == Shape::TooSmall {
        too_small(&mut canvas, &layout);
        return None;
    }
    lines::header(&mut canvas, app, &layout);
    for pane in PaneId::ALL {
        match (layout.area(pane), pane) {
            (None, _) => {}
            (Some(area), PaneId::Decision) => decision::draw(&mut canvas, app, area),
            (Some(area), PaneId::Cluster) => cluster::draw(&mut canvas, app, area),
            (Some(area), _) => panes::draw(&mut canvas, app, pane, area),
        }
    }
    lines::status(&mut canvas, app, &layout);
    lines::hints(&mut canvas, app, &layout);
    overlays::draw(&mut canvas, app, &layout);
    canvas.cursor
}

fn too_small(canvas: &mut Canvas, layout: &Layout) {
    let (width, height) = SMALLEST;
    let text = T::ScreenTooSmall.fill(canvas.lang, &[("width", &width), ("height", &height)]);
    let style = canvas.theme.base;
    canvas.pen(layout.screen, layout.screen.height / 2).own(&text, style);
}
