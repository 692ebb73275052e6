//! From a key to the decision on the screen, through a real terminal, and from the start to the first decision.
//!
//! `cargo bench --bench pty` prints a table. The numbers hold what the terminal emulator of this bench takes, about a
//! tenth of a millisecond.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../tests/pty/mod.rs"]
#[allow(dead_code)]
mod pty;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use pty::{Pty, Setup};

/// Keys for each row of the table, and starts.
const KEYS: usize = 200;
const STARTS: usize = 30;

fn main() {
    println!("{:<44} {:>8} {:>8} {:>8} {:>8}", "milliseconds", "p50", "p90", "p99", "max");
    let starts = (0..STARTS).map(|_| start()).collect();
    report("start to the first decision (samples)", starts);
    for lines in [62, 500, 5_000] {
        let policy = policy(lines);
        let name = format!("{lines}-line policy");
        report(&format!("{name}, key in the manifest"), keys(&policy, Edited::Manifest));
        report(&format!("{name}, key that every rule reads"), keys(&policy, Edited::Shared));
        report(&format!("{name}, key in the policy"), keys(&policy, Edited::Policy));
    }
}

/// From the start of the program to the decision on the screen.
fn start() -> Duration {
    let setup = Setup::new().size(140, 40);
    let begun = Instant::now();
    let pty = setup.start();
    pty.wait_for("DENY  2");
    begun.elapsed()
}

enum Edited {
    /// A field that one rule looks at.
    Manifest,
    /// A field that every rule looks at.
    Shared,
    Policy,
}

/// Types and deletes one character; each key changes what the decision pane says.
fn keys(policy: &str, edited: Edited) -> Vec<Duration> {
    let mut pty = Setup::new()
        .size(160, 50)
        .file("policy.rego", policy)
        .file("pod.yaml", &manifest())
        .args(&["policy.rego", "pod.yaml"])
        .start();
    let [with, without] = match edited {
        Edited::Manifest => {
            pty.wait_for("DENY  2");
            // The line of the first `privileged`, at its end.
            go_to_line(&mut pty, "12");
            ["DENY  1", "DENY  2"]
        }
        Edited::Shared => {
            pty.wait_for("c0 is privileged");
            // The name of the first container.
            go_to_line(&mut pty, "7");
            ["c0x is privileged", "c0 is privileged"]
        }
        Edited::Policy => {
            pty.wait_for("is privileged");
            pty.send("\x1b1");
            // The line of the message, before the end of the text in it.
            go_to_line(&mut pty, "6");
            for _ in 0.."\", [c.name])".len() {
                pty.send("\x1b[D");
            }
            ["is privilegedx", "is privileged"]
        }
    };
    (0..KEYS)
        .map(|_| {
            let typed = timed(&mut pty, "x", |screen| screen.contains(with));
            timed(&mut pty, "\x7f", |screen| screen.contains(without) && !screen.contains(with));
            typed
        })
        .collect()
}

fn go_to_line(pty: &mut Pty, line: &str) {
    pty.send("\x07");
    pty.wait_for("Go to line");
    pty.send(format!("{line}\r\x1b[F"));
    pty.wait_until(&format!("line {line}"), |screen| screen.contents().contains(&format!(" {line}:")));
}

/// How long it takes until the decision pane, at the right, is as wanted.
fn timed(pty: &mut Pty, key: &str, wanted: impl Fn(&str) -> bool) -> Duration {
    let begun = Instant::now();
    pty.send(key);
    pty.wait_until("the decision to change", |screen| {
        wanted(&screen.rows(110, 50).collect::<Vec<_>>().join("\n"))
    });
    begun.elapsed()
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: f64| {
        let index = ((times.len() - 1) as f64 * part).round() as usize;
        format!("{:.1}", times[index].as_secs_f64() * 1000.0)
    };
    println!("{what:<44} {:>8} {:>8} {:>8} {:>8}", at(0.5), at(0.9), at(0.99), at(1.0));
}

/// A policy of about so many lines: a rule that fires, and rules as people write them that do not.
fn policy(lines: usize) -> String {
    let mut text = String::from(concat!(
        "package bench\n\n",
        "deny contains msg if {\n",
        "\tsome c in input.spec.containers\n",
        "\tc.securityContext.privileged == true\n",
        "\tmsg := sprintf(\"%s is privileged\", [c.name])\n",
        "}\n",
    ));
    let mut number = 0;
    while text.lines().count() + 11 <= lines {
        number += 1;
        let _ = write!(
            text,
            concat!(
                "\n# Rule {number}: no image of registry {number}.\n",
                "forbidden_{number}(image) if startswith(image, \"registry{number}.example.com/\")\n\n",
                "deny contains msg if {{\n",
                "\tsome c in input.spec.containers\n",
                "\tforbidden_{number}(c.image)\n",
                "\tnot c.securityContext.readOnlyRootFilesystem\n",
                "\tmsg := sprintf(\"%s uses registry {number}: %s\", [c.name, c.image])\n",
                "}}\n\n",
            ),
            number = number
        );
    }
    text
}

/// A Pod of about 200 lines; two of its containers are privileged.
fn manifest() -> String {
    let mut text =
        String::from("apiVersion: v1\nkind: Pod\nmetadata:\n  name: bench\nspec:\n  containers:\n");
    for number in 0..20 {
        let privileged = number < 2;
        let _ = write!(
            text,
            concat!(
                "  - name: c{}\n    image: alpine:3.20\n    command: [\"sleep\"]\n    args: [\"3600\"]\n",
                "    securityContext:\n      privileged: {}\n      runAsNonRoot: true\n",
                "    resources:\n      limits:\n        memory: 64Mi\n",
            ),
            number, privileged
        );
    }
    text
}
