//! The parts of Pod Security's sentence, and the fields of a Pod that they are about.
//!
//! `privileged (container "shell" must not set securityContext.privileged=true), …`, as the checks of
//! k8s.io/pod-security-admission 1.36 write it.

use serde_json::Value;

use super::Message;

/// What one check objects to.
pub(super) struct Place {
    /// The field as the check names it: `securityContext.privileged`.
    pub field: String,
    /// JSON pointer in the Pod.
    pub pointer: String,
    /// The check's whole part of the sentence.
    pub part: String,
}

/// One message for each check.
pub(super) fn parts(said: &str) -> Vec<Message> {
    let parts = split(said, ", ").into_iter().map(|part| Message { constraint: None, text: part.to_owned() });
    parts.collect()
}

/// The fields of a Pod that the sentence names. What it names in a way that is not known here is left out.
pub(super) fn places(pod: &Value, said: &str) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for part in split(said, ", ") {
        let Some((_, detail)) = part.split_once(" (") else { continue };
        for clause in split(detail.strip_suffix(')').unwrap_or(detail), "; ") {
            for (field, pointer) in clause_places(pod, clause) {
                places.push(Place { field, pointer, part: part.to_owned() });
            }
        }
    }
    places
}

/// Splits where the separator stands outside of quotes and parentheses.
fn split<'t>(text: &'t str, separator: &str) -> Vec<&'t str> {
    let (mut parts, mut start, mut depth, mut quoted, mut escaped) = (Vec::new(), 0, 0_i32, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        let here = depth == 0 && !quoted && text.get(at..).is_some_and(|rest| rest.starts_with(separator));
        if here && at >= start {
            parts.extend(text.get(start..at));
            start = at + separator.len();
        }
    }
    parts.extend(text.get(start..));
    parts
}

fn clause_places(pod: &Value, clause: &str) -> Vec<(String, String)> {
    let host = ["hostNetwork", "hostPID", "hostIPC"];
    let namespaces = clause.split(", ").filter_map(|word| word.strip_suffix("=true"));
    let namespaces: Vec<(String, String)> = namespaces
        .filter(|field| host.contains(field))
        .map(|field| (field.to_owned(), format!("/spec/{field}")))
        .collect();
    if !namespaces.is_empty() {
        return namespaces;
    }

    let (subject, predicate) = clause
        .find(" must ")
        .or_else(|| clause.find(" uses "))
        .or_else(|| clause.find(" use "))
        .and_then(|at| clause.split_at_checked(at))
        .unwrap_or((clause, ""));
    let mut found = Vec::new();
    let field = field(predicate);
    for name in names(subject, "volume") {
        // `uses restricted volume type "hostPath"`
        let kind = predicate.split('"').nth(1).filter(|_| predicate.matches('"').count() == 2);
        if let Some(pointer) = item(pod, "volumes", &name) {
            let field = kind.unwrap_or("hostPath");
            found.push((field.to_owned(), format!("{pointer}/{field}")));
        }
    }
    let Some(field) = field else { return found };
    let below = field.replace('.', "/");
    let in_pod = subject.starts_with("pod ") && !subject.starts_with("pod or ") || subject == "pod";
    if in_pod {
        found.push((field.clone(), format!("/spec/{below}")));
    }
    for name in names(subject, "container") {
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        if let Some(pointer) = lists.iter().find_map(|list| item(pod, list, &name)) {
            found.push((field.clone(), format!("{pointer}/{below}")));
        }
    }
    found
}

/// The field that a predicate is about.
fn field(predicate: &str) -> Option<String> {
    for word in predicate.split([' ', '=']) {
        if word.starts_with("securityContext.") {
            return Some(word.to_owned());
        }
        match word {
            "runAsUser" => return Some("securityContext.runAsUser".to_owned()),
            "hostPort" | "hostPorts" => return Some("ports".to_owned()),
            _ => {}
        }
    }
    None
}

/// The names behind `container` or `containers`: `containers "a", "b"`.
fn names(subject: &str, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Some((_, after)) = subject.split_once(word) else { return found };
    let mut rest = super::sentence::Sentence(after.strip_prefix('s').unwrap_or(after));
    while rest.skip(" ").or_else(|| rest.skip(", ")).is_some() {
        let Some(name) = rest.quoted() else { break };
        found.push(name);
    }
    found
}

/// The pointer of an item of a list by its name.
fn item(pod: &Value, list: &str, name: &str) -> Option<String> {
    let items = pod.pointer(&format!("/spec/{list}"))?.as_array()?;
    let at = items.iter().position(|item| item.get("name").and_then(Value::as_str) == Some(name))?;
    Some(format!("/spec/{list}/{at}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_check_leads_to_its_fields() {
        let pod = json!({ "spec": {
            "initContainers": [{ "name": "init" }],
            "containers": [{ "name": "web" }, { "name": "side" }],
            "volumes": [{ "name": "tmp" }, { "name": "root" }],
        }});
        let cases: &[(&str, &[&str])] = &[
            ("host namespaces (hostNetwork=true, hostPID=true)", &["/spec/hostNetwork", "/spec/hostPID"]),
            (
                r#"privileged (containers "web", "init" must not set securityContext.privileged=true)"#,
                &[
                    "/spec/containers/0/securityContext/privileged",
                    "/spec/initContainers/0/securityContext/privileged",
                ],
            ),
            (
                r#"unrestricted capabilities (container "side" must set securityContext.capabilities.drop=["ALL"]; container "web" must not include "SYS_ADMIN" in securityContext.capabilities.add)"#,
                &[
                    "/spec/containers/1/securityContext/capabilities/drop",
                    "/spec/containers/0/securityContext/capabilities/add",
                ],
            ),
            (r#"hostPath volumes (volume "root")"#, &["/spec/volumes/1/hostPath"]),
            (
                r#"restricted volume types (volume "root" uses restricted volume type "hostPath")"#,
                &["/spec/volumes/1/hostPath"],
            ),
            (
                r#"runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true)"#,
                &["/spec/containers/0/securityContext/runAsNonRoot"],
            ),
            (
                r#"runAsUser=0 (pod and container "web" must not set runAsUser=0)"#,
                &["/spec/securityContext/runAsUser", "/spec/containers/0/securityContext/runAsUser"],
            ),
            (r#"hostPort (container "web" uses hostPort 8080)"#, &["/spec/containers/0/ports"]),
            (
                r#"seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")"#,
                &["/spec/securityContext/seccompProfile/type"],
            ),
            // Names that do not exist, and words that are not known.
            (r#"privileged (container "other" must not set securityContext.privileged=true)"#, &[]),
            ("something new (of a later version)", &[]),
            ("", &[]),
        ];
        for (said, pointers) in cases {
            let found: Vec<String> = places(&pod, said).into_iter().map(|place| place.pointer).collect();
            assert_eq!(found, *pointers, "{said}");
        }
    }

    #[test]
    fn parts_are_split_outside_of_quotes_and_parentheses() {
        let said =
            r#"host namespaces (hostNetwork=true, hostPID=true), privileged (container "a, (b" must not)"#;
        let texts: Vec<String> = parts(said).into_iter().map(|message| message.text).collect();
        assert_eq!(
            texts,
            [
                "host namespaces (hostNetwork=true, hostPID=true)",
                r#"privileged (container "a, (b" must not)"#,
            ]
        );
    }
}
