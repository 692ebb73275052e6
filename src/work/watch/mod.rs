//! Noticing what others do to our files.
//!
//! Files are looked at: when the system tells of an event near one, and every second in any case. Events make the
//! looking quick; that it does not rest on them is what keeps it right on file systems that tell nothing, when events
//! are lost, and when a folder is replaced by another of the same name. A file has changed when its content has (by
//! hash): so our own saves and a mere `touch` are no change, and a change that keeps size and time is one.
//!
//! What is doubtful is looked at again before it is believed: many programs save by removing the file or emptying it
//! first.

mod ears;
mod names;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::app::effect::Stamp;
use crate::app::msg::{FileProblem, Msg, ProblemKind, ReadWhy, WatchState};
use crate::core::file::Role;
use crate::work::disk::{self, Look};
use crate::work::load::{self, Folder};
use ears::Ears;
pub use ears::{Backend, Heard};

/// After an event, wait for this much quiet before looking, so that a checkout of many files is one change.
const QUIET: Duration = Duration::from_millis(60);
/// But not longer than this.
const PATIENCE: Duration = Duration::from_millis(500);
/// Every file is looked at this often without any event.
const TICK: Duration = Duration::from_secs(1);
/// How long a missing or empty file is doubted.
const DOUBT: Duration = Duration::from_millis(200);
/// How long a file is doubted that changes while it is read.
const LONG_DOUBT: Duration = Duration::from_secs(1);

/// All watched files. It has no thread of its own: its owner passes on what is heard and calls [`Watch::run`] when
/// [`Watch::due`].
pub struct Watch {
    began: Instant,
    files: BTreeMap<PathBuf, File>,
    /// The list of the app, not looked at yet; a newer one replaces it.
    list: Option<Vec<PathBuf>>,
    folders: Vec<Folder>,
    /// Folders (by index) that have to be walked again.
    to_walk: BTreeSet<usize>,
    ears: Ears,
    /// Names on the way to a file, and the files.
    names: HashMap<PathBuf, Vec<PathBuf>>,
    /// Real paths of the entered folders, and whose they are (an index of `folders`).
    entered: HashMap<PathBuf, usize>,
    /// `names`, `entered` and the folders listened to have to be found again.
    stale: bool,
    /// Heard and not yet looked at, since when and when last.
    touched: HashSet<PathBuf>,
    anywhere: bool,
    settling: Option<(Instant, Instant)>,
    /// Files in doubt, and when to look again.
    again: BTreeMap<PathBuf, Instant>,
    next_tick: Instant,
    /// Heard since the last tick, to find out whether events come at all.
    heard: HashSet<PathBuf>,
    /// Changed before the last tick without an event.
    suspects: Vec<PathBuf>,
    /// Events are promised but do not come.
    deaf: bool,
    told: Option<WatchState>,
}

struct File {
    role: Role,
    /// In the list of the app, or found in a folder.
    wanted: bool,
    /// In the list of the app. Once it is taken out, it is not wanted, wherever it is found.
    listed: bool,
    closed: bool,
    state: State,
    /// As it was when it was last read, without reading.
    look: Option<Look>,
    /// It may have changed since without looking different.
    fresh: bool,
    doubt: Option<Instant>,
    /// The names on the way, once found.
    names: Option<Vec<PathBuf>>,
}

/// What the app knows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing yet.
    Unknown,
    Content(Stamp),
    Missing,
    Problem(ProblemKind),
}

impl Watch {
    /// Watches nothing yet. `hear` is called from a thread of the system's events.
    pub fn new(backend: Backend, hear: impl Fn(Heard) + Send + 'static) -> Self {
        Self {
            began: Instant::now(),
            files: BTreeMap::new(),
            list: None,
            folders: Vec::new(),
            to_walk: BTreeSet::new(),
            ears: Ears::new(backend, hear),
            names: HashMap::new(),
            entered: HashMap::new(),
            stale: false,
            touched: HashSet::new(),
            anywhere: false,
            settling: None,
            again: BTreeMap::new(),
            next_tick: Instant::now() + TICK,
            heard: HashSet::new(),
            suspects: Vec::new(),
            deaf: false,
            told: None,
        }
    }

    /// The app knows this state of a file: it was read or saved.
    pub fn known(&mut self, path: &Path, role: Option<Role>, result: Result<Stamp, ProblemKind>) {
        let file = self.file(path);
        file.role = role.unwrap_or(file.role);
        // Asked for again.
        file.wanted |= std::mem::take(&mut file.closed);
        let state = match result {
            Ok(stamp) => State::Content(stamp),
            Err(ProblemKind::NotFound) => State::Missing,
            Err(kind) => State::Problem(kind),
        };
        let came_or_went = matches!(file.state, State::Content(_)) != matches!(state, State::Content(_));
        file.state = state;
        file.doubt = None;
        file.see(path);
        // It may have changed between the reading and this look.
        file.fresh = true;
        if came_or_went || file.names.as_ref().is_none_or(|names| names.len() > 1) {
            file.names = None;
            self.stale = true;
        }
    }

    /// Watches these files, and the folders among them, and what was found in folders; nothing else. A file that was in
    /// the list before is watched no more.
    pub fn set(&mut self, paths: Vec<PathBuf>) {
        self.list = Some(paths);
    }

    fn apply_list(&mut self, paths: &[PathBuf]) {
        let listed: HashSet<&Path> = paths.iter().map(PathBuf::as_path).collect();
        for (path, file) in &mut self.files {
            let is_listed = listed.contains(path.as_path());
            file.closed = !is_listed && (file.closed || file.listed);
            file.listed = is_listed;
            file.wanted = is_listed || (!file.closed && self.folders.iter().any(|folder| folder.holds(path)));
        }
        for path in paths {
            if self.files.contains_key(path) || self.folders.iter().any(|folder| folder.path == *path) {
                continue;
            }
            if path.is_dir() {
                let (_, folder, _) = load::walk(path, false);
                self.add_folder(folder);
            } else {
                let file = self.file(path);
                (file.wanted, file.listed) = (true, true);
            }
        }
        self.stale = true;
    }

    /// Watches a folder that was walked: files that come are read.
    pub fn add_folder(&mut self, folder: Folder) {
        for (path, file) in &mut self.files {
            file.wanted |= !file.closed && folder.holds(path);
        }
        match self.folders.iter().position(|known| known.path == folder.path) {
            Some(index) => {
                if let Some(known) = self.folders.get_mut(index) {
                    *known = folder;
                }
                self.to_walk.insert(index);
            }
            None => {
                self.to_walk.insert(self.folders.len());
                self.folders.push(folder);
            }
        }
        self.stale = true;
    }

    /// Something happened.
    pub fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Anywhere => self.anywhere = true,
            Heard::At(paths) => {
                let near = |path: &PathBuf| {
                    self.names.contains_key(path)
                        || self.entered.contains_key(path)
                        || path.parent().is_some_and(|parent| self.entered.contains_key(parent))
                };
                let paths: Vec<_> = paths.into_iter().filter(near).collect();
                if paths.is_empty() {
                    return;
                }
                self.heard.extend(paths.iter().cloned());
                self.touched.extend(paths);
            }
        }
        let now = Instant::now();
        self.settling = Some((self.settling.map_or(now, |(first, _)| first), now));
    }

    /// When to call [`run`](Self::run) next.
    #[must_use]
    pub fn due(&self) -> Instant {
        let settled = self.settling.map(|(first, last)| (last + QUIET).min(first + PATIENCE));
        let again = self.again.values().min().copied();
        let at_once = (self.stale || self.list.is_some()).then_some(self.began);
        [settled, again, at_once].into_iter().flatten().fold(self.next_tick, Instant::min)
    }

    /// Looks at what is due. Returns what the app should know, in one piece.
    pub fn run(&mut self) -> Vec<Msg> {
        let now = Instant::now();
        let mut out = Vec::new();
        if let Some(list) = self.list.take() {
            self.apply_list(&list);
        }
        if self.stale {
            self.find_names();
        }
        // Files to look at, and whether to read them even if they look the same.
        let mut looks: BTreeMap<PathBuf, bool> = BTreeMap::new();
        if self.settling.is_some_and(|(first, last)| (last + QUIET).min(first + PATIENCE) <= now) {
            self.settle(&mut looks);
        }
        // After the listening began, so that nothing comes in between.
        for index in std::mem::take(&mut self.to_walk) {
            self.walk(index, &mut out);
        }
        self.again.retain(|path, at| {
            let due = *at <= now;
            if due {
                looks.insert(path.clone(), true);
            }
            !due
        });
        for (path, read) in looks {
            out.extend(self.look(&path, read));
        }
        if now >= self.next_tick {
            self.tick(&mut out);
            // With very many files, looking must not become all we do.
            self.next_tick = Instant::now() + TICK.max(now.elapsed() * 30);
        }
        if self.stale {
            self.find_names();
        }
        self.tell(&mut out);
        out
    }

    fn file(&mut self, path: &Path) -> &mut File {
        if !self.files.contains_key(path) {
            self.stale = true;
        }
        let found = self.folders.iter().any(|folder| folder.holds(path));
        self.files.entry(path.to_owned()).or_insert_with(|| File {
            role: load::role_of(path),
            wanted: found,
            listed: false,
            closed: false,
            state: State::Unknown,
            look: None,
            fresh: false,
            doubt: None,
            names: None,
        })
    }

    /// Everything heard has been quiet for a while.
    fn settle(&mut self, looks: &mut BTreeMap<PathBuf, bool>) {
        self.settling = None;
        let touched = std::mem::take(&mut self.touched);
        if std::mem::take(&mut self.anywhere) {
            looks.extend(
                self.files.iter().filter(|(_, file)| file.wanted).map(|(path, _)| (path.clone(), true)),
            );
            self.to_walk.extend(0..self.folders.len());
        }
        for name in &touched {
            for path in self.names.get(name).into_iter().flatten() {
                looks.insert(path.clone(), true);
            }
            if self.names.contains_key(name) {
                continue;
            }
            if let Some(index) = self.entered.get(name) {
                self.to_walk.insert(*index);
            } else if let Some(index) = name.parent().and_then(|parent| self.entered.get(parent))
                && may_matter(name)
            {
                self.to_walk.insert(*index);
            }
        }
    }

    /// Finds files that came to a folder.
    fn walk(&mut self, index: usize, out: &mut Vec<Msg>) {
        let Some(before) = self.folders.get(index) else { return };
        let (found, folder, _) = load::walk(&before.path, before.data);
        if folder.entered != before.entered {
            self.stale = true;
        }
        if let Some(before) = self.folders.get_mut(index) {
            *before = folder;
        }
        for found in found {
            let file = self.file(&found.path);
            file.wanted = !file.closed;
            if file.state != State::Unknown {
                continue;
            }
            file.role = found.role;
            let result = disk::read(&found.path, found.role);
            self.known(
                &found.path,
                None,
                result.as_ref().map(|text| text.stamp).map_err(|problem| problem.kind),
            );
            let why = ReadWhy::Open { show: false };
            out.push(Msg::Read { path: found.path, role: found.role, result, why });
        }
    }

    fn tick(&mut self, out: &mut Vec<Msg>) {
        let moved = self.ears.look_at_folders();
        let silent = |path: &PathBuf| {
            let names = self.files.get(path).and_then(|file| file.names.as_ref());
            !names.into_iter().flatten().any(|name| self.heard.contains(name))
        };
        if self.ears.hears() && self.suspects.iter().any(silent) {
            self.deaf = true;
        }
        self.suspects.clear();
        let heard = std::mem::take(&mut self.heard);

        let walk: BTreeSet<_> =
            moved.changed.iter().filter_map(|folder| self.entered.get(folder)).copied().collect();
        for index in walk {
            self.walk(index, out);
        }
        let paths: Vec<_> =
            self.files.iter().filter(|(_, file)| file.wanted).map(|(path, _)| path.clone()).collect();
        for path in paths {
            let names = self.files.get(&path).and_then(|file| file.names.as_ref());
            let was_heard = names.into_iter().flatten().any(|name| heard.contains(name));
            if self.again.contains_key(&path) || (was_heard && self.settling.is_some()) {
                continue;
            }
            let message = self.look(&path, false);
            if message.is_some() && !was_heard && !moved.replaced {
                self.suspects.push(path);
            }
            out.extend(message);
        }
    }

    /// Looks at one file; what the app should know of it.
    fn look(&mut self, path: &Path, read: bool) -> Option<Msg> {
        let file = self.files.get_mut(path).filter(|file| file.wanted)?;
        let before = Look::of_path(path);
        if !read && !file.fresh && before == file.look && file.state != State::Unknown {
            return None;
        }
        if file.names.as_ref().is_none_or(|names| names.len() > 1) {
            file.names = None;
            self.stale = true;
        }
        let result = disk::read(path, file.role);
        let torn = before != Look::of_path(path);
        let now = match &result {
            Ok(text) => State::Content(text.stamp),
            Err(problem) if problem.kind == ProblemKind::NotFound => State::Missing,
            Err(problem) => State::Problem(problem.kind),
        };
        if now == file.state && !torn {
            file.doubt = None;
            file.see(path);
            return None;
        }
        if file.state == State::Unknown {
            // The first look: the app has it from elsewhere.
            file.state = now;
            file.see(path);
            return None;
        }
        let doubtful = match &result {
            Ok(text) => text.stamp.len == 0,
            Err(_) => true,
        };
        let patience = if torn { LONG_DOUBT } else { DOUBT };
        if torn || doubtful {
            let since = *file.doubt.get_or_insert_with(Instant::now);
            if since.elapsed() < patience {
                self.again.insert(path.to_owned(), Instant::now() + if torn { QUIET } else { DOUBT });
                return None;
            }
        }
        if matches!(file.state, State::Content(_)) != matches!(now, State::Content(_)) {
            file.names = None;
            self.stale = true;
        }
        file.state = now;
        file.doubt = None;
        file.see(path);
        let role = file.role;
        Some(match result {
            Err(FileProblem { kind: ProblemKind::NotFound, .. }) => Msg::Removed(path.to_owned()),
            result => Msg::Read { path: path.to_owned(), role, result, why: ReadWhy::Changed },
        })
    }

    /// Finds the names on the way to every file, and listens to the folders they are in.
    fn find_names(&mut self) {
        self.stale = false;
        self.names.clear();
        self.entered.clear();
        let mut listen = BTreeSet::new();
        for (path, file) in self.files.iter_mut().filter(|(_, file)| file.wanted) {
            for name in file.names.get_or_insert_with(|| names::on_the_way(path)) {
                listen.extend(name.parent().map(Path::to_owned));
                self.names.entry(name.clone()).or_default().push(path.clone());
            }
        }
        for (index, folder) in self.folders.iter().enumerate() {
            for entered in &folder.entered {
                let Ok(real) = entered.canonicalize() else { continue };
                listen.insert(real.clone());
                self.entered.insert(real, index);
            }
        }
        self.ears.listen_to(&listen);
    }

    /// Says how files are watched, when that is news.
    fn tell(&mut self, out: &mut Vec<Msg>) {
        if self.names.is_empty() && self.entered.is_empty() {
            return;
        }
        let state = match &self.ears.trouble {
            Some(why) => WatchState::Polling { why: why.clone() },
            None if self.deaf => {
                WatchState::Polling { why: "the file system does not tell of changes".to_owned() }
            }
            None => WatchState::Events,
        };
        if self.told.as_ref() != Some(&state) {
            tracing::info!(?state, backend = ?self.ears.backend(), "watching files");
            self.told = Some(state.clone());
            out.push(Msg::Watching(state));
        }
    }
}

impl File {
    /// Remembers how the file looks now.
    fn see(&mut self, path: &Path) {
        self.look = Look::of_path(path);
        let now = disk::wall_clock();
        self.fresh = self.look.is_some_and(|look| look.is_fresh(now));
    }
}

impl Look {
    fn of_path(path: &Path) -> Option<Self> {
        path.metadata().ok().map(|metadata| Self::of(&metadata))
    }
}

impl Folder {
    /// The file was, or would be, found by walking this folder.
    fn holds(&self, path: &Path) -> bool {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        load::role_in(self.data, path).is_some() && self.entered.contains(folder)
    }
}

/// A name whose coming or going can change what a folder holds: a file that we read, a folder, a list of what to
/// ignore. What is gone may have been a folder; then its files are gone too and are looked at by their own names.
fn may_matter(name: &Path) -> bool {
    let is_list = name.file_name().is_some_and(|name| name == load::IGNORE_FILE || name == ".gitignore");
    is_list || Role::by_name(name).is_some() || name.is_dir()
}
