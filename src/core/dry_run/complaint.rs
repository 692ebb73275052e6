//! The places that a server's sentence complains of, in its own spelling.

use super::Message;

/// `.spec.hostPid: field not declared in schema`, or `errors:` and one such line for each.
pub(super) fn typed_patch(said: &str) -> Vec<(String, String)> {
    let lines = said.strip_prefix("errors:\n").unwrap_or(said);
    lines.lines().filter_map(|line| complaint(line.trim())).collect()
}

/// A path that starts with a dot and what is said of it.
fn complaint(line: &str) -> Option<(String, String)> {
    if !line.starts_with('.') {
        return None;
    }
    let end = path_end(line)?;
    let (path, said) = line.split_at_checked(end)?;
    Some((path.to_owned(), said.strip_prefix(": ")?.to_owned()))
}

/// Where `: ` ends a path, outside of the quotes of its keys.
fn path_end(line: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ':' if !quoted && line.get(at + 1..).is_some_and(|rest| rest.starts_with(' ')) => {
                return Some(at);
            }
            _ => {}
        }
    }
    None
}

/// `strict decoding error: unknown field "spec.containers[0].bogus", duplicate field "x"`
pub(super) fn strict_decoding(said: &str) -> Vec<(String, String)> {
    let Some(mut rest) = said.strip_prefix("strict decoding error: ") else { return Vec::new() };
    let mut found = Vec::new();
    loop {
        let known = ["unknown field ", "duplicate field "].iter().find(|words| rest.starts_with(**words));
        let Some(words) = known else { return found };
        let mut after = super::sentence::Sentence(rest);
        let Some(path) = after.skip(words).and_then(|()| after.quoted()) else { return found };
        found.push((path, words.trim_end().to_owned()));
        match after.0.strip_prefix(", ") {
            Some(more) => rest = more,
            None => return found,
        }
    }
}

/// Complaints as messages, `path: what is wrong`; `None` if there are none.
pub(super) fn messages(complaints: &[(String, String)]) -> Option<Vec<Message>> {
    let messages: Vec<Message> = complaints
        .iter()
        .map(|(path, said)| Message { constraint: None, text: format!("{path}: {said}") })
        .collect();
    (!messages.is_empty()).then_some(messages)
}
