//! The save contract: whatever goes wrong, the file is the old one or the new one, and nothing is left beside it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use regoscope::app::effect::{Save, Stamp};
use regoscope::app::msg::ProblemKind;
use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::text::{FileFormat, Snapshot};
use regoscope::work::save::{Copies, Outcome, Step, save, save_with};
use regoscope::work::{disk, journal};
use rustix::io::Errno;
use tempfile::TempDir;

const OLD: &str = "kind: Pod\nspec: {hostPID: true}\n";
const NEW: &str = "kind: Pod\nspec: {hostPID: false}\n# longer than before\n";

/// A folder with one file, and a recovery folder beside it.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(place.folder()).unwrap();
        fs::write(place.file(), OLD).unwrap();
        place
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    fn file(&self) -> PathBuf {
        self.folder().join("pod.yaml")
    }

    fn recovery(&self) -> PathBuf {
        self.dir.path().join("recovery")
    }

    fn copies(&self) -> Copies {
        Copies::Recovery(self.recovery())
    }

    fn save(&self) -> Outcome {
        save(&request(&self.file(), NEW, Some(OLD)), &self.copies())
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    /// The names in the folder.
    fn names(&self) -> Vec<String> {
        names(&self.folder())
    }
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn request(path: &Path, text: &str, expected: Option<&str>) -> Save {
    Save {
        file: FileId(1),
        path: path.to_owned(),
        revision: Revision(1),
        text: Snapshot::from(text),
        format: FileFormat::default(),
        expected: expected.map(|text| disk::stamp(text.as_bytes())),
        overwrite: false,
    }
}

fn kind(outcome: &Outcome) -> Result<(), ProblemKind> {
    outcome.result.as_ref().map(|_| ()).map_err(|problem| problem.kind)
}

fn notice(outcome: &Outcome) -> Option<ProblemKind> {
    outcome.notice.as_ref().map(|notice| notice.kind)
}

fn stamp_of(path: &Path) -> Stamp {
    disk::stamp(&fs::read(path).unwrap())
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A place whose file has a second name, so that it is written in place.
fn linked() -> Place {
    let place = Place::new();
    fs::hard_link(place.file(), place.folder().join("second.yaml")).unwrap();
    place
}

/// The steps that a save takes there, in order.
fn steps_of(place: &Place) -> Vec<Step> {
    let mut steps = Vec::new();
    let outcome = save_with(&request(&place.file(), NEW, Some(OLD)), &place.copies(), &mut |step| {
        steps.push(step);
        Ok(())
    });
    assert_eq!(kind(&outcome), Ok(()));
    steps
}

#[test]
fn a_plain_save() {
    let place = Place::new();
    let inode = fs::metadata(place.file()).unwrap().ino();
    let outcome = place.save();
    assert_eq!(outcome.notice, None);
    assert_eq!(outcome.result.ok(), Some(stamp_of(&place.file())));
    assert_eq!(place.text(), NEW);
    assert_eq!(place.names(), ["pod.yaml"]);
    assert_ne!(fs::metadata(place.file()).unwrap().ino(), inode, "written by rename");
}

#[test]
fn line_ends_and_byte_order_mark_are_written() {
    for (crlf, bom, bytes) in [
        (false, false, &b"a\nb"[..]),
        (true, false, b"a\r\nb"),
        (false, true, b"\xef\xbb\xbfa\nb"),
        (true, true, b"\xef\xbb\xbfa\r\nb"),
    ] {
        let place = Place::new();
        let mut request = request(&place.file(), "a\nb", Some(OLD));
        (request.format.crlf, request.format.bom) = (crlf, bom);
        assert_eq!(kind(&save(&request, &Copies::Off)), Ok(()));
        assert_eq!(fs::read(place.file()).unwrap(), bytes);
    }
}

// ---- faults 1 to 3: something fails, or the process ends, between any two steps ------------------------------------

#[test]
fn an_error_at_any_step_leaves_the_old_file_or_the_new_one() {
    for errno in [Errno::NOSPC, Errno::DQUOT, Errno::IO, Errno::ROFS] {
        for make in [Place::new, linked] {
            for at in 0..steps_of(&make()).len() {
                let place = make();
                let before = place.names();
                let mut seen = Vec::new();
                let request = request(&place.file(), NEW, Some(OLD));
                let outcome = save_with(&request, &place.copies(), &mut |step| {
                    seen.push(step);
                    if seen.len() > at { Err(errno.into()) } else { Ok(()) }
                });
                let failed = seen[at];
                let what = format!("{errno:?} from {failed:?} on, {outcome:?}");
                match &outcome.result {
                    Ok(_) => assert_eq!(place.text(), NEW, "{what}"),
                    Err(_) if matches!(failed, Step::SyncFolder | Step::RemoveCopy | Step::Verify) => {
                        assert_eq!(place.text(), NEW, "{what}");
                    }
                    Err(problem) => {
                        assert_eq!(place.text(), OLD, "{what}");
                        assert_eq!(problem.path, place.file());
                        assert!(!problem.detail.is_empty() && !problem.detail.contains("os error"), "{what}");
                        let expected = match errno {
                            Errno::NOSPC | Errno::DQUOT => ProblemKind::DiskFull,
                            Errno::ROFS => ProblemKind::ReadOnlyFileSystem,
                            _ => ProblemKind::Other,
                        };
                        assert_eq!(problem.kind, expected, "{what}");
                    }
                }
                assert_eq!(place.names(), before, "{what}");
                if failed != Step::RemoveCopy {
                    assert_eq!(names(&place.recovery()), [""; 0], "{what}");
                }
            }
        }
    }
}

#[test]
fn an_error_in_the_middle_of_a_large_write_in_place_restores_the_old_bytes() {
    let old: String = "old line\n".repeat(40_000);
    let new: String = "a new line\n".repeat(40_000);
    for at in 1..=7 {
        let place = linked();
        fs::write(place.file(), &old).unwrap();
        let mut writes = 0;
        let request = request(&place.file(), &new, Some(&old));
        let outcome = save_with(&request, &place.copies(), &mut |step| {
            writes += usize::from(step == Step::WriteInPlace);
            if step == Step::WriteInPlace && writes == at { Err(Errno::NOSPC.into()) } else { Ok(()) }
        });
        assert_eq!(kind(&outcome), Err(ProblemKind::DiskFull), "write {at}");
        assert!(place.text() == old, "write {at} left other bytes");
    }
}

/// Runs itself again as the process that is killed.
#[test]
fn killed_between_any_two_steps() {
    if let Some(place) = std::env::var_os("REGOSCOPE_TEST_PLACE").map(PathBuf::from) {
        let at: usize = std::env::var("REGOSCOPE_TEST_STEP").unwrap().parse().unwrap();
        let mut seen = 0;
        let request = request(&place.join("work/pod.yaml"), NEW, Some(OLD));
        let _ = save_with(&request, &Copies::Recovery(place.join("recovery")), &mut |_| {
            if seen == at {
                let me = rustix::process::getpid();
                let _ = rustix::process::kill_process(me, rustix::process::Signal::KILL);
            }
            seen += 1;
            Ok(())
        });
        unreachable!("step {at} was never reached");
    }
    for make in [Place::new, linked] {
        for (at, step) in steps_of(&make()).into_iter().enumerate() {
            let place = make();
            let status = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "killed_between_any_two_steps"])
                .env("REGOSCOPE_TEST_PLACE", place.dir.path())
                .env("REGOSCOPE_TEST_STEP", at.to_string())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert_eq!(status.signal(), Some(9), "{step:?}");
            let recovered = journal::recover(&place.recovery());
            if matches!(step, Step::WriteInPlace | Step::Truncate) && place.text() != NEW {
                // Perhaps neither; then the new text is offered.
                assert_eq!(recovered.len(), 1, "{step:?}");
                assert_eq!(recovered[0].text, NEW);
                assert_eq!(recovered[0].path.as_deref(), Some(&*place.file()));
            } else {
                let text = place.text();
                assert!(text == OLD || text == NEW, "{step:?} left {text:?}");
            }
            // What the dead process left does not stand in the way.
            let mut again = request(&place.file(), NEW, Some(OLD));
            again.overwrite = true;
            assert_eq!(kind(&save(&again, &place.copies())), Ok(()), "{step:?}");
            assert_eq!(place.text(), NEW);
        }
    }
}

#[test]
fn what_a_killed_process_left_is_removed_by_a_later_save() {
    let place = Place::new();
    let (old, young, other) =
        (".pod.yaml.regoscope-save-1-0", ".pod.yaml.regoscope-save-2-0", ".web.yaml.regoscope-save-1-0");
    for name in [old, young, other] {
        fs::write(place.folder().join(name), "half").unwrap();
    }
    for name in [old, other] {
        let file = fs::File::options().write(true).open(place.folder().join(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(7200)).unwrap();
    }
    assert_eq!(kind(&place.save()), Ok(()));
    assert_eq!(place.names(), [young, other, "pod.yaml"]);
}

// ---- faults 8 to 10: links ------------------------------------------------------------------------------------------

#[test]
fn a_link_stays_a_link_and_its_target_is_written() {
    let links: &[(&str, &[(&str, &str)])] = &[
        ("relative", &[("pod.yaml", "real/pod.yaml")]),
        ("up and down", &[("pod.yaml", "../work/real/pod.yaml")]),
        ("chained", &[("pod.yaml", "two"), ("two", "./three"), ("three", "real/pod.yaml")]),
        ("through a folder", &[("pod.yaml", "data/pod.yaml"), ("data", "real")]),
    ];
    for (what, links) in links {
        let place = Place::new();
        let real = place.folder().join("real");
        fs::create_dir(&real).unwrap();
        fs::rename(place.file(), real.join("pod.yaml")).unwrap();
        for (name, target) in *links {
            symlink(target, place.folder().join(name)).unwrap();
        }
        let before = place.names();
        assert_eq!(kind(&place.save()), Ok(()), "{what}");
        for (name, target) in *links {
            assert_eq!(fs::read_link(place.folder().join(name)).unwrap(), Path::new(target), "{what}");
        }
        assert_eq!(fs::read_to_string(real.join("pod.yaml")).unwrap(), NEW, "{what}");
        assert_eq!((place.names(), names(&real)), (before, vec!["pod.yaml".to_owned()]), "{what}");
    }
    let place = Place::new();
    let link = place.folder().join("absolute.yaml");
    symlink(place.file(), &link).unwrap();
    assert_eq!(kind(&save(&request(&link, NEW, Some(OLD)), &place.copies())), Ok(()));
    assert_eq!(place.text(), NEW);
    assert!(link.symlink_metadata().unwrap().is_symlink());
}

#[test]
fn links_that_lead_nowhere() {
    let place = Place::new();
    let link = |name: &str, target: &str| {
        let path = place.folder().join(name);
        symlink(target, &path).unwrap();
        path
    };
    let dangling = link("dangling.yaml", "created.yaml");
    assert_eq!(kind(&save(&request(&dangling, NEW, None), &place.copies())), Ok(()));
    assert_eq!(fs::read_to_string(place.folder().join("created.yaml")).unwrap(), NEW);
    assert!(dangling.symlink_metadata().unwrap().is_symlink());

    let no_folder = link("nowhere.yaml", "missing/created.yaml");
    let outcome = save(&request(&no_folder, NEW, None), &place.copies());
    assert_eq!(kind(&outcome), Err(ProblemKind::FolderNotFound));

    link("one", "two");
    let circle = link("two", "one");
    assert_eq!(kind(&save(&request(&circle, NEW, None), &place.copies())), Err(ProblemKind::SymlinkLoop));
    assert_eq!(disk::read(&circle, Role::Manifest).unwrap_err().kind, ProblemKind::SymlinkLoop);

    // 40 links are followed and 41 are not, as in the kernel.
    for (count, expected) in [(40, Ok(())), (41, Err(ProblemKind::SymlinkLoop))] {
        let place = Place::new();
        let mut next = place.file();
        for index in 0..count {
            let path = place.folder().join(format!("link{index}"));
            symlink(&next, &path).unwrap();
            next = path;
        }
        let outcome = save(&request(&next, NEW, Some(OLD)), &place.copies());
        assert_eq!(kind(&outcome), expected, "{count} links");
        assert_eq!(fs::read(&next).is_ok(), expected.is_ok(), "the kernel, {count} links");
    }
}

#[test]
fn both_names_of_a_hard_linked_file_see_the_new_text() {
    let place = linked();
    let inode = fs::metadata(place.file()).unwrap().ino();
    let outcome = place.save();
    assert_eq!((kind(&outcome), notice(&outcome)), (Ok(()), Some(ProblemKind::HardLinked)));
    assert_eq!(fs::read_to_string(place.folder().join("second.yaml")).unwrap(), NEW);
    assert_eq!(fs::metadata(place.file()).unwrap().ino(), inode);
    // And a shorter one.
    assert_eq!(kind(&save(&request(&place.file(), "x", Some(NEW)), &place.copies())), Ok(()));
    assert_eq!(place.text(), "x");
    assert_eq!(names(&place.recovery()), [""; 0], "the copy is gone after the save");
}

#[test]
fn in_place_where_recovery_is_not_possible_or_not_wanted() {
    let place = linked();
    // A file stands where the folder should be.
    fs::write(place.recovery(), "").unwrap();
    assert_eq!(kind(&place.save()), Ok(()));
    assert_eq!(kind(&save(&request(&place.file(), OLD, Some(NEW)), &Copies::Off)), Ok(()));
    assert_eq!(place.text(), OLD);
}

// ---- faults 11 and 12: modes, owners, attributes --------------------------------------------------------------------

#[test]
fn modes_are_kept_and_never_wider_on_the_way() {
    for mode in [0o644, 0o600, 0o640, 0o755, 0o664, 0o666] {
        let place = Place::new();
        fs::set_permissions(place.file(), fs::Permissions::from_mode(mode)).unwrap();
        let request = request(&place.file(), NEW, Some(OLD));
        let outcome = save_with(&request, &place.copies(), &mut |_| {
            for name in place.names().iter().filter(|name| name.contains("regoscope-save")) {
                let now = fs::metadata(place.folder().join(name)).unwrap().mode() & 0o777;
                assert_eq!(now & !mode & !0o600, 0, "{now:o} while saving {mode:o}");
            }
            Ok(())
        });
        assert_eq!(kind(&outcome), Ok(()), "{mode:o}");
        assert_eq!(fs::metadata(place.file()).unwrap().mode() & 0o7777, mode, "{mode:o}");
    }
}

#[test]
fn extended_attributes_and_acls_are_kept_and_not_inherited() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let place = Place::new();
    let (file, folder) = (place.file(), place.folder());
    let value = |name: &str| {
        let mut room = vec![0; 4096];
        getxattr(&file, name, &mut room[..]).map(|len| room[..len].to_vec())
    };
    // Where a file system has neither, saving has to work without.
    let has_attributes = setxattr(&file, "user.regoscope", b"kept", XattrFlags::empty()).is_ok();
    // user::rw-, user:(named):r--, group::r--, mask::r--, other::---
    let acl = |named: u32| {
        let entry = |tag: u16, rights: u16, id: u32| {
            [&tag.to_le_bytes()[..], &rights.to_le_bytes(), &id.to_le_bytes()].concat()
        };
        let none = u32::MAX;
        let entries = [
            entry(1, 6, none),
            entry(2, 4, named),
            entry(4, 4, none),
            entry(16, 4, none),
            entry(32, 0, none),
        ];
        [2u32.to_le_bytes().to_vec(), entries.concat()].concat()
    };
    let has_acls = setxattr(&folder, "system.posix_acl_default", &acl(4321), XattrFlags::empty()).is_ok();
    let mode = fs::metadata(&file).unwrap().mode();
    let outcome = place.save();
    assert_eq!((kind(&outcome), notice(&outcome)), (Ok(()), None));
    assert_eq!(value("user.regoscope").ok(), has_attributes.then(|| b"kept".to_vec()));
    assert!(value("system.posix_acl_access").is_err(), "the folder's default was given to the file");
    assert_eq!(fs::metadata(&file).unwrap().mode(), mode);
    if has_acls {
        setxattr(&file, "system.posix_acl_access", &acl(1234), XattrFlags::empty()).unwrap();
        assert_eq!(kind(&save(&request(&file, OLD, Some(NEW)), &place.copies())), Ok(()));
        assert_eq!(value("system.posix_acl_access").ok(), Some(acl(1234)));
    }
}

#[test]
fn owner_and_group_are_kept_by_one_who_may_set_them() {
    let place = Place::new();
    let me = fs::metadata(place.file()).unwrap();
    // A folder that gives its group to new files.
    fs::set_permissions(place.folder(), fs::Permissions::from_mode(0o2775)).unwrap();
    let (uid, gid) = if is_root() { (1234, 4321) } else { (me.uid(), me.gid()) };
    std::os::unix::fs::chown(place.folder(), None, is_root().then_some(999)).unwrap();
    std::os::unix::fs::chown(place.file(), Some(uid), Some(gid)).unwrap();
    let outcome = place.save();
    assert_eq!((kind(&outcome), notice(&outcome)), (Ok(()), None));
    let after = fs::metadata(place.file()).unwrap();
    assert_eq!((after.uid(), after.gid(), after.mode()), (uid, gid, me.mode()));
}

/// What the superuser is never refused; so the superuser runs it again as an ordinary user.
#[test]
fn refusals_for_an_ordinary_user() {
    let chmod = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    if is_root() {
        let place = TempDir::new().unwrap();
        chmod(place.path(), 0o777);
        // Where the executable was built another user may not look.
        let executable = place.path().join("saving");
        fs::copy(std::env::current_exe().unwrap(), &executable).unwrap();
        let foreign = place.path().join("foreign");
        fs::create_dir(&foreign).unwrap();
        chmod(&foreign, 0o777);
        for (name, mode) in [("writable.yaml", 0o666), ("readable.yaml", 0o644), ("secret.yaml", 0o600)] {
            fs::write(foreign.join(name), OLD).unwrap();
            chmod(&foreign.join(name), mode);
        }
        let output = Command::new(executable)
            .args(["--exact", "refusals_for_an_ordinary_user"])
            .env("REGOSCOPE_TEST_FOREIGN", &foreign)
            .env("TMPDIR", place.path())
            .current_dir("/")
            .uid(65534)
            .gid(65534)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }

    // 0400: refused, although the folder would let it be replaced.
    let place = Place::new();
    chmod(&place.file(), 0o400);
    assert!(disk::read(&place.file(), Role::Manifest).unwrap().read_only);
    assert_eq!(kind(&place.save()), Err(ProblemKind::PermissionDenied));
    assert_eq!((place.text().as_str(), place.names()), (OLD, vec!["pod.yaml".to_owned()]));

    // Nothing may be created in the folder: in place.
    let place = Place::new();
    chmod(&place.folder(), 0o555);
    let outcome = place.save();
    assert_eq!((kind(&outcome), notice(&outcome)), (Ok(()), Some(ProblemKind::FolderNotWritable)));
    assert_eq!(place.text(), NEW);
    let outcome = save(&request(&place.folder().join("new.yaml"), NEW, None), &place.copies());
    assert_eq!(kind(&outcome), Err(ProblemKind::PermissionDenied));
    chmod(&place.folder(), 0o755);

    // The folder may not be entered, or not be listed.
    let place = Place::new();
    chmod(&place.folder(), 0o000);
    assert_eq!(kind(&place.save()), Err(ProblemKind::PermissionDenied));
    assert_eq!(disk::read(&place.file(), Role::Manifest).unwrap_err().kind, ProblemKind::PermissionDenied);
    chmod(&place.folder(), 0o300);
    assert_eq!(kind(&place.save()), Ok(()));
    chmod(&place.folder(), 0o755);

    if let Some(foreign) = std::env::var_os("REGOSCOPE_TEST_FOREIGN").map(PathBuf::from) {
        let place = Place::new();
        let path = foreign.join("writable.yaml");
        let before = fs::metadata(&path).unwrap();
        let outcome = save(&request(&path, NEW, Some(OLD)), &place.copies());
        assert_eq!((kind(&outcome), notice(&outcome)), (Ok(()), Some(ProblemKind::NotReproducible)));
        let after = fs::metadata(&path).unwrap();
        assert_eq!((after.uid(), after.gid(), after.mode()), (before.uid(), before.gid(), before.mode()));
        assert_eq!(fs::read_to_string(&path).unwrap(), NEW);
        for name in ["readable.yaml", "secret.yaml"] {
            let outcome = save(&request(&foreign.join(name), NEW, Some(OLD)), &place.copies());
            assert_eq!(kind(&outcome), Err(ProblemKind::PermissionDenied), "{name}");
        }
        assert_eq!(names(&foreign), ["readable.yaml", "secret.yaml", "writable.yaml"]);
    }
}

// ---- fault 13: what is not a file -----------------------------------------------------------------------------------

#[test]
fn what_is_not_a_file_is_refused_at_once() {
    let place = Place::new();
    let at = |name: &str| place.folder().join(name);
    fs::create_dir(at("folder.yaml")).unwrap();
    let (fifo, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o644));
    rustix::fs::mknodat(rustix::fs::CWD, at("fifo.yaml"), fifo, mode, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket.yaml")).unwrap();
    symlink("fifo.yaml", at("link.yaml")).unwrap();
    let names = ["folder.yaml", "fifo.yaml", "socket.yaml", "link.yaml", "/dev/zero", "/dev/null"];
    for path in names.map(at) {
        for overwrite in [false, true] {
            let request = Save { overwrite, ..request(&path, NEW, Some(OLD)) };
            let outcome = save(&request, &place.copies());
            assert_eq!(kind(&outcome), Err(ProblemKind::NotARegularFile), "{}", path.display());
        }
        let problem = disk::read(&path, Role::Manifest).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::NotARegularFile, "{}", path.display());
    }
    assert!(at("fifo.yaml").symlink_metadata().unwrap().file_type().is_fifo());
}

// ---- faults 16 to 18: others change the file ------------------------------------------------------------------------

#[test]
fn a_change_by_others_is_never_overwritten_unasked() {
    let same_length = "kind: Pod\nspec: {hostPID: True}\n";
    assert_eq!(same_length.len(), OLD.len());
    for theirs in ["other", "", same_length] {
        for make in [Place::new, linked] {
            // Before the save, or in the middle of it; each time with the file's time set back.
            let in_the_middle = [Step::Resolve, Step::CreateTemp, Step::Compare, Step::KeepCopy];
            let taken = steps_of(&make());
            for step in in_the_middle.into_iter().filter(|step| taken.contains(step)) {
                let place = make();
                let modified = fs::metadata(place.file()).unwrap().modified().unwrap();
                let before = place.names();
                let mine = request(&place.file(), NEW, Some(OLD));
                let outcome = save_with(&mine, &place.copies(), &mut |now| {
                    if step == now {
                        fs::write(place.file(), theirs).unwrap();
                        let file = fs::File::options().write(true).open(place.file()).unwrap();
                        file.set_modified(modified).unwrap();
                    }
                    Ok(())
                });
                let what = format!("{step:?} {theirs:?}");
                assert_eq!(kind(&outcome), Err(ProblemKind::ChangedOnDisk), "{what}");
                assert_eq!(place.text(), theirs, "{what}");
                assert_eq!(place.names(), before, "{what}");
                let mine = Save { overwrite: true, ..mine };
                assert_eq!(kind(&save(&mine, &place.copies())), Ok(()), "{what}");
                assert_eq!(place.text(), NEW, "{what}");
            }
        }
    }
}

#[test]
fn what_is_no_change_does_not_stop_a_save() {
    let place = Place::new();
    // Replaced by an equal file, as version control does.
    fs::write(place.folder().join("equal"), OLD).unwrap();
    fs::rename(place.folder().join("equal"), place.file()).unwrap();
    assert_eq!(kind(&place.save()), Ok(()));
    // Somebody else wrote what we are going to write.
    assert_eq!(kind(&place.save()), Ok(()));
}

#[test]
fn deleted_and_appeared() {
    let place = Place::new();
    fs::remove_file(place.file()).unwrap();
    assert_eq!(kind(&place.save()), Err(ProblemKind::NotFound));
    let again = Save { overwrite: true, ..request(&place.file(), NEW, Some(OLD)) };
    assert_eq!(kind(&save(&again, &place.copies())), Ok(()));
    assert_eq!(place.text(), NEW);

    // A new file where one is already, and where one comes while we save.
    let outcome = save(&request(&place.file(), OLD, None), &place.copies());
    assert_eq!(kind(&outcome), Err(ProblemKind::AlreadyExists));
    for step in [Step::CreateTemp, Step::Compare, Step::Rename] {
        let place = Place::new();
        let path = place.folder().join("new.yaml");
        let outcome = save_with(&request(&path, NEW, None), &place.copies(), &mut |now| {
            if now == step {
                fs::write(&path, "theirs").unwrap();
            }
            Ok(())
        });
        assert_eq!(kind(&outcome), Err(ProblemKind::AlreadyExists), "{step:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs", "{step:?}");
        assert_eq!(place.names(), ["new.yaml", "pod.yaml"], "{step:?}");
    }
}

#[test]
fn a_new_file_gets_the_usual_mode() {
    let place = Place::new();
    let (ours, usual) = (place.folder().join("ours.yaml"), place.folder().join("usual.yaml"));
    assert_eq!(kind(&save(&request(&ours, NEW, None), &place.copies())), Ok(()));
    fs::write(&usual, NEW).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode();
    assert_eq!(mode(&ours), mode(&usual));
    let nowhere = place.folder().join("no/such/folder.yaml");
    let outcome = save(&request(&nowhere, NEW, None), &place.copies());
    assert_eq!(kind(&outcome), Err(ProblemKind::FolderNotFound));
}

#[test]
fn unusual_names() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let long = "n".repeat(255);
    for name in [&b"\xff\xfe not utf-8.yaml"[..], "ポッド.yaml".as_bytes(), long.as_bytes(), b"-rf"] {
        let path = place.folder().join(std::ffi::OsStr::from_bytes(name));
        let second = place.folder().join("second");
        for (text, expected) in [(OLD, None), (NEW, Some(OLD))] {
            assert_eq!(kind(&save(&request(&path, text, expected), &place.copies())), Ok(()), "{path:?}");
        }
        fs::hard_link(&path, &second).unwrap();
        assert_eq!(kind(&save(&request(&path, OLD, Some(NEW)), &place.copies())), Ok(()), "{path:?}");
        fs::remove_file(second).unwrap();
    }
}

#[test]
fn a_file_that_is_mounted_by_itself_is_written_in_place() {
    for errno in [Errno::BUSY, Errno::XDEV] {
        let place = Place::new();
        let outcome = save_with(&request(&place.file(), NEW, Some(OLD)), &place.copies(), &mut |step| {
            if step == Step::Rename { Err(errno.into()) } else { Ok(()) }
        });
        assert_eq!((kind(&outcome), notice(&outcome)), (Ok(()), Some(ProblemKind::Mounted)), "{errno:?}");
        assert_eq!((place.text().as_str(), place.names()), (NEW, vec!["pod.yaml".to_owned()]));
    }
}

#[test]
fn a_file_system_without_sync_is_no_failure() {
    for errno in [Errno::INVAL, Errno::NOTSUP] {
        let place = Place::new();
        let outcome = save_with(&request(&place.file(), NEW, Some(OLD)), &place.copies(), &mut |step| {
            if step == Step::SyncTemp { Err(errno.into()) } else { Ok(()) }
        });
        assert_eq!(kind(&outcome), Ok(()), "{errno:?}");
    }
}

// ---- the same on real file systems, where this process may mount; the hooks above cover it for everybody ---------------

/// A file system of its own, gone at the end.
struct Mount(PathBuf);

impl Mount {
    fn new(at: &Path, arguments: &[&str]) -> Option<Self> {
        let done = Command::new("mount").args(arguments).arg(at).output().ok()?;
        done.status.success().then(|| Self(at.to_owned()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

#[test]
fn a_disk_that_is_really_full() {
    let large = "x".repeat(40 << 10);
    for link in [false, true] {
        let place = Place::new();
        let Some(_mount) = Mount::new(&place.folder(), &["-t", "tmpfs", "-o", "size=64k", "tmpfs"]) else {
            return;
        };
        fs::write(place.file(), OLD).unwrap();
        if link {
            fs::hard_link(place.file(), place.folder().join("second.yaml")).unwrap();
        }
        fs::write(place.folder().join("other"), &large).unwrap();
        let before = place.names();
        let outcome = save(&request(&place.file(), &large, Some(OLD)), &place.copies());
        assert_eq!(kind(&outcome), Err(ProblemKind::DiskFull), "linked: {link}");
        assert_eq!((place.text().as_str(), place.names()), (OLD, before));
        assert_eq!(names(&place.recovery()), [""; 0]);
    }
}

#[test]
fn a_file_that_is_really_mounted_and_a_file_system_that_is_really_read_only() {
    let place = Place::new();
    let source = place.dir.path().join("source.yaml");
    fs::write(&source, OLD).unwrap();
    if let Some(_mount) = Mount::new(&place.file(), &["--bind", source.to_str().unwrap()]) {
        let outcome = place.save();
        assert_eq!((kind(&outcome), notice(&outcome)), (Ok(()), Some(ProblemKind::Mounted)));
        assert_eq!(fs::read_to_string(&source).unwrap(), NEW);
    }
    assert_eq!(place.text(), OLD);
    if let Some(_mount) = Mount::new(&place.folder(), &["-t", "tmpfs", "-o", "ro", "tmpfs"]) {
        let outcome = save(&request(&place.file(), NEW, None), &place.copies());
        assert_eq!(kind(&outcome), Err(ProblemKind::ReadOnlyFileSystem));
    }
}

/// Fault 5, as far as it can be seen from outside: the content is on the disk before the name leads to it, and the
/// name is on the disk before we say that it is saved. Runs itself again under strace, where that is allowed.
#[test]
fn nothing_is_renamed_before_it_is_on_the_disk() {
    if let Some(place) = std::env::var_os("REGOSCOPE_TEST_TRACED").map(PathBuf::from) {
        let request = request(&place.join("work/pod.yaml"), NEW, Some(OLD));
        assert_eq!(kind(&save(&request, &Copies::Recovery(place.join("recovery")))), Ok(()));
        return;
    }
    for (make, expected) in [
        (Place::new as fn() -> Place, &["fsync", "rename", "fsync"][..]),
        // The copy and its folder; what is longer than before; the rest.
        (linked, &["rename", "fsync", "fsync", "fdatasync", "fsync"]),
    ] {
        let place = make();
        let output = Command::new("strace")
            .args(["-f", "-qq", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2"])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "nothing_is_renamed_before_it_is_on_the_disk"])
            .env("REGOSCOPE_TEST_TRACED", place.dir.path())
            .output();
        let trace = match output {
            Ok(output) if output.status.success() => String::from_utf8(output.stderr).unwrap(),
            _ => return,
        };
        let calls: Vec<_> = trace
            .lines()
            .filter_map(|line| {
                ["fsync", "fdatasync", "rename"]
                    .into_iter()
                    .find(|call| line.contains(&format!("{call}(")) || line.contains(&format!("{call}at")))
            })
            .collect();
        assert_eq!(calls, expected, "{trace}");
    }
}

// ---- reading --------------------------------------------------------------------------------------------------------

#[test]
fn reading_gives_the_bytes_as_they_are() {
    let place = Place::new();
    for bytes in [&b""[..], b"\xef\xbb\xbfa\r\nb\n\r", b"\xff\xfe\x00", b"no newline"] {
        fs::write(place.file(), bytes).unwrap();
        let text = disk::read(&place.file(), Role::Manifest).unwrap();
        assert_eq!((&*text.bytes, text.stamp), (bytes, disk::stamp(bytes)));
        assert!(!text.read_only);
    }
    for role in [Role::Policy, Role::Manifest] {
        let limit = usize::try_from(disk::size_limit(role)).unwrap();
        fs::write(place.file(), vec![b'x'; limit]).unwrap();
        assert!(disk::read(&place.file(), role).is_ok());
        fs::write(place.file(), vec![b'x'; limit + 1]).unwrap();
        assert_eq!(disk::read(&place.file(), role).unwrap_err().kind, ProblemKind::TooLarge);
    }
    let missing = disk::read(&place.folder().join("none"), Role::Policy).unwrap_err();
    assert_eq!(missing.kind, ProblemKind::NotFound);
}
