//! A drawn screen as text, for tests: what is written, and in which style.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::Style;

/// What a person reads, one line a row, without the blanks at the ends. Cells that a wide character covers are
/// skipped.
#[must_use]
pub fn to_text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in rows(buffer) {
        let line: String = row.iter().map(|(_, cell)| cell.symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The styles of the same cells, a letter for each style (`.` for none), and below it what the letters mean in the
/// order in which they appear.
#[must_use]
pub fn to_styles(buffer: &Buffer) -> String {
    let mut known: Vec<Style> = Vec::new();
    let mut text = String::new();
    for row in rows(buffer) {
        let mut line = String::new();
        for (_, cell) in &row {
            let style = cell.style();
            let letter = if is_plain(style, cell) {
                '.'
            } else {
                let at = known.iter().position(|s| *s == style).unwrap_or_else(|| {
                    known.push(style);
                    known.len() - 1
                });
                LETTERS.chars().nth(at).unwrap_or('?')
            };
            for _ in 0..cell.cell_width().max(1) {
                line.push(letter);
            }
        }
        text.push_str(line.trim_end_matches('.'));
        text.push('\n');
    }
    for (letter, style) in LETTERS.chars().zip(known) {
        let _written = writeln!(text, "{letter} {}", describe(style));
    }
    text
}

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

fn is_plain(style: Style, _cell: &Cell) -> bool {
    style == Cell::EMPTY.style()
}

fn describe(style: Style) -> String {
    let mut words = Vec::new();
    if let Some(fg) = style.fg.filter(|c| *c != ratatui::style::Color::Reset) {
        words.push(fg.to_string());
    }
    if let Some(bg) = style.bg.filter(|c| *c != ratatui::style::Color::Reset) {
        words.push(format!("on {bg}"));
    }
    if let Some(line) = style.underline_color.filter(|c| *c != ratatui::style::Color::Reset) {
        words.push(format!("line {line}"));
    }
    for (name, _) in style.add_modifier.iter_names() {
        words.push(name.to_lowercase());
    }
    words.join(" ")
}

/// The cells of each row with their columns, without those covered by a wide character.
pub(super) fn rows(buffer: &Buffer) -> Vec<Vec<(u16, &Cell)>> {
    let area = buffer.area;
    (area.y..area.bottom())
        .map(|y| {
            let mut row = Vec::new();
            let mut x = area.x;
            while x < area.right() {
                let Some(cell) = buffer.cell((x, y)) else { break };
                row.push((x, cell));
                x = x.saturating_add(cell.cell_width().max(1));
            }
            row
        })
        .collect()
}
