//! The program in a real terminal, end to end: what is typed, what is shown, and what is left behind.

#[path = "../pty/mod.rs"]
mod pty;

mod endings;
mod files;
mod input;
mod safety;
mod screen;
