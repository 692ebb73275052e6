//! Reads the built-in data, once.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use super::{Definition, Field, Kind, Known, Type};

const DATA: &str = include_str!("kubernetes-1.37.txt");

/// The built-in kinds. The first call reads them, which took 2.6 ms in a development build.
pub(super) fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| read(DATA))
}

/// Reads data that `examples/kubernetes_schema.rs` wrote.
pub(super) fn read(data: &'static str) -> Known {
    let lines = || data.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let is_name = |line: &&str| !line.starts_with([' ', '#']) && !line.starts_with("kind ");
    let numbers: HashMap<&str, usize> =
        lines().filter(is_name).enumerate().map(|(at, name)| (name, at)).collect();
    let mut known = Known { definitions: Vec::with_capacity(numbers.len()), kinds: BTreeMap::new() };
    for line in lines() {
        if let Some(field) = line.strip_prefix(' ') {
            let mut words = field.splitn(3, ' ');
            let (name, what) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let allowed = words.next().map(|values| values.split('|').map(Cow::Borrowed).collect());
            if let Some(definition) = known.definitions.last_mut() {
                let allowed = allowed.unwrap_or_default();
                definition.fields.push(Field { name: name.into(), what: read_type(what, &numbers), allowed });
            }
        } else if let Some(kind) = line.strip_prefix("kind ") {
            let words: Vec<&str> = kind.split(' ').collect();
            if let [version, kind, plural, scope, definition] = *words.as_slice()
                && let Some(&definition) = numbers.get(definition)
            {
                let namespaced = scope == "namespaced";
                let kind_of = Kind { plural: plural.into(), namespaced, definition };
                known.kinds.insert((kind.into(), version.into()), kind_of);
            }
        } else {
            let name = line.split('@').next().unwrap_or_default();
            known.definitions.push(Definition { name: name.into(), ..Definition::default() });
        }
    }
    known
}

fn read_type(what: &str, numbers: &HashMap<&str, usize>) -> Type {
    if let Some(item) = what.strip_prefix("[]") {
        return Type::List(Box::new(read_type(item, numbers)));
    }
    if let Some(value) = what.strip_prefix("{}") {
        return Type::Map(Box::new(read_type(value, numbers)));
    }
    match what {
        "string" => Type::String,
        "boolean" => Type::Boolean,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "int-or-string" => Type::IntOrString,
        "quantity" => Type::Quantity,
        name => numbers.get(name).map_or(Type::Any, |number| Type::Object(*number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_whole() {
        let known = known();
        assert!(known.definitions.len() > 600, "{}", known.definitions.len());
        assert!(known.kinds.len() > 90, "{}", known.kinds.len());
        for definition in &known.definitions {
            assert!(definition.fields.is_sorted_by(|a, b| a.name < b.name), "{}", definition.name);
        }
        // Each type but the four that are free is a scalar or a definition.
        for line in DATA.lines().filter_map(|line| line.strip_prefix(' ')) {
            let what = line.split(' ').nth(1).unwrap();
            let what = what.trim_start_matches(['[', ']', '{', '}']);
            let numbers: HashMap<&str, usize> = HashMap::new();
            if what.starts_with(char::is_uppercase) {
                assert!(DATA.contains(&format!("\n{what}\n")), "{line}");
            } else {
                assert!(what == "any" || read_type(what, &numbers) != Type::Any, "{line}");
            }
        }
    }
}
