//! A question, OPA's answer, ours, and whether they are the same.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use regoscope::core::decision::Reason;
use regoscope::core::decision::answer::{Answer, Failure, NOT_JUDGED};
use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::policy::judge::Judge;
use regoscope::core::policy::options::{JudgeOptions, SourceFile};
use regoscope::core::policy::query::Query;
use regoscope::core::rego::parser::opa_position;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What both are asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Question {
    #[serde(rename = "do")]
    pub what: What,
    pub v0: bool,
    pub modules: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    pub query: String,
    pub strict: bool,
}

/// What is to be done with the modules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    #[default]
    Eval,
    /// The only module is formatted.
    Fmt,
}

/// OPA's answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Opas {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub result: Vec<OpasRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<OpasError>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpasRow {
    pub expressions: Vec<OpasExpression>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub bindings: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpasExpression {
    pub value: Value,
}

/// An error; row 0 where OPA has no place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OpasError {
    pub code: String,
    pub message: String,
    pub file: String,
    pub row: usize,
    pub col: usize,
}

/// How two answers compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Same,
    /// We do not know, and say so, for this reason.
    NotJudged(String),
    /// Both refuse, with another code or at another place.
    OtherError(String),
    /// We say something else.
    Wrong(String),
}

impl Outcome {
    pub fn word(&self) -> &'static str {
        ["same", "not judged", "another error", "a wrong answer"][self.column()]
    }

    pub fn column(&self) -> usize {
        match self {
            Self::Same => 0,
            Self::NotJudged(_) => 1,
            Self::OtherError(_) => 2,
            Self::Wrong(_) => 3,
        }
    }

    pub fn is_wrong(&self) -> bool {
        matches!(self, Self::Wrong(_))
    }

    pub fn why(&self) -> &str {
        match self {
            Self::Same => "",
            Self::NotJudged(why) | Self::OtherError(why) | Self::Wrong(why) => why,
        }
    }
}

/// Asks OPA.
pub fn opa(program: &Path, questions: &[Question]) -> Vec<Opas> {
    if questions.is_empty() {
        return Vec::new();
    }
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the oracle starts");
    let mut stdin = child.stdin.take().unwrap();
    let texts: Vec<String> = questions.iter().map(|q| serde_json::to_string(q).unwrap()).collect();
    let writing = std::thread::spawn(move || {
        for text in texts {
            stdin.write_all(text.as_bytes()).unwrap();
            stdin.write_all(&[0]).unwrap();
        }
    });
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let answers: Vec<Opas> = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    writing.join().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(answers.len(), questions.len());
    answers
}

/// Asks the product, from the texts to the answer, in this process.
pub fn ours(question: &Question) -> Answer {
    let mut judge = Judge::new();
    let data = question.data.as_ref().map(|data| (Role::Data, data.to_string()));
    let modules = question.modules.iter().map(|text| (Role::Policy, text.clone()));
    for (number, (role, text)) in modules.chain(data).enumerate() {
        let file = FileId(u32::try_from(number).unwrap());
        judge.put(SourceFile { file, name: format!("{number}.rego"), role, revision: Revision(0), text });
    }
    let query =
        Query { text: question.query.clone(), input: question.input.clone(), strict: question.strict };
    let options = JudgeOptions { v0: question.v0, query: Some(query), ..JudgeOptions::default() };
    judge.judge(1, &options, &mut |_| {}).answer.unwrap()
}

/// Asks the product each question, two at a time, on a stack as deep as the evaluator's.
pub fn ours_of_all(questions: &[Question]) -> Vec<Answer> {
    in_two_threads(questions, ours)
}

/// Does something with each, in their order.
pub fn in_two_threads<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(one) = all.get(at) else { return done };
            done.push((at, work(one)));
        }
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let start = || std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, take).unwrap();
        let threads = [start(), start()];
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}

/// The reason of what is not judged, if that is so.
pub fn not_judged(answer: &Answer) -> Option<String> {
    let failures = answer.as_ref().err()?;
    let failure = failures.iter().find(|failure| failure.code == NOT_JUDGED)?;
    Some(match &failure.reason {
        Reason::Unsupported { what, .. } => what.clone(),
        Reason::RuleError { message, .. } | Reason::PolicyError { message, .. } => message.clone(),
        other => format!("{other:?}"),
    })
}

/// Our failures in OPA's form, the first of each place.
pub fn errors(question: &Question, failures: &[Failure]) -> Vec<OpasError> {
    let error = |failure: &Failure| {
        let (place, message) = match &failure.reason {
            Reason::PolicyError { place, message } => (Some(place), message.clone()),
            Reason::RuleError { place, message } => (place.as_ref(), message.clone()),
            other => (None, format!("{other:?}")),
        };
        let mut error = OpasError { code: failure.code.clone(), message, ..OpasError::default() };
        if let Some(place) = place {
            let module = question.modules.get(place.file.0 as usize);
            (error.row, error.col) = opa_position(module.unwrap_or(&question.query), place.range.start);
            error.file = module.map(|_| format!("{}.rego", place.file.0)).unwrap_or_default();
        }
        error
    };
    firsts(failures.iter().map(error).collect())
}

/// OPA's echoes of an error at its place are not compared, nor is what comes behind its tenth.
fn firsts(mut errors: Vec<OpasError>) -> Vec<OpasError> {
    errors.retain(|error| error.message != "error limit reached");
    errors.dedup_by(|b, a| (&a.file, a.row, a.col) == (&b.file, b.row, b.col) && a.row != 0);
    errors
}

/// Compares errors: of a compiler all codes, words and places, of a run the code.
pub fn compare_errors(opas: &[OpasError], mut ours: Vec<OpasError>) -> Outcome {
    let mut opas = firsts(opas.to_vec());
    let runs = opas.first().is_none_or(|first| !first.code.starts_with("rego_"));
    let parses = opas.first().is_some_and(|first| first.code == "rego_parse_error");
    let same = if runs {
        ours.first().map(|error| &error.code) == opas.first().map(|error| &error.code)
    } else {
        if parses {
            opas.truncate(1);
        }
        ours.truncate(opas.len());
        for (ours, opas) in ours.iter_mut().zip(&opas).filter(|(_, opas)| opas.row == 0) {
            (ours.file, ours.row, ours.col) = (opas.file.clone(), 0, 0);
        }
        // Where OPA has no place it sorts by words.
        let key = |error: &OpasError| (error.file.clone(), error.row, error.col, error.code.clone());
        ours.sort_by_key(key);
        opas.sort_by_key(key);
        ours.iter().zip(&opas).all(|(a, b)| a == b) && ours.len() == opas.len()
    };
    match same {
        true => Outcome::Same,
        false => Outcome::OtherError(format!("\n    we  {}\n    OPA {}", shown(&ours), shown(&opas))),
    }
}

fn shown(errors: &[OpasError]) -> String {
    let one = |e: &OpasError| format!("{}:{}:{}: {}: {}", e.file, e.row, e.col, e.code, e.message);
    errors.iter().map(one).collect::<Vec<_>>().join("\n        ")
}

/// Compares with OPA's own run.
pub fn compare(question: &Question, opa: &Opas, ours: &Answer) -> Outcome {
    if let Some(why) = not_judged(ours) {
        return Outcome::NotJudged(why);
    }
    let text = |value: &[Value]| serde_json::to_string(value).unwrap();
    let values = |value: &Value, bindings: &Map<String, Value>| {
        Value::Array(vec![value.clone(), Value::Object(bindings.clone())])
    };
    let wanted: Vec<Value> = (opa.result.iter())
        .flat_map(|row| row.expressions.iter().map(|e| values(&e.value, &row.bindings)))
        .collect();
    match ours {
        Err(failures) if opa.errors.is_empty() => {
            let ours = shown(&errors(question, failures));
            Outcome::Wrong(format!("\n    we  {ours}\n    OPA {}", text(&wanted)))
        }
        Err(failures) => compare_errors(&opa.errors, errors(question, failures)),
        Ok(rows) => {
            let found: Vec<Value> = (rows.iter())
                .flat_map(|row| row.expressions.iter().map(|e| values(&e.value, &row.bindings)))
                .collect();
            match opa.errors.is_empty() && same_in_any_order(&wanted, &found) {
                true => Outcome::Same,
                false if opa.errors.is_empty() => {
                    Outcome::Wrong(format!("\n    we  {}\n    OPA {}", text(&found), text(&wanted)))
                }
                false => {
                    Outcome::Wrong(format!("\n    we  {}\n    OPA {}", text(&found), shown(&opa.errors)))
                }
            }
        }
    }
}

/// Whether both hold the same values.
pub fn same_in_any_order(a: &[Value], b: &[Value]) -> bool {
    let mut left: Vec<&Value> = b.iter().collect();
    a.len() == b.len()
        && a.iter().all(|x| {
            let at = left.iter().position(|y| same(x, y));
            at.map(|at| left.swap_remove(at)).is_some()
        })
}

/// Numbers of one value are equal however they are written. JSON keeps of those that are not small and whole what a
/// double can hold, and reads the last bit of more digits one way or the other.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => match (x.as_f64(), y.as_f64()) {
            _ if x == y => true,
            _ if !x.is_f64() && !y.is_f64() => false,
            (Some(x), Some(y)) => (x - y).abs() <= f64::EPSILON * x.abs(),
            _ => false,
        },
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(k, v)| y.get(k).is_some_and(|w| same(v, w)))
        }
        _ => a == b,
    }
}
