//! Makes one answer of the exchanges about one object.

use serde_json::Value;

use super::mask::{Redactor, mask_versions};
use super::status::{self, Body};
use super::{
    Answer, Asked, Change, Classified, Conflict, ConflictKind, Exchange, Judge, NoAnswer, Outcome, Problem,
    Sent, Target, Unjudged, Verdict, classify, pod_security, pointer, warnings, without_noise,
};
use crate::core::manifest::expand::Derived;

impl Answer {
    /// The answer to what was asked. Values of Secrets are in none of its parts.
    #[must_use]
    pub fn new(asked: Asked) -> Self {
        let Asked { context, target, mut yours, derived, live: read, dry_run, unforced } = asked;
        let requests = [read.as_ref(), Some(&dry_run), unforced.as_ref()];
        let requests: Vec<Sent> = requests.into_iter().flatten().filter_map(sent).collect();

        let mut live = read.as_ref().and_then(|outcome| outcome.as_ref().ok()).and_then(granted);
        let unread = read.as_ref().and_then(unread);
        let (classified, mut stored) = judge(&target, &yours, &dry_run);
        let body =
            dry_run.as_ref().map(|exchange| String::from_utf8_lossy(&exchange.body)).unwrap_or_default();
        let parsed: Option<Value> = serde_json::from_str(&body).ok();
        let known = [Some(&yours), live.as_ref(), stored.as_ref(), parsed.as_ref()];
        let redactor = Redactor::new(known.into_iter().flatten());
        // What is said is read once more without the values: taken apart, a text would hide less.
        let said = match (&dry_run, redactor.is_empty()) {
            (Ok(exchange), false) => {
                classify(&Exchange { body: redactor.redact_body(&body).into_bytes(), ..exchange.clone() })
            }
            _ => classified.clone(),
        };

        let change = match (&classified.verdict, dry_run.as_ref().map(|exchange| exchange.status)) {
            (Verdict::Allowed, Ok(201)) => Some(Change::WouldCreate),
            (Verdict::Allowed, _) => live.as_ref().zip(stored.as_ref()).map(|(live, stored)| {
                let same = without_noise(live, &[]) == without_noise(stored, &[]);
                if same { Change::NoChange } else { Change::WouldChange }
            }),
            _ => None,
        };
        let owners = owners(&classified, unforced.as_ref());
        let problems = problems(&yours, &said, derived.as_ref());
        mask_versions(Some(&mut yours), live.as_mut(), stored.as_mut());
        let conflicts = owners.into_iter().map(|(field, owner)| {
            let at = |object: &Value| {
                pointer(object, &field).and_then(|pointer| object.pointer(&pointer).cloned())
            };
            Conflict {
                pointer: place(&yours, &field, derived.as_ref()),
                yours: at(&yours),
                theirs: live.as_ref().and_then(at),
                field,
                owner,
            }
        });
        let conflicts = conflicts.collect();

        let warned = dry_run.as_ref().map(|exchange| warnings(&exchange.warnings)).unwrap_or_default();
        Self {
            context,
            target,
            verdict: classified.verdict,
            message: said.message,
            messages: said.messages,
            problems,
            warnings: warned.iter().map(|text| redactor.redact(text)).collect(),
            change,
            conflicts,
            yours,
            stored,
            live,
            unread,
            requests,
            status: dry_run.as_ref().ok().map(|exchange| exchange.status),
            body: redactor.redact_body(&body),
        }
    }

    /// The answer where nothing could be asked, or no longer.
    #[must_use]
    pub fn not_judged(context: String, target: Target, yours: Value, why: Unjudged) -> Self {
        let dry_run = Err(NoAnswer { sent: None, why });
        Self::new(Asked { context, target, yours, derived: None, live: None, dry_run, unforced: None })
    }
}

fn sent(outcome: &Outcome) -> Option<Sent> {
    match outcome {
        Ok(exchange) => Some(exchange.sent.clone()),
        Err(none) => none.sent.clone(),
    }
}

/// The object that was answered with, if it was.
fn granted(exchange: &Exchange) -> Option<Value> {
    match status::read(exchange) {
        Body::Object(object) if (200..300).contains(&exchange.status) => Some(object),
        _ => None,
    }
}

/// Why a GET gave no object.
fn unread(outcome: &Outcome) -> Option<Verdict> {
    match outcome.as_ref().map(|exchange| classify(exchange).verdict) {
        Ok(Verdict::Allowed | Verdict::NotJudged { why: Unjudged::NotFound }) => None,
        Ok(verdict) => Some(verdict),
        Err(none) => Some(Verdict::NotJudged { why: none.why.clone() }),
    }
}

/// The verdict, with the object as it would be stored.
fn judge(target: &Target, yours: &Value, dry_run: &Outcome) -> (Classified, Option<Value>) {
    let exchange = match dry_run {
        Ok(exchange) => exchange,
        Err(none) => return (Classified::not_judged(none.why.clone()), None),
    };
    let classified = classify(exchange);
    if classified.verdict != Verdict::Allowed {
        return (classified, None);
    }
    // A yes to something else is no allow of this.
    match granted(exchange).filter(|stored| is_the_same(target, yours, stored)) {
        Some(stored) => (classified, Some(stored)),
        None => (Classified::not_judged(Unjudged::WrongObject), None),
    }
}

/// Whether a server's object is the one that was sent: the same kind, name and namespace.
fn is_the_same(target: &Target, yours: &Value, stored: &Value) -> bool {
    let text =
        |value: &Value, at: &str| value.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let same = |at| text(yours, at) == text(stored, at);
    let name = text(yours, "/metadata/name");
    let named = match name.as_str() {
        "" => text(stored, "/metadata/name").starts_with(&text(yours, "/metadata/generateName")),
        name => text(stored, "/metadata/name") == name,
    };
    same("/apiVersion")
        && same("/kind")
        && named
        && text(stored, "/metadata/namespace") == target.object.namespace
}

/// The fields that others own, from whichever answer says so.
fn owners(classified: &Classified, unforced: Option<&Outcome>) -> Vec<(String, String)> {
    if !classified.owners.is_empty() {
        return classified.owners.clone();
    }
    let Some(Ok(exchange)) = unforced else { return Vec::new() };
    let unforced = classify(exchange);
    let conflict = unforced.verdict == Verdict::Conflict { kind: ConflictKind::Ownership };
    if conflict { unforced.owners } else { Vec::new() }
}

fn place(object: &Value, path: &str, derived: Option<&Derived>) -> Option<String> {
    let pointer = pointer(object, path)?;
    Some(derived.map_or_else(|| pointer.clone(), |derived| derived.origin(&pointer)))
}

fn problems(yours: &Value, classified: &Classified, derived: Option<&Derived>) -> Vec<Problem> {
    if let Verdict::Denied { by: Judge::PodSecurity { .. } } = classified.verdict {
        let places = pod_security::places(yours, &classified.message).into_iter();
        return places
            .map(|place| Problem {
                pointer: Some(match derived {
                    Some(derived) => derived.origin(&place.pointer),
                    None => place.pointer,
                }),
                path: place.field,
                message: place.part,
            })
            .collect();
    }
    let complaints = classified.complaints.iter();
    complaints
        .map(|(path, said)| Problem {
            path: path.clone(),
            pointer: place(yours, path, derived),
            message: said.clone(),
        })
        .collect()
}
