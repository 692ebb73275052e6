//! Fields of `input` that no object has, and numbers that are taken for conditions.
//!
//! The object is `input` itself, or lies in an AdmissionReview (`input.request.object`) or in Gatekeeper's review
//! (`input.review.object`). Which kinds it may be of is what the body says about `kind`; where it says nothing, only a
//! slip that no custom kind explains is told.

use super::view::View;
use super::{Finding, Lint};
use crate::core::manifest::schema::{Reached, Step};
use crate::core::rego::ast::{Body, LiteralKind, Operator, RefPart, RefPartKind, Term, TermKind};
use crate::core::rego::walk::{self, Node};
use crate::core::spelling;
use crate::strings::T;

/// The fields of an AdmissionRequest, and what Gatekeeper adds.
const REQUEST: &[&str] = &[
    "_unstable",
    "dryRun",
    "kind",
    "name",
    "namespace",
    "namespaceObject",
    "object",
    "oldObject",
    "operation",
    "options",
    "requestKind",
    "requestResource",
    "requestSubResource",
    "resource",
    "subResource",
    "uid",
    "userInfo",
];

pub(super) fn look(view: &View<'_>, found: &mut Vec<Finding>) {
    let mut refs = Vec::new();
    walk::rule(view.rule, &mut |node| {
        if let Node::Term(term @ Term { kind: TermKind::Ref(..), .. }) = node {
            refs.push(term);
        }
    });
    for term in refs {
        if let TermKind::Ref(_, parts) = &term.kind {
            found.extend(unknown(view, term, parts));
        }
    }
    for (_, literal) in view.conditions() {
        if let LiteralKind::Expr(term) = &literal.kind
            && literal.with.is_empty()
            && is_number(view, term)
        {
            let what = vec![("what", view.of(term.span).to_owned())];
            let finding = Finding::at(Lint::TruthyNumber, term.span, what);
            found.push(if literal.not.is_some() { finding.saying(T::LintNotNumber) } else { finding });
        }
    }
}

/// The part of a path behind the object that is judged.
pub(super) fn object_path<'p, 'a>(path: &'p [Step<'a>]) -> Option<&'p [Step<'a>]> {
    match path {
        [Step::Field("request" | "review"), rest @ ..] => match rest {
            [Step::Field("object" | "oldObject"), rest @ ..] => Some(rest),
            _ => None,
        },
        [Step::Field("parameters" | "constraint"), ..] => None,
        _ => Some(path),
    }
}

/// A field that is none, and the one that is meant.
fn unknown(view: &View<'_>, term: &Term, parts: &[RefPart]) -> Option<Finding> {
    let path = view.input_path(term)?;
    // Where the parts that are written here begin.
    let own = path.len().checked_sub(parts.len())?;
    if let [Step::Field("request" | "review"), Step::Field(name), ..] = path.as_slice()
        && !REQUEST.contains(name)
    {
        let names = REQUEST.iter().copied();
        let nearest = spelling::nearest(name, names).filter(|nearest| similar(name, nearest))?;
        return finding(parts, 1_usize.checked_sub(own)?, name, Some(nearest), None);
    }
    let object = object_path(&path)?;
    let behind = path.len() - object.len();
    let kinds = kinds(view, term);
    let Reached::Unknown { at, nearest } = view.around.schemas.follow(&kinds, object)? else { return None };
    let Some(Step::Field(name)) = object.get(at) else { return None };
    // `input.review` and the like are no fields of an object.
    let is_shape = behind == 0 && at == 0 && matches!(*name, "request" | "review" | "parameters");
    // What is no object of Kubernetes at all has other fields from the top on.
    let is_foreign = at == 0 && nearest.is_none();
    if is_shape || is_foreign || (kinds.is_empty() && nearest.is_none()) {
        return None;
    }
    let kind = (!kinds.is_empty()).then(|| kinds.join(", "));
    finding(parts, (behind + at).checked_sub(own)?, name, nearest.as_deref(), kind)
}

/// Alike but for a letter or two.
fn similar(name: &str, other: &str) -> bool {
    similar::TextDiff::from_chars(name.to_lowercase().as_str(), other.to_lowercase().as_str()).ratio() >= 0.8
}

fn finding(
    parts: &[RefPart],
    at: usize,
    name: &str,
    nearest: Option<&str>,
    kind: Option<String>,
) -> Option<Finding> {
    let part = parts.get(at)?;
    // The name without its dot, or with its quotes but without brackets.
    let (span, new) = match &part.kind {
        RefPartKind::Dot(name) => {
            let range = part.span.at(0);
            (range.end.checked_sub(name.len())?..range.end, nearest.map(str::to_owned))
        }
        RefPartKind::Index(index) => (index.span.at(0), nearest.map(|nearest| format!("\"{nearest}\""))),
    };
    let mut values = vec![("field", name.to_owned())];
    let says = match (nearest, kind) {
        (Some(nearest), None) => {
            values.push(("nearest", nearest.to_owned()));
            T::LintUnknownField
        }
        (Some(nearest), Some(kind)) => {
            values.extend([("nearest", nearest.to_owned()), ("kind", kind)]);
            T::LintUnknownFieldOf
        }
        (None, kind) => {
            values.push(("kind", kind?));
            T::LintNoSuchField
        }
    };
    let finding = Finding::new(Lint::UnknownInputField, span.clone(), values).saying(says);
    Some(match new {
        Some(new) => finding.writing(span, new),
        None => finding,
    })
}

/// The kinds that the body of a term demands; empty if it says nothing.
fn kinds<'a>(view: &View<'a>, term: &Term) -> Vec<&'a str> {
    // The innermost body first; what the ones around it demand holds too.
    let mut around: Vec<&&Body> = view
        .bodies
        .iter()
        .filter(|body| body.span.start <= term.span.start && term.span.end <= body.span.end)
        .collect();
    around.sort_by_key(|body| body.span.end - body.span.start);
    // The head is evaluated when a body holds.
    if around.is_empty() && view.bodies.len() == 1 {
        around.extend(&view.bodies);
    }
    around.into_iter().find_map(|body| kinds_of(view, body)).unwrap_or_default()
}

fn kinds_of<'a>(view: &View<'a>, body: &'a Body) -> Option<Vec<&'a str>> {
    body.literals.iter().filter(|literal| literal.not.is_none() && literal.with.is_empty()).find_map(
        |literal| {
            let (left, right) = match &literal.kind {
                LiteralKind::Expr(term) => match &term.bare().kind {
                    TermKind::Binary(Operator::Equal, sides) => (&sides.0, &sides.1),
                    TermKind::In(membership)
                        if membership.key.is_none() && is_kind(view, &membership.value) =>
                    {
                        return match &membership.collection.bare().kind {
                            TermKind::Set(items) | TermKind::Array(items) => items.iter().map(text).collect(),
                            _ => None,
                        };
                    }
                    _ => return None,
                },
                LiteralKind::Bind { assign: false, left, right } => (left, right),
                _ => return None,
            };
            match (is_kind(view, left), is_kind(view, right)) {
                (true, false) => Some(vec![text(right)?]),
                (false, true) => Some(vec![text(left)?]),
                _ => None,
            }
        },
    )
}

fn text(term: &Term) -> Option<&str> {
    match &term.bare().kind {
        TermKind::String(text) => Some(text),
        _ => None,
    }
}

/// `input.kind` and what stands for it in the other shapes.
fn is_kind(view: &View<'_>, term: &Term) -> bool {
    let field = Step::Field;
    let paths: [&[Step<'_>]; 4] = [
        &[field("kind")],
        &[field("request"), field("kind"), field("kind")],
        &[field("review"), field("kind"), field("kind")],
        &[field("review"), field("object"), field("kind")],
    ];
    view.input_path(term).is_some_and(|path| {
        paths.contains(&path.as_slice()) || path == [field("request"), field("object"), field("kind")]
    })
}

/// A field that is a number in every kind that has it.
fn is_number(view: &View<'_>, term: &Term) -> bool {
    let Some(path) = view.input_path(term) else { return false };
    let Some(object) = object_path(&path).filter(|path| path.len() > 1) else { return false };
    matches!(view.around.schemas.follow(&kinds(view, term), object), Some(Reached::Known { number: true }))
}
