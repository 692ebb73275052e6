//! Bodies and the statements in them.

use std::collections::HashMap;

use super::Lowerer;
use super::buf::Buf;
use crate::core::rego::ast::{Body, Literal, LiteralKind, Span, Term, TermKind};

impl Lowerer<'_> {
    /// What a body declares, and what it is called in the output. What `some` declares is always renamed: the engine
    /// confuses it with a rule or import of the same name, in whatever file of the package.
    pub(super) fn declared(&self, body: &Body) -> HashMap<String, String> {
        let (mut some, mut assigned) = (Vec::new(), Vec::new());
        for literal in &body.literals {
            match &literal.kind {
                LiteralKind::Some(names) => some.extend(names.iter().map(|(name, _)| name.as_str())),
                LiteralKind::SomeIn(membership) => {
                    membership.key.iter().chain([&membership.value]).for_each(|t| variables(t, &mut some));
                }
                LiteralKind::Bind { assign: true, left, .. } => variables(left, &mut assigned),
                _ => {}
            }
        }
        let kept = assigned.into_iter().map(|name| (name.to_owned(), name.to_owned()));
        let renamed = some.into_iter().map(|name| (name.to_owned(), format!("{name}__rs")));
        kept.chain(renamed).filter(|(name, _)| name != "_").collect()
    }

    /// A body in a scope of its own.
    pub(super) fn scoped(&mut self, body: &Body) -> Buf {
        self.scopes.push(self.declared(body));
        let buf = self.statements(body, &[]);
        self.scopes.pop();
        buf
    }

    /// The statements of a body, braces included, with `extra` ones behind the last.
    pub(super) fn statements(&mut self, body: &Body, extra: &[Buf]) -> Buf {
        let mut buf = Buf::default();
        let mut at = body.span.start;
        // The engine takes a declaration behind a loop for a second one in its second turn.
        let late = body.literals.iter().skip(1).filter_map(|literal| match &literal.kind {
            LiteralKind::Some(names) => Some(names),
            _ => None,
        });
        let mut declared = String::new();
        for (name, span) in late.flatten() {
            let term = Term { span: *span, kind: TermKind::Var(name.clone()) };
            declared.push_str(if declared.is_empty() { "some " } else { ", " });
            declared.push_str(&self.term(&term).text);
        }
        for (i, literal) in body.literals.iter().enumerate() {
            let mut lowered = Buf::default();
            match &literal.kind {
                LiteralKind::Some(_) if i > 0 => {
                    lowered.push("true", literal.span.start);
                    self.copy_breaks(&mut lowered, literal.span.start, literal.span.end);
                }
                _ => lowered = self.literal(literal),
            }
            let gap = Span { start: at, end: literal.span.start };
            // The engine reads `a` and `(b)` on the next line as a call.
            if i > 0 && lowered.text.starts_with(['(', '[']) && !gap.of(self.source).contains(';') {
                buf.push(";", at);
            }
            buf.copy(self.source, at..gap.end);
            if i == 0 && !declared.is_empty() {
                buf.push(&format!("{declared}; "), gap.end);
            }
            buf.append(&lowered);
            at = literal.span.end;
        }
        for statement in extra {
            buf.push("; ", at);
            buf.append(statement);
        }
        buf.copy(self.source, at..body.span.end);
        buf
    }

    /// `[heads | body]`, whatever the brackets are.
    pub(super) fn comprehension(&mut self, span: Span, heads: &[&Term], body: &Body) -> Buf {
        self.scopes.push(self.declared(body));
        let (mut pieces, extra) =
            self.with_front(|l| heads.iter().map(|head| (head.span, l.term(head))).collect::<Vec<_>>());
        pieces.push((body.span, self.statements(body, &extra)));
        self.scopes.pop();
        self.splice(span, pieces)
    }

    /// One statement, with what must stand in front of it.
    pub(super) fn literal(&mut self, literal: &Literal) -> Buf {
        let negated = literal.not.is_some();
        let (with, outside) = self.with_front(|l| l.with(literal));
        let hoisting = negated && !self.dialect.improved_not;
        let (main, inside) = self.with_front(|l| l.kind(literal, hoisting));
        let start = literal.span.start;
        let mut buf = Buf::default();
        for statement in &outside {
            buf.append(statement);
            buf.push("; ", start);
        }
        let Some(not) = literal.not else {
            self.front(&mut buf, &inside, &with, start);
            buf.append(&main);
            buf.append(&with);
            return buf;
        };
        let body_start = self.kind_start(literal);
        let compound =
            matches!(literal.kind, LiteralKind::Body(_) | LiteralKind::Group(_) | LiteralKind::Logic { .. });
        let inner = self.dialect.improved_not
            && (!inside.is_empty()
                || matches!(literal.kind, LiteralKind::Bind { .. })
                || matches!(&literal.kind, LiteralKind::Expr(term) if self.output(term).is_some()));
        if compound || inner {
            // No solution of the whole: the only negation that keeps everything inside.
            buf.push("[1 |", start);
            self.copy_breaks(&mut buf, not.end, body_start);
            buf.push(" ", start);
            self.front(&mut buf, &inside, &Buf::default(), start);
            buf.append(&main);
            buf.push("] == []", start);
        } else {
            self.front(&mut buf, &inside, &with, start);
            buf.copy(self.source, not.start..body_start);
            buf.append(&main);
        }
        buf.append(&with);
        buf
    }

    /// Statements in front, each with the modifiers of the literal they come from.
    fn front(&self, buf: &mut Buf, statements: &[Buf], with: &Buf, start: u32) {
        for statement in statements {
            buf.append(statement);
            if !with.text.is_empty() {
                buf.push(&super::flat::flat(&with.text), start);
            }
            buf.push("; ", start);
        }
    }

    /// Where the literal's own expression begins, behind `not`.
    fn kind_start(&self, literal: &Literal) -> u32 {
        match &literal.kind {
            LiteralKind::Expr(term) | LiteralKind::Bind { left: term, .. } => term.span.start,
            LiteralKind::Body(body) => body.span.start,
            LiteralKind::Group(inner) => inner.span.start,
            LiteralKind::Logic { left, .. } => left.span.start,
            _ => literal.span.start,
        }
    }

    /// The engine takes an object that has more keys than a pattern for a match; in OPA it is none.
    pub(super) fn refuse_objects(&mut self, pattern: &Term) {
        if has_object(pattern) {
            self.refuse(pattern.span, "an object as a pattern");
        }
    }

    fn kind(&mut self, literal: &Literal, hoisting: bool) -> Buf {
        match &literal.kind {
            LiteralKind::Expr(term) if hoisting => self.negated(term),
            LiteralKind::Expr(term) if self.output(term).is_some() => {
                let (function, args) = self.output(term).unwrap_or((term, &[]));
                args.last().into_iter().for_each(|arg| self.refuse_objects(arg));
                let lowered = args.iter().map(|arg| self.term(arg)).collect();
                self.assigned(term, function, args, lowered, " = ")
            }
            LiteralKind::Expr(Term { span, kind: TermKind::In(membership) }) => {
                self.membership(*span, membership, false)
            }
            LiteralKind::Expr(term) => {
                if let TermKind::Call(function, args) = &term.bare().kind
                    && function.span.of(self.source) == "walk"
                {
                    args.get(1).into_iter().for_each(|found| self.refuse_objects(found));
                }
                self.term(term)
            }
            LiteralKind::Bind { left, right, assign, .. } => {
                let span = Span { start: left.span.start, end: right.span.end };
                // `x = {…}` is how values get names in old policies; what stands the other way round takes values apart.
                let is_name =
                    |term: &Term| matches!(&term.bare().kind, TermKind::Var(name) if name != "input");
                if *assign {
                    self.refuse_objects(left);
                } else if !is_name(left) {
                    [left, right]
                        .into_iter()
                        .filter(|side| binds(side))
                        .for_each(|side| self.refuse_objects(side));
                }
                let (mut left_buf, mut right_buf) = if hoisting {
                    (self.side(left), self.side(right))
                } else if *assign {
                    (self.pattern(left), self.term(right))
                } else {
                    (self.pattern(left), self.pattern(right))
                };
                if *assign {
                    right_buf = known(right_buf, right);
                } else if let (TermKind::Var(_), TermKind::Var(_)) = (&left.bare().kind, &right.bare().kind) {
                    // The engine takes both for unknown.
                    for (term, buf) in [(left, &mut left_buf), (right, &mut right_buf)] {
                        if matches!(&term.bare().kind, TermKind::Var(name) if self.every.contains(name)) {
                            *buf = known(std::mem::take(buf), term);
                        }
                    }
                }
                self.splice(span, vec![(left.span, left_buf), (right.span, right_buf)])
            }
            LiteralKind::Some(names) => {
                let mut pieces = Vec::new();
                for (name, span) in names {
                    let term = Term { span: *span, kind: TermKind::Var(name.clone()) };
                    pieces.push((*span, self.term(&term)));
                }
                let end = names.last().map_or(literal.span.end, |(_, span)| span.end);
                self.splice(Span { start: literal.span.start, end }, pieces)
            }
            LiteralKind::SomeIn(membership) => {
                let mut pieces = Vec::new();
                for pattern in membership.key.iter().chain([&membership.value]) {
                    self.refuse_objects(pattern);
                    pieces.push((pattern.span, self.pattern(pattern)));
                }
                let collection = &membership.collection;
                pieces.push((collection.span, self.iterated(collection)));
                self.splice(Span { start: literal.span.start, end: collection.span.end }, pieces)
            }
            LiteralKind::Every(membership, body) => {
                let collection = &membership.collection;
                let iterated = self.iterated(collection);
                let outer = self.every.len();
                let mut bound = Vec::new();
                membership.key.iter().chain([&membership.value]).for_each(|t| self.refuse_objects(t));
                membership.key.iter().chain([&membership.value]).for_each(|t| variables(t, &mut bound));
                self.every.extend(bound.into_iter().map(str::to_owned));
                let body_buf = self.scoped(body);
                self.every.truncate(outer);
                let pieces = vec![(collection.span, iterated), (body.span, body_buf)];
                self.splice(Span { start: literal.span.start, end: body.span.end }, pieces)
            }
            LiteralKind::Body(body) => {
                if literal.not.is_some() {
                    return self.unbraced(body);
                }
                self.truth(literal, true)
            }
            LiteralKind::Group(inner) => {
                if literal.not.is_some() {
                    return self.literal(inner);
                }
                let mut buf = Buf::default();
                self.copy_breaks(&mut buf, literal.span.start, inner.span.start);
                buf.append(&self.truth(inner, true));
                buf
            }
            LiteralKind::Logic { and, left, right } => {
                let mut buf = Buf::made("[1 | ", left.span.start);
                buf.append(&self.truth(left, *and));
                buf.push("; ", left.span.end);
                self.copy_breaks(&mut buf, left.span.end, right.span.start);
                buf.append(&self.truth(right, *and));
                buf.push(if *and { "] != []" } else { "] == []" }, right.span.end);
                buf
            }
        }
    }

    /// Whether an operand of `and` or `or` has a solution (`yes`), or has none.
    fn truth(&mut self, operand: &Literal, yes: bool) -> Buf {
        let mut buf = Buf::made("[1 | ", operand.span.start);
        match &operand.kind {
            LiteralKind::Body(body) if operand.not.is_none() => buf.append(&self.unbraced(body)),
            _ => buf.append(&self.literal(operand)),
        }
        buf.push(if yes { "] != []" } else { "] == []" }, operand.span.end);
        buf
    }

    /// The statements of `{ … }` without the braces.
    fn unbraced(&mut self, body: &Body) -> Buf {
        let (Some(first), Some(last)) = (body.literals.first(), body.literals.last()) else {
            return Buf::default();
        };
        let inner = Span { start: first.span.start, end: last.span.end };
        let mut buf = Buf::default();
        self.copy_breaks(&mut buf, body.span.start, inner.start);
        let statements = Body { span: inner, braces: false, literals: body.literals.clone() };
        buf.append(&self.scoped(&statements));
        self.copy_breaks(&mut buf, inner.end, body.span.end);
        buf
    }

    /// `name := term` for the one expression of a template's hole.
    pub(super) fn bound(&mut self, name: &str, literal: &Literal) -> Buf {
        let (with, outside) = self.with_front(|l| l.with(literal));
        let (value, inside) = self.with_front(|l| match &literal.kind {
            LiteralKind::Expr(term) => l.term(term),
            _ => Buf::default(),
        });
        let start = literal.span.start;
        let mut buf = Buf::default();
        for statement in &outside {
            buf.append(statement);
            buf.push("; ", start);
        }
        self.front(&mut buf, &inside, &with, start);
        buf.push(&format!("{name} := "), start);
        buf.append(&value);
        buf.append(&with);
        buf
    }
}

/// A value that something is assigned: where it is a variable, or a literal of variables, the engine may run `names[x]`
/// before `x := y`.
pub(super) fn known(value: Buf, term: &Term) -> Buf {
    let mut names = Vec::new();
    variables(term, &mut names);
    let bare = value.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if names.is_empty() && !(bare && value.text.starts_with("__rs")) {
        return value;
    }
    let mut buf = Buf::made("[", term.span.start);
    buf.append(&value);
    buf.push("][0]", term.span.end);
    buf
}

/// Whether a pattern has variables in it.
fn binds(term: &Term) -> bool {
    let mut found = Vec::new();
    variables(term, &mut found);
    !found.is_empty()
}

/// Whether there is an object among what a pattern compares.
fn has_object(term: &Term) -> bool {
    match &term.kind {
        TermKind::Paren(inner) => has_object(inner),
        TermKind::Array(items) => items.iter().any(has_object),
        TermKind::Object(_) => true,
        _ => false,
    }
}

/// The variables of a pattern.
pub(super) fn variables<'t>(term: &'t Term, found: &mut Vec<&'t str>) {
    match &term.kind {
        TermKind::Var(name) => found.push(name),
        TermKind::Paren(inner) => variables(inner, found),
        TermKind::Array(items) => items.iter().for_each(|item| variables(item, found)),
        TermKind::Object(pairs) => pairs.iter().for_each(|(_, value)| variables(value, found)),
        _ => {}
    }
}
