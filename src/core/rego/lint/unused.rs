//! Imports and rules that nothing in the workspace uses.
//!
//! A rule is told only in a package that is asked for a decision and where all of its users can be seen: a library may be
//! used by what is not open.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Finding, Found, Lint, Source, is_test};
use crate::core::policy::entries;
use crate::core::policy::module::Kind;
use crate::core::rego::ast::{Import, Placed, Rule, StatementKind};
use crate::strings::T;

/// The advice on each file, from what was found in its statements.
pub(super) fn unused(
    sources: &[Source<'_>],
    packages: &[&[String]],
    files: &[Vec<Arc<Found>>],
) -> Vec<Vec<Finding>> {
    let all_whole = sources.iter().all(|source| source.whole);
    let uses = if all_whole { uses(sources, packages, files) } else { Uses::default() };
    let of_file = |(file, source): (usize, &Source<'_>)| {
        let mut found = Vec::new();
        if source.whole {
            found.extend(imports(source, files.get(file).map(Vec::as_slice).unwrap_or_default()));
        }
        let package = packages.get(file).copied().unwrap_or_default();
        let same = || sources.iter().zip(packages).filter(|(_, other)| **other == package);
        let has =
            |is: fn(&Rule) -> bool| same().flat_map(|(source, _)| rules(source)).any(|(_, rule)| is(rule));
        if all_whole && !is_test(source.name, package) && has(is_entry) {
            let objects = has(is_objection);
            found.extend(
                rules(source)
                    .filter(|(_, rule)| objects || rule.head.args.is_some())
                    .filter(|(placed, rule)| is_unused(source, placed, rule, package, &uses))
                    .map(|(placed, rule)| {
                        let name = vec![("name", rule.head.name.clone())];
                        Finding::new(Lint::UnusedRule, rule.head.name_span.at(placed.start), name)
                    }),
            );
        }
        found
    };
    sources.iter().enumerate().map(of_file).collect()
}

fn rules<'a>(source: &Source<'a>) -> impl Iterator<Item = (&'a Placed, &'a Rule)> {
    source.module.statements.iter().filter_map(|placed| match &placed.statement.kind {
        StatementKind::Rule(rule) => Some((placed, rule.as_ref())),
        _ => None,
    })
}

fn imports(source: &Source<'_>, found: &[Arc<Found>]) -> Vec<Finding> {
    let used: HashSet<&str> = found
        .iter()
        .flat_map(|found| &found.references)
        .filter_map(|path| path.first())
        .map(String::as_str)
        .collect();
    let import = |placed: &Placed| {
        let StatementKind::Import(import) = &placed.statement.kind else { return None };
        let name = import.name().filter(|name| !used.contains(name))?;
        let finding = Finding::new(Lint::UnusedImport, placed.range(), vec![("name", name.to_owned())]);
        Some(match whole_line(source.text, placed) {
            Some(line) => {
                let mut finding = finding.writing(line, "");
                finding.fix.iter_mut().for_each(|plan| plan.title = T::FixRemoveLine);
                finding
            }
            None => finding,
        })
    };
    source.module.statements.iter().filter_map(import).collect()
}

/// The line of a statement, if nothing else is on it.
fn whole_line(text: &str, placed: &Placed) -> Option<std::ops::Range<usize>> {
    let range = placed.range();
    let before = text.get(..range.start)?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let behind = text.get(range.end..)?;
    let end = behind.find('\n').map_or(text.len(), |at| range.end + at + 1);
    let alone =
        text.get(start..range.start)?.trim().is_empty() && text.get(range.end..end)?.trim().is_empty();
    alone.then_some(start..end)
}

/// What all files refer to below `data`.
#[derive(Default)]
struct Uses {
    /// Packages that are read as a whole, or with a name that is computed; by path.
    whole: HashSet<Vec<String>>,
    /// By package and rule, from statements that are no definition of that rule.
    rules: HashSet<(Vec<String>, String)>,
}

fn uses(sources: &[Source<'_>], packages: &[&[String]], files: &[Vec<Arc<Found>>]) -> Uses {
    let mut uses = Uses::default();
    let known: HashSet<&[String]> = packages.iter().copied().collect();
    for ((source, package), found) in sources.iter().zip(packages).zip(files) {
        let imports: HashMap<&str, &Import> = source
            .module
            .statements
            .iter()
            .filter_map(|placed| match &placed.statement.kind {
                StatementKind::Import(import) => Some((import.name()?, import)),
                _ => None,
            })
            .collect();
        for (placed, found) in source.module.statements.iter().zip(found) {
            let own = match &placed.statement.kind {
                StatementKind::Rule(rule) => Some(rule.head.name.as_str()),
                _ => None,
            };
            for path in &found.references {
                let Some((first, rest)) = path.split_first() else { continue };
                let full: Vec<String> = match imports.get(first.as_str()) {
                    _ if first == "data" => rest.to_vec(),
                    Some(import) => import.path.iter().skip(1).chain(rest).cloned().collect(),
                    None if own == Some(first) => continue,
                    None => package.iter().chain([first]).cloned().collect(),
                };
                // All packages that the path can mean.
                let mut named = false;
                for length in 0..full.len() {
                    if let (Some(front), Some(rule)) = (full.get(..length), full.get(length))
                        && known.contains(front)
                    {
                        uses.rules.insert((front.to_vec(), rule.clone()));
                        named = true;
                    }
                }
                if !named || known.contains(full.as_slice()) {
                    uses.whole.insert(full);
                }
            }
        }
    }
    uses
}

fn is_unused(source: &Source<'_>, placed: &Placed, rule: &Rule, package: &[String], uses: &Uses) -> bool {
    let name = &rule.head.name;
    let is_whole = (0..=package.len())
        .any(|length| package.get(..length).is_some_and(|front| uses.whole.contains(front)));
    let above = source.text.get(..placed.start).unwrap_or_default();
    // Annotations make an entry of what they stand above.
    let annotated =
        above.lines().rev().take_while(|line| line.starts_with('#')).any(|line| line.contains("METADATA"));
    !is_entry(rule)
        && !name.starts_with("test_")
        && !name.starts_with("todo_test_")
        && !annotated
        && !is_whole
        && !uses.rules.contains(&(package.to_vec(), name.clone()))
}

/// An entry of packages that are asked for nothing else. Where there is only `allow`, others may be asked for.
fn is_objection(rule: &Rule) -> bool {
    let name = rule.head.name.as_str();
    is_entry(rule) && ["deny", "violation", "warn"].iter().any(|stem| name.starts_with(stem))
}

/// Whether a rule is asked for a decision by anybody's convention.
fn is_entry(rule: &Rule) -> bool {
    let is_function = rule.head.args.is_some();
    let kind = if is_function { Kind::Function } else { Kind::Complete };
    let name = rule.head.name.as_str();
    entries::entry(name, kind, "AdmissionReview").is_some()
        || (!is_function
            && matches!(name, "main" | "response" | "allowed" | "patch" | "patches" | "mutation"))
}
