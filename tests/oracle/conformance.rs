//! OPA's own cases, as the oracle prints them, and whether an answer is the wanted one.

use std::path::Path;
use std::process::Command;

use regoscope::core::decision::answer::Answer;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::ask::{Outcome, Question, errors, not_judged, same_in_any_order};

#[derive(Deserialize)]
pub struct Case {
    pub directory: String,
    pub note: String,
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

/// The cases of a version, from the module that the oracle was built of.
pub fn cases(program: &Path, version: &str) -> Vec<Case> {
    let folder = program.parent().unwrap().join("cases").join(version);
    let printed = Command::new(program).arg("cases").arg(folder).output().unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let lines = String::from_utf8(printed.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

impl Case {
    pub fn question(&self, v0: bool) -> Question {
        let term = self.input_term.as_ref().map(|term| format!(" with input as {term}"));
        Question {
            v0,
            modules: self.modules.clone(),
            data: self.data.clone(),
            input: self.input.clone(),
            query: format!("{}{}", self.query, term.unwrap_or_default()),
            strict: self.strict_error,
            ..Question::default()
        }
    }

    pub fn compare(&self, question: &Question, ours: &Answer) -> Outcome {
        if let Some(why) = not_judged(ours) {
            return Outcome::NotJudged(why);
        }
        let wants_error = self.want_error.is_some() || self.want_error_code.is_some();
        let wanted = format!("OPA {:?} {:?}", self.want_error_code, self.want_error);
        match ours {
            Err(failures) if wants_error => match &self.want_error_code {
                Some(code) if failures.iter().all(|failure| failure.code != *code) => {
                    Outcome::OtherError(format!("{:?}\n    {wanted}", errors(question, failures)))
                }
                _ => Outcome::Same,
            },
            Err(failures) => Outcome::Wrong(format!("{:?}", errors(question, failures))),
            Ok(rows) if wants_error => Outcome::Wrong(format!("{rows:?}\n    {wanted}")),
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
