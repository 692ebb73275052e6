//! An object as lines of YAML, each with the JSON pointer of what it shows.
//!
//! Keys stand in alphabetical order, as `kubectl diff` has them, but `name` comes first in the items of lists. Both sides
//! of a comparison are written by this, so they differ only where the objects do.

use serde_json::{Map, Value};

/// A line of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub text: String,
    pub pointer: String,
}

/// The lines of an object; none for `None`.
pub(super) fn lines(object: Option<&Value>) -> Vec<Line> {
    let mut writer = Writer { lines: Vec::new() };
    if let Some(object) = object {
        writer.value(object, "", 0, "");
    }
    writer.lines
}

struct Writer {
    lines: Vec<Line>,
}

impl Writer {
    fn push(&mut self, depth: usize, text: &str, pointer: &str) {
        let text = format!("{}{text}", "  ".repeat(depth));
        self.lines.push(Line { text, pointer: pointer.to_owned() });
    }

    /// Writes a value whose first line starts with `lead` (`key:` or `-`).
    fn value(&mut self, value: &Value, lead: &str, depth: usize, pointer: &str) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                if lead == "-" {
                    self.item(fields, depth, pointer);
                } else {
                    let below = if lead.is_empty() { depth } else { depth + 1 };
                    if !lead.is_empty() {
                        self.push(depth, lead, pointer);
                    }
                    for (name, value) in fields {
                        self.value(value, &format!("{}:", key(name)), below, &join(pointer, name));
                    }
                }
            }
            Value::Array(items) if !items.is_empty() => {
                if !lead.is_empty() {
                    self.push(depth, lead, pointer);
                }
                // Items of a field stand under its first letter, as kubectl writes them.
                let below = if lead == "-" { depth + 1 } else { depth };
                for (position, item) in items.iter().enumerate() {
                    self.value(item, "-", below, &format!("{pointer}/{position}"));
                }
            }
            Value::String(text) if text.contains('\n') => self.block(text, lead, depth, pointer),
            scalar => {
                let text = scalar_text(scalar);
                let text = if lead.is_empty() { text } else { format!("{lead} {text}") };
                self.push(depth, &text, pointer);
            }
        }
    }

    /// A map in a list: its first field stands behind the dash.
    fn item(&mut self, fields: &Map<String, Value>, depth: usize, pointer: &str) {
        let start = self.lines.len();
        let first = fields.iter().filter(|(name, _)| *name == "name");
        for (name, value) in first.chain(fields.iter().filter(|(name, _)| *name != "name")) {
            self.value(value, &format!("{}:", key(name)), depth + 1, &join(pointer, name));
        }
        if let Some(line) = self.lines.get_mut(start) {
            let indent = "  ".repeat(depth);
            let written = line.text.strip_prefix(&format!("{indent}  ")).unwrap_or_default();
            line.text = format!("{indent}- {written}");
        }
    }

    /// A text of several lines, as a block.
    fn block(&mut self, text: &str, lead: &str, depth: usize, pointer: &str) {
        let plain =
            text.lines().all(|line| !line.starts_with([' ', '\t']) && !line.ends_with([' ', '\t', '\r']))
                && !text.chars().any(|c| c.is_control() && c != '\n');
        let body = text.trim_end_matches('\n');
        if !plain || body.is_empty() || lead.is_empty() {
            let quoted = Value::from(text).to_string();
            let text = if lead.is_empty() { quoted } else { format!("{lead} {quoted}") };
            return self.push(depth, &text, pointer);
        }
        let end = match text.len() - body.len() {
            0 => "-",
            1 => "",
            _ => "+",
        };
        self.push(depth, &format!("{lead} |{end}"), pointer);
        let kept = text.strip_suffix('\n').unwrap_or(text);
        for line in kept.split('\n') {
            let text =
                if line.is_empty() { String::new() } else { format!("{}{line}", "  ".repeat(depth + 1)) };
            self.lines.push(Line { text, pointer: pointer.to_owned() });
        }
    }
}

fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A scalar, or an empty map or list, as YAML writes it on one line.
pub(super) fn scalar_text(value: &Value) -> String {
    let written = serde_yaml::to_string(value).unwrap_or_default();
    let written = written.trim_end_matches('\n');
    if value.as_str().is_some_and(|text| text == written && is_ambiguous(text)) {
        return format!("'{written}'");
    }
    if written.contains('\n') { value.to_string() } else { written.to_owned() }
}

/// Whether the YAML 1.1 of Kubernetes' tools reads a plain text as something else: a boolean, a number, a time.
fn is_ambiguous(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    ["y", "n", "yes", "no", "on", "off"].contains(&word.as_str())
        || (text.contains(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '_' | ':' | '.' | '+' | '-')))
}

fn key(name: &str) -> String {
    if name.contains('\n') { Value::from(name).to_string() } else { scalar_text(&Value::from(name)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn text(object: &Value) -> String {
        lines(Some(object)).into_iter().map(|line| format!("{}\n", line.text)).collect()
    }

    #[test]
    fn an_object_as_kubectl_would_write_it() {
        let object = json!({
            "kind": "Pod",
            "metadata": { "annotations": { "a.b/c": "yes", "note": "one\ntwo\n", "odd": " x\ny" }, "labels": {} },
            "spec": { "containers": [
                { "image": "a:1", "name": "web", "command": ["sh", "-c"], "ports": [{ "containerPort": 80 }] },
                "bare", [["deep"], []],
            ]},
            "data": { "1": "***", "on": "*** (before)", "empty": "", "number": "1", "none": null },
        });
        insta::assert_snapshot!(text(&object), @r#"
        data:
          '1': '***'
          empty: ''
          none: null
          number: '1'
          'on': '*** (before)'
        kind: Pod
        metadata:
          annotations:
            a.b/c: 'yes'
            note: |
              one
              two
            odd: " x\ny"
          labels: {}
        spec:
          containers:
          - name: web
            command:
            - sh
            - -c
            image: a:1
            ports:
            - containerPort: 80
          - bare
          -
            -
              - deep
            - []
        "#);
        let pointers: Vec<String> = lines(Some(&object)).into_iter().map(|line| line.pointer).collect();
        assert!(pointers.contains(&"/metadata/annotations/a.b~1c".to_owned()));
        assert!(pointers.contains(&"/spec/containers/0/ports/0/containerPort".to_owned()));
        assert!(lines(None).is_empty());
    }

    fn object() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z0-9:# \"'\\-\n\\\\{}\\[\\],&*!|>%@`~=.éあ\t]{0,12}".prop_map(Value::from),
        ];
        let value = leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z:# \\-\n/~]{1,6}", inner, 0..4)
                    .prop_map(|fields| Value::from(fields.into_iter().collect::<Map<String, Value>>())),
            ]
        });
        prop::collection::btree_map("[a-z]{1,4}", value, 1..4)
            .prop_map(|fields| Value::from(fields.into_iter().collect::<Map<String, Value>>()))
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(object in object()) {
            let text = text(&object);
            let read: Value = serde_yaml::from_str(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
            prop_assert_eq!(read, object, "{}", text);
        }
    }
}
