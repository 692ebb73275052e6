//! A question, OPA's answer, ours, and whether they are the same.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use regoscope::core::decision::answer::{Answer, NOT_JUDGED};
use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::policy::judge::Judge;
use regoscope::core::policy::options::{JudgeOptions, SourceFile};
use regoscope::core::policy::query::Query;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What both are asked.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Question {
    #[serde(rename = "do")]
    pub what: &'static str,
    pub v0: bool,
    pub modules: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    pub query: String,
    pub strict: bool,
}

/// OPA's answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Opas {
    pub result: Vec<OpasRow>,
    pub text: Option<String>,
    pub errors: Vec<OpasError>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct OpasRow {
    pub expressions: Vec<OpasExpression>,
    #[serde(default)]
    pub bindings: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct OpasExpression {
    pub value: Value,
}

#[derive(Debug, Clone, Deserialize)]
pub struct OpasError {
    pub code: String,
    pub message: String,
}

/// How two answers compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Same,
    /// We do not know, and say so.
    NotJudged(String),
    /// We have an answer where OPA's compiler refuses the policy.
    NotRefused(String),
    /// We say something else.
    Wrong(String),
}

/// Asks OPA.
pub fn opa(program: &Path, questions: &[Question]) -> Vec<Opas> {
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
    let half = questions.len().div_ceil(2).max(1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = questions
            .chunks(half)
            .map(|part| {
                let work = move || part.iter().map(ours).collect::<Vec<_>>();
                std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, work).unwrap()
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// Why there is no answer, in a few words.
pub fn why(answer: &Answer) -> String {
    let first = answer.as_ref().err().and_then(|failures| failures.first());
    first.map(|first| format!("{} {:?}", first.code, first.reason)).unwrap_or_default()
}

/// Compares with OPA's own run.
pub fn compare(opa: &Opas, ours: &Answer) -> Outcome {
    let said = |answer: &Answer| serde_json::to_string(&answer.as_ref().unwrap()).unwrap();
    match (opa.errors.first(), ours) {
        (Some(_), Err(_)) => Outcome::Same,
        (Some(error), Ok(_)) => {
            let what = format!("{}\n    OPA {}: {}", said(ours), error.code, error.message);
            if error.code.starts_with("rego_") { Outcome::NotRefused(what) } else { Outcome::Wrong(what) }
        }
        (None, Err(failures)) => {
            let unknown = failures.iter().any(|failure| failure.code == NOT_JUDGED);
            if unknown {
                Outcome::NotJudged(why(ours))
            } else {
                Outcome::Wrong(format!("{}\n    OPA has an answer", why(ours)))
            }
        }
        (None, Ok(rows)) => {
            let values = |row: &OpasRow| -> Vec<Value> {
                let values = row.expressions.iter().map(|expression| expression.value.clone());
                values.chain([Value::Object(row.bindings.clone())]).collect()
            };
            let wanted: Vec<Value> = opa.result.iter().map(|row| Value::Array(values(row))).collect();
            let found: Vec<Value> = rows
                .iter()
                .map(|row| {
                    let values = row.expressions.iter().map(|expression| expression.value.clone());
                    Value::Array(values.chain([Value::Object(row.bindings.clone())]).collect())
                })
                .collect();
            if same_in_any_order(&wanted, &found) {
                return Outcome::Same;
            }
            Outcome::Wrong(format!(
                "{}\n    OPA {}",
                serde_json::to_string(&found).unwrap(),
                serde_json::to_string(&wanted).unwrap()
            ))
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

/// Numbers of one value are equal however they are written.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            let whole = |n: &serde_json::Number| !n.to_string().contains(['.', 'e', 'E']);
            x == y || (!(whole(x) && whole(y)) && x.as_f64() == y.as_f64())
        }
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(k, v)| y.get(k).is_some_and(|w| same(v, w)))
        }
        _ => a == b,
    }
}
