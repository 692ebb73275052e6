//! The samples: complete, in the order that the first start shows, and judged, each policy with each Pod.

#![allow(clippy::unwrap_used)] // A test that cannot read its fixtures has failed.

mod source;

use regoscope::core::file::Role;
use regoscope::samples;

#[test]
fn every_sample_file_is_in_the_program() {
    let mut on_disk: Vec<String> =
        source::project_files().into_iter().filter(|path| path.starts_with("sample-")).collect();
    let mut inside: Vec<&str> = samples::ALL.iter().map(|sample| sample.path).collect();
    on_disk.sort();
    inside.sort_unstable();
    assert_eq!(on_disk, inside);
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
            Role::Data => assert!(sample.path.starts_with("sample-policies/data/"), "{}", sample.path),
        }
        assert!(sample.text.ends_with('\n') && !sample.text.contains('\r'), "{}", sample.path);
    }
}
