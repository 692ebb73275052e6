//! Asks the constraints of Gatekeeper about each document, and reads their answers as cells.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::ask::{Made, Outcome, read_answer, step_of};
use super::templates::{Answers, Column, Compiled, Templates};
use super::{File, Judge, Read, assemble};
use crate::core::decision::{Cell, Demand, Finding, ManifestPlace, Reason, Remark, Verdict};
use crate::core::file::FileId;
use crate::core::policy::document::{Shaped, Subject};
use crate::core::policy::engine::Input;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::gatekeeper::enforcement::{Action, WEBHOOK};
use crate::core::policy::gatekeeper::expansion::Resultant;
use crate::core::policy::gatekeeper::inventory;
use crate::core::policy::gatekeeper::matching::{Miss, Source, group_and_kind};
use crate::core::policy::gatekeeper::review::{Review, of_object};
use crate::core::policy::locate;
use crate::core::policy::options::{InputShape, JudgeOptions, Step};
use crate::core::policy::surroundings::Surroundings;
use crate::core::policy::view::View;

/// What a constraint says about a document.
#[derive(Default, Clone)]
pub(super) struct Told {
    /// Why it was not asked.
    pub miss: Option<Miss>,
    /// Gatekeeper refuses the request with these words.
    pub rejected: Option<String>,
    /// By unit of its template.
    pub outcomes: Vec<(usize, Result<Arc<Outcome>, Reason>)>,
    /// The same of what the document makes.
    pub implied: Vec<(Arc<Resultant>, Told)>,
}

impl Told {
    /// Whether it says the same.
    fn is(&self, other: &Self) -> bool {
        let same = |a: &Result<Arc<Outcome>, Reason>, b: &Result<Arc<Outcome>, Reason>| match (a, b) {
            (Ok(a), Ok(b)) => Arc::ptr_eq(a, b),
            (Err(a), Err(b)) => a == b,
            _ => false,
        };
        (&self.miss, &self.rejected) == (&other.miss, &other.rejected)
            && self.outcomes.len() == other.outcomes.len()
            && self.outcomes.iter().zip(&other.outcomes).all(|((_, a), (_, b))| same(a, b))
            && self.implied.len() == other.implied.len()
            && self.implied.iter().zip(&other.implied).all(|((_, a), (_, b))| a.is(b))
    }
}

/// One review and what tells it apart.
pub(super) struct Asked<'a> {
    pub review: Review<'a>,
    /// `input` with empty parameters.
    pub value: &'a Value,
    pub input: &'a Input,
    pub print: u64,
    pub shaped: Option<&'a Shaped>,
    /// The reading that is judged, if this is the other one.
    pub main: Option<&'a Shaped>,
}

impl Templates {
    /// Asks every constraint about every document.
    pub fn evaluate(
        &mut self,
        files: &mut BTreeMap<FileId, File>,
        options: &JudgeOptions,
        surroundings: &Surroundings,
        step: &mut dyn FnMut(Step),
    ) {
        self.told.clear();
        if self.columns.iter().all(|column| column.constraint.is_none()) {
            return;
        }
        let mut answers = Answers::new();
        for file in files.values_mut().filter(|file| Some(file.source.file) != options.asked.old_file()) {
            let id = file.source.file;
            let Some(Read::Manifest(documents)) = &mut file.read else { continue };
            for (nth, document) in documents.all.iter_mut().enumerate() {
                if document.subject(options) != Subject::Judged {
                    continue;
                }
                let Some(main) = document.input(InputShape::Review, options, surroundings) else { continue };
                let other = document.other_input(InputShape::Review, options, surroundings);
                let expands = !document.is_derived();
                let raw = options.asked.raw;
                let told = self.judge(&main, expands, None, options, step, &mut answers);
                if let Some(other) = other {
                    let there = self.judge(&other, expands, Some(&main), options, step, &mut answers);
                    self.told.insert((id, nth, !raw), there);
                }
                self.told.insert((id, nth, raw), told);
            }
        }
        self.memory = answers;
    }

    /// What every constraint says about a request.
    fn judge(
        &mut self,
        shaped: &Shaped,
        expands: bool,
        main: Option<&Shaped>,
        options: &JudgeOptions,
        step: &mut dyn FnMut(Step),
        answers: &mut Answers,
    ) -> Vec<Told> {
        let whole = shaped.value().clone();
        let Some(value) = whole.get("review") else { return vec![Told::default(); self.columns.len()] };
        let namespace =
            value.get("namespaceObject").filter(|namespace| !namespace.is_null() && shaped.knows_namespace());
        let review = Review { value, namespace, source: Source::Original };
        let input = shaped.input();
        let asked = Asked { review, value: &whole, input, print: shaped.print, shaped: Some(shaped), main };
        if expands {
            self.ask_with_implied(&asked, options, step, answers)
        } else {
            self.ask_all(&asked, options, step, answers)
        }
    }

    /// What every constraint says about a request and about all that its object makes.
    pub(super) fn ask_with_implied(
        &mut self,
        asked: &Asked<'_>,
        options: &JudgeOptions,
        step: &mut dyn FnMut(Step),
        answers: &mut Answers,
    ) -> Vec<Told> {
        let mut all = self.ask_all(asked, options, step, answers);
        if self.expansions.is_empty() {
            return all;
        }
        let Review { value, namespace, .. } = asked.review;
        let review = asked.review;
        let text =
            |pointer: &str| value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        let Some(object) = review.object() else { return all };
        match self.expansions.expand(object, text("/namespace")) {
            Err(words) => {
                for told in &mut all {
                    told.rejected.get_or_insert_with(|| format!("unable to expand object: {words}"));
                }
            }
            Ok(made) => {
                for resultant in made.into_iter().map(Arc::new) {
                    let value =
                        of_object(&resultant.object, review.operation(), review.value.get("namespaceObject"));
                    let whole = serde_json::json!({ "review": value, "parameters": {} });
                    let Some(value) = whole.get("review") else { continue };
                    let review = Review { value, namespace, source: Source::Generated };
                    let input = Input::new(&whole);
                    let print = hash_of(whole.to_string());
                    let asked =
                        Asked { review, value: &whole, input: &input, print, shaped: None, main: None };
                    let implied = self.ask_all(&asked, options, step, answers);
                    for (told, implied) in all.iter_mut().zip(implied) {
                        told.implied.push((resultant.clone(), implied));
                    }
                }
            }
        }
        all
    }

    pub(super) fn ask_all(
        &mut self,
        asked: &Asked<'_>,
        options: &JudgeOptions,
        step: &mut dyn FnMut(Step),
        answers: &mut Answers,
    ) -> Vec<Told> {
        let point = self.point.unwrap_or(WEBHOOK);
        let excluded = self.excluded(&asked.review).filter(|_| point == WEBHOOK);
        let mut all = Vec::new();
        for column in &self.columns {
            let mut told = Told::default();
            let made = self.compiled.get_mut(&column.template).and_then(|made| made.as_mut().ok());
            if let (Some(constraint), Some(made)) = (&column.constraint, made) {
                let operation = asked.review.operation();
                let matched = match &excluded {
                    Some(namespace) => Ok(Some(Miss::Config { namespace: namespace.clone() })),
                    None if point == WEBHOOK && !made.template.takes(operation) => {
                        Ok(Some(Miss::Operation { operation: operation.to_owned() }))
                    }
                    None if constraint.enforcement.at(point).is_empty() => Ok(Some(Miss::EnforcementPoint)),
                    None => constraint.matches(&asked.review),
                };
                match matched {
                    Err(words) => told.rejected = Some(words),
                    Ok(Some(miss)) => told.miss = Some(miss),
                    Ok(None) if made.reason.is_some() => {}
                    Ok(None) => {
                        told.outcomes = made.ask(column, asked, options, step, &self.memory, answers);
                    }
                }
            }
            all.push(told);
        }
        all
    }

    /// The namespace of a request that Gatekeeper's Config leaves out.
    fn excluded(&self, review: &Review<'_>) -> Option<String> {
        let object = review.object()?;
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let name = match group_and_kind(object) {
            ("", "Namespace") => text("/metadata/name"),
            _ => match review.value.get("namespace").and_then(Value::as_str) {
                Some(namespace) => namespace,
                None => text("/metadata/namespace"),
            },
        };
        self.config.excludes(name).then(|| name.to_owned())
    }
}

impl Compiled {
    /// The outcomes of the units.
    fn ask(
        &mut self,
        column: &Column,
        asked: &Asked<'_>,
        options: &JudgeOptions,
        step: &mut dyn FnMut(Step),
        memory: &Answers,
        answers: &mut Answers,
    ) -> Vec<(usize, Result<Arc<Outcome>, Reason>)> {
        let mut all = Vec::new();
        let mut ready: Option<Input> = None;
        for (nth, unit) in self.program.units.iter().enumerate() {
            if let Some(reason) = unit.obstacles.first() {
                all.push((nth, Err(reason.clone())));
                continue;
            }
            let at = step_of(&self.program, unit);
            if let Some(skip) = options.skip.iter().find(|skip| skip.step == at) {
                all.push((nth, Err(skip.reason.clone())));
                continue;
            }
            let view = self.views.entry(unit.fingerprint).or_insert_with(|| View::of(&self.program, unit));
            if asked.shaped.is_some_and(|shaped| shaped.has_doubt() && shaped.is_in_doubt(view)) {
                all.push((nth, Err(Reason::NoOldObject)));
                continue;
            }
            // The other reading has the same answer where the unit cannot tell them apart.
            let same = asked.main.filter(|main| view.print_of(main.value()) == view.print_of(asked.value));
            let print = same.map_or(asked.print, |main| main.print);
            let key = (hash_of((print, column.print)), unit.fingerprint);
            let known = answers.get(&key).or_else(|| memory.get(&key).filter(|_| !unit.volatile)).cloned();
            if let Some(outcome) = known {
                answers.insert(key, outcome.clone());
                all.push((nth, Ok(outcome)));
                continue;
            }
            if !self.refused.contains_key(&unit.fingerprint)
                && !self.slices.iter().any(|slice| slice.answers(unit.fingerprint))
            {
                step(if options.careful { at.clone() } else { Step::Prepare });
                let current: Vec<u64> = self.program.units.iter().map(|unit| unit.fingerprint).collect();
                self.slices.retain(|slice| slice.prints().any(|print| current.contains(&print)));
                let made = Made::of(&self.program, vec![unit], &self.base);
                self.slices.extend(made.slices);
                self.refused.extend(made.refused);
            }
            let outcome = match self.refused.get(&unit.fingerprint) {
                Some(fault) => Outcome { error: Some(fault.clone()), ..Outcome::default() },
                None => {
                    step(at);
                    let input =
                        ready.get_or_insert_with(|| asked.input.with("parameters", &column.parameters));
                    let slice = self.slices.iter_mut().rev().find(|slice| slice.answers(unit.fingerprint));
                    let Some(slice) = slice else { continue };
                    slice.set_input(input);
                    let Some(said) = slice.ask(unit.fingerprint, input) else { continue };
                    read_answer(unit, said, slice)
                }
            };
            let outcome = Arc::new(outcome);
            answers.insert(key, outcome.clone());
            all.push((nth, Ok(outcome)));
        }
        all
    }
}

impl Judge {
    /// Gives templates what they look up.
    pub(super) fn stock(&mut self) {
        if !self.templates.needs_inventory() {
            return;
        }
        let raw = self.options.asked.raw;
        let request = self.options.asked.request();
        let mut objects = Vec::new();
        for file in self.files.values().filter(|file| Some(file.source.file) != self.options.asked.old_file())
        {
            let Some(Read::Manifest(documents)) = &file.read else { continue };
            for object in documents.all.iter().filter(|d| !d.is_derived()).filter_map(|d| d.reading(raw)) {
                let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
                if self.templates.config.syncs(text("apiVersion"), text("kind")) {
                    objects.push(crate::core::manifest::request::placed(object, &request));
                }
            }
        }
        let inventory = inventory::of(objects.iter());
        let print = hash_of(inventory.to_string());
        if self.inventory != print {
            self.inventory = print;
            self.templates.stock(&inventory);
        }
    }

    /// Whether the two readings of a document are told different things.
    pub(super) fn readings_differ(&self, file: FileId, nth: usize) -> bool {
        let of = |raw: bool| self.templates.told.get(&(file, nth, raw));
        match (of(false), of(true)) {
            (Some(a), Some(b)) => !a.iter().zip(b).all(|(a, b)| a.is(b)),
            _ => false,
        }
    }

    /// The answers of all constraints on a document, `nth` of its file. `first`: the index of the first constraint.
    pub(super) fn constraint_cells(
        &self,
        judged: locate::Judged<'_>,
        nth: usize,
        first: usize,
        prints: &mut Vec<Remark>,
    ) -> Vec<Cell> {
        let file = judged.document.place.file;
        let of = |raw: bool| self.templates.told.get(&(file, nth, raw));
        let told = of(judged.raw).or_else(|| of(!judged.raw));
        let columns = self.templates.columns.iter().enumerate();
        columns
            .map(|(at, column)| {
                let told = told.and_then(|told| told.get(at));
                let mut cell = Cell::default();
                if let Some(told) = told {
                    cell.miss.clone_from(&told.miss);
                    self.read_told(&mut cell, column, first + at, told, None, judged, prints);
                }
                if cell.miss.is_none() {
                    cell.reasons.extend(column.info.reason.clone());
                    if column.constraint.is_some() && told.is_none() && column.info.reason.is_none() {
                        let message = "not evaluated".to_owned();
                        cell.reasons.push(Reason::RuleError { place: None, message });
                    }
                }
                let worst = cell.findings.iter().map(|finding| finding.severity).max();
                cell.verdict = match worst {
                    Some(Demand::Deny) => Verdict::Deny,
                    _ if !cell.reasons.is_empty() => Verdict::NotJudged,
                    Some(Demand::Warn) => Verdict::Warn,
                    _ => Verdict::Allow,
                };
                cell
            })
            .collect()
    }

    #[allow(clippy::too_many_arguments)]
    fn read_told(
        &self,
        cell: &mut Cell,
        column: &Column,
        policy: usize,
        told: &Told,
        implied: Option<&Resultant>,
        judged: locate::Judged<'_>,
        prints: &mut Vec<Remark>,
    ) {
        let made = self.templates.compiled.get(&column.template).and_then(|made| made.as_ref().ok());
        let (Some(made), Some(constraint)) = (made, &column.constraint) else { return };
        let actions = match implied.and_then(|made| made.action) {
            Some(action) => action.into_iter().collect(),
            None => constraint.enforcement.at(WEBHOOK),
        };
        let demand = |action: &Action| action.demand().unwrap_or(Demand::Dryrun);
        let add =
            |cell: &mut Cell, demand: Demand, msg: &str, details: &Value, at, places: Vec<ManifestPlace>| {
                let msg = implied
                    .map_or_else(|| msg.to_owned(), |made| format!("[Implied by {}] {msg}", made.template));
                let same = |known: &Finding| {
                    known.severity == demand && known.msg == msg && known.details == *details
                };
                if !cell.findings.iter().any(same) {
                    cell.findings.push(Finding {
                        policy,
                        package: constraint.kind.clone(),
                        rule: "violation".to_owned(),
                        severity: demand,
                        msg,
                        details: details.clone(),
                        constraint: column.info.constraint.clone(),
                        policy_location: at,
                        manifest_locations: places,
                        repeats: false,
                    });
                }
            };
        let nearest = |pointer: &str| -> Vec<ManifestPlace> {
            let written = judged.document.written(pointer);
            let found = judged.documents.nearest(judged.document, &written);
            found
                .map(|(place, _)| ManifestPlace {
                    place,
                    pointer: written,
                    approximate: true,
                    defaulted: false,
                })
                .into_iter()
                .collect()
        };
        if let Some(words) = &told.rejected {
            for action in &actions {
                add(
                    cell,
                    demand(action),
                    words,
                    &Value::Null,
                    Some(column.place.clone()),
                    nearest("/metadata/namespace"),
                );
            }
        }
        for (nth, outcome) in &told.outcomes {
            let Some(unit) = made.program.units.get(*nth) else { continue };
            let outcome = match outcome {
                Ok(outcome) => outcome,
                Err(reason) => {
                    if !cell.reasons.contains(reason) {
                        cell.reasons.push(reason.clone());
                    }
                    continue;
                }
            };
            if let Some(fault) = &outcome.error {
                let place = assemble::find_in(&made.program, unit, fault.spot)
                    .or_else(|| assemble::defined_at(&made.program, unit));
                let message = fault.message.clone();
                let reason = match place {
                    Some(place) if fault.compile => Reason::PolicyError { place, message },
                    place => Reason::RuleError { place, message },
                };
                if !cell.reasons.contains(&reason) {
                    cell.reasons.push(reason);
                }
            }
            let remark = |(spot, text): &(_, String)| Remark {
                place: assemble::find_in(&made.program, unit, *spot),
                text: text.clone(),
            };
            for error in outcome.builtin_errors.iter().map(remark) {
                if !cell.builtin_errors.contains(&error) {
                    cell.builtin_errors.push(error);
                }
            }
            prints.extend(outcome.prints.iter().map(remark));
            for objection in &outcome.objections {
                let at = assemble::defined_at(&made.program, unit);
                let demands: Vec<Demand> = match objection.refuses {
                    true => vec![Demand::Deny],
                    false => actions.iter().map(demand).collect(),
                };
                for demand in demands {
                    let places = match implied {
                        Some(made) => nearest(&made.origin),
                        None => locate::places(&made.program, unit, objection, judged, InputShape::Review),
                    };
                    add(cell, demand, &objection.msg, &objection.details, at.clone(), places);
                }
            }
        }
        for (resultant, told) in &told.implied {
            self.read_told(cell, column, policy, told, Some(resultant), judged, prints);
        }
    }
}
