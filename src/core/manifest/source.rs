//! The characters of a document before YAML is read: those that are refused, those that deceive, and the line breaks
//! that only YAML 1.1 knows.

use std::borrow::Cow;

use super::note::{Fault, Note, NoteKind};

/// A document's text as the YAML parser shall see it.
pub(super) struct Source<'t> {
    /// The text, with `\n` for each line break that YAML 1.1 has and YAML 1.2 has not.
    pub text: Cow<'t, str>,
    /// Where `text` became shorter: the offset in it behind the change, and how many bytes are missing so far.
    shifts: Vec<(usize, usize)>,
    /// Where U+2028 and U+2029 are, in the document's own text.
    pub separators: Vec<u32>,
    pub notes: Vec<Note>,
    pub fault: Option<Fault>,
}

impl<'t> Source<'t> {
    /// Looks through `text`, which starts at byte `base` of the file. In JSON no character is refused, and only `\n`
    /// is a line break. Notes and faults have ranges in the file.
    pub fn new(text: &'t str, base: usize, json: bool) -> Self {
        let mut source = Self {
            text: Cow::Borrowed(text),
            shifts: vec![],
            separators: vec![],
            notes: vec![],
            fault: None,
        };
        if !is_ordinary(text) {
            source.look_through(text, base, json);
        }
        source
    }

    /// The offset in the document's own text that belongs to an offset in [`Source::text`].
    pub fn original(&self, offset: usize) -> usize {
        match self.shifts.partition_point(|&(at, _)| at <= offset).checked_sub(1) {
            Some(before) => offset + self.shifts.get(before).map_or(0, |&(_, missing)| missing),
            None => offset,
        }
    }

    /// The same with spaces for the tabs that a line starts with.
    pub fn without_leading_tabs(&self) -> Source<'static> {
        let mut text = String::with_capacity(self.text.len());
        for line in self.text.split_inclusive('\n') {
            let rest = line.trim_start_matches([' ', '\t']);
            text.extend(std::iter::repeat_n(' ', line.len() - rest.len()));
            text.push_str(rest);
        }
        let (shifts, separators) = (self.shifts.clone(), self.separators.clone());
        Source { text: Cow::Owned(text), shifts, separators, notes: vec![], fault: None }
    }

    fn look_through(&mut self, text: &'t str, base: usize, json: bool) {
        let mut rewritten = String::new();
        let mut copied = 0;
        let mut missing = 0;
        for (at, character) in text.char_indices().filter(|(_, c)| !c.is_ascii() || c.is_ascii_control()) {
            let range = base + at..base + at + character.len_utf8();
            let kind = match character {
                '\t' | '\n' => continue,
                '\r' if text.get(at + 1..).is_none_or(|rest| rest.is_empty() || rest.starts_with('\n')) => {
                    continue;
                }
                '\r' => NoteKind::LineBreak { character },
                '\u{85}' | '\u{2028}' | '\u{2029}' if !json => {
                    rewritten.push_str(text.get(copied..at).unwrap_or_default());
                    if character != '\u{85}' {
                        self.separators.push(at as u32);
                    }
                    rewritten.push('\n');
                    copied = at + character.len_utf8();
                    missing += character.len_utf8() - 1;
                    self.shifts.push((rewritten.len(), missing));
                    NoteKind::LineBreak { character }
                }
                '\u{feff}' if at == 0 => continue,
                _ if is_refused(character) && !json => {
                    if self.fault.is_none() {
                        self.fault = Some(Fault::yaml(range, "control characters are not allowed"));
                    }
                    continue;
                }
                _ if is_hidden(character) => NoteKind::Hidden { character },
                _ if is_look_alike(character, text, at) => NoteKind::LookAlike { character },
                _ => continue,
            };
            if self.notes.len() < super::MAX_NOTES {
                self.notes.push(Note { range, kind });
            }
        }
        if missing > 0 {
            rewritten.push_str(text.get(copied..).unwrap_or_default());
            self.text = Cow::Owned(rewritten);
        }
    }
}

/// Nothing but printable ASCII, tabs and newlines. Written so that the compiler makes it fast.
fn is_ordinary(text: &str) -> bool {
    text.as_bytes().chunks(64).all(|chunk| {
        !chunk.iter().fold(false, |odd, &b| odd | (b >= 0x7f) | ((b < 0x20) & (b != b'\n') & (b != b'\t')))
    })
}

/// Outside of YAML's character set: `#x9 | #xA | #xD | [#x20-#x7E] | #x85 | [#xA0-#xD7FF] | [#xE000-#xFFFD] |
/// [#x10000-#x10FFFF]`.
fn is_refused(character: char) -> bool {
    matches!(character, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
        && !matches!(character, '\t' | '\n' | '\r' | '\u{85}')
}

/// Characters that take no room or turn the text around (Unicode's `Bidi_Control` and the zero-width ones).
fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A blank that is not a space, or a full-width colon or hash where a structure may be meant. In a comment they are
/// just text.
fn is_look_alike(character: char, text: &str, at: usize) -> bool {
    let blank = matches!(
        character,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    );
    if !blank && !matches!(character, '：' | '＃' | '－') {
        return false;
    }
    let before = text.get(..at).unwrap_or_default();
    let line = before.get(before.rfind('\n').map_or(0, |n| n + 1)..).unwrap_or_default();
    let in_comment = line.starts_with('#') || line.contains(" #") || line.contains("\t#");
    let in_quotes = line.matches('"').count() % 2 == 1 || line.matches('\'').count() % 2 == 1;
    let structural = match character {
        '：' => !line.trim_start().trim_start_matches("- ").contains(": "),
        '－' => line.trim().is_empty(),
        _ => true,
    };
    !in_comment && structural && (blank || !in_quotes)
}
