//! The question about each document, as arguments that several commands take.

use crate::core::manifest::labels;
use crate::core::policy::options::{Asked, InputShape};
use crate::strings::{self, Lang};

/// The request that is made of the objects, and how policies read it.
#[derive(Debug, Clone, clap::Args)]
pub struct AskedArgs {
    /// What is done with the objects.
    #[arg(long, default_value = "CREATE", hide_possible_values = true, value_parser = ["CREATE", "UPDATE", "DELETE", "CONNECT"], ignore_case = true)]
    pub operation: String,
    /// Who does it.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// A group of who does it. Can be given several times.
    #[arg(long, value_name = "NAME")]
    pub group: Vec<String>,
    /// The namespace of objects that name none.
    #[arg(long, short, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Labels of the namespace that the objects are in.
    #[arg(long, value_name = "KEY=VALUE", value_delimiter = ',', value_parser = label)]
    pub namespace_labels: Vec<(String, String)>,
    /// How the policies read `input`.
    #[arg(long, value_enum, hide_possible_values = true, default_value_t = Shape::Auto)]
    pub input_shape: Shape,
    /// The objects as they are written, not as the API server would store them.
    #[arg(long)]
    pub raw: bool,
}

/// How policies read `input`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shape {
    /// By what each policy refers to.
    Auto,
    /// The object itself.
    Object,
    /// An AdmissionReview.
    Request,
    /// Gatekeeper's review.
    Review,
}

impl AskedArgs {
    /// The question, for the judge.
    #[must_use]
    pub fn asked(&self) -> Asked {
        Asked {
            shape: match self.input_shape {
                Shape::Auto => InputShape::Auto,
                Shape::Object => InputShape::Object,
                Shape::Request => InputShape::Request,
                Shape::Review => InputShape::Review,
            },
            raw: self.raw,
            operation: self.operation.to_uppercase(),
            user: self.user.clone().unwrap_or_default(),
            groups: self.group.clone(),
            namespace: self.namespace.clone().unwrap_or_default(),
            namespace_labels: self.namespace_labels.iter().cloned().collect(),
            ..Asked::default()
        }
    }
}

/// clap says in English what is wrong with an argument.
fn label(text: &str) -> Result<(String, String), String> {
    labels::label(text).map_err(|error| {
        let (text, what) = strings::label_error(&error);
        text.fill(Lang::En, &[("what", &what)])
    })
}
