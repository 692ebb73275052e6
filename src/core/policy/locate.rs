//! Where in a manifest a finding points to: the fields that its rule reads, nearest first.
//!
//! The paths that a rule reads are followed through its helpers: rules that collect (`containers contains c if …`)
//! and functions. Of the elements of a list those are taken whose name the message speaks of, if there are any. What
//! comes out is where the rule looked, not what it would take to satisfy it; it is marked as approximate.

use std::collections::HashSet;

use serde_json::Value;

use crate::core::decision::ManifestPlace;
use crate::core::manifest::request;
use crate::core::policy::document::{Document, Documents};
use crate::core::policy::module::{Definition, Kind};
use crate::core::policy::options::InputShape;
use crate::core::policy::paths::{Path, Root, Step};
use crate::core::policy::program::{Key, Program, Unit};
use crate::core::policy::results::Objection;

/// How many places a finding has at most.
const PLACES: usize = 8;
/// How many helpers deep a path is followed.
const DEPTH: usize = 6;
/// How many paths are looked at for one rule.
const PATHS: usize = 64;
/// How many elements of a list are looked at.
const ELEMENTS: usize = 256;

/// The fields of the document that the rule reads, nearest first.
#[must_use]
pub fn places(
    program: &Program,
    unit: &Unit,
    objection: &Objection,
    (documents, document): (&Documents, &Document),
    shape: InputShape,
) -> Vec<ManifestPlace> {
    let Ok(object) = &document.object else { return Vec::new() };
    let mut reader = Reader { program, found: Vec::new(), seen: HashSet::new() };
    let whole = program.rules.get(unit.rule).map(|rule| rule.definitions.as_slice()).unwrap_or_default();
    match &unit.definition {
        Some((key, _)) => reader.definition(*key, &[], 0),
        None => whole.iter().for_each(|key| reader.definition(*key, &[], 0)),
    }
    let recorded = request::recorded_request(object).is_some();
    let subject = if recorded { "/request/object" } else { "" };
    let Some(root) = object.pointer(subject) else { return Vec::new() };
    let mut targets: Vec<Target> = Vec::new();
    for (depth, steps) in reader.found {
        let Some(steps) = within_object(&steps, shape) else { continue };
        for target in resolve(root, steps, &objection.msg, depth) {
            if !targets.iter().any(|known| known.pointer == target.pointer) {
                targets.push(target);
            }
        }
    }
    targets.sort_by_key(|target| target.rank);
    targets
        .into_iter()
        .filter_map(|target| {
            let pointer = format!("{subject}{}", target.pointer);
            let place = documents.place(document, &pointer)?;
            Some(ManifestPlace { place, pointer, approximate: true })
        })
        .take(PLACES)
        .collect()
}

/// A place that was found, and how near it is: by element, helper depth, kind of field, presence.
struct Target {
    pointer: String,
    rank: (bool, bool, usize, bool, std::cmp::Reverse<usize>),
}

/// The part of a path below the object, if it leads there.
fn within_object(steps: &[Step], shape: InputShape) -> Option<&[Step]> {
    let prefix: &[&str] = match shape {
        InputShape::Auto | InputShape::Object => &[],
        InputShape::Request => &["request", "object"],
        InputShape::Review => &["review", "object"],
    };
    let (head, rest) = steps.split_at_checked(prefix.len())?;
    let same = head.iter().zip(prefix).all(|(step, key)| matches!(step, Step::Key(k) if k == key));
    same.then_some(rest)
}

/// The fields of the document that a path means. Of a field that is absent, the nearest one above it.
fn resolve(root: &Value, steps: &[Step], msg: &str, depth: usize) -> Vec<Target> {
    struct Here<'v> {
        value: &'v Value,
        pointer: String,
        named: bool,
        whole: bool,
    }
    let mut here = vec![Here { value: root, pointer: String::new(), named: false, whole: true }];
    let mut elements = false;
    for step in steps {
        let mut next = Vec::new();
        for at in here {
            if !at.whole {
                next.push(at);
                continue;
            }
            let child = |key: &str, value| Here {
                value,
                pointer: format!("{}/{}", at.pointer, key.replace('~', "~0").replace('/', "~1")),
                named: at.named || speaks_of(msg, value),
                whole: true,
            };
            match (step, at.value) {
                (Step::Key(key), Value::Object(fields)) if fields.contains_key(key) => {
                    next.extend(fields.get(key).map(|value| Here { named: at.named, ..child(key, value) }));
                }
                (Step::Each, Value::Array(items)) => {
                    elements = true;
                    next.extend(
                        items.iter().take(ELEMENTS).enumerate().map(|(i, item)| child(&i.to_string(), item)),
                    );
                }
                (Step::Each, Value::Object(fields)) => {
                    elements = true;
                    next.extend(fields.iter().take(ELEMENTS).map(|(key, value)| child(key, value)));
                }
                _ => next.push(Here { whole: false, ..at }),
            }
        }
        here = next;
    }
    let any_named = here.iter().any(|at| at.named);
    here.into_iter()
        .filter(|at| !at.pointer.is_empty() && (!any_named || at.named))
        .map(|at| {
            let levels = at.pointer.matches('/').count();
            let top = at.pointer.split('/').nth(1).unwrap_or_default();
            let guard = matches!(top, "kind" | "apiVersion") || at.pointer.starts_with("/metadata/name");
            // The name of the element is what the message needs, not what the rule is about.
            let label = at.named && at.pointer.ends_with("/name");
            let rank =
                (elements && !at.named, guard || label || !at.whole, depth, label, std::cmp::Reverse(levels));
            Target { pointer: at.pointer, rank }
        })
        .collect()
}

/// Whether a message names an element: by its `name` or `key`, or by itself.
fn speaks_of(msg: &str, element: &Value) -> bool {
    let word = match element {
        Value::Object(fields) => fields.get("name").or_else(|| fields.get("key")).and_then(Value::as_str),
        Value::String(text) => Some(text.as_str()),
        _ => None,
    };
    word.is_some_and(|word| {
        !word.is_empty()
            && msg.match_indices(word).any(|(at, _)| {
                let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == '/';
                let before = msg.get(..at).and_then(|text| text.chars().next_back());
                let after = msg.get(at + word.len()..).and_then(|text| text.chars().next());
                !before.is_some_and(part) && !after.is_some_and(part)
            })
    })
}

/// Collects the paths below `input` that definitions read.
struct Reader<'a> {
    program: &'a Program,
    found: Vec<(usize, Vec<Step>)>,
    seen: HashSet<(Key, usize)>,
}

impl Reader<'_> {
    /// What a definition reads, with what its parameters stand for.
    fn definition(&mut self, key: Key, args: &[Vec<Path>], depth: usize) {
        if depth > DEPTH || self.found.len() > PATHS || !self.seen.insert((key, depth)) {
            return;
        }
        let program = self.program;
        let Some(definition) = program.definition(key) else { return };
        for path in &definition.reads {
            for steps in self.expand(path, key.0, args, depth) {
                let read = (depth, steps);
                if !self.found.contains(&read) {
                    self.found.push(read);
                }
            }
        }
        for call in &definition.calls {
            let args: Vec<Vec<Path>> = call
                .args
                .iter()
                .map(|paths| {
                    let inputs = paths.iter().flat_map(|path| self.expand(path, key.0, args, depth));
                    inputs.map(|steps| Path { root: Root::Input, steps }).collect()
                })
                .collect();
            for callee in self.rule(&call.name, key.0) {
                self.definition(callee, &args, depth + 1);
            }
        }
        // A condition that is a rule of its own: what that one reads counts too.
        for name in &definition.names {
            for helper in self.rule(name, key.0) {
                if program.definition(helper).is_some_and(|d| matches!(d.kind, Kind::Complete | Kind::Set)) {
                    self.definition(helper, &[], depth + 1);
                }
            }
        }
    }

    /// The paths below `input` that a path means.
    fn expand(&self, path: &Path, module: usize, args: &[Vec<Path>], depth: usize) -> Vec<Vec<Step>> {
        if depth > DEPTH {
            return Vec::new();
        }
        let then = |base: Vec<Vec<Step>>, steps: &[Step]| {
            base.into_iter().map(|base| [base.as_slice(), steps].concat()).collect::<Vec<_>>()
        };
        let (keys, steps) = match &path.root {
            Root::Input => return vec![path.steps.clone()],
            Root::Param(at) => {
                let given = args.get(*at).map(Vec::as_slice).unwrap_or_default();
                let base = given.iter().flat_map(|path| self.expand(path, module, &[], depth + 1)).collect();
                return then(base, &path.steps);
            }
            Root::Data => {
                let constant: Vec<&str> = path
                    .steps
                    .iter()
                    .map_while(|step| match step {
                        Step::Key(key) => Some(key.as_str()),
                        Step::Each => None,
                    })
                    .collect();
                let found = (0..=constant.len()).rev().find_map(|count| {
                    let name = constant.get(count)?;
                    let path: Vec<String> =
                        constant.iter().take(count).map(|part| (*part).to_owned()).collect();
                    let package = self.program.packages.get(self.program.package(&path)?)?;
                    Some((self.definitions(*package.rules.get(*name)?), count + 1))
                });
                let Some((keys, used)) = found else { return Vec::new() };
                (keys, path.steps.get(used..).unwrap_or_default())
            }
            Root::Name(name) => {
                if let Some(import) = self.import(name, module) {
                    let (root, rest) = match import.split_first() {
                        Some((root, rest)) if root == "input" => (Root::Input, rest),
                        Some((root, rest)) if root == "data" => (Root::Data, rest),
                        _ => return Vec::new(),
                    };
                    let mut steps: Vec<Step> = rest.iter().cloned().map(Step::Key).collect();
                    steps.extend(path.steps.iter().cloned());
                    return self.expand(&Path { root, steps }, module, args, depth + 1);
                }
                (self.rule(name, module), path.steps.as_slice())
            }
            Root::Call(name) => (self.rule(name, module), path.steps.as_slice()),
        };
        let mut all = Vec::new();
        for key in keys {
            let Some(definition) = self.program.definition(key) else { continue };
            let Some(rest) = below(definition, steps) else { continue };
            for made_of in &definition.yields {
                all.extend(then(self.expand(made_of, key.0, &[], depth + 1), rest));
            }
        }
        all.truncate(PATHS);
        all
    }

    fn import(&self, name: &str, module: usize) -> Option<&[String]> {
        let loaded = self.program.modules.get(module)?;
        loaded.module.imports.iter().find(|import| import.name == name).map(|import| import.path.as_slice())
    }

    /// The definitions of the rule that a name means in a module: `f`, `lib.f`, `data.lib.f`.
    fn rule(&self, name: &str, module: usize) -> Vec<Key> {
        let program = self.program;
        let find = || {
            let loaded = program.modules.get(module)?;
            let mut parts = name.split('.');
            let root = parts.next()?;
            let own = program.packages.get(program.package(&loaded.module.package)?)?;
            if let (Some(rule), None) = (own.rules.get(root), parts.clone().next()) {
                return Some(self.definitions(*rule));
            }
            let mut path: Vec<String> = match self.import(root, module) {
                Some(import) => import.get(1..)?.to_vec(),
                None if root == "data" => Vec::new(),
                None => return None,
            };
            path.extend(parts.map(str::to_owned));
            let rule = path.pop()?;
            let package = program.packages.get(program.package(&path)?)?;
            Some(self.definitions(*package.rules.get(&rule)?))
        };
        find().unwrap_or_default()
    }

    fn definitions(&self, rule: usize) -> Vec<Key> {
        self.program.rules.get(rule).map(|rule| rule.definitions.clone()).unwrap_or_default()
    }
}

/// What is left of a path when its first steps have gone into a rule's value.
fn below<'s>(definition: &Definition, steps: &'s [Step]) -> Option<&'s [Step]> {
    match definition.kind {
        // A member of a set: what it is made of is what the member is.
        Kind::Set | Kind::Object => steps.get(1..),
        Kind::Complete | Kind::Function | Kind::Default => Some(steps),
    }
}
