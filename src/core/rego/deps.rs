//! What a rule needs: other rules and functions by name, and references into `data`; and whether rules need themselves.
//!
//! Names are resolved as OPA does ([`names`]): what `:=`, `some`, `every` and arguments declare is local in its body and the
//! closures in it; everything else is a rule, a function, an import or a builtin.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::ast::{
    Body, Literal, LiteralKind, Membership, RefPart, RefPartKind, Rule, Span, TemplatePart, Term, TermKind,
};

/// What a rule needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// First names of references that are not local: rules, functions, imports, builtins.
    pub names: BTreeSet<String>,
    /// References below `data`, as far as their parts are constant. An empty one can mean anything.
    pub data: BTreeSet<Vec<String>>,
}

/// What a rule needs.
#[must_use]
pub fn needs(rule: &Rule) -> Needs {
    let mut found = Needs::default();
    names(rule, &mut |name| match name.text {
        "data" => {
            let constant = name.parts.iter().map_while(|part| part.constant().map(str::to_owned));
            found.data.insert(constant.collect());
        }
        "_" | "input" => {}
        text if name.local.is_none() => drop(found.names.insert(text.to_owned())),
        _ => {}
    });
    found
}

/// A name in a rule: a variable, or the first name of a reference.
#[derive(Debug, Clone, Copy)]
pub struct Name<'a> {
    /// The name.
    pub text: &'a str,
    /// Of the name alone.
    pub span: Span,
    /// What follows it in a reference.
    pub parts: &'a [RefPart],
    /// The local variable it is, if something declares it.
    pub local: Option<Local>,
}

/// A local variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// Tells it from the other variables of the rule.
    pub id: u32,
    /// Where it is declared.
    pub declared: Span,
}

/// Shows every name of a rule to `see`, resolved; the name of the rule itself is not among them.
pub fn names<'a>(rule: &'a Rule, see: &mut dyn FnMut(Name<'a>)) {
    Visitor { scopes: Vec::new(), count: 0, see }.rule(rule);
}

type Scope<'a> = HashMap<&'a str, Local>;

struct Visitor<'a, 's> {
    scopes: Vec<Scope<'a>>,
    count: u32,
    see: &'s mut dyn FnMut(Name<'a>),
}

impl<'a> Visitor<'a, '_> {
    fn rule(&mut self, rule: &'a Rule) {
        let mut arguments = Scope::new();
        for arg in rule.head.args.iter().flatten() {
            self.declare(arg, &mut arguments);
        }
        self.scopes.push(arguments);
        rule.head.args.iter().flatten().for_each(|arg| self.term(arg));
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
    fn body(&mut self, body: &'a Body, heads: impl FnOnce(&mut Self)) {
        let mut scope = Scope::new();
        for literal in &body.literals {
            match &literal.kind {
                LiteralKind::Bind { assign: true, left, .. } => self.declare(left, &mut scope),
                LiteralKind::Some(names) => {
                    names.iter().for_each(|(name, span)| self.add(name, *span, &mut scope));
                }
                LiteralKind::SomeIn(membership) => {
                    membership
                        .key
                        .iter()
                        .chain([&membership.value])
                        .for_each(|t| self.declare(t, &mut scope));
                }
                _ => {}
            }
        }
        self.scopes.push(scope);
        body.literals.iter().for_each(|literal| self.literal(literal));
        heads(self);
        self.scopes.pop();
    }

    fn literal(&mut self, literal: &'a Literal) {
        match &literal.kind {
            LiteralKind::Expr(term) => self.term(term),
            LiteralKind::Bind { left, right, .. } => {
                self.term(left);
                self.term(right);
            }
            LiteralKind::Some(names) => names.iter().for_each(|(name, span)| self.name(name, *span, &[])),
            LiteralKind::SomeIn(membership) => self.membership(membership),
            LiteralKind::Every(membership, body) => {
                self.term(&membership.collection);
                let mut scope = Scope::new();
                membership.key.iter().chain([&membership.value]).for_each(|t| self.declare(t, &mut scope));
                self.scopes.push(scope);
                membership.key.iter().chain([&membership.value]).for_each(|t| self.term(t));
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

    fn membership(&mut self, membership: &'a Membership) {
        membership.key.iter().for_each(|key| self.term(key));
        self.term(&membership.value);
        self.term(&membership.collection);
    }

    fn parts(&mut self, parts: &'a [RefPart]) {
        for part in parts {
            if let RefPartKind::Index(index) = &part.kind {
                self.term(index);
            }
        }
    }

    fn term(&mut self, term: &'a Term) {
        match &term.kind {
            TermKind::Null | TermKind::Bool(_) | TermKind::Number | TermKind::String(_) => {}
            TermKind::Var(name) => self.name(name, term.span, &[]),
            TermKind::Ref(head, parts) => {
                self.parts(parts);
                match &head.kind {
                    TermKind::Var(name) => self.name(name, head.span, parts),
                    _ => self.term(head),
                }
            }
            TermKind::Call(function, args) => {
                self.term(function);
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

    fn name(&mut self, text: &'a str, span: Span, parts: &'a [RefPart]) {
        let local = self.scopes.iter().rev().find_map(|scope| scope.get(text)).copied();
        (self.see)(Name { text, span, parts, local });
    }

    /// The variables of a pattern become local.
    fn declare(&mut self, pattern: &'a Term, scope: &mut Scope<'a>) {
        match &pattern.kind {
            TermKind::Var(name) => self.add(name, pattern.span, scope),
            TermKind::Paren(inner) => self.declare(inner, scope),
            TermKind::Array(items) | TermKind::Set(items) => {
                items.iter().for_each(|item| self.declare(item, scope));
            }
            TermKind::Object(pairs) => pairs.iter().for_each(|(_, value)| self.declare(value, scope)),
            _ => {}
        }
    }

    fn add(&mut self, name: &'a str, declared: Span, scope: &mut Scope<'a>) {
        self.count += 1;
        let id = self.count;
        scope.entry(name).or_insert(Local { id, declared });
    }
}

/// The nodes of a graph that need themselves, each with its shortest circle (the node first and last).
#[must_use]
pub fn circles<N: Ord + Clone>(graph: &BTreeMap<N, BTreeSet<N>>) -> Vec<Vec<N>> {
    let left = without_ends(graph);
    left.iter().filter_map(|start| circle(graph, &left, start)).collect()
}

/// The nodes that are left when nodes that need nothing are taken away again and again: the usual graph is then empty.
fn without_ends<N: Ord>(graph: &BTreeMap<N, BTreeSet<N>>) -> BTreeSet<&N> {
    let mut needed_by: BTreeMap<&N, Vec<&N>> = BTreeMap::new();
    let mut needs: BTreeMap<&N, usize> = BTreeMap::new();
    let mut ends = Vec::new();
    for (node, targets) in graph {
        let known = targets.iter().filter(|target| graph.contains_key(target));
        let count = known.map(|target| needed_by.entry(target).or_default().push(node)).count();
        needs.insert(node, count);
        if count == 0 {
            ends.push(node);
        }
    }
    while let Some(end) = ends.pop() {
        needs.remove(end);
        for &node in needed_by.get(end).into_iter().flatten() {
            if let Some(count) = needs.get_mut(node) {
                *count -= 1;
                if *count == 0 {
                    ends.push(node);
                }
            }
        }
    }
    needs.into_keys().collect()
}

/// The shortest way from a node back to it.
fn circle<N: Ord + Clone>(
    graph: &BTreeMap<N, BTreeSet<N>>,
    among: &BTreeSet<&N>,
    start: &N,
) -> Option<Vec<N>> {
    let mut came_from: BTreeMap<&N, &N> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(node) = waiting.pop_front() {
        for next in graph.get(node).into_iter().flatten().filter(|next| among.contains(next)) {
            if next == start {
                let mut way = vec![start.clone(), node.clone()];
                let mut at = node;
                while let Some(&previous) = came_from.get(at) {
                    way.push(previous.clone());
                    at = previous;
                }
                if node == start {
                    way.truncate(2);
                }
                way.reverse();
                return Some(way);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, node);
                waiting.push_back(next);
            }
        }
    }
    None
}

/// OPA's words for a rule that needs itself: `rule data.t.p is recursive: data.t.p -> data.t.q -> data.t.p`.
#[must_use]
pub fn recursion_words(circle: &[String]) -> String {
    let first = circle.first().map(String::as_str).unwrap_or_default();
    format!("rule {first} is recursive: {}", circle.join(" -> "))
}

#[cfg(test)]
mod tests;
