//! Terms.

use super::Lowerer;
use super::buf::Buf;
use crate::core::rego::ast::{Membership, Operator, RefPart, RefPartKind, Span, Term, TermKind};

/// The engine's parser takes exponential time in the depth of literals; deeper ones are taken apart.
const COLLECTIONS: u32 = 7;
/// The engine refuses expressions nested deeper than 32.
const NESTED: u32 = 20;

/// Builtins whose answer is a whole number.
const WHOLE: &[&str] = &[
    "bits.and",
    "bits.lsh",
    "bits.negate",
    "bits.or",
    "bits.rsh",
    "bits.xor",
    "count",
    "indexof",
    "strings.count",
    "time.now_ns",
];
/// Builtins whose answer is a number that may have a fraction.
const NUMERIC: &[&str] = &["abs", "ceil", "floor", "round", "to_number", "units.parse", "units.parse_bytes"];
/// Builtins whose answer is an array, an object or a set.
const COLLECTING: &[&str] = &[
    "array.concat",
    "array.reverse",
    "array.slice",
    "intersection",
    "numbers.range",
    "numbers.range_step",
    "object.filter",
    "object.keys",
    "object.remove",
    "object.union",
    "object.union_n",
    "regex.find_n",
    "sort",
    "split",
    "union",
];

impl Lowerer<'_> {
    /// A term.
    pub(super) fn term(&mut self, term: &Term) -> Buf {
        let bracket = matches!(
            term.kind,
            TermKind::Paren(_)
                | TermKind::Call(..)
                | TermKind::Array(_)
                | TermKind::Set(_)
                | TermKind::Object(_)
                | TermKind::Ref(..)
                | TermKind::Minus(_)
        );
        let collection = matches!(term.kind, TermKind::Array(_) | TermKind::Set(_) | TermKind::Object(_));
        if self.nested >= NESTED && bracket || self.collections >= COLLECTIONS && collection {
            let base = self.hoists.last().map_or((u32::MAX, u32::MAX), |frame| frame.base);
            if (self.nested, self.collections) > base {
                return self.hoisted(term);
            }
            self.refuse(term.span, "a value nested this deep");
        }
        self.nested += u32::from(bracket);
        self.collections += u32::from(collection);
        let buf = self.term_here(term);
        self.nested -= u32::from(bracket);
        self.collections -= u32::from(collection);
        buf
    }

    /// Puts `name := term` in front of the literal, and gives the name.
    pub(super) fn hoisted(&mut self, term: &Term) -> Buf {
        let counted = (self.nested, self.collections);
        (self.nested, self.collections) = self.hoists.last().map_or((0, 0), |frame| frame.base);
        let value = self.term(term);
        (self.nested, self.collections) = counted;
        let name = self.fresh();
        let mut statement = Buf::made(format!("{name} := "), term.span.start);
        statement.append(&super::body::known(value, term));
        self.hoist(term.span, statement);
        Buf::made(name, term.span.start)
    }

    fn term_here(&mut self, term: &Term) -> Buf {
        let span = term.span;
        match &term.kind {
            TermKind::Null | TermKind::Bool(_) => self.splice(span, Vec::new()),
            TermKind::Number => self.number(span),
            TermKind::String(value) => {
                // The name of `p.q { … }` in v0, where it is an element.
                if span.of(self.source).starts_with('.') {
                    return Buf::made(serde_json::Value::from(value.as_str()).to_string(), span.start);
                }
                self.splice(span, Vec::new())
            }
            TermKind::Var(name) => self.var(name, span),
            TermKind::Ref(head, parts) => {
                let mut pieces = vec![(head.span, self.term(head))];
                self.indices(parts, &mut pieces, false);
                self.splice(span, pieces)
            }
            TermKind::Call(function, args) => self.call(term, function, args),
            TermKind::Binary(operator, sides) => {
                let (left, right) = (self.term(&sides.0), self.term(&sides.1));
                self.binary(term, *operator, &sides.0, &sides.1, left, right)
            }
            TermKind::In(membership) => self.membership(span, membership, true),
            TermKind::Minus(inner) => {
                let mut buf = Buf::made("__rs_minus(0, ", span.start);
                buf.append(&self.term(inner));
                buf.push(")", span.end);
                buf
            }
            TermKind::Paren(inner) => {
                if let TermKind::Paren(_) = inner.kind {
                    let mut buf = Buf::default();
                    self.copy_breaks(&mut buf, span.start, inner.span.start);
                    buf.append(&self.term_here(inner));
                    self.copy_breaks(&mut buf, inner.span.end, span.end);
                    return buf;
                }
                let inner_buf = self.term(inner);
                self.splice(span, vec![(inner.span, inner_buf)])
            }
            TermKind::Array(items) | TermKind::Set(items) => {
                let pieces = items.iter().map(|item| (item.span, self.term(item))).collect();
                self.splice(span, pieces)
            }
            TermKind::Object(pairs) if self.patterns == 0 && may_repeat(pairs) => self.object(span, pairs),
            TermKind::Object(pairs) => {
                let mut pieces = Vec::new();
                for (key, value) in pairs {
                    pieces.push((key.span, self.term(key)));
                    pieces.push((value.span, self.term(value)));
                }
                self.splice(span, pieces)
            }
            TermKind::ArrayCompr(head, body) | TermKind::SetCompr(head, body) => {
                self.comprehension(span, &[head], body)
            }
            TermKind::ObjectCompr(pair, body) => self.comprehension(span, &[&pair.0, &pair.1], body),
            TermKind::Template(parts) => self.template(span, parts),
        }
    }

    /// An object whose keys may turn out to be equal, as a function: which of their values OPA takes is not known here.
    fn object(&mut self, span: Span, pairs: &[(Term, Term)]) -> Buf {
        let mut buf = Buf::made("__rs_object([", span.start);
        let mut at = span.start;
        for (i, term) in pairs.iter().flat_map(|(key, value)| [key, value]).enumerate() {
            buf.push(if i > 0 { ", " } else { "" }, at);
            self.copy_breaks(&mut buf, at, term.span.start);
            buf.append(&self.term(term));
            at = term.span.end;
        }
        self.copy_breaks(&mut buf, at, span.end);
        buf.push("])", span.end);
        buf
    }

    /// A term that may bind what is in it.
    pub(super) fn pattern(&mut self, term: &Term) -> Buf {
        self.patterns += 1;
        let buf = self.term(term);
        self.patterns -= 1;
        buf
    }

    /// Only the line breaks of a piece of the source that is left out.
    pub(super) fn copy_breaks(&self, buf: &mut Buf, start: u32, end: u32) {
        let breaks = Span { start, end }.of(self.source).matches('\n').count();
        if breaks > 0 {
            buf.push(&"\n".repeat(breaks), start);
        }
    }

    fn number(&self, span: Span) -> Buf {
        let text = span.of(self.source);
        match text.strip_prefix('-').unwrap_or(text).trim_start().strip_prefix('.') {
            None => self.splice(span, Vec::new()),
            Some(digits) => {
                let sign = if text.starts_with('-') { "-" } else { "" };
                Buf::made(format!("{sign}0.{digits}"), span.start)
            }
        }
    }

    fn var(&mut self, name: &str, span: Span) -> Buf {
        if let Some(renamed) = self.scopes.iter().rev().find_map(|scope| scope.get(name))
            && renamed != name
        {
            return Buf::made(renamed.clone(), span.start);
        }
        if matches!(name, "if" | "in" | "every" | "contains") || name.starts_with("__rs") {
            self.refuse(span, format!("`{name}` as a name"));
        }
        self.splice(span, Vec::new())
    }

    /// The index terms of a reference; in legacy negations they are hoisted.
    pub(super) fn indices(&mut self, parts: &[RefPart], pieces: &mut Vec<(Span, Buf)>, hoist: bool) {
        for part in parts {
            if let RefPartKind::Index(index) = &part.kind {
                let buf = if hoist { self.operand(index) } else { self.term(index) };
                pieces.push((index.span, buf));
            }
        }
    }

    fn call(&mut self, term: &Term, function: &Term, args: &[Term]) -> Buf {
        let name = function.span.of(self.source);
        if self.names.contains(name) {
            // A function of the package.
        } else if let Some(operator) = operator_of(name, args.len())
            && let [left, right] = args
        {
            let (l, r) = (self.term(left), self.term(right));
            return self.binary(term, operator, left, right, l, r);
        } else if name == "walk"
            && let [value] = args
        {
            let value = self.term(value);
            return self.walk(term.span, &value);
        }
        if name == "sprintf" && !self.names.contains(name) {
            self.refuse_spellings(args);
        }
        let mut pieces = vec![(function.span, self.function(function))];
        pieces.extend(args.iter().map(|arg| (arg.span, self.term(arg))));
        self.splice(term.span, pieces)
    }

    /// The name of a function. It may be called like a local variable, or be a reference.
    pub(super) fn function(&mut self, function: &Term) -> Buf {
        match &function.kind {
            TermKind::Var(_) => self.splice(function.span, Vec::new()),
            _ => self.term_here(function),
        }
    }

    /// `walk` in its one form that the engine answers: with an output argument.
    pub(super) fn walk(&mut self, span: Span, value: &Buf) -> Buf {
        let name = self.fresh();
        let mut statement = Buf::made(format!("some {name}; walk("), span.start);
        statement.append(value);
        statement.push(&format!(", {name})"), span.end);
        self.hoist(span, statement);
        Buf::made(name, span.start)
    }

    /// Puts a statement in front of the literal.
    fn hoist(&mut self, span: Span, statement: Buf) {
        match self.hoists.last_mut() {
            Some(frame) => frame.statements.push(statement),
            None => self.refuse(span, "this value outside of a body"),
        }
    }

    pub(super) fn binary(
        &mut self,
        term: &Term,
        operator: Operator,
        left: &Term,
        right: &Term,
        left_buf: Buf,
        right_buf: Buf,
    ) -> Buf {
        let whole = self.is_whole(left) && self.is_whole(right);
        let sets = is_set(left) && is_set(right);
        // A set and an object are the only types that the engine has in another order.
        let ordered = [left, right].into_iter().any(|side| self.is_number(side) || is_plain(side));
        let (name, plain) = match operator {
            Operator::Equal => ("==", true),
            Operator::NotEqual => ("!=", true),
            Operator::Less => ("__rs_less", ordered),
            Operator::LessEqual => ("__rs_less_equal", ordered),
            Operator::Greater => ("__rs_greater", ordered),
            Operator::GreaterEqual => ("__rs_greater_equal", ordered),
            Operator::Union => ("__rs_union", sets),
            Operator::Intersection => ("__rs_intersection", sets),
            Operator::Plus => ("__rs_plus", whole),
            Operator::Minus => ("__rs_minus", whole || sets),
            Operator::Times => ("__rs_times", whole),
            Operator::Divide => ("__rs_divide", false),
            Operator::Remainder => ("__rs_remainder", false),
        };
        if let TermKind::Call(..) = term.kind {
            // Written by its name: `plus(a, b)`, `lt(a, b)`.
            let mut buf = Buf::default();
            let name = match operator {
                Operator::Less if plain => "<",
                Operator::LessEqual if plain => "<=",
                Operator::Greater if plain => ">",
                Operator::GreaterEqual if plain => ">=",
                _ => name,
            };
            let infix = !name.starts_with("__rs");
            buf.push(if infix { "(" } else { name }, term.span.start);
            if !infix {
                buf.push("(", term.span.start);
            }
            self.copy_breaks(&mut buf, term.span.start, left.span.start);
            buf.append(&left_buf);
            buf.push(&if infix { format!(" {name} ") } else { ", ".to_owned() }, left.span.end);
            self.copy_breaks(&mut buf, left.span.end, right.span.start);
            buf.append(&right_buf);
            self.copy_breaks(&mut buf, right.span.end, term.span.end);
            buf.push(")", term.span.end);
            return buf;
        }
        if plain {
            return self.splice(term.span, vec![(left.span, left_buf), (right.span, right_buf)]);
        }
        let mut buf = Buf::made(format!("{name}("), term.span.start);
        buf.append(&left_buf);
        // The operator becomes a comma; comments and line breaks around it stay.
        let gap = Span { start: left.span.end, end: right.span.start };
        let (at, length) = operator_in(gap.of(self.source));
        buf.copy(self.source, gap.start..gap.start + at);
        buf.push(",", gap.start + at);
        buf.copy(self.source, gap.start + at + length..gap.end);
        buf.append(&right_buf);
        buf.push(")", term.span.end);
        buf
    }

    /// Whether a term is a number or undefined, whatever the input.
    fn is_number(&self, term: &Term) -> bool {
        match &term.bare().kind {
            TermKind::Number => true,
            TermKind::Binary(
                Operator::Plus | Operator::Times | Operator::Divide | Operator::Remainder,
                _,
            ) => true,
            TermKind::Binary(Operator::Minus, sides) => self.is_number(&sides.0) && self.is_number(&sides.1),
            TermKind::Call(function, _) => {
                let name = function.span.of(self.source);
                (WHOLE.contains(&name) || NUMERIC.contains(&name)) && !self.names.contains(name)
            }
            _ => false,
        }
    }

    /// Whether a term is a whole number or undefined: the engine's own arithmetic is OPA's then.
    fn is_whole(&self, term: &Term) -> bool {
        match &term.bare().kind {
            TermKind::Number => !term.bare().span.of(self.source).contains(['.', 'e', 'E']),
            TermKind::Binary(Operator::Plus | Operator::Times | Operator::Minus, sides) => {
                self.is_whole(&sides.0) && self.is_whole(&sides.1)
            }
            TermKind::Call(function, _) => {
                let name = function.span.of(self.source);
                WHOLE.contains(&name) && !self.names.contains(name)
            }
            _ => false,
        }
    }

    /// `as_value`: the answer is used, so that undefined must not become `false`, as the engine has it.
    pub(super) fn membership(&mut self, span: Span, membership: &Membership, as_value: bool) -> Buf {
        let Membership { key, value, collection } = membership;
        // The engine also takes an undefined key or value of `k, v in c` for one that is found.
        let hoist = as_value || key.is_some();
        let mut pieces = Vec::new();
        for part in key.iter().chain([value, collection]) {
            pieces.push((part.span, if hoist { self.operand(part) } else { self.term(part) }));
        }
        self.member(span, pieces)
    }

    /// `v in c`, or `k, v in c` as a function: in the engine, sets have no keys.
    pub(super) fn member(&self, span: Span, parts: Vec<(Span, Buf)>) -> Buf {
        if parts.len() < 3 {
            return self.splice(span, parts);
        }
        let mut buf = Buf::made("__rs_member(", span.start);
        let mut at = span.start;
        for (i, (part, lowered)) in parts.iter().enumerate() {
            buf.push(if i > 0 { ", " } else { "" }, at);
            self.copy_breaks(&mut buf, at, part.start);
            buf.append(lowered);
            at = part.end;
        }
        self.copy_breaks(&mut buf, at, span.end);
        buf.push(")", span.end);
        buf
    }

    /// What is iterated: other types than collections end the rule in the engine and are undefined in OPA.
    pub(super) fn iterated(&mut self, collection: &Term) -> Buf {
        let buf = self.term(collection);
        let known = match &collection.bare().kind {
            TermKind::Array(_)
            | TermKind::Set(_)
            | TermKind::Object(_)
            | TermKind::ArrayCompr(..)
            | TermKind::SetCompr(..)
            | TermKind::ObjectCompr(..) => true,
            TermKind::Call(function, _) => COLLECTING.contains(&function.span.of(self.source)),
            _ => false,
        };
        if known {
            return buf;
        }
        let mut wrapped = Buf::made("__rs_each(", collection.span.start);
        wrapped.append(&buf);
        wrapped.push(")", collection.span.end);
        wrapped
    }
}

/// Whether two keys of an object may be equal, and it cannot be seen.
fn may_repeat(pairs: &[(Term, Term)]) -> bool {
    pairs.len() > 1 && !pairs.iter().all(|(key, _)| is_plain(key))
}

/// Where the operator is and how long, in the source between two operands (brackets of a parenthesis may stand there as well).
fn operator_in(gap: &str) -> (u32, u32) {
    let mut at = 0;
    for line in gap.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or_default();
        if let Some(found) = code.find(['|', '&', '+', '-', '*', '/', '%', '<', '>']) {
            let equal = code.get(found + 1..).is_some_and(|rest| rest.starts_with('='));
            return ((at + found) as u32, if equal { 2 } else { 1 });
        }
        at += line.len();
    }
    (0, 1)
}

fn is_set(term: &Term) -> bool {
    match &term.bare().kind {
        TermKind::Set(_) | TermKind::SetCompr(..) => true,
        TermKind::Binary(Operator::Union | Operator::Intersection, _) => true,
        TermKind::Binary(Operator::Minus, sides) => is_set(&sides.0) && is_set(&sides.1),
        _ => false,
    }
}

/// Operators can be called by their names; the engine knows them only as operators.
pub(super) fn operator_of(name: &str, args: usize) -> Option<Operator> {
    if args != 2 {
        return None;
    }
    Some(match name {
        "plus" => Operator::Plus,
        "minus" => Operator::Minus,
        "mul" => Operator::Times,
        "div" => Operator::Divide,
        "rem" => Operator::Remainder,
        "and" => Operator::Intersection,
        "or" => Operator::Union,
        "eq" | "equal" => Operator::Equal,
        "neq" => Operator::NotEqual,
        "lt" => Operator::Less,
        "lte" => Operator::LessEqual,
        "gt" => Operator::Greater,
        "gte" => Operator::GreaterEqual,
        _ => return None,
    })
}

/// Neither a set nor an object, and holds none.
fn is_plain(term: &Term) -> bool {
    matches!(term.bare().kind, TermKind::Null | TermKind::Bool(_) | TermKind::Number | TermKind::String(_))
}
