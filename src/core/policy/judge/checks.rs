//! What OPA's compiler says about the policies. It refuses a program as a whole; here the policies that hold or need a
//! refused file are not judged. What their other rules demand is still shown: it can only make the decision worse.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{File, Judge, Read, affected};
use crate::core::decision::Reason;
use crate::core::diagnostics::{Diagnostic, Origin, Severity};
use crate::core::file::FileId;
use crate::core::policy::program::Loaded;
use crate::core::rego::ast::{Module, Placed};
use crate::core::rego::check::{CheckOptions, Source, check, stub};
use crate::core::rego::parser::Version;

/// A file that OPA refuses.
pub(super) struct Refused {
    pub file: FileId,
    /// The first error.
    pub reason: Reason,
    pub diagnostics: Vec<Diagnostic>,
}

/// What the checks said before. An edit of a rule in a program that had no errors is checked with the rules that it can
/// affect, and what was checked before is not checked again.
#[derive(Default)]
pub(super) struct Checked {
    /// The modules that were checked last.
    last: Option<(Vec<Arc<Loaded>>, Setting)>,
    /// The last program without errors.
    clean: Option<Clean>,
}

/// A program without errors, as the checks saw it.
pub(super) struct Clean {
    pub modules: Vec<Arc<Loaded>>,
    pub statements: Vec<Vec<Placed>>,
    /// Identifies the names of rules and packages.
    pub names: u64,
    setting: Setting,
}

/// What else decides what the checks say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Setting {
    v0: bool,
    strict: bool,
    /// Other files do not parse.
    incomplete: bool,
    /// Identifies the data.
    data: u64,
}

/// A module with its name and tree.
pub(super) type Tree<'a> = (&'a Loaded, &'a str, &'a Module);

/// The trees of modules that were read from files, in the order of the program.
pub(super) fn read<'a>(files: &'a BTreeMap<FileId, File>, modules: &'a [Arc<Loaded>]) -> Vec<Tree<'a>> {
    let tree = |loaded: &'a Arc<Loaded>| -> Option<Tree<'a>> {
        let file = files.get(&loaded.file)?;
        Some((loaded, file.source.name.as_str(), &file.syntax.parsed()?.module))
    };
    modules.iter().filter_map(tree).collect()
}

/// What OPA's compiler says, in its order.
pub(super) fn errors(trees: &[Tree<'_>], options: CheckOptions<'_>) -> Vec<(FileId, Diagnostic)> {
    let sources: Vec<Source<'_>> =
        trees.iter().map(|(loaded, name, module)| Source { name, text: &loaded.text, module }).collect();
    let placed = check(&sources, options).into_iter().filter_map(|error| {
        let (loaded, ..) = error.file.and_then(|nth| trees.get(nth))?;
        let diagnostic = Diagnostic {
            range: error.range,
            severity: Severity::Error,
            origin: Origin::Compile,
            code: error.code.to_owned(),
            message: error.message,
            approximate: error.row == 0,
            fix: None,
        };
        Some((loaded.file, diagnostic))
    });
    placed.collect()
}

/// What OPA would say about the files that have no errors yet, if the others had none either: it stops at the first stage
/// that finds any, and a file that is not refused is judged.
fn errors_behind(
    trees: &[Tree<'_>],
    found: &HashMap<FileId, Vec<Diagnostic>>,
    options: CheckOptions<'_>,
) -> Vec<(FileId, Diagnostic)> {
    if trees.iter().all(|(loaded, ..)| found.contains_key(&loaded.file)) {
        return Vec::new();
    }
    let stubs: Vec<Option<Module>> = trees
        .iter()
        .map(|(loaded, _, module)| found.contains_key(&loaded.file).then(|| stub(module)))
        .collect();
    let seen = trees.iter().zip(&stubs);
    let trees: Vec<Tree<'_>> = seen
        .map(|((loaded, name, module), stub)| (*loaded, *name, stub.as_ref().unwrap_or(module)))
        .collect();
    let mut new = errors(&trees, options);
    new.retain(|(file, _)| !found.contains_key(file));
    new
}

impl Judge {
    /// Finds the files that OPA refuses, among the program's and `others`.
    pub(super) fn check(&mut self, others: Vec<Arc<Loaded>>) {
        let (v0, strict, incomplete) = (self.options.v0, self.options.strict, !self.broken.is_empty());
        let setting = Setting { v0, strict, incomplete, data: self.data };
        let modules: Vec<Arc<Loaded>> = self.program.modules.iter().cloned().chain(others).collect();
        let same = self.checked.last.as_ref().is_some_and(|(last, was)| {
            *was == setting
                && last.len() == modules.len()
                && last.iter().zip(&modules).all(|(a, b)| Arc::ptr_eq(a, b))
        });
        if same {
            return;
        }
        let trees = read(&self.files, &modules);
        let version = if v0 { Version::V0 } else { Version::V1 };
        let data = self.files.values().filter_map(|file| match &file.read {
            Some(Read::Data(Ok(value))) => Some(value),
            _ => None,
        });
        let data: Vec<&serde_json::Value> = data.collect();
        let options = CheckOptions { version, incomplete, strict, data: &data, ..CheckOptions::default() };
        let all: Vec<&Module> = trees.iter().map(|(_, _, module)| *module).collect();
        let clean = self.checked.clean.as_ref().filter(|clean| clean.setting == setting);
        let part = clean.and_then(|clean| affected::part(clean, &self.program, &all, self.memo.names()));
        let fine = part.is_some_and(|part| {
            let trees: Vec<Tree<'_>> =
                trees.iter().zip(&part).map(|((loaded, name, _), part)| (*loaded, *name, part)).collect();
            errors(&trees, CheckOptions { part: true, ..options }).is_empty()
        });
        let mut found: HashMap<FileId, Vec<Diagnostic>> = HashMap::new();
        let mut new = if fine { Vec::new() } else { errors(&trees, options) };
        while !new.is_empty() {
            for (file, diagnostic) in new {
                found.entry(file).or_default().push(diagnostic);
            }
            new = errors_behind(&trees, &found, options);
        }
        if found.is_empty() && !incomplete {
            let statements = all.iter().map(|module| module.statements.clone()).collect();
            let names = self.memo.names();
            self.checked.clean = Some(Clean { modules: modules.clone(), statements, names, setting });
        }
        let refused = modules.iter().filter_map(|loaded| {
            let diagnostics = found.remove(&loaded.file)?;
            let first = diagnostics.first()?;
            let place = loaded.place(first.range.clone());
            let reason = Reason::PolicyError { place, message: first.message.clone() };
            Some(Refused { file: loaded.file, reason, diagnostics })
        });
        self.refused_files = refused.collect();
        self.checked.last = Some((modules, setting));
    }

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
