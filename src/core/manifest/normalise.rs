//! An object as the API server would store it: nulls dropped, and those defaults set that can decide a policy.
//!
//! The defaults are those of Kubernetes' `SetDefaults_*` for pods and pod templates. That an integral number written
//! with a point is an integer is already the reader's work.

use serde_json::{Map, Value, json};

use super::tree::escape;

/// An object after [`normalise`].
#[derive(Debug, Clone, PartialEq)]
pub struct Normalised {
    /// The object as it would be stored.
    pub value: Value,
    /// What is different from the object as it is written, in the order of the work.
    pub changes: Vec<Change>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// JSON pointer of the field in the object.
    pub pointer: String,
    /// What was done to it.
    pub kind: ChangeKind,
}

/// What can be done to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was `null`, which is the same as absent.
    NullDropped,
    /// It was absent, and the API server sets it.
    Defaulted,
}

/// The object as the API server would store it. Doing it twice changes nothing more.
#[must_use]
pub fn normalise(object: &Value) -> Normalised {
    let mut work = Work { changes: Vec::new() };
    let mut value = object.clone();
    work.drop_nulls(&mut value, "");
    let text = |field| value.get(field).and_then(Value::as_str).unwrap_or_default();
    if let Some(pod_spec) = pod_spec(text("apiVersion"), text("kind")) {
        let is_pod = pod_spec == "/spec";
        if let Some(Value::Object(spec)) = value.pointer_mut(pod_spec) {
            work.pod_spec(spec, pod_spec, is_pod);
        }
    }
    Normalised { value, changes: work.changes }
}

/// Where the built-in kinds that make pods hold the pod's spec.
#[must_use]
pub fn pod_spec(api_version: &str, kind: &str) -> Option<&'static str> {
    match (api_version, kind) {
        ("v1", "Pod") => Some("/spec"),
        ("v1", "PodTemplate") => Some("/template/spec"),
        ("v1", "ReplicationController")
        | ("apps/v1", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet")
        | ("batch/v1", "Job") => Some("/spec/template/spec"),
        ("batch/v1", "CronJob") => Some("/spec/jobTemplate/spec/template/spec"),
        _ => None,
    }
}

struct Work {
    changes: Vec<Change>,
}

impl Work {
    /// In maps only: the items of a list keep their numbers.
    fn drop_nulls(&mut self, value: &mut Value, pointer: &str) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, value| {
                    let kept = !value.is_null();
                    if !kept {
                        let pointer = format!("{pointer}/{}", escape(name));
                        self.changes.push(Change { pointer, kind: ChangeKind::NullDropped });
                    }
                    kept
                });
                for (name, value) in
                    fields.iter_mut().filter(|(_, value)| value.is_object() || value.is_array())
                {
                    self.drop_nulls(value, &format!("{pointer}/{}", escape(name)));
                }
            }
            Value::Array(items) => {
                for (position, item) in items.iter_mut().enumerate() {
                    self.drop_nulls(item, &format!("{pointer}/{position}"));
                }
            }
            _ => {}
        }
    }

    fn default(
        &mut self,
        fields: &mut Map<String, Value>,
        pointer: &str,
        name: &str,
        value: impl Into<Value>,
    ) {
        if !fields.contains_key(name) {
            fields.insert(name.to_owned(), value.into());
            self.changes.push(Change { pointer: format!("{pointer}/{name}"), kind: ChangeKind::Defaulted });
        }
    }

    fn pod_spec(&mut self, spec: &mut Map<String, Value>, pointer: &str, is_pod: bool) {
        self.default(spec, pointer, "restartPolicy", "Always");
        self.default(spec, pointer, "dnsPolicy", "ClusterFirst");
        self.default(spec, pointer, "securityContext", json!({}));
        // In a template the ports stay as they are written; the pod that is made of it gets them.
        let host_network = is_pod && spec.get("hostNetwork") == Some(&Value::Bool(true));
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            for (at, container) in objects(spec, list, pointer) {
                self.container(container, &at, host_network && list != "ephemeralContainers");
            }
        }
        for (at, volume) in objects(spec, "volumes", pointer) {
            if volume.keys().all(|name| name == "name") {
                self.default(volume, &at, "emptyDir", json!({}));
            }
        }
    }

    fn container(&mut self, container: &mut Map<String, Value>, pointer: &str, host_network: bool) {
        if let Some(image) = container.get("image").and_then(Value::as_str) {
            let policy = if is_latest(image) { "Always" } else { "IfNotPresent" };
            self.default(container, pointer, "imagePullPolicy", policy);
        }
        for (at, port) in objects(container, "ports", pointer) {
            self.default(port, &at, "protocol", "TCP");
            if host_network && let Some(number) = port.get("containerPort").cloned() {
                if port.get("hostPort").and_then(Value::as_i64) == Some(0) {
                    port.remove("hostPort");
                }
                self.default(port, &at, "hostPort", number);
            }
        }
    }
}

/// The maps in a list of maps, each with its pointer.
fn objects<'v>(
    fields: &'v mut Map<String, Value>,
    list: &'v str,
    pointer: &'v str,
) -> impl Iterator<Item = (String, &'v mut Map<String, Value>)> {
    let items = fields.get_mut(list).and_then(Value::as_array_mut).map(|items| items.iter_mut());
    items.into_iter().flatten().enumerate().filter_map(move |(position, item)| {
        item.as_object_mut().map(|item| (format!("{pointer}/{list}/{position}"), item))
    })
}

/// Whether an image is pulled as `latest`: it says so, or names neither a tag nor a digest.
fn is_latest(image: &str) -> bool {
    let (image, digest) = match image.split_once('@') {
        Some((image, _)) => (image, true),
        None => (image, false),
    };
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.split_once(':') {
        Some((_, tag)) => tag == "latest",
        None => !digest,
    }
}
