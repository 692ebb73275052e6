//! What types are known: of builtins, rules and variables, in layers. A layer hides those below it.

use std::collections::BTreeMap;

use super::ir::{DATA, INPUT, Term, Val, Var, Vars};
use super::kinds::{Kind, merge, or, select, values};
use super::show::Key;

/// Types by path.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub kind: Option<Kind>,
    pub children: BTreeMap<Key, Node>,
}

impl Node {
    pub(super) fn put(&mut self, path: &[Key], kind: Kind) {
        let mut node = self;
        for key in path {
            node = node.children.entry(key.clone()).or_default();
        }
        node.kind = Some(kind);
    }

    /// Adds one more definition of what stands at a path, and to the objects on the way.
    fn insert(&mut self, path: &[Key], kind: &Kind) {
        let mut node = self;
        for (nth, key) in path.iter().enumerate() {
            node = node.children.entry(key.clone()).or_default();
            let rest = path.get(nth + 1..).unwrap_or_default();
            if !rest.is_empty() && matches!(node.kind, Some(Kind::Object(_))) {
                node.kind = node.kind.take().map(|object| insert_into(object, rest, kind));
            }
        }
        node.kind = merge(node.kind.take(), Some(kind.clone()));
        if matches!(kind, Kind::Object(_)) && !node.children.is_empty() {
            let mut leaves = Vec::new();
            node.leaves(&mut Vec::new(), &mut leaves);
            for (path, leaf) in leaves {
                if matches!(node.kind, Some(Kind::Object(_))) {
                    node.kind = node.kind.take().map(|object| insert_into(object, &path, &leaf));
                }
            }
        }
    }

    fn leaves(&self, path: &mut Vec<Key>, found: &mut Vec<(Vec<Key>, Kind)>) {
        for (key, child) in &self.children {
            path.push(key.clone());
            match &child.kind {
                Some(kind) => found.push((path.clone(), kind.clone())),
                None => child.leaves(path, found),
            }
            path.pop();
        }
    }

    fn extent(&self) -> Kind {
        if let Some(kind) = &self.kind {
            return kind.clone();
        }
        let known =
            self.children.iter().filter(|(key, _)| matches!(key, Key::Str(_) | Key::Num(_) | Key::Bool(_)));
        let fixed = known.map(|(key, child)| (key.clone(), Some(child.extent()))).collect();
        Kind::object(fixed, Some((Some(Kind::Str), Some(Kind::any()))))
    }
}

fn insert_into(object: Kind, path: &[Key], kind: &Kind) -> Kind {
    let (Kind::Object(members), Some((key, rest))) = (&object, path.split_first()) else { return object };
    let inner = if rest.is_empty() {
        kind.clone()
    } else {
        insert_into(Kind::object(BTreeMap::new(), None), rest, kind)
    };
    let key = Some(Kind::of_key(key));
    let dynamic = match &members.rest {
        Some((keys, values)) => (or(keys.clone(), key), or(values.clone(), Some(inner))),
        None => (key, Some(inner)),
    };
    Kind::object(members.fixed.clone(), Some(dynamic))
}

/// One layer: what is known, and which layer takes the types of new variables.
#[derive(Debug, Default)]
struct Layer {
    tree: Node,
    vars: usize,
}

/// The layers.
#[derive(Debug)]
pub(super) struct Env<'p> {
    names: &'p Vars,
    layers: Vec<Layer>,
}

impl<'p> Env<'p> {
    pub(super) fn new(names: &'p Vars) -> Self {
        Self { names, layers: vec![Layer::default()] }
    }

    pub(super) fn top(&self) -> usize {
        self.layers.len().saturating_sub(1)
    }

    /// A layer for a body.
    pub(super) fn push(&mut self) {
        let vars = self.layers.len();
        self.layers.push(Layer { tree: Node::default(), vars });
    }

    /// A layer for a statement: its variables live on in the body.
    pub(super) fn push_statement(&mut self) {
        let vars = self.layers.last().map_or(0, |layer| layer.vars);
        self.layers.push(Layer { tree: Node::default(), vars });
    }

    pub(super) fn pop(&mut self) {
        self.layers.pop();
    }

    fn keys(&self, path: &[Term]) -> Option<Vec<Key>> {
        path.iter().map(|term| Key::of(&term.val, self.names)).collect()
    }

    /// Puts a type into the top layer.
    pub(super) fn put(&mut self, path: &[Term], kind: Kind) {
        if let (Some(keys), Some(layer)) = (self.keys(path), self.layers.last_mut()) {
            layer.tree.put(&keys, kind);
        }
    }

    /// Adds a definition of a rule to the top layer.
    pub(super) fn insert(&mut self, path: &[Term], kind: &Kind) {
        if let (Some(keys), Some(layer)) = (self.keys(path), self.layers.last_mut()) {
            layer.tree.insert(&keys, kind);
        }
    }

    /// Gives a variable a type.
    pub(super) fn put_var(&mut self, var: Var, kind: Option<Kind>) {
        let Some(at) = self.layers.last().map(|layer| layer.vars) else { return };
        if let Some(layer) = self.layers.get_mut(at) {
            layer.tree.children.entry(Key::Var(var)).or_default().kind = kind;
        }
    }

    /// The type of a variable.
    pub(super) fn var(&self, var: Var) -> Option<Kind> {
        let key = Key::Var(var);
        self.layers.iter().rev().find_map(|layer| layer.tree.children.get(&key)).and_then(|n| n.kind.clone())
    }

    /// The node that a path leads to in a layer.
    pub(super) fn node(&self, layer: usize, path: &[Term]) -> Option<&Node> {
        path.iter().try_fold(&self.layers.get(layer)?.tree, |node, term| {
            node.children.get(&Key::of(&term.val, self.names)?)
        })
    }

    /// The type of all that stands at a node.
    pub(super) fn extent(node: &Node) -> Kind {
        node.extent()
    }

    /// The type of what a reference leads to.
    pub(super) fn reference(&self, path: &[Term]) -> Option<Kind> {
        for layer in self.layers.iter().rev() {
            if let Some(found) = self.in_layer(&layer.tree, path) {
                return found;
            }
        }
        let root = path.first().and_then(Term::as_var);
        matches!(root, Some(INPUT | DATA)).then(Kind::any)
    }

    /// `None`: the layer does not know.
    fn in_layer(&self, tree: &Node, path: &[Term]) -> Option<Option<Kind>> {
        let (head, mut tail) = path.split_first()?;
        let mut node = tree.children.get(&Key::of(&head.val, self.names)?)?;
        loop {
            let Some((term, rest)) = tail.split_first() else { return Some(Some(node.extent())) };
            let child = Key::of(&term.val, self.names).and_then(|key| node.children.get(&key));
            match (&node.kind, child) {
                (_, Some(child)) if term.val.constant() => node = child,
                (Some(kind), _) => return Some(self.select(Some(kind.clone()), tail)),
                (None, _) if !term.val.constant() => return Some(self.select(Some(node.extent()), tail)),
                (None, _) => return None,
            }
            tail = rest;
        }
    }

    fn select(&self, kind: Option<Kind>, path: &[Term]) -> Option<Kind> {
        path.iter().try_fold(kind?, |kind, term| match &term.val {
            Val::Var(_) | Val::Ref(_) | Val::Array(_) | Val::Object(_) | Val::Set(_) => {
                if kind.empty_collection() { Some(Kind::any()) } else { values(&kind) }
            }
            other => select(&kind, &Key::of(other, self.names)?),
        })
    }
}
