//! Gatekeeper's policies from files to decisions. What is expected of the fixtures is what gator 3.23.1 says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use regoscope::core::decision::{Cell, Evaluation, Reason, Verdict};
use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::policy::gatekeeper::enforcement::{Action, GATOR};
use regoscope::core::policy::gatekeeper::matching::Source;
use regoscope::core::policy::gatekeeper::review::{Review, of_object};
use regoscope::core::policy::judge::Judge;
use regoscope::core::policy::judge::client::Client;
use regoscope::core::policy::options::{Asked, JudgeOptions, SourceFile, Step};
use regoscope::strings::{self, Lang};
use serde_json::json;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/gatekeeper")
}

fn fixture(name: &str) -> String {
    fs::read_to_string(data().join(name)).unwrap()
}

fn file(id: u32, name: &str, role: Role, text: &str) -> SourceFile {
    SourceFile { file: FileId(id), name: name.to_owned(), role, revision: Revision(0), text: text.to_owned() }
}

/// Judges one manifest by policy files.
fn judge(policies: &[&str], manifest: &str, options: &JudgeOptions) -> Evaluation {
    let mut judge = Judge::new();
    for (id, text) in (0..).zip(policies) {
        judge.put(file(id, &format!("p{id}.yaml"), Role::Policy, text));
    }
    judge.put(file(100, "m.yaml", Role::Manifest, manifest));
    judge.judge(1, options, &mut |_| {})
}

/// `severity [constraint] message` of every finding that is not only repeated.
fn told<'c>(cells: impl IntoIterator<Item = &'c Cell>) -> Vec<String> {
    let findings = cells.into_iter().flat_map(|cell| &cell.findings).filter(|finding| !finding.repeats);
    let line = |finding: &regoscope::core::decision::Finding| {
        let constraint = finding.constraint.as_ref().unwrap();
        format!("{:?} [{}] {}", finding.severity, constraint.name, finding.msg).to_lowercase()
    };
    findings.map(line).collect()
}

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: default}\nspec: {containers: []}\n";

/// A template of this code, and a constraint with this `spec`.
fn template(rego: &str, spec: &str) -> String {
    let rego: String = rego.lines().map(|line| format!("      {line}\n")).collect();
    format!(
        "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {{name: k8st}}\nspec:\n  crd:\n    spec:\n      names: {{kind: K8sT}}\n  targets:\n  - target: admission.k8s.gatekeeper.sh\n    rego: |\n{rego}---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sT\nmetadata: {{name: c}}\nspec: {spec}\n"
    )
}

const ALWAYS: &str = "package k8st\nviolation[{\"msg\": \"no\"}] { true }";

#[test]
fn the_fixtures_are_judged_as_gator_judges_them() {
    let policies = [fixture("policies/labels.yaml"), fixture("policies/unique.yaml")];
    let policies: Vec<&str> = policies.iter().map(String::as_str).collect();
    let found = judge(&policies, &fixture("objects/all.yaml"), &JudgeOptions::default());
    let lines: Vec<String> = found
        .documents
        .iter()
        .map(|d| format!("{} {}: {:?} {}", d.kind, d.name, d.verdict, told(&d.cells).join("; ")))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
    let constraints: Vec<&str> = found.policies.iter().map(|p| p.package.as_str()).collect();
    assert_eq!(
        constraints,
        ["K8sRequiredLabels/all-have-app", "K8sRequiredLabels/pods-have-owner", "K8sUniquePort/unique-ports"]
    );
    assert!(found.diagnostics.iter().all(|(_, remarks)| remarks.iter().all(|r| r.code != "gatekeeper")));
}

#[test]
fn a_constraint_that_is_not_asked_says_why() {
    let pod = "apiVersion: v1\nkind: Namespace\nmetadata: {name: web, labels: {a: b}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: web}\nspec: {}\n";
    for (spec, why) in [
        ("{match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}]}}", "kinds does not name Pod"),
        ("{match: {scope: Cluster}}", "scope is Cluster"),
        ("{match: {namespaces: [shop]}}", "namespaces does not name web"),
        ("{match: {excludedNamespaces: ['w*']}}", "excludedNamespaces names web"),
        ("{match: {labelSelector: {matchLabels: {a: b}}}}", "labelSelector does not match its labels"),
        (
            "{match: {namespaceSelector: {matchLabels: {a: c}}}}",
            "namespaceSelector does not match the labels of ns web",
        ),
        ("{match: {name: other}}", "name is other"),
        ("{match: {source: Generated}}", "source is Generated"),
        (
            "{enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: audit.gatekeeper.sh}]}]}",
            "it is not enforced at validation.gatekeeper.sh",
        ),
    ] {
        let found = judge(&[&template(ALWAYS, spec)], pod, &JudgeOptions::default());
        let document = &found.documents[1];
        let miss = document.cells[0].miss.as_ref().unwrap_or_else(|| panic!("{spec}"));
        assert_eq!(strings::miss(miss, "c", Lang::En), format!("not judged by constraint c: {why}"));
        assert_eq!((document.verdict, told(&document.cells)), (Verdict::Allow, vec![]), "{spec}");
    }
    let fits = judge(
        &[&template(ALWAYS, "{match: {namespaceSelector: {matchLabels: {a: b}}}}")],
        pod,
        &JudgeOptions::default(),
    );
    assert_eq!(told(&fits.documents[1].cells), ["deny [c] no"]);
}

#[test]
fn the_action_decides() {
    let point = "enforcementPoints: [{name: validation.gatekeeper.sh}]";
    let both = format!(
        "{{enforcementAction: scoped, scopedEnforcementActions: [{{action: deny, {point}}}, {{action: warn, {point}}}]}}"
    );
    for (spec, verdict, lines) in [
        ("{}", Verdict::Deny, vec!["deny [c] no"]),
        ("{enforcementAction: warn}", Verdict::Warn, vec!["warn [c] no"]),
        ("{enforcementAction: dryrun}", Verdict::Allow, vec!["dryrun [c] no"]),
        (both.as_str(), Verdict::Deny, vec!["deny [c] no", "warn [c] no"]),
    ] {
        let found = judge(&[&template(ALWAYS, spec)], POD, &JudgeOptions::default());
        assert_eq!(
            (found.verdict(), told(&found.documents[0].cells)),
            (verdict, lines.iter().map(|l| (*l).to_owned()).collect()),
            "{spec}"
        );
    }
}

#[test]
fn results_are_read_as_the_hook_reads_them() {
    for (head, expected) in [
        (
            "violation[{\"msg\": \"a\", \"details\": {}}] { true }\nviolation[{\"msg\": \"a\"}] { true }",
            vec!["deny [c] a"],
        ),
        ("violation[{\"message\": \"a\"}] { true }", vec![]),
        ("violation[\"a\"] { true }", vec![]),
        (
            "violation[{\"msg\": 1}] { true }",
            vec![
                "deny [c] extracting message binding: .msg accessor error: 1 is of the type json.number, expected string",
            ],
        ),
        ("violation[{\"msg\": x}] { x := input.parameters.none }", vec![]),
        ("deny[\"x\"] { true }\nviolation[{\"msg\": x}] { deny[x] }", vec!["deny [c] x"]),
        (
            "violation[{\"msg\": x}] { x := input.review.object.kind; input.review.operation == \"CREATE\" }",
            vec!["deny [c] pod"],
        ),
    ] {
        let found =
            judge(&[&template(&format!("package k8st\n{head}"), "{}")], POD, &JudgeOptions::default());
        assert_eq!(told(&found.documents[0].cells), expected, "{head}");
    }
}

#[test]
fn findings_and_errors_stand_in_the_yaml_file() {
    let text = template("package k8st\n\nviolation[{\"msg\": \"no\"}] {\n  true\n}", "{}");
    let found = judge(&[&text], POD, &JudgeOptions::default());
    let place = found.documents[0].cells[0].findings[0].policy_location.clone().unwrap();
    assert!(text[place.range.clone()].starts_with("violation["), "{}", &text[place.range]);
    assert_eq!((place.line, place.column), (13, 7));
    for (rego, word) in [
        ("package k8st\nviolation[{\"msg\": m}] { m := }", "}"),
        ("package k8st\nviolation[{\"msg\": m}] { true }", "m"),
        ("package k8st\nviolation[{\"msg\": \"x\"}] { nothing(1) }", "nothing"),
        // Gatekeeper's OPA does not have it.
        ("package k8st\nviolation[{\"msg\": \"x\"}] { http.send({}) }", "http.send"),
        ("package k8st\nimport data.other\nviolation[{\"msg\": \"x\"}] { true }", "data.other"),
    ] {
        let text = template(rego, "{}");
        let found = judge(&[&text], POD, &JudgeOptions::default());
        let remarks = &found.diagnostics.iter().find(|(id, _)| *id == FileId(0)).unwrap().1;
        assert!(text[remarks[0].range.start..].starts_with(word), "{rego}: {remarks:?}");
        let Some(Reason::PolicyError { place, .. }) = &found.policies[0].reason else { panic!("{rego}") };
        assert_eq!(place.range.start, remarks[0].range.start, "{rego}");
        assert_eq!(found.verdict(), Verdict::NotJudged, "{rego}");
    }
}

#[test]
fn each_bad_document_has_its_error_and_the_rest_is_judged() {
    let good = template(ALWAYS, "{}");
    let other = |change: &dyn Fn(String) -> String| {
        change(template(ALWAYS, "{}").replace("K8sT", "K8sU").replace("k8st", "k8su"))
    };
    let cases = [
        (
            other(&|t| t.replace("metadata: {name: k8su}", "metadata: {name: other}")),
            "not equal to the lowercase",
            "other",
        ),
        (other(&|t| t.replace("- target: admission", "- target: x")), "not recognized", "x.k8s"),
        (
            other(&|t| {
                t.replace("{kind: K8sU}\n", "{kind: K8sU}\n      validation: {openAPIV3Schema: {type: object, properties: {a: {}}}}\n")
            }),
            "must not be empty for specified object fields",
            "{}",
        ),
        (other(&|t| t.replace("violation[", "deny[")), "missing required rules: [violation]", "k8su"),
        (
            other(&|t| t.replace("spec: {}", "spec: {enforcementAction: enforce}")),
            "unrecognized enforcementAction: \"enforce\"",
            "enforce",
        ),
        (other(&|t| t.replace("spec: {}", "spec: {match: {namespaces: [UP]}}")), "should match", "UP"),
        (
            other(&|t| t.replace("spec: {}", "spec: {parameters: {a: 1}}")),
            "unknown fields: [spec.parameters]",
            "parameters",
        ),
        (other(&|t| t.split("---\n").nth(1).unwrap().to_owned()), "template \"k8su\" not found", "K8sU"),
        ("apiVersion: templates.gatekeeper.sh/v1\nkind: [\n".to_owned(), "did not find", ""),
    ];
    for (bad, words, at) in cases {
        let found = judge(&[&good, &bad], POD, &JudgeOptions::default());
        let document = &found.documents[0];
        assert_eq!(told(&document.cells), ["deny [c] no"], "{words}");
        let reason = found.policies.iter().find_map(|policy| policy.reason.clone());
        let Some(Reason::PolicyError { place, message }) = reason else {
            panic!("{words}: {:?}", found.policies)
        };
        assert!(message.contains(words), "{message}");
        assert!(bad[place.range.start..].starts_with(at), "{message}: {:?}", bad.get(place.range.start..));
        let remarks = &found.diagnostics.iter().find(|(id, _)| *id == FileId(1)).unwrap().1;
        assert!(remarks.iter().any(|remark| remark.message.contains(words)), "{words}: {remarks:?}");
    }
}

#[test]
fn cel_is_not_judged_and_says_what_gatekeeper_would_run() {
    let rego = template(ALWAYS, "{}");
    let both =
        rego.replace("    rego: |", "    code: [{engine: K8sNativeValidation, source: {}}]\n    rego: |");
    let found = judge(&[&both], POD, &JudgeOptions::default());
    assert_eq!(found.documents[0].cells[0].reasons, [Reason::Cel { rego: true }]);
    assert_eq!(found.verdict(), Verdict::NotJudged);
}

#[test]
fn operations_and_deleted_objects() {
    let asked = |operation: &str| {
        let asked = Asked { operation: operation.to_owned(), ..Asked::default() };
        JudgeOptions { asked, ..JudgeOptions::default() }
    };
    let rego = "package k8st\nviolation[{\"msg\": msg}] { msg := sprintf(\"%v %v\", [input.review.operation, input.review.object.metadata.name]) }";
    let any = template(rego, "{}");
    let only = any.replace("    rego: |", "    operations: [DELETE]\n    rego: |");
    assert_eq!(told(&judge(&[&any], POD, &asked("DELETE")).documents[0].cells), ["deny [c] delete p"]);
    assert_eq!(told(&judge(&[&only], POD, &asked("DELETE")).documents[0].cells), ["deny [c] delete p"]);
    let created = judge(&[&only], POD, &asked("CREATE"));
    assert_eq!((told(&created.documents[0].cells), created.verdict()), (vec![], Verdict::Allow));
    let old = template("package k8st\nviolation[{\"msg\": \"x\"}] { input.review.oldObject.spec.a }", "{}");
    assert_eq!(judge(&[&old], POD, &asked("UPDATE")).documents[0].cells[0].reasons, [Reason::NoOldObject]);
}

#[test]
fn namespaces_that_the_config_leaves_out_are_not_judged() {
    let config = "apiVersion: config.gatekeeper.sh/v1alpha1\nkind: Config\nmetadata: {name: config, namespace: gatekeeper-system}\nspec: {match: [{processes: ['*'], excludedNamespaces: ['def*']}]}\n";
    let found = judge(&[&template(ALWAYS, "{}"), config], POD, &JudgeOptions::default());
    assert_eq!((found.verdict(), told(&found.documents[0].cells)), (Verdict::Allow, vec![]));
}

#[test]
fn templates_without_constraint_judge_nothing() {
    let only = template(ALWAYS, "{}").split("---\n").next().unwrap().to_owned();
    let found = judge(&[&only], POD, &JudgeOptions::default());
    assert_eq!(found.documents[0].reason, Some(Reason::NoConstraint));
}

#[test]
fn of_two_templates_of_one_name_the_last_counts() {
    let first = template(ALWAYS, "{}");
    let second = template(&ALWAYS.replace("\"no\"", "\"last\""), "{}");
    let found = judge(&[&first, second.split("---\n").next().unwrap()], POD, &JudgeOptions::default());
    assert_eq!(told(&found.documents[0].cells), ["deny [c] last"]);
    let remarks = &found.diagnostics.iter().find(|(id, _)| *id == FileId(1)).unwrap().1;
    assert!(remarks.iter().any(|remark| remark.message.starts_with("another template is named k8st")));
}

#[test]
fn a_changed_parameter_asks_only_its_constraint_again() {
    let labels = fixture("policies/labels.yaml");
    let mut judge = Judge::new();
    judge.put(file(0, "labels.yaml", Role::Policy, &labels));
    judge.put(file(1, "unique.yaml", Role::Policy, &fixture("policies/unique.yaml")));
    judge.put(file(2, "m.yaml", Role::Manifest, &fixture("objects/all.yaml")));
    let ask = |judge: &mut Judge| {
        let mut asked = Vec::new();
        let found = judge.judge(1, &JudgeOptions::default(), &mut |step| {
            if let Step::Rule { package, .. } = step {
                asked.push(package);
            }
        });
        (found, asked)
    };
    assert!(!ask(&mut judge).1.is_empty());
    assert_eq!(ask(&mut judge).1, [""; 0]);
    judge.put(file(0, "labels.yaml", Role::Policy, &labels.replace("labels: [owner]", "labels: [team]")));
    let (found, asked) = ask(&mut judge);
    // The Pod in `strict`, that of the Deployment and what is implied; nothing of the other constraints.
    assert!(asked.iter().all(|package| package == "K8sRequiredLabels") && asked.len() <= 4, "{asked:?}");
    assert!(
        told(&found.documents[2].cells)
            .contains(&"deny [pods-have-owner] you must provide labels: {\"team\"}".to_owned())
    );
}

#[test]
fn a_client_answers_as_gator_does() {
    let texts = [fixture("policies/labels.yaml"), fixture("policies/unique.yaml")];
    let files =
        [(FileId(0), "labels.yaml", texts[0].as_str()), (FileId(1), "unique.yaml", texts[1].as_str())];
    let mut client = Client::new(&files, GATOR, Lang::En);
    assert_eq!((client.problems().len(), client.reasons().count()), (0, 0));
    let service = |name: &str| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "x"}, "spec": {"ports": [{"nodePort": 1}]}});
    let value = of_object(&service("a"), "", None);
    let review = Review { value: &value, namespace: None, source: Source::Original };
    let asked = |client: &mut Client| {
        let found = client.review(review, &mut |_| {});
        found.violations.into_iter().map(|v| (v.constraint.name, v.msg, v.actions)).collect::<Vec<_>>()
    };
    let label = ("all-have-app".to_owned(), "no app: {\"app\"}".to_owned(), vec![Action::Warn]);
    assert_eq!(asked(&mut client), std::slice::from_ref(&label));
    client.set_inventory(&json!({"namespace": {"x": {"v1": {"Service": {"b": service("b")}}}}}));
    let taken = ("unique-ports".to_owned(), "port 1 is taken by x/b".to_owned(), vec![Action::Deny]);
    assert_eq!(asked(&mut client), [taken, label]);
    let bad = texts[0].replace("labels: [owner]", "labels: owner");
    let client = Client::new(&[(FileId(0), "labels.yaml", &bad)], GATOR, Lang::En);
    assert!(client.problems().iter().any(|(_, problem)| problem.schema), "{:?}", client.problems());
}

#[test]
fn check_takes_folders_of_yaml_policies() {
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
        let output =
            command.current_dir(data()).env_clear().env("LANG", "C.UTF-8").arg("check").args(args).output();
        let output = output.unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, text) = run(&["-p", "policies", "objects"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("[unique-ports] port 30001 is taken by loose/two"), "{text}");
    // The folder holds both: each is taken for what it is.
    let (code, out) = run(&["-o", "json", "-p", ".", "objects/all.yaml"]);
    let value: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &value["summary"]["deny"]), (1, &json!(5)));
    let pod = value["documents"].as_array().unwrap().iter().find(|d| d["name"] == "bare").unwrap();
    assert_eq!(
        pod["findings"][0]["constraint"],
        json!({"kind": "K8sRequiredLabels", "name": "pods-have-owner"})
    );
    assert_eq!(pod["findings"][0]["details"], json!({"missing": ["owner"]}));
    let missed = &pod["unmatched"][0];
    assert_eq!(missed["message"], "not judged by constraint unique-ports: kinds does not name Pod");
}
