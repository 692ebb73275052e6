//! The checks against what OPA 1.22.2 says about the same files (`tests/data/rego-check.json`).

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test may fail that way.

use proptest::prelude::*;
use regoscope::core::rego::ast::Placed;
use regoscope::core::rego::check::{CheckOptions, Source, check};
use regoscope::core::rego::parser::{ParseOptions, Parsed, Version, opa_position, parse};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: String,
    version: String,
    strict: bool,
    module: String,
    #[serde(default)]
    extra: Vec<Extra>,
    #[serde(default)]
    bundle: bool,
    errors: Vec<Expected>,
}

#[derive(Deserialize)]
struct Extra {
    name: String,
    text: String,
}

#[derive(Deserialize)]
struct Expected {
    code: String,
    message: String,
    row: Option<usize>,
    col: Option<usize>,
    file: Option<String>,
}

/// (file, row, col, code, message)
type Line = (String, usize, usize, String, String);

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("data/rego-check.json")).unwrap()
}

/// The first error of each place, in OPA's order.
fn firsts(mut lines: Vec<Line>) -> Vec<Line> {
    lines.dedup_by(|b, a| (&a.0, a.1, a.2) == (&b.0, b.1, b.2) && a.1 != 0);
    lines
}

fn expected(case: &Case) -> Vec<Line> {
    let line = |e: &Expected| {
        let file = match (&e.file, e.row) {
            (Some(file), _) => file.clone(),
            (None, Some(_)) => "m.rego".to_owned(),
            (None, None) => String::new(),
        };
        (file, e.row.unwrap_or(0), e.col.unwrap_or(0), e.code.clone(), e.message.clone())
    };
    let mut lines: Vec<Line> = case.errors.iter().map(line).collect();
    // OPA lists errors of files in the order of their names.
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    firsts(lines)
}

fn found(case: &Case) -> Vec<Line> {
    let version = if case.version == "v0" { Version::V0 } else { Version::V1 };
    let mut files: Vec<(&str, &str)> = vec![("m.rego", &case.module)];
    files.extend(case.extra.iter().filter(|e| e.name.ends_with(".rego")).map(|e| (&*e.name, &*e.text)));
    let parsed: Vec<Parsed> = files.iter().map(|(_, text)| parse(text, ParseOptions { version })).collect();
    let mut lines = Vec::new();
    for ((name, text), parsed) in files.iter().zip(&parsed) {
        // OPA stops at the first broken statement of a file.
        if let Some(first) = parsed.errors().into_iter().min_by_key(|e| (e.late, e.range.start)) {
            let mut errors: Vec<_> = match first.late {
                true => parsed.errors().into_iter().filter(|e| e.late).collect(),
                false => {
                    let broken = |p: &&Placed| p.statement.errors.iter().any(|e| !e.late);
                    let statement = parsed.module.statements.iter().find(broken).unwrap();
                    let errors = statement.statement.errors.iter().filter(|e| !e.late);
                    errors.map(|e| e.moved(statement.start)).collect()
                }
            };
            errors.truncate(10);
            for error in errors {
                let (row, col) = match error.words.as_str() {
                    "empty module" => (0, 0),
                    _ => opa_position(text, error.range.start),
                };
                lines.push(((*name).to_owned(), row, col, "rego_parse_error".to_owned(), error.words));
            }
        }
    }
    let json = |suffix: &str| -> Option<serde_json::Value> {
        let extra = case.extra.iter().find(|e| e.name.ends_with(suffix))?;
        serde_json::from_str(&extra.text).ok()
    };
    let (schema, data) = (json(".schema.json"), case.bundle.then(|| json("data.json")).flatten());
    if lines.is_empty() {
        let sources: Vec<Source<'_>> = files
            .iter()
            .zip(&parsed)
            .map(|((name, text), parsed)| Source { name, text, module: &parsed.module })
            .collect();
        let options = CheckOptions {
            version,
            strict: case.strict,
            data: &data.iter().collect::<Vec<_>>(),
            input_schema: schema.as_ref(),
            ..CheckOptions::default()
        };
        for error in check(&sources, options) {
            let file =
                error.file.filter(|_| error.row > 0).map_or(String::new(), |nth| files[nth].0.to_owned());
            lines.push((file, error.row, error.col, error.code.to_owned(), error.message));
        }
    }
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    firsts(lines)
}

#[test]
fn errors_are_opas() {
    let (mut passed, mut total) = (0, 0);
    let (mut differ, mut kinds) = (String::new(), [0, 0]);
    for case in cases() {
        total += 1;
        let (wanted, found) = (expected(&case), found(&case));
        if wanted == found {
            passed += 1;
            continue;
        }
        let parse_error = |lines: &[Line]| lines.iter().any(|l| l.3 == "rego_parse_error");
        kinds[usize::from(parse_error(&wanted) || parse_error(&found))] += 1;
        differ += &format!("{}: {:?}\n  wanted {wanted:?}\n  found  {found:?}\n", case.id, case.module);
    }
    println!("{differ}{passed} of {total}; {kinds:?} differ (checks, syntax)");
    assert!(passed >= FLOOR, "{differ}{passed} of {total}, not {FLOOR}");
}

/// The messages on one file.
fn messages(text: &str) -> Vec<String> {
    let parsed = parse(text, ParseOptions::default());
    assert!(parsed.is_clean(), "{:?}", parsed.errors().first());
    let sources = [Source { name: "m.rego", text, module: &parsed.module }];
    check(&sources, CheckOptions::default()).into_iter().map(|error| error.message).collect()
}

#[test]
fn nested_and_long_texts_end() {
    // As the child that judges, which has 256 MiB. What is nested 800 deep takes some of it in a debug build.
    let child = std::thread::Builder::new().stack_size(64 << 20);
    child.spawn(nested_and_long_texts).unwrap().join().unwrap();
}

fn nested_and_long_texts() {
    for (open, inner, close) in [
        ("[x | x := ", "1", "]"),
        ("{x: 1 | x := ", "input.a", "}"),
        ("[", "input.a", "]"),
        ("f(", "1", ")"),
        ("$\"{", "input.a", "}\""),
    ] {
        let text = format!("package t\n\nf(x) := x\n\np := {}{inner}{}\n", open.repeat(45), close.repeat(45));
        assert_eq!(messages(&text), Vec::<String>::new(), "{open}");
    }
    for link in [" and input.x", " or not input.x"] {
        let text = format!("package t\n\nimport rego.v2\n\np if input.x{}\n", link.repeat(700));
        assert_eq!(messages(&text), Vec::<String>::new(), "{link}");
    }
    let sum = format!("package t\n\np := 1{}\n", " + 1".repeat(700));
    assert_eq!(messages(&sum), Vec::<String>::new());
    // A chain of rules as long as the program, and a circle of all of them.
    let rule = |nth: usize| format!("p{nth} if p{}\n\n", nth + 1);
    let chain: String = (0..2000).map(rule).collect();
    assert_eq!(messages(&format!("package t\n\n{chain}p2000 := 1\n")), Vec::<String>::new());
}

#[test]
fn without_the_other_files_what_they_may_define_is_not_missed() {
    let text = "package t\n\nimport data.lib\n\np if lib.f(other)\n\nq if count(1) == 1\n";
    let parsed = parse(text, ParseOptions::default());
    let sources = [Source { name: "m.rego", text, module: &parsed.module }];
    let all = |incomplete| {
        let options = CheckOptions { incomplete, ..CheckOptions::default() };
        check(&sources, options).into_iter().map(|error| error.message).collect::<Vec<_>>()
    };
    assert_eq!(all(false), ["undefined function data.lib.f"]);
    assert_eq!(all(true), Vec::<String>::new());
}

/// How many of the cases agree.
const FLOOR: usize = 580;

/// The names with their arity, the signatures for people, and the types for the checks are three tables.
#[test]
fn the_tables_of_builtins_name_the_same_functions() {
    use regoscope::core::rego::{check, names};
    let known: Vec<&str> = names::builtins().collect();
    let mut typed: Vec<&str> = check::builtin_names().map(|(name, _)| name).collect();
    typed.sort_unstable();
    assert_eq!(known, typed);
    let without: Vec<&str> = known.into_iter().filter(|name| names::about(name).is_none()).collect();
    assert!(without.iter().all(|name| name.starts_with("internal.")), "{without:?}");
}

#[test]
fn what_opa_reads_is_read() {
    for text in [
        "package t\n\nelse.x contains \"a\"\n\nelse.x contains \"b\"\n",
        "package t\n\np if input.x\n\nwith.f(x) := x\n\nq := 1\n\nwith.a[k] := 1 if some k in [1]\n",
        "package t\n\np := [{1} | {2}\n\t, 3]\n\nq := {{1} | {2}\n\t, 3}\n\n(r) := 1\n",
    ] {
        assert!(parse(text, ParseOptions::default()).is_clean(), "{text}");
    }
}

/// What the checks say after each edit is what they say of the same files read afresh.
#[test]
fn edits_are_checked_as_whole_programs_are() {
    use regoscope::core::file::{FileId, Revision, Role};
    use regoscope::core::policy::judge::Judge;
    use regoscope::core::policy::options::{JudgeOptions, SourceFile};
    let file = |nth: u32, text: &str| SourceFile {
        file: FileId(nth),
        name: format!("{nth}.rego"),
        role: Role::Policy,
        revision: Revision(0),
        text: text.to_owned(),
    };
    let rest: String = (0..20).map(|nth| format!("other_{nth}(x) := x + {nth}\n\n")).collect();
    let with = |rules: &str| format!("package t\n\nimport data.lib\n\n{rules}\n{rest}");
    let deny = "deny contains msg if {\n\tx := f(1)\n\tmsg := concat(\"\", [lib.name, \"a\"])\n}\n\n";
    let edits = [
        (0, with(&format!("f(x) := x\n\n{deny}"))),
        (0, with(&format!("f(x) := y\n\n{deny}"))),
        (0, with(&format!("f(x) := x\n\n{deny}"))),
        (0, with(&format!("f(x, y) := x\n\n{deny}"))),
        (0, with(&format!("f(x) := x\n\n{}", deny.replace("f(1)", "f(1, 2)")))),
        (0, with(&format!("f(x) := x\n\n{deny}"))),
        (0, with(&format!("f(x) := other_1(f(x))\n\n{deny}"))),
        (0, with(&format!("f(x) := x\n\n{deny}"))),
        (1, "package lib\n\nname := 1\n".to_owned()),
        (1, "package lib\n\nname := \"n\"\n".to_owned()),
        (1, "package lib\n\nname contains \"n\"\n".to_owned()),
        (1, "package lib\n\nname := \"n\"\n".to_owned()),
        (0, with(&format!("f(x) := x\n\n{}", deny.replace("f(1)", "g")))),
        (0, with(&format!("f(x) := x\n\n{}", deny.replace("msg := concat", "msg := 1 + concat")))),
    ];
    let options = JudgeOptions { lint: true, ..JudgeOptions::default() };
    let mut texts = [edits[0].1.clone(), "package lib\n\nname := \"n\"\n".to_owned()];
    let mut kept = Judge::new();
    (0..2).for_each(|nth| kept.put(file(nth, &texts[nth as usize])));
    let mut refused = 0;
    for (nth, text) in edits {
        kept.put(file(nth, &text));
        texts[nth as usize] = text;
        let mut fresh = Judge::new();
        (0..2).for_each(|nth| fresh.put(file(nth, &texts[nth as usize])));
        let [kept, fresh] =
            [&mut kept, &mut fresh].map(|judge| judge.judge(0, &options, &mut |_| {}).diagnostics);
        refused += usize::from(fresh.iter().any(|(_, all)| !all.is_empty()));
        assert_eq!(format!("{kept:?}"), format!("{fresh:?}"), "{texts:?}");
    }
    assert!(refused >= 6, "{refused}");
}

#[test]
fn what_cannot_stand_in_a_template_names_the_rule() {
    for (text, words) in [
        ("p := $\"{not 1}\"", "rule value term (e.g., p := <VALUE> { ... })"),
        ("a.b := $\"{not 1}\"", "rule value term (e.g., a.b := <VALUE> { ... })"),
        ("p = $\"{not 1}\"", "rule value term (e.g., p[<nil>] = <VALUE> { ... })"),
        ("f(x) := $\"{not x}\"", "function value term (e.g., f(...) := <VALUE> { ... })"),
        ("default p := $\"{not 1}\"", "default rule value term (e.g., default p := <VALUE>)"),
    ] {
        let errors = parse(&format!("package t\n\n{text}\n"), ParseOptions::default()).errors();
        let wanted = format!("unexpected }} token: expected {words}");
        assert_eq!(errors.last().map(|error| error.words.as_str()), Some(wanted.as_str()), "{text}");
    }
}

/// Rules that need, exclude and contradict each other.
const RULES: &[&str] = &[
    "",
    "f(x) := x",
    "f(x, y) := x + y",
    "f(x) := data.lib.g(x)",
    "g(x) := concat(\"\", [x, f(\"a\")])",
    "g(x) := x + 1",
    "g(x) := y",
    "name := 1",
    "name := \"n\"",
    "name := \"m\" if input.kind == \"Pod\"",
    "name contains \"n\"",
    "name[x] := 1 if some x in [\"a\", \"b\"]",
    "name.part := 2",
    "default name := 3",
    "default f(_) := 0",
    "deny contains msg if msg := name",
    "deny contains msg if msg := concat(\"\", [data.lib.name, \"a\"])",
    "deny contains f(1)",
    "deny contains \"loop\" if count(deny) > 3",
    "deny contains \"open\" if not name",
    "deny contains \"one\" if f(1) == name",
    "deny := \"x\" if input.kind",
    "other_3(x) := f(x)",
    "test_it if deny",
    "# METADATA\n# schemas:\n#   - input: {type: object, properties: {kind: {type: number}}}\np if input.kind == \"a\"",
    "p if input.kind.a",
    "p if {",
    "import data.lib as name",
    "import data.lib.name as label",
    "deny contains \"label\" if label == \"n\"",
    "q if data.lib.missing",
    "q if data.lib.name.part.deep",
    "q if every x in [1] { f(x) }",
    "q := input.a.b if { some i; input.list[i] == name }",
];

/// A file with some of them.
fn module(package: &str, rules: &[usize]) -> String {
    let rest: String = (0..25).map(|nth| format!("other_{nth}(x) := x + {nth}\n\n")).collect();
    let (imports, rules): (Vec<&str>, Vec<&str>) =
        rules.iter().map(|&nth| RULES[nth]).partition(|rule| rule.starts_with("import"));
    format!("package {package}\n\n{}\n\n{}\n\n{rest}", imports.join("\n"), rules.join("\n\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever was checked and judged before an edit, afterwards all is as if it had never been.
    #[test]
    fn no_edit_hides_an_error(
        edits in prop::collection::vec((0..3_usize, 0..5_usize, 0..RULES.len()), 1..14),
        lint in any::<bool>(),
        strict in any::<bool>(),
    ) {
        use regoscope::core::file::{FileId, Revision, Role};
        use regoscope::core::policy::judge::Judge;
        use regoscope::core::policy::options::{JudgeOptions, SourceFile};
        let file = |nth: usize, role: Role, text: &str| SourceFile {
            file: FileId(nth as u32),
            name: format!("{nth}"),
            role,
            revision: Revision(0),
            text: text.to_owned(),
        };
        let pod = file(3, Role::Manifest, "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n");
        let packages = ["app", "lib", "app"];
        let mut held = [[1, 15, 7, 0, 0], [4, 8, 0, 0, 0], [0; 5]];
        let options = JudgeOptions { lint, strict, ..JudgeOptions::default() };
        let mut kept = Judge::new();
        let put = |judge: &mut Judge, held: &[[usize; 5]; 3]| {
            (0..3).for_each(|nth| judge.put(file(nth, Role::Policy, &module(packages[nth], &held[nth]))));
        };
        put(&mut kept, &held);
        kept.put(pod.clone());
        kept.judge(0, &options, &mut |_| {});
        for (nth, slot, rule) in edits {
            held[nth][slot] = rule;
            kept.put(file(nth, Role::Policy, &module(packages[nth], &held[nth])));
            let mut fresh = Judge::new();
            put(&mut fresh, &held);
            fresh.put(pod.clone());
            let [kept, fresh] = [&mut kept, &mut fresh].map(|judge| {
                let said = judge.judge(0, &options, &mut |_| {});
                format!("{:#?}\n{:#?}", said.diagnostics, said.documents)
            });
            prop_assert_eq!(kept, fresh, "{:?}", held);
        }
    }
}
