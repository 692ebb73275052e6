//! Unit tests on the screen: they run when a decision has come, their outcomes are signs beside the rules, a number in the
//! decision pane, and a list.

use crate::app::App;
use crate::core::decision::Place;
use crate::core::diagnostics::{Diagnostic, Diagnostics, Origin, Severity, shift_range};
use crate::core::file::{FileId, Revision, Role};
use crate::core::policy::testing::{Case, Failed, Outcome, TestOptions, TestResult, TestRun};
use crate::core::rego::target::Target;
use crate::core::text::Change;
use crate::strings::{self, Lang, T};

/// After this long the outcomes that are known are shown and a newer decision gets its turn. In milliseconds.
const BUDGET_MS: u64 = 40;

/// What tests depend on.
type Texts = (Vec<(FileId, Revision)>, Target, Lang);

/// What is known of the tests.
#[derive(Debug, Default)]
pub struct UnitTests {
    shown: Option<TestRun>,
    /// The decision after which they were asked for last.
    asked: Option<u64>,
    /// The texts they were asked about last, and whether all outcomes came.
    texts: Texts,
    complete: bool,
    /// The user wants to see none.
    hidden: bool,
}

impl UnitTests {
    /// The newest outcomes, if there are any.
    #[must_use]
    pub fn shown(&self) -> Option<&TestRun> {
        self.shown.as_ref().filter(|run| !run.results.is_empty())
    }

    /// Whether an answer of this run is about tests: its decision had come when they were asked for.
    pub(super) fn is_asked(&self, run: u64) -> bool {
        self.asked == Some(run)
    }

    /// Moves the places along with an edit.
    pub(super) fn shift(&mut self, file: FileId, change: &Change) {
        for result in self.shown.iter_mut().flat_map(|run| &mut run.results) {
            let failed = result.failed.iter_mut().map(|failed| &mut failed.place);
            for place in std::iter::once(&mut result.place).chain(failed).filter(|p| p.file == file) {
                place.range = shift_range(&place.range, change);
            }
        }
    }

    /// The signs beside the tests of a file, and where they failed.
    fn marks(&self, file: FileId, lang: Lang) -> Vec<Diagnostic> {
        let mut marks = Vec::new();
        for result in self.shown.iter().flat_map(|run| &run.results) {
            let mut mark = |place: &Place, severity, message| {
                if place.file == file {
                    let (origin, code) = (Origin::Test, result.name.clone());
                    let range = place.range.clone();
                    marks.push(Diagnostic {
                        range,
                        severity,
                        origin,
                        code,
                        message,
                        approximate: false,
                        fix: None,
                    });
                }
            };
            match &result.outcome {
                Outcome::Pending => {}
                Outcome::Pass => mark(&result.place, Severity::Note, String::new()),
                Outcome::Skip => mark(&result.place, Severity::Warning, T::TestSkipped.text(lang).to_owned()),
                Outcome::Fail | Outcome::Error { .. } => {
                    mark(&result.place, Severity::Error, why(result, lang));
                    for failed in &result.failed {
                        mark(&failed.place, Severity::Error, values(failed).join(", "));
                    }
                }
            }
        }
        marks
    }
}

/// Why a test did not pass, in one line; with the cases that failed.
#[must_use]
pub fn why(result: &TestResult, lang: Lang) -> String {
    if let Outcome::Error { reason, .. } = &result.outcome {
        return strings::reason(reason, lang);
    }
    let failed = |(name, case): (&String, &Case)| {
        let below = case.failures().into_iter();
        below.map(|path| [vec![name.clone()], path].concat().join(" / ")).collect::<Vec<_>>()
    };
    let cases: Vec<String> = result.cases.iter().flat_map(failed).collect();
    if cases.is_empty() {
        return T::TestFails.text(lang).to_owned();
    }
    T::TestFailsFor.fill(lang, &[("cases", &cases.join(", "))])
}

/// `count(deny) = 0` for each part of the expression that does not stand there as a value.
#[must_use]
pub fn values(failed: &Failed) -> Vec<String> {
    let shown =
        |value: &Option<serde_json::Value>| value.as_ref().map_or("undefined".to_owned(), |v| v.to_string());
    failed
        .values
        .iter()
        .filter_map(|part| {
            let text = failed.text.get(part.range.clone())?;
            let value = shown(&part.value);
            (text != value).then(|| format!("{text} = {value}"))
        })
        .collect()
}

impl App {
    /// A decision has come: the tests are next, unless nothing that they read has changed.
    pub(super) fn ask_tests(&mut self, any: bool) {
        if !any || self.tests.hidden {
            let UnitTests { asked, hidden, .. } = self.tests;
            self.tests = UnitTests { asked, hidden, ..UnitTests::default() };
            return self.mark_tests();
        }
        let texts = self.tested_texts();
        if self.tests.complete && self.tests.texts == texts {
            return;
        }
        self.tests.texts = texts;
        self.tests.complete = false;
        self.run_tests();
    }

    fn run_tests(&mut self) {
        self.tests.asked = Some(self.decision.asked);
        let options = TestOptions { budget_ms: BUDGET_MS, explain: true, ..TestOptions::default() };
        self.evaluate(Some(options), None);
    }

    fn tested_texts(&self) -> Texts {
        let files = self.files.iter().filter(|file| file.role != Role::Manifest);
        let texts = files.map(|file| (file.id, file.editor.buffer().revision())).collect();
        (texts, self.settings.target, self.settings.lang)
    }

    /// Outcomes came; of older texts they are dropped.
    pub(super) fn tested(&mut self, run: TestRun) {
        if self.tests.texts != self.tested_texts() {
            return;
        }
        let more = run.more;
        self.tests.shown = Some(run);
        self.tests.complete = !more;
        self.mark_tests();
        // While a decision is on its way, the rest is asked for behind it.
        if more && self.tests.is_asked(self.decision.asked) {
            self.run_tests();
        }
    }

    fn mark_tests(&mut self) {
        let lang = self.settings.lang;
        for file in self.files.iter_mut() {
            let marks = self.tests.marks(file.id, lang);
            let others = file.diagnostics.all().iter().filter(|d| d.origin != Origin::Test).cloned();
            file.diagnostics = Diagnostics::new(others.chain(marks).collect());
        }
    }

    /// All tests in a list, those that did not pass first.
    pub(super) fn list_tests(&mut self) {
        let lang = self.settings.lang;
        let Some(run) = self.tests.shown() else { return };
        let mut items = Vec::new();
        for result in &run.results {
            let (rank, sign) = match result.outcome {
                Outcome::Fail | Outcome::Error { .. } => (0, "✗"),
                Outcome::Skip => (1, "!"),
                Outcome::Pending => (2, "?"),
                Outcome::Pass => (3, "✓"),
            };
            let place = result.failed.first().map_or(&result.place, |failed| &failed.place);
            let mut item = self.place_item(place.file, place.range.clone());
            item.text = format!("{sign} {}", result.name);
            if rank == 0 {
                let values = result.failed.first().map(values).unwrap_or_default();
                let why = if values.is_empty() { why(result, lang) } else { values.join(", ") };
                item.text += &format!("  {why}");
            }
            items.push((rank, item));
        }
        items.sort_by_key(|(rank, _)| *rank);
        self.list_places(T::TestsTitle, items.into_iter().map(|(_, item)| item).collect());
    }

    /// Runs and shows the tests, or leaves them alone.
    pub(super) fn toggle_tests(&mut self) {
        self.tests.hidden = !self.tests.hidden;
        self.tests.complete = false;
        if self.tests.hidden {
            self.ask_tests(false);
        } else {
            self.dirty = true;
        }
        let told = if self.tests.hidden { T::TestsHidden } else { T::TestsShown };
        self.tell(told, Severity::Note);
    }
}
