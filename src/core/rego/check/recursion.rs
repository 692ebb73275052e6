//! Rules that need themselves, and, where a variable decides it, what would have to hold.

use std::collections::HashSet;

use super::Problem;
use super::context::Context;
use super::graph::{Dynamic, Graph, Origin, members, selects};
use super::ir::{DATA, Program, RuleId, Term, Val};
use super::kinds::Kind;
use super::show;
use super::unify::same;
use crate::core::rego::deps;

/// How many conditions are spelled out.
const MOST_CONDITIONS: usize = 2;

/// How many members of a collection are listed.
const MOST_MEMBERS: usize = 5;

/// Reports the rules that need themselves.
pub(super) fn check(program: &Program, context: &Context, graph: &Graph, problems: &mut Vec<Problem>) {
    let all: std::collections::BTreeMap<RuleId, _> = graph.needs.iter().cloned().enumerate().collect();
    let circles = deps::circles(&all);
    if circles.is_empty() {
        return;
    }
    let mut outright = all;
    for (from, needs) in &mut outright {
        needs.retain(|&to| graph.cause(*from, to, program).is_none());
    }
    let static_circles = deps::circles(&outright);
    for circle in &circles {
        let Some(&first) = circle.first() else { continue };
        let sure = static_circles.iter().find(|other| other.first() == Some(&first));
        let path = sure.unwrap_or(circle);
        let names: Vec<String> = path.iter().map(|&id| name(program, id)).collect();
        let message = match sure {
            Some(_) => deps::recursion_words(&names),
            None => {
                let cause = cause(program, context, graph, path);
                let rule = name(program, first);
                format!("rule {rule} may be recursive: {}{cause}", names.join(" -> "))
            }
        };
        let at = program.rules.get(first).and_then(|rule| rule.at);
        problems.push(Problem::new("rego_recursion_error", at, message));
    }
}

fn name(program: &Program, id: RuleId) -> String {
    show::reference(&program.path(id), &program.vars)
}

/// The first reference on the way that selects its rule only through a variable.
fn cause(program: &Program, context: &Context, graph: &Graph, path: &[RuleId]) -> String {
    for (nth, pair) in path.windows(2).enumerate() {
        let [from, to] = pair else { continue };
        let Some(edge) = graph.cause(*from, *to, program) else { continue };
        let target = program.path(*to);
        let len = edge.path.len().min(target.len());
        let shown = edge.path.get(..len).unwrap_or_default();
        let mut words = format!(" ({}", show::reference(shown, &program.vars));
        if nth > 0 {
            words += &format!(" in {}", name(program, *from));
        }
        let mut positions = Vec::new();
        selects(program, &edge.narrowed, *to, &edge.bound, Some(&mut positions));
        let target_name = name(program, *to);
        match conditions(edge, &target, &positions) {
            Some(conditions)
                if !conditions.is_empty()
                    && conditions.len() <= MOST_CONDITIONS
                    && conditions
                        .iter()
                        .all(|(nth, value)| possible(program, context, edge, *nth, value)) =>
            {
                words += &format!(" refers to {target_name}");
                for (count, (nth, value)) in conditions.iter().enumerate() {
                    let Some(term) = edge.path.get(*nth) else { continue };
                    let term = show::value(&term.val, &program.vars);
                    let value = show::value(&value.val, &program.vars);
                    words += if count == 0 { " if " } else { " and " };
                    words += &format!("{term} is {value}");
                    if let Some(note) = note(program, edge, *from, *nth, &term) {
                        words += &format!(" ({note})");
                    }
                }
            }
            _ => words += &format!(" could refer to {target_name}"),
        }
        return words + ")";
    }
    String::new()
}

/// The positions that must have a value, each term once; `None` if one needs two values.
fn conditions<'a>(edge: &Dynamic, target: &'a [Term], positions: &[usize]) -> Option<Vec<(usize, &'a Term)>> {
    let mut all: Vec<(usize, &Term)> = Vec::new();
    for &nth in positions {
        let (term, value) = (edge.path.get(nth)?, target.get(nth)?);
        let known = all
            .iter()
            .find(|(other, _)| edge.path.get(*other).is_some_and(|other| same(&other.val, &term.val)));
        match known {
            None => all.push((nth, value)),
            Some((_, other)) if !same(&other.val, &value.val) => return None,
            Some(_) => {}
        }
    }
    Some(all)
}

fn origin(edge: &Dynamic, nth: usize) -> Option<&Origin> {
    edge.origins.get(&edge.path.get(nth)?.as_var()?)
}

/// Whether a variable can have a value.
fn possible(program: &Program, context: &Context, edge: &Dynamic, nth: usize, value: &Term) -> bool {
    match origin(edge, nth) {
        Some(Origin::Collection(collection)) => {
            members(collection).is_none_or(|all| all.iter().any(|one| same(one, &value.val)))
        }
        Some(Origin::Builtin(function)) => {
            let wanted = match value.val {
                Val::Null => Kind::Null,
                Val::Bool(_) => Kind::Bool,
                Val::Num(_) => Kind::Num,
                Val::Str(_) => Kind::Str,
                _ => return true,
            };
            let Some(builtin) = context.builtin(&program.vars, function) else { return true };
            match &builtin.kind.result {
                Some(Kind::Any(of)) => of.is_empty() || of.contains(&wanted),
                Some(kind) => *kind == wanted,
                None => true,
            }
        }
        _ => true,
    }
}

/// Where a term gets its value.
fn note(program: &Program, edge: &Dynamic, from: RuleId, nth: usize, term: &str) -> Option<String> {
    if let Some(Term { val: Val::Ref(path), .. }) = edge.path.get(nth) {
        let rule = path.first().and_then(Term::as_var) == Some(DATA);
        return rule.then(|| "rule values aren't known at compile time".to_owned());
    }
    let vars = &program.vars;
    Some(match origin(edge, nth)? {
        Origin::Input(path) => format!("{term} comes from {}", show::reference(path, vars)),
        Origin::Rule(path) => {
            let path = show::reference(path, vars);
            format!("{term} comes from rule {path}, whose value isn't known at compile time")
        }
        Origin::Collection(value) => match members(value) {
            Some(all) if all.len() > MOST_MEMBERS => format!("{term} is one of {} values", all.len()),
            _ => format!("{term} is one of {}", show::value(value, vars)),
        },
        Origin::Builtin(function) => format!("{term} is computed by {}", show::reference(function, vars)),
        Origin::Key => format!("{term} is a key of {}", name(program, from)),
        Origin::Argument => format!("{term} is an argument of {}", name(program, from)),
    })
}

/// The rules that a change at rules reaches: they and all that need them.
pub(super) fn dependents(graph: &Graph, rules: impl IntoIterator<Item = RuleId>) -> HashSet<RuleId> {
    let mut waiting: Vec<RuleId> = rules.into_iter().collect();
    let mut all = HashSet::new();
    while let Some(id) = waiting.pop() {
        if all.insert(id) {
            waiting.extend(graph.needed_by.get(id).into_iter().flatten());
        }
    }
    all
}
