//! Errors in OPA's words, and in words for people where OPA's do not say what is missing.

use std::ops::Range;

use super::Parser;
use crate::core::diagnostics::{Diagnostic, Origin, Severity};
use crate::core::rego::lexer::{Fault, Kind, Lexeme};

/// A syntax error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Bytes, counted as in the tree: from the start of the statement inside a statement, else in the file.
    pub range: Range<usize>,
    /// OPA's words.
    pub words: String,
    /// The bracket that is missing, and where the one it belongs to stands.
    pub missing: Option<(char, char, usize)>,
    /// OPA looks for this only if the rest of the file parses.
    pub late: bool,
}

impl SyntaxError {
    /// With OPA's words for it.
    #[must_use]
    pub fn new(range: Range<usize>, words: impl Into<String>) -> Self {
        Self { range, words: words.into(), missing: None, late: false }
    }

    /// The same error in a statement that begins at `base`.
    #[must_use]
    pub fn moved(&self, base: usize) -> Self {
        Self {
            range: self.range.start + base..self.range.end + base,
            missing: self.missing.map(|(close, open, at)| (close, open, at + base)),
            ..self.clone()
        }
    }

    /// As a remark on `text`.
    #[must_use]
    pub fn diagnostic(&self, text: &str) -> Diagnostic {
        let message = match self.missing {
            Some((close, open, at)) => {
                let line = 1 + text.get(..at).map_or(0, |t| t.matches('\n').count());
                format!("`{close}` is missing for `{open}` on line {line}")
            }
            None => self.words.clone(),
        };
        Diagnostic {
            range: self.range.clone(),
            severity: Severity::Error,
            origin: Origin::Syntax,
            code: "rego_parse_error".to_owned(),
            message,
            approximate: false,
            fix: None,
        }
    }
}

/// The row and column (1-based, in characters) that OPA gives for a byte of a text: a line break counts as column 0
/// of the next row, and the end of the text stands at its last character.
#[must_use]
pub fn opa_position(text: &str, byte: usize) -> (usize, usize) {
    let mut byte = byte.min(text.len());
    if byte == text.len() {
        byte = text.char_indices().next_back().map_or(0, |(at, _)| at);
    }
    let before = text.get(..byte).unwrap_or_default();
    let row = 1 + before.matches('\n').count();
    if text.as_bytes().get(byte) == Some(&b'\n') {
        return (row + 1, 0);
    }
    let line = before.rfind('\n').map_or(before, |at| before.get(at + 1..).unwrap_or_default());
    (row, 1 + line.chars().count())
}

impl Parser<'_> {
    /// Reports an error at the current token.
    pub(super) fn fail<T>(&mut self, words: &str) -> Option<T> {
        let token = self.token();
        if token.fault.is_some() {
            return self.unexpected("");
        }
        self.fail_at(token.start, token.end, words)
    }

    /// Reports an error at absolute bytes.
    pub(super) fn fail_at<T>(&mut self, start: u32, end: u32, words: &str) -> Option<T> {
        let (start, end) = (start.max(self.base) - self.base, end.max(self.base) - self.base);
        // OPA piles echoes on the first error of a statement; one is enough.
        if self.errors.iter().all(|e| e.late) {
            self.error_at = self.at;
            self.errors.push(SyntaxError::new(start as usize..end.max(start) as usize, words));
        }
        None
    }

    /// What cannot stand in a template string is two errors for OPA, if it is the value of a rule.
    /// `form` shows what such a rule looks like.
    pub(super) fn blame_hole(&mut self, form: &str) {
        let token = self.token();
        let in_hole = |error: &SyntaxError| error.words.ends_with(" in template-string expression");
        if token.kind == Kind::HoleClose && self.errors.last().is_some_and(in_hole) {
            let range = (token.start - self.base) as usize..(token.end - self.base) as usize;
            let words = format!("unexpected }} token: expected {form}");
            self.errors.push(SyntaxError::new(range, words));
        }
    }

    /// An error that OPA looks for only in files that parse.
    pub(super) fn late(&mut self, start: u32, end: u32, words: impl Into<String>) {
        let (start, end) = ((start - self.base) as usize, (end - self.base) as usize);
        self.errors.push(SyntaxError { late: true, ..SyntaxError::new(start..end, words) });
    }

    /// The current token cannot stand here.
    pub(super) fn unexpected<T>(&mut self, note: &str) -> Option<T> {
        let token = self.token();
        let (mut start, end) = (token.start, token.end);
        let words = match token.fault {
            Some(fault) => {
                // A template's first piece begins with its quote.
                if self.at > 0
                    && let Some(previous) = self.tokens.get(self.at - 1)
                    && previous.kind == Kind::TemplateStart
                {
                    start = previous.start;
                }
                // OPA's scanner stands on the character before these.
                if matches!(fault, Fault::Null | Fault::ByteOrderMark) {
                    let before = self.text.get(..start as usize).and_then(|text| text.chars().next_back());
                    start -= before.map_or(0, |c| c.len_utf8() as u32);
                }
                self.fault_words(fault, token)
            }
            None => {
                let kind = self.active(token.kind);
                let sort = if kind.is_keyword() { "keyword" } else { "token" };
                let mut words = format!("unexpected {} {sort}", kind.opa_word());
                if !note.is_empty() {
                    words.push_str(": ");
                    words.push_str(note);
                }
                words
            }
        };
        self.fail_at(start, end, &words)
    }

    fn fault_words(&self, fault: Fault, token: Lexeme) -> String {
        let text = self.text_of(token);
        let inner = |quote: char| text.trim_matches(quote).to_owned();
        match fault {
            Fault::Token => "illegal token".to_owned(),
            Fault::Bang => "illegal ! character".to_owned(),
            Fault::Dollar => "illegal $ character".to_owned(),
            Fault::NoBreakSpace => {
                "illegal non-breaking space character, use a regular space instead".to_owned()
            }
            Fault::ByteOrderMark => "illegal byte-order mark".to_owned(),
            Fault::Null => "illegal null character".to_owned(),
            Fault::Fraction => "expected fraction".to_owned(),
            Fault::Exponent => "expected exponent".to_owned(),
            Fault::NumberFormat => "illegal number format".to_owned(),
            Fault::Escape => "illegal escape sequence".to_owned(),
            Fault::Unterminated => "non-terminated string".to_owned(),
            Fault::StringLiteral => format!("illegal string literal: \"{}\"", inner('"')),
            Fault::TemplatePart => format!("illegal template-string part: \"{text}\""),
        }
    }

    /// The last error stands on the line of the next rule: a bracket that is still open is what is wrong.
    pub(super) fn blame_missing_bracket(&mut self) {
        let Some(&(kind, start)) = self.open.last() else { return };
        let (close, open) = match kind {
            Kind::LBrace => ('}', '{'),
            Kind::LBrack => (']', '['),
            Kind::LParen => (')', '('),
            _ => return,
        };
        let at = start.saturating_sub(self.base) as usize;
        if let Some(error) = self.errors.last_mut() {
            error.missing = Some((close, open, at));
        }
    }

    /// The same, if the error stands at the end of the text or at a bracket that closes another one.
    pub(super) fn blame_missing_bracket_at_end(&mut self, error_at: usize) {
        let wrong = match self.token_at(error_at).map(|t| t.kind) {
            None | Some(Kind::Eof) => true,
            Some(Kind::RBrace) => self.open.last().is_some_and(|o| o.0 != Kind::LBrace),
            Some(Kind::RBrack) => self.open.last().is_some_and(|o| o.0 != Kind::LBrack),
            Some(Kind::RParen) => self.open.last().is_some_and(|o| o.0 != Kind::LParen),
            _ => false,
        };
        if wrong {
            self.blame_missing_bracket();
        }
    }
}
