//! From keys to commands. The standard keymap is the command table; a settings file replaces the keys of single
//! commands.

use std::collections::BTreeMap;

use crate::app::command::{Command, Scope};
use crate::app::input::Chord;

/// What a key means after those typed before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// The sequence is a command.
    Command(Command),
    /// The sequence is the beginning of some.
    Prefix,
    /// Nothing begins so.
    Nothing,
}

/// The keys of every command.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: BTreeMap<Scope, Vec<(Vec<Chord>, Command)>>,
}

impl Default for Keymap {
    fn default() -> Self {
        let mut map = Self { bindings: BTreeMap::new() };
        for command in Command::ALL {
            for (scope, keys) in command.entry().keys {
                // The table is tested to parse.
                if let Ok(sequence) = parse_sequence(keys) {
                    map.bindings.entry(*scope).or_default().push((sequence, *command));
                }
            }
        }
        map
    }
}

/// Reads keys separated by blanks: `ctrl-s`, `space f o`.
///
/// # Errors
/// The key that is none, in words.
pub fn parse_sequence(text: &str) -> Result<Vec<Chord>, String> {
    let keys: Vec<Chord> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    // internal: the settings say it in both languages
    if keys.is_empty() { Err(format!("`{text}` names no key")) } else { Ok(keys) }
}

impl Keymap {
    /// The standard keymap with the keys of some commands replaced: command id to key sequences. The scopes of a
    /// command stay; a key with ctrl, alt or an F-key works always, another one where single keys are commands.
    ///
    /// # Errors
    /// A command or key that does not exist, or keys that are taken by another command, in words.
    pub fn with_changes(changes: &BTreeMap<String, Vec<String>>) -> Result<Self, String> {
        let mut map = Self::default();
        for (id, sequences) in changes {
            // internal: the settings say it in both languages
            let command = Command::from_id(id).ok_or_else(|| format!("there is no command `{id}`"))?;
            for keys in map.bindings.values_mut() {
                keys.retain(|(_, bound)| *bound != command);
            }
            for text in sequences {
                let sequence = parse_sequence(text)?;
                let scope = match (sequence.first(), command.entry().keys.first()) {
                    (Some(first), _)
                        if first.ctrl || first.alt || matches!(first.key, crate::app::input::Key::F(_)) =>
                    {
                        Scope::Always
                    }
                    (_, Some((Scope::Decision, _))) => Scope::Decision,
                    (_, Some((Scope::Cluster, _))) => Scope::Cluster,
                    (_, Some((Scope::Edit, _))) => Scope::Edit,
                    _ => Scope::Nav,
                };
                let keys = map.bindings.entry(scope).or_default();
                keys.retain(|(bound, _)| *bound != sequence);
                keys.push((sequence, command));
            }
        }
        Ok(map)
    }

    /// What `sequence` means in the first of `scopes` that knows it.
    #[must_use]
    pub fn look_up(&self, scopes: &[Scope], sequence: &[Chord]) -> Lookup {
        for scope in scopes {
            let mut prefix = false;
            for (keys, command) in self.bindings.get(scope).into_iter().flatten() {
                if keys == sequence {
                    // `space` alone opens the menu and begins the longer ones: the longer ones go first.
                    if self.has_longer(scopes, sequence) {
                        prefix = true;
                        continue;
                    }
                    return Lookup::Command(*command);
                }
                prefix |= keys.len() > sequence.len() && keys.starts_with(sequence);
            }
            if prefix {
                return Lookup::Prefix;
            }
        }
        Lookup::Nothing
    }

    fn has_longer(&self, scopes: &[Scope], sequence: &[Chord]) -> bool {
        scopes
            .iter()
            .filter_map(|scope| self.bindings.get(scope))
            .flatten()
            .any(|(keys, _)| keys.len() > sequence.len() && keys.starts_with(sequence))
    }

    /// What can follow `prefix`: the next key, and the command it completes or `None` where more keys follow. For the
    /// which-key menu, in the order of the command table.
    #[must_use]
    pub fn continuations(&self, scopes: &[Scope], prefix: &[Chord]) -> Vec<(Chord, Option<Command>)> {
        let mut next: Vec<(Chord, Option<Command>)> = Vec::new();
        for (keys, command) in scopes.iter().filter_map(|scope| self.bindings.get(scope)).flatten() {
            let Some(chord) = keys.strip_prefix(prefix).and_then(|rest| rest.first()) else { continue };
            if !next.iter().any(|(seen, _)| seen == chord) {
                next.push((*chord, (keys.len() == prefix.len() + 1).then_some(*command)));
            }
        }
        next
    }

    /// The keys of a command as people read them: the shortest that work in one of `scopes`, or else anywhere. Empty if
    /// it has none.
    #[must_use]
    pub fn keys_of(&self, command: Command, scopes: &[Scope]) -> String {
        let find = |scopes: &[Scope]| {
            scopes
                .iter()
                .filter_map(|scope| self.bindings.get(scope))
                .flatten()
                .filter(|(_, bound)| *bound == command)
                .min_by_key(|(keys, _)| keys.len())
                .map(|(keys, _)| show_sequence(keys))
        };
        find(scopes)
            .or_else(|| find(&[Scope::Always, Scope::Edit, Scope::Nav, Scope::Decision, Scope::Conflict]))
            .unwrap_or_default()
    }

    /// All keys of a command, for help and the README.
    #[must_use]
    pub fn all_keys_of(&self, command: Command) -> Vec<(Scope, String)> {
        self.bindings
            .iter()
            .flat_map(|(scope, keys)| keys.iter().map(move |(keys, bound)| (*scope, keys, *bound)))
            .filter(|(_, _, bound)| *bound == command)
            .map(|(scope, keys, _)| (scope, show_sequence(keys)))
            .collect()
    }
}

/// `Space f o`
fn show_sequence(keys: &[Chord]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Chord> {
        parse_sequence(text).unwrap()
    }

    #[test]
    fn every_key_of_the_table_is_a_key_and_taken_once() {
        let mut seen = std::collections::HashMap::new();
        for command in Command::ALL {
            for (scope, text) in command.entry().keys {
                let sequence = parse_sequence(text).unwrap_or_else(|error| panic!("{command:?}: {error}"));
                if let Some(other) = seen.insert((*scope, sequence), *command) {
                    panic!("{text} in {scope:?} means {other:?} and {command:?}");
                }
            }
        }
    }

    #[test]
    fn no_key_that_input_methods_tmux_or_terminals_take() {
        // Ctrl-H, I, M, [ are Backspace, Tab, Enter, Esc; Ctrl-B is tmux; Ctrl-Space and Ctrl-J belong to IMEs; Ctrl-\
        // and the yen sign are not on every keyboard; browsers keep F11, Ctrl-W, Ctrl-T.
        let never = [
            "ctrl-space",
            "ctrl-h",
            "ctrl-i",
            "ctrl-m",
            "ctrl-[",
            "ctrl-b",
            "ctrl-a",
            "ctrl-j",
            "ctrl-\\",
            "f11",
            "ctrl-w",
            "ctrl-t",
        ];
        let map = Keymap::default();
        for bindings in map.bindings.values() {
            for (sequence, command) in bindings {
                for chord in sequence {
                    assert!(!never.iter().any(|n| keys(n) == [*chord]), "{command:?} uses {chord}");
                    assert!(
                        !matches!(chord.key, crate::app::input::Key::Char('`' | '\\' | '¥')),
                        "{command:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn sequences_and_prefixes() {
        let map = Keymap::default();
        let nav = [Scope::Nav, Scope::Always];
        assert_eq!(map.look_up(&nav, &keys("space")), Lookup::Prefix);
        assert_eq!(map.look_up(&nav, &keys("space f")), Lookup::Prefix);
        assert_eq!(map.look_up(&nav, &keys("space f o")), Lookup::Command(Command::Open));
        assert_eq!(map.look_up(&nav, &keys("space f x")), Lookup::Nothing);
        assert_eq!(map.look_up(&nav, &keys("ctrl-s")), Lookup::Command(Command::Save));
        assert_eq!(map.look_up(&[Scope::Edit, Scope::Always], &keys("q")), Lookup::Nothing);
        assert!(
            map.continuations(&nav, &keys("space"))
                .iter()
                .any(|(chord, command)| chord.to_string() == "f" && command.is_none())
        );
    }

    #[test]
    fn keys_can_be_changed_by_the_settings() {
        let changes = BTreeMap::from([("file.save".to_owned(), vec!["f9".to_owned(), "z z".to_owned()])]);
        let map = Keymap::with_changes(&changes).unwrap();
        let nav = [Scope::Nav, Scope::Always];
        assert_eq!(map.look_up(&nav, &keys("f9")), Lookup::Command(Command::Save));
        assert_eq!(map.look_up(&nav, &keys("z z")), Lookup::Command(Command::Save));
        assert_eq!(map.look_up(&nav, &keys("ctrl-s")), Lookup::Nothing);
        let wrong = BTreeMap::from([("file.sav".to_owned(), vec![])]);
        assert_eq!(Keymap::with_changes(&wrong).unwrap_err(), "there is no command `file.sav`");
    }
}
