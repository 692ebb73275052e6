//! The program as the checks see it: rules whose names are resolved and whose terms stages rewrite.
//!
//! It is built from the tree of the parser for each run and thrown away. A [`Loc`] is a file and a byte; generated nodes
//! carry the place of what they were generated from, or none.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// A place: the file's number in name order, and a byte of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Loc {
    pub file: u32,
    pub byte: u32,
}

/// A place, or none. OPA reports errors without a place first in the list of a file, here they are kept apart.
pub(super) type At = Option<Loc>;

/// A variable: a number in [`Vars`].
pub(super) type Var = u32;

/// Some variables.
pub(super) type VarSet = BTreeSet<Var>;

/// Names that stand for themselves in every program.
pub(super) const INPUT: Var = 0;
pub(super) const DATA: Var = 1;
pub(super) const EQ: Var = 2;

/// What a variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VarKind {
    /// Written by the author.
    Named,
    /// `_`: each is a variable of its own.
    Wildcard,
    /// Made by a stage.
    Generated,
}

#[derive(Debug)]
enum Name {
    Written(Rc<str>),
    Wildcard,
    Local(u32),
}

/// All variables of a program.
#[derive(Debug)]
pub(super) struct Vars {
    names: Vec<(Name, VarKind)>,
    generated: u32,
    by_name: HashMap<Rc<str>, Var>,
    /// What the author called a generated variable.
    pub rewritten: HashMap<Var, Var>,
    /// What a generated variable stands for, to show in errors.
    pub subjects: HashMap<Var, Val>,
}

impl Vars {
    pub(super) fn new() -> Self {
        let mut vars = Self {
            names: Vec::new(),
            generated: 0,
            by_name: HashMap::new(),
            rewritten: HashMap::new(),
            subjects: HashMap::new(),
        };
        vars.named("input");
        vars.named("data");
        vars.named("eq");
        vars
    }

    pub(super) fn named(&mut self, name: &str) -> Var {
        if let Some(&var) = self.by_name.get(name) {
            return var;
        }
        let name: Rc<str> = name.into();
        // OPA tells its own variables by their names.
        let kind = if name.starts_with("__local") { VarKind::Generated } else { VarKind::Named };
        let var = self.add(Name::Written(name.clone()), kind);
        self.by_name.insert(name, var);
        var
    }

    /// The variable of a name, if it occurs.
    pub(super) fn known(&self, name: &str) -> Option<Var> {
        self.by_name.get(name).copied()
    }

    pub(super) fn wildcard(&mut self) -> Var {
        self.add(Name::Wildcard, VarKind::Wildcard)
    }

    pub(super) fn generate(&mut self) -> Var {
        self.generated += 1;
        self.add(Name::Local(self.generated - 1), VarKind::Generated)
    }

    fn add(&mut self, name: Name, kind: VarKind) -> Var {
        self.names.push((name, kind));
        Var::try_from(self.names.len() - 1).unwrap_or(Var::MAX)
    }

    pub(super) fn name(&self, var: Var) -> Cow<'_, str> {
        match self.names.get(var as usize) {
            Some((Name::Written(name), _)) => Cow::Borrowed(name),
            Some((Name::Local(number), _)) => Cow::Owned(format!("__local{number}__")),
            Some((Name::Wildcard, _)) | None => Cow::Borrowed("_"),
        }
    }

    pub(super) fn kind(&self, var: Var) -> VarKind {
        self.names.get(var as usize).map_or(VarKind::Generated, |(_, kind)| *kind)
    }

    pub(super) fn generated(&self, var: Var) -> bool {
        self.kind(var) == VarKind::Generated
    }

    /// The author's variable behind a generated one.
    pub(super) fn original(&self, var: Var) -> Var {
        self.rewritten.get(&var).copied().unwrap_or(var)
    }
}

/// A term and its place.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub at: At,
    pub val: Val,
}

impl Term {
    pub(super) fn new(at: At, val: Val) -> Self {
        Self { at, val }
    }

    pub(super) fn var(at: At, var: Var) -> Self {
        Self { at, val: Val::Var(var) }
    }

    pub(super) fn as_var(&self) -> Option<Var> {
        if let Val::Var(var) = self.val { Some(var) } else { None }
    }
}

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Val {
    Null,
    Bool(bool),
    /// As written.
    Num(Rc<str>),
    Str(Rc<str>),
    Var(Var),
    Ref(Vec<Term>),
    /// The first is the function.
    Call(Vec<Term>),
    Array(Vec<Term>),
    Set(Vec<Term>),
    Object(Vec<(Term, Term)>),
    Compr(Box<Compr>),
    Template(Vec<Part>),
}

impl Val {
    /// Null, boolean, number, string.
    pub(super) fn scalar(&self) -> bool {
        matches!(self, Self::Null | Self::Bool(_) | Self::Num(_) | Self::Str(_))
    }

    /// Without variables, references, calls and comprehensions.
    pub(super) fn constant(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Num(_) | Self::Str(_) => true,
            Self::Var(_) | Self::Ref(_) | Self::Call(_) | Self::Compr(_) | Self::Template(_) => false,
            Self::Array(items) | Self::Set(items) => items.iter().all(|i| i.val.constant()),
            Self::Object(pairs) => pairs.iter().all(|(k, v)| k.val.constant() && v.val.constant()),
        }
    }

    /// Holds no variables, as OPA's IsGround sees it.
    pub(super) fn ground(&self) -> bool {
        match self {
            Self::Var(_) | Self::Compr(_) => false,
            Self::Null | Self::Bool(_) | Self::Num(_) | Self::Str(_) | Self::Template(_) => true,
            Self::Ref(terms) => terms.iter().skip(1).all(|t| t.val.ground()),
            Self::Call(terms) => terms.iter().skip(1).all(|t| t.val.ground()),
            Self::Array(items) | Self::Set(items) => items.iter().all(|i| i.val.ground()),
            Self::Object(pairs) => pairs.iter().all(|(k, v)| k.val.ground() && v.val.ground()),
        }
    }

    /// OPA's name of the kind.
    pub(super) fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Num(_) => "number",
            Self::Str(_) => "string",
            Self::Var(_) => "var",
            Self::Ref(_) => "ref",
            Self::Call(_) => "call",
            Self::Array(_) => "array",
            Self::Set(_) => "set",
            Self::Object(_) => "object",
            Self::Compr(compr) => match compr.kind {
                ComprKind::Array => "arraycomprehension",
                ComprKind::Set => "setcomprehension",
                ComprKind::Object => "objectcomprehension",
            },
            Self::Template(_) => "templatestring",
        }
    }
}

/// A piece of a template string.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// Text, or a hole that holds a scalar.
    Term(Term),
    /// A hole.
    Expr(Expr),
}

/// Which comprehension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ComprKind {
    Array,
    Set,
    Object,
}

/// A comprehension.
#[derive(Debug, Clone)]
pub(super) struct Compr {
    pub kind: ComprKind,
    /// Of objects.
    pub key: Option<Term>,
    pub term: Term,
    pub body: Body,
}

/// Statements.
pub(super) type Body = Vec<Expr>;

/// A statement.
#[derive(Debug, Clone)]
pub(super) struct Expr {
    pub at: At,
    pub negated: bool,
    /// Made by a stage, with an output as the last operand.
    pub generated: bool,
    /// Was `:=`.
    pub assigned: bool,
    pub kind: ExprKind,
    pub with: Vec<With>,
}

impl Expr {
    pub(super) fn new(at: At, kind: ExprKind) -> Self {
        Self { at, negated: false, generated: false, assigned: false, kind, with: Vec::new() }
    }

    /// `left = right`
    pub(super) fn equality(at: At, op: Var, left: Term, right: Term) -> Self {
        let function = Term::new(at, Val::Ref(vec![Term::var(at, op)]));
        Self::new(at, ExprKind::Call(vec![function, left, right]))
    }

    /// The function and operands of a call.
    pub(super) fn call(&self) -> Option<(&Term, &[Term])> {
        if let ExprKind::Call(terms) = &self.kind { terms.split_first() } else { None }
    }

    /// Whether it calls the global function `op`.
    pub(super) fn calls(&self, op: Var) -> bool {
        let Some((function, _)) = self.call() else { return false };
        matches!(&function.val, Val::Ref(terms) if terms.len() == 1 && terms.first().and_then(Term::as_var) == Some(op))
    }

    /// Both sides, if it is the call of `op` with two operands.
    pub(super) fn sides(&self, op: Var) -> Option<(&Term, &Term)> {
        match self.call() {
            Some((_, [left, right])) if self.calls(op) => Some((left, right)),
            _ => None,
        }
    }
}

/// What a statement is.
#[derive(Debug, Clone)]
pub(super) enum ExprKind {
    Term(Term),
    /// The first is the function.
    Call(Vec<Term>),
    /// `some x, y`
    Some(At, Vec<Term>),
    /// `some k, v in xs`
    SomeIn(At, Option<Term>, Term, Term),
    Every(Box<Every>),
    /// The improved `not`: the body, and whether it stands in braces.
    Not(Body, bool),
    /// `and`, `or`
    Logic(Box<Logic>),
}

/// `every k, v in xs { … }`
#[derive(Debug, Clone)]
pub(super) struct Every {
    pub key: Option<Term>,
    pub value: Term,
    pub domain: Term,
    pub body: Body,
}

/// `left and right`
#[derive(Debug, Clone)]
pub(super) struct Logic {
    pub and: bool,
    pub left: Body,
    pub right: Body,
    /// Whether the operand stands in braces.
    pub explicit: (bool, bool),
}

/// `with target as value`
#[derive(Debug, Clone)]
pub(super) struct With {
    pub at: At,
    pub target: Term,
    pub value: Term,
}

/// The head of a rule.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub at: At,
    /// The name, and what follows it.
    pub path: Vec<Term>,
    pub args: Vec<Term>,
    /// The element of a set.
    pub key: Option<Term>,
    /// None for sets.
    pub value: Option<Term>,
}

impl Head {
    /// The part of the path before the first variable.
    pub(super) fn ground_prefix(&self) -> &[Term] {
        let len = 1 + self.path.iter().skip(1).take_while(|t| t.val.ground()).count();
        self.path.get(..len).unwrap_or(&self.path)
    }

    pub(super) fn ground(&self) -> bool {
        self.path.iter().skip(1).all(|t| t.val.ground())
    }

    /// May hold variables.
    pub(super) fn may_have_vars(&self) -> bool {
        let terms = self.args.iter().chain(&self.key).chain(&self.value).chain(self.path.iter().skip(1));
        terms.into_iter().any(|t| !t.val.scalar())
    }

    pub(super) fn multi(&self) -> bool {
        self.value.is_none()
    }
}

/// A number in [`Program::rules`].
pub(super) type RuleId = usize;

/// One definition, or one else branch.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub module: usize,
    pub at: At,
    pub default: bool,
    pub head: Head,
    pub body: Body,
    /// The branch that follows.
    pub otherwise: Option<RuleId>,
}

/// An import of a file.
#[derive(Debug, Clone)]
pub(super) struct Import {
    pub at: At,
    pub path: Vec<Rc<str>>,
    pub alias: Option<Rc<str>>,
}

impl Import {
    pub(super) fn name(&self) -> &str {
        self.alias.as_deref().or(self.path.last().map(|p| &**p)).unwrap_or_default()
    }

    /// Switches the language only.
    pub(super) fn language(&self) -> bool {
        matches!(self.path.first().map(|p| &**p), Some("rego" | "future"))
    }
}

/// A file.
#[derive(Debug, Clone)]
pub(super) struct Module {
    pub name: Rc<str>,
    pub package_at: At,
    /// `data`, and the names after it.
    pub package: Vec<Rc<str>>,
    pub imports: Vec<Import>,
    /// The first branches, in order.
    pub rules: Vec<RuleId>,
    /// Held to the rules of v1.
    pub v1: bool,
}

/// All files.
#[derive(Debug)]
pub(super) struct Program {
    pub vars: Vars,
    pub ops: Ops,
    /// Where the rows of each file begin.
    pub rows: Vec<Vec<usize>>,
    pub modules: Vec<Module>,
    pub rules: Vec<Rule>,
}

impl Program {
    /// The rules of all files with their branches, in order.
    pub(super) fn order(&self) -> Vec<RuleId> {
        let mut order = Vec::new();
        for module in &self.modules {
            for &first in &module.rules {
                let mut next = Some(first);
                while let Some(id) = next {
                    order.push(id);
                    next = self.rules.get(id).and_then(|r| r.otherwise);
                }
            }
        }
        order
    }

    /// The row of a place, from 1.
    pub(super) fn row(&self, at: At) -> Option<usize> {
        let at = at?;
        Some(self.rows.get(at.file as usize)?.partition_point(|&start| start <= at.byte as usize))
    }

    pub(super) fn module_of(&self, id: RuleId) -> Option<&Module> {
        self.modules.get(self.rules.get(id)?.module)
    }

    /// The whole path of a rule, from `data` on.
    pub(super) fn path(&self, id: RuleId) -> Vec<Term> {
        let Some(rule) = self.rules.get(id) else { return Vec::new() };
        let Some(module) = self.modules.get(rule.module) else { return Vec::new() };
        let mut path = package_path(&module.package);
        for (nth, term) in rule.head.path.iter().enumerate() {
            path.push(match (&term.val, nth) {
                (Val::Var(var), 0) => Term::new(term.at, Val::Str(self.vars.name(*var).into_owned().into())),
                _ => term.clone(),
            });
        }
        path
    }
}

/// A package's path as a reference.
pub(super) fn package_path(package: &[Rc<str>]) -> Vec<Term> {
    let names = package.iter().enumerate().map(|(nth, name)| match nth {
        0 => Term::var(None, DATA),
        _ => Term::new(None, Val::Str(name.clone())),
    });
    names.collect()
}

/// Functions that stages look for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ops {
    pub eq: Var,
    pub assign: Var,
    pub equal: Var,
    pub print: Var,
}

impl Ops {
    pub(super) fn new(vars: &mut Vars) -> Self {
        Self { eq: EQ, assign: vars.named("assign"), equal: vars.named("equal"), print: vars.named("print") }
    }
}
