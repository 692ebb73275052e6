//! The numbers by which Go knows the algorithms of signatures.

use super::super::Trouble;
use super::super::keys::der::{Der, SEQUENCE};
use super::parse::malformed;

/// Go's number of an algorithm; 0 if it does not know it.
pub fn algorithm(mut identifier: Der) -> Result<u64, Trouble> {
    let id = identifier.oid().ok_or_else(|| malformed("OID"))?;
    Ok(match id.as_slice() {
        [1, 2, 840, 113549, 1, 1, 10] => pss(identifier).unwrap_or_default(),
        [1, 2, 840, 113549, 1, 1, 2] => 1,
        [1, 2, 840, 113549, 1, 1, 4] => 2,
        [1, 2, 840, 113549, 1, 1, 5] | [1, 3, 14, 3, 2, 29] => 3,
        [1, 2, 840, 113549, 1, 1, 11] => 4,
        [1, 2, 840, 113549, 1, 1, 12] => 5,
        [1, 2, 840, 113549, 1, 1, 13] => 6,
        [1, 2, 840, 10040, 4, 3] => 7,
        [2, 16, 840, 1, 101, 3, 4, 3, 2] => 8,
        [1, 2, 840, 10045, 4, 1] => 9,
        [1, 2, 840, 10045, 4, 3, 2] => 10,
        [1, 2, 840, 10045, 4, 3, 3] => 11,
        [1, 2, 840, 10045, 4, 3, 4] => 12,
        [1, 3, 101, 112] if identifier.is_empty() => 16,
        _ => 0,
    })
}

/// Go's number of RSA-PSS, which it knows where mask and salt go with the hash.
fn pss(mut identifier: Der) -> Option<u64> {
    /// An algorithm without parameters of its own.
    fn plain(mut algorithm: Der) -> Option<Vec<u64>> {
        let id = algorithm.oid()?;
        let rest = algorithm.next();
        (rest.is_none_or(|rest| rest.whole == [5, 0]) && algorithm.is_empty()).then(|| id.to_vec())
    }
    let mut parameters = identifier.inside(SEQUENCE)?;
    let hash = plain(Der(parameters.optional(0xa0).ok()??.body).inside(SEQUENCE)?)?;
    let mut mask = Der(parameters.optional(0xa1).ok()??.body).inside(SEQUENCE)?;
    let is_mask = mask.oid()?.as_slice() == [1, 2, 840, 113549, 1, 1, 8];
    let same = plain(mask.inside(SEQUENCE)?)? == hash;
    let salt = Der(parameters.optional(0xa2).ok()??.body).small()?;
    let trailer = match parameters.optional(0xa3).ok()? {
        Some(trailer) => Der(trailer.body).small()?,
        None => 1,
    };
    if !is_mask || !same || trailer != 1 {
        return None;
    }
    match (hash.as_slice(), salt) {
        ([2, 16, 840, 1, 101, 3, 4, 2, 1], 32) => Some(13),
        ([2, 16, 840, 1, 101, 3, 4, 2, 2], 48) => Some(14),
        ([2, 16, 840, 1, 101, 3, 4, 2, 3], 64) => Some(15),
        _ => None,
    }
}
