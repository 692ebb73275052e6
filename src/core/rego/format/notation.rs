//! Terms on one row in OPA's own notation, without a thought for layout: its `String()`, which `opa fmt` writes the only
//! key of a head with (`v1/ast/term_appenders.go` and `policy_appenders.go` in OPA's sources).

use super::Formatter;
use super::term::{Call, call, dotted, infix, quoted};
use crate::core::rego::ast::{
    Body, Literal, LiteralKind, Membership, RefPart, RefPartKind, TemplatePart, Term, TermKind,
};
use crate::core::rego::names::{KEYWORDS, is_plain};

/// The name of the builtin that a sign stands for.
fn builtin(sign: &str) -> &'static str {
    const NAMES: [&str; 15] = [
        "eq", "assign", "equal", "neq", "lt", "lte", "gt", "gte", "plus", "minus", "mul", "div", "rem",
        "and", "or",
    ];
    NAMES.into_iter().find(|name| infix(name) == Some(sign)).unwrap_or_default()
}

impl Formatter<'_> {
    /// A term: calls are calls however they are written, strings are quoted, sets and objects sorted.
    pub fn notation(&self, term: &Term) -> String {
        let bare = term.bare();
        match &bare.kind {
            TermKind::Null | TermKind::Bool(_) => self.span_text(bare.span).to_owned(),
            TermKind::Number => self.span_text(bare.span).split_whitespace().collect(),
            TermKind::String(value) => quoted(value),
            TermKind::Var(name) => name.clone(),
            TermKind::Ref(head, parts) => self.reference_notation(head, parts),
            TermKind::Array(items) => format!("[{}]", self.list_notation(items.iter())),
            TermKind::Set(items) if items.is_empty() => "set()".to_owned(),
            TermKind::Set(items) => {
                let mut items: Vec<&Term> = items.iter().collect();
                items.sort_by(|a, b| self.order(a, b));
                items.dedup_by(|a, b| self.notation(a) == self.notation(b));
                format!("{{{}}}", self.list_notation(items))
            }
            TermKind::Object(pairs) => {
                let mut pairs: Vec<&(Term, Term)> = pairs.iter().collect();
                pairs.sort_by(|a, b| self.order(&a.0, &b.0));
                let pair = |(key, value): &&(Term, Term)| {
                    format!("{}: {}", self.notation(key), self.notation(value))
                };
                format!("{{{}}}", pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
            }
            TermKind::ArrayCompr(head, body) => {
                format!("[{} | {}]", self.head_notation(head), self.body_notation(body))
            }
            TermKind::SetCompr(head, body) => {
                format!("{{{} | {}}}", self.head_notation(head), self.body_notation(body))
            }
            TermKind::ObjectCompr(pair, body) => {
                let (key, value) = (self.head_notation(&pair.0), self.head_notation(&pair.1));
                format!("{{{key}: {value} | {}}}", self.body_notation(body))
            }
            TermKind::Template(parts) => {
                let part = |part: &TemplatePart| match part {
                    TemplatePart::Text(text) => {
                        let text = quoted(&text.replace('{', "\\{")).replace("\\\\{", "\\{");
                        let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                        inner.unwrap_or(&text).to_owned()
                    }
                    TemplatePart::Hole(_, literal) => format!("{{{}}}", self.literal_notation(literal)),
                };
                format!("$\"{}\"", parts.iter().map(part).collect::<String>())
            }
            TermKind::Binary(..) | TermKind::In(_) | TermKind::Minus(_) | TermKind::Call(..) => {
                self.call_notation(bare)
            }
            // `bare` left none.
            TermKind::Paren(inner) => self.notation(inner),
        }
    }

    fn list_notation<'a>(&self, items: impl IntoIterator<Item = &'a Term>) -> String {
        items.into_iter().map(|item| self.notation(item)).collect::<Vec<_>>().join(", ")
    }

    fn call_notation(&self, term: &Term) -> String {
        match call(term) {
            Some(Call::Infix(left, sign, right)) => {
                let left = left.map_or_else(|| "0".to_owned(), |left| self.notation(left));
                format!("{}({left}, {})", builtin(sign), self.notation(right))
            }
            Some(Call::In(None, value, collection)) => {
                format!("internal.member_2({})", self.list_notation([value, collection]))
            }
            Some(Call::In(Some(key), value, collection)) => {
                format!("internal.member_3({})", self.list_notation([key, value, collection]))
            }
            Some(Call::Plain(function, arguments)) => {
                format!("{}({})", self.notation(function), self.list_notation(arguments))
            }
            None => String::new(),
        }
    }

    /// The head of a comprehension: operators stay signs, in brackets.
    fn head_notation(&self, term: &Term) -> String {
        let (left, sign, right) = match call(term) {
            Some(Call::Infix(left, sign, right)) => (left, sign, right),
            Some(Call::Plain(function, [left, right])) => match dotted(function).as_deref().and_then(infix) {
                Some(sign) => (Some(left), sign, right),
                None => return self.notation(term),
            },
            _ => return self.notation(term),
        };
        let left = left.map_or_else(|| "0".to_owned(), |left| self.head_notation(left));
        format!("({left} {sign} {})", self.head_notation(right))
    }

    fn reference_notation(&self, head: &Term, parts: &[RefPart]) -> String {
        let mut out = self.notation(head);
        for part in parts {
            let name = match &part.kind {
                RefPartKind::Dot(name) => name,
                RefPartKind::Index(index) => match &index.bare().kind {
                    TermKind::String(name) => name,
                    _ => {
                        out += &format!("[{}]", self.notation(index));
                        continue;
                    }
                },
            };
            if is_plain(name) && !KEYWORDS.contains(&name.as_str()) {
                out += &format!(".{name}");
            } else {
                out += &format!("[{}]", quoted(name));
            }
        }
        out
    }

    fn body_notation(&self, body: &Body) -> String {
        let literals = body.literals.iter().map(|literal| self.literal_notation(literal));
        literals.collect::<Vec<_>>().join("; ")
    }

    fn literal_notation(&self, literal: &Literal) -> String {
        let mut out = if literal.not.is_some() { "not ".to_owned() } else { String::new() };
        let membership = |m: &Membership| {
            let names: Vec<&Term> = m.key.iter().chain([&m.value]).collect();
            format!("{} in {}", self.list_notation(names), self.notation(&m.collection))
        };
        out += &match &literal.kind {
            LiteralKind::Expr(term) => match &term.bare().kind {
                // The sign of a comparison is lost, that of `=` is not.
                TermKind::Call(function, sides) => match sides.as_slice() {
                    [left, right] if dotted(function).as_deref() == Some("eq") => {
                        format!("{} = {}", self.notation(left), self.notation(right))
                    }
                    _ => self.notation(term),
                },
                _ => self.notation(term),
            },
            LiteralKind::Bind { assign: true, left, right } => {
                format!("assign({})", self.list_notation([left, right]))
            }
            LiteralKind::Bind { assign: false, left, right } => {
                format!("{} = {}", self.notation(left), self.notation(right))
            }
            LiteralKind::Some(names) => {
                let names: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
                format!("some {}", names.join(", "))
            }
            LiteralKind::SomeIn(m) => format!("some {}", membership(m)),
            LiteralKind::Every(m, body) => {
                format!("every {} {{ {} }}", membership(m), self.body_notation(body))
            }
            LiteralKind::Body(body) if literal.not.is_some() => format!("{{{}}}", self.body_notation(body)),
            LiteralKind::Body(body) => format!("{{ {} }}", self.body_notation(body)),
            LiteralKind::Group(inner) => format!("({})", self.literal_notation(inner)),
            LiteralKind::Logic { and, left, right } => {
                let word = if *and { "and" } else { "or" };
                format!("{} {word} {}", self.literal_notation(left), self.literal_notation(right))
            }
        };
        for with in &literal.with {
            out += &format!(" with {} as {}", self.notation(&with.target), self.notation(&with.value));
        }
        out
    }

    /// OPA's order of constants; other terms of one kind by their notation.
    fn order(&self, a: &Term, b: &Term) -> std::cmp::Ordering {
        let rank = |term: &Term| match term.opa_kind() {
            "null" => 0,
            "boolean" => 1,
            "number" => 2,
            "string" => 3,
            "var" => 4,
            "ref" => 5,
            "array" => 6,
            "object" => 7,
            "set" => 8,
            "arraycomprehension" => 9,
            "objectcomprehension" => 10,
            "setcomprehension" => 11,
            "call" => 12,
            _ => 13,
        };
        rank(a).cmp(&rank(b)).then_with(|| match (&a.bare().kind, &b.bare().kind) {
            (TermKind::String(a), TermKind::String(b)) => a.cmp(b),
            (TermKind::Number, TermKind::Number) => {
                let number = |term: &Term| self.notation(term).parse::<f64>().unwrap_or_default();
                number(a).total_cmp(&number(b))
            }
            _ => self.notation(a).cmp(&self.notation(b)),
        })
    }
}
