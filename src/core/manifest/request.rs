//! The request that an API server would send about an object, in the three shapes that policies read.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::kinds::{self, Scope};

/// How a policy reads its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The object itself, as conftest gives it.
    Object,
    /// An AdmissionReview: the policy reads `input.request`.
    Request,
    /// Gatekeeper's: the policy reads `input.review` and `input.parameters`.
    Review,
}

/// What is done to the object, and by whom.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestOptions {
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: String,
    /// The user's name.
    pub user: String,
    /// The user's groups.
    pub groups: Vec<String>,
    /// The namespace for objects that name none.
    pub namespace: String,
    /// The labels of the object's namespace; the one with its name is always there.
    pub namespace_labels: Vec<(String, String)>,
    /// The Namespace that the object is in, if its document is known. Labels that are given replace its own.
    pub namespace_object: Option<Value>,
    /// The plural and the scope of the object's kind, if its CustomResourceDefinition is known.
    pub resource: Option<(String, Scope)>,
    /// The object before an UPDATE, or that is deleted; for a DELETE the object itself if it is not given.
    pub old_object: Option<Value>,
    /// What a CONNECT runs.
    pub exec: Exec,
    /// Whether the request says that nothing will be stored.
    pub dry_run: bool,
}

impl Default for RequestOptions {
    /// `kubectl apply` by a cluster's first administrator.
    fn default() -> Self {
        Self {
            operation: "CREATE".to_owned(),
            user: "kubernetes-admin".to_owned(),
            groups: vec!["kubeadm:cluster-admins".to_owned(), "system:authenticated".to_owned()],
            namespace: "default".to_owned(),
            namespace_labels: vec![],
            namespace_object: None,
            resource: None,
            old_object: None,
            exec: Exec::default(),
            dry_run: false,
        }
    }
}

/// What `kubectl exec` asks of a Pod: Kubernetes' `PodExecOptions`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Exec {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The container; if empty the one that the Pod's annotation names, else the first.
    pub container: String,
    /// `-i`
    pub stdin: bool,
    /// `-t`
    pub tty: bool,
}

impl Default for Exec {
    /// `kubectl exec -it POD -- sh`
    fn default() -> Self {
        Self { command: vec!["sh".to_owned()], container: String::new(), stdin: true, tty: true }
    }
}

impl Exec {
    /// The object of the request, with the fields that kubectl sets: errors have a stream of their own where there is
    /// no terminal.
    fn options(&self, pod: &Value) -> Value {
        let mut out = Map::new();
        let mut set = |name: &str, value: Value| out.insert(name.to_owned(), value);
        set("kind", "PodExecOptions".into());
        set("apiVersion", "v1".into());
        for (name, on) in [("stdin", self.stdin), ("stdout", true), ("stderr", !self.tty), ("tty", self.tty)]
        {
            // As the server writes them: what is false is left out.
            if on {
                set(name, true.into());
            }
        }
        let container =
            if self.container.is_empty() { default_container(pod) } else { self.container.as_str() };
        if !container.is_empty() {
            set("container", container.into());
        }
        set("command", self.command.clone().into());
        Value::Object(out)
    }
}

/// The container that kubectl takes if none is named.
fn default_container(pod: &Value) -> &str {
    let containers = pod.pointer("/spec/containers").and_then(Value::as_array);
    let names = || containers.into_iter().flatten().map(|container| text(container, "/name"));
    let wanted = text(pod, "/metadata/annotations/kubectl.kubernetes.io~1default-container");
    names().find(|name| *name == wanted).or_else(|| names().next()).unwrap_or_default()
}

/// The `input` of a policy that reads this shape. An object that is an AdmissionReview itself is taken as the request
/// it records, and `options` change nothing in it.
#[must_use]
pub fn input(object: &Value, shape: Shape, options: &RequestOptions) -> Value {
    let recorded = recorded_request(object);
    match (shape, recorded) {
        (Shape::Object, None) if options.operation == "CONNECT" => options.exec.options(object),
        (Shape::Object, None) => object.clone(),
        (Shape::Object, Some(request)) => subject(request).clone(),
        (Shape::Request, None) => review_of(request(object, options)),
        (Shape::Request, Some(_)) => object.clone(),
        (Shape::Review, None) => gatekeeper(request(object, options), options),
        (Shape::Review, Some(request)) => {
            gatekeeper(request.as_object().cloned().unwrap_or_default(), options)
        }
    }
}

/// The request of an AdmissionReview file.
#[must_use]
pub fn recorded_request(object: &Value) -> Option<&Value> {
    let is_review = text(object, "/kind") == "AdmissionReview"
        && text(object, "/apiVersion").starts_with("admission.k8s.io/");
    object.get("request").filter(|request| is_review && request.is_object())
}

/// The object that a request is about: the old one if it is to be deleted.
fn subject(request: &Value) -> &Value {
    match request.get("object") {
        None | Some(Value::Null) => request.get("oldObject").unwrap_or(&Value::Null),
        Some(object) => object,
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn review_of(request: Map<String, Value>) -> Value {
    json!({ "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request })
}

/// The group, version and kind of an object.
fn kind_of(object: &Value) -> (&str, &str, &str) {
    let (group, version) = match text(object, "/apiVersion").rsplit_once('/') {
        Some(both) => both,
        None => ("", text(object, "/apiVersion")),
    };
    (group, version, text(object, "/kind"))
}

/// The resource and the scope of an object's kind: as its definition has it, else as [`kinds::resource`] knows it.
fn resource_of(object: &Value, options: &RequestOptions) -> (String, Scope) {
    let (group, _, kind) = kind_of(object);
    match kinds::resource(group, kind) {
        (guessed, Scope::Unknown) => options.resource.clone().unwrap_or((guessed, Scope::Unknown)),
        known => known,
    }
}

/// The namespace in which a request about an object is made; empty if in none.
#[must_use]
pub fn namespace_of(object: &Value, options: &RequestOptions) -> String {
    if let Some(request) = recorded_request(object) {
        return text(request, "/namespace").to_owned();
    }
    let written = text(object, "/metadata/namespace");
    match resource_of(object, options).1 {
        // The API server names the namespace that is about to be made.
        Scope::Cluster if is_namespace(object) => text(object, "/metadata/name").to_owned(),
        Scope::Cluster => String::new(),
        Scope::Namespaced if written.is_empty() => options.namespace.clone(),
        Scope::Namespaced | Scope::Unknown => written.to_owned(),
    }
}

/// Whether an object is a Namespace.
#[must_use]
pub fn is_namespace(object: &Value) -> bool {
    text(object, "/apiVersion") == "v1" && text(object, "/kind") == "Namespace"
}

/// The AdmissionRequest of an object.
#[must_use]
pub fn request(object: &Value, options: &RequestOptions) -> Map<String, Value> {
    let (group, version, kind) = kind_of(object);
    let (plural, scope) = resource_of(object, options);
    let resource = json!({ "group": group, "version": version, "resource": plural });
    let connects = options.operation == "CONNECT";
    let kind = if connects {
        json!({ "group": "", "version": "v1", "kind": "PodExecOptions" })
    } else {
        json!({ "group": group, "version": version, "kind": kind })
    };
    let name = match (text(object, "/metadata/name"), text(object, "/metadata/generateName")) {
        // A Pod that runs has a name, of which no more is known before than how it begins.
        ("", prefix) if connects => prefix,
        (name, _) => name,
    };
    let namespace = namespace_of(object, options);
    let place = |object: &Value| {
        let mut object = object.clone();
        if scope == Scope::Namespaced && text(&object, "/metadata/namespace").is_empty() {
            place_in(&mut object, &namespace);
        }
        object
    };

    let mut user = Map::new();
    user.insert("username".to_owned(), options.user.clone().into());
    if !options.groups.is_empty() {
        user.insert("groups".to_owned(), options.groups.clone().into());
    }

    let mut out = Map::new();
    let mut set = |key: &str, value: Value| out.insert(key.to_owned(), value);
    let parts = [&options.operation, text(object, "/apiVersion"), text(object, "/kind"), &namespace, name];
    set("uid", uid(&parts).into());
    set("kind", kind.clone());
    set("resource", resource.clone());
    if connects {
        set("subResource", "exec".into());
        set("requestSubResource", "exec".into());
    }
    set("requestKind", kind);
    set("requestResource", resource);
    if !name.is_empty() {
        set("name", name.into());
    }
    if !namespace.is_empty() {
        set("namespace", namespace.as_str().into());
    }
    set("operation", options.operation.clone().into());
    set("userInfo", Value::Object(user));
    let old = options.old_object.as_ref().filter(|old| !old.is_null()).map(&place);
    let (new, old) = match options.operation.as_str() {
        "DELETE" => (Value::Null, old.unwrap_or_else(|| place(object))),
        "UPDATE" => (place(object), old.unwrap_or_default()),
        "CONNECT" => (options.exec.options(object), Value::Null),
        _ => (place(object), Value::Null),
    };
    set("object", new);
    set("oldObject", old);
    set("dryRun", options.dry_run.into());
    set("options", kubectl_options(options));
    out
}

/// An object as it is stored: in the namespace of the request, if it is in one and names none.
#[must_use]
pub fn placed(object: &Value, options: &RequestOptions) -> Value {
    let mut object = object.clone();
    if text(&object, "/metadata/namespace").is_empty() && resource_of(&object, options).1 == Scope::Namespaced
    {
        place_in(&mut object, &options.namespace);
    }
    object
}

/// The options that kubectl sends with each operation.
fn kubectl_options(options: &RequestOptions) -> Value {
    let kind = match options.operation.as_str() {
        "UPDATE" => "UpdateOptions",
        "DELETE" => "DeleteOptions",
        "CONNECT" => return Value::Null,
        _ => "CreateOptions",
    };
    let mut out = json!({ "kind": kind, "apiVersion": "meta.k8s.io/v1" });
    if let Value::Object(fields) = &mut out {
        if options.dry_run {
            fields.insert("dryRun".to_owned(), json!(["All"]));
        }
        if kind != "DeleteOptions" {
            fields.insert("fieldManager".to_owned(), "kubectl-client-side-apply".into());
        }
    }
    out
}

fn place_in(object: &mut Value, namespace: &str) {
    if let Value::Object(fields) = object {
        let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
        if metadata.is_null() {
            *metadata = json!({});
        }
        if let Value::Object(metadata) = metadata {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
    }
}

/// Gatekeeper's `input.review`: the request, with the object that is deleted as `object`, `null` for what is absent,
/// no namespace for a Namespace, and the object of the namespace.
fn gatekeeper(mut request: Map<String, Value>, options: &RequestOptions) -> Value {
    for field in ["object", "oldObject", "options"] {
        request.entry(field).or_insert(Value::Null);
    }
    if request.get("operation").and_then(Value::as_str) == Some("DELETE") {
        let old = request.get("oldObject").cloned().unwrap_or_default();
        request.insert("object".to_owned(), old);
    }
    let is_namespace = request
        .get("kind")
        .is_some_and(|kind| text(kind, "/kind") == "Namespace" && text(kind, "/group").is_empty());
    if is_namespace {
        request.remove("namespace");
    }
    let namespace = match request.get("namespace").and_then(Value::as_str) {
        Some(name) if !name.is_empty() => namespace_object(name, options),
        _ => Value::Null,
    };
    request.insert("namespaceObject".to_owned(), namespace);
    json!({ "review": request, "parameters": {} })
}

/// The Namespace that a request is made in, as far as it is known.
#[must_use]
fn namespace_object(name: &str, options: &RequestOptions) -> Value {
    let mut namespace = options
        .namespace_object
        .clone()
        .unwrap_or_else(|| json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } }));
    if let Some(metadata) = namespace.get_mut("metadata").and_then(Value::as_object_mut) {
        let labels = metadata.entry("labels").or_insert_with(|| json!({}));
        if !labels.is_object() || !options.namespace_labels.is_empty() {
            *labels = json!({});
        }
        if let Value::Object(labels) = labels {
            let given = options.namespace_labels.iter();
            labels.extend(given.map(|(key, value)| (key.clone(), value.clone().into())));
            // The API server sets it, whatever is written.
            labels.insert("kubernetes.io/metadata.name".to_owned(), name.into());
        }
    }
    namespace
}

/// The same request gets the same uid, so that a decision can be repeated.
fn uid(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\0"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    // Version 8 is for identifiers that their maker derives as he likes.
    format!("{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
