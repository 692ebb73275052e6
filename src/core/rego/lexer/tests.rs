//! Tokens and painted lines.

use proptest::prelude::*;

use super::{Fault, Kind, Lexer, decode_string, line};
use crate::core::text::lex::{LineState, TokenKind};

fn kinds(text: &str) -> Vec<Kind> {
    let mut lexer = Lexer::new(text, 0);
    std::iter::from_fn(|| {
        let token = lexer.next_token();
        (token.kind != Kind::Eof).then_some(token.kind)
    })
    .collect()
}

fn fault(text: &str) -> Option<Fault> {
    let mut lexer = Lexer::new(text, 0);
    loop {
        let token = lexer.next_token();
        if token.kind == Kind::Eof || token.fault.is_some() {
            return token.fault;
        }
    }
}

#[test]
fn tokens_of_code_and_of_nested_template_strings() {
    use Kind::*;
    assert_eq!(kinds("a := -.5e1 # c\n`x\ny`"), [Name, Assign, Minus, Dot, Number, Comment, RawString]);
    assert_eq!(
        kinds(r#"$"a {$`b{{1}}`} c\{" d"#),
        [
            TemplateStart,
            TemplateText,
            HoleOpen,
            TemplateStart,
            TemplateText,
            HoleOpen,
            LBrace,
            Number,
            RBrace,
            HoleClose,
            TemplateEnd,
            HoleClose,
            TemplateText,
            TemplateEnd,
            Name
        ]
    );
    assert_eq!(kinds("$\"{1}\""), [TemplateStart, HoleOpen, Number, HoleClose, TemplateEnd]);
}

#[test]
fn faults_are_named_as_opa_names_them() {
    for (text, expected) in [
        ("!x", Fault::Bang),
        ("$a", Fault::Dollar),
        ("1.", Fault::Fraction),
        ("1e", Fault::Exponent),
        ("0x1", Fault::NumberFormat),
        ("1_000", Fault::NumberFormat),
        ("\"\\d\"", Fault::Escape),
        ("\"\\u12\"\n", Fault::Unterminated),
        ("\"\\uzzzz\"", Fault::StringLiteral),
        ("\"abc\nd", Fault::Unterminated),
        ("`abc\nd", Fault::Unterminated),
        ("x \u{a0}", Fault::NoBreakSpace),
        ("x \u{feff}", Fault::ByteOrderMark),
        ("\0", Fault::Null),
        ("é", Fault::Token),
        ("$\"\\q\"", Fault::Escape),
        ("$\"a {b} c\n", Fault::Unterminated),
    ] {
        assert_eq!(fault(text), Some(expected), "{text:?}");
    }
    assert_eq!(fault("\u{feff}package a"), None);
}

#[test]
fn strings_are_decoded() {
    assert_eq!(decode_string(r#""a\n\u00e9\"\/""#), "a\né\"/");
    assert_eq!(decode_string(r#""\ud83d\ude00 \ud83d x""#), "😀 \u{fffd} x");
    assert_eq!(decode_string("`\\n`"), "\\n");
}

/// Paints lines; each token as `text:Kind`.
fn painted(text: &str) -> Vec<Vec<String>> {
    let mut state = LineState::default();
    text.lines()
        .map(|text| {
            let mut tokens = Vec::new();
            state = line(text, state, &mut tokens);
            tokens.iter().map(|t| format!("{}:{:?}", &text[t.range.clone()], t.kind)).collect()
        })
        .collect()
}

#[test]
fn lines_are_painted() {
    insta::assert_snapshot!(
        painted(
            "package a.if\nimport data.lib.f as g\ndefault allow := false\ndeny contains $\"no {c.name}\\n\" if {\n\tnot startswith(input.x, \"é\\t\")\n\tio.jwt.decode(y)[0].not == -1.5\n\tcontains(a, `raw\nstill raw` ) and x\n}\nf(x) := x[\"a\"] | {null}\n\"open"
        )
        .iter()
        .map(|l| l.join(" ") + "\n")
        .collect::<String>()
    );
}

#[test]
fn a_hole_goes_over_lines() {
    let lines = painted("x := $`a {count(\n[1])} b\nc`\ny := 1");
    assert_eq!(lines[2], ["c:String", "`:String"]);
    assert_eq!(lines[3][0], "y:Definition");
}

const PIECES: &[&str] = &[
    "package t\n",
    "a := 1\n",
    "`",
    "\"",
    "$\"",
    "$`",
    "{",
    "}",
    "[",
    "]",
    "\\",
    "\\{",
    "x",
    " ",
    "\n",
    "#",
    "é",
    "1.",
    "if ",
    "not ",
    "deny contains m if {\n",
    "😀",
    "\u{a0}",
    "f(",
    ")",
];

proptest! {
    #[test]
    fn tokens_are_in_order_and_cover_all_but_blanks(parts in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        let text = parts.concat();
        let mut lexer = Lexer::new(&text, 0);
        let mut end = 0;
        loop {
            let token = lexer.next_token();
            if token.kind == Kind::Eof { break; }
            prop_assert!(token.start as usize >= end && token.end >= token.start);
            let blank = text[end..token.start as usize].chars().all(char::is_whitespace);
            prop_assert!(blank);
            end = token.end as usize;
            prop_assert!(text.is_char_boundary(end));
        }
        prop_assert!(text[end..].trim().is_empty());
    }

    #[test]
    fn painted_tokens_are_in_order(parts in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        let text = parts.concat();
        let mut state = LineState::default();
        for part in text.split_inclusive('\n') {
            let mut tokens = Vec::new();
            state = line(part, state, &mut tokens);
            let mut end = 0;
            for token in tokens {
                prop_assert!(token.range.start >= end && token.range.end > token.range.start);
                prop_assert!(part.get(token.range.clone()).is_some());
                prop_assert!(token.kind != TokenKind::Key);
                end = token.range.end;
            }
        }
    }
}
