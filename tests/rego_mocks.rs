//! `with` on functions and builtins, from text to answer. The expected values are OPA 1.22's rules: a name is
//! replaced by what it means, whoever calls it; inside of the replacement nothing is.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // A test may fail that way.

use std::sync::Arc;

use regoscope::core::file::FileId;
use regoscope::core::policy::engine::{Engine, Input};
use regoscope::core::policy::links::Memo;
use regoscope::core::policy::outline::{Known, outline};
use regoscope::core::policy::place::Lines;
use regoscope::core::policy::program::{Loaded, Program};
use regoscope::core::policy::slice::Slice;
use regoscope::core::policy::units::Linker;
use regoscope::core::rego::parser::{ParseOptions, parse};

/// What `data.t.p` is, as JSON; or why it is not judged.
fn judged(modules: &[&str]) -> String {
    let load = |(at, text): (usize, &&str)| {
        let parsed = parse(text, ParseOptions::default());
        assert!(parsed.is_clean(), "{:?}", parsed.errors());
        Arc::new(Loaded {
            file: FileId(at as u32),
            text: Arc::from(*text),
            lines: Lines::of(text),
            module: outline(&parsed, text, &mut Known::default()),
            preamble: at as u64,
            within: None,
        })
    };
    let modules = modules.iter().enumerate().map(load).collect();
    let ask = |linker: &Linker<'_>| linker.unit_of(&["t".to_owned()], "p");
    let (program, unit) = Program::link_asking(modules, &[], 0, &mut Memo::default(), ask);
    let unit = unit.unwrap();
    if let Some(reason) = unit.obstacles.first() {
        return format!("{reason:?}");
    }
    let mut slice = Slice::build(&program, &[&unit], &Engine::new()).unwrap_or_else(|(_, e)| panic!("{e}"));
    slice.set_input(&Input::none());
    match slice.ask(unit.fingerprint, &Input::none()).unwrap().answer {
        Ok(answer) => answer.value.map_or("undefined".to_owned(), |value| value.to_string()),
        Err(error) => error.message,
    }
}

#[test]
fn with_replaces_what_a_name_means() {
    let lib = "package lib\n\nf(_) := 1\n\ng(x) := f(x)\n";
    for (modules, expected) in [
        (vec!["package t\n\np := data.lib.g(0) with data.lib.f as 2", lib], "2"),
        (vec!["package t\n\nimport data.lib\n\np := y if y := lib.g(0) with lib.f as 2", lib], "2"),
        (vec!["package t\n\nf(_) := 3\n\np := y if y := data.lib.g(0) with f as 2", lib], "1"),
        (
            vec![
                "package t\n\nf(_) := 1",
                "package t\n\nm(x) := f(x) + 1\n\np := y if y := f(0) with f as m",
            ],
            "2",
        ),
        (vec!["package t\n\nf(x) := 1\n\np := y if y := f([1, 2]) with f as count"], "2"),
        (vec!["package t\n\nf(x) := 1\n\nr := 5\n\np := y if y := f(0) with f as r"], "5"),
        (
            vec!["package t\n\nq := http.send({}).body\n\np := y if y := q with http.send as {\"body\": 7}"],
            "7",
        ),
    ] {
        // A value of a rule cannot have modifiers of its own: these are in a body.
        let modules: Vec<String> = modules
            .iter()
            .map(|m| m.replace("p := data.lib.g(0) with", "p := y if y := data.lib.g(0) with"))
            .collect();
        let texts: Vec<&str> = modules.iter().map(String::as_str).collect();
        assert_eq!(judged(&texts), expected, "{texts:?}");
    }
}

#[test]
fn what_is_called_without_its_replacement_is_not_judged() {
    let text =
        "package t\n\nq := http.send({}).body\n\np := [y, q] if y := q with http.send as {\"body\": 7}\n";
    assert_eq!(judged(&[text]), "http.send is not run");
}
