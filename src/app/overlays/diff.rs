//! Two texts compared, line by line.

use similar::{ChangeTag, TextDiff};

/// Which side a line is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Both,
    /// Only in the first text.
    Old,
    /// Only in the second text.
    New,
}

/// A line of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    pub side: Side,
    /// 1-based line numbers in the two texts.
    pub old: Option<usize>,
    pub new: Option<usize>,
    pub text: String,
}

/// The view: what differs, with three lines around it. `None` between two places that are apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffView {
    pub title: String,
    /// The names of the two sides.
    pub sides: (String, String),
    pub lines: Vec<Option<DiffLine>>,
    pub scroll: usize,
}

impl DiffView {
    /// Compares `old` with `new`.
    #[must_use]
    pub fn new(title: String, sides: (String, String), old: &str, new: &str) -> Self {
        let diff = TextDiff::from_lines(old, new);
        let mut lines = Vec::new();
        for (index, group) in diff.grouped_ops(3).iter().enumerate() {
            if index > 0 {
                lines.push(None);
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let side = match change.tag() {
                    ChangeTag::Equal => Side::Both,
                    ChangeTag::Delete => Side::Old,
                    ChangeTag::Insert => Side::New,
                };
                lines.push(Some(DiffLine {
                    side,
                    old: change.old_index().map(|n| n + 1),
                    new: change.new_index().map(|n| n + 1),
                    text: change.value().trim_end_matches(['\n', '\r']).to_owned(),
                }));
            }
        }
        Self { title, sides, lines, scroll: 0 }
    }
}
