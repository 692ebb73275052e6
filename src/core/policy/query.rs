//! A query as `opa eval` takes it, made into a rule that the judge can ask, and its answers.
//!
//! OPA's form of an answer (`rego.rewriteQueryToCaptureValue`): one row for each solution. A row has the value of every
//! expression that is not a unification or a negation, `true` for the others, and what the query's variables are
//! bound to. Of several expressions, and where references iterate, those that are false leave no row; a single one
//! may be false.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::decision::answer::{Expression, Position, Row};
use crate::core::file::FileId;
use crate::core::rego::ast::{
    Literal, LiteralKind, Membership, RefPartKind, Span, StatementKind, TemplatePart, Term, TermKind,
};
use crate::core::rego::names;
use crate::core::rego::parser::{ParseOptions, Version, parse};

/// The package of the rule that is made of a query. Nobody's policies have this name.
pub const PACKAGE: &str = "regoscope_query";
/// The rule.
pub const RULE: &str = "answers";
/// The query as a file, where errors have to name one.
pub const FILE: FileId = FileId(u32::MAX);

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Query {
    /// Statements, as in the body of a rule.
    pub text: String,
    /// `input`; without it every reference to it is undefined.
    pub input: Option<Value>,
    /// Errors of builtins are errors, and not undefined.
    pub strict: bool,
}

/// A query as a module.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The module's text: package and one rule.
    pub text: String,
    expressions: Vec<(String, Position, Option<usize>)>,
    /// Where pieces of the query stand in the module, and where in the query.
    pieces: Vec<(usize, usize)>,
}

/// Why there is no module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// Bytes of the query.
    pub range: Range<usize>,
    /// OPA's code.
    pub code: String,
    /// What is wrong.
    pub message: String,
}

impl Prepared {
    /// Reads a query.
    ///
    /// # Errors
    /// It is none.
    pub fn new(query: &str, v0: bool) -> Result<Self, Misread> {
        let front = format!("package {PACKAGE}\n\n{RULE} {}{{\n", if v0 { "" } else { "if " });
        let whole = format!("{front}{query}\n}}\n");
        let version = if v0 { Version::V0 } else { Version::V1 };
        let parsed = parse(&whole, ParseOptions { version });
        let in_query = |range: Range<usize>| {
            let at = |byte: usize| byte.saturating_sub(front.len()).min(query.len());
            at(range.start)..at(range.end)
        };
        if let Some(first) = parsed.diagnostics(&whole).into_iter().next() {
            let Range { start, end } = in_query(first.range);
            return Err(Misread { range: start..end, code: first.code, message: first.message });
        }
        let misread = || Misread {
            range: 0..0,
            code: "rego_parse_error".to_owned(),
            message: "expected exactly one query".to_owned(),
        };
        // `if {}` has a value: an empty object.
        if query.trim().is_empty() {
            return Err(misread());
        }
        let [_, placed] = parsed.module.statements.as_slice() else { return Err(misread()) };
        let StatementKind::Rule(rule) = &placed.statement.kind else { return Err(misread()) };
        let [body] = rule.bodies.as_slice() else { return Err(misread()) };
        if !rule.branches.is_empty() || body.body.literals.is_empty() {
            return Err(misread());
        }
        let literals = &body.body.literals;
        let mut names = Names::default();
        literals.iter().for_each(|literal| names.literal(literal));
        if let Some(name) = names.unsafe_one() {
            return Err(Misread {
                range: in_query(names.place_of(name).at(placed.start)),
                code: "rego_unsafe_var_error".to_owned(),
                message: format!("var {name} is unsafe"),
            });
        }
        let several = literals.len() > 1 || literals.iter().any(iterates);
        let own = |span: Span| in_query(span.at(placed.start));
        let mut expressions = Vec::new();
        let mut captured = 0;
        // What goes into the query, and where.
        let mut inserts: Vec<(usize, String)> = Vec::new();
        for literal in literals.iter().filter(|literal| !matches!(literal.kind, LiteralKind::Some(_))) {
            let range = own(literal.span);
            let position = position(query, range.start);
            let mut number = None;
            if let (LiteralKind::Expr(term), None) = (&literal.kind, literal.not)
                && has_value(term, query.get(own(term.span)).unwrap_or_default())
            {
                let term = own(term.span);
                inserts.push((term.start, format!("{} := (", name(captured))));
                inserts.push((term.end, ")".to_owned()));
                number = Some(captured);
                captured += 1;
            }
            let text = query.get(range).unwrap_or_default().to_owned();
            expressions.push((text, position, number));
        }
        let values: Vec<String> = (0..captured).map(name).collect();
        let bindings: Vec<String> =
            names.all().map(|name| format!("{}: {name}", Value::from(name))).collect();
        let mut text = format!("package {PACKAGE}\n\n{RULE} ");
        text += if v0 { "= " } else { ":= " };
        text += &format!("[[[{}], {{{}}}] | ", values.join(", "), bindings.join(", "));
        let free: Vec<&str> = names.free().collect();
        if !free.is_empty() {
            text += &format!("some {}; ", free.join(", "));
        }
        text.push('\n');
        let mut pieces = Vec::new();
        let mut at = 0;
        for (byte, insert) in inserts {
            pieces.push((text.len(), at));
            text += query.get(at..byte).unwrap_or_default();
            text += &insert;
            at = byte;
        }
        pieces.push((text.len(), at));
        text += query.get(at..).unwrap_or_default();
        text.push('\n');
        if several {
            values.iter().for_each(|value| text += &format!("{value}\n"));
        }
        text += "]\n";
        Ok(Self { text, expressions, pieces })
    }

    /// The byte of the query that stands at a byte of the module.
    #[must_use]
    pub fn in_query(&self, byte: usize) -> usize {
        let piece = self.pieces.iter().rev().find(|(at, _)| *at <= byte);
        piece.map_or(0, |(at, query)| query + (byte - at))
    }

    /// The rows of the rule's value.
    #[must_use]
    pub fn rows(&self, value: Option<&Value>) -> Vec<Row> {
        let rows = value.and_then(Value::as_array).into_iter().flatten();
        rows.map(|row| {
            let expressions = self.expressions.iter().map(|(text, location, number)| Expression {
                value: match number {
                    Some(number) => row.pointer(&format!("/0/{number}")).cloned().unwrap_or_default(),
                    None => Value::Bool(true),
                },
                text: text.clone(),
                location: *location,
            });
            let bindings = row.pointer("/1").and_then(Value::as_object).cloned().unwrap_or_default();
            Row { expressions: expressions.collect(), bindings }
        })
        .collect()
    }
}

/// The line and character of a byte.
#[must_use]
pub fn position(text: &str, byte: usize) -> Position {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    Position { row: before.matches('\n').count() + 1, col: line.chars().count() + 1 }
}

/// The variable for the value of an expression.
fn name(number: usize) -> String {
    format!("{PACKAGE}_{number}")
}

/// Whether an expression has a value that OPA shows: `print` has none, nor has a builtin with its output given.
fn has_value(term: &Term, text: &str) -> bool {
    match &term.bare().kind {
        TermKind::Call(_, args) => {
            let name = text.split('(').next().unwrap_or_default().trim();
            name != "print" && names::arity(name).is_none_or(|arity| args.len() <= arity)
        }
        _ => true,
    }
}

/// OPA's `iteration`: a reference with a variable in it, or a relation, outside of comprehensions.
fn iterates(literal: &Literal) -> bool {
    let mut found = false;
    every_term(literal, &mut |term| match &term.kind {
        TermKind::Ref(_, parts) => {
            found |= parts.iter().any(|part| match &part.kind {
                RefPartKind::Index(index) => matches!(index.kind, TermKind::Var(_)),
                RefPartKind::Dot(_) => false,
            });
        }
        TermKind::Call(function, _) => {
            found |= matches!(&function.kind, TermKind::Var(name) if name == "walk");
        }
        _ => {}
    });
    found
}

/// The variables of a query: not those of its comprehensions and `every`.
#[derive(Default)]
struct Names {
    /// By `:=` or `some`.
    declared: BTreeSet<String>,
    used: BTreeMap<String, Span>,
    /// Where they stand, a value can come from: in brackets of a reference, beside `=`, as an output.
    bound: BTreeSet<String>,
}

impl Names {
    fn all(&self) -> impl Iterator<Item = &str> {
        self.declared
            .iter()
            .chain(self.used.keys().filter(|name| !self.declared.contains(*name)))
            .map(String::as_str)
    }

    /// Those that only occur.
    fn free(&self) -> impl Iterator<Item = &str> {
        self.used.keys().filter(|name| !self.declared.contains(*name)).map(String::as_str)
    }

    /// A variable that has a value from nowhere.
    fn unsafe_one(&self) -> Option<&str> {
        self.all().find(|name| !self.bound.contains(*name))
    }

    fn place_of(&self, name: &str) -> Span {
        self.used.get(name).copied().unwrap_or_default()
    }

    fn literal(&mut self, literal: &Literal) {
        match &literal.kind {
            LiteralKind::Some(names) => self.declared.extend(names.iter().map(|(name, _)| name.clone())),
            LiteralKind::SomeIn(membership) => {
                for pattern in membership.key.iter().chain([&membership.value]) {
                    pattern_names(pattern, &mut self.declared);
                    pattern_names(pattern, &mut self.bound);
                }
            }
            LiteralKind::Bind { assign: true, left, .. } => {
                pattern_names(left, &mut self.declared);
                pattern_names(left, &mut self.bound);
            }
            LiteralKind::Bind { assign: false, left, right } if literal.not.is_none() => {
                pattern_names(left, &mut self.bound);
                pattern_names(right, &mut self.bound);
            }
            LiteralKind::Expr(Term { kind: TermKind::Call(_, args), .. }) if literal.not.is_none() => {
                args.last().into_iter().for_each(|output| pattern_names(output, &mut self.bound));
            }
            _ => {}
        }
        // Under `not` every variable has to be bound elsewhere.
        if literal.not.is_none() {
            every_term(literal, &mut |term| {
                if let TermKind::Var(name) = &term.kind
                    && !matches!(name.as_str(), "_" | "input" | "data")
                {
                    self.used.entry(name.clone()).or_insert(term.span);
                }
                if let TermKind::Ref(_, parts) = &term.kind {
                    for part in parts {
                        if let RefPartKind::Index(index) = &part.kind {
                            pattern_names(index, &mut self.bound);
                        }
                    }
                }
            });
        }
    }
}

/// The variables of a pattern.
fn pattern_names(term: &Term, found: &mut BTreeSet<String>) {
    match &term.kind {
        TermKind::Var(name) if name != "_" => drop(found.insert(name.clone())),
        TermKind::Paren(inner) => pattern_names(inner, found),
        TermKind::Array(items) => items.iter().for_each(|item| pattern_names(item, found)),
        TermKind::Object(pairs) => pairs.iter().for_each(|(_, value)| pattern_names(value, found)),
        _ => {}
    }
}

/// Shows every term of a literal that is not in a body of its own.
fn every_term<'a>(literal: &'a Literal, see: &mut dyn FnMut(&'a Term)) {
    match &literal.kind {
        LiteralKind::Expr(term) => terms(term, see),
        LiteralKind::Bind { left, right, .. } => [left, right].into_iter().for_each(|side| terms(side, see)),
        LiteralKind::SomeIn(membership) => membership_terms(membership, see),
        LiteralKind::Every(membership, _) => terms(&membership.collection, see),
        LiteralKind::Group(inner) => every_term(inner, see),
        LiteralKind::Logic { left, right, .. } => {
            every_term(left, see);
            every_term(right, see);
        }
        LiteralKind::Some(_) | LiteralKind::Body(_) => {}
    }
    literal.with.iter().for_each(|with| terms(&with.value, see));
}

fn membership_terms<'a>(membership: &'a Membership, see: &mut dyn FnMut(&'a Term)) {
    membership
        .key
        .iter()
        .chain([&membership.value, &membership.collection])
        .for_each(|term| terms(term, see));
}

fn terms<'a>(term: &'a Term, see: &mut dyn FnMut(&'a Term)) {
    see(term);
    match &term.kind {
        TermKind::Ref(head, parts) => {
            terms(head, see);
            for part in parts {
                if let RefPartKind::Index(index) = &part.kind {
                    terms(index, see);
                }
            }
        }
        TermKind::Call(_, args) => args.iter().for_each(|arg| terms(arg, see)),
        TermKind::Binary(_, sides) => [&sides.0, &sides.1].into_iter().for_each(|side| terms(side, see)),
        TermKind::In(membership) => membership_terms(membership, see),
        TermKind::Minus(inner) | TermKind::Paren(inner) => terms(inner, see),
        TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|item| terms(item, see)),
        TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
            terms(key, see);
            terms(value, see);
        }),
        TermKind::Template(parts) => {
            for part in parts {
                if let TemplatePart::Hole(_, literal) = part {
                    every_term(literal, see);
                }
            }
        }
        TermKind::Null
        | TermKind::Bool(_)
        | TermKind::Number
        | TermKind::String(_)
        | TermKind::Var(_)
        | TermKind::ArrayCompr(..)
        | TermKind::SetCompr(..)
        | TermKind::ObjectCompr(..) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_becomes_a_rule_with_what_is_asked_for() {
        for (query, expected) in [
            ("data.t.p", "[[[q_0], {}] | \nq_0 := (data.t.p)\n]\n"),
            ("x := 1; x < 2", "[[[q_0], {\"x\": x}] | \nx := 1; q_0 := (x < 2)\nq_0\n]\n"),
            (
                "data.t[k] with input as k",
                "[[[q_0], {\"k\": k}] | some k; \nq_0 := (data.t[k]) with input as k\nq_0\n]\n",
            ),
            ("not data.t.p", "[[[], {}] | \nnot data.t.p\n]\n"),
            ("x = [y | y := data.t[_]]", "[[[], {\"x\": x}] | some x; \nx = [y | y := data.t[_]]\n]\n"),
        ] {
            let prepared = Prepared::new(query, false).unwrap();
            let body = prepared.text.strip_prefix("package regoscope_query\n\nanswers := ").unwrap();
            assert_eq!(body.replace("regoscope_query", "q"), expected);
        }
    }

    #[test]
    fn what_is_more_than_a_query_is_none() {
        for query in ["true }\nx := 1 if { true", "true } else := 3 if { true", "true } { true", "x :=", ""] {
            assert!(Prepared::new(query, false).is_err(), "{query}");
        }
    }

    #[test]
    fn a_variable_without_a_value_is_unsafe() {
        for query in ["true; x", "some x; x > 1", "x + 1 > 2", "not data.t[x]; x"] {
            let misread = Prepared::new(query, false).unwrap_err();
            assert_eq!(misread.message, "var x is unsafe", "{query}");
        }
    }
}
