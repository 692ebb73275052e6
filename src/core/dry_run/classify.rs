//! From an answer to a verdict, and who gave it.
//!
//! The text counts before the status code: a 403 is RBAC, Pod Security, a quota or a webhook's choice; a 422 is a
//! validation or a ValidatingAdmissionPolicy; a webhook may use any code. And the text is read from its start, where
//! only the server writes. The sentences are those of Kubernetes 1.36 (apiserver/pkg/admission, apimachinery/api/errors,
//! the admission plugins) and are held against recorded answers in `tests/dry_run_recorded.rs`.

use super::sentence::Sentence;
use super::status::{self, Body, Status};
use super::{ConflictKind, Exchange, Invalidity, Judge, Message, Missing, Unjudged, Verdict};

/// What one answer says.
#[derive(Debug, Clone, PartialEq)]
pub struct Classified {
    /// The verdict. For a request that was granted it is [`Verdict::Allowed`], a GET included.
    pub verdict: Verdict,
    /// The judge's own words; for other failures the server's. Not masked, not made safe.
    pub message: String,
    /// The message in its parts.
    pub messages: Vec<Message>,
    /// Paths in the server's spelling with what is wrong there.
    pub complaints: Vec<(String, String)>,
    /// For a conflict: paths with the managers that own them.
    pub owners: Vec<(String, String)>,
}

impl Classified {
    /// Nothing is known of the object.
    pub(super) fn not_judged(why: Unjudged) -> Self {
        bare(not_judged(why), "")
    }
}

/// Reads an answer. Never fails; what is not understood is not judged.
#[must_use]
pub fn classify(exchange: &Exchange) -> Classified {
    let granted = (200..300).contains(&exchange.status);
    match status::read(exchange) {
        Body::Failure(status) => failure(exchange, &status),
        Body::Object(object) if granted && is_kubernetes(&object) => bare(Verdict::Allowed, ""),
        Body::Object(_) => bare(by_code(exchange.status, Unjudged::NotKubernetes), ""),
        Body::Html => bare(not_judged(Unjudged::HtmlFromProxy), ""),
        Body::Text(text) => {
            let text = text.trim();
            let why = match exchange.status {
                // Of a server that does not know the group; a proxy's has other words.
                404 if text == "404 page not found" => Unjudged::UnknownKind,
                _ => Unjudged::NotKubernetes,
            };
            bare(by_code(exchange.status, why), text)
        }
    }
}

/// An answer of the server's without parts.
fn bare(verdict: Verdict, message: &str) -> Classified {
    Classified {
        verdict,
        message: message.to_owned(),
        messages: whole(message),
        complaints: Vec::new(),
        owners: Vec::new(),
    }
}

fn whole(text: &str) -> Vec<Message> {
    let message = Message { constraint: None, text: text.to_owned() };
    if text.is_empty() { Vec::new() } else { vec![message] }
}

fn not_judged(why: Unjudged) -> Verdict {
    Verdict::NotJudged { why }
}

/// Objects have both; `/version` and discovery have neither or one, and are never asked for a verdict.
fn is_kubernetes(object: &serde_json::Value) -> bool {
    let has = |field| object.get(field).is_some_and(serde_json::Value::is_string);
    (has("kind") && has("apiVersion")) || has("gitVersion")
}

/// What the status code alone says, for answers whose text says nothing.
fn by_code(code: u16, otherwise: Unjudged) -> Verdict {
    not_judged(match code {
        401 => Unjudged::Unauthorized,
        408 | 504 => Unjudged::Timeout,
        413 => Unjudged::TooLarge,
        429 => Unjudged::TooManyRequests,
        500..=599 => Unjudged::ServerError,
        _ => otherwise,
    })
}

fn failure(exchange: &Exchange, status: &Status) -> Classified {
    let text = status.message.as_str();
    webhook(text)
        .or_else(|| admission(text, status))
        .or_else(|| apply(text, status))
        .or_else(|| invalid(text, status))
        .unwrap_or_else(|| bare(request(exchange, status), text))
}

/// Webhooks that deny, cannot be called or are not called.
fn webhook(text: &str) -> Option<Classified> {
    let mut rest = Sentence(text);
    if rest.skip("admission webhook ").is_some() {
        let name = rest.quoted()?;
        if rest.0 == " does not support dry run" {
            return Some(bare(not_judged(Unjudged::NoDryRunSupport { name }), text));
        }
        rest.skip(" denied the request")?;
        let said = rest.0.strip_prefix(": ").unwrap_or_default();
        let mut classified = bare(Verdict::Denied { by: Judge::Webhook { name } }, said);
        classified.messages = constraints(said);
        return Some(classified);
    }
    // Servers before 1.13 did not say that the error is internal.
    let _ = rest.skip("Internal error occurred: ");
    let mut failed = rest;
    if failed.skip("failed calling webhook ").is_some() || rest.skip("admission webhook ").is_some() {
        let name = if failed.0 == rest.0 { None } else { failed.quoted() };
        let name = name.or_else(|| rest.quoted())?;
        return Some(bare(not_judged(Unjudged::WebhookFailed { name }), text));
    }
    None
}

/// The parts of a message that is made of `[constraint] message` lines, as Gatekeeper writes it. A line without a
/// constraint belongs to the one before it.
fn constraints(text: &str) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    for line in text.lines() {
        let named =
            line.strip_prefix('[').and_then(|rest| rest.split_once("] ")).filter(|(name, _)| is_name(name));
        match (named, messages.last_mut()) {
            (Some((name, text)), _) => {
                messages.push(Message { constraint: Some(name.to_owned()), text: text.to_owned() });
            }
            (None, Some(last)) if last.constraint.is_some() => {
                last.text.push('\n');
                last.text.push_str(line);
            }
            (None, _) => return whole(text),
        }
    }
    messages
}

/// A name of an object: a DNS subdomain.
fn is_name(name: &str) -> bool {
    let end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    end(name.chars().next())
        && end(name.chars().next_back())
        && name.len() <= 253
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-'))
}

/// `pods "web" is forbidden: …`: RBAC, the admission plugins inside the server, and policies.
fn admission(text: &str, status: &Status) -> Option<Classified> {
    let mut rest = Sentence(text);
    if let Some(classified) = failed_policy(text) {
        return Some(classified);
    }
    if rest.skip("forbidden: ").is_none() {
        rest.name()?;
        if rest.skip(" is forbidden: ").is_none() {
            rest.skip(" ")?;
            rest.quoted()?;
            rest.skip(" is forbidden: ")?;
        }
    }
    let said = rest.0;
    if let Some(missing) = missing(rest) {
        return Some(bare(rights(missing), text));
    }
    let denied = |by, said| Some(bare(Verdict::Denied { by }, said));
    if let Some((policy, binding, said)) = policy(rest) {
        return Some(if is_cel_error(said, status) {
            bare(not_judged(Unjudged::CelError { policy, binding }), said)
        } else {
            bare(Verdict::Denied { by: Judge::ValidatingAdmissionPolicy { policy, binding } }, said)
        });
    }
    if let Some((level, version, said)) = pod_security(rest) {
        let mut classified = bare(Verdict::Denied { by: Judge::PodSecurity { level, version } }, said);
        classified.messages = super::pod_security::parts(said);
        return Some(classified);
    }
    if let Some(name) = quota(rest) {
        return denied(Judge::Quota { name }, said);
    }
    if is_limit_range(said) {
        return denied(Judge::LimitRange, said);
    }
    if is_priority(said) {
        return denied(Judge::Priority, said);
    }
    if let Some(why) = not_about_the_object(rest) {
        return Some(bare(not_judged(why), said));
    }
    denied(Judge::Admission, said)
}

/// A policy that could not be evaluated or configured, as the policy framework reports it.
fn failed_policy(text: &str) -> Option<Classified> {
    let mut rest = Sentence(text);
    rest.skip("policy ")?;
    let (policy, binding) = match rest.quoted() {
        Some(policy) => (policy, String::new()),
        None => {
            rest.skip("'")?;
            let policy = rest.until("' with binding '")?.to_owned();
            (policy, rest.until("'")?.to_owned())
        }
    };
    rest.skip(" denied request: ")?;
    Some(bare(not_judged(Unjudged::CelError { policy, binding }), rest.0))
}

/// `User "u" cannot patch resource "pods" in API group "" in the namespace "ns"`
fn missing(mut rest: Sentence<'_>) -> Option<Missing> {
    rest.skip("User ")?;
    let user = rest.quoted()?;
    rest.skip(" cannot ")?;
    let verb = rest.name()?.to_owned();
    if rest.skip(" path ").is_some() {
        let resource = rest.quoted()?;
        return Some(Missing { user, verb, resource, group: String::new(), namespace: None });
    }
    rest.skip(" resource ")?;
    let resource = rest.quoted()?;
    rest.skip(" in API group ")?;
    let group = rest.quoted()?;
    let namespace = if rest.skip(" in the namespace ").is_some() {
        Some(rest.quoted()?)
    } else {
        rest.skip(" at the cluster scope")?;
        None
    };
    Some(Missing { user, verb, resource, group, namespace })
}

fn rights(missing: Missing) -> Verdict {
    if missing.verb.starts_with("impersonate") {
        not_judged(Unjudged::ImpersonationRefused { missing })
    } else {
        Verdict::Forbidden { missing }
    }
}

/// `ValidatingAdmissionPolicy 'p' with binding 'b' denied request: …`; names cannot hold quotes.
fn policy(mut rest: Sentence<'_>) -> Option<(String, String, &str)> {
    rest.skip("ValidatingAdmissionPolicy '")?;
    let policy = rest.until("'")?.to_owned();
    let binding = match rest.skip(" with binding '") {
        Some(()) => rest.until("'")?.to_owned(),
        None => String::new(),
    };
    rest.skip(" denied request: ")?;
    Some((policy, binding, rest.0))
}

/// Whether a policy's words are those of the server about a failed expression. A policy that words its own message like
/// this is not judged either; it never counts as an allow.
fn is_cel_error(said: &str, status: &Status) -> bool {
    // Errors have no reason of their own and get this one.
    status.reason == "Invalid"
        && ((said.starts_with("expression '") && said.contains("' resulted in error: "))
            || said.starts_with("failed messageExpression: ")
            || said.starts_with("validation failed due to running out of cost budget")
            || said.starts_with("compilation error: ")
            || said.starts_with("compilation failed: "))
}

/// `violates PodSecurity "restricted:latest": …`
fn pod_security(mut rest: Sentence<'_>) -> Option<(String, String, &str)> {
    rest.skip("violates PodSecurity ")?;
    let policy = rest.quoted()?;
    rest.skip(": ")?;
    let (level, version) = policy.split_once(':')?;
    Some((level.to_owned(), version.to_owned(), rest.0))
}

/// The name of the quota that refuses; empty where none is named.
fn quota(mut rest: Sentence<'_>) -> Option<String> {
    for (words, end) in [
        ("exceeded quota: ", ", requested: "),
        ("failed quota: ", ": "),
        ("status unknown for quota: ", ", resources: "),
    ] {
        if rest.skip(words).is_some() {
            return rest.until(end).map(str::to_owned);
        }
    }
    let nameless = ["insufficient quota to consume: ", "quota usage is negative for resource(s): "];
    nameless.iter().any(|words| rest.0.starts_with(words)).then(String::new)
}

/// `maximum cpu usage per Container is 1, but limit is 4`, or several in brackets.
fn is_limit_range(said: &str) -> bool {
    let mut rest = Sentence(said.strip_prefix('[').unwrap_or(said));
    let amount = rest.skip("maximum ").or_else(|| rest.skip("minimum ")).is_some();
    let resource = rest.name().is_some();
    resource && rest.skip(if amount { " usage per " } else { " max limit to request ratio per " }).is_some()
}

fn is_priority(said: &str) -> bool {
    [
        "no PriorityClass with name ",
        "the integer value of priority (",
        "the string value of PreemptionPolicy (",
        "priority set in the pod group (",
    ]
    .iter()
    .any(|words| said.starts_with(words))
}

/// What admission says when it could not look at the object.
fn not_about_the_object(mut rest: Sentence<'_>) -> Option<Unjudged> {
    if rest.skip("unable to create new content in namespace ").is_some() {
        let namespace = rest.until(" because it is being terminated")?.to_owned();
        return Some(Unjudged::NamespaceTerminating { namespace });
    }
    if rest.skip("error looking up service account ").is_some() {
        let name = rest.until(": ")?.to_owned();
        let missing = rest.0.ends_with(" not found");
        return Some(if missing { Unjudged::ServiceAccountMissing { name } } else { Unjudged::ServerError });
    }
    if rest.0 == "not yet ready to handle request" {
        return Some(Unjudged::ServerError);
    }
    // The condition under which a webhook would be called.
    let condition = rest.0.starts_with("expression '") && rest.0.contains("' resulted in error: ");
    condition.then(|| Unjudged::CelError { policy: String::new(), binding: String::new() })
}

/// Server-side apply's own failures: ownership, and objects that do not fit the schema.
fn apply(text: &str, status: &Status) -> Option<Classified> {
    if text.starts_with("Apply failed with ") {
        let owners =
            status.causes.iter().filter(|cause| cause.reason == "FieldManagerConflict").map(|cause| {
                let mut said = Sentence(&cause.message);
                let owner = said.skip("conflict with ").and_then(|()| said.quoted());
                (cause.field.clone(), owner.unwrap_or_default())
            });
        let mut classified = bare(Verdict::Conflict { kind: ConflictKind::Ownership }, text);
        classified.owners = owners.collect();
        return Some(classified);
    }
    if text.starts_with("Operation cannot be fulfilled on ") {
        return Some(bare(Verdict::Conflict { kind: ConflictKind::Stale }, text));
    }
    let mut rest = Sentence(text);
    if rest.skip("failed to create typed patch object (").is_some()
        || rest.skip("failed to convert new object (").is_some()
    {
        let said = rest.until("): ").map_or(text, |_| rest.0);
        let mut classified = bare(Verdict::Invalid { why: Invalidity::Schema }, said);
        classified.complaints = super::complaint::typed_patch(said);
        if let Some(messages) = super::complaint::messages(&classified.complaints) {
            classified.messages = messages;
        }
        return Some(classified);
    }
    None
}

/// Objects that are no valid ones of their kind.
fn invalid(text: &str, status: &Status) -> Option<Classified> {
    let refused = |why, text| bare(Verdict::Invalid { why }, text);
    if text.starts_with("error decoding YAML: ") || text.starts_with("error strict decoding YAML: ") {
        return Some(refused(Invalidity::Syntax, text));
    }
    if text == "metadata.managedFields must be nil" {
        let mut classified = refused(Invalidity::Validation, text);
        classified.complaints = vec![("metadata.managedFields".to_owned(), "must be nil".to_owned())];
        return Some(classified);
    }
    let mismatch = [
        "the name of the object (",
        "the namespace of the provided object does not match ",
        "invalid object type: ",
    ];
    if mismatch.iter().any(|words| text.starts_with(words)) {
        return Some(refused(Invalidity::Mismatch, text));
    }
    let mut rest = Sentence(text);
    if rest.name().is_some() && rest.skip(" in version ").is_some() {
        // Pod in version "v1" cannot be handled as a Pod: strict decoding error: …
        rest.quoted()?;
        rest.skip(" cannot be handled as a ")?;
        rest.until(": ")?;
        let mut classified = refused(Invalidity::Schema, rest.0);
        classified.complaints = super::complaint::strict_decoding(rest.0);
        return Some(classified);
    }
    let mut rest = Sentence(text);
    let kind = rest.name().unwrap_or_default();
    rest.skip(" ")?;
    rest.quoted()?;
    rest.skip(" is invalid")?;
    if kind.ends_with("Options.meta.k8s.io") {
        // The parameters of the request, which are ours and not the object's.
        return Some(bare(not_judged(Unjudged::BadRequest), text));
    }
    let immutable = status.causes.iter().any(|cause| is_immutable(&cause.message));
    let why = match kind {
        // The object does not decode after the patch.
        "" => Invalidity::Schema,
        _ if immutable => Invalidity::Immutable,
        _ => Invalidity::Validation,
    };
    let mut classified = refused(why, rest.0.strip_prefix(": ").unwrap_or(text));
    let causes = status.causes.iter().filter(|cause| !matches!(cause.field.as_str(), "" | "<nil>" | "patch"));
    classified.complaints = causes.map(|cause| (cause.field.clone(), cause.message.clone())).collect();
    if let Some(messages) = super::complaint::messages(&classified.complaints) {
        classified.messages = messages;
    }
    Some(classified)
}

fn is_immutable(message: &str) -> bool {
    let said = message.trim_end();
    said.ends_with(": field is immutable")
        || said.ends_with(": field is immutable once set")
        || said.contains(": field is immutable when ")
        || [
            "Forbidden: pod updates may not ",
            "Forbidden: updates to ",
            "Forbidden: spec is immutable after ",
        ]
        .iter()
        .any(|words| said.starts_with(words))
}

/// Failures of the request itself.
fn request(exchange: &Exchange, status: &Status) -> Verdict {
    let text = status.message.as_str();
    let mut rest = Sentence(text);
    if text.starts_with("Timeout: ") {
        return not_judged(Unjudged::Timeout);
    }
    if text == "the server could not find the requested resource" {
        return not_judged(Unjudged::UnknownKind);
    }
    if rest.name().is_some_and(|resource| resource == "namespaces") && exchange.status == 404 {
        let name = rest.skip(" ").and_then(|()| rest.quoted()).filter(|_| rest.0 == " not found");
        let path = exchange.sent.uri.split('?').next().unwrap_or_default();
        // Not of a request about the namespace itself.
        if let Some(namespace) = name.filter(|name| path.contains(&format!("/namespaces/{name}/"))) {
            return not_judged(Unjudged::NamespaceMissing { namespace });
        }
    }
    if exchange.status == 404 && text.ends_with(" not found") {
        return not_judged(Unjudged::NotFound);
    }
    if exchange.status == 409 && text.ends_with(" already exists") {
        return Verdict::Conflict { kind: ConflictKind::Exists };
    }
    // A 200 with a failure in it is no allow.
    let otherwise =
        if (400..500).contains(&exchange.status) { Unjudged::BadRequest } else { Unjudged::NotKubernetes };
    by_code(exchange.status, otherwise)
}
