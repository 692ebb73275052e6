//! A fuzzer for the reader: texts that Kubernetes' own reading was recorded for, changed at random. What must hold for
//! every text is checked, and that the fast way through plain YAML reads what the parser reads.
//!
//! It is deterministic: the same cases in every run. `REGOSCOPE_FUZZ_CASES=1000000 cargo test --test manifest_fuzz`
//! hunts longer, `REGOSCOPE_FUZZ_SEED=7` elsewhere. A failure prints the text.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // What is not there fails the test.

use std::time::{Duration, Instant};

use regoscope::core::manifest::{self, Manifest};
use regoscope::strings::Lang;

/// Cases of a run without `REGOSCOPE_FUZZ_CASES`.
const CASES: u64 = 10_000;
/// No text here is longer than a few pages; on a busy machine without optimisation it still takes milliseconds.
const LIMIT: Duration = Duration::from_secs(10);
/// Texts are cut to this, so that a case is small enough to be looked at.
const MAX_BYTES: usize = 4_000;

/// What means something to YAML, to JSON, to Kubernetes' reader or to an editor.
const BITS: [&str; 60] = [
    "\n",
    "\n  ",
    "\n- ",
    "\n---\n",
    "\n...\n",
    "\n\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "  ",
    "- ",
    "- - ",
    ": ",
    ":",
    "? ",
    " #",
    "#",
    "'",
    "\"",
    "\\",
    "|\n",
    "|-\n",
    "|2+\n",
    ">\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a ",
    "*a",
    "<<: *a",
    "<<: ",
    "!!str ",
    "!!binary ",
    "!t ",
    "%YAML 1.1\n",
    "yes",
    "0o17",
    "0x1F",
    "1_000",
    ".inf",
    ".nan",
    "~",
    "null",
    "1e3",
    "2020-01-01",
    "{{ .x }}",
    "é",
    "全",
    "😀",
    "：",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{3000}",
    "\u{202e}",
    "\0",
    "\\ud83d",
];

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to choose.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// The recorded texts, and some of this program's samples, which are plain.
fn seeds() -> Vec<String> {
    let recorded = [include_str!("data/kubernetes-yaml.json"), include_str!("data/go-yaml-changed.json")];
    let mut seeds: Vec<String> = recorded
        .iter()
        .flat_map(|text| serde_json::from_str::<Vec<serde_json::Value>>(text).unwrap())
        .map(|case| case["yaml"].as_str().unwrap().to_owned())
        .filter(|text| text.len() <= MAX_BYTES)
        .collect();
    seeds.push(include_str!("../benches/data/shop.yaml").to_owned());
    seeds.push(include_str!("data/admissionreview-pod-delete-dryrun.json").to_owned());
    assert!(seeds.len() > 1_000);
    seeds
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap()
}

/// A piece of a text, between two of its characters.
fn piece<'t>(text: &'t str, random: &mut Random) -> &'t str {
    let start = boundary(text, random.below(text.len() + 1));
    let end = boundary(text, start + random.below(40));
    &text[start.min(end)..end.max(start)]
}

/// A text with one to six changes.
fn change(seeds: &[String], random: &mut Random) -> String {
    let mut text = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let start = boundary(&text, random.below(text.len() + 1));
        let end = boundary(&text, start + random.below(8)).max(start);
        match random.below(8) {
            // A line once more, elsewhere: keys that are set twice, indentation that does not fit.
            0 => {
                let lines: Vec<&str> = text.split_inclusive('\n').collect();
                let line = lines.get(random.below(lines.len())).copied().unwrap_or_default().to_owned();
                let at = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
                text.insert_str(at, &line);
            }
            // Indented otherwise.
            1 => {
                let at = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
                match text[at..].starts_with(' ') && random.below(2) == 0 {
                    true => drop(text.remove(at)),
                    false => text.insert_str(at, &" ".repeat(random.below(4))),
                }
            }
            2 => text.truncate(start),
            3 => {
                let other = piece(&seeds[random.below(seeds.len())], random).to_owned();
                text.replace_range(start..end, &other);
            }
            4 => text.replace_range(start..end, ""),
            5 => {
                let name = char::from_u32(random.below(0x3000) as u32).unwrap_or('\u{fffd}');
                text.replace_range(start..end, &name.to_string());
            }
            _ => text.replace_range(start..end, BITS[random.below(BITS.len())]),
        }
    }
    text.truncate(boundary(&text, MAX_BYTES));
    text
}

/// What must hold for every text; says what does not.
fn check(text: &str) -> Result<(), String> {
    let start = Instant::now();
    let read = manifest::read(text);
    if read != manifest::read(text) {
        return Err("read otherwise the second time".to_owned());
    }
    let parsed = manifest::read_with_parser(text);
    if read != parsed {
        return Err(format!("the fast way reads {read:?}\nthe parser reads {parsed:?}"));
    }
    places_are_in_the_text(text, &read)?;
    for lang in [Lang::En, Lang::Ja] {
        for said in read.diagnostics(lang).into_iter().chain(manifest::schema::diagnostics(&read, lang)) {
            if text.get(said.range.clone()).is_none() || said.message.is_empty() || said.code.is_empty() {
                return Err(format!("{said:?}"));
            }
        }
    }
    if start.elapsed() > LIMIT {
        return Err(format!("took {:?}", start.elapsed()));
    }
    Ok(())
}

fn places_are_in_the_text(text: &str, read: &Manifest) -> Result<(), String> {
    let mut end_of_last = 0;
    for (number, document) in read.documents.iter().enumerate() {
        let range = &document.range;
        if document.index != number || range.start < end_of_last || text.get(range.clone()).is_none() {
            return Err(format!("document {number} at {range:?} behind {end_of_last}"));
        }
        end_of_last = range.end;
        if document.value.is_none() && document.faults.is_empty() && document.notes.is_empty() {
            return Err(format!("document {number} says nothing"));
        }
        let value = document.value.as_ref().filter(|_| document.faults.is_empty());
        for pointer in document.pointers() {
            let Some(span) = document.span(&pointer) else {
                return Err(format!("{pointer} has no place"));
            };
            let places = std::iter::once(&span.value).chain(&span.key).chain(&span.via);
            for place in places {
                let inside = range.start <= place.start && place.end <= range.end;
                if !inside || text.get(place.clone()).is_none() {
                    return Err(format!("{pointer} at {span:?}"));
                }
            }
            if value.is_some_and(|value| value.pointer(&pointer).is_none()) {
                return Err(format!("{pointer} has a place and no value"));
            }
        }
        for object in document.objects() {
            if text.get(object.range.clone()).is_none() || object.line == 0 {
                return Err(format!("object {:?} at {:?}", object.pointer_prefix, object.range));
            }
        }
        // Where a key is set again, it names the place in vain; it must only not panic.
        for byte in range.clone().step_by((text.len() / 50).max(1)) {
            let _ = document.pointer_at(byte);
        }
    }
    Ok(())
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |value| value.parse().unwrap())
}

#[test]
fn changed_texts_are_read_whole_or_refused_and_never_end_the_program() {
    let (cases, seed) = (number("REGOSCOPE_FUZZ_CASES", CASES), number("REGOSCOPE_FUZZ_SEED", 0));
    let seeds = seeds();
    let mut read = 0;
    for case in 0..cases {
        let text = change(&seeds, &mut Random(seed.wrapping_add(case).wrapping_mul(0x2545_f491_4f6c_dd1d)));
        let outcome = std::panic::catch_unwind(|| check(&text));
        let wrong = outcome.unwrap_or_else(|_| Err("it panics".to_owned()));
        assert!(wrong.is_ok(), "case {case} of seed {seed}: {}\n{text:?}", wrong.unwrap_err());
        read += u64::from(manifest::read(&text).is_clean());
    }
    assert!(read > cases / 10 && read < cases, "changes that all break, or none: {read} of {cases} are read");
}
