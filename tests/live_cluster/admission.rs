//! What the server judges by itself: Pod Security, ValidatingAdmissionPolicies, quotas, limit ranges, namespaces.

use regoscope::cluster::dry_run::Options;
use regoscope::core::dry_run::{Answer, Change, Invalidity, Judge, Unjudged, Verdict};
use serde_json::json;

use super::Case;
use super::rig::{Question, Rig, objects};

/// A Pod that every level of Pod Security allows.
pub const GOOD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: web
    image: nginx
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
";

/// A Pod that only the level privileged allows.
pub const BAD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostPID: true
  containers:
  - name: web
    image: nginx
    securityContext: {privileged: true}
";

/// A Deployment of such Pods.
pub const BAD_DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostPID: true
      containers: [{name: web, image: nginx}]
";

pub fn assert_says(text: &str, words: &str) {
    assert!(text.contains(words), "{text:?} should say {words:?}");
}

/// A case without needs.
const fn case(name: &'static str, prepare: fn(&mut Rig), ask: fn(&mut Rig)) -> Case {
    Case { name, needs: &[], prepare, ask }
}

pub const CASES: &[Case] = &[
    case(
        "pod_security_denies_with_its_level",
        |rig| {
            rig.namespace("restricted", json!({ "pod-security.kubernetes.io/enforce": "restricted" }));
            rig.namespace(
                "baseline",
                json!({
                    "pod-security.kubernetes.io/enforce": "baseline",
                    "pod-security.kubernetes.io/enforce-version": "v1.30",
                    "pod-security.kubernetes.io/warn": "baseline",
                }),
            );
        },
        |rig| {
            let answer = rig.ask_in("restricted", BAD);
            assert_eq!(answer.verdict, pod_security("restricted", "latest"));
            assert_says(&answer.message, "host namespaces (hostPID=true)");
            assert!(answer.messages.len() > 3, "{:?}", answer.messages);
            assert_eq!(answer.stored, None);
            assert_eq!(rig.ask_in("baseline", BAD).verdict, pod_security("baseline", "v1.30"));
            allowed(&rig.ask_in("restricted", GOOD), &[]);
        },
    ),
    case(
        "pod_security_warns",
        |rig| rig.namespace("warned", json!({ "pod-security.kubernetes.io/warn": "restricted" })),
        |rig| {
            allowed(&rig.ask_in("warned", BAD), &["would violate PodSecurity \"restricted:latest\""]);
            allowed(&rig.ask_in("warned", GOOD), &[]);
        },
    ),
    case(
        "a_workload_passes_where_its_pod_does_not",
        |rig| rig.namespace("workloads", json!({ "pod-security.kubernetes.io/enforce": "baseline" })),
        |rig| {
            let admin = rig.admin();
            let options = Options { namespace: Some("workloads".to_owned()), ..Options::default() };
            let outcome = rig.ask(&Question { contexts: &[&admin], yaml: BAD_DEPLOYMENT, options });
            let [workload, pod] = outcome.answers.as_slice() else { panic!("{:?}", outcome.answers) };
            allowed(workload, &["would violate PodSecurity \"baseline:latest\""]);
            assert!(pod.target.derived);
            assert_eq!(pod.target.object.kind, "Pod");
            assert_eq!(pod.verdict, pod_security("baseline", "latest"));
        },
    ),
    case(
        "a_policy_denies_by_its_name",
        |rig| policy(rig, "deny", "!has(object.spec.hostPID)", "Deny"),
        |rig| {
            let answer = rig.ask_in("vap-deny", BAD);
            assert_eq!(answer.verdict, by_policy("deny"));
            assert_eq!(answer.message, "no host PIDs");
            allowed(&rig.ask_in("vap-deny", GOOD), &[]);
        },
    ),
    case(
        "a_policy_warns",
        |rig| policy(rig, "warn", "!has(object.spec.hostPID)", "Warn"),
        |rig| {
            let said = "Validation failed for ValidatingAdmissionPolicy 'warn.test' with binding 'warn.test': no host PIDs";
            allowed(&rig.ask_in("vap-warn", BAD), &[said]);
            allowed(&rig.ask_in("vap-warn", GOOD), &[]);
        },
    ),
    case(
        "an_expression_that_fails_is_no_verdict",
        |rig| policy(rig, "error", "!object.spec.hostPID", "Deny"),
        |rig| {
            let (policy, binding) = ("error.test".to_owned(), "error.test".to_owned());
            let answer = rig.ask_in("vap-error", GOOD);
            assert_eq!(answer.verdict, Verdict::NotJudged { why: Unjudged::CelError { policy, binding } });
            assert_says(&answer.message, "no such key: hostPID");
        },
    ),
    case(
        "a_quota_denies_by_its_name",
        |rig| {
            rig.namespace("quota", json!({}));
            rig.prepare("{apiVersion: v1, kind: ResourceQuota, metadata: {name: none, namespace: quota}, spec: {hard: {pods: 0}}}");
            // The controller that would do this does not run here.
            let status = json!({
                "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "none", "namespace": "quota" },
                "status": { "hard": { "pods": "0" }, "used": { "pods": "0" } },
            });
            let uri = "/api/v1/namespaces/quota/resourcequotas/none/status?fieldManager=setup&force=true";
            let reply = rig.setup.send("PATCH", uri, "application/apply-patch+yaml", status.to_string());
            assert_eq!(reply.status, 200, "{}", reply.body);
        },
        |rig| {
            let answer = rig.ask_in("quota", GOOD);
            assert_eq!(answer.verdict, Verdict::Denied { by: Judge::Quota { name: "none".to_owned() } });
            assert_says(&answer.message, "requested: pods=1, used: pods=0, limited: pods=0");
        },
    ),
    case(
        "a_limit_range_denies_and_defaults",
        |rig| {
            rig.namespace("limits", json!({}));
            rig.prepare(
                "
apiVersion: v1
kind: LimitRange
metadata: {name: small, namespace: limits}
spec: {limits: [{type: Container, max: {cpu: 1}, default: {cpu: 500m}}]}",
            );
        },
        |rig| {
            let large = GOOD.replace("image: nginx", "image: nginx\n    resources: {limits: {cpu: 4}}");
            let answer = rig.ask_in("limits", &large);
            assert_eq!(answer.verdict, Verdict::Denied { by: Judge::LimitRange });
            assert_says(&answer.message, "maximum cpu usage per Container is 1, but limit is 4");
            let answer = rig.ask_in("limits", GOOD);
            allowed(&answer, &[]);
            let default = answer.stored.unwrap().pointer("/spec/containers/0/resources/limits/cpu").cloned();
            assert_eq!(default, Some(json!("500m")));
        },
    ),
    case(
        "a_priority_class_that_does_not_exist_denies",
        |_| (),
        |rig| {
            let answer = rig.ask_in("default", &GOOD.replace("spec:", "spec:\n  priorityClassName: nope"));
            assert_eq!(answer.verdict, Verdict::Denied { by: Judge::Priority });
        },
    ),
    case(
        "a_namespace_that_does_not_exist_or_goes_away_is_no_verdict",
        |rig| {
            rig.namespace("dying", json!({}));
            // Nobody here empties it, so that it stays like this.
            rig.setup.send("DELETE", "/api/v1/namespaces/dying", "application/json", "");
        },
        |rig| {
            let namespace = |name: &str| name.to_owned();
            let missing = Unjudged::NamespaceMissing { namespace: namespace("nowhere") };
            assert_eq!(rig.ask_in("nowhere", GOOD).verdict, Verdict::NotJudged { why: missing });
            let terminating = Unjudged::NamespaceTerminating { namespace: namespace("dying") };
            assert_eq!(rig.ask_in("dying", GOOD).verdict, Verdict::NotJudged { why: terminating });
        },
    ),
    case(
        "what_waits_for_another_document_says_so",
        |_| (),
        |rig| {
            let admin = rig.admin();
            let yaml = format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: new}}}}\n---{GOOD}");
            let options = Options { namespace: Some("new".to_owned()), ..Options::default() };
            let outcome = rig.ask(&Question { contexts: &[&admin], yaml: &yaml, options });
            allowed(&outcome.answers[0], &[]);
            let waits = Unjudged::WaitsFor { document: 0 };
            assert_eq!(outcome.answers[1].verdict, Verdict::NotJudged { why: waits });
        },
    ),
    case(
        "what_is_not_valid_has_places",
        |_| (),
        |rig| {
            let typo = GOOD.replace("spec:", "spec:\n  hostPid: true");
            let answer = rig.ask_in("default", &typo);
            assert_eq!(answer.verdict, Verdict::Invalid { why: Invalidity::Schema });
            assert_eq!(places(&answer), ["/spec/hostPid"]);
            let answer = rig.ask_in(
                "default",
                &GOOD.replace("image: nginx", "image: nginx\n    ports: [{containerPort: 99999}]"),
            );
            assert_eq!(answer.verdict, Verdict::Invalid { why: Invalidity::Validation });
            assert_eq!(places(&answer), ["/spec/containers/0/ports/0/containerPort"]);
            let answer = rig.ask_in("default", &GOOD.replace("name: web}", "name: Web}"));
            assert_eq!(answer.verdict, Verdict::Invalid { why: Invalidity::Validation });
            assert_eq!(places(&answer), ["/metadata/name"]);
            let answer = rig.ask_in(
                "default",
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {on: true}}",
            );
            assert_eq!(answer.verdict, Verdict::Invalid { why: Invalidity::Schema });
        },
    ),
];

fn pod_security(level: &str, version: &str) -> Verdict {
    Verdict::Denied { by: Judge::PodSecurity { level: level.to_owned(), version: version.to_owned() } }
}

fn by_policy(name: &str) -> Verdict {
    let name = format!("{name}.test");
    Verdict::Denied { by: Judge::ValidatingAdmissionPolicy { policy: name.clone(), binding: name } }
}

/// Allowed, with warnings that say these words and no others.
pub fn allowed(answer: &Answer, warnings: &[&str]) {
    assert_eq!(answer.verdict, Verdict::Allowed, "{}", answer.message);
    assert_eq!(answer.change, Some(Change::WouldCreate));
    assert_eq!(answer.warnings.len(), warnings.len(), "{:?}", answer.warnings);
    answer.warnings.iter().zip(warnings).for_each(|(said, words)| assert_says(said, words));
}

fn places(answer: &Answer) -> Vec<&str> {
    answer.problems.iter().filter_map(|problem| problem.pointer.as_deref()).collect()
}

/// A policy about the Pods of the namespace `vap-NAME`.
fn policy(rig: &Rig, name: &str, expression: &str, action: &str) {
    let namespace = format!("vap-{name}");
    let name = format!("{name}.test");
    rig.namespace(&namespace, json!({}));
    rig.prepare_object(&json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": { "name": name },
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": namespace } },
                "resourceRules": [{
                    "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["pods"],
                }],
            },
            "validations": [{ "expression": expression, "message": "no host PIDs" }],
        },
    }));
    rig.prepare_object(&json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": { "name": name },
        "spec": { "policyName": name, "validationActions": [action] },
    }));
    // Each of them says something to one of the two Pods, once it is in force.
    let probes: Vec<_> = [GOOD, BAD].into_iter().flat_map(objects).collect();
    rig.until(&format!("the policy {name} is in force"), |rig| {
        probes.iter().any(|probe| {
            let mut probe = probe.clone();
            probe["metadata"]["namespace"] = json!(namespace);
            let reply = rig.setup.apply(&probe, "&dryRun=All");
            reply.status == 422 || reply.headers.contains_key("warning")
        })
    });
}
