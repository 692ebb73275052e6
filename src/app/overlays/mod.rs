//! What lies over the panes: palette, pickers, help, prompts, dialogues. Each holds its state and says what a key does.

pub mod cluster;
pub mod completion;
pub mod confirm;
pub mod diff;
pub mod find;
pub mod input;
pub mod list;
pub mod recovery;
pub mod request;

use crate::app::cluster::Plugin;
use crate::app::command::Command;
use crate::app::overlays::cluster::{ChooseContexts, LogView, ServerDiff, TypeName};
use crate::app::overlays::confirm::Confirm;
use crate::app::overlays::diff::DiffView;
use crate::app::overlays::input::Input;
use crate::app::overlays::list::List;
use crate::app::overlays::recovery::RecoveryDialogue;
use crate::app::overlays::request::RequestPane;
use crate::app::policies::PolicyItem;
use crate::core::file::FileId;
use crate::core::rego::target::Target;
use crate::strings::T;

/// The overlay that takes the keys.
#[derive(Debug)]
pub enum Overlay {
    /// Commands, by name.
    Palette(List<Command>),
    /// Files of the workspace, and samples.
    Picker(List<PickerItem>),
    /// Commands by heading, with their keys.
    Help(List<HelpRow>),
    /// A line number.
    GoToLine(Prompt),
    /// Places of policies, and what they have in common.
    Places { title: T, list: List<PlaceItem> },
    /// Another name for what stands at the caret.
    Rename(Prompt),
    /// A path to save the file at.
    SaveAs { file: FileId, prompt: Prompt },
    /// A question with buttons.
    Confirm(Confirm),
    /// What an earlier run left.
    Recovery(RecoveryDialogue),
    /// What is asked about each document.
    Request(RequestPane),
    /// Messages that have faded, newest first.
    Messages { scroll: usize },
    /// Two texts compared.
    Diff(DiffView),
    /// The contexts to ask.
    Contexts(ChooseContexts),
    /// The policies, which can be switched off.
    Policies(List<PolicyItem>),
    /// A name to type before it is asked.
    TypeName(TypeName),
    /// The field manager; `seen` are those of the live object.
    Manager { prompt: Prompt, seen: Vec<String> },
    /// Whether a program may run that gets credentials, or get the terminal.
    Consent { plugin: Box<Plugin>, terminal: bool },
    /// What a server would store, compared.
    ServerDiff(ServerDiff),
    /// What clusters were asked.
    Log(LogView),
    /// A finding in full.
    Whole { title: String, text: String, scroll: usize },
}

/// A line of the file picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickerItem {
    pub name: String,
    pub what: PickerTarget,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceItem {
    pub file: FileId,
    pub range: std::ops::Range<usize>,
    /// `policy.rego:12`
    pub place: String,
    /// What stands on the line.
    pub text: String,
}

/// What choosing it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickerTarget {
    File(FileId),
    /// Index into `samples::ALL`.
    Sample(usize),
    /// The manifest that holds the old objects of an UPDATE, or none.
    Old(Option<FileId>),
    /// The OPA that policies are written for.
    Opa(Target),
}

/// A line of the help page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpRow {
    pub command: Command,
    /// The heading that stands above it, for the first of a group.
    pub heading: Option<T>,
    pub keys: String,
}

/// One line of input with a title and, after a wrong answer, why it was wrong.
#[derive(Debug)]
pub struct Prompt {
    pub title: T,
    pub input: Input,
    pub error: Option<String>,
}
