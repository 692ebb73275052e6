//! A fuzzer for Rego: the sample policies and the modules that OPA's answers were recorded for, changed at random. The
//! lexer, the parser and the checks take any text; what parses is formatted, put into another order, and judged the same.
//!
//! It is deterministic: the same cases in every run. `REGOSCOPE_FUZZ_CASES=1000000 cargo test --test rego_fuzz` hunts
//! longer, `REGOSCOPE_FUZZ_SEED=7` elsewhere. A failure prints the text.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // What is not there fails the test.

use std::collections::BTreeSet;

use regoscope::core::file::{FileId, Revision, Role};
use regoscope::core::policy::judge::Judge;
use regoscope::core::policy::options::{JudgeOptions, SourceFile};
use regoscope::core::rego::ast::StatementKind;
use regoscope::core::rego::check::{CheckOptions, Source, check};
use regoscope::core::rego::chunk::IncrementalModule;
use regoscope::core::rego::format::{FormatError, FormatOptions, format};
use regoscope::core::rego::lexer::{Kind, Lexer, line};
use regoscope::core::rego::parser::{ParseOptions, Version, parse};
use regoscope::core::rego::target::{Target, beyond};
use regoscope::core::rego::walk::{self, Node};

/// Cases of a run without `REGOSCOPE_FUZZ_CASES`.
const CASES: u64 = 4_000;
/// Texts are cut to this, so that a case is small enough to be looked at.
const MAX_BYTES: usize = 3_000;

/// What means something to Rego.
const BITS: [&str; 78] = [
    "\n",
    "\n\t",
    " ",
    "\t",
    "\r\n",
    ";",
    ",",
    ".",
    ":",
    ":=",
    "=",
    "==",
    "!=",
    "<",
    "<=",
    "|",
    "&",
    "+",
    "-",
    "*",
    "/",
    "%",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "[_]",
    "{}",
    "\"",
    "`",
    "$\"",
    "$`",
    "\\{",
    "\\u00e9",
    "\\",
    "#",
    "# c\n",
    "# METADATA\n# scope: rule\n",
    "package a\n",
    "import rego.v1\n",
    "import rego.v2\n",
    "import future.keywords\n",
    "import data.a as b\n",
    "default ",
    "deny ",
    "contains ",
    "if ",
    "else ",
    "else := 1 ",
    "not ",
    "not { ",
    "some x in ",
    "some x ",
    "every x in ",
    "in ",
    "with input as ",
    "as ",
    "and ",
    "or ",
    "null",
    "true",
    "false",
    "input.",
    "data.",
    "set()",
    "1e9",
    "0x1",
    "-1",
    ".5",
    "count(",
    "sprintf(\"%v\", [",
    "é",
    "全",
    "\u{feff}",
    "\0",
    "\u{202e}",
];

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to choose.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Runs the cases of one test, each with its own numbers.
fn cases(share: u64, mut case: impl FnMut(&mut Random)) {
    let seed = number("REGOSCOPE_FUZZ_SEED", 0);
    for nth in 0..number("REGOSCOPE_FUZZ_CASES", CASES) / share {
        case(&mut Random(seed.wrapping_mul(0x1_0000_0000).wrapping_add(nth)));
    }
}

fn samples() -> Vec<String> {
    let all = regoscope::samples::ALL.iter().filter(|sample| sample.role == Role::Policy);
    all.map(|sample| sample.text.to_owned()).collect()
}

/// The modules of the recorded data, and the samples.
fn modules() -> Vec<String> {
    let mut all = samples();
    for (data, key) in [
        (include_str!("data/rego-fmt.json"), "before"),
        (include_str!("data/rego-check.json"), "module"),
        (include_str!("data/rego-eval.json"), "module"),
    ] {
        let cases: Vec<serde_json::Value> = serde_json::from_str(data).unwrap();
        all.extend(cases.iter().filter_map(|case| Some(case.get(key)?.as_str()?.to_owned())));
    }
    all
}

fn bit(random: &mut Random) -> &'static str {
    BITS[random.below(BITS.len())]
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Some changes of a text: bits put in, pieces cut out, doubled, or taken from another text.
fn changed(random: &mut Random, modules: &[String]) -> String {
    let mut text = random.one(modules).clone();
    text.truncate(floor(&text, MAX_BYTES));
    for _ in 0..=random.below(4) {
        let start = floor(&text, random.below(text.len() + 1));
        let end = floor(&text, (start + random.below(30)).max(start));
        match random.below(6) {
            0 | 1 => text.insert_str(start, bit(random)),
            2 => text.replace_range(start..end, ""),
            3 => text.replace_range(start..end, bit(random)),
            4 => {
                let piece = text[start..end].to_owned();
                text.insert_str(start, &piece);
            }
            _ => {
                let other = random.one(modules);
                let from = floor(other, random.below(other.len() + 1));
                let to = floor(other, from + random.below(60));
                text.insert_str(start, &other[from..to.max(from)]);
            }
        }
    }
    text
}

/// Any text: bits and characters.
fn anything(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.below(60) {
        match random.below(4) {
            0 => text.extend(char::from_u32(random.below(0x11_0000) as u32)),
            1 => text.push(char::from(random.below(128) as u8)),
            _ => text.push_str(bit(random)),
        }
    }
    text
}

/// The tokens lie one after the other, and between them is nothing but space.
fn check_tokens(text: &str) {
    let mut lexer = Lexer::new(text, 0);
    let mut end = 0;
    loop {
        let token = lexer.next_token();
        let gap = text.get(end..token.start as usize);
        let gap = gap.unwrap_or_else(|| panic!("{end}..{} in {text:?}", token.start));
        let is_space = gap.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{feff}'));
        assert!(is_space, "{gap:?} belongs to no token of {text:?}");
        assert!(text.get(token.start as usize..token.end as usize).is_some(), "{token:?} in {text:?}");
        if token.kind == Kind::Eof {
            return assert_eq!(token.start as usize, text.len(), "{text:?}");
        }
        end = token.end as usize;
    }
}

/// Statements, and what is in them, are pieces of the text in its order; errors have places in it.
fn check_tree(text: &str, version: Version) {
    let parsed = parse(text, ParseOptions { version });
    let mut end = 0;
    for placed in &parsed.module.statements {
        let range = placed.range();
        assert!(range.start >= end && text.get(range.clone()).is_some(), "{range:?} in {text:?}");
        end = range.end;
        let StatementKind::Rule(rule) = &placed.statement.kind else { continue };
        walk::rule(rule, &mut |node| {
            let span = match node {
                Node::Literal(literal) => literal.span,
                Node::Term(term) => term.span,
            };
            let of = span.at(placed.start);
            assert!(
                of.start >= range.start && of.end <= range.end && text.get(of.clone()).is_some(),
                "{of:?} of {range:?} in {text:?}"
            );
        });
    }
    for found in parsed.diagnostics(text) {
        assert!(text.get(found.range.clone()).is_some(), "{found:?} in {text:?}");
    }
    for target in [Target::GATEKEEPER, Target::parse("opa-0.34.0").unwrap()] {
        for found in beyond(&parsed.module, text, target) {
            assert!(text.get(found.range.clone()).is_some(), "{found:?} in {text:?}");
        }
    }
}

#[test]
fn any_text_is_read_and_the_tree_is_the_text() {
    let modules = modules();
    assert!(modules.len() > 100);
    cases(1, |random| {
        let text = if random.below(4) == 0 { anything(random) } else { changed(random, &modules) };
        check_tokens(&text);
        for version in [Version::V0, Version::V1, Version::V2] {
            check_tree(&text, version);
        }
        let mut state = Default::default();
        for one in text.lines() {
            let mut tokens = Vec::new();
            state = line(one, state, &mut tokens);
            assert!(
                tokens.iter().all(|token| one.get(token.range.clone()).is_some()),
                "{tokens:?} in {one:?}"
            );
        }
    });
}

#[test]
fn an_edited_tree_is_the_tree_of_the_edited_text() {
    let modules = modules();
    cases(4, |random| {
        let options = ParseOptions { version: *random.one(&[Version::V0, Version::V1]) };
        let mut tree = IncrementalModule::new(&changed(random, &modules), options);
        for _ in 0..3 {
            let before = tree.text().to_owned();
            let text = changed(random, std::slice::from_ref(&before));
            tree.update(&text);
            assert_eq!(tree.parsed(), &parse(&text, options), "{before:?} to {text:?}");
        }
    });
}

#[test]
fn the_checks_take_any_module_that_parses() {
    let modules = modules();
    cases(4, |random| {
        let text = changed(random, &modules);
        for version in [Version::V0, Version::V1] {
            let parsed = parse(&text, ParseOptions { version });
            if !parsed.is_clean() {
                continue;
            }
            let source = Source { name: "m.rego", text: &text, module: &parsed.module };
            for strict in [false, true] {
                for error in check(&[source], CheckOptions { version, strict, ..CheckOptions::default() }) {
                    assert!(text.get(error.range.clone()).is_some(), "{error:?} in {text:?}");
                }
            }
        }
    });
}

/// The comments of a text, in no order.
fn comments(text: &str) -> Vec<String> {
    let mut lexer = Lexer::new(text, 0);
    let mut all = Vec::new();
    loop {
        let token = lexer.next_token();
        match token.kind {
            Kind::Eof => break,
            Kind::Comment => {
                all.push(text[token.start as usize..token.end as usize].trim_end().to_owned());
            }
            _ => {}
        }
    }
    all.sort();
    all
}

#[test]
fn formatting_again_changes_nothing_and_loses_no_comment() {
    let modules = modules();
    let mut formatted = 0;
    cases(2, |random| {
        let text = changed(random, &modules);
        let once = match format(&text, FormatOptions::default()) {
            Ok(once) => once,
            Err(FormatError::Unfaithful) => panic!("unfaithful: {text}"),
            Err(_) => return,
        };
        formatted += 1;
        // OPA joins comments that have no other place.
        let kept = comments(&once).concat();
        for comment in comments(&text) {
            assert!(kept.contains(&comment), "{comment} is lost: {text}\n-- formatted\n{once}");
        }
        assert!(parse(&once, ParseOptions::default()).is_clean(), "{text}\n-- formatted\n{once}");
        // In OPA too, comments in the middle of a term move once more, and a rule that it writes behind a closing brace.
        let behind =
            once.contains("\n}") && once.split("\n}").skip(1).any(|rest| !rest.starts_with(['\n', ' ']));
        if comments(&text).is_empty() && !behind {
            let again = format(&once, FormatOptions::default());
            assert_eq!(again.as_ref(), Ok(&once), "{text}");
        }
    });
    assert!(formatted > number("REGOSCOPE_FUZZ_CASES", CASES) / 40, "{formatted}");
}

const MANIFESTS: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: {app: a}\nspec:\n  hostPID: true\n  \
                         containers:\n  - name: c\n    image: x/y:1\n    securityContext: {privileged: true, runAsUser: 0}\n---\n\
                         apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec:\n  containers:\n  - name: c\n    image: y\n";

/// What is decided: verdicts, and findings in no order.
fn decided(text: &str) -> BTreeSet<String> {
    let mut judge = Judge::new();
    for (id, name, role, text) in
        [(0, "m.rego", Role::Policy, text), (1, "m.yaml", Role::Manifest, MANIFESTS)]
    {
        judge.put(SourceFile {
            file: FileId(id),
            name: name.to_owned(),
            role,
            revision: Revision(0),
            text: text.to_owned(),
        });
    }
    let evaluation = judge.judge(1, &JudgeOptions::default(), &mut |_| {});
    let mut all = BTreeSet::new();
    for (nth, document) in evaluation.documents.iter().enumerate() {
        for (policy, cell) in evaluation.policies.iter().zip(&document.cells) {
            all.insert(format!("{nth} {} {:?}", policy.package, cell.verdict));
            for finding in &cell.findings {
                all.insert(format!("{nth} {} {} {}", policy.package, finding.rule, finding.msg));
            }
        }
    }
    all
}

/// Another policy that parses: values, fields and operators of a sample are exchanged.
fn varied(random: &mut Random, samples: &[String]) -> String {
    const SWAPS: [(&str, &str); 12] = [
        ("==", "!="),
        ("true", "false"),
        ("not ", ""),
        ("some ", "some "),
        ("contains msg", "contains m2"),
        ("hostPID", "hostIPC"),
        ("privileged", "runAsUser"),
        (" > ", " <= "),
        ("\"", "\"x"),
        ("deny", "warn"),
        ("containers", "initContainers"),
        ("count(", "sum("),
    ];
    let mut text = random.one(samples).clone();
    for _ in 0..random.below(4) {
        let (from, to) = *random.one(&SWAPS[..]);
        let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
        if !places.is_empty() {
            let at = *random.one(&places);
            text.replace_range(at..at + from.len(), to);
        }
    }
    text
}

/// The same statements in another order: imports first, then the rules as they come.
fn reordered(random: &mut Random, text: &str) -> Option<String> {
    let parsed = parse(text, ParseOptions::default());
    if !parsed.is_clean() {
        return None;
    }
    let (mut first, mut rules) = (Vec::new(), Vec::new());
    for placed in &parsed.module.statements {
        let piece = text.get(placed.range())?;
        match placed.statement.kind {
            StatementKind::Rule(_) => rules.push(piece),
            _ => first.push(piece),
        }
    }
    for at in (1..rules.len()).rev() {
        rules.swap(at, random.below(at + 1));
    }
    first.append(&mut rules);
    Some(first.join("\n\n") + "\n")
}

#[test]
fn neither_layout_nor_order_changes_a_decision() {
    let samples = samples();
    let mut judged = 0;
    cases(20, |random| {
        let text = varied(random, &samples);
        let Some(other) = reordered(random, &text) else { return };
        let expected = decided(&text);
        judged += 1;
        assert_eq!(decided(&other), expected, "{text}\n-- in another order\n{other}");
        if let Ok(formatted) = format(&text, FormatOptions::default()) {
            assert_eq!(decided(&formatted), expected, "{text}\n-- formatted\n{formatted}");
        }
    });
    assert!(judged > number("REGOSCOPE_FUZZ_CASES", CASES) / 40, "{judged}");
}
