//! What OPA demands of a rule that is well formed: `if` and `contains` since v1, and what a `default` may say.

use super::Parser;
use crate::core::rego::ast::{Head, Rule, RuleKind, Term, TermKind};

impl Parser<'_> {
    pub(super) fn check_v1(&mut self, rule: &Rule, start: u32) {
        if !self.dialect.v1 {
            return;
        }
        let end = self.previous_end();
        if rule.bodies.first().is_some_and(|body| body.if_span.is_none()) {
            let words = format!("`if` keyword is required before {} body", noun(rule));
            self.late(start, end, words.as_str());
            // Each further body is a rule of its own for OPA.
            for body in rule.bodies.iter().skip(1) {
                let span = body.body.span;
                self.late(span.start + self.base, span.end + self.base, words.as_str());
            }
        }
        if rule.head.kind == RuleKind::PartialSet && !rule.head.contains {
            self.late(start, end, "`contains` keyword is required for partial set rules");
        }
    }

    pub(super) fn check_default(&mut self, head: &Head, start: u32) -> Option<()> {
        let end = self.previous_end();
        let words = if head.key.is_some() {
            Some("must have a value".to_owned())
        } else if let Some(kind) = head.value.as_ref().and_then(computed) {
            Some(format!("value cannot contain {kind}"))
        } else {
            let mut seen: Vec<&str> = Vec::new();
            head.args.iter().flatten().find_map(|arg| match &arg.kind {
                TermKind::Var(name) if name == "_" => None,
                TermKind::Var(name) if seen.contains(&name.as_str()) => {
                    Some(format!("arguments cannot be repeated {name}"))
                }
                TermKind::Var(name) => {
                    seen.push(name);
                    None
                }
                _ => Some(format!("arguments cannot contain {}", arg.opa_kind())),
            })
        };
        match words {
            None => Some(()),
            Some(words) => self.fail_at(start, end, &format!("illegal default rule ({words})")),
        }
    }
}

pub(super) fn noun(rule: &Rule) -> &'static str {
    if rule.head.args.is_some() { "function" } else { "rule" }
}

/// The first part of a default value that is not constant, by OPA's name. Comprehensions are exempt.
fn computed(term: &Term) -> Option<&'static str> {
    match &term.kind {
        TermKind::Null | TermKind::Bool(_) | TermKind::Number | TermKind::String(_) => None,
        TermKind::ArrayCompr(..) | TermKind::SetCompr(..) | TermKind::ObjectCompr(..) => None,
        TermKind::Template(_) => None,
        TermKind::Paren(inner) => computed(inner),
        TermKind::Array(items) | TermKind::Set(items) => items.iter().find_map(computed),
        TermKind::Object(pairs) => pairs.iter().find_map(|(k, v)| computed(k).or_else(|| computed(v))),
        _ => Some(term.opa_kind()),
    }
}
