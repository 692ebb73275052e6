//! What OPA refuses to format although it parses: `v1/ast` `CheckRegoV1` in its sources.

use std::collections::BTreeMap;

use super::term::dotted;
use super::{FormatError, Target};
use crate::core::rego::ast::{Module, Rule, StatementKind, Term, TermKind};
use crate::core::rego::walk::{self, Node};

/// Builtins that OPA 1.0 took away from Rego v1.
const DEPRECATED: &[&str] = &[
    "all",
    "any",
    "cast_array",
    "cast_boolean",
    "cast_null",
    "cast_object",
    "cast_set",
    "cast_string",
    "net.cidr_overlap",
    "re_match",
    "set_diff",
];

/// Imports of one name, and calls of builtins that are no more.
pub fn check(module: &Module, text: &str, target: Target) -> Result<(), FormatError> {
    let row = |byte: usize| text.get(..byte).unwrap_or_default().matches('\n').count() + 1;
    let strict = target != Target::V0;
    let mut names: BTreeMap<&str, &[String]> = BTreeMap::new();
    for placed in &module.statements {
        match &placed.statement.kind {
            StatementKind::Import(import) if strict => {
                let Some(name) = import.name() else { continue };
                if let Some(first) = names.insert(name, &import.path) {
                    let message = format!("import must not shadow import {}", first.join("."));
                    let row = row(placed.start);
                    return Err(FormatError::Refused { code: "rego_compile_error", message, row });
                }
            }
            StatementKind::Rule(rule) if strict => {
                if let Some(message) = shadows(rule) {
                    let row = row(placed.start);
                    return Err(FormatError::Refused { code: "rego_compile_error", message, row });
                }
                let mut found = None;
                walk::rule(rule, &mut |node| {
                    if let Node::Term(Term { kind: TermKind::Call(function, _), span }) = node
                        && let Some(name) =
                            dotted(function).filter(|name| DEPRECATED.contains(&name.as_str()))
                    {
                        found.get_or_insert((name, *span));
                    }
                });
                if let Some((name, span)) = found {
                    let message = format!("deprecated built-in function calls in expression: {name}");
                    let row = row(span.at(placed.start).start);
                    return Err(FormatError::Refused { code: "rego_type_error", message, row });
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// A rule or argument that takes the name of `input` or `data`.
fn shadows(rule: &Rule) -> Option<String> {
    let root = |name: &str| name == "input" || name == "data";
    if rule.head.parts.is_empty() && root(&rule.head.name) {
        let name = &rule.head.name;
        return Some(format!("rules must not shadow {name} (use a different rule name)"));
    }
    rule.head.args.iter().flatten().find_map(|arg| match &arg.kind {
        TermKind::Var(name) if root(name) => {
            Some(format!("args must not shadow {name} (use a different variable name)"))
        }
        _ => None,
    })
}
