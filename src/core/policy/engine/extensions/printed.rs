//! Values as OPA writes them into text.
//!
//! The engine keeps a number without its spelling. A number that OPA would print as it is written (`1.0`, `1e3`) or
//! with 20 digits (`1/3`) is printed here in its shortest plain form: a difference in the text of a message only.

use std::cmp::Ordering;
use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;
use regorus::Value;

/// A value as OPA prints it inside others: strings quoted, sets in braces, `set()` if empty.
pub fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => quote(out, text, false),
        Value::Array(values) => write_list(out, ("[", "]"), values.iter()),
        Value::Set(values) if values.is_empty() => out.push_str("set()"),
        Value::Set(values) => write_list(out, ("{", "}"), sorted(values.iter())),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|a, b| order(a.0, b.0));
            out.push('{');
            for (i, (key, value)) in fields.into_iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write_value(out, key);
                out.push_str(": ");
                write_value(out, value);
            }
            out.push('}');
        }
        scalar => match super::wide::written(scalar) {
            Some(text) => out.push_str(&text),
            None => {
                let _ = write!(out, "{scalar}");
            }
        },
    }
}

fn write_list<'a>(out: &mut String, ends: (&str, &str), values: impl IntoIterator<Item = &'a Value>) {
    out.push_str(ends.0);
    for (i, value) in values.into_iter().enumerate() {
        out.push_str(if i > 0 { ", " } else { "" });
        write_value(out, value);
    }
    out.push_str(ends.1);
}

/// Members in OPA's order.
pub fn sorted<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<&'a Value> {
    let mut all: Vec<_> = values.collect();
    all.sort_by(|a, b| order(a, b));
    all
}

/// OPA's order over all values: the engine's own puts sets before objects.
pub fn order(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Array(_) => 1,
        Value::Object(_) => 2,
        Value::Set(_) => 3,
        _ => 0,
    };
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => in_turn(a.iter(), b.iter()),
        (Value::Set(a), Value::Set(b)) => in_turn(sorted(a.iter()), sorted(b.iter())),
        (Value::Object(x), Value::Object(y)) => {
            let (keys, others) = (sorted(x.keys()), sorted(y.keys()));
            // Key by key with its value; the shorter of two is less.
            for (key, other) in keys.iter().zip(&others) {
                let found = order(key, other).then_with(|| match (x.get(key), y.get(other)) {
                    (Some(value), Some(other)) => order(value, other),
                    _ => Ordering::Equal,
                });
                if found.is_ne() {
                    return found;
                }
            }
            keys.len().cmp(&others.len())
        }
        _ => rank(a).cmp(&rank(b)).then_with(|| if rank(a) == 0 { a.cmp(b) } else { Ordering::Equal }),
    }
}

fn in_turn<'a>(a: impl IntoIterator<Item = &'a Value>, b: impl IntoIterator<Item = &'a Value>) -> Ordering {
    let (mut a, mut b) = (a.into_iter(), b.into_iter());
    loop {
        match (a.next(), b.next()) {
            (Some(x), Some(y)) => match order(x, y) {
                Ordering::Equal => {}
                found => return found,
            },
            (x, y) => return x.is_some().cmp(&y.is_some()),
        }
    }
}

/// Text in double quotes as Go's `strconv.Quote` writes it; `ascii`: as `QuoteToASCII` does.
pub fn quote(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    for c in text.chars() {
        escape(out, c, '"', ascii);
    }
    out.push('"');
}

/// One character between quotes of the kind `quote`.
pub fn escape(out: &mut String, c: char, quote: char, ascii: bool) {
    let named = match c {
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{b}' => 'v',
        _ if c == quote || c == '\\' => c,
        _ if (!ascii || c.is_ascii()) && is_print(c) => return out.push(c),
        _ => {
            let code = u32::from(c);
            let _ = match code {
                0..0x20 | 0x7f => write!(out, "\\x{code:02x}"),
                ..0x10000 => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
            return;
        }
    };
    out.extend(['\\', named]);
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols, and the ASCII space.
pub fn is_print(c: char) -> bool {
    static PRINTED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]").ok());
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    PRINTED.as_ref().is_some_and(|printed| printed.is_match(c.encode_utf8(&mut [0; 4])))
}
