//! Kubeconfig files as kubectl reads them. Nothing is executed or contacted here.
//!
//! `$KUBECONFIG` is a list, of which missing files are skipped; without it `~/.kube/config` is read. The first file that
//! has a cluster, user, context or `current-context` wins; relative paths are those from the file. YAML is read as
//! everywhere in this program ([`manifest`]), so of a key that is set twice the last one counts. If
//! nothing is configured and the process runs in a Pod, its service account is the one context.
//!
//! Messages name places, never values: any value can be a password.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use http::Uri;
use kube::config::{AuthInfo, Cluster, Context as Entry};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::context::{Bound, Context};
use super::environment::Environment;
use crate::core::manifest::{self, Document};

/// The name of the context of a Pod's service account.
pub const IN_CLUSTER: &str = "in-cluster";
/// Where a Pod finds its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// A kubeconfig with certificates of a hundred clusters is far smaller.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// What is wrong with a kubeconfig, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KubeconfigError {
    /// There is no file and no service account.
    #[error("no kubeconfig found")]
    Nothing,
    /// The system's words for why a file cannot be read.
    #[error("{}: {detail}", file.display())]
    Unreadable { file: PathBuf, detail: String },
    /// It is not YAML.
    #[error("{}:{line}: not valid YAML", file.display())]
    Syntax { file: PathBuf, line: usize },
    /// A value that is not of the type it must be; `place` is like `users[1].user`.
    #[error("{}:{line}: {place} is not what it must be", file.display())]
    Shape { file: PathBuf, line: usize, place: String },
    /// Two entries of a list in one file have the same name.
    #[error("{}:{line}: {place} has the name of an entry before it", file.display())]
    SameName { file: PathBuf, line: usize, place: String },
    /// There is no context of that name.
    #[error("there is no context {name:?}")]
    NoContext { name: String },
    /// No context is chosen.
    #[error("no current-context is set")]
    NoCurrent,
    /// The context names a cluster that is not there.
    #[error("the cluster {cluster:?} of the context {context:?} does not exist")]
    NoCluster { context: String, cluster: String },
    /// The context names a user that is not there.
    #[error("the user {user:?} of the context {context:?} does not exist")]
    NoUser { context: String, user: String },
    /// The cluster's `server` is missing or not a URL.
    #[error("the server of the cluster {cluster:?} is not an http or https URL")]
    NoServer { context: String, cluster: String },
    /// The user has an `auth-provider`, which kubectl dropped in 1.26.
    #[error("the user {user:?} has an auth-provider, which kubectl 1.26 removed")]
    AuthProvider { context: String, user: String },
}

/// The clusters, users and contexts of all files, merged.
#[derive(Clone, Default)]
pub struct Kubeconfig {
    clusters: BTreeMap<String, Cluster>,
    /// Each with the file it stands in.
    users: BTreeMap<String, (AuthInfo, PathBuf)>,
    contexts: BTreeMap<String, Entry>,
    current: Option<String>,
    files: Vec<PathBuf>,
    environment: Environment,
}

impl Kubeconfig {
    /// Reads what the environment names.
    ///
    /// # Errors
    ///
    /// Of a file that is there and cannot be read as a kubeconfig; or if there is nothing at all.
    pub fn load(environment: &Environment) -> Result<Self, KubeconfigError> {
        let files: Vec<PathBuf> = match environment.os("KUBECONFIG") {
            Some(list) => std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect(),
            None => environment.kube_folder().map(|folder| folder.join("config")).into_iter().collect(),
        };
        let present: Vec<&Path> = files.iter().map(PathBuf::as_path).filter(|path| path.exists()).collect();
        let mut all = Self::of_files(&present, environment)?;
        if all.contexts.is_empty() {
            all.add_service_account(Path::new(SERVICE_ACCOUNT));
        }
        if all.files.is_empty() && all.contexts.is_empty() { Err(KubeconfigError::Nothing) } else { Ok(all) }
    }

    /// Reads these files, each of which must be there.
    ///
    /// # Errors
    ///
    /// Of the first file that cannot be read as a kubeconfig.
    pub fn of_files(files: &[&Path], environment: &Environment) -> Result<Self, KubeconfigError> {
        let mut all = Self { environment: environment.clone(), ..Self::default() };
        for file in files {
            all.add(file)?;
        }
        Ok(all)
    }

    /// The files that were read.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The name of the current context, whether or not there is one of that name.
    #[must_use]
    pub fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// The contexts in the order of their names.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        let nothing = (Cluster::default(), AuthInfo::default());
        self.contexts
            .iter()
            .map(|(name, entry)| {
                let user = entry.user.as_deref().unwrap_or_default();
                let cluster = self.clusters.get(&entry.cluster).unwrap_or(&nothing.0);
                let info = self.users.get(user).map_or(&nothing.1, |(info, _)| info);
                self.view(name, entry, cluster, user, info)
            })
            .collect()
    }

    fn view(&self, name: &str, entry: &Entry, cluster: &Cluster, user: &str, info: &AuthInfo) -> Context {
        let mut view = Context::new(name, &entry.cluster, cluster, user, info);
        if let Some(namespace) = entry.namespace.as_ref().filter(|namespace| !namespace.is_empty()) {
            view.namespace.clone_from(namespace);
        }
        view.is_current = self.current.as_deref() == Some(name);
        view
    }

    /// The context of that name, or the current one, with what it means now.
    ///
    /// # Errors
    ///
    /// If it is not there or names what is not there.
    pub fn bind(&self, name: Option<&str>) -> Result<Bound, KubeconfigError> {
        let name = name.or(self.current()).ok_or(KubeconfigError::NoCurrent)?;
        let context = name.to_owned();
        let Some(entry) = self.contexts.get(name) else {
            return Err(KubeconfigError::NoContext { name: context });
        };
        let Some(cluster) = self.clusters.get(&entry.cluster) else {
            return Err(KubeconfigError::NoCluster { context, cluster: entry.cluster.clone() });
        };
        let user = entry.user.clone().unwrap_or_default();
        let nobody = (AuthInfo::default(), PathBuf::new());
        let (info, file) = match self.users.get(&user) {
            Some(found) => found,
            None if user.is_empty() => &nobody,
            None => return Err(KubeconfigError::NoUser { context, user }),
        };
        if info.auth_provider.is_some() {
            return Err(KubeconfigError::AuthProvider { context, user });
        }
        let Some(server) = cluster.server.as_deref().and_then(server) else {
            return Err(KubeconfigError::NoServer { context, cluster: entry.cluster.clone() });
        };
        let view = self.view(name, entry, cluster, &user, info);
        Ok(Bound::new(view, server, cluster.clone(), info.clone(), file.clone(), self.environment.clone()))
    }

    fn add(&mut self, file: &Path) -> Result<(), KubeconfigError> {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let text = text_of(&file)?;
        let read = manifest::read(&text);
        self.files.push(file.clone());
        // kubectl reads the first document and ignores others.
        let Some(document) = read.documents.first() else { return Ok(()) };
        let source = Source { file: &file, text: &text, document };
        if let Some(fault) = document.faults.first() {
            return Err(KubeconfigError::Syntax { line: line_at(&text, fault.range.start), file });
        }
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        for (name, mut cluster) in source.entries::<Cluster>("clusters", "cluster")? {
            absolute(&mut cluster.certificate_authority, &folder);
            self.clusters.entry(name).or_insert(cluster);
        }
        for (name, mut user) in source.entries::<AuthInfo>("users", "user")? {
            for path in [&mut user.client_certificate, &mut user.client_key, &mut user.token_file] {
                absolute(path, &folder);
            }
            self.users.entry(name).or_insert((user, file.clone()));
        }
        for (name, context) in source.entries::<Entry>("contexts", "context")? {
            self.contexts.entry(name).or_insert(context);
        }
        let current: Option<String> = source.field("/current-context", "current-context")?;
        self.current = self.current.take().or(current.filter(|name| !name.is_empty()));
        Ok(())
    }

    /// The context of the Pod that the process runs in, whose service account is in a folder.
    fn add_service_account(&mut self, folder: &Path) {
        let (Some(host), Some(port)) = (
            self.environment.text("KUBERNETES_SERVICE_HOST"),
            self.environment.text("KUBERNETES_SERVICE_PORT"),
        ) else {
            return;
        };
        let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
        if !Path::new(&path("token")).exists() {
            return;
        }
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let cluster = Cluster {
            server: Some(format!("https://{host}:{port}")),
            certificate_authority: Some(path("ca.crt")),
            ..Cluster::default()
        };
        let user = AuthInfo { token_file: Some(path("token")), ..AuthInfo::default() };
        let namespace = std::fs::read_to_string(path("namespace")).ok().map(|text| text.trim().to_owned());
        let entry = Entry {
            cluster: IN_CLUSTER.to_owned(),
            user: Some(IN_CLUSTER.to_owned()),
            namespace,
            ..Entry::default()
        };
        self.clusters.insert(IN_CLUSTER.to_owned(), cluster);
        self.users.insert(IN_CLUSTER.to_owned(), (user, folder.to_owned()));
        self.contexts.insert(IN_CLUSTER.to_owned(), entry);
        self.current = Some(IN_CLUSTER.to_owned());
    }
}

/// Without the content: it holds keys and tokens.
impl std::fmt::Debug for Kubeconfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kubeconfig")
            .field("files", &self.files)
            .field("contexts", &self.contexts.keys())
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}

/// A cluster's URL. kubectl guesses a scheme where there is none; nothing is guessed here.
fn server(written: &str) -> Option<Uri> {
    let uri: Uri = written.trim().trim_end_matches('/').parse().ok()?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    (is_web && uri.host().is_some_and(|host| !host.is_empty()) && uri.query().is_none()).then_some(uri)
}

fn text_of(file: &Path) -> Result<String, KubeconfigError> {
    let unreadable = |detail: String| KubeconfigError::Unreadable { file: file.to_owned(), detail };
    let size = std::fs::metadata(file).map_err(|error| unreadable(error.to_string()))?.len();
    if size > MAX_BYTES {
        return Err(unreadable("file too large".to_owned()));
    }
    std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))
}

fn absolute(path: &mut Option<String>, folder: &Path) {
    if let Some(written) = path.as_mut().filter(|written| !written.is_empty()) {
        *written = folder.join(&*written).to_string_lossy().into_owned();
    }
}

fn line_at(text: &str, byte: usize) -> usize {
    1 + text.get(..byte).unwrap_or_default().matches('\n').count()
}

/// The document of one file.
struct Source<'f> {
    file: &'f Path,
    text: &'f str,
    document: &'f Document,
}

impl Source<'_> {
    fn line(&self, pointer: &str) -> usize {
        // A field that is not there stands where its parent does.
        let mut pointer = pointer;
        loop {
            if let Some(span) = self.document.span(pointer) {
                return line_at(self.text, span.value.start);
            }
            let Some((parent, _)) = pointer.rsplit_once('/') else { return self.document.line };
            pointer = parent;
        }
    }

    fn shape(&self, pointer: &str, place: &str) -> KubeconfigError {
        let line = self.line(pointer);
        KubeconfigError::Shape { file: self.file.to_owned(), line, place: place.to_owned() }
    }

    /// A value that may be missing or null.
    fn field<T: DeserializeOwned>(&self, pointer: &str, place: &str) -> Result<Option<T>, KubeconfigError> {
        let value = self.document.value.as_ref().and_then(|root| root.pointer(pointer));
        let value = value.cloned().unwrap_or_default();
        // The error would show the value.
        serde_json::from_value(value).map_err(|_| self.shape(pointer, place))
    }

    /// The entries of a list, each with its name.
    fn entries<T: DeserializeOwned + Default>(
        &self,
        list: &str,
        body: &str,
    ) -> Result<Vec<(String, T)>, KubeconfigError> {
        let values: Vec<Value> = self.field(&format!("/{list}"), list)?.unwrap_or_default();
        let mut entries: Vec<(String, T)> = Vec::new();
        for position in 0..values.len() {
            let (pointer, place) = (format!("/{list}/{position}"), format!("{list}[{position}]"));
            let name: Option<String> = self.field(&format!("{pointer}/name"), &format!("{place}.name"))?;
            let name = name.unwrap_or_default();
            if entries.iter().any(|(before, _)| *before == name) {
                let line = self.line(&pointer);
                return Err(KubeconfigError::SameName { file: self.file.to_owned(), line, place });
            }
            let entry: Option<T> = self.field(&format!("{pointer}/{body}"), &format!("{place}.{body}"))?;
            entries.push((name, entry.unwrap_or_default()));
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_has_the_context_of_its_service_account() {
        for (host, server) in [("10.96.0.1", "https://10.96.0.1:443"), ("fd00::1", "https://[fd00::1]:443")] {
            let environment =
                Environment::of([("KUBERNETES_SERVICE_HOST", host), ("KUBERNETES_SERVICE_PORT", "443")]);
            let folder = tempfile::tempdir().unwrap();
            let mut all = Kubeconfig::of_files(&[], &environment).unwrap();
            all.add_service_account(folder.path());
            assert_eq!(all.contexts(), [], "there is no token");

            std::fs::write(folder.path().join("token"), "canary").unwrap();
            std::fs::write(folder.path().join("namespace"), "shop\n").unwrap();
            all.add_service_account(folder.path());
            let context = all.bind(None).unwrap();
            let view = context.view();
            assert_eq!(
                (view.name.as_str(), view.server.as_str(), view.namespace.as_str()),
                (IN_CLUSTER, server, "shop")
            );
            let user = &context.parts().user;
            assert!(user.token_file.as_ref().is_some_and(|file| file.ends_with("/token")));
        }
    }
}
