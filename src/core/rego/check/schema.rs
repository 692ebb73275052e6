//! JSON schemas as types.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::Problem;
use super::annotations::{Annotation, SchemaSource, Target, path};
use super::ir::{Program, RuleId, Term};
use super::kinds::{Kind, or};
use super::show::{self, Key};

const TYPES: [&str; 7] = ["array", "boolean", "integer", "number", "null", "object", "string"];

/// How many references may follow each other.
const MOST_REFERENCES: usize = 32;

/// The schemas of a run.
#[derive(Default)]
pub(super) struct Schemas<'a> {
    /// Of `input`.
    pub input: Option<Kind>,
    given: Option<&'a Value>,
    annotations: &'a [Annotation],
    /// Annotations by what they stand for: a package, the packages below it, a document.
    by_path: HashMap<(&'a str, String), Vec<&'a Annotation>>,
    by_rule: HashMap<RuleId, Vec<&'a Annotation>>,
}

impl<'a> Schemas<'a> {
    /// The schema of `input`, if one is given, and those of annotations.
    pub(super) fn new(
        program: &Program,
        given: Option<&'a Value>,
        annotations: &'a [Annotation],
        problems: &mut Vec<Problem>,
    ) -> Self {
        let input = given.and_then(|schema| match kind(schema) {
            Ok(kind) => Some(kind),
            Err(message) => {
                problems.push(Problem::types(None, message));
                None
            }
        });
        let mut schemas = Self { input, given, annotations, ..Self::default() };
        for annotation in schemas.annotations.iter().filter(|annotation| !annotation.schemas.is_empty()) {
            match (annotation.scope.as_str(), annotation.target) {
                ("rule", Target::Rule(id)) => schemas.by_rule.entry(id).or_default().push(annotation),
                (scope, _) => {
                    if let Some(path) = path(program, annotation) {
                        schemas.by_path.entry((scope, path)).or_default().push(annotation);
                    }
                }
            }
        }
        schemas
    }

    /// The schemas that annotations give a rule, by path.
    pub(super) fn of_rule(
        &self,
        program: &Program,
        id: RuleId,
        problems: &mut Vec<Problem>,
    ) -> Vec<(Vec<Term>, Kind)> {
        if self.by_path.is_empty() && self.by_rule.is_empty() {
            return Vec::new();
        }
        let Some(rule) = program.rules.get(id) else { return Vec::new() };
        let Some(module) = program.modules.get(rule.module) else { return Vec::new() };
        let package = super::ir::package_path(&module.package);
        let name = |path: &[Term]| show::reference(path, &program.vars);
        let rule_path = program.path(id);
        let ground = 1 + rule_path.iter().skip(1).take_while(|term| term.val.ground()).count();
        let mut keys: Vec<(&str, String)> =
            (1..=package.len()).filter_map(|len| Some(("subpackages", name(package.get(..len)?)))).collect();
        keys.push(("package", name(&package)));
        keys.push(("document", name(rule_path.get(..ground).unwrap_or(&rule_path))));
        let by_path = keys.into_iter().filter_map(|key| self.by_path.get(&key)).flatten();
        let mut found = Vec::new();
        for (path, source) in
            by_path.chain(self.by_rule.get(&id).into_iter().flatten()).flat_map(|a| &a.schemas)
        {
            let schema = match (source, self.given) {
                (SchemaSource::Here(schema), _) => kind(schema),
                // Without schemas on the command line OPA leaves names alone.
                (SchemaSource::Named(_), None) => continue,
                (SchemaSource::Named(name), Some(given)) if name == "schema" => kind(given),
                (SchemaSource::Named(name), Some(_)) => Err(format!("undefined schema: {name}")),
            };
            match schema {
                Ok(kind) => found.push((path.clone(), kind)),
                Err(message) => problems.push(Problem::types(rule.at, message)),
            }
        }
        found
    }
}

/// The type that a schema describes, as OPA reads it.
fn kind(schema: &Value) -> Result<Kind, String> {
    valid(schema, 0)?;
    Reader { root: schema }.read(schema, 0).map_err(|reason| format!("type checking: {reason}"))
}

/// Types that JSON schema does not have.
fn valid(schema: &Value, depth: usize) -> Result<(), String> {
    let Value::Object(members) = schema else { return Ok(()) };
    if depth > MOST_REFERENCES {
        return Ok(());
    }
    for name in names(members) {
        if !TYPES.contains(&name) {
            return Err(format!(
                "unable to compile the schema: has a primitive type that is NOT VALID -- given: /{name}/ Expected \
                 valid values are:[{}]",
                TYPES.join(" ")
            ));
        }
    }
    for inner in children(members) {
        valid(inner, depth + 1)?;
    }
    Ok(())
}

fn names(members: &Map<String, Value>) -> Vec<&str> {
    match members.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn children(members: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let maps =
        ["properties", "$defs", "definitions"].into_iter().filter_map(|name| members.get(name)?.as_object());
    let lists = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|name| members.get(name)?.as_array());
    let items = members.get("items").into_iter().flat_map(|items| match items {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    });
    maps.flat_map(Map::values).chain(lists.flatten()).chain(items)
}

struct Reader<'a> {
    root: &'a Value,
}

impl<'a> Reader<'a> {
    /// A schema behind its references; `None` for what cannot be found or goes round.
    fn resolve(&self, schema: &'a Value) -> Option<&'a Map<String, Value>> {
        let mut schema = schema;
        for _ in 0..MOST_REFERENCES {
            let members = schema.as_object()?;
            match members.get("$ref").and_then(Value::as_str) {
                None => return Some(members),
                Some(reference) => schema = self.root.pointer(reference.strip_prefix('#')?)?,
            }
        }
        None
    }

    fn read(&self, schema: &'a Value, depth: usize) -> Result<Kind, String> {
        // What is nested this deep is taken to be anything: it may refer to itself.
        let Some(members) = self.resolve(schema).filter(|_| depth < MOST_REFERENCES) else {
            return Ok(Kind::any());
        };
        if let Some(Value::Array(choices)) = members.get("anyOf") {
            let mut all = None;
            if !names(members).is_empty() {
                let core = self.plain(members, depth)?;
                if matches!(&core, Kind::Object(object) if object.rest.is_none()) {
                    all = Some(core);
                }
            }
            for choice in choices {
                all = or(Some(self.read(choice, depth + 1)?), all);
            }
            return Ok(all.unwrap_or_else(Kind::any));
        }
        if let Some(Value::Array(parts)) = members.get("allOf") {
            let merged = self.merge(parts)?;
            return match merged {
                None => Ok(Kind::any()),
                Some(merged) => self.all_of(members, merged, depth),
            };
        }
        self.plain(members, depth)
    }

    fn all_of(
        &self,
        members: &'a Map<String, Value>,
        merged: (String, Vec<(&'a String, &'a Value)>, &'a Map<String, Value>),
        depth: usize,
    ) -> Result<Kind, String> {
        let (name, mut properties, first) = merged;
        let own = names(members);
        if let Some(own) = own.first() {
            if *own == "object" && name == "object" {
                properties.extend(members.get("properties").and_then(Value::as_object).into_iter().flatten());
            } else if *own != name {
                return Err("unable to merge these schemas".to_owned());
            }
        }
        match name.as_str() {
            "object" => self.object(properties, depth),
            "" => Ok(Kind::any()),
            _ => self.plain(first, depth),
        }
    }

    /// The schemas of `allOf` as one: its type, its properties, and the first of them.
    #[allow(clippy::type_complexity)] // One place, and each part has its words above.
    fn merge(
        &self,
        parts: &'a [Value],
    ) -> Result<Option<(String, Vec<(&'a String, &'a Value)>, &'a Map<String, Value>)>, String> {
        let mut merged: Option<(String, Vec<(&'a String, &'a Value)>, &'a Map<String, Value>)> = None;
        for members in parts.iter().filter_map(|part| self.resolve(part)) {
            let properties = members.get("properties").and_then(Value::as_object).filter(|p| !p.is_empty());
            let items = members.get("items").is_some();
            let mut name = names(members).join(",");
            if name.is_empty() {
                if members.get("anyOf").is_some() && properties.is_none() && !items {
                    continue;
                }
                name = if properties.is_some() {
                    "object"
                } else if items {
                    "array"
                } else {
                    ""
                }
                .to_owned();
            }
            let properties = properties.into_iter().flatten();
            match &mut merged {
                None => merged = Some((name, properties.collect(), members)),
                Some((first, all, _)) => {
                    if *first != name {
                        return Err(format!(
                            "unable to merge these schemas: type mismatch: {first} and {name}"
                        ));
                    }
                    all.extend(properties);
                }
            }
        }
        Ok(merged)
    }

    fn object(&self, properties: Vec<(&'a String, &'a Value)>, depth: usize) -> Result<Kind, String> {
        if properties.is_empty() {
            return Ok(Kind::object(BTreeMap::new(), Some((Some(Kind::any()), Some(Kind::any())))));
        }
        let mut fixed = BTreeMap::new();
        for (name, schema) in properties {
            fixed.insert(Key::Str(name.as_str().into()), Some(self.read(schema, depth + 1)?));
        }
        Ok(Kind::object(fixed, None))
    }

    /// Without `anyOf` and `allOf`.
    fn plain(&self, members: &'a Map<String, Value>, depth: usize) -> Result<Kind, String> {
        let names = names(members);
        let properties: Vec<_> =
            members.get("properties").and_then(Value::as_object).into_iter().flatten().collect();
        let items = members.get("items");
        let is = |name: &str| names.contains(&name);
        if is("boolean") {
            return Ok(Kind::Bool);
        }
        if is("string") {
            return Ok(Kind::Str);
        }
        if is("integer") || is("number") {
            return Ok(Kind::Num);
        }
        if is("object") || (names.is_empty() && !properties.is_empty()) {
            return self.object(properties, depth);
        }
        if is("array") || (names.is_empty() && items.is_some()) {
            return Ok(match items {
                Some(Value::Array(all)) if !all.is_empty() => {
                    let kinds: Result<Vec<_>, _> =
                        all.iter().map(|item| self.read(item, depth + 1).map(Some)).collect();
                    Kind::array(kinds?, None)
                }
                Some(one @ Value::Object(_)) => Kind::array(Vec::new(), Some(self.read(one, depth + 1)?)),
                _ => Kind::array(Vec::new(), Some(Kind::any())),
            });
        }
        Ok(Kind::any())
    }
}

/// A type in which a member has another type.
pub(super) fn with_member(kind: &Kind, path: &[Key], member: Kind) -> Kind {
    let Some((key, rest)) = path.split_first() else { return member };
    let (mut fixed, dynamic) = match kind {
        Kind::Object(object) => (object.fixed.clone(), object.rest.clone()),
        _ => (BTreeMap::new(), Some((Some(Kind::any()), Some(Kind::any())))),
    };
    let inner = match fixed.get(key) {
        Some(Some(inner)) => with_member(inner, rest, member),
        _ if rest.is_empty() => member,
        _ => with_member(&Kind::object(BTreeMap::new(), dynamic.clone()), rest, member),
    };
    fixed.insert(key.clone(), Some(inner));
    Kind::object(fixed, dynamic)
}
