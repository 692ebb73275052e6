//! gator's suites: which objects a template with its constraint is tried on, and what is expected of each.
//!
//! [`read`] takes the text of a suite, [`objects`] the files that it names, [`expect`] compares; `judge::verifying` runs
//! them. All of it is read off gator 3.23 (`gator verify`), with its words. gator reads these files with go-yaml v3, for
//! which `yes` and `on` are texts.

pub mod expect;
pub mod filter;
pub mod objects;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::decision::Reason;
use crate::core::file::FileId;
use crate::core::manifest::{self, Document};
use crate::core::policy::place::Lines;
use crate::strings::Lang;
use expect::{Assertion, Violations};
pub use filter::Filter;

/// The group of suites.
pub const GROUP: &str = "test.gatekeeper.sh";

/// A suite.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Suite {
    /// Nothing of it is run.
    pub skip: bool,
    /// Its tests.
    pub tests: Vec<Test>,
}

/// A template with a constraint, and the objects that they are tried on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Where it begins.
    pub at: At,
    pub name: String,
    /// Path of the template.
    pub template: Named,
    /// Path of the constraint.
    pub constraint: Named,
    /// Path of the ExpansionTemplates; may be empty.
    pub expansion: Named,
    /// The constraint must be refused by the schema of its template; no case is run.
    pub invalid: bool,
    pub skip: bool,
    pub cases: Vec<Case>,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Where it begins.
    pub at: At,
    pub name: String,
    /// Path of the object.
    pub object: Named,
    /// Paths of what templates can look up.
    pub inventory: Vec<Named>,
    /// What is expected, all of it.
    pub assertions: Vec<Assertion>,
    pub skip: bool,
}

/// A text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub text: String,
    pub at: At,
}

/// 1-based line and column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct At {
    pub line: usize,
    pub column: usize,
}

/// A place in a file that has a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// The name of the file.
    pub file: String,
    #[serde(flatten)]
    pub at: At,
}

/// Why a suite, a test or a case did not pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Where.
    pub spot: Option<Spot>,
    /// What.
    pub words: Words,
    /// An assertion does not hold, rather than that nothing could be asserted.
    pub unmet: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Words {
    /// In gator's words.
    Said(String),
    /// It cannot be judged.
    NotJudged(Box<Reason>),
}

impl Trouble {
    /// An error in gator's words.
    #[must_use]
    pub fn said(spot: Option<Spot>, words: impl Into<String>) -> Self {
        Self { spot, words: Words::Said(words.into()), unmet: false }
    }
}

/// Reads a file of a name: `None` if it is no suite.
#[must_use]
pub fn read(name: &str, text: &str, lang: Lang) -> Option<Result<Suite, Trouble>> {
    if !text.contains(GROUP) {
        return None;
    }
    let manifest = manifest::read(text);
    let document = manifest.documents.first()?;
    let lines = Lines::of(text);
    let reader = Reader { name, text, lines, document, value: objects::value_of(text, document) };
    if let Some(fault) = document.faults.first() {
        let (range, words) = (fault.range.clone(), fault.diagnostic(lang).message);
        return Some(Err(reader.fail(reader.place(range.start), &format!("invalid yaml: {words}"))));
    }
    let is = |field: &str| reader.value.get(field).and_then(Value::as_str).unwrap_or_default();
    let group = is("apiVersion").split_once('/').map_or("", |(group, _)| group);
    (group == GROUP && is("kind") == "Suite").then(|| reader.suite())
}

/// The path of a file that a suite names: slashes only, and always below or beside the suite.
#[must_use]
pub fn join(suite: &str, path: &str) -> String {
    let folder = suite.rsplit_once('/').map_or("", |(folder, _)| folder);
    let rooted = suite.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')).filter(|part| !matches!(*part, "" | ".")) {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            ("..", None) if rooted => {}
            _ => parts.push(part),
        }
    }
    format!("{}{}", if rooted { "/" } else { "" }, parts.join("/"))
}

impl Suite {
    /// The paths of all files that it names, as they are written.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let tests = self.tests.iter().filter(|test| !test.skip && !self.skip);
        let all = tests.flat_map(|test| {
            let own = [&test.template, &test.constraint, &test.expansion];
            own.into_iter()
                .chain(test.cases.iter().flat_map(|case| case.inventory.iter().chain([&case.object])))
        });
        all.map(|named| named.text.as_str()).filter(|path| !path.is_empty())
    }
}

/// Reads values as Go's `encoding/json` puts them into its types.
struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    lines: Lines,
    document: &'a Document,
    value: Value,
}

/// Where a value is read: its pointer and the value.
#[derive(Clone)]
struct Node<'a> {
    pointer: String,
    value: &'a Value,
}

impl<'a> Node<'a> {
    /// A field. As in Go, its name is taken in any case if it is not written as it should be.
    fn field(&self, name: &str) -> Option<Self> {
        let fields = self.value.as_object()?;
        let named = fields.get_key_value(name);
        let found = named.or_else(|| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
        let (key, value) = found.filter(|(_, value)| !value.is_null())?;
        Some(Self { pointer: format!("{}/{}", self.pointer, super::escape(key)), value })
    }
}

type Read<T> = Result<T, Trouble>;

impl Reader<'_> {
    fn suite(&self) -> Read<Suite> {
        let root = Node { pointer: String::new(), value: &self.value };
        let test = |node: &Node<'_>| self.test(node);
        Ok(Suite { skip: self.flag(&root, "skip")?, tests: self.list(&root, "tests", "Test", &test)? })
    }

    fn test(&self, node: &Node<'_>) -> Read<Test> {
        let case = |node: &Node<'_>| self.case(node);
        Ok(Test {
            at: self.at(&node.pointer),
            name: self.named(node, "name")?.text,
            template: self.named(node, "template")?,
            constraint: self.named(node, "constraint")?,
            expansion: self.named(node, "expansion")?,
            invalid: self.flag(node, "invalid")?,
            skip: self.flag(node, "skip")?,
            cases: self.list(node, "cases", "Case", &case)?,
        })
    }

    fn case(&self, node: &Node<'_>) -> Read<Case> {
        let path = |node: &Node<'_>| match node.value {
            Value::String(text) => Ok(Named { text: text.clone(), at: self.at(&node.pointer) }),
            _ => Err(self.wrong(node, "string")),
        };
        Ok(Case {
            at: self.at(&node.pointer),
            name: self.named(node, "name")?.text,
            object: self.named(node, "object")?,
            inventory: self.list(node, "inventory", "string", &path)?,
            assertions: self.list(node, "assertions", "Assertion", &|node| self.assertion(node))?,
            skip: self.flag(node, "skip")?,
        })
    }

    fn assertion(&self, node: &Node<'_>) -> Read<Assertion> {
        let violations = match node.field("violations") {
            None => Violations::default(),
            Some(given) => match given.value {
                Value::String(text) => Violations::Word(text.clone()),
                Value::Number(number) => match number.as_i64().and_then(|n| i32::try_from(n).ok()) {
                    Some(count) => Violations::Count(count),
                    None => match number.as_f64() {
                        // go-yaml's `2.0` is JSON's `2`.
                        Some(float) if float.fract() == 0.0 && float.abs() < f64::from(i32::MAX) =>
                        {
                            #[allow(clippy::cast_possible_truncation)]
                            Violations::Count(float as i32)
                        }
                        _ => return Err(self.wrong(&given, "int32")),
                    },
                },
                _ => return Err(self.wrong(&given, "int32")),
            },
        };
        let message = node.field("message").map(|_| self.named(node, "message")).transpose()?;
        Ok(Assertion { at: self.at(&node.pointer), violations, message: message.map(|named| named.text) })
    }

    fn named(&self, node: &Node<'_>, name: &str) -> Read<Named> {
        match node.field(name) {
            None => Ok(Named { text: String::new(), at: self.at(&node.pointer) }),
            Some(field) => match field.value {
                Value::String(text) => Ok(Named { text: text.clone(), at: self.at(&field.pointer) }),
                _ => Err(self.wrong(&field, "string")),
            },
        }
    }

    fn flag(&self, node: &Node<'_>, name: &str) -> Read<bool> {
        match node.field(name) {
            None => Ok(false),
            Some(field) => match field.value {
                Value::Bool(flag) => Ok(*flag),
                // Decoded into a flag, go-yaml would take it; here it is a text by then.
                _ => Err(self.wrong(&field, "bool")),
            },
        }
    }

    fn list<T>(
        &self,
        node: &Node<'_>,
        name: &str,
        of: &str,
        read: &dyn Fn(&Node<'_>) -> Read<T>,
    ) -> Read<Vec<T>> {
        let Some(field) = node.field(name) else { return Ok(Vec::new()) };
        let Some(items) = field.value.as_array() else { return Err(self.wrong(&field, &format!("[]{of}"))) };
        let item = |(at, value): (usize, &Value)| {
            let node = Node { pointer: format!("{}/{at}", field.pointer), value };
            let is_text = of == "string";
            if is_text || node.value.is_object() || node.value.is_null() {
                return read(&node);
            }
            Err(self.wrong(&node, of))
        };
        items.iter().enumerate().map(item).collect()
    }

    fn wrong(&self, node: &Node<'_>, wanted: &str) -> Trouble {
        let kind = match node.value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let names: Vec<&str> = node
            .pointer
            .split('/')
            .filter(|part| !part.is_empty() && part.parse::<usize>().is_err())
            .collect();
        let words = format!(
            "invalid yaml: json: cannot unmarshal {kind} into Go struct field Suite.{} of type {wanted}",
            names.join(".")
        );
        self.fail(self.at(&node.pointer), &words)
    }

    fn fail(&self, at: At, words: &str) -> Trouble {
        Trouble::said(Some(Spot { file: self.name.to_owned(), at }), words)
    }

    fn at(&self, pointer: &str) -> At {
        self.place(self.document.span(pointer).map_or(self.document.range.start, |span| span.value.start))
    }

    fn place(&self, byte: usize) -> At {
        let place = self.lines.place(FileId(0), self.text, byte..byte);
        At { line: place.line, column: place.column }
    }
}

/// What is run: suites with the files that they name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Job {
    /// Which tests and cases: gator's `--run`, all if empty.
    pub run: String,
    /// Name and text of each suite.
    pub suites: Vec<(String, String)>,
    /// By path: the text, or why there is none.
    pub files: std::collections::BTreeMap<String, Result<String, String>>,
}

/// What came of a suite.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SuiteResult {
    /// Its name.
    pub suite: String,
    /// It says that nothing of it is to be run.
    pub skipped: bool,
    /// Why nothing of it was run.
    pub trouble: Option<Trouble>,
    /// Its tests.
    pub tests: Vec<TestResult>,
    /// How long it took, in nanoseconds.
    pub duration_ns: u64,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TestResult {
    pub name: String,
    /// Where it begins.
    pub at: At,
    pub skipped: bool,
    /// Why its cases were not run.
    pub trouble: Option<Trouble>,
    pub cases: Vec<CaseResult>,
    pub duration_ns: u64,
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CaseResult {
    pub name: String,
    /// Where it begins.
    pub at: At,
    pub skipped: bool,
    /// Why it did not pass.
    pub trouble: Option<Trouble>,
    /// What `print()` wrote.
    pub prints: Vec<String>,
    pub duration_ns: u64,
}

impl SuiteResult {
    /// Whether anything of it did not pass.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.trouble.is_some() || self.tests.iter().any(TestResult::fails)
    }
}

impl TestResult {
    /// Whether anything of it did not pass.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.trouble.is_some() || self.cases.iter().any(|case| case.trouble.is_some())
    }
}

#[cfg(test)]
mod tests;
