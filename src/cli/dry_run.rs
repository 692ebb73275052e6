//! `regoscope dry-run`: what clusters would do with manifests. Nothing is ever changed.

use std::collections::HashMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver};

use super::judging::judge;
use super::output::{Color, Output, complain, to_stdout};
use super::sources::Sources;
use crate::cluster::context::Bound;
use crate::cluster::dry_run::{DEFAULT_MANAGER, Document, Options};
use crate::cluster::environment::Environment;
use crate::cluster::exec::{Plugin, PluginError};
use crate::cluster::kubeconfig::Kubeconfig;
use crate::cluster::runtime::{Ask, Cluster, Event, Failure, Setup};
use crate::config::Settings;
use crate::core::decision::{Evaluation, JudgedDocument};
use crate::core::display_safe::one_line;
use crate::core::dry_run::{Answer, Known, looks_like_production, parity, quote};
use crate::core::file::{FileId, Role};
use crate::core::manifest::expand::pod_of;
use crate::core::manifest::{self, Manifest};
use crate::core::policy::options::{Asked, JudgeOptions};
use crate::report::NamedFile;
use crate::report::dry_run::{self, DryRun, Row, Said};
use crate::report::text::Style;
use crate::strings::{self, Lang, T};

/// Ask clusters what they would do.
#[derive(Debug, Clone, clap::Args)]
pub struct DryRunArgs {
    /// Manifests: files, folders, or `-` for stdin.
    #[arg(value_name = "MANIFEST", required = true)]
    pub manifest: Vec<PathBuf>,
    /// A context of the kubeconfig, if not the current one. Can be given several times.
    #[arg(long, value_name = "CONTEXT")]
    pub context: Vec<String>,
    /// The namespace of objects that name none, if not that of the context.
    #[arg(short, long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// In whose name fields are applied.
    #[arg(long, value_name = "NAME", default_value = DEFAULT_MANAGER, hide_default_value = true, value_parser = manager)]
    pub field_manager: String,
    /// Take fields from other managers, as `kubectl apply --force-conflicts` does.
    #[arg(long)]
    pub force_conflicts: bool,
    /// A policy whose decision stands beside the answers. Can be given several times.
    #[arg(short, long = "policy", value_name = "POLICY")]
    pub policy: Vec<PathBuf>,
    /// Run the programs that the kubeconfig names for credentials, without being asked.
    #[arg(long)]
    pub allow_plugins: bool,
    /// Text for people or JSON for programs.
    #[arg(short, long, value_enum, hide_possible_values = true, default_value_t = Output::Text)]
    pub output: Output,
    /// When to use colours.
    #[arg(long, value_enum, hide_possible_values = true, default_value_t = Color::Auto)]
    pub color: Color,
}

/// Asks, prints. Exit code 0: all would be let in; 1: something would be refused; 2: something is not known.
///
/// # Errors
/// There is no kubeconfig or no such context, the system gives no thread, or stdout cannot be written.
pub fn run(args: &DryRunArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let lang = settings.lang;
    let contexts = contexts(args, settings)?;
    let mut sources = Sources::new(lang);
    args.policy.iter().for_each(|path| sources.add(path, Role::Policy));
    args.manifest.iter().for_each(|path| sources.add(path, Role::Manifest));
    let mut incomplete = sources.complain();
    let manifests: Vec<(FileId, Manifest)> = sources
        .files
        .iter()
        .filter(|(_, role)| *role == Role::Manifest)
        .map(|(file, _)| (file.file, manifest::read(&file.text)))
        .collect();
    let unread = complain_of(&manifests, &sources.files, lang);
    let documents = documents(&manifests);
    if documents.is_empty() && unread == 0 {
        complain(T::CheckNoManifest.text(lang));
        incomplete = true;
    }
    let evaluation = match args.policy.is_empty() {
        true => None,
        false => {
            let asked = Asked { namespace: args.namespace.clone().unwrap_or_default(), ..Asked::default() };
            Some(judge(&sources.files, asked, JudgeOptions::default(), None, settings)?)
        }
    };
    let names: Vec<String> = contexts.iter().map(|context| context.name().to_owned()).collect();
    let heard = Asking::new(args, lang)?.ask(contexts, &documents)?;
    let rows = rows(&manifests, &names, &heard, evaluation.as_ref(), lang);
    let files: Vec<NamedFile> = sources.files.into_iter().map(|(file, _)| file).collect();
    let report = DryRun {
        contexts: &names,
        rows: &rows,
        files: &files,
        manifests: &manifests,
        unread,
        manager: &args.field_manager,
        force: args.force_conflicts,
    };
    let style = Style { color: args.output == Output::Text && args.color.wanted(), lang };
    to_stdout(|out| match args.output {
        Output::Json => {
            serde_json::to_writer_pretty(&mut *out, &dry_run::json(&report, style))?;
            writeln!(out)
        }
        Output::Text => out.write_all(dry_run::text(&report, style).as_bytes()),
    })?;
    let counts = report.counts();
    Ok(ExitCode::from(match (incomplete || counts.not_judged > 0, counts.denied) {
        (true, _) => 2,
        (false, 1..) => 1,
        (false, 0) => 0,
    }))
}

/// The contexts that are meant. One whose name looks like production must be named.
fn contexts(args: &DryRunArgs, settings: &Settings) -> anyhow::Result<Vec<Bound>> {
    let lang = settings.lang;
    let in_words = |why| anyhow::anyhow!("{}", one_line(&strings::kubeconfig_error(&why, lang)));
    let known = Kubeconfig::load(&Environment::of_process()).map_err(in_words)?;
    if args.context.is_empty() {
        let current = known.bind(None).map_err(in_words)?;
        let name = current.name().to_owned();
        if looks_like_production(&settings.production, &name) {
            anyhow::bail!(T::DryRunProduction.fill(lang, &[("name", &quote(&name))]));
        }
        return Ok(vec![current]);
    }
    let mut contexts: Vec<Bound> = Vec::new();
    for name in &args.context {
        if !contexts.iter().any(|context| context.name() == name) {
            contexts.push(known.bind(Some(name)).map_err(in_words)?);
        }
    }
    Ok(contexts)
}

/// Says which documents cannot be read; how many there are.
fn complain_of(manifests: &[(FileId, Manifest)], files: &[(NamedFile, Role)], lang: Lang) -> usize {
    let mut unread = 0;
    for (id, manifest) in manifests {
        let Some((file, _)) = files.iter().find(|(file, _)| file.file == *id) else { continue };
        let lines = crate::core::policy::place::Lines::of(&file.text);
        for document in manifest.documents.iter().filter(|document| !document.faults.is_empty()) {
            unread += 1;
            for fault in &document.faults {
                let remark = fault.diagnostic(lang);
                let at = lines.place(*id, &file.text, remark.range);
                complain(&format!("{}:{}:{}: {}", file.name, at.line, at.column, remark.message));
            }
        }
    }
    unread
}

fn documents(manifests: &[(FileId, Manifest)]) -> Vec<Document> {
    let of = |(file, manifest): &(FileId, Manifest)| -> Vec<Document> {
        let file = *file;
        let objects = manifest.objects();
        objects.map(|object| Document { file, index: object.index, value: object.value.clone() }).collect()
    };
    manifests.iter().flat_map(of).collect()
}

/// What came back.
#[derive(Default)]
struct Heard {
    /// By context, file, index, and whether it is the derived Pod.
    answers: HashMap<(String, FileId, usize, bool), Box<Answer>>,
    /// Contexts that could not be asked, in words.
    failed: HashMap<String, String>,
}

/// Asks, and asks the user where a program wants to run.
struct Asking<'a> {
    args: &'a DryRunArgs,
    lang: Lang,
    cluster: Cluster,
    events: Receiver<Event>,
}

impl<'a> Asking<'a> {
    fn new(args: &'a DryRunArgs, lang: Lang) -> anyhow::Result<Self> {
        let (sender, events) = mpsc::channel();
        let sender = std::sync::Mutex::new(sender);
        // What a flag allows, it allows this once.
        let trust = match args.allow_plugins {
            true => None,
            false => crate::work::journal::state_folder().map(|folder| folder.join("trusted-plugins")),
        };
        let cluster = Cluster::start(Setup { trust, ..Setup::default() }, move |event| {
            if let Ok(sender) = sender.lock() {
                let _ = sender.send(event);
            }
        })?;
        Ok(Self { args, lang, cluster, events })
    }

    fn ask(&self, contexts: Vec<Bound>, documents: &[Document]) -> anyhow::Result<Heard> {
        let mut heard = Heard::default();
        let mut turn = contexts;
        let mut id = 0;
        // Each turn asks those whose program was allowed to run in the one before; a program asks once.
        while !turn.is_empty() {
            id += 1;
            let options = Options {
                manager: self.args.field_manager.clone(),
                force: self.args.force_conflicts,
                namespace: self.args.namespace.clone(),
            };
            self.cluster.ask(Ask { id, contexts: turn.clone(), documents: documents.to_vec(), options });
            let mut wanting: Vec<(String, PluginError)> = Vec::new();
            loop {
                match self.events.recv()? {
                    Event::Answered { answer, .. } => {
                        let target = &answer.target;
                        let key = (answer.context.clone(), target.file, target.index, target.derived);
                        heard.answers.insert(key, answer);
                    }
                    Event::Failed { context, why, .. } => match why {
                        Failure::Plugin(
                            why @ (PluginError::NeedsConsent(_) | PluginError::NeedsTerminal(_)),
                        ) => wanting.push((context, why)),
                        why => drop(heard.failed.insert(context, strings::failure(&why, self.lang))),
                    },
                    Event::Done { .. } => break,
                    Event::Connected { .. } | Event::Left { .. } => {}
                }
            }
            let mut next = Vec::new();
            for (name, why) in wanting {
                let context = turn.iter().find(|context| context.name() == name);
                match context.filter(|context| self.may_run(context, &why)) {
                    Some(context) => next.push(context.clone()),
                    None => {
                        heard.failed.insert(name, strings::plugin_error(&why, self.lang));
                    }
                }
            }
            turn = next;
        }
        Ok(heard)
    }

    /// Whether a program may run, or has run on the terminal.
    fn may_run(&self, context: &Bound, why: &PluginError) -> bool {
        match why {
            PluginError::NeedsConsent(plugin) => {
                let agreed = self.args.allow_plugins || self.user_agrees(plugin);
                if agreed {
                    self.cluster.agree(plugin);
                }
                agreed
            }
            PluginError::NeedsTerminal(_) if std::io::stdin().is_terminal() => {
                self.cluster.run_on_terminal(context);
                loop {
                    match self.events.recv() {
                        Ok(Event::Left { result, .. }) => return result.is_ok(),
                        Ok(_) => {}
                        Err(_) => return false,
                    }
                }
            }
            _ => false,
        }
    }

    /// Shows what would run. Where nobody can be asked, says how to allow it.
    fn user_agrees(&self, plugin: &Plugin) -> bool {
        let argv: Vec<String> = plugin.argv.iter().map(|word| quote(word)).collect();
        complain(&T::DryRunWantsToRun.fill(
            self.lang,
            &[
                ("context", &plugin.context),
                ("server", &plugin.server),
                ("user", &plugin.user),
                ("file", &plugin.file.display()),
                ("command", &argv.join(" ")),
            ],
        ));
        let reads_stdin = self.args.manifest.iter().any(|path| path.as_os_str() == "-");
        if reads_stdin || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            complain(T::DryRunHowToAllow.text(self.lang));
            return false;
        }
        let _ = write!(std::io::stderr(), "{} ", T::DryRunAllow.text(self.lang));
        let mut word = String::new();
        let read = std::io::stdin().lock().read_line(&mut word);
        read.is_ok() && matches!(word.trim(), "y" | "Y" | "yes")
    }
}

/// One row for each object, followed by the Pod it makes.
fn rows(
    manifests: &[(FileId, Manifest)],
    contexts: &[String],
    heard: &Heard,
    evaluation: Option<&Evaluation>,
    lang: Lang,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for (file, manifest) in manifests {
        for object in manifest.objects() {
            // The Pod of a PodTemplate is sent by nobody.
            let derived = pod_of(object.value).filter(|derived| derived.controller.is_some());
            for is_derived in [false, true] {
                if is_derived && derived.is_none() {
                    continue;
                }
                let local = evaluation.and_then(|e| local(e, *file, object.index, is_derived));
                let known = Known {
                    derived: derived.as_ref().filter(|_| is_derived),
                    prefix: &object.pointer_prefix,
                    ..Known::default()
                };
                let said = contexts.iter().map(|context| {
                    match heard.answers.get(&(context.clone(), *file, object.index, is_derived)) {
                        Some(answer) => Said::Answer {
                            answer: answer.clone(),
                            parity: local.map(|local| parity(local, answer, &known)),
                        },
                        None => Said::Nothing(
                            heard
                                .failed
                                .get(context)
                                .cloned()
                                .unwrap_or_else(|| T::UnjudgedCancelled.text(lang).to_owned()),
                        ),
                    }
                });
                let (api_version, kind, name) = match is_derived {
                    true => ("v1", "Pod", format!("{}-", object.name)),
                    false => (object.api_version, object.kind, object.name.to_owned()),
                };
                rows.push(Row {
                    file: *file,
                    index: object.index,
                    derived: is_derived,
                    line: object.line,
                    api_version: api_version.to_owned(),
                    kind: kind.to_owned(),
                    namespace: object.namespace.to_owned(),
                    name,
                    local: local.map(|local| local.verdict),
                    said: said.collect(),
                });
            }
        }
    }
    rows
}

/// The local decision on an object, or on the Pod it makes.
fn local(evaluation: &Evaluation, file: FileId, index: usize, derived: bool) -> Option<&JudgedDocument> {
    evaluation.documents.iter().find(|document| {
        let of = document.derived_from.and_then(|at| evaluation.documents.get(at));
        document.place.file == file && of.is_some() == derived && of.unwrap_or(document).index == index
    })
}

/// A field manager as a server takes it.
fn manager(name: &str) -> Result<String, String> {
    if name.is_empty() || name.chars().count() > 128 {
        // internal: clap's own errors are English too
        return Err("expected 1 to 128 characters".to_owned());
    }
    Ok(name.to_owned())
}
