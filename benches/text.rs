//! A keystroke through the editor core: the edit, and the tokens and cells of the lines that a screen shows.
//! `cargo bench --bench text`; the budget is 1 ms, whatever the length of the text.
#![allow(clippy::unwrap_used)] // A benchmark that cannot set up has failed.

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use regoscope::core::text::editor::{EditAction, Editor};
use regoscope::core::text::lex::Language;
use regoscope::core::text::motion::Motion;
use regoscope::core::text::search::{Query, Search};
use regoscope::core::text::view::View;
use regoscope::core::text::width::{TAB, cells};
use std::hint::black_box;
use std::time::Duration;

const LINES: [usize; 3] = [300, 10_000, 100_000];
const HEIGHT: usize = 40;
const WIDTH: usize = 120;

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: verybad # とても悪い
spec:
  hostPID: true
  containers:
  - name: main
    image: alpine
    command: [\"sleep\", '3600']
    securityContext:
      privileged: true
---
";
const RULE: &str = "\
# 特権コンテナーは使えません
deny contains msg if {
\tsome c in input.spec.containers
\tc.securityContext.privileged == true
\tmsg := sprintf(\"%s must not be privileged\", [c.name])
}

";

fn text(language: Language, lines: usize) -> String {
    let piece = if language == Language::Yaml { POD } else { RULE };
    piece.repeat(lines / piece.lines().count() + 1)
}

fn open(language: Language, lines: usize, line: usize) -> Editor {
    let mut editor = Editor::new(&text(language, lines), language);
    editor.act(EditAction::Move(Motion::ToLine(line), false), Duration::ZERO);
    editor.act(EditAction::Move(Motion::LineEnd, false), Duration::ZERO);
    let _ = editor.tokens(line);
    editor
}

/// What drawing asks of the core.
fn show(editor: &Editor, view: &mut View) -> usize {
    view.scroll_to(editor, HEIGHT, WIDTH);
    let rows = view.top..(view.top + HEIGHT).min(editor.buffer().line_count());
    let shown = rows.map(|line| editor.tokens(line).len() + cells(&editor.buffer().line(line), TAB).count());
    shown.sum::<usize>() + usize::from(editor.bracket_pair().is_some())
}

fn keystrokes(c: &mut Criterion) {
    for (name, language) in [("yaml", Language::Yaml), ("rego", Language::Rego)] {
        let mut group = c.benchmark_group(format!("key/{name}"));
        let mut time = Duration::ZERO;
        let mut run = |id: &str, actions: [EditAction; 2], at_start: bool| {
            for lines in LINES {
                let line = if at_start { 2 } else { lines / 2 };
                let mut editor = open(language, lines, line);
                let mut view = View::default();
                group.bench_function(BenchmarkId::new(id, lines), |b| {
                    b.iter(|| {
                        time += Duration::from_secs(2);
                        for action in &actions {
                            black_box(editor.act(action.clone(), time));
                            black_box(show(&editor, &mut view));
                        }
                    });
                });
            }
        };
        // Two keys each, so that the text stays as long as it is.
        run("type and undo", [EditAction::Type('x'), EditAction::Undo], false);
        run("newline and undo", [EditAction::Newline, EditAction::Undo], false);
        run("open a string near the start and undo", [EditAction::Type('`'), EditAction::Undo], true);
        run(
            "up and down",
            [EditAction::Move(Motion::Up, false), EditAction::Move(Motion::Down, false)],
            false,
        );
        group.finish();
    }
}

fn whole_texts(c: &mut Criterion) {
    let mut group = c.benchmark_group("whole text");
    group.sample_size(10);
    let big = text(Language::Yaml, 100_000);
    group.bench_function("open 100000 lines", |b| b.iter(|| Editor::new(black_box(&big), Language::Yaml)));
    group.bench_function("read 100000 lines for colours", |b| {
        b.iter_batched_ref(
            || Editor::new(&big, Language::Yaml),
            |editor| editor.tokens(99_999),
            BatchSize::LargeInput,
        );
    });
    let paste = text(Language::Yaml, 30_000);
    group.bench_function(format!("paste {} KB", paste.len() / 1000), |b| {
        b.iter_batched_ref(
            || open(Language::Yaml, 300, 150),
            |editor| {
                editor.act(EditAction::Paste(paste.clone()), Duration::ZERO);
                show(editor, &mut View::default())
            },
            BatchSize::LargeInput,
        );
    });
    let query = Query { pattern: "name".into(), ..Query::default() };
    let search = Search::new(&query).unwrap();
    group.bench_function("find in 100000 lines", |b| {
        let editor = Editor::new(&big, Language::Yaml);
        b.iter(|| search.matches(editor.buffer()));
    });
    group.bench_function("replace all in 100000 lines", |b| {
        b.iter_batched_ref(
            || Editor::new(&big, Language::Yaml),
            |editor| {
                let changes = search.replace_all(editor.buffer(), "title");
                editor.act(EditAction::ReplaceAll(changes), Duration::ZERO)
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, keystrokes, whole_texts);
criterion_main!(benches);
