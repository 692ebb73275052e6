//! `man` and `completions`: what packagers install beside the program, not listed in the help. And the list of keys,
//! which the man page and the README have from the command table.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Cli, print, words};
use crate::app::command::{Command, Entry, Group, Scope};
use crate::app::keymap::parse_sequence;
use crate::strings::{Lang, T};

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// One line of the list of keys.
pub struct Keys {
    pub command: &'static Entry,
    /// The keys that work while text is typed, separated by commas.
    pub typing: String,
    /// Those that work where single keys are commands.
    pub commanding: String,
}

/// The keys of the standard keymap, in the order of the help page.
#[must_use]
pub fn keys() -> Vec<(Group, Vec<Keys>)> {
    let of =
        |group| Command::ALL.iter().map(|command| command.entry()).filter(move |entry| entry.group == group);
    Group::ALL.iter().map(|&group| (group, of(group).map(Keys::of).collect())).collect()
}

impl Keys {
    fn of(command: &'static Entry) -> Self {
        let list = |scopes: &[Scope]| {
            let wanted = command.keys.iter().filter(|(scope, _)| scopes.contains(scope));
            wanted.map(|(_, keys)| in_full(keys)).collect::<Vec<_>>().join(", ")
        };
        Self {
            command,
            typing: list(&[Scope::Always, Scope::Edit]),
            commanding: list(&[Scope::Nav, Scope::Decision, Scope::Cluster, Scope::Conflict]),
        }
    }
}

/// Keys as a page shows them, which has more room than the screen: `Ctrl-S`, not `^S`.
fn in_full(keys: &str) -> String {
    let chords = parse_sequence(keys).unwrap_or_default();
    let shown = chords.iter().map(|chord| match chord.to_string() {
        short if chord.ctrl => short.replacen('^', "Ctrl-", 1),
        full => full,
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Prints the man page.
pub(super) fn man() -> anyhow::Result<ExitCode> {
    let mut page = Vec::new();
    let man = Man::new(words::command(Cli::command(), Lang::En));
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    man.render_subcommands_section(&mut page)?;
    for (title, text) in [
        (T::ManExit, T::ManExitText),
        (T::ManEnvironment, T::ManEnvironmentText),
        (T::ManFiles, T::ManFilesText),
    ] {
        section(&mut page, title)?;
        for line in text.text(Lang::En).lines() {
            entry(&mut page, line.split_once(": ").unwrap_or(("", line)))?;
        }
    }
    section(&mut page, T::ManKeys)?;
    for (group, lines) in keys() {
        writeln!(page, ".SS \"{}\"", roff(group.title().text(Lang::En)))?;
        for keys in lines {
            let all = [keys.typing.as_str(), keys.commanding.as_str()].map(str::to_owned);
            let all = all.into_iter().filter(|keys| !keys.is_empty()).collect::<Vec<_>>().join(", ");
            entry(&mut page, (&all, keys.command.title.text(Lang::En)))?;
        }
    }
    print(&page)?;
    Ok(ExitCode::SUCCESS)
}

fn section(page: &mut Vec<u8>, title: T) -> std::io::Result<()> {
    writeln!(page, ".SH \"{}\"", roff(title.text(Lang::En)))
}

/// A term and what it means.
fn entry(page: &mut Vec<u8>, (term, meaning): (&str, &str)) -> std::io::Result<()> {
    writeln!(page, ".TP\n\\fB{}\\fR\n{}", roff(term), roff(meaning))
}

/// Text with the characters quoted that mean something to roff.
fn roff(text: &str) -> String {
    let text = text
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('"', "\\(dq")
        .replace('\'', "\\(aq")
        .replace('…', "...");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

/// Prints the completions of a shell.
pub(super) fn completions(asked: &Completions) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    let mut command = words::command(Cli::command(), Lang::En);
    clap_complete::generate(asked.shell, &mut command, "regoscope", &mut script);
    print(&script)?;
    Ok(ExitCode::SUCCESS)
}
