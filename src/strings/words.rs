//! Data of `core` and `app` put into words.

use super::{Lang, T};
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

/// A problem with a file in one sentence.
#[must_use]
pub fn file_problem(problem: &crate::app::msg::FileProblem, _lang: Lang) -> String {
    format!("{}: {}", problem.path.display(), problem.detail)
}
