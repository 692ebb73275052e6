//! The samples: complete, in the order that the first start shows, and judged, each policy with each Pod.

#![allow(clippy::unwrap_used)] // A test that cannot read its fixtures has failed.

mod source;

use std::fmt::Write as _;
use std::path::Path;

use regoscope::core::decision::{Demand, Evaluation, Verdict};
use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::policy::judge::Judge;
use regoscope::core::policy::options::{JudgeOptions, SourceFile};
use regoscope::samples::{self, Sample};
use regoscope::work::load::role_of;

#[test]
fn every_sample_file_is_in_the_program() {
    let mut on_disk: Vec<String> =
        source::project_files().into_iter().filter(|path| path.starts_with("sample-")).collect();
    let mut inside: Vec<&str> = samples::files().map(|(path, _)| path).collect();
    on_disk.sort();
    inside.sort_unstable();
    assert_eq!(on_disk, inside);
}

/// A sample that `init` wrote and that is opened again is for what it was.
#[test]
fn the_names_of_the_samples_say_what_they_are_for() {
    for sample in samples::ALL {
        assert_eq!(role_of(Path::new(sample.path)), sample.role, "{}", sample.path);
    }
}

#[test]
fn one_policy_needs_the_data() {
    let data = samples::ALL.iter().find(|sample| sample.role == Role::Data).unwrap();
    let needing: Vec<&str> = samples::ALL.iter().filter(|s| s.needs(data)).map(Sample::name).collect();
    assert_eq!(needing, ["allowed_registries.rego"]);
}

#[test]
fn the_first_start_shows_host_access_and_verybad() {
    let first = |role| samples::ALL.iter().find(|sample| sample.role == role).unwrap();
    assert_eq!(first(Role::Policy).name(), "host_access.rego");
    // The README, the caption "change privileged on line 12" and many tests count on these lines.
    let verybad = first(Role::Manifest).text.lines().collect::<Vec<_>>();
    assert_eq!((verybad.len(), verybad[5], verybad[11]), (12, "  hostPID: true", "      privileged: true"));
}

#[test]
fn every_sample_says_its_idea_first() {
    for sample in samples::ALL.iter().filter(|sample| sample.name() != "verybad.yaml") {
        match sample.role {
            Role::Policy | Role::Manifest => assert!(sample.text.starts_with("# "), "{}", sample.path),
            Role::Data => assert!(sample.text.starts_with('{'), "{}", sample.path),
        }
        assert!(sample.text.ends_with('\n') && !sample.text.contains('\r'), "{}", sample.path);
    }
}

/// Judges files: their names, roles and texts.
fn judge<'a>(files: impl Iterator<Item = (&'a str, Role, &'a str)>) -> Evaluation {
    let mut judge = Judge::new();
    for (number, (name, role, text)) in files.enumerate() {
        judge.put(SourceFile {
            file: FileId(u32::try_from(number).unwrap()),
            name: name.to_owned(),
            role,
            revision: Revision(0),
            text: text.to_owned(),
        });
    }
    judge.judge(1, &JudgeOptions::default(), &mut |_| {})
}

/// The matrix of documents and policies, then every message. OPA 1.22.2 says the same for each of them.
#[test]
fn every_policy_judges_every_pod() {
    let evaluation = judge(samples::ALL.iter().map(|s| (s.name(), s.role, s.text)));
    let name = |file: FileId| samples::ALL[file.0 as usize].name();
    assert!(evaluation.diagnostics.iter().all(|(_, found)| found.is_empty()), "{:?}", evaluation.diagnostics);

    let mut table = String::new();
    for (column, policy) in evaluation.policies.iter().enumerate() {
        writeln!(table, "{:>1$} {2}", "", 46 + 3 * column, name(policy.file)).unwrap();
    }
    for document in &evaluation.documents {
        let who = format!("{}#{} {}", name(document.place.file), document.index, document.kind);
        write!(table, "{who:<36}{:<9}", format!("{:?}", document.verdict).to_uppercase()).unwrap();
        for cell in &document.cells {
            assert!(cell.reasons.is_empty() && cell.builtin_errors.is_empty(), "{who}: {:?}", cell.reasons);
            let sign = match cell.verdict {
                Verdict::Allow => "·".to_owned(),
                Verdict::Warn => format!("!{}", cell.findings.len()),
                Verdict::Deny => format!("✗{}", cell.findings.len()),
                Verdict::NotJudged => "?".to_owned(),
            };
            write!(table, " {sign:<2}").unwrap();
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    for document in &evaluation.documents {
        writeln!(table, "\n{}#{} {}", name(document.place.file), document.index, document.name).unwrap();
        for finding in document.cells.iter().flat_map(|cell| &cell.findings) {
            let sign = if finding.severity == Demand::Deny { '✗' } else { '!' };
            let policy = name(evaluation.policies[finding.policy].file);
            writeln!(table, "  {sign} {policy} {}: {}", finding.rule, finding.msg).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

/// What makes policies let something in by mistake: lists that are absent or `null`, values that are not said.
#[test]
fn the_policies_fall_for_no_trap() {
    let mut wrong = Vec::new();
    for (policy, spec, expected) in [
        (
            "privileged",
            "initContainers: null\n  containers: [{name: c, securityContext: {privileged: true}}]",
            1,
        ),
        ("privileged", "initContainers: [{name: c, securityContext: {privileged: true}}]", 1),
        ("privileged", "containers: [{name: c, securityContext: null}]", 0),
        ("privileged", "containers: [{name: c, securityContext: {privileged: yes}}]", 1),
        ("host_namespaces", "hostPID: true\n  hostIPC: true\n  hostNetwork: true", 3),
        ("host_namespaces", "hostPID: null", 0),
        ("capabilities", "containers: [{name: c, securityContext: {capabilities: {add: [NEW_POWER]}}}]", 1),
        (
            "capabilities",
            "containers: [{name: c, securityContext: {capabilities: {add: [KILL], drop: [ALL]}}}]",
            0,
        ),
        ("host_path", "volumes: [{name: v, hostPath: {path: /}}, {name: w, emptyDir: {}}]", 1),
        ("host_path", "volumes: [{name: v, hostPath: {}}]", 1),
        ("host_path", "volumes: [{name: v, hostPath: null, emptyDir: {}}]", 0),
        ("run_as_non_root", "containers: [{name: c}]", 1),
        ("run_as_non_root", "containers: [{name: c, securityContext: {runAsNonRoot: null}}]", 1),
        ("run_as_non_root", "securityContext: {runAsNonRoot: true}\n  containers: [{name: c}]", 0),
        (
            "run_as_non_root",
            "securityContext: {runAsNonRoot: true}\n  containers: [{name: c, securityContext: {runAsNonRoot: false}}]",
            1,
        ),
        ("run_as_non_root", "containers: [{name: c, securityContext: {runAsNonRoot: true}}]", 0),
        ("allowed_registries", "containers: [{name: c, image: registry.example.com.evil.test/x}]", 1),
        ("allowed_registries", "containers: [{name: c, image: registry.k8s.io/pause}]", 0),
        ("allowed_registries", "containers: [{name: c}]", 1),
    ] {
        let pod = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  {spec}\n");
        let policy = format!("sample-policies/{policy}.rego");
        let wanted = |sample: &&Sample| sample.path == policy || sample.role == Role::Data;
        let files = samples::ALL.iter().filter(wanted).map(|s| (s.path, s.role, s.text));
        let evaluation = judge(files.chain([("pod.yaml", Role::Manifest, pod.as_str())]));
        let (deny, warn) = evaluation.counts();
        let reasons: Vec<_> =
            evaluation.documents.iter().flat_map(|d| &d.cells).flat_map(|c| &c.reasons).collect();
        if deny + warn != expected || !reasons.is_empty() {
            wrong.push(format!("{policy}, {spec}: {} of {expected} findings, {reasons:?}", deny + warn));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A policy whose data was forgotten trusts nobody.
#[test]
fn without_its_data_no_registry_is_trusted() {
    let files =
        samples::ALL.iter().filter(|s| s.name() == "allowed_registries.rego" || s.name() == "good.yaml");
    let evaluation = judge(files.map(|s| (s.path, s.role, s.text)));
    assert_eq!(evaluation.counts(), (1, 0));
}
