//! What there is to say about a manifest: notes where Kubernetes' reading may surprise, faults where it refuses.
//!
//! Both are data; [`crate::strings`] puts them into words, so that one reading serves both languages.

use std::ops::Range;

use crate::core::diagnostics::{Diagnostic, Origin, Severity};
use crate::strings::{self, Lang};

/// A surprise that the text holds, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Bytes in the file.
    pub range: Range<usize>,
    /// What it is.
    pub kind: NoteKind,
}

/// The surprises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoteKind {
    /// A plain scalar is not what it looks like: `yes` is read as `true`, `0644` as `420`.
    ReadAs { written: String, read: String },
    /// The same for the key of a map: `on:` becomes `"true"`.
    KeyReadAs { written: String, read: String },
    /// The key is set again further down, and that line wins.
    SetAgain { key: String, line: usize },
    /// The key was set before, and this line wins.
    Overrides { key: String, line: usize },
    /// Two keys of different type (`1` and `"1"`) become one key, and Kubernetes takes either at random.
    SameKey { key: String, line: usize },
    /// A merge (`<<`) replaces a key that stands above it.
    MergeOverrides { key: String, line: usize },
    /// A character that looks like a space or like punctuation of YAML and is neither.
    LookAlike { character: char },
    /// A character that is not seen: zero width, or changing the direction of the text.
    Hidden { character: char },
    /// A character that ends the line for YAML, though editors don't show it so.
    LineBreak { character: char },
    /// Kubernetes stops reading before this: behind `...`, or at a line that is indented less than the first one.
    IgnoredAfterEnd,
}

impl NoteKind {
    /// The name of the kind, for reports and filters.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ReadAs { .. } | Self::KeyReadAs { .. } => "yaml-read-as",
            Self::SetAgain { .. } | Self::Overrides { .. } | Self::SameKey { .. } => "yaml-duplicate-key",
            Self::MergeOverrides { .. } => "yaml-merge-override",
            Self::LookAlike { .. } => "yaml-look-alike",
            Self::Hidden { .. } => "yaml-hidden-character",
            Self::LineBreak { .. } => "yaml-line-break",
            Self::IgnoredAfterEnd => "yaml-ignored",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::ReadAs { .. } | Self::KeyReadAs { .. } => Severity::Note,
            _ => Severity::Warning,
        }
    }
}

impl Note {
    /// The note in words.
    #[must_use]
    pub fn diagnostic(&self, lang: Lang) -> Diagnostic {
        Diagnostic {
            range: self.range.clone(),
            severity: self.kind.severity(),
            origin: Origin::Yaml,
            code: self.kind.code().to_owned(),
            message: strings::manifest_note(&self.kind, lang),
            approximate: false,
            fix: None,
        }
    }
}

/// Why Kubernetes refuses a document, or why this reader does, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Bytes in the file. May be empty.
    pub range: Range<usize>,
    /// What it is.
    pub kind: FaultKind,
    /// What to do about it, where that can be told.
    pub hint: Option<Hint>,
}

/// The reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// In the words of Kubernetes' reader; they stay English.
    Yaml(String),
    /// The document is nested deeper than [`super::MAX_DEPTH`].
    TooDeep,
    /// The file is larger than [`super::MAX_BYTES`].
    TooLarge,
    /// Aliases repeat more text than [`super::MAX_COPIED_BYTES`].
    TooMuchCopied,
    /// A value contains U+2028 or U+2029, which this reader cannot keep as Kubernetes does.
    Separator,
    /// The document is a list, a text or a number where an object is needed.
    NotAnObject,
}

/// What to do about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// YAML is indented with spaces, and a tab stands here.
    Tab,
    /// The text is a Helm template and has to be rendered first.
    Template,
    /// A full-width `：` stands where a `:` is needed.
    FullWidthColon,
    /// A line needs `key: value`.
    KeyWithoutValue,
    /// The quote or bracket that opens here is not closed.
    NotClosed,
    /// `*name` stands for an anchor `&name` further up; a plain `*` must be quoted.
    Anchor,
    /// Text is not allowed on the line of a document separator.
    DocumentSeparator,
    /// Between brackets a `?` ends a plain text; it must be quoted.
    QuestionMark,
    /// Between brackets a `:` without a blank behind it belongs to the key.
    SpaceAfterColon,
    /// Directives (`%YAML`, `%TAG`) are not for Kubernetes.
    Directive,
}

impl Fault {
    /// In Kubernetes' words, with or without a hint.
    pub(super) fn yaml(range: Range<usize>, words: impl Into<String>) -> Self {
        Self { range, kind: FaultKind::Yaml(words.into()), hint: None }
    }

    pub(super) fn own(range: Range<usize>, kind: FaultKind) -> Self {
        Self { range, kind, hint: None }
    }

    /// The fault in words.
    #[must_use]
    pub fn diagnostic(&self, lang: Lang) -> Diagnostic {
        Diagnostic {
            range: self.range.clone(),
            severity: Severity::Error,
            origin: Origin::Syntax,
            code: "yaml-error".to_owned(),
            message: strings::manifest_fault(self, lang),
            approximate: false,
            fix: None,
        }
    }
}
