//! `regex.*` as Go's `regexp` answers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use regex::{Regex, RegexBuilder};
use regorus::Value;

use super::re2::{self, Fault};
use super::{Builtin, Trouble, text};

/// The functions.
pub const BUILTINS: &[Builtin] = &[
    ("regex.is_valid", 1, is_valid),
    ("regex.match", 2, is_match),
    ("re_match", 2, is_match),
    ("regex.split", 2, split),
    ("regex.find_n", 3, find),
    ("regex.find_all_string_submatch_n", 3, find_groups),
    ("regex.replace", 3, replace),
    ("regex.template_match", 4, template_match),
];

/// Largest compiled pattern in bytes.
const MAX_SIZE: usize = 2 << 20;
/// How many compiled patterns are kept.
const KEPT: usize = 200;

static COMPILED: Mutex<Option<HashMap<String, Regex>>> = Mutex::new(None);

fn compile(pattern: &str) -> Result<Regex, Trouble> {
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let compiled = compiled.get_or_insert_default();
    if let Some(found) = compiled.get(pattern) {
        return Ok(found.clone());
    }
    let unsupported =
        || Trouble::Limit(format!("the regular expression `{pattern}` is too much for this engine"));
    let invalid = || Trouble::Builtin(format!("error parsing regexp: `{pattern}`"));
    let translated = re2::translate(pattern).map_err(|fault| match fault {
        Fault::Invalid => invalid(),
        Fault::Unsupported => unsupported(),
    })?;
    let regex = RegexBuilder::new(&translated).size_limit(MAX_SIZE).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => unsupported(),
        _ => invalid(),
    })?;
    if compiled.len() >= KEPT {
        compiled.clear();
    }
    compiled.insert(pattern.to_owned(), regex.clone());
    Ok(regex)
}

fn is_valid(given: &[Value]) -> Result<Value, Trouble> {
    let Ok(pattern) = text(given, 0) else { return Ok(Value::from(false)) };
    match compile(pattern) {
        Err(Trouble::Builtin(_)) => Ok(Value::from(false)),
        found => found.map(|_| Value::from(true)),
    }
}

/// Whether a pattern is found in a text; what is wrong with it if it is none.
pub fn search(pattern: &str, text: &str) -> Result<bool, String> {
    match compile(pattern) {
        Ok(regex) => Ok(regex.is_match(text)),
        Err(Trouble::Builtin(words) | Trouble::Limit(words)) => Err(words),
    }
}

fn is_match(given: &[Value]) -> Result<Value, Trouble> {
    Ok(Value::from(compile(text(given, 0)?)?.is_match(text(given, 1)?)))
}

fn split(given: &[Value]) -> Result<Value, Trouble> {
    let (pattern, text) = (text(given, 0)?, text(given, 1)?);
    let regex = compile(pattern)?;
    if !pattern.is_empty() && text.is_empty() {
        return Ok(Value::from(vec![Value::from("")]));
    }
    let (mut pieces, mut begin, mut end) = (Vec::new(), 0, 0);
    for found in regex.find_iter(text) {
        end = found.start();
        if found.end() != 0 {
            pieces.push(Value::from(text.get(begin..end).unwrap_or_default()));
        }
        begin = found.end();
    }
    if end != text.len() {
        pieces.push(Value::from(text.get(begin..).unwrap_or_default()));
    }
    Ok(Value::from(pieces))
}

/// How many matches are wanted: all if negative.
fn count(given: &[Value]) -> Result<usize, Trouble> {
    let count = super::integer(given, 2)?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

fn find(given: &[Value]) -> Result<Value, Trouble> {
    let (regex, text, count) = (compile(text(given, 0)?)?, text(given, 1)?, count(given)?);
    Ok(Value::from(regex.find_iter(text).take(count).map(|m| Value::from(m.as_str())).collect::<Vec<_>>()))
}

fn find_groups(given: &[Value]) -> Result<Value, Trouble> {
    let (regex, text, count) = (compile(text(given, 0)?)?, text(given, 1)?, count(given)?);
    let groups = regex.captures_iter(text).take(count).map(|groups| {
        let group = |group: Option<regex::Match<'_>>| Value::from(group.map_or("", |m| m.as_str()));
        Value::from(groups.iter().map(group).collect::<Vec<_>>())
    });
    Ok(Value::from(groups.collect::<Vec<_>>()))
}

fn replace(given: &[Value]) -> Result<Value, Trouble> {
    let (text, pattern, with) = (text(given, 0)?, text(given, 1)?, text(given, 2)?);
    let replaced = compile(pattern)?.replace_all(text, |groups: &regex::Captures<'_>| expand(with, groups));
    Ok(Value::from(replaced.as_ref()))
}

/// `$1`, `${name}` and `$$` as Go reads them: a name is as long as it can be, and none begins with a 0 but `0`.
fn expand(template: &str, groups: &regex::Captures<'_>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(behind) = behind.strip_prefix('$') {
            out.push('$');
            rest = behind;
            continue;
        }
        let in_name = |c: char| c.is_alphanumeric() || c == '_';
        let (name, after) = match behind.strip_prefix('{') {
            Some(inner) => match inner.split_once('}') {
                Some((name, after)) if !name.is_empty() && name.chars().all(in_name) => (name, after),
                _ => ("", behind),
            },
            None => behind.split_at(behind.find(|c| !in_name(c)).unwrap_or(behind.len())),
        };
        if name.is_empty() {
            // Not a name: the sign is text.
            out.push('$');
            rest = behind;
            continue;
        }
        let number = name.parse::<usize>().ok().filter(|_| name == "0" || !name.starts_with('0'));
        let digits = name.bytes().all(|byte| byte.is_ascii_digit());
        let found = match number {
            Some(number) => groups.get(number),
            None if digits => None,
            None => groups.name(name),
        };
        out.push_str(found.map_or("", |found| found.as_str()));
        rest = after;
    }
    out + rest
}

/// `urn:{[a-z]+}` between two delimiters: literal text around patterns.
fn template_match(given: &[Value]) -> Result<Value, Trouble> {
    let (template, value) = (text(given, 0)?, text(given, 1)?);
    let delimiter = |at: usize, which: &str| -> Result<u8, Trouble> {
        match text(given, at)?.as_bytes() {
            [one] => Ok(*one),
            other => {
                let length = other.len();
                Err(Trouble::Builtin(format!(
                    "{which} delimiter has to be exactly one character long but is {length} long"
                )))
            }
        }
    };
    let (open, close) = (delimiter(2, "start")?, delimiter(3, "end")?);
    let (mut whole, mut depth, mut begin) = ("^".to_owned(), 0u32, 0);
    for (at, byte) in template.bytes().enumerate() {
        if byte == open {
            depth += 1;
            if depth == 1 {
                whole.push_str(&regex::escape(template.get(begin..at).unwrap_or_default()));
                begin = at + 1;
            }
        } else if byte == close {
            depth = depth.checked_sub(1).ok_or_else(|| unbalanced(template))?;
            if depth == 0 {
                let pattern = template.get(begin..at).unwrap_or_default();
                compile(pattern)?;
                whole.push('(');
                whole.push_str(pattern);
                whole.push(')');
                begin = at + 1;
            }
        }
    }
    if depth != 0 {
        return Err(unbalanced(template));
    }
    whole.push_str(&regex::escape(template.get(begin..).unwrap_or_default()));
    whole.push('$');
    Ok(Value::from(compile(&whole)?.is_match(value)))
}

fn unbalanced(template: &str) -> Trouble {
    Trouble::Builtin(format!("unbalanced braces in \"{template}\""))
}
