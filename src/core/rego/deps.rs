//! What a rule uses: other rules and functions, `data`, and paths of `input`; and whether rules need themselves.
//!
//! Names are resolved as OPA does: what `:=`, `some`, `every` and arguments declare is local in its body and the
//! closures in it; everything else is a rule, a function, an import or a builtin. Locals that stand for a part of the
//! input are followed: with `some c in input.spec.containers`, `c.name` is `input.spec.containers[*].name`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ast::{
    Body, Import, Literal, LiteralKind, Membership, RefPart, RefPartKind, Rule, Span, TemplatePart, Term,
    TermKind,
};

/// One part of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A constant key or index.
    Key(String),
    /// Each element, or one that is not known in advance.
    Each,
}

/// A reference to `input`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InputUse {
    /// The path below `input`.
    pub path: Vec<Step>,
    /// Where it is written, in the statement.
    pub span: Span,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `count`, `regex.match`, `data.lib.f`
    pub name: String,
    /// Of the name, in the statement.
    pub span: Span,
    /// How many arguments it is given.
    pub arguments: usize,
}

/// What a rule uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// First names of references that are not local: rules, functions, imports, builtins.
    pub names: BTreeSet<String>,
    /// References below `data`, as far as their parts are constant. An empty one can mean anything.
    pub data: BTreeSet<Vec<String>>,
    /// References to `input`, each path once, in the order of the text.
    pub input: Vec<InputUse>,
    /// Everything that is called.
    pub calls: Vec<Call>,
}

/// What a rule uses. `imports` are those of its file.
#[must_use]
pub fn uses<'a>(rule: &Rule, imports: impl IntoIterator<Item = &'a Import>) -> Uses {
    let mut top = Scope::new();
    for import in imports {
        if let (Some(name), Some("input")) = (import.name(), import.path.first().map(String::as_str)) {
            let path = import.path.iter().skip(1).cloned().map(Step::Key).collect();
            top.insert(name.to_owned(), Some(path));
        }
    }
    let mut visitor = Visitor { scopes: vec![top], found: Uses::default() };
    visitor.rule(rule);
    visitor.found
}

/// Local names, and the path of the input they stand for, if they do.
type Scope = HashMap<String, Option<Vec<Step>>>;

struct Visitor {
    scopes: Vec<Scope>,
    found: Uses,
}

impl Visitor {
    fn rule(&mut self, rule: &Rule) {
        let mut arguments = Scope::new();
        for arg in rule.head.args.iter().flatten() {
            declare(arg, &mut arguments);
        }
        self.scopes.push(arguments);
        for arg in rule.head.args.iter().flatten() {
            self.term(arg);
        }
        let head = |visitor: &mut Self| {
            visitor.parts(&rule.head.parts);
            rule.head.key.iter().chain(&rule.head.value).for_each(|term| visitor.term(term));
        };
        if rule.bodies.is_empty() {
            head(self);
        }
        for body in &rule.bodies {
            self.body(&body.body, head);
        }
        for branch in &rule.branches {
            let value = |visitor: &mut Self| branch.value.iter().for_each(|term| visitor.term(term));
            match &branch.body {
                Some(body) => self.body(&body.body, value),
                None => value(self),
            }
        }
        self.scopes.pop();
    }

    /// A body in its scope, and what else is read in that scope.
    fn body(&mut self, body: &Body, heads: impl FnOnce(&mut Self)) {
        let mut scope = Scope::new();
        for literal in &body.literals {
            match &literal.kind {
                LiteralKind::Bind { assign: true, left, .. } => declare(left, &mut scope),
                LiteralKind::Some(names) => {
                    scope.extend(names.iter().map(|(name, _)| (name.clone(), None)));
                }
                LiteralKind::SomeIn(membership) => {
                    membership.key.iter().chain([&membership.value]).for_each(|t| declare(t, &mut scope));
                }
                _ => {}
            }
        }
        self.scopes.push(scope);
        // A name can be used before the line that binds it.
        for literal in &body.literals {
            self.bind(literal);
        }
        for literal in &body.literals {
            self.literal(literal);
        }
        heads(self);
        self.scopes.pop();
    }

    /// Notes which part of the input a local stands for.
    fn bind(&mut self, literal: &Literal) {
        let (name, path) = match &literal.kind {
            LiteralKind::Bind { left: Term { kind: TermKind::Var(name), .. }, right, .. } => {
                (name, self.path(right))
            }
            LiteralKind::SomeIn(membership) => match &membership.value.kind {
                TermKind::Var(name) => (name, self.element(&membership.collection)),
                _ => return,
            },
            _ => return,
        };
        if let Some(scope) = self.scopes.last_mut()
            && let Some(known) = scope.get_mut(name)
        {
            *known = path;
        }
    }

    fn element(&self, collection: &Term) -> Option<Vec<Step>> {
        let mut path = self.path(collection)?;
        path.push(Step::Each);
        Some(path)
    }

    fn local(&self, name: &str) -> Option<&Option<Vec<Step>>> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    /// The path below `input` that a term stands for.
    fn path(&self, term: &Term) -> Option<Vec<Step>> {
        match &term.bare().kind {
            TermKind::Var(name) => match self.local(name) {
                Some(path) => path.clone(),
                None => (name == "input").then(Vec::new),
            },
            TermKind::Ref(head, parts) => {
                let mut path = self.path(head)?;
                path.extend(parts.iter().map(step));
                Some(path)
            }
            // `object.get(x, "k", …)` reads `x.k`.
            TermKind::Call(function, args) if is_named(function, "object", "get") => {
                let [object, key, _] = args.as_slice() else { return None };
                let mut path = self.path(object)?;
                match &key.kind {
                    TermKind::String(key) => path.push(Step::Key(key.clone())),
                    TermKind::Array(keys) => path.extend(keys.iter().map(key_step)),
                    _ => path.push(Step::Each),
                }
                Some(path)
            }
            _ => None,
        }
    }

    fn note_input(&mut self, term: &Term) -> bool {
        let Some(path) = self.path(term) else { return false };
        if !path.is_empty() && !self.found.input.iter().any(|known| known.path == path) {
            self.found.input.push(InputUse { path, span: term.span });
        }
        true
    }

    fn literal(&mut self, literal: &Literal) {
        match &literal.kind {
            LiteralKind::Expr(term) => self.term(term),
            LiteralKind::Bind { left, right, .. } => {
                self.term(left);
                self.term(right);
            }
            LiteralKind::Some(_) => {}
            LiteralKind::SomeIn(membership) => self.membership(membership),
            LiteralKind::Every(membership, body) => {
                self.term(&membership.collection);
                let mut scope = Scope::new();
                membership.key.iter().for_each(|key| declare(key, &mut scope));
                if let TermKind::Var(name) = &membership.value.kind {
                    scope.insert(name.clone(), self.element(&membership.collection));
                }
                self.scopes.push(scope);
                self.body(body, |_| {});
                self.scopes.pop();
            }
            LiteralKind::Body(body) => self.body(body, |_| {}),
            LiteralKind::Group(inner) => self.literal(inner),
            LiteralKind::Logic { left, right, .. } => {
                self.literal(left);
                self.literal(right);
            }
        }
        for with in &literal.with {
            self.term(&with.target);
            self.term(&with.value);
        }
    }

    fn membership(&mut self, membership: &Membership) {
        membership.key.iter().for_each(|key| self.term(key));
        self.term(&membership.value);
        self.term(&membership.collection);
    }

    fn parts(&mut self, parts: &[RefPart]) {
        for part in parts {
            if let RefPartKind::Index(index) = &part.kind {
                self.term(index);
            }
        }
    }

    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Null | TermKind::Bool(_) | TermKind::Number | TermKind::String(_) => {}
            TermKind::Var(name) => {
                if !self.note_input(term) && self.local(name).is_none() {
                    self.global(name, &[]);
                }
            }
            TermKind::Ref(head, parts) => {
                self.parts(parts);
                if self.note_input(term) {
                    return;
                }
                match &head.kind {
                    TermKind::Var(name) if self.local(name).is_none() => self.global(name, parts),
                    TermKind::Var(_) => {}
                    _ => self.term(head),
                }
            }
            TermKind::Call(function, args) => {
                self.call(function, args.len());
                self.note_input(term);
                args.iter().for_each(|arg| self.term(arg));
            }
            TermKind::Binary(_, sides) => {
                self.term(&sides.0);
                self.term(&sides.1);
            }
            TermKind::In(membership) => self.membership(membership),
            TermKind::Minus(inner) | TermKind::Paren(inner) => self.term(inner),
            TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|item| self.term(item)),
            TermKind::Object(pairs) => pairs.iter().for_each(|(key, value)| {
                self.term(key);
                self.term(value);
            }),
            TermKind::ArrayCompr(head, body) | TermKind::SetCompr(head, body) => {
                self.body(body, |visitor| visitor.term(head));
            }
            TermKind::ObjectCompr(pair, body) => self.body(body, |visitor| {
                visitor.term(&pair.0);
                visitor.term(&pair.1);
            }),
            TermKind::Template(pieces) => {
                for piece in pieces {
                    if let TemplatePart::Hole(_, literal) = piece {
                        self.literal(literal);
                    }
                }
            }
        }
    }

    fn global(&mut self, name: &str, parts: &[RefPart]) {
        if name == "data" {
            let constant = parts.iter().map_while(|part| part.constant().map(str::to_owned));
            self.found.data.insert(constant.collect());
        } else if name != "_" && name != "input" {
            self.found.names.insert(name.to_owned());
        }
    }

    fn call(&mut self, function: &Term, arguments: usize) {
        let (root, parts): (&str, &[RefPart]) = match &function.kind {
            TermKind::Var(name) => (name, &[]),
            TermKind::Ref(head, parts) => match &head.kind {
                TermKind::Var(name) => (name, parts),
                _ => return self.term(function),
            },
            _ => return,
        };
        let constants = parts.iter().map_while(RefPart::constant);
        let name = std::iter::once(root).chain(constants).collect::<Vec<_>>().join(".");
        self.found.calls.push(Call { name, span: function.span, arguments });
        self.global(root, parts);
        self.parts(parts);
    }
}

/// The variables of a pattern become local.
fn declare(pattern: &Term, scope: &mut Scope) {
    match &pattern.kind {
        TermKind::Var(name) => {
            scope.insert(name.clone(), None);
        }
        TermKind::Paren(inner) => declare(inner, scope),
        TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|item| declare(item, scope)),
        TermKind::Object(pairs) => pairs.iter().for_each(|(_, value)| declare(value, scope)),
        _ => {}
    }
}

fn step(part: &RefPart) -> Step {
    match &part.kind {
        RefPartKind::Dot(name) => Step::Key(name.clone()),
        RefPartKind::Index(index) => key_step(index),
    }
}

fn key_step(term: &Term) -> Step {
    match &term.kind {
        TermKind::String(key) => Step::Key(key.clone()),
        _ => Step::Each,
    }
}

fn is_named(function: &Term, root: &str, name: &str) -> bool {
    match &function.kind {
        TermKind::Ref(head, parts) => {
            matches!(&head.kind, TermKind::Var(var) if var == root)
                && matches!(parts.as_slice(), [part] if part.constant() == Some(name))
        }
        _ => false,
    }
}

/// The rules of a graph that need themselves, each with one of its circles (the rule first and last).
#[must_use]
pub fn circles<N: Ord + Clone>(graph: &BTreeMap<N, BTreeSet<N>>) -> Vec<Vec<N>> {
    let mut found = Vec::new();
    for start in graph.keys() {
        // Breadth first: the shortest circle.
        let mut before: BTreeMap<&N, &N> = BTreeMap::new();
        let mut waiting = std::collections::VecDeque::from([start]);
        'search: while let Some(node) = waiting.pop_front() {
            for next in graph.get(node).into_iter().flatten() {
                if next == start {
                    let mut circle = vec![start.clone(), node.clone()];
                    let mut at = node;
                    while at != start {
                        let Some(previous) = before.get(at) else { break };
                        at = previous;
                        circle.push(at.clone());
                    }
                    circle.reverse();
                    if let [only, _] = circle.as_slice()
                        && only == start
                        && node == start
                    {
                        circle = vec![start.clone(), start.clone()];
                    }
                    found.push(circle);
                    break 'search;
                }
                if let Some((key, _)) = graph.get_key_value(next)
                    && !before.contains_key(key)
                {
                    before.insert(key, node);
                    waiting.push_back(key);
                }
            }
        }
    }
    found
}

/// OPA's words for a rule that needs itself: `rule data.t.p is recursive: data.t.p -> data.t.q -> data.t.p`.
#[must_use]
pub fn recursion_words(circle: &[String]) -> String {
    let first = circle.first().map(String::as_str).unwrap_or_default();
    format!("rule {first} is recursive: {}", circle.join(" -> "))
}

#[cfg(test)]
mod tests;
