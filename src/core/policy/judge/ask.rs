//! Asks the engine what is not known yet.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::memory::Outcomes;
use super::{Judge, Read};
use crate::core::decision::Reason;
use crate::core::policy::document::{Shaped, Subject};
use crate::core::policy::engine::Engine;
use crate::core::policy::entries::Entry;
use crate::core::policy::module::Definition;
use crate::core::policy::options::{InputShape, Step};
use crate::core::policy::program::{Program, Unit};
use crate::core::policy::results::{self, Objection};
use crate::core::policy::slice::{Said, Slice, Spot};

/// How many engines are kept.
const ENGINES: usize = 80;

/// What came of one unit on one input. Places are relative to definitions, which move.
#[derive(Debug, Default)]
pub struct Outcome {
    pub objections: Vec<Objection>,
    pub exceptions: Vec<String>,
    pub error: Option<Fault>,
    pub builtin_errors: Vec<(Option<Spot>, String)>,
    pub prints: Vec<(Option<Spot>, String)>,
}

/// Why a unit has no answer.
#[derive(Debug, Clone)]
pub struct Fault {
    pub spot: Option<Spot>,
    pub message: String,
    /// Found before anything was evaluated.
    pub compile: bool,
}

/// A document in one of its readings, as policies of each shape get to see it.
struct Readings {
    shapes: HashMap<InputShape, Shaped>,
    /// The number of the reading that is judged, if this is the other one.
    beside: Option<usize>,
}

impl Judge {
    /// The shape in which a policy reads its input.
    pub(super) fn shape_of(&self, policy: usize) -> InputShape {
        match self.options.asked.shape {
            InputShape::Auto => self.program.shapes.get(policy).copied().unwrap_or_default(),
            shape => shape,
        }
    }

    /// Whether the user has switched the policy of a unit off.
    fn is_off(&self, unit: &Unit) -> bool {
        let policy = self.program.policies.get(unit.policy);
        policy.is_some_and(|policy| self.options.asked.off.contains(&policy.package))
    }

    /// Finds the outcome of every unit on every document, evaluating what is not known.
    pub(super) fn evaluate(&mut self, step: &mut dyn FnMut(Step)) {
        let shapes: Vec<InputShape> =
            (0..self.program.policies.len()).map(|policy| self.shape_of(policy)).collect();
        let shape_of = |unit: &Unit| shapes.get(unit.policy).copied().unwrap_or_default();
        let wanted: HashSet<InputShape> = shapes.iter().copied().collect();
        let options = self.options.clone();
        let mut inputs: Vec<Readings> = Vec::new();
        for file in self.files.values_mut().filter(|file| Some(file.source.file) != options.asked.old_file())
        {
            let Some(Read::Manifest(documents)) = &mut file.read else { continue };
            for document in documents.all.iter_mut().filter(|d| d.subject(&options) == Subject::Judged) {
                let mut main = HashMap::new();
                let mut other = HashMap::new();
                for &shape in &wanted {
                    main.extend(Some(shape).zip(document.input(shape, &options, &self.surroundings)));
                    other.extend(Some(shape).zip(document.other_input(shape, &options, &self.surroundings)));
                }
                let beside = (!other.is_empty()).then_some(inputs.len());
                inputs.push(Readings { shapes: main, beside: None });
                if beside.is_some() {
                    inputs.push(Readings { shapes: other, beside });
                }
            }
        }
        let beside = |input: &Readings, shape: InputShape| inputs.get(input.beside?)?.shapes.get(&shape);
        let asked: Vec<&Unit> = self
            .program
            .units
            .iter()
            .filter(|unit| unit.obstacles.is_empty() && self.skipped(unit).is_none() && !self.is_off(unit))
            .collect();
        let mut outcomes = Outcomes::new();
        let mut missing: Vec<&Unit> = Vec::new();
        let known_doubts = std::mem::take(&mut self.doubts);
        // Answers that hold for the other reading too: of which input, for which, of which unit.
        let mut shared: Vec<(u64, u64, u64)> = Vec::new();
        let mut is_shared: HashSet<(u64, u64)> = HashSet::new();
        for &unit in &asked {
            let shape = shape_of(unit);
            let mut known = true;
            for readings in &inputs {
                let Some(input) = readings.shapes.get(&shape) else { continue };
                let key = (input.print, unit.fingerprint);
                let mut doubt = known_doubts.contains(&key);
                if !doubt && let Some(outcome) = self.memory.recall_exactly(unit, input) {
                    outcomes.insert(key, outcome);
                    continue;
                }
                doubt = doubt || self.memory.is_in_doubt(&self.program, unit, input);
                if doubt {
                    self.doubts.insert(key);
                    continue;
                }
                if let Some(main) = beside(readings, shape)
                    && !self.memory.tells_apart(&self.program, unit, main, input)
                {
                    shared.push((main.print, input.print, unit.fingerprint));
                    is_shared.insert(key);
                    continue;
                }
                match self.memory.recall(&self.program, unit, input) {
                    Some(outcome) => drop(outcomes.insert(key, outcome)),
                    None => known = false,
                }
            }
            if !known {
                missing.push(unit);
            }
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
            let mut made = Made::by_steps(&self.program, unprepared, &self.base, options.careful, step);
            self.slices.append(&mut made.slices);
            self.refused.extend(made.refused);
        }
        for readings in &inputs {
            let mut set = None;
            for unit in &missing {
                let shape = shape_of(unit);
                let Some(input) = readings.shapes.get(&shape) else { continue };
                let key = (input.print, unit.fingerprint);
                if outcomes.contains_key(&key) || self.doubts.contains(&key) || is_shared.contains(&key) {
                    continue;
                }
                let value = input.input();
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
        for (main, other, unit) in shared {
            if let Some(outcome) = outcomes.get(&(main, unit)).cloned() {
                outcomes.insert((other, unit), outcome);
            }
        }
        let pairs = asked.iter().flat_map(|&unit| {
            let shape = shape_of(unit);
            inputs
                .iter()
                .filter_map(move |input| Some((unit, input.shapes.get(&shape)?, beside(input, shape))))
        });
        self.memory.keep(&self.program, pairs, outcomes);
        if !missing.is_empty() {
            self.retire();
        }
    }

    /// Finds the units that the engine refuses, and evaluates nothing.
    pub(super) fn compile(&mut self, step: &mut dyn FnMut(Step)) {
        let sound = |unit: &&Unit| unit.obstacles.is_empty() && self.skipped(unit).is_none();
        let units: Vec<&Unit> = self.program.units.iter().filter(sound).collect();
        let made = Made::by_steps(&self.program, units, &self.base, self.options.careful, step);
        self.garbage.slices.extend(made.slices);
        self.refused.extend(made.refused);
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

    pub(super) fn skipped(&self, unit: &Unit) -> Option<Reason> {
        if self.options.skip.is_empty() {
            return None;
        }
        let at = step_of(&self.program, unit);
        self.options.skip.iter().find(|skip| skip.step == at).map(|skip| skip.reason.clone())
    }
}

/// The step that evaluates a unit.
pub(super) fn step_of(program: &Program, unit: &Unit) -> Step {
    let package = program.policies.get(unit.policy).map(|p| p.package.clone()).unwrap_or_default();
    Step::Rule { package, rule: unit.name.clone(), definition: unit.definition.map(|(_, at)| at) }
}

/// Engines made for some units.
#[derive(Default)]
pub struct Made {
    pub slices: Vec<Slice>,
    /// What the engine refuses even alone.
    pub refused: HashMap<u64, Fault>,
}

impl Made {
    fn append(&mut self, mut other: Self) {
        self.slices.append(&mut other.slices);
        self.refused.extend(other.refused);
    }

    /// [`Made::of`] all of them, or of one after the other where it must be known which one ends the process.
    fn by_steps(
        program: &Program,
        units: Vec<&Unit>,
        base: &Engine,
        careful: bool,
        step: &mut dyn FnMut(Step),
    ) -> Self {
        if !careful {
            step(Step::Prepare);
            return Self::of(program, units, base);
        }
        let mut made = Self::default();
        for unit in units {
            step(step_of(program, unit));
            made.append(Self::of(program, vec![unit], base));
        }
        made
    }

    /// Builds a slice of these units. What the engine refuses is set aside and tried alone: one bad rule stops the
    /// engine, and must not stop the others.
    pub fn of(program: &Program, units: Vec<&Unit>, base: &Engine) -> Self {
        let mut made = Self::default();
        let mut together = units;
        let mut aside: Vec<&Unit> = Vec::new();
        while !together.is_empty() {
            match Slice::build(program, &together, base) {
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
            match Slice::build(program, &[unit], base) {
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
pub(super) fn read_answer(unit: &Unit, said: Said, slice: &Slice) -> Outcome {
    let mut outcome = Outcome::default();
    if let Some(error) = said.builtin_error {
        outcome.builtin_errors.push((slice.spot(error.place.as_ref()), error.message));
    }
    match said.answer {
        Ok(answer) => {
            outcome.prints =
                answer.prints.into_iter().map(|(place, text)| (slice.spot(place.as_ref()), text)).collect();
            match results::objections(unit.entry, &unit.name, answer.value.as_ref()) {
                Ok(objections) => {
                    outcome.objections = objections;
                    for objection in &mut outcome.objections {
                        let made = answer.fired.iter().filter(|firing| firing.value == objection.value);
                        objection.firings = made.cloned().collect();
                    }
                }
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
