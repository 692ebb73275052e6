//! What is judged, and how.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::core::decision::Reason;
use crate::core::file::{FileId, Revision, Role};
pub use crate::core::manifest::request::Exec;
use crate::core::manifest::request::{RequestOptions, Shape};
use crate::core::policy::outside::Mock;
use crate::core::policy::query::Query;
use crate::core::policy::testing::TestOptions;
use crate::core::rego::target::Target;
use crate::strings::Lang;

/// One file of the workspace with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Which file.
    pub file: FileId,
    /// As shown to people and printed in locations.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Which state of it.
    pub revision: Revision,
    /// Its text.
    #[serde(skip)]
    pub text: String,
}

impl SourceFile {
    /// Whether a policy is a Rego file, not a YAML or JSON file of Gatekeeper.
    #[must_use]
    pub fn is_rego(&self) -> bool {
        !crate::core::file::is_yaml(&self.name)
    }
}

/// How policies are read and judged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JudgeOptions {
    /// The question about each document.
    pub asked: Asked,
    /// Rego as before OPA 1.0.
    pub v0: bool,
    /// The OPA that policies are written for. One before 1.0 reads Rego as `v0` does.
    pub target: Target,
    /// The language of remarks on manifests.
    pub lang: Lang,
    /// The checks are those of OPA's strict mode.
    pub strict: bool,
    /// Only what is wrong with the texts: modules are compiled, nothing is evaluated, and no document is decided.
    pub lint: bool,
    /// Only this is answered: no document is decided.
    pub query: Option<Query>,
    /// The time at which everything is decided, in nanoseconds since 1970, if it is not the real one.
    pub now: Option<i64>,
    /// What builtins answer that would ask the world outside.
    pub mocks: Vec<Mock>,
    /// Only unit tests are run: no document is decided.
    pub tests: Option<TestOptions>,
    /// Give each rule an engine of its own and tell every step, to find the one that ends the process.
    pub careful: bool,
    /// What must not be evaluated, since it ended the evaluator before.
    pub skip: Vec<Skip>,
}

/// What is asked about each document: the request that is made of it, and how it is read. What is empty is as
/// `kubectl apply` by a cluster's first administrator would have it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The shape of `input`.
    pub shape: InputShape,
    /// The objects as they are written, not as the API server would store them.
    pub raw: bool,
    /// `CREATE` if empty.
    pub operation: String,
    /// Who asks; `kubernetes-admin` if empty.
    pub user: String,
    /// The groups of who asks.
    pub groups: Vec<String>,
    /// The namespace of objects that name none; `default` if empty.
    pub namespace: String,
    /// Labels of the namespace of each document. If there are any, those of its Namespace document do not count.
    pub namespace_labels: BTreeMap<String, String>,
    /// The manifest that holds the objects as they were before an UPDATE. Its documents are not judged.
    pub old: Option<FileId>,
    /// What a CONNECT to a Pod runs.
    pub exec: Exec,
    /// The policies that are switched off, by package, or kind and name of the constraint.
    pub off: BTreeSet<String>,
}

/// How a policy reads its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputShape {
    /// By what the policy refers to: `input.request`, `input.review`, else the object.
    #[default]
    Auto,
    /// The object itself.
    Object,
    /// An AdmissionReview: `input.request.object`.
    Request,
    /// Gatekeeper's: `input.review.object`.
    Review,
}

impl Asked {
    /// The manifest with the old objects, where the operation has any.
    #[must_use]
    pub fn old_file(&self) -> Option<FileId> {
        self.old.filter(|_| matches!(self.operation.as_str(), "UPDATE" | "DELETE"))
    }

    /// The request that is made of each object.
    #[must_use]
    pub fn request(&self) -> RequestOptions {
        let defaults = RequestOptions::default();
        let or = |value: &str, default: String| if value.is_empty() { default } else { value.to_owned() };
        RequestOptions {
            operation: or(&self.operation, defaults.operation),
            user: or(&self.user, defaults.user),
            groups: if self.groups.is_empty() { defaults.groups } else { self.groups.clone() },
            namespace: or(&self.namespace, defaults.namespace),
            namespace_labels: self.namespace_labels.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            exec: self.exec.clone(),
            ..RequestOptions::default()
        }
    }
}

impl InputShape {
    /// The shape of a request; the object itself if nothing is said.
    #[must_use]
    pub fn of_request(self) -> Shape {
        match self {
            Self::Auto | Self::Object => Shape::Object,
            Self::Request => Shape::Request,
            Self::Review => Shape::Review,
        }
    }
}

/// One step of a run, told before it begins, so that whoever watches knows what ended the run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Step {
    /// Reading a file.
    Read { file: FileId },
    /// Linking modules for the engine.
    Prepare,
    /// Evaluating a rule. `definition` counts the rule's definitions if they are evaluated one by one.
    Rule { package: String, rule: String, definition: Option<usize> },
    /// Running a unit test. `print` identifies it with everything that it depends on.
    Test { package: String, name: String, print: u64 },
}

/// A step that is left out, and what its part of the decision says instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// Which.
    pub step: Step,
    /// Why.
    pub reason: Reason,
}
