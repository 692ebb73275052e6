//! Lists: arguments, arrays, sets, objects. What began on a row of its own stays on one.

use super::{Clash, Formatter, Place, Written};
use crate::core::rego::ast::{Operator, Term, TermKind};
use crate::core::rego::walk::{self, Node};

/// An element of a list.
#[derive(Clone, Copy)]
pub enum Element<'a> {
    /// Of an array or set: a union gets brackets.
    Item(&'a Term),
    /// Of arguments: a union keeps its brackets.
    Argument(&'a Term),
    /// `key: value`
    Pair(&'a Term, &'a Term),
}

impl Element<'_> {
    fn first(&self) -> &Term {
        match self {
            Self::Item(term) | Self::Argument(term) | Self::Pair(term, _) => term,
        }
    }

    /// OPA keeps no place for the call that `-x` is, and then trusts none in the list.
    fn lacks_a_place(&self) -> bool {
        let mut found = false;
        if let Self::Item(term) | Self::Argument(term) = self {
            walk::term(term, &mut |node| {
                found |= matches!(node, Node::Term(Term { kind: TermKind::Minus(_), .. }));
            });
        }
        found
    }
}

/// Whether a term is `a | b`, or the call that means the same.
pub fn is_union(term: &Term) -> bool {
    match &term.bare().kind {
        TermKind::Binary(Operator::Union, _) => true,
        TermKind::Call(function, _) => matches!(&function.kind, TermKind::Var(name) if name == "or"),
        _ => false,
    }
}

impl Formatter<'_> {
    /// The elements of a list that begins at `list` and is closed in row `close`.
    pub fn list(&mut self, elements: &[Element<'_>], list: &Place, close: Option<usize>) -> Written {
        let mut lines: Vec<Vec<Element<'_>>> = vec![Vec::new()];
        let mut last_row = list.row;
        let one_row = elements.iter().any(Element::lacks_a_place);
        for (at, element) in elements.iter().enumerate() {
            let row = self.term_place(element.first()).row;
            if row > last_row && at > 0 && !one_row {
                lines.push(Vec::new());
            }
            last_row = row;
            if let Some(line) = lines.last_mut() {
                line.push(*element);
            }
        }
        let mut below = false;
        if lines.len() == 1 {
            if close.is_some_and(|close| self.page.comment_between(list.row, close)) {
                return Err(Clash);
            }
            below = elements.first().is_some_and(|first| {
                let first = self.term_place(first.first());
                let (list, first) = (self.place_text(list), self.place_text(&first));
                let before = list.find(first).and_then(|at| list.get(..at)).unwrap_or_default();
                before.find('\n').is_some_and(|at| at > 0)
            });
        }
        let several = lines.len() > 1 || below;
        if several {
            self.page.start_list();
        }
        let count = lines.len();
        for (at, line) in lines.iter().enumerate() {
            for (position, element) in line.iter().enumerate() {
                if position > 0 {
                    self.page.write(", ");
                }
                self.element(element)?;
            }
            if at + 1 < count {
                self.page.write(",");
                self.page.end_line();
                self.page.start_line();
            }
        }
        if several {
            self.page.write(",");
            self.page.end_line();
            self.page.insert_comments(close)?;
            self.page.down();
            self.page.start_line();
        }
        Ok(())
    }

    fn element(&mut self, element: &Element<'_>) -> Written {
        match *element {
            Element::Item(term) => self.bracketed(term, is_union(term)),
            Element::Argument(term) => self.bracketed(term, is_union(term) && self.begins_with_bracket(term)),
            Element::Pair(key, value) => {
                self.bracketed(key, is_union(key))?;
                self.page.write(": ");
                self.bracketed(value, is_union(value))
            }
        }
    }

    /// A term, in brackets if wanted.
    pub fn bracketed(&mut self, term: &Term, brackets: bool) -> Written {
        if brackets {
            self.page.write("(");
        }
        let written = self.term(term);
        if brackets && written.is_ok() {
            self.page.write(")");
        }
        written
    }
}
