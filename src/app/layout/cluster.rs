//! The lines of the cluster pane: the grid of contexts and documents, and the answer that is looked at.

mod detail;

use std::time::Duration;

use super::decision::{Hit, Line, Sheet, Span, Tone, age, keys_here, padded, sign, wrap};
use super::{Area, first_shown};
use crate::app::App;
use crate::app::cluster::KubeconfigError;
use crate::app::command::Command;
use crate::app::panes::PaneId;
use crate::app::panes::cluster::{ClusterPane, Contexts, Failed, Reply, colour};
use crate::core::decision::{Demand, Verdict as Decided};
use crate::core::display_safe::one_line;
use crate::core::dry_run::Verdict;
use crate::core::text::width::width;
use crate::strings::{self, Lang, T};

/// Cells of the column of the local decision.
const LOCAL: usize = 8;
/// Cells of a context's column: at least, and at most where there are several.
const COLUMN: (usize, usize) = (15, 30);

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

    /// The keys of a command as they must be pressed now.
    fn keys(&self, command: Command) -> String {
        if self.app.focus == PaneId::Cluster {
            return self.app.keymap.keys_of(command, &self.app.scopes());
        }
        keys_here(self.app, command)
    }
}
