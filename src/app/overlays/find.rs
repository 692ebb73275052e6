//! The find and replace bar of a text pane.

use std::ops::Range;

use crate::app::overlays::input::Input;
use crate::core::text::buffer::TextBuffer;
use crate::core::text::search::{Matches, Query, Search};

/// Which line of the bar takes the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Find,
    Replace,
}

/// The open bar.
#[derive(Debug)]
pub struct FindBar {
    pub query: Input,
    /// Open for replacing.
    pub replacement: Option<Input>,
    pub field: Field,
    pub regex: bool,
    pub case_sensitive: bool,
    /// Why the pattern cannot be used.
    pub error: Option<String>,
    /// The matches in the text as it is now.
    pub matches: Matches,
    /// Where the caret was when the bar opened: Esc goes back there.
    pub origin: usize,
    search: Option<Search>,
}

impl FindBar {
    /// Opened with `text` to find, from the selection or the last search.
    #[must_use]
    pub fn new(text: &str, replace: bool, origin: usize) -> Self {
        Self {
            query: Input::selected(text),
            replacement: replace.then(Input::default),
            field: Field::Find,
            regex: false,
            case_sensitive: false,
            error: None,
            matches: Matches::default(),
            origin,
            search: None,
        }
    }

    /// The line that takes the keys.
    pub fn input(&mut self) -> &mut Input {
        match (&mut self.replacement, self.field) {
            (Some(replacement), Field::Replace) => replacement,
            _ => &mut self.query,
        }
    }

    /// Searches again, after the pattern, an option or the text changed.
    pub fn refresh(&mut self, buffer: &TextBuffer) {
        let pattern = self.query.text();
        self.error = None;
        if pattern.is_empty() {
            self.search = None;
            self.matches = Matches::default();
            return;
        }
        match Search::new(&Query { pattern, regex: self.regex, case_sensitive: self.case_sensitive }) {
            Ok(search) => {
                self.matches = search.matches(buffer);
                self.search = Some(search);
            }
            Err(error) => {
                self.error = Some(error.to_string());
                self.search = None;
                self.matches = Matches::default();
            }
        }
    }

    /// The search, if the pattern is one.
    #[must_use]
    pub fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// "3 of 17": the number of the match that is selected, from 1, and how many there are.
    #[must_use]
    pub fn count(&self, selected: &Range<usize>) -> (Option<usize>, usize) {
        let number = self.matches.number(selected).map(|n| n + 1);
        (number, self.matches.ranges.len())
    }
}
