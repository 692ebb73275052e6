//! Runs effects: threads and processes, and nothing that decides.
//!
//! Files are the work of four modules under one roof, [`files::Files`], which takes effects and sends messages:
//! [`load`] walks folders and reads, [`save`] writes so that no crash costs a file, [`journal`] keeps what is not
//! saved yet, [`watch`] notices what others change. [`disk`] is what they share: one way to read a file, to name its
//! state and to name what went wrong. [`evaluator`] is the child process that judges.
//! [`samples`] writes the samples to a folder.
//! [`Workers`] is all of them under one roof; [`timers`] are kept by the loop.

pub mod cluster;
pub mod disk;
pub mod evaluator;
pub mod files;
pub mod journal;
pub mod load;
pub mod samples;
pub mod save;
pub mod timers;
pub mod watch;
mod workers;

pub use workers::Workers;
