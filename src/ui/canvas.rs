//! What every part of the screen is drawn with: the buffer, the theme, the signs, the language.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::app::layout::Area;
use crate::strings::{Lang, T};
use crate::ui::glyphs::Glyphs;
use crate::ui::pen::{self, Pen};
use crate::ui::theme::Theme;

/// A screen that is being drawn.
pub struct Canvas<'a> {
    pub buffer: &'a mut Buffer,
    pub theme: &'a Theme,
    pub glyphs: Glyphs,
    pub lang: Lang,
    /// Where the terminal's cursor goes; the last one to set it wins. An input method draws its unfinished text there,
    /// so it is always the caret of what takes the keys.
    pub cursor: Option<(u16, u16)>,
}

impl Canvas<'_> {
    /// A pen at the start of a row of `area`.
    pub fn pen(&mut self, area: Area, row: u16) -> Pen<'_> {
        Pen::new(self.buffer, self.glyphs, area, row)
    }

    /// A text of ours.
    #[must_use]
    pub fn text(&self, text: T) -> &'static str {
        text.text(self.lang)
    }

    /// Blanks over all of an area.
    pub fn clear(&mut self, area: Area) {
        pen::clear(self.buffer, area, self.theme.base);
    }

    /// A border around an area, without touching what is inside.
    pub fn border(&mut self, area: Area, focused: bool) {
        if area.width < 2 || area.height < 2 {
            return;
        }
        let set = self.glyphs.border(focused);
        let style = if focused { self.theme.border_focused } else { self.theme.border };
        for (row, left, line, right) in [
            (0, set.top_left, set.horizontal_top, set.top_right),
            (area.height - 1, set.bottom_left, set.horizontal_bottom, set.bottom_right),
        ] {
            let mut pen = self.pen(area, row);
            pen.grapheme(left, 1, style);
            for _ in 2..area.width {
                pen.grapheme(line, 1, style);
            }
            pen.grapheme(right, 1, style);
        }
        for row in 1..area.height - 1 {
            let mut pen = self.pen(area, row);
            pen.grapheme(set.vertical_left, 1, style);
            pen.go_to(area.right() - 1).grapheme(set.vertical_right, 1, style);
        }
    }

    /// Puts a style over all cells of an area, keeping what is written.
    pub fn tint(&mut self, area: Area, style: Style) {
        for y in area.y..area.bottom() {
            for x in area.x..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.set_style(style);
                }
            }
        }
    }
}
