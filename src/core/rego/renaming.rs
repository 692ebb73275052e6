//! Renaming: the edits that give a symbol another name, or the reason why they would change what policies mean.

use std::collections::HashSet;
use std::ops::Range;

use super::lexer::{Kind, Lexer};
use super::names::is_builtin;
use super::symbols::{Occurrence, Place, Symbol, Symbols, Variable};

/// What changes in one policy: its index and the new texts of ranges, in the order of the text.
pub type Edits = Vec<(usize, Vec<(Range<usize>, String)>)>;

/// Why a name cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Builtins belong to OPA.
    #[error("a builtin function keeps its name")]
    Builtin,
    /// Names are letters, digits and `_`, and do not begin with a digit.
    #[error("not a name")]
    NotAName,
    /// A word of the language.
    #[error("a word of the language")]
    Keyword,
    /// A builtin function has the name.
    #[error("the name of a builtin function")]
    NameOfBuiltin,
    /// Something that could be meant instead has the name already.
    #[error("taken")]
    Taken(Place),
    /// The name stands in a statement that does not parse: what it means there is not known.
    #[error("used in a statement that does not parse")]
    Broken(Place),
}

impl<'a> Symbols<'a> {
    /// The edits that rename a symbol.
    ///
    /// # Errors
    /// A refusal if `new` is no name, or would make a name mean something else.
    pub fn rename(&self, symbol: Symbol<'a>, new: &str) -> Result<Edits, Refusal> {
        if let Symbol::Builtin(_) = symbol {
            return Err(Refusal::Builtin);
        }
        check_name(new)?;
        let mut used = HashSet::new();
        let mut edits: Edits = Vec::new();
        let places = self.references(symbol);
        for place in &places {
            if let Some(statement) = self.statement_at(place) {
                used.insert((place.file, statement));
            }
        }
        self.check_taken(symbol, new, &used)?;
        self.check_broken(symbol, &places)?;
        for place in places {
            let edit = match symbol {
                Symbol::Import { file, statement } => self.alias_edit(file, statement, &place, new),
                _ => None,
            };
            let edit = edit.unwrap_or_else(|| (place.range.clone(), new.to_owned()));
            match edits.last_mut() {
                Some((file, of_file)) if *file == place.file => of_file.push(edit),
                _ => edits.push((place.file, vec![edit])),
            }
        }
        Ok(edits)
    }

    /// An import without `as` gets one: its path must stay.
    fn alias_edit(
        &self,
        file: usize,
        statement: usize,
        place: &Place,
        new: &str,
    ) -> Option<(Range<usize>, String)> {
        let import = self.import(file, statement).filter(|import| import.alias.is_none())?;
        let placed = self.sources.get(file)?.module.statements.get(statement)?;
        let path = import.span.at(placed.start);
        path.contains(&place.range.start).then(|| (path.end..path.end, format!(" as {new}")))
    }

    fn statement_at(&self, place: &Place) -> Option<usize> {
        let statements = &self.sources.get(place.file)?.module.statements;
        statements.partition_point(|placed| placed.start <= place.range.start).checked_sub(1)
    }

    /// Whether the new name is free wherever the symbol is seen.
    fn check_taken(
        &self,
        symbol: Symbol<'a>,
        new: &str,
        used: &HashSet<(usize, usize)>,
    ) -> Result<(), Refusal> {
        let mut taken: Option<Place> = None;
        let mut look = |file: usize, statement: usize, occurrence: Occurrence<'a>| {
            let text = self.sources.get(file).and_then(|source| source.text.get(occurrence.range.clone()));
            // `object.get` is in the way of a variable `object`.
            let name = text.map(|text| match occurrence.symbol {
                Symbol::Builtin(_) => text.split('.').next().unwrap_or_default(),
                _ => text,
            });
            let hidden = match occurrence.symbol {
                // A variable of a rule that does not use the symbol hides nothing.
                Symbol::Local { variable: Variable::Declared(_), .. } | Symbol::Builtin(_) => {
                    used.contains(&(file, statement))
                }
                _ => true,
            };
            if occurrence.bare && hidden && name == Some(new) && occurrence.symbol != symbol {
                taken.get_or_insert(Place { file, range: occurrence.range });
            }
        };
        match symbol {
            Symbol::Rule { package, .. } => {
                for (file, source) in self.sources.iter().enumerate() {
                    let is_own = self.package_of(file) == Some(package);
                    for statement in 0..source.module.statements.len() {
                        if is_own || used.contains(&(file, statement)) {
                            self.occurrences(file, statement, &mut |found| look(file, statement, found));
                        }
                    }
                    // Where it is imported without `as`, its name is a name of that file.
                    let imports = used.iter().filter(|(of, _)| *of == file).any(|(_, statement)| {
                        self.import(file, *statement).is_some_and(|import| import.alias.is_none())
                    });
                    if imports && !is_own {
                        for statement in 0..source.module.statements.len() {
                            self.occurrences(file, statement, &mut |found| look(file, statement, found));
                        }
                    }
                }
            }
            _ => self.each(symbol, &mut look),
        }
        let (file, package) = match symbol {
            Symbol::Local { file, .. } | Symbol::Import { file, .. } => (Some(file), self.package_of(file)),
            Symbol::Rule { package, .. } => (None, Some(package)),
            Symbol::Builtin(_) => (None, None),
        };
        // A rule of the package in another file is in the way of an import, too.
        if taken.is_none()
            && !matches!(symbol, Symbol::Local { .. })
            && let Some(rule) = package.and_then(|package| self.rule(package, new))
        {
            taken = self.definitions(rule).into_iter().next();
        }
        if taken.is_none()
            && let Some(file) = file
            && !matches!(symbol, Symbol::Local { .. })
            && let Some(&statement) = self.imports.get(file).and_then(|imports| imports.get(new))
            && let Some(placed) = self.sources.get(file).and_then(|s| s.module.statements.get(statement))
        {
            taken = Some(Place { file, range: placed.range() });
        }
        taken.map_or(Ok(()), |place| Err(Refusal::Taken(place)))
    }

    /// Whether a statement that does not parse uses the name in a policy that would change.
    fn check_broken(&self, symbol: Symbol<'a>, places: &[Place]) -> Result<(), Refusal> {
        let Some(old) = places.first().and_then(|place| {
            self.sources.get(place.file).and_then(|source| source.text.get(place.range.clone()))
        }) else {
            return Ok(());
        };
        for (file, source) in self.sources.iter().enumerate() {
            let concerned = match symbol {
                Symbol::Local { .. } => false,
                Symbol::Import { file: own, .. } => own == file,
                _ => true,
            };
            for placed in source.module.statements.iter().filter(|_| concerned) {
                if placed.statement.errors.is_empty() {
                    continue;
                }
                let mut lexer = Lexer::new(source.text, placed.start);
                loop {
                    let token = lexer.next_token();
                    let range = token.start as usize..token.end as usize;
                    if token.kind == Kind::Eof || range.start >= placed.range().end {
                        break;
                    }
                    let is_name = token.kind == Kind::Name && source.text.get(range.clone()) == Some(old);
                    let place = Place { file, range };
                    if is_name && !places.contains(&place) {
                        return Err(Refusal::Broken(place));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a rule, a variable or an import can have this name.
fn check_name(name: &str) -> Result<(), Refusal> {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name || name == "_" {
        Err(Refusal::NotAName)
    } else if Kind::keyword(name).is_some() || name == "input" || name == "data" {
        Err(Refusal::Keyword)
    } else if is_builtin(name) {
        Err(Refusal::NameOfBuiltin)
    } else {
        Ok(())
    }
}
