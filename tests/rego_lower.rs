//! Lowered text, judged by the engine, against what OPA 1.22.2 answers (`tests/data/rego-eval.json`).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // A test may fail that way.

use std::sync::Arc;

use regoscope::core::file::FileId;
use regoscope::core::policy::engine::{Engine, Input};
use regoscope::core::policy::links::Memo;
use regoscope::core::policy::outline::{Known, outline};
use regoscope::core::policy::place::Lines;
use regoscope::core::policy::program::{Loaded, Program};
use regoscope::core::policy::slice::Slice;
use regoscope::core::policy::units::Linker;
use regoscope::core::rego::ast::StatementKind;
use regoscope::core::rego::lower::{LowerOptions, Lowered, Names, lower};
use regoscope::core::rego::parser::{ParseOptions, Version, parse};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    version: String,
    module: String,
    input: Option<Value>,
    data: Option<Value>,
    query: String,
    result: Option<Value>,
    undefined: bool,
    error: Option<Value>,
    #[serde(default)]
    strict_builtin_errors: bool,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("data/rego-eval.json")).unwrap()
}

/// A whole module in the engine's form: each statement lowered, the gaps between them as they are.
fn lowered(module: &str, version: &str) -> Result<String, String> {
    let version = if version == "v0" { Version::V0 } else { Version::V1 };
    let parsed = parse(module, ParseOptions { version });
    if !parsed.is_clean() {
        return Err(format!("{:?}", parsed.errors()));
    }
    let names = Names::of_package([&parsed.module]).with_imports(&parsed.module);
    let mut out = String::new();
    let mut at = 0;
    for placed in &parsed.module.statements {
        assert_ne!(placed.statement.kind, StatementKind::Broken);
        let lowered = lower(placed, module, &names, LowerOptions::default());
        if let Some(first) = lowered.unsupported.first() {
            return Err(format!("unsupported: {}", first.what));
        }
        let source = &module[placed.range()];
        assert_eq!(source.matches('\n').count(), lowered.text.matches('\n').count(), "{}", lowered.text);
        out += &module[at..placed.start];
        out += &lowered.text;
        at = placed.range().end;
    }
    out += &module[at..];
    Ok(out)
}

/// What the engine says: `Ok(None)` is undefined.
fn judged(text: &str, v0: bool, case: &Case) -> Result<Option<Value>, String> {
    let mut engine = Engine::new();
    engine.add_module("m.rego", text, v0).map_err(|e| e.to_string())?;
    if let Some(data) = &case.data {
        engine.set_data(data).map_err(|e| e.to_string())?;
    }
    if let Some(input) = &case.input {
        engine.set_input(&Input::new(input));
    }
    engine.eval(&case.query).map(|answer| answer.value).map_err(|e| e.to_string())
}

/// The same through the product's way: linked, with what `with` replaces.
fn asked(case: &Case) -> Result<Option<Value>, String> {
    let version = if case.version == "v0" { Version::V0 } else { Version::V1 };
    let parsed = parse(&case.module, ParseOptions { version });
    let loaded = Loaded {
        file: FileId(0),
        text: Arc::from(case.module.as_str()),
        lines: Lines::of(&case.module),
        module: outline(&parsed, &case.module, &mut Known::default()),
        preamble: 0,
        within: None,
    };
    let rule = case.query.strip_prefix("data.t.").unwrap_or_default();
    let ask = |linker: &Linker<'_>| linker.unit_of(&["t".to_owned()], rule);
    let (program, unit) = Program::link_asking(vec![Arc::new(loaded)], &[], 0, &mut Memo::default(), ask);
    let Some(unit) = unit else { return Ok(None) };
    if let Some(reason) = unit.obstacles.first() {
        return Err(format!("{reason:?}"));
    }
    let mut base = Engine::new();
    if let Some(data) = &case.data {
        base.set_data(data).map_err(|e| e.to_string())?;
    }
    let mut slice = Slice::build(&program, &[&unit], &base).map_err(|(_, e)| e.to_string())?;
    let input = case.input.as_ref().map_or_else(Input::none, Input::new);
    slice.set_input(&input);
    let said = slice.ask(unit.fingerprint, &input).unwrap();
    said.answer.map(|answer| answer.value).map_err(|e| e.to_string())
}

fn agrees(case: &Case, found: &Result<Option<Value>, String>) -> bool {
    match found {
        Err(_) => case.error.is_some(),
        Ok(_) if case.error.is_some() => false,
        Ok(None) => case.undefined,
        Ok(Some(value)) => !case.undefined && case.result.as_ref().is_some_and(|r| same(r, value)),
    }
}

/// Numbers of one value are equal however they are written.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
        }
        _ => a == b,
    }
}

#[test]
fn lowering_brings_the_engine_to_opas_answers() {
    let (mut plain, mut after, mut total, mut refused, mut wrong) = (0, 0, 0, 0, 0);
    let mut differ = String::new();
    for case in cases().iter().filter(|c| c.query.starts_with("data.t.") && !c.strict_builtin_errors) {
        if case.query[7..].contains(['.', '[', '(']) {
            continue;
        }
        total += 1;
        let raw = judged(&case.module, case.version == "v0", case);
        plain += usize::from(agrees(case, &raw));
        match lowered(&case.module, &case.version) {
            Err(what) => {
                refused += 1;
                differ += &format!("{}: refused {what}\n{}\n", case.id, case.module);
            }
            Ok(text) => {
                let found = asked(case);
                if agrees(case, &found) {
                    after += 1;
                } else {
                    wrong += usize::from(found.is_ok());
                    differ += &format!(
                        "{}: {found:?}, OPA {:?}, plain {}\n{text}\n",
                        case.id,
                        case.error.as_ref().or(case.result.as_ref()),
                        agrees(case, &raw)
                    );
                }
            }
        }
    }
    println!("{differ}of {total}: {plain} plain, {after} lowered, {refused} refused, {wrong} wrong");
    assert!(
        after >= 320,
        "{differ}of {total}: {plain} plain, {after} lowered, {refused} refused, {wrong} wrong"
    );
}

/// The last statement of a module, lowered, with probes from 10 on.
fn last(text: &str) -> Lowered {
    let parsed = parse(text, ParseOptions::default());
    assert!(parsed.is_clean(), "{:?}", parsed.errors());
    let names = Names::of_package([&parsed.module]).with_imports(&parsed.module);
    lower(parsed.module.statements.last().unwrap(), text, &names, LowerOptions { probe: Some(10) })
}

/// One rule in v1, without probes.
fn rule(imports: &str, text: &str) -> String {
    let module = format!("package t\n{imports}\n{text}\n");
    let whole = lowered(&module, "v1").unwrap();
    whole.trim_end().rsplit("\n\n").next().unwrap().trim().to_owned()
}

#[test]
fn each_construct_has_its_form() {
    for (imports, text, expected) in [
        ("", "p if not f(input.x) == \"a\"", "p if { __rs1 := f(input.x); not __rs1 == \"a\" }"),
        ("", "p if not input.x == 1", "p if not input.x == 1"),
        ("", "p if not input.x != 1", "p if { __rs1 := input.x; not __rs1 != 1 }"),
        ("", "p if not data.m[input.k]", "p if { __rs1 := input.k; not data.m[__rs1] }"),
        ("import future.keywords.not", "p if not f(input.x)", "p if not f(input.x)"),
        ("import future.keywords.not", "p if not { a; b }", "p if { [1 | a; b] == [] }"),
        ("import rego.v2", "p if a and b", "p if { [1 | [1 | a] != []; [1 | b] != []] != [] }"),
        ("import rego.v2", "p if a or not b", "p if { [1 | [1 | a] == []; [1 | not b] == []] == [] }"),
        (
            "",
            "p if {\n\t[q, v] := walk(input)\n\tv\n}",
            "p if {\n\twalk(input, __rs1); [q, v] := [__rs1][0]\n\tv\n}",
        ),
        (
            "",
            "p contains x if some x in input.xs",
            "p contains x__rs if { some x__rs in __rs_each(input.xs) }",
        ),
        (
            "",
            "p := count(x) + 1 if x := input.a - -input.b",
            "p := __rs1 if { x := __rs_minus(input.a , __rs_minus(0, input.b)); __rs1 := count(x) + 1 }",
        ),
        ("", "p := $\"a\\{{input.b}\"", "p := __rs_template([\"a{\", [__rs1 | __rs1 := input.b]])"),
        ("", "p := $\"{1.50}\"", "p := __rs_template([\"1.50\"])"),
        ("", "p if {\n\tinput.a\n\t(1 + 1) == 2\n}", "p if {\n\tinput.a;\n\t(1 + 1) == 2\n}"),
        ("", "p if lt(input.a, 2)", "p if (input.a < 2)"),
        ("", "p if input.a <= input.b", "p if __rs_less_equal(input.a , input.b)"),
        (
            "",
            "p if input.k, 1 in input.xs",
            "p if { __rs1 := input.k; __rs2 := input.xs; __rs_member(__rs1, 1, __rs2) }",
        ),
        ("", "p if { x := y; y := 1 }", "p if { x := [y][0]; y := 1 }"),
        ("", "p if every x in [1] { y = x; y > 0 }", "p if { every x in [1] { y = [x][0]; y > 0 } }"),
        ("", "p if q == {input.k: 1, \"a\": 2}", "p if q == __rs_object([input.k, 1, \"a\", 2])"),
        ("", "p if { q = {input.k: x, \"a\": y} }", "p if { q = {input.k: x, \"a\": y} }"),
        ("", "p := n if count(input.xs, n)", "p := n if n = count(input.xs)"),
        ("", "p if not count(input.xs, 1)", "p if { __rs1 := input.xs; not 1 == count(__rs1) }"),
        ("", "p if x with count as f", "p if { __rs1 := [f][0]; x with count as __rs1 }"),
        ("", "p if x with q as 1", "p if { x with data.t.q as 1 }"),
    ] {
        assert_eq!(rule(imports, text), expected, "{text}");
    }
    let v0 = lowered("package t\n\np[x] { x = input.y } { x = 1 }\n", "v0").unwrap();
    assert_eq!(v0, "package t\n\np contains x if { x = input.y } p contains x if { x = 1 }\n");
}

#[test]
fn deep_literals_are_taken_apart() {
    let deep = format!("package t\n\np := x if {{\n\tx := {}1{}\n}}\n", "[".repeat(40), "]".repeat(40));
    let text = lowered(&deep, "v1").unwrap();
    let mut engine = Engine::new();
    engine.add_module("m.rego", &text, false).unwrap();
    let found = engine.eval("data.t.p").unwrap().value.unwrap().to_string();
    assert_eq!(found, format!("{}1{}", "[".repeat(40), "]".repeat(40)));
}

#[test]
fn what_cannot_be_lowered_is_named() {
    for (text, what) in [
        ("import data.a.q\n\nq := 1", "an import with the name of a rule, `q`"),
        ("f(x, x) := 1", "an argument name that is repeated"),
        ("p[k] contains 1 if some k in input", "a set at a path that varies"),
        ("p := sprintf(\"%f\", [1.0])", "`1.0` as an argument of sprintf"),
        ("f($\"a\") := 1", "a template string as an argument of a function definition"),
        ("p := input.a[1.0]", "`1.0` as an index"),
        ("if.a := 1", "`if` as the name of a rule"),
    ] {
        assert_eq!(
            lowered(&format!("package t\n\n{text}\n"), "v1"),
            Err(format!("unsupported: {what}")),
            "{text}"
        );
    }
}

#[test]
fn probes_tell_which_body_made_which_value() {
    let text =
        "package t\n\ndeny contains sprintf(\"%s\", [c.name]) if {\n\tsome i, c in input.cs\n\tc.bad\n}\n";
    let found = last(text);
    assert_eq!(
        found.text,
        "deny contains __rs1 if {\n\tsome i__rs, c__rs in __rs_each(input.cs)\n\tc__rs.bad; __rs1 := sprintf(\"%s\", \
         [c__rs.name]); __rs_fired(10, __rs1, [i__rs, c__rs])\n}"
    );
    assert_eq!(
        (found.probes[0].id, &found.probes[0].witnesses[..]),
        (10, &["i".to_owned(), "c".to_owned()][..])
    );
    assert_eq!(last("package t\n\ndeny if input.x\n").text, "deny if { input.x; __rs_fired(10, true, []) }");
    assert_eq!(
        last("package t\n\ndeny contains \"x\"\n").text,
        "deny contains __rs1 if { __rs1 := \"x\"; __rs_fired(10, __rs1, []) }"
    );
}

#[test]
fn every_byte_knows_where_it_comes_from() {
    let text = "package t\n\np if {\n\tx := input.a + g(1)\n\tnot startswith(input.b, x)\n}\n";
    let parsed = parse(text, ParseOptions::default());
    let placed = parsed.module.statements.last().unwrap();
    let lowered = lower(placed, text, &Names::default(), LowerOptions::default());
    for (piece, wanted) in [
        ("__rs_plus", "input.a"),
        ("g(1)", "g(1)"),
        ("startswith", "startswith"),
        ("input.b", "input.b"),
        ("not ", "not "),
    ] {
        let author = lowered.map.author(lowered.text.find(piece).unwrap());
        assert!(text[placed.start + author..].starts_with(wanted), "{piece} in {}", lowered.text);
    }
}

/// The engine forgets the turns of a loop before one in which its head is undefined; what `deny` then reads is empty.
#[test]
fn an_undefined_turn_of_a_loop_loses_no_other() {
    for (text, expected) in [
        ("p[lower(v)] := v if { some v in [\"X\", \"Y\", false] }", "{\"x\":\"X\",\"y\":\"Y\"}"),
        ("p[v.x] := 1 if { some v in [{\"x\": \"a\"}, {\"y\": 1}] }", "{\"a\":1}"),
        ("p[v.x].c := 1 if { some v in [{\"x\": \"a\"}, {\"y\": 1}] }", "{\"a\":{\"c\":1}}"),
        (
            "p[v.x] := upper(v.z) if { some v in [{\"x\": \"a\", \"z\": \"q\"}, {\"x\": \"r\"}] }",
            "{\"a\":\"Q\"}",
        ),
        ("p contains lower(v) if { some v in [\"X\", false] }", "[\"x\"]"),
        ("p contains v.x if { some v in [{\"x\": \"a\"}, {}] }", "[\"a\"]"),
    ] {
        let module = lowered(&format!("package t\n\n{text}\n\nq := p\n"), "v1").unwrap();
        let mut engine = Engine::new();
        engine.add_module("m.rego", &module, false).unwrap();
        let found = engine.eval("data.t.q").unwrap().value.unwrap().to_string();
        assert_eq!(found, expected, "{text}\n{module}");
    }
}

/// A case of one module, asked for `data.t.p`.
fn case(version: &str, module: &str, input: Value) -> Case {
    Case {
        id: String::new(),
        version: version.to_owned(),
        module: format!("package t\n\n{module}\n"),
        input: Some(input),
        data: None,
        query: "data.t.p".to_owned(),
        result: None,
        undefined: false,
        error: None,
        strict_builtin_errors: false,
    }
}

/// What OPA 1.22.2 answers: there is an `r` and an `r.b` as soon as there is a rule `r.b.c`.
#[test]
fn the_objects_above_a_rule_are_there_even_if_it_is_undefined() {
    for (text, expected) in [
        ("r.b.c := input.x\n\np := r", r#"{"b":{}}"#),
        ("r.b.c := input.x\n\nr.a := 1\n\np := r", r#"{"a":1,"b":{}}"#),
        ("r[\"b\"][\"c\"] := input.x\n\np := data.t.r", r#"{"b":{}}"#),
        ("r.b.c := input.x\n\np := r.b", "{}"),
        ("r.b.c contains x if x := input.x\n\nr.b.d.e := input.x\n\np := r", r#"{"b":{"c":[],"d":{}}}"#),
        ("r.b.c := input.x\n\nr[x] := 1 if x := input.y\n\np := r", "{}"),
        ("r[x].z := 1 if x := input.y\n\nr.b.c.d := input.x\n\np := r", "{}"),
        ("r.f(x) := x\n\np := r", "{}"),
        ("default r.a.b := 7\n\nr.a.b := input.x\n\np := r", r#"{"a":{"b":7}}"#),
        ("r.b.c := input.x\n\np contains k if some k, _ in r", r#"["b"]"#),
    ] {
        let found = asked(&case("v1", text, serde_json::json!({}))).unwrap().unwrap();
        assert_eq!(found.to_string(), expected, "{text}");
    }
}

/// The engine runs `names[x]` before `x := y`, as if it were a loop; and `every` hides from it what is bound.
#[test]
fn a_variable_is_known_before_it_is_an_index() {
    for (text, expected) in [
        ("p := v if { y := \"a\"; x := y; v := {\"a\": 1}[x] }", "1"),
        ("p contains v if { some y in [\"a\", \"b\"]; x := y; v := {\"a\": 1}[x] }", "[1]"),
        ("p := y if { y := false; x := y; x == false }", "false"),
        ("p if every x in [1] { y = x; y > 0 }", "true"),
        ("p if every x in [1] { x = y; y > 0 }", "true"),
        ("p contains [i, x] if { [1, 2][i]; some x; x = 1 }", "[[0,1],[1,1]]"),
        ("p contains v if { c := [{\"a\": 1}][_]; some x, v; v = c[x] }", "[1]"),
        ("p contains x if { c := [[1], [2]][_]; [_, x] := walk(c) }", "[1,2,[1],[2]]"),
        ("p[$\"x{y}\"] := 1 if { some y in [\"a\"] }", "{\"xa\":1}"),
        ("p := 1 if { y := 2; every x in [1] { y = x } } else := 3", "3"),
    ] {
        let found = asked(&case("v1", text, serde_json::json!({"k": "a"}))).unwrap().unwrap();
        assert_eq!(found.to_string(), expected, "{text}");
    }
}

/// Which of two values OPA takes goes by the names of its compiler's variables.
#[test]
fn of_a_key_that_is_there_twice_the_value_is_not_known() {
    let text = "p := {input.k: 1, \"a\": 2}";
    assert!(asked(&case("v1", text, serde_json::json!({"k": "a"}))).is_err());
    let found = asked(&case("v1", text, serde_json::json!({"k": "b"}))).unwrap().unwrap();
    assert_eq!(found.to_string(), r#"{"a":2,"b":1}"#);
}

/// The engine has `1.0` as `1`; only where a text is made of it does OPA show the difference.
#[test]
fn the_spelling_of_a_number_is_not_judged_where_it_may_show() {
    for (text, judged) in [
        ("x := 3.0\n\np := sprintf(\"%d\", [x])", false),
        ("x := [1e2]\n\np := json.marshal(x)", false),
        ("x := 1.0\n\np := $\"{x}\"", false),
        ("x := 3.0\n\np := sprintf(\"%v\", [x])", true),
        ("x := 3.5\n\np := sprintf(\"%.1f\", [x])", true),
        ("p := sprintf(\"%d\", [input.n]) if input.n > 1.0", true),
    ] {
        let found = asked(&case("v1", text, serde_json::json!({"n": 2})));
        assert_eq!(found.is_ok(), judged, "{text}: {found:?}");
    }
}

/// The engine takes `{"a": 1, "b": 2}` for a match of `{"a": x}`; in OPA an object matches only with the same keys.
#[test]
fn an_object_as_a_pattern_is_not_judged() {
    for text in [
        "p := x if { {\"a\": x} := input }",
        "p := x if { {\"a\": x} = input }",
        "p := x if { y := input; {\"a\": x} = y }",
        "p := x if { [1, {\"a\": x}] = [1, input] }",
        "p contains x if some {\"a\": x} in [input]",
        "p contains x if walk(input, [_, {\"a\": x}])",
        "f({\"a\": x}) := x\n\np := f(input)",
    ] {
        let said = asked(&case("v1", text, serde_json::json!({"a": 1, "b": 2})));
        assert!(said.is_err_and(|why| why.contains("an object as a pattern")), "{text}");
    }
    for text in ["p if { v = {\"a\": 1}; v.a == 1 }", "p if input = {\"a\": 1, \"b\": 2}"] {
        let said = asked(&case("v1", text, serde_json::json!({"a": 1, "b": 2})));
        assert_eq!(said.unwrap().unwrap().to_string(), "true", "{text}");
    }
}
