//! What is known to differ: the rows of `known.md`. Each means exactly what it says, and fails when nothing is so any more.

use std::cell::Cell;

use super::ask::Outcome;

pub struct Known(Vec<Row>);

struct Row {
    what: What,
    says: String,
    line: &'static str,
    met: Cell<bool>,
}

/// Which answers a row is about.
enum What {
    /// One case, by its whole name.
    Case(String),
    /// Whatever is not judged for exactly this reason.
    Because(String),
}

impl Known {
    /// The rows for a suite: where, what, what we say, why.
    pub fn of(suite: &str) -> Self {
        let text = include_str!("known.md");
        let rows = text.lines().filter(|line| line.starts_with("| ")).filter_map(|line| {
            let cells: Vec<&str> = line.trim_end().trim_matches('|').split(" | ").map(str::trim).collect();
            let [places, what, says, why] = cells.as_slice() else { panic!("four cells: {line}") };
            if *places == "where" {
                return None;
            }
            assert!(why.len() > 20, "a reason: {line}");
            let quoted = |open: &str| what.strip_prefix(open).and_then(|text| text.strip_suffix('`'));
            let what = match (quoted("because `"), quoted("`")) {
                (Some(reason), _) => {
                    assert_eq!(*says, "not judged", "only what is not judged has a reason: {line}");
                    What::Because(reason.to_owned())
                }
                (None, Some(name)) => What::Case(name.to_owned()),
                (None, None) => panic!("a case or a reason in backticks: {line}"),
            };
            let row = Row { what, says: (*says).to_owned(), line, met: Cell::new(false) };
            places.split(' ').any(|place| place == suite).then_some(row)
        });
        Self(rows.collect())
    }

    /// Whether a case may differ in this way.
    pub fn holds(&self, name: &str, outcome: &Outcome) -> bool {
        let fits = |row: &&Row| {
            row.says == outcome.word()
                && match (&row.what, outcome) {
                    (What::Because(reason), Outcome::NotJudged(why)) => reason == why,
                    (What::Because(_), _) => false,
                    (What::Case(case), _) => case == name,
                }
        };
        let mut any = false;
        for row in self.0.iter().filter(fits) {
            row.met.set(true);
            any = true;
        }
        any
    }

    /// The rows that nothing came to.
    pub fn stale(&self) -> Vec<&'static str> {
        self.0.iter().filter(|row| !row.met.get()).map(|row| row.line).collect()
    }
}
