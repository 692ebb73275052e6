//! Where values come from: symbolic paths of the terms of a rule.
//!
//! `some c in input.spec.containers` makes `c.image` the path `input.spec.containers[*].image`. Rules and parameters
//! stay names here and are followed when a finding is located.

use std::collections::HashMap;

use crate::core::rego::ast::{
    Body, Literal, LiteralKind, Membership, Operator, RefPart, RefPartKind, Term, TermKind,
};

/// Where a path begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Root {
    /// `input`
    Input,
    /// `data`
    Data,
    /// A rule of the package, or an import.
    Name(String),
    /// A parameter of the function, counted from 0.
    Param(usize),
    /// The result of a call of this function.
    Call(String),
}

/// One part of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A constant key or index.
    Key(String),
    /// Each element or field.
    Each,
}

/// A root and what follows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    /// Where it begins.
    pub root: Root,
    /// What follows.
    pub steps: Vec<Step>,
}

impl Path {
    /// The path of a root alone.
    #[must_use]
    pub fn of(root: Root) -> Self {
        Self { root, steps: Vec::new() }
    }

    /// The path one step further.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

/// No term has more paths than this; more would say nothing.
const MAX_PATHS: usize = 8;

/// The local variables of a definition and where their values come from.
#[derive(Debug, Default)]
pub struct Locals(HashMap<String, Vec<Path>>);

impl Locals {
    /// Parameters of a function.
    pub fn parameter(&mut self, position: usize, term: &Term) {
        if let TermKind::Var(name) = &term.bare().kind {
            self.0.insert(name.clone(), vec![Path::of(Root::Param(position))]);
        }
    }

    /// Whether a name is a variable of the definition.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Takes up what a body binds.
    pub fn bind_body(&mut self, body: &Body) {
        body.literals.iter().for_each(|literal| self.bind(literal));
    }

    fn bind(&mut self, literal: &Literal) {
        match &literal.kind {
            LiteralKind::Bind { left, right, assign } => {
                let from = self.of(right);
                self.pattern(left, &from, *assign);
                if !assign {
                    let from = self.of(left);
                    self.pattern(right, &from, false);
                }
            }
            LiteralKind::Some(names) => {
                for (name, _) in names {
                    self.0.entry(name.clone()).or_default();
                }
            }
            LiteralKind::SomeIn(member) => self.member(member),
            LiteralKind::Every(member, body) => {
                self.member(member);
                self.bind_body(body);
            }
            LiteralKind::Body(body) => self.bind_body(body),
            LiteralKind::Group(inner) => self.bind(inner),
            LiteralKind::Logic { left, right, .. } => {
                self.bind(left);
                self.bind(right);
            }
            LiteralKind::Expr(_) => {}
        }
    }

    fn member(&mut self, member: &Membership) {
        let from =
            self.of(&member.collection).into_iter().map(|path| path.then(Step::Each)).collect::<Vec<_>>();
        self.pattern(&member.value, &from, true);
        if let Some(key) = &member.key {
            self.pattern(key, &[], true);
        }
    }

    /// Binds the variables of a pattern. `new`: names that are not known become variables too.
    fn pattern(&mut self, pattern: &Term, from: &[Path], new: bool) {
        let below = |step: Step| from.iter().map(|path| path.clone().then(step.clone())).collect::<Vec<_>>();
        match &pattern.bare().kind {
            TermKind::Var(name) if name != "input" && name != "data" && (new || !from.is_empty()) => {
                let known = self.0.entry(name.clone()).or_default();
                if known.is_empty() {
                    known.extend(from.iter().cloned());
                }
            }
            TermKind::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.pattern(item, &below(Step::Key(at.to_string())), new);
                }
            }
            TermKind::Object(fields) => {
                for (key, value) in fields {
                    if let TermKind::String(key) = &key.kind {
                        self.pattern(value, &below(Step::Key(key.clone())), new);
                    }
                }
            }
            _ => {}
        }
    }

    /// Where the value of a term comes from; empty if that cannot be told.
    #[must_use]
    pub fn of(&self, term: &Term) -> Vec<Path> {
        let mut paths = self.all(term);
        paths.truncate(MAX_PATHS);
        paths
    }

    fn all(&self, term: &Term) -> Vec<Path> {
        match &term.bare().kind {
            TermKind::Var(name) => match (name.as_str(), self.0.get(name)) {
                ("input", _) => vec![Path::of(Root::Input)],
                ("data", _) => vec![Path::of(Root::Data)],
                (_, Some(paths)) => paths.clone(),
                (name, None) => vec![Path::of(Root::Name(name.to_owned()))],
            },
            TermKind::Ref(head, parts) => {
                let mut paths = self.of(head);
                for part in parts {
                    let step = step(part);
                    paths.iter_mut().for_each(|path| path.steps.push(step.clone()));
                }
                paths
            }
            TermKind::Call(function, args) => self.call(function, args),
            TermKind::Binary(Operator::Union | Operator::Intersection | Operator::Minus, sides) => {
                let mut paths = self.of(&sides.0);
                paths.extend(self.of(&sides.1));
                paths
            }
            TermKind::ArrayCompr(term, body) | TermKind::SetCompr(term, body) => {
                let mut inner = Self(self.0.clone());
                inner.bind_body(body);
                // The comprehension's elements are the elements of what it runs over.
                let elements = inner.of(term).into_iter();
                elements
                    .filter_map(|mut path| match path.steps.pop() {
                        Some(Step::Each) => Some(path),
                        _ => None,
                    })
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn call(&self, function: &Term, args: &[Term]) -> Vec<Path> {
        let name = callee(function).unwrap_or_default();
        let arg = |at: usize| args.get(at).map(|term| self.of(term)).unwrap_or_default();
        match (name.as_str(), args) {
            ("object.get", [object, key, ..]) => {
                let keys: Vec<Step> = match &key.bare().kind {
                    TermKind::String(key) => vec![Step::Key(key.clone())],
                    TermKind::Array(keys) => keys.iter().map(index).collect(),
                    _ => vec![Step::Each],
                };
                let mut paths = self.of(object);
                paths.iter_mut().for_each(|path| path.steps.extend(keys.iter().cloned()));
                paths
            }
            ("array.concat", _) => [arg(0), arg(1)].concat(),
            ("union", _) => arg(0).into_iter().map(|path| path.then(Step::Each)).collect(),
            (
                "lower" | "upper" | "trim" | "trim_space" | "trim_prefix" | "trim_suffix" | "split"
                | "to_number",
                _,
            ) => arg(0),
            ("array.slice" | "object.keys" | "sort", _) => arg(0),
            ("", _) => Vec::new(),
            _ if name.contains('.') && !name.starts_with("data.") => Vec::new(),
            _ => vec![Path::of(Root::Call(name))],
        }
    }
}

/// The name of what is called: `f`, `lib.f`, `data.lib.f`.
#[must_use]
pub fn callee(function: &Term) -> Option<String> {
    match &function.bare().kind {
        TermKind::Var(name) => Some(name.clone()),
        TermKind::Ref(head, parts) => {
            let mut name = callee(head)?;
            for part in parts {
                name.push('.');
                name.push_str(part.constant()?);
            }
            Some(name)
        }
        _ => None,
    }
}

/// A part of a reference as a step of a path.
#[must_use]
pub fn step(part: &RefPart) -> Step {
    match &part.kind {
        RefPartKind::Dot(name) => Step::Key(name.clone()),
        RefPartKind::Index(term) => index(term),
    }
}

fn index(term: &Term) -> Step {
    match &term.bare().kind {
        TermKind::String(key) => Step::Key(key.clone()),
        _ => Step::Each,
    }
}
