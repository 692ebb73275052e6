//! What is asked about documents: in which reading, by which request, among which other documents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use regoscope::core::decision::{Evaluation, Finding, JudgedDocument, Reason, Verdict};
use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::policy::judge::Judge;
use regoscope::core::policy::options::{Asked, Exec, InputShape, JudgeOptions, SourceFile, Step};

fn file(id: u32, name: &str, text: &str) -> SourceFile {
    let role = if name.ends_with(".rego") { Role::Policy } else { Role::Manifest };
    SourceFile { file: FileId(id), name: name.to_owned(), role, revision: Revision(0), text: text.to_owned() }
}

/// Judges manifests (files 1, 2, …) by one policy (file 0).
fn judged(rules: &str, manifests: &[&str], asked: Asked) -> Evaluation {
    let mut judge = Judge::new();
    judge.put(file(0, "p.rego", &format!("package p\n\n{rules}\n")));
    for (id, text) in (1..).zip(manifests) {
        judge.put(file(id, "m.yaml", text));
    }
    judge.judge(1, &JudgeOptions { asked, ..JudgeOptions::default() }, &mut |_| {})
}

fn asked(operation: &str) -> Asked {
    Asked { operation: operation.to_owned(), ..Asked::default() }
}

fn told(findings: &[Finding]) -> Vec<String> {
    let place = |f: &Finding| {
        f.manifest_locations.first().map_or_else(String::new, |at| {
            let about = if at.approximate { "~" } else { "" };
            let defaulted = if at.defaulted { " (defaulted)" } else { "" };
            format!(" {about}{}{defaulted} line {}", at.pointer, at.place.line)
        })
    };
    findings.iter().map(|f| format!("{}{}", f.msg, place(f))).collect()
}

/// The messages of a document without their places.
fn messages(document: &JudgedDocument) -> Vec<&str> {
    document.cells.iter().flat_map(|c| &c.findings).map(|f| f.msg.as_str()).collect()
}

/// The findings here, the verdict of the other reading, its own findings, and those that it does not have.
fn readings(document: &JudgedDocument) -> (Vec<String>, Option<Verdict>, Vec<String>, Vec<String>) {
    let here: Vec<Finding> = document.cells.iter().flat_map(|c| &c.findings).cloned().collect();
    match &document.other_reading {
        Some(o) => (told(&here), Some(o.verdict), told(&o.only_there), told(&o.only_here)),
        None => (told(&here), None, vec![], vec![]),
    }
}

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostNetwork: true
  securityContext: null
  volumes:
  - name: data
  containers:
  - name: c
    image: nginx:1.27
    ports:
    - containerPort: 80
";

#[test]
fn both_decisions_are_there_where_the_readings_differ() {
    for (rule, stored, other, there, here) in [
        (
            "deny contains \"v\" if not input.spec.volumes[0].emptyDir",
            vec![],
            Some(Verdict::Deny),
            vec!["v ~/spec/volumes/0 line 8"],
            vec![],
        ),
        (
            "deny contains \"p\" if input.spec.containers[_].ports[_].hostPort",
            vec!["p ~/spec/containers/0/ports/0/hostPort (defaulted) line 13"],
            Some(Verdict::Allow),
            vec![],
            vec!["p ~/spec/containers/0/ports/0/hostPort (defaulted) line 13"],
        ),
        // Null is something in Rego, and nothing for the API server.
        (
            "deny contains \"s\" if input.spec.securityContext == null",
            vec![],
            Some(Verdict::Deny),
            vec!["s /spec/securityContext line 6"],
            vec![],
        ),
        (
            "deny contains \"n\" if input.spec.hostNetwork",
            vec!["n /spec/hostNetwork line 5"],
            None,
            vec![],
            vec![],
        ),
        // The same verdict for another reason.
        (
            "deny contains sprintf(\"%d\", [count(input.spec)])",
            vec!["6 /spec line 4"],
            Some(Verdict::Deny),
            vec!["4 /spec line 4"],
            vec!["6 /spec line 4"],
        ),
    ] {
        let evaluation = judged(rule, &[POD], Asked::default());
        let (found, verdict, only_there, only_here) = readings(&evaluation.documents[0]);
        assert_eq!(
            (verdict, &only_there[..], &only_here[..]),
            (other, &to_owned(&there)[..], &to_owned(&here)[..]),
            "{rule}"
        );
        assert_eq!(found, stored, "{rule}");
        // And the other way round.
        let raw = judged(rule, &[POD], Asked { raw: true, ..Asked::default() });
        let (_, verdict, only_there, only_here) = readings(&raw.documents[0]);
        assert_eq!(verdict, other.map(|_| evaluation.documents[0].verdict), "{rule}");
        assert_eq!((only_there, only_here), (to_owned(&here), to_owned(&there)), "{rule}");
        assert!(raw.documents[0].other_reading.as_ref().is_none_or(|other| !other.raw));
    }
}

fn to_owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn numbers_are_what_they_are_in_both_readings() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 1.0}\n";
    let evaluation =
        judged("deny contains sprintf(\"%v\", [input.spec.replicas])", &[deployment], Asked::default());
    assert_eq!(messages(&evaluation.documents[0]), ["1"]);
    assert_eq!(evaluation.documents[0].other_reading, None);
}

#[test]
fn the_pod_of_a_workload_has_the_ports_of_a_created_pod() {
    let deployment = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      hostNetwork: true
      containers:
      - name: c
        ports:
        - containerPort: 80
";
    let rule = "deny contains \"p\" if {\n\tinput.kind == \"Pod\"\n\tsome c in input.spec.containers\n\tsome port in c.ports\n\tport.hostPort == 80\n}";
    let evaluation = judged(rule, &[deployment], Asked::default());
    let [workload, pod] = &evaluation.documents[..] else { panic!("{:?}", evaluation.documents) };
    let place = "p ~/spec/template/spec/containers/0/ports/0/hostPort (defaulted) line 11";
    assert_eq!(readings(pod), (to_owned(&[place]), Some(Verdict::Allow), vec![], to_owned(&[place])));
    assert_eq!(
        readings(workload),
        (vec![], Some(Verdict::Allow), vec![], vec![]),
        "with its Pod it is another decision"
    );
    assert_eq!(workload.verdict, Verdict::Deny);
}

#[test]
fn a_recorded_request_is_taken_as_it_is() {
    let review = "{\"apiVersion\": \"admission.k8s.io/v1\", \"kind\": \"AdmissionReview\", \"request\": {
        \"operation\": \"UPDATE\", \"oldObject\": null, \"object\": {\"apiVersion\": \"v1\", \"kind\": \"Pod\",
        \"spec\": {\"volumes\": [{\"name\": \"a\", \"nfs\": null}]}}}}";
    let rules = "deny contains \"default\" if input.request.object.spec.volumes[0].emptyDir\n
deny contains \"null\" if input.request.object.spec.volumes[0].nfs == null\n
deny contains \"old\" if input.request.oldObject == null";
    for operation in ["CREATE", "UPDATE", "CONNECT"] {
        let evaluation = judged(rules, &[review], asked(operation));
        let document = &evaluation.documents[0];
        assert_eq!(
            (messages(document), document.other_reading.is_none()),
            (vec!["null", "old"], true),
            "{operation}"
        );
    }
}

#[test]
fn an_edit_costs_no_more_for_rules_that_look_at_no_default() {
    let rules = "deny contains \"a\" if input.spec.hostPID\n
deny contains \"b\" if input.spec.containers[_].securityContext.privileged\n
deny contains c.name if {\n\tsome c in input.spec.containers\n\tnot startswith(c.image, \"registry/\")\n}\n
deny contains \"d\" if input.spec.containers[_].imagePullPolicy == \"Never\"";
    let mut judge = Judge::new();
    judge.put(file(0, "p.rego", &format!("package p\n\n{rules}\n")));
    let mut run = |text: &str| {
        judge.put(file(1, "m.yaml", text));
        let mut evaluations = 0;
        let mut count = |step: Step| evaluations += usize::from(matches!(step, Step::Rule { .. }));
        judge.judge(1, &JudgeOptions::default(), &mut count);
        evaluations
    };
    assert_eq!(run(POD), 5, "one of four rules looks at a default");
    assert_eq!(run(&POD.replace("name: a,", "name: b,")), 1, "the one whose places depend on what it saw");
    assert_eq!(run(&POD.replace("hostNetwork: true", "hostPID: true")), 2);
}

#[test]
fn an_update_needs_the_old_object_where_a_rule_looks_at_it() {
    let rules = "deny contains \"new\" if input.request.object.spec.hostNetwork\n
deny contains \"changed\" if input.request.object.spec.x != input.request.oldObject.spec.x";
    let old = |name: &str| {
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{x: 1}}\n")
    };
    let new = format!("{POD}  x: 2\n");
    let other = |name: &str| format!("{}---\n{}", old("z"), old(name));
    for (olds, found, judged_all) in [
        (None, vec!["new"], false),
        (Some(old("a")), vec!["new", "changed"], true),
        (Some(old("the-only-one")), vec!["new", "changed"], true),
        (Some(other("a")), vec!["new", "changed"], true),
        (Some(other("b")), vec!["new"], false),
    ] {
        let manifests: Vec<&str> = [new.as_str()].into_iter().chain(olds.as_deref()).collect();
        let question = Asked { old: olds.is_some().then_some(FileId(2)), ..asked("UPDATE") };
        let evaluation = judged(rules, &manifests, question);
        assert_eq!(evaluation.documents.len(), 1, "old objects are not judged");
        let cell = &evaluation.documents[0].cells[0];
        assert_eq!(messages(&evaluation.documents[0]), found, "{olds:?}");
        let reasons = if judged_all { vec![] } else { vec![Reason::NoOldObject] };
        assert_eq!(cell.reasons, reasons, "{olds:?}");
    }
    // A rule that denies only what is changed never allows what it cannot compare.
    let only = "deny contains \"changed\" if input.review.object.spec.x != input.review.oldObject.spec.x";
    assert_eq!(judged(only, &[POD], asked("UPDATE")).verdict(), Verdict::NotJudged);
    assert_eq!(judged(only, &[POD], asked("CREATE")).verdict(), Verdict::Allow);
    assert_eq!(judged("deny contains \"x\" if input.x", &[POD], asked("UPDATE")).verdict(), Verdict::Allow);
    // What is deleted is what was there before.
    let rule = "deny contains sprintf(\"%v\", [input.request.oldObject.spec.x])";
    let question = Asked { old: Some(FileId(2)), ..asked("DELETE") };
    assert_eq!(messages(&judged(rule, &[&new, &old("a")], question).documents[0]), ["1"]);
    assert_eq!(messages(&judged(rule, &[&new], asked("DELETE")).documents[0]), ["2"]);
}

#[test]
fn what_is_deleted_has_its_places() {
    let rule = "deny contains \"n\" if input.request.oldObject.spec.hostNetwork";
    let evaluation = judged(rule, &[POD], asked("DELETE"));
    assert_eq!(readings(&evaluation.documents[0]).0, ["n /spec/hostNetwork line 5"]);
}

#[test]
fn a_shell_is_asked_of_pods() {
    let rules = "deny contains sprintf(\"%v %v %v %v\", [r.name, r.kind.kind, r.object.container, r.userInfo.username]) if {
	r := input.request
	r.object.command[0] == \"sh\"
}";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n";
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: first}, {name: second}]}}}\n";
    let question = Asked { user: "jane".to_owned(), ..asked("CONNECT") };
    let evaluation = judged(rules, &[&format!("{POD}---\n{service}---\n{deployment}")], question.clone());
    let [pod, service, workload, made] = &evaluation.documents[..] else { panic!("{evaluation:?}") };
    assert_eq!(readings(pod).0, ["a PodExecOptions c jane ~/metadata/name line 3"]);
    assert_eq!((service.verdict, &service.reason), (Verdict::NotJudged, &Some(Reason::NothingToConnect)));
    assert_eq!(messages(made), ["web- PodExecOptions first jane"]);
    assert_eq!(
        (workload.verdict, messages(workload)),
        (Verdict::Deny, vec![]),
        "nothing is asked about itself"
    );
    assert_eq!(workload.cells[0].verdict, Verdict::Deny);
    let exec = Exec { command: vec!["ls".to_owned()], ..Exec::default() };
    assert_eq!(judged(rules, &[deployment], Asked { exec, ..question }).verdict(), Verdict::Allow);
}

#[test]
fn a_connect_is_the_same_in_both_readings() {
    let evaluation = judged("deny contains \"tty\" if input.tty", &[POD], asked("CONNECT"));
    assert_eq!((messages(&evaluation.documents[0]), evaluation.verdict()), (vec!["tty"], Verdict::Deny));
    assert_eq!(evaluation.documents[0].other_reading, None);
}

#[test]
fn a_namespace_gives_its_labels_to_what_comes_after_it() {
    let rule = "deny contains sprintf(\"%v\", [object.get(input.review.namespaceObject.metadata.labels, \"team\", \"none\")])";
    let namespace = |team: &str| {
        format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{team: {team}}}}}\n---\n")
    };
    let (a, b) = (namespace("a"), namespace("b"));
    for (files, expected) in [
        (vec![format!("{a}{POD}")], "a"),
        (vec![format!("{POD}---\n{a}")], "none"),
        (vec![format!("{a}{b}{POD}---\n{a}")], "b"),
        (vec![format!("{a}{POD}"), b.clone()], "a"),
        (vec![POD.to_owned(), b.clone()], "b"),
        (vec![b.clone(), format!("{POD}---\n{a}")], "b"),
        (vec![a.replace("shop", "other"), POD.to_owned()], "none"),
    ] {
        let texts: Vec<&str> = files.iter().map(String::as_str).collect();
        let pod_of =
            |evaluation: Evaluation| evaluation.documents.into_iter().find(|d| d.kind == "Pod").unwrap();
        assert_eq!(messages(&pod_of(judged(rule, &texts, Asked::default()))), [expected], "{texts:?}");
        let labels = [("team".to_owned(), "given".to_owned())].into_iter().collect();
        let given = Asked { namespace_labels: labels, ..Asked::default() };
        assert_eq!(messages(&pod_of(judged(rule, &texts, given))), ["given"], "{texts:?}");
    }
}

#[test]
fn a_custom_resource_is_what_its_definition_says() {
    let mouse = "apiVersion: example.com/v1\nkind: Mouse\nmetadata: {name: m}\nspec: {sise: 1}\n";
    let crd = |scope: &str| {
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: mice.example.com}}
spec: {{group: example.com, scope: {scope}, names: {{kind: Mouse, plural: mice}}, versions: [{{name: v1, schema:
  {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, properties: {{size: {{type: integer}}}}}}}}}}}}}}]}}\n"
        )
    };
    let rule = "deny contains sprintf(\"%s in %s\", [r.resource.resource, object.get(r, \"namespace\", \"none\")]) if {
	r := input.request
	r.kind.kind == \"Mouse\"
}";
    let remarks = |evaluation: &Evaluation| evaluation.diagnostics[1].1.len();
    for (others, expected, misspelt) in [
        (vec![], "mouses in none", 0),
        (vec![crd("Namespaced")], "mice in default", 1),
        (vec![crd("Cluster")], "mice in none", 1),
    ] {
        let texts: Vec<&str> = [mouse].into_iter().chain(others.iter().map(String::as_str)).collect();
        let evaluation = judged(rule, &texts, Asked { shape: InputShape::Request, ..Asked::default() });
        assert_eq!(messages(&evaluation.documents[0]), [expected]);
        assert_eq!(remarks(&evaluation), misspelt, "{:?}", evaluation.diagnostics);
    }
}
