//! The cluster's thread, started when the user first wants something of a cluster.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::cluster::{ClusterAsk, ClusterNews, ClusterRequest};
use crate::cluster::dry_run::Options;
use crate::cluster::environment::Environment;
use crate::cluster::kubeconfig::Kubeconfig;
use crate::cluster::runtime::{Ask, Cluster, Event, Setup};

/// Takes what is wanted of clusters, and tells what came of it.
pub struct Clusters {
    tell: Arc<dyn Fn(ClusterNews) + Send + Sync>,
    thread: RefCell<Option<Cluster>>,
    /// What the contexts meant when the user first asked. Another `kubectl config use-context` changes nothing here.
    contexts: Arc<Mutex<Option<Kubeconfig>>>,
}

impl Clusters {
    /// Reads, runs and contacts nothing yet.
    pub fn new(tell: impl Fn(ClusterNews) + Send + Sync + 'static) -> Self {
        Self { tell: Arc::new(tell), thread: RefCell::new(None), contexts: Arc::default() }
    }

    /// Does what is wanted. What comes of it is told.
    pub fn handle(&self, request: ClusterRequest) {
        match request {
            ClusterRequest::List => self.list(),
            ClusterRequest::Ask(ask) => self.ask(ask),
            ClusterRequest::Cancel(run) => drop(self.with_thread(|thread| thread.cancel(run))),
            ClusterRequest::Agree(plugin) => drop(self.with_thread(|thread| thread.agree(&plugin))),
            ClusterRequest::Terminal { context } => {
                let bound = self.contexts().as_ref().and_then(|contexts| contexts.bind(Some(&context)).ok());
                let runs =
                    bound.is_some_and(|bound| self.with_thread(|thread| thread.run_on_terminal(&bound)));
                if !runs {
                    // Whoever lent the terminal waits for this. Asking again says what is wrong.
                    (self.tell)(ClusterNews::Event(Event::Left { context, result: Ok(()) }));
                }
            }
        }
    }

    fn contexts(&self) -> std::sync::MutexGuard<'_, Option<Kubeconfig>> {
        self.contexts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A kubeconfig can lie on a disk that is slow or gone.
    fn list(&self) {
        let (tell, contexts) = (self.tell.clone(), self.contexts.clone());
        let reading = move || {
            let result = Kubeconfig::load(&Environment::of_process());
            let views = result.as_ref().map(Kubeconfig::contexts).map_err(Clone::clone);
            *contexts.lock().unwrap_or_else(PoisonError::into_inner) = result.ok();
            tell(ClusterNews::Contexts(views));
        };
        if let Err(error) = std::thread::Builder::new().name("kubeconfig".into()).spawn(reading) {
            tracing::warn!(%error, "kubeconfig not read");
        }
    }

    fn ask(&self, ask: ClusterAsk) {
        let ClusterAsk { run, contexts: names, documents, manager } = ask;
        let mut contexts = Vec::new();
        if let Some(known) = self.contexts().as_ref() {
            for name in names {
                match known.bind(Some(&name)) {
                    Ok(bound) => contexts.push(bound),
                    Err(why) => (self.tell)(ClusterNews::Unbound { run, context: name, why }),
                }
            }
        }
        let options = Options { manager, ..Options::default() };
        self.with_thread(|thread| thread.ask(Ask { id: run, contexts, documents, options }));
    }

    /// Starts the thread if it does not run yet; whether it could do something.
    fn with_thread(&self, action: impl FnOnce(&Cluster)) -> bool {
        let mut thread = self.thread.borrow_mut();
        if thread.is_none() {
            let tell = self.tell.clone();
            let trust = super::journal::state_folder().map(|folder| folder.join("trusted-plugins"));
            let setup = Setup { trust, ..Setup::default() };
            match Cluster::start(setup, move |event| tell(ClusterNews::Event(event))) {
                Ok(started) => *thread = Some(started),
                Err(error) => tracing::warn!(%error, "no thread for clusters"),
            }
        }
        thread.as_ref().map(action).is_some()
    }
}
