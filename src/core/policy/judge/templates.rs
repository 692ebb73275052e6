//! Links ConstraintTemplates and constraints: a program for each template, a column for each constraint.
//!
//! Each template is compiled alone, as Gatekeeper does: its modules see its own libraries and the inventory, nothing
//! else. What was answered is remembered by the fingerprints of input, parameters and unit, so that a changed parameter or
//! template asks again only what depends on it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};

use super::ask::{Fault, Outcome};
use super::{File, Read};
use crate::core::decision::{ConstraintRef, PolicyInfo, Reason};
use crate::core::diagnostics::{Diagnostic, Origin, Severity};
use crate::core::file::FileId;
use crate::core::policy::engine::{Engine, Input};
use crate::core::policy::entries::Entry;
use crate::core::policy::fingerprint::hash_of;
use crate::core::policy::gatekeeper::config::Config;
use crate::core::policy::gatekeeper::constraint::Constraint;
use crate::core::policy::gatekeeper::expansion::{Expansion, Expansions};
use crate::core::policy::gatekeeper::file::{PolicyDocument, PolicyFile};
use crate::core::policy::gatekeeper::modules::{self, Part};
use crate::core::policy::gatekeeper::template::{Code, Template};
use crate::core::policy::gatekeeper::{DocumentKind, Problem};
use crate::core::policy::links::Memo;
use crate::core::policy::module::Kind;
use crate::core::policy::outline::{self, Known};
use crate::core::policy::place::Lines;
use crate::core::policy::program::{Loaded, Program, Within};
use crate::core::policy::slice::Slice;
use crate::core::policy::view::View;
use crate::core::rego::check::{CheckOptions, Source, check};
use crate::core::rego::parser::{ParseOptions, Parsed, Version, parse};

/// Outcomes by fingerprints: of review and parameters, and of a unit.
pub(super) type Answers = HashMap<(u64, u64), Arc<Outcome>>;

/// Everything of Gatekeeper in a workspace.
#[derive(Default)]
pub(super) struct Templates {
    /// By the name of the template.
    pub compiled: BTreeMap<String, Result<Compiled, Reason>>,
    pub columns: Vec<Column>,
    pub expansions: Expansions,
    pub config: Config,
    pub memory: Answers,
    /// What was found out about each document: file, number among its documents, reading.
    pub told: HashMap<(FileId, usize, bool), Vec<super::review::Told>>,
    /// The enforcement point that is judged for, if it is not the webhook's.
    pub point: Option<&'static str>,
    /// What Gatekeeper refuses besides code.
    pub problems: Vec<(FileId, Problem)>,
    pub diagnostics: BTreeMap<FileId, Vec<Diagnostic>>,
}

/// A template that can be asked.
pub(super) struct Compiled {
    pub template: Template,
    pub program: Program,
    pub base: Engine,
    pub slices: Vec<Slice>,
    pub refused: HashMap<u64, Fault>,
    pub views: HashMap<u64, View>,
    /// Why it is not asked.
    pub reason: Option<Reason>,
    modules: Vec<Arc<Loaded>>,
    reads_inventory: bool,
}

/// A constraint, or a document that cannot be one.
pub(super) struct Column {
    pub info: PolicyInfo,
    pub constraint: Option<Constraint>,
    /// The name of its template.
    pub template: String,
    pub parameters: Input,
    /// Identifies the parameters.
    pub print: u64,
    /// The place of its `spec.match`, or of itself.
    pub place: crate::core::decision::Place,
}

impl Templates {
    /// Whether there is anything of Gatekeeper.
    pub fn is_empty(&self) -> bool {
        self.compiled.is_empty() && self.columns.is_empty()
    }

    /// What is wrong with the files, by file.
    pub fn remarks(&self) -> impl Iterator<Item = (FileId, &Vec<Diagnostic>)> {
        self.diagnostics.iter().map(|(file, all)| (*file, all))
    }

    /// Reads all documents anew.
    pub fn link(&mut self, files: &BTreeMap<FileId, File>) {
        let mut old = std::mem::take(&mut self.compiled);
        self.columns.clear();
        self.diagnostics.clear();
        self.problems.clear();
        self.expansions = Expansions::default();
        self.config = Config::default();
        let read: Vec<&PolicyFile> = files
            .values()
            .filter_map(|file| match &file.read {
                Some(Read::Gatekeeper(read)) => Some(&**read),
                _ => None,
            })
            .collect();
        for file in &read {
            self.diagnostics.entry(file.file).or_default().extend(file.remarks.iter().cloned());
            for (place, message) in &file.faults {
                let reason = Reason::PolicyError { place: place.clone(), message: message.clone() };
                self.columns.push(Column::broken(file.file, String::new(), None, reason));
            }
        }
        let documents =
            || read.iter().flat_map(|file| file.documents.iter().map(move |document| (*file, document)));
        let of = |kind: DocumentKind| documents().filter(move |(_, document)| document.kind == kind);
        for (file, document) in of(DocumentKind::Config) {
            let problems = self.config.add_config(&document.object);
            self.say(file, document, &problems);
        }
        of(DocumentKind::SyncSet).for_each(|(_, document)| self.config.add_sync_set(&document.object));
        for (file, document) in of(DocumentKind::Expansion) {
            let added =
                Expansion::read(&document.object).and_then(|expansion| self.expansions.add(expansion));
            if let Err(problems) = added {
                self.say(file, document, &problems);
                self.broken(file, document, &problems);
            }
        }
        for (file, document) in of(DocumentKind::Template) {
            let text = |at: &str| document.object.pointer(at).and_then(Value::as_str).unwrap_or_default();
            let name = match text("/spec/crd/spec/names/kind") {
                "" => text("/metadata/name").to_owned(),
                kind => kind.to_lowercase(),
            };
            let (template, problems) = Template::read(&document.object);
            self.say(file, document, &problems);
            let made = match (template, problems.first()) {
                (Some(template), _) => {
                    let (made, remarks) = Compiled::new(template, file, document);
                    self.diagnostics.entry(file.file).or_default().extend(remarks);
                    made
                }
                (None, first) => Err(reason(file, document, first)),
            };
            let made = made.map(|mut made| {
                if let Some(Ok(before)) = old.remove(&name) {
                    made.slices = before.slices;
                    made.refused = before.refused;
                }
                made
            });
            self.compiled.insert(name, made);
        }
        for (file, document) in of(DocumentKind::Constraint) {
            self.add_constraint(file, document);
        }
        let asked: Vec<String> = self.columns.iter().map(|column| column.template.clone()).collect();
        let lost: Vec<(String, Reason)> = self
            .compiled
            .iter()
            .filter(|(name, _)| !asked.contains(name))
            .filter_map(|(name, made)| {
                let reason = match made {
                    Ok(made) => made.reason.clone().filter(|reason| !matches!(reason, Reason::Cel { .. }))?,
                    Err(reason) => reason.clone(),
                };
                Some((name.clone(), reason))
            })
            .collect();
        for (name, reason) in lost {
            let file = match &reason {
                Reason::PolicyError { place, .. } => place.file,
                _ => continue,
            };
            self.columns.push(Column::broken(file, name, None, reason));
        }
        self.columns.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    fn add_constraint(&mut self, file: &PolicyFile, document: &PolicyDocument) {
        let text =
            |at: &str| document.object.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        let named = ConstraintRef { kind: text("/kind"), name: text("/metadata/name") };
        let template = named.kind.to_lowercase();
        let compiled = self.compiled.get(&template);
        if let Some(Err(reason)) = compiled {
            let reason = reason.clone();
            return self.columns.push(Column::broken(file.file, template, Some(named), reason));
        }
        let known = compiled.and_then(|made| made.as_ref().ok());
        let (constraint, problems) = Constraint::read(&document.object, known.map(|made| &made.template));
        let why = known.and_then(|made| made.reason.clone());
        self.say(file, document, &problems);
        let Some(constraint) = constraint else {
            let reason = reason(file, document, problems.first());
            return self.columns.push(Column::broken(file.file, template, Some(named), reason));
        };
        let place = file.place(file.range(document, "/spec/match", true));
        self.columns.push(Column {
            info: info(file.file, Some(named), why),
            parameters: Input::new(&constraint.parameters),
            print: hash_of(constraint.parameters.to_string()),
            constraint: Some(constraint),
            template,
            place,
        });
    }

    fn broken(&mut self, file: &PolicyFile, document: &PolicyDocument, problems: &[Problem]) {
        let reason = reason(file, document, problems.first());
        self.columns.push(Column::broken(file.file, String::new(), None, reason));
    }

    fn say(&mut self, file: &PolicyFile, document: &PolicyDocument, problems: &[Problem]) {
        self.problems.extend(problems.iter().map(|problem| (file.file, problem.clone())));
        let remarks = problems.iter().map(|problem| {
            remark(file.range(document, &problem.pointer, problem.key), "gatekeeper", problem.message.clone())
        });
        self.diagnostics.entry(file.file).or_default().extend(remarks);
    }

    /// Whether a template looks things up.
    pub fn needs_inventory(&self) -> bool {
        self.compiled.values().flatten().any(|made| made.reads_inventory)
    }

    /// Gives templates the inventory, and links those that are not linked with it yet.
    pub fn stock(&mut self, inventory: &Value) {
        let print = hash_of(inventory.to_string());
        for made in self.compiled.values_mut().flatten() {
            let data = if made.reads_inventory { (print, inventory.clone()) } else { (0, json!({})) };
            made.stock(data.0, data.1);
        }
    }
}

fn key(column: &Column) -> (&str, &str) {
    column.info.constraint.as_ref().map_or(("", ""), |it| (it.kind.as_str(), it.name.as_str()))
}

fn info(file: FileId, constraint: Option<ConstraintRef>, reason: Option<Reason>) -> PolicyInfo {
    let package = constraint.as_ref().map_or_else(String::new, |it| format!("{}/{}", it.kind, it.name));
    PolicyInfo { file, package, entries: vec!["violation".to_owned()], reason, constraint, off: false }
}

fn reason(file: &PolicyFile, document: &PolicyDocument, problem: Option<&Problem>) -> Reason {
    let place = match problem {
        Some(problem) => file.place_of(document, problem),
        None => file.place(file.range(document, "", false)),
    };
    Reason::PolicyError { place, message: problem.map(|problem| problem.message.clone()).unwrap_or_default() }
}

fn remark(range: std::ops::Range<usize>, code: &str, message: String) -> Diagnostic {
    let (severity, origin) = (Severity::Error, Origin::Compile);
    Diagnostic { range, severity, origin, code: code.to_owned(), message, approximate: false, fix: None }
}

impl Column {
    fn broken(file: FileId, template: String, constraint: Option<ConstraintRef>, reason: Reason) -> Self {
        let place = match &reason {
            Reason::PolicyError { place, .. } => place.clone(),
            _ => Lines::default().place(file, "", 0..0),
        };
        let mut info = info(file, constraint, Some(reason));
        if info.package.is_empty() {
            info.package.clone_from(&template);
        }
        Self { info, constraint: None, template, parameters: Input::none(), print: 0, place }
    }
}

impl Compiled {
    /// Reads the modules of a template; what is wrong with them stands in the file.
    fn new(
        template: Template,
        file: &PolicyFile,
        document: &PolicyDocument,
    ) -> (Result<Self, Reason>, Vec<Diagnostic>) {
        let mut made = Self {
            program: Program::default(),
            base: Engine::new(),
            slices: Vec::new(),
            refused: HashMap::new(),
            views: HashMap::new(),
            reason: None,
            modules: Vec::new(),
            reads_inventory: false,
            template,
        };
        let Code::Rego { v1, entry, libs } = made.template.code.clone() else {
            made.reason = Some(Reason::Cel { rego: made.template.has_unused_rego });
            return (Ok(made), Vec::new());
        };
        let version = if v1 { Version::V1 } else { Version::V0 };
        let mut remarks = Vec::new();
        let mut trees: Vec<(Parsed, Arc<Loaded>)> = Vec::new();
        let parts =
            [(entry, Part::Entry)].into_iter().chain(libs.into_iter().map(|lib| (lib, Part::Library)));
        for (pointer, part) in parts {
            let Some(embedded) = file.embedded(document, &pointer) else {
                let message =
                    "invalid ConstraintTemplate: rego source missing required field: rego".to_owned();
                remarks.push(remark(file.range(document, &pointer, true), "gatekeeper", message));
                continue;
            };
            let text = embedded.text.clone();
            let parsed = parse(&text, ParseOptions { version });
            if !parsed.is_clean() {
                let moved = |remark: Diagnostic| Diagnostic {
                    range: embedded.in_file(remark.range.clone()),
                    ..remark
                };
                remarks.extend(parsed.diagnostics(&text).into_iter().map(moved));
                continue;
            }
            let refused = modules::problems(&parsed, part);
            remarks.extend(
                refused
                    .into_iter()
                    .map(|(range, words)| remark(embedded.in_file(range), "gatekeeper", words)),
            );
            let mut module = outline::outline(&parsed, &text, &mut Known::default());
            if part == Part::Entry {
                module.package = vec!["template".to_owned()];
            }
            let imports: Vec<&str> = module.imports.iter().map(|import| import.text.as_str()).collect();
            let preamble = hash_of((&module.package, imports));
            made.reads_inventory |= text.contains("inventory");
            let (file_text, file_lines) = (file.text(), file.lines());
            let within = Some(Within { embedded, file_text, file_lines });
            let lines = Lines::of(&text);
            trees.push((parsed, Arc::new(Loaded { file: file.file, text, lines, module, preamble, within })));
        }
        if remarks.is_empty() {
            let sources: Vec<Source<'_>> = trees
                .iter()
                .map(|(parsed, loaded)| Source {
                    name: "template",
                    text: &loaded.text,
                    module: &parsed.module,
                })
                .collect();
            let options = CheckOptions { version, ..CheckOptions::default() };
            for error in check(&sources, options) {
                // Gatekeeper brings this function.
                let Some((_, loaded)) = error.file.and_then(|nth| trees.get(nth)) else { continue };
                if error.message.contains("undefined function external_data") {
                    continue;
                }
                let message = format!("unable to compile modules: {}", error.message);
                remarks.push(remark(loaded.place(error.range).range, error.code, message));
            }
        }
        if let Some(first) = remarks.first() {
            let place = file.place(first.range.clone());
            return (Err(Reason::PolicyError { place, message: first.message.clone() }), remarks);
        }
        made.modules = trees.into_iter().map(|(_, loaded)| loaded).collect();
        made.stock(0, json!({}));
        (Ok(made), remarks)
    }

    fn stock(&mut self, print: u64, inventory: Value) {
        let mut program = Program::link(self.modules.clone(), &[], print, &mut Memo::default());
        // Of all entry rules that other tools ask, Gatekeeper asks one.
        let entry =
            |rule: usize| program.package_of(rule).is_some_and(|package| package.path == ["template"]);
        let mut units = std::mem::take(&mut program.units.clone());
        units.retain(|unit| unit.name == "violation" && entry(unit.rule));
        for unit in &mut units {
            unit.policy = 0;
            unit.entry = Entry::Violation;
            let definitions =
                program.rules.get(unit.rule).map(|rule| rule.definitions.clone()).unwrap_or_default();
            let other =
                definitions.iter().find(|key| program.definition(**key).is_some_and(|d| d.kind != Kind::Set));
            if let Some(other) = other {
                let place = program.placed(*other).and_then(|placed| program.place(other.0, placed.range()));
                unit.obstacles.push(Reason::Unsupported {
                    place,
                    what: "a violation that is no set of objects".to_owned(),
                });
            }
        }
        program.units = units;
        program.policies = vec![info(FileId(0), None, None)];
        if let Some(policy) = program.policies.first_mut() {
            policy.package.clone_from(&self.template.kind);
        }
        self.program = program;
        self.views.clear();
        self.base = Engine::new();
        // An object is never too deep here: the manifests were read.
        let _ = self.base.set_data(&json!({ "inventory": inventory }));
    }
}
