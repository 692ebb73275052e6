//! `regoscope [PATH…]`: the screen.

use std::path::PathBuf;
use std::process::ExitCode;

use super::world::WorldArgs;
use crate::config::Settings;
use crate::core::display_safe::one_line;
use crate::core::policy::options::JudgeOptions;
use crate::strings::T;

/// Opens the screen on these files and folders, or on the samples if there are none.
///
/// # Errors
/// A path that is not there, or a terminal that is none.
pub(super) fn run(paths: Vec<PathBuf>, settings: Settings, world: &WorldArgs) -> anyhow::Result<ExitCode> {
    for path in &paths {
        if let Err(error) = path.metadata() {
            let shown = one_line(&path.display().to_string());
            let text = if error.kind() == std::io::ErrorKind::NotFound {
                T::NoSuchPath.fill(settings.lang, &[("path", &shown)])
            } else {
                format!("{shown}: {error}")
            };
            anyhow::bail!("{text}");
        }
    }
    let mut options = JudgeOptions::default();
    if !world.apply(paths.iter(), &mut options) {
        return Ok(ExitCode::from(2));
    }
    crate::run::run(paths, settings, options)
}
