//! The engine. Architecture invariant: this module is the only one that names regorus.
//!
//! It evaluates one rule at a time and turns whatever happens into a value: a result, or an error with a place.
//! Aborts, endless loops and hunger for memory cannot be caught here; that is why it runs in a process of its own
//! (`work::evaluator`).

mod extensions;

use std::num::{NonZeroU32, NonZeroUsize};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use regorus::Value;

use crate::core::policy::outside::Mock;

/// Longest line the engine reads, in bytes. OPA has no such limit; the engine's own (1,024) is too short for data.
const MAX_COLUMNS: NonZeroU32 = NonZeroU32::new(1 << 20).unwrap();
/// Largest module in bytes.
const MAX_BYTES: NonZeroUsize = NonZeroUsize::new(8 << 20).unwrap();
/// Most lines of a module.
const MAX_LINES: NonZeroUsize = NonZeroUsize::new(400_000).unwrap();

/// Modules and data, ready to answer.
#[derive(Clone)]
pub struct Engine {
    inner: regorus::Engine,
    /// What probes record. Shared with clones: one question is asked at a time.
    fired: extensions::Fired,
    /// What OPA would have answered and we did not. Shared with clones as well.
    limits: extensions::Limits,
    /// Errors of builtins are errors of the rule.
    strict: bool,
    /// What our own functions go by. Shared with clones, so it is set before every question.
    strict_now: Arc<AtomicBool>,
}

/// An input document in the engine's own form. Cloning costs next to nothing.
#[derive(Clone)]
pub struct Input(Value);

/// What went wrong in the engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EngineError {
    /// The name of the module and the place in it, if the engine says one.
    pub place: Option<EnginePlace>,
    /// What it says, without the place.
    pub message: String,
}

/// A place as the engine counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnginePlace {
    /// The name the module was added under.
    pub module: String,
    /// From 1.
    pub line: usize,
    /// From 1, in bytes, where a tab counts 4.
    pub column: usize,
}

/// The answer of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The value; `None` if undefined. Sets are arrays in OPA's order.
    pub value: Option<serde_json::Value>,
    /// What the probes of lowered text recorded.
    pub fired: Vec<Firing>,
    /// What `print()` wrote: the place (line, no column) and the text.
    pub prints: Vec<(Option<EnginePlace>, String)>,
}

/// A body of a rule that came to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Firing {
    /// The number of the probe.
    pub probe: u64,
    /// The value or member that the body made.
    pub value: serde_json::Value,
    /// What the variables of its loops held, in the order of the probe.
    pub witnesses: Vec<serde_json::Value>,
}

impl Input {
    /// From a JSON value.
    #[must_use]
    pub fn new(value: &serde_json::Value) -> Self {
        Self(to_engine(value))
    }

    /// Where there is no input: every reference to it is undefined.
    #[must_use]
    pub fn none() -> Self {
        Self(Value::Undefined)
    }
}

impl Input {
    /// The same object with another field.
    #[must_use]
    pub fn with(&self, field: &str, value: &Self) -> Self {
        let mut object = self.0.clone();
        if let Ok(fields) = object.as_object_mut() {
            fields.insert(Value::from(field), value.0.clone());
        }
        Self(object)
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// An engine without modules, set up to behave as OPA does by default.
    #[must_use]
    pub fn new() -> Self {
        let mut engine = regorus::Engine::new();
        engine.set_strict_builtin_errors(false);
        engine.set_gather_prints(true);
        engine.set_policy_length_config(regorus::PolicyLengthConfig {
            max_col: MAX_COLUMNS,
            max_file_bytes: MAX_BYTES,
            max_lines: MAX_LINES,
        });
        let fired = extensions::Fired::default();
        // The names are ours alone, so none can be taken.
        let strict_now = Arc::new(AtomicBool::new(false));
        let limits = extensions::Limits::default();
        let _ = extensions::register(&mut engine, &fired, &limits, &strict_now);
        Self { inner: engine, fired, limits, strict: false, strict_now }
    }

    /// Adds a module. `v0`: in the language before OPA 1.0.
    ///
    /// # Errors
    /// The first syntax error.
    pub fn add_module(&mut self, name: &str, text: &str, v0: bool) -> Result<(), EngineError> {
        self.inner.set_rego_v0(v0);
        caught(|| self.inner.add_policy(name.to_owned(), text.to_owned())).map(drop)
    }

    /// Sets what `data` holds besides the modules.
    ///
    /// # Errors
    /// If the value is no object, or nested too deep for the engine.
    pub fn set_data(&mut self, data: &serde_json::Value) -> Result<(), EngineError> {
        caught(|| {
            self.inner.clear_data();
            self.inner.add_data(to_engine(data))
        })
    }

    /// Adds to what `data` holds.
    ///
    /// # Errors
    /// If something else is there already.
    pub fn add_data(&mut self, data: &serde_json::Value) -> Result<(), EngineError> {
        caught(|| self.inner.add_data(to_engine(data)))
    }

    /// Sets what `input` is from now on.
    pub fn set_input(&mut self, input: &Input) {
        self.inner.set_input(input.0.clone());
    }

    /// Errors of builtins become errors of the rule instead of undefined.
    pub fn set_strict(&mut self, strict: bool) {
        self.strict = strict;
        self.inner.set_strict_builtin_errors(strict);
    }

    /// Evaluates one rule, e.g. `data.main.deny`.
    ///
    /// # Errors
    /// What the engine says, also if there is no such rule. The engine can go on after an error.
    pub fn eval(&mut self, rule: &str) -> Result<Answer, EngineError> {
        extensions::take(&self.fired);
        extensions::forget();
        extensions::world::ask();
        let limit = || self.limits.lock().unwrap_or_else(PoisonError::into_inner).take();
        limit();
        self.strict_now.store(self.strict, Ordering::Relaxed);
        let value = caught(|| self.inner.eval_rule(rule.to_owned()));
        let fired = extensions::take(&self.fired);
        let prints = self.inner.take_prints().unwrap_or_default();
        let prints = prints.into_iter().map(split_print).collect();
        let fired = fired.into_iter().map(|(probe, value, witnesses)| Firing {
            probe,
            value: from_engine(&value).unwrap_or_default(),
            witnesses: witnesses
                .as_array()
                .map(|all| all.iter().map(|value| from_engine(value).unwrap_or_default()).collect())
                .unwrap_or_default(),
        });
        let fired = fired.collect();
        match (value, limit()) {
            (Ok(_), Some(message)) => Err(EngineError { place: None, message }),
            (value, _) => Ok(Answer { value: from_engine(&value?), fired, prints }),
        }
    }
}

/// Whether the engine answers calls of this name, be it a builtin or one of our extensions.
#[must_use]
pub fn answers(name: &str) -> bool {
    name == "print" || extensions::answers(name) || regorus::unstable::BUILTINS.contains_key(name)
}

/// Whether a pattern in Go's syntax is found in a text; `None` if it is none.
#[must_use]
pub fn finds(pattern: &str, text: &str) -> Option<bool> {
    extensions::finds(pattern, text)
}

/// Sets what all questions of this thread take from outside: the time in nanoseconds since 1970, if it is not the real
/// one, and the mocks.
pub fn set_world(now: Option<i64>, mocks: &[Mock]) {
    extensions::world::set(now, mocks);
}

/// Whether there is a mock of this builtin.
#[must_use]
pub fn is_mocked(name: &str) -> bool {
    extensions::world::is_mocked(name)
}

/// Whether `with` can put something else in the place of a builtin.
#[must_use]
pub fn can_replace(name: &str) -> bool {
    regorus::unstable::BUILTINS.contains_key(name)
}

/// Runs `action` and turns its error or panic into an [`EngineError`].
fn caught<T>(action: impl FnOnce() -> anyhow::Result<T>) -> Result<T, EngineError> {
    match catch_unwind(AssertUnwindSafe(action)) {
        Ok(result) => result.map_err(|e| EngineError::read(&e.to_string())),
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no message");
            Err(EngineError { place: None, message: format!("the engine panicked: {text}") })
        }
    }
}

impl EngineError {
    /// Takes the place and the message out of what the engine writes for people:
    /// `--> file:3:6`, the line with a mark under it, `error: expecting expression`.
    fn read(text: &str) -> Self {
        let place = text.lines().find_map(|line| EnginePlace::read(line.strip_prefix("--> ")?));
        let message = text
            .lines()
            .find_map(|line| line.strip_prefix("error: "))
            .map(|message| message.trim_end_matches(':').to_owned());
        // The other definition is named by a module of ours, which says nothing to anybody. OPA: eval_conflict_error.
        let message = message.map(|message| match message.starts_with("rule conflicts with rule at ") {
            true => "the definitions of this rule produced conflicting values".to_owned(),
            false => message,
        });
        Self { place, message: message.unwrap_or_else(|| text.trim().to_owned()) }
    }
}

impl EnginePlace {
    /// Reads `module:line:column`; the name may hold colons.
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.trim_end().rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        Some(Self { module: parts.next()?.to_owned(), line, column })
    }

    /// The byte offset in `text`, the module's text as it was added.
    #[must_use]
    pub fn offset_in(&self, text: &str) -> usize {
        let start = line_start(text, self.line);
        let line = text.get(start..).unwrap_or_default();
        let mut column = 1;
        for (at, c) in line.char_indices() {
            if column >= self.column || c == '\n' {
                return start + at;
            }
            column += if c == '\t' { 4 } else { c.len_utf8() };
        }
        text.len()
    }
}

/// The byte offset at which a line (from 1) starts; the end of the text if there is no such line.
#[must_use]
pub fn line_start(text: &str, line: usize) -> usize {
    match line {
        0 | 1 => 0,
        _ => text.match_indices('\n').nth(line - 2).map_or(text.len(), |(at, _)| at + 1),
    }
}

/// `module:line: text` of a gathered print.
fn split_print(line: String) -> (Option<EnginePlace>, String) {
    let found = line.match_indices(": ").find_map(|(at, _)| {
        let (module, number) = line.get(..at)?.rsplit_once(':')?;
        let place = EnginePlace { module: module.to_owned(), line: number.parse().ok()?, column: 1 };
        Some((Some(place), line.get(at + 2..)?.to_owned()))
    });
    found.unwrap_or((None, line))
}

/// JSON as the engine keeps it.
pub(crate) fn to_engine(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::from(*b),
        serde_json::Value::Number(n) => {
            n.as_i64().map(Value::from).or_else(|| n.as_u64().map(Value::from)).unwrap_or_else(|| {
                n.as_f64().map_or_else(
                    || Value::from_numeric_string(&n.to_string()).unwrap_or(Value::Null),
                    Value::from,
                )
            })
        }
        serde_json::Value::String(s) => Value::from(s.as_str()),
        serde_json::Value::Array(items) => Value::from(items.iter().map(to_engine).collect::<Vec<_>>()),
        serde_json::Value::Object(fields) => Value::from(
            fields
                .iter()
                .map(|(key, value)| (Value::from(key.as_str()), to_engine(value)))
                .collect::<std::collections::BTreeMap<_, _>>(),
        ),
    }
}

/// JSON of what the engine says; `None` if undefined. Sets are in OPA's order.
pub(crate) fn from_engine(value: &Value) -> Option<serde_json::Value> {
    Some(match value {
        Value::Undefined => return None,
        Value::Array(items) => serde_json::Value::Array(items.iter().filter_map(from_engine).collect()),
        Value::Set(items) => {
            extensions::sorted(items.iter()).into_iter().filter_map(from_engine).collect::<Vec<_>>().into()
        }
        Value::Object(fields) => {
            let mut object = serde_json::Map::new();
            for (key, value) in fields.iter() {
                let key = match key {
                    Value::String(key) => key.to_string(),
                    key => from_engine(key)?.to_string(),
                };
                object.insert(key, from_engine(value)?);
            }
            object.into()
        }
        scalar => serde_json::to_value(scalar).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_tell_their_place_in_bytes_of_the_text() {
        for (text, at) in [
            ("package a\nx := \"héé日本\" @\n", "@"),
            ("package a\n\tx := @\n", "@"),
            ("package a\nx := := 1\n", ":= 1"),
        ] {
            let error = Engine::new().add_module("a:b.rego", text, false).unwrap_err();
            let place = error.place.unwrap();
            assert_eq!(place.module, "a:b.rego");
            assert_eq!(place.offset_in(text), text.find(at).unwrap(), "{text}");
        }
    }

    #[test]
    fn prints_keep_their_line_and_colons() {
        let mut engine = Engine::new();
        let text = "package a\n\nx if print(\"k: v\", input.none)\n";
        engine.add_module("a.rego", text, false).unwrap();
        let answer = engine.eval("data.a.x").unwrap();
        let (place, printed) = answer.prints.first().unwrap();
        assert_eq!((place.as_ref().unwrap().line, printed.as_str()), (3, "k: v <undefined>"));
    }

    #[test]
    fn a_panic_of_the_engine_is_an_error() {
        let error = caught::<()>(|| std::panic::panic_any("window size".to_owned())).unwrap_err();
        assert_eq!(error.message, "the engine panicked: window size");
    }

    #[test]
    fn numbers_survive_the_way_in_and_out() {
        let mut engine = Engine::new();
        engine.add_module("a.rego", "package a\nx := input\n", false).unwrap();
        for json in ["[1,-2,1.5,18446744073709551615,9007199254740993]", "{\"a\":{\"b\":null}}"] {
            let value: serde_json::Value = serde_json::from_str(json).unwrap();
            engine.set_input(&Input::new(&value));
            assert_eq!(engine.eval("data.a.x").unwrap().value, Some(value));
        }
    }
}
