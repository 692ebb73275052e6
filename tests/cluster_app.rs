//! Asking clusters, as messages in and effects out: whom the program asks, about what, and what it must not do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

mod recordings;
mod session;

#[path = "session/cluster.rs"]
mod cluster;

use cluster::Recorded;
use regoscope::app::cluster::{ClusterNews, ClusterRequest, Failure, KubeconfigError, Plugin, PluginError};
use regoscope::app::effect::Timer;
use regoscope::app::msg::Msg;
use regoscope::app::overlays::Overlay;
use regoscope::app::panes::PaneId;
use regoscope::app::settings::Settings;
use regoscope::core::diagnostics::Origin;
use session::Session;

fn session() -> Session {
    cluster::session(140, 40, Settings::default())
}

/// F9 on a context that is known.
fn asked() -> Session {
    let mut session = session();
    session.keys("f9");
    cluster::contexts(&mut session, &["kind-dev", "prod-eu", "staging"]);
    session
}

fn asks(session: &Session) -> Vec<&regoscope::app::cluster::ClusterAsk> {
    let asks = session.cluster.iter().filter_map(|request| match request {
        ClusterRequest::Ask(ask) => Some(ask),
        _ => None,
    });
    asks.collect()
}

fn marks(session: &Session) -> usize {
    let files = session.app.files.iter().flat_map(|file| file.diagnostics.all());
    files.filter(|mark| mark.origin == Origin::Server).count()
}

#[test]
fn nothing_is_wanted_of_a_cluster_before_the_user_wants_it() {
    let mut session = session();
    session.types("x").keys("ctrl-z f5 esc alt-3 j");
    assert_eq!(session.cluster, []);
    assert!(!session.app.cluster.contacted && !session.app.cluster.open);
}

#[test]
fn one_key_asks_the_current_context_about_the_document_at_the_caret() {
    let session = asked();
    let asks = asks(&session);
    assert_eq!(asks.len(), 1);
    assert_eq!(asks[0].contexts, ["kind-dev"]);
    assert_eq!(asks[0].manager, "kubectl");
    let indices: Vec<usize> = asks[0].documents.iter().map(|document| document.index).collect();
    assert_eq!(indices, [0]);
    assert_eq!(session.app.focus, PaneId::Cluster);

    let mut session = self::session();
    // The last document, of the decision that is looked at.
    session.keys("alt-3 K f9");
    cluster::contexts(&mut session, &["kind-dev"]);
    assert_eq!(self::asks(&session)[0].documents[0].index, 2);
}

#[test]
fn every_document_is_one_row_and_so_is_the_pod_of_a_workload() {
    let mut session = session();
    session.keys("esc space c a");
    cluster::contexts(&mut session, &["kind-dev"]);
    let rows: Vec<(usize, bool)> =
        session.app.cluster.rows.iter().map(|row| (row.target.index, row.target.derived)).collect();
    assert_eq!(rows, [(0, false), (1, false), (1, true), (2, false)]);
    assert_eq!(asks(&session)[0].documents.len(), 3, "the Pod is derived where it is sent");
}

#[test]
fn another_current_context_does_not_change_whom_the_user_asks() {
    let mut session = asked();
    session.keys("f9");
    assert_eq!(session.cluster.iter().filter(|request| **request == ClusterRequest::List).count(), 1);
    // Even if a list came.
    cluster::uncertain(&mut session, "staging");
    session.keys("f9");
    assert_ne!(asks(&session).last().unwrap().contexts, ["prod-eu"]);
    let mut session = asked();
    cluster::contexts(&mut session, &["staging", "kind-dev"]);
    session.keys("f9");
    assert_eq!(asks(&session).last().unwrap().contexts, ["kind-dev"]);
}

#[test]
fn without_a_current_context_the_user_chooses() {
    let mut session = session();
    session.keys("f9");
    cluster::contexts(&mut session, &["a", "b"]);
    assert!(matches!(session.app.overlays.last(), Some(Overlay::Contexts(_))));
    assert!(asks(&session).is_empty());
    session.keys("down enter");
    assert_eq!(asks(&session)[0].contexts, ["b"]);
}

#[test]
fn a_production_like_context_is_asked_once_its_name_was_typed() {
    let mut session = session();
    session.keys("f9");
    cluster::contexts(&mut session, &["prod-eu"]);
    session.keys("enter");
    assert!(matches!(session.app.overlays.last(), Some(Overlay::TypeName(_))));
    session.types("prod-us\n");
    assert!(asks(&session).is_empty());
    session.keys("esc f9 enter").types("prod-eu\n");
    session.keys("esc");
    assert!(session.app.overlays.is_empty());
    let before = asks(&session).len();
    session.keys("f9");
    if let Some(Overlay::TypeName(_)) = session.app.overlays.last() {
        session.types("prod-eu\n");
    }
    assert!(asks(&session).len() > before, "a name is typed once");
    session.keys("f9");
    assert!(session.app.overlays.is_empty());
}

#[test]
fn esc_stops_what_runs_and_then_closes_the_pane() {
    let mut session = asked();
    session.keys("esc");
    assert_eq!(session.cluster.last(), Some(&ClusterRequest::Cancel(1)));
    assert!(session.app.cluster.open);
    cluster::answer_late(&mut session, 1);
    assert!(session.app.cluster.shown().is_none(), "what comes after the stop is dropped");
    session.keys("esc");
    assert!(!session.app.cluster.open);
    assert_eq!(session.app.focus, PaneId::Manifest);
}

#[test]
fn a_new_question_cancels_the_one_before() {
    let mut session = asked();
    session.keys("f9");
    let tail: Vec<_> = session.cluster.iter().rev().take(2).collect();
    assert!(matches!(tail[..], [ClusterRequest::Ask(_), ClusterRequest::Cancel(1)]), "{tail:?}");
}

#[test]
fn asking_is_worth_a_word_after_a_moment_only() {
    let mut session = asked();
    assert!(!session.app.cluster.waiting);
    session.send(Msg::Timer(Timer::Asking(1)));
    assert!(session.app.cluster.waiting);
    session.keys("r");
    session.send(Msg::Timer(Timer::Asking(1)));
    assert!(!session.app.cluster.waiting, "the timer of an older question says nothing of this one");
}

#[test]
fn the_servers_marks_stand_until_the_text_is_edited() {
    let mut session = asked();
    cluster::answer(&mut session, &Recorded::new("kind-dev", 0, "001-"));
    cluster::done(&mut session);
    assert!(marks(&session) > 3);
    session.keys("f5");
    assert!(marks(&session) > 3, "a new local decision leaves them");
    session.keys("alt-2").types("x");
    assert_eq!(marks(&session), 0);
    assert!(session.app.cluster.rows[0].stale);
    session.keys("ctrl-z");
    assert_eq!(marks(&session), 0, "only a new answer brings them back");
}

#[test]
fn a_save_is_asked_about_only_if_the_user_wanted_that() {
    use regoscope::app::effect::Stamp;
    use regoscope::core::file::Revision;
    let mut session = asked();
    cluster::answer(&mut session, &Recorded::new("kind-dev", 0, "001-"));
    cluster::done(&mut session);
    let save = |session: &mut Session| {
        let file = session.app.manifest_file.unwrap();
        let path = "shop.yaml".into();
        let result = Ok(Stamp { hash: [0; 32], len: 0 });
        session.send(Msg::Saved { file, path, revision: Revision(0), result, notice: None });
        session.send(Msg::Timer(Timer::AskSaved(file)));
    };
    let before = asks(&session).len();
    save(&mut session);
    assert_eq!(asks(&session).len(), before);
    session.keys("space c s");
    save(&mut session);
    assert_eq!(asks(&session).len(), before + 1);
    assert_eq!(asks(&session).last().unwrap().documents.len(), 3);
    session.keys("space c s");
    save(&mut session);
    assert_eq!(asks(&session).len(), before + 1);
}

#[test]
fn a_program_waits_for_the_users_word_and_one_context_is_asked_again() {
    let plugin = Box::new(Plugin {
        context: "kind-dev".into(),
        server: "https://k".into(),
        user: "dev".into(),
        file: "/k".into(),
        argv: vec!["aws".into()],
        variables: Vec::new(),
        key: "1".into(),
    });
    let mut session = asked();
    let why = Failure::Plugin(PluginError::NeedsConsent(plugin.clone()));
    cluster::fails(&mut session, "kind-dev", why);
    assert!(matches!(session.app.overlays.last(), Some(Overlay::Consent { terminal: false, .. })));
    let before = session.cluster.len();
    session.keys("enter n esc");
    assert_eq!(session.cluster.len(), before, "only y is a yes");
    session.keys("r");
    let why = Failure::Plugin(PluginError::NeedsConsent(plugin.clone()));
    cluster::fails(&mut session, "kind-dev", why);
    session.keys("y");
    let tail: Vec<_> = session.cluster.iter().rev().take(2).collect();
    assert!(matches!(tail[1], ClusterRequest::Agree(agreed) if *agreed == plugin), "{tail:?}");
    assert!(matches!(tail[0], ClusterRequest::Ask(ask) if ask.contexts == ["kind-dev"]), "{tail:?}");
}

#[test]
fn a_kubeconfig_that_is_missing_is_looked_for_again() {
    let mut session = session();
    session.keys("f9");
    session.send(Msg::Cluster(ClusterNews::Contexts(Err(KubeconfigError::Nothing))));
    session.keys("f9");
    assert_eq!(session.cluster, [ClusterRequest::List, ClusterRequest::List]);
}

#[test]
fn the_field_manager_is_chosen_and_asked_with() {
    let mut session = asked();
    cluster::answer(&mut session, &Recorded::new("kind-dev", 0, "001-"));
    session.keys("f").types("argocd-controller\n");
    assert_eq!(asks(&session).last().unwrap().manager, "argocd-controller");
    session.keys("f ctrl-u enter");
    assert!(matches!(session.app.overlays.last(), Some(Overlay::Manager { .. })), "it needs a name");
}

#[test]
fn what_is_copied_asks_the_same() {
    let mut session = asked();
    cluster::answer(&mut session, &Recorded::new("kind-dev", 0, "001-"));
    session.keys("y");
    assert_eq!(
        session.app.clipboard,
        "kubectl apply --server-side --dry-run=server --field-manager=kubectl --force-conflicts --context kind-dev \
         -n restricted -f shop.yaml"
    );
}
