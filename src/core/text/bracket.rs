//! Which bracket belongs to which: counted over code only, never over strings and comments.

use super::buffer::TextBuffer;
use super::lex::{Token, TokenKind};
use std::ops::Range;

/// The bytes of an opening bracket and of the closing one.
pub type Pair = (Range<usize>, Range<usize>);

const OPENING: &str = "([{";
const CLOSING: &str = ")]}";

/// Answers from which tokens a line is made.
pub type Tokens<'a> = &'a dyn Fn(usize) -> Vec<Token>;

/// The pair of the bracket right behind `at`, or of the one right before it. Looks no further than `lines` lines.
#[must_use]
pub fn pair_at(buffer: &TextBuffer, tokens: Tokens, at: usize, lines: usize) -> Option<Pair> {
    let near = |byte: usize| matches!(buffer.byte(byte), Some(b'(' | b')' | b'[' | b']' | b'{' | b'}'));
    if !near(at) && !at.checked_sub(1).is_some_and(near) {
        return None;
    }
    let line = buffer.line_of(at);
    let here = brackets(buffer, tokens, line);
    let found = here.iter().find(|bracket| bracket.at == at);
    let found = found.or_else(|| here.iter().find(|bracket| bracket.at + 1 == at))?;
    let scan = Scan { buffer, tokens, lines };
    if found.opens {
        matching(buffer, found.at, scan.closing(found.at + 1, line)?.at)
    } else {
        matching(buffer, scan.opening(found.at, line)?.at, found.at)
    }
}

/// The innermost pair around a byte.
#[must_use]
pub fn pair_around(buffer: &TextBuffer, tokens: Tokens, at: usize) -> Option<Pair> {
    let scan = Scan { buffer, tokens, lines: usize::MAX };
    let open = scan.opening(at, buffer.line_of(at))?.at;
    matching(buffer, open, scan.closing(open + 1, buffer.line_of(open))?.at)
}

/// The two as a pair, if they are of one kind.
fn matching(buffer: &TextBuffer, open: usize, close: usize) -> Option<Pair> {
    let kind = |at: usize, of: &str| of.find(buffer.char_at(at)?);
    (kind(open, OPENING)? == kind(close, CLOSING)?).then_some((open..open + 1, close..close + 1))
}

/// The bracket that is open at a byte: the innermost one before it that nothing before the byte closes.
#[must_use]
pub fn open_at(buffer: &TextBuffer, tokens: Tokens, at: usize, lines: usize) -> Option<usize> {
    Scan { buffer, tokens, lines }.opening(at, buffer.line_of(at)).map(|bracket| bracket.at)
}

#[derive(Debug, Clone, Copy)]
struct Bracket {
    at: usize,
    opens: bool,
}

struct Scan<'a> {
    buffer: &'a TextBuffer,
    tokens: Tokens<'a>,
    lines: usize,
}

impl Scan<'_> {
    /// The first bracket from a byte on that closes more than was opened since.
    fn closing(&self, from: usize, line: usize) -> Option<Bracket> {
        let last = self.buffer.last_line().min(line.saturating_add(self.lines));
        let mut depth = 0usize;
        (line..=last)
            .flat_map(|line| brackets(self.buffer, self.tokens, line))
            .filter(|bracket| bracket.at >= from)
            .find(|bracket| leaves(&mut depth, !bracket.opens))
    }

    /// The last bracket before a byte that opens more than is closed until there.
    fn opening(&self, before: usize, line: usize) -> Option<Bracket> {
        let first = line.saturating_sub(self.lines);
        let mut depth = 0usize;
        (first..=line)
            .rev()
            .flat_map(|line| brackets(self.buffer, self.tokens, line).into_iter().rev())
            .filter(|bracket| bracket.at < before)
            .find(|bracket| leaves(&mut depth, bracket.opens))
    }
}

/// Counts a bracket that leads out (or in); whether it leads out of where the count began.
fn leaves(depth: &mut usize, out: bool) -> bool {
    match (out, depth.checked_sub(1)) {
        (true, None) => return true,
        (true, Some(less)) => *depth = less,
        (false, _) => *depth += 1,
    }
    false
}

/// The brackets of a line that are code.
fn brackets(buffer: &TextBuffer, tokens: Tokens, line: usize) -> Vec<Bracket> {
    let text = buffer.line(line);
    let start = buffer.line_start(line);
    if !text.contains(['(', ')', '[', ']', '{', '}']) {
        return Vec::new();
    }
    let tokens = tokens(line);
    let is_text = |at: usize| {
        let after = tokens.partition_point(|token| token.range.end <= at);
        tokens.get(after).is_some_and(|token| token.range.start <= at && hides(token.kind))
    };
    text.match_indices(['(', ')', '[', ']', '{', '}'])
        .filter(|(at, _)| !is_text(*at))
        .map(|(at, bracket)| Bracket { at: start + at, opens: OPENING.contains(bracket) })
        .collect()
}

/// Whether brackets in such a token are text.
fn hides(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::String | TokenKind::Escape | TokenKind::Comment | TokenKind::Key | TokenKind::Anchor
    )
}
