//! `regoscope test`: unit tests of policies, as `opa test` runs them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use super::eval::add;
use super::judging::judge;
use super::output::{complain, to_stdout};
use super::sources::Sources;
use super::world::WorldArgs;
use crate::config::Settings;
use crate::core::policy::options::{Asked, JudgeOptions};
use crate::core::policy::testing::{Outcome, TestOptions};
use crate::report::NamedFile;
use crate::report::eval::Said;
use crate::report::test::{self, Names};

/// Run the unit tests of policies.
#[derive(Debug, Clone, clap::Args)]
pub struct TestArgs {
    /// Policies with their tests, and YAML or JSON that becomes `data`: files or folders.
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Only tests whose full name (`data.p_test.test_x`) this regular expression matches.
    #[arg(short, long, value_name = "REGEX", default_value = "")]
    pub run: String,
    /// Tests that pass too, and where the others failed, with the values there.
    #[arg(short, long)]
    pub verbose: bool,
    /// The form of the results.
    #[arg(short, long, value_enum, hide_possible_values = true, default_value_t = Form::Pretty)]
    pub format: Form,
    /// How long one test may take.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    pub timeout: Duration,
    /// Read Rego as before OPA 1.0.
    #[arg(long)]
    pub v0_compatible: bool,
    /// The time and the mocks.
    #[command(flatten)]
    pub world: WorldArgs,
}

/// The form of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Pretty,
    Json,
}

/// `500ms`, `5s`, `2m`
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err("500ms, 5s, 2m".to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| "500ms, 5s, 2m".to_owned())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|error| error.to_string())
}

/// Runs, prints. Exit code 0: all passed. 2: a test failed, was skipped or had an error.
/// 1: the files could not be loaded.
///
/// # Errors
/// The evaluator cannot be started or was stopped, or stdout cannot be written.
pub fn run(args: &TestArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let lang = settings.lang;
    let mut sources = Sources::new(lang);
    args.paths.iter().for_each(|path| add(&mut sources, path));
    if sources.complain() {
        return Ok(ExitCode::from(1));
    }
    let tests =
        TestOptions { run: args.run.clone(), explain: args.verbose, strict: true, ..TestOptions::default() };
    let mut options = JudgeOptions { v0: args.v0_compatible, tests: Some(tests), ..JudgeOptions::default() };
    if !args.world.apply(args.paths.iter(), &mut options) {
        return Ok(ExitCode::from(1));
    }
    let evaluation = judge(&sources.files, Asked::default(), options, Some(args.timeout), settings)?;
    let run = evaluation.tests.unwrap_or_default();
    let files: Vec<NamedFile> = sources.files.iter().map(|(file, _)| file.clone()).collect();
    if !run.failures.is_empty() {
        run.failures.iter().for_each(|failure| complain(&Said::new(failure, &files, lang).line()));
        return Ok(ExitCode::from(1));
    }
    let names = Names { files: &files, lang };
    to_stdout(|out| {
        out.write_all(
            match args.format {
                Form::Pretty => test::pretty(&run, args.verbose, names),
                Form::Json => test::json(&run, names),
            }
            .as_bytes(),
        )
    })?;
    let passed = run.results.iter().all(|result| result.outcome == Outcome::Pass);
    Ok(ExitCode::from(if passed { 0 } else { 2 }))
}
