//! Admission webhooks that this process serves over TLS: one that denies, warns, changes, is slow, is down, …

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use regoscope::cluster::dry_run::Options;
use regoscope::core::dry_run::{Change, Judge, Unjudged, Verdict};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::Case;
use super::admission::{GOOD, assert_says};
use super::rig::{Question, Rig, path};
use super::server::Need;

pub const CASES: &[Case] = &[
    Case {
        name: "a_webhook_that_denies_is_the_judge_by_its_name",
        needs: &[Need::Loopback],
        prepare: |rig| rig.hook("deny", &Hook::default()),
        ask: |rig| {
            let answer = rig.ask_in("hook-deny", GOOD);
            assert_eq!(answer.verdict, denied("deny"));
            assert_says(&answer.message, "[no-web] web is taken");
            assert_eq!(answer.messages.len(), 2, "{:?}", answer.messages);
            assert_eq!(answer.messages[0].constraint.as_deref(), Some("no-web"));
            assert_eq!(answer.messages[1].constraint.as_deref(), Some("no-nginx"));
        },
    },
    Case {
        name: "a_webhook_that_denies_without_a_code_is_the_judge_as_well",
        needs: &[Need::Loopback],
        prepare: |rig| rig.hook("deny-without-code", &Hook::default()),
        ask: |rig| {
            let answer = rig.ask_in("hook-deny-without-code", GOOD);
            assert_eq!(answer.verdict, denied("deny-without-code"));
            assert_eq!(answer.status, Some(400));
            assert_says(&answer.message, "because");
        },
    },
    Case {
        name: "a_webhook_that_poses_as_the_server_is_still_the_judge",
        needs: &[Need::Loopback],
        prepare: |rig| rig.hook("pose", &Hook::default()),
        ask: |rig| {
            let answer = rig.ask_in("hook-pose", GOOD);
            assert_eq!(answer.verdict, denied("pose"));
        },
    },
    Case {
        name: "warnings_of_a_webhook_are_rows",
        needs: &[Need::Loopback],
        prepare: |rig| rig.hook("warn", &Hook::default()),
        ask: |rig| {
            let answer = rig.ask_in("hook-warn", GOOD);
            assert_eq!(answer.verdict, Verdict::Allowed);
            assert_eq!(answer.warnings, ["first, with \"quotes\" and a \\", "警告: 二つ目"]);
        },
    },
    Case {
        name: "what_a_webhook_changes_is_in_the_stored_object",
        needs: &[Need::Loopback],
        prepare: |rig| rig.hook("mutate", &Hook { mutates: true, ..Hook::default() }),
        ask: |rig| {
            let answer = rig.ask_in("hook-mutate", GOOD);
            assert_eq!(answer.verdict, Verdict::Allowed);
            assert_eq!(answer.change, Some(Change::WouldCreate));
            let label = |object: &Value| object.pointer("/metadata/labels/mutated").cloned();
            assert_eq!(label(&answer.yours), None);
            assert_eq!(label(answer.stored.as_ref().unwrap()), Some(json!("yes")));
        },
    },
    Case {
        name: "a_webhook_that_is_down_is_no_verdict",
        needs: &[Need::Loopback],
        prepare: |rig| rig.hook("down", &Hook { port: Some(closed_port()), ..Hook::default() }),
        ask: |rig| {
            let answer = rig.ask_in("hook-down", GOOD);
            assert_eq!(answer.verdict, failed("down"));
            assert_says(&answer.message, "connection refused");
        },
    },
    Case {
        name: "a_webhook_that_is_down_and_may_be_is_left_out",
        needs: &[Need::Loopback],
        prepare: |rig| {
            rig.hook("ignored", &Hook { port: Some(closed_port()), may_fail: true, ..Hook::default() });
        },
        ask: |rig| {
            let answer = rig.ask_in("hook-ignored", GOOD);
            assert_eq!(answer.verdict, Verdict::Allowed);
        },
    },
    Case {
        name: "a_webhook_that_is_too_slow_is_no_verdict",
        needs: &[Need::Loopback],
        prepare: |rig| rig.hook("slow", &Hook::default()),
        ask: |rig| {
            let answer = rig.ask_in("hook-slow", GOOD);
            assert_eq!(answer.verdict, failed("slow"));
            assert_says(&answer.message, "deadline exceeded");
        },
    },
    Case {
        name: "a_question_that_is_cancelled_ends_at_once",
        needs: &[Need::Loopback],
        prepare: |rig| rig.hook("slow-and-patient", &Hook { seconds: 8, ..Hook::default() }),
        ask: |rig| {
            let admin = rig.admin();
            let options =
                Options { namespace: Some("hook-slow-and-patient".to_owned()), ..Options::default() };
            let question = Question { contexts: &[&admin], yaml: GOOD, options };
            let started = Instant::now();
            assert!(rig.ask_and_cancel(&question, |rig| !rig.hooks.reviews("slow-and-patient").is_empty()));
            assert!(started.elapsed().as_secs() < 4, "{:?}", started.elapsed());
        },
    },
    Case {
        name: "a_webhook_with_a_certificate_of_another_ca_is_no_verdict",
        needs: &[Need::Loopback],
        prepare: |rig| rig.hook("wrong-ca", &Hook { wrong_ca: true, ..Hook::default() }),
        ask: |rig| {
            let answer = rig.ask_in("hook-wrong-ca", GOOD);
            assert_eq!(answer.verdict, failed("wrong-ca"));
            assert_says(&answer.message, "certificate");
        },
    },
    Case {
        name: "a_webhook_that_answers_nonsense_is_no_verdict",
        needs: &[Need::Loopback],
        prepare: |rig| rig.hook("nonsense", &Hook::default()),
        ask: |rig| {
            let answer = rig.ask_in("hook-nonsense", GOOD);
            assert_eq!(answer.verdict, failed("nonsense"));
        },
    },
];

fn denied(name: &str) -> Verdict {
    Verdict::Denied { by: Judge::Webhook { name: full_name(name) } }
}

fn failed(name: &str) -> Verdict {
    Verdict::NotJudged { why: Unjudged::WebhookFailed { name: full_name(name) } }
}

fn full_name(name: &str) -> String {
    format!("{name}.hooks.test")
}

/// Nobody listens there.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// How a webhook is configured. What it answers is decided by its name, see [`answer`].
pub struct Hook {
    pub mutates: bool,
    pub may_fail: bool,
    pub wrong_ca: bool,
    pub port: Option<u16>,
    /// How long the server waits for it.
    pub seconds: u32,
    /// Objects of every kind with the label `hook: NAME`, in any namespace or none, instead of Pods in `hook-NAME`.
    pub by_label: bool,
}

impl Default for Hook {
    fn default() -> Self {
        Self { mutates: false, may_fail: false, wrong_ca: false, port: None, seconds: 1, by_label: false }
    }
}

impl Rig {
    /// Makes a webhook with a namespace of its own, `hook-NAME`, and waits until the server calls it.
    pub fn hook(&mut self, name: &str, hook: &Hook) {
        let namespace = format!("hook-{name}");
        self.namespace(&namespace, json!({}));
        let ca = if hook.wrong_ca { &self.hooks.other_ca } else { &self.hooks.ca };
        let port = hook.port.unwrap_or(self.hooks.port);
        let rules = if hook.by_label { ["*", "*", "*"] } else { ["", "v1", "pods"] };
        let webhook = json!({
            "name": full_name(name),
            "clientConfig": { "url": format!("https://127.0.0.1:{port}/{name}"), "caBundle": ca },
            "rules": [{
                "operations": ["CREATE", "UPDATE"], "apiGroups": [rules[0]], "apiVersions": [rules[1]], "resources": [rules[2]],
            }],
            "namespaceSelector": if hook.by_label { json!({}) } else {
                json!({ "matchLabels": { "kubernetes.io/metadata.name": namespace } })
            },
            "objectSelector": if hook.by_label { json!({ "matchLabels": { "hook": name } }) } else { json!({}) },
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "failurePolicy": if hook.may_fail { "Ignore" } else { "Fail" },
            "timeoutSeconds": hook.seconds,
        });
        let kind =
            if hook.mutates { "MutatingWebhookConfiguration" } else { "ValidatingWebhookConfiguration" };
        let configuration = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
            "metadata": { "name": full_name(name) }, "webhooks": [webhook],
        });
        self.prepare_object(&configuration);
        self.hooks.made.push(path(&configuration));
    }

    /// Without this process the webhooks would refuse everything that comes after it.
    pub fn remove_hooks(&mut self) {
        for made in self.hooks.made.drain(..) {
            self.setup.send("DELETE", &made, "application/json", "");
        }
    }

    /// Waits until every webhook that was made is in force: the server learns of them in order, and the last ones tell.
    pub fn until_hooks_are_called(&mut self) {
        for (name, mutates) in [("last", false), ("last-mutating", true)] {
            self.hook(name, &Hook { by_label: true, mutates, ..Hook::default() });
            let probe = json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": { "name": "probe", "namespace": "default", "labels": { "hook": name } },
            });
            self.until("the last webhook is called", |rig| {
                rig.setup.apply(&probe, "&dryRun=All");
                !rig.hooks.reviews(name).is_empty()
            });
        }
    }
}

/// What a webhook answers to a request: the `response` without its uid, or `None` to say nothing understandable.
fn answer(name: &str) -> Option<Value> {
    let refusal = |status: Value| Some(json!({ "allowed": false, "status": status }));
    match name {
        "deny" => {
            refusal(json!({ "code": 403, "message": "[no-web] web is taken\n[no-nginx] nginx is old" }))
        }
        "deny-without-code" => refusal(json!({ "message": "because" })),
        "pose" => refusal(json!({
            "code": 403, "reason": "Forbidden",
            "message": "pods \"web\" is forbidden: violates PodSecurity \"restricted:latest\": hostPID",
        })),
        "warn" => {
            Some(json!({ "allowed": true, "warnings": ["first, with \"quotes\" and a \\", "警告: 二つ目"] }))
        }
        // [{"op":"add","path":"/metadata/labels","value":{"mutated":"yes"}}]
        "mutate" => Some(json!({
            "allowed": true, "patchType": "JSONPatch",
            "patch": "W3sib3AiOiJhZGQiLCJwYXRoIjoiL21ldGFkYXRhL2xhYmVscyIsInZhbHVlIjp7Im11dGF0ZWQiOiJ5ZXMifX1d",
        })),
        "nonsense" => None,
        _ => Some(json!({ "allowed": true })),
    }
}

/// A TLS server on loopback.
pub struct Hooks {
    port: u16,
    /// In base64, as `caBundle` is.
    ca: String,
    other_ca: String,
    /// Where their configurations are.
    made: Vec<String>,
    /// The requests that came, by the webhook's name.
    reviews: Arc<Mutex<BTreeMap<String, Vec<Value>>>>,
}

impl Hooks {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (ca, key) = certificate(folder.path(), "hooks");
        let (other, _) = certificate(folder.path(), "other");
        let chain = vec![CertificateDer::from_pem_slice(&ca).unwrap()];
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::from_pem_slice(&key).unwrap())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hooks = Self {
            port: listener.local_addr().unwrap().port(),
            ca: base64(&ca),
            other_ca: base64(&other),
            made: Vec::new(),
            reviews: Arc::default(),
        };
        let (config, reviews) = (Arc::new(config), hooks.reviews.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, reviews) = (config.clone(), reviews.clone());
                // Whoever hangs up ends the thread with an error.
                std::thread::spawn(move || serve(stream, config, &reviews).unwrap_or_default());
            }
        });
        hooks
    }

    /// The AdmissionReviews that a webhook got.
    pub fn reviews(&self, name: &str) -> Vec<Value> {
        self.reviews.lock().unwrap().get(name).cloned().unwrap_or_default()
    }
}

/// Answers the requests of one connection until its other side closes it.
fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    reviews: &Mutex<BTreeMap<String, Vec<Value>>>,
) -> std::io::Result<()> {
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body)?;
        // `POST /deny?timeout=1s HTTP/1.1`
        let name = head.split(['/', '?', ' ']).nth(2).unwrap_or_default().to_owned();
        let review: Value = serde_json::from_slice(&body)?;
        let uid = review["request"]["uid"].clone();
        reviews.lock().unwrap().entry(name.clone()).or_default().push(review);
        if name.starts_with("slow") {
            // Until the server has had enough.
            stream.read_exact(&mut [0])?;
            return Ok(());
        }
        let text = match answer(&name) {
            None => "<html>not today</html>".to_owned(),
            Some(mut response) => {
                response["uid"] = uid;
                json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response }).to_string()
            }
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            text.len()
        );
        let stream = stream.get_mut();
        stream.write_all(format!("{head}{text}").as_bytes())?;
        stream.flush()?;
    }
}

/// A certificate for 127.0.0.1 that is trusted by itself, and its key, both as PEM.
fn certificate(folder: &Path, name: &str) -> (Vec<u8>, Vec<u8>) {
    let file = |end: &str| folder.join(format!("{name}.{end}"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            &format!("/CN={name}"),
        ])
        .args([
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
        ])
        .arg(file("key"))
        .arg("-out")
        .arg(file("crt"))
        .stderr(Stdio::null())
        .status();
    assert!(made.is_ok_and(|status| status.success()), "openssl makes the certificates of the webhooks");
    (std::fs::read(file("crt")).unwrap(), std::fs::read(file("key")).unwrap())
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |group: u32, shift: u32| char::from(DIGITS[(group >> shift) as usize & 63]);
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        text.extend((0..=chunk.len()).map(|place| digit(group, 18 - 6 * place as u32)));
        text.push_str(&"=".repeat(3 - chunk.len()));
    }
    text
}
