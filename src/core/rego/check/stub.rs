//! A file without what its rules say: what is wrong in it cannot hide what is wrong in others.

use std::sync::Arc;

use crate::core::rego::ast::{
    Head, Module, Placed, RefPart, RefPartKind, Rule, RuleKind, Span, Statement, StatementKind, Term,
    TermKind,
};

/// The package and the rules of a file, with their names and arguments. What they are is anything.
#[must_use]
pub fn stub(module: &Module) -> Module {
    let statements = module.statements.iter().filter_map(|placed| {
        let kind = match &placed.statement.kind {
            StatementKind::Rule(rule) if rule.default => placed.statement.kind.clone(),
            StatementKind::Rule(rule) => StatementKind::Rule(Box::new(any(rule))),
            StatementKind::Package(package) => StatementKind::Package(package.clone()),
            _ => return None,
        };
        let statement = Statement { kind, ..(*placed.statement).clone() };
        Some(Placed { start: placed.start, statement: Arc::new(statement) })
    });
    Module { statements: statements.collect() }
}

fn any(rule: &Rule) -> Rule {
    let head = &rule.head;
    let input = |span: Span| Term { span, kind: TermKind::Var("input".to_owned()) };
    let part = |part: &RefPart| match part.constant() {
        Some(_) => part.clone(),
        None => RefPart { span: part.span, kind: RefPartKind::Index(input(part.span)) },
    };
    let set = head.kind == RuleKind::PartialSet;
    let args = head.args.as_ref().map(|args| args.iter().enumerate());
    let argument =
        |(nth, arg): (usize, &Term)| Term { span: arg.span, kind: TermKind::Var(format!("arg{nth}")) };
    let head = Head {
        parts: head.parts.iter().map(part).collect(),
        args: args.map(|args| args.map(argument).collect()),
        key: set.then(|| input(head.span)),
        value: (!set).then(|| input(head.span)),
        assign: true,
        contains: set,
        ..head.clone()
    };
    Rule { default: false, head, bodies: Vec::new(), branches: Vec::new() }
}
