//! What can happen to the app. Every variant comes from outside: the terminal, a worker, a timer.

use std::path::PathBuf;
use std::time::Duration;

use crate::app::cluster::ClusterNews;
use crate::app::effect::{Stamp, Timer};
use crate::app::input::{Chord, Mouse};
use crate::core::decision::{Evaluation, Reason};
use crate::core::file::{FileId, Role};

/// Time since the program started, as the loop gives it. `app` never asks a clock.
pub type Now = Duration;

/// One event.
#[derive(Debug)]
pub enum Msg {
    /// A key. Text that is typed comes as one `Key` a character.
    Key(Chord),
    /// A run of typed-ahead or unbracketed-pasted text that arrived in one piece: one undo step.
    Text(String),
    /// A bracketed paste, line ends as they came.
    Paste(String),
    Mouse(Mouse),
    Resize {
        width: u16,
        height: u16,
    },
    /// The terminal got or lost the focus.
    Focus(bool),
    /// A timer that an [`Effect::After`](crate::app::effect::Effect::After) asked for.
    Timer(Timer),
    /// The evaluator answered.
    Evaluated(Box<Evaluation>),
    /// The evaluator was stopped or ended while it worked on `run`. `ran_last` is the place it was at, if known.
    Stopped {
        run: u64,
        reason: Reason,
        after: Duration,
    },
    /// A file was read: opened, or read again because it changed.
    Read {
        path: PathBuf,
        role: Role,
        result: Result<FileText, FileProblem>,
        why: ReadWhy,
    },
    /// Everything that the command line names has been read; so many files it was.
    Opened {
        files: usize,
    },
    /// The save of a file ended.
    Saved {
        file: FileId,
        path: PathBuf,
        revision: crate::core::file::Revision,
        result: Result<Stamp, FileProblem>,
        /// The text was written in place, not by rename, and why (hard link, folder not writable…).
        notice: Option<FileProblem>,
    },
    /// [`Effect::WriteSamples`](crate::app::effect::Effect::WriteSamples) ended: how many files were written.
    SamplesWritten {
        folder: PathBuf,
        result: Result<usize, FileProblem>,
    },
    /// A watched file is there no more.
    Removed(PathBuf),
    /// How files are watched now.
    Watching(WatchState),
    /// Journals that an earlier run left behind.
    Recovered(Vec<Recovered>),
    /// The journal cannot be written: editing goes on, a warning stays on the screen.
    JournalFailed(FileProblem),
    /// The terminal said whether its background is light. May come at any time, or never.
    Background {
        light: bool,
    },
    /// `Effect::Suspend` was not carried out: no shell is there that could continue the program.
    CannotSuspend,
    /// The program came back from being suspended; draw everything again.
    Resumed,
    /// News of clusters.
    Cluster(ClusterNews),
    /// SIGTERM, SIGHUP or a dead terminal: flush and leave.
    Terminate,
}

/// Why a file was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadWhy {
    /// At start, or by the picker.
    Open { show: bool },
    /// Something changed on disk. Sent only if the content hash differs from the last one known.
    Changed,
    /// The user asked for the disk's version.
    Reload,
}

/// The bytes of a file, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText {
    /// The bytes as they are on disk. The text core decides on line ends, BOM and read-only.
    pub bytes: std::sync::Arc<[u8]>,
    /// What identifies this state of the file.
    pub stamp: Stamp,
    /// The file may not be written (mode, read-only file system).
    pub read_only: bool,
}

/// What went wrong with a file. Put into words by `strings`; `detail` is the system's own message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    pub path: PathBuf,
    pub kind: ProblemKind,
    pub detail: String,
}

/// The kinds of file problems that the screen tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// There is no file of this name; on saving, it was deleted after it was read.
    NotFound,
    /// Saving to a folder that is not there; `detail` is its path.
    FolderNotFound,
    /// Saving as a new file, and one of this name exists.
    AlreadyExists,
    PermissionDenied,
    DiskFull,
    ReadOnlyFileSystem,
    /// A directory, FIFO, socket or device.
    NotARegularFile,
    TooLarge,
    /// A folder holds more files than are read; `detail` is the limit.
    TooMany,
    /// The file on disk is not the one that was read: saving waits for the user.
    ChangedOnDisk,
    SymlinkLoop,
    /// Written in place: the file has several names (hard links).
    HardLinked,
    /// Written in place: the folder is not writable.
    FolderNotWritable,
    /// Written in place: the owner or attributes could not be reproduced.
    NotReproducible,
    /// Written in place: the file is mounted by itself, as containers do.
    Mounted,
    Other,
}

/// How files are watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchState {
    /// By events of the system.
    Events,
    /// By looking every second, and why.
    Polling { why: String },
    /// Not at all, and why.
    Off { why: String },
}

/// What an earlier run left in the recovery journal for one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Identifies the journal for `Effect::DiscardJournal`.
    pub journal: PathBuf,
    /// The file that was edited; `None` for a scratch buffer.
    pub path: Option<PathBuf>,
    /// Its name on the screen.
    pub name: String,
    pub role: Role,
    /// The text after the last edit that was written to the journal.
    pub text: String,
    /// How many edits came after the last save.
    pub edits: usize,
    /// Seconds since 1970 of the last edit, UTC.
    pub when: u64,
    /// The offset of local time from UTC then, in seconds, if known.
    pub utc_offset: i32,
    /// The process that wrote it still runs.
    pub still_running: Option<u32>,
    /// The file on disk changed after the journal was begun.
    pub changed_since: bool,
}
