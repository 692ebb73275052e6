//! References must lead to something that can be there.

use super::Problem;
use super::env::Env;
use super::infer::Checker;
use super::ir::{DATA, INPUT, Term, Val};
use super::kinds::{Kind, keys, meet, select, values};
use super::show::{self, Key};

impl<'p> Checker<'p> {
    /// Checks a reference; its variables without a type get one.
    pub(super) fn reference(&mut self, path: &'p [Term]) -> Option<Problem> {
        if let Some(function @ Kind::Function(_)) = self.env.reference(path) {
            return Some(self.unsupported(path, &function));
        }
        let mut layer = self.env.top();
        let mut nth = 0;
        while let Some(term) = path.get(nth) {
            let inside = path.get(..nth).unwrap_or_default();
            if matches!(nth, 1 | 2) && !matches!(term.val, Val::Var(_) | Val::Str(_)) {
                return Some(self.invalid(path));
            }
            if let (Some(var), true) = (term.as_var(), nth != 0) {
                let kind = self.env.node(layer, inside).map(Env::extent).and_then(|kind| keys(&kind));
                match self.env.var(var) {
                    Some(known) if !meet(kind.as_ref(), Some(&known)) => return Some(self.invalid(path)),
                    Some(_) => {}
                    None => self.env.put_var(var, kind),
                }
            }
            let constant = nth == 0 || term.val.constant();
            let child = self.env.node(layer, path.get(..=nth).unwrap_or_default()).filter(|_| constant);
            match child.map(|child| child.kind.clone()) {
                Some(Some(kind)) => return self.leaf(kind, path, nth + 1),
                Some(None) => nth += 1,
                None if layer > 0 => {
                    layer -= 1;
                    nth = 0;
                }
                None if matches!(path.first().and_then(Term::as_var), Some(INPUT | DATA)) => {
                    if nth != 0 {
                        // It can be any of the children.
                        for var in path.iter().skip(nth).filter_map(Term::as_var) {
                            if self.env.var(var).is_none() {
                                self.env.put_var(var, Some(Kind::any()));
                            }
                        }
                        return None;
                    }
                    return self.leaf(Kind::any(), path, 1);
                }
                None => return self.leaf(Kind::any(), path, 0),
            }
        }
        None
    }

    /// The rest of a reference below something of a known type.
    fn leaf(&mut self, kind: Kind, path: &'p [Term], from: usize) -> Option<Problem> {
        let mut kind = kind;
        for term in path.get(from..).unwrap_or_default() {
            if kind.empty_collection() {
                if term.val.scalar() {
                    return Some(self.invalid(path));
                }
                if let Some(var) = term.as_var() {
                    match (self.env.var(var), keys(&kind)) {
                        (None, _) => self.env.put_var(var, Some(Kind::any())),
                        (Some(known), Some(keys)) if !meet(Some(&known), Some(&keys)) => {
                            return Some(self.invalid(path));
                        }
                        _ => {}
                    }
                }
                return None;
            }
            let Some(wanted) = keys(&kind) else { return Some(self.unsupported(path, &kind)) };
            let fine = match &term.val {
                Val::Var(var) => match self.env.var(*var) {
                    Some(known) => meet(Some(&known), Some(&wanted)),
                    None => {
                        self.env.put_var(*var, Some(wanted));
                        true
                    }
                },
                Val::Ref(inner) => {
                    self.env.reference(inner).is_none_or(|known| meet(Some(&known), Some(&wanted)))
                }
                Val::Array(_) | Val::Object(_) | Val::Set(_) => self.unify(term, &wanted, false),
                constant => {
                    let key = Key::of(constant, &self.program.vars)?;
                    match select(&kind, &key) {
                        Some(child) => {
                            kind = child;
                            continue;
                        }
                        None => false,
                    }
                }
            };
            if !fine {
                return Some(self.invalid(path));
            }
            kind = values(&kind)?;
        }
        None
    }

    fn invalid(&self, path: &[Term]) -> Problem {
        let shown = show::authors_reference(path, &self.program.vars);
        Problem::types(path.first().and_then(|head| head.at), format!("undefined ref: {shown}"))
    }

    fn unsupported(&self, path: &[Term], have: &Kind) -> Problem {
        if have.as_function().is_none() {
            return self.invalid(path);
        }
        let vars = &self.program.vars;
        let path = match path.split_last() {
            Some((last, above)) if last.as_var().is_some_and(|var| vars.generated(vars.original(var))) => {
                above
            }
            _ => path,
        };
        let name = show::authors_reference(path, vars);
        let at = path.first().and_then(|head| head.at);
        Problem::types(at, format!("function {name} used as reference, not called"))
    }
}
