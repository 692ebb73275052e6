//! What the reader says about a manifest: surprises on their lines, and errors with what to do about them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // What is not there fails the test.

use regoscope::core::diagnostics::{Origin, Severity};
use regoscope::core::manifest;
use regoscope::strings::Lang;

/// Each remark as `line: text at the place: message`.
fn remarks_in(text: &str, lang: Lang) -> Vec<String> {
    manifest::read(text)
        .diagnostics(lang)
        .iter()
        .map(|d| {
            let line = text[..d.range.start].matches('\n').count() + 1;
            format!("{line}: {}: {}", &text[d.range.clone()], d.message)
        })
        .collect()
}

fn remarks(text: &str) -> Vec<String> {
    remarks_in(text, Lang::En)
}

#[test]
fn notes_stand_where_the_surprise_is() {
    let cases: &[(&str, &[&str])] = &[
        ("privileged: yes\n", &["1: yes: `yes` is read as true"]),
        ("a: off\n", &["1: off: `off` is read as false"]),
        ("a: true\nb: False\nc: \"yes\"\nd: nope\n", &[]),
        ("mode: 0644\n", &["1: 0644: `0644` is read as 420"]),
        ("a: 0x1F\nb: 1_000\n", &["1: 0x1F: `0x1F` is read as 31", "2: 1_000: `1_000` is read as 1000"]),
        ("version: 1.10\n", &["1: 1.10: `1.10` is read as 1.1"]),
        ("a: 6e07\n", &["1: 6e07: `6e07` is read as 60000000"]),
        ("a: 1.0\nb: 1.5\nc: +5\nd: -5\ne: 22:22\nf: 2024-01-02\n", &[]),
        ("on: push\n", &["1: on: the key `on` is read as \"true\""]),
        ("0644: x\n", &["1: 0644: the key `0644` is read as \"420\""]),
        ("80: x\n", &[]),
        (
            "a: 1\nb: 2\na: 3\n",
            &[
                "1: a: the key `a` is set twice, line 3 wins",
                "3: a: the key `a` is set twice, this line wins over line 1",
            ],
        ),
        (
            "1: x\n\"1\": z\n",
            &[
                "1: 1: this key and the one on line 2 are both read as \"1\", and Kubernetes takes one of them at random",
                "2: \"1\": this key and the one on line 1 are both read as \"1\", and Kubernetes takes one of them at random",
            ],
        ),
        (
            "base: &b {p: 1}\nx:\n  p: 2\n  <<: *b\n",
            &["4: <<: the merge overrides `p` of line 3: put `<<` first to keep the line"],
        ),
        ("base: &b {p: 1}\nx:\n  <<: *b\n  p: 2\n", &[]),
        ("image: a\u{200b}b\n", &["1: \u{200b}: hidden character U+200B"]),
        ("a: b # \u{202e}evil\n", &["1: \u{202e}: hidden character U+202E"]),
        (
            "a:\u{3000}b\n",
            &[
                "1: a:\u{3000}b: a Kubernetes object must be a map with apiVersion and kind",
                "1: \u{3000}: U+3000 looks like a space but is an ordinary letter in YAML",
            ],
        ),
        ("a: b\u{a0}c\n", &["1: \u{a0}: U+00A0 looks like a space but is an ordinary letter in YAML"]),
        ("a: b # 全角：　だけど注釈\n", &[]),
        ("a: \"値：です\"\nb: 値：です\n", &[]),
        ("# harmless\u{85}hostPID: true\n", &["1: \u{85}: U+0085 ends the line for Kubernetes"]),
        (
            "a: 1\n...\nb: 2\n",
            &["3: b: 2: Kubernetes ignores this line and what follows it in this document"],
        ),
        ("  a: 1\nb: 2\n", &["2: b: 2: Kubernetes ignores this line and what follows it in this document"]),
    ];
    for (text, expected) in cases {
        assert_eq!(&remarks(text), expected, "{text:?}");
    }
}

#[test]
fn errors_are_kubernetes_words_with_what_to_do() {
    let cases: &[(&str, &[&str])] = &[
        (
            "a:\n\tb: 1\n",
            &[
                "2: \t: found character that cannot start any token: indent with spaces, YAML allows no tabs here",
            ],
        ),
        (
            "a:\n  b: 'x'\n\t\n",
            &[
                "3: \t: found character that cannot start any token: indent with spaces, YAML allows no tabs here",
            ],
        ),
        (
            "image: {{ .Values.image }}\n",
            &["1: {: invalid map key: `{{ … }}` is a Helm template, not YAML. \
                 Render it first: helm template CHART > out.yaml"],
        ),
        (
            "{{- if .Values.x }}\na: 1\n{{- end }}\n",
            &[
                "1: -: block sequence entries are not allowed in this context: `{{ … }}` is a Helm template, not YAML. \
                 Render it first: helm template CHART > out.yaml",
            ],
        ),
        ("a: 1\nhostPID： true\n", &["2: ：: U+FF1A looks like `:` but is an ordinary letter in YAML"]),
        (
            "b: *x\n",
            &["1: *x: unknown anchor 'x' referenced: `*name` stands for an anchor `&name` further up; \
                 quote a text that starts with `*`"],
        ),
        (
            "--- {a: 1}\n",
            &["1: {a: 1}: invalid Yaml document separator: {a: 1}: put what follows `---` on its own line"],
        ),
        ("a: .inf\n", &["1: .inf: json: unsupported value: +Inf"]),
        ("a: !!int x\n", &["1: !!int x: cannot decode !!str `x` as a !!int"]),
        ("~: v\n", &["1: ~: unsupported map key of type: null"]),
        ("x:\n  <<: 5\n", &["2: 5: map merge requires map or sequence of maps as the value"]),
        ("x: &a\n  y: *a\n", &["2: *a: anchor 'a' value contains itself"]),
        (
            "a: {b: x?y}\n",
            &["1: x?y: did not find expected ',' or '}' or ']': quote a text with `?` between brackets"],
        ),
        ("a: \"\u{1}\"\n", &["1: \u{1}: control characters are not allowed"]),
        ("- 1\n- 2\n", &["1: - 1\n- 2: a Kubernetes object must be a map with apiVersion and kind"]),
    ];
    for (text, expected) in cases {
        let found = remarks(text);
        for words in *expected {
            assert!(found.iter().any(|f| f == words), "{text:?}\nfound {found:#?}\nexpected {words:?}");
        }
        assert!(!manifest::read(text).is_clean(), "{text:?}");
    }
}

#[test]
fn a_broken_document_does_not_hide_the_others() {
    let text = "kind: A\n---\nkind: [\n---\nkind: B\n";
    let read = manifest::read(text);
    let kinds: Vec<_> = read.objects().map(|object| object.kind).collect();
    assert_eq!(kinds, ["A", "B"]);
    assert_eq!(read.documents[1].faults.len(), 1);
    assert!(!read.is_clean());
}

#[test]
fn every_bad_line_of_a_template_is_named() {
    let text = "a: {{ .x }}\nb: {{ .y }}\n";
    assert_eq!(manifest::read(text).documents[0].faults.len(), 2);
}

#[test]
fn remarks_have_the_severity_and_the_origin_of_what_they_are() {
    let read = manifest::read("a: yes\nb: 1\nb: 2\n---\n- x\n");
    let kinds: Vec<_> =
        read.diagnostics(Lang::En).into_iter().map(|d| (d.severity, d.origin, d.code)).collect();
    let of = |severity, origin, code: &str| (severity, origin, code.to_owned());
    assert_eq!(
        kinds,
        [
            of(Severity::Note, Origin::Yaml, "yaml-read-as"),
            of(Severity::Warning, Origin::Yaml, "yaml-duplicate-key"),
            of(Severity::Warning, Origin::Yaml, "yaml-duplicate-key"),
            of(Severity::Error, Origin::Syntax, "yaml-error"),
        ]
    );
}

#[test]
fn japanese_says_the_same() {
    assert_eq!(remarks_in("a: yes\n", Lang::Ja), ["1: yes: `yes` は true と読まれます"]);
    assert_eq!(
        remarks_in("a:\n\tb: 1\n", Lang::Ja),
        ["2: \t: found character that cannot start any token: \
             インデントには空白を使ってください。ここにタブは書けません"]
    );
}
