//! Actions on the lines that the selection touches.

use super::Change;
use super::edit::{Draft, map_byte};
use super::editor::Editor;
use super::history::Kind;
use super::lex::Language;
use super::motion::indentation_len;
use super::selection::Selection;
use std::ops::RangeInclusive;

/// What one step of indentation is: a tab in Rego (as `opa fmt` writes it), two spaces in YAML.
#[must_use]
pub fn unit(language: Language) -> &'static str {
    match language {
        Language::Rego => "\t",
        Language::Yaml => "  ",
        Language::Plain => "    ",
    }
}

/// The lines that the selection touches; not the last one when the selection only reaches its start.
#[must_use]
pub fn touched(editor: &Editor) -> RangeInclusive<usize> {
    let (buffer, range) = (editor.buffer(), editor.selection().range());
    let first = buffer.line_of(range.start);
    let last = buffer.line_of(range.end);
    let reaches_start_only = last > first && range.end == buffer.line_start(last);
    first..=last - usize::from(reaches_start_only)
}

/// One step deeper; blank lines stay.
pub fn indent(editor: &Editor) -> Draft {
    let buffer = editor.buffer();
    let deeper = touched(editor).filter(|&line| !buffer.line_range(line).is_empty()).map(|line| {
        let at = buffer.line_start(line);
        Change { range: at..at, new: unit(editor.language()).to_owned() }
    });
    keep_selection(editor, deeper.collect())
}

/// One step less deep: a tab, or as many of a step's spaces as there are.
pub fn outdent(editor: &Editor) -> Draft {
    let buffer = editor.buffer();
    let step = match editor.language() {
        Language::Yaml => 2,
        Language::Rego | Language::Plain => 4,
    };
    let less = touched(editor).map(|line| {
        let text = buffer.line(line);
        let spaces = text.bytes().take(step).take_while(|&byte| byte == b' ').count();
        let len = if text.starts_with('\t') { 1 } else { spaces };
        let at = buffer.line_start(line);
        Change { range: at..at + len, new: String::new() }
    });
    keep_selection(editor, less.collect())
}

/// `# ` before the text of each line that is not blank, at the column of the least indented one; taken away where
/// every line has it.
pub fn toggle_comment(editor: &Editor) -> Draft {
    let buffer = editor.buffer();
    let mut lines: Vec<(usize, String)> = touched(editor)
        .map(|line| (buffer.line_start(line), buffer.line(line).into_owned()))
        .filter(|(_, text)| !text.trim().is_empty())
        .collect();
    if lines.is_empty() {
        // An empty line becomes a comment to be written.
        lines = vec![(editor.selection().head, String::new())];
    }
    let commented = lines.iter().all(|(_, text)| text.trim_start().starts_with('#'));
    let column = lines.iter().map(|(_, text)| indentation_len(text)).min().unwrap_or(0);
    let changes = lines.iter().map(|(start, text)| {
        if commented {
            let at = start + indentation_len(text);
            let len = if text.trim_start().starts_with("# ") { 2 } else { 1 };
            Change { range: at..at + len, new: String::new() }
        } else {
            let at = start + column;
            Change { range: at..at, new: "# ".to_owned() }
        }
    });
    keep_selection(editor, changes.collect())
}

/// The lines once more below, with the selection in the copy.
pub fn duplicate(editor: &Editor) -> Draft {
    let buffer = editor.buffer();
    let lines = touched(editor);
    let (start, end) = (buffer.line_start(*lines.start()), buffer.line_end(*lines.end()));
    let new = format!("\n{}", buffer.text(start..end));
    let by = new.len();
    let Selection { anchor, head } = editor.selection();
    Draft {
        changes: vec![Change { range: end..end, new }],
        after: Selection::new(anchor + by, head + by),
        kind: Kind::Single,
    }
}

/// The lines change places with the one above.
pub fn move_up(editor: &Editor) -> Option<Draft> {
    let buffer = editor.buffer();
    let lines = movable(editor)?;
    let above = buffer.line_start(lines.start().checked_sub(1)?)..buffer.line_start(*lines.start());
    let end = buffer.line_end(*lines.end());
    let text = buffer.slice(above.clone());
    let new = format!("\n{}", text.strip_suffix('\n').unwrap_or(&text));
    let Selection { anchor, head } = editor.selection();
    // A selection that reaches to the start of the line below ends where the moved lines do.
    let up = |byte: usize| byte.min(end).saturating_sub(above.len());
    Some(Draft {
        changes: vec![Change { range: above.clone(), new: String::new() }, Change { range: end..end, new }],
        after: Selection::new(up(anchor), up(head)),
        kind: Kind::Single,
    })
}

/// The lines change places with the one below.
pub fn move_down(editor: &Editor) -> Option<Draft> {
    let buffer = editor.buffer();
    let lines = movable(editor)?;
    let below = lines.end() + 1;
    let is_line = below <= buffer.last_line();
    let is_end = below == buffer.last_line() && buffer.line_range(below).is_empty();
    if !is_line || is_end {
        return None;
    }
    let start = buffer.line_start(*lines.start());
    let end = buffer.line_end(*lines.end());
    let gone = end..buffer.line_end(below);
    let new = format!("{}\n", buffer.line(below));
    let by = new.len();
    let Selection { anchor, head } = editor.selection();
    let down = |byte: usize| byte.min(end) + by;
    Some(Draft {
        changes: vec![Change { range: start..start, new }, Change { range: gone, new: String::new() }],
        after: Selection::new(down(anchor), down(head)),
        kind: Kind::Single,
    })
}

/// The touched lines, unless they are only the nothing behind the last line break.
fn movable(editor: &Editor) -> Option<RangeInclusive<usize>> {
    let (buffer, lines) = (editor.buffer(), touched(editor));
    let end = *lines.end() == buffer.last_line() && buffer.line_range(*lines.end()).is_empty();
    (!end).then_some(lines)
}

/// The selection stays on the text that it is on; the start of a selection that begins with a line keeps the line's
/// start.
fn keep_selection(editor: &Editor, changes: Vec<Change>) -> Draft {
    let selection = editor.selection();
    let start = selection.range().start;
    let moved = |byte: usize| {
        let behind = selection.is_empty() || byte != start;
        map_byte(&changes, byte, behind)
    };
    let after = Selection::new(moved(selection.anchor), moved(selection.head));
    Draft { changes, after, kind: Kind::Single }
}
