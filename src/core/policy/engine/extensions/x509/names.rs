//! Names of subjects and issuers.

use crate::core::policy::engine::extensions::Trouble;
use crate::core::policy::engine::extensions::keys::der::{Der, Element, SEQUENCE, SET};
use crate::core::policy::engine::extensions::keys::{builtin, limit};

/// A distinguished name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Name {
    pub raw: Vec<u8>,
    /// Types and values in their order.
    pub parts: Vec<(Vec<u64>, String)>,
}

/// Reads a name.
pub fn name(element: Element) -> Result<Name, Trouble> {
    let wrong = || builtin("x509: invalid RDNSequence");
    let mut out = Name { raw: element.whole.to_vec(), parts: Vec::new() };
    let mut all = Der(element.body);
    while !all.is_empty() {
        let mut set = all.inside(SET).ok_or_else(wrong)?;
        while !set.is_empty() {
            let mut one = set.inside(SEQUENCE).ok_or_else(wrong)?;
            let id = one.oid().ok_or_else(wrong)?;
            out.parts.push((id, string(one.next().ok_or_else(wrong)?)?));
        }
    }
    Ok(out)
}

/// A string of one of the kinds that Go reads.
fn string(element: Element) -> Result<String, Trouble> {
    let wrong = || builtin("x509: invalid RDNSequence: invalid attribute value");
    let text = || std::str::from_utf8(element.body).map_err(|_| wrong()).map(str::to_owned);
    let of =
        |allowed: fn(char) -> bool| text().ok().filter(|text| text.chars().all(allowed)).ok_or_else(wrong);
    match element.tag {
        12 => text(),
        18 => of(|c| c.is_ascii_digit() || c == ' '),
        19 => of(|c| c.is_ascii_alphanumeric() || "'()+,-./:=?*& ".contains(c)),
        20 if element.body.is_ascii() => text(),
        20 => Err(limit("a name in T.61")),
        22 => of(|c| c.is_ascii()),
        30 => {
            let units: Vec<u16> = element
                .body
                .chunks(2)
                .map(|pair| pair.iter().fold(0, |sum, &byte| sum << 8 | u16::from(byte)))
                .collect();
            if element.body.len() % 2 == 1 {
                return Err(wrong());
            }
            let end = if units.last() == Some(&0) { units.len() - 1 } else { units.len() };
            Ok(String::from_utf16_lossy(units.get(..end).unwrap_or_default()))
        }
        _ => Err(wrong()),
    }
}
