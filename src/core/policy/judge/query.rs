//! Answers a query instead of deciding documents: the same files, linked with the query as one more rule.

use super::ask::step_of;
use super::assemble::find_in;
use super::{Judge, Read};
use crate::core::decision::answer::{Answer, Failure, NOT_JUDGED};
use crate::core::decision::{Place, Reason};
use crate::core::file::Role;
use crate::core::policy::engine::{EngineError, Input};
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::links::Memo;
use crate::core::policy::options::{SourceFile, Step};
use crate::core::policy::place::Lines;
use crate::core::policy::program::{Program, Unit};
use crate::core::policy::query::{self, Prepared, Query};
use crate::core::policy::slice::{Slice, Spot};

impl Judge {
    /// The answer to a query on the files that were read.
    pub(super) fn answer(&mut self, query: &Query, step: &mut dyn FnMut(Step)) -> Answer {
        let prepared = Prepared::new(&query.text, self.options.v0).map_err(|misread| {
            let place = Lines::of(&query.text).place(query::FILE, &query.text, misread.range);
            vec![Failure { code: misread.code, reason: policy_error(place, misread.message) }]
        })?;
        let program = self.link_query(&prepared)?;
        let (program, Some(unit)) = program else {
            return Err(vec![not_judged(Reason::NothingToJudge)]);
        };
        if !unit.obstacles.is_empty() {
            let obstacles = unit.obstacles.iter().cloned();
            return Err(obstacles.map(|reason| prepared.failure(query, reason)).collect());
        }
        if let Some(what) = Self::looks_at_everything(&program, &unit) {
            let reason = Reason::Unsupported { place: None, what };
            return Err(vec![not_judged(reason)]);
        }
        step(step_of(&program, &unit));
        if let Some(reason) = self.options.skip.iter().find(|skip| skip.step == step_of(&program, &unit)) {
            return Err(vec![not_judged(reason.reason.clone())]);
        }
        let place = |spot: Option<Spot>| find_in(&program, &unit, spot);
        let mut slice = Slice::build(&program, &[&unit], &self.base)
            .map_err(|(spot, error)| vec![prepared.engine_failure(query, place(spot), error)])?;
        let input = query.input.as_ref().map_or_else(Input::none, Input::new);
        slice.set_input(&input);
        let Some(said) = slice.ask(unit.fingerprint, &input) else {
            return Err(vec![not_judged(Reason::NothingToJudge)]);
        };
        match (said.answer, said.builtin_error) {
            (Err(error), _) => {
                let spot = slice.spot(error.place.as_ref());
                Err(vec![prepared.engine_failure(query, place(spot), error)])
            }
            (_, Some(error)) if query.strict => {
                let place = prepared.asked_place(query, place(slice.spot(error.place.as_ref())));
                let wrong_type = error.message.contains(": operand ") && error.message.contains(" must be ");
                let code = if wrong_type { "eval_type_error" } else { "eval_builtin_error" };
                let reason = Reason::RuleError { place, message: error.message };
                Err(vec![Failure { code: code.to_owned(), reason }])
            }
            (Ok(answer), _) => Ok(prepared.rows(answer.value.as_ref())),
        }
    }

    /// The modules with the query as the last, if all can be read.
    fn link_query(&mut self, prepared: &Prepared) -> Result<(Program, Option<Unit>), Vec<Failure>> {
        self.merge_data();
        let mut failures: Vec<Failure> =
            self.data_errors.iter().map(|(_, reason)| of_reason(reason.clone(), "merge_error")).collect();
        let mut modules = Vec::new();
        for file in self.files.values() {
            match &file.read {
                Some(Read::Policy(Ok(loaded))) => modules.push(loaded.clone()),
                Some(Read::Policy(Err(broken))) => {
                    let lines = Lines::of(&file.source.text);
                    failures.extend(broken.diagnostics.iter().map(|found| Failure {
                        code: found.code.clone(),
                        reason: policy_error(
                            lines.place(broken.file, &file.source.text, found.range.clone()),
                            found.message.clone(),
                        ),
                    }));
                    if broken.diagnostics.is_empty() {
                        failures.push(not_judged(broken.reason.clone()));
                    }
                }
                _ => {}
            }
        }
        if failures.is_empty() {
            failures.extend(self.errors_in(&modules).into_iter().filter_map(|(file, found)| {
                let text = &modules.iter().find(|loaded| loaded.file == file)?.text;
                let place = Lines::of(text).place(file, text, found.range);
                Some(Failure { code: found.code, reason: policy_error(place, found.message) })
            }));
        }
        if !failures.is_empty() {
            return Err(failures);
        }
        let source = SourceFile {
            file: query::FILE,
            name: String::new(),
            role: Role::Policy,
            revision: Default::default(),
            text: prepared.text.clone(),
        };
        let loaded = super::read::read_policy(&source, self.options.v0, &mut Default::default(), None);
        modules.push(loaded.map_err(|broken| vec![not_judged(broken.reason)])?);
        let data = hash_of((self.data, self.options.v0));
        let asked = Some((query::PACKAGE, query::RULE));
        Ok(Program::link_asking(modules, &[], data, &mut Memo::default(), asked))
    }

    /// Whoever looks at all of `data` would see the query and its answer in there.
    fn looks_at_everything(program: &Program, unit: &Unit) -> Option<String> {
        let definitions = unit.needs.iter().filter_map(|key| program.definition(*key));
        definitions.flat_map(|definition| &definition.data).any(Vec::is_empty).then(|| "data".to_owned())
    }
}

impl Prepared {
    /// A place in the module of the query as one in the query; others stay.
    fn asked_place(&self, query: &Query, place: Option<Place>) -> Option<Place> {
        let place = place?;
        if place.file != query::FILE {
            return Some(place);
        }
        let (start, end) = (self.in_query(place.range.start), self.in_query(place.range.end));
        Some(Lines::of(&query.text).place(query::FILE, &query.text, start..end))
    }

    fn failure(&self, query: &Query, reason: Reason) -> Failure {
        match reason {
            Reason::PolicyError { place, message } => {
                let place = self.asked_place(query, Some(place.clone())).unwrap_or(place);
                of_reason(Reason::PolicyError { place, message }, NOT_JUDGED)
            }
            Reason::Unsupported { place, what } => {
                not_judged(Reason::Unsupported { place: self.asked_place(query, place), what })
            }
            Reason::RuleError { place, message } => {
                not_judged(Reason::RuleError { place: self.asked_place(query, place), message })
            }
            reason => not_judged(reason),
        }
    }

    /// What the engine says. OPA calls one thing an error that the engine does too; anything else may be the engine's
    /// own limit.
    fn engine_failure(&self, query: &Query, place: Option<Place>, error: EngineError) -> Failure {
        let conflict =
            ["multiple outputs", "conflicting values"].iter().any(|words| error.message.contains(words));
        let reason = Reason::RuleError { place: self.asked_place(query, place), message: error.message };
        Failure { code: if conflict { "eval_conflict_error" } else { NOT_JUDGED }.to_owned(), reason }
    }
}

fn policy_error(place: Place, message: String) -> Reason {
    Reason::PolicyError { place, message }
}

fn not_judged(reason: Reason) -> Failure {
    of_reason(reason, NOT_JUDGED)
}

/// The code that OPA gives to what it says in these words.
fn of_reason(reason: Reason, otherwise: &str) -> Failure {
    let code = match &reason {
        Reason::PolicyError { message, .. } if message.contains(" is recursive: ") => "rego_recursion_error",
        Reason::PolicyError { message, .. } if message.starts_with("undefined function ") => {
            "rego_type_error"
        }
        _ => otherwise,
    };
    Failure { code: code.to_owned(), reason }
}
