//! All that works in the background, under one roof: takes effects, sends messages.

use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;

use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::config::Settings;
use crate::core::policy::options::JudgeOptions;
use crate::work::cluster::Clusters;
use crate::work::evaluator::{Evaluator, EvaluatorConfig, EvaluatorEvent};
use crate::work::files::{self, Files};
use crate::work::{journal, samples};

/// How long leaving waits for saves and for the journal.
const PATIENCE: Duration = Duration::from_millis(800);

/// The running workers.
pub struct Workers {
    evaluator: Evaluator,
    files: Files,
    clusters: Clusters,
    messages: Sender<Msg>,
}

impl Workers {
    /// Starts them, the evaluator's child first because it takes longest, and begins to open `paths`.
    ///
    /// # Errors
    /// The system gives no thread, or does not say which executable this is.
    pub fn start(
        settings: &Settings,
        options: JudgeOptions,
        paths: &[PathBuf],
        messages: &Sender<Msg>,
    ) -> io::Result<Self> {
        let config = EvaluatorConfig {
            deadline: settings.deadline,
            memory_mib: settings.memory_mib,
            options,
            ..EvaluatorConfig::of_this_program()?
        };
        // Whoever sends after the loop has ended sends to nobody.
        let to_loop = messages.clone();
        let evaluator = Evaluator::start(config, move |event| {
            if let Some(msg) = message(event) {
                let _ = to_loop.send(msg);
            }
        })?;
        let to_loop = messages.clone();
        let options = files::Options {
            recovery: settings.recovery.then(journal::folder).flatten(),
            ..files::Options::default()
        };
        let files = Files::start(
            move |msg| {
                let _ = to_loop.send(msg);
            },
            &options,
        )?;
        files.open(paths.to_vec(), Vec::new())?;
        let to_loop = messages.clone();
        let clusters = Clusters::new(move |news| {
            let _ = to_loop.send(Msg::Cluster(news));
        });
        Ok(Self { evaluator, files, clusters, messages: messages.clone() })
    }

    /// Carries out an effect, in the background. Effects of the terminal and the loop are not for here and are left.
    pub fn run(&self, effect: Effect) {
        match self.files.handle(effect) {
            Some(Effect::Evaluate(snapshot)) => self.evaluator.submit(*snapshot),
            Some(Effect::SetDeadline(deadline)) => self.evaluator.set_deadline(deadline),
            Some(Effect::Cluster(request)) => self.clusters.handle(request),
            Some(Effect::WriteSamples(folder)) => self.write_samples(folder),
            Some(other) => tracing::debug!(?other, "an effect that is not for the workers"),
            None => {}
        }
    }

    fn write_samples(&self, folder: PathBuf) {
        let messages = self.messages.clone();
        let writing = move || {
            let result = samples::write(&folder, false).map_err(samples::Trouble::problem);
            let _ = messages.send(Msg::SamplesWritten { folder, result });
        };
        // No thread, no samples: there are worse worries then.
        if let Err(error) = thread::Builder::new().name("samples".into()).spawn(writing) {
            tracing::warn!(%error, "samples not written");
        }
    }

    /// Saves what can be saved when the program has to end at once, from any thread.
    pub fn rescue(&self) -> impl Fn() + Send + Sync + 'static {
        let flush = self.files.journal_flush();
        move || flush(PATIENCE)
    }

    /// Ends them. With `keep`, what was not saved stays in the journal for the next start.
    pub fn finish(self, keep: bool) {
        self.files.finish(keep, PATIENCE);
    }
}

/// What the evaluator tells, as a message; what it tries again is not worth one.
fn message(event: EvaluatorEvent) -> Option<Msg> {
    match event {
        EvaluatorEvent::Evaluated(evaluation) => Some(Msg::Evaluated(evaluation)),
        EvaluatorEvent::Stopped { again: true, .. } => None,
        EvaluatorEvent::Stopped { run, reason, after, .. } => Some(Msg::Stopped { run, reason, after }),
    }
}
