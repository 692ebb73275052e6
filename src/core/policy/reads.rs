//! What of its input a definition can notice.
//!
//! Where [`paths`](crate::core::policy::paths) says where a value probably comes from, to point at it, this says too
//! much rather than too little: an answer is only taken over to another input if that input is the same in all that is
//! named here. What is not understood counts as looked at with everything below it.

use std::collections::{BTreeSet, HashMap};

use crate::core::policy::engine;
use crate::core::policy::paths::{Path, Root, Step, callee, step};
use crate::core::rego::ast::{
    Body, Literal, LiteralKind, Membership, RefPart, RefPartKind, Rule, TemplatePart, Term, TermKind,
};

/// Longer paths are cut, and looked at with everything below.
pub const MAX_STEPS: usize = 12;
/// More places than this are not followed for one variable.
const MAX_SOURCES: usize = 16;
/// How often bindings are gone through until none says anything new.
const MAX_ROUNDS: usize = 8;

/// How much of a place is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Look {
    /// Whether it is there and of which kind it is; of a scalar its value.
    Shape,
    /// Everything below it.
    Whole,
}

/// What a definition looks at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reads {
    /// Places below `input`, below parameters, and below names, which may be imports of `input`.
    pub paths: BTreeSet<(Path, Look)>,
    /// What it hands to functions of policies, which look at it.
    pub passes: Vec<Pass>,
    /// How many parameters it has; `None` if it is no function.
    pub params: Option<usize>,
    /// It cannot be told: `with`, or too much.
    pub everything: bool,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Pass {
    /// The function as it is called: `f`, `lib.f`, `data.lib.f`.
    pub callee: String,
    /// Which argument, from 0.
    pub at: usize,
    /// Where it comes from.
    pub sources: Vec<Path>,
}

impl Reads {
    /// What a rule or function looks at.
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        let mut sources: HashMap<String, BTreeSet<Path>> = HashMap::new();
        for _ in 0..MAX_ROUNDS {
            let mut walk = Walk { known: &sources, bound: Vec::new(), reads: Self::default() };
            walk.rule(rule);
            let Walk { bound, reads, .. } = walk;
            let mut news = false;
            for (name, path) in bound {
                news |= sources.entry(name).or_default().insert(path);
            }
            if !news {
                return reads;
            }
            if sources.values().any(|paths| paths.len() > MAX_SOURCES) {
                break;
            }
        }
        let params = rule.head.args.as_ref().map(Vec::len);
        Self { everything: true, params, ..Self::default() }
    }
}

/// One walk through a definition. Scopes are not told apart: a name stands for all that it is bound to anywhere.
struct Walk<'a> {
    known: &'a HashMap<String, BTreeSet<Path>>,
    bound: Vec<(String, Path)>,
    reads: Reads,
}

impl Walk<'_> {
    fn rule(&mut self, rule: &Rule) {
        let head = &rule.head;
        self.reads.params = head.args.as_ref().map(Vec::len);
        for (at, arg) in head.args.iter().flatten().enumerate() {
            match name_of(arg) {
                Some(name) => self.bound.push((name.to_owned(), Path::of(Root::Param(at)))),
                None => {
                    self.look(Path::of(Root::Param(at)), Look::Whole);
                    self.whole(arg);
                }
            }
        }
        head.parts.iter().for_each(|part| self.part(part));
        head.key.iter().chain(&head.value).for_each(|term| self.whole(term));
        rule.bodies.iter().for_each(|body| self.body(&body.body));
        for branch in &rule.branches {
            branch.value.iter().for_each(|term| self.whole(term));
            branch.body.iter().for_each(|body| self.body(&body.body));
        }
    }

    fn body(&mut self, body: &Body) {
        body.literals.iter().for_each(|literal| self.literal(literal));
    }

    fn literal(&mut self, literal: &Literal) {
        // Other rules see another input then.
        self.reads.everything |= !literal.with.is_empty();
        match &literal.kind {
            LiteralKind::Expr(term) => match self.sources(term) {
                Some(sources) => self.touch(term, sources),
                None => self.whole(term),
            },
            LiteralKind::Bind { assign: true, left, right } => self.bind(left, right, None),
            LiteralKind::Bind { left, right, .. } => {
                self.whole(left);
                self.whole(right);
            }
            LiteralKind::Some(_) => {}
            LiteralKind::SomeIn(member) => self.member(member),
            LiteralKind::Every(member, body) => {
                self.member(member);
                self.body(body);
            }
            LiteralKind::Body(body) => self.body(body),
            LiteralKind::Group(inner) => self.literal(inner),
            LiteralKind::Logic { left, right, .. } => {
                self.literal(left);
                self.literal(right);
            }
        }
    }

    fn member(&mut self, member: &Membership) {
        // Keys are known wherever elements are.
        member.key.iter().for_each(|key| self.whole(key));
        self.bind(&member.value, &member.collection, Some(Step::Each));
    }

    /// `left` becomes `right`, or what lies a step below it.
    fn bind(&mut self, left: &Term, right: &Term, below: Option<Step>) {
        match (name_of(left), self.sources(right)) {
            (Some(name), Some(mut sources)) => {
                sources.iter_mut().for_each(|path| path.steps.extend(below.clone()));
                if name != "_" {
                    self.bound.extend(sources.iter().map(|path| (name.to_owned(), cut(path.clone()))));
                }
                self.touch(right, sources);
            }
            _ => {
                self.whole(left);
                self.whole(right);
            }
        }
    }

    /// The places that a term is a name for; `None` if it is more than that.
    fn sources(&self, term: &Term) -> Option<Vec<Path>> {
        match &term.bare().kind {
            TermKind::Var(name) => {
                let mut paths: Vec<Path> = self.known.get(name).into_iter().flatten().cloned().collect();
                paths.push(Path::of(match name.as_str() {
                    "input" => Root::Input,
                    "data" => Root::Data,
                    _ => Root::Name(name.clone()),
                }));
                Some(paths)
            }
            TermKind::Ref(head, parts) => {
                let mut paths = self.sources(head)?;
                for path in &mut paths {
                    path.steps.extend(parts.iter().map(step));
                }
                Some(paths)
            }
            TermKind::Call(function, args) => {
                let (object, keys) = object_get(function, args)?;
                let mut paths = self.sources(object)?;
                paths.iter_mut().for_each(|path| path.steps.extend(keys.iter().cloned()));
                Some(paths)
            }
            _ => None,
        }
    }

    /// A term that names places is asked for its being there; what its brackets hold is looked at.
    fn touch(&mut self, term: &Term, sources: Vec<Path>) {
        self.brackets(term);
        sources.into_iter().for_each(|path| self.look(path, Look::Shape));
    }

    fn brackets(&mut self, term: &Term) {
        match &term.bare().kind {
            TermKind::Ref(head, parts) => {
                self.brackets(head);
                parts.iter().for_each(|part| self.part(part));
            }
            TermKind::Call(_, args) => {
                args.first().into_iter().for_each(|object| self.brackets(object));
                args.iter().skip(1).for_each(|arg| self.whole(arg));
            }
            _ => {}
        }
    }

    fn look(&mut self, path: Path, look: Look) {
        if path.root != Root::Data {
            let look = if path.steps.len() >= MAX_STEPS { Look::Whole } else { look };
            self.reads.paths.insert((cut(path), look));
        }
    }

    fn part(&mut self, part: &RefPart) {
        if let RefPartKind::Index(index) = &part.kind {
            self.whole(index);
        }
    }

    /// The value of a term is looked at.
    fn whole(&mut self, term: &Term) {
        if let Some(sources) = self.sources(term) {
            self.brackets(term);
            return sources.into_iter().for_each(|path| self.look(path, Look::Whole));
        }
        match &term.kind {
            TermKind::Null | TermKind::Bool(_) | TermKind::Number | TermKind::String(_) => {}
            TermKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Hole(_, literal) = part {
                        self.reads.everything |= !literal.with.is_empty();
                        match &literal.kind {
                            LiteralKind::Expr(term) => self.whole(term),
                            _ => self.reads.everything = true,
                        }
                    }
                }
            }
            TermKind::Var(_) => {}
            TermKind::Ref(head, parts) => {
                self.whole(head);
                parts.iter().for_each(|part| self.part(part));
            }
            TermKind::Call(function, args) => self.call(function, args),
            TermKind::Binary(_, sides) => {
                self.whole(&sides.0);
                self.whole(&sides.1);
            }
            TermKind::In(member) => {
                member.key.iter().for_each(|key| self.whole(key));
                self.whole(&member.value);
                self.whole(&member.collection);
            }
            TermKind::Minus(inner) | TermKind::Paren(inner) => self.whole(inner),
            TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|item| self.whole(item)),
            TermKind::Object(fields) => {
                for (key, value) in fields {
                    self.whole(key);
                    self.whole(value);
                }
            }
            TermKind::ArrayCompr(inner, body) | TermKind::SetCompr(inner, body) => {
                self.body(body);
                self.whole(inner);
            }
            TermKind::ObjectCompr(pair, body) => {
                self.body(body);
                self.whole(&pair.0);
                self.whole(&pair.1);
            }
        }
    }

    fn call(&mut self, function: &Term, args: &[Term]) {
        let callee = callee(function).filter(|name| !engine::answers(name));
        let Some(callee) = callee else {
            self.whole(function);
            return args.iter().for_each(|arg| self.whole(arg));
        };
        for (at, arg) in args.iter().enumerate() {
            match self.sources(arg) {
                Some(sources) => {
                    self.touch(arg, sources.clone());
                    self.reads.passes.push(Pass { callee: callee.clone(), at, sources });
                }
                None => self.whole(arg),
            }
        }
    }
}

/// `object.get(object, key, default)` with constant keys: the object and the keys.
fn object_get<'t>(function: &Term, args: &'t [Term]) -> Option<(&'t Term, Vec<Step>)> {
    let [object, key, _] = args else { return None };
    if callee(function)? != "object.get" {
        return None;
    }
    let constant = |term: &Term| match &term.bare().kind {
        TermKind::String(key) => Some(Step::Key(key.clone())),
        _ => None,
    };
    let keys = match &key.bare().kind {
        TermKind::Array(keys) => keys.iter().map(constant).collect::<Option<Vec<_>>>()?,
        _ => vec![constant(key)?],
    };
    Some((object, keys))
}

fn name_of(term: &Term) -> Option<&str> {
    match &term.bare().kind {
        TermKind::Var(name) if name != "input" && name != "data" => Some(name),
        _ => None,
    }
}

/// The beginning of a path that stands for everything below it.
fn cut(mut path: Path) -> Path {
    path.steps.truncate(MAX_STEPS);
    path
}
