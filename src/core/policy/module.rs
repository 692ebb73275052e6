//! What the judge knows of a module before it runs: its package, its definitions, and what each of them uses.
//!
//! The judge works on definitions, not on files: what an entry rule depends on is cut out and evaluated alone, and
//! what was evaluated is remembered under a fingerprint of exactly that text.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::core::policy::paths::Path;
use crate::core::policy::reads::Reads;
use crate::core::policy::testing::discover::TestHead;
use crate::core::rego::lower::{Mock, Probe, SourceMap};

/// One module as the judge sees it.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// Package without `data.`: `["kubernetes", "admission"]`.
    pub package: Vec<String>,
    /// Where the package is declared.
    pub package_range: Range<usize>,
    /// The imports, in the order of the text.
    pub imports: Vec<Import>,
    /// The rules and functions, in the order of the text.
    pub definitions: Vec<Placed>,
    /// What the engine cannot do as OPA does, and that concerns the whole module.
    pub unsupported: Vec<(Range<usize>, String)>,
}

/// `import data.lib.images as img`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Import {
    /// The path with its root: `["data", "lib", "images"]`.
    pub path: Vec<String>,
    /// The name it has in the module.
    pub name: String,
    /// The statement, as the engine reads it.
    pub text: String,
}

/// A definition and where it stands.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Its first byte in the author's text.
    pub start: usize,
    /// Shared: an edit elsewhere keeps it.
    pub definition: Arc<Definition>,
}

impl Placed {
    /// Its bytes in the author's text.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.definition.len
    }

    /// A range of the definition in the author's text.
    #[must_use]
    pub fn at(&self, range: &Range<usize>) -> Range<usize> {
        self.start + range.start..self.start + range.end
    }
}

/// One definition of a rule or a function, with its `else` chain. A rule can have several.
#[derive(Debug, Clone, Default)]
pub struct Definition {
    /// The first part of its name; `a` of `a.b.c := 1`.
    pub name: String,
    /// The constant beginning of its path: `a`, `b` of `a.b[x]`.
    pub ground: Vec<String>,
    /// More follows in the path, and is not constant.
    pub varies: bool,
    /// What it makes.
    pub kind: Kind,
    /// Bytes of it in the author's text.
    pub len: usize,
    /// The head, from the definition's first byte.
    pub head: Range<usize>,
    /// The text that the engine reads: lowered.
    pub text: Arc<str>,
    /// From bytes of [`Definition::text`] to bytes of the author's definition.
    pub map: SourceMap,
    /// Identifies [`Definition::text`].
    pub hash: u64,
    /// Where the name stands in [`Definition::text`]; more than once if the text holds several rules. Only for entry
    /// rules and tests.
    pub names_in_text: Vec<Range<usize>>,
    /// The probes in [`Definition::text`]. Only for entry rules.
    pub probes: Vec<Probe>,
    /// Names it reads that it does not bind itself: rules, functions, imports; perhaps variables of its own too.
    pub names: BTreeSet<String>,
    /// References to `data`, as far as their parts are constant.
    pub data: BTreeSet<Vec<String>>,
    /// What it reads, in the order of the text.
    pub reads: Vec<Path>,
    /// Everything of its input that it can notice.
    pub noticed: Reads,
    /// What its value or its members are made of, where that can be told.
    pub yields: Vec<Path>,
    /// Everything that is called.
    pub calls: Vec<Call>,
    /// The unit test that it is.
    pub test: Option<TestHead>,
    /// What `with` replaces, as it is written: `input.x`, `data.a`, `count`, and where.
    pub replaced: Vec<(Range<usize>, String)>,
    /// Each `with` that may replace a function.
    pub mocks: Vec<Mock>,
    /// What the engine cannot do as OPA does, with ranges from the definition's first byte.
    pub unsupported: Vec<(Range<usize>, String)>,
    /// A number whose spelling the engine forgets, `1.0`, and that may get into a text.
    pub spelled: Option<Range<usize>>,
    /// It makes a text in which the spelling of a number may show.
    pub speaks: bool,
}

/// What a definition makes of its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// `x := 1 if …`, `x if …`
    #[default]
    Complete,
    /// `x contains y if …`
    Set,
    /// `x[k] := v if …`, `x.y.z := v`
    Object,
    /// `f(x) := y if …`
    Function,
    /// `default x := 1`
    Default,
}

/// A call and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `count`, `regex.match`, `data.lib.f`.
    pub name: String,
    /// The name, from the definition's first byte.
    pub range: Range<usize>,
    /// What the arguments are made of.
    pub args: Vec<Vec<Path>>,
}
