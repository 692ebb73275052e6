//! Explains tests that failed: asks for the beginnings of their bodies, and for the parts of what did not hold.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::Judge;
use super::ask::Made;
use super::testing::{Known, Ran, Tests, ask, place_in};
use crate::core::policy::engine::Input;
use crate::core::policy::links::Memo;
use crate::core::policy::options::Step;
use crate::core::policy::program::{Key, Program, Unit};
use crate::core::policy::testing::explain::{Questions, questions};
use crate::core::policy::testing::{Failed, Part};

/// How many tests are explained at once.
const TOGETHER: usize = 16;
/// How many cases of one test are explained.
const CASES: usize = 8;

/// An expression that did not hold, in bytes of its definition.
#[derive(Debug, Clone)]
pub(super) struct Explained {
    case: Vec<String>,
    range: Range<usize>,
    values: Vec<(Range<usize>, Option<Value>)>,
}

impl Explained {
    /// The same in the text as it is now.
    pub fn placed(&self, program: &Program, key: Key) -> Option<Failed> {
        let (loaded, placed) = (program.modules.get(key.0)?, program.placed(key)?);
        let own = loaded.text.get(placed.range())?;
        Some(Failed {
            case: self.case.clone(),
            place: place_in(loaded, placed.at(&self.range)),
            text: own.get(self.range.clone())?.to_owned(),
            values: self
                .values
                .iter()
                .map(|(range, value)| Part {
                    range: range.start.saturating_sub(self.range.start)
                        ..range.end.saturating_sub(self.range.start),
                    value: value.clone(),
                })
                .collect(),
        })
    }
}

/// A test that is explained: which, and the questions about its cases.
struct Asked {
    at: usize,
    cases: Vec<(Vec<String>, Questions)>,
}

impl Judge {
    /// Explains what failed and is not explained yet. Whether that is all of it.
    pub(super) fn explain_failed(
        &mut self,
        tests: &mut Tests,
        wanted: &[usize],
        step: &mut dyn FnMut(Step),
        late: &dyn Fn(&Self) -> bool,
    ) -> bool {
        let to_explain = |tests: &Tests| -> Vec<usize> {
            let failed = |at: &&usize| {
                let known = tests.found.get(**at).and_then(|test| tests.known.get(&test.print));
                known.is_some_and(|k| matches!(k.outcome, Some(Ran::Fail)) && k.explained.is_none())
            };
            wanted.iter().filter(failed).copied().take(TOGETHER).collect()
        };
        loop {
            let next = to_explain(tests);
            if next.is_empty() {
                return true;
            }
            step(Step::Prepare);
            self.explain(tests, &next, step);
            if late(self) && !to_explain(tests).is_empty() {
                return false;
            }
        }
    }

    fn explain(&self, tests: &mut Tests, which: &[usize], step: &mut dyn FnMut(Step)) {
        let mut modules = tests.own_modules();
        let mut asked: Vec<Asked> = Vec::new();
        for &at in which {
            let Some(test) = tests.found.get(at) else { continue };
            let Some(loaded) = tests.program.modules.get(test.key.0).cloned() else { continue };
            let Some(written) = self.written(&loaded, test.key.1) else { continue };
            let failures = match tests.known.get(&test.print) {
                Some(known) if !known.cases.cases.is_empty() => known.cases.failures(),
                _ => vec![Vec::new()],
            };
            let mut rules = String::new();
            let mut cases = Vec::new();
            for (nth, case) in failures.into_iter().take(CASES).enumerate() {
                let prefix = format!("regoscope_explain_{at}_{nth}");
                if let Some(questions) = questions(&written, &test.head, &case, &prefix) {
                    rules += &questions.rules;
                    cases.push((case, questions));
                }
            }
            if let Some(made) = self.made_module(&loaded, (1 << 19) + at, &rules) {
                modules.push(made);
                asked.push(Asked { at, cases });
            }
        }
        let data = self.given();
        let (program, units) = Program::link_asking(modules, &[], data, &mut Memo::default(), |linker| {
            let mut units: HashMap<String, Unit> = HashMap::new();
            for Asked { at, cases } in &asked {
                let package = tests.found.get(*at).and_then(|test| tests.program.modules.get(test.key.0));
                let Some(package) = package.map(|loaded| &loaded.module.package) else { continue };
                for step in cases.iter().flat_map(|(_, questions)| &questions.steps) {
                    let names = std::iter::once(&step.reached).chain(step.parts.iter().map(|(_, name)| name));
                    for name in names {
                        units.extend(linker.unit_of(package, name).map(|unit| (name.clone(), unit)));
                    }
                }
            }
            units
        });
        let sound = units.values().filter(|unit| unit.obstacles.is_empty()).collect();
        let mut made = Made::of(&program, sound, &self.base);
        made.slices.iter_mut().for_each(|slice| slice.set_input(&Input::none()));
        for &at in which {
            let Some(test) = tests.found.get(at) else { continue };
            let (print, this) = (test.print, tests.step(test));
            step(this);
            let mut explained = Vec::new();
            let cases = asked.iter().filter(|asked| asked.at == at).flat_map(|asked| &asked.cases);
            for (case, questions) in cases {
                explained.extend(explain_case(&mut made, &units, case, questions));
            }
            if let Some(known) = tests.known.get(&print) {
                let known = Known {
                    outcome: known.outcome.clone(),
                    cases: known.cases.clone(),
                    output: known.output.clone(),
                    duration_ns: known.duration_ns,
                    explained: Some(explained),
                };
                tests.known.insert(print, Arc::new(known));
            }
        }
    }
}

/// The members of the set that a made rule holds; empty too if it cannot be asked.
fn members(made: &mut Made, units: &HashMap<String, Unit>, rule: &str) -> Vec<Value> {
    let Some(unit) = units.get(rule).filter(|unit| unit.obstacles.is_empty()) else { return Vec::new() };
    match ask(&mut made.slices, &made.refused, unit) {
        Ok((Some(Value::Array(members)), _)) => members,
        _ => Vec::new(),
    }
}

fn explain_case(
    made: &mut Made,
    units: &HashMap<String, Unit>,
    case: &[String],
    questions: &Questions,
) -> Option<Explained> {
    let known = |rule: &str| units.get(rule).is_some_and(|unit| unit.obstacles.is_empty());
    let failed = questions
        .steps
        .iter()
        .find(|step| !known(&step.reached) || members(made, units, &step.reached).is_empty())?;
    if !known(&failed.reached) {
        return None;
    }
    let values = failed.parts.iter().map(|(span, rule)| {
        let value = members(made, units, rule).into_iter().next();
        (span.at(0), value)
    });
    Some(Explained { case: case.to_vec(), range: failed.span.at(0), values: values.collect() })
}
