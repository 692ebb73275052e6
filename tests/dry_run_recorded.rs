//! Every recorded answer of a real API server, and what it is taken for.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod recordings;

use regoscope::core::dry_run::{Classified, Judge, Unjudged, Verdict, classify};

/// Each file once: its verdict, with the judge or the reason and what is known of it.
const RECORDED: &[(&str, &str)] = &[
    ("001-podsecurity-enforce-restricted-denied", "denied by PodSecurity restricted:latest"),
    ("002-podsecurity-enforce-restricted-denied-force", "denied by PodSecurity restricted:latest"),
    ("003-podsecurity-warn-restricted-allowed", "allowed"),
    ("004-no-labels-allowed", "allowed"),
    ("005-good-pod-restricted-allowed", "allowed"),
    ("006-podsecurity-deployment-with-enforce-and-warn-labels", "allowed"),
    ("007-podsecurity-deployment-with-enforce-label-only-still-warns", "allowed"),
    ("008-namespace-missing", "not judged NamespaceMissing nosuchns"),
    ("009-unknown-field-Strict", "invalid Schema"),
    ("010-unknown-field-Warn", "invalid Schema"),
    ("011-unknown-field-Ignore", "invalid Schema"),
    ("012-unknown-field-default", "invalid Schema"),
    ("013-yaml-duplicate-key-Strict", "invalid Syntax"),
    ("014-yaml-duplicate-key-Warn", "allowed"),
    ("015-yaml-duplicate-key-default", "allowed"),
    ("016-yaml-bool-in-string-field", "invalid Schema"),
    ("017-yaml-number-in-configmap-data", "invalid Schema"),
    ("018-yaml-octal-mode-0400", "allowed"),
    ("019-yaml-broken", "invalid Syntax"),
    ("020-invalid-422-causes", "invalid Validation"),
    ("021-wrong-type", "invalid Schema"),
    ("022-generatename-patch-collection", "not judged BadRequest"),
    ("023-generatename-patch-with-name-in-url", "invalid Mismatch"),
    ("024-generatename-post-dryrun", "allowed"),
    ("025-generatename-post-dryrun-denied", "denied by PodSecurity restricted:latest"),
    ("026-post-yaml-body-dryrun", "invalid Schema"),
    ("027-name-mismatch", "invalid Mismatch"),
    ("028-namespace-mismatch", "invalid Mismatch"),
    ("029-kind-mismatch", "invalid Mismatch"),
    ("030-no-field-manager", "not judged BadRequest"),
    ("031-bad-dryrun-value", "not judged BadRequest"),
    ("032-bad-fieldvalidation", "not judged BadRequest"),
    ("033-wrong-content-type", "not judged BadRequest"),
    ("034-managedfields-present", "invalid Validation"),
    ("035-unknown-kind", "not judged UnknownKind"),
    ("036-unknown-resource-known-group", "not judged UnknownKind"),
    ("037-unauthorized", "not judged Unauthorized"),
    ("038-anonymous", "forbidden system:anonymous patch pods in plain"),
    ("039-setup-apply-real-manager-kubectl", "allowed"),
    ("040-conflict-409", "conflict Ownership"),
    ("041-conflict-forced", "allowed"),
    ("042-same-manager-no-conflict", "allowed"),
    ("043-no-change", "allowed"),
    ("044-immutable-422", "invalid Immutable"),
    ("045-resourceversion-stale", "conflict Stale"),
    ("046-setup-apply-real-pod", "allowed"),
    ("047-pod-immutable-422", "invalid Immutable"),
    ("048-cluster-scoped-namespace", "allowed"),
    ("049-namespace-label-change-warns-existing-pods", "allowed"),
    ("050-setup-real-bad-pod", "allowed"),
    ("051-namespace-label-change-warns-existing-bad-pod", "allowed"),
    ("052-namespace-bad-podsecurity-label", "invalid Validation"),
    ("053-secret-stringdata", "allowed"),
    ("054-secret-bad-base64", "invalid Schema"),
    ("055-quota-exceeded", "denied by quota q"),
    ("056-get-notfound", "not judged NotFound"),
    ("057-list-pods-cluster-page1", "allowed"),
    ("058-list-pods-cluster-page2", "allowed"),
    ("059-list-bad-continue", "not judged BadRequest"),
    ("060-deprecated-endpoints-warning", "allowed"),
    ("061-componentstatuses-warning", "allowed"),
    ("062-selfsubjectreview", "allowed"),
    ("063-ssar-patch-pods", "allowed"),
    ("064-version", "allowed"),
    ("065-discovery-aggregated-core", "allowed"),
    ("066-rbac-none", "forbidden alice patch pods in dev"),
    ("067-rbac-get-only", "forbidden alice patch pods in dev"),
    ("068-rbac-patch-without-create", "forbidden alice create pods in dev"),
    ("069-rbac-patch-without-get", "forbidden alice get pods in dev"),
    ("070-rbac-patch-and-create", "allowed"),
    ("071-rbac-list-pods-cluster", "forbidden alice list pods in the cluster"),
    ("072-impersonate-admin-as-bob-denied", "forbidden bob patch pods in dev"),
    ("073-impersonate-admin-as-alice", "allowed"),
    ("074-impersonate-not-allowed", "not judged ImpersonationRefused alice"),
    ("101-setup-webhook-some", "invalid Validation"),
    ("102-vap-deny", "denied by policy no-privileged by no-privileged-b"),
    ("103-vap-warn-and-audit", "allowed"),
    ("104-vap-broken-cel-failurepolicy-fail", "not judged CelError broken-cel by broken-cel-b"),
    ("105-vap-deny-one-rule", "denied by policy no-privileged by no-privileged-b"),
    ("106-webhook-deny", "denied by webhook deny.example.com"),
    ("107-webhook-deny-code-400-multiline", "denied by webhook deny400.example.com"),
    ("108-webhook-warnings", "allowed"),
    ("109-webhook-mutate-dryrun", "allowed"),
    ("110-webhook-timeout-fail", "not judged WebhookFailed slow.example.com"),
    ("111-webhook-timeout-ignore", "allowed"),
    ("112-webhook-down-fail", "not judged WebhookFailed down.example.com"),
    ("113-webhook-noneondryrun-allowed", "allowed"),
    ("114-cr-defaulted", "allowed"),
    ("115-cr-cel-rule", "invalid Validation"),
    ("116-cr-unknown-field-default", "invalid Schema"),
    ("117-cr-unknown-field-strict", "invalid Schema"),
    ("118-cr-wrong-type", "invalid Schema"),
    ("119-cr-missing-required", "invalid Validation"),
    ("120-namespace-terminating", "not judged NamespaceTerminating dying"),
    ("121-limitrange", "denied by LimitRange"),
    ("122-priorityclass-missing", "denied by Priority"),
    ("123-bad-name", "invalid Validation"),
    ("124-name-with-slash-encoded", "not judged UnknownKind"),
    ("125-timeout-1ns", "not judged Timeout"),
    ("126-timeout-bad", "not judged BadRequest"),
    ("127-list-kind", "invalid Mismatch"),
    ("128-status-in-body-ignored", "allowed"),
    ("129-null-fields", "allowed"),
    ("130-annotations-too-long", "invalid Validation"),
    ("131-yaml-billion-laughs", "invalid Syntax"),
    ("132-persisted-nothing", "not judged NotFound"),
    ("141-field-removed-manager-kubectl", "allowed"),
    ("142-field-removed-manager-rego-workbench", "allowed"),
    ("143-field-removed-manager-kubectl-client-side-apply", "allowed"),
    ("144-apply-existing-unchanged-200", "allowed"),
    ("145-csa-managed-object-kubectl", "allowed"),
    ("146-csa-managed-object-kubectl-force", "allowed"),
    ("147-csa-managed-object-rego-workbench", "conflict Ownership"),
    ("148-csa-managed-object-rego-workbench-force", "allowed"),
    ("151-webhook-sideeffects-some-no-dry-run", "not judged NoDryRunSupport warn.example.com"),
];

/// A verdict on one line.
fn line(classified: &Classified) -> String {
    let lower = |text: String| text.split(['{', ' ']).next().unwrap_or_default().to_owned();
    match &classified.verdict {
        Verdict::Allowed => "allowed".to_owned(),
        Verdict::Denied { by } => match by {
            Judge::PodSecurity { level, version } => format!("denied by PodSecurity {level}:{version}"),
            Judge::ValidatingAdmissionPolicy { policy, binding } => {
                format!("denied by policy {policy} by {binding}")
            }
            Judge::Webhook { name } => format!("denied by webhook {name}"),
            Judge::Quota { name } => format!("denied by quota {name}"),
            other => format!("denied by {other:?}"),
        },
        Verdict::Invalid { why } => format!("invalid {why:?}"),
        Verdict::Conflict { kind } => format!("conflict {kind:?}"),
        Verdict::Forbidden { missing } => {
            let (user, verb, resource) = (&missing.user, &missing.verb, &missing.resource);
            format!(
                "forbidden {user} {verb} {resource} in {}",
                missing.namespace.as_deref().unwrap_or("the cluster")
            )
        }
        Verdict::NotJudged { why } => match why {
            Unjudged::WebhookFailed { name } => format!("not judged WebhookFailed {name}"),
            Unjudged::NoDryRunSupport { name } => format!("not judged NoDryRunSupport {name}"),
            Unjudged::CelError { policy, binding } => format!("not judged CelError {policy} by {binding}"),
            Unjudged::NamespaceMissing { namespace } => format!("not judged NamespaceMissing {namespace}"),
            Unjudged::NamespaceTerminating { namespace } => {
                format!("not judged NamespaceTerminating {namespace}")
            }
            Unjudged::ImpersonationRefused { missing } => {
                format!("not judged ImpersonationRefused {}", missing.user)
            }
            other => format!("not judged {}", lower(format!("{other:?}"))),
        },
    }
}

#[test]
fn every_recorded_answer_is_classified() {
    let recorded = recordings::all();
    let found: Vec<(String, String)> = recorded
        .iter()
        .map(|recording| {
            (recording.file.trim_end_matches(".http").to_owned(), line(&classify(&recording.exchange)))
        })
        .collect();
    let expected: Vec<(String, String)> =
        RECORDED.iter().map(|(file, verdict)| ((*file).to_owned(), (*verdict).to_owned())).collect();
    let listing: String =
        found.iter().map(|(file, verdict)| format!("    ({file:?}, {verdict:?}),\n")).collect();
    assert!(
        expected.len() == recorded.len(),
        "{} rows for {} recordings:\n{listing}",
        expected.len(),
        recorded.len()
    );
    for (row, found) in expected.iter().zip(&found) {
        assert_eq!(row, found);
    }
}
