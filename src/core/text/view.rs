//! Which part of a text a pane shows, and the way between bytes and cells.

use super::buffer::TextBuffer;
use super::editor::Editor;
use super::grapheme;
use super::width::{self, TAB};

/// Lines kept visible above and below the caret.
const MARGIN_LINES: usize = 2;
/// Cells kept visible on either side of the caret.
const MARGIN_CELLS: usize = 4;

/// The upper left corner of what a pane shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct View {
    /// The first line; one that is hidden stands for the head of what hides it.
    pub top: usize,
    /// The first cell of every line.
    pub left: usize,
}

impl View {
    /// Scrolls as little as shows the caret with a small margin, in a pane of `height` lines and `width` cells.
    pub fn scroll_to(&mut self, editor: &Editor, height: usize, width: usize) {
        let buffer = editor.buffer();
        let (line, cell) = cell_of(buffer, editor.selection().head);
        let folds = editor.folds();
        let lines = MARGIN_LINES.min(height.saturating_sub(1) / 2);
        let row = folds.row_of(line);
        let lowest = (row + lines).min(folds.row_of(buffer.last_line()));
        let top = window(folds.row_of(self.top), height, row.saturating_sub(lines), lowest);
        self.top = folds.line_at(top);
        let cells = MARGIN_CELLS.min(width.saturating_sub(1) / 2);
        self.left = window(self.left, width, cell.saturating_sub(cells), cell + cells);
    }

    /// Moves by lines without the caret (mouse wheel); the last line can come to the top.
    pub fn scroll_by(&mut self, editor: &Editor, lines: isize) {
        let folds = editor.folds();
        let last = folds.row_of(editor.buffer().last_line());
        self.top = folds.line_at(folds.row_of(self.top).saturating_add_signed(lines).min(last));
    }

    /// Scrolls so that a caret that is out of sight comes to the middle.
    pub fn center_on(&mut self, editor: &Editor, height: usize, width: usize) {
        let folds = editor.folds();
        let row = folds.row_of(editor.buffer().line_of(editor.selection().head));
        let top = folds.row_of(self.top);
        if row < top || row >= top + height {
            self.top = folds.line_at(row.saturating_sub(height / 2));
        }
        self.scroll_to(editor, height, width);
    }

    /// The row of the pane on which a line is shown, counted from 0; `None` above the pane.
    #[must_use]
    pub fn row_of(&self, editor: &Editor, line: usize) -> Option<usize> {
        let folds = editor.folds();
        folds.row_of(line).checked_sub(folds.row_of(self.top))
    }

    /// The line that a row of the pane shows; `None` below the text.
    #[must_use]
    pub fn line_at(&self, editor: &Editor, row: usize) -> Option<usize> {
        let folds = editor.folds();
        let line = folds.line_at(folds.row_of(self.top) + row);
        (line <= editor.buffer().last_line()).then_some(line)
    }
}

/// The start nearest to `start` of a window of `size` that holds `first..=last`.
fn window(start: usize, size: usize, first: usize, last: usize) -> usize {
    let lowest = (last + 1).saturating_sub(size.max(1));
    start.max(lowest).min(first.max(lowest))
}

/// The line of a byte and the cell of the line at which the caret stands there.
#[must_use]
pub fn cell_of(buffer: &TextBuffer, byte: usize) -> (usize, usize) {
    let byte = byte.min(buffer.len_bytes());
    let line = buffer.line_of(byte);
    let column = byte - buffer.line_start(line);
    let text = buffer.text(buffer.line_start(line)..byte);
    let cell = width::cells(&text, TAB).last().map_or(0, |cell| cell.start + cell.width);
    debug_assert_eq!(text.len(), column);
    (line, cell)
}

/// The byte at a cell of a line: the grapheme that covers the cell (the one after it from its second half on), the
/// line's end behind it. What the mouse and a caret that keeps its column ask for.
#[must_use]
pub fn byte_at(buffer: &TextBuffer, line: usize, cell: usize) -> usize {
    let line = line.min(buffer.last_line());
    let range = buffer.line_range(line);
    let text = buffer.line(line);
    let covering = width::cells(&text, TAB).find(|shown| cell < shown.start + shown.width);
    let byte = covering.map_or(range.end, |shown| {
        let behind = cell - shown.start > shown.width / 2;
        range.start + if behind { shown.range.end } else { shown.range.start }
    });
    grapheme::floor(buffer, byte)
}
