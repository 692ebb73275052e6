//! What one definition refers to: rules of any package, and what keeps it from being judged.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use crate::core::decision::Reason;
use crate::core::policy::builtins;
use crate::core::policy::engine;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::mocks;
use crate::core::policy::module::Definition;
use crate::core::policy::paths::{Root, Step};
use crate::core::policy::program::{Broken, Key, Loaded, Package, Program, overlaps};
use crate::core::rego::lower::{Callee, is_operator};
use crate::core::rego::names;

/// What one definition refers to. Holds no places, so that it is right wherever the definition stands.
#[derive(Debug, Default)]
pub struct Links {
    /// Rules, as indices into [`Program::rules`].
    pub rules: BTreeSet<usize>,
    /// Those of the rules that are certainly meant; the others may be.
    pub certain: BTreeSet<usize>,
    /// Why it cannot be judged.
    pub obstacles: Vec<Obstacle>,
    /// Calls a builtin that answers differently from one moment to the next.
    pub volatile: bool,
    /// Calls of builtins whose answer is another one at another time.
    pub moments: Vec<(Range<usize>, String)>,
}

/// Something that keeps a definition from being judged. Ranges count from the definition's first byte.
#[derive(Debug, Clone)]
pub enum Obstacle {
    /// Something it refers to is known not to be judged.
    Known(Reason),
    /// What the engine cannot do as OPA does.
    Unsupported(Range<usize>, String),
    /// A builtin of OPA's that is not answered here.
    Missing(Range<usize>, String),
    /// Nobody defines what it calls.
    Undefined(Range<usize>, String),
}

/// What was found out before, for definitions that did not change among rules that did not change.
#[derive(Debug, Default)]
pub struct Memo {
    names: u64,
    known: HashMap<(usize, u64), (Arc<Definition>, Arc<Links>)>,
}

impl Memo {
    /// Identifies the packages and the names of their rules, as of the last [`Memo::enter`].
    #[must_use]
    pub fn names(&self) -> u64 {
        self.names
    }

    /// Forgets everything if there are other rules than last time.
    pub fn enter(&mut self, program: &Program, broken: &[Broken]) {
        let packages: Vec<&Vec<String>> = program.packages.iter().map(|package| &package.path).collect();
        let rules: Vec<(usize, &str)> =
            program.rules.iter().map(|rule| (rule.package, rule.name.as_str())).collect();
        let broken: Vec<String> = broken.iter().map(|b| format!("{:?} {:?}", b.package, b.reason)).collect();
        let names = hash_of((packages, rules, broken));
        if names != self.names {
            self.known.clear();
            self.names = names;
        }
    }
}

impl Links {
    /// The links of every definition.
    pub fn of_all(program: &Program, broken: &[Broken], memo: &mut Memo) -> HashMap<Key, Arc<Self>> {
        let mut all = HashMap::new();
        let mut now = HashMap::new();
        for package in &program.packages {
            for &module in &package.modules {
                let Some(loaded) = program.modules.get(module) else { continue };
                for (index, placed) in loaded.module.definitions.iter().enumerate() {
                    let id = (Arc::as_ptr(&placed.definition) as usize, loaded.preamble);
                    let (definition, links) = memo.known.remove(&id).unwrap_or_else(|| {
                        let definition = placed.definition.clone();
                        let links = Resolver { program, broken, package, loaded }.resolve(&definition);
                        (definition, Arc::new(links))
                    });
                    all.insert((module, index), links.clone());
                    now.insert(id, (definition, links));
                }
            }
        }
        memo.known = now;
        all
    }
}

struct Resolver<'a> {
    program: &'a Program,
    broken: &'a [Broken],
    package: &'a Package,
    loaded: &'a Loaded,
}

impl Resolver<'_> {
    fn resolve(&self, definition: &Definition) -> Links {
        let mut links = Links::default();
        let known = |reason: &Reason| Obstacle::Known(reason.clone());
        links.obstacles.extend(self.package.broken.iter().map(known));
        for name in &definition.names {
            links.rules.extend(self.package.rules.get(name));
            for import in self.loaded.module.imports.iter().filter(|import| import.name == *name) {
                // OPA takes the import, the engine the rule. In one file, lowering says so.
                if self.package.rules.contains_key(name) {
                    let what = format!("an import with the name of a rule, `{name}`");
                    links.obstacles.push(Obstacle::Unsupported(definition.head.clone(), what));
                }
                if let Some((root, rest)) = import.path.split_first()
                    && root == "data"
                {
                    // What follows the import's name is not known here: everything that it can name is meant.
                    self.data_reference(rest, &mut links);
                }
            }
        }
        for reference in &definition.data {
            self.data_reference(reference, &mut links);
        }
        links.certain = self.certain(definition);
        for call in &definition.calls {
            links.volatile |= builtins::is_volatile(&call.name);
            if builtins::is_of_the_moment(&call.name) {
                links.moments.push((call.range.clone(), call.name.clone()));
            }
            links.obstacles.extend(self.unanswered(&call.name, call.range.clone()));
        }
        for (range, target) in &definition.replaced {
            let builtin = names::is_builtin(target) && !mocks::replaceable(target);
            let deep = || {
                let path = self.full(target);
                mocks::function(self.program, &path).is_none()
                    && self.named(target).iter().any(|rule| mocks::is_function(self.program, *rule))
            };
            if builtin || deep() {
                let what = format!("`with {target}`");
                links.obstacles.push(Obstacle::Unsupported(range.clone(), what));
            }
        }
        let given = definition.mocks.iter().filter_map(|mock| mock.value.as_ref());
        links.volatile |= given
            .map(|given| &given.callee)
            .any(|callee| matches!(callee, Callee::Builtin(name) if builtins::is_volatile(name)));
        let unsupported =
            |(range, what): &(Range<usize>, String)| Obstacle::Unsupported(range.clone(), what.clone());
        links.obstacles.extend(definition.unsupported.iter().map(unsupported));
        links
    }

    /// The rules that a definition names for certain: what OPA looks at to find recursion.
    fn certain(&self, definition: &Definition) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut refer = |root: &str, rest: &[&str]| found.extend(self.refer(root, rest));
        for path in &definition.reads {
            let keys: Vec<&str> = path
                .steps
                .iter()
                .map_while(|step| match step {
                    Step::Key(key) => Some(key.as_str()),
                    Step::Each => None,
                })
                .collect();
            match &path.root {
                Root::Name(name) => refer(name, &keys),
                Root::Data => refer("data", &keys),
                Root::Input | Root::Param(_) | Root::Call(_) => {}
            }
        }
        for call in &definition.calls {
            found.extend(self.named(&call.name));
        }
        found
    }

    /// `["data", "lib", "f"]` for a name as it is written; empty if it names nothing in `data`.
    fn full(&self, name: &str) -> Vec<String> {
        let mut parts = name.split('.');
        let root = parts.next().unwrap_or_default();
        let import = self.loaded.module.imports.iter().find(|import| import.name == root);
        let mut path = match import {
            Some(import) => import.path.clone(),
            None if root == "data" => vec!["data".to_owned()],
            None => {
                let package = self.package.path.iter().map(String::as_str);
                ["data"].into_iter().chain(package).chain([root]).map(str::to_owned).collect()
            }
        };
        path.extend(parts.map(str::to_owned));
        path
    }

    /// The rules that a reference names for certain.
    fn refer(&self, root: &str, rest: &[&str]) -> BTreeSet<usize> {
        let import = self.loaded.module.imports.iter().find(|import| import.name == root);
        let path: Vec<&str> = match import {
            Some(import) if import.path.first().is_some_and(|first| first == "data") => {
                import.path.iter().skip(1).map(String::as_str).chain(rest.iter().copied()).collect()
            }
            Some(_) => return BTreeSet::new(),
            None if root == "data" => rest.to_vec(),
            None => return self.package.rules.get(root).copied().into_iter().collect(),
        };
        let found = self.program.packages.iter().filter_map(|package| {
            let own =
                package.path.iter().map(String::as_str).eq(path.iter().copied().take(package.path.len()));
            package.rules.get(*path.get(package.path.len())?).filter(|_| own).copied()
        });
        found.collect()
    }

    /// The same for a name as it is written: `f`, `data.lib.f`.
    fn named(&self, name: &str) -> BTreeSet<usize> {
        let mut parts = name.split('.');
        let root = parts.next().unwrap_or_default();
        self.refer(root, &parts.collect::<Vec<_>>())
    }

    /// Links everything that `data.<path>` can mean.
    fn data_reference(&self, path: &[String], links: &mut Links) {
        let mut found = false;
        for package in self.program.packages.iter().filter(|package| overlaps(path, &package.path)) {
            found = true;
            links.obstacles.extend(package.broken.iter().map(|reason| Obstacle::Known(reason.clone())));
            match path.get(package.path.len()) {
                Some(rule) => links.rules.extend(package.rules.get(rule)),
                None => links.rules.extend(package.rules.values()),
            }
        }
        if !found {
            // It may be meant for a module of which not even the package could be read.
            let lost = self.broken.iter().filter(|b| b.package.is_none() && !b.is_test);
            links.obstacles.extend(lost.map(|b| Obstacle::Known(b.reason.clone())));
        }
    }

    /// Why a call has no answer: nobody defines it, or the engine does not have this builtin of OPA's.
    fn unanswered(&self, name: &str, range: Range<usize>) -> Option<Obstacle> {
        let root = name.split('.').next().unwrap_or(name);
        let defined = root == "data"
            || root == "input"
            || self.package.rules.contains_key(root)
            || self.loaded.module.imports.iter().any(|import| import.name == root);
        if defined {
            return None;
        }
        if builtins::is_missing(name) {
            return Some(Obstacle::Missing(range, name.to_owned()));
        }
        (!engine::answers(name) && !is_operator(name)).then(|| Obstacle::Undefined(range, name.to_owned()))
    }
}
