//! The `conftest.toml` of a folder of policies: which of them conftest asks, and what else it reads.

use std::collections::BTreeSet;
use std::path::Path;

use toml::Spanned;

use super::sources::Sources;
use crate::config::SettingsError;
use crate::core::file::Role;
use crate::core::policy::options::Namespaces;
use crate::strings::{Lang, T};

/// What conftest calls its settings, in the folder where it is run.
const FILE: &str = "conftest.toml";

/// The keys of conftest 0.71.1.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[allow(dead_code)] // What only changes how conftest prints is read to know its names.
struct Settings {
    policy: Several,
    namespace: Several,
    data: Several,
    all_namespaces: bool,
    fail_on_warn: bool,
    rego_version: Option<Spanned<String>>,
    combine: Option<Spanned<bool>>,
    update: Option<Spanned<Several>>,
    parser: Option<Spanned<String>>,
    ignore: Option<Spanned<String>>,
    no_fail: Option<bool>,
    strict: Option<bool>,
    suppress_exceptions: Option<bool>,
    show_builtin_errors: Option<bool>,
    capabilities: Option<String>,
    config_file: Option<String>,
    github_hide_passed: Option<bool>,
    junit_hide_message: Option<bool>,
    no_color: Option<bool>,
    output: Option<String>,
    proto_file_dirs: Option<Several>,
    quiet: Option<bool>,
    stdin_filename: Option<String>,
    tls: Option<bool>,
    trace: Option<bool>,
}

/// A text, or a list of texts.
#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
enum Several {
    One(String),
    All(Vec<String>),
}

impl Default for Several {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Several {
    /// The texts, or this one if there are none.
    fn or(&self, default: Option<&str>) -> Vec<String> {
        match self {
            Self::One(text) => vec![text.clone()],
            Self::All(texts) if texts.is_empty() => default.map(str::to_owned).into_iter().collect(),
            Self::All(texts) => texts.clone(),
        }
    }
}

/// What a folder of conftest's says besides its policies.
#[derive(Debug, Default)]
pub struct Conftest {
    /// Which packages are asked.
    pub namespaces: Namespaces,
    /// A warning fails too.
    pub fail_on_warn: bool,
    /// Rego is read as before OPA 1.0.
    pub v0: bool,
}

/// Adds the policies and the data of a folder that has a `conftest.toml`; `None` if it has none.
///
/// # Errors
/// The file cannot be read, or asks for what is not done here.
pub fn add(folder: &Path, sources: &mut Sources) -> Option<Result<Conftest, SettingsError>> {
    let file = folder.join(FILE);
    file.is_file().then(|| {
        let text =
            std::fs::read_to_string(&file).map_err(|error| SettingsError::unreadable(&file, &error))?;
        let settings = read(&file, &text, sources.lang)?;
        let before = sources.files.len();
        for path in settings.policy.or(Some("policy")) {
            sources.add(&folder.join(path), Role::Policy);
        }
        let files: BTreeSet<_> = sources.files.iter().skip(before).map(|(file, _)| file.file).collect();
        for path in settings.data.or(None) {
            sources.add(&folder.join(path), Role::Data);
        }
        Ok(Conftest {
            namespaces: Namespaces {
                names: settings.namespace.or(Some("main")),
                all: settings.all_namespaces,
                files,
            },
            fail_on_warn: settings.fail_on_warn,
            v0: settings.rego_version.is_some_and(|version| version.get_ref() == "v0"),
        })
    })
}

fn read(file: &Path, text: &str, lang: Lang) -> Result<Settings, SettingsError> {
    let settings: Settings = toml::from_str(text).map_err(|error| SettingsError::toml(file, text, &error))?;
    let refuse = |at: usize, what: T| Err(SettingsError::said(file, text, at, what.text(lang).to_owned()));
    if let Some(combine) = settings.combine.as_ref().filter(|combine| *combine.get_ref()) {
        return refuse(combine.span().start, T::ConftestCombine);
    }
    if let Some(update) = &settings.update {
        return refuse(update.span().start, T::ConftestUpdate);
    }
    if let Some(parser) =
        settings.parser.as_ref().filter(|p| !matches!(p.get_ref().as_str(), "yaml" | "json"))
    {
        return refuse(parser.span().start, T::ConftestParser);
    }
    if let Some(version) =
        settings.rego_version.as_ref().filter(|v| !matches!(v.get_ref().as_str(), "v0" | "v1"))
    {
        return refuse(version.span().start, T::ConftestVersion);
    }
    if let Some(pattern) = settings.namespace.or(None).iter().find(|name| name.contains(['*', '?', '['])) {
        let at = text.find(pattern.as_str()).unwrap_or_default();
        return refuse(at, T::ConftestPattern);
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, words) in [
            ("polcy = \"p\"", "conftest.toml:1:1: `polcy` is not known here; did you mean policy?"),
            ("namespace = \"main\"\ncombine = true", "conftest.toml:2:11: combine is not supported"),
            ("update = \"oci://x\"", "conftest.toml:1:10: update is not supported"),
            ("parser = \"hcl2\"", "conftest.toml:1:10: only the parsers"),
            ("rego-version = \"2\"", "conftest.toml:1:16: expected v0 or v1"),
            ("namespace = [\"a.*\"]", "conftest.toml:1:15: patterns of namespaces"),
            ("namespace = 1", "conftest.toml:1:13: "),
            ("namespace = [", "conftest.toml:1:"),
        ] {
            let said = read(Path::new("conftest.toml"), text, Lang::En).unwrap_err().message(Lang::En);
            assert!(said.starts_with(words), "{text}: {said}");
        }
    }

    #[test]
    fn keys_are_texts_or_lists() {
        let read = |text| read(Path::new(FILE), text, Lang::En).unwrap();
        assert_eq!(read("policy = \"a\"").policy.or(None), ["a"]);
        assert_eq!(read("policy = [\"a\", \"b\"]\noutput = \"json\"").policy.or(None), ["a", "b"]);
        assert_eq!(read("combine = false").namespace.or(Some("main")), ["main"]);
    }
}
