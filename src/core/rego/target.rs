//! Which OPA a policy is written for: a release of OPA itself, or the one inside a product.
//!
//! [`beyond`] finds what a module uses that its target does not have. Such a module would not load there, so it is not
//! judged here. What each release had stands in one table, `target.txt`, made from OPA's capabilities files.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

mod search;

pub use search::beyond;

use super::check::builtin_names;

const TABLE: &str = include_str!("target.txt");

/// A release: major, minor, patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Release(u16, u16, u16);

impl Release {
    const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self(major, minor, patch)
    }

    /// Reads `1.4.2`, with `v` in front or not.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.').map(|part| part.parse().ok());
        let release = Self(parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(release)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// Who judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Product {
    Opa,
    Gatekeeper,
    Conftest,
}

impl Product {
    const fn id(self) -> &'static str {
        match self {
            Self::Opa => "opa",
            Self::Gatekeeper => "gatekeeper",
            Self::Conftest => "conftest",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Opa => "OPA",
            Self::Gatekeeper => "Gatekeeper",
            Self::Conftest => "conftest",
        }
    }

    /// The product's version, OPA's, and the builtins that are off.
    fn row(self) -> Option<[&'static str; 3]> {
        let mut rows = rows("product").filter(|row| row.first() == Some(&self.id()));
        match rows.next()?.as_slice() {
            [_, version, opa, off] => Some([version, opa, off]),
            _ => None,
        }
    }
}

/// The OPA that policies are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Target {
    product: Product,
    opa: Release,
}

impl Default for Target {
    fn default() -> Self {
        Self::OPA
    }
}

impl Target {
    /// The newest OPA that is known.
    pub const OPA: Self = Self { product: Product::Opa, opa: Release::new(1, 22, 2) };
    /// The Gatekeeper that is known: what ConstraintTemplates run in.
    pub const GATEKEEPER: Self = Self { product: Product::Gatekeeper, opa: Release::new(1, 17, 1) };
    /// The conftest that is known.
    pub const CONFTEST: Self = Self { product: Product::Conftest, opa: Release::new(1, 21, 1) };

    /// Reads `opa-1.4.2`, `gatekeeper-3.23.1`, `conftest-0.71.1`. Without a version it is the newest that is known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, version) = match text.split_once('-') {
            Some((name, version)) => (name, Some(version.strip_prefix('v').unwrap_or(version))),
            None => (text, None),
        };
        if name == Product::Opa.id() {
            let Some(version) = version else { return Some(Self::OPA) };
            let opa = Release::parse(version).filter(|release| exists(*release))?;
            return Some(Self { product: Product::Opa, opa });
        }
        [Self::GATEKEEPER, Self::CONFTEST].into_iter().find(|target| {
            let known = target.product.row().map(|[known, ..]| known);
            target.product.id() == name && (version.is_none() || version == known)
        })
    }

    /// Those to choose from: the products, then every minor version of OPA in its last patch, the newest first.
    #[must_use]
    pub fn choices() -> Vec<Self> {
        let mut all = vec![Self::OPA, Self::GATEKEEPER, Self::CONFTEST];
        let opa = |opa: Release| Self { product: Product::Opa, opa };
        all.extend(
            last_patches().map(opa).filter(|target| *target != Self::OPA).collect::<Vec<_>>().iter().rev(),
        );
        all
    }

    /// What it is called in settings and on the command line: `gatekeeper-3.23.1`.
    #[must_use]
    pub fn id(self) -> String {
        format!("{}-{}", self.product.id(), self.version())
    }

    fn version(self) -> String {
        match self.product.row() {
            Some([version, ..]) => version.to_owned(),
            None => self.opa.to_string(),
        }
    }

    /// The product alone: `Gatekeeper 3.23.1`, `OPA 1.4.2`.
    #[must_use]
    pub fn product(self) -> String {
        format!("{} {}", self.product.name(), self.version())
    }

    /// Files are read as Rego v0: it comes before OPA 1.0.
    #[must_use]
    pub fn reads_v0(self) -> bool {
        self.opa < Release::new(1, 0, 0)
    }

    /// `import future.keywords` switches on `and`, `or` and the new `not` too.
    #[must_use]
    pub fn wide_wildcard(self) -> bool {
        self.opa >= Release::new(1, 20, 0)
    }

    /// Whether a release with this number, or an older one, is inside.
    fn has(self, since: Release) -> bool {
        self.opa >= since
    }

    /// A builtin that the product does not offer as it ships.
    fn is_off(self, builtin: &str) -> bool {
        self.product.row().is_some_and(|[.., off]| off.split(' ').any(|name| name == builtin))
    }
}

/// `Gatekeeper 3.23.1 = OPA 1.17.1`
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.product())?;
        if self.product == Product::Opa { Ok(()) } else { write!(f, " = OPA {}", self.opa) }
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.id()
    }
}

impl TryFrom<String> for Target {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // internal: the settings and the command line put it into words
        Self::parse(&text).ok_or_else(Self::expected)
    }
}

impl Target {
    /// What [`Target::parse`] reads, for an error.
    #[must_use]
    pub fn expected() -> String {
        let oldest = last_patches().next().map(|release| Release::new(release.0, release.1, 0));
        let oldest = oldest.map(|release| release.to_string()).unwrap_or_default();
        let [opa, gatekeeper, conftest] = [Self::OPA, Self::GATEKEEPER, Self::CONFTEST].map(Self::id);
        format!("{gatekeeper}, {conftest}, or opa-{oldest} to {opa}")
    }
}

/// What a module uses that its target does not have, or does otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond {
    /// Bytes of the file.
    pub range: Range<usize>,
    /// What it is.
    pub what: Used,
    /// Why not.
    pub why: Why,
}

/// What is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Used {
    /// A keyword, an import or a builtin, as it is written.
    Word(String),
    /// `a.b := 1`
    NameOfParts,
    /// `a[x].b := 1`, `a.b contains x`
    NameWithVariables,
    /// `input.if`
    KeywordInReference(String),
    /// `$"…"`
    TemplateString,
    /// `-x`
    Minus,
    /// `x in {a, input.b}`
    ComputedMembers,
    /// `some x in []`
    EmptyCollection,
}

/// Why a target cannot judge it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It came with this release.
    Since(Release),
    /// The product has it switched off.
    Off,
    /// The releases from the first to the last are known to be wrong here.
    Wrong(Release, Release),
}

fn rows(kind: &str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(move |line| {
        line.strip_prefix(kind)?.strip_prefix('\t').map(|row| row.split('\t').collect())
    })
}

fn last_patches() -> impl Iterator<Item = Release> {
    let row = rows("releases").next().unwrap_or_default();
    row.into_iter()
        .flat_map(|list| list.split(' '))
        .filter_map(Release::parse)
        .collect::<Vec<_>>()
        .into_iter()
}

fn exists(release: Release) -> bool {
    last_patches().any(|last| (last.0, last.1) == (release.0, release.1) && release.2 <= last.2)
}

/// The release that first had a keyword or a piece of syntax.
fn since(name: &str) -> Option<Release> {
    rows("since").find(|row| row.first() == Some(&name)).and_then(|row| Release::parse(row.get(1)?))
}

/// The first and the last release that do this wrongly.
fn wrong(name: &str) -> Option<(Release, Release)> {
    let row = rows("wrong").find(|row| row.first() == Some(&name))?;
    Some((Release::parse(row.get(1)?)?, Release::parse(row.get(2)?)?))
}

/// The release that first had a builtin.
fn builtin_since(name: &str) -> Option<Release> {
    builtin_names().find(|(known, _)| *known == name).and_then(|(_, since)| Release::parse(since))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_have_names_that_are_read_again() {
        for (text, shown) in [
            ("opa-1.22.2", "OPA 1.22.2"),
            ("opa", "OPA 1.22.2"),
            ("opa-v1.4.1", "OPA 1.4.1"),
            ("opa-0.34.2", "OPA 0.34.2"),
            ("gatekeeper-3.23.1", "Gatekeeper 3.23.1 = OPA 1.17.1"),
            ("gatekeeper", "Gatekeeper 3.23.1 = OPA 1.17.1"),
            ("conftest-0.71.1", "conftest 0.71.1 = OPA 1.21.1"),
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!(target.to_string(), shown);
            assert_eq!(Target::parse(&target.id()), Some(target));
        }
        for text in ["", "opa-1.22.3", "opa-1.4", "opa-0.16.0", "gatekeeper-3.1.0", "kyverno", "opa-1.4.2.0"]
        {
            assert_eq!(Target::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_constants_are_those_of_the_table() {
        for target in [Target::GATEKEEPER, Target::CONFTEST] {
            let [_, opa, _] = target.product.row().unwrap();
            assert_eq!(Release::parse(opa), Some(target.opa));
        }
        assert_eq!(last_patches().max(), Some(Target::OPA.opa));
        let choices = Target::choices();
        assert!(choices.iter().all(|target| Target::parse(&target.id()) == Some(*target)));
        assert_eq!(choices.len(), last_patches().count() + 2);
        assert!(
            rows("since")
                .all(|row| row.get(1).is_some_and(|since| Release::parse(since).is_some_and(exists)))
        );
    }
}
