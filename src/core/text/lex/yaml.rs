//! The line lexer of YAML and JSON.
//!
//! It colours; it does not judge. What it must get right is where text is text: block scalars, quoted scalars over
//! several lines, flow collections (and JSON is one), comments. Constants and numbers are those of YAML 1.1, because
//! the reader of Kubernetes takes `yes` for true and `010` for eight.

mod scalar;

use super::{LineState, Token, TokenKind};
use scalar::{block_header, escape, plain_len, scalar_kind};
use std::ops::Range;

/// Reads one line (without its `\n`), appends its tokens, gives the state for the next line.
pub fn line(text: &str, state: LineState, tokens: &mut Vec<Token>) -> LineState {
    let mut lexer = Lexer { text, at: 0, tokens, mode: Mode::unpack(state), node: None };
    lexer.line();
    lexer.mode.pack()
}

/// Whether the line that begins in this state begins inside of a scalar.
#[must_use]
pub fn begins_in_text(state: LineState) -> bool {
    !matches!(Mode::unpack(state), Mode::Structure { .. })
}

/// What goes on at the end of a line. `flow` counts the open brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Structure {
        flow: u8,
    },
    Single {
        flow: u8,
    },
    Double {
        flow: u8,
    },
    /// A block scalar before its first line that is not blank; that line is in it when it is indented by `least`.
    BlockStart {
        least: u32,
    },
    /// A block scalar whose lines are indented by `indent` or more.
    Block {
        indent: u32,
    },
}

impl Mode {
    fn pack(self) -> LineState {
        let (tag, value) = match self {
            Self::Structure { flow } => (0, u64::from(flow)),
            Self::Single { flow } => (1, u64::from(flow)),
            Self::Double { flow } => (2, u64::from(flow)),
            Self::BlockStart { least } => (3, u64::from(least)),
            Self::Block { indent } => (4, u64::from(indent)),
        };
        LineState(tag | value << 8)
    }

    fn unpack(LineState(state): LineState) -> Self {
        let value = state >> 8;
        let flow = u8::try_from(value).unwrap_or(u8::MAX);
        let indent = u32::try_from(value).unwrap_or(u32::MAX);
        match state & 0xff {
            1 => Self::Single { flow },
            2 => Self::Double { flow },
            3 => Self::BlockStart { least: indent },
            4 => Self::Block { indent },
            _ => Self::Structure { flow },
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: &'a mut Vec<Token>,
    mode: Mode,
    /// The column of the collection entry that the value being read belongs to: what a block scalar must be indented
    /// more than. `None` before the first one on this line.
    node: Option<usize>,
}

impl Lexer<'_> {
    fn line(&mut self) {
        let indent = self.text.len() - self.text.trim_start_matches(' ').len();
        let blank = self.text.trim_matches([' ', '\t', '\r']).is_empty();
        let marker = matches!(self.text.get(..3), Some("---" | "..."))
            && self.text.get(3..).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r']));
        match self.mode {
            // A document marker ends whatever was left open: the colours recover at the next document.
            Mode::Single { .. }
            | Mode::Double { .. }
            | Mode::Block { indent: 0 }
            | Mode::BlockStart { least: 0 }
                if marker =>
            {
                self.mode = Mode::Structure { flow: 0 };
            }
            Mode::BlockStart { .. } | Mode::Block { .. } if blank => return,
            Mode::BlockStart { least } | Mode::Block { indent: least } => {
                if column(indent) >= least {
                    self.mode = Mode::Block { indent: if self.is_start() { column(indent) } else { least } };
                    self.at = indent;
                    return self.push(TokenKind::String, self.text.trim_end_matches('\r').len());
                }
                self.mode = Mode::Structure { flow: 0 };
            }
            Mode::Structure { .. } | Mode::Single { .. } | Mode::Double { .. } => {}
        }
        match self.mode {
            Mode::Single { flow } => self.quoted('\'', flow, false),
            Mode::Double { flow } => self.quoted('"', flow, false),
            _ if marker => {
                self.mode = Mode::Structure { flow: 0 };
                self.push(TokenKind::Punctuation, 3);
            }
            Mode::Structure { flow: 0 } if self.text.starts_with('%') => {
                return self.push(TokenKind::Keyword, self.text.len());
            }
            _ => self.indentation(blank),
        }
        while self.at < self.text.len() {
            let before = self.at;
            self.value(marker);
            if self.at == before {
                // Never stay in one place, whatever the text is.
                self.at += self.rest().chars().next().map_or(1, char::len_utf8);
            }
        }
    }

    fn is_start(&self) -> bool {
        matches!(self.mode, Mode::BlockStart { .. })
    }

    /// Tabs cannot indent a block collection, and no other blank than a space can.
    fn indentation(&mut self, blank: bool) {
        let content = self.text.trim_start_matches([' ', '\t']);
        let end = self.text.len() - content.len();
        let block = self.mode == Mode::Structure { flow: 0 };
        if block && !blank && !content.starts_with(['#', '{', '[', '}', ']']) {
            while let Some(tab) = self.text.get(self.at..end).and_then(|blanks| blanks.find('\t')) {
                self.at += tab;
                self.push(TokenKind::Invalid, self.at + 1);
            }
        }
        self.at = end;
        // A full-width space looks like indentation and is the first character of a scalar.
        while self.rest().starts_with(['\u{3000}', '\u{a0}']) {
            self.push(TokenKind::Invalid, self.at + self.rest().chars().next().map_or(1, char::len_utf8));
        }
    }

    /// Reads one piece of structure or one scalar.
    fn value(&mut self, after_marker: bool) {
        let Mode::Structure { flow } = self.mode else { return self.at = self.text.len() };
        let rest = self.rest();
        let mut chars = rest.chars();
        let Some(first) = chars.next() else { return };
        let second = chars.next();
        let ends_word = second.is_none_or(|c| matches!(c, ' ' | '\t' | '\r'));
        match first {
            ' ' | '\t' | '\r' => self.at += 1,
            '#' if self.comment_may_begin() => self.push(TokenKind::Comment, self.text.len()),
            '-' | '?' if flow == 0 && ends_word => {
                self.node = Some(self.at);
                self.push(TokenKind::Punctuation, self.at + 1);
            }
            ':' if ends_word || flow > 0 => self.push(TokenKind::Punctuation, self.at + 1),
            '{' | '[' => {
                self.mode = Mode::Structure { flow: flow.saturating_add(1) };
                self.push(TokenKind::Punctuation, self.at + 1);
            }
            '}' | ']' => {
                let kind = if flow > 0 { TokenKind::Punctuation } else { TokenKind::Invalid };
                self.mode = Mode::Structure { flow: flow.saturating_sub(1) };
                self.push(kind, self.at + 1);
            }
            ',' if flow > 0 => self.push(TokenKind::Punctuation, self.at + 1),
            '&' | '*' if !ends_word => self.push(TokenKind::Anchor, self.at + self.word(flow)),
            '!' => self.push(TokenKind::Tag, self.at + self.word(flow)),
            '"' | '\'' => self.quoted(first, flow, true),
            '@' | '`' => self.push(TokenKind::Invalid, self.at + 1),
            '|' | '>' if flow == 0 => match block_header(rest) {
                Some((header, digit)) => self.block(header, digit, after_marker),
                None => self.plain(flow),
            },
            _ => self.plain(flow),
        }
    }

    /// `|` or `>` with its indicators: what follows on the next lines is text.
    fn block(&mut self, header: usize, digit: Option<u32>, after_marker: bool) {
        self.push(TokenKind::Punctuation, self.at + header);
        let comment = self.text.len() - self.rest().trim_start_matches([' ', '\t']).len();
        if comment < self.text.len() && !self.rest().trim().is_empty() {
            self.at = comment;
            self.push(TokenKind::Comment, self.text.len());
        }
        self.at = self.text.len();
        let parent = self.node.map(column);
        self.mode = match digit {
            Some(digit) => Mode::Block { indent: parent.unwrap_or(0) + digit },
            // Below a key of the line before, or the whole document.
            None if after_marker && parent.is_none() => Mode::BlockStart { least: 0 },
            None => Mode::BlockStart { least: parent.unwrap_or(0) + 1 },
        };
    }

    /// A quoted scalar from its opening quote (`opens`) or from the start of a later line of it.
    fn quoted(&mut self, quote: char, flow: u8, opens: bool) {
        let start = self.at;
        let first_token = self.tokens.len();
        let mut piece = start;
        let mut at = start + usize::from(opens);
        let mut closed = false;
        while let Some(found) = self.text.get(at..).and_then(|rest| rest.find([quote, '\\'])) {
            at += found;
            let pair = self.text.get(at..).unwrap_or_default();
            let escape = if quote == '"' { escape(pair) } else { usize::from(pair.starts_with("''")) * 2 };
            if escape > 0 {
                self.token(TokenKind::String, piece..at);
                self.token(TokenKind::Escape, at..at + escape);
                at += escape;
                piece = at;
            } else {
                at += 1;
                closed = pair.starts_with(quote);
                if closed {
                    break;
                }
            }
        }
        let end = if closed { at } else { self.text.len() };
        self.token(TokenKind::String, piece..end);
        self.at = end;
        if !closed {
            self.mode = if quote == '"' { Mode::Double { flow } } else { Mode::Single { flow } };
            return;
        }
        self.mode = Mode::Structure { flow };
        let after = self.rest().trim_start_matches([' ', '\t']);
        let colon = after.strip_prefix(':');
        let is_key = opens
            && colon
                .is_some_and(|after| flow > 0 || after.is_empty() || after.starts_with([' ', '\t', '\r']));
        if is_key {
            if flow == 0 {
                self.node = Some(start);
            }
            for token in
                self.tokens.iter_mut().skip(first_token).filter(|token| token.kind == TokenKind::String)
            {
                token.kind = TokenKind::Key;
            }
        }
    }

    /// A plain scalar, or a key when a colon follows.
    fn plain(&mut self, flow: u8) {
        let start = self.at;
        let (len, colon) = plain_len(self.rest(), flow > 0);
        let Some(text) = self.rest().get(..len) else { return };
        let value_of_key = flow == 0 && self.tokens.last().is_some_and(|token| self.is_colon(&token.range));
        let kind = match text {
            "<<" if colon => TokenKind::Anchor,
            _ if colon && !value_of_key => TokenKind::Key,
            _ => scalar_kind(text),
        };
        if colon && flow == 0 {
            self.node = Some(start);
        }
        self.push(kind, start + len);
    }

    fn is_colon(&self, range: &Range<usize>) -> bool {
        self.text.get(range.clone()) == Some(":")
    }

    /// Length of an anchor or tag.
    fn word(&self, flow: u8) -> usize {
        let rest = self.rest();
        if rest.starts_with("!<") {
            return rest.find('>').map_or(rest.len(), |at| at + 1);
        }
        let ends =
            |c: char| matches!(c, ' ' | '\t' | '\r') || flow > 0 && matches!(c, ',' | '[' | ']' | '{' | '}');
        rest.find(ends).unwrap_or(rest.len())
    }

    fn comment_may_begin(&self) -> bool {
        self.text.get(..self.at).is_none_or(|before| before.is_empty() || before.ends_with([' ', '\t']))
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, kind: TokenKind, end: usize) {
        self.token(kind, self.at..end);
        self.at = end;
    }

    fn token(&mut self, kind: TokenKind, range: Range<usize>) {
        if !range.is_empty() {
            self.tokens.push(Token { range, kind });
        }
    }
}

fn column(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each token as letter and text, lines apart by ` / `. K key, S string, E escape, N number, C constant, P
    /// punctuation, A anchor, T tag, D directive, # comment, ! invalid.
    fn paint(text: &str) -> String {
        let mut state = LineState::default();
        let lines = text.split('\n').map(|text| {
            let mut tokens = Vec::new();
            state = line(text, state, &mut tokens);
            let painted = tokens.iter().map(|Token { range, kind }| {
                let letter = match kind {
                    TokenKind::Key => 'K',
                    TokenKind::String => 'S',
                    TokenKind::Escape => 'E',
                    TokenKind::Number => 'N',
                    TokenKind::Constant => 'C',
                    TokenKind::Punctuation => 'P',
                    TokenKind::Anchor => 'A',
                    TokenKind::Tag => 'T',
                    TokenKind::Keyword => 'D',
                    TokenKind::Comment => '#',
                    _ => '!',
                };
                format!("{letter}<{}>", &text[range.clone()])
            });
            painted.collect::<Vec<_>>().join(" ")
        });
        lines.collect::<Vec<_>>().join(" / ")
    }

    #[track_caller]
    fn paints<const N: usize>(cases: [(&str, &str); N]) {
        for (text, painted) in cases {
            assert_eq!(paint(text), painted, "\n{text}");
        }
    }

    #[test]
    fn structure() {
        paints([
            ("kind: Pod", "K<kind> P<:> S<Pod>"),
            ("hostPID: true # all", "K<hostPID> P<:> C<true> #<# all>"),
            ("- name: a b ", "P<-> K<name> P<:> S<a b>"),
            ("- - 1", "P<-> P<-> N<1>"),
            ("a: b: c", "K<a> P<:> S<b> P<:> S<c>"),
            ("? a\n: b", "P<?> S<a> / P<:> S<b>"),
            ("image: nginx:1.25", "K<image> P<:> S<nginx:1.25>"),
            ("url: http://x/#y #z", "K<url> P<:> S<http://x/#y> #<#z>"),
            ("--- # one\na: 1\n...", "P<---> #<# one> / K<a> P<:> N<1> / P<...>"),
            ("---a", "S<---a>"),
            ("%YAML 1.1", "D<%YAML 1.1>"),
            ("名前: 値", "K<名前> P<:> S<値>"),
            ("a: -1\nb: -x\nc: - d", "K<a> P<:> N<-1> / K<b> P<:> S<-x> / K<c> P<:> P<-> S<d>"),
            ("a:\r", "K<a> P<:>"),
            ("a: @b", "K<a> P<:> !<@> S<b>"),
        ]);
    }

    #[test]
    fn anchors_and_tags() {
        paints([
            ("a: &x 1\nb: *x", "K<a> P<:> A<&x> N<1> / K<b> P<:> A<*x>"),
            ("<<: *base", "A<<<> P<:> A<*base>"),
            ("a: !!str 1", "K<a> P<:> T<!!str> N<1>"),
            ("a: !<tag:x,1> b", "K<a> P<:> T<!<tag:x,1>> S<b>"),
            ("[*a, &b c]", "P<[> A<*a> P<,> A<&b> S<c> P<]>"),
        ]);
    }

    #[test]
    fn scalars_are_those_of_yaml_1_1() {
        for word in ["true", "True", "FALSE", "yes", "No", "ON", "off", "y", "N", "null", "Null", "~"] {
            assert_eq!(paint(&format!("a: {word}")), format!("K<a> P<:> C<{word}>"));
        }
        for word in [
            "0", "-1", "+1", "010", "0o17", "0x1F", "0b11", "1_000", "1.5", ".5", "1.", "1e3", "-1.5E-3",
            ".inf", ".nan",
        ] {
            assert_eq!(paint(&format!("a: {word}")), format!("K<a> P<:> N<{word}>"));
        }
        for word in ["tRUE", "yess", "22:22", "1.2.3", "0x", "1e", "e3", ".", "-", "+", "100m", "1Gi", "12a"]
        {
            let text = format!("[{word}]");
            assert_eq!(paint(&text), format!("P<[> S<{word}> P<]>"));
        }
    }

    #[test]
    fn quotes() {
        paints([
            (r#"a: "x\ny" # c"#, r#"K<a> P<:> S<"x> E<\n> S<y"> #<# c>"#),
            (r#"a: "\u3042\x41\"""#, r#"K<a> P<:> S<"> E<\u3042> E<\x41> E<\"> S<">"#),
            ("a: 'it''s' ", "K<a> P<:> S<'it> E<''> S<s'>"),
            (r#""a b": 1"#, r#"K<"a b"> P<:> N<1>"#),
            (
                "a: \"x\n  # y\n  z\" # c\nb: 1",
                "K<a> P<:> S<\"x> / S<  # y> / S<  z\"> #<# c> / K<b> P<:> N<1>",
            ),
            ("a: 'x\n\n  y: z'\nb: 1", "K<a> P<:> S<'x> /  / S<  y: z'> / K<b> P<:> N<1>"),
            // one that is never closed ends with its document
            ("a: \"x\n---\nb: 1", "K<a> P<:> S<\"x> / P<---> / K<b> P<:> N<1>"),
            ("a: \"x\\", "K<a> P<:> S<\"x> E<\\>"),
        ]);
    }

    #[test]
    fn block_scalars() {
        paints([
            ("a: |\n  x: y\n\n   # z\nb: 1", "K<a> P<:> P<|> / S<x: y> /  / S<# z> / K<b> P<:> N<1>"),
            ("a: >- # c\n  x\n b: 1", "K<a> P<:> P<>-> #<# c> / S<x> / K<b> P<:> N<1>"),
            ("- run: |+\n    x\n  name: z", "P<-> K<run> P<:> P<|+> / S<x> / K<name> P<:> S<z>"),
            ("- |\n x\n- z", "P<-> P<|> / S<x> / P<-> S<z>"),
            ("a: |2\n    x\n  y\n z", "K<a> P<:> P<|2> / S<x> / S<y> / S<z>"),
            ("a: |\nb: 1", "K<a> P<:> P<|> / K<b> P<:> N<1>"),
            ("--- |\nx: y\n# z\n---\na: 1", "P<---> P<|> / S<x: y> / S<# z> / P<---> / K<a> P<:> N<1>"),
            ("a: &x !!str |\n  y", "K<a> P<:> A<&x> T<!!str> P<|> / S<y>"),
            ("a:\n  |\n  x: y\nb: 1", "K<a> P<:> / P<|> / S<x: y> / K<b> P<:> N<1>"),
            ("a: | b", "K<a> P<:> S<| b>"),
            ("a: x | y", "K<a> P<:> S<x | y>"),
        ]);
    }

    #[test]
    fn flow_and_json() {
        paints([
            ("[a, 1, {b: c}]", "P<[> S<a> P<,> N<1> P<,> P<{> K<b> P<:> S<c> P<}> P<]>"),
            (
                "{\n\t\"a\": [true,\n\t\"b\"]\n}\n",
                "P<{> / K<\"a\"> P<:> P<[> C<true> P<,> / S<\"b\"> P<]> / P<}> / ",
            ),
            (r#"{"a":1,"b":"c"}"#, r#"P<{> K<"a"> P<:> N<1> P<,> K<"b"> P<:> S<"c"> P<}>"#),
            ("[a,\n# c\nb]\nc: 1", "P<[> S<a> P<,> / #<# c> / S<b> P<]> / K<c> P<:> N<1>"),
            ("a: b]", "K<a> P<:> S<b]>"),
            ("]", "!<]>"),
            ("[\n---\na: 1", "P<[> / P<---> / K<a> P<:> N<1>"),
        ]);
    }

    #[test]
    fn only_spaces_indent() {
        paints([
            ("a:\n\u{3000}b: 1", "K<a> P<:> / !<\u{3000}> K<b> P<:> N<1>"),
            ("a: \u{3000}b", "K<a> P<:> S<\u{3000}b>"),
            ("\ta: 1", "!<\t> K<a> P<:> N<1>"),
            ("a:\n  \tb: 1", "K<a> P<:> / !<\t> K<b> P<:> N<1>"),
            ("a: 1\t# c", "K<a> P<:> N<1> #<# c>"),
            ("\t\n\t# c", " / #<# c>"),
            ("a: |\n  \tb", "K<a> P<:> P<|> / S<\tb>"),
        ]);
    }
}
