//! Arrays, sets and objects, and what needs OPA's order over all values.

use regorus::Value;

use super::printed::order;
use super::{Builtin, Trouble, array, wrong};

/// The functions.
pub const BUILTINS: &[Builtin] = &[
    ("count", 1, count),
    ("object.subset", 2, subset),
    ("array.flatten", 1, flatten),
    ("sort", 1, sort),
    ("max", 1, max),
    ("min", 1, min),
    ("all", 1, all),
    ("any", 1, any),
    ("set_diff", 2, set_diff),
    ("__rs_member", 3, member),
    ("__rs_object", 1, object),
    ("cast_array", 1, cast_array),
    ("cast_set", 1, cast_set),
    ("cast_string", 1, |given| same(given, "string")),
    ("cast_boolean", 1, |given| same(given, "boolean")),
    ("cast_null", 1, |given| same(given, "null")),
    ("cast_object", 1, |given| same(given, "object")),
];

fn subset(given: &[Value]) -> Result<Value, Trouble> {
    let found = match given {
        [Value::Object(_), Value::Object(_)]
        | [Value::Set(_), Value::Set(_)]
        | [Value::Array(_), Value::Array(_)] => {
            given.first().zip(given.get(1)).is_some_and(|(whole, part)| holds(whole, part))
        }
        [Value::Array(whole), Value::Set(part)] => {
            part.iter().all(|item| whole.iter().any(|have| have == item))
        }
        _ => {
            return Err(Trouble::Builtin(
                "both arguments object.subset must be of the same type or array and set".to_owned(),
            ));
        }
    };
    Ok(Value::from(found))
}

/// Objects hold objects key by key, deeply; sets hold members; arrays hold arrays as one piece.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| holds(whole, part)))
        }
        (Value::Set(whole), Value::Set(part)) => part.iter().all(|item| whole.contains(item)),
        (Value::Array(whole), Value::Array(part)) => {
            let (whole, part): (Vec<_>, Vec<_>) = (whole.iter().collect(), part.iter().collect());
            part.is_empty() || whole.windows(part.len()).any(|window| window == part.as_slice())
        }
        _ => whole == part,
    }
}

/// One level of arrays in an array taken out.
fn flatten(given: &[Value]) -> Result<Value, Trouble> {
    let mut out = Vec::new();
    for value in array(given, 0)? {
        match value {
            Value::Array(items) => out.extend(items.iter().cloned()),
            other => out.push(other.clone()),
        }
    }
    Ok(Value::from(out))
}

/// Of a string: its code points.
fn count(given: &[Value]) -> Result<Value, Trouble> {
    Ok(Value::from(match given.first() {
        Some(Value::Array(items)) => items.len(),
        Some(Value::Set(items)) => items.len(),
        Some(Value::Object(fields)) => fields.len(),
        Some(Value::String(text)) => text.chars().count(),
        _ => return Err(wrong(given, 0, "one of {array, object, set, string}")),
    }))
}

fn members(given: &[Value]) -> Result<Vec<Value>, Trouble> {
    match given.first() {
        Some(Value::Array(items)) => Ok(items.iter().cloned().collect()),
        Some(Value::Set(items)) => Ok(items.iter().cloned().collect()),
        _ => Err(wrong(given, 0, "one of {array, set}")),
    }
}

fn sort(given: &[Value]) -> Result<Value, Trouble> {
    let mut all = members(given)?;
    all.sort_by(order);
    Ok(Value::from(all))
}

fn max(given: &[Value]) -> Result<Value, Trouble> {
    Ok(members(given)?.into_iter().max_by(order).unwrap_or(Value::Undefined))
}

fn min(given: &[Value]) -> Result<Value, Trouble> {
    Ok(members(given)?.into_iter().min_by(order).unwrap_or(Value::Undefined))
}

fn all(given: &[Value]) -> Result<Value, Trouble> {
    Ok(Value::from(members(given)?.iter().all(|item| *item == Value::from(true))))
}

fn any(given: &[Value]) -> Result<Value, Trouble> {
    Ok(Value::from(members(given)?.contains(&Value::from(true))))
}

fn set_diff(given: &[Value]) -> Result<Value, Trouble> {
    match given {
        [Value::Set(a), Value::Set(b)] => {
            let rest = a.iter().filter(|item| !b.contains(item)).cloned();
            Ok(Value::from(rest.collect::<std::collections::BTreeSet<_>>()))
        }
        [Value::Set(_), _] => Err(wrong(given, 1, "set")),
        _ => Err(wrong(given, 0, "set")),
    }
}

/// Keys and values in turn. Of a key that is there twice OPA takes one of the values, by the names that its compiler
/// gives to variables.
fn object(given: &[Value]) -> Result<Value, Trouble> {
    let mut object = Value::new_object();
    let items = array(given, 0)?;
    let map = object.as_object_mut().map_err(|_| wrong(given, 0, "array"))?;
    for pair in items.chunks(2) {
        let [key, value] = pair else { continue };
        if map.get(key).is_some_and(|known| known != *value) {
            return Err(Trouble::Limit("an object in which two keys turn out to be equal".to_owned()));
        }
        map.insert((*key).clone(), (*value).clone());
    }
    Ok(object)
}

/// `k, v in c`
fn member(given: &[Value]) -> Result<Value, Trouble> {
    let [key, value, collection] = given else { return Err(wrong(given, 0, "any")) };
    Ok(Value::from(match collection {
        Value::Set(items) => key == value && items.contains(value),
        Value::Array(items) => {
            let at = key.as_number().ok().filter(|n| n.is_integer()).and_then(|n| n.as_u64());
            let at = at.and_then(|at| usize::try_from(at).ok());
            at.and_then(|at| items.iter().nth(at)) == Some(value)
        }
        Value::Object(fields) => fields.get(key) == Some(value),
        _ => false,
    }))
}

/// A set becomes an array in OPA's order.
fn cast_array(given: &[Value]) -> Result<Value, Trouble> {
    match given.first() {
        Some(array @ Value::Array(_)) => Ok(array.clone()),
        Some(Value::Set(_)) => sort(given),
        _ => Err(wrong(given, 0, "one of {array, set}")),
    }
}

fn cast_set(given: &[Value]) -> Result<Value, Trouble> {
    Ok(Value::from(members(given)?.into_iter().collect::<std::collections::BTreeSet<_>>()))
}

/// What is of this type, as it is.
fn same(given: &[Value], wanted: &'static str) -> Result<Value, Trouble> {
    match given.first() {
        Some(value) if super::kind(value) == wanted => Ok(value.clone()),
        _ => Err(wrong(given, 0, wanted)),
    }
}
