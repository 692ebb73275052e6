//! What differs between what was sent, what is there and what would be: as rows, in one column, and in words.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod recordings;

use std::fmt::Write as _;

use regoscope::core::dry_run::{Diff, Noise, RowKind, diff, mask_versions};
use serde_json::{Value, json};

/// Rows as `kind | left | right`, then changes in words, then the short form in one column.
fn show(diff: &Diff) -> String {
    let sign = |kind| match kind {
        RowKind::Same => ' ',
        RowKind::Changed => '~',
        RowKind::Added => '+',
        RowKind::Removed => '-',
    };
    let mut text = String::new();
    for row in &diff.rows {
        let (left, right) =
            (row.left.as_deref().unwrap_or_default(), row.right.as_deref().unwrap_or_default());
        let line = format!("{} {left:42} | {right:42} {}", sign(row.kind), row.pointer);
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    text.push('\n');
    for change in &diff.changes {
        let value = |value: &Option<Value>| value.as_ref().map_or_else(String::new, Value::to_string);
        let (before, after) = (value(&change.before), value(&change.after));
        writeln!(text, "{:?} {} {before} -> {after}", change.kind, change.pointer).unwrap();
    }
    text.push('\n');
    for row in diff.unified(1) {
        match row {
            Some(row) => writeln!(text, "{}{}", sign(row.kind), row.text).unwrap(),
            None => text.push_str("…\n"),
        }
    }
    text
}

#[test]
fn what_the_server_adds_to_a_recorded_pod() {
    let recording = recordings::one("109");
    let stored: Value = serde_json::from_slice(&recording.exchange.body).unwrap();
    insta::assert_snapshot!(show(&diff(Some(&recording.request_object()), Some(&stored), &[])));
}

#[test]
fn what_a_recorded_apply_would_change() {
    let live: Value = serde_json::from_slice(&recordings::one("144").exchange.body).unwrap();
    let stored: Value = serde_json::from_slice(&recordings::one("041").exchange.body).unwrap();
    insta::assert_snapshot!(show(&diff(Some(&live), Some(&stored), &[])));
}

#[test]
fn noise_is_left_out_until_it_is_asked_for() {
    let object = |generation: u32, phase: &str| {
        json!({
            "kind": "Pod",
            "metadata": {
                "name": "web", "generation": generation, "uid": generation, "resourceVersion": generation,
                "creationTimestamp": generation, "selfLink": generation, "managedFields": [generation],
                "annotations": { "kubectl.kubernetes.io/last-applied-configuration": generation },
            },
            "status": { "phase": phase },
        })
    };
    let (before, after) = (object(1, "Pending"), object(2, "Running"));
    assert!(diff(Some(&before), Some(&after), &[]).is_empty());
    for noise in Noise::ALL {
        let shown = diff(Some(&before), Some(&after), &[*noise]);
        assert_eq!(shown.changes.len(), 1, "{noise:?}");
        assert!(shown.changes[0].pointer.contains(&noise.name().replace('/', "~1")), "{noise:?}");
    }
}

#[test]
fn secrets_differ_without_their_values() {
    let secret = |password: &str, applied: &str| {
        json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": { "name": "s", "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration":
                    json!({ "kind": "Secret", "data": { "password": applied } }).to_string(),
            }},
            "data": { "password": password, "user": "YWRtaW4=" },
        })
    };
    let (mut live, mut stored) =
        (secret("aHVudGVyMg==", "aHVudGVyMg=="), secret("aHVudGVyMw==", "aHVudGVyMw=="));
    mask_versions(None, Some(&mut live), Some(&mut stored));
    insta::assert_snapshot!(show(&diff(Some(&live), Some(&stored), &[Noise::LastApplied])));
}

#[test]
fn items_of_lists_keep_their_names() {
    let pod = |names: &[&str]| {
        let containers: Vec<Value> =
            names.iter().map(|name| json!({ "name": name, "image": format!("{name}:1") })).collect();
        json!({ "spec": { "containers": containers, "args": ["a", "b"] } })
    };
    type Case<'c> = (&'c [&'c str], &'c [&'c str], &'c [(RowKind, &'c str)]);
    let cases: &[Case<'_>] = &[
        (&["a", "b"], &["proxy", "a", "b"], &[(RowKind::Added, "/spec/containers/0")]),
        (&["a", "b"], &["b"], &[(RowKind::Removed, "/spec/containers/0")]),
        (&["a", "b"], &["b", "a"], &[]),
        // Twice the same name: by position.
        (
            &["a", "a"],
            &["a", "b"],
            &[(RowKind::Changed, "/spec/containers/1/image"), (RowKind::Changed, "/spec/containers/1/name")],
        ),
    ];
    for (before, after, expected) in cases {
        let found = diff(Some(&pod(before)), Some(&pod(after)), &[]);
        let found: Vec<(RowKind, &str)> =
            found.changes.iter().map(|change| (change.kind, change.pointer.as_str())).collect();
        assert_eq!(found, *expected, "{before:?} {after:?}");
    }
}

#[test]
fn nothing_and_everything() {
    let object = json!({ "kind": "ConfigMap", "data": { "text": "one\ntwo\n" } });
    assert_eq!(diff(None, None, &[]), Diff::default());
    let created = diff(None, Some(&object), &[]);
    assert!(created.rows.iter().all(|row| row.kind == RowKind::Added && row.left.is_none()));
    assert_eq!(created.changes.len(), 1);
    let same = diff(Some(&object), Some(&object), &[]);
    assert!(same.is_empty() && same.rows.iter().all(|row| row.kind == RowKind::Same));
    assert_eq!(same.unified(3), [None]);
}
