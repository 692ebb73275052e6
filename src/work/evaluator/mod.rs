//! Evaluation in a process of its own.
//!
//! A policy can make the engine run for ever, recurse until the stack is full, or ask for all memory there is, and
//! none of that can be caught inside a process (facts: an abort is an abort). So the judge lives in a child: this same
//! executable, started with [`ARGUMENT`]. [`Evaluator`] keeps one child, sends it what changed, kills it when it takes
//! too long or when it works on something that nobody wants any more, and starts the next one with the whole state.
//!
//! The newest snapshot wins: while one run is in flight, a newer snapshot replaces the one that waits.

mod child;
mod parent;
mod wire;

use std::path::PathBuf;
use std::time::Duration;

use crate::core::decision::{Evaluation, Reason};
use crate::core::policy::options::{JudgeOptions, Step};

pub use child::run as run_child;
pub use parent::Evaluator;

/// The first argument that makes this program an evaluator. Hidden: people have no use for it.
pub const ARGUMENT: &str = "__evaluate";

/// How the child is run.
#[derive(Debug, Clone)]
pub struct EvaluatorConfig {
    /// The executable, which must run [`run_child`] when its first argument is [`ARGUMENT`].
    pub exe: PathBuf,
    /// How long one run may take.
    pub deadline: Duration,
    /// The deadline is for one step of a run (reading a file, one rule on one document), not for all of it.
    pub deadline_per_step: bool,
    /// How much memory it may use beyond what it needs to start, in MiB.
    pub memory_mib: u64,
    /// How requests are made and policies are read.
    pub options: JudgeOptions,
}

impl EvaluatorConfig {
    /// This executable, two seconds, 512 MiB.
    ///
    /// # Errors
    /// The system does not say which executable this is.
    pub fn of_this_program() -> std::io::Result<Self> {
        Ok(Self::of(std::env::current_exe()?))
    }

    /// Another executable of this program, with the same limits.
    #[must_use]
    pub fn of(exe: PathBuf) -> Self {
        Self {
            exe,
            deadline: Duration::from_secs(2),
            deadline_per_step: false,
            memory_mib: 512,
            options: JudgeOptions::default(),
        }
    }
}

/// What an [`Evaluator`] tells.
#[derive(Debug)]
pub enum EvaluatorEvent {
    /// A run ended.
    Evaluated(Box<Evaluation>),
    /// A run was stopped, or the child ended while it worked on it.
    Stopped {
        /// The run.
        run: u64,
        /// Why.
        reason: Reason,
        /// How long it had run.
        after: Duration,
        /// What it was doing, if known.
        ran_last: Option<Step>,
        /// It is tried again without the step that ended it; an `Evaluated` or another `Stopped` follows.
        again: bool,
    },
}
