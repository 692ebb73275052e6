//! What is wrong with a field, and how it is told.

use std::ops::Range;

use serde_json::Value;

use super::Schemas;
use super::check::MAX_NOTES;
use crate::core::diagnostics::{Diagnostic, Edit, Fix, Origin, Severity};
use crate::core::manifest::{Manifest, Object};
use crate::strings::{self, Lang, T};

/// Something wrong with a field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaNote {
    /// The JSON pointer of the field.
    pub pointer: String,
    /// The same as the API server writes it: `.spec.containers[0].image`.
    pub path: String,
    /// What it is.
    pub kind: SchemaNoteKind,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaNoteKind {
    /// The object has no such field; `nearest` is what may be meant, with a dot if it is a level deeper
    /// (`securityContext.privileged`).
    UnknownField { field: String, nearest: Option<String> },
    /// The value has another type. `got` is the value as JSON, cut if it is long.
    WrongType { expected: Expected, got: String },
    /// A text that is none of the values.
    NotInEnum { value: String, allowed: Vec<String> },
}

/// The type that a value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Map,
    List,
    String,
    Boolean,
    /// A number without a fraction.
    Integer,
    Number,
    IntOrString,
    Quantity,
}

impl Expected {
    /// In the words of the API server where it has some.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::List => "list",
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "numeric (int or float)",
            Self::IntOrString => "integer or string",
            Self::Quantity => "quantity such as 500m or 1Gi",
        }
    }
}

impl SchemaNoteKind {
    /// The name of the kind, for reports and filters.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownField { .. } => "schema-unknown-field",
            Self::WrongType { .. } => "schema-wrong-type",
            Self::NotInEnum { .. } => "schema-unsupported-value",
        }
    }
}

impl SchemaNote {
    /// The note in words, at the key of an unknown field, else at the value. `None` if the object does not write the
    /// field.
    #[must_use]
    pub fn diagnostic(&self, object: &Object<'_>, lang: Lang) -> Option<Diagnostic> {
        let span = object.span(&self.pointer)?;
        let wants_key = match &self.kind {
            SchemaNoteKind::UnknownField { .. } => true,
            // Where the value is many lines, its key is enough.
            SchemaNoteKind::WrongType { .. } => object
                .value
                .pointer(&self.pointer)
                .is_some_and(|v| matches!(v, Value::Object(_) | Value::Array(_))),
            SchemaNoteKind::NotInEnum { .. } => false,
        };
        let range = span.key.filter(|_| wants_key).unwrap_or(span.value);
        Some(Diagnostic {
            fix: self.fix(object, &range, lang),
            range,
            severity: Severity::Warning,
            origin: Origin::Yaml,
            code: self.kind.code().to_owned(),
            message: strings::schema_note(self, lang),
            approximate: false,
        })
    }

    /// The name that is meant in place of the one that stands in `range`, unless the object has that one too.
    fn fix(&self, object: &Object<'_>, range: &Range<usize>, lang: Lang) -> Option<Fix> {
        let (old, new) = match &self.kind {
            SchemaNoteKind::UnknownField { field, nearest: Some(nearest) } if !nearest.contains('.') => {
                let holder = self.pointer.rsplit_once('/').map_or("", |(holder, _)| holder);
                let taken = object.value.pointer(holder).is_none_or(|holder| holder.get(nearest).is_some());
                (field, (!taken).then_some(nearest)?)
            }
            SchemaNoteKind::NotInEnum { value, allowed } => {
                (value, allowed.iter().find(|allowed| allowed.eq_ignore_ascii_case(value))?)
            }
            _ => return None,
        };
        // A name in quotes is another text, and is left alone.
        let is_bare = range.len() == old.len();
        let edit = Edit { range: range.clone(), old: old.clone(), new: new.clone() };
        let title = T::FixWrite.fill(lang, &[("new", new)]);
        is_bare.then(|| Fix { title, edits: vec![edit] })
    }
}

impl Schemas {
    /// What is wrong with the fields of all objects of a file. CustomResourceDefinitions in the file count for the
    /// objects of the file, before all others. At most 1000.
    #[must_use]
    pub fn diagnostics(&self, manifest: &Manifest, lang: Lang) -> Vec<Diagnostic> {
        let own = |schemas: Self, object: Object<'_>| schemas.with_crd(object.value);
        let schemas = manifest.objects().fold(self.clone(), own);
        manifest
            .objects()
            .flat_map(|object| {
                let notes = schemas.check(object.value);
                notes.into_iter().filter_map(move |note| note.diagnostic(&object, lang))
            })
            .take(MAX_NOTES)
            .collect()
    }
}

/// [`Schemas::diagnostics`] with the built-in kinds.
#[must_use]
pub fn diagnostics(manifest: &Manifest, lang: Lang) -> Vec<Diagnostic> {
    Schemas::builtin().diagnostics(manifest, lang)
}
