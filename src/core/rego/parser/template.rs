//! Template strings: `$"…{expression}…"`.

use super::Parser;
use crate::core::rego::ast::{Literal, LiteralKind, TemplatePart, TermKind};
use crate::core::rego::lexer::{Kind, decode_template_text};

impl Parser<'_> {
    pub(super) fn template(&mut self) -> Option<TermKind> {
        let start = self.bump();
        if !self.dialect.templates {
            let words = "template strings are not supported by current capabilities";
            return self.fail_at(start.start, start.end, words);
        }
        let raw = self.text_of(start) == "$`";
        let mut parts = Vec::new();
        loop {
            let token = self.token();
            match token.kind {
                Kind::TemplateText => {
                    parts.push(TemplatePart::Text(decode_template_text(self.text_of(token), raw)));
                    self.bump();
                }
                Kind::TemplateEnd => {
                    self.bump();
                    return Some(TermKind::Template(parts));
                }
                Kind::HoleOpen => {
                    self.bump();
                    let expression = self.hole()?;
                    if self.kind() != Kind::HoleClose {
                        return self.fail("expected } to end template string expression");
                    }
                    self.bump();
                    parts.push(TemplatePart::Hole(self.span_from(token.start), Box::new(expression)));
                }
                _ => return self.unexpected(""),
            }
        }
    }

    fn hole(&mut self) -> Option<Literal> {
        let token = self.token();
        let literal = self.literal()?;
        let words = match literal.kind {
            _ if literal.not.is_some() => "negation ('not')",
            LiteralKind::Bind { assign: true, .. } => "assignment (':=')",
            LiteralKind::Bind { assign: false, .. } => "unification ('=')",
            LiteralKind::Some(_) | LiteralKind::SomeIn(_) => "'some'",
            LiteralKind::Every(..) => "'every'",
            LiteralKind::Logic { .. } | LiteralKind::Body(_) | LiteralKind::Group(_) => {
                return self.fail_at(token.start, token.end, "invalid template-string expression");
            }
            LiteralKind::Expr(_) => return Some(literal),
        };
        self.fail_at(token.start, token.end, &format!("unexpected {words} in template-string expression"))
    }
}
