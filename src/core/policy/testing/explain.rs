//! Where a test failed. Of a body that does not hold, one statement is the first that does not; it is found by asking for
//! every beginning of the body. Then its parts are asked for, each behind the statements before it.

use super::cases::Written;
use super::discover::TestHead;
use crate::core::rego::ast::{Literal, LiteralKind, Span, Term, TermKind};

/// What is asked to explain one case of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions {
    /// The rules, as text.
    pub rules: String,
    /// For each statement: the rule that holds if the body up to it does, its place in the definition, and its parts with the
    /// rules that hold their values.
    pub steps: Vec<StepOf>,
}

/// A statement of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepOf {
    pub reached: String,
    pub span: Span,
    pub parts: Vec<(Span, String)>,
}

/// The questions about one case (`case`: its keys; empty for a test without). `prefix` is the beginning of all names. `None` if
/// the rule has no body, or other branches too.
#[must_use]
pub fn questions(written: &Written<'_>, test: &TestHead, case: &[String], prefix: &str) -> Option<Questions> {
    let body = &written.rule.bodies.first()?.body;
    let keys: Vec<String> = written.keys(test).into_iter().take(case.len()).collect();
    let bound = written.bound_after(test, body);
    let mut front: Vec<String> = Vec::new();
    let only: Vec<String> = keys
        .iter()
        .zip(case)
        .map(|(key, value)| {
            format!("sprintf(\"%v\", [{key}]) == {}", serde_json::Value::from(value.as_str()))
        })
        .collect();
    let mut asked = Questions { rules: String::new(), steps: Vec::new() };
    for (at, literal) in body.literals.iter().enumerate() {
        if at == bound {
            front.extend(only.iter().cloned());
        }
        let with: String = literal.with.iter().map(|w| format!(" {}", w.span.of(written.text))).collect();
        let mut step = StepOf { reached: format!("{prefix}_{at}"), span: literal.span, parts: Vec::new() };
        for (nth, part) in parts(literal).into_iter().enumerate() {
            let name = format!("{prefix}_{at}_{nth}");
            let mut statements = front.clone();
            statements.push(format!("regoscope_part := {}{with}", part.span.of(written.text)));
            asked.rules += &written.set_rule(&name, "regoscope_part", &statements);
            step.parts.push((part.span, name));
        }
        front.push(literal.span.of(written.text).to_owned());
        let mut whole = front.clone();
        if at < bound && at + 1 == bound {
            whole.extend(only.iter().cloned());
        }
        asked.rules += &written.set_rule(&step.reached, "1", &whole);
        asked.steps.push(step);
    }
    Some(asked)
}

/// The parts of a statement that have values to show, in the order of the text.
fn parts(literal: &Literal) -> Vec<&Term> {
    match &literal.kind {
        LiteralKind::Expr(term) => parts_of(term),
        LiteralKind::Bind { assign: true, right, .. } => vec![right],
        LiteralKind::Bind { left, right, .. } => vec![left, right],
        LiteralKind::SomeIn(membership) | LiteralKind::Every(membership, _) => vec![&membership.collection],
        LiteralKind::Some(_) | LiteralKind::Body(_) | LiteralKind::Group(_) | LiteralKind::Logic { .. } => {
            Vec::new()
        }
    }
}

fn parts_of(term: &Term) -> Vec<&Term> {
    match &term.kind {
        TermKind::Binary(_, sides) => vec![&sides.0, &sides.1],
        TermKind::In(membership) => vec![&membership.value, &membership.collection],
        TermKind::Paren(inner) => parts_of(inner),
        TermKind::Call(_, args) if !args.is_empty() => {
            args.iter().filter(|arg| !is_constant(arg)).chain([term]).take(4).collect()
        }
        _ => vec![term],
    }
}

fn is_constant(term: &Term) -> bool {
    matches!(term.kind, TermKind::Null | TermKind::Bool(_) | TermKind::Number | TermKind::String(_))
}
