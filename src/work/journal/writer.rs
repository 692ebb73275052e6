//! The threads that write journals: one hands every entry to the system at once, the other waits for the disk, so
//! that a slow disk never keeps an entry in our memory.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use ropey::Rope;

use super::record::{Begin, Record, framed, now, path_bytes};
use super::recover::apply;
use super::{begin, discard};
use crate::app::effect::{JournalEntry, Journaled};
use crate::app::msg::{FileProblem, Msg, ProblemKind};
use crate::core::file::FileId;
use crate::core::text::Change;
use crate::work::disk;

/// The disk has every edit after this many, this long, or this long without another.
const SYNC_EDITS: usize = 200;
const SYNC_AFTER: Duration = Duration::from_secs(4);
const SYNC_IDLE: Duration = Duration::from_secs(1);
/// A journal that could not be written is tried again after this long.
const RETRY: Duration = Duration::from_secs(5);
/// A journal is begun anew when it is so much longer than four times its text.
const SLACK: u64 = 64 << 10;

/// What the writer is asked to do, in order.
#[derive(Debug)]
pub enum Job {
    Append(JournalEntry),
    /// The file is as it is on disk.
    Forget(FileId),
    /// Remove a journal of an earlier run.
    Discard(PathBuf),
    /// End: remove all journals (a clean exit) or keep them, synced; then drop the sender.
    Finish {
        keep: bool,
        done: Sender<()>,
    },
}

/// The running writer. Dropping it keeps the journals.
pub struct Writer {
    jobs: Sender<Job>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the threads; `send` takes [`Msg::JournalFailed`], once.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(folder: PathBuf, send: impl Fn(Msg) + Send + 'static) -> io::Result<Self> {
        let (jobs, received) = unbounded();
        let (syncs, to_sync) = unbounded();
        thread::Builder::new().name("journal-sync".into()).spawn(move || sync(&to_sync))?;
        let mut desk =
            Desk { folder, open: HashMap::new(), syncs, send: Box::new(send), told: false, finishing: false };
        let thread = thread::Builder::new().name("journal".into()).spawn(move || desk.run(&received))?;
        Ok(Self { jobs, thread: Some(thread) })
    }

    /// Hands over a job; never waits.
    pub fn send(&self, job: Job) {
        let _ = self.jobs.send(job);
    }

    /// Ends the writer; waits at most `patience` for the disk.
    pub fn finish(&self, keep: bool, patience: Duration) {
        finish(&self.jobs, keep, patience);
    }

    /// What ends the writer with its journals kept, for a thread that does not have it.
    pub fn flush_and_keep(&self) -> impl Fn(Duration) + Send + Sync + 'static {
        let jobs = self.jobs.clone();
        move |patience| finish(&jobs, true, patience)
    }
}

fn finish(jobs: &Sender<Job>, keep: bool, patience: Duration) {
    let (done, wait) = crossbeam_channel::bounded(1);
    let _ = jobs.send(Job::Finish { keep, done });
    let _ = wait.recv_timeout(patience);
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.finish(true, Duration::from_secs(1));
        // The thread ends by itself; a hanging disk must not keep the program.
        if let Some(thread) = self.thread.take().filter(JoinHandle::is_finished) {
            let _ = thread.join();
        }
    }
}

fn sync(files: &Receiver<(Arc<File>, Option<Sender<()>>)>) {
    for (file, done) in files {
        if let Err(error) = file.sync_data() {
            tracing::warn!(%error, "journal not synced");
        }
        // The lock goes first: whoever waits may read the journal as one that was left.
        drop(file);
        drop(done);
    }
}

/// One journal being written.
struct Open {
    head: Begin,
    /// The text as the journal has it, for beginning anew. Shares its memory with the editor's.
    text: Rope,
    edits: usize,
    disk: Option<OnDisk>,
    /// When writing failed last.
    failed: Option<Instant>,
}

struct OnDisk {
    file: Arc<File>,
    path: PathBuf,
    len: u64,
    unsynced: Option<Unsynced>,
}

#[derive(Clone, Copy)]
struct Unsynced {
    edits: usize,
    first: Instant,
    last: Instant,
}

impl Unsynced {
    fn due(self) -> Instant {
        if self.edits >= SYNC_EDITS {
            self.last
        } else {
            (self.first + SYNC_AFTER).min(self.last + SYNC_IDLE)
        }
    }
}

struct Desk {
    folder: PathBuf,
    open: HashMap<FileId, Open>,
    syncs: Sender<(Arc<File>, Option<Sender<()>>)>,
    send: Box<dyn Fn(Msg) + Send>,
    told: bool,
    finishing: bool,
}

impl Desk {
    fn run(&mut self, jobs: &Receiver<Job>) {
        while !self.finishing {
            let due =
                self.open.values().filter_map(|open| open.disk.as_ref()?.unsynced).map(Unsynced::due).min();
            let job = match due {
                Some(due) => match jobs.recv_deadline(due) {
                    Ok(job) => Some(job),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                },
                None => match jobs.recv() {
                    Ok(job) => Some(job),
                    Err(_) => return,
                },
            };
            match job {
                Some(Job::Append(entry)) => self.append(entry),
                Some(Job::Forget(file)) => self.forget(file),
                Some(Job::Discard(journal)) => {
                    if let Err(error) = discard(&self.folder, &journal) {
                        tracing::warn!(%error, "journal not removed");
                    }
                }
                Some(Job::Finish { keep, done }) => self.finish(keep, &done),
                None => {}
            }
            self.sync_due();
        }
    }

    fn append(&mut self, entry: JournalEntry) {
        let file = entry.file;
        let result = match &entry.what {
            Journaled::Text(text) => {
                let text = text.0.clone();
                let head = head(&entry);
                let open = match self.open.remove(&file) {
                    Some(open) => {
                        // The first edit after a save starts the count again.
                        let edits = if open.head.base == head.base { open.edits + 1 } else { 1 };
                        Open { head, text, edits, ..open }
                    }
                    None => Open { head, text, edits: 1, disk: None, failed: None },
                };
                self.open.entry(file).insert_entry(open).get_mut().begin_anew(&self.folder)
            }
            Journaled::Changes(changes) => match self.open.get_mut(&file) {
                Some(open) => open.change(&self.folder, changes),
                None => Err(io::Error::new(io::ErrorKind::NotFound, "changes of a text that is not known")),
            },
        };
        if let Err(error) = result {
            self.tell(&error);
        }
    }

    fn forget(&mut self, file: FileId) {
        if let Some(disk) = self.open.remove(&file).and_then(|open| open.disk) {
            let _ = fs::remove_file(disk.path);
        }
    }

    fn finish(&mut self, keep: bool, done: &Sender<()>) {
        for (_, open) in self.open.drain() {
            let Some(disk) = open.disk else { continue };
            if keep {
                let _ = self.syncs.send((disk.file, Some(done.clone())));
            } else {
                let _ = fs::remove_file(disk.path);
            }
        }
        self.finishing = true;
    }

    fn sync_due(&mut self) {
        let now = Instant::now();
        for disk in self.open.values_mut().filter_map(|open| open.disk.as_mut()) {
            if disk.unsynced.is_some_and(|unsynced| unsynced.due() <= now) {
                disk.unsynced = None;
                let _ = self.syncs.send((Arc::clone(&disk.file), None));
            }
        }
    }

    /// Says that editing goes on without a net, the first time.
    fn tell(&mut self, error: &io::Error) {
        tracing::warn!(%error, "journal not written");
        if !self.told {
            self.told = true;
            (self.send)(Msg::JournalFailed(journal_problem(&self.folder, error)));
        }
    }
}

fn journal_problem(folder: &Path, error: &io::Error) -> FileProblem {
    let problem = disk::problem(folder, error);
    // "Not found" would read as if the journal were missing; what counts is that it cannot be written.
    let kind = if problem.kind == ProblemKind::NotFound { ProblemKind::Other } else { problem.kind };
    FileProblem { kind, ..problem }
}

fn head(entry: &JournalEntry) -> Begin {
    let absolute = |path: &PathBuf| path_bytes(&std::path::absolute(path).unwrap_or_else(|_| path.clone()));
    Begin {
        path: entry.path.as_ref().map(absolute),
        name: entry.name.clone(),
        role: entry.role,
        base: entry.base.map(|stamp| (stamp.hash, stamp.len)),
        ..Begin::of_this_process()
    }
}

impl Open {
    /// Writes the whole text as a new journal in the place of the one before.
    fn begin_anew(&mut self, folder: &Path) -> io::Result<()> {
        let whole = Record::Text { at: now(), edits: self.edits, text: self.text.to_string() };
        let written = framed(&Record::Begin(self.head.clone())).and_then(|mut records| {
            records.extend(framed(&whole)?);
            let what = self.head.path().unwrap_or_else(|| PathBuf::from(&self.head.name));
            begin(folder, &what, &records, self.disk.as_ref().map(|disk| disk.path.as_path()))
        });
        match written {
            Ok(begun) => {
                let mut unsynced = None;
                count(&mut unsynced, 1);
                self.disk =
                    Some(OnDisk { file: Arc::new(begun.file), path: begun.path, len: begun.len, unsynced });
                self.failed = None;
                Ok(())
            }
            Err(error) => {
                self.failed = Some(Instant::now());
                Err(error)
            }
        }
    }

    fn change(&mut self, folder: &Path, changes: &[Change]) -> io::Result<()> {
        let mut next = self.text.clone();
        if !changes.iter().all(|change| apply(&mut next, change.range.start, change.range.end, &change.new)) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a change outside of the text"));
        }
        self.text = next;
        self.edits += changes.len();
        match self.failed {
            Some(when) if when.elapsed() < RETRY => return Ok(()),
            Some(_) => return self.begin_anew(folder),
            None => {}
        }
        let Some(disk) = &mut self.disk else { return self.begin_anew(folder) };
        if disk.len > 4 * self.text.len_bytes() as u64 + SLACK {
            return self.begin_anew(folder);
        }
        let edits =
            changes.iter().map(|change| (change.range.start, change.range.end, change.new.clone())).collect();
        let record = framed(&Record::Changes { at: now(), changes: edits })?;
        if let Err(error) = (&*disk.file).write_all(&record) {
            // Half a record would hide every later one.
            let _ = disk.file.set_len(disk.len);
            self.failed = Some(Instant::now());
            return Err(error);
        }
        disk.len += record.len() as u64;
        count(&mut disk.unsynced, changes.len());
        Ok(())
    }
}

fn count(unsynced: &mut Option<Unsynced>, edits: usize) {
    let now = Instant::now();
    let before = unsynced.unwrap_or(Unsynced { edits: 0, first: now, last: now });
    *unsynced = Some(Unsynced { edits: before.edits + edits, last: now, ..before });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_has_every_edit_in_time() {
        let second = Duration::from_secs(1);
        let begun = Instant::now();
        let due = |edits, last| Unsynced { edits, first: begun, last: begun + last }.due() - begun;
        // One edit, then rest.
        assert_eq!(due(1, Duration::ZERO), second);
        // Typing without rest.
        assert_eq!(due(50, second * 7 / 2), second * 4);
        assert_eq!(due(199, second * 39 / 10), second * 4);
        // Very fast typing.
        assert_eq!(due(200, second / 2), second / 2);
    }
}
