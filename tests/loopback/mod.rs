//! An HTTP server on loopback that answers as a test says and remembers all it was asked.

// Each test uses its part; a test whose server cannot work fails.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use regoscope::cluster::context::Bound;
use regoscope::cluster::dry_run::Document;
use regoscope::cluster::environment::Environment;
use regoscope::cluster::kubeconfig::Kubeconfig;
use regoscope::cluster::runtime::{Ask, Cluster, Event, Setup};
use regoscope::core::file::FileId;
use serde_json::{Value, json};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// `PATCH /path?query`
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

/// What the server does with a request.
pub enum Reply {
    /// Status, headers, body.
    Http(u16, Vec<(String, String)>, Vec<u8>),
    /// These bytes.
    Raw(Vec<u8>),
    /// Nothing, until the client goes.
    Hang,
}

impl Reply {
    pub fn json(status: u16, value: &Value) -> Self {
        Self::text(status, "application/json", &value.to_string())
    }

    pub fn text(status: u16, content_type: &str, text: &str) -> Self {
        Self::Http(status, vec![("Content-Type".into(), content_type.into())], text.into())
    }

    /// A `Status` of Kubernetes.
    pub fn failure(status: u16, reason: &str, message: &str) -> Self {
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": status,
        });
        Self::json(status, &body)
    }
}

/// The server. It ends with the process.
pub struct Loopback {
    pub port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
    closed: mpsc::Receiver<()>,
}

impl Loopback {
    /// A server that answers everything by `answer`.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
        let (close, closed) = mpsc::channel();
        let server = Self { port, seen: seen.clone(), closed };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, answer, close) = (seen.clone(), answer.clone(), close.clone());
                std::thread::spawn(move || serve(&stream.unwrap(), &seen, &*answer, &close));
            }
        });
        server
    }

    /// A server that knows its version, who asks, Pods, ConfigMaps, Secrets, Namespaces and Deployments, and answers
    /// what is left by `answer`.
    pub fn kubernetes(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(move |request| match request.target.as_str() {
            "/version" => Reply::json(200, &json!({ "major": "1", "minor": "36", "gitVersion": "v1.36.4" })),
            "/apis/authentication.k8s.io/v1/selfsubjectreviews" => {
                Reply::json(201, &json!({ "status": { "userInfo": { "username": "dev" } } }))
            }
            "/api/v1" => kinds(&[
                ("pods", "Pod", true),
                ("pods/status", "Pod", true),
                ("configmaps", "ConfigMap", true),
                ("secrets", "Secret", true),
                ("services", "Service", true),
                ("namespaces", "Namespace", false),
            ]),
            "/apis/apps/v1" => {
                kinds(&[("deployments", "Deployment", true), ("statefulsets", "StatefulSet", true)])
            }
            _ => answer(request),
        })
    }

    /// [`kubernetes`](Self::kubernetes) where everything is new and allowed.
    pub fn allowing() -> Self {
        Self::kubernetes(allow)
    }

    /// All requests until now.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// The request lines that are about objects.
    pub fn lines(&self) -> Vec<String> {
        let about = |request: &Request| {
            let path = request.path();
            !(path == "/version" || path.ends_with("reviews") || path == "/api/v1" || path == "/apis/apps/v1")
        };
        self.seen().iter().filter(|request| about(request)).map(Request::line).collect()
    }

    /// Waits until a client has gone from a request that is not answered.
    pub fn wait_for_close(&self) {
        self.closed.recv_timeout(Duration::from_secs(20)).expect("the client closes its connection");
    }

    /// A kubeconfig with one context of this server.
    pub fn kubeconfig(&self, context: &str, user: &str) -> String {
        let port = self.port;
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {context}\n\
             clusters: [{{name: {context}, cluster: {{server: \"http://127.0.0.1:{port}\"}}}}]\n\
             contexts: [{{name: {context}, context: {{cluster: {context}, user: {context}, namespace: shop}}}}]\n\
             users: [{{name: {context}, user: {user}}}]\n"
        )
    }

    /// A context of this server.
    pub fn context(&self, name: &str) -> Bound {
        bind(&self.kubeconfig(name, "{token: canary-token}"))
    }
}

/// Creates what is sent.
pub fn allow(request: &Request) -> Reply {
    match request.method.as_str() {
        "GET" => Reply::failure(404, "NotFound", "not found"),
        _ => {
            let mut object = request.json();
            if object["metadata"]["name"].is_null() {
                let prefix = object["metadata"]["generateName"].as_str().unwrap_or_default();
                object["metadata"]["name"] = format!("{prefix}x7k2p").into();
            }
            object["metadata"]["uid"] = "1".into();
            Reply::json(201, &object)
        }
    }
}

/// The list of a group's kinds: plural, kind, whether in namespaces.
pub fn kinds(kinds: &[(&str, &str, bool)]) -> Reply {
    let kinds: Vec<Value> = kinds
        .iter()
        .map(|(name, kind, in_ns)| json!({ "name": name, "kind": kind, "namespaced": in_ns }))
        .collect();
    Reply::json(200, &json!({ "kind": "APIResourceList", "resources": kinds }))
}

/// The current context of a kubeconfig with this text.
pub fn bind(kubeconfig: &str) -> Bound {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), kubeconfig).unwrap();
    Kubeconfig::of_files(&[file.path()], &Environment::of([("HOME", "/nonexistent")]))
        .unwrap()
        .bind(None)
        .unwrap()
}

/// The objects of a manifest.
pub fn documents(manifest: &str) -> Vec<Document> {
    let read = regoscope::core::manifest::read(manifest);
    let object = |object: regoscope::core::manifest::Object| Document {
        file: FileId(0),
        index: object.index,
        value: object.value.clone(),
    };
    read.objects().map(object).collect()
}

/// A cluster thread whose events are kept.
pub struct Asker {
    pub cluster: Cluster,
    events: mpsc::Receiver<Event>,
}

impl Asker {
    pub fn new(trust: Option<std::path::PathBuf>) -> Self {
        Self::with(Setup { trust, ..Setup::default() })
    }

    pub fn with(setup: Setup) -> Self {
        let (sender, events) = mpsc::channel();
        let sender = Mutex::new(sender);
        let tell = move |event| drop(sender.lock().unwrap().send(event));
        Self { cluster: Cluster::start(setup, tell).unwrap(), events }
    }

    pub fn next(&self) -> Event {
        self.events.recv_timeout(Duration::from_secs(40)).expect("an event")
    }

    /// All events of a question, up to its end.
    pub fn ask(&self, ask: Ask) -> Vec<Event> {
        self.cluster.ask(ask);
        let mut events = Vec::new();
        while !matches!(events.last(), Some(Event::Done { .. })) {
            events.push(self.next());
        }
        events
    }
}

/// Waits until something is so, which it is soon.
pub fn wait_until(is_so: impl Fn() -> bool) {
    let started = std::time::Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "waited in vain");
        std::thread::yield_now();
    }
}

/// A question with the usual options.
pub fn ask(contexts: &[Bound], manifest: &str) -> Ask {
    Ask { id: 1, contexts: contexts.to_vec(), documents: documents(manifest), options: Default::default() }
}

fn serve(
    stream: &TcpStream,
    seen: &Mutex<Vec<Request>>,
    answer: &dyn Fn(&Request) -> Reply,
    close: &mpsc::Sender<()>,
) {
    let mut reader = BufReader::new(stream);
    let mut out = stream;
    let Some(request) = read(&mut reader) else { return };
    seen.lock().unwrap().push(request.clone());
    match answer(&request) {
        Reply::Hang => {
            // The client sends nothing more; its end is the end of this read.
            let _ = reader.read(&mut [0]);
            let _ = close.send(());
        }
        Reply::Raw(bytes) => drop(out.write_all(&bytes)),
        Reply::Http(status, headers, body) => {
            let mut head =
                format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            let _ = out.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| out.write_all(&body));
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut request = Request { method, target, headers, body: Vec::new() };
    request.body = vec![0; request.header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}
