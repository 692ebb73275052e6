//! What came of the unit tests: a number beside the verdict, and those that did not pass below the findings.

use super::lines::{Line, Span, Tone};
use super::{Hit, Source};
use crate::app::testing::{values, why};
use crate::core::policy::testing::{Outcome, TestResult};
use crate::strings::T;

impl Source<'_> {
    /// `tests 41/42`; how many are not done yet.
    pub(super) fn tests(&self) -> Option<Span> {
        let run = self.app.tests.shown()?;
        let counts = run.counts();
        let total = counts.done() + counts.pending;
        let mut text = T::TestsPassed.fill(self.lang, &[("passed", &counts.passed), ("total", &total)]);
        if run.more {
            text.push('…');
        }
        let bad = counts.failed + counts.errors > 0;
        Some(Span::own(text, if bad { Tone::Danger } else { Tone::Dim }))
    }

    /// The tests that did not pass, each with the expression that did not hold and the values there.
    pub(super) fn failed_tests(&self, body: &mut Vec<Line>) {
        let Some(run) = self.app.tests.shown() else { return };
        let is_bad = |result: &&TestResult| matches!(result.outcome, Outcome::Fail | Outcome::Error { .. });
        for (nth, result) in run.results.iter().filter(is_bad).enumerate() {
            if nth == 0 {
                if !body.is_empty() {
                    body.push(Line::default());
                }
                body.push(Line::from(vec![Span::own(T::TestsFailed.text(self.lang), Tone::Heading)]));
            }
            let at = result.failed.first().map_or(&result.place, |failed| &failed.place);
            let hit = Some(Hit::Place(at.clone()));
            let left = vec![Span::own("✗ ", Tone::Danger), Span::outside(&result.name, Tone::Plain)];
            body.push(Line { left, right: vec![self.place(at)], hit: hit.clone(), ..Line::default() });
            let mut told = vec![why(result, self.lang)];
            if let Some(failed) = result.failed.first() {
                if result.cases.is_empty() {
                    told.clear();
                }
                told.push(failed.text.clone());
                told.extend(values(failed).into_iter().map(|value| format!("  {value}")));
            }
            for text in told {
                let indent = 2 + text.chars().take_while(|c| *c == ' ').count();
                let left =
                    vec![Span::plain(" ".repeat(indent)), Span::outside(text.trim_start(), Tone::Plain)];
                body.push(Line { left, hit: hit.clone(), ..Line::default() });
            }
        }
    }
}
