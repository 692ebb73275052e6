//! What a cluster said about an object, and who said it. Data; `strings` has the words.

use serde::{Deserialize, Serialize};

use crate::core::decision;

/// The answer of an API server to the dry-run of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It would be stored.
    Allowed,
    /// Admission refuses it.
    Denied { by: Judge },
    /// It is no valid object of its kind, or no valid change of the live one.
    Invalid { why: Invalidity },
    /// Another field manager owns what would be changed, or the object was changed meanwhile.
    Conflict { kind: ConflictKind },
    /// The user may not do this. Says nothing about the object.
    Forbidden { missing: Missing },
    /// The server's answer says nothing about the object. Neither an allow nor a deny.
    NotJudged { why: Unjudged },
}

/// Who refused an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "judge", rename_all = "snake_case")]
pub enum Judge {
    /// Pod Security admission, by the level (`restricted`) and version (`latest`, `v1.36`) of the namespace.
    PodSecurity { level: String, version: String },
    /// A ValidatingAdmissionPolicy by one of its bindings.
    ValidatingAdmissionPolicy { policy: String, binding: String },
    /// An admission webhook by its name in the configuration.
    Webhook { name: String },
    /// A ResourceQuota by its name; empty where the server does not say which.
    Quota { name: String },
    /// A LimitRange of the namespace.
    LimitRange,
    /// The Priority plugin: a PriorityClass that does not exist or may not be used.
    Priority,
    /// Another admission plugin. The server does not say which one; its message does.
    Admission,
}

/// Why an object is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Invalidity {
    /// A field that the kind does not have, or a value of the wrong type.
    Schema,
    /// A value that the kind does not allow.
    Validation,
    /// A change of what cannot be changed.
    Immutable,
    /// The text itself: not YAML or JSON, duplicate keys.
    Syntax,
    /// The object does not fit the address it was sent to, e.g. its name or namespace differs.
    Mismatch,
}

/// Why an apply conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// Others own fields that would change; see [`super::Conflict`].
    Ownership,
    /// `metadata.resourceVersion` is not that of the live object.
    Stale,
    /// A POST made up a name that is taken.
    Exists,
}

/// A right that the user does not have, as RBAC words it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Missing {
    /// Who asked.
    pub user: String,
    /// `get`, `patch`, `create`, …
    pub verb: String,
    /// The resource with its subresource: `pods`, `deployments/scale`.
    pub resource: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// Where; `None` for the cluster scope.
    pub namespace: Option<String>,
}

/// Why a cluster's answer is no verdict on the object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Unjudged {
    /// A webhook could not be called, or gave no answer that the server understands.
    WebhookFailed { name: String },
    /// A webhook has side effects, so the server does not call it for a dry-run and refuses the request.
    NoDryRunSupport { name: String },
    /// An expression of a policy, or its configuration, ended with an error. Without names it is the condition of a
    /// webhook.
    CelError { policy: String, binding: String },
    /// The namespace does not exist.
    NamespaceMissing { namespace: String },
    /// The namespace is being deleted.
    NamespaceTerminating { namespace: String },
    /// The Pod's service account does not exist (yet).
    ServiceAccountMissing { name: String },
    /// The server does not know the kind.
    UnknownKind,
    /// There is no such object. The answer to a GET.
    NotFound,
    /// No answer in time, ours or the server's.
    Timeout,
    /// The credentials were not accepted.
    Unauthorized,
    /// Impersonating somebody is not allowed.
    ImpersonationRefused { missing: Missing },
    /// The server or a proxy asks to slow down.
    TooManyRequests,
    /// The object is larger than the server takes.
    TooLarge,
    /// The request itself was wrong: a method, parameter or type that the server does not take.
    BadRequest,
    /// The server failed.
    ServerError,
    /// Not an API server: a web page, of a proxy or a login.
    HtmlFromProxy,
    /// An answer that is not a Kubernetes object, or one that was cut off.
    NotKubernetes,
    /// The server says yes to something else than what was asked.
    WrongObject,
    /// The server is older than the first one whose dry-runs can be trusted (1.18).
    OldServer { version: String },
    /// Another API server serves the group, and may take a dry-run for a write.
    AggregatedApi { group: String },
    /// No connection.
    Unreachable { detail: String },
    /// A connection, but no TLS: the certificate is not trusted, expired or of another name.
    Tls { detail: String },
    /// The program that gets the credentials failed.
    Credentials { detail: String },
    /// The document waits for another one of the same file that makes its namespace or kind.
    WaitsFor { document: usize },
    /// The name or namespace cannot be part of an address.
    UnsafeName { name: String },
    /// What makes it an object is missing: `apiVersion`, `kind` or a name.
    Incomplete { field: String },
    /// The tool refused to send it, since it was not a dry-run.
    Guarded,
    /// The user stopped it.
    Cancelled,
}

impl Verdict {
    /// The verdict in the words of the local decision: what the server would refuse is a deny; where it is not known
    /// what the server would decide for somebody who may ask, it is not judged.
    #[must_use]
    pub fn decision(&self) -> decision::Verdict {
        match self {
            Verdict::Allowed => decision::Verdict::Allow,
            Verdict::Denied { .. } | Verdict::Invalid { .. } | Verdict::Conflict { .. } => {
                decision::Verdict::Deny
            }
            Verdict::Forbidden { .. } | Verdict::NotJudged { .. } => decision::Verdict::NotJudged,
        }
    }
}
