//! From the parser's tree to the program that the checks work on, with OPA's places for every node.

use std::rc::Rc;

use super::Source;
use super::ir::{
    At, Body, Compr, ComprKind, Every, Expr, ExprKind, Head, Import, Loc, Logic, Module, Ops, Part, Program,
    Rule, RuleId, Term, Val, Vars, With,
};
use crate::core::rego::ast::{
    self, Else, Literal, LiteralKind, Membership, Operator, RefPart, RefPartKind, RuleBody, RuleKind, Span,
    StatementKind, TemplatePart, TermKind,
};
use crate::core::rego::parser::Version;

/// The program of files that are sorted by name.
pub(super) fn program(files: &[&Source<'_>], version: Version) -> Program {
    let mut vars = Vars::new();
    let ops = Ops::new(&mut vars);
    let rows = files.iter().map(|file| row_starts(file.text)).collect();
    let mut program = Program { vars, ops, rows, modules: Vec::new(), rules: Vec::new() };
    for (number, file) in files.iter().enumerate() {
        let mut module = Module {
            name: file.name.into(),
            package_at: None,
            package: vec!["data".into()],
            imports: Vec::new(),
            rules: Vec::new(),
            v1: version != Version::V0,
        };
        for placed in &file.module.statements {
            let statement = &*placed.statement;
            let mut builder = Builder {
                program: &mut program,
                file: u32::try_from(number).unwrap_or_default(),
                base: placed.start,
                text: file.text.get(placed.range()).unwrap_or_default(),
                improved_not: statement.dialect.improved_not,
                module: number,
                forced: None,
            };
            let at = builder.at(Span { start: 0, end: 0 });
            match &statement.kind {
                StatementKind::Package(package) => {
                    module.package_at = at;
                    module.package.extend(package.path.iter().map(|name| Rc::from(name.as_str())));
                }
                StatementKind::Import(import) => {
                    let path: Vec<Rc<str>> = import.path.iter().map(|name| Rc::from(name.as_str())).collect();
                    module.v1 |= path.first().is_some_and(|root| &**root == "rego");
                    let alias = import.alias.as_ref().map(|(name, _)| Rc::from(name.as_str()));
                    module.imports.push(Import { at, path, alias });
                }
                StatementKind::Rule(rule) => builder.rule(rule, &mut module.rules),
                StatementKind::Broken => {}
            }
        }
        program.modules.push(module);
    }
    program
}

fn row_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

struct Builder<'a> {
    program: &'a mut Program,
    file: u32,
    base: usize,
    text: &'a str,
    improved_not: bool,
    module: usize,
    /// Every node gets this place.
    forced: Option<At>,
}

impl Builder<'_> {
    fn at(&self, span: Span) -> At {
        self.forced.unwrap_or_else(|| {
            let byte = u32::try_from(self.base).unwrap_or(u32::MAX).saturating_add(span.start);
            Some(Loc { file: self.file, byte })
        })
    }

    fn rule(&mut self, rule: &ast::Rule, firsts: &mut Vec<RuleId>) {
        let start = self.at(Span { start: 0, end: 0 });
        let bodies = &rule.bodies;
        let first = bodies.first();
        // A rule without body and `contains` is read as an expression.
        let constant = first.is_none() && !rule.default && !rule.head.contains;
        let head = self.head(&rule.head);
        let body = match (first, constant) {
            (Some(body), _) => self.body(&body.body),
            (None, true) => vec![truth(rule.head.value.as_ref().map_or(start, |v| self.place(v)))],
            (None, false) => vec![truth(start)],
        };
        let id = self.push(Rule {
            module: self.module,
            at: start,
            default: rule.default,
            head,
            body,
            otherwise: None,
        });
        firsts.push(id);
        self.branches(rule, id);
        for chained in bodies.iter().skip(1) {
            let at = self.at(chained.body.span);
            self.forced = Some(at);
            let head = self.head(&rule.head);
            self.forced = None;
            let body = self.body(&chained.body);
            let rule = Rule { module: self.module, at, default: false, head, body, otherwise: None };
            firsts.push(self.push(rule));
        }
    }

    fn branches(&mut self, rule: &ast::Rule, first: RuleId) {
        let mut last = first;
        for Else { span, value, body } in &rule.branches {
            let at = self.at(*span);
            let mut head = self.head(&rule.head);
            head.at = at;
            head.key = None;
            head.value = Some(match value {
                Some(value) => self.term(value),
                None => Term::new(None, Val::Bool(true)),
            });
            let body = match body {
                None => vec![truth(at)],
                Some(RuleBody { body, .. }) if body.braces => self.body(body),
                Some(RuleBody { body, .. }) => {
                    self.forced = Some(at);
                    let body = self.body(body);
                    self.forced = None;
                    body
                }
            };
            let rule = Rule { module: self.module, at, default: false, head, body, otherwise: None };
            let id = self.push(rule);
            if let Some(before) = self.program.rules.get_mut(last) {
                before.otherwise = Some(id);
            }
            last = id;
        }
    }

    fn push(&mut self, rule: Rule) -> RuleId {
        self.program.rules.push(rule);
        self.program.rules.len() - 1
    }

    fn head(&mut self, head: &ast::Head) -> Head {
        let at = self.at(head.span);
        let name = Term::var(self.at(head.name_span), self.program.vars.named(&head.name));
        let path = self.path(name, &head.parts);
        let args = head.args.iter().flatten().map(|arg| self.term(arg)).collect();
        let multi = head.kind == RuleKind::PartialSet;
        let key = if multi { head.key.as_ref().map(|key| self.term(key)) } else { None };
        let value = match &head.value {
            _ if multi => None,
            Some(value) => Some(self.term(value)),
            None => Some(Term::new(at, Val::Bool(true))),
        };
        Head { at, path, args, key, value }
    }

    fn path(&mut self, head: Term, parts: &[RefPart]) -> Vec<Term> {
        let mut terms = vec![head];
        for part in parts {
            terms.push(match &part.kind {
                RefPartKind::Dot(name) => {
                    let after_dot = Span { start: part.span.start + 1, end: part.span.end };
                    Term::new(self.at(after_dot), Val::Str(name.as_str().into()))
                }
                RefPartKind::Index(index) => self.term(index),
            });
        }
        terms
    }

    fn body(&mut self, body: &ast::Body) -> Body {
        body.literals.iter().map(|literal| self.literal(literal)).collect()
    }

    /// A statement of a body.
    fn literal(&mut self, literal: &Literal) -> Expr {
        let mut expr = self.bare(literal);
        expr.at = self.at(literal.span);
        if let ExprKind::Not(body, false) = &mut expr.kind {
            for inner in body {
                inner.at = expr.at;
            }
        }
        expr
    }

    /// A statement, where operands have their own places.
    fn bare(&mut self, literal: &Literal) -> Expr {
        let at = self.at(literal.span);
        let mut expr = match (&literal.kind, literal.not) {
            (_, Some(_)) if self.improved_not => {
                let (body, explicit) = self.operand_of(literal);
                Expr::new(at, ExprKind::Not(body, explicit))
            }
            _ => self.positive(literal),
        };
        if literal.not.is_some() && !self.improved_not {
            expr.negated = true;
        }
        let with: Vec<With> = literal.with.iter().map(|with| self.with(with)).collect();
        expr.with.extend(with);
        expr
    }

    fn with(&mut self, with: &ast::With) -> With {
        With { at: self.at(with.span), target: self.term(&with.target), value: self.term(&with.value) }
    }

    /// Without `not` and `with`.
    fn positive(&mut self, literal: &Literal) -> Expr {
        let at = self.at(literal.span);
        match &literal.kind {
            LiteralKind::Expr(term) => {
                let inner = self.at(term.span);
                let term = self.term(term);
                let kind = match term.val {
                    Val::Call(terms) => ExprKind::Call(terms),
                    _ => ExprKind::Term(term),
                };
                Expr::new(inner, kind)
            }
            LiteralKind::Bind { assign, left, right } => {
                let op = if *assign { self.program.ops.assign } else { self.program.ops.eq };
                let start = self.at(left.span);
                let (left, right) = (self.term(left), self.term(right));
                Expr::equality(start, op, left, right)
            }
            LiteralKind::Some(names) => {
                let mut symbols = Vec::with_capacity(names.len());
                for (name, span) in names {
                    let at = self.at(*span);
                    symbols.push(Term::var(at, self.variable(name)));
                }
                Expr::new(at, ExprKind::Some(at, symbols))
            }
            LiteralKind::SomeIn(m) => {
                let key = m.key.as_ref().map(|key| self.term(key));
                let (value, collection) = (self.term(&m.value), self.term(&m.collection));
                Expr::new(at, ExprKind::SomeIn(at, key, value, collection))
            }
            LiteralKind::Every(m, body) => {
                let key = m.key.as_ref().map(|key| self.term(key));
                let (value, domain) = (self.term(&m.value), self.term(&m.collection));
                let body = self.body(body);
                Expr::new(at, ExprKind::Every(Box::new(Every { key, value, domain, body })))
            }
            LiteralKind::Body(body) => {
                // Only as an operand; kept as it is if it ever stands alone.
                let body = self.body(body);
                Expr::new(at, ExprKind::Not(body, true))
            }
            LiteralKind::Group(inner) => self.bare(inner),
            LiteralKind::Logic { and, left, right } => {
                let (left, left_explicit) = self.operand(left);
                let (right, right_explicit) = self.operand(right);
                let logic = Logic { and: *and, left, right, explicit: (left_explicit, right_explicit) };
                Expr::new(at, ExprKind::Logic(Box::new(logic)))
            }
        }
    }

    /// An operand of `and` and `or`: its body, and whether it stands in braces.
    fn operand(&mut self, literal: &Literal) -> (Body, bool) {
        match (&literal.kind, literal.not) {
            (LiteralKind::Body(body), None) => (self.body(body), true),
            (LiteralKind::Group(inner), None) if literal.with.is_empty() => self.operand(inner),
            _ => (vec![self.bare(literal)], false),
        }
    }

    /// The operand of `not`.
    fn operand_of(&mut self, literal: &Literal) -> (Body, bool) {
        match &literal.kind {
            LiteralKind::Body(body) => (self.body(body), true),
            LiteralKind::Group(inner) => self.operand(inner),
            _ => (vec![self.positive(literal)], false),
        }
    }

    fn variable(&mut self, name: &str) -> super::ir::Var {
        if name == "_" { self.program.vars.wildcard() } else { self.program.vars.named(name) }
    }

    /// Where a term begins, for OPA: a parenthesis is not part of it, an operation begins where its left side does.
    fn place(&self, term: &ast::Term) -> At {
        match &term.kind {
            TermKind::Paren(inner) => self.place(inner),
            TermKind::Binary(_, sides) => self.place(&sides.0),
            TermKind::In(m) => self.place(m.key.as_ref().unwrap_or(&m.value)),
            TermKind::Ref(head, _) | TermKind::Call(head, _) => self.place(head),
            _ => self.at(term.span),
        }
    }

    fn terms(&mut self, terms: &[ast::Term]) -> Vec<Term> {
        terms.iter().map(|term| self.term(term)).collect()
    }

    fn term(&mut self, term: &ast::Term) -> Term {
        let at = self.place(term);
        let val = match &term.kind {
            TermKind::Null => Val::Null,
            TermKind::Bool(value) => Val::Bool(*value),
            TermKind::Number => Val::Num(term.span.of(self.text).into()),
            TermKind::String(text) => Val::Str(text.as_str().into()),
            TermKind::Template(pieces) => Val::Template(self.template(term.span, pieces)),
            TermKind::Var(name) => match self.variable(name) {
                root @ (super::ir::INPUT | super::ir::DATA) => Val::Ref(vec![Term::var(at, root)]),
                var => Val::Var(var),
            },
            TermKind::Ref(head, parts) => {
                let head = self.ref_head(head);
                Val::Ref(self.path(head, parts))
            }
            TermKind::Call(function, args) => {
                let function = match &function.kind {
                    TermKind::Ref(head, parts) => {
                        let head = self.ref_head(head);
                        self.path(head, parts)
                    }
                    _ => vec![self.ref_head(function)],
                };
                let mut terms = vec![Term::new(at, Val::Ref(function))];
                terms.extend(self.terms(args));
                Val::Call(terms)
            }
            TermKind::Binary(op, sides) => {
                let function = self.function(at, operator_name(*op));
                Val::Call(vec![function, self.term(&sides.0), self.term(&sides.1)])
            }
            TermKind::In(m) => self.member(at, m),
            TermKind::Minus(inner) => {
                let function = self.function(at, "minus");
                Val::Call(vec![function, Term::new(at, Val::Num("0".into())), self.term(inner)])
            }
            TermKind::Paren(inner) => return self.term(inner),
            TermKind::Array(items) => Val::Array(self.terms(items)),
            TermKind::Set(items) => Val::Set(self.terms(items)),
            TermKind::Object(pairs) => {
                Val::Object(pairs.iter().map(|(key, value)| (self.term(key), self.term(value))).collect())
            }
            TermKind::ArrayCompr(head, body) => self.compr(ComprKind::Array, None, head, body),
            TermKind::SetCompr(head, body) => self.compr(ComprKind::Set, None, head, body),
            TermKind::ObjectCompr(pair, body) => self.compr(ComprKind::Object, Some(&pair.0), &pair.1, body),
        };
        Term::new(at, val)
    }

    /// The head of a reference; `input` and `data` are not references of their own there.
    fn ref_head(&mut self, head: &ast::Term) -> Term {
        match &head.kind {
            TermKind::Var(name) => Term::var(self.at(head.span), self.variable(name)),
            _ => self.term(head),
        }
    }

    fn compr(&mut self, kind: ComprKind, key: Option<&ast::Term>, term: &ast::Term, body: &ast::Body) -> Val {
        let key = key.map(|key| self.term(key));
        let term = self.term(term);
        let body = self.body(body);
        Val::Compr(Box::new(Compr { kind, key, term, body }))
    }

    fn function(&mut self, at: At, name: &str) -> Term {
        Term::new(at, Val::Ref(vec![Term::var(at, self.program.vars.named(name))]))
    }

    fn member(&mut self, at: At, m: &Membership) -> Val {
        let name = if m.key.is_some() { "member_3" } else { "member_2" };
        let mut function = self.function(at, "internal");
        if let Val::Ref(terms) = &mut function.val {
            terms.push(Term::new(at, Val::Str(name.into())));
        }
        let mut terms = vec![function];
        terms.extend(m.key.as_ref().map(|key| self.term(key)));
        terms.push(self.term(&m.value));
        terms.push(self.term(&m.collection));
        Val::Call(terms)
    }

    fn template(&mut self, span: Span, pieces: &[TemplatePart]) -> Vec<Part> {
        let at = self.at(span);
        let parts = pieces.iter().map(|piece| match piece {
            TemplatePart::Text(text) => Part::Term(Term::new(at, Val::Str(text.as_str().into()))),
            TemplatePart::Hole(_, literal) => {
                let expr = self.literal(literal);
                match expr.kind {
                    ExprKind::Term(term) if term.val.scalar() => Part::Term(term),
                    kind => Part::Expr(Expr { kind, ..expr }),
                }
            }
        });
        parts.collect()
    }
}

/// The body of a rule without one.
fn truth(at: At) -> Expr {
    Expr::new(at, ExprKind::Term(Term::new(at, Val::Bool(true))))
}

fn operator_name(op: Operator) -> &'static str {
    match op {
        Operator::Equal => "equal",
        Operator::NotEqual => "neq",
        Operator::Less => "lt",
        Operator::LessEqual => "lte",
        Operator::Greater => "gt",
        Operator::GreaterEqual => "gte",
        Operator::Union => "or",
        Operator::Intersection => "and",
        Operator::Plus => "plus",
        Operator::Minus => "minus",
        Operator::Times => "mul",
        Operator::Divide => "div",
        Operator::Remainder => "rem",
    }
}
