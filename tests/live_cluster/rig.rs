//! What the cases work with: regoscope's own way to the server, and a plain one past it for preparing.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use http::{HeaderMap, Request};
use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig as PlainKubeconfig};
use regoscope::cluster::dry_run::{Document, Options};
use regoscope::cluster::environment::Environment;
use regoscope::cluster::kubeconfig::Kubeconfig;
use regoscope::cluster::runtime::{Ask, Cluster, Event, Failure, Setup};
use regoscope::core::dry_run::Answer;
use regoscope::core::file::FileId;
use regoscope::core::manifest;
use regoscope::core::manifest::kinds::{self, Scope};
use serde_json::{Value, json};

use super::server::Server;
use super::webhooks::Hooks;

/// Longer than any answer may take here.
const PATIENCE: Duration = Duration::from_secs(60);

/// HTTP to the server without any of regoscope's code in between.
pub struct Plain {
    client: kube::Client,
    runtime: tokio::runtime::Runtime,
    /// What the audit log shows it by.
    agent: &'static str,
}

/// An answer to a [`Plain`] request.
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Plain {
    /// As the user of a context (the current one if `None`).
    pub fn of(kubeconfig: &Path, context: Option<&str>, agent: &'static str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let read = PlainKubeconfig::read_from(kubeconfig).unwrap();
            let options =
                KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
            let mut config = Config::from_custom_kubeconfig(read, &options).await.unwrap();
            if config.cluster_url.host() == Some("127.0.0.1") {
                config.proxy_url = None;
            }
            kube::Client::try_from(config).unwrap()
        });
        Self { client, runtime, agent }
    }

    /// Sends a request as it is. Text that is not JSON comes back as a string.
    pub fn send(&self, method: &str, uri: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("user-agent", self.agent)
            .header("accept", "application/json")
            .header("content-type", content_type)
            .body(Body::from(body.into()))
            .unwrap();
        self.runtime.block_on(async {
            let reply = self.client.send(request).await.unwrap();
            let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
            let bytes = reply.into_body().collect_bytes().await.unwrap();
            let body = serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
            Reply { status, headers, body }
        })
    }

    pub fn get(&self, uri: &str) -> Reply {
        self.send("GET", uri, "application/json", "")
    }

    /// Applies an object with a query of its own.
    pub fn apply(&self, object: &Value, query: &str) -> Reply {
        let uri = format!("{}?fieldManager=setup&force=true{query}", path(object));
        self.send("PATCH", &uri, "application/apply-patch+yaml", object.to_string())
    }
}

/// Where an object is, by the rules for built-in kinds; those of a custom kind in these tests are regular.
pub fn path(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let version = text("/apiVersion");
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    let (plural, scope) = kinds::resource(group, text("/kind"));
    let root = if group.is_empty() { "api" } else { "apis" };
    let namespace = match (scope, text("/metadata/namespace")) {
        (Scope::Cluster, _) | (Scope::Unknown, "") => String::new(),
        (Scope::Namespaced, "") => "/namespaces/default".to_owned(),
        (_, namespace) => format!("/namespaces/{namespace}"),
    };
    format!("/{root}/{version}{namespace}/{plural}/{}", text("/metadata/name"))
}

/// The objects of a YAML text.
pub fn objects(yaml: &str) -> Vec<Value> {
    let read = manifest::read(yaml);
    assert!(read.is_clean(), "{yaml}");
    read.documents.into_iter().filter_map(|document| document.value).collect()
}

/// What regoscope is asked.
#[derive(Debug, Clone)]
pub struct Question<'q> {
    pub contexts: &'q [&'q str],
    pub yaml: &'q str,
    pub options: Options,
}

/// What came of a question.
#[derive(Debug, Default)]
pub struct Outcome {
    /// In the order of context, document and derivation.
    pub answers: Vec<Answer>,
    /// The contexts that could not be asked.
    pub failures: Vec<(String, Failure)>,
}

pub struct Rig {
    pub server: Server,
    /// The user who prepares. Its requests are no part of what is tested.
    pub setup: Plain,
    /// The webhooks of this process.
    pub hooks: Hooks,
    /// Where the part of the audit log begins that is about this run.
    pub audit_begins: usize,
    /// How many answers there were.
    pub asked: usize,
    kubeconfig: Kubeconfig,
    pub cluster: Cluster,
    events: Receiver<Event>,
    last: u64,
}

impl Rig {
    pub fn new(server: Server) -> Self {
        let environment = Environment::of([("KUBECONFIG", server.kubeconfig.as_os_str())]);
        let (told, events) = channel();
        Self {
            setup: Plain::of(&server.setup, None, "regoscope-setup"),
            hooks: Hooks::start(),
            audit_begins: server.audit.as_ref().map_or(0, |file| std::fs::read(file).unwrap().len()),
            asked: 0,
            kubeconfig: Kubeconfig::load(&environment).unwrap(),
            cluster: Cluster::start(Setup::default(), move |event| drop(told.send(event))).unwrap(),
            events,
            last: 0,
            server,
        }
    }

    /// The context that may do everything: the current one.
    pub fn admin(&self) -> String {
        self.kubeconfig.current().unwrap().to_owned()
    }

    /// Writes objects, in their order, as the user who prepares.
    pub fn prepare(&self, yaml: &str) {
        for object in objects(yaml) {
            self.prepare_object(&object);
        }
    }

    pub fn prepare_object(&self, object: &Value) {
        let reply = self.setup.apply(object, "");
        assert!(reply.status < 300, "{}: {}", path(object), reply.body);
    }

    /// Makes a namespace with labels.
    pub fn namespace(&self, name: &str, labels: Value) {
        self.prepare_object(&json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels }
        }));
    }

    /// Waits until what was prepared is in force.
    pub fn until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let started = Instant::now();
        while !holds(self) {
            assert!(started.elapsed() < PATIENCE, "in vain waited for: {what}");
            std::thread::yield_now();
        }
    }

    /// Asks, and waits for everything that comes of it.
    pub fn ask(&mut self, question: &Question) -> Outcome {
        self.begin(question);
        let mut outcome = Outcome::default();
        loop {
            match self.next() {
                Event::Answered { answer, .. } => outcome.answers.push(*answer),
                Event::Failed { context, why, .. } => outcome.failures.push((context, why)),
                Event::Done { cancelled, .. } => {
                    assert!(!cancelled);
                    break;
                }
                _ => {}
            }
        }
        outcome.answers.sort_by_key(|a| (a.context.clone(), a.target.index, a.target.derived));
        outcome.failures.sort_by_key(|(context, _)| context.clone());
        self.asked += outcome.answers.len();
        let ids: BTreeSet<_> =
            outcome.answers.iter().map(|a| (&a.context, a.target.index, a.target.derived)).collect();
        assert_eq!(ids.len(), outcome.answers.len(), "each is answered once");
        outcome
    }

    /// Asks, waits until `is_asked`, and takes the question back. Returns whether the last event says so.
    pub fn ask_and_cancel(&mut self, question: &Question, is_asked: impl FnMut(&Self) -> bool) -> bool {
        self.begin(question);
        self.until("the question is on its way", is_asked);
        self.cluster.cancel(self.last);
        loop {
            match self.next() {
                Event::Done { cancelled, .. } => return cancelled,
                Event::Answered { answer, .. } => panic!("answered: {answer:?}"),
                _ => {}
            }
        }
    }

    fn begin(&mut self, question: &Question) {
        self.last += 1;
        let contexts =
            question.contexts.iter().map(|name| self.kubeconfig.bind(Some(name)).unwrap()).collect();
        let documents: Vec<Document> = objects(question.yaml)
            .into_iter()
            .enumerate()
            .map(|(index, value)| Document { file: FileId(0), index, value })
            .collect();
        self.cluster.ask(Ask { id: self.last, contexts, documents, options: question.options.clone() });
    }

    /// The next event of the last question.
    fn next(&self) -> Event {
        loop {
            let event = self.events.recv_timeout(PATIENCE).expect("an answer in time");
            let id = match &event {
                Event::Answered { id, .. }
                | Event::Failed { id, .. }
                | Event::Done { id, .. }
                | Event::Connected { id, .. } => Some(*id),
                Event::Left { .. } => None,
            };
            if id == Some(self.last) {
                return event;
            }
        }
    }

    /// Asks the administrator's context about one object in a namespace. A derived Pod is not looked at.
    pub fn ask_in(&mut self, namespace: &str, yaml: &str) -> Answer {
        let admin = self.admin();
        let options = Options { namespace: Some(namespace.to_owned()), ..Options::default() };
        let mut outcome = self.ask(&Question { contexts: &[&admin], yaml, options });
        assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
        outcome.answers.remove(0)
    }
}
