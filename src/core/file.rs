//! What names a file of the workspace, and a state of its text.

use std::ffi::OsStr;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// A file of the workspace, for the life of the process. Handed out by the app; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// Counts the changes of one file's text. A decision carries the revisions it was made from, and one made from an
/// older revision is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Revision(pub u64);

/// What a file is for, decided by its name (`*.rego`; `*.yaml`, `*.yml`, `*.json`) and the place it was given in
/// (`--data`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Rego text: a module of the policy set. Or YAML with ConstraintTemplates, constraints and what belongs to them.
    Policy,
    /// YAML or JSON with Kubernetes objects.
    Manifest,
    /// YAML or JSON that becomes `data`.
    Data,
}

/// Whether a name is that of a YAML or JSON file.
#[must_use]
pub fn is_yaml(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end))
}

impl Role {
    /// What a file is for by its name: `*.rego`; `*.yaml`, `*.yml`, `*.json`, of which `data.*` is data, as OPA has it.
    /// `None` for other names.
    #[must_use]
    pub fn by_name(path: &Path) -> Option<Role> {
        let end = path.extension().and_then(OsStr::to_str)?.to_ascii_lowercase();
        match end.as_str() {
            "rego" => Some(Role::Policy),
            "yaml" | "yml" | "json" if path.file_stem() == Some(OsStr::new("data")) => Some(Role::Data),
            "yaml" | "yml" | "json" => Some(Role::Manifest),
            _ => None,
        }
    }
}
