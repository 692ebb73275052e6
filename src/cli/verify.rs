//! `regoscope verify`: suites of Gatekeeper's templates and constraints, as `gator verify` runs them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use super::judging::judge;
use super::output::{Output, complain, to_stdout};
use super::test::time;
use crate::app::msg::ProblemKind;
use crate::config::Settings;
use crate::core::policy::gatekeeper::suite::{self, Filter, Job};
use crate::core::policy::options::{Asked, JudgeOptions};
use crate::report::verify;
use crate::strings::{self, Lang, T};
use crate::work::disk;

/// Run suites of Gatekeeper's policies.
#[derive(Debug, Clone, clap::Args)]
pub struct VerifyArgs {
    /// Suites: files, folders, or `FOLDER/...` for all folders below too.
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<String>,
    /// Only tests and cases whose name matches: a regular expression, or two with `//` between.
    #[arg(short, long, value_name = "REGEX", default_value = "")]
    pub run: String,
    /// Also what passes or is skipped, and what policies print.
    #[arg(short, long)]
    pub verbose: bool,
    /// Text for people or JSON for programs.
    #[arg(short, long, value_enum, hide_possible_values = true, default_value_t = Output::Text)]
    pub output: Output,
    /// How long one case may take.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    pub timeout: Duration,
}

/// A larger suite or file of one is not read, in bytes.
const MAX_BYTES: u64 = 5 << 20;

/// Runs, prints. Exit code 0: all passed; 1: something failed, or could not be run or read.
///
/// # Errors
/// The evaluator cannot be started or was stopped, or stdout cannot be written.
pub fn run(args: &VerifyArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    if let Err(words) = Filter::read(&args.run) {
        complain(&words);
        return Ok(ExitCode::from(1));
    }
    let mut found =
        Found { job: Job { run: args.run.clone(), ..Job::default() }, ..Found::of(settings.lang) };
    args.paths.iter().for_each(|path| found.add(path));
    found.read_files();
    let sound = !found.failed;
    let options = JudgeOptions { suites: Some(found.job), ..JudgeOptions::default() };
    let evaluation = judge(&[], Asked::default(), options, Some(args.timeout), settings)?;
    let suites = evaluation.suites.unwrap_or_default();
    let passed = sound && !suites.iter().any(suite::SuiteResult::fails);
    to_stdout(|out| {
        out.write_all(
            match args.output {
                Output::Text => verify::text(&suites, passed, args.verbose, settings.lang),
                Output::Json => verify::json(&suites, settings.lang),
            }
            .as_bytes(),
        )
    })?;
    Ok(ExitCode::from(u8::from(!passed)))
}

/// The suites of a call, with the files that they name.
#[derive(Default)]
struct Found {
    job: Job,
    seen: BTreeSet<PathBuf>,
    failed: bool,
    lang: Lang,
}

impl Found {
    fn of(lang: Lang) -> Self {
        Self { lang, ..Self::default() }
    }

    /// Adds the suites of a path, in the order of their names.
    fn add(&mut self, path: &str) {
        let (path, recursive) =
            match path.strip_suffix("...").filter(|rest| rest.is_empty() || rest.ends_with('/')) {
                Some("") => (".", true),
                Some(rest) => (rest, true),
                None => (path, false),
            };
        let before = self.job.suites.len();
        let mut files = Vec::new();
        if Path::new(path).is_dir() {
            self.list(path, recursive, &mut files);
        } else if recursive {
            self.fail(&T::VerifyNotRecursive.fill(self.lang, &[("path", &path)]));
        } else if !is_yaml(path) {
            let extension = Path::new(path).extension().unwrap_or_default().to_string_lossy();
            let dot = if extension.is_empty() { "" } else { "." };
            self.fail(&format!("unsupported extension: \"{dot}{extension}\""));
        } else {
            files.push(path.to_owned());
        }
        files.sort();
        for file in files {
            match read(&file, self.lang) {
                Err(words) => self.fail(&words),
                Ok(text) => {
                    let same = std::fs::canonicalize(&file).unwrap_or_else(|_| PathBuf::from(&file));
                    if suite::read(&file, &text, self.lang).is_some() && self.seen.insert(same) {
                        self.job.suites.push((file, text));
                    }
                }
            }
        }
        if self.job.suites.len() == before && !self.failed {
            // gator passes in silence; whoever mistyped a path would like to know.
            complain(&T::VerifyNoSuite.fill(self.lang, &[("path", &path)]));
        }
    }

    fn list(&mut self, folder: &str, recursive: bool, files: &mut Vec<String>) {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                let problem = disk::problem(Path::new(folder), &error);
                return self.fail(&strings::file_problem(&problem, self.lang));
            }
        };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let slash = if folder.ends_with('/') { "" } else { "/" };
            let path = if folder == "." { name } else { format!("{folder}{slash}{name}") };
            // A link to a folder is not followed: it could lead in circles.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if recursive {
                    self.list(&path, true, files);
                }
            } else if is_yaml(&path) && Path::new(&path).is_file() {
                files.push(path);
            }
        }
    }

    /// Reads every file that the suites name.
    fn read_files(&mut self) {
        for (name, text) in &self.job.suites {
            let Some(Ok(suite)) = suite::read(name, text, self.lang) else { continue };
            for path in suite.paths().map(|path| suite::join(name, path)) {
                let std::collections::btree_map::Entry::Vacant(entry) = self.job.files.entry(path) else {
                    continue;
                };
                match read_bytes(entry.key()) {
                    Ok(text) => drop(entry.insert(Ok(text))),
                    // What is not among the files does not exist.
                    Err(Unread::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(Unread::Io(error)) => drop(entry.insert(Err(error.to_string()))),
                    Err(Unread::TooLarge) => drop(entry.insert(Err(too_large()))),
                }
            }
        }
    }

    fn fail(&mut self, words: &str) {
        complain(words);
        self.failed = true;
    }
}

fn too_large() -> String {
    format!("> {} MiB", MAX_BYTES >> 20)
}

fn is_yaml(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// Why there is no text.
enum Unread {
    Io(std::io::Error),
    TooLarge,
}

fn read_bytes(path: &str) -> Result<String, Unread> {
    let found = std::fs::metadata(path).map_err(Unread::Io)?;
    if found.len() > MAX_BYTES {
        return Err(Unread::TooLarge);
    }
    std::fs::read_to_string(path).map_err(Unread::Io)
}

fn read(path: &str, lang: Lang) -> Result<String, String> {
    let named = Path::new(path);
    read_bytes(path).map_err(|unread| {
        let problem = match unread {
            Unread::Io(error) => disk::problem(named, &error),
            Unread::TooLarge => disk::new_problem(named, ProblemKind::TooLarge, too_large()),
        };
        strings::file_problem(&problem, lang)
    })
}
