//! `regoscope check`: judge manifests without a screen, through the same judge and the same child process.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use super::asked::AskedArgs;
use super::judging::judge;
use super::output::{Color, Output, complain, to_stdout};
use super::sources::Sources;
use super::world::WorldArgs;
use crate::config::Settings;
use crate::core::file::Role;
use crate::core::policy::options::{Asked, JudgeOptions};
use crate::core::rego::target::Target;
use crate::report::{NamedFile, Report, Summary, json, text};
use crate::strings::{Lang, T};

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
    /// The question about each document.
    #[command(flatten)]
    pub asked: AskedArgs,
    /// The manifest with the objects as they were before an UPDATE, or as they are when they are deleted.
    #[arg(long, value_name = "MANIFEST")]
    pub old: Option<PathBuf>,
    /// The version of the Pod Security Standards, for policies that ask for it: `latest` or `v1.34`.
    #[arg(long, value_name = "VERSION", value_parser = pod_security_version)]
    pub pod_security_version: Option<String>,
    /// The OPA that the policies are written for.
    #[arg(long, value_name = "TARGET", value_parser = super::judging::target)]
    pub target: Option<Target>,
    /// Read Rego as before OPA 1.0.
    #[arg(long)]
    pub v0_compatible: bool,
    /// The time and the mocks.
    #[command(flatten)]
    pub world: WorldArgs,
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

/// Judges, prints. Exit code 0: nothing is denied; 1: something is; 2: something could not be judged.
///
/// # Errors
/// The evaluator cannot be started, or stdout cannot be written.
pub fn run(args: &CheckArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let lang = settings.lang;
    let mut sources = Sources::new(lang);
    for path in &args.policy {
        sources.add(path, Role::Policy);
    }
    for path in &args.data {
        sources.add(path, Role::Data);
    }
    if let Some(version) = &args.pod_security_version {
        // A file like any other: data that says something else is a conflict, and both are named.
        let data = serde_json::json!({"pod_security": {"version": version}}).to_string();
        sources.add_text("--pod-security-version", data, Role::Data);
    }
    for path in &args.manifest {
        sources.add(path, Role::Manifest);
    }
    let old = args.old.as_ref().and_then(|path| sources.add_old(path));
    let mut incomplete = sources.complain();
    for (role, missing) in [(Role::Policy, T::CheckNoPolicy), (Role::Manifest, T::CheckNoManifest)] {
        if !sources.files.iter().any(|(file, r)| *r == role && Some(file.file) != old) {
            complain(missing.text(lang));
            incomplete = true;
        }
    }
    let mut options = JudgeOptions {
        v0: args.v0_compatible,
        target: args.target.unwrap_or(settings.target),
        ..JudgeOptions::default()
    };
    let named = args.policy.iter().chain(&args.data).chain(&args.manifest);
    incomplete |= !args.world.apply(named, &mut options);
    let deadline = args.timeout.map(Duration::from_secs_f64);
    let asked = Asked { old, ..args.asked.asked() };
    let evaluation = judge(&sources.files, asked, options, deadline, settings)?;
    let files: Vec<NamedFile> = sources.files.into_iter().map(|(file, _)| file).collect();
    let report = Report { evaluation: &evaluation, files: &files };
    report.remarks().iter().for_each(|line| complain(line));
    to_stdout(|out| match args.output {
        Output::Json => {
            serde_json::to_writer_pretty(&mut *out, &json::check(&report))?;
            writeln!(out)
        }
        Output::Text => {
            let style = text::Style { color: args.color.wanted(), lang };
            out.write_all(text::check(&report, style).as_bytes())
        }
    })?;
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

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected seconds".to_owned())?;
    if seconds > 0.0 && seconds <= 3600.0 { Ok(seconds) } else { Err("expected 0 to 3600".to_owned()) }
}

/// As the labels `pod-security.kubernetes.io/<mode>-version` have it.
fn pod_security_version(text: &str) -> Result<String, String> {
    let minor = text.trim_start_matches('v').strip_prefix("1.");
    let is_version = minor.is_some_and(|minor| minor.len() < 4 && minor.parse::<u16>().is_ok());
    match text {
        "latest" => Ok(text.to_owned()),
        _ if is_version => Ok(format!("v{}", text.trim_start_matches('v'))),
        _ => Err(T::TargetExpected.fill(Lang::En, &[("expected", &"latest, v1.34, v1.…")])),
    }
}
