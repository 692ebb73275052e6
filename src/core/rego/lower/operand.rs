//! Negation before `future.keywords.not`: what the negated expression needs is evaluated in front of it, outside of the
//! negation, so it must be defined (facts of OPA's compiler: nested calls first, then references and comprehensions
//! that are operands, indices or elements).

use super::Lowerer;
use super::buf::Buf;
use crate::core::rego::ast::{Membership, Operator, Span, Term, TermKind};
use crate::core::rego::names;

impl Lowerer<'_> {
    /// The negated expression itself: it stays, its operands move out.
    pub(super) fn negated(&mut self, term: &Term) -> Buf {
        match &term.kind {
            TermKind::Paren(inner) => {
                let buf = self.negated(inner);
                self.splice(term.span, vec![(inner.span, buf)])
            }
            _ if self.output(term).is_some() => {
                let (function, args) = self.output(term).unwrap_or((term, &[]));
                let lowered = args.iter().map(|arg| self.operand(arg)).collect();
                self.assigned(term, function, args, lowered, " == ")
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

    /// `count(x, n)`: a call whose last argument takes the answer, with its function and all arguments. The engine
    /// has this for some builtins only.
    pub(super) fn output<'t>(&self, term: &'t Term) -> Option<(&'t Term, &'t [Term])> {
        let TermKind::Call(function, args) = &term.kind else { return None };
        let name = function.span.of(self.source);
        let output = !matches!(name, "print" | "walk")
            && names::arity(name).is_some_and(|arity| args.len() == arity + 1)
            && !self.names.contains(name.split('.').next().unwrap_or(name));
        output.then_some((function, args.as_slice()))
    }

    /// `n = count(x)`, or with another sign.
    pub(super) fn assigned(
        &mut self,
        term: &Term,
        function: &Term,
        args: &[Term],
        lowered: Vec<Buf>,
        sign: &str,
    ) -> Buf {
        let operator = match args {
            [_, _, _] => super::term::operator_of(function.span.of(self.source), 2),
            _ => None,
        };
        let mut lowered = lowered;
        let (Some(answer), Some((last, inputs))) = (lowered.pop(), args.split_last()) else {
            return Buf::default();
        };
        let mut buf = answer;
        // In a negation the last argument is known already, unless it is `_`.
        let free = buf.text.ends_with('_');
        buf.push(if free { " = " } else { sign }, term.span.start);
        if let (Some(operator), [left, right]) = (operator, inputs)
            && let Ok([l, r]) = <[Buf; 2]>::try_from(std::mem::take(&mut lowered))
        {
            buf.append(&self.binary(term, operator, left, right, l, r));
            return buf;
        }
        let end = inputs.last().map_or(function.span.end, |arg| arg.span.end);
        let pieces = inputs.iter().map(|arg| arg.span).zip(lowered);
        let pieces = std::iter::once((function.span, self.function(function))).chain(pieces).collect();
        buf.append(&self.splice(Span { start: term.span.start, end }, pieces));
        buf.push(if inputs.is_empty() { "()" } else { ")" }, end);
        // The answer stands in front now; only the breaks around it stay where they were.
        self.copy_breaks(&mut buf, end, last.span.start);
        self.copy_breaks(&mut buf, last.span.end, term.span.end);
        buf
    }

    pub(super) fn is_local(&self, name: &str) -> bool {
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
