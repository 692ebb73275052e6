//! `# regal ignore:rule,rule` and `# regoscope ignore:rule`: on the line of what is not to be told, or above it.

use crate::core::diagnostics::Diagnostic;
use crate::core::rego::lexer::{Kind, Lexer};

/// Drops the remarks that comments take back.
pub(super) fn drop_ignored(text: &str, remarks: &mut Vec<Diagnostic>) {
    if remarks.is_empty() || !text.contains("ignore:") {
        return;
    }
    let mut lexer = Lexer::new(text, 0);
    // Line, whether nothing but the comment is on it, and the names.
    let mut ignored: Vec<(usize, bool, Vec<&str>)> = Vec::new();
    loop {
        let token = lexer.next_token();
        match token.kind {
            Kind::Eof => break,
            Kind::Comment => {
                let (start, end) = (token.start as usize, token.end as usize);
                let comment = text.get(start..end).unwrap_or_default();
                if let Some(names) = names(comment) {
                    let before = text.get(..start).unwrap_or_default();
                    let line = before.rfind('\n').map_or(0, |at| at + 1);
                    let alone = before.get(line..).is_some_and(|lead| lead.trim().is_empty());
                    ignored.push((line_of(text, start), alone, names));
                }
            }
            _ => {}
        }
    }
    remarks.retain(|remark| {
        let line = line_of(text, remark.range.start);
        let takes_back = |(at, alone, names): &(usize, bool, Vec<&str>)| {
            (*at == line || (*alone && at + 1 == line)) && names.contains(&remark.code.as_str())
        };
        !ignored.iter().any(takes_back)
    });
}

fn line_of(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(0, |before| before.matches('\n').count())
}

/// The rules that a comment names.
fn names(comment: &str) -> Option<Vec<&str>> {
    let comment = comment.strip_prefix('#')?.trim_start();
    let rest = comment.strip_prefix("regal ").or_else(|| comment.strip_prefix("regoscope "))?;
    let names = rest.trim_start().strip_prefix("ignore:")?;
    // What follows the names says why.
    let mut all = Vec::new();
    for name in names.split(',') {
        let mut words = name.split_whitespace();
        all.extend(words.next());
        if words.next().is_some() {
            break;
        }
    }
    Some(all)
}
