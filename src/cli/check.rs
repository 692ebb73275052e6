//! `regoscope check`: judge manifests without a screen, through the same judge and the same child process.

use std::collections::{BTreeMap, HashSet};
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use crate::app::effect::{FileSnapshot, WorkspaceSnapshot};
use crate::config::Settings;
use crate::core::decision::Evaluation;
use crate::core::display_safe::one_line;
use crate::core::file::{FileId, Revision, Role};
use crate::core::policy::options::{Asked, InputShape, JudgeOptions};
use crate::core::text::Snapshot;
use crate::report::{NamedFile, Report, Summary, json, text};
use crate::strings::{self, Lang, T};
use crate::work::evaluator::{Evaluator, EvaluatorConfig, EvaluatorEvent};
use crate::work::load;

/// Judge manifests by policies.
#[derive(Debug, Clone, clap::Args)]
pub struct CheckArgs {
    /// Manifests: files, folders, or `-` for stdin.
    #[arg(value_name = "MANIFEST", required = true)]
    pub manifest: Vec<PathBuf>,
    /// A policy: a Rego file or a folder with Rego files. Can be given several times.
    #[arg(short, long = "policy", value_name = "POLICY", required = true)]
    pub policy: Vec<PathBuf>,
    /// YAML or JSON that becomes `data`: a file or a folder. Can be given several times.
    #[arg(short, long, value_name = "PATH")]
    pub data: Vec<PathBuf>,
    /// Labels of the namespace that the objects are in.
    #[arg(long, value_name = "KEY=VALUE", value_delimiter = ',', value_parser = label)]
    pub namespace_labels: Vec<(String, String)>,
    /// What is done with the objects.
    #[arg(long, default_value = "CREATE", hide_possible_values = true, value_parser = ["CREATE", "UPDATE", "DELETE", "CONNECT"], ignore_case = true)]
    pub operation: String,
    /// Who does it.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// A group of who does it. Can be given several times.
    #[arg(long, value_name = "NAME")]
    pub group: Vec<String>,
    /// How the policies read `input`.
    #[arg(long, value_enum, hide_possible_values = true, default_value_t = Shape::Auto)]
    pub input_shape: Shape,
    /// Judge the objects as they are written, not as the API server would store them.
    #[arg(long)]
    pub raw: bool,
    /// Read Rego as before OPA 1.0.
    #[arg(long)]
    pub v0_compatible: bool,
    /// How long one rule may take on one document, in seconds, if not as long as the settings say.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<f64>,
    /// Text for people or JSON for programs.
    #[arg(short, long, value_enum, hide_possible_values = true, default_value_t = Output::Text)]
    pub output: Output,
    /// When to use colours.
    #[arg(long, value_enum, hide_possible_values = true, default_value_t = Color::Auto)]
    pub color: Color,
}

/// How policies read `input`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shape {
    /// By what each policy refers to.
    Auto,
    /// The object itself.
    Object,
    /// An AdmissionReview.
    Request,
    /// Gatekeeper's review.
    Review,
}

/// The form of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    Text,
    Json,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// If stdout is a terminal and NO_COLOR is not set.
    Auto,
    Always,
    Never,
}

/// Judges, prints. Exit code 0: nothing is denied; 1: something is; 2: something could not be judged.
///
/// # Errors
/// The evaluator cannot be started, or stdout cannot be written.
pub fn run(args: &CheckArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let lang = settings.lang;
    let mut sources = Sources { lang: settings.lang, ..Sources::default() };
    for path in &args.policy {
        sources.add(path, Role::Policy);
    }
    for path in &args.data {
        sources.add(path, Role::Data);
    }
    for path in &args.manifest {
        sources.add(path, Role::Manifest);
    }
    let mut incomplete = sources.failed;
    for (role, missing) in [(Role::Policy, T::CheckNoPolicy), (Role::Manifest, T::CheckNoManifest)] {
        if !sources.files.iter().any(|(_, r)| *r == role) {
            complain(missing.text(lang));
            incomplete = true;
        }
    }
    let evaluation = judge(args, &sources.files, settings)?;
    let files: Vec<NamedFile> = sources.files.into_iter().map(|(file, _)| file).collect();
    let report = Report { evaluation: &evaluation, files: &files };
    report.remarks().iter().for_each(|line| complain(line));
    let mut stdout = std::io::stdout().lock();
    let written = match args.output {
        Output::Json => serde_json::to_writer_pretty(&mut stdout, &json::check(&report))
            .map_err(std::io::Error::from)
            .and_then(|()| writeln!(stdout)),
        Output::Text => {
            let color = match args.color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => {
                    std::io::stdout().is_terminal()
                        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                }
            };
            stdout.write_all(text::check(&report, text::Style { color, lang }).as_bytes())
        }
    };
    match written.and_then(|()| stdout.flush()) {
        // Whoever reads has enough, e.g. `| head`.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => {}
        other => other?,
    }
    incomplete |= report.has_gaps();
    Ok(exit_code(report.summary(), incomplete))
}

fn exit_code(summary: Summary, incomplete: bool) -> ExitCode {
    ExitCode::from(match summary {
        Summary { not_judged: 1.., .. } => 2,
        _ if incomplete => 2,
        Summary { deny: 1.., .. } => 1,
        _ => 0,
    })
}

/// Runs the child until there is a decision, or none to be had.
fn judge(args: &CheckArgs, files: &[(NamedFile, Role)], settings: &Settings) -> anyhow::Result<Evaluation> {
    let mut config = EvaluatorConfig::of_this_program()?;
    config.deadline = args.timeout.map_or(settings.deadline, Duration::from_secs_f64);
    config.memory_mib = settings.memory_mib;
    config.deadline_per_step = true;
    config.options = JudgeOptions { v0: args.v0_compatible, ..JudgeOptions::default() };
    let asked = Asked {
        shape: match args.input_shape {
            Shape::Auto => InputShape::Auto,
            Shape::Object => InputShape::Object,
            Shape::Request => InputShape::Request,
            Shape::Review => InputShape::Review,
        },
        raw: args.raw,
        operation: args.operation.to_uppercase(),
        user: args.user.clone().unwrap_or_default(),
        groups: args.group.clone(),
        namespace_labels: args.namespace_labels.iter().cloned().collect::<BTreeMap<_, _>>(),
        ..Asked::default()
    };
    let (events, heard) = std::sync::mpsc::channel();
    let evaluator = Evaluator::start(config, move |event| {
        let _ = events.send(event);
    })?;
    let files = files.iter().map(|(file, role)| FileSnapshot {
        file: file.file,
        name: file.name.clone(),
        role: *role,
        revision: Revision(0),
        text: Snapshot::from(file.text.as_str()),
    });
    evaluator.submit(WorkspaceSnapshot {
        run: 1,
        files: files.collect(),
        edited: None,
        asked,
        lang: settings.lang,
    });
    loop {
        match heard.recv()? {
            EvaluatorEvent::Evaluated(evaluation) => return Ok(*evaluation),
            EvaluatorEvent::Stopped { again: true, .. } => {}
            EvaluatorEvent::Stopped { reason, .. } => {
                let reason = strings::reason(&reason, settings.lang);
                anyhow::bail!(T::CheckStopped.fill(settings.lang, &[("reason", &one_line(&reason))]));
            }
        }
    }
}

/// The files of a call, in the order they were named.
#[derive(Default)]
struct Sources {
    files: Vec<(NamedFile, Role)>,
    seen: HashSet<(PathBuf, Role)>,
    failed: bool,
    lang: Lang,
}

impl Sources {
    fn add(&mut self, path: &Path, role: Role) {
        if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes);
            return self.push(path, role, read);
        }
        if !path.is_dir() {
            return self.read(path, role);
        }
        let (files, _, problems) = load::walk(path, role == Role::Data);
        // A folder of policies brings its data, as a bundle does and as the screen opens it.
        let meant = |found: Role| found == role || (role, found) == (Role::Policy, Role::Data);
        for file in files.into_iter().filter(|file| meant(file.role)) {
            self.read(&file.path, file.role);
        }
        for problem in problems {
            self.fail(&strings::file_problem(&problem, self.lang));
        }
    }

    fn read(&mut self, path: &Path, role: Role) {
        let same = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if self.seen.insert((same, role)) {
            self.push(path, role, std::fs::read(path));
        }
    }

    fn push(&mut self, path: &Path, role: Role, bytes: std::io::Result<Vec<u8>>) {
        let name = path.display().to_string();
        let text = bytes.and_then(|bytes| {
            String::from_utf8(bytes).map_err(|e| {
                let at = e.utf8_error().valid_up_to();
                std::io::Error::other(format!("not UTF-8 at byte {at}"))
            })
        });
        match text {
            Ok(text) => {
                let file = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
                self.files.push((NamedFile { file, name, text }, role));
            }
            Err(error) => self.fail(&format!("{name}: {error}")),
        }
    }

    fn fail(&mut self, message: &str) {
        complain(message);
        self.failed = true;
    }
}

/// Writes one line to stderr. That stderr cannot be written is nothing to stop for.
fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "{}", one_line(message));
}

fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected seconds".to_owned())?;
    if seconds > 0.0 && seconds <= 3600.0 { Ok(seconds) } else { Err("expected 0 to 3600".to_owned()) }
}
