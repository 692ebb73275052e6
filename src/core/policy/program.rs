//! Modules linked: which packages are policies, what is asked of each, and what each answer depends on.
//!
//! What is evaluated and remembered is a [`Unit`]: one definition of a set of objections, or one whole rule where the
//! definitions of a rule depend on each other (complete rules, defaults, rules that other rules read). A unit's
//! fingerprint covers the text of everything it can reach, so two units with one fingerprint have one answer on
//! one input. References that cannot be resolved in advance (`data[x]`) reach everything.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use crate::core::decision::{Place, PolicyInfo, Reason};
use crate::core::file::FileId;
use crate::core::policy::builtins;
use crate::core::policy::engine;
use crate::core::policy::entries::{Entry, entry, is_test_package};
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::module::{Definition, Kind, Module, Placed};
use crate::core::policy::place::Lines;

/// A module with the file it comes from.
#[derive(Debug)]
pub struct Loaded {
    /// The file.
    pub file: FileId,
    /// Its text, as the author wrote it.
    pub text: Arc<str>,
    /// The lines of the text.
    pub lines: Lines,
    /// What was read.
    pub module: Module,
    /// Identifies package and imports.
    pub preamble: u64,
}

/// A file that could not be read as a module.
#[derive(Debug, Clone)]
pub struct Broken {
    /// The file.
    pub file: FileId,
    /// Its package, if that much could be read.
    pub package: Option<Vec<String>>,
    /// What is wrong.
    pub reason: Reason,
    /// Its entry rules, if that much could be read.
    pub is_test: bool,
}

/// A definition: index of the module, index in the module.
pub type Key = (usize, usize);

/// One thing that is evaluated.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Index into [`Program::policies`].
    pub policy: usize,
    /// The rule.
    pub rule: String,
    /// What the rule says.
    pub entry: Entry,
    /// The one definition that is evaluated; `None` for the whole rule.
    pub definition: Option<Key>,
    /// Everything that has to be there for it, itself included.
    pub needs: Arc<BTreeSet<Key>>,
    /// Identifies the unit with everything that it can reach.
    pub fingerprint: u64,
    /// Calls a builtin that answers differently from one moment to the next.
    pub volatile: bool,
    /// Why it cannot be judged. It is not evaluated then.
    pub obstacles: Vec<Reason>,
}

/// Modules, linked.
#[derive(Debug, Default)]
pub struct Program {
    /// All modules that could be read, without unit tests.
    pub modules: Vec<Arc<Loaded>>,
    /// The columns of the decision.
    pub policies: Vec<PolicyInfo>,
    /// What is evaluated, by policy, in the order of the text.
    pub units: Vec<Unit>,
    packages: BTreeMap<Vec<String>, Package>,
}

#[derive(Debug, Default)]
struct Package {
    modules: Vec<usize>,
    rules: HashMap<String, Vec<Key>>,
    broken: Vec<Reason>,
}

/// What one definition refers to.
#[derive(Debug, Default, Clone)]
struct Links {
    rules: BTreeSet<(Vec<String>, String)>,
    obstacles: Vec<Reason>,
    volatile: bool,
}

impl Program {
    /// Links modules. `data` identifies everything else that answers depend on: data files and options.
    #[must_use]
    pub fn link(modules: Vec<Arc<Loaded>>, broken: &[Broken], data: u64) -> Self {
        let mut program = Self { modules, ..Self::default() };
        program.index(broken);
        let mut links = Linker { program: &program, broken, done: HashMap::new() };
        let (policies, units) = links.units(data);
        program.policies = policies;
        program.units = units;
        program
    }

    /// The definition of a key.
    #[must_use]
    pub fn definition(&self, key: Key) -> Option<&Arc<Definition>> {
        self.placed(key).map(|placed| &placed.definition)
    }

    /// The definition of a key, and where it stands.
    #[must_use]
    pub fn placed(&self, key: Key) -> Option<&Placed> {
        self.modules.get(key.0)?.module.definitions.get(key.1)
    }

    /// A range of the author's text of a module as a place.
    #[must_use]
    pub fn place(&self, module: usize, range: Range<usize>) -> Option<Place> {
        let loaded = self.modules.get(module)?;
        Some(loaded.lines.place(loaded.file, &loaded.text, range))
    }

    fn index(&mut self, broken: &[Broken]) {
        for (at, loaded) in self.modules.iter().enumerate() {
            let package = self.packages.entry(loaded.module.package.clone()).or_default();
            package.modules.push(at);
            for (index, placed) in loaded.module.definitions.iter().enumerate() {
                let definition = &placed.definition;
                if !is_test_rule(&definition.name) {
                    package.rules.entry(definition.name.clone()).or_default().push((at, index));
                }
            }
        }
        for broken in broken.iter().filter(|b| !b.is_test) {
            if let Some(path) = &broken.package {
                self.packages.entry(path.clone()).or_default().broken.push(broken.reason.clone());
            }
        }
    }
}

fn is_test_rule(name: &str) -> bool {
    name.starts_with("test_") || name.starts_with("todo_test_")
}

/// Resolves references; remembers what each definition refers to.
struct Linker<'a> {
    program: &'a Program,
    broken: &'a [Broken],
    done: HashMap<Key, Arc<Links>>,
}

/// What a unit reaches.
#[derive(Default)]
struct Reach {
    keys: BTreeSet<Key>,
    /// Rules that are referred to by a definition, i.e. whose name has to stay.
    named: BTreeSet<(Vec<String>, String)>,
    obstacles: Vec<Reason>,
    volatile: bool,
}

impl Linker<'_> {
    fn units(&mut self, data: u64) -> (Vec<PolicyInfo>, Vec<Unit>) {
        let program = self.program;
        let mut policies = Vec::new();
        // Entry rules of each package, in the order of files.
        let mut order: Vec<&Vec<String>> = Vec::new();
        for loaded in &program.modules {
            if !order.contains(&&loaded.module.package) {
                order.push(&loaded.module.package);
            }
        }
        for broken in self.broken.iter().filter(|b| !b.is_test) {
            if let Some((path, _)) =
                broken.package.as_ref().and_then(|path| program.packages.get_key_value(path))
                && !order.contains(&path)
            {
                order.push(path);
            }
        }
        let mut asked: Vec<(usize, &Vec<String>, String, Entry, Vec<Key>)> = Vec::new();
        for path in order {
            let Some(package) = program.packages.get(path) else { continue };
            let entries = entries_of(program, package);
            let file = entries
                .first()
                .and_then(|(_, _, keys)| keys.first())
                .map(|key| key.0)
                .or_else(|| package.modules.first().copied())
                .and_then(|module| program.modules.get(module))
                .map(|loaded| loaded.file);
            let broken_file = self.broken.iter().find(|b| b.package.as_ref() == Some(path)).map(|b| b.file);
            let Some(file) = file.or(broken_file) else { continue };
            let reason = package.broken.first().cloned();
            if entries.is_empty() && reason.is_none() && self.is_library(path, package) {
                continue;
            }
            let reason = reason.or_else(|| entries.is_empty().then_some(Reason::NoEntryRule));
            for (name, entry, keys) in &entries {
                asked.push((policies.len(), path, name.clone(), *entry, keys.clone()));
            }
            policies.push(PolicyInfo {
                file,
                package: path.join("."),
                entries: entries.into_iter().map(|(name, _, _)| name).collect(),
                reason,
            });
        }
        // A file whose package cannot even be read is a column of its own.
        for broken in self.broken.iter().filter(|b| b.package.is_none() && !b.is_test) {
            policies.push(PolicyInfo {
                file: broken.file,
                package: String::new(),
                entries: Vec::new(),
                reason: Some(broken.reason.clone()),
            });
        }
        // A policy that others build on has company: packages without entry rules are then libraries only if used.
        let mut units = Vec::new();
        let whole: Vec<Reach> = asked.iter().map(|(_, _, _, _, keys)| self.reach(keys)).collect();
        let named: BTreeSet<&(Vec<String>, String)> = whole.iter().flat_map(|r| &r.named).collect();
        for ((policy, path, rule, entry, keys), reach) in asked.iter().zip(&whole) {
            let splits = matches!(entry, Entry::Deny | Entry::Warn)
                && keys.iter().all(|&key| program.definition(key).is_some_and(|d| d.kind == Kind::Set))
                && !named.contains(&((*path).clone(), rule.clone()));
            let mut push = |reach: &Reach, definition: Option<Key>| {
                let mut obstacles = reach.obstacles.clone();
                obstacles.dedup();
                units.push(Unit {
                    policy: *policy,
                    rule: rule.clone(),
                    entry: *entry,
                    definition,
                    fingerprint: self_print(program, reach, rule, definition, data),
                    needs: Arc::new(reach.keys.clone()),
                    volatile: reach.volatile,
                    obstacles,
                });
            };
            if splits {
                for &key in keys {
                    let alone = self.reach(&[key]);
                    push(&alone, Some(key));
                }
            } else {
                push(reach, None);
            }
        }
        (policies, units)
    }

    /// A package without entry rules that others use, or that only defines functions beside other packages.
    fn is_library(&mut self, path: &[String], package: &Package) -> bool {
        let program = self.program;
        let functions_only = !package.rules.is_empty()
            && package
                .rules
                .values()
                .flatten()
                .all(|&key| program.definition(key).is_some_and(|d| d.kind == Kind::Function));
        if functions_only && program.packages.len() > 1 {
            return true;
        }
        if package.rules.is_empty() && program.packages.len() > 1 {
            return package.broken.is_empty();
        }
        program.modules.iter().enumerate().filter(|(_, m)| m.module.package != path).any(|(at, loaded)| {
            let imported = loaded.module.imports.iter().any(|import| {
                import.path.split_first().is_some_and(|(root, rest)| root == "data" && overlaps(rest, path))
            });
            imported
                || (0..loaded.module.definitions.len())
                    .any(|index| self.links((at, index)).rules.iter().any(|(package, _)| package == path))
        })
    }

    /// Everything that can be reached from these definitions.
    fn reach(&mut self, from: &[Key]) -> Reach {
        let mut reach = Reach::default();
        let mut waiting = from.to_vec();
        while let Some(key) = waiting.pop() {
            if !reach.keys.insert(key) {
                continue;
            }
            let links = self.links(key);
            reach.obstacles.extend(links.obstacles.iter().cloned());
            reach.volatile |= links.volatile;
            for rule in &links.rules {
                if reach.named.insert(rule.clone())
                    && let Some(keys) = self.program.packages.get(&rule.0).and_then(|p| p.rules.get(&rule.1))
                {
                    waiting.extend(keys);
                    if let Some(reason) = self.divided_function(keys) {
                        reach.obstacles.push(reason);
                    }
                }
            }
        }
        reach
    }

    /// The engine mixes up the tables of a function that is defined in two modules.
    fn divided_function(&self, keys: &[Key]) -> Option<Reason> {
        let (first, rest) = keys.split_first()?;
        let other = rest.iter().find(|key| key.0 != first.0)?;
        let placed = self.program.placed(*other)?;
        let definition = &placed.definition;
        (definition.kind == Kind::Function).then(|| Reason::Unsupported {
            place: self.program.place(other.0, placed.range()),
            what: format!("function {} defined in two modules", definition.name),
        })
    }

    /// What a definition refers to.
    fn links(&mut self, key: Key) -> Arc<Links> {
        if let Some(links) = self.done.get(&key) {
            return links.clone();
        }
        let links = Arc::new(self.resolve(key));
        self.done.insert(key, links.clone());
        links
    }

    fn resolve(&self, key: Key) -> Links {
        let mut links = Links::default();
        let program = self.program;
        let Some(loaded) = program.modules.get(key.0) else { return links };
        let Some(placed) = loaded.module.definitions.get(key.1) else { return links };
        let definition = &placed.definition;
        let path = &loaded.module.package;
        let own = program.packages.get(path);
        links.obstacles.extend(own.iter().flat_map(|p| p.broken.iter().cloned()));
        for name in &definition.names {
            if own.is_some_and(|package| package.rules.contains_key(name)) {
                links.rules.insert((path.clone(), name.clone()));
            }
            for import in loaded.module.imports.iter().filter(|import| import.name == *name) {
                if let Some((root, rest)) = import.path.split_first()
                    && root == "data"
                {
                    // What follows the import's name is not known here; the whole of what it names is meant.
                    self.data_reference(rest, &mut links);
                }
            }
        }
        for reference in &definition.data {
            self.data_reference(reference, &mut links);
        }
        for call in &definition.calls {
            links.volatile |= builtins::is_volatile(&call.name);
            if let Some(reason) = self.unanswered(&call.name, loaded, own, key.0, placed.at(&call.range)) {
                links.obstacles.push(reason);
            }
        }
        let own = definition.unsupported.iter().map(|(range, what)| (placed.at(range), what));
        let whole_module = loaded.module.unsupported.iter().map(|(range, what)| (range.clone(), what));
        for (range, what) in own.chain(whole_module) {
            let place = program.place(key.0, range);
            links.obstacles.push(Reason::Unsupported { place, what: what.clone() });
        }
        links
    }

    /// Links everything that `data.<path>` can mean.
    fn data_reference(&self, path: &[String], links: &mut Links) {
        let mut found = false;
        for (package, content) in &self.program.packages {
            if !overlaps(path, package) {
                continue;
            }
            found = true;
            links.obstacles.extend(content.broken.iter().cloned());
            match path.get(package.len()) {
                Some(rule) => {
                    if content.rules.contains_key(rule) {
                        links.rules.insert((package.clone(), rule.clone()));
                    }
                }
                None => links.rules.extend(content.rules.keys().map(|rule| (package.clone(), rule.clone()))),
            }
        }
        if !found {
            // It may be meant for a module of which not even the package could be read.
            let lost = self.broken.iter().filter(|b| b.package.is_none() && !b.is_test);
            links.obstacles.extend(lost.map(|b| b.reason.clone()));
        }
    }

    /// Why a call has no answer: nobody defines it, or the engine does not have this builtin of OPA's.
    fn unanswered(
        &self,
        name: &str,
        loaded: &Loaded,
        own: Option<&Package>,
        module: usize,
        range: Range<usize>,
    ) -> Option<Reason> {
        let root = name.split('.').next().unwrap_or(name);
        let place = || self.program.place(module, range.clone());
        if root == "data" || root == "input" {
            return None;
        }
        let defined = own.is_some_and(|package| package.rules.contains_key(root))
            || loaded.module.imports.iter().any(|import| import.name == root);
        if defined {
            return None;
        }
        if builtins::is_missing(name) {
            return Some(Reason::Unsupported { place: place(), what: name.to_owned() });
        }
        if engine::answers(name) {
            return None;
        }
        let message = format!("undefined function {name}");
        Some(match place() {
            Some(place) => Reason::PolicyError { place, message },
            None => Reason::RuleError { place: None, message },
        })
    }
}

/// Whether one path is the beginning of the other.
fn overlaps(a: &[String], b: &[String]) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b)
}

fn entries_of(program: &Program, package: &Package) -> Vec<(String, Entry, Vec<Key>)> {
    let mut found: Vec<(String, Entry, Vec<Key>)> = Vec::new();
    for &module in &package.modules {
        let Some(loaded) = program.modules.get(module) else { continue };
        for definition in loaded.module.definitions.iter().map(|placed| &placed.definition) {
            if found.iter().any(|(name, _, _)| *name == definition.name) || is_test_rule(&definition.name) {
                continue;
            }
            if let Some(role) = entry(definition)
                && let Some(keys) = package.rules.get(&definition.name)
            {
                found.push((definition.name.clone(), role, keys.clone()));
            }
        }
    }
    // `main` wraps `response`; asked once.
    if found.iter().any(|(name, _, _)| name == "main") {
        found.retain(|(name, role, _)| name != "response" || *role != Entry::Response);
    }
    // An exception alone asks nothing.
    if found.iter().all(|(_, role, _)| *role == Entry::Exception) {
        found.clear();
    }
    found
}

/// Whether a module takes part in judging: not one of unit tests.
#[must_use]
pub fn takes_part(package: &[String]) -> bool {
    !is_test_package(package)
}

fn self_print(program: &Program, reach: &Reach, rule: &str, definition: Option<Key>, data: u64) -> u64 {
    let mut parts: Vec<(&[String], u64, u64)> = reach
        .keys
        .iter()
        .filter_map(|key| {
            let loaded = program.modules.get(key.0)?;
            let definition = &loaded.module.definitions.get(key.1)?.definition;
            Some((loaded.module.package.as_slice(), loaded.preamble, definition.hash))
        })
        .collect();
    parts.sort_unstable();
    let alone = definition.and_then(|key| program.definition(key)).map(|d| d.hash);
    hash_of((data, rule, alone, parts))
}
