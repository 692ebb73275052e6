//! The Rego language: lexer, parser with recovery, incremental modules, names and references, lowering to the text
//! that the engine judges as OPA does.
//!
//! * [`lexer::Lexer`] reads tokens; [`lexer::line`] paints a line for an editor.
//! * [`parser::parse`] turns a text into a [`ast::Module`] and errors; it never fails.
//! * [`chunk::IncrementalModule`] follows the edits of a text and reads again only what changed.

pub mod ast;
pub mod chunk;
pub mod deps;
pub mod lexer;
pub mod lower;
pub mod names;
pub mod parser;
