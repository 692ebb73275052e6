//! The front-end of Rego: lexer, parser, one edit, checks, lowering, linking. `cargo bench --bench rego`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use regoscope::core::file::FileId;
use regoscope::core::policy::links::Memo;
use regoscope::core::policy::outline::{Known, outline};
use regoscope::core::policy::place::Lines;
use regoscope::core::policy::program::{Loaded, Program};
use regoscope::core::rego::check::{CheckOptions, Source, check};
use regoscope::core::rego::chunk::IncrementalModule;
use regoscope::core::rego::lexer::{Kind, Lexer};
use regoscope::core::rego::lower::{LowerOptions, Names, lower};
use regoscope::core::rego::parser::{ParseOptions, parse};

/// A policy of about `lines` lines, ten a rule.
fn policy(lines: usize) -> String {
    let mut text = "package bench\n\nimport data.lib\n\n".to_owned();
    for at in 0..lines / 10 {
        let _ = writeln!(
            text,
            "# rule {at}\ndeny contains msg if {{\n\tinput.kind == \"Pod\"\n\tsome c in input.spec.containers\n\tcount(c.name) + 1 > \
             {at}\n\tnot lib.exempt(c.image, {{\"a\": [1, 2, {at}]}})\n\tx := [y | y := c.env[_].name; y != \"A\"]\n\tmsg := \
             sprintf(\"rule {at}: %s %v\", [c.name, x])\n}}\n"
        );
    }
    text
}

fn front_end(criterion: &mut Criterion) {
    for lines in [500, 5_000] {
        let text = policy(lines);
        let mut group = criterion.benchmark_group(format!("{lines} lines"));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("lex", |b| {
            b.iter(|| {
                let mut lexer = Lexer::new(&text, 0);
                while lexer.next_token().kind != Kind::Eof {}
            });
        });
        group.bench_function("parse", |b| b.iter(|| parse(black_box(&text), ParseOptions::default())));
        let edited = text.replacen("count(c.name) + 1 > 20\n", "count(c.name) + 1 > 21\n", 1);
        let mut module = IncrementalModule::new(&text, ParseOptions::default());
        let mut turn = false;
        group.bench_function("edit of one character", |b| {
            b.iter(|| {
                turn = !turn;
                module.update(if turn { &edited } else { &text })
            });
        });
        let parsed = parse(&text, ParseOptions::default());
        let names = Names::of_package([&parsed.module]).with_imports(&parsed.module);
        group.bench_function("lower all", |b| {
            b.iter(|| {
                for placed in &parsed.module.statements {
                    black_box(lower(placed, &text, &names, LowerOptions::default()));
                }
            });
        });
        let source = Source { name: "bench.rego", text: &text, module: &parsed.module };
        let options = CheckOptions { incomplete: true, ..CheckOptions::default() };
        group.bench_function("check all", |b| b.iter(|| check(black_box(&[source]), options)));
        let loaded = Arc::new(Loaded {
            file: FileId(0),
            text: Arc::from(text.as_str()),
            lines: Lines::of(&text),
            module: outline(&parsed, &text, &mut Known::default()),
            preamble: 0,
            within: None,
        });
        group.bench_function("link all", |b| {
            b.iter(|| Program::link(black_box(vec![loaded.clone()]), &[], 0, &mut Memo::default(), &[]));
        });
        group.finish();
    }
}

criterion_group!(benches, front_end);
criterion_main!(benches);
