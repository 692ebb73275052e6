//! Input that is made to hurt ends in an error, soon.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // What is not there fails the test.

use std::time::{Duration, Instant};

use regoscope::core::manifest::{self, FaultKind, Manifest};

fn fault(read: &Manifest) -> &FaultKind {
    &read.documents[0].faults[0].kind
}

/// Reads within a time that only an explosion could exceed, even on a busy machine without optimisation.
fn read_soon(text: &str) -> Manifest {
    let start = Instant::now();
    let read = manifest::read(text);
    assert!(start.elapsed() < Duration::from_secs(20), "took {:?}", start.elapsed());
    read
}

#[test]
fn billion_laughs() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let read = read_soon(&text);
    assert_eq!(fault(&read), &FaultKind::Yaml("document contains excessive aliasing".to_owned()));
}

#[test]
fn merges_of_merges() {
    let mut text = "m0: &m0 {k: v}\n".to_owned();
    for level in 1..60 {
        text.push_str(&format!("m{level}: &m{level}\n  <<: [*m{0}, *m{0}]\n", level - 1));
    }
    let read = read_soon(&text);
    // Looking for a field that is not there visits every merge of every merge.
    assert_eq!(read.documents[0].span("/m59/nothing"), None);
}

#[test]
fn an_anchor_that_contains_itself() {
    for text in ["a: &a [*a]\n", "a: &a {b: *a}\n", "a: &a\n  <<: *a\n"] {
        let read = read_soon(text);
        assert_eq!(fault(&read), &FaultKind::Yaml("anchor 'a' value contains itself".to_owned()), "{text}");
        assert_eq!(read.documents[0].span("/a/b/c/d"), None);
    }
}

#[test]
fn anchors_inside_anchors() {
    let mut text = String::new();
    for level in 0..900 {
        text.push_str(&format!("{}a: &a{level}\n", " ".repeat(level)));
    }
    text.push_str(&format!("{}a: \"{}\"\nb: *a0\n", " ".repeat(900), "x".repeat(1_000_000)));
    assert_eq!(fault(&read_soon(&text)), &FaultKind::TooMuchCopied);
}

#[test]
fn deep_nesting() {
    let flow = format!("a: {}{}\n", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(fault(&read_soon(&flow)), &FaultKind::TooDeep);
    let open = "[".repeat(100_000);
    assert_eq!(fault(&read_soon(&open)), &FaultKind::TooDeep);
    let json = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    assert_eq!(fault(&read_soon(&json)), &FaultKind::TooDeep);
    let mut block = String::new();
    for level in 0..1500 {
        block.push_str(&format!("{}a:\n", " ".repeat(level)));
    }
    assert_eq!(fault(&read_soon(&block)), &FaultKind::TooDeep);
    let dashes = "- ".repeat(10_000);
    assert_eq!(fault(&read_soon(&dashes)), &FaultKind::TooDeep);
}

#[test]
fn what_is_deep_but_allowed_is_read_and_dropped() {
    let text = format!("a: {}{}\n", "[".repeat(990), "]".repeat(990));
    assert!(read_soon(&text).is_clean());
}

#[test]
fn large_files() {
    let text = "a".repeat(manifest::MAX_BYTES + 1);
    assert_eq!(fault(&read_soon(&text)), &FaultKind::TooLarge);
    let line = format!("a: \"{}\"\n", "x".repeat(1024 * 1024));
    assert!(read_soon(&line).is_clean());
}

#[test]
fn notes_are_counted_and_cut() {
    let text = "a: yes\n".repeat(20_000);
    let read = read_soon(&text);
    assert!(read.documents[0].notes.len() <= 1000);
}
