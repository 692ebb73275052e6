//! The program as a script sees it: arguments, output, exit codes.

#![allow(clippy::unwrap_used)] // A test that cannot run the program has failed.

use std::fs;
use std::path::Path;
use std::process::Output;

use regoscope::samples;
use tempfile::TempDir;

/// A run of the program in an empty folder, untouched by the settings of whoever runs the tests.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, args: &[&str]) -> Output {
        self.run_with(args, &[])
    }

    fn run_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Output {
        assert_cmd::Command::new(env!("CARGO_BIN_EXE_regoscope"))
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("HOME", self.path())
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn the_help_in_english() {
    insta::assert_snapshot!(out(&Home::new().run(&["--help"])));
}

#[test]
fn the_help_in_japanese() {
    let home = Home::new();
    let help = home.run(&["--help", "--lang", "ja"]);
    insta::assert_snapshot!(out(&help));
    let by_locale = home.run_with(&["--help"], &[("LANG", "ja_JP.UTF-8")]);
    assert_eq!(out(&by_locale), out(&help));
}

#[test]
fn help_of_a_command_is_the_same_both_ways() {
    let home = Home::new();
    let (flag, command) = (home.run(&["init", "--help"]), home.run(&["help", "init"]));
    assert_eq!(out(&flag), out(&command));
    insta::assert_snapshot!(out(&flag));
}

#[test]
fn the_version() {
    let version = Home::new().run(&["--version"]);
    assert_eq!(out(&version), format!("regoscope {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(version.status.code(), Some(0));
}

#[test]
fn without_a_terminal_the_screen_says_what_it_needs() {
    let home = Home::new();
    let run = home.run(&[]);
    assert_eq!((run.status.code(), out(&run)), (Some(2), ""));
    assert!(err(&run).contains("needs a terminal") && err(&run).contains("regoscope check"), "{}", err(&run));
    let japanese = home.run(&["--lang", "ja"]);
    assert!(err(&japanese).contains("端末"), "{}", err(&japanese));
}

#[test]
fn wrong_usage_ends_with_2() {
    let home = Home::new();
    for args in [&["--no-such-option"][..], &["--theme", "red"], &["init", "a", "b"], &["--config"]] {
        assert_eq!(home.run(args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let run = Home::new().run(&["lnit"]);
    assert_eq!(run.status.code(), Some(2));
    assert_eq!(err(&run), "regoscope: lnit: is neither a file, a folder nor a command\n");
}

#[test]
fn names_from_outside_cannot_speak_to_the_terminal() {
    let run = Home::new().run(&["\u{1b}]0;title\u{7}\u{202e}"]);
    assert_eq!(
        err(&run),
        "regoscope: \\x1b]0;title\\x07<U+202E>: is neither a file, a folder nor a command\n"
    );
}

#[test]
fn a_settings_file_that_is_wrong_ends_every_command() {
    let home = Home::new();
    fs::create_dir_all(home.path().join("config/regoscope")).unwrap();
    let file = home.path().join("config/regoscope/config.toml");
    fs::write(&file, "theme = \"dark\"\nthem = 1\n").unwrap();
    for args in [&[][..], &["init", "samples"]] {
        let run = home.run(args);
        assert_eq!(run.status.code(), Some(2), "{args:?}");
        let expected =
            format!("regoscope: {}:2:1: `them` is not known here; did you mean theme?\n", file.display());
        assert_eq!(err(&run), expected);
    }
    assert!(!home.path().join("samples").exists());
    assert_eq!(home.run(&["--help"]).status.code(), Some(0));
}

#[test]
fn a_settings_file_that_is_named_goes_first() {
    let home = Home::new();
    fs::write(home.path().join("my.toml"), "language = \"ja\"").unwrap();
    assert!(err(&home.run(&["--config", "my.toml"])).contains("端末"));
    assert!(err(&home.run(&["--config", "my.toml", "--lang", "en"])).contains("terminal"));
    let missing = home.run(&["--config", "other.toml"]);
    assert!(err(&missing).starts_with("regoscope: other.toml: No such file"), "{}", err(&missing));
}

#[test]
fn keys_are_for_commands_that_exist() {
    let home = Home::new();
    let every = format!("{}/tests/config/valid/everything.toml", env!("CARGO_MANIFEST_DIR"));
    assert_eq!(home.run(&["--config", &every, "init", "samples"]).status.code(), Some(0));

    fs::write(home.path().join("my.toml"), "[keys]\nfile.sav = \"ctrl-s\"").unwrap();
    let run = home.run(&["--config", "my.toml", "init", "samples"]);
    assert_eq!(
        err(&run),
        "regoscope: my.toml:2:6: there is no command `file.sav`; did you mean file.save?\n"
    );
    assert_eq!(run.status.code(), Some(2));
}

#[test]
fn init_writes_the_samples() {
    let home = Home::new();
    let run = home.run(&["init", "my policies"]);
    assert_eq!((run.status.code(), err(&run)), (Some(0), ""));
    assert_eq!(
        out(&run),
        format!("{} files written to my policies\nNext: regoscope 'my policies'\n", samples::files().count())
    );
    for (path, text) in samples::files() {
        let written = fs::read_to_string(home.path().join("my policies").join(path)).unwrap();
        assert_eq!(written, text, "{path}");
    }
    let again = home.run(&["init", "my policies"]);
    assert_eq!(
        (again.status.code(), out(&again).lines().next()),
        (Some(0), Some("0 files written to my policies"))
    );
}

#[test]
fn what_init_writes_can_be_checked_as_it_is() {
    let home = Home::new();
    home.run(&["init"]);
    let run = home.run(&["check", "-p", ".", "--data", "sample-policies/data.json", "."]);
    assert_eq!((run.status.code(), err(&run)), (Some(1), ""));
    assert!(out(&run).ends_with(" 0 not judged\n"), "{}", out(&run));
    let japanese = home.run(&[
        "check",
        "--lang",
        "ja",
        "-p",
        "sample-policies/privileged.rego",
        "sample-pods/good.yaml",
    ]);
    assert!(out(&japanese).contains("許可"), "{}", out(&japanese));
}

#[test]
fn init_overwrites_nothing_that_differs() {
    let home = Home::new();
    let mine = home.path().join("sample-pods/verybad.yaml");
    fs::create_dir_all(mine.parent().unwrap()).unwrap();
    fs::write(&mine, "my own").unwrap();

    let run = home.run(&["init"]);
    assert_eq!((run.status.code(), out(&run)), (Some(2), ""));
    assert_eq!(
        err(&run),
        "./sample-pods/verybad.yaml: is there already and differs from the sample\n\
         regoscope: nothing was written; --force overwrites these files\n"
    );
    assert_eq!(fs::read_to_string(&mine).unwrap(), "my own");
    assert!(!home.path().join("sample-policies").exists(), "all or nothing");

    assert_eq!(home.run(&["init", "--force"]).status.code(), Some(0));
    assert!(fs::read_to_string(&mine).unwrap().contains("hostPID: true"));
}

#[test]
fn init_says_where_it_cannot_write() {
    let home = Home::new();
    fs::write(home.path().join("file"), "").unwrap();
    let run = home.run(&["init", "file"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(err(&run).starts_with("regoscope: file/sample-policies/host_access.rego: "), "{}", err(&run));
}

#[test]
fn packagers_get_a_man_page_and_completions() {
    let home = Home::new();
    let page = home.run(&["man"]);
    for part in
        [".TH regoscope 1", ".SH \"EXIT STATUS\"", "Ctrl\\-S, Space f s", "NO_COLOR", "\\&.regoscopeignore"]
    {
        assert!(out(&page).contains(part), "{part}\n{}", out(&page));
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = home.run(&["completions", shell]);
        assert!(out(&script).contains("regoscope") && out(&script).contains("init"), "{shell}");
    }
}
