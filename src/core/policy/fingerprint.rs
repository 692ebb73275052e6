//! Names contents by a hash, to know what was already judged.

use std::hash::{DefaultHasher, Hash, Hasher};

/// 64 bits of a keyless SipHash: equal contents have equal hashes, in every process.
#[must_use]
pub fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
