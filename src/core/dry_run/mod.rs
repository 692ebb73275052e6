//! Asking a cluster what it would do: everything about it that needs no network.
//!
//! A client sends an object as a server-side apply with `dryRun=All` and gives the exchanges, as [`Asked`], to [`Answer`]. What
//! comes out is complete and safe to keep: the verdict and who gave it, problems with their places, warnings, conflicts,
//! the objects to compare with the values of Secrets masked, and what was sent. [`diff()`] compares the objects,
//! [`parity()`] puts the local decision beside the answer, [`command()`] and [`role()`] say how to do the same with other
//! tools and which rights it takes.
//!
//! Architecture invariant: an answer that says nothing about the object is *not judged*, never an allow or a deny. Who
//! denied is read from the start of the server's own sentence, so that no webhook can pose as another judge.

mod answer;
pub mod base64;
mod classify;
mod command;
mod complaint;
mod diff;
mod exchange;
mod lines;
mod mask;
mod noise;
mod parity;
mod pod_security;
mod pointer;
mod production;
mod role;
mod sentence;
mod status;
mod verdict;
mod warning;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use classify::{Classified, classify};
pub use command::{Action, command, quote};
pub use diff::{Diff, DiffRow, FieldChange, RowKind, UnifiedRow, Versions, diff};
pub use exchange::{Exchange, NoAnswer, Outcome, Sent};
pub use mask::{AFTER, BEFORE, LAST_APPLIED, MASK, Redactor, mask, mask_versions};
pub use noise::{Noise, without_noise};
pub use parity::{Agreement, Cause, ENFORCE_LABEL, Known, Parity, parity};
pub use pointer::{pointer, pointer_in_workload};
pub use production::looks_like_production;
pub use role::role;
pub use verdict::{ConflictKind, Invalidity, Judge, Missing, Unjudged, Verdict};
pub use warning::warnings;

use crate::core::file::FileId;

/// What one cluster says about one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The kubeconfig's name of the context.
    pub context: String,
    /// What was asked about.
    pub target: Target,
    /// The verdict.
    pub verdict: Verdict,
    /// The server's sentence without what [`Verdict`] says already, secrets masked. From outside: it is made safe where
    /// it is shown. Empty if allowed.
    pub message: String,
    /// The message in its parts, where the judge lists several. Never empty if `message` is not.
    pub messages: Vec<Message>,
    /// Places in the object that the server complains of, in its order.
    pub problems: Vec<Problem>,
    /// The texts of the `Warning` headers, each once, in their order.
    pub warnings: Vec<String>,
    /// What would happen to the live object; `None` if it would not be stored, or if nobody could look.
    pub change: Option<Change>,
    /// Fields that other managers own, in the server's order.
    pub conflicts: Vec<Conflict>,
    /// The object that was sent, masked.
    pub yours: Value,
    /// The object as it would be stored, masked.
    pub stored: Option<Value>,
    /// The object as it is now, masked. `None` if there is none, or if it could not be read.
    pub live: Option<Value>,
    /// Why the live object could not be read. `None` if it was, if there is none, or if nobody tried.
    pub unread: Option<Verdict>,
    /// What was sent, in order.
    pub requests: Vec<Sent>,
    /// The HTTP status that the verdict comes from.
    pub status: Option<u16>,
    /// The body that the verdict comes from, masked. From outside.
    pub body: String,
}

/// Which object an answer is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The file that holds it.
    pub file: FileId,
    /// Counts the objects of the file from 0, as [`JudgedDocument::index`](crate::core::decision::JudgedDocument) does.
    pub index: usize,
    /// It is the Pod that the workload at `index` makes, see [`expand`](crate::core::manifest::expand).
    pub derived: bool,
    /// Its name in the cluster.
    pub object: ObjectRef,
}

/// Names an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ObjectRef {
    /// `apiVersion`
    pub api_version: String,
    /// `kind`
    pub kind: String,
    /// The namespace that was asked; empty for an object of the cluster scope.
    pub namespace: String,
    /// `metadata.name`, or `metadata.generateName`.
    pub name: String,
}

/// One message of a judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The constraint that Gatekeeper (or another webhook that writes `[name] message` lines) names.
    pub constraint: Option<String>,
    /// What it says.
    pub text: String,
}

/// A place that the server complains of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The place as the server writes it: `.spec.containers[name="c"].image`.
    pub path: String,
    /// JSON pointer in the written object (the workload, for a derived Pod). For a field that is not there, the
    /// pointer it would have; `None` if the path leads nowhere.
    pub pointer: Option<String>,
    /// What it says of it.
    pub message: String,
}

/// What storing would do to the live object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// There is none yet.
    WouldCreate,
    /// It would be another one.
    WouldChange,
    /// It would stay as it is.
    NoChange,
}

/// A field that another manager owns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    /// The field as the server writes it.
    pub field: String,
    /// JSON pointer in the written object.
    pub pointer: Option<String>,
    /// The manager that owns it; empty if the server does not say.
    pub owner: String,
    /// The value that was sent, masked.
    pub yours: Option<Value>,
    /// The value of the live object, masked.
    pub theirs: Option<Value>,
}

/// What a client has when it is done with one object. Holds the values of Secrets: it is made into an [`Answer`] and
/// dropped.
#[derive(Clone)]
pub struct Asked {
    /// The kubeconfig's name of the context.
    pub context: String,
    /// What was asked about.
    pub target: Target,
    /// The object that was sent, as it was sent.
    pub yours: Value,
    /// The workload that the object is derived from, for its places.
    pub derived: Option<crate::core::manifest::expand::Derived>,
    /// The GET of the live object; `None` if it was not asked for (`generateName`).
    pub live: Option<Outcome>,
    /// The dry-run that gives the verdict.
    pub dry_run: Outcome,
    /// The same without `force`, for the conflicts; `None` if it was not sent.
    pub unforced: Option<Outcome>,
}

/// Without the objects.
impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asked")
            .field("context", &self.context)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}
