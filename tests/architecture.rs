//! The invariants of ARCHITECTURE.md that a compiler does not keep.

#![allow(clippy::unwrap_used)] // A test that cannot read the source has failed.

mod source;

use regex::Regex;
use source::{Source, project_files, root, sources};

/// Where something may not be named, what it is, and why.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    (
        "src/core/",
        &[
            "ratatui",
            "crossterm",
            "kube",
            "tokio",
            "std::fs",
            "std::thread",
            "std::net",
            "std::process",
            "std::env",
            "std::io::stdin",
            "std::io::stdout",
            "Instant::now",
            "SystemTime::now",
            "crate::app",
            "crate::ui",
            "crate::term",
            "crate::work",
            "crate::cli",
        ],
        "core is pure: the same input gives the same output, in the screen, in the child process and in tests",
    ),
    (
        "src/app/",
        &[
            "ratatui",
            "crossterm",
            "kube",
            "tokio",
            "std::fs",
            "std::thread",
            "std::net",
            "std::process",
            "Instant::now",
            "SystemTime::now",
            "crate::ui",
            "crate::term",
            "crate::work",
            "crate::cli",
        ],
        "app is state and update: what is to be done outside it returns as an Effect",
    ),
    (
        "src/ui/",
        &["crossterm", "std::fs", "std::thread", "std::net", "std::process", "Instant::now", "crate::work"],
        "ui draws what App holds and asks nobody",
    ),
    (
        "src/report/",
        &["ratatui", "crossterm", "crate::app", "crate::ui", "crate::term"],
        "reports are for commands without a screen",
    ),
];

/// What is named in one place only, and which.
const AT_HOME: &[(&str, &str)] = &[
    ("crossterm", "src/term/"),
    ("regorus", "src/core/policy/engine"),
    ("granit_parser", "src/core/manifest/"),
    ("kube", "src/cluster/"),
    ("tokio", "src/cluster/"),
    ("ClientBuilder", "src/cluster/transport"),
    ("hyper_util", "src/cluster/transport"),
];

/// Files that are longer than 500 lines without their tests, and why they are.
const LONG: &[(&str, &str)] = &[("src/strings/table.rs", "a table, one line a text")];

/// Whether code names a path, be it as `std::fs` or as `std::{fs, io}`.
fn names(code: &str, path: &str) -> bool {
    let pattern = match path.rsplit_once("::") {
        Some((parent, name)) => format!(r"\b{parent}::(\{{[^}}]*\b)?{name}\b"),
        None => format!(r"\b{path}\b"),
    };
    Regex::new(&pattern).unwrap().is_match(code)
}

fn complain(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn each_part_names_only_what_it_may() {
    let mut complaints = Vec::new();
    for Source { path, code, .. } in sources() {
        for (part, things, why) in FORBIDDEN {
            for thing in things.iter().filter(|thing| path.starts_with(part) && names(&code, thing)) {
                complaints.push(format!("{path} names {thing}: {why}"));
            }
        }
        for (thing, home) in AT_HOME {
            if !path.starts_with(home) && names(&code, thing) {
                complaints.push(format!("{path} names {thing}, which is only for {home}"));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn names_are_found_in_every_form() {
    for code in ["use std::fs;", "std::fs::read(x)", "use std::{fs, io};", "use std::{io, fs};"] {
        assert!(names(code, "std::fs"), "{code}");
    }
    for code in ["use std::fsx;", "use std::io;", "my_std::fs"] {
        assert!(!names(code, "std::fs"), "{code}");
    }
}

#[test]
fn nothing_escapes_the_lints_against_panics() {
    let escape =
        Regex::new(r"(allow|expect)\([^)]*clippy::(unwrap_used|expect_used|panic|indexing_slicing)").unwrap();
    let complaints: Vec<String> = sources()
        .iter()
        // A debug build may panic where a test asks for it.
        .filter(|source| {
            escape.is_match(&source.code.replace("#[cfg(debug_assertions)]\n#[expect(clippy::panic,", ""))
        })
        .map(|source| format!("{} allows what can panic", source.path))
        .collect();
    complain(&complaints);
    for file in ["src/lib.rs", "src/main.rs"] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{file}");
    }
}

/// `println!` panics where nobody listens, and prints what it is given; the others are for the day of writing.
#[test]
fn nothing_is_printed_or_left_for_later() {
    let leftover = Regex::new(r"\b(e?println|e?print|dbg|todo|unimplemented)!").unwrap();
    let complaints: Vec<String> = sources()
        .iter()
        .flat_map(|source| {
            leftover.find_iter(&source.code).map(|found| format!("{}: {}", source.path, found.as_str()))
        })
        .collect();
    complain(&complaints);
}

#[test]
fn every_file_says_what_it_is() {
    let complaints: Vec<String> = sources()
        .iter()
        .filter(|source| !source.whole.starts_with("//! ") || source.whole.starts_with("//! (in the making)"))
        .map(|source| format!("{} does not begin with what it is (`//! …`)", source.path))
        .collect();
    complain(&complaints);
}

#[test]
fn files_are_of_one_idea() {
    let long = |source: &Source| {
        let lines = source.code.lines().count();
        (lines > 500).then(|| format!("{} has {lines} lines: it is more than one idea", source.path))
    };
    let complaints: Vec<String> = sources()
        .iter()
        .filter(|source| !LONG.iter().any(|(path, _)| *path == source.path))
        .filter_map(long)
        .collect();
    complain(&complaints);
    for (path, _) in LONG {
        assert!(root().join(path).exists(), "{path} is no more");
    }
}

#[test]
fn nothing_is_about_the_machine_it_was_written_on() {
    let machine = Regex::new(r"(^|[^\w.\-/])/(work|root)/|\bcrates\.io\b").unwrap();
    let mut complaints = Vec::new();
    for path in project_files() {
        // The lock file names the registry, and this file names what it looks for.
        if path == "Cargo.lock" || path == "tests/architecture.rs" {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        for (number, line) in text.lines().enumerate().filter(|(_, line)| machine.is_match(line)) {
            complaints.push(format!("{path}:{}: {line}", number + 1));
        }
    }
    complain(&complaints);
}

#[test]
fn every_dependency_says_why_it_is_here() {
    let manifest: toml::Table = std::fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let guide = std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let complaints: Vec<String> = ["dependencies", "dev-dependencies"]
        .iter()
        .flat_map(|section| manifest[*section].as_table().unwrap().keys())
        .filter(|name| !guide.contains(&format!("| `{name}` |")))
        .map(|name| format!("CONTRIBUTING.md does not say why `{name}` is here"))
        .collect();
    complain(&complaints);
}
