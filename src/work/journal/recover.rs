//! Reading what earlier runs left.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ropey::Rope;
use rustix::fs::OFlags;

use super::record::{Begin, Record, host, read};
use super::{EXTENSION, UNFINISHED};
use crate::app::effect::Stamp;
use crate::app::msg::{ProblemKind, Recovered};
use crate::work::disk;

/// Longer than any text that can be opened, with the edits of a long day.
const LIMIT: u64 = 256 << 20;

/// What other processes left or are writing, the newest first. Journals of this process are not among them. A journal
/// whose text is on disk by now has done its work and is removed. A folder that is not there or cannot be read holds
/// nothing.
#[must_use]
pub fn recover(folder: &Path) -> Vec<Recovered> {
    let mut found: Vec<Recovered> = Vec::new();
    for path in entries(folder) {
        if path.extension().is_some_and(|end| end == UNFINISHED) {
            remove_if_abandoned(&path);
        } else if let Some(recovered) = read_one(&path) {
            found.push(recovered);
        }
    }
    found.sort_by(|a, b| b.when.cmp(&a.when).then_with(|| a.journal.cmp(&b.journal)));
    found
}

/// The process that has unsaved changes of this file, if it is another one and still runs.
#[must_use]
pub fn open_elsewhere(folder: &Path, path: &Path) -> Option<u32> {
    let wanted = real(path);
    entries(folder).into_iter().find_map(|journal| {
        let (records, owner) = load(&journal)?;
        let Some(Record::Begin(begin)) = records.first() else { return None };
        owner.filter(|_| begin.path().is_some_and(|path| real(&path) == wanted))
    })
}

/// Removes a journal that an earlier run left. Nothing else is removed, whatever the path says: only a journal of this
/// folder that no process holds.
///
/// # Errors
/// What the system said.
pub fn discard(folder: &Path, journal: &Path) -> std::io::Result<()> {
    let is_ours = journal.parent() == Some(folder) && journal.extension().is_some_and(|end| end == EXTENSION);
    if !is_ours {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "not a journal"));
    }
    match open(journal) {
        Some(file) if matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) => {
            Err(std::io::Error::new(std::io::ErrorKind::ResourceBusy, "the journal is in use"))
        }
        _ => fs::remove_file(journal),
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let ours = |path: &PathBuf| path.extension().is_some_and(|end| end == EXTENSION || end == UNFINISHED);
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(ours).collect();
    paths.sort();
    paths
}

fn open(path: &Path) -> Option<File> {
    path.symlink_metadata().ok().filter(fs::Metadata::is_file)?;
    disk::open(path, OpenOptions::new().read(true), OFlags::NOFOLLOW).ok()
}

/// The records and, if it lives, the process that writes them; nothing for our own.
fn load(path: &Path) -> Option<(Vec<Record>, Option<u32>)> {
    let file = open(path)?;
    let lock = file.try_lock_shared();
    let (bytes, _) = disk::read_regular(path, LIMIT, OFlags::NOFOLLOW).ok()?;
    let records = read(&bytes)?;
    let Some(Record::Begin(begin)) = records.first() else { return None };
    let ours = begin.pid == std::process::id() && begin.host == host();
    let owner = match lock {
        Ok(()) => None,
        Err(TryLockError::WouldBlock) if ours => return None,
        Err(TryLockError::WouldBlock) => Some(begin.pid),
        // No locks here: a process of that number on this machine has to be taken for the owner.
        Err(TryLockError::Error(_)) => (!ours && runs(begin)).then_some(begin.pid),
    };
    Some((records, owner))
}

fn runs(begin: &Begin) -> bool {
    begin.host == host()
        && i32::try_from(begin.pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

fn read_one(journal: &Path) -> Option<Recovered> {
    let (records, still_running) = load(journal)?;
    let mut records = records.into_iter();
    let Some(Record::Begin(begin)) = records.next() else { return None };
    let mut text: Option<Rope> = None;
    let (mut edits, mut when) = (0, begin.started);
    for record in records {
        match record {
            Record::Begin(_) => break,
            Record::Text { at, edits: so_far, text: whole } => {
                (text, edits, when) = (Some(Rope::from_str(&whole)), so_far, at);
            }
            Record::Changes { at, changes } => {
                let mut next = text.clone()?;
                let fits = changes.iter().all(|(from, to, new)| apply(&mut next, *from, *to, new));
                if !fits {
                    break;
                }
                (text, edits, when) = (Some(next), edits + changes.len(), at);
            }
        }
    }
    let text = text?.to_string();
    let path = begin.path();
    let base = begin.base.map(|(hash, len)| Stamp { hash, len });
    let disk = path.as_deref().map(|path| disk::read_regular(path, LIMIT, OFlags::empty()));
    let changed_since = match &disk {
        None => false,
        Some(Ok((bytes, _))) if says(bytes, &text) => {
            if still_running.is_none() {
                let _ = fs::remove_file(journal);
            }
            return None;
        }
        Some(Ok((bytes, _))) => base != Some(disk::stamp(bytes)),
        Some(Err(problem)) => problem.kind != ProblemKind::NotFound || base.is_some(),
    };
    Some(Recovered {
        journal: journal.to_owned(),
        path,
        name: begin.name,
        role: begin.role,
        text,
        edits,
        when,
        utc_offset: begin.utc_offset,
        still_running,
        changed_since,
    })
}

/// Replaces the bytes `from..to`; false, and nothing done, where there are no such characters.
pub(super) fn apply(rope: &mut Rope, from: usize, to: usize, new: &str) -> bool {
    let char_at = |byte| {
        let char = rope.try_byte_to_char(byte).ok()?;
        rope.try_char_to_byte(char).is_ok_and(|back| back == byte).then_some(char)
    };
    let range = (char_at(from), char_at(to));
    match range {
        (Some(from), Some(to)) if from <= to => {
            rope.try_remove(from..to).is_ok() && rope.try_insert(from, new).is_ok()
        }
        _ => false,
    }
}

/// The file holds this text, whatever its line ends and byte order mark.
fn says(bytes: &[u8], text: &str) -> bool {
    let Ok(disk) = std::str::from_utf8(bytes) else { return false };
    let disk = disk.strip_prefix('\u{feff}').unwrap_or(disk);
    disk == text || (disk.contains("\r\n") && disk.replace("\r\n", "\n") == text)
}

/// The path that the file system means, for one that may not exist.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// What a process left that was killed while it began a journal.
fn remove_if_abandoned(path: &Path) {
    let Some(file) = open(path) else { return };
    let age = file.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|at| at.elapsed().ok());
    if age.is_some_and(|age| age > Duration::from_secs(60)) && file.try_lock_shared().is_ok() {
        let _ = fs::remove_file(path);
    }
}
