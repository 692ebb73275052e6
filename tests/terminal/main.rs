//! The program in a real terminal, end to end: what is typed, what is shown, and what is left behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../loopback/mod.rs"]
mod loopback;
#[path = "../pty/mod.rs"]
mod pty;
#[path = "../recordings/mod.rs"]
mod recordings;

mod cluster;
mod endings;
mod files;
mod input;
mod safety;
mod screen;
