//! What is asked of the user before and after clusters are asked: contexts, names, managers; and what is read at leisure.

use crate::app::cluster::Context;
use crate::app::overlays::input::Input;
use crate::app::overlays::list::List;
use crate::core::dry_run::{Answer, Diff, Versions};

/// The contexts to ask, several of them.
#[derive(Debug)]
pub struct ChooseContexts {
    pub list: List<Context>,
    /// The names that are ticked, in the order of the list.
    pub ticked: Vec<String>,
}

impl ChooseContexts {
    /// All contexts, those of `chosen` ticked.
    #[must_use]
    pub fn new(contexts: &[Context], chosen: &[String]) -> Self {
        let items = contexts
            .iter()
            .map(|context| (context.clone(), format!("{}  {}", context.name, context.server)))
            .collect();
        Self { list: List::new(items), ticked: chosen.to_vec() }
    }

    /// Ticks the selected context, or takes its tick away.
    pub fn toggle(&mut self) {
        let Some(name) = self.list.chosen().map(|context| context.name.clone()) else { return };
        match self.ticked.iter().position(|ticked| *ticked == name) {
            Some(at) => drop(self.ticked.remove(at)),
            None => self.ticked.push(name),
        }
    }

    /// What Enter takes: those that are ticked in the order of the list, or the selected one if none is.
    #[must_use]
    pub fn chosen(&self) -> Vec<String> {
        let names = self.list.items.iter().map(|context| &context.name);
        let ticked: Vec<String> = names.filter(|name| self.ticked.contains(name)).cloned().collect();
        if ticked.is_empty() {
            return self.list.chosen().map(|context| context.name.clone()).into_iter().collect();
        }
        ticked
    }
}

/// The name of a context that looks like production has to be typed before it is asked.
#[derive(Debug)]
pub struct TypeName {
    pub context: String,
    pub input: Input,
    /// What was typed last is not the name.
    pub wrong: bool,
}

impl TypeName {
    /// For this context.
    #[must_use]
    pub fn new(context: String) -> Self {
        Self { context, input: Input::default(), wrong: false }
    }

    /// Whether the name stands there.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.input.text().trim() == self.context
    }
}

/// What the command log shows, and which action is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogView {
    /// Counted from the newest.
    pub selected: usize,
    pub scroll: usize,
}

/// An answer's object in two versions.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerDiff {
    /// Whose it is: context and object.
    pub title: String,
    /// Of a Secret, whose values are hidden.
    pub masked: bool,
    pub versions: Versions,
    /// What was written, and what would be stored; `None` if one of them is not known.
    pub yours: Option<Diff>,
    /// What is there, and what would be stored.
    pub live: Option<Diff>,
    pub scroll: usize,
}

impl ServerDiff {
    /// Of one answer. It begins with the change of what is there, if there is something.
    #[must_use]
    pub fn new(title: String, answer: &Answer) -> Self {
        let (yours, live) =
            (answer.diff(Versions::YoursToServer, &[]), answer.diff(Versions::LiveToServer, &[]));
        let versions = if answer.live.is_some() { Versions::LiveToServer } else { Versions::YoursToServer };
        let masked = answer.target.object.kind == "Secret";
        Self { title, masked, versions, yours, live, scroll: 0 }
    }

    /// The comparison that is shown.
    #[must_use]
    pub fn shown(&self) -> Option<&Diff> {
        match self.versions {
            Versions::YoursToServer => self.yours.as_ref(),
            Versions::LiveToServer => self.live.as_ref(),
        }
    }

    /// The other comparison.
    pub fn turn(&mut self) {
        self.versions = match self.versions {
            Versions::YoursToServer => Versions::LiveToServer,
            Versions::LiveToServer => Versions::YoursToServer,
        };
        self.scroll = 0;
    }
}
