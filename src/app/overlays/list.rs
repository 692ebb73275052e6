//! A list that typing filters: palette, pickers, help.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::app::input::{Chord, Key};
use crate::app::msg::Now;
use crate::app::overlays::input::Input;

/// An item that matches the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Index into [`List::items`].
    pub index: usize,
    /// Characters of the item's text that the input matches, ascending.
    pub positions: Vec<u32>,
}

/// What a key did to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListEvent {
    /// Enter on this item.
    Chosen(usize),
    Handled,
    Ignored,
}

/// Items, the ones that match what was typed, and the selected one.
#[derive(Debug)]
pub struct List<I> {
    pub items: Vec<I>,
    /// What is searched for each item, in the same order.
    texts: Vec<String>,
    pub input: Input,
    pub matches: Vec<Match>,
    /// Index into [`Self::matches`].
    pub selected: usize,
}

impl<I> List<I> {
    /// All of `items`; each with the text that typing is matched against.
    #[must_use]
    pub fn new(items: Vec<(I, String)>) -> Self {
        let (items, texts) = items.into_iter().unzip();
        let mut list = Self { items, texts, input: Input::default(), matches: Vec::new(), selected: 0 };
        list.filter();
        list
    }

    /// The item that Enter chooses.
    #[must_use]
    pub fn chosen(&self) -> Option<&I> {
        self.items.get(self.matches.get(self.selected)?.index)
    }

    /// Handles a key; `page` is the number of visible rows.
    pub fn key(&mut self, chord: Chord, page: usize, now: Now) -> ListEvent {
        let last = self.matches.len().saturating_sub(1);
        match chord.key {
            Key::Enter => {
                return self
                    .matches
                    .get(self.selected)
                    .map_or(ListEvent::Handled, |m| ListEvent::Chosen(m.index));
            }
            Key::Up if self.selected == 0 => self.selected = last,
            Key::Up => self.selected -= 1,
            Key::Down | Key::Tab if self.selected >= last => self.selected = 0,
            Key::Down | Key::Tab => self.selected += 1,
            Key::PageUp => self.selected = self.selected.saturating_sub(page.max(1)),
            Key::PageDown => self.selected = (self.selected + page.max(1)).min(last),
            _ => {
                let before = self.input.editor.buffer().revision();
                if !self.input.key(chord, now) {
                    return ListEvent::Ignored;
                }
                if self.input.editor.buffer().revision() != before {
                    self.filter();
                }
            }
        }
        ListEvent::Handled
    }

    /// Text that was pasted or typed ahead.
    pub fn insert(&mut self, text: &str, now: Now) {
        self.input.insert(text, now);
        self.filter();
    }

    /// The best matches first; all items in their order while nothing is typed.
    pub fn filter(&mut self) {
        let typed = self.input.text();
        self.selected = 0;
        if typed.trim().is_empty() {
            self.matches =
                (0..self.items.len()).map(|index| Match { index, positions: Vec::new() }).collect();
            return;
        }
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(&typed, CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, Match)> = Vec::new();
        for (index, text) in self.texts.iter().enumerate() {
            let mut positions = Vec::new();
            let haystack = Utf32Str::new(text, &mut buffer);
            if let Some(score) = pattern.indices(haystack, &mut matcher, &mut positions) {
                positions.sort_unstable();
                positions.dedup();
                scored.push((score, Match { index, positions }));
            }
        }
        scored.sort_by_key(|(score, m)| (std::cmp::Reverse(*score), m.index));
        self.matches = scored.into_iter().map(|(_, m)| m).collect();
    }
}
