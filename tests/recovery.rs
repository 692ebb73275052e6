//! The recovery journal: nothing typed is lost, and nothing that is found there can do harm.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};
use proptest::prelude::*;
use regoscope::app::effect::{Effect, JournalEntry, Journaled};
use regoscope::app::msg::{Msg, ReadWhy, Recovered};
use regoscope::core::file::{FileId, Role};
use regoscope::core::text::{Change, Snapshot};
use regoscope::work::files::{Files, Options};
use regoscope::work::{disk, journal};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until `value` gives something.
fn wait<T>(what: &str, mut value: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = value() {
            return value;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("pod.yaml"), "kind: Pod\n").unwrap();
        Self { dir }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("pod.yaml")
    }

    fn recovery(&self) -> PathBuf {
        self.dir.path().join("state/regoscope/recovery")
    }

    fn start(&self) -> (Files, Receiver<Msg>) {
        start(Some(self.recovery()))
    }

    fn recover(&self) -> Vec<Recovered> {
        journal::recover(&self.recovery())
    }

    fn journals(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.recovery()) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

fn start(recovery: Option<PathBuf>) -> (Files, Receiver<Msg>) {
    let (send, received) = unbounded();
    let files = Files::start(
        move |msg| {
            let _ = send.send(msg);
        },
        &Options { recovery, ..Options::default() },
    );
    (files.unwrap(), received)
}

fn whole(path: Option<&Path>, text: &str) -> Effect {
    let base = path.and_then(|path| fs::read(path).ok()).map(|bytes| disk::stamp(&bytes));
    Effect::Journal(JournalEntry {
        file: FileId(1),
        path: path.map(Path::to_owned),
        name: "pod.yaml".into(),
        role: Role::Manifest,
        base,
        what: Journaled::Text(Snapshot::from(text)),
    })
}

fn change(at: usize, new: &str) -> Change {
    Change { range: at..at, new: new.into() }
}

fn changes(changes: Vec<Change>) -> Effect {
    Effect::Journal(JournalEntry {
        file: FileId(1),
        path: None,
        name: "pod.yaml".into(),
        role: Role::Manifest,
        base: None,
        what: Journaled::Changes(changes),
    })
}

/// The only one.
fn one<T: std::fmt::Debug>(mut list: Vec<T>) -> T {
    assert_eq!(list.len(), 1, "{list:?}");
    list.remove(0)
}

// ---- fault 4: killed while typing -----------------------------------------------------------------------------------

const TYPED: &str = "kind: Pod\n# typed あ";

/// Another process that types into the file and goes on running. Runs this test binary again.
struct Typist(Child);

impl Typist {
    fn start(place: &Path) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed_while_typing"])
            .env("REGOSCOPE_TEST_PLACE", place)
            .env("TZ", "JST-9")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn type_for_ever(place: &Path) -> ! {
    let (files, _messages) = start(Some(place.join("state/regoscope/recovery")));
    files.handle(whole(Some(&place.join("pod.yaml")), "kind: Pod\n#"));
    for (at, char) in TYPED.char_indices().skip("kind: Pod\n#".len()) {
        files.handle(changes(vec![change(at, &char.to_string())]));
    }
    loop {
        std::thread::park();
    }
}

#[test]
fn killed_while_typing() {
    if let Some(place) = std::env::var_os("REGOSCOPE_TEST_PLACE") {
        type_for_ever(Path::new(&place));
    }
    let place = Place::new();
    let typist = Typist::start(place.dir.path());
    let pid = typist.0.id();
    let running =
        wait("all that was typed", || place.recover().into_iter().find(|recovered| recovered.text == TYPED));
    assert_eq!(running.still_running, Some(pid));
    assert_eq!(journal::open_elsewhere(&place.recovery(), &place.file()), Some(pid));
    assert_eq!(journal::open_elsewhere(&place.recovery(), &place.dir.path().join("web.yaml")), None);
    // What a living process writes is not ours to remove.
    assert!(journal::discard(&place.recovery(), &running.journal).is_err());

    typist.kill();
    let left = one(place.recover());
    assert_eq!(left, Recovered { still_running: None, ..running });
    assert_eq!((left.path, left.name.as_str(), left.role), (Some(place.file()), "pod.yaml", Role::Manifest));
    assert_eq!(left.edits, 1 + " typed あ".chars().count());
    assert!(!left.changed_since);
    assert_eq!(left.utc_offset, 9 * 3600);
    assert!(left.when.abs_diff(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()) < 60);
    assert_eq!(journal::open_elsewhere(&place.recovery(), &place.file()), None);
    assert_eq!(fs::read_to_string(place.file()).unwrap(), "kind: Pod\n", "the file itself is untouched");

    journal::discard(&place.recovery(), &left.journal).unwrap();
    assert_eq!(place.journals(), [""; 0].map(PathBuf::from));
}

#[test]
fn opening_tells_what_was_left_and_who_has_the_file() {
    let place = Place::new();
    let typist = Typist::start(place.dir.path());
    let pid = typist.0.id();
    wait("all that was typed", || place.recover().into_iter().find(|recovered| recovered.text == TYPED));
    let empty = place.dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let recovered = |path: PathBuf| {
        let (files, messages) = place.start();
        files.open(vec![path, empty.clone()], Vec::new()).unwrap();
        let mut seen = Vec::new();
        wait("the opening", || match messages.try_recv().ok()? {
            Msg::Recovered(list) => {
                seen.extend(list);
                None
            }
            // Folders are watched when all is read.
            Msg::Watching(_) => Some(()),
            _ => None,
        });
        seen
    };
    // Spelled as it was given.
    let spelled = place.dir.path().join(".").join("pod.yaml");
    let running = one(recovered(spelled.clone()));
    assert_eq!((running.still_running, running.path), (Some(pid), Some(spelled)));
    // Another one's unsaved changes of files that are not opened here are no concern of ours.
    let elsewhere = place.dir.path().join("web.yaml");
    fs::write(&elsewhere, "").unwrap();
    assert_eq!(recovered(elsewhere.clone()), []);
    typist.kill();
    assert_eq!(one(recovered(elsewhere)).still_running, None);
    // A file that is opened later.
    let (files, messages) = place.start();
    files.handle(Effect::Read {
        path: place.file(),
        role: Role::Manifest,
        why: ReadWhy::Open { show: true },
    });
    let list = wait("what was left", || match messages.try_recv().ok()? {
        Msg::Recovered(list) => Some(list),
        _ => None,
    });
    assert_eq!(one(list).text, TYPED);
}

// ---- the life of a journal ------------------------------------------------------------------------------------------

#[test]
fn journals_end_with_a_save_and_a_clean_exit_and_outlive_any_other_end() {
    let type_a_little = |files: &Files| {
        files.handle(whole(None, "a"));
        files.handle(changes(vec![change(1, "b")]));
    };
    // A save.
    let place = Place::new();
    let (files, _messages) = place.start();
    type_a_little(&files);
    wait("the journal", || (place.journals().len() == 1).then_some(()));
    files.handle(Effect::ForgetJournal(FileId(1)));
    wait("its end", || place.journals().is_empty().then_some(()));
    // A clean exit.
    type_a_little(&files);
    files.finish(false, PATIENCE);
    assert!(place.journals().is_empty());
    // A signal, and an end that nobody announced.
    for announced in [true, false] {
        let place = Place::new();
        let (files, _messages) = place.start();
        type_a_little(&files);
        if announced {
            files.finish(true, PATIENCE);
        } else {
            drop(files);
        }
        let left = one(place.recover());
        assert_eq!((left.text.as_str(), left.edits, left.path), ("ab", 2, None));
    }
}

#[test]
fn journals_are_private() {
    let place = Place::new();
    fs::create_dir_all(place.recovery()).unwrap();
    fs::set_permissions(place.recovery(), fs::Permissions::from_mode(0o755)).unwrap();
    let (files, _messages) = place.start();
    files.handle(whole(Some(&place.file()), "secret"));
    files.finish(true, PATIENCE);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.recovery()), 0o700);
    assert_eq!(mode(&one(place.journals())), 0o600);
}

#[test]
fn without_recovery_nothing_is_written() {
    let place = Place::new();
    let (files, messages) = start(None);
    files.handle(whole(Some(&place.file()), "secret"));
    files.handle(Effect::DiscardJournal(place.file()));
    files.finish(true, PATIENCE);
    assert!(!place.recovery().exists() && place.file().exists());
    assert_eq!(messages.try_iter().count(), 0);
}

#[test]
fn nothing_but_a_journal_is_ever_discarded() {
    let place = Place::new();
    fs::create_dir_all(place.recovery()).unwrap();
    let inside = place.recovery().join("notes.txt");
    let outside = place.dir.path().join("other.journal");
    for path in [&inside, &outside] {
        fs::write(path, "").unwrap();
        assert!(journal::discard(&place.recovery(), path).is_err());
        assert!(path.exists());
    }
    assert!(journal::discard(&place.recovery(), &place.recovery().join("../../x.journal")).is_err());
}

#[test]
fn a_long_session_keeps_its_journal_short() {
    let place = Place::new();
    let (files, _messages) = place.start();
    files.handle(whole(None, "."));
    let large = "x".repeat(1000);
    for _ in 0..500 {
        files.handle(changes(vec![change(1, &large), Change { range: 1..1001, new: String::new() }]));
    }
    files.finish(true, PATIENCE);
    let left = one(place.recover());
    assert_eq!((left.text.as_str(), left.edits), (".", 1001));
    let len = fs::metadata(&left.journal).unwrap().len();
    assert!(len < 100_000, "{len} bytes for one character");
}

// ---- faults 21 and 22: folders and journals in a bad state ------------------------------------------------------------

#[test]
fn a_journal_that_cannot_be_written_is_told_once() {
    let place = Place::new();
    fs::create_dir_all(place.recovery().parent().unwrap()).unwrap();
    fs::write(place.recovery(), "a file where the folder should be").unwrap();
    let (files, messages) = place.start();
    files.handle(whole(Some(&place.file()), "a"));
    for at in 1..50 {
        files.handle(changes(vec![change(at, "b")]));
    }
    files.handle(whole(Some(&place.file()), "again"));
    files.finish(true, PATIENCE);
    let told: Vec<_> = messages.try_iter().collect();
    assert!(matches!(&*told, [Msg::JournalFailed(problem)] if problem.path == place.recovery()), "{told:?}");
    assert_eq!(journal::recover(&place.recovery()), []);
}

#[test]
fn edits_that_make_no_sense_are_told_and_cost_nothing_before_them() {
    let place = Place::new();
    let (files, messages) = place.start();
    files.handle(whole(None, "あ"));
    files.handle(changes(vec![change(3, "!")]));
    files.handle(changes(vec![change(1, "in the middle of a character")]));
    files.handle(changes(vec![change(99, "outside")]));
    files.handle(changes(vec![change(4, "?")]));
    files.finish(true, PATIENCE);
    assert_eq!(one(place.recover()).text, "あ!?");
    assert!(matches!(&*messages.try_iter().collect::<Vec<_>>(), [Msg::JournalFailed(_)]));
}

#[test]
fn torn_foreign_and_future_journals_are_no_danger() {
    let place = Place::new();
    let (files, _messages) = place.start();
    files.handle(whole(None, "one"));
    files.handle(changes(vec![change(3, " two")]));
    files.handle(changes(vec![change(7, " three")]));
    files.finish(true, PATIENCE);
    let journal = one(place.journals());
    let bytes = fs::read(&journal).unwrap();
    let mut texts = Vec::new();
    for cut in (0..=bytes.len()).rev() {
        fs::write(&journal, &bytes[..cut]).unwrap();
        texts.extend(place.recover().into_iter().map(|recovered| recovered.text));
    }
    texts.dedup();
    assert_eq!(texts, ["one two three", "one two", "one"]);

    fs::remove_file(&journal).unwrap();
    let foreign: [(&str, Vec<u8>); 5] = [
        ("empty", Vec::new()),
        ("future", [b"regoscope journal 2\n", &bytes[20..]].concat()),
        ("foreign", b"\x00\xff not a journal".to_vec()),
        ("lie", [b"regoscope journal 1\n", &[0xff; 64][..]].concat()),
        ("headless", bytes[..20].to_vec()),
    ];
    for (name, bytes) in &foreign {
        fs::write(place.recovery().join(name).with_extension("journal"), bytes).unwrap();
    }
    std::os::unix::fs::symlink("/dev/zero", place.recovery().join("endless.journal")).unwrap();
    fs::create_dir(place.recovery().join("folder.journal")).unwrap();
    assert_eq!(place.recover(), []);
    assert_eq!(place.journals().len(), foreign.len() + 2, "what is not ours to judge stays");
    assert_eq!(journal::recover(&place.dir.path().join("not there")), []);
}

#[test]
fn a_half_begun_journal_is_removed_when_it_is_old() {
    let place = Place::new();
    fs::create_dir_all(place.recovery()).unwrap();
    let (old, young) = (place.recovery().join("a.unfinished"), place.recovery().join("b.unfinished"));
    for path in [&old, &young] {
        fs::write(path, "secret").unwrap();
    }
    let file = fs::File::options().write(true).open(&old).unwrap();
    file.set_modified(std::time::SystemTime::now() - Duration::from_secs(3600)).unwrap();
    assert_eq!(place.recover(), []);
    assert_eq!(place.journals(), [young]);
}

// ---- what is on disk meanwhile --------------------------------------------------------------------------------------

#[test]
fn a_file_that_changed_meanwhile_is_marked_and_one_that_was_saved_is_not_offered() {
    // What was there when typing began, what is there now, and whether it is offered, and as changed.
    let cases: &[(Option<&str>, Option<&str>, Option<bool>)] = &[
        (Some("old"), Some("old"), Some(false)),
        (Some("old"), Some("theirs"), Some(true)),
        (Some("old"), None, Some(true)),
        (None, None, Some(false)),
        (None, Some("theirs"), Some(true)),
        (Some("old"), Some("mine\n"), None),
        (None, Some("mine\n"), None),
        (Some("old"), Some("\u{feff}mine\r\n"), None),
    ];
    for (before, now, offered) in cases {
        let place = Place::new();
        let put = |content: &Option<&str>| match content {
            Some(content) => fs::write(place.file(), content).unwrap(),
            None => drop(fs::remove_file(place.file())),
        };
        put(before);
        let (files, _messages) = place.start();
        files.handle(whole(Some(&place.file()), "mine\n"));
        files.finish(true, PATIENCE);
        put(now);
        let changed: Vec<_> = place.recover().iter().map(|recovered| recovered.changed_since).collect();
        assert_eq!(changed, Vec::from_iter(*offered), "{before:?} then {now:?}");
        assert_eq!(place.journals().is_empty(), offered.is_none(), "{before:?} then {now:?}");
    }
}

#[test]
fn a_path_that_is_not_utf_8() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let path = place.dir.path().join(std::ffi::OsStr::from_bytes(b"\xff.yaml"));
    let (files, _messages) = place.start();
    files.handle(whole(Some(&path), "a"));
    files.finish(true, PATIENCE);
    assert_eq!(one(place.recover()).path, Some(path));
}

// ---- any edits ------------------------------------------------------------------------------------------------------

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_recovered_is_what_was_typed(
        start: String,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), ".{0,5}"), 0..40),
        group in 1usize..4,
    ) {
        let place = Place::new();
        let (files, messages) = place.start();
        files.handle(whole(None, &start));
        let mut text = start;
        let mut done = Vec::new();
        for (from, to, new) in edits {
            let at: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let (a, b) = (at[from.index(at.len())], at[to.index(at.len())]);
            let range = a.min(b)..a.max(b);
            text.replace_range(range.clone(), &new);
            done.push(Change { range, new });
        }
        let count = done.len();
        for group in done.chunks(group) {
            files.handle(changes(group.to_vec()));
        }
        files.finish(true, PATIENCE);
        let left = one(place.recover());
        prop_assert_eq!(left.text, text);
        prop_assert_eq!(left.edits, count + 1);
        prop_assert_eq!(messages.try_iter().count(), 0);
    }
}

/// A recovery folder that is full: what was written before stays readable.
#[test]
fn a_recovery_disk_that_is_really_full() {
    struct Unmount(PathBuf);
    impl Drop for Unmount {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg(&self.0).output();
        }
    }
    let place = Place::new();
    fs::create_dir_all(place.recovery()).unwrap();
    let mount =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(place.recovery()).output();
    if !mount.is_ok_and(|mount| mount.status.success()) {
        // Only the superuser may; `a_journal_that_cannot_be_written_is_told_once` covers the rest.
        return;
    }
    let _mount = Unmount(place.recovery());
    let (files, messages) = place.start();
    let piece = "x".repeat(1000);
    files.handle(whole(None, ""));
    for at in 0..100 {
        files.handle(changes(vec![change(at * 1000, &piece)]));
    }
    files.finish(true, PATIENCE);
    assert!(matches!(&*messages.try_iter().collect::<Vec<_>>(), [Msg::JournalFailed(_)]));
    let left = one(place.recover());
    assert!(left.text.len() > 20_000 && left.text.chars().all(|char| char == 'x'));
}
