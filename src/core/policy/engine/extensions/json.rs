//! JSON and YAML text.

use std::collections::BTreeMap;

use regorus::Value;

use super::{Builtin, Trouble, printed, text, wide};
use crate::core::manifest::opa::{Refused, read_as_opa};

/// The functions.
pub const BUILTINS: &[Builtin] = &[
    ("json.unmarshal", 1, unmarshal),
    ("json.marshal", 1, marshal),
    ("json.marshal_with_options", 2, marshal_with_options),
    ("yaml.unmarshal", 1, yaml_unmarshal),
    ("yaml.is_valid", 1, yaml_is_valid),
];

/// How deep JSON may be nested. Go's limit is 10,000.
const MAX_DEPTH: usize = 400;

fn invalid() -> Trouble {
    Trouble::Builtin("invalid JSON".to_owned())
}

/// A value from JSON text.
pub fn unmarshal(given: &[Value]) -> Result<Value, Trouble> {
    let mut reader = Reader { rest: text(given, 0)?, depth: 0 };
    let value = reader.value()?;
    reader.blanks();
    if reader.rest.is_empty() { Ok(value) } else { Err(invalid()) }
}

/// Reads JSON as Go does: the last of equal keys counts, half a surrogate pair becomes U+FFFD.
struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn take(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self) -> Result<Value, Trouble> {
        self.blanks();
        match self.rest.as_bytes().first() {
            Some(b'"') => Ok(Value::from(self.string()?)),
            Some(b'[' | b'{') if self.depth >= MAX_DEPTH => {
                Err(Trouble::Limit("JSON nested this deep is not for this engine".to_owned()))
            }
            Some(b'[') => {
                let mut items = Vec::new();
                self.list("[", "]", |reader| {
                    items.push(reader.value()?);
                    Ok(())
                })?;
                Ok(Value::from(items))
            }
            Some(b'{') => {
                let mut fields = BTreeMap::new();
                self.list("{", "}", |reader| {
                    reader.blanks();
                    let key = reader.string()?;
                    reader.blanks();
                    if !reader.take(":") {
                        return Err(invalid());
                    }
                    let value = reader.value()?;
                    fields.insert(Value::from(key), value);
                    Ok(())
                })?;
                Ok(Value::from(fields))
            }
            _ if self.take("null") => Ok(Value::Null),
            _ if self.take("true") => Ok(Value::from(true)),
            _ if self.take("false") => Ok(Value::from(false)),
            _ => self.number(),
        }
    }

    fn list(
        &mut self,
        open: &str,
        close: &str,
        mut item: impl FnMut(&mut Self) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        self.take(open);
        self.blanks();
        if self.take(close) {
            return Ok(());
        }
        self.depth += 1;
        loop {
            item(self)?;
            self.blanks();
            if self.take(close) {
                self.depth -= 1;
                return Ok(());
            }
            if !self.take(",") {
                return Err(invalid());
            }
        }
    }

    fn string(&mut self) -> Result<String, Trouble> {
        if !self.take("\"") {
            return Err(invalid());
        }
        let mut out = String::new();
        loop {
            let end = self.rest.find(|c: char| matches!(c, '"' | '\\') || c < ' ').ok_or_else(invalid)?;
            let (plain, rest) = self.rest.split_at(end);
            out.push_str(plain);
            self.rest = rest;
            if self.take("\"") {
                return Ok(out);
            }
            if !self.take("\\") {
                return Err(invalid());
            }
            let escape = self.rest.chars().next().ok_or_else(invalid)?;
            self.rest = self.rest.get(escape.len_utf8()..).unwrap_or_default();
            out.push(match escape {
                '"' | '\\' | '/' => escape,
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => self.unicode()?,
                _ => return Err(invalid()),
            });
        }
    }

    /// The four digits of `\u`, and the second half of a pair.
    fn unicode(&mut self) -> Result<char, Trouble> {
        let digits = |text: &'a str| {
            let digits = text.get(..4).filter(|d| d.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
            u32::from_str_radix(digits, 16).ok()
        };
        let first = digits(self.rest).ok_or_else(invalid)?;
        self.rest = self.rest.get(4..).unwrap_or_default();
        if (0xd800..0xdc00).contains(&first)
            && let Some(behind) = self.rest.strip_prefix("\\u")
            && let Some(second) = digits(behind).filter(|second| (0xdc00..0xe000).contains(second))
        {
            self.rest = behind.get(4..).unwrap_or_default();
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn number(&mut self) -> Result<Value, Trouble> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c));
        let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let body = number.strip_prefix('-').unwrap_or(number);
        let (mantissa, exponent) = match body.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (body, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let sound = digits(whole)
            && (whole == "0" || !whole.starts_with('0'))
            && fraction.is_none_or(digits)
            && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
        if !sound {
            return Err(invalid());
        }
        let limit = || Trouble::Limit("a number too large or too small for this engine".to_owned());
        if fraction.is_none() && exponent.is_none() {
            return Value::from_numeric_string(number).map_err(|_| limit());
        }
        let float: f64 = number.parse().map_err(|_| invalid())?;
        let is_zero = mantissa.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        if float.is_finite() && (float != 0.0 || is_zero) {
            return Ok(if is_zero { Value::from(0i64) } else { Value::from(float) });
        }
        // Far beyond what OPA takes; its own limit is a binary exponent of 100,000.
        let exponent: i64 = exponent.and_then(|e| e.parse().ok()).unwrap_or(i64::MAX);
        if exponent.abs() > 31_000 {
            Err(Trouble::Builtin("number too big".to_owned()))
        } else {
            Err(limit())
        }
    }
}

/// How JSON is laid out.
struct Layout<'a> {
    prefix: &'a str,
    indent: &'a str,
}

/// Writes JSON as Go does: what HTML could take for its own is escaped.
fn write(out: &mut String, value: &Value, layout: Option<&Layout<'_>>, depth: usize) {
    let line = |out: &mut String, depth: usize| {
        if let Some(layout) = layout {
            out.push('\n');
            out.push_str(layout.prefix);
            out.extend(std::iter::repeat_n(layout.indent, depth));
        }
    };
    match value {
        Value::String(text) => string(out, text),
        Value::Array(items) => list(out, items.iter(), layout, depth, line),
        Value::Set(items) => list(out, printed::sorted(items.iter()).into_iter(), layout, depth, line),
        Value::Object(fields) => {
            // Keys that are no text become JSON themselves; all are in the order of their bytes.
            let fields: BTreeMap<String, &Value> =
                fields.iter().map(|(key, value)| (key_text(key), value)).collect();
            out.push('{');
            for (i, (key, value)) in fields.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                line(out, depth + 1);
                string(out, key);
                out.push_str(if layout.is_some() { ": " } else { ":" });
                write(out, value, layout, depth + 1);
            }
            if !fields.is_empty() {
                line(out, depth);
            }
            out.push('}');
        }
        scalar => match wide::written(scalar) {
            Some(number) => out.push_str(&number),
            None => out.push_str(&scalar.to_string()),
        },
    }
}

fn list<'a>(
    out: &mut String,
    items: impl ExactSizeIterator<Item = &'a Value>,
    layout: Option<&Layout<'_>>,
    depth: usize,
    line: impl Fn(&mut String, usize),
) {
    let empty = items.len() == 0;
    out.push('[');
    for (i, item) in items.enumerate() {
        out.push_str(if i > 0 { "," } else { "" });
        line(out, depth + 1);
        write(out, item, layout, depth + 1);
    }
    if !empty {
        line(out, depth);
    }
    out.push(']');
}

/// The key of an object as JSON has it.
pub fn key_text(key: &Value) -> String {
    if let Value::String(text) = key {
        return text.to_string();
    }
    let mut out = String::new();
    write(&mut out, key, None, 0);
    out
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A value as Go's `json.Marshal` writes it.
pub fn to_text(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, None, 0);
    out
}

fn marshal(given: &[Value]) -> Result<Value, Trouble> {
    Ok(Value::from(to_text(given.first().unwrap_or(&Value::Null))))
}

fn marshal_with_options(given: &[Value]) -> Result<Value, Trouble> {
    let Some(Value::Object(options)) = given.get(1) else { return Err(super::wrong(given, 1, "object")) };
    let (mut prefix, mut indent, mut pretty, mut said) = ("", "\t", None, false);
    for (key, value) in options.iter() {
        match (key, value) {
            (Value::String(key), Value::String(text)) if &**key == "prefix" => (prefix, said) = (text, true),
            (Value::String(key), Value::String(text)) if &**key == "indent" => (indent, said) = (text, true),
            (Value::String(key), Value::Bool(yes)) if &**key == "pretty" => pretty = Some(*yes),
            _ => return Err(Trouble::Builtin("operand 2 has an option that cannot be".to_owned())),
        }
    }
    let mut out = String::new();
    let value = given.first().unwrap_or(&Value::Null);
    if pretty.unwrap_or(said) {
        out.push_str(prefix);
        write(&mut out, value, Some(&Layout { prefix, indent }), 0);
    } else {
        write(&mut out, value, None, 0);
    }
    Ok(Value::from(out))
}

fn unsure() -> Trouble {
    Trouble::Limit("this YAML is not for this engine".to_owned())
}

fn yaml_unmarshal(given: &[Value]) -> Result<Value, Trouble> {
    match read_as_opa(text(given, 0)?) {
        Ok(value) => Ok(crate::core::policy::engine::to_engine(&value)),
        Err(Refused::Malformed(words)) => Err(Trouble::Builtin(words)),
        Err(Refused::Unsure) => Err(unsure()),
    }
}

fn yaml_is_valid(given: &[Value]) -> Result<Value, Trouble> {
    let Ok(text) = text(given, 0) else { return Ok(Value::from(false)) };
    match read_as_opa(text) {
        Err(Refused::Unsure) => Err(unsure()),
        found => Ok(Value::from(found.is_ok())),
    }
}
