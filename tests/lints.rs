//! Advice on policies: what is told and what is not, `ignore` comments, and what each fix makes of the text.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // A test may fail that way.

use regoscope::core::diagnostics::Diagnostic;
use regoscope::core::manifest::schema::Schemas;
use regoscope::core::rego::lint::{LintOptions, Memo, Source, lint};
use regoscope::core::rego::parser::{ParseOptions, Version, parse};
use regoscope::strings::Lang;

/// The advice on each of some files.
fn advice(files: &[(&str, &str)], version: Version, memo: &mut Memo) -> Vec<Vec<Diagnostic>> {
    let parsed: Vec<_> = files.iter().map(|(_, text)| parse(text, ParseOptions { version })).collect();
    let sources: Vec<Source> = files
        .iter()
        .zip(&parsed)
        .map(|((name, text), parsed)| Source {
            name,
            text,
            module: &parsed.module,
            whole: parsed.is_clean(),
            template: false,
        })
        .collect();
    let options = LintOptions { schemas: &Schemas::builtin(), schemas_print: 0, lang: Lang::En };
    lint(&sources, options, memo)
}

/// The text without its marks, and the ranges between `«` and `»`.
fn marked(text: &str) -> (String, Vec<std::ops::Range<usize>>) {
    let (mut plain, mut ranges, mut start) = (String::new(), Vec::new(), 0);
    for c in text.chars() {
        match c {
            '«' => start = plain.len(),
            '»' => ranges.push(start..plain.len()),
            c => plain.push(c),
        }
    }
    (plain, ranges)
}

/// Text with the places of one rule marked; its first line after the first fix, or "" if there is no fix there.
const CASES: &[(&str, &str, &str)] = &[
    // `!=` in a loop
    ("not-equals-in-loop", "p if «input.a != input.xs[_]»", "p if not input.a in input.xs"),
    ("not-equals-in-loop", "p if «input.xs[_].name != \"a\"»", ""),
    ("not-equals-in-loop", "p if { some x in input.xs; x != \"a\" }", ""),
    ("not-equals-in-loop", "p if { input.xs[i] != \"a\"; input.ys[i] }", ""),
    // conditions that are always so
    ("constant-condition", "p if { input.a; «1 == 1» }", ""),
    ("constant-condition", "p if «false»", ""),
    ("constant-condition", "p if «{x | some x in input.xs}»", ""),
    (
        "constant-condition",
        "p if { «bad»; input.a }\n\nbad contains 1 if input.b",
        "p if { count(bad) > 0; input.a }",
    ),
    (
        "constant-condition",
        "p if { y := {x | some x in input.xs}; «y» }",
        "p if { y := {x | some x in input.xs}; count(y) > 0 }",
    ),
    ("constant-condition", "p if true", ""),
    ("constant-condition", "p if { bad }\n\nbad if input.b", ""),
    ("constant-condition", "p if [input.a]", ""),
    ("unassigned-return-value", "p if «count(input.xs)»", "p if count(input.xs) > 0"),
    ("unassigned-return-value", "p if «lower(input.x)»", ""),
    ("unassigned-return-value", "p if { count(input.xs, n); n > 1 }", ""),
    (
        "unassigned-return-value",
        "p if { startswith(input.x, \"a\"); print(\"x\"); walk(input, [_, v]); v == 1 }",
        "",
    ),
    ("unassigned-return-value", "p if to_number(input.x)", ""),
    ("unassigned-return-value", "p if count(input.x)\n\ncount(x) := x", ""),
    // never
    ("never-true", "p if { input.kind == \"Pod\"; «input.kind == \"Service\"» }", ""),
    ("never-true", "p if { x := input.a; x > 5; «3 > x» }", ""),
    ("never-true", "p if { input.a; «not input.a» }", ""),
    ("never-true", "p if { input.a == 1; «input.a != 1» }", ""),
    ("never-true", "p if { input.xs[_] == 1; input.xs[_] == 2 }", ""),
    ("never-true", "p if { input.a > 3; input.a < 5; input.a >= 3; input.a == 4 }", ""),
    ("never-true", "p if { input.a == 1 with input.a as 2; input.a == 2 }", ""),
    ("never-true", "p if { some x in input.xs; x == 1; every y in input.xs { y == 2 } }", ""),
    // not
    ("impossible-not", "p if «not bad»\n\nbad contains 1 if input.b", "p if count(bad) == 0"),
    ("impossible-not", "p if «not count(input.xs)»", "p if count(input.xs) == 0"),
    ("impossible-not", "p if not bad\n\nbad if input.b", ""),
    ("impossible-not", "p if not input.xs", ""),
    ("not-undefined-argument", "p if not startswith(«input.spec.nodeName», \"a\")", ""),
    (
        "not-undefined-argument",
        "p if { some c in input.spec.containers; not «c.securityContext.runAsUser» > 0 }",
        "",
    ),
    ("not-undefined-argument", "p if not \"a\" in «input.metadata.finalizers»", ""),
    ("not-undefined-argument", "p if not startswith(«input.request.object.spec.nodeName», \"a\")", ""),
    ("not-undefined-argument", "p if not input.spec.nodeName == \"a\"", ""),
    ("not-undefined-argument", "p if not input.spec.nodeName", ""),
    (
        "not-undefined-argument",
        "p if { input.spec.nodeName; not startswith(input.spec.nodeName, \"a\") }",
        "",
    ),
    (
        "not-undefined-argument",
        "p if { some c in input.spec.containers; not startswith(c.image, \"a\") }",
        "",
    ),
    ("not-undefined-argument", "p if not startswith(input.path, \"a\")", ""),
    (
        "not-undefined-argument",
        "import future.keywords.not\n\np if not startswith(input.spec.nodeName, \"a\")",
        "",
    ),
    // fields
    ("unknown-input-field", "p if input.spec.«hostPid»", "p if input.spec.hostPID"),
    (
        "unknown-input-field",
        "p if input.request.object.spec.«hostPid»",
        "p if input.request.object.spec.hostPID",
    ),
    (
        "unknown-input-field",
        "p if input.review.object.spec[«\"hostPid\"»]",
        "p if input.review.object.spec[\"hostPID\"]",
    ),
    (
        "unknown-input-field",
        "p if { some c in input.spec.containers; c.securityContext.«privleged» }",
        "p if { some c in input.spec.containers; c.securityContext.privileged }",
    ),
    (
        "unknown-input-field",
        "p if input.request.«operaton» == \"CREATE\"",
        "p if input.request.operation == \"CREATE\"",
    ),
    ("unknown-input-field", "p if { input.kind == \"Pod\"; input.spec.«template».spec.hostPID }", ""),
    ("unknown-input-field", "p if { input.kind == \"Gizmo\"; input.spec.hostPid }", ""),
    (
        "unknown-input-field",
        "p if { input.spec.gizmo; input.user.name; input.metadata.labels.hostPid; input.sepc }",
        "",
    ),
    ("unknown-input-field", "p if input.resource_changes[_].change.after.tags", ""),
    (
        "unknown-input-field",
        "p if { input.parameters.hostPid; input.review.object.spec.hostPID; input.request.object.kind }",
        "",
    ),
    ("truthy-number", "p if «input.spec.replicas»", ""),
    ("truthy-number", "p if { some c in input.spec.containers; not «c.securityContext.runAsUser» }", ""),
    ("truthy-number", "p if { input.spec.hostPID; input.spec.replicas > 0 }", ""),
    // sprintf, print
    ("sprintf-arguments-mismatch", "p := «sprintf(\"%s %d\", [input.a])»", ""),
    ("sprintf-arguments-mismatch", "p := sprintf(\"%s 100%%\", [input.a])", ""),
    ("sprintf-arguments-mismatch", "p := sprintf(\"%s %d\", input.a)", ""),
    ("print-or-trace-call", "p if { «print»(input.a); input.b }", ""),
    // loops
    ("unused-output-variable", "p if input.xs[«i»] == 1", "p if input.xs[_] == 1"),
    ("unused-output-variable", "p if { input.xs[i] == 1; input.ys[i] == 2 }", ""),
    ("unused-output-variable", "p contains i if input.xs[i] == 1", ""),
    ("unused-output-variable", "p if input.xs[k] == 1\n\nk := 1", ""),
    ("redundant-existence-check", "p if { «input.a»; startswith(input.a, \"x\") }", ""),
    ("redundant-existence-check", "p if { input.a; not startswith(input.a, \"x\") }", ""),
    // style
    ("use-assignment-operator", "p «=» 1", "p := 1"),
    ("use-assignment-operator", "default p «=» false", "default p := false"),
    ("use-assignment-operator", "p := 1 if { input.a = 1 }", ""),
    ("rule-shadows-builtin", "«startswith» := 1", ""),
    ("rule-shadows-builtin", "«http» := 1", ""),
    ("rule-shadows-builtin", "started := 1", ""),
    ("var-shadows-builtin", "p if { «count» := 1; count == 1 }", ""),
    ("prefer-snake-case", "«hostPorts» := 1", ""),
    ("prefer-snake-case", "host_ports := 1", ""),
    // tests
    ("todo-test", "«todo_test_a» if input.a", ""),
    ("test-outside-test-package", "«test_a» if input.a", ""),
    ("identically-named-tests", "test_a if input.a\n\n«test_a» if input.b", ""),
    ("identically-named-tests", "test_a[x] if some x in [1]\n\ntest_a[x] if some x in [2]", ""),
    // not used
    ("unused-import", "«import data.lib»\n\np := 1", ""),
    ("unused-import", "import data.lib\n\np := lib.x", ""),
    ("unused-import", "import data.lib\n\np if { lib := 1; lib == 1 }\n\nq if input.a with lib.b as 1", ""),
    ("unused-rule", "deny contains 1 if input.a\n\n«helper» if input.b", ""),
    ("unused-rule", "deny contains 1 if helper\n\nhelper if input.b", ""),
    ("unused-rule", "helper if input.b", ""),
    ("unused-rule", "# METADATA\n# entrypoint: true\nhelper if input.b\n\ndeny contains 1 if input.a", ""),
    // Gatekeeper
    ("deny-in-template", "«deny» contains {\"msg\": \"x\"} if input.review.object.spec.hostPID", ""),
    ("deny-in-template", "deny contains \"x\" if input.spec.hostPID", ""),
    (
        "violation-without-msg",
        "violation contains «msg» if { input.review.object.spec.hostPID; msg := \"x\" }",
        "",
    ),
    (
        "violation-without-msg",
        "violation contains «{\"details\": {}}» if input.review.object.spec.hostPID",
        "",
    ),
    ("violation-without-msg", "violation contains {\"msg\": \"x\"} if input.review.object.spec.hostPID", ""),
    (
        "violation-without-msg",
        "violation contains x if { input.review.object.spec.hostPID; x := {\"msg\": \"a\"} }",
        "",
    ),
    // taken back
    ("constant-condition", "# regal ignore:constant-condition\np if false", ""),
    ("constant-condition", "p if false # regoscope ignore:use-if,constant-condition because of this", ""),
    ("constant-condition", "# regal ignore:impossible-not\np if «false»", ""),
    ("constant-condition", "# regal ignore:constant-condition\n\np if «false»", ""),
    ("constant-condition", "p if { x := \"# regal ignore:constant-condition\"; x == input.a; «false» }", ""),
];

#[test]
fn each_rule_is_told_where_it_is_certain_and_nowhere_else() {
    let mut complaints = Vec::new();
    for (code, text, fixed) in CASES {
        let (text, ranges) = marked(&format!("package kubernetes.p\n\n{text}\n"));
        let all = advice(&[("p.rego", &text)], Version::V1, &mut Memo::default()).remove(0);
        let told: Vec<&Diagnostic> = all.iter().filter(|d| d.code == *code).collect();
        let places: Vec<_> = told.iter().map(|d| d.range.clone()).collect();
        if places != ranges {
            complaints.push(format!("{code}: {places:?}, not {ranges:?} in\n{text}"));
        }
        let fix = told.first().and_then(|d| d.fix.as_ref());
        let Some(result) = fix.map(|fix| fix.applied(&text).expect("made for this text")) else {
            if !fixed.is_empty() {
                complaints.push(format!("{code}: no fix of\n{text}"));
            }
            continue;
        };
        if !parse(&result, ParseOptions::default()).is_clean() {
            complaints.push(format!("{code}: the fix does not parse:\n{result}"));
        }
        let again = advice(&[("p.rego", &result)], Version::V1, &mut Memo::default()).remove(0);
        if again.iter().filter(|d| d.code == *code).count() >= told.len() {
            complaints.push(format!("{code}: the fix does not help:\n{result}"));
        }
        if result.lines().nth(2) != Some(fixed) {
            complaints.push(format!("{code}: fixed to\n{result}"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

#[test]
fn old_rego_is_told_the_words_that_it_imports() {
    let cases = [
        ("use-if", "import future.keywords\n\np { input.a }", "p if { input.a }"),
        ("use-contains", "import future.keywords\n\np[x] { x := 1 }", "p contains x { x := 1 }"),
        ("use-if", "p { input.a }", ""),
        ("use-contains", "p[x] { x := 1 }", ""),
    ];
    for (code, text, fixed) in cases {
        let text = format!("package p\n\n{text}\n");
        let all = advice(&[("p.rego", &text)], Version::V0, &mut Memo::default()).remove(0);
        let told = all.iter().find(|d| d.code == code);
        let result = told.and_then(|d| d.fix.as_ref()?.applied(&text)).unwrap_or_default();
        assert_eq!(result.lines().last().unwrap_or_default(), fixed, "{code}: {text}");
    }
}

#[test]
fn what_other_files_use_is_used() {
    let policy = "package p\n\ndeny contains 1 if input.a\n\nhelper if input.b\n\nf(x) := x\n";
    let unused = |other: &str| {
        let all = advice(&[("p.rego", policy), ("o.rego", other)], Version::V1, &mut Memo::default());
        let unused = all[0].iter().filter(|d| d.code == "unused-rule");
        unused.map(|d| policy[d.range.clone()].to_owned()).collect::<Vec<_>>()
    };
    for (other, expected) in [
        ("package o\n", &["helper", "f"][..]),
        ("package p\n\nwarn contains 1 if helper\n", &["f"]),
        ("package o\n\nx := data.p.f(1)\n", &["helper"]),
        ("package p_test\n\nimport data.p\n\ntest_a if p.helper\n", &["f"]),
        ("package o\n\nimport data.p.f as g\n\nx := g(1)\n", &["helper"]),
        ("package o\n\nx := data.p[input.name]\n", &[]),
        ("package o\n\nx := data[input.name]\n", &[]),
        // Nobody knows what a torn text uses.
        ("package o\n\nx := {\n", &[]),
    ] {
        assert_eq!(unused(other), expected, "{other}");
    }
}

#[test]
fn what_was_remembered_changes_nothing() {
    let mut memo = Memo::default();
    let texts = [
        "package p\n\ndeny contains 1 if not bad\n\nbad if input.a\n",
        "package p\n\ndeny contains 1 if not bad\n\nbad contains 1 if input.a\n",
        "package p\n\ndeny contains 1 if { not bad\n",
        "package p\n\nimport data.bad\n\ndeny contains 1 if not bad\n",
    ];
    for text in texts.iter().chain(texts.iter().rev()) {
        let kept = advice(&[("p.rego", text)], Version::V1, &mut memo);
        assert_eq!(kept, advice(&[("p.rego", text)], Version::V1, &mut Memo::default()), "{text}");
    }
}

#[test]
fn the_samples_need_no_advice() {
    let samples = regoscope::samples::ALL.iter().filter(|sample| sample.path.ends_with(".rego"));
    let files: Vec<(&str, &str)> = samples.map(|sample| (sample.path, sample.text)).collect();
    let told: Vec<Diagnostic> =
        advice(&files, Version::V1, &mut Memo::default()).into_iter().flatten().collect();
    assert_eq!(told, []);
}
