//! The part of an input that a unit can notice. On two inputs that are the same in it the unit has the same answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::module::Definition;
use crate::core::policy::paths::{Path, Root, Step};
use crate::core::policy::program::{Key, Program, Unit};
use crate::core::policy::reads::{Look, MAX_STEPS, Pass};

/// Places below `input`, or below a parameter.
type Places = BTreeSet<(Vec<Step>, Look)>;

/// A unit that looks at more places looks at everything.
const MAX_PLACES: usize = 1024;

/// The part of an input that a unit can notice.
#[derive(Debug, Default)]
pub struct View {
    root: Node,
    /// Equal views have equal fingerprints.
    pub print: u64,
}

/// What is noticed of a value.
#[derive(Debug, Default)]
struct Node {
    /// All of it. Otherwise its kind, a scalar's value, and what is named below.
    whole: bool,
    /// Of every element or field, and how many or which there are.
    each: Option<Box<Node>>,
    /// Of some fields, and whether they are there.
    fields: BTreeMap<String, Node>,
}

impl View {
    /// What a unit can notice.
    #[must_use]
    pub fn of(program: &Program, unit: &Unit) -> Self {
        let places = Seer::of(program, unit).places();
        let places = places.unwrap_or_else(|| [(Vec::new(), Look::Whole)].into());
        let print = hash_of(&places);
        let mut root = Node::default();
        for (steps, look) in places {
            let mut node = &mut root;
            for step in steps {
                node = match step {
                    Step::Each => node.each.get_or_insert_default(),
                    Step::Key(key) => node.fields.entry(key).or_default(),
                };
            }
            node.whole |= look == Look::Whole;
        }
        Self { root, print }
    }

    /// The fingerprint of what is seen of a value.
    #[must_use]
    pub fn print_of(&self, value: &Value) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.print.hash(&mut hasher);
        self.root.hash(value, &mut hasher);
        hasher.finish()
    }
}

impl Node {
    fn hash(&self, value: &Value, hasher: &mut DefaultHasher) {
        match value {
            Value::Object(fields) if !self.whole => {
                0u8.hash(hasher);
                if let Some(each) = &self.each {
                    fields.len().hash(hasher);
                    for (key, value) in fields {
                        key.hash(hasher);
                        each.hash(value, hasher);
                    }
                }
                for (key, node) in &self.fields {
                    let value = fields.get(key);
                    value.is_some().hash(hasher);
                    value.into_iter().for_each(|value| node.hash(value, hasher));
                }
            }
            // What a name means in a list is not for us to know: such a list is taken as a whole.
            Value::Array(items) if !self.whole && self.fields.is_empty() => {
                1u8.hash(hasher);
                if let Some(each) = &self.each {
                    items.len().hash(hasher);
                    items.iter().for_each(|item| each.hash(item, hasher));
                }
            }
            _ => {
                2u8.hash(hasher);
                value.to_string().hash(hasher);
            }
        }
    }
}

/// Follows what definitions look at through the functions that they call.
struct Seer<'a> {
    program: &'a Program,
    all: Vec<(usize, &'a Definition)>,
    /// What functions look at below a parameter; `None` while that is being found out.
    known: HashMap<(usize, usize), Option<Places>>,
}

impl<'a> Seer<'a> {
    fn of(program: &'a Program, unit: &Unit) -> Self {
        let definition = |&key: &Key| Some((key.0, &**program.definition(key)?));
        Self { program, all: unit.needs.iter().filter_map(definition).collect(), known: HashMap::new() }
    }

    /// Every place below `input`; `None` if it cannot be told.
    fn places(mut self) -> Option<Places> {
        let hides_builtin = |(module, definition): &(usize, &Definition)| {
            definition.name == "object" || self.imports(*module, "object").next().is_some()
        };
        if self.all.iter().any(|one| one.1.noticed.everything || hides_builtin(one)) {
            return None;
        }
        let mut places = Places::new();
        for (module, definition) in self.all.clone() {
            for (path, look) in &definition.noticed.paths {
                places.extend(self.below_input(module, path).map(|steps| cut(steps, *look)));
            }
            for pass in &definition.noticed.passes {
                let sources: Vec<Vec<Step>> =
                    pass.sources.iter().flat_map(|path| self.below_input(module, path)).collect();
                if !sources.is_empty() {
                    join(&mut places, &sources, &self.looks_of(module, pass));
                }
            }
            if places.len() > MAX_PLACES {
                return None;
            }
        }
        Some(places)
    }

    /// The imports of a module that a name can mean.
    fn imports(&self, module: usize, name: &str) -> impl Iterator<Item = &'a [String]> {
        let imports = self.program.modules.get(module).map(|loaded| loaded.module.imports.as_slice());
        let meant = imports.unwrap_or_default().iter().filter(move |import| import.name == name);
        meant.map(|import| import.path.as_slice()).collect::<Vec<_>>().into_iter()
    }

    /// A path as steps below `input`, if it leads there.
    fn below_input(&self, module: usize, path: &Path) -> impl Iterator<Item = Vec<Step>> + use<> {
        let mut found = Vec::new();
        match &path.root {
            Root::Input => found.push(path.steps.clone()),
            Root::Name(name) => {
                for import in self.imports(module, name) {
                    if let Some((root, rest)) = import.split_first()
                        && root == "input"
                    {
                        let rest = rest.iter().cloned().map(Step::Key);
                        found.push(rest.chain(path.steps.iter().cloned()).collect());
                    }
                }
            }
            Root::Data | Root::Param(_) | Root::Call(_) => {}
        }
        found.into_iter()
    }

    /// What the callee looks at below an argument. More than one function can be meant: names alone tell.
    fn looks_of(&mut self, module: usize, pass: &Pass) -> Places {
        let mut names: BTreeSet<&str> = pass.callee.split('.').collect();
        let root = pass.callee.split('.').next().unwrap_or_default();
        names.extend(self.imports(module, root).flatten().map(String::as_str));
        let meant: Vec<usize> = self
            .all
            .iter()
            .enumerate()
            .filter(|(_, (_, d))| d.noticed.params.is_some() && names.contains(d.name.as_str()))
            .map(|(at, _)| at)
            .collect();
        let mut places = Places::new();
        for &function in &meant {
            places.extend(self.looks_below(function, pass.at));
        }
        if meant.is_empty() {
            places.insert((Vec::new(), Look::Whole));
        }
        places
    }

    /// What a function looks at below one of its parameters.
    fn looks_below(&mut self, function: usize, at: usize) -> Places {
        let whole = || Places::from([(Vec::new(), Look::Whole)]);
        if let Some(known) = self.known.get(&(function, at)) {
            // A function that calls itself is none that is judged.
            return known.clone().unwrap_or_else(whole);
        }
        let Some(&(module, definition)) = self.all.get(function) else { return whole() };
        let noticed = &definition.noticed;
        if noticed.params.is_none_or(|params| at >= params) {
            return whole();
        }
        self.known.insert((function, at), None);
        let mut places = Places::new();
        for (path, look) in noticed.paths.iter().filter(|(path, _)| path.root == Root::Param(at)) {
            places.insert((path.steps.clone(), *look));
        }
        for pass in &noticed.passes {
            let from = pass.sources.iter().filter(|path| path.root == Root::Param(at));
            let sources: Vec<Vec<Step>> = from.map(|path| path.steps.clone()).collect();
            if !sources.is_empty() {
                join(&mut places, &sources, &self.looks_of(module, pass));
            }
        }
        if places.len() > MAX_PLACES {
            places = whole();
        }
        self.known.insert((function, at), Some(places.clone()));
        places
    }
}

/// Adds what is looked at below each source.
fn join(places: &mut Places, sources: &[Vec<Step>], looks: &Places) {
    for source in sources {
        places.extend(looks.iter().map(|(steps, look)| cut([source.as_slice(), steps].concat(), *look)));
    }
}

/// The beginning of a long path stands for everything below it.
fn cut(mut steps: Vec<Step>, look: Look) -> (Vec<Step>, Look) {
    if steps.len() < MAX_STEPS {
        return (steps, look);
    }
    steps.truncate(MAX_STEPS);
    (steps, Look::Whole)
}
