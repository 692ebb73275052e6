//! Listening to the system's file events, folder by folder.
//!
//! An event is never believed: it only says where to look again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode};
use notify::{ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::work::disk::Look;

/// Where something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// At these names.
    At(Vec<PathBuf>),
    /// Anywhere: events were lost.
    Anywhere,
}

/// What tells of changes. Tests deafen the watch to see it fall back to looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backend {
    /// The events of the system.
    #[default]
    System,
    /// None can be had, as when the system has no room for more watches.
    Refused,
    /// They are promised and never come, as on some network file systems.
    Silent,
}

/// The folders that are listened to.
pub(super) struct Ears {
    watcher: Option<RecommendedWatcher>,
    backend: Backend,
    /// With what each folder was when the listening began; a folder that was replaced since is another one.
    folders: BTreeMap<PathBuf, Option<Look>>,
    /// Why not every folder is listened to.
    pub(super) trouble: Option<String>,
}

impl Ears {
    pub(super) fn new(backend: Backend, hear: impl Fn(Heard) + Send + 'static) -> Self {
        let mut ears = Self { watcher: None, backend, folders: BTreeMap::new(), trouble: None };
        if backend == Backend::Refused {
            ears.trouble = Some("file events are refused".to_owned());
            return ears;
        }
        let started = notify::recommended_watcher(move |event| {
            if let Some(heard) = heard(event).filter(|_| backend == Backend::System) {
                hear(heard);
            }
        });
        match started {
            Ok(watcher) => ears.watcher = Some(watcher),
            Err(error) => ears.trouble = Some(words(&error)),
        }
        ears
    }

    /// Listens to exactly these folders.
    pub(super) fn listen_to(&mut self, folders: &BTreeSet<PathBuf>) {
        let gone: Vec<_> = self.folders.keys().filter(|folder| !folders.contains(*folder)).cloned().collect();
        for folder in gone {
            self.folders.remove(&folder);
            if let Some(watcher) = &mut self.watcher {
                let _ = watcher.unwatch(&folder);
            }
        }
        for folder in folders {
            if !self.folders.contains_key(folder) {
                self.begin(folder);
            }
        }
    }

    fn begin(&mut self, folder: &Path) {
        let look = look(folder);
        self.folders.insert(folder.to_owned(), look);
        // After one refusal for want of room the next would be refused too.
        let Some(watcher) = self.watcher.as_mut().filter(|_| look.is_some() && self.trouble.is_none()) else {
            return;
        };
        match watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => {}
            Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => {}
            Err(error) => self.trouble = Some(words(&error)),
        }
    }

    /// Looks whether the folders are what they were. Those that came, went or were replaced are listened to anew.
    pub(super) fn look_at_folders(&mut self) -> Moved {
        let mut moved = Moved::default();
        let now: Vec<_> =
            self.folders.iter().map(|(folder, was)| (folder.clone(), *was, look(folder))).collect();
        for (folder, was, now) in now {
            let same = match (was, now) {
                (Some(was), Some(now)) => was.same_file(&now),
                (was, now) => was.is_none() && now.is_none(),
            };
            if !same {
                if let Some(watcher) = &mut self.watcher {
                    let _ = watcher.unwatch(&folder);
                }
                self.begin(&folder);
                moved.replaced = true;
            }
            if was != now {
                self.folders.insert(folder.clone(), now);
                moved.changed.push(folder);
            }
        }
        moved
    }

    /// Whether changes are told of at all.
    pub(super) fn hears(&self) -> bool {
        self.watcher.is_some() && self.trouble.is_none()
    }

    /// For tests and for the log.
    pub(super) fn backend(&self) -> Backend {
        self.backend
    }
}

/// What [`Ears::look_at_folders`] saw.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// A folder is not the one that it was.
    pub(super) replaced: bool,
    /// Folders with other entries than before.
    pub(super) changed: Vec<PathBuf>,
}

fn look(folder: &Path) -> Option<Look> {
    folder.metadata().ok().filter(std::fs::Metadata::is_dir).map(|metadata| Look::of(&metadata))
}

/// Where to look after an event. Reading a file is no event: we read them ourselves.
fn heard(event: notify::Result<notify::Event>) -> Option<Heard> {
    let Ok(event) = event else { return Some(Heard::Anywhere) };
    if event.need_rescan() {
        return Some(Heard::Anywhere);
    }
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Heard::At(event.paths)),
        EventKind::Access(_) => None,
        _ if event.paths.is_empty() => Some(Heard::Anywhere),
        _ => Some(Heard::At(event.paths)),
    }
}

fn words(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => "no room for more file watches".to_owned(),
        ErrorKind::Io(error) => crate::work::disk::problem(Path::new(""), error).detail,
        _ => error.to_string(),
    }
}
