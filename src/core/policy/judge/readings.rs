//! What a document's other reading decides: as it is written, where it is judged as stored, and the other way round.

use std::sync::Arc;

use super::Judge;
use super::assemble::{print_of, says_the_same, verdict_of};
use super::memory::Outcomes;
use crate::core::decision::{Cell, Finding, JudgedDocument, OtherReading, Reason};
use crate::core::policy::locate;
use crate::core::policy::options::InputShape;
use crate::core::policy::program::Unit;

impl Judge {
    /// What the other reading of a document decides, if that is another decision.
    pub(super) fn other_reading(
        &self,
        here: &JudgedDocument,
        judged: locate::Judged<'_>,
        nth: usize,
        shapes: &[InputShape],
        outcomes: &Outcomes,
    ) -> Option<OtherReading> {
        let there = locate::Judged { raw: !judged.raw, ..judged };
        let answer = |unit: &Unit, judged: locate::Judged<'_>| {
            let print = print_of(judged, *shapes.get(unit.policy)?)?;
            outcomes.get(&(print, unit.fingerprint))
        };
        let differs = |unit: &Unit| match (answer(unit, judged), answer(unit, there)) {
            (Some(here), Some(there)) => !Arc::ptr_eq(here, there),
            (None, None) => false,
            _ => true,
        };
        let file = judged.document.place.file;
        if !self.program.units.iter().any(differs) && !self.readings_differ(file, nth) {
            return None;
        }
        let cells = self.cells(there, nth, shapes, outcomes, &mut Vec::new());
        let verdict = verdict_of(&cells);
        let only_in = |one: &[Cell], other: &[Cell]| -> Vec<Finding> {
            let all = |cells: &[Cell]| cells.iter().flat_map(|cell| &cell.findings).cloned().collect();
            let (all, known): (Vec<Finding>, Vec<Finding>) = (all(one), all(other));
            all.into_iter()
                .filter(|finding| !known.iter().any(|known| says_the_same(known, finding)))
                .collect()
        };
        let known: Vec<&Reason> = here.cells.iter().flat_map(|cell| &cell.reasons).collect();
        let mut reasons: Vec<Reason> = Vec::new();
        for reason in cells.iter().flat_map(|cell| &cell.reasons) {
            if !known.contains(&reason) && !reasons.contains(reason) {
                reasons.push(reason.clone());
            }
        }
        let (only_here, only_there) = (only_in(&here.cells, &cells), only_in(&cells, &here.cells));
        let same = verdict == here.verdict && only_here.is_empty() && only_there.is_empty();
        (!same).then_some(OtherReading { raw: there.raw, verdict, only_here, only_there, reasons })
    }
}
