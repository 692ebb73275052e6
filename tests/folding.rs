//! Folding: what can be folded, what folded parts do to the caret, edits, jumps and the mouse. In texts of a file `>`
//! marks the head of a fold and `|` a line that is hidden.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test that cannot set up has failed.

mod session;

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use regoscope::app::input::{Mouse, MouseKind};
use regoscope::app::msg::Msg;
use regoscope::app::panes::PaneId;
use regoscope::app::settings::Settings;
use regoscope::core::file::Role;
use regoscope::core::text::editor::EditAction::{self, *};
use regoscope::core::text::editor::Editor;
use regoscope::core::text::folds::Fold;
use regoscope::core::text::lex::Language::{self, Rego, Yaml};
use regoscope::core::text::motion::Motion::{self, *};
use regoscope::core::text::regions::{opens, outermost, regions};
use regoscope::core::text::selection::Selection;
use regoscope::core::text::view::View;
use session::Session;

/// The parts of a text that can be folded, written with the first and the last line counted from 1.
fn parts(language: Language, text: &str) -> Vec<String> {
    let editor = Editor::new(text, language);
    let all = regions(&editor);
    let heads: Vec<usize> = (0..editor.buffer().line_count()).filter(|line| opens(&editor, *line)).collect();
    assert_eq!(heads, all.iter().map(|fold| fold.head).collect::<Vec<_>>(), "signs in the gutter of {text}");
    all.iter().map(|fold| format!("{}-{}", fold.head + 1, fold.last + 1)).collect()
}

#[test]
fn rules_blocks_and_comments_of_rego() {
    let text = "# METADATA\n# title: x\npackage a\n\nimport rego.v1\n\ndeny contains msg if {\n\tsome c in [\n\t\t1,\n\t]\n\n\tc > 1\n}\n";
    assert_eq!(parts(Rego, text), ["1-2", "7-13", "8-10"]);
    // What goes on behind the bracket has its own fold.
    assert_eq!(parts(Rego, "a := 1 if {\n\tx\n} else := 2 if {\n\ty\n}\n"), ["1-2", "3-5"]);
    // A body without brackets; half typed.
    assert_eq!(parts(Rego, "a if\n\tx\n\ny if {\n\tz\n"), ["1-2", "4-5"]);
    // The lines of a raw string belong to the rule, wherever they stand.
    assert_eq!(parts(Rego, "a := `\nb {\n  c\n# d\n# e\n`\nz := 1\n"), ["1-6"]);
    assert_eq!(parts(Rego, "a\n# one\nb\n\nc\n"), [""; 0]);
    assert_eq!(parts(Rego, ""), [""; 0]);
}

#[test]
fn mappings_sequences_and_blocks_of_yaml() {
    let pod = "kind: Pod\nspec:\n  # one\n  containers:\n  - name: a\n    ports:\n    - 1\n\n  - name: b\n  hostPID: true\n";
    assert_eq!(parts(Yaml, pod), ["2-10", "4-9", "5-7", "6-7"]);
    // Documents end what is open.
    assert_eq!(parts(Yaml, "a:\n  b: 1\n---\n- c\n- d:\n  - e\n"), ["1-2", "5-6"]);
    // The rules of a template.
    let template = "rego: |\n  package a\n  deny if {\n    x\n  }\nnext: 1\n";
    assert_eq!(parts(Yaml, template), ["1-5", "3-5"]);
    assert_eq!(parts(Yaml, "{\n  \"a\": [\n    1\n  ],\n  \"b\": 2\n}\n"), ["1-6", "2-4"]);
}

/// An editor whose outermost parts are folded, the caret at `┃`.
fn folded(language: Language, marked: &str) -> Editor {
    let caret = marked.find('┃').expect("a caret");
    let mut editor = Editor::new(&marked.replace('┃', ""), language);
    editor.act(SetSelection(Selection::caret(caret)), Duration::ZERO);
    let all = outermost(&editor);
    editor.fold(&all);
    editor
}

/// The text with folds and caret.
fn show(editor: &Editor) -> String {
    let mut text = editor.buffer().to_string();
    text.insert(editor.selection().head, '┃');
    let folds = editor.folds();
    let line = |(at, line): (usize, &str)| {
        let mark = if folds.is_hidden(at) { "|" } else { "" };
        let head = if folds.at(at).is_some() { ">" } else { "" };
        format!("{mark}{head}{line}")
    };
    text.split('\n').enumerate().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_caret_passes_over_what_is_folded() {
    let case = |before: &str, motion: Motion, after: &str| {
        let mut editor = folded(Yaml, before);
        editor.act(Move(motion, false), Duration::ZERO);
        assert_eq!(show(&editor), after, "{before:?} {motion:?}");
    };
    case("a┃:\n  b\n  c\nd\ne:\n  f", Down, ">a:\n|  b\n|  c\nd┃\n>e:\n|  f");
    case("a:\n  b\n  c\nd┃\ne:\n  f", Up, ">a┃:\n|  b\n|  c\nd\n>e:\n|  f");
    case("┃a:\n  b\n  c\nd\ne:\n  f", PageDown(2), ">a:\n|  b\n|  c\nd\n>┃e:\n|  f");
    case("a:\n  b\n  c\nd\ne┃:\n  f", PageUp(1), ">a:\n|  b\n|  c\nd┃\n>e:\n|  f");
    case("a:┃\n  b\n  c\nd\ne:\n  f", Right, ">a:\n|  b\n|  c\n┃d\n>e:\n|  f");
    case("a:\n  b\n  c\n┃d\ne:\n  f", Left, ">a:┃\n|  b\n|  c\nd\n>e:\n|  f");
    case("a:┃\n  b\n  c\nd\ne:\n  f", WordRight, ">a:\n|  b\n|  c\n┃d\n>e:\n|  f");
    case("a:\n  b\n  c\n┃d\ne:\n  f", WordLeft, ">a:┃\n|  b\n|  c\nd\n>e:\n|  f");
    case("┃a:\n  b\n  c\nd\ne:\n  f", DocumentEnd, ">a:\n|  b\n|  c\nd\n>e:┃\n|  f");
    case("a:\n  b\n  c\nd\ne:┃\n  f", Right, ">a:\n|  b\n|  c\nd\n>e:┃\n|  f");
    case("a:\n  b\n  c\nd\n┃e:\n  f", Down, ">a:\n|  b\n|  c\nd\n>e:┃\n|  f");
    // A jump opens what it leads into, and nothing else.
    case("a:\n  b\n  c\nd┃\ne:\n  f", ToLine(1), "a:\n┃  b\n  c\nd\n>e:\n|  f");
    case("a:\n  b\n  c\nd┃\ne:\n  f", ToByte(5), "a:\n  ┃b\n  c\nd\n>e:\n|  f");
}

#[test]
fn edits_inside_open_the_fold_and_others_leave_it() {
    let case = |before: &str, actions: &[EditAction], after: &str| {
        let mut editor = folded(Yaml, before);
        for action in actions {
            editor.act(action.clone(), Duration::ZERO);
        }
        assert_eq!(show(&editor), after, "{before:?} {actions:?}");
    };
    case("┃a:\n  b\nd", &[Type('x')], ">x┃a:\n|  b\nd");
    case("┃a:\n  b\nd", &[Newline], "\n>┃a:\n|  b\nd");
    case("a:\n  b\nd┃", &[Newline, Type('x')], ">a:\n|  b\nd\nx┃");
    case("a:┃\n  b\nd", &[Newline], "a:\n  ┃\n  b\nd");
    case("a:┃\n  b\nd", &[Delete], "a:┃  b\nd");
    case("a:\n  b\n┃d", &[Backspace], "a:\n  b┃d");
    case("a:\n  b\n┃d", &[Replace(5..6, "B".into())], "a:\n  B┃\nd");
    // Undo moves folds as the edit did.
    case("┃0\na:\n  b\nd", &[Newline, Undo], "┃0\n>a:\n|  b\nd");
    case("0┃\na:\n  b\nd", &[Newline, Type('x'), Undo, Redo], "0\nx┃\n>a:\n|  b\nd");
    // The head stands for all that is folded.
    case("a┃:\n  b\nd", &[Cut], "┃d");
    case("a┃:\n  b\nd", &[Cut, Move(DocumentEnd, false), Newline, Paste("z".into())], "d\nz┃");
    let mut editor = folded(Yaml, "a┃:\n  b\nd");
    assert_eq!(editor.act(Copy, Duration::ZERO).copied.as_deref(), Some("a:\n  b\n"));
    editor.act(SelectLine(0), Duration::ZERO);
    assert_eq!(editor.selected_text(), "a:\n  b\n");
}

#[test]
fn folding_around_the_caret_puts_it_on_the_head() {
    let mut editor = folded(Yaml, "a:\n  b┃\nd");
    assert_eq!(show(&editor), ">a:┃\n|  b\nd");
    editor.unfold(0);
    assert_eq!(show(&editor), "a:┃\n  b\nd");
}

/// Lines that make parts of every kind, and what may be done to them.
const LINES: [&str; 9] = ["a:", "  b:", "    c", "- d", "  - e", "", "# f", "# g", "}"];

fn actions() -> impl Strategy<Value = EditAction> {
    let motions =
        [Up, Down, Left, Right, WordLeft, WordRight, PageUp(3), PageDown(3), DocumentEnd, ParagraphDown];
    let edits = [
        Newline,
        Backspace,
        Delete,
        Cut,
        Undo,
        Redo,
        DuplicateLine,
        MoveLineUp,
        MoveLineDown,
        Indent,
        SelectAll,
    ];
    prop_oneof![
        (select(motions.to_vec()), any::<bool>()).prop_map(|(motion, extend)| Move(motion, extend)).boxed(),
        select(edits.to_vec()),
        (0..60_usize).prop_map(|byte| Move(ToByte(byte), false)),
        (0..60_usize, 0..9_usize).prop_map(|(at, len)| Replace(at..at + len, "x:\n  y\n".to_owned())),
        Just(Paste("p:\n  q".to_owned())),
    ]
}

proptest! {
    #[test]
    fn rows_and_lines_in_sight_are_one_to_one(
        lines in vec(select(&LINES[..]), 1..24),
        steps in vec((actions(), any::<u8>()), 0..24),
        language in select(vec![Yaml, Rego]),
    ) {
        let mut editor = Editor::new(&lines.join("\n"), language);
        for (action, fold) in steps {
            let all = regions(&editor);
            if let Some(part) = all.get(usize::from(fold)) {
                editor.fold(&[*part]);
            } else if fold > 200 {
                editor.fold(&outermost(&editor));
            } else if fold > 190 {
                editor.unfold(usize::from(fold - 190));
            }
            let before = editor.folds().clone();
            let outcome = editor.act(action, Duration::ZERO);
            let folds = editor.folds();
            let count = editor.buffer().line_count();
            // Every fold is one that can be, and they lie in each other or apart.
            for (at, fold) in folds.all().iter().enumerate() {
                prop_assert!(fold.head < fold.last && fold.last < count, "{fold:?} of {count}");
                for next in &folds.all()[at + 1..] {
                    prop_assert!(fold.head < next.head && (next.head > fold.last || next.last <= fold.last));
                }
            }
            if outcome.changes.is_empty() {
                prop_assert!(folds.all().iter().all(|fold| before.all().contains(fold)));
            }
            let hidden = |line: usize| folds.all().iter().any(|fold: &Fold| fold.head < line && line <= fold.last);
            let shown: Vec<usize> = (0..count).filter(|line| !hidden(*line)).collect();
            for (row, line) in shown.iter().enumerate() {
                prop_assert_eq!((folds.row_of(*line), folds.line_at(row)), (row, *line));
            }
            prop_assert!(folds.line_at(shown.len()) >= count);
            for line in 0..count {
                prop_assert_eq!(folds.is_hidden(line), hidden(line));
                prop_assert!(shown.contains(&folds.shown(line)));
            }
            prop_assert!(!hidden(editor.buffer().line_of(editor.selection().head)), "the caret is in sight");
            // A pane that follows the caret has it in sight.
            let mut view = View { top: count / 2, left: 0 };
            view.scroll_to(&editor, 5, 20);
            let row = view.row_of(&editor, editor.buffer().line_of(editor.selection().head));
            prop_assert!(row.is_some_and(|row| row < 5));
        }
    }
}

const POLICY: &str = "package a\n\n# one\n# two\ndeny contains msg if {\n\tinput.spec.hostPID\n\tmsg := \"found\"\n}\n\nallow if {\n\tlimit > 1\n}\n\nlimit := count([\n\t1,\n\t2,\n])\n";
const POD: &str = "kind: Pod\napiVersion: v1\nmetadata:\n  name: a\nspec:\n  hostPID: true\n";

fn start() -> Session {
    let files = [("a.rego", Role::Policy, POLICY), ("a.yaml", Role::Manifest, POD)];
    let mut session = Session::files(140, 40, Settings::default(), &files);
    session.keys("alt-1 esc");
    session
}

/// The folds of the focused text, first and last line counted from 1.
fn folds(session: &Session) -> Vec<(usize, usize)> {
    let folds = session.app.focused_file().unwrap().editor.folds();
    folds.all().iter().map(|fold| (fold.head + 1, fold.last + 1)).collect()
}

fn caret_line(session: &Session) -> usize {
    let editor = &session.app.focused_file().unwrap().editor;
    editor.buffer().line_of(editor.selection().head) + 1
}

#[test]
fn keys_fold_what_is_at_the_caret_and_everything() {
    let mut session = start();
    session.keys("z M");
    assert_eq!(folds(&session), [(3, 4), (5, 8), (10, 12), (14, 17)]);
    session.keys("g g j j j");
    assert_eq!(caret_line(&session), 5, "down passes over the comments");
    session.keys("z a");
    assert_eq!(folds(&session), [(3, 4), (10, 12), (14, 17)]);
    session.keys("j j z a");
    assert_eq!((folds(&session)[1], caret_line(&session)), ((5, 8), 5), "from inside, the rule");
    session.keys("z R");
    assert_eq!(folds(&session), []);
    session.keys("g g alt-z");
    assert!(session.app.messages.current().is_some_and(|message| message.text == "nothing to fold here"));
    session.keys("2 z M");
    assert_eq!(folds(&session), [(3, 4), (5, 6)]);
}

#[test]
fn finding_and_jumping_open_what_hides_the_place() {
    let mut session = start();
    session.keys("z M /").types("found\n").keys("esc");
    assert_eq!(folds(&session), [(3, 4), (10, 12), (14, 17)], "search");
    // From a use to the definition, and to the place of the finding in the manifest.
    session.keys("2 z M 3 j m");
    assert_eq!((session.app.focus, caret_line(&session)), (PaneId::Manifest, 6));
    assert_eq!(folds(&session), [(3, 4)], "the finding's place");
    session.keys("1 z M ctrl-g").types("11\n");
    assert_eq!((caret_line(&session), folds(&session)), (11, vec![(3, 4), (5, 8), (14, 17)]), "a line");
    session.keys("2 z M f8");
    assert!(!session.app.focused_file().unwrap().editor.folds().is_hidden(caret_line(&session) - 1));
}

/// Presses the mouse on a row of the policy, `right` cells from where signs of folds stand.
fn click(session: &mut Session, row: u16, right: u16) {
    let areas = session.app.editor_areas(PaneId::Policy).unwrap();
    let column = regoscope::app::layout::fold_column(areas.gutter, 20) + right;
    let kind = MouseKind::Press { clicks: 1 };
    session.send(Msg::Mouse(Mouse { kind, column, row: areas.text.y + row, shift: false }));
    session.send(Msg::Mouse(Mouse {
        kind: MouseKind::Release,
        column,
        row: areas.text.y + row,
        shift: false,
    }));
}

#[test]
fn a_click_on_the_sign_folds_and_opens() {
    let mut session = start();
    click(&mut session, 4, 0);
    assert_eq!(folds(&session), [(5, 8)]);
    // Below, rows are no lines any more: row 6 shows line 10.
    click(&mut session, 6, 0);
    assert_eq!(folds(&session), [(5, 8), (10, 12)]);
    click(&mut session, 8, 5);
    assert_eq!(caret_line(&session), 14, "a click into the text goes to the line that is seen");
    click(&mut session, 4, 0);
    assert_eq!(folds(&session), [(10, 12)]);
    click(&mut session, 5, 0);
    assert_eq!(
        (folds(&session), caret_line(&session)),
        (vec![(10, 12)], 6),
        "where nothing folds: the caret"
    );
    // Below the text: its last line in sight.
    click(&mut session, 30, 5);
    assert_eq!(caret_line(&session), 18);
}

#[test]
fn the_wheel_scrolls_by_rows() {
    let policy = POLICY.to_owned() + &"r if {\n\tx\n\ty\n}\n".repeat(100);
    let mut session = Session::files(80, 24, Settings::default(), &[("a.rego", Role::Policy, &policy)]);
    session.keys("alt-1 esc z M");
    let top = |session: &Session| session.app.focused_file().unwrap().view.top;
    session.keys("G");
    let bottom = top(&session);
    session.keys("g g");
    assert_eq!(top(&session), 0);
    session.send(Msg::Mouse(Mouse { kind: MouseKind::ScrollDown, column: 10, row: 5, shift: false }));
    assert_eq!(top(&session), 4, "three rows: the package, a blank line, the comments");
    let editor = &session.app.focused_file().unwrap().editor;
    assert!(!editor.folds().is_hidden(bottom) && editor.folds().row_of(bottom) > 80);
}

#[test]
fn five_thousand_lines_fold_in_a_frame() {
    let policy = "package a\n\n".to_owned()
        + &"deny contains msg if {\n\tsome c in [\n\t\t1,\n\t]\n\tmsg := \"x\"\n}\n\n".repeat(720);
    let mut editor = Editor::new(&policy, Rego);
    assert!(editor.buffer().line_count() > 5_000);
    let mut best = [Duration::MAX; 3];
    for _ in 0..5 {
        let start = Instant::now();
        let parts = outermost(&editor);
        editor.fold(&parts);
        best[0] = best[0].min(start.elapsed());
        let start = Instant::now();
        editor.act(Type('x'), Duration::ZERO);
        best[1] = best[1].min(start.elapsed());
        let start = Instant::now();
        let view = View { top: 2_500, left: 0 };
        let lines = (0..50).filter_map(|row| view.line_at(&editor, row)).filter(|line| opens(&editor, *line));
        assert!(lines.count() > 10);
        best[2] = best[2].min(start.elapsed());
        editor.unfold_all();
    }
    // A build without optimisation is about ten times as slow.
    let frame = Duration::from_millis(if cfg!(debug_assertions) { 160 } else { 16 });
    assert!(best.iter().all(|time| *time < frame), "{best:?}");
}
