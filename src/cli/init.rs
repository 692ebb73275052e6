//! `regoscope init [DIR]`: writes the samples to a folder.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::core::display_safe::one_line;
use crate::strings::{Lang, T};
use crate::work::samples::{self, Trouble};

/// The arguments of `init`.
#[derive(Debug, Args)]
pub(super) struct Init {
    #[arg(value_name = "DIR", default_value = ".", hide_default_value = true)]
    folder: PathBuf,
    #[arg(long)]
    force: bool,
}

/// Writes the samples. A file that is there already and says something else is never overwritten without `--force`;
/// then nothing is written at all.
///
/// # Errors
/// Files that are in the way, each by name; or the first that cannot be written.
pub(super) fn run(init: &Init, lang: Lang) -> anyhow::Result<ExitCode> {
    let count = match samples::write(&init.folder, init.force) {
        Ok(count) => count,
        Err(Trouble::InTheWay(paths)) => {
            for path in paths {
                // That nobody listens on stderr is nothing to stop for.
                let line = T::InitInTheWay.fill(lang, &[("file", &shown(&path))]);
                let _ = writeln!(std::io::stderr(), "{line}");
            }
            anyhow::bail!("{}", T::InitNothingWritten.text(lang));
        }
        Err(Trouble::Unwritable(path, error)) => return Err(error).with_context(|| shown(&path)),
    };
    let folder = shown(&init.folder);
    let written = T::InitWritten.fill(lang, &[("count", &count), ("folder", &folder)]);
    let next = T::InitNext.fill(lang, &[("command", &format!("regoscope {}", quoted(&folder)))]);
    super::print(format!("{written}\n{next}\n").as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// A path as it is shown.
fn shown(path: &Path) -> String {
    one_line(&path.display().to_string())
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
