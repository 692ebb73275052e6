//! The list of policies: their kinds, what they found, and switching them off.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // A test may fail that way.

mod session;

use regoscope::app::settings::{Completion, Glyphs, Settings, Theme};
use regoscope::core::decision::{Reason, Verdict};
use regoscope::core::file::Role;
use regoscope::core::rego::target::Target;
use regoscope::samples;
use regoscope::strings::Lang;
use regoscope::ui::plain::to_text;
use session::Session;

fn settings(lang: Lang) -> Settings {
    Settings {
        lang,
        theme: Theme::Ansi,
        glyphs: Glyphs::Unicode,
        completion: Completion::Auto,
        target: Target::OPA,
    }
}

/// A policy of each kind, and `verybad`.
fn workspace(width: u16, height: u16, lang: Lang) -> Session {
    let sample = |path: &str| samples::files().find(|(known, _)| *known == path).unwrap().1;
    let admission =
        "package kubernetes.admission\n\ndeny contains \"no hostPID\" if input.request.object.spec.hostPID\n";
    let library = "package lib.pods\n\nis_pod(object) if object.kind == \"Pod\"\n";
    let files = [
        ("host_access.rego", Role::Policy, sample("sample-policies/host_access.rego")),
        ("admission.rego", Role::Policy, admission),
        ("conftest.rego", Role::Policy, sample("sample-policies/conftest/policy/host_access.rego")),
        ("exceptions.rego", Role::Policy, sample("sample-policies/conftest/policy/exceptions.rego")),
        ("lib.rego", Role::Policy, library),
        ("template.yaml", Role::Policy, sample("sample-policies/gatekeeper/template.yaml")),
        ("constraint.yaml", Role::Policy, sample("sample-policies/gatekeeper/constraint.yaml")),
        ("verybad.yaml", Role::Manifest, sample("sample-pods/verybad.yaml")),
    ];
    Session::files(width, height, settings(lang), &files)
}

fn screen(session: &Session) -> String {
    to_text(&session.screen().0)
}

fn verdict(session: &Session) -> Verdict {
    session.app.decision.shown.as_ref().unwrap().verdict()
}

#[test]
fn policies_are_listed_by_kind_with_their_findings() {
    for (width, height, lang) in [(80, 24, Lang::En), (140, 40, Lang::En), (140, 40, Lang::Ja)] {
        let mut session = workspace(width, height, lang);
        session.keys("esc space d l");
        let name = format!("policies-{width}x{height}-{}", if lang == Lang::Ja { "ja" } else { "en" });
        insta::assert_snapshot!(name, screen(&session));
    }
}

/// Each one is switched off; then nothing is judged, and the decision says why. One of them on again denies again.
#[test]
fn one_key_switches_a_policy_off_and_on() {
    let mut session = workspace(140, 40, Lang::En);
    assert_eq!(verdict(&session), Verdict::Deny);
    session.keys("esc space d l tab");
    assert!(session.app.asked.off.contains("HostAccess/no-host-access"), "{:?}", session.app.asked.off);
    let cells = |session: &Session| -> Vec<usize> {
        let shown = session.app.decision.shown.as_ref().unwrap();
        shown.documents[0].cells.iter().map(|cell| cell.findings.len()).collect()
    };
    assert_eq!(cells(&session).iter().filter(|count| **count == 0).count(), 1, "{:?}", cells(&session));
    session.keys("down down tab down space down tab");
    let shown = session.app.decision.shown.as_ref().unwrap();
    assert_eq!((shown.verdict(), &shown.documents[0].reason), (Verdict::NotJudged, &Some(Reason::AllOff)));
    session.keys("tab");
    assert_eq!(verdict(&session), Verdict::Deny);
    session.keys("enter");
    assert!(session.app.overlays.is_empty());
}

/// What only others use is not asked, so it cannot be switched off.
#[test]
fn a_library_has_no_switch() {
    let mut session = workspace(80, 24, Lang::En);
    session.keys("esc space d l").types("lib").keys("tab");
    assert!(session.app.asked.off.is_empty());
    session.keys("enter");
    assert_eq!(session.app.focused_file().unwrap().name, "lib.rego");
}
