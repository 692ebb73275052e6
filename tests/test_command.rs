//! `regoscope test` beside what `opa test` 1.22.2 wrote for the same files (`tests/data/testing/opa.*`, times left out).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use assert_cmd::Command;
use serde_json::Value;

/// Runs `regoscope test` on a folder. Exit code, stdout, stderr.
fn run(folder: &str, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("regoscope").unwrap();
    let output = command.current_dir(folder).arg("test").args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn without_times(text: &str) -> String {
    regex::Regex::new(r"\([0-9.]+(ns|µs|ms|s)\)").unwrap().replace_all(text, "(T)").into_owned()
}

#[test]
fn json_is_opas() {
    let (code, ours, _) = run("tests/data/testing/policies", &["-f", "json", "."]);
    assert_eq!(code, 2);
    let read = |text: &str| -> Vec<Value> {
        let mut results: Vec<Value> = serde_json::from_str(text).unwrap();
        results.sort_by_key(|result| result["location"]["row"].as_u64());
        for result in &mut results {
            result.as_object_mut().unwrap().remove("duration").expect("a duration");
            // OPA names the two definitions and the calls that led there; the engine says that there is a conflict.
            if let Some(error) = result.get_mut("error") {
                *error = error["code"].clone();
            }
        }
        results
    };
    let opas = std::fs::read_to_string("tests/data/testing/opa.json").unwrap();
    assert_eq!(read(&ours), read(&opas));
}

#[test]
fn text_is_opas_up_to_the_words_of_a_conflict() {
    let (code, ours, _) = run("tests/data/testing/policies", &["."]);
    assert_eq!(code, 2);
    let opas = std::fs::read_to_string("tests/data/testing/opa.txt").unwrap();
    // OPA runs tests in no order of its own, so what it says of each is compared.
    let blocks = |text: &str| {
        let text = without_times(text);
        let (tests, summary) = text.split_once(&"-".repeat(80)).unwrap();
        let mut blocks: Vec<String> = Vec::new();
        for line in tests.lines().filter(|line| !line.trim().is_empty()) {
            if line.starts_with("p_test.rego:") {
                blocks.push(String::new());
            }
            let block = blocks.last_mut().unwrap();
            if !block.contains("ERROR") {
                *block += &format!("{line}\n");
            }
        }
        blocks.sort();
        (blocks, summary.to_owned())
    };
    assert_eq!(blocks(&ours), blocks(&opas));
}

#[test]
fn a_failed_comparison_shows_both_sides() {
    let (_, text, _) = run("tests/data/testing/policies", &["-v", "-r", "test_(fail|cases)$", "."]);
    let failures = without_times(text.split_once("FAILURES").unwrap().1);
    for expected in [
        "  p_test.rego:9:\n    x == 2\n    |\n    1\n",
        "  two: FAIL\n    p_test.rego:21:\n      p.f(tc.a) == tc.e\n      |            |\n      |            2\n      1\n",
    ] {
        assert!(failures.contains(expected), "{failures}");
    }
}

#[test]
fn a_test_that_never_ends_is_an_error_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let text = "package a_test\n\ntest_before if true\n\ntest_endless if {\n\tsome i in numbers.range(1, 100000)\n\tsome j in \
                numbers.range(1, 100000)\n\ti + j == -1\n}\n\ntest_after if true\n";
    std::fs::write(folder.path().join("a_test.rego"), text).unwrap();
    let (code, text, _) = run(folder.path().to_str().unwrap(), &["--timeout", "500ms", "."]);
    assert_eq!(code, 2);
    assert!(text.contains("data.a_test.test_endless: ERROR"), "{text}");
    assert!(text.ends_with("PASS: 2/3\nERROR: 1/3\n"), "{text}");
}

#[test]
fn what_does_not_compile_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a_test.rego"), "package a_test\n\ntest_x if input.a == y\n").unwrap();
    let (code, out, err) = run(folder.path().to_str().unwrap(), &["."]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(
        err.contains("a_test.rego:3:") && err.contains("rego_unsafe_var_error: var y is unsafe"),
        "{err}"
    );
}

#[test]
fn data_files_and_the_choice_of_tests_are_opas() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("testdata")).unwrap();
    write("testdata/pod.yaml", "pod: {kind: Pod}\n");
    write(
        "a_test.rego",
        "package a_test\n\ntest_file if data.testdata.pod.kind == \"Pod\"\n\ntest_other if false\n",
    );
    let path = folder.path().to_str().unwrap();
    let (code, text, _) = run(path, &["-r", "test_file$", "."]);
    assert_eq!((code, text.as_str()), (0, "PASS: 1/1\n"));
    let (code, text, _) = run(path, &["-r", "nothing", "-f", "json", "."]);
    assert_eq!((code, text.as_str()), (0, "[]\n"));
}
