//! The parser: from text to a tree and errors. It never fails.
//!
//! Recursive descent after OPA 1.22's parser, with its words and places for errors. Where OPA stops at the first
//! broken statement of a file, this one goes on at the next line that begins with a name in column 0. It is linear in
//! the text; nesting is limited ([`MAX_DEPTH`]), as is the length of one chain of operators ([`MAX_CHAIN`]), so that
//! neither it nor who walks the tree can exhaust the stack.

mod demands;
mod import;
mod query;
mod rule;
mod template;
mod term;
mod words;

use std::collections::HashSet;
use std::sync::Arc;

use super::ast::{Module, Placed, Span, Statement, StatementKind};
use super::lexer::{Fault, Kind, Lexeme, Lexer};

pub use words::{SyntaxError, opa_position};

/// How deep brackets, bodies and operands may be nested.
pub const MAX_DEPTH: u32 = 150;

/// How many operators, or calls on results of calls, may follow each other in one expression.
pub const MAX_CHAIN: u32 = 800;

/// The version of the language a file begins in; imports may switch more on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Version {
    /// Before OPA 1.0.
    V0,
    /// OPA 1.x.
    #[default]
    V1,
    /// As if every file had `import rego.v2`.
    V2,
}

/// How to read a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ParseOptions {
    /// The version it begins in.
    pub version: Version,
}

/// The keywords and rules of the language that are active at a place of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// `if`
    pub word_if: bool,
    /// `contains` in heads
    pub word_contains: bool,
    /// `in`
    pub word_in: bool,
    /// `every`
    pub word_every: bool,
    /// `and`
    pub word_and: bool,
    /// `or`
    pub word_or: bool,
    /// `not { … }`, and `not` that keeps what its operand needs inside.
    pub improved_not: bool,
    /// The demands of v1: `if` before bodies, `contains` for sets.
    pub v1: bool,
    /// Template strings.
    pub templates: bool,
    /// `import future.keywords` leaves `and`, `or` and `not` alone, as before OPA 1.20.
    pub narrow_wildcard: bool,
}

impl Dialect {
    /// What a file of this version begins with.
    #[must_use]
    pub fn of(version: Version) -> Self {
        let v1 = version != Version::V0;
        let v2 = version == Version::V2;
        Self {
            word_if: v1,
            word_contains: v1,
            word_in: v1,
            word_every: v1,
            word_and: v2,
            word_or: v2,
            improved_not: v2,
            v1,
            templates: v1,
            narrow_wildcard: false,
        }
    }
}

/// What the parser makes of a text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parsed {
    /// The statements, broken ones included.
    pub module: Module,
    /// Errors of the file as a whole (no package).
    pub file_errors: Vec<SyntaxError>,
}

impl Parsed {
    /// All errors in file ranges, sorted by place.
    #[must_use]
    pub fn errors(&self) -> Vec<SyntaxError> {
        let mut all = self.file_errors.clone();
        for placed in &self.module.statements {
            all.extend(placed.statement.errors.iter().map(|e| e.moved(placed.start)));
        }
        all.sort_by_key(|e| (e.range.start, e.late));
        all
    }

    /// Nothing is wrong with the syntax.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.file_errors.is_empty() && self.module.statements.iter().all(|p| p.statement.errors.is_empty())
    }

    /// The errors as remarks for people; `text` is what was parsed.
    #[must_use]
    pub fn diagnostics(&self, text: &str) -> Vec<crate::core::diagnostics::Diagnostic> {
        self.errors().iter().map(|e| e.diagnostic(text)).collect()
    }
}

/// Parses a whole text.
#[must_use]
pub fn parse(text: &str, options: ParseOptions) -> Parsed {
    parse_from(text, Dialect::of(options.version))
}

/// Parses a whole text that begins in a dialect.
#[must_use]
pub fn parse_from(text: &str, dialect: Dialect) -> Parsed {
    let mut parser = Parser::new(text, 0, dialect);
    let mut statements = Vec::new();
    while let Some(placed) = parser.statement() {
        statements.push(placed);
    }
    let module = Module { statements };
    let file_errors = file_errors(&module, text);
    Parsed { module, file_errors }
}

/// What OPA says about the order of statements: the package comes first and once.
pub(super) fn file_errors(module: &Module, text: &str) -> Vec<SyntaxError> {
    let mut errors = Vec::new();
    let late = |range, words: &str| SyntaxError { late: true, ..SyntaxError::new(range, words) };
    match module.statements.first() {
        None => errors.push(late(0..0, "empty module")),
        Some(first)
            if !matches!(first.statement.kind, StatementKind::Package(_))
                && !text.get(first.range()).is_some_and(|t| t.starts_with("package")) =>
        {
            errors.push(late(first.range(), "package expected"));
        }
        Some(_) => {}
    }
    for placed in module.statements.iter().skip(1) {
        if let StatementKind::Package(_) = placed.statement.kind {
            errors.push(late(placed.range(), "unexpected package"));
        }
    }
    errors
}

/// Reads statements one after the other.
pub(super) struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// Read so far, without comments.
    tokens: Vec<Lexeme>,
    /// Index of the current token.
    at: usize,
    /// Absolute byte where the current statement begins.
    base: u32,
    pub(super) dialect: Dialect,
    depth: u32,
    chain: u32,
    /// Brackets that are open.
    open: Vec<(Kind, u32)>,
    errors: Vec<SyntaxError>,
    /// Absolute byte where the last statement of a body began.
    literal_start: u32,
    /// The token at which the last error was reported.
    error_at: usize,
    /// One past the furthest byte that mattered for the current statement.
    reach: u32,
    /// Brackets of operands that were tried in vain, as bodies (`true`) or as expressions: trying again what nests
    /// would take exponential time.
    refused: HashSet<(usize, bool)>,
}

/// A place to come back to.
struct Mark {
    at: usize,
    errors: usize,
    open: usize,
    depth: u32,
    chain: u32,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, pos: usize, dialect: Dialect) -> Self {
        let lexer = Lexer::new(text, pos);
        Self {
            text,
            lexer,
            tokens: Vec::new(),
            at: 0,
            base: 0,
            dialect,
            depth: 0,
            chain: 0,
            open: Vec::new(),
            errors: Vec::new(),
            literal_start: u32::MAX,
            error_at: 0,
            reach: 0,
            refused: HashSet::new(),
        }
    }

    /// Absolute start of the next statement (the end of the text if there is none).
    pub(super) fn next_start(&mut self) -> usize {
        self.token().start as usize
    }

    /// Parses the next statement; `None` at the end of the text.
    pub(super) fn statement(&mut self) -> Option<Placed> {
        // Tokens of earlier statements are not needed again.
        self.tokens.drain(..self.at.min(self.tokens.len()));
        self.at = 0;
        let first = self.token();
        if first.kind == Kind::Eof {
            return None;
        }
        self.base = first.start;
        if matches!(first.fault, Some(Fault::Null | Fault::ByteOrderMark)) && self.blank_before(first.start) {
            // OPA's scanner stands on the character before these.
            self.base -= 1;
        }
        self.open.clear();
        (self.depth, self.chain) = (0, 0);
        self.reach = 0;
        self.refused.clear();
        let dialect = self.dialect;
        let kind = match self.kind() {
            Kind::Package if !self.names_a_rule() => self.package(),
            Kind::Import if !self.names_a_rule() => self.import(),
            _ => self.rule().map(|rule| StatementKind::Rule(Box::new(rule))),
        };
        let kind = kind.unwrap_or_else(|| {
            if self.errors.is_empty() {
                self.unexpected::<()>("");
            }
            // A statement that is no rule is over where it ends: the next one begins behind it.
            if !self.errors.iter().all(|error| error.late) {
                self.recover();
            }
            StatementKind::Broken
        });
        let end = self.previous_end().max(first.end);
        self.token();
        let statement = Statement {
            kind,
            len: end - self.base,
            // The byte behind a token decides whether it ends there.
            reach: self.reach.max(end) + 1 - self.base,
            dialect,
            errors: std::mem::take(&mut self.errors),
        };
        Some(Placed { start: self.base as usize, statement: Arc::new(statement) })
    }

    fn blank_before(&self, byte: u32) -> bool {
        let before = (byte as usize).checked_sub(1).and_then(|at| self.text.as_bytes().get(at));
        before.is_some_and(u8::is_ascii_whitespace)
    }

    /// After an error: goes to the next line that begins with a name in column 0.
    fn recover(&mut self) {
        let error_at = self.error_at;
        // The line of the error may already be the next rule: `p if {` without its end, then `q if`.
        let mut i = error_at;
        while let Some(token) = self.token_at(i) {
            if i > 0 && self.begins_a_rule(token) {
                self.blame_missing_bracket();
                return self.resume_at(i);
            }
            if i == 0 || token.after_newline {
                break;
            }
            i -= 1;
        }
        self.blame_missing_bracket_at_end(error_at);
        let mut i = error_at.max(1);
        while let Some(token) = self.token_at(i) {
            if self.begins_a_rule(token) {
                break;
            }
            i += 1;
        }
        self.resume_at(i);
    }

    /// Goes on at token `i` as if the text began there: what was broken before it (an open template string) is over.
    fn resume_at(&mut self, i: usize) {
        if let Some(token) = self.token_at(i) {
            self.tokens.truncate(i);
            self.lexer = Lexer::new(self.text, token.start as usize);
        }
        self.at = i;
    }

    fn begins_a_rule(&self, token: Lexeme) -> bool {
        let column_zero = token.start == 0
            || self.text.as_bytes().get((token.start as usize).wrapping_sub(1)) == Some(&b'\n');
        column_zero
            && match token.kind {
                Kind::Name | Kind::Default | Kind::Package | Kind::Import => true,
                kind if kind.is_keyword() => !matches!(
                    kind,
                    Kind::Else | Kind::Some | Kind::Not | Kind::With | Kind::Null | Kind::True | Kind::False
                ),
                _ => false,
            }
    }

    // ---- tokens -------------------------------------------------------------------------------------------------

    fn token_at(&mut self, i: usize) -> Option<Lexeme> {
        while self.tokens.len() <= i {
            if let Some(last) = self.tokens.last()
                && last.kind == Kind::Eof
            {
                return None;
            }
            let mut after_newline = false;
            let token = loop {
                let token = self.lexer.next_token();
                after_newline |= token.after_newline;
                if token.kind != Kind::Comment {
                    break token;
                }
            };
            self.tokens.push(Lexeme { after_newline, ..token });
        }
        let token = self.tokens.get(i).copied();
        self.reach = self.reach.max(token.map_or(0, |t| t.end));
        token
    }

    /// The current token; at the end [`Kind::Eof`].
    fn token(&mut self) -> Lexeme {
        let end = self.text.len() as u32;
        self.token_at(self.at).unwrap_or(Lexeme {
            kind: Kind::Eof,
            start: end,
            end,
            after_newline: true,
            fault: None,
        })
    }

    /// The kind of the current token, where words that are not (yet) keywords are names.
    fn kind(&mut self) -> Kind {
        let kind = self.token().kind;
        self.active(kind)
    }

    fn active(&self, kind: Kind) -> Kind {
        let on = match kind {
            Kind::If => self.dialect.word_if,
            Kind::Contains => self.dialect.word_contains,
            Kind::In => self.dialect.word_in,
            Kind::Every => self.dialect.word_every,
            Kind::LogicAnd => self.dialect.word_and,
            Kind::LogicOr => self.dialect.word_or,
            _ => true,
        };
        if on { kind } else { Kind::Name }
    }

    fn bump(&mut self) -> Lexeme {
        let token = self.token();
        if token.kind != Kind::Eof {
            self.at += 1;
        }
        token
    }

    /// Where the token before the current one ends.
    fn previous_end(&self) -> u32 {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(self.base, |t| t.end)
    }

    /// The current token touches the one before it.
    fn adjacent(&mut self) -> bool {
        let end = self.previous_end();
        self.token().start == end
    }

    /// The byte right behind the current token.
    fn byte_behind(&mut self) -> Option<u8> {
        let end = self.token().end as usize;
        self.text.as_bytes().get(end).copied()
    }

    fn text_of(&self, token: Lexeme) -> &'a str {
        self.text.get(token.start as usize..token.end as usize).unwrap_or_default()
    }

    /// From absolute byte `start` to the end of the token before the current one.
    fn span_from(&self, start: u32) -> Span {
        Span { start: start - self.base, end: self.previous_end().max(start) - self.base }
    }

    fn span(&self, token: Lexeme) -> Span {
        Span { start: token.start - self.base, end: token.end - self.base }
    }

    fn open_bracket(&mut self) -> Lexeme {
        let token = self.bump();
        self.open.push((token.kind, token.start));
        token
    }

    fn close_bracket(&mut self) {
        self.bump();
        self.open.pop();
    }

    // ---- trying -------------------------------------------------------------------------------------------------

    fn mark(&self) -> Mark {
        Mark {
            at: self.at,
            errors: self.errors.len(),
            open: self.open.len(),
            depth: self.depth,
            chain: self.chain,
        }
    }

    fn back_to(&mut self, mark: &Mark) {
        self.at = mark.at;
        self.errors.truncate(mark.errors);
        self.open.truncate(mark.open);
        (self.depth, self.chain) = (mark.depth, mark.chain);
    }

    /// Runs `parse` one level deeper.
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return self.fail("max parsing recursion depth exceeded");
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }
}
