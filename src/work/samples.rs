//! Writes the samples to a folder, for `regoscope init` and for the screen.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::app::msg::{FileProblem, ProblemKind};
use crate::samples;
use crate::work::disk;

/// Why the samples were not, or not all, written.
#[derive(Debug)]
pub enum Trouble {
    /// These files are there already and say something else. Nothing was written.
    InTheWay(Vec<PathBuf>),
    /// A file could not be written; those before it were.
    Unwritable(PathBuf, io::Error),
}

impl Trouble {
    /// As a problem with the first file.
    #[must_use]
    pub fn problem(self) -> FileProblem {
        match self {
            Self::InTheWay(paths) => FileProblem {
                path: paths.into_iter().next().unwrap_or_default(),
                kind: ProblemKind::AlreadyExists,
                detail: String::new(),
            },
            Self::Unwritable(path, error) => disk::problem(&path, &error),
        }
    }
}

/// Writes the samples and tells how many files were written. Those that are there with the same text are left. A file
/// that says something else is overwritten only with `replace`; without it nothing is written then.
///
/// # Errors
/// What is in the way, or cannot be written.
pub fn write(folder: &Path, replace: bool) -> Result<usize, Trouble> {
    let missing: Vec<(PathBuf, &str)> = samples::files()
        .map(|(path, text)| (folder.join(path), text))
        .filter(|(path, text)| fs::read(path).ok().as_deref() != Some(text.as_bytes()))
        .collect();
    let in_the_way = missing.iter().map(|(path, _)| path).filter(|path| path.symlink_metadata().is_ok());
    let in_the_way: Vec<PathBuf> = in_the_way.cloned().collect();
    if !in_the_way.is_empty() && !replace {
        return Err(Trouble::InTheWay(in_the_way));
    }
    for (path, text) in &missing {
        write_whole(path, text, replace).map_err(|error| Trouble::Unwritable(path.clone(), error))?;
    }
    Ok(missing.len())
}

/// Writes one file whole, or leaves what was there.
fn write_whole(path: &Path, text: &str, replace: bool) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // The mode of a file like any other, which the process's umask narrows. Temporary files are private by default.
    let mode = Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().permissions(mode).tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if replace {
        file.persist(path)?;
    } else {
        file.persist_noclobber(path)?;
    }
    Ok(())
}
