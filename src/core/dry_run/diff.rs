//! What differs between two versions of an object: as lines side by side, as lines below each other, and in words.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lines::{Line, lines};
use super::{Answer, Noise, without_noise};

/// Which two versions are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Versions {
    /// What was sent, and what the server would make of it: defaults and mutations.
    YoursToServer,
    /// What is there now, and what would be: the change.
    LiveToServer,
}

/// A comparison.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// All lines, those that are the same included.
    pub rows: Vec<DiffRow>,
    /// The fields that differ, in the order of the lines.
    pub changes: Vec<FieldChange>,
}

/// A line of a comparison, side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffRow {
    /// What happens to the line.
    pub kind: RowKind,
    /// The line before, if there is one. From outside.
    pub left: Option<String>,
    /// The line after, if there is one. From outside.
    pub right: Option<String>,
    /// JSON pointer of what the line shows, in the version after or, if it is gone, before. Of a derived Pod it is the
    /// Pod's own.
    pub pointer: String,
}

/// What happens to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    Same,
    Changed,
    Added,
    Removed,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// How.
    pub kind: RowKind,
    /// JSON pointer in the version after or, if it is removed, before.
    pub pointer: String,
    /// The value before; masked in a Secret.
    pub before: Option<Value>,
    /// The value after; masked in a Secret.
    pub after: Option<Value>,
}

/// A line of a comparison in one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnifiedRow<'d> {
    /// `Same`, `Removed` or `Added`.
    pub kind: RowKind,
    /// The line.
    pub text: &'d str,
    /// As in [`DiffRow`].
    pub pointer: &'d str,
}

impl Answer {
    /// Compares two versions of the object. `None` if one of them is not known; a new object differs from nothing in
    /// [`Versions::LiveToServer`].
    #[must_use]
    pub fn diff(&self, versions: Versions, shown: &[Noise]) -> Option<Diff> {
        let stored = self.stored.as_ref()?;
        match versions {
            Versions::YoursToServer => Some(diff(Some(&self.yours), Some(stored), shown)),
            Versions::LiveToServer
                if self.live.is_none() && self.change != Some(super::Change::WouldCreate) =>
            {
                None
            }
            Versions::LiveToServer => Some(diff(self.live.as_ref(), Some(stored), shown)),
        }
    }
}

/// Compares two versions of an object, without noise but for the kinds that are to be shown. Secrets must be masked
/// before.
#[must_use]
pub fn diff(before: Option<&Value>, after: Option<&Value>, shown: &[Noise]) -> Diff {
    let before = before.map(|object| without_noise(object, shown));
    let after = after.map(|object| without_noise(object, shown));
    let mut changes = Vec::new();
    compare(before.as_ref(), after.as_ref(), "", "", &mut changes);
    Diff { rows: rows(&lines(before.as_ref()), &lines(after.as_ref())), changes }
}

impl Diff {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The lines in one column: of a run of changes first what goes, then what comes. Lines that are the same are kept
    /// up to so many before and after a change; `None` stands for those left out between.
    #[must_use]
    pub fn unified(&self, context: usize) -> Vec<Option<UnifiedRow<'_>>> {
        let differs = |row: &DiffRow| row.kind != RowKind::Same;
        let mut near = vec![false; self.rows.len()];
        for (at, _) in self.rows.iter().enumerate().filter(|(_, row)| differs(row)) {
            near.iter_mut()
                .take(at + context + 1)
                .skip(at.saturating_sub(context))
                .for_each(|near| *near = true);
        }
        let mut unified: Vec<Option<UnifiedRow<'_>>> = Vec::new();
        let mut coming: Vec<Option<UnifiedRow<'_>>> = Vec::new();
        for (row, near) in self.rows.iter().zip(near) {
            if differs(row) {
                let line = |kind, text| Some(UnifiedRow { kind, text, pointer: &row.pointer });
                unified.extend(row.left.as_deref().map(|text| line(RowKind::Removed, text)));
                coming.extend(row.right.as_deref().map(|text| line(RowKind::Added, text)));
                continue;
            }
            unified.append(&mut coming);
            match &row.right {
                Some(text) if near => {
                    unified.push(Some(UnifiedRow { kind: RowKind::Same, text, pointer: &row.pointer }));
                }
                _ if unified.last() != Some(&None) => unified.push(None),
                _ => {}
            }
        }
        unified.append(&mut coming);
        unified
    }
}

fn rows(before: &[Line], after: &[Line]) -> Vec<DiffRow> {
    let texts = |lines: &[Line]| lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
    let mut rows = Vec::with_capacity(before.len().max(after.len()));
    for op in capture_diff_slices(Algorithm::Myers, &texts(before), &texts(after)) {
        let left = before.get(op.old_range()).unwrap_or_default();
        let right = after.get(op.new_range()).unwrap_or_default();
        match op {
            DiffOp::Equal { .. } => {
                rows.extend(
                    left.iter().zip(right).map(|(left, right)| row(RowKind::Same, Some(left), Some(right))),
                );
            }
            DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
                pair(left, right, &mut rows)
            }
        }
    }
    rows
}

/// Puts lines about the same field beside each other.
fn pair(left: &[Line], right: &[Line], rows: &mut Vec<DiffRow>) {
    let pointers = |lines: &[Line]| lines.iter().map(|line| line.pointer.clone()).collect::<Vec<_>>();
    for op in capture_diff_slices(Algorithm::Myers, &pointers(left), &pointers(right)) {
        let left = left.get(op.old_range()).unwrap_or_default();
        let right = right.get(op.new_range()).unwrap_or_default();
        if let DiffOp::Equal { .. } = op {
            rows.extend(
                left.iter().zip(right).map(|(left, right)| row(RowKind::Changed, Some(left), Some(right))),
            );
        } else {
            rows.extend(left.iter().map(|left| row(RowKind::Removed, Some(left), None)));
            rows.extend(right.iter().map(|right| row(RowKind::Added, None, Some(right))));
        }
    }
}

fn row(kind: RowKind, left: Option<&Line>, right: Option<&Line>) -> DiffRow {
    DiffRow {
        kind,
        left: left.map(|line| line.text.clone()),
        right: right.map(|line| line.text.clone()),
        pointer: right.or(left).map(|line| line.pointer.clone()).unwrap_or_default(),
    }
}

/// Collects what differs. Items of lists are the same by the key that Kubernetes merges them by, so one more at the
/// start does not change all that follow.
fn compare(
    before: Option<&Value>,
    after: Option<&Value>,
    at_before: &str,
    at_after: &str,
    changes: &mut Vec<FieldChange>,
) {
    let mut change = |kind, pointer: &str| {
        let (before, after) = (before.cloned(), after.cloned());
        changes.push(FieldChange { kind, pointer: pointer.to_owned(), before, after });
    };
    match (before, after) {
        (None, None) => {}
        (None, Some(_)) => change(RowKind::Added, at_after),
        (Some(_), None) => change(RowKind::Removed, at_before),
        (Some(before), Some(after)) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let step = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
                let (left, right) = (format!("{at_before}{step}"), format!("{at_after}{step}"));
                compare(before.get(name), after.get(name), &left, &right, changes);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for (left, right) in match_items(before, after) {
                let at = |pointer: &str, index: Option<usize>| {
                    index.map_or_else(String::new, |i| format!("{pointer}/{i}"))
                };
                compare(
                    left.and_then(|i| before.get(i)),
                    right.and_then(|i| after.get(i)),
                    &at(at_before, left),
                    &at(at_after, right),
                    changes,
                );
            }
        }
        _ => change(RowKind::Changed, at_after),
    }
}

/// Fields that name an item of a list, in the order in which they are tried; several together where one is not enough.
const ITEM_KEYS: &[&[&str]] = &[
    &["name"],
    &["mountPath"],
    &["devicePath"],
    &["containerPort", "protocol"],
    &["port", "protocol"],
    &["ip"],
    &["uid"],
    &["topologyKey", "whenUnsatisfiable"],
    &["type"],
    &["key"],
];

type Pairs = Vec<(Option<usize>, Option<usize>)>;

/// Which item of the one list is which of the other. By position where nothing names them.
fn match_items(before: &[Value], after: &[Value]) -> Pairs {
    for keys in ITEM_KEYS {
        let name = |item: &Value| {
            let parts: Vec<String> =
                keys.iter().filter_map(|key| item.get(*key)).map(ToString::to_string).collect();
            item.get(keys.first()?).map(|_| parts.join(","))
        };
        let names = |items: &[Value]| items.iter().map(name).collect::<Option<Vec<String>>>();
        let (Some(left), Some(right)) = (names(before), names(after)) else { continue };
        let unique = |names: &[String]| {
            let mut sorted: Vec<&String> = names.iter().collect();
            sorted.sort();
            sorted.windows(2).all(|two| two.first() != two.last())
        };
        if unique(&left) && unique(&right) {
            let gone = left.iter().enumerate().filter(|(_, name)| !right.contains(name));
            let gone = gone.map(|(index, _)| (Some(index), None));
            let there = right
                .iter()
                .enumerate()
                .map(|(index, name)| (left.iter().position(|n| n == name), Some(index)));
            return gone.chain(there).collect();
        }
    }
    let longest = before.len().max(after.len());
    (0..longest)
        .map(|i| (Some(i).filter(|i| *i < before.len()), Some(i).filter(|i| *i < after.len())))
        .collect()
}
