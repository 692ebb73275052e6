//! What libyaml (and so go-yaml v2) refuses and the parser, which follows YAML 1.2, does not.
//!
//! Each rule looks only at documents that have the character in question. Where go-yaml would not refuse but read
//! something else altogether (`{a:}` has the key `a:`), this refuses too: better no reading than a wrong one.

use super::note::Hint;
use super::tree::Span;

/// A rule that is broken.
pub(super) struct Violation {
    /// Bytes in the document's own text.
    pub at: Span,
    /// In go-yaml's words.
    pub words: &'static str,
    pub hint: Option<Hint>,
}

/// The kinds of tokens that the rules tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Plain,
    Quoted,
    Block,
    Other,
}

/// Follows the events of one document.
pub(super) struct Strict<'t> {
    text: &'t str,
    /// Tabs among the blanks, and behind the `-`, that a line starts with; the column of each.
    tabs: Vec<(u32, u32)>,
    /// The first of `tabs` that was not looked at.
    next_tab: usize,
    flow_depth: usize,
    /// The columns where the open block lists and maps start.
    blocks: Vec<u32>,
    /// The last token, where it ended, and the indentation it had to have.
    last: (Token, u32, u32),
}

const VIOLATES: &str = "found a tab character that violates indentation";
const CANNOT_START: &str = "found character that cannot start any token";

impl<'t> Strict<'t> {
    pub fn new(text: &'t str) -> Self {
        let tabs = if text.contains('\t') { leading_tabs(text) } else { Vec::new() };
        Self { text, tabs, next_tab: 0, flow_depth: 0, blocks: Vec::new(), last: (Token::Other, 0, 0) }
    }

    pub fn in_flow(&self) -> bool {
        self.flow_depth > 0
    }

    fn indent(&self) -> u32 {
        self.blocks.last().map_or(0, |column| column + 1)
    }

    /// A token with text, at its untrimmed range.
    pub fn token(&mut self, token: Token, span: Span) -> Result<(), Violation> {
        self.gap(span.0)?;
        while let Some(&(tab, column)) = self.tabs.get(self.next_tab).filter(|(tab, _)| *tab < span.1) {
            self.next_tab += 1;
            let limit = match token {
                _ if self.in_flow() => 0,
                Token::Plain => self.indent(),
                Token::Block => self.block_indent(span),
                Token::Quoted | Token::Other => 0,
            };
            if column < limit {
                let words = if token == Token::Block {
                    "found a tab character where an indentation space is expected"
                } else {
                    VIOLATES
                };
                return Err(Violation { at: (tab, tab + 1), words, hint: Some(Hint::Tab) });
            }
        }
        self.last = (token, span.1, self.indent());
        Ok(())
    }

    /// The text between the last token and `until`.
    fn gap(&mut self, until: u32) -> Result<(), Violation> {
        while let Some(&(tab, column)) = self.tabs.get(self.next_tab).filter(|(tab, _)| *tab < until) {
            self.next_tab += 1;
            if self.in_flow() {
                continue;
            }
            // A plain scalar takes the blanks behind it along, up to the next token or comment.
            let (token, end, indent) = self.last;
            let between = self.text.get(end as usize..tab as usize).unwrap_or_default();
            let of_plain = token == Token::Plain && between.trim().is_empty();
            if of_plain && column >= indent {
                continue;
            }
            let words = if of_plain { VIOLATES } else { CANNOT_START };
            return Err(Violation { at: (tab, tab + 1), words, hint: Some(Hint::Tab) });
        }
        Ok(())
    }

    /// The column of the first line with text of a block scalar.
    fn block_indent(&self, (start, end): Span) -> u32 {
        let text = self.text.get(start as usize..end as usize).unwrap_or_default();
        let first = text.lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default();
        (first.len() - first.trim_start_matches(' ').len()) as u32
    }

    /// A list or map starts.
    pub fn open(&mut self, flow: bool, start: u32) -> Result<(), Violation> {
        if flow {
            self.token(Token::Other, (start, start + 1))?;
            self.flow_depth += 1;
        } else {
            let line =
                self.text.get(..start as usize).map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
            self.blocks.push(start - line as u32);
        }
        Ok(())
    }

    /// A list or map ends at byte `end`, with its bracket if it is a flow.
    pub fn close(&mut self, flow: bool, end: u32) -> Result<(), Violation> {
        if flow {
            self.token(Token::Other, (end.saturating_sub(1), end))?;
            self.flow_depth = self.flow_depth.saturating_sub(1);
        } else {
            self.blocks.pop();
        }
        Ok(())
    }

    /// The document ends at byte `end`.
    pub fn finish(&mut self, end: u32) -> Result<(), Violation> {
        self.gap(end)
    }

    /// A plain scalar between brackets: `?` ends it, and it cannot start with `:`.
    pub fn plain_in_flow(&self, text: &str, span: Span) -> Result<(), Violation> {
        if !self.in_flow() {
            return Ok(());
        }
        if text.starts_with(':') {
            return Err(Violation { at: span, words: "did not find expected node content", hint: None });
        }
        if text.contains('?') {
            let words = "did not find expected ',' or '}' or ']'";
            return Err(Violation { at: span, words, hint: Some(Hint::QuestionMark) });
        }
        Ok(())
    }

    /// A key between brackets whose value starts at byte `value`: it must stand on one line with its `:`, and a blank
    /// must follow if it is plain.
    pub fn flow_key(&self, key: Span, plain: bool, nothing: bool) -> Result<(), Violation> {
        if !self.in_flow() {
            return Ok(());
        }
        let behind = self.text.get(key.1 as usize..).unwrap_or_default();
        let colon = key.1 as usize + behind.len() - behind.trim_start().len();
        let has_colon = self.text.get(colon..).is_some_and(|rest| rest.starts_with(':'));
        let words = "did not find expected ',' or '}'";
        if has_colon && self.text.get(key.0 as usize..colon).is_some_and(|t| t.contains('\n')) {
            return Err(Violation { at: key, words, hint: None });
        }
        let next = self.text.get(colon + 1..).and_then(|rest| rest.chars().next());
        if has_colon && plain && nothing && next.is_some_and(|c| !c.is_ascii_whitespace()) {
            let at = (colon as u32, colon as u32 + 1);
            return Err(Violation { at, words, hint: Some(Hint::SpaceAfterColon) });
        }
        Ok(())
    }

    /// The name of an anchor or alias, with its `&` or `*`.
    pub fn anchor(&self, span: Span) -> Result<(), Violation> {
        let name = self.text.get(span.0 as usize + 1..span.1 as usize).unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            let words = "did not find expected alphabetic or numeric character";
            return Err(Violation { at: span, words, hint: Some(Hint::Anchor) });
        }
        Ok(())
    }

    /// A tag has only characters of a URI, and a blank must follow.
    pub fn tag(&self, span: Span) -> Result<(), Violation> {
        let tag = self.text.get(span.0 as usize..span.1 as usize).unwrap_or_default();
        let foreign =
            tag.bytes().any(|b| !b.is_ascii_alphanumeric() && !b"!<>;/?:@&=+$,.~*'()[]%-_".contains(&b));
        let next = self.text.get(span.1 as usize..).and_then(|rest| rest.chars().next());
        if foreign || next.is_some_and(|c| !c.is_ascii_whitespace()) {
            let words = "did not find expected whitespace or line break";
            return Err(Violation { at: span, words, hint: None });
        }
        Ok(())
    }

    /// A document cannot begin with its end.
    pub fn begins_with_end(&self) -> Option<Violation> {
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            let words = line.trim_end();
            if words == "..." || words.starts_with("... ") || words.starts_with("...\t") {
                let at = (at, at + 3);
                return Some(Violation { at, words: "did not find expected node content", hint: None });
            }
            if !words.trim_start().is_empty() && !words.trim_start().starts_with('#') {
                return None;
            }
            at += line.len() as u32;
        }
        None
    }
}

fn leading_tabs(text: &str) -> Vec<(u32, u32)> {
    let mut tabs = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bytes = line.as_bytes();
        let mut column = 0;
        while let Some(byte) = bytes.get(column) {
            let blank_follows = matches!(bytes.get(column + 1), Some(b' ' | b'\t'));
            match byte {
                b'\t' => tabs.push((start + column as u32, column as u32)),
                b' ' => {}
                b'-' | b'?' if blank_follows => {}
                _ => break,
            }
            column += 1;
        }
        start += line.len() as u32;
    }
    tabs
}
