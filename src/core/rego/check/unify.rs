//! Which variables get values when two terms are unified.

use std::collections::BTreeMap;

use super::ir::{Term, Val, Var, VarSet};
use super::vars::{Skip, of_val};

/// Whether the head of a reference has a value.
pub(super) fn reference_safe(terms: &[Term], safe: &VarSet) -> bool {
    match terms.first().map(|head| &head.val) {
        Some(Val::Var(var)) => safe.contains(var),
        Some(other) => of_val(other, Skip::SAFETY).is_subset(safe),
        None => true,
    }
}

/// The variables that get values from `left = right` when `safe` have some.
pub(super) fn unify(safe: &VarSet, left: &Term, right: &Term) -> VarSet {
    let mut unifier = Unifier { safe, unified: VarSet::new(), unknown: BTreeMap::new() };
    unifier.unify(left, right);
    unifier.unified
}

struct Unifier<'a> {
    safe: &'a VarSet,
    unified: VarSet,
    /// Variables that wait for others.
    unknown: BTreeMap<Var, VarSet>,
}

impl Unifier<'_> {
    fn known(&self, var: Var) -> bool {
        self.safe.contains(&var) || self.unified.contains(&var)
    }

    /// A reference or call has its value.
    fn grounded(&self, val: &Val) -> bool {
        match val {
            Val::Ref(terms) => reference_safe(terms, self.safe),
            call @ Val::Call(_) => of_val(call, Skip::SAFETY).is_subset(self.safe),
            _ => true,
        }
    }

    fn unify(&mut self, left: &Term, right: &Term) {
        match (&left.val, &right.val) {
            (Val::Var(a), Val::Var(b)) => {
                if self.known(*b) {
                    self.mark(*a);
                } else if self.known(*a) {
                    self.mark(*b);
                } else {
                    self.unknown.entry(*a).or_default().insert(*b);
                    self.unknown.entry(*b).or_default().insert(*a);
                }
            }
            (Val::Var(var), pattern @ (Val::Array(_) | Val::Object(_)))
            | (pattern @ (Val::Array(_) | Val::Object(_)), Val::Var(var)) => self.pattern(*var, pattern),
            (Val::Var(var), other) | (other, Val::Var(var)) if self.grounded(other) => self.mark(*var),
            (Val::Array(a), Val::Array(b)) if a.len() == b.len() => {
                a.iter().zip(b).for_each(|(a, b)| self.unify(a, b));
            }
            (Val::Object(a), Val::Object(b)) if a.len() == b.len() => {
                for (key, value) in a {
                    if let Some((_, other)) = b.iter().find(|(other, _)| same(&key.val, &other.val)) {
                        self.unify(value, other);
                    }
                }
            }
            (Val::Object(_), Val::Compr(_)) => {}
            (
                source @ (Val::Ref(_) | Val::Call(_) | Val::Compr(_)),
                pattern @ (Val::Array(_) | Val::Object(_)),
            )
            | (
                pattern @ (Val::Array(_) | Val::Object(_)),
                source @ (Val::Ref(_) | Val::Call(_) | Val::Compr(_)),
            ) if self.grounded(source) => self.mark_all(pattern),
            _ => {}
        }
    }

    fn pattern(&mut self, var: Var, pattern: &Val) {
        if self.known(var) {
            return self.mark_all(pattern);
        }
        let open: Vec<Var> =
            of_val(pattern, Skip::PATTERN).into_iter().filter(|&var| !self.known(var)).collect();
        if open.is_empty() {
            self.mark(var);
        } else {
            self.unknown.entry(var).or_default().extend(open);
        }
    }

    fn mark_all(&mut self, pattern: &Val) {
        for var in of_val(pattern, Skip::PATTERN) {
            self.mark(var);
        }
    }

    fn mark(&mut self, var: Var) {
        self.unified.insert(var);
        for waiting in self.unknown.remove(&var).unwrap_or_default() {
            self.mark(waiting);
        }
        let mut ready = Vec::new();
        for (&waiting, needs) in &mut self.unknown {
            if needs.remove(&var) && needs.is_empty() {
                ready.push(waiting);
            }
        }
        for waiting in ready {
            if self.unknown.contains_key(&waiting) {
                self.mark(waiting);
            }
        }
    }
}

/// Equal terms, as keys of objects.
pub(super) fn same(a: &Val, b: &Val) -> bool {
    match (a, b) {
        (Val::Null, Val::Null) => true,
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Num(a), Val::Num(b)) => super::show::number(a) == super::show::number(b),
        (Val::Str(a), Val::Str(b)) => a == b,
        (Val::Var(a), Val::Var(b)) => a == b,
        (Val::Ref(a), Val::Ref(b))
        | (Val::Call(a), Val::Call(b))
        | (Val::Array(a), Val::Array(b))
        | (Val::Set(a), Val::Set(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.val, &b.val))
        }
        (Val::Object(a), Val::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|((ak, av), (bk, bv))| same(&ak.val, &bk.val) && same(&av.val, &bv.val))
        }
        _ => false,
    }
}
