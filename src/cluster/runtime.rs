//! The cluster's thread: commands go in, events come out.
//!
//! Contexts are asked side by side, each with its own connection and timeouts, so that a bad one is one row and holds up
//! nobody. Answers are told as they come. Cancelling drops what runs, which closes its connections. A session lasts as
//! long as its context means the same; credentials are renewed when they expire or are refused.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinSet};

use super::context::Bound;
use super::dry_run::{Document, Options, Subject, ask, explain_order};
use super::exec::{self, Credential, Plugin, PluginError};
use super::session::{About, Session};
use super::trust::Trust;
use crate::core::dry_run::{Answer, Asked, Unjudged};

/// How many objects one server is asked about at the same time.
const SIDE_BY_SIDE: usize = 4;
/// How long what still runs may take to end when the program ends.
const SHUTDOWN: Duration = Duration::from_millis(500);

/// Names one [`Ask`].
pub type AskId = u64;

/// A question to clusters.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Comes back with every event. Not used twice.
    pub id: AskId,
    /// Whom to ask. Each name once.
    pub contexts: Vec<Bound>,
    /// What to ask about.
    pub documents: Vec<Document>,
    /// How.
    pub options: Options,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The server of a context can be asked.
    Connected { id: AskId, context: String, about: About },
    /// A context cannot be asked; no answers will come from it.
    Failed { id: AskId, context: String, why: Failure },
    /// One answer.
    Answered { id: AskId, answer: Box<Answer> },
    /// Nothing more will come for this question.
    Done { id: AskId, cancelled: bool },
    /// A plugin has left the terminal.
    Left { context: String, result: Result<(), PluginError> },
}

/// Why a context cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// There are no credentials. `NeedsConsent` and `NeedsTerminal` can be helped: [`Cluster::agree`],
    /// [`Cluster::run_on_terminal`], then ask again.
    Plugin(PluginError),
    /// The server, or the way to it.
    Server(Unjudged),
}

enum Command {
    Ask(Ask),
    Cancel(AskId),
    Agree(String),
    Terminal(Bound),
}

/// What the thread needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The file that remembers which plugins the user agreed to; without one an agreement lasts as long as the thread.
    pub trust: Option<PathBuf>,
    /// How long a plugin may take that does not have the terminal.
    pub plugin_timeout: Duration,
    /// How long one request may take. The server is told to give up after ten seconds.
    pub request_timeout: Duration,
}

impl Default for Setup {
    fn default() -> Self {
        let (plugin_timeout, request_timeout) = (Duration::from_secs(30), Duration::from_secs(15));
        Self { trust: None, plugin_timeout, request_timeout }
    }
}

/// The cluster's thread. Dropping it cancels everything.
#[derive(Debug)]
pub struct Cluster {
    commands: Option<mpsc::UnboundedSender<Command>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Cluster {
    /// Starts the thread, which contacts nobody until it is asked to. `events` is called from the thread.
    ///
    /// # Errors
    ///
    /// The system's, if there are no threads or files left.
    pub fn start(setup: Setup, events: impl Fn(Event) + Send + Sync + 'static) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let (commands, inbox) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            events: Box::new(events),
            trust: std::sync::Mutex::new(Trust::of(setup.trust.clone())),
            setup,
            sessions: Mutex::default(),
            credentials: Mutex::default(),
        });
        let thread = std::thread::Builder::new().name("cluster".to_owned()).spawn(move || {
            runtime.block_on(shared.serve(inbox));
            runtime.shutdown_timeout(SHUTDOWN);
        })?;
        Ok(Self { commands: Some(commands), thread: Some(thread) })
    }

    /// Asks. What comes of it are events, the last of them [`Event::Done`].
    pub fn ask(&self, ask: Ask) {
        self.send(Command::Ask(ask));
    }

    /// Stops a question. [`Event::Done`] follows, if it did not before.
    pub fn cancel(&self, id: AskId) {
        self.send(Command::Cancel(id));
    }

    /// The user agrees to run exactly this plugin, now and later.
    pub fn agree(&self, plugin: &Plugin) {
        self.send(Command::Agree(plugin.key.clone()));
    }

    /// Runs the plugin of a context with the terminal, which the caller has left; [`Event::Left`] says when it can come
    /// back. Only what the user agreed to is run.
    pub fn run_on_terminal(&self, context: &Bound) {
        self.send(Command::Terminal(context.clone()));
    }

    fn send(&self, command: Command) {
        // The thread ends only with this value.
        let _ = self.commands.as_ref().map(|commands| commands.send(command));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.commands = None;
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// A value that is made once and used by many.
type Slot<T> = Arc<Mutex<Option<T>>>;

struct Shared {
    events: Box<dyn Fn(Event) + Send + Sync>,
    trust: std::sync::Mutex<Trust>,
    setup: Setup,
    /// By the fingerprint of the context.
    sessions: Mutex<HashMap<[u8; 32], Slot<Open>>>,
    /// By the key of the plugin.
    credentials: Mutex<HashMap<String, Slot<Credential>>>,
}

/// A session and what it logged in with.
#[derive(Clone)]
struct Open {
    session: Session,
    credential: Credential,
    opened: Instant,
}

impl Shared {
    async fn serve(self: Arc<Self>, mut inbox: mpsc::UnboundedReceiver<Command>) {
        let mut running: JoinSet<()> = JoinSet::new();
        let mut asked: HashMap<tokio::task::Id, (AskId, AbortHandle)> = HashMap::new();
        loop {
            tokio::select! {
                command = inbox.recv() => match command {
                    None => return,
                    Some(Command::Ask(ask)) => {
                        let id = ask.id;
                        let handle = running.spawn(self.clone().answer(ask));
                        asked.insert(handle.id(), (id, handle));
                    }
                    Some(Command::Cancel(id)) => {
                        asked.values().filter(|(other, _)| *other == id).for_each(|(_, handle)| handle.abort());
                    }
                    Some(Command::Agree(key)) => drop(self.trust().add(&key)),
                    Some(Command::Terminal(context)) => drop(running.spawn(self.clone().terminal(context))),
                },
                Some(ended) = running.join_next_with_id() => {
                    let (task, cancelled) = match ended {
                        Ok((task, ())) => (task, false),
                        Err(error) => (error.id(), true),
                    };
                    if let Some((id, _)) = asked.remove(&task) {
                        self.tell(Event::Done { id, cancelled });
                    }
                }
            }
        }
    }

    fn tell(&self, event: Event) {
        (self.events)(event);
    }

    fn trust(&self) -> std::sync::MutexGuard<'_, Trust> {
        self.trust.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn answer(self: Arc<Self>, ask: Ask) {
        let ask = Arc::new(ask);
        let mut contexts = JoinSet::new();
        for context in ask.contexts.clone() {
            contexts.spawn(self.clone().answer_from(context, ask.clone()));
        }
        // Dropping the set, by an abort, drops all of it.
        while contexts.join_next().await.is_some() {}
    }

    /// Asks one context about every document.
    async fn answer_from(self: Arc<Self>, context: Bound, ask: Arc<Ask>) {
        let since = Instant::now();
        let id = ask.id;
        let name = context.name().to_owned();
        let open = match self.open(&context, None).await {
            Ok(open) => open,
            Err(why) => return self.tell(Event::Failed { id, context: name, why }),
        };
        self.tell(Event::Connected { id, context: name, about: open.session.about().clone() });
        let gate = Arc::new(Semaphore::new(SIDE_BY_SIDE));
        let mut answers = JoinSet::new();
        for subject in ask.documents.iter().flat_map(Subject::all_of) {
            let (shared, context, ask, open, gate) =
                (self.clone(), context.clone(), ask.clone(), open.clone(), gate.clone());
            answers.spawn(async move {
                let Ok(_turn) = gate.acquire().await else { return };
                let asked = shared.ask(&context, &subject, &ask.options, &open, since).await;
                let mut answer = Answer::new(asked);
                explain_order(&mut answer, &ask.documents);
                shared.tell(Event::Answered { id: ask.id, answer: Box::new(answer) });
            });
        }
        while answers.join_next().await.is_some() {}
    }

    /// Asks about one object, and once more with new credentials if the old ones are no good any more.
    async fn ask(
        &self,
        context: &Bound,
        subject: &Subject,
        options: &Options,
        open: &Open,
        since: Instant,
    ) -> Asked {
        let asked = ask(&open.session, subject, options, since).await;
        if !is_unauthorized(&asked) || !open.credential.is_renewable {
            return asked;
        }
        match self.open(context, Some(open)).await {
            Ok(renewed) => ask(&renewed.session, subject, options, since).await,
            Err(_) => asked,
        }
    }

    /// The session of a context. `refused` is one that the server does not accept any more.
    async fn open(&self, context: &Bound, refused: Option<&Open>) -> Result<Open, Failure> {
        let slot = self.sessions.lock().await.entry(context.parts().fingerprint).or_default().clone();
        let mut slot = slot.lock().await;
        let is_refused = |open: &Open| refused.is_some_and(|refused| refused.opened == open.opened);
        if let Some(open) = slot.as_ref().filter(|open| !is_refused(open) && !open.credential.is_stale()) {
            return Ok(open.clone());
        }
        let mut refused = refused.map(|open| open.credential.clone());
        let started = Instant::now();
        loop {
            let credential = self.credential(context, refused.as_ref()).await.map_err(Failure::Plugin)?;
            match Session::open(context, credential.user.clone(), self.setup.request_timeout).await {
                Ok(session) => {
                    let open = Open { session, credential, opened: Instant::now() };
                    *slot = Some(open.clone());
                    return Ok(open);
                }
                // What was kept may be no good any more; what is new and refused will be refused again.
                Err(Unjudged::Unauthorized) if credential.is_renewable && credential.obtained < started => {
                    refused = Some(credential);
                }
                Err(why) => return Err(Failure::Server(why)),
            }
        }
    }

    /// The credentials of a context, from its plugin if it has one. `refused` are some that are no good.
    async fn credential(
        &self,
        context: &Bound,
        refused: Option<&Credential>,
    ) -> Result<Credential, PluginError> {
        let Some(plugin) = exec::plugin_of(context) else { return Ok(Credential::written(context)) };
        let slot = self.credentials.lock().await.entry(plugin.key.clone()).or_default().clone();
        let mut slot = slot.lock().await;
        let is_refused = |kept: &Credential| refused.is_some_and(|refused| refused.obtained == kept.obtained);
        if let Some(kept) = slot.as_ref().filter(|kept| !is_refused(kept) && !kept.is_stale()) {
            return Ok(kept.clone());
        }
        *slot = None;
        exec::find(context)?;
        if !self.trust().has(&plugin.key) {
            return Err(PluginError::NeedsConsent(Box::new(plugin)));
        }
        if exec::needs_terminal(context) {
            return Err(PluginError::NeedsTerminal(Box::new(plugin)));
        }
        let credential = exec::run(context, &plugin, Some(self.setup.plugin_timeout)).await?;
        *slot = Some(credential.clone());
        Ok(credential)
    }

    async fn terminal(self: Arc<Self>, context: Bound) {
        let result = self.log_in(&context).await;
        self.tell(Event::Left { context: context.name().to_owned(), result });
    }

    async fn log_in(&self, context: &Bound) -> Result<(), PluginError> {
        let Some(plugin) = exec::plugin_of(context) else { return Ok(()) };
        if !self.trust().has(&plugin.key) {
            return Err(PluginError::NeedsConsent(Box::new(plugin)));
        }
        let slot = self.credentials.lock().await.entry(plugin.key.clone()).or_default().clone();
        let mut slot = slot.lock().await;
        *slot = Some(exec::run(context, &plugin, None).await?);
        Ok(())
    }
}

fn is_unauthorized(asked: &Asked) -> bool {
    asked.dry_run.as_ref().is_ok_and(|answer| answer.status == 401)
}
