//! What OPA's compiler says about the policies. It refuses a program as a whole; here the policies that hold or need a
//! refused file are not judged. What their other rules demand is still shown: it can only make the decision worse.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{File, Judge};
use crate::core::decision::Reason;
use crate::core::diagnostics::{Diagnostic, Origin, Severity};
use crate::core::file::FileId;
use crate::core::policy::program::Loaded;
use crate::core::rego::check::{CheckOptions, Source, check};
use crate::core::rego::parser::Version;

/// A file that OPA refuses.
pub(super) struct Refused {
    pub file: FileId,
    /// The first error.
    pub reason: Reason,
    pub diagnostics: Vec<Diagnostic>,
}

/// The files that OPA refuses. `incomplete`: there are files that do not parse.
pub(super) fn refused(
    files: &BTreeMap<FileId, File>,
    modules: &[Arc<Loaded>],
    v0: bool,
    incomplete: bool,
) -> Vec<Refused> {
    let tree = |loaded: &Loaded| {
        let file = files.get(&loaded.file)?;
        Some((file.source.name.as_str(), file.syntax.parsed()?))
    };
    let trees: Vec<_> = modules.iter().filter_map(|loaded| Some((loaded, tree(loaded)?))).collect();
    let sources: Vec<Source<'_>> = trees
        .iter()
        .map(|(loaded, (name, parsed))| Source { name, text: &loaded.text, module: &parsed.module })
        .collect();
    let version = if v0 { Version::V0 } else { Version::V1 };
    let options = CheckOptions { version, incomplete, ..CheckOptions::default() };
    let mut found: HashMap<FileId, Vec<Diagnostic>> = HashMap::new();
    for error in check(&sources, options) {
        let Some((loaded, _)) = error.file.and_then(|nth| trees.get(nth)) else { continue };
        found.entry(loaded.file).or_default().push(Diagnostic {
            range: error.range,
            severity: Severity::Error,
            origin: Origin::Compile,
            code: error.code.to_owned(),
            message: error.message,
            approximate: error.row == 0,
            fix: None,
        });
    }
    let refused = modules.iter().filter_map(|loaded| {
        let diagnostics = found.remove(&loaded.file)?;
        let first = diagnostics.first()?;
        let place = loaded.lines.place(loaded.file, &loaded.text, first.range.clone());
        let reason = Reason::PolicyError { place, message: first.message.clone() };
        Some(Refused { file: loaded.file, reason, diagnostics })
    });
    refused.collect()
}

impl Judge {
    /// An error of a file that OPA refuses.
    pub(super) fn is_refused(&self, reason: &Reason) -> bool {
        let Reason::PolicyError { place, .. } = reason else { return false };
        self.refused_files.iter().any(|refused| refused.file == place.file)
    }

    /// Why OPA would refuse a policy: it holds a refused file, or needs one.
    pub(super) fn refusals(&self, policy: usize) -> impl Iterator<Item = &Reason> {
        let package = self.program.policies.get(policy).map(|info| &info.package);
        let holds = move |refused: &Refused| {
            let modules = self.program.modules.iter();
            modules.filter(|m| m.file == refused.file).any(|m| Some(&m.module.package.join(".")) == package)
        };
        let needs = move |refused: &Refused| {
            let keys = self
                .program
                .units
                .iter()
                .filter(|unit| unit.policy == policy)
                .flat_map(|unit| unit.needs.iter());
            keys.filter_map(|key| self.program.modules.get(key.0)).any(|module| module.file == refused.file)
        };
        self.refused_files.iter().filter(move |refused| holds(refused) || needs(refused)).map(|r| &r.reason)
    }
}
