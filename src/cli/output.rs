//! The form of results, and writing them.

use std::io::{IsTerminal, Write};

use crate::core::display_safe::one_line;

/// The form of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    Text,
    Json,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// If stdout is a terminal and NO_COLOR is not set.
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether stdout gets colours.
    #[must_use]
    pub fn wanted(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                std::io::stdout().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }
}

/// Gives stdout to `write`. That the reader has enough (`| head`) is no error.
///
/// # Errors
/// Stdout cannot be written.
pub fn to_stdout(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            // What is left in the buffer would be tried once more.
            let _ = out.into_parts();
            Ok(())
        }
        written => written,
    }
}

/// Writes one line to stderr. That stderr cannot be written is nothing to stop for.
pub fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "{}", one_line(message));
}
