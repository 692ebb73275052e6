//! Variables in terms get the names that their scopes gave them.

use std::collections::BTreeMap;

use super::Problem;
use super::ir::{Compr, ComprKind, DATA, Expr, ExprKind, INPUT, Part, Term, Val, Var, With};
use super::locals::{Occurrence, Rewriter, Scope};
use super::show;
use super::vars::{Skip, of_val};

impl Rewriter<'_> {
    /// The modifiers of a statement. `input` as a target is the document, even where a variable has its name.
    pub(super) fn withs(&mut self, withs: &mut [With]) {
        for with in withs {
            self.term(&mut with.target);
            let shadow = self.lookup(INPUT);
            match &mut with.target.val {
                Val::Var(var) if Some(*var) == shadow => {
                    with.target.val = Val::Ref(vec![Term::var(with.target.at, INPUT)]);
                }
                Val::Ref(terms) => {
                    if let Some(Term { val: Val::Var(var), .. }) = terms.first_mut()
                        && Some(*var) == shadow
                    {
                        *var = INPUT;
                    }
                }
                _ => {}
            }
            self.term(&mut with.value);
        }
    }

    /// A term; variables that are new are seen.
    pub(super) fn term(&mut self, term: &mut Term) {
        match &mut term.val {
            Val::Null | Val::Bool(_) | Val::Num(_) | Val::Str(_) => {}
            Val::Var(var) => {
                if let Some(new) = self.lookup(*var) {
                    self.seen(*var);
                    *var = new;
                } else if self.occurrence(*var).is_none() {
                    self.insert(*var, *var, Occurrence::Seen);
                }
            }
            Val::Ref(terms) => {
                if let [Term { val: Val::Var(root @ (INPUT | DATA)), .. }] = terms.as_slice() {
                    let root = *root;
                    let declared = self.stack.iter().rev().find_map(|s| s.occurrences.get(&root).copied());
                    if declared.is_some_and(|o| o != Occurrence::Seen)
                        && let Some(new) = self.lookup(root)
                        && new != root
                    {
                        term.val = Val::Var(new);
                    }
                    return;
                }
                terms.iter_mut().for_each(|term| self.term(term));
            }
            Val::Call(terms) => {
                if let Some(Term { val: Val::Ref(path), .. }) = terms.first() {
                    for var in path.iter().filter_map(Term::as_var) {
                        if self.lookup(var).is_some_and(|new| new != var) {
                            let function = show::reference(path, self.vars);
                            let message = format!("called function {function} shadowed");
                            self.errors.push(Problem::compile(term.at, message));
                        }
                    }
                }
                terms.iter_mut().for_each(|term| self.term(term));
            }
            Val::Array(items) | Val::Set(items) => items.iter_mut().for_each(|item| self.term(item)),
            Val::Object(pairs) => {
                for (key, value) in pairs {
                    self.term(key);
                    self.term(value);
                }
            }
            Val::Compr(compr) => self.compr(compr),
            Val::Template(parts) => {
                for part in parts {
                    if let Part::Expr(expr) = part {
                        self.plain(expr);
                    }
                }
            }
        }
    }

    pub(super) fn template(&mut self, parts: &mut [Part]) {
        for part in parts {
            if let Part::Expr(expr) = part {
                self.stack.push(Scope::default());
                self.plain(expr);
                self.stack.pop();
            }
        }
    }

    pub(super) fn compr(&mut self, compr: &mut Compr) {
        let Compr { kind, key, term, body } = compr;
        let mut used = of_val(&term.val, Skip::default());
        if *kind == ComprKind::Object
            && let Some(key) = key
        {
            used.extend(of_val(&key.val, Skip::default()));
        }
        self.stack.push(Scope::default());
        self.body(body, &used);
        key.iter_mut().chain([term]).for_each(|term| self.term(term));
        self.stack.pop();
    }
}

/// Gives variables of a head the names they have in the body.
pub(super) fn rename(term: &mut Term, names: &BTreeMap<Var, Var>) {
    match &mut term.val {
        Val::Null | Val::Bool(_) | Val::Num(_) | Val::Str(_) => {}
        Val::Var(var) => *var = names.get(var).copied().unwrap_or(*var),
        Val::Ref(terms) | Val::Call(terms) | Val::Array(terms) | Val::Set(terms) => {
            terms.iter_mut().for_each(|term| rename(term, names));
        }
        Val::Object(pairs) => {
            for (key, value) in pairs {
                rename(key, names);
                rename(value, names);
            }
        }
        Val::Compr(compr) => {
            compr.key.iter_mut().chain([&mut compr.term]).for_each(|term| rename(term, names));
            compr.body.iter_mut().for_each(|expr| rename_expr(expr, names));
        }
        Val::Template(parts) => {
            for part in parts {
                match part {
                    Part::Term(term) => rename(term, names),
                    Part::Expr(expr) => rename_expr(expr, names),
                }
            }
        }
    }
}

fn rename_expr(expr: &mut Expr, names: &BTreeMap<Var, Var>) {
    let each = |term: &mut Term| rename(term, names);
    match &mut expr.kind {
        ExprKind::Term(term) => each(term),
        ExprKind::Call(terms) | ExprKind::Some(_, terms) => terms.iter_mut().for_each(each),
        ExprKind::SomeIn(_, key, value, collection) => {
            key.iter_mut().chain([value, collection]).for_each(each);
        }
        ExprKind::Every(every) => {
            every.key.iter_mut().chain([&mut every.value, &mut every.domain]).for_each(each);
            every.body.iter_mut().for_each(|expr| rename_expr(expr, names));
        }
        ExprKind::Not(body, _) => body.iter_mut().for_each(|expr| rename_expr(expr, names)),
        ExprKind::Logic(logic) => {
            logic.left.iter_mut().chain(&mut logic.right).for_each(|expr| rename_expr(expr, names));
        }
    }
    for With { target, value, .. } in &mut expr.with {
        rename(target, names);
        rename(value, names);
    }
}
