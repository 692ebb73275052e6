//! Which rules need which, and why: a reference may select a rule outright, or only if a variable has the right value.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::context::Context;
use super::ir::{Body, DATA, Expr, ExprKind, Program, Rule, RuleId, Term, Val, Var, VarSet};
use super::show::Key;
use super::tree::Tree;
use super::unify::same;
use super::vars::{Node, walk_expr, walk_term};

/// How many references one reference is spelled out into.
const MOST: usize = 64;

/// What a rule needs.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// By rule.
    pub needs: Vec<BTreeSet<RuleId>>,
    pub needed_by: Vec<BTreeSet<RuleId>>,
    /// References that may select rules only through a variable, by rule.
    pub dynamic: BTreeMap<RuleId, Vec<Dynamic>>,
}

/// A reference with variables, and the rules it may select.
#[derive(Debug)]
pub(super) struct Dynamic {
    /// As written.
    pub path: Vec<Term>,
    /// With known variables filled in.
    pub narrowed: Vec<Term>,
    /// Variables that may have a value there.
    pub bound: VarSet,
    pub rules: Vec<RuleId>,
    /// Where its variables get their values.
    pub origins: BTreeMap<Var, Origin>,
}

/// Where a variable gets its value.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    Input(Vec<Term>),
    Rule(Vec<Term>),
    Collection(Val),
    Builtin(Vec<Term>),
    Key,
    Argument,
}

impl Graph {
    /// The reference that may make a rule need another, if none does so outright.
    pub(super) fn cause(&self, from: RuleId, to: RuleId, program: &Program) -> Option<&Dynamic> {
        self.dynamic
            .get(&from)?
            .iter()
            .find(|dynamic| dynamic.rules.iter().any(|&first| branches(program, first).any(|id| id == to)))
    }

    /// The rules of a program, those that are needed first.
    pub(super) fn sorted(&self, program: &Program) -> Vec<RuleId> {
        let mut order: Vec<RuleId> = program.order();
        order.sort_by_key(|&id| program.rules.get(id).and_then(|rule| rule.at));
        let mut sorted = Vec::with_capacity(order.len());
        let mut seen = vec![false; program.rules.len()];
        for id in order {
            // Without recursion: a chain of rules can be as long as the program.
            let mut stack = vec![(id, false)];
            while let Some((id, ready)) = stack.pop() {
                if ready {
                    sorted.push(id);
                    continue;
                }
                match seen.get_mut(id) {
                    Some(flag) if !*flag => *flag = true,
                    _ => continue,
                }
                stack.push((id, true));
                let mut needs: Vec<RuleId> = self.needs.get(id).into_iter().flatten().copied().collect();
                needs.sort_by_key(|&id| std::cmp::Reverse(program.rules.get(id).and_then(|rule| rule.at)));
                stack.extend(needs.into_iter().map(|id| (id, false)));
            }
        }
        sorted
    }
}

/// A rule and its branches.
fn branches(program: &Program, first: RuleId) -> impl Iterator<Item = RuleId> {
    std::iter::successors(Some(first), |&id| program.rules.get(id).and_then(|rule| rule.otherwise))
}

/// The graph of a program.
pub(super) fn build(program: &Program, context: &Context) -> Graph {
    let mut graph = Graph {
        needs: vec![BTreeSet::new(); program.rules.len()],
        needed_by: vec![BTreeSet::new(); program.rules.len()],
        dynamic: BTreeMap::new(),
    };
    for id in program.order() {
        let Some(rule) = program.rules.get(id) else { continue };
        let mut walker = Walker { program, context, rule, bindings: None, found: Vec::new() };
        for (nth, expr) in rule.body.iter().enumerate() {
            walk_expr(expr, &mut |node| {
                walker.node(node, nth);
                true
            });
        }
        let head = &rule.head;
        for term in head.args.iter().chain(&head.key).chain(&head.value) {
            walk_term(term, &mut |node| {
                walker.node(node, rule.body.len());
                true
            });
        }
        let found = walker.found;
        for one in &found {
            for to in branches(program, one.rule) {
                if let (Some(needs), Some(by)) = (graph.needs.get_mut(id), graph.needed_by.get_mut(to)) {
                    needs.insert(to);
                    by.insert(id);
                }
            }
        }
        if found.iter().any(|one| !one.outright) {
            graph.dynamic.insert(id, dynamics(program, context, rule, found));
        }
    }
    graph
}

/// A rule that a reference selects.
struct Selected<'a> {
    path: &'a [Term],
    narrowed: Option<Vec<Term>>,
    statement: usize,
    bound: VarSet,
    rule: RuleId,
    outright: bool,
}

fn dynamics(program: &Program, context: &Context, rule: &Rule, found: Vec<Selected<'_>>) -> Vec<Dynamic> {
    let outright: HashSet<RuleId> = found.iter().filter(|one| one.outright).map(|one| one.rule).collect();
    let mut all: Vec<Dynamic> = Vec::new();
    let mut last: Option<*const Term> = None;
    for one in found {
        if outright.contains(&one.rule) {
            continue;
        }
        if last != Some(one.path.as_ptr()) {
            last = Some(one.path.as_ptr());
            let narrowed = one.narrowed.clone().unwrap_or_else(|| one.path.to_vec());
            let origins = origins(program, context, rule, one.statement, &narrowed);
            all.push(Dynamic {
                path: one.path.to_vec(),
                narrowed,
                bound: one.bound.clone(),
                rules: Vec::new(),
                origins,
            });
        }
        if let Some(dynamic) = all.last_mut() {
            dynamic.rules.push(one.rule);
        }
    }
    all
}

struct Walker<'a> {
    program: &'a Program,
    context: &'a Context,
    rule: &'a Rule,
    /// Variables with known values, and the statement that gives them.
    bindings: Option<Vec<(usize, Var, Vec<Val>)>>,
    found: Vec<Selected<'a>>,
}

impl<'a> Walker<'a> {
    fn node(&mut self, node: Node<'a>, statement: usize) {
        let Node::Term(Term { val: Val::Ref(path), .. }) = node else { return };
        if path.first().and_then(Term::as_var) != Some(DATA) {
            return;
        }
        if path.iter().skip(1).all(|term| term.val.constant()) {
            return self.select(path, None, path, statement, false);
        }
        let rule = self.rule;
        let bindings = self.bindings.get_or_insert_with(|| known_bindings(&rule.body));
        let known: BTreeMap<Var, &[Val]> = bindings
            .iter()
            .filter(|(nth, _, _)| *nth < statement)
            .map(|(_, var, values)| (*var, values.as_slice()))
            .collect();
        let mut expanded = expand(path, &known);
        match expanded.as_slice() {
            [_] => {
                let only = expanded.pop().unwrap_or_default();
                self.select(path, Some(&only), &only, statement, true);
            }
            all => all.iter().for_each(|one| self.select(path, None, one, statement, true)),
        }
    }

    fn select(
        &mut self,
        path: &'a [Term],
        narrowed: Option<&Vec<Term>>,
        lookup: &[Term],
        statement: usize,
        variable: bool,
    ) {
        let mut rules = BTreeSet::new();
        selected(&self.context.tree, self.program, lookup, 0, &mut rules);
        let bound = if variable { vars_before(self.rule, statement) } else { VarSet::new() };
        for rule in rules {
            let selector = narrowed.map_or(path, Vec::as_slice);
            let outright = !variable || selects(self.program, selector, rule, &bound, None);
            self.found.push(Selected {
                path,
                narrowed: narrowed.cloned(),
                statement,
                bound: bound.clone(),
                rule,
                outright,
            });
        }
    }
}

/// The rules that a reference may select.
pub(super) fn selected(
    node: &Tree,
    program: &Program,
    path: &[Term],
    nth: usize,
    rules: &mut BTreeSet<RuleId>,
) {
    let Some(term) = path.get(nth) else {
        return node.visit(&mut |below| rules.extend(&below.rules));
    };
    let intersecting = |child: &Tree, rules: &mut BTreeSet<RuleId>| {
        rules.extend(child.rules.iter().filter(|&&id| {
            let own = program.path(id);
            own.iter()
                .zip(path)
                .skip(nth + 1)
                .all(|(a, b)| !(a.val.constant() && b.val.constant()) || same(&a.val, &b.val))
        }));
    };
    if nth == 0 || term.val.constant() {
        if let Some(child) = Key::of(&term.val, &program.vars).and_then(|key| node.children.get(&key)) {
            intersecting(child, rules);
            selected(child, program, path, nth + 1, rules);
        }
        return;
    }
    for (key, child) in &node.children {
        if nth == 1 && *key == Key::Str("system".into()) {
            continue;
        }
        intersecting(child, rules);
        selected(child, program, path, nth + 1, rules);
    }
}

/// Whether a reference selects a rule whatever its variables hold; `positions` collects those that must have a value.
pub(super) fn selects(
    program: &Program,
    path: &[Term],
    rule: RuleId,
    bound: &VarSet,
    mut positions: Option<&mut Vec<usize>>,
) -> bool {
    let own = program.path(rule);
    let mut outright = true;
    for (nth, (term, wanted)) in path.iter().zip(&own).enumerate().skip(1) {
        if !wanted.val.constant() {
            continue;
        }
        if let Some(var) = term.as_var()
            && !bound.contains(&var)
            && path.iter().filter(|t| t.as_var() == Some(var)).count() == 1
        {
            continue;
        }
        if term.val.constant() {
            if !same(&term.val, &wanted.val) {
                return false;
            }
            continue;
        }
        let Some(positions) = positions.as_deref_mut() else { return false };
        outright = false;
        positions.push(nth);
    }
    outright
}

fn vars_before(rule: &Rule, statement: usize) -> VarSet {
    let mut vars = VarSet::new();
    let mut see = |node: Node<'_>| {
        if let Node::Term(Term { val: Val::Var(var), .. }) = node {
            vars.insert(*var);
        }
        true
    };
    let head = &rule.head;
    for term in head.args.iter().chain(&head.key).chain(&head.value).chain(head.path.iter().skip(1)) {
        walk_term(term, &mut see);
    }
    rule.body.iter().take(statement).for_each(|expr| walk_expr(expr, &mut see));
    vars
}

/// Variables that range over known values, each with the statement that says so.
fn known_bindings(body: &Body) -> Vec<(usize, Var, Vec<Val>)> {
    let mut all: Vec<(usize, Var, Vec<Val>)> = Vec::new();
    for (nth, expr) in body.iter().enumerate() {
        let Some((left, right)) = plain_equality(expr) else { continue };
        let known: BTreeMap<Var, &[Val]> = all.iter().map(|(_, v, values)| (*v, values.as_slice())).collect();
        let found = [(left, right), (right, left)].into_iter().find_map(|(var, other)| {
            let var = var.as_var()?;
            Some((var, term_values(&other.val, &known)?))
        });
        if let Some((var, values)) = found
            && !known.contains_key(&var)
        {
            all.push((nth, var, values));
        }
    }
    all
}

fn plain_equality(expr: &Expr) -> Option<(&Term, &Term)> {
    if expr.negated || !expr.with.is_empty() {
        return None;
    }
    expr.sides(super::ir::EQ)
}

fn term_values(val: &Val, known: &BTreeMap<Var, &[Val]>) -> Option<Vec<Val>> {
    match val {
        Val::Var(var) => known.get(var).map(|values| values.to_vec()),
        Val::Ref(terms) => {
            let (head, tail) = terms.split_first()?;
            let mut values = term_values(&head.val, known)?;
            for term in tail {
                let mut next = Vec::new();
                for value in &values {
                    if term.val.constant() {
                        next.extend(member(value, &term.val));
                    } else {
                        next.extend(members(value)?);
                    }
                }
                if next.len() > MOST {
                    return None;
                }
                values = next;
            }
            Some(values)
        }
        other => other.constant().then(|| vec![other.clone()]),
    }
}

fn member(value: &Val, key: &Val) -> Option<Val> {
    match (value, key) {
        (Val::Array(items), Val::Num(nth)) => {
            items.get(nth.parse::<usize>().ok()?).map(|item| item.val.clone())
        }
        (Val::Set(items), key) => items.iter().find(|item| same(&item.val, key)).map(|item| item.val.clone()),
        (Val::Object(pairs), key) => {
            pairs.iter().rev().find(|(k, _)| same(&k.val, key)).map(|(_, value)| value.val.clone())
        }
        _ => None,
    }
}

/// The members of a constant collection.
pub(super) fn members(value: &Val) -> Option<Vec<Val>> {
    match value {
        Val::Array(items) | Val::Set(items) => Some(items.iter().map(|item| item.val.clone()).collect()),
        Val::Object(pairs) => Some(pairs.iter().map(|(_, value)| value.val.clone()).collect()),
        _ => None,
    }
}

/// The references that a reference can be, where values are known.
fn expand(path: &[Term], known: &BTreeMap<Var, &[Val]>) -> Vec<Vec<Term>> {
    let mut all = vec![path.to_vec()];
    for nth in 1..path.len() {
        let Some(term) = path.get(nth).filter(|term| !term.val.constant()) else { continue };
        let Some(values) = term_values(&term.val, known).filter(|values| !values.is_empty()) else {
            continue;
        };
        if all.len() * values.len() > MOST {
            continue;
        }
        let mut next = Vec::with_capacity(all.len() * values.len());
        for prefix in &all {
            for value in &values {
                let mut copy = prefix.clone();
                if let Some(slot) = copy.get_mut(nth) {
                    slot.val = value.clone();
                }
                next.push(copy);
            }
        }
        all = next;
    }
    all
}

fn origins(
    program: &Program,
    context: &Context,
    rule: &Rule,
    statement: usize,
    path: &[Term],
) -> BTreeMap<Var, Origin> {
    let mut bindings: BTreeMap<Var, &Term> = BTreeMap::new();
    let mut outputs: BTreeMap<Var, Vec<Term>> = BTreeMap::new();
    for expr in rule.body.iter().take(statement).filter(|expr| !expr.negated && expr.with.is_empty()) {
        if let Some((left, right)) = expr.sides(super::ir::EQ) {
            for (var, other) in [(left, right), (right, left)] {
                if let Some(var) = var.as_var() {
                    bindings.entry(var).or_insert(other);
                }
            }
        } else if let ExprKind::Call(terms) = &expr.kind
            && let Some(Term { val: Val::Ref(function), .. }) = terms.first()
            && let Some(builtin) = context.builtin(&program.vars, function)
            && terms.len() == builtin.arity() + 2
            && let Some(var) = terms.last().and_then(Term::as_var)
        {
            outputs.insert(var, function.clone());
        }
    }
    let mut heads: BTreeMap<Var, Origin> = BTreeMap::new();
    for var in rule.head.path.iter().skip(1).chain(&rule.head.key).filter_map(Term::as_var) {
        heads.insert(var, Origin::Key);
    }
    for var in rule.head.args.iter().filter_map(Term::as_var) {
        heads.insert(var, Origin::Argument);
    }
    let resolve = |var: Var| {
        let mut var = var;
        for depth in 0..=rule.body.len() {
            if let Some(function) = outputs.get(&var) {
                return Some(Origin::Builtin(function.clone()));
            }
            match bindings.get(&var).map(|term| &term.val) {
                Some(Val::Var(other)) => {
                    var = *other;
                    continue;
                }
                Some(Val::Ref(terms)) => match terms.first().map(|head| &head.val) {
                    Some(Val::Var(super::ir::INPUT)) => return Some(Origin::Input(constant_prefix(terms))),
                    Some(Val::Var(DATA)) => return Some(Origin::Rule(constant_prefix(terms))),
                    _ => {
                        if let [head, index] = terms.as_slice()
                            && !index.val.constant()
                            && let Some(value) = collection(head, &bindings, depth)
                        {
                            return Some(Origin::Collection(value));
                        }
                    }
                },
                _ => {}
            }
            return heads.get(&var).cloned();
        }
        None
    };
    let vars = path.iter().skip(1).filter_map(Term::as_var);
    vars.filter_map(|var| Some((var, resolve(var)?))).collect()
}

fn collection(term: &Term, bindings: &BTreeMap<Var, &Term>, depth: usize) -> Option<Val> {
    let mut term = term;
    for _ in depth..=bindings.len() {
        let Some(var) = term.as_var() else { break };
        term = bindings.get(&var).copied()?;
    }
    let collection = matches!(term.val, Val::Array(_) | Val::Set(_) | Val::Object(_));
    (collection && term.val.constant()).then(|| term.val.clone())
}

fn constant_prefix(terms: &[Term]) -> Vec<Term> {
    let len = 1 + terms.iter().skip(1).take_while(|term| term.val.constant()).count();
    terms.get(..len).unwrap_or(terms).to_vec()
}
