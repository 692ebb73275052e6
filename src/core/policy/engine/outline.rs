//! Reads a module with the engine's own parser: its definitions, and what each of them uses.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use regorus::unstable::{Expr, Literal, Parser, Query, Ref, Rule, RuleHead, Span};
use regorus::{Source, Value};

use super::{EngineError, caught};
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::module::{Call, Definition, Import, InputPath, Kind, Module, Placed, Step};

/// Reads a module.
///
/// # Errors
/// The first syntax error.
pub fn outline(name: &str, text: &str, v0: bool) -> Result<Module, EngineError> {
    let parsed = caught(|| {
        let source = Source::from_contents_with_limits(
            name.to_owned(),
            text.to_owned(),
            super::MAX_BYTES,
            super::MAX_LINES,
        )?;
        let mut parser = Parser::new(&source)?;
        parser.set_max_col(super::MAX_COLUMNS);
        if !v0 {
            parser.enable_rego_v1()?;
        }
        parser.parse()
    })?;
    let mut module = Module {
        package: path_of(&parsed.package.refr).unwrap_or_default(),
        package_range: range(&parsed.package.span),
        ..Module::default()
    };
    for import in &parsed.imports {
        let path = path_of(&import.refr).unwrap_or_default();
        let span = range(&import.span);
        let end =
            import.r#as.as_ref().map_or_else(|| range(import.refr.span()).end, |alias| range(alias).end);
        let span = span.start..end.max(span.end);
        let name = import
            .r#as
            .as_ref()
            .map(|alias| alias.text().to_owned())
            .or_else(|| path.last().cloned())
            .unwrap_or_default();
        if let Some(what) = unsupported_import(&path) {
            module.unsupported.push((span.clone(), what));
        }
        let text = text.get(span.clone()).unwrap_or_default().to_owned();
        module.imports.push(Import { path, name, text, range: span });
    }
    let starts: Vec<usize> = parsed.policy.iter().map(|rule| start_of(rule, text)).collect();
    for (index, rule) in parsed.policy.iter().enumerate() {
        let Some(&start) = starts.get(index) else { continue };
        let end = starts.get(index + 1).copied().unwrap_or(text.len());
        module.definitions.push(Placed { start, definition: Arc::new(definition(rule, text, start..end)) });
    }
    Ok(module)
}

/// Imports that the engine accepts and does not honour.
fn unsupported_import(path: &[String]) -> Option<String> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["rego", "v1"] => None,
        ["future", "keywords"] | ["future", "keywords", "if" | "in" | "every" | "contains"] => None,
        ["rego" | "future", ..] => Some(format!("import {}", path.join("."))),
        _ => None,
    }
}

/// Where the text of a rule starts. The engine's spans begin at the name; `default` stands before it.
fn start_of(rule: &Rule, text: &str) -> usize {
    let start = range(rule.span()).start;
    let line = text.get(..start).map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
    match text.get(line..start) {
        Some(before) if before.trim_start().starts_with("default") => {
            line + (before.len() - before.trim_start().len())
        }
        _ => start,
    }
}

fn definition(rule: &Rule, text: &str, span: Range<usize>) -> Definition {
    let body = text.get(span.clone()).unwrap_or_default();
    let body = without_trailing_comments(body);
    let mut found =
        Definition { len: body.len(), hash: hash_of(body), text: Arc::from(body), ..Definition::default() };
    let mut uses = Uses { base: span.start, ..Uses::default() };
    let head = match rule {
        Rule::Default { refr, args, value, .. } => {
            found.kind = Kind::Default;
            args.iter().for_each(|arg| uses.expr(arg));
            uses.expr(value);
            refr
        }
        Rule::Spec { head, bodies, .. } => {
            let refr = match head {
                RuleHead::Compr { refr, assign, .. } => {
                    found.kind =
                        if matches!(refr.as_ref(), Expr::Var { .. }) { Kind::Complete } else { Kind::Object };
                    if let Some(assign) = assign {
                        uses.expr(&assign.value);
                    }
                    refr
                }
                RuleHead::Set { refr, key, .. } => {
                    found.kind =
                        if matches!(refr.as_ref(), Expr::Var { .. }) { Kind::Set } else { Kind::Object };
                    if let Some(key) = key {
                        uses.expr(key);
                    }
                    refr
                }
                RuleHead::Func { refr, args, assign, .. } => {
                    found.kind = Kind::Function;
                    args.iter().for_each(|arg| uses.expr(arg));
                    if let Some(assign) = assign {
                        uses.expr(&assign.value);
                    }
                    refr
                }
            };
            for body in bodies {
                if let Some(assign) = &body.assign {
                    uses.expr(&assign.value);
                }
                uses.query(&body.query);
            }
            refr
        }
    };
    let root = root_of(head);
    // `deny[msg] { … }` of v0: a set written with brackets.
    if let (RuleShape::Brackets, true) = (shape_of(head), found.kind == Kind::Object)
        && let Rule::Spec { head: RuleHead::Set { .. }, .. } = rule
    {
        found.kind = Kind::Set;
    }
    index_expressions(head, &mut uses);
    let name = range(root);
    found.name = root.text().to_owned();
    found.name_in_text = name.start.saturating_sub(span.start)..name.end.saturating_sub(span.start);
    found.names = uses.names;
    found.data = uses.data;
    found.input = uses.input;
    found.calls = uses.calls;
    found.unsupported = uses.unsupported;
    found
}

enum RuleShape {
    Brackets,
    Other,
}

fn shape_of(head: &Ref<Expr>) -> RuleShape {
    match head.as_ref() {
        Expr::RefBrack { refr, .. } if matches!(refr.as_ref(), Expr::Var { .. }) => RuleShape::Brackets,
        _ => RuleShape::Other,
    }
}

/// Comments after a rule belong to the next one.
fn without_trailing_comments(text: &str) -> &str {
    let mut end = text.trim_end().len();
    while let Some(line) = text.get(..end).and_then(|t| t.rsplit('\n').next()) {
        if line.trim_start().starts_with('#') || line.trim().is_empty() {
            let shorter = text.get(..end - line.len()).map_or(0, |t| t.trim_end().len());
            if shorter == end || shorter == 0 {
                break;
            }
            end = shorter;
        } else {
            break;
        }
    }
    text.get(..end).unwrap_or(text)
}

fn range(span: &Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// The first part of a reference.
fn root_of(head: &Ref<Expr>) -> &Span {
    match head.as_ref() {
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => root_of(refr),
        other => other.span(),
    }
}

/// The variables in the brackets of a head.
fn index_expressions(head: &Ref<Expr>, uses: &mut Uses) {
    match head.as_ref() {
        Expr::RefDot { refr, .. } => index_expressions(refr, uses),
        Expr::RefBrack { refr, index, .. } => {
            uses.expr(index);
            index_expressions(refr, uses);
        }
        _ => {}
    }
}

/// The parts of a reference of constants only.
fn path_of(expr: &Ref<Expr>) -> Option<Vec<String>> {
    let (path, whole) = constant_path(expr)?;
    whole.then(|| {
        path.into_iter().map(|step| if let Step::Key(key) = step { key } else { String::new() }).collect()
    })
}

/// The parts of a reference; whether all are constant.
fn constant_path(expr: &Ref<Expr>) -> Option<(Vec<Step>, bool)> {
    match expr.as_ref() {
        Expr::Var { span, .. } => Some((vec![Step::Key(span.text().to_owned())], true)),
        Expr::RefDot { refr, field, .. } => {
            let (mut path, whole) = constant_path(refr)?;
            path.push(Step::Key(text_of(&field.1)?));
            Some((path, whole))
        }
        Expr::RefBrack { refr, index, .. } => {
            let (mut path, whole) = constant_path(refr)?;
            let constant = match index.as_ref() {
                Expr::String { value, .. } | Expr::RawString { value, .. } | Expr::Number { value, .. } => {
                    text_of(value)
                }
                _ => None,
            };
            let whole = whole && constant.is_some();
            path.push(constant.map_or(Step::Each, Step::Key));
            Some((path, whole))
        }
        _ => None,
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.to_string()),
        Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

#[derive(Default)]
struct Uses {
    /// Where the definition starts.
    base: usize,
    names: BTreeSet<String>,
    data: BTreeSet<Vec<String>>,
    input: Vec<InputPath>,
    calls: Vec<Call>,
    unsupported: Vec<(Range<usize>, String)>,
}

impl Uses {
    fn query(&mut self, query: &Ref<Query>) {
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { key, value, collection, .. } => {
                    if let Some(key) = key {
                        self.expr(key);
                    }
                    self.expr(value);
                    self.expr(collection);
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expr(expr),
                Literal::Every { domain, query, .. } => {
                    self.expr(domain);
                    self.query(query);
                }
            }
            for with in &statement.with_mods {
                self.expr(&with.refr);
                self.expr(&with.r#as);
            }
        }
    }

    fn expr(&mut self, expr: &Ref<Expr>) {
        match expr.as_ref() {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => {}
            Expr::Var { .. } => self.reference(expr),
            Expr::RefDot { refr, .. } => {
                if !self.whole_reference(expr) {
                    self.expr(refr);
                }
            }
            Expr::RefBrack { refr, index, .. } => {
                self.expr(index);
                if !self.whole_reference(expr) {
                    self.expr(refr);
                }
            }
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                items.iter().for_each(|item| self.expr(item))
            }
            Expr::Object { fields, .. } => fields.iter().for_each(|(_, key, value)| {
                self.expr(key);
                self.expr(value);
            }),
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expr(term);
                self.query(query);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.expr(key);
                self.expr(value);
                self.query(query);
            }
            Expr::Call { fcn, params, span, .. } => {
                self.call(fcn, params.len(), span);
                params.iter().for_each(|param| self.expr(param));
            }
            Expr::UnaryExpr { expr, .. } => self.expr(expr),
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expr(lhs);
                self.expr(rhs);
            }
            Expr::Membership { key, value, collection, .. } => {
                if let Some(key) = key {
                    self.expr(key);
                }
                self.expr(value);
                self.expr(collection);
            }
        }
    }

    /// Notes a reference that begins with a name; the indexes in its brackets are visited by the caller's walk down.
    fn whole_reference(&mut self, expr: &Ref<Expr>) -> bool {
        let known = constant_path(expr).is_some();
        if known {
            self.reference(expr);
            self.indexes(expr);
        }
        known
    }

    fn indexes(&mut self, expr: &Ref<Expr>) {
        if let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = expr.as_ref() {
            if let Expr::RefBrack { index, .. } = refr.as_ref() {
                self.expr(index);
            }
            self.indexes(refr);
        }
    }

    fn reference(&mut self, expr: &Ref<Expr>) {
        let Some((path, _)) = constant_path(expr) else { return };
        let mut steps = path.into_iter();
        let Some(Step::Key(root)) = steps.next() else { return };
        match root.as_str() {
            "input" => {
                let path = InputPath(steps.collect());
                if !self.input.contains(&path) {
                    self.input.push(path);
                }
            }
            "data" => {
                let constant = steps.map_while(|step| match step {
                    Step::Key(key) => Some(key),
                    Step::Each => None,
                });
                self.data.insert(constant.collect());
            }
            _ => {
                self.names.insert(root);
            }
        }
    }

    fn relative(&self, range: Range<usize>) -> Range<usize> {
        range.start.saturating_sub(self.base)..range.end.saturating_sub(self.base)
    }

    fn call(&mut self, callee: &Ref<Expr>, count: usize, span: &Span) {
        let Some(path) = path_of(callee) else { return };
        let name = path.join(".");
        if name == "walk" && count == 1 {
            self.unsupported.push((
                self.relative(range(span)),
                "walk(x) used as a value; write walk(x, [path, value])".to_owned(),
            ));
        }
        if path.first().is_some_and(|root| root == "data") {
            self.data.insert(path.into_iter().skip(1).collect());
        } else if let Some(root) = path.first() {
            self.names.insert(root.clone());
        }
        let span = range(callee.span());
        let range = range(root_of(callee)).start..span.end;
        self.calls.push(Call { name, range: self.relative(range) });
    }
}
