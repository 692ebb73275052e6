//! Statements: package, imports and rules.

use super::buf::Buf;
use super::flat::flat;
use super::{Lowerer, Probe};
use crate::core::rego::ast::{
    Body, Import, LiteralKind, Package, RefPart, RefPartKind, Rule, RuleBody, RuleKind, Span, Term, TermKind,
};
use crate::core::rego::lexer::Kind;

impl Lowerer<'_> {
    pub(super) fn package(&self, package: &Package) -> Buf {
        let mut buf = Buf::default();
        buf.copy(self.source, 0..package.span.start);
        buf.push(&reference(&package.path), package.span.start);
        self.copy_breaks(&mut buf, package.span.start, package.span.end);
        buf
    }

    /// Imports that switch the language have done their work.
    pub(super) fn import(&mut self, import: &Import) -> Buf {
        let end = self.source.len() as u32;
        if let Some(name) = import.name()
            && self.names.rules.contains(name)
        {
            // In OPA the import wins, in the engine the rule.
            self.refuse(import.span, format!("an import with the name of a rule, `{name}`"));
        }
        let mut buf = Buf::default();
        if matches!(import.path.first().map(String::as_str), Some("rego" | "future")) {
            self.copy_breaks(&mut buf, 0, end);
        } else {
            buf.copy(self.source, 0..end);
        }
        buf
    }

    pub(super) fn rule(&mut self, rule: &Rule) -> Buf {
        let head = &rule.head;
        if Kind::keyword(&head.name).is_some() {
            self.refuse(head.name_span, format!("`{}` as the name of a rule", head.name));
        }
        if rule.default {
            return self.default_rule(rule);
        }
        let varies = |part: &RefPart| match &part.kind {
            RefPartKind::Index(index) => !matches!(index.kind, TermKind::String(_)),
            _ => false,
        };
        if head.contains && head.parts.iter().any(varies) {
            // The engine does not find what such sets hold by its path.
            self.refuse(head.name_span, "a set at a path that varies");
        }
        let mut arguments = Vec::new();
        head.args.iter().flatten().for_each(|arg| super::body::variables(arg, &mut arguments));
        self.scopes.push(arguments.into_iter().map(|name| (name.to_owned(), name.to_owned())).collect());
        let mut buf = Buf::default();
        let mut at = head.span.end;
        if rule.bodies.is_empty() {
            self.scopes.push(std::collections::HashMap::new());
            let (head_buf, mut extra) = self.head(rule, head.span, 0, &[]);
            self.scopes.pop();
            buf.append(&head_buf);
            if !extra.is_empty() {
                let last = extra.pop().unwrap_or_default();
                buf.push(" if { ", at);
                for statement in extra {
                    buf.append(&statement);
                    buf.push("; ", at);
                }
                buf.append(&last);
                buf.push(" }", at);
            }
        }
        for (i, body) in rule.bodies.iter().enumerate() {
            self.scopes.push(self.declared(&body.body));
            let witnesses = self.witnesses(&body.body);
            let (head_buf, extra) = self.head(rule, body.body.span, i, &witnesses);
            if i == 0 {
                buf.append(&head_buf);
                buf.copy(self.source, at..body.if_span.map_or(body.body.span.start, |span| span.start));
            } else {
                buf.push(" ", at);
                self.copy_breaks(&mut buf, at, body.body.span.start);
                buf.push(&flat(&head_buf.text), head.span.start);
                buf.push(" ", at);
            }
            self.rule_body(&mut buf, body, &extra);
            self.scopes.pop();
            at = body.body.span.end;
        }
        for branch in &rule.branches {
            buf.copy(self.source, at..branch.span.start);
            at = branch.span.start;
            if let Some(body) = &branch.body {
                self.scopes.push(self.declared(&body.body));
            }
            let mut extra = Vec::new();
            if let Some(value) = &branch.value {
                let (value_buf, front) = self.with_front(|l| l.term(value));
                buf.copy(self.source, at..value.span.start);
                at = value.span.end;
                extra = front;
                if may_be_undefined(value) {
                    let name = self.fresh();
                    let mut bind = Buf::made(format!("{name} := "), value.span.start);
                    bind.append(&value_buf);
                    buf.push(&name, value.span.start);
                    extra.push(bind);
                } else {
                    buf.append(&value_buf);
                }
            } else {
                buf.copy(self.source, at..at + 4);
                at += 4;
            }
            match &branch.body {
                Some(body) => {
                    buf.copy(self.source, at..body.if_span.map_or(body.body.span.start, |span| span.start));
                    self.rule_body(&mut buf, body, &extra);
                    self.scopes.pop();
                }
                None => {
                    for (i, statement) in extra.iter().enumerate() {
                        buf.push(if i == 0 { " if { " } else { "; " }, at);
                        buf.append(statement);
                    }
                    if !extra.is_empty() {
                        buf.push(" }", at);
                    }
                }
            }
            at = branch.span.end;
        }
        buf
    }

    /// ` if { … }`; a single literal gets braces when something is added to it.
    fn rule_body(&mut self, buf: &mut Buf, body: &RuleBody, extra: &[Buf]) {
        let start = body.body.span.start;
        match body.if_span {
            Some(span) => buf.copy(self.source, span.start..start),
            None => buf.push("if ", start),
        }
        let statements = self.statements(&body.body, extra);
        let only = body.body.literals.first();
        let plain = extra.is_empty()
            && only.is_some_and(|l| l.with.is_empty() && matches!(l.kind, LiteralKind::Expr(_)))
            && !statements.text.starts_with('{')
            && !statements.text.contains("; ");
        if body.body.braces || plain {
            buf.append(&statements);
        } else {
            buf.push("{ ", start);
            buf.append(&statements);
            buf.push(" }", body.body.span.end);
        }
    }

    /// The head, and the statements that must stand at the end of the body for it.
    fn head(&mut self, rule: &Rule, place: Span, index: usize, witnesses: &[String]) -> (Buf, Vec<Buf>) {
        let head = &rule.head;
        let probed =
            self.options.probe.filter(|_| rule.branches.is_empty() && head.kind != RuleKind::Function);
        self.with_front(|l| {
            let mut pieces = Vec::new();
            l.keys(&head.parts, &mut pieces);
            let mut arguments = Vec::new();
            head.args.iter().flatten().for_each(|arg| super::body::variables(arg, &mut arguments));
            arguments.retain(|name| *name != "_");
            arguments.sort_unstable();
            if arguments.windows(2).any(|pair| pair.first() == pair.last()) {
                l.refuse(head.span, "an argument name that is repeated");
            }
            for arg in head.args.iter().flatten() {
                pieces.push((arg.span, l.argument(arg)));
            }
            let name_end = head
                .parts
                .last()
                .map(|part| part.span.end)
                .or_else(|| head.args.as_ref().map(|_| l.args_end(rule)))
                .unwrap_or(head.name_span.end);
            let name_end = if head.args.is_some() { l.args_end(rule) } else { name_end };
            let mut buf = l.splice(Span { start: head.name_span.start, end: name_end }, pieces);
            let (keyword, result): (&str, Option<&Term>) = match (&head.key, &head.value) {
                (Some(key), _) => (" contains ", Some(key)),
                (None, Some(value)) => (" := ", Some(value)),
                (None, None) => ("", None),
            };
            if result.is_none() && rule.bodies.is_empty() {
                buf.push(" := true", name_end);
            }
            let mut fired = None;
            if let Some(result) = result {
                let value = l.term(result);
                match (head.key.is_some() && !head.contains, keyword) {
                    // `p[x] { … }` of v0.
                    (true, keyword) => buf.push(keyword, result.span.start),
                    (false, _) => buf.copy(l.source, name_end..result.span.start),
                }
                let alone = head.kind == RuleKind::Function && rule.bodies.is_empty();
                if probed.is_some() || (may_be_undefined(result) && !rule.default && !alone) {
                    let name = l.fresh();
                    let mut bind = Buf::made(format!("{name} := "), result.span.start);
                    bind.append(&value);
                    buf.push(&name, result.span.start);
                    if let Some(frame) = l.hoists.last_mut() {
                        frame.statements.push(bind);
                    }
                    fired = Some(name);
                } else {
                    buf.append(&value);
                }
                if head.key.is_some() && !head.contains {
                    l.copy_breaks(&mut buf, result.span.end, head.span.end);
                } else {
                    buf.copy(l.source, result.span.end..head.span.end);
                }
            }
            if let Some(first) = probed {
                let id = first + index as u64;
                let value = fired.unwrap_or_else(|| "true".to_owned());
                let renamed = |l: &Self, name: &String| {
                    l.scopes.iter().rev().find_map(|s| s.get(name)).unwrap_or(name).clone()
                };
                let names: Vec<String> = witnesses.iter().map(|name| renamed(l, name)).collect();
                let call = format!("__rs_fired({id}, {value}, [{}])", names.join(", "));
                l.probes.push(Probe { id, span: place, witnesses: witnesses.to_vec() });
                if let Some(frame) = l.hoists.last_mut() {
                    frame.statements.push(Buf::made(call, place.start));
                }
            }
            buf
        })
    }

    /// The computed terms in the name of a rule, put in front of it as its value is.
    fn keys(&mut self, parts: &[RefPart], pieces: &mut Vec<(Span, Buf)>) {
        for part in parts {
            let RefPartKind::Index(index) = &part.kind else { continue };
            let value = self.term(index);
            // The engine takes a query in the name of a rule for one that it does not know.
            if !may_be_undefined(index) && !is_query(index) {
                pieces.push((index.span, value));
                continue;
            }
            let name = self.fresh();
            let mut bind = Buf::made(format!("{name} := "), index.span.start);
            bind.append(&value);
            pieces.push((index.span, Buf::made(name, index.span.start)));
            if let Some(frame) = self.hoists.last_mut() {
                frame.statements.push(bind);
            }
        }
    }

    /// Where the closing parenthesis of the arguments ends.
    fn args_end(&self, rule: &Rule) -> u32 {
        let head = &rule.head;
        let from = head.args.iter().flatten().last().map_or(head.name_span.end, |arg| arg.span.end);
        let rest = Span { start: from, end: head.span.end }.of(self.source);
        rest.find(')').map_or(head.span.end, |at| from + at as u32 + 1)
    }

    /// A pattern of a function's head: it must be one that the engine matches itself.
    fn argument(&mut self, arg: &Term) -> Buf {
        if has_template(arg) {
            self.refuse(arg.span, "a template string as an argument of a function definition");
        }
        self.refuse_objects(arg);
        self.pattern(arg)
    }

    fn default_rule(&mut self, rule: &Rule) -> Buf {
        let end = rule.head.span.end;
        let Some(value) = &rule.head.value else {
            let mut buf = Buf::default();
            buf.copy(self.source, 0..end);
            buf.push(" := true", end);
            return buf;
        };
        let buf = self.term(value);
        if has_template(value) {
            self.refuse(value.span, "a template string as a default value");
        }
        self.splice(Span { start: 0, end }, vec![(value.span, buf)])
    }

    /// What `some … in` binds in a body.
    fn witnesses(&self, body: &Body) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for literal in &body.literals {
            if let LiteralKind::SomeIn(membership) = &literal.kind {
                for term in membership.key.iter().chain([&membership.value]) {
                    if let TermKind::Var(name) = &term.kind
                        && name != "_"
                        && !names.contains(name)
                    {
                        names.push(name.clone());
                    }
                }
            }
        }
        names
    }
}

/// `a.b["c-d"]`
pub(super) fn reference(path: &[String]) -> String {
    let mut text = String::new();
    for (i, name) in path.iter().enumerate() {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && Kind::keyword(name).is_none();
        match (i, plain) {
            (0, _) => text.push_str(name),
            (_, true) => {
                text.push('.');
                text.push_str(name);
            }
            (_, false) => text.push_str(&format!("[{}]", serde_json::Value::from(name.as_str()))),
        }
    }
    text
}

fn has_template(term: &Term) -> bool {
    match &term.kind {
        TermKind::Template(_) => true,
        TermKind::Paren(inner) => has_template(inner),
        TermKind::Array(items) | TermKind::Set(items) => items.iter().any(has_template),
        TermKind::Object(pairs) => pairs.iter().any(|(k, v)| has_template(k) || has_template(v)),
        _ => false,
    }
}

/// What is a query of its own in the engine.
fn is_query(value: &Term) -> bool {
    matches!(
        value.bare().kind,
        TermKind::Template(_) | TermKind::ArrayCompr(..) | TermKind::SetCompr(..) | TermKind::ObjectCompr(..)
    )
}

/// Whether a value is put in front of the head: where it is undefined in one turn of a loop, the engine would forget the
/// other turns.
fn may_be_undefined(value: &Term) -> bool {
    !matches!(
        value.bare().kind,
        TermKind::Null
            | TermKind::Bool(_)
            | TermKind::Number
            | TermKind::String(_)
            | TermKind::Var(_)
            | TermKind::Template(_)
            | TermKind::ArrayCompr(..)
            | TermKind::SetCompr(..)
            | TermKind::ObjectCompr(..)
    )
}
