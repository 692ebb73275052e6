//! Anchors, aliases and merges, with go-yaml's order and its limit against documents that are made to explode.

use serde_json::Value;

use super::{Builder, Content, Frame, Stop};
use crate::core::manifest::note::{Fault, FaultKind, NoteKind};
use crate::core::manifest::tree::{Kind, Span, Tree};
use crate::core::manifest::{MAX_COPIED_BYTES, MAX_NOTES};

/// What is known of an anchor.
pub(super) struct Anchor {
    pub node: u32,
    /// `None` while the anchor's node is still open, or if it is broken.
    pub value: Option<Value>,
    pub open: bool,
    /// How many values go-yaml decodes to read it.
    pub weight: usize,
    pub bytes: usize,
}

impl Builder<'_> {
    /// Counts what a copy costs, before it is made.
    pub(super) fn copy(&mut self, weight: usize, bytes: usize, span: Span) -> Result<(), Stop> {
        self.copied = self.copied.saturating_add(bytes).saturating_add(weight.saturating_mul(32));
        if self.copied > MAX_COPIED_BYTES {
            self.faults.push(Fault::own(self.file_range(span), FaultKind::TooMuchCopied));
            return Err(Stop);
        }
        Ok(())
    }

    /// An alias to the anchor with this number.
    pub fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        if self.is_in_key() {
            return Ok(());
        }
        let Some((target, open, weight, bytes)) =
            self.anchors.get(&anchor).map(|a| (a.node, a.open, a.weight, a.bytes))
        else {
            self.fault(span, "unknown anchor referenced");
            return Err(Stop);
        };
        if open {
            let name = self.text.get(span.0 as usize + 1..span.1 as usize).unwrap_or_default();
            let words = format!("anchor '{name}' value contains itself");
            self.fault(span, words);
            return Err(Stop);
        }
        self.decoded = self.decoded.saturating_add(1).saturating_add(weight);
        self.aliased = self.aliased.saturating_add(weight);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.aliased > 100
            && self.decoded > 1000
            && self.aliased as f64 / self.decoded as f64 > allowed_alias_ratio(self.decoded)
        {
            self.fault(span, "document contains excessive aliasing");
            return Err(Stop);
        }
        self.copy(weight, bytes, span)?;
        let value = self.anchors.get(&anchor).and_then(|a| a.value.clone()).unwrap_or_default();
        if self.wants_key() {
            self.alias_key(value, span);
            return Ok(());
        }
        let node = self.place(span, Kind::Alias(target));
        self.put(value, node);
        Ok(())
    }

    /// `<<`: the keys of the merged maps are set now, over what stands above. Of a list the first map wins.
    pub(super) fn merge(&mut self, value: Value, node: u32, parent: u32, range: Span) {
        let is_map = |node: u32, tree: &Tree| match tree.node(node).map(|n| n.kind) {
            Some(Kind::Alias(target)) => tree.node(target).is_some_and(|n| n.kind == Kind::Map),
            kind => kind == Some(Kind::Map),
        };
        let written_list = self.tree.node(node).is_some_and(|n| n.kind == Kind::Seq);
        let sources = match value {
            Value::Array(items) if written_list => {
                let all_maps = self.tree.children(node).all(|(id, _)| is_map(id, &self.tree));
                all_maps.then_some(items)
            }
            value => is_map(node, &self.tree).then(|| vec![value]),
        };
        let Some(sources) = sources else {
            let span = self.tree.node(node).map_or(range, |n| n.value);
            self.fault(span, "map merge requires map or sequence of maps as the value");
            return;
        };
        let mut replaced = Vec::new();
        if let Some(Frame { content: Content::Map(map, _), .. }) = self.stack.last_mut() {
            for source in sources.into_iter().rev() {
                let Value::Object(source) = source else { continue };
                for (name, value) in source {
                    if map.insert(name.clone(), value).is_some() {
                        replaced.push(name);
                    }
                }
            }
        }
        for name in replaced {
            let above = self.tree.fields(parent, &name).last().map(|(node, _)| node.key);
            if let Some(above) = above {
                let line = self.line(above.0);
                self.note(range, NoteKind::MergeOverrides { key: name, line });
            }
            if self.notes.len() >= MAX_NOTES {
                return;
            }
        }
    }
}

/// go-yaml's `allowedAliasRatio`: the part of a document that may come from aliases.
fn allowed_alias_ratio(decoded: usize) -> f64 {
    const LOW: f64 = 400_000.0;
    const HIGH: f64 = 4_000_000.0;
    let decoded = decoded as f64;
    if decoded <= LOW {
        0.99
    } else if decoded >= HIGH {
        0.10
    } else {
        0.99 - 0.89 * (decoded - LOW) / (HIGH - LOW)
    }
}
