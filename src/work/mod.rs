//! Threads and processes: what carries out effects.

pub mod evaluator;
