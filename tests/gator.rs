//! gator as the judge of our judge: what both answer for the samples, the fixtures, generated constraints and generated
//! suites. `tests/oracle-gator/run --test` builds gator and runs this; without it (`REGOSCOPE_GATOR`) one line says that
//! nothing is compared, and `tests/verify.rs` has gator's recorded answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "oracle-gator/lines.rs"]
mod lines;
#[path = "oracle/random.rs"]
mod random;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lines::normal;
use random::Random;
use serde_json::{Map, Value, json};

/// Where gator is; without it nothing is compared.
fn gator() -> Option<PathBuf> {
    let program = std::env::var_os("REGOSCOPE_GATOR").filter(|path| !path.is_empty()).map(PathBuf::from);
    if program.is_none() {
        println!(
            "nothing is compared with gator: REGOSCOPE_GATOR is not set; tests/oracle-gator/run --test sets it"
        );
    }
    program
}

/// Fixed, or the one that is asked for.
fn random() -> Random {
    let seed = std::env::var("REGOSCOPE_GATOR_SEED").ok();
    Random(seed.map_or(1, |seed| seed.parse().expect("a number")))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn ours() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_regoscope"))
}

fn output(program: &Path, folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(program).current_dir(folder).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Kind, name, constraint, message.
type Violation = (String, String, String, String);

/// What `gator test` and `check` find in the same files.
fn compare_violations(gator: &Path, folder: &Path, policies: &str, objects: &str) -> usize {
    let text = |value: &Value, pointer: &str| {
        value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (_, found, said) = output(gator, folder, &["test", "-o", "json", "-f", policies, "-f", objects]);
    let found: Vec<Value> = serde_json::from_str(&found).unwrap_or_else(|_| panic!("{found}{said}"));
    let theirs: BTreeSet<Violation> = found
        .iter()
        .filter(|row| !text(row, "/violatingObject/apiVersion").contains("gatekeeper.sh"))
        .map(|row| {
            let object = |name: &str| text(row, &format!("/violatingObject/{name}"));
            (
                object("kind"),
                object("metadata/name"),
                text(row, "/constraint/metadata/name"),
                text(row, "/msg"),
            )
        })
        .collect();
    let (_, found, said) = output(&ours(), folder, &["check", "-o", "json", "-p", policies, objects]);
    let found: Value = serde_json::from_str(&found).unwrap_or_else(|_| panic!("{found}{said}"));
    let mut own = BTreeSet::new();
    for document in found["documents"].as_array().unwrap() {
        assert_ne!(document["decision"], "not_judged", "{document}");
        for finding in document["findings"].as_array().unwrap() {
            let constraint = text(finding, "/constraint/name");
            own.insert((text(document, "/kind"), text(document, "/name"), constraint, text(finding, "/msg")));
        }
    }
    let only = |a: &BTreeSet<Violation>, b: &BTreeSet<Violation>| {
        a.difference(b).take(5).cloned().collect::<Vec<_>>()
    };
    assert_eq!((only(&theirs, &own), only(&own, &theirs)), (vec![], vec![]), "only gator's, only ours");
    theirs.len()
}

/// What `gator verify` and `verify` print about the same suites.
fn compare_suites(gator: &Path, folder: &Path, path: &str) -> usize {
    let (_, theirs, said) = output(gator, folder, &["verify", "-v", path]);
    assert!(!theirs.is_empty(), "{said}");
    // gator's paths begin at the root of the file system.
    let root = format!("{}/", fs::canonicalize(folder).unwrap().display());
    let theirs = theirs.replace(root.trim_start_matches('/'), "");
    let (_, own, _) = output(&ours(), folder, &["verify", "-v", path]);
    let (theirs, own) = (normal(&theirs), normal(&own));
    for (at, (theirs, own)) in theirs.iter().zip(&own).enumerate() {
        assert_eq!(own, theirs, "line {at} of what is said about {path}");
    }
    assert_eq!(own.len(), theirs.len(), "{path}");
    own.iter().filter(|line| line.starts_with("    ---")).count()
}

#[test]
fn samples_and_fixtures() {
    let Some(gator) = gator() else { return };
    let samples = root().join("sample-policies/gatekeeper");
    assert!(compare_violations(&gator, &samples, ".", "objects") > 0);
    assert_eq!(compare_suites(&gator, root(), "sample-policies/..."), 4);
    let fixtures = root().join("tests/data/gatekeeper");
    assert!(compare_violations(&gator, &fixtures, "policies", "objects") > 0);
    assert!(compare_suites(&gator, &root().join("tests/data/suites"), "./...") > 20);
}

const KINDS: [(&str, &str); 4] =
    [("v1", "Pod"), ("apps/v1", "Deployment"), ("v1", "Service"), ("v1", "Secret")];
const NAMESPACES: [&str; 3] = ["shop", "web", "kube-system"];
const PATTERNS: [&str; 9] = ["shop", "sh*", "*op", "*ho*", "*", "web", "kube-*", "-", "s"];

/// Constraints and objects by chance.
struct Made {
    random: Random,
}

impl Made {
    fn some(&mut self, from: &[&str]) -> Vec<String> {
        let count = 1 + self.random.below(2);
        (0..count)
            .map(|_| (*self.random.pick(from)).to_owned())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    fn selector(&mut self) -> Value {
        let mut selector = Map::new();
        if self.random.chance(50) {
            let key = *self.random.pick(&["app", "team"]);
            selector.insert("matchLabels".into(), json!({ key: *self.random.pick(&["a", "b"]) }));
        }
        if self.random.chance(50) {
            let operator = *self.random.pick(&["In", "NotIn", "Exists", "DoesNotExist"]);
            let mut expression =
                json!({"key": *self.random.pick(&["app", "team", "x"]), "operator": operator});
            if operator.ends_with("In") {
                expression["values"] = json!(self.some(&["a", "b", "c"]));
            }
            selector.insert("matchExpressions".into(), json!([expression]));
        }
        selector.into()
    }

    fn kinds(&mut self) -> Value {
        let groups: [&[&str]; 5] = [&["*"], &[""], &["apps"], &["rbac.authorization.k8s.io"], &[]];
        let kinds: [&[&str]; 6] =
            [&["Pod"], &["*"], &["Pod", "Namespace"], &["Deployment"], &[], &["ClusterRole"]];
        let mut entry = Map::new();
        if self.random.chance(90) {
            entry.insert("apiGroups".into(), json!(self.random.pick(&groups)));
        }
        if self.random.chance(90) {
            entry.insert("kinds".into(), json!(self.random.pick(&kinds)));
        }
        entry.into()
    }

    fn matches(&mut self) -> Value {
        let mut spec = Map::new();
        if self.random.chance(40) {
            let entries: Vec<Value> = (0..=self.random.below(2)).map(|_| self.kinds()).collect();
            spec.insert("kinds".into(), entries.into());
        }
        if self.random.chance(20) {
            let scope = *self.random.pick(&["*", "Cluster", "Namespaced", "cluster"]);
            spec.insert("scope".into(), scope.into());
        }
        for field in ["namespaces", "excludedNamespaces"] {
            if self.random.chance(25) {
                spec.insert(field.into(), json!(self.some(&PATTERNS)));
            }
        }
        for field in ["labelSelector", "namespaceSelector"] {
            if self.random.chance(30) {
                spec.insert(field.into(), self.selector());
            }
        }
        if self.random.chance(20) {
            spec.insert("name".into(), (*self.random.pick(&["n1", "n*", "*1", "*n*", "x"])).into());
        }
        if self.random.chance(15) {
            spec.insert("source".into(), (*self.random.pick(&["All", "Original", "Generated"])).into());
        }
        spec.into()
    }

    fn constraint(&mut self, name: &str) -> Value {
        let action = *self.random.pick(&["deny", "warn", "dryrun"]);
        json!({
            "apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "K8sA", "metadata": {"name": name},
            "spec": {"match": self.matches(), "enforcementAction": action},
        })
    }

    fn labels(&mut self) -> Value {
        let mut labels = Map::new();
        for key in ["app", "team"] {
            if self.random.chance(50) {
                labels.insert(key.into(), (*self.random.pick(&["a", "b"])).into());
            }
        }
        labels.into()
    }

    fn object(&mut self, name: &str) -> Value {
        let (version, kind) = *self.random.pick(&KINDS);
        let namespace = *self.random.pick(&NAMESPACES);
        let metadata = json!({"name": name, "namespace": namespace, "labels": self.labels()});
        let spec =
            if kind == "Deployment" { json!({"template": {"spec": {"containers": []}}}) } else { json!({}) };
        json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})
    }

    fn namespace(&mut self, name: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": self.labels()}})
    }
}

/// A template that says what it was asked about.
const TEMPLATE: &str = r#"apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8sa}
spec:
  crd: {spec: {names: {kind: K8sA}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package a

      violation[{"msg": msg}] { msg := sprintf("hit %v", [input.review.kind.kind]) }

      violation[{"msg": msg}] {
        other := data.inventory.namespace[_][_][_][name]
        other.metadata.labels.app == input.review.object.metadata.labels.app
        name != input.review.object.metadata.name
        msg := sprintf("like %v", [name])
      }
"#;

fn documents(all: &[Value]) -> String {
    all.iter().map(|value| format!("---\n{value}\n")).collect()
}

#[test]
fn generated_constraints() {
    let Some(gator) = gator() else { return };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let mut made = Made { random: random() };
    let constraints: Vec<Value> = (0..250).map(|at| made.constraint(&format!("c{at}"))).collect();
    let mut objects: Vec<Value> = NAMESPACES.iter().map(|name| made.namespace(name)).collect();
    objects.extend((0..18).map(|at| made.object(&format!("n{at}"))));
    fs::create_dir(folder.path().join("policies")).unwrap();
    write("policies/template.yaml", TEMPLATE);
    write("policies/constraints.yaml", &documents(&constraints));
    write("objects.yaml", &documents(&objects));
    let found = compare_violations(&gator, folder.path(), "policies", "objects.yaml");
    println!("{} pairs, {found} violations", constraints.len() * objects.len());
    assert!(found > 1000, "{found}");
}

#[test]
fn generated_suites() {
    let Some(gator) = gator() else { return };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let mut made = Made { random: random() };
    write("template.yaml", TEMPLATE);
    for name in NAMESPACES {
        write(&format!("{name}.yaml"), &made.namespace(name).to_string());
    }
    for at in 0..12 {
        write(&format!("n{at}.yaml"), &made.object(&format!("n{at}")).to_string());
    }
    let tests: Vec<Value> = (0..30)
        .map(|nth| {
            let file = format!("c{nth}.yaml");
            write(&file, &made.constraint(&format!("c{nth}")).to_string());
            let cases: Vec<Value> = (0..12).map(|at| case(&mut made, at)).collect();
            json!({
                "name": format!("t{nth}"), "template": "template.yaml", "constraint": file, "cases": cases,
                "invalid": made.random.chance(5), "skip": made.random.chance(5),
            })
        })
        .collect();
    let suite = json!({"apiVersion": "test.gatekeeper.sh/v1alpha1", "kind": "Suite", "tests": tests});
    write("suite.yaml", &suite.to_string());
    let cases = compare_suites(&gator, folder.path(), "suite.yaml");
    println!("{cases} cases");
    assert!(cases > 200, "{cases}");
}

/// A case about the object of a number.
fn case(made: &mut Made, at: usize) -> Value {
    let mut inventory: Vec<String> = Vec::new();
    for name in NAMESPACES {
        if made.random.chance(80) {
            inventory.push(format!("{name}.yaml"));
        }
    }
    for other in 0..12 {
        if made.random.chance(15) {
            inventory.push(format!("n{other}.yaml"));
        }
    }
    let wanted = [json!("yes"), json!("no"), json!(0), json!(1), json!(2), json!("maybe")];
    let messages = ["hit", "^like", "Pod|Secret", "missing Namespace", "n[0-9]$", "("];
    let assertions: Vec<Value> = (0..made.random.below(3))
        .map(|_| {
            let mut assertion = Map::new();
            if made.random.chance(80) {
                assertion.insert("violations".into(), made.random.pick(&wanted).clone());
            }
            if made.random.chance(40) {
                assertion.insert("message".into(), (*made.random.pick(&messages)).into());
            }
            assertion.into()
        })
        .collect();
    json!({
        "name": format!("n{at}"), "object": format!("n{at}.yaml"), "inventory": inventory,
        "assertions": assertions, "skip": made.random.chance(5),
    })
}
