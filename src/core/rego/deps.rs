//! What a rule needs: other rules and functions by name, and references into `data`; and whether rules need themselves.
//!
//! Names are resolved as OPA does: what `:=`, `some`, `every` and arguments declare is local in its body and the
//! closures in it; everything else is a rule, a function, an import or a builtin.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use super::ast::{
    Body, Literal, LiteralKind, Membership, RefPart, RefPartKind, Rule, TemplatePart, Term, TermKind,
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
    let mut visitor = Visitor { scopes: Vec::new(), found: Needs::default() };
    visitor.rule(rule);
    visitor.found
}

type Scope = HashSet<String>;

struct Visitor {
    scopes: Vec<Scope>,
    found: Needs,
}

impl Visitor {
    fn rule(&mut self, rule: &Rule) {
        let mut arguments = Scope::new();
        for arg in rule.head.args.iter().flatten() {
            declare(arg, &mut arguments);
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
    fn body(&mut self, body: &Body, heads: impl FnOnce(&mut Self)) {
        let mut scope = Scope::new();
        for literal in &body.literals {
            match &literal.kind {
                LiteralKind::Bind { assign: true, left, .. } => declare(left, &mut scope),
                LiteralKind::Some(names) => scope.extend(names.iter().map(|(name, _)| name.clone())),
                LiteralKind::SomeIn(membership) => {
                    membership.key.iter().chain([&membership.value]).for_each(|t| declare(t, &mut scope));
                }
                _ => {}
            }
        }
        self.scopes.push(scope);
        body.literals.iter().for_each(|literal| self.literal(literal));
        heads(self);
        self.scopes.pop();
    }

    fn local(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.contains(name))
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
                membership.key.iter().chain([&membership.value]).for_each(|t| declare(t, &mut scope));
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
            TermKind::Var(name) => self.name(name, &[]),
            TermKind::Ref(head, parts) => {
                self.parts(parts);
                match &head.kind {
                    TermKind::Var(name) => self.name(name, parts),
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

    fn name(&mut self, name: &str, parts: &[RefPart]) {
        if name == "data" {
            let constant = parts.iter().map_while(|part| part.constant().map(str::to_owned));
            self.found.data.insert(constant.collect());
        } else if name != "_" && name != "input" && !self.local(name) {
            self.found.names.insert(name.to_owned());
        }
    }
}

/// The variables of a pattern become local.
fn declare(pattern: &Term, scope: &mut Scope) {
    match &pattern.kind {
        TermKind::Var(name) => {
            scope.insert(name.clone());
        }
        TermKind::Paren(inner) => declare(inner, scope),
        TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|item| declare(item, scope)),
        TermKind::Object(pairs) => pairs.iter().for_each(|(_, value)| declare(value, scope)),
        _ => {}
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
