//! Saving so that no crash, full disk or other program costs a file.
//!
//! The promise, in order:
//! 1. A symbolic link stays a link: what it points to is written (at most 40 hops).
//! 2. What cannot be written as a file (directory, FIFO, socket, device) is refused before it is opened.
//! 3. The new content goes to a temporary file in the same folder, readable by the user alone until it is complete,
//!    then gets the owner, mode, ACL and attributes of the old file, and is synced.
//! 4. Just before the rename the file on disk is compared, by content, with the one that the text was read from.
//! 5. Rename, sync the folder, look again. Only then is it saved.
//! 6. Where a rename would change more than the content (hard links, a folder that may not be written, a foreign owner,
//!    a single mounted file) the file is written in place, after a synced copy of the text was put aside, and the user
//!    is told.
//! 7. Whatever fails leaves the file as it was.
//!
//! Between every two system calls a [`Step`] is announced to the caller, so that tests can fail or end the process
//! there.

mod atomic;
mod attributes;
mod in_place;
mod target;

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::app::effect::{Save, Stamp};
use crate::app::msg::{FileProblem, ProblemKind};
use crate::core::text::encoding::encode;
use crate::core::text::{FileFormat, Snapshot};
use crate::work::disk;
use target::Target;

/// A place between two system calls of a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    Resolve,
    CreateTemp,
    WriteTemp,
    CopyAttributes,
    SyncTemp,
    Compare,
    Rename,
    KeepCopy,
    OpenInPlace,
    WriteInPlace,
    Truncate,
    SyncInPlace,
    RemoveCopy,
    SyncFolder,
    Verify,
}

/// Called before every [`Step`]; an error it returns is handled as if the system had given it.
pub type Steps<'a> = &'a mut dyn FnMut(Step) -> io::Result<()>;

/// Where the copy goes that is made before a file is written in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copies {
    /// To the recovery folder, as a journal, so that the next start offers it.
    Recovery(PathBuf),
    /// Nowhere: the user switched recovery off.
    Off,
}

/// How a save ended.
#[derive(Debug)]
pub struct Outcome {
    /// What is on disk now, or why it is what it was.
    pub result: Result<Stamp, FileProblem>,
    /// The file was written in place, and why.
    pub notice: Option<FileProblem>,
}

/// Saves. Blocks until the disk has the text.
#[must_use]
pub fn save(request: &Save, copies: &Copies) -> Outcome {
    save_with(request, copies, &mut |_| Ok(()))
}

/// Saves, announcing each step.
pub fn save_with(request: &Save, copies: &Copies, steps: Steps<'_>) -> Outcome {
    let mut notice = None;
    let result = attempt(request, copies, steps, &mut notice);
    Outcome { result, notice }
}

fn attempt(
    request: &Save,
    copies: &Copies,
    steps: Steps<'_>,
    notice: &mut Option<FileProblem>,
) -> Result<Stamp, FileProblem> {
    let said = |error: io::Error| disk::problem(&request.path, &error);
    let content = Content::of(&request.text, request.format);
    steps(Step::Resolve).map_err(said)?;
    let target = Target::find(&request.path)?;
    let reason = match target.reason_to_write_in_place() {
        Some(reason) => reason,
        None => match atomic::write(request, &target, &content, steps)? {
            atomic::Written::Yes => return Ok(content.stamp),
            atomic::Written::NotThisWay(reason) => reason,
        },
    };
    in_place::write(request, &target, &content, copies, steps)?;
    *notice = Some(disk::new_problem(&request.path, reason.kind, reason.detail));
    Ok(content.stamp)
}

/// Why a rename would not do.
#[derive(Debug)]
struct Reason {
    kind: ProblemKind,
    detail: String,
}

/// The bytes to be written.
struct Content {
    bytes: Vec<u8>,
    stamp: Stamp,
}

impl Content {
    fn of(text: &Snapshot, format: FileFormat) -> Self {
        let bytes = encode(text, format);
        let stamp = disk::stamp(&bytes);
        Self { bytes, stamp }
    }
}

/// Whether the file on disk is the one that the text came from. Content decides: times can be equal for different
/// contents, and different for equal ones. A file that already holds the new text is no conflict.
fn compare(request: &Save, target: &Target, content: &Content) -> Result<(), FileProblem> {
    if request.overwrite {
        return Ok(());
    }
    // A longer file than both is neither, and need not be read.
    let limit = content.stamp.len.max(request.expected.map_or(0, |stamp| stamp.len));
    let now = match disk::read_regular(target.path(), limit, OFlags::NOFOLLOW) {
        Ok((bytes, _)) => Some(disk::stamp(&bytes)),
        Err(problem) if problem.kind == ProblemKind::TooLarge => None,
        Err(problem) if problem.kind == ProblemKind::NotFound && request.expected.is_none() => return Ok(()),
        // Deleted; or it cannot be read, yet may be written: then there is no proof of sameness.
        Err(problem) => return Err(FileProblem { path: request.path.clone(), ..problem }),
    };
    if now == Some(content.stamp) || (now.is_some() && now == request.expected) {
        return Ok(());
    }
    let kind =
        if request.expected.is_some() { ProblemKind::ChangedOnDisk } else { ProblemKind::AlreadyExists };
    Err(disk::new_problem(&request.path, kind, String::new()))
}

/// Syncs a folder, so that a rename in it outlives a power cut.
fn sync_folder(folder: &Path) -> io::Result<()> {
    match std::fs::File::open(folder) {
        Ok(folder) => tolerate_no_sync(folder.sync_all()),
        // A folder that may be written but not read cannot be opened for this.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) => Err(error),
    }
}

/// Some network file systems have no sync and say so; any other error means that the data may not be there.
fn tolerate_no_sync(result: io::Result<()>) -> io::Result<()> {
    use rustix::io::Errno;
    const NO_SYNC: [Errno; 4] = [Errno::INVAL, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS];
    match result {
        Err(error) if Errno::from_io_error(&error).is_some_and(|errno| NO_SYNC.contains(&errno)) => Ok(()),
        other => other,
    }
}
