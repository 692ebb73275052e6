//! What is done about a violation: `spec.enforcementAction`, by enforcement point.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Problem;
use crate::core::decision::Demand;

/// Where requests are admitted.
pub const WEBHOOK: &str = "validation.gatekeeper.sh";
/// Where what is stored is looked through.
pub const AUDIT: &str = "audit.gatekeeper.sh";
/// Where gator judges files.
pub const GATOR: &str = "gator.gatekeeper.sh";

const POINTS: [&str; 4] = [WEBHOOK, AUDIT, GATOR, "vap.k8s.io"];
const ALL: &str = "*";

/// What is done about a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The request is refused.
    Deny,
    /// It is only counted.
    Dryrun,
    /// The user is told.
    Warn,
}

impl Action {
    /// Reads an action that Gatekeeper knows.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "deny" => Some(Self::Deny),
            "dryrun" => Some(Self::Dryrun),
            "warn" => Some(Self::Warn),
            _ => None,
        }
    }

    /// What it asks for; `None` if the user is told nothing.
    #[must_use]
    pub fn demand(self) -> Option<Demand> {
        match self {
            Self::Deny => Some(Demand::Deny),
            Self::Warn => Some(Demand::Warn),
            Self::Dryrun => None,
        }
    }
}

/// What a constraint does about violations.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// The same everywhere.
    Everywhere(Action),
    /// By enforcement point, in the order of the constraint.
    Scoped(Vec<(String, Action)>),
}

impl Enforcement {
    /// Reads `spec` of a constraint. What cannot be read is denied; [`problems`] says what it is.
    #[must_use]
    pub fn read(spec: &Value) -> Self {
        match text(spec, "enforcementAction") {
            "scoped" => {
                let entries = spec.get("scopedEnforcementActions").and_then(Value::as_array);
                let pairs = entries.into_iter().flatten().flat_map(|entry| {
                    let action = Action::read(text(entry, "action"));
                    let points = entry.get("enforcementPoints").and_then(Value::as_array);
                    points
                        .into_iter()
                        .flatten()
                        .filter_map(move |point| Some((text(point, "name").to_owned(), action?)))
                });
                Self::Scoped(pairs.collect())
            }
            action => Self::Everywhere(Action::read(action).unwrap_or(Action::Deny)),
        }
    }

    /// What is done at an enforcement point, each once; nothing if the constraint is not evaluated there.
    #[must_use]
    pub fn at(&self, point: &str) -> Vec<Action> {
        match self {
            Self::Everywhere(action) => vec![*action],
            Self::Scoped(pairs) => {
                let mut actions: Vec<Action> = pairs
                    .iter()
                    .filter(|(name, _)| name == point || name == ALL)
                    .map(|(_, action)| *action)
                    .collect();
                actions.sort_unstable();
                actions.dedup();
                actions
            }
        }
    }
}

/// What Gatekeeper's webhook says against the enforcement of a constraint (`ValidateEnforcementAction`).
#[must_use]
pub fn problems(spec: &Value) -> Vec<Problem> {
    let action = text(spec, "enforcementAction");
    match action {
        "" | "deny" | "dryrun" | "warn" => Vec::new(),
        "scoped" => scoped_problems(spec),
        other => vec![Problem::at(
            "/spec/enforcementAction",
            format!(
                "unrecognized enforcementAction: {other:?} is not within the supported list [deny dryrun warn scoped]"
            ),
        )],
    }
}

fn scoped_problems(spec: &Value) -> Vec<Problem> {
    let entries = spec.get("scopedEnforcementActions").filter(|entries| !entries.is_null());
    let Some(entries) = entries.and_then(Value::as_array) else {
        return vec![Problem::at(
            "/spec/enforcementAction",
            "missing required field: spec.scopedEnforcementActions must be defined",
        )];
    };
    let mut found = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let pointer = format!("/spec/scopedEnforcementActions/{at}");
        let action = text(entry, "action");
        if Action::read(action).is_none() {
            let words = format!(
                "unrecognized enforcementAction: [{action}] is not within the supported list [deny dryrun warn]"
            );
            found.push(Problem::at(format!("{pointer}/action"), words));
        }
        let unknown = |name: &str| {
            format!(
                "unrecognized enforcement points: constraint will not be enforced for enforcement points [{name}], supported enforcement points are [{}]",
                POINTS.join(" ")
            )
        };
        let points =
            entry.get("enforcementPoints").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if points.is_empty() {
            found.push(Problem::at(pointer.clone(), unknown("")));
        }
        for (nth, point) in points.iter().enumerate() {
            let name = text(point, "name");
            if name != ALL && !POINTS.contains(&name) {
                found.push(Problem::at(format!("{pointer}/enforcementPoints/{nth}/name"), unknown(name)));
            }
        }
    }
    found
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn actions_are_found_by_enforcement_point() {
        let scoped =
            |entries: Value| json!({"enforcementAction": "scoped", "scopedEnforcementActions": entries});
        let entry = |action: &str, points: &[&str]| {
            let points: Vec<Value> = points.iter().map(|name| json!({"name": name})).collect();
            json!({"action": action, "enforcementPoints": points})
        };
        let ignored =
            json!({"enforcementAction": "warn", "scopedEnforcementActions": [entry("deny", &["*"])]});
        for (spec, at_webhook, at_audit) in [
            (json!({}), vec![Action::Deny], vec![Action::Deny]),
            (json!({"enforcementAction": ""}), vec![Action::Deny], vec![Action::Deny]),
            (json!({"enforcementAction": "dryrun"}), vec![Action::Dryrun], vec![Action::Dryrun]),
            (ignored, vec![Action::Warn], vec![Action::Warn]),
            (scoped(json!([entry("deny", &[WEBHOOK])])), vec![Action::Deny], vec![]),
            (scoped(json!([entry("warn", &["*"])])), vec![Action::Warn], vec![Action::Warn]),
            (
                scoped(json!([entry("warn", &[WEBHOOK, AUDIT]), entry("deny", &[WEBHOOK])])),
                vec![Action::Deny, Action::Warn],
                vec![Action::Warn],
            ),
            (scoped(json!([])), vec![], vec![]),
        ] {
            let read = Enforcement::read(&spec);
            assert_eq!((read.at(WEBHOOK), read.at(AUDIT)), (at_webhook, at_audit), "{spec}");
        }
    }

    #[test]
    fn what_gatekeeper_refuses_is_refused_at_its_place() {
        for (spec, places) in [
            (json!({}), vec![]),
            (json!({"enforcementAction": "deny"}), vec![]),
            (json!({"enforcementAction": "enforce"}), vec!["/spec/enforcementAction"]),
            (json!({"enforcementAction": "Deny"}), vec!["/spec/enforcementAction"]),
            (json!({"enforcementAction": "scoped"}), vec!["/spec/enforcementAction"]),
            (
                json!({"enforcementAction": "scoped", "scopedEnforcementActions": [
                    {"action": "block", "enforcementPoints": [{"name": "webhook"}]},
                    {"action": "deny"},
                ]}),
                vec![
                    "/spec/scopedEnforcementActions/0/action",
                    "/spec/scopedEnforcementActions/0/enforcementPoints/0/name",
                    "/spec/scopedEnforcementActions/1",
                ],
            ),
        ] {
            let found: Vec<String> = problems(&spec).into_iter().map(|problem| problem.pointer).collect();
            assert_eq!(found, places, "{spec}");
        }
    }
}
