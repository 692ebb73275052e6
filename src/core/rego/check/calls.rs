//! `with` targets, functions that do not exist, wrong numbers of arguments, functions that are deprecated.

use super::Problem;
use super::context::Context;
use super::hoist::with_value;
use super::ir::{Body, Expr, ExprKind, Program, RuleId, Term, Val, Var, Vars, With};
use super::show;
use super::vars::{Node, each_body_in_term, each_body_mut, requires_eval, walk_body, walk_term};

/// Checks what `with` replaces, and moves values that must be evaluated in front of the statement.
pub(super) fn with_values(program: &mut Program, context: &Context, problems: &mut Vec<Problem>) {
    let functions: Vec<bool> = program.rules.iter().map(|rule| !rule.head.args.is_empty()).collect();
    let eq = program.ops.eq;
    let vars = &mut program.vars;
    let mut checker = Checker { context, functions: &functions, vars, eq, problems };
    for rule in &mut program.rules {
        let change = &mut |body: &mut Body| checker.body(body);
        each_body_mut(&mut rule.body, change);
        let head = &mut rule.head;
        for term in head.key.iter_mut().chain(&mut head.value) {
            each_body_in_term(term, change);
        }
    }
}

struct Checker<'a> {
    context: &'a Context,
    /// By the number of the rule.
    functions: &'a [bool],
    vars: &'a mut Vars,
    eq: Var,
    problems: &'a mut Vec<Problem>,
}

impl Checker<'_> {
    fn body(&mut self, body: &mut Body) {
        if body.iter().all(|expr| expr.with.is_empty()) {
            return;
        }
        let mut out = Vec::with_capacity(body.len());
        for mut expr in body.drain(..) {
            for with in &mut expr.with {
                match self.with(with) {
                    Ok(true) => out.push(with_value(self.vars, self.eq, &mut with.value)),
                    Ok(false) => {}
                    Err(problem) => {
                        self.problems.push(problem);
                        break;
                    }
                }
            }
            out.push(expr);
        }
        *body = out;
    }

    /// Whether the value must be evaluated first.
    fn with(&mut self, with: &mut With) -> Result<bool, Problem> {
        for term in [&mut with.value, &mut with.target] {
            if let Val::Var(var) = term.val
                && self.context.builtins.contains_key(&*self.vars.name(var))
            {
                term.val = Val::Ref(vec![Term::var(term.at, var)]);
            }
        }
        let Val::Ref(target) = &with.target.val else { return Err(unknown_target(with)) };
        let root = target.first().and_then(Term::as_var);
        match root {
            Some(super::ir::DATA) => return self.data(target, with),
            Some(super::ir::INPUT) => {}
            _ => {
                let Some(builtin) = self.context.builtin(self.vars, target) else {
                    return Err(unknown_target(with));
                };
                let name = show::reference(target, self.vars);
                let prefix = "with keyword replacing built-in function:";
                let message = if matches!(name.as_str(), "eq" | "rego.metadata.chain" | "rego.metadata.rule")
                {
                    format!("{prefix} replacement of \"{name}\" invalid")
                } else if name.starts_with("internal.") {
                    format!("{prefix} replacement of internal function \"{name}\" invalid")
                } else if builtin.relation {
                    format!("{prefix} target must not be a relation")
                } else if builtin.void() {
                    format!("{prefix} target must not be a void function")
                } else if self.function_value(&with.value) {
                    return Ok(false);
                } else {
                    return Ok(requires_eval(&with.value));
                };
                return Err(Problem::compile(with.target.at, message));
            }
        }
        Ok(requires_eval(&with.value))
    }

    fn data(&self, target: &[Term], with: &With) -> Result<bool, Problem> {
        let mut node = &self.context.tree;
        let (last, above) = target.split_last().ok_or_else(|| unknown_target(with))?;
        for term in above {
            let Some(child) = node.child(term, self.vars) else { break };
            if !child.rules.is_empty() {
                let message = "with keyword cannot partially replace virtual document(s)";
                return Err(Problem::compile(with.target.at, message.to_owned()));
            }
            node = child;
        }
        let replaces_function =
            node.child(last, self.vars).is_some_and(|child| self.any_function(&child.rules));
        if replaces_function && self.function_value(&with.value) {
            return Ok(false);
        }
        if let Val::Ref(value) = &with.value.val
            && let Some(node) = self.context.tree.find(value, self.vars)
            && self.any_function(&node.rules)
        {
            return Ok(false);
        }
        Ok(requires_eval(&with.value))
    }

    fn any_function(&self, rules: &[RuleId]) -> bool {
        rules.iter().any(|&id| self.functions.get(id).copied().unwrap_or(false))
    }

    /// The value names a rule or a builtin.
    fn function_value(&self, value: &Term) -> bool {
        let Val::Ref(path) = &value.val else { return false };
        self.context.tree.find(path, self.vars).is_some() || self.context.builtin(self.vars, path).is_some()
    }
}

fn unknown_target(with: &With) -> Problem {
    let message = "with keyword target must reference existing input, data, or a function";
    Problem::types(with.target.at, message.to_owned())
}

/// Functions that do not exist, or take another number of arguments.
pub(super) fn undefined(program: &Program, context: &Context, problems: &mut Vec<Problem>) {
    let arity = context.arities(program);
    for rule in &program.rules {
        let before = problems.len();
        let mut see = |node: Node<'_>| {
            let Node::Expr(expr) = node else { return true };
            let Some((Term { val: Val::Ref(function), .. }, args)) = expr.call() else { return true };
            let found = check(program, context, &arity, expr, function, args);
            let fine = found.is_none();
            problems.extend(found);
            fine
        };
        let head = &rule.head;
        head.args.iter().chain(&head.key).chain(&head.value).for_each(|term| walk_term(term, &mut see));
        walk_body(&rule.body, &mut see);
        super::near(problems, before, rule.at);
    }
}

fn check(
    program: &Program,
    context: &Context,
    arity: &dyn Fn(&[Term]) -> Option<usize>,
    expr: &Expr,
    function: &[Term],
    args: &[Term],
) -> Option<Problem> {
    let name = show::reference(function, &program.vars);
    let Some(wanted) = arity(function) else {
        return Some(Problem::types(expr.at, format!("undefined function {name}")));
    };
    let (fine, given) = if expr.generated {
        (expr.calls(program.ops.eq) || args.len() == wanted + 1, args.len().saturating_sub(1))
    } else {
        (args.len() == wanted || args.len() == wanted + 1, args.len())
    };
    if fine {
        return None;
    }
    Some(Problem::types(
        expr.at,
        if context.builtin(&program.vars, function).is_some() {
            format!("{name}: arity mismatch")
        } else {
            let plural = if given == 1 { "" } else { "s" };
            format!("function {name} has arity {wanted}, got {given} argument{plural}")
        },
    ))
}

/// Functions that are deprecated.
pub(super) fn deprecated(program: &Program, context: &Context, strict: bool, problems: &mut Vec<Problem>) {
    for rule in &program.rules {
        if !strict && program.modules.get(rule.module).is_none_or(|module| !module.v1) {
            continue;
        }
        let before = problems.len();
        let mut see = |node: Node<'_>| {
            if let Node::Expr(Expr { at, kind: ExprKind::Call(terms), .. }) = node
                && let Some(Term { val: Val::Ref(function), .. }) = terms.first()
                && context.builtin(&program.vars, function).is_some_and(|builtin| builtin.deprecated)
            {
                let name = show::reference(function, &program.vars);
                let message = format!("deprecated built-in function calls in expression: {name}");
                problems.push(Problem::types(*at, message));
            }
            true
        };
        rule.head.key.iter().chain(&rule.head.value).for_each(|term| walk_term(term, &mut see));
        walk_body(&rule.body, &mut see);
        super::near(problems, before, rule.at);
    }
}
