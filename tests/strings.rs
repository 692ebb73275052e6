//! The table of strings: both languages, whole and alike; and no words for people anywhere else.

#![allow(clippy::unwrap_used)] // A test that cannot read the source has failed.

mod source;

use std::collections::BTreeSet;

use regex::Regex;
use regoscope::strings::{Lang, T};
use source::sources;

fn complain(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// The `{places}` of a text.
fn places(text: &str) -> BTreeSet<&str> {
    let place = Regex::new(r"\{([^{}]*)\}").unwrap();
    place.captures_iter(text).map(|found| found.get(1).unwrap().as_str()).collect()
}

#[test]
fn every_text_is_there_in_both_languages_with_the_same_places() {
    let odd = Regex::new(r"[Ａ-Ｚａ-ｚ０-９ｦ-ﾟ，．]").unwrap();
    let mut complaints = Vec::new();
    for text in T::ALL {
        let (en, ja) = (text.text(Lang::En), text.text(Lang::Ja));
        if places(en) != places(ja) {
            complaints.push(format!("{text:?}: {:?} in English, {:?} in Japanese", places(en), places(ja)));
        }
        for words in [en, ja] {
            if words.trim().is_empty() {
                complaints.push(format!("{text:?} is empty"));
            }
            if words.chars().any(|c| c.is_control() && c != '\n') {
                complaints.push(format!("{text:?} has a control character: {words:?}"));
            }
            if words.lines().any(|line| line.ends_with([' ', '　'])) {
                complaints.push(format!("{text:?} has blanks at the end of a line: {words:?}"));
            }
        }
        if odd.is_match(ja) {
            complaints.push(format!("{text:?} has full-width letters, half-width kana or `，．`: {ja}"));
        }
    }
    complain(&complaints);
}

#[test]
fn every_text_is_used() {
    let sources = sources();
    let used: BTreeSet<&str> = sources
        .iter()
        .filter(|source| source.path != "src/strings/table.rs")
        .flat_map(|source| source.code.split(|c: char| !c.is_alphanumeric()))
        .collect();
    let complaints: Vec<String> = T::ALL
        .iter()
        .map(|text| format!("{text:?}"))
        .filter(|name| !used.contains(name.as_str()))
        .map(|name| format!("T::{name} is used nowhere"))
        .collect();
    complain(&complaints);
}

/// Sentences in code are either for people, then they belong in the table, or for the log and for developers; then the
/// line, or the one before it, says so by one of these.
const NOT_FOR_PEOPLE: &[&str] = &["tracing::", "// internal", "#[error(", "#[doc", "debug_assert", "panic!("];

#[test]
fn no_words_for_people_stand_in_the_code() {
    let sentence = Regex::new(r"[A-Za-z]{2,}[,:;]? [A-Za-z]+[,:;]? [A-Za-z]{2,}").unwrap();
    let parts = ["src/app/", "src/ui/", "src/cli/", "src/report/", "src/term/", "src/run"];
    let mut complaints = Vec::new();
    for source in sources().iter().filter(|source| parts.iter().any(|part| source.path.starts_with(part))) {
        let lines: Vec<&str> = source.whole.lines().collect();
        for (line, text) in &source.texts {
            let near = &lines[line.saturating_sub(2)..*line];
            let excused = NOT_FOR_PEOPLE.iter().any(|mark| near.iter().any(|line| line.contains(mark)));
            if sentence.is_match(text) && !text.starts_with('<') && !excused {
                complaints.push(format!("{}:{line}: {text:?} belongs in strings/table.rs", source.path));
            }
        }
    }
    complain(&complaints);
}
