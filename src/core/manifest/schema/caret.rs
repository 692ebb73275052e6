//! Where a caret stands in YAML that is being typed: the path to it by indentation, without a parser, for the text
//! seldom parses in that moment.

use std::ops::Range;

/// A step from an object to the caret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'t> {
    Key(&'t str),
    Item,
}

/// What is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typing<'t> {
    /// The key of a field of what the path leads to.
    Key,
    /// The value of this field of what the path leads to.
    ValueOf(&'t str),
}

/// A caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caret<'t> {
    /// From the root of the document to the map (or list) around the caret.
    pub path: Vec<Step<'t>>,
    pub typing: Typing<'t>,
    /// The word at the caret, in bytes of the text.
    pub word: Range<usize>,
    /// The part of the word before the caret.
    pub prefix: &'t str,
    /// The keys that stand in the same map, without the one at the caret.
    pub siblings: Vec<&'t str>,
    /// `apiVersion` and `kind` of the document, empty if absent.
    pub api_version: &'t str,
    pub kind: &'t str,
}

/// What stands at a column of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark<'t> {
    /// `- `
    Dash,
    /// `name: value`, the value trimmed and without a comment.
    Key(&'t str, &'t str),
    Text,
}

/// Finds what is being typed at a byte of a text. `None` where no field of block YAML can stand.
pub(super) fn find(text: &str, byte: usize) -> Option<Caret<'_>> {
    let (before, after) = text.split_at_checked(byte)?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let typed = before.get(start..)?;
    let above = lines_of_document(before.get(..start)?.lines().rev());
    let (rest, below) = after.split_once('\n').unwrap_or((after, ""));
    let below = lines_of_document(below.lines());
    if typed.starts_with("---") {
        return None;
    }
    let (dashes, column, written) = unindent(typed)?;
    let (typing, prefix) = match split_key(written) {
        Some((key, value)) => (Typing::ValueOf(key), value.trim_start().trim_start_matches(['"', '\''])),
        // Directly behind the `:` there is no value yet.
        None if written.ends_with(':') => return None,
        None => (Typing::Key, written),
    };
    if !prefix.chars().all(is_word) {
        return None;
    }
    let word_end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let behind = rest.get(word_end..)?.trim_start_matches(['"', '\'']);
    let is_free = match typing {
        Typing::Key => {
            behind.trim_start().is_empty() || behind.starts_with(':') || behind.trim_start().starts_with('#')
        }
        Typing::ValueOf(_) => behind.trim().is_empty() || behind.trim_start().starts_with('#'),
    };
    if !is_free {
        return None;
    }
    let path = path(&dashes, column, &above)?;
    let own_dash = !dashes.is_empty();
    let siblings = siblings(column, if own_dash { &[] } else { &above }, &below);
    let (api_version, kind) = kind(above.iter().rev().chain(&below));
    let word = byte - prefix.len()..byte + word_end;
    Some(Caret { path, typing, word, prefix, siblings, api_version, kind })
}

/// Whether a key or a plain value that is worth completing may hold it.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./+*".contains(c)
}

fn lines_of_document<'t>(lines: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let content = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    lines.take_while(|line| !line.starts_with("---")).filter(content).collect()
}

/// Splits a line into the columns of its dashes, the column behind them, and what stands there. `None` if it is
/// indented with something that is not a space.
fn unindent(line: &str) -> Option<(Vec<usize>, usize, &str)> {
    let (mut rest, mut column, mut dashes) = (line, 0, Vec::new());
    loop {
        let inner = rest.trim_start_matches(' ');
        column += rest.len() - inner.len();
        match inner.strip_prefix('-') {
            Some(behind) if behind.starts_with(' ') || behind.is_empty() => {
                dashes.push(column);
                column += 1;
                rest = behind;
            }
            _ => return (!inner.starts_with('\t')).then_some((dashes, column, inner)),
        }
    }
}

/// Splits `key: value`. The `:` must have a blank behind it.
fn split_key(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once(": ")?;
    let key = unquoted(key.trim_end());
    (!key.is_empty() && !key.contains(['{', '[', '#', '"'])).then_some((key, value))
}

fn unquoted(text: &str) -> &str {
    let inside = |quote| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    inside('"').or(inside('\'')).unwrap_or(text)
}

/// The marks of a line, each with its column, the innermost (rightmost) first.
fn marks(line: &str) -> Vec<(usize, Mark<'_>)> {
    let Some((dashes, column, rest)) = unindent(line.trim_end()) else { return Vec::new() };
    let key = match rest.strip_suffix(':') {
        Some(key) if !key.contains(": ") => Some((unquoted(key), "")),
        _ => split_key(rest),
    };
    let mark = key.map_or(Mark::Text, |(key, value)| Mark::Key(key, without_comment(value)));
    let last = (!rest.is_empty()).then_some((column, mark));
    last.into_iter().chain(dashes.into_iter().rev().map(|column| (column, Mark::Dash))).collect()
}

/// The blanks before a line. No mark stands further left, so that most lines of a long text need not be read.
fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn without_comment(value: &str) -> &str {
    let value = value.trim();
    if value.starts_with('#') { "" } else { value.split(" #").next().unwrap_or_default().trim_end() }
}

/// Walks up the lines and takes each key and dash that stands further left than what was met before.
fn path<'t>(dashes: &[usize], column: usize, above: &[&'t str]) -> Option<Vec<Step<'t>>> {
    let mut path = Vec::new();
    // A list may stand at the column of its key.
    let (mut limit, mut is_list) = (column, false);
    for dash in dashes.iter().rev() {
        path.push(Step::Item);
        (limit, is_list) = (*dash, true);
    }
    for line in above {
        if indentation(line) > limit {
            continue;
        }
        for (column, mark) in marks(line) {
            match mark {
                Mark::Key(key, value) if column < limit || is_list && column == limit => {
                    // An anchor or a tag stands before the value; anything else is the value.
                    if !value.split(' ').all(|word| word.is_empty() || word.starts_with(['&', '!'])) {
                        return None;
                    }
                    path.push(Step::Key(key));
                    (limit, is_list) = (column, false);
                }
                Mark::Dash if column < limit => {
                    path.push(Step::Item);
                    (limit, is_list) = (column, true);
                }
                _ => {}
            }
        }
        if limit == 0 && !is_list {
            break;
        }
    }
    path.reverse();
    Some(path)
}

/// The keys at a column, up and down to where something stands further left.
fn siblings<'t>(column: usize, above: &[&'t str], below: &[&'t str]) -> Vec<&'t str> {
    let mut found = Vec::new();
    for line in above.iter().filter(|line| indentation(line) <= column) {
        let marks = marks(line);
        found.extend(marks.iter().filter_map(|(at, mark)| match mark {
            Mark::Key(key, _) if *at == column => Some(*key),
            _ => None,
        }));
        if marks.iter().any(|(at, _)| *at < column) {
            break;
        }
    }
    for line in below.iter().filter(|line| indentation(line) <= column) {
        match marks(line).as_slice() {
            [.., (at, _)] if *at < column => break,
            [(at, Mark::Key(key, _))] if *at == column => found.push(key),
            _ => {}
        }
    }
    found
}

/// `apiVersion` and `kind` at the left edge.
fn kind<'t: 'l, 'l>(lines: impl Iterator<Item = &'l &'t str>) -> (&'t str, &'t str) {
    let (mut api_version, mut kind, mut edge) = ("", "", usize::MAX);
    for line in lines {
        if indentation(line) <= edge
            && let [(column, Mark::Key(key, value))] = *marks(line).as_slice()
        {
            edge = column;
            match key {
                "apiVersion" => api_version = unquoted(value),
                "kind" => kind = unquoted(value),
                _ => {}
            }
        }
    }
    (api_version, kind)
}
