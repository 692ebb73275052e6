//! The findings, reasons and remarks of the document that is looked at.

use super::{Hit, Line, Sheet, Source, Span, Tone, identity, lines, middle_cut, sign, wrap};
use crate::app::command::Command;
use crate::app::panes::decision::Stopped;
use crate::core::decision::{Cell, Demand, Evaluation, Finding, Place, Reason, Remark, Verdict};
use crate::core::display_safe::one_line;
use crate::core::file::Role;
use crate::strings::{self, T};

/// From this width on, a finding's line has room for both of its places.
const BOTH_PLACES: usize = 64;

impl Source<'_> {
    pub(super) fn detail(&self, shown: &Evaluation, body: &mut Vec<Line>) {
        let Some(document) = self.pane.shown_document() else { return };
        if self.pane.is_matrix() && !self.strip {
            let policy = self.pane.policy.and_then(|index| shown.policies.get(index));
            let name = identity(document, &self.namespace(), self.lang);
            let mut words = vec![Span::outside(name, Tone::Strong)];
            if let Some(policy) = policy {
                words.push(Span::dim(format!(" · {}", self.file_name(policy.file))));
            }
            body.extend(self.one_line_or_two(words, self.unusual_deed(document)));
            body.extend(self.both_readings(document));
        }
        if let Some(reason) = &document.reason {
            self.reason(reason, body);
        }
        let mut number = 0;
        let mut group: Option<(usize, &str)> = None;
        let before = body.len();
        for (index, cell) in self.pane.shown_cells() {
            for finding in cell.findings.iter().filter(|finding| !finding.repeats) {
                if group != Some((finding.policy, &finding.rule)) && !self.strip {
                    self.heading(shown, finding, body);
                }
                group = Some((finding.policy, &finding.rule));
                self.finding(finding, number, body);
                number += 1;
            }
            self.reasons(shown, index, cell, body);
        }
        let repeated = self.pane.shown_cells().flat_map(|(_, c)| &c.findings).filter(|f| f.repeats).count();
        if let (Some(workload), 1..) = (document.derived_from, repeated) {
            let text = T::SheetRepeats.fill(self.lang, &[("count", &repeated)]);
            let hit = Some(Hit::Cell { document: workload, policy: self.pane.policy });
            body.push(Line { left: vec![Span::dim(text)], hit, ..Line::default() });
        }
        self.derived(shown, body);
        if body.len() == before && document.verdict == Verdict::Allow {
            body.push(Line::from(vec![Span::plain(T::SheetNothingFound.text(self.lang))]));
        }
        let errors: Vec<&Remark> =
            self.pane.shown_cells().flat_map(|(_, cell)| &cell.builtin_errors).collect();
        self.remarks(T::SheetBuiltinErrors, &errors, body);
        self.beside(body);
        let moments: Vec<Remark> = self
            .pane
            .shown_cells()
            .flat_map(|(_, cell)| &cell.moments)
            .map(|moment| Remark { text: strings::moment(&moment.text, self.lang), ..moment.clone() })
            .collect();
        self.remarks(T::SheetMoments, &moments.iter().collect::<Vec<_>>(), body);
        self.remarks(T::SheetPrinted, &shown.prints.iter().collect::<Vec<_>>(), body);
        if let Some(caption) = self.caption(shown) {
            body.push(Line::default());
            for text in wrap(&caption, self.width) {
                body.push(Line::from(vec![Span::own(text, Tone::Plain)]));
            }
        }
    }

    /// What is no part of the decision: a shape of input that would fit, what an exception takes back, what a webhook
    /// would change.
    fn beside(&self, body: &mut Vec<Line>) {
        let cells = || self.pane.shown_cells().map(|(_, cell)| cell);
        let shapes: Vec<Remark> = cells()
            .filter_map(|cell| cell.better_shape.as_ref())
            .map(|better| Remark { place: None, text: strings::better_shape(better, self.lang) })
            .collect();
        self.remarks(T::SheetShape, &shapes.iter().collect::<Vec<_>>(), body);
        let excepted: Vec<Remark> = cells()
            .flat_map(|cell| &cell.excepted)
            .map(|finding| Remark {
                place: finding.policy_location.clone(),
                text: format!("{}: {}", finding.rule, finding.msg),
            })
            .collect();
        self.remarks(T::SheetExcepted, &excepted.iter().collect::<Vec<_>>(), body);
        let patched = || cells().filter_map(|cell| cell.patch.as_ref());
        if patched().next().is_none() || self.strip {
            return;
        }
        self.gap(body);
        body.push(Line::from(vec![Span::own(T::SheetPatch.text(self.lang), Tone::Heading)]));
        for line in patched().flat_map(|patched| &patched.lines) {
            let tone = match line.get(..1) {
                Some("+" | "-") => Tone::Strong,
                _ => Tone::Dim,
            };
            body.push(Line::from(vec![Span::plain("  "), Span::outside(line, tone)]));
        }
    }

    /// `▸ Pod shop/web-  ✗ 2`: what is said of the Pods of a workload and not of itself.
    fn derived(&self, shown: &Evaluation, body: &mut Vec<Line>) {
        for (at, pod) in (self.pane.document + 1..).zip(shown.derived(self.pane.document)) {
            let own = pod.cells.iter().flat_map(|cell| &cell.findings).filter(|f| !f.repeats).count();
            if own == 0 && pod.verdict != Verdict::NotJudged {
                continue;
            }
            let mut left = vec![
                Span::plain("▸ "),
                Span::outside(identity(pod, &self.namespace(), self.lang), Tone::Plain),
            ];
            let count = if own > 0 {
                format!("  {} {own}", sign(pod.verdict))
            } else {
                format!("  {}", sign(pod.verdict))
            };
            left.push(Span::verdict(pod.verdict, count));
            let hit = Some(Hit::Cell { document: at, policy: self.pane.policy });
            body.push(Line { left, hit, ..Line::default() });
        }
    }

    /// `host_access.rego · deny`
    fn heading(&self, shown: &Evaluation, finding: &Finding, body: &mut Vec<Line>) {
        if self.pane.is_matrix() && !body.is_empty() && body.last().is_some_and(|line| line.hit.is_some()) {
            body.push(Line::default());
        }
        let file = shown.policies.get(finding.policy).map_or(&*finding.package, |p| self.file_name(p.file));
        let rule = finding.constraint.as_ref().map_or(&finding.rule, |constraint| &constraint.name);
        let room = self.width.saturating_sub(rule.len() + 3);
        let name = middle_cut(file, room);
        let mut words = vec![Span::outside(name, Tone::Heading)];
        words.push(Span::own(" · ", Tone::Heading));
        words.push(Span::outside(rule, Tone::Heading));
        body.push(Line::from(words));
    }

    fn finding(&self, finding: &Finding, number: usize, body: &mut Vec<Line>) {
        let verdict = match finding.severity {
            Demand::Deny => Verdict::Deny,
            Demand::Warn => Verdict::Warn,
            Demand::Dryrun => Verdict::Allow,
        };
        let selected = number == self.pane.selected;
        let hit = Some(Hit::Finding(number));
        let sign = [Span::verdict(verdict, sign(verdict)), Span::plain(" ")];
        let places = self.places(finding);
        // One line, where it fits whole; always in the strip, which has no more.
        let wanted =
            lines::cells(&one_line(&finding.msg)) + places.iter().map(|p| p.cells() + 2).sum::<usize>();
        let whole = self.width >= BOTH_PLACES && wanted + 2 <= self.width;
        if self.strip || whole {
            let (count, room) = match self.width {
                0..BOTH_PLACES => (1, self.width / 2),
                _ if whole => (2, self.width),
                _ => (2, self.width / 3),
            };
            let mut right: Vec<Span> = Vec::new();
            for place in places.into_iter().take(count) {
                if !right.is_empty() {
                    right.push(Span::plain("  "));
                }
                right.push(self.fitted(place, room));
            }
            let left = with_sign(&sign, &finding.msg, true);
            body.push(Line { left, right, hit, selected });
            return;
        }
        for (index, text) in wrap(&finding.msg, self.width.saturating_sub(2)).into_iter().enumerate() {
            let left = with_sign(&sign, &text, index == 0);
            body.push(Line { left, hit: hit.clone(), selected, ..Line::default() });
        }
        let room = self.width.saturating_sub(2);
        let both: usize = places.iter().map(|place| place.cells() + 2).sum();
        let mut left = vec![Span::plain("  ")];
        for place in places {
            if left.len() > 1 && both > room + 2 {
                body.push(Line { left, hit: hit.clone(), selected, ..Line::default() });
                left = vec![Span::plain("  ")];
            } else if left.len() > 1 {
                left.push(Span::plain("  "));
            }
            left.push(self.fitted(place, room));
        }
        if left.len() > 1 {
            body.push(Line { left, hit, selected, ..Line::default() });
        }
    }

    /// The nearest place in the manifest, the place of the rule.
    fn places(&self, finding: &Finding) -> Vec<Span> {
        let manifest =
            finding.manifest_locations.first().map(|at| self.place_named(&at.place, at.approximate));
        let policy = finding.policy_location.as_ref().map(|place| self.place(place));
        manifest.into_iter().chain(policy).collect()
    }

    /// Why rules of a policy were not judged.
    fn reasons(&self, shown: &Evaluation, index: usize, cell: &Cell, body: &mut Vec<Line>) {
        if let Some((miss, constraint)) =
            cell.miss.as_ref().zip(shown.policies.get(index).and_then(|policy| policy.constraint.as_ref()))
        {
            for text in wrap(&strings::miss(miss, &constraint.name, self.lang), self.width) {
                body.push(Line::from(vec![Span::outside(text, Tone::Dim)]));
            }
        }
        let policy = shown.policies.get(index);
        if !cell.reasons.is_empty() {
            for reason in &cell.reasons {
                self.reason(reason, body);
            }
        } else if let Some(reason) = policy.and_then(|policy| policy.reason.as_ref()) {
            self.reason(reason, body);
        }
    }

    fn reason(&self, reason: &Reason, body: &mut Vec<Line>) {
        let sign = [Span::verdict(Verdict::NotJudged, "?"), Span::plain(" ")];
        let place = place_of(reason);
        let text = strings::reason(reason, self.lang);
        if self.strip {
            let right =
                place.map(|place| self.fitted(self.place(place), self.width / 3)).into_iter().collect();
            body.push(Line { left: with_sign(&sign, &text, true), right, ..Line::default() });
            return;
        }
        let hit = place.map(|place| Hit::Place(place.clone()));
        for (index, text) in wrap(&text, self.width.saturating_sub(2)).into_iter().enumerate() {
            let left = with_sign(&sign, &text, index == 0);
            body.push(Line { left, hit: hit.clone(), ..Line::default() });
        }
        if let Some(place) = place {
            let place = self.fitted(self.place(place), self.width.saturating_sub(2));
            body.push(Line { left: vec![Span::plain("  "), place], hit, ..Line::default() });
        }
        self.advice(reason, body);
    }

    /// What can be done about it, in words of ours.
    fn advice(&self, reason: &Reason, body: &mut Vec<Line>) {
        let advice = match reason {
            Reason::Unsupported { .. } => T::AdviceUnsupported,
            Reason::NoEntryRule => T::AdviceNoEntryRule,
            Reason::StackOverflow | Reason::OutOfMemory { .. } => T::AdviceEndless,
            Reason::Timeout { .. } => return self.again(true, body),
            _ => return,
        };
        for text in wrap(advice.text(self.lang), self.width.saturating_sub(2)) {
            body.push(Line::from(vec![Span::plain("  "), Span::own(text, Tone::Dim)]));
        }
    }

    /// `print()` output, or errors of builtins.
    fn remarks(&self, title: T, remarks: &[&Remark], body: &mut Vec<Line>) {
        if remarks.is_empty() {
            return;
        }
        if self.strip {
            for remark in remarks {
                let place = remark.place.as_ref().map(|place| self.fitted(self.place(place), self.width / 3));
                let hit = remark.place.clone().map(Hit::Place);
                let left = vec![Span::dim("› "), Span::outside(&remark.text, Tone::Plain)];
                body.push(Line { left, right: place.into_iter().collect(), hit, selected: false });
            }
            return;
        }
        if !body.is_empty() {
            body.push(Line::default());
        }
        body.push(Line::from(vec![Span::own(title.text(self.lang), Tone::Heading)]));
        for remark in remarks {
            let hit = remark.place.clone().map(Hit::Place);
            for text in wrap(&remark.text, self.width.saturating_sub(2)) {
                let left = vec![Span::plain("  "), Span::outside(text, Tone::Plain)];
                body.push(Line { left, hit: hit.clone(), ..Line::default() });
            }
            if let Some(place) = &remark.place {
                let place = self.fitted(self.place(place), self.width.saturating_sub(2));
                body.push(Line { left: vec![Span::plain("  "), place], hit, ..Line::default() });
            }
        }
    }

    /// The newest run was stopped: why, and what can be done.
    pub(super) fn stopped(&self, stopped: &Stopped, body: &mut Vec<Line>) {
        let mut text = strings::reason(&stopped.reason, self.lang);
        uppercase_first(&mut text);
        if matches!(stopped.reason, Reason::Timeout { .. }) && !self.strip {
            text.push_str(T::SheetTypingWasFree.text(self.lang));
        }
        for line in wrap(&text, self.width) {
            body.push(Line::from(vec![Span::outside(line, Tone::Plain)]));
        }
        self.gap(body);
        self.advice(&stopped.reason, body);
        if !matches!(stopped.reason, Reason::Timeout { .. }) {
            self.again(false, body);
        }
    }

    /// The keys that judge again, after a timeout also with more time.
    fn again(&self, more_time: bool, body: &mut Vec<Line>) {
        let mut keys = vec![
            Span::own(self.key(Command::Evaluate), Tone::Key),
            Span::plain(format!(" {}", T::SheetRunAgain.text(self.lang))),
        ];
        if more_time {
            keys.push(Span::plain("   "));
            keys.push(Span::own(self.key(Command::LongerLimit), Tone::Key));
            keys.push(Span::plain(format!(" {}", T::SheetLongerLimit.text(self.lang))));
        }
        if keys.iter().map(Span::cells).sum::<usize>() <= self.width {
            body.push(Line::from(keys));
            return;
        }
        let second = keys.split_off(2.min(keys.len()));
        body.push(Line::from(keys));
        body.push(Line::from(second.into_iter().skip(1).collect::<Vec<_>>()));
    }

    /// Before the first answer.
    pub(super) fn nothing_yet(&self, sheet: &mut Sheet) {
        if !self.has(Role::Policy) || !self.has(Role::Manifest) {
            sheet.head.push(self.verdict_line(Verdict::NotJudged, Vec::new(), None));
            self.gap(&mut sheet.head);
            self.what_to_open(&mut sheet.body);
        } else if self.pane.checking_since.is_some() {
            sheet.head.push(Line::from(vec![Span::plain(T::SheetChecking.text(self.lang))]));
        }
    }

    /// An answer without documents or without policies.
    pub(super) fn nothing_to_judge(&self, shown: &Evaluation, body: &mut Vec<Line>) {
        let reasons = shown.policies.iter().filter_map(|policy| policy.reason.as_ref());
        let reasons: Vec<&Reason> =
            reasons.chain(shown.documents.iter().filter_map(|document| document.reason.as_ref())).collect();
        for reason in &reasons {
            self.reason(reason, body);
        }
        if !self.has(Role::Policy) || !self.has(Role::Manifest) {
            self.what_to_open(body);
        } else if reasons.is_empty() {
            let reason = if shown.policies.is_empty() { T::ReasonNoEntryRule } else { T::SheetNoDocument };
            for (index, text) in
                wrap(reason.text(self.lang), self.width.saturating_sub(2)).into_iter().enumerate()
            {
                let first = Span::verdict(Verdict::NotJudged, if index == 0 { "? " } else { "  " });
                body.push(Line::from(vec![first, Span::plain(text)]));
            }
            if shown.policies.is_empty() {
                self.advice(&Reason::NoEntryRule, body);
            }
        }
    }

    fn what_to_open(&self, body: &mut Vec<Line>) {
        let missing = match (self.has(Role::Policy), self.has(Role::Manifest)) {
            (false, false) => T::EmptyBoth,
            (false, true) => T::EmptyPolicy,
            _ => T::EmptyManifest,
        };
        let open = self.key(Command::Open);
        let samples = self.key(Command::OpenSample);
        let text = missing.fill(self.lang, &[("open", &open), ("samples", &samples)]);
        for line in wrap(&text, self.width) {
            body.push(Line::from(vec![Span::plain(line)]));
        }
    }
}

/// A line of a message: the sign before its first line, blanks before the others.
fn with_sign(sign: &[Span; 2], text: &str, first: bool) -> Vec<Span> {
    let mut line = if first { sign.to_vec() } else { vec![Span::plain("  ")] };
    line.push(Span::outside(text, Tone::Plain));
    line
}

/// Where a reason lies.
fn place_of(reason: &Reason) -> Option<&Place> {
    match reason {
        Reason::PolicyError { place, .. } | Reason::ManifestError { place, .. } => Some(place),
        Reason::RuleError { place, .. } | Reason::Unsupported { place, .. } => place.as_ref(),
        _ => None,
    }
}

fn uppercase_first(text: &mut String) {
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    if !text.ends_with(['.', '。']) && lines::cells(text) > 0 {
        text.push_str(if text.is_ascii() { ". " } else { "。" });
    }
}
