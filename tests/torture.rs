//! What a user sees of policies that are hard to survive: `regoscope check` with the real child, and what it prints.
#![allow(clippy::unwrap_used, clippy::panic)] // A test may fail that way.

use std::fs;

use assert_cmd::Command;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n";

/// Exit code and everything printed of a check of these files, of which `p.rego` is the policy and `pod.yaml` the
/// manifest; a `data.json` is given as data.
fn check_files(files: &[(&str, &str)]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
    command.current_dir(folder.path()).env_clear().env("LANG", "C.UTF-8");
    command.args(["check", "--timeout", "3", "-p", "p.rego"]);
    if files.iter().any(|(name, _)| *name == "data.json") {
        command.args(["--data", "data.json"]);
    }
    let output = command.arg("pod.yaml").output().unwrap();
    (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// The same of these rules and a plain Pod.
fn check(rules: &str) -> (i32, String) {
    check_files(&[("p.rego", &format!("package p\n\n{rules}\n")), ("pod.yaml", POD)])
}

/// `deny` if `last` holds, where each `name` of so many steps is made of the one before.
fn steps(
    first: &str,
    count: usize,
    step: impl Fn(usize) -> String,
    last: impl Fn(usize) -> String,
) -> String {
    let rules: Vec<String> = (1..=count).map(|n| format!("r{n} := {}", step(n - 1))).collect();
    format!("r0 := {first}\n\n{}\n\ndeny contains \"x\" if {}", rules.join("\n\n"), last(count))
}

const SLOW: &str = "did not finish in 3 s";
const MEMORY: &str = "wanted more than 512 MiB of memory";

/// Aliases that stand for 10⁹ values.
fn bomb() -> String {
    let level = |n: usize| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "));
    "a0: &a0 [x]\n".to_owned() + &(1..10).map(level).collect::<String>()
}

#[test]
fn other_files_that_are_hard_to_survive() {
    let policy = "package p\n\ndeny contains \"x\" if input.request.object.kind == \"Pod\"\n";
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let deep_pod = format!("{POD}x: {}1{}\n", "[".repeat(20_000), "]".repeat(20_000));
    let (marked, marked_pod) = (format!("\u{feff}{policy}"), format!("\u{feff}{POD}"));
    let mut wrong = String::new();
    for (what, files, code, words) in [
        ("byte order marks", &[("p.rego", &*marked), ("pod.yaml", &*marked_pod)][..], 1, "DENY"),
        ("a bomb", &[("p.rego", policy), ("pod.yaml", &*bomb())], 2, "document contains excessive aliasing"),
        ("a deep manifest", &[("p.rego", policy), ("pod.yaml", &*deep_pod)], 2, "NOT JUDGED"),
        ("deep data", &[("p.rego", policy), ("pod.yaml", POD), ("data.json", &*deep)], 2, "data.json"),
    ] {
        let (found, text) = check_files(files);
        if found != code || !text.contains(words) {
            wrong += &format!("== {what}: {found}, not {code}, {words:?}\n{text}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

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
        ("objects", nested("{\"a\": ", "}", 31), 1, &["DENY"]),
        ("sets", nested("{", "}", 31), 1, &["DENY"]),
        ("more brackets than can be read", nested("[", "]", 10_000), 2, &["NOT JUDGED"]),
        ("more objects than can be read", nested("{\"a\": ", "}", 10_000), 2, &["NOT JUDGED"]),
        ("a long union", format!("deny contains \"x\" if count({}{{1}}) > 0", "{1} |\n".repeat(19_000)), 2, &["NOT JUDGED"]),
        ("a long difference", format!("deny contains \"x\" if {}1 < 0", "1 -\n".repeat(19_000)), 2, &["NOT JUDGED"]),
        ("a chain of rules", steps("1", 500, |n| format!("r{n}"), |n| format!("r{n} == 1")), 1, &["DENY"]),
        ("a function that ends", "f(x) := f(x - 1) if x > 0\n\nf(0) := 1\n\ndeny contains \"x\" if f(100000)".to_owned(), 2, &["is recursive"]),
        ("all paths", "g := {sprintf(\"%d\", [n]): [sprintf(\"%d\", [m]) | some m in numbers.range(1, 12); m != n] | some n in numbers.range(1, 12)}\n\ndeny contains \"x\" if count(graph.reachable_paths(g, {\"1\"})) > 0".to_owned(), 2, &[SLOW, MEMORY]),
        ("squares of squares", steps("7", 40, |n| format!("r{n} * r{n}"), |n| format!("r{n} > 0")), 2, &[SLOW, MEMORY, "a whole number too long for this engine"]),
        ("text that grows tenfold", steps("\"xxxxxxxxxx\"", 12, |n| format!("concat(\"\", [r{n}, r{n}, r{n}, r{n}, r{n}, r{n}, r{n}, r{n}, r{n}, r{n}])"), |n| format!("count(r{n}) > 0")), 2, &[SLOW, MEMORY]),
        ("lists that double", steps("[1]", 40, |n| format!("array.concat(r{n}, r{n})"), |n| format!("count(r{n}) > 0")), 2, &[SLOW, MEMORY]),
        ("a bomb of YAML", format!("deny contains \"x\" if not yaml.is_valid(`{}`)", bomb()), 2, &["this YAML is not for this engine"]),
        ("deep JSON", "deny contains \"x\" if not json.is_valid(concat(\"\", [c | some _ in numbers.range(1, 20000); c := \"[\"]))".to_owned(), 1, &["DENY"]),
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
