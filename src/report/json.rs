//! The decision as JSON, version 1. Scripts depend on the keys.

use serde_json::{Value, json};

use super::{Report, place_of};
use crate::core::decision::{
    Cell, Finding, JudgedDocument, OtherReading, PolicyInfo, Reason, Remark, Verdict,
};
use crate::core::diagnostics::{Origin, Severity};
use crate::core::policy::place::Lines;
use crate::strings::{Lang, better_shape, miss, reason};

/// The report as one JSON value.
#[must_use]
pub fn check(report: &Report) -> Value {
    let summary = report.summary();
    json!({
        "version": 1,
        "documents": documents(report),
        "summary": {
            "documents": summary.documents,
            "allow": summary.allow,
            "warn": summary.warn,
            "deny": summary.deny,
            "not_judged": summary.not_judged,
        },
    })
}

/// The documents of the files, each with the Pods that are derived from it.
fn documents(report: &Report) -> Vec<Value> {
    let all = report.evaluation.documents.iter().enumerate();
    let written = all.filter(|(_, d)| d.derived_from.is_none());
    let with_derived = written.map(|(number, written)| {
        let mut value = document(report, written);
        let derived: Vec<Value> = report.evaluation.derived(number).map(|d| document(report, d)).collect();
        if let (Some(fields), false) = (value.as_object_mut(), derived.is_empty()) {
            fields.insert("derived".to_owned(), derived.into());
        }
        value
    });
    with_derived.collect()
}

fn document(report: &Report, document: &JudgedDocument) -> Value {
    let mut value = json!({
        "file": report.name(document.place.file),
        "index": document.index,
        "line": document.place.line,
        "apiVersion": document.api_version,
        "kind": document.kind,
        "namespace": document.namespace,
        "name": document.name,
        "derived": [],
        "decision": word(document.verdict),
        "findings": document.cells.iter().flat_map(|c| &c.findings).map(|f| finding(report, f)).collect::<Vec<_>>(),
        "notes": notes(report, document),
    });
    let errors: Vec<Value> = report.reasons(document).map(|why| error(report, why)).collect();
    if let Some(fields) = value.as_object_mut() {
        if document.verdict == Verdict::NotJudged {
            let first = report.reasons(document).next().map(|why| reason(why, Lang::En)).unwrap_or_default();
            fields.insert("reason".to_owned(), first.into());
        }
        fields.insert("errors".to_owned(), errors.into());
        let unmatched = unmatched(report, document);
        if !unmatched.is_empty() {
            fields.insert("unmatched".to_owned(), unmatched.into());
        }
        let moments: Vec<Value> = document
            .cells
            .iter()
            .flat_map(|cell| &cell.moments)
            .map(|moment| depends(report, moment))
            .collect();
        if !moments.is_empty() {
            fields.insert("depends_on".to_owned(), moments.into());
        }
        let mut list = |name: &str, all: Vec<Value>| {
            if !all.is_empty() {
                fields.insert(name.to_owned(), all.into());
            }
        };
        let cells = || document.cells.iter().zip(&report.evaluation.policies);
        let excepted = cells().flat_map(|(cell, _)| &cell.excepted);
        list("exceptions", excepted.map(|excepted| finding(report, excepted)).collect());
        list("patch", cells().filter_map(|(cell, policy)| patch(cell, policy)).collect());
        list("shapes", cells().filter_map(|(cell, policy)| shape(cell, policy)).collect());
        if let Some(other) = &document.other_reading {
            fields.insert("other_reading".to_owned(), other_reading(report, other));
        }
    }
    value
}

/// What an admission webhook would change in the object.
fn patch(cell: &Cell, policy: &PolicyInfo) -> Option<Value> {
    let patched = cell.patch.as_ref()?;
    Some(json!({
        "package": policy.package,
        "operations": patched.operations,
        "object": patched.object,
        "diff": patched.lines,
    }))
}

/// The shape of input in which a policy would find something.
fn shape(cell: &Cell, policy: &PolicyInfo) -> Option<Value> {
    let better = cell.better_shape.as_ref()?;
    Some(json!({
        "package": policy.package,
        "reads": better.reads,
        "given": better.given.name(),
        "works": better.shape.name(),
        "findings": better.findings,
        "message": better_shape(better, Lang::En),
    }))
}

/// The constraints that were not asked about the document, and why.
fn unmatched(report: &Report, document: &JudgedDocument) -> Vec<Value> {
    let cells = document.cells.iter().zip(&report.evaluation.policies);
    let missed = cells.filter_map(|(cell, policy)| Some((cell.miss.as_ref()?, policy.constraint.as_ref()?)));
    let said = missed.map(|(why, constraint)| {
        json!({
            "constraint": { "kind": constraint.kind, "name": constraint.name },
            "message": miss(why, &constraint.name, Lang::En),
        })
    });
    said.collect()
}

/// A builtin whose answer is another one at another time, and where it is called.
fn depends(report: &Report, moment: &Remark) -> Value {
    let mut value = json!({ "builtin": moment.text });
    if let (Some(fields), Some(place)) = (value.as_object_mut(), &moment.place) {
        fields.insert("file".to_owned(), report.name(place.file).into());
        fields.insert("line".to_owned(), place.line.into());
        fields.insert("column".to_owned(), place.column.into());
    }
    value
}

/// The decision on the document as it is written (`raw`), or as the API server would store it.
fn other_reading(report: &Report, other: &OtherReading) -> Value {
    let findings = |all: &[Finding]| all.iter().map(|f| finding(report, f)).collect::<Vec<_>>();
    json!({
        "raw": other.raw,
        "decision": word(other.verdict),
        "only_here": findings(&other.only_here),
        "only_there": findings(&other.only_there),
        "errors": other.reasons.iter().map(|why| error(report, why)).collect::<Vec<_>>(),
    })
}

fn error(report: &Report, why: &Reason) -> Value {
    let place =
        place_of(why).map(|p| json!({"file": report.name(p.file), "line": p.line, "column": p.column}));
    json!({"message": reason(why, Lang::En), "location": place})
}

fn finding(report: &Report, finding: &Finding) -> Value {
    let details = if finding.details.is_null() { json!({}) } else { finding.details.clone() };
    let policy = report
        .evaluation
        .policies
        .get(finding.policy)
        .map(|policy| finding.policy_location.as_ref().map_or(policy.file, |place| place.file));
    let manifest = finding.manifest_locations.iter().map(|m| {
        json!({
            "file": report.name(m.place.file),
            "line": m.place.line,
            "column": m.place.column,
            "pointer": m.pointer,
            "approximate": m.approximate,
            "defaulted": m.defaulted,
        })
    });
    let mut value = json!({
        "policy": policy.map(|file| report.name(file)),
        "package": finding.package,
        "rule": finding.rule,
        "severity": finding.severity,
        "msg": finding.msg,
        "details": details,
        "policy_location": finding.policy_location.as_ref().map(|place| {
            json!({"file": report.name(place.file), "line": place.line, "column": place.column})
        }),
        "manifest_locations": manifest.collect::<Vec<_>>(),
    });
    if let (Some(fields), Some(constraint)) = (value.as_object_mut(), &finding.constraint) {
        fields.insert("constraint".to_owned(), json!({ "kind": constraint.kind, "name": constraint.name }));
    }
    if let (Some(fields), true) = (value.as_object_mut(), finding.repeats) {
        fields.insert("repeats".to_owned(), true.into());
    }
    value
}

/// What there is to know about how Kubernetes reads the document. Of a derived one, its workload says it.
fn notes(report: &Report, document: &JudgedDocument) -> Vec<Value> {
    let place = &document.place;
    if document.derived_from.is_some() {
        return Vec::new();
    }
    let Some(file) = report.files.iter().find(|f| f.file == place.file) else { return Vec::new() };
    let remarks =
        report.evaluation.diagnostics.iter().filter(|(id, _)| *id == place.file).flat_map(|(_, all)| all);
    let lines = Lines::of(&file.text);
    remarks
        .filter(|r| {
            r.origin == Origin::Yaml && r.severity < Severity::Error && place.range.contains(&r.range.start)
        })
        .map(|remark| {
            let at = lines.place(place.file, &file.text, remark.range.clone());
            json!({"line": at.line, "column": at.column, "message": remark.message})
        })
        .collect()
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::Warn => "warn",
        Verdict::NotJudged => "not_judged",
        Verdict::Deny => "deny",
    }
}
