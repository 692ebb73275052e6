//! Everything that is done with files, in the background.
//!
//! Three threads: one reads, saves and watches, in the order it was asked, so that a save can never be taken for a
//! change by others; one keeps the recovery journal, so that no slow save delays it; one walks the folders given at
//! the start.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use crate::app::effect::{Effect, Save};
use crate::app::msg::{FileProblem, FileText, Msg, ReadWhy, Recovered};
use crate::core::file::Role;
use crate::work::journal::{self, Writer};
use crate::work::load::{self, Folder, Listing};
use crate::work::save::{Copies, save};
use crate::work::watch::{Backend, Heard, Watch};
use crate::work::{disk, journal::Job as Note};

/// How files are dealt with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder of recovery journals ([`journal::folder`]); `None` keeps none.
    pub recovery: Option<PathBuf>,
    /// What tells of changes.
    pub backend: Backend,
}

/// The running threads.
pub struct Files {
    jobs: Sender<Job>,
    journal: Option<Writer>,
    recovery: Option<PathBuf>,
}

enum Job {
    Save(Save),
    Read {
        path: PathBuf,
        role: Role,
        why: ReadWhy,
    },
    Watch(Vec<PathBuf>),
    /// Read at the start, by another thread.
    Opened {
        path: PathBuf,
        role: Role,
        result: Result<FileText, FileProblem>,
        why: ReadWhy,
    },
    Folder(Folder),
    /// All that was named has been read: how many files it was.
    AllOpened(usize),
    Recovered(Vec<Recovered>),
    Heard(Heard),
    Finish(Sender<()>),
}

impl Files {
    /// Starts the threads. `send` is called from them, never from here.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(send: impl Fn(Msg) + Send + Clone + 'static, options: &Options) -> io::Result<Self> {
        let (jobs, received) = unbounded();
        let journal = match &options.recovery {
            Some(folder) => Some(Writer::start(folder.clone(), send.clone())?),
            None => None,
        };
        let hear = jobs.clone();
        let backend = options.backend;
        let mut desk = Desk {
            send: Box::new(send),
            copies: options.recovery.clone().map_or(Copies::Off, Copies::Recovery),
        };
        thread::Builder::new().name("files".into()).spawn(move || {
            let watch = Watch::new(backend, move |heard| {
                let _ = hear.send(Job::Heard(heard));
            });
            desk.run(&received, watch);
        })?;
        Ok(Self { jobs, journal, recovery: options.recovery.clone() })
    }

    /// Opens the files and folders of the command line: sends a [`Msg::Read`] for each file, in order, then one
    /// [`Msg::Recovered`] if an earlier run left something. Folders are watched for files that come.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn open(&self, paths: Vec<PathBuf>, data: Vec<PathBuf>) -> io::Result<()> {
        let jobs = self.jobs.clone();
        let recovery = self.recovery.clone();
        thread::Builder::new().name("open".into()).spawn(move || {
            let listing = load::list(&paths, &data);
            for found in &listing.files {
                let result = disk::read(&found.path, found.role);
                let why = ReadWhy::Open { show: found.named };
                let _ = jobs.send(Job::Opened { path: found.path.clone(), role: found.role, result, why });
            }
            for problem in &listing.problems {
                let (path, role) = (problem.path.clone(), Role::Policy);
                let (result, why) = (Err(problem.clone()), ReadWhy::Open { show: false });
                let _ = jobs.send(Job::Opened { path, role, result, why });
            }
            let _ = jobs.send(Job::AllOpened(listing.files.len() + listing.problems.len()));
            let recovered = recovery.map(|folder| left_for(&folder, &listing)).unwrap_or_default();
            let _ = jobs.send(Job::Recovered(recovered));
            for folder in listing.folders {
                let _ = jobs.send(Job::Folder(folder));
            }
        })?;
        Ok(())
    }

    /// Carries out an effect, in the background; gives it back if it is not about files.
    pub fn handle(&self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Save(save) => self.ask(Job::Save(save)),
            Effect::Read { path, role, why } => self.ask(Job::Read { path, role, why }),
            Effect::Watch(paths) => self.ask(Job::Watch(paths)),
            Effect::Journal(entry) => self.note(Note::Append(entry)),
            Effect::ForgetJournal(file) => self.note(Note::Forget(file)),
            Effect::DiscardJournal(journal) => self.note(Note::Discard(journal)),
            other => return Some(other),
        }
        None
    }

    fn ask(&self, job: Job) {
        let _ = self.jobs.send(job);
    }

    fn note(&self, note: Note) {
        if let Some(journal) = &self.journal {
            journal.send(note);
        }
    }

    /// What brings the journals to the disk and keeps them there, from any thread, e.g. in a panic; it waits no longer
    /// than it is told.
    pub fn journal_flush(&self) -> impl Fn(Duration) + Send + Sync + 'static {
        let flush = self.journal.as_ref().map(Writer::flush_and_keep);
        move |patience| {
            if let Some(flush) = &flush {
                flush(patience);
            }
        }
    }

    /// Ends: waits for saves that were asked for, at most `patience`, then removes the journals (`keep: false`, after
    /// the user chose to leave) or leaves them on disk for the next start (a signal, a dead terminal).
    pub fn finish(mut self, keep: bool, patience: Duration) {
        let journal = self.journal.take();
        if let Some(journal) = journal.as_ref().filter(|_| keep) {
            // First, for it is what must not be lost.
            journal.finish(true, patience);
        }
        let (done, wait) = bounded(1);
        self.ask(Job::Finish(done));
        let saved = wait.recv_timeout(patience) != Err(RecvTimeoutError::Timeout);
        if let Some(journal) = journal.filter(|_| !keep) {
            journal.finish(!saved, patience);
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let (done, _) = bounded(1);
        self.ask(Job::Finish(done));
    }
}

/// What earlier runs left that concerns this one: all that dead processes left, and of living ones what they do to the
/// files that were opened. Paths are spelled as they were given here.
fn left_for(folder: &Path, listing: &Listing) -> Vec<Recovered> {
    let mut recovered = journal::recover(folder);
    recovered.retain_mut(|recovered| {
        let opened = listing.files.iter().any(|file| respell(recovered, &file.path));
        opened || recovered.still_running.is_none()
    });
    recovered
}

fn left_for_one(folder: &Path, path: &Path) -> Vec<Recovered> {
    let mut recovered = journal::recover(folder);
    recovered.retain_mut(|recovered| respell(recovered, path));
    recovered
}

/// Whether it is about this file; then it names the file the same way.
fn respell(recovered: &mut Recovered, path: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).ok();
    let same = recovered.path.as_deref().is_some_and(|theirs| real(theirs) == real(path));
    if same {
        recovered.path = Some(path.to_owned());
    }
    same
}

/// The thread that reads, saves and watches.
struct Desk {
    send: Box<dyn Fn(Msg) + Send>,
    copies: Copies,
}

impl Desk {
    fn run(&mut self, jobs: &Receiver<Job>, mut watch: Watch) {
        loop {
            match jobs.recv_deadline(watch.due()) {
                Ok(Job::Finish(done)) => return drop(done),
                Ok(job) => {
                    self.work(job, &mut watch);
                    // Everything that waits comes before the next look: it may say what is ours.
                    for job in jobs.try_iter() {
                        if let Job::Finish(done) = job {
                            return drop(done);
                        }
                        self.work(job, &mut watch);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if std::time::Instant::now() >= watch.due() {
                watch.run().into_iter().for_each(&self.send);
            }
        }
    }

    fn work(&self, job: Job, watch: &mut Watch) {
        match job {
            Job::Save(request) => self.save(&request, watch),
            Job::Read { path, role, why } => {
                let result = disk::read(&path, role);
                let left = match (&self.copies, why) {
                    (Copies::Recovery(folder), ReadWhy::Open { .. }) => left_for_one(folder, &path),
                    _ => Vec::new(),
                };
                self.opened(path, role, result, why, watch);
                self.recovered(left);
            }
            Job::Opened { path, role, result, why } => self.opened(path, role, result, why, watch),
            Job::Watch(paths) => watch.set(paths),
            Job::Folder(folder) => watch.add_folder(folder),
            Job::AllOpened(files) => (self.send)(Msg::Opened { files }),
            Job::Recovered(recovered) => self.recovered(recovered),
            Job::Heard(heard) => watch.hear(heard),
            Job::Finish(_) => {}
        }
    }

    fn recovered(&self, recovered: Vec<Recovered>) {
        if !recovered.is_empty() {
            (self.send)(Msg::Recovered(recovered));
        }
    }

    fn save(&self, request: &Save, watch: &mut Watch) {
        let outcome = save(request, &self.copies);
        if let Ok(stamp) = &outcome.result {
            watch.known(&request.path, None, Ok(*stamp));
        }
        (self.send)(Msg::Saved {
            file: request.file,
            path: request.path.clone(),
            revision: request.revision,
            result: outcome.result,
            notice: outcome.notice,
        });
    }

    fn opened(
        &self,
        path: PathBuf,
        role: Role,
        result: Result<FileText, FileProblem>,
        why: ReadWhy,
        watch: &mut Watch,
    ) {
        let state = result.as_ref().map(|text| text.stamp).map_err(|problem| problem.kind);
        watch.known(&path, Some(role), state);
        (self.send)(Msg::Read { path, role, result, why });
    }
}
