//! The local decision beside a cluster's answer: whether they agree, and what is known of why not.
//!
//! Every [`Cause`] is a fact that can be read off the answer or was asked for. Where there is none the list is empty, and
//! the reason is not known; nothing is guessed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answer, Change, Invalidity, Judge, RowKind, Verdict, diff};
use crate::core::decision::{self, Demand, Finding, JudgedDocument};
use crate::core::manifest::expand::{Derived, pod_of};
use crate::core::manifest::normalise::normalise;

/// The label that sets a namespace's Pod Security level.
pub const ENFORCE_LABEL: &str = "pod-security.kubernetes.io/enforce";

/// What else is known when two judges are compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'k> {
    /// The labels of the namespace, if they were asked for.
    pub namespace_labels: Option<&'k BTreeMap<String, String>>,
    /// How the object was derived, if it was.
    pub derived: Option<&'k Derived>,
    /// Where the object stands in its document: empty, or `/items/3`.
    pub prefix: &'k str,
}

/// Two judges side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parity {
    /// Whether they come to the same.
    pub agreement: Agreement,
    /// What the local policies decide about the object itself.
    pub local: decision::Verdict,
    /// The first message of the local decision that denies.
    pub local_says: Option<String>,
    /// What the cluster decides.
    pub cluster: Verdict,
    /// The first message of the cluster's judge.
    pub cluster_says: Option<String>,
    /// Why they differ, as far as it is known. Empty if they agree, or if it is not known.
    pub causes: Vec<Cause>,
}

/// Whether two judges come to the same. A warning lets an object in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// Both let it in, or both refuse it.
    Agree,
    /// The local policies refuse what the cluster lets in.
    OnlyLocalDenies,
    /// The cluster refuses what the local policies let in.
    OnlyClusterDenies,
    /// One of them did not judge.
    NotComparable,
}

/// A reason why two judges differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// No judge of the cluster objects: the policy is not deployed there, or not for this object.
    NoJudgeObjects,
    /// The cluster has the same message as a warning.
    OnlyWarns { message: String },
    /// The object makes Pods later; what refuses Pods has not seen one yet.
    PodsComeLater,
    /// A namespace of Kubernetes or of a policy engine, which policies usually leave out.
    SystemNamespace { namespace: String },
    /// The namespace has no Pod Security level that refuses anything.
    NoPodSecurityLevel { namespace: String },
    /// The Pod Security level of the namespace refuses it; the local policies are others.
    PodSecurityLevel { namespace: String, level: String },
    /// This judge refuses it, and no local policy does.
    OtherJudge { by: Judge },
    /// It is no valid object; policies do not look at that.
    NotValid { why: Invalidity },
    /// It conflicts with the live object; policies do not look at that.
    Conflicts,
    /// The local policies come to the cluster's decision on the other reading of the document: as it is written (raw), or
    /// with the defaults that are known here.
    OtherReading { raw: bool },
    /// Another operation was judged here (`CREATE`) than in the cluster, where the object is there already (`UPDATE`).
    OtherOperation { local: String, cluster: String },
    /// The cluster changed fields that were sent (JSON pointers in the written object).
    Mutated { pointers: Vec<String> },
    /// The cluster fills in fields that are not filled in here, at places that the local decision is about.
    Defaulted { pointers: Vec<String> },
}

/// Compares the decision on a document with a cluster's answer about the same.
#[must_use]
pub fn parity(local: &JudgedDocument, answer: &Answer, known: &Known<'_>) -> Parity {
    use decision::Verdict::{Allow, Deny, NotJudged, Warn};
    let own = own_verdict(local);
    let agreement = match (own, answer.verdict.decision()) {
        (NotJudged, _) | (_, NotJudged) => Agreement::NotComparable,
        (Deny, Deny) | (Allow | Warn, Allow | Warn) => Agreement::Agree,
        (Deny, Allow | Warn) => Agreement::OnlyLocalDenies,
        (Allow | Warn, Deny) => Agreement::OnlyClusterDenies,
    };
    let denying: Vec<&Finding> = local
        .cells
        .iter()
        .flat_map(|cell| &cell.findings)
        .filter(|found| found.severity == Demand::Deny)
        .collect();
    let mut causes = match agreement {
        Agreement::OnlyLocalDenies => why_let_in(&denying, answer, known),
        Agreement::OnlyClusterDenies => why_refused(answer),
        Agreement::Agree | Agreement::NotComparable => Vec::new(),
    };
    let differs = matches!(agreement, Agreement::OnlyLocalDenies | Agreement::OnlyClusterDenies);
    if let Some(other) = local.other_reading.as_ref().filter(|_| differs) {
        let as_the_cluster = match other.verdict {
            Allow | Warn => agreement == Agreement::OnlyLocalDenies,
            Deny => agreement == Agreement::OnlyClusterDenies,
            NotJudged => false,
        };
        if as_the_cluster {
            causes.push(Cause::OtherReading { raw: other.raw });
        }
    }
    if let Some(cluster) = operation(answer).filter(|_| differs && !local.operation.is_empty())
        && cluster != local.operation
    {
        causes.push(Cause::OtherOperation { local: local.operation.clone(), cluster: cluster.to_owned() });
    }
    Parity {
        agreement,
        local: own,
        local_says: denying.first().map(|found| found.msg.clone()),
        cluster: answer.verdict.clone(),
        cluster_says: answer.messages.first().map(|message| message.text.clone()),
        causes,
    }
}

/// What the cluster's judges were asked about, if it is known.
fn operation(answer: &Answer) -> Option<&'static str> {
    match (&answer.live, answer.change) {
        (_, Some(Change::WouldCreate)) => Some("CREATE"),
        (Some(_), _) => Some("UPDATE"),
        (None, _) => None,
    }
}

/// What is decided about the object itself. The Pods that it makes have answers of their own.
fn own_verdict(local: &JudgedDocument) -> decision::Verdict {
    local.cells.iter().map(|cell| cell.verdict).max().unwrap_or(local.verdict)
}

fn why_refused(answer: &Answer) -> Vec<Cause> {
    let namespace = answer.target.object.namespace.clone();
    match &answer.verdict {
        Verdict::Denied { by: Judge::PodSecurity { level, .. } } => {
            vec![Cause::PodSecurityLevel { namespace, level: level.clone() }]
        }
        Verdict::Denied { by } => vec![Cause::OtherJudge { by: by.clone() }],
        Verdict::Invalid { why } => vec![Cause::NotValid { why: *why }],
        Verdict::Conflict { .. } => vec![Cause::Conflicts],
        _ => Vec::new(),
    }
}

/// Namespaces that policies usually leave out.
const SYSTEM_NAMESPACES: &[&str] = &["kube-system", "kube-public", "kube-node-lease", "gatekeeper-system"];

fn why_let_in(denying: &[&Finding], answer: &Answer, known: &Known<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    let namespace = &answer.target.object.namespace;
    // Gatekeeper and ValidatingAdmissionPolicies put words of their own before a message, never behind it.
    let says = |warning: &String, msg: &String| {
        let own = warning.strip_suffix(msg.as_str());
        own.is_some_and(|own| own.is_empty() || own.ends_with(": ") || own.ends_with("] "))
    };
    let warned = |found: &&&Finding| answer.warnings.iter().any(|warning| says(warning, &found.msg));
    match denying.iter().filter(|found| !found.msg.is_empty()).find(warned) {
        Some(found) => causes.push(Cause::OnlyWarns { message: found.msg.clone() }),
        None => causes.push(Cause::NoJudgeObjects),
    }
    if !answer.target.derived && pod_of(&answer.yours).is_some() {
        causes.push(Cause::PodsComeLater);
    }
    if SYSTEM_NAMESPACES.contains(&namespace.as_str()) {
        causes.push(Cause::SystemNamespace { namespace: namespace.clone() });
    }
    let is_pod = answer.target.object.kind == "Pod" && answer.target.object.api_version == "v1";
    if let Some(labels) = known.namespace_labels.filter(|_| is_pod) {
        match labels.get(ENFORCE_LABEL).map(String::as_str) {
            // A cluster can have a default for all namespaces; then the server would have refused it.
            None | Some("" | "privileged") => {
                causes.push(Cause::NoPodSecurityLevel { namespace: namespace.clone() })
            }
            Some(_) => {}
        }
    }
    causes.extend(changed_by_the_cluster(denying, answer, known));
    causes
}

/// What the cluster made of the object, where it differs from what was judged here.
fn changed_by_the_cluster(denying: &[&Finding], answer: &Answer, known: &Known<'_>) -> Vec<Cause> {
    let Some(stored) = &answer.stored else { return Vec::new() };
    let judged: Value = normalise(&answer.yours).value;
    let written =
        |pointer: &str| known.derived.map_or_else(|| pointer.to_owned(), |derived| derived.origin(pointer));
    let places: Vec<&str> = denying
        .iter()
        .flat_map(|found| &found.manifest_locations)
        .filter(|place| !place.approximate)
        .filter_map(|place| place.pointer.strip_prefix(known.prefix))
        .collect();
    let (mut mutated, mut defaulted) = (Vec::new(), Vec::new());
    for change in diff(Some(&judged), Some(stored), &[]).changes {
        // The server puts it into `data`.
        if change.pointer == "/stringData" {
            continue;
        }
        let pointer = written(&change.pointer);
        match change.kind {
            RowKind::Added if places.iter().any(|place| is_related(place, &pointer)) => {
                defaulted.push(pointer)
            }
            RowKind::Changed | RowKind::Removed => mutated.push(pointer),
            RowKind::Added | RowKind::Same => {}
        }
    }
    let mut causes = Vec::new();
    if !mutated.is_empty() {
        causes.push(Cause::Mutated { pointers: mutated });
    }
    if !defaulted.is_empty() {
        causes.push(Cause::Defaulted { pointers: defaulted });
    }
    causes
}

/// Whether one place is the other, or lies in it.
fn is_related(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(one, other) || within(other, one)
}
