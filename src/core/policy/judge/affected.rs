//! Which rules the checks must look at again after an edit of a program that had no errors.
//!
//! Checks are local: what they say about a rule follows from the rule, from the names of all rules, and from the rules
//! that it needs. An edit of a rule can therefore only cause errors in it and in what needs it. Everything else that an
//! edit can change (names, imports, annotations) makes it a check of the whole program.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::checks::Clean;
use crate::core::policy::program::{Key, Program};
use crate::core::rego::ast::{Module, Placed, RefPart, RuleKind, StatementKind};

/// The part of each module that must be checked: what changed since `clean`, what needs that, and what these need.
/// `None`: the whole program. `names` identifies the names of the rules now.
pub(super) fn part(clean: &Clean, program: &Program, trees: &[&Module], names: u64) -> Option<Vec<Module>> {
    if clean.names != names || clean.modules.len() != trees.len() || program.modules.len() != trees.len() {
        return None;
    }
    let mut changed = HashSet::new();
    let mut edited = HashSet::new();
    let mut same_heads = true;
    for (at, (tree, new)) in trees.iter().zip(&program.modules).enumerate() {
        let (old, was) = (clean.modules.get(at)?, clean.statements.get(at)?);
        if old.file != new.file || old.preamble != new.preamble {
            return None;
        }
        if Arc::ptr_eq(old, new) {
            continue;
        }
        let (gone, read) = differing(was, &tree.statements);
        if has_annotations(&old.text) || has_annotations(&new.text) {
            let same = gone.len() == read.len()
                && gone.iter().zip(read).all(|(a, b)| head(a) == head(b))
                && gaps(&old.text, was) == gaps(&new.text, &tree.statements)
                && !gone.iter().any(|placed| has_annotations(text_of(&old.text, placed)))
                && !read.iter().any(|placed| has_annotations(text_of(&new.text, placed)));
            if !same || old.text.contains("schemas") || new.text.contains("schemas") {
                return None;
            }
        }
        for placed in gone.iter().chain(read) {
            let package = program.package(&new.module.package)?;
            let StatementKind::Rule(rule) = &placed.statement.kind else { return None };
            changed.insert(*program.packages.get(package)?.rules.get(&rule.head.name)?);
        }
        same_heads &= heads(gone) == heads(read);
        for (index, placed) in new.module.definitions.iter().enumerate() {
            if read.iter().any(|other| other.start == placed.start) {
                edited.insert((at, index));
            }
        }
    }
    if changed.iter().any(|&rule| meets_a_package(program, rule)) {
        return None;
    }
    let needed = needed(program, changed, edited, same_heads);
    let all: usize = program.modules.iter().map(|loaded| loaded.module.definitions.len()).sum();
    if needed.len() * 2 > all {
        return None;
    }
    let mut parts = Vec::with_capacity(trees.len());
    for (at, (tree, loaded)) in trees.iter().zip(&program.modules).enumerate() {
        let mut starts = HashSet::new();
        for (index, placed) in loaded.module.definitions.iter().enumerate() {
            if needed.contains(&(at, index)) {
                starts.insert(placed.start);
            }
        }
        let wanted = starts.len();
        let is_rule = |placed: &Placed| matches!(placed.statement.kind, StatementKind::Rule(_));
        let statements: Vec<Placed> = tree
            .statements
            .iter()
            .filter(|placed| !is_rule(placed) || starts.contains(&placed.start))
            .cloned()
            .collect();
        if statements.iter().filter(|placed| is_rule(placed)).count() != wanted {
            return None;
        }
        parts.push(Module { statements });
    }
    Some(parts)
}

/// The statements between the first and the last that differ, of both.
fn differing<'a>(old: &'a [Placed], new: &'a [Placed]) -> (&'a [Placed], &'a [Placed]) {
    let same = |(a, b): &(&Placed, &Placed)| Arc::ptr_eq(&a.statement, &b.statement);
    let before = old.iter().zip(new).take_while(same).count();
    let (old, new) = (old.get(before..).unwrap_or_default(), new.get(before..).unwrap_or_default());
    let behind = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
    (old.get(..old.len() - behind).unwrap_or_default(), new.get(..new.len() - behind).unwrap_or_default())
}

fn has_annotations(text: &str) -> bool {
    text.contains("METADATA")
}

/// What of a definition decides whether it excludes another one.
type Head<'a> = (&'a str, Vec<Option<&'a str>>, usize, bool, bool, bool);

fn heads(all: &[Placed]) -> Vec<Option<Head<'_>>> {
    let mut all: Vec<_> = all.iter().map(head).collect();
    all.sort();
    all
}

fn head(placed: &Placed) -> Option<Head<'_>> {
    let StatementKind::Rule(rule) = &placed.statement.kind else { return None };
    let head = &rule.head;
    let parts = head.parts.iter().map(RefPart::constant).collect();
    let arguments = head.args.as_ref().map_or(0, Vec::len);
    let (set, object) = (head.kind == RuleKind::PartialSet, head.kind == RuleKind::PartialObject);
    Some((&head.name, parts, arguments, set, object, rule.default))
}

fn text_of<'a>(text: &'a str, placed: &Placed) -> &'a str {
    text.get(placed.range()).unwrap_or_default()
}

/// The texts between statements.
fn gaps<'a>(text: &'a str, statements: &[Placed]) -> Vec<&'a str> {
    let ends = std::iter::once(0).chain(statements.iter().map(|placed| placed.range().end));
    let starts = statements.iter().map(|placed| placed.start).chain([text.len()]);
    ends.zip(starts).map(|(from, to)| text.get(from..to).unwrap_or_default()).collect()
}

/// A rule stands where a package does, or a package inside of which it is: they may exclude each other.
fn meets_a_package(program: &Program, rule: usize) -> bool {
    let Some(own) = program.package_of(rule) else { return true };
    let Some(name) = program.rules.get(rule).map(|rule| &rule.name) else { return true };
    program.packages.iter().any(|other| {
        (other.path.starts_with(&own.path) && other.path.get(own.path.len()) == Some(name))
            || (own.path.starts_with(&other.path)
                && own.path.get(other.path.len()).is_some_and(|next| other.rules.contains_key(next)))
    })
}

/// The definitions of rules, of all that need them, and of all that these need. Where nobody needs a rule, and its
/// definitions still have the heads that they had, the edited ones are enough.
fn needed(
    program: &Program,
    changed: HashSet<usize>,
    edited: HashSet<Key>,
    same_heads: bool,
) -> HashSet<Key> {
    let mut needing: HashMap<usize, Vec<Key>> = HashMap::new();
    for (&key, links) in &program.links {
        for rule in links.rules.iter().filter(|rule| !same_heads || changed.contains(rule)) {
            needing.entry(*rule).or_default().push(key);
        }
    }
    let mut needed: HashSet<Key> = HashSet::new();
    let mut affected = changed;
    if same_heads {
        affected.retain(|rule| needing.contains_key(rule));
        for (&key, links) in program.links.iter().filter(|_| !affected.is_empty()) {
            links.rules.iter().for_each(|&rule| needing.entry(rule).or_default().push(key));
        }
    }
    let mut waiting: Vec<Key> = edited.into_iter().collect();
    let mut rules: Vec<usize> = affected.iter().copied().collect();
    while let Some(rule) = rules.pop() {
        waiting.extend(program.rules.get(rule).into_iter().flat_map(|rule| &rule.definitions));
        for &key in needing.get(&rule).into_iter().flatten() {
            match program.rule_of(key) {
                Some(other) if affected.insert(other) => rules.push(other),
                Some(_) => {}
                // A unit test among the rules.
                None => waiting.push(key),
            }
        }
    }
    let mut seen = affected;
    while let Some(key) = waiting.pop() {
        if !needed.insert(key) {
            continue;
        }
        for &rule in program.links.get(&key).iter().flat_map(|links| &links.rules) {
            if seen.insert(rule) {
                waiting.extend(program.rules.get(rule).into_iter().flat_map(|rule| &rule.definitions));
            }
        }
    }
    needed
}
