//! Where everything stands: a tree of byte ranges beside the value of a document.
//!
//! The nodes lie in one array in the order of the text; the children of a node follow it, and `end` is the first
//! node behind them. A pointer is resolved by walking, so nothing is stored for each pointer.

use std::borrow::Cow;
use std::ops::Range;

/// A place of a pointer: the key (for a field of a map) and the value, without blanks around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSpan {
    /// The key, if the pointer names a field of a map.
    pub key: Option<Range<usize>>,
    /// The value. Empty, directly behind the `:` or `-`, where nothing is written. For a pointer that is written as
    /// an alias it is the alias; below an alias or a merge it is the text at the anchor, which is what would have to
    /// be edited.
    pub value: Range<usize>,
    /// The outermost alias (or the value of `<<`) that brings this node to the pointer's place.
    pub via: Option<Range<usize>>,
}

/// Bytes from the start of the document.
pub(super) type Span = (u32, u32);

/// No range: the key of a list's item.
const NONE: Span = (u32::MAX, u32::MAX);

/// How many nodes a lookup may visit. Merges of merges can make a search exponential.
const MAX_VISITS: usize = 1_000_000;

/// How deep merges of merges are followed by a lookup.
const MAX_MERGES: u32 = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar,
    Seq,
    Map,
    /// To the node of the anchor.
    Alias(u32),
}

/// How a field of a map is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// The root, or an item of a list.
    Item,
    /// A field; the range in [`Tree::names`] and the type that its key had before it became a string.
    Field(Span, KeyType),
    /// `<<`
    Merge,
    /// A key that Kubernetes refuses.
    Broken,
}

/// `1: a` and `"1": b` are two keys for go-yaml and one for Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyType {
    Str,
    Bool,
    Int,
    Float,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub key: Span,
    pub value: Span,
    pub named: Named,
    pub kind: Kind,
    pub parent: u32,
    /// The first node that is not below this one; `u32::MAX` while the node is open.
    pub end: u32,
}

/// The ranges of one document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    /// The names of all fields, one behind the other.
    pub names: String,
    /// Where the document starts in the file.
    pub base: usize,
}

impl Tree {
    pub fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// Adds a node below `parent` (the root is below itself) and returns its number.
    pub fn push(&mut self, parent: u32, named: Named, key: Option<Span>, value: Span, kind: Kind) -> u32 {
        let id = self.nodes.len() as u32;
        let end = if matches!(kind, Kind::Seq | Kind::Map) { u32::MAX } else { id + 1 };
        self.nodes.push(Node { key: key.unwrap_or(NONE), value, named, kind, parent, end });
        id
    }

    /// Ends a list or map at byte `end`; its children are those added since.
    pub fn close(&mut self, id: u32, end: u32) {
        let next = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.end = next;
            node.value.1 = end.max(node.value.0);
        }
    }

    /// Keeps the name of a field.
    pub fn name(&mut self, name: &str) -> Span {
        let start = self.names.len() as u32;
        self.names.push_str(name);
        (start, self.names.len() as u32)
    }

    fn text(&self, (start, end): Span) -> &str {
        self.names.get(start as usize..end as usize).unwrap_or_default()
    }

    pub fn children(&self, id: u32) -> impl Iterator<Item = (u32, &Node)> {
        let end = self.node(id).map_or(0, |node| node.end).min(self.nodes.len() as u32);
        let mut at = id + 1;
        std::iter::from_fn(move || {
            let node = (at < end).then(|| self.node(at)).flatten()?;
            let id = at;
            at = node.end.max(at + 1);
            Some((id, node))
        })
    }

    /// The fields of a map (not of its merges) with this name, in the order of the text.
    pub fn fields(&self, map: u32, name: &str) -> impl Iterator<Item = (&Node, KeyType)> {
        self.children(map).filter_map(move |(_, node)| match node.named {
            Named::Field(span, kind) if self.text(span) == name => Some((node, kind)),
            _ => None,
        })
    }

    /// See [`super::Document::span`].
    pub fn span(&self, pointer: &str) -> Option<NodeSpan> {
        let (id, via) = self.find(pointer)?;
        let node = self.node(id)?;
        Some(NodeSpan {
            key: (node.key != NONE).then(|| self.range(node.key)),
            value: self.range(node.value),
            via: via.map(|span| self.range(span)),
        })
    }

    /// See [`super::Document::has_text_key`].
    pub fn has_text_key(&self, pointer: &str) -> bool {
        let node = self.find(pointer).and_then(|(id, _)| self.node(id));
        !matches!(node, Some(Node { named: Named::Field(_, kind), .. }) if *kind != KeyType::Str)
    }

    /// The node that a pointer names, and the alias or merge that brings it there.
    fn find(&self, pointer: &str) -> Option<(u32, Option<Span>)> {
        let mut search = Search { tree: self, visits: MAX_VISITS, depth: 0 };
        let mut at = 0;
        let mut via = None;
        self.node(at)?;
        if !pointer.is_empty() {
            for token in pointer.strip_prefix('/')?.split('/') {
                let (inside, through) = search.through(at)?;
                via = via.or(through);
                let name = token.replace("~1", "/").replace("~0", "~");
                let (child, merged) = search.child(inside, &name)?;
                via = via.or(merged);
                at = child;
            }
        }
        Some((at, via))
    }

    pub fn range(&self, (start, end): Span) -> Range<usize> {
        self.base + start as usize..self.base + end as usize
    }

    /// See [`super::Document::pointer_at`].
    pub fn pointer_at(&self, byte: usize) -> Option<String> {
        let byte = u32::try_from(byte.checked_sub(self.base)?).ok()?;
        let covers = |node: &Node| {
            let start = if node.key == NONE { node.value.0 } else { node.key.0.min(node.value.0) };
            start <= byte && byte <= node.value.1
        };
        let mut at = 0;
        if !covers(self.node(0)?) {
            return None;
        }
        let mut pointer = String::new();
        loop {
            // Of two neighbours that touch at the caret the later one starts there.
            let mut inner = None;
            for (position, (id, node)) in self.children(at).enumerate() {
                if node.key != NONE && node.key.0 > byte {
                    break;
                }
                if covers(node) {
                    inner = Some((position, id, node.named));
                }
            }
            let Some((position, id, named)) = inner else { return Some(pointer) };
            match named {
                Named::Item => pointer.push_str(&format!("/{position}")),
                Named::Field(name, _) => {
                    pointer.push('/');
                    pointer.push_str(&escape(self.text(name)));
                }
                Named::Merge | Named::Broken => return Some(pointer),
            }
            at = id;
        }
    }

    /// Every pointer of the document as it is written (nothing below aliases and merges), in the order of the text.
    /// What is overridden further down is left out.
    pub fn pointers(&self) -> Vec<String> {
        let mut out = Vec::with_capacity(self.nodes.len());
        let mut positions = vec![0usize; self.nodes.len()];
        let mut known: Vec<Option<String>> = Vec::with_capacity(self.nodes.len());
        for (id, node) in self.nodes.iter().enumerate() {
            let parent = if id == 0 {
                Some(String::new())
            } else {
                known.get(node.parent as usize).cloned().flatten()
            };
            let pointer = match (parent, node.named) {
                (Some(parent), _) if id == 0 => Some(parent),
                (Some(parent), Named::Field(name, _)) => {
                    let name = escape(self.text(name));
                    Some(format!("{parent}/{name}"))
                }
                (Some(parent), Named::Item) => positions.get_mut(node.parent as usize).map(|position| {
                    *position += 1;
                    format!("{parent}/{}", *position - 1)
                }),
                _ => None,
            };
            let counts =
                |pointer: &&String| self.find(pointer).is_some_and(|(found, _)| found as usize == id);
            out.extend(pointer.as_ref().filter(counts).cloned());
            known.push(pointer);
        }
        out
    }
}

struct Search<'t> {
    tree: &'t Tree,
    visits: usize,
    /// How many merges lead here. A map that merges itself (a fault, but the tree is there) would have no end.
    depth: u32,
}

impl Search<'_> {
    /// Follows aliases to the node that holds the content.
    fn through(&mut self, mut id: u32) -> Option<(u32, Option<Span>)> {
        let mut via = None;
        while let Kind::Alias(target) = self.tree.node(id)?.kind {
            self.visits = self.visits.checked_sub(1)?;
            via = via.or(Some(self.tree.node(id)?.value));
            id = target;
        }
        Some((id, via))
    }

    /// The child that a name or an index means. In a map the last one wins, and a merge counts where it stands.
    fn child(&mut self, parent: u32, name: &str) -> Option<(u32, Option<Span>)> {
        match self.tree.node(parent)?.kind {
            Kind::Map => {
                let mut found = None;
                for (id, node) in self.tree.children(parent) {
                    self.visits = self.visits.checked_sub(1)?;
                    match node.named {
                        Named::Field(span, _) if self.tree.text(span) == name => found = Some((id, None)),
                        Named::Merge => {
                            if let Some(child) = self.merged(id, name) {
                                found = Some((child, Some(node.value)));
                            }
                        }
                        _ => {}
                    }
                }
                found
            }
            Kind::Seq => {
                let canonical = name == "0" || !name.starts_with(['0', '+']);
                let position: usize = name.parse().ok().filter(|_| canonical)?;
                let (id, _) = self.tree.children(parent).nth(position)?;
                Some((id, None))
            }
            Kind::Scalar | Kind::Alias(_) => None,
        }
    }

    /// The field that a merge brings in: its value is a map, or a list of maps of which the first wins.
    fn merged(&mut self, value: u32, name: &str) -> Option<u32> {
        if self.depth == MAX_MERGES {
            return None;
        }
        self.depth += 1;
        let found = self.merged_from(value, name);
        self.depth -= 1;
        found
    }

    fn merged_from(&mut self, value: u32, name: &str) -> Option<u32> {
        let (source, _) = self.through(value)?;
        match self.tree.node(source)?.kind {
            Kind::Map => self.child(source, name).map(|(id, _)| id),
            Kind::Seq => self.tree.children(source).find_map(|(item, _)| {
                let (map, _) = self.through(item)?;
                (self.tree.node(map)?.kind == Kind::Map)
                    .then(|| self.child(map, name))
                    .flatten()
                    .map(|(id, _)| id)
            }),
            Kind::Scalar | Kind::Alias(_) => None,
        }
    }
}

/// A name as a token of a JSON pointer.
pub(super) fn escape(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) { name.replace('~', "~0").replace('/', "~1").into() } else { name.into() }
}
