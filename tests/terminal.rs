//! The program in a real terminal, end to end.

mod pty;

use pty::Setup;

#[test]
fn the_samples_are_denied_and_one_edit_changes_the_decision() {
    let mut pty = Setup::new().size(140, 40).start();
    pty.wait_for("DENY  2");
    pty.send("\x7f\x7f\x7f\x7ffalse");
    pty.wait_for("privileged: false");
    pty.wait_for("DENY  1");
}
