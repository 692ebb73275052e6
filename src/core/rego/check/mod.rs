//! OPA's checks of a program: what `opa check` says about files that parse, in its words and order.
//!
//! [`check`] takes all files of a program and answers all errors, sorted as OPA sorts them. The stages are OPA's, one
//! after the other over a program that each may rewrite (`ir`): names are resolved, variables get names of their
//! own, nested calls become statements. Errors of a stage that later stages could not live with end the checks behind
//! it; unused variables, shadowed names and types add up.
//!
//! Architecture invariant: a check can only say more than the parser. It never makes a rule hold or fail.

mod annotations;
mod build;
mod builtins;
mod calls;
mod context;
mod env;
mod fit;
mod graph;
mod hoist;
mod infer;
mod ir;
mod kinds;
mod locals;
mod recursion;
mod refs;
mod rename;
mod resolve;
mod safety;
mod schema;
mod show;
mod stub;
mod template;
mod tree;
mod unify;
mod unused;
mod vars;

use std::collections::HashSet;
use std::ops::Range;

use super::ast::{self, StatementKind};
use super::lexer::Lexer;
use super::parser::{Version, opa_position};
use annotations::Annotation;
pub use builtins::names as builtin_names;
use context::Context;
use graph::Graph;
use ir::{At, Program, RuleId};
pub use stub::stub;
use tree::Tree;

/// A file.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its name, as messages show it and as files are sorted.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Its statements.
    pub module: &'a ast::Module,
}

/// How to check.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckOptions<'a> {
    /// The version that files are read as.
    pub version: Version,
    /// There are more files, which are not known: what they might define is not missed.
    pub incomplete: bool,
    /// Rules are left out that the others do not need. Then annotations, which may be theirs, are not looked at.
    pub part: bool,
    /// As `opa check --strict`.
    pub strict: bool,
    /// The base documents, which rules must not overlap.
    pub data: &'a [&'a serde_json::Value],
    /// The JSON schema of `input`.
    pub input_schema: Option<&'a serde_json::Value>,
}

/// An error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckError {
    /// The file's place in what was given to [`check`].
    pub file: Option<usize>,
    /// `rego_type_error`
    pub code: &'static str,
    /// OPA's words.
    pub message: String,
    /// Bytes of the file's text. Where OPA has no place, those of the rule's first word.
    pub range: Range<usize>,
    /// From 1; 0 where OPA has no place.
    pub row: usize,
    /// In characters, from 1; 0 where OPA has no place.
    pub col: usize,
}

/// What a stage found.
#[derive(Debug, Clone)]
struct Problem {
    at: At,
    /// The rule it is about, where OPA has no place.
    near: At,
    code: &'static str,
    message: String,
}

impl Problem {
    fn new(code: &'static str, at: At, message: String) -> Self {
        Self { at, near: None, code, message }
    }

    fn compile(at: At, message: String) -> Self {
        Self::new("rego_compile_error", at, message)
    }

    fn types(at: At, message: String) -> Self {
        Self::new("rego_type_error", at, message)
    }
}

/// Says where the problems without a place are, from the one numbered `from` on.
fn near(problems: &mut [Problem], from: usize, at: At) {
    let new = problems.get_mut(from..).unwrap_or_default();
    new.iter_mut().filter(|problem| problem.at.is_none()).for_each(|problem| problem.near = at);
}

/// All errors of a program. The files must parse.
#[must_use]
pub fn check(files: &[Source<'_>], options: CheckOptions<'_>) -> Vec<CheckError> {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|&nth| files.get(nth).map(|file| file.name));
    let sorted: Vec<&Source<'_>> = order.iter().filter_map(|&nth| files.get(nth)).collect();
    let mut program = build::program(&sorted, options.version);
    let texts: Vec<&str> = sorted.iter().map(|file| file.text).collect();
    let mut problems = Vec::new();
    let annotations = match options.part {
        true => Vec::new(),
        false => annotations::read(&mut program, &texts, &mut problems),
    };
    if problems.is_empty() {
        problems = stages(&mut program, &annotations, options);
    }
    if options.incomplete {
        // The engine takes the imports of one file for those of all files of the package.
        let imports = files.iter().flat_map(|file| &file.module.statements);
        let imported: HashSet<&str> = imports
            .filter_map(|placed| match &placed.statement.kind {
                StatementKind::Import(import) => import.name(),
                _ => None,
            })
            .collect();
        let word =
            |problem: &Problem| problem.message.split(' ').nth(1).is_some_and(|w| imported.contains(w));
        problems.retain(|p| !may_be_elsewhere(p) || (p.code == "rego_unsafe_var_error" && word(p)));
    }
    problems.sort_by(|a, b| {
        let place = |p: &Problem| (p.at.is_none(), p.at);
        place(a).cmp(&place(b)).then_with(|| (a.code, &a.message).cmp(&(b.code, &b.message)))
    });
    problems.dedup_by(|a, b| a.at == b.at && a.code == b.code && a.message == b.message);
    let errors = problems.into_iter().map(|problem| {
        let text = |at: ir::Loc| sorted.get(at.file as usize).map_or("", |file| file.text);
        let place = problem.at.or(problem.near);
        let file = place.and_then(|at| order.get(at.file as usize).copied());
        let range = place.map_or(0..0, |at| word_at(text(at), at.byte as usize));
        let (row, col) = problem.at.map_or((0, 0), |at| opa_position(text(at), at.byte as usize));
        CheckError { file, code: problem.code, message: problem.message, range, row, col }
    });
    errors.collect()
}

/// Whether another file could define what is missing.
fn may_be_elsewhere(problem: &Problem) -> bool {
    problem.code == "rego_unsafe_var_error"
        || ["undefined function", "undefined ref", "with keyword target", "declared var", "assigned var"]
            .iter()
            .any(|start| problem.message.starts_with(start))
}

/// The token that begins at a byte.
fn word_at(text: &str, start: usize) -> Range<usize> {
    let token = Lexer::new(text, start).next_token();
    start..(token.end as usize).max(start)
}

/// Runs the stages, as far as errors allow.
fn stages(program: &mut Program, annotations: &[Annotation], options: CheckOptions<'_>) -> Vec<Problem> {
    let strict = options.strict;
    let mut fatal = Vec::new();
    let mut mild = Vec::new();

    let unused = resolve::resolve(program, &mut fatal);
    if !fatal.is_empty() {
        return fatal;
    }
    if strict {
        resolve::unused_imports(program, &unused, &mut mild);
    }
    resolve::head_refs(program);
    resolve::keyword_overrides(program, strict, &mut mild);
    resolve::shadowing_imports(program, strict, &mut mild);
    let mut context = Context { builtins: builtins::all(), tree: Tree::new(program) };
    locals::rewrite(program, &context.builtins, strict, &mut fatal, &mut mild);
    // The paths of rules have the new variables in them.
    context.tree = Tree::new(program);

    if fatal.is_empty()
        && let Some(graph) = rewrites(program, &context, annotations, options, &mut fatal)
    {
        recursion::check(program, &context, &graph, &mut fatal);
        if fatal.is_empty() {
            let schemas = schema::Schemas::new(program, options.input_schema, annotations, &mut mild);
            infer::check(program, &context, &graph, &schemas, &mut mild);
            calls::deprecated(program, &context, strict, &mut mild);
        }
    }
    fatal.append(&mut mild);
    fatal
}

/// The stages from template strings to dynamic terms. An error of one ends it.
fn rewrites(
    program: &mut Program,
    context: &Context,
    annotations: &[Annotation],
    options: CheckOptions<'_>,
    found: &mut Vec<Problem>,
) -> Option<Graph> {
    let go_on = |found: &[Problem]| found.is_empty().then_some(());
    template::templates(program, context, found);
    go_on(found)?;
    template::void_calls(program, context, found);
    go_on(found)?;
    template::prints(program, context, found);
    go_on(found)?;
    hoist::calls(program);
    annotations::redeclared(program, annotations, found);
    go_on(found)?;
    let graph = graph::build(program, context);
    hoist::comprehension_heads(program);
    hoist::rule_heads(program);
    calls::with_values(program, context, found);
    go_on(found)?;
    tree::conflicts(program, &context.tree, found);
    for data in options.data {
        tree::data_conflicts(program, &context.tree, data, found);
    }
    go_on(found)?;
    calls::undefined(program, context, found);
    go_on(found)?;
    safety::heads(program, found);
    go_on(found)?;
    safety::bodies(program, context, found);
    go_on(found)?;
    hoist::equals(program);
    hoist::dynamic_terms(program);
    Some(graph)
}

/// `m.rego:3`
fn place(program: &Program, id: RuleId) -> String {
    let Some(rule) = program.rules.get(id) else { return String::new() };
    let name = program.modules.get(rule.module).map_or("", |module| &*module.name);
    format!("{name}:{}", program.row(rule.at).unwrap_or_default())
}

/// Whether a place stands before another; none is behind all.
fn earlier(a: At, b: At) -> bool {
    (a.is_none(), a) < (b.is_none(), b)
}
