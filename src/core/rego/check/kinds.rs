//! Types of values, and how they meet: the lattice behind the type checks.
//!
//! A missing type (`None`) is "not known yet". `any` without members is every value.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::show::Key;

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Null,
    Bool,
    Num,
    Str,
    Array(Rc<ArrayKind>),
    Object(Rc<ObjectKind>),
    Set(Rc<Option<Kind>>),
    /// One of these, sorted; every value if empty.
    Any(Rc<Vec<Kind>>),
    Function(Rc<FunctionKind>),
}

/// The first elements, and the type of the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ArrayKind {
    pub fixed: Vec<Option<Kind>>,
    pub rest: Option<Kind>,
}

/// Known keys, and the types of the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ObjectKind {
    pub fixed: BTreeMap<Key, Option<Kind>>,
    pub rest: Option<(Option<Kind>, Option<Kind>)>,
}

/// A function. `result` is `None` for functions that answer nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FunctionKind {
    pub args: Vec<Option<Kind>>,
    pub rest: Option<Kind>,
    pub result: Option<Kind>,
}

impl Kind {
    pub(super) fn any() -> Self {
        Self::Any(Rc::default())
    }

    pub(super) fn array(fixed: Vec<Option<Kind>>, rest: Option<Kind>) -> Self {
        Self::Array(Rc::new(ArrayKind { fixed, rest }))
    }

    pub(super) fn object(
        fixed: BTreeMap<Key, Option<Kind>>,
        rest: Option<(Option<Kind>, Option<Kind>)>,
    ) -> Self {
        Self::Object(Rc::new(ObjectKind { fixed, rest }))
    }

    pub(super) fn set(of: Option<Kind>) -> Self {
        Self::Set(Rc::new(of))
    }

    /// Every value.
    pub(super) fn is_any(&self) -> bool {
        matches!(self, Self::Any(of) if of.is_empty())
    }

    pub(super) fn as_function(&self) -> Option<&FunctionKind> {
        if let Self::Function(function) = self { Some(function) } else { None }
    }

    /// The type of a key.
    pub(super) fn of_key(key: &Key) -> Self {
        match key {
            Key::Null => Self::Null,
            Key::Bool(_) => Self::Bool,
            Key::Num(_) => Self::Num,
            Key::Str(_) => Self::Str,
            Key::Var(_) => Self::any(),
            // In the form of JSON: a set is an array there. No declared type is exactly this one.
            Key::Composite(_) => Self::array(vec![Some(Self::any())], None),
        }
    }

    /// A collection without members.
    pub(super) fn empty_collection(&self) -> bool {
        match self {
            Self::Object(object) => object.fixed.is_empty() && object.rest.is_none(),
            Self::Array(array) => array.fixed.is_empty() && array.rest.is_none(),
            Self::Set(of) => of.is_none(),
            _ => false,
        }
    }
}

impl ArrayKind {
    pub(super) fn select(&self, nth: usize) -> Option<Kind> {
        match self.fixed.get(nth) {
            Some(kind) => kind.clone(),
            None => self.rest.clone(),
        }
    }
}

impl ObjectKind {
    pub(super) fn select(&self, key: &Key) -> Option<Kind> {
        if let Some(kind) = self.fixed.get(key) {
            return kind.clone();
        }
        match &self.rest {
            Some((Some(keys), value)) if contains(keys, &Kind::of_key(key)) => value.clone(),
            _ => None,
        }
    }

    pub(super) fn rest_value(&self) -> Option<&Kind> {
        self.rest.as_ref().and_then(|(_, value)| value.as_ref())
    }
}

fn contains(kind: &Kind, other: &Kind) -> bool {
    match kind {
        Kind::Any(of) => of.is_empty() || of.binary_search(other).is_ok() || other.is_any(),
        _ => kind == other || other.is_any(),
    }
}

/// The union.
pub(super) fn or(a: Option<Kind>, b: Option<Kind>) -> Option<Kind> {
    let (a, b) = match (a, b) {
        (None, other) | (other, None) => return other,
        (Some(a), Some(b)) => (a, b),
    };
    match (&a, &b) {
        (Kind::Function(left), Kind::Function(right)) => {
            if left.args.len() != right.args.len() || left.rest.is_some() != right.rest.is_some() {
                return None;
            }
            let args = left.args.iter().zip(&right.args).map(|(a, b)| or(a.clone(), b.clone())).collect();
            let rest = or(left.rest.clone(), right.rest.clone());
            let result = or(left.result.clone(), right.result.clone());
            Some(Kind::Function(Rc::new(FunctionKind { args, rest, result })))
        }
        (Kind::Function(_), _) | (_, Kind::Function(_)) => None,
        (Kind::Any(of), _) if of.is_empty() => Some(a),
        (_, Kind::Any(of)) if of.is_empty() => Some(b),
        (Kind::Any(of), Kind::Any(others)) => {
            let mut all: Vec<Kind> = of.iter().chain(others.iter()).cloned().collect();
            all.sort();
            all.dedup();
            Some(Kind::Any(Rc::new(all)))
        }
        (Kind::Any(of), other) | (other, Kind::Any(of)) => Some(match of.binary_search(other) {
            Ok(_) => Kind::Any(of.clone()),
            Err(at) => {
                let mut all = of.to_vec();
                all.insert(at, other.clone());
                Kind::Any(Rc::new(all))
            }
        }),
        _ if a == b => Some(a),
        _ => {
            let mut all = vec![a, b];
            all.sort();
            Some(Kind::Any(Rc::new(all)))
        }
    }
}

/// The type of a member under a constant key.
pub(super) fn select(kind: &Kind, key: &Key) -> Option<Kind> {
    match kind {
        Kind::Array(array) => match key {
            Key::Num(text) => text.parse::<usize>().ok().and_then(|nth| array.select(nth)),
            _ => None,
        },
        Kind::Object(object) => object.select(key),
        Kind::Set(of) => {
            let wanted = Kind::of_key(key);
            match &**of {
                Some(of) if *of == wanted => Some(wanted),
                Some(of @ Kind::Any(_)) if contains(of, &wanted) => Some(wanted),
                Some(of) if wanted.is_any() => Some(of.clone()),
                _ => None,
            }
        }
        Kind::Any(of) if of.is_empty() => Some(kind.clone()),
        Kind::Any(of) => of.iter().fold(None, |all, one| or(select(one, key), all)),
        _ => None,
    }
}

/// The type of the keys of a collection; `None` if it is none.
pub(super) fn keys(kind: &Kind) -> Option<Kind> {
    match kind {
        Kind::Array(_) => Some(Kind::Num),
        Kind::Object(object) => {
            let of = |key: &Key| match key {
                Key::Composite(_) => Kind::any(),
                other => Kind::of_key(other),
            };
            let fixed = object.fixed.keys().fold(None, |all, key| or(all, Some(of(key))));
            or(fixed, object.rest.as_ref().and_then(|(key, _)| key.clone()))
        }
        Kind::Set(of) => (**of).clone(),
        Kind::Any(of) if of.is_empty() => Some(kind.clone()),
        Kind::Any(of) => of.iter().fold(None, |all, one| or(keys(one), all)),
        _ => None,
    }
}

/// The type of the members of a collection; `None` if it is none.
pub(super) fn values(kind: &Kind) -> Option<Kind> {
    match kind {
        Kind::Array(array) => {
            let fixed = array.fixed.iter().fold(None, |all, one| or(all, one.clone()));
            or(fixed, array.rest.clone())
        }
        Kind::Object(object) => {
            let fixed = object.fixed.values().fold(None, |all, one| or(all, one.clone()));
            or(fixed, object.rest_value().cloned())
        }
        Kind::Set(of) => (**of).clone(),
        Kind::Any(of) if of.is_empty() => Some(kind.clone()),
        Kind::Any(of) => of.iter().fold(None, |all, one| or(values(one), all)),
        _ => None,
    }
}

/// Something in the type is not known yet.
pub(super) fn unknown(kind: Option<&Kind>) -> bool {
    let Some(kind) = kind else { return true };
    match kind {
        Kind::Function(function) => {
            function.args.iter().any(|arg| unknown(arg.as_ref())) || unknown(function.result.as_ref())
        }
        Kind::Array(array) => {
            array.fixed.iter().any(|one| unknown(one.as_ref()))
                || array.rest.as_ref().is_some_and(|rest| unknown(Some(rest)))
        }
        Kind::Object(object) => {
            object.fixed.values().any(|one| unknown(one.as_ref()))
                || object
                    .rest
                    .as_ref()
                    .is_some_and(|(key, value)| unknown(key.as_ref()) || unknown(value.as_ref()))
        }
        Kind::Set(of) => unknown(of.as_ref().as_ref()),
        _ => false,
    }
}

/// Whether a value can have both types.
pub(super) fn meet(a: Option<&Kind>, b: Option<&Kind>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    match (a, b) {
        (Kind::Any(_), _) | (_, Kind::Any(_)) => {
            let any = |of: &Kind, other: &Kind| match of {
                Kind::Any(_) if matches!(other, Kind::Function(_)) => false,
                Kind::Any(of) => of.is_empty() || of.iter().any(|one| meet(Some(one), Some(other))),
                _ => false,
            };
            any(a, b) || any(b, a)
        }
        (Kind::Array(a), Kind::Array(b)) => {
            let fixed = |a: &ArrayKind, b: &ArrayKind| {
                a.fixed.iter().enumerate().all(|(nth, one)| meet(one.as_ref(), b.select(nth).as_ref()))
            };
            fixed(a, b) && fixed(b, a) && optional_meet(a.rest.as_ref(), b.rest.as_ref())
        }
        (Kind::Object(a), Kind::Object(b)) => {
            let open = a.rest_value().is_some() || b.rest_value().is_some();
            let fixed = |a: &ObjectKind, b: &ObjectKind| {
                a.fixed.iter().all(|(key, one)| match b.select(key) {
                    None => open,
                    Some(other) => meet(one.as_ref(), Some(&other)),
                })
            };
            fixed(a, b) && fixed(b, a) && optional_meet(a.rest_value(), b.rest_value())
        }
        (Kind::Set(a), Kind::Set(b)) => optional_meet(a.as_ref().as_ref(), b.as_ref().as_ref()),
        (Kind::Function(a), Kind::Function(b)) => {
            a.args.len() == b.args.len()
                && a.args.iter().zip(&b.args).all(|(a, b)| meet(a.as_ref(), b.as_ref()))
        }
        _ => a == b,
    }
}

fn optional_meet(a: Option<&Kind>, b: Option<&Kind>) -> bool {
    a.is_none() || b.is_none() || meet(a, b)
}

/// The type of a rule with one more definition.
pub(super) fn merge(a: Option<Kind>, b: Option<Kind>) -> Option<Kind> {
    let (a, b) = match (a, b) {
        (None, other) | (other, None) => return other,
        (Some(a), Some(b)) => (a, b),
    };
    match (&a, &b) {
        (Kind::Object(x), Kind::Object(y)) if x.fixed.is_empty() && y.fixed.is_empty() => {
            match (&x.rest, &y.rest) {
                (None, _) => Some(b),
                (_, None) => Some(a),
                (Some((xk, xv)), Some((yk, yv))) => Some(Kind::object(
                    BTreeMap::new(),
                    Some((or(xk.clone(), yk.clone()), merge(xv.clone(), yv.clone()))),
                )),
            }
        }
        (Kind::Object(x), Kind::Any(of)) | (Kind::Any(of), Kind::Object(x)) if x.fixed.is_empty() => {
            let Some((xk, xv)) = &x.rest else { return or(Some(a), Some(b)) };
            let mut all = of.to_vec();
            for one in &mut all {
                if let Kind::Object(object) = one
                    && object.fixed.is_empty()
                    && let Some((key, value)) = &object.rest
                {
                    let rest = (or(key.clone(), xk.clone()), or(value.clone(), xv.clone()));
                    *one = Kind::object(BTreeMap::new(), Some(rest));
                    all.sort();
                    return Some(Kind::Any(Rc::new(all)));
                }
            }
            or(Some(a), Some(b))
        }
        (Kind::Set(x), Kind::Set(y)) => Some(Kind::set(or((**x).clone(), (**y).clone()))),
        _ => or(Some(a), Some(b)),
    }
}
