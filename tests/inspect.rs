//! `regoscope inspect` as scripts see it: what Kubernetes reads, its places, errors, exit codes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      hostNetwork: yes
      volumes: [{name: tmp}]
      containers: [{name: c, image: nginx, ports: [{containerPort: 80}], securityContext: null}]
";

struct Outcome {
    code: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, args: &[&str], stdin: &str) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regoscope"));
    command.current_dir(folder).env_clear().env("LANG", "C.UTF-8").arg("inspect").args(args);
    let output = command.write_stdin(stdin).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Outcome { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The exit code, the documents, and stderr.
fn documents(folder: &Path, args: &[&str], stdin: &str) -> (i32, Vec<Value>, String) {
    let outcome = run(folder, &[&["-o", "json"], args].concat(), stdin);
    let value: Value =
        serde_json::from_str(&outcome.out).unwrap_or_else(|e| panic!("{e}: {}{}", outcome.out, outcome.err));
    (outcome.code, value["documents"].as_array().unwrap().clone(), outcome.err)
}

/// One file, one line for each document: `index:line object` or `index:line error`.
fn shown(text: &[u8]) -> (i32, Vec<String>, String) {
    let folder = folder(&[("m.yaml", text)]);
    let (code, documents, err) = documents(folder.path(), &["m.yaml"], "");
    let line = |document: &Value| {
        let what = match document["errors"].as_array().unwrap().first() {
            Some(error) => format!("{}:{} {}", error["line"], error["column"], error["message"]),
            None => document["object"].to_string(),
        };
        format!("{}:{} {what}", document["index"], document["line"])
    };
    (code, documents.iter().map(line).collect(), err)
}

#[test]
fn the_json_has_the_keys_that_scripts_depend_on() {
    let folder =
        folder(&[("m.yaml", b"kind: Pod\nmetadata: {name: a, namespace: ns}\nspec: {hostPID: yes}\n")]);
    let (code, documents, err) = documents(folder.path(), &["m.yaml"], "");
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(
        documents,
        [json!({
            "file": "m.yaml", "index": 0, "line": 1,
            "apiVersion": "", "kind": "Pod", "namespace": "ns", "name": "a",
            "object": {"kind": "Pod", "metadata": {"name": "a", "namespace": "ns"}, "spec": {"hostPID": true}},
            "derived": [], "errors": [],
            "notes": [{"message": "`yes` is read as true", "line": 3, "column": 17,
                       "severity": "note", "code": "yaml-read-as"}],
        })]
    );
}

#[test]
fn what_a_file_holds_is_read_document_by_document() {
    let cases: [(&str, &[u8], i32, &[&str]); 9] = [
        (
            "a list",
            b"kind: List\nitems:\n- {kind: A}\n- {kind: B}\n",
            0,
            &["0:3 {\"kind\":\"A\"}", "1:4 {\"kind\":\"B\"}"],
        ),
        (
            "a broken document beside good ones",
            b"kind: A\n---\nkind: [\n---\nkind: B\n",
            2,
            &[
                "0:1 {\"kind\":\"A\"}",
                "1:3 3:7 \"did not find expected ',' or ']': a quote or bracket is not closed\"",
                "2:5 {\"kind\":\"B\"}",
            ],
        ),
        ("JSON", b"{\"kind\": \"A\", \"on\": \"yes\"}", 0, &["0:1 {\"kind\":\"A\",\"on\":\"yes\"}"]),
        ("nothing", b"# only a comment\n---\n", 0, &[]),
        (
            "a Namespace and what is in it",
            b"apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n---\nkind: Pod\n",
            0,
            &[
                "0:1 {\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"ns\"}}",
                "1:5 {\"kind\":\"Pod\"}",
            ],
        ),
        (
            "a Helm template",
            b"kind: Pod\nmetadata:\n  name: {{ .Values.name }}\n",
            2,
            &[
                "0:1 3:10 \"invalid map key: `{{ … }}` is a Helm template, not YAML. Render it first: helm template CHART > out.yaml\"",
            ],
        ),
        ("not UTF-8", b"kind: Pod\nname: \xff\xfe\n", 2, &["0:2 2:7 \"not UTF-8 at byte 16\""]),
        (
            "not an object",
            b"- a\n",
            2,
            &["0:1 1:1 \"a Kubernetes object must be a map with apiVersion and kind\""],
        ),
        (
            "a merge",
            b"b: &b {x: 1}\nc: {<<: *b, z: 2}\n",
            0,
            &["0:1 {\"b\":{\"x\":1},\"c\":{\"x\":1,\"z\":2}}"],
        ),
    ];
    for (what, text, code, expected) in cases {
        let (got, lines, err) = shown(text);
        assert_eq!(lines, expected, "{what}: {err}");
        assert_eq!(got, code, "{what}: {err}");
        let is_told = |line: &String| line.contains('"') && code == 2;
        assert_eq!(err.is_empty(), !lines.iter().any(is_told), "{what}: {err}");
        if code == 2 {
            assert!(err.starts_with("m.yaml:"), "{what}: {err}");
        }
    }
}

#[test]
fn input_that_is_made_to_hurt_gets_a_located_error() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let deep = format!("a: {}{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let large = format!("a: \"{}\"\n", "x".repeat(5 * 1024 * 1024));
    let folder = folder(&[
        ("deep.yaml", deep.as_bytes()),
        ("good.yaml", b"kind: Pod\n"),
        ("large.yaml", large.as_bytes()),
        ("laughs.yaml", laughs.as_bytes()),
    ]);
    let (code, documents, err) =
        documents(folder.path(), &["deep.yaml", "good.yaml", "large.yaml", "laughs.yaml", "no.yaml"], "");
    assert_eq!(code, 2);
    let told: Vec<(&str, &str)> = documents
        .iter()
        .map(|d| (d["file"].as_str().unwrap(), d["errors"][0]["message"].as_str().unwrap_or("read")))
        .collect();
    assert_eq!(
        told,
        [
            ("deep.yaml", "nested deeper than 1000 levels"),
            ("good.yaml", "read"),
            ("large.yaml", "the file is larger than 5 MiB"),
            ("laughs.yaml", "document contains excessive aliasing"),
            ("no.yaml", "no.yaml: there is no such file"),
        ]
    );
    assert_eq!(err.lines().count(), 4, "{err}");
    for line in err.lines().take(3) {
        assert!(line.split(':').nth(2).unwrap().parse::<usize>().is_ok(), "{line}");
    }
}

#[test]
fn folders_are_walked_and_stdin_is_a_dash() {
    let folder = folder(&[
        ("m/b.yaml", b"kind: B\n"),
        ("m/a.json", b"{\"kind\": \"A\"}"),
        ("m/sub/c.yml", b"kind: C\n"),
        ("m/.hidden/d.yaml", b"kind: D\n"),
        ("m/p.rego", b"package p\n"),
        ("m/torn.yaml", b"kind: [\n"),
        ("m/.gitignore", b"ignored.yaml\n"),
        ("m/ignored.yaml", b"kind: E\n"),
    ]);
    let (code, documents, err) =
        documents(folder.path(), &["m", "-", "m/ignored.yaml"], "kind: F\n---\nkind: G\n");
    let files: Vec<String> = documents
        .iter()
        .map(|d| format!("{} {}", d["file"].as_str().unwrap(), d["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(
        files,
        ["m/a.json A", "m/b.yaml B", "m/sub/c.yml C", "m/torn.yaml ", "- F", "- G", "m/ignored.yaml E"]
    );
    assert_eq!(code, 2);
    assert!(err.starts_with("m/torn.yaml:1:7: "), "{err}");
    let empty = run(folder.path(), &["m/.hidden/none"], "");
    assert_eq!((empty.code, empty.out.as_str()), (2, ""), "{}", empty.err);
}

#[test]
fn a_workload_brings_its_pod_and_is_shown_as_stored() {
    let folder = folder(&[("web.yaml", DEPLOYMENT.as_bytes())]);
    let (code, read, _) = documents(folder.path(), &["web.yaml"], "");
    assert_eq!(code, 0);
    assert_eq!(read[0]["object"]["spec"]["template"]["spec"]["volumes"], json!([{"name": "tmp"}]));
    let pod = &read[0]["derived"][0];
    assert_eq!(
        (&pod["kind"], &pod["name"], &pod["namespace"]),
        (&json!("Pod"), &json!("web-"), &json!("shop"))
    );
    assert_eq!(pod["object"]["spec"]["hostNetwork"], true);
    assert_eq!(pod["line"], 5, "its place is the template");

    let (_, stored, _) = documents(folder.path(), &["web.yaml", "--stored"], "");
    let spec = &stored[0]["object"]["spec"]["template"]["spec"];
    assert_eq!(spec["volumes"], json!([{"name": "tmp", "emptyDir": {}}]));
    assert_eq!(spec["containers"][0].get("securityContext"), None);
    let changes = stored[0]["changes"].as_array().unwrap();
    let at = |pointer: &str, change: &str| changes.contains(&json!({"pointer": pointer, "change": change}));
    assert!(at("/spec/template/spec/containers/0/securityContext", "null_dropped"), "{changes:?}");
    assert!(at("/spec/template/spec/volumes/0/emptyDir", "defaulted"), "{changes:?}");
    assert_eq!(stored[0]["derived"][0]["object"]["spec"]["containers"][0]["ports"][0]["hostPort"], 80);
}

#[test]
fn the_request_is_what_a_policy_gets_to_see() {
    let several =
        format!("{DEPLOYMENT}---\nkind: [\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\n");
    let folder = folder(&[("m.yaml", several.as_bytes())]);
    let args = ["m.yaml", "--request", "--user", "alice", "--group", "dev", "--namespace", "here"];
    let outcome = run(folder.path(), &args, "");
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("m.yaml:11:7: "), "{}", outcome.err);
    let reviews: Vec<Value> = serde_json::Deserializer::from_str(&outcome.out)
        .into_iter::<Value>()
        .collect::<Result<_, _>>()
        .unwrap();
    let facts: Vec<_> = reviews
        .iter()
        .map(|review| {
            let request = &review["request"];
            let text = |pointer: &str| request.pointer(pointer).unwrap().as_str().unwrap();
            assert_eq!(review["kind"], "AdmissionReview");
            [text("/resource/resource"), text("/namespace"), text("/operation"), text("/userInfo/username")]
        })
        .collect();
    assert_eq!(facts, [["deployments", "shop", "CREATE", "alice"], ["pods", "here", "CREATE", "alice"]]);
    assert_eq!(reviews[0]["request"]["userInfo"]["groups"], json!(["dev"]));

    let (_, documents, _) = documents(folder.path(), &args, "");
    assert_eq!(documents[0]["input"], reviews[0]);
    let pod = &documents[0]["derived"][0]["input"]["request"];
    assert_eq!(pod["userInfo"]["username"], "system:serviceaccount:kube-system:replicaset-controller");

    for (args, pointer, expected) in [
        (&["--operation", "delete"][..], "/request/oldObject/kind", json!("Deployment")),
        (&["--input-shape", "object"], "/kind", json!("Deployment")),
        (&["--input-shape", "request"], "/request/object/kind", json!("Deployment")),
        (&["--input-shape", "review"], "/review/object/kind", json!("Deployment")),
        (
            &["--input-shape", "review", "--namespace-labels", "env=prod,team=a"],
            "/review/namespaceObject/metadata/labels/env",
            json!("prod"),
        ),
    ] {
        let outcome = run(folder.path(), &[&["m.yaml", "--request"], args].concat(), "");
        let first = serde_json::Deserializer::from_str(&outcome.out).into_iter::<Value>().next();
        assert_eq!(first.unwrap().unwrap().pointer(pointer), Some(&expected), "{args:?}");
    }
}

#[test]
fn an_admission_review_is_the_request_that_it_records() {
    let recorded = include_str!("data/admissionreview-deployment-update-ssa-dryrun.json");
    let folder = folder(&[("review.json", recorded.as_bytes())]);
    let (code, documents, _) = documents(folder.path(), &["review.json", "--request"], "");
    assert_eq!(code, 0);
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    assert_eq!((&documents[0]["object"], &documents[0]["input"]), (&recorded, &recorded));
}

#[test]
fn people_get_the_object_and_what_surprises_in_it() {
    let folder =
        folder(&[("a\u{1b}.yaml", b"kind: Pod\nmetadata:\n  name: \"x\\e[31m\"\nspec: {hostPID: on}\n")]);
    let outcome = run(folder.path(), &["."], "");
    insta::assert_snapshot!(outcome.out, @r#"
    a\x1b.yaml:1  Pod x\x1b[31m
    {
      "kind": "Pod",
      "metadata": {
        "name": "x\u001b[31m"
      },
      "spec": {
        "hostPID": true
      }
    }
      ! a\x1b.yaml:4:17: `on` is read as true
    "#);
    let colored = run(folder.path(), &[".", "--color", "always"], "");
    assert!(colored.out.contains("\u{1b}[1mPod"), "{}", colored.out);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
}

#[test]
fn definitions_of_other_files_are_known() {
    let crd = b"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: oxen.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {plural: oxen, kind: Ox}
  versions:
    - name: v1
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {horns: {type: integer}}}}}}
";
    let ox = b"apiVersion: example.com/v1\nkind: Ox\nmetadata: {name: o}\nspec: {horn: 2}\n";
    let folder = folder(&[("a.yaml", &ox[..]), ("z.yaml", &crd[..])]);
    let (code, documents, _) = documents(folder.path(), &["--request", "a.yaml", "z.yaml"], "");
    let resource = &documents[0]["input"]["request"]["resource"]["resource"];
    let notes: Vec<&str> = documents[0]["notes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|note| note["message"].as_str())
        .collect();
    assert_eq!((code, resource), (0, &json!("oxen")));
    assert_eq!(notes, [".spec.horn: field not declared in schema; did you mean horns?"]);
}

#[test]
fn labels_are_those_that_kubernetes_takes() {
    let folder = folder(&[("p.yaml", b"kind: Pod\n")]);
    for (labels, said) in [
        ("team", "`team` has no =: write key=value"),
        ("-a=b", "`-a` is not a key that Kubernetes takes"),
        ("a=b c", "`b c` is not a value that Kubernetes takes"),
    ] {
        let outcome = run(folder.path(), &[&format!("--namespace-labels={labels}"), "p.yaml"], "");
        assert_eq!(outcome.code, 2);
        assert!(outcome.err.contains(said), "{}", outcome.err);
    }
}
