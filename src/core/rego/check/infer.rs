//! Type checks: what statements demand of the types of their terms.

use std::collections::{BTreeMap, HashMap};

use super::Problem;
use super::context::Context;
use super::env::Env;
use super::graph::Graph;
use super::ir::{Body, Expr, ExprKind, Program, RuleId, Term, Val, With};
use super::kinds::{FunctionKind, Kind, keys, meet, or, unknown, values};
use super::recursion::dependents;
use super::show::{self, Key};
use super::vars::{Node, walk_term};

/// How many statements are checked at most, for each of the program. Nested comprehensions are checked again for each
/// level around them; what comes after that has no types, and no type errors.
const MOST_PER_STATEMENT: usize = 16;

/// And how many in any program.
const MOST_ANYWAY: usize = 20_000;

/// Checks the types of all rules.
pub(super) fn check(
    program: &Program,
    context: &Context,
    graph: &Graph,
    schemas: &super::schema::Schemas<'_>,
    problems: &mut Vec<Problem>,
) {
    let mut env = Env::new(&program.vars);
    for (name, builtin) in context.builtins.iter() {
        let path: Vec<Term> = name
            .split('.')
            .enumerate()
            .filter_map(|(nth, part)| {
                let val = if nth == 0 { Val::Var(program.vars.known(part)?) } else { Val::Str(part.into()) };
                Some(Term::new(None, val))
            })
            .collect();
        if path.len() == name.split('.').count() {
            env.put(&path, Kind::Function(builtin.kind.clone()));
        }
    }
    if let Some(input) = &schemas.input {
        env.put(&[Term::var(None, super::ir::INPUT)], input.clone());
    }
    env.push();
    let statements: usize = program.rules.iter().map(|rule| rule.body.len()).sum();
    let left = MOST_ANYWAY + MOST_PER_STATEMENT * statements;
    let mut checker = Checker { program, context, graph, env, left, affected: HashMap::new() };
    for id in graph.sorted(program) {
        let before = problems.len();
        problems.append(&mut checker.rule(id, schemas));
        super::near(problems, before, program.rules.get(id).and_then(|rule| rule.at));
    }
}

/// A problem, and whether it may only be due to a type that is not known.
type Doubtful = (Problem, bool);

pub(super) struct Checker<'p> {
    pub program: &'p Program,
    context: &'p Context,
    graph: &'p Graph,
    pub env: Env<'p>,
    left: usize,
    /// The rules that a `with` target reaches, by its text.
    affected: HashMap<String, Vec<RuleId>>,
}

impl<'p> Checker<'p> {
    fn rule(&mut self, id: RuleId, schemas: &super::schema::Schemas<'_>) -> Vec<Problem> {
        let Some(rule) = self.program.rules.get(id) else { return Vec::new() };
        let head = &rule.head;
        self.env.push();
        let mut found = Vec::new();
        for (path, kind) in schemas.of_rule(self.program, id, &mut found) {
            self.schema(&path, kind);
        }
        let problems = self.body(&rule.body);
        let path = self.program.path(id);
        let ground = 1 + path.iter().skip(1).take_while(|term| term.val.ground()).count();
        let (prefix, suffix) = path.split_at(ground.min(path.len()));
        let mut kind = None;
        if problems.is_empty() {
            if !head.args.is_empty() {
                kind = Some(self.function(head));
            } else if let Some(value) = &head.value {
                kind = self.kind(&value.val);
            } else if let Some(key) = &head.key {
                kind = self.kind(&key.val).map(|of| Kind::set(Some(of)));
            }
            if head.args.is_empty() {
                for term in suffix.iter().rev() {
                    let key = match &term.val {
                        Val::Var(var) => self.env.var(*var),
                        other => Key::of(other, &self.program.vars).map(|key| Kind::of_key(&key)),
                    };
                    kind = match (key, kind) {
                        (Some(key), Some(kind)) => {
                            Some(Kind::object(BTreeMap::new(), Some((Some(key), Some(kind)))))
                        }
                        _ => None,
                    };
                }
            }
        }
        self.env.pop();
        self.env.pop();
        if problems.is_empty() {
            if let Some(kind) = kind {
                self.env.insert(prefix, &kind);
            }
        } else {
            self.env.put(prefix, Kind::any());
        }
        found.extend(problems);
        found
    }

    fn function(&mut self, head: &'p super::ir::Head) -> Kind {
        for arg in &head.args {
            let mut open = Vec::new();
            walk_term(arg, &mut |node| {
                if let Node::Term(Term { val: Val::Var(var), .. }) = node {
                    open.push(*var);
                }
                true
            });
            for var in open {
                if self.env.var(var).is_none() {
                    self.env.put_var(var, Some(Kind::any()));
                }
            }
        }
        let args = head.args.iter().map(|arg| self.kind(&arg.val)).collect();
        let result = head.value.as_ref().and_then(|value| self.kind(&value.val)).or(Some(Kind::any()));
        Kind::Function(std::rc::Rc::new(FunctionKind { args, rest: None, result }))
    }

    /// Puts the type of a schema in the place of what was known.
    fn schema(&mut self, path: &[Term], kind: Kind) {
        let known = (1..path.len()).find_map(|len| {
            let prefix = path.get(..len)?;
            Some((len, self.env.reference(prefix)?))
        });
        match known {
            Some((len, outer)) if path.len() > 1 => {
                let rest = path.get(len..).unwrap_or_default();
                let keys: Vec<Key> =
                    rest.iter().filter_map(|term| Key::of(&term.val, &self.program.vars)).collect();
                let new = super::schema::with_member(&outer, &keys, kind);
                self.env.put(path.get(..len).unwrap_or_default(), new);
            }
            _ => self.env.put(path, kind),
        }
    }

    /// Checks a body in a new layer, which stays.
    pub(super) fn body(&mut self, body: &'p Body) -> Vec<Problem> {
        self.env.push();
        let mut problems = Vec::new();
        for expr in body {
            if self.left == 0 {
                return Vec::new();
            }
            self.left -= 1;
            let before = self.env.top();
            self.replacements(&expr.with);
            let closures = self.closures(expr);
            let mut references = Vec::new();
            self.references_in(expr, &mut references);
            let statement = self.statement(expr);
            let known_cause = !closures.is_empty() || !references.is_empty();
            problems.extend(closures);
            problems.extend(references);
            if let Some((problem, doubtful)) = statement
                && !(known_cause && doubtful)
            {
                problems.push(problem);
            }
            while self.env.top() > before {
                self.env.pop();
            }
        }
        problems
    }

    /// Layers for what `with` replaces.
    fn replacements(&mut self, withs: &'p [With]) {
        if withs.is_empty() {
            return;
        }
        let mut replaced = Vec::new();
        for with in withs {
            let Val::Ref(target) = &with.target.val else { continue };
            let kind = self.env.reference(target);
            let function = matches!(kind, Some(Kind::Function(_)));
            self.env.push_statement();
            for id in self.affected(target) {
                let path = self.program.path(id);
                let ground = 1 + path.iter().skip(1).take_while(|term| term.val.ground()).count();
                let path = path.get(..ground).unwrap_or(&path);
                let same = path.len() == target.len()
                    && path.iter().zip(target).all(|(a, b)| super::unify::same(&a.val, &b.val));
                if !(function && same) {
                    self.env.put(path, Kind::any());
                }
            }
            if !function {
                let ground = target.iter().skip(1).all(|term| term.val.ground());
                let value = self.kind(&with.value.val);
                let new = match (ground, kind, value) {
                    (true, Some(kind), Some(value)) => or(Some(kind), Some(value)),
                    _ => None,
                };
                let len = 1 + target.iter().skip(1).take_while(|term| term.val.ground()).count();
                replaced.push((target.get(..len).unwrap_or(target), new.unwrap_or_else(Kind::any)));
            }
        }
        self.env.push_statement();
        for (path, kind) in replaced {
            self.env.put(path, kind);
        }
    }

    fn affected(&mut self, target: &[Term]) -> Vec<RuleId> {
        let name = show::reference(target, &self.program.vars);
        if let Some(known) = self.affected.get(&name) {
            return known.clone();
        }
        let mut direct = std::collections::BTreeSet::new();
        super::graph::selected(&self.context.tree, self.program, target, 0, &mut direct);
        let all: Vec<RuleId> = dependents(self.graph, direct).into_iter().collect();
        self.affected.insert(name, all.clone());
        all
    }

    /// The comprehensions in a statement.
    fn closures(&mut self, expr: &'p Expr) -> Vec<Problem> {
        let mut bodies: Vec<&'p Body> = Vec::new();
        super::vars::walk_expr(expr, &mut |node| {
            if let Node::Term(Term { val: Val::Compr(compr), .. }) = node {
                bodies.push(&compr.body);
                return false;
            }
            true
        });
        let mut found = Vec::new();
        for body in bodies {
            let problems = self.body(body);
            self.env.pop();
            if !problems.is_empty() {
                found = problems;
            }
        }
        found
    }

    fn statement(&mut self, expr: &'p Expr) -> Option<Doubtful> {
        for with in &expr.with {
            let (target, value) = (self.kind(&with.target.val), self.kind(&with.value.val));
            if let (Some(Kind::Function(_)), Some(Kind::Function(_))) = (&target, &value)
                && !meet(target.as_ref(), value.as_ref())
                && let Val::Ref(path) = &with.target.val
            {
                let name = show::reference(path, &self.program.vars);
                return Some((Problem::types(with.at, format!("{name}: arity mismatch")), false));
            }
        }
        let (Term { val: Val::Ref(function), .. }, args) = expr.call()? else { return None };
        if expr.calls(super::ir::EQ) {
            let [left, right] = args else { return None };
            return self.equality(expr, left, right);
        }
        let name = show::reference(function, &self.program.vars);
        if matches!(name.as_str(), "internal.member_2" | "internal.member_3")
            && let Some(problem) = self.member(expr, args, name.ends_with('3'))
        {
            return Some(problem);
        }
        self.call(expr, function, &name, args)
    }

    fn equality(&mut self, expr: &Expr, left: &'p Term, right: &'p Term) -> Option<Doubtful> {
        let (a, b) = (self.kind(&left.val), self.kind(&right.val));
        let doubtful = unknown(a.as_ref()) || unknown(b.as_ref());
        let fine = self.unify_terms(left, a, right, b);
        (!fine).then(|| (Problem::types(expr.at, "match error".to_owned()), doubtful))
    }

    /// `x in xs`: what is looked for must be able to be in the collection.
    fn member(&mut self, expr: &Expr, args: &'p [Term], with_key: bool) -> Option<Doubtful> {
        let (value, collection) = match args {
            [_, value, collection, ..] if with_key => (value, collection),
            [value, collection, ..] if !with_key => (value, collection),
            _ => return None,
        };
        let collection = self.kind(&collection.val)?;
        let members = values(&collection)?;
        if with_key
            && let Some(key) = args.first()
            && let Some(problem) = self.member_operand(expr, key, keys(&collection))
        {
            return Some(problem);
        }
        self.member_operand(expr, value, Some(members))
    }

    fn member_operand(&mut self, expr: &Expr, term: &'p Term, kind: Option<Kind>) -> Option<Doubtful> {
        if unknown(kind.as_ref()) {
            return None;
        }
        let kind = kind?;
        let have = self.kind(&term.val);
        let open = unknown(have.as_ref());
        let fine = (open || meet(have.as_ref(), Some(&kind))) && self.unify(term, &kind, false);
        (!fine).then(|| (Problem::types(expr.at, "match error".to_owned()), open))
    }

    fn call(&mut self, expr: &Expr, function: &[Term], name: &str, args: &'p [Term]) -> Option<Doubtful> {
        let wanted = match self.env.reference(function) {
            Some(Kind::Function(wanted)) => wanted,
            Some(kind) if kind.is_any() => return None,
            // A variable has taken the name of the function's namespace, or it is a rule.
            _ => return Some((Problem::types(expr.at, format!("undefined function {name}")), false)),
        };
        let arg = |nth: usize| match wanted.args.get(nth) {
            Some(kind) => kind.clone(),
            None if nth == wanted.args.len() && wanted.result.is_some() => wanted.result.clone(),
            None => wanted.rest.clone(),
        };
        let before: Vec<Option<Kind>> = args.iter().map(|arg| self.kind(&arg.val)).collect();
        let most = wanted.args.len() + usize::from(wanted.result.is_some());
        let doubtful = before.iter().any(|kind| unknown(kind.as_ref()));
        let problem =
            |what: &str, doubtful| Some((Problem::types(expr.at, format!("{name}: {what}")), doubtful));
        if args.len() > most && wanted.rest.is_none() {
            return problem("too many arguments", doubtful);
        }
        if args.len() < wanted.args.len() {
            return problem("too few arguments", doubtful);
        }
        for (nth, (term, have)) in args.iter().zip(&before).enumerate() {
            let Some(kind) = arg(nth) else { continue };
            if !unknown(have.as_ref()) && !meet(have.as_ref(), Some(&kind)) {
                return problem("invalid argument(s)", doubtful);
            }
            if !self.unify(term, &kind, false) {
                let doubtful = args.iter().any(|arg| unknown(self.kind(&arg.val).as_ref()));
                return problem("invalid argument(s)", doubtful);
            }
        }
        None
    }

    /// The references in a statement.
    fn references_in(&mut self, expr: &'p Expr, problems: &mut Vec<Problem>) {
        match &expr.kind {
            ExprKind::Call(terms) => {
                terms.iter().skip(1).for_each(|term| self.references_in_term(term, problems));
            }
            ExprKind::Term(term) => self.references_in_term(term, problems),
            ExprKind::Not(body, _) => body.iter().for_each(|expr| self.references_in(expr, problems)),
            ExprKind::Every(every) => {
                self.references_in_term(&every.domain, problems);
                every.body.iter().for_each(|expr| self.references_in(expr, problems));
            }
            ExprKind::Logic(logic) => {
                for expr in logic.left.iter().chain(&logic.right) {
                    self.references_in(expr, problems);
                }
            }
            ExprKind::Some(..) | ExprKind::SomeIn(..) => {}
        }
    }

    fn references_in_term(&mut self, term: &'p Term, problems: &mut Vec<Problem>) {
        match &term.val {
            Val::Ref(path) => {
                if let Some(problem) = self.reference(path) {
                    return problems.push(problem);
                }
                path.iter().skip(1).for_each(|term| self.references_in_term(term, problems));
            }
            Val::Call(terms) | Val::Array(terms) | Val::Set(terms) => {
                terms.iter().for_each(|term| self.references_in_term(term, problems));
            }
            Val::Object(pairs) => {
                for (key, value) in pairs {
                    self.references_in_term(key, problems);
                    self.references_in_term(value, problems);
                }
            }
            _ => {}
        }
    }
}
