//! The colours of a text, kept up to date edit by edit.
//!
//! Only the state at the start of each line is kept. An edit makes its lines stale; they are read again when someone
//! asks for a line at or behind them, and reading stops where the state met is the one stored. So a keystroke costs a
//! line or two, and a quote that changes everything below costs no more than the lines that are looked at.

use super::buffer::TextBuffer;
use super::edit::Transaction;
use super::lex::{self, Language, LineState, Token};

/// A longer line (minified JSON) is left without colours and does not change the state.
const LONGEST_LINE: usize = 20_000;
/// From this many changes on they are taken as one that spans them all.
const MANY: usize = 16;

/// The states at the starts of the lines of one text.
#[derive(Debug, Clone)]
pub struct Syntax {
    language: Language,
    /// The state at the start of each line, as far as the text has been read.
    states: Vec<LineState>,
    stale: Option<Stale>,
    /// Lines read, ever. What a test measures instead of time.
    pub(super) lines_read: usize,
}

/// Lines whose stored states do not hold.
#[derive(Debug, Clone, Copy)]
struct Stale {
    /// The first line to be read again; its own state holds.
    from: usize,
    /// Behind this line, stored states are right if the state at the start of the next line is.
    to: usize,
}

impl Syntax {
    /// Nothing read yet.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { language, states: vec![LineState::default()], stale: None, lines_read: 0 }
    }

    /// Takes note of a transaction; `buffer` is still the text before it.
    pub fn note(&mut self, buffer: &TextBuffer, transaction: &Transaction) {
        let lines = |range: &std::ops::Range<usize>| {
            let first = buffer.line_of(range.start);
            (first, buffer.line_of(range.end) - first)
        };
        let added = |new: &str| new.bytes().filter(|&byte| byte == b'\n').count();
        let changes = transaction.changes();
        if let (Some(first), Some(last)) = (changes.first(), changes.last())
            && changes.len() >= MANY
        {
            let (line, spanned) = lines(&(first.range.start..last.range.end));
            let removed: usize = changes.iter().map(|change| lines(&change.range).1).sum();
            let inserted: usize = changes.iter().map(|change| added(&change.new)).sum();
            return self.edit(line, spanned, spanned + inserted - removed);
        }
        for change in transaction.in_sequence() {
            let (first, removed) = lines(&change.range);
            self.edit(first, removed, added(&change.new));
        }
    }

    /// The line `first` changed, `removed` line breaks behind it went and `inserted` ones came.
    fn edit(&mut self, first: usize, removed: usize, inserted: usize) {
        if first >= self.states.len() {
            return;
        }
        let old_end = first + removed;
        if old_end + 1 >= self.states.len() {
            self.states.truncate(first + 1);
        } else if removed != inserted {
            // The states of new lines are wrong until they are read: they are stale.
            self.states.splice(first + 1..=old_end, std::iter::repeat_n(LineState::default(), inserted));
        }
        let (mut from, mut to) = (first, first + inserted);
        if let Some(stale) = self.stale {
            from = from.min(stale.from);
            to = if stale.to > old_end { to.max(stale.to - removed + inserted) } else { to };
        }
        self.stale = Some(Stale { from, to });
    }

    /// The tokens of a line.
    pub fn tokens(&mut self, buffer: &TextBuffer, line: usize) -> Vec<Token> {
        let mut tokens = Vec::new();
        let state = self.state_before(buffer, line);
        self.read(buffer, line, state, &mut tokens);
        tokens
    }

    /// The state at the start of a line.
    pub fn state_before(&mut self, buffer: &TextBuffer, line: usize) -> LineState {
        let line = line.min(buffer.last_line());
        self.refresh(buffer, line);
        let mut tokens = Vec::new();
        while self.states.len() <= line {
            let next = self.states.len();
            let state = self.states.last().copied().unwrap_or_default();
            tokens.clear();
            let state = self.read(buffer, next.saturating_sub(1), state, &mut tokens);
            self.states.push(state);
        }
        self.states.get(line).copied().unwrap_or_default()
    }

    /// Reads stale lines again until the state of `line` holds.
    fn refresh(&mut self, buffer: &TextBuffer, line: usize) {
        let mut tokens = Vec::new();
        while let Some(Stale { from, to }) = self.stale {
            if from >= line {
                return;
            }
            let state = self.states.get(from).copied().unwrap_or_default();
            tokens.clear();
            let state = self.read(buffer, from, state, &mut tokens);
            let next = from + 1;
            match self.states.get_mut(next) {
                // Read as far as the text ever was.
                None => self.stale = None,
                Some(stored) if *stored == state && from >= to => self.stale = None,
                Some(stored) => {
                    *stored = state;
                    self.stale = Some(Stale { from: next, to: to.max(next) });
                }
            }
        }
    }

    fn read(
        &mut self,
        buffer: &TextBuffer,
        line: usize,
        state: LineState,
        tokens: &mut Vec<Token>,
    ) -> LineState {
        self.lines_read += 1;
        let text = buffer.line(line);
        if text.len() > LONGEST_LINE { state } else { lex::line(self.language, &text, state, tokens) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::text::Change;
    use crate::core::text::selection::Selection;

    /// A text of 1,000 lines that was read to its end.
    fn read_to_end(line: &str) -> (TextBuffer, Syntax) {
        let buffer = TextBuffer::new(&line.repeat(1_000));
        let mut syntax = Syntax::new(Language::Yaml);
        let _ = syntax.tokens(&buffer, 999);
        assert_eq!(syntax.lines_read, 1_000);
        (buffer, syntax)
    }

    fn edit(buffer: &mut TextBuffer, syntax: &mut Syntax, at: usize, new: &str) {
        let change = Change { range: at..at, new: new.to_owned() };
        let transaction = Transaction::new(vec![change], Selection::caret(at), Selection::caret(at));
        syntax.note(buffer, &transaction);
        transaction.apply(buffer);
    }

    /// Lines read again when this line is asked for.
    fn cost(buffer: &TextBuffer, syntax: &mut Syntax, line: usize) -> usize {
        let before = syntax.lines_read;
        let _ = syntax.tokens(buffer, line);
        syntax.lines_read - before
    }

    #[test]
    fn a_keystroke_costs_its_line() {
        let (mut buffer, mut syntax) = read_to_end("a: 1\n");
        edit(&mut buffer, &mut syntax, 54, "2");
        // line 10 to find that the state behind it is the same, and the line that was asked for
        assert_eq!(cost(&buffer, &mut syntax, 900), 2);
        assert_eq!(cost(&buffer, &mut syntax, 999), 1);
        edit(&mut buffer, &mut syntax, 54, "\n\n");
        assert_eq!(cost(&buffer, &mut syntax, 900), 4);
    }

    #[test]
    fn a_quote_costs_the_lines_that_are_looked_at() {
        let (mut buffer, mut syntax) = read_to_end("a: 1\n");
        edit(&mut buffer, &mut syntax, 53, "\"");
        assert_eq!(cost(&buffer, &mut syntax, 40), 31);
        assert_eq!(cost(&buffer, &mut syntax, 41), 2);
        // closed again: what was read is corrected, what was not is as it was
        edit(&mut buffer, &mut syntax, 54, "\"");
        assert_eq!(cost(&buffer, &mut syntax, 999), 33);
    }

    #[test]
    fn a_very_long_line_is_left_plain() {
        let buffer = TextBuffer::new(&format!("a: \"{}\nb: 1", "x".repeat(LONGEST_LINE)));
        let mut syntax = Syntax::new(Language::Yaml);
        assert!(syntax.tokens(&buffer, 0).is_empty());
        assert_eq!(syntax.tokens(&buffer, 1).len(), 3);
    }
}
