//! Terms: literals, references, calls, collections, comprehensions, infix expressions.

use super::{MAX_CHAIN, Parser};
use crate::core::rego::ast::{
    Body, Literal, LiteralKind, Membership, Operator, RefPart, RefPartKind, Span, Term, TermKind,
};
use crate::core::rego::lexer::{Kind, decode_string};

/// The loosest infix level: `in`.
const LOOSEST: u8 = 1;

impl Parser<'_> {
    /// A term with infix operators, and `k, v in c`.
    pub(super) fn infix(&mut self) -> Option<Term> {
        self.infix_with(None, true)
    }

    /// The same as an element of a list, where a comma ends it.
    pub(super) fn infix_in_list(&mut self) -> Option<Term> {
        self.infix_with(None, false)
    }

    fn infix_with(&mut self, left: Option<Term>, key_value: bool) -> Option<Term> {
        self.deeper(|p| {
            let chain = std::mem::take(&mut p.chain);
            let term = p.membership(left, key_value);
            p.chain = chain;
            term
        })
    }

    fn membership(&mut self, left: Option<Term>, key_value: bool) -> Option<Term> {
        let mut left = match left {
            Some(left) => self.operators(left, LOOSEST + 1)?,
            None => self.relation()?,
        };
        if key_value && self.kind() == Kind::Comma {
            let mark = self.mark();
            self.bump();
            let value = self.relation();
            if let Some(value) = value
                && self.kind() == Kind::In
            {
                self.bump();
                let collection = self.relation()?;
                let span = Span { start: left.span.start, end: collection.span.end };
                let membership = Membership { key: Some(left), value, collection };
                left = Term { span, kind: TermKind::In(Box::new(membership)) };
            } else {
                self.back_to(&mark);
            }
        }
        while self.kind() == Kind::In && !matches!(self.byte_behind(), Some(b'.' | b'[')) {
            self.bump();
            self.link()?;
            let collection = self.relation()?;
            let span = Span { start: left.span.start, end: collection.span.end };
            let membership = Membership { key: None, value: left, collection };
            left = Term { span, kind: TermKind::In(Box::new(membership)) };
        }
        Some(left)
    }

    fn relation(&mut self) -> Option<Term> {
        let left = self.term()?;
        self.operators(left, LOOSEST + 1)
    }

    fn operator(&mut self) -> Option<Operator> {
        Some(match self.kind() {
            Kind::Equal => Operator::Equal,
            Kind::NotEqual => Operator::NotEqual,
            Kind::Less => Operator::Less,
            Kind::LessEqual => Operator::LessEqual,
            Kind::Greater => Operator::Greater,
            Kind::GreaterEqual => Operator::GreaterEqual,
            Kind::Or => Operator::Union,
            Kind::And => Operator::Intersection,
            Kind::Plus => Operator::Plus,
            Kind::Minus => Operator::Minus,
            Kind::Star => Operator::Times,
            Kind::Slash => Operator::Divide,
            Kind::Percent => Operator::Remainder,
            _ => return None,
        })
    }

    /// Operators of at least this precedence behind `left`, all left-associative.
    fn operators(&mut self, mut left: Term, least: u8) -> Option<Term> {
        while let Some(operator) = self.operator() {
            let precedence = operator.precedence();
            if precedence < least {
                break;
            }
            self.link()?;
            self.bump();
            let right = self.term()?;
            let right = self.operators(right, precedence + 1)?;
            let span = Span { start: left.span.start, end: right.span.end };
            left = Term { span, kind: TermKind::Binary(operator, Box::new((left, right))) };
        }
        Some(left)
    }

    /// One more link of a chain: the tree leans left and grows by one level.
    fn link(&mut self) -> Option<()> {
        self.chain += 1;
        if self.chain > MAX_CHAIN {
            return self.fail("max parsing recursion depth exceeded");
        }
        Some(())
    }

    /// A term without infix operators.
    pub(super) fn term(&mut self) -> Option<Term> {
        let token = self.token();
        let start = token.start;
        let kind = match self.kind() {
            // Words of the language are names where a reference goes on behind them, at the start of a statement only.
            kind if kind.is_keyword()
                && start == self.literal_start
                && matches!(self.byte_behind(), Some(b'.' | b'[')) =>
            {
                return self.name_term();
            }
            // `or(x, y)` is a call of the built-in function.
            Kind::LogicAnd | Kind::LogicOr if self.byte_behind() == Some(b'(') => return self.name_term(),
            Kind::Null => self.constant(TermKind::Null),
            Kind::True => self.constant(TermKind::Bool(true)),
            Kind::False => self.constant(TermKind::Bool(false)),
            Kind::Number | Kind::Dot => self.number()?,
            Kind::Minus => return self.minus(),
            Kind::String | Kind::RawString => {
                let value = decode_string(self.text_of(token));
                self.constant(TermKind::String(value))
            }
            Kind::TemplateStart => self.deeper(Self::template)?,
            Kind::Name | Kind::Contains => return self.name_term(),
            Kind::LBrack => self.deeper(Self::array)?,
            Kind::LBrace => self.deeper(Self::braces)?,
            Kind::LParen => {
                self.open_bracket();
                let inner = self.infix()?;
                if self.kind() != Kind::RParen {
                    return self.fail("non-terminated expression");
                }
                self.close_bracket();
                TermKind::Paren(Box::new(inner))
            }
            _ => return self.unexpected(""),
        };
        let term = Term { span: self.span_from(start), kind };
        self.reference(term)
    }

    fn constant(&mut self, kind: TermKind) -> TermKind {
        self.bump();
        kind
    }

    fn name_term(&mut self) -> Option<Term> {
        let token = self.bump();
        let kind = TermKind::Var(self.text_of(token).to_owned());
        let term = Term { span: self.span(token), kind };
        self.reference(term)
    }

    /// `.a`, `[b]` and `(c)` that touch the term before them.
    pub(super) fn reference(&mut self, head: Term) -> Option<Term> {
        let mut head = head;
        let mut parts = Vec::new();
        let joined = |head: Term, parts: &mut Vec<RefPart>| match parts.last().map(|p| p.span.end) {
            None => head,
            Some(end) => {
                let span = Span { start: head.span.start, end };
                Term { span, kind: TermKind::Ref(Box::new(head), std::mem::take(parts)) }
            }
        };
        loop {
            if !self.adjacent() {
                break;
            }
            let token = self.token();
            if matches!(token.kind, Kind::Dot | Kind::LBrack | Kind::LParen)
                && parts.is_empty()
                && !matches!(
                    head.bare().kind,
                    TermKind::Var(_)
                        | TermKind::Call(..)
                        | TermKind::Array(_)
                        | TermKind::Object(_)
                        | TermKind::Set(_)
                        | TermKind::ArrayCompr(..)
                        | TermKind::SetCompr(..)
                        | TermKind::ObjectCompr(..)
                        | TermKind::Binary(..)
                        | TermKind::In(_)
                        | TermKind::Minus(_)
                )
            {
                let base = self.base;
                let words = format!("illegal ref (head cannot be {})", head.opa_kind());
                return self.fail_at(head.span.start + base, head.span.end + base, &words);
            }
            match token.kind {
                Kind::Dot => {
                    self.bump();
                    if !self.adjacent() {
                        let behind = token.end;
                        return self.fail_at(
                            behind,
                            behind,
                            "unexpected whitespace token: expected identifier",
                        );
                    }
                    let name = self.token();
                    if name.kind != Kind::Name && !name.kind.is_keyword() {
                        return self.unexpected("expected identifier");
                    }
                    self.bump();
                    let name = self.text_of(name).to_owned();
                    parts.push(RefPart { span: self.span_from(token.start), kind: RefPartKind::Dot(name) });
                }
                Kind::LBrack => {
                    self.open_bracket();
                    let index = self.infix()?;
                    if self.kind() != Kind::RBrack {
                        return self.unexpected("expected [");
                    }
                    self.close_bracket();
                    parts
                        .push(RefPart { span: self.span_from(token.start), kind: RefPartKind::Index(index) });
                }
                Kind::LParen => {
                    // Calls on what a call returned nest to the left.
                    self.link()?;
                    let operator = joined(head, &mut parts);
                    self.open_bracket();
                    let args = self.list(Kind::RParen, Vec::new())?;
                    self.close_bracket();
                    let span = Span { start: operator.span.start, end: self.previous_end() - self.base };
                    if args.is_empty() && matches!(&operator.kind, TermKind::Var(name) if name == "set") {
                        head = Term { span, kind: TermKind::Set(Vec::new()) };
                    } else {
                        head = Term { span, kind: TermKind::Call(Box::new(operator), args) };
                    }
                    if !self.adjacent() || !matches!(self.kind(), Kind::Dot | Kind::LBrack) {
                        break;
                    }
                }
                _ => break,
            }
        }
        Some(joined(head, &mut parts))
    }

    fn number(&mut self) -> Option<TermKind> {
        if self.kind() == Kind::Dot {
            self.bump();
            if self.kind() != Kind::Number {
                return self.unexpected("expected number");
            }
        }
        let token = self.token();
        if token.kind != Kind::Number {
            return self.unexpected("expected number");
        }
        let text = self.text_of(token);
        let bytes = text.as_bytes();
        if bytes.first() == Some(&b'0') && bytes.get(1).is_some_and(u8::is_ascii_digit) {
            return self.unexpected("expected number without leading zero");
        }
        if number_too_big(text) {
            return self.fail("number too big");
        }
        self.bump();
        Some(TermKind::Number)
    }

    fn minus(&mut self) -> Option<Term> {
        let minus = self.bump();
        match self.kind() {
            Kind::Name | Kind::Contains => {
                let inner = self.name_term()?;
                Some(Term { span: self.span_from(minus.start), kind: TermKind::Minus(Box::new(inner)) })
            }
            _ => {
                let kind = self.number()?;
                let term = Term { span: self.span_from(minus.start), kind };
                self.reference(term)
            }
        }
    }

    /// Elements up to the closing bracket, which is not consumed.
    fn list(&mut self, close: Kind, mut found: Vec<Term>) -> Option<Vec<Term>> {
        while self.kind() != close {
            found.push(self.infix_in_list()?);
            self.comma_or(close)?;
        }
        Some(found)
    }

    /// Behind an element: a comma (consumed), or the closing bracket (not consumed).
    fn comma_or(&mut self, close: Kind) -> Option<()> {
        match self.kind() {
            Kind::Comma => {
                self.bump();
                Some(())
            }
            kind if kind == close => Some(()),
            _ => self.unexpected(&format!("expected \",\" or \"{}\"", close.opa_word())),
        }
    }

    fn array(&mut self) -> Option<TermKind> {
        self.open_bracket();
        let mut comprehension = true;
        if self.kind() == Kind::Comma {
            comprehension = false;
            self.bump();
        }
        if self.kind() == Kind::RBrack {
            self.close_bracket();
            return Some(TermKind::Array(Vec::new()));
        }
        let head = self.term()?;
        let mut first = head;
        if comprehension && self.kind() == Kind::Or {
            match self.comprehension(first, Kind::RBrack)? {
                Comprehension::Complete(head, body) => {
                    return Some(TermKind::ArrayCompr(Box::new(head), body));
                }
                Comprehension::Union(term) => first = term,
            }
        }
        let first = self.infix_with(Some(first), false)?;
        self.comma_or(Kind::RBrack)?;
        let elements = self.list(Kind::RBrack, vec![first])?;
        self.close_bracket();
        Some(TermKind::Array(elements))
    }

    /// A set, an object, or a comprehension of one.
    fn braces(&mut self) -> Option<TermKind> {
        self.open_bracket();
        if self.kind() == Kind::RBrace {
            self.close_bracket();
            return Some(TermKind::Object(Vec::new()));
        }
        let mut comprehension = true;
        if self.kind() == Kind::Comma {
            comprehension = false;
            self.bump();
        }
        let mut first = self.term()?;
        if comprehension && self.kind() == Kind::Or {
            match self.comprehension(first, Kind::RBrace)? {
                Comprehension::Complete(head, body) => {
                    return Some(TermKind::SetCompr(Box::new(head), body));
                }
                Comprehension::Union(term) => first = term,
            }
        }
        let first = self.infix_with(Some(first), false)?;
        match self.kind() {
            Kind::Colon => self.object(first, comprehension),
            Kind::Comma | Kind::RBrace => {
                self.comma_or(Kind::RBrace)?;
                let elements = self.list(Kind::RBrace, vec![first])?;
                self.close_bracket();
                Some(TermKind::Set(elements))
            }
            Kind::Eof => self.unexpected("expected \",\" or \"}\""),
            _ => self.unexpected("non-terminated set"),
        }
    }

    /// The current token is the colon behind the first key.
    fn object(&mut self, key: Term, comprehension: bool) -> Option<TermKind> {
        self.bump();
        let mut value = self.term()?;
        if comprehension && self.kind() == Kind::Or {
            match self.comprehension(value, Kind::RBrace)? {
                Comprehension::Complete(value, body) => {
                    return Some(TermKind::ObjectCompr(Box::new((key, value)), body));
                }
                Comprehension::Union(term) => value = term,
            }
        }
        let value = self.infix_with(Some(value), false)?;
        let mut pairs = vec![(key, value)];
        match self.kind() {
            Kind::Comma => {
                self.bump();
            }
            Kind::RBrace => {}
            Kind::Eof => return self.unexpected("expected \",\" or \"}\""),
            _ => return self.unexpected("non-terminated object"),
        }
        while self.kind() != Kind::RBrace {
            let key = self.infix_in_list()?;
            if self.kind() != Kind::Colon {
                return self.unexpected("expected \":\"");
            }
            self.bump();
            let value = self.infix_in_list()?;
            pairs.push((key, value));
            self.comma_or(Kind::RBrace)?;
        }
        self.close_bracket();
        Some(TermKind::Object(pairs))
    }

    /// Behind `[head` and `{head`, at the `|`: a comprehension if a body follows. If a comma follows what could be
    /// one expression (`{{1} | {2}, 3}`), it was a union after all: then the expression becomes its right side, so
    /// that nothing is parsed twice.
    fn comprehension(&mut self, head: Term, close: Kind) -> Option<Comprehension> {
        self.bump();
        let start = self.token().start;
        let literals = self.query_until(close, true)?;
        if self.kind() == close {
            self.close_bracket();
            let span = Span { start: start - self.base, end: self.previous_end() - 1 - self.base };
            return Some(Comprehension::Complete(head, Body { span, braces: false, literals }));
        }
        let mut literals = literals;
        match literals.pop() {
            Some(Literal { not: None, kind: LiteralKind::Expr(right), with, .. })
                if literals.is_empty() && with.is_empty() && self.kind() == Kind::Comma =>
            {
                Some(Comprehension::Union(graft(head, right)))
            }
            _ => self.separator_missing(close),
        }
    }
}

enum Comprehension {
    Complete(Term, Body),
    Union(Term),
}

/// `head | right`, where `right` was parsed alone and may hold operators that bind no tighter than `|`.
fn graft(head: Term, right: Term) -> Term {
    let span = Span { start: head.span.start, end: right.span.end };
    match right.kind {
        TermKind::Binary(operator, sides) if operator.precedence() <= Operator::Union.precedence() => {
            let (left, right) = *sides;
            Term { span, kind: TermKind::Binary(operator, Box::new((graft(head, left), right))) }
        }
        TermKind::In(membership) if membership.key.is_none() => {
            let Membership { value, collection, .. } = *membership;
            let value = graft(head, value);
            Term { span, kind: TermKind::In(Box::new(Membership { key: None, value, collection })) }
        }
        _ => Term { span, kind: TermKind::Binary(Operator::Union, Box::new((head, right))) },
    }
}

/// OPA refuses numbers whose binary exponent is beyond 100,000.
fn number_too_big(text: &str) -> bool {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let whole = digits.split('.').next().unwrap_or_default();
    let Ok(exponent) = exponent.parse::<i64>() else { return true };
    let decimal =
        if whole.trim_start_matches('0').is_empty() { exponent } else { exponent + whole.len() as i64 };
    let zero = digits.bytes().all(|b| matches!(b, b'0' | b'.'));
    !zero && decimal.saturating_abs() > 30_103
}
