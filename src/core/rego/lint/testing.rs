//! Unit tests that do not run as one thinks: left to do, in the wrong package, two with one name.

use std::collections::HashSet;

use super::{Finding, Lint, Source};
use crate::core::rego::ast::{Rule, RuleKind, StatementKind};

/// The advice on the tests of a file.
pub(super) fn of_file(sources: &[Source<'_>], packages: &[&[String]], file: usize) -> Vec<Finding> {
    let (Some(source), Some(package)) = (sources.get(file), packages.get(file)) else { return Vec::new() };
    let mut seen: HashSet<Vec<&str>> = HashSet::new();
    // Tests of the package in files before this one.
    for (earlier, _) in sources.iter().zip(packages).take(file).filter(|(_, other)| *other == package) {
        seen.extend(tests(earlier).map(|(_, rule)| rule.head.path()));
    }
    let mut found = Vec::new();
    for (base, rule) in tests(source) {
        let (head, at) = (&rule.head, rule.head.name_span.at(base));
        let name = || vec![("name", head.name.clone())];
        if head.name.starts_with("todo_test_") {
            found.push(Finding::new(Lint::TodoTest, at.clone(), name()));
        }
        if !package.last().is_some_and(|last| last.ends_with("_test")) {
            found.push(Finding::new(Lint::TestOutsideTestPackage, at.clone(), name()));
        }
        // A test with cases has a variable in its name, and may have several definitions.
        if head.kind == RuleKind::Complete && !seen.insert(head.path()) {
            found.push(Finding::new(Lint::IdenticallyNamedTests, at, name()));
        }
    }
    found
}

fn tests<'a>(source: &Source<'a>) -> impl Iterator<Item = (usize, &'a Rule)> {
    source.module.statements.iter().filter_map(|placed| match &placed.statement.kind {
        StatementKind::Rule(rule)
            if !rule.default
                && rule.head.args.is_none()
                && (rule.head.name.starts_with("test_") || rule.head.name.starts_with("todo_test_")) =>
        {
            Some((placed.start, rule.as_ref()))
        }
        _ => None,
    })
}
