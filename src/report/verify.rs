//! Results of suites, as `gator verify` 3.23 prints them; with the place of what is wrong.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::core::display_safe::{display_safe, one_line};
use crate::core::policy::gatekeeper::suite::{CaseResult, Spot, SuiteResult, TestResult, Trouble, Words};
use crate::strings::{self, Lang};

/// For people. `passed`: the last word. `verbose`: also what passes, and what policies print.
#[must_use]
pub fn text(suites: &[SuiteResult], passed: bool, verbose: bool, lang: Lang) -> String {
    let mut page = Page { out: String::new(), verbose, lang };
    suites.iter().for_each(|suite| page.suite(suite));
    page.line(0, if passed { "PASS" } else { "FAIL" });
    page.out
}

struct Page {
    out: String,
    verbose: bool,
    lang: Lang,
}

impl Page {
    fn suite(&mut self, suite: &SuiteResult) {
        suite.tests.iter().for_each(|test| self.test(test));
        let word = if suite.fails() { "FAIL" } else { "ok" };
        self.line(0, &format!("{word}\t{}\t{}", one_line(&suite.suite), seconds(suite.duration_ns)));
        self.trouble(2, suite.trouble.as_ref());
    }

    fn test(&mut self, test: &TestResult) {
        let name = one_line(&test.name);
        if test.skipped {
            return self.detail(0, &format!("=== SKIP  {name}"));
        }
        self.detail(0, &format!("=== RUN   {name}"));
        test.cases.iter().for_each(|case| self.case(case));
        self.end(0, &name, test.fails(), test.duration_ns);
        self.trouble(2, test.trouble.as_ref());
    }

    fn case(&mut self, case: &CaseResult) {
        let name = one_line(&case.name);
        if case.skipped {
            return self.detail(4, &format!("=== SKIP  {name}"));
        }
        self.detail(4, &format!("=== RUN   {name}"));
        if !case.prints.is_empty() {
            self.detail(8, "=== PRINT ===");
            for line in case.prints.iter().flat_map(|text| text.lines()) {
                self.detail(8, line);
            }
        }
        self.end(4, &name, case.trouble.is_some(), case.duration_ns);
        self.trouble(8, case.trouble.as_ref());
    }

    fn end(&mut self, indent: usize, name: &str, fails: bool, duration_ns: u64) {
        let took = seconds(duration_ns);
        if fails {
            self.line(indent, &format!("--- FAIL: {name}\t({took})"));
        } else {
            self.detail(indent, &format!("--- PASS: {name}\t({took})"));
        }
    }

    fn trouble(&mut self, indent: usize, trouble: Option<&Trouble>) {
        let Some(trouble) = trouble else { return };
        let (spot, words) = said(trouble, self.lang);
        let place = spot.map(|spot| format!("{}: ", place(spot))).unwrap_or_default();
        self.line(indent, &format!("{place}{words}"));
    }

    fn detail(&mut self, indent: usize, line: &str) {
        if self.verbose {
            self.line(indent, line);
        }
    }

    fn line(&mut self, indent: usize, line: &str) {
        // Between columns there is a tab, as gator writes it.
        let columns: Vec<_> = line.split('\t').map(|text| display_safe(text).replace('\n', " ")).collect();
        let _ = writeln!(self.out, "{:indent$}{}", "", columns.join("\t"));
    }
}

fn place(spot: &Spot) -> String {
    format!("{}:{}:{}", spot.file, spot.at.line, spot.at.column)
}

/// Where, and what happened.
fn said(trouble: &Trouble, lang: Lang) -> (Option<&Spot>, String) {
    let words = match &trouble.words {
        Words::Said(words) => words.clone(),
        Words::NotJudged(reason) => strings::reason(reason, lang),
    };
    (trouble.spot.as_ref(), words)
}

/// `0.019s`
fn seconds(ns: u64) -> String {
    let ms = (ns + 500_000) / 1_000_000;
    format!("{}.{:03}s", ms / 1000, ms % 1000)
}

/// For programs: one object for each case, and for each test and suite that has no cases to tell of.
#[must_use]
pub fn json(suites: &[SuiteResult], lang: Lang) -> String {
    let mut all = Vec::new();
    for suite in suites {
        let row = |test: Option<&str>, case: Option<&str>, skipped: bool, trouble: Option<&Trouble>| {
            object(&suite.suite, test, case, skipped, trouble, lang)
        };
        if suite.skipped || suite.trouble.is_some() {
            all.push(row(None, None, suite.skipped, suite.trouble.as_ref()));
        }
        for test in &suite.tests {
            if test.skipped || test.trouble.is_some() || test.cases.is_empty() {
                all.push(row(Some(&test.name), None, test.skipped, test.trouble.as_ref()));
                continue;
            }
            for case in &test.cases {
                all.push(row(Some(&test.name), Some(&case.name), case.skipped, case.trouble.as_ref()));
            }
        }
    }
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}

fn object(
    suite: &str,
    test: Option<&str>,
    case: Option<&str>,
    skipped: bool,
    trouble: Option<&Trouble>,
    lang: Lang,
) -> Value {
    let status = match trouble {
        _ if skipped => "skip",
        None => "pass",
        Some(trouble) if trouble.unmet => "fail",
        Some(_) => "error",
    };
    let mut fields = Map::new();
    let mut set = |key: &str, value: Value| drop(fields.insert(key.to_owned(), value));
    set("suite", suite.into());
    set("test", test.into());
    set("case", case.into());
    set("status", status.into());
    if let Some(trouble) = trouble {
        let (spot, words) = said(trouble, lang);
        set("message", words.into());
        if let Some(spot) = spot {
            set("location", json!({ "file": spot.file, "line": spot.at.line, "column": spot.at.column }));
        }
    }
    Value::Object(fields)
}
