//! The answer to a query, in OPA's form.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Reason;

/// The code of what OPA may answer and we cannot.
pub const NOT_JUDGED: &str = "not_judged";

/// The solutions, or why there is no answer.
pub type Answer = Result<Vec<Row>, Vec<Failure>>;

/// Why a query has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// OPA's code, or [`NOT_JUDGED`].
    pub code: String,
    /// What happened, and where.
    pub reason: Reason,
}

/// One solution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The expressions of the query.
    pub expressions: Vec<Expression>,
    /// The variables of the query.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub bindings: Map<String, Value>,
}

/// An expression of the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expression {
    /// Its value.
    pub value: Value,
    /// As it was asked.
    pub text: String,
    /// Where it stands.
    pub location: Position,
}

/// A place in the query, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Line.
    pub row: usize,
    /// Character.
    pub col: usize,
}
