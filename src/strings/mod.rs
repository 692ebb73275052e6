//! The one table of everything a user reads, in English and Japanese.
//!
//! Code names a text by its variant of [`T`] and never writes words of its own. Terms of Kubernetes and Rego, field
//! names, and messages of policies and servers stay as they are in both languages.

mod cluster;
mod table;
mod words;

pub use cluster::*;
pub use table::T;
pub use words::*;

/// The languages of the user interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
pub enum Lang {
    #[default]
    En,
    Ja,
}

impl Lang {
    /// From a POSIX locale name (`LC_ALL`, `LC_MESSAGES`, `LANG`) or a language tag: `ja_JP.UTF-8`, `ja`, `en`.
    #[must_use]
    pub fn from_locale(name: &str) -> Self {
        let language = name.split(['_', '-', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("ja") || language.eq_ignore_ascii_case("japanese") {
            Self::Ja
        } else {
            Self::En
        }
    }
}

impl T {
    /// The text as it is, with its `{places}` open.
    #[must_use]
    pub fn text(self, lang: Lang) -> &'static str {
        let (en, ja) = self.both();
        match lang {
            Lang::En => en,
            Lang::Ja => ja,
        }
    }

    /// The text with each `{name}` of `values` filled in.
    #[must_use]
    pub fn fill(self, lang: Lang, values: &[(&str, &dyn std::fmt::Display)]) -> String {
        let mut out = String::new();
        let mut rest = self.text(lang);
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            match values.iter().find(|(key, _)| *key == name) {
                Some((_, value)) => out.push_str(&value.to_string()),
                None => {
                    out.push('{');
                    out.push_str(name);
                    out.push('}');
                }
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}
