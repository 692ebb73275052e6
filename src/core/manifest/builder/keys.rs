//! Keys: of any scalar type for go-yaml, strings for Kubernetes, and set twice without an error.

use std::borrow::Cow;

use serde_json::Value;

use super::{Anchor, Builder, Content, Frame, Key, NOWHERE};
use crate::core::manifest::MAX_NOTES;
use crate::core::manifest::note::NoteKind;
use crate::core::manifest::scalar::{Scalar, Tag};
use crate::core::manifest::tree::{KeyType, Named, Span};

impl Builder<'_> {
    pub(super) fn key(
        &mut self,
        text: Cow<'_, str>,
        quoted: bool,
        tag: Option<Tag>,
        anchor: usize,
        span: Span,
    ) {
        if text == "<<" && ((!quoted && tag.is_none()) || tag == Some(Tag::Merge)) {
            self.set_key(None, Named::Merge, span);
            return;
        }
        self.decoded += 1;
        if anchor != 0 && self.keep_anchors {
            // The key of a map can be repeated as a value: `&a name: *a`. It is read as a value of its own.
            let value = if quoted && tag.is_none() {
                Ok(Value::String(text.clone().into_owned()))
            } else {
                self.dialect.resolve(tag, text.clone()).and_then(Scalar::into_json)
            };
            let bytes = text.len();
            let anchored = Anchor { node: NOWHERE, value: value.ok(), open: false, weight: 1, bytes };
            self.anchors.insert(anchor, anchored);
        }
        if quoted && tag.is_none() {
            let named = Named::Field(self.tree.name(&text), KeyType::Str);
            self.set_key(Some(text.into_owned()), named, span);
            return;
        }
        let written = text.clone();
        match self.dialect.resolve(tag, text) {
            Ok(scalar) => self.typed_key(scalar, &written, quoted || tag.is_some(), span),
            Err(words) => {
                self.fault(span, words);
                self.set_key(None, Named::Broken, span);
            }
        }
    }

    fn typed_key(&mut self, scalar: Scalar<'_>, written: &str, explicit: bool, span: Span) {
        let kind = match &scalar {
            Scalar::Str(_) => KeyType::Str,
            Scalar::Bool(_) => KeyType::Bool,
            Scalar::Int(_) => KeyType::Int,
            Scalar::Float(_) => KeyType::Float,
            Scalar::Null | Scalar::Uint(_) => {
                let name = if scalar == Scalar::Null { "null" } else { "uint64" };
                self.fault(span, format!("unsupported map key of type: {name}"));
                self.set_key(None, Named::Broken, span);
                return;
            }
        };
        let name = scalar.into_key().unwrap_or_default();
        if !explicit && kind != KeyType::Str && name != written {
            self.note(
                span,
                NoteKind::KeyReadAs { written: written.to_owned(), read: name.clone().into_owned() },
            );
        }
        let named = Named::Field(self.tree.name(&name), kind);
        self.set_key(Some(name.into_owned()), named, span);
    }

    pub(super) fn alias_key(&mut self, value: Value, span: Span) {
        let (name, kind) = match value {
            Value::String(name) => (name, KeyType::Str),
            Value::Bool(b) => (b.to_string(), KeyType::Bool),
            Value::Number(number) if number.is_i64() => (number.to_string(), KeyType::Int),
            Value::Number(number) if number.is_f64() => {
                let scalar = Scalar::Float(number.as_f64().unwrap_or_default());
                (scalar.into_key().unwrap_or_default().into_owned(), KeyType::Float)
            }
            other => {
                let words = match other {
                    Value::Object(_) | Value::Array(_) => "invalid map key".to_owned(),
                    _ => "unsupported map key".to_owned(),
                };
                self.fault(span, words);
                self.set_key(None, Named::Broken, span);
                return;
            }
        };
        let named = Named::Field(self.tree.name(&name), kind);
        self.set_key(Some(name), named, span);
    }

    pub(super) fn set_key(&mut self, name: Option<String>, named: Named, range: Span) {
        if let Some(Frame { content: Content::Map(_, key), .. }) = self.stack.last_mut() {
            *key = Some(Key { name, named, range });
        }
    }

    /// Notes on both places of a key that is set again. Nothing if only a merge has set it before: to override a
    /// merged key is what merges are for.
    pub(super) fn set_twice(&mut self, map: u32, name: String, range: Span) {
        if self.notes.len() >= MAX_NOTES {
            return;
        }
        let same: Vec<(Span, KeyType)> =
            self.tree.fields(map, &name).map(|(node, kind)| (node.key, kind)).collect();
        let [.., (before, kind_before), (_, kind)] = same.as_slice() else { return };
        let (before, same_type) = (*before, kind_before == kind);
        let (line, line_before) = (self.line(range.0), self.line(before.0));
        if same_type {
            self.note(before, NoteKind::SetAgain { key: name.clone(), line });
            self.note(range, NoteKind::Overrides { key: name, line: line_before });
        } else {
            self.note(before, NoteKind::SameKey { key: name.clone(), line });
            self.note(range, NoteKind::SameKey { key: name, line: line_before });
        }
    }
}
