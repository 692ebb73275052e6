//! How fast manifests are read: block YAML of several documents, and one small one as it is typed.
//!
//! `cargo bench --bench manifest`. Beside it stand yaml_serde and serde-saphyr, which keep no places and read another
//! dialect.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use regoscope::core::manifest;
use serde::Deserialize;

/// A Deployment, a ConfigMap and a Service, as people write them.
const DOCUMENTS: &str = include_str!("data/shop.yaml");

fn batch(c: &mut Criterion) {
    let text = DOCUMENTS.repeat(2_000_000 / DOCUMENTS.len());
    // Its limits stop it after 1,024 documents.
    let saphyr = |text: &str| {
        let options = serde_saphyr::options! { budget: None };
        serde_saphyr::from_multiple_with_options::<serde_json::Value>(text, options)
            .map_err(|error| error.to_string())
    };
    // One that stopped early would look fast.
    let documents = manifest::read(&text).documents.len();
    assert_eq!(saphyr(&text).map(|read| read.len()), Ok(documents));
    let mut group = c.benchmark_group("manifest batch");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
    group.bench_function("read", |b| b.iter_with_large_drop(|| manifest::read(black_box(&text))));
    group.bench_function("read without the fast way", |b| {
        b.iter_with_large_drop(|| manifest::read_with_parser(black_box(&text)));
    });
    group.bench_function("yaml_serde", |b| {
        b.iter_with_large_drop(|| {
            serde_yaml::Deserializer::from_str(black_box(&text))
                .map(serde_json::Value::deserialize)
                .collect::<Vec<_>>()
        });
    });
    group.bench_function("serde-saphyr", |b| b.iter_with_large_drop(|| saphyr(black_box(&text))));
    group.finish();
}

fn keystroke(c: &mut Criterion) {
    let mut group = c.benchmark_group("manifest keystroke");
    group.throughput(Throughput::Bytes(DOCUMENTS.len() as u64));
    group.bench_function("read three documents", |b| b.iter(|| manifest::read(black_box(DOCUMENTS))));
    group.bench_function("place of a field", |b| {
        let read = manifest::read(DOCUMENTS);
        let pointer = "/spec/template/spec/containers/0/securityContext/capabilities/drop/0";
        b.iter(|| read.documents.first().and_then(|document| document.span(black_box(pointer))));
    });
    group.finish();
}

criterion_group!(benches, batch, keystroke);
criterion_main!(benches);
