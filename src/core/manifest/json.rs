//! Reads a document that is JSON, which Kubernetes reads without go-yaml: other escapes, no line folding, no anchors.

use std::borrow::Cow;

use super::builder::Builder;
use super::note::Fault;

/// Whether Kubernetes takes the document for JSON, and it is.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Reads a document that [`is_json`]. `None` if a string has half of a surrogate pair.
pub(super) fn read(text: &str, base: usize, line: usize) -> Option<Builder<'_>> {
    let mut builder = Builder::new(text, base, line);
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at) {
        let start = at as u32;
        match byte {
            b'{' | b'[' => {
                builder.open(byte == b'{', 0, start).ok()?;
                at += 1;
            }
            b'}' | b']' => {
                builder.close(start + 1).ok()?;
                at += 1;
            }
            b'"' => {
                let length = string_length(text.get(at..)?)?;
                let written = text.get(at..at + length)?;
                let value = if written.contains('\\') {
                    Cow::Owned(serde_json::from_str::<String>(written).ok()?)
                } else {
                    Cow::Borrowed(text.get(at + 1..at + length - 1)?)
                };
                at += length;
                builder.scalar(value, true, None, 0, (start, at as u32));
            }
            b't' | b'f' | b'n' | b'-' | b'0'..=b'9' => {
                let rest = text.get(at..)?;
                let length = rest.find([',', ']', '}', ' ', '\n', '\r', '\t']).unwrap_or(rest.len());
                let word = rest.get(..length)?;
                at += length;
                if word.parse::<f64>().is_ok_and(f64::is_infinite) {
                    let words = format!("json: cannot unmarshal number {word} into Go value of type float64");
                    builder.faults.push(Fault::yaml(base + at - length..base + at, words));
                }
                builder.scalar(word.into(), false, None, 0, (start, at as u32));
            }
            // Blanks, `,` and `:` mean nothing once the text is known to be JSON.
            _ => at += 1,
        }
    }
    Some(builder)
}

/// How many bytes the string has that `text` starts with, with its quotes.
fn string_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}
