//! The list of policies: what kind each is, what it found, and whether it is asked.

use crate::app::App;
use crate::app::input::{Chord, Key};
use crate::app::keys::LIST_PAGE;
use crate::app::overlays::Overlay;
use crate::app::overlays::list::{List, ListEvent};
use crate::core::decision::{Evaluation, PolicyInfo};
use crate::core::file::{FileId, Role};
use crate::core::policy::options::Asked;
use crate::strings::T;

/// What a policy is, in the order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKind {
    /// A constraint of Gatekeeper.
    Constraint,
    /// A file of ConstraintTemplates without a constraint of its own.
    Template,
    /// An admission webhook: `package kubernetes.admission`.
    Webhook,
    /// conftest's: `package main`.
    Conftest,
    /// Any other package with entry rules.
    Policy,
    /// Only others use it.
    Library,
}

impl PolicyKind {
    /// Its name.
    #[must_use]
    pub fn name(self) -> T {
        match self {
            Self::Constraint => T::KindConstraint,
            Self::Template => T::KindTemplate,
            Self::Webhook => T::KindWebhook,
            Self::Conftest => T::KindConftest,
            Self::Policy => T::KindPolicy,
            Self::Library => T::KindLibrary,
        }
    }

    fn of(policy: &PolicyInfo) -> Self {
        match policy.package.as_str() {
            _ if policy.constraint.is_some() => Self::Constraint,
            "kubernetes.admission" => Self::Webhook,
            "main" => Self::Conftest,
            package if package.starts_with("kubernetes.admission.") => Self::Webhook,
            package if package.starts_with("main.") => Self::Conftest,
            _ => Self::Policy,
        }
    }
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyItem {
    pub kind: PolicyKind,
    /// The package, or kind and name of the constraint; the file of a library or a template.
    pub name: String,
    pub file: FileId,
    /// Whether it can be switched off: it is asked about documents.
    pub asked: bool,
}

impl PolicyItem {
    /// How many findings it has in all documents of a decision.
    #[must_use]
    pub fn findings(&self, shown: &Evaluation) -> usize {
        let at = shown.policies.iter().position(|policy| policy.package == self.name);
        let cells = shown.documents.iter().filter_map(|document| document.cells.get(at?));
        cells.map(|cell| cell.findings.len()).sum()
    }
}

impl App {
    /// Opens the list.
    pub(super) fn choose_policies(&mut self) {
        let mut items: Vec<PolicyItem> = Vec::new();
        for policy in self.decision.shown.iter().flat_map(|shown| &shown.policies) {
            let asked = !policy.package.is_empty();
            let name = if asked { policy.package.clone() } else { self.files.name(policy.file).to_owned() };
            items.push(PolicyItem { kind: PolicyKind::of(policy), name, file: policy.file, asked });
        }
        self.policies.look(&self.files);
        for file in self.files.iter().filter(|file| file.role == Role::Policy) {
            let package = self.policies.package(file.id);
            let has_policy =
                items.iter().any(|item| item.file == file.id || Some(&item.name) == package.as_ref());
            let is_test = file.name.ends_with("_test.rego");
            if !has_policy && !is_test {
                let kind = if file.is_rego() { PolicyKind::Library } else { PolicyKind::Template };
                items.push(PolicyItem { kind, name: file.name.clone(), file: file.id, asked: false });
            }
        }
        items.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        let lang = self.settings.lang;
        let text = |item: PolicyItem| {
            let text = format!("{}  {}", item.name, item.kind.name().text(lang));
            (item, text)
        };
        self.overlays.push(Overlay::Policies(List::new(items.into_iter().map(text).collect())));
    }

    /// A key while the list is open. Esc has closed it already.
    pub(super) fn policies_key(&mut self, chord: Chord) {
        let now = self.now;
        let Some(Overlay::Policies(list)) = self.overlays.last_mut() else { return };
        match chord.key {
            Key::Tab => self.switch_policy(),
            // Nobody looks for a blank before anything else was typed.
            Key::Char(' ') if list.input.text().is_empty() => self.switch_policy(),
            _ => {
                if let ListEvent::Chosen(index) = list.key(chord, LIST_PAGE, now)
                    && let Some(file) = list.items.get(index).map(|item| item.file)
                {
                    self.overlays.pop();
                    self.go_to_file(file);
                }
            }
        }
    }

    /// Switches the selected policy off, or on again.
    pub(super) fn switch_policy(&mut self) {
        let Some(Overlay::Policies(list)) = self.overlays.last() else { return };
        let Some(item) = list.chosen().filter(|item| item.asked) else { return };
        let mut off = self.asked.off.clone();
        if !off.remove(&item.name) {
            off.insert(item.name.clone());
        }
        self.ask_instead(Asked { off, ..self.asked.clone() });
    }
}
