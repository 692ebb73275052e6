//! The lines of the decision pane: what stands where, and what a click on it means.
//!
//! Drawing, the mouse and scrolling all build the same [`Sheet`]. It knows meanings ([`Tone`]) and no colours.

mod detail;
mod lines;
mod matrix;
mod request;
mod testing;

pub use lines::{Line, Span, Tone, middle_cut, wrap};
pub use matrix::padded;

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use crate::app::App;
use crate::app::command::{Command, Scope};
use crate::app::layout::{Area, PaneId};
use crate::app::panes::decision::{DecisionPane, Stale};
use crate::core::decision::{Demand, Evaluation, JudgedDocument, Place, Verdict};
use crate::core::file::{FileId, Role};
use crate::strings::{self, Lang, T};

/// Lines that the error takes which keeps a decision from being made.
const STALE_LINES: usize = 3;

/// What a cell of the pane stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hit {
    /// A finding of the detail, by its number in [`DecisionPane::shown_findings`].
    Finding(usize),
    /// A place in a file.
    Place(Place),
    /// What was asked.
    Request,
    /// The decision on the document read the other way.
    OtherReading,
    /// A cell of the matrix, or the name of a document (no policy).
    Cell { document: usize, policy: Option<usize> },
    /// A cell of the grid of clusters, or the name of a row or a column.
    Answer { column: usize, row: usize },
}

/// All lines of the pane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Lines that stay: the verdict, the document or the matrix.
    pub head: Vec<Line>,
    /// Lines that scroll: findings, reasons, what was printed.
    pub body: Vec<Line>,
    /// The first line of the body that is shown.
    pub first: usize,
    /// The decision is not of the text on the screen; these lines say why, the others are out of date.
    pub stale: Option<Range<usize>>,
    width: u16,
    height: u16,
}

/// What the parts of a sheet are made from.
struct Source<'a> {
    app: &'a App,
    pane: &'a DecisionPane,
    lang: Lang,
    /// Cells of a line, without the blank on either side.
    width: usize,
    height: usize,
    strip: bool,
    /// Names of files without their folders that more than one file has.
    ambiguous: HashSet<&'a str>,
}

impl Sheet {
    /// The sheet of the decision pane as it is on the screen; empty if it is not.
    #[must_use]
    pub fn of(app: &App) -> Self {
        let layout = app.layout();
        let Some(area) = layout.area(PaneId::Decision) else { return Self::default() };
        let inner = area.inner();
        let source = Source {
            app,
            pane: &app.decision,
            lang: app.settings.lang,
            width: usize::from(inner.width.saturating_sub(2)),
            height: usize::from(inner.height),
            strip: layout.decision_is_strip(),
            ambiguous: ambiguous(app),
        };
        let mut sheet = source.sheet();
        sheet.width = inner.width;
        sheet.height = inner.height;
        sheet.first = app.decision.scroll.min(sheet.last_first());
        sheet
    }

    /// A sheet of these lines for an area of this size, scrolled as far as that goes.
    pub(super) fn sized(head: Vec<Line>, body: Vec<Line>, area: Area, scroll: usize) -> Self {
        let mut sheet = Self { head, body, width: area.width, height: area.height, ..Self::default() };
        sheet.first = scroll.min(sheet.last_first());
        sheet
    }

    /// The lines that are shown, from the top.
    pub fn shown(&self) -> impl Iterator<Item = &Line> {
        self.head.iter().chain(self.body.iter().skip(self.first)).take(usize::from(self.height))
    }

    /// How many lines are below the last one shown.
    #[must_use]
    pub fn below(&self) -> usize {
        self.body.len().saturating_sub(self.first + self.room())
    }

    /// Rows for the body.
    fn room(&self) -> usize {
        usize::from(self.height).saturating_sub(self.head.len())
    }

    fn last_first(&self) -> usize {
        self.body.len().saturating_sub(self.room())
    }

    /// The column of each span of a line, from the left edge of the pane's inside.
    #[must_use]
    pub fn columns<'l>(&self, line: &'l Line) -> Vec<(u16, &'l Span)> {
        line.columns(usize::from(self.width)).map(|(column, span)| (column as u16, span)).collect()
    }

    /// What a cell stands for, counted from the left upper corner of the pane's inside.
    #[must_use]
    pub fn hit(&self, column: u16, row: u16) -> Option<Hit> {
        let line = self.shown().nth(usize::from(row))?;
        let on = |(start, span): &(u16, &Span)| {
            column >= *start && usize::from(column) < usize::from(*start) + span.cells()
        };
        self.columns(line)
            .into_iter()
            .find(on)
            .and_then(|(_, span)| span.hit.clone())
            .or_else(|| line.hit.clone())
    }
}

/// The keys of a command as they must be pressed now: in the EDIT state `Esc` comes before a key of the NAV state.
#[must_use]
pub fn keys_here(app: &App, command: Command) -> String {
    let scopes = app.scopes();
    let bound = app.keymap.all_keys_of(command);
    if let Some((_, keys)) = bound.iter().find(|(scope, _)| scopes.contains(scope)) {
        return keys.clone();
    }
    match bound.iter().find(|(scope, _)| *scope == Scope::Nav) {
        Some((_, keys)) => format!("Esc {keys}"),
        None => bound.first().map(|(_, keys)| keys.clone()).unwrap_or_default(),
    }
}

/// What a cell of the screen stands for, in the decision pane at `area`.
#[must_use]
pub fn hit(app: &App, area: Area, column: u16, row: u16) -> Option<Hit> {
    let inner = area.inner();
    if !inner.contains(column, row) {
        return None;
    }
    Sheet::of(app).hit(column - inner.x, row - inner.y)
}

/// The first line of the pane's body to show: the present one within its bounds, or the one nearest to it that brings
/// the selected finding into sight.
#[must_use]
pub fn scroll(app: &App, to_selected: bool) -> usize {
    let sheet = Sheet::of(app);
    if !to_selected {
        return sheet.first;
    }
    let selected = Some(Hit::Finding(app.decision.selected));
    let first = sheet.body.iter().position(|line| line.hit == selected);
    let last = sheet.body.iter().rposition(|line| line.hit == selected);
    let (Some(first), Some(last)) = (first, last) else { return sheet.first };
    // The heading above the first finding comes along.
    let first = if app.decision.selected == 0 { 0 } else { first };
    let lowest = (last + 1).saturating_sub(sheet.room());
    sheet.first.max(lowest).min(first.max(lowest))
}

impl Source<'_> {
    fn sheet(&self) -> Sheet {
        let mut sheet = Sheet::default();
        if let Some(stopped) = &self.pane.stopped {
            sheet.head.push(self.verdict_line(Verdict::NotJudged, Vec::new(), None));
            self.stopped(stopped, &mut sheet.body);
            return sheet;
        }
        let Some(shown) = &self.pane.shown else {
            self.nothing_yet(&mut sheet);
            return sheet;
        };
        if shown.documents.is_empty() || shown.policies.is_empty() {
            sheet.head.push(self.verdict_line(Verdict::NotJudged, Vec::new(), None));
            if let Some(stale) = &self.pane.stale {
                self.stale(stale, &mut sheet.head);
                return sheet;
            }
            self.gap(&mut sheet.head);
            self.nothing_to_judge(shown, &mut sheet.body);
            self.failed_tests(&mut sheet.body);
            return sheet;
        }
        sheet.stale = self.head(shown, &mut sheet.head);
        self.detail(shown, &mut sheet.body);
        self.failed_tests(&mut sheet.body);
        sheet
    }

    /// A blank line, where there is room for one.
    fn gap(&self, lines: &mut Vec<Line>) {
        if !self.strip {
            lines.push(Line::default());
        }
    }

    /// The lines that stay; gives back which of them say why the decision is out of date.
    fn head(&self, shown: &Evaluation, head: &mut Vec<Line>) -> Option<Range<usize>> {
        let matrix = self.pane.is_matrix();
        let mut words = Vec::new();
        let documents = shown.written().count();
        if documents > 1 {
            let verdict = shown.verdict();
            let count = shown.written().filter(|d| d.verdict == verdict).count();
            words.push(Span::strong(
                T::SheetOfDocuments.fill(self.lang, &[("count", &count), ("total", &documents)]),
            ));
        } else {
            words.extend(self.counts(shown));
        }
        let mut reading = self.reading();
        if (self.strip || !matrix)
            && let Some(reading) = reading.take()
        {
            if !words.is_empty() {
                words.push(Span::plain("  "));
            }
            words.push(reading);
        }
        if let Some(target) = self.target() {
            words.push(Span::plain("  "));
            words.push(target);
        }
        if self.strip
            && let Some(document) = self.pane.shown_document()
        {
            if !words.is_empty() {
                words.push(Span::plain("   "));
            }
            let used: usize = words.iter().map(Span::cells).sum();
            // The verdict stands before, the time behind.
            words.extend(self.asked_within(document, self.width.saturating_sub(used + 24)));
        }
        head.push(self.verdict_line(shown.verdict(), words, Some(shown)));
        let stale = self.pane.stale.as_ref().map(|stale| {
            self.stale(stale, head);
            1..head.len()
        });
        let both = self.pane.shown_document().and_then(|document| self.both_readings(document));
        if self.strip {
            head.extend(both);
            return stale;
        }
        if matrix {
            // In place of a blank line, since how many documents it is needs the one above.
            head.push(Line::from(reading.into_iter().collect::<Vec<_>>()));
            self.matrix(shown, head);
        } else if let Some(document) = self.pane.shown_document() {
            if self.pane.stale.is_some() {
                self.gap(head);
            }
            head.extend(self.asked_about(document));
            head.extend(both);
        }
        self.gap(head);
        stale
    }

    /// "2" after the word; the warnings of a denied document too.
    fn counts(&self, shown: &Evaluation) -> Vec<Span> {
        let (deny, warn) = shown.counts();
        match (shown.verdict(), deny, warn) {
            (Verdict::Deny, deny, 0) => vec![Span::verdict(Verdict::Deny, deny.to_string())],
            (Verdict::Deny, deny, warn) => vec![
                Span::verdict(Verdict::Deny, deny.to_string()),
                Span::plain("  "),
                Span::verdict(Verdict::Warn, format!("! {warn}")),
            ],
            (Verdict::Warn, _, warn) => vec![Span::verdict(Verdict::Warn, warn.to_string())],
            _ => Vec::new(),
        }
    }

    /// The largest fact: sign, word, count; at the right how long it took, or how old it is.
    fn verdict_line(&self, verdict: Verdict, words: Vec<Span>, shown: Option<&Evaluation>) -> Line {
        let word = strings::verdict(verdict, self.lang);
        let mut left = vec![Span::verdict(verdict, format!("{} {word}", sign(verdict)))];
        if !words.is_empty() {
            left.push(Span::plain("  "));
            left.extend(words);
        }
        let mut line = Line::from(left);
        if let Some(since) = self.pane.checking_since {
            let seconds = self.app.now.saturating_sub(since).as_secs();
            let text = if seconds == 0 {
                T::SheetChecking.text(self.lang).to_owned()
            } else {
                T::SheetCheckingFor.fill(self.lang, &[("age", &age(Duration::from_secs(seconds), self.lang))])
            };
            line.right = vec![Span::plain(text)];
        } else if let Some(stale) = &self.pane.stale {
            let old = age(self.app.now.saturating_sub(stale.since), self.lang);
            line.right = vec![Span::plain(T::SheetFrom.fill(self.lang, &[("age", &old)]))];
        } else if let Some(shown) = shown {
            let time = milliseconds(shown.elapsed_us);
            let policies = T::SheetPolicies.fill(self.lang, &[("count", &shown.policies.len())]) + " · ";
            let used: usize = line.left.iter().map(Span::cells).sum();
            let all = used + lines::cells(&policies) + time.len() + 2;
            let wanted = shown.written().nth(1).is_some() && shown.policies.len() > 1 && !self.strip;
            let text = if wanted && all <= self.width { policies + &time } else { time };
            line.right = vec![Span::dim(text)];
        }
        if let Some(tests) = self.tests() {
            if !line.right.is_empty() {
                line.right.insert(0, Span::dim(" · "));
            }
            line.right.insert(0, tests);
        }
        line
    }

    /// Why the decision on the screen is not of the text on the screen.
    fn stale(&self, stale: &Stale, head: &mut Vec<Line>) {
        if self.strip {
            let place = self.fitted(self.place(&stale.place), self.width / 2);
            let message = Span::outside(&stale.message, Tone::Fault);
            head.push(Line::from(vec![place, Span::plain(": "), message]));
            return;
        }
        let text = T::SheetHasAnError.text(self.lang);
        let (before, after) = text.split_once("{place}").unwrap_or((text, ""));
        let words = lines::cells(before) + lines::cells(after);
        let place = self.fitted(self.place(&stale.place), self.width.saturating_sub(words));
        head.push(Line::from(vec![Span::plain(before), place, Span::plain(after)]));
        let mut message = wrap(&stale.message, self.width);
        if message.len() > STALE_LINES {
            message.truncate(STALE_LINES);
            // All of it stands beside the text.
            if let Some(last) = message.last_mut() {
                while lines::cells(last) >= self.width && last.pop().is_some() {}
                last.push('…');
            }
        }
        head.extend(message.into_iter().map(|text| Line::from(vec![Span::outside(text, Tone::Fault)])));
    }

    fn fitted(&self, span: Span, room: usize) -> Span {
        Span { text: middle_cut(&span.text, room), ..span }
    }

    /// `verybad.yaml:12`, with `~` before the number of an approximate place.
    fn place(&self, place: &Place) -> Span {
        self.place_named(place, false)
    }

    fn place_named(&self, place: &Place, approximate: bool) -> Span {
        let name = self.file_name(place.file);
        let mark = if approximate { "~" } else { "" };
        Span {
            text: format!("{name}:{mark}{}", place.line),
            tone: Tone::Link,
            hit: Some(Hit::Place(place.clone())),
            outside: true,
        }
    }

    fn key(&self, command: Command) -> String {
        keys_here(self.app, command)
    }

    /// The name of a file without its folders, where that says which one it is.
    fn file_name(&self, file: FileId) -> &str {
        let Some(file) = self.app.files.get(file) else { return "?" };
        let short = file.short_name();
        if self.ambiguous.contains(short) { &file.name } else { short }
    }

    /// The caption of the first start.
    fn caption(&self, shown: &Evaluation) -> Option<String> {
        if !self.app.scratch || self.strip || self.app.files.iter().any(|file| file.editor.can_undo()) {
            return None;
        }
        let mut places =
            shown.findings().filter(|f| f.severity == Demand::Deny).flat_map(|f| &f.manifest_locations);
        let place = places.find(|location| location.pointer.ends_with("/privileged"))?;
        Some(T::SheetTryIt.fill(self.lang, &[("line", &place.place.line)]))
    }

    /// Whether there are files of a role.
    fn has(&self, role: Role) -> bool {
        self.app.files.iter().any(|file| file.role == role)
    }
}

/// The names without folders that more than one file has.
fn ambiguous(app: &App) -> HashSet<&str> {
    let mut seen = HashSet::new();
    app.files.iter().map(|file| file.short_name()).filter(|name| !seen.insert(*name)).collect()
}

/// The sign of a verdict.
#[must_use]
pub const fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Deny => "✗",
        Verdict::Warn => "!",
        Verdict::Allow => "✓",
        Verdict::NotJudged => "?",
    }
}

/// `0.9 ms`, `12 ms`, `1.5 s`.
#[must_use]
pub fn milliseconds(micros: u64) -> String {
    match micros {
        0..10_000 => format!("{}.{} ms", micros / 1000, micros % 1000 / 100),
        10_000..1_000_000 => format!("{} ms", micros / 1000),
        _ => format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000),
    }
}

/// `4 s`, `3 min`, `2 h`.
#[must_use]
pub fn age(age: Duration, lang: Lang) -> String {
    let seconds = age.as_secs();
    let (text, count) = match seconds {
        0..60 => (T::AgeSeconds, seconds),
        60..3600 => (T::AgeMinutes, seconds / 60),
        _ => (T::AgeHours, seconds / 3600),
    };
    text.fill(lang, &[("n", &count)])
}

/// `Pod default/verybad`. Kinds that live in a namespace are in `namespace` when they name none.
#[must_use]
pub fn identity(document: &JudgedDocument, namespace: &str, lang: Lang) -> String {
    const NAMESPACED: [&str; 16] = [
        "Pod",
        "Deployment",
        "DaemonSet",
        "StatefulSet",
        "ReplicaSet",
        "ReplicationController",
        "Job",
        "CronJob",
        "Service",
        "ServiceAccount",
        "ConfigMap",
        "Secret",
        "Ingress",
        "NetworkPolicy",
        "Role",
        "RoleBinding",
    ];
    let kind = if document.kind.is_empty() { T::NoKind.text(lang) } else { &document.kind };
    if kind == "AdmissionReview" && document.name.is_empty() {
        // A recorded request is not an object that could have a name.
        return kind.to_owned();
    }
    let name = if document.name.is_empty() { T::NoName.text(lang) } else { &document.name };
    match document.namespace.as_str() {
        "" if NAMESPACED.contains(&kind) => format!("{kind} {namespace}/{name}"),
        "" => format!("{kind} {name}"),
        namespace => format!("{kind} {namespace}/{name}"),
    }
}
