//! Fixes of what OPA refuses: Rego of before OPA 1.0 written as v1, and imports that its hints name.

use std::ops::Range;

use super::package_end;
use crate::core::diagnostics::{Diagnostic, Edit, Fix};
use crate::core::rego::ast::{Body, Head, Module, Rule, RuleKind, StatementKind};
use crate::strings::{Lang, T};

type Edits = Vec<(Range<usize>, String)>;

/// Gives an error its fix, if there is a certain one. `text` is the file, `module` its tree.
pub fn repair(remark: &mut Diagnostic, text: &str, module: &Module, lang: Lang) {
    let (title, new, edits) = if remark.message.contains(" keyword is required ") {
        let edits = as_v1(text, module);
        (T::FixV1, "if", edits)
    } else if let Some(import) =
        remark.message.split("(hint: `").nth(1).and_then(|rest| rest.split('`').next())
        && import.starts_with("import ")
    {
        let at = package_end(module);
        (T::FixAdd, import, at.map(|at| vec![(at..at, format!("\n\n{import}"))]))
    } else {
        return;
    };
    let Some(edits) = edits.filter(|edits| !edits.is_empty()) else { return };
    let edits = edits.into_iter().map(|(range, new)| {
        let old = text.get(range.clone())?.to_owned();
        Some(Edit { range, old, new })
    });
    remark.fix =
        edits.collect::<Option<_>>().map(|edits| Fix { title: title.fill(lang, &[("new", &new)]), edits });
}

/// The words that the rules of a file need in v1: all of them, since half of them would be refused as well.
fn as_v1(text: &str, module: &Module) -> Option<Edits> {
    let mut edits = Vec::new();
    for placed in &module.statements {
        let StatementKind::Rule(rule) = &placed.statement.kind else { continue };
        let own = text.get(placed.range())?;
        let moved = |(range, new): (Range<usize>, String)| {
            (placed.start + range.start..placed.start + range.end, new)
        };
        edits.extend(rule_as_v1(own, rule)?.into_iter().map(moved));
    }
    Some(edits)
}

fn rule_as_v1(text: &str, rule: &Rule) -> Option<Edits> {
    let mut edits = Vec::new();
    if rule.head.kind == RuleKind::PartialSet && !rule.head.contains {
        edits.extend(set_word(text, &rule.head)?);
    }
    let first = rule.bodies.first().filter(|body| body.if_span.is_none());
    let branches = rule.branches.iter().filter_map(|branch| branch.body.as_ref());
    for body in first.into_iter().chain(branches.filter(|body| body.if_span.is_none())) {
        edits.push(body_word(text, &body.body)?);
    }
    Some(edits)
}

/// `if` before a body in braces.
pub(super) fn body_word(text: &str, body: &Body) -> Option<(Range<usize>, String)> {
    let at = body.span.start as usize;
    let before = text.get(..at)?;
    let gap = if before.ends_with(char::is_whitespace) { "" } else { " " };
    text.get(at..)?.starts_with('{').then(|| (at..at, format!("{gap}if ")))
}

/// `p[x]` as `p contains x`.
pub(super) fn set_word(text: &str, head: &Head) -> Option<Edits> {
    let key = head.key.as_ref()?.span.at(0);
    let lead = head.parts.last().map_or(head.name_span.end, |part| part.span.end) as usize;
    let (open, close) = (text.get(lead..key.start)?, text.get(key.end..)?);
    let end = key.end + close.len() - close.trim_start().strip_prefix(']')?.len();
    (open.trim() == "[")
        .then(|| vec![(lead..key.start, " contains ".to_owned()), (key.end..end, String::new())])
}
