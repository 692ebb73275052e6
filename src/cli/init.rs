//! `regoscope init [DIR]`: writes the samples to a folder.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::core::display_safe::one_line;
use crate::samples;
use crate::strings::{Lang, T};

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
    let missing = samples::ALL
        .iter()
        .map(|sample| (init.folder.join(sample.path), sample.text))
        .filter(|(path, text)| std::fs::read(path).ok().as_deref() != Some(text.as_bytes()));
    let missing: Vec<(PathBuf, &str)> = missing.collect();

    let in_the_way: Vec<&Path> = missing
        .iter()
        .map(|(path, _)| path.as_path())
        .filter(|path| path.symlink_metadata().is_ok())
        .collect();
    if !in_the_way.is_empty() && !init.force {
        for path in in_the_way {
            // That nobody listens on stderr is nothing to stop for.
            let line = T::InitInTheWay.fill(lang, &[("file", &shown(path))]);
            let _ = writeln!(std::io::stderr(), "{line}");
        }
        anyhow::bail!("{}", T::InitNothingWritten.text(lang));
    }

    for (path, text) in &missing {
        write(path, text, init.force).with_context(|| shown(path))?;
    }
    let folder = shown(&init.folder);
    let written = T::InitWritten.fill(lang, &[("count", &missing.len()), ("folder", &folder)]);
    let next = T::InitNext.fill(lang, &[("command", &format!("regoscope {}", quoted(&folder)))]);
    super::print(format!("{written}\n{next}\n").as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Writes one file whole, or leaves what was there.
fn write(path: &Path, text: &str, replace: bool) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().permissions(default_mode()).tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if replace {
        file.persist(path)?;
    } else {
        file.persist_noclobber(path)?;
    }
    Ok(())
}

/// The mode of a file like any other, which the process's umask narrows. Temporary files are private by default.
fn default_mode() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    std::fs::Permissions::from_mode(0o666)
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
