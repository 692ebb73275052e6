//! METADATA comments: blocks of YAML in front of packages and rules, of which types read the schemas.

use serde_json::Value;

use super::Problem;
use super::ir::{At, Loc, Module, Program, RuleId, Term, Val};
use super::show;
use crate::core::manifest::{self, FaultKind};
use crate::core::rego::ast::{StatementKind, TermKind};
use crate::core::rego::lexer::{Kind, Lexer};
use crate::core::rego::parser::{ParseOptions, parse};

/// What a block stands in front of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Package,
    Import,
    Rule(RuleId),
    Nothing,
}

/// A block.
#[derive(Debug)]
pub(super) struct Annotation {
    pub at: At,
    pub module: usize,
    pub scope: String,
    pub target: Target,
    /// Path and schema of each entry of `schemas`.
    pub schemas: Vec<(Vec<Term>, SchemaSource)>,
}

/// Where a schema is.
#[derive(Debug, Clone)]
pub(super) enum SchemaSource {
    /// In the block.
    Here(Value),
    /// `schema.x`
    Named(String),
}

/// A comment: its row, the byte of its `#`, and what follows that.
struct Comment<'t> {
    row: usize,
    byte: usize,
    text: &'t str,
}

/// The blocks of all files. What is wrong with them is a parse error for OPA.
pub(super) fn read(program: &mut Program, texts: &[&str], problems: &mut Vec<Problem>) -> Vec<Annotation> {
    let mut all = Vec::new();
    for (number, text) in texts.iter().enumerate().filter(|(_, text)| text.contains("METADATA")) {
        let before = problems.len();
        let mut annotations = Vec::new();
        for block in blocks(text) {
            let Some((first, rest)) = block.split_first() else { continue };
            let place = |comment: &Comment<'_>| loc(number, comment.byte);
            match annotation(program, rest) {
                Ok((scope, entrypoint, schemas)) => {
                    let Some(module) = program.modules.get(number) else { continue };
                    let target = target(program, module, first.row);
                    let at = place(first);
                    annotations.push((Annotation { at, module: number, scope, target, schemas }, entrypoint));
                }
                Err((nth, message)) => {
                    let at = nth.and_then(|nth| rest.get(nth)).or(Some(first)).and_then(place);
                    problems.push(Problem::new("rego_parse_error", at, message));
                }
            }
        }
        if problems.len() > before {
            continue;
        }
        for (mut annotation, entrypoint) in annotations {
            attach(&mut annotation, entrypoint, problems);
            all.push(annotation);
        }
    }
    all
}

fn loc(file: usize, byte: usize) -> At {
    Some(Loc { file: u32::try_from(file).ok()?, byte: u32::try_from(byte).ok()? })
}

/// The blocks of a text: the comment METADATA in the first column and those that follow it there line by line.
fn blocks(text: &str) -> Vec<Vec<Comment<'_>>> {
    let mut blocks: Vec<Vec<Comment<'_>>> = Vec::new();
    let mut lexer = Lexer::new(text, 0);
    let (mut row, mut counted, mut open) = (1, 0, false);
    loop {
        let token = lexer.next_token();
        if token.kind == Kind::Eof {
            return blocks;
        }
        if token.kind != Kind::Comment {
            continue;
        }
        let byte = token.start as usize;
        row += text.get(counted..byte).map_or(0, |part| part.matches('\n').count());
        counted = byte;
        let words = text.get(byte + 1..token.end as usize).unwrap_or_default().trim_end_matches('\r');
        let first_column = byte == 0 || text.as_bytes().get(byte - 1) == Some(&b'\n');
        let comment = Comment { row, byte, text: words };
        if first_column && words.trim().starts_with("METADATA") {
            blocks.push(vec![comment]);
            open = true;
            continue;
        }
        match blocks.last_mut() {
            Some(block) if open && first_column && block.last().is_some_and(|last| last.row + 1 == row) => {
                block.push(comment);
            }
            _ => open = false,
        }
    }
}

/// Scope, entrypoint and schemas of a block; or the comment that is wrong and why.
type Read = Result<(String, bool, Vec<(Vec<Term>, SchemaSource)>), (Option<usize>, String)>;

fn annotation(program: &mut Program, comments: &[Comment<'_>]) -> Read {
    let mut yaml = String::new();
    for comment in comments {
        yaml += comment.text.strip_prefix(' ').unwrap_or(comment.text);
        yaml.push('\n');
    }
    if yaml.trim().is_empty() {
        return Err((None, "expected METADATA block, found whitespace".to_owned()));
    }
    let fail = |line: usize, message: String| {
        Err((Some(line.min(comments.len().saturating_sub(1))), message + &hints(comments)))
    };
    let manifest = manifest::read(&yaml);
    let Some(document) = manifest.documents.first() else { return Ok((String::new(), false, Vec::new())) };
    for fault in &document.faults {
        if let FaultKind::Yaml(words) = &fault.kind {
            // Go's reader names the line where the wrong thing began, or the last one if that was the first.
            let rows = |text: Option<&str>| text.map_or(0, |text| text.matches('\n').count());
            let line = match rows(yaml.get(..fault.range.start)) {
                0 => rows(Some(&yaml)),
                row => row,
            };
            let line = if line == 0 { 0 } else { line + 1 };
            let words = words.strip_prefix("yaml: ").unwrap_or(words);
            let place = if line == 0 { String::new() } else { format!("line {line}: ") };
            return fail(line, format!("yaml: {place}{words}"));
        }
    }
    let Some(Value::Object(fields)) = &document.value else {
        let what = document.value.as_ref().map_or(String::new(), shown);
        let message =
            format!("yaml: unmarshal errors:\n  line 1: cannot unmarshal {what} into ast.rawAnnotation");
        return if what.is_empty() { Ok((String::new(), false, Vec::new())) } else { fail(1, message) };
    };
    let mut wrong = Vec::new();
    for (name, wanted) in FIELDS {
        let Some(value) = fields.get(*name).filter(|value| !wanted.takes(value)) else { continue };
        let start = document.span(&format!("/{name}")).map_or(0, |span| span.value.start);
        let line = 1 + yaml.get(..start).map_or(0, |before| before.matches('\n').count());
        wrong.push((line, format!("cannot unmarshal {} into {}", shown(value), wanted.name())));
    }
    wrong.sort();
    if let Some((line, _)) = wrong.first() {
        let lines: Vec<String> = wrong.iter().map(|(line, text)| format!("  line {line}: {text}")).collect();
        return fail(*line, format!("yaml: unmarshal errors:\n{}", lines.join("\n")));
    }
    let list = |name: &str| fields.get(name).and_then(Value::as_array).into_iter().flatten();
    for resource in list("related_resources") {
        let reason = match resource {
            Value::String(text) if text.is_empty() => "ref URL may not be empty string",
            Value::Object(members) if !has_text(members, &["ref"]) => "'ref' value required in object",
            Value::String(_) | Value::Object(_) => continue,
            _ => "invalid value type, must be string or map",
        };
        return Err((None, format!("invalid related-resource definition {}: {reason}", go(resource))));
    }
    let mut schemas = Vec::new();
    for pair in list("schemas") {
        let Some((path, schema)) = pair.as_object().and_then(|pair| pair.iter().next()) else { continue };
        let Some(path_terms) = reference(program, path) else {
            return Err((None, "invalid document reference".to_owned()));
        };
        schemas.push((
            path_terms,
            match schema {
                Value::String(name) => {
                    if name != "schema" && !name.starts_with("schema.") && !name.starts_with("schema[") {
                        return Err((None, "invalid schema reference".to_owned()));
                    }
                    SchemaSource::Named(name.clone())
                }
                Value::Object(_) => SchemaSource::Here(schema.clone()),
                _ => return Err((None, format!("invalid schema declaration for path \"{path}\""))),
            },
        ));
    }
    for author in list("authors") {
        let reason = match author {
            Value::String(text) if text.trim().is_empty() => "author is an empty string",
            Value::Object(members) if !has_text(members, &["name", "email"]) => {
                "'name' and/or 'email' values required in object"
            }
            Value::String(_) | Value::Object(_) => continue,
            _ => "invalid value type, must be string or map",
        };
        return Err((None, format!("invalid author definition {}: {reason}", go(author))));
    }
    for pointer in document.pointers() {
        let parts: Vec<&str> = pointer.split('/').skip(1).collect();
        if let [_, _, path @ .., _] = parts.as_slice()
            && matches!(parts.first(), Some(&("custom" | "labels")))
            && parts.len() > 2
            && !document.has_text_key(&pointer)
        {
            return Err((None, format!("invalid map key type(s): {}", path.join("/"))));
        }
    }
    let scope = fields.get("scope").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok((scope, fields.get("entrypoint") == Some(&Value::Bool(true)), schemas))
}

/// The types of the fields.
enum Wanted {
    Text,
    Flag,
    Texts,
    List,
    Maps,
    Map,
}

const FIELDS: &[(&str, Wanted)] = &[
    ("scope", Wanted::Text),
    ("title", Wanted::Text),
    ("entrypoint", Wanted::Flag),
    ("description", Wanted::Text),
    ("organizations", Wanted::Texts),
    ("related_resources", Wanted::List),
    ("authors", Wanted::List),
    ("schemas", Wanted::Maps),
    ("compile", Wanted::Map),
    ("custom", Wanted::Map),
    ("labels", Wanted::Map),
];

impl Wanted {
    fn name(&self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Flag => "bool",
            Self::Texts => "[]string",
            Self::List => "[]interface {}",
            Self::Maps => "[]map[string]interface {}",
            Self::Map => "map[string]interface {}",
        }
    }

    fn takes(&self, value: &Value) -> bool {
        match self {
            _ if value.is_null() => true,
            Self::Text => !value.is_array() && !value.is_object(),
            Self::Flag => value.is_boolean(),
            Self::Texts | Self::List | Self::Maps => value.is_array(),
            Self::Map => value.is_object(),
        }
    }
}

/// A value in the words of Go's YAML reader.
fn shown(value: &Value) -> String {
    let (tag, text) = match value {
        Value::Null => ("!!null", "null".to_owned()),
        Value::Bool(flag) => ("!!bool", flag.to_string()),
        Value::Number(number) if number.is_f64() => ("!!float", number.to_string()),
        Value::Number(number) => ("!!int", number.to_string()),
        Value::String(text) => ("!!str", text.clone()),
        Value::Array(_) => return "!!seq".to_owned(),
        Value::Object(_) => return "!!map".to_owned(),
    };
    if text.len() > 10 {
        let start: String = text.chars().take(7).collect();
        return format!("{tag} `{start}...`");
    }
    format!("{tag} `{text}`")
}

/// A value as Go prints it.
fn go(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go).collect::<Vec<_>>().join(" ")),
        Value::Object(members) => {
            let mut members: Vec<String> = members.iter().map(|(k, v)| format!("{k}:{}", go(v))).collect();
            members.sort();
            format!("map[{}]", members.join(" "))
        }
        Value::Number(number) => format!("%!s(int={number})"),
        Value::Bool(flag) => format!("%!s(bool={flag})"),
        Value::Null => "%!s(<nil>)".to_owned(),
    }
}

fn has_text(members: &serde_json::Map<String, Value>, names: &[&str]) -> bool {
    names
        .iter()
        .any(|name| members.get(*name).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty()))
}

/// OPA's guesses where a blank is missing behind a colon.
fn hints(comments: &[Comment<'_>]) -> String {
    let mut all = String::new();
    for comment in comments {
        let parts: Vec<&str> = comment.text.split(':').skip(1).collect();
        let mut symbols = Vec::new();
        for (nth, part) in parts.iter().enumerate() {
            match part.chars().next() {
                None if nth + 1 == parts.len() => break,
                None => symbols.push("'\\ufffd'".to_owned()),
                Some(' ' | '\t') => break,
                Some(symbol) if symbol.is_ascii() => symbols.push(format!("'{symbol}'")),
                Some(symbol) => symbols.push(format!("'\\u{:04x}'", u32::from(symbol))),
            }
        }
        if !symbols.is_empty() {
            all += &format!(
                "\n  Hint: on line {}, symbol(s) [{}] immediately following a key/value separator ':' is not a \
                 legal yaml space character",
                comment.row,
                symbols.join(" ")
            );
        }
    }
    all
}

/// `input.a["b"]`
fn reference(program: &mut Program, text: &str) -> Option<Vec<Term>> {
    let source = format!("package p\nx := {text}");
    let parsed = parse(&source, ParseOptions::default());
    if !parsed.is_clean() {
        return None;
    }
    let rule = parsed.module.statements.get(1).map(|placed| &placed.statement.kind)?;
    let StatementKind::Rule(rule) = rule else { return None };
    let value = rule.head.value.as_ref()?;
    let (head, parts) = match &value.kind {
        TermKind::Var(name) if name == "input" || name == "data" => (name, [].as_slice()),
        TermKind::Ref(head, parts) => match &head.kind {
            TermKind::Var(name) => (name, parts.as_slice()),
            _ => return None,
        },
        _ => return None,
    };
    let mut path = vec![Term::var(None, program.vars.named(head))];
    for part in parts {
        path.push(Term::new(None, Val::Str(part.constant()?.into())));
    }
    Some(path)
}

/// The first statement below a row.
fn target(program: &Program, module: &Module, row: usize) -> Target {
    let below = |at: At| program.row(at).filter(|&other| other > row);
    let package = below(module.package_at).map(|row| (row, Target::Package));
    let imports = module.imports.iter().filter_map(|import| Some((below(import.at)?, Target::Import)));
    let rules = module.rules.iter().filter_map(|&id| {
        let rule = program.rules.get(id)?;
        Some((below(rule.at)?, Target::Rule(id)))
    });
    let first = package.into_iter().chain(imports).chain(rules).min_by_key(|(row, _)| *row);
    first.map_or(Target::Nothing, |(_, target)| target)
}

/// Fills in the scope, and says where it does not fit.
fn attach(annotation: &mut Annotation, entrypoint: bool, problems: &mut Vec<Problem>) {
    let have = match annotation.target {
        Target::Package => "package",
        Target::Import => "import",
        Target::Rule(_) => "rule",
        Target::Nothing => "",
    };
    if annotation.scope.is_empty() {
        annotation.scope = match have {
            "rule" if entrypoint => "document".to_owned(),
            other => other.to_owned(),
        };
    }
    let scope = annotation.scope.as_str();
    let wanted = match scope {
        "rule" | "document" => "rule",
        "package" | "subpackages" => "package",
        _ => "",
    };
    let mut fail = |message: String| problems.push(Problem::new("rego_parse_error", annotation.at, message));
    if wanted.is_empty() {
        fail(format!(
            "invalid annotation scope '{scope}'. Use one of 'rule', 'document', 'package', or 'subpackages'"
        ));
    } else if have != wanted {
        let have = if have.is_empty() { "<nil>" } else { have };
        fail(format!("annotation scope '{scope}' must be applied to {wanted} (have {have})"));
    }
    if entrypoint && scope != "document" && scope != "package" {
        fail(format!("annotation entrypoint applied to non-document or package scope '{scope}'"));
    }
}

/// The path that an annotation stands for, as text.
pub(super) fn path(program: &Program, annotation: &Annotation) -> Option<String> {
    match (annotation.scope.as_str(), annotation.target) {
        ("document", Target::Rule(id)) => {
            let path = program.path(id);
            let ground = 1 + path.iter().skip(1).take_while(|term| term.val.ground()).count();
            Some(show::reference(path.get(..ground).unwrap_or(&path), &program.vars))
        }
        ("package" | "subpackages", Target::Package) => {
            let package = &program.modules.get(annotation.module)?.package;
            Some(show::reference(&super::ir::package_path(package), &program.vars))
        }
        _ => None,
    }
}

/// Documents and packages that are annotated twice.
pub(super) fn redeclared(program: &Program, all: &[Annotation], problems: &mut Vec<Problem>) {
    let mut first: std::collections::HashMap<(bool, String), At> = std::collections::HashMap::new();
    for annotation in all {
        let Some(path) = path(program, annotation) else { continue };
        let package = annotation.scope == "package";
        match first.get(&(package, path.clone())) {
            None => {
                first.insert((package, path), annotation.at);
            }
            Some(other) => {
                let file = other.and_then(|at| program.modules.get(at.file as usize));
                let name = file.map_or("", |module| &*module.name);
                let row = program.row(*other).unwrap_or_default();
                let message = format!("{} annotation redeclared: {name}:{row}", annotation.scope);
                problems.push(Problem::types(annotation.at, message));
            }
        }
    }
}
