//! Annotations: the comment that begins with `# METADATA` above a rule.

/// The title and the description of the annotations that end above byte `start` of a text, as far as there are any.
/// YAML is read line by line: a value on the line of its key, or in the indented lines below it.
#[must_use]
pub fn metadata_above(text: &str, start: usize) -> Vec<String> {
    let before = text.get(..start).unwrap_or_default();
    let mut comments: Vec<&str> = before
        .lines()
        .rev()
        .map_while(|line| line.trim().strip_prefix('#'))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    comments.reverse();
    let Some(first) = comments.iter().rposition(|line| line.trim() == "METADATA") else { return Vec::new() };
    let lines = comments.get(first + 1..).unwrap_or_default();
    ["title:", "description:"].iter().filter_map(|key| value(lines, key)).collect()
}

fn value(lines: &[&str], key: &str) -> Option<String> {
    let at = lines.iter().position(|line| line.starts_with(key))?;
    let own = lines.get(at)?.strip_prefix(key)?.trim();
    if !own.is_empty() && !own.starts_with(['|', '>']) {
        return Some(own.trim_matches(['"', '\'']).to_owned());
    }
    let below = lines.iter().skip(at + 1).take_while(|line| line.starts_with(' ') || line.is_empty());
    let text: Vec<&str> = below.map(|line| line.trim()).collect();
    Some(text.join(" ").trim().to_owned()).filter(|text| !text.is_empty())
}
