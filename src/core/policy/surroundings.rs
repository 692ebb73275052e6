//! What the other documents of a run say about one: its namespace, the resource of its kind, the object it replaces.
//!
//! A Namespace counts for what `kubectl apply` would send after it: of the same file for the documents below it, the
//! last one of the same name; else the first one of the other files, whose order is nobody's promise. A
//! CustomResourceDefinition counts wherever it stands, those of the same file first: without it there would be no
//! request at all. Documents of the file with the old objects stand for nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::core::file::FileId;
use crate::core::manifest::kinds::Scope;
use crate::core::manifest::request::{self, RequestOptions};
use crate::core::manifest::schema::{self, Schemas};
use crate::core::policy::document::{Document, Documents};
use crate::core::policy::fingerprint::hash_of;

/// What all documents of a run say about each other.
#[derive(Default)]
pub struct Surroundings {
    /// Changes with everything that an input can be made of.
    pub print: u64,
    /// The kinds that are defined.
    pub schemas: Schemas,
    /// Changes with them.
    pub schemas_print: u64,
    /// By name, in the order of the run: file, number of the document, Namespace.
    namespaces: BTreeMap<String, Vec<(FileId, usize, Arc<Value>)>>,
    /// By group and kind.
    resources: BTreeMap<(String, String), Vec<Defined>>,
    old: Vec<Old>,
}

/// The resource of a custom kind, and the file that defines it.
struct Defined {
    file: FileId,
    plural: String,
    scope: Scope,
}

/// An object before the request.
struct Old {
    written: Value,
    stored: Value,
}

impl Surroundings {
    /// Looks through the manifests of a run, in their order. `old`: the one with the old objects. `before`: what was
    /// found the last time.
    #[must_use]
    pub fn of<'d>(
        files: impl Iterator<Item = (FileId, &'d Documents)>,
        old: Option<FileId>,
        before: &Self,
    ) -> Self {
        let mut all = Self::default();
        let mut definitions: Vec<&Value> = Vec::new();
        let (mut said, mut told) = (Vec::new(), Vec::new());
        for (file, documents) in files {
            if old == Some(file) {
                let written = documents.all.iter().filter(|document| !document.is_derived());
                for (written, stored) in written.filter_map(|d| Some((d.reading(true)?, d.reading(false)?))) {
                    said.push(hash_of(written.to_string()));
                    all.old.push(Old { written: written.clone(), stored: stored.clone() });
                }
                continue;
            }
            for &(at, print) in &documents.notable {
                let Some(document) = documents.all.get(at) else { continue };
                let Some(object) = document.reading(false) else { continue };
                if let Some((group, kind, plural, namespaced)) = schema::resource(object) {
                    told.push(print);
                    definitions.push(object);
                    let scope = if namespaced { Scope::Namespaced } else { Scope::Cluster };
                    let known = all.resources.entry((group.to_owned(), kind.to_owned())).or_default();
                    known.push(Defined { file, plural: plural.to_owned(), scope });
                } else {
                    said.push(print);
                    all.add_namespace(file, document, object);
                }
            }
        }
        all.schemas_print = hash_of(&told);
        all.schemas = if all.schemas_print == before.schemas_print {
            before.schemas.clone()
        } else {
            // Of two definitions of a kind the first counts: added last.
            definitions.into_iter().rev().fold(Schemas::builtin(), Schemas::with_crd)
        };
        all.print = hash_of((said, told));
        all
    }

    fn add_namespace(&mut self, file: FileId, document: &Document, namespace: &Value) {
        let named = self.namespaces.entry(document.text("/metadata/name").to_owned()).or_default();
        named.push((file, document.index, Arc::new(namespace.clone())));
    }

    /// The Namespace of this name, for a document.
    #[must_use]
    pub fn namespace(&self, name: &str, file: FileId, index: usize) -> Option<Value> {
        let named = self.namespaces.get(name)?;
        let above = named.iter().rfind(|(of, at, _)| *of == file && *at < index);
        let found = above.or_else(|| named.iter().find(|(of, ..)| *of != file))?;
        Some((*found.2).clone())
    }

    /// The plural and the scope of an object's kind, for a document of a file.
    #[must_use]
    pub fn resource(&self, file: FileId, object: &Value) -> Option<(String, Scope)> {
        let (group, kind) = group_and_kind(object);
        let known = self.resources.get(&(group.to_owned(), kind.to_owned()))?;
        let found = known.iter().find(|defined| defined.file == file).or_else(|| known.first())?;
        Some((found.plural.clone(), found.scope))
    }

    /// The object that a request replaces or deletes: the one of the same kind, namespace and name, or else the only
    /// one of its kind.
    #[must_use]
    pub fn old(&self, object: &Value, request: &RequestOptions, raw: bool) -> Option<Value> {
        let name = |object: &Value| {
            object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let is_same = |old: &&Old| {
            name(&old.written) == name(object)
                && request::namespace_of(&old.written, request) == request::namespace_of(object, request)
        };
        let of_kind: Vec<&Old> =
            self.old.iter().filter(|old| group_and_kind(&old.written) == group_and_kind(object)).collect();
        let found = of_kind.iter().copied().find(is_same).or(match of_kind.as_slice() {
            [only] => Some(*only),
            _ => None,
        })?;
        Some(if raw { found.written.clone() } else { found.stored.clone() })
    }
}

fn group_and_kind(object: &Value) -> (&str, &str) {
    let text = |name| object.get(name).and_then(Value::as_str).unwrap_or_default();
    (text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group), text("kind"))
}
