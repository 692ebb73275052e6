//! The fast way through plain block YAML: maps, lists, one-line scalars, `|` blocks and one-line flow collections, as
//! nearly all manifests are written. It drives the same builder as the parser does, and hands over to it whatever is
//! unusual or wrong; a test proves that both read the same.

use std::borrow::Cow;

use super::builder::Builder;
use super::tree::Span;

/// Reads the document, or `None` if it is for the parser.
pub(super) fn read(text: &str, base: usize, line: usize) -> Option<Builder<'_>> {
    // A `\r` ends a line, even a comment. Everything else that is unusual is found where it stands.
    if text.contains('\r') {
        return None;
    }
    let builder = Builder::new(text, base, line);
    let mut scanner =
        Scanner { text, bytes: text.as_bytes(), builder, open: Vec::new(), last_end: 0, begun: false };
    scanner.run()?;
    scanner.builder.faults.is_empty().then_some(scanner.builder)
}

/// A block list or map that is open.
struct Open {
    column: usize,
    is_list: bool,
    /// A key or `-` that waits for its value; where the value is if there is none.
    pending: Option<usize>,
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    builder: Builder<'t>,
    open: Vec<Open>,
    last_end: usize,
    begun: bool,
}

const MAX_KEY: usize = 1000;
const MAX_FLOW: usize = 16;

impl<'t> Scanner<'t> {
    fn at(&self, at: usize) -> u8 {
        // Behind the end everything is as if a line ended there.
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    fn run(&mut self) -> Option<()> {
        let mut at = 0;
        while at < self.bytes.len() {
            let start = at;
            while self.at(at) == b' ' {
                at += 1;
            }
            at = match self.at(at) {
                b'\n' => at + 1,
                b'#' => self.next_line(at),
                b'\t' | b'%' | 0xef => return None,
                b'.' if self.text.get(at..).is_some_and(|rest| rest.starts_with("...")) => return None,
                _ => self.entry(at, at - start)?,
            };
        }
        while !self.open.is_empty() {
            self.pop()?;
        }
        Some(())
    }

    fn next_line(&self, at: usize) -> usize {
        self.text.get(at..).and_then(|rest| rest.find('\n')).map_or(self.bytes.len(), |n| at + n + 1)
    }

    /// What a line has, from its first character on. Returns the start of the next line.
    fn entry(&mut self, mut at: usize, mut column: usize) -> Option<usize> {
        let is_item = self.is_dash(at);
        while self
            .open
            .last()
            .is_some_and(|top| top.column > column || (top.column == column && top.is_list && !is_item))
        {
            self.pop()?;
        }
        while self.is_dash(at) {
            match self.open.last() {
                Some(top) if top.is_list && top.column == column => self.settle(),
                Some(top) if top.column > column => return None,
                _ => self.begin(true, at, column)?,
            }
            self.open.last_mut()?.pending = Some(at + 1);
            let mut next = at + 1;
            while self.at(next) == b' ' {
                next += 1;
            }
            if matches!(self.at(next), b'\n' | b'#') {
                return Some(self.next_line(next));
            }
            column += next - at;
            at = next;
        }
        let Some((key, quoted, colon)) = self.key_at(at) else {
            // Without a `-` before it, it would go on a scalar of the line before.
            return if is_item { self.value(at) } else { None };
        };
        match self.open.last() {
            Some(top) if !top.is_list && top.column == column => self.settle(),
            _ => self.begin(false, at, column)?,
        }
        let name = if quoted { self.text.get(key.0 + 1..key.1 - 1)? } else { self.text.get(key.0..key.1)? };
        self.scalar(name.into(), quoted, key);
        self.open.last_mut()?.pending = Some(colon + 1);
        let mut at = colon + 1;
        while self.at(at) == b' ' {
            at += 1;
        }
        if self.at(at) == b'\n' || (self.at(at) == b'#' && at > colon + 1) {
            return Some(self.next_line(at));
        }
        self.value(at)
    }

    fn is_dash(&self, at: usize) -> bool {
        self.at(at) == b'-' && matches!(self.at(at + 1), b' ' | b'\n')
    }

    /// A key at this place: its range, whether it is quoted, and where its `:` stands.
    fn key_at(&self, at: usize) -> Option<((usize, usize), bool, usize)> {
        let first = self.at(at);
        let (end, quoted) = if matches!(first, b'"' | b'\'') {
            (self.quoted_end(at)?, true)
        } else {
            if !(first.is_ascii_alphanumeric() || matches!(first, b'_' | b'.' | b'/')) {
                return None;
            }
            let rest = self.bytes.get(at..)?;
            (at + rest.iter().position(|b| !is_key_byte(*b)).unwrap_or(rest.len()), false)
        };
        let is_key = self.at(end) == b':' && matches!(self.at(end + 1), b' ' | b'\n') && end - at < MAX_KEY;
        is_key.then_some(((at, end), quoted, end))
    }

    /// Behind the closing quote of a scalar on one line without escapes.
    fn quoted_end(&self, at: usize) -> Option<usize> {
        let quote = self.at(at);
        let rest = self.bytes.get(at + 1..)?;
        let length = rest.iter().position(|b| *b == quote || matches!(b, b'\\' | b'\n' | b'\t'))?;
        let end = at + 1 + length;
        (self.at(end) == quote && self.at(end + 1) != quote).then_some(end + 1)
    }

    /// Opens a list or map as the value that is waited for.
    fn begin(&mut self, is_list: bool, at: usize, column: usize) -> Option<()> {
        match self.open.last_mut() {
            Some(top) => {
                top.pending.take()?;
            }
            None if self.begun => return None,
            None => self.begun = true,
        }
        self.builder.open(!is_list, 0, at as u32).ok()?;
        self.open.push(Open { column, is_list, pending: None });
        Some(())
    }

    /// Nothing came for the key or `-` that waits.
    fn settle(&mut self) {
        if let Some(at) = self.open.last_mut().and_then(|top| top.pending.take()) {
            self.scalar("".into(), false, (at, at));
        }
    }

    fn pop(&mut self) -> Option<()> {
        self.settle();
        self.open.pop();
        self.builder.close(self.last_end as u32).ok()
    }

    fn scalar(&mut self, text: Cow<'t, str>, quoted: bool, (start, end): (usize, usize)) {
        self.builder.scalar(text, quoted, None, 0, (start as u32, end as u32) as Span);
        self.last_end = end;
    }

    /// The value that starts here, for the key or `-` that waits. Returns the start of the next line.
    fn value(&mut self, at: usize) -> Option<usize> {
        let parent = self.open.last().map(|top| top.column)?;
        self.open.last_mut()?.pending.take()?;
        let end = match self.at(at) {
            b'"' | b'\'' => {
                let end = self.quoted_end(at)?;
                self.scalar(self.text.get(at + 1..end - 1)?.into(), true, (at, end));
                end
            }
            b'|' => return self.literal(at, parent),
            b'[' | b'{' => self.flow(at, 0)?,
            _ => return self.plain(at),
        };
        self.rest_of_line(end)
    }

    /// Only blanks and a comment may follow.
    fn rest_of_line(&self, at: usize) -> Option<usize> {
        let mut end = at;
        while self.at(end) == b' ' {
            end += 1;
        }
        let done = self.at(end) == b'\n' || (self.at(end) == b'#' && end > at);
        done.then(|| self.next_line(end))
    }

    fn starts_plain(&self, at: usize) -> bool {
        match self.at(at) {
            b'-' => !matches!(self.at(at + 1), b' ' | b'\n' | b'\t' | b',' | b'[' | b']' | b'{' | b'}'),
            b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>'
            | b'\'' | b'"' | b'%' | b'@' | b'`' | b'\t' | b'\n' | b' ' => false,
            _ => true,
        }
    }

    /// A plain scalar up to the end of the line. That the next line does not continue it is seen there.
    fn plain(&mut self, at: usize) -> Option<usize> {
        if !self.starts_plain(at) {
            return None;
        }
        let rest = self.bytes.get(at..)?;
        let mut last = b' ';
        let mut length = rest.len();
        let mut next = rest.len();
        for (position, &byte) in rest.iter().enumerate() {
            match byte {
                b'\n' => {
                    (length, next) = (position, position + 1);
                    break;
                }
                b'#' if last == b' ' => {
                    length = position;
                    next = self.next_line(at + position) - at;
                    break;
                }
                b'\t' => return None,
                b' ' if last == b':' => return None,
                _ => {}
            }
            last = byte;
        }
        let text = self.text.get(at..at + length)?.trim_end_matches(' ');
        if text.ends_with(':') {
            return None;
        }
        self.scalar(text.into(), false, (at, at + text.len()));
        Some(at + next)
    }

    /// `|` or `|-`, at most with the newline that clips.
    fn literal(&mut self, at: usize, parent: usize) -> Option<usize> {
        let strip = self.at(at + 1) == b'-';
        let header_end = at + 1 + usize::from(strip);
        if self.at(header_end) != b'\n' {
            return None;
        }
        let start = header_end + 1;
        let mut lines = start;
        let mut indent = None;
        let mut content = String::new();
        // Line breaks that are only kept if a line with text follows.
        let mut breaks = 0;
        let mut end = start;
        while lines < self.bytes.len() {
            let next = self.next_line(lines);
            let line = self.text.get(lines..next)?;
            let line = line.strip_suffix('\n').unwrap_or(line);
            let rest = line.trim_start_matches(' ');
            let blanks = line.len() - rest.len();
            if rest.is_empty() {
                // A blank line that is longer than the indentation has text of its own, or is an error.
                if blanks > indent.unwrap_or(0) {
                    return None;
                }
                breaks += 1;
                lines = next;
                continue;
            }
            let indent = *indent.get_or_insert(blanks);
            if blanks < indent || indent <= parent {
                if blanks > parent || end == start {
                    return None;
                }
                break;
            }
            if rest.starts_with('\t') {
                return None;
            }
            content.extend(std::iter::repeat_n('\n', breaks));
            content.push_str(line.get(indent..)?);
            breaks = 1;
            end = lines + line.len();
            lines = next;
        }
        if end == start {
            return None;
        }
        if !strip {
            content.push('\n');
        }
        let written = self.text.get(at..end)?.trim_end_matches([' ', '\t', '\n', '\r']).len();
        self.scalar(content.into(), true, (at, at + written));
        Some(lines)
    }

    /// A flow list or map on one line. Returns the place behind its bracket.
    fn flow(&mut self, start: usize, depth: usize) -> Option<usize> {
        let is_map = self.at(start) == b'{';
        let close = if is_map { b'}' } else { b']' };
        if depth == MAX_FLOW {
            return None;
        }
        self.builder.open(is_map, 0, start as u32).ok()?;
        let mut at = start + 1;
        loop {
            while self.at(at) == b' ' {
                at += 1;
            }
            if self.at(at) == close {
                self.last_end = at + 1;
                self.builder.close(at as u32 + 1).ok()?;
                return Some(at + 1);
            }
            if is_map {
                let (key, quoted, colon) = self.key_at(at)?;
                let name = if quoted {
                    self.text.get(key.0 + 1..key.1 - 1)?
                } else {
                    self.text.get(key.0..key.1)?
                };
                self.scalar(name.into(), quoted, key);
                at = colon + 1;
                while self.at(at) == b' ' {
                    at += 1;
                }
            }
            at = self.flow_value(at, depth)?;
            while self.at(at) == b' ' {
                at += 1;
            }
            match self.at(at) {
                b',' => at += 1,
                byte if byte == close => {}
                _ => return None,
            }
        }
    }

    fn flow_value(&mut self, at: usize, depth: usize) -> Option<usize> {
        match self.at(at) {
            b'[' | b'{' => self.flow(at, depth + 1),
            b'"' | b'\'' => {
                let end = self.quoted_end(at)?;
                self.scalar(self.text.get(at + 1..end - 1)?.into(), true, (at, end));
                Some(end)
            }
            _ if self.starts_plain(at) => {
                let rest = self.bytes.get(at..)?;
                let length = rest.iter().position(|b| matches!(b, b',' | b']' | b'}'))?;
                let text = self.text.get(at..at + length)?;
                // A `:` can make it a key, `#` a comment, `?` and the other brackets an error.
                if text.bytes().any(|b| matches!(b, b':' | b'#' | b'?' | b'[' | b'{' | b'\n' | b'\t')) {
                    return None;
                }
                let text = text.trim_end_matches(' ');
                self.scalar(text.into(), false, (at, at + text.len()));
                Some(at + text.len())
            }
            _ => None,
        }
    }
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/')
}
