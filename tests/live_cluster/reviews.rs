//! The request that policies read, as we make it of an object, against what the server sends to a webhook.

use regoscope::core::manifest::request::{self, RequestOptions, Shape};
use serde_json::{Value, json};

use super::Case;
use super::rig::objects;
use super::server::Need;
use super::webhooks::Hook;

/// Objects that are asked about, each with the label that brings them to the webhook. The last one exists.
const OBJECTS: &str = "
{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: reviews, labels: {hook: review}}, spec: {containers: [{name: a, image: a}]}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: reviews, labels: {hook: review}}, data: {a: b}}
---
{apiVersion: v1, kind: Service, metadata: {name: a, namespace: reviews, labels: {hook: review}}, spec: {ports: [{port: 80}]}}
---
{apiVersion: batch/v1, kind: CronJob, metadata: {name: a, namespace: reviews, labels: {hook: review}}, spec: {schedule: '* * * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a, namespace: reviews, labels: {hook: review}}, spec: {podSelector: {}}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a, namespace: reviews, labels: {hook: review}}, spec: {defaultBackend: {service: {name: a, port: {number: 80}}}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: reviews-new, labels: {hook: review}}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a, labels: {hook: review}}, rules: []}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: a, labels: {hook: review}}, provisioner: a}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: live, namespace: reviews, labels: {hook: review}}, spec: {replicas: 2, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}}
";

pub const CASES: &[Case] = &[Case {
    name: "the_request_of_an_object_is_what_a_webhook_gets",
    needs: &[Need::Loopback, Need::Contexts],
    prepare: |rig| {
        rig.namespace("reviews", json!({}));
        let mut live = objects(OBJECTS).pop().unwrap();
        live["spec"]["replicas"] = json!(1);
        rig.prepare_object(&live);
        rig.hook("review", &Hook { by_label: true, ..Hook::default() });
    },
    ask: |rig| {
        let before = rig.hooks.reviews("review").len();
        rig.ask_in("default", OBJECTS);
        let reviews = rig.hooks.reviews("review").split_off(before);
        let mut wanted: Vec<String> = objects(OBJECTS).iter().map(|object| kind(object).to_owned()).collect();
        let mut kinds = Vec::new();
        for review in reviews {
            let sent = &review["request"];
            assert_eq!(sent["dryRun"], true, "{sent}");
            kinds.push(kind(&sent["object"]).to_owned());
            let options = RequestOptions {
                operation: sent["operation"].as_str().unwrap().to_owned(),
                user: "admin".to_owned(),
                groups: vec!["system:masters".to_owned(), "system:authenticated".to_owned()],
                old_object: Some(sent["oldObject"].clone()),
                dry_run: true,
                ..RequestOptions::default()
            };
            let ours = request::input(&sent["object"], Shape::Request, &options);
            assert_eq!(comparable(ours), comparable(review.clone()), "{}", kind(&sent["object"]));
        }
        kinds.sort();
        kinds.dedup();
        wanted.sort();
        assert_eq!(kinds, wanted);
    },
}];

fn kind(object: &Value) -> &str {
    object["kind"].as_str().unwrap_or_default()
}

/// Without what only the server can know, and how the object is sent: an apply's manager and whether it is forced.
fn comparable(mut review: Value) -> Value {
    let request = review["request"].as_object_mut().unwrap();
    request.remove("uid");
    request["userInfo"].as_object_mut().unwrap().remove("uid");
    request["userInfo"].as_object_mut().unwrap().remove("extra");
    let options = request["options"].as_object_mut().unwrap();
    for sent in ["fieldManager", "fieldValidation", "force"] {
        options.remove(sent);
    }
    review
}
