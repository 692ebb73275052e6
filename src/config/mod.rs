//! The settings: the file `regoscope/config.toml` in the XDG configuration folder, and the command line on top.
//!
//! A misspelt key is an error with its line and column, since a setting that is silently ignored costs more time than
//! one that is refused.

mod file;
mod problem;
mod settings;

pub use file::{Binding, Config, Editor, Limits, load};
pub use problem::{Problem, SettingsError};
pub use settings::{Environment, Flags, Settings};

use serde::Deserialize;

pub use crate::app::settings::{Completion, Glyphs};

/// The colours of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// The terminal's 16 colours, light or dark as the terminal's background is; none with `NO_COLOR`.
    #[default]
    Auto,
    /// For a light background.
    Light,
    /// For a dark background.
    Dark,
    /// The terminal's 16 colours, without asking the terminal anything.
    Ansi,
    /// No colours: bold, underlined and reversed text instead.
    None,
}

/// The language of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// As `LC_ALL`, `LC_MESSAGES` or `LANG` say.
    #[default]
    Auto,
    En,
    Ja,
}

/// The keys that a `[keys]` table starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keymap {
    #[default]
    Standard,
}
