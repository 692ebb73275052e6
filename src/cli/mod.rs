//! The command line: the arguments, one file for each subcommand, and what they have in common.
//!
//! The words of `--help` are in `strings`, so that they come in both languages; `words` puts them in.

pub mod asked;
pub mod check;
pub mod conftest;
pub mod docs;
pub mod dry_run;
pub mod eval;
pub mod fmt;
mod init;
pub mod inspect;
mod judging;
pub mod lint;
mod open;
pub mod output;
mod sources;
pub mod test;
pub mod verify;
mod words;
mod world;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::app::command::Command;
use crate::config::{Config, Environment, Flags, Glyphs, Language, Settings, SettingsError, Theme, load};
use crate::core::display_safe::{display_safe, one_line};
use crate::strings::Lang;
use crate::work::evaluator;

/// The arguments of the program.
#[derive(Debug, Parser)]
#[command(name = "regoscope", version, disable_help_flag = true, disable_version_flag = true)]
#[command(
    override_usage = "regoscope [OPTIONS] [PATH]...\n       regoscope COMMAND ...",
    max_term_width = 100
)]
struct Cli {
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[arg(long, value_name = "THEME", hide_possible_values = true)]
    theme: Option<Theme>,
    #[arg(long, value_name = "GLYPHS", hide_possible_values = true)]
    glyphs: Option<Glyphs>,
    #[arg(long)]
    no_recovery: bool,
    #[command(flatten)]
    world: world::WorldArgs,
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Option<Subcommands>,
}

/// The options that every command takes.
#[derive(Debug, Args)]
struct Common {
    #[arg(long, global = true, value_name = "LANGUAGE", hide_possible_values = true)]
    lang: Option<Language>,
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "FILE")]
    log: Option<PathBuf>,
    #[arg(short, long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum Subcommands {
    Check(Box<check::CheckArgs>),
    Inspect(inspect::InspectArgs),
    Lint(lint::LintArgs),
    Eval(eval::EvalArgs),
    Test(test::TestArgs),
    Verify(verify::VerifyArgs),
    Fmt(fmt::FmtArgs),
    DryRun(dry_run::DryRunArgs),
    Init(init::Init),
    #[command(hide = true)]
    Man,
    #[command(hide = true)]
    Completions(docs::Completions),
}

/// Runs the program with these arguments, the first of which is its name.
///
/// # Errors
/// Whatever ends the program early; `main` prints it and exits with 2.
pub fn main(args: impl Iterator<Item = OsString>) -> anyhow::Result<ExitCode> {
    let args: Vec<OsString> = args.collect();
    if args.get(1).is_some_and(|first| first == evaluator::ARGUMENT) {
        return Ok(evaluator::run_child(args.into_iter().skip(2)));
    }
    let environment = Environment::read(|name| std::env::var(name).ok());
    let command = words::command(Cli::command(), words::help_lang(&args, &environment));
    let matches = match command.try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(message) => {
            // Help and version are "errors" of clap too, with exit code 0. A closed pipe is no reason to complain.
            let _ = if message.use_stderr() {
                // It quotes arguments, which can be file names from a `*`.
                write!(std::io::stderr(), "{}", display_safe(&message.render().to_string()))
            } else {
                message.print()
            };
            return Ok(ExitCode::from(u8::try_from(message.exit_code()).unwrap_or(2)));
        }
    };
    let cli = Cli::from_arg_matches(&matches)?;
    match &cli.command {
        // What packagers run needs no settings.
        Some(Subcommands::Man) => return docs::man(),
        Some(Subcommands::Completions(shell)) => return docs::completions(shell),
        _ => {}
    }

    let flags = Flags {
        language: cli.common.lang,
        theme: cli.theme,
        glyphs: cli.glyphs,
        no_recovery: cli.no_recovery,
        target: None,
    };
    let config =
        read_settings(cli.common.config.as_deref()).map_err(|e| in_words(&e, &flags, &environment))?;
    let settings = Settings::new(&config, &environment, &flags);
    if let Some(file) = &cli.common.log {
        log_to(file)?;
    }
    match cli.command {
        Some(Subcommands::Check(check)) => check::run(&check, &settings),
        Some(Subcommands::Inspect(inspect)) => inspect::run(&inspect, &settings),
        Some(Subcommands::DryRun(dry_run)) => dry_run::run(&dry_run, &settings),
        Some(Subcommands::Lint(lint)) => lint::run(&lint, &settings),
        Some(Subcommands::Eval(args)) => eval::run(&args, &settings),
        Some(Subcommands::Test(args)) => test::run(&args, &settings),
        Some(Subcommands::Verify(args)) => verify::run(&args, &settings),
        Some(Subcommands::Fmt(args)) => fmt::run(&args, &settings),
        Some(Subcommands::Init(init)) => init::run(&init, settings.lang),
        Some(Subcommands::Man | Subcommands::Completions(_)) => Ok(ExitCode::SUCCESS),
        None => open::run(cli.paths, settings, &cli.world),
    }
}

/// Writes to stdout. That the reader has enough (`| head`) is no error.
fn print(text: &[u8]) -> std::io::Result<()> {
    output::to_stdout(|out| out.write_all(text))
}

/// Reads the settings file and checks that its keys are for commands that exist.
fn read_settings(named: Option<&Path>) -> Result<Config, SettingsError> {
    let (config, file) = load(named)?;
    let commands: Vec<&str> = Command::ALL.iter().map(|command| command.entry().id).collect();
    config.validate_commands(&commands, &file.unwrap_or_default())?;
    Ok(config)
}

/// An error of the settings file in the language that is known without it.
fn in_words(error: &SettingsError, flags: &Flags, environment: &Environment) -> anyhow::Error {
    let lang: Lang = Settings::new(&Config::default(), environment, flags).lang;
    anyhow::anyhow!("{}", error.message(lang))
}

/// Writes what the program traces to a file, which is made if it is not there.
fn log_to(file: &Path) -> anyhow::Result<()> {
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .with_context(|| one_line(&file.display().to_string()))?;
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_writer(std::sync::Mutex::new(log)).finish();
    // It can be set once a process; a second time is a test's, and harmless.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}
