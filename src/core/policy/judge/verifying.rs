//! Runs suites as `gator verify` does: each test with a client of its own, each case with its own inventory.

use serde_json::{Value, json};

use super::Judge;
use super::client::{Client, Reviewed};
use crate::core::decision::{Place, Reason};
use crate::core::file::FileId;
use crate::core::policy::gatekeeper::enforcement::GATOR;
use crate::core::policy::gatekeeper::inventory;
use crate::core::policy::gatekeeper::matching::{Source, group_and_kind};
use crate::core::policy::gatekeeper::review::{Review, of_object, of_request};
use crate::core::policy::gatekeeper::suite::{
    self, At, Case, CaseResult, Filter, Job, Named, Spot, Suite, SuiteResult, Test, TestResult, Trouble,
    Words, objects,
};
use crate::core::policy::options::Step;
use crate::strings::Lang;

/// The files of a client: the template, the constraint, the ExpansionTemplates.
const TEMPLATE: FileId = FileId(0);
const CONSTRAINT: FileId = FileId(1);
const EXPANSION: FileId = FileId(2);

impl Judge {
    /// Runs the suites of a job, one after the other.
    pub(super) fn verify(&self, job: &Job, step: &mut dyn FnMut(Step)) -> Vec<SuiteResult> {
        let filter = Filter::read(&job.run);
        let mut all = Vec::new();
        for (nth, (name, text)) in job.suites.iter().enumerate() {
            let lang = self.options.lang;
            let Some(read) = suite::read(name, text, lang) else { continue };
            let began = self.now_ns();
            let mut result = SuiteResult { suite: name.clone(), ..SuiteResult::default() };
            match (read, &filter) {
                (Err(trouble), _) => result.trouble = Some(trouble),
                (_, Err(words)) => result.trouble = Some(Trouble::said(None, words.clone())),
                (Ok(suite), Ok(_)) if suite.skip => result.skipped = true,
                (Ok(suite), Ok(filter)) => {
                    let mut running = Running { judge: self, job, name, nth, filter, lang, step };
                    result.tests = running.tests(&suite);
                }
            }
            result.duration_ns = self.now_ns().saturating_sub(began);
            all.push(result);
        }
        all
    }
}

/// A suite that is run.
struct Running<'a> {
    judge: &'a Judge,
    job: &'a Job,
    name: &'a str,
    nth: usize,
    filter: &'a Filter,
    lang: Lang,
    step: &'a mut dyn FnMut(Step),
}

/// A file that a suite names: its path and its text.
type Text<'a> = (String, &'a str);

impl<'a> Running<'a> {
    fn tests(&mut self, suite: &Suite) -> Vec<TestResult> {
        suite.tests.iter().enumerate().map(|(nth, test)| self.test(nth, test)).collect()
    }

    fn test(&mut self, nth: usize, test: &Test) -> TestResult {
        let mut result = TestResult { name: test.name.clone(), at: test.at, ..TestResult::default() };
        if test.skip || !self.filter.takes(test) {
            result.skipped = true;
            return result;
        }
        let began = self.judge.now_ns();
        let ready = match self.begin(nth, None) {
            Some(trouble) => Err(Stop { trouble, schema: false }),
            None => self.client(test),
        };
        match (ready, test.invalid) {
            (Err(stop), true) if stop.schema => {}
            (found, true) => {
                let wanted = "schema validation failed";
                let words = match found {
                    Ok(_) => format!("got error %!w(<nil>) but want {wanted}"),
                    Err(Stop { trouble: Trouble { words: Words::Said(words), .. }, .. }) => {
                        format!("got error {words} but want {wanted}")
                    }
                    Err(stop) => {
                        result.trouble = Some(stop.trouble);
                        return result;
                    }
                };
                let words = format!("constraint should have failed schema validation: {words}");
                result.trouble =
                    Some(Trouble { unmet: true, ..Trouble::said(self.spot(test.constraint.at), words) });
            }
            (Err(stop), false) => result.trouble = Some(stop.trouble),
            (Ok(mut client), false) => {
                let mut stocked = json!({});
                for (at, case) in test.cases.iter().enumerate() {
                    let mut found =
                        CaseResult { name: case.name.clone(), at: case.at, ..CaseResult::default() };
                    if case.skip || !self.filter.takes_case(&test.name, &case.name) {
                        found.skipped = true;
                    } else {
                        let began = self.judge.now_ns();
                        found.trouble = match self.begin(nth, Some(at)) {
                            Some(trouble) => Some(trouble),
                            None => self.case(test, case, &mut client, &mut stocked, &mut found.prints).err(),
                        };
                        found.trouble = found.trouble.map(|trouble| Trouble {
                            spot: trouble.spot.or_else(|| self.spot(case.at)),
                            ..trouble
                        });
                        found.duration_ns = self.judge.now_ns().saturating_sub(began);
                    }
                    result.cases.push(found);
                }
            }
        }
        result.duration_ns = self.judge.now_ns().saturating_sub(began);
        result
    }

    /// Tells what is about to be done; why it must not be, if it ended the evaluator before.
    fn begin(&mut self, test: usize, case: Option<usize>) -> Option<Trouble> {
        let step = Step::Case { suite: self.nth, test, case };
        let skip = self.judge.options.skip.iter().find(|skip| skip.step == step);
        if let Some(skip) = skip {
            return Some(not_judged(None, skip.reason.clone()));
        }
        (self.step)(step);
        None
    }

    /// The template, its constraint and the ExpansionTemplates, if Gatekeeper takes them.
    fn client(&self, test: &Test) -> Result<Client, Stop> {
        if test.template.text.is_empty() {
            return Err(self.stop(test.at, "invalid Suite: missing template"));
        }
        let (name, text) = self.text(&test.template, "reading ConstraintTemplate from")?;
        let template = name.as_str();
        let template_text = objects::first_document(text);
        let alone = [(TEMPLATE, template, template_text)];
        let is_template =
            |object: &Value| group_and_kind(object) == ("templates.gatekeeper.sh", "ConstraintTemplate");
        if first_object(template_text).is_some_and(|object| !is_template(&object)) {
            let words = format!("path {template:?}: not a ConstraintTemplate");
            return Err(self.stop(test.template.at, &words));
        }
        if test.constraint.text.is_empty() {
            let of_template = Client::new(&alone, GATOR, self.lang);
            return Err(self
                .refused(&of_template, TEMPLATE, "adding template: ", template)
                .unwrap_or_else(|| self.stop(test.at, "invalid Suite: missing constraint")));
        }
        let constraint = self.text(&test.constraint, "reading Constraint from");
        let constraint = match &constraint {
            Ok((name, text)) => Ok((name.as_str(), objects::first_document(text))),
            Err(stop) => Err(stop.clone()),
        };
        let expansion = match test.expansion.text.as_str() {
            "" => None,
            _ => Some(self.text(&test.expansion, "reading ExpansionTemplate from")),
        };
        let mut files = alone.to_vec();
        files.extend(constraint.as_ref().ok().map(|(name, text)| (CONSTRAINT, *name, *text)));
        if let Some(Ok((name, text))) = &expansion {
            files.push((EXPANSION, name.as_str(), text));
        }
        let client = Client::new(&files, GATOR, self.lang);
        if let Some(stop) = self.refused(&client, TEMPLATE, "adding template: ", template) {
            return Err(stop);
        }
        if first_object(template_text).is_none() {
            let words = format!("path {template:?}: not a ConstraintTemplate");
            return Err(self.stop(test.template.at, &words));
        }
        let constraint = constraint?;
        let is_constraint = |object: &Value| group_and_kind(object).0 == "constraints.gatekeeper.sh";
        let found = first_object(constraint.1).map(|object| is_constraint(&object));
        if found != Some(false)
            && let Some(stop) = self.refused(&client, CONSTRAINT, "", constraint.0)
        {
            return Err(stop);
        }
        if found != Some(true) {
            return Err(self.stop(test.constraint.at, "not a Constraint"));
        }
        if test.invalid {
            return Ok(client);
        }
        if let Some(expansion) = expansion {
            let (name, text) = expansion?;
            if let Some(stop) = self.refused(&client, EXPANSION, "error upserting template: ", &name) {
                return Err(stop);
            }
            let read = objects::read(&name, text, self.lang);
            let is_one =
                |object: &Value| group_and_kind(object) == ("expansion.gatekeeper.sh", "ExpansionTemplate");
            match read {
                Err(words) => return Err(self.stop(test.expansion.at, &words)),
                Ok(all) if !all.iter().all(is_one) => {
                    let words = format!("not an Expansion Template: {name:?}");
                    return Err(self.stop(test.expansion.at, &words));
                }
                Ok(_) => {}
            }
        }
        if let Some(reason) = client.reasons().next() {
            return Err(Stop { trouble: self.not_judged(test, reason.clone()), schema: false });
        }
        Ok(client)
    }

    /// What is wrong with a file of a client.
    fn refused(&self, client: &Client, file: FileId, before: &str, name: &str) -> Option<Stop> {
        let reasons = || {
            client.reasons().filter_map(|reason| match reason {
                Reason::PolicyError { place, message } if place.file == file => Some((place, message)),
                _ => None,
            })
        };
        let problem = client.problems().iter().find(|(of, _)| *of == file).map(|(_, problem)| problem);
        let (place, words) = match (problem, reasons().next()) {
            (Some(problem), found) => (found.map(|(place, _)| place), &problem.message),
            (None, Some((place, words))) => (Some(place), words),
            (None, None) => return None,
        };
        let at = place.map_or(At { line: 1, column: 1 }, at_place);
        let spot = Some(Spot { file: name.to_owned(), at });
        let schema = problem.is_some_and(|problem| problem.schema);
        Some(Stop { trouble: Trouble::said(spot, format!("{before}{words}")), schema })
    }

    fn case(
        &mut self,
        test: &Test,
        case: &Case,
        client: &mut Client,
        stocked: &mut Value,
        prints: &mut Vec<String>,
    ) -> Result<(), Trouble> {
        if case.object.text.is_empty() {
            return Err(self.said(case.at, "invalid Case: must define object"));
        }
        if case.assertions.is_empty() {
            return Err(self.said(case.at, "invalid Case: assertions must be non-empty"));
        }
        let objects = self.objects(&case.object)?;
        let [object] = objects.as_slice() else {
            let path = suite::join(self.name, &case.object.text);
            let words = format!(
                "object file must contain exactly one object: {path:?} defines {} objects",
                objects.len()
            );
            return Err(self.said(case.object.at, words));
        };
        let mut given = Vec::new();
        for named in &case.inventory {
            given.extend(self.objects(named)?);
        }
        let inventory = inventory::of(given.iter());
        if inventory != *stocked {
            client.set_inventory(&inventory);
            *stocked = inventory;
        }
        let reviewed = self.review(case, object, client, stocked)?;
        prints.extend(reviewed.prints);
        if let Some(reason) = reviewed.reasons.into_iter().next() {
            return Err(self.not_judged(test, reason));
        }
        let messages: Vec<&str> =
            reviewed.violations.iter().map(|violation| violation.msg.as_str()).collect();
        for assertion in &case.assertions {
            if let Err(unmet) = assertion.check(&messages) {
                return Err(Trouble { unmet: !unmet.invalid, ..self.said(assertion.at, unmet.words) });
            }
        }
        Ok(())
    }

    fn review(
        &self,
        case: &Case,
        object: &Value,
        client: &mut Client,
        inventory: &Value,
    ) -> Result<Reviewed, Trouble> {
        let fail = |words: String| self.said(case.object.at, words);
        let request = objects::request(object).map_err(fail)?;
        let known = |name: &str| inventory.get("cluster")?.get("v1")?.get("Namespace")?.get(name);
        let mut quiet = |_: Step| {};
        if let Some(request) = request {
            let value = of_request(&request, None).map_err(fail)?;
            let namespace = value.get("namespace").and_then(Value::as_str).and_then(known);
            let review = Review { value: &value, namespace, source: Source::Original };
            return Ok(client.review_alone(review, &mut quiet));
        }
        if let Some(words) = client.expansion_fault(object) {
            let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            let words = format!("expanding resource {name}: error expanding resource {name}: {words}");
            return Err(fail(words));
        }
        let value = of_object(object, "", None);
        let namespace = value.get("namespace").and_then(Value::as_str).and_then(known);
        let review = Review { value: &value, namespace, source: Source::Original };
        Ok(client.review(review, &mut quiet))
    }

    fn objects(&self, named: &Named) -> Result<Vec<Value>, Trouble> {
        let (path, text) = self.text(named, "").map_err(|stop| stop.trouble)?;
        objects::read(&path, text, self.lang).map_err(|words| self.said(named.at, words))
    }

    /// The text of a file that the suite names.
    fn text(&self, named: &Named, doing: &str) -> Result<Text<'a>, Stop> {
        let path = suite::join(self.name, &named.text);
        let missing = || Err("no such file or directory".to_owned());
        match self.job.files.get(&path).map_or_else(missing, |text| text.as_deref().map_err(Clone::clone)) {
            Ok(text) => Ok((path, text)),
            Err(why) => {
                let doing = if doing.is_empty() { String::new() } else { format!("{doing} {path:?}: ") };
                Err(self.stop(named.at, &format!("{doing}open {path}: {why}")))
            }
        }
    }

    fn spot(&self, at: At) -> Option<Spot> {
        Some(Spot { file: self.name.to_owned(), at })
    }

    fn said(&self, at: At, words: impl Into<String>) -> Trouble {
        Trouble::said(self.spot(at), words)
    }

    fn stop(&self, at: At, words: &str) -> Stop {
        Stop { trouble: self.said(at, words), schema: false }
    }

    /// That a test cannot be judged, at the place that the reason names.
    fn not_judged(&self, test: &Test, reason: Reason) -> Trouble {
        let place = match &reason {
            Reason::PolicyError { place, .. } => Some(place),
            Reason::RuleError { place, .. } | Reason::Unsupported { place, .. } => place.as_ref(),
            _ => None,
        };
        let spot = place.map(|place| {
            let named = match place.file {
                TEMPLATE => &test.template,
                CONSTRAINT => &test.constraint,
                _ => &test.expansion,
            };
            Spot { file: suite::join(self.name, &named.text), at: at_place(place) }
        });
        not_judged(spot.or_else(|| self.spot(test.at)), reason)
    }
}

fn at_place(place: &Place) -> At {
    At { line: place.line, column: place.column }
}

fn not_judged(spot: Option<Spot>, reason: Reason) -> Trouble {
    Trouble { spot, words: Words::NotJudged(Box::new(reason)), unmet: false }
}

/// Why there is no client.
#[derive(Clone)]
struct Stop {
    trouble: Trouble,
    /// A value of the constraint does not fit the schema.
    schema: bool,
}

/// The first object of a text, if it can be read.
fn first_object(text: &str) -> Option<Value> {
    crate::core::manifest::read(text).documents.into_iter().next()?.value
}
