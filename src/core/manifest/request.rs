//! The request that an API server would send about an object, in the three shapes that policies read.

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
    /// The object before an UPDATE.
    pub old_object: Option<Value>,
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
            old_object: None,
            dry_run: false,
        }
    }
}

/// The `input` of a policy that reads this shape. An object that is an AdmissionReview itself is taken as the request
/// it records, and `options` change nothing in it.
#[must_use]
pub fn input(object: &Value, shape: Shape, options: &RequestOptions) -> Value {
    let recorded = recorded_request(object);
    match (shape, recorded) {
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

/// The AdmissionRequest of an object.
#[must_use]
pub fn request(object: &Value, options: &RequestOptions) -> Map<String, Value> {
    let (group, version) = match text(object, "/apiVersion").rsplit_once('/') {
        Some(both) => both,
        None => ("", text(object, "/apiVersion")),
    };
    let kind = text(object, "/kind");
    let (plural, scope) = kinds::resource(group, kind);
    let gvk = json!({ "group": group, "version": version, "kind": kind });
    let gvr = json!({ "group": group, "version": version, "resource": plural });
    let name = text(object, "/metadata/name");

    let mut object = object.clone();
    let written = text(&object, "/metadata/namespace").to_owned();
    let namespace = match scope {
        // The API server names the namespace that is about to be made.
        Scope::Cluster if (group, kind) == ("", "Namespace") => name.to_owned(),
        Scope::Cluster => String::new(),
        Scope::Namespaced if written.is_empty() => options.namespace.clone(),
        Scope::Namespaced | Scope::Unknown => written.clone(),
    };
    if scope == Scope::Namespaced && written.is_empty() {
        place_in(&mut object, &namespace);
    }

    let mut user = Map::new();
    user.insert("username".to_owned(), options.user.clone().into());
    if !options.groups.is_empty() {
        user.insert("groups".to_owned(), options.groups.clone().into());
    }

    let mut out = Map::new();
    let mut set = |key: &str, value: Value| out.insert(key.to_owned(), value);
    set("uid", uid(&[&options.operation, text(&object, "/apiVersion"), kind, &namespace, name]).into());
    set("kind", gvk.clone());
    set("resource", gvr.clone());
    set("requestKind", gvk);
    set("requestResource", gvr);
    if !name.is_empty() {
        set("name", name.into());
    }
    if !namespace.is_empty() {
        set("namespace", namespace.into());
    }
    set("operation", options.operation.clone().into());
    set("userInfo", Value::Object(user));
    let (new, old) = match options.operation.as_str() {
        "DELETE" => (Value::Null, object),
        "UPDATE" => (object, options.old_object.clone().unwrap_or_default()),
        _ => (object, Value::Null),
    };
    set("object", new);
    set("oldObject", old);
    set("dryRun", options.dry_run.into());
    set("options", kubectl_options(options));
    out
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
        Some(name) if !name.is_empty() => namespace_object(name, &options.namespace_labels),
        _ => Value::Null,
    };
    request.insert("namespaceObject".to_owned(), namespace);
    json!({ "review": request, "parameters": {} })
}

/// The Namespace that a request is made in, as far as it is known.
#[must_use]
pub fn namespace_object(name: &str, labels: &[(String, String)]) -> Value {
    let mut all = Map::new();
    all.insert("kubernetes.io/metadata.name".to_owned(), name.into());
    all.extend(labels.iter().map(|(key, value)| (key.clone(), value.clone().into())));
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": all } })
}

/// The same request gets the same uid, so that a decision can be repeated.
fn uid(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\0"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    // Version 8 is for identifiers that their maker derives as he likes.
    format!("{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
