//! Keeps the values of Secrets out of everything that is shown, logged or kept.
//!
//! In an object of kind Secret the values of `data` and `stringData` become `***`, wherever the object stands (in a
//! List, too), and those in the `last-applied-configuration` annotation, which kubectl 1.36 prints as they are. Of values
//! that differ, the older one becomes `*** (before)` and the newer one `*** (after)`. Nothing tells their length. In texts
//! around it, such as the server's sentence, the values are found and replaced.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::base64;

/// Where kubectl keeps the whole object.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// A value.
pub const MASK: &str = "***";
/// The value that is there now, where another one would take its place.
pub const BEFORE: &str = "*** (before)";
/// The value that would take its place.
pub const AFTER: &str = "*** (after)";
/// A value that was sent and would be neither kept nor stored.
const SENT: &str = "*** (sent)";

/// Shorter values are not looked for in texts: every sentence has them.
const SHORTEST: usize = 4;
/// So many bytes of a value give it away: servers quote pieces of what they cannot read.
const PIECE: usize = 8;

/// Masks an object by itself.
pub fn mask(value: &mut Value) {
    mask_versions(Some(value), None, None);
}

/// Masks three versions of one object so that they can be compared: as sent, as it is, and as it would be stored.
pub fn mask_versions(sent: Option<&mut Value>, live: Option<&mut Value>, stored: Option<&mut Value>) {
    let mut versions = [sent, live, stored];
    let together = versions.iter().flatten().any(|value| is_secret(value));
    if together {
        let mut secrets =
            versions.each_mut().map(|version| version.as_deref_mut().and_then(Value::as_object_mut));
        mask_secrets(&mut secrets);
    }
    for version in versions.iter_mut().flatten() {
        mask_below(version, together);
    }
}

fn is_secret(value: &Value) -> bool {
    value.get("kind").and_then(Value::as_str) == Some("Secret")
}

/// Masks every Secret in a value; the value itself is left out if it was masked before.
fn mask_below(value: &mut Value, masked: bool) {
    if !masked && is_secret(value) {
        mask_secrets(&mut [value.as_object_mut(), None, None]);
        return;
    }
    match value {
        Value::Object(fields) => {
            // The items of a SecretList have no kind of their own.
            let secrets = fields.get("kind").and_then(Value::as_str) == Some("SecretList");
            if let Some(items) = fields.get_mut("items").and_then(Value::as_array_mut).filter(|_| secrets) {
                for item in items {
                    mask_secrets(&mut [item.as_object_mut(), None, None]);
                }
                return;
            }
            fields.values_mut().for_each(|value| mask_below(value, false));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| mask_below(value, false)),
        _ => {}
    }
}

type Versions<'v> = [Option<&'v mut Map<String, Value>>; 3];

fn mask_secrets(versions: &mut Versions<'_>) {
    for field in ["data", "stringData"] {
        let mut values =
            versions.each_mut().map(|version| version.as_mut().and_then(|fields| fields.get_mut(field)));
        mask_values(&mut values);
    }
    mask_annotation(versions);
}

/// Masks `data` or `stringData` of the versions, key by key.
fn mask_values(versions: &mut [Option<&mut Value>; 3]) {
    let mut maps: Versions<'_> = [None, None, None];
    let mut names: HashSet<String> = HashSet::new();
    for (version, map) in versions.iter_mut().zip(&mut maps) {
        match version.as_deref_mut() {
            Some(Value::Object(fields)) => {
                names.extend(fields.keys().cloned());
                *map = Some(fields);
            }
            // Neither a map nor nothing: the server will refuse it, and it is not shown either.
            Some(Value::Null) | None => {}
            Some(other) => *other = MASK.into(),
        }
    }
    for name in names {
        let values = maps.each_ref().map(|map| map.as_ref().and_then(|fields| fields.get(&name)).cloned());
        for (map, label) in maps.iter_mut().zip(labels(&values)) {
            if let Some(value) = map.as_mut().and_then(|fields| fields.get_mut(&name)) {
                *value = label.into();
            }
        }
    }
}

/// What each version shows for one value.
fn labels(values: &[Option<Value>; 3]) -> [&'static str; 3] {
    let [sent, live, stored] = values;
    let mut present = values.iter().flatten();
    let first = present.next();
    if present.all(|value| Some(value) == first) {
        return [MASK; 3];
    }
    let after = stored.as_ref().or(sent.as_ref());
    let before = live.as_ref().filter(|live| Some(*live) != after);
    values.each_ref().map(|value| match value.as_ref() {
        value if value == after => AFTER,
        value if before.is_none() || value == before => BEFORE,
        _ => SENT,
    })
}

/// Masks the object in the annotation, which is JSON.
fn mask_annotation(versions: &mut Versions<'_>) {
    let mut texts = versions.each_mut().map(|version| {
        let metadata = version.as_mut()?.get_mut("metadata")?;
        metadata.get_mut("annotations")?.get_mut(LAST_APPLIED)
    });
    let mut objects = texts.each_ref().map(|text| {
        let text = text.as_ref()?.as_str()?;
        // What is not an object cannot be masked in parts.
        serde_json::from_str::<Value>(text).ok().filter(Value::is_object)
    });
    {
        let mut fields = objects.each_mut().map(|object| object.as_mut().and_then(Value::as_object_mut));
        // It has no such annotation of its own, so this ends here.
        for field in ["data", "stringData"] {
            let mut values =
                fields.each_mut().map(|fields| fields.as_mut().and_then(|fields| fields.get_mut(field)));
            mask_values(&mut values);
        }
        for metadata in fields.iter_mut().flatten().filter_map(|fields| fields.get_mut("metadata")) {
            if let Some(nested) = metadata.get_mut("annotations").and_then(|all| all.get_mut(LAST_APPLIED)) {
                *nested = MASK.into();
            }
        }
    }
    for (text, object) in texts.iter_mut().zip(objects) {
        if let Some(text) = text {
            **text = object.map_or_else(|| MASK.into(), |object| object.to_string().into());
        }
    }
}

/// Finds the values of Secrets in texts.
#[derive(Default)]
pub struct Redactor {
    /// Values to be found whole, for those that are shorter than a piece.
    short: Vec<String>,
    /// All pieces of longer values.
    pieces: HashSet<[u8; PIECE]>,
    /// There is a Secret, though perhaps without a value that can be looked for.
    has_secret: bool,
}

impl Redactor {
    /// Learns the values of all Secrets in these objects, before they are masked.
    #[must_use]
    pub fn new<'v>(objects: impl IntoIterator<Item = &'v Value>) -> Self {
        let mut redactor = Self::default();
        for object in objects {
            redactor.learn_below(object, false);
        }
        redactor.short.sort_by_key(|value| std::cmp::Reverse(value.len()));
        redactor.short.dedup();
        redactor
    }

    fn learn_below(&mut self, value: &Value, secret: bool) {
        match value {
            Value::Object(fields) => {
                let kind = fields.get("kind").and_then(Value::as_str);
                if secret || kind == Some("Secret") {
                    self.has_secret = true;
                    ["data", "stringData"]
                        .iter()
                        .filter_map(|field| fields.get(*field))
                        .for_each(|v| self.learn(v));
                    let applied =
                        value.pointer("/metadata/annotations").and_then(|all| all.get(LAST_APPLIED));
                    if let Some(applied) = applied.and_then(Value::as_str) {
                        match serde_json::from_str::<Value>(applied) {
                            Ok(object @ Value::Object(_)) => self.learn_below(&object, true),
                            _ => self.learn_text(applied),
                        }
                    }
                    return;
                }
                for (name, value) in fields {
                    let items = kind == Some("SecretList") && name == "items";
                    match value {
                        Value::Array(values) if items => {
                            values.iter().for_each(|v| self.learn_below(v, true))
                        }
                        _ => self.learn_below(value, false),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn_below(item, secret)),
            _ => {}
        }
    }

    /// Every scalar below is secret.
    fn learn(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::Object(fields) => fields.values().for_each(|value| self.learn(value)),
            Value::Array(items) => items.iter().for_each(|value| self.learn(value)),
            Value::String(text) => {
                self.learn_text(text);
                self.learn_text(&base64::encode(text.as_bytes()));
                if let Some(plain) = base64::decode(text).and_then(|bytes| String::from_utf8(bytes).ok()) {
                    self.learn_text(&plain);
                }
            }
            scalar => self.learn_text(&scalar.to_string()),
        }
    }

    /// A value as it is, and between quotes as JSON and Go write it; Go's JSON escapes what HTML would read.
    fn learn_text(&mut self, text: &str) {
        let quoted = serde_json::Value::from(text).to_string();
        let quoted = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
        let for_html = quoted.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
        for form in [text, quoted, for_html.as_str()] {
            if form.len() < PIECE && form.chars().count() >= SHORTEST {
                self.short.push(form.to_owned());
            }
            self.pieces.extend(
                form.as_bytes().windows(PIECE).filter_map(|piece| <[u8; PIECE]>::try_from(piece).ok()),
            );
        }
    }

    /// Whether there is no Secret.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.has_secret
    }

    /// The text with every value, and every longer piece of one, as [`MASK`].
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        if self.is_empty() {
            return text.to_owned();
        }
        let mut hidden = vec![false; text.len()];
        let mut hide = |start: usize, length: usize| {
            hidden.iter_mut().skip(start).take(length).for_each(|byte| *byte = true);
        };
        for (start, piece) in text.as_bytes().windows(PIECE).enumerate() {
            if self.pieces.contains(piece) {
                hide(start, PIECE);
            }
        }
        for value in &self.short {
            text.match_indices(value.as_str()).for_each(|(start, found)| hide(start, found.len()));
        }
        let mut redacted = String::with_capacity(text.len());
        let mut was_hidden = false;
        for (start, c) in text.char_indices() {
            // A character is hidden with any of its bytes.
            let is_hidden = hidden.iter().skip(start).take(c.len_utf8()).any(|byte| *byte);
            match (is_hidden, was_hidden) {
                (true, false) => redacted.push_str(MASK),
                (true, true) => {}
                (false, _) => redacted.push(c),
            }
            was_hidden = is_hidden;
        }
        redacted
    }

    /// A body as it may be shown: its Secrets masked and its texts redacted. A body without Secrets stays as it is.
    #[must_use]
    pub fn redact_body(&self, body: &str) -> String {
        if self.is_empty() {
            return body.to_owned();
        }
        let Ok(mut value) = serde_json::from_str::<Value>(body) else { return self.redact(body) };
        mask(&mut value);
        self.redact_texts(&mut value);
        serde_json::to_string_pretty(&value).unwrap_or_default()
    }

    /// Redacts every text of a value. Keys stay: they are names.
    fn redact_texts(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => fields.values_mut().for_each(|value| self.redact_texts(value)),
            Value::Array(items) => items.iter_mut().for_each(|value| self.redact_texts(value)),
            Value::String(text) => *text = self.redact(text),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secret(data: Value) -> Value {
        json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "s" }, "data": data })
    }

    #[test]
    fn values_that_differ_are_told_apart_without_being_shown() {
        // key: sent, live, stored; what is shown
        type Texts = [Option<&'static str>; 3];
        let cases: &[(Texts, Texts)] = &[
            ([Some("x"), None, None], [Some(MASK), None, None]),
            ([Some("x"), Some("x"), Some("x")], [Some(MASK); 3]),
            ([Some("y"), Some("x"), Some("y")], [Some(AFTER), Some(BEFORE), Some(AFTER)]),
            // Force was not used, or another one owns it: the live one stays.
            ([Some("y"), Some("x"), Some("x")], [Some(BEFORE), Some(AFTER), Some(AFTER)]),
            ([Some("z"), Some("x"), Some("y")], [Some(SENT), Some(BEFORE), Some(AFTER)]),
            // Denied: nothing would be stored.
            ([Some("y"), Some("x"), None], [Some(AFTER), Some(BEFORE), None]),
            // A webhook changed it.
            ([Some("x"), None, Some("y")], [Some(BEFORE), None, Some(AFTER)]),
            ([None, Some("x"), None], [None, Some(MASK), None]),
        ];
        for (values, shown) in cases {
            let mut objects =
                values.map(|value| secret(value.map_or(json!({}), |value| json!({ "k": value }))));
            let [sent, live, stored] = &mut objects;
            mask_versions(Some(sent), Some(live), Some(stored));
            let found = objects.each_ref().map(|object| object["data"].get("k").and_then(Value::as_str));
            assert_eq!(found, *shown, "{values:?}");
        }
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let applied = secret(json!({ "k": "aHVudGVyMg==" })).to_string();
        for mut value in [
            secret(json!({ "k": "aHVudGVyMg==" })),
            json!({ "kind": "Secret", "stringData": { "k": "aHVudGVyMg==" } }),
            json!({ "kind": "Secret", "data": "aHVudGVyMg==" }),
            json!({ "kind": "Secret", "data": ["aHVudGVyMg=="] }),
            json!({ "kind": "Secret", "data": { "k": { "deep": "aHVudGVyMg==" } } }),
            json!({ "kind": "List", "items": [{ "kind": "ConfigMap" }, secret(json!({ "k": "aHVudGVyMg==" }))] }),
            json!({ "kind": "SecretList", "items": [{ "data": { "k": "aHVudGVyMg==" } }] }),
            json!({ "kind": "Secret", "metadata": { "annotations": { LAST_APPLIED: applied } } }),
            json!({ "kind": "Secret", "metadata": { "annotations": { LAST_APPLIED: "{\"data\":{\"k\":\"aHVudGVyMg==" } } }),
        ] {
            mask(&mut value);
            let text = value.to_string();
            assert!(!text.contains("aHVudGVyMg") && text.contains(MASK), "{text}");
        }
        let mut other = json!({ "kind": "ConfigMap", "data": { "k": "v" } });
        mask(&mut other);
        assert_eq!(other["data"]["k"], "v");
    }

    #[test]
    fn last_applied_is_compared_too() {
        let with = |data: &str| {
            let applied = secret(json!({ "k": data, "same": "s" })).to_string();
            json!({ "kind": "Secret", "metadata": { "annotations": { LAST_APPLIED: applied } } })
        };
        let (mut live, mut stored) = (with("old-value"), with("new-value"));
        mask_versions(None, Some(&mut live), Some(&mut stored));
        let applied =
            |object: &Value| object["metadata"]["annotations"][LAST_APPLIED].as_str().unwrap().to_owned();
        assert!(applied(&live).contains(r#""data":{"k":"*** (before)","same":"***"}"#), "{live}");
        assert!(applied(&stored).contains(r#""data":{"k":"*** (after)","same":"***"}"#), "{stored}");
    }

    #[test]
    fn texts_lose_values_and_their_pieces() {
        let object = json!({ "kind": "Secret",
            "data": { "a": "aHVudGVyMg==", "n": 12345 }, "stringData": { "pin": "4711", "tag": "a<b>&", "b": "say \"friend\"\nand enter" } });
        let redactor = Redactor::new([&object]);
        for (text, redacted) in [
            ("nothing here", "nothing here"),
            (r#"Invalid value: "aHVudGVyMg==": no"#, r#"Invalid value: "***": no"#),
            // Decoded, encoded, a number, a short one.
            ("got hunter2 in it", "got *** in it"),
            ("NDcxMQ== and 4711", "*** and ***"),
            ("Value:12345}", "Value:***}"),
            // Quoted by the server, and a piece.
            (r#"{"x":"a\u003cb\u003e\u0026"}"#, r#"{"x":"***"}"#),
            (r#""say \"friend\"\nand enter""#, r#""***""#),
            ("...|riend\"\nand e|...", "...|***|..."),
        ] {
            assert_eq!(redactor.redact(text), redacted, "{text}");
        }
        assert_eq!(
            Redactor::new([&json!({ "kind": "Pod", "data": { "a": "visible" } })]).redact("visible"),
            "visible"
        );
    }
}
