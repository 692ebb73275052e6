//! What is shown.

use crate::pty::Setup;

#[test]
fn the_samples_are_denied_and_one_edit_changes_the_decision() {
    let mut pty = Setup::new().size(140, 40).start();
    pty.wait_for("DENY  2");
    pty.send("\x7f\x7f\x7f\x7ffalse");
    pty.wait_for("privileged: false");
    pty.wait_for("DENY  1");
}

#[test]
fn the_screen_speaks_japanese() {
    let pty = Setup::new().env("LANG", "ja_JP.UTF-8").start();
    pty.wait_for("拒否  2");
    pty.wait_for("編集");
}

#[test]
fn the_terminals_own_cursor_is_at_the_caret() {
    let mut pty = Setup::new().file("pod.yaml", "a: か\u{3099}x\n").args(&["pod.yaml"]).start();
    pty.wait_for("a: か");
    let home = || pty.cursor();
    pty.wait_until("the cursor in the text", |screen| {
        !screen.hide_cursor() && screen.cursor_position().0 > 0
    });
    let (row, column) = home();
    pty.send("\x1b[F");
    // `a: ` takes three cells, the letter and its mark two, `x` one.
    pty.wait_until("the cursor at the end", |screen| screen.cursor_position() == (row, column + 6));
}

#[test]
fn a_storm_of_sizes_ends_with_the_right_screen() {
    let mut pty = Setup::new().size(140, 40).start();
    pty.wait_for("DENY  2");
    for (columns, rows) in
        [(1, 1), (20, 3), (0, 0), (65_535, 2), (2, 300), (40, 10), (1, 1), (7, 65), (80, 24)]
    {
        for _ in 0..40 {
            pty.resize(columns, rows);
        }
    }
    pty.resize(100, 30);
    pty.send("\x7f\x7f\x7f\x7ffalse");
    pty.wait_for("DENY  1");
    pty.wait_until("every row drawn", |screen| {
        screen.rows(0, 100).last().is_some_and(|row| row.contains("F1"))
    });
}

#[test]
fn a_window_of_one_cell_can_grow() {
    let pty = Setup::new().size(1, 1).start();
    pty.wait_raw(0, "\x1b[?1049h");
    pty.resize(100, 30);
    pty.wait_for("DENY  2");
}

#[test]
fn an_endless_policy_holds_up_nothing() {
    let endless = "package p\n\ndeny contains \"never\" if {\n\tsome a in numbers.range(1, 100000)\n\tsome b in numbers.range(1, 100000)\n\ta + b == 0\n}\n";
    let mut pty = Setup::new()
        .size(140, 40)
        .file("p.rego", endless)
        .file("pod.yaml", "kind: Pod\n")
        .args(&["p.rego", "pod.yaml"])
        .start();
    pty.wait_for("kind: Pod");
    pty.send("# typed meanwhile");
    pty.wait_for("# typed meanwhile");
    pty.wait_for("NOT JUDGED");
}

#[test]
fn an_evaluator_that_is_killed_is_started_again() {
    let mut pty = Setup::new().size(140, 40).start();
    pty.wait_for("DENY  2");
    pty.kill_children();
    pty.send("\x7f\x7f\x7f\x7ffalse");
    pty.wait_for("DENY  1");
}

#[test]
fn a_literal_that_gets_deeper_with_each_key_holds_up_nothing() {
    let policy = "package p\n\nx := \n\ndeny contains \"always\" if {\n\tinput.kind == \"Pod\"\n}\n";
    let mut pty = Setup::new()
        .size(140, 40)
        .file("p.rego", policy)
        .file("pod.yaml", "kind: Pod\n")
        .args(&["pod.yaml", "p.rego"])
        .start();
    pty.wait_for("deny contains");
    pty.send("\x1b[B\x1b[B\x1b[F");
    pty.wait_for(" 3:6");
    for depth in 1..=40 {
        pty.send("[");
        pty.wait_for(&format!(" 3:{}", 6 + depth));
    }
    pty.send("\x1b[F");
    pty.send("1");
    pty.wait_for("[1");
}

#[test]
fn one_key_asks_as_kubectl_exec_does() {
    let policy = "package p\n\ndeny contains \"no shells\" if input.request.operation == \"CONNECT\"\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: a}]}\n";
    let setup = Setup::new().size(140, 40).file("exec.rego", policy).file("pod.yaml", pod);
    let mut pty = setup.args(&["exec.rego", "pod.yaml"]).start();
    pty.wait_for("ALLOW");
    pty.wait_for("Pod default/web · CREATE");
    // F4
    pty.send("\x1bOS");
    pty.wait_for("DENY  1");
    pty.wait_for("CONNECT exec sh");
    pty.wait_for("no shells");
    // In the pane (F7) the decision follows each key.
    pty.send("\x1b[18~");
    pty.wait_for("Namespace labels");
    pty.send("d");
    pty.wait_for("ALLOW");
    pty.wait_for("Pod default/web · DELETE");
    pty.send("\x1bOS\x1b");
    pty.wait_for("DENY  1");
}
