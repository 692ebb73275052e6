//! Gatekeeper's policies: what a ConstraintTemplate, a constraint and their companions mean, without judging.
//!
//! Everything here is read off Gatekeeper v3.23 and its constraint framework. A file is read by [`file`]; what is wrong
//! with it is a [`Problem`] at a JSON pointer of the document, in Gatekeeper's words. `judge::templates` evaluates.

pub mod config;
pub mod constraint;
pub mod embedded;
pub mod enforcement;
pub mod expansion;
pub mod file;
pub mod inventory;
pub mod matching;
pub mod modules;
pub mod review;
pub mod schema;
pub mod selector;
pub mod suite;
pub mod template;

use serde_json::Value;

/// Something wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, as a JSON pointer of the object; if nothing is written there, what is nearest above is meant.
    pub pointer: String,
    /// It is about the name of the field rather than its value.
    pub key: bool,
    /// What, in Gatekeeper's words.
    pub message: String,
    /// The class of the error: a value does not fit the schema (`ErrSchema`), which is what a suite's `invalid: true`
    /// asks for.
    pub schema: bool,
}

impl Problem {
    /// About the value at a pointer.
    #[must_use]
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), key: false, message: message.into(), schema: false }
    }

    /// About the field at a pointer.
    #[must_use]
    pub fn at_key(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: true, ..Self::at(pointer, message) }
    }

    /// The same with words before its own.
    #[must_use]
    pub fn after(mut self, words: &str) -> Self {
        self.message.insert_str(0, words);
        self
    }

    /// The same in a document where what it is about stands deeper.
    #[must_use]
    pub fn below(mut self, pointer: &str) -> Self {
        self.pointer.insert_str(0, pointer);
        self
    }
}

/// What a document is for Gatekeeper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// `ConstraintTemplate`
    Template,
    /// Of a kind that a template makes.
    Constraint,
    /// `Config`
    Config,
    /// `SyncSet`
    SyncSet,
    /// `ExpansionTemplate`
    Expansion,
    /// `Provider` of external data.
    Provider,
}

/// What a document is for Gatekeeper; `None` if it is an object like any other.
#[must_use]
pub fn kind_of(object: &Value) -> Option<DocumentKind> {
    let (group, kind) = matching::group_and_kind(object);
    match (group, kind) {
        ("templates.gatekeeper.sh", "ConstraintTemplate") => Some(DocumentKind::Template),
        ("constraints.gatekeeper.sh", _) => Some(DocumentKind::Constraint),
        ("config.gatekeeper.sh", "Config") => Some(DocumentKind::Config),
        ("syncset.gatekeeper.sh", "SyncSet") => Some(DocumentKind::SyncSet),
        ("expansion.gatekeeper.sh", "ExpansionTemplate") => Some(DocumentKind::Expansion),
        ("externaldata.gatekeeper.sh", "Provider") => Some(DocumentKind::Provider),
        _ => None,
    }
}

/// Whether the text of a YAML or JSON file holds documents of Gatekeeper: such a file is a policy.
#[must_use]
pub fn is_policy(text: &str) -> bool {
    text.contains(".gatekeeper.sh/")
        && text.lines().any(|line| {
            let line = line.trim_start().trim_start_matches(['-', '{', ' ']).trim_start();
            let Some(rest) = line.trim_start_matches('"').strip_prefix("apiVersion") else { return false };
            let value = rest.trim_start_matches(['"', ':', ' ', '\'', '\t']);
            ["templates", "constraints", "config", "syncset", "expansion", "externaldata"].iter().any(
                |group| value.strip_prefix(group).is_some_and(|rest| rest.starts_with(".gatekeeper.sh/")),
            )
        })
}

/// A name as a part of a JSON pointer.
#[must_use]
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_known_by_its_group() {
        for (text, is) in [
            ("apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\n", true),
            ("kind: X\napiVersion: \"constraints.gatekeeper.sh/v1beta1\"\n", true),
            ("---\n- apiVersion: expansion.gatekeeper.sh/v1beta1\n", true),
            ("{\"apiVersion\": \"config.gatekeeper.sh/v1alpha1\"}", true),
            ("apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\n", false),
            ("apiVersion: v1\nkind: Pod\nmetadata: {annotations: {a: templates.gatekeeper.sh/v1}}\n", false),
        ] {
            assert_eq!(is_policy(text), is, "{text}");
        }
    }
}
