//! What the surroundings of the process say: variables and the home folder.
//!
//! They are read once and handed down, so that a context means the same for as long as it is open, and so that tests
//! need not change the process.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Variables and home folder of a process.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    home: Option<PathBuf>,
}

impl Environment {
    /// That of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self { variables: std::env::vars_os().collect(), home: std::env::home_dir() }
    }

    /// One with these variables; the home folder is that of `HOME`.
    pub fn of<N: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let variables: BTreeMap<_, _> = variables.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
        let home = variables.get(OsStr::new("HOME")).map(PathBuf::from);
        Self { variables, home }
    }

    /// A variable that is set and not empty.
    #[must_use]
    pub fn os(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// A variable that is set, not empty and readable.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.os(name)?.to_str()
    }

    /// The home folder.
    #[must_use]
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// The folder of kubectl in the home folder.
    #[must_use]
    pub fn kube_folder(&self) -> Option<PathBuf> {
        Some(self.home()?.join(".kube"))
    }

    /// All variables, for a child process.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&OsString, &OsString)> {
        self.variables.iter()
    }
}

/// Without the values: tokens are often handed over in variables.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").field("home", &self.home).finish_non_exhaustive()
    }
}
