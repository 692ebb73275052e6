//! Walks an object beside its type.

use serde_json::Value;

use super::note::{Expected, SchemaNote, SchemaNoteKind};
use super::quantity::is_quantity;
use super::{Definition, Name, Schemas, Type};
use crate::core::spelling;

/// Notes kept for one object, and for one file.
pub(super) const MAX_NOTES: usize = 1000;
/// Characters of a value that are told.
const MAX_GOT: usize = 60;
/// Bytes of places that are told for one object: below a key of a megabyte each field would repeat it.
const MAX_PLACES: usize = 1024 * 1024;

pub(super) fn check(schemas: &Schemas, object: &Value) -> Vec<SchemaNote> {
    let text = |name| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let Some(kind) = schemas.kind(text("apiVersion"), text("kind")) else { return Vec::new() };
    let mut walk = Walk { schemas, at: Vec::new(), notes: Vec::new(), room: MAX_PLACES };
    walk.value(object, &Type::Object(kind.definition), &[]);
    walk.notes
}

enum Step<'v> {
    Key(&'v str),
    Item(usize),
}

struct Walk<'s, 'v> {
    schemas: &'s Schemas,
    at: Vec<Step<'v>>,
    notes: Vec<SchemaNote>,
    /// What is left of [`MAX_PLACES`].
    room: usize,
}

impl<'v> Walk<'_, 'v> {
    fn value(&mut self, value: &'v Value, what: &Type, allowed: &[Name]) {
        // Null stands for "not set" everywhere.
        if value.is_null() || self.is_full() {
            return;
        }
        let expected = match (what, value) {
            (Type::Any, _) => return,
            (Type::Object(number), Value::Object(fields)) => {
                let schemas = self.schemas;
                let Some(definition) = schemas.definition(*number) else { return };
                for (name, value) in fields {
                    self.at.push(Step::Key(name));
                    match definition.field(name) {
                        Some(field) => self.value(value, &field.what, &field.allowed),
                        None if definition.open || self.is_full() => {}
                        None => {
                            let nearest = nearest(schemas, definition, name);
                            self.say(SchemaNoteKind::UnknownField { field: name.clone(), nearest });
                        }
                    }
                    self.at.pop();
                }
                return;
            }
            (Type::Map(inner), Value::Object(fields)) => {
                for (name, value) in fields {
                    self.at.push(Step::Key(name));
                    self.value(value, inner, allowed);
                    self.at.pop();
                }
                return;
            }
            (Type::List(inner), Value::Array(items)) => {
                for (position, value) in items.iter().enumerate() {
                    self.at.push(Step::Item(position));
                    self.value(value, inner, allowed);
                    self.at.pop();
                }
                return;
            }
            (Type::String, Value::String(text)) => {
                // The empty text is replaced by the default, like null.
                if !text.is_empty() && !allowed.is_empty() && !allowed.iter().any(|value| value == text) {
                    let allowed = allowed.iter().map(ToString::to_string).collect();
                    self.say(SchemaNoteKind::NotInEnum { value: cut(text.clone()), allowed });
                }
                return;
            }
            (Type::Boolean, Value::Bool(_)) | (Type::Number, Value::Number(_)) => return,
            (Type::Quantity, Value::Number(_)) => return,
            (Type::Quantity, Value::String(text)) if is_quantity(text) => return,
            (Type::IntOrString, Value::String(_)) => return,
            (Type::Integer | Type::IntOrString, Value::Number(number))
                if number.as_f64().is_some_and(|number| number.fract() == 0.0) =>
            {
                return;
            }
            (Type::Object(_) | Type::Map(_), _) => Expected::Map,
            (Type::List(_), _) => Expected::List,
            (Type::String, _) => Expected::String,
            (Type::Boolean, _) => Expected::Boolean,
            (Type::Integer, Value::Number(_)) => Expected::Integer,
            (Type::Integer | Type::Number, _) => Expected::Number,
            (Type::IntOrString, _) => Expected::IntOrString,
            (Type::Quantity, _) => Expected::Quantity,
        };
        self.say(SchemaNoteKind::WrongType { expected, got: cut(value.to_string()) });
    }

    fn say(&mut self, kind: SchemaNoteKind) {
        let (mut pointer, mut path) = (String::new(), String::new());
        for step in &self.at {
            match step {
                Step::Key(key) => {
                    pointer.push('/');
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                    path.push('.');
                    path.push_str(key);
                }
                Step::Item(position) => {
                    pointer.push_str(&format!("/{position}"));
                    path.push_str(&format!("[{position}]"));
                }
            }
        }
        self.room = self.room.saturating_sub(pointer.len() + path.len());
        if !self.is_full() {
            self.notes.push(SchemaNote { pointer, path, kind });
        }
    }

    fn is_full(&self) -> bool {
        self.room == 0 || self.notes.len() >= MAX_NOTES
    }
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_GOT) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// What may be meant by a field: one of the same object in another case, one that belongs a level deeper, or one that
/// is written nearly like it.
fn nearest(schemas: &Schemas, definition: &Definition, name: &str) -> Option<String> {
    if let Some(field) = definition.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)) {
        return Some(field.name.to_string());
    }
    let mut deeper = definition.fields.iter().filter(|field| match field.what {
        Type::Object(number) => schemas.definition(number).is_some_and(|inner| inner.field(name).is_some()),
        _ => false,
    });
    match (deeper.next(), deeper.next()) {
        (Some(field), None) => Some(format!("{}.{name}", field.name)),
        _ => spelling::nearest(name, definition.fields.iter().map(|field| field.name.as_ref()))
            .map(str::to_owned),
    }
}
