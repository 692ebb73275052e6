//! The formatter against `opa fmt` of OPA 1.22.2 (`tests/data/rego-fmt.json`), and what must hold for any text.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // A test may fail that way.

use regoscope::core::rego::format::{FormatError, FormatOptions, Target, format};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: String,
    before: String,
    after: Option<String>,
    error: Option<String>,
    #[serde(default)]
    version: String,
    #[serde(default)]
    drop_v0_imports: bool,
    stable: Option<bool>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("data/rego-fmt.json")).unwrap()
}

impl Case {
    fn options(&self) -> FormatOptions {
        let target = match self.version.as_str() {
            "v0" => Target::V0,
            "v0-v1" => Target::V0V1,
            _ => Target::V1,
        };
        FormatOptions { target, drop_v0_imports: self.drop_v0_imports }
    }
}

#[test]
fn every_recorded_case_is_formatted_as_opa_does() {
    let mut wrong = String::new();
    let (mut count, all) = (0, cases());
    for case in &all {
        let found = format(&case.before, case.options());
        let agrees = match (&found, &case.after) {
            (Ok(text), Some(after)) => text == after,
            (Err(FormatError::Refused { code, message, row }), None) => {
                let error = case.error.clone().unwrap();
                error.ends_with(&format!("m.rego:{row}: {code}: {message}"))
            }
            _ => false,
        };
        if !agrees {
            count += 1;
            let found = found.map_err(|e| format!("{e:?}"));
            wrong += &format!(
                "== {}\n{}-- found\n{}\n-- opa\n{}\n",
                case.id,
                case.before,
                found.unwrap_or_else(|e| e),
                case.after.clone().unwrap_or_default()
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}{count} of {} differ", all.len());
}

#[test]
fn formatted_text_stays_as_it_is() {
    for case in cases().iter().filter(|case| case.stable != Some(false) && case.after.is_some()) {
        let options = FormatOptions {
            target: if case.version == "v0" { Target::V0 } else { Target::V1 },
            drop_v0_imports: case.drop_v0_imports,
        };
        let once = format(&case.before, case.options()).unwrap();
        assert_eq!(format(&once, options).unwrap(), once, "{}", case.id);
    }
}

/// `opa fmt` writes `[0 - x | true]`, which is an array with a union in it.
#[test]
fn a_comprehension_of_a_negative_number_stays_one() {
    let text =
        "package t\n\np := [-x | x := 1]\n\nq := {-input.x | true}\n\nr := {-k: -v | some k, v in [1]}\n";
    let wanted = "package t\n\np := [(0 - x) | x := 1]\n\nq := {(0 - input.x) | true}\n\n\
                  r := {0 - k: (0 - v) | some k, v in [1]}\n";
    let once = format(text, FormatOptions::default());
    assert_eq!(once, Ok(wanted.to_owned()));
    assert_eq!(format(wanted, FormatOptions::default()), once);
}

/// `opa fmt` loses the first comment here. A text that cannot be formatted without loss stays as it is.
#[test]
fn no_comment_is_lost() {
    let text = "package t\n\np := x if {\"a\": [_, {\"b\": x} # one\n]} = {\"a\": [0, {\"b\": 7}]} # two\n";
    assert_eq!(format(text, FormatOptions::default()), Err(FormatError::Unfaithful));
}
