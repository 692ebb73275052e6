//! `regoscope fmt`: policies laid out as `opa fmt` does.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use similar::TextDiff;

use super::output::{complain, to_stdout};
use super::sources::Sources;
use crate::app::effect::Save;
use crate::config::Settings;
use crate::core::display_safe::display_safe;
use crate::core::file::{Revision, Role, is_yaml};
use crate::core::policy::place::Lines;
use crate::core::rego::format::{FormatError, FormatOptions, Target, format};
use crate::core::text::{FileFormat, Snapshot};
use crate::report::NamedFile;
use crate::strings::{self, Lang, T};
use crate::work::disk;
use crate::work::save::{Copies, save};

/// Lay policies out as OPA does.
#[derive(Debug, Clone, clap::Args)]
pub struct FmtArgs {
    /// Policies: files, folders, or `-` for stdin, which is read too if there is none.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write the formatted text to the files.
    #[arg(short, long)]
    pub write: bool,
    /// Print the names of the files that would change.
    #[arg(short, long)]
    pub list: bool,
    /// Print what would change.
    #[arg(short, long)]
    pub diff: bool,
    /// Exit code 2 if a file would change.
    #[arg(long)]
    pub fail: bool,
    /// Read and write Rego as before OPA 1.0.
    #[arg(long)]
    pub v0_compatible: bool,
    /// Read Rego as before OPA 1.0 and write what both read.
    #[arg(long, conflicts_with = "v0_compatible")]
    pub v0_v1: bool,
    /// Drop imports that OPA 1.0 made needless.
    #[arg(long)]
    pub drop_v0_imports: bool,
}

/// Formats, and prints or writes. Exit code 2: a file could not be formatted or written, or would change and was not
/// to.
///
/// # Errors
/// Stdout cannot be written.
pub fn run(args: &FmtArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let lang = settings.lang;
    let mut sources = Sources::new(lang);
    let stdin = [PathBuf::from("-")];
    let paths = if args.paths.is_empty() { &stdin } else { args.paths.as_slice() };
    paths.iter().for_each(|path| sources.add(path, Role::Policy));
    let mut failed = sources.complain();
    let target = match (args.v0_compatible, args.v0_v1) {
        (true, _) => Target::V0,
        (_, true) => Target::V0V1,
        _ => Target::V1,
    };
    let options = FormatOptions { target, drop_v0_imports: args.drop_v0_imports };
    let is_rego = |(file, role): &&(NamedFile, Role)| *role == Role::Policy && !is_yaml(&file.name);
    for (file, _) in sources.files.iter().filter(is_rego) {
        let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
        match format(text, options) {
            Ok(formatted) => {
                let changed = formatted != file.text;
                failed |= args.fail && changed;
                failed |= !give(args, file, &formatted, changed, lang)?;
            }
            Err(error) => {
                failed = true;
                complain_of(file, text, &error, lang);
            }
        }
    }
    Ok(if failed { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// Prints or writes one file as it was asked for; whether it could be written.
fn give(
    args: &FmtArgs,
    file: &NamedFile,
    formatted: &str,
    changed: bool,
    lang: Lang,
) -> std::io::Result<bool> {
    if args.list && changed {
        to_stdout(|out| writeln!(out, "{}", display_safe(&file.name)))?;
    }
    if args.diff && changed {
        let diff = TextDiff::from_lines(file.text.as_str(), formatted);
        let diff = diff.unified_diff().header(&file.name, &file.name).to_string();
        to_stdout(|out| out.write_all(display_safe(&diff).as_bytes()))?;
    }
    if args.write && changed && file.name != "-" {
        return Ok(write(file, formatted, lang));
    }
    if !args.list && !args.diff && !args.write {
        // Text that is piped into a file stays as it is.
        to_stdout(|out| out.write_all(formatted.as_bytes()))?;
    }
    Ok(true)
}

/// Writes a file if it is still the one that was read.
fn write(file: &NamedFile, formatted: &str, lang: Lang) -> bool {
    let request = Save {
        file: file.file,
        path: Path::new(&file.name).to_owned(),
        revision: Revision(0),
        text: Snapshot::from(formatted),
        format: FileFormat::default(),
        expected: Some(disk::stamp(file.text.as_bytes())),
        overwrite: false,
    };
    match save(&request, &Copies::Off).result {
        Ok(_) => true,
        Err(problem) => {
            complain(&strings::file_problem(&problem, lang));
            false
        }
    }
}

fn complain_of(file: &NamedFile, text: &str, error: &FormatError, lang: Lang) {
    let lines = Lines::of(text);
    match error {
        FormatError::Syntax(errors) => {
            for error in errors {
                let diagnostic = error.diagnostic(text);
                let place = lines.place(file.file, text, diagnostic.range);
                let (line, column, message) = (place.line, place.column, diagnostic.message);
                complain(&format!("{}:{line}:{column}: {}: {message}", file.name, diagnostic.code));
            }
        }
        FormatError::Refused { code, message, row } => {
            complain(&format!("{}:{row}:1: {code}: {message}", file.name));
        }
        FormatError::Unfaithful => {
            complain(&format!("{}: {}", file.name, T::FormatUnfaithful.text(lang)));
        }
    }
}
