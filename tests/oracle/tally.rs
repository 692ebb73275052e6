//! Counts answers, tells what is new, and fails on it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::ask::Outcome;
use super::known::Known;

/// How often each outcome came, by place: same, not judged, another error, a wrong answer.
pub struct Tally {
    suite: &'static str,
    known: Known,
    by_place: BTreeMap<String, [usize; 4]>,
    report: String,
    news: Vec<String>,
    /// Only wrong answers fail; the others are counted.
    counts_others: bool,
}

impl Tally {
    pub fn new(suite: &'static str) -> Self {
        let (by_place, report, news) = Default::default();
        Self { suite, known: Known::of(suite), by_place, report, news, counts_others: false }
    }

    /// Of policies that nobody wrote: what is not judged, or refused in other words, is counted and printed.
    pub fn of_wrong_answers(suite: &'static str) -> Self {
        Self { counts_others: true, ..Self::new(suite) }
    }

    /// Whether it is known that a case differs in this way.
    pub fn knows(&self, name: &str, outcome: &Outcome) -> bool {
        self.known.holds(name, outcome)
    }

    /// `shown` is what people need to see of the case.
    pub fn add(&mut self, place: &str, name: &str, shown: &str, outcome: &Outcome) {
        self.by_place.entry(place.to_owned()).or_default()[outcome.column()] += 1;
        if matches!(outcome, Outcome::Same) {
            return;
        }
        let known = self.knows(name, outcome);
        let (word, why) = (outcome.word(), outcome.why());
        let mark = if known { " (known)" } else { "" };
        let _ = writeln!(self.report, "{} {name}: {word}{mark} {why}\n{shown}", self.suite);
        if !known && (outcome.is_wrong() || !self.counts_others) {
            self.news.push(format!("{} | {name} | {word} | {why}\n{shown}", self.suite));
        }
    }

    /// Says how it was. `whole`: every row of `known.md` has to be met.
    pub fn finish(self, whole: bool) {
        let suite = self.suite;
        let mut total = [0; 4];
        for (place, counts) in &self.by_place {
            (0..4).for_each(|at| total[at] += counts[at]);
            let [same, unjudged, other, wrong] = counts;
            if unjudged + other + wrong > 0 && self.by_place.len() > 1 {
                println!(
                    "{suite} {place}: {same} same, {unjudged} not judged, {other} other errors, {wrong} wrong"
                );
            }
        }
        let [same, unjudged, other, wrong] = total;
        let all = same + unjudged + other + wrong;
        println!(
            "{suite}, all {all}: {same} same ({:.2} %), {unjudged} not judged, {other} other errors, {wrong} wrong",
            100.0 * same as f64 / all as f64
        );
        if let Some(folder) = std::env::var_os("REGOSCOPE_ORACLE_REPORT") {
            std::fs::write(Path::new(&folder).join(format!("{suite}.txt")), &self.report).unwrap();
        }
        let stale = if whole { self.known.stale() } else { Vec::new() };
        assert!(
            self.news.is_empty() && stale.is_empty(),
            "{} differ and are not in tests/oracle/known.md:\n{}\n{} rows of it are stale:\n{}",
            self.news.len(),
            self.news.iter().take(40).cloned().collect::<Vec<_>>().join("\n"),
            stale.len(),
            stale.join("\n")
        );
    }
}
