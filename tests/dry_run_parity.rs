//! The local decision beside a cluster's answer: who says what, and what is known of why.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod recordings;

use std::collections::BTreeMap;

use regoscope::core::decision::{
    self, Cell, Demand, Finding, JudgedDocument, ManifestPlace, OtherReading, Place,
};
use regoscope::core::dry_run::{
    Agreement, Answer, Asked, Cause, ENFORCE_LABEL, Judge, Known, ObjectRef, Parity, Target, Unjudged, parity,
};
use regoscope::core::file::FileId;

fn place() -> Place {
    Place { file: FileId(1), range: 0..1, line: 1, column: 1 }
}

/// A local decision: a deny with this message about this place, or an allow.
fn local(finding: Option<(&str, &str)>) -> JudgedDocument {
    let verdict = if finding.is_some() { decision::Verdict::Deny } else { decision::Verdict::Allow };
    let findings = finding.map(|(msg, pointer)| Finding {
        policy: 0,
        package: "p".to_owned(),
        rule: "deny".to_owned(),
        severity: Demand::Deny,
        msg: msg.to_owned(),
        details: serde_json::Value::Null,
        constraint: None,
        policy_location: None,
        manifest_locations: vec![ManifestPlace {
            place: place(),
            pointer: pointer.to_owned(),
            approximate: false,
            defaulted: false,
        }],
        repeats: false,
    });
    JudgedDocument {
        place: place(),
        index: 0,
        derived_from: None,
        api_version: "v1".to_owned(),
        kind: "Pod".to_owned(),
        namespace: String::new(),
        name: "x".to_owned(),
        operation: "CREATE".to_owned(),
        user: String::new(),
        verdict,
        cells: vec![Cell {
            verdict,
            findings: findings.into_iter().collect(),
            reasons: vec![],
            builtin_errors: vec![],
            miss: None,
            excepted: vec![],
            patch: None,
            better_shape: None,
            moments: vec![],
        }],
        reason: None,
        other_reading: None,
    }
}

/// The answer of a recording.
fn answer(recording: &str) -> Answer {
    let recording = recordings::one(recording);
    let yours = recording.request_object();
    let text = |pointer: &str| yours.pointer(pointer).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let object = ObjectRef {
        api_version: text("/apiVersion"),
        kind: text("/kind"),
        namespace: text("/metadata/namespace"),
        name: text("/metadata/name"),
    };
    Answer::new(Asked {
        context: "kind-dev".to_owned(),
        target: Target { file: FileId(1), index: 0, derived: false, object },
        yours,
        derived: None,
        live: None,
        dry_run: Ok(recording.exchange),
        unforced: None,
    })
}

fn compare(finding: Option<(&str, &str)>, recording: &str, labels: Option<&[(&str, &str)]>) -> Parity {
    let labels: Option<BTreeMap<String, String>> =
        labels.map(|all| all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect());
    let known = Known { namespace_labels: labels.as_ref(), ..Known::default() };
    parity(&local(finding), &answer(recording), &known)
}

#[test]
fn every_kind_of_difference() {
    let privileged = Some(("privileged", "/spec/containers/0/securityContext/privileged"));
    let plain = |namespace: &str| Cause::NoPodSecurityLevel { namespace: namespace.to_owned() };
    // The local finding, the recording, labels of the namespace; what comes of it.
    type Case<'c> =
        (Option<(&'c str, &'c str)>, &'c str, Option<&'c [(&'c str, &'c str)]>, Agreement, Vec<Cause>);
    let cases: Vec<Case<'_>> = vec![
        // Both refuse, both let in, one did not judge.
        (privileged, "001", None, Agreement::Agree, vec![]),
        (None, "005", None, Agreement::Agree, vec![]),
        (privileged, "110", None, Agreement::NotComparable, vec![]),
        (None, "066", None, Agreement::NotComparable, vec![]),
        // The cluster is stricter.
        (
            None,
            "001",
            None,
            Agreement::OnlyClusterDenies,
            vec![Cause::PodSecurityLevel {
                namespace: "restricted".to_owned(),
                level: "restricted".to_owned(),
            }],
        ),
        (
            None,
            "106",
            None,
            Agreement::OnlyClusterDenies,
            vec![Cause::OtherJudge { by: Judge::Webhook { name: "deny.example.com".to_owned() } }],
        ),
        (None, "040", None, Agreement::OnlyClusterDenies, vec![Cause::Conflicts]),
        // The cluster is laxer: labels of the namespace not known, none, a level that lets all in, and one that does not.
        (privileged, "004", None, Agreement::OnlyLocalDenies, vec![Cause::NoJudgeObjects]),
        (
            privileged,
            "004",
            Some(&[]),
            Agreement::OnlyLocalDenies,
            vec![Cause::NoJudgeObjects, plain("plain")],
        ),
        (
            privileged,
            "004",
            Some(&[(ENFORCE_LABEL, "privileged")]),
            Agreement::OnlyLocalDenies,
            vec![Cause::NoJudgeObjects, plain("plain")],
        ),
        (
            privileged,
            "004",
            Some(&[(ENFORCE_LABEL, "baseline")]),
            Agreement::OnlyLocalDenies,
            vec![Cause::NoJudgeObjects],
        ),
        // It only warns.
        (
            Some(("image tag :latest is discouraged", "/spec")),
            "108",
            None,
            Agreement::OnlyLocalDenies,
            vec![Cause::OnlyWarns { message: "image tag :latest is discouraged".to_owned() }],
        ),
        // A workload.
        (
            privileged,
            "006",
            Some(&[]),
            Agreement::OnlyLocalDenies,
            vec![Cause::NoJudgeObjects, Cause::PodsComeLater],
        ),
        // A field that the server fills in and nobody here does.
        (
            Some(("no termination message", "/spec/containers/0/terminationMessagePath")),
            "004",
            None,
            Agreement::OnlyLocalDenies,
            vec![
                Cause::NoJudgeObjects,
                Cause::Defaulted { pointers: vec!["/spec/containers/0/terminationMessagePath".to_owned()] },
            ],
        ),
    ];
    for (finding, recording, labels, agreement, causes) in cases {
        let found = compare(finding, recording, labels);
        assert_eq!(
            (found.agreement, &found.causes),
            (agreement, &vec_of(causes, &found, recording)),
            "{recording}"
        );
    }
}

/// What a "the whole spec" finding is related to is not the point of its case.
fn vec_of(mut causes: Vec<Cause>, found: &Parity, recording: &str) -> Vec<Cause> {
    if recording == "108" {
        causes.extend(found.causes.iter().filter(|cause| matches!(cause, Cause::Defaulted { .. })).cloned());
    }
    causes
}

#[test]
fn a_mutation_is_named_where_it_happened() {
    let mut answer = answer("004");
    answer.stored.as_mut().unwrap()["spec"]["containers"][0]["securityContext"]["privileged"] = false.into();
    let finding = Some(("privileged", "/spec/containers/0/securityContext/privileged"));
    let found = parity(&local(finding), &answer, &Known::default());
    let pointers = vec!["/spec/containers/0/securityContext/privileged".to_owned()];
    assert_eq!(found.causes, [Cause::NoJudgeObjects, Cause::Mutated { pointers }]);
}

/// The cluster's answer about a workload says nothing of its Pods, which have an answer of their own.
#[test]
fn a_workload_is_compared_without_its_pods() {
    let mut workload = local(None);
    workload.verdict = decision::Verdict::Deny;
    let found = parity(&workload, &answer("006"), &Known::default());
    assert_eq!((found.agreement, found.local), (Agreement::Agree, decision::Verdict::Allow));
}

#[test]
fn the_reading_that_agrees_with_the_cluster_is_named() {
    let mut document = local(Some(("privileged", "/spec/containers/0/securityContext/privileged")));
    let other =
        |verdict| OtherReading { raw: true, verdict, only_here: vec![], only_there: vec![], reasons: vec![] };
    for (verdict, named) in [
        (decision::Verdict::Warn, true),
        (decision::Verdict::Deny, false),
        (decision::Verdict::NotJudged, false),
    ] {
        document.other_reading = Some(other(verdict));
        let found = parity(&document, &answer("004"), &Known::default());
        assert_eq!(found.causes.contains(&Cause::OtherReading { raw: true }), named, "{verdict:?}");
    }
}

#[test]
fn another_operation_is_named() {
    let mut document = local(Some(("privileged", "/spec/containers/0/securityContext/privileged")));
    let mut answer = answer("004");
    let named = |document: &JudgedDocument, answer: &Answer| {
        let causes = parity(document, answer, &Known::default()).causes;
        causes.into_iter().find(|cause| matches!(cause, Cause::OtherOperation { .. }))
    };
    let other = |local: &str, cluster: &str| {
        Some(Cause::OtherOperation { local: local.to_owned(), cluster: cluster.to_owned() })
    };
    assert_eq!(named(&document, &answer), None);
    document.operation = "UPDATE".to_owned();
    assert_eq!(named(&document, &answer), other("UPDATE", "CREATE"));
    document.operation = "CREATE".to_owned();
    (answer.live, answer.change) = (answer.stored.clone(), None);
    assert_eq!(named(&document, &answer), other("CREATE", "UPDATE"));
    answer.live = None;
    assert_eq!(named(&document, &answer), None);
}

#[test]
fn a_system_namespace_is_named() {
    let mut answer = answer("004");
    answer.target.object.namespace = "kube-system".to_owned();
    let found = parity(&local(Some(("privileged", "/spec"))), &answer, &Known::default());
    assert!(found.causes.contains(&Cause::SystemNamespace { namespace: "kube-system".to_owned() }));
}

#[test]
fn what_was_not_asked_is_not_compared() {
    let answer = Answer::not_judged(
        "kind-dev".to_owned(),
        Target { file: FileId(1), index: 0, derived: false, object: ObjectRef::default() },
        serde_json::Value::Null,
        Unjudged::Unreachable { detail: "refused".to_owned() },
    );
    let found = parity(&local(Some(("x", "/spec"))), &answer, &Known::default());
    assert_eq!((found.agreement, found.causes.as_slice()), (Agreement::NotComparable, &[][..]));
}
