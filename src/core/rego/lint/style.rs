//! How rules are written: `=` in heads, names of builtins, names in camel case, the words of v1.

use std::collections::HashSet;

use super::repair::{body_word, set_word};
use super::view::View;
use super::{Finding, Lint};
use crate::core::rego::ast::{RuleKind, Span, Term};
use crate::core::rego::names::{builtin, builtins};

pub(super) fn look(view: &View<'_>, found: &mut Vec<Finding>) {
    assignments(view, found);
    names(view, found);
    words(view, found);
}

/// `p = 1` where `p := 1` is meant.
fn assignments(view: &View<'_>, found: &mut Vec<Finding>) {
    let head = &view.rule.head;
    let mut unify = |from: u32, value: &Term| {
        let between = Span { start: from, end: value.span.start };
        let written = view.of(between).trim_end_matches(['(', ' ', '\t']);
        let Some(at) = written.strip_suffix('=').map(str::len) else { return };
        if !written.ends_with(":=") {
            let start = from as usize + at;
            found.push(
                Finding::new(Lint::UseAssignmentOperator, start..start + 1, vec![])
                    .writing(start..start + 1, ":="),
            );
        }
    };
    let is_partial = matches!(head.kind, RuleKind::PartialSet | RuleKind::PartialObject);
    if let Some(value) = head.value.as_ref().filter(|_| !head.assign && !is_partial) {
        unify(head.name_span.end, value);
    }
    for branch in &view.rule.branches {
        if let Some(value) = &branch.value {
            unify(branch.span.start, value);
        }
    }
}

fn names(view: &View<'_>, found: &mut Vec<Finding>) {
    let head = &view.rule.head;
    let name = |name: &str| vec![("name", name.to_owned())];
    // `and` and `or` are words of the language first.
    let builtin = |name: &str| builtin(name).filter(|name| !matches!(*name, "and" | "or"));
    let namespace = |name: &str| {
        builtins().any(|known| known.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    };
    if builtin(&head.name).is_some() || namespace(&head.name) {
        found.push(Finding::at(Lint::RuleShadowsBuiltin, head.name_span, name(&head.name)));
    } else if is_camel(&head.name) {
        found.push(Finding::at(Lint::PreferSnakeCase, head.name_span, name(&head.name)));
    }
    let mut seen = HashSet::new();
    for used in &view.names {
        let Some(local) = used.local.filter(|local| local.declared == used.span) else { continue };
        if !seen.insert(local.id) {
            continue;
        }
        if builtin(used.text).is_some() || namespace(used.text) {
            found.push(Finding::at(Lint::VarShadowsBuiltin, used.span, name(used.text)));
        } else if is_camel(used.text) {
            found.push(Finding::at(Lint::PreferSnakeCase, used.span, name(used.text)));
        }
    }
}

fn is_camel(name: &str) -> bool {
    name.chars().any(char::is_uppercase) && name.chars().any(char::is_lowercase)
}

/// Where v1's words are imported and not used.
fn words(view: &View<'_>, found: &mut Vec<Finding>) {
    if view.dialect.v1 {
        return;
    }
    let head = &view.rule.head;
    if view.dialect.word_if
        && let Some(body) = view.rule.bodies.first()
        && body.if_span.is_none()
    {
        let finding = Finding::at(Lint::UseIf, head.name_span, vec![]);
        found.push(match body_word(view.text, &body.body) {
            Some((range, new)) => finding.writing(range, new),
            None => finding,
        });
    }
    if view.dialect.word_contains && head.kind == RuleKind::PartialSet && !head.contains {
        let mut finding = Finding::at(Lint::UseContains, head.name_span, vec![]);
        if let Some(edits) = set_word(view.text, head) {
            finding = finding.writing(0..0, " contains ");
            if let Some(plan) = &mut finding.fix {
                plan.new = "contains".to_owned();
                plan.edits = edits;
            }
        }
        found.push(finding);
    }
}
