//! The text core of an editor. Works on text and nothing else; byte offsets outside, graphemes inside.
//!
//! * [`editor`]: one editor, and everything that it can be told to do. Start here.
//! * [`buffer`]: the text as a rope; [`encoding`]: from a file's bytes and back.
//! * [`edit`], [`history`]: transactions with their inverses, undo in groups.
//! * [`selection`], [`motion`], [`word`], [`bracket`], [`grapheme`]: where the caret is and goes.
//! * [`folds`], [`regions`]: what is folded and what can be, and the way between lines and rows.
//! * [`width`], [`view`]: cells of the screen. [`search`]: find and replace.
//! * [`lex`]: line lexers; `syntax` keeps their states up to date edit by edit.
//!
//! Architecture invariant: a keystroke costs the same in a text of 100 lines and of 100,000 (`benches/text.rs`), and
//! the caret never stands inside of a grapheme (`tests/text_properties.rs`).

pub mod bracket;
pub mod buffer;
pub mod edit;
pub mod editor;
pub mod encoding;
pub mod folds;
pub mod grapheme;
pub mod history;
pub mod lex;
mod lines;
pub mod motion;
pub mod regions;
mod reload;
pub mod search;
pub mod selection;
mod syntax;
mod typing;
pub mod view;
pub mod width;
pub mod word;

use std::ops::Range;

/// A frozen state of a text. Cloning costs a reference count.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot(pub(crate) ropey::Rope);

impl Snapshot {
    /// Length in bytes.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.0.len_bytes()
    }
}

impl std::fmt::Display for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chunks().try_for_each(|chunk| f.write_str(chunk))
    }
}

impl From<&str> for Snapshot {
    fn from(text: &str) -> Self {
        Self(ropey::Rope::from_str(text))
    }
}

/// One replacement: the bytes of `range` become `new`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Bytes in the text before the change.
    pub range: Range<usize>,
    /// What stands there after it.
    pub new: String,
}

/// How a file is written, found when it is read and kept when it is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileFormat {
    /// Line ends are `\r\n` on disk.
    pub crlf: bool,
    /// The file begins with a UTF-8 byte order mark.
    pub bom: bool,
}
