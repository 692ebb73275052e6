//! Users with few rights, and several contexts, some of them bad.

use regoscope::cluster::dry_run::Options;
use regoscope::cluster::exec::PluginError;
use regoscope::cluster::runtime::Failure;
use regoscope::core::dry_run::{Answer, Missing, Unjudged, Verdict};
use serde_json::json;

use super::Case;
use super::admission::{BAD, GOOD, allowed, assert_says};
use super::rig::{Question, Rig};
use super::server::Need;

pub const CASES: &[Case] = &[
    Case {
        name: "a_user_with_rights_in_one_namespace_gets_a_verdict_there_only",
        needs: &[Need::Contexts],
        prepare: |rig| rig.namespace("elsewhere", json!({})),
        ask: |rig| {
            allowed(&ask_as(rig, "limited", "default", GOOD), &[]);
            let answer = ask_as(rig, "limited", "elsewhere", GOOD);
            assert_eq!(
                answer.verdict,
                Verdict::Forbidden { missing: missing("limited", "patch", "elsewhere") }
            );
            // Nothing is known of the live object: not that there is none.
            assert_eq!((&answer.live, answer.change), (&None, None));
        },
    },
    Case {
        name: "a_user_who_may_only_read_gets_no_verdict",
        needs: &[Need::Contexts],
        prepare: |rig| rig.prepare(&BAD.replace("name: web}", "name: seen, namespace: default}")),
        ask: |rig| {
            let answer = ask_as(rig, "reader", "default", &BAD.replace("name: web}", "name: seen}"));
            assert_eq!(answer.verdict, Verdict::Forbidden { missing: missing("reader", "patch", "default") });
            assert_eq!(answer.change, None);
            let live = answer.live.expect("reading is allowed");
            assert_eq!(live.pointer("/metadata/name"), Some(&json!("seen")));
        },
    },
    Case {
        name: "a_bad_context_is_one_row",
        needs: &[Need::Contexts],
        prepare: |_| (),
        ask: |rig| {
            let contexts = ["admin", "bad-ca", "bad-token", "limited", "reader", "unreachable"];
            let options = Options { namespace: Some("default".to_owned()), ..Options::default() };
            let outcome = rig.ask(&Question { contexts: &contexts, yaml: GOOD, options });
            let answered: Vec<(&str, bool)> =
                outcome.answers.iter().map(|a| (a.context.as_str(), a.verdict == Verdict::Allowed)).collect();
            assert_eq!(answered, [("admin", true), ("limited", true), ("reader", false)]);
            let failures: Vec<(&str, &Failure)> =
                outcome.failures.iter().map(|(c, why)| (c.as_str(), why)).collect();
            let [(ca, tls), (token, unauthorized), (none, unreachable)] = failures.as_slice() else {
                panic!("{failures:?}");
            };
            assert_eq!((*ca, *token, *none), ("bad-ca", "bad-token", "unreachable"));
            let Failure::Server(Unjudged::Tls { detail }) = tls else { panic!("{tls:?}") };
            assert_says(detail, "certificate");
            assert_eq!(**unauthorized, Failure::Server(Unjudged::Unauthorized));
            let Failure::Server(Unjudged::Unreachable { detail }) = unreachable else {
                panic!("{unreachable:?}")
            };
            assert_says(detail, "refused");
        },
    },
    Case {
        name: "a_client_certificate_logs_in",
        needs: &[Need::Contexts],
        prepare: |_| (),
        ask: |rig| {
            allowed(&ask_as(rig, "certificate", "default", GOOD), &[]);
            let answer = ask_as(rig, "certificate", "elsewhere", GOOD);
            assert_eq!(
                answer.verdict,
                Verdict::Forbidden { missing: missing("limited", "patch", "elsewhere") }
            );
        },
    },
    Case {
        name: "a_plugin_runs_once_and_only_after_the_user_has_agreed",
        needs: &[Need::Contexts],
        prepare: |_| (),
        ask: |rig| {
            let runs = |rig: &Rig| {
                let log = rig.server.kubeconfig.with_file_name("plugin.log");
                std::fs::read_to_string(log).unwrap_or_default().lines().count()
            };
            let before = runs(rig);
            let options = Options { namespace: Some("default".to_owned()), ..Options::default() };
            let yaml = format!("{GOOD}---{}", BAD.replace("name: web", "name: bad"));
            let question = Question { contexts: &["plugin"], yaml: &yaml, options };
            let mut outcome = rig.ask(&question);
            let Some((_, Failure::Plugin(PluginError::NeedsConsent(plugin)))) = outcome.failures.pop() else {
                panic!("{outcome:?}");
            };
            assert!(plugin.argv[0].ends_with("/plugin"), "{plugin:?}");
            assert_eq!((outcome.answers.len(), runs(rig)), (0, before));
            rig.cluster.agree(&plugin);
            for _ in 0..3 {
                let outcome = rig.ask(&question);
                assert!(outcome.answers.iter().all(|answer| answer.verdict == Verdict::Allowed));
                assert_eq!((outcome.answers.len(), outcome.failures.len(), runs(rig)), (2, 0, before + 1));
            }
        },
    },
    Case {
        name: "whoever_is_impersonated_is_judged",
        needs: &[Need::Contexts],
        prepare: |_| (),
        ask: |rig| {
            allowed(&ask_as(rig, "admin-as-limited", "default", GOOD), &[]);
            let answer = ask_as(rig, "admin-as-limited", "elsewhere", GOOD);
            assert_eq!(
                answer.verdict,
                Verdict::Forbidden { missing: missing("limited", "patch", "elsewhere") }
            );
            let options = Options { namespace: Some("default".to_owned()), ..Options::default() };
            let outcome = rig.ask(&Question { contexts: &["reader-as-admin"], yaml: GOOD, options });
            let refused: Vec<_> = outcome
                .answers
                .iter()
                .map(|a| format!("{:?}", a.verdict))
                .chain(outcome.failures.iter().map(|f| format!("{:?}", f.1)))
                .collect();
            assert_eq!(refused.len(), 1, "{refused:?}");
            assert_says(&refused[0], "ImpersonationRefused");
        },
    },
    Case {
        name: "contexts_of_one_server_and_user_agree",
        needs: &[Need::Contexts],
        prepare: |_| (),
        ask: |rig| {
            let options = Options { namespace: Some("default".to_owned()), ..Options::default() };
            let yaml = format!("{GOOD}---{}", BAD.replace("name: web", "name: bad"));
            let outcome = rig.ask(&Question { contexts: &["admin", "production"], yaml: &yaml, options });
            let rows: Vec<_> =
                outcome.answers.iter().map(|a| (a.context.as_str(), a.target.index, &a.verdict)).collect();
            assert_eq!(
                rows,
                [
                    ("admin", 0, &Verdict::Allowed),
                    ("admin", 1, &Verdict::Allowed),
                    ("production", 0, &Verdict::Allowed),
                    ("production", 1, &Verdict::Allowed),
                ]
            );
        },
    },
];

fn ask_as(rig: &mut Rig, context: &str, namespace: &str, yaml: &str) -> Answer {
    let options = Options { namespace: Some(namespace.to_owned()), ..Options::default() };
    let mut outcome = rig.ask(&Question { contexts: &[context], yaml, options });
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    outcome.answers.remove(0)
}

fn missing(user: &str, verb: &str, namespace: &str) -> Missing {
    Missing {
        user: user.to_owned(),
        verb: verb.to_owned(),
        resource: "pods".to_owned(),
        group: String::new(),
        namespace: Some(namespace.to_owned()),
    }
}
