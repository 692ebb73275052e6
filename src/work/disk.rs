//! One way to read a file, to tell its states apart, and to name what the system answered.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Access, OFlags};
use rustix::io::Errno;
use sha2::{Digest, Sha256};

use crate::app::effect::Stamp;
use crate::app::msg::{FileProblem, FileText, ProblemKind};
use crate::core::file::Role;

/// The largest files that are read, in bytes: four times what can be edited, so that a text that is somewhat too large
/// is shown, read-only and with the reason, and one that would cost the program its memory is refused.
#[must_use]
pub fn size_limit(role: Role) -> u64 {
    match role {
        Role::Policy => 4 << 20,
        Role::Manifest => 20 << 20,
        Role::Data => 32 << 20,
    }
}

/// What identifies these bytes.
#[must_use]
pub fn stamp(bytes: &[u8]) -> Stamp {
    Stamp { hash: Sha256::digest(bytes).into(), len: bytes.len() as u64 }
}

/// Reads a file. Symbolic links are followed. A FIFO, socket or device is refused without being opened, since opening
/// one can wait for ever.
///
/// # Errors
/// What the system said, [`ProblemKind::NotARegularFile`], or [`ProblemKind::TooLarge`] over [`size_limit`].
pub fn read(path: &Path, role: Role) -> Result<FileText, FileProblem> {
    let (bytes, _) = read_regular(path, size_limit(role), OFlags::empty())?;
    let stamp = stamp(&bytes);
    Ok(FileText { bytes: Arc::from(bytes), stamp, read_only: !writable(path) })
}

/// The bytes of a regular file of at most `limit` bytes, and what the system knew of it when they were read.
pub(crate) fn read_regular(
    path: &Path,
    limit: u64,
    flags: OFlags,
) -> Result<(Vec<u8>, Metadata), FileProblem> {
    let said = |error: io::Error| problem(path, &error);
    let before = if flags.contains(OFlags::NOFOLLOW) { path.symlink_metadata() } else { path.metadata() };
    refuse_unless_regular(path, &before.map_err(said)?)?;
    let mut file = open(path, OpenOptions::new().read(true), flags).map_err(said)?;
    // Again, on what was opened: the name may have been given to something else in between.
    let metadata = file.metadata().map_err(said)?;
    refuse_unless_regular(path, &metadata)?;
    let too_large = || new_problem(path, ProblemKind::TooLarge, format!("> {} MiB", limit >> 20));
    if metadata.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    (&mut file).take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(said)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok((bytes, metadata))
}

/// Opens without ever waiting for the other side of a FIFO and without taking a terminal.
pub(crate) fn open(path: &Path, options: &mut OpenOptions, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
    options.custom_flags(flags.bits().cast_signed()).open(path)
}

pub(crate) fn refuse_unless_regular(path: &Path, metadata: &Metadata) -> Result<(), FileProblem> {
    if metadata.is_file() {
        Ok(())
    } else {
        let kind = metadata.file_type();
        let what = if kind.is_dir() {
            "directory"
        } else if kind.is_symlink() {
            "symbolic link"
        } else {
            use std::os::unix::fs::FileTypeExt;
            match () {
                () if kind.is_fifo() => "FIFO",
                () if kind.is_socket() => "socket",
                () => "device",
            }
        };
        Err(new_problem(path, ProblemKind::NotARegularFile, what.to_owned()))
    }
}

/// Whether the user of this process may write the file.
fn writable(path: &Path) -> bool {
    rustix::fs::access(path, Access::WRITE_OK).is_ok()
}

/// Tells states of a file apart without reading it. Times count in nanoseconds, and the change time moves even where a
/// tool sets the modification time back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub dev: u64,
    pub ino: u64,
    len: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Look {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            dev: metadata.dev(),
            ino: metadata.ino(),
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The same file, perhaps with other content.
    pub(crate) fn same_file(&self, other: &Self) -> bool {
        (self.dev, self.ino) == (other.dev, other.ino)
    }

    /// The last change is so near to `now` (seconds and nanoseconds since 1970) that another one could carry the same
    /// time.
    pub(crate) fn is_fresh(&self, now: (i64, i64)) -> bool {
        let since = (now.0 - self.changed.0) * 1_000_000_000 + (now.1 - self.changed.1);
        // One second covers file systems that count in seconds; two of them, as FAT does.
        since < 2_000_000_000
    }
}

/// The wall clock in seconds and nanoseconds since 1970.
pub(crate) fn wall_clock() -> (i64, i64) {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    (since.as_secs().cast_signed(), i64::from(since.subsec_nanos()))
}

pub(crate) fn new_problem(path: &Path, kind: ProblemKind, detail: String) -> FileProblem {
    FileProblem { path: path.to_owned(), kind, detail }
}

/// An error of the system as the screen tells them apart, with the system's own words.
#[must_use]
pub fn problem(path: &Path, error: &io::Error) -> FileProblem {
    let text = error.to_string();
    // "No space left on device (os error 28)": the number helps nobody.
    let detail = text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words).to_owned();
    new_problem(path, kind(error), detail)
}

fn kind(error: &io::Error) -> ProblemKind {
    match Errno::from_io_error(error) {
        Some(Errno::NOENT | Errno::NOTDIR) => ProblemKind::NotFound,
        Some(Errno::ACCESS | Errno::PERM) => ProblemKind::PermissionDenied,
        Some(Errno::NOSPC | Errno::DQUOT) => ProblemKind::DiskFull,
        Some(Errno::ROFS) => ProblemKind::ReadOnlyFileSystem,
        Some(Errno::LOOP) => ProblemKind::SymlinkLoop,
        Some(Errno::ISDIR | Errno::NXIO | Errno::NODEV) => ProblemKind::NotARegularFile,
        Some(Errno::FBIG) => ProblemKind::TooLarge,
        _ => ProblemKind::Other,
    }
}
