use std::collections::{BTreeMap, BTreeSet};

use super::{Step, Uses, circles, recursion_words, uses};
use crate::core::rego::ast::StatementKind;
use crate::core::rego::parser::{ParseOptions, parse};

/// What the last rule of a text uses.
fn of(text: &str) -> Uses {
    let parsed = parse(&format!("package t\n{text}"), ParseOptions::default());
    assert!(parsed.is_clean(), "{:?}", parsed.errors());
    let imports: Vec<_> = parsed
        .module
        .statements
        .iter()
        .filter_map(|p| if let StatementKind::Import(i) = &p.statement.kind { Some(i) } else { None })
        .collect();
    match &parsed.module.statements.last().unwrap().statement.kind {
        StatementKind::Rule(rule) => uses(rule, imports),
        other => panic!("{other:?}"),
    }
}

fn inputs(text: &str) -> Vec<String> {
    let written = |path: &[Step]| {
        path.iter().fold(String::new(), |out, step| match step {
            Step::Key(key) if out.is_empty() => key.clone(),
            Step::Key(key) => format!("{out}.{key}"),
            Step::Each => out + "[*]",
        })
    };
    of(text).input.iter().map(|i| written(&i.path)).collect()
}

#[test]
fn locals_are_followed_into_the_input() {
    for (text, expected) in [
        ("p if input.spec.hostPID == true", vec!["spec.hostPID"]),
        (
            "p if {\n\tsome c in input.spec.containers\n\tc.securityContext.privileged\n}",
            vec!["spec.containers", "spec.containers[*]", "spec.containers[*].securityContext.privileged"],
        ),
        ("p if input.spec.containers[_].name == \"a\"", vec!["spec.containers[*].name"]),
        ("p if {\n\tx.b == 1\n\tx := input[\"a\"]\n}", vec!["a.b", "a"]),
        ("p contains c.name if c := input.spec", vec!["spec", "spec.name"]),
        ("p if every c in input.cs { c.ok }", vec!["cs", "cs[*].ok"]),
        ("p := [c.n | some c in input.cs]", vec!["cs[*]", "cs", "cs[*].n"]),
        ("import input.request.object as pod\n\np if pod.spec.x", vec!["request.object.spec.x"]),
        ("p if object.get(input.metadata, \"labels\", {}) == {}", vec!["metadata.labels", "metadata"]),
        ("p if $\"{input.kind}\" == \"Pod\"", vec!["kind"]),
    ] {
        let found = inputs(text);
        let set = |v: &[String]| v.iter().cloned().collect::<BTreeSet<_>>();
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(set(&found), set(&expected), "{text}");
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
