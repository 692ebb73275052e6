//! Unit tests of policies: what `opa test` runs, found, run and explained.
//!
//! A test is a definition of a rule whose name begins with `test_`; with `todo_test_` it is skipped. It passes if its
//! value is `true`. A rule with keys behind the name (`test_x[case] if …`) is one test with a result for each case.
//! The judge runs them ([`Judge::judge`](super::judge::Judge::judge) with [`TestOptions`]); what is here reads the trees:
//! [`discover`] finds the tests, [`cases`] writes the rule that names the cases of a test, [`explain`] the rules that
//! show where a body failed.

pub mod cases;
pub mod discover;
pub mod explain;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::decision::answer::Failure;
use crate::core::decision::{Place, Reason};
use crate::core::policy::options::Skip;

/// How tests are run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TestOptions {
    /// Only tests whose full name (`data.p_test.test_x`) this matches; all if empty.
    pub run: String,
    /// After this time the answer goes out, and the rest is [`Outcome::Pending`]. 0: no limit. In milliseconds.
    pub budget_ms: u64,
    /// What failed is explained.
    pub explain: bool,
    /// Every file must compile, or no test is run, as `opa test` does.
    pub strict: bool,
    /// Tests that ended the evaluator before.
    pub skip: Vec<Skip>,
}

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRun {
    /// By file name, in the order of the text.
    pub results: Vec<TestResult>,
    /// Why nothing was run.
    pub failures: Vec<Failure>,
    /// Time was up: there is more to find out.
    #[serde(default)]
    pub more: bool,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResult {
    /// Its head.
    pub place: Place,
    /// With `data.`: `data.p_test`.
    pub package: String,
    /// `test_x`; the second definition of a name is `test_x#01`.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
    /// The cases of a parameterised test.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cases: BTreeMap<String, Case>,
    /// What `print` wrote.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
    /// How long it took, in nanoseconds.
    pub duration_ns: u64,
    /// Where it failed: of each case that failed, the first expression that did not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Failed>,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has not run yet.
    Pending,
    /// It holds.
    Pass,
    /// It is undefined, or something else than `true`.
    Fail,
    /// Its name begins with `todo_`.
    Skip,
    /// It ended with an error, or cannot be judged. OPA's code.
    Error { code: String, reason: Box<Reason> },
}

/// A case of a parameterised test, or a group of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// It failed, or one in it.
    pub fail: bool,
    /// The cases in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cases: BTreeMap<String, Case>,
}

/// The expression that made a test fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The keys of the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub case: Vec<String>,
    /// The expression.
    pub place: Place,
    /// As it is written.
    pub text: String,
    /// Its parts and what they are, in the order of the text.
    pub values: Vec<Part>,
}

/// A part of an expression and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Bytes of the expression's text.
    pub range: Range<usize>,
    /// `None` if undefined.
    pub value: Option<Value>,
}

impl TestRun {
    /// How many tests passed, cases counted one by one as `opa test` does; how many there are; how many are not done.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for result in &self.results {
            match &result.outcome {
                Outcome::Pending => counts.pending += 1,
                Outcome::Skip => counts.skipped += 1,
                Outcome::Error { .. } => counts.errors += 1,
                _ if !result.cases.is_empty() => Case::count(&result.cases, &mut counts),
                Outcome::Pass => counts.passed += 1,
                Outcome::Fail => counts.failed += 1,
            }
        }
        counts
    }
}

/// How many tests there are of each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
    pub errors: usize,
    pub pending: usize,
}

impl Counts {
    /// All that are done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.passed + self.failed + self.skipped + self.errors
    }
}

impl Case {
    fn count(cases: &BTreeMap<String, Self>, counts: &mut Counts) {
        for case in cases.values() {
            match case {
                Self { cases, .. } if !cases.is_empty() => Self::count(cases, counts),
                Self { fail: true, .. } => counts.failed += 1,
                Self { fail: false, .. } => counts.passed += 1,
            }
        }
    }

    /// The cases that a test's value names. Whatever is neither `true` nor holds cases has failed.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Object(fields) => {
                let cases: BTreeMap<String, Self> =
                    fields.iter().map(|(key, value)| (key.clone(), Self::of(value))).collect();
                Self { fail: cases.values().any(|case| case.fail), cases }
            }
            value => Self { fail: *value != Value::Bool(true), cases: BTreeMap::new() },
        }
    }

    /// The cases of a set of pairs: keys and value.
    #[must_use]
    pub fn of_pairs(pairs: &[Value]) -> Self {
        let mut all = Self::default();
        for pair in pairs {
            let (Some(Value::Array(keys)), Some(value)) = (pair.get(0), pair.get(1)) else { continue };
            let mut case = &mut all;
            for key in keys {
                case = case.cases.entry(key_of(key)).or_default();
            }
            *case = Self::of(value);
        }
        all.sum_up();
        all
    }

    fn sum_up(&mut self) {
        if !self.cases.is_empty() {
            self.cases.values_mut().for_each(Self::sum_up);
            self.fail = self.cases.values().any(|case| case.fail);
        }
    }

    /// Takes in a case that was begun. If the value does not name it, it failed.
    pub fn begun(&mut self, path: &[String]) -> bool {
        let Some((key, rest)) = path.split_first() else { return self.fail };
        let failed = || Self { fail: true, cases: BTreeMap::new() };
        let case = self.cases.entry(key.clone()).or_insert_with(failed);
        let fail = if rest.is_empty() { case.fail } else { case.begun(rest) };
        self.fail |= fail;
        fail
    }

    /// The keys of every case that failed.
    #[must_use]
    pub fn failures(&self) -> Vec<Vec<String>> {
        if self.cases.is_empty() {
            return if self.fail { vec![Vec::new()] } else { Vec::new() };
        }
        let below = self.cases.iter().flat_map(|(key, case)| {
            case.failures().into_iter().map(move |rest| [vec![key.clone()], rest].concat())
        });
        below.collect()
    }
}

/// A key of a case as OPA shows it: strings as they are, the rest as JSON.
#[must_use]
pub fn key_of(key: &Value) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}
