//! The cases of a parameterised test. Its value names those that hold; which others were begun is asked of a rule that is
//! made of the beginning of its body: up to the statement that binds the last of its keys, as OPA puts in a call of
//! `internal.test_case` (`tester.injectTestCaseFunc`).

use std::collections::BTreeSet;

use super::discover::TestHead;
use crate::core::rego::ast::{Body, Literal, RefPartKind, Rule, TermKind};
use crate::core::rego::walk::{self, Node};

/// What a made rule is written from: a rule, its text, and the way of its file.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Its text, from its first byte.
    pub text: &'a str,
    /// The file reads `if` and `contains`.
    pub words: bool,
}

impl Written<'_> {
    /// The terms of the keys behind the test's name.
    #[must_use]
    pub fn keys(&self, test: &TestHead) -> Vec<String> {
        let parts = self.rule.head.parts.iter().skip(test.path.len().saturating_sub(1));
        let term = |part: &crate::core::rego::ast::RefPart| match &part.kind {
            RefPartKind::Dot(name) => serde_json::Value::from(name.as_str()).to_string(),
            RefPartKind::Index(term) => term.span.of(self.text).to_owned(),
        };
        parts.map(term).collect()
    }

    /// How many statements of a body stand before all keys are bound.
    #[must_use]
    pub fn bound_after(&self, test: &TestHead, body: &Body) -> usize {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for part in self.rule.head.parts.iter().skip(test.path.len().saturating_sub(1)) {
            if let RefPartKind::Index(term) = &part.kind {
                walk::term(term, &mut |node| names.extend(name_of(node)));
            }
        }
        let first = |name: &&str| body.literals.iter().position(|literal| mentions(literal, name));
        names.iter().filter_map(first).max().map_or(0, |at| at + 1)
    }

    /// `name contains element if { statements }`
    #[must_use]
    pub fn set_rule(&self, name: &str, element: &str, statements: &[String]) -> String {
        let body = if statements.is_empty() { "true".to_owned() } else { statements.join("\n") };
        match self.words {
            true => format!("{name} contains {element} if {{\n{body}\n}}\n"),
            false => format!("{name}[{element}] {{\n{body}\n}}\n"),
        }
    }

    /// The statements of a body, one by one.
    #[must_use]
    pub fn statements(&self, body: &Body) -> Vec<String> {
        body.literals.iter().map(|literal| literal.span.of(self.text).to_owned()).collect()
    }

    /// The rule that names the cases: a set of lists of keys.
    #[must_use]
    pub fn cases_rule(&self, test: &TestHead, name: &str) -> Option<String> {
        let body = &self.rule.bodies.first()?.body;
        let mut statements = self.statements(body);
        statements.truncate(self.bound_after(test, body));
        Some(self.set_rule(name, &format!("[{}]", self.keys(test).join(", ")), &statements))
    }

    /// The rule that holds the value of each case of a test with several keys: a set of pairs of the keys and the value. The
    /// engine does not find such a rule by its name. `None` if it has other bodies.
    #[must_use]
    pub fn values_rule(&self, test: &TestHead, name: &str) -> Option<String> {
        let keys = self.keys(test);
        let [body] = self.rule.bodies.as_slice() else { return None };
        if keys.len() < 2 || !self.rule.branches.is_empty() {
            return None;
        }
        let value = self.rule.head.value.as_ref().map_or("true", |value| value.span.of(self.text));
        let element = format!("[[{}], {value}]", keys.join(", "));
        Some(self.set_rule(name, &element, &self.statements(&body.body)))
    }
}

/// The variable that a node is.
fn name_of(node: Node<'_>) -> Option<&str> {
    match node {
        Node::Term(term) => match &term.kind {
            TermKind::Var(name) if name != "_" => Some(name),
            _ => None,
        },
        Node::Literal(_) => None,
    }
}

/// Whether a statement names a variable. What `some x` declares has no value yet.
fn mentions(literal: &Literal, name: &str) -> bool {
    let mut found = false;
    walk::literal(literal, &mut |node| found |= name_of(node) == Some(name));
    found
}
