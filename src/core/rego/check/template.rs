//! Template strings and `print`: what stands in them may be undefined, so each part becomes a comprehension.

use super::Problem;
use super::context::Context;
use super::hoist::capture;
use super::ir::{Body, Compr, ComprKind, Expr, ExprKind, Head, Part, Program, Rule, Term, Val, Var, VarSet};
use super::safety::{self, reserved};
use super::show;
use super::vars::{Collect, Node, Skip, of_val, walk_body, walk_expr, walk_term};

/// Calls of functions without a result where a value is needed.
pub(super) fn void_calls(program: &Program, context: &Context, problems: &mut Vec<Problem>) {
    for rule in &program.rules {
        let before = problems.len();
        let mut see = |node: Node<'_>| {
            if let Node::Term(Term { at, val: val @ Val::Call(terms) }) = node
                && let Some(Term { val: Val::Ref(function), .. }) = terms.first()
                && context.builtin(&program.vars, function).is_some_and(super::builtins::Builtin::void)
            {
                let words = show::value(val, &program.vars);
                problems.push(Problem::types(*at, format!("{words} used as value")));
            }
            true
        };
        head_terms(&rule.head).for_each(|term| walk_term(term, &mut see));
        walk_body(&rule.body, &mut see);
        super::near(problems, before, rule.at);
    }
}

fn head_terms(head: &Head) -> impl Iterator<Item = &Term> {
    head.args.iter().chain(&head.key).chain(&head.value)
}

fn argument_vars(rule: &Rule) -> VarSet {
    let mut vars = VarSet::new();
    rule.head.args.iter().for_each(|arg| vars.extend(of_val(&arg.val, Skip::default())));
    vars
}

/// Rewrites the template strings of all rules.
pub(super) fn templates(program: &mut Program, context: &Context, problems: &mut Vec<Problem>) {
    for id in 0..program.rules.len() {
        let Some(rule) = program.rules.get_mut(id) else { continue };
        if !has_template(rule) {
            continue;
        }
        let mut safe = argument_vars(rule);
        safe.extend(reserved());
        let mut body = std::mem::take(&mut rule.body);
        let mut head = rule.head.clone();
        let (at, before) = (rule.at, problems.len());
        let mut rewriter = Rewriter { program, context, problems };
        let safe = rewriter.body(&mut body, &safe);
        for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
            rewriter.term(term, &safe);
        }
        super::near(problems, before, at);
        if let Some(rule) = program.rules.get_mut(id) {
            rule.body = body;
            rule.head = head;
        }
    }
}

fn has_template(rule: &Rule) -> bool {
    let mut found = false;
    let mut see = |node: Node<'_>| {
        found |= matches!(node, Node::Term(Term { val: Val::Template(_), .. }));
        !found
    };
    head_terms(&rule.head).for_each(|term| walk_term(term, &mut see));
    walk_body(&rule.body, &mut see);
    found
}

struct Rewriter<'a> {
    program: &'a mut Program,
    context: &'a Context,
    problems: &'a mut Vec<Problem>,
}

impl Rewriter<'_> {
    /// Answers what is safe behind the body.
    fn body(&mut self, body: &mut Body, globals: &VarSet) -> VarSet {
        let mut safe = safety::body_outputs(&self.context.arities(self.program), body, globals);
        safe.extend(globals);
        for expr in body {
            self.expr(expr, &safe);
        }
        safe
    }

    fn expr(&mut self, expr: &mut Expr, safe: &VarSet) {
        match &mut expr.kind {
            ExprKind::Term(term) => self.term(term, safe),
            ExprKind::Call(terms) => terms.iter_mut().for_each(|term| self.term(term, safe)),
            ExprKind::Some(..) | ExprKind::SomeIn(..) => {}
            ExprKind::Every(every) => {
                self.term(&mut every.domain, safe);
                let mut inside = safe.clone();
                inside.extend(every.key.iter().chain([&every.value]).filter_map(Term::as_var));
                self.body(&mut every.body, &inside);
            }
            ExprKind::Not(body, _) => body.iter_mut().for_each(|expr| self.expr(expr, safe)),
            ExprKind::Logic(logic) => {
                logic.left.iter_mut().chain(&mut logic.right).for_each(|expr| self.expr(expr, safe));
            }
        }
        for with in &mut expr.with {
            self.term(&mut with.target, safe);
            self.term(&mut with.value, safe);
        }
    }

    fn term(&mut self, term: &mut Term, safe: &VarSet) {
        if let Val::Template(parts) = &mut term.val {
            let parts = std::mem::take(parts);
            term.val = self.call(parts, safe);
        }
        match &mut term.val {
            Val::Ref(terms) | Val::Call(terms) | Val::Array(terms) | Val::Set(terms) => {
                terms.iter_mut().for_each(|term| self.term(term, safe));
            }
            Val::Object(pairs) => {
                for (key, value) in pairs {
                    self.term(key, safe);
                    self.term(value, safe);
                }
            }
            Val::Compr(compr) => {
                let Compr { key, term, body, .. } = &mut **compr;
                let inside = self.body(body, safe);
                key.iter_mut().chain([term]).for_each(|term| self.term(term, &inside));
            }
            _ => {}
        }
    }

    fn call(&mut self, parts: Vec<Part>, safe: &VarSet) -> Val {
        let mut terms = Vec::new();
        for part in parts {
            match part {
                Part::Term(term) => terms.push(term),
                Part::Expr(expr) => terms.extend(self.hole(expr, safe)),
            }
        }
        if terms.is_empty() {
            terms.push(Term::new(None, Val::Str("".into())));
        }
        let function = internal(self.program, "template_string");
        Val::Call(vec![function, Term::new(None, Val::Array(terms))])
    }

    fn hole(&mut self, expr: Expr, safe: &VarSet) -> Option<Term> {
        let term = match expr.kind {
            ExprKind::Term(term) => term,
            ExprKind::Call(terms) => {
                if let Some(Term { val: Val::Ref(function), .. }) = terms.first()
                    && self.context.builtin(&self.program.vars, function).is_some_and(|b| b.relation)
                {
                    let name = show::reference(function, &self.program.vars);
                    self.problems.push(Problem::compile(
                        None,
                        format!("illegal call to relation built-in '{name}' that may cause multiple outputs"),
                    ));
                    return None;
                }
                Term::new(None, Val::Call(terms))
            }
            _ => return None,
        };
        let direct = match &term.val {
            Val::Ref(path) => self.always_defined(path),
            Val::Var(_) => true,
            _ => false,
        };
        if direct {
            return Some(Term::new(None, Val::Set(vec![term])));
        }
        undeclared(self.program, &term, safe, self.problems);
        let at = term.at;
        let (var, mut statement) = capture(&mut self.program.vars, self.program.ops.eq, at, term);
        statement.with = expr.with;
        Some(set_of(at, var, statement))
    }

    /// A rule that always has a value.
    fn always_defined(&self, path: &[Term]) -> bool {
        let Some(node) = self.context.tree.find(path, &self.program.vars) else { return false };
        let rules: Vec<&Rule> = node.rules.iter().filter_map(|&id| self.program.rules.get(id)).collect();
        let Some(first) = rules.first().filter(|rule| path.len() > 1 && rule.head.args.is_empty()) else {
            return false;
        };
        let constant = || {
            let empty = matches!(
                first.body.as_slice(),
                [Expr { kind: ExprKind::Term(Term { val: Val::Bool(true), .. }), .. }]
            );
            empty
                && first
                    .head
                    .value
                    .as_ref()
                    .is_some_and(|value| matches!(value.val, Val::Var(_)) || value.val.constant())
        };
        first.head.multi() || rules.iter().any(|rule| rule.default) || (rules.len() == 1 && constant())
    }
}

fn internal(program: &mut Program, name: &str) -> Term {
    let internal = program.vars.named("internal");
    Term::new(None, Val::Ref(vec![Term::var(None, internal), Term::new(None, Val::Str(name.into()))]))
}

/// `{var | statement}`
fn set_of(at: super::ir::At, var: Term, statement: Expr) -> Term {
    let compr = Compr { kind: ComprKind::Set, key: None, term: var, body: vec![statement] };
    Term::new(at, Val::Compr(Box::new(compr)))
}

fn undeclared(program: &Program, term: &Term, safe: &VarSet, problems: &mut Vec<Problem>) -> bool {
    let mut collect = Collect::new(Skip::SAFETY);
    collect.val(&term.val);
    let before = problems.len();
    for &var in collect.vars.difference(safe) {
        let name = program.vars.name(program.vars.original(var));
        problems.push(Problem::compile(term.at, format!("var {name} is undeclared")));
    }
    problems.len() > before
}

/// Rewrites the calls of `print`.
pub(super) fn prints(program: &mut Program, context: &Context, problems: &mut Vec<Problem>) {
    let print = program.ops.print;
    for id in 0..program.rules.len() {
        let Some(rule) = program.rules.get_mut(id) else { continue };
        if !has_print(rule, print) {
            continue;
        }
        let mut safe = argument_vars(rule);
        safe.extend(reserved());
        let mut body = std::mem::take(&mut rule.body);
        let mut head = rule.head.clone();
        let (at, before) = (rule.at, problems.len());
        let mut printer = Printer { program, context, problems, print };
        for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
            printer.bodies_in_term(term, &safe);
        }
        printer.body(&mut body, &safe);
        super::near(problems, before, at);
        if let Some(rule) = program.rules.get_mut(id) {
            rule.body = body;
            rule.head = head;
        }
    }
}

fn has_print(rule: &Rule, print: Var) -> bool {
    let mut found = false;
    let mut see = |node: Node<'_>| {
        found |= matches!(node, Node::Expr(expr) if expr.calls(print));
        !found
    };
    head_terms(&rule.head).for_each(|term| walk_term(term, &mut see));
    walk_body(&rule.body, &mut see);
    found
}

struct Printer<'a> {
    program: &'a mut Program,
    context: &'a Context,
    problems: &'a mut Vec<Problem>,
    print: Var,
}

impl Printer<'_> {
    fn body(&mut self, body: &mut Body, globals: &VarSet) {
        for nth in 0..body.len() {
            let before = body.get(..nth).unwrap_or_default();
            let mut safe = safety::body_outputs(&self.context.arities(self.program), before, globals);
            safe.extend(globals);
            for expr in before {
                walk_expr(expr, &mut |node| {
                    if let Node::Term(Term { val: Val::Var(var), .. }) = node
                        && self.program.vars.generated(*var)
                        && !self.program.vars.rewritten.contains_key(var)
                    {
                        safe.insert(*var);
                    }
                    true
                });
            }
            let Some(expr) = body.get_mut(nth) else { continue };
            if expr.calls(self.print) {
                self.print(expr, &safe);
            } else {
                self.bodies(expr, &safe);
            }
        }
    }

    fn bodies(&mut self, expr: &mut Expr, safe: &VarSet) {
        match &mut expr.kind {
            ExprKind::Term(term) => self.bodies_in_term(term, safe),
            ExprKind::Call(terms) => terms.iter_mut().for_each(|term| self.bodies_in_term(term, safe)),
            ExprKind::Some(..) | ExprKind::SomeIn(..) => {}
            ExprKind::Every(every) => {
                let mut inside = safe.clone();
                inside.extend(every.key.iter().chain([&every.value]).filter_map(Term::as_var));
                self.body(&mut every.body, &inside);
            }
            ExprKind::Not(body, _) => self.body(body, safe),
            ExprKind::Logic(logic) => {
                self.body(&mut logic.left, safe);
                self.body(&mut logic.right, safe);
            }
        }
    }

    fn bodies_in_term(&mut self, term: &mut Term, safe: &VarSet) {
        match &mut term.val {
            Val::Ref(terms) | Val::Call(terms) | Val::Array(terms) | Val::Set(terms) => {
                terms.iter_mut().for_each(|term| self.bodies_in_term(term, safe));
            }
            Val::Object(pairs) => {
                for (key, value) in pairs {
                    self.bodies_in_term(key, safe);
                    self.bodies_in_term(value, safe);
                }
            }
            Val::Compr(compr) => self.body(&mut compr.body, safe),
            _ => {}
        }
    }

    fn print(&mut self, expr: &mut Expr, safe: &VarSet) {
        let ExprKind::Call(terms) = &mut expr.kind else { return };
        let mut fine = true;
        for term in terms.iter().skip(1) {
            fine &= !undeclared(self.program, term, safe, self.problems);
        }
        if !fine {
            return;
        }
        let args = terms.drain(..).skip(1).collect::<Vec<_>>();
        let mut sets = Vec::with_capacity(args.len());
        for arg in args {
            let at = arg.at;
            let (var, statement) = capture(&mut self.program.vars, self.program.ops.eq, at, arg);
            sets.push(set_of(at, var, statement));
        }
        terms.push(internal(self.program, "print"));
        terms.push(Term::new(expr.at, Val::Array(sets)));
    }
}
