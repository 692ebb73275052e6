//! Which files a command line means, and what each is for.
//!
//! A file that is named is taken as it is. A folder is walked: policies (`.rego`), data (`data.json`, `data.yaml`) and
//! manifests (other `.yaml`, `.yml`, `.json`) in it, in the order of their names; not what is hidden, nor what `.gitignore` or `.regoscopeignore` names.
//! Links to files are followed (a ConfigMap mount has nothing else), links to folders are not. The system is only asked
//! what things are; nothing is opened here.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::app::msg::{FileProblem, ProblemKind};
use crate::core::file::Role;
use crate::core::policy::outside;
use crate::work::disk;

/// A folder that holds more is not read to its end.
pub const MAX_POLICIES: usize = 2_000;
/// The same for manifests and data.
pub const MAX_OTHERS: usize = 20_000;
/// The most folders that are entered.
pub const MAX_FOLDERS: usize = 20_000;

/// A file name that says which files of a folder are not read, as `.gitignore` does.
pub const IGNORE_FILE: &str = ".regoscopeignore";

/// One file of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As it was given, or as it was given for its folder.
    pub path: PathBuf,
    pub role: Role,
    /// Named by the user, not found in a folder.
    pub named: bool,
}

/// A folder that was walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    pub path: PathBuf,
    /// Given as data.
    pub data: bool,
    /// It and every folder under it that was entered.
    pub entered: BTreeSet<PathBuf>,
}

/// What a command line means.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In the order of the arguments, each file once.
    pub files: Vec<Found>,
    pub folders: Vec<Folder>,
    /// What could not be listed.
    pub problems: Vec<FileProblem>,
}

/// What a file is for, by its name: `data.json` and `data.yaml` are data, as in OPA's bundles. A name that says nothing
/// is a manifest's.
#[must_use]
pub fn role_of(path: &Path) -> Role {
    Role::by_name(path).unwrap_or(Role::Manifest)
}

/// The role of a file in a walked folder; `None` if it has none.
pub(crate) fn role_in(folder_is_data: bool, path: &Path) -> Option<Role> {
    // Answers of builtins are no part of what is judged.
    if path.file_name().is_some_and(|name| name == outside::FILE) {
        return None;
    }
    match (Role::by_name(path)?, folder_is_data) {
        (Role::Policy, true) => None,
        (_, true) => Some(Role::Data),
        (role, false) => Some(role),
    }
}

/// Lists files and folders; those of `data` become data. A path that is not there is listed: reading it tells.
#[must_use]
pub fn list(paths: &[PathBuf], data: &[PathBuf]) -> Listing {
    let mut listing = Listing::default();
    let mut seen = HashSet::new();
    let all = paths.iter().map(|path| (path, false)).chain(data.iter().map(|path| (path, true)));
    for (path, is_data) in all {
        if path.is_dir() {
            let (files, folder, problems) = walk(path, is_data);
            listing.files.extend(files.into_iter().filter(|file| seen.insert(identity(&file.path))));
            listing.folders.push(folder);
            listing.problems.extend(problems);
        } else if seen.insert(identity(path)) {
            let role = if is_data { Role::Data } else { role_of(path) };
            listing.files.push(Found { path: path.clone(), role, named: true });
        }
    }
    listing
}

/// Two spellings of one path are one file; a link and its target are two.
fn identity(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// The files of one folder, the folders that were entered, and what could not be read.
pub(crate) fn walk(root: &Path, is_data: bool) -> (Vec<Found>, Folder, Vec<FileProblem>) {
    let mut folder = Folder { path: root.to_owned(), data: is_data, entered: BTreeSet::new() };
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    let (mut policies, mut others) = (0, 0);
    let walk = WalkBuilder::new(root)
        .add_custom_ignore_filename(IGNORE_FILE)
        // A folder that was copied without its `.git` is the same folder.
        .require_git(false)
        .git_global(false)
        .sort_by_file_name(OsStr::cmp)
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                problems.push(walk_problem(root, error));
                continue;
            }
        };
        let path = strip_dot(root, entry.path());
        let Some(kind) = entry.file_type() else { continue };
        if kind.is_dir() || entry.depth() == 0 {
            folder.entered.insert(path);
            if folder.entered.len() >= MAX_FOLDERS {
                problems.push(too_many(root, MAX_FOLDERS));
                break;
            }
            continue;
        }
        let Some(role) = role_in(is_data, &path) else { continue };
        // Of what is not a plain file only links count, and only those to a file.
        let is_file = kind.is_file() || (kind.is_symlink() && entry.path().is_file());
        if !is_file {
            continue;
        }
        let (count, limit) = match role {
            Role::Policy => (&mut policies, MAX_POLICIES),
            Role::Manifest | Role::Data => (&mut others, MAX_OTHERS),
        };
        *count += 1;
        if *count <= limit {
            files.push(Found { path, role, named: false });
        } else if *count == limit + 1 {
            problems.push(too_many(root, limit));
        }
    }
    (files, folder, problems)
}

fn too_many(root: &Path, limit: usize) -> FileProblem {
    disk::new_problem(root, ProblemKind::TooMany, limit.to_string())
}

fn walk_problem(root: &Path, error: ignore::Error) -> FileProblem {
    let path = match &error {
        ignore::Error::WithPath { path, .. } => path.clone(),
        ignore::Error::WithDepth { err, .. } => match err.as_ref() {
            ignore::Error::WithPath { path, .. } => path.clone(),
            _ => root.to_owned(),
        },
        _ => root.to_owned(),
    };
    let detail = error.to_string();
    match error.into_io_error() {
        Some(error) => disk::problem(&path, &error),
        None => disk::new_problem(&path, ProblemKind::Other, detail),
    }
}

/// `regoscope .` should show `pod.yaml`, not `./pod.yaml`.
fn strip_dot(root: &Path, path: &Path) -> PathBuf {
    if root == Path::new(".") {
        path.strip_prefix("./").ok().filter(|path| !path.as_os_str().is_empty()).unwrap_or(path).to_owned()
    } else {
        path.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A folder with these files; a name that ends in `/` is an empty folder, `a -> b` a link.
    fn folder(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            let (name, target) = name.split_once(" -> ").map_or((*name, None), |(name, to)| (name, Some(to)));
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match target {
                Some(target) => std::os::unix::fs::symlink(target, path).unwrap(),
                None if name.ends_with('/') => fs::create_dir_all(path).unwrap(),
                None => fs::write(path, if name.ends_with("ignore") { "ignored*\n" } else { "" }).unwrap(),
            }
        }
        dir
    }

    /// What a listing has, one line each, paths from the folder on.
    fn shown(dir: &tempfile::TempDir, listing: &Listing) -> String {
        let line = |file: &Found| {
            let path = file.path.strip_prefix(dir.path()).unwrap_or(&file.path);
            format!("{} {:?}{}\n", path.display(), file.role, if file.named { " named" } else { "" })
        };
        let problems = listing.problems.iter().map(|problem| format!("{:?}\n", problem.kind));
        listing.files.iter().map(line).chain(problems).collect()
    }

    #[test]
    fn a_folder_gives_policies_and_manifests_in_the_order_of_their_names() {
        let dir = folder(&[
            "b.yaml",
            "a.rego",
            "c.yml",
            "d.json",
            "E.YAML",
            "notes.txt",
            "Makefile",
            "sub/z.rego",
            "sub/a.yaml",
            ".hidden.yaml",
            ".git/config.yaml",
            "ignored.rego",
            "sub/ignored-too/x.rego",
            ".gitignore",
            "empty/",
            "more/kept.rego",
            "more/.regoscopeignore",
            "more/ignored.yaml",
        ]);
        let listing = list(&[dir.path().to_owned()], &[]);
        insta::assert_snapshot!(shown(&dir, &listing), @r"
        E.YAML Manifest
        a.rego Policy
        b.yaml Manifest
        c.yml Manifest
        d.json Manifest
        more/kept.rego Policy
        sub/a.yaml Manifest
        sub/z.rego Policy
        ");
        assert_eq!(listing.folders[0].entered.len(), 4);
    }

    #[test]
    fn links_to_files_are_followed_and_links_to_folders_are_not() {
        let dir = folder(&[
            "..2026/pod.yaml",
            "..data -> ..2026",
            "pod.yaml -> ..data/pod.yaml",
            "real/a.rego",
            "again -> real",
            "up -> ..",
            "gone.yaml -> nowhere",
            "round.yaml -> round.yaml",
            "zero.yaml -> /dev/zero",
        ]);
        let listing = list(&[dir.path().to_owned()], &[]);
        insta::assert_snapshot!(shown(&dir, &listing), @r"
        pod.yaml Manifest
        real/a.rego Policy
        ");
        // The link itself was named.
        let again = list(&[dir.path().join("again")], &[]);
        insta::assert_snapshot!(shown(&dir, &again), @"again/a.rego Policy");
    }

    #[test]
    fn what_is_named_is_taken_as_it_is_and_once() {
        let dir = folder(&[
            "ignored.rego",
            ".gitignore",
            ".hidden.yaml",
            "pod.txt",
            "sub/a.rego",
            "gone -> nowhere",
        ]);
        let at = |name: &str| dir.path().join(name);
        let paths =
            ["pod.txt", "ignored.rego", ".hidden.yaml", "missing.rego", "gone", "sub", "sub/../sub/a.rego"];
        let listing = list(&paths.map(at), &[]);
        insta::assert_snapshot!(shown(&dir, &listing), @r"
        pod.txt Manifest named
        ignored.rego Policy named
        .hidden.yaml Manifest named
        missing.rego Policy named
        gone Manifest named
        sub/a.rego Policy
        ");
    }

    #[test]
    fn what_is_given_as_data_is_data() {
        let dir = folder(&["pod.yaml", "data/a.json", "data/b.rego", "values.yaml"]);
        let at = |name: &str| dir.path().join(name);
        let listing = list(&[at("pod.yaml")], &[at("data"), at("values.yaml"), at("pod.yaml")]);
        insta::assert_snapshot!(shown(&dir, &listing), @r"
        pod.yaml Manifest named
        data/a.json Data
        values.yaml Data named
        ");
    }

    #[test]
    fn a_folder_with_too_many_policies_is_cut_and_says_so() {
        let dir = folder(&[]);
        for index in 0..MAX_POLICIES + 2 {
            fs::write(dir.path().join(format!("{index}.rego")), "").unwrap();
        }
        fs::write(dir.path().join("z.yaml"), "").unwrap();
        let listing = list(&[dir.path().to_owned()], &[]);
        assert_eq!(listing.files.len(), MAX_POLICIES + 1, "the manifest is there all the same");
        assert_eq!(listing.problems.len(), 1);
        assert_eq!(
            (listing.problems[0].kind, listing.problems[0].detail.as_str()),
            (ProblemKind::TooMany, "2000")
        );
    }

    #[test]
    fn the_folder_we_are_in_is_not_named() {
        assert_eq!(strip_dot(Path::new("."), Path::new("./a/b.rego")), Path::new("a/b.rego"));
        assert_eq!(strip_dot(Path::new("."), Path::new(".")), Path::new("."));
        assert_eq!(strip_dot(Path::new("./x"), Path::new("./x/b.rego")), Path::new("./x/b.rego"));
    }
}
