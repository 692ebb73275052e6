//! What rules need, and circles among them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Needs, circles, needs, recursion_words};
use crate::core::rego::ast::StatementKind;
use crate::core::rego::parser::{ParseOptions, parse};

/// What the last rule of a text needs.
fn of(text: &str) -> Needs {
    let parsed = parse(&format!("package t\n{text}"), ParseOptions::default());
    assert!(parsed.is_clean(), "{:?}", parsed.errors());
    match &parsed.module.statements.last().unwrap().statement.kind {
        StatementKind::Rule(rule) => needs(rule),
        other => panic!("{other:?}"),
    }
}

#[test]
fn names_are_resolved_as_opa_does() {
    for (text, names) in [
        ("p if q", vec!["q"]),
        ("p if {\n\tq := 1\n\tq == r\n}", vec!["r"]),
        ("p if {\n\tq := 1\n\tq == 1\n} else if q", vec!["q"]),
        ("f(q) := q + r", vec!["r"]),
        ("p if q = 1", vec!["q"]),
        ("p := {x | some x in q; y := z}", vec!["q", "z"]),
        ("p if g(data.lib.h(1))", vec!["g"]),
        ("p if every x in xs { x > y }", vec!["xs", "y"]),
        ("p[x] := a if x := b", vec!["a", "b"]),
    ] {
        let found = of(text);
        assert_eq!(found.names, names.into_iter().map(str::to_owned).collect(), "{text}");
    }
    let found = of("p if data.lib[\"a\"].b[x].c == data[y]");
    let data: Vec<Vec<String>> = found.data.into_iter().collect();
    assert_eq!(data, [vec![], vec!["lib".to_owned(), "a".to_owned(), "b".to_owned()]]);
}

#[test]
fn circles_are_found_and_named_as_opa_names_them() {
    let graph = |edges: &[(&str, &[&str])]| -> BTreeMap<String, BTreeSet<String>> {
        let data = |name: &str| format!("data.t.{name}");
        edges.iter().map(|(from, to)| (data(from), to.iter().map(|t| data(t)).collect())).collect()
    };
    let words = |g| circles(&g).iter().map(|c| recursion_words(c)).collect::<Vec<_>>();
    assert_eq!(
        words(graph(&[("p", &["q"]), ("q", &["p", "r"]), ("r", &[])])),
        [
            "rule data.t.p is recursive: data.t.p -> data.t.q -> data.t.p",
            "rule data.t.q is recursive: data.t.q -> data.t.p -> data.t.q"
        ]
    );
    assert_eq!(words(graph(&[("p", &["p"])])), ["rule data.t.p is recursive: data.t.p -> data.t.p"]);
    assert!(words(graph(&[("p", &["q", "r"]), ("q", &["r"]), ("r", &[])])).is_empty());
}
