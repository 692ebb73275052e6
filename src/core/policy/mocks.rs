//! Functions that `with` replaces.
//!
//! The engine knows a replaced function by the name it is called by, OPA by what the name means. So a function that is
//! replaced anywhere gets another name, and under its own name a function that only calls it, by its full path: then
//! all calls go by one name, and that is the one that `with` replaces. Builtins that the engine cannot replace, and
//! builtins that replace something, have a function of their own in [`FUNCTIONS`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;

use crate::core::policy::builtins;
use crate::core::policy::engine;
use crate::core::policy::module::{Definition, Kind};
use crate::core::policy::program::{Key, Program};
use crate::core::policy::slice::data_path;
use crate::core::rego::ast::StatementKind;
use crate::core::rego::lexer::{Kind as Token, Lexer};
use crate::core::rego::lower::{Callee, FUNCTIONS, Mock, is_operator};
use crate::core::rego::names;
use crate::core::rego::parser::{ParseOptions, parse};

/// Stands behind the name of a function that is replaced somewhere.
const REPLACED: &str = "__rs_fn";

/// A piece of text, and what stands in its place.
pub type Edit = (Range<usize>, String);

/// What is replaced in a slice.
#[derive(Debug, Default)]
pub struct Mocks {
    /// Rules that are functions.
    functions: BTreeSet<usize>,
    /// Builtins that are called by way of their function: the engine cannot replace them.
    called: BTreeSet<String>,
    /// All builtins that need a function.
    stand_ins: BTreeSet<String>,
}

/// Whether OPA, and we, can replace a builtin by something else.
#[must_use]
pub fn replaceable(builtin: &str) -> bool {
    let special = matches!(builtin, "print" | "walk" | "trace") || builtin.starts_with("internal.");
    !special && !is_operator(builtin) && !builtin.starts_with("rego.metadata.")
}

/// The function of a path.
#[must_use]
pub fn function(program: &Program, path: &[String]) -> Option<usize> {
    let (name, package) = path.strip_prefix(&["data".to_owned()])?.split_last()?;
    let rule = *program.packages.get(program.package(package)?)?.rules.get(name)?;
    is_function(program, rule).then_some(rule)
}

/// Whether a rule is a function.
#[must_use]
pub fn is_function(program: &Program, rule: usize) -> bool {
    let definitions = program.rules.get(rule).map(|rule| &rule.definitions);
    definitions
        .into_iter()
        .flatten()
        .any(|&key| program.definition(key).is_some_and(|definition| definition.kind == Kind::Function))
}

impl Mocks {
    /// What these definitions replace.
    #[must_use]
    pub fn of(program: &Program, definitions: &BTreeSet<Key>) -> Self {
        let mut mocks = Self::default();
        let all = definitions.iter().filter_map(|key| program.definition(*key));
        for mock in all.flat_map(|definition| &definition.mocks) {
            match &mock.target {
                Callee::Path(path) => match function(program, path) {
                    Some(rule) => drop(mocks.functions.insert(rule)),
                    None => continue,
                },
                Callee::Builtin(name) if !engine::can_replace(name) => {
                    mocks.called.insert(name.clone());
                    mocks.stand_ins.insert(name.clone());
                }
                Callee::Builtin(_) => {}
            }
            if let Some(Callee::Builtin(name)) = mock.value.as_ref().map(|given| &given.callee) {
                mocks.stand_ins.insert(name.clone());
            }
        }
        mocks
    }

    /// The builtins that the definitions replace.
    pub fn builtins(definition: &Definition) -> impl Iterator<Item = &str> {
        definition.mocks.iter().filter_map(|mock| match &mock.target {
            Callee::Builtin(name) => Some(name.as_str()),
            Callee::Path(_) => None,
        })
    }

    /// What has to be changed in the text of a definition.
    #[must_use]
    pub fn edits(&self, program: &Program, key: Key, definition: &Definition) -> Vec<Edit> {
        let mut edits = Vec::new();
        if program.rule_of(key).is_some_and(|rule| self.functions.contains(&rule)) {
            let (heads, _) = heads(&definition.text, &definition.name);
            edits.extend(heads.into_iter().map(|head| (head.end..head.end, REPLACED.to_owned())));
        }
        let calls = definition.calls.iter().any(|call| self.called.contains(&call.name));
        if calls || !definition.mocks.is_empty() {
            self.replace(program, definition, &mut edits);
        }
        edits.sort_by_key(|(range, _)| range.start);
        edits
    }

    /// Goes through the tokens of a definition.
    fn replace(&self, program: &Program, definition: &Definition, edits: &mut Vec<Edit>) {
        let text: &str = &definition.text;
        let tokens = tokens(text);
        let functions: BTreeMap<&str, (&str, String)> =
            definition.mocks.iter().filter_map(|mock| self.by_function(program, mock)).collect();
        let written = |range: Range<usize>| text.get(range).unwrap_or_default();
        let mut at = 0;
        while let Some((kind, range)) = tokens.get(at) {
            at += 1;
            match kind {
                Token::With => {
                    let target = tokens.get(at).map_or(range.end, |(_, first)| first.start);
                    let rest = tokens.get(at..).unwrap_or_default();
                    let Some(to) = rest.iter().position(|(kind, _)| *kind == Token::As) else { continue };
                    let end = rest.get(..to).and_then(|target| target.last()).map_or(target, |(_, r)| r.end);
                    let name = written(target..end);
                    let mock = definition.mocks.iter().find(|mock| mock.written == name);
                    if let Some(new) = mock.and_then(|mock| self.new_target(program, mock)) {
                        edits.push((target..end, new));
                    }
                    at += to + 1;
                }
                Token::Name => {
                    let after = tokens.get(at).map(|(kind, _)| *kind);
                    let before = at.checked_sub(2).and_then(|i| tokens.get(i)).map(|(kind, _)| *kind);
                    if let Some((value, path)) = functions.get(written(range.clone())) {
                        let assigned = tokens.get(at + 1).map(|(_, first)| first.start);
                        match assigned.filter(|_| after == Some(Token::Assign)) {
                            // It is no value, so the variable holds anything.
                            Some(start) if written(start..start + value.len()) == *value => {
                                edits.push((start..start + value.len(), "0".to_owned()));
                            }
                            _ => edits.push((range.clone(), path.clone())),
                        }
                    } else if before != Some(Token::Dot) {
                        let mut end = range.end;
                        let mut next = at;
                        while let (Some((Token::Dot, dot)), Some((_, name))) =
                            (tokens.get(next), tokens.get(next + 1))
                            && dot.start == end
                            && name.start == dot.end
                        {
                            end = name.end;
                            next += 2;
                        }
                        let call =
                            matches!(tokens.get(next), Some((Token::LParen, open)) if open.start == end);
                        let name = written(range.start..end);
                        if call && self.called.contains(name) {
                            edits.push((range.start..end, stand_in(name)));
                            at = next;
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The variable of a mock whose value is a function: what the variable is set to, and the function.
    fn by_function<'d>(&self, program: &Program, mock: &'d Mock) -> Option<(&'d str, (&'d str, String))> {
        let given = mock.value.as_ref()?;
        let replaces = match &mock.target {
            Callee::Builtin(_) => true,
            Callee::Path(path) => function(program, path).is_some(),
        };
        let Callee::Path(path) = &given.callee else { return None };
        let rule = program.rules.get(function(program, path)?)?;
        let package = &program.packages.get(rule.package)?.path;
        replaces.then(|| (given.variable.as_str(), (given.text.as_str(), data_path(package, &rule.name))))
    }

    fn new_target(&self, program: &Program, mock: &Mock) -> Option<String> {
        match &mock.target {
            Callee::Builtin(name) => self.called.contains(name).then(|| stand_in(name)),
            Callee::Path(path) => {
                let rule = program.rules.get(function(program, path)?)?;
                let package = &program.packages.get(rule.package)?.path;
                Some(data_path(package, &format!("{}{REPLACED}", rule.name)))
            }
        }
    }

    /// The function that calls the replaced one, if `key` is the first definition of one.
    #[must_use]
    pub fn caller(&self, program: &Program, key: Key) -> Option<String> {
        let at = program.rule_of(key).filter(|rule| self.functions.contains(rule))?;
        let rule = program.rules.get(at)?;
        if rule.definitions.first() != Some(&key) {
            return None;
        }
        let texts = rule.definitions.iter().filter_map(|&key| program.definition(key));
        let arity = texts.map(|definition| heads(&definition.text, &rule.name).1).max()?;
        let package = &program.packages.get(rule.package)?.path;
        Some(calling(&rule.name, &data_path(package, &format!("{}{REPLACED}", rule.name)), arity))
    }

    /// The module of the builtins' functions; `None` if none is needed.
    #[must_use]
    pub fn module(&self) -> Option<String> {
        let mut text = format!("package {FUNCTIONS}\n");
        for name in &self.stand_ins {
            let own = Callee::stand_in(name);
            if builtins::is_missing(name) {
                let arguments = arguments(names::arity(name).unwrap_or_default());
                let _ = write!(text, "\n{own}({arguments}) := r if r := __rs_not_run(\"{name}\")\n");
            } else {
                text.push('\n');
                text.push_str(&calling(&own, name, names::arity(name).unwrap_or_default()));
            }
        }
        (!self.stand_ins.is_empty()).then_some(text)
    }
}

fn stand_in(builtin: &str) -> String {
    format!("data.{FUNCTIONS}.{}", Callee::stand_in(builtin))
}

/// `f(a0, a1) := r if r := g(a0, a1)`
fn calling(name: &str, called: &str, arity: usize) -> String {
    let arguments = arguments(arity);
    format!("{name}({arguments}) := r if r := {called}({arguments})\n")
}

fn arguments(count: usize) -> String {
    (0..count).map(|i| format!("a{i}")).collect::<Vec<_>>().join(", ")
}

/// Where the heads of a lowered function have their name, and how many arguments they take.
fn heads(text: &str, name: &str) -> (Vec<Range<usize>>, usize) {
    let parsed = parse(text, ParseOptions::default());
    let (mut places, mut arity) = (Vec::new(), 0);
    for placed in &parsed.module.statements {
        if let StatementKind::Rule(rule) = &placed.statement.kind
            && rule.head.name == name
        {
            places.push(rule.head.name_span.at(placed.start));
            arity = arity.max(rule.head.args.as_ref().map_or(0, Vec::len));
        }
    }
    (places, arity)
}

fn tokens(text: &str) -> Vec<(Token, Range<usize>)> {
    let mut lexer = Lexer::new(text, 0);
    let mut found = Vec::new();
    loop {
        let token = lexer.next_token();
        match token.kind {
            Token::Eof => return found,
            Token::Comment => {}
            kind => found.push((kind, token.start as usize..token.end as usize)),
        }
    }
}
