//! ExpansionTemplates: the objects that an object will make, judged together with it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Problem, enforcement::Action};

/// How deep what is made makes something again.
const DEPTH: usize = 30;

/// An ExpansionTemplate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// `metadata.name`
    pub name: String,
    /// Group, version and kind of what it applies to.
    applies_to: BTreeSet<(String, String, String)>,
    /// `spec.template`
    source: String,
    /// Group, version and kind of what is made.
    makes: (String, String, String),
    /// What is done about violations of what is made, instead of what the constraint says.
    action: Option<String>,
}

/// An object that another one makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Resultant {
    /// The object.
    pub object: Value,
    /// The ExpansionTemplate that made it.
    pub template: String,
    /// What is done about its violations, if not what the constraint says; `Some(None)` if Gatekeeper knows no such
    /// action, and tells nobody.
    pub action: Option<Option<Action>>,
    /// JSON pointer in the written object of what it is made from.
    pub origin: String,
}

impl Expansion {
    /// Reads an ExpansionTemplate, or says what is wrong with it.
    ///
    /// # Errors
    /// Gatekeeper refuses it.
    pub fn read(object: &Value) -> Result<Self, Vec<Problem>> {
        let text =
            |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let refuse = |pointer: &str, words: String| Err(vec![Problem::at(pointer, words)]);
        let name = text("/metadata/name");
        if name.is_empty() {
            return refuse("/metadata", "ExpansionTemplate has empty name field".to_owned());
        }
        if name.len() >= 64 {
            return refuse(
                "/metadata/name",
                "ExpansionTemplate name must be less than 64 characters".to_owned(),
            );
        }
        let source = text("/spec/templateSource");
        if source.is_empty() {
            return refuse(
                "/spec/templateSource",
                format!("ExpansionTemplate {name} has empty source field"),
            );
        }
        let part = |name: &str| text(&format!("/spec/generatedGVK/{name}"));
        let makes = (part("group"), part("version"), part("kind"));
        if [&makes.0, &makes.1, &makes.2].iter().all(|part| part.is_empty()) {
            return refuse(
                "/spec/generatedGVK",
                format!("ExpansionTemplate {name} has empty generatedGVK field"),
            );
        }
        let entries =
            object.pointer("/spec/applyTo").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if entries.is_empty() {
            return refuse("/spec/applyTo", format!("ExpansionTemplate {name} must specify ApplyTo"));
        }
        let mut applies_to = BTreeSet::new();
        for entry in entries {
            let all = |name: &str| {
                entry.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
            };
            for group in all("groups") {
                for version in all("versions") {
                    for kind in all("kinds") {
                        applies_to.insert((group.to_owned(), version.to_owned(), kind.to_owned()));
                    }
                }
            }
        }
        if applies_to.contains(&makes) {
            let kind = format!("{}/{}, Kind={}", makes.0, makes.1, makes.2);
            let words =
                format!("ExpansionTemplate {name} generates GVK {kind}, but also applies to that same GVK");
            return refuse("/spec/generatedGVK", words);
        }
        let action = Some(text("/spec/enforcementAction")).filter(|action| !action.is_empty());
        Ok(Self { name, applies_to, source, makes, action })
    }

    fn expand(&self, parent: &Value, namespace: Option<&str>, origin: &str) -> Result<Resultant, String> {
        let text = |pointer: &str| parent.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let name = text("/metadata/name");
        let missing = || format!("could not find source field {:?} in resource {name}", self.source);
        let below: String = self.source.split('.').map(|part| format!("/{}", super::escape(part))).collect();
        let content = parent.pointer(&below).ok_or_else(missing)?;
        let Some(content) = content.as_object() else {
            return Err(format!(
                "could not extract source field from unstructured: .{} accessor error: it is no object",
                self.source
            ));
        };
        let mut object = content.clone();
        let (group, version, kind) = &self.makes;
        let version = if group.is_empty() { version.clone() } else { format!("{group}/{version}") };
        object.insert("apiVersion".to_owned(), version.into());
        object.insert("kind".to_owned(), kind.as_str().into());
        let metadata = object.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        if metadata.is_null() {
            *metadata = Value::Object(Map::new());
        }
        if let Some(metadata) = metadata.as_object_mut() {
            let written = Some(text("/metadata/namespace")).filter(|name| !name.is_empty());
            if let Some(namespace) = namespace.or(written) {
                metadata.insert("namespace".to_owned(), namespace.into());
            }
            let dash = if kind.is_empty() { "" } else { "-" };
            metadata.insert("name".to_owned(), format!("{name}{dash}{kind}").to_lowercase().into());
            let (owner_version, owner_kind) = (text("/apiVersion"), text("/kind"));
            if ![owner_version, owner_kind, name].contains(&"") {
                let owners = metadata.entry("ownerReferences").or_insert_with(|| json!([]));
                let is_it = |owner: &Value| {
                    let same =
                        |field: &str, wanted: &str| owner.get(field).and_then(Value::as_str) == Some(wanted);
                    same("apiVersion", owner_version) && same("kind", owner_kind) && same("name", name)
                };
                if let Some(owners) = owners.as_array_mut()
                    && !owners.iter().any(is_it)
                {
                    // As the API server writes an owner of which no uid is known.
                    owners.push(
                        json!({ "apiVersion": owner_version, "kind": owner_kind, "name": name, "uid": "" }),
                    );
                }
            }
        }
        Ok(Resultant {
            object: Value::Object(object),
            template: self.name.clone(),
            action: self.action.as_deref().map(Action::read),
            origin: format!("{origin}{below}"),
        })
    }
}

/// All ExpansionTemplates of a workspace.
#[derive(Debug, Clone, Default)]
pub struct Expansions(BTreeMap<String, Expansion>);

impl Expansions {
    /// Adds one; one that closes a circle with others is refused.
    ///
    /// # Errors
    /// Gatekeeper's words.
    pub fn add(&mut self, expansion: Expansion) -> Result<(), Vec<Problem>> {
        let name = expansion.name.clone();
        self.0.insert(name.clone(), expansion);
        if self.closes_circle(&name) {
            self.0.remove(&name);
            return Err(vec![Problem::at("/spec/generatedGVK", "template forms expansion cycle")]);
        }
        Ok(())
    }

    /// Whether what a template makes can lead to the template again.
    fn closes_circle(&self, name: &str) -> bool {
        let next = |name: &str| {
            let makes = self.0.get(name).map(|expansion| &expansion.makes);
            self.0.values().filter(move |other| makes.is_some_and(|kind| other.applies_to.contains(kind)))
        };
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut waiting: Vec<&str> = next(name).map(|other| other.name.as_str()).collect();
        while let Some(at) = waiting.pop() {
            if at == name {
                return true;
            }
            if seen.insert(at) {
                waiting.extend(next(at).map(|other| other.name.as_str()));
            }
        }
        false
    }

    /// Whether there are any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything that an object makes, what is made last first, in the order of the templates' names. `namespace`: of
    /// the request.
    ///
    /// # Errors
    /// Gatekeeper refuses the request with these words.
    pub fn expand(&self, object: &Value, namespace: Option<&str>) -> Result<Vec<Resultant>, String> {
        let mut all = Vec::new();
        self.expand_below(object, namespace, "", 0, &mut all)?;
        Ok(all)
    }

    fn expand_below(
        &self,
        object: &Value,
        namespace: Option<&str>,
        origin: &str,
        depth: usize,
        all: &mut Vec<Resultant>,
    ) -> Result<(), String> {
        if depth >= DEPTH {
            return Err(format!("maximum recursion depth of {DEPTH} reached"));
        }
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
        let (group, version) = text("apiVersion").rsplit_once('/').unwrap_or(("", text("apiVersion")));
        let kind = (group.to_owned(), version.to_owned(), text("kind").to_owned());
        let fitting = self.0.values().filter(|expansion| expansion.applies_to.contains(&kind));
        let made = fitting.map(|e| e.expand(object, namespace, origin)).collect::<Result<Vec<_>, _>>()?;
        for resultant in &made {
            self.expand_below(&resultant.object, namespace, &resultant.origin, depth + 1, all)?;
        }
        all.extend(made);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(name: &str, from: &str, source: &str, to: &str) -> Value {
        json!({"metadata": {"name": name}, "spec": {
            "applyTo": [{"groups": ["apps", "batch"], "versions": ["v1"], "kinds": [from]}],
            "templateSource": source,
            "generatedGVK": {"group": if to == "Pod" { "" } else { "batch" }, "version": "v1", "kind": to},
        }})
    }

    fn expansions(all: &[Value]) -> Expansions {
        let mut expansions = Expansions::default();
        all.iter().for_each(|object| expansions.add(Expansion::read(object).unwrap()).unwrap());
        expansions
    }

    #[test]
    fn a_workload_makes_a_pod() {
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "Web", "namespace": "x"},
            "spec": {"template": {"metadata": {"labels": {"a": "b"}}, "spec": {"hostPID": true}}}});
        let made = expansions(&[template("e", "Deployment", "spec.template", "Pod")])
            .expand(&deployment, None)
            .unwrap();
        assert_eq!(made.len(), 1);
        assert_eq!(
            made[0].object,
            json!({"apiVersion": "v1", "kind": "Pod", "spec": {"hostPID": true}, "metadata": {
                "name": "web-pod", "namespace": "x", "labels": {"a": "b"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "Web", "uid": ""}],
            }})
        );
        assert_eq!((made[0].template.as_str(), made[0].origin.as_str()), ("e", "/spec/template"));
    }

    #[test]
    fn what_is_made_makes_something_again() {
        let job = template("job", "CronJob", "spec.jobTemplate", "Job");
        let pod = template("pod", "Job", "spec.template", "Pod");
        let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c"},
            "spec": {"jobTemplate": {"spec": {"template": {"spec": {}}}}}});
        let made = expansions(&[job, pod]).expand(&cron, Some("ns")).unwrap();
        let names: Vec<&str> = made.iter().filter_map(|m| m.object["metadata"]["name"].as_str()).collect();
        assert_eq!(names, ["c-job-pod", "c-job"]);
        assert_eq!(made[0].origin, "/spec/jobTemplate/spec/template");
        assert_eq!(made[0].object["metadata"]["namespace"], "ns");
    }

    #[test]
    fn what_gatekeeper_refuses_is_refused() {
        let mut nameless = template("e", "Job", "spec.template", "Pod");
        nameless["metadata"] = json!({});
        for (object, at) in [
            (nameless, "/metadata"),
            (template(&"e".repeat(64), "Job", "spec.template", "Pod"), "/metadata/name"),
            (template("e", "Job", "", "Pod"), "/spec/templateSource"),
            (template("e", "Job", "spec", "Job"), "/spec/generatedGVK"),
            (json!({"metadata": {"name": "e"}, "spec": {"templateSource": "x"}}), "/spec/generatedGVK"),
        ] {
            assert_eq!(Expansion::read(&object).unwrap_err()[0].pointer, at, "{object}");
        }
        let mut two = expansions(&[template("a", "CronJob", "spec", "Job")]);
        assert!(two.add(Expansion::read(&template("b", "Job", "spec", "CronJob")).unwrap()).is_err());
        let none =
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {}});
        let error = expansions(&[template("e", "Deployment", "spec.template", "Pod")])
            .expand(&none, None)
            .unwrap_err();
        assert_eq!(error, "could not find source field \"spec.template\" in resource d");
    }
}
