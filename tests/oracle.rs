//! OPA as the judge of our judge: what both answer, for many questions. `tests/oracle/run --test` builds OPA's library
//! and runs this; without it (`REGOSCOPE_ORACLE`) nothing is compared.
//!
//! What differs and stays so is in `tests/oracle/known.md` with the reason. Anything else that differs is a failure:
//! a wrong answer always, and a conformance case that is no longer judged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // A test may fail that way.

#[path = "oracle/ask.rs"]
mod ask;
#[path = "oracle/generator.rs"]
mod generator;
#[path = "oracle/known.rs"]
mod known;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use ask::{Outcome, Question, compare, opa, ours, ours_of_all, same_in_any_order, why};
use generator::{Generator, Policy, Random};
use known::Known;
use regoscope::core::decision::answer::{Answer, NOT_JUDGED};
use regoscope::core::rego::format::{FormatOptions, Target, format};
use serde::Deserialize;
use serde_json::{Map, Value};

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
fn cases_wanted() -> usize {
    let number = std::env::var("REGOSCOPE_ORACLE_CASES").ok();
    number.map_or(10_000, |number| number.parse().expect("a number of cases"))
}

/// The first seed: fixed, or new each time.
fn seed() -> u64 {
    match std::env::var_os("REGOSCOPE_ORACLE_FRESH").filter(|value| !value.is_empty()) {
        None => 1,
        Some(_) => std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64,
    }
}

/// A case of OPA's, as the oracle prints it.
#[derive(Deserialize)]
struct Case {
    directory: String,
    note: String,
    query: String,
    #[serde(default)]
    modules: Vec<String>,
    data: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    input: Option<Value>,
    input_term: Option<String>,
    want_result: Option<Vec<Map<String, Value>>>,
    want_error: Option<String>,
    want_error_code: Option<String>,
    want_defined: Option<bool>,
    #[serde(default)]
    sort_bindings: bool,
    #[serde(default)]
    strict_error: bool,
}

/// `input: null` is an input.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

impl Case {
    fn question(&self, v0: bool) -> Question {
        let term = self.input_term.as_ref().map(|term| format!(" with input as {term}"));
        Question {
            what: "eval",
            v0,
            modules: self.modules.clone(),
            data: self.data.clone(),
            input: self.input.clone(),
            query: format!("{}{}", self.query, term.unwrap_or_default()),
            strict: self.strict_error,
        }
    }

    fn compare(&self, ours: &Answer) -> Outcome {
        let wants_error = self.want_error.is_some() || self.want_error_code.is_some();
        let compiler = self.want_error_code.as_ref().is_some_and(|code| code.starts_with("rego_"));
        match ours {
            Err(_) if wants_error => Outcome::Same,
            Err(failures) => match failures.iter().any(|failure| failure.code == NOT_JUDGED) {
                true => Outcome::NotJudged(why(ours)),
                false => Outcome::Wrong(why(ours)),
            },
            Ok(_) if wants_error => {
                let what = format!("an answer, OPA {:?} {:?}", self.want_error_code, self.want_error);
                if compiler { Outcome::NotRefused(what) } else { Outcome::Wrong(what) }
            }
            Ok(rows) => {
                let found: Vec<Value> = rows.iter().map(|row| self.sorted(&row.bindings)).collect();
                let wanted = match (&self.want_result, self.want_defined) {
                    (Some(rows), _) => rows,
                    (None, Some(defined)) if defined != rows.is_empty() => return Outcome::Same,
                    (None, _) => &Vec::new(),
                };
                let keys: Vec<&String> = wanted.first().map(|row| row.keys().collect()).unwrap_or_default();
                let mut asked: Vec<Value> = found.clone();
                for row in asked.iter_mut().filter_map(Value::as_object_mut) {
                    row.retain(|key, _| keys.contains(&key));
                }
                let wanted: Vec<Value> = wanted.iter().map(|row| self.sorted(row)).collect();
                match same_in_any_order(&asked, &wanted) {
                    true => Outcome::Same,
                    false => {
                        Outcome::Wrong(format!("{}\n    OPA {}", Value::Array(found), Value::Array(wanted)))
                    }
                }
            }
        }
    }

    fn sorted(&self, row: &Map<String, Value>) -> Value {
        let mut row = row.clone();
        if self.sort_bindings {
            row.values_mut()
                .filter_map(Value::as_array_mut)
                .for_each(|items| items.sort_by_key(Value::to_string));
        }
        Value::Object(row)
    }
}

/// How often each outcome came, by directory.
#[derive(Default)]
struct Tally {
    by_place: BTreeMap<String, [usize; 5]>,
    report: String,
    /// What is not known to differ.
    news: Vec<String>,
}

impl Tally {
    fn add(&mut self, known: &Known, kind: &str, place: &str, name: &str, outcome: Outcome) {
        let counts = self.by_place.entry(place.to_owned()).or_default();
        let (column, word, what) = match outcome {
            Outcome::Same => (0, "", String::new()),
            Outcome::NotJudged(why) => (1, "not judged", why),
            Outcome::NotRefused(what) => (2, "not refused", what),
            Outcome::Wrong(what) => (3, "WRONG", what),
        };
        counts[column] += 1;
        if column > 0 {
            let is_known = known.holds(kind, name, word, &what);
            let _ = writeln!(
                self.report,
                "{kind} {place} {name}: {word}{} {what}",
                if is_known { " (known)" } else { "" }
            );
            if !is_known {
                self.news.push(format!("{kind} | {name} | {word} | {what}"));
            }
        }
    }

    fn finish(self, kind: &str) {
        let mut total = [0; 5];
        for (place, counts) in &self.by_place {
            (0..5).for_each(|at| total[at] += counts[at]);
            if counts[1..].iter().any(|count| *count > 0) {
                println!(
                    "{kind} {place}: {} same, {} not judged, {} not refused, {} wrong",
                    counts[0], counts[1], counts[2], counts[3]
                );
            }
        }
        let [same, not_judged, not_refused, wrong, _] = total;
        println!(
            "{kind}, all: {same} same, {not_judged} not judged, {not_refused} not refused, {wrong} wrong"
        );
        if let Some(folder) = std::env::var_os("REGOSCOPE_ORACLE_REPORT") {
            std::fs::write(Path::new(&folder).join(format!("{kind}.txt")), &self.report).unwrap();
        }
        assert!(
            self.news.is_empty(),
            "{} differ and are not in tests/oracle/known.md:\n{}",
            self.news.len(),
            self.news.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
        );
    }
}

fn conformance(version: &str) {
    let Some(program) = oracle() else { return };
    let folder = program.parent().unwrap().join("cases").join(version);
    let printed = Command::new(&program).arg("cases").arg(folder).output().unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let lines = String::from_utf8(printed.stdout).unwrap();
    let cases: Vec<Case> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() > 2_000, "{}", cases.len());
    let questions: Vec<Question> = cases.iter().map(|case| case.question(version == "v0")).collect();
    let (known, mut tally) = (Known::read(), Tally::default());
    for (case, answer) in cases.iter().zip(ours_of_all(&questions)) {
        tally.add(&known, version, &case.directory, &case.note, case.compare(&answer));
    }
    tally.finish(version);
}

#[test]
fn conformance_cases_of_v1() {
    conformance("v1");
}

#[test]
fn conformance_cases_of_v0() {
    conformance("v0");
}

fn question_of(policy: &Policy) -> Question {
    let input = Some(policy.input.clone());
    Question {
        what: "eval",
        modules: vec![policy.text()],
        input,
        query: "data.g".to_owned(),
        ..Question::default()
    }
}

/// The smallest policy that still differs in the same way, by leaving out rules, branches and statements.
fn shrink(program: &Path, policy: &Policy, differs: &Outcome) -> Policy {
    let mut best = policy.clone();
    loop {
        let mut smaller: Vec<Policy> = Vec::new();
        for (at, rule) in best.rules.iter().enumerate() {
            let mut without = best.clone();
            without.rules.remove(at);
            smaller.push(without);
            for (branch, (_, body)) in rule.bodies.iter().enumerate() {
                if branch > 0 {
                    let mut without = best.clone();
                    without.rules[at].bodies.remove(branch);
                    smaller.push(without);
                }
                for statement in 0..body.len() {
                    let mut without = best.clone();
                    without.rules[at].bodies[branch].1.remove(statement);
                    smaller.push(without);
                }
            }
        }
        let questions: Vec<Question> = smaller.iter().map(question_of).collect();
        if questions.is_empty() {
            return best;
        }
        let opas = opa(program, &questions);
        let found = opas.iter().zip(&questions).position(|(opa, question)| {
            std::mem::discriminant(&compare(opa, &ours(question))) == std::mem::discriminant(differs)
        });
        match found {
            Some(at) => best = smaller.swap_remove(at),
            None => return best,
        }
    }
}

#[test]
fn generated_policies() {
    let Some(program) = oracle() else { return };
    let first = seed();
    println!("generated policies from seed {first}");
    let policies: Vec<Policy> =
        (0..cases_wanted() as u64).map(|at| Generator::new(first.wrapping_add(at << 20)).policy()).collect();
    let questions: Vec<Question> = policies.iter().map(question_of).collect();
    let opas = opa(&program, &questions);
    let sound = opas.iter().filter(|opa| opa.errors.is_empty()).count();
    println!("OPA has a value for {sound} of {}", opas.len());
    assert!(sound * 2 > opas.len(), "most of what is generated has to be a policy");
    let (known, mut tally) = (Known::read(), Tally::default());
    let mut shrunk = BTreeMap::<String, usize>::new();
    for ((policy, opa), answer) in policies.iter().zip(&opas).zip(ours_of_all(&questions)) {
        let outcome = compare(opa, &answer);
        let (place, name, outcome) = match &outcome {
            Outcome::Same => ("all", String::new(), outcome),
            other => {
                let word = format!("{:?}", std::mem::discriminant(other));
                let count = shrunk.entry(word).or_default();
                *count += 1;
                let small = if *count <= 60 { shrink(&program, policy, other) } else { policy.clone() };
                let again =
                    compare(&ask::opa(&program, &[question_of(&small)])[0], &ours(&question_of(&small)));
                let text = format!("\n{}with input {}\n", small.text(), small.input);
                ("all", text, again)
            }
        };
        tally.add(&known, "generated", place, &name, outcome);
    }
    tally.finish("generated");
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
        found
            .iter()
            .map(|path| {
                (
                    path.file_name().unwrap().to_string_lossy().into_owned(),
                    std::fs::read_to_string(path).unwrap(),
                )
            })
            .collect()
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
                    what: "eval",
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
    let (known, mut tally) = (Known::read(), Tally::default());
    let opas = opa(&program, &questions);
    for ((name, opa), answer) in names.iter().zip(&opas).zip(ours_of_all(&questions)) {
        assert!(opa.errors.is_empty(), "{name}: {:?}", opa.errors);
        tally.add(&known, "samples", "all", name, compare(opa, &answer));
    }
    tally.finish("samples");
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

#[test]
fn layout() {
    let Some(program) = oracle() else { return };
    let mut random = Random(seed() ^ 0xf0);
    let recorded: Vec<Value> = serde_json::from_str(include_str!("data/rego-eval.json")).unwrap();
    let mut texts: Vec<String> = recorded
        .iter()
        .filter(|case| case["version"] == "v1")
        .map(|case| case["module"].as_str().unwrap().to_owned())
        .collect();
    texts.extend((0..cases_wanted() as u64 / 5).map(|at| Generator::new(at << 20).policy().text()));
    let base = texts.clone();
    texts.extend((0..cases_wanted() / 2).map(|_| {
        let text = random.pick(&base).clone();
        mutate(&mut random, &text)
    }));
    let ask = |text: &String| Question { what: "fmt", modules: vec![text.clone()], ..Question::default() };
    let questions: Vec<Question> = texts.iter().map(ask).collect();
    let (known, mut tally) = (Known::read(), Tally::default());
    for (text, opa) in texts.iter().zip(opa(&program, &questions)) {
        let ours = format(text, FormatOptions { target: Target::V1, drop_v0_imports: false });
        let outcome = match (&opa.text, ours) {
            (None, Err(_)) => Outcome::Same,
            (Some(_), Err(error)) => Outcome::NotJudged(format!("{error:?}")),
            (None, Ok(text)) => Outcome::NotRefused(format!("{text}\n    OPA {:?}", opa.errors)),
            (Some(opa), Ok(ours)) if *opa == ours => Outcome::Same,
            (Some(opa), Ok(ours)) => Outcome::Wrong(format!("\n{ours}--- OPA\n{opa}")),
        };
        tally.add(&known, "layout", "all", &format!("\n{text}\n"), outcome);
    }
    tally.finish("layout");
}
