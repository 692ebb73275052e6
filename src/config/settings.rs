//! The settings in force: the file, what the environment says, and the command line over both.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Completion, Config, Glyphs, Language, Theme};
use crate::core::rego::target::Target;
use crate::strings::Lang;

/// What the command line may say about settings. `None` and `false` leave them as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    pub language: Option<Language>,
    pub theme: Option<Theme>,
    pub glyphs: Option<Glyphs>,
    pub no_recovery: bool,
    pub target: Option<Target>,
}

/// What the environment says about settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// The locale for messages: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is not empty.
    pub locale: String,
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
}

impl Environment {
    /// Reads the environment through `variable`, which is `std::env::var` outside tests.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let filled = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            locale: ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(filled).unwrap_or_default(),
            no_color: filled("NO_COLOR").is_some(),
        }
    }
}

/// The settings of this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub lang: Lang,
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub mouse: bool,
    pub recovery: bool,
    pub completion: Completion,
    /// The OPA that policies are written for.
    pub target: Target,
    /// Until an evaluation is stopped.
    pub deadline: Duration,
    /// Memory of the evaluator.
    pub memory_mib: u64,
    /// Names of contexts that look like production.
    pub production: Vec<String>,
    /// Keys in place of those of the standard keymap, by command id.
    pub keys: BTreeMap<String, Vec<String>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self::new(&Config::default(), &Environment::default(), &Flags::default())
    }
}

impl Settings {
    /// Puts the three together. The command line wins over the file, the file over the environment (which is how
    /// no-color.org has it).
    #[must_use]
    pub fn new(config: &Config, environment: &Environment, flags: &Flags) -> Self {
        let theme = flags.theme.unwrap_or(config.theme);
        Self {
            lang: language(flags.language.unwrap_or(config.language), environment),
            theme: if theme == Theme::Auto && environment.no_color { Theme::None } else { theme },
            glyphs: flags.glyphs.unwrap_or(config.glyphs),
            mouse: config.mouse,
            recovery: config.recovery && !flags.no_recovery,
            completion: config.editor.completion,
            target: flags.target.unwrap_or(config.target),
            deadline: Duration::from_millis(config.limits.deadline_ms),
            memory_mib: config.limits.memory_mib,
            production: config.cluster.production.clone(),
            keys: config.keys.iter().map(|binding| (binding.command.clone(), binding.keys.clone())).collect(),
        }
    }
}

/// The language that a choice comes to.
fn language(choice: Language, environment: &Environment) -> Lang {
    match choice {
        Language::Auto => Lang::from_locale(&environment.locale),
        Language::En => Lang::En,
        Language::Ja => Lang::Ja,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::read(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_locale_chooses_the_language() {
        for (variables, lang) in [
            (&[("LANG", "ja_JP.UTF-8")][..], Lang::Ja),
            (&[("LANG", "en_US.UTF-8")], Lang::En),
            (&[("LANG", "ja_JP.UTF-8"), ("LC_ALL", "C")], Lang::En),
            (&[("LANG", "C"), ("LC_MESSAGES", "ja")], Lang::Ja),
            (&[("LANG", "ja_JP.UTF-8"), ("LC_ALL", "")], Lang::Ja),
            (&[("LANG", "java")], Lang::En),
            (&[], Lang::En),
        ] {
            let settings = Settings::new(&Config::default(), &environment(variables), &Flags::default());
            assert_eq!(settings.lang, lang, "{variables:?}");
        }
    }

    #[test]
    fn the_command_line_wins_over_the_file_and_the_file_over_the_environment() {
        let file = Config { language: Language::Ja, theme: Theme::Dark, ..Config::default() };
        let surroundings = environment(&[("LANG", "en_US.UTF-8"), ("NO_COLOR", "1")]);
        let from_file = Settings::new(&file, &surroundings, &Flags::default());
        assert_eq!((from_file.lang, from_file.theme), (Lang::Ja, Theme::Dark));

        let flags = Flags {
            language: Some(Language::Auto),
            theme: Some(Theme::Auto),
            no_recovery: true,
            ..Flags::default()
        };
        let from_flags = Settings::new(&file, &surroundings, &flags);
        assert_eq!((from_flags.lang, from_flags.theme), (Lang::En, Theme::None));
        assert!(from_file.recovery && !from_flags.recovery);
    }
}
