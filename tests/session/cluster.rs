//! Clusters that answer a session as recorded servers did. No network: answers are messages.

#![allow(dead_code, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // See `session`.

use regoscope::app::cluster::{ClusterNews, ClusterRequest, Context, Event, Failure};
use regoscope::app::msg::Msg;
use regoscope::app::settings::Settings;
use regoscope::cluster::context::Caution;
use regoscope::cluster::session::About;
use regoscope::core::dry_run::{Answer, Asked, Exchange, NoAnswer, Target, Unjudged};
use regoscope::core::file::Role;
use regoscope::core::manifest::expand::pod_of;
use regoscope::samples;
use serde_json::Value;

use crate::recordings;
use crate::session::Session;

/// The manifest that is sent: a Pod that is refused, a Deployment, a Pod that is fine.
pub fn manifest() -> String {
    ["001-", "040-", "005-"]
        .map(|name| serde_yaml::to_string(&recordings::one(name).request_object()).expect("YAML"))
        .join("---\n")
}

/// A policy and that manifest, on a screen of this size.
pub fn session(width: u16, height: u16, settings: Settings) -> Session {
    let policy =
        samples::ALL.iter().find(|sample| sample.path.ends_with("host_access.rego")).expect("a sample");
    let files =
        [("host_access.rego", Role::Policy, policy.text), ("shop.yaml", Role::Manifest, &*manifest())];
    let mut session = Session::files(width, height, settings, &files);
    session.keys("ctrl-home");
    session
}

/// A context of a kubeconfig.
pub fn context(name: &str) -> Context {
    Context {
        name: name.to_owned(),
        cluster: name.to_owned(),
        server: format!("https://{name}.example.com:6443"),
        user: "dev".to_owned(),
        namespace: "default".to_owned(),
        is_current: name == "kind-dev",
        plugin: None,
        cautions: Vec::new(),
    }
}

/// The kubeconfig was read: these contexts.
pub fn contexts(session: &mut Session, names: &[&str]) {
    let contexts = names.iter().map(|name| context(name)).collect();
    session.send(Msg::Cluster(ClusterNews::Contexts(Ok(contexts))));
}

/// As `contexts`, with what makes the first one less certain.
pub fn uncertain(session: &mut Session, name: &str) {
    let cautions = vec![Caution::NotVerified, Caution::Impersonates("system:admin".to_owned())];
    let context = Context { is_current: true, cautions, ..context(name) };
    session.send(Msg::Cluster(ClusterNews::Contexts(Ok(vec![context]))));
}

/// The newest question.
fn asked(session: &Session) -> regoscope::app::cluster::ClusterAsk {
    let found = session.cluster.iter().rev().find_map(|request| match request {
        ClusterRequest::Ask(ask) => Some(ask.clone()),
        _ => None,
    });
    found.expect("clusters were asked")
}

/// One context answers about one object as recorded: the verdict, the live object, the apply without force.
pub struct Recorded {
    pub context: &'static str,
    pub index: usize,
    pub derived: bool,
    pub dry_run: &'static str,
    pub live: Option<&'static str>,
    pub unforced: Option<&'static str>,
}

impl Recorded {
    pub const fn new(context: &'static str, index: usize, dry_run: &'static str) -> Self {
        Self { context, index, derived: false, dry_run, live: None, unforced: None }
    }
}

/// Says to the session what was recorded.
pub fn answer(session: &mut Session, recorded: &Recorded) {
    let ask = asked(session);
    let document =
        ask.documents.iter().find(|document| document.index == recorded.index).expect("a document");
    let row = session
        .app
        .cluster
        .rows
        .iter()
        .find(|row| (row.target.index, row.target.derived) == (recorded.index, recorded.derived))
        .expect("a row");
    let target: Target = row.target.clone();
    let derived = recorded.derived.then(|| pod_of(&document.value)).flatten();
    let yours = derived.as_ref().map_or_else(|| document.value.clone(), |derived| derived.pod.clone());
    let exchange = |name: &str| -> Exchange {
        let mut exchange = recordings::one(name).exchange;
        exchange.sent.uri = exchange.sent.uri.replace("rego-workbench", &ask.manager);
        exchange
    };
    let mut dry_run =
        if recorded.dry_run == "created" { created(&yours) } else { exchange(recorded.dry_run) };
    // What was recorded of another namespace is said of this one.
    if let Ok(mut stored) = serde_json::from_slice::<Value>(&dry_run.body)
        && stored["kind"] == yours["kind"]
    {
        stored["metadata"]["namespace"] = yours["metadata"]["namespace"].clone();
        dry_run.body = stored.to_string().into_bytes();
    }
    let got = Asked {
        context: recorded.context.to_owned(),
        target,
        yours,
        derived,
        live: recorded.live.map(exchange).map(Ok),
        dry_run: Ok(dry_run),
        unforced: recorded.unforced.map(exchange).map(Ok),
    };
    tell(session, ask.run, got);
}

/// No answer from a context about an object.
pub fn silence(session: &mut Session, context: &str, index: usize, why: Unjudged) {
    let ask = asked(session);
    let rows = &session.app.cluster.rows;
    let row = rows.iter().find(|row| row.target.index == index && !row.target.derived).expect("a row");
    let document = ask.documents.iter().find(|document| document.index == index).expect("a document");
    let got = Asked {
        context: context.to_owned(),
        target: row.target.clone(),
        yours: document.value.clone(),
        derived: None,
        live: None,
        dry_run: Err(NoAnswer { sent: None, why }),
        unforced: None,
    };
    tell(session, ask.run, got);
}

/// A context cannot be asked.
pub fn fails(session: &mut Session, context: &str, why: Failure) {
    let id = asked(session).run;
    session.send(Msg::Cluster(ClusterNews::Event(Event::Failed { id, context: context.to_owned(), why })));
}

/// All has been answered.
pub fn done(session: &mut Session) {
    let id = asked(session).run;
    session.send(Msg::Cluster(ClusterNews::Event(Event::Done { id, cancelled: false })));
}

fn tell(session: &mut Session, id: u64, got: Asked) {
    let about = About { version: "v1.36.4".to_owned(), user: Some("dev".to_owned()) };
    let context = got.context.clone();
    session.send(Msg::Cluster(ClusterNews::Event(Event::Connected { id, context, about })));
    let answer = Box::new(Answer::new(got));
    session.send(Msg::Cluster(ClusterNews::Event(Event::Answered { id, answer })));
}

/// The object is created as it was sent.
fn created(object: &Value) -> Exchange {
    let mut exchange = recordings::one("005-").exchange;
    let mut stored = object.clone();
    if stored["metadata"]["name"].is_null() {
        stored["metadata"]["name"] = "web-7v5cb".into();
    }
    stored["metadata"]["uid"] = "1".into();
    exchange.body = stored.to_string().into_bytes();
    exchange
}

/// Four contexts are asked about everything.
pub fn ask_four(session: &mut Session) {
    session.keys("esc space c m");
    contexts(session, &["kind-dev", "prod-eu", "prod-jp", "staging"]);
    // The current one is ticked already.
    session.keys("down tab down tab down tab enter");
    session.types("prod-eu\n").types("prod-jp\n");
}

/// What most of the four have answered after a while.
pub fn answer_most(session: &mut Session) {
    use regoscope::app::effect::Timer;
    let run = session.app.cluster.run;
    session.wait(1).send(Msg::Timer(Timer::Asking(run)));
    let web = Recorded { live: Some("039-"), unforced: Some("040-"), ..Recorded::new("kind-dev", 1, "041-") };
    let pod = Recorded { derived: true, ..Recorded::new("kind-dev", 1, "created") };
    for recorded in [
        Recorded::new("kind-dev", 0, "001-"),
        web,
        pod,
        Recorded::new("kind-dev", 2, "005-"),
        Recorded::new("prod-eu", 0, "102-"),
        Recorded::new("prod-eu", 2, "055-"),
        Recorded::new("staging", 0, "106-"),
        Recorded::new("staging", 2, "066-"),
        Recorded::new("prod-jp", 0, "112-"),
    ] {
        answer(session, &recorded);
    }
    session.wait(2).send(Msg::Focus(true));
}

/// An answer to a question that was stopped.
pub fn answer_late(session: &mut Session, id: u64) {
    let ask = asked(session);
    let got = Asked {
        context: ask.contexts[0].clone(),
        target: session.app.cluster.rows[0].target.clone(),
        yours: ask.documents[0].value.clone(),
        derived: None,
        live: None,
        dry_run: Ok(recordings::one("001-").exchange),
        unforced: None,
    };
    let answer = Box::new(Answer::new(got));
    session.send(Msg::Cluster(ClusterNews::Event(Event::Answered { id, answer })));
}
