//! Which variables a node holds, with OPA's ways to leave some out.

use super::ir::{Expr, ExprKind, Part, Term, Val, VarSet, With};

/// Adds the variables of an implicit operand that its surroundings must bind.
pub(super) type Promote<'a> = &'a dyn Fn(&[Expr], &mut VarSet);

/// What is left out.
#[derive(Clone, Copy, Default)]
pub(super) struct Skip {
    /// The head of references.
    pub ref_head: bool,
    /// Keys of objects.
    pub object_keys: bool,
    /// Comprehensions, templates, bodies of `every`, `not`, `and`, `or`.
    pub closures: bool,
    /// Sets.
    pub sets: bool,
    /// The names of called functions.
    pub call_head: bool,
    /// Templates.
    pub templates: bool,
}

impl Skip {
    /// What safety looks at.
    pub(super) const SAFETY: Self = Self {
        ref_head: false,
        object_keys: false,
        closures: true,
        sets: false,
        call_head: true,
        templates: false,
    };

    /// What a pattern binds.
    pub(super) const PATTERN: Self = Self {
        ref_head: true,
        object_keys: true,
        closures: true,
        sets: false,
        call_head: false,
        templates: false,
    };

    /// What an output operand binds.
    pub(super) const OUTPUT: Self = Self {
        ref_head: true,
        object_keys: true,
        closures: true,
        sets: true,
        call_head: false,
        templates: false,
    };
}

/// Collects variables.
#[derive(Default)]
pub(super) struct Collect<'a> {
    pub skip: Skip,
    pub promote: Option<Promote<'a>>,
    pub vars: VarSet,
}

impl<'a> Collect<'a> {
    pub(super) fn new(skip: Skip) -> Self {
        Self { skip, promote: None, vars: VarSet::new() }
    }

    pub(super) fn promoting(promote: Promote<'a>) -> Self {
        Self { skip: Skip::SAFETY, promote: Some(promote), vars: VarSet::new() }
    }

    pub(super) fn body(&mut self, body: &[Expr]) {
        body.iter().for_each(|expr| self.expr(expr));
    }

    pub(super) fn terms(&mut self, terms: &[Term]) {
        terms.iter().for_each(|term| self.val(&term.val));
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Term(term) => self.val(&term.val),
            ExprKind::Call(terms) => self.call(terms),
            ExprKind::Some(_, names) => self.terms(names),
            ExprKind::SomeIn(_, key, value, collection) => {
                key.iter().for_each(|key| self.val(&key.val));
                self.val(&value.val);
                self.val(&collection.val);
            }
            ExprKind::Every(every) => {
                self.val(&every.domain.val);
                if self.skip.closures {
                    return;
                }
                every.key.iter().for_each(|key| self.val(&key.val));
                self.val(&every.value.val);
                self.body(&every.body);
            }
            ExprKind::Not(body, explicit) => self.closure(body, *explicit),
            ExprKind::Logic(logic) => {
                self.closure(&logic.left, logic.explicit.0);
                self.closure(&logic.right, logic.explicit.1);
            }
        }
        expr.with.iter().for_each(|with| self.with(with));
    }

    fn closure(&mut self, body: &[Expr], explicit: bool) {
        match self.promote {
            Some(_) if explicit => {}
            Some(promote) => promote(body, &mut self.vars),
            None if self.skip.closures => {}
            None => self.body(body),
        }
    }

    pub(super) fn with(&mut self, with: &With) {
        if !self.skip.call_head {
            self.val(&with.target.val);
            self.val(&with.value.val);
            return;
        }
        if let Val::Ref(terms) = &with.target.val {
            self.terms(terms.get(1..).unwrap_or_default());
        }
        match &with.value.val {
            Val::Ref(terms) => self.terms(terms.get(1..).unwrap_or_default()),
            other => self.val(other),
        }
    }

    fn call(&mut self, terms: &[Term]) {
        if !self.skip.call_head {
            return self.terms(terms);
        }
        let Some((function, args)) = terms.split_first() else { return };
        if let Val::Ref(path) = &function.val {
            self.terms(path.get(1..).unwrap_or_default());
        }
        self.terms(args);
    }

    pub(super) fn val(&mut self, val: &Val) {
        match val {
            Val::Null | Val::Bool(_) | Val::Num(_) | Val::Str(_) => {}
            Val::Var(var) => {
                self.vars.insert(*var);
            }
            Val::Ref(terms) if self.skip.ref_head => self.terms(terms.get(1..).unwrap_or_default()),
            Val::Ref(terms) | Val::Array(terms) => self.terms(terms),
            Val::Call(terms) => self.call(terms),
            Val::Set(_) if self.skip.sets => {}
            Val::Set(terms) => self.terms(terms),
            Val::Object(pairs) => {
                for (key, value) in pairs {
                    if !self.skip.object_keys {
                        self.val(&key.val);
                    }
                    self.val(&value.val);
                }
            }
            Val::Compr(_) if self.skip.closures => {}
            Val::Compr(compr) => {
                compr.key.iter().for_each(|key| self.val(&key.val));
                self.val(&compr.term.val);
                self.body(&compr.body);
            }
            Val::Template(_) if self.skip.closures || self.skip.templates => {}
            Val::Template(parts) => {
                for part in parts {
                    match part {
                        Part::Term(term) => self.val(&term.val),
                        Part::Expr(expr) => self.expr(expr),
                    }
                }
            }
        }
    }
}

/// The variables of a value.
pub(super) fn of_val(val: &Val, skip: Skip) -> VarSet {
    let mut collect = Collect::new(skip);
    collect.val(val);
    collect.vars
}

/// The variables of statements.
pub(super) fn of_body(body: &[Expr], skip: Skip) -> VarSet {
    let mut collect = Collect::new(skip);
    collect.body(body);
    collect.vars
}

/// Something inside a statement or term.
#[derive(Clone, Copy)]
pub(super) enum Node<'a> {
    Expr(&'a Expr),
    Term(&'a Term),
}

/// Shows every statement and term inside statements, outer ones first; `see` answers whether to go inside.
pub(super) fn walk_body<'a>(body: &'a [Expr], see: &mut dyn FnMut(Node<'a>) -> bool) {
    body.iter().for_each(|expr| walk_expr(expr, see));
}

/// The same for a statement.
pub(super) fn walk_expr<'a>(expr: &'a Expr, see: &mut dyn FnMut(Node<'a>) -> bool) {
    if !see(Node::Expr(expr)) {
        return;
    }
    match &expr.kind {
        ExprKind::Term(term) => walk_term(term, see),
        ExprKind::Call(terms) | ExprKind::Some(_, terms) => terms.iter().for_each(|t| walk_term(t, see)),
        ExprKind::SomeIn(_, key, value, collection) => {
            key.iter().chain([value, collection]).for_each(|t| walk_term(t, see));
        }
        ExprKind::Every(every) => {
            every.key.iter().chain([&every.value, &every.domain]).for_each(|t| walk_term(t, see));
            walk_body(&every.body, see);
        }
        ExprKind::Not(body, _) => walk_body(body, see),
        ExprKind::Logic(logic) => {
            walk_body(&logic.left, see);
            walk_body(&logic.right, see);
        }
    }
    for with in &expr.with {
        walk_term(&with.target, see);
        walk_term(&with.value, see);
    }
}

/// The same for a term.
pub(super) fn walk_term<'a>(term: &'a Term, see: &mut dyn FnMut(Node<'a>) -> bool) {
    if !see(Node::Term(term)) {
        return;
    }
    match &term.val {
        Val::Null | Val::Bool(_) | Val::Num(_) | Val::Str(_) | Val::Var(_) => {}
        Val::Ref(terms) | Val::Call(terms) | Val::Array(terms) | Val::Set(terms) => {
            terms.iter().for_each(|t| walk_term(t, see));
        }
        Val::Object(pairs) => {
            for (key, value) in pairs {
                walk_term(key, see);
                walk_term(value, see);
            }
        }
        Val::Compr(compr) => {
            compr.key.iter().chain([&compr.term]).for_each(|t| walk_term(t, see));
            walk_body(&compr.body, see);
        }
        Val::Template(parts) => {
            for part in parts {
                match part {
                    Part::Term(term) => walk_term(term, see),
                    Part::Expr(expr) => walk_expr(expr, see),
                }
            }
        }
    }
}

/// Holds references or comprehensions, which must be evaluated.
pub(super) fn requires_eval(term: &Term) -> bool {
    let mut found = false;
    walk_term(term, &mut |node| {
        if let Node::Term(Term { val: Val::Ref(_) | Val::Compr(_), .. }) = node {
            found = true;
        }
        !found
    });
    found
}

/// Every statement of a body in nested bodies too, to change it.
pub(super) fn each_body_mut(body: &mut Vec<Expr>, change: &mut dyn FnMut(&mut Vec<Expr>)) {
    for expr in body.iter_mut() {
        each_body_in_expr(expr, change);
    }
    change(body);
}

/// The bodies inside a statement.
pub(super) fn each_body_in_expr(expr: &mut Expr, change: &mut dyn FnMut(&mut Vec<Expr>)) {
    match &mut expr.kind {
        ExprKind::Term(term) => each_body_in_term(term, change),
        ExprKind::Call(terms) | ExprKind::Some(_, terms) => {
            terms.iter_mut().for_each(|t| each_body_in_term(t, change));
        }
        ExprKind::SomeIn(_, key, value, collection) => {
            key.iter_mut().chain([value, collection]).for_each(|t| each_body_in_term(t, change));
        }
        ExprKind::Every(every) => {
            each_body_in_term(&mut every.domain, change);
            each_body_mut(&mut every.body, change);
        }
        ExprKind::Not(body, _) => each_body_mut(body, change),
        ExprKind::Logic(logic) => {
            each_body_mut(&mut logic.left, change);
            each_body_mut(&mut logic.right, change);
        }
    }
    for with in &mut expr.with {
        each_body_in_term(&mut with.target, change);
        each_body_in_term(&mut with.value, change);
    }
}

/// The bodies inside a term.
pub(super) fn each_body_in_term(term: &mut Term, change: &mut dyn FnMut(&mut Vec<Expr>)) {
    match &mut term.val {
        Val::Null | Val::Bool(_) | Val::Num(_) | Val::Str(_) | Val::Var(_) => {}
        Val::Ref(terms) | Val::Call(terms) | Val::Array(terms) | Val::Set(terms) => {
            terms.iter_mut().for_each(|t| each_body_in_term(t, change));
        }
        Val::Object(pairs) => {
            for (key, value) in pairs {
                each_body_in_term(key, change);
                each_body_in_term(value, change);
            }
        }
        Val::Compr(compr) => {
            compr.key.iter_mut().chain([&mut compr.term]).for_each(|t| each_body_in_term(t, change));
            each_body_mut(&mut compr.body, change);
        }
        Val::Template(parts) => {
            for part in parts {
                if let Part::Expr(expr) = part {
                    each_body_in_expr(expr, change);
                }
            }
        }
    }
}
