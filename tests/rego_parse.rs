//! The parser against what OPA 1.22.2 says about the same texts (`tests/data/rego-parse.json`), and its invariants.

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
