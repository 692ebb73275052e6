//! Match by table: every field, with every kind of object.

use serde_json::json;

use super::super::review::of_object;
use super::*;

fn pod() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop", "labels": {"app": "web"}}})
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"team": "a"}}})
}

fn role() -> Value {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "reader"}})
}

fn matched(
    spec: &Value,
    object: &Value,
    namespace: Option<&Value>,
    source: Source,
) -> Result<Option<Miss>, String> {
    let value = of_object(object, "CREATE", namespace);
    matches(Some(spec), &Review { value: &value, namespace, source })
}

fn fits_one(spec: &Value, object: &Value, namespace: Option<&Value>) -> bool {
    matched(spec, object, namespace, Source::Original).unwrap().is_none()
}

#[test]
fn nothing_matches_everything() {
    for spec in
        [json!({}), json!({"kinds": []}), json!({"kinds": null, "namespaces": []}), json!({"kinds": [{}]})]
    {
        for object in [pod(), role(), namespace("shop")] {
            assert!(fits_one(&spec, &object, None), "{spec} {object}");
        }
    }
    let value = of_object(&pod(), "", None);
    assert_eq!(matches(None, &Review { value: &value, namespace: None, source: Source::Original }), Ok(None));
}

#[test]
fn kinds_are_compared_with_groups() {
    for (groups, kinds, of_pod, of_role) in [
        (json!([""]), json!(["Pod"]), true, false),
        (json!(["*"]), json!(["Pod"]), true, false),
        (json!(["*"]), json!(["*"]), true, true),
        (json!([]), json!(["ClusterRole"]), false, true),
        (json!(["apps"]), json!(["Pod"]), false, false),
        (json!(["rbac.authorization.k8s.io"]), json!([]), false, true),
        (json!([""]), json!(["pod"]), false, false),
    ] {
        let spec = json!({"kinds": [{"apiGroups": groups, "kinds": kinds}]});
        assert_eq!(
            (fits_one(&spec, &pod(), None), fits_one(&spec, &role(), None)),
            (of_pod, of_role),
            "{spec}"
        );
    }
    let two =
        json!({"kinds": [{"apiGroups": ["apps"], "kinds": ["Pod"]}, {"apiGroups": [""], "kinds": ["Pod"]}]});
    assert!(fits_one(&two, &pod(), None));
}

#[test]
fn scope_looks_at_the_namespace() {
    for (scope, of_pod, of_role, of_namespace) in [
        ("Cluster", false, true, true),
        ("Namespaced", true, false, false),
        ("*", true, true, true),
        ("cluster", true, true, true),
        ("", true, true, true),
    ] {
        let spec = json!({"scope": scope});
        let found = [pod(), role(), namespace("x")].map(|object| fits_one(&spec, &object, None));
        assert_eq!(found, [of_pod, of_role, of_namespace], "{scope}");
    }
    // gator gives an object without namespace an empty one.
    assert!(fits_one(&json!({"scope": "Namespaced"}), &role(), Some(&json!({}))));
}

#[test]
fn namespaces_are_wildcards() {
    for (pattern, fits) in [
        ("shop", true),
        ("sh*", true),
        ("*op", true),
        ("*ho*", true),
        ("*", true),
        ("**", true),
        ("sho", false),
        ("op*", false),
        ("*sh", false),
        ("*x*", false),
    ] {
        let (among, except) = (json!({"namespaces": [pattern]}), json!({"excludedNamespaces": [pattern]}));
        for object in [pod(), namespace("shop")] {
            assert_eq!(fits_one(&among, &object, None), fits, "{pattern} {object}");
            assert_eq!(fits_one(&except, &object, None), !fits, "{pattern} {object}");
        }
        assert!(
            fits_one(&among, &role(), None) && fits_one(&except, &role(), None),
            "{pattern}: cluster-scoped"
        );
    }
    // The Namespace that is known counts more than what is written.
    assert!(fits_one(&json!({"namespaces": ["other"]}), &pod(), Some(&namespace("other"))));
}

#[test]
fn selectors_look_at_labels() {
    let selector = |key: &str, value: &str| json!({"matchLabels": {key: value}});
    for (spec, namespace_of_pod, fits) in [
        (json!({"labelSelector": selector("app", "web")}), None, true),
        (json!({"labelSelector": selector("app", "api")}), None, false),
        (json!({"labelSelector": {}}), None, true),
        (json!({"namespaceSelector": selector("team", "a")}), Some(namespace("shop")), true),
        (json!({"namespaceSelector": selector("team", "b")}), Some(namespace("shop")), false),
        (json!({"namespaceSelector": null}), None, true),
    ] {
        assert_eq!(fits_one(&spec, &pod(), namespace_of_pod.as_ref()), fits, "{spec}");
    }
    let team = json!({"namespaceSelector": selector("team", "b")});
    assert!(fits_one(&team, &role(), None), "cluster-scoped");
    assert!(!fits_one(&team, &namespace("x"), None), "a Namespace is asked for its own labels");
    assert_eq!(
        matched(&team, &pod(), None, Source::Original).unwrap_err(),
        "unable to match constraints: error matching the requested object: web-1 :failed to run Match criteria: namespace selector for namespace-scoped object but missing Namespace"
    );
    // What does not fit before is not asked for its namespace.
    let spec = json!({"kinds": [{"kinds": ["Job"]}], "namespaceSelector": selector("team", "b")});
    assert!(!fits_one(&spec, &pod(), None));
}

#[test]
fn names_are_wildcards_and_generated_names_only_begin() {
    let generated = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "web-"}});
    for (pattern, of_named, of_generated) in [
        ("web-1", true, false),
        ("web-*", true, true),
        ("*-1", true, false),
        ("*eb*", true, true),
        ("web-", false, false),
        ("*web-", false, false),
    ] {
        let spec = json!({"name": pattern});
        let found = (fits_one(&spec, &pod(), None), fits_one(&spec, &generated, None));
        assert_eq!(found, (of_named, of_generated), "{pattern}");
    }
}

#[test]
fn source_tells_what_was_made() {
    for (wanted, original, generated) in
        [("All", true, true), ("", true, true), ("Original", true, false), ("Generated", false, true)]
    {
        let spec = json!({"source": wanted});
        let of = |source| matched(&spec, &pod(), None, source).unwrap().is_none();
        assert_eq!((of(Source::Original), of(Source::Generated)), (original, generated), "{wanted}");
    }
    assert!(matched(&json!({"source": "x"}), &pod(), None, Source::Original).is_err());
}

#[test]
fn the_object_before_counts_too() {
    let mut value = of_object(&pod(), "UPDATE", None);
    value["oldObject"] =
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"app": "old"}}});
    let review = Review { value: &value, namespace: None, source: Source::Original };
    for (app, fits) in [("web", true), ("old", true), ("none", false)] {
        let spec = json!({"labelSelector": {"matchLabels": {"app": app}}});
        assert_eq!(matches(Some(&spec), &review).unwrap().is_none(), fits, "{app}");
    }
    value["object"] = Value::Null;
    value["oldObject"] = Value::Null;
    let review = Review { value: &value, namespace: None, source: Source::Original };
    assert!(matches(Some(&json!({})), &review).is_err());
}
