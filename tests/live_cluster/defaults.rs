//! An object as we say that the server would store it, against what it does store.

use std::collections::BTreeMap;

use regoscope::core::dry_run::Verdict;
use regoscope::core::manifest::normalise::normalise;
use serde_json::{Value, json};

use super::Case;
use super::rig::objects;

/// Pods and workloads with everything that a default depends on.
const OBJECTS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: defaults, labels: {kept: x, dropped: null}}
spec:
  hostNetwork: true
  hostPID: null
  volumes:
  - {name: nothing}
  - {name: null-source, hostPath: null}
  - {name: host, hostPath: {path: /}}
  initContainers:
  - {name: init, image: 'localhost:5000/a', ports: [{containerPort: 81}]}
  containers:
  - {name: none, image: a}
  - {name: latest, image: 'a:latest', command: null}
  - {name: tag, image: 'a:1'}
  - {name: digest, image: 'a@sha256:0000000000000000000000000000000000000000000000000000000000000000'}
  - {name: both, image: 'r:5000/a:latest@sha256:0000000000000000000000000000000000000000000000000000000000000000'}
  - {name: port, image: 'a:1', imagePullPolicy: Never, ports: [{containerPort: 80}, {containerPort: 82, protocol: UDP}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: defaults}
spec:
  restartPolicy: Never
  dnsPolicy: Default
  securityContext: {runAsUser: 1}
  containers:
  - {name: port, image: 'a:1', ports: [{containerPort: 80}], securityContext: {privileged: null}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: defaults}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      hostNetwork: true
      volumes: [{name: nothing}]
      containers: [{name: a, image: a, ports: [{containerPort: 80}]}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: a, namespace: defaults}
spec:
  schedule: '* * * * *'
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: a, image: a}]
";

/// The defaults that we set. Of these the server must not set more either.
const OURS: [&str; 7] =
    ["restartPolicy", "dnsPolicy", "securityContext", "emptyDir", "imagePullPolicy", "protocol", "hostPort"];

pub const CASES: &[Case] = &[Case {
    name: "what_we_say_is_stored_is_what_is_stored",
    needs: &[],
    prepare: |rig| rig.namespace("defaults", json!({})),
    ask: |rig| {
        for written in objects(OBJECTS) {
            let answer = rig.ask_in("defaults", &written.to_string());
            assert_eq!(answer.verdict, Verdict::Allowed, "{}", answer.message);
            let (ours, theirs) =
                (leaves(&normalise(&written).value), leaves(answer.stored.as_ref().unwrap()));
            let only_ours: Vec<_> =
                ours.iter().filter(|(pointer, value)| theirs.get(*pointer) != Some(value)).collect();
            assert!(only_ours.is_empty(), "{}: the server does not store {only_ours:?}", written["kind"]);
            let only_theirs: Vec<_> = theirs
                .iter()
                .filter(|(pointer, value)| {
                    let is_ours = pointer.split('/').any(|field| OURS.contains(&field));
                    is_ours && ours.get(*pointer) != Some(value)
                })
                .collect();
            assert!(only_theirs.is_empty(), "{}: we miss {only_theirs:?}", written["kind"]);
        }
    },
}];

/// The scalars and empty collections of an object, by their JSON pointers.
fn leaves(object: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut rest = vec![(String::new(), object)];
    while let Some((pointer, value)) = rest.pop() {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                rest.extend(fields.iter().map(|(name, value)| (format!("{pointer}/{name}"), value)));
            }
            Value::Array(items) if !items.is_empty() => {
                rest.extend(items.iter().enumerate().map(|(at, value)| (format!("{pointer}/{at}"), value)));
            }
            leaf => drop(found.insert(pointer, leaf.clone())),
        }
    }
    found
}
