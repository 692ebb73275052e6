//! Terms.

use super::lists::{Element, is_union};
use super::{Clash, FormatError, Formatter, Place, Written};
use crate::core::rego::ast::{
    Body, LiteralKind, Membership, Operator, RefPart, RefPartKind, Span, TemplatePart, Term, TermKind,
};
use crate::core::rego::names::is_plain;

impl Operator {
    /// As it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Union => "|",
            Self::Intersection => "&",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

/// The sign that the call of a builtin is written with, by the builtin's name.
pub fn infix(name: &str) -> Option<&'static str> {
    Some(match name {
        "eq" => "=",
        "assign" => ":=",
        "equal" => "==",
        "neq" => "!=",
        "lt" => "<",
        "lte" => "<=",
        "gt" => ">",
        "gte" => ">=",
        "plus" => "+",
        "minus" => "-",
        "mul" => "*",
        "div" => "/",
        "rem" => "%",
        "and" => "&",
        "or" => "|",
        _ => return None,
    })
}

/// A term as OPA sees it: a call, whatever way it is written.
pub enum Call<'a> {
    /// `left sign right`; no left operand is the 0 of `-x`.
    Infix(Option<&'a Term>, &'static str, &'a Term),
    /// `[key, ] value in collection`
    In(Option<&'a Term>, &'a Term, &'a Term),
    /// `f(x, y)`
    Plain(&'a Term, &'a [Term]),
}

/// The call that a term is.
pub fn call(term: &Term) -> Option<Call<'_>> {
    match &term.bare().kind {
        TermKind::Binary(operator, sides) => Some(Call::Infix(Some(&sides.0), operator.sign(), &sides.1)),
        TermKind::In(membership) => {
            let Membership { key, value, collection } = &**membership;
            Some(Call::In(key.as_ref(), value, collection))
        }
        TermKind::Minus(operand) => Some(Call::Infix(None, "-", operand)),
        TermKind::Call(function, arguments) => {
            let name = dotted(function);
            match (name.as_deref(), arguments.as_slice()) {
                (Some("internal.member_2"), [value, collection]) => Some(Call::In(None, value, collection)),
                (Some("internal.member_3"), [key, value, collection]) => {
                    Some(Call::In(Some(key), value, collection))
                }
                _ => Some(Call::Plain(function, arguments)),
            }
        }
        _ => None,
    }
}

/// `a.b` of a name or reference without anything computed.
pub fn dotted(term: &Term) -> Option<String> {
    match &term.kind {
        TermKind::Var(name) => Some(name.clone()),
        TermKind::Ref(head, parts) => {
            let TermKind::Var(first) = &head.kind else { return None };
            let mut path = first.clone();
            for part in parts {
                path.push('.');
                path.push_str(part.constant()?);
            }
            Some(path)
        }
        _ => None,
    }
}

/// The byte whose row is the term's row for OPA: brackets around a term do not count.
fn anchor(term: &Term) -> u32 {
    match &term.kind {
        TermKind::Paren(inner) => anchor(inner),
        TermKind::Binary(_, sides) => anchor(&sides.0),
        TermKind::In(membership) => anchor(membership.key.as_ref().unwrap_or(&membership.value)),
        TermKind::Ref(head, _) | TermKind::Call(head, _) => anchor(head),
        _ => term.span.start,
    }
}

impl<'t> Formatter<'t> {
    pub fn term_place(&self, term: &Term) -> Place {
        self.place_from(anchor(term), term.span)
    }

    pub fn begins_with_bracket(&self, term: &Term) -> bool {
        self.place_text(&self.term_place(term)).starts_with('(')
    }

    /// A term. If a comment has no place in it, it stays as it is written, and who called is told.
    pub fn term(&mut self, term: &Term) -> Written {
        if self.page.next_comment().is_none() {
            return self.term_in(false, term, None);
        }
        let mark = self.page.mark();
        let written = self.term_in(false, term, None);
        if written.is_err() {
            let place = self.term_place(term);
            self.page.write_as_it_is(&mark, &place);
        }
        written
    }

    /// A term; an infix call in brackets if wanted. `row` stands in for its own.
    pub fn term_in(&mut self, brackets: bool, term: &Term, row: Option<usize>) -> Written {
        let mut brackets = brackets;
        if self.bracketed.1 == Some(term.span) {
            self.bracketed.1 = None;
            brackets = true;
        }
        let place = self.term_place(term);
        self.insert_comments(row.unwrap_or(place.row))?;
        if !self.page.inline {
            self.page.start_line();
        }
        let bare = term.bare();
        match &bare.kind {
            TermKind::Null | TermKind::Bool(_) => self.page.write(self.span_text(bare.span)),
            TermKind::Number => {
                let number: String = self.span_text(bare.span).split_whitespace().collect();
                self.page.write(&number);
            }
            TermKind::String(value) if bare.span == term.span || self.pinned.is_some() => {
                let source = self.span_text(bare.span);
                if source.is_empty() { self.page.write(&quoted(value)) } else { self.page.write(source) }
            }
            TermKind::String(value) => {
                let source = self.span_text(bare.span);
                if source.starts_with('`') {
                    self.page.write(source)
                } else {
                    self.page.write(&quoted(value))
                }
            }
            TermKind::Var(name) => self.page.write(name),
            TermKind::Ref(head, parts) => self.reference(head, parts)?,
            TermKind::Array(items) => {
                let items: Vec<Element<'_>> = items.iter().map(Element::Item).collect();
                self.enclosed("[", "]", &items, &place)?;
            }
            TermKind::Set(items) if items.is_empty() => {
                self.page.write("set()");
                self.page.insert_comments(self.closing(None, b'(', b')', &place))?;
            }
            TermKind::Set(items) => {
                let items: Vec<Element<'_>> = self.distinct(items).into_iter().map(Element::Item).collect();
                self.enclosed("{", "}", &items, &place)?;
            }
            TermKind::Object(pairs) => {
                let pairs: Vec<Element<'_>> = pairs.iter().map(|(k, v)| Element::Pair(k, v)).collect();
                self.enclosed("{", "}", &pairs, &place)?;
            }
            TermKind::ArrayCompr(head, body) => {
                self.page.write("[");
                self.comprehension((b'[', b']'), head, body, &place, None)?;
            }
            TermKind::SetCompr(head, body) => {
                self.page.write("{");
                self.comprehension((b'{', b'}'), head, body, &place, None)?;
            }
            TermKind::ObjectCompr(pair, body) => {
                self.page.write("{");
                self.bracketed(&pair.0, is_union(&pair.0))?;
                self.page.write(": ");
                self.comprehension((b'{', b'}'), &pair.1, body, &place, Some(place.row))?;
            }
            TermKind::Template(parts) => self.template(bare.span, parts)?,
            TermKind::Binary(..) | TermKind::In(_) | TermKind::Minus(_) | TermKind::Call(..) => {
                self.call_term(brackets, bare)?;
            }
            TermKind::Paren(_) => {}
        }
        if !self.page.inline {
            self.page.start_line();
        }
        Ok(())
    }

    /// Elements that are written alike are one element of a set.
    fn distinct<'a>(&self, items: &'a [Term]) -> Vec<&'a Term> {
        let mut seen: Vec<&str> = Vec::new();
        // Whole numbers up to here are exact.
        let number = |words: &str| words.parse::<f64>().ok().filter(|n| n.abs() < 9e15);
        items
            .iter()
            .filter(|item| {
                let scalar = matches!(
                    item.kind,
                    TermKind::Null | TermKind::Bool(_) | TermKind::Number | TermKind::String(_)
                );
                let words = self.span_text(item.span);
                let same =
                    |other: &&str| *other == words || number(other).is_some_and(|n| number(words) == Some(n));
                let repeated = scalar && seen.iter().any(same);
                seen.push(words);
                !repeated
            })
            .collect()
    }

    fn enclosed(&mut self, open: &str, close: &str, items: &[Element<'_>], place: &Place) -> Written {
        self.page.write(open);
        let bytes = (open.bytes().next().unwrap_or_default(), close.bytes().next().unwrap_or_default());
        let closing = self.closing(None, bytes.0, bytes.1, place);
        let written = self.list(items, place, closing);
        self.page.write(close);
        written
    }

    fn comprehension(
        &mut self,
        (open, close): (u8, u8),
        head: &Term,
        body: &Body,
        place: &Place,
        row: Option<usize>,
    ) -> Written {
        let head_row = row.unwrap_or_else(|| self.term_place(head).row);
        if head_row > place.row {
            self.page.end_line();
            self.page.start_line();
        }
        // `[-x | y]` becomes `[0 - x | y]` with `opa fmt`, which is a union.
        let is_minus = matches!(head.kind, TermKind::Minus(_));
        let brackets = is_minus || call(head).is_some() && (is_union(head) || self.begins_with_bracket(head));
        let written = self.term_in(brackets, head, Some(head_row)).and_then(|()| {
            self.page.write(" |");
            self.inner_body((open, close), body, head_row, place)
        });
        self.page.write(if close == b']' { "]" } else { "}" });
        written
    }

    /// `a.b[c]`
    fn reference(&mut self, head: &Term, parts: &[RefPart]) -> Written {
        let brackets = call(head).is_some() && self.begins_with_bracket(head);
        self.term_in(brackets, head, None)?;
        for part in parts {
            self.part(part);
        }
        Ok(())
    }

    pub fn part(&mut self, part: &RefPart) {
        match &part.kind {
            RefPartKind::Dot(name) => self.name_part(name, false),
            RefPartKind::Index(index) => match &index.bare().kind {
                TermKind::String(name) => {
                    let is_quoted = self.span_text(index.bare().span).starts_with('"');
                    self.name_part(name, is_quoted);
                }
                TermKind::Var(name) if name != "input" && name != "data" => {
                    self.page.write("[");
                    self.page.write(name);
                    self.page.write("]");
                }
                _ => {
                    self.page.write("[");
                    if let Err(Clash) = self.term(index) {
                        // The bracket must not become a part of the comment.
                        self.page.write("\n");
                    }
                    self.page.write("]");
                }
            },
        }
    }

    /// `.name`, or `["name"]` where it must be.
    pub fn name_part(&mut self, name: &str, is_quoted: bool) {
        if !is_plain(name) || (is_quoted && self.style.keywords.contains(&name)) {
            self.page.write("[");
            self.page.write(&quoted(name));
            self.page.write("]");
        } else {
            self.page.write(".");
            self.page.write(name);
        }
    }

    /// A call inside another term.
    fn call_term(&mut self, brackets: bool, term: &Term) -> Written {
        match call(term) {
            Some(Call::In(key, value, collection)) => self.membership(true, key, value, collection),
            Some(Call::Infix(left, sign, right)) => self.infix_term(brackets, left, sign, right),
            Some(Call::Plain(function, arguments)) => {
                let name = dotted(function).unwrap_or_default();
                match (infix(&name), arguments) {
                    (None, _) => self.plain_call(function, arguments),
                    (Some(sign), [left, right]) => self.infix_term(brackets, Some(left), sign, right),
                    (Some(_), _) => {
                        self.arity(&name, term);
                        Ok(())
                    }
                }
            }
            None => Ok(()),
        }
    }

    fn infix_term(&mut self, brackets: bool, left: Option<&Term>, sign: &str, right: &Term) -> Written {
        if brackets {
            self.page.write("(");
        }
        match left {
            Some(left) => self.term_in(true, left, None)?,
            None => self.page.write("0"),
        }
        self.page.write(" ");
        self.page.write(sign);
        self.page.write(" ");
        self.term_in(true, right, None)?;
        if brackets {
            self.page.write(")");
        }
        Ok(())
    }

    /// OPA refuses an operator's name with a wrong number of arguments.
    pub fn arity(&mut self, name: &str, term: &Term) {
        let row = self.term_place(term).row;
        let message = format!("{name}: arity mismatch");
        self.error.get_or_insert(FormatError::Refused { code: "rego_type_error", message, row });
    }

    pub fn membership(
        &mut self,
        brackets: bool,
        key: Option<&Term>,
        value: &Term,
        collection: &Term,
    ) -> Written {
        let brackets = brackets && key.is_some();
        if brackets {
            self.page.write("(");
        }
        let written = (|| {
            if let Some(key) = key {
                self.term_in(true, key, None)?;
                self.page.write(", ");
            }
            self.term_in(true, value, None)?;
            self.page.write(" in ");
            self.term_in(true, collection, None)
        })();
        if brackets {
            self.page.write(")");
        }
        written
    }

    pub fn plain_call(&mut self, function: &Term, arguments: &[Term]) -> Written {
        match &function.kind {
            TermKind::Ref(head, parts) => self.reference(head, parts)?,
            _ => self.term_in(false, function, None)?,
        }
        self.page.write("(");
        let place = self.term_place(function);
        let arguments: Vec<Element<'_>> = arguments.iter().map(Element::Argument).collect();
        let written = self.list(&arguments, &place, None);
        self.page.write(")");
        written
    }

    fn template(&mut self, span: Span, parts: &[TemplatePart]) -> Written {
        let raw = self.span_text(span).starts_with("$`");
        let quote = if raw { "`" } else { "\"" };
        self.page.write("$");
        self.page.write(quote);
        for (at, part) in parts.iter().enumerate() {
            match part {
                TemplatePart::Text(text) => self.template_text(text, raw),
                TemplatePart::Hole(_, literal) => {
                    if literal.with.is_empty()
                        && literal.not.is_none()
                        && let LiteralKind::Expr(term) = &literal.kind
                        && let Some(constant) = self.constant(term)
                    {
                        self.template_text(&constant, raw);
                        continue;
                    }
                    self.page.write("{");
                    self.page.up();
                    if self.page.comment_waits() {
                        self.page.end_line();
                        self.page.start_line();
                    } else {
                        let row = self.place(literal.span).row;
                        self.page.comments_above(row, |page| {
                            page.write(" ");
                            page.inline = true;
                        });
                    }
                    self.literal(literal)?;
                    let next = match parts.get(at + 1) {
                        Some(TemplatePart::Hole(span, _)) => Some(self.place(*span).row),
                        Some(TemplatePart::Text(_)) => {
                            let end = match part {
                                TemplatePart::Hole(span, _) => span.end,
                                TemplatePart::Text(_) => span.end,
                            };
                            Some(self.place_from(end, span).row)
                        }
                        None => None,
                    };
                    if let Some(next) = next
                        && self.page.comments_above(next, super::page::Page::end_line)
                    {
                        self.page.start_line();
                    }
                    self.page.write("}");
                    self.page.down();
                }
            }
        }
        self.page.write(quote);
        Ok(())
    }

    fn template_text(&mut self, text: &str, raw: bool) {
        let text = text.replace('{', "\\{");
        if raw {
            self.page.write(&text);
        } else {
            // The backslash of a brace is not escaped once more.
            let quoted = quoted(&text).replace("\\\\{", "\\{");
            let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            self.page.write(inner.unwrap_or(&quoted));
        }
    }

    /// The text that a constant in a hole stands for.
    fn constant(&self, term: &Term) -> Option<String> {
        match &term.kind {
            TermKind::String(value) => Some(value.clone()),
            TermKind::Null | TermKind::Bool(_) | TermKind::Number => {
                Some(self.span_text(term.span).to_owned())
            }
            _ => None,
        }
    }
}

/// A string in quotes, as Go's `strconv.Quote` writes it.
pub fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for letter in value.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
