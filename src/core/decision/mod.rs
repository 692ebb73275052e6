//! What was decided: the verdict on one request, with findings and their places in both files.
//!
//! These types travel between the evaluator (a child process), the screen and the reports. They hold no text of the
//! user interface: a reason is data, and `strings` puts it into words.

pub mod answer;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::core::diagnostics::Diagnostic;
use crate::core::file::{FileId, Revision};
use crate::core::policy::gatekeeper::matching::Miss;
use crate::core::policy::testing::TestRun;

/// The verdict on one request, or on a set of them. The order is the order in which a set is summed up: a deny
/// stands over "not judged" (another rule already denies), "not judged" over warn and allow, since it is never
/// painted as an allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every rule was judged and none objects.
    Allow,
    /// A `warn` rule fired, nothing denies.
    Warn,
    /// The engine cannot know. Never painted as allow or deny.
    NotJudged,
    /// A rule denies.
    Deny,
}

/// Why something was not judged. Put into words by `strings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The policy has an error at this place.
    PolicyError { place: Place, message: String },
    /// The manifest has an error at this place.
    ManifestError { place: Place, message: String },
    /// A rule ended with an error while it ran.
    RuleError { place: Option<Place>, message: String },
    /// The policy uses what the engine cannot do as OPA does.
    Unsupported { place: Option<Place>, what: String },
    /// No entry rule (`deny`, `violation`, `warn`, `allow`) was found.
    NoEntryRule,
    /// The evaluation did not finish in time and was stopped.
    Timeout { limit_ms: u64 },
    /// The evaluation wanted more memory than it may have.
    OutOfMemory { limit_mib: u64 },
    /// The evaluation recursed until its stack was full.
    StackOverflow,
    /// The evaluator ended for another reason; the last words it wrote.
    EvaluatorDied { detail: String },
    /// There is no policy, or no document, to judge.
    NothingToJudge,
    /// The rule looks at the object before the UPDATE, and that is not known.
    NoOldObject,
    /// Only a Pod can be connected to.
    NothingToConnect,
    /// There are ConstraintTemplates and no constraint that asks them.
    NoConstraint,
    /// The user has switched all policies off.
    AllOff,
    /// The template judges with CEL. `rego`: it has Rego as well, which Gatekeeper does not run.
    Cel { rego: bool },
}

/// A place in a file of the workspace, for jumping to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Bytes in the text of the revision that was judged.
    pub range: Range<usize>,
    /// 1-based line of the start.
    pub line: usize,
    /// 1-based column of the start, in characters.
    pub column: usize,
}

/// A place in a manifest that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestPlace {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// JSON pointer (RFC 6901) in the document.
    pub pointer: String,
    /// The nearest field that the rule reads, not a proved cause.
    pub approximate: bool,
    /// Nothing is written at the pointer, the API server sets it: the place is that of the nearest written field above.
    #[serde(default)]
    pub defaulted: bool,
}

/// What a finding asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// A violation of a constraint with the action `dryrun`: nobody is told but the audit.
    Dryrun,
    /// `warn*`
    Warn,
    /// `deny*`, `violation*`, `allow` that is not true
    Deny,
}

/// A constraint of Gatekeeper.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConstraintRef {
    /// Its kind, that of its template.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// One message of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Index into [`Evaluation::policies`].
    pub policy: usize,
    /// Package without `data.`, e.g. `kubernetes.host_access`.
    pub package: String,
    /// The entry rule, e.g. `deny`.
    pub rule: String,
    /// Deny or warn.
    pub severity: Demand,
    /// The message.
    pub msg: String,
    /// Other keys of the result object (conftest's metadata, Gatekeeper's details). `Null` if none.
    pub details: serde_json::Value,
    /// The constraint that is violated, if the policy is one of Gatekeeper's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<ConstraintRef>,
    /// The rule that made it: head or body of the definition.
    pub policy_location: Option<Place>,
    /// Where in the manifest, nearest first.
    pub manifest_locations: Vec<ManifestPlace>,
    /// The workload that the Pod is derived from has the same finding, at the same place.
    #[serde(default)]
    pub repeats: bool,
}

/// One policy of the workspace: a package with entry rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyInfo {
    /// The file that declares its first entry rule (or its package).
    pub file: FileId,
    /// Package without `data.`.
    pub package: String,
    /// Its entry rules in the order of the file.
    pub entries: Vec<String>,
    /// Why it cannot be judged at all, e.g. it does not parse.
    pub reason: Option<Reason>,
    /// The constraint that it is, if it is one of Gatekeeper's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<ConstraintRef>,
    /// The user has switched it off: it is not asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
}

/// One policy's answer on one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The answer.
    pub verdict: Verdict,
    /// Findings in the order of the policy's text.
    pub findings: Vec<Finding>,
    /// Why rules of it were not judged; empty if all were.
    pub reasons: Vec<Reason>,
    /// Errors of builtins that Rego turns into undefined, in words, with their place.
    pub builtin_errors: Vec<Remark>,
    /// Why the policy, a constraint of Gatekeeper, was not asked about the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub miss: Option<Miss>,
    /// Builtins on which the answer depends and that answer otherwise at another time, with the places of their calls.
    #[serde(default)]
    pub moments: Vec<Remark>,
}

impl Default for Cell {
    /// Nothing objects.
    fn default() -> Self {
        Self {
            verdict: Verdict::Allow,
            findings: Vec::new(),
            reasons: Vec::new(),
            builtin_errors: Vec::new(),
            miss: None,
            moments: Vec::new(),
        }
    }
}

/// A line of `print()` or an error of a builtin, with the place in the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Where in the policy, if known.
    pub place: Option<Place>,
    /// What was printed, or what went wrong.
    pub text: String,
}

/// One object of a manifest and what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedDocument {
    /// Where the document starts, and its range in the file.
    pub place: Place,
    /// Counts the objects of the file from 0 (`kind: List` is unrolled). A derived Pod has its workload's.
    pub index: usize,
    /// Not written in the file: the Pod that a workload makes, which is this one of [`Evaluation::documents`]. Its
    /// places are in the workload.
    #[serde(default)]
    pub derived_from: Option<usize>,
    /// `apiVersion`, empty if absent.
    pub api_version: String,
    /// `kind`, empty if absent.
    pub kind: String,
    /// `metadata.namespace`, empty if absent.
    pub namespace: String,
    /// `metadata.name`, or `metadata.generateName`, or empty.
    pub name: String,
    /// What is done to it: `CREATE`, `UPDATE`, `DELETE` or `CONNECT`, as it is asked or as an AdmissionReview records.
    #[serde(default)]
    pub operation: String,
    /// Who does it.
    #[serde(default)]
    pub user: String,
    /// The verdict over all policies, and over the Pods that are derived from it.
    pub verdict: Verdict,
    /// One for each of [`Evaluation::policies`], in their order. Empty if the document does not parse.
    pub cells: Vec<Cell>,
    /// Why the document itself was not judged.
    pub reason: Option<Reason>,
    /// What the other reading of the document decides, if that is another decision.
    #[serde(default)]
    pub other_reading: Option<OtherReading>,
}

/// The decision on a document as it is written, beside that on the object as the API server would store it; or the
/// other way round, if the document was judged as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherReading {
    /// This is the decision on the document as it is written.
    pub raw: bool,
    /// The verdict over all policies, and over the Pods that are derived from the document.
    pub verdict: Verdict,
    /// Findings of the document that this reading does not have.
    pub only_here: Vec<Finding>,
    /// Findings of this reading that the document does not have.
    pub only_there: Vec<Finding>,
    /// Why this reading was not judged, where the document was.
    pub reasons: Vec<Reason>,
}

/// Everything that one run of the judge found out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The number of the run, as the asker gave it.
    pub run: u64,
    /// The texts it was made from.
    pub revisions: Vec<(FileId, Revision)>,
    /// The policies, in file order: the columns of the matrix.
    pub policies: Vec<PolicyInfo>,
    /// The documents, in file order: the rows of the matrix. A derived Pod follows its workload.
    pub documents: Vec<JudgedDocument>,
    /// Errors and notes of each file's text (findings are not in here).
    pub diagnostics: Vec<(FileId, Vec<Diagnostic>)>,
    /// What `print()` wrote, in order.
    pub prints: Vec<Remark>,
    /// The answer to the query, if there was one.
    #[serde(default)]
    pub answer: Option<answer::Answer>,
    /// What came of the unit tests, if they were asked for.
    #[serde(default)]
    pub tests: Option<TestRun>,
    /// Time from the request's arrival to the answer, in microseconds.
    pub elapsed_us: u64,
}

impl Evaluation {
    /// The verdict over all documents; not judged if there are none.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.documents.iter().map(|d| d.verdict).max().unwrap_or(Verdict::NotJudged)
    }

    /// The documents that are written in the files.
    pub fn written(&self) -> impl Iterator<Item = &JudgedDocument> {
        self.documents.iter().filter(|document| document.derived_from.is_none())
    }

    /// The Pods that are derived from a document, by its number in [`Evaluation::documents`].
    pub fn derived(&self, document: usize) -> impl Iterator<Item = &JudgedDocument> {
        self.documents
            .iter()
            .skip(document + 1)
            .take_while(|below| below.derived_from.is_some())
            .filter(move |below| below.derived_from == Some(document))
    }

    /// All findings; what a derived Pod repeats of its workload is left out.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let all = self.documents.iter().flat_map(|d| &d.cells).flat_map(|c| &c.findings);
        all.filter(|finding| !finding.repeats)
    }

    /// How many findings deny, and how many warn.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let all = || self.findings();
        let deny = all().filter(|f| f.severity == Demand::Deny).count();
        (deny, all().filter(|f| f.severity == Demand::Warn).count())
    }
}
