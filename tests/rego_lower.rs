//! Lowered text, judged by the engine, against what OPA 1.22.2 answers (`tests/data/rego-eval.json`).

use regoscope::core::policy::engine::{Engine, Input};
use regoscope::core::rego::ast::StatementKind;
use regoscope::core::rego::lower::{LowerOptions, Names, lower};
use regoscope::core::rego::parser::{ParseOptions, Version, parse};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    version: String,
    module: String,
    input: Option<Value>,
    data: Option<Value>,
    query: String,
    result: Option<Value>,
    undefined: bool,
    error: Option<Value>,
    #[serde(default)]
    strict_builtin_errors: bool,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("data/rego-eval.json")).unwrap()
}

/// A whole module in the engine's form: each statement lowered, the gaps between them as they are.
fn lowered(module: &str, version: &str) -> Result<String, String> {
    let version = if version == "v0" { Version::V0 } else { Version::V1 };
    let parsed = parse(module, ParseOptions { version });
    if !parsed.is_clean() {
        return Err(format!("{:?}", parsed.errors()));
    }
    let names = Names::of_package([&parsed.module]).with_imports(&parsed.module);
    let mut out = String::new();
    let mut at = 0;
    for placed in &parsed.module.statements {
        assert_ne!(placed.statement.kind, StatementKind::Broken);
        let lowered = lower(placed, module, &names, LowerOptions::default());
        if let Some(first) = lowered.unsupported.first() {
            return Err(format!("unsupported: {}", first.what));
        }
        let source = &module[placed.range()];
        assert_eq!(source.matches('\n').count(), lowered.text.matches('\n').count(), "{}", lowered.text);
        out += &module[at..placed.start];
        out += &lowered.text;
        at = placed.range().end;
    }
    out += &module[at..];
    Ok(out)
}

/// What the engine says: `Ok(None)` is undefined.
fn judged(text: &str, v0: bool, case: &Case) -> Result<Option<Value>, String> {
    let mut engine = Engine::new();
    engine.add_module("m.rego", text, v0).map_err(|e| e.to_string())?;
    if let Some(data) = &case.data {
        engine.set_data(data).map_err(|e| e.to_string())?;
    }
    if let Some(input) = &case.input {
        engine.set_input(&Input::new(input));
    }
    engine.eval(&case.query).map(|answer| answer.value).map_err(|e| e.to_string())
}

fn agrees(case: &Case, found: &Result<Option<Value>, String>) -> bool {
    match found {
        Err(_) => case.error.is_some(),
        Ok(_) if case.error.is_some() => false,
        Ok(None) => case.undefined,
        Ok(Some(value)) => !case.undefined && case.result.as_ref().is_some_and(|r| same(r, value)),
    }
}

/// Numbers of one value are equal however they are written.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
        }
        _ => a == b,
    }
}

#[test]
fn lowering_brings_the_engine_to_opas_answers() {
    let (mut plain, mut after, mut total, mut refused, mut wrong) = (0, 0, 0, 0, 0);
    let mut differ = String::new();
    for case in cases().iter().filter(|c| c.query.starts_with("data.t.") && !c.strict_builtin_errors) {
        if case.query[7..].contains(['.', '[', '(']) {
            continue;
        }
        total += 1;
        let raw = judged(&case.module, case.version == "v0", case);
        plain += usize::from(agrees(case, &raw));
        match lowered(&case.module, &case.version) {
            Err(what) => {
                refused += 1;
                differ += &format!("{}: refused {what}\n{}\n", case.id, case.module);
            }
            Ok(text) => {
                let found = judged(&text, false, case);
                if agrees(case, &found) {
                    after += 1;
                } else {
                    wrong += usize::from(found.is_ok());
                    differ += &format!(
                        "{}: {found:?}, OPA {:?}, plain {}\n{text}\n",
                        case.id,
                        case.error.as_ref().or(case.result.as_ref()),
                        agrees(case, &raw)
                    );
                }
            }
        }
    }
    println!("{differ}of {total}: {plain} plain, {after} lowered, {refused} refused, {wrong} wrong");
    assert!(
        after >= 290,
        "{differ}of {total}: {plain} plain, {after} lowered, {refused} refused, {wrong} wrong"
    );
}
