//! What holds for every text and every list of edits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use ratatui::buffer::CellWidth;
use regoscope::core::text::Snapshot;
use regoscope::core::text::editor::{EditAction, Editor};
use regoscope::core::text::encoding::{decode, encode};
use regoscope::core::text::lex::{self, Language, LineState, Token};
use regoscope::core::text::motion::Motion;
use regoscope::core::text::selection::Selection;
use regoscope::core::text::view::{View, byte_at, cell_of};
use regoscope::core::text::width::{TAB, cells, width};
use regoscope::core::text::{buffer::TextBuffer, grapheme};
use std::time::Duration;
use unicode_segmentation::UnicodeSegmentation;

/// Pieces that texts are made of: what is hard for graphemes, cells, lexers and line ends.
const PIECES: &[&str] = &[
    "a",
    "word",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    "\r",
    "か",
    "\u{3099}",
    "漢字",
    "ひら",
    "カナ",
    "ｶﾞ",
    "ﾞ",
    "👨‍👩‍👧",
    "🇯🇵",
    "🇫",
    "⚠️",
    "\u{200d}",
    "\u{202e}",
    "\u{301}",
    "\u{0600}",
    "é",
    "\u{85}",
    "\u{2028}",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "'",
    "`",
    "\\",
    "# c",
    "#",
    ":",
    ": ",
    "- ",
    "key: ",
    "|",
    "|2-",
    "> ",
    "|\n",
    "---\n",
    "%",
    "@",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "$\"{",
    "$`",
    "0x1f",
    "1.5e3",
    "true",
    "if ",
    "contains ",
    "package p\n",
    ":= ",
    "\u{feff}",
    "\0",
];

fn text() -> impl Strategy<Value = String> {
    vec(select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

fn language() -> impl Strategy<Value = Language> {
    select(&[Language::Rego, Language::Yaml, Language::Plain][..])
}

fn motion() -> impl Strategy<Value = Motion> {
    use Motion::*;
    prop_oneof![
        select(
            &[
                Left,
                Right,
                WordLeft,
                WordRight,
                LineStart,
                LineEnd,
                Up,
                Down,
                ParagraphUp,
                ParagraphDown,
                DocumentStart,
                DocumentEnd,
                MatchingBracket,
            ][..]
        ),
        (0usize..9).prop_map(PageUp),
        (0usize..9).prop_map(PageDown),
        (0usize..20).prop_map(ToLine),
        (0usize..300).prop_map(ToByte),
    ]
}

fn action() -> impl Strategy<Value = EditAction> {
    use EditAction::*;
    let place = 0usize..300;
    prop_oneof![
        4 => (motion(), any::<bool>()).prop_map(|(motion, extend)| Move(motion, extend)),
        4 => select(PIECES).prop_map(|piece| Type(piece.chars().next().unwrap())),
        2 => text().prop_map(Paste),
        2 => text().prop_map(Insert),
        6 => select(vec![
            Newline, Tab, Backspace, Delete, DeleteWordLeft, DeleteWordRight, DeleteToLineEnd, Cut, Indent, Outdent,
            ToggleComment, DuplicateLine, MoveLineUp, MoveLineDown, SelectAll,
        ]),
        2 => select(vec![Undo, Redo]),
        1 => place.clone().prop_map(SelectWord),
        1 => place.clone().prop_map(SelectLine),
        2 => (place.clone(), place.clone()).prop_map(|(anchor, head)| SetSelection(Selection::new(anchor, head))),
        1 => (place.clone(), place, text()).prop_map(|(from, to, text)| Replace(from.min(to)..from.max(to), text)),
    ]
}

/// Where graphemes begin, found by the crate over each line; a `\n` is one.
fn boundaries(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.strip_suffix('\n').unwrap_or(line);
        starts.extend(content.grapheme_indices(true).map(|(start, _)| at + start));
        if content.len() < line.len() {
            starts.push(at + content.len());
        }
        at += line.len();
    }
    starts.push(text.len());
    starts
}

/// The whole text read from the start.
fn lexed(language: Language, text: &str) -> (Vec<LineState>, Vec<Vec<Token>>) {
    let mut states = vec![LineState::default()];
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut tokens = Vec::new();
        states.push(lex::line(language, line, *states.last().unwrap(), &mut tokens));
        lines.push(tokens);
    }
    (states, lines)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_file_that_can_be_edited_is_written_back_as_it_was(bytes in any::<Vec<u8>>()) {
        let decoded = decode(&bytes);
        prop_assert!(decoded.read_only.is_some() || encode(&Snapshot::from(&*decoded.text), decoded.format) == bytes);
    }

    #[test]
    fn every_text_is_written_back_as_it_was(bom: bool, text in text(), crlf: bool) {
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let bytes = if bom { format!("\u{feff}{text}").into_bytes() } else { text.clone().into_bytes() };
        let decoded = decode(&bytes);
        prop_assert_eq!(decoded.read_only.is_some(), text.contains('\0'));
        prop_assert_eq!(encode(&Snapshot::from(&*decoded.text), decoded.format), bytes);
        prop_assert!(decoded.mixed_line_ends || !decoded.text.contains('\r'));
    }

    #[test]
    fn undo_leads_to_the_start_and_redo_to_the_end(
        start in text(), language in language(), actions in vec(action(), 0..30), pauses in vec(0u64..2_000, 30)
    ) {
        let mut editor = Editor::new(&start, language);
        let mut mirror = start.clone();
        let mut now = Duration::ZERO;
        for (action, pause) in actions.into_iter().zip(pauses) {
            now += Duration::from_millis(pause);
            let before = editor.buffer().revision();
            let outcome = editor.act(action, now);
            for change in &outcome.changes {
                mirror.replace_range(change.range.clone(), &change.new);
            }
            prop_assert_eq!(&mirror, &editor.buffer().to_string(), "changes can be replayed");
            prop_assert_eq!(before == editor.buffer().revision(), outcome.changes.is_empty());
            let starts = boundaries(&mirror);
            let Selection { anchor, head } = editor.selection();
            prop_assert!(starts.contains(&anchor) && starts.contains(&head), "{:?} cuts a grapheme", editor.selection());
        }
        while editor.can_redo() {
            editor.act(EditAction::Redo, now);
        }
        let end = editor.buffer().to_string();
        while editor.can_undo() {
            editor.act(EditAction::Undo, now);
        }
        prop_assert_eq!(editor.buffer().to_string(), start);
        prop_assert!(!editor.is_modified());
        while editor.can_redo() {
            editor.act(EditAction::Redo, now);
        }
        prop_assert_eq!(editor.buffer().to_string(), end);
    }

    #[test]
    fn colours_after_edits_are_those_of_the_whole_text_read_anew(
        start in text(), language in language(), actions in vec((action(), any::<bool>(), 0usize..30), 1..20)
    ) {
        let mut editor = Editor::new(&start, language);
        for (action, looks, line) in actions {
            editor.act(action, Duration::ZERO);
            if looks {
                // Someone draws a part of it in between.
                let _ = editor.tokens(line);
            }
        }
        let (states, lines) = lexed(language, &editor.buffer().to_string());
        for line in (0..lines.len()).rev() {
            prop_assert_eq!(editor.line_state(line), states[line], "line {}", line);
            prop_assert_eq!(&editor.tokens(line), &lines[line]);
        }
    }

    #[test]
    fn tokens_are_in_order_and_on_characters(text in text(), language in language()) {
        let (_, lines) = lexed(language, &text);
        for (line, tokens) in text.split('\n').zip(lines) {
            let mut end = 0;
            for token in tokens {
                prop_assert!(token.range.start >= end && token.range.start < token.range.end, "{:?} in {:?}", token, line);
                prop_assert!(line.get(token.range.clone()).is_some(), "{:?} in {:?}", token, line);
                end = token.range.end;
            }
        }
    }

    #[test]
    fn graphemes_of_the_rope_are_those_of_the_lines(pieces in vec(select(PIECES), 0..40), times in 1usize..12) {
        // Long enough to lie in several pieces of the rope.
        let text = pieces.concat().repeat(times);
        let buffer = TextBuffer::new(&text);
        let starts = boundaries(&text);
        for pair in starts.windows(2) {
            prop_assert_eq!(grapheme::next(&buffer, pair[0]), pair[1]);
            prop_assert_eq!(grapheme::previous(&buffer, pair[1]), pair[0]);
        }
        for at in (0..=text.len()).step_by(3) {
            prop_assert_eq!(grapheme::is_boundary(&buffer, at), starts.binary_search(&at).is_ok());
            let floor = starts[starts.partition_point(|start| *start <= at) - 1];
            prop_assert_eq!(grapheme::floor(&buffer, at), floor);
        }
    }

    #[test]
    fn cells_are_counted_as_the_screen_does(line in text()) {
        let line = line.replace('\n', "");
        let mut at = (0, 0);
        for cell in cells(&line, TAB) {
            prop_assert_eq!((cell.range.start, cell.start), at, "no gaps");
            at = (cell.range.end, cell.start + cell.width);
            prop_assert!(cell.width > 0);
            if cell.text != "\t" {
                prop_assert_eq!(cell.width, usize::from((*cell.text).cell_width()), "{:?}", cell);
            }
            prop_assert_eq!(cell.marker, *cell.text != line[cell.range.clone()]);
        }
        prop_assert_eq!(at.0, line.len());
    }

    #[test]
    fn a_byte_and_its_cell_belong_together(text in text(), byte in 0usize..300) {
        let buffer = TextBuffer::new(&text);
        let byte = grapheme::floor(&buffer, byte);
        let (line, cell) = cell_of(&buffer, byte);
        prop_assert_eq!(byte_at(&buffer, line, cell), byte);
        let position = buffer.position(byte);
        prop_assert_eq!(buffer.byte_at_position(position.line, position.column), byte);
    }

    #[test]
    fn the_caret_is_in_the_view(
        text in text(), motions in vec(motion(), 1..20), height in 1usize..8, columns in 1usize..20
    ) {
        let mut editor = Editor::new(&text, Language::Yaml);
        let mut view = View::default();
        for motion in motions {
            editor.act(EditAction::Move(motion, false), Duration::ZERO);
            view.scroll_to(&editor, height, columns);
            let (line, cell) = cell_of(editor.buffer(), editor.selection().head);
            prop_assert!((view.top..view.top + height).contains(&line));
            prop_assert!((view.left..view.left + columns).contains(&cell));
        }
    }

    #[test]
    fn a_reload_gives_the_new_text(old in text(), new in text(), caret in 0usize..300) {
        let mut editor = Editor::new(&old, Language::Yaml);
        editor.act(EditAction::Move(Motion::ToByte(caret), false), Duration::ZERO);
        editor.replace_text(&new, Duration::ZERO);
        prop_assert_eq!(editor.buffer().to_string(), new);
        prop_assert!(grapheme::is_boundary(editor.buffer(), editor.selection().head));
        editor.act(EditAction::Undo, Duration::ZERO);
        prop_assert_eq!(editor.buffer().to_string(), old);
    }

    #[test]
    fn lines_are_those_between_line_feeds(text in text()) {
        let buffer = TextBuffer::new(&text);
        let lines: Vec<&str> = text.split('\n').collect();
        prop_assert_eq!(buffer.line_count(), lines.len());
        for (at, line) in lines.iter().enumerate() {
            prop_assert_eq!(&*buffer.line(at), *line);
            prop_assert_eq!(buffer.line_of(buffer.line_start(at)), at);
            prop_assert_eq!(buffer.line_of(buffer.line_end(at)), at);
        }
    }
}

#[test]
fn a_cell_is_what_ratatui_takes_for_one() {
    for text in ["a", "漢", "ｶﾞ", "ﾞ", "ﾟ", "か\u{3099}", "👨‍👩‍👧", "🇯🇵", "⚠️", "①", "…", "─", "é", "ハﾟ"]
    {
        assert_eq!(width(text), usize::from(text.cell_width()), "{text}");
    }
    for c in (' '..='\u{ffff}').filter(|c| !c.is_control()) {
        let text = c.to_string();
        assert_eq!(width(&text), usize::from(text.cell_width()), "U+{:04X}", c as u32);
    }
}
