//! However it ends, the terminal is as it was and nothing is lost.

use rustix::process::Signal;

use crate::pty::{Pty, Setup, contains};

/// What has to be undone, each after it was done.
const RESTORED: [(&str, &str); 6] = [
    ("\x1b[?1049h", "\x1b[?1049l"),
    ("\x1b[?2004h", "\x1b[?2004l"),
    ("\x1b[?1004h", "\x1b[?1004l"),
    ("\x1b[?1002h", "\x1b[?1002l"),
    ("\x1b[?1006h", "\x1b[?1006l"),
    ("\x1b[6 q", "\x1b[0 q"),
];

#[track_caller]
fn assert_restored(pty: &Pty) {
    // The last thing that is undone.
    pty.wait_until("the main screen", |screen| !screen.alternate_screen());
    let raw = pty.raw();
    let last = |part: &str| raw.windows(part.len()).rposition(|window| window == part.as_bytes());
    for (done, undone) in RESTORED {
        assert!(last(done).is_some(), "{done:?} was never sent");
        assert!(last(undone) > last(done), "{undone:?} does not follow {done:?}");
    }
    assert!(last("\x1b[?25h") > last("\x1b[?25l"), "the cursor is hidden");
    assert_eq!(pty.modes(), pty.modes_before, "the modes of the terminal");
}

#[test]
fn quitting_restores_the_terminal() {
    let mut pty = Setup::new().start();
    pty.wait_for("DENY  2");
    pty.send("\x11");
    let status = pty.wait_exit();
    assert_eq!(status.exit_code(), 0);
    assert_restored(&pty);
}

#[test]
fn signals_restore_the_terminal_and_give_their_code() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let mut pty = Setup::new().start();
        pty.wait_for("DENY  2");
        pty.send("x");
        pty.wait_for("truex");
        pty.signal(signal);
        let status = pty.wait_exit();
        assert_eq!(status.exit_code(), code);
        assert_restored(&pty);
    }
}

#[test]
fn a_terminal_that_is_closed_ends_the_program() {
    let mut pty = Setup::new().start();
    pty.wait_for("DENY  2");
    pty.hang_up();
    assert_eq!(pty.wait_exit().exit_code(), 129);
}

#[test]
fn a_terminal_that_goes_without_a_signal_ends_the_program_too() {
    // The shell is the leader of the session and gets the signal; we only see that reading fails.
    let mut pty = Setup::new().shell("trap '' HUP; \"$REGOSCOPE\"; echo $? > code; exit 0").start();
    pty.wait_for("DENY  2");
    pty.hang_up();
    pty.wait_file("code", |code| code == "129\n");
}

#[test]
fn a_terminal_that_takes_nothing_is_left_on_a_signal() {
    let mut pty = Setup::new().size(200, 60).start();
    pty.wait_for("DENY  2");
    pty.stop_reading();
    // More than any buffer between us holds.
    for _ in 0..50 {
        pty.resize(200, 60);
        pty.resize(180, 50);
        pty.send("\x1b[B\x1b[A");
    }
    pty.signal(Signal::TERM);
    assert_eq!(pty.wait_exit().exit_code(), 143);
}

/// Debug builds panic when they are told to.
#[cfg(debug_assertions)]
#[test]
fn a_panic_in_any_thread_restores_the_terminal_and_keeps_the_journal() {
    for place in ["loop", "thread"] {
        let mut pty = Setup::new()
            .env("REGOSCOPE_PANIC", place)
            .file("pod.yaml", "kind: Pod\n")
            .args(&["pod.yaml"])
            .start();
        pty.wait_for("kind: Pod");
        pty.send("\x1b[200~secret\x1b[201~");
        pty.wait_for("secretkind");
        pty.send("\x1b[24~");
        assert_eq!(pty.wait_exit().exit_code(), 101);
        assert_restored(&pty);
        pty.wait_for("mistake of its own");
        let report = pty.find_file(".state/regoscope", "panic-").expect("a report");
        assert!(report.contains("place: src/run.rs"), "{report}");
        assert!(!report.contains("secret"), "{report}");

        let pty = pty.into_home().args(&["pod.yaml"]).start();
        pty.wait_for("Recovered");
    }
}

#[test]
fn after_kill_9_the_text_is_offered_again() {
    let mut pty = Setup::new().file("pod.yaml", "kind: Pod\n").args(&["pod.yaml"]).start();
    pty.wait_for("kind: Pod");
    pty.send("# ");
    pty.send("\x1b[200~typed\x1b[201~");
    pty.wait_for("# typedkind: Pod");
    pty.wait_journal("typed");
    pty.signal(Signal::KILL);
    pty.wait_exit();

    let mut pty = pty.into_home().args(&["pod.yaml"]).start();
    pty.wait_for("Recovered");
    pty.send("\r");
    pty.wait_for("# typedkind: Pod");
    pty.send("\x13");
    pty.wait_file("pod.yaml", |text| text == "# typedkind: Pod\n");
    pty.wait_gone("edited");
    pty.send("\x11");
    assert_eq!(pty.wait_exit().exit_code(), 0);

    // What was saved is not offered again.
    let mut pty = pty.into_home().args(&["pod.yaml"]).start();
    pty.wait_for("# typedkind: Pod");
    pty.send("x");
    pty.wait_for("x# typed");
    assert!(!pty.screen().contains("Recovered"));
}

#[test]
fn suspended_from_outside_and_continued() {
    let mut pty = Setup::new().start();
    pty.wait_for("DENY  2");
    pty.signal(Signal::TSTP);
    pty.wait_stopped();
    assert_restored(&pty);
    let before = pty.raw().len();
    pty.resize(90, 25);
    pty.signal(Signal::CONT);
    pty.wait_raw(before, "\x1b[?1049h");
    pty.send("x");
    pty.wait_for("truex");
    assert_eq!(pty.screen().lines().count(), 25);
    assert_ne!(pty.modes(), pty.modes_before);
}

#[test]
fn suspended_by_command_in_a_shell_and_brought_back() {
    let mut pty = Setup::new().shell("exec sh -i").start();
    pty.wait_for("$ ");
    pty.send("\"$REGOSCOPE\"\r");
    pty.wait_for("DENY  2");
    pty.send("\x1b");
    pty.wait_for("NAV");
    pty.send(" wz");
    pty.wait_for("Stopped");
    pty.send("echo $((6 * 7))\r");
    pty.wait_for("42");
    pty.send("fg\r");
    pty.wait_for("DENY  2");
    pty.send("q");
    pty.wait_until("the shell's prompt", |screen| {
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("\n$")
    });
    pty.send("exit\r");
    pty.wait_exit();
}

#[test]
fn without_a_shell_it_is_not_suspended_but_says_why() {
    let mut pty = Setup::new().start();
    pty.wait_for("DENY  2");
    pty.send("\x1b");
    pty.wait_for("NAV");
    pty.send(" wz");
    pty.wait_for("no shell is there");
}

#[test]
fn where_there_is_no_screen_it_says_so_and_writes_no_sequence() {
    for (term, words) in [("dumb", "TERM=dumb"), ("", "TERM=")] {
        let mut pty = Setup::new().env("TERM", term).start();
        assert_eq!(pty.wait_exit().exit_code(), 2);
        pty.wait_for(words);
        assert!(!contains(&pty.raw(), b"\x1b"), "{:?}", pty.screen());
        assert_eq!(pty.modes(), pty.modes_before);
    }
    let mut pty = Setup::new().shell("\"$REGOSCOPE\" > out; echo code $?").start();
    pty.wait_for("code 2");
    pty.wait_for("regoscope check");
    pty.wait_exit();
    assert_eq!(std::fs::read(pty.path("out")).unwrap(), b"");
    let mut pty =
        Setup::new().env("LANG", "ja_JP.UTF-8").shell("\"$REGOSCOPE\" < /dev/null; echo code $?").start();
    pty.wait_for("code 2");
    pty.wait_for("端末");
    pty.wait_exit();
    assert!(!contains(&pty.raw(), b"\x1b"));
}
