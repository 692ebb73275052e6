//! Where one document ends and the next begins.

use std::ops::Range;

/// A document's text before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Bytes in the file, without the separators.
    pub range: Range<usize>,
    /// 1-based line of its start.
    pub line: usize,
    /// Text on the line of the separator before it, which Kubernetes refuses.
    pub bad_separator: Option<Range<usize>>,
}

/// Splits as Kubernetes does: at every line that starts with `---`, even inside a block scalar. Only blanks and a
/// comment may follow on that line.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut piece = Piece { range: 0..0, line: 1, bad_separator: None };
    let mut at = 0;
    let mut line = 1;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(next) = separator(rest) else { break };
        line += rest.get(..next).unwrap_or_default().bytes().filter(|b| *b == b'\n').count() + 1;
        let start = at + next;
        let length = text.get(start..).and_then(|t| t.find('\n')).map_or(text.len() - start, |n| n + 1);
        let behind = text.get(start + 3..start + length).unwrap_or_default();
        piece.range.end = start;
        pieces.push(piece);
        at = start + length;
        let words = behind.trim();
        let bad_separator = (!words.is_empty() && !words.starts_with('#')).then(|| {
            let from = start + 3 + (behind.len() - behind.trim_start().len());
            from..from + words.len()
        });
        piece = Piece { range: at..at, line, bad_separator };
    }
    piece.range.end = text.len();
    pieces.push(piece);
    if pieces.iter().any(|piece| is_json(text, piece)) {
        pieces = pieces.iter().flat_map(|piece| json_objects(text, piece)).collect();
    }
    pieces
}

fn is_json(text: &str, piece: &Piece) -> bool {
    text.get(piece.range.clone()).is_some_and(|piece| piece.trim_start().starts_with('{'))
}

/// JSON objects may follow each other without a separator.
fn json_objects(text: &str, piece: &Piece) -> Vec<Piece> {
    let body = text.get(piece.range.clone()).unwrap_or_default();
    let mut pieces = Vec::new();
    let mut rest = piece.clone();
    if is_json(text, piece) {
        let mut values = serde_json::Deserializer::from_str(body).into_iter::<serde::de::IgnoredAny>();
        while let Some(Ok(_)) = values.next() {
            let end = piece.range.start + values.byte_offset();
            if !text.get(end..piece.range.end).unwrap_or_default().trim_start().starts_with('{') {
                break;
            }
            let lines = text.get(rest.range.start..end).unwrap_or_default().matches('\n').count();
            let next = Piece { range: end..piece.range.end, line: rest.line + lines, bad_separator: None };
            pieces.push(Piece { range: rest.range.start..end, ..rest });
            rest = next;
        }
    }
    pieces.push(rest);
    pieces
}

/// The first line of `text` that starts with `---`. `text` starts at the start of a line.
fn separator(text: &str) -> Option<usize> {
    if text.starts_with("---") { Some(0) } else { text.find("\n---").map(|at| at + 1) }
}
