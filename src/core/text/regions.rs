//! What of a text can be folded: everything behind a line that is indented deeper than it, and groups of comments.
//!
//! Indentation and not syntax, so that a text that is half typed folds like a finished one and one rule serves both
//! languages: a rule, its blocks, objects and calls in Rego; mappings, sequences and block scalars in YAML. A line that
//! only closes belongs to what it closes.

use super::editor::Editor;
use super::folds::Fold;
use super::lex::{self, Language};
use super::motion::indentation_len;
use super::width::{TAB, cells};

/// Blank lines and comments that [`opens`] looks past.
const LOOK_AHEAD: usize = 100;

/// What a line is for folding.
enum Line {
    Blank,
    /// It begins inside a raw string of Rego: it belongs to whatever is around it.
    Inside,
    /// Nothing but a comment.
    Comment,
    /// `---`, `...`: a document of YAML ends.
    Border,
    Text(Text),
}

#[derive(Clone, Copy)]
struct Text {
    /// Cells of indentation.
    indent: usize,
    /// An item of a YAML sequence.
    is_item: bool,
    /// It closes brackets and opens none.
    closes: bool,
}

impl Text {
    /// Whether a line with text belongs to what begins on this one.
    const fn holds(self, line: Self) -> bool {
        // The items of a sequence may stand as far left as its key.
        line.indent > self.indent || (line.indent == self.indent && line.is_item && !self.is_item)
    }
}

/// All parts that can be folded, by head; those in another one too. One pass over the text.
#[must_use]
pub fn regions(editor: &Editor) -> Vec<Fold> {
    let mut found = Vec::new();
    let mut open: Vec<(usize, Text)> = Vec::new();
    // The last line with text so far.
    let mut last = 0;
    let mut comments: Option<Fold> = None;
    for line in 0..editor.buffer().line_count() {
        let kind = read(editor, line);
        match (&kind, &mut comments) {
            (Line::Comment, Some(group)) => group.last = line,
            (Line::Comment, None) => comments = Some(Fold { head: line, last: line }),
            _ => found.extend(comments.take()),
        }
        let text = match kind {
            Line::Blank | Line::Comment => continue,
            Line::Inside => {
                last = line;
                continue;
            }
            Line::Border => None,
            Line::Text(text) => Some(text),
        };
        while let Some(&(head, around)) = open.last()
            && text.is_none_or(|text| !around.holds(text))
        {
            let ends_here = text.is_some_and(|text| text.closes && text.indent == around.indent);
            found.push(Fold { head, last: if ends_here { line } else { last } });
            open.pop();
        }
        last = line;
        open.extend(text.filter(|text| !text.closes).map(|text| (line, text)));
    }
    found.extend(comments);
    found.extend(open.iter().map(|(head, _)| Fold { head: *head, last }));
    found.retain(|fold| fold.head < fold.last);
    found.sort_unstable();
    found
}

/// The part that a fold command at this line means: the innermost one around it that is not folded.
#[must_use]
pub fn around(editor: &Editor, line: usize) -> Option<Fold> {
    let mut all = regions(editor);
    all.retain(|fold| fold.head <= line && line <= fold.last && editor.folds().at(fold.head).is_none());
    all.pop()
}

/// The parts that lie in no other one.
#[must_use]
pub fn outermost(editor: &Editor) -> Vec<Fold> {
    let mut end = None;
    let mut all = regions(editor);
    all.retain(|fold| {
        let outer = end.is_none_or(|end| fold.head > end);
        end = if outer { Some(fold.last) } else { end };
        outer
    });
    all
}

/// Whether something that can be folded begins on this line. Looks at a few lines only.
#[must_use]
pub fn opens(editor: &Editor, line: usize) -> bool {
    let count = editor.buffer().line_count();
    let is_comment = |line| matches!(read(editor, line), Line::Comment);
    let head = match read(editor, line) {
        Line::Comment => {
            let first = line.checked_sub(1).is_none_or(|before| !is_comment(before));
            return first && line + 1 < count && is_comment(line + 1);
        }
        Line::Text(text) if !text.closes => text,
        _ => return false,
    };
    for next in (line + 1..count).take(LOOK_AHEAD) {
        match read(editor, next) {
            Line::Blank | Line::Comment => {}
            Line::Inside => return true,
            Line::Border => return false,
            Line::Text(text) => return head.holds(text) || (text.closes && text.indent == head.indent),
        }
    }
    false
}

fn read(editor: &Editor, line: usize) -> Line {
    let text = editor.buffer().line(line);
    let content = text.trim();
    let yaml = editor.language() == Language::Yaml;
    if content.is_empty() {
        return Line::Blank;
    }
    // What is inside a scalar of YAML is indented deeper anyway, and policies in a template fold as well.
    if editor.language() == Language::Rego && lex::begins_in_text(Language::Rego, editor.line_state(line)) {
        return Line::Inside;
    }
    if content.starts_with('#') {
        return Line::Comment;
    }
    if yaml && (matches!(text.trim_end(), "---" | "...") || text.starts_with("--- ")) {
        return Line::Border;
    }
    let indentation = text.get(..indentation_len(&text)).unwrap_or_default();
    Line::Text(Text {
        indent: cells(indentation, TAB).last().map_or(0, |cell| cell.start + cell.width),
        is_item: yaml && (content == "-" || content.starts_with("- ")),
        closes: content.starts_with(['}', ']', ')']) && !content.ends_with(['{', '[', '(']),
    })
}
