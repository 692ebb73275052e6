//! What is known of the tests, as it is told.

use std::collections::HashSet;
use std::sync::Arc;

use super::{ENGINES, Found, Ran, Tests};
use crate::core::decision::answer::NOT_JUDGED;
use crate::core::decision::{Place, Reason};
use crate::core::policy::judge::assemble::find_in;
use crate::core::policy::options::Step;
use crate::core::policy::program::{Loaded, Unit};
use crate::core::policy::slice::Slice;
use crate::core::policy::testing::{Outcome, TestResult};

impl Tests {
    /// None; nothing is linked.
    pub(in super::super) fn new() -> Self {
        Self { stale: true, ..Self::default() }
    }

    /// The modules that people wrote.
    pub(in super::super) fn own_modules(&self) -> Vec<Arc<Loaded>> {
        self.program.modules.iter().take(self.made).cloned().collect()
    }

    pub(super) fn is_missing(&self, at: usize) -> bool {
        self.found.get(at).is_some_and(|test| !test.head.todo && !self.known.contains_key(&test.print))
    }

    pub(super) fn is_prepared(&self, unit: &Unit) -> bool {
        self.refused.contains_key(&unit.fingerprint)
            || self.slices.iter().any(|slice| slice.answers(unit.fingerprint))
    }

    /// `data.p_test`
    pub(in super::super) fn package_of(&self, test: &Found) -> String {
        let package = self.program.modules.get(test.key.0).map(|loaded| loaded.module.package.as_slice());
        package.unwrap_or_default().iter().fold("data".to_owned(), |path, part| path + "." + part)
    }

    pub(super) fn full_name(&self, test: &Found) -> String {
        format!("{}.{}", self.package_of(test), test.head.path.join("."))
    }

    pub(in super::super) fn step(&self, test: &Found) -> Step {
        Step::Test { package: self.package_of(test), name: test.name.clone(), print: test.print }
    }

    /// Where a test begins.
    pub(in super::super) fn place(&self, test: &Found) -> Option<Place> {
        let placed = self.program.placed(test.key)?;
        self.program.place(test.key.0, placed.at(&placed.definition.head))
    }

    pub(super) fn result(&self, test: &Found) -> Option<TestResult> {
        let place = self.place(test)?;
        let mut result = TestResult {
            place: place.clone(),
            package: self.package_of(test),
            name: test.name.clone(),
            outcome: Outcome::Pending,
            cases: Default::default(),
            output: String::new(),
            duration_ns: 0,
            failed: Vec::new(),
        };
        if test.head.todo {
            result.outcome = Outcome::Skip;
            return Some(result);
        }
        let Some(known) = self.known.get(&test.print) else { return Some(result) };
        result.outcome = match known.outcome.clone() {
            None => Outcome::Pending,
            Some(Ran::Pass) => Outcome::Pass,
            Some(Ran::Fail) => Outcome::Fail,
            Some(Ran::Stopped(reason)) => {
                Outcome::Error { code: NOT_JUDGED.to_owned(), reason: Box::new(reason) }
            }
            Some(Ran::Error { code, fault }) => {
                let place = find_in(&self.program, &test.unit, fault.spot).or(Some(place));
                let reason = Reason::RuleError { place, message: fault.message };
                Outcome::Error { code: code.to_owned(), reason: Box::new(reason) }
            }
        };
        if !matches!(result.outcome, Outcome::Error { .. }) {
            result.cases = known.cases.cases.clone();
        }
        result.output.clone_from(&known.output);
        result.duration_ns = known.duration_ns;
        let failed = known.explained.iter().flatten();
        result.failed = failed.filter_map(|explained| explained.placed(&self.program, test.key)).collect();
        Some(result)
    }

    /// Lets go of engines that answer nothing any more, and of the oldest if there are many.
    pub(super) fn retire(&mut self) -> Vec<Slice> {
        let current: HashSet<u64> = self
            .found
            .iter()
            .flat_map(|test| std::iter::once(&test.unit).chain(&test.cases))
            .map(|unit| unit.fingerprint)
            .collect();
        let mut covered: HashSet<u64> = HashSet::new();
        let (mut kept, mut gone) = (Vec::new(), Vec::new());
        for slice in std::mem::take(&mut self.slices).into_iter().rev() {
            let news = slice.prints().any(|print| current.contains(&print) && !covered.contains(&print));
            if news && kept.len() < ENGINES {
                covered.extend(slice.prints());
                kept.push(slice);
            } else {
                gone.push(slice);
            }
        }
        kept.reverse();
        self.slices = kept;
        gone
    }
}
