//! The usual way: a temporary file in the same folder, renamed over the old one.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::target::Target;
use super::{Content, Reason, Step, Steps, attributes, compare, sync_folder, tolerate_no_sync};
use crate::app::effect::Save;
use crate::app::msg::{FileProblem, ProblemKind};
use crate::work::disk::{self, Look};

/// No save takes this long: a temporary file of this age was left by a process that was killed.
const LEFT_BEHIND: Duration = Duration::from_secs(3600);

/// How an attempt ended that did not fail.
pub(super) enum Written {
    Yes,
    /// A rename would change more than the content, or is not possible here. Nothing was changed.
    NotThisWay(Reason),
}

pub(super) fn write(
    request: &Save,
    target: &Target,
    content: &Content,
    steps: Steps<'_>,
) -> Result<Written, FileProblem> {
    let said = |error: io::Error| disk::problem(&request.path, &error);
    let exists = target.existing.is_some();
    let in_place = |kind, error: &io::Error| {
        Ok(Written::NotThisWay(Reason { kind, detail: disk::problem(&request.path, error).detail }))
    };

    let mut temp = match steps(Step::CreateTemp).and_then(|()| Temp::create(target, exists)) {
        Ok(temp) => temp,
        Err(error) if exists && is_refusal(&error) => {
            return in_place(ProblemKind::FolderNotWritable, &error);
        }
        Err(error) => return Err(said(error)),
    };
    for chunk in content.bytes.chunks(1 << 16) {
        steps(Step::WriteTemp).map_err(said)?;
        temp.file.write_all(chunk).map_err(said)?;
    }
    let dressed = steps(Step::CopyAttributes).and_then(|()| match &target.existing {
        Some(existing) => attributes::reproduce(existing, &temp.file),
        None => temp.file.set_permissions(Permissions::from_mode(temp.mode)),
    });
    match dressed {
        Ok(()) => {}
        Err(error) if exists => return in_place(ProblemKind::NotReproducible, &error),
        Err(error) => return Err(said(error)),
    }
    tolerate_no_sync(steps(Step::SyncTemp).and_then(|()| temp.file.sync_all())).map_err(said)?;

    steps(Step::Compare).map_err(said)?;
    compare(request, target, content)?;
    let replace = exists || request.overwrite;
    match steps(Step::Rename).and_then(|()| rename(&temp.path, target.path(), replace)) {
        Ok(()) => temp.renamed = true,
        Err(error) if Errno::from_io_error(&error) == Some(Errno::EXIST) => {
            return Err(disk::new_problem(&request.path, ProblemKind::AlreadyExists, String::new()));
        }
        Err(error) if exists && matches!(Errno::from_io_error(&error), Some(Errno::BUSY | Errno::XDEV)) => {
            return in_place(ProblemKind::Mounted, &error);
        }
        // A sticky folder lets a file be made in it but not a foreign one be replaced.
        Err(error) if exists && is_refusal(&error) => {
            return in_place(ProblemKind::FolderNotWritable, &error);
        }
        Err(error) => return Err(said(error)),
    }
    steps(Step::SyncFolder).map_err(said)?;
    sync_folder(target.folder()).map_err(said)?;
    steps(Step::Verify).map_err(said)?;
    let ours = temp.file.metadata().map_err(said)?;
    let there = target.path().symlink_metadata().map_err(said)?;
    if !Look::of(&ours).same_file(&Look::of(&there)) {
        return Err(disk::new_problem(&request.path, ProblemKind::ChangedOnDisk, String::new()));
    }
    remove_left_behind(target);
    Ok(Written::Yes)
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::ACCESS | Errno::PERM | Errno::ROFS))
}

/// Renames; without `replace`, only if nothing is there, and in one step where the system can do that.
fn rename(from: &Path, to: &Path, replace: bool) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    if !replace {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            other => return other.map_err(io::Error::from),
        }
    }
    if !replace && to.symlink_metadata().is_ok() {
        return Err(Errno::EXIST.into());
    }
    std::fs::rename(from, to)
}

/// The temporary file; removed unless it was renamed.
struct Temp {
    file: File,
    path: PathBuf,
    /// The mode that a new file gets here, from the umask or the folder's default ACL.
    mode: u32,
    renamed: bool,
}

impl Temp {
    fn create(target: &Target, exists: bool) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // A new file is made with the usual mode, to learn it, and made private while still empty.
        let mode = if exists { 0o600 } else { 0o666 };
        loop {
            let mut name = prefix(target);
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            name.push(format!("{}-{count}", std::process::id()));
            let path = target.folder().join(name);
            let opened = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(mode)
                .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
                .open(&path);
            let file = match opened {
                // Of an earlier process with our number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                other => other?,
            };
            let mut temp = Self { file, path, mode: 0o600, renamed: false };
            temp.mode = temp.file.metadata()?.permissions().mode() & 0o777;
            temp.file.set_permissions(Permissions::from_mode(0o600))?;
            return Ok(temp);
        }
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if !self.renamed {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Hidden, so that folder walks and watches pass over it.
fn prefix(target: &Target) -> OsString {
    let mut name = OsString::from(".");
    // A name near the limit of the file system leaves no room for ours.
    let own = target.path().file_name().unwrap_or_default();
    if own.len() < 200 {
        name.push(own);
    }
    name.push(".regoscope-save-");
    name
}

/// Removes what a killed process left for this file. What cannot be removed stays.
fn remove_left_behind(target: &Target) {
    let prefix = prefix(target);
    let Ok(entries) = std::fs::read_dir(target.folder()) else { return };
    for entry in entries.flatten() {
        let old = || {
            let modified = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            modified.and_then(|at| at.elapsed().ok()).is_some_and(|age| age > LEFT_BEHIND)
        };
        if entry.file_name().as_encoded_bytes().starts_with(prefix.as_encoded_bytes()) && old() {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
