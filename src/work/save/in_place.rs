//! The other way: the bytes of the file itself are replaced. A crash in the middle leaves neither the old nor the new
//! text in the file, so the new one is on disk beside it before the first byte is written.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::target::Target;
use super::{Content, Copies, Step, Steps, compare, tolerate_no_sync};
use crate::app::effect::Save;
use crate::app::msg::{FileProblem, ProblemKind};
use crate::work::{disk, journal};

pub(super) fn write(
    request: &Save,
    target: &Target,
    content: &Content,
    copies: &Copies,
    steps: Steps<'_>,
) -> Result<(), FileProblem> {
    let said = |error: io::Error| disk::problem(&request.path, &error);
    let Some(existing) = &target.existing else {
        return Err(disk::new_problem(&request.path, ProblemKind::NotFound, String::new()));
    };
    steps(Step::KeepCopy).map_err(said)?;
    let copy = keep_copy(request, copies).map_err(said)?;
    let copy = copy.as_deref();
    let removing = |problem| {
        remove(copy);
        problem
    };

    steps(Step::OpenInPlace).map_err(|error| removing(said(error)))?;
    let (old, _) = disk::read_regular(target.path(), u64::MAX - 1, OFlags::NOFOLLOW).map_err(&removing)?;
    steps(Step::Compare).map_err(|error| removing(said(error)))?;
    compare(request, target, content).map_err(&removing)?;
    if !target.is_still_there() {
        return Err(removing(disk::new_problem(&request.path, ProblemKind::ChangedOnDisk, String::new())));
    }
    if let Err(error) = replace(&existing.file, &old, &content.bytes, steps) {
        let mut problem = said(error);
        match restore(&existing.file, &old) {
            Ok(()) => remove(copy),
            Err(_) => {
                let kept = copy.map(|copy| copy.display().to_string()).unwrap_or_default();
                problem.detail = format!("{} ({kept})", problem.detail);
            }
        }
        return Err(problem);
    }
    // The text is in the file. A copy that cannot be removed is offered once more, which is harmless.
    if steps(Step::RemoveCopy).is_ok() {
        remove(copy);
    }
    steps(Step::Verify).map_err(said)?;
    if target.is_still_there() {
        Ok(())
    } else {
        Err(disk::new_problem(&request.path, ProblemKind::ChangedOnDisk, String::new()))
    }
}

/// Writes what is longer than the old content first: only that needs new room on the disk, so a full disk shows before
/// a byte of the old content is gone.
fn replace(file: &File, old: &[u8], new: &[u8], steps: Steps<'_>) -> io::Result<()> {
    let (head, tail) = new.split_at_checked(old.len()).unwrap_or((new, &[]));
    if !tail.is_empty() {
        write_chunks(file, tail, old.len() as u64, steps)?;
        tolerate_no_sync(file.sync_data())?;
    }
    write_chunks(file, head, 0, steps)?;
    steps(Step::Truncate)?;
    file.set_len(new.len() as u64)?;
    steps(Step::SyncInPlace)?;
    tolerate_no_sync(file.sync_all())
}

fn write_chunks(file: &File, bytes: &[u8], mut at: u64, steps: Steps<'_>) -> io::Result<()> {
    for chunk in bytes.chunks(1 << 16) {
        steps(Step::WriteInPlace)?;
        file.write_all_at(chunk, at)?;
        at += chunk.len() as u64;
    }
    Ok(())
}

fn restore(file: &File, old: &[u8]) -> io::Result<()> {
    file.write_all_at(old, 0)?;
    file.set_len(old.len() as u64)?;
    tolerate_no_sync(file.sync_all())
}

/// Puts the new text aside, synced. If the recovery folder cannot take it, the folder for temporary files does.
fn keep_copy(request: &Save, copies: &Copies) -> io::Result<Option<PathBuf>> {
    let Copies::Recovery(folder) = copies else { return Ok(None) };
    journal::keep_copy(folder, request)
        .or_else(|_| journal::keep_copy(&std::env::temp_dir().join("regoscope-recovery"), request))
        .map(Some)
}

fn remove(copy: Option<&Path>) {
    if let Some(copy) = copy {
        let _ = std::fs::remove_file(copy);
    }
}
