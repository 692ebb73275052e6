//! A question with buttons, the safe one focused.

use std::path::PathBuf;

use crate::core::file::FileId;
use crate::strings::T;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Quit with unsaved text in these files.
    Quit { files: Vec<FileId> },
    /// Close a file with unsaved text.
    Close { file: FileId },
    /// Read the file again and lose the edits.
    Reload { file: FileId },
    /// Save to a path where another file is.
    Overwrite { file: FileId, path: PathBuf },
    /// Remove a recovery journal.
    Discard { journal: PathBuf, name: String },
}

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Save,
    Discard,
    Cancel,
    Yes,
}

impl Answer {
    /// The word on the button.
    #[must_use]
    pub const fn label(self) -> T {
        match self {
            Answer::Save => T::ButtonSave,
            Answer::Discard => T::ButtonDiscard,
            Answer::Cancel => T::ButtonCancel,
            Answer::Yes => T::ButtonYes,
        }
    }

    /// The letter that chooses it.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Answer::Save => 's',
            Answer::Discard => 'd',
            Answer::Cancel => 'c',
            Answer::Yes => 'y',
        }
    }
}

/// The dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    pub question: Question,
    pub buttons: &'static [Answer],
    /// The focused button.
    pub selected: usize,
}

impl Confirm {
    /// The focus is on the answer that loses nothing.
    #[must_use]
    pub fn new(question: Question) -> Self {
        let (buttons, selected): (&[Answer], usize) = match question {
            Question::Quit { .. } | Question::Close { .. } => {
                (&[Answer::Save, Answer::Discard, Answer::Cancel], 0)
            }
            Question::Reload { .. } | Question::Overwrite { .. } | Question::Discard { .. } => {
                (&[Answer::Cancel, Answer::Yes], 0)
            }
        };
        Self { question, buttons, selected }
    }

    /// The focused answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.buttons.get(self.selected).copied().unwrap_or(Answer::Cancel)
    }
}
