//! The three panes.

pub mod decision;

pub use crate::app::layout::PaneId;

impl PaneId {
    /// The pane that F6 (`forward`) or Shift-F6 goes to.
    #[must_use]
    pub const fn neighbour(self, forward: bool) -> Self {
        match (self, forward) {
            (Self::Policy, true) | (Self::Decision, false) => Self::Manifest,
            (Self::Manifest, true) | (Self::Policy, false) => Self::Decision,
            (Self::Decision, true) | (Self::Manifest, false) => Self::Policy,
        }
    }
}
