//! The parser against what OPA 1.22.2 says about the same texts (`tests/data/rego-parse.json`), and its invariants.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test may fail that way.

use proptest::prelude::*;
use regoscope::core::rego::ast::StatementKind;
use regoscope::core::rego::chunk::IncrementalModule;
use regoscope::core::rego::parser::{ParseOptions, SyntaxError, Version, opa_position, parse};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: String,
    version: String,
    module: String,
    error: Option<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    row: usize,
    col: usize,
    message: String,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("data/rego-parse.json")).unwrap()
}

fn options(version: &str) -> ParseOptions {
    ParseOptions { version: if version == "v0" { Version::V0 } else { Version::V1 } }
}

/// The one error that OPA would report.
fn first_error(module: &str, version: &str) -> Option<SyntaxError> {
    parse(module, options(version)).errors().into_iter().min_by_key(|e| (e.late, e.range.start))
}

#[test]
fn errors_are_opas() {
    let (mut places, mut words, mut total) = (0, 0, 0);
    let mut differ = String::new();
    // METADATA comments are not read yet.
    for case in cases().iter().filter(|c| !c.id.starts_with("meta-") && !c.module.contains("METADATA")) {
        let Some(expected) = &case.error else { continue };
        total += 1;
        let found = first_error(&case.module, &case.version);
        let place = found.as_ref().map(|e| match e.words.as_str() {
            "empty module" => (0, 0),
            _ => opa_position(&case.module, e.range.start),
        });
        let text = found.as_ref().map(|e| e.words.clone()).unwrap_or_default();
        let same_place = place == Some((expected.row, expected.col));
        places += usize::from(same_place);
        words += usize::from(same_place && text == expected.message);
        if !same_place || text != expected.message {
            let wanted = (expected.row, expected.col, &expected.message);
            differ += &format!("{}: {:?}\n  {:?} {text}\n  {wanted:?}\n", case.id, case.module, place);
        }
    }
    println!("{differ}{places} places and {words} words of {total}");
    assert!(places >= 211 && words >= 211, "{differ}{places} places and {words} words of {total}");
}

#[test]
fn what_opa_parses_parses() {
    for case in cases().iter().filter(|c| c.error.is_none()) {
        let found = first_error(&case.module, &case.version);
        assert_eq!(found, None, "{}: {:?}", case.id, case.module);
    }
}

/// `(line, message)` of all errors.
fn messages(text: &str) -> Vec<(usize, String)> {
    let parsed = parse(text, ParseOptions::default());
    let line = |at: usize| 1 + text[..at].matches('\n').count();
    parsed.diagnostics(text).iter().map(|d| (line(d.range.start), d.message.clone())).collect()
}

#[test]
fn every_broken_statement_is_reported_and_the_rest_is_read() {
    let text = "package t\n\na if {\n\tx := := 1\n}\n\nb := [1, 2\n\nc if input.x\n\nd := )\n\ne if {\n\tinput.y ==\n}\n";
    let lines: Vec<usize> = messages(text).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [4, 9, 11, 15]);
    let parsed = parse(text, ParseOptions::default());
    assert_eq!(parsed.module.statements.len(), 6);
}

#[test]
fn a_missing_bracket_names_the_one_it_belongs_to() {
    for (text, expected) in [
        ("package t\n\np if {\n\tinput.x\n\nq if {\n\tinput.y\n}\n", (6, "`}` is missing for `{` on line 3")),
        ("package t\n\np if {\n\tinput.x\n", (5, "`}` is missing for `{` on line 3")),
        ("package t\n\np := [1,\n\t2\n\nq := 1\n", (6, "`]` is missing for `[` on line 3")),
        ("package t\n\np if {\n\tcount(input.x\n}\n", (5, "`)` is missing for `(` on line 4")),
    ] {
        let found = messages(text);
        let found: Vec<_> = found.iter().map(|(line, text)| (*line, text.as_str())).collect();
        assert_eq!(found, [expected], "{text:?}");
    }
}

#[test]
fn nesting_and_long_chains_are_errors_not_crashes() {
    for open in
        ["[", "{", "(", "{\"a\":", "f(", "x[", "[1|", "{a|{", "$\"{", "-x[", "not ", "every x in [1] { "]
    {
        let text = format!("package t\n\nimport rego.v2\n\np if {{ {}", open.repeat(10_000));
        assert!(!parse(&text, ParseOptions::default()).is_clean(), "{open}");
    }
    for (head, link) in
        [("1", " + 1"), ("x", " in y"), ("x", "(1).y"), ("x", "[x]"), ("x", " and y"), ("x", " with a as 1")]
    {
        let text = format!("package t\n\nimport rego.v2\n\np if {head}{}", link.repeat(20_000));
        let _ = parse(&text, ParseOptions::default());
    }
    let chain = format!("package t\n\np := 1{}\n", " + 1".repeat(700));
    assert!(parse(&chain, ParseOptions::default()).is_clean());
}

#[test]
fn time_is_linear_where_grammars_are_ambiguous() {
    // Each of these takes exponential time in a parser that tries one reading after the other.
    for (open, close) in [
        ("[", " + 1]"),
        ("{", " | 1, 2}"),
        ("{1|", ",3}"),
        ("{", ": 1 + 1}"),
        ("(", " + 1)"),
        ("[x | y := ", "]"),
    ] {
        let text = format!("package t\n\np := {}1{}\n", open.repeat(60), close.repeat(60));
        let _ = parse(&text, ParseOptions::default());
    }
    let text = format!("package t\n\nimport rego.v2\n\np if {}1{}\n", "(".repeat(60), ") and 1".repeat(60));
    let _ = parse(&text, ParseOptions::default());
}

/// Valid texts to cut up.
fn sources() -> Vec<String> {
    cases().into_iter().filter(|c| c.error.is_none()).map(|c| c.module).collect()
}

const NOISE: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "`",
    "$\"",
    "\n",
    "\nq := 1\n",
    ":=",
    "not ",
    " and ",
    "|",
    ",",
    "é",
    ".",
    "#",
    "\\",
];

proptest! {
    #[test]
    fn any_text_parses_and_ranges_lie_inside(which in 0usize..10_000, at in 0usize..10_000, noise in prop::sample::select(NOISE), cut in any::<bool>()) {
        let sources = sources();
        let source = &sources[which % sources.len()];
        let mut at = at % (source.len() + 1);
        while !source.is_char_boundary(at) { at -= 1; }
        let text = if cut { source[..at].to_owned() } else { format!("{}{noise}{}", &source[..at], &source[at..]) };
        let parsed = parse(&text, ParseOptions::default());
        let mut end = 0;
        for placed in &parsed.module.statements {
            prop_assert!(placed.start >= end && placed.range().end <= text.len());
            end = placed.range().end;
            let broken = placed.statement.kind == StatementKind::Broken;
            prop_assert!(!broken || !placed.statement.errors.is_empty());
        }
        for error in parsed.errors() {
            prop_assert!(text.get(error.range.clone()).is_some(), "{:?}", error);
        }
    }

    #[test]
    fn an_updated_module_is_a_parsed_one(
        parts in prop::collection::vec(0usize..10_000, 1..6),
        edits in prop::collection::vec((0usize..100_000, 0usize..12, prop::sample::select(NOISE)), 1..8),
    ) {
        let sources = sources();
        let mut text = String::from("package t\n");
        for part in parts {
            let source = &sources[part % sources.len()];
            text += source.split_once('\n').map_or("", |(_, rest)| rest);
        }
        let mut module = IncrementalModule::new(&text, ParseOptions::default());
        for (at, remove, insert) in edits {
            let mut at = at % (text.len() + 1);
            while !text.is_char_boundary(at) { at -= 1; }
            let mut end = (at + remove).min(text.len());
            while !text.is_char_boundary(end) { end -= 1; }
            text.replace_range(at..end.max(at), insert);
            module.update(&text);
            let whole = parse(&text, ParseOptions::default());
            prop_assert_eq!(module.parsed(), &whole, "{}", text);
        }
    }
}
