//! Signs and borders, in Unicode and for terminals that only draw ASCII.
//!
//! Texts of ours are written with the Unicode signs; in the ASCII set the pen replaces each by one character, so that
//! nothing moves. Text from outside is never translated.

use ratatui::symbols::border;

pub use crate::app::settings::Glyphs;

/// Our signs and what stands for them in ASCII.
const SIGNS: [(char, char); 25] = [
    ('✗', 'x'),
    ('✓', 'v'),
    ('●', '*'),
    ('▶', '>'),
    ('▸', '>'),
    ('▾', 'v'),
    ('◆', '#'),
    ('◇', '#'),
    ('…', '>'),
    ('⏎', '$'),
    ('·', '.'),
    ('←', '<'),
    ('→', '>'),
    ('↑', '^'),
    ('↓', 'v'),
    ('–', '-'),
    ('─', '-'),
    ('━', '-'),
    ('│', '|'),
    ('┃', '|'),
    ('├', '+'),
    ('┤', '+'),
    ('›', '>'),
    ('»', '>'),
    ('▏', '|'),
];

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

const ASCII_THICK: border::Set<'static> = border::Set {
    top_left: "#",
    top_right: "#",
    bottom_left: "#",
    bottom_right: "#",
    vertical_left: "#",
    vertical_right: "#",
    horizontal_top: "=",
    horizontal_bottom: "=",
};

impl Glyphs {
    /// A character of our own texts as this set draws it.
    #[must_use]
    pub fn of(self, sign: char) -> char {
        match self {
            Self::Unicode => sign,
            Self::Ascii => {
                SIGNS.iter().find(|(unicode, _)| *unicode == sign).map_or(sign, |(_, ascii)| *ascii)
            }
        }
    }

    /// The border of a pane.
    #[must_use]
    pub const fn border(self, focused: bool) -> border::Set<'static> {
        match (self, focused) {
            (Self::Unicode, false) => border::PLAIN,
            (Self::Unicode, true) => border::THICK,
            (Self::Ascii, false) => ASCII_BORDER,
            (Self::Ascii, true) => ASCII_THICK,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::CellWidth;

    #[test]
    fn a_sign_takes_one_cell_in_both_sets() {
        for (unicode, ascii) in SIGNS {
            assert_eq!(unicode.to_string().cell_width(), 1, "{unicode}");
            assert!(ascii.is_ascii_graphic());
            assert_eq!(Glyphs::Ascii.of(unicode), ascii);
            assert_eq!(Glyphs::Unicode.of(unicode), unicode);
        }
    }
}
