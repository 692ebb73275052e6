//! Formats a file as `opa fmt` of OPA 1.22 does.
//!
//! The layout follows OPA's formatter (`v1/format` in its sources), which works on the tree and the rows of the text:
//! what stood on one row stays on one row. Where a comment stands at a place that the layout cannot keep, the smallest
//! term around it stays as it was written.
//!
//! What is formatted says the same and keeps every comment, or it is refused ([`FormatError::Unfaithful`]). There it
//! differs from OPA, which loses some comments, and makes a union of the comprehension `[-x | y]`.

mod imports;
mod lists;
mod literal;
mod notation;
mod page;
mod refusal;
mod rule;
mod term;

use super::ast::{Rule, Span, Statement, StatementKind};
use super::lexer::{Kind, Lexer};
use super::parser::{ParseOptions, SyntaxError, Version, parse};
use page::{Comment, Page};

/// Which Rego the formatted text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// Rego of OPA 1.x.
    #[default]
    V1,
    /// Rego as before OPA 1.0 (`opa fmt --v0-compatible`).
    V0,
    /// Rego that both read: v0 text gets `import rego.v1` (`opa fmt --v0-v1`).
    V0V1,
}

/// How to format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FormatOptions {
    /// Which Rego it is for.
    pub target: Target,
    /// Drop imports of `rego.v1` and `future.keywords` that the target makes needless (`--drop-v0-imports`).
    pub drop_v0_imports: bool,
}

/// Why a text is not formatted. It stays as it is.
#[derive(Debug, Clone, PartialEq)]
pub enum FormatError {
    /// It does not parse.
    Syntax(Vec<SyntaxError>),
    /// It parses, and OPA refuses to format it.
    Refused {
        /// OPA's code: `rego_compile_error`, `rego_type_error`.
        code: &'static str,
        /// OPA's words.
        message: String,
        /// The line, from 1.
        row: usize,
    },
    /// The formatted text would say something else, or lack a comment. A fault of the formatter.
    Unfaithful,
}

/// The formatted text of a whole file.
///
/// # Errors
/// The text does not parse, or OPA would refuse to format it.
pub fn format(text: &str, options: FormatOptions) -> Result<String, FormatError> {
    let version = if options.target == Target::V1 { Version::V1 } else { Version::V0 };
    let parsed = parse(text, ParseOptions { version });
    if !parsed.is_clean() {
        return Err(FormatError::Syntax(parsed.errors()));
    }
    refusal::check(&parsed.module, text, options.target)?;
    let mut formatter = Formatter::new(text, &parsed.module.statements, options);
    formatter.module(&parsed.module.statements);
    let mut out = formatter.page.finish();
    if let Some(error) = formatter.error {
        return Err(error);
    }
    while out.ends_with("\n\n") {
        out.pop();
    }
    let target = if options.target == Target::V0 { Version::V0 } else { Version::V1 };
    let sound = keeps_comments(text, &out) && parse(&out, ParseOptions { version: target }).is_clean();
    if sound { Ok(out) } else { Err(FormatError::Unfaithful) }
}

/// Whether every comment of the text is in the formatted one (OPA joins comments that have no other place).
fn keeps_comments(text: &str, out: &str) -> bool {
    let after: String = comments(out).into_iter().filter_map(|span| out.get(span)).collect();
    comments(text).into_iter().all(|span| after.contains(text.get(span).unwrap_or_default()))
}

/// The comments of a text, without the blanks at their ends.
fn comments(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut lexer = Lexer::new(text, 0);
    let mut found = Vec::new();
    loop {
        let token = lexer.next_token();
        match token.kind {
            Kind::Eof => return found,
            Kind::Comment => {
                let start = token.start as usize;
                let words = text.get(start..token.end as usize).unwrap_or_default().trim_end();
                found.push(start..start + words.len());
            }
            _ => {}
        }
    }
}

/// A comment stands where the layout has no place for it: the term around it stays as it is written.
struct Clash;

type Written = Result<(), Clash>;

/// Where a node stands, as OPA sees it: the row of its first token without brackets around it, and its bytes.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    row: usize,
    start: usize,
    end: usize,
}

/// Writes one file.
struct Formatter<'t> {
    text: &'t str,
    page: Page<'t>,
    options: FormatOptions,
    style: Style,
    /// Where the statement begins that is written; spans count from there.
    base: usize,
    /// OPA gives all nodes of some parts the place of their beginning.
    pinned: Option<Place>,
    /// `not` keeps what its operand needs inside.
    improved_not: bool,
    /// The statement that gets brackets around it, and the term.
    bracketed: (Option<Span>, Option<Span>),
    error: Option<FormatError>,
}

/// What the imports and heads of the file make of its layout.
#[derive(Debug, Clone, Default)]
struct Style {
    /// `contains` may be written.
    contains: bool,
    /// `if` may be written.
    ifs: bool,
    /// Heads of two terms are dotted as well.
    dotted_heads: bool,
    /// `:=` in all heads.
    assign: bool,
    /// The words that are quoted in references if they are quoted in the text.
    keywords: Vec<&'static str>,
}

impl<'t> Formatter<'t> {
    fn new(text: &'t str, statements: &[super::ast::Placed], options: FormatOptions) -> Self {
        let v1 = options.target != Target::V0;
        let mut style = Style { contains: v1, ifs: v1, assign: v1, ..Style::default() };
        style.keywords.extend(["not", "package", "import", "as", "default", "else", "with", "null", "true"]);
        style.keywords.extend(["false", "some"]);
        if v1 {
            style.keywords.extend(["if", "contains", "in", "every"]);
        }
        for Statement { kind, .. } in statements.iter().map(|placed| &*placed.statement) {
            match kind {
                StatementKind::Rule(rule) => style.dotted_heads |= needs_dots(rule),
                StatementKind::Import(import) => {
                    let path: Vec<&str> = import.path.iter().map(String::as_str).collect();
                    let all: &[&'static str] = &["and", "contains", "every", "if", "in", "not", "or"];
                    let on: Vec<&'static str> = match path.as_slice() {
                        ["rego", "v1"] => vec!["contains", "if"],
                        ["rego", "v2"] | ["future", "keywords"] => all.to_vec(),
                        ["future", "keywords", word] => {
                            all.iter().copied().filter(|known| known == word).collect()
                        }
                        _ => continue,
                    };
                    style.contains |= on.contains(&"contains");
                    style.ifs |= on.contains(&"if");
                    style.keywords.extend(on);
                }
                _ => {}
            }
        }
        let comments = comments(text);
        Self {
            text,
            page: Page::new(text, comments),
            options,
            style,
            base: 0,
            pinned: None,
            improved_not: false,
            bracketed: (None, None),
            error: None,
        }
    }

    /// The text between two bytes of the file.
    fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn span_text(&self, span: Span) -> &'t str {
        let range = span.at(self.base);
        self.slice(range.start, range.end)
    }

    fn place_text(&self, place: &Place) -> &'t str {
        self.slice(place.start, place.end)
    }

    /// Where a span stands.
    fn place(&self, span: Span) -> Place {
        self.place_from(span.start, span)
    }

    /// Where a span stands whose row is that of another byte.
    fn place_from(&self, anchor: u32, span: Span) -> Place {
        if let Some(pinned) = &self.pinned {
            return pinned.clone();
        }
        let range = span.at(self.base);
        Place { row: self.page.row(self.base + anchor as usize), start: range.start, end: range.end }
    }

    fn insert_comments(&mut self, row: usize) -> Written {
        self.page.insert_comments(Some(row))
    }

    /// The row of the bracket that closes the first `open` in a place, by its characters alone, as OPA finds it.
    /// `skip` names brackets that are passed over first.
    fn closing(&self, skip: Option<(u8, u8)>, open: u8, close: u8, place: &Place) -> Option<usize> {
        let bytes = self.place_text(place).as_bytes();
        let (mut at, mut rows) = (0, 0);
        if let Some((open, close)) = skip {
            (at, rows) = past(bytes, open, close)?;
        }
        let start = at + bytes.get(at..)?.iter().position(|byte| *byte == open)?;
        let mut depth = 1;
        for byte in bytes.get(start + 1..)? {
            if *byte == open {
                depth += 1;
            } else if *byte == close {
                depth -= 1;
            } else if *byte == b'\n' {
                rows += 1;
            }
            if depth == 0 {
                return Some(place.row + rows);
            }
        }
        None
    }
}

/// The place behind the first pair of brackets, and the rows in them.
fn past(bytes: &[u8], open: u8, close: u8) -> Option<(usize, usize)> {
    let start = bytes.iter().position(|byte| *byte == open)?;
    let (mut depth, mut rows) = (1, 0);
    for (at, byte) in bytes.iter().enumerate().skip(start + 1) {
        if *byte == open {
            depth += 1;
        } else if *byte == close {
            depth -= 1;
        } else if *byte == b'\n' {
            rows += 1;
        }
        if depth == 0 {
            return Some((at, rows));
        }
    }
    None
}

/// A head that can only be written with dots makes all heads of the file dotted.
fn needs_dots(rule: &Rule) -> bool {
    let head = &rule.head;
    head.parts.len() > 1 || (head.parts.len() == 1 && head.contains)
}

impl Comment {
    fn is_metadata(text: &str) -> bool {
        text.trim_start_matches('#').trim().starts_with("METADATA")
    }
}
