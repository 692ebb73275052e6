//! What line lexers have in common. A lexer reads one line with the state the line before left, never fails, and
//! leaves a state for the next: `fn line(&str, LineState, &mut Vec<Token>) -> LineState`.

pub mod yaml;

use crate::core::rego;
use std::ops::Range;

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    Rego,
    /// YAML and JSON.
    Yaml,
    Plain,
}

/// What a lexer carries from one line to the next, packed by the lexer. `LineState::default()` starts a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LineState(pub u64);

/// A piece of a line with one colour. Tokens of a line are in order, do not overlap, lie on char boundaries; what no
/// token covers is plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Bytes in the line.
    pub range: Range<usize>,
    pub kind: TokenKind,
}

/// The kinds that a theme colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// `package`, `if`, `contains`, `and`…
    Keyword,
    /// `:=`, `==`, `|`…
    Operator,
    /// Brackets, commas, dashes of YAML lists, `---`.
    Punctuation,
    String,
    /// `\n` inside a string; the braces of a template string's hole.
    Escape,
    Number,
    /// `true`, `false`, `null`.
    Constant,
    Comment,
    /// The name of a rule where it is defined; the name of a package.
    Definition,
    /// A function or builtin that is called.
    Call,
    /// `input`, `data`.
    Root,
    /// Any other name.
    Name,
    /// A key of a YAML mapping or JSON object.
    Key,
    /// YAML `&anchor`, `*alias`, `<<`.
    Anchor,
    /// YAML `!!str`.
    Tag,
    /// Cannot be part of the language: an unterminated string, a tab used to indent YAML.
    Invalid,
}

/// Reads one line (without its `\n`) with the lexer of a language.
pub fn line(language: Language, text: &str, state: LineState, tokens: &mut Vec<Token>) -> LineState {
    match language {
        Language::Yaml => yaml::line(text, state, tokens),
        Language::Rego => rego::lexer::line(text, state, tokens),
        Language::Plain => state,
    }
}

/// Whether a line that begins in this state begins inside of text (a block scalar, a string over several lines), where
/// blanks count.
#[must_use]
pub fn begins_in_text(language: Language, state: LineState) -> bool {
    match language {
        Language::Yaml => yaml::begins_in_text(state),
        Language::Rego => state != LineState::default(),
        Language::Plain => false,
    }
}
