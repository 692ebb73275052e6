//! What a user sees of policies that are hard to survive: `regoscope check` with the real child, and what it prints.
#![allow(clippy::unwrap_used, clippy::panic)] // A test may fail that way.

use std::fs;

use assert_cmd::Command;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n";

/// Exit code and everything printed.
fn check(rules: &str) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.rego"), format!("package p\n\n{rules}\n")).unwrap();
    fs::write(folder.path().join("pod.yaml"), POD).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
    command.current_dir(folder.path()).env_clear().env("LANG", "C.UTF-8");
    let output = command.args(["check", "--timeout", "3", "-p", "p.rego", "pod.yaml"]).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

const SLOW: &str = "did not finish in 3 s";
const MEMORY: &str = "wanted more than 512 MiB of memory";

#[test]
fn each_of_them_says_what_happened() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("x := {}1{}\n\ndeny contains \"x\" if x", open.repeat(depth), close.repeat(depth))
    };
    let mut wrong = String::new();
    for (what, rules, code, words) in [
        ("a function without end", "f(x) := f(x + 1)\n\ndeny contains \"x\" if f(1)".to_owned(), 2, &["is recursive"][..]),
        ("rules in a circle", "a if b\n\nb if a\n\ndeny contains \"x\" if a".to_owned(), 2, &["is recursive"]),
        ("a long sum", format!("deny contains \"x\" if {}1 > 0", "1 +\n".repeat(5000)), 2, &["NOT JUDGED"]),
        ("round brackets", nested("(", ")", 400), 2, &["NOT JUDGED"]),
        ("square brackets", nested("[", "]", 31), 1, &["DENY"]),
        ("a long loop", "deny contains \"x\" if count([1 | some a in numbers.range(1, 9999); some b in numbers.range(1, 9999); a + b < 0]) > 0".to_owned(), 2, &[SLOW, MEMORY]),
        ("a long range", "deny contains \"x\" if count(numbers.range(1, 1000000000)) > 0".to_owned(), 2, &[SLOW, MEMORY]),
        ("a wide shift", "deny contains \"x\" if bits.lsh(1, 1000000000) > 0".to_owned(), 1, &["DENY"]),
        ("a wide network", "deny contains \"x\" if count(net.cidr_expand(\"0.0.0.0/0\")) > 0".to_owned(), 2, &[SLOW, MEMORY]),
        ("a wide number", "deny contains sprintf(\"%1000000000d\", [1])".to_owned(), 1, &["DENY"]),
        ("a fraction of many digits", "deny contains \"x\" if sprintf(\"%.999999999f\", [1.5])".to_owned(), 1, &["DENY"]),
        ("a pattern too large", "deny contains \"x\" if regex.match(\"((a{1000}){1000}){1000}\", \"a\")".to_owned(), 2,
            &["is too much for this engine"]),
        ("counting nothing", "deny contains \"x\" if strings.count(\"abc\", \"\") == 4".to_owned(), 1, &["DENY"]),
    ] {
        let (found, text) = check(&rules);
        if found != code || !words.iter().any(|word| text.contains(word)) {
            wrong += &format!("== {what}: {found}, not {code}, one of {words:?}\n{text}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
