//! The fields that Kubernetes knows: what is misspelt in an object, and what may be typed at a place.
//!
//! The types of the built-in kinds come from one file of data (see `README.md` beside this file), those of custom
//! kinds from their CustomResourceDefinitions. A kind that neither knows is not checked.
//!
//! What a server does with a field that is not declared depends on the way to it: server-side apply refuses it (500,
//! "field not declared in schema"), a client with strict validation gets 400 "unknown field", and otherwise the field
//! is dropped with a warning at most. The object that is judged still holds it, so it is a warning here: in no case
//! does `hostPid: true` mean what its author thinks.

mod caret;
mod check;
mod complete;
mod crd;
mod data;
mod docs;
mod follow;
mod note;
mod quantity;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

pub use complete::{Completions, Follows, Item};
pub use crd::resource;
pub use follow::{Reached, Step};
pub use note::{Expected, SchemaNote, SchemaNoteKind, diagnostics};

/// The version of Kubernetes whose kinds are built in.
pub const KUBERNETES: &str = "1.37";

/// A name in the schema: from the built-in data, or from a CustomResourceDefinition.
type Name = Cow<'static, str>;

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Type {
    String,
    Boolean,
    Integer,
    Number,
    IntOrString,
    /// An amount: `500m`, `1Gi`, `2`.
    Quantity,
    /// Not checked.
    Any,
    List(Box<Type>),
    /// Keys are free.
    Map(Box<Type>),
    /// The number of a [`Definition`].
    Object(usize),
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    name: Name,
    what: Type,
    /// The only values of a string (or of the strings in a list); empty if it is free.
    allowed: Vec<Name>,
}

/// An object with fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Definition {
    /// Without its group, for people; empty in a CustomResourceDefinition.
    name: Name,
    /// Sorted by name.
    fields: Vec<Field>,
    /// Other fields may be there too.
    open: bool,
}

impl Definition {
    fn field(&self, name: &str) -> Option<&Field> {
        let at = self.fields.binary_search_by(|field| field.name.as_ref().cmp(name)).ok()?;
        self.fields.get(at)
    }
}

/// A kind of one API version.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kind {
    plural: Name,
    namespaced: bool,
    definition: usize,
}

/// Types, kinds by kind and `apiVersion`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    definitions: Vec<Definition>,
    kinds: BTreeMap<(Name, Name), Kind>,
}

/// All kinds that are known: the built-in ones and those of the CustomResourceDefinitions that were added.
#[derive(Debug, Clone)]
pub struct Schemas {
    builtin: &'static Known,
    /// Its definitions are counted from the end of the built-in ones.
    own: Known,
}

impl Default for Schemas {
    fn default() -> Self {
        Self::builtin()
    }
}

impl Schemas {
    /// The kinds of [`KUBERNETES`].
    #[must_use]
    pub fn builtin() -> Self {
        Self { builtin: data::known(), own: Known::default() }
    }

    /// Adds the kinds of a CustomResourceDefinition. Anything else changes nothing.
    #[must_use]
    pub fn with_crd(mut self, object: &Value) -> Self {
        crd::add(&mut self, object);
        self
    }

    /// Whether objects of this kind are checked.
    #[must_use]
    pub fn knows(&self, api_version: &str, kind: &str) -> bool {
        self.kind(api_version, kind).is_some()
    }

    /// The plural of a kind, and whether its objects live in a namespace.
    #[must_use]
    pub fn resource(&self, api_version: &str, kind: &str) -> Option<(&str, bool)> {
        self.kind(api_version, kind).map(|kind| (kind.plural.as_ref(), kind.namespaced))
    }

    /// What is wrong with the fields of an object, by its `apiVersion` and `kind`. At most 1000 notes, in the order
    /// of the object's fields.
    #[must_use]
    pub fn check(&self, object: &Value) -> Vec<SchemaNote> {
        check::check(self, object)
    }

    /// What may be typed at a byte of a YAML text, which need not be whole. Nothing where the place is not clear: in
    /// comments, block scalars, flow style and JSON.
    #[must_use]
    pub fn complete(&self, text: &str, byte: usize) -> Completions {
        complete::complete(text, byte, |_, _| self)
    }

    fn kind(&self, api_version: &str, kind: &str) -> Option<&Kind> {
        self.kinds().find(|((k, version), _)| k == kind && version == api_version).map(|(_, kind)| kind)
    }

    fn kinds(&self) -> impl Iterator<Item = (&(Name, Name), &Kind)> {
        self.own.kinds.iter().chain(&self.builtin.kinds)
    }

    fn definition(&self, number: usize) -> Option<&Definition> {
        let built_in = &self.builtin.definitions;
        built_in.get(number).or_else(|| self.own.definitions.get(number.checked_sub(built_in.len())?))
    }

    /// A built-in definition.
    fn named(&self, name: &str) -> Option<usize> {
        self.builtin.definitions.iter().position(|definition| definition.name == name)
    }
}

/// [`Schemas::complete`] with the schemas that the caller has for the `apiVersion` and `kind` of the document (empty if
/// absent).
#[must_use]
pub fn complete_with<'s>(
    text: &str,
    byte: usize,
    schemas: impl FnOnce(&str, &str) -> &'s Schemas,
) -> Completions {
    complete::complete(text, byte, schemas)
}

/// [`Schemas::check`] with the built-in kinds.
#[must_use]
pub fn check(object: &Value) -> Vec<SchemaNote> {
    Schemas::builtin().check(object)
}

/// [`Schemas::complete`] with the built-in kinds.
#[must_use]
pub fn complete(text: &str, byte: usize) -> Completions {
    Schemas::builtin().complete(text, byte)
}
