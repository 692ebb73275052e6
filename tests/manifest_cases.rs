//! The reader against what Kubernetes itself read: `data/kubernetes-yaml.json` was recorded by running
//! sigs.k8s.io/yaml and kubectl's document splitter over each text. `data/go-yaml-changed.json` was recorded in the same
//! way (sigs.k8s.io/yaml 1.6.0 on go.yaml.in/yaml/v2 2.4.2) over such texts and small manifests with random changes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // What is not there fails the test.

use regoscope::core::manifest::{self, Document, FaultKind};
use serde_json::Value;

#[derive(serde::Deserialize)]
struct Case {
    #[serde(default)]
    id: String,
    yaml: String,
    /// The documents as JSON; `null` if the text was refused or empty.
    docs: Option<Vec<String>>,
    err: String,
}

/// Numbers are compared as Kubernetes would after reading the JSON: by value.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || a.as_f64() == b.as_f64() && a.is_f64() == b.is_f64()
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
        }
        _ => ours == theirs,
    }
}

fn refused(document: &Document) -> bool {
    document.faults.iter().any(|fault| fault.kind != FaultKind::NotAnObject)
}

/// `None` if we read it as Kubernetes did, else what differs.
fn difference(case: &Case) -> Option<String> {
    let ours = manifest::read(&case.yaml);
    if !case.err.is_empty() {
        let refused = ours.documents.iter().any(refused);
        return (!refused).then(|| format!("read as {:?}, should be: {}", values(&ours), case.err));
    }
    if let Some(document) = ours.documents.iter().find(|document| refused(document)) {
        return Some(format!("refused: {:?}", document.faults));
    }
    let theirs = case.docs.clone().unwrap_or_default();
    if let Some(size) = theirs.first().and_then(|doc| doc.strip_prefix('<')) {
        // Too large to be kept in the file: "<100046020 bytes>".
        let ours = serde_json::to_string(&values(&ours)[0]).unwrap().len();
        return (size != format!("{ours} bytes>")).then(|| format!("{ours} bytes, should be {size}"));
    }
    let theirs: Vec<Value> = theirs.iter().map(|doc| serde_json::from_str(doc).unwrap()).collect();
    let theirs: Vec<&Value> = theirs.iter().filter(|doc| !doc.is_null()).collect();
    let ours = values(&ours);
    let equal = ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| same(a, b));
    (!equal).then(|| format!("{ours:?}, should be {theirs:?}"))
}

fn values(manifest: &manifest::Manifest) -> Vec<&Value> {
    manifest.documents.iter().filter_map(|document| document.value.as_ref()).collect()
}

fn assert_all_read_the_same(recorded: &str, at_least: usize) {
    let cases: Vec<Case> = serde_json::from_str(recorded).unwrap();
    assert!(cases.len() >= at_least);
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            difference(case).map(|what| format!("{} {:.300?}: {what:.300}", case.id, case.yaml))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_recorded_case_reads_as_kubernetes_reads_it() {
    assert_all_read_the_same(include_str!("data/kubernetes-yaml.json"), 136);
}

#[test]
fn changed_manifests_read_as_go_yaml_reads_them() {
    assert_all_read_the_same(include_str!("data/go-yaml-changed.json"), 1000);
}

/// What the program prints of one case, a line for each document: its objects, and whether it refuses something that
/// Kubernetes refuses too.
fn differs_as_printed(case: &Case, printed: &[&str]) -> Option<String> {
    // Serde does not read the deepest ones, but they are printed as they were recorded.
    let object = |line: &str| {
        let start = line.find("\"object\":").unwrap() + "\"object\":".len();
        line[start..line.rfind(",\"derived\":").unwrap()].to_owned()
    };
    let ours: Vec<String> = printed.iter().map(|line| object(line)).collect();
    // That a value is no object is said beside the value, which is read all the same.
    let refused = ours.iter().any(|object| object == "null");
    if !case.err.is_empty() || refused {
        return (case.err.is_empty() == refused).then(|| format!("{printed:?}, should be: {}", case.err));
    }
    let theirs: Vec<&String> = case.docs.iter().flatten().filter(|doc| *doc != "null").collect();
    let equal = |ours: &str, theirs: &str| match theirs.strip_prefix('<') {
        Some(size) => size == format!("{} bytes>", ours.len()),
        None => same(&serde_json::from_str(ours).unwrap(), &serde_json::from_str(theirs).unwrap()),
    };
    let all =
        ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(ours, theirs)| equal(ours, theirs));
    (!all).then(|| format!("{printed:?}, should be {theirs:?}"))
}

#[test]
fn the_program_prints_every_recorded_case_as_kubernetes_reads_it() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("data/kubernetes-yaml.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..cases.len()).map(|number| format!("{number:03}.yaml")).collect();
    for (case, name) in cases.iter().zip(&names) {
        std::fs::write(folder.path().join(name), &case.yaml).unwrap();
    }
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_regoscope"));
    let output =
        command.current_dir(folder.path()).args(["inspect", "-o", "json"]).args(&names).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "some of the cases are refused");
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = printed.lines().collect();
    let wrong: Vec<String> = cases
        .iter()
        .zip(&names)
        .filter_map(|(case, name)| {
            let start = format!("{{\"file\":\"{name}\",");
            let of_case: Vec<&str> = lines.iter().copied().filter(|line| line.starts_with(&start)).collect();
            differs_as_printed(case, &of_case)
                .map(|what| format!("{} {:.300?}: {what:.300}", case.id, case.yaml))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
