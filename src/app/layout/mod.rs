//! Where everything lies on the screen: size, focus and zoom in, rectangles out.
//!
//! Pure arithmetic, so that drawing, the mouse and scrolling agree about every cell without asking each other.
//! [`decision`] does the same for the lines inside the decision pane.

pub mod cluster;
pub mod completion;
pub mod decision;
pub mod request;
pub mod windows;

use crate::app::panes::PaneId;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
}

impl Area {
    /// A rectangle from its left upper corner and its size.
    #[must_use]
    pub const fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Self { x, y, width, height }
    }

    /// The column behind its last one.
    #[must_use]
    pub const fn right(self) -> u16 {
        self.x.saturating_add(self.width)
    }

    /// The row below its last one.
    #[must_use]
    pub const fn bottom(self) -> u16 {
        self.y.saturating_add(self.height)
    }

    /// Whether no cell is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Whether a cell is in it.
    #[must_use]
    pub const fn contains(self, column: u16, row: u16) -> bool {
        column >= self.x && column < self.right() && row >= self.y && row < self.bottom()
    }

    /// What a border of one cell leaves.
    #[must_use]
    pub const fn inner(self) -> Self {
        if self.width < 2 || self.height < 2 {
            return Self::new(self.x, self.y, 0, 0);
        }
        Self::new(self.x + 1, self.y + 1, self.width - 2, self.height - 2)
    }

    /// Without `rows` at the top.
    #[must_use]
    pub const fn below(self, rows: u16) -> Self {
        let rows = if rows < self.height { rows } else { self.height };
        Self::new(self.x, self.y + rows, self.width, self.height - rows)
    }

    /// Its first `rows`.
    #[must_use]
    pub const fn top(self, rows: u16) -> Self {
        let rows = if rows < self.height { rows } else { self.height };
        Self::new(self.x, self.y, self.width, rows)
    }

    /// Its last `rows`.
    #[must_use]
    pub const fn foot(self, rows: u16) -> Self {
        let rows = if rows < self.height { rows } else { self.height };
        Self::new(self.x, self.y + self.height - rows, self.width, rows)
    }

    /// Without `rows` at the bottom.
    #[must_use]
    pub const fn above(self, rows: u16) -> Self {
        let rows = if rows < self.height { rows } else { self.height };
        Self::new(self.x, self.y, self.width, self.height - rows)
    }

    /// Without `columns` on either side.
    #[must_use]
    pub const fn narrowed(self, columns: u16) -> Self {
        if self.width < 2 * columns {
            return Self::new(self.x, self.y, 0, self.height);
        }
        Self::new(self.x + columns, self.y, self.width - 2 * columns, self.height)
    }

    /// A rectangle of this size in the middle of it, cut to fit.
    #[must_use]
    pub fn centered(self, width: u16, height: u16) -> Self {
        let (width, height) = (width.min(self.width), height.min(self.height));
        Self::new(self.x + (self.width - width) / 2, self.y + (self.height - height) / 2, width, height)
    }
}

impl PaneId {
    /// The number in its title, and of the key that leads to it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Policy => 1,
            Self::Manifest => 2,
            Self::Decision => 3,
            Self::Cluster => 4,
        }
    }

    /// Whether text is edited in it.
    #[must_use]
    pub const fn is_editor(self) -> bool {
        !matches!(self, Self::Decision | Self::Cluster)
    }
}

/// How the panes are arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Policy, manifest and decision side by side.
    Columns,
    /// The editors above each other, the decision at the right.
    Stacked,
    /// One editor with tabs, the decision as a strip below.
    Tabs,
    /// The focused pane alone.
    Zoomed,
    /// No room to work; one line says which size is needed.
    TooSmall,
}

/// The smallest screen that can be worked on.
pub const SMALLEST: (u16, u16) = (40, 10);

/// From this width on three panes stand side by side.
const COLUMNS_FROM: u16 = 130;
/// From this width on the two editors are equally wide.
const EVEN_FROM: u16 = 150;
/// From this width on the decision stands beside the editors.
const STACKED_FROM: u16 = 100;
/// The decision pane is never narrower beside the editors: two places fit on one line.
const DECISION_WIDTH: u16 = 44;
/// From this size on the cluster stands below the other panes; on a smaller screen it takes their place.
const BELOW_FROM: (u16, u16) = (100, 24);

/// The rectangles of one screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub shape: Shape,
    /// All of it.
    pub screen: Area,
    /// The first line; empty on a low screen.
    pub header: Area,
    /// Each pane with its border; `None` where it is not on the screen.
    pub policy: Option<Area>,
    pub manifest: Option<Area>,
    pub decision: Option<Area>,
    pub cluster: Option<Area>,
    /// State, file, message. On a low screen it shares the last line with the hints.
    pub status: Area,
    /// The last line: what can be done now.
    pub hints: Area,
}

impl Layout {
    /// Arranges a screen of `width` × `height` cells. `editor` is the editor that had the focus last: where only one
    /// fits, it is the one. `cluster` says whether there is a cluster pane.
    #[must_use]
    pub fn of(width: u16, height: u16, focus: PaneId, editor: PaneId, zoom: bool, cluster: bool) -> Self {
        let screen = Area::new(0, 0, width, height);
        let nothing = Area::default();
        let mut layout = Self {
            shape: Shape::TooSmall,
            screen,
            header: nothing,
            policy: None,
            manifest: None,
            decision: None,
            cluster: None,
            status: nothing,
            hints: nothing,
        };
        if width < SMALLEST.0 || height < SMALLEST.1 {
            return layout;
        }
        let mut body = layout.frame_lines();
        let below = cluster && width >= BELOW_FROM.0 && body.height >= BELOW_FROM.1;
        if below && !zoom {
            let rows = body.height / 2;
            layout.cluster = Some(body.foot(rows));
            body = body.above(rows);
        }
        if zoom || (focus == PaneId::Cluster && !below) {
            layout.shape = Shape::Zoomed;
            layout.place(focus, body);
        } else if width >= COLUMNS_FROM {
            layout.shape = Shape::Columns;
            let decision = (width / 4).max(DECISION_WIDTH);
            // Rego has the longer lines: on a narrow screen it gets more.
            let editors = width - decision;
            let policy = if width < EVEN_FROM { editors * 13 / 24 } else { editors.div_ceil(2) };
            let manifest = editors - policy;
            layout.policy = Some(Area { width: policy, ..body });
            layout.manifest = Some(Area { x: policy, width: manifest, ..body });
            layout.decision = Some(Area { x: policy + manifest, width: decision, ..body });
        } else if width >= STACKED_FROM {
            layout.shape = Shape::Stacked;
            let decision = (width * 2 / 5).max(DECISION_WIDTH);
            let editors = Area { width: width - decision, ..body };
            let policy = editors.height.div_ceil(2);
            layout.policy = Some(editors.top(policy));
            layout.manifest = Some(editors.below(policy));
            layout.decision = Some(Area { x: editors.right(), width: decision, ..body });
        } else {
            layout.shape = Shape::Tabs;
            let strip = strip_height(body.height);
            let editor = if focus.is_editor() { focus } else { editor };
            layout.place(if editor.is_editor() { editor } else { PaneId::Manifest }, body.above(strip));
            layout.decision = Some(body.foot(strip));
        }
        layout
    }

    /// Takes header, status and hints from the screen and gives back what is left.
    fn frame_lines(&mut self) -> Area {
        let mut body = self.screen;
        if body.height >= 16 {
            self.header = body.top(1);
            body = body.below(1);
        }
        self.hints = body.foot(1);
        if body.height >= 14 {
            self.status = body.above(1).foot(1);
            body.above(2)
        } else {
            // One line for both: the left part says the state, the rest is for the hints.
            let left = (body.width / 3).min(28);
            self.status = Area { width: left, ..self.hints };
            self.hints = Area { x: left, width: body.width - left, ..self.hints };
            body.above(1)
        }
    }

    fn place(&mut self, pane: PaneId, area: Area) {
        match pane {
            PaneId::Policy => self.policy = Some(area),
            PaneId::Manifest => self.manifest = Some(area),
            PaneId::Decision => self.decision = Some(area),
            PaneId::Cluster => self.cluster = Some(area),
        }
    }

    /// Where a pane is, with its border.
    #[must_use]
    pub const fn area(&self, pane: PaneId) -> Option<Area> {
        match pane {
            PaneId::Policy => self.policy,
            PaneId::Manifest => self.manifest,
            PaneId::Decision => self.decision,
            PaneId::Cluster => self.cluster,
        }
    }

    /// The pane under a cell.
    #[must_use]
    pub fn pane_at(&self, column: u16, row: u16) -> Option<PaneId> {
        PaneId::ALL.into_iter().find(|&pane| self.area(pane).is_some_and(|area| area.contains(column, row)))
    }

    /// Whether the decision is drawn as a strip: one line for each finding.
    #[must_use]
    pub fn decision_is_strip(&self) -> bool {
        self.shape == Shape::Tabs
    }
}

/// Rows of the decision strip with its border, on a body of this height.
fn strip_height(body: u16) -> u16 {
    match body {
        0..14 => 4,
        14..24 => 6,
        24..30 => 7,
        _ => (body / 4).min(12),
    }
}

/// The parts of an editor pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EditorAreas {
    /// Notices about the file (changed on disk, read-only…).
    pub notice: Area,
    /// Signs and line numbers.
    pub gutter: Area,
    /// The text. Its size is what scrolling counts with.
    pub text: Area,
    /// The find or replace bar.
    pub bar: Area,
}

/// Cells of a line number in a file of so many lines: at least two, so that short files do not jump.
#[must_use]
pub fn number_digits(line_count: usize) -> u16 {
    (line_count.max(10).ilog10() + 1) as u16
}

/// The column of the signs of folds: behind the line number.
#[must_use]
pub fn fold_column(gutter: Area, line_count: usize) -> u16 {
    (gutter.x + 2 + number_digits(line_count)).min(gutter.right().saturating_sub(1))
}

/// Cells of the gutter: a sign, a `~` for approximate places, the line number, a gap.
#[must_use]
pub fn gutter_width(pane_width: u16, line_count: usize) -> u16 {
    let digits = number_digits(line_count);
    let gap = if pane_width < 44 { 1 } else { 2 };
    2 + digits + gap
}

/// The parts of an editor pane (with its border), for a file of so many lines, with so many rows of notices and of the
/// find bar. The text keeps at least one row.
#[must_use]
pub fn editor(pane: Area, line_count: usize, notice_rows: u16, bar_rows: u16) -> EditorAreas {
    let inside = pane.inner();
    let spare = inside.height.saturating_sub(1);
    let bar_rows = bar_rows.min(spare);
    let notice_rows = notice_rows.min(spare - bar_rows);
    let body = inside.below(notice_rows).above(bar_rows);
    let gutter = gutter_width(pane.width, line_count).min(body.width.saturating_sub(1));
    EditorAreas {
        notice: inside.top(notice_rows),
        gutter: Area { width: gutter, ..body },
        text: Area { x: body.x + gutter, width: body.width - gutter, ..body },
        bar: inside.foot(bar_rows),
    }
}

/// Where a window over the panes lies: at most `width` cells, as high as `rows` of content need with a border, in the
/// upper part of the screen so that it does not move while its content shrinks.
#[must_use]
pub fn window(screen: Area, width: u16, rows: u16) -> Area {
    let width = width.min(screen.width.saturating_sub(if screen.width > 60 { 4 } else { 0 }));
    let top = (screen.height / 8).max(u16::from(screen.height > 12));
    // The status line and the hints stay in sight.
    let room = screen.height.saturating_sub(top + if screen.height > 14 { 2 } else { 1 });
    let height = rows.saturating_add(2).min(room);
    Area::new(screen.x + (screen.width - width) / 2, screen.y + top, width, height)
}

/// A box at the foot of the screen, above status and hints, as high as its rows need: the which-key menu.
#[must_use]
pub fn sheet(screen: Area, width: u16, rows: u16) -> Area {
    let body = screen.above(if screen.height > 14 { 2 } else { 1 });
    let area = body.foot(rows.saturating_add(2));
    let width = width.min(area.width);
    Area { x: area.x + (area.width - width) / 2, width, ..area }
}

/// The first item of a list that is shown, so that `selected` is in sight and, where the list is longer than the
/// `rows`, in the middle.
#[must_use]
pub fn first_shown(selected: usize, count: usize, rows: usize) -> usize {
    selected.saturating_sub(rows / 2).min(count.saturating_sub(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(width: u16, height: u16) -> Layout {
        Layout::of(width, height, PaneId::Manifest, PaneId::Manifest, false, false)
    }

    #[test]
    fn shapes_follow_the_width() {
        for (width, height, shape) in [
            (160, 50, Shape::Columns),
            (130, 40, Shape::Columns),
            (129, 40, Shape::Stacked),
            (100, 30, Shape::Stacked),
            (99, 30, Shape::Tabs),
            (80, 24, Shape::Tabs),
            (40, 10, Shape::Tabs),
            (39, 10, Shape::TooSmall),
            (40, 9, Shape::TooSmall),
            (0, 0, Shape::TooSmall),
        ] {
            assert_eq!(of(width, height).shape, shape, "{width}x{height}");
        }
    }

    #[test]
    fn every_cell_belongs_to_one_part() {
        for width in (40..220).step_by(7) {
            for height in 10..70 {
                for focus in PaneId::ALL {
                    for (zoom, cluster) in [(false, false), (true, false), (false, true), (true, true)] {
                        let layout = Layout::of(width, height, focus, PaneId::Policy, zoom, cluster);
                        let parts = [
                            Some(layout.header),
                            layout.policy,
                            layout.manifest,
                            layout.decision,
                            layout.cluster,
                            Some(layout.status),
                            Some(layout.hints),
                        ];
                        let cells: u32 =
                            parts.iter().flatten().map(|a| u32::from(a.width) * u32::from(a.height)).sum();
                        assert_eq!(cells, u32::from(width) * u32::from(height), "{layout:?}");
                        for part in parts.iter().flatten() {
                            assert!(part.right() <= width && part.bottom() <= height, "{layout:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_screen_of_80_by_24_has_room_for_both() {
        let layout = of(80, 24);
        assert_eq!(layout.manifest.map(|a| a.inner().height), Some(13));
        assert_eq!(layout.decision.map(|a| a.inner().height), Some(4));
        assert_eq!(layout.policy, None);
        assert_eq!(layout.pane_at(3, 3), Some(PaneId::Manifest));
        assert_eq!(layout.pane_at(3, 18), Some(PaneId::Decision));
        assert_eq!(layout.pane_at(3, 23), None);
    }

    #[test]
    fn the_smallest_screen_can_be_worked_on() {
        let layout = of(40, 10);
        assert!(layout.manifest.is_some_and(|a| a.inner().height >= 3));
        assert!(layout.decision.is_some_and(|a| a.inner().height >= 2));
    }

    #[test]
    fn bars_leave_a_row_of_text() {
        let pane = Area::new(0, 0, 30, 4);
        let areas = editor(pane, 100, 2, 2);
        assert_eq!(areas.text.height, 1);
        assert_eq!(areas.gutter.width, 2 + 3 + 1);
        assert_eq!(editor(Area::new(0, 0, 1, 1), 1, 2, 2).text.width, 0);
    }

    #[test]
    fn windows_stay_on_the_screen() {
        for (width, height) in [(0, 0), (1, 1), (40, 10), (80, 24), (200, 60)] {
            let screen = Area::new(0, 0, width, height);
            for area in [window(screen, 72, 30), sheet(screen, 72, 8)] {
                assert!(area.right() <= width && area.bottom() <= height, "{area:?} on {screen:?}");
            }
        }
    }

    #[test]
    fn a_long_list_keeps_the_selected_item_in_sight() {
        assert_eq!(first_shown(0, 100, 10), 0);
        assert_eq!(first_shown(50, 100, 10), 45);
        assert_eq!(first_shown(99, 100, 10), 90);
        assert_eq!(first_shown(3, 4, 10), 0);
    }
}
