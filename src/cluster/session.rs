//! One context, connected: who the server is, which resource an object is of, and one request with its answer.
//!
//! Every request has a timeout here and one for the server. Nothing is retried. Plurals of kinds are asked for, never guessed:
//! the list of a group and version is one small request, which every server since 1.0 answers, so that also
//! a kind that was defined a second ago is found.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use kube::Client;
use kube::client::Body;
use kube::config::AuthInfo;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::context::Bound;
use super::guard::Refused;
use super::transport::{self, NoClient};
use crate::core::dry_run::{Exchange, NoAnswer, Outcome, Sent, Unjudged, Verdict, classify};
use crate::core::manifest::kinds::BUILT_IN_GROUPS;

/// What the server is told: it then stops waiting for webhooks and says so.
pub(super) const SERVER_TIMEOUT: &str = "timeout=10s";
/// The largest answer that is read. etcd stores 1.5 MiB for an object.
const MAX_ANSWER: usize = 64 * 1024 * 1024;
/// The first version whose dry-run can be trusted for every built-in kind.
const OLDEST: (u64, u64) = (1, 18);
/// A request that is to be sent.
pub(super) struct Question {
    pub method: Method,
    /// Path and query.
    pub uri: String,
    /// Content type and content.
    pub body: Option<(&'static str, Vec<u8>)>,
}

impl Question {
    pub fn get(uri: impl Into<String>) -> Self {
        Self { method: Method::GET, uri: uri.into(), body: None }
    }
}

/// A connected context. Cheap to clone.
#[derive(Clone)]
pub struct Session {
    client: Client,
    context: Bound,
    about: Arc<About>,
    resources: Arc<Mutex<HashMap<String, Arc<Group>>>>,
    /// For one request.
    timeout: Duration,
}

/// What a server says of itself and of who asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// `v1.36.4`
    pub version: String,
    /// Who the server takes us for; `None` if it does not say (before 1.28, or forbidden).
    pub user: Option<String>,
}

/// Where the objects of a kind are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resource {
    /// `/apis/apps/v1`
    pub base: String,
    /// `deployments`
    pub plural: String,
    /// Its objects are in namespaces.
    pub is_namespaced: bool,
}

/// The kinds of a group and version.
struct Group {
    asked: Instant,
    /// Kind, plural, whether in namespaces.
    kinds: Vec<(String, String, bool)>,
    /// Why its answers to dry-runs cannot be trusted.
    unsure: Option<Unjudged>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("context", &self.context)
            .field("about", &self.about)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Connects to the server of a context and asks for its version.
    ///
    /// # Errors
    ///
    /// Why it cannot be asked anything: there is no connection, the credentials do not count, it is no API server, or
    /// one that is too old to be trusted with a dry-run.
    pub(super) async fn open(context: &Bound, user: AuthInfo, timeout: Duration) -> Result<Self, Unjudged> {
        let client = transport::connect(context, user).map_err(|error| match error {
            NoClient::Tls(_) => Unjudged::Tls { detail: error.to_string() },
            NoClient::Proxy(_) => Unjudged::Unreachable { detail: error.to_string() },
            NoClient::Credentials(_) => Unjudged::Credentials { detail: error.to_string() },
        })?;
        let mut session = Self {
            client,
            context: context.clone(),
            about: Arc::default(),
            resources: Arc::default(),
            timeout,
        };
        let version = session.json("/version").await?;
        let text = |field: &str| version.get(field).and_then(Value::as_str).unwrap_or_default();
        let number =
            |field: &str| text(field).trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
        let git_version = text("gitVersion").to_owned();
        if git_version.is_empty() {
            return Err(Unjudged::NotKubernetes);
        }
        if (number("major"), number("minor")) < OLDEST {
            return Err(Unjudged::OldServer { version: git_version });
        }
        let user = session.who_am_i().await;
        session.about = Arc::new(About { version: git_version, user });
        Ok(session)
    }

    /// What the server says of itself and of who asks.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The context.
    #[must_use]
    pub fn context(&self) -> &Bound {
        &self.context
    }

    async fn who_am_i(&self) -> Option<String> {
        let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
        let question = Question {
            method: Method::POST,
            uri: "/apis/authentication.k8s.io/v1/selfsubjectreviews".to_owned(),
            body: Some(("application/json", review.to_string().into_bytes())),
        };
        let answer = self.send(question).await.ok()?;
        let body: Value = serde_json::from_slice(&answer.body).ok()?;
        Some(body.pointer("/status/userInfo/username")?.as_str()?.to_owned())
    }

    /// The JSON at a path that every user may read.
    async fn json(&self, path: &str) -> Result<Value, Unjudged> {
        let exchange = self.send(Question::get(path)).await.map_err(|none| none.why)?;
        read(&exchange)
    }

    /// Where objects of a kind are. `since` is when the user asked: what was learned before is not believed if it
    /// lacks the kind, or if it said no: what a kind that was defined a second ago can do is not known at once.
    pub(super) async fn resource(
        &self,
        api_version: &str,
        kind: &str,
        since: Instant,
    ) -> Result<Resource, Unjudged> {
        let parts: Vec<&str> = api_version.split('/').collect();
        let (group, version) = match parts.as_slice() {
            [version] => ("", *version),
            [group, version] => (*group, *version),
            _ => return Err(Unjudged::UnsafeName { name: api_version.to_owned() }),
        };
        for part in [group, version].into_iter().filter(|part| !part.is_empty()) {
            segment(part)?;
        }
        let base =
            if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
        let mut known = self.resources.lock().await;
        let find = |of: &Group| of.kinds.iter().find(|(name, ..)| name == kind).cloned();
        let is_good = |old: &Group| old.asked >= since || (old.unsure.is_none() && find(old).is_some());
        let old = known.get(&base).filter(|old| is_good(old)).cloned();
        let found = match old {
            Some(old) => old,
            None => {
                let new = Arc::new(self.group(&base, group, version).await?);
                known.insert(base.clone(), new.clone());
                new
            }
        };
        drop(known);
        let (_, plural, is_namespaced) = find(&found).ok_or(Unjudged::UnknownKind)?;
        match &found.unsure {
            Some(why) => Err(why.clone()),
            None => Ok(Resource { base, plural, is_namespaced }),
        }
    }

    async fn group(&self, base: &str, group: &str, version: &str) -> Result<Group, Unjudged> {
        let asked = Instant::now();
        let list = match self.json(base).await {
            Err(Unjudged::NotFound | Unjudged::NotKubernetes) => return Err(Unjudged::UnknownKind),
            list => list?,
        };
        let mut kinds = Vec::new();
        for resource in list.get("resources").and_then(Value::as_array).into_iter().flatten() {
            let text = |field: &str| resource.get(field).and_then(Value::as_str).unwrap_or_default();
            // What has a slash is a part of another resource.
            if segment(text("name")).is_ok() && !text("kind").is_empty() {
                let is_namespaced = resource.get("namespaced") == Some(&Value::Bool(true));
                kinds.push((text("kind").to_owned(), text("name").to_owned(), is_namespaced));
            }
        }
        let unsure =
            if BUILT_IN_GROUPS.contains(&group) { None } else { self.unsure(base, group, version).await? };
        Ok(Group { asked, kinds, unsure })
    }

    /// Whether a group is served by another API server, which may not know what a dry-run is. Who may not read that is
    /// told by the OpenAPI document, as kubectl is: an apply that knows `dryRun` says so.
    async fn unsure(&self, base: &str, group: &str, version: &str) -> Result<Option<Unjudged>, Unjudged> {
        let aggregated = || Unjudged::AggregatedApi { group: group.to_owned() };
        let path = format!("/apis/apiregistration.k8s.io/v1/apiservices/{version}.{group}");
        let registration = self.send(Question::get(path)).await.map_err(|none| none.why)?;
        if registration.status == StatusCode::OK {
            let registration = read(&registration)?;
            let service = registration.pointer("/spec/service").filter(|service| !service.is_null());
            return Ok(service.map(|_| aggregated()));
        }
        let document = match self.json(&format!("/openapi/v3{base}")).await {
            Err(Unjudged::NotFound | Unjudged::NotKubernetes) => return Ok(Some(aggregated())),
            document => document?,
        };
        let mut applies = document
            .get("paths")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(_, path)| path.get("patch")?.get("parameters")?.as_array())
            .peekable();
        let knows = applies.peek().is_some()
            && applies.all(|parameters| {
                parameters.iter().any(|parameter| parameter.get("name") == Some(&"dryRun".into()))
            });
        Ok((!knows).then(aggregated))
    }

    /// Sends one request and reads the answer to its end.
    pub(super) async fn send(&self, question: Question) -> Outcome {
        let started = Instant::now();
        let method = question.method.to_string();
        let uri = question.uri.clone();
        let sent = |status| Sent {
            method,
            uri,
            status,
            elapsed_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        };
        match tokio::time::timeout(self.timeout, self.exchange(question)).await {
            Ok(Ok(answer)) => Ok(Exchange { sent: sent(Some(answer.status)), ..answer }),
            Ok(Err(Unjudged::Guarded)) => Err(NoAnswer { sent: None, why: Unjudged::Guarded }),
            Ok(Err(why)) => Err(NoAnswer { sent: Some(sent(None)), why }),
            Err(_) => Err(NoAnswer { sent: Some(sent(None)), why: Unjudged::Timeout }),
        }
    }

    async fn exchange(&self, question: Question) -> Result<Exchange, Unjudged> {
        let mut request = Request::builder()
            .method(question.method)
            .uri(question.uri)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("regoscope/", env!("CARGO_PKG_VERSION")));
        let body = match question.body {
            Some((content_type, body)) => {
                request = request.header(header::CONTENT_TYPE, content_type);
                Body::from(body)
            }
            None => Body::empty(),
        };
        // Names were checked before; what still is no URI never leaves.
        let request = request.body(body).map_err(|_| Unjudged::Guarded)?;
        let answer = self.client.send(request).await.map_err(|error| explain(&error))?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(|error| explain(&*error))?;
        let content_type = head.headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes());
        Ok(Exchange {
            sent: Sent { method: String::new(), uri: String::new(), status: None, elapsed_us: 0 },
            status: head.status.as_u16(),
            content_type: String::from_utf8_lossy(content_type.unwrap_or_default()).into_owned(),
            warnings: head.headers.get_all(header::WARNING).iter().map(|v| v.as_bytes().to_vec()).collect(),
            body: body.to_bytes().to_vec(),
        })
    }
}

/// The JSON of an answer to a plain question.
fn read(exchange: &Exchange) -> Result<Value, Unjudged> {
    let is_html = exchange.content_type.starts_with("text/html");
    match exchange.status {
        200 => serde_json::from_slice(&exchange.body)
            .map_err(|_| if is_html { Unjudged::HtmlFromProxy } else { Unjudged::NotKubernetes }),
        401 => Err(Unjudged::Unauthorized),
        429 => Err(Unjudged::TooManyRequests),
        _ if is_html => Err(Unjudged::HtmlFromProxy),
        404 => Err(Unjudged::NotFound),
        // Every user may ask these questions, but nobody may ask them as somebody else.
        403 => match classify(exchange).verdict {
            Verdict::NotJudged { why } => Err(why),
            _ => Err(Unjudged::NotKubernetes),
        },
        500.. => Err(Unjudged::ServerError),
        _ => Err(Unjudged::NotKubernetes),
    }
}

/// A name that may be a part of a path. kube puts names into paths as they are, and `../../x` or `a?force=true` would lead elsewhere.
pub(super) fn segment(name: &str) -> Result<&str, Unjudged> {
    // What Kubernetes allows in the name of any object, RBAC's colons included.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:@".contains(&byte);
    if name.is_empty() || name == "." || name == ".." || name.len() > 253 || !name.bytes().all(is_plain) {
        return Err(Unjudged::UnsafeName { name: name.to_owned() });
    }
    Ok(name)
}

/// All that an error has to say: kube's own words end at "client error (Connect)".
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        source = cause.source();
    }
    said
}

/// Why no answer came, from the causes of an error. The last one is the one that says most.
fn explain(error: &(dyn Error + 'static)) -> Unjudged {
    let mut cause = Some(error);
    let mut last = error.to_string();
    while let Some(error) = cause {
        if error.is::<Refused>() {
            return Unjudged::Guarded;
        }
        last = error.to_string();
        cause = error.source();
    }
    let all = chain(error);
    let lower = all.to_ascii_lowercase();
    if ["certificate", "tls", "fatal alert", "corrupt message"].iter().any(|word| lower.contains(word)) {
        return Unjudged::Tls { detail: last };
    }
    if lower.contains("deadline has elapsed") || lower.contains("timed out") {
        return Unjudged::Timeout;
    }
    if lower.contains("tunnel") || lower.contains("socks") {
        return Unjudged::Unreachable { detail: format!("proxy: {last}") };
    }
    if lower.contains("dns error") {
        return Unjudged::Unreachable { detail: format!("DNS: {last}") };
    }
    // An answer that ends in the middle, one without end, or one that is no HTTP.
    if lower.contains("connection closed before message completed")
        || lower.contains("invalid http")
        || lower.contains("length limit")
    {
        return Unjudged::NotKubernetes;
    }
    Unjudged::Unreachable { detail: last }
}
