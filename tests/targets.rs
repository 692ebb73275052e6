//! What a policy is written for: the same policy, judged for several products and releases.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // A test may fail that way.

use std::fs;

use assert_cmd::Command;
use regoscope::core::rego::parser::{Dialect, Version, parse_from};
use regoscope::core::rego::target::{Target, beyond};
use regoscope::strings::{self, Lang};

/// What is wrong with a text for a target, as `line:text what`.
fn wrong(text: &str, target: &str) -> Vec<String> {
    let target = Target::parse(target).unwrap();
    let version = if target.reads_v0() { Version::V0 } else { Version::V1 };
    let dialect = Dialect { narrow_wildcard: !target.wide_wildcard(), ..Dialect::of(version) };
    let parsed = parse_from(text, dialect);
    assert!(parsed.is_clean(), "{text}: {:?}", parsed.errors());
    let found = beyond(&parsed.module, text, target);
    found
        .iter()
        .map(|found| format!("{}: {}", &text[found.range.clone()], strings::beyond(found, target, Lang::En)))
        .collect()
}

#[test]
fn what_is_newer_than_the_target_names_the_release_that_has_it() {
    let gk = "(target: Gatekeeper 3.23.1 = OPA 1.17.1)";
    for (body, target, expected) in [
        ("x := strings.split_n(\"a.b\", \".\", 1)", "gatekeeper", vec![format!("strings.split_n: `strings.split_n` needs OPA 1.19.0 {gk}")]),
        ("x := uri.parse(\"a\")", "gatekeeper", vec![]),
        ("x := uri.parse(\"a\")", "opa-1.15.1", vec!["uri.parse: `uri.parse` needs OPA 1.16.0 (target: OPA 1.15.1)".to_owned()]),
        ("x := http.send({})", "gatekeeper", vec!["http.send: `http.send` is switched off in Gatekeeper 3.23.1 = OPA 1.17.1".to_owned()]),
        ("x := http.send({})", "opa-1.0.0", vec![]),
        ("import rego.v2\n\nx if true", "conftest", vec!["rego.v2: `import rego.v2` needs OPA 1.22.0 (target: conftest 0.71.1 = OPA 1.21.1)".to_owned()]),
        ("import future.keywords.and\n\nx if true and true", "gatekeeper", vec![format!("future.keywords.and: `import future.keywords.and` needs OPA 1.20.0 {gk}")]),
        ("import future.keywords.not\n\nx if not { false }", "gatekeeper", vec![]),
        ("import future.keywords.not\n\nx if not { false }", "opa-1.16.2", vec!["future.keywords.not: `import future.keywords.not` needs OPA 1.17.0 (target: OPA 1.16.2)".to_owned()]),
        ("x := $\"a{1}\"", "opa-1.11.1", vec!["$\"a{1}\": a template string needs OPA 1.12.0 (target: OPA 1.11.1)".to_owned()]),
        ("x := input.if", "opa-1.5.1", vec![".if: the keyword `if` in a reference needs OPA 1.6.0 (target: OPA 1.5.1)".to_owned()]),
        ("x := -input.y", "opa-1.10.0", vec!["-input.y: `-` before a reference or a call needs OPA 1.16.0 (target: OPA 1.10.0)".to_owned()]),
        ("x if input.a in {\"a\", input.y}", "conftest", vec!["input.a in {\"a\", input.y}: `in` with a set whose members are computed: OPA 1.21.0 to 1.22.0 judge this wrongly (target: conftest 0.71.1 = OPA 1.21.1)".to_owned()]),
        ("x if input.a in {\"a\", \"b\"}", "conftest", vec![]),
        ("a.b := 1", "opa-0.45.0", vec!["a.b := 1: a rule name of several parts needs OPA 0.46.0 (target: OPA 0.45.0)".to_owned()]),
        ("a[\"b\"] = 1 { true }", "opa-0.45.0", vec![]),
        ("import future.keywords.every\n\nx { every y in [1] { y } }", "opa-0.37.2", vec!["future.keywords.every: `import future.keywords.every` needs OPA 0.38.0 (target: OPA 0.37.2)".to_owned()]),
        // What a module defines itself is no builtin.
        ("strings := {\"split_n\": 1}\n\nx := strings.split_n", "gatekeeper", vec![]),
    ] {
        assert_eq!(wrong(&format!("package t\n\n{body}\n"), target), expected, "{body}");
        assert!(target.starts_with("opa-0") || wrong(&format!("package t\n\n{body}\n"), "opa").is_empty());
    }
}

#[test]
fn the_wildcard_import_leaves_not_alone_before_1_20() {
    let text = "package t\n\nimport future.keywords\n\nx if not input.a\n";
    for (target, improved) in [("gatekeeper", false), ("conftest", true), ("opa", true)] {
        let narrow_wildcard = !Target::parse(target).unwrap().wide_wildcard();
        let dialect = Dialect { narrow_wildcard, ..Dialect::of(Version::V1) };
        let parsed = parse_from(text, dialect);
        assert_eq!(parsed.module.statements[2].statement.dialect.improved_not, improved, "{target}");
    }
}

const NEW: &str = "package p\n\ndeny contains \"x\" if count(strings.split_n(\"a\", \".\", 1)) == 1\n";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n";

fn run(args: &[&str], config: &str, lang: &str) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("p.rego", NEW), ("pod.yaml", POD), ("c.toml", config)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
    command.current_dir(folder.path()).env_clear().env("LANG", lang).args(["--config", "c.toml"]).args(args);
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

#[test]
fn a_policy_that_its_target_could_not_load_is_not_judged() {
    let check = ["check", "-p", "p.rego", "pod.yaml"];
    let gatekeeper = ["--target", "gatekeeper-3.23.1"];
    let words = "`strings.split_n` needs OPA 1.19.0 (target: Gatekeeper 3.23.1 = OPA 1.17.1)";

    assert_eq!(run(&check, "", "C").0, 1);
    let (code, text) = run(&[&check[..], &gatekeeper].concat(), "", "C");
    assert!(code == 2 && text.contains("NOT JUDGED") && text.contains(words), "{text}");
    let (code, text) = run(&check, "target = \"gatekeeper-3.23.1\"\n", "ja_JP.UTF-8");
    assert!(code == 2 && text.contains("`strings.split_n` には OPA 1.19.0 以降が必要です"), "{text}");
    // The command line wins.
    assert_eq!(run(&[&check[..], &["--target", "conftest"]].concat(), "target = \"gatekeeper\"\n", "C").0, 1);

    let (code, text) = run(&[&["lint", "p.rego"][..], &gatekeeper].concat(), "", "C");
    assert!(code == 2 && text.contains("p.rego:3:28") && text.contains(words), "{text}");
    let (code, text) =
        run(&[&["eval", "strings.split_n(\"a\", \".\", 1)"][..], &gatekeeper].concat(), "", "C");
    assert!(code == 2 && text.contains(words), "{text}");

    let (code, text) = run(&[&check[..], &["--target", "opa-9.9.9"]].concat(), "", "C");
    assert!(code == 2 && text.contains("conftest-0.71.1, or opa-0.17.0 to opa-1.22.2"), "{text}");
    let (code, text) = run(&check, "target = \"kyverno\"\n", "C");
    assert!(code == 2 && text.contains("c.toml:1:10"), "{text}");
}
