//! `not`: over what is always there, and over what may be missing.
//!
//! Before `future.keywords.not`, OPA evaluates the arguments of a negated call outside of the negation: where one of them
//! is undefined the whole statement is, and `not startswith(input.x, "a")` does not hold for an object without `x`.

use super::conditions::is_collection;
use super::view::{View, is_comprehension, is_constant};
use super::{Finding, Lint};
use crate::core::manifest::schema::{Reached, Step};
use crate::core::rego::ast::{Literal, LiteralKind, Operator, RefPartKind, Term, TermKind};
use crate::core::rego::walk::{self, Node};

/// Fields that the API server gives every object, or refuses it without.
const ALWAYS_THERE: &[&str] = &[
    "apiVersion",
    "containers",
    "image",
    "kind",
    "metadata",
    "name",
    "namespace",
    "object",
    "operation",
    "request",
    "review",
    "spec",
    "userInfo",
    "username",
];

pub(super) fn look(view: &View<'_>, found: &mut Vec<Finding>) {
    for (_, literal) in view.conditions() {
        if literal.not.is_none() || !literal.with.is_empty() {
            continue;
        }
        let LiteralKind::Expr(term) = &literal.kind else { continue };
        if let Some(finding) = impossible(view, literal, term) {
            found.push(finding);
        } else if !view.dialect.improved_not {
            let mut operands = Vec::new();
            outside(term, true, &mut operands);
            let missing = operands.into_iter().find(|operand| may_be_missing(view, literal, operand));
            found.extend(missing.map(|operand| {
                let path = view.of(operand.span).to_owned();
                Finding::at(Lint::NotUndefinedArgument, operand.span, vec![("path", path)])
            }));
        }
    }
}

/// `not` over what is never undefined or false.
fn impossible(view: &View<'_>, literal: &Literal, term: &Term) -> Option<Finding> {
    let what = || vec![("what", view.of(term.span).to_owned())];
    let finding = || Finding::at(Lint::ImpossibleNot, literal.span, what());
    let empty = |text: &str| finding().writing(literal.span.at(0), format!("{text} == 0"));
    match &term.bare().kind {
        TermKind::Bool(_) => None,
        _ if is_comprehension(term) || is_constant(term) => Some(finding()),
        TermKind::Var(_) if is_collection(view, term) => {
            Some(empty(&format!("count({})", view.of(term.bare().span))))
        }
        TermKind::Call(function, args) if view.builtin(function) == Some("count") && args.len() == 1 => {
            Some(empty(view.of(term.bare().span)))
        }
        _ => None,
    }
}

/// What OPA evaluates in front of a negated expression: the arguments of its calls and operators.
fn outside<'a>(term: &'a Term, top: bool, operands: &mut Vec<&'a Term>) {
    let term = term.bare();
    match &term.kind {
        TermKind::Ref(_, parts) => {
            for part in parts {
                if let RefPartKind::Index(index) = &part.kind {
                    outside(index, false, operands);
                }
            }
            if !top {
                operands.push(term);
            }
        }
        TermKind::Call(_, args) => args.iter().for_each(|arg| outside(arg, false, operands)),
        // Both sides of `==` stay inside if they are references.
        TermKind::Binary(operator, sides) => {
            let stays = *operator == Operator::Equal && top;
            outside(&sides.0, stays, operands);
            outside(&sides.1, stays, operands);
        }
        TermKind::In(membership) => {
            outside(&membership.value, false, operands);
            outside(&membership.collection, false, operands);
        }
        _ => {}
    }
}

/// A field that Kubernetes knows and that an object need not have, unless the rule needs it anyway.
fn may_be_missing(view: &View<'_>, negated: &Literal, operand: &Term) -> bool {
    let TermKind::Ref(_, parts) = &operand.kind else { return false };
    let always = |name: &str| ALWAYS_THERE.contains(&name);
    if parts.iter().all(|part| part.constant().is_some_and(always)) {
        return false;
    }
    let fields = |path: &[Step<'_>]| {
        let path = super::input::object_path(path)?;
        match view.around.schemas.follow(&[], path) {
            Some(Reached::Known { .. }) if path.len() > 1 => Some(()),
            _ => None,
        }
    };
    view.input_path(operand).is_some_and(|path| fields(&path).is_some()) && !is_needed(view, negated, operand)
}

/// Whether another statement of the rule needs the field to be there.
fn is_needed(view: &View<'_>, negated: &Literal, operand: &Term) -> bool {
    let path = view.of(operand.span);
    let mut needed = false;
    let inside = |span: crate::core::rego::ast::Span| {
        view.conditions()
            .iter()
            .filter(|(_, literal)| literal.not.is_some() || literal.span == negated.span)
            .any(|(_, literal)| literal.span.start <= span.start && span.end <= literal.span.end)
    };
    walk::rule(view.rule, &mut |node| {
        if let Node::Term(term) = node
            && let Some(rest) = view.of(term.span).strip_prefix(path)
            && matches!(term.kind, TermKind::Ref(..))
        {
            needed |= (rest.is_empty() || rest.starts_with(['.', '['])) && !inside(term.span);
        }
    });
    needed
}
