//! The README says what is so: its keys come from the command table, its settings are the defaults, its files exist.

#![allow(clippy::unwrap_used)] // A test that cannot read the README has failed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use regex::Regex;
use regoscope::cli::docs::{Keys, keys};
use regoscope::config::Config;
use regoscope::strings::Lang;

const START: &str =
    "<!-- keys: made from the command table; `UPDATE_README=1 cargo test --test readme` writes them -->\n";
const END: &str = "<!-- end of keys -->\n";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

fn readme() -> String {
    std::fs::read_to_string(path()).unwrap()
}

fn row(table: &mut String, keys: &Keys) {
    let cell = |keys: &str| match keys {
        "" => String::new(),
        keys => {
            keys.split(", ").map(|k| format!("`{}`", k.replace('|', "\\|"))).collect::<Vec<_>>().join(" ")
        }
    };
    let (typing, commanding) = (cell(&keys.typing), cell(&keys.commanding));
    writeln!(table, "| {typing} | {commanding} | {} |", keys.command.title.text(Lang::En)).unwrap();
}

/// The section between the marks: what the hints bar shows at once, all others to be unfolded.
fn section() -> String {
    let head = "| while typing | in NAV | |\n|---|---|---|\n";
    let mut text = format!("\n{head}");
    let mut useful: Vec<Keys> = keys().into_iter().flat_map(|(_, keys)| keys).collect();
    useful.retain(|keys| keys.command.hint > 0);
    for keys in &useful {
        row(&mut text, keys);
    }
    text.push_str("\n<details>\n<summary>All keys</summary>\n");
    for (group, keys) in keys() {
        write!(text, "\n**{}**\n\n{head}", group.title().text(Lang::En)).unwrap();
        for keys in &keys {
            row(&mut text, keys);
        }
    }
    text.push_str("\n</details>\n\n");
    text
}

#[test]
fn the_keys_are_those_of_the_command_table() {
    let text = readme();
    let (before, rest) = text.split_once(START).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path(), format!("{before}{START}{}{END}{after}", section())).unwrap();
    } else {
        assert_eq!(written, section(), "run `UPDATE_README=1 cargo test --test readme`");
    }
}

#[test]
fn the_settings_are_the_defaults() {
    let text = readme();
    let toml = text.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(Config::parse(toml, Path::new("README.md")).unwrap(), Config::default());
    let with_keys = toml.replace("\n# ", "\n");
    assert_eq!(Config::parse(&with_keys, Path::new("README.md")).unwrap().keys.len(), 2);
}

#[test]
fn the_files_that_it_names_are_there() {
    let link = Regex::new(r"\]\(([^)#:]+)\)").unwrap();
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(path().with_file_name(page)).unwrap();
        for file in link.captures_iter(&text).map(|found| found[1].to_owned()) {
            assert!(path().with_file_name(&file).exists(), "{page} names {file}");
        }
    }
}
