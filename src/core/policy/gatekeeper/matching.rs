//! Which objects a constraint is about: `spec.match`, as Gatekeeper's `pkg/mutation/match` takes it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::review::Review;
use super::selector;

/// Where an object of a review comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Source {
    /// Somebody asks for it.
    #[default]
    Original,
    /// An ExpansionTemplate made it.
    Generated,
}

/// Why a constraint says nothing about an object: the first part of its `match` that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "miss", rename_all = "snake_case")]
pub enum Miss {
    /// No entry of `kinds` names the object's group and kind.
    Kinds { kind: String },
    /// `scope` is the other one.
    Scope { wanted: String },
    /// `namespaces` does not name its namespace.
    Namespaces { namespace: String },
    /// `excludedNamespaces` names its namespace.
    ExcludedNamespaces { namespace: String },
    /// Its labels do not fit `labelSelector`.
    LabelSelector,
    /// The labels of its namespace do not fit `namespaceSelector`.
    NamespaceSelector { namespace: String },
    /// `name` is another one.
    Name { wanted: String },
    /// `source` is the other one.
    Source { wanted: String },
    /// The template's target does not name the operation.
    Operation { operation: String },
    /// The constraint is not enforced where requests are admitted.
    EnforcementPoint,
    /// Gatekeeper's Config leaves the namespace out.
    Config { namespace: String },
}

/// An object as it is matched.
#[derive(Debug, Clone, Copy)]
struct Matchable<'a> {
    object: &'a Value,
    namespace: Option<&'a Value>,
    source: Source,
}

/// Whether a constraint's `spec.match` (`None` if there is none) fits the object of a review or the object before it:
/// `Ok(None)` if so.
///
/// # Errors
/// Gatekeeper cannot tell, and rejects the request with these words.
pub fn matches(spec: Option<&Value>, review: &Review<'_>) -> Result<Option<Miss>, String> {
    let Some(spec) = spec.filter(|spec| !spec.is_null()) else { return Ok(None) };
    let mut first = None;
    let objects = [review.object(), review.old_object()].into_iter().flatten();
    for object in objects {
        let matchable = Matchable { object, namespace: review.namespace, source: review.source };
        let miss = matchable.miss(spec).map_err(|words| {
            let name = text(object, "/metadata/name");
            format!(
                "unable to match constraints: error matching the requested object: {name} :failed to run Match criteria: {words}"
            )
        })?;
        match miss {
            None => return Ok(None),
            Some(miss) => first = first.or(Some(miss)),
        }
    }
    first.map(Some).ok_or_else(|| {
        "unable to match constraints: invalid request object: neither object nor old object are defined"
            .to_owned()
    })
}

/// Looks at one part of a match.
type Check = fn(&Matchable<'_>, &Value) -> Result<Option<Miss>, String>;

impl Matchable<'_> {
    /// The first part of a match that does not fit, in Gatekeeper's order.
    fn miss(&self, spec: &Value) -> Result<Option<Miss>, String> {
        let checks: [Check; 8] = [
            |it, spec| Ok(it.kinds(spec)),
            |it, spec| Ok(it.scope(spec)),
            |it, spec| Ok(it.namespaces(spec)),
            |it, spec| Ok(it.excluded(spec)),
            |it, spec| Ok(it.labels(spec)),
            |it, spec| it.namespace_labels(spec),
            |it, spec| Ok(it.name(spec)),
            |it, spec| it.source(spec),
        ];
        for check in checks {
            if let Some(miss) = check(self, spec)? {
                return Ok(Some(miss));
            }
        }
        Ok(None)
    }

    fn kinds(&self, spec: &Value) -> Option<Miss> {
        let entries = list(spec, "kinds");
        let (group, kind) = group_and_kind(self.object);
        let fits = |entry: &Value, field: &str, wanted: &str| {
            let names = list(entry, field);
            names.is_empty()
                || names.iter().any(|name| matches!(name.as_str(), Some(n) if n == "*" || n == wanted))
        };
        let any = entries.iter().any(|entry| fits(entry, "kinds", kind) && fits(entry, "apiGroups", group));
        let shown = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
        (!entries.is_empty() && !any).then_some(Miss::Kinds { kind: shown })
    }

    fn scope(&self, spec: &Value) -> Option<Miss> {
        let namespaced = !text(self.object, "/metadata/namespace").is_empty() || self.namespace.is_some();
        let is_namespace = is_namespace(self.object);
        let wanted = text(spec, "/scope");
        let fits = match wanted {
            "Cluster" => is_namespace || !namespaced,
            "Namespaced" => !is_namespace && namespaced,
            // Whatever else is written, a typo too.
            _ => true,
        };
        (!fits).then(|| Miss::Scope { wanted: wanted.to_owned() })
    }

    /// The namespace that lists of namespaces are about; `None` if the object is in none.
    fn place(&self) -> Option<String> {
        if is_namespace(self.object) {
            return Some(text(self.object, "/metadata/name").to_owned());
        }
        if let Some(namespace) = self.namespace {
            return Some(text(namespace, "/metadata/name").to_owned());
        }
        Some(text(self.object, "/metadata/namespace")).filter(|name| !name.is_empty()).map(str::to_owned)
    }

    fn is_among(&self, patterns: &[Value]) -> Option<(bool, String)> {
        let namespace = self.place().filter(|_| !patterns.is_empty())?;
        let any = patterns.iter().filter_map(Value::as_str).any(|pattern| fits(pattern, &namespace));
        Some((any, namespace))
    }

    fn namespaces(&self, spec: &Value) -> Option<Miss> {
        let (any, namespace) = self.is_among(list(spec, "namespaces"))?;
        (!any).then_some(Miss::Namespaces { namespace })
    }

    fn excluded(&self, spec: &Value) -> Option<Miss> {
        let (any, namespace) = self.is_among(list(spec, "excludedNamespaces"))?;
        any.then_some(Miss::ExcludedNamespaces { namespace })
    }

    fn labels(&self, spec: &Value) -> Option<Miss> {
        let selector = given(spec, "labelSelector")?;
        let fits = selector::fits(selector, self.object.pointer("/metadata/labels"));
        (!fits).then_some(Miss::LabelSelector)
    }

    fn namespace_labels(&self, spec: &Value) -> Result<Option<Miss>, String> {
        let Some(selector) = given(spec, "namespaceSelector") else { return Ok(None) };
        let holder = if is_namespace(self.object) {
            self.object
        } else if let Some(namespace) = self.namespace {
            namespace
        } else if text(self.object, "/metadata/namespace").is_empty() {
            return Ok(None);
        } else {
            return Err("namespace selector for namespace-scoped object but missing Namespace".to_owned());
        };
        let namespace = text(holder, "/metadata/name").to_owned();
        let fits = selector::fits(selector, holder.pointer("/metadata/labels"));
        Ok((!fits).then_some(Miss::NamespaceSelector { namespace }))
    }

    fn name(&self, spec: &Value) -> Option<Miss> {
        let wanted = text(spec, "/name");
        let any = wanted.is_empty()
            || fits(wanted, text(self.object, "/metadata/name"))
            || fits_prefix(wanted, text(self.object, "/metadata/generateName"));
        (!any).then(|| Miss::Name { wanted: wanted.to_owned() })
    }

    fn source(&self, spec: &Value) -> Result<Option<Miss>, String> {
        let wanted = text(spec, "/source");
        let fits = match wanted {
            "" | "All" => true,
            "Original" => self.source == Source::Original,
            "Generated" => self.source == Source::Generated,
            other => return Err(format!("invalid source field {other:?}")),
        };
        Ok((!fits).then(|| Miss::Source { wanted: wanted.to_owned() }))
    }
}

/// Gatekeeper's wildcards: `*x*` contains, `*x` ends with, `x*` begins with, else equality.
#[must_use]
pub fn fits(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(rest), Some(_)) => name.contains(rest.strip_suffix('*').unwrap_or(rest)),
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => pattern == name,
    }
}

/// The same for `generateName`, of which only the beginning is known.
fn fits_prefix(pattern: &str, prefix: &str) -> bool {
    pattern.ends_with('*') && fits(pattern, prefix)
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn given<'v>(value: &'v Value, field: &str) -> Option<&'v Value> {
    value.get(field).filter(|value| !value.is_null())
}

/// The group and the kind of an object.
#[must_use]
pub fn group_and_kind(object: &Value) -> (&str, &str) {
    let group = text(object, "/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
    (group, text(object, "/kind"))
}

fn is_namespace(object: &Value) -> bool {
    group_and_kind(object) == ("", "Namespace")
}

#[cfg(test)]
mod tests;
