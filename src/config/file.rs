//! The settings file.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use etcetera::app_strategy::{AppStrategy, AppStrategyArgs, Xdg};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Unexpected, Visitor};
use toml::Spanned;

use super::problem::{Problem, SettingsError, line_and_column};
use super::{Completion, Glyphs, Keymap, Language, Theme};
use crate::app::input::Chord;
use crate::core::rego::target::Target;
use crate::core::spelling::nearest;

/// What a settings file says, with the defaults for what it leaves out.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub language: Language,
    /// Whether the mouse belongs to regoscope. `false` leaves it to the terminal.
    pub mouse: bool,
    /// Whether a journal of unsaved text is kept for the next start after a crash.
    pub recovery: bool,
    /// The OPA that policies are written for: `opa-1.22.2`, `gatekeeper-3.23.1`, `conftest-0.71.1`.
    pub target: Target,
    pub limits: Limits,
    pub cluster: Cluster,
    pub editor: Editor,
    /// The keys that `keys` starts from.
    pub keymap: Keymap,
    /// Keys of single commands, in place of those of the keymap.
    #[serde(deserialize_with = "bindings")]
    pub keys: Vec<Binding>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            glyphs: Glyphs::default(),
            language: Language::default(),
            mouse: true,
            recovery: true,
            target: Target::default(),
            limits: Limits::default(),
            cluster: Cluster::default(),
            editor: Editor::default(),
            keymap: Keymap::default(),
            keys: Vec::new(),
        }
    }
}

/// How texts are edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table, `[editor]`")]
pub struct Editor {
    /// When names are offered while a manifest is typed.
    pub completion: Completion,
}

/// What an evaluation may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Milliseconds until an evaluation is stopped: 100 to 60,000.
    #[serde(deserialize_with = "deadline")]
    pub deadline_ms: u64,
    /// Memory of the evaluator in MiB: 64 to 65,536.
    #[serde(deserialize_with = "memory")]
    pub memory_mib: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { deadline_ms: 2_000, memory_mib: 512 }
    }
}

/// How clusters are asked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cluster {
    /// Names of contexts that look like production, with `*` for anything. Case does not matter.
    pub production: Vec<String>,
}

impl Default for Cluster {
    fn default() -> Self {
        Self { production: vec!["*prod*".to_owned(), "*prd*".to_owned()] }
    }
}

/// The keys of one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The id of the command, as the help and the palette show it.
    pub command: String,
    /// Each a key or several separated by blanks: `ctrl-s`, `space f o`. None leaves the command without a key.
    pub keys: Vec<String>,
    /// Line and column of the command's id in the file.
    place: (usize, usize),
    /// The bytes of the id, until `place` is known.
    at: Range<usize>,
}

/// Reads the settings file: `path`, or if that is `None` the one in the XDG configuration folder, which need not be
/// there.
///
/// # Errors
/// The file cannot be read or says something that is not understood.
pub fn load(path: Option<&Path>) -> Result<(Config, Option<PathBuf>), SettingsError> {
    let Some(file) = path.map(Path::to_path_buf).or_else(usual_place) else {
        return Ok((Config::default(), None));
    };
    match std::fs::read_to_string(&file) {
        Ok(text) => Config::parse(&text, &file).map(|config| (config, Some(file))),
        Err(error) if path.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            Ok((Config::default(), None))
        }
        Err(error) => Err(SettingsError::unreadable(&file, &error)),
    }
}

/// `$XDG_CONFIG_HOME/regoscope/config.toml`, with `~/.config` where the variable is not set, on every system.
fn usual_place() -> Option<PathBuf> {
    let name = AppStrategyArgs {
        top_level_domain: String::new(),
        author: String::new(),
        app_name: "regoscope".to_owned(),
    };
    Xdg::new(name).ok().map(|folders| folders.config_dir().join("config.toml"))
}

impl Config {
    /// Reads the text of a settings file; `file` is for the error only.
    ///
    /// # Errors
    /// The first thing that is not understood, with its line and column.
    pub fn parse(text: &str, file: &Path) -> Result<Self, SettingsError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut config: Self =
            toml::from_str(text).map_err(|error| SettingsError::toml(file, text, &error))?;
        for Binding { keys, at, place, .. } in &mut config.keys {
            *place = line_and_column(text, at.start);
            if let Some(keys) = keys.iter().find(|keys| !is_key_sequence(keys)) {
                return Err(SettingsError::at(file, *place, Problem::NoKey { keys: keys.clone() }));
            }
        }
        Ok(config)
    }

    /// Refuses keys for a command that is not among the ids in `known`. `file` is for the error only.
    ///
    /// # Errors
    /// The first such command, with its line and column.
    pub fn validate_commands(&self, known: &[&str], file: &Path) -> Result<(), SettingsError> {
        match self.keys.iter().find(|binding| !known.contains(&binding.command.as_str())) {
            None => Ok(()),
            Some(Binding { command, place, .. }) => {
                let hint = nearest(command, known.iter().copied()).map(str::to_owned);
                Err(SettingsError::at(file, *place, Problem::NoCommand { command: command.clone(), hint }))
            }
        }
    }
}

/// Whether this is one key or more, separated by blanks.
fn is_key_sequence(text: &str) -> bool {
    let mut keys = text.split_whitespace().peekable();
    keys.peek().is_some() && keys.all(|key| key.parse::<Chord>().is_ok())
}

/// Reads `[keys]`. An id with dots may be quoted or not: `file.save` and `"file.save"` are the same.
fn bindings<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Binding>, D::Error> {
    let Node::Table(entries) = Node::deserialize(from)? else {
        return Err(D::Error::custom("a table of commands and their keys is expected here"));
    };
    let mut found = Vec::new();
    flatten("", entries, &mut found);
    Ok(found)
}

/// Joins the names of nested tables into ids.
fn flatten(prefix: &str, entries: Vec<(Spanned<String>, Node)>, found: &mut Vec<Binding>) {
    for (name, node) in entries {
        let command =
            if prefix.is_empty() { name.get_ref().clone() } else { format!("{prefix}.{}", name.get_ref()) };
        match node {
            Node::Keys(keys) => found.push(Binding { command, keys, place: (1, 1), at: name.span() }),
            Node::Table(entries) => flatten(&command, entries, found),
        }
    }
}

/// A value in `[keys]`.
enum Node {
    /// The keys of a command: a text, or a list of texts.
    Keys(Vec<String>),
    /// What an id with dots becomes in TOML.
    Table(Vec<(Spanned<String>, Node)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key like \"ctrl-s\", or a list of keys")
            }

            fn visit_str<E: serde::de::Error>(self, keys: &str) -> Result<Node, E> {
                Ok(Node::Keys(vec![keys.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
                let mut keys = Vec::new();
                while let Some(next) = list.next_element()? {
                    keys.push(next);
                }
                Ok(Node::Keys(keys))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Node, A::Error> {
                let mut entries = Vec::new();
                while let Some(next) = table.next_entry()? {
                    entries.push(next);
                }
                Ok(Node::Table(entries))
            }
        }

        from.deserialize_any(Read)
    }
}

fn deadline<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    within(from, 100..=60_000, "100 to 60000 milliseconds")
}

fn memory<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    within(from, 64..=65_536, "64 to 65536 MiB")
}

/// Reads a number that must lie in a range.
fn within<'de, D: Deserializer<'de>>(
    from: D,
    range: std::ops::RangeInclusive<i64>,
    expected: &str,
) -> Result<u64, D::Error> {
    let number = i64::deserialize(from)?;
    match u64::try_from(number) {
        Ok(found) if range.contains(&number) => Ok(found),
        _ => Err(D::Error::invalid_value(Unexpected::Signed(number), &expected)),
    }
}
