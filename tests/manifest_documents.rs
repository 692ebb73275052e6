//! Documents, objects and the places of their fields.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // What is not there fails the test.

use proptest::prelude::*;
use regoscope::core::manifest::{self, Manifest};
use serde_json::{Value, json};

/// Which text a pointer names: `key=value`, `key=value (via alias)`, or `-` if it names nothing.
fn place(text: &str, read: &Manifest, pointer: &str) -> String {
    let Some(span) = read.documents[0].span(pointer) else { return "-".to_owned() };
    let key = span.key.map_or("", |key| &text[key]);
    let via = span.via.map_or(String::new(), |via| format!(" (via {})", &text[via]));
    format!("{key}={}{via}", &text[span.value])
}

#[test]
fn every_pointer_has_its_place() {
    let text = "\
# c
kind: &k Pod   # trailing
metadata:
  labels: {a: b, \"c/d\": 'e'}
  name:
spec:
  list:
  - a
  -
  - x: 1
    y~z: 2
  - - n1
  text: |
    l1
    l2

  plain: multi
    line
  tagged: !!str 123
  same: *k
";
    let read = manifest::read(text);
    assert!(read.is_clean());
    for (pointer, expected) in [
        ("/kind", "kind=Pod"),
        ("/metadata/labels", "labels={a: b, \"c/d\": 'e'}"),
        ("/metadata/labels/c~1d", "\"c/d\"='e'"),
        ("/metadata/name", "name="),
        ("/spec/list", "list=- a\n  -\n  - x: 1\n    y~z: 2\n  - - n1"),
        ("/spec/list/0", "=a"),
        ("/spec/list/1", "="),
        ("/spec/list/2", "=x: 1\n    y~z: 2"),
        ("/spec/list/2/y~0z", "y~z=2"),
        ("/spec/list/3/0", "=n1"),
        ("/spec/text", "text=|\n    l1\n    l2"),
        ("/spec/plain", "plain=multi\n    line"),
        ("/spec/tagged", "tagged=!!str 123"),
        ("/spec/same", "same=*k"),
        ("/spec/list/4", "-"),
        ("/spec/list/00", "-"),
        ("/spec/nothing", "-"),
        ("no pointer", "-"),
    ] {
        assert_eq!(place(text, &read, pointer), expected, "{pointer}");
    }
    let empty = read.documents[0].span("/metadata/name").unwrap().value;
    assert_eq!(&text[empty.start - 1..empty.start], ":");
}

#[test]
fn below_an_alias_or_a_merge_the_place_is_at_the_anchor() {
    let text = "\
base: &base
  privileged: true
  deep: {x: 1}
other: &other {privileged: false, only: 2}
a: *base
b:
  <<: *base
c:
  <<: [*other, *base]
d:
  privileged: 0
  <<: *base
e:
  <<: *base
  privileged: 5
";
    let read = manifest::read(text);
    for (pointer, expected) in [
        ("/a", "a=*base"),
        ("/a/privileged", "privileged=true (via *base)"),
        ("/b/deep/x", "x=1 (via *base)"),
        ("/c/privileged", "privileged=false (via [*other, *base])"),
        ("/c/deep", "deep={x: 1} (via [*other, *base])"),
        ("/d/privileged", "privileged=true (via *base)"),
        ("/e/privileged", "privileged=5"),
    ] {
        assert_eq!(place(text, &read, pointer), expected, "{pointer}");
    }
}

#[test]
fn of_a_key_that_is_set_twice_only_the_last_counts() {
    let text = "a: {x: 1}\nb: 2\na: 3\n";
    let read = manifest::read(text);
    assert_eq!(read.documents[0].pointers(), ["", "/b", "/a"]);
    assert_eq!(place(text, &read, "/a"), "a=3");
    assert_eq!(place(text, &read, "/a/x"), "-");
}

#[test]
fn the_caret_names_the_innermost_pointer() {
    // `|` marks the caret.
    for (marked, expected) in [
        ("ki|nd: Pod\n", Some("/kind")),
        ("kind: Pod|\n", Some("/kind")),
        ("kind:| Pod\n", Some("/kind")),
        ("spec:\n  a:\n  - x: 1\n  - x: |2\n", Some("/spec/a/1/x")),
        ("spec:\n  a: [1, |2, 3]\n", Some("/spec/a/1")),
        ("spec:\n  a: [|]\n", Some("/spec/a")),
        ("spec:\n  a/b:| \n", Some("/spec/a~1b")),
        ("b: &b {x: 1}\nc:\n  <|<: *b\n", Some("/c")),
        ("|# comment\nkind: Pod\n", None),
    ] {
        let caret = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        let read = manifest::read(&text);
        let found = read.document_at(caret).and_then(|document| document.pointer_at(caret));
        assert_eq!(found.as_deref(), expected, "{marked}");
    }
}

#[test]
fn documents_and_lists_are_objects_with_their_lines() {
    let text = "\
# only a comment
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: ns}
---
---
apiVersion: v1
kind: List
items:
- kind: Pod
  metadata: {generateName: b-}
- kind: List
  items:
  - kind: Service
---
apiVersion: v1
kind: PodList
items:
- metadata: {name: c}
";
    let read = manifest::read(text);
    assert_eq!(read.documents.len(), 3);
    let found: Vec<_> = read
        .objects()
        .map(|o| (o.index, o.line, o.kind, o.namespace, o.name, o.pointer_prefix.clone()))
        .collect();
    let at = str::to_owned;
    assert_eq!(
        found,
        [
            (0, 3, "Pod", "ns", "a", at("")),
            (1, 11, "Pod", "", "b-", at("/items/0")),
            (2, 15, "Service", "", "", at("/items/1/items/0")),
            (3, 20, "Pod", "", "c", at("/items/0")),
        ]
    );
    let service = read.objects().nth(2).unwrap();
    assert_eq!(&text[service.span("/kind").unwrap().value], "Service");
    assert_eq!(&text[service.range.clone()], "kind: Service");
    assert_eq!(read.objects().nth(3).unwrap().api_version, "v1");
}

#[test]
fn nothing_to_read_is_nothing() {
    for text in ["", "\n", "# c\n", "---\n", "---\n---\n# c\n---\n", "~\n", "null\n", "\u{feff}"] {
        let read = manifest::read(text);
        assert!(read.documents.is_empty() && read.is_clean(), "{text:?}");
    }
}

#[test]
fn json_needs_no_separators_and_knows_its_own_escapes() {
    let text = "{\"kind\": \"A\",\n\t\"s\": \"\\/\\ud83d\\ude00\"}\n{\"kind\": \"B\"}";
    let read = manifest::read(text);
    let values: Vec<_> = read.objects().map(|object| (object.line, object.value.clone())).collect();
    assert_eq!(values, [(1, json!({"kind": "A", "s": "/😀"})), (3, json!({"kind": "B"}))]);
}

#[test]
fn a_byte_order_mark_and_crlf_are_no_content() {
    let read = manifest::read("\u{feff}kind: Pod\r\nspec:\r\n  x: 1\r\n");
    assert_eq!(read.documents[0].value, Some(json!({"kind": "Pod", "spec": {"x": 1}})));
}

/// Strings that are hard to tell from other YAML.
fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9.:/_-]{1,8}",
        "'[a-zé ]{0,6}'",
        "\"[a-z:# ]{0,6}\"",
        Just("yes".to_owned()),
        Just("0644".to_owned()),
        Just("~".to_owned()),
        Just(String::new()),
        Just("!!str 5".to_owned()),
        Just("{a: 1, b: [x, y]}".to_owned()),
        Just("[1, {c: d}]".to_owned()),
        Just("&anchor v".to_owned()),
    ]
}

/// A block map of a few levels.
fn block() -> impl Strategy<Value = String> {
    let leaf = scalar().prop_map(|value| format!("{value}\n"));
    let tree = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(("[a-z]{2,5}", inner.clone()), 1..4).prop_map(|fields| {
                let lines: String = fields.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("\n{}", indent(&lines))
            }),
            prop::collection::vec(inner, 1..4).prop_map(|items| {
                let lines: String = items
                    .iter()
                    .map(|item| {
                        format!(
                            "- {}",
                            if item.starts_with('\n') { format!("\n{}", indent(item)) } else { item.clone() }
                        )
                    })
                    .collect();
                format!("\n{}", indent(&lines))
            }),
        ]
    });
    prop::collection::vec(("[a-z]{2,5}", tree), 1..4)
        .prop_map(|fields| fields.iter().map(|(key, value)| format!("{key}: {value}")).collect())
}

fn indent(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| if line.trim().is_empty() { line.to_owned() } else { format!("  {line}") })
        .collect()
}

/// The value that a piece of a text has by itself, at its column.
fn value_of(text: &str, range: std::ops::Range<usize>) -> Value {
    let column = range.start - text[..range.start].rfind('\n').map_or(0, |newline| newline + 1);
    let read = manifest::read(&format!("{}{}", " ".repeat(column), &text[range]));
    read.documents.into_iter().next().and_then(|document| document.value).unwrap_or_default()
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        "[a-z :,#?{}\\[\\]&*!\"'\\\\/\u{7f}\u{85}\u{2028}\u{feff}\u{1}\n\t-]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..4)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_text_at_every_pointer_reads_back_as_its_value(text in block()) {
        let read = manifest::read(&text);
        prop_assume!(read.is_clean());
        for document in &read.documents {
            let value = document.value.as_ref().unwrap();
            for pointer in document.pointers() {
                let expected = value.pointer(&pointer).unwrap();
                let span = document.span(&pointer).unwrap();
                let again = value_of(&text, span.value.clone());
                prop_assert_eq!(&again, expected, "{} at {:?} in\n{}", pointer, span, text);
                if let Some(key) = span.key {
                    prop_assert!(key.end <= span.value.start);
                    prop_assert_eq!(document.pointer_at(key.start), Some(pointer));
                }
            }
        }
    }

    #[test]
    fn json_is_read_as_json(fields in prop::collection::btree_map(".{0,8}", json_value(), 0..5)) {
        let value = Value::Object(fields.into_iter().collect());
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let read = manifest::read(&text);
            prop_assert!(read.is_clean(), "{} {:?}", text, read.documents);
            prop_assert_eq!(read.documents[0].value.as_ref(), Some(&value), "{}", text);
        }
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,40}|[ \t\n:\\-?&*!|>'\"%@`{}\\[\\],#a1\u{85}\u{2028}é]{0,60}") {
        let read = manifest::read(&text);
        for document in &read.documents {
            prop_assert!(document.value.is_none() || document.faults.len() <= 1);
            for fault in &document.faults {
                prop_assert!(text.get(fault.range.clone()).is_some(), "{:?} {:?}", text, fault);
            }
            for note in &document.notes {
                prop_assert!(text.get(note.range.clone()).is_some(), "{:?} {:?}", text, note);
            }
            for pointer in document.pointers() {
                let span = document.span(&pointer).unwrap();
                prop_assert!(text.get(span.value.clone()).is_some(), "{:?} {} {:?}", text, pointer, span);
                prop_assert!(document.range.start <= span.value.start && span.value.end <= document.range.end);
            }
            for byte in 0..=text.len() {
                let _ = document.pointer_at(byte);
            }
        }
    }
}
