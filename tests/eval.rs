//! `regoscope eval` against what OPA 1.22.2 answers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // A test may fail that way.

use std::fs;
use std::process::{Command, Output};

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

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

/// A folder with these files, and the program in it.
struct Call {
    folder: TempDir,
    command: Command,
}

impl Call {
    fn new(files: &[(&str, &str)], arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
        command.current_dir(folder.path()).arg("eval").args(arguments);
        Self { folder, command }
    }

    fn output(mut self) -> (Option<i32>, String, String) {
        let Output { status, stdout, stderr } = self.command.output().unwrap();
        drop(self.folder);
        (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    /// Exit code and JSON.
    fn answer(self) -> (Option<i32>, Value) {
        let (code, stdout, stderr) = self.output();
        (code, serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stdout}{stderr}")))
    }
}

#[test]
fn the_last_argument_of_a_builtin_takes_its_answer() {
    for (query, value) in [("count([1], x)", "1"), ("upper(\"a\", x)", "\"A\"")] {
        let (code, answer) = Call::new(&[], &[query]).answer();
        assert_eq!(code, Some(0), "{answer}");
        let row = &answer["result"][0];
        assert_eq!(row["bindings"]["x"].to_string(), value, "{answer}");
        assert_eq!(row["expressions"][0]["value"], json!(true));
    }
}

#[test]
fn queries_that_are_more_than_a_rule_are_answered_as_opa_does() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("data/rego-eval.json")).unwrap();
    let more = |case: &&Case| {
        let name = case.query.strip_prefix("data.t.").unwrap_or("-");
        case.strict_builtin_errors || !name.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let mut asked = 0;
    for case in cases.iter().filter(more) {
        let input = case.input.clone().unwrap_or_default().to_string();
        let data = case.data.clone().unwrap_or_else(|| json!({})).to_string();
        let files = [("t.rego", case.module.as_str()), ("i.json", &input), ("d.json", &data)];
        let mut arguments = vec!["-d", "t.rego", "-d", "d.json", &case.query];
        if case.input.is_some() {
            arguments.extend(["-i", "i.json"]);
        }
        if case.version == "v0" {
            arguments.push("--v0-compatible");
        }
        if case.strict_builtin_errors {
            arguments.push("--strict-builtin-errors");
        }
        let (code, answer) = Call::new(&files, &arguments).answer();
        asked += 1;
        let id = &case.id;
        if let Some(error) = &case.error {
            assert_eq!(code, Some(2), "{id}: {answer}");
            let codes: Vec<&Value> =
                answer["errors"].as_array().unwrap().iter().map(|error| &error["code"]).collect();
            let wanted =
                error.pointer("/0/code").or_else(|| error.get("code")).and_then(Value::as_str).unwrap();
            // A wrong type and any other error of a builtin are told apart by words, which the engine has its own of.
            let of_builtin = |code: &str| matches!(code, "eval_type_error" | "eval_builtin_error");
            let same = |code: &str| code == wanted || (of_builtin(code) && of_builtin(wanted));
            assert!(codes.iter().any(|code| same(code.as_str().unwrap())), "{id}: {answer}, OPA {error}");
            continue;
        }
        assert_eq!(code, Some(0), "{id}: {answer}");
        if case.undefined {
            assert_eq!(answer, json!({}), "{id}");
            continue;
        }
        let rows = answer["result"].as_array().unwrap();
        let values: Vec<&Value> = rows.iter().map(|row| &row["expressions"][0]["value"]).collect();
        let found = if rows.len() == 1 { values[0].clone() } else { json!(values) };
        assert_eq!(Some(&found), case.result.as_ref(), "{id}");
    }
    assert!(asked > 20, "{asked}");
}

#[test]
fn rows_have_expressions_texts_places_and_bindings() {
    let module = "package t\n\np := {\"a\": 1, \"b\": 2}\n";
    let (code, answer) =
        Call::new(&[("t.rego", module)], &["-d", "t.rego", "data.t.p[k] > 1; x := k"]).answer();
    assert_eq!(code, Some(0));
    let expected = json!({"result": [{
        "expressions": [
            {"value": true, "text": "data.t.p[k] > 1", "location": {"row": 1, "col": 1}},
            {"value": true, "text": "x := k", "location": {"row": 1, "col": 18}}],
        "bindings": {"k": "b", "x": "b"}}]});
    assert_eq!(answer, expected);
}

#[test]
fn each_query_has_opas_answer() {
    for (query, values) in [
        ("1 == 2", json!([false])),
        ("1 == 2; true", json!([])),
        ("some x in [1, 2]; x > 1", json!([true])),
        ("x = 1", json!([true])),
        ("input.a with input as {\"a\": 3}", json!([3])),
        ("count({1, 2})", json!([2])),
        ("[1, 2][_]", json!([1, 2])),
        ("input", json!([])),
        ("not input.x", json!([true])),
        ("every x in [1, 2] { x > 0 }", json!([true])),
    ] {
        let (code, answer) = Call::new(&[], &[query]).answer();
        assert_eq!(code, Some(0), "{query}: {answer}");
        let rows = answer["result"].as_array().cloned().unwrap_or_default();
        let found: Vec<&Value> = rows.iter().map(|row| &row["expressions"][0]["value"]).collect();
        assert_eq!(json!(found), values, "{query}");
    }
}

#[test]
fn errors_have_code_place_and_exit_code_2() {
    let conflict = "package t\n\np := 1\n\np := 2 if input.x\n";
    let broken = "package t\n\np :=\n";
    let network = "package t\n\np := http.send({})\n";
    for (module, query, code, file) in [
        (conflict, "data.t.p", "eval_conflict_error", Some("t.rego")),
        (broken, "1", "rego_parse_error", Some("t.rego")),
        (network, "data.t.p", "not_judged", Some("t.rego")),
        (conflict, "nope(1)", "rego_type_error", Some("")),
        (conflict, "x", "rego_unsafe_var_error", Some("")),
        (conflict, "data", "not_judged", None),
    ] {
        let files = [("t.rego", module), ("i.yaml", "x: yes\n")];
        let (exit, answer) = Call::new(&files, &["-d", "t.rego", "-i", "i.yaml", query]).answer();
        assert_eq!(exit, Some(2), "{query}: {answer}");
        let error = &answer["errors"][0];
        assert_eq!(error["code"], code, "{answer}");
        assert_eq!(error.pointer("/location/file").and_then(Value::as_str), file, "{answer}");
    }
    let (exit, stdout, stderr) = Call::new(&[], &["-f", "pretty", "1 +"]).output();
    assert_eq!((exit, stdout.as_str()), (Some(2), ""));
    assert!(stderr.starts_with("1:4: rego_parse_error: "), "{stderr}");
}

#[test]
fn a_folder_gives_policies_and_data_below_its_folders() {
    let files = [
        ("in/p.rego", "package t\n\np := data.a.b.c + data.top\n"),
        ("in/a/b/data.json", "{\"c\": 1}"),
        ("in/data.yaml", "top: 2\n"),
        ("in/p_test.rego", "package t_test\n\ntest_p if data.t.p == 3\n"),
    ];
    let (_, stdout, _) = Call::new(&files, &["-d", "in", "-f", "raw", "data.t.p"]).output();
    assert_eq!(stdout, "3\n");
    let (_, stdout, _) = Call::new(&files, &["-d", "in", "-f", "raw", "data.t_test.test_p"]).output();
    assert_eq!(stdout, "true\n", "tests are rules for eval");
}

#[test]
fn an_endless_evaluation_ends() {
    let settings = "[limits]\ndeadline_ms = 300\n";
    let slow = "package t\n\np := count([1 | some a in numbers.range(1, 5000); some b in numbers.range(1, 5000); a * b == -1])\n";
    let files = [("t.rego", slow), ("c.toml", settings)];
    let (exit, answer) = Call::new(&files, &["-d", "t.rego", "--config", "c.toml", "data.t.p"]).answer();
    assert_eq!((exit, &answer["errors"][0]["code"]), (Some(2), &json!("not_judged")), "{answer}");
}

/// OPA compiles all modules before it looks at the query: one bad rule, and no other has an answer.
#[test]
fn what_opas_compiler_refuses_has_no_answer() {
    for (rules, row, column, code, message) in [
        ("q := input.x + \"a\"", 5, 6, "rego_type_error", "plus: invalid argument(s)"),
        ("q if { q }", 5, 1, "rego_recursion_error", "rule data.t.q is recursive: data.t.q -> data.t.q"),
        ("q[x] := 1", 5, 3, "rego_unsafe_var_error", "var x is unsafe"),
        ("q if { every x in [1] { y == x } }", 5, 25, "rego_unsafe_var_error", "var y is unsafe"),
        ("q := 1\n\nq(x) := x", 5, 1, "rego_type_error", "conflicting rules data.t.q found"),
        ("q contains 1\n\nq := 2", 5, 1, "rego_type_error", "conflicting rules data.t.q found"),
        ("q := count(1, 2, 3)", 5, 6, "rego_type_error", "count: arity mismatch"),
        ("q := undefined(1)", 5, 6, "rego_type_error", "undefined function undefined"),
        (
            "q := data.t.f(1)\n\nf(x, y) := x + y",
            5,
            6,
            "rego_type_error",
            "function data.t.f has arity 2, got 1 argument",
        ),
        ("q if { x := 1; x := 2 }", 5, 16, "rego_compile_error", "var x assigned above"),
        (
            "q if { input := 1 }",
            5,
            8,
            "rego_compile_error",
            "variables must not shadow input (use a different variable name)",
        ),
        ("q if { some x; input.x }", 5, 8, "rego_compile_error", "declared var x unused"),
        (
            "q := re_match(\"a\", \"b\")",
            5,
            6,
            "rego_type_error",
            "deprecated built-in function calls in expression: re_match",
        ),
    ] {
        let module = format!("package t\n\nok := true\n\n{rules}\n");
        let (exit, answer) = Call::new(&[("t.rego", &module)], &["-d", "t.rego", "data.t.ok"]).answer();
        assert_eq!(exit, Some(2), "{rules}: {answer}");
        assert!(answer.get("result").is_none(), "{answer}");
        let error = &answer["errors"][0];
        assert_eq!((&error["code"], &error["message"]), (&json!(code), &json!(message)), "{rules}");
        let place = json!({"file": "t.rego", "row": row, "col": column});
        assert_eq!(error["location"], place, "{rules}");
    }
}
