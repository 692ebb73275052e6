//! The lines of the cluster pane: the grid of contexts and documents, and the answer that is looked at.

use std::time::Duration;

use super::decision::{Hit, Line, Sheet, Span, Tone, age, keys_here, padded, sign, wrap};
use super::{Area, first_shown};
use crate::app::App;
use crate::app::cluster::{Caution, KubeconfigError, place};
use crate::app::command::Command;
use crate::app::panes::PaneId;
use crate::app::panes::cluster::{ClusterPane, Contexts, Failed, Reply, colour, name_of};
use crate::core::decision::{Demand, Place, Verdict as Decided};
use crate::core::display_safe::one_line;
use crate::core::dry_run::{Agreement, Answer, Message, Problem, Verdict, Versions};
use crate::core::manifest::{self, Manifest};
use crate::core::text::width::width;
use crate::strings::{self, Lang, T};

/// Cells of the column of the local decision.
const LOCAL: usize = 8;
/// Cells of a context's column: at least, and at most where there are several.
const COLUMN: (usize, usize) = (15, 30);
/// Lines of a message before Enter is needed to read the rest.
const MESSAGE_LINES: usize = 7;
/// The same for each warning.
const WARNING_LINES: usize = 3;

/// What the lines are made from.
struct Source<'a> {
    app: &'a App,
    pane: &'a ClusterPane,
    lang: Lang,
    width: usize,
    height: usize,
}

/// The sheet of the cluster pane as it is on the screen; empty if it is not.
#[must_use]
pub fn sheet(app: &App) -> Sheet {
    let Some(area) = app.layout().area(PaneId::Cluster) else { return Sheet::default() };
    let inner = area.inner();
    let source = Source {
        app,
        pane: &app.cluster,
        lang: app.settings.lang,
        width: usize::from(inner.width.saturating_sub(2)),
        height: usize::from(inner.height),
    };
    let (head, body) = source.lines();
    Sheet::sized(head, body, inner, app.cluster.scroll)
}

/// The first line of the detail to show: the present one within its bounds.
#[must_use]
pub fn scroll(app: &App) -> usize {
    sheet(app).first
}

/// What a cell of the screen stands for.
#[must_use]
pub fn hit(app: &App, column: u16, row: u16) -> Option<Hit> {
    let inner: Area = app.layout().area(PaneId::Cluster)?.inner();
    inner.contains(column, row).then(|| sheet(app).hit(column - inner.x, row - inner.y)).flatten()
}

/// At the right of the title: how many contexts, and what is still to come.
#[must_use]
pub fn progress(app: &App) -> String {
    let (left, total) = app.cluster.left();
    if left == 0 || !app.cluster.waiting {
        return String::new();
    }
    T::ClusterLeft.fill(app.settings.lang, &[("left", &left), ("total", &total)])
}

impl Source<'_> {
    fn lines(&self) -> (Vec<Line>, Vec<Line>) {
        let mut head = Vec::new();
        let mut body = Vec::new();
        if self.pane.rows.is_empty() {
            self.nothing(&mut body);
            return (head, body);
        }
        self.grid(&mut head);
        head.push(Line::default());
        self.detail(&mut body);
        (head, body)
    }

    fn text(&self, text: T) -> &'static str {
        text.text(self.lang)
    }

    fn paragraph(&self, text: &str, tone: Tone, lines: &mut Vec<Line>) {
        lines.extend(
            wrap(text, self.width).into_iter().map(|line| Line::from(vec![Span::outside(line, tone)])),
        );
    }

    /// Nothing was asked: what to do.
    fn nothing(&self, body: &mut Vec<Line>) {
        let key = self.keys(Command::DryRun);
        match &self.pane.contexts {
            Contexts::Reading => self.paragraph(self.text(T::ClusterReading), Tone::Dim, body),
            Contexts::Failed(KubeconfigError::Nothing) => {
                let text = T::ClusterNoKubeconfig.fill(self.lang, &[("key", &key)]);
                self.paragraph(&text, Tone::Plain, body);
            }
            Contexts::Failed(why) => {
                self.paragraph(&strings::kubeconfig_error(why, self.lang), Tone::Fault, body);
                self.paragraph(&T::ClusterTryAgain.fill(self.lang, &[("key", &key)]), Tone::Plain, body);
            }
            Contexts::Unknown | Contexts::Known(_) => {
                let text = T::ClusterNothingYet.fill(self.lang, &[("key", &key)]);
                self.paragraph(&text, Tone::Plain, body);
            }
        }
    }

    /// One row a document: its name, the local decision, one cell for each context.
    fn grid(&self, head: &mut Vec<Line>) {
        let (rows, columns) = (self.pane.rows.len(), self.pane.columns.len());
        let labels: Vec<String> = (0..rows).map(|row| self.label(row)).collect();
        let longest = labels.iter().take(200).map(|label| width(label) + 1).max().unwrap_or(0);
        let name = longest.clamp(8, (self.width / 3).max(8));
        let room = self.width.saturating_sub(2 + name + LOCAL);
        let count = columns.min((room / COLUMN.0).max(1)).max(1);
        let widest = if columns == 1 { room } else { COLUMN.1 };
        let cells = (room / count).clamp(1, widest.max(1));
        let first = first_shown(self.pane.column, columns, count);

        let mut heads = self.more_columns(first, count, 2 + name);
        heads.push(Span::dim(padded(self.text(T::ClusterLocal), LOCAL)));
        for (index, context) in self.pane.columns.iter().enumerate().skip(first).take(count) {
            let tone = match (self.pane.is_production(context), index == self.pane.column) {
                (true, _) => Tone::Danger,
                (false, true) => Tone::Strong,
                (false, false) => Tone::Heading,
            };
            let mut span = Span::outside(padded(context, cells), tone);
            span.hit = Some(Hit::Answer { column: index, row: self.pane.row });
            heads.push(span);
        }
        head.push(Line::from(heads));

        // The grid takes half of the pane at most.
        let budget = (self.height / 2).max(3).saturating_sub(1);
        let shown = rows.min(budget);
        let first_row = first_shown(self.pane.row, rows, shown);
        for (row, label) in labels.iter().enumerate().skip(first_row).take(shown) {
            let chosen = row == self.pane.row;
            let tone = if chosen { Tone::Strong } else { Tone::Plain };
            let mut left = vec![
                Span::own(if chosen { "▶ " } else { "  " }, Tone::Strong),
                Span::outside(padded(label, name), tone),
                self.local(row),
            ];
            for column in (0..columns).skip(first).take(count) {
                left.extend(self.cell(column, row, cells));
            }
            let hit = Some(Hit::Answer { column: self.pane.column, row });
            head.push(Line { left, hit, ..Line::default() });
        }
        let mut notes = Vec::new();
        if shown < rows {
            let (first, last) = (first_row + 1, first_row + shown);
            notes
                .push(T::SheetRange.fill(self.lang, &[("first", &first), ("last", &last), ("total", &rows)]));
        }
        if self.pane.unread > 0 {
            notes.push(T::ClusterUnread.fill(self.lang, &[("count", &self.pane.unread)]));
        }
        if !notes.is_empty() {
            head.push(Line { right: vec![Span::dim(notes.join(" · "))], ..Line::default() });
        }
    }

    /// How many contexts are left and right of those shown, in the cells before the first column.
    fn more_columns(&self, first: usize, count: usize, cells: usize) -> Vec<Span> {
        let after = self.pane.columns.len().saturating_sub(first + count);
        let mut text = String::new();
        if first > 0 {
            text.push_str(&format!("‹{first} "));
        }
        if after > 0 {
            text.push_str(&format!("›{after} "));
        }
        vec![Span::dim(format!("{text:>cells$}"))]
    }

    /// `web`, `web ▸ Pod`
    fn label(&self, row: usize) -> String {
        let Some(row) = self.pane.rows.get(row) else { return String::new() };
        let name =
            if row.target.object.name.is_empty() { &row.target.object.kind } else { &row.target.object.name };
        let name = one_line(name);
        if row.target.derived { format!("{} ▸ Pod", name.trim_end_matches('-')) } else { name }
    }

    fn local(&self, row: usize) -> Span {
        let decision = self.pane.rows.get(row).and_then(|row| self.app.local_decision(&row.target));
        let Some(document) = decision else { return Span::dim(padded("–", LOCAL)) };
        let findings = document.cells.iter().flat_map(|cell| &cell.findings);
        let count = match document.verdict {
            Decided::Deny => findings.filter(|f| f.severity == Demand::Deny).count(),
            Decided::Warn => findings.count(),
            Decided::Allow | Decided::NotJudged => 0,
        };
        let text = format!(
            "{}{}",
            sign(document.verdict),
            if count > 0 { count.to_string() } else { String::new() }
        );
        Span::verdict(document.verdict, padded(&text, LOCAL))
    }

    fn cell(&self, column: usize, row: usize, cells: usize) -> Vec<Span> {
        let chosen = (column, row) == (self.pane.column, self.pane.row);
        let stale = self.pane.rows.get(row).is_some_and(|row| row.stale);
        let (text, tone) = match self.pane.reply(column, row) {
            None => (format!("– {}", self.text(T::ShortStopped)), Tone::Dim),
            Some(Reply::Waiting) => (self.asking(), Tone::Dim),
            Some(Reply::Failed(why)) => {
                (format!("? {}", self.short_failed(why)), Tone::Verdict(Decided::NotJudged))
            }
            Some(Reply::Came(answer)) => {
                let decided = colour(answer);
                let sign =
                    if answer.verdict == Verdict::Allowed { sign(Decided::Allow) } else { sign(decided) };
                let tone = if stale { Tone::Dim } else { Tone::Verdict(decided) };
                (format!("{sign} {}", one_line(&strings::short_verdict(answer, self.lang))), tone)
            }
        };
        // Brackets stand in the blanks around the cell that is looked at.
        let text = if chosen {
            let inside = padded(&text, cells.saturating_sub(2));
            let inside = inside.trim_end();
            let used = width(inside) + 2;
            format!("[{inside}]{}", " ".repeat(cells.saturating_sub(used)))
        } else {
            format!(" {}", padded(&text, cells.saturating_sub(1)))
        };
        let mut span = Span::own(text, tone);
        span.hit = Some(Hit::Answer { column, row });
        vec![span]
    }

    fn asking(&self) -> String {
        if !self.pane.waiting {
            return "◌".to_owned();
        }
        let elapsed = self.pane.elapsed(self.app.now).max(Duration::from_millis(1));
        format!("◌ {}", T::ClusterAsking.fill(self.lang, &[("age", &age(elapsed, self.lang))]))
    }

    fn short_failed(&self, why: &Failed) -> String {
        match why {
            Failed::Kubeconfig(_) => "kubeconfig".to_owned(),
            Failed::Cluster(why) => strings::short_failure(why, self.lang),
        }
    }

    /// The answer that is looked at.
    fn detail(&self, body: &mut Vec<Line>) {
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
        let manifest = self.manifest(answer);
        self.messages(answer, manifest.as_ref(), body);
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
        self.parity(answer, body);
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
    fn messages(&self, answer: &Answer, manifest: Option<&Manifest>, body: &mut Vec<Line>) {
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
                let Some((name, place)) = pointer.and_then(|at| self.place(answer, manifest, at)) else {
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

    /// The keys of a command as they must be pressed now.
    fn keys(&self, command: Command) -> String {
        if self.app.focus == PaneId::Cluster {
            return self.app.keymap.keys_of(command, &self.app.scopes());
        }
        keys_here(self.app, command)
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
    fn parity(&self, answer: &Answer, body: &mut Vec<Line>) {
        let Some(parity) = self.app.parity(answer) else { return };
        match parity.agreement {
            Agreement::Agree => self.indented(self.text(T::ClusterAgrees), Tone::Dim, body),
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

    /// The text that the answer is about, if it is still the same.
    fn manifest(&self, answer: &Answer) -> Option<Manifest> {
        let fresh = self.pane.rows.get(self.pane.row).is_some_and(|row| !row.stale);
        let file = self.app.files.get(answer.target.file).filter(|_| fresh && !answer.problems.is_empty())?;
        Some(manifest::read(&file.editor.buffer().snapshot().to_string()))
    }

    fn place(&self, answer: &Answer, manifest: Option<&Manifest>, pointer: &str) -> Option<(String, Place)> {
        let file = self.app.files.get(answer.target.file)?;
        let range = place(manifest?, &answer.target, pointer)?;
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
