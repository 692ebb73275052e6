//! Bodies and the statements in them.

use super::Parser;
use crate::core::rego::ast::{Body, Literal, LiteralKind, Operator, Span, Term, TermKind, With};
use crate::core::rego::lexer::Kind;

impl Parser<'_> {
    /// `{ … }` with the current token at the opening brace.
    pub(super) fn braced_body(&mut self) -> Option<Body> {
        self.deeper(|p| {
            let start = p.open_bracket().start;
            let literals = p.query(Kind::RBrace)?;
            p.close_bracket();
            Some(Body { span: p.span_from(start), braces: true, literals })
        })
    }

    /// Statements up to `close`, which is not consumed.
    fn query(&mut self, close: Kind) -> Option<Vec<Literal>> {
        let literals = self.query_until(close, false)?;
        if self.kind() == close {
            return Some(literals);
        }
        self.separator_missing(close)
    }

    /// Statements up to `close`, or up to the first token that cannot go on. `in_list`: a comma behind the first
    /// statement is such a token on a new line, too.
    pub(super) fn query_until(&mut self, close: Kind, in_list: bool) -> Option<Vec<Literal>> {
        if self.kind() == close {
            return self.fail("found empty body");
        }
        let mut literals = Vec::new();
        loop {
            literals.push(self.literal()?);
            if self.kind() == Kind::Semicolon {
                self.bump();
                continue;
            }
            let token = self.token();
            // `[a | b` with a comma on the next line is a union in a list.
            let comma = in_list && literals.len() == 1 && token.kind == Kind::Comma;
            if token.kind == close || comma || !token.after_newline {
                return Some(literals);
            }
        }
    }

    pub(super) fn separator_missing<T>(&mut self, close: Kind) -> Option<T> {
        let word = |p: &Self, i: Option<usize>| {
            i.and_then(|i| p.tokens.get(i)).map(|&t| p.text_of(t)).unwrap_or_default()
        };
        let (current, before) = (word(self, Some(self.at)), word(self, self.at.checked_sub(1)));
        let dialect = self.dialect;
        let hint = if before == "every" && !dialect.word_every {
            " (hint: `import future.keywords.every` for `every x in xs { ... }` expressions)"
        } else if current == "in" && !dialect.word_in {
            let some = [2, 4].iter().any(|&back| word(self, self.at.checked_sub(back)) == "some");
            match some {
                true => " (hint: `import future.keywords.in` for `some x in xs` expressions)",
                false => " (hint: `import future.keywords.in` for `x in xs` expressions)",
            }
        } else if current == "and" && !dialect.word_and {
            " (hint: `import future.keywords.and` for `x and y` expressions)"
        } else if current == "or" && !dialect.word_or {
            " (hint: `import future.keywords.or` for `x or y` expressions)"
        } else {
            ""
        };
        self.unexpected(&format!("expected \\n or ; or {}{hint}", close.opa_word()))
    }

    /// One statement of a body.
    pub(super) fn literal(&mut self) -> Option<Literal> {
        let start = self.token().start;
        self.literal_start = start;
        let left = self.operand(None)?;
        let mut literal = self.logic(left, start)?;
        if self.modifies() {
            literal.with = self.with()?;
            literal.span = self.span_from(start);
            if matches!(self.kind(), Kind::LogicAnd | Kind::LogicOr)
                && let Some(with) = literal.with.first()
                && !matches!(literal.kind, LiteralKind::SomeIn(_) | LiteralKind::Every(..))
            {
                let word = self.kind().opa_word();
                let words = format!(
                    "`with` modifier is not allowed on operand of `{word}` (hint: Wrap the operand in `(...)` or \
                     `{{...}}` to scope, or move `with` after the `{word}` expression to apply it to the whole \
                     expression)"
                );
                let at = with.span.start + self.base;
                return self.fail_at(at, at + 4, &words);
            }
        }
        Some(literal)
    }

    /// `and` and `or` behind an operand; `and` binds tighter.
    fn logic(&mut self, left: Literal, start: u32) -> Option<Literal> {
        let mut left = self.conjunction(left, start)?;
        let mut links = 0;
        while self.kind() == Kind::LogicOr && may_be_operand(&left) {
            links += 1;
            if links > super::MAX_CHAIN {
                return self.fail("max parsing recursion depth exceeded");
            }
            self.check_operand(&left)?;
            self.bump();
            let at = self.token().start;
            let right = self.operand(Some("or"))?;
            let right = self.conjunction(right, at)?;
            self.check_operand(&right)?;
            left = self.joined(false, left, right, start);
        }
        Some(left)
    }

    fn conjunction(&mut self, mut left: Literal, start: u32) -> Option<Literal> {
        let mut links = 0;
        while self.kind() == Kind::LogicAnd && may_be_operand(&left) {
            links += 1;
            if links > super::MAX_CHAIN {
                return self.fail("max parsing recursion depth exceeded");
            }
            self.check_operand(&left)?;
            self.bump();
            let right = self.operand(Some("and"))?;
            self.check_operand(&right)?;
            left = self.joined(true, left, right, start);
        }
        Some(left)
    }

    fn joined(&mut self, and: bool, left: Literal, right: Literal, start: u32) -> Literal {
        let kind = LiteralKind::Logic { and, left: Box::new(left), right: Box::new(right) };
        Literal { span: self.span_from(start), not: None, kind, with: Vec::new() }
    }

    /// An operand of `and` or `or` must be able to fail, and has a value in braces only in brackets.
    fn check_operand(&mut self, operand: &Literal) -> Option<()> {
        let value = matches!(operand.kind, LiteralKind::Expr(_) | LiteralKind::Bind { .. });
        if value && operand.not.is_none() && self.slice(operand.span).starts_with('{') {
            let word = self.kind().opa_word();
            return match &operand.kind {
                LiteralKind::Expr(Term { kind: TermKind::Object(pairs), span }) if pairs.is_empty() => {
                    self.fail_at(span.start + self.base, span.end + self.base, "found empty body")
                }
                _ => self.brace_led(operand.span, word),
            };
        }
        let only_print = |l: &Literal| match &l.kind {
            LiteralKind::Expr(term) => is_print(term),
            _ => false,
        };
        let prints = match &operand.kind {
            LiteralKind::Body(body) => body.literals.iter().all(only_print),
            _ => only_print(operand),
        };
        if prints {
            let word = if self.kind() == Kind::LogicOr { "or" } else { "and" };
            let words = format!(
                "operand of `{word}` cannot consist only of calls to `print` (hint: `print` produces no value and \
                 always succeeds, so the operand can never fail; move it out of the operand, or add an expression \
                 that can fail)"
            );
            let (start, end) = (operand.span.start + self.base, operand.span.end + self.base);
            return self.fail_at(start, end, &words);
        }
        Some(())
    }

    /// `["not"] expression`, `some`, `every`, and with the right imports `{ … }` and `( … and … )`. `right`: the
    /// operand stands behind this word, `and` or `or`.
    fn operand(&mut self, right: Option<&str>) -> Option<Literal> {
        self.deeper(|p| p.operand_here(right))
    }

    fn operand_here(&mut self, right: Option<&str>) -> Option<Literal> {
        let token = self.token();
        let start = token.start;
        let named = self.byte_behind() == Some(b'.');
        if self.kind() == Kind::Not && !named {
            self.bump();
            match self.kind() {
                Kind::Some => return self.unexpected("illegal negation of 'some'"),
                Kind::Every if self.byte_behind() != Some(b'.') => {
                    return self.unexpected("illegal negation of 'every'");
                }
                Kind::LBrace if self.dialect.improved_not => {
                    let brace = self.token();
                    let body = self.braced_body()?;
                    if is_union(&body) {
                        let text = self
                            .text
                            .get(brace.start as usize..self.previous_end() as usize)
                            .unwrap_or_default();
                        let inner = text.trim_matches(['{', '}']);
                        let words = format!(
                            "ambiguous `{{ ... | ... }}` operand: read as a body holding a set-union expression, not \
                             as a comprehension (hint: write `not ({text})` for the comprehension, or `not \
                             {{({inner})}}` for the set union)"
                        );
                        return self.fail_at(brace.start, brace.end, &words);
                    }
                    let not = Some(self.span(token));
                    let kind = LiteralKind::Body(body);
                    return Some(Literal { span: self.span_from(start), not, kind, with: Vec::new() });
                }
                _ => {}
            }
            let mut operand = if self.logic_is_on() || self.dialect.improved_not {
                let inner = self.operand(None)?;
                if inner.not.is_some() {
                    // `not not x` never parses.
                    return self.fail_at(
                        inner.span.start + self.base,
                        inner.span.start + 3 + self.base,
                        "unexpected not keyword",
                    );
                }
                inner
            } else {
                self.expression()?
            };
            operand.not = Some(self.span(token));
            operand.span = self.span_from(start);
            return Some(operand);
        }
        match self.kind() {
            Kind::Some if !named => return self.some(),
            Kind::Every if !named => return self.every(),
            Kind::LBrace if self.logic_is_on() => {
                if let Some(body) = self.operand_body(right) {
                    return Some(body);
                }
            }
            Kind::LParen if self.logic_is_on() || self.dialect.improved_not => return self.group(right),
            _ => {}
        }
        self.expression()
    }

    fn logic_is_on(&self) -> bool {
        self.dialect.word_and || self.dialect.word_or
    }

    /// `{ … }` as an operand: a body, if `and` or `or` stands on one side of it.
    fn operand_body(&mut self, right: Option<&str>) -> Option<Literal> {
        let mark = self.mark();
        let token = self.token();
        if !self.refused.contains(&(mark.at, true))
            && let Some(body) = self.braced_body()
            && !is_union(&body)
            && (right.is_some() || matches!(self.kind(), Kind::LogicAnd | Kind::LogicOr))
        {
            let span = self.span(token);
            let span = Span { start: span.start, end: body.span.end };
            return Some(Literal { span, not: None, kind: LiteralKind::Body(body), with: Vec::new() });
        }
        self.back_to(&mark);
        self.refused.insert((mark.at, true));
        if let Some(word) = right {
            let term = self.infix()?;
            return self.brace_led(term.span, word);
        }
        None
    }

    /// A value in braces at the start of an operand, where braces hold a body.
    fn brace_led<T>(&mut self, operand: Span, word: &str) -> Option<T> {
        let (start, end) = (operand.start + self.base, operand.end + self.base);
        let text = self.text.get(start as usize..end as usize).unwrap_or_default();
        let words = format!(
            "operand of `{word}` cannot begin with `{{` unless the braces hold a body (hint: wrap the operand to keep \
             the value: `({text}) {word} ...`)"
        );
        self.fail_at(start, end, &words)
    }

    /// `( … )` at the start of an operand: an expression that begins with a bracket, or a group of operands.
    fn group(&mut self, right: Option<&str>) -> Option<Literal> {
        let start = self.token().start;
        let mark = self.mark();
        if self.refused.contains(&(mark.at, false)) {
            self.error_at = mark.at;
        } else if let Some(expression) = self.expression() {
            return Some(expression);
        }
        self.refused.insert((mark.at, false));
        let first_errors = self.errors.clone();
        let first_error_at = self.error_at;
        let first_open = self.open.clone();
        self.back_to(&mark);
        self.open_bracket();
        if right.is_some() && self.kind() == Kind::RParen {
            let token = self.token();
            return self.fail_at(token.start, token.end, "empty parenthesized group").or_else(|| {
                if let Some(error) = self.errors.last_mut() {
                    error.range = (start - self.base) as usize..(token.end - self.base) as usize;
                }
                None
            });
        }
        if self.kind() == Kind::LBrace
            && self.logic_is_on()
            && let inner = self.mark()
            && let Some(body) = self.braced_body()
        {
            if self.kind() == Kind::RParen {
                self.bump();
                let text = body.span.of(self.text.get(self.base as usize..).unwrap_or_default()).to_owned();
                let words = format!(
                    "`(...)` in an operand position cannot contain a body (hint: drop the parens to keep the body: \
                     `{text}`)"
                );
                return self.fail_at(start, start + 1, &words);
            }
            self.back_to(&inner);
        }
        let at = self.token().start;
        let group = self.operand(None).and_then(|left| self.logic(left, at)).and_then(|mut inner| {
            if self.modifies() {
                inner.with = self.with()?;
                inner.span = self.span_from(at);
            }
            Some(inner)
        });
        if let Some(inner) = group
            && self.kind() == Kind::RParen
        {
            self.close_bracket();
            let kind = LiteralKind::Group(Box::new(inner));
            return Some(Literal { span: self.span_from(start), not: None, kind, with: Vec::new() });
        }
        // Neither: what was wrong with the expression says more.
        if self.errors.len() <= mark.errors {
            self.unexpected::<()>("");
        }
        if first_errors.len() > mark.errors && first_error_at >= self.error_at {
            self.errors = first_errors;
            self.error_at = first_error_at;
            self.open = first_open;
        }
        None
    }

    /// `term`, `left := right`, `left = right`
    fn expression(&mut self) -> Option<Literal> {
        let start = self.token().start;
        let left = self.infix()?;
        let kind = match self.kind() {
            op @ (Kind::Assign | Kind::Unify) => {
                self.bump();
                let right = self.infix()?;
                LiteralKind::Bind { assign: op == Kind::Assign, left, right }
            }
            _ => LiteralKind::Expr(left),
        };
        Some(Literal { span: self.span_from(start), not: None, kind, with: Vec::new() })
    }

    fn some(&mut self) -> Option<Literal> {
        let start = self.bump().start;
        let literal = |p: &mut Self, kind| {
            Some(Literal { span: p.span_from(start), not: None, kind, with: Vec::new() })
        };
        let mark = self.mark();
        if let Some(term) = self.infix() {
            match term.kind {
                TermKind::In(membership) => return literal(self, LiteralKind::SomeIn(membership)),
                TermKind::Call(..) | TermKind::Binary(..) => {
                    return self.unexpected("expected `x in xs` or `x, y in xs` expression");
                }
                _ => {}
            }
        }
        self.back_to(&mark);
        let mut names = Vec::new();
        loop {
            let token = self.token();
            if !matches!(self.kind(), Kind::Name | Kind::Contains) {
                return self.unexpected("expected var");
            }
            self.bump();
            names.push((self.text_of(token).to_owned(), self.span(token)));
            if self.kind() != Kind::Comma {
                break;
            }
            self.bump();
        }
        literal(self, LiteralKind::Some(names))
    }

    fn every(&mut self) -> Option<Literal> {
        let start = self.bump().start;
        let term = self.infix()?;
        let TermKind::In(membership) = term.kind else {
            return self.unexpected("expected `x[, y] in xs { ... }` expression");
        };
        if membership.key.as_ref().is_some_and(|key| !matches!(key.kind, TermKind::Var(_))) {
            return self.unexpected("expected key to be a variable");
        }
        if !matches!(membership.value.kind, TermKind::Var(_)) {
            return self.unexpected("expected value to be a variable");
        }
        if self.kind() != Kind::LBrace {
            return self.unexpected("missing body");
        }
        let body = self.braced_body()?;
        let kind = LiteralKind::Every(membership, body);
        Some(Literal { span: self.span_from(start), not: None, kind, with: Vec::new() })
    }

    fn with(&mut self) -> Option<Vec<With>> {
        let mut modifiers = Vec::new();
        while self.modifies() {
            let start = self.bump().start;
            let kind = self.kind();
            if kind != Kind::Name {
                return self.unexpected("expected ident");
            }
            let target = self.term()?;
            if !matches!(target.kind, TermKind::Var(_) | TermKind::Ref(..)) {
                return self.unexpected("expected ref");
            }
            if self.kind() != Kind::As {
                return self.unexpected("expected as keyword");
            }
            self.bump();
            let value = self.infix()?;
            modifiers.push(With { span: self.span_from(start), target, value });
        }
        Some(modifiers)
    }
}

fn is_print(term: &Term) -> bool {
    match &term.kind {
        TermKind::Call(function, _) => matches!(&function.kind, TermKind::Var(name) if name == "print"),
        _ => false,
    }
}

/// `{a | b}`: could be a body with a union, or a comprehension.
fn is_union(body: &Body) -> bool {
    matches!(
        body.literals.as_slice(),
        [Literal {
            not: None,
            kind: LiteralKind::Expr(Term { kind: TermKind::Binary(Operator::Union, _), .. }),
            ..
        }]
    )
}

/// What begins with a brace but is no body, `some` and `every` are no operands of `and` and `or`.
fn may_be_operand(literal: &Literal) -> bool {
    match &literal.kind {
        LiteralKind::SomeIn(_) | LiteralKind::Every(..) => false,
        LiteralKind::Expr(term) => match &term.kind {
            // An empty one is an empty body, which has words of its own.
            TermKind::Object(pairs) => pairs.is_empty(),
            kind => !matches!(kind, TermKind::SetCompr(..) | TermKind::ObjectCompr(..)),
        },
        _ => true,
    }
}
