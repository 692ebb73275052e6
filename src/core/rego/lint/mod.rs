//! Advice beyond OPA's own checks: what parses and compiles and still does not do what its author thinks.
//!
//! [`Lint`] is the table of rules; those that mean the same as one of Regal's have its name. A rule is looked for in one
//! statement ([`view::View`]), so that what was found is kept as long as the statement is ([`Memo`]), or in a file beside
//! all others ([`unused`], [`gatekeeper`], [`testing`]). `# regal ignore:` and `# regoscope ignore:` take advice back
//! ([`ignore`]).
//!
//! Architecture invariant: advice is given where it is certain. What may be right in some policy is a note at most.

mod conditions;
mod formats;
mod gatekeeper;
mod ignore;
mod input;
mod loops;
mod negation;
mod repair;
mod style;
mod testing;
mod unused;
mod view;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use super::ast::{Module, RuleKind, Span, Statement, StatementKind};
use crate::core::diagnostics::{Diagnostic, Edit, Fix, Origin, Severity};
use crate::core::manifest::schema::Schemas;
use crate::strings::{Lang, T};
pub use repair::repair;
use view::View;

/// Declares [`Lint`] and its table: name, severity, words.
macro_rules! lints {
    ($( $name:ident $code:literal $severity:ident $says:ident; )*) => {
        /// Names one rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Lint { $( #[doc = $code] $name, )* }

        impl Lint {
            /// All of them.
            pub const ALL: &'static [Lint] = &[ $( Lint::$name, )* ];

            /// Its name in reports and in `ignore` comments.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $( Lint::$name => $code, )* }
            }

            /// How much it matters.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $( Lint::$name => Severity::$severity, )* }
            }

            const fn says(self) -> T {
                match self { $( Lint::$name => T::$says, )* }
            }
        }
    };
}

lints! {
    // Regal's names.
    ConstantCondition "constant-condition" Warning LintAlwaysHolds;
    ImpossibleNot "impossible-not" Warning LintImpossibleNot;
    NotEqualsInLoop "not-equals-in-loop" Warning LintNotEqualsInLoop;
    UnassignedReturnValue "unassigned-return-value" Warning LintUnassigned;
    SprintfArguments "sprintf-arguments-mismatch" Warning LintSprintf;
    RuleShadowsBuiltin "rule-shadows-builtin" Warning LintShadowsBuiltin;
    IdenticallyNamedTests "identically-named-tests" Warning LintSameTest;
    UnusedOutputVariable "unused-output-variable" Note LintUnusedOutput;
    RedundantExistenceCheck "redundant-existence-check" Note LintRedundantCheck;
    VarShadowsBuiltin "var-shadows-builtin" Note LintShadowsBuiltin;
    UseAssignmentOperator "use-assignment-operator" Note LintUseAssignment;
    UseIf "use-if" Note LintUseIf;
    UseContains "use-contains" Note LintUseContains;
    PreferSnakeCase "prefer-snake-case" Note LintSnakeCase;
    PrintOrTraceCall "print-or-trace-call" Note LintPrint;
    TodoTest "todo-test" Note LintTodoTest;
    TestOutsideTestPackage "test-outside-test-package" Note LintTestOutside;
    // Ours.
    NeverTrue "never-true" Warning LintContradiction;
    NotUndefinedArgument "not-undefined-argument" Warning LintNotUndefined;
    UnknownInputField "unknown-input-field" Warning LintUnknownField;
    TruthyNumber "truthy-number" Note LintTruthyNumber;
    UnusedImport "unused-import" Warning LintUnusedImport;
    UnusedRule "unused-rule" Note LintUnusedRule;
    DenyInTemplate "deny-in-template" Warning LintDenyInTemplate;
    ViolationWithoutMsg "violation-without-msg" Warning LintViolationMsg;
}

/// A policy that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its name; `_test.rego` at its end makes it one of tests.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The tree of that text, broken statements included.
    pub module: &'a Module,
    /// It parses as a whole. What is not used in a torn text may still be used.
    pub whole: bool,
    /// It is the text of a Gatekeeper template.
    pub template: bool,
}

/// What is needed beside the policies.
#[derive(Debug, Clone, Copy)]
pub struct LintOptions<'a> {
    /// The kinds whose fields are known.
    pub schemas: &'a Schemas,
    /// Changes with them.
    pub schemas_print: u64,
    /// The language of the words.
    pub lang: Lang,
}

/// Something found, its ranges counted as in the tree.
#[derive(Debug, Clone)]
struct Finding {
    lint: Lint,
    range: Range<usize>,
    /// In place of the rule's own words.
    says: T,
    values: Vec<(&'static str, String)>,
    fix: Option<Plan>,
}

/// A fix before it is put into words.
#[derive(Debug, Clone)]
struct Plan {
    title: T,
    new: String,
    edits: Vec<(Range<usize>, String)>,
}

impl Finding {
    fn new(lint: Lint, range: Range<usize>, values: Vec<(&'static str, String)>) -> Self {
        Self { lint, range, says: lint.says(), values, fix: None }
    }

    fn at(lint: Lint, span: Span, values: Vec<(&'static str, String)>) -> Self {
        Self::new(lint, span.at(0), values)
    }

    fn saying(self, says: T) -> Self {
        Self { says, ..self }
    }

    /// With a fix that writes `new` in place of `range`.
    fn writing(self, range: Range<usize>, new: impl Into<String>) -> Self {
        let new = new.into();
        let plan = Plan { title: T::FixWrite, new: new.clone(), edits: vec![(range, new)] };
        Self { fix: Some(plan), ..self }
    }

    /// In words; `base` is where the ranges are counted from.
    fn diagnostic(&self, text: &str, base: usize, lang: Lang) -> Diagnostic {
        let at = |range: &Range<usize>| base + range.start..base + range.end;
        let values: Vec<(&str, &dyn std::fmt::Display)> =
            self.values.iter().map(|(name, value)| (*name, value as &dyn std::fmt::Display)).collect();
        let fix = self.fix.as_ref().and_then(|plan| {
            let edits = plan.edits.iter().map(|(range, new)| {
                let range = at(range);
                let old = text.get(range.clone())?.to_owned();
                Some(Edit { range, old, new: new.clone() })
            });
            let title = plan.title.fill(lang, &[("new", &plan.new)]);
            Some(Fix { title, edits: edits.collect::<Option<_>>()? })
        });
        Diagnostic {
            range: at(&self.range),
            severity: self.lint.severity(),
            origin: Origin::Lint,
            code: self.lint.code().to_owned(),
            message: self.says.fill(lang, &values),
            approximate: false,
            fix,
        }
    }
}

/// What a statement may be looked up by: its references whose first name is not local, as far as they are constant.
type References = Vec<Vec<String>>;

/// What was found in one statement.
#[derive(Debug, Default)]
struct Found {
    findings: Vec<Finding>,
    references: References,
}

/// What was found before, by statement.
#[derive(Debug, Default)]
pub struct Memo {
    known: HashMap<usize, (Arc<Statement>, u64, Arc<Found>)>,
}

/// What a statement is looked at with: what the names of its file and its package mean.
#[derive(Debug)]
struct Around<'a> {
    imports: HashSet<&'a str>,
    /// The rules of the package: whether each is a set or an object, which are never undefined.
    rules: HashMap<&'a str, bool>,
    test: bool,
    schemas: &'a Schemas,
    /// Changes with all of this.
    print: u64,
}

/// The advice on each of the policies, sorted by place. The same as without `memo`.
#[must_use]
pub fn lint(sources: &[Source<'_>], options: LintOptions<'_>, memo: &mut Memo) -> Vec<Vec<Diagnostic>> {
    let mut kept = HashMap::new();
    let mut files: Vec<Vec<Arc<Found>>> = Vec::new();
    let packages: Vec<&[String]> = sources.iter().map(|source| package(source.module)).collect();
    for (source, package) in sources.iter().zip(&packages) {
        let same = packages.iter().zip(sources).filter(|(other, _)| *other == package);
        let around = around(source, same.map(|(_, source)| source), package, options);
        let mut all = Vec::with_capacity(source.module.statements.len());
        for placed in &source.module.statements {
            let key = Arc::as_ptr(&placed.statement) as usize;
            let known = memo.known.get(&key).filter(|(_, print, _)| *print == around.print);
            let found = known.map(|(_, _, found)| found.clone()).unwrap_or_else(|| {
                let text = source.text.get(placed.range()).unwrap_or_default();
                Arc::new(look_at(&placed.statement, text, &around))
            });
            kept.insert(key, (placed.statement.clone(), around.print, found.clone()));
            all.push(found);
        }
        files.push(all);
    }
    memo.known = kept;
    let unused = unused::unused(sources, &packages, &files);
    let mut whole = unused.into_iter();
    sources
        .iter()
        .zip(&files)
        .enumerate()
        .map(|(file, (source, found))| {
            let statements = source.module.statements.iter().zip(found);
            let mut said: Vec<Diagnostic> = statements
                .flat_map(|(placed, found)| found.findings.iter().map(move |finding| (placed.start, finding)))
                .map(|(base, finding)| finding.diagnostic(source.text, base, options.lang))
                .collect();
            let mut of_file = whole.next().unwrap_or_default();
            of_file.extend(gatekeeper::of_file(sources, &packages, file));
            of_file.extend(testing::of_file(sources, &packages, file));
            said.extend(of_file.iter().map(|finding| finding.diagnostic(source.text, 0, options.lang)));
            ignore::drop_ignored(source.text, &mut said);
            said.sort_by_key(|remark| (remark.range.start, remark.range.end));
            said
        })
        .collect()
}

fn around<'a>(
    source: &Source<'a>,
    of_package: impl Iterator<Item = &'a Source<'a>>,
    package: &[String],
    options: LintOptions<'a>,
) -> Around<'a> {
    let mut imports = HashSet::new();
    let mut rules: HashMap<&str, bool> = HashMap::new();
    for placed in &source.module.statements {
        if let StatementKind::Import(import) = &placed.statement.kind {
            imports.extend(import.name());
        }
    }
    for placed in of_package.flat_map(|source| &source.module.statements) {
        if let StatementKind::Rule(rule) = &placed.statement.kind {
            let collects = matches!(rule.head.kind, RuleKind::PartialSet | RuleKind::PartialObject)
                && rule.head.path().len() == 1;
            let all = rules.entry(&rule.head.name).or_insert(true);
            *all &= collects;
        }
    }
    let test = is_test(source.name, package);
    let mut names: Vec<_> = rules.iter().collect();
    names.sort_unstable();
    let mut imported: Vec<_> = imports.iter().collect();
    imported.sort_unstable();
    let mut hasher = DefaultHasher::new();
    (names, imported, test, options.schemas_print).hash(&mut hasher);
    let print = hasher.finish();
    Around { imports, rules, test, schemas: options.schemas, print }
}

fn look_at(statement: &Statement, text: &str, around: &Around<'_>) -> Found {
    let StatementKind::Rule(rule) = &statement.kind else { return Found::default() };
    let view = View::new(statement, rule, text, around);
    let mut findings = Vec::new();
    conditions::look(&view, &mut findings);
    negation::look(&view, &mut findings);
    loops::look(&view, &mut findings);
    formats::look(&view, &mut findings);
    style::look(&view, &mut findings);
    if !around.test {
        input::look(&view, &mut findings);
    }
    Found { references: view.references(), findings }
}

/// The path of the package of a module.
fn package(module: &Module) -> &[String] {
    let mut paths = module.statements.iter().filter_map(|placed| match &placed.statement.kind {
        StatementKind::Package(package) => Some(package.path.as_slice()),
        _ => None,
    });
    paths.next().unwrap_or_default()
}

/// One past the last byte of the package statement.
fn package_end(module: &Module) -> Option<usize> {
    let mut packages =
        module.statements.iter().filter(|placed| matches!(placed.statement.kind, StatementKind::Package(_)));
    packages.next().map(|placed| placed.range().end)
}

/// Whether a file is one of unit tests.
fn is_test(name: &str, package: &[String]) -> bool {
    name.ends_with("_test.rego") || package.last().is_some_and(|last| last.ends_with("_test"))
}
