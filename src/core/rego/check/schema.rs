//! JSON schemas as types.

use std::collections::BTreeMap;

use super::Problem;
use super::ir::{Program, RuleId, Term};
use super::kinds::Kind;
use super::show::Key;

/// The schemas of a run.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    /// Of `input`.
    pub input: Option<Kind>,
}

impl Schemas {
    /// The schemas that annotations give a rule, by path.
    pub(super) fn of_rule(
        &self,
        _program: &Program,
        _id: RuleId,
        _problems: &mut Vec<Problem>,
    ) -> Vec<(Vec<Term>, Kind)> {
        Vec::new()
    }
}

/// A type in which a member has another type.
pub(super) fn with_member(kind: &Kind, path: &[Key], member: Kind) -> Kind {
    let Some((key, rest)) = path.split_first() else { return member };
    let (mut fixed, dynamic) = match kind {
        Kind::Object(object) => (object.fixed.clone(), object.rest.clone()),
        _ => (BTreeMap::new(), Some((Some(Kind::any()), Some(Kind::any())))),
    };
    let inner = match fixed.get(key) {
        Some(Some(inner)) => with_member(inner, rest, member),
        _ if rest.is_empty() => member,
        _ => with_member(&Kind::object(BTreeMap::new(), dynamic.clone()), rest, member),
    };
    fixed.insert(key.clone(), Some(inner));
    Kind::object(fixed, dynamic)
}
