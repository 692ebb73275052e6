//! What the app asks the outside to do. `App::update` returns these; `work` and the loop carry them out.

use std::path::PathBuf;
use std::time::Duration;

use crate::app::cluster::ClusterRequest;
use crate::app::msg::ReadWhy;
use crate::core::file::{FileId, Revision, Role};
use crate::core::policy::options::Asked;
use crate::core::policy::testing::TestOptions;
use crate::core::rego::target::Target;
use crate::core::text::{Change, FileFormat, Snapshot};
use crate::strings::Lang;

/// The most bytes that are put on the terminal's clipboard: terminals drop what is longer.
pub const CLIPBOARD_LIMIT: usize = 64 << 10;

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Judge this. Only the newest snapshot counts.
    Evaluate(Box<WorkspaceSnapshot>),
    /// Give the next evaluations this long.
    SetDeadline(Duration),
    Save(Save),
    /// Read a file and send `Msg::Read`.
    Read {
        path: PathBuf,
        role: Role,
        why: ReadWhy,
    },
    /// Append to the recovery journal of a file.
    Journal(JournalEntry),
    /// The file is as it is on disk: its journal has done its work.
    ForgetJournal(FileId),
    /// Remove a journal that an earlier run left.
    DiscardJournal(PathBuf),
    /// Watch these files (all of them; replaces the list before).
    Watch(Vec<PathBuf>),
    /// Put text on the clipboard by OSC 52. Not carried out for more than [`CLIPBOARD_LIMIT`] bytes.
    Copy(String),
    /// Send `Msg::Timer` after this long.
    After(Duration, Timer),
    /// Write the samples to a folder.
    WriteSamples(PathBuf),
    /// Something of a cluster.
    Cluster(ClusterRequest),
    /// Ctrl-Z of a job-control shell.
    Suspend,
    /// Leave with this exit code.
    Quit(u8),
}

/// The timers of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// An evaluation is late: show that it runs.
    Checking(u64),
    /// A message has been on the screen long enough.
    MessageFades(u64),
    /// Ages on the screen ("4 s ago") go on.
    Clock,
    /// The answers of a run are late: show that they are on their way.
    Asking(u64),
    /// A file was saved a moment ago: ask about it.
    AskSaved(FileId),
}

/// Everything that is judged, at one moment. Cloning a [`Snapshot`] costs next to nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkspaceSnapshot {
    /// Counts up; the answer carries it.
    pub run: u64,
    /// All files that are judged.
    pub files: Vec<FileSnapshot>,
    /// The file whose edit led to this, for judging that first.
    pub edited: Option<FileId>,
    /// What is asked about each document.
    pub asked: Asked,
    /// The OPA that policies are written for.
    pub target: Target,
    /// Run the unit tests instead of deciding.
    pub tests: Option<TestOptions>,
    /// The language of remarks on manifests.
    pub lang: Lang,
}

/// One file of a snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct FileSnapshot {
    pub file: FileId,
    /// As shown to people and printed in locations.
    pub name: String,
    pub role: Role,
    pub revision: Revision,
    pub text: Snapshot,
}

/// A save that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Save {
    pub file: FileId,
    pub path: PathBuf,
    pub revision: Revision,
    pub text: Snapshot,
    /// Line ends and BOM to write.
    pub format: FileFormat,
    /// The state of the file that the text was read from; `None` for a file that must not exist yet.
    pub expected: Option<Stamp>,
    /// Write even if the file on disk is not `expected` (the user chose "keep mine").
    pub overwrite: bool,
}

/// Identifies a state of a file on disk. Times alone do not: they can be equal for different contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// SHA-256 of the bytes.
    pub hash: [u8; 32],
    pub len: u64,
}

/// One addition to a file's recovery journal.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    pub file: FileId,
    pub path: Option<PathBuf>,
    pub name: String,
    pub role: Role,
    /// Hash of the file on disk that the text is based on.
    pub base: Option<Stamp>,
    /// The whole text, at the first edit after a save; else the changes since the last entry.
    pub what: Journaled,
}

/// What a journal entry holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Journaled {
    /// The whole text.
    Text(Snapshot),
    /// Edits in the order they were made, each in bytes of the text before it.
    Changes(Vec<Change>),
}
