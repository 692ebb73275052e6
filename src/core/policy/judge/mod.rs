//! Judges manifests by policies, and remembers what it judged.
//!
//! Everything is known by the fingerprint of what it depends on: an edit changes the fingerprints of the units that
//! can notice it, those are evaluated again in a [`Slice`] that holds no more than they need, and the answers of all
//! others are still there ([`memory`]). Nothing else decides what is judged again, so an incremental run and a fresh one agree.

mod advice;
mod affected;
mod ask;
mod assemble;
mod checks;
pub mod client;
mod explaining;
mod memory;
mod query;
mod read;
mod readings;
mod review;
mod templates;
mod testing;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::core::decision::{Evaluation, Reason};
use crate::core::file::{FileId, Role};
use crate::core::policy::document::{Document, Documents};
use crate::core::policy::engine::{Engine, set_world};
use crate::core::policy::entries::is_test_package;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::gatekeeper::file::PolicyFile;
use crate::core::policy::links::Memo;
use crate::core::policy::options::{JudgeOptions, SourceFile, Step};
use crate::core::policy::place::Lines;
use crate::core::policy::program::{Broken, Loaded, Program, Unit};
use crate::core::policy::slice::Slice;
use crate::core::policy::surroundings::Surroundings;
use advice::Advice;
use ask::{Fault, Made};
use checks::{Checked, Refused};
use memory::Memory;
use read::Syntax;
use templates::Templates;
use testing::Tests;

/// Judges; holds the state of all files.
#[derive(Default)]
pub struct Judge {
    files: BTreeMap<FileId, File>,
    options: JudgeOptions,
    program: Program,
    broken: Vec<Broken>,
    refused_files: Vec<Refused>,
    /// What the checks said before.
    checked: Checked,
    advice: Advice,
    memo: Memo,
    /// An engine with the data and no modules.
    base: Engine,
    data: u64,
    data_errors: Vec<(FileId, Reason)>,
    /// Engines, the newest last. Together they hold the units, perhaps of an earlier state; those that did not change
    /// are still right.
    slices: Vec<Slice>,
    /// Units that the engine refuses even alone.
    refused: HashMap<u64, Fault>,
    /// The units that the last slice of all was made for.
    prepared: u64,
    memory: Memory,
    /// What cannot be asked, since it looks at what is not known: input and unit.
    doubts: HashSet<(u64, u64)>,
    surroundings: Surroundings,
    /// The policies are not those that were linked.
    stale: bool,
    /// The manifests are not those that were looked through.
    scattered: bool,
    garbage: Garbage,
    templates: Templates,
    /// Identifies what templates look up.
    inventory: u64,
    tests: Tests,
    /// Nanoseconds since some moment. Without one, nothing takes any time.
    clock: Option<fn() -> u64>,
}

/// What is not needed any more. Dropping an engine takes milliseconds: do it where nobody waits.
#[derive(Default)]
pub struct Garbage {
    slices: Vec<Slice>,
    programs: Vec<Program>,
}

impl Garbage {
    /// Nothing to drop.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slices.is_empty() && self.programs.is_empty()
    }
}

/// A file and what was read of it.
struct File {
    source: SourceFile,
    read: Option<Read>,
    syntax: Syntax,
}

/// What a file holds.
enum Read {
    Policy(Result<Arc<Loaded>, Box<Broken>>),
    Manifest(Documents),
    Data(Result<serde_json::Value, Reason>),
    Gatekeeper(Box<PolicyFile>),
}

impl Judge {
    /// An empty judge.
    #[must_use]
    pub fn new() -> Self {
        Self { stale: true, scattered: true, tests: Tests::new(), ..Self::default() }
    }

    /// Adds a file or replaces its text. It is read when it is judged.
    pub fn put(&mut self, source: SourceFile) {
        self.scattered = true;
        let old = self.files.remove(&source.file);
        let is_policy =
            [Some(source.role), old.as_ref().map(|file| file.source.role)].iter().flatten().any(is_of_policy);
        self.stale |= is_policy;
        self.tests.stale |= is_policy;
        let syntax = old.map(|file| file.syntax).unwrap_or_default();
        self.files.insert(source.file, File { source, read: None, syntax });
    }

    /// Takes a file away.
    pub fn remove(&mut self, file: FileId) {
        let old = self.files.remove(&file);
        self.scattered = true;
        let is_policy = old.is_some_and(|file| is_of_policy(&file.source.role));
        self.stale |= is_policy;
        self.tests.stale |= is_policy;
    }

    /// Times what is run by a clock that counts nanoseconds.
    pub fn set_clock(&mut self, clock: fn() -> u64) {
        self.clock = Some(clock);
    }

    /// What can be dropped now.
    pub fn take_garbage(&mut self) -> Garbage {
        std::mem::take(&mut self.garbage)
    }

    /// Judges all documents by all policies. `step` hears what is about to be done.
    pub fn judge(&mut self, run: u64, options: &JudgeOptions, step: &mut dyn FnMut(Step)) -> Evaluation {
        self.adopt(options);
        set_world(self.options.now, &self.options.mocks);
        self.read(step);
        if let Some(query) = options.query.as_ref() {
            let answer = self.answer(query, step);
            return Evaluation { run, answer: Some(answer), ..Evaluation::default() };
        }
        if let Some(tests) = &options.tests {
            let tests = self.run_tests(tests, step);
            return Evaluation { run, tests: Some(tests), ..Evaluation::default() };
        }
        if self.scattered {
            self.look_around();
        }
        let texts_changed = self.stale;
        if self.stale {
            self.relink();
        }
        self.advise(texts_changed);
        if self.options.lint {
            self.compile(step);
        } else {
            self.evaluate(step);
            self.stock();
            let options = self.options.clone();
            self.templates.evaluate(&mut self.files, &options, &self.surroundings, step);
        }
        self.assemble(run)
    }

    /// Puts one engine for all units together, so that an edit of a manifest finds it ready. For a moment when nobody
    /// waits.
    pub fn prepare(&mut self, step: &mut dyn FnMut(Step)) {
        let sound: Vec<&Unit> = self.program.units.iter().filter(|u| u.obstacles.is_empty()).collect();
        let prints = hash_of(sound.iter().map(|unit| unit.fingerprint).collect::<Vec<_>>());
        let whole = |slice: &Slice| sound.iter().all(|unit| slice.answers(unit.fingerprint));
        if self.stale || prints == self.prepared || self.slices.last().is_some_and(whole) {
            return;
        }
        step(Step::Prepare);
        let made = Made::of(&self.program, sound, &self.base);
        self.refused.extend(made.refused);
        self.garbage.slices.append(&mut self.slices);
        self.slices = made.slices;
        self.prepared = prints;
    }

    fn adopt(&mut self, options: &JudgeOptions) {
        // Tests are run between two decisions, which must not notice.
        let v0 = options.v0 || options.target.reads_v0();
        let options = JudgeOptions { v0, tests: None, ..options.clone() };
        if self.options == options {
            return;
        }
        if self.options.lang != options.lang {
            self.files.values_mut().for_each(|file| file.read = None);
        }
        if (self.options.v0, self.options.target) != (options.v0, options.target) {
            for file in self.files.values_mut().filter(|f| f.source.role == Role::Policy) {
                file.read = None;
            }
        }
        for file in self.files.values_mut() {
            if let Some(Read::Manifest(documents)) = &mut file.read {
                documents.all.iter_mut().for_each(Document::forget_inputs);
            }
        }
        if self.options.mocks != options.mocks {
            // What can be asked is another thing now.
            self.memo = Memo::default();
        }
        self.stale = true;
        self.tests.stale = true;
        self.scattered = true;
        self.options = options;
    }

    /// Finds out what the manifests say about each other, and takes back what was made when they said something else.
    fn look_around(&mut self) {
        let manifests = self.files.iter().filter_map(|(&id, file)| match &file.read {
            Some(Read::Manifest(documents)) => Some((id, documents)),
            _ => None,
        });
        let found = Surroundings::of(manifests, self.options.asked.old_file(), &self.surroundings);
        let changed = found.print != self.surroundings.print;
        self.surroundings = found;
        for file in self.files.values_mut() {
            if let Some(Read::Manifest(documents)) = &mut file.read {
                if changed {
                    documents.all.iter_mut().for_each(Document::forget_inputs);
                }
                let known = &self.surroundings;
                documents.check(&known.schemas, known.schemas_print, self.options.lang);
            }
        }
        self.scattered = false;
    }

    fn read(&mut self, step: &mut dyn FnMut(Step)) {
        for (&id, file) in &mut self.files {
            if file.read.is_some() {
                continue;
            }
            let at = Step::Read { file: id };
            let skipped =
                self.options.skip.iter().find(|skip| skip.step == at).map(|skip| skip.reason.clone());
            step(at);
            file.read = Some(match file.source.role {
                Role::Policy if !file.source.is_rego() => {
                    let (text, lang) = (&file.source.text, self.options.lang);
                    Read::Gatekeeper(Box::new(PolicyFile::read(id, text, lang)))
                }
                Role::Policy => {
                    Read::Policy(read::read_policy(&file.source, &self.options, &mut file.syntax, skipped))
                }
                Role::Manifest => Read::Manifest(Documents::read(id, &file.source.text, self.options.lang)),
                Role::Data => Read::Data(read::read_data(&file.source, self.options.lang)),
            });
        }
    }

    fn relink(&mut self) {
        self.merge_data();
        let (mut modules, mut tests) = (Vec::new(), Vec::new());
        self.broken.clear();
        for file in self.files.values() {
            match &file.read {
                Some(Read::Policy(Ok(loaded))) if is_test_package(&loaded.module.package) => {
                    tests.push(loaded.clone());
                }
                Some(Read::Policy(Ok(loaded))) => modules.push(loaded.clone()),
                Some(Read::Policy(Err(broken))) => self.broken.push((**broken).clone()),
                _ => {}
            }
        }
        let program = Program::link(modules, &self.broken, self.given(), &mut self.memo);
        self.garbage.programs.push(std::mem::replace(&mut self.program, program));
        // Unit tests are not judged: what is wrong with them refuses nothing.
        self.check(if self.options.lint { tests } else { Vec::new() });
        self.templates.link(&self.files);
        self.inventory = 0;
        self.stale = false;
    }

    /// Identifies what answers depend on besides texts of policies: data, mocks and options.
    fn given(&self) -> u64 {
        let mocks = format!("{:?}", self.options.mocks);
        hash_of((self.data, self.options.v0, self.options.now, mocks))
    }

    /// Merges the data files; of two values at one place the second is refused.
    fn merge_data(&mut self) {
        let mut merged = serde_json::Map::new();
        let mut errors = Vec::new();
        let mut texts = Vec::new();
        for (&id, file) in &self.files {
            match &file.read {
                Some(Read::Data(Ok(value))) => {
                    texts.push(hash_of(&file.source.text));
                    if let Err(message) = read::merge(&mut merged, value, "") {
                        let lines = Lines::of(&file.source.text);
                        let place = lines.place(id, &file.source.text, 0..0);
                        errors.push((id, Reason::PolicyError { place, message }));
                    }
                }
                Some(Read::Data(Err(reason))) => errors.push((id, reason.clone())),
                _ => {}
            }
        }
        let print = hash_of(&texts);
        if print != self.data || self.data_errors != errors {
            self.base = Engine::new();
            if let Err(error) = self.base.set_data(&serde_json::Value::Object(merged))
                && let Some(&id) =
                    self.files.iter().find(|(_, f)| f.source.role == Role::Data).map(|(id, _)| id)
            {
                let place = Lines::default().place(id, "", 0..0);
                errors.push((id, Reason::PolicyError { place, message: error.message }));
            }
            self.data = print;
            self.garbage.slices.append(&mut self.slices);
            self.prepared = 0;
        }
        self.data_errors = errors;
    }
}

/// Whether a file of this role can change what policies and tests say.
fn is_of_policy(role: &Role) -> bool {
    *role != Role::Manifest
}
