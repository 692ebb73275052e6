//! Asking clusters: what is to be asked, what must be settled before, and what becomes of the answers.
//!
//! Nothing is read, executed or contacted before the user's first cluster action. The contexts that are asked are
//! those that the user chose; a context whose name looks like production is asked when its name was typed.

use std::collections::BTreeMap;

pub use crate::cluster::context::{Caution, Context};
pub use crate::cluster::dry_run::Document;
pub use crate::cluster::exec::{Plugin, PluginError};
pub use crate::cluster::kubeconfig::KubeconfigError;
pub use crate::cluster::runtime::{Event, Failure};
pub use crate::cluster::session::About;

use crate::app::App;
use crate::app::effect::{Effect, Timer};
use crate::app::files::OpenFile;
use crate::app::overlays::Overlay;
use crate::app::overlays::cluster::{ChooseContexts, TypeName};
use crate::app::panes::PaneId;
use crate::app::panes::cluster::{Contexts, Failed, Row, Wanted};
use crate::core::diagnostics::{Diagnostics, Origin, Severity};
use crate::core::dry_run::{ObjectRef, Target};
use crate::core::file::{FileId, Role};
use crate::core::manifest::expand::pod_of;
use crate::core::manifest::{self, Manifest};
use crate::strings::{self, T};
use serde_json::Value;

/// Before this long, an answer that is on its way is not worth a word.
const WAITING_AFTER: std::time::Duration = std::time::Duration::from_millis(150);
/// After a save, the disk and the user get this long to settle.
const SAVE_SETTLES: std::time::Duration = std::time::Duration::from_millis(500);

/// A question to clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterAsk {
    /// Not used twice; the answers carry it.
    pub run: u64,
    /// The contexts, by name.
    pub contexts: Vec<String>,
    pub documents: Vec<Document>,
    /// The field manager.
    pub manager: String,
}

/// What the app wants of the cluster's thread.
#[derive(Debug, Clone, PartialEq)]
pub enum ClusterRequest {
    /// Read the kubeconfig.
    List,
    Ask(ClusterAsk),
    /// Stop what is on its way.
    Cancel(u64),
    /// The user agrees to run a program that gets credentials.
    Agree(Box<Plugin>),
    /// Give the terminal to the program of a context.
    Terminal {
        context: String,
    },
}

/// What the cluster's thread tells.
#[derive(Debug)]
pub enum ClusterNews {
    /// The kubeconfig was read, or could not be.
    Contexts(Result<Vec<Context>, KubeconfigError>),
    /// A context does not say how to reach its cluster.
    Unbound {
        run: u64,
        context: String,
        why: KubeconfigError,
    },
    Event(Event),
}

impl App {
    /// The user wants something of a cluster.
    pub(super) fn want_cluster(&mut self, wanted: Wanted) {
        self.open_cluster();
        self.cluster.wanted = Some(wanted);
        match self.cluster.contexts {
            Contexts::Known(_) => self.go_on(),
            Contexts::Reading => {}
            // A kubeconfig that was not there may be there now.
            Contexts::Unknown | Contexts::Failed(_) => {
                self.cluster.contexts = Contexts::Reading;
                self.effects.push(Effect::Cluster(ClusterRequest::List));
            }
        }
    }

    pub(super) fn open_cluster(&mut self) {
        self.cluster.open = true;
        self.set_focus(PaneId::Cluster);
    }

    /// Does what is wanted, or asks for what is missing.
    pub(super) fn go_on(&mut self) {
        let Some(wanted) = self.cluster.wanted else { return };
        if wanted == Wanted::Choose || self.cluster.chosen.is_empty() {
            let chosen = self.cluster.chosen.clone();
            if let Contexts::Known(contexts) = &self.cluster.contexts {
                let list = ChooseContexts::new(contexts, &chosen);
                self.overlays.push(Overlay::Contexts(list));
            }
            return;
        }
        let unconfirmed = self
            .cluster
            .chosen
            .iter()
            .find(|name| self.cluster.is_production(name) && !self.cluster.confirmed.contains(*name));
        if let Some(context) = unconfirmed.cloned() {
            self.overlays.push(Overlay::TypeName(TypeName::new(context)));
            return;
        }
        self.cluster.wanted = None;
        self.ask_cluster(wanted);
    }

    fn ask_cluster(&mut self, wanted: Wanted) {
        let Read { rows, documents, manifests, unread } = match wanted {
            Wanted::Again => self.asked_again(),
            _ => self.documents(wanted),
        };
        self.cluster.unread = unread;
        if documents.is_empty() {
            self.tell(T::WhyNoDocument, Severity::Warning);
            return;
        }
        for run in std::mem::take(&mut self.cluster.runs) {
            self.effects.push(Effect::Cluster(ClusterRequest::Cancel(run)));
        }
        let contexts = self.cluster.chosen.clone();
        let run = self.cluster.begin(contexts.clone(), rows, manifests, self.now);
        self.send_question(run, contexts, documents);
        self.mark_server_problems();
    }

    fn send_question(&mut self, run: u64, contexts: Vec<String>, documents: Vec<Document>) {
        let manager = self.cluster.manager.clone();
        self.effects.push(Effect::After(WAITING_AFTER, Timer::Asking(run)));
        self.effects.push(Effect::Cluster(ClusterRequest::Ask(ClusterAsk {
            run,
            contexts,
            documents,
            manager,
        })));
    }

    /// Asks one context of the grid once more about all of its rows.
    pub(super) fn ask_context_again(&mut self, context: &str) {
        let Read { rows, documents, .. } = self.asked_again();
        let edited = self.cluster.rows.iter().any(|row| row.stale);
        if edited || rows.len() != self.cluster.rows.len() || documents.is_empty() {
            // The documents are others now: the whole grid is asked.
            return self.want_cluster(Wanted::Again);
        }
        if let Some(run) = self.cluster.begin_again(context, self.now) {
            self.send_question(run, vec![context.to_owned()], documents);
        }
    }

    /// The same documents as they are now.
    fn asked_again(&self) -> Read {
        let files: Vec<FileId> = self.cluster.rows.iter().map(|row| row.target.file).collect();
        let mut read = self.read_documents(|file| files.contains(&file.id));
        let asked = |target: &Target| {
            let same = |row: &Row| (row.target.file, row.target.index) == (target.file, target.index);
            self.cluster.rows.iter().any(same)
        };
        read.keep(|row| asked(&row.target));
        read
    }

    fn documents(&self, wanted: Wanted) -> Read {
        match wanted {
            Wanted::File(id) => self.read_documents(|file| file.id == id),
            Wanted::Document(id, at) => {
                let mut read = self.read_documents(|file| file.id == id);
                // The last one that begins before the caret.
                let here =
                    read.rows.iter().filter(|row| row.range.start <= at).map(|row| row.target.index).max();
                let here = here.or_else(|| read.rows.first().map(|row| row.target.index));
                read.keep(|row| Some(row.target.index) == here);
                read.unread = 0;
                read
            }
            Wanted::All | Wanted::Choose | Wanted::Again => self.read_documents(|_| true),
        }
    }

    /// The file and the byte that "this document" means: that of the caret, or of the decision that is looked at.
    pub(super) fn document_here(&self) -> Option<(FileId, usize)> {
        if self.focus == PaneId::Decision
            && let Some(document) = self.decision.shown_document()
        {
            return Some((document.place.file, document.place.range.start));
        }
        let file = self.file_of(PaneId::Manifest).filter(|file| file.role == Role::Manifest)?;
        Some((file.id, file.editor.selection().head))
    }

    /// The objects of some manifests, each followed by the Pod it makes; and how many documents cannot be read.
    fn read_documents(&self, which: impl Fn(&OpenFile) -> bool) -> Read {
        let mut read = Read::default();
        let Read { rows, documents, manifests, unread } = &mut read;
        for file in self.files.iter().filter(|file| file.role == Role::Manifest && which(file)) {
            let text = file.editor.buffer().snapshot().to_string();
            let revision = file.editor.buffer().revision();
            let manifest = manifest::read(&text);
            *unread += manifest.documents.iter().filter(|document| !document.faults.is_empty()).count();
            for object in manifest.objects() {
                let own = ObjectRef {
                    api_version: object.api_version.to_owned(),
                    kind: object.kind.to_owned(),
                    namespace: object.namespace.to_owned(),
                    name: object.name.to_owned(),
                };
                let mut add = |target: Target| {
                    rows.push(Row { target, revision, range: object.range.clone(), stale: false });
                };
                let target = Target { file: file.id, index: object.index, derived: false, object: own };
                add(target.clone());
                // As the client does: nobody ever sends the Pod of a PodTemplate.
                if let Some(derived) = pod_of(object.value).filter(|derived| derived.controller.is_some()) {
                    let namespace = target.object.namespace.clone();
                    let name = format!("{}-", target.object.name);
                    let api_version = "v1".to_owned();
                    let kind =
                        derived.pod.pointer("/kind").and_then(Value::as_str).unwrap_or("Pod").to_owned();
                    let object = ObjectRef { api_version, kind, namespace, name };
                    add(Target { derived: true, object, ..target });
                }
                documents.push(Document { file: file.id, index: object.index, value: object.value.clone() });
            }
            manifests.insert(file.id, manifest);
        }
        read
    }

    /// News of the cluster's thread.
    pub(super) fn cluster_news(&mut self, news: ClusterNews) {
        match news {
            ClusterNews::Contexts(Ok(contexts)) => {
                // The user's choice stays, as far as it is still there.
                let there = |name: &String| contexts.iter().any(|context| context.name == *name);
                self.cluster.chosen.retain(there);
                if self.cluster.chosen.is_empty() {
                    let current = contexts.iter().find(|context| context.is_current);
                    self.cluster.chosen = current.map(|context| context.name.clone()).into_iter().collect();
                }
                self.cluster.contexts = Contexts::Known(contexts);
                self.go_on();
            }
            ClusterNews::Contexts(Err(why)) => {
                self.cluster.contexts = Contexts::Failed(why);
                self.cluster.wanted = None;
            }
            ClusterNews::Unbound { run, context, why } => {
                self.cluster.fail(run, &context, &Failed::Kubeconfig(why));
            }
            ClusterNews::Event(Event::Connected { context, about, .. }) => {
                self.cluster.about.insert(context, about);
            }
            ClusterNews::Event(Event::Answered { id, answer }) => {
                if self.cluster.take(id, *answer, self.now) {
                    self.mark_server_problems();
                }
            }
            ClusterNews::Event(Event::Failed { id, context, why }) => {
                if self.cluster.fail(id, &context, &Failed::Cluster(why.clone()))
                    && let Failure::Plugin(
                        PluginError::NeedsConsent(plugin) | PluginError::NeedsTerminal(plugin),
                    ) = &why
                {
                    let terminal = matches!(why, Failure::Plugin(PluginError::NeedsTerminal(_)));
                    self.overlays.push(Overlay::Consent { plugin: plugin.clone(), terminal });
                }
            }
            ClusterNews::Event(Event::Done { id, .. }) => self.cluster.end(id),
            ClusterNews::Event(Event::Left { context, result }) => match result {
                Ok(()) => self.ask_context_again(&context),
                Err(why) => {
                    let text = strings::plugin_error(&why, self.settings.lang);
                    self.say(text, Severity::Error);
                    self.cluster.fail_context(&context, &Failed::Cluster(Failure::Plugin(why)));
                }
            },
        }
    }

    /// The user's word on a program that gets credentials.
    pub(super) fn agree(&mut self, plugin: Box<Plugin>, terminal: bool) {
        let context = plugin.context.clone();
        if terminal {
            self.effects.push(Effect::Cluster(ClusterRequest::Terminal { context }));
        } else {
            self.effects.push(Effect::Cluster(ClusterRequest::Agree(plugin)));
            self.ask_context_again(&context);
        }
    }

    /// Stops what is on its way.
    pub(super) fn stop_asking(&mut self) {
        self.cluster.wanted = None;
        if self.cluster.is_running() {
            for run in self.cluster.runs.clone() {
                self.effects.push(Effect::Cluster(ClusterRequest::Cancel(run)));
                self.cluster.end(run);
            }
            self.tell(T::ClusterStopped, Severity::Note);
        }
    }

    /// Esc in the pane: what runs stops, else the pane closes.
    pub(super) fn close_cluster(&mut self) {
        if self.cluster.is_running() {
            self.stop_asking();
            return;
        }
        self.cluster.open = false;
        self.set_focus(self.last_editor);
    }

    /// A manifest was saved.
    pub(super) fn saved_manifest(&mut self, id: FileId) {
        let manifest = self.files.get(id).is_some_and(|file| file.role == Role::Manifest);
        if self.cluster.on_save && manifest {
            self.effects.push(Effect::After(SAVE_SETTLES, Timer::AskSaved(id)));
        }
    }

    /// Some time after a save: asks, unless the text goes on changing.
    pub(super) fn ask_saved(&mut self, id: FileId) {
        let settled = self.files.get(id).is_some_and(|file| !file.editor.is_modified());
        if self.cluster.on_save && settled && matches!(self.cluster.contexts, Contexts::Known(_)) {
            self.cluster.open = true;
            self.cluster.wanted = Some(Wanted::File(id));
            self.go_on();
        }
    }

    /// Puts what servers complain of beside the lines of the manifests.
    pub(super) fn mark_server_problems(&mut self) {
        let files: Vec<FileId> =
            self.files.iter().filter(|file| file.role == Role::Manifest).map(|file| file.id).collect();
        for id in files {
            let marks = self.cluster.marks(id);
            let Some(file) = self.files.get_mut(id) else { continue };
            let others = file.diagnostics.all().iter().filter(|d| d.origin != Origin::Server).cloned();
            file.diagnostics = Diagnostics::new(others.chain(marks).collect());
        }
    }
}

/// What is to be asked about.
#[derive(Default)]
struct Read {
    rows: Vec<Row>,
    documents: Vec<Document>,
    manifests: BTreeMap<FileId, Manifest>,
    /// Documents that cannot be read.
    unread: usize,
}

impl Read {
    /// Only these rows and their documents.
    fn keep(&mut self, which: impl Fn(&Row) -> bool) {
        self.rows.retain(which);
        let rows = &self.rows;
        self.documents.retain(|document| rows.iter().any(|row| is_of(row, document)));
    }
}

fn is_of(row: &Row, document: &Document) -> bool {
    (row.target.file, row.target.index) == (document.file, document.index)
}
