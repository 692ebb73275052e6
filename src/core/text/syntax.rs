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
        let range = buffer.line_range(line);
        if range.len() > LONGEST_LINE {
            return state;
        }
        lex::line(self.language, &buffer.text(range), state, tokens)
    }
}
