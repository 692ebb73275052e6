//! Nothing from outside is obeyed by the terminal.

use regex::bytes::Regex;

use crate::pty::{Setup, contains};

/// Everything that we send the terminal to obey. What is left of the bytes must be text.
const OURS: &str = concat!(
    r"\x1b\[\?[0-9;]+[hl]",               // modes
    r"|\x1b\[[0-9;:]*m",                  // colours and attributes
    r"|\x1b\[[0-9;]*H",                   // places
    r"|\x1b\[[0-9]*[JK]",                 // clearing
    r"|\x1b\[[0-9] q",                    // the shape of the cursor
    r"|\x1b\]11;\?\x07",                  // the question for the background
    r"|\x1b\]52;c;[A-Za-z0-9+/=]*\x1b\\", // a copy
);

/// What the bytes hold beside our own sequences that is not plain text.
fn foreign(raw: &[u8]) -> Vec<String> {
    let rest = Regex::new(OURS).unwrap().replace_all(raw, &b" "[..]).into_owned();
    let text = String::from_utf8_lossy(&rest);
    let bad = |c: &char| {
        c.is_control()
            || matches!(*c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
            || matches!(*c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e007f}')
    };
    text.chars().filter(bad).map(|c| format!("U+{:04X}", c as u32)).collect()
}

/// Everything that should not be obeyed: a copy, a title, a link, a question, clearing, C1, bidi, zero width, tags.
const EVIL: &str = concat!(
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]0;evil\x07",
    "\x1b]8;;http://evil/\x1b\\link\x1b]8;;\x1b\\",
    "\x1bP+q544e\x1b\\",
    "\x1b[2J\x1b[6n\x1bc",
    "\u{9b}2J\u{9d}0;evil\u{9c}",
    "\x07\x08\x0b\x0c\x0e\x7f",
    "\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\u{2028}",
);

#[test]
fn a_manifest_a_message_and_names_are_shown_and_not_obeyed() {
    let quoted: String =
        EVIL.chars().map(|c| format!("\\u{:04x}", c as u32)).filter(|c| c.len() == 6).collect();
    let policy = format!(
        "package p\n\n# {EVIL}\ndeny contains msg if {{\n\tmsg := concat(\" \", [\"denied\", input.metadata.name, \"{quoted}\"])\n}}\n"
    );
    // YAML allows such characters only in this form.
    let manifest = format!("kind: Pod\nmetadata:\n  name: \"evil {quoted}\"\n");
    let mut pty = Setup::new()
        .size(160, 40)
        .file("a\x1b]0;evil\x07\u{202e}.rego", &policy)
        .file("b\x1b[2J\r.yaml", &manifest)
        .args(&["a\x1b]0;evil\x07\u{202e}.rego", "b\x1b[2J\r.yaml"])
        .start();
    pty.wait_for("denied evil");
    pty.wait_for("\\x1b]52;c;");
    // The picker, the palette and the messages show names too.
    pty.send("\x0f");
    pty.wait_until("the picker", |screen| screen.contents().matches(".rego").count() > 1);
    pty.send("\x1b");
    pty.send("x");
    pty.wait_for("x");
    let raw = pty.raw();
    assert_eq!(foreign(&raw), Vec::<String>::new());
    assert!(!contains(&raw, b"\x1b]52;"), "something was copied");
}

#[test]
fn a_manifest_that_yaml_forbids_is_shown_and_not_obeyed() {
    let pty = Setup::new().file("pod.yaml", &format!("kind: Pod\n# {EVIL}\n")).args(&["pod.yaml"]).start();
    pty.wait_for("control characters are");
    pty.wait_for("# \\x1b]52;c;");
    assert_eq!(foreign(&pty.raw()), Vec::<String>::new());
}

#[test]
fn pasted_controls_are_text() {
    let mut pty = Setup::new().file("pod.yaml", "kind: Pod\n").args(&["pod.yaml"]).start();
    pty.wait_for("kind: Pod");
    let before = pty.raw().len();
    pty.send("\x1b[200~\x11\x03\x1b]52;c;ZXZpbA==\x07\u{202e}end\x1b[201~");
    pty.wait_for("\\x07<U+202E>end");
    assert_eq!(foreign(&pty.raw()[before..]), Vec::<String>::new());
    assert!(!contains(&pty.raw()[before..], b"\x1b]52;"));
}

#[test]
fn a_path_that_is_not_there_is_named_safely() {
    let mut pty = Setup::new().args(&["no\x1b]0;evil\x07.yaml"]).start();
    assert_eq!(pty.wait_exit().exit_code(), 2);
    pty.wait_for("no\\x1b]0;evil\\x07.yaml");
    assert!(!contains(&pty.raw(), b"\x1b"));
}
