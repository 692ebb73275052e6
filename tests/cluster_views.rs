//! The cluster pane and its windows, as a person sees them, with answers of recorded servers.
//!
//! To look at a change: `cargo insta review`, or read the `.snap` files in `tests/snapshots/`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

mod recordings;
mod session;

#[path = "session/cluster.rs"]
mod cluster;

use cluster::Recorded;
use regoscope::app::msg::Msg;
use regoscope::app::settings::{Completion, Glyphs, Settings, Theme};
use regoscope::core::dry_run::Unjudged;
use regoscope::strings::Lang;
use regoscope::ui::plain::{to_styles, to_text};
use session::Session;

const EN: Settings = Settings {
    lang: Lang::En,
    theme: Theme::Ansi,
    glyphs: Glyphs::Unicode,
    completion: Completion::Auto,
    target: regoscope::core::rego::target::Target::OPA,
};
const JA: Settings = Settings { lang: Lang::Ja, ..EN };

/// Both sizes in both languages.
const SCREENS: [(&str, u16, u16, Settings); 4] = [
    ("140x40-en", 140, 40, EN),
    ("80x24-en", 80, 24, EN),
    ("140x40-ja", 140, 40, JA),
    ("80x24-ja", 80, 24, JA),
];

/// Compares the screen and its styles with the snapshot of that name.
#[track_caller]
fn shows(name: &str, session: &Session) {
    let (buffer, _) = session.screen();
    let screen = format!("{}---\n{}", to_text(&buffer), to_styles(&buffer));
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("cluster-{name}"), screen);
    });
}

/// One context, asked about the document at the caret.
fn asked_one(width: u16, height: u16, settings: Settings) -> Session {
    let mut session = cluster::session(width, height, settings);
    session.keys("f9");
    cluster::contexts(&mut session, &["kind-dev", "staging"]);
    session
}

/// One context, asked about everything, which answers as recorded; the row that is looked at.
fn answered(width: u16, height: u16, settings: Settings, answers: &[Recorded], row: usize) -> Session {
    let mut session = cluster::session(width, height, settings);
    session.keys("esc space c a");
    cluster::contexts(&mut session, &["kind-dev"]);
    for recorded in answers {
        cluster::answer(&mut session, recorded);
    }
    // The others are created.
    for (index, derived) in [(0, false), (1, false), (1, true), (2, false)] {
        if !answers.iter().any(|recorded| (recorded.index, recorded.derived) == (index, derived)) {
            cluster::answer(
                &mut session,
                &Recorded { derived, ..Recorded::new("kind-dev", index, "created") },
            );
        }
    }
    cluster::done(&mut session);
    for _ in 0..row {
        session.keys("j");
    }
    session
}

#[test]
fn nothing_was_asked_and_there_is_no_kubeconfig() {
    use regoscope::app::cluster::{ClusterNews, KubeconfigError};
    for (name, width, height, settings) in SCREENS {
        let mut session = cluster::session(width, height, settings);
        session.keys("f9");
        session.send(Msg::Cluster(ClusterNews::Contexts(Err(KubeconfigError::Nothing))));
        shows(&format!("no-kubeconfig-{name}"), &session);
    }
}

#[test]
fn a_grid_that_fills() {
    for (name, width, height, settings) in SCREENS {
        let mut session = cluster::session(width, height, settings);
        cluster::ask_four(&mut session);
        cluster::answer_most(&mut session);
        shows(&format!("grid-{name}"), &session);
    }
}

#[test]
fn every_window_can_be_drawn_at_every_size() {
    for (width, height) in [(40, 10), (41, 13), (60, 16), (99, 24), (100, 29), (129, 50), (220, 70)] {
        let mut session = cluster::session(width, height, JA);
        cluster::ask_four(&mut session);
        cluster::answer_most(&mut session);
        for keys in [
            "l l l",
            "j j j",
            "h h h",
            "k k",
            "d",
            "tab",
            "esc enter",
            "esc c",
            "esc f",
            "esc f2",
            "space c m",
        ] {
            session.keys(keys);
            assert!(to_text(&session.screen().0).contains("クラスター"), "{width}x{height} {keys}");
        }
    }
}

#[test]
fn a_denial_and_its_lines() {
    for (name, width, height, settings) in SCREENS {
        let mut session = asked_one(width, height, settings);
        cluster::answer(&mut session, &Recorded::new("kind-dev", 0, "001-"));
        cluster::done(&mut session);
        shows(&format!("denied-{name}"), &session);
        session.keys("enter");
        shows(&format!("details-{name}"), &session);
    }
}

#[test]
fn denied_by_a_webhook() {
    for (name, width, height, settings) in SCREENS {
        let mut session = asked_one(width, height, settings);
        cluster::answer(&mut session, &Recorded::new("kind-dev", 0, "107-"));
        cluster::done(&mut session);
        shows(&format!("webhook-{name}"), &session);
    }
}

#[test]
fn what_is_not_judged_says_why() {
    for (name, width, height, settings) in SCREENS {
        let mut session = asked_one(width, height, settings);
        cluster::answer(&mut session, &Recorded::new("kind-dev", 0, "112-"));
        cluster::done(&mut session);
        shows(&format!("not-judged-{name}"), &session);
    }
}

#[test]
fn who_may_not_ask_sees_the_role_that_is_missing() {
    for (name, width, height, settings) in SCREENS {
        let mut session = answered(width, height, settings, &[Recorded::new("kind-dev", 2, "066-")], 3);
        shows(&format!("forbidden-{name}"), &session);
        session.keys("c");
        shows(&format!("log-{name}"), &session);
    }
}

#[test]
fn conflicts_and_the_comparison() {
    for (name, width, height, settings) in SCREENS {
        let web =
            Recorded { live: Some("039-"), unforced: Some("040-"), ..Recorded::new("kind-dev", 1, "041-") };
        let mut session = answered(width, height, settings, &[web], 1);
        shows(&format!("conflict-{name}"), &session);
        session.keys("d");
        shows(&format!("diff-live-{name}"), &session);
        session.keys("tab");
        shows(&format!("diff-yours-{name}"), &session);
    }
}

#[test]
fn a_disagreement_is_one_line_and_its_reasons_a_key_away() {
    for (name, width, height, settings) in SCREENS {
        let mut session = asked_one(width, height, settings);
        cluster::answer(&mut session, &Recorded::new("kind-dev", 0, "003-"));
        cluster::done(&mut session);
        shows(&format!("disagreement-{name}"), &session);
        session.keys("w");
        shows(&format!("why-{name}"), &session);
    }
}

#[test]
fn contexts_are_chosen_and_dangerous_ones_typed() {
    for (name, width, height, settings) in SCREENS {
        let mut session = cluster::session(width, height, settings);
        session.keys("esc space c m");
        cluster::contexts(&mut session, &["kind-dev", "prod-eu", "prod-jp", "staging"]);
        session.keys("down tab");
        shows(&format!("contexts-{name}"), &session);
        session.keys("enter").types("prod\n");
        shows(&format!("production-{name}"), &session);
    }
}

#[test]
fn a_program_that_wants_to_run() {
    use regoscope::app::cluster::{Failure, Plugin, PluginError};
    for (name, width, height, settings) in SCREENS {
        let mut session = asked_one(width, height, settings);
        let plugin = Plugin {
            context: "kind-dev".into(),
            server: "https://kind-dev.example.com:6443".into(),
            user: "dev".into(),
            file: "/home/dev/.kube/config".into(),
            argv: ["aws", "eks", "get-token", "--cluster-name", "kind dev"].map(String::from).to_vec(),
            variables: vec!["AWS_PROFILE".into()],
            key: "1".into(),
        };
        let why = Failure::Plugin(PluginError::NeedsConsent(Box::new(plugin)));
        cluster::fails(&mut session, "kind-dev", why);
        shows(&format!("consent-{name}"), &session);
    }
}

#[test]
fn what_makes_a_context_uncertain_is_seen() {
    let mut session = cluster::session(140, 40, EN);
    session.keys("f9");
    cluster::uncertain(&mut session, "old-lab");
    cluster::answer(&mut session, &Recorded::new("old-lab", 0, "004-"));
    cluster::done(&mut session);
    shows("uncertain-140x40-en", &session);
    session.keys("f");
    shows("manager-140x40-en", &session);
}

#[test]
fn one_bad_context_is_one_column_and_what_was_stopped_says_so() {
    use regoscope::app::cluster::Failure;
    let mut session = cluster::session(140, 40, EN);
    cluster::ask_four(&mut session);
    let why = Unjudged::Unreachable { detail: "connection refused".into() };
    cluster::fails(&mut session, "prod-eu", Failure::Server(why));
    cluster::answer(&mut session, &Recorded::new("kind-dev", 0, "001-"));
    cluster::silence(&mut session, "kind-dev", 2, Unjudged::Timeout);
    session.keys("esc l");
    shows("bad-context-140x40-en", &session);
}
