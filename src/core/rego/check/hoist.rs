//! Calls, references and comprehensions inside terms become statements of their own, in front of the statement.

use super::ir::{At, Body, Compr, Every, Expr, ExprKind, Program, Rule, Term, Val, Var, Vars, With};
use super::vars::{each_body_in_term, each_body_mut, requires_eval};

/// Adds statements to a body; a body that is only `true` gives way.
pub(super) fn append(body: &mut Body, more: Vec<Expr>) {
    if more.is_empty() {
        return;
    }
    if let [Expr { kind: ExprKind::Term(Term { val: Val::Bool(true), .. }), .. }] = body.as_slice() {
        body.clear();
    }
    body.extend(more);
}

/// `generated = term`, and the variable.
fn generate(vars: &mut Vars, eq: Var, term: Term) -> (Term, Expr) {
    let var = Term::var(term.at, vars.generate());
    let mut expr = Expr::equality(term.at, eq, var.clone(), term);
    expr.generated = true;
    (var, expr)
}

/// Puts a variable in the place of a term and answers the statement that gives it its value.
fn move_out(vars: &mut Vars, eq: Var, term: &mut Term) -> Expr {
    let whole = std::mem::replace(term, Term::new(None, Val::Null));
    let (var, expr) = generate(vars, eq, whole);
    *term = var;
    expr
}

/// Nested calls become statements.
pub(super) fn calls(program: &mut Program) {
    let eq = program.ops.eq;
    let vars = &mut program.vars;
    for rule in &mut program.rules {
        let Rule { head, body, .. } = rule;
        for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
            let mut support = Vec::new();
            Expander { vars, eq }.term(term, &mut support);
            append(body, support);
        }
        Expander { vars, eq }.body(body);
    }
}

struct Expander<'a> {
    vars: &'a mut Vars,
    eq: Var,
}

impl Expander<'_> {
    fn body(&mut self, body: &mut Body) {
        let mut out = Vec::with_capacity(body.len());
        for expr in body.drain(..) {
            self.expr(expr, &mut out);
        }
        *body = out;
    }

    fn expr(&mut self, mut expr: Expr, out: &mut Body) {
        for with in &mut expr.with {
            self.term(&mut with.value, out);
        }
        let mut extras = Vec::new();
        match &mut expr.kind {
            ExprKind::Term(term) => self.term(term, &mut extras),
            ExprKind::Call(terms) => {
                terms.iter_mut().skip(1).for_each(|term| self.term(term, &mut extras));
            }
            ExprKind::Some(..) | ExprKind::SomeIn(..) => {}
            ExprKind::Every(every) => {
                let Every { domain, body, .. } = &mut **every;
                let mut domain_of = move_out(self.vars, self.eq, domain);
                domain_of.with.clone_from(&expr.with);
                self.expr(domain_of, out);
                self.body(body);
            }
            ExprKind::Not(body, _) => self.body(body),
            ExprKind::Logic(logic) => {
                self.body(&mut logic.left);
                self.body(&mut logic.right);
            }
        }
        for mut extra in extras {
            if !expr.with.is_empty() {
                extra.with.clone_from(&expr.with);
            }
            out.push(extra);
        }
        out.push(expr);
    }

    fn term(&mut self, term: &mut Term, support: &mut Body) {
        match &mut term.val {
            Val::Null | Val::Bool(_) | Val::Num(_) | Val::Str(_) | Val::Var(_) | Val::Template(_) => {}
            Val::Call(terms) => {
                terms.iter_mut().skip(1).for_each(|term| self.term(term, support));
                let at = term.at;
                let output = Term::var(at, self.vars.generate());
                let mut terms = std::mem::take(terms);
                terms.push(output.clone());
                let mut expr = Expr::new(at, ExprKind::Call(terms));
                expr.generated = true;
                support.push(expr);
                *term = output;
            }
            Val::Ref(terms) => self.reference(terms, support),
            Val::Array(items) | Val::Set(items) => items.iter_mut().for_each(|item| self.term(item, support)),
            Val::Object(pairs) => {
                for (key, value) in pairs {
                    self.term(key, support);
                    self.term(value, support);
                }
            }
            Val::Compr(compr) => {
                let Compr { key, term, body, .. } = &mut **compr;
                for term in key.iter_mut().chain([term]) {
                    let mut inner = Vec::new();
                    self.term(term, &mut inner);
                    append(body, inner);
                }
                self.body(body);
            }
        }
    }

    fn reference(&mut self, terms: &mut [Term], support: &mut Body) {
        for term in terms.iter_mut() {
            let subject = matches!(term.val, Val::Call(_)).then(|| term.val.clone());
            self.term(term, support);
            if let (Some(subject), Some(var)) = (subject, term.as_var()) {
                self.vars.subjects.insert(var, subject);
            }
        }
        let Some(head) = terms.first_mut() else { return };
        if matches!(head.val, Val::Array(_) | Val::Object(_) | Val::Set(_) | Val::Compr(_)) {
            let subject = head.val.clone();
            support.push(move_out(self.vars, self.eq, head));
            if let Some(var) = head.as_var() {
                self.vars.subjects.insert(var, subject);
            }
        }
    }
}

/// Heads of comprehensions that must be evaluated move into their bodies.
pub(super) fn comprehension_heads(program: &mut Program) {
    let eq = program.ops.eq;
    let vars = &mut program.vars;
    for rule in &mut program.rules {
        let Rule { head, body, .. } = rule;
        for term in head.args.iter_mut().chain(&mut head.key).chain(&mut head.value) {
            comprehensions_in_term(vars, eq, term);
        }
        comprehensions_in_body(vars, eq, body);
    }
}

fn comprehensions_in_body(vars: &mut Vars, eq: Var, body: &mut Body) {
    for expr in body {
        match &mut expr.kind {
            ExprKind::Term(term) => comprehensions_in_term(vars, eq, term),
            ExprKind::Call(terms) => terms.iter_mut().for_each(|t| comprehensions_in_term(vars, eq, t)),
            ExprKind::Some(..) | ExprKind::SomeIn(..) => {}
            ExprKind::Every(every) => {
                comprehensions_in_term(vars, eq, &mut every.domain);
                comprehensions_in_body(vars, eq, &mut every.body);
            }
            ExprKind::Not(body, _) => comprehensions_in_body(vars, eq, body),
            ExprKind::Logic(logic) => {
                comprehensions_in_body(vars, eq, &mut logic.left);
                comprehensions_in_body(vars, eq, &mut logic.right);
            }
        }
        for With { target, value, .. } in &mut expr.with {
            comprehensions_in_term(vars, eq, target);
            comprehensions_in_term(vars, eq, value);
        }
    }
}

fn comprehensions_in_term(vars: &mut Vars, eq: Var, term: &mut Term) {
    match &mut term.val {
        Val::Null | Val::Bool(_) | Val::Num(_) | Val::Str(_) | Val::Var(_) | Val::Template(_) => {}
        Val::Ref(terms) | Val::Call(terms) | Val::Array(terms) | Val::Set(terms) => {
            terms.iter_mut().for_each(|t| comprehensions_in_term(vars, eq, t));
        }
        Val::Object(pairs) => {
            for (key, value) in pairs {
                comprehensions_in_term(vars, eq, key);
                comprehensions_in_term(vars, eq, value);
            }
        }
        Val::Compr(compr) => {
            let Compr { key, term, body, .. } = &mut **compr;
            for term in key.iter_mut().chain([term]) {
                if requires_eval(term) {
                    let moved = move_out(vars, eq, term);
                    append(body, vec![moved]);
                }
            }
            comprehensions_in_body(vars, eq, body);
        }
    }
}

/// Heads of rules that must be evaluated move into their bodies.
pub(super) fn rule_heads(program: &mut Program) {
    let eq = program.ops.eq;
    let vars = &mut program.vars;
    for rule in &mut program.rules {
        let Rule { head, body, .. } = rule;
        for term in head.key.iter_mut().chain(&mut head.value).chain(&mut head.args) {
            if requires_eval(term) {
                let moved = move_out(vars, eq, term);
                append(body, vec![moved]);
            }
        }
    }
}

/// `==` becomes `=`.
pub(super) fn equals(program: &mut Program) {
    let ops = program.ops;
    let change = &mut |body: &mut Body| {
        for expr in body.iter_mut() {
            if expr.sides(ops.equal).is_none() {
                continue;
            }
            if let ExprKind::Call(terms) = &mut expr.kind
                && let Some(Term { val: Val::Ref(path), .. }) = terms.first_mut()
                && let Some(function) = path.first_mut()
            {
                function.val = Val::Var(ops.eq);
            }
        }
    };
    for rule in &mut program.rules {
        each_body_mut(&mut rule.body, change);
        let head = &mut rule.head;
        for term in head.key.iter_mut().chain(&mut head.value) {
            each_body_in_term(term, change);
        }
    }
}

/// References and comprehensions inside terms become statements.
pub(super) fn dynamic_terms(program: &mut Program) {
    let eq = program.ops.eq;
    for rule in &mut program.rules {
        Dynamics { vars: &mut program.vars, eq }.body(&mut rule.body);
    }
}

struct Dynamics<'a> {
    vars: &'a mut Vars,
    eq: Var,
}

impl Dynamics<'_> {
    fn body(&mut self, body: &mut Body) {
        let mut out = Vec::with_capacity(body.len());
        for mut expr in body.drain(..) {
            let Expr { kind, with, .. } = &mut expr;
            match kind {
                ExprKind::Call(terms) => {
                    let equality = matches!(terms.first(), Some(Term { val: Val::Ref(path), .. })
                        if path.len() == 1 && path.first().and_then(Term::as_var) == Some(self.eq));
                    match (equality, terms.as_mut_slice()) {
                        (true, [_, left, right]) => {
                            self.side(left, with, &mut out);
                            self.side(right, with, &mut out);
                        }
                        (true, _) => {}
                        (false, terms) => {
                            terms.iter_mut().skip(1).for_each(|term| self.whole(term, with, &mut out));
                        }
                    }
                }
                ExprKind::Term(term) => self.side(term, with, &mut out),
                ExprKind::Some(..) | ExprKind::SomeIn(..) => {}
                ExprKind::Every(every) => {
                    self.whole(&mut every.domain, with, &mut out);
                    self.body(&mut every.body);
                }
                ExprKind::Not(body, _) => self.body(body),
                ExprKind::Logic(logic) => {
                    self.body(&mut logic.left);
                    self.body(&mut logic.right);
                }
            }
            out.push(expr);
        }
        *body = out;
    }

    /// A side of an equality, or a statement: it stays, only its parts move.
    fn side(&mut self, term: &mut Term, with: &[With], out: &mut Body) {
        match &mut term.val {
            Val::Ref(terms) => terms.iter_mut().skip(1).for_each(|t| self.whole(t, with, out)),
            Val::Compr(compr) => self.body(&mut compr.body),
            _ => self.whole(term, with, out),
        }
    }

    fn whole(&mut self, term: &mut Term, with: &[With], out: &mut Body) {
        match &mut term.val {
            Val::Ref(terms) => terms.iter_mut().skip(1).for_each(|t| self.whole(t, with, out)),
            Val::Compr(compr) => self.body(&mut compr.body),
            Val::Array(items) | Val::Set(items) => {
                return items.iter_mut().for_each(|item| self.whole(item, with, out));
            }
            Val::Object(pairs) => {
                for (key, value) in pairs {
                    self.whole(key, with, out);
                    self.whole(value, with, out);
                }
                return;
            }
            _ => return,
        }
        let subject = term.val.clone();
        let mut moved = move_out(self.vars, self.eq, term);
        moved.with = with.to_vec();
        if let Some(var) = term.as_var() {
            self.vars.subjects.insert(var, subject);
        }
        out.push(moved);
    }
}

/// The statement that gives a generated variable the value of a term.
pub(super) fn capture(vars: &mut Vars, eq: Var, at: At, term: Term) -> (Term, Expr) {
    let var = Term::var(at, vars.generate());
    (var.clone(), Expr::equality(at, eq, var, term))
}

/// Puts a variable in the place of a `with` value that must be evaluated.
pub(super) fn with_value(vars: &mut Vars, eq: Var, value: &mut Term) -> Expr {
    move_out(vars, eq, value)
}
