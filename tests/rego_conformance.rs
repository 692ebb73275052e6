//! OPA's own conformance cases, through the product's way from text to answer.
//!
//! The cases are not ours to store. With `REGOSCOPE_OPA_CASES` set to a folder of them (in the Go module
//! `github.com/open-policy-agent/opa` it is `v1/test/cases/testdata/v1` or `v0`; the name tells the language),
//! `cargo test --test rego_conformance -- --ignored --nocapture` prints, by directory, how many cases agree, how many
//! are not judged, and each that is judged otherwise than OPA does. `REGOSCOPE_OPA_ONLY` keeps notes that hold a word;
//! `REGOSCOPE_OPA_TEXT` prints what the engine reads, `REGOSCOPE_OPA_SHOW` also says why cases are not judged.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // A test may fail that way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regoscope::core::file::FileId;
use regoscope::core::policy::engine::{Engine, Input};
use regoscope::core::policy::links::Memo;
use regoscope::core::policy::outline::{Known, outline};
use regoscope::core::policy::place::Lines;
use regoscope::core::policy::program::{Loaded, Program};
use regoscope::core::policy::slice::Slice;
use regoscope::core::rego::parser::{ParseOptions, Version, parse};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Case {
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
    #[serde(default)]
    sort_bindings: bool,
    #[serde(default)]
    strict_error: bool,
}

/// `input: null` is an input.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// What became of a case.
enum End {
    Agrees,
    /// Why.
    NotJudged(String),
    /// What we say.
    Wrong(String),
}

const QUERY: &str = "regoscope_case";

impl Case {
    fn wants_error(&self) -> bool {
        self.want_error.is_some() || self.want_error_code.is_some()
    }

    /// The query as a rule: the bindings that are asked for are its members.
    fn module(&self) -> String {
        let wanted = self.want_result.iter().flatten().next();
        let names =
            wanted.map(|bindings| bindings.keys().map(|k| format!("\"{k}\": {k}")).collect::<Vec<_>>());
        let members = format!("{{{}}}", names.unwrap_or_default().join(", "));
        let input = self.input_term.as_ref().map(|term| format!(" with input as {term}"));
        let query = if self.query.is_empty() { "true" } else { &self.query };
        format!(
            "package {QUERY}\n\nviolation contains {members} if {{\n{query}{}\n}}\n",
            input.unwrap_or_default()
        )
    }

    fn run(&self, v0: bool) -> End {
        if self.query == "data = x" {
            return End::NotJudged("the question would be part of its answer".to_owned());
        }
        let mut modules = Vec::new();
        let query = self.module();
        let texts = self.modules.iter().map(|text| (text, v0)).chain([(&query, false)]);
        for (at, (text, v0)) in texts.enumerate() {
            let version = if v0 { Version::V0 } else { Version::V1 };
            let parsed = parse(text, ParseOptions { version });
            if let Some(error) = parsed.errors().first() {
                return End::NotJudged(format!("syntax: {}", error.words));
            }
            modules.push(Arc::new(Loaded {
                file: FileId(at as u32),
                text: Arc::from(text.as_str()),
                lines: Lines::of(text),
                module: outline(&parsed, text, &mut Known::default()),
                preamble: at as u64,
                within: None,
            }));
        }
        let program = Program::link(modules, &[], 0, &mut Memo::default());
        let policy = program.policies.iter().position(|policy| policy.package == QUERY);
        let unit = program.units.iter().find(|unit| Some(unit.policy) == policy).unwrap();
        if let Some(reason) = unit.obstacles.first() {
            return End::NotJudged(format!("{reason:?}"));
        }
        let mut base = Engine::new();
        if let Some(data) = &self.data
            && let Err(error) = base.set_data(data)
        {
            return End::NotJudged(error.message);
        }
        if std::env::var_os("REGOSCOPE_OPA_TEXT").is_some() {
            for loaded in &program.modules {
                loaded.module.definitions.iter().for_each(|placed| println!("{}", placed.definition.text));
            }
        }
        let mut slice = match Slice::build(&program, &[unit], &base) {
            Ok(slice) => slice,
            Err((_, error)) => return End::NotJudged(format!("engine: {}", error.message)),
        };
        let input = self.input.as_ref().map_or_else(Input::none, Input::new);
        slice.set_input(&input);
        let said = slice.ask(unit.fingerprint, &input).unwrap();
        let found = match (said.answer, said.builtin_error) {
            (Err(error), _) => Err(error.message),
            (_, Some(error)) if self.strict_error => Err(error.message),
            (Ok(answer), _) => Ok(answer.value.unwrap_or_else(|| Value::Array(Vec::new()))),
        };
        match found {
            Err(_) if self.wants_error() => End::Agrees,
            Err(error) => End::NotJudged(format!("at run time: {error}")),
            Ok(value) if self.wants_error() => End::Wrong(format!("{value}, OPA an error")),
            Ok(value) if self.agrees(&value) => End::Agrees,
            Ok(value) => End::Wrong(format!(
                "{value}\n    OPA {}",
                serde_json::to_string(&self.want_result).unwrap_or_default()
            )),
        }
    }

    /// Whether the bindings are the wanted ones, in whatever order.
    fn agrees(&self, found: &Value) -> bool {
        let found = found.as_array().cloned().unwrap_or_default();
        let mut wanted: Vec<Value> = Vec::new();
        for bindings in self.want_result.iter().flatten().cloned().map(Value::Object) {
            if !wanted.iter().any(|have| self.same(have, &bindings)) {
                wanted.push(bindings);
            }
        }
        found.len() == wanted.len()
            && wanted.iter().all(|want| found.iter().any(|have| self.same(have, want)))
    }

    fn same(&self, a: &Value, b: &Value) -> bool {
        let keys = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let (a, b) = (keys(a), keys(b));
        a.len() == b.len()
            && a.iter().all(|(key, value)| {
                b.get(key).is_some_and(|other| match (value, other) {
                    (Value::Array(x), Value::Array(y)) if self.sort_bindings => {
                        x.len() == y.len() && x.iter().all(|x| y.iter().any(|y| equal(x, y)))
                    }
                    _ => equal(value, other),
                })
            })
    }
}

/// Numbers of one value are equal however they are written.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            let whole = |n: &serde_json::Number| !n.to_string().contains(['.', 'e', 'E']);
            x == y || (!(whole(x) && whole(y)) && x.as_f64() == y.as_f64())
        }
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| equal(x, y)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(k, v)| y.get(k).is_some_and(|w| equal(v, w)))
        }
        _ => a == b,
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        match path.extension() {
            _ if path.is_dir() => files(&path, found),
            Some(end) if end == "yaml" => found.push(path),
            _ => {}
        }
    }
}

/// The cases of a file. What only unit tests can be called is renamed: they are not judged.
fn cases(path: &Path) -> Vec<Case> {
    #[derive(Deserialize)]
    struct Cases {
        cases: Vec<Case>,
    }
    let text = std::fs::read_to_string(path).unwrap().replace("test_result", "case_result");
    let text = text.replace("test_allow", "case_allow").replace("test_sorted", "case_sorted");
    let cases: Cases = serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    cases.cases
}

fn run_all(folder: &Path) -> (usize, usize, usize) {
    let v0 = folder.components().any(|part| part.as_os_str() == "v0");
    let only = std::env::var("REGOSCOPE_OPA_ONLY").unwrap_or_default();
    let show = std::env::var_os("REGOSCOPE_OPA_SHOW").is_some();
    let mut paths = Vec::new();
    files(folder, &mut paths);
    let mut table: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for path in paths {
        let directory = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        for case in cases(&path).iter().filter(|case| format!("{directory}/{}", case.note).contains(&only)) {
            let end = case.run(v0);
            let at = match &end {
                End::Agrees => 0,
                End::NotJudged(_) => 1,
                End::Wrong(_) => 2,
            };
            table.entry(directory.clone()).or_default()[at] += 1;
            match end {
                End::Wrong(what) => println!("WRONG {directory}: {}\n    we  {what}", case.note),
                End::NotJudged(why) if show => println!("unjudged {directory}: {}: {why}", case.note),
                _ => {}
            }
        }
    }
    let mut total = [0; 3];
    for (directory, counts) in &table {
        (0..3).for_each(|at| total[at] += counts[at]);
        if counts[1] + counts[2] > 0 {
            let [agree, not_judged, wrong] = counts;
            println!("{directory:32} {agree:4} agree {not_judged:4} not judged {wrong:4} wrong");
        }
    }
    println!("all: {} agree, {} not judged, {} wrong", total[0], total[1], total[2]);
    (total[0], total[1], total[2])
}

#[test]
#[ignore = "needs OPA's cases: REGOSCOPE_OPA_CASES"]
fn opas_cases_are_judged_as_opa_does() {
    let folder = std::env::var("REGOSCOPE_OPA_CASES").unwrap();
    // Deep values are walked on the stack.
    let run = move || run_all(Path::new(&folder));
    let (agree, not_judged, wrong) =
        std::thread::Builder::new().stack_size(256 << 20).spawn(run).unwrap().join().unwrap();
    assert!(wrong == 0, "{agree} agree, {not_judged} not judged, {wrong} wrong");
}
