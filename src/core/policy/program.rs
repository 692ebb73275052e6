//! Modules linked: which packages are policies, what is asked of each, and what each answer depends on.
//!
//! What is evaluated and remembered is a [`Unit`]: one definition of a set of objections, or one whole rule where the
//! definitions of a rule depend on each other (complete rules, defaults, rules that other rules read). A unit's
//! fingerprint covers the text of everything it can reach, so two units with one fingerprint have one answer on
//! one input. References that cannot be resolved in advance (`data[x]`) reach everything.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::core::decision::{Place, PolicyInfo, Reason};
use crate::core::diagnostics::Diagnostic;
use crate::core::file::FileId;
use crate::core::policy::entries::{Entry, entry};
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::links::{Links, Memo, Obstacle};
use crate::core::policy::module::{Definition, Kind, Module, Placed};
use crate::core::policy::options::InputShape;
use crate::core::policy::paths::{Root, Step};
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
    /// It holds unit tests, which are not judged.
    pub is_test: bool,
    /// Everything that is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// A definition: index of the module, index in the module.
pub type Key = (usize, usize);

/// A rule or function with all its definitions.
#[derive(Debug)]
pub struct Rule {
    /// Index into [`Program::packages`].
    pub package: usize,
    /// Its name.
    pub name: String,
    /// In the order of files and texts.
    pub definitions: Vec<Key>,
}

/// A package: what the modules of its name hold together.
#[derive(Debug, Default)]
pub struct Package {
    /// Its parts.
    pub path: Vec<String>,
    /// Indices of its modules.
    pub modules: Vec<usize>,
    /// Its rules, as indices into [`Program::rules`].
    pub rules: HashMap<String, usize>,
    /// Why not all of it is known.
    pub broken: Vec<Reason>,
}

/// One thing that is evaluated.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Index into [`Program::policies`].
    pub policy: usize,
    /// Index into [`Program::rules`].
    pub rule: usize,
    /// The rule's name.
    pub name: String,
    /// What the rule says.
    pub entry: Entry,
    /// The one definition that is evaluated, and which of its rule it is; `None` for the whole rule.
    pub definition: Option<(Key, usize)>,
    /// Everything that has to be there for it, itself included.
    pub needs: Arc<Vec<Key>>,
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
    /// The shape in which each policy reads its input.
    pub shapes: Vec<InputShape>,
    /// What is evaluated, by policy, in the order of the text.
    pub units: Vec<Unit>,
    /// The packages, by path.
    pub packages: Vec<Package>,
    /// Every rule and function.
    pub rules: Vec<Rule>,
}

impl Program {
    /// Links modules. `data` identifies everything else that answers depend on: data files and options.
    #[must_use]
    pub fn link(modules: Vec<Arc<Loaded>>, broken: &[Broken], data: u64, memo: &mut Memo) -> Self {
        let mut program = Self { modules, ..Self::default() };
        program.index(broken);
        memo.enter(&program, broken);
        let linker = Linker { links: Links::of_all(&program, broken, memo), program: &program, broken, data };
        let (policies, shapes, units) = linker.units();
        (program.policies, program.shapes, program.units) = (policies, shapes, units);
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

    /// The package of a rule.
    #[must_use]
    pub fn package_of(&self, rule: usize) -> Option<&Package> {
        self.packages.get(self.rules.get(rule)?.package)
    }

    /// The package of this path.
    #[must_use]
    pub fn package(&self, path: &[String]) -> Option<usize> {
        self.packages.binary_search_by(|package| package.path.as_slice().cmp(path)).ok()
    }

    fn index(&mut self, broken: &[Broken]) {
        let mut packages: BTreeMap<Vec<String>, Package> = BTreeMap::new();
        for (at, loaded) in self.modules.iter().enumerate() {
            packages.entry(loaded.module.package.clone()).or_default().modules.push(at);
        }
        for broken in broken.iter().filter(|b| !b.is_test) {
            if let Some(path) = &broken.package {
                packages.entry(path.clone()).or_default().broken.push(broken.reason.clone());
            }
        }
        for (path, mut package) in packages {
            for &module in &package.modules {
                let Some(loaded) = self.modules.get(module) else { continue };
                for (index, placed) in loaded.module.definitions.iter().enumerate() {
                    let name = &placed.definition.name;
                    if is_test_rule(name) {
                        continue;
                    }
                    let rule = match package.rules.get(name) {
                        Some(&rule) => rule,
                        None => {
                            package.rules.insert(name.clone(), self.rules.len());
                            let package = self.packages.len();
                            self.rules.push(Rule { package, name: name.clone(), definitions: Vec::new() });
                            self.rules.len() - 1
                        }
                    };
                    if let Some(rule) = self.rules.get_mut(rule) {
                        rule.definitions.push((module, index));
                    }
                }
            }
            package.path = path;
            self.packages.push(package);
        }
    }
}

fn is_test_rule(name: &str) -> bool {
    name.starts_with("test_") || name.starts_with("todo_test_")
}

/// Finds out what there is to ask.
struct Linker<'a> {
    program: &'a Program,
    broken: &'a [Broken],
    links: HashMap<Key, Arc<Links>>,
    data: u64,
}

/// What a unit reaches.
#[derive(Default)]
struct Reach {
    keys: Vec<Key>,
    /// Rules that a definition refers to, whose name therefore has to stay.
    named: HashSet<usize>,
    volatile: bool,
}

/// An entry rule.
struct Asked {
    policy: usize,
    rule: usize,
    entry: Entry,
}

impl Linker<'_> {
    fn units(&self) -> (Vec<PolicyInfo>, Vec<InputShape>, Vec<Unit>) {
        let (policies, asked) = self.policies();
        let whole: Vec<Reach> = asked
            .iter()
            .map(|asked| self.reach(self.program.rules.get(asked.rule).map_or(&[], |r| &r.definitions)))
            .collect();
        let named: HashSet<usize> = whole.iter().flat_map(|reach| reach.named.iter().copied()).collect();
        let mut shapes = vec![InputShape::Object; policies.len()];
        let mut units = Vec::new();
        for (asked, reach) in asked.iter().zip(whole) {
            if let Some(shape) = shapes.get_mut(asked.policy) {
                *shape = stronger(*shape, self.shape(&reach));
            }
            let Some(rule) = self.program.rules.get(asked.rule) else { continue };
            let is_set = |&key: &Key| self.program.definition(key).is_some_and(|d| d.kind == Kind::Set);
            if matches!(asked.entry, Entry::Deny | Entry::Warn)
                && !named.contains(&asked.rule)
                && rule.definitions.iter().all(is_set)
            {
                for (at, &key) in rule.definitions.iter().enumerate() {
                    units.push(self.unit(asked, &rule.name, Some((key, at)), self.reach(&[key])));
                }
            } else {
                units.push(self.unit(asked, &rule.name, None, reach));
            }
        }
        (policies, shapes, units)
    }

    /// The columns, and the rules that are asked.
    fn policies(&self) -> (Vec<PolicyInfo>, Vec<Asked>) {
        let program = self.program;
        let mut order: Vec<usize> = Vec::new();
        let sound = program.modules.iter().map(|loaded| (loaded.file, Some(&loaded.module.package)));
        let broken = self.broken.iter().filter(|b| !b.is_test).map(|b| (b.file, b.package.as_ref()));
        let mut files: Vec<(FileId, Option<&Vec<String>>)> = sound.chain(broken).collect();
        files.sort_by_key(|(file, _)| *file);
        let mut policies = Vec::new();
        let mut asked = Vec::new();
        for (file, path) in files {
            let Some(at) = path.and_then(|path| program.package(path)) else {
                // Not even its package can be read: a column of its own.
                let reason = self.broken.iter().find(|b| b.file == file).map(|b| b.reason.clone());
                policies.push(PolicyInfo { file, package: String::new(), entries: Vec::new(), reason });
                continue;
            };
            let Some(package) = program.packages.get(at).filter(|_| !order.contains(&at)) else { continue };
            order.push(at);
            let entries = entries_of(program, package);
            let reason = match package.broken.first() {
                Some(reason) => Some(reason.clone()),
                None if !entries.is_empty() => None,
                None if self.is_library(at, package) => continue,
                None => Some(Reason::NoEntryRule),
            };
            let file = entries
                .first()
                .and_then(|(rule, _)| program.rules.get(*rule)?.definitions.first())
                .and_then(|key| program.modules.get(key.0))
                .map_or(file, |loaded| loaded.file);
            let name = |rule: usize| program.rules.get(rule).map(|r| r.name.clone()).unwrap_or_default();
            asked.extend(entries.iter().map(|&(rule, entry)| Asked { policy: policies.len(), rule, entry }));
            policies.push(PolicyInfo {
                file,
                package: package.path.join("."),
                entries: entries.iter().map(|(rule, _)| name(*rule)).collect(),
                reason,
            });
        }
        (policies, asked)
    }

    /// A package without entry rules that others use, or that only defines functions beside other packages.
    fn is_library(&self, at: usize, package: &Package) -> bool {
        let program = self.program;
        let is_function =
            |&key: &Key| program.definition(key).is_some_and(|definition| definition.kind == Kind::Function);
        let rules = || program.rules.iter().filter(|rule| rule.package == at);
        if program.packages.len() > 1 && rules().all(|rule| rule.definitions.iter().all(is_function)) {
            return true;
        }
        program.modules.iter().enumerate().filter(|(m, _)| !package.modules.contains(m)).any(|(m, loaded)| {
            let imported = loaded.module.imports.iter().any(|import| {
                import
                    .path
                    .split_first()
                    .is_some_and(|(root, rest)| root == "data" && overlaps(rest, &package.path))
            });
            let refers = |index: usize| {
                self.links.get(&(m, index)).is_some_and(|links| {
                    links.rules.iter().any(|rule| program.rules.get(*rule).is_some_and(|r| r.package == at))
                })
            };
            imported || (0..loaded.module.definitions.len()).any(refers)
        })
    }

    fn unit(&self, asked: &Asked, name: &str, definition: Option<(Key, usize)>, reach: Reach) -> Unit {
        let mut prints: Vec<u64> = reach.keys.iter().filter_map(|key| self.print(*key)).collect();
        prints.sort_unstable();
        let alone = definition.and_then(|(key, _)| self.print(key));
        Unit {
            policy: asked.policy,
            rule: asked.rule,
            name: name.to_owned(),
            entry: asked.entry,
            definition,
            fingerprint: hash_of((self.data, name, alone, prints)),
            volatile: reach.volatile,
            obstacles: self.obstacles(&reach),
            needs: Arc::new(reach.keys),
        }
    }

    /// Identifies a definition in its package, with what its names mean.
    fn print(&self, key: Key) -> Option<u64> {
        let loaded = self.program.modules.get(key.0)?;
        Some(hash_of((loaded.preamble, loaded.module.definitions.get(key.1)?.definition.hash)))
    }

    /// Everything that can be reached from these definitions.
    fn reach(&self, from: &[Key]) -> Reach {
        let mut reach = Reach::default();
        let mut seen: HashSet<Key> = from.iter().copied().collect();
        let mut waiting = from.to_vec();
        while let Some(key) = waiting.pop() {
            reach.keys.push(key);
            let Some(links) = self.links.get(&key) else { continue };
            reach.volatile |= links.volatile;
            for &rule in &links.rules {
                if reach.named.insert(rule)
                    && let Some(rule) = self.program.rules.get(rule)
                {
                    waiting.extend(rule.definitions.iter().filter(|key| seen.insert(**key)));
                }
            }
        }
        reach.keys.sort_unstable();
        reach
    }

    fn obstacles(&self, reach: &Reach) -> Vec<Reason> {
        let mut found: Vec<Reason> = Vec::new();
        let mut add = |reason: Reason| {
            if !found.contains(&reason) {
                found.push(reason);
            }
        };
        for &key in &reach.keys {
            let (Some(links), Some(placed)) = (self.links.get(&key), self.program.placed(key)) else {
                continue;
            };
            for obstacle in &links.obstacles {
                let place = |range: &Range<usize>| self.program.place(key.0, placed.at(range));
                add(match obstacle {
                    Obstacle::Known(reason) => reason.clone(),
                    Obstacle::Unsupported(range, what) => {
                        Reason::Unsupported { place: place(range), what: what.clone() }
                    }
                    Obstacle::Undefined(range, name) => {
                        let message = format!("undefined function {name}");
                        match place(range) {
                            Some(place) => Reason::PolicyError { place, message },
                            None => Reason::RuleError { place: None, message },
                        }
                    }
                });
            }
        }
        let modules: BTreeSet<usize> = reach.keys.iter().map(|key| key.0).collect();
        for module in modules {
            let unsupported = self.program.modules.get(module).map(|loaded| loaded.module.unsupported.iter());
            for (range, what) in unsupported.into_iter().flatten() {
                let place = self.program.place(module, range.clone());
                add(Reason::Unsupported { place, what: what.clone() });
            }
        }
        for &rule in &reach.named {
            if let Some(reason) = self.divided_function(rule) {
                add(reason);
            }
        }
        found
    }

    /// The engine mixes up the tables of a function that is defined in two modules.
    fn divided_function(&self, rule: usize) -> Option<Reason> {
        let rule = self.program.rules.get(rule)?;
        let (first, rest) = rule.definitions.split_first()?;
        let other = rest.iter().find(|key| key.0 != first.0)?;
        let placed = self.program.placed(*other)?;
        (placed.definition.kind == Kind::Function).then(|| Reason::Unsupported {
            place: self.program.place(other.0, placed.range()),
            what: format!("function {} defined in two modules", rule.name),
        })
    }

    /// The shape of input that the definitions read.
    fn shape(&self, reach: &Reach) -> InputShape {
        let mut shape = InputShape::Object;
        for &key in &reach.keys {
            let Some(loaded) = self.program.modules.get(key.0) else { continue };
            let Some(definition) = self.program.definition(key) else { continue };
            let direct =
                definition.reads.iter().filter(|path| path.root == Root::Input).filter_map(|path| match path
                    .steps
                    .first()
                {
                    Some(Step::Key(first)) => Some(first.as_str()),
                    _ => None,
                });
            let imported = loaded.module.imports.iter().filter_map(|import| match import.path.as_slice() {
                [root, first, ..] if root == "input" && definition.names.contains(&import.name) => {
                    Some(first.as_str())
                }
                _ => None,
            });
            for first in direct.chain(imported) {
                shape = stronger(
                    shape,
                    match first {
                        "request" => InputShape::Request,
                        "review" => InputShape::Review,
                        _ => InputShape::Object,
                    },
                );
            }
        }
        shape
    }
}

/// Of two shapes the one that says more: `input.request` before `input.review` before the object.
fn stronger(a: InputShape, b: InputShape) -> InputShape {
    match (a, b) {
        (InputShape::Request, _) | (_, InputShape::Request) => InputShape::Request,
        (InputShape::Review, _) | (_, InputShape::Review) => InputShape::Review,
        _ => InputShape::Object,
    }
}

/// Whether one path is the beginning of the other.
#[must_use]
pub fn overlaps(a: &[String], b: &[String]) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b)
}

/// The entry rules of a package, in the order of the text.
fn entries_of(program: &Program, package: &Package) -> Vec<(usize, Entry)> {
    let mut found: Vec<(usize, Entry)> = Vec::new();
    let definitions = package.modules.iter().filter_map(|m| program.modules.get(*m));
    for placed in definitions.flat_map(|loaded| &loaded.module.definitions) {
        if let Some(role) = entry(&placed.definition)
            && let Some(&rule) = package.rules.get(&placed.definition.name)
            && !found.iter().any(|(known, _)| *known == rule)
        {
            found.push((rule, role));
        }
    }
    // `main` wraps `response`; asked once.
    let main = package.rules.get("main");
    if found.iter().any(|(rule, _)| Some(rule) == main) {
        found.retain(|(rule, role)| *role != Entry::Response || Some(rule) == main);
    }
    // An exception alone asks nothing.
    if found.iter().all(|(_, role)| *role == Entry::Exception) {
        found.clear();
    }
    found
}
