//! Documents × policies: one row for each document, one column for each policy.

use super::{Hit, Line, Source, Span, Tone, lines, sign};
use crate::app::layout::first_shown;
use crate::core::decision::{Cell, Demand, Evaluation, JudgedDocument, Verdict};
use crate::core::text::width::width;
use crate::strings::{self, T};
use unicode_segmentation::UnicodeSegmentation;

/// Cells of a column with the gap before it.
const COLUMN: usize = 6;
/// The same where the pane is narrow.
const NARROW_COLUMN: usize = 5;
/// Cells of the kind of a document with the gap behind it.
const KIND: usize = 5;
/// The name of a document gets at least so many.
const NAME: usize = 8;
/// Marker and sign before the kind.
const SIGNS: usize = 3;

impl Source<'_> {
    /// The heads of the columns and the rows that fit: the selected one is always among them.
    pub(super) fn matrix(&self, shown: &Evaluation, head: &mut Vec<Line>) {
        let documents = shown.documents.len();
        let longest =
            shown.documents.iter().take(200).map(|d| self.name(d).graphemes(true).map(width).sum::<usize>());
        let longest = longest.max().unwrap_or(0).clamp(NAME, 28);
        let fixed = SIGNS + KIND;
        let wide = fixed + longest + COLUMN * shown.policies.len() <= self.width;
        let column = if wide { COLUMN } else { NARROW_COLUMN };
        let most = self.width.saturating_sub(fixed + NAME) / column;
        let columns = shown.policies.len().min(most.max(1));
        let first_column = first_shown(self.pane.policy.unwrap_or(0), shown.policies.len(), columns);
        let name = self.width.saturating_sub(fixed + column * columns).min(longest);

        // Half of the pane at most is the matrix's, and a small one is shown whole.
        let budget = (self.height / 2).max(4).saturating_sub(1);
        let rows = documents.min(budget);
        let first_row = first_shown(self.pane.document, documents, rows);

        head.push(self.column_heads(shown, first_column, columns, column, fixed + name));
        for (index, document) in shown.documents.iter().enumerate().skip(first_row).take(rows) {
            head.push(self.row(document, index, first_column, columns, column, name));
        }
        if rows < documents {
            let text = T::SheetRange.fill(
                self.lang,
                &[("first", &(first_row + 1)), ("last", &(first_row + rows)), ("total", &documents)],
            );
            head.push(Line { right: vec![Span::dim(text)], ..Line::default() });
        }
    }

    fn column_heads(
        &self,
        shown: &Evaluation,
        first: usize,
        count: usize,
        cells: usize,
        start: usize,
    ) -> Line {
        let names: Vec<&str> = shown.policies.iter().map(|policy| self.file_name(policy.file)).collect();
        let labels = labels(&names);
        let before =
            if first > 0 { format!("{:>start$}", format!("‹{first} ")) } else { " ".repeat(start) };
        let mut left = vec![Span::dim(before)];
        for (index, label) in labels.iter().enumerate().skip(first).take(count) {
            let gap = cells.saturating_sub(lines::cells(label));
            let tone = if self.pane.policy == Some(index) { Tone::Strong } else { Tone::Heading };
            let mut span = Span::outside(label, tone);
            span.hit = Some(Hit::Cell { document: self.pane.document, policy: Some(index) });
            left.extend([span, Span::plain(" ".repeat(gap))]);
        }
        let hidden = labels.len().saturating_sub(first + count);
        let right = if hidden > 0 { vec![Span::dim(format!("+{hidden}"))] } else { Vec::new() };
        Line { left, right, cut: true, ..Line::default() }
    }

    fn row(
        &self,
        document: &JudgedDocument,
        index: usize,
        first: usize,
        count: usize,
        cells: usize,
        name: usize,
    ) -> Line {
        let chosen = index == self.pane.document;
        let verdict = document.verdict;
        let kind: String = document.kind.graphemes(true).take(KIND - 1).collect();
        let mut left = vec![
            Span::own(if chosen { "▶" } else { " " }, Tone::Strong),
            Span::verdict(verdict, format!("{} ", sign(verdict))),
            Span::outside(padded(&kind, KIND), Tone::Dim),
            Span::outside(
                padded(&self.name(document), name),
                if chosen { Tone::Strong } else { Tone::Plain },
            ),
        ];
        if let Some(reason) = &document.reason {
            left.push(Span::plain(" "));
            left.push(Span::outside(strings::reason(reason, self.lang), Tone::Plain));
        } else {
            for (policy, cell) in document.cells.iter().enumerate().skip(first).take(count) {
                let mut span = self.cell(cell);
                let gap = cells.saturating_sub(span.cells());
                span.hit = Some(Hit::Cell { document: index, policy: Some(policy) });
                let here = chosen && self.pane.policy == Some(policy);
                if here {
                    span.text = format!("[{}]", span.text);
                    // The brackets stand where the blanks around the sign are.
                    if let Some(before) = left.last_mut() {
                        before.text.pop();
                    }
                }
                let gap = if here { gap.saturating_sub(1) } else { gap };
                left.extend([span, Span::plain(" ".repeat(gap))]);
            }
        }
        Line { left, hit: Some(Hit::Cell { document: index, policy: None }), cut: true, ..Line::default() }
    }

    /// `✗1`, `!1`, `?`, `·`
    fn cell(&self, cell: &Cell) -> Span {
        let deny = cell.findings.iter().filter(|f| f.severity == Demand::Deny).count();
        match cell.verdict {
            Verdict::Deny => Span::verdict(Verdict::Deny, format!("✗{deny}")),
            Verdict::Warn => Span::verdict(Verdict::Warn, format!("!{}", cell.findings.len())),
            Verdict::NotJudged => Span::verdict(Verdict::NotJudged, "?"),
            Verdict::Allow => Span::dim("·"),
        }
    }

    /// `shop/web`, or the file and the number of a document without a name.
    fn name(&self, document: &JudgedDocument) -> String {
        match (document.namespace.as_str(), document.name.as_str()) {
            (_, "") => format!("{}#{}", self.file_name(document.place.file), document.index + 1),
            ("", name) => name.to_owned(),
            (namespace, name) => format!("{namespace}/{name}"),
        }
    }
}

/// A text in exactly so many cells, with a blank at its end.
fn padded(text: &str, cells: usize) -> String {
    let room = cells.saturating_sub(1);
    let mut shown = String::new();
    let mut used = 0;
    let safe = crate::core::display_safe::one_line(text);
    let whole: usize = safe.graphemes(true).map(width).sum();
    for grapheme in safe.graphemes(true) {
        let limit = if whole > room { room.saturating_sub(1) } else { room };
        if used + width(grapheme) > limit {
            break;
        }
        used += width(grapheme);
        shown.push_str(grapheme);
    }
    if whole > room && room > 0 {
        shown.push('…');
        used += 1;
    }
    shown.extend(std::iter::repeat_n(' ', cells.saturating_sub(used)));
    shown
}

/// A short name for each policy, at most four characters: the first word of the file's name, where that is taken the
/// last one, else with its number.
fn labels(names: &[&str]) -> Vec<String> {
    const CELLS: usize = 4;
    let words = |name: &str| -> Vec<String> {
        let file = name.rsplit('/').next().unwrap_or(name);
        let stem = file.strip_suffix(".rego").unwrap_or(file);
        stem.split(['_', '-', '.', ' '])
            .filter(|word| !word.is_empty())
            .map(|word| word.chars().take(CELLS).collect())
            .collect()
    };
    let all: Vec<Vec<String>> = names.iter().map(|name| words(name)).collect();
    let first = |words: &[String]| words.first().cloned().unwrap_or_default();
    let mut labels: Vec<String> = Vec::new();
    for (index, words) in all.iter().enumerate() {
        let shared = all.iter().enumerate().any(|(other, w)| other != index && first(w) == first(words));
        let own = if shared { words.last().cloned().unwrap_or_default() } else { first(words) };
        let label = if own.is_empty() || labels.contains(&own) {
            let number = (index + 1).to_string();
            let kept: String = own.chars().take(CELLS.saturating_sub(number.len())).collect();
            kept + &number
        } else {
            own
        };
        labels.push(label);
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_tell_policies_apart() {
        for (names, expected) in [
            (&["a/privileged.rego", "capabilities.rego"][..], &["priv", "capa"][..]),
            (&["host_access.rego", "host_path.rego", "run_as.rego"], &["acce", "path", "run"]),
            (&["a/policy.rego", "b/policy.rego"], &["poli", "pol2"]),
        ] {
            assert_eq!(labels(names), expected);
        }
    }

    #[test]
    fn padding_fills_exactly() {
        for text in ["web", "a-very-long-name", "日本語の名前", ""] {
            for cells in 1..12 {
                assert_eq!(
                    padded(text, cells).graphemes(true).map(width).sum::<usize>(),
                    cells,
                    "{text} {cells}"
                );
            }
        }
    }
}
