//! Admission webhooks, and policies that read another shape of input than they are given.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;

use assert_cmd::Command;
use regoscope::core::dry_run::base64;
use serde_json::{Value, json};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  hostPID: true\n";

/// Exit code, report and text of `check` on a Pod with hostPID.
fn check(policy: &str, args: &[&str]) -> (i32, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.rego"), policy).unwrap();
    fs::write(folder.path().join("pod.yaml"), POD).unwrap();
    let run = |output: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
        command.current_dir(folder.path()).env_clear().env("LANG", "C.UTF-8");
        command.args(["check", "-p", "p.rego", "pod.yaml", "-o", output]).args(args);
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, report) = run("json");
    (code, serde_json::from_str(&report).unwrap(), run("text").1)
}

/// A webhook with this `response`, a Rego object.
fn webhook(response: &str) -> String {
    format!(
        "package kubernetes.admission\n\nmain := {{\"apiVersion\": \"admission.k8s.io/v1\", \"kind\": \"AdmissionReview\", \"response\": {response}}}\n\nuid := input.request.uid\n"
    )
}

#[test]
fn answers_of_webhooks_are_honoured() {
    let patch = |operations: &str| {
        format!(
            r#"{{"uid": uid, "allowed": true, "patchType": "JSONPatch", "patch": base64.encode(json.marshal({operations}))}}"#
        )
    };
    for (response, code, words) in [
        (r#"{"uid": uid, "allowed": true}"#.to_owned(), 0, "ALLOW"),
        (r#"{"uid": uid, "allowed": true, "warnings": ["careful"]}"#.to_owned(), 0, "careful"),
        (
            r#"{"uid": uid, "allowed": false, "status": {"code": 403, "message": "no hostPID"}}"#.to_owned(),
            1,
            "no hostPID",
        ),
        (r#"{"uid": "another", "allowed": true}"#.to_owned(), 2, "expected response.uid="),
        (r#"{"uid": uid, "allowed": "yes"}"#.to_owned(), 2, "no boolean `allowed`"),
        (
            r#"{"uid": uid, "allowed": true, "patch": "W10="}"#.to_owned(),
            2,
            "webhook returned response.patch but not response.patchType",
        ),
        (
            patch(r#"[{"op": "remove", "path": "/spec/nothing"}]"#),
            2,
            "response.patch: operation 0: there is nothing at /spec/nothing",
        ),
        (patch(r#"[{"op": "remove", "path": "/spec/hostPID"}]"#), 0, "-  hostPID: true"),
    ] {
        let (found, report, text) = check(&webhook(&response), &[]);
        assert_eq!(found, code, "{response}\n{text}");
        assert!(text.contains(words), "{response}\n{text}\n{report}");
    }
}

#[test]
fn a_patch_is_reported_with_the_object_that_it_makes() {
    let operations = json!([
        {"op": "remove", "path": "/spec/hostPID"},
        {"op": "add", "path": "/metadata/labels", "value": {"owner": "me"}},
    ]);
    let encoded = base64::encode(operations.to_string().as_bytes());
    let response =
        format!(r#"{{"uid": uid, "allowed": true, "patchType": "JSONPatch", "patch": "{encoded}"}}"#);
    let (code, report, text) = check(&webhook(&response), &[]);
    let patch = &report["documents"][0]["patch"][0];
    assert_eq!((code, &patch["operations"]), (0, &operations), "{text}");
    assert_eq!(patch["object"]["metadata"]["labels"]["owner"], "me");
    assert!(patch["object"]["spec"].get("hostPID").is_none());
    for line in ["+  labels:", "+    owner: me", "-  hostPID: true"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn the_shape_that_would_fit_is_said_and_changes_nothing() {
    let reads = |what: &str| format!("package p\n\ndeny contains \"hostPID\" if {what}.spec.hostPID\n");
    for (policy, args, shape, given) in [
        (reads("input.review.object"), &["--input-shape", "object"][..], Some("review"), "object"),
        (reads("input.request.object"), &["--input-shape", "object"], Some("request"), "object"),
        (reads("input"), &["--input-shape", "review"], Some("object"), "review"),
        (reads("input.review.object"), &["--input-shape", "request"], Some("review"), "request"),
        // Nothing would fire there either.
        (
            "package p\n\ndeny contains \"x\" if input.review.object.spec.hostIPC\n".to_owned(),
            &["--input-shape", "object"],
            None,
            "",
        ),
        // It fits, and is silent.
        ("package p\n\ndeny contains \"x\" if input.spec.hostIPC\n".to_owned(), &[], None, ""),
    ] {
        let (code, report, text) = check(&policy, args);
        let document = &report["documents"][0];
        assert_eq!((code, &document["decision"]), (0, &json!("allow")), "{policy}\n{text}");
        match shape {
            None => assert!(document.get("shapes").is_none(), "{policy}\n{text}"),
            Some(shape) => {
                let note = &document["shapes"][0];
                assert_eq!((&note["works"], &note["given"]), (&json!(shape), &json!(given)), "{policy}");
                assert_eq!(note["findings"], 1, "{policy}");
                assert!(text.contains(&format!("with --input-shape {shape} it finds 1")), "{text}");
            }
        }
    }
}
