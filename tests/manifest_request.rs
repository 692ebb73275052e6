//! The request made of an object against five that a real API server sent to a webhook.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // What is not there fails the test.

use regoscope::core::manifest::kinds::{self, Scope};
use regoscope::core::manifest::request::{self, Exec, RequestOptions, Shape};
use serde_json::{Value, json};

const RECORDED: [&str; 5] = [
    include_str!("data/admissionreview-deployment-update-ssa-dryrun.json"),
    include_str!("data/admissionreview-pod-create-generatename-dryrun.json"),
    include_str!("data/admissionreview-pod-create-ssa-dryrun.json"),
    include_str!("data/admissionreview-pod-delete-dryrun.json"),
    include_str!("data/admissionreview-widget-create-impersonated.json"),
];

fn recorded() -> impl Iterator<Item = Value> {
    RECORDED.iter().map(|text| serde_json::from_str(text).unwrap())
}

/// Removes what only a server can know: its uid, the user's uid, and who manages the fields.
fn comparable(mut review: Value) -> Value {
    let request = review["request"].as_object_mut().unwrap();
    request.remove("uid");
    request["userInfo"].as_object_mut().unwrap().remove("uid");
    let options = request["options"].as_object_mut().unwrap();
    options.remove("fieldManager");
    options.remove("gracePeriodSeconds");
    review
}

#[test]
fn requests_are_those_that_a_server_sends() {
    for review in recorded() {
        let sent = &review["request"];
        let old = sent["oldObject"].clone();
        let object = if sent["object"].is_null() { &old } else { &sent["object"] };
        let options = RequestOptions {
            operation: sent["operation"].as_str().unwrap().to_owned(),
            user: sent["userInfo"]["username"].as_str().unwrap().to_owned(),
            groups: serde_json::from_value(sent["userInfo"]["groups"].clone()).unwrap(),
            old_object: Some(old.clone()),
            dry_run: true,
            ..RequestOptions::default()
        };
        let ours = request::input(object, Shape::Request, &options);
        assert_eq!(comparable(ours), comparable(review.clone()), "{}", sent["name"]);
    }
}

#[test]
fn a_recorded_review_is_taken_as_it_is() {
    for review in recorded() {
        let options = RequestOptions { operation: "CONNECT".to_owned(), ..RequestOptions::default() };
        assert_eq!(request::input(&review, Shape::Request, &options), review);
        let object = request::input(&review, Shape::Object, &options);
        assert!(object["kind"].is_string());
        let gatekeeper = request::input(&review, Shape::Review, &options);
        assert_eq!(gatekeeper["review"]["uid"], review["request"]["uid"]);
        assert_eq!(gatekeeper["review"]["object"], object);
        assert_eq!(gatekeeper["review"]["namespaceObject"]["metadata"]["name"], "plain");
        assert_eq!(gatekeeper["parameters"], json!({}));
    }
}

#[test]
fn the_bare_object_is_not_touched() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}});
    assert_eq!(request::input(&pod, Shape::Object, &RequestOptions::default()), pod);
}

#[test]
fn an_object_without_a_namespace_goes_where_kubectl_puts_it() {
    let cases = [
        // apiVersion, kind, written namespace, request's namespace
        ("v1", "Pod", None, Some("default")),
        ("v1", "Pod", Some("prod"), Some("prod")),
        ("apps/v1", "Deployment", None, Some("default")),
        ("v1", "Namespace", None, Some("a")),
        ("v1", "Node", None, None),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", None, None),
        ("constraints.gatekeeper.sh/v1beta1", "K8sNoPrivileged", None, None),
        // Only its CustomResourceDefinition knows.
        ("example.com/v1", "Widget", None, None),
        ("example.com/v1", "Widget", Some("prod"), Some("prod")),
    ];
    for (api_version, kind, written, expected) in cases {
        let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}});
        if let Some(namespace) = written {
            object["metadata"]["namespace"] = namespace.into();
        }
        let request = request::request(&object, &RequestOptions::default());
        assert_eq!(request.get("namespace").and_then(Value::as_str), expected, "{kind}");
        if let Some(namespace) = expected.filter(|_| kind != "Namespace") {
            assert_eq!(request["object"]["metadata"]["namespace"], namespace, "{kind}");
        }
    }
}

#[test]
fn gatekeeper_sees_a_deleted_object_and_no_namespace_of_a_namespace() {
    let options = RequestOptions { operation: "DELETE".to_owned(), ..RequestOptions::default() };
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}});
    let review = request::input(&namespace, Shape::Review, &options)["review"].clone();
    assert_eq!(review["object"], namespace);
    assert_eq!(review["oldObject"], namespace);
    assert_eq!(review.get("namespace"), None);
    assert_eq!(review["namespaceObject"], Value::Null);
}

#[test]
fn plurals() {
    let cases = [
        ("", "Pod", "pods", Scope::Namespaced),
        ("", "Endpoints", "endpoints", Scope::Namespaced),
        ("", "ComponentStatus", "componentstatuses", Scope::Cluster),
        ("networking.k8s.io", "Ingress", "ingresses", Scope::Namespaced),
        ("networking.k8s.io", "NetworkPolicy", "networkpolicies", Scope::Namespaced),
        ("networking.k8s.io", "IPAddress", "ipaddresses", Scope::Cluster),
        ("storage.k8s.io", "StorageClass", "storageclasses", Scope::Cluster),
        ("policy", "PodDisruptionBudget", "poddisruptionbudgets", Scope::Namespaced),
        ("gateway.networking.k8s.io", "Gateway", "gateways", Scope::Unknown),
    ];
    for (group, kind, plural, scope) in cases {
        assert_eq!(kinds::resource(group, kind), (plural.to_owned(), scope), "{kind}");
    }
}

#[test]
fn the_same_request_has_the_same_uid() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}});
    let uid = |object: &Value| request::request(object, &RequestOptions::default())["uid"].clone();
    assert_eq!(uid(&pod), uid(&pod));
    assert_eq!(uid(&pod).as_str().unwrap().len(), 36);
    assert_ne!(uid(&pod), uid(&json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}})));
}

#[test]
fn a_shell_is_a_request_to_a_pods_subresource() {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"},
        "spec": {"containers": [{"name": "one"}, {"name": "two"}]},
    });
    let connect = RequestOptions { operation: "CONNECT".to_owned(), ..RequestOptions::default() };
    let request = Value::Object(request::request(&pod, &connect));
    let kind = json!({"group": "", "version": "v1", "kind": "PodExecOptions"});
    let resource = json!({"group": "", "version": "v1", "resource": "pods"});
    let options = json!({
        "apiVersion": "v1", "kind": "PodExecOptions", "stdin": true, "stdout": true, "tty": true,
        "container": "one", "command": ["sh"],
    });
    for (field, expected) in [
        ("kind", kind.clone()),
        ("requestKind", kind),
        ("resource", resource.clone()),
        ("requestResource", resource),
        ("subResource", "exec".into()),
        ("requestSubResource", "exec".into()),
        ("name", "a".into()),
        ("namespace", "shop".into()),
        ("operation", "CONNECT".into()),
        ("object", options.clone()),
        ("oldObject", Value::Null),
        ("dryRun", false.into()),
        ("options", Value::Null),
    ] {
        assert_eq!(request[field], expected, "{field}");
    }
    assert_eq!(request::input(&pod, Shape::Object, &connect), options);
    assert_eq!(request::input(&pod, Shape::Review, &connect)["review"]["object"], options);
}

#[test]
fn a_command_without_a_terminal_has_a_stream_for_its_errors() {
    let mut pod = json!({"kind": "Pod", "spec": {"containers": [{"name": "one"}, {"name": "two"}]}});
    let annotation = "kubectl.kubernetes.io/default-container";
    for (named, annotated, expected) in
        [("", "", "one"), ("", "two", "two"), ("", "gone", "one"), ("three", "two", "three")]
    {
        pod["metadata"] = json!({"annotations": {annotation: annotated}});
        let exec = Exec { container: named.to_owned(), stdin: false, tty: false, ..Exec::default() };
        let connect = RequestOptions { operation: "CONNECT".to_owned(), exec, ..RequestOptions::default() };
        let object = request::input(&pod, Shape::Object, &connect);
        assert_eq!(
            object,
            json!({
                "apiVersion": "v1", "kind": "PodExecOptions", "stdout": true, "stderr": true,
                "container": expected, "command": ["sh"],
            })
        );
    }
}

#[test]
fn the_namespace_is_its_document_with_the_label_that_every_namespace_has() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}});
    let document = json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "shop", "labels": {"team": "a"}, "annotations": {"x": "y"}},
    });
    let given = vec![("team".to_owned(), "b".to_owned())];
    for (known, labels, expected) in [
        (None, vec![], json!({})),
        (None, given.clone(), json!({"team": "b"})),
        (Some(document.clone()), vec![], json!({"team": "a"})),
        (Some(document), given, json!({"team": "b"})),
    ] {
        let annotated = known.is_some();
        let options =
            RequestOptions { namespace_object: known, namespace_labels: labels, ..RequestOptions::default() };
        let namespace = &request::input(&pod, Shape::Review, &options)["review"]["namespaceObject"];
        let mut expected = expected;
        expected["kubernetes.io/metadata.name"] = "shop".into();
        assert_eq!(namespace["metadata"]["labels"], expected);
        assert_eq!(namespace["metadata"]["annotations"].is_object(), annotated);
    }
}

#[test]
fn a_definition_tells_the_plural_and_the_scope_of_a_kind_that_is_not_built_in() {
    let mouse = json!({"apiVersion": "example.com/v1", "kind": "Mouse", "metadata": {"name": "m"}});
    for (resource, plural, namespace) in [
        (None, "mouses", None),
        (Some(("mice".to_owned(), Scope::Namespaced)), "mice", Some("default")),
        (Some(("mice".to_owned(), Scope::Cluster)), "mice", None),
    ] {
        let options = RequestOptions { resource, ..RequestOptions::default() };
        let request = request::request(&mouse, &options);
        assert_eq!(request["resource"]["resource"], plural);
        assert_eq!(request.get("namespace").and_then(Value::as_str), namespace);
        assert_eq!(request["object"].pointer("/metadata/namespace").and_then(Value::as_str), namespace);
    }
}
