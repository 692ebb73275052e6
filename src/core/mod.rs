//! The pure part: text, manifests, Rego, the engine and decisions.
//!
//! Architecture invariant: nothing below this module names a terminal, the file system, a thread, a clock or the
//! network. Time and text come in as arguments; results go out as values.

pub mod command_line;
pub mod decision;
pub mod diagnostics;
pub mod display_safe;
pub mod dry_run;
pub mod file;
pub mod manifest;
pub mod policy;
pub mod rego;
pub mod spelling;
pub mod text;
