//! Settings files, good and bad: `tests/config/valid` and `tests/config/invalid`. A bad one says in its first line what
//! regoscope has to say about it.

#![allow(clippy::unwrap_used)] // A test that cannot read its fixtures has failed.

use std::path::{Path, PathBuf};

use regoscope::config::{Config, Environment, Flags, Settings, load};
use regoscope::strings::Lang;

/// The settings files in a folder below `tests/config`, by name.
fn fixtures(folder: &str) -> Vec<(String, PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (name, path, text)
        })
        .collect()
}

#[test]
fn valid_files_are_read() {
    for (name, path, _) in fixtures("valid") {
        let (config, _) = load(Some(&path)).unwrap_or_else(|error| panic!("{error}"));
        insta::assert_debug_snapshot!(
            name,
            Settings::new(&config, &Environment::default(), &Flags::default())
        );
    }
}

#[test]
fn invalid_files_are_refused_with_line_and_column() {
    let (mut said, mut expected) = (Vec::new(), Vec::new());
    for (name, _, text) in fixtures("invalid") {
        let error = Config::parse(&text, Path::new(&name)).expect_err(&name);
        let first_line = text.lines().next().and_then(|line| line.strip_prefix("# ")).expect(&name);
        said.push(error.to_string());
        expected.push(format!("{name}:{first_line}"));
    }
    assert_eq!(said, expected);
}

#[test]
fn errors_come_in_japanese_too() {
    let error = Config::parse("them = 1", Path::new("c.toml")).unwrap_err();
    assert_eq!(error.message(Lang::Ja), "c.toml:1:1: `them` はここでは使えません。もしかして: theme");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let error = load(Some(Path::new("no/such.toml"))).unwrap_err();
    assert!(error.to_string().starts_with("no/such.toml: No such file"), "{error}");
}

#[test]
fn keys_for_a_command_that_does_not_exist_are_refused() {
    let file = Path::new("c.toml");
    let config = Config::parse("[keys]\nfile.save = \"ctrl-s\"\nfile.sav = \"f7\"\n", file).unwrap();
    assert_eq!(config.validate_commands(&["file.save", "file.sav"], file), Ok(()));
    let error = config.validate_commands(&["file.save", "file.open"], file).unwrap_err();
    assert_eq!(error.to_string(), "c.toml:3:6: there is no command `file.sav`; did you mean file.save?");
}
