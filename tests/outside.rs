//! What a decision takes from outside its files: the time (`--now`) and answers of builtins that are not run (`--mock`).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // A test may fail that way.

use std::fs;
use std::process::Command;

use regoscope::core::decision::Evaluation;
use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::policy::judge::Judge;
use regoscope::core::policy::options::{JudgeOptions, SourceFile};
use regoscope::core::policy::outside;
use serde_json::{Value, json};

const POD: &str =
    "kind: Pod\napiVersion: v1\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n";

const MOCKS: &str = "\
- builtin: http.send
  args: [{method: get, url: http://x}]
  result: {status_code: 200, body: {ok: true}}
- builtin: http.send
  args: [{url: http://e}]
  error: connection refused
- builtin: net.lookup_ip_addr
  args: [x]
  result: [10.0.0.1]
- builtin: opa.runtime
  result: {env: {A: b}}
";

/// Runs the program among these files. Exit code, stdout, stderr.
fn run(files: &[(&str, &str)], arguments: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
    let output = command.current_dir(folder.path()).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// What `eval` says about an expression, with these mocks.
fn eval(expression: &str, arguments: &[&str]) -> (i32, String, String) {
    let given = ["eval", "-f", "raw", "--mock", "mocks.yaml"];
    run(&[("mocks.yaml", MOCKS)], &[&given[..], arguments, &[expression]].concat())
}

#[test]
fn the_first_mock_that_matches_answers() {
    for (expression, wanted) in [
        (r#"http.send({"method": "get", "url": "http://x"}).status_code"#, "200"),
        (r#"http.send({"method": "get", "url": "http://x", "headers": {"a": "b"}}).body.ok"#, "true"),
        (r#"http.send({"method": "get", "url": "http://e"}).status_code"#, ""),
        (r#"net.lookup_ip_addr("x")"#, r#"["10.0.0.1"]"#),
        ("opa.runtime().env.A", "b"),
    ] {
        let (code, stdout, stderr) = eval(expression, &[]);
        assert_eq!((code, stdout.trim(), stderr.as_str()), (0, wanted, ""), "{expression}");
    }
    let (code, _, stderr) =
        eval(r#"http.send({"method": "get", "url": "http://e"})"#, &["--strict-builtin-errors"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("http.send: connection refused"), "{stderr}");
}

#[test]
fn what_no_mock_answers_is_not_judged_and_names_the_call() {
    let (code, _, stderr) = eval(r#"http.send({"method": "post", "url": "http://x"})"#, &[]);
    assert_eq!(code, 2);
    assert!(stderr.contains("http.send({method, url}) is not run, and no mock answers it"), "{stderr}");
    let (code, stdout, stderr) = run(&[], &["eval", "-f", "raw", "opa.runtime()"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("opa.runtime"), "{stderr}");
}

/// Where a policy asks somebody in one rule, the others are judged, and what they deny stays denied.
const POLICY: &str = r#"package p
deny contains "no" if http.send({"method": "get", "url": "http://x"}).body.ok
deny contains sprintf("at %v", [time.now_ns()]) if input.kind == "Pod"
"#;

#[test]
fn a_folder_brings_its_mocks_and_the_decision_says_what_it_depends_on() {
    let files = [("f/p.rego", POLICY), ("f/regoscope-mocks.yaml", MOCKS), ("pod.yaml", POD)];
    let now = ["check", "-p", "f", "--now", "2026-01-31T09:00:00Z", "pod.yaml"];
    let (code, stdout, stderr) = run(&files, &[&now[..], &["-o", "json"]].concat());
    assert_eq!((code, stderr.as_str()), (1, ""), "{stdout}");
    let read: Value = serde_json::from_str(&stdout).unwrap();
    let document = &read["documents"][0];
    let told: Vec<&str> =
        document["findings"].as_array().unwrap().iter().map(|found| found["msg"].as_str().unwrap()).collect();
    assert_eq!(told, ["no", "at 1769850000000000000"]);
    let place = json!([{"builtin": "time.now_ns", "file": "f/p.rego", "line": 3, "column": 33}]);
    assert_eq!(document["depends_on"], place);
    for (lang, wanted) in [
        ("en", "depends on the time: time.now_ns (f/p.rego:3:33)"),
        ("ja", "時刻によって変わります: time.now_ns (f/p.rego:3:33)"),
    ] {
        let (_, stdout, _) = run(&files, &[&now[..], &["--lang", lang]].concat());
        assert!(stdout.contains(wanted), "{stdout}");
    }
    // Without the mocks the rule that asks is not judged, and what the other denies is denied.
    let (code, stdout, _) = run(&[files[0], files[2]], &now);
    assert_eq!(code, 2);
    assert!(stdout.contains("http.send") && stdout.contains("at 1769850000000000000"), "{stdout}");
}

#[test]
fn mocks_in_a_folder_are_no_manifest_and_a_broken_file_of_them_ends_the_run() {
    let files = [("f/p.rego", POLICY), ("f/regoscope-mocks.yaml", MOCKS), ("f/pod.yaml", POD)];
    let (code, stdout, _) = run(&files, &["check", "-p", "f", "f"]);
    assert!(code == 1 && stdout.contains("1 document:"), "{stdout}");
    for (text, words) in [("- builtin: count\n  result: 1\n", "only http.send"), ("a: [", "m.yaml")] {
        let all = [files[0], files[2], ("m.yaml", text)];
        let (code, _, stderr) = run(&all, &["check", "-p", "f", "f", "--mock", "m.yaml"]);
        assert!(code == 2 && stderr.contains(words), "{stderr}");
    }
    let (code, _, stderr) = run(&files, &["check", "-p", "f", "f", "--now", "tomorrow"]);
    assert!(code == 2 && stderr.contains("2026-01-31T09:00:00Z"), "{stderr}");
}

#[test]
fn unit_tests_are_run_at_the_given_time_with_the_mocks() {
    let tests = r#"package p_test
test_time if time.now_ns() == 1769850000000000000
test_mock if http.send({"method": "get", "url": "http://x"}).status_code == 200
test_with if http.send({"method": "get", "url": "http://x"}).status_code == 5 with http.send as {"status_code": 5}
"#;
    let files = [("f/p_test.rego", tests), ("f/regoscope-mocks.yaml", MOCKS)];
    let (code, stdout, stderr) = run(&files, &["test", "--now", "2026-01-31T09:00:00Z", "f"]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.contains("PASS: 3/3"), "{stdout}");
    let (code, ..) = run(&files[..1], &["test", "--now", "2026-01-31T09:00:00Z", "f"]);
    assert_eq!(code, 2);
}

/// Expected values are those of OPA 1.22.2.
#[test]
fn with_replaces_what_looks_outside() {
    let module = r#"package p
f(_) := {"status_code": 3}
r(_, _) := 5
inner := time.now_ns()
deep := http.send({"method": "get", "url": "http://x"}).status_code
a := x if x := time.now_ns() with time.now_ns as 7
b := x if x := http.send({"method": "get", "url": "u"}).status_code with http.send as f
c := x if x := http.send({"method": "get", "url": "u"}).status_code with http.send as {"status_code": 4}
d := x if x := rand.intn("a", 10) with rand.intn as r
e := x if x := rand.intn("a", 10) with rand.intn as 6
g := x if x := uuid.rfc4122("a") with uuid.rfc4122 as "u"
h := x if x := opa.runtime() with opa.runtime as {"a": 1}
i := x if x := opa.runtime().a with opa.runtime as {"a": 1}
j := x if x := net.lookup_ip_addr("a") with net.lookup_ip_addr as {"1"}
k := x if x := inner with time.now_ns as 8
l := x if x := deep with http.send as f
all := [a, b, c, d, e, g, h, i, j, k, l]
"#;
    let wanted = r#"[7,3,4,5,6,"u",{"a":1},1,["1"],8,3]"#;
    let files = [("p.rego", module), ("mocks.yaml", MOCKS)];
    for given in [&["data.p.all"][..], &["--mock", "mocks.yaml", "data.p.all"]] {
        let (code, stdout, stderr) = run(&files, &[&["eval", "-f", "raw", "-d", "p.rego"], given].concat());
        assert_eq!((code, stdout.trim(), stderr.as_str()), (0, wanted, ""), "{given:?}");
    }
    // The replaced and the mocked answer of one rule do not get in each other's way.
    let given =
        ["eval", "-f", "raw", "-d", "p.rego", "--mock", "mocks.yaml", "[data.p.l, data.p.deep, data.p.l]"];
    assert_eq!(run(&files, &given).1.trim(), "[3,200,3]");
}

/// Within one query the time, random numbers and UUIDs do not change.
#[test]
fn a_query_has_one_time_and_one_number_for_each_seed() {
    for same in ["time.now_ns()", r#"rand.intn("s", 1000000)"#, r#"uuid.rfc4122("s")"#] {
        let (code, stdout, stderr) = eval(&format!("a := {same}; b := {same}; x := a == b"), &[]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{same}");
        assert!(stdout.contains("true"), "{same}: {stdout}");
    }
}

fn source(id: u32, name: &str, role: Role, text: &str) -> SourceFile {
    SourceFile { file: FileId(id), name: name.to_owned(), role, revision: Revision(0), text: text.to_owned() }
}

fn messages(evaluation: &Evaluation) -> Vec<String> {
    let cells = evaluation.documents.iter().flat_map(|document| &document.cells);
    cells.flat_map(|cell| &cell.findings).map(|found| found.msg.clone()).collect()
}

#[test]
fn what_looks_at_the_clock_is_asked_again_each_time() {
    let policy = "package p\ndeny contains sprintf(\"%v\", [time.now_ns()]) if input.kind\n";
    let mut judge = Judge::new();
    judge.put(source(0, "p.rego", Role::Policy, policy));
    judge.put(source(1, "pod.yaml", Role::Manifest, POD));
    let ask = |judge: &mut Judge, run, now| {
        messages(&judge.judge(run, &JudgeOptions { now, ..JudgeOptions::default() }, &mut |_| {}))
    };
    let (first, second) = (ask(&mut judge, 1, None), ask(&mut judge, 2, None));
    assert_eq!(first.len(), 1);
    assert_ne!(first, second);
    assert_eq!(ask(&mut judge, 3, Some(5)), ["5"]);
    assert_eq!(ask(&mut judge, 4, Some(6)), ["6"]);
}

#[test]
fn other_mocks_are_other_answers() {
    let policy = "package p\ndeny contains opa.runtime().a if input.kind\n";
    let mut judge = Judge::new();
    judge.put(source(0, "p.rego", Role::Policy, policy));
    judge.put(source(1, "pod.yaml", Role::Manifest, POD));
    for (run, wanted) in [(1, "x"), (2, "y")] {
        let mocks = outside::read(&format!("- builtin: opa.runtime\n  result: {{a: {wanted}}}\n")).unwrap();
        let options = JudgeOptions { mocks, ..JudgeOptions::default() };
        assert_eq!(messages(&judge.judge(run, &options, &mut |_| {})), [wanted]);
    }
    assert!(messages(&judge.judge(3, &JudgeOptions::default(), &mut |_| {})).is_empty());
}

/// What Gatekeeper's template reads of a provider's answer.
#[test]
fn external_data_of_gatekeeper_is_answered_by_its_mock() {
    let template = r#"apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8st}
spec:
  crd:
    spec:
      names: {kind: K8sT}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package k8st
      violation[{"msg": msg}] {
        images := [image | image := input.review.object.spec.containers[_].image]
        answer := external_data({"provider": "signed", "keys": images})
        answer.status_code == 200
        answer.system_error == ""
        count(answer.errors) == 0
        pair := answer.responses[_]
        pair[1] == false
        msg := sprintf("%v is not signed", [pair[0]])
      }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sT
metadata: {name: c}
spec: {}
"#;
    let files = |mocks| [("t/t.yaml", template), ("t/regoscope-mocks.yaml", mocks), ("pod.yaml", POD)];
    let check = ["check", "-p", "t", "pod.yaml"];
    let (code, stdout, _) = run(&files("external_data: {signed: {i: false}}\n"), &check);
    assert!(code == 1 && stdout.contains("i is not signed"), "{stdout}");
    let (code, stdout, _) = run(&files("external_data: {signed: {i: true}}\n"), &check);
    assert_eq!(code, 0, "{stdout}");
    let (code, stdout, _) = run(&files("external_data: {signed: {j: true}}\n"), &check);
    let words = "external_data({keys, provider}) is not run, and no mock answers it";
    assert!(code == 2 && stdout.contains(words), "{stdout}");
    let (code, stdout, _) = run(&files("[]\n"), &check);
    assert!(code == 2 && stdout.contains("external_data"), "{stdout}");
}
