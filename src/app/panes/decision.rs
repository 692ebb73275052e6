//! The decision pane: which decision is shown, how old it is, what is selected in it.

use std::time::Duration;

use crate::app::msg::Now;
use crate::core::decision::{Cell, Evaluation, Finding, JudgedDocument, Place, Reason};
use crate::core::diagnostics::{Diagnostic, Origin, Severity, shift_range};
use crate::core::file::FileId;
use crate::core::policy::options::Asked;
use crate::core::text::Change;

/// Why the decision on the screen is not of the text on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// When the shown decision was made.
    pub since: Now,
    /// The error that keeps a newer one from being made.
    pub place: Place,
    /// In words.
    pub message: String,
}

/// An evaluation that was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    pub reason: Reason,
    pub after: Duration,
}

/// The state of the pane.
#[derive(Debug, Default)]
pub struct DecisionPane {
    /// The decision on the screen: the newest one, or the last good one while a text does not parse.
    pub shown: Option<Evaluation>,
    /// When it was made.
    pub shown_at: Now,
    /// The shown decision is out of date.
    pub stale: Option<Stale>,
    /// The newest run was stopped.
    pub stopped: Option<Stopped>,
    /// An evaluation has been running for longer than is worth hiding, since then.
    pub checking_since: Option<Now>,
    /// Row and column of the matrix whose detail is shown. `policy` is `None` for all policies.
    pub document: usize,
    pub policy: Option<usize>,
    /// The selected finding of the detail.
    pub selected: usize,
    /// First visible line.
    pub scroll: usize,
    /// The number of the newest run that was asked for, and of the newest that was answered.
    pub(crate) asked: u64,
    pub(crate) answered: u64,
    /// What the newest run asks of each document, and the first run that asked it.
    pub(crate) question: (Asked, u64),
    /// What was asked for the shown decision.
    pub shown_question: Asked,
    /// No text was broken when the shown decision was made.
    pub(crate) shown_good: bool,
    /// How long an evaluation may take.
    pub limit: Option<Duration>,
}

impl DecisionPane {
    /// How many documents were judged.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.shown.as_ref().map_or(0, |e| e.documents.len())
    }

    /// How many policies judged them.
    #[must_use]
    pub fn policies(&self) -> usize {
        self.shown.as_ref().map_or(0, |e| e.policies.len())
    }

    /// Whether the pane is a matrix with a detail below.
    #[must_use]
    pub fn is_matrix(&self) -> bool {
        self.documents() > 1 || self.policies() > 1
    }

    /// The newest run, or a part of it, ended at its time limit.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        let is_timeout = |reason: &Reason| matches!(reason, Reason::Timeout { .. });
        let cells = self.shown.iter().flat_map(|shown| &shown.documents).flat_map(|document| &document.cells);
        self.stopped.as_ref().is_some_and(|stopped| is_timeout(&stopped.reason))
            || cells.flat_map(|cell| &cell.reasons).any(is_timeout)
    }

    /// The document whose detail is shown.
    #[must_use]
    pub fn shown_document(&self) -> Option<&JudgedDocument> {
        self.shown.as_ref()?.documents.get(self.document)
    }

    /// The cells whose detail is shown, each with the index of its policy.
    pub fn shown_cells(&self) -> impl Iterator<Item = (usize, &Cell)> {
        let only = self.policy;
        self.shown_document()
            .into_iter()
            .flat_map(|document| document.cells.iter().enumerate())
            .filter(move |(index, _)| only.is_none_or(|policy| policy == *index))
    }

    /// The findings of the detail, in the order they are listed. What a derived Pod repeats of its workload is not.
    #[must_use]
    pub fn shown_findings(&self) -> Vec<&Finding> {
        self.shown_cells().flat_map(|(_, cell)| &cell.findings).filter(|finding| !finding.repeats).collect()
    }

    /// The selected finding.
    #[must_use]
    pub fn selected_finding(&self) -> Option<&Finding> {
        self.shown_findings().get(self.selected).copied()
    }

    /// A new run asks this.
    pub(crate) fn ask(&mut self, question: &Asked) {
        self.asked += 1;
        if self.question.0 != *question {
            self.question = (question.clone(), self.asked);
        }
    }

    /// Takes a new answer. `broken` is the first error of a shown text that keeps it from being judged, if any. Returns
    /// whether the answer is the newest one: one to another question than the newest is none.
    pub(crate) fn take(&mut self, evaluation: Evaluation, broken: Option<(Place, String)>, now: Now) -> bool {
        if evaluation.run < self.answered.max(self.question.1) {
            return false;
        }
        self.answered = evaluation.run;
        self.stopped = None;
        if evaluation.run == self.asked {
            self.checking_since = None;
        }
        match (broken, &self.shown) {
            (Some((place, message)), Some(_)) if self.shown_good => {
                self.stale = Some(Stale { since: self.shown_at, place, message });
            }
            (broken, _) => {
                self.stale = None;
                self.keep_selection(&evaluation);
                // A decision that was made while a text was broken, or about nothing, is not one to fall back to.
                let about_nothing = evaluation.documents.is_empty() || evaluation.policies.is_empty();
                self.shown_good = broken.is_none() && !about_nothing;
                self.shown = Some(evaluation);
                self.shown_question.clone_from(&self.question.0);
                self.shown_at = now;
            }
        }
        true
    }

    /// The same document and finding stay selected when there is a new decision.
    fn keep_selection(&mut self, new: &Evaluation) {
        if let Some(old) = self.shown_document() {
            let key = |d: &JudgedDocument| (d.place.file, d.index, d.derived_from.is_some());
            let same = |d: &JudgedDocument| key(d) == key(old);
            self.document = new.documents.iter().position(same).unwrap_or(0);
        }
        if let (Some(policy), Some(old)) = (self.policy, &self.shown) {
            let same = old.policies.get(policy).and_then(|old| {
                new.policies.iter().position(|p| (p.file, &p.package) == (old.file, &old.package))
            });
            self.policy = same;
        }
        let message = self.selected_finding().map(|f| (f.rule.clone(), f.msg.clone()));
        let document = new.documents.get(self.document);
        let findings = document.into_iter().flat_map(|d| d.cells.iter().enumerate());
        let findings = findings.filter(|(index, _)| self.policy.is_none_or(|policy| policy == *index));
        let position = message.and_then(|(rule, msg)| {
            let mut listed = findings.flat_map(|(_, cell)| &cell.findings).filter(|f| !f.repeats);
            listed.position(|f| f.rule == rule && f.msg == msg)
        });
        self.selected = position.unwrap_or(0);
    }

    /// Moves the places of the shown decision along with an edit.
    pub(crate) fn shift(&mut self, file: FileId, change: &Change) {
        let Some(shown) = &mut self.shown else { return };
        let mut move_place = |place: &mut Place| {
            if place.file == file {
                place.range = shift_range(&place.range, change);
            }
        };
        for document in &mut shown.documents {
            move_place(&mut document.place);
            for finding in document.cells.iter_mut().flat_map(|cell| &mut cell.findings) {
                finding.policy_location.iter_mut().for_each(&mut move_place);
                finding.manifest_locations.iter_mut().for_each(|location| move_place(&mut location.place));
            }
        }
    }

    /// The marks of findings for one file: where they are in a manifest, which rules made them in a policy.
    #[must_use]
    pub fn marks(&self, file: FileId) -> Vec<Diagnostic> {
        let Some(shown) = &self.shown else { return Vec::new() };
        let mut marks = Vec::new();
        for finding in shown.findings() {
            let severity = match finding.severity {
                crate::core::decision::Demand::Deny => Severity::Error,
                crate::core::decision::Demand::Warn => Severity::Warning,
                crate::core::decision::Demand::Dryrun => Severity::Note,
            };
            let mark = |range: &std::ops::Range<usize>, origin, approximate| Diagnostic {
                range: range.clone(),
                severity,
                origin,
                code: finding.rule.clone(),
                message: finding.msg.clone(),
                approximate,
                fix: None,
            };
            if let Some(place) = finding.policy_location.as_ref().filter(|place| place.file == file) {
                marks.push(mark(&place.range, Origin::Fired, false));
            }
            // The nearest place alone is marked: the others are a keystroke away.
            if let Some(location) = finding.manifest_locations.first().filter(|l| l.place.file == file) {
                marks.push(mark(&location.place.range, Origin::Finding, location.approximate));
            }
        }
        marks
    }
}
