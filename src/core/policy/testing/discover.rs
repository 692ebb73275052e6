//! Finds the tests of a module.

use crate::core::rego::ast::{Rule, RuleKind};

/// What the head of a rule says if it is a test.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TestHead {
    /// The name with what stands before it: `a`, `test_x` of `a.test_x[case]`.
    pub path: Vec<String>,
    /// It has a result for each case.
    pub parameterised: bool,
    /// It is to be skipped.
    pub todo: bool,
}

/// The test that a rule is (`tester.ruleName`); `None` if it is none, or a function, which nobody can ask.
#[must_use]
pub fn test_of(rule: &Rule) -> Option<TestHead> {
    if rule.default || rule.head.kind == RuleKind::Function {
        return None;
    }
    let path = rule.head.path();
    let is_test = |name: &&str| name.starts_with("test_") || name.starts_with("todo_test_");
    let at = path.iter().position(is_test)?;
    let name = path.get(at)?;
    Some(TestHead {
        path: path.iter().take(at + 1).map(|&part| part.to_owned()).collect(),
        parameterised: rule.head.kind == RuleKind::PartialObject && rule.head.parts.len() > at,
        todo: name.starts_with("todo_test_"),
    })
}
