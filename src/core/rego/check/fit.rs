//! Whether terms can have types, and which types they have; variables take the first that they meet.

use std::collections::BTreeMap;

use super::infer::Checker;
use super::ir::{Compr, ComprKind, Term, Val};
use super::kinds::{Kind, meet, or, unknown};
use super::show::Key;

impl<'p> Checker<'p> {
    /// Whether both sides of an equality can be one value.
    pub(super) fn unify_terms(
        &mut self,
        left: &'p Term,
        a: Option<Kind>,
        right: &'p Term,
        b: Option<Kind>,
    ) -> bool {
        match (unknown(a.as_ref()), unknown(b.as_ref())) {
            (true, false) => return b.is_some_and(|b| self.unify(left, &b, false)),
            (false, true) => return a.is_some_and(|a| self.unify(right, &a, false)),
            (false, false) => return meet(a.as_ref(), b.as_ref()),
            (true, true) => {}
        }
        match (&left.val, &right.val) {
            (Val::Array(x), Val::Array(y)) => {
                return x.len() == y.len() && x.iter().zip(y).all(|(x, y)| self.unify_unknown(x, y));
            }
            (Val::Object(x), Val::Object(y)) => {
                return x.len() == y.len()
                    && x.iter().all(|(key, value)| {
                        let other = y.iter().find(|(k, _)| super::unify::same(&k.val, &key.val));
                        other.is_some_and(|(_, other)| self.unify_unknown(value, other))
                    });
            }
            (pattern @ (Val::Array(_) | Val::Object(_)), Val::Var(_)) => {
                let _ = pattern;
                return self.unify(left, &Kind::any(), false) && self.take_kind(right, left);
            }
            (Val::Var(_), Val::Array(_) | Val::Object(_)) => {
                return self.unify(right, &Kind::any(), false) && self.take_kind(left, right);
            }
            (Val::Var(_), Val::Var(_)) => {
                return self.unify(left, &Kind::any(), false) && self.take_kind(right, left);
            }
            (Val::Var(_), Val::Ref(_)) => return self.unify(left, &Kind::any(), false),
            (Val::Ref(_), Val::Var(_)) => return self.unify(right, &Kind::any(), false),
            _ => {}
        }
        match (&left.val, a, &right.val, b) {
            (Val::Var(_), None, _, Some(b)) => self.unify(left, &b, false),
            (_, Some(a), Val::Var(_), None) => self.unify(right, &a, false),
            _ => false,
        }
    }

    fn unify_unknown(&mut self, left: &'p Term, right: &'p Term) -> bool {
        let (a, b) = (self.kind(&left.val), self.kind(&right.val));
        self.unify_terms(left, a, right, b)
    }

    /// Gives `to` the type of `from`.
    fn take_kind(&mut self, to: &'p Term, from: &'p Term) -> bool {
        let kind = self.kind(&from.val).unwrap_or_else(Kind::any);
        self.unify(to, &kind, false)
    }

    /// Whether a term can have a type; its variables without a type get one.
    pub(super) fn unify(&mut self, term: &'p Term, kind: &Kind, union: bool) -> bool {
        match (&term.val, kind) {
            (Val::Var(var), _) => {
                let known = self.env.var(*var);
                if union {
                    self.env.put_var(*var, or(known, Some(kind.clone())));
                    true
                } else if known.is_some() {
                    meet(known.as_ref(), Some(kind))
                } else {
                    self.env.put_var(*var, Some(kind.clone()));
                    true
                }
            }
            (Val::Array(_) | Val::Object(_) | Val::Set(_), Kind::Any(of)) if !of.is_empty() => {
                // All of them are tried: each may give variables a type.
                let fits: Vec<bool> = of.iter().map(|one| self.unify(term, one, true)).collect();
                fits.contains(&true)
            }
            (Val::Array(items) | Val::Set(items), Kind::Any(_)) => {
                items.iter().for_each(|item| {
                    self.unify(item, &Kind::any(), true);
                });
                true
            }
            (Val::Object(pairs), Kind::Any(_)) => {
                for (key, value) in pairs {
                    self.unify(key, &Kind::any(), true);
                    self.unify(value, &Kind::any(), true);
                }
                true
            }
            (Val::Array(items), Kind::Array(array)) => {
                (items.len() == array.fixed.len() || array.rest.is_some())
                    && items.iter().enumerate().all(|(nth, item)| {
                        array.select(nth).is_some_and(|kind| self.unify(item, &kind, union))
                    })
            }
            (Val::Object(pairs), Kind::Object(object)) => {
                (pairs.len() == object.fixed.len() || object.rest_value().is_some())
                    && pairs.iter().all(|(key, value)| {
                        let constant = key.val.constant();
                        match Key::of(&key.val, &self.program.vars).filter(|_| constant) {
                            Some(key) => {
                                object.select(&key).is_some_and(|kind| self.unify(value, &kind, union))
                            }
                            None => {
                                self.unify(value, &Kind::any(), union);
                                true
                            }
                        }
                    })
            }
            (Val::Set(items), Kind::Set(of)) => {
                items.iter().all(|item| (**of).as_ref().is_some_and(|kind| self.unify(item, kind, union)))
            }
            (Val::Array(_) | Val::Object(_) | Val::Set(_), _) => false,
            (other, _) => {
                let have = self.kind(other);
                meet(have.as_ref(), Some(kind))
            }
        }
    }

    /// The type of a value, as far as it is known.
    pub(super) fn kind(&mut self, val: &'p Val) -> Option<Kind> {
        match val {
            Val::Null => Some(Kind::Null),
            Val::Bool(_) => Some(Kind::Bool),
            Val::Num(_) => Some(Kind::Num),
            Val::Str(_) | Val::Template(_) => Some(Kind::Str),
            Val::Var(var) => self.env.var(*var),
            Val::Ref(path) => self.env.reference(path),
            Val::Call(_) => None,
            Val::Array(items) => {
                let fixed = items.iter().map(|item| self.kind(&item.val)).collect();
                Some(Kind::array(fixed, None))
            }
            Val::Set(items) => {
                let of = items.iter().fold(None, |all, item| or(all, self.kind(&item.val)));
                Some(Kind::set(of))
            }
            Val::Object(pairs) => {
                let (mut fixed, mut rest) = (BTreeMap::new(), None);
                for (key, value) in pairs {
                    let kind = self.kind(&value.val);
                    match Key::of(&key.val, &self.program.vars).filter(|_| key.val.constant()) {
                        Some(key) => {
                            fixed.insert(key, kind);
                        }
                        None => rest = Some((self.kind(&key.val), kind)),
                    }
                }
                Some(Kind::object(fixed, rest))
            }
            Val::Compr(compr) => self.comprehension(compr),
        }
    }

    fn comprehension(&mut self, compr: &'p Compr) -> Option<Kind> {
        let problems = self.body(&compr.body);
        let kind = problems.is_empty().then(|| {
            let key = compr.key.as_ref().map(|key| self.kind(&key.val));
            let term = self.kind(&compr.term.val);
            match compr.kind {
                ComprKind::Array => Kind::array(Vec::new(), term),
                ComprKind::Set => Kind::set(term),
                ComprKind::Object => Kind::object(BTreeMap::new(), Some((key.flatten(), term))),
            }
        });
        self.env.pop();
        kind
    }
}
