//! The body of an answer: an object, a `Status`, or something that is not Kubernetes'.

use serde_json::Value;

use super::Exchange;

/// What a body is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    /// A `Status` of a failure.
    Failure(Status),
    /// An object or a list: it has a `kind` and an `apiVersion`, or is one of the answers without (`/version`).
    Object(Value),
    /// A web page.
    Html,
    /// The server's own short texts: `404 page not found`, `Unauthorized`.
    Text(String),
}

/// The parts of a `metav1.Status` that are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Status {
    pub message: String,
    pub reason: String,
    pub causes: Vec<Cause>,
}

/// One of `details.causes`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cause {
    pub reason: String,
    pub field: String,
    pub message: String,
}

/// Reads a body by what it is, not by what its headers say: a 504 of the server is JSON sent as text/plain.
pub(super) fn read(exchange: &Exchange) -> Body {
    let text = String::from_utf8_lossy(&exchange.body);
    match serde_json::from_str::<Value>(&text) {
        Ok(value) if is_failure(&value) => Body::Failure(status(&value)),
        Ok(value @ Value::Object(_)) => Body::Object(value),
        _ if is_html(&exchange.content_type, &text) => Body::Html,
        _ => Body::Text(text.into_owned()),
    }
}

fn is_failure(value: &Value) -> bool {
    let is = |field, text: &str| value.get(field).and_then(Value::as_str) == Some(text);
    is("status", "Failure") && (is("kind", "Status") || value.get("code").is_some_and(Value::is_number))
}

fn is_html(content_type: &str, text: &str) -> bool {
    let start: String = text.trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
    content_type.to_ascii_lowercase().contains("html")
        || ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| start.starts_with(tag))
}

fn status(value: &Value) -> Status {
    let text = |value: &Value, field| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let causes = value.pointer("/details/causes").and_then(Value::as_array);
    Status {
        message: text(value, "message"),
        reason: text(value, "reason"),
        causes: causes
            .into_iter()
            .flatten()
            .map(|cause| Cause {
                reason: text(cause, "reason"),
                field: text(cause, "field"),
                message: text(cause, "message"),
            })
            .collect(),
    }
}
