//! Negation before `future.keywords.not`: what the negated expression needs is evaluated in front of it, outside of the
//! negation, so it must be defined (facts of OPA's compiler: nested calls first, then references and comprehensions
//! that are operands, indices or elements).

use super::Lowerer;
use super::buf::Buf;
use crate::core::rego::ast::{Membership, Operator, Span, Term, TermKind};

impl Lowerer<'_> {
    /// The negated expression itself: it stays, its operands move out.
    pub(super) fn negated(&mut self, term: &Term) -> Buf {
        match &term.kind {
            TermKind::Paren(inner) => {
                let buf = self.negated(inner);
                self.splice(term.span, vec![(inner.span, buf)])
            }
            TermKind::Call(function, args) if !self.is_special(function, args) => {
                let mut pieces = vec![(function.span, self.function(function))];
                pieces.extend(args.iter().map(|arg| (arg.span, self.operand(arg))));
                self.splice(term.span, pieces)
            }
            TermKind::Binary(operator, sides) => {
                let whole = *operator == Operator::Equal;
                let side = |l: &mut Self, t: &Term| if whole { l.side(t) } else { l.operand(t) };
                let (left, right) = (side(self, &sides.0), side(self, &sides.1));
                self.binary(term, *operator, &sides.0, &sides.1, left, right)
            }
            TermKind::In(membership) => {
                let Membership { key, value, collection } = membership.as_ref();
                let mut pieces = Vec::new();
                for part in key.iter().chain([value, collection]) {
                    pieces.push((part.span, self.operand(part)));
                }
                self.member(term.span, pieces)
            }
            _ => self.side(term),
        }
    }

    /// A whole side of `=` or `==`: a bare reference stays, its indices move out.
    pub(super) fn side(&mut self, term: &Term) -> Buf {
        match &term.kind {
            TermKind::Paren(inner) => {
                let buf = self.side(inner);
                self.splice(term.span, vec![(inner.span, buf)])
            }
            TermKind::Ref(head, parts) => {
                let head_buf = match head.kind {
                    TermKind::Call(..) => self.hoisted(head),
                    _ => self.term(head),
                };
                let mut pieces = vec![(head.span, head_buf)];
                self.indices(parts, &mut pieces, true);
                self.splice(term.span, pieces)
            }
            TermKind::Call(..) | TermKind::Binary(..) | TermKind::In(_) | TermKind::Minus(_) => {
                self.hoisted(term)
            }
            TermKind::Array(_) | TermKind::Set(_) | TermKind::Object(_) => self.elements(term),
            _ => self.term(term),
        }
    }

    /// An operand, index or element: whatever can be undefined moves out.
    pub(super) fn operand(&mut self, term: &Term) -> Buf {
        match &term.kind {
            TermKind::Paren(inner) => {
                let buf = self.operand(inner);
                let mut out = Buf::default();
                self.copy_breaks(&mut out, term.span.start, inner.span.start);
                out.append(&buf);
                self.copy_breaks(&mut out, inner.span.end, term.span.end);
                out
            }
            TermKind::Ref(..)
            | TermKind::Call(..)
            | TermKind::Binary(..)
            | TermKind::In(_)
            | TermKind::Minus(_) => self.hoisted(term),
            // A rule or an import, of this or another file.
            TermKind::Var(name) if name != "_" && !self.is_local(name) => self.hoisted(term),
            TermKind::Array(_) | TermKind::Set(_) | TermKind::Object(_) => self.elements(term),
            _ => self.term(term),
        }
    }

    fn is_local(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.contains_key(name))
    }

    fn elements(&mut self, term: &Term) -> Buf {
        let mut pieces: Vec<(Span, Buf)> = Vec::new();
        match &term.kind {
            TermKind::Array(items) | TermKind::Set(items) => {
                pieces.extend(items.iter().map(|item| (item.span, self.operand(item))));
            }
            TermKind::Object(pairs) => {
                for (key, value) in pairs {
                    pieces.push((key.span, self.operand(key)));
                    pieces.push((value.span, self.operand(value)));
                }
            }
            _ => {}
        }
        self.splice(term.span, pieces)
    }

    /// Calls that are lowered to something else than a call of the same function.
    fn is_special(&self, function: &Term, args: &[Term]) -> bool {
        let name = function.span.of(self.source);
        !self.names.contains(name)
            && (name == "walk" && args.len() == 1 || super::term::operator_of(name, args.len()).is_some())
    }
}
