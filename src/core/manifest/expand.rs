//! The Pod that a workload makes, as its controller would send it.
//!
//! Of the template's metadata a controller takes labels, annotations and finalizers; name, namespace and owner come
//! from the workload (Kubernetes' `GetPodFromTemplate`). What a controller makes up itself (hashes, uids, tolerations
//! of a DaemonSet) is not known before and left out.

use serde_json::{Map, Value, json};

use super::normalise::pod_spec;

/// A Pod made of a workload's template.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// The Pod.
    pub pod: Value,
    /// JSON pointer of the template in the workload.
    pub template: String,
    /// The name of the service account in `kube-system` that creates the Pod. `None` for a PodTemplate, which is only
    /// stored.
    pub controller: Option<&'static str>,
    /// Where parts of the Pod stand in the workload; the first one that fits counts.
    origins: Vec<(String, String)>,
}

/// The Pod that a built-in workload makes; `None` for every other object, and where there is no template.
#[must_use]
pub fn pod_of(workload: &Value) -> Option<Derived> {
    let text = |pointer: &str| workload.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let kind = text("/kind");
    let template = pod_spec(text("/apiVersion"), kind)?.strip_suffix("/spec")?;
    let spec = workload.pointer(&format!("{template}/spec"))?.as_object()?;
    let (controller, owner) = match kind {
        "Deployment" => (Some("replicaset-controller"), Some(("apps/v1", "ReplicaSet"))),
        "ReplicaSet" => (Some("replicaset-controller"), Some(("apps/v1", kind))),
        "StatefulSet" => (Some("statefulset-controller"), Some(("apps/v1", kind))),
        "DaemonSet" => (Some("daemon-set-controller"), Some(("apps/v1", kind))),
        "Job" | "CronJob" => (Some("job-controller"), Some(("batch/v1", "Job"))),
        "ReplicationController" => (Some("replication-controller"), Some(("v1", kind))),
        "PodTemplate" => (None, None),
        // A Pod is its own.
        _ => return None,
    };

    let mut metadata = Map::new();
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = workload.pointer(&format!("{template}/metadata/{field}")) {
            metadata.insert(field.to_owned(), value.clone());
        }
    }
    let prefix = match (text("/metadata/name"), text("/metadata/generateName")) {
        ("", prefix) => prefix.to_owned(),
        (name, _) => format!("{name}-"),
    };
    if kind == "StatefulSet" && !prefix.is_empty() {
        metadata.insert("name".to_owned(), format!("{prefix}0").into());
    } else if !prefix.is_empty() {
        metadata.insert("generateName".to_owned(), prefix.clone().into());
    }
    match text("/metadata/namespace") {
        "" => {}
        namespace => drop(metadata.insert("namespace".to_owned(), namespace.into())),
    }
    if let Some((api_version, owner)) = owner
        && !prefix.is_empty()
    {
        // The ReplicaSet of a Deployment and the Job of a CronJob have names of their own that begin like this.
        let name = if owner == kind { prefix.trim_end_matches('-') } else { prefix.as_str() };
        let owner = json!({
            "apiVersion": api_version, "kind": owner, "name": name,
            "controller": true, "blockOwnerDeletion": true,
        });
        metadata.insert("ownerReferences".to_owned(), json!([owner]));
    }

    let mut spec = spec.clone();
    let mut origins = Vec::new();
    if kind == "StatefulSet" {
        claims(workload, &prefix, &mut spec, &mut origins);
    }
    let name_of_workload = if text("/metadata/name").is_empty() { "generateName" } else { "name" };
    for (made, from) in [
        ("/metadata/generateName", format!("/metadata/{name_of_workload}")),
        ("/metadata/name", format!("/metadata/{name_of_workload}")),
        ("/metadata/namespace", "/metadata/namespace".to_owned()),
        ("/metadata/ownerReferences", "/kind".to_owned()),
        ("/metadata", format!("{template}/metadata")),
        ("/spec", format!("{template}/spec")),
    ] {
        origins.push((made.to_owned(), from));
    }
    let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec });
    Some(Derived { pod, template: template.to_owned(), controller, origins })
}

/// The volumes that a StatefulSet makes of its claims, in place of volumes of the same name.
fn claims(
    workload: &Value,
    prefix: &str,
    spec: &mut Map<String, Value>,
    origins: &mut Vec<(String, String)>,
) {
    let claims = workload.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
    for (position, claim) in claims.into_iter().flatten().enumerate() {
        let Some(name) = claim.pointer("/metadata/name").and_then(Value::as_str) else { continue };
        let volumes = spec.entry("volumes").or_insert_with(|| json!([]));
        if volumes.is_null() {
            *volumes = json!([]);
        }
        let Some(volumes) = volumes.as_array_mut() else { return };
        let volume =
            json!({ "name": name, "persistentVolumeClaim": { "claimName": format!("{name}-{prefix}0") } });
        let known = volumes.iter_mut().position(|v| v.get("name").and_then(Value::as_str) == Some(name));
        let at = known.unwrap_or(volumes.len());
        match volumes.get_mut(at) {
            Some(old) => *old = volume,
            None => volumes.push(volume),
        }
        origins.push((format!("/spec/volumes/{at}"), format!("/spec/volumeClaimTemplates/{position}")));
    }
}

impl Derived {
    /// The same for a workload that stands at a JSON pointer of another object, in a recorded request.
    #[must_use]
    pub fn below(mut self, pointer: &str) -> Self {
        for from in self.origins.iter_mut().map(|(_, from)| from).chain([&mut self.template]) {
            from.insert_str(0, pointer);
        }
        self
    }

    /// The pointer in the workload of what stands at a pointer in the Pod. What stands nowhere in the workload gets the
    /// pointer of what it is made from; the whole Pod and its kind that of the template.
    #[must_use]
    pub fn origin(&self, pointer: &str) -> String {
        for (made, from) in &self.origins {
            let Some(rest) = pointer.strip_prefix(made.as_str()) else { continue };
            if !rest.is_empty() && !rest.starts_with('/') {
                continue;
            }
            // Below these the workload has nothing of the kind.
            let made_up = made.starts_with("/spec/volumes/") || made == "/metadata/ownerReferences";
            return if made_up { from.clone() } else { format!("{from}{rest}") };
        }
        self.template.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(api_version: &str, kind: &str, holder: &str, more: Value) -> Value {
        let template = json!({
            "metadata": { "labels": { "app": "web" }, "name": "ignored" },
            "spec": { "hostPID": true, "containers": [{ "name": "c" }] },
        });
        let mut value = template;
        for key in holder.rsplit('/').filter(|key| !key.is_empty()) {
            value = json!({ key: value });
        }
        let fields = value.as_object_mut().unwrap();
        fields.insert("apiVersion".to_owned(), api_version.into());
        fields.insert("kind".to_owned(), kind.into());
        fields.insert("metadata".to_owned(), json!({ "name": "web", "namespace": "shop" }));
        for (key, part) in more.as_object().unwrap() {
            fields.get_mut("spec").unwrap().as_object_mut().unwrap().insert(key.clone(), part.clone());
        }
        value
    }

    #[test]
    fn every_workload_makes_its_pod() {
        for (api_version, kind, template, owner, owner_name) in [
            ("apps/v1", "Deployment", "/spec/template", "ReplicaSet", "web-"),
            ("apps/v1", "ReplicaSet", "/spec/template", "ReplicaSet", "web"),
            ("apps/v1", "DaemonSet", "/spec/template", "DaemonSet", "web"),
            ("batch/v1", "Job", "/spec/template", "Job", "web"),
            ("batch/v1", "CronJob", "/spec/jobTemplate/spec/template", "Job", "web-"),
            ("v1", "ReplicationController", "/spec/template", "ReplicationController", "web"),
            ("v1", "PodTemplate", "/template", "", ""),
        ] {
            let derived = pod_of(&workload(api_version, kind, template, json!({}))).expect(kind);
            let mut metadata = json!({
                "generateName": "web-", "namespace": "shop", "labels": { "app": "web" },
            });
            if !owner.is_empty() {
                let group = if kind == "CronJob" { "batch/v1" } else { api_version };
                metadata["ownerReferences"] = json!([{
                    "apiVersion": group, "kind": owner, "name": owner_name,
                    "controller": true, "blockOwnerDeletion": true,
                }]);
            }
            let pod = json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
                "spec": { "hostPID": true, "containers": [{ "name": "c" }] },
            });
            assert_eq!(derived.pod, pod, "{kind}");
            assert_eq!(derived.controller.is_some(), !owner.is_empty(), "{kind}");
            for (made, from) in [
                ("/spec/hostPID", format!("{template}/spec/hostPID")),
                ("/spec/containers/0/name", format!("{template}/spec/containers/0/name")),
                ("/metadata/labels/app", format!("{template}/metadata/labels/app")),
                ("/metadata", format!("{template}/metadata")),
                ("/metadata/generateName", "/metadata/name".to_owned()),
                ("/metadata/namespace", "/metadata/namespace".to_owned()),
                ("/metadata/ownerReferences/0/kind", "/kind".to_owned()),
                ("/kind", template.to_owned()),
                ("", template.to_owned()),
            ] {
                assert_eq!(derived.origin(made), from, "{kind} {made}");
            }
        }
    }

    #[test]
    fn a_stateful_set_names_its_pods_and_their_claims() {
        let claims = json!({ "volumeClaimTemplates": [{ "metadata": { "name": "data" } }] });
        let derived = pod_of(&workload("apps/v1", "StatefulSet", "/spec/template", claims)).unwrap();
        assert_eq!(derived.pod["metadata"]["name"], "web-0");
        assert_eq!(derived.pod["metadata"].get("generateName"), None);
        assert_eq!(
            derived.pod["spec"]["volumes"],
            json!([{ "name": "data", "persistentVolumeClaim": { "claimName": "data-web-0" } }])
        );
        let claim = "/spec/volumeClaimTemplates/0";
        assert_eq!(derived.origin("/spec/volumes/0/persistentVolumeClaim/claimName"), claim);
        assert_eq!(derived.origin("/spec/volumes/1"), "/spec/template/spec/volumes/1");
    }

    #[test]
    fn what_makes_no_pod() {
        for object in [
            json!({ "apiVersion": "v1", "kind": "Pod", "spec": {} }),
            json!({ "apiVersion": "v1", "kind": "ConfigMap" }),
            json!({ "apiVersion": "example.com/v1", "kind": "Deployment", "spec": { "template": { "spec": {} } } }),
            json!({ "apiVersion": "apps/v1", "kind": "Deployment" }),
            json!({ "apiVersion": "apps/v1", "kind": "Deployment", "spec": { "template": { "spec": null } } }),
            json!([]),
        ] {
            assert_eq!(pod_of(&object), None, "{object}");
        }
        let nameless = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": null,
            "spec": { "template": { "metadata": null, "spec": {} } },
        });
        let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": {} });
        assert_eq!(pod_of(&nameless).unwrap().pod, pod);
    }
}
