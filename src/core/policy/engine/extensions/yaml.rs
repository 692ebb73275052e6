//! `yaml.marshal` as go-yaml v3 writes, two spaces for a level.

use std::cmp::Ordering;

use regorus::Value;

use super::{Builtin, Trouble, floats, json, printed};
use crate::core::manifest::opa::is_text;

/// The functions.
pub const BUILTINS: &[Builtin] = &[("yaml.marshal", 1, marshal)];

/// Most keys of one object: they are sorted by a comparison that is no order.
const MAX_KEYS: usize = 2000;

fn unsure() -> Trouble {
    Trouble::Limit("a text with such characters as YAML is not for this engine".to_owned())
}

fn marshal(given: &[Value]) -> Result<Value, Trouble> {
    let mut out = String::new();
    let value = given.first().unwrap_or(&Value::Null);
    match parts(value)? {
        Parts::Scalar(text) => {
            out.push_str(&scalar(&text, 0)?);
            out.push('\n');
        }
        parts => block(&mut out, &parts, 0)?,
    }
    Ok(Value::from(out))
}

/// A value as YAML has it.
enum Parts {
    Scalar(Value),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

/// Lists and maps that are not empty are blocks.
fn parts(value: &Value) -> Result<Parts, Trouble> {
    Ok(match value {
        Value::Array(items) if !items.is_empty() => Parts::List(items.iter().cloned().collect()),
        Value::Set(items) if !items.is_empty() => {
            Parts::List(printed::sorted(items.iter()).into_iter().cloned().collect())
        }
        Value::Object(fields) if !fields.is_empty() => {
            if fields.len() > MAX_KEYS {
                return Err(Trouble::Limit("an object this large as YAML is not for this engine".to_owned()));
            }
            let all = fields.iter().map(|(key, value)| (json::key_text(key), value.clone()));
            let all: std::collections::BTreeMap<String, Value> = all.collect();
            let mut sorted: Vec<(String, Value)> = Vec::new();
            for field in all {
                let behind = sorted.iter().rposition(|have| natural(&field.0, &have.0).is_ge());
                sorted.insert(behind.map_or(0, |at| at + 1), field);
            }
            Parts::Map(sorted)
        }
        other => Parts::Scalar(other.clone()),
    })
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// The lines of a list or map. The first is where the caller stands; the others begin at `depth`.
fn block(out: &mut String, whole: &Parts, depth: usize) -> Result<(), Trouble> {
    if depth > 200 {
        return Err(Trouble::Limit("a value nested this deep as YAML is not for this engine".to_owned()));
    }
    match whole {
        Parts::Scalar(_) => {}
        Parts::List(items) => {
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    indent(out, depth);
                }
                out.push_str("- ");
                match parts(item)? {
                    Parts::Scalar(value) => {
                        out.push_str(&scalar(&value, depth + 1)?);
                        out.push('\n');
                    }
                    inner => block(out, &inner, depth + 1)?,
                }
            }
        }
        Parts::Map(fields) => {
            for (i, (key, value)) in fields.iter().enumerate() {
                if i > 0 {
                    indent(out, depth);
                }
                // A long key, or one of several lines, is written with `?`.
                if key.contains('\n') || key.chars().count() > 120 {
                    return Err(unsure());
                }
                out.push_str(&string(key, 0)?);
                out.push(':');
                match parts(value)? {
                    Parts::Scalar(value) => {
                        out.push(' ');
                        out.push_str(&scalar(&value, depth + 1)?);
                        out.push('\n');
                    }
                    inner => {
                        out.push('\n');
                        indent(out, depth + 1);
                        block(out, &inner, depth + 1)?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn scalar(value: &Value, depth: usize) -> Result<String, Trouble> {
    Ok(match value {
        Value::String(text) => string(text, depth)?,
        Value::Array(_) | Value::Set(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(int), ..) if number.is_integer() => int.to_string(),
            (_, Some(int), _) if number.is_integer() => int.to_string(),
            (.., Some(float)) => {
                let sign = if float < 0.0 { "-" } else { "" };
                format!("{sign}{}", floats::format(float.abs(), 'g', None))
            }
            _ => return Err(unsure()),
        },
        other => other.to_string(),
    })
}

/// A text: as it is if it reads back as itself, in quotes, or as a block of lines.
fn string(text: &str, depth: usize) -> Result<String, Trouble> {
    let simple = |c: char| matches!(c, ' '..='~' | '\n') || (!c.is_ascii() && c.is_alphanumeric());
    if !text.chars().all(simple) {
        return Err(unsure());
    }
    if text.contains('\n') {
        return lines(text, depth);
    }
    match is_text(text).ok_or_else(unsure)? {
        false => Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))),
        true if is_plain(text) => Ok(text.to_owned()),
        true => Ok(format!("'{}'", text.replace('\'', "''"))),
    }
}

/// Whether a text needs no quotes in a block.
fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let (first, second) = (chars.next(), chars.next());
    let alone = second.is_none_or(|c| c == ' ');
    let opens = match first {
        Some('?' | ':' | '-') => alone,
        Some(c) => "#,[]{}&*!|>'\"%@`".contains(c),
        None => true,
    };
    !opens
        && !text.starts_with(' ')
        && !text.ends_with([' ', ':'])
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.contains(": ")
        && !text.contains(" #")
}

/// `|`, with what it says about the line breaks at the end.
fn lines(text: &str, depth: usize) -> Result<String, Trouble> {
    let body = text.trim_end_matches('\n');
    let breaks = text.len() - body.len();
    if body.is_empty() || text.starts_with([' ', '\n']) || text.lines().any(|line| line.ends_with(' ')) {
        return Err(unsure());
    }
    let mut out = String::from(match breaks {
        0 => "|-",
        1 => "|",
        _ => return Err(unsure()),
    });
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            indent(&mut out, depth.max(1));
            out.push_str(line);
        }
    }
    Ok(out)
}

/// go-yaml's comparison of keys: numbers inside of them count as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let digit = |c: &char| c.is_ascii_digit();
    let mut digits = false;
    for (i, (x, y)) in a.iter().zip(&b).enumerate() {
        if x == y {
            digits = digit(x);
            continue;
        }
        let less = |yes: bool| if yes { Ordering::Less } else { Ordering::Greater };
        return match (x.is_alphabetic(), y.is_alphabetic()) {
            (true, true) => x.cmp(y),
            (true, false) => less(digits),
            (false, true) => less(!digits),
            (false, false) => {
                let mut start = 0u64;
                if *x == '0' || *y == '0' {
                    let before = a.get(..i).unwrap_or_default().iter().rev().take_while(|c| digit(c));
                    start = u64::from(before.into_iter().any(|c| *c != '0'));
                }
                let number = |chars: &[char]| {
                    let run = chars.get(i..).unwrap_or_default().iter().take_while(|c| digit(c));
                    run.fold((start, 0usize), |(number, length), c| {
                        let digit = u64::from(c.to_digit(10).unwrap_or(0));
                        (number.wrapping_mul(10).wrapping_add(digit), length + 1)
                    })
                };
                number(&a).cmp(&number(&b)).then_with(|| x.cmp(y))
            }
        };
    }
    a.len().cmp(&b.len())
}
