//! Reads a document with the YAML parser. It knows all of YAML 1.2; where libyaml, which go-yaml v2 is a translation
//! of, is stricter or reads otherwise, the difference is settled here.

use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span as ParserSpan, StructureStyle};

use super::MAX_DEPTH;
use super::builder::{Builder, Stop};
use super::note::{Fault, FaultKind, Hint, Note, NoteKind};
use super::scalar::Tag;
use super::source::Source;
use super::tree::Span;

/// Feeds `builder` with the document; faults and notes end up in the builder.
pub(super) fn read(source: &Source<'_>, original: &str, base: usize, builder: &mut Builder<'_>) {
    let mut reader = Reader { source, original, base, builder, last_end: 0 };
    if reader.run().is_err() && reader.builder.faults.is_empty() {
        // A stop always leaves a fault; if it ever did not, the document must not pass as empty.
        reader.builder.faults.push(Fault::yaml(base..base, "unknown problem parsing YAML content"));
    }
}

struct Reader<'a, 'b, 't> {
    source: &'a Source<'t>,
    original: &'a str,
    base: usize,
    builder: &'a mut Builder<'b>,
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
        };
        options.set_emit_comments(false);
        let mut parser = Parser::new_from_str_with_options(text, options);
        while let Some(next) = parser.next_event() {
            match next {
                Ok((Event::StreamEnd, _)) => return Ok(()),
                Ok((Event::DocumentEnd, span)) => {
                    self.note_what_is_ignored(span.end.byte_offset().unwrap_or(text.len()));
                    return Ok(());
                }
                Ok((event, span)) => self.take(event, &span)?,
                Err(error) => return self.refuse(&error),
            }
        }
        Ok(())
    }

    fn take(&mut self, event: Event<'_>, parsed: &ParserSpan) -> Result<(), Stop> {
        let span = self.span(parsed);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let quoted = style != ScalarStyle::Plain;
                let in_source = parsed.byte_range().unwrap_or_default();
                if style == ScalarStyle::DoubleQuoted {
                    self.check_escapes(&in_source)?;
                }
                if self.source.separators.iter().any(|at| in_source.contains(at)) {
                    let range = self.file_range(span);
                    self.builder.faults.push(Fault::own(range, FaultKind::Separator));
                    return Err(Stop);
                }
                let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let span = if is_block { self.with_header(span) } else { span };
                // The parser says `~` where nothing is written; with `!!str` that would be a text.
                let nothing = !quoted && in_source.is_empty();
                let text = if nothing { "".into() } else { text };
                let span = self.trimmed(span, nothing, parsed);
                self.builder.scalar(text, quoted, tag.map(|tag| known(&tag)), anchor, span);
                self.last_end = span.1;
            }
            Event::Alias(anchor) => {
                self.builder.alias(anchor, span)?;
                self.last_end = span.1;
            }
            Event::SequenceStart(style, anchor, _) => {
                let start = if style == StructureStyle::Flow { span.0 } else { self.first_dash(span.0) };
                self.builder.open(false, anchor, start)?;
                self.last_end =
                    if style == StructureStyle::Flow { span.1 } else { self.last_end.max(span.0) };
            }
            Event::MappingStart(style, anchor, _) => {
                self.builder.open(true, anchor, span.0)?;
                self.last_end =
                    if style == StructureStyle::Flow { span.1 } else { self.last_end.max(span.0) };
            }
            Event::SequenceEnd | Event::MappingEnd => {
                // The end of a block is where the next token starts; that of a flow collection is its bracket.
                let closed_by_bracket =
                    self.original.get(span.0 as usize..span.1 as usize).is_some_and(|t| t == "]" || t == "}");
                if closed_by_bracket {
                    self.last_end = span.1;
                }
                self.builder.close(self.last_end)?;
            }
            _ => {}
        }
        Ok(())
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

    /// A block list from its first `-` on; the parser starts some behind it.
    fn first_dash(&self, start: u32) -> u32 {
        if self.original.get(start as usize..).is_some_and(|rest| rest.starts_with('-')) {
            return start;
        }
        let before = self.original.get(self.last_end as usize..start as usize).unwrap_or_default();
        let mut at = self.last_end;
        for line in before.split_inclusive('\n') {
            let blank = line.len() - line.trim_start().len();
            if line.get(blank..).is_some_and(|rest| rest.starts_with('-')) {
                return at + blank as u32;
            }
            at += line.len() as u32;
        }
        start
    }

    /// Without the line breaks behind a block scalar, with the tag; an empty value stands right behind its `:` or `-`.
    fn trimmed(&self, (start, end): Span, nothing: bool, parsed: &ParserSpan) -> Span {
        let tag_start = parsed.tag_start().and_then(|mark| mark.byte_offset());
        let tag_start = tag_start.map(|at| self.source.original(at) as u32);
        if nothing {
            if let Some(tag) = parsed.tag_span() {
                return self.span(&tag);
            }
            let at = match self.builder.key_end() {
                Some(key) => {
                    let behind = self.original.get(key as usize..).unwrap_or_default();
                    let blanks = behind.len() - behind.trim_start().len();
                    let colon = behind.get(blanks..).is_some_and(|rest| rest.starts_with(':'));
                    if colon { key + blanks as u32 + 1 } else { key }
                }
                None => {
                    let before = self.original.get(..start as usize).unwrap_or_default();
                    let dash = before.rfind(['-', '[', ',', '{', '?']).map_or(start, |at| at as u32 + 1);
                    dash.max(self.last_end)
                }
            };
            return (at, at);
        }
        let written = self.original.get(start as usize..end as usize).unwrap_or_default();
        (tag_start.unwrap_or(start).min(start), start + written.trim_end().len() as u32)
    }

    /// `\/` and surrogate pairs are JSON and YAML 1.2. go-yaml refuses them in YAML; what is valid JSON as a whole never
    /// reaches it.
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
            if let Some((length, words)) = words
                && !is_json(self.original)
            {
                let start = self.base + self.source.original(range.start + at);
                self.builder.faults.push(Fault::yaml(start..start + length, words));
                return Err(Stop);
            }
            rest = text.get(at + 2..).unwrap_or_default();
        }
        Ok(())
    }

    /// go-yaml decodes the first document of what it is given and looks no further.
    fn note_what_is_ignored(&mut self, from: usize) {
        let behind = self.source.text.get(from..).unwrap_or_default();
        let ignored = behind.lines().any(|line| {
            let line = line.trim();
            !line.is_empty() && line != "..." && !line.starts_with('#')
        });
        if ignored {
            let start = self.source.original(from);
            let blank = self.original.get(start..).map_or(0, |rest| rest.len() - rest.trim_start().len());
            let end = self.original.trim_end().len();
            let range = self.base + start + blank..self.base + end.max(start + blank);
            self.builder.notes.push(Note { range, kind: NoteKind::IgnoredAfterEnd });
        }
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
                let name = self.original.get(at..).unwrap_or_default().trim_start_matches('*');
                let name =
                    name.split(|c: char| c.is_whitespace() || ",[]{}".contains(c)).next().unwrap_or_default();
                let range = range.start..range.start + 1 + name.len();
                let words = format!("unknown anchor '{name}' referenced");
                Fault { hint: Some(Hint::Anchor), ..Fault::yaml(range, words) }
            }
            kind => {
                let (words, hint) = words(kind);
                let words = words.map_or_else(|| kind.to_string(), str::to_owned);
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

/// Whether a document is JSON, which Kubernetes reads without go-yaml.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
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
