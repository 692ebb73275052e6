//! `regoscope lint` as scripts see it: diagnostics of policies and manifests, exit codes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

struct Outcome {
    code: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, args: &[&str], stdin: &str) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
    command.current_dir(folder).env_clear().env("LANG", "C.UTF-8").arg("lint").args(args);
    let output = command.write_stdin(stdin).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Outcome { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The exit code, and each diagnostic as `file:line:column severity code`.
fn diagnostics(folder: &Path, args: &[&str], stdin: &str) -> (i32, Vec<String>) {
    let outcome = run(folder, &[&["-o", "json"], args].concat(), stdin);
    let value: Value = serde_json::from_str(&outcome.out).unwrap_or_else(|e| panic!("{e}: {}", outcome.err));
    let text = |said: &Value, key: &str| said[key].as_str().unwrap().to_owned();
    let line = |said: &Value| {
        let (file, severity, code) = (text(said, "file"), text(said, "severity"), text(said, "code"));
        format!("{file}:{}:{} {severity} {code}", said["line"], said["column"])
    };
    (outcome.code, value["diagnostics"].as_array().unwrap().iter().map(line).collect())
}

#[test]
fn the_json_has_the_keys_that_scripts_depend_on() {
    let folder = folder(&[("m.yaml", "kind: Pod\nspec: {ア: yes}\n".as_bytes())]);
    let outcome = run(folder.path(), &["-o", "json", "m.yaml"], "");
    let value: Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(
        value,
        json!({"diagnostics": [{
            "file": "m.yaml", "line": 2, "column": 11, "end_line": 2, "end_column": 14,
            "severity": "note", "code": "yaml-read-as", "message": "`yes` is read as true",
        }]})
    );
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
}

#[test]
fn each_kind_of_trouble_has_its_code_its_place_and_its_exit_code() {
    let cases: [(&str, &[u8], &[&str], i32); 16] = [
        ("p.rego", b"package p\n\ndeny contains \"x\" if input.a\n", &[], 0),
        ("p.rego", b"package p\n\ndeny contains := 1\n", &["3:15 error rego_parse_error"], 2),
        (
            "p.rego",
            b"\xef\xbb\xbfpackage p\n\ndeny contains \"x\" if y\n",
            &["3:22 error rego_unsafe_var_error"],
            2,
        ),
        ("p.rego", b"package p\n\ndeny contains x if nope(input, x)\n", &["3:20 error rego_type_error"], 2),
        ("p.rego", b"package p\n\ndeny contains x if x := deny[_]\n", &["3:1 error rego_recursion_error"], 2),
        ("q_test.rego", b"package q_test\n\ntest_x if {\n", &["4:1 error rego_parse_error"], 2),
        ("m.yaml", b"kind: Pod\n", &[], 0),
        ("m.yaml", b"a: 1\na: 2\n", &["1:1 warning yaml-duplicate-key", "2:1 warning yaml-duplicate-key"], 1),
        ("m.yaml", b"a: 0644\n", &["1:4 note yaml-read-as"], 0),
        ("m.yaml", b"a: [\n", &["1:4 error yaml-error"], 2),
        ("m.yaml", b"a: {{ .Values.x }}\n", &["1:5 error yaml-error"], 2),
        ("m.yaml", "a\u{3000}b: 1\n".as_bytes(), &["1:2 warning yaml-look-alike"], 1),
        ("m.yaml", "a: \"b\u{202e}\"\n".as_bytes(), &["1:6 warning yaml-hidden-character"], 1),
        (
            "m.yaml",
            b"apiVersion: v1\nkind: Pod\nspec:\n  hostPid: true\n  hostIPC: 1\n  restartPolicy: never\n",
            &[
                "4:3 warning schema-unknown-field",
                "5:12 warning schema-wrong-type",
                "6:18 warning schema-unsupported-value",
            ],
            1,
        ),
        ("m.yaml", b"a: \xff\n", &["1:4 error unreadable-file"], 2),
        ("data.json", b"{\"a\": 1}{\"b\": 2}", &["1:9 error data-error"], 2),
    ];
    for (file, text, expected, code) in cases {
        let folder = folder(&[(file, text)]);
        let (got, said) = diagnostics(folder.path(), &["--fail-on", "warning", file], "");
        let expected: Vec<String> = expected.iter().map(|said| format!("{file}:{said}")).collect();
        assert_eq!(said, expected, "{:?}", String::from_utf8_lossy(text));
        assert_eq!(got, code, "{:?}", String::from_utf8_lossy(text));
    }
}

#[test]
fn warnings_count_only_where_they_are_to() {
    let folder = folder(&[("m.yaml", b"a: 1\na: 2\n"), ("torn.yaml", b"a: [\n")]);
    for (args, code) in [
        (&["m.yaml"][..], 0),
        (&["--fail-on", "error", "m.yaml"], 0),
        (&["--fail-on", "warning", "m.yaml"], 1),
        (&["--fail-on", "warning", "m.yaml", "torn.yaml"], 2),
        (&["missing.yaml"], 2),
        (&[], 2),
        (&["--no-such", "m.yaml"], 2),
    ] {
        let outcome = run(folder.path(), args, "");
        assert_eq!(outcome.code, code, "{args:?} {}{}", outcome.out, outcome.err);
    }
}

#[test]
fn a_folder_with_all_kinds_of_files_is_told_in_its_order() {
    let folder = folder(&[
        ("a.rego", b"package a\n\ndeny contains x if y\n"),
        ("b.yaml", b"a: yes\n"),
        ("c.rego", b"package c\n\ndeny {\n"),
        ("d.yaml", b"a: \xff\n"),
        ("e.json", b"{\"a\": ["),
    ]);
    let (code, said) = diagnostics(folder.path(), &[".", "-"], "package p\n\ndeny contains := 1\n");
    let mut files: Vec<&str> = said.iter().map(|said| said.split(':').next().unwrap()).collect();
    files.dedup();
    assert_eq!((code, files), (2, vec!["a.rego", "b.yaml", "c.rego", "d.yaml", "e.json", "-"]), "{said:?}");
}

#[test]
fn nothing_is_judged() {
    let folder = folder(&[
        ("m.yaml", b"kind: Pod\n"),
        // With any input, these would end in an error or not at all.
        ("p.rego", b"package p\n\nx := 1\n\nx := 2 if input.kind\n\ndeny contains \"x\" if x == 2\n"),
        ("q.rego", b"package q\n\ndeny contains \"x\" if count(numbers.range(1, 1000000000)) > 1\n"),
    ]);
    let (code, said) = diagnostics(folder.path(), &["."], "");
    assert_eq!((code, said), (0, vec![]));
}

#[test]
fn old_rego_is_read_when_it_is_asked_for() {
    let folder = folder(&[("p.rego", b"package p\n\ndeny[msg] { msg := input.a }\n")]);
    let (code, said) = diagnostics(folder.path(), &["p.rego"], "");
    assert!(code == 2 && !said.is_empty());
    assert_eq!(diagnostics(folder.path(), &["--v0-compatible", "p.rego"], ""), (0, vec![]));
}

#[test]
fn people_get_a_line_each() {
    let folder = folder(&[("m.yaml", b"a: yes\nb: 1\nb: 2\n---\nc: [\n")]);
    let outcome = run(folder.path(), &["m.yaml"], "");
    insta::assert_snapshot!(outcome.out, @r"
    m.yaml:1:4: note: `yes` is read as true [yaml-read-as]
    m.yaml:2:1: warning: the key `b` is set twice, line 3 wins [yaml-duplicate-key]
    m.yaml:3:1: warning: the key `b` is set twice, this line wins over line 2 [yaml-duplicate-key]
    m.yaml:5:4: error: did not find expected ',' or ']': a quote or bracket is not closed [yaml-error]
    files: 1, errors: 1, warnings: 2, notes: 1
    ");
}

#[test]
fn strict_finds_what_opas_strict_mode_refuses() {
    let text = b"package p\n\nimport data.lib\n\ndeny contains \"x\" if {\n\tx := 1\n\tinput.a\n}\n";
    let folder = folder(&[("p.rego", text)]);
    let advice = vec!["p.rego:3:1 warning unused-import".to_owned()];
    assert_eq!(diagnostics(folder.path(), &["p.rego"], ""), (0, advice));
    let wanted = ["p.rego:3:1 error rego_compile_error", "p.rego:6:2 error rego_compile_error"];
    let (code, found) = diagnostics(folder.path(), &["--strict", "p.rego"], "");
    assert_eq!((code, found), (2, wanted.map(str::to_owned).to_vec()));
}

#[test]
fn libraries_tests_and_data_are_checked_too() {
    let files: [(&str, &[u8]); 4] = [
        ("lib.rego", b"package lib\n\nf(x) := y\n"),
        ("lib_test.rego", b"package lib_test\n\nimport data.lib\n\ntest_f if lib.f(1, 2, 3)\n"),
        ("p.rego", b"package app\n\nlimit := 1\n\nother := 2\n"),
        ("data.json", b"{\"app\": {\"limit\": 2}}"),
    ];
    let folder = folder(&files);
    let (code, found) = diagnostics(folder.path(), &["p.rego", "data.json"], "");
    assert_eq!((code, found), (2, vec!["p.rego:3:1 error rego_compile_error".to_owned()]));
    let (code, found) = diagnostics(folder.path(), &["lib.rego"], "");
    assert_eq!((code, found), (2, vec!["lib.rego:3:9 error rego_unsafe_var_error".to_owned()]));
    fs::write(folder.path().join("lib.rego"), "package lib\n\nf(x) := x\n").unwrap();
    let (code, found) = diagnostics(folder.path(), &["lib.rego", "lib_test.rego"], "");
    assert_eq!((code, found), (2, vec!["lib_test.rego:5:11 error rego_type_error".to_owned()]));
}

/// OPA stops at the first stage that finds an error; the imports of `a.rego` are not those of `c.rego`.
#[test]
fn the_errors_of_one_file_hide_none_of_another() {
    let folder = folder(&[
        ("a.rego", b"package app\n\nimport data.lib.name as label\n\nother := label\n"),
        ("b.rego", b"package lib\n\nname := \"n\"\n\ng(x) := f(x)\n\nh(x, _) := 1 if x\n\ns contains x if input.y[x]\n"),
        ("c.rego", b"package app\n\ndeny contains \"label\" if label == \"n\"\n"),
        ("d.rego", b"package d\n\nimport data.lib\n\ndeny contains 1 if {\n\tlib.g(1) + lib.h(1, 2) > lib.name\n\tlib.s[1]\n}\n"),
    ]);
    let (code, mut found) = diagnostics(folder.path(), &["."], "");
    found.retain(|found| found.contains(" error "));
    let wanted = ["b.rego:5:9 error rego_type_error", "c.rego:3:26 error rego_unsafe_var_error"];
    assert_eq!((code, found), (2, wanted.map(str::to_owned).to_vec()));
}
