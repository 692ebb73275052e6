//! The Rego language: lexer, parser with recovery, incremental modules, names and references, lowering to the text
//! that the engine judges as OPA does.
//!
//! * [`lexer::Lexer`] reads tokens; [`lexer::line`] paints a line for an editor.
//! * [`parser::parse`] turns a text into an [`ast::Module`] and errors; it never fails.
//! * [`chunk::IncrementalModule`] follows the edits of a text and reads again only what changed.
//! * [`check::check`] says what `opa check` says about files that parse.
//! * [`lint::lint`] gives advice on what OPA accepts and people did not mean.
//! * [`deps::needs`] says which rules and data a rule refers to; [`deps::circles`] finds rules that need themselves.
//! * [`symbols::Symbols`] says what a name at a place stands for, where that is defined, used, and how it is renamed.
//! * [`complete::complete`] says what may be typed at a place.
//! * [`target::beyond`] says what a module uses that the OPA it is written for does not have.
//! * [`lower::lower`] turns one statement into Rego v1 for the engine, with a map back to the author's bytes.
//!
//! Architecture invariants: nothing here names the engine; the tree's ranges count from their statement's first byte,
//! so that an edit elsewhere leaves a statement as it is; parsing is linear and limited in depth, whatever the text.

pub mod ast;
pub mod check;
pub mod chunk;
pub mod complete;
pub mod deps;
pub mod format;
pub mod lexer;
pub mod lint;
pub mod lower;
pub mod metadata;
pub mod names;
pub mod parser;
pub mod renaming;
pub mod symbols;
pub mod target;
pub mod walk;
