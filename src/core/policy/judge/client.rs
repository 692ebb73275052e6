//! Gatekeeper's client: templates and constraints that are asked about one review after another. For suites, where each
//! case brings its own object and inventory.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::review::{Asked, Told};
use super::templates::{Answers, Templates};
use super::{File, Read};
use crate::core::decision::{ConstraintRef, Place, Reason};
use crate::core::file::{FileId, Revision, Role};
use crate::core::policy::engine::Input;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::gatekeeper::Problem;
use crate::core::policy::gatekeeper::enforcement::Action;
use crate::core::policy::gatekeeper::expansion::Resultant;
use crate::core::policy::gatekeeper::file::PolicyFile;
use crate::core::policy::gatekeeper::review::Review;
use crate::core::policy::options::{JudgeOptions, SourceFile, Step};
use crate::strings::Lang;

/// Templates and constraints, ready to be asked.
pub struct Client {
    templates: Templates,
    options: JudgeOptions,
    point: &'static str,
}

/// One violation.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// Of which constraint.
    pub constraint: ConstraintRef,
    /// Its message, with the ExpansionTemplate that implies it.
    pub msg: String,
    /// What else the template says.
    pub details: Value,
    /// What is done about it.
    pub actions: Vec<Action>,
    /// Where in the policy file.
    pub place: Option<Place>,
}

/// What came of a review.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reviewed {
    /// Sorted as Gatekeeper shows them: by action and message.
    pub violations: Vec<Violation>,
    /// Why constraints have no answer.
    pub reasons: Vec<Reason>,
    /// What `print()` wrote.
    pub prints: Vec<String>,
}

impl Client {
    /// Reads the files of templates, constraints and ExpansionTemplates: number, name and text of each. `point`: the
    /// enforcement point that is judged for ([`enforcement`](crate::core::policy::gatekeeper::enforcement)).
    #[must_use]
    pub fn new(texts: &[(FileId, &str, &str)], point: &'static str, lang: Lang) -> Self {
        let file = |&(file, name, text): &(FileId, &str, &str)| {
            let read = Read::Gatekeeper(Box::new(PolicyFile::read(file, text, lang)));
            let (name, role, text) = (name.to_owned(), Role::Policy, text.to_owned());
            let source = SourceFile { file, name, role, revision: Revision(0), text };
            (file, File { source, read: Some(read), syntax: super::Syntax::default() })
        };
        let files: BTreeMap<FileId, File> = texts.iter().map(file).collect();
        let mut templates = Templates { point: Some(point), ..Templates::default() };
        templates.link(&files);
        Self { templates, options: JudgeOptions { lang, ..JudgeOptions::default() }, point }
    }

    /// What Gatekeeper refuses of the documents, apart from their code; with whether it is an error of the schema.
    #[must_use]
    pub fn problems(&self) -> &[(FileId, Problem)] {
        &self.templates.problems
    }

    /// Why constraints and templates cannot be asked.
    pub fn reasons(&self) -> impl Iterator<Item = &Reason> {
        self.templates.columns.iter().filter_map(|column| column.info.reason.as_ref())
    }

    /// Sets `data.inventory`, as [`inventory::of`](crate::core::policy::gatekeeper::inventory::of) makes it.
    pub fn set_inventory(&mut self, inventory: &Value) {
        self.templates.stock(inventory);
    }

    /// Asks every constraint about a review.
    pub fn review_alone(&mut self, review: Review<'_>, step: &mut dyn FnMut(Step)) -> Reviewed {
        self.ask(review, false, step)
    }

    /// What is wrong with an object that an ExpansionTemplate takes.
    #[must_use]
    pub fn expansion_fault(&self, object: &Value) -> Option<String> {
        let namespace = object.pointer("/metadata/namespace").and_then(Value::as_str);
        self.templates.expansions.expand(object, namespace.filter(|name| !name.is_empty())).err()
    }

    /// Asks every constraint about a review, and about what its object makes. `step` hears what is about to be done.
    pub fn review(&mut self, review: Review<'_>, step: &mut dyn FnMut(Step)) -> Reviewed {
        self.ask(review, true, step)
    }

    fn ask(&mut self, review: Review<'_>, expands: bool, step: &mut dyn FnMut(Step)) -> Reviewed {
        let whole = json!({ "review": review.value, "parameters": {} });
        let input = Input::new(&whole);
        let print = hash_of(whole.to_string());
        let asked = Asked { review, value: &whole, input: &input, print, shaped: None, main: None };
        let mut answers = Answers::new();
        let told = if expands {
            self.templates.ask_with_implied(&asked, &self.options, step, &mut answers)
        } else {
            self.templates.ask_all(&asked, &self.options, step, &mut answers)
        };
        let mut reviewed = Reviewed::default();
        for (at, told) in told.iter().enumerate() {
            self.collect(at, told, None, &mut reviewed);
        }
        let key = |violation: &Violation| (violation.actions.first().copied(), violation.msg.clone());
        reviewed.violations.sort_by_key(key);
        reviewed
    }

    fn collect(&self, at: usize, told: &Told, implied: Option<&Resultant>, all: &mut Reviewed) {
        let Some(column) = self.templates.columns.get(at) else { return };
        if told.miss.is_none() {
            let known = column.info.reason.iter().filter(|reason| !all.reasons.contains(reason)).cloned();
            all.reasons.extend(known.collect::<Vec<_>>());
        }
        let made = self.templates.compiled.get(&column.template).and_then(|made| made.as_ref().ok());
        let (Some(made), Some(constraint), Some(named)) = (made, &column.constraint, &column.info.constraint)
        else {
            return;
        };
        let actions = match implied.and_then(|made| made.action) {
            Some(action) => action.into_iter().collect(),
            None => constraint.enforcement.at(self.point),
        };
        let violation = |msg: &str, details: Value, place: Option<Place>, actions: &[Action]| Violation {
            constraint: named.clone(),
            msg: implied
                .map_or_else(|| msg.to_owned(), |made| format!("[Implied by {}] {msg}", made.template)),
            details,
            actions: actions.to_vec(),
            place,
        };
        if let Some(words) = &told.rejected {
            all.violations.push(violation(words, Value::Null, Some(column.place.clone()), &actions));
        }
        let mut seen: Vec<(&str, &Value)> = Vec::new();
        for (nth, outcome) in &told.outcomes {
            let Some(unit) = made.program.units.get(*nth) else { continue };
            let outcome = match outcome {
                Ok(outcome) => outcome,
                Err(reason) => {
                    all.reasons.push(reason.clone());
                    continue;
                }
            };
            if let Some(fault) = &outcome.error {
                let place = super::assemble::find_in(&made.program, unit, fault.spot);
                all.reasons.push(Reason::RuleError { place, message: fault.message.clone() });
            }
            all.prints.extend(outcome.prints.iter().map(|(_, text)| text.clone()));
            for objection in &outcome.objections {
                if seen.contains(&(&objection.msg, &objection.details)) {
                    continue;
                }
                seen.push((&objection.msg, &objection.details));
                let place = super::assemble::defined_at(&made.program, unit);
                let deny = [Action::Deny];
                let actions = if objection.refuses { &deny[..] } else { &actions };
                all.violations.push(violation(&objection.msg, objection.details.clone(), place, actions));
            }
        }
        for (resultant, told) in &told.implied {
            self.collect(at, told, Some(resultant), all);
        }
    }
}
