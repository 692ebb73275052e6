//! Where graphemes begin and end in a rope: what a person takes for one character is never split.
//!
//! Extended grapheme clusters of UAX #29, with one exception: `\r` and `\n` are two, because a `\r` is only in memory
//! when a file mixes its line ends, and is then a character of the line (drawn as a marker) like any other.
//!
//! A short window of the rope is given to the segmenter. (Its cursor, made for texts in pieces, errs where U+0600 and
//! its like lie at the end of a piece.)

use super::buffer::TextBuffer;
use unicode_segmentation::UnicodeSegmentation;

/// The boundary after a byte that is one itself; the end of the text at the end.
#[must_use]
pub fn next(buffer: &TextBuffer, byte: usize) -> usize {
    let len = buffer.len_bytes();
    if byte >= len {
        return len;
    }
    if is_ascii(buffer, byte) && is_ascii(buffer, byte + 1) {
        return byte + 1;
    }
    let mut span = 32;
    loop {
        let end = buffer.floor_char(byte.saturating_add(span));
        let first = buffer.text(byte..end).graphemes(true).next().map_or(0, str::len);
        // One that fills the window may go on behind it.
        if byte + first < end || end == len {
            return byte + first;
        }
        span *= 4;
    }
}

/// The last boundary before a byte; 0 at the start.
#[must_use]
pub fn previous(buffer: &TextBuffer, byte: usize) -> usize {
    byte.min(buffer.len_bytes()).checked_sub(1).map_or(0, |before| floor(buffer, before))
}

/// Whether a byte lies on a boundary.
#[must_use]
pub fn is_boundary(buffer: &TextBuffer, byte: usize) -> bool {
    floor(buffer, byte) == byte
}

/// The boundary at or before a byte.
#[must_use]
pub fn floor(buffer: &TextBuffer, byte: usize) -> usize {
    let byte = buffer.floor_char(byte);
    let len = buffer.len_bytes();
    // Between two ASCII characters there is always a boundary: most of every text takes this way.
    if byte == 0 || byte == len || is_ascii(buffer, byte) && is_ascii(buffer, byte - 1) {
        return byte;
    }
    let start = window_start(buffer, byte);
    let end = byte + buffer.char_at(byte).map_or(0, char::len_utf8);
    let window = buffer.text(start..end);
    let starts = window.grapheme_indices(true).map(|(at, _)| start + at);
    starts.take_while(|at| *at <= byte).last().unwrap_or(byte)
}

/// The boundary at or after a byte.
#[must_use]
pub fn ceil(buffer: &TextBuffer, byte: usize) -> usize {
    let byte = byte.min(buffer.len_bytes());
    let floor = floor(buffer, byte);
    if floor == byte { byte } else { next(buffer, floor) }
}

fn is_ascii(buffer: &TextBuffer, byte: usize) -> bool {
    buffer.byte(byte).is_none_or(|byte| byte.is_ascii())
}

/// The nearest boundary before a byte from which the segmenter finds the boundaries behind it.
fn window_start(buffer: &TextBuffer, byte: usize) -> usize {
    let mut start = byte;
    while let Some(c) = buffer.char_before(start) {
        start -= c.len_utf8();
        if is_simple(c) && buffer.char_before(start).is_none_or(|before| parts_from(before, c)) {
            break;
        }
    }
    start
}

/// Whether there is a boundary between a character and a simple one behind it: only the few that prefix what follows
/// (U+0600) have none.
fn parts_from(before: char, simple: char) -> bool {
    before.is_ascii() || String::from_iter([before, simple]).graphemes(true).count() == 2
}

/// A character that no rule for boundaries looks back across (its `Grapheme_Cluster_Break` is `Other` or `Control`):
/// ASCII, kana, kanji, full-width forms. Only for speed is it good that there are many of them.
fn is_simple(c: char) -> bool {
    matches!(c,
        '\0'..='\x7f'
        | '\u{3000}'..='\u{3020}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a0}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ff01}'..='\u{ff9d}')
}
