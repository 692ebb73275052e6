//! What may be typed at a place of a policy.
//!
//! The statement at the caret is half typed, so it is read as tokens: what stands before the caret says which
//! variables are in scope and which reference is being written. Everything else comes from the trees.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde_json::Value;

use super::ast::{Rule, RuleKind, StatementKind};
use super::lexer::{Kind, Lexer, decode_string};
use super::names::{About, about, builtins};
use super::symbols::Symbols;

/// The words that are offered where a name can begin.
const KEYWORDS: &[&str] = &[
    "as", "contains", "data", "default", "else", "every", "false", "if", "import", "in", "input", "not",
    "null", "package", "some", "true", "with",
];
/// Bindings that are followed from one variable to the next.
const DEPTH: usize = 8;
/// Characters of a value that are shown.
const SHOWN: usize = 28;

/// What is offered, and the bytes it takes the place of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Offered {
    /// The word at the caret.
    pub range: Range<usize>,
    /// The nearest first.
    pub items: Vec<Item>,
    /// A dot stands before the word: what follows is known even if nothing is typed.
    pub after_dot: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// As it is written; `["a-b"]` for a field that is no name.
    pub written: String,
    /// Signature, type or present value.
    pub what: String,
    /// Of a builtin.
    pub about: Option<About>,
    rank: u8,
}

impl Item {
    fn new(rank: u8, name: &str, what: impl Into<String>) -> Self {
        Self { name: name.to_owned(), written: name.to_owned(), what: what.into(), about: None, rank }
    }
}

struct Token<'a> {
    kind: Kind,
    text: &'a str,
}

/// A reference: its first name, and what follows: constant names, or `None` for a variable index.
type Path = (String, Vec<Option<String>>);

/// What fits at a byte of a source. `input` makes the document that the policy judges; it is asked only if needed.
#[must_use]
pub fn complete(
    symbols: &Symbols,
    file: usize,
    byte: usize,
    input: &mut dyn FnMut() -> Option<Value>,
) -> Offered {
    let Some(source) = symbols.sources().get(file) else { return Offered::default() };
    let text = source.text;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (Some(before), Some(behind)) = (text.get(..byte), text.get(byte..)) else {
        return Offered::default();
    };
    let start = before.trim_end_matches(is_word).len();
    let end = byte + behind.len() - behind.trim_start_matches(is_word).len();
    let statements = &source.module.statements;
    let statement = statements.partition_point(|placed| placed.start < start.max(1)).checked_sub(1);
    let from = statement.and_then(|at| statements.get(at)).map_or(0, |placed| placed.start);
    let Some(tokens) = tokens(text, from, start) else { return Offered::default() };
    let typed = text.get(start..byte).unwrap_or_default().to_ascii_lowercase();
    if typed.starts_with(|c: char| c.is_ascii_digit()) {
        return Offered::default();
    }
    let after_dot = tokens.last().is_some_and(|token| token.kind == Kind::Dot);
    let mut items = if after_dot {
        path_before(&tokens).map_or_else(Vec::new, |path| below(symbols, file, &tokens, path, input))
    } else {
        names(symbols, file, &tokens)
    };
    items.retain(|item| item.name.to_ascii_lowercase().contains(&typed));
    items.sort_by_cached_key(|item| {
        let begins = item.name.to_ascii_lowercase().starts_with(&typed);
        (!begins, item.rank, item.name.clone())
    });
    items.dedup_by(|a, b| a.name == b.name);
    Offered { range: start..end, items, after_dot }
}

/// The tokens from a place up to another one; `None` if that lies in a comment or a string.
fn tokens(text: &str, from: usize, to: usize) -> Option<Vec<Token<'_>>> {
    let mut lexer = Lexer::new(text, from);
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next_token();
        let (start, end) = (token.start as usize, token.end as usize);
        if start >= to || token.kind == Kind::Eof {
            // At the end of a line a comment goes on.
            return Some(tokens);
        }
        let is_text = matches!(
            token.kind,
            Kind::Comment | Kind::String | Kind::RawString | Kind::TemplateText | Kind::Illegal
        );
        let open_end = matches!(token.kind, Kind::Comment | Kind::Illegal | Kind::TemplateText);
        if is_text && (to < end || open_end && to == end) {
            return None;
        }
        if token.kind != Kind::Comment {
            tokens.push(Token { kind: token.kind, text: text.get(start..end).unwrap_or_default() });
        }
    }
}

/// Everything that a name can be.
fn names(symbols: &Symbols, file: usize, tokens: &[Token]) -> Vec<Item> {
    let mut items: Vec<Item> = locals(tokens).into_iter().map(|name| Item::new(0, name, "")).collect();
    for (name, import) in symbols.imports_of(file) {
        items.push(Item::new(1, name, import.path.join(".")));
    }
    for (name, rule) in rules(symbols, file) {
        items.push(Item::new(2, name, kind_of(rule)));
    }
    items.extend(KEYWORDS.iter().map(|word| Item::new(3, word, "")));
    items.extend(
        builtins().filter(|name| !name.starts_with("internal.")).map(|name| builtin_item(name, name)),
    );
    items
}

fn builtin_item(full: &str, name: &str) -> Item {
    let about = about(full);
    let what = about.map_or("", |about| about.signature);
    Item { about: about.filter(|about| !about.en.is_empty()), ..Item::new(4, name, what) }
}

/// The rules of the package of a source, each by its first definition.
fn rules<'a>(symbols: &Symbols<'a>, file: usize) -> BTreeMap<&'a str, &'a Rule> {
    let package = symbols.package_of(file);
    let mut rules = BTreeMap::new();
    for (at, source) in symbols.sources().iter().enumerate() {
        if symbols.package_of(at) != package {
            continue;
        }
        for placed in &source.module.statements {
            if let StatementKind::Rule(rule) = &placed.statement.kind {
                rules.entry(rule.head.name.as_str()).or_insert(&**rule);
            }
        }
    }
    rules
}

/// What a rule makes, as its head says: the arguments of a function, or OPA's word for it.
#[must_use]
pub fn kind_of(rule: &Rule) -> String {
    let head = &rule.head;
    match head.kind {
        RuleKind::Function => {
            let names = head.args.iter().flatten().map(|arg| match &arg.kind {
                super::ast::TermKind::Var(name) => name.as_str(),
                _ => "…",
            });
            format!("({})", names.collect::<Vec<_>>().join(", "))
        }
        RuleKind::PartialSet => "set".to_owned(),
        RuleKind::PartialObject => "object".to_owned(),
        RuleKind::Complete => "rule".to_owned(),
    }
}

/// The variables that are declared before the caret and whose scope is still open.
fn locals<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    let mut depth = 0_usize;
    let mut in_head = true;
    let mut declaring = false;
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map(|token| token.kind);
        match token.kind {
            Kind::LBrace | Kind::LBrack | Kind::LParen | Kind::HoleOpen => depth += 1,
            Kind::RBrace | Kind::RBrack | Kind::RParen | Kind::HoleClose => {
                depth = depth.saturating_sub(1);
                // What a head declares is seen in its body.
                found.retain(|(of, _)| *of <= depth);
            }
            _ => {}
        }
        match token.kind {
            Kind::If | Kind::Assign | Kind::LBrace => in_head = false,
            Kind::Some | Kind::Every => declaring = true,
            Kind::Name if token.text != "_" => {
                let is_argument = in_head && depth == 1 && at > 1;
                if is_argument {
                    found.push((0, token.text));
                } else if next == Some(Kind::Assign) && (depth > 0 || !in_head && at > 0) || declaring {
                    found.push((depth, token.text));
                }
            }
            Kind::Comma => {}
            _ => declaring = false,
        }
    }
    let mut names: Vec<&str> = found.into_iter().map(|(_, name)| name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The reference whose last dot is the last token.
fn path_before(tokens: &[Token]) -> Option<Path> {
    let mut parts = Vec::new();
    let mut at = tokens.len().checked_sub(1)?;
    // `at` is a dot or the opening bracket of an index: what is before it?
    loop {
        let before = tokens.get(at.checked_sub(1)?)?;
        if before.kind == Kind::RBrack {
            let open = opening(tokens, at - 1)?;
            parts.push(index_of(tokens.get(open + 1..at - 1).unwrap_or_default()));
            at = open;
            continue;
        }
        if before.kind != Kind::Name && !before.kind.is_keyword() {
            return None;
        }
        match at.checked_sub(2).and_then(|at| tokens.get(at)) {
            Some(Token { kind: Kind::Dot, .. }) => {
                parts.push(Some(before.text.to_owned()));
                at -= 2;
            }
            _ => {
                parts.reverse();
                return Some((before.text.to_owned(), parts));
            }
        }
    }
}

fn opening(tokens: &[Token], close: usize) -> Option<usize> {
    let mut depth = 0;
    for at in (0..=close).rev() {
        match tokens.get(at)?.kind {
            Kind::RBrack => depth += 1,
            Kind::LBrack => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The constant in the brackets of an index.
fn index_of(inside: &[Token]) -> Option<String> {
    match inside {
        [Token { kind: Kind::String | Kind::RawString, text }] => Some(decode_string(text)),
        [Token { kind: Kind::Number, text }] => Some((*text).to_owned()),
        _ => None,
    }
}

/// The reference that begins at a token.
fn path_at(tokens: &[Token], from: usize) -> Option<Path> {
    let head = tokens.get(from).filter(|token| token.kind == Kind::Name)?;
    let mut parts = Vec::new();
    let mut at = from + 1;
    loop {
        match tokens.get(at).map(|token| token.kind) {
            Some(Kind::Dot) => {
                let Some(name) = tokens.get(at + 1) else { break };
                parts.push(Some(name.text.to_owned()));
                at += 2;
            }
            Some(Kind::LBrack) => {
                let rest = tokens.get(at + 1..).unwrap_or_default();
                let Some(length) = rest.iter().position(|token| token.kind == Kind::RBrack) else { break };
                parts.push(index_of(rest.get(..length).unwrap_or_default()));
                at += length + 2;
            }
            // A call is no place in a document.
            Some(Kind::LParen) => return None,
            _ => break,
        }
    }
    Some((head.text.to_owned(), parts))
}

/// The references that variables stand for: `c := input.a`, `some c in input.a`.
fn bindings<'a>(tokens: &[Token<'a>]) -> HashMap<&'a str, Path> {
    let mut found = HashMap::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Name) {
        let path = match tokens.get(at + 1).map(|token| token.kind) {
            Some(Kind::Assign) => path_at(tokens, at + 2),
            Some(Kind::In) => path_at(tokens, at + 2).map(|(head, mut parts)| {
                parts.push(None);
                (head, parts)
            }),
            _ => None,
        };
        path.into_iter().for_each(|path| drop(found.insert(token.text, path)));
    }
    found
}

/// What can stand behind a dot.
fn below(
    symbols: &Symbols,
    file: usize,
    tokens: &[Token],
    path: Path,
    input: &mut dyn FnMut() -> Option<Value>,
) -> Vec<Item> {
    let bindings = bindings(tokens);
    let (mut head, mut parts) = path;
    for _ in 0..DEPTH {
        let (start, mut all) = if let Some((head, parts)) = bindings.get(head.as_str()) {
            (head.clone(), parts.clone())
        } else if let Some((_, import)) = symbols.imports_of(file).find(|(name, _)| *name == head)
            && let Some((root, path)) = import.path.split_first()
        {
            (root.clone(), path.iter().cloned().map(Some).collect())
        } else {
            break;
        };
        if start == head {
            break;
        }
        all.extend(parts);
        (head, parts) = (start, all);
    }
    match head.as_str() {
        "input" => input().map_or_else(Vec::new, |value| fields(&value, &parts)),
        "data" => packages(symbols, &parts),
        _ => {
            let mut prefix = head;
            for part in parts {
                prefix.push('.');
                prefix.push_str(part.as_deref().unwrap_or_default());
            }
            prefix.push('.');
            builtins()
                .filter(|full| !full.starts_with("internal."))
                .filter_map(|full| Some(builtin_item(full, full.strip_prefix(&prefix)?)))
                .collect()
        }
    }
}

/// The packages and rules below a path of `data`.
fn packages(symbols: &Symbols, path: &[Option<String>]) -> Vec<Item> {
    let Some(path) = path.iter().cloned().collect::<Option<Vec<String>>>() else { return Vec::new() };
    let mut items = Vec::new();
    for file in 0..symbols.sources().len() {
        let Some(package) = symbols.package_of(file).map(|package| symbols.package(package)) else {
            continue;
        };
        if package == path {
            items.extend(
                rules(symbols, file).into_iter().map(|(name, rule)| Item::new(0, name, kind_of(rule))),
            );
        } else if let Some(next) = package.strip_prefix(path.as_slice()).and_then(|rest| rest.first()) {
            items.push(Item::new(1, next, "package"));
        }
    }
    items
}

/// The fields of what stands at a path of a document, each with its value.
fn fields(value: &Value, path: &[Option<String>]) -> Vec<Item> {
    let mut values = vec![value];
    for part in path {
        values = values
            .into_iter()
            .flat_map(|value| -> Vec<&Value> {
                match (part, value) {
                    (Some(key), Value::Object(map)) => map.get(key).into_iter().collect(),
                    (Some(index), Value::Array(items)) => {
                        index.parse::<usize>().ok().and_then(|at| items.get(at)).into_iter().collect()
                    }
                    (None, Value::Object(map)) => map.values().collect(),
                    (None, Value::Array(items)) => items.iter().collect(),
                    _ => Vec::new(),
                }
            })
            .collect();
    }
    let mut known = BTreeMap::new();
    for (key, value) in values.into_iter().filter_map(Value::as_object).flatten() {
        known.entry(key).or_insert(value);
    }
    let field = |(key, value): (&String, &Value)| {
        let mut letters = key.chars();
        let is_name = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
        let written = if is_name { key.clone() } else { format!("[{}]", Value::from(key.as_str())) };
        Item { written, ..Item::new(0, key, shown(value)) }
    };
    known.into_iter().map(field).collect()
}

/// A value in a few characters.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(_) => "{…}".to_owned(),
        Value::Array(items) => format!("[{}]", items.len()),
        plain => {
            let text = plain.to_string();
            if text.chars().count() <= SHOWN {
                return text;
            }
            text.chars().take(SHOWN).chain(['…']).collect()
        }
    }
}
