//! `regoscope lint`: what is wrong with policies and manifests, without a decision.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::judging::judge;
use super::output::{Color, Output, complain, to_stdout};
use super::sources::{Sources, UNREADABLE, Unreadable};
use crate::config::Settings;
use crate::core::diagnostics::{Diagnostic, Severity};
use crate::core::file::FileId;
use crate::core::policy::options::{Asked, JudgeOptions};
use crate::core::rego::target::Target;
use crate::report::lint::{self, Said};
use crate::report::text::Style;
use crate::strings::T;

/// Tell what is wrong with policies and manifests.
#[derive(Debug, Clone, clap::Args)]
pub struct LintArgs {
    /// Policies, manifests and data: files, folders, or `-` for stdin.
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// The OPA that the policies are written for.
    #[arg(long, value_name = "TARGET", value_parser = super::judging::target)]
    pub target: Option<Target>,
    /// Read Rego as before OPA 1.0.
    #[arg(long)]
    pub v0_compatible: bool,
    /// Unused imports and variables, too, and all else that OPA's strict mode refuses.
    #[arg(long)]
    pub strict: bool,
    /// What makes the exit code other than 0.
    #[arg(long, value_enum, value_name = "SEVERITY", hide_possible_values = true, default_value_t = FailOn::Error)]
    pub fail_on: FailOn,
    /// Text for people or JSON for programs.
    #[arg(short, long, value_enum, hide_possible_values = true, default_value_t = Output::Text)]
    pub output: Output,
    /// When to use colours.
    #[arg(long, value_enum, hide_possible_values = true, default_value_t = Color::Auto)]
    pub color: Color,
}

/// The least that makes the exit code other than 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
}

/// Reads and compiles in the child, prints. Exit code 2: there are errors; 1: there are warnings, and they were to count.
///
/// # Errors
/// The evaluator cannot be started, or stdout cannot be written.
pub fn run(args: &LintArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let lang = settings.lang;
    let mut sources = Sources::new(lang);
    args.paths.iter().for_each(|path| sources.add_any(path));
    if sources.files.is_empty() && sources.unreadable.is_empty() {
        complain(T::LintNothing.text(lang));
        return Ok(ExitCode::from(2));
    }
    let options = JudgeOptions {
        v0: args.v0_compatible,
        strict: args.strict,
        target: args.target.unwrap_or(settings.target),
        lint: true,
        ..JudgeOptions::default()
    };
    let evaluation = judge(&sources.files, Asked::default(), options, None, settings)?;
    let by_file: HashMap<FileId, Vec<Diagnostic>> = evaluation.diagnostics.into_iter().collect();
    let mut said: Vec<Said> = Vec::new();
    let mut unreadable = sources.unreadable.iter().peekable();
    for (number, (file, role)) in sources.files.iter().enumerate() {
        while let Some(before) = unreadable.next_if(|other| other.before <= number) {
            said.push(cannot_read(before));
        }
        let diagnostics = by_file.get(&file.file).map(Vec::as_slice).unwrap_or_default();
        said.extend(lint::of_file(file, *role, diagnostics));
    }
    said.extend(unreadable.map(cannot_read));
    let files = sources.files.len() + sources.unreadable.len();
    to_stdout(|out| match args.output {
        Output::Json => {
            serde_json::to_writer_pretty(&mut *out, &json!({ "diagnostics": said }))?;
            writeln!(out)
        }
        Output::Text => {
            let style = Style { color: args.color.wanted(), lang };
            out.write_all(lint::text(&said, files, style).as_bytes())
        }
    })?;
    Ok(ExitCode::from(match said.iter().map(|said| said.severity).max() {
        Some(Severity::Error) => 2,
        Some(Severity::Warning) if args.fail_on == FailOn::Warning => 1,
        _ => 0,
    }))
}

fn cannot_read(file: &Unreadable) -> Said {
    let (line, column) = file.place.unwrap_or((1, 1));
    Said {
        file: file.name.clone(),
        line,
        column,
        end_line: line,
        end_column: column,
        severity: Severity::Error,
        code: UNREADABLE.to_owned(),
        message: file.message.clone(),
        fix: None,
    }
}
