//! Conditions that always hold, or never: constants, sets and comprehensions (a set is true even when it is empty), calls
//! whose answer nobody looks at (0 and "" are true), and conditions that exclude each other.

use super::view::{View, is_comprehension, is_constant};
use super::{Finding, Lint};
use crate::core::rego::ast::{Body, Literal, LiteralKind, Operator, Term, TermKind};
use crate::strings::T;

pub(super) fn look(view: &View<'_>, found: &mut Vec<Finding>) {
    for (body, literal) in view.conditions() {
        if literal.not.is_some() || !literal.with.is_empty() {
            continue;
        }
        if let LiteralKind::Expr(term) = &literal.kind {
            found.extend(constant(view, body, term).or_else(|| unassigned(view, term)));
        }
    }
    view.bodies.iter().for_each(|body| contradictions(view, body, found));
}

/// A condition that is the same whatever the input is.
fn constant(view: &View<'_>, body: &Body, term: &Term) -> Option<Finding> {
    let finding = |says| {
        let what = view.of(term.span).to_owned();
        Some(Finding::at(Lint::ConstantCondition, term.span, vec![("what", what)]).saying(says))
    };
    match &term.bare().kind {
        TermKind::Bool(false) => finding(T::LintNeverHolds),
        // `p if true` is a way to write `p := true`.
        TermKind::Bool(true) if body.literals.len() == 1 => None,
        TermKind::Binary(operator, sides) if is_comparison(*operator) => {
            (is_constant(&sides.0) && is_constant(&sides.1)).then(|| finding(T::LintSameAlways))?
        }
        _ if is_constant(term) || is_comprehension(term) => finding(T::LintAlwaysHolds),
        TermKind::Var(_) if is_collection(view, term) => {
            let new = format!("count({}) > 0", view.of(term.span));
            finding(T::LintSetHolds).map(|finding| finding.writing(term.span.at(0), new))
        }
        _ => None,
    }
}

/// A name that stands for a set or an object which is there even when it is empty: a rule, or a comprehension.
pub(super) fn is_collection(view: &View<'_>, term: &Term) -> bool {
    let TermKind::Var(name) = &term.bare().kind else { return false };
    let span = term.bare().span;
    if view.is_local(span) {
        return view.assigned(span).is_some_and(is_comprehension);
    }
    view.around.rules.get(name.as_str()) == Some(&true) && !view.around.imports.contains(name.as_str())
}

/// A call as a condition whose answer is not a boolean: it holds for 0, "" and null.
fn unassigned(view: &View<'_>, term: &Term) -> Option<Finding> {
    let what = |name: &str| vec![("what", name.to_owned())];
    match &term.bare().kind {
        TermKind::Call(function, args) => {
            let (name, result) = view.result(function)?;
            // With one argument more the answer is taken, or compared.
            // What fails for other values is a question about the value.
            let asks = name == "to_number"
                || name.starts_with("cast_")
                || ["parse", "decode", "unmarshal", "verify", "find"].iter().any(|part| name.contains(part));
            let takes_answer = crate::core::rego::names::arity(name) != Some(args.len());
            if asks
                || takes_answer
                || matches!(result, "boolean" | "any" | "(...)")
                || matches!(name, "print" | "walk")
            {
                return None;
            }
            let finding = Finding::at(Lint::UnassignedReturnValue, term.span, what(name));
            Some(match name {
                "count" => finding.writing(term.span.at(0), format!("{} > 0", view.of(term.bare().span))),
                _ => finding,
            })
        }
        TermKind::Binary(operator, _) if !is_comparison(*operator) => {
            Some(Finding::at(Lint::UnassignedReturnValue, term.span, what(view.of(term.span))))
        }
        _ => None,
    }
}

pub(super) fn is_comparison(operator: Operator) -> bool {
    operator.precedence() == 2
}

/// A constant that can be compared.
#[derive(Debug, Clone, PartialEq)]
enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(f64),
    String(&'a str),
}

fn scalar<'a>(view: &View<'a>, term: &'a Term) -> Option<Scalar<'a>> {
    match &term.bare().kind {
        TermKind::Null => Some(Scalar::Null),
        TermKind::Bool(value) => Some(Scalar::Bool(*value)),
        // Larger whole numbers may be different and read the same.
        TermKind::Number => {
            let number: f64 = view.of(term.bare().span).parse().ok()?;
            (number.abs() < 9e15).then_some(Scalar::Number(number))
        }
        TermKind::String(text) => Some(Scalar::String(text)),
        _ => None,
    }
}

/// `left operator value`
struct Fact<'a> {
    key: &'a str,
    operator: Operator,
    value: Scalar<'a>,
}

fn fact<'a>(view: &View<'a>, literal: &'a Literal) -> Option<Fact<'a>> {
    let (operator, left, right) = match &literal.kind {
        LiteralKind::Expr(term) => match &term.bare().kind {
            TermKind::Binary(operator, sides) if is_comparison(*operator) => (*operator, &sides.0, &sides.1),
            _ => return None,
        },
        LiteralKind::Bind { left, right, .. } => (Operator::Equal, left, right),
        _ => return None,
    };
    let (key, operator, value) = match (scalar(view, left), scalar(view, right)) {
        (None, Some(value)) => (left, operator, value),
        (Some(value), None) => (right, mirrored(operator), value),
        _ => return None,
    };
    view.is_stable(key).then(|| Fact { key: view.of(key.bare().span), operator, value })
}

/// The operator with its sides exchanged.
fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessEqual => Operator::GreaterEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterEqual => Operator::LessEqual,
        same => same,
    }
}

/// Whether no value fulfils both.
fn exclude(one: &Fact<'_>, other: &Fact<'_>) -> bool {
    use Operator::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    match (one.operator, other.operator) {
        (Equal, Equal) => one.value != other.value,
        (Equal, NotEqual) | (NotEqual, Equal) => one.value == other.value,
        (NotEqual, _) | (_, NotEqual) => false,
        _ => {
            let (Scalar::Number(a), Scalar::Number(b)) = (&one.value, &other.value) else { return false };
            // What is below and what is above.
            let above = |operator| matches!(operator, Greater | GreaterEqual | Equal);
            let below = |operator| matches!(operator, Less | LessEqual | Equal);
            let strict = matches!(one.operator, Greater | Less) || matches!(other.operator, Greater | Less);
            let empty = |low: f64, high: f64| low > high || (strict && low == high);
            (above(one.operator) && below(other.operator) && empty(*a, *b))
                || (below(one.operator) && above(other.operator) && empty(*b, *a))
        }
    }
}

/// Statements of one body of which at most one can hold.
fn contradictions(view: &View<'_>, body: &Body, found: &mut Vec<Finding>) {
    let plain = || body.literals.iter().filter(|literal| literal.with.is_empty());
    let mut facts: Vec<Fact<'_>> = Vec::new();
    for literal in plain().filter(|literal| literal.not.is_none()) {
        let Some(new) = fact(view, literal) else { continue };
        if let Some(before) = facts.iter().find(|before| before.key == new.key && exclude(before, &new)) {
            let values = vec![("what", before.key.to_owned())];
            found.push(Finding::at(Lint::NeverTrue, literal.span, values));
        }
        facts.push(new);
    }
    let expression = |literal: &Literal| match &literal.kind {
        LiteralKind::Expr(term) => Some(term.span),
        _ => None,
    };
    let stable = |literal: &&Literal| match &literal.kind {
        LiteralKind::Expr(term) => match &term.bare().kind {
            TermKind::Binary(_, sides) => view.is_stable(&sides.0) && view.is_stable(&sides.1),
            _ => view.is_stable(term),
        },
        _ => false,
    };
    for negated in plain().filter(|literal| literal.not.is_some()).filter(stable) {
        let Some(what) = expression(negated).map(|span| view.of(span)) else { continue };
        let same = |literal: &Literal| expression(literal).is_some_and(|span| view.of(span) == what);
        if plain().any(|literal| literal.not.is_none() && same(literal)) {
            found.push(Finding::at(Lint::NeverTrue, negated.span, vec![("what", what.to_owned())]));
        }
    }
}
