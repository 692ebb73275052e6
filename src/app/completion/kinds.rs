//! The custom kinds whose CustomResourceDefinitions stand in open manifests.
//!
//! They are only looked for when the document at the caret is of a kind that is not built in, and only those that
//! define it are read; what was read is kept as long as its text is the same.

use std::collections::HashMap;

use crate::app::files::Files;
use crate::core::file::{FileId, Revision, Role};
use crate::core::manifest::{
    self,
    schema::{self, Completions, Schemas},
};

/// How a CustomResourceDefinition says what it is.
const KIND: &str = "CustomResourceDefinition";

/// What was found in the open manifests.
#[derive(Debug, Default)]
pub struct CustomKinds {
    /// The documents of each file that seem to define a kind, as of a revision.
    found: HashMap<FileId, (Revision, Vec<String>)>,
    /// The documents that the schemas were made from.
    read: Vec<String>,
    schemas: Schemas,
    builtin: Schemas,
}

impl CustomKinds {
    /// What may be typed at a byte of the text of a file.
    pub fn complete(&mut self, files: &Files, text: &str, byte: usize) -> Completions {
        schema::complete_with(text, byte, |version, kind| {
            if kind.is_empty() || self.builtin.knows(version, kind) {
                return &self.builtin;
            }
            self.look(files);
            self.read_those(version.split('/').next().unwrap_or_default(), kind);
            &self.schemas
        })
    }

    /// Looks through the files that changed.
    fn look(&mut self, files: &Files) {
        self.found.retain(|id, _| files.get(*id).is_some());
        for file in files.iter().filter(|file| file.role == Role::Manifest) {
            let revision = file.editor.buffer().revision();
            if self.found.get(&file.id).is_some_and(|(seen, _)| *seen == revision) {
                continue;
            }
            let text = file.editor.buffer().snapshot().to_string();
            let documents = if text.contains(KIND) {
                text.split("\n---").filter(|document| document.contains(KIND)).map(str::to_owned).collect()
            } else {
                Vec::new()
            };
            self.found.insert(file.id, (revision, documents));
        }
    }

    /// Reads the definitions of a kind, unless they were.
    fn read_those(&mut self, group: &str, kind: &str) {
        let mut those: Vec<&String> = self
            .found
            .values()
            .flat_map(|(_, documents)| documents)
            .filter(|document| document.contains(group) && document.contains(kind))
            .collect();
        those.sort_unstable();
        if those.iter().copied().eq(&self.read) {
            return;
        }
        self.read = those.into_iter().cloned().collect();
        self.schemas = self.read.iter().fold(Schemas::builtin(), |schemas, document| {
            let manifest = manifest::read(document);
            manifest.objects().fold(schemas, |schemas, object| schemas.with_crd(object.value))
        });
    }
}
