//! JSON Patch (RFC 6902), as an admission webhook sends it.

use serde_json::Value;

/// Applies all operations of a patch, or none.
///
/// # Errors
/// What the first operation that cannot be applied lacks, with its number from 0.
pub fn apply(object: &Value, patch: &Value) -> Result<Value, String> {
    let operations = patch.as_array().ok_or("the patch is no list of operations")?;
    let mut patched = object.clone();
    for (number, operation) in operations.iter().enumerate() {
        step(&mut patched, operation).map_err(|why| format!("operation {number}: {why}"))?;
    }
    Ok(patched)
}

fn step(object: &mut Value, operation: &Value) -> Result<(), String> {
    let text = |key: &str| {
        operation.get(key).and_then(Value::as_str).ok_or_else(|| format!("it has no text `{key}`"))
    };
    let value = || operation.get("value").cloned().ok_or_else(|| "it has no `value`".to_owned());
    let path = text("path")?;
    match text("op")? {
        "add" => add(object, path, value()?),
        "remove" => remove(object, path).map(drop),
        "replace" => {
            *found_mut(object, path)? = value()?;
            Ok(())
        }
        "move" => {
            let from = text("from")?;
            if path.strip_prefix(from).is_some_and(|below| below.starts_with('/')) {
                return Err(format!("{from} cannot be moved into itself"));
            }
            let moved = remove(object, from)?;
            add(object, path, moved)
        }
        "copy" => {
            let copied = found(object, text("from")?)?.clone();
            add(object, path, copied)
        }
        "test" => {
            let (is, wanted) = (found(object, path)?, value()?);
            if same(is, &wanted) { Ok(()) } else { Err(format!("test: {path} is {is}, not {wanted}")) }
        }
        other => Err(format!("there is no operation {other}")),
    }
}

fn found<'a>(object: &'a Value, path: &str) -> Result<&'a Value, String> {
    object.pointer(path).ok_or_else(|| nothing_at(path))
}

fn found_mut<'a>(object: &'a mut Value, path: &str) -> Result<&'a mut Value, String> {
    object.pointer_mut(path).ok_or_else(|| nothing_at(path))
}

fn nothing_at(path: &str) -> String {
    format!("there is nothing at {path}")
}

/// The pointer of what holds a place, and the place's name in there.
fn split(path: &str) -> Result<(&str, String), String> {
    let (above, name) = path.rsplit_once('/').ok_or_else(|| format!("{path} is no path"))?;
    Ok((above, name.replace("~1", "/").replace("~0", "~")))
}

fn add(object: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *object = value;
        return Ok(());
    }
    let (above, name) = split(path)?;
    match found_mut(object, above)? {
        Value::Object(fields) => drop(fields.insert(name, value)),
        Value::Array(items) => {
            let at = if name == "-" { Some(items.len()) } else { index(&name) };
            let at = at.filter(|at| *at <= items.len()).ok_or_else(|| nothing_at(path))?;
            items.insert(at, value);
        }
        _ => return Err(nothing_at(path)),
    }
    Ok(())
}

fn remove(object: &mut Value, path: &str) -> Result<Value, String> {
    let (above, name) = split(path)?;
    let removed = match found_mut(object, above)? {
        Value::Object(fields) => fields.remove(&name),
        Value::Array(items) => index(&name).filter(|at| *at < items.len()).map(|at| items.remove(at)),
        _ => None,
    };
    removed.ok_or_else(|| nothing_at(path))
}

/// A position in a list: digits, without a zero before others.
fn index(name: &str) -> Option<usize> {
    let digits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (name == "0" || !name.starts_with('0'))).then(|| name.parse().ok())?
}

/// Equal as RFC 6902 has it: numbers by what they are worth.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn operations_do_what_the_rfc_says() {
        let object = json!({"a": {"b": 1, "c/d": 2, "e~f": 3}, "l": [1, 2]});
        for (patch, expected) in [
            (
                json!([{"op": "add", "path": "/a/x", "value": 9}]),
                json!({"a": {"b": 1, "c/d": 2, "e~f": 3, "x": 9}, "l": [1, 2]}),
            ),
            (
                json!([{"op": "add", "path": "/l/-", "value": 3}, {"op": "add", "path": "/l/0", "value": 0}]),
                json!({"a": {"b": 1, "c/d": 2, "e~f": 3}, "l": [0, 1, 2, 3]}),
            ),
            (
                json!([{"op": "remove", "path": "/a/c~1d"}, {"op": "remove", "path": "/a/e~0f"}]),
                json!({"a": {"b": 1}, "l": [1, 2]}),
            ),
            (json!([{"op": "remove", "path": "/l/0"}]), json!({"a": {"b": 1, "c/d": 2, "e~f": 3}, "l": [2]})),
            (json!([{"op": "replace", "path": "", "value": {}}]), json!({})),
            (
                json!([{"op": "remove", "path": "/a"}, {"op": "move", "from": "/l", "path": "/m"}]),
                json!({"m": [1, 2]}),
            ),
            (
                json!([{"op": "remove", "path": "/a"}, {"op": "copy", "from": "/l/1", "path": "/l/0"}]),
                json!({"l": [2, 1, 2]}),
            ),
            (
                json!([{"op": "test", "path": "/a/b", "value": 1.0}, {"op": "replace", "path": "/a", "value": null}]),
                json!({"a": null, "l": [1, 2]}),
            ),
        ] {
            assert_eq!(apply(&object, &patch).unwrap(), expected, "{patch}");
        }
    }

    #[test]
    fn what_cannot_be_applied_says_why() {
        let object = json!({"a": {"b": 1}, "l": [1, 2]});
        for (patch, words) in [
            (json!({}), "the patch is no list of operations"),
            (json!([{"op": "add", "path": "/x/y", "value": 1}]), "operation 0: there is nothing at /x"),
            (json!([{"op": "add", "path": "/l/3", "value": 1}]), "operation 0: there is nothing at /l/3"),
            (json!([{"op": "add", "path": "/l/01", "value": 1}]), "operation 0: there is nothing at /l/01"),
            (json!([{"op": "add", "path": "/a"}]), "operation 0: it has no `value`"),
            (json!([{"op": "remove", "path": "/a/c"}]), "operation 0: there is nothing at /a/c"),
            (json!([{"op": "remove", "path": ""}]), "operation 0:  is no path"),
            (json!([{"op": "replace", "path": "/a/c", "value": 1}]), "operation 0: there is nothing at /a/c"),
            (json!([{"op": "test", "path": "/a/b", "value": 2}]), "operation 0: test: /a/b is 1, not 2"),
            (
                json!([{"op": "move", "from": "/a", "path": "/a/b"}]),
                "operation 0: /a cannot be moved into itself",
            ),
            (json!([{"op": "swap", "path": "/a"}]), "operation 0: there is no operation swap"),
            (
                json!([{"op": "test", "path": "/a/b", "value": 1}, {"path": "/a"}]),
                "operation 1: it has no text `op`",
            ),
        ] {
            assert_eq!(apply(&object, &patch).unwrap_err(), words, "{patch}");
        }
    }

    proptest! {
        #[test]
        fn what_is_added_can_be_removed_again(name in "[a-z~/]{1,6}", value in 0..9) {
            let object = json!({"spec": {}});
            let path = format!("/spec/{}", name.replace('~', "~0").replace('/', "~1"));
            let patch = json!([{"op": "add", "path": path, "value": value}]);
            let patched = apply(&object, &patch).unwrap();
            prop_assert_eq!(&patched["spec"][&name], &json!(value));
            prop_assert_eq!(apply(&patched, &json!([{"op": "remove", "path": path}])).unwrap(), object);
        }
    }
}
