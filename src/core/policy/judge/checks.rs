//! What OPA's compiler says about the policies. A file that it refuses is not judged, as one that does not parse.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::File;
use crate::core::decision::Reason;
use crate::core::diagnostics::{Diagnostic, Origin, Severity};
use crate::core::file::FileId;
use crate::core::policy::program::{Broken, Loaded};
use crate::core::rego::check::{CheckOptions, Source, check};
use crate::core::rego::parser::Version;

/// Takes the modules away that OPA refuses, and says why.
pub(super) fn refuse(
    files: &BTreeMap<FileId, File>,
    v0: bool,
    modules: &mut Vec<Arc<Loaded>>,
    broken: &mut Vec<Broken>,
) {
    let trees: Vec<_> = modules
        .iter()
        .filter_map(|loaded| {
            let file = files.get(&loaded.file)?;
            Some((loaded, file.source.name.as_str(), file.syntax.parsed()?))
        })
        .collect();
    let sources: Vec<Source<'_>> = trees
        .iter()
        .map(|(loaded, name, parsed)| Source { name, text: &loaded.text, module: &parsed.module })
        .collect();
    let version = if v0 { Version::V0 } else { Version::V1 };
    // What a file that does not parse defines is not known.
    let options = CheckOptions { version, incomplete: !broken.is_empty(), ..CheckOptions::default() };
    let mut found: HashMap<FileId, Vec<Diagnostic>> = HashMap::new();
    for error in check(&sources, options) {
        let Some((loaded, ..)) = error.file.and_then(|nth| trees.get(nth)) else { continue };
        found.entry(loaded.file).or_default().push(Diagnostic {
            range: error.range,
            severity: Severity::Error,
            origin: Origin::Compile,
            code: error.code.to_owned(),
            message: error.message,
            approximate: error.row == 0,
        });
    }
    if found.is_empty() {
        return;
    }
    modules.retain(|loaded| {
        let Some(diagnostics) = found.remove(&loaded.file) else { return true };
        let (range, message) =
            diagnostics.first().map(|first| (first.range.clone(), first.message.clone())).unwrap_or_default();
        let place = loaded.lines.place(loaded.file, &loaded.text, range);
        broken.push(Broken {
            file: loaded.file,
            package: Some(loaded.module.package.clone()),
            reason: Reason::PolicyError { place, message },
            is_test: false,
            diagnostics,
        });
        false
    });
}
