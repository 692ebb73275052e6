//! The only thing that writes cells.
//!
//! A pen stands on one row and moves right. It never leaves its row or the buffer, never draws half of a wide
//! character, and shows what a terminal would obey or a reader not see as a marker.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::app::layout::Area;
use crate::core::display_safe;
use crate::core::text::width::width;
use crate::ui::glyphs::Glyphs;

/// Writes into one row of a buffer.
pub struct Pen<'b> {
    buffer: &'b mut Buffer,
    glyphs: Glyphs,
    x: u16,
    /// The column behind the last one that may be written.
    end: u16,
    y: u16,
}

impl<'b> Pen<'b> {
    /// A pen at the start of a row of `area` (0 is its first). A row outside of the area or of the buffer takes no
    /// ink.
    pub fn new(buffer: &'b mut Buffer, glyphs: Glyphs, area: Area, row: u16) -> Self {
        let inside = row < area.height;
        let y = area.y.saturating_add(row);
        let end = if inside { area.right() } else { area.x };
        Self { buffer, glyphs, x: area.x, end, y }
    }

    /// Cells left on the row.
    #[must_use]
    pub fn room(&self) -> u16 {
        self.end.saturating_sub(self.x)
    }

    /// The column at which the next character goes.
    #[must_use]
    pub fn column(&self) -> u16 {
        self.x
    }

    /// Moves to a column; only forwards.
    pub fn go_to(&mut self, column: u16) -> &mut Self {
        self.x = self.x.max(column);
        self
    }

    /// Moves right without touching the cells.
    pub fn skip(&mut self, cells: u16) -> &mut Self {
        self.x = self.x.saturating_add(cells);
        self
    }

    /// Writes words of ours: signs are drawn from the set of glyphs.
    pub fn own(&mut self, text: &str, style: Style) -> &mut Self {
        self.write(text, style, true)
    }

    /// Writes text from outside. Of our signs only `…`, with which it may be cut, is drawn from the set of glyphs.
    pub fn outside(&mut self, text: &str, style: Style) -> &mut Self {
        self.write(text, style, false)
    }

    /// Writes text from outside in at most `cells`, cut with `…` at its end.
    pub fn outside_cut(&mut self, text: &str, cells: u16, style: Style) -> &mut Self {
        let (shown, is_cut) = cut(text, usize::from(cells.min(self.room())));
        self.outside(&shown, style);
        if is_cut {
            self.own("…", style);
        }
        self
    }

    /// Writes words of ours in at most `cells`, cut with `…` at the end.
    pub fn own_cut(&mut self, text: &str, cells: u16, style: Style) -> &mut Self {
        let (shown, is_cut) = cut(text, usize::from(cells.min(self.room())));
        self.own(&shown, style);
        if is_cut {
            self.own("…", style);
        }
        self
    }

    /// Fills with a sign up to a column.
    pub fn fill_to(&mut self, column: u16, sign: char, style: Style) -> &mut Self {
        let mut bytes = [0; 4];
        let sign: &str = self.glyphs.of(sign).encode_utf8(&mut bytes);
        while self.x < column.min(self.end) {
            self.put(sign, 1, style);
        }
        self
    }

    /// Gives the rest of the row a style, with blanks.
    pub fn fill(&mut self, style: Style) -> &mut Self {
        self.fill_to(self.end, ' ', style)
    }

    /// One character that takes `cells` cells, or a placeholder where it does not fit.
    pub fn grapheme(&mut self, text: &str, cells: u16, style: Style) -> &mut Self {
        self.put(text, cells, style);
        self
    }

    fn write(&mut self, text: &str, style: Style, translate: bool) -> &mut Self {
        for grapheme in text.graphemes(true) {
            if self.room() == 0 {
                break;
            }
            let shown = safe(grapheme);
            if translate && self.glyphs == Glyphs::Ascii {
                for c in shown.chars() {
                    let mut bytes = [0; 4];
                    let sign: &str = self.glyphs.of(c).encode_utf8(&mut bytes);
                    self.put(sign, width(sign) as u16, style);
                }
            } else if shown == "…" {
                self.fill_to(self.x + 1, '…', style);
            } else if shown.len() == grapheme.len() {
                self.put(&shown, width(&shown) as u16, style);
            } else {
                for mark in shown.graphemes(true) {
                    self.put(mark, width(mark) as u16, style);
                }
            }
        }
        self
    }

    /// Writes one grapheme. A wide one that does not fit is drawn as `…` in the cells that are left.
    fn put(&mut self, symbol: &str, cells: u16, style: Style) {
        if cells == 0 {
            return;
        }
        if cells > self.room() {
            self.fill_to(self.end, '…', style);
            return;
        }
        if let Some(cell) = self.buffer.cell_mut((self.x, self.y)) {
            cell.set_symbol(symbol).set_style(style);
        }
        // The cells that a wide character covers hold a blank in its style: that is what ratatui expects.
        for covered in 1..cells {
            if let Some(cell) = self.buffer.cell_mut((self.x + covered, self.y)) {
                cell.set_symbol(" ").set_style(style);
            }
        }
        self.x += cells;
    }
}

/// One grapheme without anything that a terminal would obey.
fn safe(grapheme: &str) -> Cow<'_, str> {
    if grapheme.len() == 1 && grapheme.as_bytes().first().is_some_and(|b| (b' '..=b'~').contains(b)) {
        return Cow::Borrowed(grapheme);
    }
    match grapheme {
        "\t" | "\n" => Cow::Borrowed(" "),
        _ => display_safe::display_safe(grapheme),
    }
}

/// The beginning of a text that fits in `cells`, and whether a `…` must follow (its cell is then left free).
#[must_use]
pub fn cut(text: &str, cells: usize) -> (Cow<'_, str>, bool) {
    let safe = display_safe::display_safe(text);
    if width(&safe) <= cells {
        return (safe, false);
    }
    let room = cells.saturating_sub(1);
    let mut used = 0;
    let mut end = 0;
    for (at, grapheme) in safe.grapheme_indices(true) {
        used += width(grapheme);
        if used > room {
            break;
        }
        end = at + grapheme.len();
    }
    let cut = safe.get(..end).unwrap_or_default().trim_end().to_owned();
    (Cow::Owned(cut), cells > 0)
}

/// Blanks in a style over all of an area.
pub fn clear(buffer: &mut Buffer, area: Area, style: Style) {
    for y in area.y..area.bottom() {
        for x in area.x..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(style);
            }
        }
    }
    // A wide character that begins left of the area would reach into it.
    if let Some(left) = area.x.checked_sub(1) {
        for y in area.y..area.bottom() {
            if let Some(cell) = buffer.cell_mut((left, y))
                && width(cell.symbol()) > 1
            {
                cell.set_symbol(" ");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::plain::to_text;
    use ratatui::layout::Rect;

    fn drawn(width: u16, glyphs: Glyphs, draw: impl FnOnce(&mut Pen)) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        draw(&mut Pen::new(&mut buffer, glyphs, Area::new(0, 0, width, 1), 0));
        to_text(&buffer)
    }

    #[test]
    fn wide_characters_stay_whole() {
        let write = |width| {
            drawn(width, Glyphs::Unicode, |pen| {
                pen.outside("日本語", Style::new());
            })
        };
        assert_eq!(write(6), "日本語\n");
        assert_eq!(write(5), "日本…\n");
        assert_eq!(write(1), "…\n");
        assert_eq!(write(0), "\n");
    }

    #[test]
    fn hidden_characters_are_shown() {
        let shown = drawn(40, Glyphs::Unicode, |pen| {
            pen.outside("a\u{1b}[2Jb\u{202e}c", Style::new());
        });
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown:?}");
        assert!(shown.starts_with('a') && shown.trim_end().ends_with('c'), "{shown:?}");
    }

    #[test]
    fn only_our_own_signs_are_translated() {
        let shown = drawn(20, Glyphs::Ascii, |pen| {
            pen.own("✗ ", Style::new()).outside("✗ ", Style::new()).outside_cut("abcdef", 4, Style::new());
        });
        assert_eq!(shown, "x ✗ abc>\n");
    }

    #[test]
    fn long_text_is_cut_where_a_character_ends() {
        assert_eq!(cut("日本語", 6), (Cow::Borrowed("日本語"), false));
        assert_eq!(cut("日本語", 5).0, "日本");
        assert_eq!(cut("日本語", 4).0, "日");
        assert_eq!(cut("abc def", 5).0, "abc");
        assert_eq!(cut("abc", 0), (Cow::Borrowed(""), false));
    }

    #[test]
    fn nothing_is_written_outside() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        for area in [Area::new(0, 5, 3, 1), Area::new(9, 0, 3, 1), Area::new(0, 0, 300, 9), Area::default()] {
            for row in [0, 1, 7] {
                Pen::new(&mut buffer, Glyphs::Unicode, area, row)
                    .own("abcdef日本", Style::new())
                    .fill(Style::new());
            }
            clear(&mut buffer, area, Style::new());
        }
    }
}
