//! Draws the visible part of a text: signs, line numbers, colours, remarks, selection, caret.
//!
//! Nothing here grows with the file: each frame looks at the visible lines and at the remarks that touch them.

use std::ops::Range;

use ratatui::style::Style;

use crate::app::layout::{Area, EditorAreas, number_digits};
use crate::core::diagnostics::{Diagnostic, Diagnostics, Origin, Severity};
use crate::core::text::editor::Editor;
use crate::core::text::lex::Token;
use crate::core::text::regions;
use crate::core::text::search::Matches;
use crate::core::text::view::{View, cell_of};
use crate::core::text::width::{TAB, cells, width};
use crate::strings::T;
use crate::ui::canvas::Canvas;
use crate::ui::glyphs::Glyphs;
use crate::ui::theme::Theme;

/// What is drawn.
pub struct EditorPaint<'a> {
    pub editor: &'a Editor,
    pub view: View,
    pub diagnostics: &'a Diagnostics,
    /// Matches of the find bar.
    pub matches: Option<&'a Matches>,
    /// It takes the keys, or would if no prompt did.
    pub focused: bool,
}

/// The cells of an end-of-line note that are worth drawing.
const SHORTEST_NOTE: u16 = 8;

/// Draws gutter and text into `areas` and gives back the cell of the caret, if it is in sight. `border` is the column
/// of the right border, where a line that goes on is marked.
pub fn draw(canvas: &mut Canvas, areas: &EditorAreas, paint: &EditorPaint) -> Option<(u16, u16)> {
    let buffer = paint.editor.buffer();
    let caret = paint.editor.selection().head;
    let (caret_line, caret_cell) = cell_of(buffer, caret);
    let rows = usize::from(areas.text.height);
    let digits = usize::from(number_digits(buffer.line_count()));
    let lines: Vec<usize> = (0..rows).map_while(|row| paint.view.line_at(paint.editor, row)).collect();
    let folds = paint.editor.folds();
    let last_of = |line: usize| folds.at(line).map_or(line, |fold| fold.last);
    let first = lines.first().copied().unwrap_or(0);
    let last = lines.last().map_or(first, |line| last_of(*line));
    let shown = buffer.line_start(first)..buffer.line_end(last);
    let remarks: Vec<&Diagnostic> = paint.diagnostics.touching(shown.start..shown.end + 1).collect();
    let noted = nearest(&remarks, paint, caret_line, first..last + 1);
    let brackets = paint.editor.bracket_pair().filter(|_| paint.focused);

    for (row, line) in lines.into_iter().enumerate() {
        let row = row as u16;
        let bytes = buffer.line_range(line);
        let fold = folds.at(line);
        // A fold tells of the gravest thing that it hides.
        let whole = bytes.start..buffer.line_end(last_of(line));
        let within: Vec<&Diagnostic> = remarks.iter().copied().filter(|d| touches(d, &whole)).collect();
        let here: Vec<&Diagnostic> = within.iter().copied().filter(|d| touches(d, &bytes)).collect();
        let current = line == caret_line && paint.focused;
        let gutter = Gutter {
            line,
            digits,
            current,
            remarks: &within,
            cut: paint.view.left > 0 && !bytes.is_empty(),
            fold: match fold {
                Some(_) => Some("▸"),
                None => (current && regions::opens(paint.editor, line)).then_some("▾"),
            },
        };
        gutter.draw(canvas, areas, row);
        let text = buffer.line(line);
        let row_paint = RowPaint {
            text: &text,
            start: bytes.start,
            left: paint.view.left,
            tokens: &paint.editor.tokens(line),
            remarks: &here,
            matches: paint.matches.map_or(&[][..], |matches| touching(&matches.ranges, &bytes)),
            brackets: brackets.as_ref(),
            selection: paint.editor.selection().range(),
            goes_on: line < buffer.last_line(),
            current,
        };
        let mut end = draw_line(canvas, areas.text, row, &row_paint);
        if let Some(fold) = fold {
            end = draw_fold(canvas, areas.text, row, end, fold.hidden());
        }
        if current {
            let behind = Area::new(end, areas.text.y + row, areas.text.right().saturating_sub(end), 1);
            canvas.tint(behind, canvas.theme.current_line);
        }
        if let Some(note) =
            noted.filter(|_| within.iter().any(|d| noted.is_some_and(|n| std::ptr::eq(*d, n))))
            && line == folds.shown(buffer.line_of(note.range.start)).max(first)
        {
            draw_note(canvas, areas.text, row, end, note);
        }
    }
    let column = caret_cell.checked_sub(paint.view.left)?;
    let row = paint.view.row_of(paint.editor, caret_line)?;
    let (column, row) = (u16::try_from(column).ok()?, u16::try_from(row).ok()?);
    let inside = column < areas.text.width && row < areas.text.height;
    inside.then(|| (areas.text.x + column, areas.text.y + row))
}

/// One line of text and what lies over it. All ranges but the tokens' are bytes of the file.
struct RowPaint<'a> {
    text: &'a str,
    start: usize,
    left: usize,
    tokens: &'a [Token],
    remarks: &'a [&'a Diagnostic],
    matches: &'a [Range<usize>],
    brackets: Option<&'a (Range<usize>, Range<usize>)>,
    selection: Range<usize>,
    goes_on: bool,
    current: bool,
}

impl RowPaint<'_> {
    /// The style under everything on the line.
    fn ground(&self, theme: &Theme) -> Style {
        if self.current { theme.base.patch(theme.current_line) } else { theme.base }
    }

    /// The style of the grapheme at these bytes of the line.
    fn style(&self, theme: &Theme, bytes: &Range<usize>) -> Style {
        let token = self.tokens.partition_point(|token| token.range.end <= bytes.start);
        let token = self.tokens.get(token).filter(|token| token.range.start <= bytes.start);
        let mut style = self.ground(theme);
        if let Some(token) = token {
            style = style.patch(theme.token(token.kind));
        }
        let file = self.start + bytes.start..self.start + bytes.end;
        let gravest = self.remarks.iter().filter(|d| d.origin != Origin::Fired && covers(&d.range, &file));
        if let Some(remark) = gravest.max_by_key(|d| d.severity) {
            style = style.patch(theme.underline(remark.severity));
        }
        if let Some(found) = self.matches.iter().find(|range| range.contains(&file.start)) {
            let selected = *found == self.selection;
            style = style.patch(if selected { theme.search_current } else { theme.search });
            if selected {
                return style;
            }
        }
        if self.brackets.is_some_and(|(one, two)| one.contains(&file.start) || two.contains(&file.start)) {
            style = style.patch(theme.bracket);
        }
        if self.selection.contains(&file.start) {
            style = style.patch(theme.selection);
        }
        style
    }
}

/// Draws one line and gives back the column behind its last cell.
fn draw_line(canvas: &mut Canvas, area: Area, row: u16, paint: &RowPaint) -> u16 {
    let theme = canvas.theme;
    let width = usize::from(area.width);
    let mut pen = canvas.pen(area, row);
    let mut end = 0;
    let mut cut = false;
    for grapheme in cells(paint.text, TAB) {
        end = grapheme.start + grapheme.width;
        if end <= paint.left {
            continue;
        }
        if grapheme.start >= paint.left + width {
            cut = true;
            break;
        }
        let style = paint.style(theme, &grapheme.range);
        let hidden = paint.left.saturating_sub(grapheme.start);
        let visible = (grapheme.width - hidden) as u16;
        if grapheme.text == "\t" {
            let stop = pen.column() + visible;
            pen.fill_to(stop, ' ', style);
        } else if grapheme.marker {
            let marked: String = grapheme.text.chars().skip(hidden).collect();
            pen.outside(&marked, style.patch(theme.marker));
        } else if hidden > 0 {
            let stop = pen.column() + visible;
            pen.fill_to(stop, '…', style.patch(theme.dim));
        } else {
            pen.grapheme(&grapheme.text, visible, style);
        }
        cut = end > paint.left + width;
    }
    // A selected line break is one blank; so is a remark on what is missing at the end.
    let at_end = paint.start + paint.text.len();
    let selected = paint.goes_on && paint.selection.contains(&at_end);
    let missing = paint
        .remarks
        .iter()
        .filter(|d| d.origin != Origin::Fired && d.range.start >= at_end)
        .max_by_key(|d| d.severity);
    if !cut && end >= paint.left {
        if selected {
            pen.own(" ", theme.base.patch(theme.selection));
        } else if let Some(remark) = missing {
            pen.own(" ", theme.base.patch(theme.underline(remark.severity)));
        }
    }
    let column = pen.column();
    if cut {
        let border = Area::new(area.right(), area.y, 1, area.height);
        canvas.pen(border, row).own("›", theme.dim);
    }
    column
}

/// How many lines are folded behind a line; gives back the column behind it. A line that fills the pane has its sign in
/// the gutter only.
fn draw_fold(canvas: &mut Canvas, area: Area, row: u16, end: u16, hidden: usize) -> u16 {
    let theme = canvas.theme;
    let dots = if canvas.glyphs == Glyphs::Ascii { "..." } else { "⋯" };
    let lines = match hidden {
        1 => canvas.text(T::FoldedLine).to_owned(),
        count => T::FoldedLines.fill(canvas.lang, &[("count", &count)]),
    };
    let text = format!("{dots} {lines}");
    let mut pen = canvas.pen(area, row);
    pen.go_to(end.saturating_add(1));
    if usize::from(pen.room()) < width(&text) {
        return end;
    }
    pen.own(&text, theme.dim);
    pen.column()
}

/// What stands before a line: sign, `~` for an approximate place, number, sign of a fold.
struct Gutter<'a> {
    line: usize,
    digits: usize,
    current: bool,
    remarks: &'a [&'a Diagnostic],
    /// The line goes on at the left.
    cut: bool,
    fold: Option<&'static str>,
}

impl Gutter<'_> {
    fn draw(&self, canvas: &mut Canvas, areas: &EditorAreas, row: u16) {
        let theme = canvas.theme;
        let area = areas.gutter;
        let gravest = self.remarks.iter().max_by_key(|d| (rank(d), !d.approximate));
        let mut pen = canvas.pen(area, row);
        match gravest {
            Some(remark) => {
                let (sign, style) = sign(theme, remark);
                pen.own(sign, style).own(if remark.approximate { "~" } else { " " }, theme.dim);
            }
            None => {
                pen.skip(2);
            }
        }
        let style = if self.current { theme.line_number_current } else { theme.line_number };
        let digits = self.digits;
        pen.own(&format!("{:>digits$}", self.line + 1), style);
        if let Some(sign) = self.fold {
            pen.own(sign, theme.dim);
        }
        if self.cut {
            pen.go_to(area.right().saturating_sub(1)).own("‹", theme.dim);
        }
    }
}

/// Errors of the text first, then what denies, warns, fired, and notes.
fn rank(remark: &Diagnostic) -> (u8, Severity) {
    let rank = match remark.origin {
        Origin::Syntax | Origin::Compile => 3,
        Origin::Finding | Origin::Server => 2,
        Origin::Fired | Origin::Lint | Origin::Yaml => 1,
    };
    if remark.severity == Severity::Note { (0, remark.severity) } else { (rank, remark.severity) }
}

/// The sign of a remark in the gutter.
fn sign(theme: &Theme, remark: &Diagnostic) -> (&'static str, Style) {
    let style = theme.severity(remark.severity);
    let sign = match (remark.origin, remark.severity) {
        (Origin::Fired, _) => "◆",
        (Origin::Syntax | Origin::Compile, Severity::Error) => "E",
        (_, Severity::Error) => "✗",
        (_, Severity::Warning) => "!",
        (_, Severity::Note) => "i",
    };
    (sign, style)
}

/// The remark that is told in words: the nearest one to the caret's line, of two on a line the graver.
fn nearest<'a>(
    remarks: &[&'a Diagnostic],
    paint: &EditorPaint,
    caret_line: usize,
    shown: Range<usize>,
) -> Option<&'a Diagnostic> {
    if !paint.focused {
        return None;
    }
    let buffer = paint.editor.buffer();
    let line = |d: &Diagnostic| paint.editor.folds().shown(buffer.line_of(d.range.start)).max(shown.start);
    remarks
        .iter()
        .copied()
        .filter(|d| shown.contains(&line(d)))
        .min_by_key(|d| (line(d).abs_diff(caret_line), std::cmp::Reverse(rank(d))))
}

fn draw_note(canvas: &mut Canvas, area: Area, row: u16, end: u16, note: &Diagnostic) {
    let theme = canvas.theme;
    let style = if note.origin == Origin::Fired { theme.fired } else { theme.severity(note.severity) };
    let style = Style { add_modifier: style.add_modifier - ratatui::style::Modifier::BOLD, ..style };
    let mut pen = canvas.pen(area, row);
    pen.go_to(end.saturating_add(1));
    if pen.room() < SHORTEST_NOTE {
        return;
    }
    pen.own("← ", style);
    let room = pen.room();
    pen.outside_cut(&note.message, room, style);
}

/// Whether a remark has something on a line: an empty one the place where it stands.
fn touches(remark: &Diagnostic, line: &Range<usize>) -> bool {
    let range = &remark.range;
    range.start <= line.end && (range.end > line.start || range.start >= line.start)
}

/// Whether a remark's line goes under these bytes.
fn covers(remark: &Range<usize>, bytes: &Range<usize>) -> bool {
    remark.start < bytes.end && remark.end.max(remark.start + 1) > bytes.start
}

/// The ranges of a sorted list that touch a line.
fn touching<'a>(ranges: &'a [Range<usize>], line: &Range<usize>) -> &'a [Range<usize>] {
    let first = ranges.partition_point(|range| range.end <= line.start);
    let last = ranges.partition_point(|range| range.start < line.end);
    ranges.get(first..last.max(first)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::layout::{self, Area};
    use crate::core::text::editor::EditAction;
    use crate::core::text::lex::Language;
    use crate::core::text::selection::Selection;
    use crate::strings::Lang;
    use crate::ui::plain::{to_styles, to_text};
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use std::time::Duration;

    /// A text in a pane of so many cells, inside its border; what is drawn, in which styles, and the caret.
    fn drawn(
        text: &str,
        (width, height): (u16, u16),
        view: View,
        remarks: Vec<Diagnostic>,
        selection: Selection,
    ) -> (String, String, Option<(u16, u16)>) {
        let mut editor = Editor::new(text, Language::Yaml);
        editor.act(EditAction::SetSelection(selection), Duration::ZERO);
        let mut buffer = Buffer::empty(Rect::new(0, 0, width + 2, height + 2));
        let theme = Theme::none();
        let mut canvas = Canvas {
            buffer: &mut buffer,
            theme: &theme,
            glyphs: Glyphs::Unicode,
            lang: Lang::En,
            cursor: None,
        };
        let areas =
            layout::editor(Area::new(0, 0, width + 2, height + 2), editor.buffer().line_count(), 0, 0);
        let diagnostics = Diagnostics::new(remarks);
        let paint =
            EditorPaint { editor: &editor, view, diagnostics: &diagnostics, matches: None, focused: true };
        let caret = draw(&mut canvas, &areas, &paint);
        (to_text(&buffer), to_styles(&buffer), caret)
    }

    fn remark(range: Range<usize>, origin: Origin, approximate: bool) -> Diagnostic {
        let severity = Severity::Error;
        Diagnostic {
            range,
            severity,
            origin,
            code: String::new(),
            message: "why".to_owned(),
            approximate,
            fix: None,
        }
    }

    #[test]
    fn wide_characters_are_never_cut_in_half() {
        let view = |left| View { top: 0, left };
        let line = |left| {
            let (text, _, _) = drawn("日本語あいう", (11, 1), view(left), Vec::new(), Selection::default());
            text.lines().nth(1).map(|line| line.trim_end().to_owned())
        };
        // Five cells of gutter, six of text.
        assert_eq!(line(0).as_deref(), Some("    1 日本語›"));
        assert_eq!(line(1).as_deref(), Some("    1‹…本語…›"));
        assert_eq!(line(2).as_deref(), Some("    1‹本語あ›"));
        assert_eq!(line(8).as_deref(), Some("    1‹いう"));
    }

    #[test]
    fn tabs_reach_to_their_stops_and_hidden_characters_are_markers() {
        let (text, _, caret) =
            drawn("a\tb\u{200b}c", (30, 1), View::default(), Vec::new(), Selection::caret(2));
        assert_eq!(text.lines().nth(1), Some("    1 a   b<U+200B>c"));
        assert_eq!(caret, Some((10, 1)));
    }

    #[test]
    fn the_note_stands_behind_the_line_and_an_approximate_place_is_marked() {
        let remarks = vec![remark(0..4, Origin::Finding, true)];
        let (text, _, _) = drawn("kind: Pod\n", (40, 2), View::default(), remarks, Selection::default());
        assert_eq!(text.lines().nth(1), Some(" ✗~ 1 kind: Pod ← why"));
    }

    #[test]
    fn a_remark_on_what_is_missing_at_the_end_is_seen() {
        let remarks = vec![remark(4..4, Origin::Syntax, false)];
        let (text, styles, _) = drawn("kind\n", (40, 2), View::default(), remarks, Selection::default());
        assert_eq!(text.lines().nth(1), Some(" E  1 kind  ← why"));
        let letter = styles.lines().nth(1).and_then(|line| line.chars().nth(10)).expect("a style");
        assert!(styles.contains(&format!("\n{letter} underlined")), "{styles}");
    }

    #[test]
    fn a_selected_line_break_is_one_blank() {
        let (_, styles, caret) = drawn("ab\ncd", (30, 2), View::default(), Vec::new(), Selection::new(0, 4));
        let row = |n| styles.lines().nth(n).map(|line| line.get(6..).unwrap_or_default().to_owned());
        let selected = row(1).and_then(|line| line.chars().next()).expect("selected");
        assert_eq!(row(1).as_deref(), Some(&*selected.to_string().repeat(3)));
        assert_eq!(row(2).as_deref(), Some(&*selected.to_string()));
        assert_eq!(caret, Some((7, 2)));
    }
}
