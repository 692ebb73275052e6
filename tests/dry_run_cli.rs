//! `regoscope dry-run` as a script sees it, with servers on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

mod loopback;
mod recordings;

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use loopback::{Loopback, Reply, Request, allow};
use serde_json::Value;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: verybad\n  namespace: restricted\nspec:\n  hostPID: true\n  \
                   containers:\n  - name: shell\n    image: ubuntu:latest\n    securityContext:\n      privileged: true\n";

/// A folder that is home and working directory, with a manifest and a kubeconfig.
struct Home(tempfile::TempDir);

impl Home {
    fn new(kubeconfig: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join(".kube")).unwrap();
        std::fs::write(home.path().join(".kube/config"), kubeconfig).unwrap();
        std::fs::write(home.path().join("pod.yaml"), POD).unwrap();
        Self(home)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, args: &[&str]) -> Output {
        self.run_with(args, "")
    }

    fn run_with(&self, args: &[&str], stdin: &str) -> Output {
        Command::cargo_bin("regoscope")
            .unwrap()
            .arg("dry-run")
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .write_stdin(stdin)
            .output()
            .unwrap()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", stderr(output)))
}

/// Denies as a recorded server did.
fn denying() -> Loopback {
    let recording = recordings::one("001-");
    Loopback::kubernetes(move |request: &Request| match request.method.as_str() {
        "GET" => Reply::failure(404, "NotFound", "not found"),
        _ => Reply::text(403, "application/json", &String::from_utf8_lossy(&recording.exchange.body)),
    })
}

/// A kubeconfig with several contexts, the first of them the current one.
fn merged(contexts: &[(&str, u16)]) -> String {
    let list = |item: &dyn Fn(&str, u16) -> String| {
        contexts.iter().map(|(name, port)| item(name, *port)).collect::<Vec<_>>().join(", ")
    };
    format!(
        "current-context: {}\nclusters: [{}]\ncontexts: [{}]\nusers: [{{name: me, user: {{token: t}}}}]\n",
        contexts[0].0,
        list(&|name, port| format!("{{name: {name}, cluster: {{server: \"http://127.0.0.1:{port}\"}}}}")),
        list(&|name, _| format!("{{name: {name}, context: {{cluster: {name}, user: me, namespace: shop}}}}")),
    )
}

#[test]
fn what_is_allowed_exits_with_0() {
    let server = Loopback::kubernetes(allow);
    let home = Home::new(&server.kubeconfig("kind-dev", "{token: t}"));
    let output = home.run(&["pod.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "pod.yaml:1  Pod restricted/verybad\n  ✓ kind-dev  ALLOWED, would be created\n\n\
         documents 1, contexts 1: 1 allowed, 0 denied, 0 not judged\n"
    );
    assert!(server.lines().iter().all(|line| line.starts_with("GET ") || line.contains("dryRun=All")));
}

#[test]
fn a_denial_names_the_judge_and_the_lines() {
    let server = denying();
    let home = Home::new(&server.kubeconfig("kind-dev", "{token: t}"));
    let output = home.run(&["pod.yaml"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("✗ kind-dev  DENIED by Pod Security, level restricted (latest)"), "{text}");
    assert!(text.contains("pod.yaml:7:3: host namespaces"), "{text}");

    let output = home.run(&["-o", "json", "pod.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let report = json(&output);
    assert_eq!(report["version"], 1);
    let answer = &report["documents"][0]["answers"][0];
    assert_eq!(answer["context"], "kind-dev");
    assert_eq!(answer["verdict"], "denied");
    assert_eq!(answer["judge"]["judge"], "pod_security");
    let problem =
        &answer["problems"].as_array().unwrap().iter().find(|p| p["pointer"] == "/spec/hostPID").unwrap();
    assert_eq!(
        (&problem["file"], &problem["line"], &problem["column"]),
        (&"pod.yaml".into(), &7.into(), &3.into())
    );
    assert_eq!(
        answer["command"],
        "kubectl apply --server-side --dry-run=server --field-manager=kubectl --context kind-dev -n restricted -f pod.yaml"
    );
    assert_eq!(report["summary"]["denied"], 1);
}

#[test]
fn several_contexts_answer_side_by_side_and_a_bad_one_is_one_line() {
    let (good, bad) = (Loopback::kubernetes(allow), denying());
    let home = Home::new(&merged(&[("dev", good.port), ("staging", bad.port), ("gone", 1)]));
    let output = home.run(&["--context", "gone", "--context", "staging", "--context", "dev", "pod.yaml"]);
    // What is not known counts for more than a denial.
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let text = stdout(&output);
    let signs: Vec<&str> = text.lines().filter(|line| line.starts_with("  ")).collect();
    let begin = |line: &str| line.trim_start().split("  ").next().unwrap().to_owned();
    let lines: Vec<String> = signs.iter().filter(|l| !l.starts_with("      ")).map(|l| begin(l)).collect();
    assert_eq!(lines, ["? gone", "✗ staging", "✓ dev"], "{text}");
    assert!(text.contains("NOT JUDGED: no connection"), "{text}");
    assert!(text.ends_with("1 allowed, 1 denied, 1 not judged\n"), "{text}");
}

#[test]
fn a_program_for_credentials_never_runs_unasked() {
    let server = Loopback::kubernetes(allow);
    let user = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, interactiveMode: Never, \
                args: [-c, 'echo ran >> plugin.log; echo ''{\"apiVersion\":\"client.authentication.k8s.io/v1\",\
                \"kind\":\"ExecCredential\",\"status\":{\"token\":\"canary\"}}'' ']}}";
    let home = Home::new(&server.kubeconfig("kind-dev", user));
    let output = home.run(&["pod.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("sh -c") && said.contains("--allow-plugins"), "{said}");
    assert!(!home.path().join("plugin.log").exists());
    assert!(server.seen().is_empty());

    let output = home.run(&["--allow-plugins", "-o", "json", "pod.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!(stdout(&output) + &stderr(&output)).contains("canary"));
    // The flag is for one call.
    assert_eq!(home.run(&["pod.yaml"]).status.code(), Some(2));
}

#[test]
fn a_current_context_that_looks_like_production_must_be_named() {
    let server = Loopback::kubernetes(allow);
    let home = Home::new(&server.kubeconfig("prod-eu", "{token: t}"));
    let output = home.run(&["pod.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--context prod-eu"), "{}", stderr(&output));
    assert!(server.seen().is_empty());
    assert_eq!(home.run(&["--context", "prod-eu", "pod.yaml"]).status.code(), Some(0));
}

#[test]
fn the_local_decision_stands_beside_the_answer() {
    let server = Loopback::kubernetes(allow);
    let home = Home::new(&server.kubeconfig("kind-dev", "{token: t}"));
    let policy = "package p\n\ndeny contains \"no host PID\" if input.spec.hostPID\n";
    std::fs::write(home.path().join("p.rego"), policy).unwrap();
    let output = home.run(&["-p", "p.rego", "pod.yaml"]);
    let text = stdout(&output);
    assert!(text.contains("Pod restricted/verybad  local: ✗ DENY"), "{text}");
    assert!(
        text.contains("! differs: allowed there, denied here: no judge of the cluster objects"),
        "{text}"
    );
    let report = json(&home.run(&["-p", "p.rego", "-o", "json", "pod.yaml"]));
    assert_eq!(report["documents"][0]["local"], "deny");
    assert_eq!(report["documents"][0]["answers"][0]["parity"]["agreement"], "only_local_denies");
}

#[test]
fn the_pod_of_a_workload_is_asked_about_too() {
    let server = Loopback::kubernetes(allow);
    let home = Home::new(&server.kubeconfig("kind-dev", "{token: t}"));
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec: {containers: []}\n";
    let output = home.run_with(&["-n", "lab", "-o", "json", "-"], deployment);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = json(&output);
    assert_eq!(report["documents"][0]["derived"][0]["kind"], "Pod");
    assert_eq!(report["documents"][0]["derived"][0]["answers"][0]["change"], "would_create");
    assert!(
        server.lines().iter().any(|line| line.starts_with("POST /api/v1/namespaces/lab/pods?dryRun=All"))
    );
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_asked() {
    let server = Loopback::kubernetes(allow);
    let home = Home::new(&server.kubeconfig("kind-dev", "{token: t}"));
    std::fs::write(home.path().join("broken.yaml"), "a: [\n").unwrap();
    let output = home.run(&["broken.yaml", "pod.yaml", "gone.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("broken.yaml:") && stderr(&output).contains("gone.yaml"),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&output).contains("✓ kind-dev  ALLOWED"), "{}", stdout(&output));
}

#[test]
fn without_a_kubeconfig_or_context_there_is_one_clear_line() {
    let home = Home::new("");
    std::fs::remove_file(home.path().join(".kube/config")).unwrap();
    let output = home.run(&["pod.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no kubeconfig found"), "{}", stderr(&output));
    let server = Loopback::kubernetes(allow);
    let home = Home::new(&server.kubeconfig("kind-dev", "{token: t}"));
    let output = home.run(&["--context", "nope", "pod.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("there is no context nope"), "{}", stderr(&output));
}
