//! `package` and `import`.

use super::{Dialect, Parser};
use crate::core::rego::ast::{Import, Package, RefPartKind, StatementKind, Term, TermKind};
use crate::core::rego::lexer::Kind;

const FUTURE: [&str; 7] = ["and", "contains", "every", "if", "in", "not", "or"];

impl Parser<'_> {
    pub(super) fn package(&mut self) -> Option<StatementKind> {
        self.bump();
        let kind = self.kind();
        if kind != Kind::Name && (!kind.is_keyword() || matches!(kind, Kind::Null | Kind::True | Kind::False))
        {
            return self.unexpected("");
        }
        let token = self.bump();
        let head = Term { span: self.span(token), kind: TermKind::Var(self.text_of(token).to_owned()) };
        let term = self.reference(head)?;
        if matches!(term.kind, TermKind::Call(..)) || self.kind() == Kind::Minus {
            return self.unexpected("");
        }
        let path = self.path(&term)?;
        Some(StatementKind::Package(Package { path, span: term.span }))
    }

    /// The names of a reference that must be constant.
    fn path(&mut self, term: &Term) -> Option<Vec<String>> {
        match &term.kind {
            TermKind::Var(name) => Some(vec![name.clone()]),
            TermKind::Ref(head, parts) => {
                let TermKind::Var(first) = &head.kind else { return self.unexpected("expected path") };
                let mut path = vec![first.clone()];
                for part in parts {
                    match (part.constant(), &part.kind) {
                        (Some(name), _) => path.push(name.to_owned()),
                        (None, RefPartKind::Index(index)) => {
                            let (start, end) = (index.span.start + self.base, index.span.end + self.base);
                            let words = format!("unexpected {} token: expecting string", index.opa_kind());
                            return self.fail_at(start, end, &words);
                        }
                        (None, RefPartKind::Dot(_)) => {}
                    }
                }
                Some(path)
            }
            _ => self.unexpected("expected path"),
        }
    }

    pub(super) fn import(&mut self) -> Option<StatementKind> {
        self.bump();
        let token = self.token();
        if self.kind() != Kind::Name
            && !(token.kind.is_keyword() && matches!(self.byte_behind(), Some(b'.' | b'[')))
        {
            return self.unexpected("");
        }
        self.bump();
        let head = Term { span: self.span(token), kind: TermKind::Var(self.text_of(token).to_owned()) };
        let term = self.reference(head)?;
        let (start, end) = (term.span.start + self.base, term.span.end + self.base);
        let path = self.path(&term)?;
        let root = path.first().map(String::as_str).unwrap_or_default();
        match root {
            "data" | "input" => {}
            "future" => {
                if path.get(1).map(String::as_str) != Some("keywords") || path.len() > 3 {
                    return self.fail_at(start, end, "invalid import, must be `future.keywords`");
                }
                if let Some(word) = path.get(2)
                    && !FUTURE.contains(&word.as_str())
                {
                    let words = format!("unexpected keyword, must be one of [{}]", FUTURE.join(" "));
                    return self.fail_at(start, end, &words);
                }
            }
            "rego" => {
                if !matches!(path.get(1).map(String::as_str), Some("v1" | "v2")) || path.len() != 2 {
                    let words =
                        format!("invalid import `{}`, must be one of: `rego.v1`, `rego.v2`", path.join("."));
                    return self.fail_at(start, end, &words);
                }
            }
            _ => {
                let words = format!(
                    "unexpected import path, must begin with one of: {{data, future, input, rego}}, got: {root} \
                     (hint: if this is unexpected, try updating OPA)"
                );
                return self.fail_at(start, end, &words);
            }
        }
        let mut alias = None;
        if self.kind() == Kind::As {
            self.bump();
            if self.kind() != Kind::Name {
                let note = if self.kind() == Kind::Eof { "" } else { "expected var" };
                return self.unexpected(note);
            }
            let token = self.bump();
            let name = self.text_of(token).to_owned();
            if matches!(root, "future" | "rego") {
                return self.fail_at(token.start, token.end, &format!("`{root}` imports cannot be aliased"));
            }
            if matches!(name.as_str(), "input" | "data") {
                let words = format!("unexpected import alias, must not be a reserved name, got: {name}");
                return self.fail_at(token.start, token.end, &words);
            }
            if self.adjacent() && matches!(self.kind(), Kind::Dot | Kind::LBrack | Kind::LParen) {
                let head = Term { span: self.span(token), kind: TermKind::Var(name) };
                self.reference(head)?;
                return self.unexpected("expected var");
            }
            alias = Some((name, self.span(token)));
        } else if let Some(last) = path.last()
            && matches!(root, "data" | "input")
            && path.len() > 1
            && Kind::keyword(last).is_some_and(|word| self.active(word) != Kind::Name)
        {
            let words = format!(
                "unexpected import path, must not end with a keyword, got: {last} (hint: import a different path or \
                 use an alias)"
            );
            return self.fail_at(start, end, &words);
        }
        self.dialect = self.dialect.with_import(&path);
        Some(StatementKind::Import(Import { path, span: term.span, alias }))
    }
}

impl Dialect {
    /// What is active behind `import future.keywords…` or `import rego.…`.
    #[must_use]
    pub fn with_import(mut self, path: &[String]) -> Self {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let all = matches!(path.as_slice(), ["future", "keywords"]);
        let v2 = matches!(path.as_slice(), ["rego", "v2"]);
        let new = all && !self.narrow_wildcard;
        let v1 = v2 || matches!(path.as_slice(), ["rego", "v1"]);
        let word = |name: &str| matches!(path.as_slice(), ["future", "keywords", word] if *word == name);
        self.word_if |= v1 || all || word("if");
        self.word_contains |= v1 || all || word("contains");
        self.word_every |= v1 || all || word("every");
        self.word_in |= v1 || all || word("in") || word("every");
        self.word_and |= v2 || new || word("and");
        self.word_or |= v2 || new || word("or");
        self.improved_not |= v2 || new || word("not");
        self.v1 |= v1;
        self.templates |= v1;
        self
    }
}
