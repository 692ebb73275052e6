//! `data.inventory`: the objects that templates can look up besides the one under review.

use serde_json::{Map, Value};

/// Puts objects where templates look for them: `cluster[groupVersion][kind][name]` and
/// `namespace[namespace][groupVersion][kind][name]`. Of two with one name the last one counts.
#[must_use]
pub fn of<'v>(objects: impl Iterator<Item = &'v Value>) -> Value {
    let mut inventory = Map::new();
    for object in objects {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (version, kind, name) = (text("/apiVersion"), text("/kind"), text("/metadata/name"));
        if version.is_empty() || kind.is_empty() {
            continue;
        }
        match text("/metadata/namespace") {
            "" => put(&mut inventory, &["cluster", version, kind, name], object),
            namespace => put(&mut inventory, &["namespace", namespace, version, kind, name], object),
        }
    }
    Value::Object(inventory)
}

fn put(fields: &mut Map<String, Value>, path: &[&str], object: &Value) {
    match path {
        [] => {}
        [name] => drop(fields.insert((*name).to_owned(), object.clone())),
        [first, rest @ ..] => {
            let below = fields.entry(*first).or_insert_with(|| Value::Object(Map::new()));
            if let Some(below) = below.as_object_mut() {
                put(below, rest, object);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_found_by_scope_version_kind_and_name() {
        let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "r"}});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "web"}});
        let torn = json!({"kind": "Pod"});
        assert_eq!(
            of([&role, &pod, &torn].into_iter()),
            json!({
                "cluster": {"rbac.authorization.k8s.io/v1": {"ClusterRole": {"r": role}}},
                "namespace": {"web": {"v1": {"Pod": {"p": pod}}}},
            })
        );
    }
}
