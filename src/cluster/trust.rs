//! Which plugins the user has agreed to run, for good.
//!
//! A file with one key a line ([`Plugin::key`](super::exec::Plugin)). It can only be added to: who takes a key out edits
//! the file. A file that cannot be read or written means being asked again, never running unasked.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

/// The agreements.
#[derive(Debug, Default)]
pub(super) struct Trust {
    file: Option<PathBuf>,
    keys: BTreeSet<String>,
}

impl Trust {
    /// Those of a file; without one they last as long as the process.
    pub fn of(file: Option<PathBuf>) -> Self {
        let text = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
        Self { keys: text.lines().map(str::to_owned).collect(), file }
    }

    pub fn has(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    /// Adds an agreement. Returns whether it will be known next time.
    pub fn add(&mut self, key: &str) -> bool {
        use std::os::unix::fs::OpenOptionsExt;
        if !self.keys.insert(key.to_owned()) {
            return true;
        }
        let Some(file) = &self.file else { return false };
        if let Some(folder) = file.parent()
            && std::fs::create_dir_all(folder).is_err()
        {
            return false;
        }
        let file = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file);
        file.and_then(|mut file| file.write_all(format!("{key}\n").as_bytes())).is_ok()
    }
}
