//! `sprintf` with too many or too few values; `print` and `trace` that were left behind.

use super::view::View;
use super::{Finding, Lint};
use crate::core::rego::ast::{Term, TermKind};
use crate::core::rego::walk::{self, Node};

pub(super) fn look(view: &View<'_>, found: &mut Vec<Finding>) {
    walk::rule(view.rule, &mut |node| {
        let Node::Term(term) = node else { return };
        let TermKind::Call(function, args) = &term.kind else { return };
        match (view.builtin(function), args.as_slice()) {
            (Some("sprintf"), [format, values, ..]) => found.extend(sprintf(term, format, values)),
            (Some(name @ ("print" | "trace")), _) if !view.around.test => {
                found.push(Finding::at(
                    Lint::PrintOrTraceCall,
                    function.span,
                    vec![("name", name.to_owned())],
                ));
            }
            _ => {}
        }
    });
}

fn sprintf(call: &Term, format: &Term, values: &Term) -> Option<Finding> {
    let TermKind::String(text) = &format.bare().kind else { return None };
    let TermKind::Array(items) = &values.bare().kind else { return None };
    let wanted = wanted(text);
    let says = |count: usize| count.to_string();
    let counts = vec![("wanted", says(wanted)), ("given", says(items.len()))];
    (wanted != items.len()).then(|| Finding::at(Lint::SprintfArguments, call.span, counts))
}

/// How many values a format of Go asks for: one for each verb and each `*`, or the highest that it counts to (`%[2]d`).
fn wanted(format: &str) -> usize {
    let (mut next, mut most) = (0, 0);
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            continue;
        }
        loop {
            match chars.next() {
                None | Some('%') => break,
                Some('#' | '+' | '-' | ' ' | '.' | '0'..='9') => {}
                Some('*') => {
                    next += 1;
                    most = most.max(next);
                }
                Some('[') => {
                    let mut number = String::new();
                    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                        number.push(digit);
                    }
                    next = number.parse::<usize>().map_or(next, |n| n.saturating_sub(1));
                    chars.next_if_eq(&']');
                }
                Some(_) => {
                    next += 1;
                    most = most.max(next);
                    break;
                }
            }
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::wanted;

    #[test]
    fn verbs_are_counted_as_go_does() {
        for (format, count) in [
            ("", 0),
            ("100%%", 0),
            ("%s is %v", 2),
            ("%5.2f|%-10s|%+d|%#x|% d", 5),
            ("%*d", 2),
            ("%[2]d %[1]d", 2),
            ("%[1]d %d", 2),
            ("%[1]s %[1]s", 1),
            ("50 %", 0),
            ("%d%%%s", 2),
            ("日本 %s 語", 1),
        ] {
            assert_eq!(wanted(format), count, "{format}");
        }
    }
}
