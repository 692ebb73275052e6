//! Asking a cluster, from the key to the answer on the screen, with a server on loopback.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::loopback::{Loopback, Reply, allow};
use crate::pty::{Pty, Setup};
use crate::recordings;

/// The program on a Pod and with a kubeconfig.
fn with_kubeconfig(kubeconfig: &str, width: u16, height: u16) -> Pty {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: verybad\n  namespace: restricted\nspec:\n  \
               hostPID: true\n  containers:\n  - name: shell\n    image: ubuntu:latest\n    securityContext:\n      \
               privileged: true\n";
    Setup::new()
        .size(width, height)
        .file("pod.yaml", pod)
        .file(".kube/config", kubeconfig)
        .args(&["pod.yaml"])
        .start()
}

/// A server that denies as a real one did.
fn denying() -> Loopback {
    let recording = recordings::all().into_iter().find(|r| r.file.starts_with("001-")).unwrap();
    Loopback::kubernetes(move |request| match request.method.as_str() {
        "GET" => Reply::failure(404, "NotFound", "not found"),
        _ => Reply::text(403, "application/json", &String::from_utf8_lossy(&recording.exchange.body)),
    })
}

#[test]
fn one_key_shows_what_the_server_would_do() {
    let server = denying();
    let mut pty = with_kubeconfig(&server.kubeconfig("kind-dev", "{token: t}"), 140, 40);
    pty.wait_for("cluster: not contacted");
    assert!(server.seen().is_empty(), "nothing is contacted before the first question");
    pty.send("\x1b[20~");
    pty.wait_for("cluster: kind-dev");
    pty.wait_for("DENIED by Pod Security, level restricted");
    pty.wait_for("dry run, nothing was changed");
    // The server's complaints are beside the lines.
    pty.wait_for("pod.yaml:12");
    pty.send("c");
    pty.wait_for("kubectl apply --server-side --dry-run=server --field-manager=kubectl");
    let patches: Vec<String> = server.lines().into_iter().filter(|line| line.starts_with("PATCH")).collect();
    assert_eq!(patches.len(), 1, "{patches:?}");
    assert!(patches[0].contains("dryRun=All"), "{patches:?}");
}

#[test]
fn a_production_like_name_must_be_typed_first() {
    let server = denying();
    let mut pty = with_kubeconfig(&server.kubeconfig("prod-eu", "{token: t}"), 80, 24);
    pty.wait_for(" EDIT ");
    pty.send("\x1b[20~");
    pty.wait_for("This looks like production");
    pty.send("prod-us\r");
    pty.wait_for("that is not its name");
    assert!(server.seen().is_empty());
    pty.send("\x7f\x7feu\r");
    pty.wait_for("DENIED by Pod Security");
}

#[test]
fn a_program_for_credentials_runs_when_the_user_agreed() {
    let server = Loopback::kubernetes(allow);
    let user = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, interactiveMode: Never, \
                args: [-c, 'echo ran >> plugin.log; echo ''{\"apiVersion\":\"client.authentication.k8s.io/v1\",\
                \"kind\":\"ExecCredential\",\"status\":{\"token\":\"t\"}}'' ']}}";
    let mut pty = with_kubeconfig(&server.kubeconfig("kind-dev", user), 100, 30);
    pty.wait_for(" EDIT ");
    pty.send("\x1b[20~");
    pty.wait_for("Run this program?");
    pty.wait_for("sh -c");
    assert!(!pty.path("plugin.log").exists(), "nothing runs before the user agreed");
    pty.send("\x1b");
    pty.wait_gone("Run this program?");
    pty.wait_for("waits for you");
    assert!(server.seen().is_empty());
    pty.send("r");
    pty.wait_for("Run this program?");
    pty.send("y");
    pty.wait_for("ALLOWED, would be created");
    assert_eq!(std::fs::read_to_string(pty.path("plugin.log")).unwrap(), "ran\n");
}

/// A program that asks the user for a word on the terminal.
const ASKING: &str = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, interactiveMode: Always, \
                      args: [-c, 'echo \"your \"\"word?\" >&2; read word; echo \"$word\" > word.log; echo \
                      ''{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\
                      \"status\":{\"token\":\"t\"}}'' ']}}";

#[test]
fn a_program_that_asks_the_user_gets_the_terminal_and_gives_it_back() {
    let server = Loopback::kubernetes(allow);
    let mut pty = with_kubeconfig(&server.kubeconfig("kind-dev", ASKING), 100, 30);
    pty.wait_for(" EDIT ");
    pty.send("\x1b[20~");
    pty.wait_for("Run this program?");
    pty.send("y");
    pty.wait_for("hand over the terminal");
    pty.send("y");
    pty.wait_for("your word?");
    pty.send("open sesame\r");
    pty.wait_for("ALLOWED, would be created");
    assert_eq!(std::fs::read_to_string(pty.path("word.log")).unwrap(), "open sesame\n");
    // The keys are ours again, and no text was changed meanwhile.
    pty.send("\x1b");
    pty.wait_gone("4 Cluster");
    pty.send("\x11");
    assert!(pty.wait_exit().success());
}

#[test]
fn ctrl_c_ends_the_program_that_has_the_terminal_and_not_this_one() {
    let server = Loopback::kubernetes(allow);
    let mut pty = with_kubeconfig(&server.kubeconfig("kind-dev", ASKING), 100, 30);
    pty.wait_for(" EDIT ");
    pty.send("\x1b[20~");
    pty.wait_for("Run this program?");
    pty.send("y");
    pty.wait_for("hand over the terminal");
    pty.send("y");
    pty.wait_for("your word?");
    pty.send("\x03");
    pty.wait_for("4 Cluster");
    pty.wait_for("ended with an error");
    assert!(server.seen().is_empty());
}

#[test]
fn what_is_on_its_way_can_be_stopped_and_asked_again() {
    let hang = Arc::new(AtomicBool::new(true));
    let hangs = hang.clone();
    let server = Loopback::kubernetes(move |request| match request.method.as_str() {
        "PATCH" if hangs.load(Ordering::SeqCst) => Reply::Hang,
        _ => allow(request),
    });
    let mut pty = with_kubeconfig(&server.kubeconfig("kind-dev", "{token: t}"), 80, 24);
    pty.wait_for(" EDIT ");
    pty.send("\x1b[20~");
    pty.wait_for("asking…");
    pty.send("\x1b");
    server.wait_for_close();
    pty.wait_for("stopped");
    hang.store(false, Ordering::SeqCst);
    pty.send("r");
    pty.wait_for("ALLOWED, would be created");
}

#[test]
fn without_a_kubeconfig_the_pane_says_what_to_do() {
    let mut pty = Setup::new().size(80, 24).start();
    pty.wait_for(" EDIT ");
    pty.send("\x1b[20~");
    pty.wait_for("No kubeconfig was found");
    std::fs::create_dir_all(pty.path(".kube")).unwrap();
    let server = Loopback::kubernetes(allow);
    std::fs::write(pty.path(".kube/config"), server.kubeconfig("kind-dev", "{token: t}")).unwrap();
    pty.send("\x1b[20~");
    pty.wait_for("ALLOWED, would be created");
}
