//! Asking one server about one object: what is there, what a server-side apply would do, and whose fields it takes.
//!
//! A named object is asked about with `GET` (404 means new), then `PATCH` as a server-side apply, with `force` for the
//! verdict; where other managers own fields of the live object, once more without, for the conflicts. Without a name
//! but with `generateName` it is `POST`, since there is nothing to apply to. A workload is admitted without anybody
//! looking at its Pods, so the Pod that it makes is asked about too, by `POST`.

use std::time::Instant;

use http::{Method, StatusCode};
use serde_json::Value;

use super::guard::APPLY;
use super::session::{Question, SERVER_TIMEOUT, Session, segment};
use crate::core::dry_run::{Answer, Asked, NoAnswer, ObjectRef, Outcome, Target, Unjudged, Verdict};
use crate::core::file::FileId;
use crate::core::manifest::expand::{Derived, pod_of};

/// The largest body that an API server takes.
const MAX_BODY: usize = 3 * 1024 * 1024;
/// `kubectl apply --server-side` without further ado.
pub const DEFAULT_MANAGER: &str = "kubectl";

/// One object of a file, as Kubernetes reads it.
#[derive(Clone, PartialEq)]
pub struct Document {
    /// The file that holds it.
    pub file: FileId,
    /// Counts the objects of the file from 0.
    pub index: usize,
    /// The object.
    pub value: Value,
}

/// Without the object: it may be a Secret.
impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document")
            .field("file", &self.file)
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

/// How to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The field manager. It decides what an apply takes away, so that it is the user's choice.
    pub manager: String,
    /// Whether the verdict is that of an apply which takes fields from other managers.
    pub force: bool,
    /// Where objects without a namespace go; `None` for the context's.
    pub namespace: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { manager: DEFAULT_MANAGER.to_owned(), force: true, namespace: None }
    }
}

/// What is sent: an object as it is written, or the Pod it makes.
#[derive(Clone)]
pub(super) struct Subject {
    file: FileId,
    index: usize,
    value: Value,
    derived: Option<Derived>,
}

impl Subject {
    /// The object of a document, and the Pod that it makes if it makes one.
    pub fn all_of(document: &Document) -> Vec<Self> {
        let Document { file, index, value } = document.clone();
        let mut subjects = Vec::new();
        // A PodTemplate has no controller: nobody ever sends its Pod.
        if let Some(derived) = pod_of(&value).filter(|derived| derived.controller.is_some()) {
            subjects.push(Self { file, index, value: as_sent(derived.pod.clone()), derived: Some(derived) });
        }
        subjects.insert(0, Self { file, index, value, derived: None });
        subjects
    }

    /// What it is, before anybody knows whether it is in a namespace.
    pub fn target(&self) -> Target {
        let text =
            |pointer| self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = match text("/metadata/name") {
            empty if empty.is_empty() => text("/metadata/generateName"),
            name => name,
        };
        let object = ObjectRef {
            api_version: text("/apiVersion"),
            kind: text("/kind"),
            namespace: text("/metadata/namespace"),
            name,
        };
        Target { file: self.file, index: self.index, derived: self.derived.is_some(), object }
    }

    /// What to say of it if it was not asked about.
    pub fn unasked(&self, context: &str, why: Unjudged) -> Asked {
        Asked {
            context: context.to_owned(),
            target: self.target(),
            yours: self.value.clone(),
            derived: self.derived.clone(),
            live: None,
            dry_run: Err(NoAnswer { sent: None, why }),
            unforced: None,
        }
    }
}

/// The Pod as it can be sent for a controller. The owner has no uid that is known, without which the server refuses the
/// reference; and the name of a StatefulSet's Pod may be taken by the running one, which says nothing about this one.
fn as_sent(mut pod: Value) -> Value {
    if let Some(metadata) = pod.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("ownerReferences");
        if let Some(name) = metadata.remove("name") {
            metadata.insert("generateName".to_owned(), name);
        }
    }
    pod
}

/// Asks about one object. `since` is when the user asked.
pub(super) async fn ask(session: &Session, subject: &Subject, options: &Options, since: Instant) -> Asked {
    let mut asked = subject.unasked(session.context().name(), Unjudged::Cancelled);
    match Call::prepare(session, &mut asked, options, since).await {
        Err(why) => asked.dry_run = Err(NoAnswer { sent: None, why }),
        Ok(Call::Create { uri, body }) => {
            asked.dry_run = send(session, Method::POST, uri, "application/json", body).await;
        }
        Ok(Call::Apply { object, query, body }) => {
            let live = session.send(Question::get(&object)).await;
            let forced = options.force && is_shared(&live, &options.manager);
            asked.live = Some(live);
            let apply = |force: bool| {
                let force = if force { "&force=true" } else { "" };
                send(session, Method::PATCH, format!("{object}?{query}{force}"), APPLY, body.clone())
            };
            asked.dry_run = apply(options.force).await;
            // An apply that is wrong in itself says the same again.
            if forced
                && asked.dry_run.as_ref().is_ok_and(|answer| matches!(answer.status, 200 | 201 | 403 | 422))
            {
                asked.unforced = Some(apply(false).await);
            }
        }
    }
    asked
}

/// Says which document has to be there first, where that is why an object is not judged: one of the same file that makes
/// its namespace or its kind.
pub(super) fn explain_order(answer: &mut Answer, documents: &[Document]) {
    let Verdict::NotJudged { why } = &answer.verdict else { return };
    let object = &answer.target.object;
    let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
    let makes = |document: &&Document| {
        let is = |pointer: &str, wanted: &str| {
            document.value.pointer(pointer).and_then(Value::as_str) == Some(wanted)
        };
        document.file == answer.target.file
            && match why {
                Unjudged::NamespaceMissing { namespace } => {
                    is("/apiVersion", "v1") && is("/kind", "Namespace") && is("/metadata/name", namespace)
                }
                Unjudged::UnknownKind => {
                    is("/kind", "CustomResourceDefinition")
                        && is("/spec/group", group)
                        && is("/spec/names/kind", &object.kind)
                }
                _ => false,
            }
    };
    if let Some(first) = documents.iter().find(makes) {
        answer.verdict = Verdict::NotJudged { why: Unjudged::WaitsFor { document: first.index } };
    }
}

/// What is to be sent for an object.
enum Call {
    Create { uri: String, body: Vec<u8> },
    Apply { object: String, query: String, body: Vec<u8> },
}

impl Call {
    /// Finds out where an object goes, and puts the namespace it goes to into it and its name.
    async fn prepare(
        session: &Session,
        asked: &mut Asked,
        options: &Options,
        since: Instant,
    ) -> Result<Self, Unjudged> {
        let object = &mut asked.target.object;
        for (field, value) in [("apiVersion", &object.api_version), ("kind", &object.kind)] {
            if value.is_empty() {
                return Err(Unjudged::Incomplete { field: field.to_owned() });
            }
        }
        if object.name.is_empty() {
            return Err(Unjudged::Incomplete { field: "metadata.name".to_owned() });
        }
        let resource = session.resource(&object.api_version, &object.kind, since).await?;
        let collection = if resource.is_namespaced {
            if object.namespace.is_empty() {
                let default = &session.context().view().namespace;
                object.namespace.clone_from(options.namespace.as_ref().unwrap_or(default));
                if let Some(metadata) = asked.yours.get_mut("metadata").and_then(Value::as_object_mut) {
                    metadata.insert("namespace".to_owned(), object.namespace.clone().into());
                }
            }
            format!("{}/namespaces/{}/{}", resource.base, segment(&object.namespace)?, resource.plural)
        } else {
            object.namespace.clear();
            format!("{}/{}", resource.base, resource.plural)
        };
        let body = serde_json::to_vec(&asked.yours).map_err(|_| Unjudged::BadRequest)?;
        if body.len() > MAX_BODY {
            return Err(Unjudged::TooLarge);
        }
        let manager = escape(&options.manager);
        let query = format!("dryRun=All&fieldManager={manager}&fieldValidation=Strict&{SERVER_TIMEOUT}");
        let name = asked.yours.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        Ok(match name {
            "" => Self::Create { uri: format!("{collection}?{query}"), body },
            name => Self::Apply { object: format!("{collection}/{}", segment(name)?), query, body },
        })
    }
}

async fn send(
    session: &Session,
    method: Method,
    uri: String,
    content_type: &'static str,
    body: Vec<u8>,
) -> Outcome {
    session.send(Question { method, uri, body: Some((content_type, body)) }).await
}

/// Whether anybody but the manager's own applies owns fields of the live object, its status aside.
fn is_shared(live: &Outcome, manager: &str) -> bool {
    let Ok(answer) = live else { return false };
    if answer.status != StatusCode::OK {
        return false;
    }
    let live: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let managers = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    managers.into_iter().flatten().any(|entry| {
        let text = |field| entry.get(field).and_then(Value::as_str).unwrap_or_default();
        text("subresource").is_empty() && (text("manager") != manager || text("operation") != "Apply")
    })
}

/// A value of a query. Everything but unreserved characters (RFC 3986) is escaped.
fn escape(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
