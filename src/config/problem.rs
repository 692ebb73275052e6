//! What can be wrong with a settings file.

use std::fmt;
use std::path::Path;

use crate::core::display_safe::one_line;
use crate::core::spelling::nearest;
use crate::strings::{Lang, T};

/// A settings file that cannot be used: which one, where in it, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError {
    /// The file, as the user would write it.
    pub file: String,
    /// Line and column of the trouble, both from 1, the column in characters.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub problem: Problem,
}

/// The kinds of trouble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The file cannot be read; the system's own words.
    Unreadable(String),
    /// The TOML reader objects, in its own words.
    Toml(String),
    /// A name that is none of those expected, the nearest of them, and all of them.
    Unknown { name: String, hint: Option<String>, expected: Vec<String> },
    /// Keys for a command that does not exist, and the nearest that does.
    NoCommand { command: String, hint: Option<String> },
    /// A text that names no key.
    NoKey { keys: String },
}

impl SettingsError {
    /// A file that cannot be read.
    #[must_use]
    pub fn unreadable(file: &Path, error: &std::io::Error) -> Self {
        let problem = Problem::Unreadable(error.to_string());
        Self { file: file.display().to_string(), place: None, problem }
    }

    pub(super) fn at(file: &Path, place: (usize, usize), problem: Problem) -> Self {
        Self { file: file.display().to_string(), place: Some(place), problem }
    }

    /// A place in a text, in bytes, with what is wrong there.
    #[must_use]
    pub fn said(file: &Path, text: &str, at: usize, words: String) -> Self {
        Self::at(file, line_and_column(text, at), Problem::Toml(words))
    }

    /// What the TOML reader objects to.
    #[must_use]
    pub fn toml(file: &Path, text: &str, error: &toml::de::Error) -> Self {
        let problem = unknown_name(error.message())
            .unwrap_or_else(|| Problem::Toml(error.message().split('\n').collect::<Vec<_>>().join(", ")));
        let start = error.span().map_or(0, |span| span.start);
        Self::at(file, line_and_column(text, start), problem)
    }

    /// The error as `file:line:column: message`.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let guess = |hint: &Option<String>| match hint {
            Some(hint) => T::DidYouMean.fill(lang, &[("name", hint)]),
            None => String::new(),
        };
        let what = match &self.problem {
            Problem::Unreadable(why) | Problem::Toml(why) => why.clone(),
            Problem::Unknown { name, hint, expected } => {
                let rest = match hint {
                    Some(_) => guess(hint),
                    None => T::SettingExpected.fill(lang, &[("names", &expected.join(", "))]),
                };
                T::SettingUnknown.fill(lang, &[("name", name)]) + &rest
            }
            Problem::NoCommand { command, hint } => {
                T::SettingNoCommand.fill(lang, &[("name", command)]) + &guess(hint)
            }
            Problem::NoKey { keys } => T::SettingNoKey.fill(lang, &[("keys", keys)]),
        };
        let place = match self.place {
            Some((line, column)) => format!("{line}:{column}: "),
            None => " ".to_owned(),
        };
        one_line(&format!("{}:{place}{what}", self.file))
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

/// Line and column of a byte, both from 1, the column in characters.
pub(super) fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// Takes serde's "unknown field `them`, expected one of `theme`, `keys`" apart, so that the nearest name can be told
/// instead of all.
fn unknown_name(message: &str) -> Option<Problem> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut names = message.split('`').skip(1).step_by(2).map(str::to_owned);
    let name = names.next()?;
    let expected: Vec<String> = names.collect();
    let hint = nearest(&name, expected.iter().map(String::as_str)).map(str::to_owned);
    Some(Problem::Unknown { name, hint, expected })
}
