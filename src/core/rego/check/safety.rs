//! Every variable must get a value from somewhere: statements are put in an order in which it has one.

use std::collections::{HashMap, HashSet};

use super::Problem;
use super::context::Context;
use super::ir::{
    At, Body, DATA, EQ, Expr, ExprKind, Head, INPUT, Program, Rule, RuleId, Term, Val, Var, VarSet,
};
use super::show;
use super::unify::{reference_safe, unify};
use super::vars::{Collect, Node, Skip, of_val, walk_expr, walk_term};

/// Says how many arguments a function takes.
pub(super) type Arity<'a> = &'a dyn Fn(&[Term]) -> Option<usize>;

/// `input` and `data`.
pub(super) fn reserved() -> VarSet {
    VarSet::from([INPUT, DATA])
}

/// What a body gives values to, if `safe` have some.
pub(super) fn body_outputs(arity: Arity<'_>, body: &[Expr], safe: &VarSet) -> VarSet {
    let mut all = safe.clone();
    for expr in body {
        let outputs = outputs(arity, expr, &all);
        all.extend(outputs);
    }
    &all - safe
}

/// What a statement gives values to.
fn outputs(arity: Arity<'_>, expr: &Expr, safe: &VarSet) -> VarSet {
    if expr.negated {
        return VarSet::new();
    }
    if !expr.with.is_empty() {
        let mut collect = Collect::new(Skip::SAFETY);
        expr.with.iter().for_each(|with| collect.with(with));
        if !collect.vars.is_subset(safe) {
            return VarSet::new();
        }
    }
    match &expr.kind {
        ExprKind::Term(_) => term_outputs(expr, safe),
        ExprKind::Every(every) => {
            let mut found = VarSet::new();
            outputs_of(&every.domain, safe, &mut found);
            found
        }
        ExprKind::Call(terms) => {
            if expr.calls(EQ) {
                return equality_outputs(expr, EQ, safe);
            }
            let Some(Term { val: Val::Ref(function), .. }) = terms.first() else { return VarSet::new() };
            match arity(function) {
                Some(count) => call_outputs(expr, count, safe, terms),
                None => VarSet::new(),
            }
        }
        ExprKind::Some(..) | ExprKind::SomeIn(..) | ExprKind::Not(..) | ExprKind::Logic(_) => VarSet::new(),
    }
}

/// What `left = right` gives values to.
pub(super) fn equality_outputs(expr: &Expr, op: Var, safe: &VarSet) -> VarSet {
    let Some((left, right)) = expr.sides(op) else { return safe.clone() };
    let mut basis = term_outputs(expr, safe);
    basis.extend(safe);
    if expr.assigned {
        let written = of_val(&left.val, Skip::default());
        basis.retain(|var| !written.contains(var));
    }
    let unified = unify(&basis, left, right);
    basis.extend(unified);
    &basis - safe
}

fn call_outputs(expr: &Expr, arity: usize, safe: &VarSet, terms: &[Term]) -> VarSet {
    let mut found = term_outputs(expr, safe);
    let inputs = arity + 1;
    if inputs >= terms.len() {
        return found;
    }
    let mut needed = Collect::new(Skip::OUTPUT);
    needed.terms(terms.get(..inputs).unwrap_or_default());
    if needed.vars.iter().any(|var| !found.contains(var) && !safe.contains(var)) {
        return VarSet::new();
    }
    let mut given = Collect::new(Skip::OUTPUT);
    given.terms(terms.get(inputs..).unwrap_or_default());
    found.extend(given.vars);
    found
}

fn term_outputs(expr: &Expr, safe: &VarSet) -> VarSet {
    let mut found = VarSet::new();
    walk_expr(expr, &mut |node| collect_outputs(node, safe, &mut found));
    found
}

fn outputs_of(term: &Term, safe: &VarSet, found: &mut VarSet) {
    walk_term(term, &mut |node| collect_outputs(node, safe, found));
}

/// Indices of references whose head has a value.
fn collect_outputs(node: Node<'_>, safe: &VarSet, found: &mut VarSet) -> bool {
    let Node::Term(term) = node else { return true };
    match &term.val {
        Val::Compr(_) | Val::Template(_) => false,
        Val::Ref(terms) => {
            if !reference_safe(terms, safe) {
                return false;
            }
            if terms.iter().skip(1).any(|t| !t.val.ground()) {
                let mut collect = Collect::new(Skip { ref_head: true, ..Skip::default() });
                collect.terms(terms.get(1..).unwrap_or_default());
                found.extend(collect.vars);
            }
            true
        }
        _ => true,
    }
}

/// A statement with variables that have no value.
struct Unsafe {
    at: At,
    /// The variables on the left of `:=`.
    written: VarSet,
    vars: VarSet,
}

/// Variables of heads that the bodies give no value.
pub(super) fn heads(program: &Program, problems: &mut Vec<Problem>) {
    let scopes = scopes(program);
    for id in program.order() {
        let Some(rule) = program.rules.get(id).filter(|rule| rule.head.may_have_vars()) else { continue };
        let mut collect = Collect::new(Skip::SAFETY);
        collect.body(&rule.body);
        let mut arguments = Collect::new(Skip::default());
        arguments.terms(&rule.head.args);
        collect.vars.extend(arguments.vars);
        for (var, at) in head_vars(&rule.head) {
            let shown = program.vars.original(var);
            if collect.vars.contains(&var) || program.vars.generated(shown) {
                continue;
            }
            let name = program.vars.name(shown);
            let scope = scope(program, &scopes, id);
            problems.push(Problem::new("rego_unsafe_var_error", at, format!("var {name} is unsafe{scope}")));
        }
    }
}

/// The variables of a head, each with its last place.
fn head_vars(head: &Head) -> HashMap<Var, At> {
    let mut found: HashMap<Var, At> = HashMap::new();
    for term in head.key.iter().chain(&head.value).chain(head.path.iter().skip(1)) {
        walk_term(term, &mut |node| {
            if let Node::Term(Term { at, val: Val::Var(var) }) = node {
                found.insert(*var, *at);
            }
            true
        });
    }
    found
}

/// Puts the bodies of all rules in order, and reports variables without value.
pub(super) fn bodies(program: &mut Program, context: &Context, problems: &mut Vec<Problem>) {
    let scopes = scopes(program);
    for id in program.order() {
        let Some(rule) = program.rules.get_mut(id) else { continue };
        let mut body = std::mem::take(&mut rule.body);
        let mut globals = reserved();
        let mut collect = Collect::new(Skip::default());
        collect.terms(&rule.head.args);
        globals.extend(collect.vars);
        let found = Order { arity: &context.arities(program) }.body(&mut body, &globals);
        let (at, before) = (program.rules.get(id).and_then(|rule| rule.at), problems.len());
        if !found.is_empty() {
            report(program, &found, &scope(program, &scopes, id), problems);
        }
        super::near(problems, before, at);
        if let Some(rule) = program.rules.get_mut(id) {
            rule.body = body;
        }
    }
}

struct Order<'a> {
    arity: Arity<'a>,
}

impl Order<'_> {
    /// Orders a body and the bodies in it.
    fn body(&self, body: &mut Body, globals: &VarSet) -> Vec<Unsafe> {
        let promote = |body: &[Expr], vars: &mut VarSet| self.implicit(body, vars);
        let per_expr: Vec<VarSet> = body
            .iter()
            .map(|expr| {
                let mut collect = Collect::promoting(&promote);
                collect.expr(expr);
                collect.vars
            })
            .collect();
        let all: VarSet = per_expr.iter().flatten().copied().collect();
        let mut safe = &all & globals;
        let mut missing: Vec<VarSet> = per_expr.iter().map(|vars| vars - &safe).collect();
        let mut taken: Vec<usize> = Vec::with_capacity(body.len());
        let mut done = vec![false; body.len()];
        loop {
            let before = taken.len();
            for (nth, expr) in body.iter().enumerate() {
                if done.get(nth).copied().unwrap_or(true) {
                    continue;
                }
                let outputs = outputs(self.arity, expr, &safe);
                let closed: VarSet = closure_vars(expr)
                    .into_iter()
                    .filter(|v| all.contains(v) && !globals.contains(v))
                    .collect();
                let Some(lacking) = missing.get_mut(nth) else { continue };
                // What the closures need replaces what the statement needs outside of them: OPA does so too.
                if !closed.is_empty() {
                    if closed == outputs {
                        continue;
                    }
                    *lacking = closed;
                }
                lacking.retain(|var| !outputs.contains(var) && !safe.contains(var));
                if lacking.is_empty() {
                    taken.push(nth);
                    if let Some(flag) = done.get_mut(nth) {
                        *flag = true;
                    }
                    safe.extend(outputs);
                }
            }
            if taken.len() == before {
                break;
            }
        }
        let mut found: Vec<Unsafe> = missing
            .into_iter()
            .enumerate()
            .filter(|(_, vars)| !vars.is_empty())
            .filter_map(|(nth, vars)| Some(problem(body.get(nth)?, vars)))
            .collect();
        self.closures(body, &taken, globals, &mut found);
        if found.is_empty() {
            let mut slots: Vec<Option<Expr>> = body.drain(..).map(Some).collect();
            *body = taken.iter().filter_map(|&nth| slots.get_mut(nth)?.take()).collect();
        }
        found
    }

    /// Orders the closures in the statements that have all they need.
    fn closures(&self, body: &mut Body, taken: &[usize], globals: &VarSet, found: &mut Vec<Unsafe>) {
        let promote = |body: &[Expr], vars: &mut VarSet| self.implicit(body, vars);
        let mut globals = globals.clone();
        for &nth in taken {
            let Some(expr) = body.get_mut(nth) else { continue };
            let here = problem(expr, VarSet::new());
            self.expr(expr, &mut globals, &here, found);
            let mut collect = Collect::promoting(&promote);
            collect.expr(expr);
            globals.extend(collect.vars);
        }
    }

    fn expr(&self, expr: &mut Expr, globals: &mut VarSet, here: &Unsafe, found: &mut Vec<Unsafe>) {
        match &mut expr.kind {
            ExprKind::Every(every) => {
                globals.extend(every.key.iter().chain([&every.value]).filter_map(Term::as_var));
                found.extend(self.body(&mut every.body, globals));
            }
            ExprKind::Not(body, _) => found.extend(self.body(body, globals)),
            ExprKind::Logic(logic) => {
                found.extend(self.body(&mut logic.left, globals));
                found.extend(self.body(&mut logic.right, globals));
            }
            ExprKind::Term(term) => self.term(term, globals, here, found),
            ExprKind::Call(terms) => terms.iter_mut().for_each(|t| self.term(t, globals, here, found)),
            ExprKind::Some(..) | ExprKind::SomeIn(..) => {}
        }
        if matches!(expr.kind, ExprKind::Every(_) | ExprKind::Not(..) | ExprKind::Logic(_)) {
            return;
        }
        for with in &mut expr.with {
            self.term(&mut with.target, globals, here, found);
            self.term(&mut with.value, globals, here, found);
        }
    }

    fn term(&self, term: &mut Term, globals: &VarSet, here: &Unsafe, found: &mut Vec<Unsafe>) {
        match &mut term.val {
            Val::Ref(terms) | Val::Call(terms) | Val::Array(terms) | Val::Set(terms) => {
                terms.iter_mut().for_each(|t| self.term(t, globals, here, found));
            }
            Val::Object(pairs) => {
                for (key, value) in pairs {
                    self.term(key, globals, here, found);
                    self.term(value, globals, here, found);
                }
            }
            Val::Compr(compr) => {
                let promote = |body: &[Expr], vars: &mut VarSet| self.implicit(body, vars);
                let mut collect = Collect::promoting(&promote);
                collect.body(&compr.body);
                let mut needed = of_val(&compr.term.val, Skip::default());
                if let Some(key) = &compr.key {
                    needed.extend(of_val(&key.val, Skip::default()));
                }
                needed.retain(|var| !collect.vars.contains(var) && !globals.contains(var));
                if !needed.is_empty() {
                    found.push(Unsafe { at: here.at, written: here.written.clone(), vars: needed });
                }
                found.extend(self.body(&mut compr.body, globals));
            }
            _ => {}
        }
    }

    /// The variables of an implicit operand that its surroundings must bind.
    fn implicit(&self, body: &[Expr], result: &mut VarSet) {
        let mut occurrences: HashMap<Var, usize> = HashMap::new();
        for expr in body {
            let mut collect = Collect::new(Skip::SAFETY);
            collect.expr(expr);
            for var in collect.vars {
                *occurrences.entry(var).or_default() += 1;
            }
        }
        if body.len() == 1 {
            result.extend(occurrences.into_keys());
            return;
        }
        let mut safe = reserved();
        safe.extend(occurrences.keys());
        for (left, right) in body.iter().filter_map(|expr| expr.sides(EQ)) {
            for var in [left, right].into_iter().filter_map(Term::as_var) {
                safe.remove(&var);
            }
        }
        let mut bound = VarSet::new();
        loop {
            let before = bound.len();
            for expr in body.iter().filter(|expr| expr.calls(EQ)) {
                let new = equality_outputs(expr, EQ, &safe);
                bound.extend(&new);
                safe.extend(new);
            }
            if bound.len() == before {
                break;
            }
        }
        for expr in body.iter().filter(|expr| !expr.calls(EQ)) {
            let Some((Term { val: Val::Ref(function), .. }, args)) = expr.call() else { continue };
            if let Some(outputs) = (self.arity)(function).and_then(|count| args.get(count..)) {
                let mut collect = Collect::new(Skip::OUTPUT);
                collect.terms(outputs);
                bound.extend(collect.vars);
            }
        }
        result.extend(
            occurrences.into_iter().filter(|(v, count)| !bound.contains(v) || *count == 1).map(|(v, _)| v),
        );
    }
}

fn problem(expr: &Expr, vars: VarSet) -> Unsafe {
    let mut written = VarSet::new();
    if expr.assigned
        && let Some((_, [left, _])) = expr.call()
    {
        written = of_val(&left.val, Skip::default());
    }
    Unsafe { at: expr.at, written, vars }
}

/// The variables inside the closures of a statement.
fn closure_vars(expr: &Expr) -> VarSet {
    let mut collect = Collect::new(Skip::default());
    walk_expr(expr, &mut |node| match node {
        Node::Term(Term { val: val @ Val::Compr(_), .. }) => {
            collect.val(val);
            false
        }
        Node::Term(_) => true,
        Node::Expr(expr) => {
            match &expr.kind {
                ExprKind::Every(every) => collect.body(&every.body),
                ExprKind::Not(body, _) => collect.body(body),
                ExprKind::Logic(logic) => {
                    collect.body(&logic.left);
                    collect.body(&logic.right);
                }
                _ => return true,
            }
            false
        }
    });
    collect.vars
}

fn report(program: &Program, found: &[Unsafe], scope: &str, problems: &mut Vec<Problem>) {
    let vars = &program.vars;
    let mut written = VarSet::new();
    for one in found {
        written.extend(&one.written);
        written.extend(one.written.iter().map(|&var| vars.original(var)));
    }
    // Each variable at its first place.
    let mut places: HashMap<Var, At> = HashMap::new();
    for one in found {
        for &var in &one.vars {
            let place = places.entry(var).or_insert(one.at);
            if super::earlier(one.at, *place) {
                *place = one.at;
            }
        }
    }
    let named: Vec<(Var, Var, At)> = places
        .iter()
        .map(|(&var, &at)| (var, vars.original(var), at))
        .filter(|(_, shown, _)| !vars.generated(*shown))
        .collect();
    let is_written = |var: &Var, shown: &Var| written.contains(var) || written.contains(shown);
    let others = named.iter().any(|(var, shown, _)| !is_written(var, shown));
    let before = problems.len();
    for (var, shown, at) in &named {
        if others && is_written(var, shown) {
            continue;
        }
        let name = vars.name(*shown);
        let hint = match &*name {
            "in" | "every" | "if" | "contains" | "and" | "or" | "not" => {
                format!(" (hint: `import future.keywords.{name}` to import a future keyword)")
            }
            _ => String::new(),
        };
        let message = format!("var {name} is unsafe{scope}{hint}");
        problems.push(Problem::new("rego_unsafe_var_error", *at, message));
    }
    if problems.len() > before {
        return;
    }
    let mut by_place: Vec<&Unsafe> = found.iter().collect();
    by_place.sort_by_key(|one| one.at);
    let mut seen: HashSet<Var> = HashSet::new();
    for one in by_place {
        let before = seen.len();
        seen.extend(one.vars.iter().filter(|&&var| vars.generated(var)));
        if seen.len() > before {
            let message = format!("expression is unsafe{scope}");
            problems.push(Problem::new("rego_unsafe_var_error", one.at, message));
        }
    }
}

/// The rows of files that hold rules of more than one name.
fn scopes(program: &Program) -> HashSet<(u32, usize)> {
    let mut first: HashMap<(u32, usize), String> = HashMap::new();
    let mut shared = HashSet::new();
    for rule in &program.rules {
        let (Some(at), Some(row)) = (rule.at, program.row(rule.at)) else { continue };
        let name = rule_name(program, rule);
        let known = first.entry((at.file, row)).or_insert_with(|| name.clone());
        if *known != name {
            shared.insert((at.file, row));
        }
    }
    shared
}

fn rule_name(program: &Program, rule: &Rule) -> String {
    show::reference(rule.head.ground_prefix(), &program.vars)
}

fn scope(program: &Program, scopes: &HashSet<(u32, usize)>, id: RuleId) -> String {
    let Some(rule) = program.rules.get(id) else { return String::new() };
    match (rule.at, program.row(rule.at)) {
        (Some(at), Some(row)) if scopes.contains(&(at.file, row)) => {
            format!(" in rule {}", rule_name(program, rule))
        }
        _ => String::new(),
    }
}
