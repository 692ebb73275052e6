//! Values and references in OPA's notation, for messages; and constants as keys.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::rc::Rc;

use super::ir::{ComprKind, Expr, ExprKind, Part, Term, Val, Var, Vars};
use crate::core::rego::names::{KEYWORDS, is_plain};

/// A constant, or a variable, that leads from a node of a tree to the next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    Null,
    Bool(bool),
    /// In one notation for equal numbers.
    Num(Rc<str>),
    Str(Rc<str>),
    Var(Var),
    /// A constant array, object or set, in OPA's notation.
    Composite(Rc<str>),
}

impl Key {
    /// The key that a value is, if it is one.
    pub(super) fn of(val: &Val, vars: &Vars) -> Option<Self> {
        Some(match val {
            Val::Null => Self::Null,
            Val::Bool(value) => Self::Bool(*value),
            Val::Num(text) => Self::Num(number(text)),
            Val::Str(text) => Self::Str(text.clone()),
            Val::Var(var) => Self::Var(*var),
            other if other.constant() => Self::Composite(value(other, vars).into()),
            _ => return None,
        })
    }
}

/// A number in one notation: whole ones without fraction and exponent.
pub(super) fn number(text: &Rc<str>) -> Rc<str> {
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return text.clone();
    }
    match text.parse::<f64>() {
        Ok(value) if value.fract() == 0.0 && value.abs() < 1e15 => format!("{value:.0}").into(),
        Ok(value) => format!("{value}").into(),
        Err(_) => text.clone(),
    }
}

/// A reference: `data.a["b c"][x]`.
pub(super) fn reference(terms: &[Term], vars: &Vars) -> String {
    let mut out = String::new();
    write_reference(&mut out, terms, vars, false);
    out
}

/// A reference with the author's names, and with what generated variables stand for.
pub(super) fn authors_reference(terms: &[Term], vars: &Vars) -> String {
    let mut out = String::new();
    write_reference(&mut out, terms, vars, true);
    out
}

fn write_reference(out: &mut String, terms: &[Term], vars: &Vars, subjects: bool) {
    for (nth, term) in terms.iter().enumerate() {
        match &term.val {
            Val::Str(name) if nth == 0 => out.push_str(name),
            Val::Str(name) if is_plain(name) && !KEYWORDS.contains(&&**name) => {
                out.push('.');
                out.push_str(name);
            }
            val if nth == 0 => write_value(out, val, vars, subjects),
            val => {
                out.push('[');
                write_value(out, val, vars, subjects);
                out.push(']');
            }
        }
    }
}

/// A value.
pub(super) fn value(val: &Val, vars: &Vars) -> String {
    let mut out = String::new();
    write_value(&mut out, val, vars, false);
    out
}

fn write_value(out: &mut String, val: &Val, vars: &Vars, subjects: bool) {
    let list = |out: &mut String, items: &[Term]| {
        for (nth, item) in items.iter().enumerate() {
            if nth > 0 {
                out.push_str(", ");
            }
            write_value(out, &item.val, vars, subjects);
        }
    };
    match val {
        Val::Null => out.push_str("null"),
        Val::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Val::Num(text) => out.push_str(text),
        Val::Str(text) => {
            let _ = write!(out, "{}", serde_json::Value::from(&**text));
        }
        Val::Var(var) => match vars.subjects.get(var) {
            Some(subject) if subjects => write_value(out, subject, vars, subjects),
            _ => {
                out.push_str(&vars.name(vars.original(*var)));
            }
        },
        Val::Ref(terms) => write_reference(out, terms, vars, subjects),
        Val::Call(terms) => {
            let Some((function, args)) = terms.split_first() else { return };
            write_value(out, &function.val, vars, subjects);
            out.push('(');
            list(out, args);
            out.push(')');
        }
        Val::Array(items) => {
            out.push('[');
            list(out, items);
            out.push(']');
        }
        Val::Set(items) if items.is_empty() => out.push_str("set()"),
        Val::Set(items) => {
            let texts: BTreeSet<String> = items.iter().map(|item| value(&item.val, vars)).collect();
            let texts: Vec<String> = texts.into_iter().collect();
            let _ = write!(out, "{{{}}}", texts.join(", "));
        }
        Val::Object(pairs) => {
            out.push('{');
            for (nth, (key, value)) in pairs.iter().enumerate() {
                if nth > 0 {
                    out.push_str(", ");
                }
                write_value(out, &key.val, vars, subjects);
                out.push_str(": ");
                write_value(out, &value.val, vars, subjects);
            }
            out.push('}');
        }
        Val::Compr(compr) => {
            let (open, close) = if compr.kind == ComprKind::Array { ('[', ']') } else { ('{', '}') };
            out.push(open);
            if let Some(key) = &compr.key {
                write_value(out, &key.val, vars, subjects);
                out.push_str(": ");
            }
            write_value(out, &compr.term.val, vars, subjects);
            out.push_str(" | ");
            for (nth, expr) in compr.body.iter().enumerate() {
                if nth > 0 {
                    out.push_str("; ");
                }
                write_statement(out, expr, vars, subjects);
            }
            out.push(close);
        }
        Val::Template(parts) => {
            out.push_str("$\"");
            for part in parts {
                match part {
                    Part::Term(Term { val: Val::Str(text), .. }) => out.push_str(text),
                    Part::Term(term) => write_value(out, &term.val, vars, subjects),
                    Part::Expr(expr) => {
                        out.push('{');
                        write_statement(out, expr, vars, subjects);
                        out.push('}');
                    }
                }
            }
            out.push('"');
        }
    }
}

fn write_statement(out: &mut String, expr: &Expr, vars: &Vars, subjects: bool) {
    match &expr.kind {
        ExprKind::Term(term) => write_value(out, &term.val, vars, subjects),
        ExprKind::Call(terms) => match (expr.call(), terms.as_slice()) {
            (Some((Term { val: Val::Ref(path), .. }, _)), [_, left, right]) if path.len() == 1 => {
                let name = path.first().and_then(Term::as_var).map(|var| vars.name(var));
                let Some(sign) = infix(&name.unwrap_or_default()) else {
                    return write_value(out, &Val::Call(terms.clone()), vars, subjects);
                };
                write_value(out, &left.val, vars, subjects);
                let _ = write!(out, " {sign} ");
                write_value(out, &right.val, vars, subjects);
            }
            _ => write_value(out, &Val::Call(terms.clone()), vars, subjects),
        },
        _ => out.push('…'),
    }
}

fn infix(name: &str) -> Option<&'static str> {
    Some(match name {
        "eq" => "=",
        "assign" => ":=",
        "equal" => "==",
        "neq" => "!=",
        "lt" => "<",
        "lte" => "<=",
        "gt" => ">",
        "gte" => ">=",
        "or" => "|",
        "and" => "&",
        "plus" => "+",
        "minus" => "-",
        "mul" => "*",
        "div" => "/",
        "rem" => "%",
        _ => return None,
    })
}
