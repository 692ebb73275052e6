//! Data of `core` and `app` put into words.

use super::{Lang, T};
use crate::app::msg::{FileProblem, ProblemKind, WatchState};
use crate::core::decision::{Reason, Verdict};

/// The word of a verdict.
#[must_use]
pub fn verdict(verdict: Verdict, lang: Lang) -> &'static str {
    match verdict {
        Verdict::Allow => T::VerdictAllow,
        Verdict::Warn => T::VerdictWarn,
        Verdict::NotJudged => T::VerdictNotJudged,
        Verdict::Deny => T::VerdictDeny,
    }
    .text(lang)
}

/// A reason in one sentence, without its place.
#[must_use]
pub fn reason(reason: &Reason, lang: Lang) -> String {
    match reason {
        Reason::PolicyError { message, .. } => T::ReasonPolicyError.fill(lang, &[("message", message)]),
        Reason::ManifestError { message, .. } => T::ReasonManifestError.fill(lang, &[("message", message)]),
        Reason::RuleError { message, .. } => T::ReasonRuleError.fill(lang, &[("message", message)]),
        Reason::Unsupported { what, .. } => T::ReasonUnsupported.fill(lang, &[("what", what)]),
        Reason::NoEntryRule => T::ReasonNoEntryRule.text(lang).to_owned(),
        Reason::Timeout { limit_ms } => {
            T::ReasonTimeout.fill(lang, &[("seconds", &(*limit_ms as f64 / 1000.0))])
        }
        Reason::OutOfMemory { limit_mib } => T::ReasonOutOfMemory.fill(lang, &[("limit", limit_mib)]),
        Reason::StackOverflow => T::ReasonStackOverflow.text(lang).to_owned(),
        Reason::EvaluatorDied { detail } => T::ReasonEvaluatorDied.fill(lang, &[("detail", detail)]),
        Reason::NothingToJudge => T::ReasonNothingToJudge.text(lang).to_owned(),
    }
}

/// A problem with a file, or the notice of a save in place, in one sentence that names the file.
#[must_use]
pub fn file_problem(problem: &FileProblem, lang: Lang) -> String {
    let text = match problem.kind {
        ProblemKind::NotFound => T::FileNotFound,
        ProblemKind::FolderNotFound => T::FileFolderNotFound,
        ProblemKind::AlreadyExists => T::FileAlreadyExists,
        ProblemKind::PermissionDenied => T::FilePermissionDenied,
        ProblemKind::DiskFull => T::FileDiskFull,
        ProblemKind::ReadOnlyFileSystem => T::FileReadOnlyFileSystem,
        ProblemKind::NotARegularFile => T::FileNotRegular,
        ProblemKind::TooLarge => T::FileTooLarge,
        ProblemKind::TooMany => T::FileTooMany,
        ProblemKind::ChangedOnDisk => T::FileChangedOnDisk,
        ProblemKind::SymlinkLoop => T::FileSymlinkLoop,
        ProblemKind::HardLinked => T::FileHardLinked,
        ProblemKind::FolderNotWritable => T::FileFolderNotWritable,
        ProblemKind::NotReproducible => T::FileNotReproducible,
        ProblemKind::Mounted => T::FileMounted,
        ProblemKind::Other => T::FileOther,
    };
    // Each text names the detail after what it is.
    let detail = &problem.detail;
    let path = problem.path.display();
    text.fill(
        lang,
        &[("path", &path), ("detail", detail), ("folder", detail), ("limit", detail), ("links", detail)],
    )
}

/// How files are watched, in a few words.
#[must_use]
pub fn watch_state(state: &WatchState, lang: Lang) -> String {
    match state {
        WatchState::Events => T::WatchEvents.text(lang).to_owned(),
        WatchState::Polling { why } => T::WatchPolling.fill(lang, &[("why", why)]),
        WatchState::Off { why } => T::WatchOff.fill(lang, &[("why", why)]),
    }
}
