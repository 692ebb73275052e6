//! Gatekeeper itself as the judge.

use regoscope::cluster::dry_run::Options;
use regoscope::core::dry_run::{Judge, Verdict};
use serde_json::json;

use super::Case;
use super::admission::{BAD, BAD_DEPLOYMENT, GOOD, allowed};
use super::rig::{Question, objects};
use super::server::Need;

const TEMPLATE: &str = r#"
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8sprivileged}
spec:
  crd: {spec: {names: {kind: K8sPrivileged}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package k8sprivileged

      violation[{"msg": msg}] {
        container := input.review.object.spec.containers[_]
        container.securityContext.privileged
        msg := sprintf("%v is privileged", [container.name])
      }

      violation[{"msg": "hostPID"}] {
        input.review.object.spec.hostPID
      }
"#;

const CONSTRAINT: &str = "
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sPrivileged
metadata: {name: no-privileged}
spec: {match: {namespaces: [guarded], kinds: [{apiGroups: [''], kinds: [Pod]}]}}
";

const WARNING: &str = "
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sPrivileged
metadata: {name: rather-not}
spec: {enforcementAction: warn, match: {namespaces: [advised], kinds: [{apiGroups: [''], kinds: [Pod]}]}}
";

pub const CASES: &[Case] = &[Case {
    name: "gatekeeper_denies_with_the_names_of_its_constraints",
    needs: &[Need::Gatekeeper],
    prepare: |rig| {
        rig.namespace("guarded", json!({}));
        rig.namespace("advised", json!({}));
        rig.prepare(TEMPLATE);
        let constraints = "/apis/constraints.gatekeeper.sh/v1beta1/k8sprivileged";
        rig.until("Gatekeeper has made the kind of the constraint", |rig| {
            rig.setup.get(constraints).status == 200
        });
        for constraint in [CONSTRAINT, WARNING].iter().flat_map(|yaml| objects(yaml)) {
            // The plural of a constraint is its singular.
            let uri = format!(
                "{constraints}/{}?fieldManager=setup",
                constraint["metadata"]["name"].as_str().unwrap()
            );
            let reply = rig.setup.send("PATCH", &uri, "application/apply-patch+yaml", constraint.to_string());
            assert_eq!(reply.status, 201, "{}", reply.body);
        }
        let mut probe = objects(BAD).remove(0);
        rig.until("the constraints are in force", |rig| {
            let mut is = |namespace: &str, holds: fn(&super::rig::Reply) -> bool| {
                probe["metadata"]["namespace"] = json!(namespace);
                holds(&rig.setup.apply(&probe, "&dryRun=All"))
            };
            is("guarded", |reply| reply.status == 403)
                && is("advised", |reply| reply.headers.contains_key("warning"))
        });
        // It writes into their status that it knows them; nothing is to be written any more when the questions begin.
        rig.until("Gatekeeper is at rest", |rig| {
            let list = rig.setup.get(constraints).body;
            let items = list["items"].as_array().unwrap();
            items.len() == 2
                && items.iter().all(|item| {
                    let pods = item["status"]["byPod"].as_array();
                    pods.is_some_and(|pods| pods.iter().any(|pod| pod["enforced"] == json!(true)))
                })
        });
    },
    ask: |rig| {
        let gatekeeper =
            Verdict::Denied { by: Judge::Webhook { name: "validation.gatekeeper.sh".to_owned() } };
        let answer = rig.ask_in("guarded", BAD);
        assert_eq!(answer.verdict, gatekeeper);
        let mut said: Vec<_> =
            answer.messages.iter().map(|m| (m.constraint.as_deref(), m.text.as_str())).collect();
        said.sort_unstable();
        assert_eq!(said, [(Some("no-privileged"), "hostPID"), (Some("no-privileged"), "web is privileged")]);
        allowed(&rig.ask_in("guarded", GOOD), &[]);
        let advised = rig.ask_in("advised", BAD);
        assert_eq!(advised.verdict, Verdict::Allowed);
        let mut warnings = advised.warnings.clone();
        warnings.sort_unstable();
        assert_eq!(warnings, ["[rather-not] hostPID", "[rather-not] web is privileged"]);
        // A Deployment is none of its business, the Pods of it are.
        let admin = rig.admin();
        let options = Options { namespace: Some("guarded".to_owned()), ..Options::default() };
        let outcome = rig.ask(&Question { contexts: &[&admin], yaml: BAD_DEPLOYMENT, options });
        let verdicts: Vec<_> = outcome.answers.iter().map(|answer| &answer.verdict).collect();
        assert_eq!(verdicts, [&Verdict::Allowed, &gatekeeper]);
    },
}];
