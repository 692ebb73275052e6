//! Whole screens, as text and as styles: what a person sees in each state, at each size, in both languages.
//!
//! To look at a change: `cargo insta review`, or read the `.snap` files in `tests/snapshots/`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

mod session;

use std::path::PathBuf;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use regoscope::app::input::{Mouse, MouseKind};
use regoscope::app::msg::{Msg, ReadWhy, Recovered};
use regoscope::app::overlays::Overlay;
use regoscope::app::panes::PaneId;
use regoscope::app::settings::{Completion, Glyphs, Settings, Theme};
use regoscope::core::decision::Reason;
use regoscope::core::file::Role;
use regoscope::samples;
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

/// Compares the screen, its styles and the place of the cursor with the snapshot of that name.
#[track_caller]
fn shows(name: &str, session: &Session) {
    let (buffer, cursor) = session.screen();
    let cursor = cursor.map_or_else(|| "hidden".to_owned(), |at| format!("{},{}", at.x, at.y));
    let screen = format!("{}cursor {cursor}\n---\n{}", to_text(&buffer), to_styles(&buffer));
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("screen-{name}"), screen);
    });
}

/// All samples, as files of a folder.
fn all_samples(width: u16, height: u16, settings: Settings) -> Session {
    let files: Vec<_> = samples::ALL.iter().map(|s| (s.path, s.role, s.text)).collect();
    Session::files(width, height, settings, &files)
}

fn sample(path: &str) -> &'static str {
    samples::ALL.iter().find(|sample| sample.path == path).expect(path).text
}

/// One policy and one Pod on disk.
fn on_disk(width: u16, height: u16, settings: Settings) -> Session {
    let files = [
        ("host_access.rego", Role::Policy, sample("sample-policies/host_access.rego")),
        ("verybad.yaml", Role::Manifest, sample("sample-pods/verybad.yaml")),
    ];
    Session::files(width, height, settings, &files)
}

#[test]
fn start_at_every_size_in_both_languages() {
    for (width, height) in [(40, 10), (80, 24), (100, 30), (140, 40), (160, 50)] {
        shows(&format!("start-{width}x{height}-en"), &Session::samples(width, height, EN));
        shows(&format!("start-{width}x{height}-ja"), &Session::samples(width, height, JA));
    }
}

/// The verybad Pod with `host` being typed below its hostPID.
fn completing(width: u16, height: u16, settings: Settings) -> Session {
    let mut session = on_disk(width, height, settings);
    session.keys("ctrl-g").types("6\n").keys("end").types("\nhost");
    session
}

#[test]
fn names_are_offered_at_the_caret() {
    for (width, height) in [(40, 10), (80, 24), (140, 40)] {
        shows(&format!("completion-{width}x{height}-en"), &completing(width, height, EN));
        shows(&format!("completion-{width}x{height}-ja"), &completing(width, height, JA));
    }
    for (name, theme) in [("light", Theme::Light), ("no-color", Theme::None)] {
        let settings = Settings { theme, ..EN };
        shows(&format!("completion-{name}-80x24-en"), &completing(80, 24, settings));
    }
    let mut ascii = completing(80, 24, Settings { glyphs: Glyphs::Ascii, ..EN });
    let (buffer, _) = ascii.screen();
    assert!(to_text(&buffer).is_ascii());
    shows("completion-ascii-80x24-en", ascii.keys("down"));
    // Near the lower edge it stands above; wide characters before the caret count two cells.
    let mut below = on_disk(80, 24, JA);
    below.keys("ctrl-end").types("  # 一\n# 二\n# 三\n").keys("ctrl-n pagedown");
    shows("completion-above-80x24-ja", &below);
    let mut values = on_disk(100, 30, EN);
    values.keys("ctrl-g").types("6\n").keys("end").types("\nrestartP").keys("tab");
    shows("completion-values-100x30-en", &values);
}

#[test]
fn names_of_policies() {
    for (name, width, height, settings) in [("140x40-en", 140, 40, EN), ("80x24-ja", 80, 24, JA)] {
        let policy = || {
            let mut session = on_disk(width, height, settings);
            session.keys("alt-1 ctrl-end");
            session
        };
        shows(&format!("rego-builtins-{name}"), policy().types("\nstarts"));
        shows(&format!("rego-fields-{name}"), policy().types("\ninput.spec."));
        shows(&format!("rego-outline-{name}"), policy().keys("esc space e o"));
        shows(&format!("rego-hover-{name}"), policy().types("\np if startswith").keys("esc esc K"));
        let mut rename = policy();
        shows(
            &format!("rego-rename-{name}"),
            rename.types("\nlimit := 1").keys("home esc esc space e n").types("count\n"),
        );
        shows(&format!("rego-references-{name}"), rename.keys("esc shift-f12"));
    }
}

/// The folded rules of a policy and, on the right or behind it, a Pod with a folded finding.
fn folded(width: u16, height: u16, settings: Settings) -> Session {
    let mut session = on_disk(width, height, settings);
    session.keys("alt-1 esc z M alt-2 z M");
    session
}

#[test]
fn what_is_folded_is_one_line() {
    for (width, height) in [(80, 24), (140, 40)] {
        shows(&format!("folds-{width}x{height}-en"), &folded(width, height, EN));
        shows(&format!("folds-{width}x{height}-ja"), &folded(width, height, JA));
    }
    shows("folds-policy-80x24-ja", folded(80, 24, JA).keys("alt-1 g g"));
    // The sign on the caret's line tells what can be folded.
    shows("folds-open-140x40-en", folded(140, 40, EN).keys("alt-1 z R ctrl-g").types("5\n"));
    let ascii = folded(80, 24, Settings { glyphs: Glyphs::Ascii, ..EN });
    assert!(to_text(&ascii.screen().0).is_ascii());
    shows("folds-ascii-80x24-en", &ascii);
}

#[test]
fn the_opa_that_policies_are_for() {
    for (width, height) in [(80, 24), (140, 40)] {
        for (lang, settings) in [("en", EN), ("ja", JA)] {
            let mut session = on_disk(width, height, settings);
            session.keys("esc space d t");
            shows(&format!("targets-{width}x{height}-{lang}"), &session);
            shows(&format!("target-{width}x{height}-{lang}"), session.types("gate\n"));
        }
    }
}

#[test]
fn a_syntax_error_leaves_the_old_decision_dimmed() {
    for (name, width, height, settings) in [("140x40-en", 140, 40, EN), ("80x24-ja", 80, 24, JA)] {
        let mut session = Session::samples(width, height, settings);
        // The bracket that closes the second rule goes.
        session.keys("alt-1 ctrl-g").types("14\n").keys("end backspace").wait(4);
        session.send(Msg::Focus(true));
        shows(&format!("error-{name}"), &session);
    }
}

#[test]
fn a_manifest_with_an_error() {
    let mut session = Session::samples(140, 40, EN);
    session.keys("ctrl-g").types("6\n").keys("home").types("\t: [");
    shows("manifest-error-140x40-en", &session);
}

#[test]
fn a_policy_that_never_ends() {
    for (name, width, height, settings) in [("140x40-en", 140, 40, EN), ("80x24-ja", 80, 24, JA)] {
        let mut session = Session::samples(width, height, settings);
        session.busy = true;
        session.types(" ");
        let reason = Reason::Timeout { limit_ms: 2000 };
        let run = session.run;
        session.send(Msg::Stopped { run, reason, after: std::time::Duration::from_secs(2) });
        shows(&format!("timeout-{name}"), &session);
    }
}

#[test]
fn a_decision_on_its_way_leaves_the_old_one() {
    let mut session = Session::samples(140, 40, EN);
    session.busy = true;
    session.types(" ");
    let run = session.run;
    session.wait(1).send(Msg::Timer(regoscope::app::effect::Timer::Checking(run))).wait(3);
    session.send(Msg::Focus(true));
    shows("checking-140x40-en", &session);
}

#[test]
fn an_allowed_pod() {
    let mut session = Session::samples(80, 24, EN);
    session.keys("ctrl-r").types("true").keys("tab").types("false").keys("alt-a esc");
    shows("allow-80x24-en", &session);
}

#[test]
fn many_documents_and_policies() {
    let mut session = all_samples(160, 50, EN);
    session.keys("alt-3 J J l");
    shows("matrix-160x50-en", &session);
    let mut session = all_samples(100, 30, JA);
    session.keys("alt-3");
    shows("matrix-100x30-ja", &session);
    let mut session = all_samples(80, 24, EN);
    session.keys("alt-3 f2");
    shows("matrix-zoomed-80x24-en", &session);
    shows("matrix-40x10-en", &all_samples(40, 10, EN));
}

#[test]
fn a_policy_without_rules_and_nothing_to_judge() {
    let files = [("empty.rego", Role::Policy, "package a\n"), ("pod.yaml", Role::Manifest, "kind: Pod\n")];
    shows("no-rule-140x40-en", &Session::files(140, 40, EN, &files));
    shows("nothing-100x30-en", &Session::files(100, 30, EN, &[]));
    shows("nothing-80x24-ja", &Session::files(80, 24, JA, &[]));
}

#[test]
fn what_policies_print_is_shown() {
    let policy = "package a\n\ndeny contains msg if {\n\tprint(\"kind:\", input.kind)\n\tmsg := \"no\"\n}\n\nwarn contains \"careful\" if to_number(input.kind)\n";
    let files = [("a.rego", Role::Policy, policy), ("pod.yaml", Role::Manifest, "kind: Pod\n")];
    shows("print-140x40-en", &Session::files(140, 40, EN, &files));
}

#[test]
fn the_palette() {
    let mut session = Session::samples(140, 40, EN);
    session.keys("ctrl-p");
    shows("palette-140x40-en", &session);
    session.types("undo");
    shows("palette-filtered-140x40-en", &session);
    let mut session = Session::samples(80, 24, JA);
    session.keys("ctrl-p").types("保存");
    shows("palette-80x24-ja", &session);
    let mut session = Session::samples(40, 10, EN);
    session.keys("ctrl-p");
    shows("palette-40x10-en", &session);
}

#[test]
fn the_menu_of_keys() {
    for (name, width, height, settings) in
        [("140x40-en", 140, 40, EN), ("80x24-ja", 80, 24, JA), ("40x10-en", 40, 10, EN)]
    {
        let mut session = Session::samples(width, height, settings);
        session.keys("esc space");
        shows(&format!("menu-{name}"), &session);
        session.keys("v");
        shows(&format!("menu-view-{name}"), &session);
    }
}

#[test]
fn help() {
    for (name, width, height, settings) in [("140x40-en", 140, 40, EN), ("80x24-ja", 80, 24, JA)] {
        let mut session = Session::samples(width, height, settings);
        session.keys("f1");
        shows(&format!("help-{name}"), &session);
    }
}

#[test]
fn the_picker() {
    let mut session = all_samples(100, 30, EN);
    session.types("x").keys("ctrl-o");
    shows("picker-100x30-en", &session);
    let mut session = Session::samples(80, 24, JA);
    session.keys("ctrl-o").types("cap");
    shows("picker-80x24-ja", &session);
}

#[test]
fn the_find_bar() {
    let mut session = Session::samples(140, 40, EN);
    session.keys("ctrl-f").types("name");
    shows("find-140x40-en", &session);
    session.keys("ctrl-f").types("[a-").keys("alt-x");
    shows("find-error-140x40-en", &session);
    let mut session = Session::samples(80, 24, JA);
    session.keys("ctrl-r").types("true").keys("tab").types("偽");
    shows("replace-80x24-ja", &session);
}

#[test]
fn prompts_and_questions() {
    let mut session = on_disk(80, 24, EN);
    session.keys("ctrl-g").types("999\n");
    shows("line-80x24-en", &session);
    session.keys("esc").types("x").keys("ctrl-q");
    shows("quit-80x24-en", &session);
    let mut session = on_disk(40, 10, JA);
    session.types("x").keys("ctrl-q");
    shows("quit-40x10-ja", &session);
}

#[test]
fn a_file_that_changed_on_disk() {
    for (name, width, height, settings) in [("140x40-en", 140, 40, EN), ("80x24-ja", 80, 24, JA)] {
        let mut session = on_disk(width, height, settings);
        let theirs = sample("sample-pods/verybad.yaml").replace("alpine", "busybox");
        session.types("# mine\n");
        session.read("verybad.yaml", Role::Manifest, theirs.as_bytes(), ReadWhy::Changed).wait(3);
        session.send(Msg::Focus(true));
        shows(&format!("conflict-{name}"), &session);
        session.keys("esc d");
        shows(&format!("conflict-diff-{name}"), &session);
    }
}

#[test]
fn a_read_only_file() {
    let mut session = Session::files(100, 30, EN, &[]);
    session.read("binary.yaml", Role::Manifest, b"a: b\n\0\xff", ReadWhy::Open { show: true });
    shows("read-only-100x30-en", &session);
}

#[test]
fn after_a_crash() {
    let entry = |name: &str, edits, still_running, changed_since| Recovered {
        journal: PathBuf::from(name),
        path: Some(PathBuf::from(name)),
        name: name.to_owned(),
        role: Role::Manifest,
        text: "kind: Pod\n".to_owned(),
        edits,
        when: 1_763_888_520,
        utc_offset: 9 * 3600,
        still_running,
        changed_since,
    };
    for (name, width, height, settings) in [("140x40-en", 140, 40, EN), ("80x24-ja", 80, 24, JA)] {
        let mut session = on_disk(width, height, settings);
        let entries =
            vec![entry("verybad.yaml", 14, None, true), entry("host_access.rego", 1, Some(4711), false)];
        session.send(Msg::Recovered(entries));
        shows(&format!("recovery-{name}"), &session);
    }
}

#[test]
fn messages_stay_readable() {
    let mut session = on_disk(80, 24, EN);
    session.keys("ctrl-y ctrl-z");
    shows("message-80x24-en", &session);
    session.wait(65).send(Msg::Focus(true)).keys("esc space v m");
    shows("messages-80x24-en", &session);
}

#[test]
fn the_nav_state_and_a_selection() {
    let mut session = Session::samples(140, 40, EN);
    session.keys("esc shift-up shift-up");
    shows("nav-140x40-en", &session);
}

#[test]
fn every_theme_and_both_sets_of_signs() {
    let scene = |settings| {
        let mut session = Session::samples(100, 30, settings);
        session.keys("shift-left shift-left");
        session
    };
    for (name, theme) in [("light", Theme::Light), ("dark", Theme::Dark), ("no-color", Theme::None)] {
        shows(&format!("theme-{name}-100x30-en"), &scene(Settings { theme, ..EN }));
    }
    let ascii = Settings { glyphs: Glyphs::Ascii, ..EN };
    shows("ascii-100x30-en", &scene(ascii));
    let mut session = all_samples(100, 30, ascii);
    session.keys("alt-3");
    shows("ascii-matrix-100x30-en", &session);
    let (buffer, _) = session.screen();
    assert!(to_text(&buffer).is_ascii());
}

#[test]
fn text_of_every_kind() {
    let manifest = "kind: Pod # 日本語の説明と絵文字 👨‍👩‍👧 🇯🇵\nmetadata:\n  name: \"a\\u202e\u{202e}b\u{200b}\" # か\u{3099} ｶﾞ\n\ttabbed: yes\n  long: 一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十\n";
    let files = [
        (
            "名前\u{1b}[2J.rego",
            Role::Policy,
            "package a\n\ndeny contains \"日本語の\u{7}メッセージは折り返されて、欄の幅に収まります。\" if true\n",
        ),
        ("pod.yaml", Role::Manifest, manifest),
    ];
    let mut session = Session::files(140, 40, EN, &files);
    shows("unicode-140x40-en", &session);
    session.keys("ctrl-end up end");
    shows("unicode-scrolled-140x40-en", &session);
    let (buffer, _) = session.screen();
    let hidden = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{200b}');
    assert!(!to_text(&buffer).contains(hidden));
}

/// Draws at all small sizes, at odd ones, and into a buffer of another size than the app believes in (a resize that
/// has not arrived yet), in every state that has a window.
#[test]
fn no_size_is_too_small_to_survive() {
    let mut scenes: Vec<Session> = Vec::new();
    for keys in [
        "",
        "ctrl-p",
        "f1",
        "ctrl-o",
        "esc space",
        "ctrl-f a",
        "ctrl-r a",
        "ctrl-g",
        "x ctrl-q",
        "alt-3",
        "f2",
    ] {
        let mut session =
            if keys == "alt-3" { all_samples(80, 24, JA) } else { Session::samples(80, 24, EN) };
        if !keys.is_empty() {
            session.keys(keys);
        }
        scenes.push(session);
    }
    let sizes = (0..=12).flat_map(|height| (0..=10).map(move |width| (width, height)));
    let odd = [
        (39, 10),
        (40, 9),
        (40, 10),
        (41, 11),
        (60, 13),
        (60, 14),
        (99, 16),
        (100, 10),
        (130, 10),
        (300, 10),
        (40, 100),
    ];
    for (width, height) in sizes.chain(odd) {
        for session in &mut scenes {
            session.send(Msg::Resize { width, height });
            let (buffer, cursor) = session.screen();
            assert_eq!(buffer.area, Rect::new(0, 0, width, height));
            assert!(cursor.is_none_or(|at| at.x < width && at.y < height), "{width}x{height} {cursor:?}");
            for (other_width, other_height) in [(0, 0), (1, 1), (20, 5)] {
                let mut buffer = Buffer::empty(Rect::new(0, 0, other_width, other_height));
                regoscope::ui::draw_into(&mut buffer, &session.app);
            }
        }
    }
}

/// The caret of every prompt is where typing goes: an input method draws there.
#[test]
fn the_cursor_is_at_the_caret() {
    let at = |session: &Session| session.screen().1.map(|at| (at.x, at.y));
    let mut session = Session::samples(140, 40, EN);
    let before = at(&session).expect("in the editor");
    session.types("日");
    assert_eq!(at(&session), Some((before.0 + 2, before.1)));
    session.keys("ctrl-p");
    let before = at(&session).expect("in the palette");
    session.types("保存");
    assert_eq!(at(&session), Some((before.0 + 4, before.1)));
    session.keys("esc ctrl-f");
    let before = at(&session).expect("in the find bar");
    session.types("ab");
    assert_eq!(at(&session), Some((before.0 + 2, before.1)));
}

/// Presses the mouse on the first cell of a text that is on the screen.
fn click(session: &mut Session, text: &str) {
    let screen = to_text(&session.screen().0);
    let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains(text)).expect(text);
    let column = line.split(text).next().map_or(0, |before| before.chars().count());
    session.send(Msg::Mouse(Mouse {
        kind: MouseKind::Press { clicks: 1 },
        column: column as u16,
        row: row as u16,
        shift: false,
    }));
}

/// What is drawn and what is hit are the same.
#[test]
fn a_click_on_a_place_goes_there() {
    let mut session = Session::samples(140, 40, EN);
    click(&mut session, "host_access.rego:10");
    let file = session.app.focused_file().expect("a file");
    assert_eq!(file.name, "host_access.rego");
    assert_eq!(file.editor.buffer().position(file.editor.selection().head).line, 10);
    let mut session = Session::samples(80, 24, EN);
    click(&mut session, "verybad.yaml:6");
    let file = session.app.focused_file().expect("a file");
    assert_eq!(file.editor.buffer().position(file.editor.selection().head).line, 6);
}

#[test]
fn a_click_in_the_matrix_shows_that_document() {
    let mut session = all_samples(160, 50, EN);
    click(&mut session, "host-pid");
    assert_eq!((session.app.decision.document, session.app.decision.policy), (2, None));
    assert_eq!(
        session.app.file_of(PaneId::Manifest).map(|file| &*file.name),
        Some("sample-pods/host_pid.yaml")
    );
}

#[test]
fn a_click_in_a_window_chooses_or_closes() {
    let mut session = Session::samples(80, 24, EN);
    session.keys("ctrl-p");
    click(&mut session, "Save as");
    assert!(
        matches!(session.app.overlays.last(), Some(Overlay::SaveAs { .. })),
        "{:?}",
        session.app.overlays
    );
    // Beside a window without a question: it closes.
    click(&mut session, "regoscope");
    assert!(session.app.overlays.is_empty());
    session.types("x").keys("ctrl-q");
    click(&mut session, "regoscope");
    assert!(matches!(session.app.overlays.last(), Some(Overlay::Confirm(_))));
    click(&mut session, "Cancel");
    assert!(session.app.overlays.is_empty());
}

#[test]
fn the_request() {
    for (name, width, height, settings) in [
        ("140x40-en", 140, 40, EN),
        ("140x40-ja", 140, 40, JA),
        ("80x24-en", 80, 24, EN),
        ("80x24-ja", 80, 24, JA),
    ] {
        let mut session = Session::samples(width, height, settings);
        session.keys("f7");
        shows(&format!("request-{name}"), &session);
        session.keys("f4 down").types(" -c 'id; ls'").keys("down down down").types("jane");
        shows(&format!("request-exec-{name}"), &session);
        session.keys("up up up up left left").keys("down down down down down").types("team = a, 環境=prod");
        shows(&format!("request-fault-{name}"), &session);
    }
    let mut session = Session::samples(40, 10, EN);
    session.keys("f7 f4 up");
    shows("request-40x10-en", &session);
}

#[test]
fn both_readings_of_a_document() {
    let policy =
        "package volumes\n\ndeny contains \"emptyDir is not for us\" if input.spec.volumes[_].emptyDir\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  volumes:\n  - name: data\n  containers:\n  - name: a\n    image: a\n";
    let files = [("volumes.rego", Role::Policy, policy), ("web.yaml", Role::Manifest, pod)];
    for (name, width, height, settings) in [
        ("140x40-en", 140, 40, EN),
        ("140x40-ja", 140, 40, JA),
        ("80x24-en", 80, 24, EN),
        ("80x24-ja", 80, 24, JA),
    ] {
        let mut session = Session::files(width, height, settings, &files);
        shows(&format!("readings-{name}"), &session);
        session.keys("shift-f7");
        shows(&format!("readings-raw-{name}"), &session);
    }
    // Among several documents.
    let two = [files[0], files[1], ("other.yaml", Role::Manifest, pod)];
    let mut session = Session::files(140, 40, EN, &two);
    session.keys("shift-f7 f7 u down down").types("jane").keys("esc");
    shows("readings-matrix-140x40-en", &session);
}
