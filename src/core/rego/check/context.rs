//! What stages look up: the rules by path, and the builtin functions.

use std::rc::Rc;

use super::builtins::{Builtin, Builtins};
use super::ir::{Program, Term, Vars};
use super::tree::{self, Tree};

/// The rules by path, and the builtin functions.
pub(super) struct Context {
    pub builtins: Rc<Builtins>,
    pub tree: Tree,
}

impl Context {
    pub(super) fn builtin(&self, vars: &Vars, function: &[Term]) -> Option<&Builtin> {
        tree::builtin(&self.builtins, vars, function)
    }

    /// Says how many arguments functions take.
    pub(super) fn arities<'a>(&'a self, program: &'a Program) -> impl Fn(&[Term]) -> Option<usize> + 'a {
        move |function| tree::arity(&self.tree, program, &self.builtins, function)
    }
}
