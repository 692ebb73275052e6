//! What Gatekeeper does not do: it asks `violation` alone, and wants objects with a `msg`.

use super::{Finding, Lint, Source};
use crate::core::rego::ast::{Literal, LiteralKind, Rule, RuleKind, StatementKind, Term, TermKind};
use crate::core::rego::walk::{self, Node};

/// The advice on a file of a template: one whose package reads `input.review`.
pub(super) fn of_file(sources: &[Source<'_>], packages: &[&[String]], file: usize) -> Vec<Finding> {
    let (Some(source), Some(package)) = (sources.get(file), packages.get(file)) else { return Vec::new() };
    let together =
        || sources.iter().zip(packages).filter(|(_, other)| *other == package).map(|(source, _)| source);
    if super::is_test(source.name, package)
        || !together().any(|source| source.template || reads_review(source))
    {
        return Vec::new();
    }
    let asked = together().flat_map(rules).any(|(_, rule)| rule.head.name == "violation");
    let mut found = Vec::new();
    for (base, rule) in rules(source) {
        let at = rule.head.name_span.at(base);
        match rule.head.name.as_str() {
            "deny" if !asked => found.push(Finding::new(Lint::DenyInTemplate, at, vec![])),
            "violation" if rule.head.kind == RuleKind::PartialSet => {
                if let Some(key) = rule.head.key.as_ref().filter(|key| lacks_msg(rule, key)) {
                    found.push(Finding::new(Lint::ViolationWithoutMsg, key.span.at(base), vec![]));
                }
            }
            _ => {}
        }
    }
    found
}

fn rules<'a>(source: &Source<'a>) -> impl Iterator<Item = (usize, &'a Rule)> {
    source.module.statements.iter().filter_map(|placed| match &placed.statement.kind {
        StatementKind::Rule(rule) => Some((placed.start, rule.as_ref())),
        _ => None,
    })
}

fn reads_review(source: &Source<'_>) -> bool {
    let mut reads = false;
    for (_, rule) in rules(source) {
        walk::rule(rule, &mut |node| {
            if let Node::Term(Term { kind: TermKind::Ref(head, parts), .. }) = node {
                let is_input = matches!(&head.kind, TermKind::Var(name) if name == "input");
                reads |= is_input && parts.first().and_then(|part| part.constant()) == Some("review");
            }
        });
    }
    reads
}

/// An element that is a text, or an object without `msg`, for certain.
fn lacks_msg(rule: &Rule, key: &Term) -> bool {
    match &key.bare().kind {
        TermKind::Object(pairs) => {
            let named = |pair: &(Term, Term), name| matches!(&pair.0.bare().kind, TermKind::String(text) if text == name);
            let constant = |pair: &(Term, Term)| matches!(pair.0.bare().kind, TermKind::String(_));
            pairs.iter().all(constant) && !pairs.iter().any(|pair| named(pair, "msg"))
        }
        TermKind::String(_) | TermKind::Template(_) => true,
        TermKind::Call(function, _) => is_sprintf(function),
        TermKind::Var(name) => rule.bodies.iter().flat_map(|body| &body.body.literals).any(|literal| {
            let Literal { kind: LiteralKind::Bind { left, right, .. }, .. } = literal else { return false };
            let bound = matches!(&left.bare().kind, TermKind::Var(left) if left == name);
            bound
                && match &right.bare().kind {
                    TermKind::String(_) | TermKind::Template(_) => true,
                    TermKind::Call(function, _) => is_sprintf(function),
                    _ => false,
                }
        }),
        _ => false,
    }
}

fn is_sprintf(function: &Term) -> bool {
    matches!(&function.kind, TermKind::Var(name) if name == "sprintf" || name == "concat")
}
