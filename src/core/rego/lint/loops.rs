//! Loops: `!=` that holds for any other element, variables that only say "any", and tests of what is read anyway.

use std::collections::HashMap;

use super::view::View;
use super::{Finding, Lint};
use crate::core::rego::ast::{LiteralKind, Operator, RefPartKind, Span, Term, TermKind};
use crate::core::rego::walk::{self, Node};

pub(super) fn look(view: &View<'_>, found: &mut Vec<Finding>) {
    not_equals(view, found);
    unused_outputs(view, found);
    redundant_checks(view, found);
}

/// How many `_` a reference loops over, and whether one is its last part.
fn wildcards(term: &Term) -> (usize, bool) {
    let TermKind::Ref(_, parts) = &term.bare().kind else { return (0, false) };
    let is_wildcard = |kind: &RefPartKind| match kind {
        RefPartKind::Index(Term { kind: TermKind::Var(name), .. }) => name == "_",
        _ => false,
    };
    let count = parts.iter().filter(|part| is_wildcard(&part.kind)).count();
    (count, parts.last().is_some_and(|part| is_wildcard(&part.kind)))
}

/// `xs[_] != x` holds as soon as one element is another one; `not x in xs` is what people mean.
fn not_equals(view: &View<'_>, found: &mut Vec<Finding>) {
    for (_, literal) in view.conditions() {
        let LiteralKind::Expr(term) = &literal.kind else { continue };
        let TermKind::Binary(Operator::NotEqual, sides) = &term.bare().kind else { continue };
        let (looped, other) = match (wildcards(&sides.0), wildcards(&sides.1)) {
            ((0, _), (0, _)) => continue,
            ((0, _), _) => (&sides.1, &sides.0),
            _ => (&sides.0, &sides.1),
        };
        let mut values = vec![("loop", view.of(looped.span).to_owned())];
        let collection = collection(view, looped);
        let new = collection.map(|xs| format!("not {} in {xs}", view.of(other.span)));
        values.push(("better", new.clone().unwrap_or_else(|| "not x in xs".to_owned())));
        let mut finding = Finding::at(Lint::NotEqualsInLoop, literal.span, values);
        let simple = matches!(
            other.kind,
            TermKind::Var(_)
                | TermKind::Ref(..)
                | TermKind::String(_)
                | TermKind::Number
                | TermKind::Call(..)
        );
        // A negated statement binds nothing.
        let fixable = view.dialect.word_in
            && literal.not.is_none()
            && simple
            && !binds(view, looped)
            && !binds(view, other);
        if let Some(new) = new.filter(|_| fixable && wildcards(other).0 == 0) {
            finding = finding.writing(term.span.at(0), new);
        }
        found.push(finding);
    }
}

/// The text of `xs` in `xs[_]`, if that is the only loop.
fn collection<'a>(view: &View<'a>, looped: &Term) -> Option<&'a str> {
    let (1, true) = wildcards(looped) else { return None };
    let TermKind::Ref(head, parts) = &looped.bare().kind else { return None };
    let last = parts.last()?;
    view.text.get(head.span.start as usize..last.span.start as usize)
}

/// Whether a variable in an index may get its value here.
fn binds(view: &View<'_>, term: &Term) -> bool {
    let TermKind::Ref(_, parts) = &term.bare().kind else { return false };
    parts.iter().any(|part| match &part.kind {
        RefPartKind::Index(index) => match &index.bare().kind {
            TermKind::Var(name) => name != "_" && !view.is_local(index.span) && !view.is_known(name),
            TermKind::String(_) | TermKind::Number => false,
            _ => true,
        },
        RefPartKind::Dot(_) => false,
    })
}

/// Variables of an index that stand nowhere else.
fn unused_outputs(view: &View<'_>, found: &mut Vec<Finding>) {
    let mut uses: HashMap<&str, (usize, Span)> = HashMap::new();
    for name in view.names.iter().filter(|name| name.local.is_none()) {
        let (count, _) = uses.entry(name.text).or_insert((0, name.span));
        *count += 1;
    }
    let mut indices = Vec::new();
    walk::rule(view.rule, &mut |node| {
        if let Node::Term(Term { kind: TermKind::Ref(_, parts), .. }) = node {
            indices.extend(parts.iter().filter_map(|part| match &part.kind {
                RefPartKind::Index(Term { kind: TermKind::Var(name), span }) => Some((name.as_str(), *span)),
                _ => None,
            }));
        }
    });
    for (name, span) in indices {
        let once = uses.get(name).is_some_and(|(count, at)| *count == 1 && *at == span);
        if once && !matches!(name, "_" | "input" | "data") && !view.is_known(name) {
            let finding = Finding::at(Lint::UnusedOutputVariable, span, vec![("name", name.to_owned())]);
            found.push(finding.writing(span.at(0), "_"));
        }
    }
}

/// `input.x` as a statement of its own, before a statement that is undefined without it.
fn redundant_checks(view: &View<'_>, found: &mut Vec<Finding>) {
    for body in &view.bodies {
        for (at, literal) in body.literals.iter().enumerate() {
            let LiteralKind::Expr(check) = &literal.kind else { continue };
            let plain = literal.not.is_none() && literal.with.is_empty();
            if !plain
                || !matches!(check.kind, TermKind::Ref(..))
                || wildcards(check).0 > 0
                || binds(view, check)
            {
                continue;
            }
            let what = view.of(check.span);
            // A builtin for other values than booleans: it does not hold for `false` either.
            let mut later = body.literals.iter().skip(at + 1);
            let needed = later.any(|next| {
                let LiteralKind::Expr(Term { kind: TermKind::Call(function, args), .. }) = &next.kind else {
                    return false;
                };
                let takes_text = matches!(
                    view.builtin(function),
                    Some("startswith" | "endswith" | "contains" | "regex.match" | "re_match" | "glob.match")
                );
                let first = args.iter().any(|arg| view.of(arg.span) == what);
                next.not.is_none() && next.with.is_empty() && takes_text && first
            });
            if needed {
                found.push(Finding::at(
                    Lint::RedundantExistenceCheck,
                    check.span,
                    vec![("what", what.to_owned())],
                ));
            }
        }
    }
}
