//! Bodies and the statements in them.

use super::lists::is_union;
use super::term::{Call, call, dotted, infix};
use super::{Formatter, Place, Written};
use crate::core::rego::ast::{Body, Literal, LiteralKind, Span, Term, TermKind, With};
use crate::core::rego::parser::Dialect;

/// One operand of a chain of `and` and `or`.
struct Operand<'a> {
    literal: &'a Literal,
    /// Braces of its own.
    body: Option<&'a Body>,
    brackets: bool,
}

/// A statement without the brackets of a group around it.
fn ungrouped(literal: &Literal) -> &Literal {
    let mut literal = literal;
    while let LiteralKind::Group(inner) = &literal.kind
        && literal.not.is_none()
        && literal.with.is_empty()
    {
        literal = inner;
    }
    literal
}

fn is_logical(literal: &Literal) -> bool {
    matches!(literal.kind, LiteralKind::Logic { .. }) && literal.not.is_none()
}

/// The text of a statement would begin with a brace, which would be read as a body.
fn begins_with_brace(literal: &Literal) -> bool {
    match &literal.kind {
        LiteralKind::Expr(term) => term_begins_with_brace(term),
        LiteralKind::Bind { left, .. } => term_begins_with_brace(left),
        _ => false,
    }
}

fn term_begins_with_brace(term: &Term) -> bool {
    match &term.bare().kind {
        TermKind::Set(items) => !items.is_empty(),
        TermKind::Object(_) | TermKind::SetCompr(..) | TermKind::ObjectCompr(..) => true,
        TermKind::Ref(head, _) => term_begins_with_brace(head),
        TermKind::Binary(_, sides) => term_begins_with_brace(&sides.0),
        TermKind::In(membership) => membership.key.is_none() && term_begins_with_brace(&membership.value),
        _ => false,
    }
}

impl Formatter<'_> {
    fn literal_place(&self, literal: &Literal) -> Place {
        self.place(literal.span)
    }

    /// The statements of a body, each on a line.
    pub fn body(&mut self, body: &Body) {
        if let Some(first) = body.literals.first() {
            let row = self.literal_place(first).row;
            // A comment that has no place here is written with the statement.
            let _ = self.insert_comments(row);
        }
        let mut last_row = None;
        for literal in &body.literals {
            let place = self.literal_place(literal);
            if last_row.is_some_and(|last| place.row > last + 1) {
                self.page.blank_line();
            }
            last_row = Some(place.row + self.place_text(&place).matches('\n').count());
            self.page.start_line();
            let _ = self.literal(literal);
            self.page.end_line();
        }
    }

    /// The body of a comprehension, of `every`, of `not`: on the same row if it was, else a line a statement.
    pub fn inner_body(
        &mut self,
        (open, close): (u8, u8),
        body: &Body,
        head_row: usize,
        place: &Place,
    ) -> Written {
        let rows: Vec<usize> = body.literals.iter().map(|literal| self.literal_place(literal).row).collect();
        let below = rows.first().is_some_and(|first| *first > head_row);
        let several = rows.windows(2).any(|pair| pair.first() < pair.last());
        let closing = self.closing(None, open, close, place);
        if below || several {
            self.page.end_line();
            self.page.up();
            self.body(body);
            let written = self.page.insert_comments(closing);
            self.page.down();
            self.page.start_line();
            return written;
        }
        self.page.write(" ");
        for (at, literal) in body.literals.iter().enumerate() {
            if at > 0 {
                self.page.write("; ");
            }
            self.literal(literal)?;
        }
        self.page.insert_comments(closing)
    }

    /// One statement.
    pub fn literal(&mut self, literal: &Literal) -> Written {
        let place = self.literal_place(literal);
        self.insert_comments(place.row)?;
        if !self.page.inline {
            self.page.start_line();
        }
        let brackets = self.bracketed.0 == Some(literal.span);
        if brackets {
            self.bracketed.0 = None;
        }
        match (&literal.not, self.improved_not) {
            (Some(_), true) => self.not_body(literal, &place)?,
            (not, _) => {
                if not.is_some() {
                    self.page.write("not ");
                }
                if brackets {
                    self.page.write("(");
                }
                self.statement(literal, &place)?;
                if brackets {
                    self.page.write(")");
                }
            }
        }
        self.withs(literal)
    }

    fn statement(&mut self, literal: &Literal, place: &Place) -> Written {
        match &literal.kind {
            LiteralKind::Expr(term) => self.expression(term),
            LiteralKind::Bind { assign, left, right } => {
                self.term(left)?;
                self.page.write(if *assign { " := " } else { " = " });
                self.term(right)
            }
            LiteralKind::Some(names) => {
                self.page.write("some ");
                let mut row = place.row;
                for (at, (name, span)) in names.iter().enumerate() {
                    let here = self.place(*span);
                    if here.row > row {
                        self.page.end_line();
                        self.page.start_line();
                        self.page.write("\t");
                        row = here.row;
                    } else if at > 0 {
                        self.page.write(" ");
                    }
                    self.insert_comments(here.row)?;
                    self.page.write(name);
                    if at + 1 < names.len() {
                        self.page.write(",");
                    }
                }
                Ok(())
            }
            LiteralKind::SomeIn(membership) => {
                self.page.write("some ");
                self.membership(false, membership.key.as_ref(), &membership.value, &membership.collection)
            }
            LiteralKind::Every(membership, body) => {
                self.page.write("every ");
                if let Some(key) = &membership.key {
                    self.term(key)?;
                    self.page.write(", ");
                }
                self.term(&membership.value)?;
                self.page.write(" in ");
                self.term(&membership.collection)?;
                self.page.write(" {");
                let _ = self.inner_body((b'{', b'}'), body, place.row, place);
                if let [only] = body.literals.as_slice()
                    && self.literal_place(only).row == place.row
                {
                    self.page.write(" ");
                }
                self.page.write("}");
                Ok(())
            }
            LiteralKind::Body(body) => {
                self.braced(body, literal.span);
                Ok(())
            }
            LiteralKind::Group(inner) => self.literal(inner),
            LiteralKind::Logic { .. } => {
                self.logic(literal);
                Ok(())
            }
        }
    }

    /// A term that is a statement: the operands of its outermost operator need no brackets.
    fn expression(&mut self, term: &Term) -> Written {
        match call(term) {
            None => self.term(term),
            Some(Call::In(key, value, collection)) => self.membership(false, key, value, collection),
            Some(Call::Infix(left, sign, right)) => self.infix_statement(left, sign, right),
            Some(Call::Plain(function, arguments)) => {
                let name = dotted(function).unwrap_or_default();
                match (infix(&name), arguments) {
                    (None, _) => self.plain_call(function, arguments),
                    (Some(sign), [left, right]) => self.infix_statement(Some(left), sign, right),
                    (Some(sign), [left, right, result]) => {
                        self.term(result)?;
                        self.page.write(" = ");
                        self.infix_statement(Some(left), sign, right)
                    }
                    _ => {
                        self.arity(&name, term);
                        Ok(())
                    }
                }
            }
        }
    }

    fn infix_statement(&mut self, left: Option<&Term>, sign: &str, right: &Term) -> Written {
        match left {
            Some(left) => self.term(left)?,
            None => self.page.write("0"),
        }
        self.page.write(" ");
        self.page.write(sign);
        self.page.write(" ");
        self.term(right)
    }

    /// `not` where it keeps what its operand needs inside.
    fn not_body(&mut self, literal: &Literal, place: &Place) -> Written {
        self.page.write("not ");
        if let LiteralKind::Body(body) = &literal.kind {
            self.mark_union(body);
            self.page.write("{");
            let _ = self.inner_body((b'{', b'}'), body, place.row, place);
            if body.literals.last().is_some_and(|last| self.literal_place(last).row == place.row) {
                self.page.write(" ");
            }
            self.page.write("}");
            return Ok(());
        }
        let inner = match &literal.kind {
            LiteralKind::Group(inner) => ungrouped(inner),
            _ => literal,
        };
        let own = std::ptr::eq(inner, literal);
        let brackets = begins_with_brace(inner)
            || (!own && (!inner.with.is_empty() || is_logical(inner) || inner.not.is_some()));
        if brackets {
            self.page.write("(");
        }
        let _ = if own { self.statement(literal, place) } else { self.literal(inner) };
        if brackets {
            self.page.write(")");
        }
        Ok(())
    }

    /// `a | b` behind an opening brace would be read as a comprehension.
    fn mark_union(&mut self, body: &Body) {
        if let Some(Literal { kind: LiteralKind::Expr(term), span, not: None, .. }) = body.literals.first()
            && is_union(term)
        {
            self.bracketed.0 = Some(*span);
        }
    }

    /// The same for the body of a rule, where the union may stand further inside.
    pub fn mark_leading_union(&mut self, literal: &Literal) {
        if literal.not.is_some() {
            return;
        }
        let (term, own) = match &literal.kind {
            LiteralKind::Logic { left, .. } => return self.mark_leading_union(left),
            LiteralKind::Expr(term) => (term, true),
            LiteralKind::Bind { left, .. } => (left, false),
            _ => return,
        };
        if own && is_union(term) {
            self.bracketed.0 = Some(literal.span);
            return;
        }
        let lead = match (own, call(term)) {
            (false, _) => Some(term),
            (true, Some(Call::Infix(left, ..))) => left,
            (true, Some(Call::In(None, value, _))) => Some(value),
            (true, Some(Call::Plain(function, [left, _]))) => {
                infix(&dotted(function).unwrap_or_default()).map(|_| left)
            }
            _ => None,
        };
        if let Some(lead) = lead.filter(|lead| is_union(lead)) {
            self.bracketed.1 = Some(lead.span);
        }
    }

    fn logic(&mut self, literal: &Literal) {
        let (first, steps) = chain(literal, self.improved_not);
        self.logic_operand(&first);
        let mut left_end = self.end_row(first.literal.span);
        let mut indented = false;
        for (word, operand) in &steps {
            self.page.write(" ");
            self.page.write(word);
            let starts = self.literal_place(operand.literal).row;
            if starts > left_end {
                if !indented {
                    self.page.up();
                    indented = true;
                }
                self.page.end_line();
                self.page.start_line();
            } else {
                self.page.write(" ");
            }
            self.logic_operand(operand);
            left_end = self.end_row(operand.literal.span);
        }
        if indented {
            self.page.down();
        }
    }

    fn logic_operand(&mut self, operand: &Operand<'_>) {
        if let Some(body) = operand.body {
            return self.braced(body, operand.literal.span);
        }
        if operand.brackets {
            self.page.write("(");
        }
        let _ = self.literal(operand.literal);
        if operand.brackets {
            self.page.write(")");
        }
    }

    /// `{ … }` of an operand.
    fn braced(&mut self, body: &Body, span: Span) {
        let place = self.place(span);
        self.mark_union(body);
        self.page.write("{");
        let _ = self.inner_body((b'{', b'}'), body, place.row, &place);
        if body.literals.last().is_some_and(|last| self.literal_place(last).row == place.row) {
            self.page.write(" ");
        }
        self.page.write("}");
    }

    /// The row in which a span ends.
    pub fn end_row(&self, span: Span) -> usize {
        let place = self.place(span);
        if self.pinned.is_some() {
            return place.row;
        }
        self.page.row(place.end.saturating_sub(1).max(place.start))
    }

    /// The modifiers: on the row where they were.
    fn withs(&mut self, literal: &Literal) -> Written {
        let Some(first) = literal.with.first() else { return Ok(()) };
        let mut last_row = if self.pinned.is_some() {
            self.literal_place(literal).row
        } else {
            let (start, end) = (literal.span.at(self.base).start, first.span.at(self.base).start);
            let before = self.slice(start, end).trim_end();
            self.page.row(start + before.len().saturating_sub(1))
        };
        let mut indented = false;
        for (at, with) in literal.with.iter().enumerate() {
            let row = self.place(with.span).row;
            let below = row > last_row && !(at == 0 && row == last_row);
            if below {
                if !indented {
                    self.page.up();
                    indented = true;
                }
                self.page.end_line();
                self.page.start_line();
            }
            last_row = last_row.max(row);
            if let Err(clash) = self.with(with, below, row) {
                if indented {
                    self.page.down();
                }
                return Err(clash);
            }
        }
        if indented {
            self.page.down();
        }
        Ok(())
    }

    fn with(&mut self, with: &With, below: bool, row: usize) -> Written {
        self.insert_comments(row)?;
        if !below {
            self.page.write(" ");
        }
        self.page.write("with ");
        self.term(&with.target)?;
        self.page.write(" as ");
        // A value that stays as it is written does not disturb what follows.
        let _ = self.term(&with.value);
        Ok(())
    }
}

/// The operands of a chain, `a and b or c` as `a`, `and b`, `or c` where no brackets are needed.
fn chain(literal: &Literal, improved: bool) -> (Operand<'_>, Vec<(&'static str, Operand<'_>)>) {
    let LiteralKind::Logic { and, left, right } = &literal.kind else {
        return (operand(literal, true, false, improved), Vec::new());
    };
    let word = if *and { "and" } else { "or" };
    let inner = ungrouped(left);
    let (first, mut steps) = if is_logical(inner) && !needs_brackets(inner, *and, false, improved) {
        chain(inner, improved)
    } else {
        (operand(left, *and, false, improved), Vec::new())
    };
    steps.push((word, operand(right, *and, true, improved)));
    (first, steps)
}

fn operand(literal: &Literal, and: bool, right: bool, improved: bool) -> Operand<'_> {
    let inner = ungrouped(literal);
    match &inner.kind {
        LiteralKind::Body(body) if inner.not.is_none() => {
            Operand { literal: inner, body: Some(body), brackets: false }
        }
        _ => Operand { literal: inner, body: None, brackets: needs_brackets(inner, and, right, improved) },
    }
}

fn needs_brackets(literal: &Literal, and: bool, right: bool, improved: bool) -> bool {
    if !literal.with.is_empty() {
        return true;
    }
    match &literal.kind {
        LiteralKind::Logic { and: inner, .. } if literal.not.is_none() => {
            if *inner {
                and && right
            } else {
                and || right
            }
        }
        // `not {x}` without the import is the negation of a set.
        _ => (literal.not.is_none() || !improved) && begins_with_brace(literal),
    }
}

impl Formatter<'_> {
    /// The words of the language where a statement stands.
    pub fn adopt(&mut self, dialect: &Dialect) {
        self.improved_not = dialect.improved_not;
    }
}
