//! Tokens of Rego, for the parser ([`Lexer`]) and for highlighting ([`line`]): one scanner serves both.
//!
//! It follows OPA 1.22's scanner and never fails: what cannot be part of the language is an [`Kind::Illegal`] token
//! with OPA's words. Keywords are told apart here, whether they are active is the parser's business (imports switch
//! them on). Template strings are flat: `$"a {x} b"` is `TemplateStart TemplateText HoleOpen Name HoleClose
//! TemplateText TemplateEnd`.

mod line;
mod text;

pub use line::line;
pub use text::decode_string;
pub use text::decode_template_text;

/// The kinds of tokens. The names of operators follow OPA's (`Or` is `|`, `LogicOr` is the keyword `or`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Eof,
    Illegal,
    Comment,
    Name,
    Package,
    Import,
    As,
    Default,
    Else,
    Not,
    Some,
    With,
    Null,
    True,
    False,
    If,
    Contains,
    In,
    Every,
    LogicAnd,
    LogicOr,
    Number,
    String,
    RawString,
    TemplateStart,
    TemplateText,
    HoleOpen,
    HoleClose,
    TemplateEnd,
    LBrack,
    RBrack,
    LBrace,
    RBrace,
    LParen,
    RParen,
    Comma,
    Semicolon,
    Colon,
    Dot,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    And,
    Or,
    Unify,
    Assign,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Kind {
    /// The keyword a name spells in some version of the language.
    #[must_use]
    pub fn keyword(name: &str) -> Option<Self> {
        Some(match name {
            "package" => Self::Package,
            "import" => Self::Import,
            "as" => Self::As,
            "default" => Self::Default,
            "else" => Self::Else,
            "not" => Self::Not,
            "some" => Self::Some,
            "with" => Self::With,
            "null" => Self::Null,
            "true" => Self::True,
            "false" => Self::False,
            "if" => Self::If,
            "contains" => Self::Contains,
            "in" => Self::In,
            "every" => Self::Every,
            "and" => Self::LogicAnd,
            "or" => Self::LogicOr,
            _ => return None,
        })
    }

    /// Whether the token is a word of the language (in some version of it).
    #[must_use]
    pub fn is_keyword(self) -> bool {
        (Self::Package as u8..=Self::LogicOr as u8).contains(&(self as u8))
    }

    /// The word OPA uses for the token in its messages.
    #[must_use]
    pub fn opa_word(self) -> &'static str {
        match self {
            Self::Eof => "eof",
            Self::Illegal => "illegal",
            Self::Comment => "comment",
            Self::Name => "identifier",
            Self::Package => "package",
            Self::Import => "import",
            Self::As => "as",
            Self::Default => "default",
            Self::Else => "else",
            Self::Not => "not",
            Self::Some => "some",
            Self::With => "with",
            Self::Null => "null",
            Self::True => "true",
            Self::False => "false",
            Self::If => "if",
            Self::Contains => "contains",
            Self::In => "in",
            Self::Every => "every",
            Self::LogicAnd | Self::And => "and",
            Self::LogicOr | Self::Or => "or",
            Self::Number => "number",
            Self::String | Self::RawString => "string",
            Self::TemplateStart | Self::TemplateText | Self::TemplateEnd => "template-string",
            Self::LBrack => "[",
            Self::RBrack => "]",
            Self::LBrace | Self::HoleOpen => "{",
            Self::RBrace | Self::HoleClose => "}",
            Self::LParen => "(",
            Self::RParen => ")",
            Self::Comma => ",",
            Self::Semicolon => ";",
            Self::Colon => ":",
            Self::Dot => ".",
            Self::Plus => "plus",
            Self::Minus => "minus",
            Self::Star => "mul",
            Self::Slash => "div",
            Self::Percent => "rem",
            Self::Unify => "eq",
            Self::Assign => "assign",
            Self::Equal => "equal",
            Self::NotEqual => "neq",
            Self::Less => "lt",
            Self::LessEqual => "lte",
            Self::Greater => "gt",
            Self::GreaterEqual => "gte",
        }
    }
}

/// What is wrong with an illegal token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    Token,
    Bang,
    Dollar,
    NoBreakSpace,
    ByteOrderMark,
    Null,
    Fraction,
    Exponent,
    NumberFormat,
    Escape,
    Unterminated,
    StringLiteral,
    TemplatePart,
}

/// One token of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexeme {
    pub kind: Kind,
    /// First byte in the text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// A line break stands between the token before and this one.
    pub after_newline: bool,
    /// What is wrong, for [`Kind::Illegal`].
    pub fault: Option<Fault>,
}

/// A template string that is open, innermost last: raw or not, and how many braces of its hole are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Template {
    raw: bool,
    depth: u32,
}

/// Reads tokens from a place in a text on. Cheap to create and to drop; linear in the text.
#[derive(Debug, Clone)]
pub struct Lexer<'a> {
    text: &'a str,
    pos: usize,
    templates: Vec<Template>,
    /// Inside the text (not a hole) of the innermost template.
    in_text: bool,
    /// A raw string was still open at the end of the text.
    open_raw: bool,
}

impl<'a> Lexer<'a> {
    /// Starts at byte `pos`, which must not lie inside a string.
    #[must_use]
    pub fn new(text: &'a str, pos: usize) -> Self {
        let pos = if pos == 0 && text.starts_with('\u{feff}') { 3 } else { pos };
        Self { text, pos, templates: Vec::new(), in_text: false, open_raw: false }
    }

    fn peek(&self) -> Option<u8> {
        self.byte(0)
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.pos + ahead).copied()
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.pos += 1;
        }
    }

    /// The next token; [`Kind::Eof`] for ever at the end.
    pub fn next_token(&mut self) -> Lexeme {
        if self.in_text {
            return self.template_text();
        }
        let mut after_newline = false;
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            after_newline |= byte == b'\n';
            self.pos += 1;
        }
        let start = self.pos;
        let (kind, fault) = self.scan();
        Lexeme { kind, start: start as u32, end: self.pos as u32, after_newline, fault }
    }

    fn scan(&mut self) -> (Kind, Option<Fault>) {
        let Some(first) = self.peek() else { return (Kind::Eof, None) };
        let second = self.byte(1);
        let (kind, length) = match first {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => return (self.name(), None),
            b'0'..=b'9' => return self.number(),
            b'"' => return self.string(),
            b'`' => return self.raw_string(),
            b'#' => {
                self.skip_while(|b| b != b'\n');
                return (Kind::Comment, None);
            }
            b'$' if matches!(second, Some(b'"' | b'`')) => {
                self.templates.push(Template { raw: second == Some(b'`'), depth: 0 });
                self.in_text = true;
                (Kind::TemplateStart, 2)
            }
            b'{' => {
                if let Some(open) = self.templates.last_mut() {
                    open.depth = open.depth.saturating_add(1);
                }
                (Kind::LBrace, 1)
            }
            b'}' => match self.templates.last_mut() {
                Some(open) if open.depth == 0 => {
                    self.in_text = true;
                    (Kind::HoleClose, 1)
                }
                open => {
                    if let Some(open) = open {
                        open.depth -= 1;
                    }
                    (Kind::RBrace, 1)
                }
            },
            b'[' => (Kind::LBrack, 1),
            b']' => (Kind::RBrack, 1),
            b'(' => (Kind::LParen, 1),
            b')' => (Kind::RParen, 1),
            b',' => (Kind::Comma, 1),
            b';' => (Kind::Semicolon, 1),
            b'.' => (Kind::Dot, 1),
            b'+' => (Kind::Plus, 1),
            b'-' => (Kind::Minus, 1),
            b'*' => (Kind::Star, 1),
            b'/' => (Kind::Slash, 1),
            b'%' => (Kind::Percent, 1),
            b'&' => (Kind::And, 1),
            b'|' => (Kind::Or, 1),
            b':' if second == Some(b'=') => (Kind::Assign, 2),
            b':' => (Kind::Colon, 1),
            b'=' if second == Some(b'=') => (Kind::Equal, 2),
            b'=' => (Kind::Unify, 1),
            b'!' if second == Some(b'=') => (Kind::NotEqual, 2),
            b'<' if second == Some(b'=') => (Kind::LessEqual, 2),
            b'<' => (Kind::Less, 1),
            b'>' if second == Some(b'=') => (Kind::GreaterEqual, 2),
            b'>' => (Kind::Greater, 1),
            _ => {
                let found = self.text.get(self.pos..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
                self.pos += found.len_utf8();
                let fault = match found {
                    '!' => Fault::Bang,
                    '$' => Fault::Dollar,
                    '\0' => Fault::Null,
                    '\u{a0}' => Fault::NoBreakSpace,
                    '\u{feff}' => Fault::ByteOrderMark,
                    _ => Fault::Token,
                };
                return (Kind::Illegal, Some(fault));
            }
        };
        self.pos += length;
        (kind, None)
    }

    fn name(&mut self) -> Kind {
        let start = self.pos;
        loop {
            self.skip_while(|b| b.is_ascii_alphanumeric() || b == b'_');
            // Beyond ASCII only decimal digits go on with a name.
            match self.text.get(self.pos..).and_then(|rest| rest.chars().next()) {
                Some(c) if !c.is_ascii() && c.is_numeric() => self.pos += c.len_utf8(),
                _ => break,
            }
        }
        self.text.get(start..self.pos).and_then(Kind::keyword).unwrap_or(Kind::Name)
    }

    fn number(&mut self) -> (Kind, Option<Fault>) {
        let mut fault = None;
        let digits = |lexer: &mut Self| {
            let before = lexer.pos;
            lexer.skip_while(|b| b.is_ascii_digit());
            lexer.pos > before
        };
        digits(self);
        if self.peek() == Some(b'.') {
            self.pos += 1;
            if !digits(self) {
                fault = Some(Fault::Fraction);
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.pos += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.pos += 1;
            }
            if !digits(self) {
                fault = fault.or(Some(Fault::Exponent));
            }
        }
        // `12ab` is one wrong number, not a number and a name.
        if self.peek().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_') {
            fault = fault.or(Some(Fault::NumberFormat));
            self.skip_while(|b| b.is_ascii_alphanumeric() || b == b'_');
        }
        (if fault.is_some() { Kind::Illegal } else { Kind::Number }, fault)
    }

    /// What follows a backslash in `"…"` or `$"…"`; the backslash is behind us.
    fn escape(&mut self) -> Option<Fault> {
        match self.peek() {
            Some(b'\\' | b'"' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.pos += 1,
            Some(b'u') => {
                self.pos += 1;
                let mut hex = true;
                for _ in 0..4 {
                    match self.text.get(self.pos..).and_then(|rest| rest.chars().next()) {
                        None | Some('\n') => return None,
                        Some(c) => {
                            hex &= c.is_ascii_hexdigit();
                            self.pos += c.len_utf8();
                        }
                    }
                }
                return (!hex).then_some(Fault::StringLiteral);
            }
            _ => return Some(Fault::Escape),
        }
        None
    }

    fn string(&mut self) -> (Kind, Option<Fault>) {
        self.pos += 1;
        let mut fault = None;
        loop {
            self.skip_while(|b| !matches!(b, b'"' | b'\\' | b'\n'));
            match self.peek() {
                Some(b'"') => {
                    self.pos += 1;
                    break;
                }
                Some(b'\\') => {
                    self.pos += 1;
                    let wrong = self.escape();
                    fault = fault.or(wrong);
                }
                _ => {
                    // The scanner finds the missing quote before anyone decodes the text.
                    if fault.is_none_or(|f| f == Fault::StringLiteral) {
                        fault = Some(Fault::Unterminated);
                    }
                    break;
                }
            }
        }
        (if fault.is_some() { Kind::Illegal } else { Kind::String }, fault)
    }

    fn raw_string(&mut self) -> (Kind, Option<Fault>) {
        self.pos += 1;
        self.raw_rest()
    }

    fn raw_rest(&mut self) -> (Kind, Option<Fault>) {
        self.skip_while(|b| b != b'`');
        if self.peek().is_none() {
            self.open_raw = true;
            return (Kind::Illegal, Some(Fault::Unterminated));
        }
        self.open_raw = false;
        self.pos += 1;
        (Kind::RawString, None)
    }

    /// In the text of a template: a piece of text, the start of a hole, or the end.
    fn template_text(&mut self) -> Lexeme {
        let raw = self.templates.last().is_some_and(|open| open.raw);
        let quote = if raw { b'`' } else { b'"' };
        let start = self.pos;
        let mut fault = None;
        let mut kind = Kind::TemplateText;
        loop {
            self.skip_while(|b| !matches!(b, b'\\' | b'{' | b'\n') && b != quote);
            match self.peek() {
                Some(b'\n') if raw => self.pos += 1,
                Some(b'\\') => {
                    self.pos += 1;
                    if self.peek() == Some(b'{') {
                        self.pos += 1;
                    } else if !raw {
                        let wrong = self.escape();
                        fault = fault.or(wrong);
                    }
                }
                Some(b'{') => {
                    if self.pos == start {
                        self.pos += 1;
                        self.in_text = false;
                        kind = Kind::HoleOpen;
                    }
                    break;
                }
                Some(b) if b == quote => {
                    if self.pos == start {
                        self.pos += 1;
                        self.templates.pop();
                        self.in_text = false;
                        kind = Kind::TemplateEnd;
                    }
                    break;
                }
                _ => {
                    fault = Some(Fault::Unterminated);
                    // The rest of the text is read as code again; in the line form a raw one goes on below.
                    if !raw || self.pos < self.text.len() {
                        self.templates.pop();
                        self.in_text = false;
                    } else if self.pos == start {
                        kind = Kind::Eof;
                        fault = None;
                    }
                    break;
                }
            }
        }
        if let Some(Fault::StringLiteral) = fault {
            fault = Some(Fault::TemplatePart);
        }
        if fault.is_some() {
            kind = Kind::Illegal;
        }
        Lexeme { kind, start: start as u32, end: self.pos as u32, after_newline: false, fault }
    }
}

#[cfg(test)]
mod tests;
