//! The recovery journal: what was typed and not saved, on disk before the next keystroke.
//!
//! One append-only file for each edited file, in a folder of the user's state directory that nobody else may enter.
//! It is written to the system at once, so that a killed process loses nothing, and to the disk at the latest every
//! four seconds, 200 edits or one second of rest, so that a power cut loses no more. It ends with the save
//! or a clean exit. A process keeps its journals locked: a journal that nobody holds is one that was left behind.
//!
//! Journals hold what the user types, secrets included; they can be switched off.

mod record;
mod recover;
mod writer;

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use etcetera::BaseStrategy;
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

use crate::app::effect::Save;
pub use recover::{discard, open_elsewhere, recover};
pub use writer::{Job, Writer};

/// Where the program keeps what outlives it: `$XDG_STATE_HOME/regoscope`; `None` where there is no home.
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.state_dir().unwrap_or_else(|| base.data_dir()).join("regoscope"))
}

/// Where journals are kept; `None` where there is no home.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    Some(state_folder()?.join("recovery"))
}

/// Journals end so; one that is not complete yet ends otherwise.
const EXTENSION: &str = "journal";
const UNFINISHED: &str = "unfinished";

/// Makes the folder, and makes it private.
fn prepare(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let metadata = fs::metadata(folder)?;
    if metadata.uid() != rustix::process::geteuid().as_raw() && !rustix::process::geteuid().is_root() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the folder belongs to another user"));
    }
    if metadata.mode() & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// A journal that was just begun: complete, on disk, and locked by us.
struct Begun {
    file: File,
    path: PathBuf,
    len: u64,
}

/// Writes a journal with these records and gives it its name only when it is complete, so that a reader never sees
/// half of one. With `replacing`, under the name of that one.
fn begin(folder: &Path, what: &Path, records: &[u8], replacing: Option<&Path>) -> io::Result<Begun> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    prepare(folder)?;
    let digest = Sha256::digest(what.as_os_str().as_encoded_bytes());
    let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = folder.join(format!("{hash}-{}-{count}", std::process::id()));
        let unfinished = name.with_extension(UNFINISHED);
        let opened = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&unfinished);
        let mut file = match opened {
            // Of an earlier process with our number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            other => other?,
        };
        let path = match replacing {
            Some(path) => path.to_owned(),
            None => name.with_extension(EXTENSION),
        };
        if replacing.is_none() && path.exists() {
            let _ = fs::remove_file(&unfinished);
            continue;
        }
        let done = (|| {
            lock(&file)?;
            file.write_all(record::MAGIC)?;
            file.write_all(records)?;
            fs::rename(&unfinished, &path)
        })();
        if let Err(error) = done {
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        return Ok(Begun { file, path, len: (record::MAGIC.len() + records.len()) as u64 });
    }
}

/// Holds the journal for as long as the process lives. Some network file systems have no locks; there the number of
/// the process has to do.
fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(fs::TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => {
            tracing::debug!(%error, "journal is not locked");
            Ok(())
        }
        Err(fs::TryLockError::Error(_)) => Ok(()),
        Err(fs::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
    }
}

/// Puts the whole text of a save aside, on disk, as a journal that the next start offers.
///
/// # Errors
/// What the system said.
pub(crate) fn keep_copy(folder: &Path, save: &Save) -> io::Result<PathBuf> {
    let path = std::path::absolute(&save.path)?;
    let begin_record = record::Begin {
        path: Some(record::path_bytes(&path)),
        name: save.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        role: crate::work::load::role_of(&save.path),
        base: save.expected.map(|stamp| (stamp.hash, stamp.len)),
        ..record::Begin::of_this_process()
    };
    let mut records = record::framed(&record::Record::Begin(begin_record))?;
    let text = save.text.to_string();
    records.extend(record::framed(&record::Record::Text { at: record::now(), edits: 1, text })?);
    let begun = begin(folder, &path, &records, None)?;
    begun.file.sync_all()?;
    File::open(folder)?.sync_all()?;
    Ok(begun.path)
}
