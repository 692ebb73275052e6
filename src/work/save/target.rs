//! What a path leads to, and what is known of it before it is written.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::Reason;
use crate::app::msg::{FileProblem, ProblemKind};
use crate::work::disk::{self, Look};

/// As many as the kernel follows.
const MAX_LINKS: usize = 40;

/// The file at the end of all symbolic links.
pub(super) struct Target {
    path: PathBuf,
    /// The file there, opened for writing and not yet touched; `None` if there is none.
    pub(super) existing: Option<Existing>,
}

pub(super) struct Existing {
    /// Open: what may be written is found out here, before anything is done, and the attributes are read from it.
    pub(super) file: File,
    pub(super) metadata: Metadata,
}

impl Target {
    /// Follows the links from `path` and looks at what is there. Refuses what is not a regular file or may not be
    /// written.
    pub(super) fn find(path: &Path) -> Result<Self, FileProblem> {
        let said = |error: io::Error| disk::problem(path, &error);
        let target = follow(path)?;
        let metadata = match target.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let target = Self { path: target, existing: None };
                return match target.folder().metadata() {
                    Ok(folder) if folder.is_dir() => Ok(target),
                    Ok(_) => Err(missing_folder(path, target.folder())),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        Err(missing_folder(path, target.folder()))
                    }
                    Err(error) => Err(said(error)),
                };
            }
            Err(error) => return Err(said(error)),
        };
        disk::refuse_unless_regular(path, &metadata)?;
        let file = disk::open(&target, OpenOptions::new().write(true), OFlags::NOFOLLOW).map_err(said)?;
        let metadata = file.metadata().map_err(said)?;
        disk::refuse_unless_regular(path, &metadata)?;
        Ok(Self { path: target, existing: Some(Existing { file, metadata }) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that the file is in.
    pub(super) fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }

    /// What is already known to stand against a rename. The rest shows while the temporary file is made.
    pub(super) fn reason_to_write_in_place(&self) -> Option<Reason> {
        let links = self.existing.as_ref()?.metadata.nlink();
        (links > 1).then(|| Reason { kind: ProblemKind::HardLinked, detail: links.to_string() })
    }

    /// Whether the path still leads to the file that was opened by [`find`](Self::find).
    pub(super) fn is_still_there(&self) -> bool {
        let now = self.path.symlink_metadata();
        self.existing.as_ref().is_some_and(|existing| {
            now.is_ok_and(|now| Look::of(&now).same_file(&Look::of(&existing.metadata)))
        })
    }
}

fn missing_folder(path: &Path, folder: &Path) -> FileProblem {
    disk::new_problem(path, ProblemKind::FolderNotFound, folder.display().to_string())
}

/// The path at the end of the chain of links; it may not exist.
fn follow(path: &Path) -> Result<PathBuf, FileProblem> {
    let mut at = path.to_owned();
    for _ in 0..=MAX_LINKS {
        match std::fs::read_link(&at) {
            // Relative to the folder that the link is in; `join` of an absolute path is that path.
            Ok(next) => at = at.parent().map_or_else(|| next.clone(), |folder| folder.join(&next)),
            // EINVAL: not a link.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Ok(at),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(at),
            Err(error) => return Err(disk::problem(path, &error)),
        }
    }
    Err(disk::new_problem(path, ProblemKind::SymlinkLoop, String::new()))
}
