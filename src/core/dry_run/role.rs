//! The rights that a dry-run needs, as RBAC objects.
//!
//! A dry-run is authorised like the real request: `patch`, and `create` where there is no live object. `get` is for the
//! comparison.

use serde_json::{Value, json};

use super::Missing;
use super::lines::lines;

/// A Role (a ClusterRole, at the cluster scope) with its binding that gives a user what was missing, as YAML.
///
/// `note` stands above it as a comment; it should say that who has these rights can also write.
#[must_use]
pub fn role(missing: &Missing, note: &str) -> String {
    let resource = missing.resource.as_str();
    let mut verbs = vec!["get", "patch", "create"];
    if !verbs.contains(&missing.verb.as_str()) {
        // Something else than a dry-run was asked: only that.
        verbs = vec![missing.verb.as_str()];
    }
    let (role_kind, binding_kind) = match missing.namespace {
        Some(_) => ("Role", "RoleBinding"),
        None => ("ClusterRole", "ClusterRoleBinding"),
    };
    let group = if missing.group.is_empty() { String::new() } else { format!(".{}", missing.group) };
    let name = format!("dry-run-{}{group}", resource.replace('/', "-"));
    let mut metadata = json!({ "name": name });
    if let (Some(namespace), Some(fields)) = (&missing.namespace, metadata.as_object_mut()) {
        fields.insert("namespace".to_owned(), namespace.as_str().into());
    }
    // Of a path that is no resource, such as `/version`.
    let rule = if resource.starts_with('/') {
        json!({ "nonResourceURLs": [resource], "verbs": verbs })
    } else {
        json!({ "apiGroups": [missing.group], "resources": [resource], "verbs": verbs })
    };
    let api = "rbac.authorization.k8s.io";
    let role = json!({
        "apiVersion": format!("{api}/v1"), "kind": role_kind, "metadata": metadata, "rules": [rule],
    });
    let binding = json!({
        "apiVersion": format!("{api}/v1"), "kind": binding_kind, "metadata": metadata,
        "roleRef": { "apiGroup": api, "kind": role_kind, "name": name },
        "subjects": [subject(&missing.user)],
    });
    let mut text: String = note.lines().map(|line| format!("# {line}\n")).collect();
    for (position, object) in [role, binding].iter().enumerate() {
        if position > 0 {
            text.push_str("---\n");
        }
        for line in lines(Some(object)) {
            text.push_str(&line.text);
            text.push('\n');
        }
    }
    text
}

/// Service accounts are subjects of their own kind.
fn subject(user: &str) -> Value {
    let account = user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    match account {
        Some((namespace, name)) => json!({ "kind": "ServiceAccount", "name": name, "namespace": namespace }),
        None => json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(user: &str, verb: &str, resource: &str, group: &str, namespace: Option<&str>) -> Missing {
        Missing {
            user: user.to_owned(),
            verb: verb.to_owned(),
            resource: resource.to_owned(),
            group: group.to_owned(),
            namespace: namespace.map(str::to_owned),
        }
    }

    #[test]
    fn a_role_in_a_namespace() {
        insta::assert_snapshot!(role(&missing("alice", "create", "pods", "", Some("dev")), "One line.\nAnother."), @r"
        # One line.
        # Another.
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata:
          name: dry-run-pods
          namespace: dev
        rules:
        - apiGroups:
          - ''
          resources:
          - pods
          verbs:
          - get
          - patch
          - create
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata:
          name: dry-run-pods
          namespace: dev
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: Role
          name: dry-run-pods
        subjects:
        - name: alice
          apiGroup: rbac.authorization.k8s.io
          kind: User
        ");
    }

    #[test]
    fn the_cluster_scope_service_accounts_and_other_verbs() {
        let text =
            role(&missing("system:serviceaccount:ci:bot", "patch", "widgets/scale", "example.com", None), "");
        for part in [
            "kind: ClusterRole\n",
            "kind: ClusterRoleBinding\n",
            "name: dry-run-widgets-scale.example.com\n",
            "  - example.com\n",
            "  - widgets/scale\n",
            "- name: bot\n  kind: ServiceAccount\n  namespace: ci\n",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("\n  namespace: dev"), "{text}");
        let list = role(&missing("alice", "list", "pods", "", None), "");
        assert!(list.contains("verbs:\n  - list\n---"), "{list}");
        // A name that YAML would read as something else stays a name.
        assert!(role(&missing("yes", "get", "pods", "", None), "").contains("- name: 'yes'\n"));
    }
}
