//! The program that gets a user's credentials (`users[].user.exec`), as client-go runs it, but once and asked for.
//!
//! It runs with the user's rights, so nobody runs it before the user has seen its exact words and agreed, and kuberc may
//! forbid it altogether. It never gets the screen: input is empty, what it writes is kept, and only a user who asks
//! for it runs it on the terminal. It is ended in time, with its children. What it prints is in no message.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use k8s_openapi::jiff::Timestamp;
use kube::config::{AuthInfo, ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use super::context::Bound;
use super::transport::base64;

/// How long one may take that asks the user to log in.
const TIMEOUT_TERMINAL: Duration = Duration::from_secs(600);
/// The most that is read of its output: a certificate chain with a key is far smaller.
const MAX_OUTPUT: u64 = 1024 * 1024;
/// How long a token from a file is taken for good.
const TOKEN_FILE: Duration = Duration::from_secs(60);
/// A credential is renewed when it has less than this to live.
const LEEWAY: Duration = Duration::from_secs(15);

/// A program that wants to run, as the user is asked about it.
#[derive(Clone, PartialEq, Eq)]
pub struct Plugin {
    /// The context that needs it.
    pub context: String,
    /// The server that gets what it returns.
    pub server: String,
    /// The user of the kubeconfig.
    pub user: String,
    /// The kubeconfig that says so.
    pub file: PathBuf,
    /// Exactly what is run. No shell is involved.
    pub argv: Vec<String>,
    /// The names of the variables that are set for it.
    pub variables: Vec<String>,
    /// Stands for all of the above and the values of the variables: who agreed once agreed to exactly this.
    pub key: String,
}

impl Plugin {
    /// The program without its arguments, which may hold a password.
    #[must_use]
    pub fn command(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }
}

/// Without arguments: they are for the question to the user, not for logs.
impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin")
            .field("context", &self.context)
            .field("command", &self.command())
            .finish_non_exhaustive()
    }
}

/// Why there are no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PluginError {
    /// The user has not agreed to run it yet.
    #[error("{} wants to run", .0.command())]
    NeedsConsent(Box<Plugin>),
    /// It asks the user, so it must have the terminal.
    #[error("{} needs the terminal", .0.command())]
    NeedsTerminal(Box<Plugin>),
    /// kuberc's `credentialPluginPolicy` forbids it.
    #[error("{command} is not allowed by kuberc")]
    Forbidden { command: String },
    /// kuberc cannot be read, so that nobody knows what it allows.
    #[error("{}: not readable as a kuberc", .0.display())]
    Kuberc(PathBuf),
    /// A path from a kubeconfig outside `~/.kube`, which came from somewhere else.
    #[error("{command} is a relative path in a kubeconfig outside ~/.kube")]
    Relative { command: String },
    /// It is not there; `hint` is what the kubeconfig says about getting it.
    #[error("{command} is not installed")]
    Missing { command: String, hint: Option<String> },
    /// The system could not start it.
    #[error("{command}: {detail}")]
    NotStarted { command: String, detail: String },
    /// It ended with an error. It may succeed on the terminal.
    #[error("{} failed", .plugin.command())]
    Failed { plugin: Box<Plugin>, code: Option<i32> },
    /// It took longer than this many seconds.
    #[error("{command} did not end within {seconds} s")]
    Timeout { command: String, seconds: u64 },
    /// It printed more than a credential.
    #[error("{command} printed more than {MAX_OUTPUT} bytes")]
    TooMuch { command: String },
    /// What it printed is no credential; `what` is a field of an ExecCredential.
    #[error("{command} returned no usable ExecCredential: {what}")]
    NoCredential { command: String, what: &'static str },
    /// A version of the protocol that kubectl does not speak.
    #[error("{command} needs the version {version:?} of the protocol, which is not supported")]
    Version { command: String, version: String },
}

/// What to log in with, until when.
#[derive(Clone)]
pub(super) struct Credential {
    pub user: AuthInfo,
    expires: Option<Timestamp>,
    /// When it was got, which tells one from another.
    pub obtained: Instant,
    /// Whether a program can get another one.
    pub is_renewable: bool,
}

impl Credential {
    /// What stands in the kubeconfig itself, or in the file of a token that it names. Such a file is written anew by
    /// others, so it is read again after a minute, as kubectl does; kube would send its final newline.
    pub fn written(context: &Bound) -> Self {
        let mut user = context.parts().user.clone();
        let file = user.token_file.clone().filter(|file| !file.is_empty());
        let token = file.and_then(|file| std::fs::read_to_string(file).ok());
        let is_renewable = token.is_some();
        let mut expires = None;
        if let Some(token) = token {
            user.token = Some(SecretString::from(token.trim()));
            user.token_file = None;
            expires = Timestamp::now().checked_add(TOKEN_FILE).ok();
        }
        Self { user, expires, obtained: Instant::now(), is_renewable }
    }

    /// It is about to expire, or has.
    pub fn is_stale(&self) -> bool {
        let soon = Timestamp::now().saturating_add(LEEWAY).unwrap_or(Timestamp::MAX);
        self.expires.is_some_and(|expires| expires <= soon)
    }
}

/// The program of a context's user; `None` if it needs none.
#[must_use]
pub fn plugin_of(context: &Bound) -> Option<Plugin> {
    let parts = context.parts();
    let exec = parts.user.exec.as_ref()?;
    let mut argv = vec![exec.command.clone().unwrap_or_default()];
    argv.extend(exec.args.clone().unwrap_or_default());
    let variables = variables(exec);
    // Everything that decides what runs and who gets the result. Not the whole file: that changes with every
    // `kubectl config use-context`, and who is asked each time stops reading.
    let content = json!([parts.file, parts.view.server, parts.view.user, argv, variables, exec.api_version]);
    let key: String = Sha256::digest(content.to_string()).iter().map(|byte| format!("{byte:02x}")).collect();
    Some(Plugin {
        context: parts.view.name.clone(),
        server: parts.view.server.clone(),
        user: parts.view.user.clone(),
        file: parts.file.clone(),
        argv,
        variables: variables.into_iter().map(|(name, _)| name).collect(),
        key,
    })
}

/// Whether a program cannot do without the terminal.
#[must_use]
pub fn needs_terminal(context: &Bound) -> bool {
    let exec = context.parts().user.exec.as_ref();
    exec.is_some_and(|exec| exec.interactive_mode == Some(ExecInteractiveMode::Always))
}

fn variables(exec: &ExecConfig) -> Vec<(String, String)> {
    let entries = exec.env.iter().flatten();
    entries.filter_map(|entry| Some((entry.get("name")?.clone(), entry.get("value")?.clone()))).collect()
}

/// Runs the program of a context, for as long as it may. Without a timeout it has this process's input and messages, since
/// it asks the user; the caller has left the screen before.
///
/// # Errors
///
/// Why there is no credential.
pub(super) async fn run(
    context: &Bound,
    plugin: &Plugin,
    timeout: Option<Duration>,
) -> Result<Credential, PluginError> {
    let terminal = timeout.is_none();
    let parts = context.parts();
    let Some(exec) = &parts.user.exec else { return Ok(Credential::written(context)) };
    let command = exec.command.clone().unwrap_or_default();
    let version = exec.api_version.clone().unwrap_or_default();
    if !matches!(version.as_str(), "client.authentication.k8s.io/v1" | "client.authentication.k8s.io/v1beta1")
    {
        return Err(PluginError::Version { command, version });
    }
    let program = find(context)?;
    let mut spec = json!({ "interactive": terminal });
    if exec.provide_cluster_info
        && let (Some(spec), Ok(cluster)) = (spec.as_object_mut(), ExecAuthCluster::try_from(&parts.cluster))
    {
        spec.insert("cluster".to_owned(), serde_json::to_value(cluster).unwrap_or_default());
    }
    let info = json!({ "apiVersion": version, "kind": "ExecCredential", "spec": spec });

    let mut child = Command::new(&program);
    child
        .args(exec.args.iter().flatten())
        .env_clear()
        .envs(parts.environment.variables())
        .envs(variables(exec))
        .env("KUBERNETES_EXEC_INFO", info.to_string())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    if terminal {
        child.stdin(Stdio::inherit()).stderr(Stdio::inherit());
    } else {
        // A group of its own, so that its children can be ended with it and the terminal's keys do not reach it.
        child.stdin(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    }
    let mut child = child.spawn().map_err(|error| PluginError::NotStarted {
        command: command.clone(),
        detail: error.kind().to_string(),
    })?;
    let group = if terminal { None } else { child.id().map(Group) };
    let limit = timeout.unwrap_or(TIMEOUT_TERMINAL);
    let (output, messages) = (child.stdout.take(), child.stderr.take());
    let all = async { tokio::join!(child.wait(), read(output), read(messages)) };
    let Ok((status, output, _)) = tokio::time::timeout(limit, all).await else {
        return Err(PluginError::Timeout { command, seconds: limit.as_secs() });
    };
    group.into_iter().for_each(Group::leave);
    let code = status.ok().and_then(|status| status.code());
    if code != Some(0) {
        return Err(PluginError::Failed { plugin: Box::new(plugin.clone()), code });
    }
    let output = output.ok_or_else(|| PluginError::TooMuch { command: command.clone() })?;
    credential(&output, &version, &parts.user).map_err(|what| PluginError::NoCredential { command, what })
}

/// A group of processes that is ended when nobody waits for its leader any more.
struct Group(u32);

impl Group {
    /// The leader has ended by itself. What it left behind on purpose stays, and its number may soon be another's.
    fn leave(mut self) {
        self.0 = 0;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = i32::try_from(self.0).ok().and_then(rustix::process::Pid::from_raw);
        let _ = group.map(|group| rustix::process::kill_process_group(group, rustix::process::Signal::KILL));
    }
}

/// Everything that is written to a pipe, or `None` if it is too much. What is over the limit is read and dropped, so
/// that the writer is not stopped by a full pipe.
async fn read(pipe: Option<impl AsyncRead + Unpin>) -> Option<Vec<u8>> {
    let Some(mut pipe) = pipe else { return Some(Vec::new()) };
    let mut kept = Vec::new();
    (&mut pipe).take(MAX_OUTPUT).read_to_end(&mut kept).await.ok()?;
    let rest = tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await.ok()?;
    (rest == 0).then_some(kept)
}

/// What an ExecCredential says, or which field is wrong. `written` is the user in the kubeconfig: whom to impersonate stays.
fn credential(output: &[u8], version: &str, written: &AuthInfo) -> Result<Credential, &'static str> {
    let answer: Value = serde_json::from_slice(output).map_err(|_| "JSON")?;
    let text =
        |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    if text("/kind") != Some("ExecCredential") {
        return Err("kind");
    }
    if text("/apiVersion") != Some(version) {
        return Err("apiVersion");
    }
    let expires = match answer.pointer("/status/expirationTimestamp") {
        None | Some(Value::Null) => None,
        Some(Value::String(time)) => {
            Some(time.parse::<Timestamp>().map_err(|_| "status.expirationTimestamp")?)
        }
        Some(_) => return Err("status.expirationTimestamp"),
    };
    let token = text("/status/token");
    let (certificate, key) = (text("/status/clientCertificateData"), text("/status/clientKeyData"));
    if token.is_none() && certificate.is_none() {
        return Err("status.token");
    }
    if certificate.is_some() != key.is_some() {
        return Err("status.clientKeyData");
    }
    let mut user = written.clone();
    user.exec = None;
    user.token_file = None;
    if let Some(token) = token {
        user.token = Some(SecretString::from(token));
    }
    if let (Some(certificate), Some(key)) = (certificate, key) {
        user.client_certificate_data = Some(base64(certificate.as_bytes()));
        user.client_key_data = Some(SecretString::from(base64(key.as_bytes())));
    }
    Ok(Credential { user, expires, obtained: Instant::now(), is_renewable: true })
}

/// The file that a context's plugin is, after asking kuberc. Runs nothing.
pub(super) fn find(context: &Bound) -> Result<PathBuf, PluginError> {
    let parts = context.parts();
    let exec = parts.user.exec.clone().unwrap_or_default();
    let command = exec.command.clone().unwrap_or_default();
    let missing = || PluginError::Missing { command: command.clone(), hint: exec.install_hint.clone() };
    let path = Path::new(&command);
    let program = if path.is_absolute() {
        path.to_owned()
    } else if command.contains('/') {
        let folder = parts.file.parent().unwrap_or(Path::new(""));
        if parts.environment.kube_folder().as_deref() != Some(folder) {
            return Err(PluginError::Relative { command });
        }
        folder.join(path)
    } else {
        on_path(context, &command).ok_or_else(missing)?
    };
    if !program.is_file() {
        return Err(missing());
    }
    match allowed(context)? {
        Allowed::All => Ok(program),
        Allowed::These(list) if list.iter().any(|entry| is_entry(context, entry, &program)) => Ok(program),
        Allowed::These(_) => Err(PluginError::Forbidden { command }),
    }
}

/// A program by its name, in the folders of `PATH`. A relative folder there, `.` above all, is skipped as Go does.
fn on_path(context: &Bound, command: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    if command.is_empty() {
        return None;
    }
    let runs = |file: &PathBuf| {
        file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
    };
    let folders = std::env::split_paths(context.parts().environment.os("PATH")?);
    folders.filter(|folder| folder.is_absolute()).map(|folder| folder.join(command)).find(runs)
}

/// Which programs kuberc allows.
enum Allowed {
    All,
    These(Vec<String>),
}

/// Reads `credentialPluginPolicy` and `credentialPluginAllowlist` (Kubernetes 1.35).
fn allowed(context: &Bound) -> Result<Allowed, PluginError> {
    let environment = &context.parts().environment;
    let file = match environment.text("KUBERC") {
        Some("off") => return Ok(Allowed::All),
        Some(file) => PathBuf::from(file),
        None => match environment.kube_folder().map(|folder| folder.join("kuberc")) {
            Some(file) if file.exists() => file,
            _ => return Ok(Allowed::All),
        },
    };
    let text = std::fs::read_to_string(&file).map_err(|_| PluginError::Kuberc(file.clone()))?;
    let manifest = crate::core::manifest::read(&text);
    if !manifest.is_clean() {
        return Err(PluginError::Kuberc(file));
    }
    let Some(kuberc) = manifest.documents.first().and_then(|document| document.value.as_ref()) else {
        return Ok(Allowed::All);
    };
    let list = || -> Option<Vec<String>> {
        let entries = kuberc.get("credentialPluginAllowlist")?.as_array()?;
        // 1.36 calls `command` what 1.35 called `name`.
        let name = |entry: &Value| entry.get("command").or(entry.get("name"))?.as_str().map(str::to_owned);
        entries.iter().map(name).collect()
    };
    match kuberc.get("credentialPluginPolicy").map(|policy| policy.as_str().unwrap_or_default()) {
        None | Some("AllowAll") => Ok(Allowed::All),
        Some("DenyAll") => Ok(Allowed::These(Vec::new())),
        Some("Allowlist") => list().map(Allowed::These).ok_or(PluginError::Kuberc(file)),
        Some(_) => Err(PluginError::Kuberc(file)),
    }
}

/// Whether an entry of the list means a program. A name means what it means on `PATH`.
fn is_entry(context: &Bound, entry: &str, program: &Path) -> bool {
    if entry.contains('/') {
        Path::new(entry) == program
    } else {
        on_path(context, entry).as_deref() == Some(program)
    }
}
