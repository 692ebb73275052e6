//! Programs that get credentials: run once, asked for, ended in time, and never heard of again.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod loopback;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use loopback::{Asker, Loopback, Reply, allow, ask};
use regoscope::cluster::context::Bound;
use regoscope::cluster::environment::Environment;
use regoscope::cluster::exec::{Plugin, PluginError, plugin_of};
use regoscope::cluster::kubeconfig::Kubeconfig;
use regoscope::cluster::runtime::{Ask, Event, Failure, Setup};
use regoscope::core::dry_run::Verdict;
use tempfile::TempDir;

const NINE: &str = "apiVersion: v1\nkind: List\nitems:\n\
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n\
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: d}}\n\
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: e}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: f}}\n\
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: g}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: h}}\n\
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: i}}\n";
const ONE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
const TOKEN: &str = r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"canary-plugin"}}"#;

/// A home folder with a kubeconfig whose user is a plugin that is a shell script.
struct Home {
    folder: TempDir,
}

impl Home {
    /// `script` is run by `sh`; `more` is added to the user's `exec`.
    fn new(server: &Loopback, script: &str, more: &str) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(home.path(".kube")).unwrap();
        std::fs::write(home.path("plugin.sh"), script).unwrap();
        let script = home.path("plugin.sh");
        let more = if more.contains("apiVersion") {
            more.to_owned()
        } else {
            format!("apiVersion: client.authentication.k8s.io/v1, {more}")
        };
        let command = if more.contains("command:") { String::new() } else { "command: sh, ".to_owned() };
        let user = format!("{{exec: {{{command}args: ['{}', --flag], {more}}}}}", script.display());
        std::fs::write(home.path(".kube/config"), server.kubeconfig("dev", &user)).unwrap();
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn environment(&self) -> Environment {
        let home = self.folder.path().to_owned();
        let path = std::env::var_os("PATH").unwrap();
        Environment::of([("HOME", home.into_os_string()), ("PATH", path), ("OUTER", "inherited".into())])
    }

    fn context(&self) -> Bound {
        Kubeconfig::load(&self.environment()).unwrap().bind(None).unwrap()
    }

    fn plugin(&self) -> Plugin {
        plugin_of(&self.context()).unwrap()
    }

    /// How often the script wrote a line to `runs`.
    fn runs(&self) -> usize {
        std::fs::read_to_string(self.path("runs")).unwrap_or_default().lines().count()
    }

    /// Agrees and asks.
    fn ask(&self, asker: &Asker, manifest: &str) -> Vec<Event> {
        asker.cluster.agree(&self.plugin());
        asker.ask(ask(&[self.context()], manifest))
    }

    /// Agrees and asks; there are no credentials, for this reason.
    fn error(&self) -> PluginError {
        plugin_error(&self.ask(&Asker::new(None), ONE))
    }
}

fn plugin_error(events: &[Event]) -> PluginError {
    match events.first() {
        Some(Event::Failed { why: Failure::Plugin(error), .. }) => error.clone(),
        event => panic!("{event:?}"),
    }
}

fn allowed(events: &[Event]) -> usize {
    let is_allowed = |event: &&Event| matches!(event, Event::Answered { answer, .. } if answer.verdict == Verdict::Allowed);
    events.iter().filter(is_allowed).count()
}

/// A script that counts its runs and prints a token.
fn counting(home_relative: &str) -> String {
    format!("echo run >> \"$(dirname \"$0\")/runs\"\n{home_relative}\ncat <<'END'\n{TOKEN}\nEND\n")
}

#[test]
fn nothing_runs_unasked_and_then_once_for_nine_documents() {
    let server = Loopback::allowing();
    let home = Home::new(&server, &counting(""), "");
    let asker = Asker::new(None);

    let PluginError::NeedsConsent(plugin) = plugin_error(&asker.ask(ask(&[home.context()], NINE))) else {
        panic!()
    };
    assert_eq!((home.runs(), server.seen().len()), (0, 0));
    assert_eq!(plugin.argv, ["sh", home.path("plugin.sh").to_str().unwrap(), "--flag"]);
    assert_eq!((plugin.context.as_str(), plugin.user.as_str()), ("dev", "dev"));
    assert!(plugin.server.ends_with(&server.port.to_string()));

    asker.cluster.agree(&plugin);
    assert_eq!(allowed(&asker.ask(Ask { id: 2, ..ask(&[home.context()], NINE) })), 9);
    assert_eq!(allowed(&asker.ask(Ask { id: 3, ..ask(&[home.context()], NINE) })), 9);
    assert_eq!(home.runs(), 1);
    let seen = server.seen();
    assert!(seen.iter().all(|request| request.header("authorization") == "Bearer canary-plugin"));
}

#[test]
fn an_agreement_is_kept_in_its_file_and_is_about_exactly_this_plugin() {
    let server = Loopback::allowing();
    let home = Home::new(&server, &counting(""), "env: [{name: A, value: '1'}]");
    let trust = home.path("state/plugins");
    let first = Asker::new(Some(trust.clone()));
    assert_eq!(allowed(&home.ask(&first, ONE)), 1);
    drop(first);
    assert_eq!(std::fs::read_to_string(&trust).unwrap().lines().count(), 1);

    let asker = Asker::new(Some(trust.clone()));
    assert_eq!(allowed(&asker.ask(ask(&[home.context()], ONE))), 1);
    let config = std::fs::read_to_string(home.path(".kube/config")).unwrap();
    for (from, to) in [
        ("--flag", "--other"),
        ("value: '1'", "value: '2'"),
        ("http://127.0.0.1", "http://localhost"),
        ("command: sh", "command: bash"),
    ] {
        std::fs::write(home.path(".kube/config"), config.replace(from, to)).unwrap();
        let error = plugin_error(&asker.ask(ask(&[home.context()], ONE)));
        assert!(matches!(error, PluginError::NeedsConsent(_)), "{to}: {error:?}");
    }
    // Another current-context is the same plugin.
    std::fs::write(home.path(".kube/config"), format!("{config}other: 1\n")).unwrap();
    assert_eq!(allowed(&asker.ask(ask(&[home.context()], ONE))), 1);
}

#[test]
fn contexts_of_the_same_user_share_a_run() {
    let server = Loopback::allowing();
    let home = Home::new(&server, &counting(""), "");
    let config = std::fs::read_to_string(home.path(".kube/config")).unwrap();
    let two = config.replace("contexts: [", "contexts: [{name: two, context: {cluster: dev, user: dev}}, ");
    std::fs::write(home.path(".kube/config"), two).unwrap();
    let all = Kubeconfig::load(&home.environment()).unwrap();
    let asker = Asker::new(None);
    asker.cluster.agree(&home.plugin());
    let contexts = [all.bind(Some("dev")).unwrap(), all.bind(Some("two")).unwrap()];
    assert_eq!(allowed(&asker.ask(ask(&contexts, ONE))), 2);
    assert_eq!(home.runs(), 1);
}

#[test]
fn an_expired_credential_is_got_again_and_a_refused_one_once() {
    let server = Loopback::allowing();
    let expired = TOKEN.replace(r#""token""#, r#""expirationTimestamp":"2020-01-01T00:00:00Z","token""#);
    let home = Home::new(&server, &format!("echo run >> \"$(dirname \"$0\")/runs\"; echo '{expired}'"), "");
    let asker = Asker::new(None);
    assert_eq!(allowed(&home.ask(&asker, NINE)), 9);
    assert_eq!(home.runs(), 1, "nine documents of one question");
    home.ask(&asker, NINE);
    assert_eq!(home.runs(), 2);

    // The server accepts the first token for five requests.
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    let server = Loopback::kubernetes(|request| {
        let is_first = request.header("authorization").ends_with("canary-1");
        if is_first && SEEN.fetch_add(1, Ordering::Relaxed) > 4 {
            return Reply::failure(401, "Unauthorized", "Unauthorized");
        }
        allow(request)
    });
    let script = "echo run >> \"$(dirname \"$0\")/runs\"; n=$(wc -l < \"$(dirname \"$0\")/runs\" | tr -d ' ')\n\
                  echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\
                  \"status\":{\"token\":\"canary-'$n'\"}}'";
    let home = Home::new(&server, script, "");
    assert_eq!(allowed(&home.ask(&Asker::new(None), NINE)), 9);
    assert_eq!(home.runs(), 2);

    let never = Loopback::start(|_| Reply::failure(401, "Unauthorized", "Unauthorized"));
    let home = Home::new(&never, &counting(""), "");
    home.ask(&Asker::new(None), ONE);
    assert_eq!(home.runs(), 1, "what is new and refused is not got again");
}

#[test]
fn it_gets_what_kubectl_gives_it() {
    let server = Loopback::allowing();
    let script = counting(
        "printf '%s\\n' \"$KUBERNETES_EXEC_INFO\" \"$A\" \"$OUTER\" \"$*\" > \"$(dirname \"$0\")/given\"; cat >> \"$(dirname \"$0\")/given\"",
    );
    let home = Home::new(&server, &script, "env: [{name: A, value: set}], provideClusterInfo: true");
    assert_eq!(allowed(&home.ask(&Asker::new(None), ONE)), 1);
    let given = std::fs::read_to_string(home.path("given")).unwrap();
    let lines: Vec<&str> = given.lines().collect();
    let info: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(info["kind"], "ExecCredential");
    assert_eq!(info["apiVersion"], "client.authentication.k8s.io/v1");
    assert_eq!(info["spec"]["interactive"], false);
    assert!(info["spec"]["cluster"]["server"].as_str().unwrap().ends_with(&server.port.to_string()));
    assert_eq!(lines[1..], ["set", "inherited", "--flag"]);
}

#[test]
fn what_goes_wrong_is_one_reason_without_a_word_of_its_output() {
    let server = Loopback::allowing();
    let no = |what| PluginError::NoCredential { command: "sh".to_owned(), what };
    let v1 = "client.authentication.k8s.io/v1";
    let answer =
        |status: &str| format!(r#"echo '{{"apiVersion":"{v1}","kind":"ExecCredential","status":{status}}}'"#);
    let cases = [
        ("echo 'canary \x1b]0;owned\x07' >&2; echo canary".to_owned(), "", no("JSON")),
        ("echo '{\"kind\":\"canary\"}'".to_owned(), "", no("kind")),
        (TOKEN.replace("k8s.io/v1", "k8s.io/v1beta1"), "", no("apiVersion")),
        (answer("{}"), "", no("status.token")),
        (answer(r#"{"clientCertificateData":"canary"}"#), "", no("status.clientKeyData")),
        (
            answer(r#"{"token":"canary","expirationTimestamp":"canary"}"#),
            "",
            no("status.expirationTimestamp"),
        ),
        ("head -c 2000000 /dev/zero".to_owned(), "", PluginError::TooMuch { command: "sh".to_owned() }),
        (
            "exit 0".to_owned(),
            "apiVersion: client.authentication.k8s.io/v1alpha1",
            PluginError::Version {
                command: "sh".to_owned(),
                version: "client.authentication.k8s.io/v1alpha1".to_owned(),
            },
        ),
        (
            "exit 0".to_owned(),
            "command: nosuch-program, installHint: brew install it",
            PluginError::Missing {
                command: "nosuch-program".to_owned(),
                hint: Some("brew install it".to_owned()),
            },
        ),
    ];
    for (script, more, want) in cases {
        let script = if script.starts_with('{') { format!("echo '{script}'") } else { script };
        let home = Home::new(&server, &script, more);
        let error = home.error();
        assert_eq!(error, want, "{script}");
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
    let home = Home::new(&server, "echo 'canary' >&2; exit 3", "");
    let PluginError::Failed { code, plugin } = home.error() else { panic!() };
    assert_eq!((code, plugin.argv.len()), (Some(3), 3));
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn cancelling_ends_it_and_its_children() {
    let server = Loopback::allowing();
    let home = Home::new(&server, "sleep 600 & echo $! > \"$(dirname \"$0\")/child\"; wait", "");
    let asker = Asker::new(None);
    asker.cluster.agree(&home.plugin());
    asker.cluster.ask(ask(&[home.context()], ONE));
    let child = loop {
        match std::fs::read_to_string(home.path("child")).unwrap_or_default().trim().parse::<i32>() {
            Ok(child) => break rustix::process::Pid::from_raw(child).unwrap(),
            Err(_) => std::thread::yield_now(),
        }
    };
    asker.cluster.cancel(1);
    assert!(matches!(asker.next(), Event::Done { cancelled: true, .. }));
    // It is gone, or a zombie that its new parent has not looked at.
    let state =
        || std::fs::read_to_string(format!("/proc/{}/stat", child.as_raw_nonzero())).unwrap_or_default();
    let is_gone = || rustix::process::test_kill_process(child).is_err() || state().contains(") Z ");
    while !is_gone() {
        std::thread::yield_now();
    }
}

#[test]
fn one_that_hangs_is_ended_in_time() {
    let server = Loopback::allowing();
    let home = Home::new(&server, "sleep 600", "");
    let asker = Asker::with(Setup { plugin_timeout: Duration::from_secs(1), ..Setup::default() });
    let error = plugin_error(&home.ask(&asker, ONE));
    assert_eq!(error, PluginError::Timeout { command: "sh".to_owned(), seconds: 1 });
}

#[test]
fn one_that_asks_the_user_waits_for_the_terminal() {
    let server = Loopback::allowing();
    let home = Home::new(&server, &counting(""), "interactiveMode: Always");
    let asker = Asker::new(None);
    let error = plugin_error(&asker.ask(ask(&[home.context()], ONE)));
    assert!(matches!(error, PluginError::NeedsConsent(_)), "{error:?}");
    asker.cluster.run_on_terminal(&home.context());
    let Event::Left { result: Err(PluginError::NeedsConsent(_)), .. } = asker.next() else { panic!() };

    let error = plugin_error(&home.ask(&asker, ONE));
    assert!(matches!(error, PluginError::NeedsTerminal(_)), "{error:?}");
    assert_eq!(home.runs(), 0);
    asker.cluster.run_on_terminal(&home.context());
    let Event::Left { context, result: Ok(()) } = asker.next() else { panic!() };
    assert_eq!(context, "dev");
    assert_eq!(allowed(&asker.ask(ask(&[home.context()], ONE))), 1);
    assert_eq!(home.runs(), 1);
}

#[test]
fn a_relative_path_is_only_followed_in_the_home_folder() {
    let server = Loopback::allowing();
    let home = Home::new(&server, "exit 0", "command: ./login");
    let missing = PluginError::Missing { command: "./login".to_owned(), hint: None };
    assert_eq!(home.error(), missing);
    // The same file somewhere else.
    std::fs::copy(home.path(".kube/config"), home.path("config")).unwrap();
    let elsewhere =
        Kubeconfig::of_files(&[&home.path("config")], &home.environment()).unwrap().bind(None).unwrap();
    let asker = Asker::new(None);
    asker.cluster.agree(&plugin_of(&elsewhere).unwrap());
    let error = plugin_error(&asker.ask(ask(&[elsewhere], ONE)));
    assert_eq!(error, PluginError::Relative { command: "./login".to_owned() });
}

#[test]
fn kuberc_decides_what_may_run() {
    let server = Loopback::allowing();
    let home = Home::new(&server, &counting(""), "");
    let sh = ["/bin/sh", "/usr/bin/sh"].map(Path::new);
    let path =
        std::env::split_paths(&std::env::var_os("PATH").unwrap()).map(|f| f.join("sh")).find(|f| f.exists());
    let path = path.unwrap_or_else(|| sh[0].to_owned());
    let by_path = format!(
        "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{{name: {}}}]",
        path.display()
    );
    for (kuberc, may) in [
        ("kind: Preference", true),
        ("credentialPluginPolicy: AllowAll", true),
        ("credentialPluginPolicy: DenyAll", false),
        ("credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: sh}]", true),
        ("credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: sh}]", true),
        (by_path.as_str(), true),
        (
            "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: aws}, {name: /opt/sh}]",
            false,
        ),
        ("credentialPluginPolicy: Allowlist", false),
        ("credentialPluginPolicy: Perhaps", false),
        ("credentialPluginPolicy: [", false),
    ] {
        std::fs::write(home.path(".kube/kuberc"), kuberc).unwrap();
        let events = home.ask(&Asker::new(None), ONE);
        assert_eq!(allowed(&events) == 1, may, "{kuberc}");
        if !may {
            let error = plugin_error(&events);
            assert!(matches!(error, PluginError::Forbidden { .. } | PluginError::Kuberc(_)), "{error:?}");
        }
    }
}

/// What the libraries and this program log, as chatty as they can be.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Tokens, keys, passwords and what plugins print are in nothing that can be shown, logged or kept.
#[test]
fn no_secret_is_in_anything_that_can_be_written_down() {
    let log = Log::default();
    let writer = log.clone();
    let chatty = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    tracing::subscriber::set_global_default(chatty.with_writer(move || writer.clone()).finish()).unwrap();
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: canary-secret}\n";
    let server = Loopback::kubernetes(|request| match request.method.as_str() {
        "PATCH" if request.target.contains("force=true") => allow(request),
        "PATCH" => Reply::failure(422, "Invalid", "stringData: Invalid value: \"canary-secret\""),
        _ => Reply::json(
            200,
            &serde_json::json!({
                "apiVersion": "v1", "kind": "Secret", "data": { "password": "Y2FuYXJ5LWxpdmU=" },
                "metadata": { "name": "s", "namespace": "shop", "uid": "1",
                    "managedFields": [{ "manager": "helm", "operation": "Apply" }] },
            }),
        ),
    });
    let home = Home::new(
        &server,
        &format!("echo canary-stderr >&2; {}", counting("")),
        "env: [{name: PASSWORD, value: canary-variable}]",
    );
    let config = std::fs::read_to_string(home.path(".kube/config")).unwrap();
    std::fs::write(home.path(".kube/config"), config.replace("--flag", "--secret=canary-argument")).unwrap();
    let trust = home.path("trust");
    let asker = Asker::new(Some(trust.clone()));
    let mut written =
        format!("{:?} {:?}", asker.cluster, plugin_error(&asker.ask(ask(&[home.context()], secret))));
    let events = home.ask(&asker, secret);
    assert_eq!(allowed(&events), 1);
    written += &format!("{events:?}");
    for event in &events {
        if let Event::Answered { answer, .. } = event {
            written += &serde_json::to_string(answer).unwrap();
        }
    }
    written += &format!("{:?} {:?}", home.context(), home.environment());
    written += &format!("{:?}", Kubeconfig::load(&home.environment()).unwrap());
    written += &format!("{:?}", ask(&[home.context()], secret));
    written += &std::fs::read_to_string(trust).unwrap();
    assert!(server.seen().iter().any(|request| request.header("authorization").contains("canary-plugin")));
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(!logged.is_empty());
    written += &logged;
    for canary in ["canary", "Y2FuYXJ5"] {
        let at = written
            .find(canary)
            .map(|at| written[at.saturating_sub(200)..].chars().take(300).collect::<String>());
        assert_eq!(at, None);
    }
}
