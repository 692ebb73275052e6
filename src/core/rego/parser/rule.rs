//! Rules: heads, bodies, else chains, and what OPA says about statements that are none.

use super::Parser;
use super::demands::noun;
use crate::core::rego::ast::{
    Else, Head, Literal, LiteralKind, RefPart, RefPartKind, Rule, RuleBody, RuleKind, Span, Term, TermKind,
};
use crate::core::rego::lexer::Kind;

impl Parser<'_> {
    /// The current token is a word of the language, and what follows shows that it was meant as the name of a rule.
    pub(super) fn names_a_rule(&mut self) -> bool {
        if matches!(self.byte_behind(), Some(b'.' | b'[')) {
            return true;
        }
        let next = self.token_at(self.at + 1).map(|t| t.kind);
        matches!(next, Some(Kind::Assign | Kind::Unify))
    }

    pub(super) fn rule(&mut self) -> Option<Rule> {
        let start = self.token().start;
        let mut default = false;
        if self.kind() == Kind::Default && !matches!(self.byte_behind(), Some(b'.' | b'[')) {
            let next = self.token_at(self.at + 1);
            if next.is_none_or(|t| !(t.kind == Kind::Name || t.kind.is_keyword())) {
                return self.unexpected("");
            }
            self.bump();
            default = true;
        }
        let token = self.token();
        let kind = self.kind();
        if kind != Kind::Name && !(kind.is_keyword() && matches!(self.byte_behind(), Some(b'.' | b'['))) {
            let reserved = matches!(
                kind,
                Kind::If
                    | Kind::Contains
                    | Kind::In
                    | Kind::Every
                    | Kind::Package
                    | Kind::Import
                    | Kind::Some
                    | Kind::LogicAnd
                    | Kind::LogicOr
            );
            if reserved && self.names_a_rule() {
                let words = format!("{} keyword cannot be used for rule name", kind.opa_word());
                return self.fail(&words);
            }
            return self.not_a_rule();
        }
        let name = self.text_of(token).to_owned();
        let name_span = self.span(token);
        self.bump();
        let term = self.reference(Term { span: name_span, kind: TermKind::Var(name.clone()) })?;
        let head_end = term.span;
        let (mut parts, mut args) = (Vec::new(), None);
        match term.kind {
            TermKind::Var(_) => {}
            TermKind::Ref(inner, found) if matches!(inner.kind, TermKind::Var(_)) => parts = found,
            TermKind::Call(function, found) => {
                match function.kind {
                    TermKind::Var(_) => {}
                    TermKind::Ref(inner, path) if matches!(inner.kind, TermKind::Var(_)) => parts = path,
                    _ => {
                        let end = self.previous_end();
                        return self.fail_at(start, end, "expected rule head name");
                    }
                }
                args = Some(found);
            }
            _ => {
                let text = self.text.get(start as usize..self.previous_end() as usize).unwrap_or_default();
                let words = format!("invalid rule head: {text}");
                return self.fail_at(start, start + text.len() as u32, &words);
            }
        }
        let mut head = Head { span: head_end, name, name_span, parts, args, ..self.bare_head(start) };
        match self.kind() {
            Kind::Contains => {
                if head.args.is_some() {
                    let words = format!(
                        "the contains keyword can only be used with multi-value rule definitions (e.g., {} contains \
                         <VALUE> {{ ... }})",
                        head.path().join(".")
                    );
                    return self.unexpected(&words);
                }
                self.bump();
                head.key = Some(self.infix()?);
                head.contains = true;
            }
            op @ (Kind::Assign | Kind::Unify) => {
                self.bump();
                head.assign = op == Kind::Assign;
                let value = self.infix();
                if value.is_none() {
                    let name = head.path().join(".");
                    self.blame_hole(&match (head.assign, head.args.is_some(), default) {
                        (false, _, _) => format!("rule value term (e.g., {name}[<nil>] = <VALUE> {{ ... }})"),
                        (true, true, _) => {
                            format!("function value term (e.g., {name}(...) := <VALUE> {{ ... }})")
                        }
                        (true, false, true) => {
                            format!("default rule value term (e.g., default {name} := <VALUE>)")
                        }
                        _ => format!("rule value term (e.g., {name} := <VALUE> {{ ... }})"),
                    });
                }
                head.value = Some(value?);
            }
            _ => {}
        }
        head.span = Span { start: token.start - self.base, end: self.previous_end() - self.base };
        if default {
            self.check_default(&head, start)?;
            head.kind = if head.args.is_some() { RuleKind::Function } else { RuleKind::Complete };
            return Some(Rule { default, head, bodies: Vec::new(), branches: Vec::new() });
        }
        self.rest_of_rule(head, start)
    }

    fn rest_of_rule(&mut self, mut head: Head, start: u32) -> Option<Rule> {
        // `if.a` is a rule of its own.
        let has_if = self.kind() == Kind::If && !matches!(self.byte_behind(), Some(b'.' | b'['));
        let has_body = has_if || self.kind() == Kind::LBrace;
        let constant = !has_body && !head.contains;
        if constant
            && (head.value.is_none()
                || self.modifies()
                || matches!(self.kind(), Kind::Semicolon | Kind::LogicAnd | Kind::LogicOr))
        {
            let plain_object = head.value.is_none() && head.args.is_none() && !head.parts.is_empty();
            if plain_object
                && !self.modifies()
                && self.kind() != Kind::Semicolon
                && self.operator_follows().is_none()
            {
                // `p[x]` and `a.b.c` alone.
                let end = self.previous_end();
                if head.name == "input" || self.dialect.v1 {
                    let words = if head.parts.len() == 1 {
                        "`contains` keyword is required for partial set rules"
                    } else {
                        "rule must have value assignment and/or body declaration"
                    };
                    self.late(start, end, words);
                }
                self.classify(&mut head, false);
                return Some(Rule { default: false, head, bodies: Vec::new(), branches: Vec::new() });
            }
            self.restart();
            return self.not_a_rule();
        }
        self.classify(&mut head, has_if);
        let mut rule = Rule { default: false, head, bodies: Vec::new(), branches: Vec::new() };
        if has_body {
            rule.bodies.push(self.rule_body()?);
        } else {
            if self.goes_on_with_else() && rule.head.contains {
                return self.unexpected("");
            }
            self.check_v1(&rule, start);
            return Some(rule);
        }
        if self.goes_on_with_else() {
            if rule.head.parts.iter().any(|part| part.constant().is_none() && !is_scalar(part)) {
                return self.fail("else keyword cannot be used on rules with variables in head");
            }
            if rule.head.key.is_some() {
                return self.fail("else keyword cannot be used on multi-value rules");
            }
            // Behind an `else` OPA takes `else.a` for another.
            while self.kind() == Kind::Else {
                let branch = self.else_branch(noun(&rule))?;
                let more = branch.body.is_some();
                rule.branches.push(branch);
                if !more {
                    break;
                }
            }
        }
        while self.kind() == Kind::LBrace {
            if !rule.branches.is_empty() {
                return self.fail("expected else keyword");
            }
            let body = self.braced_body()?;
            rule.bodies.push(RuleBody { if_span: None, body });
        }
        self.check_v1(&rule, start);
        Some(rule)
    }

    /// An `else`, and not the name of a rule: `else.a` is one of its own.
    fn goes_on_with_else(&mut self) -> bool {
        self.kind() == Kind::Else && !matches!(self.byte_behind(), Some(b'.' | b'['))
    }

    /// A `with` behind a statement, and not the name of a rule.
    pub(super) fn modifies(&mut self) -> bool {
        self.kind() == Kind::With && !matches!(self.byte_behind(), Some(b'.' | b'['))
    }

    /// What the head defines; moves the element of `p[x] { … }` of v0 into the key.
    fn classify(&mut self, head: &mut Head, has_if: bool) {
        let one_index = matches!(head.parts.as_slice(), [_]);
        if head.args.is_some() {
            head.kind = RuleKind::Function;
        } else if head.contains {
            head.kind = RuleKind::PartialSet;
        } else if one_index && !has_if && head.value.is_none() {
            head.kind = RuleKind::PartialSet;
            head.key = head.parts.pop().map(|part| match part.kind {
                RefPartKind::Index(term) => term,
                RefPartKind::Dot(name) => Term { span: part.span, kind: TermKind::String(name) },
            });
        } else if head.parts.iter().any(|part| part.constant().is_none()) {
            head.kind = RuleKind::PartialObject;
        }
    }

    fn operator_follows(&mut self) -> Option<()> {
        matches!(
            self.kind(),
            Kind::Equal
                | Kind::NotEqual
                | Kind::Less
                | Kind::LessEqual
                | Kind::Greater
                | Kind::GreaterEqual
                | Kind::Or
                | Kind::And
                | Kind::Plus
                | Kind::Minus
                | Kind::Star
                | Kind::Slash
                | Kind::Percent
                | Kind::In
                | Kind::LogicAnd
                | Kind::LogicOr
        )
        .then_some(())
    }

    /// Behind the head: `if literal`, `if { … }`, or `{ … }`.
    fn rule_body(&mut self) -> Option<RuleBody> {
        if self.kind() != Kind::If {
            return Some(RuleBody { if_span: None, body: self.braced_body()? });
        }
        let token = self.bump();
        let if_span = Some(self.span(token));
        let brace = self.kind() == Kind::LBrace;
        let mark = self.mark();
        // A literal comes first; braces that are no value are a body. A set is always true, so it is no literal here.
        if let Some(literal) = self.literal() {
            let set = literal.not.is_none()
                && matches!(&literal.kind, LiteralKind::Expr(Term { kind: TermKind::Set(_), .. }));
            if !(set && brace) {
                let body = single(literal);
                return Some(RuleBody { if_span, body });
            }
        } else if !brace {
            return None;
        }
        self.back_to(&mark);
        Some(RuleBody { if_span, body: self.braced_body()? })
    }

    fn else_branch(&mut self, what: &str) -> Option<Else> {
        let start = self.bump().start;
        let mut value = None;
        match self.kind() {
            Kind::LBrace | Kind::If => {}
            Kind::Assign | Kind::Unify => {
                self.bump();
                value = Some(self.infix()?);
            }
            _ => return self.unexpected("expected else value term or rule body"),
        }
        let mut body = None;
        let if_token = (self.kind() == Kind::If).then(|| self.bump());
        let if_span = if_token.map(|token| self.span(token));
        if self.kind() == Kind::LBrace {
            body = Some(RuleBody { if_span, body: self.braced_body()? });
        } else if if_span.is_some() {
            if self.kind() == Kind::Eof {
                return self.unexpected("rule body expected");
            }
            body = Some(RuleBody { if_span, body: single(self.literal()?) });
        }
        if let Some(body) = &body
            && body.if_span.is_none()
            && self.dialect.v1
        {
            let end = self.previous_end();
            self.late(start, end, format!("`if` keyword is required before {what} body"));
        }
        Some(Else { span: self.span_from(start), value, body })
    }

    /// Back to the first token of the statement.
    fn restart(&mut self) {
        self.at = 0;
        self.open.clear();
        self.errors.clear();
    }

    /// OPA reads what is not a rule as a query, and then says why that is no rule.
    fn not_a_rule(&mut self) -> Option<Rule> {
        let start = self.token().start;
        let first = self.literal()?;
        let mut count = 1;
        while self.kind() == Kind::Semicolon {
            self.bump();
            self.literal()?;
            count += 1;
        }
        let end = self.previous_end();
        let hint = self.hint_for_v0(start);
        let words = if count > 1 {
            "multiple expressions cannot be used for rule head".to_owned()
        } else if !first.with.is_empty() {
            "expressions using with keyword cannot be used for rule head".to_owned()
        } else if first.not.is_some() {
            "negated expressions cannot be used for rule head".to_owned()
        } else {
            match &first.kind {
                LiteralKind::Some(_) | LiteralKind::SomeIn(_) => {
                    "'some' declarations cannot be used for rule head".to_owned()
                }
                LiteralKind::Bind { assign, left, right } => match &left.bare().kind {
                    TermKind::Ref(..) => format!("invalid rule head: {}", self.slice(left.span)),
                    TermKind::Var(name) if name == "input" || name == "data" => {
                        "refs cannot be used for rule head".to_owned()
                    }
                    // `(x) := 1` is a rule, since the parentheses are gone when OPA looks.
                    TermKind::Var(name) => {
                        let head = Head {
                            name: name.clone(),
                            name_span: left.bare().span,
                            value: Some(right.clone()),
                            assign: *assign,
                            ..self.bare_head(start)
                        };
                        return Some(Rule { default: false, head, bodies: Vec::new(), branches: Vec::new() });
                    }
                    _ => format!("{} cannot be used for rule name", left.opa_kind()),
                },
                LiteralKind::Expr(term) => match &term.bare().kind {
                    TermKind::Ref(head, _) if !matches!(head.kind, TermKind::Var(_)) => {
                        format!("invalid rule head: {}", self.slice(term.span))
                    }
                    TermKind::Ref(..) => "refs cannot be used for rule head".to_owned(),
                    TermKind::Var(name) if name == "input" || name == "data" => {
                        "refs cannot be used for rule head".to_owned()
                    }
                    TermKind::Call(function, args) => {
                        let path = self.slice(function.span).to_owned();
                        if crate::core::rego::names::is_builtin(&path) {
                            "rule name conflicts with built-in function".to_owned()
                        } else if args.is_empty() {
                            "rule argument list must take at least one argument".to_owned()
                        } else {
                            return self.bare_function(function, args, start);
                        }
                    }
                    TermKind::Binary(..) | TermKind::In(_) | TermKind::Minus(_) => {
                        "rule name conflicts with built-in function".to_owned()
                    }
                    _ => format!("{} cannot be used for rule name", term.opa_kind()),
                },
                _ => "expression cannot be used for rule head".to_owned(),
            }
        };
        let token = self.token();
        if !token.after_newline
            && matches!(
                token.kind,
                Kind::Colon
                    | Kind::Comma
                    | Kind::RParen
                    | Kind::RBrack
                    | Kind::RBrace
                    | Kind::Assign
                    | Kind::Unify
            )
        {
            return self.unexpected("");
        }
        self.late(start, end, format!("{words}{hint}"));
        self.error_at = self.at;
        None
    }

    /// The head of a rule that is all of the statement which begins at `start`.
    fn bare_head(&self, start: u32) -> Head {
        let span = self.span_from(start);
        Head {
            span,
            name: String::new(),
            name_span: span,
            parts: Vec::new(),
            args: None,
            key: None,
            value: None,
            assign: false,
            contains: false,
            kind: RuleKind::Complete,
        }
    }

    /// `f(1)` alone defines a function that is true.
    fn bare_function(&mut self, function: &Term, args: &[Term], start: u32) -> Option<Rule> {
        let (name, name_span, parts) = match &function.kind {
            TermKind::Var(name) => (name.clone(), function.span, Vec::new()),
            TermKind::Ref(head, parts) => match &head.kind {
                TermKind::Var(name) => (name.clone(), head.span, parts.clone()),
                _ => return self.fail("invalid rule head"),
            },
            _ => return self.fail("invalid rule head"),
        };
        let args = Some(args.to_vec());
        let head = Head { name, name_span, parts, args, kind: RuleKind::Function, ..self.bare_head(start) };
        Some(Rule { default: false, head, bodies: Vec::new(), branches: Vec::new() })
    }

    /// For a statement that begins at `start` and ends before the current token.
    fn hint_for_v0(&mut self, start: u32) -> &'static str {
        let (token, end) = (self.token(), self.previous_end());
        let own = self.text.get(start as usize..end as usize);
        match own.filter(|text| matches!(*text, "if" | "contains")).unwrap_or(self.text_of(token)) {
            "if" if !self.dialect.word_if => " (hint: `import future.keywords.if` for `p if { ... }` rules)",
            "contains" if !self.dialect.word_contains => {
                " (hint: `import future.keywords.contains` for `p contains x` rules)"
            }
            _ => "",
        }
    }

    pub(super) fn slice(&self, span: Span) -> &str {
        span.of(self.text.get(self.base as usize..).unwrap_or_default())
    }
}

fn single(literal: Literal) -> crate::core::rego::ast::Body {
    crate::core::rego::ast::Body { span: literal.span, braces: false, literals: vec![literal] }
}

fn is_scalar(part: &RefPart) -> bool {
    match &part.kind {
        RefPartKind::Dot(_) => true,
        RefPartKind::Index(term) => {
            matches!(term.kind, TermKind::String(_) | TermKind::Number | TermKind::Bool(_) | TermKind::Null)
        }
    }
}
