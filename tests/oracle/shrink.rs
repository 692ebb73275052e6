//! Makes what differs small, and writes it down as a case.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ask::{Opas, Outcome, Question, compare, opa, ours};
use super::generator::Policy;

/// Where the cases are that were found.
pub const FOUND: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rego-found.json");

/// A question that was once answered otherwise than OPA does, and OPA's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// What it is about.
    pub note: String,
    pub ask: Question,
    pub opa: Opas,
}

pub fn found() -> Vec<Found> {
    let text = std::fs::read_to_string(FOUND).unwrap();
    let lines = text.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line.trim_end_matches(',')).unwrap()).collect()
}

/// Adds a case, one a line.
pub fn write_down(new: Found) {
    let mut all = found();
    if all.iter().any(|old| old.ask == new.ask) {
        return;
    }
    all.push(new);
    let lines: Vec<String> = all.iter().map(|found| serde_json::to_string(found).unwrap()).collect();
    std::fs::write(FOUND, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
}

/// The smallest policy that still differs in the same way, by leaving out rules, branches, statements and what stands
/// in them, and by a smaller input.
pub fn shrink(program: &Path, policy: &Policy, differs: &Outcome) -> Policy {
    let mut best = policy.clone();
    loop {
        let mut smaller = best.smaller();
        let questions: Vec<Question> = smaller.iter().map(Policy::question).collect();
        if questions.is_empty() {
            return best;
        }
        let opas = opa(program, &questions);
        let found = opas.iter().zip(&questions).position(|(opa, question)| {
            let outcome = compare(question, opa, &ours(question));
            match (&outcome, differs) {
                (Outcome::NotJudged(a), Outcome::NotJudged(b)) => a == b,
                (a, b) => a.column() == b.column(),
            }
        });
        match found {
            Some(at) => best = smaller.swap_remove(at),
            None => return best,
        }
    }
}
