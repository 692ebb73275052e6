//! The terminal: the only place that names the terminal library.
//!
//! [`screen`] enters, draws and restores; [`input`] turns what is typed into messages (by [`decode`]); [`signals`]
//! turns signals into values; [`panic`] keeps the terminal usable whatever happens.

pub mod decode;
pub mod input;
pub mod panic;
pub mod screen;
pub mod signals;

use std::io::IsTerminal;

use crate::strings::{Lang, T};

/// Why there can be no screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoScreen {
    /// Standard input or output is a file or a pipe.
    NotATerminal,
    /// `TERM` is unset, or `dumb`, or names no terminal that can place text.
    Dumb(String),
}

impl NoScreen {
    /// What to tell the user.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::NotATerminal => T::NotATerminal.text(lang).to_owned(),
            Self::Dumb(term) => {
                let term = crate::core::display_safe::one_line(term);
                T::TermDumb.fill(lang, &[("term", &term)])
            }
        }
    }
}

/// Whether the screen can be shown. Writes nothing.
///
/// # Errors
/// The reason why not.
pub fn check() -> Result<(), NoScreen> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(NoScreen::NotATerminal);
    }
    match std::env::var("TERM").unwrap_or_default() {
        term if matches!(term.as_str(), "" | "dumb" | "unknown") => Err(NoScreen::Dumb(term)),
        _ => Ok(()),
    }
}

/// Whether the terminal's background is light, as far as `COLORFGBG` (`15;0`) says; `None` if it does not.
#[must_use]
pub fn background_by_environment() -> Option<bool> {
    light_by_colorfgbg(&std::env::var("COLORFGBG").ok()?)
}

fn light_by_colorfgbg(value: &str) -> Option<bool> {
    let background: u8 = value.rsplit(';').next()?.parse().ok()?;
    Some(matches!(background, 7 | 9..=15))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colorfgbg_is_read() {
        for (value, light) in [
            ("15;0", Some(false)),
            ("0;15", Some(true)),
            ("0;default;7", Some(true)),
            ("15;8", Some(false)),
            ("default;default", None),
            ("", None),
        ] {
            assert_eq!(light_by_colorfgbg(value), light, "{value:?}");
        }
    }
}
