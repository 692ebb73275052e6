//! Follows a path through the types of kinds, as a policy does that reads a field.

use super::{Definition, Schemas, Type};
use crate::core::spelling;

/// How alike a misspelt name and the one that was meant must be where the kind is not known.
const ALIKE: f32 = 0.8;

/// A step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// A field, or the key of a map.
    Field(&'a str),
    /// Any item of a list, any value of a map, any field.
    Any,
}

/// Where a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    /// At least one of the kinds has it. `number`: whatever kind it is, it is a number there.
    Known { number: bool },
    /// None of the kinds has the step `at`. `nearest` is the field that is meant: with it the whole path is there.
    Unknown { at: usize, nearest: Option<String> },
}

impl Schemas {
    /// Follows a path from the top of an object of one of these kinds (of any version; of all kinds if `kinds` is
    /// empty). `None` if a kind is not known.
    #[must_use]
    pub fn follow(&self, kinds: &[&str], path: &[Step<'_>]) -> Option<Reached> {
        let mut types: Vec<Type> = Vec::new();
        let mut seen = vec![false; kinds.len()];
        for ((name, _), kind) in self.kinds() {
            let at = kinds.iter().position(|wanted| wanted == name);
            if let Some(seen) = at.and_then(|at| seen.get_mut(at)) {
                *seen = true;
            }
            if at.is_some() || kinds.is_empty() {
                types.push(Type::Object(kind.definition));
            }
        }
        if seen.contains(&false) {
            return None;
        }
        for (at, step) in path.iter().enumerate() {
            let next = self.step(&types, *step);
            if next.is_empty() {
                let rest = path.get(at + 1..).unwrap_or_default();
                let nearest = match step {
                    Step::Field(name) => self.meant(&types, name, rest, kinds.is_empty(), at),
                    Step::Any => None,
                };
                return Some(Reached::Unknown { at, nearest });
            }
            types = next;
        }
        let is_number = |what: &Type| matches!(what, Type::Integer | Type::Number | Type::IntOrString);
        Some(Reached::Known { number: types.iter().all(is_number) })
    }

    /// The types that a step leads to.
    fn step(&self, types: &[Type], step: Step<'_>) -> Vec<Type> {
        let mut next: Vec<Type> = Vec::new();
        let mut add = |what: &Type| {
            if !next.contains(what) {
                next.push(what.clone());
            }
        };
        for what in types {
            match (what, step) {
                (Type::Any, _) => add(&Type::Any),
                (Type::Map(inner), _) | (Type::List(inner), Step::Any) => add(inner),
                (Type::Object(_), _) => {
                    let Some(definition) = self.definition_of(what) else { continue };
                    if definition.open {
                        add(&Type::Any);
                    }
                    match step {
                        Step::Any => definition.fields.iter().for_each(|field| add(&field.what)),
                        Step::Field(name) => definition.field(name).iter().for_each(|field| add(&field.what)),
                    }
                }
                _ => {}
            }
        }
        next
    }

    fn definition_of(&self, what: &Type) -> Option<&Definition> {
        match what {
            Type::Object(number) => self.definition(*number),
            _ => None,
        }
    }

    /// The field that is meant by a name that is none, if the rest of the path goes on from it. Where the kind is not
    /// known it must be a slip for sure: another case, or much alike and with something behind or above it.
    fn meant(
        &self,
        types: &[Type],
        name: &str,
        rest: &[Step<'_>],
        any_kind: bool,
        at: usize,
    ) -> Option<String> {
        let fields = types.iter().filter_map(|what| self.definition_of(what)).flat_map(|d| &d.fields);
        let mut names: Vec<&str> = fields.map(|field| field.name.as_ref()).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|field| {
            let first = self.step(types, Step::Field(field));
            let end = rest.iter().fold(first, |types, step| self.step(&types, *step));
            !end.is_empty()
        });
        let nearest = match names.iter().find(|field| field.eq_ignore_ascii_case(name)) {
            Some(same) => same,
            None => spelling::nearest(name, names.iter().copied())?,
        };
        let goes_on = at >= 2 || rest.iter().any(|step| matches!(step, Step::Field(_)));
        let plural = |one: &str, other: &str| one.strip_suffix('s') == Some(other);
        let alike = similar::TextDiff::from_chars(name, nearest).ratio();
        let sure = alike >= ALIKE && goes_on && !plural(name, nearest) && !plural(nearest, name);
        (!any_kind || sure || nearest.eq_ignore_ascii_case(name)).then(|| nearest.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_followed_through_the_kinds() {
        let meant = |name: &str, at| Reached::Unknown { at, nearest: Some(name.to_owned()) };
        let nothing = |at| Reached::Unknown { at, nearest: None };
        let known = Reached::Known { number: false };
        for (kinds, path, expected) in [
            (&["Pod"][..], "spec.hostPID", Some(known.clone())),
            (&["Pod"], "spec.hostPid", Some(meant("hostPID", 1))),
            (&["Pod"], "spec.template.spec", Some(nothing(1))),
            (&["Pod"], "spec.containers.*.securityContext.privleged", Some(meant("privileged", 4))),
            (&["Pod"], "metadata.labels.anything", Some(known.clone())),
            (&["Pod"], "metadata.lables.anything", Some(meant("labels", 1))),
            (&["Pod"], "spec.*", Some(known.clone())),
            (&["Pod", "Deployment"], "spec.template.spec.containers", Some(known.clone())),
            (&["Pod", "Deployment"], "spec.template.spec.contaners", Some(meant("containers", 3))),
            (&["Deployment"], "spec.replicas", Some(Reached::Known { number: true })),
            (&["Gizmo"], "spec.x", None),
            // Any kind may be meant: only slips are told, never what a custom kind could have.
            (&[], "spec.hostPid", Some(meant("hostPID", 1))),
            (&[], "spec.jobTemplate.spec.template.spec.containers.*.image", Some(known)),
            (&[], "spec.source", Some(Reached::Known { number: false })),
            (&[], "spec.sources", Some(nothing(1))),
            (&[], "spec.gizmo", Some(nothing(1))),
            (&[], "speec.containers.*.image", Some(meant("spec", 0))),
            (&[], "user.name", Some(nothing(0))),
        ] {
            let step = |part| if part == "*" { Step::Any } else { Step::Field(part) };
            let steps: Vec<Step> = path.split('.').map(step).collect();
            assert_eq!(Schemas::builtin().follow(kinds, &steps), expected, "{kinds:?} {path}");
        }
    }
}
