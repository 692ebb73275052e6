//! Local variables get names of their own; what is declared twice, too late or for nothing is reported.

use std::collections::BTreeMap;

use super::Problem;
use super::builtins::Builtins;
use super::ir::{
    At, Body, DATA, Every, Expr, ExprKind, INPUT, Ops, Program, Rule, RuleId, Term, Val, Var, VarKind,
    VarSet, Vars, With,
};
use super::rename::rename;
use super::resolve::{declared, declared_in};
use super::safety;
use super::vars::{Collect, Node, Skip, of_body, of_val, walk_expr};

/// How a variable first occurred in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occurrence {
    Argument,
    Seen,
    Assigned,
    Declared,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub names: BTreeMap<Var, Var>,
    pub occurrences: BTreeMap<Var, Occurrence>,
    pub counts: BTreeMap<Var, usize>,
}

/// Rewrites the variables of all rules.
pub(super) fn rewrite(
    program: &mut Program,
    builtins: &Builtins,
    strict: bool,
    problems: &mut Vec<Problem>,
    mild: &mut Vec<Problem>,
) {
    let firsts: Vec<RuleId> = program.modules.iter().flat_map(|m| m.rules.iter().copied()).collect();
    let Program { vars, rules, ops, .. } = program;
    for first in firsts {
        let mut rewriter = Rewriter {
            vars,
            ops: *ops,
            strict,
            stack: vec![Scope::default()],
            errors: Vec::new(),
            unused: Vec::new(),
        };
        let Some(rule) = rules.get_mut(first) else { continue };
        let mut unused_args = VarSet::new();
        if strict {
            rule.head.args.iter().for_each(|arg| unused_args.extend(of_val(&arg.val, Skip::default())));
        }
        let (head_at, args) = (rule.head.at, std::mem::take(&mut rule.head.args));
        let mut renamed = args.clone();
        renamed.iter_mut().for_each(|arg| rewriter.argument(arg));
        let argument_scope = rewriter.stack.clone();
        problems.append(&mut rewriter.errors);
        let mut next = Some(first);
        while let Some(rule) = next.and_then(|id| rules.get_mut(id)) {
            if next == Some(first) {
                rule.head.args.clone_from(&renamed);
            }
            next = rule.otherwise;
            let at = rule.at;
            rewriter.stack.clone_from(&argument_scope);
            rewriter.rule(rule, builtins, &mut unused_args);
            super::near(&mut rewriter.errors, 0, at);
            super::near(&mut rewriter.unused, 0, at);
            problems.append(&mut rewriter.errors);
            mild.append(&mut rewriter.unused);
            unused_args.retain(|&arg| rewriter.count(arg) <= 1);
        }
        for &arg in unused_args.iter().filter(|&&arg| rewriter.vars.kind(arg) != VarKind::Wildcard) {
            let name = rewriter.vars.name(arg);
            mild.push(Problem::compile(
                head_at,
                format!("unused argument {name}. (hint: use _ (wildcard variable) instead)"),
            ));
        }
    }
}

pub(super) struct Rewriter<'a> {
    pub vars: &'a mut Vars,
    pub ops: Ops,
    pub strict: bool,
    pub stack: Vec<Scope>,
    pub errors: Vec<Problem>,
    pub unused: Vec<Problem>,
}

impl Rewriter<'_> {
    pub(super) fn insert(&mut self, var: Var, new: Var, occurrence: Occurrence) {
        let Some(scope) = self.stack.last_mut() else { return };
        scope.names.insert(var, new);
        scope.occurrences.insert(var, occurrence);
        scope.counts.insert(var, 1);
        if var != new {
            self.vars.rewritten.insert(new, var);
        }
    }

    pub(super) fn lookup(&self, var: Var) -> Option<Var> {
        self.stack.iter().rev().find_map(|scope| scope.names.get(&var).copied())
    }

    pub(super) fn occurrence(&self, var: Var) -> Option<Occurrence> {
        self.stack.last().and_then(|scope| scope.occurrences.get(&var).copied())
    }

    pub(super) fn seen(&mut self, var: Var) {
        if let Some(count) = self.stack.iter_mut().rev().find_map(|scope| scope.counts.get_mut(&var)) {
            *count += 1;
        } else if let Some(scope) = self.stack.last_mut() {
            scope.counts.insert(var, 1);
        }
    }

    pub(super) fn count(&self, var: Var) -> usize {
        self.stack.iter().rev().find_map(|scope| scope.counts.get(&var).copied()).unwrap_or(0)
    }

    fn fail(&mut self, at: At, message: String) {
        self.errors.push(Problem::compile(at, message));
    }

    fn argument(&mut self, term: &mut Term) {
        match &mut term.val {
            Val::Var(var) => {
                let new = match self.lookup(*var) {
                    Some(new) => {
                        self.seen(*var);
                        new
                    }
                    None => {
                        let new = self.vars.generate();
                        self.insert(*var, new, Occurrence::Argument);
                        new
                    }
                };
                *var = new;
            }
            Val::Object(pairs) => pairs.iter_mut().for_each(|(_, value)| self.argument(value)),
            Val::Call(_) => self.fail(term.at, "rule arguments cannot contain calls".to_owned()),
            Val::Ref(terms) | Val::Array(terms) => terms.iter_mut().for_each(|t| self.argument(t)),
            _ => {}
        }
    }

    fn rule(&mut self, rule: &mut Rule, builtins: &Builtins, unused_args: &mut VarSet) {
        let scalars = !rule.head.may_have_vars() && rule.head.args.is_empty();
        let mut used = VarSet::new();
        if !scalars {
            let outer = std::mem::replace(&mut self.stack, vec![Scope::default()]);
            let head = &mut rule.head;
            for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
                self.nested_in_head(term);
            }
            self.stack = outer;
            for term in head.path.iter().skip(1).chain(&head.key) {
                used.extend(of_val(&term.val, Skip::default()));
            }
            if let Some(value) = &head.value {
                let value = of_val(&value.val, Skip::default());
                unused_args.retain(|arg| !value.contains(arg));
                used.extend(value);
            }
        }
        self.builtin_names(rule, builtins);
        self.body(&mut rule.body, &used);
        if scalars {
            return;
        }
        let names = self.stack.last().map(|scope| scope.names.clone()).unwrap_or_default();
        let head = &mut rule.head;
        for term in head
            .args
            .iter_mut()
            .chain(head.path.iter_mut().skip(1))
            .chain(&mut head.key)
            .chain(&mut head.value)
        {
            rename(term, &names);
        }
    }

    /// Comprehensions in a head have scopes of their own.
    fn nested_in_head(&mut self, term: &mut Term) {
        match &mut term.val {
            Val::Compr(compr) => {
                self.stack = vec![Scope::default()];
                self.compr(compr);
            }
            Val::Template(parts) => {
                self.stack = vec![Scope::default()];
                self.template(parts);
            }
            Val::Ref(terms) | Val::Call(terms) | Val::Array(terms) | Val::Set(terms) => {
                terms.iter_mut().for_each(|t| self.nested_in_head(t));
            }
            Val::Object(pairs) => {
                for (key, value) in pairs {
                    self.nested_in_head(key);
                    self.nested_in_head(value);
                }
            }
            _ => {}
        }
    }

    /// Variables with the name of a builtin function get a name of their own.
    fn builtin_names(&mut self, rule: &Rule, builtins: &Builtins) {
        let skip = Skip { call_head: true, closures: true, ..Skip::default() };
        let candidates: Vec<Var> = of_body(&rule.body, skip)
            .into_iter()
            .filter(|&var| {
                self.vars.kind(var) == VarKind::Named && builtins.contains_key(&*self.vars.name(var))
            })
            .collect();
        if candidates.is_empty() {
            return;
        }
        let declared = declared(&rule.body, self.ops);
        let mut in_with = Collect::new(Skip { call_head: true, ..Skip::default() });
        for expr in &rule.body {
            walk_expr(expr, &mut |node| {
                if let Node::Expr(expr) = node {
                    for With { target, value, .. } in &expr.with {
                        in_with.val(&target.val);
                        in_with.val(&value.val);
                    }
                }
                true
            });
        }
        for var in candidates {
            if !declared.contains(&var) && !in_with.vars.contains(&var) && self.lookup(var).is_none() {
                let new = self.vars.generate();
                self.insert(var, new, Occurrence::Seen);
            }
        }
    }

    pub(super) fn body(&mut self, body: &mut Body, used: &VarSet) {
        let mut out = Vec::with_capacity(body.len());
        let mut original: Vec<(At, VarSet)> = Vec::new();
        for mut expr in body.drain(..) {
            let mut names = VarSet::new();
            declared_in(&expr, self.ops, &mut names);
            original.push((expr.at, names));
            if self.statement(&mut expr) {
                out.push(expr);
            }
        }
        if out.is_empty() {
            out.push(Expr::new(None, ExprKind::Term(Term::new(None, Val::Bool(true)))));
        }
        *body = out;
        self.unused_assigned(body, used);
        self.unused_declared(body, used, &original);
    }

    /// Whether the statement stays.
    fn statement(&mut self, expr: &mut Expr) -> bool {
        if expr.calls(self.ops.assign) {
            self.assignment(expr);
            return true;
        }
        match &mut expr.kind {
            ExprKind::Some(at, names) => {
                let at = *at;
                for name in names.iter().filter_map(Term::as_var) {
                    if let Err(message) = self.declare(name, Occurrence::Declared) {
                        self.fail(at, message);
                        break;
                    }
                }
                false
            }
            ExprKind::SomeIn(..) => self.some_in(expr),
            ExprKind::Every(every) => {
                let every: &mut Every = every;
                self.term(&mut every.domain);
                self.stack.push(Scope::default());
                let fine = self.every(every);
                if fine {
                    self.withs(&mut expr.with);
                }
                self.stack.pop();
                fine
            }
            ExprKind::Not(body, true) => {
                self.stack.push(Scope::default());
                self.body(body, &VarSet::new());
                self.withs(&mut expr.with);
                self.stack.pop();
                true
            }
            ExprKind::Not(body, false) => {
                let before = self.errors.len();
                self.implicit(body, "cannot assign vars inside negated expression");
                if self.errors.len() == before {
                    self.plain_body(body);
                    self.withs(&mut expr.with);
                }
                true
            }
            ExprKind::Logic(logic) => {
                let before = self.errors.len();
                let name = if logic.and { "and" } else { "or" };
                let message = format!("cannot assign vars inside implicit {name} operand");
                for (body, explicit) in
                    [(&mut logic.left, logic.explicit.0), (&mut logic.right, logic.explicit.1)]
                {
                    if explicit {
                        self.stack.push(Scope::default());
                        self.body(body, &VarSet::new());
                        self.stack.pop();
                    } else {
                        self.implicit(body, &message);
                    }
                }
                if self.errors.len() == before {
                    if !logic.explicit.0 {
                        self.plain_body(&mut logic.left);
                    }
                    if !logic.explicit.1 {
                        self.plain_body(&mut logic.right);
                    }
                    self.withs(&mut expr.with);
                }
                true
            }
            ExprKind::Term(_) | ExprKind::Call(_) => {
                self.plain(expr);
                true
            }
        }
    }

    /// Statements of an implicit operand, which may not assign.
    fn implicit(&mut self, body: &mut Body, message: &str) {
        for expr in body {
            if expr.calls(self.ops.assign) {
                self.fail(expr.at, message.to_owned());
            } else if matches!(expr.kind, ExprKind::Not(..) | ExprKind::Logic(_)) {
                self.statement(expr);
            }
        }
    }

    /// The terms of statements that were not rewritten as statements of their own.
    fn plain_body(&mut self, body: &mut Body) {
        for expr in body {
            if !matches!(expr.kind, ExprKind::Not(..) | ExprKind::Logic(_)) {
                self.plain(expr);
            }
        }
    }

    pub(super) fn plain(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Term(term) => self.term(term),
            ExprKind::Call(terms) => terms.iter_mut().for_each(|term| self.term(term)),
            _ => {}
        }
        self.withs(&mut expr.with);
    }

    fn declare(&mut self, var: Var, occurrence: Occurrence) -> Result<Var, String> {
        let name = self.vars.name(var);
        match self.occurrence(var) {
            Some(Occurrence::Seen) => return Err(format!("var {name} referenced above")),
            Some(Occurrence::Assigned) => return Err(format!("var {name} assigned above")),
            Some(Occurrence::Declared) => return Err(format!("var {name} declared above")),
            Some(Occurrence::Argument) => return Err(format!("arg {name} redeclared")),
            None => {}
        }
        let new = self.vars.generate();
        self.insert(var, new, occurrence);
        Ok(new)
    }

    fn assignment(&mut self, expr: &mut Expr) {
        if expr.negated {
            return self.fail(expr.at, "cannot assign vars inside negated expression".to_owned());
        }
        let before = self.errors.len();
        let Expr { kind: ExprKind::Call(terms), with, assigned, .. } = expr else { return };
        let [function, left, right] = terms.as_mut_slice() else { return };
        self.term(right);
        with.iter_mut().for_each(|with| self.term(&mut with.value));
        self.pattern(left);
        if self.errors.len() == before {
            if let Val::Ref(path) = &mut function.val
                && let Some(name) = path.first_mut()
            {
                name.val = Val::Var(self.ops.eq);
            }
            *assigned = true;
        }
    }

    /// The left side of `:=`.
    fn pattern(&mut self, term: &mut Term) {
        let root = match &term.val {
            Val::Var(var) => Some(*var),
            Val::Ref(terms) => match terms.as_slice() {
                [Term { val: Val::Var(var @ (INPUT | DATA)), .. }] => Some(*var),
                _ => None,
            },
            _ => None,
        };
        if let Some(var) = root {
            match self.declare(var, Occurrence::Assigned) {
                Ok(new) => term.val = Val::Var(new),
                Err(message) => self.fail(term.at, message),
            }
            return;
        }
        match &mut term.val {
            Val::Array(items) => items.iter_mut().for_each(|item| self.pattern(item)),
            Val::Object(pairs) => pairs.iter_mut().for_each(|(_, value)| self.pattern(value)),
            other => {
                let message = format!("cannot assign to {}", other.kind_name());
                self.fail(term.at, message);
            }
        }
    }

    fn some_in(&mut self, expr: &mut Expr) -> bool {
        let ExprKind::SomeIn(at, key, value, collection) = &mut expr.kind else { return true };
        let at = *at;
        let key = key.take().unwrap_or_else(|| Term::var(None, self.vars.generate()));
        let mut bound = of_val(&key.val, Skip::PATTERN);
        bound.extend(of_val(&value.val, Skip::PATTERN));
        let domain = of_val(&collection.val, Skip { closures: true, ..Skip::default() });
        let before = self.errors.len();
        for &var in bound.intersection(&domain) {
            if self.vars.kind(var) == VarKind::Named {
                let message = format!("var {} assigned before", self.vars.name(var));
                self.errors.push(Problem::compile(at, message));
            }
        }
        if self.errors.len() > before {
            return false;
        }
        let safe = of_val(&collection.val, Skip::default());
        let mut path = match &collection.val {
            Val::Ref(terms) => terms.clone(),
            _ => vec![collection.clone()],
        };
        path.push(key);
        let function = Term::new(None, Val::Ref(vec![Term::var(None, self.ops.eq)]));
        let terms = vec![function, value.clone(), Term::new(None, Val::Ref(path))];
        expr.kind = ExprKind::Call(terms);
        let outputs = safety::equality_outputs(expr, self.ops.eq, &safe);
        for var in outputs {
            if let Err(message) = self.declare(var, Occurrence::Declared) {
                self.fail(at, message);
                return false;
            }
        }
        self.plain(expr);
        true
    }

    fn every(&mut self, every: &mut Every) -> bool {
        if every.key.is_none() {
            every.key = Some(Term::var(None, self.vars.generate()));
        }
        for term in every.key.iter_mut().chain([&mut every.value]) {
            let Some(var) = term.as_var() else { continue };
            if self.vars.kind(var) != VarKind::Named {
                continue;
            }
            match self.declare(var, Occurrence::Declared) {
                Ok(new) => term.val = Val::Var(new),
                Err(message) => {
                    // OPA has no place for this one.
                    self.fail(None, message);
                    return false;
                }
            }
        }
        self.body(&mut every.body, &VarSet::new());
        true
    }
}
