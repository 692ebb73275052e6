//! A context of a kubeconfig, bound to what it meant when it was chosen.
//!
//! Whatever happens to the file afterwards, a [`Bound`] context leads to the same server as the same user.

use std::path::PathBuf;
use std::sync::Arc;

use http::Uri;
use kube::config::{AuthInfo, Cluster};
use sha2::{Digest, Sha256};

use super::environment::Environment;

/// What a user sees of a context before anything is contacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The name of its cluster.
    pub cluster: String,
    /// The cluster's URL without a password; empty if there is none.
    pub server: String,
    /// The name of its user; empty if there is none.
    pub user: String,
    /// Where objects without a namespace go.
    pub namespace: String,
    /// It is the kubeconfig's `current-context`.
    pub is_current: bool,
    /// The program that gets the credentials.
    pub plugin: Option<String>,
    /// What to know before trusting an answer.
    pub cautions: Vec<Caution>,
}

/// A setting of a context that makes its answers or the way to it less certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caution {
    /// `insecure-skip-tls-verify`: anybody could answer.
    NotVerified,
    /// `http://`: anybody can read and change what is sent.
    NotEncrypted,
    /// `proxy-url`, without a password.
    Proxy(String),
    /// `as`: the answers are for somebody else.
    Impersonates(String),
    /// `tls-server-name`: the certificate is that of another name.
    ServerName(String),
}

/// A context with everything that is needed to connect. Cheap to clone.
#[derive(Clone)]
pub struct Bound(Arc<Parts>);

pub(super) struct Parts {
    pub view: Context,
    pub server: Uri,
    pub cluster: Cluster,
    pub user: AuthInfo,
    /// The kubeconfig that holds the user.
    pub file: PathBuf,
    pub environment: Environment,
    /// Hash of all that decides where a request goes and as whom.
    pub fingerprint: [u8; 32],
}

impl Bound {
    pub(super) fn new(
        view: Context,
        server: Uri,
        cluster: Cluster,
        user: AuthInfo,
        file: PathBuf,
        environment: Environment,
    ) -> Self {
        let content = serde_json::json!([view.name, view.namespace, cluster, user, file]);
        let fingerprint = Sha256::digest(content.to_string()).into();
        Self(Arc::new(Parts { view, server, cluster, user, file, environment, fingerprint }))
    }

    /// What a user sees of it.
    #[must_use]
    pub fn view(&self) -> &Context {
        &self.0.view
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.view.name
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.0
    }
}

/// The same way to the same cluster as the same user.
impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        self.0.fingerprint == other.0.fingerprint
    }
}

impl Eq for Bound {}

/// Without what a user would not see: it holds keys and tokens.
impl std::fmt::Debug for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Bound").field(&self.0.view).finish()
    }
}

impl Context {
    pub(super) fn new(
        name: &str,
        cluster_name: &str,
        cluster: &Cluster,
        user_name: &str,
        user: &AuthInfo,
    ) -> Self {
        let server = cluster.server.as_deref().unwrap_or_default();
        let mut cautions = Vec::new();
        if cluster.insecure_skip_tls_verify == Some(true) {
            cautions.push(Caution::NotVerified);
        }
        if server.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://")) {
            cautions.push(Caution::NotEncrypted);
        }
        let present = |value: &Option<String>| value.clone().filter(|text| !text.is_empty());
        cautions.extend(present(&cluster.proxy_url).map(|url| Caution::Proxy(without_password(&url))));
        cautions.extend(present(&cluster.tls_server_name).map(Caution::ServerName));
        cautions.extend(present(&user.impersonate).map(Caution::Impersonates));
        Self {
            name: name.to_owned(),
            cluster: cluster_name.to_owned(),
            server: without_password(server),
            user: user_name.to_owned(),
            namespace: "default".to_owned(),
            is_current: false,
            plugin: user.exec.as_ref().map(|exec| exec.command.clone().unwrap_or_default()),
            cautions,
        }
    }
}

/// A URL without what stands before the `@` of its host.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let host_end = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(host_end).unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        for (url, shown) in [
            ("https://k8s.corp:6443/a@b", "https://k8s.corp:6443/a@b"),
            ("https://me:canary@k8s.corp", "https://k8s.corp"),
            ("http://me:can@ary@p:1/x", "http://p:1/x"),
            ("me:canary@p:1", "p:1"),
            ("", ""),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
