//! The three panes.

pub mod decision;

/// One of the three panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaneId {
    /// Rego on the left.
    Policy,
    /// YAML in the middle.
    Manifest,
    /// The decision on the right.
    Decision,
}

impl PaneId {
    /// The panes in the order of F6.
    pub const ALL: [Self; 3] = [Self::Policy, Self::Manifest, Self::Decision];

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
