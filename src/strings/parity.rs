//! The local decision beside a cluster's, in words.

use super::{Lang, T};
use crate::core::dry_run::{Agreement, Cause, Judge, Parity};

/// How many fields are named before the rest is counted.
const FIELDS: usize = 3;

/// Who says what, in one line. The messages are from outside: the line is made safe where it is shown.
#[must_use]
pub fn parity_line(parity: &Parity, context: &str, lang: Lang) -> String {
    let (text, local, cluster) = match (parity.agreement, &parity.local_says, &parity.cluster_says) {
        (Agreement::Agree, ..) => (T::ParityAgrees, "", ""),
        (Agreement::NotComparable, ..) => (T::ParityNotComparable, "", ""),
        (Agreement::OnlyLocalDenies, Some(local), _) => (T::ParityOnlyLocalSays, local.as_str(), ""),
        (Agreement::OnlyLocalDenies, None, _) => (T::ParityOnlyLocalDenies, "", ""),
        (Agreement::OnlyClusterDenies, _, Some(cluster)) => (T::ParityOnlyClusterSays, "", cluster.as_str()),
        (Agreement::OnlyClusterDenies, _, None) => (T::ParityOnlyClusterDenies, "", ""),
    };
    text.fill(lang, &[("context", &context), ("local", &local), ("cluster", &cluster)])
}

/// One reason why the two differ; `None` stands for one that is not known.
#[must_use]
pub fn parity_cause(cause: Option<&Cause>, lang: Lang) -> String {
    let Some(cause) = cause else { return T::ParityNotKnown.text(lang).to_owned() };
    match cause {
        Cause::NoJudgeObjects => T::CauseNoJudge.text(lang).to_owned(),
        Cause::OnlyWarns { message } => T::CauseOnlyWarns.fill(lang, &[("message", message)]),
        Cause::PodsComeLater => T::CausePodsLater.text(lang).to_owned(),
        Cause::SystemNamespace { namespace } => {
            T::CauseSystemNamespace.fill(lang, &[("namespace", namespace)])
        }
        Cause::NoPodSecurityLevel { namespace } => T::CauseNoLevel.fill(lang, &[("namespace", namespace)]),
        Cause::PodSecurityLevel { namespace, level } => {
            T::CauseLevel.fill(lang, &[("namespace", namespace), ("level", level)])
        }
        Cause::OtherJudge { by } => T::CauseOther.fill(lang, &[("judge", &judge(by, lang))]),
        Cause::NotValid { .. } => T::CauseNotValid.text(lang).to_owned(),
        Cause::Conflicts => T::CauseConflicts.text(lang).to_owned(),
        Cause::OtherReading { raw: true } => T::CauseReadAsWritten.text(lang).to_owned(),
        Cause::OtherReading { raw: false } => T::CauseReadAsStored.text(lang).to_owned(),
        Cause::Mutated { pointers } => T::CauseMutated.fill(lang, &[("fields", &fields(pointers, lang))]),
        Cause::Defaulted { pointers } => T::CauseDefaulted.fill(lang, &[("fields", &fields(pointers, lang))]),
    }
}

/// A judge by the name that Kubernetes has for it.
fn judge(judge: &Judge, lang: Lang) -> String {
    match judge {
        Judge::PodSecurity { level, version } => format!("Pod Security {level}:{version}"),
        Judge::ValidatingAdmissionPolicy { policy, .. } => format!("ValidatingAdmissionPolicy {policy}"),
        Judge::Webhook { name } => format!("webhook {name}"),
        Judge::Quota { name } => format!("ResourceQuota {name}").trim_end().to_owned(),
        Judge::LimitRange => "LimitRange".to_owned(),
        Judge::Priority => "PriorityClass".to_owned(),
        Judge::Admission => T::CauseAnAdmissionPlugin.text(lang).to_owned(),
    }
}

fn fields(pointers: &[String], lang: Lang) -> String {
    let first: Vec<&str> = pointers.iter().take(FIELDS).map(String::as_str).collect();
    let named = first.join(", ");
    match pointers.len().checked_sub(FIELDS) {
        None | Some(0) => named,
        Some(more) => T::CauseMoreFields.fill(lang, &[("fields", &named), ("count", &more)]),
    }
}
