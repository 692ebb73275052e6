//! `regoscope check` as scripts see it: output, exit codes, errors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const DENY_PID: &str = "package main\n\ndeny contains \"hostPID\" if {\n\tinput.spec.hostPID\n}\n";
const BAD: &str = "kind: Pod\nmetadata: {name: bad, namespace: shop}\nspec:\n  hostPID: true\n";
const GOOD: &str = "kind: Pod\nmetadata: {name: good}\nspec: {}\n";

struct Outcome {
    code: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, args: &[&str], stdin: &str) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
    command.current_dir(folder).env_clear().env("LANG", "C.UTF-8").arg("check").args(args).write_stdin(stdin);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Outcome { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn check_json(folder: &Path, args: &[&str]) -> (i32, Value) {
    let outcome = run(folder, &[&["-o", "json"], args].concat(), "");
    (outcome.code, serde_json::from_str(&outcome.out).unwrap_or_else(|e| panic!("{e}: {}", outcome.err)))
}

#[test]
fn exit_codes_say_what_was_decided() {
    let folder = folder(&[
        ("p.rego", DENY_PID),
        ("warn.rego", "package w\n\nwarn contains \"w\"\n"),
        ("broken.rego", "package b\n\ndeny contains := 1\n"),
        ("error.rego", "package e\n\nx := 1\n\nx := 2 if input.kind\n\ndeny contains \"x\" if x == 2\n"),
        ("none.rego", "package n\n\nx := 1\n"),
        ("bad.yaml", BAD),
        ("good.yaml", GOOD),
        ("torn.yaml", "kind: [\n"),
    ]);
    for (args, code) in [
        (&["-p", "p.rego", "good.yaml"][..], 0),
        (&["-p", "warn.rego", "good.yaml"], 0),
        (&["-p", "p.rego", "bad.yaml"], 1),
        (&["-p", "p.rego", "good.yaml", "bad.yaml"], 1),
        (&["-p", "broken.rego", "good.yaml"], 2),
        (&["-p", "error.rego", "good.yaml"], 2),
        (&["-p", "none.rego", "good.yaml"], 2),
        (&["-p", "p.rego", "torn.yaml"], 2),
        (&["-p", "p.rego", "-p", "broken.rego", "bad.yaml"], 2),
        (&["-p", "p.rego", "missing.yaml"], 2),
        (&["-p", "missing.rego", "good.yaml"], 2),
        (&["-p", "p.rego"], 2),
        (&["good.yaml"], 2),
        (&["-p", "p.rego", "--no-such-option", "good.yaml"], 2),
    ] {
        let outcome = run(folder.path(), args, "");
        assert_eq!(outcome.code, code, "{args:?}\n{}\n{}", outcome.out, outcome.err);
    }
}

#[test]
fn json_has_the_keys_that_scripts_depend_on() {
    let several = format!("{BAD}---\n{GOOD}");
    let folder = folder(&[("p.rego", DENY_PID), ("several.yaml", &several)]);
    let (code, value) = check_json(folder.path(), &["-p", "p.rego", "several.yaml"]);
    assert_eq!(code, 1);
    assert_eq!(value["version"], 1);
    assert_eq!(
        value["summary"],
        serde_json::json!({"documents": 2, "allow": 1, "warn": 0, "deny": 1, "not_judged": 0})
    );
    let bad = &value["documents"][0];
    for (key, expected) in [
        ("file", Value::from("several.yaml")),
        ("index", 0.into()),
        ("line", 1.into()),
        ("apiVersion", "".into()),
        ("kind", "Pod".into()),
        ("namespace", "shop".into()),
        ("name", "bad".into()),
        ("decision", "deny".into()),
        ("derived", serde_json::json!([])),
        ("notes", serde_json::json!([])),
    ] {
        assert_eq!(bad[key], expected, "{key}");
    }
    assert!(bad.get("reason").is_none(), "only when not judged");
    let finding = &bad["findings"][0];
    for (key, expected) in [
        ("policy", Value::from("p.rego")),
        ("package", "main".into()),
        ("rule", "deny".into()),
        ("severity", "deny".into()),
        ("msg", "hostPID".into()),
        ("details", serde_json::json!({})),
    ] {
        assert_eq!(finding[key], expected, "{key}");
    }
    assert_eq!(finding["policy_location"]["file"], "p.rego");
    assert!(finding["policy_location"]["line"].as_u64().unwrap() >= 3);
    let place = &finding["manifest_locations"][0];
    assert_eq!(
        (place["file"].as_str(), place["line"].as_u64(), place["column"].as_u64(), place["pointer"].as_str()),
        (Some("several.yaml"), Some(4), Some(3), Some("/spec/hostPID"))
    );
    let good = &value["documents"][1];
    assert_eq!((&good["index"], &good["line"], &good["decision"]), (&1.into(), &6.into(), &"allow".into()));
}

#[test]
fn what_is_not_judged_says_why_and_hides_nothing() {
    let folder = folder(&[
        ("a.rego", DENY_PID),
        ("b.rego", "package b\n\nimport data.main\n\nwarn contains 1 if := 2\n"),
        ("pods/1.yaml", BAD),
        ("pods/2.yaml", GOOD),
        ("pods/3.yaml", "kind: Pod\n  x: y\n"),
    ]);
    let (code, value) = check_json(folder.path(), &["-p", "a.rego", "-p", "b.rego", "pods"]);
    assert_eq!(code, 2);
    let decisions: Vec<&str> =
        value["documents"].as_array().unwrap().iter().map(|d| d["decision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["deny", "not_judged", "not_judged"]);
    assert!(value["documents"][2]["reason"].as_str().is_some_and(|r| !r.is_empty()));
    let outcome = run(folder.path(), &["-p", "a.rego", "-p", "b.rego", "pods"], "");
    assert!(outcome.err.lines().any(|line| line.starts_with("b.rego:5:")), "{}", outcome.err);
    assert!(outcome.err.lines().any(|line| line.starts_with("pods/3.yaml:2:")), "{}", outcome.err);
}

#[test]
fn text_is_for_people_and_has_no_escapes_in_a_pipe() {
    let folder = folder(&[("p.rego", DENY_PID), ("bad.yaml", BAD)]);
    let outcome = run(folder.path(), &["-p", "p.rego", "bad.yaml"], "");
    assert!(
        outcome.out.starts_with("✗ DENY  bad.yaml:1  Pod shop/bad\n    deny  hostPID\n"),
        "{}",
        outcome.out
    );
    assert!(outcome.out.contains("p.rego:3:"), "{}", outcome.out);
    assert!(
        outcome.out.ends_with("\n1 document: 0 allow, 0 warn, 1 deny, 0 not judged\n"),
        "{}",
        outcome.out
    );
    assert!(!outcome.out.contains('\x1b'));
    let colored = run(folder.path(), &["--color", "always", "-p", "p.rego", "bad.yaml"], "");
    assert!(colored.out.contains("\x1b[31m"), "{}", colored.out);
    assert_eq!(outcome.err, "");
}

#[test]
fn nothing_from_outside_reaches_the_terminal_raw() {
    let policy = "package main\n\ndeny contains sprintf(\"\\u001b[2J%s\", [input.metadata.name])\n";
    let pod = "kind: Pod\nmetadata: {name: \"a\\e]0;x\\a\\u202e\"}\n";
    let folder = folder(&[("p.rego", policy), ("pod.yaml", pod)]);
    let outcome = run(folder.path(), &["-p", "p.rego", "pod.yaml"], "");
    assert_eq!(outcome.code, 1);
    assert!(!outcome.out.contains(['\x1b', '\x07', '\u{202e}']), "{:?}", outcome.out);
    assert!(outcome.out.contains("\\x1b[2J"), "{:?}", outcome.out);
    let (_, value) = check_json(folder.path(), &["-p", "p.rego", "pod.yaml"]);
    assert!(
        value["documents"][0]["findings"][0]["msg"].as_str().unwrap().starts_with("\x1b[2J"),
        "JSON escapes"
    );
}

#[test]
fn folders_are_walked_and_what_is_ignored_is_left_out() {
    let folder = folder(&[
        ("policies/p.rego", DENY_PID),
        ("policies/readme.md", "no policy"),
        ("pods/b.yml", BAD),
        ("pods/a.json", "{\"kind\": \"Pod\"}"),
        ("pods/deep/c.yaml", GOOD),
        ("pods/.hidden/d.yaml", BAD),
        ("pods/ignored.yaml", BAD),
        ("pods/git.yaml", BAD),
        ("pods/.regoscopeignore", "ignored.yaml\n"),
        ("pods/.gitignore", "git.yaml\n"),
        ("pods/notes.txt", "no manifest"),
    ]);
    let files = |args: &[&str]| -> Vec<String> {
        let (_, value) = check_json(folder.path(), args);
        let documents = value["documents"].as_array().unwrap();
        documents.iter().map(|d| d["file"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(files(&["-p", "policies", "pods"]), ["pods/a.json", "pods/b.yml", "pods/deep/c.yaml"]);
    assert_eq!(files(&["-p", "policies", "pods/ignored.yaml", "pods/git.yaml"]).len(), 2, "named is named");
    assert_eq!(files(&["-p", "policies", "pods/b.yml", "pods"]).first().unwrap(), "pods/b.yml");
}

#[test]
fn stdin_is_a_manifest() {
    let folder = folder(&[("p.rego", DENY_PID)]);
    let outcome = run(folder.path(), &["-p", "p.rego", "-"], BAD);
    assert_eq!(outcome.code, 1, "{}", outcome.err);
    assert!(outcome.out.starts_with("✗ DENY  -:1  Pod shop/bad\n"), "{}", outcome.out);
}

#[test]
fn data_user_and_operation_reach_the_policy() {
    let policy = "package main

deny contains sprintf(\"%s %s %v\", [input.request.operation, input.request.userInfo.username, input.request.userInfo.groups]) if {
\tinput.request.object.kind == data.kinds[_]
}
";
    let folder = folder(&[("p.rego", policy), ("data/k.json", "{\"kinds\": [\"Pod\"]}"), ("pod.yaml", GOOD)]);
    let args = [
        "-p",
        "p.rego",
        "-d",
        "data",
        "--operation",
        "UPDATE",
        "--user",
        "jane",
        "--group",
        "a",
        "--group",
        "b",
    ];
    let (_, value) = check_json(folder.path(), &[&args[..], &["pod.yaml"]].concat());
    assert_eq!(value["documents"][0]["findings"][0]["msg"], "UPDATE jane [\"a\", \"b\"]");
    let (_, value) = check_json(folder.path(), &["-p", "p.rego", "--input-shape", "object", "pod.yaml"]);
    assert_eq!(value["documents"][0]["decision"], "allow", "the object has no request");
}

#[test]
fn one_endless_rule_does_not_hide_the_others() {
    let endless = "package endless\n\ndeny contains \"x\" if {\n\tsome a in numbers.range(1, 9999)\n\tsome b in numbers.range(1, 9999)\n\ta + b < 0\n}\n";
    let folder = folder(&[("p.rego", DENY_PID), ("e.rego", endless), ("bad.yaml", BAD), ("good.yaml", GOOD)]);
    let args = ["--timeout", "0.5", "-p", "p.rego", "-p", "e.rego", "bad.yaml", "good.yaml"];
    let (code, value) = check_json(folder.path(), &args);
    assert_eq!(code, 2);
    assert_eq!(value["documents"][0]["decision"], "deny");
    assert_eq!(value["documents"][1]["decision"], "not_judged");
    let reason = value["documents"][1]["reason"].as_str().unwrap();
    assert!(reason.contains("0.5 s"), "{reason}");
}

#[test]
fn a_folder_of_policies_brings_its_data_as_the_screen_opens_it() {
    let allowed = "package main\n\ndeny contains \"no\" if not input.metadata.name in data.allowed\n";
    let folder = folder(&[
        ("policies/a.rego", allowed),
        ("policies/data.json", "{\"allowed\": [\"good\"]}"),
        ("policies/pod.yaml", BAD),
        ("good.yaml", GOOD),
        ("bad.yaml", BAD),
    ]);
    let (code, result) = check_json(folder.path(), &["-p", "policies", "good.yaml", "bad.yaml"]);
    let decisions: Vec<_> =
        result["documents"].as_array().unwrap().iter().map(|d| d["decision"].clone()).collect();
    assert_eq!((code, decisions), (1, vec!["allow".into(), "deny".into()]), "{result}");
}

#[test]
fn what_is_no_regular_file_in_a_folder_is_passed_over() {
    let folder = folder(&[("p.rego", DENY_PID), ("pods/good.yaml", GOOD)]);
    let fifo = folder.path().join("pods/fifo.yaml");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    assert_eq!(run(folder.path(), &["-p", "p.rego", "pods"], "").code, 0, "reading it would wait for ever");
}

#[test]
fn a_workload_is_decided_with_its_pod() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    spec:\n      hostPID: true\n";
    let template = "package t\n\ndeny contains \"hostPID\" if input.spec.template.spec.hostPID\n\ndeny contains \"hostPID\" if input.spec.hostPID\n";
    let folder = folder(&[("p.rego", DENY_PID), ("t.rego", template), ("web.yaml", deployment)]);
    let (code, value) = check_json(folder.path(), &["-p", "p.rego", "web.yaml"]);
    assert_eq!((code, &value["summary"]["documents"], &value["summary"]["deny"]), (1, &1.into(), &1.into()));
    let document = &value["documents"][0];
    assert_eq!((&document["decision"], &document["findings"]), (&"deny".into(), &serde_json::json!([])));
    let pod = &document["derived"][0];
    assert_eq!((&pod["kind"], &pod["name"], &pod["line"]), (&"Pod".into(), &"web-".into(), &5.into()));
    assert_eq!((&pod["decision"], &pod["namespace"]), (&"deny".into(), &"shop".into()));
    let place = &pod["findings"][0]["manifest_locations"][0];
    assert_eq!((&place["line"], &place["pointer"]), (&7.into(), &"/spec/template/spec/hostPID".into()));
    assert_eq!(pod["findings"][0].get("repeats"), None);

    let outcome = run(folder.path(), &["-p", "p.rego", "web.yaml"], "");
    let lines: Vec<&str> = outcome.out.lines().take(3).collect();
    assert_eq!(
        lines,
        [
            "✗ DENY  web.yaml:1  Deployment shop/web",
            "  ▸ ✗ DENY  web.yaml:5  Pod shop/web-",
            "    deny  hostPID"
        ]
    );
    // A policy that looks into the template says it of the Deployment; of its Pod it is not said once more.
    let outcome = run(folder.path(), &["-p", "t.rego", "web.yaml"], "");
    assert_eq!(outcome.out.matches("    deny  hostPID").count(), 1, "{}", outcome.out);
    let (_, value) = check_json(folder.path(), &["-p", "t.rego", "web.yaml"]);
    assert_eq!(value["documents"][0]["derived"][0]["findings"][0]["repeats"], true);
    let (code, value) = check_json(folder.path(), &["--operation", "DELETE", "-p", "p.rego", "web.yaml"]);
    assert_eq!((code, &value["documents"][0]["derived"]), (0, &serde_json::json!([])), "it makes no Pod");
}

const BARE_VOLUME: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  volumes:\n  - name: data\n    hostPath: null\n";
const NEEDS_SOURCE: &str =
    "package main\n\ndeny contains \"no source\" if {\n\tsome v in input.spec.volumes\n\tnot v.emptyDir\n}\n";

#[test]
fn both_decisions_are_shown_where_the_readings_differ() {
    let folder = folder(&[("p.rego", NEEDS_SOURCE), ("pod.yaml", BARE_VOLUME)]);
    let stored = run(folder.path(), &["-p", "p.rego", "pod.yaml"], "");
    assert_eq!(
        (stored.code, stored.out.as_str()),
        (
            0,
            "✓ ALLOW  pod.yaml:1  Pod a
    as it is written: ✗ DENY
  + deny  no source
          ~pod.yaml:6:5  /spec/volumes/0
          p.rego:3:1  main.deny

1 document: 1 allow, 0 warn, 0 deny, 0 not judged
"
        ),
        "{}",
        stored.err
    );
    let raw = run(folder.path(), &["-p", "p.rego", "--raw", "pod.yaml"], "");
    assert_eq!(
        (raw.code, raw.out.as_str()),
        (
            1,
            "✗ DENY  pod.yaml:1  Pod a
    deny  no source
          ~pod.yaml:6:5  /spec/volumes/0
          p.rego:3:1  main.deny
    as the API server would store it: ✓ ALLOW
  - deny  no source
          ~pod.yaml:6:5  /spec/volumes/0
          p.rego:3:1  main.deny

1 document: 0 allow, 0 warn, 1 deny, 0 not judged
"
        ),
        "{}",
        raw.err
    );
}

#[test]
fn json_has_the_other_reading_only_where_it_differs() {
    let folder = folder(&[("p.rego", NEEDS_SOURCE), ("pod.yaml", BARE_VOLUME), ("good.yaml", GOOD)]);
    let (_, value) = check_json(folder.path(), &["-p", "p.rego", "pod.yaml", "good.yaml"]);
    let other = &value["documents"][0]["other_reading"];
    assert_eq!((&other["raw"], &other["decision"]), (&true.into(), &"deny".into()));
    assert_eq!(other["only_there"][0]["msg"], "no source");
    assert_eq!((&other["only_here"], &other["errors"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert!(value["documents"][1].get("other_reading").is_none());
    let (_, value) = check_json(folder.path(), &["-p", "p.rego", "--raw", "pod.yaml"]);
    let other = &value["documents"][0]["other_reading"];
    assert_eq!((&other["raw"], &other["decision"]), (&false.into(), &"allow".into()));
}

#[test]
fn a_place_where_nothing_is_written_says_so() {
    let rule = "package main\n\ndeny contains \"host port\" if input.spec.containers[_].ports[_].hostPort\n";
    let pod = "apiVersion: v1\nkind: Pod\nspec:\n  hostNetwork: true\n  containers:\n  - ports:\n    - containerPort: 80\n";
    let folder = folder(&[("p.rego", rule), ("pod.yaml", pod)]);
    let outcome = run(folder.path(), &["-p", "p.rego", "pod.yaml"], "");
    let place = "~pod.yaml:7:7  /spec/containers/0/ports/0/hostPort (not written, the API server sets it)";
    assert!(outcome.out.contains(place), "{}", outcome.out);
    let (_, value) = check_json(folder.path(), &["-p", "p.rego", "pod.yaml"]);
    let place = &value["documents"][0]["findings"][0]["manifest_locations"][0];
    assert_eq!((&place["defaulted"], &place["approximate"]), (&true.into(), &true.into()));
}

#[test]
fn an_update_is_compared_with_the_object_in_another_file() {
    let rule = "package main\n\ndeny contains sprintf(\"was %v in %v\", [r.oldObject.spec.a, r.namespace]) if {\n\tr := input.request\n\tr.oldObject.spec.a != r.object.spec.a\n}\n";
    let pod = |a: u8| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{a: {a}}}\n");
    let folder = folder(&[("p.rego", rule), ("new.yaml", &pod(2)), ("old.yaml", &pod(1))]);
    let update = ["-p", "p.rego", "--operation", "UPDATE", "-n", "shop", "new.yaml"];
    let unknown = run(folder.path(), &update, "");
    assert_eq!(unknown.code, 2);
    assert!(unknown.out.contains("? NOT JUDGED") && unknown.out.contains("oldObject"), "{}", unknown.out);
    for more in [&["--old", "old.yaml"][..], &["old.yaml", "--old", "old.yaml"]] {
        let known = run(folder.path(), &[&update, more].concat(), "");
        assert_eq!(known.code, 1, "{}", known.out);
        assert!(known.out.contains("was 1 in shop") && known.out.contains("1 document:"), "{}", known.out);
    }
    for (args, missing) in [
        (&["-p", "p.rego", "--old", "gone.yaml", "new.yaml"][..], "gone.yaml"),
        (&["-p", "p.rego", "--old", "old.yaml", "old.yaml"], "no manifest was found"),
    ] {
        let outcome = run(folder.path(), args, "");
        assert_eq!(outcome.code, 2);
        assert!(outcome.err.contains(missing), "{}", outcome.err);
    }
}
