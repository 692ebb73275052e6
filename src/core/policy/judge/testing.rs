//! Runs the unit tests, and remembers what came of each under the fingerprint of everything that it depends on.

mod results;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use regex::Regex;

use super::ask::{Fault, Made};
use super::assemble::find_in;
use super::explaining::Explained;
use super::{Judge, Read, checks};
use crate::core::decision::answer::{Failure, NOT_JUDGED};
use crate::core::decision::{Place, Reason};
use crate::core::file::FileId;
use crate::core::policy::engine::Input;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::links::Memo;
use crate::core::policy::options::{SourceFile, Step};
use crate::core::policy::place::Lines;
use crate::core::policy::program::{Broken, Key, Loaded, Program, Unit};
use crate::core::policy::slice::{Said, Slice};
use crate::core::policy::testing::cases::Written;
use crate::core::policy::testing::discover::TestHead;
use crate::core::policy::testing::{Case, TestOptions, TestRun, key_of};
use crate::core::policy::units::Linker;
use crate::core::rego::ast::StatementKind;
use crate::core::rego::check::CheckOptions;
use crate::core::rego::parser::Version;

/// Engines are made for this many tests, then for four times as many, and so on: the first answers come soon.
const FIRST: usize = 8;
/// An engine for more tests than this would hold up a decision, and a slow machine's time limit would end it.
const MOST: usize = 128;
/// How many engines are kept.
const ENGINES: usize = 40;
/// The names of made files begin here; whoever has so many files has none of these.
const MADE: u32 = u32::MAX - (1 << 20);

/// The tests of all files, and what is known of them.
#[derive(Default)]
pub(super) struct Tests {
    pub program: Program,
    pub found: Vec<Found>,
    memo: Memo,
    pub known: HashMap<u64, Arc<Known>>,
    slices: Vec<Slice>,
    refused: HashMap<u64, Fault>,
    data: u64,
    made: usize,
    /// The files are not those that were linked.
    pub stale: bool,
}

/// A test.
pub(super) struct Found {
    pub key: Key,
    pub head: TestHead,
    /// With the number of the definition, if it has a namesake.
    pub name: String,
    pub unit: Unit,
    /// The unit holds pairs of keys and values.
    pub by_pairs: bool,
    /// What names its cases.
    pub cases: Option<Unit>,
    /// Identifies it with everything that it depends on, and its text.
    pub print: u64,
}

/// What came of a test. Places are relative to definitions, which move.
#[derive(Default)]
pub(super) struct Known {
    pub outcome: Option<Ran>,
    pub cases: Case,
    pub output: String,
    pub duration_ns: u64,
    pub explained: Option<Vec<Explained>>,
}

#[derive(Clone)]
pub(super) enum Ran {
    Pass,
    Fail,
    Error { code: &'static str, fault: Fault },
    Stopped(Reason),
}

impl Judge {
    /// Runs the tests that are not known yet, as many as time allows.
    pub(super) fn run_tests(&mut self, options: &TestOptions, step: &mut dyn FnMut(Step)) -> TestRun {
        let began = self.now_ms();
        if self.tests.stale {
            self.link_tests();
        }
        if options.strict {
            let failures = self.load_failures();
            if !failures.is_empty() {
                return TestRun { failures, ..TestRun::default() };
            }
        }
        let filter = (!options.run.is_empty()).then(|| Regex::new(&options.run));
        let filter = match filter.transpose() {
            Ok(filter) => filter,
            Err(error) => {
                let reason = Reason::RuleError { place: None, message: error.to_string() };
                let failures = vec![Failure { code: "regex".to_owned(), reason }];
                return TestRun { failures, ..TestRun::default() };
            }
        };
        let late = |judge: &Self| options.budget_ms > 0 && judge.now_ms() - began >= options.budget_ms;
        let mut tests = std::mem::take(&mut self.tests);
        let wanted: Vec<usize> = (0..tests.found.len())
            .filter(|&at| {
                let full = tests.found.get(at).map(|test| tests.full_name(test)).unwrap_or_default();
                filter.as_ref().is_none_or(|filter| filter.is_match(&full))
            })
            .collect();
        let mut more = !self.run_missing(&mut tests, &wanted, options, step, &late);
        if !more && options.explain {
            more = !self.explain_failed(&mut tests, &wanted, step, &late);
        }
        let results = wanted.iter().filter_map(|&at| tests.result(tests.found.get(at)?)).collect();
        self.tests = tests;
        TestRun { results, failures: Vec::new(), more }
    }

    /// Whether any file holds a test.
    pub(super) fn has_tests(&self) -> bool {
        let is_test = |loaded: &Loaded| loaded.module.definitions.iter().any(|d| d.definition.test.is_some());
        self.files
            .values()
            .any(|file| matches!(&file.read, Some(Read::Policy(Ok(loaded))) if is_test(loaded)))
    }

    /// What is wrong with the files, as `opa test` would refuse them.
    fn load_failures(&self) -> Vec<Failure> {
        let mut failures = self.file_failures();
        if failures.is_empty() {
            let modules = self.tests.own_modules();
            let version = if self.options.v0 { Version::V0 } else { Version::V1 };
            let options = CheckOptions { version, ..CheckOptions::default() };
            for (file, found) in checks::errors(&checks::read(&self.files, &modules), options) {
                let Some(loaded) = modules.iter().find(|loaded| loaded.file == file) else { continue };
                let place = loaded.place(found.range);
                let reason = Reason::PolicyError { place, message: found.message };
                failures.push(Failure { code: found.code, reason });
            }
        }
        failures
    }

    /// Finds the tests.
    fn link_tests(&mut self) {
        self.merge_data();
        let mut tests = std::mem::take(&mut self.tests);
        let mut modules: Vec<(&str, Arc<Loaded>)> = Vec::new();
        let mut broken: Vec<Broken> = Vec::new();
        for file in self.files.values() {
            match &file.read {
                Some(Read::Policy(Ok(loaded))) => modules.push((&file.source.name, loaded.clone())),
                Some(Read::Policy(Err(one))) => broken.push((**one).clone()),
                _ => {}
            }
        }
        modules.sort_by_key(|(name, _)| *name);
        let mut modules: Vec<Arc<Loaded>> = modules.into_iter().map(|(_, loaded)| loaded).collect();
        tests.made = modules.len();
        // The rules that name the cases stand in modules of their own, behind the others.
        let mut cases: HashMap<Key, String> = HashMap::new();
        let mut values: HashMap<Key, String> = HashMap::new();
        for module in 0..tests.made {
            let Some(loaded) = modules.get(module).cloned() else { continue };
            let mut rules = String::new();
            for (index, placed) in loaded.module.definitions.iter().enumerate() {
                let Some(head) = placed.definition.test.as_ref().filter(|head| head.parameterised) else {
                    continue;
                };
                let name = format!("regoscope_cases_{module}_{index}");
                if let Some(rule) = self.written(&loaded, index).and_then(|w| w.cases_rule(head, &name)) {
                    rules += &rule;
                    cases.insert((module, index), name);
                }
                let name = format!("regoscope_values_{module}_{index}");
                if let Some(rule) = self.written(&loaded, index).and_then(|w| w.values_rule(head, &name)) {
                    rules += &rule;
                    values.insert((module, index), name);
                }
            }
            if !rules.is_empty() {
                modules.extend(self.made_module(&loaded, module, &rules));
            }
        }
        let data = self.given();
        let (program, found) = Program::link_asking(modules, &broken, data, &mut tests.memo, |linker| {
            find(linker, tests.made, &cases, &values)
        });
        self.garbage.programs.push(std::mem::replace(&mut tests.program, program));
        tests.found = found;
        if tests.data != data {
            self.garbage.slices.append(&mut tests.slices);
            tests.data = data;
        }
        let volatile: HashSet<u64> =
            tests.found.iter().filter(|t| t.unit.volatile).map(|test| test.print).collect();
        let current: HashSet<u64> = tests.found.iter().map(|test| test.print).collect();
        tests.known.retain(|print, _| current.contains(print) && !volatile.contains(print));
        tests.refused.retain(|_, _| false);
        tests.stale = false;
        self.tests = tests;
    }

    /// A definition with the tree it was made of.
    pub(super) fn written<'a>(&'a self, loaded: &'a Loaded, index: usize) -> Option<Written<'a>> {
        let placed = loaded.module.definitions.get(index)?;
        let parsed = self.files.get(&loaded.file)?.syntax.parsed()?;
        let statements = &parsed.module.statements;
        let at = statements.binary_search_by_key(&placed.start, |statement| statement.start).ok()?;
        let statement = &statements.get(at)?.statement;
        let StatementKind::Rule(rule) = &statement.kind else { return None };
        let words = statement.dialect.word_if && statement.dialect.word_contains;
        Some(Written { rule, text: loaded.text.get(placed.range())?, words })
    }

    /// A module of rules that go beside those of another, with its package and imports.
    pub(super) fn made_module(&self, beside: &Loaded, number: usize, rules: &str) -> Option<Arc<Loaded>> {
        let parsed = self.files.get(&beside.file)?.syntax.parsed()?;
        let mut text = String::new();
        for placed in &parsed.module.statements {
            if let StatementKind::Package(_) | StatementKind::Import(_) = placed.statement.kind {
                text += beside.text.get(placed.range())?;
                text.push('\n');
            }
        }
        self.read_made(number, text + "\n" + rules)
    }

    /// Reads a text that nobody wrote.
    pub(super) fn read_made(&self, number: usize, text: String) -> Option<Arc<Loaded>> {
        let file = FileId(MADE.saturating_add(u32::try_from(number).ok()?));
        let source = SourceFile {
            file,
            name: String::new(),
            role: crate::core::file::Role::Policy,
            revision: Default::default(),
            text,
        };
        super::read::read_policy(&source, &self.options, &mut Default::default(), None).ok()
    }

    /// Runs the tests of which nothing is known. Whether that is all of them.
    fn run_missing(
        &mut self,
        tests: &mut Tests,
        wanted: &[usize],
        options: &TestOptions,
        step: &mut dyn FnMut(Step),
        late: &dyn Fn(&Self) -> bool,
    ) -> bool {
        let mut batch = if self.options.careful { 1 } else { FIRST };
        let mut ran = 0;
        let missing: Vec<usize> = wanted.iter().copied().filter(|&at| tests.is_missing(at)).collect();
        for (nth, &at) in missing.iter().enumerate() {
            let Some(test) = tests.found.get(at) else { continue };
            if tests.known.contains_key(&test.print) {
                continue;
            }
            if ran > 0 && late(self) {
                return false;
            }
            ran += 1;
            let print = test.print;
            let this = tests.step(test);
            let skipped = options.skip.iter().find(|skip| skip.step == this);
            if let Some(reason) = skipped.map(|skip| &skip.reason).or_else(|| test.unit.obstacles.first()) {
                let outcome = Some(Ran::Stopped(reason.clone()));
                tests.known.insert(print, Arc::new(Known { outcome, ..Known::default() }));
                continue;
            }
            if !tests.is_prepared(&test.unit) {
                step(if self.options.careful { this.clone() } else { Step::Prepare });
                let next: Vec<&Unit> = missing
                    .iter()
                    .skip(nth)
                    .filter_map(|&at| tests.found.get(at))
                    .filter(|t| t.unit.obstacles.is_empty() && !tests.is_prepared(&t.unit))
                    .filter(|t| options.skip.iter().all(|skip| skip.step != tests.step(t)))
                    .take(batch)
                    .flat_map(|test| std::iter::once(&test.unit).chain(&test.cases))
                    .filter(|unit| unit.obstacles.is_empty())
                    .collect();
                if !self.options.careful {
                    batch = (batch * 4).min(MOST);
                }
                let mut made = Made::of(&tests.program, next, &self.base);
                made.slices.iter_mut().for_each(|slice| slice.set_input(&Input::none()));
                tests.slices.append(&mut made.slices);
                tests.refused.extend(made.refused);
            }
            step(this);
            let Some(test) = tests.found.get(at) else { continue };
            let known = self.run_one(&mut tests.slices, &tests.refused, &tests.program, test);
            tests.known.insert(print, Arc::new(known));
        }
        let retired = tests.retire();
        self.garbage.slices.extend(retired);
        true
    }

    fn run_one(
        &self,
        slices: &mut [Slice],
        refused: &HashMap<u64, Fault>,
        program: &Program,
        test: &Found,
    ) -> Known {
        let began = self.now_ns();
        let answer = ask(slices, refused, &test.unit);
        let duration_ns = self.now_ns().saturating_sub(began);
        let mut known = Known { duration_ns, ..Known::default() };
        let value = match answer {
            Err(fault) => {
                known.outcome = Some(ran_into(fault));
                return known;
            }
            Ok((value, prints)) => {
                known.output = prints;
                value
            }
        };
        let fail = match (&value, test.head.parameterised) {
            (Some(value @ (serde_json::Value::Object(_) | serde_json::Value::Array(_))), true) => {
                known.cases = match value {
                    serde_json::Value::Array(pairs) if test.by_pairs => Case::of_pairs(pairs),
                    value => Case::of(value),
                };
                if let Some(cases) = &test.cases {
                    match ask(slices, refused, cases) {
                        Ok((Some(serde_json::Value::Array(paths)), _)) => {
                            for path in paths.iter().filter_map(|path| path.as_array()) {
                                let keys: Vec<String> = path.iter().map(key_of).collect();
                                known.cases.begun(&keys);
                            }
                        }
                        Ok(_) => {}
                        // Which cases there are is not known: none of them has passed.
                        Err(fault) => {
                            known.outcome = Some(ran_into(fault));
                            return known;
                        }
                    }
                } else {
                    let what = "the cases of this test".to_owned();
                    let place = find_in(program, &test.unit, None);
                    known.outcome = Some(Ran::Stopped(Reason::Unsupported { place, what }));
                    return known;
                }
                known.cases.fail
            }
            (value, _) => *value != Some(serde_json::Value::Bool(true)),
        };
        known.outcome = Some(if fail { Ran::Fail } else { Ran::Pass });
        known
    }

    pub(super) fn now_ns(&self) -> u64 {
        self.clock.map_or(0, |clock| clock())
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.now_ns() / 1_000_000
    }
}

/// What the engine's words mean. OPA calls one thing an error that the engine does too; anything else may be the engine's
/// own limit.
fn ran_into(fault: Fault) -> Ran {
    let conflict =
        ["multiple outputs", "conflicting values"].iter().any(|words| fault.message.contains(words));
    Ran::Error { code: if conflict { "eval_conflict_error" } else { NOT_JUDGED }, fault }
}

type Answered = Result<(Option<serde_json::Value>, String), Fault>;

/// Asks a unit. The value, and what was printed.
pub(super) fn ask(slices: &mut [Slice], refused: &HashMap<u64, Fault>, unit: &Unit) -> Answered {
    let not_there = || Fault { spot: None, message: "no engine".to_owned(), compile: true };
    if let Some(fault) = refused.get(&unit.fingerprint) {
        return Err(fault.clone());
    }
    let slice =
        slices.iter_mut().rev().find(|slice| slice.answers(unit.fingerprint)).ok_or_else(not_there)?;
    let Said { answer, .. } = slice.ask(unit.fingerprint, &Input::none()).ok_or_else(not_there)?;
    match answer {
        Ok(answer) => {
            let prints: String = answer.prints.into_iter().map(|(_, text)| text + "\n").collect();
            Ok((answer.value, prints))
        }
        Err(error) => {
            let spot = slice.spot(error.place.as_ref());
            Err(Fault { spot, message: error.message, compile: false })
        }
    }
}

/// The tests of the first modules of a program.
fn find(
    linker: &Linker<'_>,
    modules: usize,
    cases: &HashMap<Key, String>,
    values: &HashMap<Key, String>,
) -> Vec<Found> {
    let mut found = Vec::new();
    let mut namesakes: HashMap<(Vec<String>, Vec<String>), usize> = HashMap::new();
    for (module, loaded) in linker.program.modules.iter().enumerate().take(modules) {
        for (index, placed) in loaded.module.definitions.iter().enumerate() {
            let Some(head) = placed.definition.test.clone() else { continue };
            let key = (module, index);
            let mut name = head.path.join(".");
            let pairs = values.get(&key).and_then(|rule| linker.unit_of(&loaded.module.package, rule));
            let by_pairs = pairs.is_some();
            let Some(unit) = pairs.or_else(|| linker.unit_of_definition(key, &name)) else { continue };
            if !head.todo {
                let same = namesakes.entry((loaded.module.package.clone(), head.path.clone())).or_default();
                if *same > 0 {
                    name = format!("{name}#{same:02}");
                }
                *same += 1;
            }
            let cases = cases.get(&key).and_then(|rule| linker.unit_of(&loaded.module.package, rule));
            let text = loaded.text.get(placed.range());
            let print = hash_of((unit.fingerprint, cases.as_ref().map(|unit| unit.fingerprint), text));
            found.push(Found { key, head, name, unit, by_pairs, cases, print });
        }
    }
    found
}

/// The text of a module where a place is wanted that its own lines do not know.
pub(super) fn place_in(loaded: &Loaded, range: std::ops::Range<usize>) -> Place {
    let lines: &Lines = &loaded.lines;
    lines.place(loaded.file, &loaded.text, range)
}
