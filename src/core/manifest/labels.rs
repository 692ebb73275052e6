//! Labels as Kubernetes takes them, for those that a user types.

use std::collections::BTreeMap;

/// Why a text is not a list of labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelError {
    /// A part without `=`.
    NoValue(String),
    /// No key of a label.
    Key(String),
    /// No value of a label.
    Value(String),
}

/// The longest name of a label's key, and the longest value, in bytes.
const LONGEST: usize = 63;
/// The longest prefix of a key.
const LONGEST_PREFIX: usize = 253;

/// Reads `team=a, env=prod`. Of a key that is given twice the last value counts.
///
/// # Errors
/// The first part that is no label.
pub fn parse(text: &str) -> Result<BTreeMap<String, String>, LabelError> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(label).collect()
}

/// Reads `key=value`; the value may be empty.
///
/// # Errors
/// What of it is wrong.
pub fn label(text: &str) -> Result<(String, String), LabelError> {
    let (key, value) = text.split_once('=').ok_or_else(|| LabelError::NoValue(text.to_owned()))?;
    let (key, value) = (key.trim(), value.trim());
    if !is_key(key) {
        return Err(LabelError::Key(key.to_owned()));
    }
    if !is_value(value) {
        return Err(LabelError::Value(value.to_owned()));
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// A qualified name: a name of at most 63 characters, after an optional DNS subdomain and `/` (`IsQualifiedName` of
/// k8s.io/apimachinery).
#[must_use]
pub fn is_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_name(name),
        None => is_name(key),
    }
}

/// Empty, or as the name of a key (`IsValidLabelValue`).
#[must_use]
pub fn is_value(value: &str) -> bool {
    value.is_empty() || is_name(value)
}

/// The name of a namespace or of a container (`IsDNS1123Label`).
#[must_use]
pub fn is_dns_label(name: &str) -> bool {
    name.len() <= LONGEST && is_framed(name, |c| c.is_ascii_lowercase() || c.is_ascii_digit(), |c| c == '-')
}

fn is_name(name: &str) -> bool {
    name.len() <= LONGEST && is_framed(name, |c| c.is_ascii_alphanumeric(), |c| matches!(c, '-' | '_' | '.'))
}

fn is_subdomain(prefix: &str) -> bool {
    let part = |part: &str| is_framed(part, |c| c.is_ascii_lowercase() || c.is_ascii_digit(), |c| c == '-');
    prefix.len() <= LONGEST_PREFIX && prefix.split('.').all(part)
}

/// Whether a text begins and ends with one of `outer` and has these or one of `inner` between.
fn is_framed(text: &str, outer: impl Fn(char) -> bool, inner: impl Fn(char) -> bool) -> bool {
    text.starts_with(&outer) && text.ends_with(&outer) && text.chars().all(|c| outer(c) || inner(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_as_kubernetes_takes_them() {
        let long = "a".repeat(63);
        let good = [
            ("", ""),
            ("team=a", "team=a"),
            (" team = a , env=prod ", "env=prod team=a"),
            (
                "pod-security.kubernetes.io/enforce=restricted,",
                "pod-security.kubernetes.io/enforce=restricted",
            ),
            ("empty=", "empty="),
            ("a=1,a=2", "a=2"),
            ("A_b.c-d=E_f.g-h", "A_b.c-d=E_f.g-h"),
            (&format!("k={long}"), &format!("k={long}")),
        ];
        for (text, read) in good {
            let labels = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            let shown: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            assert_eq!(shown.join(" "), read, "{text}");
        }
        let wrong = [
            ("team", LabelError::NoValue("team".into())),
            ("a=1,team", LabelError::NoValue("team".into())),
            ("=a", LabelError::Key(String::new())),
            ("-a=b", LabelError::Key("-a".into())),
            ("a b=c", LabelError::Key("a b".into())),
            ("a/b/c=d", LabelError::Key("a/b/c".into())),
            ("UP.io/a=b", LabelError::Key("UP.io/a".into())),
            ("/a=b", LabelError::Key("/a".into())),
            ("a=b=c", LabelError::Value("b=c".into())),
            ("a=-", LabelError::Value("-".into())),
            ("a=日本", LabelError::Value("日本".into())),
            (&format!("k={long}a"), LabelError::Value(format!("{long}a"))),
        ];
        for (text, error) in wrong {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn namespaces_are_dns_labels() {
        for (name, good) in
            [("default", true), ("a-1", true), ("-a", false), ("A", false), ("a.b", false), ("", false)]
        {
            assert_eq!(is_dns_label(name), good, "{name}");
        }
    }
}
