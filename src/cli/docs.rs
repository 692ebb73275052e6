//! `man` and `completions`: what packagers install beside the program. Not listed in the help.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, words};
use crate::strings::Lang;

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints the man page.
pub(super) fn man() -> anyhow::Result<ExitCode> {
    let mut page = Vec::new();
    clap_mangen::Man::new(words::command(Cli::command(), Lang::En)).render(&mut page)?;
    print(&page)
}

/// Prints the completions of a shell.
pub(super) fn completions(asked: &Completions) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    let mut command = words::command(Cli::command(), Lang::En);
    clap_complete::generate(asked.shell, &mut command, "regoscope", &mut script);
    print(&script)
}

fn print(bytes: &[u8]) -> anyhow::Result<ExitCode> {
    std::io::stdout().lock().write_all(bytes)?;
    Ok(ExitCode::SUCCESS)
}
