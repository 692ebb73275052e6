//! Rego that stands in a scalar of a YAML file: its text, and the way from its bytes to those of the file and back.
//!
//! Of a block scalar every line has its indentation before it; of a quoted one some characters are escaped. Both are
//! told by laying the value beside what is written, so that nothing here has to know how the parser read it.

use std::ops::Range;
use std::sync::Arc;

/// A text in a scalar of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedded {
    /// The text, as the scalar's value is.
    pub text: Arc<str>,
    /// Where the scalar stands in the file, with the sign of a block scalar or the quotes.
    pub span: Range<usize>,
    /// Pieces that are written in the file as they are: their first byte in the text and in the file, and their length.
    pieces: Arc<Vec<Piece>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    text: usize,
    file: usize,
    len: usize,
}

impl Embedded {
    /// Lays the value of a scalar beside the bytes of the file that it is written in.
    #[must_use]
    pub fn new(file: &str, span: Range<usize>, value: &str) -> Self {
        let written = file.get(span.clone()).unwrap_or_default();
        let mut pieces = Vec::new();
        match written.chars().next() {
            Some('|') => literal(written, span.start, value, &mut pieces),
            first => loose(written, span.start, value, first == Some('"'), &mut pieces),
        }
        Self { text: Arc::from(value), span, pieces: Arc::new(pieces) }
    }

    /// Where a range of the text stands in the file.
    #[must_use]
    pub fn in_file(&self, range: Range<usize>) -> Range<usize> {
        let start = self.byte_in_file(range.start);
        if range.is_empty() {
            return start..start;
        }
        // The last byte, not the first one behind: that may be on another line.
        let end = self.byte_in_file(range.end - 1) + 1;
        start..end.max(start)
    }

    /// Which byte of the text is written at a byte of the file; `None` outside the text, and in its indentation.
    #[must_use]
    pub fn in_text(&self, file: usize) -> Option<usize> {
        let at = self.pieces.partition_point(|piece| piece.file <= file);
        let piece = self.pieces.get(at.checked_sub(1)?)?;
        (file <= piece.file + piece.len).then(|| piece.text + file - piece.file)
    }

    fn byte_in_file(&self, text: usize) -> usize {
        let at = self.pieces.partition_point(|piece| piece.text <= text);
        match at.checked_sub(1).and_then(|at| self.pieces.get(at)) {
            Some(piece) => piece.file + (text - piece.text).min(piece.len),
            None => self.pieces.first().map_or(self.span.start, |piece| piece.file),
        }
    }
}

/// A block scalar that keeps its lines: each line of the text is the end of one in the file.
fn literal(written: &str, start: usize, value: &str, pieces: &mut Vec<Piece>) {
    let Some(header) = written.find('\n') else { return };
    let (mut file, mut text) = (start + header + 1, 0);
    let mut lines = written.get(header + 1..).unwrap_or_default().split('\n');
    for line in value.split('\n') {
        let Some(whole) = lines.next() else { break };
        let own = whole.strip_suffix('\r').unwrap_or(whole);
        let indent = own.len().saturating_sub(line.len());
        pieces.push(Piece { text, file: file + indent, len: line.len() });
        text += line.len() + 1;
        file += whole.len() + 1;
    }
}

/// Any other scalar: characters follow each other as in the text, with blanks, quotes and escapes between.
fn loose(written: &str, start: usize, value: &str, quoted: bool, pieces: &mut Vec<Piece>) {
    let mut at = usize::from(quoted);
    for (text, c) in value.char_indices() {
        let mut rest = written.get(at..).unwrap_or_default();
        let mut len = 0;
        if quoted && rest.starts_with('\\') {
            let escape = rest.chars().nth(1).unwrap_or(' ');
            len = match escape {
                'x' => 4,
                'u' => 6,
                'U' => 10,
                _ => 1 + escape.len_utf8(),
            };
        } else if rest.starts_with(c) {
            len = c.len_utf8();
        } else if !c.is_whitespace() {
            let Some(skip) = rest.find(c) else { continue };
            at += skip;
            rest = written.get(at..).unwrap_or_default();
            len = rest.chars().next().map_or(0, char::len_utf8);
        }
        match pieces.last_mut() {
            Some(last)
                if len == c.len_utf8()
                    && last.text + last.len == text
                    && last.file + last.len == start + at =>
            {
                last.len += len;
            }
            _ => pieces.push(Piece { text, file: start + at, len: len.min(c.len_utf8()) }),
        }
        at += len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::manifest;

    /// The embedded text at `/r` of a YAML file.
    fn embedded(file: &str) -> Embedded {
        let read = manifest::read(file);
        let document = read.documents.first().unwrap();
        let value = document.value.as_ref().unwrap().get("r").unwrap().as_str().unwrap();
        Embedded::new(file, document.span("/r").unwrap().value, value)
    }

    #[test]
    fn every_word_is_found_where_it_is_written() {
        for file in [
            "r: |\n  package a\n\n  x := input.y\n",
            "r: |\n    package a\n    \n      x := input.y # は\nz: 1\n",
            "r: |-\r\n  package a\r\n  x := input.y\r\n",
            "a: 1\nr: >\n  package a\n\n  x := input.y\n",
            "r: \"package a\\n\\nx := input.y\"\n",
            "r: 'package a\n\n  x := input.y'\n",
            "r: |2\n   package a\n   x := input.y\n",
            "{\"r\": \"package a\\n\\tx := input.y\\u0020\"}",
        ] {
            let embedded = embedded(file);
            for word in ["package", "x", "input.y", ":="] {
                let at = embedded.text.rfind(word).unwrap();
                let in_file = embedded.in_file(at..at + word.len());
                assert_eq!(file.get(in_file.clone()), Some(word), "{word} in {file:?}");
                assert_eq!(embedded.in_text(in_file.start), Some(at), "{word} in {file:?}");
            }
            assert_eq!(embedded.in_text(0), None);
        }
    }
}
