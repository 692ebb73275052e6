//! Imports: in groups, each sorted; those that switch the language on as the file needs them.

use std::collections::BTreeSet;

use super::{Formatter, Target};
use crate::core::rego::ast::{Import, LiteralKind, Placed, Rule, StatementKind, TermKind};
use crate::core::rego::walk::{self, Node};

/// An import of the text, or one that the formatted text needs.
#[derive(Debug, Clone)]
pub struct Imported {
    pub path: Vec<String>,
    alias: Option<String>,
    /// Parts of the path that are written in quotes.
    quoted: Vec<String>,
    pub row: usize,
    /// It is not in the text.
    pub added: bool,
}

impl Imported {
    fn new(path: &[&str], row: usize) -> Self {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Self { path, alias: None, quoted: Vec::new(), row, added: true }
    }

    fn is(&self, path: &[&str]) -> bool {
        self.path == path
    }

    fn is_future(&self) -> bool {
        self.path.first().is_some_and(|first| first == "future")
    }
}

impl Formatter<'_> {
    /// The imports of the file as they are written, in the order of their rows.
    pub fn imports(&self, statements: &[Placed]) -> Vec<Imported> {
        let mut found: Vec<Imported> = Vec::new();
        let mut used: BTreeSet<&'static str> = BTreeSet::new();
        for placed in statements {
            match &placed.statement.kind {
                StatementKind::Import(import) => found.push(self.imported(import, placed.start)),
                StatementKind::Rule(rule) => {
                    words_of_rule(rule, placed.statement.dialect.improved_not, &mut used)
                }
                _ => {}
            }
        }
        let (v1, v2) = (&["rego", "v1"][..], &["rego", "v2"][..]);
        let drop = self.options.drop_v0_imports;
        let v2_imported = found.iter().any(|import| import.is(v2));
        match self.options.target {
            _ if v2_imported => found.retain(|import| !import.is(v1)),
            Target::V1 if drop => found.retain(|import| !import.is(v1)),
            Target::V0V1 if !found.iter().any(|import| import.is(v1)) => {
                let row = row_behind(&found);
                found.push(Imported::new(v1, row));
            }
            _ => {}
        }
        let v1_imported = v2_imported || found.iter().any(|import| import.is(v1));
        if self.options.target != Target::V0 || v1_imported {
            if drop || v1_imported {
                found.retain(|import| !import.is_future());
            }
            if !v2_imported {
                for word in ["and", "not", "or"].into_iter().filter(|word| used.contains(word)) {
                    ensure(&mut found, word);
                }
            }
        } else {
            for word in used {
                ensure(&mut found, word);
            }
        }
        found
    }

    fn imported(&self, import: &Import, start: usize) -> Imported {
        let range = import.span.at(start);
        let source = self.slice(range.start, range.end);
        let quoted =
            import.path.iter().filter(|part| source.contains(&format!("\"{part}\""))).cloned().collect();
        Imported {
            path: import.path.clone(),
            alias: import.alias.as_ref().map(|(name, _)| name.clone()),
            quoted,
            row: self.page.row(start),
            added: false,
        }
    }

    /// Writes imports that no rule stands between.
    pub fn write_imports(&mut self, imports: &[&Imported]) {
        let comments: Vec<Option<&str>> = imports
            .iter()
            .map(|import| if import.added { None } else { self.page.take_comment(import.row) })
            .collect();
        let mut rest: Vec<(&Imported, Option<&str>)> = imports.iter().copied().zip(comments).collect();
        while let Some((first, _)) = rest.first().copied() {
            let mut last = first.row;
            let count = rest
                .iter()
                .take_while(|(import, _)| {
                    let near = import.row.saturating_sub(last) <= 1;
                    last = import.row;
                    near
                })
                .count();
            let mut group: Vec<_> = rest.drain(..count.max(1)).collect();
            let _ = self.insert_comments(first.row);
            group.sort_by(|(a, _), (b, _)| (&a.path, &a.alias).cmp(&(&b.path, &b.alias)));
            for (import, comment) in group {
                self.page.start_line();
                self.page.write("import ");
                let quoted: Vec<&str> = import.quoted.iter().map(String::as_str).collect();
                self.path(&import.path, &quoted);
                if let Some(alias) = &import.alias {
                    self.page.write(" as ");
                    self.page.write(alias);
                }
                if let Some(comment) = comment {
                    self.page.write(" ");
                    self.page.write(comment);
                }
                self.page.end_line();
            }
            self.page.blank_line();
        }
    }

    /// `a.b["c"]`
    pub fn path(&mut self, path: &[String], quoted: &[&str]) {
        let Some((first, rest)) = path.split_first() else { return };
        self.page.write(first);
        for part in rest {
            self.name_part(part, quoted.contains(&part.as_str()));
        }
    }
}

/// The row for an import that is added: behind those that switch the language.
fn row_behind(imports: &[Imported]) -> usize {
    let switches = imports.iter().filter(|import| import.is_future() || import.is(&["rego", "v1"]));
    switches.map(|import| import.row + 1).max().unwrap_or(1)
}

fn ensure(imports: &mut Vec<Imported>, word: &str) {
    let there = imports.iter().any(|import| {
        import.is(&["future", "keywords"])
            || import.is(&["future", "keywords", word])
            || (word == "in" && import.is(&["future", "keywords", "every"]))
    });
    if !there {
        let row = row_behind(imports);
        imports.push(Imported::new(&["future", "keywords", word], row));
    }
}

/// The words in a rule that an import switches on.
fn words_of_rule(rule: &Rule, improved: bool, used: &mut BTreeSet<&'static str>) {
    walk::rule(rule, &mut |node| {
        let Node::Literal(literal) = node else { return };
        if literal.not.is_some() && improved {
            used.insert("not");
        }
        match &literal.kind {
            LiteralKind::Expr(term) if matches!(term.bare().kind, TermKind::In(_)) => used.insert("in"),
            LiteralKind::Every(..) => used.insert("every"),
            LiteralKind::Logic { and: true, .. } => used.insert("and"),
            LiteralKind::Logic { and: false, .. } => used.insert("or"),
            _ => return,
        };
    });
}
