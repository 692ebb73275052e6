//! The judge on small policies and pods.

use super::judge::Judge;
use super::options::{Asked, InputShape, JudgeOptions, SourceFile};
use crate::core::decision::{Cell, Demand, Evaluation, Finding, JudgedDocument, Reason, Verdict};
use crate::core::file::{FileId, Revision, Role};

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  hostPID: true
  containers:
  - name: a
    image: nginx
    securityContext:
      privileged: true
  - name: b
    image: registry.example.com/b
";

fn file(id: u32, name: &str, text: &str) -> SourceFile {
    let role = match name.rsplit('.').next() {
        Some("rego") => Role::Policy,
        Some("json") => Role::Data,
        _ => Role::Manifest,
    };
    SourceFile { file: FileId(id), name: name.to_owned(), role, revision: Revision(0), text: text.to_owned() }
}

fn asking(asked: Asked) -> JudgeOptions {
    JudgeOptions { asked, ..JudgeOptions::default() }
}

fn judge_files(files: &[(&str, &str)], options: &JudgeOptions) -> Evaluation {
    let mut judge = Judge::new();
    for (id, (name, text)) in (0..).zip(files) {
        judge.put(file(id, name, text));
    }
    judge.judge(1, options, &mut |_| {})
}

/// The only cell of one policy on the pod.
fn one(policy: &str) -> Cell {
    let evaluation = judge_files(&[("p.rego", policy), ("pod.yaml", POD)], &JudgeOptions::default());
    assert_eq!(evaluation.policies.len(), 1, "{:?}", evaluation.policies);
    evaluation.documents[0].cells[0].clone()
}

fn messages(cell: &Cell) -> Vec<&str> {
    cell.findings.iter().map(|f| f.msg.as_str()).collect()
}

#[test]
fn entry_rules_of_every_form_are_understood() {
    for (body, verdict, expected) in [
        ("deny contains \"x\" if input.spec.hostPID", Verdict::Deny, vec!["x"]),
        ("deny contains \"x\" if input.spec.hostIPC", Verdict::Allow, vec![]),
        ("deny contains {\"msg\": \"x\", \"k\": 1}", Verdict::Deny, vec!["x"]),
        ("violation contains {\"msg\": \"x\"}", Verdict::Deny, vec!["x"]),
        ("deny_host contains \"x\"", Verdict::Deny, vec!["x"]),
        ("warn contains \"x\"", Verdict::Warn, vec!["x"]),
        ("warn contains \"w\"\n\ndeny contains \"d\"", Verdict::Deny, vec!["w", "d"]),
        ("deny := [\"x\", \"y\"]", Verdict::Deny, vec!["x", "y"]),
        ("deny := \"x\" if input.spec.hostPID", Verdict::Deny, vec!["x"]),
        ("deny if input.spec.hostPID", Verdict::Deny, vec!["deny is true"]),
        ("deny if input.spec.hostIPC", Verdict::Allow, vec![]),
        ("default deny := false\n\ndeny if input.spec.hostIPC", Verdict::Allow, vec![]),
        ("deny[k] := msg if {\n\tsome k in [\"a\"]\n\tmsg := \"x\"\n}", Verdict::Deny, vec!["x"]),
        ("default allow := false\n\nallow if not input.spec.hostPID", Verdict::Deny, vec!["allow is false"]),
        ("allow if input.spec.hostIPC", Verdict::Deny, vec!["allow is undefined"]),
        ("allow if input.spec.hostPID", Verdict::Allow, vec![]),
        (
            "deny contains msg if {\n\tsome c in input.spec.containers\n\tmsg := c.name\n}",
            Verdict::Deny,
            vec!["a", "b"],
        ),
        (
            "deny contains \"same\" if input.spec\n\ndeny contains \"same\" if input.kind",
            Verdict::Deny,
            vec!["same"],
        ),
        ("deny contains 7", Verdict::NotJudged, vec![]),
        ("deny contains {\"message\": \"x\"}", Verdict::NotJudged, vec![]),
        ("deny contains \"x\"\n\nwarn contains 7", Verdict::Deny, vec!["x"]),
        ("deny_a contains \"x\"\n\nexception contains [\"a\"] if input.spec.hostPID", Verdict::Allow, vec![]),
        (
            "deny_a contains \"x\"\n\nexception contains [\"b\"] if input.spec.hostPID",
            Verdict::Deny,
            vec!["x"],
        ),
        ("deny contains \"x\"\n\nexception contains [\"\"]", Verdict::Allow, vec![]),
        ("deny contains \"x\" if count(inner) > 0\n\ninner contains \"y\"", Verdict::Deny, vec!["x"]),
        ("deny contains \"x\"\n\nallow if count(deny) == 0", Verdict::Deny, vec!["x", "allow is undefined"]),
    ] {
        let cell = one(&format!("package main\n\n{body}\n"));
        assert_eq!((cell.verdict, messages(&cell)), (verdict, expected), "{body}\n{:?}", cell.reasons);
    }
}

#[test]
fn the_input_has_the_shape_that_the_policy_reads() {
    for (body, shape) in [
        ("deny contains input.metadata.name", InputShape::Auto),
        ("deny contains input.request.object.metadata.name", InputShape::Auto),
        ("deny contains input.review.object.metadata.name", InputShape::Auto),
        ("deny contains r.object.metadata.name if r := input.request", InputShape::Auto),
        ("deny contains name if name := input.request.name", InputShape::Auto),
        (
            "deny contains o.metadata.name if o := object.get(input, \"object\", input.metadata) == 1\n\ndeny contains input.request.name",
            InputShape::Request,
        ),
    ] {
        let options = asking(Asked { shape, ..Asked::default() });
        let policy = format!("package kubernetes.admission\n\n{body}\n");
        let evaluation = judge_files(&[("p.rego", &policy), ("pod.yaml", POD)], &options);
        assert_eq!(messages(&evaluation.documents[0].cells[0]), ["web"], "{body}");
    }
    let imported = "package a\n\nimport input.request.object as pod\n\ndeny contains pod.metadata.name\n";
    assert_eq!(messages(&one(imported)), ["web"]);
}

#[test]
fn an_admission_review_answer_is_honoured() {
    let policy = "package system

main := {\"apiVersion\": \"admission.k8s.io/v1\", \"kind\": \"AdmissionReview\", \"response\": response}

response := {\"allowed\": false, \"status\": {\"message\": \"no\"}} if input.request.object.spec.hostPID
";
    let cell = one(policy);
    assert_eq!((cell.verdict, messages(&cell)), (Verdict::Deny, vec!["no"]));
}

#[test]
fn without_an_entry_rule_nothing_is_allowed() {
    let cell = one("package main\n\nden contains \"x\"\n");
    assert_eq!((cell.verdict, cell.reasons), (Verdict::NotJudged, vec![Reason::NoEntryRule]));
    let evaluation = judge_files(&[("pod.yaml", POD)], &JudgeOptions::default());
    assert_eq!(evaluation.documents[0].reason, Some(Reason::NothingToJudge));
    assert_eq!(evaluation.verdict(), Verdict::NotJudged);
}

#[test]
fn libraries_and_tests_are_no_columns() {
    let evaluation = judge_files(
        &[
            ("main.rego", "package main\n\nimport data.lib.pods\n\ndeny contains \"x\" if pods.bad\n"),
            ("lib.rego", "package lib.pods\n\nbad if input.spec.hostPID\n"),
            ("main_test.rego", "package main_test\n\nimport data.main\n\ntest_a if count(main.deny) == 0\n"),
            ("pod.yaml", POD),
        ],
        &JudgeOptions::default(),
    );
    let columns: Vec<&str> = evaluation.policies.iter().map(|p| p.package.as_str()).collect();
    assert_eq!((columns, evaluation.verdict()), (vec!["main"], Verdict::Deny));
}

#[test]
fn one_rule_that_fails_leaves_the_others() {
    let conflict = "x := 1\n\nx := 2 if input.spec\n\ndeny contains \"x\" if x == 2\n";
    let cell = one(&format!("package main\n\n{conflict}\nwarn contains \"w\"\n"));
    assert_eq!((cell.verdict, messages(&cell)), (Verdict::NotJudged, vec!["w"]));
    let Reason::RuleError { place: Some(place), message } = &cell.reasons[0] else {
        panic!("{:?}", cell.reasons)
    };
    assert!(message.contains("conflict") && [3, 5].contains(&place.line), "{message} {place:?}");
    let cell = one(&format!("package main\n\n{conflict}\ndeny contains \"d\"\n"));
    assert_eq!((cell.verdict, messages(&cell)), (Verdict::Deny, vec!["d"]));
}

#[test]
fn what_the_engine_reads_otherwise_is_judged_as_opa_does() {
    for (body, verdict) in [
        ("deny contains \"x\" if input.spec.containers + 1 > 2", Verdict::Allow),
        ("deny contains \"x\" if not startswith(input.spec.missing, \"a\")", Verdict::Allow),
        ("deny contains $\"{input.metadata.name}\"", Verdict::Deny),
        (
            "deny contains \"x\" if {\n\t[p, v] := walk(input)\n\tp[count(p) - 1] == \"hostPID\"\n\tv\n}",
            Verdict::Deny,
        ),
        (
            "import future.keywords.or\n\ndeny contains \"x\" if input.spec.hostIPC or input.spec.hostPID",
            Verdict::Deny,
        ),
        (
            "names := {\"a\"}\n\ndeny contains \"x\" if {\n\tsome names in [\"a\"]\n\tnames == \"a\"\n}",
            Verdict::Deny,
        ),
    ] {
        let cell = one(&format!("package main\n\n{body}\n"));
        assert_eq!(cell.verdict, verdict, "{body}\n{:?}", cell.reasons);
    }
}

#[test]
fn recursion_is_told_and_not_tried() {
    for (text, recursive) in [
        ("f(x) := f(x + 1)\n\ndeny contains \"x\" if f(1)\n", true),
        ("p if q\n\nq if p\n\ndeny contains \"x\" if p\n", true),
        ("deny contains \"x\" if count(deny) == 0\n", true),
        ("p if not q\n\nq if input.x\n\ndeny contains \"x\" if p\n", false),
    ] {
        let cell = one(&format!("package main\n\n{text}"));
        let told = cell
            .reasons
            .iter()
            .any(|r| matches!(r, Reason::PolicyError { message, .. } if message.contains("recursive")));
        assert_eq!(told, recursive, "{text}: {:?}", cell.reasons);
    }
    // Two packages that use different rules of each other: no recursion, though the engine takes it for one.
    let a = "package a\n\nimport data.b\n\ndeny contains \"x\" if b.one\n\ntwo if input.spec\n";
    let b = "package b\n\nimport data.a\n\none if a.two\n";
    let evaluation =
        judge_files(&[("a.rego", a), ("b.rego", b), ("pod.yaml", POD)], &JudgeOptions::default());
    let cell = &evaluation.documents[0].cells[0];
    assert!(matches!(&cell.reasons[..], [Reason::RuleError { .. }]), "{:?}", cell.reasons);
}

#[test]
fn a_function_in_two_files_is_one_function() {
    let evaluation = judge_files(
        &[
            (
                "a.rego",
                "package main\n\nimport data.lib\n\nf(1) := lib.one\n\ndeny contains \"x\" if f(2) == 2\n",
            ),
            ("b.rego", "package main\n\nf(2) := 2\n"),
            ("lib.rego", "package lib\n\none := 1\n"),
            ("pod.yaml", POD),
        ],
        &JudgeOptions::default(),
    );
    let cell = &evaluation.documents[0].cells[0];
    assert_eq!((cell.verdict, messages(cell)), (Verdict::Deny, vec!["x"]), "{:?}", cell.reasons);
}

/// The pointers that the findings of a policy lead to, with `~` for approximate ones.
fn pointers(policy: &str) -> Vec<Vec<String>> {
    let about = |p: &crate::core::decision::ManifestPlace| {
        format!("{}{}", if p.approximate { "~" } else { "" }, p.pointer)
    };
    one(policy).findings.iter().map(|f| f.manifest_locations.iter().map(about).collect()).collect()
}

#[test]
fn findings_lead_to_the_fields_that_the_rule_read() {
    let helpers = "containers contains c if some c in input.spec.containers\n\ntrusted(c) if startswith(c.image, \"registry.example.com/\")\n";
    for (rule, expected) in [
        ("deny contains \"x\" if input.spec.hostPID", vec![vec!["/spec/hostPID"]]),
        (
            "deny contains \"x\" if {\n\tinput.kind == \"Pod\"\n\tinput.spec.hostPID\n}",
            vec![vec!["/spec/hostPID", "~/kind"]],
        ),
        (
            "deny contains \"x\" if {\n\tsome c in input.spec.containers\n\tc.securityContext.privileged\n}",
            vec![vec!["/spec/containers/0/securityContext/privileged"]],
        ),
        (
            "deny contains \"x\" if {\n\tsome c in containers\n\tnot trusted(c)\n}",
            vec![vec!["/spec/containers/0/image"]],
        ),
        (
            "deny contains \"x\" if {\n\tsome field in [\"hostIPC\", \"hostPID\"]\n\tinput.spec[field]\n}",
            vec![vec!["/spec/hostPID"]],
        ),
    ] {
        assert_eq!(pointers(&format!("package main\n\n{rule}\n\n{helpers}")), expected, "{rule}");
    }
    // An absent field: the nearest one there is.
    let absent = "package main\n\ndeny contains c.name if {\n\tsome c in input.spec.containers\n\tnot c.securityContext.privileged\n}\n";
    assert_eq!(pointers(absent)[0].first().unwrap(), "~/spec/containers/1");
    // A request.
    let request = "package main\n\ndeny contains \"x\" if input.request.object.spec.hostPID\n";
    assert_eq!(pointers(request), [["/spec/hostPID"]]);
}

#[test]
fn a_rule_that_does_not_compile_leaves_the_others() {
    let cell = one("package main\n\ndeny contains x if y == 1\n\ndeny contains \"d\"\n");
    assert_eq!((cell.verdict, messages(&cell)), (Verdict::Deny, vec!["d"]));
    assert!(
        matches!(&cell.reasons[..], [Reason::PolicyError { place, .. }] if place.line == 3),
        "{:?}",
        cell.reasons
    );
}

#[test]
fn what_opas_compiler_refuses_is_not_judged() {
    for (rule, code, message) in [
        ("if count(5) == 1", "rego_type_error", "count: invalid argument(s)"),
        ("if {\n\tsome y\n\tinput.a == 1\n}", "rego_compile_error", "declared var y unused"),
        ("if any([input.a])", "rego_type_error", "deprecated built-in function calls in expression: any"),
        (
            "if helper\n\nhelper if deny[\"a\"]",
            "rego_recursion_error",
            "rule data.main.deny is recursive: data.main.deny -> data.main.helper -> data.main.deny",
        ),
    ] {
        let policy = format!("package main\n\ndeny contains \"x\" {rule}\n");
        let evaluation = judge_files(&[("p.rego", &policy), ("pod.yaml", POD)], &JudgeOptions::default());
        let cell = &evaluation.documents[0].cells[0];
        assert_eq!(cell.verdict, Verdict::NotJudged, "{policy}");
        let first = &evaluation.diagnostics[0].1[0];
        assert_eq!((first.code.as_str(), first.message.as_str()), (code, message), "{policy}");
        assert!(
            matches!(&cell.reasons[..], [Reason::PolicyError { message: said, .. }] if said == message),
            "{:?}",
            cell.reasons
        );
    }
    // A policy that needs a refused file of another package.
    let lib = "package lib\n\nbad if count(1) == 1\n";
    let user = "package main\n\nimport data.lib\n\ndeny contains \"x\" if lib.bad\n";
    let other = "package other\n\ndeny contains \"y\"\n";
    let files = [("m.rego", user), ("lib.rego", lib), ("o.rego", other), ("pod.yaml", POD)];
    let evaluation = judge_files(&files, &JudgeOptions::default());
    let verdicts: Vec<Verdict> = evaluation.documents[0].cells.iter().map(|cell| cell.verdict).collect();
    assert_eq!(verdicts, [Verdict::NotJudged, Verdict::Deny]);
}

#[test]
fn what_the_engine_does_not_do_as_opa_is_not_judged() {
    for (text, line) in [
        (
            "package main\n\ndeny contains \"x\" if http.send({\"method\": \"get\", \"url\": \"u\"}).status_code == 500\n",
            3,
        ),
        ("package main\n\ndeny contains \"x\" if {\n\tinput.kind == \"Nothing\"\n\topa.runtime().a\n}\n", 5),
        ("package main\n\ndeny contains \"x\" if helper\n\nhelper if rego.parse_module(\"a\", \"b\")\n", 5),
    ] {
        let cell = one(text);
        assert_eq!(cell.verdict, Verdict::NotJudged, "{text}");
        assert!(
            cell.reasons
                .iter()
                .any(|r| matches!(r, Reason::Unsupported { place: Some(place), .. } if place.line == line)),
            "{text}: {:?}",
            cell.reasons
        );
    }
    let cell = one(
        "package main\n\ndeny contains \"x\" if input.kind == \"Nothing\"\n\ndeny contains \"y\" if frob(1)\n",
    );
    assert_eq!(cell.verdict, Verdict::NotJudged);
    assert!(matches!(&cell.reasons[..], [Reason::PolicyError { message, .. }] if message.contains("frob")));
}

#[test]
fn a_broken_file_is_never_taken_for_silence() {
    let options = JudgeOptions::default();
    let broken = "package lib\n\nbad if input.spec.hostPID\n\nx := := 1\n";
    let user = "package main\n\nimport data.lib\n\ndeny contains \"x\" if lib.bad\n\nwarn contains \"w\"\n";
    let evaluation = judge_files(&[("m.rego", user), ("lib.rego", broken), ("pod.yaml", POD)], &options);
    let cell = &evaluation.documents[0].cells[0];
    assert_eq!((cell.verdict, messages(cell)), (Verdict::NotJudged, vec!["w"]), "it needs the broken file");
    assert!(
        matches!(&cell.reasons[..], [Reason::PolicyError { place, .. }] if place.line == 5),
        "{:?}",
        cell.reasons
    );
    let (file, remarks) = &evaluation.diagnostics[1];
    assert_eq!((file.0, remarks.len(), remarks[0].code.as_str()), (1, 1, "rego_parse_error"));
    // A file of which not even the package can be read may hold anything.
    let evaluation =
        judge_files(&[("m.rego", user), ("lib.rego", "pakage lib\n"), ("pod.yaml", POD)], &options);
    assert_eq!(evaluation.verdict(), Verdict::NotJudged);
}

#[test]
fn errors_of_builtins_are_listed() {
    let cell = one(
        "package main\n\ndeny contains \"x\" if sum([input.kind]) == 1\n\ndeny contains \"y\" if to_number(\"a\") == 1\n",
    );
    assert_eq!(cell.verdict, Verdict::Allow);
    let lines: Vec<usize> = cell.builtin_errors.iter().map(|r| r.place.as_ref().unwrap().line).collect();
    assert_eq!(lines, [3, 5], "{:?}", cell.builtin_errors);
}

#[test]
fn prints_have_their_line() {
    let policy = "package main\n\ndeny contains \"x\" if {\n\tprint(\"kind\", input.kind)\n\tinput.kind == \"Pod\"\n}\n";
    let evaluation = judge_files(&[("p.rego", policy), ("pod.yaml", POD)], &JudgeOptions::default());
    let print = &evaluation.prints[0];
    assert_eq!((print.text.as_str(), print.place.as_ref().unwrap().line), ("kind Pod", 4));
}

#[test]
fn a_helper_prints_once_however_many_rules_need_it() {
    let policy =
        "package main\n\nh if print(\"h\")\n\ndeny contains \"x\" if h\n\ndeny contains \"y\" if h\n";
    let evaluation = judge_files(&[("p.rego", policy), ("pod.yaml", POD)], &JudgeOptions::default());
    assert_eq!(evaluation.prints.len(), 1, "{:?}", evaluation.prints);
}

#[test]
fn the_old_language_is_read_too() {
    let policy = "package k8s\n\nviolation[{\"msg\": msg}] {\n\tc := input.review.object.spec.containers[_]\n\tc.securityContext.privileged\n\tmsg := sprintf(\"%v is privileged\", [c.name])\n}\n\ndeny[msg] {\n\tmsg := \"old\"\n}\n";
    let options = JudgeOptions { v0: true, ..JudgeOptions::default() };
    let evaluation = judge_files(&[("p.rego", policy), ("pod.yaml", POD)], &options);
    let cell = &evaluation.documents[0].cells[0];
    assert_eq!(
        (cell.verdict, messages(cell)),
        (Verdict::Deny, vec!["a is privileged", "old"]),
        "{:?}",
        cell.reasons
    );
    assert_eq!(
        cell.findings[0].manifest_locations[0].pointer,
        "/spec/containers/0/securityContext/privileged"
    );
}

#[test]
fn of_a_rule_that_is_judged_as_a_whole_the_definition_that_fired_is_told() {
    let cell = one(
        "package main\n\ndeny contains \"a\" if input.none\n\ndeny contains \"b\" if input.spec\n\nallow if count(deny) == 0\n",
    );
    let lines: Vec<usize> = cell.findings.iter().map(|f| f.policy_location.as_ref().unwrap().line).collect();
    assert_eq!(lines, [5, 7]);
}

#[test]
fn data_files_are_merged_and_conflicts_are_told() {
    let policy = "package main\n\ndeny contains data.a.b\n\ndeny contains data.a.c\n";
    let two = [
        ("p.rego", policy),
        ("1.json", "{\"a\": {\"b\": \"B\"}}"),
        ("2.json", "{\"a\": {\"c\": \"C\"}}"),
        ("pod.yaml", POD),
    ];
    let evaluation = judge_files(&two, &JudgeOptions::default());
    assert_eq!(messages(&evaluation.documents[0].cells[0]), ["B", "C"]);
    let clash = [
        ("p.rego", policy),
        ("1.json", "{\"a\": {\"b\": \"B\"}}"),
        ("2.json", "{\"a\": {\"b\": \"C\"}}"),
        ("pod.yaml", POD),
    ];
    let evaluation = judge_files(&clash, &JudgeOptions::default());
    let reasons = &evaluation.documents[0].cells[0].reasons;
    assert!(
        matches!(&reasons[..], [Reason::PolicyError { place, message }] if place.file == FileId(2) && message.contains("a.b")),
        "{reasons:?}"
    );
}

#[test]
fn every_object_is_judged_and_a_bad_document_hides_none() {
    let several = "kind: Pod\nspec: {hostPID: true}\n---\n- : [\n---\nkind: List\nitems:\n- kind: Pod\n- kind: Pod\n  spec: {hostPID: true}\n";
    let policy = "package main\n\ndeny contains \"x\" if input.spec.hostPID\n";
    let evaluation = judge_files(&[("p.rego", policy), ("several.yaml", several)], &JudgeOptions::default());
    let verdicts: Vec<(usize, Verdict)> =
        evaluation.documents.iter().map(|d| (d.place.line, d.verdict)).collect();
    assert_eq!(
        verdicts.iter().map(|(_, v)| *v).collect::<Vec<_>>(),
        [Verdict::Deny, Verdict::NotJudged, Verdict::Allow, Verdict::Deny],
        "{verdicts:?}"
    );
    assert!(matches!(evaluation.documents[1].reason, Some(Reason::ManifestError { .. })));
}

#[test]
fn findings_carry_details_and_the_place_of_their_rule() {
    let cell = one(
        "package main\n\ndeny contains \"first\"\n\n# a comment\ndeny contains {\"msg\": \"second\", \"id\": 7} if {\n\tinput.spec\n}\n",
    );
    let found: Vec<_> = cell
        .findings
        .iter()
        .map(|f| {
            (f.msg.as_str(), f.policy_location.as_ref().unwrap().line, f.severity, f.details.to_string())
        })
        .collect();
    assert_eq!(
        found,
        [("first", 3, Demand::Deny, "null".to_owned()), ("second", 6, Demand::Deny, "{\"id\":7}".to_owned())]
    );
}

mod incremental {
    use proptest::prelude::*;

    use super::*;

    /// Pieces from which policies are put together: entry rules that share helpers, in one package and across two.
    const PIECES: &[&str] = &[
        "deny contains \"pid\" if input.spec.hostPID",
        "deny contains msg if {\n\tsome c in containers\n\tnot trusted(c)\n\tmsg := c.name\n}",
        "deny contains \"many\" if count(containers) > limit",
        "warn contains \"w\" if data.lib.odd",
        "warn contains sprintf(\"%d objections\", [count(deny)])",
        "containers contains c if some c in input.spec.containers",
        "trusted(c) if startswith(c.image, \"registry.example.com/\")",
        "trusted(c) if c.name == data.lib.friend",
        "limit := 1",
        "default limit := 5",
        "allow if not input.spec.hostPID",
        "deny contains \"any\" if some x in data[input.kind]",
        "deny contains \"err\" if clash == 2",
        "clash := 1",
        "clash := 2 if input.spec.hostPID",
        "exception contains [\"\"] if input.metadata.name == \"nobody\"",
        "f(x) := x + 1",
        "deny contains \"f\" if f(1) == 2",
    ];
    const LIB: &[&str] =
        &["odd if input.kind == \"Pod\"", "friend := \"a\"", "friend := \"b\" if input.none", "f(1) := 2"];
    const PODS: &[&str] = &[
        POD,
        "kind: Pod\nspec: {containers: [{name: a, image: x}]}\n",
        "kind: ConfigMap\n---\nkind: Pod\nspec: {hostPID: true}\n",
        "kind: [\n",
    ];

    #[derive(Debug, Clone)]
    enum Edit {
        Main(Vec<usize>),
        Lib(Vec<usize>),
        Pod(usize),
        Prepare,
        Break,
    }

    fn edits() -> impl Strategy<Value = Vec<Edit>> {
        let edit = prop_oneof![
            4 => prop::collection::vec(0..PIECES.len(), 0..9).prop_map(Edit::Main),
            2 => prop::collection::vec(0..LIB.len(), 0..4).prop_map(Edit::Lib),
            2 => (0..PODS.len()).prop_map(Edit::Pod),
            2 => Just(Edit::Prepare),
            1 => Just(Edit::Break),
        ];
        prop::collection::vec(edit, 1..7)
    }

    fn text(package: &str, pieces: &[usize], from: &[&str]) -> String {
        let body: Vec<&str> = pieces.iter().map(|&at| from[at]).collect();
        format!("package {package}\n\n{}\n", body.join("\n\n"))
    }

    /// Ways for a value of the input to be noticed.
    const LOOKS: &str = r#"package looks

import data.made
import input.spec.containers as all
import input.metadata as meta

deny contains c.a if some c in input.spec.containers
deny contains "count" if count(input.spec.containers) == 2
deny contains "each" if { some _ in input.spec.containers; input.kind }
deny contains "key" if { some k, _ in input.metadata; k == "a" }
deny contains "every" if every c in all { c.a }
deny contains "not" if not input.metadata.a.b
deny contains "function" if { some c in all; odd(c) }
deny contains "through" if { some c in all; through(c.b) }
deny contains "two" if { x := meta.a; y := x; y.b == 1 }
deny contains "get" if object.get(meta, ["a", "b"], input.metadata.b) == 1
deny contains "or" if { c := object.get(meta, "a", {}); c.b }
deny contains "unify" if { [x, y] = [meta.a, meta.b]; x == y }
deny contains "collected" if { some c in made.collected; c.b == 1 }
deny contains "computed" if { k := input.kind; meta[k] }
deny contains "listed" if { xs := [c.b | some c in all]; 1 in xs }
deny contains "else" if chosen == 2
deny contains "with" if made.is_a with input as {"kind": input.metadata.a}
deny contains "walk" if { walk(input.spec, [path, 1]); count(path) > 2 }
deny contains "in data" if data.made[input.kind]
deny contains "same" if same(meta.a, meta.b)
deny contains "output" if { made.value(meta.b, out); out == 1 }
deny contains "list" if input.spec.containers[0].a == 1
deny contains $"{meta.a}" if input.kind == "b"

warn contains "whole" if meta == {"a": 1}
warn contains "type" if is_object(input.spec.containers)

allow if not meta.b

odd(c) if c.a == 1
odd(c) if made.deep(c.b)
through(x) if made.deep(x)
same(x, x)
chosen := 1 if meta.a else := 2 if meta.b.a
"#;
    const MADE: &str = r#"package made

collected contains c if some c in input.spec.containers
is_a if input.kind == "a"
deep(x) if x.a == 1
deep(x) if { some y in x; y == "b" }
value(x) := x.b
a if input.metadata.a
"#;

    /// Small values of few kinds, so that equal and nearly equal ones come up.
    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::json!(1)),
            Just(serde_json::json!("b")),
            Just(serde_json::json!(false)),
            Just(serde_json::json!(null)),
            Just(serde_json::json!({})),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(serde_json::Value::from),
                prop::collection::btree_map("[abc]", inner, 0..3)
                    .prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    /// One edit of an object: a value at a place.
    fn manifest_edits() -> impl Strategy<Value = Vec<(&'static str, serde_json::Value)>> {
        let places = prop::sample::select(vec![
            "/kind",
            "/metadata",
            "/metadata/a",
            "/metadata/b",
            "/spec/containers",
            "/spec/containers/0",
            "/spec/containers/0/a",
            "/spec/containers/1/b",
            "/spec/containers/1/c",
            "/spec/other",
        ]);
        prop::collection::vec((places, value()), 1..12)
    }

    /// What is done to one line of a sample.
    #[derive(Debug, Clone, Copy)]
    enum LineEdit {
        Delete,
        Double,
        Shorten,
        Swap,
    }

    fn edited(text: &str, line: usize, edit: LineEdit) -> String {
        let mut lines: Vec<&str> = text.lines().collect();
        let at = line % lines.len().max(1);
        match edit {
            LineEdit::Delete if !lines.is_empty() => drop(lines.remove(at)),
            LineEdit::Double if !lines.is_empty() => lines.insert(at, lines[at]),
            LineEdit::Shorten if !lines.is_empty() => {
                let mut end = lines[at].len() / 2;
                while !lines[at].is_char_boundary(end) {
                    end -= 1;
                }
                lines[at] = &lines[at][..end];
            }
            LineEdit::Swap if at + 1 < lines.len() => lines.swap(at, at + 1),
            _ => {}
        }
        lines.join("\n") + "\n"
    }

    /// Ways to notice what is asked, and what other documents say.
    const ASKS: &str = r#"package asks

deny contains sprintf("%v was %v", [r.object.spec, r.oldObject.spec]) if r := input.request
deny contains input.request.resource.resource
deny contains sprintf("%v in %v", [input.request.operation, input.request.namespace])
deny contains input.request.object.command[_]
deny contains "volume" if input.request.object.spec.volumes[_].emptyDir
warn contains input.request.object.spec.containers[_].ports[_].hostPort
"#;
    const RUN: &[&str] = &[
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {hostNetwork: true, volumes: [{name: v}], containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: null}\n---\napiVersion: example.com/v1\nkind: Mouse\nmetadata: {name: m}\nspec: {size: 1}\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {hostNetwork: true, containers: [{name: c, ports: [{containerPort: 80}]}]}}}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {hostNetwork: true, volumes: [{name: v}], containers: [{name: c, image: j, ports: [{containerPort: 81}]}]}\n",
    ];
    const AROUND: &[&str] = &[
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}\n",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: b}}\n---\nkind: [\n",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {group: example.com, scope: Namespaced, names: {kind: Mouse, plural: mice}, versions: [{name: v1, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {sise: {type: integer}}}}}}}]}\n",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {group: example.com, scope: Cluster, names: {kind: Mouse, plural: mouses}, versions: [{name: v1, schema: {openAPIV3Schema: {type: object}}}]}\n",
    ];
    const OLD: &[&str] = &[
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {hostPID: null}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec: {hostPID: true}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\n",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: c}}\n",
    ];

    /// An edit of a file, by the number of its text; a text that is not there takes the file away.
    #[derive(Debug, Clone)]
    enum RunEdit {
        Run(usize),
        Around(usize),
        Old(usize),
        Ask(usize),
    }

    fn run_edit() -> impl Strategy<Value = RunEdit> {
        prop_oneof![
            3 => (0..RUN.len()).prop_map(RunEdit::Run),
            2 => (0..=AROUND.len()).prop_map(RunEdit::Around),
            2 => (0..=OLD.len()).prop_map(RunEdit::Old),
            3 => (0..questions().len()).prop_map(RunEdit::Ask),
        ]
    }

    fn questions() -> Vec<Asked> {
        let operation = |operation: &str| Asked { operation: operation.to_owned(), ..Asked::default() };
        let update = Asked { old: Some(FileId(3)), ..operation("UPDATE") };
        vec![
            Asked::default(),
            Asked { raw: true, ..Asked::default() },
            Asked { namespace: "shop".to_owned(), shape: InputShape::Review, ..Asked::default() },
            Asked { raw: true, ..update.clone() },
            update.clone(),
            operation("UPDATE"),
            Asked { operation: "DELETE".to_owned(), ..update },
            operation("CONNECT"),
        ]
    }

    fn samples() -> Vec<SourceFile> {
        (0..).zip(crate::samples::ALL).map(|(id, sample)| file(id, sample.path, sample.text)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

        #[test]
        fn a_judge_that_remembers_says_what_a_fresh_one_says(edits in edits()) {
            let options = JudgeOptions::default();
            let mut files = vec![
                file(0, "main.rego", &text("main", &[0, 1, 5, 6], PIECES)),
                file(1, "lib.rego", &text("lib", &[0, 1], LIB)),
                file(2, "pod.yaml", POD),
            ];
            let mut old = Judge::new();
            files.iter().cloned().for_each(|f| old.put(f));
            old.judge(0, &options, &mut |_| {});
            for (run, edit) in (1..).zip(edits) {
                let (at, text) = match edit {
                    Edit::Main(pieces) => (0, text("main", &pieces, PIECES)),
                    Edit::Lib(pieces) => (1, text("lib", &pieces, LIB)),
                    Edit::Pod(pod) => (2, PODS[pod].to_owned()),
                    Edit::Break => (1, "package lib\n\nodd if {\n".to_owned()),
                    Edit::Prepare => {
                        old.prepare(&mut |_| {});
                        continue;
                    }
                };
                files[at].text = text;
                files[at].revision.0 += 1;
                old.put(files[at].clone());
                let remembered = old.judge(run, &options, &mut |_| {});
                let mut fresh = Judge::new();
                files.iter().cloned().for_each(|f| fresh.put(f));
                let judged = fresh.judge(run, &options, &mut |_| {});
                prop_assert_eq!(remembered, judged, "{:?}", files);
            }
        }

        #[test]
        fn an_edited_manifest_is_judged_as_if_it_were_new(edits in manifest_edits()) {
            let options = JudgeOptions::default();
            let mut object = serde_json::json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "a": {"b": 1}, "b": 1},
                "spec": {"containers": [{"a": 1, "b": {"a": 1}, "c": 1}, {"a": "b", "b": [1], "c": 1}], "other": 1},
            });
            let policies = [file(0, "looks.rego", LOOKS), file(1, "made.rego", MADE)];
            let mut old = Judge::new();
            policies.iter().cloned().for_each(|f| old.put(f));
            for (run, (place, value)) in (1..).zip(edits) {
                if let Some(old) = object.pointer_mut(place) {
                    *old = value;
                }
                let manifest = file(2, "pod.yaml", &object.to_string());
                old.put(manifest.clone());
                let remembered = old.judge(run, &options, &mut |_| {});
                let mut fresh = Judge::new();
                policies.iter().cloned().for_each(|f| fresh.put(f));
                fresh.put(manifest);
                let judged = fresh.judge(run, &options, &mut |_| {});
                prop_assert!(judged.policies.iter().all(|policy| policy.reason.is_none()), "{judged:?}");
                prop_assert_eq!(remembered, judged, "{}", object);
            }
        }

        #[test]
        fn the_other_reading_is_what_it_is_when_it_is_asked_for(edits in manifest_edits()) {
            let mut object = serde_json::json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "a": {"b": null}, "b": 1},
                "spec": {"containers": [{"a": 1, "b": {"a": null}}, {"a": null, "b": [null], "image": "c"}]},
            });
            let policies = [file(0, "looks.rego", LOOKS), file(1, "made.rego", MADE)];
            for (place, value) in edits {
                if let Some(old) = object.pointer_mut(place) {
                    *old = value;
                }
            }
            let judged = |raw| {
                let mut judge = Judge::new();
                policies.iter().cloned().for_each(|f| judge.put(f));
                judge.put(file(2, "pod.yaml", &object.to_string()));
                judge.judge(1, &asking(Asked { raw, ..Asked::default() }), &mut |_| {}).documents
            };
            let (stored, written) = (judged(false), judged(true));
            for (here, there) in [(&stored, &written), (&written, &stored)] {
                let (here, there) = (&here[0], &there[0]);
                let said = |findings: &[&Finding]| {
                    let mut said: Vec<String> = findings.iter().map(|f| format!("{} {}", f.rule, f.msg)).collect();
                    said.sort();
                    said
                };
                let all = |d: &JudgedDocument| -> Vec<Finding> {
                    d.cells.iter().flat_map(|c| &c.findings).cloned().collect()
                };
                let (ours, theirs) = (all(here), all(there));
                let mut expected: Vec<&Finding> = ours.iter().collect();
                let mut verdict = here.verdict;
                if let Some(other) = &here.other_reading {
                    expected.retain(|f| !other.only_here.contains(f));
                    expected.extend(&other.only_there);
                    verdict = other.verdict;
                }
                prop_assert_eq!(said(&expected), said(&theirs.iter().collect::<Vec<_>>()), "{}", object);
                prop_assert_eq!(verdict, there.verdict, "{}", object);
            }
        }

        #[test]
        fn what_is_asked_and_what_others_say_changes_as_if_it_were_new(edits in prop::collection::vec(run_edit(), 1..8)) {
            let mut options = JudgeOptions::default();
            let mut files: Vec<Option<SourceFile>> = vec![
                Some(file(0, "asks.rego", ASKS)),
                Some(file(1, "run.yaml", RUN[0])),
                Some(file(2, "around.yaml", AROUND[0])),
                Some(file(3, "old.yaml", OLD[0])),
            ];
            let mut old = Judge::new();
            files.iter().flatten().cloned().for_each(|f| old.put(f));
            for (run, edit) in (1..).zip(edits) {
                let (at, name, text) = match edit {
                    RunEdit::Run(at) => (1, "run.yaml", Some(RUN[at])),
                    RunEdit::Around(at) => (2, "around.yaml", AROUND.get(at).copied()),
                    RunEdit::Old(at) => (3, "old.yaml", OLD.get(at).copied()),
                    RunEdit::Ask(at) => {
                        options = asking(questions().swap_remove(at));
                        (0, "asks.rego", Some(ASKS))
                    }
                };
                files[at] = text.map(|text| file(u32::try_from(at).unwrap(), name, text));
                match &files[at] {
                    Some(file) => old.put(file.clone()),
                    None => old.remove(FileId(u32::try_from(at).unwrap())),
                }
                let remembered = old.judge(run, &options, &mut |_| {});
                let mut fresh = Judge::new();
                files.iter().flatten().cloned().for_each(|f| fresh.put(f));
                prop_assert_eq!(remembered, fresh.judge(run, &options, &mut |_| {}), "{:?}", options.asked);
            }
        }

        #[test]
        fn samples_are_judged_alike_whatever_is_done_to_them(
            edits in prop::collection::vec(
                (0..64usize, 0..400usize, prop_oneof![
                    Just(LineEdit::Delete), Just(LineEdit::Double), Just(LineEdit::Shorten), Just(LineEdit::Swap)
                ]),
                1..5,
            )
        ) {
            let options = JudgeOptions::default();
            let mut files = samples();
            let mut old = Judge::new();
            files.iter().cloned().for_each(|f| old.put(f));
            old.judge(0, &options, &mut |_| {});
            for (run, (which, line, edit)) in (1..).zip(edits) {
                let at = which % files.len();
                files[at].text = edited(&files[at].text, line, edit);
                files[at].revision.0 += 1;
                old.put(files[at].clone());
                let remembered = old.judge(run, &options, &mut |_| {});
                let mut fresh = Judge::new();
                files.iter().cloned().for_each(|f| fresh.put(f));
                prop_assert_eq!(remembered, fresh.judge(run, &options, &mut |_| {}), "{}", files[at].text);
            }
        }
    }
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      hostPID: true
";

/// A row in short: kind, name, its workload, verdict, messages (in brackets if they repeat the workload's) and lines.
fn rows(evaluation: &Evaluation) -> Vec<String> {
    let row = |d: &JudgedDocument| {
        let findings = d.cells.iter().flat_map(|c| &c.findings).map(|f| {
            let at = f.manifest_locations.first().map(|l| format!("@{} {}", l.place.line, l.pointer));
            let text = format!("{}{}", f.msg, at.unwrap_or_default());
            if f.repeats { format!("[{text}]") } else { text }
        });
        let from = d.derived_from.map(|at| format!(" of {at}")).unwrap_or_default();
        let said: Vec<String> = findings.collect();
        format!("{} {}{from} {:?} line {}: {}", d.kind, d.name, d.verdict, d.place.line, said.join(", "))
    };
    evaluation.documents.iter().map(row).collect()
}

#[test]
fn a_workload_is_decided_with_the_pod_that_it_makes() {
    let pods_only =
        "package p\n\ndeny contains \"pid\" if {\n\tinput.kind == \"Pod\"\n\tinput.spec.hostPID\n}\n";
    let both = "package p

spec := input.spec if input.kind == \"Pod\"

spec := input.spec.template.spec if input.kind == \"Deployment\"

deny contains \"pid\" if spec.hostPID
";
    for (policy, expected) in [
        (
            pods_only,
            ["Deployment web Deny line 1: ", "Pod web- of 0 Deny line 5: pid@8 /spec/template/spec/hostPID"],
        ),
        (
            both,
            [
                "Deployment web Deny line 1: pid@8 /spec/template/spec/hostPID",
                "Pod web- of 0 Deny line 5: [pid@8 /spec/template/spec/hostPID]",
            ],
        ),
    ] {
        let evaluation = judge_files(&[("p.rego", policy), ("d.yaml", DEPLOYMENT)], &JudgeOptions::default());
        assert_eq!(rows(&evaluation), expected);
        assert_eq!(evaluation.counts(), (1, 0));
        assert_eq!((evaluation.written().count(), evaluation.derived(0).count()), (1, 1));
    }
}

#[test]
fn documents_behind_a_derived_pod_keep_their_numbers() {
    let list = format!("{DEPLOYMENT}---\n{POD}---\n{DEPLOYMENT}");
    let policy = "package p\n\ndeny contains \"pid\" if input.spec.hostPID\n";
    let evaluation = judge_files(&[("p.rego", policy), ("d.yaml", &list)], &JudgeOptions::default());
    let numbers: Vec<_> = evaluation.documents.iter().map(|d| (d.index, d.derived_from)).collect();
    assert_eq!(numbers, [(0, None), (0, Some(0)), (1, None), (2, None), (2, Some(3))]);
    let lines: Vec<_> = evaluation.findings().map(|f| f.manifest_locations[0].place.line).collect();
    assert_eq!(lines, [8, 16, 32]);
}

#[test]
fn a_derived_pod_is_created_by_its_controller() {
    let policy = "package p

deny contains sprintf(\"%s %s %s\", [r.operation, r.userInfo.username, r.kind.kind]) if r := input.request
";
    let options =
        asking(Asked { operation: "UPDATE".to_owned(), user: "jane".to_owned(), ..Asked::default() });
    let said = |manifest: &str, options: &JudgeOptions| {
        rows(&judge_files(&[("p.rego", policy), ("d.yaml", manifest)], options))
            .into_iter()
            .filter_map(|row| Some(row.split_once(": ")?.1.split('@').next()?.to_owned()))
            .collect::<Vec<_>>()
    };
    let controller = "CREATE system:serviceaccount:kube-system:replicaset-controller Pod";
    assert_eq!(said(DEPLOYMENT, &options), ["UPDATE jane Deployment", controller]);
    let deleted = asking(Asked { operation: "DELETE".to_owned(), ..options.asked.clone() });
    assert_eq!(said(DEPLOYMENT, &deleted), ["DELETE jane Deployment"], "what is deleted makes no Pod");
    assert_eq!(said(POD, &options), ["UPDATE jane Pod"]);
}

#[test]
fn the_deployment_of_a_recorded_request_makes_its_pod() {
    let object = "{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", \"metadata\": {\"name\": \"web\"},
        \"spec\": {\"template\": {\"spec\": {\"hostPID\": true}}}}";
    let review = |operation: &str| {
        format!(
            "{{\"apiVersion\": \"admission.k8s.io/v1\", \"kind\": \"AdmissionReview\",
            \"request\": {{\"operation\": \"{operation}\", \"object\": {object}}}}}"
        )
    };
    let policy = "package p\n\ndeny contains \"pid\" if input.spec.hostPID\n";
    let judged =
        |text: &str| rows(&judge_files(&[("p.rego", policy), ("d.yaml", text)], &JudgeOptions::default()));
    assert_eq!(
        judged(&review("CREATE")),
        [
            "AdmissionReview  Deny line 1: ",
            "Pod web- of 0 Deny line 3: pid@3 /request/object/spec/template/spec/hostPID",
        ]
    );
    assert_eq!(judged(&review("DELETE")), ["AdmissionReview  Allow line 1: "]);
}

#[test]
fn an_import_with_the_name_of_a_rule_in_another_file_is_not_judged() {
    // OPA: data.lib.limit, which is 1. The engine alone: the rule, which is 2.
    let user = "package main\n\nimport data.lib.limit\n\ndeny contains \"x\" if limit == 1\n";
    let rule = "package main\n\nlimit := 2\n";
    let lib = "package lib\n\nlimit := 1\n";
    let files = [("m.rego", user), ("n.rego", rule), ("lib.rego", lib), ("pod.yaml", POD)];
    let evaluation = judge_files(&files, &JudgeOptions::default());
    let cells = &evaluation.documents[0].cells;
    assert!(cells.iter().any(|cell| cell.verdict == Verdict::NotJudged), "{cells:?}");
    assert!(cells.iter().all(|cell| cell.verdict != Verdict::Allow), "{cells:?}");
}
