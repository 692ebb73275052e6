//! The cluster pane: which contexts are asked about which documents, what they answered, what is selected.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use crate::app::cluster::{About, Context, Failure, KubeconfigError};
use crate::app::msg::Now;
use crate::core::decision::Verdict as Decided;
use crate::core::diagnostics::{Diagnostic, Origin, Severity, shift_range};
use crate::core::dry_run::{Answer, ObjectRef, Target, Verdict, looks_like_production};
use crate::core::file::{FileId, Revision};
use crate::core::manifest::{Manifest, Object};
use crate::core::text::Change;

/// Who owns fields if nobody says otherwise: as `kubectl apply --server-side` does it.
pub const DEFAULT_MANAGER: &str = "kubectl";
/// Answers that the command log keeps.
const LOGGED: usize = 200;

/// What is known of the kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Contexts {
    /// Nothing: nobody asked yet.
    #[default]
    Unknown,
    /// It is being read.
    Reading,
    Known(Vec<Context>),
    /// There is none, or it cannot be read.
    Failed(KubeconfigError),
}

/// What the user wants to be done as soon as the contexts are known and confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Ask about the document of a file at a byte.
    Document(FileId, usize),
    /// Ask about every document.
    All,
    /// Ask about the documents of a file.
    File(FileId),
    /// Choose contexts, then ask about every document.
    Choose,
    /// Ask again about what is in the grid.
    Again,
}

/// A document that was asked about: a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub target: Target,
    /// The state of the text that was asked about.
    pub revision: Revision,
    /// Where the document stands, moved along with edits.
    pub range: Range<usize>,
    /// The text was edited since.
    pub stale: bool,
}

/// One context's answer about one row.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Reply {
    /// It is on its way.
    #[default]
    Waiting,
    Came(Box<Answer>),
    /// The context could not be asked at all.
    Failed(Failed),
}

/// Why a context cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// It does not say how to reach its cluster.
    Kubeconfig(KubeconfigError),
    Cluster(Failure),
}

/// An answer in the command log.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    pub at: Now,
    pub answer: Answer,
    /// The field manager of the request.
    pub manager: String,
}

/// The state of the pane.
#[derive(Debug, Default)]
pub struct ClusterPane {
    /// It is on the screen, or a key away.
    pub open: bool,
    pub contexts: Contexts,
    /// The contexts that are asked, by name. Only the user changes them.
    pub chosen: Vec<String>,
    /// Something was sent.
    pub contacted: bool,
    /// Contexts with dangerous names that the user typed.
    pub(crate) confirmed: BTreeSet<String>,
    /// Names that look like production, with `*`.
    pub production: Vec<String>,
    pub manager: String,
    /// Ask about a manifest each time it is saved.
    pub on_save: bool,
    pub rows: Vec<Row>,
    /// The texts of the rows as they were read, for finding places. Not true any more for a row that is stale.
    pub(crate) manifests: BTreeMap<FileId, Manifest>,
    /// The contexts of the grid.
    pub columns: Vec<String>,
    /// By column and row.
    replies: BTreeMap<(usize, usize), Reply>,
    /// Documents that could not be read and were not asked about.
    pub unread: usize,
    /// The number of the newest run.
    pub run: u64,
    /// When it was asked.
    pub asked_at: Now,
    /// Answers are on their way, and that is worth a word.
    pub waiting: bool,
    pub(crate) wanted: Option<Wanted>,
    pub row: usize,
    pub column: usize,
    /// First visible line of the detail.
    pub scroll: usize,
    pub log: Vec<Logged>,
    /// The runs whose answers belong into the grid and may still come.
    pub(crate) runs: BTreeSet<u64>,
    /// Who the servers take the user for, by context, and their versions.
    pub about: BTreeMap<String, About>,
}

impl ClusterPane {
    /// Nothing known, nothing asked.
    #[must_use]
    pub fn new(production: Vec<String>) -> Self {
        Self { production, manager: DEFAULT_MANAGER.to_owned(), ..Self::default() }
    }

    /// The context of this name.
    #[must_use]
    pub fn context(&self, name: &str) -> Option<&Context> {
        match &self.contexts {
            Contexts::Known(contexts) => contexts.iter().find(|context| context.name == name),
            _ => None,
        }
    }

    /// Whether a name looks like production.
    #[must_use]
    pub fn is_production(&self, name: &str) -> bool {
        looks_like_production(&self.production, name)
    }

    /// The reply of a context about a document.
    #[must_use]
    pub fn reply(&self, column: usize, row: usize) -> Option<&Reply> {
        self.replies.get(&(column, row))
    }

    /// The answer of a context about a document, if it came.
    #[must_use]
    pub fn answer(&self, column: usize, row: usize) -> Option<&Answer> {
        match self.reply(column, row)? {
            Reply::Came(answer) => Some(answer),
            Reply::Waiting | Reply::Failed(_) => None,
        }
    }

    /// The answer that is looked at.
    #[must_use]
    pub fn shown(&self) -> Option<&Answer> {
        self.answer(self.column, self.row)
    }

    /// How many answers are still to come, of how many.
    #[must_use]
    pub fn left(&self) -> (usize, usize) {
        let waiting = self.replies.values().filter(|reply| **reply == Reply::Waiting).count();
        (waiting, self.replies.len())
    }

    /// How long the newest run has been on its way.
    #[must_use]
    pub fn elapsed(&self, now: Now) -> Duration {
        now.saturating_sub(self.asked_at)
    }

    /// A new question: the grid empties, the selection stays where it can. Gives the number of the run.
    pub(crate) fn begin(
        &mut self,
        contexts: Vec<String>,
        rows: Vec<Row>,
        manifests: BTreeMap<FileId, Manifest>,
        now: Now,
    ) -> u64 {
        self.manifests = manifests;
        let selected = self.rows.get(self.row).map(|row| row.target.clone());
        let column = self.columns.get(self.column).cloned();
        self.columns = contexts;
        let same = |a: &Target, b: &Target| (a.file, a.index, a.derived) == (b.file, b.index, b.derived);
        self.row = selected.and_then(|old| rows.iter().position(|row| same(&row.target, &old))).unwrap_or(0);
        self.column = column.and_then(|name| self.columns.iter().position(|c| *c == name)).unwrap_or(0);
        self.rows = rows;
        self.replies = (0..self.columns.len())
            .flat_map(|column| (0..self.rows.len()).map(move |row| ((column, row), Reply::Waiting)))
            .collect();
        self.runs.clear();
        self.contacted = true;
        self.scroll = 0;
        self.start(now)
    }

    /// One context of the grid is asked once more. Gives the number of the run.
    pub(crate) fn begin_again(&mut self, context: &str, now: Now) -> Option<u64> {
        let column = self.columns.iter().position(|name| name == context)?;
        for row in 0..self.rows.len() {
            self.replies.insert((column, row), Reply::Waiting);
        }
        Some(self.start(now))
    }

    fn start(&mut self, now: Now) -> u64 {
        self.run += 1;
        self.runs.insert(self.run);
        self.asked_at = now;
        self.waiting = false;
        self.run
    }

    /// Whether answers are on their way.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Takes an answer; whether it belongs to the grid.
    pub(crate) fn take(&mut self, run: u64, answer: Answer, now: Now) -> bool {
        let column = self.columns.iter().position(|context| *context == answer.context);
        let same = |row: &Row| {
            let (a, b) = (&row.target, &answer.target);
            (a.file, a.index, a.derived) == (b.file, b.index, b.derived)
        };
        let (Some(column), Some(row)) = (column, self.rows.iter().position(same)) else { return false };
        if !self.runs.contains(&run) {
            return false;
        }
        if self.log.len() >= LOGGED {
            self.log.remove(0);
        }
        self.log.push(Logged { at: now, answer: answer.clone(), manager: self.manager.clone() });
        self.replies.insert((column, row), Reply::Came(Box::new(answer)));
        true
    }

    /// A context cannot be asked; whether that belongs to the grid.
    pub(crate) fn fail(&mut self, run: u64, context: &str, why: &Failed) -> bool {
        self.runs.contains(&run) && self.fail_context(context, why)
    }

    /// A context of the grid cannot be asked; whether it is one.
    pub(crate) fn fail_context(&mut self, context: &str, why: &Failed) -> bool {
        let Some(column) = self.columns.iter().position(|name| name == context) else { return false };
        for row in 0..self.rows.len() {
            self.replies.insert((column, row), Reply::Failed(why.clone()));
        }
        true
    }

    /// A run has ended: what did not come does not come any more.
    pub(crate) fn end(&mut self, run: u64) {
        self.runs.remove(&run);
        if self.runs.is_empty() {
            self.waiting = false;
            self.replies.retain(|_, reply| *reply != Reply::Waiting);
        }
    }

    /// Edits of a file: its answers are out of date. Returns whether they were not before.
    pub(crate) fn edited(&mut self, file: FileId, changes: &[Change]) -> bool {
        let mut news = false;
        for row in self.rows.iter_mut().filter(|row| row.target.file == file) {
            for change in changes {
                row.range = shift_range(&row.range, change);
            }
            news |= !std::mem::replace(&mut row.stale, true);
        }
        news
    }

    /// The object of a row that is not stale, as it was read.
    #[must_use]
    pub fn object(&self, row: &Row) -> Option<Object<'_>> {
        let manifest = self.manifests.get(&row.target.file).filter(|_| !row.stale)?;
        manifest.objects().find(|object| object.index == row.target.index)
    }

    /// The bytes of a pointer in the object of a row, or of the nearest part around it that is written. `None` for a row that
    /// is stale.
    #[must_use]
    pub fn place(&self, row: &Row, pointer: &str) -> Option<Range<usize>> {
        let object = self.object(row)?;
        let mut pointer = pointer;
        loop {
            if let Some(span) = object.span(pointer) {
                return Some(span.key.unwrap_or(span.value));
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }

    /// The marks of what servers complain of in one file.
    pub(crate) fn marks(&self, file: FileId) -> Vec<Diagnostic> {
        let mut marks: Vec<Diagnostic> = Vec::new();
        let several = self.columns.len() > 1;
        for ((column, row), reply) in &self.replies {
            let (Reply::Came(answer), Some(row)) = (reply, self.rows.get(*row)) else { continue };
            if row.target.file != file || row.stale {
                continue;
            }
            let severity = match answer.verdict.decision() {
                Decided::Deny => Severity::Error,
                _ => Severity::Warning,
            };
            let context = self.columns.get(*column).map_or("", |name| name);
            for problem in &answer.problems {
                let Some(range) = problem.pointer.as_ref().and_then(|pointer| self.place(row, pointer))
                else {
                    continue;
                };
                let message =
                    if several { format!("{context}: {}", problem.message) } else { problem.message.clone() };
                let mark = Diagnostic {
                    range,
                    severity,
                    origin: Origin::Server,
                    code: context.to_owned(),
                    message,
                    approximate: false,
                    fix: None,
                };
                if !marks.iter().any(|seen| seen.range == mark.range && seen.message == mark.message) {
                    marks.push(mark);
                }
            }
        }
        marks
    }
}

/// The verdict of an answer in the colours of a decision: an allow with warnings, or one that takes fields from others, is
/// a warning.
#[must_use]
pub fn colour(answer: &Answer) -> Decided {
    match (&answer.verdict, answer.warnings.is_empty() && answer.conflicts.is_empty()) {
        (Verdict::Allowed, false) => Decided::Warn,
        (verdict, _) => verdict.decision(),
    }
}

/// `default/web`, or the kind where there is no name.
#[must_use]
pub fn name_of(object: &ObjectRef) -> String {
    match (object.namespace.as_str(), object.name.as_str()) {
        (_, "") => object.kind.clone(),
        ("", name) => name.to_owned(),
        (namespace, name) => format!("{namespace}/{name}"),
    }
}
