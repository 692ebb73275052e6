//! The files of a call: named ones, those of folders, and `-` for stdin.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::output::complain;
use crate::app::msg::{FileProblem, ProblemKind};
use crate::core::file::{FileId, Role};
use crate::core::policy::gatekeeper::is_policy;
use crate::core::policy::place::Lines;
use crate::report::NamedFile;
use crate::strings::{self, Lang, T};
use crate::work::{disk, load};

/// Larger files are not even read to their end, in MiB.
const MAX_MIB: u64 = 64;

/// The code of a file that cannot be read.
pub const UNREADABLE: &str = "unreadable-file";

/// The files of a call, in the order they were named.
#[derive(Default)]
pub struct Sources {
    /// What could be read, with what it is for.
    pub files: Vec<(NamedFile, Role)>,
    /// What could not.
    pub unreadable: Vec<Unreadable>,
    seen: HashSet<(PathBuf, Role)>,
    pub(super) lang: Lang,
}

/// A file or folder that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// As it is printed.
    pub name: String,
    /// What happened. It names the file, unless there is a place.
    pub message: String,
    /// 1-based line and column, if it is about a place.
    pub place: Option<(usize, usize)>,
    /// How many files were read before it.
    pub before: usize,
}

impl Sources {
    /// None yet. What cannot be read is told in this language.
    #[must_use]
    pub fn new(lang: Lang) -> Self {
        Self { lang, ..Self::default() }
    }

    /// Adds what a path means where files of one role are wanted.
    pub fn add(&mut self, path: &Path, role: Role) {
        // A folder of policies brings its data, as a bundle does and as the screen opens it.
        // A YAML file may hold templates of Gatekeeper: its text tells.
        let meant = |found: Role| {
            found == role || (role == Role::Policy && matches!(found, Role::Data | Role::Manifest))
        };
        self.add_path(path, Some(role), role == Role::Data, &meant);
    }

    /// Adds what a path means where policies, manifests and data are all welcome.
    pub fn add_any(&mut self, path: &Path) {
        self.add_path(path, None, false, &|_| true);
    }

    /// Adds a text that is not of a file.
    pub fn add_text(&mut self, name: &str, text: String, role: Role) {
        let file = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push((NamedFile { file, name: name.to_owned(), text }, role));
    }

    /// Adds the file with the old objects. It is that even if it is named as a manifest too.
    pub fn add_old(&mut self, path: &Path) -> Option<FileId> {
        let canonical = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let same = canonical(path);
        let is_same = |(file, role): &&(NamedFile, Role)| {
            *role == Role::Manifest && canonical(Path::new(&file.name)) == same
        };
        if let Some((known, _)) = self.files.iter().find(is_same) {
            return Some(known.file);
        }
        let before = self.files.len();
        self.read(path, Role::Manifest);
        self.files.get(before).map(|(file, _)| file.file)
    }

    /// Says on stderr what could not be read; whether there was any.
    pub fn complain(&self) -> bool {
        self.unreadable.iter().for_each(Unreadable::complain);
        !self.unreadable.is_empty()
    }

    fn add_path(&mut self, path: &Path, role: Option<Role>, data: bool, meant: &dyn Fn(Role) -> bool) {
        if path.as_os_str() == "-" {
            if self.seen.insert((path.to_owned(), Role::Manifest)) {
                self.push(path, role, read_to_end(&mut io::stdin().lock()));
            }
            return;
        }
        if !path.is_dir() {
            return self.read(path, role.unwrap_or_else(|| load::role_of(path)));
        }
        let (files, _, problems) = load::walk(path, data);
        for file in files.into_iter().filter(|file| meant(file.role)) {
            let before = self.files.len();
            self.read(&file.path, file.role);
            self.settle(before, role);
        }
        problems.iter().for_each(|problem| self.refuse(problem));
    }

    /// Of a folder, a YAML file that holds policies of Gatekeeper is a policy, whatever was looked for; where policies
    /// were looked for, other manifests are not wanted.
    fn settle(&mut self, at: usize, wanted: Option<Role>) {
        let Some((file, role)) = self.files.get_mut(at) else { return };
        if *role == Role::Manifest && is_policy(&file.text) {
            *role = Role::Policy;
        }
        let wanted = wanted.is_none_or(|wanted| match wanted {
            Role::Policy => *role != Role::Manifest,
            Role::Manifest => *role == Role::Manifest,
            Role::Data => true,
        });
        if !wanted {
            // It may be named again, as what it is.
            let same = std::fs::canonicalize(&file.name).unwrap_or_else(|_| PathBuf::from(&file.name));
            self.seen.retain(|(path, _)| *path != same);
            self.files.truncate(at);
        }
    }

    fn read(&mut self, path: &Path, role: Role) {
        let same = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if self.seen.insert((same, role)) {
            self.push(path, Some(role), File::open(path).and_then(|mut file| read_to_end(&mut file)));
        }
    }

    fn push(&mut self, path: &Path, role: Option<Role>, bytes: io::Result<Vec<u8>>) {
        let bytes = match bytes {
            Ok(bytes) if bytes.len() as u64 > MAX_MIB << 20 => {
                let detail = format!("> {MAX_MIB} MiB");
                return self.refuse(&disk::new_problem(path, ProblemKind::TooLarge, detail));
            }
            Ok(bytes) => bytes,
            Err(error) => return self.refuse(&disk::problem(path, &error)),
        };
        let name = path.display().to_string();
        match String::from_utf8(bytes) {
            Ok(text) => {
                let role = role.unwrap_or_else(|| role_by_text(&text));
                self.add_text(&name, text, role);
            }
            Err(error) => {
                let end = error.utf8_error().valid_up_to();
                let sound = String::from_utf8_lossy(error.as_bytes().get(..end).unwrap_or_default());
                let at = Lines::of(&sound).place(FileId(0), &sound, end..end);
                let message = T::SourceNotUtf8.fill(self.lang, &[("byte", &end)]);
                self.fail(name, message, Some((at.line, at.column)));
            }
        }
    }

    fn refuse(&mut self, problem: &FileProblem) {
        self.fail(problem.path.display().to_string(), strings::file_problem(problem, self.lang), None);
    }

    fn fail(&mut self, name: String, message: String, place: Option<(usize, usize)>) {
        self.unreadable.push(Unreadable { name, message, place, before: self.files.len() });
    }
}

impl Unreadable {
    /// Says it on stderr.
    pub fn complain(&self) {
        complain(&match self.place {
            None => self.message.clone(),
            Some((line, column)) => format!("{}:{line}:{column}: {}", self.name, self.message),
        });
    }
}

/// All there is, and one byte more than is taken.
fn read_to_end(source: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take((MAX_MIB << 20) + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Of stdin there is no name: a module begins with its package.
fn role_by_text(text: &str) -> Role {
    let first = text.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with('#'));
    let is_package = |line: &str| line.split_whitespace().next() == Some("package");
    if first.is_some_and(is_package) { Role::Policy } else { Role::Manifest }
}
