//! A module that follows the edits of its text: only the statements that an edit can have changed are read again.
//!
//! Each statement knows how far the parser looked ([`Statement::reach`](super::ast::Statement)). Reading starts again
//! at the first statement that saw the edit, and stops where a statement of the old text begins in the same dialect.
//! The result is what [`parse`](super::parser::parse) makes of the new text, by construction.

use std::ops::Range;

use super::ast::{Module, Placed};
use super::parser::{Dialect, ParseOptions, Parsed, Parser, file_errors, parse_from};

/// A parsed text that can be updated.
#[derive(Debug, Clone)]
pub struct IncrementalModule {
    text: String,
    start: Dialect,
    parsed: Parsed,
}

/// Which statements an update replaced: indices of the module before, and of the module after it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replaced {
    /// Statements that are gone.
    pub old: Range<usize>,
    /// Statements that were read.
    pub new: Range<usize>,
}

impl IncrementalModule {
    /// Parses `text` as a whole.
    #[must_use]
    pub fn new(text: &str, options: ParseOptions) -> Self {
        Self::beginning(text, Dialect::of(options.version))
    }

    /// Parses `text` as a whole; it begins in this dialect.
    #[must_use]
    pub fn beginning(text: &str, start: Dialect) -> Self {
        Self { text: text.to_owned(), start, parsed: parse_from(text, start) }
    }

    /// The text as of the last update.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The statements and errors as of the last update.
    #[must_use]
    pub fn parsed(&self) -> &Parsed {
        &self.parsed
    }

    /// Takes a new text and reads what changed. Statements that were not touched stay the same `Arc`.
    pub fn update(&mut self, text: &str) -> Replaced {
        let prefix = common_prefix(self.text.as_bytes(), text.as_bytes());
        if prefix == text.len() && prefix == self.text.len() {
            return Replaced::default();
        }
        let suffix = common_suffix(
            self.text.as_bytes().get(prefix..).unwrap_or_default(),
            text.as_bytes().get(prefix..).unwrap_or_default(),
        );
        let (old_len, new_len) = (self.text.len(), text.len());
        let old = std::mem::take(&mut self.parsed.module.statements);
        let first = old
            .iter()
            .position(|p| p.start + p.statement.reach as usize > prefix)
            .unwrap_or(old.len().saturating_sub(1));
        let (from, dialect) = match (first.checked_sub(1).and_then(|i| old.get(i)), old.get(first)) {
            (Some(before), Some(this)) => (before.range().end, this.statement.dialect),
            _ => (0, self.start),
        };
        let mut parser = Parser::new(text, from, dialect);
        let mut read: Vec<Placed> = Vec::new();
        let rest = loop {
            let start = parser.next_start();
            if start + suffix >= new_len {
                let was = start + old_len - new_len;
                let same = old.partition_point(|p| p.start < was);
                if same >= first
                    && let Some(placed) = old.get(same)
                    && placed.start == was
                    && placed.statement.dialect == parser.dialect
                {
                    break same;
                }
            }
            match parser.statement() {
                Some(placed) => read.push(placed),
                None => break old.len(),
            }
        };
        let replaced = Replaced { old: first..rest, new: first..first + read.len() };
        let mut statements = old;
        for placed in statements.iter_mut().skip(rest) {
            placed.start = placed.start + new_len - old_len;
        }
        statements.splice(first..rest, read);
        let module = Module { statements };
        self.parsed = Parsed { file_errors: file_errors(&module, text), module };
        self.text.clear();
        self.text.push_str(text);
        replaced
    }
}

/// How many bytes both begin with; blocks first, since an edit changes little.
fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    const BLOCK: usize = 256;
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK)).take_while(|(a, b)| a == b).count() * BLOCK;
    let rest = a.iter().skip(blocks).zip(b.iter().skip(blocks)).take_while(|(a, b)| a == b).count();
    blocks + rest
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    const BLOCK: usize = 256;
    let blocks =
        a.rchunks_exact(BLOCK).zip(b.rchunks_exact(BLOCK)).take_while(|(a, b)| a == b).count() * BLOCK;
    let rest =
        a.iter().rev().skip(blocks).zip(b.iter().rev().skip(blocks)).take_while(|(a, b)| a == b).count();
    blocks + rest
}
