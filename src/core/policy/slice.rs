//! Cuts definitions out of their modules and puts them together for the engine; knows the way back.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::core::policy::engine::{Answer, Engine, EngineError, EnginePlace, Input};
use crate::core::policy::mocks::{Edit, Mocks};
use crate::core::policy::module::Definition;
use crate::core::policy::program::{Key, Program, Unit};

/// A rule that is always true, to have the engine check and arrange all modules before the first question.
const READY: &str = "data.regoscope_ready.yes";

/// An engine that holds what some units need.
pub struct Slice {
    /// Errors of builtins are errors here, so that none goes unnoticed.
    strict: Engine,
    /// As OPA does by default; made when the strict one meets an error.
    lenient: Option<Engine>,
    modules: Vec<Text>,
    rules: HashMap<u64, String>,
}

/// A module as the engine has it.
struct Text {
    name: String,
    text: String,
    pieces: Vec<Piece>,
}

/// A definition in the engine's text.
struct Piece {
    at: usize,
    hash: u64,
    /// Ends of new names in the piece, and of the old ones in the definition.
    renamed: Vec<(usize, usize)>,
}

/// A place in a definition, wherever the definition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The definition.
    pub definition: u64,
    /// Byte offset in [`Definition::text`](crate::core::policy::module::Definition::text).
    pub offset: usize,
}

/// What the engine says about one unit.
pub struct Said {
    /// The answer, or why there is none.
    pub answer: Result<Answer, EngineError>,
    /// The first error of a builtin on the way.
    pub builtin_error: Option<EngineError>,
}

impl Slice {
    /// Puts together what the units need. `base` is an engine that holds the data.
    ///
    /// # Errors
    /// What the engine says about the text as a whole, with the definition it means if known.
    pub fn build(
        program: &Program,
        units: &[&Unit],
        base: &Engine,
    ) -> Result<Self, (Option<Spot>, EngineError)> {
        let mut wanted: BTreeSet<Key> = BTreeSet::new();
        let mut names: HashMap<Key, String> = HashMap::new();
        let mut rules = HashMap::new();
        for (index, unit) in units.iter().enumerate() {
            wanted.extend(unit.needs.iter().copied());
            let name = match unit.definition {
                Some((key, _)) => names.entry(key).or_insert_with(|| format!("regoscope_{index}")),
                None => &unit.name,
            };
            if let Some(package) = program.package_of(unit.rule) {
                rules.insert(unit.fingerprint, data_path(&package.path, name));
            }
        }
        let mocks = Mocks::of(program, &wanted);
        let mut slice = Self { strict: base.clone(), lenient: None, modules: Vec::new(), rules };
        let skeleton = skeleton(program, &wanted);
        if !skeleton.is_empty() {
            slice.strict.add_data(&Value::Object(skeleton)).map_err(|error| (None, error))?;
        }
        for package in &program.packages {
            let together = if package.mergeable { package.modules.len().max(1) } else { 1 };
            for modules in package.modules.chunks(together) {
                slice.modules.extend(Text::of(program, &package.path, modules, &wanted, &names, &mocks));
            }
        }
        if let Some(text) = mocks.module() {
            slice.modules.push(Text { name: "functions".to_owned(), text, pieces: Vec::new() });
        }
        for text in &slice.modules {
            let added = slice.strict.add_module(&text.name, &text.text, false);
            added.map_err(|error| (slice.spot(error.place.as_ref()), error))?;
        }
        let ready =
            slice.strict.add_module("regoscope_ready", "package regoscope_ready\n\nyes := true\n", false);
        ready.and_then(|()| slice.strict.eval(READY)).map_err(|e| (slice.spot(e.place.as_ref()), e))?;
        slice.strict.set_strict(true);
        Ok(slice)
    }

    /// Whether it can answer a unit.
    #[must_use]
    pub fn answers(&self, fingerprint: u64) -> bool {
        self.rules.contains_key(&fingerprint)
    }

    /// The fingerprints of the units it can answer.
    pub fn prints(&self) -> impl Iterator<Item = u64> {
        self.rules.keys().copied()
    }

    /// Sets the input of the questions that follow.
    pub fn set_input(&mut self, input: &Input) {
        self.strict.set_input(input);
        if let Some(lenient) = &mut self.lenient {
            lenient.set_input(input);
        }
    }

    /// Asks one unit about `input`, which must have been set.
    pub fn ask(&mut self, fingerprint: u64, input: &Input) -> Option<Said> {
        let rule = self.rules.get(&fingerprint)?;
        let strict = self.strict.eval(rule);
        let Err(error) = strict else { return Some(Said { answer: strict, builtin_error: None }) };
        let lenient = self.lenient.get_or_insert_with(|| {
            let mut engine = self.strict.clone();
            engine.set_strict(false);
            engine
        });
        lenient.set_input(input);
        let answer = lenient.eval(rule);
        let builtin_error = answer.is_ok().then_some(error);
        Some(Said { answer, builtin_error })
    }

    /// Where the author wrote what stands at a place of the engine's text.
    #[must_use]
    pub fn spot(&self, place: Option<&EnginePlace>) -> Option<Spot> {
        let place = place?;
        let text = self.modules.iter().find(|text| text.name == place.module)?;
        let offset = place.offset_in(&text.text);
        let piece = text.pieces.iter().rev().find(|piece| piece.at <= offset)?;
        let within = piece.original(offset - piece.at);
        Some(Spot { definition: piece.hash, offset: within })
    }
}

impl Text {
    /// The wanted definitions of some modules of a package as one module; `None` if there are none.
    fn of(
        program: &Program,
        package: &[String],
        modules: &[usize],
        wanted: &BTreeSet<Key>,
        names: &HashMap<Key, String>,
        mocks: &Mocks,
    ) -> Option<Self> {
        let first = modules.first()?;
        let keys: Vec<Key> =
            modules.iter().flat_map(|&module| wanted.range((module, 0)..(module + 1, 0))).copied().collect();
        if keys.is_empty() {
            return None;
        }
        let mut text = package_line(package);
        let mut imported: BTreeSet<&str> = BTreeSet::new();
        for import in modules.iter().filter_map(|m| program.modules.get(*m)).flat_map(|m| &m.module.imports) {
            if !import.text.is_empty() && imported.insert(&import.text) {
                let _ = writeln!(text, "{}", import.text);
            }
        }
        let mut pieces = Vec::new();
        for key in keys {
            let Some(definition) = program.definition(key) else { continue };
            text.push('\n');
            let at = text.len();
            let mut edits = mocks.edits(program, key, definition);
            if let Some(new) = names.get(&key) {
                let named = definition.names_in_text.iter().map(|name| (name.clone(), new.clone()));
                edits.extend(named);
                edits.sort_by_key(|(range, _)| range.start);
            }
            let renamed = edited(&mut text, &definition.text, &edits);
            pieces.push(Piece { at, hash: definition.hash, renamed });
            text.push('\n');
            if let Some(caller) = mocks.caller(program, key) {
                // Whatever is wrong there is wrong with the function.
                let renamed = vec![(0, 0), (caller.len(), 0)];
                pieces.push(Piece { at: text.len(), hash: definition.hash, renamed });
                text.push_str(&caller);
            }
        }
        Some(Self { name: format!("m{first}"), text, pieces })
    }
}

impl Piece {
    /// The byte in the definition's own text for a byte of the piece.
    fn original(&self, within: usize) -> usize {
        match self.renamed.iter().rev().find(|(end, _)| *end <= within) {
            Some((end, original)) => original + within - end,
            None => within,
        }
    }
}

/// Adds a text with some of its parts replaced. Tells the ends of the new parts, counted from where it was added, and
/// of the old ones.
fn edited(out: &mut String, text: &str, edits: &[Edit]) -> Vec<(usize, usize)> {
    let at = out.len();
    let mut copied = 0;
    let mut ends = Vec::with_capacity(edits.len());
    for (range, new) in edits {
        out.push_str(text.get(copied..range.start).unwrap_or_default());
        out.push_str(new);
        copied = range.end;
        ends.push((out.len() - at, range.end));
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    ends
}

/// The objects that are there even if no rule puts anything in them (`NewRuleTree` of OPA's compiler, `evalTree.leaves`):
/// packages without rules, `a` and `a.b` of `a.b.c := 1`, `a` of `a[x] := 1`. Where a path varies, the rules below
/// its constant beginning belong to it.
fn skeleton(program: &Program, wanted: &BTreeSet<Key>) -> Map<String, Value> {
    let mut skeleton = Map::new();
    for package in program.packages.iter().filter(|package| package.rules.is_empty()) {
        hollow(&mut skeleton, package.path.iter());
    }
    let definitions: Vec<(&Vec<String>, &Definition)> = wanted
        .iter()
        .filter_map(|&key| Some((&program.modules.get(key.0)?.module.package, &**program.definition(key)?)))
        .collect();
    let varying: BTreeSet<(&Vec<String>, &[String])> =
        definitions.iter().filter(|(_, d)| d.varies).map(|(package, d)| (*package, &*d.ground)).collect();
    for (package, definition) in definitions {
        let lengths = 1..definition.ground.len() + usize::from(definition.varies);
        let node = |length: usize| definition.ground.get(..length).unwrap_or_default();
        let below = |length: usize| (1..length).any(|above| varying.contains(&(package, node(above))));
        if let Some(deepest) = lengths.rev().find(|length| !below(*length)) {
            hollow(&mut skeleton, package.iter().chain(node(deepest)));
        }
    }
    skeleton
}

/// Sees to it that there is an object at a path.
fn hollow<'a>(mut object: &mut Map<String, Value>, path: impl Iterator<Item = &'a String>) {
    for name in path {
        let inner = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(inner) = inner else { return };
        object = inner;
    }
}

/// `package a["b-c"]`
fn package_line(package: &[String]) -> String {
    let path = data_path(package, "");
    format!("package {}\n", path.trim_start_matches("data.").trim_end_matches('.'))
}

/// `data.a["b-c"].rule`
pub(super) fn data_path(package: &[String], rule: &str) -> String {
    let mut path = String::from("data");
    for (index, part) in package.iter().enumerate() {
        let plain = part
            .chars()
            .enumerate()
            .all(|(at, c)| c == '_' || c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit()));
        if plain || index == 0 {
            let _ = write!(path, ".{part}");
        } else {
            let _ = write!(path, "[{}]", serde_json::Value::from(part.as_str()));
        }
    }
    path.push('.');
    path.push_str(rule);
    path
}
