//! One type for every remark with a range: syntax and compile errors, lints, findings, notes on YAML.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::core::text::Change;

/// How much a remark matters. The order is the order of importance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A surprise worth knowing, e.g. "`yes` is read as true".
    Note,
    /// Probably a mistake, or a `warn` finding.
    Warning,
    /// Does not parse, does not compile, or a `deny` finding.
    Error,
}

/// Who says it. The gutter sign and the command that jumps ("next problem") depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The text does not parse.
    Syntax,
    /// The text parses and is refused (OPA's compile stage), or the engine cannot judge it as OPA would.
    Compile,
    /// Advice.
    Lint,
    /// A rule of a policy denies or warns here.
    Finding,
    /// A rule of a policy fired: the place in the policy of a finding.
    Fired,
    /// How Kubernetes reads this YAML.
    Yaml,
    /// An API server complains of this in a dry-run.
    Server,
    /// What came of a unit test: a note if it passed, an error if not.
    Test,
}

/// One remark on one byte range of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Bytes in the file's text. May be empty (a place between two characters).
    pub range: Range<usize>,
    /// How much it matters.
    pub severity: Severity,
    /// Who says it.
    pub origin: Origin,
    /// OPA's error code (`rego_parse_error`), Regal's rule name, or the rule of a finding.
    pub code: String,
    /// One line for people.
    pub message: String,
    /// The place is the nearest one known, not a proved one. Painted with `~`.
    #[serde(default)]
    pub approximate: bool,
    /// What puts it right, if that is certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// Edits that put a remark right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What it does, for people: "write `:=`".
    pub title: String,
    /// All of them are made, or none. Sorted, none touches another.
    pub edits: Vec<Edit>,
}

/// One replacement of a [`Fix`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Bytes in the file's text.
    pub range: Range<usize>,
    /// What must stand there; otherwise the text is not the one that the fix was made for.
    pub old: String,
    /// What is to stand there.
    pub new: String,
}

impl Fix {
    /// The text with the edits made; `None` if it is not the text that they were made for.
    #[must_use]
    pub fn applied(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for edit in &self.edits {
            if text.get(edit.range.clone())? != edit.old {
                return None;
            }
            out.push_str(text.get(done..edit.range.start)?);
            out.push_str(&edit.new);
            done = edit.range.end;
        }
        out.push_str(text.get(done..)?);
        Some(out)
    }
}

impl Diagnostic {
    /// A unit test that passed: a sign without words.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        self.origin == Origin::Test && self.severity == Severity::Note
    }

    /// Moves it along with an edit. A fix whose text was edited is gone.
    fn shift(&mut self, change: &Change) {
        let touched =
            |range: &Range<usize>| change.range.start <= range.end && range.start <= change.range.end;
        self.fix.take_if(|fix| touched(&self.range) || fix.edits.iter().any(|edit| touched(&edit.range)));
        self.range = shift_range(&self.range, change);
        for edit in self.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.range = shift_range(&edit.range, change);
        }
    }
}

/// The remarks on one file, sorted by place; of two at one place the graver comes first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Sorts `remarks`, drops exact repetitions.
    #[must_use]
    pub fn new(mut remarks: Vec<Diagnostic>) -> Self {
        remarks.sort_by(|a, b| {
            (a.range.start, b.severity, a.range.end, a.origin).cmp(&(
                b.range.start,
                a.severity,
                b.range.end,
                b.origin,
            ))
        });
        remarks.dedup();
        Self(remarks)
    }

    /// Moves the remarks along with an edit, until there are new ones.
    pub fn shift(&mut self, change: &Change) {
        self.0.iter_mut().for_each(|remark| remark.shift(change));
    }

    /// All of them, sorted by place.
    #[must_use]
    pub fn all(&self) -> &[Diagnostic] {
        &self.0
    }

    /// Those that touch the byte range (an empty remark touches the place it stands at).
    pub fn touching(&self, range: Range<usize>) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter().filter(move |d| {
            d.range.start < range.end.max(range.start + 1)
                && (d.range.end > range.start || d.range.start >= range.start)
        })
    }

    /// How many are errors of the text itself (not findings).
    #[must_use]
    pub fn error_count(&self) -> usize {
        self.0
            .iter()
            .filter(|d| {
                d.severity == Severity::Error
                    && !matches!(d.origin, Origin::Finding | Origin::Fired | Origin::Server | Origin::Test)
            })
            .count()
    }

    /// The first one that [`Self::next_problem`] stops at.
    #[must_use]
    pub fn first_problem(&self) -> Option<&Diagnostic> {
        self.0.iter().find(|d| is_problem(d))
    }

    /// The first one after (`forward`) or before a byte offset, wrapping around. Rule marks (`Fired`) and notes are
    /// passed over.
    #[must_use]
    pub fn next_problem(&self, from: usize, forward: bool) -> Option<&Diagnostic> {
        let wanted = |d: &&Diagnostic| is_problem(d);
        if forward {
            self.0.iter().filter(wanted).find(|d| d.range.start > from).or_else(|| self.0.iter().find(wanted))
        } else {
            self.0
                .iter()
                .rev()
                .filter(wanted)
                .find(|d| d.range.start < from)
                .or_else(|| self.0.iter().rev().find(wanted))
        }
    }
}

/// Rule marks and notes are no problems.
fn is_problem(remark: &Diagnostic) -> bool {
    remark.origin != Origin::Fired && remark.severity > Severity::Note
}

/// Where a range is after `change`: moved if it lies behind, stretched if the change is inside, cut if it overlaps.
#[must_use]
pub fn shift_range(range: &Range<usize>, change: &Change) -> Range<usize> {
    let (from, to, new) = (change.range.start, change.range.end, change.new.len());
    if from <= range.start && range.end <= to && from < to {
        return from..from + new;
    }
    let start = match range.start {
        start if start < from => start,
        start if start >= to => start - (to - from) + new,
        _ => from + new,
    };
    let end = match range.end {
        end if end <= from => end,
        end if end >= to => end - (to - from) + new,
        _ => from,
    };
    start..end.max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_move_with_edits() {
        let cases = [
            // (range, replaced, new, result)
            (5..8, 0..0, "xx", 7..10), // before: moves
            (5..8, 9..9, "xx", 5..8),  // behind: stays
            (5..8, 6..6, "xx", 5..10), // inside: stretches
            (5..8, 5..5, "xx", 7..10), // typed right before it: moves
            (5..8, 8..8, "xx", 5..8),  // typed right after it: stays
            (5..8, 4..6, "", 4..6),    // its start is deleted
            (5..8, 7..12, "", 5..7),   // its end is deleted
            (5..8, 0..20, "xy", 0..2), // all of it is replaced: what stands there now
        ];
        for (range, replaced, new, result) in cases {
            let change = Change { range: replaced.clone(), new: new.to_owned() };
            assert_eq!(shift_range(&range, &change), result, "{range:?} after {replaced:?} became {new:?}");
        }
    }
}
