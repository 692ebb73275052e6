//! Policies by a grammar: the constructs of the language and the builtins that policies use, put together at random, over
//! Pods that are odd in places.
//!
//! A policy is a list of rules of statements and stays one, so that what differs can be made smaller by leaving out.

use serde_json::{Value, json};

use super::ask::Question;
use super::calls::{CALLS, Kind, texts};
use super::random::Random;

/// A rule: the head, and a body for each branch; those behind the first follow an `else` with a value.
#[derive(Clone)]
pub struct Rule {
    head: String,
    pub bodies: Vec<(String, Vec<String>)>,
}

impl Rule {
    /// OPA takes no `some` and no `every` with a variable that is not used.
    fn forget_unused(&mut self, count: usize) {
        for name in (1..=count).map(|number| format!("v{number}")) {
            let words = |text: &str| {
                text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| *word == name).count()
            };
            let bodies = self.bodies.iter().flat_map(|(value, body)| body.iter().chain([value]));
            if bodies.chain([&self.head]).map(|text| words(text)).sum::<usize>() > 1 {
                continue;
            }
            for statement in self.bodies.iter_mut().flat_map(|(_, body)| body) {
                for (before, after) in [("some ", ","), ("some ", " in"), (", ", " in"), ("every ", " in")] {
                    let found = format!("{before}{name}{after}");
                    *statement = statement.replace(&found, &format!("{before}_{after}"));
                }
            }
        }
    }
}

/// The language of a policy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    V0,
    V1,
    V2,
}

#[derive(Clone)]
pub struct Policy {
    language: Language,
    pub rules: Vec<Rule>,
    /// The rules that have a value without arguments.
    names: Vec<String>,
    pub input: Value,
}

/// What policies import.
const LIBRARY: &str = "package lib

limit := 10

names contains name if some name in [\"a\", \"nginx\", input.metadata.name]

ports[name] := port if {
	some c in input.spec.containers
	name := c.name
	port := c.ports[0].containerPort
}

size(x) := count(x) if not is_number(x)

size(x) := x if is_number(x)

default tiny(_) := false

tiny(x) if size(x) < 3
";

impl Policy {
    pub fn is_v0(&self) -> bool {
        self.language == Language::V0
    }

    pub fn text(&self) -> String {
        let v0 = self.is_v0();
        let mut text = "package g\n\nimport data.lib\n".to_owned();
        text += match self.language {
            Language::V0 => "import future.keywords.every\nimport future.keywords.in\n",
            Language::V1 => "",
            Language::V2 => "import rego.v2\n",
        };
        for rule in &self.rules {
            let head = match rule.head.split_once(" contains ") {
                Some((name, value)) if v0 => format!("{name}[{value}]"),
                _ => rule.head.clone(),
            };
            text += &format!("\n{head}");
            for (value, body) in &rule.bodies {
                text += value;
                if !body.is_empty() {
                    text += if v0 { " {" } else { " if {" };
                    text += &format!("\n\t{}\n}}", body.join("\n\t"));
                }
            }
            text.push('\n');
        }
        text
    }

    /// Each rule by itself: one that is undefined leaves the others.
    pub fn question(&self) -> Question {
        let values: Vec<String> = self.names.iter().map(|name| format!("[v | v := data.g.{name}]")).collect();
        let query = if values.is_empty() { "data.g".to_owned() } else { format!("[{}]", values.join(", ")) };
        let mut modules = vec![self.text()];
        if self.rules.iter().any(|rule| {
            rule.bodies
                .iter()
                .any(|(value, body)| body.iter().chain([value]).any(|text| text.contains("lib.")))
        }) {
            modules.push(LIBRARY.to_owned());
        }
        let v0 = self.is_v0();
        if let (true, Some(library)) = (v0, modules.get_mut(1)) {
            *library = library.replacen('\n', "\n\nimport rego.v1\n", 1);
        }
        let data = json!({"allowed": ["nginx", "a", 7, null], "limits": {"a": 1, "web": 2.5, "app": "x"}});
        let (data, input) = (Some(data), Some(self.input.clone()));
        Question { v0, modules, data, input, query, ..Question::default() }
    }

    /// Policies with a little less.
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut without = |change: &dyn Fn(&mut Self)| {
            let mut policy = self.clone();
            change(&mut policy);
            all.push(policy);
        };
        for (at, rule) in self.rules.iter().enumerate() {
            without(&|policy| {
                let head = policy.rules.remove(at).head;
                let first = |text: &str| text.split(['.', '[', '(', ' ']).next().unwrap().to_owned();
                let name = first(&head);
                if !policy.rules.iter().any(|rule| first(&rule.head) == name) {
                    policy.names.retain(|other| first(other) != name);
                }
            });
            for (branch, (_, body)) in rule.bodies.iter().enumerate() {
                if branch > 0 {
                    without(&|policy| drop(policy.rules[at].bodies.remove(branch)));
                }
                for (nth, statement) in body.iter().enumerate() {
                    without(&|policy| drop(policy.rules[at].bodies[branch].1.remove(nth)));
                    for simpler in simpler(statement) {
                        without(&|policy| policy.rules[at].bodies[branch].1[nth].clone_from(&simpler));
                    }
                }
                for simpler in simpler(&rule.bodies[branch].0) {
                    without(&|policy| policy.rules[at].bodies[branch].0.clone_from(&simpler));
                }
            }
        }
        for part in ["/metadata", "/spec"] {
            for field in
                self.input.pointer(part).and_then(Value::as_object).into_iter().flat_map(|o| o.keys())
            {
                without(&|policy| {
                    drop(policy.input.pointer_mut(part).unwrap().as_object_mut().unwrap().remove(field));
                });
            }
        }
        all
    }
}

/// The text with what is in a pair of brackets put in the place of the pair and its function, or nothing or `1` in it.
fn simpler(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = Vec::new();
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '[' | '{' => open.push(at),
            ')' | ']' | '}' => {
                let Some(start) = open.pop() else { continue };
                let inner = &text[start + 1..at];
                let name = text[..start]
                    .rfind(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')
                    .map_or(0, |at| at + 1);
                for front in [start, name] {
                    for inner in inner.split(", ").chain([inner, "1"]) {
                        all.push(format!("{}{inner}{}", &text[..front], &text[at + 1..]));
                    }
                }
            }
            _ => {}
        }
    }
    all.retain(|shorter| shorter.len() < text.len());
    all
}

pub struct Generator {
    random: Random,
    language: Language,
    /// Rules and functions so far, with the number of arguments.
    rules: Vec<(String, Option<usize>)>,
    variables: Vec<String>,
    fresh: usize,
}

const STRINGS: &[&str] = &[
    "",
    "a",
    "nginx:1.25",
    "docker.io/library/nginx",
    "latest",
    "NET_ADMIN",
    "é",
    "a,b,c",
    "10",
    "app",
    "true",
    " x ",
    "日本",
    "a\\nb",
    "<&>",
];
const NUMBERS: &[&str] =
    &["0", "1", "2", "10", "-1", "1.5", "80", "0.1", "1000000", "3.0", "1e2", "12345678901234567890", "-0.5"];
/// Keywords that may begin and end a reference.
const KEYWORDS: &[&str] =
    &["if", "in", "contains", "every", "not", "with", "with", "default", "some", "as", "null"];
const REFS: &[&str] = &[
    "input.spec.containers[0].image",
    "input.metadata.name",
    "input.metadata.labels.app",
    "input.spec.hostPID",
    "input.spec.replicas",
    "input.spec.containers[1].name",
    "input.metadata.annotations[\"a/b\"]",
    "input.spec.none.x",
    "input.spec.containers[0].ports[0].containerPort",
    "input.spec.securityContext.runAsUser",
    "input.kind",
    "data.limits.web",
    "data.allowed[2]",
    "data.none",
    "lib.limit",
    "lib.names",
    "lib.ports.c0",
    "input.metadata.labels.if",
];
const COLLECTIONS: &[&str] = &[
    "input.spec.containers",
    "input.metadata.labels",
    "input.spec.containers[0].ports",
    "input.spec.volumes",
    "input.spec.containers[_].securityContext.capabilities.add",
    "input.spec",
    "input.spec.none",
    "input.metadata.name",
    "data.allowed",
    "data.limits",
    "lib.names",
    "lib.ports",
];

impl Generator {
    pub fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let language = match random.below(10) {
            0 => Language::V0,
            1 | 2 => Language::V2,
            _ => Language::V1,
        };
        Self { random, language, rules: Vec::new(), variables: Vec::new(), fresh: 0 }
    }

    pub fn policy(mut self) -> Policy {
        let count = 1 + self.random.below(4);
        let mut rules = Vec::new();
        for number in 0..count {
            rules.extend(self.rule(number));
        }
        let input = self.pod();
        let names = self.rules.iter().filter(|(_, arguments)| arguments.is_none());
        let names = names.map(|(name, _)| name.clone()).collect();
        Policy { language: self.language, rules, names, input }
    }

    fn rule(&mut self, number: usize) -> Vec<Rule> {
        (self.variables, self.fresh) = (Vec::new(), 0);
        let mut name = format!("r{number}");
        let mut made = Vec::new();
        let one = |head: String, bodies| Rule { head, bodies };
        let mut arguments = None;
        match self.random.below(13) {
            12 => {
                // A keyword is a name if something follows it.
                name = format!("{}.{name}", self.random.pick(KEYWORDS));
                for _ in 0..1 + self.random.below(2) {
                    self.variables.clear();
                    let (body, value) = (self.body(2), self.any(1));
                    let word = if self.random.chance(50) { " contains " } else { " := " };
                    made.push(one(format!("{name}{word}{value}"), vec![(String::new(), body)]));
                }
            }
            0..=3 => {
                for _ in 0..1 + self.random.below(2) {
                    self.variables.clear();
                    let body = self.body(3);
                    let value = self.any(2);
                    made.push(one(format!("{name} contains {value}"), vec![(String::new(), body)]));
                }
            }
            4 => {
                let body = self.body(3);
                let (key, value) = (self.string(1), self.any(2));
                made.push(one(format!("{name}[{key}] := {value}"), vec![(String::new(), body)]));
            }
            5 => {
                for field in ["a".to_owned(), "b.c".to_owned(), format!("b.{}", self.random.pick(KEYWORDS))] {
                    if self.random.chance(30) {
                        continue;
                    }
                    self.variables.clear();
                    let body = self.body(2);
                    let value = self.any(1);
                    made.push(one(format!("{name}.{field} := {value}"), vec![(String::new(), body)]));
                }
            }
            6 | 7 => {
                let count = 1 + self.random.below(2);
                let parameters: Vec<String> = (0..count).map(|at| format!("p{at}")).collect();
                let branches = 1 + self.random.below(2);
                let bodies = self.branches(branches, &parameters);
                if self.random.chance(20) {
                    let wild = vec!["_"; count].join(", ");
                    made.push(one(format!("default {name}({wild}) := {}", self.random.below(3)), vec![]));
                }
                made.push(one(format!("{name}({})", parameters.join(", ")), bodies));
                arguments = Some(count);
            }
            8 => {
                // True, or nothing; by any of several bodies.
                for _ in 0..1 + self.random.below(2) {
                    self.variables.clear();
                    let body = self.body(2);
                    made.push(one(name.clone(), vec![(String::new(), body)]));
                }
            }
            _ => {
                if self.random.chance(40) {
                    let value = *self.random.pick(&["false", "0", "\"none\"", "[]", "{}", "null"]);
                    made.push(one(format!("default {name} := {value}"), vec![]));
                }
                let branches = 1 + self.random.below(3);
                let bodies = self.branches(branches, &[]);
                made.push(one(name.clone(), bodies));
            }
        }
        self.rules.push((name, arguments));
        made.iter_mut().for_each(|rule| rule.forget_unused(self.fresh));
        made
    }

    fn branches(&mut self, count: usize, parameters: &[String]) -> Vec<(String, Vec<String>)> {
        let branch = |at: usize| {
            self.variables = parameters.to_vec();
            let body = self.body(3);
            let word = if at == 0 { "" } else { " else" };
            (format!("{word} := {}", self.any(2)), body)
        };
        (0..count).map(branch).collect()
    }

    fn body(&mut self, most: usize) -> Vec<String> {
        let count = 1 + self.random.below(most);
        (0..count).map(|_| self.statement(2)).collect()
    }

    /// A new variable, in reach from here on.
    fn fresh(&mut self) -> String {
        self.fresh += 1;
        let name = format!("v{}", self.fresh);
        self.variables.push(name.clone());
        name
    }

    /// What `make` says, without the variables that it brought.
    fn inside(&mut self, make: impl FnOnce(&mut Self) -> String) -> String {
        let known = self.variables.len();
        let made = make(self);
        self.variables.truncate(known);
        made
    }

    /// A statement; its variables are in scope after it.
    fn statement(&mut self, depth: usize) -> String {
        match self.random.below(20) {
            0..=2 => {
                let value = self.any(depth);
                format!("{} := {value}", self.fresh())
            }
            3..=5 => {
                let collection = self.collection(depth);
                if self.random.chance(40) {
                    return format!("some {}, {} in {collection}", self.fresh(), self.fresh());
                }
                format!("some {} in {collection}", self.fresh())
            }
            6 | 7 => format!("not {}", self.condition(depth)),
            8 if depth > 0 => {
                let collection = self.collection(depth - 1);
                self.inside(|g| {
                    let names =
                        if g.random.chance(30) { format!("{}, {}", g.fresh(), g.fresh()) } else { g.fresh() };
                    format!("every {names} in {collection} {{ {} }}", g.statement(0))
                })
            }
            9 => {
                let value = self.array(depth);
                format!("[{}, {}] = {value}", self.fresh(), self.fresh())
            }
            10 => {
                let value = self.any(depth);
                format!("{} = {value}", self.fresh())
            }
            11 => {
                let what = *self.random.pick(&["input.spec", "input.metadata", "input", "data.limits"]);
                if self.random.chance(50) {
                    return format!("[{}, {}] := walk({what})", self.fresh(), self.fresh());
                }
                format!("walk({what}, [{}, {}])", self.fresh(), self.fresh())
            }
            12 => {
                let field = *self.random.pick(&[
                    "name",
                    "image",
                    "ports[_].containerPort",
                    "securityContext.privileged",
                ]);
                format!("input.spec.containers[{}].{field}", self.fresh())
            }
            13 if self.random.chance(40) => self.replaced_function(),
            13 => {
                let Some(rule) = self.some_rule() else { return self.condition(depth) };
                let target = *self.random.pick(&[
                    "input",
                    "input.spec.hostPID",
                    "input.metadata.name",
                    "input.spec.none",
                    "data.limits.web",
                    "data.allowed",
                    "data.lib.limit",
                ]);
                let value =
                    if target == "input" { "{\"spec\": {\"hostPID\": 1}}".to_owned() } else { self.any(0) };
                format!("{rule} with {target} as {value}")
            }
            14 => {
                let value = self.object(depth);
                format!("{{\"a\": {}, \"b\": {}}} := {value}", self.fresh(), self.fresh())
            }
            15 if self.language == Language::V2 && depth > 0 => {
                let (left, right) =
                    (self.inside(|g| g.condition(depth - 1)), self.inside(|g| g.condition(depth - 1)));
                let word = *self.random.pick(&["and", "or", "or not"]);
                format!("{left} {word} {right}")
            }
            15 if self.language == Language::V2 => {
                self.inside(|g| format!("not {{ {}; {} }}", g.statement(0), g.condition(0)))
            }
            16 => {
                let value = self.any(depth);
                format!("{value} = {}", self.fresh())
            }
            _ => self.condition(depth),
        }
    }

    /// A call of a function, or of a rule, with something in the place of a function.
    fn replaced_function(&mut self) -> String {
        let own: Vec<(String, usize)> =
            self.rules.iter().filter_map(|(name, count)| Some((name.clone(), (*count)?))).collect();
        let (target, call) = match self.random.below(6) {
            0 => ("count".to_owned(), format!("count({})", self.collection(0))),
            1 => ("lower".to_owned(), format!("lower({})", self.string(0))),
            2 => ("time.now_ns".to_owned(), "time.now_ns()".to_owned()),
            3 => ("startswith".to_owned(), format!("startswith({}, {})", self.string(0), self.string(0))),
            4 if !own.is_empty() => {
                let (name, count) = self.random.pick(&own).clone();
                let values: Vec<String> = (0..count).map(|_| self.any(0)).collect();
                (name.clone(), format!("{name}({})", values.join(", ")))
            }
            _ => ("data.lib.size".to_owned(), format!("lib.size({})", self.any(0))),
        };
        let value = match self.random.below(5) {
            0 => "upper".to_owned(),
            1 => "data.lib.tiny".to_owned(),
            2 if !own.is_empty() => self.random.pick(&own).0.clone(),
            _ => self.any(0),
        };
        let statement = match self.some_rule().filter(|_| self.random.chance(30)) {
            Some(rule) => rule,
            None => format!("{} := {call}", self.fresh()),
        };
        format!("{statement} with {target} as {value}")
    }

    fn condition(&mut self, depth: usize) -> String {
        match self.random.below(10) {
            0..=3 => {
                let operator = *self.random.pick(&["==", "!=", "<", "<=", ">", ">="]);
                format!("{} {operator} {}", self.any(depth), self.any(depth))
            }
            4..=6 => self.call(Kind::Bool, depth),
            7 if self.random.chance(20) => {
                format!("{}, {} in {}", self.any(0), self.any(0), self.collection(depth))
            }
            7 => format!("{} in {}", self.any(0), self.collection(depth)),
            8 => (*self.random.pick(REFS)).to_owned(),
            _ => self.some_rule().unwrap_or_else(|| "input.spec".to_owned()),
        }
    }

    /// A rule, or a call of a function, of those there are.
    fn some_rule(&mut self) -> Option<String> {
        if self.random.chance(15) {
            let name = *self.random.pick(&["lib.size", "lib.tiny"]);
            return Some(format!("{name}({})", self.any(0)));
        }
        let (name, arguments) = (!self.rules.is_empty()).then(|| self.random.pick(&self.rules).clone())?;
        Some(match arguments {
            None => name,
            Some(count) => {
                let values: Vec<String> = (0..count).map(|_| self.any(0)).collect();
                format!("{name}({})", values.join(", "))
            }
        })
    }

    /// What may be of any type as far as OPA's compiler knows.
    fn unknown(&mut self) -> String {
        if self.random.chance(60) && !self.variables.is_empty() {
            return self.random.pick(&self.variables).clone();
        }
        (*self.random.pick(REFS)).to_owned()
    }

    fn call(&mut self, kind: Kind, depth: usize) -> String {
        let fitting: Vec<_> = CALLS.iter().filter(|(gives, ..)| *gives == kind).collect();
        let (_, name, arguments) = **self.random.pick(&fitting);
        let values: Vec<String> =
            arguments.chars().map(|letter| self.argument(letter, depth.saturating_sub(1))).collect();
        format!("{name}({})", values.join(", "))
    }

    fn argument(&mut self, letter: char, depth: usize) -> String {
        match letter {
            's' => self.string(depth),
            'n' => self.number(depth),
            'a' => self.array(depth),
            't' => self.set(depth),
            'o' => self.object(depth),
            'c' => self.collection(depth),
            'x' => self.any(depth),
            capital if self.random.chance(85) => {
                let mut text = (*self.random.pick(texts(capital))).to_owned();
                while let Some(at) = text.find("{}") {
                    let value = self.any(0);
                    text.replace_range(at..at + 2, &value);
                }
                text
            }
            _ => self.unknown(),
        }
    }

    fn any(&mut self, depth: usize) -> String {
        match self.random.below(14) {
            0..=2 => self.unknown(),
            3 | 4 => self.string(depth),
            5 => self.number(depth),
            6 if depth > 0 => self.array(depth - 1),
            7 if depth > 0 => self.set(depth - 1),
            8 if depth > 0 => self.object(depth - 1),
            9 => (*self.random.pick(&["true", "false", "null"])).to_owned(),
            10 => self.some_rule().unwrap_or_else(|| "1".to_owned()),
            11 if depth > 0 => self.call(Kind::Any, depth),
            12 if depth > 0 => {
                let (object, key) = (self.unknown(), self.unknown());
                let named = object.starts_with(|c: char| c.is_alphabetic()) && !object.contains('(');
                if named { format!("{object}[{key}]") } else { object }
            }
            _ => (*self.random.pick(REFS)).to_owned(),
        }
    }

    fn number(&mut self, depth: usize) -> String {
        if depth == 0 || self.random.chance(30) {
            return if self.random.chance(40) {
                self.unknown()
            } else {
                (*self.random.pick(NUMBERS)).to_owned()
            };
        }
        let depth = depth - 1;
        match self.random.below(8) {
            0..=2 => {
                let operator = *self.random.pick(&["+", "-", "*", "/", "%"]);
                format!("({} {operator} {})", self.number(depth), self.number(depth))
            }
            3 => format!("-{}", self.random.pick(REFS)),
            _ => self.call(Kind::Number, depth + 1),
        }
    }

    fn string(&mut self, depth: usize) -> String {
        if depth == 0 || self.random.chance(30) {
            return if self.random.chance(40) {
                self.unknown()
            } else {
                format!("\"{}\"", self.random.pick(STRINGS))
            };
        }
        if self.random.chance(8) && self.language != Language::V0 {
            return format!("$\"x{{{}}}y\"", self.unknown());
        }
        self.call(Kind::String, depth)
    }

    fn collection(&mut self, depth: usize) -> String {
        match self.random.below(6) {
            0..=2 => (*self.random.pick(COLLECTIONS)).to_owned(),
            3 => self.array(depth),
            4 => self.set(depth),
            _ => self.object(depth),
        }
    }

    /// `x | body`, between brackets that the caller has.
    fn comprehension(&mut self, head: impl Fn(&mut Self) -> String) -> String {
        self.inside(|g| {
            let count = 1 + g.random.below(2);
            let body: Vec<String> = (0..count).map(|_| g.statement(1)).collect();
            format!("{} | {}", head(g), body.join("; "))
        })
    }

    fn array(&mut self, depth: usize) -> String {
        if depth == 0 || self.random.chance(25) {
            let count = self.random.below(4);
            let items: Vec<String> = (0..count).map(|_| self.any(depth.saturating_sub(1))).collect();
            return format!("[{}]", items.join(", "));
        }
        if self.random.chance(35) {
            return format!("[{}]", self.comprehension(|g| g.any(1)));
        }
        self.call(Kind::Array, depth)
    }

    fn set(&mut self, depth: usize) -> String {
        if depth == 0 {
            return format!("{{\"k\", {}}}", self.any(0));
        }
        let depth = depth - 1;
        match self.random.below(7) {
            0 => format!("{{1, {}}}", self.any(depth)),
            1 | 2 => format!("{{{}}}", self.comprehension(|g| g.any(1))),
            3 | 4 => {
                let operator = *self.random.pick(&["|", "&", "-"]);
                format!("({} {operator} {})", self.set(depth), self.set(depth))
            }
            5 => self.call(Kind::Set, depth + 1),
            _ => "set()".to_owned(),
        }
    }

    fn object(&mut self, depth: usize) -> String {
        if depth == 0 {
            return format!("{{\"name\": {}}}", self.any(0));
        }
        let depth = depth - 1;
        match self.random.below(7) {
            0 | 1 => format!("{{\"a\": {}, \"b\": {}}}", self.any(depth), self.any(depth)),
            2 => {
                let inner = self.comprehension(|g| {
                    let key = g.string(1);
                    format!("{key}: {}", g.any(1))
                });
                format!("{{{inner}}}")
            }
            3 | 4 => self.call(Kind::Object, depth + 1),
            _ => (*self.random.pick(&["input.metadata", "input.spec", "input.metadata.labels"])).to_owned(),
        }
    }

    /// A Pod, odd in places.
    fn pod(&mut self) -> Value {
        let odd = |g: &mut Self, value: Value| match g.random.below(16) {
            0 => Value::Null,
            1 => json!("text"),
            2 => json!(7),
            3 => json!([]),
            4 => json!({"a": false}),
            5 => json!(2.50),
            _ => value,
        };
        let mut containers = Vec::new();
        for number in 0..self.random.below(4) {
            let image = *self.random.pick(&[
                "nginx",
                "nginx:latest",
                "docker.io/library/nginx:1.25",
                "ghcr.io/a/b@sha256:00",
            ]);
            let mut container = json!({"name": format!("c{number}"), "image": odd(self, json!(image))});
            if self.random.chance(60) {
                let ports = json!([{"containerPort": odd(self, json!(80))}, {"containerPort": 443}]);
                container["ports"] = odd(self, ports);
            }
            if self.random.chance(60) {
                let add = odd(self, json!(["NET_ADMIN", "SYS_TIME"]));
                container["securityContext"] =
                    json!({"privileged": self.random.chance(50), "capabilities": {"add": add}});
            }
            containers.push(odd(self, container));
        }
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": odd(self, json!("web")),
            "labels": {"app": odd(self, json!("shop")), "tier": "é", "if": odd(self, json!("not"))}}, "spec": {"containers": odd(self, json!(containers)),
            "replicas": odd(self, json!(3)), "volumes": [{"name": "v", "hostPath": {"path": "/"}}]}});
        if self.random.chance(50) {
            pod["spec"]["hostPID"] = odd(self, json!(true));
        }
        if self.random.chance(50) {
            pod["metadata"]["annotations"] = json!({"a/b": odd(self, json!("1.5"))});
            pod["spec"]["securityContext"] = json!({"runAsUser": odd(self, json!(1000))});
        }
        pod
    }
}
