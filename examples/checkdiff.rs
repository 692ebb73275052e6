#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
use regoscope::core::rego::check::{CheckOptions, Source, check};
use regoscope::core::rego::parser::{ParseOptions, Parsed, Version, parse};
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let (mut total, mut same, mut skipped) = (0, 0, 0);
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let version = if case["version"] == "v0" { Version::V0 } else { Version::V1 };
        let files: Vec<(String, String)> = case["files"].as_array().unwrap().iter().map(|f| (f["name"].as_str().unwrap().to_owned(), f["text"].as_str().unwrap().to_owned())).collect();
        let parsed: Vec<Parsed> = files.iter().map(|(_, t)| parse(t, ParseOptions { version })).collect();
        let mut wanted: Vec<_> = case["errors"].as_array().unwrap().iter().map(|e| (e["file"].as_str().unwrap().to_owned(), e["row"].as_u64().unwrap() as usize, e["col"].as_u64().unwrap() as usize, e["code"].as_str().unwrap().to_owned(), e["message"].as_str().unwrap().to_owned())).collect();
        let ours_broken = parsed.iter().any(|p| !p.is_clean());
        let theirs_broken = wanted.iter().any(|e| e.3 == "rego_parse_error" || e.3 == "?");
        if ours_broken || theirs_broken { skipped += 1; if ours_broken != theirs_broken { println!("PARSE {} ours {ours_broken} theirs {theirs_broken} {:?}", case["id"], wanted.first()); for p in &parsed { println!("   {:?}", p.errors().first()); } } continue; }
        total += 1;
        let sources: Vec<Source<'_>> = files.iter().zip(&parsed).map(|((name, text), p)| Source { name, text, module: &p.module }).collect();
        let mut found: Vec<_> = check(&sources, CheckOptions { version, strict: case["strict"] == true, ..Default::default() }).into_iter().map(|e| (e.file.map_or(String::new(), |n| files[n].0.clone()), e.row, e.col, e.code.to_owned(), e.message)).collect();
        wanted.sort(); found.sort(); wanted.dedup(); found.dedup();
        if wanted == found { same += 1; continue; }
        println!("--- {}", case["id"]);
        for w in wanted.iter().filter(|w| !found.contains(w)) { println!("  wanted {w:?}"); }
        for f in found.iter().filter(|f| !wanted.contains(f)) { println!("  found  {f:?}"); }
    }
    println!("{same} of {total}; {skipped} skipped");
}
