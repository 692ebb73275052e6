//! Policies by a grammar: what admission policies are made of, put together at random, over Pods that are odd in places.
//!
//! A policy is a list of rules of statements and stays one, so that what differs can be made smaller by leaving out.

use serde_json::{Value, json};

/// splitmix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

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
            let words =
                |text: &str| text.split(|c: char| !c.is_alphanumeric()).filter(|word| *word == name).count();
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

#[derive(Clone)]
pub struct Policy {
    pub rules: Vec<Rule>,
    pub input: Value,
}

impl Policy {
    pub fn text(&self) -> String {
        let mut text = "package g\n".to_owned();
        for rule in &self.rules {
            text += &format!("\n{}", rule.head);
            for (value, body) in &rule.bodies {
                text += value;
                if !body.is_empty() {
                    text += &format!(" if {{\n\t{}\n}}", body.join("\n\t"));
                }
            }
            text.push('\n');
        }
        text
    }
}

/// What is in reach where an expression stands.
struct Scope {
    variables: Vec<String>,
    fresh: usize,
}

pub struct Generator {
    pub random: Random,
    /// Rules and functions so far, with the number of arguments.
    rules: Vec<(String, Option<usize>)>,
    scope: Scope,
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
];
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
];
const PATTERNS: &[&str] = &["^[a-z]+", "nginx", ":latest$", "[0-9]+", "^$", "a|b", "\\\\d", "\\\\w+", "(x)?"];

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self { random: Random(seed), rules: Vec::new(), scope: Scope { variables: Vec::new(), fresh: 0 } }
    }

    pub fn policy(mut self) -> Policy {
        let count = 1 + self.random.below(5);
        let mut rules = Vec::new();
        for number in 0..count {
            rules.extend(self.rule(number));
        }
        Policy { rules, input: self.pod() }
    }

    fn rule(&mut self, number: usize) -> Vec<Rule> {
        self.scope = Scope { variables: Vec::new(), fresh: 0 };
        let name = format!("r{number}");
        let mut made = Vec::new();
        let one = |head: String, bodies| Rule { head, bodies };
        match self.random.below(10) {
            0..=3 => {
                let times = 1 + self.random.below(2);
                for _ in 0..times {
                    self.scope.variables.clear();
                    let body = self.body(4);
                    let value = self.any(2);
                    made.push(one(format!("{name} contains {value}"), vec![(String::new(), body)]));
                }
                self.rules.push((name, None));
            }
            4 => {
                let body = self.body(3);
                let (key, value) = (self.string(1), self.any(2));
                made.push(one(format!("{name}[{key}] := {value}"), vec![(String::new(), body)]));
                self.rules.push((name, None));
            }
            5 | 6 => {
                let arguments = 1 + self.random.below(2);
                let parameters: Vec<String> = (0..arguments).map(|at| format!("p{at}")).collect();
                let mut bodies = Vec::new();
                let branches = 1 + self.random.below(2);
                for branch in 0..branches {
                    self.scope.variables.clone_from(&parameters);
                    let body = self.body(3);
                    let value = self.any(2);
                    let word = if branch == 0 { " := " } else { " else := " };
                    bodies.push((format!("{word}{value}"), body));
                }
                if self.random.chance(20) {
                    let wild = vec!["_"; arguments].join(", ");
                    made.push(one(format!("default {name}({wild}) := {}", self.random.below(3)), vec![]));
                }
                let head = format!("{name}({})", parameters.join(", "));
                made.push(one(head, bodies));
                self.rules.push((name, Some(arguments)));
            }
            _ => {
                if self.random.chance(40) {
                    let value = *self.random.pick(&["false", "0", "\"none\"", "[]", "{}", "null"]);
                    made.push(one(format!("default {name} := {value}"), vec![]));
                }
                let mut bodies = Vec::new();
                let branches = 1 + self.random.below(3);
                for branch in 0..branches {
                    self.scope.variables.clear();
                    let body = self.body(4);
                    let value = self.any(2);
                    let word = if branch == 0 { " := " } else { " else := " };
                    bodies.push((format!("{word}{value}"), body));
                }
                made.push(one(name.clone(), bodies));
                self.rules.push((name, None));
            }
        }
        made.iter_mut().for_each(|rule| rule.forget_unused(self.scope.fresh));
        made
    }

    fn body(&mut self, most: usize) -> Vec<String> {
        let count = 1 + self.random.below(most);
        (0..count).map(|_| self.statement(2)).collect()
    }

    fn fresh(&mut self) -> String {
        self.scope.fresh += 1;
        format!("v{}", self.scope.fresh)
    }

    /// A statement; its variables are in scope after it.
    fn statement(&mut self, depth: usize) -> String {
        match self.random.below(16) {
            0..=2 => {
                let value = self.any(depth);
                let name = self.fresh();
                self.scope.variables.push(name.clone());
                format!("{name} := {value}")
            }
            3 | 4 => {
                let collection = self.collection(depth);
                let name = self.fresh();
                self.scope.variables.push(name.clone());
                if self.random.chance(40) {
                    let key = self.fresh();
                    self.scope.variables.push(key.clone());
                    return format!("some {key}, {name} in {collection}");
                }
                format!("some {name} in {collection}")
            }
            5 | 6 => {
                let inner = self.condition(depth);
                format!("not {inner}")
            }
            7 if depth > 0 => {
                let collection = self.collection(depth - 1);
                let name = self.fresh();
                let known = self.scope.variables.len();
                self.scope.variables.push(name.clone());
                let inner = self.statement(0);
                self.scope.variables.truncate(known);
                format!("every {name} in {collection} {{ {inner} }}")
            }
            8 => {
                let (a, b) = (self.fresh(), self.fresh());
                let value = self.array(depth);
                self.scope.variables.extend([a.clone(), b.clone()]);
                format!("[{a}, {b}] = {value}")
            }
            9 => {
                let name = self.fresh();
                let value = self.any(depth);
                self.scope.variables.push(name.clone());
                format!("{name} = {value}")
            }
            10 => {
                let (path, value) = (self.fresh(), self.fresh());
                let what = (*self.random.pick(COLLECTIONS)).to_owned();
                let what = if what.contains("[_]") { "input".to_owned() } else { what };
                self.scope.variables.extend([path.clone(), value.clone()]);
                format!("walk({what}, [{path}, {value}])")
            }
            11 => {
                let name = self.fresh();
                let field = *self.random.pick(&[
                    "name",
                    "image",
                    "ports[_].containerPort",
                    "securityContext.privileged",
                ]);
                self.scope.variables.push(name.clone());
                format!("input.spec.containers[{name}].{field}")
            }
            12 => {
                let Some(rule) = self.some_rule() else { return self.condition(depth) };
                let target = *self.random.pick(&[
                    "input",
                    "input.spec.hostPID",
                    "input.metadata.name",
                    "input.spec.none",
                ]);
                let value =
                    if target == "input" { "{\"spec\": {\"hostPID\": 1}}".to_owned() } else { self.any(0) };
                format!("{rule} with {target} as {value}")
            }
            _ => self.condition(depth),
        }
    }

    fn condition(&mut self, depth: usize) -> String {
        match self.random.below(12) {
            0..=2 => {
                let operator = *self.random.pick(&["==", "!=", "<", "<=", ">", ">="]);
                format!("{} {operator} {}", self.any(depth), self.any(depth))
            }
            3 => {
                let call = *self.random.pick(&["startswith", "endswith", "contains"]);
                format!("{call}({}, {})", self.string(depth), self.string(depth))
            }
            4 => format!("regex.match(\"{}\", {})", self.random.pick(PATTERNS), self.string(depth)),
            5 => {
                let pattern = *self.random.pick(&["*", "*.io/**", "nginx*", "{a,b}", "[a-z]*", "?"]);
                let delimiters = *self.random.pick(&["[]", "[\"/\"]", "null"]);
                format!("glob.match(\"{pattern}\", {delimiters}, {})", self.string(depth))
            }
            6 => {
                let kind = *self.random.pick(&[
                    "is_string",
                    "is_number",
                    "is_array",
                    "is_object",
                    "is_set",
                    "is_null",
                    "is_boolean",
                ]);
                format!("{kind}({})", self.any(depth))
            }
            7 => format!("{} in {}", self.any(0), self.collection(depth)),
            8 => (*self.random.pick(REFS)).to_owned(),
            9 => self.some_rule().unwrap_or_else(|| "input.spec".to_owned()),
            10 => {
                let call = *self.random.pick(&["strings.any_prefix_match", "strings.any_suffix_match"]);
                format!("{call}({}, {})", self.string(depth), self.string(0))
            }
            _ => format!("{} == {}", self.number(depth), self.number(depth)),
        }
    }

    /// A rule, or a call of a function, of those there are.
    fn some_rule(&mut self) -> Option<String> {
        if self.rules.is_empty() {
            return None;
        }
        let (name, arguments) = self.rules[self.random.below(self.rules.len())].clone();
        Some(match arguments {
            None => name,
            Some(count) => {
                let values: Vec<String> = (0..count).map(|_| self.any(0)).collect();
                format!("{name}({})", values.join(", "))
            }
        })
    }

    fn variable(&mut self) -> Option<String> {
        (!self.scope.variables.is_empty())
            .then(|| self.scope.variables[self.random.below(self.scope.variables.len())].clone())
    }

    /// What may be of any type as far as OPA's compiler knows.
    fn unknown(&mut self) -> String {
        if self.random.chance(60)
            && let Some(name) = self.variable()
        {
            return name;
        }
        (*self.random.pick(REFS)).to_owned()
    }

    fn any(&mut self, depth: usize) -> String {
        match self.random.below(12) {
            0 | 1 => self.unknown(),
            2 | 3 => self.string(depth),
            4 => self.number(depth),
            5 if depth > 0 => self.array(depth - 1),
            6 if depth > 0 => self.set(depth - 1),
            7 if depth > 0 => self.object(depth - 1),
            8 => (*self.random.pick(&["true", "false", "null"])).to_owned(),
            9 => self.some_rule().unwrap_or_else(|| "1".to_owned()),
            10 if depth > 0 => {
                let default = self.any(0);
                let key = *self.random.pick(&[
                    "\"name\"",
                    "\"app\"",
                    "[\"spec\", \"hostPID\"]",
                    "[\"spec\", \"none\"]",
                    "\"none\"",
                ]);
                let object =
                    *self.random.pick(&["input", "input.metadata", "input.metadata.labels", "input.spec"]);
                format!("object.get({object}, {key}, {default})")
            }
            _ => (*self.random.pick(REFS)).to_owned(),
        }
    }

    fn number(&mut self, depth: usize) -> String {
        if depth == 0 || self.random.chance(30) {
            if self.random.chance(40) {
                return self.unknown();
            }
            return (*self.random.pick(&["0", "1", "2", "10", "-1", "1.5", "80", "0.1", "1000000", "3.0"]))
                .to_owned();
        }
        let depth = depth - 1;
        match self.random.below(9) {
            0..=2 => {
                let operator = *self.random.pick(&["+", "-", "*", "/", "%"]);
                format!("({} {operator} {})", self.number(depth), self.number(depth))
            }
            3 | 4 => format!("count({})", self.collection(depth)),
            5 => format!("to_number({})", self.string(depth)),
            6 => {
                let call = *self.random.pick(&["abs", "round", "ceil", "floor"]);
                format!("{call}({})", self.number(depth))
            }
            7 => format!("indexof({}, {})", self.string(depth), self.string(0)),
            _ => {
                let call = *self.random.pick(&["sum", "product", "max", "min"]);
                format!("{call}([{}, {}])", self.number(depth), self.number(depth))
            }
        }
    }

    fn string(&mut self, depth: usize) -> String {
        if depth == 0 || self.random.chance(30) {
            if self.random.chance(40) {
                return self.unknown();
            }
            return format!("\"{}\"", self.random.pick(STRINGS));
        }
        let depth = depth - 1;
        match self.random.below(16) {
            0..=2 => {
                let verb = *self.random.pick(&["%v", "%s", "%d", "%q", "%05d", "%.2f", "%T", "%x", "%v %v"]);
                format!("sprintf(\"x {verb} y\", [{}])", self.any(depth))
            }
            3 => format!("concat({}, {})", self.string(0), self.collection(depth)),
            4 => format!("lower({})", self.string(depth)),
            5 => format!("upper({})", self.string(depth)),
            6 => format!("replace({}, {}, {})", self.string(depth), self.string(0), self.string(0)),
            7 => {
                let call =
                    *self.random.pick(&["trim", "trim_left", "trim_right", "trim_prefix", "trim_suffix"]);
                format!("{call}({}, {})", self.string(depth), self.string(0))
            }
            8 => format!(
                "substring({}, {}, {})",
                self.string(depth),
                self.random.below(4),
                self.random.below(4) as i64 - 1
            ),
            9 => format!("trim_space({})", self.string(depth)),
            10 => format!("format_int({}, {})", self.number(depth), self.random.pick(&[2, 8, 10, 16])),
            11 => format!("type_name({})", self.any(depth)),
            12 => format!("json.marshal({})", self.any(depth)),
            13 => format!("strings.reverse({})", self.string(depth)),
            14 => format!("regex.replace({}, \"{}\", \"-\")", self.string(depth), self.random.pick(PATTERNS)),
            _ => format!("$\"x{{{}}}y\"", self.unknown()),
        }
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
        let known = self.scope.variables.len();
        let count = 1 + self.random.below(2);
        let body: Vec<String> = (0..count).map(|_| self.statement(1)).collect();
        let head = head(self);
        self.scope.variables.truncate(known);
        format!("{head} | {}", body.join("; "))
    }

    fn items(&mut self, depth: usize) -> String {
        let count = self.random.below(4);
        (0..count).map(|_| self.any(depth)).collect::<Vec<_>>().join(", ")
    }

    fn array(&mut self, depth: usize) -> String {
        if depth == 0 {
            return format!("[{}]", self.items(0));
        }
        let depth = depth - 1;
        match self.random.below(9) {
            0 | 1 => format!("[{}]", self.items(depth)),
            2 | 3 => format!("[{}]", self.comprehension(|g| g.any(1))),
            4 => format!("split({}, {})", self.string(depth), self.string(0)),
            5 => format!("array.concat({}, {})", self.array(depth), self.array(depth)),
            6 => format!(
                "array.slice({}, {}, {})",
                self.array(depth),
                self.random.below(3),
                self.random.below(4)
            ),
            7 => format!("sort({})", self.collection(depth)),
            _ => format!("array.reverse({})", self.array(depth)),
        }
    }

    fn set(&mut self, depth: usize) -> String {
        if depth == 0 {
            return format!("{{\"k\", {}}}", self.any(0));
        }
        let depth = depth - 1;
        match self.random.below(6) {
            0 => format!("{{1, {}}}", self.any(depth)),
            1 | 2 => format!("{{{}}}", self.comprehension(|g| g.any(1))),
            3 => {
                let operator = *self.random.pick(&["|", "&", "-"]);
                format!("({} {operator} {})", self.set(depth), self.set(depth))
            }
            4 => format!("object.keys({})", self.object(depth)),
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
            3 => format!("object.union({}, {})", self.object(depth), self.object(depth)),
            4 => format!("object.remove({}, {})", self.object(depth), "[\"a\", \"x\"]"),
            5 => format!("object.filter({}, {})", self.object(depth), "[\"a\", \"name\"]"),
            _ => (*self.random.pick(&["input.metadata", "input.spec", "input.metadata.labels"])).to_owned(),
        }
    }

    /// A Pod, odd in places.
    fn pod(&mut self) -> Value {
        let odd = |g: &mut Self, value: Value| match g.random.below(12) {
            0 => Value::Null,
            1 => json!("text"),
            2 => json!(7),
            3 => json!([]),
            4 => json!({"a": false}),
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
            "labels": {"app": odd(self, json!("shop")), "tier": "é"}}, "spec": {"containers": odd(self, json!(containers)),
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
