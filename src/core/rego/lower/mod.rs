//! Lowering: from the author's statement to text that the engine judges as OPA does.
//!
//! The output is always Rego v1 without template strings, `and`, `or`, `not { … }` and the other constructs that the
//! engine reads differently or not at all. Every line break of the statement is kept, once and in order, so line `n`
//! of the output is line `n` of the statement; [`SourceMap`] gives the exact byte. What cannot be lowered
//! faithfully is listed as [`Unsupported`], and whoever needs the statement is not judged.
//!
//! What the engine must be given as extensions, because the engine itself ends a rule with an error where OPA says
//! undefined, or has no such function:
//!
//! | name | arguments | answer |
//! |---|---|---|
//! | `__rs_plus`, `__rs_times`, `__rs_divide`, `__rs_remainder` | 2 | the number; undefined for other types, for division by zero and for `%` of fractions |
//! | `__rs_minus` | 2 | difference of two numbers or of two sets, else undefined |
//! | `__rs_union`, `__rs_intersection` | 2 | of two sets, else undefined |
//! | `__rs_each` | 1 | the argument if it is an array, object or set, else undefined |
//! | `__rs_member` | 3 | whether a key (in a set: the member itself) has a value in a collection |
//! | `__rs_object` | 1 | of an array of keys and values the object; the rule is not judged if a key has two values |
//! | `__rs_template` | 1 | the pieces of a template string, joined: strings as they are, `[x]` as `x` in OPA's notation, `[]` as `<undefined>` |
//! | `__rs_not_run` | 1 | none: the builtin of this name is not run, and the rule is not judged |
//! | `__rs_fired` | 3 | records (id, value, witnesses), answers true |

mod body;
mod buf;
mod flat;
mod operand;
mod rule;
mod template;
mod term;
mod with;

use std::collections::{HashMap, HashSet};

use super::ast::{Module, Placed, RuleKind, Span, StatementKind};
use super::parser::Dialect;
use buf::Buf;
pub use buf::SourceMap;
pub use with::{Callee, FUNCTIONS, Given, Mock};

/// Names that are not local variables in a file: rules of its package (from all files of the package) and imports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    package: Vec<String>,
    rules: HashSet<String>,
    imports: HashMap<String, Vec<String>>,
}

impl Names {
    /// Collects the rules of all files of a package.
    #[must_use]
    pub fn of_package<'a>(files: impl IntoIterator<Item = &'a Module>) -> Self {
        let mut names = Self::default();
        for module in files {
            for placed in &module.statements {
                match &placed.statement.kind {
                    StatementKind::Rule(rule) => {
                        names.rules.insert(rule.head.name.clone());
                    }
                    StatementKind::Package(package) => names.package.clone_from(&package.path),
                    _ => {}
                }
            }
        }
        names
    }

    /// The same with the imports of one of its files.
    #[must_use]
    pub fn with_imports(&self, file: &Module) -> Self {
        let mut names = self.clone();
        for placed in &file.statements {
            if let StatementKind::Import(import) = &placed.statement.kind
                && let Some(name) = import.name()
            {
                names.imports.insert(name.to_owned(), import.path.clone());
            }
        }
        names
    }

    /// Whether a variable of this name may be a rule or an import.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.rules.contains(name) || self.imports.contains_key(name) || matches!(name, "input" | "data")
    }

    /// What a name that is not local stands for, as a reference into `data` or `input`. Imports beat rules; what is
    /// neither is taken for a rule of another file of the package.
    #[must_use]
    pub fn resolve(&self, name: &str) -> Option<Vec<String>> {
        if let Some(path) = self.imports.get(name) {
            return Some(path.clone());
        }
        let rule = self.rules.contains(name) || !matches!(name, "input" | "data");
        rule.then(|| {
            let rule = std::iter::once(name.to_owned());
            std::iter::once("data".to_owned()).chain(self.package.iter().cloned()).chain(rule).collect()
        })
    }
}

/// How to lower a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LowerOptions {
    /// The first number of the probes of this statement; body `i` (counted from 0) gets `probe + i`. `None`: no
    /// probes.
    pub probe: Option<u64>,
}

/// A statement in the engine's form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lowered {
    /// Rego v1, with the line breaks of the statement.
    pub text: String,
    /// From bytes of `text` to bytes of the statement.
    pub map: SourceMap,
    /// What could not be lowered.
    pub unsupported: Vec<Unsupported>,
    /// The probes that were put in.
    pub probes: Vec<Probe>,
    /// Each `with` that may replace a function.
    pub mocks: Vec<Mock>,
}

/// A construct that the engine would judge otherwise than OPA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// In the statement.
    pub span: Span,
    /// As it is written in Rego, e.g. `default p := $"…"`.
    pub what: String,
}

/// A call of `__rs_fired` at the end of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The first argument.
    pub id: u64,
    /// The body it stands in, or the head if there is no body.
    pub span: Span,
    /// The names of the third argument, in order: what `some … in` binds in this body.
    pub witnesses: Vec<String>,
}

/// What a rule statement defines: enough to put the statements of a package together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInfo {
    /// The first name.
    pub name: String,
    /// The constant names of the path, `name` first.
    pub path: Vec<String>,
    /// What it defines.
    pub kind: RuleKind,
    /// It begins with `default`.
    pub default: bool,
    /// In the file.
    pub range: std::ops::Range<usize>,
}

/// Describes a statement; `None` if it is no rule.
#[must_use]
pub fn rule_info(placed: &Placed) -> Option<RuleInfo> {
    let StatementKind::Rule(rule) = &placed.statement.kind else { return None };
    Some(RuleInfo {
        name: rule.head.name.clone(),
        path: rule.head.path().into_iter().map(str::to_owned).collect(),
        kind: rule.head.kind,
        default: rule.default,
        range: placed.range(),
    })
}

/// Whether a builtin is an operator that is called by its name: `lt(a, b)`. Lowering makes it one.
#[must_use]
pub fn is_operator(name: &str) -> bool {
    term::operator_of(name, 2).is_some()
}

/// Lowers one statement of `file` (the text of the whole file). `names` are those of its package and its imports.
#[must_use]
pub fn lower(placed: &Placed, file: &str, names: &Names, options: LowerOptions) -> Lowered {
    let source = file.get(placed.range()).unwrap_or_default();
    let mut lowerer = Lowerer {
        source,
        names,
        dialect: placed.statement.dialect,
        options,
        unsupported: Vec::new(),
        probes: Vec::new(),
        mocks: Vec::new(),
        fresh: 0,
        scopes: Vec::new(),
        patterns: 0,
        every: Vec::new(),
        hoists: Vec::new(),
        nested: 0,
        collections: 0,
    };
    let buf = match &placed.statement.kind {
        StatementKind::Package(package) => lowerer.package(package),
        StatementKind::Import(import) => lowerer.import(import),
        StatementKind::Rule(rule) => lowerer.rule(rule),
        StatementKind::Broken => Buf::default(),
    };
    let (text, map) = buf.finish();
    Lowered { text, map, unsupported: lowerer.unsupported, probes: lowerer.probes, mocks: lowerer.mocks }
}

/// Statements that go in front of a literal.
#[derive(Default)]
struct Frame {
    statements: Vec<Buf>,
    /// How deep in brackets the literal itself stands: (all, collections).
    base: (u32, u32),
}

struct Lowerer<'a> {
    /// The statement.
    source: &'a str,
    names: &'a Names,
    dialect: Dialect,
    options: LowerOptions,
    unsupported: Vec<Unsupported>,
    probes: Vec<Probe>,
    mocks: Vec<Mock>,
    /// Counts the names made up so far.
    fresh: u32,
    /// Local names and what they are called in the output, innermost body last.
    scopes: Vec<HashMap<String, String>>,
    /// How many patterns the term stands in.
    patterns: u32,
    /// What the `every` around the literal bind.
    every: Vec<String>,
    /// Statements to put in front of the literal that is being lowered, innermost literal last.
    hoists: Vec<Frame>,
    /// How many brackets are open around the term, since the last literal began or a term was hoisted.
    nested: u32,
    /// The same, arrays, sets and objects only.
    collections: u32,
}

impl Lowerer<'_> {
    fn refuse(&mut self, span: Span, what: impl Into<String>) {
        let what = what.into();
        if !self.unsupported.iter().any(|u| u.span == span) {
            self.unsupported.push(Unsupported { span, what });
        }
    }

    fn fresh(&mut self) -> String {
        self.fresh += 1;
        format!("__rs{}", self.fresh)
    }

    /// Runs `lower` and collects what it wants in front.
    fn with_front<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> (T, Vec<Buf>) {
        self.hoists.push(Frame { statements: Vec::new(), base: (self.nested, self.collections) });
        let result = lower(self);
        let front = self.hoists.pop().map(|frame| frame.statements).unwrap_or_default();
        (result, front)
    }

    /// The source with some of its parts replaced; `parts` are in order and lie inside `span`.
    fn splice(&self, span: Span, parts: Vec<(Span, Buf)>) -> Buf {
        let mut buf = Buf::default();
        let mut at = span.start;
        for (part, replacement) in parts {
            buf.copy(self.source, at..part.start);
            buf.append(&replacement);
            at = part.end;
        }
        buf.copy(self.source, at..span.end);
        buf
    }
}
