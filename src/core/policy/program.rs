//! Modules linked: which packages are policies, what is asked of each, and what each answer depends on.
//!
//! What is evaluated and remembered is a [`Unit`]: one definition of a set of objections, or one whole rule where the
//! definitions of a rule depend on each other (complete rules, defaults, rules that other rules read). A unit's
//! fingerprint covers the text of everything it can reach, so two units with one fingerprint have one answer on
//! one input. References that cannot be resolved in advance (`data[x]`) reach everything.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use crate::core::decision::{Place, PolicyInfo, Reason, Remark};
use crate::core::diagnostics::Diagnostic;
use crate::core::file::FileId;
use crate::core::policy::entries::Entry;
use crate::core::policy::gatekeeper::embedded::Embedded;
use crate::core::policy::links::{Links, Memo};
use crate::core::policy::module::{Definition, Module, Placed};
use crate::core::policy::options::{InputShape, Namespaces};
use crate::core::policy::place::Lines;
use crate::core::policy::units::{self, Linker};

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
    /// Where the text stands in the file, if it is in a YAML file.
    pub within: Option<Within>,
}

/// A module in a YAML file.
#[derive(Debug)]
pub struct Within {
    /// The text, and its way to the file.
    pub embedded: Embedded,
    /// The text of the file.
    pub file_text: Arc<str>,
    /// Its lines.
    pub file_lines: Lines,
}

impl Loaded {
    /// The place of a range of the text, in the file.
    #[must_use]
    pub fn place(&self, range: Range<usize>) -> Place {
        match &self.within {
            None => self.lines.place(self.file, &self.text, range),
            Some(within) => {
                within.file_lines.place(self.file, &within.file_text, within.embedded.in_file(range))
            }
        }
    }
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
    /// Its modules can be put together into one: their imports do not get in each other's way.
    pub mergeable: bool,
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
    /// The calls of builtins whose answer is another one at another time: the builtin, and where it is called.
    pub moments: Vec<Remark>,
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
    /// What each definition refers to.
    pub links: HashMap<Key, Arc<Links>>,
    /// Which packages are asked, where not all are.
    pub namespaces: Vec<Namespaces>,
    /// Rules that only tests are for are rules too.
    tests: bool,
}

impl Program {
    /// Links modules. `data` identifies everything else that answers depend on: data files and options. Packages that
    /// `namespaces` leave out are asked nothing.
    #[must_use]
    pub fn link(
        modules: Vec<Arc<Loaded>>,
        broken: &[Broken],
        data: u64,
        memo: &mut Memo,
        namespaces: &[Namespaces],
    ) -> Self {
        let mut program = Self { modules, namespaces: namespaces.to_vec(), ..Self::default() };
        program.index(broken);
        memo.enter(&program, broken);
        let linker = program.linker(broken, data, memo);
        let (policies, shapes, units) = linker.units();
        let links = linker.links;
        (program.policies, program.shapes, program.units, program.links) = (policies, shapes, units, links);
        program
    }

    /// Links modules for somebody who asks for other rules than those of a decision. Tests are rules as well then.
    pub fn link_asking<T>(
        modules: Vec<Arc<Loaded>>,
        broken: &[Broken],
        data: u64,
        memo: &mut Memo,
        ask: impl FnOnce(&Linker<'_>) -> T,
    ) -> (Self, T) {
        let mut program = Self { modules, tests: true, ..Self::default() };
        program.index(broken);
        memo.enter(&program, broken);
        let asked = ask(&program.linker(broken, data, memo));
        (program, asked)
    }

    fn linker<'a>(&'a self, broken: &'a [Broken], data: u64, memo: &mut Memo) -> Linker<'a> {
        let links = Links::of_all(self, broken, memo);
        Linker { recursive: units::recursive(self, &links), links, program: self, broken, data }
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
        Some(loaded.place(range))
    }

    /// The rule that a definition is one of.
    #[must_use]
    pub fn rule_of(&self, key: Key) -> Option<usize> {
        let loaded = self.modules.get(key.0)?;
        let package = self.packages.get(self.package(&loaded.module.package)?)?;
        package.rules.get(&loaded.module.definitions.get(key.1)?.definition.name).copied()
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
                    if is_test_rule(name) && !self.tests {
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
            package.mergeable = self.mergeable(&package.modules);
            self.packages.push(package);
        }
    }
}

impl Program {
    /// Whether what each of these modules calls by a name means the same in all of them.
    fn mergeable(&self, modules: &[usize]) -> bool {
        let modules: Vec<&Module> =
            modules.iter().filter_map(|m| Some(&self.modules.get(*m)?.module)).collect();
        modules.iter().all(|module| {
            let others = || modules.iter().filter(|other| !std::ptr::eq(**other, *module));
            module.imports.iter().filter(|import| !import.name.is_empty()).all(|import| {
                others().all(|other| {
                    other.imports.iter().any(|i| i.name == import.name && i.path == import.path)
                        || (other.imports.iter().all(|i| i.name != import.name)
                            && other.definitions.iter().all(|placed| {
                                let definition = &placed.definition;
                                definition.name != import.name && !definition.names.contains(&import.name)
                            }))
                })
            })
        })
    }
}

fn is_test_rule(name: &str) -> bool {
    name.starts_with("test_") || name.starts_with("todo_test_")
}

/// Whether one path is the beginning of the other.
#[must_use]
pub fn overlaps(a: &[String], b: &[String]) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b)
}
