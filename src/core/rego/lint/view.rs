//! A rule as the lints look at it: its bodies, its names resolved, and which fields of `input` its terms are.

use std::collections::HashMap;

use super::{Around, References};
use crate::core::manifest::schema::Step;
use crate::core::rego::ast::{
    Body, Literal, LiteralKind, RefPart, RefPartKind, Rule, Span, Statement, Term, TermKind,
};
use crate::core::rego::deps::{Name, names};
use crate::core::rego::names::{about, builtin};
use crate::core::rego::parser::Dialect;
use crate::core::rego::walk::{self, Node};

/// How many variables are followed to where they come from.
const HOPS: usize = 8;

/// A rule of a statement.
pub(super) struct View<'a> {
    pub rule: &'a Rule,
    pub text: &'a str,
    pub dialect: Dialect,
    pub around: &'a Around<'a>,
    /// Every body in it: of the rule, of `else`, of comprehensions, of `every`, of `not`.
    pub bodies: Vec<&'a Body>,
    pub names: Vec<Name<'a>>,
    /// The local variable that a name is, by where it stands.
    locals: HashMap<Span, u32>,
    /// What a local variable is bound to; `true` if it is one item of that.
    bound: HashMap<u32, (&'a Term, bool)>,
}

impl<'a> View<'a> {
    pub fn new(statement: &Statement, rule: &'a Rule, text: &'a str, around: &'a Around<'a>) -> Self {
        let mut bodies: Vec<&Body> = rule.bodies.iter().map(|body| &body.body).collect();
        bodies.extend(rule.branches.iter().filter_map(|branch| branch.body.as_ref().map(|body| &body.body)));
        walk::rule(rule, &mut |node| match node {
            Node::Literal(Literal {
                kind: LiteralKind::Every(_, body) | LiteralKind::Body(body), ..
            }) => {
                bodies.push(body);
            }
            Node::Term(term) => match &term.kind {
                TermKind::ArrayCompr(_, body)
                | TermKind::SetCompr(_, body)
                | TermKind::ObjectCompr(_, body) => {
                    bodies.push(body);
                }
                _ => {}
            },
            Node::Literal(_) => {}
        });
        let mut all = Vec::new();
        names(rule, &mut |name| all.push(name));
        let locals: HashMap<Span, u32> =
            all.iter().filter_map(|name| Some((name.span, name.local?.id))).collect();
        let mut bound = HashMap::new();
        let mut bind = |pattern: &Term, to: &'a Term, item: bool| {
            if let Some(id) = locals.get(&pattern.bare().span) {
                bound.insert(*id, (to, item));
            }
        };
        walk::rule(rule, &mut |node| match node {
            Node::Literal(Literal { kind: LiteralKind::Bind { assign: true, left, right }, .. }) => {
                bind(left, right, false);
            }
            Node::Literal(Literal { kind: LiteralKind::SomeIn(of) | LiteralKind::Every(of, _), .. }) => {
                bind(&of.value, &of.collection, true);
            }
            _ => {}
        });
        Self { rule, text, dialect: statement.dialect, around, bodies, names: all, locals, bound }
    }

    /// The text of a term.
    pub fn of(&self, span: Span) -> &'a str {
        span.of(self.text)
    }

    /// A variable that something declares.
    pub fn is_local(&self, span: Span) -> bool {
        self.locals.contains_key(&span)
    }

    /// A name that stands for a rule of the package or an import.
    pub fn is_known(&self, name: &str) -> bool {
        self.around.rules.contains_key(name) || self.around.imports.contains(name)
    }

    /// What a local variable is assigned as a whole.
    pub fn assigned(&self, span: Span) -> Option<&'a Term> {
        self.bound.get(self.locals.get(&span)?).filter(|(_, item)| !item).map(|(term, _)| *term)
    }

    /// The builtin function that a term names, unless something else has its name.
    pub fn builtin(&self, function: &Term) -> Option<&'static str> {
        match &function.kind {
            TermKind::Var(name) => {
                builtin(name).filter(|name| !self.is_local(function.span) && !self.is_known(name))
            }
            TermKind::Ref(head, parts) => {
                let TermKind::Var(first) = &head.kind else { return None };
                let dots = parts.iter().map(|part| match &part.kind {
                    RefPartKind::Dot(name) => Some(name.as_str()),
                    RefPartKind::Index(_) => None,
                });
                let path: Vec<&str> =
                    std::iter::once(Some(first.as_str())).chain(dots).collect::<Option<_>>()?;
                builtin(&path.join(".")).filter(|_| !self.is_local(head.span) && !self.is_known(first))
            }
            _ => None,
        }
    }

    /// The kind of value that a call of a builtin gives, in OPA's words.
    pub fn result(&self, function: &Term) -> Option<(&'static str, &'static str)> {
        let name = self.builtin(function)?;
        about(name)?.signature.rsplit_once("-> ").map(|(_, result)| (name, result))
    }

    /// The statements that a rule needs to hold, those in parentheses and beside `and` and `or` too; those under `not`
    /// as a whole.
    pub fn conditions(&self) -> Vec<(&'a Body, &'a Literal)> {
        let mut all = Vec::new();
        for body in &self.bodies {
            let mut waiting: Vec<&Literal> = body.literals.iter().rev().collect();
            while let Some(literal) = waiting.pop() {
                match &literal.kind {
                    LiteralKind::Group(inner) if literal.not.is_none() => waiting.push(inner),
                    LiteralKind::Logic { left, right, .. } if literal.not.is_none() => {
                        waiting.extend([right.as_ref(), left.as_ref()]);
                    }
                    _ => all.push((*body, literal)),
                }
            }
        }
        all
    }

    /// The fields of `input` that a term is, through the variables that it is made of. Any index but a constant name
    /// is [`Step::Any`].
    pub fn input_path(&self, term: &'a Term) -> Option<Vec<Step<'a>>> {
        self.path_of(term, HOPS)
    }

    fn path_of(&self, term: &'a Term, hops: usize) -> Option<Vec<Step<'a>>> {
        let term = term.bare();
        let (head, parts): (&Term, &[RefPart]) = match &term.kind {
            TermKind::Var(_) => (term, &[]),
            TermKind::Ref(head, parts) => (head, parts),
            _ => return None,
        };
        let TermKind::Var(name) = &head.kind else { return None };
        let mut path = match self.locals.get(&head.span) {
            None if name == "input" => Vec::new(),
            None => return None,
            Some(id) => {
                let (from, item) = self.bound.get(id)?;
                let mut path = self.path_of(from, hops.checked_sub(1)?)?;
                path.extend(item.then_some(Step::Any));
                path
            }
        };
        path.extend(parts.iter().map(|part| part.constant().map_or(Step::Any, Step::Field)));
        Some(path)
    }

    /// Whether a term means the same whenever it stands in one body: it does not loop over anything unnamed.
    pub fn is_stable(&self, term: &Term) -> bool {
        match &term.bare().kind {
            TermKind::Var(name) => name != "_",
            TermKind::Null | TermKind::Bool(_) | TermKind::Number | TermKind::String(_) => true,
            TermKind::Ref(head, parts) => {
                self.is_stable(head)
                    && parts.iter().all(|part| match &part.kind {
                        RefPartKind::Dot(_) => true,
                        RefPartKind::Index(index) => self.is_stable(index),
                    })
            }
            TermKind::Call(function, args) => {
                self.builtin(function).is_some_and(|name| name != "walk")
                    && args.iter().all(|arg| self.is_stable(arg))
            }
            _ => false,
        }
    }

    /// The references of the rule: first name and constant parts.
    pub fn references(&self) -> References {
        let is_free = |name: &&Name| name.local.is_none() && !matches!(name.text, "_" | "input");
        let path = |name: &Name| {
            let parts = name.parts.iter().map_while(RefPart::constant);
            std::iter::once(name.text).chain(parts).map(str::to_owned).collect()
        };
        self.names.iter().filter(is_free).map(path).collect()
    }
}

/// A value that is the same in every run: no references, calls or templates in it.
pub(super) fn is_constant(term: &Term) -> bool {
    match &term.bare().kind {
        TermKind::Null | TermKind::Bool(_) | TermKind::Number | TermKind::String(_) => true,
        TermKind::Array(items) | TermKind::Set(items) => items.iter().all(is_constant),
        TermKind::Object(pairs) => pairs.iter().all(|(key, value)| is_constant(key) && is_constant(value)),
        _ => false,
    }
}

/// A comprehension: it has a value, whatever the input is.
pub(super) fn is_comprehension(term: &Term) -> bool {
    matches!(term.bare().kind, TermKind::ArrayCompr(..) | TermKind::SetCompr(..) | TermKind::ObjectCompr(..))
}
