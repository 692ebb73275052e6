//! What may be typed at a place.

use std::collections::BTreeSet;
use std::ops::Range;

use super::caret::{self, Caret, Step, Typing};
use super::{Field, Schemas, Type, docs};
use crate::core::manifest::scalar::{self, Scalar};
use crate::strings::T;

/// What may be typed, and what it replaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completions {
    /// The word at the caret, in bytes of the text; empty where none is begun.
    pub range: Range<usize>,
    /// Those that start with what is typed first, then those that contain it; each part by name.
    pub items: Vec<Item>,
}

/// Something that may be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The name of a field, or a value.
    pub name: String,
    /// The type of the field (`boolean`, `[]Container`, `map[string]string`); empty for a value.
    pub what: String,
    /// A line about a field that decides security.
    pub doc: Option<T>,
    /// What is written behind the name.
    pub follows: Follows,
    /// YAML would read the bare name as something else (`on`, `1.0`), or not as one word.
    pub needs_quotes: bool,
}

/// What is written behind a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// Nothing: the name is a value.
    Nothing,
    /// A value on the same line.
    Value,
    /// A map on the next lines.
    Map,
    /// A list on the next lines.
    List,
}

pub(super) fn complete<'s>(
    text: &str,
    byte: usize,
    schemas: impl FnOnce(&str, &str) -> &'s Schemas,
) -> Completions {
    let Some(caret) = caret::find(text, byte) else {
        return Completions { range: byte..byte, items: Vec::new() };
    };
    let items = items(schemas(caret.api_version, caret.kind), &caret).unwrap_or_default();
    Completions { range: caret.word.clone(), items: matching(items, caret.prefix) }
}

fn items(schemas: &Schemas, caret: &Caret<'_>) -> Option<Vec<Item>> {
    let root = match schemas.kind(caret.api_version, caret.kind) {
        Some(kind) => kind.definition,
        None => schemas.named("Object")?,
    };
    let (mut what, mut allowed): (&Type, &[_]) = (&Type::Object(root), &[]);
    for step in &caret.path {
        what = match (step, what) {
            (Step::Key(name), Type::Object(number)) => {
                let field = schemas.definition(*number)?.field(name)?;
                allowed = &field.allowed;
                &field.what
            }
            (Step::Key(_), Type::Map(inner)) | (Step::Item, Type::List(inner)) => inner,
            _ => return None,
        };
    }
    match (caret.typing, what) {
        (Typing::ValueOf("kind"), _) if caret.path.is_empty() => Some(kinds(schemas, caret.api_version)),
        (Typing::ValueOf("apiVersion"), _) if caret.path.is_empty() => Some(versions(schemas, caret.kind)),
        (Typing::ValueOf(name), Type::Object(number)) => {
            let field = schemas.definition(*number)?.field(name)?;
            Some(values(&field.what, &field.allowed))
        }
        (Typing::ValueOf(_), Type::Map(inner)) => Some(values(inner, allowed)),
        (Typing::Key, Type::Object(number)) => {
            let definition = schemas.definition(*number)?;
            let free =
                definition.fields.iter().filter(|field| !caret.siblings.contains(&field.name.as_ref()));
            Some(free.map(|field| item(schemas, &definition.name, field)).collect())
        }
        // A plain item of a list looks like the start of a key.
        (Typing::Key, scalar) if caret.path.last() == Some(&Step::Item) => Some(values(scalar, allowed)),
        _ => None,
    }
}

fn item(schemas: &Schemas, definition: &str, field: &Field) -> Item {
    Item {
        name: field.name.to_string(),
        what: type_name(schemas, &field.what),
        doc: docs::of(definition, &field.name),
        follows: match field.what {
            Type::Object(_) | Type::Map(_) => Follows::Map,
            Type::List(_) => Follows::List,
            _ => Follows::Value,
        },
        needs_quotes: needs_quotes(&field.name),
    }
}

fn value(name: impl Into<String>) -> Item {
    Item { name: name.into(), what: String::new(), doc: None, follows: Follows::Nothing, needs_quotes: false }
}

/// A value that has to be read as text.
fn text_value(name: &str) -> Item {
    Item { needs_quotes: needs_quotes(name), ..value(name) }
}

fn needs_quotes(name: &str) -> bool {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/' || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./+".contains(c));
    !is_plain || !matches!(scalar::plain(name.into()), Scalar::Str(_))
}

fn values(what: &Type, allowed: &[super::Name]) -> Vec<Item> {
    match what {
        Type::Boolean => ["false", "true"].map(value).into(),
        Type::String => allowed.iter().map(|name| text_value(name)).collect(),
        _ => Vec::new(),
    }
}

fn kinds(schemas: &Schemas, api_version: &str) -> Vec<Item> {
    let all = || schemas.kinds().map(|((kind, version), _)| (kind, version));
    let is_known = all().any(|(_, version)| version == api_version);
    let names: BTreeSet<&str> = all()
        .filter(|(_, version)| !is_known || *version == api_version)
        .map(|(kind, _)| kind.as_ref())
        .collect();
    names.into_iter().map(value).collect()
}

fn versions(schemas: &Schemas, kind: &str) -> Vec<Item> {
    let all = || schemas.kinds().map(|((kind, version), _)| (kind, version));
    let is_known = all().any(|(known, _)| known == kind);
    let names: BTreeSet<&str> =
        all().filter(|(known, _)| !is_known || *known == kind).map(|(_, version)| version.as_ref()).collect();
    // The groups that are met every day have short names.
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|name| (name.contains('.'), name.contains('/')));
    names.into_iter().map(value).collect()
}

fn type_name(schemas: &Schemas, what: &Type) -> String {
    match what {
        Type::String => "string".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Integer => "integer".to_owned(),
        Type::Number => "number".to_owned(),
        Type::IntOrString => "integer or string".to_owned(),
        Type::Quantity => "quantity".to_owned(),
        Type::Any => "any".to_owned(),
        Type::List(item) => format!("[]{}", type_name(schemas, item)),
        Type::Map(value) => format!("map[string]{}", type_name(schemas, value)),
        Type::Object(number) => {
            match schemas.definition(*number).map(|definition| definition.name.as_ref()) {
                Some("") | None => "object".to_owned(),
                Some(name) => name.to_owned(),
            }
        }
    }
}

/// Those that hold what is typed, in any case of letters; those that start with it first.
fn matching(items: Vec<Item>, prefix: &str) -> Vec<Item> {
    let prefix = prefix.to_ascii_lowercase();
    let place = |item: &Item| item.name.to_ascii_lowercase().find(&prefix);
    let (first, rest): (Vec<Item>, Vec<Item>) =
        items.into_iter().filter(|item| place(item).is_some()).partition(|item| place(item) == Some(0));
    first.into_iter().chain(rest).collect()
}
