//! Strings, in code points where OPA counts them.

use regorus::Value;

use super::{Builtin, Trouble, integer, text, wrong};

/// The functions.
pub const BUILTINS: &[Builtin] = &[
    ("strings.count", 2, count),
    ("strings.replace_n", 2, replace_n),
    ("strings.split_n", 3, split_n),
    ("substring", 3, substring),
    ("indexof", 2, indexof),
    ("indexof_n", 2, indexof_n),
    ("upper", 1, upper),
    ("lower", 1, lower),
];

fn count(given: &[Value]) -> Result<Value, Trouble> {
    let (text, part) = (text(given, 0)?, text(given, 1)?);
    let count = if part.is_empty() { text.chars().count() + 1 } else { text.matches(part).count() };
    Ok(Value::from(count))
}

/// One pass over the text; at each place the first of the pairs that fits, in the order of their keys.
fn replace_n(given: &[Value]) -> Result<Value, Trouble> {
    let Some(Value::Object(pairs)) = given.first() else { return Err(wrong(given, 0, "object")) };
    let mut rest = text(given, 1)?;
    let mut olds = Vec::new();
    for (old, new) in pairs.iter() {
        let (Value::String(old), Value::String(new)) = (old, new) else {
            return Err(Trouble::Builtin("operand 1 must be object with string keys and values".to_owned()));
        };
        olds.push((&**old, &**new));
    }
    olds.sort_unstable();
    let mut out = String::new();
    // `""` fits everywhere, but not twice at one place.
    let mut was_empty = false;
    loop {
        let found = olds.iter().find(|(old, _)| rest.starts_with(old) && !(old.is_empty() && was_empty));
        was_empty = found.is_some_and(|(old, _)| old.is_empty());
        if let Some((old, new)) = found {
            out.push_str(new);
            rest = rest.get(old.len()..).unwrap_or_default();
            continue;
        }
        let mut chars = rest.chars();
        let Some(c) = chars.next() else { return Ok(Value::from(out)) };
        out.push(c);
        rest = chars.as_str();
    }
}

/// The first pieces; the last ones if the number is negative.
fn split_n(given: &[Value]) -> Result<Value, Trouble> {
    let (text, at, count) = (text(given, 0)?, text(given, 1)?, integer(given, 2)?);
    let pieces: Vec<Value> = if at.is_empty() {
        text.chars().map(|c| Value::from(c.to_string())).collect()
    } else {
        text.split(at).map(Value::from).collect()
    };
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let skipped = if count < 0 { pieces.len().saturating_sub(wanted) } else { 0 };
    Ok(Value::from(pieces.into_iter().skip(skipped).take(wanted).collect::<Vec<_>>()))
}

/// To the end if the length is negative. The engine's own takes `2.5` for 2.
fn substring(given: &[Value]) -> Result<Value, Trouble> {
    let (text, start, length) = (text(given, 0)?, integer(given, 1)?, integer(given, 2)?);
    let start = usize::try_from(start).map_err(|_| Trouble::Builtin("negative offset".to_owned()))?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(Value::from(text.chars().skip(start).take(length).collect::<String>()))
}

fn find(given: &[Value]) -> Result<(&str, &str), Trouble> {
    let (text, part) = (text(given, 0)?, text(given, 1)?);
    if part.is_empty() {
        return Err(Trouble::Builtin("empty search character".to_owned()));
    }
    Ok((text, part))
}

fn indexof(given: &[Value]) -> Result<Value, Trouble> {
    let (text, part) = find(given)?;
    Ok(match text.find(part).and_then(|at| text.get(..at)) {
        Some(before) => Value::from(before.chars().count()),
        None => Value::from(-1i64),
    })
}

fn indexof_n(given: &[Value]) -> Result<Value, Trouble> {
    let (text, part) = find(given)?;
    let starts = text.char_indices().enumerate();
    let found = starts
        .filter(|(_, (at, _))| text.get(*at..).is_some_and(|rest| rest.starts_with(part)))
        .map(|(count, _)| Value::from(count));
    Ok(Value::from(found.collect::<Vec<_>>()))
}

/// Character by character, as Go does: `ß` stays, for it has no single upper case letter.
fn each(text: &str, change: impl Fn(char) -> Option<char>) -> Value {
    Value::from(text.chars().map(|c| change(c).unwrap_or(c)).collect::<String>())
}

fn single(mut all: impl Iterator<Item = char>) -> Option<char> {
    let first = all.next();
    if all.next().is_some() { None } else { first }
}

fn upper(given: &[Value]) -> Result<Value, Trouble> {
    Ok(each(text(given, 0)?, |c| match c {
        // Their upper case in Unicode's simple mapping; the full one has two letters.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            char::from_u32(u32::from(c) + 8)
        }
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => char::from_u32(u32::from(c) + 9),
        '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}' | '\u{1fa8}'..='\u{1faf}' => None,
        _ => single(c.to_uppercase()),
    }))
}

fn lower(given: &[Value]) -> Result<Value, Trouble> {
    Ok(each(text(given, 0)?, |c| if c == 'İ' { Some('i') } else { single(c.to_lowercase()) }))
}
