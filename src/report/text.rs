//! The decision for people: one block for each document, one line for each finding, places as `file:line:column`.
//!
//! ```text
//! ✗ DENY   pods/web.yaml:1  Deployment shop/web
//!     deny  container api adds SYS_ADMIN
//!           pods/web.yaml:31:17  /spec/template/spec/containers/0/securityContext/capabilities/add/0
//!           policies/capabilities.rego:9:1  kubernetes.capabilities.deny
//!
//! 1 document: 0 allow, 0 warn, 1 deny, 0 not judged
//! ```

use std::fmt::Write as _;

use super::{Report, place_of};
use crate::core::decision::{Demand, Finding, JudgedDocument, OtherReading, Reason, Verdict};
use crate::core::display_safe::one_line;
use crate::strings::{self, Lang, T};

/// How the text is written.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// With ANSI colours.
    pub color: bool,
    /// The language of our own words.
    pub lang: Lang,
}

pub(super) const RED: &str = "31";
pub(super) const YELLOW: &str = "33";
pub(super) const GREEN: &str = "32";
pub(super) const MAGENTA: &str = "35";
pub(super) const DIM: &str = "2";

/// The report as text, safe to print.
#[must_use]
pub fn check(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for (number, document) in report.evaluation.documents.iter().enumerate() {
        if document.derived_from.is_none() {
            let mut told = Vec::new();
            write_document(&mut out, report, document, &mut told, style);
            for derived in report.evaluation.derived(number) {
                write_document(&mut out, report, derived, &mut told, style);
            }
        }
    }
    let summary = report.summary();
    if summary.documents > 0 {
        out.push('\n');
    }
    let text = if summary.documents == 1 { T::CheckSummaryOne } else { T::CheckSummary };
    out.push_str(&text.fill(
        style.lang,
        &[
            ("documents", &summary.documents),
            ("allow", &summary.allow),
            ("warn", &summary.warn),
            ("deny", &summary.deny),
            ("not_judged", &summary.not_judged),
        ],
    ));
    out.push('\n');
    out
}

/// Writes a document. Of a derived Pod, only what was not told of its workload.
fn write_document<'r>(
    out: &mut String,
    report: &Report<'r>,
    document: &'r JudgedDocument,
    told: &mut Vec<&'r Reason>,
    style: Style,
) {
    let file = one_line(report.name(document.place.file));
    let mark = if document.derived_from.is_some() { "  ▸ " } else { "" };
    let _ = writeln!(
        out,
        "{mark}{}  {file}:{}  {}",
        verdict(document.verdict, style),
        document.place.line,
        title(&document.kind, &document.namespace, &document.name)
    );
    let (repeated, own): (Vec<_>, Vec<_>) =
        document.cells.iter().flat_map(|cell| &cell.findings).partition(|finding| finding.repeats);
    for finding in own {
        write_finding(out, report, finding, "   ", style);
    }
    if !repeated.is_empty() {
        let text = T::SheetRepeats.fill(style.lang, &[("count", &repeated.len())]);
        let _ = writeln!(out, "    {}", paint(&text, DIM, style));
    }
    for why in report.reasons(document) {
        if !told.contains(&why) {
            told.push(why);
            write_reason(out, report, why, style);
        }
    }
    for error in document.cells.iter().flat_map(|cell| &cell.builtin_errors) {
        let text = T::CheckBuiltinError.fill(style.lang, &[("message", &error.text)]);
        let _ = writeln!(out, "    {}     {}", paint("!", YELLOW, style), one_line(&text));
        if let Some(place) = &error.place {
            let _ = writeln!(out, "          {}", paint(&one_line(&report.at(place)), DIM, style));
        }
    }
    for finding in document.cells.iter().flat_map(|cell| &cell.excepted) {
        let fill: &[(&str, &dyn std::fmt::Display)] = &[("rule", &finding.rule), ("message", &said(finding))];
        let text = T::CheckExcepted.fill(style.lang, fill);
        let _ = writeln!(out, "    {}     {}", paint("-", DIM, style), one_line(&text));
    }
    for patched in document.cells.iter().filter_map(|cell| cell.patch.as_ref()) {
        let _ = writeln!(out, "    {}     {}", paint("±", YELLOW, style), T::CheckPatch.text(style.lang));
        for line in &patched.lines {
            let color = match line.get(..1) {
                Some("+") => GREEN,
                Some("-") => RED,
                _ => DIM,
            };
            let _ = writeln!(out, "          {}", paint(&one_line(line), color, style));
        }
    }
    for better in document.cells.iter().filter_map(|cell| cell.better_shape.as_ref()) {
        let text = strings::better_shape(better, style.lang);
        let _ = writeln!(out, "    {}     {}", paint("i", YELLOW, style), one_line(&text));
    }
    for moment in document.cells.iter().flat_map(|cell| &cell.moments) {
        let place = moment.place.as_ref().map(|place| format!(" ({})", report.at(place))).unwrap_or_default();
        let text = strings::moment(&moment.text, style.lang);
        let _ =
            writeln!(out, "    {}     {}", paint("~", YELLOW, style), one_line(&format!("{text}{place}")));
    }
    if let Some(other) = &document.other_reading {
        write_other(out, report, other, style);
    }
}

/// What the other reading decides, and by which findings it differs: `+` has only that one, `-` only the document.
fn write_other(out: &mut String, report: &Report, other: &OtherReading, style: Style) {
    let text = if other.raw { T::CheckOtherRaw } else { T::CheckOtherStored };
    let text = text.fill(style.lang, &[("verdict", &verdict(other.verdict, style))]);
    let _ = writeln!(out, "    {text}");
    other.only_there.iter().for_each(|finding| write_finding(out, report, finding, "  +", style));
    other.only_here.iter().for_each(|finding| write_finding(out, report, finding, "  -", style));
    other.reasons.iter().for_each(|why| write_reason(out, report, why, style));
}

fn write_reason(out: &mut String, report: &Report, why: &Reason, style: Style) {
    let text = one_line(&strings::reason(why, style.lang));
    let _ = writeln!(out, "    {}     {text}", paint("?", MAGENTA, style));
    if let Some(place) = place_of(why) {
        let _ = writeln!(out, "          {}", paint(&one_line(&report.at(place)), DIM, style));
    }
}

/// `✗ DENY`
fn verdict(verdict: Verdict, style: Style) -> String {
    let (sign, color) = match verdict {
        Verdict::Deny => ("✗", RED),
        Verdict::Warn => ("!", YELLOW),
        Verdict::NotJudged => ("?", MAGENTA),
        Verdict::Allow => ("✓", GREEN),
    };
    paint(&format!("{sign} {}", strings::verdict(verdict, style.lang)), color, style)
}

/// The message, as Gatekeeper shows it if it is one of a constraint: `[name] msg`.
fn said(finding: &Finding) -> String {
    match &finding.constraint {
        Some(constraint) => format!("[{}] {}", constraint.name, finding.msg),
        None => finding.msg.clone(),
    }
}

/// Writes a finding behind a mark of three cells.
fn write_finding(out: &mut String, report: &Report, finding: &Finding, mark: &str, style: Style) {
    let (word, color) = match finding.severity {
        Demand::Deny => ("deny", RED),
        Demand::Warn => ("warn", YELLOW),
        Demand::Dryrun => ("dryrun", DIM),
    };
    let _ = writeln!(out, "{mark} {}  {}", paint(word, color, style), one_line(&said(finding)));
    if let Some(nearest) = finding.manifest_locations.first() {
        let about = if nearest.approximate { "~" } else { "" };
        let mut line = format!("{about}{}  {}", report.at(&nearest.place), nearest.pointer);
        if nearest.defaulted {
            let _ = write!(line, " ({})", T::CheckDefaulted.text(style.lang));
        }
        let _ = writeln!(out, "          {}", paint(&one_line(&line), DIM, style));
    }
    let rule = format!("{}.{}", finding.package, finding.rule);
    let line = match &finding.policy_location {
        Some(place) => format!("{}  {rule}", report.at(place)),
        None => rule,
    };
    let _ = writeln!(out, "          {}", paint(&one_line(&line), DIM, style));
}

/// `Deployment shop/web`
pub(super) fn title(kind: &str, namespace: &str, name: &str) -> String {
    let slash = if namespace.is_empty() { "" } else { "/" };
    one_line(format!("{kind} {namespace}{slash}{name}").trim())
}

pub(super) fn paint(text: &str, color: &str, style: Style) -> String {
    if style.color { format!("\x1b[{color}m{text}\x1b[0m") } else { text.to_owned() }
}
