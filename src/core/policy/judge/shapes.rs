//! The trap of the three shapes: a policy that reads `input.review` finds nothing in a bare object, and says so by
//! silence. Where a policy found nothing and reads what it was not given, the other shapes are tried. That changes no
//! verdict, it is said beside it.

use super::ask::{Made, read_answer};
use super::{Judge, Read};
use crate::core::decision::BetterShape;
use crate::core::policy::document::Subject;
use crate::core::policy::options::{InputShape, Step};
use crate::core::policy::program::Unit;
use crate::core::policy::units;

/// So many documents are tried.
const DOCUMENTS: usize = 20;

/// A policy that is tried in other shapes.
struct Patient {
    policy: usize,
    given: InputShape,
    /// What it reads that is not in there.
    reads: String,
    units: Vec<Unit>,
}

impl Judge {
    /// Finds the shapes in which silent policies would find something.
    pub(super) fn try_shapes(&mut self, step: &mut dyn FnMut(Step)) {
        self.better_shapes.clear();
        let patients = self.patients();
        let skipped = self.options.skip.iter().any(|skip| skip.step == Step::Shapes);
        if patients.is_empty() || skipped {
            return;
        }
        step(Step::Shapes);
        let options = self.options.clone();
        for patient in patients {
            let Patient { policy, given, reads, units } = patient;
            let made = Made::of(&self.program, units.iter().collect(), &self.base);
            let mut slices = made.slices;
            let documents = self.files.values_mut().filter_map(|file| match &mut file.read {
                Some(Read::Manifest(documents)) if Some(file.source.file) != options.asked.old_file() => {
                    Some(&mut documents.all)
                }
                _ => None,
            });
            let judged = documents.flatten().filter(|document| document.subject(&options) == Subject::Judged);
            for document in judged.take(DOCUMENTS) {
                let Some(print) = document.known_print(given, options.asked.raw) else { continue };
                let others = [InputShape::Review, InputShape::Request, InputShape::Object];
                let found = others.into_iter().filter(|shape| *shape != given).filter_map(|shape| {
                    let input = document.input(shape, &options, &self.surroundings)?;
                    let mut findings = 0;
                    for unit in &units {
                        let Some(slice) = slices.iter_mut().find(|s| s.answers(unit.fingerprint)) else {
                            continue;
                        };
                        slice.set_input(input.input());
                        let said = slice.ask(unit.fingerprint, input.input())?;
                        let outcome = read_answer(unit, said, slice);
                        // What does not work there is no advice.
                        if outcome.error.is_some() {
                            return None;
                        }
                        findings += outcome.objections.len();
                    }
                    Some((shape, findings))
                });
                // Of two shapes the one with more; of equals the first.
                let best = found.filter(|(_, count)| *count > 0).reduce(|a, b| if b.1 > a.1 { b } else { a });
                if let Some((shape, findings)) = best {
                    let better = BetterShape { reads: reads.clone(), given, shape, findings };
                    self.better_shapes.insert((policy, print), better);
                }
            }
            self.garbage.slices.append(&mut slices);
        }
    }

    /// The policies that were judged, found nothing, and read what they were not given.
    fn patients(&self) -> Vec<Patient> {
        let outcomes = self.memory.outcomes();
        let silent = |unit: &Unit| {
            unit.obstacles.is_empty() && !self.refused.contains_key(&unit.fingerprint) && {
                let mut own = outcomes.iter().filter(|((_, print), _)| *print == unit.fingerprint);
                own.all(|(_, outcome)| outcome.objections.is_empty() && outcome.error.is_none())
            }
        };
        let of_policy = |policy: usize| {
            let units: Vec<&Unit> = self.program.units.iter().filter(|unit| unit.policy == policy).collect();
            let given = self.shape_of(policy);
            let read = units.iter().flat_map(|unit| units::input_fields(&self.program, &unit.needs));
            let reads = read.into_iter().find(|field| !given.has(field))?;
            let quiet =
                units.iter().all(|unit| silent(unit) && self.skipped(unit).is_none() && !self.is_off(unit));
            (quiet && !units.is_empty()).then(|| Patient {
                policy,
                given,
                reads: format!("input.{reads}"),
                units: units.into_iter().cloned().collect(),
            })
        };
        (0..self.program.policies.len()).filter_map(of_policy).collect()
    }
}
