//! The dialogue after a crash: what an earlier run left in its recovery journals.

use crate::app::msg::Recovered;

/// The list and the selected entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecoveryDialogue {
    pub entries: Vec<Recovered>,
    pub selected: usize,
}

impl RecoveryDialogue {
    /// The entry that Enter restores.
    #[must_use]
    pub fn current(&self) -> Option<&Recovered> {
        self.entries.get(self.selected)
    }

    /// Takes the selected entry out.
    pub fn take(&mut self) -> Option<Recovered> {
        if self.selected >= self.entries.len() {
            return None;
        }
        let entry = self.entries.remove(self.selected);
        self.selected = self.selected.min(self.entries.len().saturating_sub(1));
        Some(entry)
    }
}
