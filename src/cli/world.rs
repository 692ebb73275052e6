//! What a decision takes from outside the files: the time, and mocks of builtins that would ask somebody.

use std::path::{Path, PathBuf};

use chrono::DateTime;

use super::output::complain;
use crate::core::display_safe::one_line;
use crate::core::policy::options::JudgeOptions;
use crate::core::policy::outside;
use crate::strings::{Lang, T};

/// The time and the mocks.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WorldArgs {
    /// Decide as if it were this time, e.g. 2026-01-31T09:00:00Z.
    #[arg(long, value_name = "RFC3339", value_parser = nanos)]
    pub now: Option<i64>,
    /// YAML or JSON with the answers of http.send, net.lookup_ip_addr, opa.runtime and external_data, which are never run. A file
    /// regoscope-mocks.yaml in a named folder is used without being named. Can be given several times.
    #[arg(long, value_name = "FILE")]
    pub mock: Vec<PathBuf>,
}

impl WorldArgs {
    /// Sets the time and the mocks: those of the named files, then those of the folders. `false` if a file of them
    /// cannot be read, which has been said on stderr then.
    pub fn apply<'a>(&self, named: impl Iterator<Item = &'a PathBuf>, options: &mut JudgeOptions) -> bool {
        options.now = self.now;
        let found = named.map(|path| path.join(outside::FILE)).filter(|path| path.is_file());
        let mut paths = self.mock.clone();
        for path in found {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        let mut sound = true;
        for path in paths {
            match read(&path) {
                Ok(all) => options.mocks.extend(all),
                Err(words) => {
                    complain(&one_line(&format!("{}: {words}", path.display())));
                    sound = false;
                }
            }
        }
        sound
    }
}

fn read(path: &Path) -> Result<outside::Mocks, String> {
    outside::read(&std::fs::read_to_string(path).map_err(|error| error.to_string())?)
}

fn nanos(text: &str) -> Result<i64, String> {
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| expected("2026-01-31T09:00:00Z"))?;
    time.timestamp_nanos_opt().ok_or_else(|| expected("1678-… 2261-…"))
}

/// clap says in English what is wrong with an argument.
fn expected(what: &str) -> String {
    T::TargetExpected.fill(Lang::En, &[("expected", &what)])
}
