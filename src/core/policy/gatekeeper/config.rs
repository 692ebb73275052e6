//! Gatekeeper's Config and SyncSets: which namespaces are left out, and what is in the inventory.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Problem;
use super::matching::fits;

/// What all Configs and SyncSets say together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Config {
    /// Patterns of namespaces that the webhook does not look at.
    excluded: Vec<String>,
    /// The group, version and kind of what is synced; `None` if nobody says so.
    synced: Option<BTreeSet<(String, String, String)>>,
}

impl Config {
    /// Takes in a Config.
    pub fn add_config(&mut self, object: &Value) -> Vec<Problem> {
        for entry in list(object, "/spec/match") {
            let webhook =
                list(entry, "/processes").iter().any(|name| matches!(name.as_str(), Some("*" | "webhook")));
            if webhook {
                let patterns = list(entry, "/excludedNamespaces").iter().filter_map(Value::as_str);
                self.excluded.extend(patterns.map(str::to_owned));
            }
        }
        if object.pointer("/spec/sync/syncOnly").is_some() {
            self.sync(list(object, "/spec/sync/syncOnly"));
        }
        match object.pointer("/metadata/name").and_then(Value::as_str) {
            Some("config") => Vec::new(),
            _ => vec![Problem::at("/metadata/name", "config resource must have name 'config'")],
        }
    }

    /// Takes in a SyncSet.
    pub fn add_sync_set(&mut self, object: &Value) {
        self.sync(list(object, "/spec/gvks"));
    }

    fn sync(&mut self, kinds: &[Value]) {
        let text =
            |kind: &Value, name: &str| kind.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kinds = kinds.iter().map(|kind| (text(kind, "group"), text(kind, "version"), text(kind, "kind")));
        self.synced.get_or_insert_default().extend(kinds);
    }

    /// Whether the webhook leaves a namespace out.
    #[must_use]
    pub fn excludes(&self, namespace: &str) -> bool {
        !namespace.is_empty() && self.excluded.iter().any(|pattern| fits(pattern, namespace))
    }

    /// Whether objects of a kind are in the inventory. All are, as for gator, if nobody says which are synced.
    #[must_use]
    pub fn syncs(&self, group_version: &str, kind: &str) -> bool {
        let (group, version) = group_version.rsplit_once('/').unwrap_or(("", group_version));
        let wanted = (group.to_owned(), version.to_owned(), kind.to_owned());
        self.synced.as_ref().is_none_or(|synced| synced.contains(&wanted))
    }
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn namespaces_are_left_out_for_the_webhook_only() {
        let mut config = Config::default();
        let entry = |process: &str, namespace: &str| json!({"processes": [process], "excludedNamespaces": [namespace]});
        let object = json!({"metadata": {"name": "config"}, "spec": {"match": [
            entry("webhook", "kube-*"), entry("audit", "audited"), entry("*", "all"),
        ]}});
        assert!(config.add_config(&object).is_empty());
        for (namespace, out) in
            [("kube-system", true), ("audited", false), ("all", true), ("web", false), ("", false)]
        {
            assert_eq!(config.excludes(namespace), out, "{namespace}");
        }
        assert!(config.syncs("v1", "Pod"));
    }

    #[test]
    fn what_is_synced_is_what_is_named() {
        let mut config = Config::default();
        config.add_sync_set(
            &json!({"spec": {"gvks": [{"group": "apps", "version": "v1", "kind": "Deployment"}]}}),
        );
        let object = json!({"metadata": {"name": "x"}, "spec": {"sync": {"syncOnly": [{"version": "v1", "kind": "Service"}]}}});
        assert_eq!(config.add_config(&object).len(), 1, "the name is wrong");
        for (version, kind, synced) in [
            ("apps/v1", "Deployment", true),
            ("v1", "Service", true),
            ("v1", "Pod", false),
            ("v1", "Deployment", false),
        ] {
            assert_eq!(config.syncs(version, kind), synced, "{version} {kind}");
        }
    }
}
