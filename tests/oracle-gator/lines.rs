//! The lines that gator and we print, without what may differ: times, and our places of errors.

use regex::Regex;

/// The lines to compare. Of errors in the words of a library (YAML, JSON, regular expressions, Rego, schemas) only
/// that there is one.
pub fn normal(text: &str) -> Vec<String> {
    let place = Regex::new(r"^(\s+)\S+:\d+:\d+: ").unwrap();
    let words = [
        "unable to compile modules: ",
        "schema validation failed: ",
        "message contains invalid regular expression: ",
        "invalid yaml: ",
    ];
    let cut = |line: String| {
        let end = words.iter().filter_map(|word| Some(line.find(word)? + word.len())).min();
        end.map_or(line.clone(), |end| line[..end].to_owned())
    };
    let lines = without_times(text);
    lines
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| cut(place.replace(line, "$1").into_owned()))
        .collect()
}

/// The same text with all times the same.
pub fn without_times(text: &str) -> String {
    Regex::new(r"\d+\.\d{3}s").unwrap().replace_all(text, "0.000s").into_owned()
}
