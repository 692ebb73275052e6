//! What was asked for a decision: the operation, who does it, how the object is read.

use super::{Hit, Line, Source, Span, Tone, identity};
use crate::app::command::Command;
use crate::core::command_line;
use crate::core::decision::{Demand, Finding, JudgedDocument, Verdict};
use crate::core::policy::options::Asked;
use crate::core::rego::target::Target;
use crate::strings::{self, T};

impl Source<'_> {
    /// `Pod default/verybad · CREATE`, `… · UPDATE by jane`, `… · CONNECT exec sh`: in a line of its own if that fits,
    /// else in two.
    pub(super) fn asked_about(&self, document: &JudgedDocument) -> Vec<Line> {
        let mut words = self.asked_within(document, self.width).into_iter();
        self.one_line_or_two(words.next().into_iter().collect(), words.collect())
    }

    /// What is done to an object behind its name, or below it without the sign between.
    pub(super) fn one_line_or_two(&self, name: Vec<Span>, deed: Vec<Span>) -> Vec<Line> {
        let cells: usize = name.iter().chain(&deed).map(Span::cells).sum();
        if cells <= self.width {
            return vec![Line::from([name, deed].concat())];
        }
        vec![Line::from(name), Line::from(deed.into_iter().skip(1).collect::<Vec<_>>())]
    }

    /// The same in a part of a line, with the key that changes it if `room` allows.
    pub(super) fn asked_within(&self, document: &JudgedDocument, room: usize) -> Vec<Span> {
        let mut words = vec![Span::outside(identity(document, &self.namespace(), self.lang), Tone::Plain)];
        words.extend(self.deed(document));
        let key = Span::dim(format!("  {}", self.key(Command::RequestEdit)));
        if words.iter().map(Span::cells).sum::<usize>() + key.cells() <= room {
            words.push(Span { hit: Some(Hit::Request), ..key });
        }
        words
    }

    /// ` · UPDATE by jane`. A click on it opens the request.
    fn deed(&self, document: &JudgedDocument) -> Vec<Span> {
        let asked = &self.pane.shown_question;
        let recorded = is_recorded(document);
        let operation = if document.operation.is_empty() { "CREATE" } else { &document.operation };
        let mut words = vec![Span::plain(" · "), Span::outside(operation, Tone::Plain)];
        if operation == "CONNECT" && !recorded {
            let command = command_line::join(&asked.exec.command);
            words.push(Span::outside(format!(" exec {command}"), Tone::Plain));
        }
        if !document.user.is_empty() && (recorded || document.user != Asked::default().request().user) {
            // Of a service account, its name.
            let user = match document.user.strip_prefix("system:serviceaccount:") {
                Some(account) => account.rsplit(':').next().unwrap_or(account),
                None => &document.user,
            };
            words.push(Span::outside(T::SheetBy.fill(self.lang, &[("user", &user)]), Tone::Plain));
        }
        words.into_iter().map(|span| Span { hit: Some(Hit::Request), ..span }).collect()
    }

    /// The same, unless it is a plain CREATE, which need not be said of each document.
    pub(super) fn unusual_deed(&self, document: &JudgedDocument) -> Vec<Span> {
        let user = Asked::default().request().user;
        let plain = document.operation == "CREATE" && document.user == user && !is_recorded(document);
        if plain { Vec::new() } else { self.deed(document) }
    }

    /// `[as written]`, where the objects are not judged as they would be stored.
    pub(super) fn reading(&self) -> Option<Span> {
        let text = format!("[{}]", T::RequestWritten.text(self.lang));
        let span = Span { hit: Some(Hit::Request), ..Span::strong(text) };
        self.pane.shown_question.raw.then_some(span)
    }

    /// `[Gatekeeper 3.23.1]`, where policies are not judged for the newest OPA.
    pub(super) fn target(&self) -> Option<Span> {
        let target = self.app.settings.target;
        (target != Target::OPA).then(|| Span::dim(format!("[{}]", target.product())))
    }

    /// `as written: ALLOW · as stored: DENY 1`, where the two readings of a document are decided differently.
    pub(super) fn both_readings(&self, document: &JudgedDocument) -> Option<Line> {
        let other = document.other_reading.as_ref()?;
        let denies = |findings: &[Finding]| findings.iter().filter(|f| f.severity == Demand::Deny).count();
        let here: usize = document.cells.iter().map(|cell| denies(&cell.findings)).sum();
        let there = (here + denies(&other.only_there)).saturating_sub(denies(&other.only_here));
        let mut sides = [(!other.raw, document.verdict, here), (other.raw, other.verdict, there)];
        sides.sort_by_key(|(raw, ..)| !raw);
        let mut words = Vec::new();
        for (raw, verdict, count) in sides {
            if !words.is_empty() {
                words.push(Span::plain(" · "));
            }
            let name = if raw { T::RequestWritten } else { T::RequestStored };
            words.push(Span::plain(format!("{}: ", name.text(self.lang))));
            let mut text = strings::verdict(verdict, self.lang).to_owned();
            if verdict == Verdict::Deny && count > 0 {
                text.push_str(&format!(" {count}"));
            }
            words.push(Span::verdict(verdict, text));
        }
        let words = words.into_iter().map(|span| Span { hit: Some(Hit::OtherReading), ..span });
        Some(Line::from(words.collect::<Vec<_>>()))
    }

    /// The namespace of objects that name none.
    pub(super) fn namespace(&self) -> String {
        self.pane.shown_question.request().namespace
    }
}

fn is_recorded(document: &JudgedDocument) -> bool {
    document.kind == "AdmissionReview" && document.api_version.starts_with("admission.k8s.io/")
}
