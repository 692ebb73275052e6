//! The panes.

pub mod cluster;
pub mod decision;

/// One of the panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaneId {
    /// Rego on the left.
    Policy,
    /// YAML in the middle.
    Manifest,
    /// The decision on the right.
    Decision,
    /// What clusters say, below the others or over them. Not there until a cluster was asked.
    Cluster,
}

impl PaneId {
    /// The panes in the order of F6.
    pub const ALL: [Self; 4] = [Self::Policy, Self::Manifest, Self::Decision, Self::Cluster];

    /// The pane that F6 (`forward`) or Shift-F6 goes to, with the cluster pane if it is `open`.
    #[must_use]
    pub const fn neighbour(self, forward: bool, open: bool) -> Self {
        match (self, forward) {
            (Self::Decision, true) | (Self::Policy, false) if open => Self::Cluster,
            (Self::Policy, true) | (Self::Decision, false) => Self::Manifest,
            (Self::Manifest, true) | (Self::Cluster, false) => Self::Decision,
            (Self::Policy, false) => Self::Decision,
            (Self::Decision | Self::Cluster, true) | (Self::Manifest, false) => Self::Policy,
        }
    }
}
