//! Reads a document with the YAML parser. It knows all of YAML 1.2; where libyaml, which go-yaml v2 is a translation
//! of, is stricter or reads otherwise, the difference is settled here.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span as ParserSpan, StructureStyle};

use super::MAX_DEPTH;
use super::builder::{Builder, Stop};
use super::note::{Fault, FaultKind, Hint, Note, NoteKind};
use super::scalar::{Dialect, Tag};
use super::source::Source;
use super::strict::{Strict, Token, Violation};
use super::tree::Span;

/// Reads the document `original`, which starts at byte `base` and line `line` of the file. Faults and notes end up in
/// the builder.
pub(super) fn read<'t>(source: &Source<'_>, original: &'t str, base: usize, line: usize) -> Builder<'t> {
    read_with(source, original, base, line, Dialect::Kubernetes)
}

/// The same for a text that is all of its file, in OPA's dialect.
pub(super) fn read_as_opa<'t>(source: &Source<'_>, original: &'t str) -> Builder<'t> {
    read_with(source, original, 0, 1, Dialect::Opa)
}

fn read_with<'t>(
    source: &Source<'_>,
    original: &'t str,
    base: usize,
    line: usize,
    dialect: Dialect,
) -> Builder<'t> {
    let first = read_once(source, original, (base, line), dialect, false);
    if first.faults.last().is_some_and(|fault| fault.hint == Some(Hint::Tab)) {
        // The parser takes no tab at the start of a line between brackets, go-yaml does. Blanks there mean nothing,
        // so they may be spaces; the rules for tabs elsewhere look at the original text.
        let second = read_once(&source.without_leading_tabs(), original, (base, line), dialect, true);
        if second.faults.is_empty() {
            return second;
        }
    }
    first
}

fn read_once<'t>(
    source: &Source<'_>,
    original: &'t str,
    (base, line): (usize, usize),
    dialect: Dialect,
    detabbed: bool,
) -> Builder<'t> {
    let mut builder = Builder::new(original, base, line);
    builder.dialect = dialect;
    let strict = Strict::new(original);
    let mut reader = Reader {
        source,
        original,
        base,
        builder: &mut builder,
        strict,
        detabbed,
        last_end: 0,
        key_is_plain: false,
    };
    if reader.run().is_err() {
        let end = reader.last_end;
        builder.abandon(end);
        if builder.faults.is_empty() {
            // A stop always leaves a fault; if it ever did not, the document must not pass as empty.
            builder.faults.push(Fault::yaml(base..base, "unknown problem parsing YAML content"));
        }
    }
    builder
}

struct Reader<'a, 'b, 't> {
    source: &'a Source<'t>,
    original: &'a str,
    base: usize,
    builder: &'a mut Builder<'b>,
    strict: Strict<'a>,
    /// Tabs at the starts of lines were made spaces, which a block scalar would keep.
    detabbed: bool,
    /// How the key that waits for its value is written.
    key_is_plain: bool,
    /// Where the last event with text ended.
    last_end: u32,
}

impl Reader<'_, '_, '_> {
    fn run(&mut self) -> Result<(), Stop> {
        let text = self.source.text.as_ref();
        let mut options = granit_parser::options! {
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
            bom_inside_document_as_content: true,
            emit_anchor_events: text.contains('&'),
        };
        options.set_emit_comments(false);
        let mut parser = Parser::new_from_str_with_options(text, options);
        if text.contains("...")
            && let Some(violation) = self.strict.begins_with_end()
        {
            self.keep(Err(violation))?;
        }
        while let Some(next) = parser.next_event() {
            match next {
                Ok((Event::StreamEnd, _)) => {
                    let finished = self.strict.finish(self.original.len() as u32);
                    return self.keep(finished);
                }
                Ok((Event::DocumentEnd, span)) => {
                    return self.end_of_document(span.start.byte_offset().unwrap_or(text.len()));
                }
                Ok((event, span)) => self.take(event, &span)?,
                Err(error) => return self.refuse(&error),
            }
        }
        Ok(())
    }

    fn take(&mut self, event: Event<'_>, parsed: &ParserSpan) -> Result<(), Stop> {
        let span = self.span(parsed);
        if let Some(tag) = parsed.tag_span() {
            let checked = self.strict.tag(self.span(&tag));
            self.keep(checked)?;
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map(|tag| known(&tag));
                self.scalar(text, style, anchor, tag, parsed)?;
            }
            Event::Alias(anchor) => {
                let checked = self.strict.anchor(span).and_then(|()| self.strict.token(Token::Other, span));
                self.keep(checked)?;
                self.builder.alias(anchor, span)?;
                self.last_end = span.1;
            }
            Event::Anchor(..) => {
                let checked = self.strict.anchor(span);
                self.keep(checked)?;
            }
            Event::SequenceStart(style, anchor, _) => self.open(false, style, anchor, span)?,
            Event::MappingStart(style, anchor, _) => self.open(true, style, anchor, span)?,
            Event::SequenceEnd | Event::MappingEnd => {
                // The end of a block is where the next token starts; that of a flow collection is its bracket.
                let bracket =
                    self.original.get(span.0 as usize..span.1 as usize).is_some_and(|t| t == "]" || t == "}");
                if bracket {
                    self.last_end = span.1;
                }
                let checked = self.strict.close(bracket, span.1);
                self.keep(checked)?;
                self.builder.close(self.last_end)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, map: bool, style: StructureStyle, anchor: usize, span: Span) -> Result<(), Stop> {
        let flow = style == StructureStyle::Flow;
        self.check_flow_key(false)?;
        // A block list that is indented as the key before it starts, for the parser, behind its first `-`.
        let behind_dash = !flow && !map && self.builder.key_range().is_some();
        let start = if behind_dash { self.next_dash().unwrap_or(span.0) } else { span.0 };
        let checked = self.strict.open(flow, start);
        self.keep(checked)?;
        self.builder.open(map, anchor, start)?;
        self.last_end = if flow { span.1 } else { self.last_end.max(start) };
        Ok(())
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<Tag>,
        parsed: &ParserSpan,
    ) -> Result<(), Stop> {
        let in_source = parsed.byte_range().unwrap_or_default();
        let (token, span) = match style {
            ScalarStyle::Plain => (Token::Plain, self.span(parsed)),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => (Token::Quoted, self.span(parsed)),
            ScalarStyle::Literal | ScalarStyle::Folded => (Token::Block, self.with_header(self.span(parsed))),
        };
        // The parser says `~` where nothing is written; with `!!str` that would be a text.
        let nothing = token == Token::Plain && in_source.is_empty();
        let text = if nothing { "".into() } else { text };
        if self.detabbed && token == Token::Block {
            let words = "found a tab character where an indentation space is expected";
            self.builder.faults.push(Fault::yaml(self.file_range(span), words));
            return Err(Stop);
        }
        if style == ScalarStyle::DoubleQuoted {
            self.check_escapes(&in_source)?;
        }
        if self.source.separators.iter().any(|at| (span.0..span.1).contains(at)) {
            self.builder.faults.push(Fault::own(self.file_range(span), FaultKind::Separator));
            return Err(Stop);
        }
        self.check_flow_key(nothing)?;
        if !nothing {
            let mut checked = self.strict.token(token, span);
            if token == Token::Plain {
                checked = checked.and_then(|()| self.strict.plain_in_flow(&text, span));
            }
            self.keep(checked)?;
        }
        if self.builder.wants_key() {
            self.key_is_plain = token == Token::Plain;
        }
        let span = self.trimmed(span, nothing, parsed);
        self.builder.scalar(text, token != Token::Plain, tag, anchor, span);
        self.last_end = span.1;
        Ok(())
    }

    /// Looks at the key before a value that begins now.
    fn check_flow_key(&mut self, nothing: bool) -> Result<(), Stop> {
        if self.strict.in_flow()
            && let Some(key) = self.builder.key_range()
        {
            let checked = self.strict.flow_key(key, self.key_is_plain, nothing);
            self.keep(checked)?;
        }
        Ok(())
    }

    /// Makes a fault of a broken rule.
    fn keep(&mut self, checked: Result<(), Violation>) -> Result<(), Stop> {
        match checked {
            Err(violation) => {
                let range = self.file_range(violation.at);
                self.builder
                    .faults
                    .push(Fault { hint: violation.hint, ..Fault::yaml(range, violation.words) });
                Err(Stop)
            }
            Ok(()) => Ok(()),
        }
    }

    /// From the parser's text to the document's own.
    fn span(&self, parsed: &ParserSpan) -> Span {
        let range = parsed.byte_range().unwrap_or_default();
        let start = self.source.original(range.start);
        let end = self.source.original(range.end).max(start);
        (start as u32, end as u32)
    }

    fn file_range(&self, (start, end): Span) -> Range<usize> {
        self.base + start as usize..self.base + end as usize
    }

    /// A block scalar from its `|` or `>` on; the parser's range has only the lines.
    fn with_header(&self, (start, end): Span) -> Span {
        let before = self.original.get(self.last_end as usize..start as usize).unwrap_or_default();
        let header = before.char_indices().find(|&(at, c)| {
            matches!(c, '|' | '>')
                && before.get(..at).is_some_and(|b| b.is_empty() || b.ends_with([' ', '\t', '\n']))
        });
        (header.map_or(start, |(at, _)| self.last_end + at as u32), end)
    }

    /// The next `-` behind what was read. Before it may stand comments, the `:` of a key, an anchor and a tag.
    fn next_dash(&self) -> Option<u32> {
        let mut at = self.last_end as usize;
        loop {
            let rest = self.original.get(at..)?;
            at += rest.len() - rest.trim_start().len();
            let rest = self.original.get(at..)?;
            at += match rest.as_bytes().first()? {
                b'-' => return Some(at as u32),
                b'#' => rest.find('\n')?,
                b':' | b'?' => 1,
                b'&' | b'!' => rest.find([' ', '\t', '\n', '\r'])?,
                _ => return None,
            };
        }
    }

    /// Without the line breaks behind a block scalar, with the tag; an empty value stands right behind its `:` or `-`.
    fn trimmed(&self, (start, end): Span, nothing: bool, parsed: &ParserSpan) -> Span {
        let tag_start = parsed.tag_start().and_then(|mark| mark.byte_offset());
        let tag_start = tag_start.map(|at| self.source.original(at) as u32);
        if nothing {
            if let Some(tag) = parsed.tag_span() {
                return self.span(&tag);
            }
            let at = match self.builder.key_range() {
                Some((_, key)) => {
                    let behind = self.original.get(key as usize..).unwrap_or_default();
                    let blanks = behind.len() - behind.trim_start().len();
                    let colon = behind.get(blanks..).is_some_and(|rest| rest.starts_with(':'));
                    if colon { key + blanks as u32 + 1 } else { key }
                }
                None => self.next_dash().map_or(start.max(self.last_end), |dash| dash + 1),
            };
            return (at, at);
        }
        let written = self.original.get(start as usize..end as usize).unwrap_or_default();
        (
            tag_start.unwrap_or(start).min(start),
            start + written.trim_end_matches([' ', '\t', '\n', '\r']).len() as u32,
        )
    }

    /// `\/` and surrogate pairs are JSON and YAML 1.2; go-yaml refuses them.
    fn check_escapes(&mut self, range: &Range<usize>) -> Result<(), Stop> {
        let text = self.source.text.get(range.clone()).unwrap_or_default();
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            let at = text.len() - rest.len() + at;
            let escape = text.get(at + 1..).unwrap_or_default();
            let words = match escape.as_bytes() {
                [b'/', ..] => Some((2, "found unknown escape character")),
                [b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..] => {
                    Some((6, "found invalid Unicode character escape code"))
                }
                _ => None,
            };
            if let Some((length, words)) = words {
                let start = self.base + self.source.original(range.start + at);
                self.builder.faults.push(Fault::yaml(start..start + length, words));
                return Err(Stop);
            }
            rest = text.get(at + 2..).unwrap_or_default();
        }
        Ok(())
    }

    /// The document ends at byte `from` of the parser's text. go-yaml decodes the first document of what it is given
    /// and ignores the rest: what follows `...`, or a line that is indented less than the first.
    fn end_of_document(&mut self, from: usize) -> Result<(), Stop> {
        let start = self.source.original(from);
        let finished = self.strict.finish(start as u32);
        self.keep(finished)?;
        let rest = self.original.get(start..).unwrap_or_default();
        let behind = rest.strip_prefix("...").unwrap_or(rest);
        let has_content = behind.lines().any(|line| {
            let line = line.trim();
            !line.is_empty() && line != "..." && !line.starts_with('#')
        });
        if !has_content {
            return Ok(());
        }
        let blank = behind.len() - behind.trim_start().len();
        let begin = self.base + self.original.len() - behind.len() + blank;
        let range = begin..self.base + self.original.trim_end().len();
        let empty = self.builder.root.as_ref().is_none_or(serde_json::Value::is_null);
        if self.builder.dialect == Dialect::Opa || (empty && !rest.starts_with("...")) {
            self.builder.faults.push(Fault::yaml(range, "did not find expected <document start>"));
            return Err(Stop);
        }
        self.builder.notes.push(Note { range, kind: NoteKind::IgnoredAfterEnd });
        Ok(())
    }

    /// Puts the parser's error into go-yaml's words.
    fn refuse(&mut self, error: &ScanError) -> Result<(), Stop> {
        let at = error.marker().byte_offset().unwrap_or(self.source.text.len());
        let at = self.source.original(at).min(self.original.len());
        let length = self.original.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let range = self.base + at..self.base + at + length;
        let fault = match error.kind() {
            ErrorKind::RecursionLimitExceeded => Fault::own(range, FaultKind::TooDeep),
            ErrorKind::UnknownAnchor => {
                let behind = self.original.get(at..).unwrap_or_default();
                let name = behind.strip_prefix('*').unwrap_or(behind);
                let name =
                    name.split(|c: char| c.is_whitespace() || ",[]{}".contains(c)).next().unwrap_or_default();
                let range = range.start..range.start + 1 + name.len();
                let words = format!("unknown anchor '{name}' referenced");
                Fault { hint: Some(Hint::Anchor), ..Fault::yaml(range, words) }
            }
            kind => {
                let (words, hint) = words(kind);
                let words = words.map_or_else(|| kind.to_string(), str::to_owned);
                let before = self.original.get(..at).unwrap_or_default();
                let line = before.rfind('\n').map_or(0, |newline| newline + 1);
                let range = match before.get(line..).and_then(|line| line.find('\t')) {
                    Some(tab) if hint == Some(Hint::Tab) => {
                        self.base + line + tab..self.base + line + tab + 1
                    }
                    _ => range,
                };
                Fault { hint, ..Fault::yaml(range, words) }
            }
        };
        self.builder.faults.push(fault);
        Err(Stop)
    }
}

fn known(tag: &granit_parser::Tag) -> Tag {
    tag.suffix_in_namespace("tag:yaml.org,2002:").map_or(Tag::Other, |name| Tag::from_name(&name))
}

/// go-yaml's words for an error, and what to do about it.
fn words(kind: &ErrorKind) -> (Option<&'static str>, Option<Hint>) {
    use ErrorKind as E;
    let (words, hint) = match kind {
        E::TabInBlockIndentation
        | E::TabInIndentation
        | E::TabNotAllowed
        | E::TabInPlainScalar
        | E::TabAtBlockScalarStart
        | E::InvalidBlockEntryWhitespace
        | E::InvalidMappingValueWhitespace => {
            ("found character that cannot start any token", Some(Hint::Tab))
        }
        E::UnexpectedCharacter { .. } => ("found character that cannot start any token", None),
        E::UnclosedQuotedScalar => ("found unexpected end of stream", Some(Hint::NotClosed)),
        E::DocumentIndicatorInQuotedScalar => ("found unexpected document indicator", Some(Hint::NotClosed)),
        E::ExpectedFlowSequenceSeparator | E::UnexpectedEofFlowSequence => {
            ("did not find expected ',' or ']'", Some(Hint::NotClosed))
        }
        E::ExpectedFlowMappingSeparator
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping => ("did not find expected ',' or '}'", Some(Hint::NotClosed)),
        E::UnclosedFlowCollection { open: '{' } => {
            ("did not find expected ',' or '}'", Some(Hint::NotClosed))
        }
        E::UnclosedFlowCollection { .. } => ("did not find expected ',' or ']'", Some(Hint::NotClosed)),
        E::MappingValueNotAllowed | E::InvalidColonPlacement => {
            ("mapping values are not allowed in this context", None)
        }
        E::MappingKeyNotAllowed => ("mapping keys are not allowed in this context", None),
        E::SimpleKeyExpected | E::InvalidSimpleKey => {
            ("could not find expected ':'", Some(Hint::KeyWithoutValue))
        }
        E::BlockSequenceEntryNotAllowed | E::BlockEntryInFlowCollection => {
            ("block sequence entries are not allowed in this context", None)
        }
        E::UnknownQuotedScalarEscape => ("found unknown escape character", None),
        E::InvalidQuotedScalarHexEscape => ("did not find expected hexdecimal number", None),
        E::InvalidUnicodeEscape
        | E::InvalidLowSurrogate
        | E::InvalidLowSurrogateHexEscape
        | E::MissingLowSurrogate
        | E::UnpairedLowSurrogate => ("found invalid Unicode character escape code", None),
        E::ExpectedBlockMappingKey => ("did not find expected key", None),
        E::ExpectedBlockSequenceEntry => ("did not find expected '-' indicator", None),
        E::ExpectedNodeContent => ("did not find expected node content", None),
        E::ExpectedDocumentStart | E::MissingDocumentEndBeforeDirective => {
            ("did not find expected <document start>", Some(Hint::Directive))
        }
        E::UndeclaredTagHandle => ("found undefined tag handle", None),
        E::UnsupportedYamlMajorVersion => ("found incompatible YAML document", Some(Hint::Directive)),
        E::MissingAnchorOrAliasName => {
            ("did not find expected alphabetic or numeric character", Some(Hint::Anchor))
        }
        _ => return (None, None),
    };
    (Some(words), hint)
}
