//! The server under test: started for the run, or found by its kubeconfig.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What a case cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Webhooks of this process can be called.
    Loopback,
    /// The contexts `limited`, `reader`, `bad-token`, `bad-ca` and `unreachable`.
    Contexts,
    /// The audit log, and with it the policy that refuses other writes.
    Audit,
    /// Gatekeeper is one of its webhooks.
    Gatekeeper,
}

pub struct Server {
    /// What regoscope gets.
    pub kubeconfig: PathBuf,
    /// What prepares the tests.
    pub setup: PathBuf,
    /// One JSON object a line.
    pub audit: Option<PathBuf>,
    is_loopback: bool,
    has_gatekeeper: bool,
    /// Ends when its standard input does.
    process: Option<Child>,
}

impl Server {
    /// The one that the environment names; `None` if it names none.
    pub fn of_environment() -> Result<Option<Self>, String> {
        if let Some(file) = std::env::var_os("REGOSCOPE_TEST_KUBECONFIG") {
            return Ok(Some(Self::of_kubeconfig(PathBuf::from(file), None)));
        }
        let Some(assets) = std::env::var_os("KUBEBUILDER_ASSETS") else { return Ok(None) };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apiserver/serve");
        let mut command = Command::new(script);
        command.arg("--while-stdin").stdin(Stdio::piped()).stdout(Stdio::piped());
        if Path::new(&assets).join("gatekeeper").exists() {
            command.arg("--gatekeeper");
        }
        let mut process = command.spawn().map_err(|error| format!("tests/apiserver/serve: {error}"))?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("it has no output")?;
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let file = line.trim().strip_prefix("KUBECONFIG=").ok_or("it ended, see above")?;
        Ok(Some(Self::of_kubeconfig(PathBuf::from(file), Some(process))))
    }

    fn of_kubeconfig(kubeconfig: PathBuf, process: Option<Child>) -> Self {
        let beside =
            |name: &str| kubeconfig.parent().map(|folder| folder.join(name)).filter(|path| path.exists());
        let text = std::fs::read_to_string(&kubeconfig).unwrap_or_default();
        Self {
            setup: beside("setup.kubeconfig").unwrap_or_else(|| kubeconfig.clone()),
            audit: beside("setup.kubeconfig").and(beside("audit.log")),
            is_loopback: text.contains("https://127.0.0.1:"),
            has_gatekeeper: beside("gatekeeper").is_some(),
            kubeconfig,
            process,
        }
    }

    /// Why something that is needed is not there; `None` if it is.
    pub fn lacks(&self, need: Need) -> Option<&'static str> {
        let (is_there, otherwise) = match need {
            Need::Loopback => (self.is_loopback, "the server cannot call a webhook on this machine"),
            Need::Contexts => (self.audit.is_some(), "the kubeconfig is not that of tests/apiserver/serve"),
            Need::Audit => (self.audit.is_some(), "there is no audit log beside the kubeconfig"),
            Need::Gatekeeper => {
                (self.has_gatekeeper, "the server has no Gatekeeper (tests/apiserver/serve --gatekeeper)")
            }
        };
        (!is_there).then_some(otherwise)
    }

    /// The server's own log, if it was started by `serve`.
    pub fn log(&self) -> String {
        let file = self.kubeconfig.with_file_name("kube-apiserver.log");
        std::fs::read_to_string(file).unwrap_or_default()
    }
}

impl Drop for Server {
    /// Waits until its folder is gone.
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            drop(process.stdin.take());
            let _ = process.wait();
        }
    }
}
