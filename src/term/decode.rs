//! Bytes of the terminal → events. Pure: no terminal, no clock.
//!
//! Why not the terminal library's own reader: the last release of crossterm (0.29) types late answers of the terminal
//! (OSC 11) into the text, waits for ever when a bracketed paste loses its end, reads Shift-F3 as a cursor report,
//! takes the halves of a split sequence for keys, and turns in circles when the terminal is gone. Here every sequence
//! is known or ignored as a whole, however the bytes are cut.

use std::time::Duration;

use crate::app::input::{Chord, Key};

/// The longest escape sequence (other than a string) that is waited for; anything longer is noise.
const LONGEST_SEQUENCE: usize = 64;
/// The longest answer of a terminal that is waited for.
const LONGEST_STRING: usize = 4096;
/// A paste larger than this is handed over in pieces.
const LARGEST_PASTE: usize = 64 << 20;

const PASTE_END: &[u8] = b"\x1b[201~";

/// What the terminal said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Key(Chord),
    /// A bracketed paste, line ends as they came.
    Paste(String),
    Mouse(RawMouse),
    Focus(bool),
    /// The answer to our question for the background colour.
    Background {
        light: bool,
    },
}

/// A mouse report, before clicks are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawMouse {
    pub action: MouseAction,
    /// From the left, starting at 0.
    pub column: u16,
    /// From the top, starting at 0.
    pub row: u16,
    pub shift: bool,
}

/// What a mouse report is about. Other buttons than the left one are left to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseAction {
    Press,
    Drag,
    Release,
    ScrollUp,
    ScrollDown,
    ScrollLeft,
    ScrollRight,
}

/// Turns bytes into events; keeps what is not complete yet.
#[derive(Debug, Default)]
pub struct Decoder {
    pending: Vec<u8>,
    /// The bytes of a bracketed paste that has not ended.
    paste: Option<Vec<u8>>,
}

/// What one look at the front of the bytes found.
enum Step {
    /// More bytes are needed.
    More,
    /// This many bytes are done with.
    Took(usize, Option<Event>),
    /// A bracketed paste begins after this many bytes.
    PasteBegins(usize),
}

impl Decoder {
    /// Takes the next bytes and appends what they mean to `out`.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Event>) {
        self.pending.extend_from_slice(bytes);
        let pending = std::mem::take(&mut self.pending);
        let mut rest = pending.as_slice();
        loop {
            if self.paste.is_some() {
                match self.take_paste(rest, out) {
                    Some(after) => rest = after,
                    None => return,
                }
            }
            if rest.is_empty() {
                return;
            }
            match step(rest) {
                Step::More => {
                    self.pending.extend_from_slice(rest);
                    return;
                }
                Step::Took(count, event) => {
                    out.extend(event);
                    rest = rest.get(count.max(1)..).unwrap_or_default();
                }
                Step::PasteBegins(count) => {
                    self.paste = Some(Vec::new());
                    rest = rest.get(count..).unwrap_or_default();
                }
            }
        }
    }

    /// Moves bytes into the open paste. `Some(rest)` when the paste has ended, `None` when all bytes were taken.
    fn take_paste<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<Event>) -> Option<&'a [u8]> {
        let paste = self.paste.get_or_insert_default();
        // The end marker may be cut in two: look at the last bytes that are already there as well.
        let overlap = paste.len().saturating_sub(PASTE_END.len() - 1);
        let kept = paste.len();
        paste.extend_from_slice(bytes);
        let tail = paste.get(overlap..).unwrap_or_default();
        if let Some(at) = find(tail, PASTE_END) {
            let end = overlap + at;
            let used = (end + PASTE_END.len()).saturating_sub(kept);
            paste.truncate(end);
            out.push(Event::Paste(String::from_utf8_lossy(paste).into_owned()));
            self.paste = None;
            return Some(bytes.get(used..).unwrap_or_default());
        }
        if paste.len() > LARGEST_PASTE {
            let whole = complete_utf8(paste);
            let rest = paste.split_off(whole);
            out.push(Event::Paste(String::from_utf8_lossy(paste).into_owned()));
            *paste = rest;
        }
        None
    }

    /// How long to wait for the rest of what has begun; `None` if nothing has.
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        if self.paste.is_some() {
            return Some(Duration::from_secs(2));
        }
        match self.pending.as_slice() {
            [] => None,
            // A key of its own, or the first byte of a sequence. Slow lines cut sequences in two.
            [0x1b] | [0x1b, b'[' | b'O' | b']' | b'P'] => Some(Duration::from_millis(25)),
            [0x1b, b']' | b'P', ..] => Some(Duration::from_secs(1)),
            _ => Some(Duration::from_millis(250)),
        }
    }

    /// The rest did not come: what has begun is a key of its own, or noise, or all of a paste that there is.
    pub fn give_up(&mut self, out: &mut Vec<Event>) {
        if let Some(paste) = self.paste.take() {
            out.push(Event::Paste(String::from_utf8_lossy(&paste).into_owned()));
        }
        match std::mem::take(&mut self.pending).as_slice() {
            [0x1b] => out.push(Event::Key(Chord::plain(Key::Esc))),
            [0x1b, c @ (b'[' | b'O' | b']' | b'P')] => {
                let chord = Chord { alt: true, ..Chord::plain(Key::Char(char::from(*c))) };
                out.push(Event::Key(chord));
            }
            _ => {}
        }
    }
}

/// The offset of `needle`.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

/// How many bytes at the front are not a character that is cut at the end.
fn complete_utf8(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    }
}

/// Looks at the front of `bytes`, which is not empty.
fn step(bytes: &[u8]) -> Step {
    match bytes {
        [] | [0x1b] => Step::More,
        [0x1b, b'[', ..] => control_sequence(bytes),
        [0x1b, b'O', ..] => single_shift(bytes),
        [0x1b, b']', rest @ ..] => match rest.first() {
            None => Step::More,
            Some(b'0'..=b'9') => string(bytes),
            Some(_) => Step::Took(2, alt(b']')),
        },
        [0x1b, b'P', rest @ ..] => match rest.first() {
            None => Step::More,
            Some(b'0'..=b'9' | b'>') => string(bytes),
            Some(_) => Step::Took(2, alt(b'P')),
        },
        [0x1b, 0x1b, ..] => Step::Took(1, Some(Event::Key(Chord::plain(Key::Esc)))),
        [0x1b, rest @ ..] => match character(rest) {
            Step::Took(count, Some(Event::Key(chord))) => {
                Step::Took(count + 1, Some(Event::Key(Chord { alt: true, ..chord })))
            }
            Step::Took(count, event) => Step::Took(count + 1, event),
            other => other,
        },
        _ => character(bytes),
    }
}

fn alt(c: u8) -> Option<Event> {
    Some(Event::Key(Chord { alt: true, ..Chord::plain(Key::Char(char::from(c))) }))
}

/// A character, or a control character that a key sends.
fn character(bytes: &[u8]) -> Step {
    let Some(&first) = bytes.first() else { return Step::More };
    let control = |c: char| Chord { ctrl: true, ..Chord::plain(Key::Char(c)) };
    let chord = match first {
        b'\r' => Chord::plain(Key::Enter),
        b'\t' => Chord::plain(Key::Tab),
        // Terminals disagree on which of the two Backspace sends; Ctrl-H is never bound for that reason.
        0x7f | 0x08 => Chord::plain(Key::Backspace),
        0x00 => control(' '),
        0x01..=0x1a => control(char::from(first - 1 + b'a')),
        0x1c => control('\\'),
        0x1d => control(']'),
        0x1e => control('^'),
        // Also what Ctrl-_ sends; the key that needs no Shift names it.
        0x1f => control('/'),
        _ => return text(bytes),
    };
    Step::Took(1, Some(Event::Key(chord)))
}

/// One character of UTF-8. Bytes that are none, and control characters, are dropped.
fn text(bytes: &[u8]) -> Step {
    let front = bytes.get(..4).unwrap_or(bytes);
    let valid = match std::str::from_utf8(front) {
        Ok(text) => text,
        Err(error) => match (error.valid_up_to(), error.error_len()) {
            (0, None) => return Step::More,
            (0, Some(bad)) => return Step::Took(bad, None),
            (good, _) => front.get(..good).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default(),
        },
    };
    match valid.chars().next() {
        Some(c) if !c.is_control() => Step::Took(c.len_utf8(), Some(Event::Key(Chord::plain(Key::Char(c))))),
        Some(c) => Step::Took(c.len_utf8(), None),
        None => Step::Took(1, None),
    }
}

/// `ESC O x`: function and cursor keys of the application mode.
fn single_shift(bytes: &[u8]) -> Step {
    let Some(&last) = bytes.get(2) else { return Step::More };
    let key = match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'F' => Key::End,
        b'H' => Key::Home,
        b'M' => Key::Enter,
        b'P'..=b'S' => Key::F(last - b'P' + 1),
        0x1b => return Step::Took(2, alt(b'O')),
        _ => return Step::Took(3, None),
    };
    Step::Took(3, Some(Event::Key(Chord::plain(key))))
}

/// `ESC ] … BEL`, `ESC ] … ESC \`, `ESC P … ESC \`: answers to questions, ours or of a program before us.
fn string(bytes: &[u8]) -> Step {
    let body = bytes.get(2..).unwrap_or_default();
    for (at, byte) in body.iter().enumerate() {
        let end = match (byte, body.get(at + 1)) {
            (0x07, _) => 1,
            (0x1b, Some(b'\\')) => 2,
            (0x1b, None) => return Step::More,
            (0x1b, Some(_)) => return Step::Took(2 + at, None),
            _ if at > LONGEST_STRING => return Step::Took(2 + at, None),
            _ => continue,
        };
        let answer = if bytes.get(1) == Some(&b']') { body.get(..at).and_then(background) } else { None };
        return Step::Took(2 + at + end, answer);
    }
    Step::More
}

/// `11;rgb:RRRR/GGGG/BBBB`, the answer to the question for the background colour.
fn background(answer: &[u8]) -> Option<Event> {
    let colour = std::str::from_utf8(answer).ok()?.strip_prefix("11;rgb")?.trim_start_matches('a');
    let mut parts = colour.strip_prefix(':')?.split('/').map(|part| {
        let digits = u32::try_from(part.len()).ok().filter(|n| (1..=4).contains(n))?;
        let value = u32::from_str_radix(part, 16).ok()?;
        Some(f64::from(value) / f64::from(16u32.pow(digits) - 1))
    });
    let (red, green, blue) = (parts.next()??, parts.next()??, parts.next()??);
    // Rec. 709 luma is near enough to tell a light screen from a dark one.
    Some(Event::Background { light: 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5 })
}

/// `ESC [ parameters intermediates final`.
fn control_sequence(bytes: &[u8]) -> Step {
    let body = bytes.get(2..).unwrap_or_default();
    match body {
        [] => return Step::More,
        // The old mouse report: three bytes that may be anything.
        [b'M', report @ ..] => {
            return match report {
                [button, column, row, ..] => {
                    let place = |byte: &u8| u16::from(byte.saturating_sub(33));
                    Step::Took(
                        6,
                        mouse(u16::from(button.saturating_sub(32)), place(column), place(row), false),
                    )
                }
                _ => Step::More,
            };
        }
        // F1 to F5 of the Linux console.
        [b'[', rest @ ..] => {
            return match rest.first() {
                None => Step::More,
                Some(c @ b'A'..=b'E') => Step::Took(4, Some(Event::Key(Chord::plain(Key::F(c - b'A' + 1))))),
                Some(0x1b) => Step::Took(3, None),
                Some(_) => Step::Took(4, None),
            };
        }
        _ => {}
    }
    for (at, &byte) in body.iter().enumerate() {
        match byte {
            0x20..=0x3f if at < LONGEST_SEQUENCE => {}
            0x40..=0x7e => {
                let count = at + 3;
                let parameters = body.get(..at).unwrap_or_default();
                if (parameters, byte) == (b"200", b'~') {
                    return Step::PasteBegins(count);
                }
                return Step::Took(count, meaning(parameters, byte));
            }
            // Not a sequence: what came so far is noise, this byte begins something new.
            _ => return Step::Took(at + 2, None),
        }
    }
    Step::More
}

/// The meaning of a complete control sequence; `None` for those that are no news (reports, releases, noise).
fn meaning(parameters: &[u8], last: u8) -> Option<Event> {
    let text = std::str::from_utf8(parameters).ok()?;
    if let Some(report) = text.strip_prefix('<') {
        let mut numbers = report.split(';').map(|n| n.parse::<u16>().ok());
        let (button, column, row) = (numbers.next()??, numbers.next()??, numbers.next()??);
        return match last {
            b'M' | b'm' => mouse(button, column.saturating_sub(1), row.saturating_sub(1), last == b'm'),
            _ => None,
        };
    }
    match (text, last) {
        ("", b'I') => return Some(Event::Focus(true)),
        ("", b'O') => return Some(Event::Focus(false)),
        _ => {}
    }
    // `code ; modifiers : kind ; text`, each with sub-parameters after colons.
    let mut fields = text.split(';').map(|field| {
        let mut parts = field.split(':').map(|part| part.parse::<u32>().ok());
        (parts.next().flatten(), parts.next().flatten())
    });
    let (first, second, third) = (fields.next(), fields.next(), fields.next());
    let code = first.and_then(|f| f.0);
    let (modifiers, kind) = second.unwrap_or_default();
    if kind == Some(3) {
        return None; // a key was released
    }
    let modifiers = Modifiers(modifiers.unwrap_or(1).saturating_sub(1));
    let key = match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'F' => Key::End,
        b'H' => Key::Home,
        b'Z' => return modifiers.with_shift().chord(Key::Tab),
        // `row ; column R` is a cursor report, `1 ; modifiers R` is F3.
        b'P' | b'Q' | b'R' | b'S' if matches!(code, None | Some(1)) => Key::F(last - b'P' + 1),
        b'~' => match (code?, third.and_then(|f| f.0)) {
            (27, Some(typed)) => from_code(typed)?,
            (code, _) => return numbered(code, modifiers),
        },
        b'u' => from_code(code?)?,
        _ => return None,
    };
    modifiers.chord(key)
}

/// `ESC [ n ~`.
fn numbered(code: u32, modifiers: Modifiers) -> Option<Event> {
    let function = |first: u32, key: u8| Some(Key::F(key + u8::try_from(code.checked_sub(first)?).ok()?));
    let (key, modifiers) = match code {
        1 | 7 => (Key::Home, modifiers),
        2 => (Key::Insert, modifiers),
        3 => (Key::Delete, modifiers),
        4 | 8 => (Key::End, modifiers),
        5 => (Key::PageUp, modifiers),
        6 => (Key::PageDown, modifiers),
        11..=15 => (function(11, 1)?, modifiers),
        17..=21 => (function(17, 6)?, modifiers),
        23..=24 => (function(23, 11)?, modifiers),
        // Shift with F1 to F8 on the Linux console.
        25..=26 => (function(25, 1)?, modifiers.with_shift()),
        28..=29 => (function(28, 3)?, modifiers.with_shift()),
        31..=34 => (function(31, 5)?, modifiers.with_shift()),
        _ => return None,
    };
    modifiers.chord(key)
}

/// A key by its Unicode number, as kitty's and xterm's extended keys send it.
fn from_code(code: u32) -> Option<Key> {
    Some(match code {
        9 => Key::Tab,
        13 => Key::Enter,
        27 => Key::Esc,
        8 | 127 => Key::Backspace,
        // Kitty names keys without a character by numbers of the private use area.
        0xe000..=0xf8ff => return None,
        _ => Key::Char(char::from_u32(code).filter(|c| !c.is_control())?),
    })
}

/// The modifiers of a key, as the bit set of xterm and kitty.
#[derive(Clone, Copy)]
struct Modifiers(u32);

impl Modifiers {
    const SHIFT: u32 = 1;
    const ALT: u32 = 2;
    const CTRL: u32 = 4;
    /// Super, hyper and meta belong to the window system: such a key is not for us.
    const FOREIGN: u32 = 8 | 16 | 32;

    fn with_shift(self) -> Self {
        Self(self.0 | Self::SHIFT)
    }

    fn chord(self, key: Key) -> Option<Event> {
        let has = |bit| self.0 & bit != 0;
        if has(Self::FOREIGN) {
            return None;
        }
        let (key, shift) = match key {
            Key::Char(c) if has(Self::SHIFT) => (Key::Char(c.to_uppercase().next().unwrap_or(c)), false),
            key => (key, has(Self::SHIFT)),
        };
        Some(Event::Key(Chord { key, ctrl: has(Self::CTRL), alt: has(Self::ALT), shift }))
    }
}

/// A mouse report with xterm's button code.
fn mouse(button: u16, column: u16, row: u16, released: bool) -> Option<Event> {
    let action = match (button & !(4 | 8 | 16), released) {
        (0, false) => MouseAction::Press,
        (0, true) | (3, _) => MouseAction::Release,
        (32, _) => MouseAction::Drag,
        (64, _) => MouseAction::ScrollUp,
        (65, _) => MouseAction::ScrollDown,
        (66, _) => MouseAction::ScrollLeft,
        (67, _) => MouseAction::ScrollRight,
        _ => return None,
    };
    Some(Event::Mouse(RawMouse { action, column, row, shift: button & 4 != 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The events in words, for tables.
    fn shown(events: &[Event]) -> String {
        let word = |event: &Event| match event {
            Event::Key(chord) => chord.to_string(),
            Event::Paste(text) => format!("paste {text:?}"),
            Event::Mouse(m) => {
                format!("{:?} {},{}{}", m.action, m.column, m.row, if m.shift { " shift" } else { "" })
            }
            Event::Focus(on) => format!("focus {on}"),
            Event::Background { light } => format!("light {light}"),
        };
        events.iter().map(word).collect::<Vec<_>>().join(" | ")
    }

    fn decoded(bytes: &[u8]) -> String {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        decoder.feed(bytes, &mut out);
        while decoder.patience().is_some() {
            decoder.give_up(&mut out);
        }
        shown(&out)
    }

    #[test]
    fn keys() {
        for (bytes, expected) in [
            ("aZ あ\u{1f1ef}", "a | Z | Space | あ | \u{1f1ef}"),
            ("\r\t\x7f\x08", "Enter | Tab | Backspace | Backspace"),
            ("\x13\x1a\n\x1f\x00", "^S | ^Z | ^J | ^/ | ^Space"),
            ("\x1b", "Esc"),
            ("\x1b\x1b", "Esc | Esc"),
            ("\x1b1\x1bx\x1bあ", "Alt-1 | Alt-x | Alt-あ"),
            ("\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F", "Up | Down | Right | Left | Home | End"),
            ("\x1bOA\x1bOP\x1bOS\x1bOM", "Up | F1 | F4 | Enter"),
            ("\x1b[1;2A\x1b[1;5C\x1b[1;3D\x1b[1;6H", "Shift-Up | Ctrl-Right | Alt-Left | Shift-Ctrl-Home"),
            ("\x1b[1;2P\x1b[1;2R\x1b[1;5S", "Shift-F1 | Shift-F3 | Ctrl-F4"),
            ("\x1b[3~\x1b[5;5~\x1b[15~\x1b[17;2~\x1b[24~", "Del | Ctrl-PgUp | F5 | Shift-F6 | F12"),
            ("\x1b[19;2~\x1b[32~\x1b[[A", "Shift-F8 | Shift-F6 | F1"),
            ("\x1b[Z\x1b[9;2u", "Shift-Tab | Shift-Tab"),
            ("\x1b[122;6u\x1b[27;6;122~\x1b[97;2u", "^Z | ^Z | A"),
            ("\x1b[97;1:3ub", "b"),
            ("\x1b[I\x1b[O", "focus true | focus false"),
            ("\x1b[", "Alt-["),
        ] {
            assert_eq!(decoded(bytes.as_bytes()), expected, "{bytes:?}");
        }
    }

    #[test]
    fn mouse_reports() {
        for (bytes, expected) in [
            ("\x1b[<0;10;5M\x1b[<32;11;5M\x1b[<0;11;5m", "Press 9,4 | Drag 10,4 | Release 10,4"),
            ("\x1b[<64;1;1M\x1b[<65;1;1M\x1b[<4;300;1M", "ScrollUp 0,0 | ScrollDown 0,0 | Press 299,0 shift"),
            ("\x1b[<2;1;1M\x1b[<35;1;1M", ""),
            ("\x1b[M !!\x1b[M#!!", "Press 0,0 | Release 0,0"),
            ("\x1b[<0;99999;1Mx\x1b[<0;0;0M", "x | Press 0,0"),
        ] {
            assert_eq!(decoded(bytes.as_bytes()), expected, "{bytes:?}");
        }
    }

    #[test]
    fn answers_and_noise_are_never_typed() {
        for (bytes, expected) in [
            (&b"\x1b]11;rgb:ffff/ffff/e0e0\x07a"[..], "light true | a"),
            (b"\x1b]11;rgb:1c1c/1c1c/1c1c\x1b\\a", "light false | a"),
            (b"\x1b]11;rgba:00/00/00/ff\x07", "light false"),
            (b"\x1b]11;blue\x07\x1b]52;c;AAAA\x07\x1b]10;rgb:0/0/0\x1b\\", ""),
            (b"\x1bP1+r544e\x1b\\\x1bP>|tmux 3.5\x1b\\x", "x"),
            (b"\x1b[?62;22c\x1b[?1u\x1b[12;40R\x1b[0n\x1b[8;24;80t", ""),
            (b"\x1b[201~a", "a"),
            (b"\x1b[1;\x1b[A", "Up"),
            (b"\x1b[999999999999~\x1b[;;;;A\x1b[<M", "Up"),
            (b"a\xff\xc3\xe3\x81b\xc2\x9bc", "a | b | c"),
        ] {
            assert_eq!(decoded(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_paste_is_one_event_and_its_controls_are_text() {
        for (bytes, expected) in [
            ("\x1b[200~a\r\nb\tc\x1b[201~d", r#"paste "a\r\nb\tc" | d"#),
            ("\x1b[200~\x03\x1b[A\x1b[201~", r#"paste "\u{3}\u{1b}[A""#),
            ("\x1b[200~\x1b[201~", r#"paste """#),
            // The end was lost: what there is, and the keyboard lives on.
            ("\x1b[200~abc", r#"paste "abc""#),
        ] {
            assert_eq!(decoded(bytes.as_bytes()), expected, "{bytes:?}");
        }
    }

    #[test]
    fn after_a_paste_without_an_end_keys_work() {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        decoder.feed(b"\x1b[200~lost", &mut out);
        assert!(decoder.patience().is_some());
        decoder.give_up(&mut out);
        decoder.feed(b"x", &mut out);
        assert_eq!(shown(&out), r#"paste "lost" | x"#);
    }

    proptest! {
        /// Wherever the bytes are cut, they mean the same.
        #[test]
        fn cuts_do_not_matter(
            parts in prop::collection::vec(prop_oneof![
                Just("\x1b[A"), Just("\x1b[1;5C"), Just("あ"), Just("x"), Just("\r"), Just("\x1b[<0;3;4M"),
                Just("\x1b[200~p\r\nq\x1b[201~"), Just("\x1b]11;rgb:ff/ff/ff\x07"), Just("\x1b[15;2~"),
                Just("\x1b]11;rgb:00/00/00\x1b\\"), Just("\x1bOP"), Just("\x1bx"), Just("\x1b[M !!"),
            ], 0..12),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let bytes = parts.concat().into_bytes();
            let (mut whole, mut once) = (Decoder::default(), Vec::new());
            whole.feed(&bytes, &mut once);

            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            places.extend([0, bytes.len()]);
            places.sort_unstable();
            let (mut split, mut pieces) = (Decoder::default(), Vec::new());
            for pair in places.windows(2) {
                split.feed(&bytes[pair[0]..pair[1]], &mut pieces);
            }
            prop_assert_eq!(shown(&once), shown(&pieces));
            prop_assert!(split.patience().is_none());
        }

        /// Whatever comes, nothing panics, no control character becomes a key, and a plain key typed after it works.
        #[test]
        fn noise_does_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (mut decoder, mut out) = (Decoder::default(), Vec::new());
            decoder.feed(&bytes, &mut out);
            while decoder.patience().is_some() {
                decoder.give_up(&mut out);
            }
            for event in &out {
                if let Event::Key(Chord { key: Key::Char(c), .. }) = event {
                    prop_assert!(!c.is_control());
                }
            }
            decoder.feed(b"x", &mut out);
            prop_assert_eq!(out.last(), Some(&Event::Key(Chord::plain(Key::Char('x')))));
        }
    }
}
