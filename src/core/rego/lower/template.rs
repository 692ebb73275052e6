//! Template strings, and numbers whose spelling is seen in a text.

use super::Lowerer;
use super::buf::Buf;
use crate::core::rego::ast::{Literal, LiteralKind, Span, TemplatePart, Term, TermKind};

impl Lowerer<'_> {
    /// The text of a hole that is nothing but a number.
    fn spelled(&self, literal: &Literal) -> Option<&str> {
        let plain = literal.not.is_none() && literal.with.is_empty();
        match &literal.kind {
            LiteralKind::Expr(Term { span, kind: TermKind::Number }) if plain => Some(span.of(self.source)),
            _ => None,
        }
    }

    /// `sprintf("%f", [1.0])`: what it says depends on how the number is written, which the engine forgets.
    pub(super) fn refuse_spellings(&mut self, args: &[Term]) {
        let [format, values] = args else { return };
        let only_v = match &format.bare().kind {
            TermKind::String(format) => !format.replace("%v", "").contains('%'),
            _ => false,
        };
        let TermKind::Array(items) = &values.bare().kind else { return };
        let odd = items.iter().find(|item| {
            let text = item.span.of(self.source);
            matches!(item.kind, TermKind::Number)
                && text.contains(['.', 'e', 'E'])
                && text.parse::<f64>().is_ok_and(|number| number.fract() == 0.0)
        });
        if let Some(odd) = odd.filter(|_| !only_v) {
            let what = format!("`{}` as an argument of sprintf", odd.span.of(self.source));
            self.refuse(odd.span, what);
        }
    }

    pub(super) fn template(&mut self, span: Span, parts: &[TemplatePart]) -> Buf {
        let mut buf = Buf::made("__rs_template([", span.start);
        let mut at = span.start;
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                buf.push(", ", at);
            }
            match part {
                TemplatePart::Text(text) => {
                    buf.push(&serde_json::Value::from(text.as_str()).to_string(), at);
                }
                TemplatePart::Hole(hole, literal) if self.spelled(literal).is_some() => {
                    // As it is written, which the engine forgets.
                    self.copy_breaks(&mut buf, at, hole.start);
                    let text = self.spelled(literal).unwrap_or_default();
                    buf.push(&serde_json::Value::from(text).to_string(), literal.span.start);
                    self.copy_breaks(&mut buf, hole.start, hole.end);
                    at = hole.end;
                }
                TemplatePart::Hole(hole, literal) => {
                    self.copy_breaks(&mut buf, at, hole.start);
                    let name = self.fresh();
                    let inner = self.bound(&name, literal);
                    buf.push(&format!("[{name} | "), hole.start);
                    self.copy_breaks(&mut buf, hole.start, literal.span.start);
                    buf.append(&inner);
                    self.copy_breaks(&mut buf, literal.span.end, hole.end);
                    buf.push("]", hole.end);
                    at = hole.end;
                }
            }
        }
        self.copy_breaks(&mut buf, at, span.end);
        buf.push("])", span.end);
        buf
    }
}
