//! What is typed, pasted and clicked.

use crate::pty::Setup;

/// A manifest of exactly so many bytes, indented, with a last line that can be waited for.
fn text(bytes: usize) -> String {
    let mut text = String::from("spec:\n");
    let mut number = 0;
    while text.len() + 40 < bytes {
        number += 1;
        text.push_str(&format!("  - name: c{number}\n    image: \"alpine\"\n"));
    }
    let last = "# the end\n";
    let fill = bytes - text.len() - last.len();
    text.push_str(&"#".repeat(fill.saturating_sub(1)));
    text.push('\n');
    text.push_str(last);
    assert_eq!(text.len(), bytes);
    text
}

/// Pastes into an empty file, saves, and gives what the file holds then.
fn saved_after(bytes: &str, wait_for: &str) -> String {
    let mut pty = Setup::new().file("pod.yaml", "").args(&["pod.yaml"]).start();
    pty.wait_for("pod.yaml");
    pty.send(bytes);
    pty.wait_for(wait_for);
    pty.send("\x13");
    pty.wait_file("pod.yaml", |text| text.contains(wait_for));
    std::fs::read_to_string(pty.path("pod.yaml")).unwrap()
}

#[test]
fn a_paste_without_brackets_over_1024_bytes_comes_whole_and_is_not_indented() {
    let text = text(3004);
    assert_eq!(saved_after(&text.replace('\n', "\r"), "# the end"), text);
}

#[test]
fn a_megabyte_without_brackets_comes_whole() {
    let text = text(1 << 20);
    assert_eq!(saved_after(&text.replace('\n', "\r"), "# the end"), text);
}

#[test]
fn a_paste_without_brackets_is_one_step_back() {
    let mut pty = Setup::new().file("pod.yaml", "").args(&["pod.yaml"]).start();
    pty.wait_for("pod.yaml");
    pty.send(text(20_000).replace('\n', "\r"));
    pty.wait_for("# the end");
    pty.send("\x1a");
    pty.wait_gone("# the end");
    pty.send("\x13");
    pty.wait_file("pod.yaml", str::is_empty);
    // Redo, to be sure that it was there.
    pty.send("\x19");
    pty.wait_for("# the end");
}

#[test]
fn half_a_megabyte_in_brackets_is_one_step_back() {
    let text = text(500_000);
    let mut pty = Setup::new().file("pod.yaml", "before: 1\n").args(&["pod.yaml"]).start();
    pty.wait_for("before: 1");
    pty.send(format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r\n")));
    pty.wait_for("# the end");
    pty.send("\x13");
    pty.wait_file("pod.yaml", |saved| saved == format!("{text}before: 1\n"));
    pty.send("\x1a");
    pty.wait_gone("# the end");
    pty.send("\x13");
    pty.wait_file("pod.yaml", |saved| saved == "before: 1\n");
}

#[test]
fn typing_indents_and_keys_that_come_together_keep_their_order() {
    let mut pty = Setup::new().file("pod.yaml", "").args(&["pod.yaml"]).start();
    pty.wait_for("pod.yaml");
    for key in "spec:".chars() {
        pty.send(key.to_string());
    }
    pty.wait_for("spec:");
    pty.send("\r");
    pty.send("a: 1\x1b[Db\x7f\x1b[C");
    pty.wait_for("  a: 1");
}

#[test]
fn a_sequence_that_comes_in_pieces_is_one_key() {
    let mut pty = Setup::new().file("pod.yaml", "abc\n").args(&["pod.yaml"]).start();
    pty.wait_for("abc");
    pty.send("\x1b[1");
    pty.send(";5F");
    pty.send("\x1b[20");
    pty.send("0~pas");
    pty.send("ted\x1b[20");
    pty.send("1~");
    pty.wait_for("pasted");
    assert!(!pty.screen().contains("0~"), "{}", pty.screen());
}

#[test]
fn answers_of_the_terminal_are_not_typed() {
    let mut pty = Setup::new().file("pod.yaml", "abc\n").args(&["pod.yaml"]).start();
    pty.wait_for("abc");
    pty.send("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;22c\x1b[12;40R\x1b[<35;5;5M\x1b[I");
    pty.send("x");
    pty.wait_for("xabc");
}

#[test]
fn a_click_puts_the_caret_there_and_a_double_click_selects() {
    let mut pty = Setup::new().file("pod.yaml", "one two three\n").args(&["pod.yaml"]).start();
    pty.wait_for("one two three");
    let (column, row) = pty.find("two");
    pty.send(format!("\x1b[<0;{};{}M\x1b[<0;{};{}m", column + 1, row + 1, column + 1, row + 1));
    pty.send("X");
    pty.wait_for("one Xtwo");
    let click = format!("\x1b[<0;{};{}M\x1b[<0;{};{}m", column + 2, row + 1, column + 2, row + 1);
    pty.send(click.repeat(2));
    pty.send("Y");
    pty.wait_for("one Y three");
}

#[test]
fn a_copy_goes_to_the_terminals_clipboard() {
    let mut pty = Setup::new().file("pod.yaml", "copied\n").args(&["pod.yaml"]).start();
    pty.wait_for("copied");
    let before = pty.raw().len();
    // Shift-End selects to the end of the line.
    pty.send("\x1b[1;2F\x03");
    pty.wait_raw(before, "\x1b]52;c;Y29waWVk\x1b\\");
}

#[test]
fn a_name_is_completed_and_the_decision_follows() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: verybad\nspec:\n  containers:\n  - name: shell\n    image: alpine\n";
    let mut pty = Setup::new().size(140, 40).file("verybad.yaml", pod).args(&["verybad.yaml"]).start();
    pty.wait_for("image: alpine");
    // To the end of line 5.
    pty.send("\x1b[B\x1b[B\x1b[B\x1b[B\x1b[F\r");
    for key in "hostP".chars() {
        pty.send(key.to_string());
    }
    pty.wait_for("Shares the node's process namespace");
    pty.send("\t");
    pty.wait_for("hostPID:");
    // Its values come next.
    pty.send("tr\r");
    pty.wait_for("hostPID: true");
    pty.send("\x13");
    pty.wait_file("verybad.yaml", |text| text.contains("spec:\n  hostPID: true\n  containers:\n"));
}
