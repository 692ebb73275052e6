//! regoscope: a terminal workbench for Kubernetes admission policy in Rego.
//!
//! The map of the house (ARCHITECTURE.md has the long form):
//!
//! * [`core`] is pure: text, manifests, the Rego language, the engine, decisions. No terminal, file system,
//!   threads, clock or network.
//! * [`app`] is state and update: `App::update(Msg) -> Vec<Effect>`. Still no I/O.
//! * [`ui`] draws an `&App` into a frame and changes nothing.
//! * [`term`] is the only place that knows the terminal library.
//! * [`work`] runs effects: the evaluator (a child process), saving, the recovery journal, watching files.
//! * [`cluster`] asks a Kubernetes API server, with dry-runs and never with a write.
//! * [`report`] prints decisions for scripts and people; [`cli`] holds the subcommands.
//! * [`samples`] are the policies and Pods that the program brings along.
//! * [`strings`] is the one table of what a user reads, in English and Japanese; [`config`] reads the settings.
//! * [`run`] is the loop: receive, update, run effects, draw once.
#![forbid(unsafe_code)]

pub mod app;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod core;
pub mod report;
pub mod run;
pub mod samples;
pub mod strings;
pub mod term;
pub mod ui;
pub mod work;
