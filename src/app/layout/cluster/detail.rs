//! The answer that is looked at: who said what, where it is about, and whether the local decision is the same.

use super::Source;
use crate::app::cluster::Caution;
use crate::app::command::Command;
use crate::app::layout::decision::{Hit, Line, Span, Tone, sign, wrap};
use crate::app::panes::cluster::{Failed, Reply, name_of};
use crate::core::decision::{Place, Verdict as Decided};
use crate::core::display_safe::one_line;
use crate::core::dry_run::{Agreement, Answer, Message, Problem, Verdict, Versions};
use crate::strings::{self, T};

/// Lines of a message before Enter is needed to read the rest.
const MESSAGE_LINES: usize = 7;
/// The same for each warning.
const WARNING_LINES: usize = 3;

impl Source<'_> {
    /// The answer that is looked at.
    pub(super) fn detail(&self, body: &mut Vec<Line>) {
        let Some(context) = self.pane.columns.get(self.pane.column) else { return };
        let Some(row) = self.pane.rows.get(self.pane.row) else { return };
        let object = self.pane.shown().map_or(&row.target.object, |answer| &answer.target.object);
        let mut left = vec![
            Span::outside(
                context,
                if self.pane.is_production(context) { Tone::Danger } else { Tone::Strong },
            ),
            Span::plain(" · "),
            Span::outside(format!("{} {}", object.kind, name_of(object)), Tone::Strong),
        ];
        if let Some(user) = self.pane.about.get(context).and_then(|about| about.user.as_ref()) {
            left.push(Span::dim(format!(
                " · {}",
                T::ClusterAs.fill(self.lang, &[("user", &one_line(user))])
            )));
        }
        let right = if row.stale { T::ClusterStale } else { T::ClusterNothingChanged };
        let tone = if row.stale { Tone::Verdict(Decided::Warn) } else { Tone::Dim };
        let right = vec![Span::own(self.text(right), tone)];
        body.push(Line { left, right, ..Line::default() });
        self.chips(context, body);
        match self.pane.reply(self.pane.column, self.pane.row) {
            Some(Reply::Came(answer)) => self.answer(answer, body),
            Some(Reply::Failed(why)) => {
                let text = match why {
                    Failed::Kubeconfig(why) => strings::kubeconfig_error(why, self.lang),
                    Failed::Cluster(why) => strings::failure(why, self.lang),
                };
                let text = T::SaidNotJudged.fill(self.lang, &[("why", &text)]);
                self.verdict_line(Decided::NotJudged, &text, body);
            }
            Some(Reply::Waiting) => body.push(Line::from(vec![Span::dim(self.asking())])),
            None => {
                let text = T::SaidNotJudged.fill(self.lang, &[("why", &self.text(T::UnjudgedCancelled))]);
                self.verdict_line(Decided::NotJudged, &text, body);
            }
        }
    }

    /// What makes the answers of this context less certain, in red.
    fn chips(&self, context: &str, body: &mut Vec<Line>) {
        let cautions: &[Caution] = self.pane.context(context).map_or(&[], |context| &context.cautions);
        let mut chips: Vec<String> = Vec::new();
        if self.pane.is_production(context) {
            chips.push(self.text(T::CautionProduction).to_owned());
        }
        chips.extend(cautions.iter().map(|caution| strings::caution(caution, self.lang)));
        if chips.is_empty() {
            return;
        }
        let mut left = Vec::new();
        for chip in chips {
            if !left.is_empty() {
                left.push(Span::plain("  "));
            }
            left.push(Span::outside(format!("! {chip}"), Tone::Danger));
        }
        body.push(Line::from(left));
    }

    fn verdict_line(&self, verdict: Decided, text: &str, body: &mut Vec<Line>) {
        for (index, line) in wrap(text, self.width.saturating_sub(2)).into_iter().enumerate() {
            let first = if index == 0 { sign(verdict) } else { " " };
            let sign = Span::verdict(verdict, format!("{first} "));
            body.push(Line::from(vec![sign, Span::outside(line, Tone::Verdict(verdict))]));
        }
    }

    fn answer(&self, answer: &Answer, body: &mut Vec<Line>) {
        let decided = answer.verdict.decision();
        self.verdict_line(decided, &strings::server_verdict(answer, self.lang), body);
        self.parity(body);
        self.messages(answer, body);
        if let Verdict::Forbidden { missing } = &answer.verdict {
            self.indented(&strings::missing(missing, self.lang), Tone::Plain, body);
            let key = self.keys(Command::CommandLog);
            self.indented(&T::ClusterRoleHint.fill(self.lang, &[("key", &key)]), Tone::Dim, body);
        }
        for warning in &answer.warnings {
            let mut lines = Vec::new();
            self.marked(Decided::Warn, warning, &mut lines);
            self.shortened(lines, WARNING_LINES, body);
        }
        if !answer.conflicts.is_empty() {
            if answer.verdict == Verdict::Allowed {
                self.marked(Decided::Warn, self.text(T::ClusterConflictHead), body);
            }
            for conflict in &answer.conflicts {
                self.indented(&strings::conflict(conflict, self.lang), Tone::Plain, body);
            }
        }
        if let Some(diff) = answer.diff(Versions::YoursToServer, &[])
            && !diff.is_empty()
        {
            let key = self.keys(Command::AnswerDiff);
            let text = match diff.changes.len() {
                1 => T::ClusterOneField.fill(self.lang, &[("key", &key)]),
                count => T::ClusterFields.fill(self.lang, &[("count", &count), ("key", &key)]),
            };
            self.indented(&text, Tone::Dim, body);
        }
        let key = self.keys(Command::FieldManager);
        let manager = T::ClusterManager.fill(self.lang, &[("name", &one_line(&self.pane.manager))]);
        self.indented(&format!("{manager}, {}  ({key})", self.text(T::ClusterForced)), Tone::Dim, body);
    }

    /// What the judge says, each message with the lines it is about.
    fn messages(&self, answer: &Answer, body: &mut Vec<Line>) {
        let mut said = Vec::new();
        // The missing right is said in our words.
        let forbidden = matches!(answer.verdict, Verdict::Forbidden { .. });
        if answer.problems.is_empty() && !forbidden {
            for Message { constraint, text } in &answer.messages {
                let text = match constraint {
                    Some(constraint) => format!("[{constraint}] {text}"),
                    None => text.clone(),
                };
                self.indented(&text, Tone::Plain, &mut said);
            }
        }
        for (text, problems) in complaints(&answer.problems) {
            let mut links: Vec<Span> = Vec::new();
            for problem in problems {
                let pointer = problem.pointer.as_deref();
                let Some((name, place)) = pointer.and_then(|at| self.place(at)) else {
                    continue;
                };
                // Of several lines of one file the later ones need no name.
                let shown = match links.is_empty() {
                    true => format!("{name}:{}", place.line),
                    false => format!(" :{}", place.line),
                };
                let mut span = Span::outside(shown, Tone::Link);
                span.hit = Some(Hit::Place(place));
                if links.iter().all(|link| link.hit != span.hit) {
                    links.push(span);
                }
            }
            let cells: usize = links.iter().map(Span::cells).sum();
            let at = said.len();
            self.indented(&text, Tone::Plain, &mut said);
            // On the line, where there is room for it; else below.
            match said.get_mut(at) {
                _ if links.is_empty() => {}
                Some(line) if line.left.iter().map(Span::cells).sum::<usize>() + cells + 3 <= self.width => {
                    line.right = links;
                }
                _ => {
                    links.insert(0, Span::plain("  "));
                    said.push(Line::from(links));
                }
            }
        }
        self.shortened(said, MESSAGE_LINES, body);
    }

    /// As many of the lines as there is room for; how many more there are, and the key that shows them.
    fn shortened(&self, mut lines: Vec<Line>, room: usize, body: &mut Vec<Line>) {
        let count = lines.len();
        // A line that says that one line more is there takes as much as that line.
        if count > room + 1 {
            lines.truncate(room);
        }
        let left = count - lines.len();
        body.append(&mut lines);
        if left > 0 {
            let key = self.keys(Command::AnswerWhole);
            let text = T::ClusterMore.fill(self.lang, &[("count", &left), ("key", &key)]);
            self.indented(&text, Tone::Dim, body);
        }
    }

    fn indented(&self, text: &str, tone: Tone, body: &mut Vec<Line>) {
        for line in wrap(text, self.width.saturating_sub(2)) {
            body.push(Line::from(vec![Span::plain("  "), Span::outside(line, tone)]));
        }
    }

    fn marked(&self, verdict: Decided, text: &str, body: &mut Vec<Line>) {
        for (index, line) in wrap(text, self.width.saturating_sub(2)).into_iter().enumerate() {
            let first = if index == 0 { sign(verdict) } else { " " };
            body.push(Line::from(vec![
                Span::verdict(verdict, format!("{first} ")),
                Span::outside(line, Tone::Plain),
            ]));
        }
    }

    /// One line: whether the local decision is the same.
    fn parity(&self, body: &mut Vec<Line>) {
        let Some(parity) = self.app.parity() else { return };
        match parity.agreement {
            Agreement::Agree => {
                // Beside the verdict, where it fits.
                let span = Span::dim(self.text(T::ClusterAgrees));
                match body.last_mut() {
                    Some(line)
                        if line.left.iter().map(Span::cells).sum::<usize>() + span.cells() + 2
                            <= self.width =>
                    {
                        line.right.push(span);
                    }
                    _ => self.indented(self.text(T::ClusterAgrees), Tone::Dim, body),
                }
            }
            Agreement::NotComparable => {}
            Agreement::OnlyClusterDenies | Agreement::OnlyLocalDenies => {
                let mut text =
                    strings::disagreement(&parity, self.lang).into_iter().next().unwrap_or_default();
                if let Some(cause) = parity.causes.first() {
                    text.push_str(": ");
                    text.push_str(&strings::cause(cause, self.lang));
                }
                self.marked(Decided::Warn, &text, body);
            }
        }
    }

    /// Where a pointer of the object stands in its file, if the text is still the same.
    fn place(&self, pointer: &str) -> Option<(String, Place)> {
        let row = self.pane.rows.get(self.pane.row)?;
        let range = self.pane.place(row, pointer)?;
        let file = self.app.files.get(row.target.file)?;
        let at = file.editor.buffer().position(range.start);
        let place = Place { file: file.id, range, line: at.line, column: at.column };
        Some((file.short_name().to_owned(), place))
    }
}

/// Each complaint once, with the places it is about. The path is told where the words do not name the field.
fn complaints(problems: &[Problem]) -> Vec<(String, Vec<&Problem>)> {
    let mut said: Vec<(&str, Vec<&Problem>)> = Vec::new();
    for problem in problems {
        match said.iter_mut().find(|(message, _)| *message == problem.message) {
            Some((_, places)) => places.push(problem),
            None => said.push((&problem.message, vec![problem])),
        }
    }
    said.into_iter()
        .map(|(message, places)| {
            let field = |problem: &&Problem| {
                let last = problem.path.rsplit(['.', '/']).next().unwrap_or_default();
                !last.is_empty() && message.contains(last)
            };
            match places.first() {
                Some(problem) if places.len() == 1 && !field(problem) => {
                    (format!("{}: {message}", problem.path), places)
                }
                _ => (message.to_owned(), places),
            }
        })
        .collect()
}
