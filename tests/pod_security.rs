//! The sample policies for the Pod Security Standards: Kubernetes' own fixtures, and what is written about them.

#![allow(clippy::unwrap_used)] // A test that cannot read its fixtures has failed.

mod source;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use regoscope::core::decision::Verdict;
use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::policy::judge::Judge;
use regoscope::core::policy::options::{JudgeOptions, SourceFile};
use regoscope::samples;
use serde_json::Value;

const FOLDER: &str = "sample-policies/pod-security";

/// The policies of a level: those of its folder, and of the levels below it.
fn policies(level: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let restricted = level == "restricted";
    samples::files().filter(move |(path, _)| {
        path.ends_with(".rego")
            && !path.ends_with("_test.rego")
            && (path.starts_with(&format!("{FOLDER}/baseline/"))
                || (restricted && path.starts_with(&format!("{FOLDER}/restricted/"))))
    })
}

/// Judges objects by a level and a version.
fn verdicts(level: &str, version: &str, objects: &[&Value]) -> Vec<(Verdict, Vec<String>)> {
    let mut judge = Judge::new();
    let mut text = String::new();
    for object in objects {
        writeln!(text, "---\n{object}").unwrap();
    }
    let data = serde_json::json!({"pod_security": {"version": version}}).to_string();
    let files = policies(level)
        .map(|(path, text)| (path, Role::Policy, text.to_owned()))
        .chain([("version", Role::Data, data), ("objects.yaml", Role::Manifest, text)]);
    for (number, (name, role, text)) in files.enumerate() {
        let file = FileId(u32::try_from(number).unwrap());
        judge.put(SourceFile { file, name: name.to_owned(), role, revision: Revision(0), text });
    }
    let evaluation = judge.judge(1, &JudgeOptions::default(), &mut |_| {});
    let verdict = |document: &regoscope::core::decision::JudgedDocument| {
        let cells = document.cells.iter();
        (document.verdict, cells.flat_map(|cell| &cell.findings).map(|finding| finding.msg.clone()).collect())
    };
    evaluation.documents.iter().map(verdict).collect()
}

/// All 4,241 fixtures: each is judged by the level and version that it is for.
#[test]
fn the_fixtures_of_kubernetes_are_judged_as_they_say() {
    let data: Value =
        serde_json::from_str(&std::fs::read_to_string("tests/data/pod-security.json").unwrap()).unwrap();
    let mut cases: BTreeMap<(&str, u64), Vec<(&str, &Value)>> = BTreeMap::new();
    for fixture in data["fixtures"].as_array().unwrap() {
        for expect in fixture["expect"].as_array().unwrap() {
            for range in expect["minor"].as_array().unwrap() {
                for minor in range[0].as_u64().unwrap()..=range[1].as_u64().unwrap() {
                    let case = (expect["fixture"].as_str().unwrap(), &fixture["object"]);
                    cases.entry((expect["level"].as_str().unwrap(), minor)).or_default().push(case);
                }
            }
        }
    }
    let (mut count, mut wrong) = (0, Vec::new());
    for ((level, minor), cases) in &cases {
        let objects: Vec<&Value> = cases.iter().map(|(_, object)| *object).collect();
        let judged = verdicts(level, &format!("v1.{minor}"), &objects);
        assert_eq!(judged.len(), objects.len());
        for ((fixture, object), (verdict, messages)) in cases.iter().zip(judged) {
            count += 1;
            let expected = if *fixture == "pass" { Verdict::Allow } else { Verdict::Deny };
            if verdict != expected {
                wrong.push(format!("{level} 1.{minor} {fixture}: {verdict:?} {messages:?} {object}"));
            }
        }
    }
    assert_eq!(count, 4241);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Where nothing is said, the newest version is meant; what is no version is the newest too, as for the API server.
#[test]
fn without_a_version_the_newest_counts() {
    let pod = serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {
        "securityContext": {"sysctls": [{"name": "net.ipv4.tcp_notsent_lowat", "value": "1"}]},
        "containers": [{"name": "a", "image": "web"}]}});
    for (version, expected) in
        [("v1.36", Verdict::Deny), ("v1.37", Verdict::Allow), ("latest", Verdict::Allow)]
    {
        assert_eq!(verdicts("baseline", version, &[&pod])[0].0, expected, "{version}");
    }
}

/// The page about the standards names every policy, and no other.
#[test]
fn the_page_has_every_control() {
    let page = std::fs::read_to_string("docs/pod-security.md").unwrap();
    let (controls, rest) = page.split_once("## From PodSecurityPolicy").unwrap();
    let rows = |text: &str| text.lines().filter(|line| line.starts_with("| ")).count();
    assert_eq!(rows(controls) - 1, policies("restricted").count());
    assert_eq!(policies("restricted").count(), 19);
    assert_eq!(rows(rest) - 2, 24 + 4, "fields of PodSecurityPolicy and annotations");
    for (path, text) in policies("restricted") {
        let control = text.lines().find_map(|line| line.strip_prefix("#   control: ")).unwrap();
        let since = text.lines().find_map(|line| line.strip_prefix("#   since: ")).unwrap().trim_matches('"');
        let row = controls.lines().find(|line| line.contains(&format!("`{control}`"))).unwrap();
        assert!(row.contains(path) && row.ends_with(&format!("| {since} |")), "{row}");
    }
    for link in page.split("](../").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(samples::files().any(|(path, _)| path == link), "{link}");
    }
}
