//! Keys and mouse, in words of our own, so that neither `app` nor the keymap file depends on a terminal library.

use std::fmt;
use std::str::FromStr;

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Char(char),
    F(u8),
    Enter,
    Esc,
    Tab,
    Backspace,
    Delete,
    Insert,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
}

/// A key with its modifiers. Shift is folded into the character where the key is one (`A`, not shift-`a`); Shift-Tab
/// is `Tab` with shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord {
    pub key: Key,
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
}

impl Chord {
    /// The key alone.
    #[must_use]
    pub const fn plain(key: Key) -> Self {
        Self { key, ctrl: false, alt: false, shift: false }
    }

    /// The character that it types, if it types one.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self.key {
            Key::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// With a Japanese input method on, `？`, `／`, `ｑ` arrive: the same chord with the full-width form folded to
    /// ASCII (U+FF01..U+FF5E, U+3000), and whether anything was folded.
    #[must_use]
    pub fn fold_full_width(self) -> (Self, bool) {
        let Key::Char(c) = self.key else { return (self, false) };
        let folded = match c {
            '\u{3000}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            _ => return (self, false),
        };
        (Self { key: Key::Char(folded), ..self }, true)
    }
}

/// The names of keys as the keymap file writes them.
const NAMES: [(&str, Key); 15] = [
    ("enter", Key::Enter),
    ("esc", Key::Esc),
    ("tab", Key::Tab),
    ("backspace", Key::Backspace),
    ("delete", Key::Delete),
    ("insert", Key::Insert),
    ("left", Key::Left),
    ("right", Key::Right),
    ("up", Key::Up),
    ("down", Key::Down),
    ("home", Key::Home),
    ("end", Key::End),
    ("pageup", Key::PageUp),
    ("pagedown", Key::PageDown),
    ("space", Key::Char(' ')),
];

impl FromStr for Chord {
    type Err = String;

    /// Reads `ctrl-s`, `shift-f8`, `alt-1`, `g`, `G`, `space`, `?`, `-`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut chord = Chord::plain(Key::Esc);
        let mut rest = text;
        loop {
            let lower = rest.to_ascii_lowercase();
            let (flag, len) = match lower.as_str() {
                l if l.starts_with("ctrl-") => (&mut chord.ctrl, 5),
                l if l.starts_with("alt-") => (&mut chord.alt, 4),
                l if l.starts_with("shift-") => (&mut chord.shift, 6),
                _ => break,
            };
            let Some(tail) = rest.get(len..).filter(|tail| !tail.is_empty()) else { break };
            *flag = true;
            rest = tail;
        }
        let lower = rest.to_ascii_lowercase();
        let mut chars = rest.chars();
        chord.key = match (chars.next(), chars.next()) {
            (Some(c), None) => Key::Char(c),
            (Some('f' | 'F'), Some(_))
                if lower
                    .get(1..)
                    .and_then(|n| n.parse::<u8>().ok())
                    .is_some_and(|n| (1..=12).contains(&n)) =>
            {
                Key::F(lower.get(1..).and_then(|n| n.parse().ok()).unwrap_or(1))
            }
            _ => NAMES.iter().find(|(name, _)| *name == lower).map(|(_, key)| *key).ok_or_else(|| {
                // internal: the settings say it in both languages
                format!("`{text}` is not a key: write for example ctrl-s, shift-f8, space or g")
            })?,
        };
        if chord.shift
            && let Key::Char(c) = chord.key
        {
            chord.shift = false;
            chord.key = Key::Char(c.to_ascii_uppercase());
        }
        Ok(chord)
    }
}

impl fmt::Display for Chord {
    /// As people read it: `^S`, `Shift-F8`, `Alt-1`, `Space`, `g`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.alt {
            f.write_str("Alt-")?;
        }
        // In `^Z` the letter is large in any case, so that a shifted one has to say so.
        let shifted = self.ctrl && matches!(self.key, Key::Char(c) if c.is_ascii_uppercase());
        if self.shift || shifted {
            f.write_str("Shift-")?;
        }
        if self.ctrl {
            f.write_str(if matches!(self.key, Key::Char(_)) { "^" } else { "Ctrl-" })?;
        }
        match self.key {
            Key::Char(' ') => f.write_str("Space"),
            Key::Char(c) if self.ctrl => write!(f, "{}", c.to_ascii_uppercase()),
            Key::Char(c) => write!(f, "{c}"),
            Key::F(n) => write!(f, "F{n}"),
            Key::Enter => f.write_str("Enter"),
            Key::Esc => f.write_str("Esc"),
            Key::Tab => f.write_str("Tab"),
            Key::Backspace => f.write_str("Backspace"),
            Key::Delete => f.write_str("Del"),
            Key::Insert => f.write_str("Ins"),
            Key::Left => f.write_str("Left"),
            Key::Right => f.write_str("Right"),
            Key::Up => f.write_str("Up"),
            Key::Down => f.write_str("Down"),
            Key::Home => f.write_str("Home"),
            Key::End => f.write_str("End"),
            Key::PageUp => f.write_str("PgUp"),
            Key::PageDown => f.write_str("PgDn"),
        }
    }
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down; `clicks` counts 1, 2, 3 for presses at one place within 400 ms.
    Press {
        clicks: u8,
    },
    /// Moved with the left button held.
    Drag,
    Release,
    ScrollUp,
    ScrollDown,
    ScrollLeft,
    ScrollRight,
}

/// A mouse event at a cell of the screen, from the top left, starting at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    pub kind: MouseKind,
    pub column: u16,
    pub row: u16,
    pub shift: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_are_read_and_shown() {
        for (text, shown) in [
            ("ctrl-s", "^S"),
            ("ctrl-shift-z", "Shift-^Z"),
            ("shift-f8", "Shift-F8"),
            ("alt-1", "Alt-1"),
            ("space", "Space"),
            ("g", "g"),
            ("G", "G"),
            ("shift-g", "G"),
            ("-", "-"),
            ("ctrl--", "^-"),
            ("f12", "F12"),
            ("shift-tab", "Shift-Tab"),
            ("ctrl-left", "Ctrl-Left"),
            ("f", "f"),
        ] {
            assert_eq!(text.parse::<Chord>().map(|c| c.to_string()), Ok(shown.to_string()), "{text}");
        }
        for wrong in ["", "hyper-x", "f13", "f0", "ctrl-"] {
            assert!(wrong.parse::<Chord>().is_err() || wrong == "ctrl-", "{wrong}");
        }
    }

    #[test]
    fn full_width_forms_are_folded() {
        let chord = Chord::plain(Key::Char('？'));
        assert_eq!(chord.fold_full_width(), (Chord::plain(Key::Char('?')), true));
        assert_eq!(Chord::plain(Key::Char('あ')).fold_full_width(), (Chord::plain(Key::Char('あ')), false));
    }
}
