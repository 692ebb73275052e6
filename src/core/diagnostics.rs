//! One type for every remark with a range: syntax and compile errors, lints, findings, notes on YAML.

use std::ops::Range;

use serde::{Deserialize, Serialize};

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
            .filter(|d| d.severity == Severity::Error && !matches!(d.origin, Origin::Finding | Origin::Fired))
            .count()
    }

    /// The first one after (`forward`) or before a byte offset, wrapping around. Rule marks (`Fired`) and notes are
    /// passed over.
    #[must_use]
    pub fn next_problem(&self, from: usize, forward: bool) -> Option<&Diagnostic> {
        let wanted = |d: &&Diagnostic| d.origin != Origin::Fired && d.severity > Severity::Note;
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
