//! Reads the tree of a module as the judge needs it: definitions, and what each of them uses.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use crate::core::policy::entries::entry;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::module::{Call, Definition, Import, Kind, Module, Placed};
use crate::core::policy::paths::{Locals, Path, callee};
use crate::core::policy::reads::Reads;
use crate::core::policy::testing::discover::test_of;
use crate::core::rego::ast::{
    Body, Literal, LiteralKind, Membership, RefPart, RefPartKind, Rule, RuleKind, Span, Statement,
    StatementKind, TemplatePart, Term, TermKind,
};
use crate::core::rego::deps::needs;
use crate::core::rego::lower::{LowerOptions, Lowered, Names, SourceMap, lower};
use crate::core::rego::names::is_builtin;
use crate::core::rego::parser::{ParseOptions, Parsed, parse};

/// Definitions that were made of statements before. A statement that an edit did not touch is the same `Arc`.
/// What they were lowered to depends on the imports and rule names of the file too.
#[derive(Debug, Default)]
pub struct Known(HashMap<(usize, u64), (Arc<Statement>, Arc<Definition>)>);

/// Reads a module without syntax errors. `known` is used and brought up to date.
#[must_use]
pub fn outline(parsed: &Parsed, text: &str, known: &mut Known) -> Module {
    let mut module = Module::default();
    let names = Names::of_package([&parsed.module]).with_imports(&parsed.module);
    let meaning = meaning(&parsed.module);
    let mut now = HashMap::with_capacity(parsed.module.statements.len());
    for placed in &parsed.module.statements {
        let statement = &placed.statement;
        let own = text.get(placed.range()).unwrap_or_default();
        match &statement.kind {
            StatementKind::Package(package) => {
                module.package.clone_from(&package.path);
                module.package_range = placed.range();
            }
            StatementKind::Import(import) => {
                let lowered = lower(placed, text, &names, LowerOptions::default());
                let unsupported = lowered.unsupported.into_iter();
                module.unsupported.extend(unsupported.map(|u| (u.span.at(placed.start), u.what)));
                let name = import.name().unwrap_or_default().to_owned();
                module.imports.push(Import {
                    path: import.path.clone(),
                    name,
                    text: lowered.text.trim().to_owned(),
                });
            }
            StatementKind::Rule(rule) => {
                let id = (Arc::as_ptr(statement) as usize, meaning);
                let definition = match known.0.remove(&id) {
                    Some((_, definition)) => definition,
                    None => Arc::new(definition(rule, own, &|options| lower(placed, text, &names, options))),
                };
                now.insert(id, (statement.clone(), definition.clone()));
                module.definitions.push(Placed { start: placed.start, definition });
            }
            StatementKind::Broken => {}
        }
    }
    known.0 = now;
    module
}

/// The package of a text, even if the rest of it does not parse.
#[must_use]
pub fn package(parsed: &Parsed) -> Option<Vec<String>> {
    parsed.module.statements.iter().find_map(|placed| match &placed.statement.kind {
        StatementKind::Package(package) if !package.path.is_empty() => Some(package.path.clone()),
        _ => None,
    })
}

/// Identifies what lowering has to know beside a statement: the imports, and rules that hide a builtin or an import.
fn meaning(module: &crate::core::rego::ast::Module) -> u64 {
    let mut imports: Vec<(&str, &[String])> = Vec::new();
    let mut rules: BTreeSet<&str> = BTreeSet::new();
    for placed in &module.statements {
        match &placed.statement.kind {
            StatementKind::Import(import) => {
                imports.extend(import.name().map(|name| (name, import.path.as_slice())));
            }
            StatementKind::Rule(rule) => drop(rules.insert(&rule.head.name)),
            _ => {}
        }
    }
    rules.retain(|rule| is_builtin(rule) || imports.iter().any(|(name, _)| name == rule));
    hash_of((imports, rules))
}

fn definition(rule: &Rule, text: &str, lower: &dyn Fn(LowerOptions) -> Lowered) -> Definition {
    let head = &rule.head;
    let needs = needs(rule);
    let mut uses = Uses::default();
    for (at, arg) in head.args.iter().flatten().enumerate() {
        uses.locals.parameter(at, arg);
    }
    let bodies = || rule.bodies.iter().chain(rule.branches.iter().filter_map(|branch| branch.body.as_ref()));
    // Twice: what a statement binds may be read by one above it.
    for _ in 0..2 {
        bodies().for_each(|body| uses.locals.bind_body(&body.body));
    }
    for body in bodies() {
        uses.body(&body.body);
    }
    head.args.iter().flatten().for_each(|term| uses.term(term));
    head.parts.iter().for_each(|part| uses.part(part));
    head.key.iter().chain(&head.value).for_each(|term| uses.term(term));
    rule.branches.iter().filter_map(|branch| branch.value.as_ref()).for_each(|term| uses.term(term));
    let kind = match head.kind {
        _ if rule.default => Kind::Default,
        RuleKind::Function => Kind::Function,
        RuleKind::PartialSet if head.parts.is_empty() => Kind::Set,
        RuleKind::Complete if head.parts.is_empty() => Kind::Complete,
        _ => Kind::Object,
    };
    let mut yields = match kind {
        Kind::Set => head.key.iter().flat_map(|key| uses.locals.of(key)).collect(),
        _ => head.value.iter().flat_map(|value| uses.locals.of(value)).collect::<Vec<_>>(),
    };
    yields.extend(
        rule.branches.iter().filter_map(|b| b.value.as_ref()).flat_map(|value| uses.locals.of(value)),
    );
    let mut definition = Definition {
        name: head.name.clone(),
        ground: head.path().into_iter().map(str::to_owned).collect(),
        varies: !head.parts.iter().all(|part| part.constant().is_some()),
        kind,
        len: text.len(),
        head: bytes(head.span),
        text: Arc::from(""),
        hash: 0,
        map: SourceMap::default(),
        names_in_text: Vec::new(),
        probes: Vec::new(),
        names: needs.names,
        data: needs.data,
        reads: uses.reads,
        noticed: Reads::of(rule),
        yields,
        calls: uses.calls,
        test: test_of(rule),
        replaced: uses.replaced.iter().map(|span| (bytes(*span), span.of(text).to_owned())).collect(),
        mocks: Vec::new(),
        unsupported: Vec::new(),
        spelled: uses.numbers.iter().find(|span| is_forgotten(span.of(text))).map(|span| bytes(*span)),
        speaks: uses.speaks,
    };
    let is_entry = entry(&definition.name, definition.kind, text).is_some();
    // The number of a probe tells the definition too: several may be in one rule.
    let probe = is_entry.then(|| (hash_of(text) & 0xffff_ffff) << 8);
    let lowered = lower(LowerOptions { probe });
    definition.unsupported = lowered.unsupported.into_iter().map(|u| (bytes(u.span), u.what)).collect();
    // What may be asked for one by one is called by another name then.
    if is_entry || definition.test.as_ref().is_some_and(|test| test.path.len() == 1) {
        definition.names_in_text = names_in(&lowered.text, &definition.name);
    }
    definition.hash = hash_of(&lowered.text);
    definition.text = Arc::from(lowered.text);
    definition.map = lowered.map;
    definition.probes = lowered.probes;
    definition.mocks = lowered.mocks;
    definition
}

/// Whether the engine forgets how a number is written: `1.0`, `1e3`.
fn is_forgotten(number: &str) -> bool {
    number.contains(['.', 'e', 'E']) && number.parse::<f64>().is_ok_and(|number| number.fract() == 0.0)
}

/// Where the heads of a lowered text have their name.
fn names_in(text: &str, name: &str) -> Vec<Range<usize>> {
    let parsed = parse(text, ParseOptions::default());
    let heads = parsed.module.statements.iter().filter_map(|placed| match &placed.statement.kind {
        StatementKind::Rule(rule) if rule.head.name == name => Some(rule.head.name_span.at(placed.start)),
        _ => None,
    });
    heads.collect()
}

fn bytes(span: Span) -> Range<usize> {
    span.at(0)
}

#[derive(Default)]
struct Uses {
    locals: Locals,
    reads: Vec<Path>,
    calls: Vec<Call>,
    replaced: Vec<Span>,
    /// Numbers as they are written, but for those that are only compared or counted with.
    numbers: Vec<Span>,
    /// Something makes a text in which the spelling of a number may show.
    speaks: bool,
}

impl Uses {
    fn body(&mut self, body: &Body) {
        body.literals.iter().for_each(|literal| self.literal(literal));
    }

    fn literal(&mut self, literal: &Literal) {
        match &literal.kind {
            LiteralKind::Expr(term) => self.term(term),
            LiteralKind::Bind { left, right, .. } => {
                self.term(left);
                self.term(right);
            }
            LiteralKind::Some(_) => {}
            LiteralKind::SomeIn(member) => self.member(member),
            LiteralKind::Every(member, body) => {
                self.member(member);
                self.body(body);
            }
            LiteralKind::Body(body) => {
                self.body(body);
            }
            LiteralKind::Group(inner) => self.literal(inner),
            LiteralKind::Logic { left, right, .. } => {
                self.literal(left);
                self.literal(right);
            }
        }
        for with in &literal.with {
            self.replaced.push(with.target.span);
            self.term(&with.target);
            self.term(&with.value);
        }
    }

    fn member(&mut self, member: &Membership) {
        member.key.iter().for_each(|key| self.term(key));
        self.term(&member.value);
        self.term(&member.collection);
    }

    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Null | TermKind::Bool(_) | TermKind::String(_) => {}
            TermKind::Number => self.numbers.push(term.span),
            TermKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Hole(_, literal) = part
                        && !matches!(&literal.kind, LiteralKind::Expr(Term { kind: TermKind::Number, .. }))
                    {
                        self.speaks = true;
                        self.literal(literal);
                    }
                }
            }
            TermKind::Var(_) | TermKind::Ref(..) => self.reference(term),
            TermKind::Call(function, args) => {
                self.call(function, args);
                args.iter().for_each(|arg| self.term(arg));
            }
            TermKind::Binary(_, sides) => {
                for side in [&sides.0, &sides.1] {
                    if !matches!(side.bare().kind, TermKind::Number) {
                        self.term(side);
                    }
                }
            }
            TermKind::In(member) => self.member(member),
            TermKind::Minus(inner) | TermKind::Paren(inner) => self.term(inner),
            TermKind::Array(items) | TermKind::Set(items) => {
                items.iter().for_each(|item| self.term(item));
            }
            TermKind::Object(fields) => {
                fields.iter().for_each(|(key, value)| {
                    self.term(key);
                    self.term(value);
                });
            }
            TermKind::ArrayCompr(inner, body) | TermKind::SetCompr(inner, body) => {
                self.locals.bind_body(body);
                self.body(body);
                self.term(inner);
            }
            TermKind::ObjectCompr(pair, body) => {
                self.locals.bind_body(body);
                self.body(body);
                self.term(&pair.0);
                self.term(&pair.1);
            }
        }
    }

    fn part(&mut self, part: &RefPart) {
        if let RefPartKind::Index(index) = &part.kind {
            self.term(index);
        }
    }

    fn reference(&mut self, term: &Term) {
        let (head, parts): (&Term, &[RefPart]) = match &term.kind {
            TermKind::Ref(head, parts) => (head, parts),
            _ => (term, &[]),
        };
        parts.iter().for_each(|part| self.part(part));
        match &head.bare().kind {
            TermKind::Var(_) => {}
            _ => self.term(head),
        }
        for path in self.locals.of(term) {
            if !self.reads.contains(&path) {
                self.reads.push(path);
            }
        }
    }

    fn call(&mut self, function: &Term, args: &[Term]) {
        let Some(name) = callee(function) else { return self.term(function) };
        self.speaks |= match name.as_str() {
            // `%v` says `1` of `1.0`.
            "sprintf" => !args.first().is_some_and(|format| match &format.bare().kind {
                TermKind::String(format) => !format.replace("%v", "").contains('%'),
                _ => false,
            }),
            "json.marshal" | "json.marshal_with_options" | "yaml.marshal" | "print" => true,
            _ => false,
        };
        let args = args.iter().map(|arg| self.locals.of(arg)).collect();
        self.calls.push(Call { name, range: bytes(function.span), args });
    }
}
