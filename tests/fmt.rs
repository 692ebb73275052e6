//! `regoscope fmt` as scripts see it: what it prints and writes, exit codes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;

const UGLY: &str = "package t\n\np:=1\n";
const NEAT: &str = "package t\n\np := 1\n";

fn run(folder: &Path, args: &[&str], stdin: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
    command.current_dir(folder).env_clear().env("LANG", "C.UTF-8").arg("fmt").args(args);
    let output = command.write_stdin(stdin).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn each_flag_does_what_it_does_in_opa() {
    let diff = "--- a.rego\n+++ a.rego\n@@ -1,3 +1,3 @@\n package t\n \n-p:=1\n+p := 1\n";
    for (args, code, out) in [
        (&["a.rego", "b.rego"][..], 0, format!("{NEAT}{NEAT}")),
        (&["-l", "."], 0, "a.rego\n".to_owned()),
        (&["-d", "a.rego", "b.rego"], 0, diff.to_owned()),
        (&["--fail", "-l", "a.rego", "b.rego"], 2, "a.rego\n".to_owned()),
        (&["--fail", "-l", "b.rego"], 0, String::new()),
        (&["--fail", "b.rego"], 0, NEAT.to_owned()),
        (&["-"], 0, NEAT.to_owned()),
        (&[], 0, NEAT.to_owned()),
    ] {
        let folder = folder(&[("a.rego", UGLY), ("b.rego", NEAT)]);
        assert_eq!(run(folder.path(), args, UGLY), (code, out, String::new()), "{args:?}");
        assert_eq!(fs::read_to_string(folder.path().join("a.rego")).unwrap(), UGLY, "{args:?}");
    }
}

#[test]
fn files_are_written_and_a_broken_one_does_not_hide_the_others() {
    let broken = "package t\n\nq := \n";
    let folder = folder(&[("a.rego", UGLY), ("broken.rego", broken), ("z.rego", UGLY)]);
    let (code, out, err) = run(folder.path(), &["-w", "-l", "broken.rego", "a.rego", "z.rego"], "");
    assert_eq!((code, out.as_str()), (2, "a.rego\nz.rego\n"));
    assert!(err.starts_with("broken.rego:"), "{err}");
    assert!(err.contains(": rego_parse_error: "), "{err}");
    for (name, text) in [("a.rego", NEAT), ("z.rego", NEAT), ("broken.rego", broken)] {
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), text, "{name}");
    }
}

#[test]
fn a_text_that_the_layout_would_break_stays_as_it_is() {
    let text = "package t\n\nf( # k1\nx) := x + 1 # c0\n";
    let folder = folder(&[("a.rego", text)]);
    let (code, out, err) = run(folder.path(), &["-w", "a.rego"], "");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.starts_with("a.rego: not formatted: a comment stands where"), "{err}");
    assert_eq!(fs::read_to_string(folder.path().join("a.rego")).unwrap(), text);
}

#[test]
fn versions_of_rego() {
    let v0 = "package t\n\np[x] { x = input.y }\n";
    let folder = folder(&[("a.rego", v0)]);
    let (code, out, err) = run(folder.path(), &["a.rego"], "");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("`if` keyword is required before rule body"), "{err}");
    let formatted = |args: &[&str]| run(folder.path(), args, "").1;
    assert_eq!(formatted(&["--v0-compatible", "a.rego"]), "package t\n\np[x] {\n\tx = input.y\n}\n");
    assert_eq!(
        formatted(&["--v0-v1", "a.rego"]),
        "package t\n\nimport rego.v1\n\np contains x if x = input.y\n"
    );
}
