//! The file: package, imports, rules.

use super::imports::Imported;
use super::lists::Element;
use super::{Clash, Formatter, Place, Written};
use crate::core::rego::ast::{
    Body, Head, LiteralKind, Placed, RefPart, RefPartKind, Rule, RuleKind, Span, StatementKind, Term,
    TermKind,
};

/// A definition as OPA counts them: a chained body is one of its own.
struct Definition<'a> {
    rule: &'a Rule,
    /// Which of the bodies; 0 if there is none.
    at: usize,
}

impl Definition<'_> {
    fn body(&self) -> Option<&Body> {
        self.rule.bodies.get(self.at).map(|body| &body.body)
    }

    /// The else branches belong to the only body.
    fn has_else(&self) -> bool {
        !self.rule.branches.is_empty()
    }
}

/// Nothing but `true`: what OPA thinks behind a head without a body.
fn is_always_true(body: Option<&Body>) -> bool {
    let Some(body) = body else { return true };
    let [literal] = body.literals.as_slice() else { return false };
    let constant = matches!(&literal.kind, LiteralKind::Expr(Term { kind: TermKind::Bool(true), .. }));
    constant && literal.not.is_none() && literal.with.is_empty()
}

/// A lone set keeps the braces of the body around it.
fn is_set(body: &Body) -> bool {
    match body.literals.as_slice() {
        [literal] => {
            let set = matches!(&literal.kind, LiteralKind::Expr(term) if matches!(term.bare().kind, TermKind::Set(_)));
            set && literal.not.is_none()
        }
        _ => false,
    }
}

impl Formatter<'_> {
    /// The whole file.
    pub fn module(&mut self, statements: &[Placed]) {
        let imports = self.imports(statements);
        let rule_row = |f: &Self, placed: &Placed| f.page.row(placed.start);
        let rules: Vec<&Placed> = statements
            .iter()
            .filter(|placed| matches!(placed.statement.kind, StatementKind::Rule(_)))
            .collect();
        if let Some(placed) = statements.first()
            && let StatementKind::Package(package) = &placed.statement.kind
        {
            self.base = placed.start;
            let _ = self.insert_comments(self.page.row(placed.start));
            self.page.start_line();
            self.page.write("package ");
            let source = self.span_text(package.span);
            let quoted: Vec<&str> = package
                .path
                .iter()
                .map(String::as_str)
                .filter(|part| source.contains(&format!("\"{part}\"")))
                .collect();
            self.path(&package.path, &quoted);
            self.page.blank_line();
        }
        let first_rule = rules.first().map(|placed| rule_row(self, placed));
        // An import behind a rule has no effect.
        let early =
            first_rule.is_some_and(|first| imports.iter().any(|import| import.added && import.row >= first));
        let (added, mut imports): (Vec<Imported>, Vec<Imported>) =
            imports.into_iter().partition(|import| early && import.added);
        imports.sort_by_key(|import| import.row);
        self.write_imports(&added.iter().collect::<Vec<_>>());
        let (mut imports, mut rules) = (imports.as_slice(), rules.as_slice());
        while !imports.is_empty() || !rules.is_empty() {
            let until = rules.first().map_or(usize::MAX, |placed| rule_row(self, placed));
            let count = imports.iter().take_while(|import| import.row <= until).count();
            let (group, rest) = imports.split_at(count);
            self.write_imports(&group.iter().collect::<Vec<_>>());
            imports = rest;
            let until = imports.first().map_or(usize::MAX, |import| import.row);
            let count = rules.iter().take_while(|placed| rule_row(self, placed) < until).count();
            let (group, rest) = rules.split_at(count);
            self.rules(group);
            rules = rest;
        }
        self.page.write_rest();
    }

    fn rules(&mut self, rules: &[&Placed]) {
        let mut definitions: Vec<(&Placed, Definition<'_>, usize)> = Vec::new();
        for placed in rules {
            let StatementKind::Rule(rule) = &placed.statement.kind else { continue };
            for at in 0..rule.bodies.len().max(1) {
                let start = match rule.bodies.get(at) {
                    Some(body) if at > 0 => body.body.span.at(placed.start).start,
                    _ => placed.start,
                };
                definitions.push((placed, Definition { rule, at }, self.page.row(start)));
            }
        }
        let mut rest = definitions.iter().peekable();
        while let Some((placed, definition, row)) = rest.next() {
            self.base = placed.start;
            self.adopt(&placed.statement.dialect);
            let _ = self.insert_comments(*row);
            self.definition(placed, definition);
            let together = rest.peek().is_some_and(|(_, next, next_row)| {
                self.fits_one_line(definition) && self.fits_one_line(next) && *next_row == row + 1
            });
            if !together {
                self.page.blank_line();
            }
        }
    }

    fn uses_if(&self, head: &Head) -> bool {
        let is_set = head.kind == RuleKind::PartialSet;
        self.style.ifs && (self.style.contains || !is_set)
    }

    fn fits_one_line(&self, definition: &Definition<'_>) -> bool {
        let body = definition.body();
        let short = body.is_none_or(|body| body.literals.len() <= 1 && !is_set(body));
        short && !definition.rule.default && !definition.has_else() && self.uses_if(&definition.rule.head)
    }

    fn definition(&mut self, placed: &Placed, definition: &Definition<'_>) {
        let rule = definition.rule;
        self.page.start_line();
        if rule.default {
            self.page.write("default ");
        }
        let constant = is_always_true(definition.body()) && !definition.has_else();
        self.page.comment_on_last_row = constant;
        let whole = Span { start: 0, end: placed.statement.len };
        let place = match rule.bodies.get(definition.at) {
            Some(body) if definition.at > 0 => self.place(body.body.span),
            _ => self.place(whole),
        };
        // OPA gives the head that is repeated for a chained body the place of that body.
        self.pinned = (definition.at > 0).then(|| place.clone());
        let has_body = !rule.bodies.is_empty();
        let clash = self.head(&rule.head, rule.default, constant, has_body).is_err();
        self.pinned = None;
        let Some(body) = definition.body().filter(|_| !constant) else {
            self.page.end_line();
            return;
        };
        let head_end = if definition.at > 0 { self.end_row(body.span) } else { self.end_row(rule.head.span) };
        let skip = match (&rule.head.args, &rule.head.key) {
            (Some(args), _) if !args.is_empty() => Some((b'(', b')')),
            (_, Some(_)) => Some((b'[', b']')),
            _ if matches!(rule.head.parts.as_slice(), [part] if is_key(part)) => Some((b'[', b']')),
            _ => None,
        };
        let uses_if = self.uses_if(&rule.head);
        self.conditions(body, uses_if, head_end, clash, skip, &place, true);
        self.branches(rule, &place);
    }

    /// The body behind a head: on its line, or in braces.
    #[allow(clippy::too_many_arguments)] // They are all of the head.
    fn conditions(
        &mut self,
        body: &Body,
        uses_if: bool,
        head_end: usize,
        clash: bool,
        skip: Option<(u8, u8)>,
        place: &Place,
        rule: bool,
    ) {
        self.page.comment_on_last_row = true;
        let Some(first) = body.literals.first() else { return };
        if uses_if {
            self.page.write(" if");
            if body.literals.len() == 1 && self.place(first.span).row == head_end && !is_set(body) {
                self.page.write(" ");
                let _ = self.literal(first);
                self.page.end_line();
                return;
            }
        }
        if clash && self.page.next_comment().is_some() {
            self.page.write(" { ");
        } else {
            self.page.write(" {");
            self.page.end_line();
        }
        if uses_if && rule {
            self.mark_leading_union(first);
        }
        self.page.up();
        self.body(body);
        let closing = self.closing(skip, b'{', b'}', place);
        let _ = self.page.insert_comments(closing);
        self.page.down();
        self.page.start_line();
        self.page.write("}");
    }

    fn branches(&mut self, rule: &Rule, place: &Place) {
        let mut owner = place.clone();
        for (at, branch) in rule.branches.iter().enumerate() {
            let row = self.place(branch.span).row;
            let line = self.place_text(&owner).split('\n').nth(row - owner.row).unwrap_or_default();
            let beside = row > owner.row && !line.trim().starts_with("else");
            let above =
                self.page.next_comment().is_some_and(|comment| comment < row) || self.page.comment_waits();
            if !above && beside {
                self.page.write(" ");
            } else {
                self.page.blank_line();
                self.page.start_line();
            }
            let _ = self.insert_comments(row);
            if above && !beside {
                self.page.start_line();
            }
            // To the end of the chain: so far reaches the place of an else for OPA.
            let end = rule.branches.last().map_or(branch.span.end, |last| last.span.end);
            let branch_place = self.place(Span { start: branch.span.start, end });
            let has_more = at + 1 < rule.branches.len();
            let body = branch.body.as_ref().map(|body| &body.body);
            let constant = is_always_true(body) && !has_more;
            self.page.comment_on_last_row = constant;
            if !self.page.inline {
                self.page.start_line();
            }
            self.page.write("else");
            let mut clash = false;
            let value =
                branch.value.as_ref().filter(|value| constant || !matches!(value.kind, TermKind::Bool(true)));
            if let Some(value) = value {
                self.page.write(if self.style.assign || self.assigned(branch.span, value) {
                    " := "
                } else {
                    " = "
                });
                clash = self.else_value(value, row).is_err();
            } else if constant {
                self.page.write(if self.style.assign { " := true" } else { " = true" });
            }
            let Some(body) = body.filter(|_| !constant) else {
                self.page.end_line();
                owner = branch_place;
                continue;
            };
            let head_end = branch.value.as_ref().map_or(row, |value| self.end_row(value.span));
            let in_braces = body.braces;
            if !in_braces {
                self.pinned = Some(branch_place.clone());
            }
            let head_end = if in_braces { head_end } else { row.max(head_end) };
            self.conditions(body, self.style.ifs, head_end, clash, None, &branch_place, false);
            self.pinned = None;
            owner = branch_place;
        }
    }

    /// Whether `:=` stands between `else` and the value.
    fn assigned(&self, branch: Span, value: &Term) -> bool {
        self.span_text(Span { start: branch.start, end: value.span.start }).contains(":=")
    }

    fn else_value(&mut self, value: &Term, row: usize) -> Written {
        let mark = self.page.mark();
        let written = self.term_in(false, value, Some(row));
        if let Err(Clash) = written {
            let place = self.term_place(value);
            self.page.write_as_it_is(&mark, &place);
            return Err(Clash);
        }
        Ok(())
    }

    fn head(&mut self, head: &Head, default: bool, constant: bool, has_body: bool) -> Written {
        let one = head.parts.as_slice();
        match one {
            [part] if !self.style.dotted_heads => {
                let row = self.place(part_span(part)).row;
                if self.page.next_comment() == Some(row) && row > self.place(head.span).row {
                    let place = self.place(head.span);
                    let mark = self.page.mark();
                    self.page.write_as_it_is(&mark, &place);
                    return Ok(());
                }
                self.page.write(&head.name);
                self.bracketed_part(part);
            }
            parts => {
                self.insert_comments(self.place(head.name_span).row)?;
                self.page.write(&head.name);
                for part in parts {
                    self.part(part);
                }
            }
        }
        if let Some(args) = head.args.as_ref().filter(|args| !args.is_empty()) {
            let mut place = self.place(head.span);
            if !has_body && !default && head.value.is_none() {
                // OPA reads such a head as an expression first, whose place is its name.
                place.end = place.start;
            }
            self.page.write("(");
            let closing = self.closing(None, b'(', b')', &place);
            let args: Vec<Element<'_>> = args.iter().map(Element::Argument).collect();
            let written = self.list(&args, &place, closing);
            self.page.write(")");
            written?;
        }
        if head.kind == RuleKind::PartialSet
            && let Some(key) = &head.key
        {
            if self.style.contains {
                self.page.write(" contains ");
                return self.term(key);
            }
            self.page.write("[");
            let written = self.term(key);
            self.page.write("]");
            return written;
        }
        let is_true = head.value.as_ref().is_none_or(|value| matches!(value.kind, TermKind::Bool(true)));
        let keyed = matches!(one, [part] if is_key(part)) && head.args.is_none();
        match &head.value {
            Some(value) if keyed || !is_true || constant || default => {
                self.page.write(if head.assign || self.style.assign { " := " } else { " = " });
                self.term(value)
            }
            // `p if true` is `p := true`.
            None if default || (constant && has_body && !keyed) => {
                self.page.write(if self.style.assign { " := true" } else { " = true" });
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `["a"]`, `[x]`: the second term of a head that stays in brackets.
    fn bracketed_part(&mut self, part: &RefPart) {
        let key = match &part.kind {
            RefPartKind::Dot(name) => super::term::quoted(name),
            RefPartKind::Index(index) => self.notation(index),
        };
        self.page.write("[");
        self.page.write(&key);
        self.page.write("]");
    }
}

/// Whether OPA takes `p[x]` for a key: a variable is in it, or it is a reference (`Parser.parseRules`).
fn is_key(part: &RefPart) -> bool {
    let RefPartKind::Index(index) = &part.kind else { return false };
    index.opa_kind() == "ref" || !is_ground(index)
}

/// OPA's `Term.IsGround`, for what may stand in a head.
fn is_ground(term: &Term) -> bool {
    match &term.kind {
        TermKind::Null | TermKind::Bool(_) | TermKind::Number | TermKind::String(_) => true,
        TermKind::Var(name) => name == "input" || name == "data",
        TermKind::Ref(_, parts) => parts.iter().all(|part| match &part.kind {
            RefPartKind::Dot(_) => true,
            RefPartKind::Index(index) => is_ground(index),
        }),
        TermKind::Call(_, items) | TermKind::Array(items) | TermKind::Set(items) => {
            items.iter().all(is_ground)
        }
        TermKind::Binary(_, sides) => is_ground(&sides.0) && is_ground(&sides.1),
        TermKind::In(membership) => {
            membership.key.iter().chain([&membership.value, &membership.collection]).all(is_ground)
        }
        TermKind::Minus(inner) | TermKind::Paren(inner) => is_ground(inner),
        TermKind::Object(pairs) => pairs.iter().all(|(key, value)| is_ground(key) && is_ground(value)),
        TermKind::Template(_)
        | TermKind::ArrayCompr(..)
        | TermKind::SetCompr(..)
        | TermKind::ObjectCompr(..) => false,
    }
}

fn part_span(part: &RefPart) -> Span {
    match &part.kind {
        RefPartKind::Index(index) => index.span,
        RefPartKind::Dot(_) => part.span,
    }
}
