//! Variables that are declared and never used.

use super::Problem;
use super::ir::{At, Expr, Var, VarKind, VarSet};
use super::locals::{Occurrence, Rewriter};
use super::vars::{Skip, of_body};

impl Rewriter<'_> {
    /// In strict mode: variables of `:=` that occur once.
    pub(super) fn unused_assigned(&mut self, body: &[Expr], used: &VarSet) {
        if !self.strict || !self.errors.is_empty() || !self.unused.is_empty() {
            return;
        }
        let Some(scope) = self.stack.last() else { return };
        let unused: Vec<(Var, Var)> = scope
            .occurrences
            .iter()
            .filter(|&(var, occurrence)| {
                *occurrence == Occurrence::Assigned
                    && self.vars.kind(*var) != VarKind::Wildcard
                    && self.count(*var) <= 1
            })
            .filter_map(|(var, _)| Some((*var, *scope.names.get(var)?)))
            .filter(|(var, new)| !used.contains(new) && !used.contains(var))
            .collect();
        for (var, new) in unused {
            let holder =
                body.iter().find(|expr| of_body(std::slice::from_ref(expr), Skip::default()).contains(&new));
            let at = holder.or(body.first()).and_then(|expr| expr.at);
            let message = format!("assigned var {} unused", self.vars.name(var));
            self.unused.push(Problem::compile(at, message));
        }
    }

    /// Variables of `some` and `every` that do not occur in the body.
    pub(super) fn unused_declared(&mut self, body: &[Expr], used: &VarSet, original: &[(At, VarSet)]) {
        if !self.errors.is_empty() || !self.unused.is_empty() {
            return;
        }
        let Some(scope) = self.stack.last() else { return };
        let declared: Vec<(Var, Var)> = scope
            .occurrences
            .iter()
            .filter(|&(_, occurrence)| *occurrence == Occurrence::Declared)
            .filter_map(|(var, _)| Some((*var, *scope.names.get(var)?)))
            .collect();
        if declared.is_empty() {
            return;
        }
        let mut there = of_body(body, Skip::default());
        there.extend(used.iter().map(|&var| self.lookup(var).unwrap_or(var)));
        for (var, new) in declared {
            if there.contains(&new) || used.contains(&new) || self.vars.generated(var) {
                continue;
            }
            let holder = original.iter().find(|(_, names)| names.contains(&var)).or(original.first());
            let message = format!("declared var {} unused", self.vars.name(var));
            self.unused.push(Problem::compile(holder.and_then(|(at, _)| *at), message));
        }
    }
}
