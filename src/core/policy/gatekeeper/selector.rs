//! Label selectors, as Kubernetes reads and refuses them (`metav1.LabelSelector`, `ValidateLabelSelector`).

use serde_json::Value;

use super::Problem;
use crate::core::manifest::labels::{is_key, is_value};

/// Whether labels, an object of strings, fit a selector that was found sound by [`problems`]. An empty selector fits
/// everything.
#[must_use]
pub fn fits(selector: &Value, labels: Option<&Value>) -> bool {
    let label = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
    let equal = selector.get("matchLabels").and_then(Value::as_object);
    let all_equal = equal
        .into_iter()
        .flatten()
        .all(|(key, value)| label(key) == Some(value.as_str().unwrap_or_default()));
    let rules = selector.get("matchExpressions").and_then(Value::as_array);
    all_equal
        && rules.into_iter().flatten().all(|rule| {
            let text = |name: &str| rule.get(name).and_then(Value::as_str).unwrap_or_default();
            let values = rule.get("values").and_then(Value::as_array);
            let among = |value: &str| values.into_iter().flatten().any(|known| known.as_str() == Some(value));
            let value = label(text("key"));
            match text("operator") {
                "In" => value.is_some_and(among),
                "NotIn" => !value.is_some_and(among),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

/// What is wrong with a selector that stands at a pointer; its types are right.
#[must_use]
pub fn problems(selector: &Value, pointer: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut say = |below: String, words: String| {
        let field = below.trim_start_matches('/').replace('/', ".");
        found.push(Problem::at(format!("{pointer}/{below}"), format!("spec.labelSelector.{field}: {words}")));
    };
    for (key, value) in selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten() {
        let below = || format!("matchLabels/{}", super::escape(key));
        if !is_key(key) {
            say(below(), format!("Invalid value: {key:?}: it is no label key"));
        }
        let value = value.as_str().unwrap_or_default();
        if !is_value(value) {
            say(below(), format!("Invalid value: {value:?}: it is no label value"));
        }
    }
    let rules = selector.get("matchExpressions").and_then(Value::as_array);
    for (at, rule) in rules.into_iter().flatten().enumerate() {
        let text = |name: &str| rule.get(name).and_then(Value::as_str).unwrap_or_default();
        let values: Vec<&str> = rule
            .get("values")
            .and_then(Value::as_array)
            .map(|values| values.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        match text("operator") {
            "In" | "NotIn" if values.is_empty() => say(
                format!("matchExpressions/{at}"),
                "values: Required value: must be specified when `operator` is 'In' or 'NotIn'".to_owned(),
            ),
            "Exists" | "DoesNotExist" if !values.is_empty() => say(
                format!("matchExpressions/{at}/values"),
                "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'".to_owned(),
            ),
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => say(
                format!("matchExpressions/{at}/operator"),
                format!("Invalid value: {other:?}: not a valid selector operator"),
            ),
        }
        if !is_key(text("key")) {
            say(
                format!("matchExpressions/{at}/key"),
                format!("Invalid value: {:?}: it is no label key", text("key")),
            );
        }
        for (nth, value) in values.iter().enumerate().filter(|(_, value)| !is_value(value)) {
            say(
                format!("matchExpressions/{at}/values/{nth}"),
                format!("Invalid value: {value:?}: it is no label value"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_fit_as_in_kubernetes() {
        let labels = json!({"app": "web", "empty": ""});
        let rule = |operator: &str, key: &str, values: &[&str]| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        for (selector, fit) in [
            (json!({}), true),
            (json!({"matchLabels": {"app": "web"}}), true),
            (json!({"matchLabels": {"app": "web", "tier": "x"}}), false),
            (json!({"matchLabels": {"empty": ""}}), true),
            (json!({"matchLabels": {"none": ""}}), false),
            (rule("In", "app", &["api", "web"]), true),
            (rule("In", "tier", &["web"]), false),
            (rule("NotIn", "app", &["web"]), false),
            (rule("NotIn", "tier", &["web"]), true),
            (rule("Exists", "empty", &[]), true),
            (rule("Exists", "tier", &[]), false),
            (rule("DoesNotExist", "tier", &[]), true),
            (rule("DoesNotExist", "app", &[]), false),
        ] {
            assert_eq!(fits(&selector, Some(&labels)), fit, "{selector}");
        }
        assert!(fits(&json!({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}), None));
        assert!(!fits(&json!({"matchLabels": {"a": "b"}}), None));
    }

    #[test]
    fn what_kubernetes_refuses_is_refused_at_its_place() {
        for (selector, at) in [
            (json!({"matchLabels": {"a b": "c"}}), "/s/matchLabels/a b"),
            (json!({"matchLabels": {"a": "b c"}}), "/s/matchLabels/a"),
            (
                json!({"matchExpressions": [{"key": "a", "operator": "in", "values": ["b"]}]}),
                "/s/matchExpressions/0/operator",
            ),
            (json!({"matchExpressions": [{"key": "a", "operator": "In"}]}), "/s/matchExpressions/0"),
            (
                json!({"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}),
                "/s/matchExpressions/0/values",
            ),
            (json!({"matchExpressions": [{"key": "", "operator": "Exists"}]}), "/s/matchExpressions/0/key"),
        ] {
            let found: Vec<String> = problems(&selector, "/s").into_iter().map(|p| p.pointer).collect();
            assert_eq!(found, [at], "{selector}");
        }
        assert!(problems(&json!({"matchLabels": {"a/b": "c"}, "matchExpressions": []}), "/s").is_empty());
    }
}
