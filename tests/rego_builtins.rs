//! Builtins that are answered here instead of by the engine, against what OPA 1.22.2 answers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // A test may fail that way.

use regoscope::core::policy::engine::Engine;
use serde_json::Value;

/// What a call is, e.g. `sprintf("%d", [1])`; `None` if undefined.
fn answers(calls: &[String]) -> Vec<Option<Value>> {
    let rules: String = calls.iter().enumerate().map(|(i, call)| format!("r[{i}] := {call}\n")).collect();
    let mut engine = Engine::new();
    engine.add_module("m.rego", &format!("package t\n{rules}"), false).unwrap();
    let found = engine.eval("data.t.r").unwrap().value.unwrap();
    (0..calls.len()).map(|i| found.get(i.to_string()).cloned()).collect()
}

/// Compares all rows and shows the first that differ.
fn check(rows: &[(String, Option<Value>)]) {
    let calls: Vec<String> = rows.iter().map(|row| row.0.clone()).collect();
    let wrong: Vec<String> = answers(&calls)
        .into_iter()
        .zip(rows)
        .filter(|(found, (_, wanted))| found != wanted)
        .map(|(found, (call, wanted))| format!("{call}\n  OPA {wanted:?}\n  we  {found:?}\n"))
        .collect();
    let shown = wrong.iter().take(60).cloned().collect::<String>();
    assert!(wrong.is_empty(), "{} of {} differ:\n{shown}", wrong.len(), rows.len());
}

#[test]
fn sprintf_writes_what_go_writes() {
    let rows: Vec<(String, String, String)> =
        serde_json::from_str(include_str!("data/opa-sprintf.json")).unwrap();
    let row = |(format, values, wanted): &(String, String, String)| {
        (format!("sprintf({}, {values})", Value::from(format.as_str())), Some(Value::from(wanted.as_str())))
    };
    check(&rows.iter().map(row).collect::<Vec<_>>());
}
