//! The tree of a Rego text. Every node has the byte range it stands for.
//!
//! Ranges inside a statement count from the statement's first byte ([`Placed::start`]), so that an edit further up
//! moves a rule by changing one number. [`Span::at`] turns them into ranges of the file.

use std::ops::Range;
use std::sync::Arc;

use super::parser::{Dialect, SyntaxError};

/// Bytes, counted from the start of the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range in the file of a span in a statement that begins at `base`.
    #[must_use]
    pub fn at(self, base: usize) -> Range<usize> {
        base + self.start as usize..base + self.end as usize
    }

    /// The text of the span, where `text` is the statement's own.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// A file: its statements in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Module {
    /// In the order of the text.
    pub statements: Vec<Placed>,
}

/// A statement and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Byte in the file of the statement's first token.
    pub start: usize,
    /// Shared: an edit elsewhere keeps it.
    pub statement: Arc<Statement>,
}

impl Placed {
    /// The bytes of the file from the first to the last token.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.statement.len as usize
    }
}

/// One statement: the unit that is parsed again when it is edited. A rule's else chain and its chained bodies belong
/// to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Bytes from its first to its last token.
    pub len: u32,
    /// How far the parser looked, from the statement's first byte: an edit behind this place cannot change it.
    pub reach: u32,
    /// The keywords that were active when it was read.
    pub dialect: Dialect,
    /// What is wrong with it.
    pub errors: Vec<SyntaxError>,
}

/// The kinds of statements.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `package a.b`
    Package(Package),
    /// `import …`
    Import(Import),
    /// A rule or function, or one of its definitions.
    Rule(Box<Rule>),
    /// Does not parse; the errors say why.
    Broken,
}

/// `package a.b["c"]`
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    /// `a`, `b`, `c`
    pub path: Vec<String>,
    /// Of the path.
    pub span: Span,
}

/// `import data.a.b as c`
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// `data`, `a`, `b`
    pub path: Vec<String>,
    /// Of the path.
    pub span: Span,
    /// The name after `as`, with its range.
    pub alias: Option<(String, Span)>,
}

impl Import {
    /// The name by which the file refers to it; `None` for imports that only switch the language (`rego`, `future`)
    /// and for `input` and `data` themselves.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self.path.first().map(String::as_str) {
            Some("rego" | "future") => None,
            _ => match &self.alias {
                Some((alias, _)) => Some(alias),
                None if self.path.len() > 1 => self.path.last().map(String::as_str),
                None => None,
            },
        }
    }
}

/// A rule definition with its else chain and chained bodies.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Begins with `default`.
    pub default: bool,
    /// Name, arguments, key and value.
    pub head: Head,
    /// The first body, and the chained ones (`p { … } { … }`, an OR). Empty: the head alone.
    pub bodies: Vec<RuleBody>,
    /// `else` branches in order.
    pub branches: Vec<Else>,
}

/// What a head defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleKind {
    /// `f(x) := …`
    Function,
    /// `p contains x`, v0 `p[x] { … }`
    PartialSet,
    /// `p[x] := …`, `p[x] if …`: an object (or a rule with a variable in its name)
    PartialObject,
    /// `p := …`, `p if …`, `a.b := …`
    Complete,
}

/// The head of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Of the whole head.
    pub span: Span,
    /// The first name, e.g. `deny`.
    pub name: String,
    /// Of the first name.
    pub name_span: Span,
    /// What follows it: `.b`, `["c"]`, `[x]`. For sets of v0 (`p[x] { … }`) without the element.
    pub parts: Vec<RefPart>,
    /// `(x, y)`
    pub args: Option<Vec<Term>>,
    /// The element of a set: after `contains`, or in the brackets of v0.
    pub key: Option<Term>,
    /// After `:=` or `=`.
    pub value: Option<Term>,
    /// The value stands after `:=`.
    pub assign: bool,
    /// The word `contains` is there.
    pub contains: bool,
    /// What the head defines.
    pub kind: RuleKind,
}

impl Head {
    /// The constant names of the path: `a`, `b` of `a.b[x]`.
    #[must_use]
    pub fn path(&self) -> Vec<&str> {
        let mut path = vec![self.name.as_str()];
        path.extend(self.parts.iter().map_while(RefPart::constant));
        path
    }
}

/// A body of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleBody {
    /// The word `if`, when it is there.
    pub if_span: Option<Span>,
    /// The statements.
    pub body: Body,
}

/// `else := value if { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Else {
    /// From `else` to the end.
    pub span: Span,
    /// After `:=` or `=`.
    pub value: Option<Term>,
    /// The condition.
    pub body: Option<RuleBody>,
}

/// Statements that must all hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// With the braces, if there are any.
    pub span: Span,
    /// Whether it stands in braces of its own.
    pub braces: bool,
    /// In order, at least one unless broken.
    pub literals: Vec<Literal>,
}

/// One statement of a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// From `not` to the last `with`.
    pub span: Span,
    /// The word `not`.
    pub not: Option<Span>,
    /// Without `not` and `with`.
    pub kind: LiteralKind,
    /// The modifiers.
    pub with: Vec<With>,
}

/// What a statement of a body is.
#[derive(Debug, Clone, PartialEq)]
pub enum LiteralKind {
    /// A term.
    Expr(Term),
    /// `left := right`, `left = right`
    Bind {
        /// `:=` (not `=`)
        assign: bool,
        /// The pattern.
        left: Term,
        /// The value.
        right: Term,
    },
    /// `some x, y`
    Some(Vec<(String, Span)>),
    /// `some x in xs`, `some k, v in xs`
    SomeIn(Box<Membership>),
    /// `every k, v in xs { … }`
    Every(Box<Membership>, Body),
    /// `{ … }` after `not`, or as an operand of `and` and `or`.
    Body(Body),
    /// `( … )` around a logical expression.
    Group(Box<Literal>),
    /// `left and right`, `left or right`
    Logic {
        /// `and` (not `or`)
        and: bool,
        /// The left operand.
        left: Box<Literal>,
        /// The right operand.
        right: Box<Literal>,
    },
}

/// `key, value in collection`
#[derive(Debug, Clone, PartialEq)]
pub struct Membership {
    /// Before the comma.
    pub key: Option<Term>,
    /// The element.
    pub value: Term,
    /// Where it is looked for.
    pub collection: Term,
}

/// `with target as value`
#[derive(Debug, Clone, PartialEq)]
pub struct With {
    /// From `with` to the end of the value.
    pub span: Span,
    /// A reference.
    pub target: Term,
    /// What stands in for it.
    pub value: Term,
}

/// A term.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Its bytes.
    pub span: Span,
    /// What it is.
    pub kind: TermKind,
}

/// What a term is.
#[derive(Debug, Clone, PartialEq)]
pub enum TermKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// As written; a minus sign belongs to it.
    Number,
    /// The decoded value of `"…"` or `` `…` ``.
    String(String),
    /// `$"…{x}…"`
    Template(Vec<TemplatePart>),
    /// A name, `input` and `data` included.
    Var(String),
    /// `head.a[b]`, at least one part.
    Ref(Box<Term>, Vec<RefPart>),
    /// `f(a, b)`; the function is a [`TermKind::Var`] or a [`TermKind::Ref`].
    Call(Box<Term>, Vec<Term>),
    /// `left op right`
    Binary(Operator, Box<(Term, Term)>),
    /// `value in collection`, `key, value in collection`
    In(Box<Membership>),
    /// `-x`, `-f(y)`
    Minus(Box<Term>),
    /// `(x)`
    Paren(Box<Term>),
    /// `[a, b]`
    Array(Vec<Term>),
    /// `{a, b}`, `set()`
    Set(Vec<Term>),
    /// `{k: v}`
    Object(Vec<(Term, Term)>),
    /// `[x | …]`
    ArrayCompr(Box<Term>, Body),
    /// `{x | …}`
    SetCompr(Box<Term>, Body),
    /// `{k: v | …}`
    ObjectCompr(Box<(Term, Term)>, Body),
}

impl Term {
    /// The term without the parentheses around it.
    #[must_use]
    pub fn bare(&self) -> &Self {
        let mut term = self;
        while let TermKind::Paren(inner) = &term.kind {
            term = inner;
        }
        term
    }

    /// OPA's name for the kind of value.
    #[must_use]
    pub fn opa_kind(&self) -> &'static str {
        match &self.bare().kind {
            TermKind::Null => "null",
            TermKind::Bool(_) => "boolean",
            TermKind::Number => "number",
            TermKind::String(_) => "string",
            TermKind::Template(_) => "templatestring",
            TermKind::Var(name) if name == "input" || name == "data" => "ref",
            TermKind::Var(_) => "var",
            TermKind::Ref(..) => "ref",
            TermKind::Call(..) | TermKind::Binary(..) | TermKind::In(_) | TermKind::Minus(_) => "call",
            TermKind::Paren(_) => "call",
            TermKind::Array(_) => "array",
            TermKind::Set(_) => "set",
            TermKind::Object(_) => "object",
            TermKind::ArrayCompr(..) => "arraycomprehension",
            TermKind::SetCompr(..) => "setcomprehension",
            TermKind::ObjectCompr(..) => "objectcomprehension",
        }
    }
}

/// A piece of a reference.
#[derive(Debug, Clone, PartialEq)]
pub struct RefPart {
    /// From the dot or bracket to the end of the piece.
    pub span: Span,
    /// Which it is.
    pub kind: RefPartKind,
}

/// `.name` or `[index]`
#[derive(Debug, Clone, PartialEq)]
pub enum RefPartKind {
    /// `.name`
    Dot(String),
    /// `[index]`
    Index(Term),
}

impl RefPart {
    /// The name of `.name` and `["name"]`.
    #[must_use]
    pub fn constant(&self) -> Option<&str> {
        match &self.kind {
            RefPartKind::Dot(name) => Some(name),
            RefPartKind::Index(Term { kind: TermKind::String(name), .. }) => Some(name),
            RefPartKind::Index(_) => None,
        }
    }
}

/// A piece of a template string.
#[derive(Debug, Clone, PartialEq)]
pub enum TemplatePart {
    /// Its decoded text.
    Text(String),
    /// `{…}`: one expression, which may carry `with`.
    Hole(Span, Box<Literal>),
}

/// Infix operators, in OPA's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `|`
    Union,
    /// `&`
    Intersection,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl Operator {
    /// How tightly it binds; `in` is 1.
    #[must_use]
    pub fn precedence(self) -> u8 {
        match self {
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessEqual
            | Self::Greater
            | Self::GreaterEqual => 2,
            Self::Union => 3,
            Self::Intersection => 4,
            Self::Plus | Self::Minus => 5,
            Self::Times | Self::Divide | Self::Remainder => 6,
        }
    }
}
