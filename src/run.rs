//! The loop: receive one message, drain the rest, update, run effects, draw once.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::Settings;
use crate::strings::T;

/// Opens the screen on these files and folders, on the samples if there are none, and stays until the user leaves.
///
/// # Errors
/// Standard input or output is no terminal.
pub fn run(paths: Vec<PathBuf>, settings: Settings) -> anyhow::Result<ExitCode> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        anyhow::bail!("{}", T::NotATerminal.text(settings.lang));
    }
    anyhow::bail!("the loop is made on the branch `term`: {} paths", paths.len())
}
