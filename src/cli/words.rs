//! The words of `--help`, from the table of strings.

use std::ffi::OsString;

use clap::Command;

use crate::config::{Environment, Flags, Language, Settings, load};
use crate::strings::{Lang, T};

/// What each argument of each command is for, by the command's name and the argument's id. An argument that all
/// commands take has no command's name.
const ARGUMENTS: &[(&str, &str, T)] = &[
    ("regoscope", "paths", T::HelpPaths),
    ("regoscope", "version", T::HelpVersion),
    ("check", "policy", T::HelpCheckPolicy),
    ("check", "data", T::HelpCheckData),
    ("check", "namespace_labels", T::HelpCheckNamespaceLabels),
    ("check", "operation", T::HelpCheckOperation),
    ("check", "user", T::HelpCheckUser),
    ("check", "group", T::HelpCheckGroup),
    ("check", "input_shape", T::HelpCheckInputShape),
    ("check", "old", T::HelpCheckOld),
    ("check", "raw", T::HelpCheckRaw),
    ("check", "pod_security_version", T::HelpCheckPodSecurityVersion),
    ("check", "target", T::HelpTarget),
    ("check", "v0_compatible", T::HelpCheckV0),
    ("check", "now", T::HelpNow),
    ("check", "mock", T::HelpMock),
    ("check", "timeout", T::HelpCheckTimeout),
    ("check", "output", T::HelpCheckOutput),
    ("check", "color", T::HelpCheckColor),
    ("check", "manifest", T::HelpCheckManifest),
    ("check", "namespace", T::HelpCheckNamespace),
    ("inspect", "manifest", T::HelpCheckManifest),
    ("inspect", "request", T::HelpInspectRequest),
    ("inspect", "stored", T::HelpInspectStored),
    ("inspect", "operation", T::HelpCheckOperation),
    ("inspect", "user", T::HelpCheckUser),
    ("inspect", "group", T::HelpCheckGroup),
    ("inspect", "namespace", T::HelpCheckNamespace),
    ("inspect", "namespace_labels", T::HelpCheckNamespaceLabels),
    ("inspect", "input_shape", T::HelpInspectInputShape),
    ("inspect", "raw", T::HelpCheckRaw),
    ("inspect", "output", T::HelpCheckOutput),
    ("inspect", "color", T::HelpCheckColor),
    ("lint", "paths", T::HelpLintPaths),
    ("lint", "target", T::HelpTarget),
    ("lint", "v0_compatible", T::HelpCheckV0),
    ("lint", "strict", T::HelpLintStrict),
    ("lint", "fail_on", T::HelpLintFailOn),
    ("lint", "output", T::HelpCheckOutput),
    ("lint", "color", T::HelpCheckColor),
    ("eval", "query", T::HelpEvalQuery),
    ("eval", "data", T::HelpEvalData),
    ("eval", "input", T::HelpEvalInput),
    ("eval", "target", T::HelpTarget),
    ("eval", "now", T::HelpNow),
    ("eval", "mock", T::HelpMock),
    ("eval", "v0_compatible", T::HelpCheckV0),
    ("eval", "strict_builtin_errors", T::HelpEvalStrict),
    ("eval", "format", T::HelpEvalFormat),
    ("test", "paths", T::HelpTestPaths),
    ("test", "run", T::HelpTestRun),
    ("test", "verbose", T::HelpTestVerbose),
    ("test", "format", T::HelpTestFormat),
    ("test", "timeout", T::HelpTestTimeout),
    ("test", "v0_compatible", T::HelpCheckV0),
    ("fmt", "paths", T::HelpFmtPaths),
    ("fmt", "write", T::HelpFmtWrite),
    ("fmt", "list", T::HelpFmtList),
    ("fmt", "diff", T::HelpFmtDiff),
    ("fmt", "fail", T::HelpFmtFail),
    ("fmt", "v0_compatible", T::HelpFmtV0),
    ("fmt", "v0_v1", T::HelpFmtV0V1),
    ("fmt", "drop_v0_imports", T::HelpFmtDrop),
    ("dry-run", "manifest", T::HelpCheckManifest),
    ("dry-run", "context", T::HelpDryRunContext),
    ("dry-run", "namespace", T::HelpDryRunNamespace),
    ("dry-run", "field_manager", T::HelpDryRunManager),
    ("dry-run", "force_conflicts", T::HelpDryRunForce),
    ("dry-run", "policy", T::HelpDryRunPolicy),
    ("dry-run", "allow_plugins", T::HelpDryRunPlugins),
    ("dry-run", "output", T::HelpCheckOutput),
    ("dry-run", "color", T::HelpCheckColor),
    ("init", "folder", T::HelpInitFolder),
    ("init", "force", T::HelpInitForce),
    ("completions", "shell", T::HelpCompletionsShell),
    ("", "lang", T::HelpLang),
    ("regoscope", "theme", T::HelpTheme),
    ("regoscope", "glyphs", T::HelpGlyphs),
    ("", "config", T::HelpConfig),
    ("regoscope", "no_recovery", T::HelpNoRecovery),
    ("", "log", T::HelpLog),
    ("", "help", T::HelpHelp),
];

/// What each command is for.
const COMMANDS: &[(&str, T)] = &[
    ("regoscope", T::HelpAbout),
    ("check", T::HelpCheck),
    ("inspect", T::HelpInspect),
    ("lint", T::HelpLint),
    ("eval", T::HelpEval),
    ("test", T::HelpTest),
    ("fmt", T::HelpFmt),
    ("dry-run", T::HelpDryRun),
    ("init", T::HelpInit),
    ("man", T::HelpMan),
    ("completions", T::HelpCompletions),
    ("help", T::HelpHelpCommand),
];

/// The command with its help in this language.
pub(super) fn command(mut command: Command, lang: Lang) -> Command {
    // Building adds the `help` command and hands the common options down, so that both get their words.
    command.build();
    with_words(command, lang).after_help(T::HelpExamples.text(lang))
}

/// Puts the words into a command and those below it.
fn with_words(command: Command, lang: Lang) -> Command {
    let name = command.get_name().to_owned();
    let template = T::HelpTemplate.text(lang);
    let mut command = command
        .help_template(template)
        .subcommand_help_heading(T::HelpCommands.text(lang))
        .mut_args(|arg| {
            let words = ARGUMENTS
                .iter()
                .find(|(command, id, _)| arg.get_id() == id && (command.is_empty() || *command == name));
            let heading = match words {
                Some(("", ..)) => T::HelpCommonOptions,
                _ if arg.is_positional() => T::HelpArguments,
                _ => T::HelpOptions,
            };
            let arg = arg.help_heading(heading.text(lang));
            match words {
                Some((_, _, text)) => arg.help(text.text(lang)),
                None => arg,
            }
        })
        .mut_subcommands(|below| with_words(below, lang));
    if let Some((_, about)) = COMMANDS.iter().find(|(known, _)| *known == name) {
        command = command.about(about.text(lang));
    }
    command
}

/// The language for the help, which is needed before the arguments are read: `--lang`, else the settings file (if it
/// can be read), else the environment.
pub(super) fn help_lang(args: &[OsString], environment: &Environment) -> Lang {
    let mut words = args.iter().filter_map(|arg| arg.to_str());
    let mut language = None;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--lang") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None if word == "--" => break,
            None => continue,
        };
        language = match value {
            Some("en") => Some(Language::En),
            Some("ja") => Some(Language::Ja),
            _ => None,
        };
    }
    let config = load(None).map(|(config, _)| config).unwrap_or_default();
    Settings::new(&config, environment, &Flags { language, ..Flags::default() }).lang
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory;

    /// The command and all below it.
    fn all(command: &Command) -> Vec<&Command> {
        std::iter::once(command).chain(command.get_subcommands().flat_map(all)).collect()
    }

    #[test]
    fn every_command_and_argument_says_what_it_is_for() {
        for lang in [Lang::En, Lang::Ja] {
            let command = command(Cli::command(), lang);
            for command in all(&command) {
                let name = command.get_name();
                // Below `help`, clap lists the commands once more.
                assert!(command.get_about().is_some(), "{name}");
                for arg in command.get_arguments().filter(|_| name != "help") {
                    assert!(arg.get_help().is_some(), "{name}: {}", arg.get_id());
                }
            }
        }
    }

    #[test]
    fn values_that_can_be_chosen_are_named_in_the_help() {
        for lang in [Lang::En, Lang::Ja] {
            let command = command(Cli::command(), lang);
            let arguments = all(&command).into_iter().flat_map(|command| command.get_arguments());
            for arg in arguments.filter(|arg| arg.is_hide_possible_values_set()) {
                let help = arg.get_help().unwrap().to_string();
                for value in arg.get_possible_values() {
                    assert!(help.contains(value.get_name()), "{}: {}", arg.get_id(), value.get_name());
                }
            }
        }
    }

    #[test]
    fn the_words_are_for_commands_and_arguments_that_exist() {
        let command = command(Cli::command(), Lang::En);
        let commands = all(&command);
        for (name, id, _) in ARGUMENTS {
            let known = commands
                .iter()
                .filter(|command| name.is_empty() || command.get_name() == *name)
                .flat_map(|command| command.get_arguments());
            assert!(known.into_iter().any(|arg| arg.get_id() == id), "{name} {id}");
        }
        for (name, _) in COMMANDS {
            assert!(commands.iter().any(|command| command.get_name() == *name), "{name}");
        }
    }

    #[test]
    fn the_language_of_the_help_is_known_before_the_arguments_are_read() {
        let environment = Environment { locale: "en_US.UTF-8".into(), no_color: false };
        for (args, lang) in [
            (&["regoscope", "--lang", "ja", "--help"][..], Lang::Ja),
            (&["regoscope", "--help", "--lang=ja"], Lang::Ja),
            (&["regoscope", "--language", "ja"], Lang::En),
            (&["regoscope", "--", "--lang", "ja"], Lang::En),
            (&["regoscope", "--lang"], Lang::En),
        ] {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            assert_eq!(help_lang(&args, &environment), lang, "{args:?}");
        }
    }
}
