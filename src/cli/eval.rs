//! `regoscope eval`: a query on policies, data and an input, as `opa eval` answers it.

use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::judging::judge;
use super::output::{complain, to_stdout};
use super::sources::Sources;
use super::world::WorldArgs;
use crate::config::Settings;
use crate::core::decision::answer::Failure;
use crate::core::file::Role;
use crate::core::manifest;
use crate::core::policy::options::{Asked, JudgeOptions};
use crate::core::policy::query::Query;
use crate::core::rego::target::Target;
use crate::report::NamedFile;
use crate::report::eval::{self, Said};
use crate::strings::{Lang, T};

/// Ask policies a question.
#[derive(Debug, Clone, clap::Args)]
pub struct EvalArgs {
    /// Statements, as in the body of a rule.
    #[arg(value_name = "QUERY")]
    pub query: String,
    /// Policies, and YAML or JSON that becomes `data`: files or folders. Can be given several times.
    #[arg(short, long, value_name = "PATH")]
    pub data: Vec<PathBuf>,
    /// YAML or JSON that becomes `input`: a file, or `-` for stdin.
    #[arg(short, long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// The OPA that the policies are written for.
    #[arg(long, value_name = "TARGET", value_parser = super::judging::target)]
    pub target: Option<Target>,
    /// The time and the mocks.
    #[command(flatten)]
    pub world: WorldArgs,
    /// Read Rego as before OPA 1.0.
    #[arg(long)]
    pub v0_compatible: bool,
    /// Errors of builtins are errors, and not undefined.
    #[arg(long)]
    pub strict_builtin_errors: bool,
    /// The form of the answer.
    #[arg(short, long, value_enum, hide_possible_values = true, default_value_t = Form::Json)]
    pub format: Form,
}

/// The form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Json,
    Pretty,
    Raw,
}

/// Asks, prints. Exit code 2: an error, or something that cannot be judged as OPA does.
///
/// # Errors
/// The evaluator cannot be started or was stopped, or stdout cannot be written.
pub fn run(args: &EvalArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let lang = settings.lang;
    let mut sources = Sources::new(lang);
    args.data.iter().for_each(|path| add(&mut sources, path));
    let mut input = Sources::new(lang);
    args.input.iter().for_each(|path| input.add(path, Role::Data));
    if sources.complain() | input.complain() {
        return Ok(ExitCode::from(2));
    }
    let files: Vec<NamedFile> = sources.files.iter().map(|(file, _)| file.clone()).collect();
    let answer = match input.files.first().map(|(file, _)| read_input(file, lang)).transpose() {
        Err(said) => Err(vec![said]),
        Ok(input) => {
            let query = Query { text: args.query.clone(), input, strict: args.strict_builtin_errors };
            let mut options = JudgeOptions {
                v0: args.v0_compatible,
                target: args.target.unwrap_or(settings.target),
                query: Some(query),
                ..JudgeOptions::default()
            };
            if !args.world.apply(args.data.iter(), &mut options) {
                return Ok(ExitCode::from(2));
            }
            let evaluation = judge(&sources.files, Asked::default(), options, None, settings)?;
            let said = |failures: Vec<Failure>| {
                failures.iter().map(|failure| Said::new(failure, &files, lang)).collect::<Vec<_>>()
            };
            evaluation.answer.unwrap_or_else(|| Ok(Vec::new())).map_err(said)
        }
    };
    if let (Err(errors), Form::Pretty | Form::Raw) = (&answer, args.format) {
        errors.iter().for_each(|error| complain(&error.line()));
        return Ok(ExitCode::from(2));
    }
    to_stdout(|out| {
        out.write_all(
            match args.format {
                Form::Json => eval::json(&answer),
                Form::Pretty => eval::pretty(answer.as_deref().unwrap_or_default()),
                Form::Raw => eval::raw(answer.as_deref().unwrap_or_default()),
            }
            .as_bytes(),
        )
    })?;
    Ok(ExitCode::from(if answer.is_err() { 2 } else { 0 }))
}

/// Adds a path as `opa eval -d` reads it: what is no Rego is data, and in a folder it stands below the names of the
/// folders it is in.
pub(super) fn add(sources: &mut Sources, path: &Path) {
    if !path.is_dir() {
        let is_rego = path.extension().is_some_and(|end| end == "rego");
        return sources.add(path, if is_rego { Role::Policy } else { Role::Data });
    }
    let before = sources.files.len();
    sources.add(path, Role::Policy);
    sources.add(path, Role::Data);
    for (file, _) in sources.files.iter_mut().skip(before).filter(|(_, role)| *role == Role::Data) {
        // The names of files in `.` do not begin with it.
        let name = Path::new(&file.name);
        let Some(folder) = name.strip_prefix(path).unwrap_or(name).parent() else { continue };
        let names: Vec<String> = folder
            .components()
            .filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
                _ => None,
            })
            .collect();
        // A text with an error stays as it is: the error is told at its place.
        if !names.is_empty()
            && let Ok(value) = read_value(&file.text)
        {
            file.text = names.into_iter().rev().fold(value, |value, name| json!({ name: value })).to_string();
        }
    }
}

fn read_input(file: &NamedFile, lang: Lang) -> Result<Value, Said> {
    read_value(&file.text).map_err(|fault| {
        let (at, message) = match fault {
            Some(fault) => {
                let diagnostic = fault.diagnostic(lang);
                (diagnostic.range.start, diagnostic.message)
            }
            None => (0, T::EvalOneInput.text(lang).to_owned()),
        };
        Said::at_file(&file.name, &file.text, at, message)
    })
}

/// The one document of a text.
fn read_value(text: &str) -> Result<Value, Option<manifest::Fault>> {
    let read = manifest::read(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut documents = read.documents.into_iter();
    match (documents.next(), documents.next()) {
        (None, _) => Ok(Value::Null),
        (Some(only), None) => match only.faults.into_iter().next() {
            Some(fault) => Err(Some(fault)),
            None => Ok(only.value.unwrap_or_default()),
        },
        (Some(_), Some(_)) => Err(None),
    }
}
