//! Words: runs of characters of one class. Japanese has no blanks between words; a change of script is the nearest
//! thing to a border.

use super::buffer::TextBuffer;
use super::grapheme;
use std::ops::Range;

/// Long-vowel marks in a row that are looked through for what they lengthen.
const MARKS: usize = 8;

/// The class of a character, as far as words go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    LineEnd,
    Blank,
    /// Letters of alphabets, digits, `_`.
    Word,
    Hiragana,
    Katakana,
    Kanji,
    Punctuation,
}

fn class(c: char) -> Class {
    match c {
        '\n' => Class::LineEnd,
        ' ' | '\t' | '\r' | '\u{a0}' | '\u{3000}' => Class::Blank,
        '\u{3041}'..='\u{309f}' => Class::Hiragana,
        '\u{30a1}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' => Class::Katakana,
        '\u{3005}'..='\u{3007}'
        | '\u{303b}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Class::Kanji,
        '_' => Class::Word,
        _ if c.is_alphanumeric() => Class::Word,
        _ => Class::Punctuation,
    }
}

/// The class of the character at a byte. A long-vowel mark is of the script that it lengthens: らーめん is one word.
fn class_at(buffer: &TextBuffer, byte: usize) -> Option<Class> {
    let c = buffer.char_at(byte)?;
    if c != 'ー' {
        return Some(class(c));
    }
    let before = |at: &usize| (*at > 0).then(|| grapheme::previous(buffer, *at));
    let lengthened = std::iter::successors(Some(byte), before)
        .take(MARKS)
        .filter_map(|at| buffer.char_at(at))
        .find(|c| *c != 'ー');
    Some(lengthened.map(class).filter(|class| *class == Class::Hiragana).unwrap_or(Class::Katakana))
}

/// Where the run ends that a byte begins: graphemes of one class.
fn run_end(buffer: &TextBuffer, byte: usize) -> usize {
    let Some(class) = class_at(buffer, byte) else { return byte };
    let mut at = grapheme::next(buffer, byte);
    while class_at(buffer, at) == Some(class) {
        at = grapheme::next(buffer, at);
    }
    at
}

/// Where the run begins that a byte ends.
fn run_start(buffer: &TextBuffer, byte: usize) -> usize {
    let mut at = grapheme::previous(buffer, byte);
    let class = class_at(buffer, at);
    while at > 0 {
        let before = grapheme::previous(buffer, at);
        if class_at(buffer, before) != class {
            break;
        }
        at = before;
    }
    at
}

/// To the end of the word after a byte; blanks before it are passed over. A line's end is a stop of its own.
#[must_use]
pub fn right(buffer: &TextBuffer, byte: usize) -> usize {
    match class_at(buffer, byte) {
        None => byte,
        Some(Class::LineEnd) => byte + 1,
        Some(Class::Blank) => {
            let word = run_end(buffer, byte);
            if matches!(class_at(buffer, word), None | Some(Class::LineEnd)) {
                word
            } else {
                run_end(buffer, word)
            }
        }
        Some(_) => run_end(buffer, byte),
    }
}

/// To the start of the word before a byte; blanks behind it are passed over. A line's start is a stop of its own.
#[must_use]
pub fn left(buffer: &TextBuffer, byte: usize) -> usize {
    let before = grapheme::previous(buffer, byte);
    match class_at(buffer, before) {
        _ if byte == 0 => 0,
        None | Some(Class::LineEnd) => before,
        Some(Class::Blank) => {
            let blanks = run_start(buffer, byte);
            if blanks == 0 || buffer.char_before(blanks) == Some('\n') {
                blanks
            } else {
                run_start(buffer, blanks)
            }
        }
        Some(_) => run_start(buffer, byte),
    }
}

/// The word around a byte, for a double click: the run that the byte lies in; at a line's end the one before it.
#[must_use]
pub fn around(buffer: &TextBuffer, byte: usize) -> Range<usize> {
    let byte = grapheme::floor(buffer, byte);
    let line = buffer.line_range(buffer.line_of(byte));
    if line.is_empty() {
        return byte..byte;
    }
    let inside = if byte >= line.end { grapheme::previous(buffer, line.end) } else { byte };
    let end = run_end(buffer, inside);
    run_start(buffer, end)..end
}
