//! What the names of policies stand for, over all open policies: where each is defined, where it is used, and what
//! renaming it changes.
//!
//! Names inside a rule are resolved by [`deps::names`](super::deps::names); here they are tied to the rules of their
//! package, to imports and to builtins. Statements that do not parse have no names until they do again.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::ast::{Import, Module, Placed, RefPart, RefPartKind, Rule, StatementKind};
use super::deps::names;
use super::names::builtin;

pub use super::renaming::{Edits, Refusal};

/// An open policy.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its text.
    pub text: &'a str,
    /// The tree of that text.
    pub module: &'a Module,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Symbol<'a> {
    /// A rule or function: its package (an index of [`Symbols`]) and the first part of its name.
    Rule {
        /// Which package.
        package: usize,
        /// `deny`
        name: &'a str,
    },
    /// An import with a name of its own: the file and the statement.
    Import {
        /// Index of the source.
        file: usize,
        /// Index of the statement.
        statement: usize,
    },
    /// A variable of one rule.
    Local {
        /// Index of the source.
        file: usize,
        /// Index of the statement.
        statement: usize,
        /// Which of its variables.
        variable: Variable<'a>,
    },
    /// A builtin function by its full name.
    Builtin(&'static str),
}

/// A variable of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variable<'a> {
    /// Declared by `:=`, `some`, `every` or as an argument; the number tells it from others of the same name.
    Declared(u32),
    /// Bound by use, as in `input.containers[i]`.
    Used(&'a str),
}

/// A name in a text and what it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence<'a> {
    /// What it stands for.
    pub symbol: Symbol<'a>,
    /// The bytes of the name.
    pub range: Range<usize>,
    /// Here it is defined.
    pub defines: bool,
    /// It stands alone or begins a reference: a name in scope could hide it. A name behind a dot is not.
    pub bare: bool,
}

/// A place in one of the policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Index of the source.
    pub file: usize,
    /// Bytes.
    pub range: Range<usize>,
}

/// The packages, rules and imports of all policies: what a name can mean.
#[derive(Debug)]
pub struct Symbols<'a> {
    pub(super) sources: Vec<Source<'a>>,
    packages: Vec<&'a [String]>,
    /// The package of each source.
    pub(super) package_of: Vec<usize>,
    /// The names of the rules of each package.
    rules: Vec<HashSet<&'a str>>,
    /// The imports of each source by the names they have there.
    pub(super) imports: Vec<HashMap<&'a str, usize>>,
}

impl<'a> Symbols<'a> {
    /// Of these policies.
    #[must_use]
    pub fn new(sources: Vec<Source<'a>>) -> Self {
        let mut symbols = Self {
            packages: Vec::new(),
            package_of: Vec::new(),
            rules: Vec::new(),
            imports: Vec::new(),
            sources,
        };
        for source in &symbols.sources {
            let path = package_path(source.module);
            let known = symbols.packages.iter().position(|package| *package == path);
            let package = known.unwrap_or_else(|| {
                symbols.packages.push(path);
                symbols.rules.push(HashSet::new());
                symbols.packages.len() - 1
            });
            symbols.package_of.push(package);
            let mut imports = HashMap::new();
            for (index, placed) in source.module.statements.iter().enumerate() {
                match &placed.statement.kind {
                    StatementKind::Rule(rule) => {
                        symbols.rules.get_mut(package).map(|rules| rules.insert(&rule.head.name));
                    }
                    StatementKind::Import(import) => {
                        if let Some(name) = import.name() {
                            imports.entry(name).or_insert(index);
                        }
                    }
                    StatementKind::Package(_) | StatementKind::Broken => {}
                }
            }
            symbols.imports.push(imports);
        }
        symbols
    }

    /// The policies.
    #[must_use]
    pub fn sources(&self) -> &[Source<'a>] {
        &self.sources
    }

    /// The path of a package, without `data`.
    #[must_use]
    pub fn package(&self, package: usize) -> &'a [String] {
        self.packages.get(package).copied().unwrap_or_default()
    }

    /// The package of a source.
    #[must_use]
    pub fn package_of(&self, file: usize) -> Option<usize> {
        self.package_of.get(file).copied()
    }

    /// The names of the rules of a package, unsorted.
    pub fn rules_of(&self, package: usize) -> impl Iterator<Item = &'a str> {
        self.rules.get(package).into_iter().flatten().copied()
    }

    /// The rule of a package with this name.
    #[must_use]
    pub fn rule(&self, package: usize, name: &str) -> Option<Symbol<'a>> {
        let name = self.rules.get(package)?.get(name)?;
        Some(Symbol::Rule { package, name })
    }

    /// The names of the imports of a source, unsorted.
    pub fn imports_of(&self, file: usize) -> impl Iterator<Item = (&'a str, &'a Import)> {
        let imports = self.imports.get(file).into_iter().flatten();
        imports.filter_map(move |(name, statement)| Some((*name, self.import(file, *statement)?)))
    }

    /// What stands at a byte of a source.
    #[must_use]
    pub fn at(&self, file: usize, byte: usize) -> Option<Occurrence<'a>> {
        let statements = &self.sources.get(file)?.module.statements;
        let index = statements.partition_point(|placed| placed.start <= byte).checked_sub(1)?;
        let mut found: Option<Occurrence> = None;
        self.occurrences(file, index, &mut |occurrence| {
            // Between two names the one that begins here counts.
            let touches = occurrence.range.start <= byte && byte <= occurrence.range.end;
            if touches && found.as_ref().is_none_or(|before| occurrence.range.start > before.range.start) {
                found = Some(occurrence);
            }
        });
        found
    }

    /// Where a symbol is defined: all definitions of a rule, in the order of the policies.
    #[must_use]
    pub fn definitions(&self, symbol: Symbol<'a>) -> Vec<Place> {
        if let Symbol::Import { file, statement } = symbol
            && let Some(import) = self.import(file, statement)
        {
            if let Some((rule, _)) = self.imported_rule(import) {
                return self.definitions(rule);
            }
            let declared = self.declarations(import);
            if !declared.is_empty() {
                return declared;
            }
        }
        self.find(symbol, |occurrence| occurrence.defines)
    }

    /// All places where a symbol stands, definitions included.
    #[must_use]
    pub fn references(&self, symbol: Symbol<'a>) -> Vec<Place> {
        self.find(symbol, |_| true)
    }

    fn find(&self, symbol: Symbol<'a>, wanted: impl Fn(&Occurrence) -> bool) -> Vec<Place> {
        let mut places = Vec::new();
        self.each(symbol, &mut |file, _, occurrence| {
            if occurrence.symbol == symbol && wanted(&occurrence) {
                places.push(Place { file, range: occurrence.range });
            }
        });
        places.sort_by_key(|place| (place.file, place.range.start));
        places.dedup();
        places
    }

    /// Shows the occurrences of all statements where a symbol can stand, with their source and statement.
    pub(super) fn each(&self, symbol: Symbol<'a>, see: &mut dyn FnMut(usize, usize, Occurrence<'a>)) {
        let (one_file, one_statement) = match symbol {
            Symbol::Local { file, statement, .. } => (Some(file), Some(statement)),
            Symbol::Import { file, .. } => (Some(file), None),
            Symbol::Rule { .. } | Symbol::Builtin(_) => (None, None),
        };
        for (file, source) in self.sources.iter().enumerate() {
            if one_file.is_some_and(|one| one != file) {
                continue;
            }
            for statement in 0..source.module.statements.len() {
                if one_statement.is_none_or(|one| one == statement) {
                    self.occurrences(file, statement, &mut |occurrence| see(file, statement, occurrence));
                }
            }
        }
    }

    /// The names of a statement and what they stand for.
    pub fn occurrences(&self, file: usize, statement: usize, see: &mut dyn FnMut(Occurrence<'a>)) {
        let Some(source) = self.sources.get(file) else { return };
        let Some(placed) = source.module.statements.get(statement) else { return };
        match &placed.statement.kind {
            StatementKind::Import(import) => self.in_import(file, statement, placed, import, see),
            StatementKind::Rule(rule) => self.in_rule(file, statement, placed, rule, see),
            StatementKind::Package(_) | StatementKind::Broken => {}
        }
    }

    fn in_import(
        &self,
        file: usize,
        statement: usize,
        placed: &Placed,
        import: &'a Import,
        see: &mut dyn FnMut(Occurrence<'a>),
    ) {
        if import.name().is_none() {
            return;
        }
        let last = self.last_segment(file, placed, import);
        let own = Symbol::Import { file, statement };
        let rule = self.imported_rule(import).map(|(rule, _)| rule);
        if let Some(symbol) = rule {
            see(Occurrence { symbol, range: last.clone(), defines: false, bare: false });
        }
        match &import.alias {
            Some((_, span)) => {
                see(Occurrence { symbol: own, range: span.at(placed.start), defines: true, bare: true });
            }
            None if rule.is_none() => see(Occurrence { symbol: own, range: last, defines: true, bare: true }),
            None => {}
        }
    }

    fn in_rule(
        &self,
        file: usize,
        statement: usize,
        placed: &'a Placed,
        rule: &'a Rule,
        see: &mut dyn FnMut(Occurrence<'a>),
    ) {
        let (Some(source), Some(package)) = (self.sources.get(file), self.package_of(file)) else { return };
        let head = &rule.head;
        let symbol = Symbol::Rule { package, name: &head.name };
        see(Occurrence { symbol, range: head.name_span.at(placed.start), defines: true, bare: true });
        // What binds by use is defined where it stands first.
        let mut used: HashMap<&str, u32> = HashMap::new();
        names(rule, &mut |name| {
            if name.local.is_none() {
                let first = used.entry(name.text).or_insert(name.span.start);
                *first = (*first).min(name.span.start);
            }
        });
        names(rule, &mut |name| {
            let range = name.span.at(placed.start);
            let local = |variable| Symbol::Local { file, statement, variable };
            let mut part = |path: &[&str], parts: &'a [RefPart], skipped: usize| {
                let Some((symbol, at)) = self.rule_below(path) else { return };
                let Some(part) = at.checked_sub(skipped).and_then(|at| parts.get(at)) else { return };
                if let Some(range) = name_of_part(source.text, placed.start, part) {
                    see(Occurrence { symbol, range, defines: false, bare: false });
                }
            };
            let constants = name.parts.iter().map_while(RefPart::constant);
            match name.text {
                "_" | "input" => {}
                "data" => part(&constants.collect::<Vec<_>>(), name.parts, 0),
                text => {
                    let (symbol, defines) = if let Some(found) = name.local {
                        (local(Variable::Declared(found.id)), found.declared == name.span)
                    } else if let Some(&imported) = self.imports.get(file).and_then(|all| all.get(text)) {
                        let own = Symbol::Import { file, statement: imported };
                        let Some(import) = self.import(file, imported) else { return };
                        if import.path.first().is_some_and(|root| root == "data") {
                            let mut path: Vec<&str> =
                                import.path.iter().skip(1).map(String::as_str).collect();
                            let skipped = path.len();
                            path.extend(constants);
                            part(&path, name.parts, skipped);
                        }
                        let rule = self.imported_rule(import).filter(|_| import.alias.is_none());
                        (rule.map_or(own, |(rule, _)| rule), false)
                    } else if let Some(rule) = self.rule(package, text) {
                        (rule, false)
                    } else if let Some((name, end)) = builtin_of(text, name.parts) {
                        let range = range.start..end.map_or(range.end, |end| placed.start + end as usize);
                        return see(Occurrence {
                            symbol: Symbol::Builtin(name),
                            range,
                            defines: false,
                            bare: true,
                        });
                    } else {
                        let first = used.get(text).is_some_and(|first| *first == name.span.start);
                        (local(Variable::Used(text)), first)
                    };
                    see(Occurrence { symbol, range, defines, bare: true });
                }
            }
        });
    }

    /// The import that a statement is.
    #[must_use]
    pub fn import(&self, file: usize, statement: usize) -> Option<&'a Import> {
        match &self.sources.get(file)?.module.statements.get(statement)?.statement.kind {
            StatementKind::Import(import) => Some(import),
            _ => None,
        }
    }

    /// The rule that an import names as a whole, and where its name stands in the path.
    fn imported_rule(&self, import: &Import) -> Option<(Symbol<'a>, usize)> {
        let (root, path) = import.path.split_first()?;
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        self.rule_below(&path).filter(|(_, at)| root == "data" && at + 1 == path.len())
    }

    /// The rule that a path below `data` leads to, and where its name stands in the path.
    #[must_use]
    pub fn rule_below(&self, path: &[&str]) -> Option<(Symbol<'a>, usize)> {
        let mut packages: Vec<usize> = (0..self.packages.len()).collect();
        packages.sort_by_key(|package| std::cmp::Reverse(self.package(*package).len()));
        packages.into_iter().find_map(|package| {
            let own = self.package(package);
            let name = path.get(own.len())?;
            let is_below = own.iter().zip(path).all(|(own, part)| own == part);
            Some((self.rule(package, name).filter(|_| is_below)?, own.len()))
        })
    }

    /// The package statements of the package that an import names.
    fn declarations(&self, import: &Import) -> Vec<Place> {
        let mut places = Vec::new();
        for (file, source) in self.sources.iter().enumerate() {
            for placed in &source.module.statements {
                if let StatementKind::Package(package) = &placed.statement.kind
                    && import.path.first().is_some_and(|root| root == "data")
                    && import.path.get(1..) == Some(&package.path)
                {
                    places.push(Place { file, range: package.span.at(placed.start) });
                }
            }
        }
        places
    }

    /// The bytes of the last name of an import's path.
    pub(super) fn last_segment(&self, file: usize, placed: &Placed, import: &Import) -> Range<usize> {
        let path = import.span.at(placed.start);
        let text =
            self.sources.get(file).and_then(|source| source.text.get(path.clone())).unwrap_or_default();
        let bare = text.trim_end_matches(['"', ']', ' ', '\t']);
        let end = path.start + bare.len();
        let length = import.path.last().map_or(0, String::len);
        end.saturating_sub(length).max(path.start)..end
    }
}

/// The path of the package of a module; empty where none is written.
fn package_path(module: &Module) -> &[String] {
    let mut paths = module.statements.iter().filter_map(|placed| match &placed.statement.kind {
        StatementKind::Package(package) => Some(package.path.as_slice()),
        _ => None,
    });
    paths.next().unwrap_or_default()
}

/// The bytes of the name in `.name` and `["name"]`, without dot and quotes.
fn name_of_part(text: &str, base: usize, part: &RefPart) -> Option<Range<usize>> {
    let name = part.constant()?;
    let range = match &part.kind {
        RefPartKind::Dot(_) => {
            let end = part.span.at(base).end;
            end.checked_sub(name.len())?..end
        }
        RefPartKind::Index(index) => {
            let quoted = index.span.at(base);
            quoted.start + 1..quoted.end.checked_sub(1)?
        }
    };
    (text.get(range.clone())? == name).then_some(range)
}

/// The builtin that a reference begins with, the longest one: its name, and its end in the statement if it has a dot.
fn builtin_of(first: &str, parts: &[RefPart]) -> Option<(&'static str, Option<u32>)> {
    let mut path = first.to_owned();
    let mut found = builtin(first).map(|name| (name, None));
    for part in parts {
        let RefPartKind::Dot(name) = &part.kind else { break };
        path.push('.');
        path.push_str(name);
        found = builtin(&path).map(|name| (name, Some(part.span.end))).or(found);
    }
    found
}
