//! Every statement and term inside a rule, in the order of the text.

use super::ast::{
    Body, Literal, LiteralKind, Membership, RefPart, RefPartKind, Rule, TemplatePart, Term, TermKind,
};

/// A part of a rule.
#[derive(Debug, Clone, Copy)]
pub enum Node<'a> {
    /// A statement of a body.
    Literal(&'a Literal),
    /// A term; its parts follow.
    Term(&'a Term),
}

/// Shows every statement and term of a rule to `see`, the outer ones first.
pub fn rule<'a>(rule: &'a Rule, see: &mut dyn FnMut(Node<'a>)) {
    let head = &rule.head;
    parts(&head.parts, see);
    head.args.iter().flatten().chain(&head.key).chain(&head.value).for_each(|t| term(t, see));
    rule.bodies.iter().for_each(|b| body(&b.body, see));
    for branch in &rule.branches {
        branch.value.iter().for_each(|t| term(t, see));
        branch.body.iter().for_each(|b| body(&b.body, see));
    }
}

/// Shows every statement and term of a body.
pub fn body<'a>(body: &'a Body, see: &mut dyn FnMut(Node<'a>)) {
    body.literals.iter().for_each(|l| literal(l, see));
}

/// Shows a statement and everything in it.
pub fn literal<'a>(literal_: &'a Literal, see: &mut dyn FnMut(Node<'a>)) {
    see(Node::Literal(literal_));
    match &literal_.kind {
        LiteralKind::Expr(t) => term(t, see),
        LiteralKind::Bind { left, right, .. } => {
            term(left, see);
            term(right, see);
        }
        LiteralKind::Some(_) => {}
        LiteralKind::SomeIn(m) => membership(m, see),
        LiteralKind::Every(m, b) => {
            membership(m, see);
            body(b, see);
        }
        LiteralKind::Body(b) => body(b, see),
        LiteralKind::Group(inner) => literal(inner, see),
        LiteralKind::Logic { left, right, .. } => {
            literal(left, see);
            literal(right, see);
        }
    }
    for with in &literal_.with {
        term(&with.target, see);
        term(&with.value, see);
    }
}

fn membership<'a>(m: &'a Membership, see: &mut dyn FnMut(Node<'a>)) {
    m.key.iter().chain([&m.value, &m.collection]).for_each(|t| term(t, see));
}

fn parts<'a>(parts: &'a [RefPart], see: &mut dyn FnMut(Node<'a>)) {
    for part in parts {
        if let RefPartKind::Index(index) = &part.kind {
            term(index, see);
        }
    }
}

/// Shows a term and everything in it.
pub fn term<'a>(t: &'a Term, see: &mut dyn FnMut(Node<'a>)) {
    see(Node::Term(t));
    match &t.kind {
        TermKind::Null | TermKind::Bool(_) | TermKind::Number | TermKind::String(_) | TermKind::Var(_) => {}
        TermKind::Template(pieces) => {
            for piece in pieces {
                if let TemplatePart::Hole(_, inner) = piece {
                    literal(inner, see);
                }
            }
        }
        TermKind::Ref(head, path) => {
            term(head, see);
            parts(path, see);
        }
        TermKind::Call(function, arguments) => {
            term(function, see);
            arguments.iter().for_each(|a| term(a, see));
        }
        TermKind::Binary(_, sides) => {
            term(&sides.0, see);
            term(&sides.1, see);
        }
        TermKind::In(m) => membership(m, see),
        TermKind::Minus(inner) | TermKind::Paren(inner) => term(inner, see),
        TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|i| term(i, see)),
        TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
            term(key, see);
            term(value, see);
        }),
        TermKind::ArrayCompr(head, b) | TermKind::SetCompr(head, b) => {
            term(head, see);
            body(b, see);
        }
        TermKind::ObjectCompr(pair, b) => {
            term(&pair.0, see);
            term(&pair.1, see);
            body(b, see);
        }
    }
}
