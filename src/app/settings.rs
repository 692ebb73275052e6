//! How the screen looks and speaks.

use crate::core::rego::target::Target;
use crate::strings::Lang;

/// Where colours come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// The terminal's own 16 colours.
    #[default]
    Ansi,
    /// True colour on a light background.
    Light,
    /// True colour on a dark background.
    Dark,
    /// No colour: bold, reverse and underline only.
    None,
}

/// Which signs are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Glyphs {
    #[default]
    Unicode,
    /// For terminals and fonts that draw box characters or ✗ and ✓ with the wrong width.
    Ascii,
}

/// When names are offered while a manifest is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Completion {
    /// While a word is typed, and by key.
    #[default]
    Auto,
    /// By key only.
    Key,
}

/// The settings that the screen needs, after the config file and the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    pub lang: Lang,
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub completion: Completion,
    /// The OPA that policies are written for.
    pub target: Target,
}
