//! Results of unit tests, as `opa test` 1.22 prints them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::NamedFile;
use super::eval::Said;
use crate::core::decision::Place;
use crate::core::decision::answer::Failure;
use crate::core::display_safe::display_safe;
use crate::core::dry_run::base64;
use crate::core::policy::testing::{Case, Failed, Outcome, TestResult, TestRun};
use crate::strings::Lang;

/// What is needed to name places.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The files.
    pub files: &'a [NamedFile],
    /// The language of our own reasons.
    pub lang: Lang,
}

impl Names<'_> {
    fn file(&self, place: &Place) -> &str {
        self.files.iter().find(|file| file.file == place.file).map_or("", |file| &file.name)
    }

    /// The error of a test.
    fn said(&self, result: &TestResult) -> Option<Said> {
        let Outcome::Error { code, reason } = &result.outcome else { return None };
        let failure = Failure { code: code.clone(), reason: (**reason).clone() };
        Some(Said::new(&failure, self.files, self.lang))
    }
}

/// For people. `verbose`: those that pass too, and where the others failed.
#[must_use]
pub fn pretty(run: &TestRun, verbose: bool, names: Names<'_>) -> String {
    let mut out = String::new();
    let mut last: Option<&str> = None;
    for result in run.results.iter().filter(|result| verbose || result.outcome != Outcome::Pass) {
        let file = names.file(&result.place);
        if last.is_some_and(|last| last != file) {
            out.push('\n');
        }
        last = Some(file);
        let _ = writeln!(out, "{file}:{}:\n{}", result.place.line, line(result));
        lines_of_cases(&result.cases, verbose, 1, &mut out);
        if !result.output.is_empty() {
            let _ = writeln!(out, "\n{}\n", indented(result.output.trim(), 2));
        }
        if let Some(said) = names.said(result) {
            let place = said.location.as_ref().filter(|at| !at.file.is_empty());
            let place = place.map(|at| format!("{}:{}: ", at.file, at.row)).unwrap_or_default();
            let _ = writeln!(out, "  {place}{}: {}", said.code, said.message);
        }
    }
    let dirty = !out.is_empty();
    let failed: Vec<&TestResult> = run.results.iter().filter(|r| r.outcome == Outcome::Fail).collect();
    if verbose && !failed.is_empty() {
        let rule = "-".repeat(80);
        let _ = writeln!(out, "{rule}\nFAILURES\n{rule}");
        for result in failed {
            let _ = writeln!(out, "{}\n", line(result));
            for failed in &result.failed {
                write_failed(failed, names, &mut out);
            }
            out.push('\n');
        }
    }
    if dirty {
        let _ = writeln!(out, "{}", "-".repeat(80));
    }
    let counts = run.counts();
    let total = counts.done();
    for (word, count) in [
        ("PASS", counts.passed),
        ("FAIL", counts.failed),
        ("SKIPPED", counts.skipped),
        ("ERROR", counts.errors),
    ] {
        if count > 0 {
            let _ = writeln!(out, "{word}: {count}/{total}");
        }
    }
    display_safe(&out).into_owned()
}

/// `data.p_test.test_x: FAIL (1.5ms)`
fn line(result: &TestResult) -> String {
    let name = format!("{}.{}", result.package, result.name);
    let took = duration(result.duration_ns);
    match &result.outcome {
        Outcome::Pass => format!("{name}: PASS ({took})"),
        Outcome::Fail => format!("{name}: FAIL ({took})"),
        Outcome::Skip => format!("{name}: SKIPPED"),
        Outcome::Error { .. } | Outcome::Pending => format!("{name}: ERROR ({took})"),
    }
}

fn lines_of_cases(cases: &BTreeMap<String, Case>, verbose: bool, depth: usize, out: &mut String) {
    for (name, case) in cases {
        if case.fail || verbose {
            let word = if case.fail { "FAIL" } else { "PASS" };
            let _ = writeln!(out, "{}{name}: {word}", "  ".repeat(depth));
        }
        lines_of_cases(&case.cases, verbose, depth + 1, out);
    }
}

/// The expression with the values below it, the last one first, as `opa test --var-values` draws it.
fn write_failed(failed: &Failed, names: Names<'_>, out: &mut String) {
    let mut indent = 2;
    for key in &failed.case {
        let _ = writeln!(out, "{}{key}: FAIL", " ".repeat(indent));
        indent += 2;
    }
    let _ = writeln!(out, "{}{}:{}:", " ".repeat(indent), names.file(&failed.place), failed.place.line);
    let indent = " ".repeat(indent + 2);
    for line in failed.text.lines() {
        let _ = writeln!(out, "{indent}{line}");
    }
    for line in values(failed) {
        let _ = writeln!(out, "{indent}{line}");
    }
}

/// Lines with the values of an expression's parts, each below its part. Of parts of several lines the values stand alone.
#[must_use]
pub fn values(failed: &Failed) -> Vec<String> {
    let column = |at: usize| failed.text.get(..at).map_or(0, |before| before.chars().count());
    let shown = |value: &Option<Value>| value.as_ref().map_or("undefined".to_owned(), Value::to_string);
    let is_given = |text: &str, value: &str| text == value;
    let parts: Vec<(usize, String)> = failed
        .values
        .iter()
        .filter(|part| {
            let own = failed.text.get(part.range.clone()).unwrap_or_default();
            !is_given(own, &shown(&part.value))
        })
        .map(|part| (column(part.range.start), shown(&part.value)))
        .collect();
    if failed.text.contains('\n') {
        return parts.into_iter().map(|(_, value)| value).collect();
    }
    let mut columns: Vec<usize> = parts.iter().map(|(column, _)| *column).collect();
    columns.sort_unstable();
    columns.dedup();
    let bars = |below: usize| {
        let mut line = String::new();
        for &column in columns.iter().filter(|column| **column < below) {
            line += &" ".repeat(column - line.len());
            line.push('|');
        }
        line
    };
    let mut lines = Vec::new();
    if !columns.is_empty() {
        lines.push(bars(usize::MAX));
    }
    for &column in columns.iter().rev() {
        for (_, value) in parts.iter().filter(|(at, _)| *at == column) {
            let before = bars(column);
            lines.push(format!("{before}{}{value}", " ".repeat(column - before.len())));
        }
    }
    lines
}

fn indented(text: &str, by: usize) -> String {
    let lines: Vec<String> = text.lines().map(|line| " ".repeat(by) + line).collect();
    lines.join("\n")
}

/// Go's `time.Duration.String`.
#[must_use]
pub fn duration(ns: u64) -> String {
    let fraction = |unit: u64, name: &str| {
        let digits = unit.ilog10() as usize;
        let rest = format!("{:0digits$}", ns % unit);
        let rest = rest.trim_end_matches('0');
        let point = if rest.is_empty() { "" } else { "." };
        format!("{}{point}{rest}{name}", ns / unit)
    };
    match ns {
        0 => "0s".to_owned(),
        1..1_000 => format!("{ns}ns"),
        1_000..1_000_000 => fraction(1_000, "µs"),
        1_000_000..1_000_000_000 => fraction(1_000_000, "ms"),
        _ => fraction(1_000_000_000, "s"),
    }
}

/// As JSON, with OPA's keys.
#[must_use]
pub fn json(run: &TestRun, names: Names<'_>) -> String {
    let results: Vec<Value> = run.results.iter().map(|result| object(result, names)).collect();
    serde_json::to_string_pretty(&results).unwrap_or_default() + "\n"
}

fn object(result: &TestResult, names: Names<'_>) -> Value {
    let at = json!({"file": names.file(&result.place), "row": result.place.line, "col": result.place.column});
    let mut fields = Map::new();
    fields.insert("location".to_owned(), at);
    fields.insert("package".to_owned(), result.package.clone().into());
    fields.insert("name".to_owned(), result.name.clone().into());
    match &result.outcome {
        Outcome::Fail => drop(fields.insert("fail".to_owned(), true.into())),
        Outcome::Skip => drop(fields.insert("skip".to_owned(), true.into())),
        _ => {}
    }
    if let Some(said) = names.said(result) {
        fields.insert("error".to_owned(), serde_json::to_value(said).unwrap_or_default());
    }
    fields.insert("duration".to_owned(), result.duration_ns.into());
    if !result.output.is_empty() {
        fields.insert("output".to_owned(), base64::encode(result.output.as_bytes()).into());
    }
    if !result.cases.is_empty() {
        fields.insert("sub_results".to_owned(), cases(&result.cases));
    }
    Value::Object(fields)
}

fn cases(all: &BTreeMap<String, Case>) -> Value {
    let case = |(name, case): (&String, &Case)| {
        let mut fields = Map::new();
        fields.insert("name".to_owned(), name.clone().into());
        if case.fail {
            fields.insert("fail".to_owned(), true.into());
        }
        if !case.cases.is_empty() {
            fields.insert("sub_results".to_owned(), cases(&case.cases));
        }
        (name.clone(), Value::Object(fields))
    };
    Value::Object(all.iter().map(case).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_does() {
        for (ns, text) in [
            (0, "0s"),
            (7, "7ns"),
            (1_400, "1.4µs"),
            (237_803, "237.803µs"),
            (23_175_169, "23.175169ms"),
            (1_500_000_000, "1.5s"),
            (2_000_000, "2ms"),
        ] {
            assert_eq!(duration(ns), text);
        }
    }
}
