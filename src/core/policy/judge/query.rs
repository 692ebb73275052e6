//! Answers a query instead of deciding documents: the same files, linked with the query as one more rule.

use std::sync::Arc;

use serde_json::Value;

use super::ask::step_of;
use super::assemble::find_in;
use super::checks::{self, Tree};
use super::read::merge;
use super::{Judge, Read};
use crate::core::decision::answer::{Answer, Failure, NOT_JUDGED};
use crate::core::decision::{Place, Reason};
use crate::core::file::{FileId, Role};
use crate::core::policy::engine::{EngineError, Input};
use crate::core::policy::links::Memo;
use crate::core::policy::options::{SourceFile, Step};
use crate::core::policy::place::Lines;
use crate::core::policy::program::{Loaded, Program, Unit};
use crate::core::policy::query::{self, Prepared, Query};
use crate::core::policy::slice::{Slice, Spot};
use crate::core::rego::check::CheckOptions;
use crate::core::rego::parser::{Parsed, Version};

impl Judge {
    /// The answer to a query on the files that were read.
    pub(super) fn answer(&mut self, query: &Query, step: &mut dyn FnMut(Step)) -> Answer {
        let prepared = Prepared::new(&query.text, self.options.v0).map_err(|misread| {
            let place = Lines::of(&query.text).place(query::FILE, &query.text, misread.range);
            vec![Failure { code: misread.code, reason: policy_error(place, misread.message) }]
        })?;
        let program = self.link_query(query, &prepared)?;
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
                // OPA's words for a wrong type, or the engine's.
                let both = |a, b| error.message.contains(a) && error.message.contains(b);
                let wrong_type = both(": operand ", " must be ") || both("` expects ", " argument");
                let code = if wrong_type { "eval_type_error" } else { "eval_builtin_error" };
                let reason = Reason::RuleError { place, message: error.message };
                Err(vec![Failure { code: code.to_owned(), reason }])
            }
            (Ok(answer), _) => Ok(prepared.rows(answer.value.as_ref())),
        }
    }

    /// The modules with the query as the last, if all can be read.
    fn link_query(
        &mut self,
        query: &Query,
        prepared: &Prepared,
    ) -> Result<(Program, Option<Unit>), Vec<Failure>> {
        self.merge_data();
        let failures = self.file_failures();
        let modules = self.files.values().filter_map(|file| match &file.read {
            Some(Read::Policy(Ok(loaded))) => Some(loaded.clone()),
            _ => None,
        });
        let mut modules: Vec<_> = modules.collect();
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
        let mut syntax = super::read::Syntax::default();
        let loaded = super::read::read_policy(&source, &self.options, &mut syntax, None)
            .map_err(|broken| vec![prepared.failure(query, broken.reason)])?;
        let errors = syntax.parsed().map(|asked| self.compile_errors(&modules, (&loaded, asked)));
        if let Some(errors) = errors.filter(|errors| !errors.is_empty()) {
            return Err(errors.into_iter().map(|failure| prepared.asked(query, failure)).collect());
        }
        modules.push(loaded);
        let data = self.given();
        let package = [query::PACKAGE.to_owned()];
        Ok(Program::link_asking(modules, &[], data, &mut Memo::default(), |linker| {
            linker.unit_of(&package, query::RULE)
        }))
    }

    /// What is wrong with single files.
    pub(super) fn file_failures(&self) -> Vec<Failure> {
        let mut failures: Vec<Failure> =
            self.data_errors.iter().map(|(_, reason)| of_reason(reason.clone(), "merge_error")).collect();
        for file in self.files.values() {
            let Some(Read::Policy(Err(broken))) = &file.read else { continue };
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
        failures
    }

    /// The data files as one document.
    fn all_data(&self) -> Value {
        let mut merged = serde_json::Map::new();
        for file in self.files.values() {
            if let Some(Read::Data(Ok(value))) = &file.read {
                // What cannot be merged was an error before.
                let _ = merge(&mut merged, value, "");
            }
        }
        Value::Object(merged)
    }

    /// What OPA's compiler says: about the policies, or else about the query.
    fn compile_errors(&self, modules: &[Arc<Loaded>], (loaded, parsed): (&Loaded, &Parsed)) -> Vec<Failure> {
        let trees = checks::read(&self.files, modules);
        let asked = (loaded, "", &parsed.module);
        let data = self.all_data();
        let version = if self.options.v0 { Version::V0 } else { Version::V1 };
        let options = CheckOptions { version, data: &[&data], ..CheckOptions::default() };
        let find = |trees: &[Tree<'_>]| checks::errors(trees, options);
        let mut errors = find(&[trees.as_slice(), &[asked]].concat());
        if errors.iter().any(|(file, _)| *file == query::FILE) {
            // OPA compiles the query when the policies are.
            let before = find(&trees);
            if !before.is_empty() {
                errors = before;
            }
        }
        // Whoever looks at all of `data` sees the query in there.
        errors.retain(|(file, error)| *file != query::FILE || error.code != "rego_recursion_error");
        let place = |file: FileId, range| match trees.iter().find(|(loaded, ..)| loaded.file == file) {
            Some((loaded, ..)) => loaded.lines.place(file, &loaded.text, range),
            None => loaded.lines.place(file, &loaded.text, range),
        };
        let failures = errors.into_iter().map(|(file, error)| {
            let reason = policy_error(place(file, error.range), error.message);
            Failure { code: error.code, reason }
        });
        failures.collect()
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

    /// A failure that may be in the module of the query.
    fn asked(&self, query: &Query, mut failure: Failure) -> Failure {
        if let Reason::PolicyError { place, .. } = &mut failure.reason {
            *place = self.asked_place(query, Some(place.clone())).unwrap_or_else(|| place.clone());
        }
        failure
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
