//! Reads files: policies, data.

use std::sync::Arc;

use crate::core::decision::Reason;
use crate::core::manifest;
use crate::core::policy::engine;
use crate::core::policy::entries::is_test_package;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::options::SourceFile;
use crate::core::policy::place::Lines;
use crate::core::policy::program::{Broken, Loaded};
use crate::strings::Lang;

/// Reads a file as a module.
pub fn read_policy(source: &SourceFile, v0: bool, skipped: Option<Reason>) -> Result<Arc<Loaded>, Broken> {
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let lines = Lines::of(text);
    let broken = |reason| {
        let package = declared_package(text);
        let is_test = package.as_deref().is_some_and(is_test_package) || source.name.ends_with("_test.rego");
        Broken { file: source.file, package, reason, is_test }
    };
    if let Some(reason) = skipped {
        return Err(broken(reason));
    }
    match engine::outline(&source.name, text, v0) {
        Ok(module) => {
            let imports: Vec<&str> = module.imports.iter().map(|import| import.text.as_str()).collect();
            let preamble = hash_of((&module.package, imports));
            Ok(Arc::new(Loaded { file: source.file, text: Arc::from(text), lines, module, preamble }))
        }
        Err(error) => {
            let at = error.place.as_ref().map_or(0, |place| place.offset_in(text));
            let place = lines.place(source.file, text, at..at);
            Err(broken(Reason::PolicyError { place, message: error.message }))
        }
    }
}

/// The package of a text that does not parse.
fn declared_package(text: &str) -> Option<Vec<String>> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("package "))?;
    let path: Vec<String> =
        line.split('#').next()?.trim().split('.').map(|part| part.trim().to_owned()).collect();
    let plain = |part: &String| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    path.iter().all(plain).then_some(path)
}

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
