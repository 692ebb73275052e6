//! Puts answers together: cells, findings with their places, diagnostics.

use std::collections::{BTreeMap, HashSet};

use super::ask::Fault;
use super::memory::Outcomes;
use super::{File, Judge, Read};
use crate::core::decision::{
    Cell, Demand, Evaluation, Finding, JudgedDocument, OtherReading, Place, Reason, Remark, Verdict,
};
use crate::core::diagnostics::{Diagnostic, Origin, Severity};
use crate::core::file::{FileId, Role};
use crate::core::policy::document::Subject;
use crate::core::policy::entries::{Entry, exception_key};
use crate::core::policy::locate;
use crate::core::policy::options::InputShape;
use crate::core::policy::program::{Key, Program, Unit};
use crate::core::policy::results::Objection;
use crate::core::policy::slice::Spot;

/// The place of a spot, looked for among what a unit needs.
pub(super) fn find_in(program: &Program, unit: &Unit, spot: Option<Spot>) -> Option<Place> {
    let spot = spot?;
    let is_it = |&&key: &&Key| program.definition(key).is_some_and(|d| d.hash == spot.definition);
    let key = unit.needs.iter().find(is_it)?;
    let placed = program.placed(*key)?;
    let at = (placed.start + placed.definition.map.author(spot.offset)).min(placed.range().end);
    let text = program.modules.get(key.0).map(|m| m.text.clone())?;
    program.place(key.0, at..word_end(&text, at))
}

/// Where the rule of a unit stands: its definition, or the first one of the rule.
pub(super) fn defined_at(program: &Program, unit: &Unit) -> Option<Place> {
    let first = || program.rules.get(unit.rule)?.definitions.first().copied();
    let key = unit.definition.map(|(key, _)| key).or_else(first)?;
    let placed = program.placed(key)?;
    program.place(key.0, placed.at(&placed.definition.head))
}

impl Judge {
    fn find(&self, unit: &Unit, spot: Option<Spot>) -> Option<Place> {
        find_in(&self.program, unit, spot)
    }

    pub(super) fn assemble(&self, run: u64) -> Evaluation {
        let outcomes = self.memory.outcomes();
        let mut policies = self.program.policies.clone();
        let shapes: Vec<InputShape> = (0..policies.len()).map(|policy| self.shape_of(policy)).collect();
        policies.extend(self.templates.columns.iter().map(|column| column.info.clone()));
        for policy in &mut policies {
            policy.off = self.options.asked.off.contains(&policy.package);
        }
        let all_off = !policies.is_empty() && policies.iter().all(|policy| policy.off);
        let has_policies = self.files.values().any(|file| file.source.role == Role::Policy);
        let mut documents: Vec<JudgedDocument> = Vec::new();
        let mut prints = Vec::new();
        let asked = &self.options.asked;
        let operation = asked.request().operation;
        // The workload above is asked only about its Pod.
        let mut its_pod = false;
        let is_judged = |file: &&File| !self.options.lint && Some(file.source.file) != asked.old_file();
        for file in self.files.values().filter(is_judged) {
            let Some(Read::Manifest(read)) = &file.read else { continue };
            for (nth, document) in read.all.iter().enumerate() {
                let subject = document.subject(&self.options);
                if subject == Subject::Nothing {
                    continue;
                }
                let (done, by) = document.deed(&self.options);
                let mut judged = JudgedDocument {
                    place: document.place.clone(),
                    index: document.index,
                    derived_from: document.is_derived().then(|| documents.len().saturating_sub(1)),
                    api_version: document.text("/apiVersion").to_owned(),
                    kind: document.text("/kind").to_owned(),
                    namespace: document.text("/metadata/namespace").to_owned(),
                    name: match document.text("/metadata/name") {
                        "" => document.text("/metadata/generateName").to_owned(),
                        name => name.to_owned(),
                    },
                    operation: done,
                    user: by,
                    verdict: Verdict::NotJudged,
                    cells: Vec::new(),
                    reason: match subject {
                        Subject::Unconnected => Some(Reason::NothingToConnect),
                        _ => document.object.as_ref().err().cloned(),
                    },
                    other_reading: None,
                };
                if judged.reason.is_none() && policies.is_empty() {
                    judged.reason = Some(match has_policies {
                        true if !self.templates.is_empty() => Reason::NoConstraint,
                        true => Reason::NoEntryRule,
                        false => Reason::NothingToJudge,
                    });
                }
                if judged.reason.is_none() && all_off {
                    judged.reason = Some(Reason::AllOff);
                }
                if judged.reason.is_none() && subject == Subject::ItsPod {
                    judged.verdict = Verdict::Allow;
                    judged.cells = vec![Cell::default(); policies.len()];
                } else if judged.reason.is_none() {
                    let as_judged =
                        locate::Judged { documents: read, document, raw: asked.raw, operation: &operation };
                    judged.cells = self.cells(as_judged, nth, &shapes, outcomes, &mut prints);
                    judged.verdict = verdict_of(&judged.cells);
                    judged.other_reading = self.other_reading(&judged, as_judged, nth, &shapes, outcomes);
                }
                if let Some(workload) = judged.derived_from.and_then(|at| documents.get_mut(at)) {
                    if its_pod {
                        let cells = workload.cells.iter_mut().zip(&judged.cells);
                        cells.for_each(|(cell, of_pod)| cell.verdict = of_pod.verdict);
                    }
                    derive(workload, &mut judged);
                }
                its_pod = subject == Subject::ItsPod;
                documents.push(judged);
            }
        }
        Evaluation {
            run,
            revisions: self.files.values().map(|f| (f.source.file, f.source.revision)).collect(),
            policies,
            documents,
            diagnostics: self.diagnostics(outcomes),
            prints,
            answer: None,
            tests: None,
            elapsed_us: 0,
        }
    }

    /// The answers of all policies on a document.
    pub(super) fn cells(
        &self,
        judged: locate::Judged<'_>,
        nth: usize,
        shapes: &[InputShape],
        outcomes: &Outcomes,
        prints: &mut Vec<Remark>,
    ) -> Vec<Cell> {
        let all = shapes.iter().enumerate();
        let mut cells: Vec<Cell> =
            all.map(|(policy, shape)| self.cell(policy, judged, *shape, outcomes, prints)).collect();
        cells.extend(self.constraint_cells(judged, nth, shapes.len(), prints));
        let constraints = self.templates.columns.iter().map(|column| &column.info);
        for (cell, policy) in cells.iter_mut().zip(self.program.policies.iter().chain(constraints)) {
            if self.options.asked.off.contains(&policy.package) {
                *cell = Cell::default();
            }
        }
        cells
    }

    fn cell(
        &self,
        policy: usize,
        judged: locate::Judged<'_>,
        shape: InputShape,
        outcomes: &Outcomes,
        prints: &mut Vec<Remark>,
    ) -> Cell {
        let info = self.program.policies.get(policy);
        let mut cell =
            Cell { reasons: info.and_then(|p| p.reason.clone()).into_iter().collect(), ..Cell::default() };
        cell.reasons.extend(self.data_errors.iter().map(|(_, reason)| reason.clone()));
        let mut printed: HashSet<(Option<Spot>, String)> = HashSet::new();
        let mut taken_back: Vec<String> = Vec::new();
        let mut unsure = false;
        let print = print_of(judged, shape);
        for unit in self.program.units.iter().filter(|unit| unit.policy == policy) {
            let outcome = print.and_then(|print| outcomes.get(&(print, unit.fingerprint)));
            let mut reasons = unit.obstacles.clone();
            reasons.extend(self.skipped(unit));
            if print.is_some_and(|print| self.doubts.contains(&(print, unit.fingerprint))) {
                reasons.push(Reason::NoOldObject);
            }
            match outcome {
                Some(outcome) => {
                    reasons.extend(outcome.error.as_ref().map(|fault| self.reason(unit, fault)));
                    let remark = |(spot, text): &(Option<Spot>, String)| Remark {
                        place: self.find(unit, *spot),
                        text: text.clone(),
                    };
                    for error in outcome.builtin_errors.iter().map(remark) {
                        if !cell.builtin_errors.contains(&error) {
                            cell.builtin_errors.push(error);
                        }
                    }
                    for moment in &unit.moments {
                        if !cell.moments.contains(moment) {
                            cell.moments.push(moment.clone());
                        }
                    }
                    // A helper that several rules need runs once in OPA, and here once for each of them.
                    let news = outcome.prints.iter().filter(|print| !printed.contains(*print));
                    prints.extend(news.map(remark));
                    printed.extend(outcome.prints.iter().cloned());
                    taken_back.extend(outcome.exceptions.iter().cloned());
                    for objection in &outcome.objections {
                        self.add_finding(&mut cell, policy, unit, objection, judged, shape);
                    }
                }
                None if reasons.is_empty() => {
                    reasons.push(Reason::RuleError { place: None, message: "not evaluated".to_owned() });
                }
                None => {}
            }
            unsure |= unit.entry == Entry::Exception && !reasons.is_empty();
            for reason in reasons {
                if !cell.reasons.contains(&reason) {
                    cell.reasons.push(reason);
                }
            }
        }
        // What the engine says about a file that OPA refuses, OPA has said in its own words.
        let refusals: Vec<Reason> = self.refusals(policy).cloned().collect();
        if !refusals.is_empty() {
            cell.reasons.retain(|reason| !self.is_refused(reason));
            cell.reasons.extend(refusals);
        }
        if !taken_back.is_empty() {
            cell.findings.retain(|finding| !taken_back.iter().any(|key| key == exception_key(&finding.rule)));
        }
        let denies = cell.findings.iter().any(|finding| finding.severity == Demand::Deny);
        cell.verdict = match () {
            () if denies && !unsure => Verdict::Deny,
            () if !cell.reasons.is_empty() => Verdict::NotJudged,
            () if !cell.findings.is_empty() => Verdict::Warn,
            () => Verdict::Allow,
        };
        cell
    }

    fn add_finding(
        &self,
        cell: &mut Cell,
        policy: usize,
        unit: &Unit,
        objection: &Objection,
        judged: locate::Judged<'_>,
        shape: InputShape,
    ) {
        let same = |finding: &Finding| {
            finding.rule == unit.name
                && finding.msg == objection.msg
                && finding.details == objection.details
                && finding.severity == objection.demand
        };
        // Equal results of several definitions are one member of the rule's set.
        if unit.definition.is_some() && cell.findings.iter().any(same) {
            return;
        }
        cell.findings.push(Finding {
            policy,
            package: self.program.policies.get(policy).map(|p| p.package.clone()).unwrap_or_default(),
            rule: unit.name.clone(),
            severity: objection.demand,
            msg: objection.msg.clone(),
            details: objection.details.clone(),
            constraint: None,
            policy_location: self.made_at(unit, objection).or_else(|| self.defined_at(unit)),
            manifest_locations: locate::places(&self.program, unit, objection, judged, shape),
            repeats: false,
        });
    }

    /// The definition whose body made an objection.
    fn made_at(&self, unit: &Unit, objection: &Objection) -> Option<Place> {
        let firing = objection.firings.first()?;
        let definitions = &self.program.rules.get(unit.rule)?.definitions;
        let has_probe = |key: &&Key| {
            self.program.definition(**key).is_some_and(|d| d.probes.iter().any(|p| p.id == firing.probe))
        };
        let key =
            unit.definition.map(|(key, _)| key).or_else(|| definitions.iter().find(has_probe).copied())?;
        let placed = self.program.placed(key)?;
        self.program.place(key.0, placed.at(&placed.definition.head))
    }

    fn defined_at(&self, unit: &Unit) -> Option<Place> {
        defined_at(&self.program, unit)
    }

    fn reason(&self, unit: &Unit, fault: &Fault) -> Reason {
        let message = fault.message.clone();
        match self.find(unit, fault.spot) {
            Some(place) if fault.compile => Reason::PolicyError { place, message },
            place => Reason::RuleError { place: place.or_else(|| self.defined_at(unit)), message },
        }
    }

    /// Errors of texts, by file.
    fn diagnostics(&self, outcomes: &Outcomes) -> Vec<(FileId, Vec<Diagnostic>)> {
        let mut by_file: BTreeMap<FileId, Vec<Diagnostic>> =
            self.files.keys().map(|&id| (id, Vec::new())).collect();
        for file in self.files.values() {
            if let Some(Read::Manifest(documents)) = &file.read {
                let remarks = by_file.entry(file.source.file).or_default();
                remarks.extend(documents.diagnostics());
            }
        }
        for broken in &self.broken {
            by_file.entry(broken.file).or_default().extend(broken.diagnostics.iter().cloned());
        }
        for (file, remarks) in self.templates.remarks() {
            by_file.entry(file).or_default().extend(remarks.iter().cloned());
        }
        for refused in &self.refused_files {
            by_file.entry(refused.file).or_default().extend(refused.diagnostics.iter().cloned());
        }
        let mut say = |reason: &Reason, origin: Origin| {
            if self.is_refused(reason) {
                return;
            }
            let Some((place, diagnostic)) = remark(reason, origin) else { return };
            let remarks = by_file.entry(place.file).or_default();
            // The error of a file is the obstacle of every unit that needs the file.
            if !remarks.iter().any(|r| r.range == diagnostic.range && r.message == diagnostic.message) {
                remarks.push(diagnostic);
            }
        };
        for (_, reason) in &self.data_errors {
            say(reason, Origin::Yaml);
        }
        for unit in &self.program.units {
            unit.obstacles.iter().for_each(|reason| say(reason, Origin::Compile));
            // Otherwise what was asked before would decide whether it is said.
            if let Some(fault) = self.refused.get(&unit.fingerprint).filter(|_| self.options.lint) {
                say(&self.reason(unit, fault), Origin::Compile);
            }
        }
        let faulty: HashSet<u64> =
            outcomes.iter().filter(|(_, o)| o.error.is_some()).map(|((_, print), _)| *print).collect();
        let documents = || {
            self.files.values().filter_map(|file| match &file.read {
                Some(Read::Manifest(read)) => Some(&read.all),
                _ => None,
            })
        };
        for unit in self.program.units.iter().filter(|unit| faulty.contains(&unit.fingerprint)) {
            // Of the first document: the engine's words may hold values of the input.
            let shape = self.shape_of(unit.policy);
            let prints = documents()
                .flatten()
                .filter_map(|document| document.known_print(shape, self.options.asked.raw));
            let fault =
                prints.filter_map(|print| outcomes.get(&(print, unit.fingerprint))?.error.as_ref()).next();
            if let Some(fault) = fault {
                say(&self.reason(unit, fault), Origin::Compile);
            }
        }
        for (file, remarks) in &mut by_file {
            self.add_advice(*file, remarks);
        }
        by_file.into_iter().collect()
    }
}

/// The fingerprint of what was asked about a document. Where the readings are alike, there is one.
pub(super) fn print_of(judged: locate::Judged<'_>, shape: InputShape) -> Option<u64> {
    let document = judged.document;
    document.known_print(shape, judged.raw).or_else(|| document.known_print(shape, !judged.raw))
}

pub(super) fn verdict_of(cells: &[Cell]) -> Verdict {
    cells.iter().map(|cell| cell.verdict).max().unwrap_or(Verdict::NotJudged)
}

pub(super) fn says_the_same(one: &Finding, other: &Finding) -> bool {
    (one.policy, &one.rule, one.severity, said(one), &one.details)
        == (other.policy, &other.rule, other.severity, said(other), &other.details)
}

/// The message without the ExpansionTemplate that implies it.
fn said(finding: &Finding) -> &str {
    let implied = finding.msg.strip_prefix("[Implied by ").filter(|_| finding.constraint.is_some());
    implied.and_then(|rest| rest.split_once("] ")).map_or(&finding.msg, |(_, said)| said)
}

/// A workload is decided together with the Pod that it makes, in both readings. What both are told is said once.
fn derive(workload: &mut JudgedDocument, pod: &mut JudgedDocument) {
    let other = |document: &JudgedDocument| {
        document.other_reading.as_ref().map_or(document.verdict, |other| other.verdict)
    };
    let verdict = other(workload).max(other(pod));
    let raw = [&*workload, &*pod].iter().find_map(|d| d.other_reading.as_ref()).map(|other| other.raw);
    workload.verdict = workload.verdict.max(pod.verdict);
    if let Some(raw) = raw {
        let nothing = || OtherReading {
            raw,
            verdict,
            only_here: Vec::new(),
            only_there: Vec::new(),
            reasons: Vec::new(),
        };
        let mut other = workload.other_reading.take().unwrap_or_else(nothing);
        other.verdict = verdict;
        let same = verdict == workload.verdict && other.only_here.is_empty() && other.only_there.is_empty();
        workload.other_reading = (!same).then_some(other);
    }
    for (cell, of_workload) in pod.cells.iter_mut().zip(&workload.cells) {
        for finding in &mut cell.findings {
            let nearest = |finding: &Finding| finding.manifest_locations.first().map(|at| at.pointer.clone());
            finding.repeats = of_workload.findings.iter().any(|same| {
                says_the_same(same, finding) && (nearest(same) == nearest(finding) || same.msg != finding.msg)
            });
        }
    }
}

/// A reason with a place as a diagnostic.
fn remark(reason: &Reason, origin: Origin) -> Option<(&Place, Diagnostic)> {
    let (place, message, code, severity) = match reason {
        Reason::PolicyError { place, message } => {
            (place, message.clone(), code(message, origin), Severity::Error)
        }
        Reason::ManifestError { place, message } => (place, message.clone(), "yaml", Severity::Error),
        Reason::RuleError { place: Some(place), message } => {
            (place, message.clone(), "eval_error", Severity::Error)
        }
        Reason::Unsupported { place: Some(place), what } => {
            (place, format!("not judged as OPA does: {what}"), "unsupported", Severity::Error)
        }
        _ => return None,
    };
    let diagnostic = Diagnostic {
        range: place.range.clone(),
        severity,
        origin,
        code: code.to_owned(),
        message,
        approximate: false,
        fix: None,
    };
    Some((place, diagnostic))
}

/// OPA's code for an error that was found before evaluation, by its words.
fn code(message: &str, origin: Origin) -> &'static str {
    match origin {
        Origin::Syntax => "rego_parse_error",
        Origin::Yaml => "data-error",
        _ if message.ends_with("is unsafe") => "rego_unsafe_var_error",
        _ if message.contains(" is recursive: ") => "rego_recursion_error",
        _ if message.starts_with("undefined function ") => "rego_type_error",
        _ => "rego_compile_error",
    }
}

/// The end of the word that starts at a byte offset; at least one character, unless a line ends there.
fn word_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let one = rest.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
    at + word.max(one)
}
