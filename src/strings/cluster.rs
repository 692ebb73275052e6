//! What clusters say, and why they say nothing, in words.

use super::{Lang, T};
use crate::cluster::context::Caution;
use crate::cluster::exec::PluginError;
use crate::cluster::kubeconfig::KubeconfigError;
use crate::cluster::runtime::Failure;
use crate::core::dry_run::{
    Agreement, Answer, Cause, Change, Conflict, ConflictKind, FieldChange, Invalidity, Judge, Missing,
    Parity, RowKind, Sent, Unjudged, Verdict,
};

/// The verdict in a word or two, without its sign, for the cell of a grid.
#[must_use]
pub fn short_verdict(answer: &Answer, lang: Lang) -> String {
    let text = |text: T| text.text(lang).to_owned();
    match &answer.verdict {
        Verdict::Allowed => match (answer.warnings.len(), answer.change) {
            (1, _) => text(T::ShortWarning),
            (2.., _) => T::ShortWarnings.fill(lang, &[("count", &answer.warnings.len())]),
            (_, Some(Change::NoChange)) => text(T::ShortNoChange),
            (_, Some(Change::WouldCreate)) => text(T::ShortWouldCreate),
            (_, Some(Change::WouldChange)) => text(T::ShortWouldChange),
            (_, None) => text(T::ShortAllowed),
        },
        Verdict::Denied { by } => match by {
            Judge::PodSecurity { .. } => "PodSecurity".to_owned(),
            Judge::ValidatingAdmissionPolicy { policy, .. } => policy.clone(),
            Judge::Webhook { name } => match answer.messages.first().and_then(|m| m.constraint.clone()) {
                Some(constraint) => constraint,
                None => name.clone(),
            },
            Judge::Quota { .. } => text(T::ShortQuota),
            Judge::LimitRange => "LimitRange".to_owned(),
            Judge::Priority => "PriorityClass".to_owned(),
            Judge::Admission => text(T::ShortAdmission),
        },
        Verdict::Invalid { .. } => text(T::ShortInvalid),
        Verdict::Conflict { .. } => text(T::ShortConflict),
        Verdict::Forbidden { .. } => text(T::ShortForbidden),
        Verdict::NotJudged { why } => short_unjudged(why, lang),
    }
}

/// Why there is no verdict, in a word or two.
#[must_use]
pub fn short_unjudged(why: &Unjudged, lang: Lang) -> String {
    let text = match why {
        Unjudged::WebhookFailed { .. } => T::ShortWebhook,
        Unjudged::NoDryRunSupport { .. } | Unjudged::OldServer { .. } | Unjudged::AggregatedApi { .. } => {
            T::ShortNoDryRun
        }
        Unjudged::CelError { .. } => T::ShortCel,
        Unjudged::NamespaceMissing { .. } => T::ShortNoNamespace,
        Unjudged::NamespaceTerminating { .. } => T::ShortTerminating,
        Unjudged::ServiceAccountMissing { .. } => T::ShortNoAccount,
        Unjudged::UnknownKind => T::ShortNoKind,
        Unjudged::NotFound => T::ShortNotFound,
        Unjudged::Timeout => T::ShortTimeout,
        Unjudged::Unauthorized => T::ShortUnauthorized,
        Unjudged::ImpersonationRefused { .. } => T::ShortNoImpersonation,
        Unjudged::TooManyRequests => T::ShortTooMany,
        Unjudged::TooLarge => T::ShortTooLarge,
        Unjudged::BadRequest => T::ShortBadRequest,
        Unjudged::ServerError => T::ShortServerError,
        Unjudged::HtmlFromProxy | Unjudged::NotKubernetes => T::ShortNoApiServer,
        Unjudged::WrongObject => T::ShortWrongObject,
        Unjudged::Unreachable { .. } => T::ShortUnreachable,
        Unjudged::Tls { .. } => T::ShortTls,
        Unjudged::Credentials { .. } => T::ShortCredentials,
        Unjudged::WaitsFor { document } => {
            return T::ShortWaitsFor.fill(lang, &[("number", &(document + 1))]);
        }
        Unjudged::UnsafeName { .. } => T::ShortName,
        Unjudged::Incomplete { .. } => T::ShortIncomplete,
        Unjudged::Guarded => T::ShortGuarded,
        Unjudged::Cancelled => T::ShortStopped,
    };
    text.text(lang).to_owned()
}

/// The verdict and who gave it, in one sentence.
#[must_use]
pub fn server_verdict(answer: &Answer, lang: Lang) -> String {
    let text = |text: T| text.text(lang).to_owned();
    match &answer.verdict {
        Verdict::Allowed => match answer.change {
            Some(Change::WouldCreate) => text(T::SaidWouldCreate),
            Some(Change::WouldChange) => text(T::SaidWouldChange),
            Some(Change::NoChange) => text(T::SaidNoChange),
            None => text(T::SaidAllowed),
        },
        Verdict::Denied { by } => judge(by, lang),
        Verdict::Invalid { why } => text(match why {
            Invalidity::Schema => T::SaidSchema,
            Invalidity::Validation => T::SaidValidation,
            Invalidity::Immutable => T::SaidImmutable,
            Invalidity::Syntax => T::SaidSyntax,
            Invalidity::Mismatch => T::SaidMismatch,
        }),
        Verdict::Conflict { kind } => text(match kind {
            ConflictKind::Ownership => T::SaidOwnership,
            ConflictKind::Stale => T::SaidStaleVersion,
            ConflictKind::Exists => T::SaidExists,
        }),
        Verdict::Forbidden { .. } => text(T::SaidForbidden),
        Verdict::NotJudged { why } => T::SaidNotJudged.fill(lang, &[("why", &unjudged(why, lang))]),
    }
}

fn judge(by: &Judge, lang: Lang) -> String {
    match by {
        Judge::PodSecurity { level, version } => {
            T::SaidPodSecurity.fill(lang, &[("level", level), ("version", version)])
        }
        Judge::ValidatingAdmissionPolicy { policy, binding } => {
            T::SaidPolicy.fill(lang, &[("policy", policy), ("binding", binding)])
        }
        Judge::Webhook { name } => T::SaidWebhook.fill(lang, &[("name", name)]),
        Judge::Quota { name } if name.is_empty() => T::SaidQuotaUnnamed.text(lang).to_owned(),
        Judge::Quota { name } => T::SaidQuota.fill(lang, &[("name", name)]),
        Judge::LimitRange => T::SaidLimitRange.text(lang).to_owned(),
        Judge::Priority => T::SaidPriority.text(lang).to_owned(),
        Judge::Admission => T::SaidAdmission.text(lang).to_owned(),
    }
}

/// Why an answer is no verdict, in one sentence.
#[must_use]
pub fn unjudged(why: &Unjudged, lang: Lang) -> String {
    match why {
        Unjudged::WebhookFailed { name } => T::UnjudgedWebhook.fill(lang, &[("name", name)]),
        Unjudged::NoDryRunSupport { name } => T::UnjudgedNoDryRun.fill(lang, &[("name", name)]),
        Unjudged::CelError { policy, .. } => T::UnjudgedCel.fill(lang, &[("policy", policy)]),
        Unjudged::NamespaceMissing { namespace } => {
            T::UnjudgedNamespace.fill(lang, &[("namespace", namespace)])
        }
        Unjudged::NamespaceTerminating { namespace } => {
            T::UnjudgedTerminating.fill(lang, &[("namespace", namespace)])
        }
        Unjudged::ServiceAccountMissing { name } => T::UnjudgedAccount.fill(lang, &[("name", name)]),
        Unjudged::UnknownKind => T::UnjudgedKind.text(lang).to_owned(),
        Unjudged::NotFound => T::UnjudgedNotFound.text(lang).to_owned(),
        Unjudged::Timeout => T::UnjudgedTimeout.text(lang).to_owned(),
        Unjudged::Unauthorized => T::UnjudgedUnauthorized.text(lang).to_owned(),
        Unjudged::ImpersonationRefused { missing } => {
            T::UnjudgedImpersonation.fill(lang, &[("resource", &missing.resource)])
        }
        Unjudged::TooManyRequests => T::UnjudgedTooMany.text(lang).to_owned(),
        Unjudged::TooLarge => T::UnjudgedTooLarge.text(lang).to_owned(),
        Unjudged::BadRequest => T::UnjudgedBadRequest.text(lang).to_owned(),
        Unjudged::ServerError => T::UnjudgedServer.text(lang).to_owned(),
        Unjudged::HtmlFromProxy => T::UnjudgedHtml.text(lang).to_owned(),
        Unjudged::NotKubernetes => T::UnjudgedNotKubernetes.text(lang).to_owned(),
        Unjudged::WrongObject => T::UnjudgedWrongObject.text(lang).to_owned(),
        Unjudged::OldServer { version } => T::UnjudgedOld.fill(lang, &[("version", version)]),
        Unjudged::AggregatedApi { group } => T::UnjudgedAggregated.fill(lang, &[("group", group)]),
        Unjudged::Unreachable { detail } => T::UnjudgedUnreachable.fill(lang, &[("detail", detail)]),
        Unjudged::Tls { detail } => T::UnjudgedTls.fill(lang, &[("detail", detail)]),
        Unjudged::Credentials { detail } => T::UnjudgedCredentials.fill(lang, &[("detail", detail)]),
        Unjudged::WaitsFor { document } => T::UnjudgedWaitsFor.fill(lang, &[("number", &(document + 1))]),
        Unjudged::UnsafeName { name } => T::UnjudgedName.fill(lang, &[("name", name)]),
        Unjudged::Incomplete { field } => T::UnjudgedIncomplete.fill(lang, &[("field", field)]),
        Unjudged::Guarded => T::UnjudgedGuarded.text(lang).to_owned(),
        Unjudged::Cancelled => T::UnjudgedCancelled.text(lang).to_owned(),
    }
}

/// The right that is missing, in one sentence.
#[must_use]
pub fn missing(missing: &Missing, lang: Lang) -> String {
    let Missing { user, verb, resource, group, namespace } = missing;
    let resource = if group.is_empty() { resource.clone() } else { format!("{resource}.{group}") };
    match namespace {
        Some(namespace) => T::ClusterMayNot
            .fill(lang, &[("user", user), ("verb", verb), ("resource", &resource), ("namespace", namespace)]),
        None => {
            T::ClusterMayNotAnywhere.fill(lang, &[("user", user), ("verb", verb), ("resource", &resource)])
        }
    }
}

/// What makes the answers of a context less certain.
#[must_use]
pub fn caution(caution: &Caution, lang: Lang) -> String {
    match caution {
        Caution::NotVerified => T::CautionNotVerified.text(lang).to_owned(),
        Caution::NotEncrypted => T::CautionNotEncrypted.text(lang).to_owned(),
        Caution::Proxy(url) => T::CautionProxy.fill(lang, &[("url", url)]),
        Caution::Impersonates(user) => T::CautionImpersonates.fill(lang, &[("user", user)]),
        Caution::ServerName(name) => T::CautionServerName.fill(lang, &[("name", name)]),
    }
}

/// Why a context cannot be asked, in one sentence.
#[must_use]
pub fn failure(why: &Failure, lang: Lang) -> String {
    match why {
        Failure::Plugin(why) => plugin_error(why, lang),
        Failure::Server(why) => unjudged(why, lang),
    }
}

/// Why a context cannot be asked, in a word or two.
#[must_use]
pub fn short_failure(why: &Failure, lang: Lang) -> String {
    match why {
        Failure::Plugin(PluginError::NeedsConsent(_) | PluginError::NeedsTerminal(_)) => {
            T::ShortConsent.text(lang).to_owned()
        }
        Failure::Plugin(_) => T::ShortCredentials.text(lang).to_owned(),
        Failure::Server(why) => short_unjudged(why, lang),
    }
}

/// Why a program gave no credentials, in one sentence.
#[must_use]
pub fn plugin_error(why: &PluginError, lang: Lang) -> String {
    match why {
        PluginError::NeedsConsent(plugin) => {
            T::PluginNeedsConsent.fill(lang, &[("command", &plugin.argv.join(" "))])
        }
        PluginError::NeedsTerminal(plugin) => {
            T::PluginNeedsTerminal.fill(lang, &[("command", &plugin.argv.join(" "))])
        }
        PluginError::Forbidden { command } => T::PluginForbidden.fill(lang, &[("command", command)]),
        PluginError::Kuberc(file) => T::PluginKuberc.fill(lang, &[("file", &file.display())]),
        PluginError::Relative { command } => T::PluginRelative.fill(lang, &[("command", command)]),
        PluginError::Missing { command, hint } => {
            let mut text = T::PluginMissing.fill(lang, &[("command", command)]);
            if let Some(hint) = hint {
                text.push_str(": ");
                text.push_str(hint);
            }
            text
        }
        PluginError::NotStarted { command, detail } => {
            T::PluginNotStarted.fill(lang, &[("command", command), ("detail", detail)])
        }
        PluginError::Failed { plugin, code } => T::PluginFailed.fill(
            lang,
            &[("command", &plugin.argv.join(" ")), ("code", &code.map_or("?".to_owned(), |c| c.to_string()))],
        ),
        PluginError::Timeout { command, seconds } => {
            T::PluginTimeout.fill(lang, &[("command", command), ("seconds", seconds)])
        }
        PluginError::TooMuch { command } => T::PluginTooMuch.fill(lang, &[("command", command)]),
        PluginError::NoCredential { command, what } => {
            T::PluginNoCredential.fill(lang, &[("command", command), ("what", what)])
        }
        PluginError::Version { command, version } => {
            T::PluginVersion.fill(lang, &[("command", command), ("version", version)])
        }
    }
}

/// What is wrong with a kubeconfig, in one sentence.
#[must_use]
pub fn kubeconfig_error(why: &KubeconfigError, lang: Lang) -> String {
    match why {
        KubeconfigError::Nothing => T::KubeconfigNothing.text(lang).to_owned(),
        KubeconfigError::Unreadable { file, detail } => {
            T::KubeconfigUnreadable.fill(lang, &[("file", &file.display()), ("detail", detail)])
        }
        KubeconfigError::Syntax { file, line } => {
            T::KubeconfigSyntax.fill(lang, &[("file", &file.display()), ("line", line)])
        }
        KubeconfigError::Shape { file, line, place } => {
            T::KubeconfigShape.fill(lang, &[("file", &file.display()), ("line", line), ("place", place)])
        }
        KubeconfigError::SameName { file, line, place } => {
            T::KubeconfigSameName.fill(lang, &[("file", &file.display()), ("line", line), ("place", place)])
        }
        KubeconfigError::NoContext { name } => T::KubeconfigNoContext.fill(lang, &[("name", name)]),
        KubeconfigError::NoCurrent => T::KubeconfigNoCurrent.text(lang).to_owned(),
        KubeconfigError::NoCluster { context, cluster } => {
            T::KubeconfigNoCluster.fill(lang, &[("context", context), ("cluster", cluster)])
        }
        KubeconfigError::NoUser { context, user } => {
            T::KubeconfigNoUser.fill(lang, &[("context", context), ("user", user)])
        }
        KubeconfigError::NoServer { cluster, .. } => {
            T::KubeconfigNoServer.fill(lang, &[("cluster", cluster)])
        }
        KubeconfigError::AuthProvider { user, .. } => T::KubeconfigAuthProvider.fill(lang, &[("user", user)]),
    }
}

/// A field that differs, in one line.
#[must_use]
pub fn field_change(change: &FieldChange, lang: Lang) -> String {
    let show = |value: &Option<serde_json::Value>| {
        value.as_ref().map(ToString::to_string).unwrap_or_else(|| "-".to_owned())
    };
    let (before, after) = (show(&change.before), show(&change.after));
    let text = match change.kind {
        RowKind::Added => T::WordAdded,
        RowKind::Removed => T::WordRemoved,
        RowKind::Changed | RowKind::Same => T::WordChanged,
    };
    text.fill(lang, &[("field", &change.pointer), ("before", &before), ("after", &after)])
}

/// A field that another manager owns, in one line.
#[must_use]
pub fn conflict(conflict: &Conflict, lang: Lang) -> String {
    let show = |value: &Option<serde_json::Value>| {
        value.as_ref().map(ToString::to_string).unwrap_or_else(|| "-".to_owned())
    };
    let (theirs, yours) = (show(&conflict.theirs), show(&conflict.yours));
    let owner = if conflict.owner.is_empty() { "?" } else { &conflict.owner };
    T::ClusterConflict
        .fill(lang, &[("field", &conflict.field), ("owner", &owner), ("theirs", &theirs), ("yours", &yours)])
}

/// A request that was sent: `PATCH /api/v1/… 403 12 ms`.
#[must_use]
pub fn sent(sent: &Sent) -> String {
    let status = sent.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    format!("{} {} → {status}  {} ms", sent.method, sent.uri, sent.elapsed_us / 1000)
}

/// Both sides of a disagreement: who says what.
#[must_use]
pub fn disagreement(parity: &Parity, lang: Lang) -> Vec<String> {
    let mut lines = vec![
        match parity.agreement {
            Agreement::OnlyClusterDenies => T::ClusterDiffersDenied,
            Agreement::OnlyLocalDenies => T::ClusterDiffersAllowed,
            Agreement::Agree | Agreement::NotComparable => T::ClusterAgrees,
        }
        .text(lang)
        .to_owned(),
    ];
    for (who, says) in [(T::ClusterLocal, &parity.local_says), (T::ClusterThere, &parity.cluster_says)] {
        if let Some(says) = says {
            lines.push(format!("{}: {says}", who.text(lang)));
        }
    }
    lines
}

/// Why two judges differ, in one sentence.
#[must_use]
pub fn cause(cause: &Cause, lang: Lang) -> String {
    let places = |pointers: &[String]| pointers.join(", ");
    match cause {
        Cause::NoJudgeObjects => T::CauseNoJudge.text(lang).to_owned(),
        Cause::OnlyWarns { message } => T::CauseOnlyWarns.fill(lang, &[("message", message)]),
        Cause::PodsComeLater => T::CausePodsLater.text(lang).to_owned(),
        Cause::SystemNamespace { namespace } => T::CauseSystem.fill(lang, &[("namespace", namespace)]),
        Cause::NoPodSecurityLevel { namespace } => T::CauseNoLevel.fill(lang, &[("namespace", namespace)]),
        Cause::PodSecurityLevel { namespace, level } => {
            T::CauseLevel.fill(lang, &[("namespace", namespace), ("level", level)])
        }
        Cause::OtherJudge { by } => T::CauseOtherJudge.fill(lang, &[("judge", &judge_name(by, lang))]),
        Cause::NotValid { .. } => T::CauseNotValid.text(lang).to_owned(),
        Cause::Conflicts => T::CauseConflicts.text(lang).to_owned(),
        Cause::OtherReading { raw: true } => T::CauseReadAsWritten.text(lang).to_owned(),
        Cause::OtherReading { raw: false } => T::CauseReadAsStored.text(lang).to_owned(),
        Cause::OtherOperation { local, cluster } => {
            T::CauseOperation.fill(lang, &[("local", local), ("cluster", cluster)])
        }
        Cause::Mutated { pointers } => T::CauseMutated.fill(lang, &[("places", &places(pointers))]),
        Cause::Defaulted { pointers } => T::CauseDefaulted.fill(lang, &[("places", &places(pointers))]),
    }
}

/// Who denied: what it is and its name.
fn judge_name(by: &Judge, lang: Lang) -> String {
    match by {
        Judge::PodSecurity { level, .. } => format!("Pod Security {level}"),
        Judge::ValidatingAdmissionPolicy { policy, .. } => format!("ValidatingAdmissionPolicy {policy}"),
        Judge::Webhook { name } => format!("webhook {name}"),
        Judge::Quota { name } => format!("ResourceQuota {name}"),
        Judge::LimitRange => "LimitRange".to_owned(),
        Judge::Priority => "PriorityClass".to_owned(),
        Judge::Admission => T::ShortAdmission.text(lang).to_owned(),
    }
}
