//! Judges manifests by policies, and remembers what it judged.
//!
//! Everything is known by the fingerprint of what it depends on: an edit changes the fingerprints of the units that
//! can notice it, those are evaluated again in a [`Slice`] that holds no more than they need, and the answers of all
//! others are still there. Nothing else decides what is judged again, so an incremental run and a fresh one agree.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::core::decision::{
    Cell, Demand, Evaluation, Finding, JudgedDocument, Place, Reason, Remark, Verdict,
};
use crate::core::diagnostics::{Diagnostic, Origin, Severity};
use crate::core::file::{FileId, Role};
use crate::core::manifest;
use crate::core::policy::document::{Document, Documents};
use crate::core::policy::engine::{self, Engine, Input};
use crate::core::policy::entries::{Entry, exception_key, is_test_package};
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::locate;
use crate::core::policy::module::{Definition, Step as PathStep};
use crate::core::policy::options::{InputShape, JudgeOptions, SourceFile, Step};
use crate::core::policy::place::Lines;
use crate::core::policy::program::{Broken, Loaded, Program, Unit, takes_part};
use crate::core::policy::results::{self, Objection};
use crate::core::policy::slice::{Said, Slice, Spot};
use crate::strings::Lang;

/// How many engines are kept.
const ENGINES: usize = 80;

/// Judges; holds the state of all files.
#[derive(Default)]
pub struct Judge {
    files: BTreeMap<FileId, File>,
    options: JudgeOptions,
    program: Program,
    broken: Vec<Broken>,
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
    known: HashMap<(u64, u64), Arc<Outcome>>,
    stale: bool,
    garbage: Garbage,
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
}

/// What a file holds.
enum Read {
    Policy(Result<Arc<Loaded>, Broken>),
    Manifest(Documents),
    Data(Result<serde_json::Value, Reason>),
}

/// What came of one unit on one input. Places are relative to definitions, which move.
#[derive(Debug, Default)]
struct Outcome {
    objections: Vec<Objection>,
    exceptions: Vec<String>,
    error: Option<Fault>,
    builtin_errors: Vec<(Option<Spot>, String)>,
    prints: Vec<(Option<Spot>, String)>,
}

/// Why a unit has no answer.
#[derive(Debug, Clone)]
struct Fault {
    spot: Option<Spot>,
    message: String,
    /// Found before anything was evaluated.
    compile: bool,
}

impl Judge {
    /// An empty judge.
    #[must_use]
    pub fn new() -> Self {
        Self { stale: true, ..Self::default() }
    }

    /// Adds a file or replaces its text. It is read when it is judged.
    pub fn put(&mut self, source: SourceFile) {
        self.stale |= source.role != Role::Manifest;
        let old = self.files.insert(source.file, File { source, read: None });
        self.stale |= old.is_some_and(|file| file.source.role != Role::Manifest);
    }

    /// Takes a file away.
    pub fn remove(&mut self, file: FileId) {
        let old = self.files.remove(&file);
        self.stale |= old.is_some_and(|file| file.source.role != Role::Manifest);
    }

    /// What can be dropped now.
    pub fn take_garbage(&mut self) -> Garbage {
        std::mem::take(&mut self.garbage)
    }

    /// Judges all documents by all policies. `step` hears what is about to be done.
    pub fn judge(&mut self, run: u64, options: &JudgeOptions, step: &mut dyn FnMut(Step)) -> Evaluation {
        self.adopt(options);
        self.read(step);
        if self.stale {
            self.relink();
        }
        let outcomes = self.evaluate(step);
        let evaluation = self.assemble(run, &outcomes);
        // What was not asked for this time is forgotten.
        self.known = outcomes;
        evaluation
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
        let made = Made::of(&self.program, sound, &self.base, self.options.v0);
        self.refused.extend(made.refused);
        self.garbage.slices.append(&mut self.slices);
        self.slices = made.slices;
        self.prepared = prints;
    }

    fn adopt(&mut self, options: &JudgeOptions) {
        if self.options == *options {
            return;
        }
        if self.options.lang != options.lang {
            self.files.values_mut().for_each(|file| file.read = None);
        }
        if self.options.v0 != options.v0 {
            for file in self.files.values_mut().filter(|f| f.source.role == Role::Policy) {
                file.read = None;
            }
        }
        for file in self.files.values_mut() {
            if let Some(Read::Manifest(documents)) = &mut file.read {
                documents.all.iter_mut().for_each(Document::forget_inputs);
            }
        }
        self.stale = true;
        self.options = options.clone();
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
                Role::Policy => Read::Policy(read_policy(&file.source, self.options.v0, skipped)),
                Role::Manifest => Read::Manifest(Documents::read(id, &file.source.text, self.options.lang)),
                Role::Data => Read::Data(read_data(&file.source, self.options.lang)),
            });
        }
    }

    fn relink(&mut self) {
        self.merge_data();
        let mut modules = Vec::new();
        self.broken.clear();
        for file in self.files.values() {
            match &file.read {
                Some(Read::Policy(Ok(loaded))) if takes_part(&loaded.module.package) => {
                    modules.push(loaded.clone());
                }
                Some(Read::Policy(Err(broken))) => self.broken.push(broken.clone()),
                _ => {}
            }
        }
        let program = Program::link(modules, &self.broken, hash_of((self.data, self.options.v0)));
        self.garbage.programs.push(std::mem::replace(&mut self.program, program));
        self.stale = false;
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
                    if let Err(message) = merge(&mut merged, value, "") {
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

    /// The shape in which a policy reads its input.
    fn shape_of(&self, policy: usize) -> InputShape {
        if self.options.shape != InputShape::Auto {
            return self.options.shape;
        }
        let mut shape = InputShape::Object;
        for unit in self.program.units.iter().filter(|unit| unit.policy == policy) {
            for &key in unit.needs.iter() {
                let Some(loaded) = self.program.modules.get(key.0) else { continue };
                let Some(definition) = self.program.definition(key) else { continue };
                let direct = definition.input.iter().filter_map(|path| match path.0.first() {
                    Some(PathStep::Key(first)) => Some(first.as_str()),
                    _ => None,
                });
                let imported =
                    loaded.module.imports.iter().filter(|i| definition.names.contains(&i.name)).filter_map(
                        |import| match import.path.as_slice() {
                            [root, first, ..] if root == "input" => Some(first.as_str()),
                            _ => None,
                        },
                    );
                for first in direct.chain(imported) {
                    match first {
                        "request" => return InputShape::Request,
                        "review" => shape = InputShape::Review,
                        _ => {}
                    }
                }
            }
        }
        shape
    }

    /// Finds the outcome of every unit on every document, evaluating what is not known.
    fn evaluate(&mut self, step: &mut dyn FnMut(Step)) -> HashMap<(u64, u64), Arc<Outcome>> {
        let shapes: Vec<InputShape> =
            (0..self.program.policies.len()).map(|policy| self.shape_of(policy)).collect();
        let shape_of = |unit: &Unit| shapes.get(unit.policy).copied().unwrap_or_default();
        let mut inputs: Vec<HashMap<InputShape, (Input, u64)>> = Vec::new();
        let options = self.options.clone();
        for file in self.files.values_mut() {
            if let Some(Read::Manifest(documents)) = &mut file.read {
                for document in &mut documents.all {
                    let wanted: HashSet<InputShape> = shapes.iter().copied().collect();
                    let made = wanted
                        .into_iter()
                        .filter_map(|shape| Some((shape, document.input(shape, &options)?)));
                    inputs.push(made.collect());
                }
            }
        }
        let mut outcomes: HashMap<(u64, u64), Arc<Outcome>> = HashMap::new();
        let mut missing: Vec<&Unit> = Vec::new();
        for unit in self.program.units.iter().filter(|unit| unit.obstacles.is_empty()) {
            if self.skipped(unit).is_some() {
                continue;
            }
            let mut known = true;
            for input in &inputs {
                let Some((_, print)) = input.get(&shape_of(unit)) else { continue };
                let key = (*print, unit.fingerprint);
                match self.known.get(&key).filter(|_| !unit.volatile) {
                    Some(outcome) => {
                        outcomes.insert(key, outcome.clone());
                    }
                    None => known = false,
                }
            }
            if !known {
                missing.push(unit);
            }
        }
        if missing.is_empty() {
            return outcomes;
        }
        let unprepared: Vec<&Unit> = missing
            .iter()
            .copied()
            .filter(|unit| {
                !self.refused.contains_key(&unit.fingerprint)
                    && !self.slices.iter().any(|slice| slice.answers(unit.fingerprint))
            })
            .collect();
        if !unprepared.is_empty() {
            step(Step::Prepare);
            let mut made = Made::of(&self.program, unprepared, &self.base, options.v0);
            self.slices.append(&mut made.slices);
            self.refused.extend(made.refused);
        }
        for input in &inputs {
            let mut set = None;
            for unit in &missing {
                let shape = shape_of(unit);
                let Some((value, print)) = input.get(&shape) else { continue };
                let key = (*print, unit.fingerprint);
                if outcomes.contains_key(&key) {
                    continue;
                }
                if set != Some(shape) {
                    set = Some(shape);
                    self.slices.iter_mut().for_each(|slice| slice.set_input(value));
                }
                let outcome = match self.refused.get(&unit.fingerprint) {
                    Some(fault) => Outcome { error: Some(fault.clone()), ..Outcome::default() },
                    None => {
                        step(step_of(&self.program, unit));
                        let mut slices = self.slices.iter_mut().rev();
                        let Some(slice) = slices.find(|slice| slice.answers(unit.fingerprint)) else {
                            continue;
                        };
                        let Some(said) = slice.ask(unit.fingerprint, value) else { continue };
                        read_answer(unit, said, slice)
                    }
                };
                outcomes.insert(key, Arc::new(outcome));
            }
        }
        self.retire();
        outcomes
    }

    /// Lets go of engines that answer nothing any more, and of the oldest if there are many.
    fn retire(&mut self) {
        let current: HashSet<u64> = self.program.units.iter().map(|unit| unit.fingerprint).collect();
        self.refused.retain(|print, _| current.contains(print));
        let mut kept = Vec::new();
        let mut covered: HashSet<u64> = HashSet::new();
        for slice in std::mem::take(&mut self.slices).into_iter().rev() {
            let news =
                slice.prints().filter(|print| current.contains(print) && !covered.contains(print)).count();
            if news > 0 && kept.len() < ENGINES {
                covered.extend(slice.prints());
                kept.push(slice);
            } else {
                self.garbage.slices.push(slice);
            }
        }
        kept.reverse();
        self.slices = kept;
    }

    fn skipped(&self, unit: &Unit) -> Option<Reason> {
        if self.options.skip.is_empty() {
            return None;
        }
        let at = step_of(&self.program, unit);
        self.options.skip.iter().find(|skip| skip.step == at).map(|skip| skip.reason.clone())
    }
}

/// The step that evaluates a unit.
fn step_of(program: &Program, unit: &Unit) -> Step {
    let package = program.policies.get(unit.policy).map(|p| p.package.clone()).unwrap_or_default();
    let definition = unit.definition.map(|key| {
        let same = program.units.iter().filter(|u| u.policy == unit.policy && u.rule == unit.rule);
        same.take_while(|u| u.definition != Some(key)).count()
    });
    Step::Rule { package, rule: unit.rule.clone(), definition }
}

/// Reads a file as a module.
fn read_policy(source: &SourceFile, v0: bool, skipped: Option<Reason>) -> Result<Arc<Loaded>, Broken> {
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let lines = Lines::of(text);
    let broken = |reason| {
        let package = declared_package(text);
        let is_test = package.as_deref().is_some_and(is_test_package) || source.name.ends_with("_test.rego");
        Broken { file: source.file, package, reason, is_test }
    };
    if let Some(reason) = skipped {
        return Err(broken(reason));
    }
    match engine::outline(&source.name, text, v0) {
        Ok(module) => {
            let imports: Vec<&str> = module.imports.iter().map(|import| import.text.as_str()).collect();
            let preamble = hash_of((&module.package, imports));
            Ok(Arc::new(Loaded { file: source.file, text: Arc::from(text), lines, module, preamble }))
        }
        Err(error) => {
            let at = error.place.as_ref().map_or(0, |place| place.offset_in(text));
            let place = lines.place(source.file, text, at..at);
            Err(broken(Reason::PolicyError { place, message: error.message }))
        }
    }
}

/// The package of a text that does not parse.
fn declared_package(text: &str) -> Option<Vec<String>> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("package "))?;
    let path: Vec<String> =
        line.split('#').next()?.trim().split('.').map(|part| part.trim().to_owned()).collect();
    let plain = |part: &String| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    path.iter().all(plain).then_some(path)
}

fn read_data(source: &SourceFile, lang: Lang) -> Result<serde_json::Value, Reason> {
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let error = |at: usize, message: String| {
        let place = Lines::of(text).place(source.file, text, at..at);
        Err(Reason::PolicyError { place, message })
    };
    let read = manifest::read(text);
    let mut documents = read.documents.into_iter();
    let (first, second) = (documents.next(), documents.next());
    match (first, second) {
        (None, _) => Ok(serde_json::Value::Null),
        (Some(first), None) => match (first.value, first.faults.first()) {
            (Some(value), None) => Ok(value),
            (_, Some(fault)) => {
                let diagnostic = fault.diagnostic(lang);
                error(diagnostic.range.start, diagnostic.message)
            }
            (None, None) => Ok(serde_json::Value::Null),
        },
        (Some(_), Some(second)) => error(second.range.start, "a data file holds one document".to_owned()),
    }
}

/// Merges an object into another; says where two values meet.
fn merge(
    into: &mut serde_json::Map<String, serde_json::Value>,
    value: &serde_json::Value,
    path: &str,
) -> Result<(), String> {
    let Some(fields) = value.as_object() else { return Ok(()) };
    for (key, value) in fields {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match into.get_mut(key) {
            None => {
                into.insert(key.clone(), value.clone());
            }
            Some(serde_json::Value::Object(old)) if value.is_object() => merge(old, value, &path)?,
            Some(old) if old == value => {}
            Some(_) => return Err(format!("two data files have different values at {path}")),
        }
    }
    Ok(())
}

/// Engines made for some units.
#[derive(Default)]
struct Made {
    slices: Vec<Slice>,
    /// What the engine refuses even alone.
    refused: HashMap<u64, Fault>,
}

impl Made {
    /// Builds a slice of these units. What the engine refuses is set aside and tried alone: one bad rule stops the
    /// engine, and must not stop the others.
    fn of(program: &Program, units: Vec<&Unit>, base: &Engine, v0: bool) -> Self {
        let mut made = Self::default();
        let mut together = units;
        let mut aside: Vec<&Unit> = Vec::new();
        while !together.is_empty() {
            match Slice::build(program, &together, base, v0) {
                Ok(slice) => {
                    made.slices.push(slice);
                    break;
                }
                Err((spot, _)) => {
                    let meant = |unit: &&Unit| {
                        spot.is_none_or(|spot| {
                            let is_it = |d: &Definition| d.hash == spot.definition;
                            unit.needs.iter().any(|&key| program.definition(key).is_some_and(|d| is_it(d)))
                        })
                    };
                    let (bad, good): (Vec<&Unit>, Vec<&Unit>) = together.into_iter().partition(meant);
                    // Without a culprit among them all are tried alone.
                    let lost = bad.is_empty();
                    aside.extend(bad);
                    together = good;
                    if lost {
                        aside.append(&mut together);
                    }
                }
            }
        }
        for unit in aside {
            match Slice::build(program, &[unit], base, v0) {
                Ok(slice) => made.slices.push(slice),
                Err((spot, error)) => {
                    let fault = Fault { spot, message: error.message, compile: true };
                    made.refused.insert(unit.fingerprint, fault);
                }
            }
        }
        made
    }
}

/// Reads what the engine says about a unit.
fn read_answer(unit: &Unit, said: Said, slice: &Slice) -> Outcome {
    let mut outcome = Outcome::default();
    if let Some(error) = said.builtin_error {
        outcome.builtin_errors.push((slice.spot(error.place.as_ref()), error.message));
    }
    match said.answer {
        Ok(answer) => {
            outcome.prints =
                answer.prints.into_iter().map(|(place, text)| (slice.spot(place.as_ref()), text)).collect();
            match results::objections(unit.entry, &unit.rule, answer.value.as_ref()) {
                Ok(objections) => outcome.objections = objections,
                Err(message) => outcome.error = Some(Fault { spot: None, message, compile: false }),
            }
            if unit.entry == Entry::Exception {
                outcome.exceptions = results::exceptions(answer.value.as_ref());
            }
        }
        Err(error) => {
            let spot = slice.spot(error.place.as_ref());
            outcome.error = Some(Fault { spot, message: error.message, compile: false });
        }
    }
    outcome
}

impl Judge {
    /// The place of a spot, looked for among what a unit needs.
    fn find(&self, unit: &Unit, spot: Option<Spot>) -> Option<Place> {
        let spot = spot?;
        let key = unit
            .needs
            .iter()
            .find(|&&key| self.program.definition(key).is_some_and(|d| d.hash == spot.definition))?;
        let definition = self.program.definition(*key)?;
        let at = (definition.range.start + spot.offset).min(definition.range.end);
        let text = self.program.modules.get(key.0).map(|m| m.text.clone())?;
        self.program.place(key.0, at..word_end(&text, at))
    }

    fn assemble(&self, run: u64, outcomes: &HashMap<(u64, u64), Arc<Outcome>>) -> Evaluation {
        let policies = self.program.policies.clone();
        let shapes: Vec<InputShape> = (0..policies.len()).map(|policy| self.shape_of(policy)).collect();
        let has_policies = self.files.values().any(|file| file.source.role == Role::Policy);
        let mut documents = Vec::new();
        let mut prints = Vec::new();
        for file in self.files.values() {
            let Some(Read::Manifest(read)) = &file.read else { continue };
            for document in &read.all {
                let mut judged = JudgedDocument {
                    place: document.place.clone(),
                    index: document.index,
                    api_version: document.text("/apiVersion").to_owned(),
                    kind: document.text("/kind").to_owned(),
                    namespace: document.text("/metadata/namespace").to_owned(),
                    name: match document.text("/metadata/name") {
                        "" => document.text("/metadata/generateName").to_owned(),
                        name => name.to_owned(),
                    },
                    verdict: Verdict::NotJudged,
                    cells: Vec::new(),
                    reason: document.object.as_ref().err().cloned(),
                };
                if judged.reason.is_none() {
                    if policies.is_empty() {
                        judged.reason =
                            Some(if has_policies { Reason::NoEntryRule } else { Reason::NothingToJudge });
                    }
                    for policy in 0..policies.len() {
                        let shape = shapes.get(policy).copied().unwrap_or_default();
                        judged.cells.push(self.cell(policy, (read, document), shape, outcomes, &mut prints));
                    }
                    judged.verdict =
                        judged.cells.iter().map(|cell| cell.verdict).max().unwrap_or(Verdict::NotJudged);
                }
                documents.push(judged);
            }
        }
        Evaluation {
            run,
            revisions: self.files.values().map(|f| (f.source.file, f.source.revision)).collect(),
            policies,
            documents,
            diagnostics: self.diagnostics(outcomes),
            prints,
            elapsed_us: 0,
        }
    }

    fn cell(
        &self,
        policy: usize,
        (documents, document): (&Documents, &Document),
        shape: InputShape,
        outcomes: &HashMap<(u64, u64), Arc<Outcome>>,
        prints: &mut Vec<Remark>,
    ) -> Cell {
        let info = self.program.policies.get(policy);
        let mut cell = Cell {
            verdict: Verdict::Allow,
            findings: Vec::new(),
            reasons: info.and_then(|p| p.reason.clone()).into_iter().collect(),
            builtin_errors: Vec::new(),
        };
        cell.reasons.extend(self.data_errors.iter().map(|(_, reason)| reason.clone()));
        let mut taken_back: Vec<String> = Vec::new();
        let mut unsure = false;
        let print = document.known_print(shape);
        for unit in self.program.units.iter().filter(|unit| unit.policy == policy) {
            let outcome = print.and_then(|print| outcomes.get(&(print, unit.fingerprint)));
            let mut reasons = unit.obstacles.clone();
            reasons.extend(self.skipped(unit));
            match outcome {
                Some(outcome) => {
                    reasons.extend(outcome.error.as_ref().map(|fault| self.reason(unit, fault)));
                    let remark = |(spot, text): &(Option<Spot>, String)| Remark {
                        place: self.find(unit, *spot),
                        text: text.clone(),
                    };
                    cell.builtin_errors.extend(outcome.builtin_errors.iter().map(remark));
                    prints.extend(outcome.prints.iter().map(remark));
                    taken_back.extend(outcome.exceptions.iter().cloned());
                    for objection in &outcome.objections {
                        self.add_finding(&mut cell, policy, unit, objection, (documents, document), shape);
                    }
                }
                None if reasons.is_empty() => {
                    reasons.push(Reason::RuleError { place: None, message: "not evaluated".to_owned() });
                }
                None => {}
            }
            unsure |= unit.entry == Entry::Exception && !reasons.is_empty();
            for reason in reasons {
                if !cell.reasons.contains(&reason) {
                    cell.reasons.push(reason);
                }
            }
        }
        if !taken_back.is_empty() {
            cell.findings.retain(|finding| !taken_back.iter().any(|key| key == exception_key(&finding.rule)));
        }
        let denies = cell.findings.iter().any(|finding| finding.severity == Demand::Deny);
        cell.verdict = match () {
            () if denies && !unsure => Verdict::Deny,
            () if !cell.reasons.is_empty() => Verdict::NotJudged,
            () if !cell.findings.is_empty() => Verdict::Warn,
            () => Verdict::Allow,
        };
        cell
    }

    fn add_finding(
        &self,
        cell: &mut Cell,
        policy: usize,
        unit: &Unit,
        objection: &Objection,
        (documents, document): (&Documents, &Document),
        shape: InputShape,
    ) {
        let same = |finding: &Finding| {
            finding.rule == unit.rule
                && finding.msg == objection.msg
                && finding.details == objection.details
                && finding.severity == objection.demand
        };
        // Equal results of several definitions are one member of the rule's set.
        if unit.definition.is_some() && cell.findings.iter().any(same) {
            return;
        }
        let definitions: Vec<_> =
            unit.needs.iter().filter_map(|&key| self.program.definition(key)).map(Arc::as_ref).collect();
        cell.findings.push(Finding {
            policy,
            package: self.program.policies.get(policy).map(|p| p.package.clone()).unwrap_or_default(),
            rule: unit.rule.clone(),
            severity: objection.demand,
            msg: objection.msg.clone(),
            details: objection.details.clone(),
            policy_location: self.defined_at(unit),
            manifest_locations: locate::places(documents, document, shape, &definitions),
        });
    }

    /// Where the rule of a unit stands: its definition, or the first one of the rule.
    fn defined_at(&self, unit: &Unit) -> Option<Place> {
        let package = &self.program.policies.get(unit.policy)?.package;
        let key = unit.definition.or_else(|| {
            unit.needs.iter().copied().find(|&key| {
                let own =
                    self.program.modules.get(key.0).is_some_and(|m| m.module.package.join(".") == *package);
                own && self.program.definition(key).is_some_and(|d| d.name == unit.rule)
            })
        })?;
        let definition = self.program.definition(key)?;
        let first = definition.text.lines().next().map_or(0, |line| line.trim_end().len());
        self.program.place(key.0, definition.range.start..definition.range.start + first)
    }

    fn reason(&self, unit: &Unit, fault: &Fault) -> Reason {
        let message = fault.message.clone();
        match self.find(unit, fault.spot) {
            Some(place) if fault.compile => Reason::PolicyError { place, message },
            place => Reason::RuleError { place: place.or_else(|| self.defined_at(unit)), message },
        }
    }

    /// Errors of texts, by file.
    fn diagnostics(&self, outcomes: &HashMap<(u64, u64), Arc<Outcome>>) -> Vec<(FileId, Vec<Diagnostic>)> {
        let mut by_file: BTreeMap<FileId, Vec<Diagnostic>> =
            self.files.keys().map(|&id| (id, Vec::new())).collect();
        for file in self.files.values() {
            if let Some(Read::Manifest(documents)) = &file.read {
                let remarks = by_file.entry(file.source.file).or_default();
                remarks.extend(documents.diagnostics.iter().cloned());
            }
        }
        let mut say = |reason: &Reason, origin: Origin| {
            let Some((place, diagnostic)) = remark(reason, origin) else { return };
            let remarks = by_file.entry(place.file).or_default();
            // The error of a file is the obstacle of every unit that needs the file.
            if !remarks.iter().any(|r| r.range == diagnostic.range && r.message == diagnostic.message) {
                remarks.push(diagnostic);
            }
        };
        for broken in &self.broken {
            say(&broken.reason, Origin::Syntax);
        }
        for (_, reason) in &self.data_errors {
            say(reason, Origin::Yaml);
        }
        for unit in &self.program.units {
            unit.obstacles.iter().for_each(|reason| say(reason, Origin::Compile));
        }
        let faults: HashMap<u64, &Fault> =
            outcomes.iter().filter_map(|((_, print), o)| Some((*print, o.error.as_ref()?))).collect();
        for unit in &self.program.units {
            if let Some(fault) = faults.get(&unit.fingerprint) {
                say(&self.reason(unit, fault), Origin::Compile);
            }
        }
        by_file.into_iter().collect()
    }
}

/// A reason with a place as a diagnostic.
fn remark(reason: &Reason, origin: Origin) -> Option<(&Place, Diagnostic)> {
    let (place, message, code, severity) = match reason {
        Reason::PolicyError { place, message } => {
            let code = if origin == Origin::Syntax { "rego_parse_error" } else { "rego_compile_error" };
            (place, message.clone(), code, Severity::Error)
        }
        Reason::ManifestError { place, message } => (place, message.clone(), "yaml", Severity::Error),
        Reason::RuleError { place: Some(place), message } => {
            (place, message.clone(), "eval_error", Severity::Error)
        }
        Reason::Unsupported { place: Some(place), what } => {
            (place, format!("not judged as OPA does: {what}"), "unsupported", Severity::Error)
        }
        _ => return None,
    };
    let diagnostic = Diagnostic {
        range: place.range.clone(),
        severity,
        origin,
        code: code.to_owned(),
        message,
        approximate: false,
    };
    Some((place, diagnostic))
}

/// The end of the word that starts at a byte offset; at least one character, unless a line ends there.
fn word_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let one = rest.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
    at + word.max(one)
}
