//! Cuts definitions out of their modules and puts them together for the engine; knows the way back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use crate::core::policy::engine::{Answer, Engine, EngineError, EnginePlace, Input};
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
    len: usize,
    hash: u64,
    /// End of the name in the piece, and how much longer the name is than the one the author wrote.
    renamed: Option<(usize, isize)>,
}

/// A place in a definition, wherever the definition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spot {
    /// The definition.
    pub definition: u64,
    /// Byte offset in its text.
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
        v0: bool,
    ) -> Result<Self, (Option<Spot>, EngineError)> {
        let mut wanted: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut names: HashMap<Key, String> = HashMap::new();
        let mut rules = HashMap::new();
        for (index, unit) in units.iter().enumerate() {
            for &(module, definition) in unit.needs.iter() {
                wanted.entry(module).or_default().insert(definition);
            }
            let name = match unit.definition {
                Some((key, _)) => names.entry(key).or_insert_with(|| format!("regoscope_{index}")),
                None => &unit.name,
            };
            if let Some(package) = program.package_of(unit.rule) {
                rules.insert(unit.fingerprint, data_path(&package.path, name));
            }
        }
        let mut slice = Self { strict: base.clone(), lenient: None, modules: Vec::new(), rules };
        for (module, definitions) in wanted {
            if let Some(text) = Text::of(program, module, &definitions, &names) {
                slice.modules.push(text);
            }
        }
        for text in &slice.modules {
            let added = slice.strict.add_module(&text.name, &text.text, v0);
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
        let mut within = (offset - piece.at).min(piece.len);
        if let Some((end, longer)) = piece.renamed
            && within >= end
        {
            within = within.saturating_add_signed(-longer);
        }
        Some(Spot { definition: piece.hash, offset: within })
    }
}

impl Text {
    fn of(
        program: &Program,
        module: usize,
        definitions: &BTreeSet<usize>,
        names: &HashMap<Key, String>,
    ) -> Option<Self> {
        let loaded = program.modules.get(module)?;
        let package = data_path(&loaded.module.package, "");
        let mut text = format!("package {}\n", package.trim_start_matches("data.").trim_end_matches('.'));
        for import in &loaded.module.imports {
            let _ = writeln!(text, "{}", import.text);
        }
        let mut pieces = Vec::new();
        for &index in definitions {
            let Some(placed) = loaded.module.definitions.get(index) else { continue };
            let definition = &placed.definition;
            text.push('\n');
            let at = text.len();
            let name = definition.name_in_text.clone();
            let (before, after) = (definition.text.get(..name.start), definition.text.get(name.end..));
            let renamed = match (names.get(&(module, index)), before, after) {
                (Some(new), Some(before), Some(after)) => {
                    text.extend([before, new, after]);
                    Some((name.start + new.len(), new.len() as isize - name.len() as isize))
                }
                _ => {
                    text.push_str(&definition.text);
                    None
                }
            };
            pieces.push(Piece { at, len: text.len() - at, hash: definition.hash, renamed });
            text.push('\n');
        }
        Some(Self { name: format!("m{module}"), text, pieces })
    }
}

/// `data.a["b-c"].rule`
fn data_path(package: &[String], rule: &str) -> String {
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
