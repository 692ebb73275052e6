//! Fixes with one key, as a session sees them: what is offered, what it makes of the text, and that it is undone at once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // A test may fail that way.

mod session;

use regoscope::app::settings::{Completion, Glyphs, Settings, Theme};
use regoscope::core::file::Role;
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

const POLICY: &str = "package kubernetes.host

deny contains msg if {
	input.kind == \"Pod\"
	input.spec.hostPid == true
	msg := \"the node's processes\"
}
";

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  hostPID: true\n";

fn session(width: u16, height: u16, settings: Settings) -> Session {
    let files = [("pod.yaml", Role::Manifest, POD), ("host.rego", Role::Policy, POLICY)];
    Session::files(width, height, settings, &files)
}

fn text(session: &Session) -> String {
    session.app.focused_file().unwrap().editor.buffer().to_string()
}

fn screen(session: &Session) -> String {
    to_text(&session.screen().0)
}

/// A file, the line of the caret, and that line after the key.
#[test]
fn one_key_fixes_and_one_undoes() {
    let old = "package p\n\ndeny[msg] { msg := input.a }\n\nok { input.b } else { input.c }\n";
    let cases = [
        ("p.rego", POLICY, 5, "	input.spec.hostPID == true"),
        ("p.rego", "package p\n\ndefault allow = false\n", 3, "default allow := false"),
        ("p.rego", "package p\n\nimport data.lib\n\ndeny contains 1 if input.a\n", 3, ""),
        ("p.rego", old, 3, "deny contains msg if { msg := input.a }"),
        (
            "p.rego",
            "package p\n\ndeny contains 1 if input.a != input.xs[_]\n",
            3,
            "deny contains 1 if not input.a in input.xs",
        ),
        ("p.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  hostPid: true\n", 4, "  hostPID: true"),
        ("p.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  restartPolicy: never\n", 4, "  restartPolicy: Never"),
    ];
    for (name, before, line, expected) in cases {
        let role = if name.ends_with(".rego") { Role::Policy } else { Role::Manifest };
        let mut session = Session::files(80, 24, EN, &[(name, role, before)]);
        session.keys("ctrl-g").types(&format!("{line}\n"));
        assert!(screen(&session).contains("^E fix"), "{before}\n{}", screen(&session));
        session.keys("ctrl-e");
        assert_eq!(text(&session).lines().nth(line - 1), Some(expected), "{before}");
        assert!(!screen(&session).contains("^E fix"), "{}", screen(&session));
        session.keys("ctrl-z");
        assert_eq!(text(&session), before, "undone");
    }
}

#[test]
fn a_file_of_old_rego_is_written_as_v1_as_a_whole() {
    let before = "package p\n\ndeny[msg] { msg := input.a }\n\nok { input.b } else { input.c }\n\nf(x) = y {\n\ty := x\n}\n";
    let mut session = Session::files(80, 24, EN, &[("p.rego", Role::Policy, before)]);
    session.keys("ctrl-g").types("5\n").keys("ctrl-e");
    let after = "package p\n\ndeny contains msg if { msg := input.a }\n\nok if { input.b } else if { input.c }\n\nf(x) = y if {\n\ty := x\n}\n";
    assert_eq!(text(&session), after);
    session.keys("ctrl-z");
    assert_eq!(text(&session), before);
}

#[test]
fn nothing_is_fixed_where_nothing_is_offered() {
    let mut first = session(80, 24, EN);
    first.keys("ctrl-g").types("1\n").keys("ctrl-e");
    assert_eq!(text(&first), POLICY);
    // A field that is there already is not written a second time.
    let both = "apiVersion: v1\nkind: Pod\nspec:\n  hostPID: true\n  hostPid: true\n";
    let mut twice = Session::files(80, 24, EN, &[("p.yaml", Role::Manifest, both)]);
    twice.keys("ctrl-g").types("5\n").keys("ctrl-e");
    assert_eq!(text(&twice), both);
    // While the judge is busy, the text is another one than the fix was made for.
    let mut busy = session(80, 24, EN);
    busy.keys("ctrl-g").types("5\n");
    busy.busy = true;
    busy.keys("end left left left left left left left left backspace").types("X").keys("ctrl-e");
    assert!(text(&busy).contains("hostPiX == true"), "{}", text(&busy));
}

#[test]
fn an_offer_is_seen_at_every_size_and_in_both_languages() {
    for (width, height, lang, name) in
        [(80, 24, Lang::En, "80x24-en"), (140, 40, Lang::En, "140x40-en"), (140, 40, Lang::Ja, "140x40-ja")]
    {
        let mut session = session(width, height, Settings { lang, ..EN });
        session.keys("ctrl-g").types("5\n");
        let (buffer, _) = session.screen();
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(
                format!("screen-fix-{name}"),
                format!("{}---\n{}", to_text(&buffer), to_styles(&buffer))
            );
        });
    }
}
