//! Names of rules and imports become whole paths; imports that nothing uses; names that must not be taken.

use std::collections::{HashMap, HashSet};

use super::Problem;
use super::ir::{
    Compr, DATA, Expr, ExprKind, INPUT, Import, Ops, Part, Program, Rule, Term, Val, Var, VarSet,
    package_path,
};
use super::show;
use super::vars::{Collect, Node, Skip, of_val, walk_expr};

/// Resolves all names. Answers the imports that nothing uses.
pub(super) fn resolve(program: &mut Program, problems: &mut Vec<Problem>) -> Vec<(usize, usize)> {
    let mut exports: HashMap<Vec<std::rc::Rc<str>>, HashSet<Var>> = HashMap::new();
    for module in &program.modules {
        let names = exports.entry(module.package.clone()).or_default();
        for &id in &module.rules {
            names.extend(program.rules.get(id).and_then(|r| r.head.path.first()).and_then(Term::as_var));
        }
    }
    let mut unused = Vec::new();
    for number in 0..program.modules.len() {
        let Some(module) = program.modules.get(number) else { continue };
        let mut globals: HashMap<Var, Vec<Term>> = HashMap::new();
        for &name in exports.get(&module.package).into_iter().flatten() {
            let mut path = package_path(&module.package);
            path.push(Term::new(None, Val::Str(program.vars.name(name).into())));
            globals.insert(name, path);
        }
        let imports: Vec<Import> = module.imports.clone();
        for import in imports.iter().filter(|import| !import.language()) {
            let mut path = package_path(&import.path);
            if let (Some(head), Some(root)) = (path.first_mut(), import.path.first()) {
                *head = Term::var(None, program.vars.named(root));
            }
            globals.insert(program.vars.named(import.name()), path);
        }
        let mut resolver = Resolver { globals, ops: program.ops, used: HashSet::new(), ignore: Vec::new() };
        let rules: Vec<_> = module.rules.clone();
        for first in rules {
            let mut next = Some(first);
            while let Some(rule) = next.and_then(|id| program.rules.get_mut(id)) {
                next = rule.otherwise;
                if let Some(root) = shadowed_root(rule) {
                    let name = program.vars.name(root);
                    problems.push(Problem::compile(
                        rule.at,
                        format!("args must not shadow {name} (use a different variable name)"),
                    ));
                    break;
                }
                resolver.rule(rule);
            }
        }
        for (nth, import) in imports.iter().enumerate().filter(|(_, import)| !import.language()) {
            if !resolver.used.contains(&program.vars.named(import.name())) {
                unused.push((number, nth));
            }
        }
    }
    unused
}

/// `input` or `data` as an argument.
fn shadowed_root(rule: &Rule) -> Option<Var> {
    fn inside(term: &Term) -> Option<Var> {
        match &term.val {
            Val::Ref(terms) => match terms.as_slice() {
                [only] => only.as_var().filter(|var| matches!(*var, INPUT | DATA)),
                _ => None,
            },
            Val::Array(items) => items.iter().find_map(inside),
            Val::Object(pairs) => pairs.iter().find_map(|(_, value)| inside(value)),
            _ => None,
        }
    }
    rule.head.args.iter().find_map(inside)
}

struct Resolver {
    globals: HashMap<Var, Vec<Term>>,
    ops: Ops,
    used: HashSet<Var>,
    ignore: Vec<VarSet>,
}

impl Resolver {
    fn rule(&mut self, rule: &mut Rule) {
        let mut args = VarSet::new();
        rule.head.args.iter().for_each(|arg| pattern_vars(&arg.val, &mut args));
        self.ignore.push(args);
        self.ignore.push(declared(&rule.body, self.ops));
        let head = &mut rule.head;
        head.path.iter_mut().skip(1).for_each(|term| self.term(term));
        head.key.iter_mut().chain(&mut head.value).for_each(|term| self.term(term));
        self.body(&mut rule.body);
        self.ignore.clear();
    }

    fn body(&mut self, body: &mut [Expr]) {
        body.iter_mut().for_each(|expr| self.expr(expr));
    }

    fn terms(&mut self, terms: &mut [Term]) {
        terms.iter_mut().for_each(|term| self.term(term));
    }

    fn expr(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Term(term) => self.term(term),
            ExprKind::Call(terms) => self.terms(terms),
            ExprKind::Some(..) => {}
            ExprKind::SomeIn(_, key, value, collection) => {
                key.iter_mut().chain([value, collection]).for_each(|term| self.term(term));
            }
            ExprKind::Every(every) => {
                let mut names = of_val(&every.value.val, Skip::default());
                if let Some(key) = &every.key {
                    names.extend(of_val(&key.val, Skip::default()));
                }
                self.ignore.push(names);
                self.term(&mut every.domain);
                self.body(&mut every.body);
                self.ignore.pop();
            }
            ExprKind::Not(body, _) => self.body(body),
            ExprKind::Logic(logic) => {
                self.body(&mut logic.left);
                self.body(&mut logic.right);
            }
        }
        for with in &mut expr.with {
            self.term(&mut with.target);
            self.term(&mut with.value);
        }
    }

    fn global(&mut self, var: Var, at: super::ir::At) -> Option<Vec<Term>> {
        if self.ignore.iter().any(|scope| scope.contains(&var)) {
            return None;
        }
        let mut path = self.globals.get(&var)?.clone();
        path.iter_mut().for_each(|term| term.at = at);
        self.used.insert(var);
        Some(path)
    }

    fn term(&mut self, term: &mut Term) {
        match &mut term.val {
            Val::Null | Val::Bool(_) | Val::Num(_) | Val::Str(_) => {}
            Val::Var(var) => {
                if let Some(path) = self.global(*var, term.at) {
                    term.val = Val::Ref(path);
                }
            }
            Val::Ref(terms) => {
                self.terms(terms.get_mut(1..).unwrap_or_default());
                let Some(head) = terms.first_mut() else { return };
                match head.val {
                    Val::Var(var) => {
                        if let Some(path) = self.global(var, head.at) {
                            terms.splice(..1, path);
                        }
                    }
                    _ => self.term(head),
                }
            }
            Val::Call(terms) | Val::Array(terms) | Val::Set(terms) => self.terms(terms),
            Val::Object(pairs) => {
                for (key, value) in pairs {
                    self.term(key);
                    self.term(value);
                }
            }
            Val::Compr(compr) => {
                let Compr { key, term, body, .. } = &mut **compr;
                self.ignore.push(declared(body, self.ops));
                key.iter_mut().chain([term]).for_each(|term| self.term(term));
                self.body(body);
                self.ignore.pop();
            }
            Val::Template(parts) => {
                for part in parts {
                    if let Part::Expr(expr) = part {
                        self.expr(expr);
                    }
                }
            }
        }
    }
}

/// What arguments bind: not keys of objects, not what stands in sets, calls and comprehensions.
fn pattern_vars(val: &Val, vars: &mut VarSet) {
    match val {
        Val::Var(var) => {
            vars.insert(*var);
        }
        Val::Ref(terms) | Val::Array(terms) => terms.iter().for_each(|t| pattern_vars(&t.val, vars)),
        Val::Object(pairs) => pairs.iter().for_each(|(_, value)| pattern_vars(&value.val, vars)),
        _ => {}
    }
}

/// What `:=` and `some` declare in a body and the bodies in it, without comprehensions.
pub(super) fn declared(body: &[Expr], ops: Ops) -> VarSet {
    let mut all = VarSet::new();
    body.iter().for_each(|expr| declared_in(expr, ops, &mut all));
    all
}

/// The same for one statement.
pub(super) fn declared_in(expr: &Expr, ops: Ops, all: &mut VarSet) {
    walk_expr(expr, &mut |node| match node {
        Node::Term(Term { val: Val::Compr(_), .. }) => false,
        Node::Term(_) => true,
        Node::Expr(expr) => {
            let mut collect = Collect::new(Skip::default());
            if let Some((left, _)) = expr.sides(ops.assign) {
                collect.val(&left.val);
            }
            match &expr.kind {
                ExprKind::Some(_, names) => collect.terms(names),
                ExprKind::SomeIn(_, key, value, _) => {
                    key.iter().chain([value]).for_each(|term| collect.val(&term.val));
                }
                _ => {}
            }
            all.append(&mut collect.vars);
            true
        }
    });
}

/// Imports that nothing uses.
pub(super) fn unused_imports(program: &Program, unused: &[(usize, usize)], problems: &mut Vec<Problem>) {
    for &(module, nth) in unused {
        let Some(import) = program.modules.get(module).and_then(|m| m.imports.get(nth)) else { continue };
        problems.push(Problem::compile(import.at, format!("{} unused", words(program, import))));
    }
}

/// Imports that take a name that another has.
pub(super) fn shadowing_imports(program: &Program, strict: bool, problems: &mut Vec<Problem>) {
    for module in program.modules.iter().filter(|module| strict || module.v1) {
        let mut first: HashMap<&str, &Import> = HashMap::new();
        for import in &module.imports {
            match first.get(import.name()) {
                Some(other) => problems.push(Problem::compile(
                    import.at,
                    format!("import must not shadow {}", words(program, other)),
                )),
                None => {
                    first.insert(import.name(), import);
                }
            }
        }
    }
}

fn words(program: &Program, import: &Import) -> String {
    let path: Vec<Term> = import.path.iter().map(|name| Term::new(None, Val::Str(name.clone()))).collect();
    let path = show::reference(&path, &program.vars);
    match &import.alias {
        Some(alias) => format!("import {path} as {alias}"),
        None => format!("import {path}"),
    }
}

/// `input` and `data` as names of rules and variables.
pub(super) fn keyword_overrides(program: &Program, strict: bool, problems: &mut Vec<Problem>) {
    let firsts: HashSet<_> = program.modules.iter().flat_map(|module| &module.rules).collect();
    for id in program.order() {
        let Some(rule) = program.rules.get(id) else { continue };
        if !strict && program.modules.get(rule.module).is_none_or(|module| !module.v1) {
            continue;
        }
        if firsts.contains(&id)
            && let Some(name @ (INPUT | DATA)) = rule.head.path.first().and_then(Term::as_var)
        {
            let name = program.vars.name(name);
            let message = format!("rules must not shadow {name} (use a different rule name)");
            problems.push(Problem::compile(rule.at, message));
        }
        let mut see = |node: Node<'_>| {
            if let Node::Expr(expr) = node
                && let Some((left, _)) = expr.sides(program.ops.assign)
                && let Val::Ref(terms) = &left.val
                && let [Term { val: Val::Var(name @ (INPUT | DATA)), .. }] = terms.as_slice()
            {
                let name = program.vars.name(*name);
                let message = format!("variables must not shadow {name} (use a different variable name)");
                problems.push(Problem::compile(expr.at, message));
            }
            true
        };
        rule.head.value.iter().chain(&rule.head.key).for_each(|term| super::vars::walk_term(term, &mut see));
        super::vars::walk_body(&rule.body, &mut see);
    }
}

/// Terms in the name of a rule that are neither constants nor variables move into its body.
pub(super) fn head_refs(program: &mut Program) {
    let eq = program.ops.eq;
    for rule in &mut program.rules {
        let mut moved = Vec::new();
        for term in rule.head.path.iter_mut().skip(1) {
            if term.val.scalar() || matches!(term.val, Val::Var(_)) {
                continue;
            }
            let var = Term::var(term.at, program.vars.generate());
            let whole = std::mem::replace(term, var.clone());
            let mut expr = Expr::equality(whole.at, eq, var, whole);
            expr.generated = true;
            moved.push(expr);
        }
        super::hoist::append(&mut rule.body, moved);
    }
}
