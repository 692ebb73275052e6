//! Looks through a module for what its target does not have.

use std::collections::HashSet;
use std::ops::Range;

use super::{Beyond, Release, Target, Used, Why, builtin_since, since, wrong};
use crate::core::rego::ast::{
    Import, Literal, LiteralKind, Membership, Module, Placed, RefPart, RefPartKind, Rule, Span,
    StatementKind, Term, TermKind,
};
use crate::core::rego::lexer::{Kind, Lexer};
use crate::core::rego::parser::Dialect;
use crate::core::rego::walk::{self, Node};

/// Everything in a module that its target does not have, in the order of the text.
#[must_use]
pub fn beyond(module: &Module, text: &str, target: Target) -> Vec<Beyond> {
    if target == Target::OPA {
        return Vec::new();
    }
    let mut own = HashSet::new();
    for placed in &module.statements {
        match &placed.statement.kind {
            StatementKind::Import(import) => own.extend(import.name()),
            StatementKind::Rule(rule) => drop(own.insert(rule.head.name.as_str())),
            _ => {}
        }
    }
    let mut search = Search { text, target, own, told: HashSet::new(), found: Vec::new() };
    module.statements.iter().for_each(|placed| search.statement(placed));
    search.found.sort_by_key(|beyond| beyond.range.start);
    search.found.dedup();
    search.found
}

struct Search<'a> {
    text: &'a str,
    target: Target,
    /// Names of the module's rules and imports: what begins with one is no builtin.
    own: HashSet<&'a str>,
    /// Words whose import was refused: their uses are not told again.
    told: HashSet<&'static str>,
    found: Vec<Beyond>,
}

impl<'a> Search<'a> {
    fn statement(&mut self, placed: &'a Placed) {
        let dialect = placed.statement.dialect;
        match &placed.statement.kind {
            StatementKind::Package(package) => self.keywords_of(package.span, placed, dialect),
            StatementKind::Import(import) => self.import(import, placed),
            StatementKind::Rule(rule) => self.rule(rule, placed, dialect),
            StatementKind::Broken => {}
        }
    }

    fn import(&mut self, import: &'a Import, placed: &'a Placed) {
        let path: Vec<&str> = import.path.iter().map(String::as_str).collect();
        let words: &[&'static str] = match path.as_slice() {
            ["rego", "v1"] => &["in", "every", "if", "contains"],
            ["rego", "v2"] => &["in", "every", "if", "contains", "not", "and", "or"],
            ["future", "keywords"] => &["in"],
            ["future", "keywords", word] => match ["in", "every", "if", "contains", "not", "and", "or"]
                .iter()
                .position(|known| known == word)
            {
                Some(_) => &[],
                None => return,
            },
            _ => return self.keywords_of(import.span, placed, placed.statement.dialect),
        };
        let name = match path.as_slice() {
            ["future", "keywords"] => "in".to_owned(),
            ["future", "keywords", word] => (*word).to_owned(),
            _ => path.join("."),
        };
        let Some(since) = since(&name).filter(|since| !self.target.has(*since)) else { return };
        let range = import.span.at(placed.start);
        self.told.extend(words);
        for word in ["in", "every", "if", "contains", "not", "and", "or"] {
            if name == word {
                self.told.insert(word);
            }
        }
        self.add(range, Used::Word(format!("import {}", path.join("."))), since);
    }

    fn rule(&mut self, rule: &'a Rule, placed: &'a Placed, dialect: Dialect) {
        let at = |span: Span| span.at(placed.start);
        let head = &rule.head;
        if let Some(word) = keyword(&head.name, dialect) {
            self.need(at(head.name_span), Used::KeywordInReference(word), "keywords in references");
        }
        self.parts(&head.parts, placed, dialect);
        let constant = head.parts.iter().take_while(|part| part.constant().is_some()).count();
        // `p[x]` is as old as Rego; a variable may only come last before `names with variables`.
        let old = matches!(head.parts.as_slice(), [RefPart { kind: RefPartKind::Index(_), .. }]);
        if constant + 1 < head.parts.len() || (constant > 0 && head.contains) {
            self.need(at(head.span), Used::NameWithVariables, "names with variables");
        } else if constant > 0 && !old {
            self.need(at(head.span), Used::NameOfParts, "names of several parts");
        }
        if head.contains {
            self.word(at(head.span), "contains");
        }
        for body in rule.bodies.iter().chain(rule.branches.iter().filter_map(|branch| branch.body.as_ref())) {
            if let Some(span) = body.if_span {
                self.word(at(span), "if");
            }
        }
        walk::rule(rule, &mut |node| match node {
            Node::Literal(literal) => self.literal(literal, placed),
            Node::Term(term) => self.term(term, placed, dialect),
        });
    }

    fn literal(&mut self, literal: &'a Literal, placed: &'a Placed) {
        let at = |span: Span| span.at(placed.start);
        match &literal.kind {
            LiteralKind::Every(..) => self.word(at(literal.span), "every"),
            LiteralKind::SomeIn(membership) => {
                self.word(at(literal.span), "in");
                if matches!(&membership.collection.bare().kind, TermKind::Array(items) if items.is_empty()) {
                    self.known_wrong(at(literal.span), Used::EmptyCollection, "empty collection");
                }
            }
            LiteralKind::Logic { and, left, right } => {
                let between = at(left.span).end..at(right.span).start;
                let word = if *and { "and" } else { "or" };
                let found = self.text.get(between.clone()).and_then(|text| text.find(word));
                let start = between.start + found.unwrap_or(0);
                self.word(start..start + word.len(), word);
            }
            LiteralKind::Body(_) if literal.not.is_some() => self.word(at(literal.span), "not"),
            _ => {}
        }
        for with in &literal.with {
            for term in [&with.target, &with.value] {
                self.builtin(term, placed);
            }
        }
    }

    fn term(&mut self, term: &'a Term, placed: &'a Placed, dialect: Dialect) {
        let range = term.span.at(placed.start);
        match &term.kind {
            TermKind::Template(_) => self.need(range, Used::TemplateString, "template strings"),
            TermKind::Minus(_) => self.need(range, Used::Minus, "minus"),
            TermKind::In(membership) => {
                self.word(range.clone(), "in");
                if has_computed_members(membership) {
                    self.known_wrong(range, Used::ComputedMembers, "computed members");
                }
            }
            TermKind::Ref(_, parts) => self.parts(parts, placed, dialect),
            TermKind::Call(function, _) => self.builtin(function, placed),
            _ => {}
        }
    }

    /// A call's function, or what a `with` names.
    fn builtin(&mut self, function: &Term, placed: &Placed) {
        let Some(name) = dotted(function) else { return };
        let first = name.split('.').next().unwrap_or_default();
        if self.own.contains(first) {
            return;
        }
        let range = function.span.at(placed.start);
        match builtin_since(&name) {
            Some(since) if !self.target.has(since) => self.add(range, Used::Word(name), since),
            Some(_) if self.target.is_off(&name) => {
                self.found.push(Beyond { range, what: Used::Word(name), why: Why::Off });
            }
            _ => {}
        }
    }

    /// Keywords among the parts of a reference.
    fn parts(&mut self, parts: &[RefPart], placed: &Placed, dialect: Dialect) {
        for part in parts {
            if let RefPartKind::Dot(name) = &part.kind
                && let Some(word) = keyword(name, dialect)
            {
                let range = part.span.at(placed.start);
                self.need(range, Used::KeywordInReference(word), "keywords in references");
            }
        }
    }

    /// Keywords in a path that the tree keeps without its dots.
    fn keywords_of(&mut self, path: Span, placed: &Placed, dialect: Dialect) {
        let Range { start, end } = path.at(placed.start);
        let mut lexer = Lexer::new(self.text, start);
        loop {
            let token = lexer.next_token();
            if token.kind == Kind::Eof || token.start as usize >= end {
                return;
            }
            let range = token.start as usize..token.end as usize;
            let text = self.text.get(range.clone()).unwrap_or_default();
            if let Some(word) = keyword(text, dialect) {
                self.need(range, Used::KeywordInReference(word), "keywords in references");
            }
        }
    }

    fn word(&mut self, range: Range<usize>, word: &'static str) {
        if !self.told.contains(word) {
            self.need(range, Used::Word(word.to_owned()), word);
        }
    }

    fn need(&mut self, range: Range<usize>, what: Used, name: &str) {
        if let Some(since) = since(name).filter(|since| !self.target.has(*since)) {
            self.add(range, what, since);
        }
    }

    fn known_wrong(&mut self, range: Range<usize>, what: Used, name: &str) {
        if let Some((first, last)) = wrong(name)
            && (first..=last).contains(&self.target.opa)
        {
            self.found.push(Beyond { range, what, why: Why::Wrong(first, last) });
        }
    }

    fn add(&mut self, range: Range<usize>, what: Used, since: Release) {
        self.found.push(Beyond { range, what, why: Why::Since(since) });
    }
}

/// The word, if it is a keyword where it stands.
fn keyword(name: &str, dialect: Dialect) -> Option<String> {
    let active = match Kind::keyword(name)? {
        Kind::If => dialect.word_if,
        Kind::Contains => dialect.word_contains,
        Kind::In => dialect.word_in,
        Kind::Every => dialect.word_every,
        Kind::LogicAnd => dialect.word_and,
        Kind::LogicOr => dialect.word_or,
        _ => true,
    };
    active.then(|| name.to_owned())
}

/// `a.b.c`
fn dotted(term: &Term) -> Option<String> {
    match &term.kind {
        TermKind::Var(name) => Some(name.clone()),
        TermKind::Ref(head, parts) => {
            let TermKind::Var(first) = &head.kind else { return None };
            let mut name = first.clone();
            for part in parts {
                name.push('.');
                name.push_str(part.constant()?);
            }
            Some(name)
        }
        _ => None,
    }
}

/// A set that is written out, with members that have to be computed.
fn has_computed_members(membership: &Membership) -> bool {
    let TermKind::Set(items) = &membership.collection.bare().kind else { return false };
    items.iter().any(|item| {
        !matches!(
            item.bare().kind,
            TermKind::Null | TermKind::Bool(_) | TermKind::Number | TermKind::String(_)
        )
    })
}
