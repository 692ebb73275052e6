//! The same by kubectl: what a person would type to see what was asked.

use super::{Missing, ObjectRef};
use crate::core::display_safe::display_safe;

/// Something that was done, and can be done again by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<'a> {
    /// The dry-run of a file (all its objects).
    DryRun { file: &'a str, manager: &'a str, force: bool },
    /// What would change, as a diff.
    Diff { file: &'a str, manager: &'a str, force: bool },
    /// The dry-run of one object that is in no file, e.g. a derived Pod, as YAML. It is created, since its name may be
    /// made up by the server.
    Create { yaml: &'a str },
    /// Reading the live object.
    Get { object: &'a ObjectRef },
    /// Whether a right is there.
    CanI { missing: &'a Missing },
}

/// The kubectl command of an action, quoted for a POSIX shell (`$'…'`, where a word has hidden characters, needs bash or
/// zsh). An empty context or namespace is left out.
#[must_use]
pub fn command(action: &Action<'_>, context: &str, namespace: &str) -> String {
    let mut words: Vec<String> = vec!["kubectl".to_owned()];
    let mut add = |new: &[&str]| words.extend(new.iter().map(|word| quote(word)));
    let apply = |manager: &str| format!("--field-manager={manager}");
    match action {
        Action::DryRun { manager, .. } => {
            add(&["apply", "--server-side", "--dry-run=server", &apply(manager)])
        }
        Action::Diff { manager, .. } => add(&["diff", "--server-side", &apply(manager)]),
        Action::Create { .. } => add(&["create", "--dry-run=server", "-o", "yaml"]),
        Action::Get { object } => add(&["get", &kind_of(object), &object.name]),
        Action::CanI { missing } => add(&["auth", "can-i", &missing.verb, &resource_of(missing)]),
    }
    if let Action::DryRun { force: true, .. } | Action::Diff { force: true, .. } = action {
        add(&["--force-conflicts"]);
    }
    if !context.is_empty() {
        add(&["--context", context]);
    }
    if !namespace.is_empty() {
        add(&["-n", namespace]);
    }
    match action {
        Action::DryRun { file, .. } | Action::Diff { file, .. } => {
            // `-` is standard input, and others would be read as options.
            let file = if file.starts_with('-') { format!("./{file}") } else { (*file).to_owned() };
            add(&["-f", &file]);
        }
        Action::Create { yaml } => {
            add(&["-f", "-"]);
            let end = (0..).map(|n| format!("END{n}")).find(|end| yaml.lines().all(|line| line != end));
            let end = end.unwrap_or_default();
            return format!("{} <<'{end}'\n{}\n{end}", words.join(" "), yaml.trim_end_matches('\n'));
        }
        Action::Get { .. } => add(&["-o", "yaml"]),
        Action::CanI { .. } => {}
    }
    words.join(" ")
}

/// `deployment.v1.apps`, so that no other group's kind of the same name is meant; `pod` for the core group.
fn kind_of(object: &ObjectRef) -> String {
    let kind = object.kind.to_lowercase();
    match object.api_version.split_once('/') {
        Some((group, version)) => format!("{kind}.{version}.{group}"),
        None => kind,
    }
}

fn resource_of(missing: &Missing) -> String {
    match (missing.group.as_str(), missing.resource.split_once('/')) {
        ("", _) => missing.resource.clone(),
        (group, Some((resource, sub))) => format!("{resource}.{group}/{sub}"),
        (group, None) => format!("{}.{group}", missing.resource),
    }
}

/// A word as a shell reads it back.
#[must_use]
pub fn quote(word: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '=' | '@' | ',' | '+' | '%')
    };
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.contains('\n') && display_safe(word) == word {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    // Hidden characters are written out: what is copied is what is seen.
    let mut quoted = String::from("$'");
    for c in word.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if c.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c == ' ' || c.is_ascii() || c.is_alphanumeric() => quoted.push(c),
            c if u32::from(c) <= 0xffff => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_as_it_would_be_typed() {
        let deployment = ObjectRef {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
        };
        let missing = Missing {
            user: "alice".to_owned(),
            verb: "patch".to_owned(),
            resource: "deployments/scale".to_owned(),
            group: "apps".to_owned(),
            namespace: Some("shop".to_owned()),
        };
        let cases: &[(Action<'_>, &str)] = &[
            (
                Action::DryRun { file: "pods/web.yaml", manager: "kubectl", force: false },
                "kubectl apply --server-side --dry-run=server --field-manager=kubectl --context kind-dev -n shop -f pods/web.yaml",
            ),
            (
                Action::DryRun { file: "it's mine.yaml", manager: "kubectl", force: true },
                r"kubectl apply --server-side --dry-run=server --field-manager=kubectl --force-conflicts --context kind-dev -n shop -f 'it'\''s mine.yaml'",
            ),
            (
                Action::Diff { file: "-", manager: "argocd-controller", force: false },
                "kubectl diff --server-side --field-manager=argocd-controller --context kind-dev -n shop -f ./-",
            ),
            (
                Action::Get { object: &deployment },
                "kubectl get deployment.v1.apps web --context kind-dev -n shop -o yaml",
            ),
            (
                Action::CanI { missing: &missing },
                "kubectl auth can-i patch deployments.apps/scale --context kind-dev -n shop",
            ),
            (
                Action::Create { yaml: "kind: Pod\nEND0\n" },
                "kubectl create --dry-run=server -o yaml --context kind-dev -n shop -f - <<'END1'\nkind: Pod\nEND0\nEND1",
            ),
        ];
        for (action, expected) in cases {
            assert_eq!(command(action, "kind-dev", "shop"), *expected);
        }
        let pod = ObjectRef { api_version: "v1".to_owned(), kind: "Pod".to_owned(), ..deployment };
        assert_eq!(command(&Action::Get { object: &pod }, "", ""), "kubectl get pod web -o yaml");
    }

    #[test]
    fn words_are_quoted() {
        for (word, quoted) in [
            ("plain-1.2_3/x:y=z@a,b+c", "plain-1.2_3/x:y=z@a,b+c"),
            ("", "''"),
            ("two words", "'two words'"),
            ("$(rm -rf ~)", "'$(rm -rf ~)'"),
            ("`id`;id", "'`id`;id'"),
            ("it's", r"'it'\''s'"),
            ("~/x", "'~/x'"),
            ("ポッド.yaml", "'ポッド.yaml'"),
            ("a\nb", r"$'a\nb'"),
            ("a\x1b[2J'\\", r"$'a\x1b[2J\'\\'"),
            ("a\u{202e}b", r"$'a\u202eb'"),
            ("a\u{e0041}b", r"$'a\U000e0041b'"),
        ] {
            assert_eq!(quote(word), quoted);
        }
    }
}
