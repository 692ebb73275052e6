//! Completion in the manifest pane: what is typed, what is offered, what accepting it writes. `|` is the caret.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

mod session;

use regoscope::app::Mode;
use regoscope::app::input::{Mouse, MouseKind};
use regoscope::app::layout::completion::place;
use regoscope::app::msg::Msg;
use regoscope::app::settings::{Completion, Settings};
use regoscope::core::file::Role;
use session::Session;

const POD: &str = "apiVersion: v1\nkind: Pod\n";

/// A session with one manifest, the caret at its `|`.
fn open_with(settings: Settings, text: &str) -> Session {
    let at = text.find('|').expect("a caret");
    let (line, column) = {
        let before = &text[..at];
        (before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap().chars().count() + 1)
    };
    let mut session =
        Session::files(120, 40, settings, &[("pod.yaml", Role::Manifest, &text.replacen('|', "", 1))]);
    session.keys("ctrl-g").types(&format!("{line}:{column}\n"));
    session
}

fn open(text: &str) -> Session {
    open_with(Settings::default(), text)
}

/// The text of the manifest, with the caret.
fn text(session: &Session) -> String {
    let file = session.app.files.get(session.app.manifest_file.unwrap()).unwrap();
    let mut text = file.editor.buffer().snapshot().to_string();
    text.insert(file.editor.selection().head, '|');
    text
}

/// The names that are offered now.
fn offered(session: &Session) -> Vec<&str> {
    let open = session.app.completion.as_ref();
    open.map(|open| open.offers.iter().map(|offer| offer.name.as_str()).collect()).unwrap_or_default()
}

#[test]
fn accepting_writes_what_fits_the_type_and_is_one_undo_step() {
    // The text, what is typed into it, what Tab makes of it.
    let cases = [
        ("spec:\n  |\n", "hostP", "spec:\n  hostPID: |\n"),
        ("spec:\n  |\n", "hostp", "spec:\n  hostPID: |\n"),
        ("spec:\n  |", "secu", "spec:\n  securityContext:\n    |"),
        ("spec:\n  |\n", "contai", "spec:\n  containers:\n    - |\n"),
        // Lists stand where those of the text stand.
        (
            "spec:\n  containers:\n  - name: a\n  |\n",
            "vol",
            "spec:\n  containers:\n  - name: a\n  volumes:\n  - |\n",
        ),
        ("spec:\n  containers:\n  - |\n", "secu", "spec:\n  containers:\n  - securityContext:\n      |\n"),
        // Values.
        ("spec:\n  restartPolicy: |\n", "nev", "spec:\n  restartPolicy: Never|\n"),
        ("spec:\n  restartPolicy: \"|\"\n", "nev", "spec:\n  restartPolicy: \"Never|\"\n"),
        ("spec:\n  hostPID: | # why\n", "t", "spec:\n  hostPID: true| # why\n"),
        // What stands behind stays and is not doubled.
        ("spec:\n  |: true\n", "hostP", "spec:\n  hostPID|: true\n"),
        ("spec:\n  | # why\n", "hostN", "spec:\n  hostNetwork: | # why\n"),
        ("spec:\n  | # why\n", "secu", "spec:\n  securityContext:| # why\n"),
        ("spec:\n  |\n    privileged: true\n", "secu", "spec:\n  securityContext:|\n    privileged: true\n"),
        ("spec:\n  |\n  - name: a\n", "contai", "spec:\n  containers:|\n  - name: a\n"),
    ];
    for (before, typed, expected) in cases {
        let mut session = open(&format!("{POD}{before}"));
        session.types(typed);
        assert!(!offered(&session).is_empty(), "{before}: nothing offered for {typed}");
        let undone = text(&session);
        session.keys("tab");
        assert_eq!(text(&session), format!("{POD}{expected}"), "{before}: {typed}");
        session.keys("esc esc").keys("u");
        assert_eq!(text(&session), undone, "{before}: {typed} undone");
    }
}

#[test]
fn an_object_is_begun_from_nothing() {
    let mut session = open("|");
    session.types("ap").keys("tab");
    assert_eq!(offered(&session)[..2], ["v1", "apps/v1"]);
    session.types("apps").keys("enter").types("\nki").keys("tab");
    assert!(offered(&session).contains(&"Deployment"), "{:?}", offered(&session));
    session.types("Dep").keys("enter").types("\nsp").keys("tab").types("rep").keys("tab").types("3");
    assert_eq!(text(&session), "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 3|");
}

#[test]
fn values_that_are_known_are_offered_behind_an_accepted_name() {
    let mut session = open(&format!("{POD}spec:\n  |"));
    session.types("hostP").keys("tab");
    assert_eq!(offered(&session), ["false", "true"]);
    session.keys("down enter");
    assert_eq!(text(&session), format!("{POD}spec:\n  hostPID: true|"));
}

#[test]
fn what_decides_security_comes_first_and_what_is_set_does_not_come() {
    let mut session = open(&format!("{POD}spec:\n  hostIPC: true\n  |"));
    session.types("hos");
    assert_eq!(
        offered(&session),
        [
            "hostAliases",
            "hostNetwork",
            "hostPID",
            "hostUsers",
            "hostname",
            "hostnameOverride",
            "setHostnameAsFQDN"
        ]
    );
    session.types("tU");
    assert_eq!(offered(&session), ["hostUsers"]);
    session.keys("backspace");
    assert_eq!(offered(&session).len(), 7);
}

#[test]
fn a_list_that_opened_by_itself_leaves_enter_to_the_text() {
    let mut session = open(&format!("{POD}spec:\n  |"));
    session.types("host\n");
    assert_eq!(text(&session), format!("{POD}spec:\n  host\n  |"));
    assert!(offered(&session).is_empty());
    // Unless an offer was chosen.
    session.types("host").keys("down down up enter");
    assert_eq!(text(&session), format!("{POD}spec:\n  host\n  hostIPC: |"));
}

#[test]
fn nothing_opens_by_itself_where_no_name_is_typed() {
    for (before, typed) in [
        ("spec:\n  |", "h"),
        ("spec:\n  # |", "hostP"),
        ("spec:\n  nodeName: x # |", "hostP"),
        ("metadata:\n  annotations:\n    a: |\n", "hostP"),
        ("metadata:\n  annotations:\n    a: >\n      |\n", "hostP"),
        ("metadata:\n  annotations:\n    a: \"b\n      |\n", "hostP"),
        ("spec: {|}", "hostP"),
        ("spec:\n  |", "ｈｏｓｔ"),
        ("spec:\n  |", "ほst"),
        ("spec:\n  |", "xyzzy"),
        // In the middle of a word, and of a word that is whole.
        ("spec:\n  |PID: true", "host"),
        ("spec:\n  |", "hostPID"),
        // What only holds the letters somewhere is no reason to open.
        ("spec:\n  |", "users"),
    ] {
        let before = format!("{POD}{before}");
        let mut session = open(&before);
        session.types(typed);
        assert_eq!(offered(&session), Vec::<&str>::new(), "{before}: {typed}");
    }
}

#[test]
fn what_leaves_the_place_closes_the_list() {
    for keys in ["esc", "left", "home", "ctrl-z", "alt-1", "f6", "ctrl-p", "ctrl-f", "space"] {
        let mut session = open(&format!("{POD}spec:\n  |"));
        session.types("host");
        assert!(!offered(&session).is_empty());
        session.keys(keys);
        assert!(session.app.completion.is_none(), "{keys}");
        assert_eq!(session.app.mode, Mode::Edit, "{keys}: Esc closes only the list");
    }
    let mut session = open(&format!("{POD}spec:\n  |"));
    session.types("host");
    session.send(Msg::Resize { width: 30, height: 5 });
    assert!(session.app.completion.is_none());
}

#[test]
fn by_key_it_opens_anywhere_and_enter_accepts() {
    let off = Settings { completion: Completion::Key, ..Settings::default() };
    let mut session = open_with(off, &format!("{POD}spec:\n  |"));
    session.types("us");
    assert!(offered(&session).is_empty());
    session.keys("ctrl-n");
    assert_eq!(offered(&session)[0], "hostUsers");
    session.keys("enter");
    assert_eq!(text(&session), format!("{POD}spec:\n  hostUsers: |"));

    let mut session = open_with(off, &format!("{POD}spec:\n  |"));
    session.keys("ctrl-n");
    assert!(offered(&session).len() > 30);
    session.types("run").keys("backspace backspace backspace");
    assert!(offered(&session).len() > 30, "an asked for list stays open");
    // The key again goes on to the next one.
    let second = offered(&session)[1].to_owned();
    session.keys("ctrl-n enter");
    assert!(text(&session).starts_with(&format!("{POD}spec:\n  {second}:")), "{}", text(&session));

    let mut session = open_with(off, &format!("{POD}spec: # |"));
    session.keys("ctrl-n");
    assert!(session.app.messages.current().is_some_and(|m| m.text.contains("nothing is known")));
}

#[test]
fn it_is_for_manifests_only() {
    let mut session = Session::files(
        120,
        40,
        Settings::default(),
        &[("p.rego", Role::Policy, "package p\n"), ("m.yaml", Role::Manifest, POD)],
    );
    session.keys("alt-1 ctrl-n").types("spec");
    assert!(session.app.completion.is_none());
    assert!(session.app.messages.current().is_some_and(|m| m.text.contains("only offered in manifests")));
}

const CRD: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              mode: {type: string, enum: [slow, \"on\"]}
              model: {type: string}
";

#[test]
fn fields_of_custom_resources_come_from_any_open_manifest() {
    let files = [
        ("crd.yaml", Role::Manifest, CRD),
        ("w.yaml", Role::Manifest, "apiVersion: example.com/v1\nkind: Widget\nspec:\n  "),
    ];
    let mut session = Session::files(120, 40, Settings::default(), &files);
    session.keys("ctrl-end").types("mo");
    assert_eq!(offered(&session), ["mode", "model"]);
    session.keys("tab");
    assert_eq!(offered(&session), ["slow", "on"]);
    // YAML would read a bare `on` as true.
    session.keys("down enter");
    assert!(text(&session).ends_with("\n  mode: \"on\"|"), "{}", text(&session));
    // In the same file too, and gone with the definition.
    let mut session = open(&format!("{CRD}---\napiVersion: example.com/v1\nkind: Widget\nspec:\n  |"));
    session.types("mo");
    assert_eq!(offered(&session), ["mode", "model"]);
    let mut session = open("apiVersion: example.com/v1\nkind: Widget\nspec:\n  |");
    session.types("mo");
    assert!(offered(&session).is_empty());
}

#[test]
fn a_click_accepts_and_the_wheel_chooses() {
    let mut session = open(&format!("{POD}spec:\n  |"));
    session.types("host");
    let rows = place(&session.app).unwrap().rows;
    let mouse = |kind, row: u16| Msg::Mouse(Mouse { kind, column: rows.x + 1, row, shift: false });
    session.send(mouse(MouseKind::ScrollDown, rows.y));
    assert_eq!(session.app.completion.as_ref().unwrap().selected, 1);
    let index = 2;
    let name = offered(&session)[index].to_owned();
    session.send(mouse(MouseKind::Press { clicks: 1 }, rows.y + index as u16));
    assert_eq!(text(&session), format!("{POD}spec:\n  {name}: |"));
    // Beside it, the caret goes there.
    session.keys("esc").types("true\nhost");
    let outside = place(&session.app).unwrap().window.bottom() + 1;
    session.send(mouse(MouseKind::Press { clicks: 1 }, outside));
    assert!(session.app.completion.is_none());
}

#[test]
fn the_list_lies_on_the_screen_at_every_size() {
    for lines in [0, 3, 30] {
        for (width, height) in [(40, 10), (41, 12), (80, 24), (100, 30), (140, 40), (200, 60)] {
            let text = format!("{POD}spec:\n  # {}\n  |", "x\n  # ".repeat(lines));
            let mut session = open(&text);
            session.send(Msg::Resize { width, height });
            session.types("ho");
            let place = place(&session.app).unwrap_or_else(|| panic!("{width}x{height}, {lines}"));
            let window = place.window;
            assert!(window.right() <= width && window.bottom() < height, "{width}x{height}: {window:?}");
            assert!(place.rows.height >= 1 && place.rows.bottom() < window.bottom());
            let (_, cursor) = session.screen();
            let cursor = cursor.expect("the cursor stays at the caret");
            assert!(!window.contains(cursor.x, cursor.y), "{width}x{height}: {window:?} over {cursor:?}");
        }
    }
}

#[test]
fn every_offer_is_one_undo_step() {
    let mut session = open(&format!("{POD}spec:\n  containers:\n  - name: a\n    |"));
    session.keys("ctrl-n");
    let count = offered(&session).len();
    assert!(count > 15);
    for index in 0..count {
        let before = text(&session);
        session.app.completion.as_mut().unwrap().selected = index;
        session.keys("tab esc");
        assert_ne!(text(&session), before);
        session.keys("ctrl-z");
        assert_eq!(text(&session), before);
        session.app.completion = None;
        session.app.mode = Mode::Edit;
        session.keys("ctrl-n");
    }
}
