//! Functions that lowered text calls (`core::rego::lower`): operators that are undefined where the engine's own end the
//! rule with an error, template strings, and probes. And the builtins that the engine lacks or answers otherwise than
//! OPA 1.22: an extension of a builtin's name takes its place.
//!
//! Still other than OPA: the spelling of a number (`1.0`, `1e3`) in messages.

mod aws;
mod checks;
mod collections;
mod crypto;
mod floats;
mod globs;
mod ids;
mod intersect;
mod json;
mod keys;
mod net;
mod numbers;
mod printed;
mod re2;
mod regexes;
pub use regexes::search;
mod sprintf;
mod strings;
mod templates;
mod times;
mod tokens;
mod units;
mod uri;
mod wide;
pub mod world;
mod x509;
mod yaml;

pub use printed::sorted;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use numbers::Step;
use printed::order;
use regorus::Value;

/// Names that [`register`] adds, with their number of arguments. `__rs_fired` (3) and `__rs_not_run` (1) are not in here.
const NAMES: &[(&str, u8)] = &[
    ("__rs_plus", 2),
    ("__rs_minus", 2),
    ("__rs_times", 2),
    ("__rs_divide", 2),
    ("__rs_remainder", 2),
    ("__rs_union", 2),
    ("__rs_intersection", 2),
    ("__rs_each", 1),
    ("__rs_template", 1),
    ("__rs_less", 2),
    ("__rs_less_equal", 2),
    ("__rs_greater", 2),
    ("__rs_greater_equal", 2),
];

/// The builtins answered here.
fn builtins() -> impl Iterator<Item = &'static Builtin> {
    const SPRINTF: &[Builtin] = &[("sprintf", 2, sprintf::sprintf)];
    [
        SPRINTF,
        strings::BUILTINS,
        regexes::BUILTINS,
        collections::BUILTINS,
        checks::BUILTINS,
        units::BUILTINS,
        numbers::BUILTINS,
        net::BUILTINS,
        uri::BUILTINS,
        ids::BUILTINS,
        json::BUILTINS,
        yaml::BUILTINS,
        times::BUILTINS,
        crypto::BUILTINS,
        world::BUILTINS,
        tokens::BUILTINS,
        x509::BUILTINS,
        globs::BUILTINS,
        intersect::BUILTINS,
        templates::BUILTINS,
        aws::BUILTINS,
    ]
    .into_iter()
    .flatten()
}

/// A name, the number of arguments, and the function.
type Builtin = (&'static str, u8, fn(&[Value]) -> Result<Value, Trouble>);

/// Why a builtin has no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// What OPA calls an error of the builtin: undefined, if not strict.
    Builtin(String),
    /// OPA would answer. The rule cannot go on.
    Limit(String),
}

/// Whether a builtin of this name is answered here.
#[must_use]
pub fn answers(name: &str) -> bool {
    builtins().any(|builtin| builtin.0 == name)
}

/// What `__rs_fired` records: the number of the probe, the value, the witnesses.
pub type Fired = Arc<Mutex<Vec<(u64, Value, Value)>>>;

/// The first thing that OPA would answer and we do not.
pub type Limits = Arc<Mutex<Option<String>>>;

/// How many firings are recorded of one rule.
const MAX_FIRINGS: usize = 10_000;

/// Takes what was recorded.
pub fn take(fired: &Fired) -> Vec<(u64, Value, Value)> {
    std::mem::take(&mut *fired.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Adds the functions to an engine. While `strict` is set, what OPA calls an error of a builtin is one.
///
/// # Errors
/// If one of the names is taken.
pub fn register(
    engine: &mut regorus::Engine,
    fired: &Fired,
    limits: &Limits,
    strict: &Arc<AtomicBool>,
) -> anyhow::Result<()> {
    let log = fired.clone();
    let record = move |given: Vec<Value>| -> anyhow::Result<Value> {
        if let [probe, value, witnesses] = given.as_slice() {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            if log.len() < MAX_FIRINGS {
                log.push((probe.as_u64()?, value.clone(), witnesses.clone()));
            }
        }
        Ok(Value::from(true))
    };
    engine.add_extension("__rs_fired".to_owned(), 3, Box::new(record))?;
    let noted = limits.clone();
    let not_run = move |given: Vec<Value>| -> anyhow::Result<Value> {
        let name = given.first().and_then(|name| name.as_string().ok()).map(|name| name.to_string());
        let words = format!("{} is not run", name.unwrap_or_default());
        noted.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| words.clone());
        Err(anyhow::anyhow!(words))
    };
    engine.add_extension("__rs_not_run".to_owned(), 1, Box::new(not_run))?;
    for &(name, arguments) in NAMES {
        let (strict, limits) = (strict.clone(), limits.clone());
        let answer = move |given: Vec<Value>| -> anyhow::Result<Value> {
            let undefined = Value::Undefined;
            let [first, second] = [0, 1].map(|i| given.get(i).unwrap_or(&undefined));
            let step = step_of(name).filter(|_| is_number(first) && is_number(second));
            if let Some(step) = step {
                return said(name, numbers::step(step, first, second), &strict, &limits);
            }
            match answer(name, first, second) {
                Some(value) => Ok(value),
                None if strict.load(Ordering::Relaxed) => match complaint(name, first, second) {
                    Some(words) => Err(anyhow::anyhow!(words)),
                    None => Ok(Value::Undefined),
                },
                None => Ok(Value::Undefined),
            }
        };
        engine.add_extension(name.to_owned(), arguments, Box::new(answer))?;
    }
    for &(name, arguments, builtin) in builtins() {
        let (strict, limits) = (strict.clone(), limits.clone());
        let answer = move |given: Vec<Value>| said(name, builtin(&given), &strict, &limits);
        engine.add_extension(name.to_owned(), arguments, Box::new(answer))?;
    }
    Ok(())
}

/// An answer for the engine. The engine goes on after some errors; a limit must not be lost on the way.
fn said(
    name: &str,
    answer: Result<Value, Trouble>,
    strict: &AtomicBool,
    limits: &Limits,
) -> anyhow::Result<Value> {
    match answer {
        Ok(value) => Ok(value),
        Err(Trouble::Builtin(_)) if !strict.load(Ordering::Relaxed) => Ok(Value::Undefined),
        Err(Trouble::Builtin(words)) => Err(anyhow::anyhow!("{}: {words}", opa_name(name))),
        Err(Trouble::Limit(words)) => {
            limits.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| words.clone());
            Err(anyhow::anyhow!(words))
        }
    }
}

/// What OPA calls an operator.
fn opa_name(name: &str) -> &str {
    match name {
        "__rs_plus" => "plus",
        "__rs_minus" => "minus",
        "__rs_times" => "mul",
        "__rs_divide" => "div",
        "__rs_remainder" => "rem",
        name => name,
    }
}

/// An argument of the wrong type.
fn wrong(given: &[Value], at: usize, wanted: &str) -> Trouble {
    let found = given.get(at).map_or("undefined", kind);
    Trouble::Builtin(format!("operand {} must be {wanted} but got {found}", at + 1))
}

fn text(given: &[Value], at: usize) -> Result<&str, Trouble> {
    match given.get(at) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(wrong(given, at, "string")),
    }
}

fn array(given: &[Value], at: usize) -> Result<Vec<&Value>, Trouble> {
    match given.get(at) {
        Some(Value::Array(items)) => Ok(items.iter().collect()),
        _ => Err(wrong(given, at, "array")),
    }
}

fn answer(name: &str, a: &Value, b: &Value) -> Option<Value> {
    match name {
        "__rs_union" | "__rs_intersection" => sets(name, a, b),
        "__rs_minus" if a.as_set().is_ok() => sets(name, a, b),
        "__rs_each" => {
            (a.as_array().is_ok() || a.as_object().is_ok() || a.as_set().is_ok()).then(|| a.clone())
        }
        "__rs_template" => template(a),
        "__rs_less" => Some(Value::from(order(a, b).is_lt())),
        "__rs_less_equal" => Some(Value::from(order(a, b).is_le())),
        "__rs_greater" => Some(Value::from(order(a, b).is_gt())),
        "__rs_greater_equal" => Some(Value::from(order(a, b).is_ge())),
        _ => None,
    }
}

/// The step of arithmetic that goes by this name.
fn step_of(name: &str) -> Option<Step> {
    Some(match name {
        "__rs_plus" => Step::Plus,
        "__rs_minus" => Step::Minus,
        "__rs_times" => Step::Times,
        "__rs_divide" => Step::Divide,
        "__rs_remainder" => Step::Remainder,
        _ => return None,
    })
}

/// Why there is no answer, in OPA's words.
fn complaint(name: &str, a: &Value, b: &Value) -> Option<String> {
    let (word, wanted, fits): (&str, &str, fn(&Value) -> bool) = match name {
        "__rs_plus" => ("plus", "number", is_number),
        "__rs_minus" if a.as_set().is_ok() => ("minus", "set", is_set),
        "__rs_minus" if a.as_number().is_ok() => ("minus", "number", is_number),
        "__rs_minus" => ("minus", "one of {number, set}", is_number),
        "__rs_times" => ("mul", "number", is_number),
        "__rs_divide" => ("div", "number", is_number),
        "__rs_remainder" => ("rem", "number", is_number),
        "__rs_union" => ("or", "set", is_set),
        "__rs_intersection" => ("and", "set", is_set),
        _ => return None,
    };
    let wrong = [(1, a), (2, b)].into_iter().find(|(_, value)| !fits(value));
    wrong.map(|(at, value)| format!("{word}: operand {at} must be {wanted} but got {}", kind(value)))
}

fn is_number(value: &Value) -> bool {
    value.as_number().is_ok()
}

fn is_set(value: &Value) -> bool {
    value.as_set().is_ok()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Set(_) => "set",
        Value::Object(_) => "object",
        Value::Undefined => "undefined",
    }
}

fn sets(name: &str, a: &Value, b: &Value) -> Option<Value> {
    let (a, b) = (a.as_set().ok()?, b.as_set().ok()?);
    let (a, b): (BTreeSet<Value>, BTreeSet<Value>) =
        (a.iter().cloned().collect(), b.iter().cloned().collect());
    Some(Value::from(match name {
        "__rs_union" => &a | &b,
        "__rs_minus" => &a - &b,
        _ => &a & &b,
    }))
}

/// `["text", [value], []]`: what a template string with these pieces says.
fn template(pieces: &Value) -> Option<Value> {
    let mut out = String::new();
    for piece in pieces.as_array().ok()?.iter() {
        match piece {
            Value::String(text) => out.push_str(text),
            Value::Array(values) => match values.iter().next() {
                None => out.push_str("<undefined>"),
                Some(Value::String(text)) => out.push_str(text),
                Some(value) => printed::write_value(&mut out, value),
            },
            _ => return None,
        }
    }
    Some(Value::from(out))
}

/// A whole number.
fn integer(given: &[Value], at: usize) -> Result<i64, Trouble> {
    match given.get(at) {
        Some(Value::Number(number)) if number.is_integer() => number
            .as_i64()
            .ok_or_else(|| Trouble::Builtin(format!("operand {} must be integer number", at + 1))),
        Some(Value::Number(_)) => Err(Trouble::Builtin(format!(
            "operand {} must be integer number but got floating-point number",
            at + 1
        ))),
        _ => Err(wrong(given, at, "number")),
    }
}

pub use wide::forget;
