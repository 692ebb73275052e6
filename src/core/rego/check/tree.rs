//! The rules of all files by path, and conflicts between them.

use std::collections::BTreeMap;

use super::Problem;
use super::builtins::Builtins;
use super::ir::{Program, RuleId, Term, Val, Vars};
use super::show::{self, Key};

/// Rules by the ground part of their path; the root's only child is `data`.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub children: BTreeMap<Key, Tree>,
    pub rules: Vec<RuleId>,
}

impl Tree {
    /// The rules of a program.
    pub(super) fn new(program: &Program) -> Self {
        let mut root = Self::default();
        for module in &program.modules {
            if module.rules.is_empty() {
                root.node(&super::ir::package_path(&module.package), &program.vars);
            }
            for &id in &module.rules {
                let path = program.path(id);
                let ground = 1 + path.iter().skip(1).take_while(|t| t.val.ground()).count();
                if let Some(node) = root.node(path.get(..ground).unwrap_or(&path), &program.vars) {
                    node.rules.push(id);
                }
            }
        }
        root
    }

    fn node(&mut self, path: &[Term], vars: &Vars) -> Option<&mut Self> {
        let mut node = self;
        for term in path {
            node = node.children.entry(Key::of(&term.val, vars)?).or_default();
        }
        Some(node)
    }

    pub(super) fn child(&self, term: &Term, vars: &Vars) -> Option<&Self> {
        if matches!(term.val, Val::Ref(_) | Val::Call(_)) {
            return None;
        }
        self.children.get(&Key::of(&term.val, vars)?)
    }

    pub(super) fn find(&self, path: &[Term], vars: &Vars) -> Option<&Self> {
        path.iter().try_fold(self, |node, term| node.child(term, vars))
    }

    /// This node and all below it, in key order; `see` answers whether to go deeper.
    pub(super) fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        self.children.values().for_each(|child| child.visit(see));
    }
}

/// How many arguments a function takes; `None` if there is no such function or rule.
pub(super) fn arity(tree: &Tree, program: &Program, builtins: &Builtins, function: &[Term]) -> Option<usize> {
    if let Some(builtin) = builtin(builtins, &program.vars, function) {
        return Some(builtin.arity());
    }
    let id = tree.find(function, &program.vars)?.rules.first()?;
    program.rules.get(*id).map(|rule| rule.head.args.len())
}

/// The builtin that a reference names.
pub(super) fn builtin<'a>(
    builtins: &'a Builtins,
    vars: &Vars,
    function: &[Term],
) -> Option<&'a super::builtins::Builtin> {
    let (head, tail) = function.split_first()?;
    let name = vars.name(head.as_var()?);
    if tail.is_empty() {
        return builtins.get(&*name).map(|b| &**b);
    }
    if name == "data" || name == "input" {
        return None;
    }
    builtins.get(show::reference(function, vars).as_str()).map(|b| &**b)
}

/// Rules that exclude each other.
pub(super) fn conflicts(program: &Program, tree: &Tree, problems: &mut Vec<Problem>) {
    let mut found = Vec::new();
    tree.visit(&mut |node| found.extend(conflict(program, node)));
    problems.append(&mut found);
    packages(program, problems);
}

fn conflict(program: &Program, node: &Tree) -> Option<Problem> {
    let rules: Vec<_> = node.rules.iter().filter_map(|&id| Some((id, program.rules.get(id)?))).collect();
    let (_, first) = rules.first()?;
    let (last, _) = rules.last()?;
    let name = show::reference(&program.path(*last), &program.vars);
    let any = |test: &dyn Fn(&super::ir::Rule) -> bool| rules.iter().any(|(_, rule)| test(rule));

    let mut inside = Vec::new();
    if !node.children.is_empty() {
        if any(&|rule| rule.head.ground()) {
            inside = below(program, node, false);
        } else if any(&|rule| !rule.head.ground()) {
            inside = below(program, node, true);
        }
    }
    if !inside.is_empty() {
        let list: Vec<String> = inside
            .iter()
            .map(|&id| {
                let path = show::reference(&program.path(id), &program.vars);
                format!("  rule {path} at {}", super::place(program, id))
            })
            .collect();
        let message = format!("rule {name} conflicts with:\n{}", list.join("\n"));
        return Some(Problem::types(first.at, message));
    }
    let arity = first.head.args.len();
    let mixed = |test: &dyn Fn(&super::ir::Rule) -> bool| any(test) && any(&|rule| !test(rule));
    let conflicting = any(&|rule| rule.head.args.len() != arity)
        || mixed(&|rule| rule.head.multi())
        || mixed(&|rule| !rule.head.multi() && rule.head.ground())
        || (any(&|r| r.head.multi() && r.head.ground()) && any(&|r| r.head.multi() && !r.head.ground()));
    if conflicting {
        return Some(Problem::types(first.at, format!("conflicting rules {name} found")));
    }
    let defaults: Vec<_> = rules.iter().filter(|(_, rule)| rule.default).collect();
    let (first_default, _) = defaults.first().filter(|_| defaults.len() > 1)?;
    let places: Vec<String> = defaults.iter().map(|(id, _)| super::place(program, *id)).collect();
    let at = program.module_of(*first_default)?.package_at;
    let message = format!("multiple default rules {name} found at {}", places.join(", "));
    Some(Problem::types(at, message))
}

/// The rules below a node, without those below each other.
fn below(program: &Program, node: &Tree, functions: bool) -> Vec<RuleId> {
    let mut found: Vec<(Vec<String>, RuleId)> = Vec::new();
    for child in node.children.values() {
        child.visit(&mut |below| {
            for &id in &below.rules {
                let function = program.rules.get(id).is_some_and(|rule| !rule.head.args.is_empty());
                if functions && !function {
                    continue;
                }
                let path = program.path(id).iter().map(|t| show::value(&t.val, &program.vars)).collect();
                let path: Vec<String> = path;
                if found.iter().any(|(other, _)| path.starts_with(other)) {
                    continue;
                }
                found.retain(|(other, _)| !other.starts_with(&path));
                found.push((path, id));
            }
        });
    }
    found.sort();
    found.into_iter().map(|(_, id)| id).collect()
}

/// A package where a rule has its value.
fn packages(program: &Program, problems: &mut Vec<Problem>) {
    for module in &program.modules {
        for &id in &module.rules {
            let Some(rule) = program.rules.get(id).filter(|rule| rule.head.ground()) else { continue };
            let path: Option<Vec<String>> = program
                .path(id)
                .iter()
                .map(|term| match &term.val {
                    Val::Var(var) => Some(program.vars.name(*var).into_owned()),
                    Val::Str(name) => Some(name.to_string()),
                    _ => None,
                })
                .collect();
            let Some(path) = path else { continue };
            for other in &program.modules {
                if other.package.len() != path.len()
                    || !other.package.iter().zip(&path).all(|(a, b)| **a == **b)
                {
                    continue;
                }
                let names: Vec<Term> = super::ir::package_path(&other.package).into_iter().skip(1).collect();
                let package = show::reference(&names, &program.vars);
                let rule_name = show::reference(&rule.head.path, &program.vars);
                let place = super::place(program, id);
                problems.push(Problem::types(
                    module.package_at,
                    format!("package {package} conflicts with rule {rule_name} defined at {place}"),
                ));
            }
        }
    }
}

/// Rules where the base documents have a value.
pub(super) fn data_conflicts(
    program: &Program,
    tree: &Tree,
    data: &serde_json::Value,
    problems: &mut Vec<Problem>,
) {
    for root in tree.children.values() {
        for (key, child) in &root.children {
            data_conflict(program, child, key, data, &mut Vec::new(), problems);
        }
    }
}

fn data_conflict(
    program: &Program,
    node: &Tree,
    key: &Key,
    data: &serde_json::Value,
    path: &mut Vec<String>,
    problems: &mut Vec<Problem>,
) {
    let Key::Str(name) = key else { return };
    path.push(name.to_string());
    // A value that is no object excludes everything below it too.
    let inside = match data {
        serde_json::Value::Object(members) => members.get(&**name),
        other => Some(other),
    };
    if let Some(inside) = inside {
        match node.rules.first().and_then(|id| program.rules.get(*id)) {
            Some(rule) => problems.push(Problem::compile(
                rule.at,
                format!("conflicting rule for data path {} found", path.join("/")),
            )),
            None => {
                for (key, child) in &node.children {
                    data_conflict(program, child, key, inside, path, problems);
                }
            }
        }
    }
    path.pop();
}
