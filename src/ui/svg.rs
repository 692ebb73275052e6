//! A drawn screen as an SVG picture.
//!
//! Every run of cells in one style becomes one `<text>` with its own place and length, and every wide character stands
//! alone at its own `x`, so that Japanese stays on the grid with whatever font the reader has. Nothing in the picture
//! depends on the time or the machine.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::{Color, Modifier};

use crate::ui::plain::rows;

/// How the picture is framed.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// A title bar with this text, as a terminal window has it.
    pub title: Option<&'a str>,
    /// Where the terminal's cursor stands.
    pub cursor: Option<(u16, u16)>,
    /// Colours of the terminal where the screen sets none.
    pub text: (u8, u8, u8),
    pub background: (u8, u8, u8),
}

impl Default for Frame<'_> {
    fn default() -> Self {
        Self { title: None, cursor: None, text: (0xd8, 0xde, 0xe9), background: (0x15, 0x18, 0x1e) }
    }
}

/// Size of a cell, in units of the picture.
const CELL: (f64, f64) = (8.4, 18.0);
const FONT_SIZE: u32 = 14;
/// From the top of a cell to the line that letters stand on.
const BASELINE: f64 = 13.5;
const MARGIN: f64 = 12.0;
const TITLE: f64 = 30.0;

/// The 16 colours of a terminal, on a dark background.
const ANSI: [(u8, u8, u8); 16] = [
    (0x15, 0x18, 0x1e),
    (0xff, 0x7a, 0x85),
    (0x8f, 0xd6, 0x94),
    (0xe8, 0xc4, 0x6f),
    (0x7a, 0xa2, 0xf7),
    (0xc5, 0x9d, 0xff),
    (0x7f, 0xd3, 0xe8),
    (0xd8, 0xde, 0xe9),
    (0x8a, 0x94, 0xa6),
    (0xff, 0x9a, 0xa2),
    (0xb0, 0xe8, 0xb4),
    (0xf5, 0xd8, 0x90),
    (0xa0, 0xbe, 0xff),
    (0xff, 0x9e, 0xc4),
    (0xa8, 0xe4, 0xf2),
    (0xff, 0xff, 0xff),
];

/// What decides how a cell looks.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    fg: (u8, u8, u8),
    bg: Option<(u8, u8, u8)>,
    line: Option<(u8, u8, u8)>,
    bold: bool,
    italic: bool,
    dim: bool,
    struck: bool,
}

/// Draws the buffer.
#[must_use]
pub fn to_svg(buffer: &Buffer, frame: &Frame) -> String {
    let top = if frame.title.is_some() { TITLE } else { MARGIN };
    let width = f64::from(buffer.area.width) * CELL.0 + 2.0 * MARGIN;
    let height = f64::from(buffer.area.height) * CELL.1 + top + MARGIN;
    let mut svg = String::new();
    let mut put = |line: std::fmt::Arguments| {
        // Writing to a String cannot fail.
        let _written = svg.write_fmt(line);
        svg.push('\n');
    };
    put(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1} {height:.1}" width="{width:.1}" height="{height:.1}" font-family="ui-monospace, 'DejaVu Sans Mono', 'Cascadia Mono', Menlo, Consolas, 'Noto Sans Mono CJK JP', 'Noto Sans CJK JP', 'Hiragino Sans', 'Yu Gothic', monospace" font-size="{FONT_SIZE}">"#
    ));
    put(format_args!(
        r#"<rect width="{width:.1}" height="{height:.1}" rx="8" fill="{}" stroke="{}" stroke-opacity="0.35"/>"#,
        hex(frame.background),
        hex(mix(frame.text, frame.background, 0.4)),
    ));
    if let Some(title) = frame.title {
        for (index, dot) in ["#ff5f57", "#febc2e", "#28c840"].into_iter().enumerate() {
            put(format_args!(r#"<circle cx="{}" cy="15" r="5.5" fill="{dot}"/>"#, 18 + 18 * index));
        }
        put(format_args!(
            r#"<text x="{:.1}" y="19.5" text-anchor="middle" fill="{}" font-size="13">{}</text>"#,
            width / 2.0,
            hex(mix(frame.text, frame.background, 0.65)),
            escape(title)
        ));
    }
    put(format_args!(r#"<g transform="translate({MARGIN} {top})" xml:space="preserve">"#));
    for (y, row) in rows(buffer).into_iter().enumerate() {
        let y = y as f64 * CELL.1;
        for run in runs(&row, frame, |look| look.bg) {
            if let Some(bg) = run.look.bg {
                put(format_args!(
                    r#"<rect x="{:.1}" y="{y:.1}" width="{:.1}" height="{:.1}" fill="{}"/>"#,
                    run.x(),
                    run.width(),
                    CELL.1,
                    hex(bg)
                ));
            }
        }
        for run in runs(&row, frame, |look| look) {
            let Some((blank, text)) = run.inked() else { continue };
            let look = run.look;
            if let Some(arms) = text.chars().next().and_then(arms) {
                // The lines of borders are drawn, not written: fonts leave gaps between rows.
                let ink = if look.dim { mix(look.fg, frame.background, 0.62) } else { look.fg };
                put(format_args!("{}", border(&run, y, arms, ink)));
                continue;
            }
            let mut style = String::new();
            if look.bold {
                style.push_str(r#" font-weight="bold""#);
            }
            if look.italic {
                style.push_str(r#" font-style="italic""#);
            }
            if look.struck {
                style.push_str(r#" text-decoration="line-through""#);
            }
            let fg = if look.dim { mix(look.fg, look.bg.unwrap_or(frame.background), 0.62) } else { look.fg };
            let x = run.x() + blank as f64 * CELL.0;
            let length = text.cell_width();
            // A border is drawn as a line by the font only if nothing stretches it; text is held to the grid.
            let held = if length > 1 {
                format!(r#" textLength="{:.1}" lengthAdjust="spacing""#, f64::from(length) * CELL.0)
            } else {
                String::new()
            };
            if !text.is_empty() {
                put(format_args!(
                    r#"<text x="{x:.1}" y="{:.1}" fill="{}"{style}{held}>{}</text>"#,
                    y + BASELINE,
                    hex(fg),
                    escape(text)
                ));
            }
        }
        for run in runs(&row, frame, |look| look.line) {
            if let Some(line) = run.look.line {
                put(format_args!(
                    r#"<rect x="{:.1}" y="{:.1}" width="{:.1}" height="1.2" fill="{}"/>"#,
                    run.x(),
                    y + BASELINE + 2.0,
                    run.width(),
                    hex(line)
                ));
            }
        }
    }
    if let Some((x, y)) = frame.cursor {
        put(format_args!(
            r#"<rect x="{:.1}" y="{:.1}" width="2" height="{:.1}" fill="{}"/>"#,
            f64::from(x) * CELL.0,
            f64::from(y) * CELL.1,
            CELL.1,
            hex(frame.text)
        ));
    }
    put(format_args!("</g>\n</svg>"));
    svg
}

/// Which arms a border sign has (left, right, up, down) and whether they are thick.
fn arms(sign: char) -> Option<([bool; 4], bool)> {
    let (arms, thick) = match sign {
        '─' => ([true, true, false, false], false),
        '│' => ([false, false, true, true], false),
        '┌' => ([false, true, false, true], false),
        '┐' => ([true, false, false, true], false),
        '└' => ([false, true, true, false], false),
        '┘' => ([true, false, true, false], false),
        '━' => ([true, true, false, false], true),
        '┃' => ([false, false, true, true], true),
        '┏' => ([false, true, false, true], true),
        '┓' => ([true, false, false, true], true),
        '┗' => ([false, true, true, false], true),
        '┛' => ([true, false, true, false], true),
        '├' => ([false, true, true, true], false),
        '┤' => ([true, false, true, true], false),
        _ => return None,
    };
    Some((arms, thick))
}

/// A run of one border sign as lines.
fn border(
    run: &Run,
    y: f64,
    ([left, right, up, down], thick): ([bool; 4], bool),
    ink: (u8, u8, u8),
) -> String {
    let width = if thick { 2.4 } else { 1.2 };
    let (start, end) = (run.x(), run.x() + run.width());
    let (middle_x, middle_y) = (start + CELL.0 / 2.0, y + CELL.1 / 2.0);
    let mut path = String::new();
    if left || right {
        let from = if left { start } else { middle_x - width / 2.0 };
        let to = if right { end } else { middle_x + width / 2.0 };
        let _written = write!(path, "M{from:.1} {middle_y:.1}H{to:.1}");
    }
    if up || down {
        let from = if up { y } else { middle_y };
        let to = if down { y + CELL.1 } else { middle_y };
        let _written = write!(path, "M{middle_x:.1} {from:.1}V{to:.1}");
    }
    format!(r#"<path d="{path}" stroke="{}" stroke-width="{width}" fill="none"/>"#, hex(ink))
}

/// Neighbouring cells that look alike.
struct Run {
    column: u16,
    cells: u16,
    text: String,
    look: Look,
}

impl Run {
    fn x(&self) -> f64 {
        f64::from(self.column) * CELL.0
    }

    fn width(&self) -> f64 {
        f64::from(self.cells) * CELL.0
    }

    /// The text without blanks at its ends, and how many blanks are before it; `None` if there is nothing to draw.
    fn inked(&self) -> Option<(usize, &str)> {
        let text = self.text.trim_end_matches(' ');
        let inked = text.trim_start_matches(' ');
        (!inked.is_empty()).then_some((text.len() - inked.len(), inked))
    }
}

/// The runs of a row: cells that agree in what `same` picks. Wide characters are alone.
fn runs<K: PartialEq>(row: &[(u16, &Cell)], frame: &Frame, same: impl Fn(Look) -> K) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut closed = true;
    for (column, cell) in row {
        let look = look(cell, frame);
        let cells = cell.cell_width().max(1);
        let alone = cells > 1 || !cell.symbol().is_ascii();
        match runs.last_mut() {
            Some(run) if !closed && !alone && same(run.look) == same(look) => {
                run.cells += cells;
                run.text.push_str(cell.symbol());
            }
            // The rest of a border is one run too: the same sign again. Two upright ones are two lines.
            Some(run)
                if same(run.look) == same(look)
                    && cells == 1
                    && !matches!(cell.symbol(), "│" | "┃")
                    && run.text.ends_with(cell.symbol())
                    && alone =>
            {
                run.cells += cells;
                run.text.push_str(cell.symbol());
            }
            _ => runs.push(Run { column: *column, cells, text: cell.symbol().to_owned(), look }),
        }
        closed = alone;
    }
    runs
}

fn look(cell: &Cell, frame: &Frame) -> Look {
    let has = |modifier| cell.modifier.contains(modifier);
    let fg = color(cell.fg).unwrap_or(frame.text);
    let bg = color(cell.bg).filter(|bg| *bg != frame.background);
    let (fg, bg) =
        if has(Modifier::REVERSED) { (bg.unwrap_or(frame.background), Some(fg)) } else { (fg, bg) };
    let line = has(Modifier::UNDERLINED).then(|| color(cell.underline_color).unwrap_or(fg));
    Look {
        fg,
        bg,
        line,
        bold: has(Modifier::BOLD),
        italic: has(Modifier::ITALIC),
        dim: has(Modifier::DIM),
        struck: has(Modifier::CROSSED_OUT),
    }
}

fn color(color: Color) -> Option<(u8, u8, u8)> {
    let index = match color {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => return Some((r, g, b)),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(index) => usize::from(index),
    };
    ANSI.get(index).copied()
}

/// `share` of the first colour, the rest of the second.
fn mix(one: (u8, u8, u8), two: (u8, u8, u8), share: f64) -> (u8, u8, u8) {
    let part = |a: u8, b: u8| (f64::from(a) * share + f64::from(b) * (1.0 - share)).round() as u8;
    (part(one.0, two.0), part(one.1, two.1), part(one.2, two.2))
}

fn hex((r, g, b): (u8, u8, u8)) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn markup_is_escaped_and_wide_characters_have_their_own_place() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "a<b&c", Style::new());
        buffer.set_string(5, 0, "日本", Style::new());
        buffer.set_string(9, 0, "z", Style::new());
        let svg = to_svg(&buffer, &Frame::default());
        assert!(svg.contains(">a&lt;b&amp;c</text>"), "{svg}");
        for (text, column) in [("日", 5), ("本", 7), ("z", 9)] {
            let place = format!(r#"<text x="{:.1}" "#, f64::from(column) * CELL.0);
            assert!(
                svg.lines().any(|l| l.starts_with(&place) && l.contains(&format!(">{text}<"))),
                "{text} {svg}"
            );
        }
    }

    #[test]
    fn reversed_and_underlined_text_is_drawn() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(0, 0, "ab", Style::new().add_modifier(Modifier::REVERSED));
        buffer.set_string(
            2,
            0,
            "cd",
            Style::new().add_modifier(Modifier::UNDERLINED).underline_color(Color::Red),
        );
        let svg = to_svg(&buffer, &Frame { title: Some("<t>"), cursor: Some((1, 0)), ..Frame::default() });
        assert!(svg.contains(r##"width="16.8" height="18.0" fill="#d8dee9""##), "{svg}");
        assert!(svg.contains(r##"height="1.2" fill="#ff7a85""##), "{svg}");
        assert!(svg.contains("&lt;t&gt;"));
    }
}
