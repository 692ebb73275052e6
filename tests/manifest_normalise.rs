//! Objects as the API server would store them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // What is not there fails the test.

use proptest::prelude::*;
use regoscope::core::manifest::normalise::{ChangeKind, normalise, pod_spec};
use serde_json::{Value, json};

fn pod(spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec})
}

/// A field of a pod with this spec after normalising.
fn field(spec: Value, pointer: &str) -> Option<Value> {
    normalise(&pod(spec)).value.pointer(pointer).cloned()
}

#[test]
fn what_a_server_stored_is_normal() {
    for text in [
        include_str!("data/admissionreview-deployment-update-ssa-dryrun.json"),
        include_str!("data/admissionreview-pod-create-generatename-dryrun.json"),
        include_str!("data/admissionreview-pod-create-ssa-dryrun.json"),
        include_str!("data/admissionreview-widget-create-impersonated.json"),
    ] {
        let review: Value = serde_json::from_str(text).unwrap();
        let stored = &review["request"]["object"];
        let normal = normalise(stored);
        assert_eq!(&normal.value, stored);
        assert!(normal.changes.is_empty(), "{:?}", normal.changes);
    }
}

#[test]
fn defaults_are_those_that_a_server_sets() {
    // The pod that was sent, and what the server made of it.
    let sent = pod(json!({
        "hostNetwork": true, "hostPID": true, "hostIPC": true,
        "volumes": [{"name": "root", "hostPath": {"path": "/"}}],
        "containers": [{
            "name": "shell", "image": "ubuntu:latest", "command": ["sleep", "1d"],
            "securityContext": {"privileged": true, "runAsUser": 0},
            "volumeMounts": [{"name": "root", "mountPath": "/host"}],
        }],
    }));
    let review: Value =
        serde_json::from_str(include_str!("data/admissionreview-pod-create-ssa-dryrun.json")).unwrap();
    let stored = &review["request"]["object"];
    for change in normalise(&sent).changes {
        let ours = normalise(&sent).value.pointer(&change.pointer).cloned();
        assert_eq!(ours.as_ref(), stored.pointer(&change.pointer), "{}", change.pointer);
    }
    assert_eq!(normalise(&sent).changes.len(), 4);
}

#[test]
fn nulls_in_maps_are_absent_fields() {
    let normal =
        normalise(&json!({"kind": "X", "a": null, "b/c": {"d": null, "e": 1}, "l": [null, {"f": null}]}));
    assert_eq!(normal.value, json!({"kind": "X", "b/c": {"e": 1}, "l": [null, {}]}));
    let dropped: Vec<_> =
        normal.changes.iter().map(|change| (change.pointer.as_str(), change.kind)).collect();
    assert_eq!(
        dropped,
        [
            ("/a", ChangeKind::NullDropped),
            ("/b~1c/d", ChangeKind::NullDropped),
            ("/l/1/f", ChangeKind::NullDropped),
        ]
    );
}

#[test]
fn a_volume_without_a_source_is_an_empty_dir() {
    let volumes =
        json!({"volumes": [{"name": "a"}, {"name": "b", "hostPath": null}, {"name": "c", "nfs": {}}]});
    assert_eq!(field(volumes.clone(), "/spec/volumes/0"), Some(json!({"name": "a", "emptyDir": {}})));
    assert_eq!(field(volumes.clone(), "/spec/volumes/1"), Some(json!({"name": "b", "emptyDir": {}})));
    assert_eq!(field(volumes, "/spec/volumes/2"), Some(json!({"name": "c", "nfs": {}})));
}

#[test]
fn ports_in_the_hosts_network_are_the_hosts() {
    let spec = |host_network: bool, port: Value| json!({"hostNetwork": host_network, "initContainers": [{"ports": [port.clone()]}], "containers": [{"ports": [port]}]});
    let host_port = |spec: Value, list: &str| field(spec, &format!("/spec/{list}/0/ports/0/hostPort"));
    let port = json!({"containerPort": 80});
    assert_eq!(host_port(spec(true, port.clone()), "containers"), Some(json!(80)));
    assert_eq!(host_port(spec(true, port.clone()), "initContainers"), Some(json!(80)));
    assert_eq!(
        host_port(spec(true, json!({"containerPort": 80, "hostPort": 0})), "containers"),
        Some(json!(80))
    );
    assert_eq!(
        host_port(spec(true, json!({"containerPort": 80, "hostPort": 81})), "containers"),
        Some(json!(81))
    );
    assert_eq!(host_port(spec(false, port.clone()), "containers"), None);

    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": {"spec": spec(true, port)}}});
    let ports = "/spec/template/spec/containers/0/ports/0";
    assert_eq!(
        normalise(&deployment).value.pointer(ports),
        Some(&json!({"containerPort": 80, "protocol": "TCP"}))
    );
}

#[test]
fn images_are_pulled_always_only_if_they_are_the_latest() {
    for (image, policy) in [
        ("alpine", "Always"),
        ("alpine:latest", "Always"),
        ("registry.example.com:5000/a/alpine", "Always"),
        ("alpine:3.20", "IfNotPresent"),
        ("registry.example.com:5000/alpine:3", "IfNotPresent"),
        ("alpine@sha256:0123", "IfNotPresent"),
        ("alpine:latest@sha256:0123", "Always"),
    ] {
        let spec = json!({"containers": [{"image": image}]});
        assert_eq!(field(spec, "/spec/containers/0/imagePullPolicy"), Some(json!(policy)), "{image}");
    }
}

#[test]
fn the_spec_of_the_pod_is_found_in_every_workload() {
    for (api_version, kind, pointer) in [
        ("v1", "Pod", Some("/spec")),
        ("apps/v1", "StatefulSet", Some("/spec/template/spec")),
        ("batch/v1", "CronJob", Some("/spec/jobTemplate/spec/template/spec")),
        ("v1", "Service", None),
        ("example.com/v1", "Pod", None),
    ] {
        assert_eq!(pod_spec(api_version, kind), pointer, "{kind}");
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..100_i64).prop_map(Value::from),
        "[a-z:/@]{0,6}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "name",
        "image",
        "ports",
        "containers",
        "initContainers",
        "volumes",
        "hostNetwork",
        "containerPort",
        "hostPort",
        "securityContext",
        "a/b",
    ]);
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6).prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn twice_is_once_and_every_change_is_where_it_says(spec in json_value()) {
        let object = pod(spec);
        let once = normalise(&object);
        let twice = normalise(&once.value);
        prop_assert_eq!(&twice.value, &once.value);
        prop_assert!(twice.changes.is_empty());
        for change in &once.changes {
            match change.kind {
                ChangeKind::NullDropped => {
                    prop_assert_eq!(object.pointer(&change.pointer), Some(&Value::Null));
                }
                ChangeKind::Defaulted => prop_assert!(once.value.pointer(&change.pointer).is_some()),
            }
        }
    }
}
