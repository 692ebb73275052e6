//! The subcommands, one file each.

pub mod check;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

#[derive(Debug, Parser)]
#[command(name = "regoscope", version)]
enum Cli {
    Check(check::CheckArgs),
}

/// Runs the program with these arguments.
///
/// # Errors
/// Whatever ends the program early; `main` prints it and exits with 2.
pub fn main(args: impl Iterator<Item = OsString>) -> anyhow::Result<ExitCode> {
    let args: Vec<OsString> = args.collect();
    if args.get(1).is_some_and(|first| first == crate::work::evaluator::ARGUMENT) {
        return Ok(crate::work::evaluator::run_child(args.into_iter().skip(2)));
    }
    match Cli::parse_from(args) {
        Cli::Check(args) => check::run(&args),
    }
}
