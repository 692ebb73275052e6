//! The Rego of a template: what of it Gatekeeper's rewriter refuses before OPA's compiler sees it.

use std::ops::Range;

use crate::core::rego::ast::{RefPart, StatementKind, Term, TermKind};
use crate::core::rego::parser::Parsed;
use crate::core::rego::walk::{self, Node};

/// Whether a module is the one with `violation`, or a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// With `violation`.
    Entry,
    /// A library.
    Library,
}

/// What Gatekeeper refuses in a module that parses, with byte ranges of its text.
#[must_use]
pub fn problems(parsed: &Parsed, part: Part) -> Vec<(Range<usize>, String)> {
    const INVALID: &str = "invalid ConstraintTemplate: ";
    let mut found = Vec::new();
    let mut has_violation = false;
    let mut package = 0..0;
    for placed in &parsed.module.statements {
        match &placed.statement.kind {
            StatementKind::Package(declared) => {
                package = declared.span.at(placed.start);
                let is_library =
                    declared.path.len() > 1 && declared.path.first().is_some_and(|first| first == "lib");
                if part == Part::Library && !is_library {
                    let path = format!("data.{}", declared.path.join("."));
                    let words = format!("{INVALID}invalid lib prefix: path {path} not found in lib prefixes");
                    found.push((package.clone(), words));
                }
            }
            StatementKind::Import(import) => {
                let parts: Vec<&str> = import.path.iter().map(String::as_str).collect();
                let path = import.path.join(".");
                let words = match parts.as_slice() {
                    ["data", "lib", ..] | ["future", ..] => continue,
                    ["input", ..] => format!("{INVALID}invalid import: cannot import input: {path:?}"),
                    _ => format!("{INVALID}invalid import: bad import: {path:?}"),
                };
                found.push((import.span.at(placed.start), words));
            }
            StatementKind::Rule(rule) => {
                has_violation |= rule.head.name == "violation";
                walk::rule(rule, &mut |node| {
                    let Node::Term(term) = node else { return };
                    if let Some(path) = disallowed(term) {
                        let words = format!("{INVALID}invalid data references: disallowed ref {path}");
                        found.push((term.span.at(placed.start), words));
                    }
                });
            }
            StatementKind::Broken => {}
        }
    }
    if part == Part::Entry && !has_violation {
        let words = format!("{INVALID}invalid rego: invalid module: missing required rules: [violation]");
        found.push((package, words));
    }
    found
}

/// A reference to data that is neither a library nor the inventory.
fn disallowed(term: &Term) -> Option<String> {
    let (head, parts): (&Term, &[RefPart]) = match &term.kind {
        TermKind::Ref(head, parts) => (head, parts),
        _ => return None,
    };
    if !matches!(&head.kind, TermKind::Var(name) if name == "data") {
        return None;
    }
    match parts.first().map(RefPart::constant) {
        Some(Some("lib" | "inventory")) => None,
        _ => {
            let names = parts.iter().map_while(RefPart::constant).map(|name| format!(".{name}"));
            Some(format!("data{}", names.collect::<String>()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::rego::parser::{ParseOptions, Version, parse};

    #[test]
    fn what_gatekeeper_refuses_is_refused_at_its_place() {
        let entry = |body: &str| format!("package a\n{body}\nviolation[{{\"msg\": \"x\"}}] {{ input.x }}\n");
        for (text, part, word) in [
            (entry(""), Part::Entry, ""),
            (entry("import data.lib.x\nimport future.keywords.in"), Part::Entry, ""),
            (entry("x = data.inventory.cluster"), Part::Entry, ""),
            (entry("import input.review"), Part::Entry, "input.review"),
            (entry("import data.other"), Part::Entry, "data.other"),
            (entry("import data.inventory"), Part::Entry, "data.inventory"),
            (entry("x = data.foo.bar"), Part::Entry, "data.foo.bar"),
            ("package a\ndeny[1] { true }\n".to_owned(), Part::Entry, "a"),
            ("package lib.a\nf(x) = 1\n".to_owned(), Part::Library, ""),
            ("package lib\nf(x) = 1\n".to_owned(), Part::Library, "lib"),
            ("package libs.a\nf(x) = 1\n".to_owned(), Part::Library, "libs.a"),
        ] {
            let parsed = parse(&text, ParseOptions { version: Version::V0 });
            assert!(parsed.is_clean(), "{text}");
            let found: Vec<&str> =
                problems(&parsed, part).into_iter().map(|(range, _)| text.get(range).unwrap()).collect();
            assert_eq!(
                found,
                [word].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>(),
                "{text}"
            );
        }
    }
}
