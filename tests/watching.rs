//! What others do to our files is noticed: whatever they do it with, once, and in the end with the last content.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, unbounded};
use regoscope::app::effect::{Effect, Save};
use regoscope::app::msg::{Msg, ProblemKind, ReadWhy, WatchState};
use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::text::{FileFormat, Snapshot};
use regoscope::work::disk;
use regoscope::work::files::{Files, Options};
use regoscope::work::watch::{Backend, Heard, Watch};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

/// A workspace in which files are watched, and what was told of it.
struct Place {
    dir: TempDir,
    files: Files,
    messages: Receiver<Msg>,
}

/// What was told, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    Opened(String, String),
    Changed(String, String),
    Problem(String, ProblemKind),
    Removed(String),
    Saved,
    NotSaved(ProblemKind),
    Watching(WatchState),
}

fn changed(name: &str, text: &str) -> Told {
    Told::Changed(name.into(), text.into())
}

fn opened(name: &str, text: &str) -> Told {
    Told::Opened(name.into(), text.into())
}

fn removed(name: &str) -> Told {
    Told::Removed(name.into())
}

impl Place {
    /// With these files, opened as a folder.
    fn new(files: &[(&str, &str)]) -> Self {
        Self::with(files, Backend::System, |dir| vec![dir.to_owned()])
    }

    fn with(files: &[(&str, &str)], backend: Backend, open: impl Fn(&Path) -> Vec<PathBuf>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let (send, messages) = unbounded();
        let options = Options { backend, ..Options::default() };
        let started = Files::start(move |msg| drop(send.send(msg)), &options).unwrap();
        let place = Self { dir, files: started, messages };
        let paths = open(place.dir.path());
        // Named files are watched when the app lists them.
        let named: Vec<_> = paths.iter().filter(|path| !path.is_dir()).cloned().collect();
        started_with(&place, paths);
        place.files.handle(Effect::Watch(named));
        let mut told = Vec::new();
        while !told.iter().any(|told| matches!(told, Told::Watching(_))) {
            told.push(place.next());
        }
        let state = if backend == Backend::Refused { "Polling" } else { "Events" };
        assert!(format!("{told:?}").contains(state), "{told:?}");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix(self.dir.path()).unwrap_or(path).to_string_lossy().into_owned()
    }

    /// The next thing that is told.
    fn next(&self) -> Told {
        let msg = self.messages.recv_timeout(PATIENCE).expect("nothing was told");
        match msg {
            Msg::Read { path, result: Ok(text), why, .. } => {
                let (name, text) = (self.name(&path), String::from_utf8_lossy(&text.bytes).into_owned());
                match why {
                    ReadWhy::Changed => Told::Changed(name, text),
                    _ => Told::Opened(name, text),
                }
            }
            Msg::Read { path, result: Err(problem), .. } => Told::Problem(self.name(&path), problem.kind),
            Msg::Removed(path) => Told::Removed(self.name(&path)),
            Msg::Saved { result: Ok(_), .. } => Told::Saved,
            Msg::Saved { result: Err(problem), .. } => Told::NotSaved(problem.kind),
            Msg::Watching(state) => Told::Watching(state),
            // That the command line has been read is no news of a file.
            Msg::Opened { .. } => self.next(),
            other => panic!("{other:?}"),
        }
    }

    /// Everything that is told until nothing more can come of what was done: a file made for the purpose is told of,
    /// then taken away again, and taking away is doubted longest.
    fn told(&self) -> Vec<Told> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let end = format!("end{}.yaml", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut told = Vec::new();
        let mut until = |end: Told| {
            loop {
                match self.next() {
                    next if next == end => break,
                    next => told.push(next),
                }
            }
        };
        self.write(&end, "end");
        until(opened(&end, "end"));
        fs::remove_file(self.path(&end)).unwrap();
        until(removed(&end));
        told
    }

    fn save(&self, name: &str, text: &str, expected: Option<&str>) {
        self.files.handle(Effect::Save(Save {
            file: FileId(1),
            path: self.path(name),
            revision: Revision(1),
            text: Snapshot::from(text),
            format: FileFormat::default(),
            expected: expected.map(|text| disk::stamp(text.as_bytes())),
            overwrite: false,
        }));
    }
}

fn started_with(place: &Place, paths: Vec<PathBuf>) {
    let count = paths.len();
    place.files.open(paths.clone(), Vec::new()).unwrap();
    if paths.iter().all(|path| !path.is_dir()) {
        for _ in 0..count {
            let _ = place.next();
        }
    }
}

/// Does the same with each of these side by side: they mostly wait.
fn side_by_side<T: Send>(cases: impl IntoIterator<Item = T>, test: impl Fn(T) + Sync) {
    let test = &test;
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || test(case));
        }
    });
}

fn run(dir: &Path, program: &str, arguments: &[&str]) -> bool {
    let done = Command::new(program).args(arguments).current_dir(dir).output();
    done.is_ok_and(|done| done.status.success())
}

// ---- fault 57: every way of saving ----------------------------------------------------------------------------------

/// How a program saves `new` as `pod.yaml`; false if the program is not here.
type Saving = fn(&Place, &str) -> bool;

const SAVINGS: &[(&str, Saving)] = &[
    ("truncate and write: VS Code, nano, echo >", |place, new| {
        place.write("pod.yaml", new);
        true
    }),
    ("rename over: neovim, gedit, regoscope", |place, new| {
        place.write(".pod.yaml.tmp", new);
        place.rename(".pod.yaml.tmp", "pod.yaml");
        true
    }),
    ("backup by rename, then write: vim, helix", |place, new| {
        place.write("4913", "");
        fs::remove_file(place.path("4913")).unwrap();
        place.rename("pod.yaml", "pod.yaml~");
        place.write("pod.yaml", new);
        fs::remove_file(place.path("pod.yaml~")).unwrap();
        true
    }),
    ("lock, backup by rename that stays, write: emacs", |place, new| {
        symlink("me@here.123", place.path(".#pod.yaml")).unwrap();
        let _ = fs::remove_file(place.path("pod.yaml~"));
        place.rename("pod.yaml", "pod.yaml~");
        place.write("pod.yaml", new);
        fs::remove_file(place.path(".#pod.yaml")).unwrap();
        true
    }),
    ("new beside, old away, new in, old removed: JetBrains", |place, new| {
        place.write("pod.yaml___jb_tmp___", new);
        place.rename("pod.yaml", "pod.yaml___jb_old___");
        place.rename("pod.yaml___jb_tmp___", "pod.yaml");
        fs::remove_file(place.path("pod.yaml___jb_old___")).unwrap();
        true
    }),
    ("remove, then write", |place, new| {
        fs::remove_file(place.path("pod.yaml")).unwrap();
        place.write("pod.yaml", new);
        true
    }),
    ("in pieces", |place, new| {
        use std::io::Write;
        let mut file = fs::File::create(place.path("pod.yaml")).unwrap();
        for byte in new.bytes() {
            file.write_all(&[byte]).unwrap();
            file.sync_all().unwrap();
        }
        true
    }),
    ("sed -i", |place, new| {
        run(place.dir.path(), "sed", &["-i", &format!("s/.*/{}/", new.trim_end()), "pod.yaml"])
    }),
    ("cp", |place, new| {
        place.write("new.txt", new);
        run(place.dir.path(), "cp", &["new.txt", "pod.yaml"])
    }),
    ("mv", |place, new| {
        place.write("new.txt", new);
        run(place.dir.path(), "mv", &["new.txt", "pod.yaml"])
    }),
    ("the real vim", |place, new| {
        let change = format!("%s/.*/{}/", new.trim_end());
        run(place.dir.path(), "vim", &["-u", "NONE", "-es", "-c", &change, "-c", "wq", "pod.yaml"])
    }),
    ("the real vim, backing up by rename", |place, new| {
        let change = format!("%s/.*/{}/", new.trim_end());
        let set = "set writebackup backupcopy=no";
        run(place.dir.path(), "vim", &["-u", "NONE", "-es", "-c", set, "-c", &change, "-c", "wq", "pod.yaml"])
    }),
];

#[test]
fn every_way_of_saving_is_one_change() {
    side_by_side(SAVINGS, |(what, save)| {
        for new in ["new text\n", "same size\n"] {
            let place = Place::new(&[("pod.yaml", "same sizE\n"), ("other.rego", "package a\n")]);
            if save(&place, new) {
                assert_eq!(place.told(), [changed("pod.yaml", new)], "{what}");
            }
            // Again, on whatever file is there now.
            if save(&place, "and again\n") {
                assert_eq!(place.next(), changed("pod.yaml", "and again\n"), "{what}");
            }
        }
    });
}

#[test]
fn a_hundred_saves_in_a_row_end_with_the_last() {
    side_by_side(&SAVINGS[..6], |(what, save)| {
        let place = Place::new(&[("pod.yaml", "save 0\n")]);
        for count in 1..=100 {
            assert!(save(&place, &format!("save {count}\n")));
        }
        let mut told = vec![place.next()];
        while told.last() != Some(&changed("pod.yaml", "save 100\n")) {
            told.push(place.next());
        }
        let before = told.len();
        told.dedup();
        assert_eq!(told.len(), before, "{what}: the same twice");
        assert!(before <= 100, "{what}");
        assert!(told.iter().all(|told| matches!(told, Told::Changed(..))), "{what}: {told:?}");
        assert_eq!(place.told(), [], "{what}");
    });
}

#[test]
fn what_changes_nothing_is_not_told() {
    let place = Place::new(&[("pod.yaml", "text"), ("sub/a.rego", "package a")]);
    place.write("pod.yaml", "text");
    let file = fs::File::options().write(true).open(place.path("pod.yaml")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o640);
    fs::set_permissions(place.path("pod.yaml"), mode).unwrap();
    place.write("notes.txt", "");
    place.write(".hidden.yaml", "");
    let _ = fs::read(place.path("sub/a.rego")).unwrap();
    assert_eq!(place.told(), []);
}

/// Fault 17.
#[test]
fn same_time_and_same_size_but_another_content() {
    side_by_side([Backend::System, Backend::Refused], |backend| {
        let place = Place::with(&[("pod.yaml", "AAAA")], backend, |dir| vec![dir.join("pod.yaml")]);
        let modified = fs::metadata(place.path("pod.yaml")).unwrap().modified().unwrap();
        place.write("pod.yaml", "BBBB");
        let file = fs::File::options().write(true).open(place.path("pod.yaml")).unwrap();
        file.set_modified(modified).unwrap();
        assert_eq!(place.next(), changed("pod.yaml", "BBBB"), "{backend:?}");
    });
}

/// Faults 18 and 13.
#[test]
fn removed_replaced_and_back() {
    let place = Place::new(&[("pod.yaml", "one")]);
    fs::remove_file(place.path("pod.yaml")).unwrap();
    assert_eq!(place.next(), removed("pod.yaml"));
    place.write("pod.yaml", "one");
    assert_eq!(place.next(), changed("pod.yaml", "one"));
    // Emptied, by somebody who means it.
    place.write("pod.yaml", "");
    assert_eq!(place.next(), changed("pod.yaml", ""));
    // A folder, then a FIFO, then a file again.
    fs::remove_file(place.path("pod.yaml")).unwrap();
    fs::create_dir(place.path("pod.yaml")).unwrap();
    let problem = Told::Problem("pod.yaml".into(), ProblemKind::NotARegularFile);
    assert_eq!(place.next(), problem);
    fs::remove_dir(place.path("pod.yaml")).unwrap();
    assert!(run(place.dir.path(), "mkfifo", &["pod.yaml"]));
    assert_eq!(place.told(), []);
    fs::remove_file(place.path("pod.yaml")).unwrap();
    place.write("pod.yaml", "two");
    assert_eq!(place.next(), changed("pod.yaml", "two"));
    place.rename("pod.yaml", "web.yaml");
    let mut told = [place.next(), place.next()];
    told.sort_by_key(|told| format!("{told:?}"));
    assert_eq!(told, [opened("web.yaml", "two"), removed("pod.yaml")]);
}

/// With the watch alone, to do things at a moment between two looks.
#[test]
fn what_is_missing_empty_or_half_written_is_doubted_first() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().canonicalize().unwrap().join("pod.yaml");
    fs::write(&path, "one").unwrap();
    let mut watch = Watch::new(Backend::Refused, |_| ());
    watch.known(&path, None, Ok(disk::stamp(b"one")));
    watch.set(vec![path.clone()]);
    let look = |watch: &mut Watch| {
        watch.hear(Heard::At(vec![path.clone()]));
        loop {
            std::thread::sleep(watch.due().saturating_duration_since(Instant::now()));
            let told = watch.run();
            // The look that was asked for is over when the next is not near.
            if !told.is_empty() || watch.due() > Instant::now() + Duration::from_millis(100) {
                return told;
            }
        }
    };
    assert!(matches!(&*look(&mut watch), [Msg::Watching(_)]));
    for make_doubtful in
        [|path: &Path| fs::remove_file(path).unwrap(), |path: &Path| fs::write(path, "").unwrap()]
    {
        make_doubtful(&path);
        assert!(look(&mut watch).is_empty(), "believed at once");
        fs::write(&path, "one").unwrap();
        assert!(look(&mut watch).is_empty(), "it is what it was");
        make_doubtful(&path);
        assert!(look(&mut watch).is_empty(), "believed at once");
        let told = std::iter::repeat_with(|| {
            std::thread::sleep(watch.due().saturating_duration_since(Instant::now()));
            watch.run()
        });
        assert!(told.take(5).any(|told| !told.is_empty()), "never believed");
        fs::write(&path, "one").unwrap();
        assert!(matches!(&*look(&mut watch), [Msg::Read { result: Ok(_), .. }]));
    }
}

// ---- fault 64: our own saves ----------------------------------------------------------------------------------------

#[test]
fn our_own_saves_are_no_change() {
    side_by_side([Backend::System, Backend::Refused], |backend| {
        let place = Place::with(&[("pod.yaml", "save 0"), ("real/b.yaml", "save 0")], backend, |dir| {
            symlink("real/b.yaml", dir.join("b.yaml")).unwrap();
            fs::write(dir.join("c.yaml"), "save 0").unwrap();
            fs::hard_link(dir.join("c.yaml"), dir.join("c2.txt")).unwrap();
            vec![dir.to_owned()]
        });
        for count in 1..=100 {
            let (before, after) = (format!("save {}", count - 1), format!("save {count}"));
            for name in ["pod.yaml", "b.yaml", "c.yaml"] {
                place.save(name, &after, Some(&before));
                // The link's target is a file of the workspace too, and another one than the link.
                while place.next() != Told::Saved {}
            }
        }
        let told: Vec<_> =
            place.told().into_iter().filter(|told| !format!("{told:?}").contains("real/")).collect();
        assert_eq!(told, [], "{backend:?}");
        // A new file that we make is not one that came.
        place.save("new.yaml", "new", None);
        assert_eq!(place.next(), Told::Saved);
        assert_eq!(place.told(), [], "{backend:?}");
        // And what others do is noticed as before.
        place.write("pod.yaml", "theirs");
        assert_eq!(place.next(), changed("pod.yaml", "theirs"), "{backend:?}");
        place.save("pod.yaml", "mine", Some("save 100"));
        assert_eq!(place.next(), Told::NotSaved(ProblemKind::ChangedOnDisk));
        assert_eq!(fs::read_to_string(place.path("pod.yaml")).unwrap(), "theirs");
    });
}

// ---- fault 59: links that are turned --------------------------------------------------------------------------------

#[test]
fn a_config_map_is_updated_by_turning_one_link() {
    let cases = [Backend::System, Backend::Refused].map(|backend| [(backend, false), (backend, true)]);
    side_by_side(cases.concat(), |(backend, by_name)| {
        let publish = |dir: &Path, version: u32| {
            let folder = format!("..2026_{version}");
            fs::create_dir(dir.join(&folder)).unwrap();
            fs::write(dir.join(&folder).join("pod.yaml"), format!("version {version}")).unwrap();
            symlink(&folder, dir.join("..data_tmp")).unwrap();
            fs::rename(dir.join("..data_tmp"), dir.join("..data")).unwrap();
        };
        let place = Place::with(&[], backend, |dir| {
            publish(dir, 1);
            symlink("..data/pod.yaml", dir.join("pod.yaml")).unwrap();
            vec![if by_name { dir.join("pod.yaml") } else { dir.to_owned() }]
        });
        for version in 2..5 {
            publish(place.dir.path(), version);
            fs::remove_dir_all(place.path(&format!("..2026_{}", version - 1))).unwrap();
            let expected = changed("pod.yaml", &format!("version {version}"));
            assert_eq!(place.next(), expected, "{backend:?}, by name: {by_name}");
        }
        // Writing through the link counts as well.
        place.write("pod.yaml", "through the link");
        assert_eq!(place.next(), changed("pod.yaml", "through the link"));
    });
}

// ---- the folders of the workspace -----------------------------------------------------------------------------------

#[test]
fn files_come_and_go_in_a_folder() {
    side_by_side([Backend::System, Backend::Refused], |backend| {
        let start = [("pod.yaml", "pod"), (".gitignore", "ignored.yaml\n"), ("sub/a.rego", "package a")];
        let place = Place::with(&start, backend, |dir| vec![dir.to_owned()]);
        let told = |count: usize| {
            let mut told: Vec<_> = (0..count).map(|_| place.next()).collect();
            told.sort_by_key(|told| format!("{told:?}"));
            told
        };
        place.write("ignored.yaml", "");
        place.write("web.json", "{}");
        assert_eq!(told(1), [opened("web.json", "{}")], "{backend:?}");
        place.write("sub/b.rego", "package b");
        assert_eq!(told(1), [opened("sub/b.rego", "package b")]);
        // A folder made here, then filled; and one that comes with all that is in it.
        fs::create_dir_all(place.path("new/deep")).unwrap();
        place.write("new/deep/c.rego", "package c");
        assert_eq!(told(1), [opened("new/deep/c.rego", "package c")]);
        place.rename("new", "moved");
        assert_eq!(
            told(2),
            [opened("moved/deep/c.rego", "package c"), removed("new/deep/c.rego")],
            "{backend:?}"
        );
        place.write("moved/deep/c.rego", "package d");
        assert_eq!(told(1), [changed("moved/deep/c.rego", "package d")]);
        fs::remove_dir_all(place.path("sub")).unwrap();
        assert_eq!(told(2), [removed("sub/a.rego"), removed("sub/b.rego")]);
        fs::create_dir(place.path("sub")).unwrap();
        place.write("sub/a.rego", "package again");
        assert_eq!(told(1), [changed("sub/a.rego", "package again")]);
    });
}

#[test]
fn a_file_that_the_user_closed_does_not_come_back() {
    let place = Place::new(&[("pod.yaml", "pod"), ("web.yaml", "web")]);
    place.files.handle(Effect::Watch(vec![place.path("pod.yaml"), place.path("web.yaml")]));
    place.write("web.yaml", "web 2");
    assert_eq!(place.next(), changed("web.yaml", "web 2"));
    place.files.handle(Effect::Watch(vec![place.path("pod.yaml")]));
    place.write("web.yaml", "web 3");
    assert_eq!(place.told(), []);
    // Until it is asked for.
    let why = ReadWhy::Open { show: true };
    place.files.handle(Effect::Read { path: place.path("web.yaml"), role: Role::Manifest, why });
    assert_eq!(place.next(), opened("web.yaml", "web 3"));
    place.write("web.yaml", "web 4");
    assert_eq!(place.next(), changed("web.yaml", "web 4"));
}

/// Fault 58.
#[test]
fn a_checkout_of_many_files_is_told_in_one_piece() {
    let names: Vec<_> = (0..1000).map(|index| format!("{}/{index}.yaml", index % 10)).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), "main")).collect();
    let place = Place::new(&files);
    for name in &names {
        // As git does it.
        fs::remove_file(place.path(name)).unwrap();
        place.write(name, "branch");
    }
    let written = Instant::now();
    let first = place.next();
    let begun = Instant::now();
    let mut told = BTreeMap::from([(format!("{first:?}"), 1)]);
    for _ in 1..names.len() {
        *told.entry(format!("{:?}", place.next())).or_default() += 1;
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "took {:?}", begun.elapsed());
    assert!(written.elapsed() < Duration::from_secs(3));
    let expected = names.iter().map(|name| (format!("{:?}", changed(name, "branch")), 1)).collect();
    assert_eq!(told, expected);
    assert_eq!(place.told(), []);
}

// ---- faults 60 to 63: when events do not come -------------------------------------------------------------------------

#[test]
fn a_file_system_that_tells_nothing_is_noticed_and_looked_at() {
    let place = Place::with(&[("pod.yaml", "one")], Backend::Silent, |dir| vec![dir.to_owned()]);
    place.write("pod.yaml", "two");
    assert_eq!(place.next(), changed("pod.yaml", "two"));
    let begun = Instant::now();
    let told = place.next();
    assert!(matches!(&told, Told::Watching(WatchState::Polling { .. })), "{told:?}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    place.write("pod.yaml", "three");
    assert_eq!(place.next(), changed("pod.yaml", "three"));
}

/// Takes a file system away at the end.
struct Unmount(PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// The same on a real one, where this process may mount: what is written below an overlay is not told above it.
#[test]
fn an_overlay_really_tells_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    for name in ["lower", "upper", "work", "merged"] {
        fs::create_dir(at(name)).unwrap();
    }
    fs::write(at("lower/pod.yaml"), "one").unwrap();
    let folders = format!("lowerdir={},upperdir={},workdir={}", at("lower"), at("upper"), at("work"));
    if !run(dir.path(), "mount", &["-t", "overlay", "overlay", "-o", &folders, "merged"]) {
        return;
    }
    let _mount = Unmount(dir.path().join("merged"));
    let told = {
        let place = Place::with(&[], Backend::System, |_| vec![dir.path().join("merged")]);
        fs::write(at("lower/pod.yaml"), "two").unwrap();
        [place.next(), place.next()]
    };
    assert!(matches!(&told[0], Told::Changed(_, text) if text == "two"), "{told:?}");
    assert!(matches!(&told[1], Told::Watching(WatchState::Polling { .. })), "{told:?}");
}

#[test]
fn events_that_come_are_not_taken_for_silence() {
    let place = Place::new(&[("pod.yaml", "0")]);
    let begun = Instant::now();
    let mut count = 0;
    // Longer than two looks, with a change at any moment between them.
    while begun.elapsed() < Duration::from_millis(3500) {
        count += 1;
        place.write("pod.yaml", &count.to_string());
        assert_eq!(place.next(), changed("pod.yaml", &count.to_string()));
    }
}

/// Fault 62.
#[test]
fn a_folder_is_followed_by_its_path() {
    side_by_side([false, true], |by_name| {
        let place = Place::with(&[("work/pod.yaml", "one")], Backend::System, |dir| {
            vec![if by_name { dir.join("work/pod.yaml") } else { dir.join("work") }]
        });
        // Removed and made again.
        fs::remove_dir_all(place.path("work")).unwrap();
        assert_eq!(place.next(), removed("work/pod.yaml"), "by name: {by_name}");
        fs::create_dir(place.path("work")).unwrap();
        place.write("work/pod.yaml", "two");
        assert_eq!(place.next(), changed("work/pod.yaml", "two"), "by name: {by_name}");
        // Replaced by another of the same name, in no time.
        fs::create_dir(place.path("other")).unwrap();
        place.write("other/pod.yaml", "three");
        place.rename("work", "old");
        place.rename("other", "work");
        assert_eq!(place.next(), changed("work/pod.yaml", "three"), "by name: {by_name}");
        // And what happens in it is noticed at once.
        place.write("work/pod.yaml", "four");
        assert_eq!(place.next(), changed("work/pod.yaml", "four"), "by name: {by_name}");
        // A link to a folder in its place: what happens behind it is told, not only seen.
        place.rename("work", "behind");
        symlink("behind", place.path("work")).unwrap();
        if by_name {
            let begun = Instant::now();
            let mut count = 0;
            while begun.elapsed() < Duration::from_millis(2500) {
                count += 1;
                place.write("behind/pod.yaml", &count.to_string());
                assert_eq!(place.next(), changed("work/pod.yaml", &count.to_string()));
            }
        }
        fs::remove_file(place.path("work")).unwrap();
        place.rename("behind", "work");
        place.write("work/pod.yaml", "five");
        assert_eq!(place.next(), changed("work/pod.yaml", "five"), "by name: {by_name}");
        // The old one is not ours any more.
        place.write("old/pod.yaml", "not ours");
        place.write("work/pod.yaml", "six");
        assert_eq!(place.next(), changed("work/pod.yaml", "six"), "by name: {by_name}");
    });
}
