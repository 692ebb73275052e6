//! Where in a manifest a finding points to.

use crate::core::decision::ManifestPlace;
use crate::core::policy::document::{Document, Documents};
use crate::core::policy::module::Definition;
use crate::core::policy::options::InputShape;

/// The fields of the document that the definitions read, nearest first.
#[must_use]
pub fn places(
    _documents: &Documents,
    _document: &Document,
    _shape: InputShape,
    _definitions: &[&Definition],
) -> Vec<ManifestPlace> {
    Vec::new()
}
