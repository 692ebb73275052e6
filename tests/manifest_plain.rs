//! The fast way through plain YAML reads exactly what the parser reads: values, places, notes and faults.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // What is not there fails the test.

use proptest::prelude::*;
use regoscope::core::manifest;

const MANIFESTS: [&str; 6] = [
    "\
apiVersion: apps/v1
kind: Deployment   # the front end
metadata:
  name: front-end
  labels: {app: front-end, tier: \"web\", empty: }
  annotations:
    prometheus.io/scrape: \"true\"
    'quoted key': it
spec:
  replicas: 0o3
  template:
    spec:
      containers:
      - name: web
        image: registry.example.com/shop/front-end:1.14.2
        args: [\"--port\", 8080, '--verbose', {a: [b, -1]}, ]
        securityContext:
          privileged: yes
          capabilities:
            drop:
            - ALL
            -
              x: 1
        env: []
      - name: side

      volumes:
        - name: tmp
          emptyDir: {}
        - - nested
          - list
        -
",
    "\
kind: ConfigMap
data:
  script: |
    #!/bin/sh
      echo \"$x: y\"

    \techo tab
  strip: |-

    first line is blank
    # no comment

  # a comment
  last: |
    no newline at the end",
    "a: 1\nb: |\n   three\n  two\nc: 2\n",
    "a: b\n  c\nd: 'e\n  f'\ng: >\n  h\n  i\n",
    "base: &b {x: 1}\ny: *b\nz:\n  <<: *b\n  x: 2\nx: !!str 1\n",
    "a: 全角\nb: é # ü\nc: \"\u{3000}\"\nd: x\u{3000}\n",
];

/// Text that means something to YAML.
const BITS: [&str; 35] = [
    "\r", " ", "  ", "\n", "\n  ", "\n- ", "- ", ": ", ":", "#", " #", "'", "\"", "|", "|\n", "|-\n", "[",
    "]", "{", "}", ",", "&a ", "*a", "!!str ", "?", "<<: ", "\t", "\r\n", "...", "yes", "0x1", "é", "\u{85}",
    "%", "> ",
];

fn same(text: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(manifest::read(text), manifest::read_with_parser(text), "{:?}", text);
    Ok(())
}

#[test]
fn manifests() {
    for text in MANIFESTS {
        same(text).unwrap();
    }
}

#[test]
fn every_prefix_of_a_manifest_as_it_is_typed() {
    for text in MANIFESTS {
        for (end, _) in text.char_indices() {
            same(&text[..end]).unwrap();
        }
    }
}

#[test]
fn every_recorded_case() {
    let cases: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("data/kubernetes-yaml.json")).unwrap();
    for case in cases.iter().filter(|case| case["id"] != "quad_blowup") {
        same(case["yaml"].as_str().unwrap()).unwrap();
    }
}

fn char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_manifests(
        which in 0..MANIFESTS.len(),
        edits in prop::collection::vec((0..800_usize, 0..6_usize, 0..BITS.len()), 1..5),
    ) {
        let mut text = MANIFESTS[which].to_owned();
        for (at, delete, bit) in edits {
            let start = char_boundary(&text, at % (text.len() + 1));
            let end = char_boundary(&text, start + delete);
            text.replace_range(start..end, BITS[bit]);
        }
        same(&text)?;
    }
}
