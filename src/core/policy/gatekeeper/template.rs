//! A ConstraintTemplate: its constraint's kind and schema, and its code.

use serde_json::{Value, json};

use super::schema::structure::{keep_unknown, schema_problems};
use super::{Problem, schema};

/// The target that Gatekeeper knows.
pub const TARGET: &str = "admission.k8s.gatekeeper.sh";

const INVALID: &str = "invalid ConstraintTemplate: ";
const SCHEMA: &str = "/spec/crd/spec/validation/openAPIV3Schema";

/// What a template says.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// `metadata.name`
    pub name: String,
    /// The kind of its constraints.
    pub kind: String,
    /// The schema of `spec.parameters`; `None` if it takes none.
    pub parameters: Option<Value>,
    /// What it judges with.
    pub code: Code,
    /// It has Rego as well, which Gatekeeper does not run.
    pub has_unused_rego: bool,
    /// The operations that it is asked about; all if empty.
    pub operations: Vec<String>,
}

/// What a template judges with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// Rego: the entry and its libraries.
    Rego {
        /// In the language of OPA 1.0.
        v1: bool,
        /// JSON pointer of the module with `violation`.
        entry: String,
        /// JSON pointers of the libraries, in their order.
        libs: Vec<String>,
    },
    /// CEL (`K8sNativeValidation`), which wins over Rego.
    Cel,
}

impl Template {
    /// Reads a template, and says what Gatekeeper says against it, apart from its code (`modules`). A template with
    /// problems is refused as a whole.
    #[must_use]
    pub fn read(object: &Value) -> (Option<Self>, Vec<Problem>) {
        let mut found: Vec<Problem> =
            schema::problems(&shape(), object).into_iter().map(|problem| problem.after(INVALID)).collect();
        if !found.is_empty() {
            return (None, found);
        }
        let version = text(object, "/apiVersion").rsplit_once('/').map_or("", |(_, version)| version);
        let mut say =
            |pointer: &str, words: String| found.push(Problem::at(pointer, format!("{INVALID}{words}")));
        if !matches!(version, "v1" | "v1beta1" | "v1alpha1") {
            say(
                "/apiVersion",
                format!("no kind \"ConstraintTemplate\" is registered for version {version:?}"),
            );
        }
        let (name, kind) = (text(object, "/metadata/name"), text(object, "/spec/crd/spec/names/kind"));
        if kind.is_empty() {
            say("/spec/crd", format!("ConstraintTemplate {name:?} does not specify CRD Kind"));
        } else if name != kind.to_lowercase() {
            say(
                "/metadata/name",
                format!(
                    "the ConstraintTemplate's name {name:?} is not equal to the lowercase of CRD's Kind: {:?}",
                    kind.to_lowercase()
                ),
            );
        } else if !crate::core::manifest::labels::is_dns_label(name)
            || name.starts_with(|c: char| c.is_ascii_digit())
        {
            say(
                "/spec/crd/spec/names/kind",
                format!(
                    "spec.names.kind: Invalid value: {kind:?}: may have mixed case, but should otherwise match a DNS-1035 label"
                ),
            );
        }
        let targets = object.pointer("/spec/targets").and_then(Value::as_array);
        match targets.map(Vec::as_slice) {
            Some([target]) if text(target, "/target") == TARGET => {}
            Some([target]) if text(target, "/target").is_empty() => {
                say("/spec/targets/0", "target name must not be empty".to_owned());
            }
            Some([target]) => say(
                "/spec/targets/0/target",
                format!("target {:?} not recognized, known targets [{TARGET}]", text(target, "/target")),
            ),
            _ => say("/spec/targets", "must declare exactly one target".to_owned()),
        }
        let operations = strings(object, "/spec/targets/0/operations");
        if operations.len() > 1 && operations.iter().any(|operation| operation == "*") {
            say(
                "/spec/targets/0/operations",
                "if '*' is present, must not specify other operations".to_owned(),
            );
        }
        let parameters = parameters(object, version);
        if let Some(parameters) = &parameters {
            let path = "spec.validation.openAPIV3Schema.properties[spec].properties[parameters]";
            found.extend(
                schema_problems(parameters, path).into_iter().map(|p| p.below(SCHEMA).after(INVALID)),
            );
        }
        let code = code(object);
        if code.is_none() && targets.is_some_and(|targets| targets.len() == 1) {
            found.push(Problem::at(
                "/spec/targets/0",
                "no language driver is installed that handles this constraint template",
            ));
        }
        let has_rego = rego(object).is_some();
        let template = code.filter(|_| found.is_empty()).map(|code| Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            parameters,
            has_unused_rego: code == Code::Cel && has_rego,
            code,
            operations,
        });
        (template, found)
    }

    /// Whether it is asked about requests of an operation.
    #[must_use]
    pub fn takes(&self, operation: &str) -> bool {
        self.operations.is_empty() || self.operations.iter().any(|known| known == "*" || known == operation)
    }
}

/// The schema of the parameters as Gatekeeper takes it: older templates, and those that say so, keep unknown fields.
fn parameters(object: &Value, version: &str) -> Option<Value> {
    let validation = object.pointer("/spec/crd/spec/validation").filter(|v| !v.is_null());
    let legacy = validation
        .and_then(|validation| validation.get("legacySchema"))
        .and_then(Value::as_bool)
        .unwrap_or(version != "v1");
    let schema = object.pointer(SCHEMA).filter(|schema| !schema.is_null()).cloned();
    let mut schema = match schema {
        None if legacy && validation.is_some() => json!({}),
        schema => schema?,
    };
    if legacy {
        keep_unknown(&mut schema);
    }
    Some(schema)
}

fn code(object: &Value) -> Option<Code> {
    let engines = object.pointer("/spec/targets/0/code").and_then(Value::as_array);
    if engines.into_iter().flatten().any(|code| text(code, "/engine") == "K8sNativeValidation") {
        return Some(Code::Cel);
    }
    rego(object)
}

/// The Rego of a template. That of the old field replaces the other, and is always in the old language.
fn rego(object: &Value) -> Option<Code> {
    let target = "/spec/targets/0";
    let old = format!("{target}/rego");
    if !text(object, &old).is_empty() {
        return Some(Code::Rego { v1: false, entry: old, libs: libs(object, target) });
    }
    let engines = object.pointer(&format!("{target}/code")).and_then(Value::as_array)?;
    let at = engines.iter().position(|code| text(code, "/engine") == "Rego")?;
    let source = format!("{target}/code/{at}/source");
    let v1 = text(object, &format!("{source}/version")) == "v1";
    Some(Code::Rego { v1, entry: format!("{source}/rego"), libs: libs(object, &source) })
}

fn libs(object: &Value, holder: &str) -> Vec<String> {
    let libs = object.pointer(&format!("{holder}/libs")).and_then(Value::as_array);
    (0..libs.map_or(0, Vec::len)).map(|at| format!("{holder}/libs/{at}")).collect()
}

/// What the API server takes as a ConstraintTemplate, apart from what is of no consequence here.
fn shape() -> Value {
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "items": text });
    json!({ "type": "object", "properties": {
        "metadata": { "type": "object", "properties": { "name": text } },
        "spec": { "type": "object", "properties": {
            "crd": { "type": "object", "properties": { "spec": { "type": "object", "properties": {
                "names": { "type": "object", "properties": { "kind": text, "shortNames": texts } },
                "validation": { "type": "object", "nullable": true, "properties": {
                    "legacySchema": { "type": "boolean", "nullable": true },
                    "openAPIV3Schema": { "type": "object", "nullable": true },
                } },
            } } } },
            "targets": { "type": "array", "items": { "type": "object", "properties": {
                "target": text,
                "rego": text,
                "libs": texts,
                "code": { "type": "array", "items": { "type": "object", "required": ["engine", "source"], "properties": {
                    "engine": text,
                    "source": { "type": "object", "properties": { "rego": text, "version": text, "libs": texts } },
                } } },
                "operations": { "type": "array", "items": {
                    "type": "string", "enum": ["CREATE", "UPDATE", "DELETE", "CONNECT", "*"],
                } },
            } } },
        } },
    } })
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn strings(value: &Value, pointer: &str) -> Vec<String> {
    let all = value.pointer(pointer).and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(change: impl Fn(&mut Value)) -> Value {
        let mut template = json!({
            "apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate", "metadata": {"name": "k8st"},
            "spec": {
                "crd": {"spec": {"names": {"kind": "K8sT"}, "validation": {"openAPIV3Schema": {
                    "type": "object", "properties": {"a": {"type": "string"}},
                }}}},
                "targets": [{"target": TARGET, "rego": "package a"}],
            },
        });
        change(&mut template);
        template
    }

    fn set(template: &mut Value, pointer: &str, value: Value) {
        let (holder, name) = pointer.rsplit_once('/').unwrap();
        template.pointer_mut(holder).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
    }

    #[test]
    fn what_gatekeeper_refuses_is_refused_at_its_place() {
        let source = json!({"rego": "package a"});
        for (pointer, value, at) in [
            ("/metadata/name", json!("k8st"), ""),
            ("/apiVersion", json!("templates.gatekeeper.sh/v2"), "/apiVersion"),
            ("/metadata/name", json!("other"), "/metadata/name"),
            ("/metadata/name", json!("K8sT"), "/metadata/name"),
            ("/spec/crd/spec/names", json!({}), "/spec/crd"),
            ("/spec/targets", json!([]), "/spec/targets"),
            ("/spec/targets", json!([{"target": TARGET, "rego": "x"}, {"target": TARGET}]), "/spec/targets"),
            ("/spec/targets", json!([{"target": "x", "rego": "x"}]), "/spec/targets/0/target"),
            ("/spec/targets", json!([{"target": TARGET}]), "/spec/targets/0"),
            (
                "/spec/targets",
                json!([{"target": TARGET, "code": [{"engine": "Other", "source": {}}]}]),
                "/spec/targets/0",
            ),
            (
                "/spec/targets",
                json!([{"target": TARGET, "code": [{"engine": "Rego", "source": source}]}]),
                "",
            ),
            ("/spec/targets", json!([{"target": TARGET, "rego": 1}]), "/spec/targets/0/rego"),
            ("/spec/targets", json!({}), "/spec/targets"),
            (
                "/spec/targets",
                json!([{"target": TARGET, "rego": "x", "operations": ["CREAT"]}]),
                "/spec/targets/0/operations/0",
            ),
            (
                "/spec/targets",
                json!([{"target": TARGET, "rego": "x", "operations": ["*", "CREATE"]}]),
                "/spec/targets/0/operations",
            ),
            (
                "/spec/crd/spec/validation/openAPIV3Schema/properties/a",
                json!({}),
                "/spec/crd/spec/validation/openAPIV3Schema/properties/a",
            ),
            ("/spec/crd/spec/validation/legacySchema", json!(true), ""),
            ("/spec/crd/spec/validation", Value::Null, ""),
        ] {
            let object = template(|it| set(it, pointer, value.clone()));
            let (read, problems) = Template::read(&object);
            let found: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
            assert_eq!(
                found,
                [at].into_iter().filter(|at| !at.is_empty()).collect::<Vec<_>>(),
                "{pointer} {value}"
            );
            assert_eq!(read.is_some(), at.is_empty(), "{pointer} {value}");
        }
    }

    #[test]
    fn the_code_is_that_which_gatekeeper_runs() {
        let cel = json!({"engine": "K8sNativeValidation", "source": {}});
        let rego = json!({"engine": "Rego", "source": {"rego": "package b", "version": "v1", "libs": ["package lib.x"]}});
        let new = "/spec/targets/0/code/0/source";
        for (target, code, unused) in [
            (
                json!({"rego": "a", "libs": ["l"]}),
                Code::Rego {
                    v1: false,
                    entry: "/spec/targets/0/rego".into(),
                    libs: vec!["/spec/targets/0/libs/0".into()],
                },
                false,
            ),
            (
                json!({"code": [rego]}),
                Code::Rego { v1: true, entry: format!("{new}/rego"), libs: vec![format!("{new}/libs/0")] },
                false,
            ),
            (
                json!({"rego": "a", "code": [rego]}),
                Code::Rego { v1: false, entry: "/spec/targets/0/rego".into(), libs: vec![] },
                false,
            ),
            (json!({"code": [rego, cel]}), Code::Cel, true),
            (json!({"code": [cel]}), Code::Cel, false),
        ] {
            let object = template(|it| {
                let mut target = target.clone();
                set(&mut target, "/target", json!(TARGET));
                set(it, "/spec/targets", json!([target]));
            });
            let read = Template::read(&object).0.unwrap();
            assert_eq!((read.code, read.has_unused_rego), (code, unused), "{target}");
        }
    }

    #[test]
    fn older_templates_keep_unknown_parameters() {
        let keeps = |template: &Value| {
            let parameters = Template::read(template).0.unwrap().parameters;
            parameters.is_some_and(|p| p.get("x-kubernetes-preserve-unknown-fields").is_some())
        };
        assert!(!keeps(&template(|_| {})));
        assert!(keeps(&template(|it| set(it, "/apiVersion", json!("templates.gatekeeper.sh/v1beta1")))));
        assert!(keeps(&template(|it| set(it, "/spec/crd/spec/validation/legacySchema", json!(true)))));
        let none = template(|it| set(it, "/spec/crd/spec/validation", Value::Null));
        assert_eq!(Template::read(&none).0.unwrap().parameters, None);
    }
}
