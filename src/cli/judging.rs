//! Asks the evaluator once and waits for its answer.

use std::time::Duration;

use crate::app::effect::{FileSnapshot, WorkspaceSnapshot};
use crate::config::Settings;
use crate::core::decision::Evaluation;
use crate::core::display_safe::one_line;
use crate::core::file::{Revision, Role};
use crate::core::policy::options::{Asked, JudgeOptions};
use crate::core::rego::target::Target;
use crate::core::text::Snapshot;
use crate::report::NamedFile;
use crate::strings::{self, Lang, T};
use crate::work::evaluator::{Evaluator, EvaluatorConfig, EvaluatorEvent};

/// Runs the child until there is an answer, or none to be had. `deadline` is the time for one step.
///
/// # Errors
/// The evaluator cannot be started, or was stopped and cannot go on.
pub fn judge(
    files: &[(NamedFile, Role)],
    asked: Asked,
    options: JudgeOptions,
    deadline: Option<Duration>,
    settings: &Settings,
) -> anyhow::Result<Evaluation> {
    let mut options = options;
    let tests = options.tests.take();
    let mut config = EvaluatorConfig::of_this_program()?;
    config.deadline = deadline.unwrap_or(settings.deadline);
    config.memory_mib = settings.memory_mib;
    config.deadline_per_step = true;
    let target = options.target;
    config.options = options;
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
    let lang = settings.lang;
    let files = files.collect();
    evaluator.submit(WorkspaceSnapshot { run: 1, files, edited: None, asked, target, tests, lang });
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

/// Reads the name of a target. clap says in English what is wrong with an argument.
pub fn target(text: &str) -> Result<Target, String> {
    Target::parse(text).ok_or_else(|| T::TargetExpected.fill(Lang::En, &[("expected", &Target::expected())]))
}
