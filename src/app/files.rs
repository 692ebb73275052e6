//! The files of the workspace: text, what is on disk, what is wrong with it.

use std::path::{Path, PathBuf};

use crate::app::effect::{FileSnapshot, Stamp};
use crate::app::msg::Now;
use crate::core::diagnostics::Diagnostics;
use crate::core::file::{FileId, Role, is_yaml};
use crate::core::text::editor::Editor;
use crate::core::text::encoding::ReadOnly;
use crate::core::text::lex::Language;
use crate::core::text::view::View;
use crate::core::text::{FileFormat, Snapshot};

/// Why a file cannot be edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locked {
    /// Its bytes are not text that could be written back unchanged.
    Bytes(ReadOnly),
    /// It may not be written.
    Mode,
}

/// How the file on disk differs from what was last read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnDisk {
    /// It does not, or nobody knows otherwise.
    Same,
    /// It has other content, which was read at `since`, while the text has unsaved edits.
    Changed { since: Now, text: String, stamp: Stamp, format: FileFormat },
    /// It is gone.
    Deleted { since: Now },
}

/// One file of the workspace.
#[derive(Debug)]
pub struct OpenFile {
    pub id: FileId,
    /// Where it is on disk; `None` for a sample that was not saved yet.
    pub path: Option<PathBuf>,
    /// As shown to people and printed in locations: relative to the folder that was opened.
    pub name: String,
    pub role: Role,
    pub editor: Editor,
    pub view: View,
    /// The text as it was last read or saved.
    pub base: Snapshot,
    /// The state on disk that the text is based on.
    pub stamp: Option<Stamp>,
    pub format: FileFormat,
    pub locked: Option<Locked>,
    pub on_disk: OnDisk,
    /// When it was last saved.
    pub saved_at: Option<Now>,
    /// Errors, notes and findings, moved along with edits until the next decision.
    pub diagnostics: Diagnostics,
    /// The journal has a whole text to which changes can be added.
    pub(super) journaled: bool,
}

impl OpenFile {
    /// A file with this text.
    #[must_use]
    pub fn new(id: FileId, path: Option<PathBuf>, name: String, role: Role, text: &str) -> Self {
        let language = match role {
            Role::Policy if !is_yaml(&name) => Language::Rego,
            _ => Language::Yaml,
        };
        Self {
            id,
            path,
            name,
            role,
            editor: Editor::new(text, language),
            view: View::default(),
            base: Snapshot::from(text),
            stamp: None,
            format: FileFormat::default(),
            locked: None,
            on_disk: OnDisk::Same,
            saved_at: None,
            diagnostics: Diagnostics::default(),
            journaled: false,
        }
    }

    /// Whether it is a policy in Rego, not one of Gatekeeper in YAML.
    #[must_use]
    pub fn is_rego(&self) -> bool {
        self.role == Role::Policy && !is_yaml(&self.name)
    }

    /// Whether edits are refused.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.locked.is_some()
    }

    /// The name without its folders.
    #[must_use]
    pub fn short_name(&self) -> &str {
        Path::new(&self.name).file_name().and_then(|name| name.to_str()).unwrap_or(&self.name)
    }

    /// For the evaluator.
    #[must_use]
    pub fn snapshot(&self) -> FileSnapshot {
        FileSnapshot {
            file: self.id,
            name: self.name.clone(),
            role: self.role,
            revision: self.editor.buffer().revision(),
            text: self.editor.buffer().snapshot(),
        }
    }
}

/// All files of the workspace, in the order they are judged and shown.
#[derive(Debug, Default)]
pub struct Files {
    list: Vec<OpenFile>,
    next: u32,
}

impl Files {
    /// A new id.
    pub fn next_id(&mut self) -> FileId {
        self.next += 1;
        FileId(self.next)
    }

    /// Adds a file; policies, manifests and data keep their order of arrival.
    pub fn add(&mut self, file: OpenFile) {
        self.list.push(file);
    }

    /// Takes a file out.
    pub fn remove(&mut self, id: FileId) -> Option<OpenFile> {
        let at = self.list.iter().position(|file| file.id == id)?;
        Some(self.list.remove(at))
    }

    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&OpenFile> {
        self.list.iter().find(|file| file.id == id)
    }

    pub fn get_mut(&mut self, id: FileId) -> Option<&mut OpenFile> {
        self.list.iter_mut().find(|file| file.id == id)
    }

    /// The file at this path.
    pub fn at_path(&mut self, path: &Path) -> Option<&mut OpenFile> {
        self.list.iter_mut().find(|file| file.path.as_deref() == Some(path))
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &OpenFile> + ExactSizeIterator {
        self.list.iter()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut OpenFile> {
        self.list.iter_mut()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The files that can be shown in a pane: policies on the left, manifests and data in the middle.
    pub fn of_pane(&self, policies: bool) -> impl DoubleEndedIterator<Item = &OpenFile> {
        self.list.iter().filter(move |file| (file.role == Role::Policy) == policies)
    }

    /// The path of a file, for messages.
    #[must_use]
    pub fn name(&self, id: FileId) -> &str {
        self.get(id).map_or("?", |file| &file.name)
    }
}
