//! Where in a manifest a finding points to: the fields that its rule reads, nearest first.
//!
//! The paths that a rule reads are followed through its helpers: rules that collect (`containers contains c if …`)
//! and functions. Of the elements of a list those are taken that the rule's loops were at when it fired, else those
//! whose name the message speaks of. A place is exact if it is the one field that the rule is about; all others are
//! marked as approximate.

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

/// A document as it was judged.
#[derive(Clone, Copy)]
pub struct Judged<'a> {
    /// Those of its file.
    pub documents: &'a Documents,
    /// Which.
    pub document: &'a Document,
    /// As it is written, not as it would be stored.
    pub raw: bool,
    /// The operation of the request.
    pub operation: &'a str,
}

/// The fields of the document that the rule reads, nearest first.
#[must_use]
pub fn places(
    program: &Program,
    unit: &Unit,
    objection: &Objection,
    judged: Judged<'_>,
    shape: InputShape,
) -> Vec<ManifestPlace> {
    let Judged { documents, document, raw, operation } = judged;
    let Some(object) = document.reading(raw) else { return Vec::new() };
    if operation == "CONNECT" && request::recorded_request(object).is_none() {
        // What is judged is not the Pod but what is asked of it.
        let pointer = document.written("/metadata/name");
        let place = documents.place(document, &pointer);
        let place = place.map(|place| ManifestPlace { place, pointer, approximate: true, defaulted: false });
        return place.into_iter().collect();
    }
    let mut reader = Reader { program, found: Vec::new(), seen: HashSet::new() };
    let whole = program.rules.get(unit.rule).map(|rule| rule.definitions.as_slice()).unwrap_or_default();
    match &unit.definition {
        Some((key, _)) => reader.definition(*key, &[], 0),
        None => whole.iter().for_each(|key| reader.definition(*key, &[], 0)),
    }
    let recorded = request::recorded_request(object).is_some();
    let subject = if recorded { "/request/object" } else { "" };
    let Some(root) = object.pointer(subject) else { return Vec::new() };
    let witnesses: Vec<&Value> =
        objection.firings.iter().flat_map(|f| &f.witnesses).filter(|w| tells(w)).collect();
    let mut targets: Vec<Target> = Vec::new();
    for (depth, steps) in reader.found {
        let Some(steps) = within_object(&steps, shape, operation) else { continue };
        for target in resolve(root, steps, &witnesses, &objection.msg, depth) {
            match targets.iter_mut().find(|known| known.pointer == target.pointer) {
                // Something below it that the rule reads is absent.
                Some(known) => known.says_much &= target.says_much,
                None => targets.push(target),
            }
        }
    }
    // Where a field is known, what it lies in says no more.
    let below: Vec<String> = targets.iter().filter(|t| t.says_much).map(|t| t.pointer.clone()).collect();
    targets.retain(|target| {
        let lies_in =
            |field: &String| field.strip_prefix(&target.pointer).is_some_and(|rest| rest.starts_with('/'));
        !below.iter().any(lies_in)
    });
    targets.sort_by_key(|target| target.rank);
    let only = targets.iter().filter(|target| target.says_much).count() == 1;
    targets
        .into_iter()
        .filter_map(|target| {
            let pointer = document.written(&format!("{subject}{}", target.pointer));
            let (place, written) = documents.nearest(document, &pointer)?;
            let approximate = !(only && target.says_much && target.sure && written);
            Some(ManifestPlace { place, pointer, approximate, defaulted: !written })
        })
        .take(PLACES)
        .collect()
}

/// A place that was found, and how near it is: by element, helper depth, kind of field, presence.
struct Target {
    pointer: String,
    /// It is what the rule looks at, not the kind or a name.
    says_much: bool,
    /// Each element on the way is one that the rule was at.
    sure: bool,
    rank: (bool, bool, usize, bool, std::cmp::Reverse<usize>),
}

/// The part of a path below the object, if it leads there.
fn within_object<'s>(steps: &'s [Step], shape: InputShape, operation: &str) -> Option<&'s [Step]> {
    let is = |step: &Step, key: &str| matches!(step, Step::Key(k) if k == key);
    let holder = match shape {
        InputShape::Auto | InputShape::Object => return Some(steps),
        InputShape::Request => "request",
        InputShape::Review => "review",
    };
    let (head, rest) = steps.split_at_checked(2)?;
    let [first, second] = head else { return None };
    let about = is(second, "object") || (operation == "DELETE" && is(second, "oldObject"));
    (is(first, holder) && about).then_some(rest)
}

/// The fields of the document that a path means. Of a field that is absent, the nearest one above it.
fn resolve(root: &Value, steps: &[Step], witnesses: &[&Value], msg: &str, depth: usize) -> Vec<Target> {
    #[derive(Clone)]
    struct Here<'v> {
        value: &'v Value,
        pointer: String,
        named: bool,
        sure: bool,
        whole: bool,
    }
    let mut here = vec![Here { value: root, pointer: String::new(), named: false, sure: true, whole: true }];
    let mut elements = false;
    for step in steps {
        let mut next: Vec<Here> = Vec::new();
        for at in here {
            let child = |key: &str, value| Here {
                value,
                pointer: format!("{}/{}", at.pointer, key.replace('~', "~0").replace('/', "~1")),
                ..at
            };
            let mut below: Vec<(Here, bool)> = match (step, at.value) {
                _ if !at.whole => vec![(at, false)],
                (Step::Key(key), Value::Object(fields)) if fields.contains_key(key) => {
                    fields.get(key).map(|value| (child(key, value), false)).into_iter().collect()
                }
                (Step::Each, Value::Array(items)) => {
                    let each = items.iter().take(ELEMENTS).enumerate();
                    each.map(|(i, item)| (child(&i.to_string(), item), speaks_of(msg, item))).collect()
                }
                (Step::Each, Value::Object(fields)) => {
                    let each = fields.iter().take(ELEMENTS);
                    each.map(|(key, value)| (child(key, value), has_word(msg, key) || speaks_of(msg, value)))
                        .collect()
                }
                _ => vec![(Here { whole: false, ..at }, false)],
            };
            if *step == Step::Each && below.iter().all(|(here, _)| here.whole) {
                elements = true;
                let was_at = |here: &Here| {
                    let key = here.pointer.rsplit('/').next().unwrap_or_default();
                    witnesses.iter().any(|w| *w == here.value || w.as_str() == Some(key))
                };
                let known = below.iter().any(|(here, _)| was_at(here));
                for (here, spoken_of) in &mut below {
                    let witness = was_at(here);
                    here.named |= witness || (!known && *spoken_of);
                    here.sure &= witness;
                }
            }
            next.extend(below.into_iter().map(|(here, _)| here));
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
            Target { says_much: at.whole && !guard && !label, sure: at.sure, pointer: at.pointer, rank }
        })
        .collect()
}

/// Whether a value of a loop variable tells which element it was.
fn tells(witness: &Value) -> bool {
    matches!(witness, Value::Object(_) | Value::Array(_) | Value::String(_))
}

/// Whether a message names an element: by its `name` or `key`, or by itself.
fn speaks_of(msg: &str, element: &Value) -> bool {
    let word = match element {
        Value::Object(fields) => fields.get("name").or_else(|| fields.get("key")).and_then(Value::as_str),
        Value::String(text) => Some(text.as_str()),
        _ => None,
    };
    word.is_some_and(|word| has_word(msg, word))
}

/// Whether a message holds a word, not as a part of a longer one.
fn has_word(msg: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == '/';
    !word.is_empty()
        && msg.match_indices(word).any(|(at, _)| {
            let before = msg.get(..at).and_then(|text| text.chars().next_back());
            let after = msg.get(at + word.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(part) && !after.is_some_and(part)
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
