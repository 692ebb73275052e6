//! Live objects: what would change, what conflicts, what cannot change; custom kinds; names that the server makes.

use regoscope::cluster::dry_run::Options;
use regoscope::core::dry_run::{Change, ConflictKind, Invalidity, Unjudged, Verdict};
use serde_json::json;

use super::Case;
use super::admission::{BAD, GOOD, allowed, assert_says};
use super::rig::Question;

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: live}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: nginx}]
";

const SECRET: &str =
    "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: live}, data: {password: aHVudGVyMg==}}";

const WIDGETS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.live.test}
spec:
  group: live.test
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer}
              colour: {type: string, default: red}
            x-kubernetes-validations:
            - {rule: 'self.size < 10', message: size must be below 10}
";

pub const CASES: &[Case] = &[
    Case {
        name: "what_would_change_is_told_and_what_would_not",
        needs: &[],
        prepare: |rig| {
            rig.namespace("live", json!({}));
            rig.prepare(WEB);
            rig.prepare(SECRET);
        },
        ask: |rig| {
            let setup = Options { manager: "setup".to_owned(), ..Options::default() };
            let admin = rig.admin();
            let ask = |rig: &mut super::Rig, yaml: &str| {
                rig.ask(&Question { contexts: &[&admin], yaml, options: setup.clone() }).answers.remove(0)
            };
            let same = ask(rig, WEB);
            assert_eq!((&same.verdict, same.change), (&Verdict::Allowed, Some(Change::NoChange)));
            let other = ask(rig, &WEB.replace("replicas: 2", "replicas: 3"));
            assert_eq!((&other.verdict, other.change), (&Verdict::Allowed, Some(Change::WouldChange)));
            let replicas = |object: Option<serde_json::Value>| object.unwrap()["spec"]["replicas"].clone();
            assert_eq!((replicas(other.live), replicas(other.stored)), (json!(2), json!(3)));
            // The values of Secrets are nowhere in an answer.
            let secret = ask(rig, &SECRET.replace("aHVudGVyMg==", "aHVudGVyMw=="));
            assert_eq!((&secret.verdict, secret.change), (&Verdict::Allowed, Some(Change::WouldChange)));
            let text = format!("{secret:?}");
            assert!(!text.contains("aHVudGVy") && !text.contains("hunter"), "{text}");
        },
    },
    Case {
        name: "fields_of_another_manager_are_conflicts",
        needs: &[],
        prepare: |_| (),
        ask: |rig| {
            let admin = rig.admin();
            let yaml = WEB.replace("replicas: 2", "replicas: 3").replace("image: nginx", "image: nginx:2");
            let mut ask = |force: bool| {
                let options = Options { force, ..Options::default() };
                rig.ask(&Question { contexts: &[&admin], yaml: &yaml, options }).answers.remove(0)
            };
            let forced = ask(true);
            assert_eq!((&forced.verdict, forced.change), (&Verdict::Allowed, Some(Change::WouldChange)));
            let refused = ask(false);
            assert_eq!(refused.verdict, Verdict::Conflict { kind: ConflictKind::Ownership });
            for answer in [forced, refused] {
                let mut conflicts: Vec<_> = answer
                    .conflicts
                    .iter()
                    .map(|c| (c.pointer.as_deref().unwrap_or_default(), c.owner.as_str(), c.theirs.clone()))
                    .collect();
                conflicts.sort_by_key(|(pointer, ..)| *pointer);
                assert_eq!(
                    conflicts,
                    [
                        ("/spec/replicas", "setup", Some(json!(2))),
                        ("/spec/template/spec/containers/0/image", "setup", Some(json!("nginx"))),
                    ]
                );
            }
        },
    },
    Case {
        name: "a_level_for_a_namespace_warns_of_the_pods_that_are_there",
        needs: &[],
        prepare: |rig| {
            rig.namespace("lived-in", json!({}));
            rig.prepare(&BAD.replace("name: web}", "name: tenant, namespace: lived-in}"));
        },
        ask: |rig| {
            let level = "{pod-security.kubernetes.io/enforce: baseline}";
            let yaml =
                format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: lived-in, labels: {level}}}}}");
            let answer = rig.ask_in("default", &yaml);
            assert_eq!((&answer.verdict, answer.change), (&Verdict::Allowed, Some(Change::WouldChange)));
            let [existing, pod] = answer.warnings.as_slice() else { panic!("{:?}", answer.warnings) };
            assert_says(existing, "existing pods in namespace \"lived-in\" violate");
            assert_says(pod, "tenant: host namespaces, privileged");
        },
    },
    Case {
        name: "an_old_resource_version_is_a_conflict_and_a_selector_cannot_change",
        needs: &[],
        prepare: |_| (),
        ask: |rig| {
            let stale = rig.ask_in(
                "live",
                &WEB.replace("name: web, namespace", "resourceVersion: '1', name: web, namespace"),
            );
            assert_eq!(stale.verdict, Verdict::Conflict { kind: ConflictKind::Stale });
            let other = rig.ask_in("live", &WEB.replace("app: web", "app: other"));
            assert_eq!(other.verdict, Verdict::Invalid { why: Invalidity::Immutable });
            assert_says(&other.message, "immutable");
        },
    },
    Case {
        name: "a_name_that_the_server_makes_is_created_instead_of_applied",
        needs: &[],
        prepare: |_| (),
        ask: |rig| {
            let answer = rig.ask_in("live", &GOOD.replace("name: web}", "generateName: web-}"));
            allowed(&answer, &[]);
            let name = answer.stored.unwrap()["metadata"]["name"].as_str().unwrap().to_owned();
            assert!(name.starts_with("web-") && name.len() > 4, "{name}");
            assert!(answer.requests.iter().any(|sent| sent.method == "POST"), "{:?}", answer.requests);
        },
    },
    Case {
        name: "a_custom_kind_has_its_defaults_and_rules",
        needs: &[],
        prepare: |rig| {
            rig.prepare(WIDGETS);
            rig.until("widgets are served", |rig| rig.setup.get("/apis/live.test/v1/widgets").status == 200);
        },
        ask: |rig| {
            let widget = |spec: &str| {
                format!("{{apiVersion: live.test/v1, kind: Widget, metadata: {{name: w}}, spec: {spec}}}")
            };
            let answer = rig.ask_in("live", &widget("{size: 1}"));
            allowed(&answer, &[]);
            assert_eq!(answer.stored.unwrap()["spec"]["colour"], "red");
            for (spec, why, words) in [
                ("{size: 11}", Invalidity::Validation, "size must be below 10"),
                ("{}", Invalidity::Validation, "Required value"),
                ("{size: big}", Invalidity::Schema, "expected numeric"),
                ("{size: 1, bogus: 1}", Invalidity::Schema, "field not declared in schema"),
            ] {
                let answer = rig.ask_in("live", &widget(spec));
                assert_eq!(answer.verdict, Verdict::Invalid { why }, "{spec}");
                assert_says(&answer.body, words);
            }
        },
    },
    Case {
        name: "a_kind_that_the_server_does_not_know_is_no_verdict",
        needs: &[],
        prepare: |_| (),
        ask: |rig| {
            for version in ["nowhere.test/v1", "apps/v1", "apps/v99"] {
                let yaml = format!("{{apiVersion: {version}, kind: Gadget, metadata: {{name: g}}}}");
                let answer = rig.ask_in("live", &yaml);
                assert_eq!(answer.verdict, Verdict::NotJudged { why: Unjudged::UnknownKind }, "{version}");
            }
        },
    },
    Case {
        name: "a_name_that_would_lead_elsewhere_is_not_sent",
        needs: &[],
        prepare: |_| (),
        ask: |rig| {
            for name in ["../../../default/pods/x", "a?force=true", "a/status", "a%2f.."] {
                let answer = rig.ask_in("live", &GOOD.replace("name: web}", &format!("name: '{name}'}}")));
                assert_eq!(
                    answer.verdict,
                    Verdict::NotJudged { why: Unjudged::UnsafeName { name: name.to_owned() } }
                );
                assert!(answer.requests.is_empty(), "{:?}", answer.requests);
            }
        },
    },
];
