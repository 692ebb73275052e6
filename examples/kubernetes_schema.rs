//! Writes `src/core/manifest/schema/kubernetes-*.txt`, the fields of Kubernetes' own kinds, from two sources:
//! the crate `k8s-openapi` (fields and their types) and the Go module `k8s.io/api` (values of `+enum` types). Both
//! are read as text, so neither is a dependency. How to call it: `src/core/manifest/schema/README.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // Run by hand; it has to stop where a source is not as expected.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Field, type in Rust.
type Fields = Vec<(String, String)>;

/// Types that are not objects with fields, and what the data calls them.
const SCALARS: &[(&str, &str)] = &[
    ("std::string::String", "string"),
    ("bool", "boolean"),
    ("i32", "integer"),
    ("i64", "integer"),
    ("f64", "number"),
    ("crate::ByteString", "string"),
    ("crate::apimachinery::pkg::api::resource::Quantity", "quantity"),
    ("crate::apimachinery::pkg::util::intstr::IntOrString", "int-or-string"),
    ("crate::apimachinery::pkg::apis::meta::v1::Time", "string"),
    ("crate::apimachinery::pkg::apis::meta::v1::MicroTime", "string"),
    ("crate::apimachinery::pkg::apis::meta::v1::FieldsV1", "any"),
    ("crate::apimachinery::pkg::runtime::RawExtension", "any"),
    ("crate::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSON", "any"),
    ("crate::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaPropsOrArray", "any"),
    ("crate::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaPropsOrBool", "any"),
    ("crate::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaPropsOrStringArray", "any"),
];

#[derive(Default)]
struct Definition {
    fields: Fields,
    kind: Option<Kind>,
}

struct Kind {
    api_version: String,
    kind: String,
    plural: String,
    namespaced: bool,
}

fn main() {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [rust, go, version] = arguments.as_slice() else {
        panic!("usage: kubernetes_schema K8S-OPENAPI/src/v1_NN K8S.IO-API VERSION");
    };
    let mut definitions = BTreeMap::new();
    for file in files(rust, "rs") {
        read_rust(&fs::read_to_string(file).unwrap(), &mut definitions);
    }
    let enums = read_go(go);
    print!("{}", written(&definitions, &enums, &version.to_string_lossy()));
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn quoted(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

fn read_rust(text: &str, definitions: &mut BTreeMap<String, Definition>) {
    let Some(path) = text.lines().find_map(|line| line.strip_prefix("// Generated from definition ")) else {
        return;
    };
    let mut types = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("    pub ")) {
        if let Some((name, what)) = line.trim_end_matches(',').split_once(": ") {
            types.insert(name.to_owned(), what.to_owned());
        }
    }
    let mut definition = Definition::default();
    for line in text.lines() {
        if let Some((name, field)) = line.split_once(" => Field::Key_")
            && let Some(name) = quoted(name)
        {
            // In other modules of the file the same keys may stand again.
            if let Some(what) = types.get(field.trim_end_matches(',')) {
                definition.fields.push((name.to_owned(), what.clone()));
            } else if name != "apiVersion" && name != "kind" && !path.ends_with(".WatchEvent") {
                panic!("no type of {path}.{name}");
            }
        }
    }
    let constant =
        |name: &str| text.lines().find(|line| line.contains(name)).and_then(quoted).map(str::to_owned);
    // Without a plural it is what a server tells about itself, not an object.
    let plural = constant("const URL_PATH_SEGMENT").filter(|plural| !plural.is_empty());
    if let Some(plural) = plural.filter(|_| text.contains("impl crate::Resource for")) {
        for name in ["apiVersion", "kind"] {
            definition.fields.push((name.to_owned(), "std::string::String".to_owned()));
        }
        definition.kind = Some(Kind {
            api_version: constant("const API_VERSION").unwrap(),
            kind: constant("const KIND").unwrap(),
            plural,
            namespaced: text.contains("type Scope = crate::NamespaceResourceScope"),
        });
    }
    definition.fields.sort();
    definition.fields.dedup();
    definitions.insert(path.to_owned(), definition);
}

/// By (`core.v1.PodSpec`, `restartPolicy`): the values.
fn read_go(module: &Path) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut values: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut fields = Vec::new();
    for file in files(module, "go").iter().filter(|file| file.ends_with("types.go")) {
        let folder = file.parent().unwrap().strip_prefix(module).unwrap();
        let package = folder.to_string_lossy().replace('/', ".");
        let text = fs::read_to_string(file).unwrap();
        let (mut is_enum, mut outer) = (false, String::new());
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["//", "+enum", ..] => is_enum = true,
                ["//", ..] => {}
                ["type", name, "string"] if is_enum => {
                    values.insert((package.clone(), (*name).to_owned()), BTreeSet::new());
                    is_enum = false;
                }
                ["type", name, "struct", ..] => outer = (*name).to_owned(),
                _ => is_enum = false,
            }
            if let [_, what, tag, ..] = words.as_slice()
                && let Some(name) = tag.strip_prefix("`json:\"")
            {
                let name = name.split([',', '"']).next().unwrap();
                fields.push((package.clone(), outer.clone(), name.to_owned(), (*what).to_owned()));
            }
        }
        // Once more, for constants may stand above their type.
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            if let Some((names, value)) = line.split_once(" = \"")
                && let Some(what) = names.split_whitespace().last()
                && let Some(known) = values.get_mut(&(package.clone(), what.to_owned()))
            {
                known.insert(value.split('"').next().unwrap().to_owned());
            }
        }
    }
    let mut found = BTreeMap::new();
    for (package, outer, name, what) in fields {
        let what = what.trim_start_matches(['*', '[', ']']);
        let home = match what.split_once('.') {
            Some(("v1" | "corev1", what)) => ("core.v1".to_owned(), what.to_owned()),
            _ => (package.clone(), what.to_owned()),
        };
        // What the server writes may grow; only what people write is checked.
        if let Some(values) = values.get(&home).filter(|v| !v.is_empty())
            && !outer.ends_with("Status")
            && !outer.ends_with("Condition")
        {
            let values = values.iter().filter(|value| !value.is_empty()).cloned().collect();
            found.insert((format!("{package}.{outer}"), name), values);
        }
    }
    found
}

fn written(
    definitions: &BTreeMap<String, Definition>,
    enums: &BTreeMap<(String, String), BTreeSet<String>>,
    version: &str,
) -> String {
    let short = |path: &str| path.rsplit('.').next().unwrap().to_owned();
    let is_scalar =
        |path: &str| SCALARS.iter().any(|(rust, _)| short(path) == rust.rsplit("::").next().unwrap());
    // Of those that kinds reach, the ones of the same last name are told apart by their group.
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> =
        definitions.iter().filter(|(_, d)| d.kind.is_some()).map(|(p, _)| p.as_str()).collect();
    while let Some(path) = open.pop() {
        if reached.insert(path) {
            for (_, what) in &definitions[path].fields {
                open.extend(reference(what).map(|to| definitions.get_key_value(&to).unwrap().0.as_str()));
            }
        }
    }
    reached.retain(|path| !is_scalar(path));
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    reached.iter().for_each(|path| *count.entry(short(path)).or_default() += 1);
    let name = |path: &str| {
        let last = short(path);
        if count[&last] == 1 {
            return last;
        }
        let mut parts = path.rsplit('.').skip(1);
        let (version, group) = (parts.next().unwrap(), parts.next().unwrap());
        format!("{last}@{group}/{version}")
    };
    let mut out = format!(
        "# The fields of the kinds of Kubernetes {version}. Written by examples/kubernetes_schema.rs; README.md beside this\n\
         # file describes it. `kind VERSION KIND PLURAL SCOPE DEFINITION`, then definitions, each with its fields.\n"
    );
    for (path, definition) in definitions {
        if let Some(Kind { api_version, kind, plural, namespaced }) = &definition.kind {
            let scope = if *namespaced { "namespaced" } else { "cluster" };
            out += &format!("kind {api_version} {kind} {plural} {scope} {}\n", name(path));
        }
    }
    out += "Object\n apiVersion string\n kind string\n metadata ObjectMeta\n";
    for path in &reached {
        out += &format!("{}\n", name(path));
        for (field, what) in &definitions[*path].fields {
            let key = (path.trim_start_matches("io.k8s.api.").to_owned(), field.clone());
            let values: Vec<&str> = enums.get(&key).into_iter().flatten().map(String::as_str).collect();
            let values = if values.is_empty() { String::new() } else { format!(" {}", values.join("|")) };
            out += &format!(" {field} {}{values}\n", type_name(what, &name));
        }
    }
    out
}

fn inside<'a>(what: &'a str, outer: &str) -> Option<&'a str> {
    what.strip_prefix(outer)?.strip_prefix('<')?.strip_suffix('>')
}

/// A type without what does not show in JSON, in the notation of the data.
fn type_name(what: &str, name: &dyn Fn(&str) -> String) -> String {
    if let Some(inner) = inside(what, "Option").or(inside(what, "std::boxed::Box")) {
        type_name(inner, name)
    } else if let Some(inner) = inside(what, "std::vec::Vec") {
        format!("[]{}", type_name(inner, name))
    } else if let Some(inner) = inside(what, "std::collections::BTreeMap") {
        format!("{{}}{}", type_name(inner.strip_prefix("std::string::String, ").unwrap(), name))
    } else if let Some((_, scalar)) = SCALARS.iter().find(|(rust, _)| *rust == what) {
        (*scalar).to_owned()
    } else {
        name(&reference(what).unwrap_or_else(|| panic!("unknown type {what}")))
    }
}

/// The definition that a type names.
fn reference(what: &str) -> Option<String> {
    let inner = what.trim_end_matches('>').rsplit(['<', ' ']).next()?;
    if SCALARS.iter().any(|(rust, _)| *rust == inner) {
        return None;
    }
    let path = inner
        .strip_prefix("crate::")?
        .replace("::", ".")
        .replace("apiextensions_apiserver", "apiextensions-apiserver")
        .replace("kube_aggregator", "kube-aggregator");
    Some(format!("io.k8s.{path}"))
}
