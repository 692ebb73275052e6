//! Lines made of pieces with a meaning.

use unicode_segmentation::UnicodeSegmentation;

use super::Hit;
use crate::core::decision::Verdict;
use crate::core::display_safe::{display_safe, one_line};
use crate::core::text::width::width;

/// What a piece of a line means; the theme gives it a style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Dim,
    Strong,
    /// Sign, word or count of a verdict.
    Verdict(Verdict),
    /// Leads to a place.
    Link,
    /// What is wrong with a text.
    Fault,
    /// The name of the group of lines below.
    Heading,
    /// A key to press.
    Key,
    /// A danger that is not a verdict: a chip.
    Danger,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub tone: Tone,
    /// What a click on it means, if not what its line means.
    pub hit: Option<Hit>,
    /// The text is not ours: its signs are drawn as they are.
    pub outside: bool,
}

impl Span {
    pub(in crate::app::layout) fn plain(text: impl Into<String>) -> Self {
        Self::own(text, Tone::Plain)
    }

    pub(in crate::app::layout) fn dim(text: impl Into<String>) -> Self {
        Self::own(text, Tone::Dim)
    }

    pub(in crate::app::layout) fn strong(text: impl Into<String>) -> Self {
        Self::own(text, Tone::Strong)
    }

    pub(in crate::app::layout) fn verdict(verdict: Verdict, text: impl Into<String>) -> Self {
        Self::own(text, Tone::Verdict(verdict))
    }

    pub(in crate::app::layout) fn own(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone, hit: None, outside: false }
    }

    /// Text from outside, made safe and put on one line.
    pub(in crate::app::layout) fn outside(text: impl AsRef<str>, tone: Tone) -> Self {
        Self { text: one_line(text.as_ref()), tone, hit: None, outside: true }
    }

    /// Cells that it takes.
    #[must_use]
    pub fn cells(&self) -> usize {
        cells(&self.text)
    }
}

/// One line of the pane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    pub left: Vec<Span>,
    /// Set flush right. Where both do not fit, the left part is cut with `…`.
    pub right: Vec<Span>,
    /// What a click on it means.
    pub hit: Option<Hit>,
    /// It belongs to what is selected.
    pub selected: bool,
}

impl From<Vec<Span>> for Line {
    fn from(left: Vec<Span>) -> Self {
        Self { left, ..Self::default() }
    }
}

impl Line {
    /// Each span with its column, in a pane of `width` cells with a blank on either side.
    pub(super) fn columns(&self, width: usize) -> impl Iterator<Item = (usize, &Span)> {
        let right: usize = self.right.iter().map(Span::cells).sum();
        let mut at = 1;
        let left = self.left.iter().map(move |span| {
            let column = at;
            at += span.cells();
            (column, span)
        });
        let mut at = width.saturating_sub(1 + right);
        let right = self.right.iter().map(move |span| {
            let column = at;
            at += span.cells();
            (column, span)
        });
        left.chain(right)
    }

    /// The column behind the left part, in a pane of `width` cells.
    #[must_use]
    pub fn left_end(&self, width: usize) -> usize {
        let right: usize = self.right.iter().map(Span::cells).sum();
        width.saturating_sub(1 + right + usize::from(right > 0))
    }
}

/// Cells that a text takes when it is shown.
pub(super) fn cells(text: &str) -> usize {
    display_safe(text).graphemes(true).map(width).sum()
}

/// Breaks a text into lines of at most `room` cells: at blanks, between wide characters, and inside a word that is
/// longer than a line. Closing punctuation of Japanese does not begin a line.
#[must_use]
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(2);
    let safe = display_safe(text);
    let mut lines = Vec::new();
    for paragraph in safe.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for piece in pieces(paragraph.trim_end()) {
            let cells = width(piece);
            if used + width(piece.trim_end()) <= room {
                line.push_str(piece);
                used += cells;
                continue;
            }
            if used > 0 {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
                used = 0;
            }
            if width(piece.trim_end()) <= room {
                line.push_str(piece);
                used = cells;
                continue;
            }
            for grapheme in piece.graphemes(true) {
                if used + width(grapheme) > room {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push_str(grapheme);
                used += width(grapheme);
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The pieces between which a line may break: words with the blanks behind them, single wide characters with the
/// punctuation behind them.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<&str> = None;
    for (at, grapheme) in text.grapheme_indices(true) {
        let closes =
            matches!(grapheme, "、" | "。" | "」" | "』" | "）" | "】" | "！" | "？" | "ー" | "・" | "：");
        let opens = matches!(before, Some("「" | "『" | "（" | "【"));
        let breaks = before.is_some_and(|before| {
            (before == " " && grapheme != " ")
                || (!closes && !opens && grapheme != " " && (width(before) > 1 || width(grapheme) > 1))
        });
        if breaks {
            pieces.extend(text.get(start..at));
            start = at;
        }
        before = Some(grapheme);
    }
    pieces.extend(text.get(start..).filter(|piece| !piece.is_empty()));
    pieces
}

/// A path of at most `room` cells: without its first folders, or else cut in its middle; the end stays.
#[must_use]
pub fn middle_cut(path: &str, room: usize) -> String {
    let safe = display_safe(path);
    if cells(&safe) <= room {
        return safe.into_owned();
    }
    // Folders go first.
    let shorter = safe.match_indices('/').map(|(at, _)| format!("…{}", safe.get(at..).unwrap_or_default()));
    if let Some(shorter) = shorter.into_iter().find(|shorter| cells(shorter) <= room) {
        return shorter;
    }
    let graphemes: Vec<&str> = safe.graphemes(true).collect();
    let keep = room.saturating_sub(1);
    let take = |from_end: bool, room: usize| {
        let mut used = 0;
        let fits = |grapheme: &&&str| {
            used += width(grapheme);
            used <= room
        };
        if from_end {
            graphemes.iter().rev().take_while(fits).count()
        } else {
            graphemes.iter().take_while(fits).count()
        }
    };
    // The end says more than the beginning: it gets two thirds.
    let tail = take(true, keep - keep / 3);
    let head = take(false, keep / 3);
    let mut cut: String = graphemes.iter().take(head).copied().collect();
    cut.push('…');
    cut.extend(graphemes.iter().skip(graphemes.len().saturating_sub(tail)).copied());
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_blanks_and_between_wide_characters() {
        for (text, room, lines) in [
            ("hostPID shares the node's processes", 20, &["hostPID shares the", "node's processes"][..]),
            ("one", 20, &["one"]),
            ("", 20, &[""]),
            ("abcdefgh", 3, &["abc", "def", "gh"]),
            ("これは長い文です。次", 16, &["これは長い文で", "す。次"]),
            ("two\nlines", 20, &["two", "lines"]),
        ] {
            assert_eq!(wrap(text, room), lines, "{text}");
        }
    }

    #[test]
    fn no_line_is_longer_than_its_room() {
        let text = "12 行目の privileged を false にして、この欄を見てください。 registry.example.com/a/very/long/name";
        for room in 2..60 {
            for line in wrap(text, room) {
                assert!(width(&line) <= room, "{room}: {line}");
            }
        }
    }

    #[test]
    fn paths_are_cut_in_the_middle() {
        assert_eq!(middle_cut("policies/team/host_access.rego:12", 30), "…/team/host_access.rego:12");
        assert_eq!(middle_cut("policies/team/host_access.rego:12", 18), "polic…cess.rego:12");
        assert_eq!(middle_cut("a.rego:1", 20), "a.rego:1");
        for room in 0..12 {
            assert!(cells(&middle_cut("方針/とても長い名前.rego:12", room)) <= room.max(1));
        }
    }
}
