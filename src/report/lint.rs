//! Diagnostics of files, for scripts and for people.

use std::fmt::Write as _;

use serde::Serialize;

use super::NamedFile;
use super::text::{DIM, RED, Style, YELLOW, paint};
use crate::core::diagnostics::{Diagnostic, Severity};
use crate::core::display_safe::one_line;
use crate::core::file::Role;
use crate::core::policy::place::Lines;
use crate::strings::T;

/// A diagnostic with its place in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// As it is printed.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// Line of the end.
    pub end_line: usize,
    /// Column behind the last character.
    pub end_column: usize,
    /// How much it matters.
    pub severity: Severity,
    /// The name of the rule.
    pub code: String,
    /// One line for people.
    pub message: String,
    /// What would put it right, if that is certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// The diagnostics of a file, sorted by place. What only our engine cannot do is nothing wrong with a policy, and becomes a
/// warning.
#[must_use]
pub fn of_file(file: &NamedFile, role: Role, diagnostics: &[Diagnostic]) -> Vec<Said> {
    // Ranges are those of the text without its byte order mark, as the judge reads policies.
    let text = file.text.strip_prefix('\u{feff}').filter(|_| role == Role::Policy).unwrap_or(&file.text);
    let lines = Lines::of(text);
    let place = |range| lines.place(file.file, text, range);
    let mut all: Vec<Said> = diagnostics
        .iter()
        .map(|diagnostic| {
            let range = diagnostic.range.clone();
            let (start, end) = (place(range.clone()), place(range.end..range.end));
            Said {
                file: file.name.clone(),
                line: start.line,
                column: start.column,
                end_line: end.line,
                end_column: end.column,
                severity: match diagnostic.code.as_str() {
                    "unsupported" => Severity::Warning,
                    _ => diagnostic.severity,
                },
                code: diagnostic.code.clone(),
                message: diagnostic.message.clone(),
                fix: diagnostic.fix.as_ref().map(|fix| fix.title.clone()),
            }
        })
        .collect();
    all.sort_by_key(|said| (said.line, said.column));
    all
}

/// The diagnostics for people, safe to print: `file:line:column: severity: message [code]`.
#[must_use]
pub fn text(all: &[Said], files: usize, style: Style) -> String {
    let mut out = String::new();
    for said in all {
        let (word, color) = match said.severity {
            Severity::Error => (T::LintError, RED),
            Severity::Warning => (T::LintWarning, YELLOW),
            Severity::Note => (T::LintNote, DIM),
        };
        let place = format!("{}:{}:{}", one_line(&said.file), said.line, said.column);
        let _ = writeln!(
            out,
            "{place}: {}: {} {}",
            paint(word.text(style.lang), color, style),
            one_line(&said.message),
            paint(&format!("[{}]", one_line(&said.code)), DIM, style)
        );
    }
    let count = |severity| all.iter().filter(|said| said.severity == severity).count();
    let (errors, warnings, notes) = (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
    let counts: [(&str, &dyn std::fmt::Display); 4] =
        [("files", &files), ("errors", &errors), ("warnings", &warnings), ("notes", &notes)];
    let _ = writeln!(out, "{}", T::LintSummary.fill(style.lang, &counts));
    out
}
