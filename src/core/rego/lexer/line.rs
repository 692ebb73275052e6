//! The line form of the lexer, for highlighting.

use super::{Kind, Lexeme, Lexer, Template};
use crate::core::text::lex::{LineState, Token, TokenKind};

/// How many template strings inside each other a line state remembers; deeper ones start afresh on the next line.
const REMEMBERED: usize = 6;

/// Reads one line (with or without its line break) in the state that the line before left, appends its tokens, and
/// returns the state for the next line. What goes over line ends: raw strings, raw template strings, and holes of
/// template strings. Never fails.
pub fn line(text: &str, state: LineState, out: &mut Vec<Token>) -> LineState {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut lexer = Lexer::new(text, 0);
    lexer.resume(state);
    let column_zero = state == LineState::default();
    let (last, last_end, run) = (Kind::Eof, 0, None);
    let mut painter = Painter { text, out, column_zero, defining: false, last, last_end, run };
    if lexer.open_raw {
        let (kind, _) = lexer.raw_rest();
        painter.push(0..lexer.pos, TokenKind::String);
        painter.last = kind;
    }
    loop {
        let token = lexer.next_token();
        if token.kind == Kind::Eof {
            break;
        }
        painter.paint(&lexer, token);
    }
    lexer.state()
}

impl Lexer<'_> {
    /// Packed: bit 0 an open raw string, bit 1 inside the text of the innermost template, bits 2–4 how many templates
    /// are open, then 9 bits for each (raw, depth of braces).
    fn state(&self) -> LineState {
        if self.templates.len() > REMEMBERED {
            return LineState::default();
        }
        let mut bits = u64::from(self.open_raw) | u64::from(self.in_text) << 1;
        bits |= (self.templates.len() as u64) << 2;
        for (i, open) in self.templates.iter().enumerate() {
            let packed = u64::from(open.raw) | u64::from(open.depth.min(255)) << 1;
            bits |= packed << (5 + 9 * i);
        }
        LineState(bits)
    }

    fn resume(&mut self, LineState(bits): LineState) {
        self.open_raw = bits & 1 != 0;
        self.in_text = bits & 2 != 0;
        for i in 0..((bits >> 2 & 7) as usize).min(REMEMBERED) {
            let packed = bits >> (5 + 9 * i);
            self.templates.push(Template { raw: packed & 1 != 0, depth: (packed >> 1 & 255) as u32 });
        }
        self.in_text &= !self.templates.is_empty();
    }
}

/// Gives each token its colour. What a name is depends on its neighbours on the line.
struct Painter<'a, 'o> {
    text: &'a str,
    out: &'o mut Vec<Token>,
    /// Nothing but this line's first token has been seen, and it stands in column 0 outside of strings.
    column_zero: bool,
    /// In a head or package name: further names joined by dots are part of the definition.
    defining: bool,
    last: Kind,
    last_end: usize,
    /// Index in `out` where the run of names joined by dots began.
    run: Option<usize>,
}

impl Painter<'_, '_> {
    fn push(&mut self, range: std::ops::Range<usize>, kind: TokenKind) {
        if !range.is_empty() {
            self.out.push(Token { range, kind });
        }
    }

    fn paint(&mut self, lexer: &Lexer<'_>, token: Lexeme) {
        let (start, end) = (token.start as usize, token.end as usize);
        let adjacent = self.last_end == start;
        let after_dot = self.last == Kind::Dot && adjacent;
        let text = self.text.get(start..end).unwrap_or_default();
        let next = self.text.as_bytes().get(end).copied();
        let definition = (self.column_zero && start == 0)
            || matches!(self.last, Kind::Package | Kind::Default)
            || (self.defining && after_dot);
        // A keyword is a plain name after a dot, and before a dot or a bracket that touches it.
        let word = token.kind == Kind::Name
            || token.kind.is_keyword()
                && (after_dot
                    || matches!(next, Some(b'.' | b'['))
                        && !matches!(token.kind, Kind::True | Kind::False | Kind::Null)
                    || matches!(token.kind, Kind::Contains | Kind::LogicAnd | Kind::LogicOr)
                        && next == Some(b'('));
        let kind = match token.kind {
            _ if word => self.word(text, after_dot, definition),
            Kind::True | Kind::False | Kind::Null => TokenKind::Constant,
            kind if kind.is_keyword() => TokenKind::Keyword,
            Kind::Number => TokenKind::Number,
            Kind::Comment => TokenKind::Comment,
            Kind::HoleOpen | Kind::HoleClose => TokenKind::Escape,
            Kind::String | Kind::RawString | Kind::TemplateStart | Kind::TemplateText | Kind::TemplateEnd => {
                TokenKind::String
            }
            Kind::Illegal if lexer.open_raw || lexer.in_text => TokenKind::String,
            Kind::Illegal => TokenKind::Invalid,
            Kind::LBrack
            | Kind::RBrack
            | Kind::LBrace
            | Kind::RBrace
            | Kind::LParen
            | Kind::RParen
            | Kind::Comma
            | Kind::Semicolon
            | Kind::Colon
            | Kind::Dot => TokenKind::Punctuation,
            _ => TokenKind::Operator,
        };
        if token.kind == Kind::LParen && adjacent {
            self.call();
        }
        if !word && token.kind != Kind::Dot {
            self.run = None;
            self.defining = false;
        }
        if token.kind == Kind::String || token.kind == Kind::TemplateText {
            self.string(start, text);
        } else {
            self.push(start..end, kind);
        }
        self.last = if word { Kind::Name } else { token.kind };
        self.last_end = end;
        self.column_zero = false;
    }

    fn word(&mut self, text: &str, after_dot: bool, definition: bool) -> TokenKind {
        if !after_dot || self.run.is_none() {
            self.run = Some(self.out.len());
        }
        self.defining = definition;
        if definition {
            TokenKind::Definition
        } else if !after_dot && matches!(text, "input" | "data") {
            TokenKind::Root
        } else {
            TokenKind::Name
        }
    }

    /// A bracket touches a run of names: they are the name of a function.
    fn call(&mut self) {
        for token in self.run.and_then(|run| self.out.get_mut(run..)).into_iter().flatten() {
            if token.kind == TokenKind::Name {
                token.kind = TokenKind::Call;
            }
        }
    }

    /// A string with its escapes.
    fn string(&mut self, start: usize, text: &str) {
        let mut plain = 0;
        let mut rest = 0;
        while let Some(at) = text.get(rest..).and_then(|t| t.find('\\')).map(|at| at + rest) {
            let after = text.as_bytes().get(at + 1).copied();
            let wanted = at + if after == Some(b'u') { 6 } else { 2 };
            let end = if text.is_char_boundary(wanted) { wanted.min(text.len()) } else { text.len() };
            self.push(start + plain..start + at, TokenKind::String);
            self.push(start + at..start + end, TokenKind::Escape);
            plain = end;
            rest = end;
        }
        self.push(start + plain..start + text.len(), TokenKind::String);
    }
}
