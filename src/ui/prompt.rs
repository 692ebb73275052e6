//! Lines of input: the find bar of a text pane, and the one line of every prompt.

use crate::app::layout::Area;
use crate::app::overlays::find::{Field, FindBar};
use crate::app::overlays::input::Input;
use crate::core::text::editor::Editor;
use crate::core::text::view::cell_of;
use crate::core::text::width::{cells, width};
use crate::strings::T;
use crate::ui::canvas::Canvas;

/// The find bar at the foot of a text pane, and the replacement below it.
pub fn find_bar(canvas: &mut Canvas, find: &FindBar, area: Area, editor: &Editor) {
    let theme = canvas.theme;
    let (number, total) = find.count(&editor.selection().range());
    let capped = if find.matches.capped { "+" } else { "" };
    let count = match (&find.error, number) {
        (Some(_), _) => String::new(),
        (None, Some(number)) => {
            T::FindCount.fill(canvas.lang, &[("number", &number), ("total", &format!("{total}{capped}"))])
        }
        (None, None) if total == 0 && !find.query.text().is_empty() => canvas.text(T::FindNone).to_owned(),
        (None, None) if total == 0 => String::new(),
        (None, None) => T::FindTotal.fill(canvas.lang, &[("total", &format!("{total}{capped}"))]),
    };
    let labels = [canvas.text(T::FindLabel), canvas.text(T::ReplaceLabel)];
    let label_cells = labels.iter().take(area.height.into()).map(|l| width(l)).max().unwrap_or(0) as u16 + 3;

    // At the right: how many, and the two switches.
    let state = area.top(1);
    let switch = |on: bool| if on { theme.button_focused } else { theme.dim };
    let right_cells = width(&count) as u16 + 2 + 5 + 1;
    let mut pen = canvas.pen(state, 0);
    pen.go_to(state.right().saturating_sub(right_cells)).own(&count, theme.dim).own("  ", theme.base);
    pen.own("Aa", switch(find.case_sensitive)).own(" ", theme.base).own(".*", switch(find.regex));
    for (row, (label, input)) in labels.iter().zip([Some(&find.query), find.replacement.as_ref()]).enumerate()
    {
        let Some(input) = input else { continue };
        let row = row as u16;
        if row >= area.height {
            break;
        }
        canvas.pen(area, row).own(" ", theme.base).own(label, theme.dim);
        let taken = if row == 0 { right_cells + 1 } else { 1 };
        let field =
            Area::new(area.x + label_cells, area.y + row, area.width.saturating_sub(label_cells + taken), 1);
        let active = (row == 0) == (find.field == Field::Find) || find.replacement.is_none();
        let caret = input_line(canvas, field, input, active);
        if active {
            canvas.cursor = caret;
        }
    }
    if let Some(error) = &find.error {
        let row = area.top(1);
        let used = width(&find.query.text()) as u16 + label_cells + 2;
        let mut pen = canvas.pen(row, 0);
        pen.go_to(row.x + used);
        let room = (row.right().saturating_sub(right_cells)).saturating_sub(pen.column());
        pen.outside_cut(error, room, theme.deny);
    }
}

/// One line of input in `area`, scrolled so that its caret is in sight. Gives back the caret's cell.
pub fn input_line(canvas: &mut Canvas, area: Area, input: &Input, active: bool) -> Option<(u16, u16)> {
    let theme = canvas.theme;
    let buffer = input.editor.buffer();
    let caret = cell_of(buffer, input.caret()).1;
    let room = usize::from(area.width);
    let left = input.first_cell(room);
    let selection = input.editor.selection().range();
    let text = buffer.line(0);
    let mut pen = canvas.pen(area, 0);
    for grapheme in cells(&text, 1) {
        if grapheme.start < left {
            continue;
        }
        let selected = active && selection.contains(&grapheme.range.start);
        let style = if selected { theme.base.patch(theme.selection) } else { theme.base };
        if grapheme.marker || grapheme.text == "\t" {
            pen.outside(&grapheme.text, style.patch(theme.marker));
        } else {
            pen.grapheme(&grapheme.text, grapheme.width as u16, style);
        }
    }
    (area.width > 0).then(|| (area.x + (caret - left).min(room - 1) as u16, area.y))
}
