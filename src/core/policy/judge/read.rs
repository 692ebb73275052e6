//! Reads files: policies, data.

use std::sync::Arc;

use crate::core::decision::Reason;
use crate::core::diagnostics::{Diagnostic, Origin, Severity};
use crate::core::manifest;
use crate::core::policy::entries::is_test_package;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::options::{JudgeOptions, SourceFile};
use crate::core::policy::outline::{self, Known, outline};
use crate::core::policy::place::Lines;
use crate::core::policy::program::{Broken, Loaded};
use crate::core::rego::chunk::IncrementalModule;
use crate::core::rego::parser::{Dialect, Parsed, Version};
use crate::core::rego::target::beyond;
use crate::strings::{self, Lang};

/// The tree of a policy file, kept from one edit to the next.
#[derive(Default)]
pub struct Syntax {
    tree: Option<(IncrementalModule, Dialect)>,
    known: Known,
}

impl Syntax {
    /// The tree, once the file was read.
    pub fn parsed(&self) -> Option<&Parsed> {
        self.tree.as_ref().map(|(tree, _)| tree.parsed())
    }
}

/// Reads a file as a module.
pub fn read_policy(
    source: &SourceFile,
    options: &JudgeOptions,
    syntax: &mut Syntax,
    skipped: Option<Reason>,
) -> Result<Arc<Loaded>, Box<Broken>> {
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let lines = Lines::of(text);
    if let Some(reason) = skipped {
        let is_test = source.name.ends_with("_test.rego");
        let file = source.file;
        return Err(Box::new(Broken { file, package: None, reason, is_test, diagnostics: Vec::new() }));
    }
    let dialect = Dialect {
        narrow_wildcard: !options.target.wide_wildcard(),
        ..Dialect::of(if options.v0 { Version::V0 } else { Version::V1 })
    };
    match &mut syntax.tree {
        Some((tree, begun)) if *begun == dialect => drop(tree.update(text)),
        tree => *tree = Some((IncrementalModule::beginning(text, dialect), dialect)),
    }
    let parsed = syntax.tree.as_ref().map(|(tree, _)| tree.parsed()).cloned().unwrap_or_default();
    let mut diagnostics = parsed.diagnostics(text);
    if diagnostics.is_empty() {
        diagnostics = beyond(&parsed.module, text, options.target)
            .into_iter()
            .map(|beyond| Diagnostic {
                severity: Severity::Error,
                origin: Origin::Compile,
                code: "target".to_owned(),
                message: strings::beyond(&beyond, options.target, options.lang),
                range: beyond.range,
                approximate: false,
                fix: None,
            })
            .collect();
    }
    if diagnostics.is_empty() {
        let module = outline(&parsed, text, &mut syntax.known);
        let imports: Vec<&str> = module.imports.iter().map(|import| import.text.as_str()).collect();
        let preamble = hash_of((&module.package, imports));
        return Ok(Arc::new(Loaded {
            file: source.file,
            text: Arc::from(text),
            lines,
            module,
            preamble,
            within: None,
        }));
    }
    let package = outline::package(&parsed);
    let is_test = package.as_deref().is_some_and(is_test_package) || source.name.ends_with("_test.rego");
    let (range, message) =
        diagnostics.first().map(|first| (first.range.clone(), first.message.clone())).unwrap_or_default();
    let reason = Reason::PolicyError { place: lines.place(source.file, text, range), message };
    Err(Box::new(Broken { file: source.file, package, reason, is_test, diagnostics }))
}

/// Reads a data file: one object.
pub fn read_data(source: &SourceFile, lang: Lang) -> Result<serde_json::Value, Reason> {
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let error = |at: usize, message: String| {
        let place = Lines::of(text).place(source.file, text, at..at);
        Err(Reason::PolicyError { place, message })
    };
    let read = manifest::read(text);
    let mut documents = read.documents.into_iter();
    let (first, second) = (documents.next(), documents.next());
    match (first, second) {
        (None, _) => Ok(serde_json::Value::Null),
        (Some(first), None) => match (first.value, first.faults.first()) {
            (Some(value), None) => Ok(value),
            (_, Some(fault)) => {
                let diagnostic = fault.diagnostic(lang);
                error(diagnostic.range.start, diagnostic.message)
            }
            (None, None) => Ok(serde_json::Value::Null),
        },
        (Some(_), Some(second)) => error(second.range.start, "a data file holds one document".to_owned()),
    }
}

/// Merges an object into another; says where two values meet.
pub fn merge(
    into: &mut serde_json::Map<String, serde_json::Value>,
    value: &serde_json::Value,
    path: &str,
) -> Result<(), String> {
    let Some(fields) = value.as_object() else { return Ok(()) };
    for (key, value) in fields {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match into.get_mut(key) {
            None => {
                into.insert(key.clone(), value.clone());
            }
            Some(serde_json::Value::Object(old)) if value.is_object() => merge(old, value, &path)?,
            Some(old) if old == value => {}
            Some(_) => return Err(format!("two data files have different values at {path}")),
        }
    }
    Ok(())
}
