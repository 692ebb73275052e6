//! YAML as OPA 1.22 reads it (`yaml.unmarshal`): go-yaml v3, where `yes`, `no`, `on`, `off`, `y` and `n` are text.

use serde_json::Value;

use super::note::{Fault, FaultKind};
use super::scalar::{self, Scalar};
use super::source::Source;
use super::{MAX_BYTES, full, split};

/// Why there is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It is no YAML, or nothing that JSON could hold; in go-yaml's words.
    Malformed(String),
    /// OPA may read it; this reader cannot tell.
    Unsure,
}

/// The first document of a text; the others must be readable too. Null if there is none.
///
/// # Errors
/// If OPA refuses the text, or this reader is not sure what OPA reads.
pub fn read_as_opa(text: &str) -> Result<Value, Refused> {
    let odd = |line: &str| line.starts_with('%') || line.starts_with("...");
    // An explicit timestamp is written anew by OPA.
    if text.len() > MAX_BYTES || text.lines().any(odd) || text.contains("timestamp") && text.contains('!') {
        return Err(Refused::Unsure);
    }
    let mut first = None;
    for (at, piece) in split::pieces(text).iter().enumerate() {
        let json_follows = at > 0 && !text.get(..piece.range.start).is_some_and(ends_with_separator);
        if piece.bad_separator.is_some() || json_follows {
            return Err(Refused::Unsure);
        }
        let body = text.get(piece.range.clone()).unwrap_or_default();
        // In front of the first separator there may be nothing but comments, which are no document.
        if at == 0 && body.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            continue;
        }
        let source = Source::new(body, 0, false);
        if let Some(fault) = &source.fault {
            return Err(refused(fault));
        }
        let builder = full::read_as_opa(&source, body);
        if let Some(fault) = builder.faults.first() {
            return Err(refused(fault));
        }
        first.get_or_insert(builder.root.unwrap_or(Value::Null));
    }
    Ok(first.unwrap_or(Value::Null))
}

fn ends_with_separator(before: &str) -> bool {
    before.trim_end_matches('\n').lines().next_back().is_some_and(|line| line.starts_with("---"))
}

fn refused(fault: &Fault) -> Refused {
    match &fault.kind {
        FaultKind::Yaml(words) if !words.contains("uint64") && !words.contains("aliasing") => {
            Refused::Malformed(words.clone())
        }
        _ => Refused::Unsure,
    }
}

/// Whether a text without quotes is read as a text. `None` if this reader cannot tell.
#[must_use]
pub fn is_text(text: &str) -> Option<bool> {
    if scalar::is_timestamp(text) {
        return if text.len() <= 10 { Some(false) } else { None };
    }
    let old = scalar::is_old_bool(text);
    // Numbers in base 60 are quoted for the sake of readers of YAML 1.1.
    let sixty = sixty(text.strip_prefix(['-', '+']).unwrap_or(text));
    Some(!old && sixty.is_none() && matches!(scalar::plain(text.into()), Scalar::Str(_)))
}

/// `1:30:59.5`
fn sixty(text: &str) -> Option<()> {
    let mut parts = text.split(':');
    let digits = |part: &str, more: &[char]| {
        let mut chars = part.chars();
        chars.next().is_some_and(|c| c.is_ascii_digit())
            && chars.all(|c| c.is_ascii_digit() || more.contains(&c))
    };
    parts.next().filter(|first| digits(first, &['_']))?;
    let rest: Vec<&str> = parts.collect();
    let (last, inner) = rest.split_last()?;
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    let minutes =
        |part: &str| digits(part, &[]) && part.len() <= 2 && part.parse::<u8>().is_ok_and(|n| n < 60);
    let fits = inner.iter().all(|part| minutes(part))
        && minutes(last)
        && fraction.chars().all(|c| c.is_ascii_digit() || c == '_');
    fits.then_some(())
}
