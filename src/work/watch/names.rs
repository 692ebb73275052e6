//! The names on the way to a file.
//!
//! A file changes for its reader when its own name is given to another file, as editors do, or when a link on the way
//! is turned elsewhere: a ConfigMap mount is updated by one rename of the link `..data`, and the file's own name is
//! never touched.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// As many as the kernel follows.
const MAX_LINKS: usize = 40;

/// Every link on the way to the file, and the file, each as a name in a folder that has no link in its path. Where the
/// way ends early, its last name is the one that is not there: its coming is what to wait for.
pub(super) fn on_the_way(path: &Path) -> Vec<PathBuf> {
    let Ok(path) = std::path::absolute(path) else { return Vec::new() };
    let mut names = Vec::new();
    let mut at = PathBuf::from("/");
    let mut rest: VecDeque<OsString> = parts(&path);
    let mut links = 0;
    while let Some(part) = rest.pop_front() {
        if part == ".." {
            at.pop();
            continue;
        }
        let next = at.join(&part);
        match std::fs::read_link(&next) {
            Ok(target) if links < MAX_LINKS => {
                links += 1;
                names.push(next);
                if target.is_absolute() {
                    at = PathBuf::from("/");
                }
                for part in parts(&target).into_iter().rev() {
                    rest.push_front(part);
                }
            }
            Ok(_) => {
                names.push(next);
                return names;
            }
            Err(_) if rest.is_empty() || next.symlink_metadata().is_err() => {
                names.push(next);
                return names;
            }
            Err(_) => at = next,
        }
    }
    names
}

fn parts(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter_map(|component| match component {
            Component::Normal(part) => Some(part.to_owned()),
            Component::ParentDir => Some("..".into()),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_way_through_a_config_map() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("..2026")).unwrap();
        std::fs::write(root.join("..2026/pod.yaml"), "").unwrap();
        symlink("..2026", root.join("..data")).unwrap();
        symlink("..data/pod.yaml", root.join("pod.yaml")).unwrap();
        let names: Vec<_> = ["pod.yaml", "..data", "..2026/pod.yaml"].map(|name| root.join(name)).into();
        assert_eq!(on_the_way(&root.join("pod.yaml")), names);
    }

    #[test]
    fn the_way_ends_where_nothing_is_and_in_a_loop() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        assert_eq!(on_the_way(&root.join("a/b/c.rego")), [root.join("a")]);
        symlink("two", root.join("one")).unwrap();
        symlink("one", root.join("two")).unwrap();
        assert!(on_the_way(&root.join("one")).len() <= MAX_LINKS + 1);
        symlink("../no/where", root.join("up")).unwrap();
        let up = root.parent().unwrap().join("no");
        assert_eq!(on_the_way(&root.join("up")), [root.join("up"), up]);
    }
}
