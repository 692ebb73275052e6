//! The text from outside in place of this one, with as little changed as can be found quickly.

use super::Change;
use super::buffer::TextBuffer;
use super::edit::{Draft, map_byte};
use super::history::Kind;
use super::selection::Selection;
use super::view;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// A middle part of more lines than this is replaced as a whole.
const DIFF_LINES: usize = 2_000;

/// The changes that make `new` of the buffer's text; the caret on the same line of text, at the same cell.
pub fn draft(buffer: &TextBuffer, selection: Selection, new: &str) -> Draft {
    let old = buffer.to_string();
    let changes = changes(&old, new);
    let (line, cell) = view::cell_of(buffer, selection.head);
    let start = map_byte(&changes, buffer.line_start(line), false);
    let target = TextBuffer::new(new);
    let caret = view::byte_at(&target, target.line_of(start), cell);
    Draft { changes, after: Selection::caret(caret), kind: Kind::Single }
}

/// Lines from first to last that differ; between them a diff by lines.
fn changes(old: &str, new: &str) -> Vec<Change> {
    let old_lines: Vec<&str> = old.split_inclusive('\n').collect();
    let new_lines: Vec<&str> = new.split_inclusive('\n').collect();
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = old_lines.iter().zip(&new_lines).take_while(same).count();
    let rest = old_lines.len().min(new_lines.len()) - head;
    let tail = old_lines.iter().rev().zip(new_lines.iter().rev()).take(rest).take_while(same).count();
    let old_middle = old_lines.get(head..old_lines.len() - tail).unwrap_or_default();
    let new_middle = new_lines.get(head..new_lines.len() - tail).unwrap_or_default();
    let start: usize = old_lines.iter().take(head).map(|line| line.len()).sum();
    let replace = |old: Range<usize>, new: Range<usize>| {
        let len = |lines: Range<usize>| {
            old_middle.get(lines).unwrap_or_default().iter().map(|line| line.len()).sum()
        };
        let (from, len): (usize, usize) = (len(0..old.start), len(old));
        let at = start + from;
        Change { range: at..at + len, new: new_middle.get(new).unwrap_or_default().concat() }
    };
    if old_middle.is_empty() && new_middle.is_empty() {
        return Vec::new();
    }
    if old_middle.len().max(new_middle.len()) > DIFF_LINES {
        return vec![replace(0..old_middle.len(), 0..new_middle.len())];
    }
    capture_diff_slices(Algorithm::Myers, old_middle, new_middle)
        .into_iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| trimmed(replace(op.old_range(), op.new_range()), old))
        .collect()
}

/// Without what its old and its new text begin and end with alike, so that marks beside it stay where they are.
fn trimmed(change: Change, old: &str) -> Change {
    let was = old.get(change.range.clone()).unwrap_or_default();
    let same = |pair: &(char, char)| pair.0 == pair.1;
    let len = |pair: (char, char)| pair.0.len_utf8();
    let head: usize = was.chars().zip(change.new.chars()).take_while(same).map(len).sum();
    let (was, new) = (was.get(head..).unwrap_or_default(), change.new.get(head..).unwrap_or_default());
    let tail: usize = was.chars().rev().zip(new.chars().rev()).take_while(same).map(len).sum();
    let new = new.get(..new.len() - tail).unwrap_or_default().to_owned();
    Change { range: change.range.start + head..change.range.end - tail, new }
}
