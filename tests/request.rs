//! The request that is made of each document: edited in its pane, toggled by keys, shown beside the decision. The judge
//! runs in this process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

mod session;

use regoscope::app::input::{Mouse, MouseKind};
use regoscope::app::msg::{Msg, ReadWhy};
use regoscope::app::overlays::Overlay;
use regoscope::app::settings::Settings;
use regoscope::core::file::Role;
use regoscope::core::policy::options::{Asked, Exec, InputShape};
use regoscope::strings::Lang;
use regoscope::ui::plain::to_text;
use session::Session;

/// Says what it was asked.
const TELLER: &str = r#"package told

deny contains sprintf("%s by %s in %s", [r.operation, r.userInfo.username, r.namespace]) if {
    r := input.request
}
"#;
const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: a\n    image: a\n";

fn session() -> Session {
    sized(140, 40, Settings::default())
}

fn sized(width: u16, height: u16, settings: Settings) -> Session {
    let files = [("told.rego", Role::Policy, TELLER), ("pod.yaml", Role::Manifest, POD)];
    Session::files(width, height, settings, &files)
}

fn screen(session: &Session) -> String {
    to_text(&session.screen().0)
}

/// The messages of the decision.
fn told(session: &Session) -> Vec<String> {
    let shown = session.app.decision.shown.as_ref().expect("a decision");
    shown.findings().map(|finding| finding.msg.clone()).collect()
}

fn click(session: &mut Session, text: &str) {
    click_in(session, text, text);
}

/// A click on a text in the first line that has `mark`.
fn click_in(session: &mut Session, mark: &str, text: &str) {
    let drawn = screen(session);
    let (row, line) = drawn.lines().enumerate().find(|(_, line)| line.contains(mark)).expect(mark);
    let column = line.split(text).next().unwrap().chars().count() as u16;
    session.send(Msg::Mouse(Mouse {
        kind: MouseKind::Press { clicks: 1 },
        column,
        row: row as u16,
        shift: false,
    }));
}

#[test]
fn every_field_is_asked_at_once() {
    let mut session = session();
    assert_eq!(told(&session), ["CREATE by kubernetes-admin in default"]);
    // Operation, user, groups, namespace, labels, shape, reading.
    session.keys("f7 d down");
    assert_eq!(told(&session), ["DELETE by kubernetes-admin in default"], "the pane is still open");
    session.keys("enter").types("jane").keys("tab").types("dev, ops").keys("enter").types("shop");
    assert_eq!(told(&session), ["DELETE by jane in shop"]);
    session.keys("enter").types("team=a, env=").keys("down r down right esc");
    let asked = Asked {
        operation: "DELETE".into(),
        user: "jane".into(),
        groups: vec!["dev".into(), "ops".into()],
        namespace: "shop".into(),
        namespace_labels: [("team".into(), "a".into()), ("env".into(), String::new())].into(),
        shape: InputShape::Request,
        raw: true,
        ..Asked::default()
    };
    assert_eq!(session.app.asked, asked);
    assert!(session.app.overlays.is_empty());
    // The pane comes up with what is asked, and an edit begins at it.
    session.keys("f7 down down").types("t").keys("esc");
    assert_eq!(session.app.asked.user, "janet");
}

#[test]
fn choices_follow_arrows_letters_blanks_and_full_width_letters() {
    let mut session = session();
    session.keys("f7");
    for (keys, operation) in [
        ("right", "UPDATE"),
        ("left left", "CONNECT"),
        ("right", ""),
        ("u", "UPDATE"),
        ("c", "CONNECT"),
        ("c", ""),
        ("space", "UPDATE"),
        ("end", "CONNECT"),
        ("home", ""),
        ("ｄ", "DELETE"),
        ("z", "DELETE"),
    ] {
        session.keys(keys);
        assert_eq!(session.app.asked.operation, operation, "{keys}");
    }
}

#[test]
fn kubectl_exec_is_one_keystroke_in_every_state() {
    for before in ["", "esc", "alt-3", "f7"] {
        let mut session = session();
        if !before.is_empty() {
            session.keys(before);
        }
        session.keys("f4");
        assert_eq!(session.app.asked.operation, "CONNECT", "after {before:?}");
        assert!(screen(&session).contains("Pod default/web · CONNECT exec sh"), "{}", screen(&session));
        session.keys("f4");
        assert_eq!(session.app.asked, Asked::default(), "after {before:?}");
        assert!(screen(&session).contains("Pod default/web · CREATE"));
    }
}

#[test]
fn what_kubectl_exec_runs_is_edited_like_a_command_line() {
    let mut session = session();
    session.keys("f4 f7 down ctrl-u").types("ls -l 'a b'").keys("down").types("side").keys("down right");
    let exec = Exec {
        command: vec!["ls".into(), "-l".into(), "a b".into()],
        container: "side".into(),
        stdin: true,
        tty: false,
    };
    assert_eq!(session.app.asked.exec, exec);
    // Without CONNECT its fields are not there, and what they hold stays.
    session.keys("f4 esc f7 down").types("x");
    assert_eq!((&*session.app.asked.user, &session.app.asked.exec), ("x", &exec));
}

#[test]
fn what_is_not_valid_changes_nothing_and_says_why() {
    for (row, typed, why) in [
        ("down down down", "Shop", "`Shop` is not a name"),
        ("down down down", "a.b", "`a.b` is not a name"),
        ("down down down down", "team", "`team` has no ="),
        ("down down down down", "a=b, -x=1", "`-x` is not a key"),
        ("down down down down", "a=b c", "`b c` is not a value"),
    ] {
        let mut session = session();
        session.keys("f7").keys(row);
        session.send(Msg::Paste(typed.into()));
        assert_eq!(session.app.asked, Asked::default(), "{typed}");
        let drawn = screen(&session);
        assert!(drawn.contains(why), "{typed}\n{drawn}");
        // The mark stays when another row takes the keys; the text can be mended.
        session.keys("up");
        assert!(screen(&session).contains("✗ Namespace"), "{}", screen(&session));
        session.keys("down ctrl-u");
        assert!(!screen(&session).contains("✗ Namespace"));
    }
    let mut session = session();
    session.keys("f4 f7 down ctrl-u");
    assert_eq!(session.app.asked.exec, Exec::default());
    assert!(screen(&session).contains("type the command"));
    session.types("sh -c 'a");
    assert!(screen(&session).contains("a quote is not closed"));
}

#[test]
fn half_typed_labels_keep_the_last_valid_ones() {
    let mut session = session();
    session.keys("f7 down down down down").types("a=1");
    session.types(", team");
    assert_eq!(session.app.asked.namespace_labels, [("a".into(), "1".into())].into());
    session.types("＝b");
    assert_eq!(session.app.asked.namespace_labels.len(), 2, "an input method's sign is one");
}

#[test]
fn a_reset_forgets_every_field() {
    let mut session = session();
    session.keys("f7 down").types("jane").keys("ctrl-r");
    assert_eq!(session.app.asked, Asked::default());
    session.types("x").keys("esc");
    assert_eq!(session.app.asked.user, "x", "the row begins empty again");
    session.keys("esc space r d");
    assert_eq!(session.app.asked, Asked::default());
    session.keys("space r d");
    assert!(screen(&session).contains("the request is as at the start"));
}

#[test]
fn the_old_object_comes_from_another_manifest() {
    let mut session = session();
    let old = POD.replace("image: a", "image: old");
    session.read("old.yaml", Role::Manifest, old.as_bytes(), ReadWhy::Open { show: false });
    let id = |session: &Session, name: &str| session.app.files.iter().find(|f| f.name == name).unwrap().id;
    // By stepping through, by the list, and back.
    session.keys("f7 u down left");
    assert_eq!(session.app.asked.old, Some(id(&session, "old.yaml")));
    session.keys("space home enter");
    assert_eq!(session.app.asked.old, None);
    session.keys("space").types("old").keys("enter");
    assert_eq!(session.app.asked.old, Some(id(&session, "old.yaml")));
    assert!(matches!(session.app.overlays.last(), Some(Overlay::Request(_))), "the pane is back");
    // A path that is not open is read.
    session.keys("space").types("before.yaml").keys("enter");
    session.read("before.yaml", Role::Manifest, old.as_bytes(), ReadWhy::Open { show: false });
    assert_eq!(session.app.asked.old, Some(id(&session, "before.yaml")));
    assert!(screen(&session).contains("‹before.yaml›"), "{}", screen(&session));
    // With another operation there is no old object, and the file is judged as any other.
    let documents = |session: &Session| session.app.decision.shown.as_ref().unwrap().documents.len();
    assert_eq!(documents(&session), 2);
    session.keys("up home");
    assert_eq!(documents(&session), 3);
    session.keys("d");
    assert_eq!(documents(&session), 2);
    // A file that is closed holds nothing.
    session.keys("esc alt-2 ctrl-o").types("before").keys("enter esc space f c");
    assert_eq!(session.app.asked.old, None);
}

#[test]
fn the_pane_works_by_mouse() {
    let mut session = session();
    click(&mut session, "CREATE");
    assert!(
        matches!(session.app.overlays.last(), Some(Overlay::Request(_))),
        "a click on the operation opens it"
    );
    click(&mut session, "UPDATE");
    assert_eq!(session.app.asked.operation, "UPDATE");
    click(&mut session, "as written");
    assert!(session.app.asked.raw);
    click(&mut session, "  User ");
    session.types("janet");
    click_in(&mut session, "▶ User ", "anet ");
    session.types("o");
    assert_eq!(session.app.asked.user, "joanet");
    click(&mut session, "none");
    assert_eq!(
        session.app.asked.old.map(|id| session.app.files.name(id).to_owned()).as_deref(),
        Some("pod.yaml")
    );
    session.send(Msg::Mouse(Mouse {
        kind: MouseKind::Press { clicks: 1 },
        column: 0,
        row: 39,
        shift: false,
    }));
    assert!(session.app.overlays.is_empty(), "a click beside it closes it");
}

#[test]
fn a_reading_that_is_not_the_usual_one_is_seen() {
    let mut session = session();
    assert!(!screen(&session).contains("[as written]"));
    session.keys("shift-f7");
    assert!(session.app.asked.raw);
    assert!(screen(&session).lines().nth(2).unwrap().contains("[as written]"), "{}", screen(&session));
    session.keys("esc R");
    assert!(!session.app.asked.raw);
}

#[test]
fn notes_change_their_language_with_the_screen() {
    let mut session = Session::files(
        140,
        40,
        Settings::default(),
        &[("pod.yaml", Role::Manifest, "apiVersion: v1\nkind: Pod\nspec:\n  hostPID: yes\n")],
    );
    let notes = |session: &Session| {
        let file = session.app.files.iter().next().unwrap();
        file.diagnostics.all().iter().map(|note| note.message.clone()).collect::<Vec<_>>().join("\n")
    };
    assert!(notes(&session).contains("is read as true"), "{}", notes(&session));
    session.keys("esc space v l");
    assert_eq!(session.app.settings.lang, Lang::Ja);
    assert!(notes(&session).contains("と読まれます"), "{}", notes(&session));
}

#[test]
fn a_decision_on_an_older_question_is_not_shown() {
    let mut session = session();
    session.busy = true;
    session.keys("esc i").types(" ");
    let older = session.run;
    session.keys("f4");
    let mut late = session.app.decision.shown.clone().unwrap();
    late.run = older;
    late.revisions.clear();
    late.documents.clear();
    session.send(Msg::Evaluated(Box::new(late)));
    assert!(!session.app.decision.shown.as_ref().unwrap().documents.is_empty());
}

#[test]
fn a_derived_pod_and_a_recorded_request_have_their_own() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec: {containers: [{name: a, image: a}]}\n";
    let files = [("told.rego", Role::Policy, TELLER), ("web.yaml", Role::Manifest, deployment)];
    let mut session = Session::files(140, 40, Settings::default(), &files);
    session.keys("f7 u esc alt-n");
    let drawn = screen(&session);
    assert!(drawn.contains("CREATE by replicaset-controller"), "{drawn}");
    session.keys("alt-p");
    assert!(screen(&session).contains("Deployment default/web · UPDATE"), "{}", screen(&session));

    let review = "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest:\n  operation: DELETE\n  namespace: shop\n  userInfo: {username: ann}\n  oldObject: {apiVersion: v1, kind: Pod, metadata: {name: web}}\n";
    let files = [("told.rego", Role::Policy, TELLER), ("review.yaml", Role::Manifest, review)];
    let mut session = Session::files(140, 40, Settings::default(), &files);
    session.keys("f4");
    assert!(screen(&session).contains("AdmissionReview · DELETE by ann"), "{}", screen(&session));
}
