//! Decisions for scripts and for people.

pub mod dry_run;
pub mod eval;
pub mod json;
pub mod lint;
pub mod reading;
pub mod test;
pub mod text;
pub mod verify;

use crate::core::decision::{Evaluation, Place, Reason, Verdict};
use crate::core::file::FileId;
use crate::core::policy::place::Lines;

/// A file that a report can name.
#[derive(Debug, Clone)]
pub struct NamedFile {
    /// Which.
    pub file: FileId,
    /// As it is printed.
    pub name: String,
    /// Its text, for lines and columns.
    pub text: String,
}

/// What is reported: a decision and the files it speaks of.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The decision.
    pub evaluation: &'a Evaluation,
    /// The files.
    pub files: &'a [NamedFile],
}

/// How many documents were decided how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// All of them.
    pub documents: usize,
    /// Nothing objects.
    pub allow: usize,
    /// Something warns.
    pub warn: usize,
    /// Something denies.
    pub deny: usize,
    /// Something could not be judged, and nothing denies.
    pub not_judged: usize,
}

impl Report<'_> {
    /// Counts the documents by verdict; what is derived from one counts with it.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for document in self.evaluation.written() {
            summary.documents += 1;
            match document.verdict {
                Verdict::Allow => summary.allow += 1,
                Verdict::Warn => summary.warn += 1,
                Verdict::Deny => summary.deny += 1,
                Verdict::NotJudged => summary.not_judged += 1,
            }
        }
        summary
    }

    /// Whether some rule of some document could not be judged, even where another rule denies.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        self.evaluation.documents.iter().any(|document| {
            document.verdict == Verdict::NotJudged
                || document.reason.is_some()
                || document.cells.iter().any(|cell| !cell.reasons.is_empty())
        })
    }

    /// The name of a file.
    #[must_use]
    pub fn name(&self, file: FileId) -> &str {
        self.files.iter().find(|f| f.file == file).map_or("?", |f| f.name.as_str())
    }

    /// `file:line:column`
    #[must_use]
    pub fn at(&self, place: &Place) -> String {
        format!("{}:{}:{}", self.name(place.file), place.line, place.column)
    }

    /// Everything wrong with the texts and everything printed, as `file:line:column: message` lines.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (id, diagnostics) in &self.evaluation.diagnostics {
            let Some(file) = self.files.iter().find(|f| f.file == *id) else { continue };
            let starts = Lines::of(&file.text);
            for remark in diagnostics {
                let place = starts.place(*id, &file.text, remark.range.clone());
                lines.push(format!("{}: {}", self.at(&place), remark.message));
            }
        }
        for print in &self.evaluation.prints {
            let place = print.place.as_ref().map(|place| format!("{}: ", self.at(place)));
            lines.push(format!("{}print: {}", place.unwrap_or_default(), print.text));
        }
        lines
    }

    /// Why a document could not be judged: its own reason, else those of its cells.
    pub fn reasons<'r>(
        &self,
        document: &'r crate::core::decision::JudgedDocument,
    ) -> impl Iterator<Item = &'r Reason> {
        document.reason.iter().chain(document.cells.iter().flat_map(|cell| &cell.reasons))
    }
}

/// The place that a reason points to.
#[must_use]
pub fn place_of(reason: &Reason) -> Option<&Place> {
    match reason {
        Reason::PolicyError { place, .. } | Reason::ManifestError { place, .. } => Some(place),
        Reason::RuleError { place, .. } | Reason::Unsupported { place, .. } => place.as_ref(),
        _ => None,
    }
}
