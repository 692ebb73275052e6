//! What was answered before, and where it holds.
//!
//! An answer holds for the input it was given for. If it shows nothing else of that input, it holds for
//! every input that is the same in what the unit can notice ([`View`]): most keys in a manifest change nothing that
//! most units look at.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ask::Outcome;
use crate::core::policy::document::Shaped;
use crate::core::policy::program::{Program, Unit};
use crate::core::policy::view::View;

/// Outcomes by fingerprints, of an input or a part of one and of a unit.
pub type Outcomes = HashMap<(u64, u64), Arc<Outcome>>;

/// Answers of the last time.
#[derive(Default)]
pub struct Memory {
    /// By the whole input.
    exact: Outcomes,
    /// By what the unit can notice of it.
    lasting: Outcomes,
    /// By unit.
    views: HashMap<u64, Arc<View>>,
    /// Fingerprints of what is seen, by input and view.
    seen: HashMap<(u64, u64), u64>,
}

impl Memory {
    /// What was asked for the last time, by the whole input.
    pub fn outcomes(&self) -> &Outcomes {
        &self.exact
    }

    /// What was answered by a unit for this very input.
    pub fn recall_exactly(&self, unit: &Unit, input: &Shaped) -> Option<Arc<Outcome>> {
        self.exact.get(&(input.print, unit.fingerprint)).filter(|_| !unit.volatile).cloned()
    }

    /// What is known of a unit on an input.
    pub fn recall(&mut self, program: &Program, unit: &Unit, input: &Shaped) -> Option<Arc<Outcome>> {
        if unit.volatile {
            return None;
        }
        if let Some(outcome) = self.recall_exactly(unit, input) {
            return Some(outcome);
        }
        let noticed = self.noticed(program, unit, input);
        self.lasting.get(&(noticed, unit.fingerprint)).cloned()
    }

    /// Keeps these outcomes, and forgets what was not asked for this time. `asked`: which unit was asked on which input,
    /// and the input of which it may have taken over the answer.
    pub fn keep<'a>(
        &mut self,
        program: &Program,
        asked: impl Iterator<Item = (&'a Unit, &'a Shaped, Option<&'a Shaped>)>,
        outcomes: Outcomes,
    ) {
        self.lasting.clear();
        let (mut units, mut inputs) = (HashSet::new(), HashSet::new());
        for (unit, input, beside) in asked {
            units.insert(unit.fingerprint);
            inputs.insert(input.print);
            let outcome = outcomes.get(&(input.print, unit.fingerprint));
            let beside = beside.and_then(|beside| outcomes.get(&(beside.print, unit.fingerprint)));
            if let (Some(outcome), Some(beside)) = (outcome, beside)
                && Arc::ptr_eq(outcome, beside)
            {
                continue;
            }
            if let Some(outcome) = outcome.filter(|outcome| !unit.volatile && outcome.lasts()) {
                let noticed = self.noticed(program, unit, input);
                self.lasting.insert((noticed, unit.fingerprint), outcome.clone());
            }
        }
        self.views.retain(|unit, _| units.contains(unit));
        self.seen.retain(|(input, _), _| inputs.contains(input));
        self.exact = outcomes;
    }

    /// What a unit can notice of an input.
    fn view(&mut self, program: &Program, unit: &Unit) -> &Arc<View> {
        self.views.entry(unit.fingerprint).or_insert_with(|| Arc::new(View::of(program, unit)))
    }

    /// Whether a unit looks at what is not known of an input.
    pub fn is_in_doubt(&mut self, program: &Program, unit: &Unit, input: &Shaped) -> bool {
        input.has_doubt() && input.is_in_doubt(self.view(program, unit))
    }

    /// Whether a unit can tell two inputs apart.
    pub fn tells_apart(&mut self, program: &Program, unit: &Unit, one: &Shaped, other: &Shaped) -> bool {
        self.noticed(program, unit, one) != self.noticed(program, unit, other)
    }

    /// The fingerprint of what a unit can notice of an input.
    fn noticed(&mut self, program: &Program, unit: &Unit, input: &Shaped) -> u64 {
        let view = self.views.entry(unit.fingerprint).or_insert_with(|| Arc::new(View::of(program, unit)));
        *self.seen.entry((input.print, view.print)).or_insert_with(|| input.print_in(view))
    }
}

impl Outcome {
    /// Whether it holds wherever the unit notices the same. What loops were at, and what the engine says of an error,
    /// may show more of the input than was looked at.
    fn lasts(&self) -> bool {
        self.error.is_none()
            && self.builtin_errors.is_empty()
            && self.objections.iter().all(|objection| objection.firings.is_empty())
    }
}
