//! Documents × policies: one row for each document, one column for each policy.

use std::collections::{HashMap, HashSet};

use super::{Hit, Line, Source, Span, Tone, lines, sign};
use crate::app::layout::first_shown;
use crate::core::decision::{Cell, Demand, Evaluation, JudgedDocument, Verdict};
use crate::core::text::width::width;
use crate::strings::{self, T};
use unicode_segmentation::UnicodeSegmentation;

/// Cells of a column, and whether the kind of a document has one: the first that shows all policies is taken.
const SHAPES: [(usize, bool); 6] = [(11, true), (8, true), (6, true), (5, true), (5, false), (4, false)];
/// Cells of the kind of a document with the gap behind it.
const KIND: usize = 5;
/// The name of a document gets at least so many.
const NAME: usize = 9;
/// Marker and sign before the kind.
const SIGNS: usize = 3;

/// What the columns of a matrix take.
struct Columns {
    first: usize,
    count: usize,
    cells: usize,
    /// Of the kind; 0 where it is left out.
    kind: usize,
    name: usize,
}

impl Source<'_> {
    /// The heads of the columns and the rows that fit: the selected one is always among them.
    pub(super) fn matrix(&self, shown: &Evaluation, head: &mut Vec<Line>) {
        let documents = shown.documents.len();
        let longest = shown.documents.iter().take(200).map(|d| self.label(shown, d).1.cells() + 1);
        let longest = longest.max().unwrap_or(0).clamp(NAME, 28);
        let policies = shown.policies.len();
        let kind = |shown: bool| if shown { KIND } else { 0 };
        let fits = |(cells, kinds): &(usize, bool)| {
            let name = if *cells > 5 { longest } else { NAME };
            SIGNS + kind(*kinds) + name + cells * policies <= self.width
        };
        let (cells, kinds) = SHAPES.into_iter().find(fits).unwrap_or((4, false));
        let fixed = SIGNS + kind(kinds);
        let count = policies.min((self.width.saturating_sub(fixed + NAME) / cells).max(1));
        let columns = Columns {
            first: first_shown(self.pane.policy.unwrap_or(0), policies, count),
            count,
            cells,
            kind: kind(kinds),
            name: self.width.saturating_sub(fixed + cells * count).min(longest),
        };

        // Half of the pane at most is the matrix's, and a small one is shown whole.
        let budget = (self.height / 2).max(4).saturating_sub(1);
        let rows = documents.min(budget);
        let first_row = first_shown(self.pane.document, documents, rows);

        head.push(self.column_heads(shown, &columns));
        for (index, document) in shown.documents.iter().enumerate().skip(first_row).take(rows) {
            head.push(self.row(shown, index, document, &columns));
        }
        if rows < documents {
            let text = T::SheetRange.fill(
                self.lang,
                &[("first", &(first_row + 1)), ("last", &(first_row + rows)), ("total", &documents)],
            );
            head.push(Line { right: vec![Span::dim(text)], ..Line::default() });
        }
    }

    fn column_heads(&self, shown: &Evaluation, columns: &Columns) -> Line {
        let names: Vec<&str> = shown.policies.iter().map(|policy| self.file_name(policy.file)).collect();
        let labels = labels(&names, columns.cells - 1);
        let start = SIGNS + columns.kind + columns.name;
        // How many are left and right of those shown.
        let hidden = labels.len().saturating_sub(columns.first + columns.count);
        let mut before = String::new();
        if columns.first > 0 {
            before = format!("‹{} ", columns.first);
        }
        if hidden > 0 {
            before.push_str(&format!("›{hidden} "));
        }
        let mut left = vec![Span::dim(format!("{before:>start$}"))];
        for (index, label) in labels.iter().enumerate().skip(columns.first).take(columns.count) {
            let gap = columns.cells.saturating_sub(lines::cells(label));
            let tone = if self.pane.policy == Some(index) { Tone::Strong } else { Tone::Heading };
            let mut span = Span::outside(label, tone);
            span.hit = Some(Hit::Cell { document: self.pane.document, policy: Some(index) });
            left.extend([span, Span::plain(" ".repeat(gap))]);
        }
        Line::from(left)
    }

    fn row(&self, shown: &Evaluation, index: usize, document: &JudgedDocument, columns: &Columns) -> Line {
        let chosen = index == self.pane.document;
        let verdict = document.verdict;
        let (kind, mut name) = self.label(shown, document);
        let kind: String = kind.graphemes(true).take(KIND - 1).collect();
        if document.derived_from.is_some() && name.cells() >= columns.name {
            // Below its workload it is known without its name.
            name.text = format!("▸ {}", document.kind);
        }
        name.text = padded(&name.text, columns.name);
        name.tone = if chosen { Tone::Strong } else { Tone::Plain };
        let mut left = vec![
            Span::own(if chosen { "▶" } else { " " }, Tone::Strong),
            Span::verdict(verdict, sign(verdict)),
            Span::plain(" "),
            Span::outside(padded(&kind, columns.kind), Tone::Dim),
            name,
        ];
        if let Some(reason) = &document.reason {
            left.push(Span::plain(" "));
            left.push(Span::outside(strings::reason(reason, self.lang), Tone::Plain));
        } else {
            for (policy, cell) in document.cells.iter().enumerate().skip(columns.first).take(columns.count) {
                let off = shown.policies.get(policy).is_some_and(|policy| policy.off);
                let mut span = if off { Span::dim("-") } else { self.cell(cell) };
                let gap = columns.cells.saturating_sub(span.cells());
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
        Line { left, hit: Some(Hit::Cell { document: index, policy: None }), ..Line::default() }
    }

    /// `✗1`, `!1`, `?`, `·`
    fn cell(&self, cell: &Cell) -> Span {
        let deny = cell.findings.iter().filter(|f| f.severity == Demand::Deny).count();
        match cell.verdict {
            Verdict::Deny => Span::verdict(Verdict::Deny, format!("✗{deny}")),
            Verdict::Warn => Span::verdict(Verdict::Warn, format!("!{}", cell.findings.len())),
            Verdict::NotJudged => Span::verdict(Verdict::NotJudged, "?"),
            Verdict::Allow if cell.miss.is_some() => Span::dim(" "),
            Verdict::Allow => Span::dim("·"),
        }
    }

    /// The kind and the name of a row. A derived Pod stands under its workload as `web ▸ Pod`.
    fn label<'d>(&self, shown: &'d Evaluation, document: &'d JudgedDocument) -> (&'d str, Span) {
        match document.derived_from.and_then(|at| shown.documents.get(at)) {
            Some(workload) => {
                let name = crate::core::display_safe::one_line(&self.name(workload));
                (&workload.kind, Span::plain(format!("{name} ▸ {}", document.kind)))
            }
            None => (&document.kind, Span::outside(self.name(document), Tone::Plain)),
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
#[must_use]
pub fn padded(text: &str, cells: usize) -> String {
    let room = cells.saturating_sub(1);
    let mut shown = String::new();
    let mut used = 0;
    let safe = crate::core::display_safe::one_line(text);
    let whole: usize = safe.graphemes(true).map(width).sum();
    if cells == 0 {
        return shown;
    }
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

/// A short name for each policy, of at most `cells` characters: the first word of the file's name, where that is taken the
/// last one, else with its number.
fn labels(names: &[&str], cells: usize) -> Vec<String> {
    let words = |name: &str| -> Vec<String> {
        let file = name.rsplit('/').next().unwrap_or(name);
        let stem = file.strip_suffix(".rego").unwrap_or(file);
        stem.split(['_', '-', '.', ' '])
            .filter(|word| !word.is_empty())
            .map(|word| word.chars().take(cells).collect())
            .collect()
    };
    let all: Vec<Vec<String>> = names.iter().map(|name| words(name)).collect();
    let mut firsts: HashMap<&str, usize> = HashMap::new();
    for first in all.iter().filter_map(|words| words.first()) {
        *firsts.entry(first).or_default() += 1;
    }
    let mut taken: HashSet<String> = HashSet::new();
    let mut labels = Vec::new();
    for (index, words) in all.iter().enumerate() {
        let first = words.first().filter(|first| firsts.get(first.as_str()) == Some(&1));
        let own = first.or(words.last()).cloned().unwrap_or_default();
        let label = if own.is_empty() || taken.contains(&own) {
            let number = (index + 1).to_string();
            let kept: String = own.chars().take(cells.saturating_sub(number.len())).collect();
            kept + &number
        } else {
            own
        };
        taken.insert(label.clone());
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
            assert_eq!(labels(names, 4), expected);
        }
    }

    #[test]
    fn padding_fills_exactly() {
        for text in ["web", "a-very-long-name", "日本語の名前", ""] {
            for cells in 0..12 {
                assert_eq!(
                    padded(text, cells).graphemes(true).map(width).sum::<usize>(),
                    cells,
                    "{text} {cells}"
                );
            }
        }
    }
}
