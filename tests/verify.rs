//! `regoscope verify` on suites that pass, fail, skip and cannot be run. What is expected is what `gator verify` 3.23.1
//! printed, in `tests/data/suites/recorded`, without times; `tests/gator.rs` asks gator itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "oracle-gator/lines.rs"]
mod lines;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use lines::normal;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn suites() -> PathBuf {
    root().join("tests/data/suites")
}

/// Exit code, stdout and stderr.
fn verify(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
    let command = command.current_dir(folder).env_clear().env("LANG", "C.UTF-8").arg("verify").args(args);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn suites_end_as_gator_ends_them() {
    for (args, recorded) in [
        (&["pass.yaml"][..], "pass"),
        (&["-v", "pass.yaml"], "pass_verbose"),
        (&["-v", "--run", "missing", "pass.yaml"], "pass_filter"),
        (&["fail.yaml"], "fail"),
        (&["-v", "fail.yaml"], "fail_verbose"),
        (&["-v", "-r", "needs//^none$", "fail.yaml"], "fail_filter"),
        (&["-v", "cases.yaml"], "cases_verbose"),
        (&["-v", "tests.yaml"], "tests_verbose"),
        (&["-v", "skip.yaml"], "skip_verbose"),
        (&["skip_all.yaml"], "skip_all"),
        (&["-v", "inventory.yaml"], "inventory_verbose"),
        (&["-v", "expand.yaml"], "expand_verbose"),
        (&["-v", "review.yaml"], "review_verbose"),
        (&["-v", "below/suite.yml"], "suite_verbose"),
        (&["./..."], "all"),
    ] {
        let (code, found, _) = verify(&suites(), args);
        let expected = fs::read_to_string(suites().join(format!("recorded/{recorded}.txt"))).unwrap();
        assert_eq!(normal(&found), normal(&expected), "{args:?}");
        assert_eq!(code == 1, expected.ends_with("FAIL\n"), "{args:?}: {code}");
    }
}

#[test]
fn the_sample_suite_passes() {
    let (code, found, said) = verify(&root(), &["sample-policies/gatekeeper/..."]);
    assert_eq!((code, said.as_str()), (0, ""), "{found}");
    assert_eq!(normal(&found), normal("ok\tsample-policies/gatekeeper/suite.yaml\t0.000s\nPASS\n"));
}

#[test]
fn what_is_wrong_has_its_place() {
    let (_, found, _) = verify(&suites(), &["cases.yaml", "tests.yaml", "fail.yaml"]);
    for (words, place) in [
        ("must define object", "cases.yaml:8:5"),
        ("objects/none.yaml: no such file", "cases.yaml:10:29"),
        ("missing template", "tests.yaml:4:3"),
        ("reading ConstraintTemplate from", "tests.yaml:6:38"),
        ("not a ConstraintTemplate", "tests.yaml:8:34"),
        ("undefined function nothing", "broken.yaml:28:16"),
        ("must be of type array", "wrong_type.yaml:5:24"),
        ("want exactly 1", "fail.yaml:8:62"),
    ] {
        let line =
            found.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {found}"));
        assert!(line.trim_start().starts_with(&format!("{place}: ")), "{line}, not {place}");
    }
}

#[test]
fn programs_get_json() {
    let (code, found, _) =
        verify(&suites(), &["-o", "json", "skip.yaml", "fail.yaml", "tests.yaml", "skip_all.yaml"]);
    let rows: Vec<Value> = serde_json::from_str(&found).unwrap();
    let row = |test: &str, case: Option<&str>| {
        let is = |row: &&Value| row["test"] == test && row["case"].as_str() == case;
        rows.iter().find(is).unwrap_or_else(|| panic!("{test} {case:?}: {found}"))
    };
    assert_eq!(code, 1);
    assert_eq!(row("all of it", None)["status"], "skip");
    assert_eq!(row("one of it", Some("skipped"))["status"], "skip");
    assert_eq!(row("one of it", Some("run"))["status"], "pass");
    let failed = row("needs", Some("too many"));
    assert_eq!((&failed["suite"], &failed["status"]), (&"fail.yaml".into(), &"fail".into()));
    assert!(failed["message"].as_str().unwrap().starts_with("unexpected number of violations: got 2"));
    assert_eq!(failed["location"]["line"], 8);
    assert_eq!(row("needs", Some("negative"))["status"], "error");
    assert_eq!(row("broken rego", None)["location"]["file"], "broken.yaml");
    assert!(rows.iter().any(|row| row["suite"] == "skip_all.yaml" && row["status"] == "skip"));
}

#[test]
fn a_suite_that_cannot_be_read_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let head = "apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\n";
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("a.yaml", &format!("{head}tests:\n- cases: [{{assertions: [{{violations: true}}]}}]\n"));
    write("b.yaml", &format!("{head}tests: [\n"));
    write("c.yaml", head);
    write("d.yaml", "kind: Pod\n");
    let (code, found, _) = verify(folder.path(), &["."]);
    let expected = "FAIL\ta.yaml\t0.000s\n  a.yaml:4:38: invalid yaml: json: cannot unmarshal bool into";
    assert!(code == 1 && found.lines().any(|line| line.starts_with("ok\tc.yaml")), "{found}");
    assert!(lines::without_times(&found).starts_with(expected), "{found}");
    assert!(found.contains("  b.yaml:") && !found.contains("d.yaml"), "{found}");
    for (args, words) in [
        (&["-r", "("][..], "compiling filter: invalid test filter"),
        (&["-r", "a//b//c", "c.yaml"], "at most one"),
        (&["c.yaml/..."], "can only recursively traverse directories"),
        (&["none"], "unsupported extension"),
        (&["none.yaml"], "none.yaml"),
    ] {
        let args = if args.len() == 2 { [args, &["c.yaml"]].concat() } else { args.to_vec() };
        let (code, found, said) = verify(folder.path(), &args);
        assert!(code == 1 && !found.ends_with("PASS\n") && said.contains(words), "{args:?}: {said}");
    }
    let (code, _, said) = verify(folder.path(), &["d.yaml"]);
    assert_eq!((code, said.as_str()), (0, "no suite in d.yaml\n"));
}

#[test]
fn a_case_that_never_ends_stops_alone() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let template = fs::read_to_string(suites().join("template.yaml")).unwrap();
    let (head, _) = template.split_once("      violation[").unwrap();
    let rego = "      violation[{\"msg\": \"no\"}] {\n        input.review.object.metadata.name == \"bare\"\n        n := numbers.range(1, 5000)\n        count([1 | n[_]; n[_]; n[_]; n[_] == 0]) > 0\n      }\n";
    write("template.yaml", &format!("{head}{rego}"));
    write("constraint.yaml", &fs::read_to_string(suites().join("constraint.yaml")).unwrap());
    for name in ["bare.yaml", "good.yaml"] {
        write(name, &fs::read_to_string(suites().join("objects").join(name)).unwrap());
    }
    write(
        "suite.yaml",
        "apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\ntests:\n- name: t\n  template: template.yaml\n  constraint: constraint.yaml\n  cases:\n  - {name: endless, object: bare.yaml, assertions: [{violations: no}]}\n  - {name: quick, object: good.yaml, assertions: [{violations: no}]}\n",
    );
    let (code, found, _) = verify(folder.path(), &["-o", "json", "--timeout", "1s", "suite.yaml"]);
    let rows: Vec<Value> = serde_json::from_str(&found).unwrap();
    assert_eq!((code, rows.len()), (1, 2), "{found}");
    assert_eq!((&rows[0]["status"], &rows[0]["location"]["line"]), (&"error".into(), &8.into()), "{found}");
    assert_eq!(rows[1]["status"], "pass", "{found}");
}
