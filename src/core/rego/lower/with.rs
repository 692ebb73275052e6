//! `with`: what it replaces, and by what.
//!
//! Whether a name is a function or a rule can be decided only where all modules are known. Here every value is put
//! in front of the statement, as a rule has to be; [`Mock`] tells what else it may be.

use super::Lowerer;
use super::buf::Buf;
use crate::core::rego::ast::{Literal, LiteralKind, RefPart, Span, Term, TermKind};
use crate::core::rego::names::is_builtin;

/// The package of the functions that stand for builtins where a builtin can be replaced or replaces something.
pub const FUNCTIONS: &str = "regoscope_fn";

/// A `with` that replaces a function, if there is a function of this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mock {
    /// What is replaced.
    pub target: Callee,
    /// As it stands in the lowered text.
    pub written: String,
    /// What stands in for it, if it can be a function.
    pub value: Option<Given>,
}

/// The value of a [`Mock`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What it names.
    pub callee: Callee,
    /// The variable that holds it in the lowered text. Empty for builtins, which are never values.
    pub variable: String,
    /// What the variable is set to in the lowered text.
    pub text: String,
}

/// A name that can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callee {
    /// OPA's function of this name.
    Builtin(String),
    /// `["data", "lib", "f"]`
    Path(Vec<String>),
}

impl Callee {
    /// The name of the function in [`FUNCTIONS`] for a builtin.
    #[must_use]
    pub fn stand_in(builtin: &str) -> String {
        // Not the builtin's own name: its function calls the builtin.
        format!("fn__{}", builtin.replace('.', "__"))
    }
}

impl Lowerer<'_> {
    /// What a reference with constant parts names outside of the statement.
    fn named(&self, term: &Term) -> Option<Callee> {
        let (head, parts): (&Term, &[RefPart]) = match &term.kind {
            TermKind::Ref(head, parts) => (head, parts),
            _ => (term, &[]),
        };
        let TermKind::Var(name) = &head.kind else { return None };
        if name == "_" || name == "input" || self.is_local(name) {
            return None;
        }
        let written = term.span.of(self.source);
        if is_builtin(written) && !self.names.contains(name) {
            return Some(Callee::Builtin(written.to_owned()));
        }
        let mut path = match name.as_str() {
            "data" => vec!["data".to_owned()],
            _ => self.names.resolve(name)?,
        };
        for part in parts {
            path.push(part.constant()?.to_owned());
        }
        (path.first().is_some_and(|root| root == "data")).then_some(Callee::Path(path))
    }

    /// A target by its full path; the engine does not know the short names of rules and imports here.
    fn target(&mut self, target: &Term) -> Buf {
        let head = match &target.kind {
            TermKind::Ref(head, _) => head,
            _ => target,
        };
        let TermKind::Var(name) = &head.kind else { return self.term(target) };
        let builtin = is_builtin(target.span.of(self.source)) && !self.names.contains(name);
        match self.names.resolve(name) {
            Some(path) if !builtin => {
                let path = Buf::made(super::rule::reference(&path), head.span.start);
                self.splice(target.span, vec![(head.span, path)])
            }
            _ => self.splice(target.span, Vec::new()),
        }
    }

    /// The modifiers, with the gap in front of them. Their values stand in front of the statement.
    pub(super) fn with(&mut self, literal: &Literal) -> Buf {
        let (Some(first), Some(last)) = (literal.with.first(), literal.with.last()) else {
            return Buf::default();
        };
        let mut pieces = Vec::new();
        for with in &literal.with {
            let target = self.target(&with.target);
            let replaced = self.named(&with.target);
            let given = replaced.as_ref().and_then(|_| self.named(&with.value));
            let value = match given {
                Some(Callee::Builtin(name)) => {
                    let text = format!("data.{FUNCTIONS}.{}", Callee::stand_in(&name));
                    let given =
                        Given { callee: Callee::Builtin(name), variable: String::new(), text: text.clone() };
                    self.mock(replaced, &target, Some(given), with.span);
                    Buf::made(text, with.value.span.start)
                }
                given => {
                    let value = self.replacement(&with.value);
                    let given = given.map(|callee| {
                        let statement = self.hoists.last().and_then(|frame| frame.statements.last());
                        let text =
                            statement.and_then(|s| s.text.split_once(" := ")).map_or("", |(_, text)| text);
                        Given { callee, variable: value.text.clone(), text: text.to_owned() }
                    });
                    self.mock(replaced, &target, given, with.span);
                    value
                }
            };
            pieces.push((with.target.span, target));
            pieces.push((with.value.span, value));
        }
        let mut buf = Buf::made(" ", first.span.start);
        let end = match &literal.kind {
            LiteralKind::Expr(term) => term.span.end,
            LiteralKind::Bind { right, .. } => right.span.end,
            LiteralKind::SomeIn(membership) => membership.collection.span.end,
            LiteralKind::Every(_, body) | LiteralKind::Body(body) => body.span.end,
            LiteralKind::Group(inner) => inner.span.end,
            LiteralKind::Logic { right, .. } => right.span.end,
            LiteralKind::Some(_) => first.span.start,
        };
        self.copy_breaks(&mut buf, end, first.span.start);
        buf.append(&self.splice(Span { start: first.span.start, end: last.span.end }, pieces));
        buf
    }

    fn mock(&mut self, target: Option<Callee>, written: &Buf, value: Option<Given>, span: Span) {
        let Some(target) = target else { return };
        let broken = value.as_ref().is_some_and(|given| given.text.contains(['\n', '#']));
        if broken || written.text.contains(['\n', '#']) {
            self.refuse(span, "`with` over several lines");
        }
        self.mocks.push(Mock { target, written: written.text.clone(), value });
    }

    /// The engine loses the rules that a value needs; in front of the statement they are known before anything is
    /// replaced.
    fn replacement(&mut self, value: &Term) -> Buf {
        match &value.bare().kind {
            TermKind::ArrayCompr(..) | TermKind::SetCompr(..) | TermKind::ObjectCompr(..) => {
                self.hoisted(value.bare())
            }
            _ => self.operand(value),
        }
    }
}
