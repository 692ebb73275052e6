//! Folded parts of a text: which lines are shown, and on which row.
//!
//! A fold keeps its first line (its head) in sight and hides the ones behind it. Rows count the lines that are shown,
//! from 0. This is the one mapping between rows and lines: scrolling, drawing, the mouse and motions all ask it, and it
//! costs a binary search whatever the text's length.

use super::buffer::TextBuffer;
use super::edit::Transaction;
use std::ops::Range;

/// A folded part: the lines behind `head` up to `last` are hidden. Always `head < last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fold {
    /// The line that stays in sight.
    pub head: usize,
    /// The last hidden line.
    pub last: usize,
}

impl Fold {
    /// Lines that are hidden.
    #[must_use]
    pub const fn hidden(self) -> usize {
        self.last - self.head
    }

    const fn hides(self, line: usize) -> bool {
        self.head < line && line <= self.last
    }

    const fn crosses(self, other: Self) -> bool {
        (self.head < other.head && other.head <= self.last && self.last < other.last)
            || (other.head < self.head && self.head <= other.last && other.last < self.last)
    }
}

/// A fold that lies in no other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outer {
    fold: Fold,
    /// Lines hidden above its head.
    above: usize,
}

/// The folds of one text. They may lie in each other and never cross.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folds {
    /// By head, which no two have in common.
    all: Vec<Fold>,
    outer: Vec<Outer>,
}

impl Folds {
    /// Whether every line is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All folds, by head; those in another one too.
    #[must_use]
    pub fn all(&self) -> &[Fold] {
        &self.all
    }

    /// Folds these parts. A fold that one of them crosses, or that begins on the same line, is opened.
    pub fn close(&mut self, parts: &[Fold]) {
        let mut all = std::mem::take(&mut self.all);
        all.retain(|fold| !parts.iter().any(|part| part.head == fold.head || part.crosses(*fold)));
        all.extend(parts);
        self.set(all);
    }

    /// Opens the fold of this head.
    pub fn open(&mut self, head: usize) {
        self.retain(|fold| fold.head != head);
    }

    /// Opens whatever hides this line.
    pub fn reveal(&mut self, line: usize) {
        if self.is_hidden(line) {
            self.retain(|fold| !fold.hides(line));
        }
    }

    /// Opens all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The fold of this head.
    #[must_use]
    pub fn at(&self, head: usize) -> Option<Fold> {
        let at = self.all.binary_search_by_key(&head, |fold| fold.head).ok()?;
        self.all.get(at).copied()
    }

    /// Whether the line is hidden.
    #[must_use]
    pub fn is_hidden(&self, line: usize) -> bool {
        self.hiding(line).is_some()
    }

    /// The line that is shown in place of this one: itself, or the head of what hides it.
    #[must_use]
    pub fn shown(&self, line: usize) -> usize {
        self.hiding(line).map_or(line, |fold| fold.head)
    }

    /// The outermost fold that hides a line.
    #[must_use]
    pub fn hiding(&self, line: usize) -> Option<Fold> {
        let before = self.outer.partition_point(|outer| outer.fold.head < line);
        let outer = self.outer.get(before.checked_sub(1)?)?;
        outer.fold.hides(line).then_some(outer.fold)
    }

    /// The row of a line; of a hidden one that of what is shown in its place.
    #[must_use]
    pub fn row_of(&self, line: usize) -> usize {
        let line = self.shown(line);
        let before = self.outer.partition_point(|outer| outer.fold.head < line);
        let above = before.checked_sub(1).and_then(|at| self.outer.get(at));
        line - above.map_or(0, |outer| outer.above + outer.fold.hidden())
    }

    /// The line on a row. Rows behind the last one lead to lines behind the last one.
    #[must_use]
    pub fn line_at(&self, row: usize) -> usize {
        let before = self.outer.partition_point(|outer| outer.fold.head - outer.above < row);
        let above = before.checked_sub(1).and_then(|at| self.outer.get(at));
        row + above.map_or(0, |outer| outer.above + outer.fold.hidden())
    }

    /// Moves along with an edit; `buffer` is still the text before it. A fold that the edit touches behind the text of
    /// its head, or whose head it breaks there, is opened.
    pub fn note(&mut self, buffer: &TextBuffer, transaction: &Transaction) {
        if self.is_empty() {
            return;
        }
        // Of each change: its bytes, whether it adds line breaks, and the lines gained by all up to it.
        let mut gained = 0_isize;
        let changes: Vec<(Range<usize>, bool, isize)> = transaction
            .changes()
            .iter()
            .map(|change| {
                let added = change.new.bytes().filter(|&byte| byte == b'\n').count();
                let removed = buffer.line_of(change.range.end) - buffer.line_of(change.range.start);
                gained += added.cast_signed() - removed.cast_signed();
                (change.range.clone(), added > 0, gained)
            })
            .collect();
        let all = std::mem::take(&mut self.all);
        let moved = all.into_iter().filter_map(|fold| {
            let (start, end) = (buffer.line_end(fold.head), buffer.line_end(fold.last));
            let mut at = changes.partition_point(|(range, ..)| range.end < start);
            while let Some((range, breaks, _)) = changes.get(at)
                && range.start <= end
            {
                // What only ends where the head does leaves the rest alone.
                if range.end > start || *breaks {
                    return None;
                }
                at += 1;
            }
            let lines = at.checked_sub(1).and_then(|at| changes.get(at)).map_or(0, |(_, _, lines)| *lines);
            let moved = |line: usize| line.saturating_add_signed(lines);
            Some(Fold { head: moved(fold.head), last: moved(fold.last) })
        });
        let moved = moved.collect();
        self.set(moved);
    }

    fn retain(&mut self, keeps: impl FnMut(&Fold) -> bool) {
        let mut all = std::mem::take(&mut self.all);
        all.retain(keeps);
        self.set(all);
    }

    /// Sorts them and leaves out what cannot be: no hidden line, the head of another one, crossing an earlier one.
    fn set(&mut self, mut all: Vec<Fold>) {
        all.sort_by_key(|fold| (fold.head, std::cmp::Reverse(fold.last)));
        all.dedup_by_key(|fold| fold.head);
        let mut around: Vec<Fold> = Vec::new();
        let mut hidden = 0;
        self.outer.clear();
        all.retain(|fold| {
            while around.last().is_some_and(|outer| outer.last < fold.head) {
                around.pop();
            }
            if fold.head >= fold.last || around.last().is_some_and(|outer| outer.last < fold.last) {
                return false;
            }
            if around.is_empty() {
                self.outer.push(Outer { fold: *fold, above: hidden });
                hidden += fold.hidden();
            }
            around.push(*fold);
            true
        });
        self.all = all;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::text::Change;
    use crate::core::text::selection::Selection;

    /// Folds as they are seen: a line with `>` is the head of a fold, lines with `|` are hidden by one, with `||` by
    /// two, and so on; a head within a fold has both, `|>`.
    fn marked(text: &str) -> (TextBuffer, Folds) {
        let depth = |line: &str| line.bytes().take_while(|&byte| byte == b'|').count();
        let lines: Vec<&str> = text.lines().collect();
        let parts: Vec<Fold> = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.trim_start_matches('|').starts_with('>'))
            .map(|(head, line)| {
                let hidden = lines[head + 1..].iter().take_while(|next| depth(next) > depth(line)).count();
                Fold { head, last: head + hidden }
            })
            .collect();
        let plain: Vec<&str> = lines.iter().map(|line| line.trim_start_matches(['|', '>'])).collect();
        let mut folds = Folds::default();
        folds.close(&parts);
        (TextBuffer::new(&plain.join("\n")), folds)
    }

    fn show(buffer: &TextBuffer, folds: &Folds) -> String {
        let line = |line: usize| {
            let depth = folds.all().iter().filter(|fold| fold.hides(line)).count();
            let head = if folds.at(line).is_some() { ">" } else { "" };
            format!("{}{head}{}", "|".repeat(depth), buffer.line(line))
        };
        (0..buffer.line_count()).map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn rows_are_the_lines_that_are_shown() {
        let (_, folds) = marked(">a\n|b\n|>c\n||d\ne\n>f\n|g\nh");
        assert_eq!((0..8).map(|line| folds.row_of(line)).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 2, 2, 3]);
        assert_eq!((0..5).map(|row| folds.line_at(row)).collect::<Vec<_>>(), [0, 4, 5, 7, 8]);
    }

    #[test]
    fn folds_open_and_close() {
        let case = |before: &str, act: &dyn Fn(&mut Folds), after: &str| {
            let (buffer, mut folds) = marked(before);
            act(&mut folds);
            assert_eq!(show(&buffer, &folds), after, "{before}");
        };
        case(">a\n|>b\n||c\nd", &|folds| folds.open(0), "a\n>b\n|c\nd");
        case(">a\n|>b\n||c\nd", &|folds| folds.open(1), ">a\n|b\n|c\nd");
        case(">a\n|>b\n||c\nd", &|folds| folds.reveal(1), "a\n>b\n|c\nd");
        case(">a\n|>b\n||c\nd", &|folds| folds.reveal(2), "a\nb\nc\nd");
        case(">a\n|>b\n||c\nd", &|folds| folds.reveal(0), ">a\n|>b\n||c\nd");
        case(">a\n|>b\n||c\nd", &Folds::clear, "a\nb\nc\nd");
        // A new one wins over one of the same head and over one that it crosses.
        case(">a\n|b\nc", &|folds| folds.close(&[Fold { head: 0, last: 2 }]), ">a\n|b\n|c");
        case(">a\n|b\nc", &|folds| folds.close(&[Fold { head: 1, last: 2 }]), "a\n>b\n|c");
        case("a\nb", &|folds| folds.close(&[Fold { head: 1, last: 1 }]), "a\nb");
    }

    #[test]
    fn folds_move_with_their_text() {
        // (before, (what is replaced, how often from the start), what by, after)
        for (before, old, new, after) in [
            // Above.
            ("0\n>a\n|b\nc", "0", "0\n0", "0\n0\n>a\n|b\nc"),
            ("0\n0\n>a\n|b\nc", "0\n0", "0", "0\n>a\n|b\nc"),
            // Below, and on the line behind it.
            (">a\n|b\nc", "c", "\nc\nd", ">a\n|b\n\nc\nd"),
            // In the text of the head: it stays folded, also when the head is moved down.
            (">a\n|b\nc", "a", "aa", ">aa\n|b\nc"),
            (">xa\n|b\nc", "x", "x\n", "x\n>a\n|b\nc"),
            // A line break at its end, or what is hidden: it opens.
            (">a\n|b\nc", "a", "a\n", "a\n\nb\nc"),
            (">a\n|b\nc", "a\n", "a", "ab\nc"),
            (">a\n|b\nc", "b", "", "a\n\nc"),
            (">a\n|b\nc", "\nc", "c", "a\nbc"),
            (">a\n|b\nc", "a\nb\nc", "", ""),
            // Of two, only the one that is touched; around it, both.
            (">a\n|>b\n||c\n|d\ne", "d", "D", "a\n>b\n|c\nD\ne"),
            (">a\n|b\n>c\n|d\ne", "b", "B\nB", "a\nB\nB\n>c\n|d\ne"),
        ] {
            let (mut buffer, mut folds) = marked(before);
            let at = buffer.to_string().find(old).expect("what is replaced");
            let change = Change { range: at..at + old.len(), new: new.to_owned() };
            let transaction = Transaction::new(vec![change], Selection::default(), Selection::default());
            folds.note(&buffer, &transaction);
            transaction.apply(&mut buffer);
            assert_eq!(show(&buffer, &folds), after, "{before:?}: {old:?} becomes {new:?}");
        }
    }
}
