//! Data of `core` and `app` put into words.

use super::{Lang, T};
use crate::app::msg::{FileProblem, ProblemKind};
use crate::core::decision::{Reason, Verdict};
use crate::core::manifest::labels::LabelError;
use crate::core::manifest::schema::{SchemaNote, SchemaNoteKind};
use crate::core::manifest::{Fault, FaultKind, Hint, MAX_BYTES, MAX_COPIED_BYTES, MAX_DEPTH, NoteKind};
use crate::core::policy::gatekeeper::matching::Miss;
use crate::core::rego::target::{Beyond, Target, Used, Why};

/// What is wrong with a label, and the text that is.
#[must_use]
pub fn label_error(error: &LabelError) -> (T, &str) {
    match error {
        LabelError::NoValue(what) => (T::RequestNoLabel, what),
        LabelError::Key(what) => (T::RequestNotAKey, what),
        LabelError::Value(what) => (T::RequestNotAValue, what),
    }
}

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

/// That a decision depends on what a builtin answers at the moment.
#[must_use]
pub fn moment(builtin: &str, lang: Lang) -> String {
    let chance = matches!(builtin, "rand.intn" | "uuid.rfc4122");
    let text = if chance { T::CheckDependsChance } else { T::CheckDependsTime };
    text.fill(lang, &[("builtin", &builtin)])
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
        Reason::NoOldObject => T::ReasonNoOldObject.text(lang).to_owned(),
        Reason::NothingToConnect => T::ReasonNothingToConnect.text(lang).to_owned(),
        Reason::AllOff => T::ReasonAllOff.text(lang).to_owned(),
        Reason::NoConstraint => T::ReasonNoConstraint.text(lang).to_owned(),
        Reason::Cel { rego: false } => T::ReasonCel.text(lang).to_owned(),
        Reason::Cel { rego: true } => T::ReasonCelBesideRego.text(lang).to_owned(),
    }
}

/// Why a constraint was not asked about an object, in one sentence.
#[must_use]
pub fn miss(miss: &Miss, constraint: &str, lang: Lang) -> String {
    let why = match miss {
        Miss::Kinds { kind } => T::MissKinds.fill(lang, &[("kind", kind)]),
        Miss::Scope { wanted } => T::MissScope.fill(lang, &[("wanted", wanted)]),
        Miss::Namespaces { namespace } => T::MissNamespaces.fill(lang, &[("namespace", namespace)]),
        Miss::ExcludedNamespaces { namespace } => T::MissExcluded.fill(lang, &[("namespace", namespace)]),
        Miss::LabelSelector => T::MissLabels.text(lang).to_owned(),
        Miss::NamespaceSelector { namespace } => {
            T::MissNamespaceLabels.fill(lang, &[("namespace", namespace)])
        }
        Miss::Name { wanted } => T::MissName.fill(lang, &[("wanted", wanted)]),
        Miss::Source { wanted } => T::MissSource.fill(lang, &[("wanted", wanted)]),
        Miss::Operation { operation } => T::MissOperation.fill(lang, &[("operation", operation)]),
        Miss::EnforcementPoint => T::MissPoint.text(lang).to_owned(),
        Miss::Config { namespace } => T::MissConfig.fill(lang, &[("namespace", namespace)]),
    };
    T::MissSentence.fill(lang, &[("constraint", &constraint), ("why", &why)])
}

/// What a policy uses that its target does not have.
#[must_use]
pub fn beyond(beyond: &Beyond, target: Target, lang: Lang) -> String {
    let what = match &beyond.what {
        Used::Word(word) => format!("`{word}`"),
        Used::NameOfParts => T::UsedNameOfParts.text(lang).to_owned(),
        Used::NameWithVariables => T::UsedNameWithVariables.text(lang).to_owned(),
        Used::KeywordInReference(word) => T::UsedKeywordInReference.fill(lang, &[("word", word)]),
        Used::TemplateString => T::UsedTemplateString.text(lang).to_owned(),
        Used::Minus => T::UsedMinus.text(lang).to_owned(),
        Used::ComputedMembers => T::UsedComputedMembers.text(lang).to_owned(),
        Used::EmptyCollection => T::UsedEmptyCollection.text(lang).to_owned(),
    };
    match beyond.why {
        Why::Since(since) => {
            T::TargetSince.fill(lang, &[("what", &what), ("since", &since), ("target", &target)])
        }
        Why::Off => T::TargetOff.fill(lang, &[("what", &what), ("target", &target)]),
        Why::Wrong(first, last) => T::TargetWrong
            .fill(lang, &[("what", &what), ("first", &first), ("last", &last), ("target", &target)]),
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

/// What is wrong with a field, in the API server's words, with what may be meant.
#[must_use]
pub fn schema_note(note: &SchemaNote, lang: Lang) -> String {
    let path = &note.path;
    match &note.kind {
        SchemaNoteKind::UnknownField { nearest, .. } => {
            let hint = nearest.as_ref().map(|name| T::DidYouMean.fill(lang, &[("name", name)]));
            format!("{path}: field not declared in schema{}", hint.unwrap_or_default())
        }
        SchemaNoteKind::WrongType { expected, got } => {
            format!("{path}: expected {}, got {got}", expected.word())
        }
        SchemaNoteKind::NotInEnum { value, allowed } => {
            let allowed: Vec<String> = allowed.iter().map(|value| format!("{value:?}")).collect();
            let path = path.trim_start_matches('.');
            format!("{path}: Unsupported value: {value:?}: supported values: {}", allowed.join(", "))
        }
    }
}

/// A note on a manifest in one sentence.
#[must_use]
pub fn manifest_note(note: &NoteKind, lang: Lang) -> String {
    match note {
        NoteKind::ReadAs { written, read } => {
            T::NoteReadAs.fill(lang, &[("written", written), ("read", read)])
        }
        NoteKind::KeyReadAs { written, read } => {
            T::NoteKeyReadAs.fill(lang, &[("written", written), ("read", read)])
        }
        NoteKind::SetAgain { key, line } => T::NoteSetAgain.fill(lang, &[("key", key), ("line", line)]),
        NoteKind::Overrides { key, line } => T::NoteOverrides.fill(lang, &[("key", key), ("line", line)]),
        NoteKind::SameKey { key, line } => T::NoteSameKey.fill(lang, &[("key", key), ("line", line)]),
        NoteKind::MergeOverrides { key, line } => {
            T::NoteMergeOverrides.fill(lang, &[("key", key), ("line", line)])
        }
        NoteKind::LookAlike { character } => {
            let (text, meant) = match character {
                '：' => (T::NoteLookAlike, ":"),
                '＃' => (T::NoteLookAlike, "#"),
                '－' => (T::NoteLookAlike, "-"),
                _ => (T::NoteLookAlikeSpace, " "),
            };
            text.fill(lang, &[("code", &code_point(*character)), ("meant", &meant)])
        }
        NoteKind::Hidden { character } => T::NoteHidden.fill(lang, &[("code", &code_point(*character))]),
        NoteKind::LineBreak { character } => {
            T::NoteLineBreak.fill(lang, &[("code", &code_point(*character))])
        }
        NoteKind::IgnoredAfterEnd => T::NoteIgnoredAfterEnd.text(lang).to_owned(),
    }
}

/// Why a document is refused, with what to do about it.
#[must_use]
pub fn manifest_fault(fault: &Fault, lang: Lang) -> String {
    const MIB: usize = 1024 * 1024;
    let mut text = match &fault.kind {
        FaultKind::Yaml(words) => words.clone(),
        FaultKind::TooDeep => T::FaultTooDeep.fill(lang, &[("limit", &MAX_DEPTH)]),
        FaultKind::TooLarge => T::FaultTooLarge.fill(lang, &[("limit", &(MAX_BYTES / MIB))]),
        FaultKind::TooMuchCopied => T::FaultTooMuchCopied.fill(lang, &[("limit", &(MAX_COPIED_BYTES / MIB))]),
        FaultKind::Separator => T::FaultSeparator.text(lang).to_owned(),
        FaultKind::NotAnObject => T::FaultNotAnObject.text(lang).to_owned(),
    };
    let hint = match fault.hint {
        None => return text,
        Some(Hint::Tab) => T::HintTab,
        Some(Hint::Template) => T::HintTemplate,
        Some(Hint::FullWidthColon) => T::HintFullWidthColon,
        Some(Hint::KeyWithoutValue) => T::HintKeyWithoutValue,
        Some(Hint::NotClosed) => T::HintNotClosed,
        Some(Hint::Anchor) => T::HintAnchor,
        Some(Hint::DocumentSeparator) => T::HintDocumentSeparator,
        Some(Hint::QuestionMark) => T::HintQuestionMark,
        Some(Hint::SpaceAfterColon) => T::HintSpaceAfterColon,
        Some(Hint::Directive) => T::HintDirective,
    };
    text.push_str(": ");
    text.push_str(hint.text(lang));
    text
}

fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn every_problem_with_a_file_names_it_and_leaves_no_place_open() {
        use ProblemKind as Kind;
        for kind in [
            Kind::NotFound,
            Kind::FolderNotFound,
            Kind::AlreadyExists,
            Kind::PermissionDenied,
            Kind::DiskFull,
            Kind::ReadOnlyFileSystem,
            Kind::NotARegularFile,
            Kind::TooLarge,
            Kind::TooMany,
            Kind::ChangedOnDisk,
            Kind::SymlinkLoop,
            Kind::HardLinked,
            Kind::FolderNotWritable,
            Kind::NotReproducible,
            Kind::Mounted,
            Kind::Other,
        ] {
            for lang in [Lang::En, Lang::Ja] {
                let problem =
                    FileProblem { path: PathBuf::from("pods/web.yaml"), kind, detail: "the detail".into() };
                let text = file_problem(&problem, lang);
                assert!(text.starts_with("pods/web.yaml: ") && !text.contains(['{', '}']), "{text}");
            }
        }
    }
}
