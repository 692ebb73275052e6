//! Which rules are asked for a decision, by their names: conftest's, OPA's and the admission webhook's.

use crate::core::policy::module::Kind;

/// What an entry rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entry {
    /// `deny`, `deny_*`, `violation`, `violation_*`: each result is an objection.
    Deny,
    /// `warn`, `warn_*`
    Warn,
    /// `allow`: anything but true is an objection.
    Allow,
    /// `main` or `response`: the answer of an admission webhook.
    Response,
    /// `violation` of a ConstraintTemplate: each member with a `msg` is one.
    Violation,
    /// `exception`: takes objections back.
    Exception,
}

/// The role of a rule of this name and kind; `None` if it is not asked. `text` is its definition.
///
/// conftest's patterns are `^(deny|violation)(_[a-zA-Z0-9]+)*$` and `^warn(_[a-zA-Z0-9]+)*$`.
#[must_use]
pub fn entry(name: &str, kind: Kind, text: &str) -> Option<Entry> {
    if kind == Kind::Function {
        return None;
    }
    let named = |stem: &str| {
        name.strip_prefix(stem).is_some_and(|rest| {
            rest.is_empty()
                || rest.strip_prefix('_').is_some_and(|rest| {
                    rest.split('_')
                        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric()))
                })
        })
    };
    if named("deny") || named("violation") {
        return Some(Entry::Deny);
    }
    if named("warn") {
        return Some(Entry::Warn);
    }
    match name {
        "exception" => Some(Entry::Exception),
        "allow" if matches!(kind, Kind::Complete | Kind::Default) => Some(Entry::Allow),
        "main" | "response"
            if kind == Kind::Complete
                && ["AdmissionReview", "\"allowed\""].iter().any(|sign| text.contains(sign)) =>
        {
            Some(Entry::Response)
        }
        _ => None,
    }
}

/// What conftest compares an exception with: the name without `deny_`, `violation_` or `warn_`; empty for the bare
/// names.
#[must_use]
pub fn exception_key(rule: &str) -> &str {
    if matches!(rule, "deny" | "violation" | "warn") {
        return "";
    }
    // One after the other: of `violation_deny_x` only `x` is left.
    ["violation_", "deny_", "warn_"].iter().fold(rule, |rest, stem| rest.strip_prefix(stem).unwrap_or(rest))
}

/// Whether a package is one of unit tests, which are not asked.
#[must_use]
pub fn is_test_package(package: &[String]) -> bool {
    package.last().is_some_and(|last| last.ends_with("_test"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_conftest() {
        for (name, expected) in [
            ("deny", Some(Entry::Deny)),
            ("deny_host_pid", Some(Entry::Deny)),
            ("deny_", None),
            ("deny__x", None),
            ("denyx", None),
            ("violation", Some(Entry::Deny)),
            ("warn_7", Some(Entry::Warn)),
            ("warning", None),
            ("allow", Some(Entry::Allow)),
            ("allow_list", None),
            ("exception", Some(Entry::Exception)),
            ("main", None),
        ] {
            assert_eq!(entry(name, Kind::Complete, ""), expected, "{name}");
        }
    }

    #[test]
    fn an_exception_names_the_rest_of_the_rule() {
        assert_eq!(exception_key("deny"), "");
        assert_eq!(exception_key("deny_root"), "root");
        assert_eq!(exception_key("violation_x_y"), "x_y");
        assert_eq!(exception_key("violation_deny_x"), "x");
    }
}
