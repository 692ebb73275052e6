//! A panic in any thread: the terminal is restored, then the user is told, then the program ends with 101.
//!
//! A report goes to a file that only the user can read. The words of a panic can quote what was edited, so the report
//! holds them only when they are fixed in the program.

use std::backtrace::Backtrace;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};

use super::screen::restore_now;
use crate::strings::{Lang, T};

/// The exit code of a program that panicked, as Rust has it.
const EXIT_CODE: i32 = 101;

/// Sets the hook. `folder` takes the report; `rescue` saves what can be saved (the recovery journal).
pub fn install(folder: Option<PathBuf>, lang: Lang, rescue: impl Fn() + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |info| {
        restore_now();
        let written = folder.as_deref().and_then(|folder| write_report(folder, &report(info)));
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let mut message = T::TermPanic.fill(lang, &[("place", &place)]);
        if let Some(path) = written {
            let _ = write!(message, "\n{}", T::TermPanicReport.fill(lang, &[("path", &path.display())]));
        }
        // Not `eprintln!`, which can panic itself when the terminal is gone.
        let _ = writeln!(std::io::stderr(), "{message}");
        rescue();
        std::process::exit(EXIT_CODE);
    }));
}

/// What the report says.
fn report(info: &PanicHookInfo) -> String {
    let words = info.payload().downcast_ref::<&'static str>();
    // internal: the report is for developers
    let words = words.copied().unwrap_or("(left out: it may quote your files)");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    format!(
        "regoscope {} on {} {}\nthread: {}\nplace: {place}\nwords: {words}\n\n{}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        thread.name().unwrap_or("?"),
        Backtrace::force_capture()
    )
}

/// Writes the report; its path if that worked.
fn write_report(folder: &Path, text: &str) -> Option<PathBuf> {
    fs::create_dir_all(folder).ok()?;
    let path = folder.join(format!("panic-{}.txt", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path).ok()?;
    file.write_all(text.as_bytes()).ok()?;
    Some(path)
}
