//! OPA as the judge of our judge: what both answer, for many questions. `tests/oracle/run --test` builds OPA's library
//! and runs this; without it (`REGOSCOPE_ORACLE`) only the cases that were once found are compared, with OPA's recorded
//! answers.
//!
//! What differs and stays so is in `tests/oracle/known.md` with the reason. Anything else that differs is a failure, and
//! so is a row of that page that nothing comes to any more.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // A test may fail that way.

#[path = "oracle/ask.rs"]
mod ask;
#[path = "oracle/calls.rs"]
mod calls;
#[path = "oracle/conformance.rs"]
mod conformance;
#[path = "oracle/generator.rs"]
mod generator;
#[path = "oracle/known.rs"]
mod known;
#[path = "oracle/random.rs"]
mod random;
#[path = "oracle/shrink.rs"]
mod shrink;
#[path = "oracle/tally.rs"]
mod tally;

use std::path::{Path, PathBuf};

use ask::{Opas, OpasError, Outcome, Question, What, compare, in_two_threads, opa, ours_of_all};
use generator::{Generator, Policy};
use random::Random;
use regoscope::core::rego::format::{FormatError, FormatOptions, Target, format};
use serde_json::Value;
use shrink::{Found, found, shrink, write_down};
use tally::Tally;

/// The program that answers as OPA; without it one line says that nothing is compared.
fn oracle() -> Option<PathBuf> {
    let program = std::env::var_os("REGOSCOPE_ORACLE").filter(|path| !path.is_empty()).map(PathBuf::from);
    if program.is_none() {
        println!(
            "nothing is compared with OPA: REGOSCOPE_ORACLE is not set; tests/oracle/run --test sets it"
        );
    }
    program
}

/// How many generated cases there are.
fn cases_wanted() -> u64 {
    let number = std::env::var("REGOSCOPE_ORACLE_CASES").ok();
    number.map_or(10_000, |number| number.parse().expect("a number of cases"))
}

/// Whether new seeds are tried and what differs is written down.
fn fresh() -> bool {
    std::env::var_os("REGOSCOPE_ORACLE_FRESH").is_some_and(|value| !value.is_empty())
}

/// The first seed: fixed, or new each time.
fn seed() -> u64 {
    if fresh() { std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64 } else { 1 }
}

/// The rows of known.md are all met only by the run that they were written for.
fn whole() -> bool {
    !fresh() && cases_wanted() == 10_000
}

fn generated(first: u64, count: u64) -> Vec<(u64, Policy)> {
    let seeds = (0..count).map(|at| first.wrapping_add(at << 20));
    seeds.map(|seed| (seed, Generator::new(seed).policy())).collect()
}

fn conformance(suite: &'static str) {
    let Some(program) = oracle() else { return };
    let cases = conformance::cases(&program, suite);
    assert!(cases.len() > 2_000, "{}", cases.len());
    let questions: Vec<Question> = cases.iter().map(|case| case.question(suite == "v0")).collect();
    let mut tally = Tally::new(suite);
    for ((case, question), answer) in cases.iter().zip(&questions).zip(ours_of_all(&questions)) {
        let text = question.modules.join("\n---\n");
        tally.add(&case.directory, &case.note, &text, &case.compare(question, &answer));
    }
    tally.finish(true);
}

#[test]
fn conformance_cases_of_v1() {
    conformance("v1");
}

#[test]
fn conformance_cases_of_v0() {
    conformance("v0");
}

#[test]
fn generated_policies() {
    let Some(program) = oracle() else { return };
    let first = seed();
    println!("generated policies from seed {first}");
    let policies = generated(first, cases_wanted());
    let questions: Vec<Question> = policies.iter().map(|(_, policy)| policy.question()).collect();
    let opas = opa(&program, &questions);
    let sound = opas.iter().filter(|opa| opa.errors.is_empty()).count();
    println!("OPA has a value for {sound} of {}", opas.len());
    assert!(sound * 5 > opas.len() * 2, "much of what is generated has to be a policy");
    let hunts = fresh();
    let mut tally = if hunts { Tally::new("generated") } else { Tally::of_wrong_answers("generated") };
    let mut shrunk = 0;
    let answers = ours_of_all(&questions);
    for ((((seed, policy), question), opas), answer) in
        policies.iter().zip(&questions).zip(&opas).zip(answers)
    {
        let outcome = compare(question, opas, &answer);
        let name = seed.to_string();
        // What is not judged says by its reason what it is.
        let plain = match &outcome {
            Outcome::Same | Outcome::NotJudged(_) => true,
            outcome => !hunts && !outcome.is_wrong(),
        };
        if plain || tally.knows(&name, &outcome) || shrunk == 100 {
            tally.add("all", &name, "", &outcome);
            continue;
        }
        shrunk += 1;
        let question = shrink(&program, policy, &outcome).question();
        let opas = opa(&program, std::slice::from_ref(&question)).remove(0);
        let outcome = compare(&question, &opas, &ask::ours(&question));
        let shown =
            format!("{}\ninput {}", question.modules.join("\n---\n"), question.input.clone().unwrap());
        tally.add("all", &name, &shown, &outcome);
        if fresh() {
            let note = format!("seed {seed}: {}", outcome.word());
            write_down(Found { note, ask: question, opa: opas });
        }
    }
    tally.finish(whole());
}

/// What a hunt found stays compared, with and without OPA at hand.
#[test]
fn what_was_found_once() {
    let all = found();
    let questions: Vec<Question> = all.iter().map(|found| found.ask.clone()).collect();
    let mut tally = Tally::new("found");
    for (found, answer) in all.iter().zip(ours_of_all(&questions)) {
        let outcome = compare(&found.ask, &found.opa, &answer);
        tally.add("all", &found.note, &found.ask.modules.join("\n---\n"), &outcome);
    }
    if let Some(program) = oracle() {
        for (found, live) in all.iter().zip(opa(&program, &questions)) {
            assert_eq!(found.opa, live, "not OPA's answer: {}", found.note);
        }
    }
    tally.finish(true);
}

/// The answers in `tests/data` are OPA's, and ours are the same.
#[test]
fn recorded_cases() {
    let Some(program) = oracle() else { return };
    let read = |text: &str| -> Vec<Value> { serde_json::from_str(text).unwrap() };
    let text = |case: &Value, field: &str| case[field].as_str().unwrap_or_default().to_owned();
    let given = |case: &Value, field: &str| case.get(field).filter(|value| !value.is_null()).cloned();
    let mut names = Vec::new();
    let mut questions = Vec::new();
    let evaluated = read(include_str!("data/rego-eval.json"));
    for case in &evaluated {
        names.push(format!("eval {}", text(case, "id")));
        questions.push(Question {
            v0: case["version"] == "v0",
            modules: vec![text(case, "module")],
            input: given(case, "input"),
            data: given(case, "data"),
            query: text(case, "query"),
            strict: case["strict_builtin_errors"] == true,
            ..Question::default()
        });
    }
    // Files beside the module, and `--strict`, are what tests/rego_check.rs is for.
    let checked = read(include_str!("data/rego-check.json"));
    for case in checked.iter().filter(|case| case.get("extra").is_none() && case["strict"] == false) {
        names.push(format!("check {}", text(case, "id")));
        let (v0, modules) = (case["version"] == "v0", vec![text(case, "module")]);
        questions.push(Question { v0, modules, query: "true".to_owned(), ..Question::default() });
    }
    let mut tally = Tally::new("recorded");
    let opas = opa(&program, &questions);
    let answers = ours_of_all(&questions);
    for (((name, question), opas), answer) in names.iter().zip(&questions).zip(&opas).zip(&answers) {
        let kind = name.split(' ').next().unwrap();
        tally.add(kind, name, &question.modules[0], &compare(question, opas, answer));
    }
    for case in read(include_str!("data/rego-fmt.json")).iter().filter(|case| case.get("version").is_none()) {
        let modules = vec![text(case, "before")];
        let question = Question { what: What::Fmt, modules, ..Question::default() };
        let opas = opa(&program, &[question]).remove(0);
        let recorded = case["after"].as_str();
        if case.get("drop_v0_imports").is_none() {
            assert_eq!(opas.text.as_deref(), recorded, "not OPA's: {}", text(case, "id"));
        }
    }
    tally.finish(true);
}

#[test]
fn samples() {
    let Some(program) = oracle() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |folder: &str, end: &str| -> Vec<(String, String)> {
        let mut found: Vec<PathBuf> =
            std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.retain(|path| path.extension().is_some_and(|e| e == end));
        found.sort();
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        found.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
    };
    let policies = read("sample-policies", "rego");
    let data: Value = serde_json::from_str(&read("sample-policies", "json")[0].1).unwrap();
    let mut names = Vec::new();
    let mut questions = Vec::new();
    for (pod, text) in read("sample-pods", "yaml") {
        for document in regoscope::core::manifest::read(&text).documents {
            for (policy, module) in &policies {
                let package = module.lines().find_map(|line| line.strip_prefix("package ")).unwrap().trim();
                names.push(format!("{policy} {pod}"));
                questions.push(Question {
                    modules: vec![module.clone()],
                    data: Some(data.clone()),
                    input: document.value.clone(),
                    query: format!("data.{package}"),
                    ..Question::default()
                });
            }
        }
    }
    assert!(questions.len() >= 50, "{}", questions.len());
    let mut tally = Tally::new("samples");
    let opas = opa(&program, &questions);
    let answers = ours_of_all(&questions);
    for (((name, question), opas), answer) in names.iter().zip(&questions).zip(&opas).zip(answers) {
        assert!(opas.errors.is_empty(), "{name}: {:?}", opas.errors);
        tally.add("all", name, "", &compare(question, opas, &answer));
    }
    tally.finish(true);
}

/// Lays a text out in odd ways: breaks and comments where they may stand, and where OPA has its troubles.
fn mutate(random: &mut Random, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(3) {
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let at = random.below(lines.len());
        match random.below(4) {
            0 => lines[at] += &format!(" # c{}", random.below(9)),
            1 => lines.insert(at, format!("  # own {}", random.below(9))),
            2 => lines.insert(at, String::new()),
            _ => {
                let places: Vec<usize> =
                    text.match_indices([',', '(', '{', '[', '|', ']', '}']).map(|(at, _)| at + 1).collect();
                if !places.is_empty() {
                    let at = *random.pick(&places);
                    text.insert(at, '\n');
                }
                continue;
            }
        }
        text = lines.join("\n");
    }
    text
}

/// Formatted text is `opa fmt`'s to the byte, stays as it is when it is formatted again, and means the same to OPA.
#[test]
fn layout() {
    let Some(program) = oracle() else { return };
    let mut random = Random(seed() ^ 0xf0);
    let recorded: Vec<Value> = serde_json::from_str(include_str!("data/rego-eval.json")).unwrap();
    let v1 = |case: &&Value| case["version"] == "v1";
    let mut texts: Vec<(String, String)> = (recorded.iter().filter(v1))
        .map(|case| (case["id"].as_str().unwrap().to_owned(), case["module"].as_str().unwrap().to_owned()))
        .collect();
    let policies = generated(seed(), cases_wanted() / 5);
    let policies: Vec<&(u64, Policy)> = policies.iter().filter(|(_, policy)| !policy.is_v0()).collect();
    texts.extend(policies.iter().map(|(seed, policy)| (seed.to_string(), policy.text())));
    let base = texts.clone();
    texts.extend((0..cases_wanted() / 2).map(|at| {
        let (name, text) = random.pick(&base).clone();
        (format!("{name} mutated {at}"), mutate(&mut random, &text))
    }));
    let questions: Vec<Question> = texts
        .iter()
        .map(|(_, text)| Question { what: What::Fmt, modules: vec![text.clone()], ..Question::default() })
        .collect();
    let options = FormatOptions { target: Target::V1, drop_v0_imports: false };
    let formatted = in_two_threads(&texts, |(_, text)| format(text, options));
    let mut tally = Tally::new("layout");
    let opas = opa(&program, &questions);
    // What OPA makes of its own texts, where ours is another.
    let differ = |(opa, ours): (&Opas, &Result<String, FormatError>)| opa.text.as_ref() != ours.as_ref().ok();
    let own: Vec<Question> = (opas.iter().zip(&formatted))
        .filter(|pair| pair.0.text.is_some() && differ(*pair))
        .map(|(opa, _)| Question {
            what: What::Fmt,
            modules: opa.text.iter().cloned().collect(),
            ..Question::default()
        })
        .collect();
    let mut again = opa_again(&program, own);
    for (((name, text), opa), ours) in texts.iter().zip(&opas).zip(&formatted) {
        let outcome = match (&opa.text, ours) {
            (None, Err(_)) => Outcome::Same,
            (None, Ok(text)) => Outcome::Wrong(format!("{text}\n    OPA {:?}", opa.errors)),
            (Some(opa), Ok(ours)) if *opa == *ours => Outcome::Same,
            (Some(opa), ours) => {
                let stays = ours.as_ref().is_ok_and(|ours| format(ours, options).as_ref() == Ok(ours));
                match opa_breaks(text, opa, again.next().unwrap()) {
                    Some(why) if stays || ours.is_err() => Outcome::NotJudged(why.to_owned()),
                    _ => Outcome::Wrong(format!(
                        "\n{}--- OPA\n{opa}",
                        ours.clone().unwrap_or_else(|error| format!("{error:?}\n"))
                    )),
                }
            }
        };
        tally.add("all", name, text, &outcome);
    }
    tally.finish(whole());
    means_the_same(&program, &policies);
}

fn opa_again(program: &Path, own: Vec<Question>) -> impl Iterator<Item = Option<String>> {
    opa(program, &own).into_iter().map(|opa| opa.text)
}

/// Why OPA's own formatted text is nothing to be followed: a comment is gone, or it is another policy than it was.
/// `again` is what OPA formats it to.
fn opa_breaks(text: &str, formatted: &str, again: Option<String>) -> Option<&'static str> {
    let comments = |text: &str| text.matches('#').count();
    if comments(formatted) < comments(text) {
        return Some("OPA loses a comment");
    }
    match again {
        None => Some("OPA does not read its own text"),
        Some(again) if again != formatted => Some("OPA formats its own text otherwise"),
        Some(_) => None,
    }
}

/// OPA's answers to policies before and after they were formatted.
fn means_the_same(program: &Path, policies: &[&(u64, Policy)]) {
    let options = FormatOptions { target: Target::V1, drop_v0_imports: false };
    let mut tally = Tally::new("meaning");
    let before: Vec<Question> = policies.iter().map(|(_, policy)| policy.question()).collect();
    let after: Vec<Question> = (before.iter().cloned())
        .map(|mut question| {
            if let Ok(text) = format(&question.modules[0], options) {
                question.modules[0] = text;
            }
            question
        })
        .collect();
    let (opas, again) = (opa(program, &before), opa(program, &after));
    for (((seed, _), question), (opas, again)) in policies.iter().zip(&after).zip(opas.iter().zip(&again)) {
        // Errors move with the text.
        let codes =
            |opas: &Opas| opas.errors.iter().map(|error: &OpasError| error.code.clone()).collect::<Vec<_>>();
        let outcome = match opas.result == again.result && codes(opas) == codes(again) {
            true => Outcome::Same,
            false => Outcome::Wrong(format!("\n    before {opas:?}\n    after {again:?}")),
        };
        tally.add("all", &seed.to_string(), &question.modules[0], &outcome);
        if let Ok(twice) = format(&question.modules[0], options) {
            assert_eq!(twice, question.modules[0], "formatted twice, seed {seed}");
        }
    }
    tally.finish(whole());
}
