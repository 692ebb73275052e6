//! Folders of conftest's, judged as conftest 0.71.1 judges them: its own output was recorded beside them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Exit code, stdout and stderr of `check`.
fn check(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
    command.current_dir(folder).env_clear().env("LANG", "C.UTF-8").arg("check").args(args);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// What conftest said: package, kind of result, message.
fn recorded(name: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("tests/data/conftest").join(name)).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let mut lines = Vec::new();
    for result in all.as_array().unwrap() {
        let package = result["namespace"].as_str().unwrap();
        for (key, kind) in [("failures", "deny"), ("warnings", "warn")] {
            for one in result[key].as_array().into_iter().flatten() {
                lines.push(format!("{package} {kind} {}", one["msg"].as_str().unwrap()));
            }
        }
        for one in result["exceptions"].as_array().into_iter().flatten() {
            let name = one["msg"].as_str().unwrap().split('"').nth(1).unwrap();
            lines.push(format!("{package} exception {name}"));
        }
    }
    lines.sort();
    lines
}

/// The same of ours.
fn ours(report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).unwrap();
    let mut lines = Vec::new();
    for document in report["documents"].as_array().unwrap() {
        for one in document["findings"].as_array().unwrap() {
            let text = |key: &str| one[key].as_str().unwrap();
            lines.push(format!("{} {} {}", text("package"), text("severity"), text("msg")));
        }
        for one in document["exceptions"].as_array().into_iter().flatten() {
            let (_, name) = one["rule"].as_str().unwrap().split_once('_').unwrap();
            lines.push(format!("{} exception {name}", one["package"].as_str().unwrap()));
        }
    }
    lines.sort();
    lines
}

#[test]
fn verdicts_and_messages_are_those_of_conftest() {
    for (policies, manifest, record) in [
        ("sample-policies/conftest", "sample-pods/verybad.yaml", "sample.json"),
        ("tests/data/conftest/mixed", "tests/data/conftest/mixed/pods.yaml", "mixed.json"),
    ] {
        let (code, out, err) = check(&root(), &["-p", policies, manifest, "-o", "json"]);
        assert_eq!(ours(&out), recorded(record), "{policies}: {err}");
        assert_eq!(code, 1, "{policies}");
    }
}

#[test]
fn an_exception_is_told_and_no_finding() {
    let manifest = "tests/data/conftest/mixed/pods.yaml";
    let (_, out, _) = check(&root(), &["-p", "tests/data/conftest/mixed", manifest]);
    assert!(out.contains("taken back by an exception: violation_host: hostPID"), "{out}");
    let agent = out.split("Pod agent").nth(1).unwrap();
    assert!(!agent.contains("deny  "), "{out}");
}

/// A folder with a conftest.toml and one policy for it.
fn folder(settings: &str, policy: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("p/policy")).unwrap();
    fs::write(folder.path().join("p/conftest.toml"), settings).unwrap();
    fs::write(folder.path().join("p/policy/p.rego"), policy).unwrap();
    fs::write(folder.path().join("pod.yaml"), "kind: Pod\nmetadata: {name: web}\n").unwrap();
    folder
}

#[test]
fn settings_decide_what_is_asked() {
    let deny = "package a\n\ndeny contains \"x\"\n";
    let warn = "package main\n\nwarn contains \"x\"\n";
    for (settings, policy, code) in [
        ("namespace = \"a\"", deny, 1),
        ("all-namespaces = true", deny, 1),
        // conftest asks `main`, and there is none.
        ("", deny, 2),
        ("", warn, 0),
        ("fail-on-warn = true", warn, 1),
        ("rego-version = \"v0\"", "package main\n\ndeny[msg] { msg := \"x\" }\n", 1),
    ] {
        let folder = folder(settings, policy);
        let (found, out, err) = check(folder.path(), &["-p", "p", "pod.yaml"]);
        assert_eq!(found, code, "{settings}\n{out}\n{err}");
    }
}

#[test]
fn what_is_wrong_with_the_settings_is_said_with_its_place() {
    for (settings, words) in [
        ("polcy = \"p\"", "p/conftest.toml:1:1: "),
        ("namespace = \"main\"\ncombine = true", "p/conftest.toml:2:11: combine is not supported"),
    ] {
        let folder = folder(settings, "package main\n\ndeny contains \"x\"\n");
        let (code, out, err) = check(folder.path(), &["-p", "p", "pod.yaml"]);
        assert!(code == 2 && err.contains(words), "{code}\n{out}\n{err}");
    }
}

#[test]
fn what_only_conftest_knows_is_not_judged() {
    for (body, words) in [
        ("data.conftest.file.name == \"pod.yaml\"", "data.conftest.file"),
        ("parse_config_file(\"other.yaml\").x", "parse_config_file"),
    ] {
        let folder = folder("", &format!("package main\n\ndeny contains \"x\" if {body}\n"));
        let (code, out, err) = check(folder.path(), &["-p", "p", "pod.yaml"]);
        assert!(code == 2 && out.contains(words), "{code}\n{out}\n{err}");
    }
}
