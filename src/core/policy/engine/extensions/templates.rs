//! `strings.render_template`: of Go's text/template what shows fields and variables, `if`, `range` and trimmed space.
//! A template with anything else is not judged.

use regorus::Value;
use serde_json::Value as Json;

use super::keys::{builtin, limit};
use super::printed::is_print;
use super::{Builtin, Trouble, text, wrong};
use crate::core::policy::engine::from_engine;

/// The functions.
pub const BUILTINS: &[Builtin] = &[("strings.render_template", 2, render)];

/// How deep `if` and `range` may stand in each other.
const MAX_DEPTH: usize = 50;
/// How much text one call may make.
const MAX_TEXT: usize = 8 << 20;

fn beyond() -> Trouble {
    limit("this template")
}

/// A piece of a template.
enum Piece<'a> {
    Text(&'a str),
    Action(&'a str),
}

/// A part that is read.
enum Node<'a> {
    Text(&'a str),
    Show(Path<'a>),
    If(Path<'a>, Vec<Node<'a>>, Vec<Node<'a>>),
    /// The names of the key and of the element.
    Range(Option<&'a str>, Option<&'a str>, Path<'a>, Vec<Node<'a>>, Vec<Node<'a>>),
}

/// `.a.b`, `$x.a`, `$`: the name of the variable, `None` for the dot, and the fields.
struct Path<'a> {
    variable: Option<&'a str>,
    fields: Vec<&'a str>,
}

/// What a path says. Go has numbers of JSON as text, and those of `range` as numbers.
#[derive(Clone, Copy)]
enum Found<'a> {
    Nothing,
    Json(&'a Json),
    Key(&'a str),
    Index(usize),
}

fn render(given: &[Value]) -> Result<Value, Trouble> {
    let source = text(given, 0)?;
    let Some(Value::Object(_)) = given.get(1) else { return Err(wrong(given, 1, "object")) };
    given.get(1).map_or(Ok(()), json)?;
    let root = given.get(1).and_then(from_engine).ok_or_else(beyond)?;
    let pieces = pieces(source)?;
    let mut rest = pieces.as_slice();
    let (nodes, end) = nodes(&mut rest, 0)?;
    if end.is_some() {
        return Err(beyond());
    }
    let mut out = String::new();
    let root = Found::Json(&root);
    write(&mut out, &nodes, root, &mut vec![("$", root)])?;
    Ok(Value::from(out.replace("<no value>", "<undefined>")))
}

/// OPA writes the variables in its own notation, and reads that as JSON: there are no sets in it.
fn json(value: &Value) -> Result<(), Trouble> {
    let text = |text: &str| {
        let fine = |c: char| matches!(c, '\n' | '\r' | '\t') || is_print(c);
        if text.chars().all(fine) { Ok(()) } else { Err(beyond()) }
    };
    match value {
        Value::String(found) => text(found),
        Value::Array(items) => items.iter().try_for_each(json),
        Value::Object(fields) => fields.iter().try_for_each(|(key, value)| match key {
            Value::String(key) => text(key).and_then(|()| json(value)),
            _ => Err(builtin("invalid character looking for beginning of object key string")),
        }),
        Value::Set(_) => Err(builtin("invalid character '}' after object key")),
        _ => Ok(()),
    }
}

fn pieces(source: &str) -> Result<Vec<Piece<'_>>, Trouble> {
    const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];
    let mut all = Vec::new();
    let (mut rest, mut trim) = (source, false);
    loop {
        let (before, after) = match rest.split_once("{{") {
            Some((before, after)) => (before, Some(after)),
            None => (rest, None),
        };
        let mut before = if trim { before.trim_start_matches(SPACE) } else { before };
        let Some(after) = after else {
            all.push(Piece::Text(before));
            return Ok(all);
        };
        let (mut action, behind) = after.split_once("}}").ok_or_else(beyond)?;
        if let Some(inner) = action.strip_prefix('-') {
            action = inner.strip_prefix(SPACE).ok_or_else(beyond)?;
            before = before.trim_end_matches(SPACE);
        }
        trim = false;
        if let Some(inner) = action.strip_suffix('-') {
            action = inner.strip_suffix(SPACE).ok_or_else(beyond)?;
            trim = true;
        }
        all.push(Piece::Text(before));
        all.push(Piece::Action(action.trim_matches(SPACE)));
        rest = behind;
    }
}

/// What `nodes` came to: `else` or `end`.
type End<'a> = Option<&'a str>;

fn nodes<'a>(rest: &mut &[Piece<'a>], depth: usize) -> Result<(Vec<Node<'a>>, End<'a>), Trouble> {
    if depth > MAX_DEPTH {
        return Err(beyond());
    }
    let mut all = Vec::new();
    while let [piece, behind @ ..] = *rest {
        *rest = behind;
        let action = match piece {
            Piece::Text(text) => {
                all.push(Node::Text(text));
                continue;
            }
            Piece::Action(action) => *action,
        };
        if matches!(action, "else" | "end") {
            return Ok((all, Some(action)));
        }
        let word = |name: &str| {
            action.strip_prefix(name).filter(|rest| rest.starts_with([' ', '\t'])).map(str::trim)
        };
        let mut branches = || {
            let (first, end) = nodes(rest, depth + 1)?;
            let second = match end {
                Some("else") => nodes(rest, depth + 1)?,
                end => (Vec::new(), end),
            };
            if second.1 == Some("end") { Ok((first, second.0)) } else { Err(beyond()) }
        };
        if let Some(asked) = word("if") {
            let asked = path(asked)?;
            let (then, otherwise) = branches()?;
            all.push(Node::If(asked, then, otherwise));
        } else if let Some(over) = word("range") {
            let (names, over) = match over.split_once(":=") {
                Some((names, over)) => (names.trim(), over.trim()),
                None => ("", over),
            };
            let (key, element) = match names.split_once(',') {
                Some((key, element)) => (Some(key.trim()), Some(element.trim())),
                None => (None, Some(names).filter(|names| !names.is_empty())),
            };
            let is_variable = |name: &&str| name.strip_prefix('$').is_some_and(is_name);
            if !key.iter().chain(&element).all(is_variable) {
                return Err(beyond());
            }
            let over = path(over)?;
            let (each, otherwise) = branches()?;
            all.push(Node::Range(key, element, over, each, otherwise));
        } else {
            all.push(Node::Show(path(action)?));
        }
    }
    Ok((all, None))
}

fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn path(text: &str) -> Result<Path<'_>, Trouble> {
    if text == "." {
        return Ok(Path { variable: None, fields: Vec::new() });
    }
    let (variable, fields) = text.split_once('.').map_or((text, None), |(first, rest)| (first, Some(rest)));
    let variable = match variable {
        "" => None,
        "$" => Some(variable),
        _ if variable.strip_prefix('$').is_some_and(is_name) => Some(variable),
        _ => return Err(beyond()),
    };
    let fields: Vec<&str> = fields.map(|fields| fields.split('.').collect()).unwrap_or_default();
    if !fields.iter().all(|name| is_name(name)) || (variable.is_none() && fields.is_empty()) {
        return Err(beyond());
    }
    Ok(Path { variable, fields })
}

type Variables<'a> = Vec<(&'a str, Found<'a>)>;

fn find<'a>(path: &Path<'_>, dot: Found<'a>, known: &Variables<'a>) -> Result<Found<'a>, Trouble> {
    let start = match path.variable {
        None => dot,
        Some(name) => known
            .iter()
            .rev()
            .find(|(known, _)| *known == name)
            .map(|(_, found)| *found)
            .ok_or_else(beyond)?,
    };
    path.fields.iter().try_fold(start, |found, field| match found {
        Found::Json(Json::Object(fields)) => Ok(fields.get(*field).map_or(Found::Nothing, Found::Json)),
        _ => Err(beyond()),
    })
}

fn write<'a>(
    out: &mut String,
    nodes: &[Node<'a>],
    dot: Found<'a>,
    known: &mut Variables<'a>,
) -> Result<(), Trouble> {
    for node in nodes {
        if out.len() > MAX_TEXT {
            return Err(beyond());
        }
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Show(path) => match find(path, dot, known)? {
                Found::Nothing | Found::Json(Json::Null) => out.push_str("<no value>"),
                Found::Json(Json::String(text)) => out.push_str(text),
                Found::Json(Json::Bool(is)) => out.push_str(if *is { "true" } else { "false" }),
                Found::Json(Json::Number(number)) if number.is_i64() => out.push_str(&number.to_string()),
                Found::Key(key) => out.push_str(key),
                Found::Index(index) => out.push_str(&index.to_string()),
                Found::Json(_) => return Err(beyond()),
            },
            Node::If(path, then, otherwise) => {
                let is = match find(path, dot, known)? {
                    Found::Nothing | Found::Json(Json::Null) => false,
                    Found::Json(Json::Bool(is)) => *is,
                    // Text of one digit at least.
                    Found::Json(Json::Number(_)) => true,
                    Found::Json(Json::String(text)) => !text.is_empty(),
                    Found::Json(Json::Array(items)) => !items.is_empty(),
                    Found::Json(Json::Object(fields)) => !fields.is_empty(),
                    Found::Key(key) => !key.is_empty(),
                    Found::Index(index) => index != 0,
                };
                write(out, if is { then } else { otherwise }, dot, known)?;
            }
            Node::Range(key, element, path, each, otherwise) => {
                let items: Vec<(Found<'a>, &'a Json)> = match find(path, dot, known)? {
                    Found::Json(Json::Array(items)) => {
                        items.iter().enumerate().map(|(at, item)| (Found::Index(at), item)).collect()
                    }
                    Found::Json(Json::Object(fields)) => {
                        let mut fields: Vec<_> = fields.iter().collect();
                        fields.sort_by(|a, b| a.0.cmp(b.0));
                        fields.into_iter().map(|(key, value)| (Found::Key(key.as_str()), value)).collect()
                    }
                    _ => return Err(beyond()),
                };
                if items.is_empty() {
                    write(out, otherwise, dot, known)?;
                }
                for (at, item) in items {
                    let before = known.len();
                    known.extend(key.map(|name| (name, at)));
                    known.extend(element.map(|name| (name, Found::Json(item))));
                    write(out, each, Found::Json(item), known)?;
                    known.truncate(before);
                }
            }
        }
    }
    Ok(())
}
