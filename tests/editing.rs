//! The editor as a person meets it: text with the caret `┃` in it, what is done, the text afterwards. A selection is
//! `‹…›` with the caret at the end that moves: `‹word┃›` or `‹┃word›`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::single_range_in_vec_init)]

use regoscope::core::text::editor::{EditAction, Editor, Outcome};
use regoscope::core::text::encoding::ReadOnly;
use regoscope::core::text::lex::Language::{self, Plain, Rego, Yaml};
use regoscope::core::text::motion::Motion::{self, *};
use regoscope::core::text::search::{Query, Search};
use regoscope::core::text::selection::Selection;
use regoscope::core::text::view::{View, byte_at, cell_of};
use std::time::Duration;

use EditAction::*;

/// An editor from a text with marks.
fn open(language: Language, marked: &str) -> Editor {
    let find = |mark: char| marked.find(mark);
    let before = |at: usize| marked[..at].chars().filter(|c| !"‹›┃".contains(*c)).map(char::len_utf8).sum();
    let head = before(find('┃').expect("a caret"));
    let anchor = match (find('‹'), find('›')) {
        (Some(open), Some(close)) => {
            let (open, close): (usize, usize) = (before(open), before(close));
            if head == open { close } else { open }
        }
        _ => head,
    };
    let text: String = marked.chars().filter(|c| !"‹›┃".contains(*c)).collect();
    let mut editor = Editor::new(&text, language);
    editor.act(SetSelection(Selection::new(anchor, head)), Duration::ZERO);
    assert_eq!(editor.selection(), Selection::new(anchor, head), "marks inside a grapheme: {marked}");
    editor
}

/// The text of an editor with marks.
fn show(editor: &Editor) -> String {
    let text = editor.buffer().to_string();
    let Selection { anchor, head } = editor.selection();
    if anchor == head {
        return format!("{}┃{}", &text[..head], &text[head..]);
    }
    let range = editor.selection().range();
    let (open, close) = if head < anchor { ("‹┃", "›") } else { ("‹", "┃›") };
    format!("{}{open}{}{close}{}", &text[..range.start], &text[range.clone()], &text[range.end..])
}

/// Runs each case: the text before, what is done, the text after.
#[track_caller]
fn cases<const N: usize>(language: Language, cases: [(&str, &[EditAction], &str); N]) {
    for (before, actions, after) in cases {
        let mut editor = open(language, before);
        for action in actions {
            editor.act(action.clone(), Duration::ZERO);
        }
        assert_eq!(show(&editor), after, "\n{before}\n{actions:?}");
    }
}

#[track_caller]
fn motions<const N: usize>(language: Language, all: [(&str, Motion, &str); N]) {
    for (before, motion, after) in all {
        cases(language, [(before, &[Move(motion, false)], after)]);
    }
}

fn paste(text: &str) -> EditAction {
    Paste(text.to_owned())
}

fn second(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn graphemes_are_crossed_whole() {
    motions(
        Plain,
        [
            ("┃ab", Right, "a┃b"),
            ("ab┃", Right, "ab┃"),
            ("┃ab", Left, "┃ab"),
            // か + combining voiced mark
            ("┃か\u{3099}く", Right, "か\u{3099}┃く"),
            ("か\u{3099}┃く", Left, "┃か\u{3099}く"),
            // a family, joined
            ("┃👨‍👩‍👧!", Right, "👨‍👩‍👧┃!"),
            ("a👨‍👩‍👧┃", Left, "a┃👨‍👩‍👧"),
            // two flags next to each other
            ("┃🇯🇵🇫🇷", Right, "🇯🇵┃🇫🇷"),
            ("🇯🇵🇫🇷┃", Left, "🇯🇵┃🇫🇷"),
            // half-width ka with its half-width sound mark
            ("┃ｶﾞｷﾞ", Right, "ｶﾞ┃ｷﾞ"),
            ("ｶﾞ┃ｷﾞ", Left, "┃ｶﾞｷﾞ"),
            ("┃⚠️x", Right, "⚠️┃x"),
            ("⚠️┃x", Left, "┃⚠️x"),
            // e + acute
            ("┃e\u{301}a", Right, "e\u{301}┃a"),
            ("a┃\nb", Right, "a\n┃b"),
            ("a\n┃b", Left, "a┃\nb"),
            ("日┃本\n", Right, "日本┃\n"),
            // a carriage return in a file that mixes its line ends is a character of its own
            ("a┃\r\nb", Right, "a\r┃\nb"),
            ("a\r\n┃b", Left, "a\r┃\nb"),
        ],
    );
}

#[test]
fn words_follow_the_script() {
    motions(
        Plain,
        [
            ("┃hello world", WordRight, "hello┃ world"),
            ("hello┃ world", WordRight, "hello world┃"),
            ("hello world┃", WordLeft, "hello ┃world"),
            ("hello ┃world", WordLeft, "┃hello world"),
            ("┃input.request", WordRight, "input┃.request"),
            ("input┃.request", WordRight, "input.┃request"),
            ("snake_case1 ┃x", WordLeft, "┃snake_case1 x"),
            ("┃日本語の文章", WordRight, "日本語┃の文章"),
            ("日本語┃の文章", WordRight, "日本語の┃文章"),
            ("日本語の文章┃", WordLeft, "日本語の┃文章"),
            ("┃カタカナとひらがな", WordRight, "カタカナ┃とひらがな"),
            ("カタカナ┃とひらがな", WordRight, "カタカナとひらがな┃"),
            ("┃コンテナー名", WordRight, "コンテナー┃名"),
            ("カタカナーひら┃", WordLeft, "カタカナー┃ひら"),
            ("┃らーめん屋", WordRight, "らーめん┃屋"),
            ("らーめん┃屋", WordLeft, "┃らーめん屋"),
            ("┃ｺﾝﾃﾅ名", WordRight, "ｺﾝﾃﾅ┃名"),
            ("┃privileged設定", WordRight, "privileged┃設定"),
            ("┃人々の", WordRight, "人々┃の"),
            ("┃か\u{3099}く語", WordRight, "か\u{3099}く┃語"),
            ("a┃\n  b", WordRight, "a\n┃  b"),
            ("a\n┃  b", WordRight, "a\n  b┃"),
            ("a\n  ┃b", WordLeft, "a\n┃  b"),
            ("a\n┃  b", WordLeft, "a┃\n  b"),
            ("a┃   \nb", WordRight, "a   ┃\nb"),
            ("┃", WordRight, "┃"),
            ("┃", WordLeft, "┃"),
        ],
    );
}

#[test]
fn lines_and_paragraphs() {
    motions(
        Yaml,
        [
            ("  ab┃c", LineStart, "  ┃abc"),
            ("  ┃abc", LineStart, "┃  abc"),
            ("┃  abc", LineStart, "  ┃abc"),
            ("a┃bc\nd", LineEnd, "abc┃\nd"),
            ("ab\ncd┃", DocumentStart, "┃ab\ncd"),
            ("┃ab\ncd\n", DocumentEnd, "ab\ncd\n┃"),
            ("a┃b\ncd", Up, "┃ab\ncd"),
            ("ab\nc┃d", Down, "ab\ncd┃"),
            ("ab\nc┃d", Up, "a┃b\ncd"),
            ("┃a\nb\n\nc\nd", ParagraphDown, "a\nb\n┃\nc\nd"),
            ("a\nb\n┃\nc\nd", ParagraphDown, "a\nb\n\nc\nd┃"),
            ("a\nb\n\nc\n┃d", ParagraphUp, "a\nb\n┃\nc\nd"),
            ("a\nb\n┃\nc\nd", ParagraphUp, "┃a\nb\n\nc\nd"),
            ("1┃\n2\n3\n4\n5", PageDown(3), "1\n2\n3\n4┃\n5"),
            ("1┃\n2\n3", PageDown(9), "1\n2\n3┃"),
            ("1\n2\n3\n4┃", PageUp(2), "1\n2┃\n3\n4"),
            ("┃a\nb\nc", ToLine(2), "a\nb\n┃c"),
            ("┃a\nb\nc", ToLine(99), "a\nb\n┃c"),
            ("┃a\nか\u{3099}", ToByte(5), "a\n┃か\u{3099}"),
        ],
    );
}

#[test]
fn vertical_motion_keeps_the_cell() {
    let (down, up) = (|| Move(Down, false), || Move(Up, false));
    cases(
        Plain,
        [
            // through a short line and back out
            ("abcd┃ef\nx\nabcdef", &[down(), down()], "abcdef\nx\nabcd┃ef"),
            ("abcdef\nx\nabcd┃ef", &[up(), up()], "abcd┃ef\nx\nabcdef"),
            // two cells for a kanji: cell 4 is behind the second one
            ("abcd┃ef\n日本語", &[down()], "abcdef\n日本┃語"),
            // inside of a kanji: before it
            ("abc┃def\n日本語", &[down()], "abcdef\n日┃本語"),
            // a tab reaches to cell 4
            ("abcd┃ef\n\txyz", &[down()], "abcdef\n\t┃xyz"),
            // a half-width sound mark takes a cell
            ("ｶﾞ┃x\nabcd", &[down()], "ｶﾞx\nab┃cd"),
            // any other motion forgets it
            ("abcd┃ef\nx\nabcdef", &[down(), Move(Left, false), down()], "abcdef\nx\n┃abcdef"),
            // to the end of the text and back
            ("ab┃\ncdef", &[down(), down(), up()], "ab┃\ncdef"),
        ],
    );
}

#[test]
fn brackets_match_over_code_only() {
    motions(
        Rego,
        [
            ("f┃(a[1], \"]\")", MatchingBracket, "f(a[1], \"]\"┃)"),
            ("f(a[1], \"]\"┃)", MatchingBracket, "f┃(a[1], \"]\")"),
            ("f(a[1], \"]\")┃", MatchingBracket, "f┃(a[1], \"]\")"),
            ("deny if ┃{\n\tx # }\n\ty == `}`\n}\n", MatchingBracket, "deny if {\n\tx # }\n\ty == `}`\n┃}\n"),
            // from inside: to the end of the pair around
            ("p if { ┃x }", MatchingBracket, "p if { x ┃}"),
            // a raw string over lines
            ("p := [`\n]\n`, ┃1]", MatchingBracket, "p := [`\n]\n`, 1┃]"),
            // what does not match stays
            ("p := ┃[1}", MatchingBracket, "p := ┃[1}"),
            ("no ┃bracket", MatchingBracket, "no ┃bracket"),
        ],
    );
    motions(
        Yaml,
        [
            ("args: ┃[\"a]\", b] # ]", MatchingBracket, "args: [\"a]\", b┃] # ]"),
            ("a: ┃{\n  b: [c],\n}", MatchingBracket, "a: {\n  b: [c],\n┃}"),
            ("a: |\n  {┃\nb: }", MatchingBracket, "a: |\n  {┃\nb: }"),
        ],
    );
    assert_eq!(open(Rego, "x := f┃(1)").bracket_pair(), Some((6..7, 8..9)));
    assert_eq!(open(Rego, "x ┃:= 1").bracket_pair(), None);
}

#[test]
fn selecting() {
    let shift = |motion| Move(motion, true);
    cases(
        Rego,
        [
            ("┃ab", &[shift(Right)], "‹a┃›b"),
            ("a┃b", &[shift(Left)], "‹┃a›b"),
            ("a‹b┃›c", &[Move(Left, false)], "a┃bc"),
            ("a‹b┃›c", &[Move(Right, false)], "ab┃c"),
            ("a‹┃b›c", &[Move(Right, false)], "ab┃c"),
            ("┃a\nb", &[SelectAll], "‹a\nb┃›"),
            ("ab┃\ncd", &[shift(Down)], "ab‹\ncd┃›"),
            ("┃input.review", &[SelectWord(7)], "input.‹review┃›"),
            ("┃input.review", &[SelectWord(5)], "input‹.┃›review"),
            ("┃a 日本語です", &[SelectWord(5)], "a ‹日本語┃›です"),
            ("┃ab\n", &[SelectWord(2)], "‹ab┃›\n"),
            ("┃a\n\nb", &[SelectWord(2)], "a\n┃\nb"),
            ("┃a\nbc\nd", &[SelectLine(3)], "a\n‹bc\n┃›d"),
            ("┃a\nbc", &[SelectLine(3)], "a\n‹bc┃›"),
            // never inside of a grapheme
            ("┃か\u{3099}x", &[SetSelection(Selection::caret(3))], "か\u{3099}┃x"),
            ("┃abc", &[SetSelection(Selection::new(1, 99))], "a‹bc┃›"),
        ],
    );
}

#[test]
fn typing_and_deleting() {
    cases(
        Plain,
        [
            ("a┃c", &[Type('b')], "ab┃c"),
            ("a‹xyz┃›c", &[Type('b')], "ab┃c"),
            ("a‹┃xyz›c", &[Backspace], "a┃c"),
            ("a‹xyz┃›c", &[Delete], "a┃c"),
            ("┃", &[Backspace], "┃"),
            ("┃", &[Delete], "┃"),
            ("a\n┃b", &[Backspace], "a┃b"),
            ("a┃\nb", &[Delete], "a┃b"),
            ("か\u{3099}┃", &[Backspace], "┃"),
            ("┃か\u{3099}く", &[Delete], "┃く"),
            ("x👨‍👩‍👧┃y", &[Backspace], "x┃y"),
            ("🇯🇵🇫🇷┃", &[Backspace], "🇯🇵┃"),
            ("ｶﾞ┃", &[Backspace], "┃"),
            ("⚠️┃", &[Backspace], "┃"),
            // composed while typing
            ("か┃く", &[Type('\u{3099}')], "か\u{3099}┃く"),
            // the letter typed before a stray mark takes it
            ("┃", &[Insert("\u{3099}".into()), Move(Left, false), Type('か')], "か\u{3099}┃"),
            ("foo bar┃", &[DeleteWordLeft], "foo ┃"),
            ("foo bar  ┃", &[DeleteWordLeft], "foo ┃"),
            ("┃foo bar", &[DeleteWordRight], "┃ bar"),
            ("設定ファイル┃", &[DeleteWordLeft], "設定┃"),
            ("a‹b┃›c", &[DeleteWordLeft], "a┃c"),
            ("ab┃cd\nef", &[DeleteToLineEnd], "ab┃\nef"),
            ("ab┃\nef", &[DeleteToLineEnd], "ab┃ef"),
            ("a┃b", &[Insert("x\r\ny\rz".into())], "ax\ny\nz┃b"),
            ("a┃b", &[Replace(0..1, "日本".into())], "日本┃b"),
            // a range that is not on characters, or not in the text, harms nothing
            ("日本┃", &[Replace(1..4, "x".into())], "x┃本"),
            ("a┃", &[Replace(7..9, "x".into())], "ax┃"),
        ],
    );
}

#[test]
fn clipboard() {
    let copied = |text: &str, action: EditAction| {
        let mut editor = open(Plain, text);
        let Outcome { copied, .. } = editor.act(action, Duration::ZERO);
        (copied, show(&editor))
    };
    let some = |text: &str, after: &str| (Some(text.to_owned()), after.to_owned());
    assert_eq!(copied("a‹bc┃›d", Copy), some("bc", "a‹bc┃›d"));
    assert_eq!(copied("a‹bc┃›d", Cut), some("bc", "a┃d"));
    assert_eq!(copied("a\nb┃c\nd", Copy), some("bc\n", "a\nb┃c\nd"));
    assert_eq!(copied("a\nb┃c\nd", Cut), some("bc\n", "a\n┃d"));
    assert_eq!(copied("a\nb┃c", Cut), some("bc\n", "a\n┃"));
    assert_eq!(copied("a\n┃", Cut), (None, "a\n┃".to_owned()));
    cases(
        Yaml,
        [
            ("a┃b", &[paste("x\r\ny\rz")], "ax\ny\nz┃b"),
            // no indentation of its own, no dedent: text is pasted as it is
            ("  ┃", &[paste("a:\n    b: }")], "  a:\n    b: }┃"),
            ("‹all┃›", &[paste("new")], "new┃"),
        ],
    );
}

#[test]
fn a_big_paste_is_one_undo_step() {
    let text = "- name: ｶﾞ 日本語\n".repeat(20_000);
    let mut editor = open(Yaml, "a:\n┃b: 1\n");
    editor.act(paste(&text), Duration::ZERO);
    assert_eq!(editor.buffer().len_bytes(), text.len() + 8);
    editor.act(Undo, Duration::ZERO);
    assert_eq!(show(&editor), "a:\n┃b: 1\n");
}

#[test]
fn rego_indents_itself() {
    cases(
        Rego,
        [
            ("deny contains msg if {┃", &[Newline], "deny contains msg if {\n\t┃"),
            ("deny if {┃}", &[Newline], "deny if {\n\t┃\n}"),
            ("x := f(┃)", &[Newline], "x := f(\n\t┃\n)"),
            ("\tinput.x┃", &[Newline], "\tinput.x\n\t┃"),
            ("\tx := [ # all┃", &[Newline], "\tx := [ # all\n\t\t┃"),
            ("\tx # {┃", &[Newline], "\tx # {\n\t┃"),
            ("\tx := \"{┃\"", &[Newline], "\tx := \"{\n\t┃\""),
            ("    x if {┃", &[Newline], "    x if {\n        ┃"),
            ("\t┃", &[Newline], "\n\t┃"),
            ("\t┃x", &[Newline], "\n\t┃x"),
            ("\tx ┃ y", &[Newline], "\tx\n\t┃y"),
            ("deny if {\n\tx\n\t┃", &[Type('}')], "deny if {\n\tx\n}┃"),
            ("a if {\n\tx := [\n\t\t1,\n\t\t┃", &[Type(']')], "a if {\n\tx := [\n\t\t1,\n\t]┃"),
            // not in a line that has text, not in a raw string, not deeper
            ("\tx := {┃", &[Type('}')], "\tx := {}┃"),
            ("x := {`\n\t┃", &[Type('}')], "x := {`\n\t}┃"),
            ("\tx := {\n┃", &[Type('}')], "\tx := {\n}┃"),
            ("x┃", &[Tab], "x\t┃"),
            ("‹a\nb┃›", &[Tab], "‹\ta\n\tb┃›"),
        ],
    );
}

#[test]
fn yaml_indents_itself() {
    cases(
        Yaml,
        [
            ("spec:┃", &[Newline], "spec:\n  ┃"),
            ("  spec: # pod┃", &[Newline], "  spec: # pod\n    ┃"),
            ("a: 1┃", &[Newline], "a: 1\n┃"),
            ("  a: 1┃", &[Newline], "  a: 1\n  ┃"),
            ("- name: x┃", &[Newline], "- name: x\n  ┃"),
            ("  - name: x┃", &[Newline], "  - name: x\n    ┃"),
            ("- - name: x┃", &[Newline], "- - name: x\n    ┃"),
            ("- securityContext:┃", &[Newline], "- securityContext:\n    ┃"),
            ("  - a┃", &[Newline], "  - a\n  ┃"),
            ("  -┃", &[Newline], "  -\n    ┃"),
            ("script: |┃", &[Newline], "script: |\n  ┃"),
            ("- run: >-┃", &[Newline], "- run: >-\n    ┃"),
            ("- |┃", &[Newline], "- |\n  ┃"),
            ("a: \"b:┃", &[Newline], "a: \"b:\n┃"),
            ("# note:┃", &[Newline], "# note:\n┃"),
            ("s: |\n    if x; then:┃", &[Newline], "s: |\n    if x; then:\n    ┃"),
            ("args: [┃]", &[Newline], "args: [\n  ┃\n]"),
            ("{\n  \"a\": {┃}\n}", &[Newline], "{\n  \"a\": {\n    ┃\n  }\n}"),
            ("{\n  \"a\": {\n    ┃", &[Type('}')], "{\n  \"a\": {\n  }┃"),
            ("日本: ┃", &[Newline], "日本:\n  ┃"),
            ("a: ┃b", &[Newline], "a:\n  ┃b"),
            ("┃", &[Tab], "  ┃"),
            (" ┃", &[Tab], "  ┃"),
            ("abc┃", &[Tab], "abc ┃"),
            ("    ┃", &[Backspace], "  ┃"),
            ("   ┃x", &[Backspace], "  ┃x"),
            (" ┃x", &[Backspace], "┃x"),
            ("a  ┃", &[Backspace], "a ┃"),
        ],
    );
}

#[test]
fn whole_lines() {
    cases(
        Yaml,
        [
            ("a┃\nb", &[Indent], "  a┃\nb"),
            ("‹a\n\nb\n┃›c", &[Indent], "‹  a\n\n  b\n┃›c"),
            ("‹  a\n    b\nc┃›", &[Outdent], "‹a\n  b\nc┃›"),
            (" a┃", &[Outdent], "a┃"),
            ("┃  a", &[Outdent], "┃a"),
            ("a: 1┃", &[ToggleComment], "# a: 1┃"),
            ("# a: 1┃", &[ToggleComment], "a: 1┃"),
            ("#a┃", &[ToggleComment], "a┃"),
            ("‹  a:\n\n    b┃›", &[ToggleComment], "‹  # a:\n\n  #   b┃›"),
            ("‹  # a:\n\n  #   b┃›", &[ToggleComment], "‹  a:\n\n    b┃›"),
            ("‹# a\nb┃›", &[ToggleComment], "‹# # a\n# b┃›"),
            ("┃", &[ToggleComment], "# ┃"),
            ("a┃b\nc", &[DuplicateLine], "ab\na┃b\nc"),
            ("‹a\nb┃›", &[DuplicateLine], "a\nb\n‹a\nb┃›"),
            ("a\nb┃\nc", &[MoveLineUp], "b┃\na\nc"),
            ("a\nb┃", &[MoveLineUp], "b┃\na"),
            ("a┃\nb", &[MoveLineUp], "a┃\nb"),
            ("a┃\nb\nc", &[MoveLineDown], "b\na┃\nc"),
            ("a┃\nb", &[MoveLineDown], "b\na┃"),
            // the nothing behind the last line break is no line to change places with
            ("a\nb┃\n", &[MoveLineDown], "a\nb┃\n"),
            ("a\n┃", &[MoveLineUp], "a\n┃"),
            ("a\n‹b\nc┃›\nd", &[MoveLineDown], "a\nd\n‹b\nc┃›"),
            ("a\n‹b\nc┃›\nd", &[MoveLineUp], "‹b\nc┃›\na\nd"),
            ("a\n‹b\n┃›c", &[MoveLineUp], "‹b┃›\na\nc"),
        ],
    );
    cases(
        Rego,
        [
            ("┃x", &[Indent], "\t┃x"),
            ("\t\tx┃", &[Outdent], "\tx┃"),
            ("    x┃", &[Outdent], "x┃"),
            ("\tx┃", &[ToggleComment], "\t# x┃"),
        ],
    );
}

/// Types a text, a character every tenth of a second from `start` on.
fn type_text(editor: &mut Editor, text: &str, start: Duration) {
    for (at, c) in text.chars().enumerate() {
        editor.act(Type(c), start + Duration::from_millis(100) * u32::try_from(at).unwrap());
    }
}

#[test]
fn undo_takes_back_what_a_person_did() {
    let mut editor = open(Plain, "┃");
    type_text(&mut editor, "hello world", second(0));
    editor.act(Undo, second(9));
    assert_eq!(show(&editor), "┃");
    editor.act(Redo, second(9));
    assert_eq!(show(&editor), "hello world┃");

    // a pause
    type_text(&mut editor, " again", second(20));
    editor.act(Undo, second(30));
    assert_eq!(show(&editor), "hello world┃");
    editor.act(Redo, second(30));

    // a line break and a paste are steps of their own
    editor.act(Newline, second(31));
    type_text(&mut editor, "x", second(31));
    editor.act(paste("PASTE"), second(31));
    type_text(&mut editor, "y", second(31));
    for expected in ["xPASTE┃", "x┃", "┃"] {
        editor.act(Undo, second(40));
        assert_eq!(show(&editor), format!("hello world again\n{expected}"));
    }
    editor.act(Undo, second(40));
    assert_eq!(show(&editor), "hello world again┃");

    // a motion ends the group
    let mut editor = open(Plain, "┃");
    type_text(&mut editor, "ab", second(0));
    editor.act(Move(Left, false), second(0));
    editor.act(Move(Right, false), second(0));
    type_text(&mut editor, "cd", second(0));
    editor.act(Undo, second(0));
    assert_eq!(show(&editor), "ab┃");

    // typing and deleting are two
    let mut editor = open(Plain, "┃");
    type_text(&mut editor, "abc", second(0));
    editor.act(Backspace, second(0));
    editor.act(Backspace, second(0));
    editor.act(Undo, second(0));
    assert_eq!(show(&editor), "abc┃");
    editor.act(Undo, second(0));
    assert_eq!(show(&editor), "┃");

    // what replaced a selection brings the selection back
    let mut editor = open(Plain, "a‹bc┃›d");
    type_text(&mut editor, "xy", second(0));
    assert_eq!(show(&editor), "axy┃d");
    editor.act(Undo, second(0));
    assert_eq!(show(&editor), "a‹bc┃›d");
}

#[test]
fn a_new_edit_ends_redo() {
    let mut editor = open(Plain, "┃");
    editor.act(Type('a'), second(0));
    editor.act(Undo, second(0));
    editor.act(Type('b'), second(0));
    assert!(!editor.can_redo());
    editor.act(Redo, second(0));
    assert_eq!(show(&editor), "b┃");
}

#[test]
fn modified_means_not_as_saved() {
    let mut editor = open(Plain, "┃");
    assert!(!editor.is_modified());
    type_text(&mut editor, "ab", second(0));
    assert_eq!((editor.is_modified(), editor.edits_since_save()), (true, 2));
    editor.mark_saved();
    assert_eq!((editor.is_modified(), editor.edits_since_save()), (false, 0));
    // typing on at once does not join over the saved state
    type_text(&mut editor, "cd", second(0));
    assert!(editor.is_modified());
    editor.act(Undo, second(0));
    assert_eq!((show(&editor).as_str(), editor.is_modified()), ("ab┃", false));
    editor.act(Undo, second(0));
    assert_eq!((show(&editor).as_str(), editor.is_modified()), ("┃", true));
    editor.act(Redo, second(0));
    assert!(!editor.is_modified());
    // the saved state is lost when another way is taken
    editor.act(Undo, second(0));
    type_text(&mut editor, "ab", second(0));
    assert!(editor.is_modified());

    // typed while it was being saved
    let mut editor = open(Plain, "┃");
    editor.act(Type('a'), second(0));
    let point = editor.save_point();
    editor.act(Type('b'), second(0));
    editor.mark_saved_at(point);
    assert_eq!((editor.is_modified(), editor.edits_since_save()), (true, 1));
    editor.act(Undo, second(0));
    assert!(!editor.is_modified());
}

#[test]
fn what_must_not_be_edited_is_not() {
    let mut editor = open(Plain, "a‹b┃›");
    editor.set_read_only(Some(ReadOnly::Utf16));
    for action in [Type('x'), Cut, paste("x"), Undo, Newline, Replace(0..1, String::new())] {
        assert_eq!(editor.act(action, second(0)).refused, Some(ReadOnly::Utf16));
    }
    assert_eq!(editor.act(Copy, second(0)).copied.as_deref(), Some("b"));
    editor.act(Move(Left, false), second(0));
    assert_eq!(show(&editor), "a┃b");
}

#[test]
fn changes_can_be_replayed_one_by_one() {
    let mut editor = open(Yaml, "‹a: 1\nb: 2\nc: 3┃›");
    let mut text = editor.buffer().to_string();
    for action in [ToggleComment, Indent, MoveLineDown, Undo, Undo, Redo, SelectAll, paste("x"), Undo] {
        for change in editor.act(action, second(0)).changes {
            text.replace_range(change.range, &change.new);
        }
        assert_eq!(text, editor.buffer().to_string());
    }
}

#[test]
fn a_reload_keeps_the_caret_on_its_line_and_can_be_undone() {
    let cases = [
        ("a\nb┃b\nc", "new\na\nbb\nc", "new\na\nb┃b\nc"),
        ("a\nb┃b\nc", "bb\nc", "b┃b\nc"),
        ("a\nbb┃b\nc", "a\nchanged\nc", "a\nch┃anged\nc"),
        ("a\nbbb┃\nc", "a\nx\nc", "a\nx┃\nc"),
        ("a\nb\nc┃", "", "┃"),
        ("a\n日┃本\n", "x\na\n日本\n", "x\na\n日┃本\n"),
        ("same┃", "same", "same┃"),
    ];
    for (before, new, after) in cases {
        let mut editor = open(Yaml, before);
        editor.replace_text(new, second(0));
        assert_eq!(show(&editor), after);
        assert_eq!(editor.is_modified(), before.replace('┃', "") != new);
        editor.act(Undo, second(0));
        assert_eq!(show(&editor), before);
    }
    // two far places: two small changes
    let mut editor = open(Yaml, "┃a\nb\nc\nd\ne\n");
    let changes = editor.replace_text("A\nb\nc\nd\nE\n", second(0)).changes;
    assert_eq!(changes.len(), 2);
    assert!(changes.iter().all(|change| change.range.len() == 1), "what lines have in common stays");
}

fn query(pattern: &str, regex: bool, case_sensitive: bool) -> Query {
    Query { pattern: pattern.into(), regex, case_sensitive }
}

#[test]
fn finding() {
    let found = |text: &str, query: &Query| {
        let editor = Editor::new(text, Plain);
        Search::new(query).unwrap().matches(editor.buffer()).ranges
    };
    assert_eq!(found("aXa.x", &query("x", false, false)), [1..2, 4..5]);
    assert_eq!(found("aXa.x", &query("x", false, true)), [4..5]);
    assert_eq!(found("aXa.x", &query("a.", false, true)), [2..4]);
    assert_eq!(found("aXa.x", &query("a.", true, true)), [0..2, 2..4]);
    assert_eq!(found("ab\nab", &query("^a", true, true)), [0..1, 3..4]);
    assert!(found("abc", &query("x*", true, true)).is_empty());
    assert!(found("abc", &query("", false, true)).is_empty());
    assert_eq!(found("設定と設定", &query("設定", false, false)), [0..6, 9..15]);
    // か is not in a decomposed が
    assert_eq!(found("か\u{3099}か", &query("か", false, false)), [6..9]);

    let error = Search::new(&query("(a", true, true)).unwrap_err();
    assert_eq!(error.to_string(), "unclosed group");

    let search = Search::new(&query("a", false, true)).unwrap();
    let matches = search.matches(Editor::new("a b a b a", Plain).buffer());
    assert_eq!(matches.next(1), Some((1, 4..5)));
    assert_eq!(matches.next(9), Some((0, 0..1)));
    assert_eq!(matches.previous(4), Some((0, 0..1)));
    assert_eq!(matches.previous(0), Some((2, 8..9)));
    assert_eq!((matches.number(&(4..5)), matches.number(&(4..6)), matches.capped), (Some(1), None, false));

    let capped = search.matches(Editor::new(&"a".repeat(10_001), Plain).buffer());
    assert_eq!((capped.ranges.len(), capped.capped), (10_000, true));
}

#[test]
fn replacing() {
    let replaced = |text: &str, query: &Query, with: &str| {
        let mut editor = open(Plain, text);
        let changes = Search::new(query).unwrap().replace_all(editor.buffer(), with);
        editor.act(ReplaceAll(changes), second(0));
        let after = show(&editor);
        editor.act(Undo, second(0));
        assert_eq!(show(&editor), text, "one undo step");
        after
    };
    assert_eq!(replaced("a=1 b=2┃", &query(r"(\w)=(\d)", true, true), "$2=$1"), "1=a 2=b┃");
    assert_eq!(replaced("a1┃", &query(r"(\w)(\d)", true, true), "$1st $$1 ${2}"), "ast $1 1┃");
    assert_eq!(replaced("a.a┃", &query(".", false, true), "$1"), "a$1a┃");
    assert_eq!(replaced("x x┃ x", &query("x", false, true), "long"), "long long┃ long");

    let editor = Editor::new("port: 80", Plain);
    let search = Search::new(&query(r"(\d+)", true, true)).unwrap();
    assert_eq!(search.replacement(editor.buffer(), 6..8, "${1}80").as_deref(), Some("8080"));
    assert_eq!(search.replacement(editor.buffer(), 0..2, "x"), None);
}

#[test]
fn cells_and_bytes_for_the_mouse() {
    let editor = Editor::new("a日b\n\tx\nか\u{3099}ｶﾞ!\nz\u{202e}z", Yaml);
    let buffer = editor.buffer();
    assert_eq!(cell_of(buffer, 4), (0, 3));
    assert_eq!(cell_of(buffer, 7), (1, 4));
    assert_eq!(cell_of(buffer, buffer.line_end(2)), (2, 5));
    // the marker <U+202E> takes eight cells
    assert_eq!(cell_of(buffer, buffer.line_end(3)), (3, 10));
    let at = |line, cell| byte_at(buffer, line, cell) - buffer.line_start(line);
    assert_eq!([at(0, 0), at(0, 1), at(0, 2), at(0, 3), at(0, 4), at(0, 99)], [0, 1, 1, 4, 5, 5]);
    assert_eq!([at(1, 0), at(1, 2), at(1, 3), at(1, 4)], [0, 0, 1, 1]);
    assert_eq!([at(2, 2), at(2, 3), at(2, 4)], [6, 6, 12]);
    assert_eq!(byte_at(buffer, 99, 0), buffer.line_start(3));
}

#[test]
fn the_view_follows_the_caret() {
    let text: String = (0..100).map(|line| format!("{line} {}\n", "日本".repeat(40))).collect();
    let mut editor = Editor::new(&text, Plain);
    let mut view = View::default();
    let visible = |view: &View, editor: &Editor| {
        let (line, cell) = cell_of(editor.buffer(), editor.selection().head);
        (view.top..view.top + 10).contains(&line) && (view.left..view.left + 20).contains(&cell)
    };
    let moves =
        [DocumentEnd, Up, LineEnd, PageUp(50), LineStart, LineStart, PageDown(3), LineEnd, DocumentStart];
    for motion in moves {
        editor.act(Move(motion, false), second(0));
        view.scroll_to(&editor, 10, 20);
        assert!(visible(&view, &editor), "{motion:?} {view:?}");
    }
    assert_eq!(view, View::default());
    // as little as possible: the caret two lines above the lower edge, then nothing moves
    editor.act(Move(ToLine(9), false), second(0));
    view.scroll_to(&editor, 10, 20);
    assert_eq!(view.top, 2);
    editor.act(Move(Up, false), second(0));
    view.scroll_to(&editor, 10, 20);
    assert_eq!(view.top, 2);
    // no rows behind the last line
    editor.act(Move(DocumentEnd, false), second(0));
    view.scroll_to(&editor, 10, 20);
    assert_eq!(view.top, 91);
    // a pane of nothing
    view.scroll_to(&editor, 0, 0);
    view.scroll_to(&editor, 1, 1);
    assert_eq!(view.top, 100);
    view.scroll_by(&editor, -99);
    assert_eq!(view.top, 1);
    view.scroll_by(&editor, 999);
    assert_eq!(view.top, 100);
}
