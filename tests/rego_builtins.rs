//! Builtins and operators, lowered and answered as the product does, against what OPA 1.22.2 answers.
//!
//! A row is a call, whether it is defined, and the value. Rows are made by OPA: all calls as rules `r0 := <call>` of
//! one module, `opa eval -f json -d module.rego data.t`; what its compiler rejects is left out.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // A test may fail that way.

use regoscope::core::policy::builtins::is_missing;
use regoscope::core::policy::engine::Engine;
use regoscope::core::policy::outline::{Known, outline};
use regoscope::core::rego::names::is_builtin;
use regoscope::core::rego::parser::{ParseOptions, parse};
use serde_json::Value;

/// What calls are, e.g. `sprintf("%d", [1])`: `Ok(None)` is undefined, an error is a rule that is not judged.
fn answers(calls: &[String]) -> Vec<Result<Option<Value>, String>> {
    let rules: String = calls.iter().enumerate().map(|(i, call)| format!("r{i} := {call}\n")).collect();
    let text = format!("package t\n{rules}");
    let parsed = parse(&text, ParseOptions::default());
    assert!(parsed.is_clean(), "{:?}", parsed.errors());
    let module = outline(&parsed, &text, &mut Known::default());
    let lowered: Vec<&str> = module.definitions.iter().map(|placed| &*placed.definition.text).collect();
    let mut engine = Engine::new();
    engine.add_module("m.rego", &format!("package t\n{}", lowered.join("\n")), false).unwrap();
    let ask = |i| engine.eval(&format!("data.t.r{i}")).map(|answer| answer.value).map_err(|e| e.message);
    (0..calls.len()).map(ask).collect()
}

/// Compares all rows and shows the first that differ.
fn check(rows: &[(String, Option<Value>)]) {
    let calls: Vec<String> = rows.iter().map(|row| row.0.clone()).collect();
    let wrong: Vec<String> = answers(&calls)
        .into_iter()
        .zip(rows)
        .filter(|(found, (_, wanted))| match found {
            Ok(found) => match (found, wanted) {
                (Some(found), Some(wanted)) => !same(found, wanted),
                (found, wanted) => found != wanted,
            },
            Err(message) => !message.contains("for this engine"),
        })
        .map(|(found, (call, wanted))| format!("{call}\n  OPA {wanted:?}\n  we  {found:?}\n"))
        .collect();
    let shown = wrong.iter().take(60).cloned().collect::<String>();
    assert!(wrong.is_empty(), "{} of {} differ:\n{shown}", wrong.len(), rows.len());
}

/// Numbers of one value are equal however they are written; the last bits of a fraction are not in JSON.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(k, v)| y.get(k).is_some_and(|w| same(v, w)))
        }
        _ => a == b,
    }
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

#[test]
fn builtins_answer_as_opas_do() {
    let rows: Vec<Vec<Value>> = serde_json::from_str(include_str!("data/opa-builtins.json")).unwrap();
    let known = |row: &&Vec<Value>| answers_calls(row[0].as_str().unwrap());
    let row = |row: &Vec<Value>| (row[0].as_str().unwrap().to_owned(), row.get(2).cloned());
    check(&rows.iter().filter(known).map(row).collect::<Vec<_>>());
}

/// Tokens, keys and certificates, signed requests, templates and intersections of globs.
#[test]
fn what_is_signed_or_rendered_is_opas() {
    let rows: Vec<Vec<Value>> = serde_json::from_str(include_str!("data/opa-keys.json")).unwrap();
    let row = |row: &Vec<Value>| (row[0].as_str().unwrap().to_owned(), row.get(2).cloned());
    check(&rows.iter().map(row).collect::<Vec<_>>());
}

/// OPA's JSON has any number, ours has not: such an answer is none, and no part of it is lost in silence.
#[test]
fn a_number_that_is_too_large_is_not_judged() {
    let calls = ["[1, bits.lsh(1, 2000)]", "{bits.lsh(1, 2000)}", "{\"a\": bits.lsh(1, 2000)}"];
    for answer in answers(&calls.map(str::to_owned)) {
        assert!(answer.as_ref().is_err_and(|words| words.contains("for this engine")), "{answer:?}");
    }
    assert_eq!(answers(&["bits.lsh(1, 2000) > 5".to_owned()]), [Ok(Some(Value::Bool(true)))]);
}

/// Whether the engine knows the function of a call.
fn answers_calls(call: &str) -> bool {
    call.split("(").next().is_none_or(|name| !is_builtin(name) || !is_missing(name))
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    /// Whatever text and number they are given, they answer, or the rule is not judged.
    #[test]
    fn no_argument_makes_a_builtin_panic(
        text in "[%a-z0-9é.*+\\[\\]#(){}\\\\ -]{0,12}", other in "\\PC{0,6}", number in proptest::num::i64::ANY,
    ) {
        let (text, other) = (Value::from(text).to_string(), Value::from(other).to_string());
        let calls: Vec<String> = [
            format!("sprintf({text}, [{number}, {other}, 1.5, set()])"),
            format!("regex.match({text}, {other})"),
            format!("regex.split({text}, {other})"),
            format!("regex.template_match({text}, {other}, \"{{\", \"}}\")"),
            format!("strings.replace_n({{{text}: {other}, \"\": \"x\"}}, {text})"),
            format!("strings.split_n({text}, {other}, {number})"),
            format!("strings.count({text}, {other})"),
            format!("indexof_n({text}, {other})"),
            format!("units.parse({text})"),
            format!("units.parse_bytes({text})"),
            format!("time.add_date({number}, 1, {number}, {number})"),
            format!("numbers.range_step({number}, 5, {number})"),
            format!("base64.is_valid({text})"),
            format!("net.cidr_is_valid({text})"),
            format!("net.cidr_merge([{text}, {other}, \"10.0.0.0/8\"])"),
            format!("net.cidr_contains_matches([{text}], {{{other}}})"),
            format!("glob.match({text}, [\"/\"], {other})"),
            format!("uri.parse({text})"),
            format!("uri.parse({other})"),
            format!("uuid.parse({text})"),
            format!("time.parse_duration_ns({text})"),
            format!("json.unmarshal({text})"),
            format!("yaml.unmarshal({text})"),
            format!("yaml.marshal([{text}, {{{other}: {number}}}])"),
            format!("json.marshal_with_options({{{text}: {other}}}, {{\"indent\": {other}}})"),
            format!("regex.replace({other}, {text}, {text})"),
            format!("io.jwt.decode({text})"),
            format!("sum([{number} / 7, 0.1, {number} % 3])"),
            format!("product([{number}, {number}, 1.5])"),
            format!("round({number} / 3)"),
        ]
        .into();
        for (answer, call) in answers(&calls).into_iter().zip(&calls) {
            proptest::prop_assert!(!answer.is_err_and(|message| message.contains("panicked")), "{call}");
        }
    }
}
