//! Places as an API server writes them, as JSON pointers.
//!
//! There are two spellings. Server-side apply writes `.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"]`
//! (structured-merge-diff's `fieldpath`); validation writes `spec.containers[0].image` and `metadata.labels[a.b/c]`
//! (apimachinery's `field.Path`). In both a key of a map may hold dots and brackets without any quotes, so a path is read
//! beside the object: of the keys that it can mean there, the longest counts.

use serde_json::Value;

use crate::core::manifest::expand::Derived;

/// The JSON pointer of a server's path in an object.
///
/// A field that is not there has the pointer that it would have (`spec.containers[0].image: Required value`). An item
/// that is not there leads to its list. `None` if this is no path of either spelling.
#[must_use]
pub fn pointer(object: &Value, path: &str) -> Option<String> {
    let mut rest = path.strip_prefix('.').unwrap_or(path);
    let mut at = Some(object);
    let mut pointer = String::new();
    if rest.is_empty() || rest == "<nil>" {
        return None;
    }
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            match bracket(at, inner)? {
                Step::Field(name, after) => {
                    push(&mut pointer, name);
                    at = at.and_then(|value| value.get(name));
                    rest = after;
                }
                Step::Item(index, after) => {
                    push(&mut pointer, &index.to_string());
                    at = at.and_then(|value| value.get(index));
                    rest = after;
                }
                Step::Nowhere => return Some(pointer),
            }
        } else {
            let (name, after) = field(at, rest)?;
            push(&mut pointer, name);
            at = at.and_then(|value| value.get(name));
            rest = after;
        }
        rest = match rest.strip_prefix('.') {
            // A path cannot end with a dot.
            Some("") => return None,
            Some(after) => after,
            None => rest,
        };
    }
    Some(pointer)
}

/// The same for a Pod that is derived from a workload: the pointer in the workload.
#[must_use]
pub fn pointer_in_workload(pod: &Value, path: &str, derived: &Derived) -> Option<String> {
    pointer(pod, path).map(|pointer| derived.origin(&pointer))
}

fn push(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}

enum Step<'t> {
    Field(&'t str, &'t str),
    Item(usize, &'t str),
    Nowhere,
}

/// What stands in brackets, given what follows the opening one.
fn bracket<'t>(at: Option<&Value>, inner: &'t str) -> Option<Step<'t>> {
    // A key of a map is not quoted and may hold anything.
    if let Some(Value::Object(fields)) = at {
        let known = fields.keys().filter(|key| ends_here(inner, key)).max_by_key(|key| key.len());
        let end = known.map(String::len).or_else(|| inner.find(']'))?;
        let name = inner.get(..end)?;
        return Some(Step::Field(name, inner.get(end + 1..)?));
    }
    let end = closing(inner)?;
    let (key, after) = (inner.get(..end)?, inner.get(end + 1..)?);
    if let Ok(index) = key.parse::<usize>() {
        return Some(Step::Item(index, after));
    }
    let Some(items) = at.and_then(Value::as_array) else {
        // The list is not there; a word is the key of a map that is not there either.
        return Some(if key.contains('=') || key.starts_with('"') {
            Step::Nowhere
        } else {
            Step::Field(key, after)
        });
    };
    let index = match key.strip_prefix('=') {
        // An item of a set, by its value.
        Some(value) => {
            let value: Value = serde_json::from_str(value).ok()?;
            items.iter().position(|item| *item == value)
        }
        None => {
            let wanted = keys(key)?;
            items.iter().position(|item| wanted.iter().all(|(name, value)| matches(item, name, value)))
        }
    };
    Some(index.map_or(Step::Nowhere, |index| Step::Item(index, after)))
}

/// Whether an item has this key. The server fills in defaults before it names an item, so a protocol that is not
/// written is TCP.
fn matches(item: &Value, name: &str, value: &Value) -> bool {
    match item.get(name) {
        Some(own) => own == value,
        None => name == "protocol" && value == "TCP",
    }
}

/// `name="c"`, or `containerPort=80,protocol="TCP"`
fn keys(text: &str) -> Option<Vec<(&str, Value)>> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = rest.split_once('=')?;
        let mut values = serde_json::Deserializer::from_str(after).into_iter::<Value>();
        found.push((name, values.next()?.ok()?));
        let after = after.get(values.byte_offset()..)?;
        if after.is_empty() {
            return Some(found);
        }
        rest = after.strip_prefix(',')?;
    }
}

/// The closing bracket, outside of quotes.
fn closing(inner: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The field that a path names, and what follows it.
fn field<'t>(at: Option<&Value>, rest: &'t str) -> Option<(&'t str, &'t str)> {
    let known = at.and_then(Value::as_object).and_then(|fields| {
        let fits = |key: &&String| {
            let after = rest.strip_prefix(key.as_str());
            !key.is_empty() && after.is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']))
        };
        fields.keys().filter(fits).max_by_key(|key| key.len()).map(String::len)
    });
    let end = known.unwrap_or_else(|| rest.find(['.', '[']).unwrap_or(rest.len()));
    let (name, after) = rest.split_at_checked(end)?;
    (!name.is_empty()).then_some((name, after))
}

/// Whether this key, and its closing bracket, stand at the start.
fn ends_here(inner: &str, key: &str) -> bool {
    let after = inner.strip_prefix(key).and_then(|rest| rest.strip_prefix(']'));
    after.is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_spellings() {
        let object = json!({
            "metadata": {
                "name": "web",
                "labels": { "a.b/c": "x", "app.kubernetes.io/name": "y", "app": "z", "odd]key": "w" },
                "finalizers": ["one", "two"],
            },
            "data": { "a": "1", "tilde~key": "2" },
            "spec": {
                "containers": [
                    { "name": "a" },
                    { "name": "c\"]", "image": "x" },
                    { "name": "c", "env": [{ "name": "A.B" }, { "name": "C" }], "ports": [
                        { "containerPort": 53, "protocol": "UDP" },
                        { "containerPort": 53 },
                        { "containerPort": 80, "protocol": "TCP" },
                    ]},
                ],
                "template": { "spec": null },
            },
        });
        for (path, expected) in [
            (".spec.containers[name=\"c\"].image", Some("/spec/containers/2/image")),
            (".spec.containers[name=\"c\\\"]\"].image", Some("/spec/containers/1/image")),
            (".spec.containers[name=\"c\"].env[name=\"A.B\"].value", Some("/spec/containers/2/env/0/value")),
            ("spec.containers[0].image", Some("/spec/containers/0/image")),
            ("spec.containers[7].image", Some("/spec/containers/7/image")),
            (
                ".spec.containers[name=\"c\"].ports[containerPort=53,protocol=\"UDP\"].hostPort",
                Some("/spec/containers/2/ports/0/hostPort"),
            ),
            // The default of a key.
            (
                ".spec.containers[name=\"c\"].ports[containerPort=53,protocol=\"TCP\"].hostPort",
                Some("/spec/containers/2/ports/1/hostPort"),
            ),
            (
                ".spec.containers[name=\"c\"].ports[containerPort=80,protocol=\"TCP\"]",
                Some("/spec/containers/2/ports/2"),
            ),
            ("metadata.labels[a.b/c]", Some("/metadata/labels/a.b~1c")),
            ("metadata.labels[odd]key]", Some("/metadata/labels/odd]key")),
            ("metadata.labels[not.there/x]", Some("/metadata/labels/not.there~1x")),
            ("metadata.annotations[not.there/x]", Some("/metadata/annotations/not.there~1x")),
            (".metadata.labels.app.kubernetes.io/name", Some("/metadata/labels/app.kubernetes.io~1name")),
            (".metadata.labels.app", Some("/metadata/labels/app")),
            (".metadata.finalizers[=\"two\"]", Some("/metadata/finalizers/1")),
            (".data.a", Some("/data/a")),
            ("data[tilde~key]", Some("/data/tilde~0key")),
            ("metadata", Some("/metadata")),
            ("spec.template.spec.containers", Some("/spec/template/spec/containers")),
            // An item that is not there leads to its list.
            (".spec.containers[name=\"gone\"].image", Some("/spec/containers")),
            (".spec.volumes[name=\"gone\"].hostPath", Some("/spec/volumes")),
            // No paths.
            ("", None),
            (".", None),
            ("<nil>", None),
            ("spec.", None),
            ("spec..containers", None),
            ("spec.containers[0", None),
            ("spec.containers[name=]", None),
            ("spec.containers[name=\"c]", None),
        ] {
            assert_eq!(pointer(&object, path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn a_derived_pods_places_are_in_its_workload() {
        let workload = json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": "night" },
            "spec": { "jobTemplate": { "spec": { "template": { "spec": { "containers": [{ "name": "c" }] } } } } },
        });
        let derived = crate::core::manifest::expand::pod_of(&workload).unwrap();
        let template = "/spec/jobTemplate/spec/template";
        for (path, expected) in [
            (".spec.containers[name=\"c\"].image", format!("{template}/spec/containers/0/image")),
            ("metadata.generateName", "/metadata/name".to_owned()),
            ("metadata.labels[x]", format!("{template}/metadata/labels/x")),
        ] {
            assert_eq!(pointer_in_workload(&derived.pod, path, &derived), Some(expected), "{path}");
        }
    }
}
