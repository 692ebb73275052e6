//! The Rego language: lexer, parser with recovery, incremental modules, names and references, lowering to the text
//! that the engine judges as OPA does.
//!
//! * [`lexer::Lexer`] reads tokens; [`lexer::line`] paints a line for an editor.

pub mod lexer;
