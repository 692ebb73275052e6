//! Finds out what there is to ask: the columns, and the units of each.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::core::decision::{PolicyInfo, Reason, Remark};
use crate::core::file::FileId;
use crate::core::policy::entries::{Entry, entry};
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::links::{Links, Obstacle};
use crate::core::policy::mocks::Mocks;
use crate::core::policy::module::Kind;
use crate::core::policy::options::InputShape;
use crate::core::policy::paths::{Root, Step};
use crate::core::policy::program::{Broken, Key, Package, Program, Rule, Unit, overlaps};
use crate::core::rego::deps;

/// Resolves what is asked of a program.
pub struct Linker<'a> {
    pub program: &'a Program,
    pub broken: &'a [Broken],
    pub links: HashMap<Key, Arc<Links>>,
    pub data: u64,
    /// Rules that need themselves, and OPA's words for it.
    pub recursive: HashMap<usize, String>,
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

impl Asked {
    /// A rule that is no part of a decision.
    fn nothing(rule: usize) -> Self {
        Self { policy: 0, rule, entry: Entry::Response }
    }
}

impl Linker<'_> {
    /// The columns, the shape in which each reads its input, and the units in the order of the text.
    pub fn units(&self) -> (Vec<PolicyInfo>, Vec<InputShape>, Vec<Unit>) {
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

    /// One rule as a unit, whatever it is called.
    pub fn unit_of(&self, package: &[String], rule: &str) -> Option<Unit> {
        let package = self.program.packages.get(self.program.package(package)?)?;
        let rule = *package.rules.get(rule)?;
        let Rule { name, definitions, .. } = self.program.rules.get(rule)?;
        Some(self.unit(&Asked::nothing(rule), name, None, self.reach(definitions)))
    }

    /// One definition of a rule as a unit. `name`: what is asked for, if that is not the rule itself.
    pub fn unit_of_definition(&self, key: Key, name: &str) -> Option<Unit> {
        let rule = self.program.rule_of(key)?;
        let placed = self.program.placed(key)?;
        let definitions = &self.program.rules.get(rule)?.definitions;
        let alone = self.reach(&[key]);
        // Whoever refers to it means the whole rule, by its name.
        if alone.named.contains(&rule) || placed.definition.names_in_text.is_empty() {
            return Some(self.unit(&Asked::nothing(rule), name, None, self.reach(definitions)));
        }
        let at = definitions.iter().position(|other| *other == key)?;
        Some(self.unit(&Asked::nothing(rule), name, Some((key, at)), alone))
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
                policies.push(PolicyInfo {
                    file,
                    package: String::new(),
                    entries: Vec::new(),
                    reason,
                    constraint: None,
                    off: false,
                });
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
                constraint: None,
                off: false,
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
        let empty: Vec<&Vec<String>> =
            self.program.packages.iter().filter(|p| p.rules.is_empty()).map(|p| &p.path).collect();
        Unit {
            policy: asked.policy,
            rule: asked.rule,
            name: name.to_owned(),
            entry: asked.entry,
            definition,
            fingerprint: hash_of((self.data, name, alone, prints, empty)),
            volatile: reach.volatile,
            moments: self.moments(&reach),
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

    /// Where builtins are called whose answer is another one at another time.
    fn moments(&self, reach: &Reach) -> Vec<Remark> {
        let of = |key: &Key| {
            let (links, placed) = (self.links.get(key)?, self.program.placed(*key)?);
            let remark = |(range, name): &(Range<usize>, String)| Remark {
                place: self.program.place(key.0, placed.at(range)),
                text: name.clone(),
            };
            Some(links.moments.iter().map(remark).collect::<Vec<_>>())
        };
        reach.keys.iter().filter_map(of).flatten().collect()
    }

    fn obstacles(&self, reach: &Reach) -> Vec<Reason> {
        let mut found: Vec<Reason> = Vec::new();
        let mut add = |reason: Reason| {
            if !found.contains(&reason) {
                found.push(reason);
            }
        };
        // What is replaced need not be answered. Where it is called all the same, the engine stops.
        let definitions = reach.keys.iter().filter_map(|key| self.program.definition(*key));
        let replaced: BTreeSet<&str> = definitions.flat_map(|d| Mocks::builtins(d)).collect();
        for &key in &reach.keys {
            let (Some(links), Some(placed)) = (self.links.get(&key), self.program.placed(key)) else {
                continue;
            };
            for obstacle in &links.obstacles {
                if let Obstacle::Missing(_, name) = obstacle
                    && replaced.contains(name.as_str())
                {
                    continue;
                }
                let place = |range: &Range<usize>| self.program.place(key.0, placed.at(range));
                add(match obstacle {
                    Obstacle::Known(reason) => reason.clone(),
                    Obstacle::Unsupported(range, what) | Obstacle::Missing(range, what) => {
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
        for key in &reach.keys {
            let rule = self.program.rule_of(*key);
            if let Some(words) = rule.and_then(|rule| self.recursive.get(&rule))
                && let Some(placed) = self.program.placed(*key)
                && let Some(place) = self.program.place(key.0, placed.at(&placed.definition.head))
            {
                add(Reason::PolicyError { place, message: words.clone() });
            }
        }
        let definitions = || reach.keys.iter().filter_map(|key| Some((key, self.program.placed(*key)?)));
        if definitions().any(|(_, placed)| placed.definition.speaks) {
            for (key, placed) in definitions() {
                let Some(range) = placed.definition.spelled.clone() else { continue };
                let range = placed.at(&range);
                let loaded = self.program.modules.get(key.0);
                let number = loaded.and_then(|loaded| loaded.text.get(range.clone())).unwrap_or_default();
                let what = format!("the spelling of `{number}`");
                add(Reason::Unsupported { place: self.program.place(key.0, range), what });
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
        if self.program.packages.get(rule.package)?.mergeable {
            return None;
        }
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

/// The rules that need themselves, with OPA's words. `links` are those of all definitions.
#[must_use]
pub fn recursive(program: &Program, links: &HashMap<Key, Arc<Links>>) -> HashMap<usize, String> {
    // `p.a` and `p.b` are two rules of one name here: they may need each other.
    let whole = |key: &Key| program.definition(*key).is_some_and(|d| d.kind != Kind::Object);
    let rules = program.rules.iter().enumerate().filter(|(_, rule)| rule.definitions.iter().all(whole));
    let graph: BTreeMap<usize, BTreeSet<usize>> = rules
        .map(|(at, rule)| {
            let links = rule.definitions.iter().filter_map(|key| links.get(key));
            (at, links.flat_map(|links| links.certain.iter().copied()).collect())
        })
        .collect();
    let name = |rule: &usize| {
        let path = program.package_of(*rule).map(|p| p.path.join(".")).unwrap_or_default();
        format!("data.{path}.{}", program.rules.get(*rule).map(|r| r.name.as_str()).unwrap_or_default())
    };
    deps::circles(&graph)
        .into_iter()
        .filter_map(|circle| {
            let words: Vec<String> = circle.iter().map(name).collect();
            Some((*circle.first()?, deps::recursion_words(&words)))
        })
        .collect()
}

/// Of two shapes the one that says more: `input.request` before `input.review` before the object.
fn stronger(a: InputShape, b: InputShape) -> InputShape {
    match (a, b) {
        (InputShape::Request, _) | (_, InputShape::Request) => InputShape::Request,
        (InputShape::Review, _) | (_, InputShape::Review) => InputShape::Review,
        _ => InputShape::Object,
    }
}

/// The entry rules of a package, in the order of the text.
fn entries_of(program: &Program, package: &Package) -> Vec<(usize, Entry)> {
    let mut found: Vec<(usize, Entry)> = Vec::new();
    let definitions = package.modules.iter().filter_map(|m| program.modules.get(*m));
    for placed in definitions.flat_map(|loaded| &loaded.module.definitions) {
        let definition = &placed.definition;
        if let Some(role) = entry(&definition.name, definition.kind, &definition.text)
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
