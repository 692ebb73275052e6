//! Reads certificates and requests as Go's `crypto/x509` does.

use chrono::NaiveDate;

use super::algorithms::algorithm;
use super::names::{Name, name};
use crate::core::policy::engine::extensions::Trouble;
use crate::core::policy::engine::extensions::keys::der::{
    BITS, BOOLEAN, Der, INTEGER, OCTETS, OID, SEQUENCE, SET, oid,
};
use crate::core::policy::engine::extensions::keys::{Public, builtin, limit};

/// An extension.
#[derive(Debug, Clone)]
pub struct Extension {
    pub id: Vec<u64>,
    pub critical: bool,
    pub value: Vec<u8>,
}

/// Names and addresses that a certificate is for.
#[derive(Debug, Clone, Default)]
pub struct Alternatives {
    pub dns: Vec<String>,
    pub emails: Vec<String>,
    pub ips: Vec<Vec<u8>>,
    pub uris: Vec<String>,
}

/// What a CA may sign, of one kind.
#[derive(Debug, Clone, Default)]
pub struct Subtrees {
    pub dns: Vec<String>,
    pub emails: Vec<String>,
    pub ips: Vec<(Vec<u8>, Vec<u8>)>,
    pub uris: Vec<String>,
}

/// A certificate. What is empty may be missing.
#[derive(Debug, Clone, Default)]
pub struct Certificate {
    pub raw: Vec<u8>,
    pub tbs: Vec<u8>,
    pub version: u64,
    /// Its bytes, the highest first.
    pub serial: Vec<u8>,
    /// Go's number of the algorithm of the signature.
    pub algorithm: u64,
    pub signature: Vec<u8>,
    pub issuer: Name,
    pub subject: Name,
    /// Nanoseconds since 1970 would not hold the year 9999: seconds.
    pub not_before: i64,
    pub not_after: i64,
    pub spki: Vec<u8>,
    pub key: Option<Public>,
    pub extensions: Vec<Extension>,
    pub key_usage: u64,
    pub basic_constraints: bool,
    pub is_ca: bool,
    /// -1 if there is no limit.
    pub max_path: i64,
    pub alternatives: Alternatives,
    pub permitted: Subtrees,
    pub excluded: Subtrees,
    pub constraints_critical: bool,
    pub crls: Vec<String>,
    pub authority_key: Option<Vec<u8>>,
    pub subject_key: Option<Vec<u8>>,
    pub usages: Vec<u64>,
    pub unknown_usages: Vec<Vec<u64>>,
    pub policies: Vec<Vec<u64>>,
    pub ocsp: Vec<String>,
    pub issuers: Vec<String>,
    pub unhandled: Vec<Vec<u64>>,
}

/// A request for a certificate.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub raw: Vec<u8>,
    pub tbs: Vec<u8>,
    pub version: u64,
    pub algorithm: u64,
    pub signature: Vec<u8>,
    pub subject: Name,
    pub spki: Vec<u8>,
    pub key: Option<Public>,
    pub extensions: Vec<Extension>,
    pub alternatives: Alternatives,
    /// Whether there are attributes besides the extensions.
    pub other_attributes: bool,
}

/// All certificates, one after the other.
pub fn certificates(bytes: &[u8]) -> Result<Vec<Certificate>, Trouble> {
    let mut all = Der(bytes);
    let mut found = Vec::new();
    while !all.is_empty() {
        let mut outer = all;
        let whole = all.take(SEQUENCE).ok_or_else(|| builtin("x509: malformed certificate"))?;
        found.push(certificate(&mut outer, whole.whole)?);
    }
    Ok(found)
}

pub fn malformed(what: &str) -> Trouble {
    builtin(&format!("x509: malformed {what}"))
}

fn certificate(outer: &mut Der, raw: &[u8]) -> Result<Certificate, Trouble> {
    let mut parts = outer.inside(SEQUENCE).ok_or_else(|| malformed("certificate"))?;
    let tbs = parts.take(SEQUENCE).ok_or_else(|| malformed("tbs certificate"))?;
    let mut out = Certificate { raw: raw.to_vec(), tbs: tbs.whole.to_vec(), ..Certificate::default() };
    let mut inner = Der(tbs.body);
    let version = match inner.optional(0xa0).map_err(|()| malformed("version"))? {
        Some(version) => Der(version.body).small().ok_or_else(|| malformed("version"))?,
        None => 0,
    };
    if version > 2 {
        return Err(builtin("x509: invalid version"));
    }
    out.version = u64::from(version) + 1;
    out.serial = inner.unsigned().ok_or_else(|| malformed("serial number"))?.to_vec();
    let inner_algorithm = inner.take(SEQUENCE).ok_or_else(|| malformed("signature algorithm identifier"))?;
    let outer_algorithm = parts.take(SEQUENCE).ok_or_else(|| malformed("algorithm identifier"))?;
    if inner_algorithm.whole != outer_algorithm.whole {
        return Err(builtin("x509: inner and outer signature algorithm identifiers don't match"));
    }
    out.algorithm = algorithm(Der(inner_algorithm.body))?;
    out.issuer = name(inner.take(SEQUENCE).ok_or_else(|| malformed("issuer"))?)?;
    let mut validity = inner.inside(SEQUENCE).ok_or_else(|| malformed("validity"))?;
    out.not_before = time(&mut validity)?;
    out.not_after = time(&mut validity)?;
    out.subject = name(inner.take(SEQUENCE).ok_or_else(|| malformed("issuer"))?)?;
    let spki = inner.take(SEQUENCE).ok_or_else(|| malformed("spki"))?;
    out.spki = spki.whole.to_vec();
    out.key = Public::from_spki(Der(spki.whole))?;
    if version > 0 {
        for tag in [0x81, 0x82] {
            inner.optional(tag).map_err(|()| malformed("unique ID"))?;
        }
    }
    if version == 2
        && let Some(all) = inner.optional(0xa3).map_err(|()| malformed("extensions"))?
    {
        out.extensions = extensions(Der(all.body))?;
        for extension in out.extensions.clone() {
            out.read(&extension)?;
        }
    }
    out.signature = parts.bytes().ok_or_else(|| malformed("signature"))?.to_vec();
    Ok(out)
}

/// The extensions in a sequence.
fn extensions(mut outer: Der) -> Result<Vec<Extension>, Trouble> {
    let mut all = outer.inside(SEQUENCE).ok_or_else(|| malformed("extensions"))?;
    let mut found: Vec<Extension> = Vec::new();
    while !all.is_empty() {
        let mut one = all.inside(SEQUENCE).ok_or_else(|| malformed("extension"))?;
        let id = one.oid().ok_or_else(|| malformed("extension OID field"))?;
        let critical = match one.optional(BOOLEAN).map_err(|()| malformed("extension critical field"))? {
            Some(flag) => match flag.body {
                [0] => false,
                [0xff] => true,
                _ => return Err(malformed("extension critical field")),
            },
            None => false,
        };
        let value = one.take(OCTETS).ok_or_else(|| malformed("extension value field"))?.body.to_vec();
        if found.iter().any(|known| known.id == id) {
            return Err(builtin("x509: certificate contains duplicate extensions"));
        }
        found.push(Extension { id, critical, value });
    }
    Ok(found)
}

/// A time in seconds since 1970.
fn time(from: &mut Der) -> Result<i64, Trouble> {
    let wrong = || malformed("validity");
    let element = from.next().ok_or_else(wrong)?;
    let text = std::str::from_utf8(element.body).map_err(|_| wrong())?;
    let text = text.strip_suffix('Z').ok_or_else(wrong)?;
    let digits = |at: usize, length: usize| -> Result<u32, Trouble> {
        let part = text.get(at..at + length).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        part.and_then(|part| part.parse().ok()).ok_or_else(wrong)
    };
    let (year, rest) = match element.tag {
        0x17 if text.len() == 12 => {
            let year = digits(0, 2)?;
            (if year >= 50 { 1900 + year } else { 2000 + year }, 2)
        }
        0x17 if text.len() == 10 => return Err(limit("a time without seconds")),
        0x18 if text.len() == 14 => (digits(0, 4)?, 4),
        _ => return Err(builtin("x509: unsupported time format")),
    };
    let part = |nth: usize| digits(rest + 2 * nth, 2);
    let day = NaiveDate::from_ymd_opt(i32::try_from(year).map_err(|_| wrong())?, part(0)?, part(1)?);
    let time = day.and_then(|day| Some(day.and_hms_opt(part(2).ok()?, part(3).ok()?, part(4).ok()?)));
    Ok(time.flatten().ok_or_else(wrong)?.and_utc().timestamp())
}

/// Text of ASCII, as it has to be.
fn ia5(bytes: &[u8], what: &str) -> Result<String, Trouble> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Ok(text.to_owned()),
        _ => Err(builtin(&format!("x509: {what} is malformed"))),
    }
}

/// A URI of which the parts can be printed here.
fn uri(bytes: &[u8]) -> Result<String, Trouble> {
    let text = ia5(bytes, "URI")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:?=&+#,;".contains(c);
    let rest = text.split_once("://").map(|(_, rest)| rest);
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let sound = text.chars().all(plain) && !host.is_empty() && !host.contains(':') && !host.ends_with('.');
    if sound { Ok(text) } else { Err(limit("a certificate with such a URI")) }
}

/// The names of a SubjectAltName.
pub fn alternatives(value: &[u8]) -> Result<(Alternatives, bool), Trouble> {
    let wrong = || builtin("x509: invalid subject alternative names");
    let mut all = Der(value).inside(SEQUENCE).ok_or_else(wrong)?;
    let (mut out, mut known) = (Alternatives::default(), false);
    while !all.is_empty() {
        let one = all.next().ok_or_else(wrong)?;
        match one.tag & 0x1f {
            1 => out.emails.push(ia5(one.body, "SAN rfc822Name")?),
            2 => out.dns.push(ia5(one.body, "SAN dNSName")?),
            6 => out.uris.push(uri(one.body)?),
            7 if matches!(one.body.len(), 4 | 16) => out.ips.push(one.body.to_vec()),
            7 => return Err(builtin("x509: cannot parse IP address of this length")),
            _ => continue,
        }
        known = true;
    }
    Ok((out, known))
}

fn subtrees(of: Option<Der>) -> Result<(Subtrees, bool), Trouble> {
    let wrong = || builtin("x509: invalid NameConstraints extension");
    let (mut out, mut unknown) = (Subtrees::default(), false);
    let Some(mut all) = of else { return Ok((out, unknown)) };
    while !all.is_empty() {
        let base = all.inside(SEQUENCE).and_then(|mut one| one.next()).ok_or_else(wrong)?;
        match base.tag {
            0x82 => out.dns.push(ia5(base.body, "constraint")?),
            0x81 => out.emails.push(ia5(base.body, "constraint")?),
            0x86 => out.uris.push(ia5(base.body, "constraint")?),
            0x87 if matches!(base.body.len(), 8 | 32) => {
                let (ip, mask) = base.body.split_at(base.body.len() / 2);
                let bits: Vec<u8> =
                    mask.iter().flat_map(|byte| (0..8).map(move |bit| byte >> (7 - bit) & 1)).collect();
                if !bits.is_sorted_by(|a, b| a >= b) {
                    return Err(builtin("x509: IP constraint contained invalid mask"));
                }
                out.ips.push((ip.to_vec(), mask.to_vec()));
            }
            0x87 => return Err(builtin("x509: IP constraint contained value of wrong length")),
            _ => unknown = true,
        }
    }
    Ok((out, unknown))
}

impl Certificate {
    /// Takes over what an extension says.
    fn read(&mut self, extension: &Extension) -> Result<(), Trouble> {
        let value = extension.value.as_slice();
        let mut handled = true;
        match extension.id.as_slice() {
            [2, 5, 29, 15] => {
                let wrong = || builtin("x509: invalid key usage");
                let bits = Der(value).take(BITS).ok_or_else(wrong)?.body;
                let (&unused, bytes) =
                    bits.split_first().filter(|(unused, _)| **unused < 8).ok_or_else(wrong)?;
                let count = (bytes.len() * 8).saturating_sub(usize::from(unused)).min(9);
                for at in 0..count {
                    let set = bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
                    self.key_usage |= u64::from(set) << at;
                }
            }
            [2, 5, 29, 19] => {
                let wrong = || builtin("x509: invalid basic constraints");
                let mut inner = Der(value).inside(SEQUENCE).ok_or_else(wrong)?;
                if let Some(flag) = inner.optional(BOOLEAN).map_err(|()| wrong())? {
                    self.is_ca = match flag.body {
                        [0] => false,
                        [0xff] => true,
                        _ => return Err(wrong()),
                    };
                }
                self.max_path = match inner.peek() {
                    Some(INTEGER) => i64::from(inner.small().ok_or_else(wrong)?),
                    _ => -1,
                };
                self.basic_constraints = true;
            }
            [2, 5, 29, 17] => (self.alternatives, handled) = alternatives(value)?,
            [2, 5, 29, 30] => handled = self.name_constraints(value, extension.critical)?,
            [2, 5, 29, 31] => self.crls = distribution_points(value)?,
            [2, 5, 29, 35] => {
                let wrong = || builtin("x509: invalid authority key identifier");
                if extension.critical {
                    return Err(builtin("x509: authority key identifier incorrectly marked critical"));
                }
                let mut inner = Der(value).inside(SEQUENCE).ok_or_else(wrong)?;
                let key = inner.optional(0x80).map_err(|()| wrong())?;
                self.authority_key = key.map(|key| key.body.to_vec());
            }
            [2, 5, 29, 14] => {
                if extension.critical {
                    return Err(builtin("x509: subject key identifier incorrectly marked critical"));
                }
                let wrong = || builtin("x509: invalid subject key identifier");
                self.subject_key = Some(Der(value).take(OCTETS).ok_or_else(wrong)?.body.to_vec());
            }
            [2, 5, 29, 37] => self.extended_usages(value)?,
            [2, 5, 29, 32] => {
                let wrong = || builtin("x509: invalid certificate policies");
                let mut all = Der(value).inside(SEQUENCE).ok_or_else(wrong)?;
                while !all.is_empty() {
                    let id = all.inside(SEQUENCE).and_then(|mut one| one.oid()).ok_or_else(wrong)?;
                    if self.policies.contains(&id) {
                        return Err(wrong());
                    }
                    self.policies.push(id);
                }
            }
            [2, 5, 29, 33 | 36 | 54] => return Err(limit("a certificate that limits policies")),
            [2, 5, 29, _] => handled = false,
            [1, 3, 6, 1, 5, 5, 7, 1, 1] => {
                if extension.critical {
                    return Err(builtin("x509: authority info access incorrectly marked critical"));
                }
                self.authority_info(value)?;
            }
            _ => handled = false,
        }
        if extension.critical && !handled {
            self.unhandled.push(extension.id.clone());
        }
        Ok(())
    }

    fn name_constraints(&mut self, value: &[u8], critical: bool) -> Result<bool, Trouble> {
        let wrong = || builtin("x509: invalid NameConstraints extension");
        let mut inner = Der(value).inside(SEQUENCE).ok_or_else(wrong)?;
        let permitted = inner.optional(0xa0).map_err(|()| wrong())?.map(|one| Der(one.body));
        let excluded = inner.optional(0xa1).map_err(|()| wrong())?.map(|one| Der(one.body));
        if permitted.is_none_or(|one| one.is_empty()) && excluded.is_none_or(|one| one.is_empty()) {
            return Err(builtin("x509: empty name constraints extension"));
        }
        let (permitted, first) = subtrees(permitted)?;
        let (excluded, second) = subtrees(excluded)?;
        (self.permitted, self.excluded, self.constraints_critical) = (permitted, excluded, critical);
        Ok(!first && !second)
    }

    fn extended_usages(&mut self, value: &[u8]) -> Result<(), Trouble> {
        let wrong = || builtin("x509: invalid extended key usages");
        let mut all = Der(value).inside(SEQUENCE).ok_or_else(wrong)?;
        while !all.is_empty() {
            let id = oid(all.take(OID).ok_or_else(wrong)?.body).ok_or_else(wrong)?;
            match id.as_slice() {
                [2, 5, 29, 37, 0] => self.usages.push(0),
                [1, 3, 6, 1, 5, 5, 7, 3, known @ 1..=9] => self.usages.push(*known),
                [1, 3, 6, 1, 4, 1, 311, 10, 3, 3] => self.usages.push(10),
                [2, 16, 840, 1, 113730, 4, 1] => self.usages.push(11),
                [1, 3, 6, 1, 4, 1, 311, 2, 1, 22] => self.usages.push(12),
                [1, 3, 6, 1, 4, 1, 311, 61, 1, 1] => self.usages.push(13),
                _ => self.unknown_usages.push(id),
            }
        }
        Ok(())
    }

    fn authority_info(&mut self, value: &[u8]) -> Result<(), Trouble> {
        let wrong = || builtin("x509: invalid authority info access");
        let mut all = Der(value).inside(SEQUENCE).ok_or_else(wrong)?;
        while !all.is_empty() {
            let mut one = all.inside(SEQUENCE).ok_or_else(wrong)?;
            let method = one.oid().ok_or_else(wrong)?;
            let Some(0x86) = one.peek() else { continue };
            let location = ia5(one.next().ok_or_else(wrong)?.body, "authority info access")?;
            match method.as_slice() {
                [1, 3, 6, 1, 5, 5, 7, 48, 1] => self.ocsp.push(location),
                [1, 3, 6, 1, 5, 5, 7, 48, 2] => self.issuers.push(location),
                _ => {}
            }
        }
        Ok(())
    }
}

fn distribution_points(value: &[u8]) -> Result<Vec<String>, Trouble> {
    let wrong = || builtin("x509: invalid CRL distribution points");
    let mut all = Der(value).inside(SEQUENCE).ok_or_else(wrong)?;
    let mut found = Vec::new();
    while !all.is_empty() {
        let mut point = all.inside(SEQUENCE).ok_or_else(wrong)?;
        let Some(name) = point.optional(0xa0).map_err(|()| wrong())? else { continue };
        let Some(full) = Der(name.body).optional(0xa0).map_err(|()| wrong())? else { continue };
        let mut names = Der(full.body);
        while !names.is_empty() {
            let one = names.next().ok_or_else(wrong)?;
            if one.tag == 0x86 {
                found.push(ia5(one.body, "CRL distribution point")?);
            }
        }
    }
    Ok(found)
}

/// A request.
pub fn request(bytes: &[u8]) -> Result<Request, Trouble> {
    let wrong = || builtin("asn1: structure error: no certificate request");
    let mut outer = Der(bytes);
    let whole = outer.take(SEQUENCE).ok_or_else(wrong)?;
    if !outer.is_empty() {
        return Err(builtin("asn1: syntax error: trailing data"));
    }
    let mut parts = Der(whole.body);
    let tbs = parts.take(SEQUENCE).ok_or_else(wrong)?;
    let mut inner = Der(tbs.body);
    let mut out = Request {
        raw: whole.whole.to_vec(),
        tbs: tbs.whole.to_vec(),
        version: u64::from(inner.small().ok_or_else(wrong)?),
        subject: name(inner.take(SEQUENCE).ok_or_else(wrong)?)?,
        ..Request::default()
    };
    let spki = inner.take(SEQUENCE).ok_or_else(wrong)?;
    out.spki = spki.whole.to_vec();
    out.key = Public::from_spki(Der(spki.whole))?;
    if let Some(attributes) = inner.optional(0xa0).map_err(|()| wrong())? {
        let mut all = Der(attributes.body);
        while !all.is_empty() {
            let mut one = all.inside(SEQUENCE).ok_or_else(wrong)?;
            let id = one.oid().ok_or_else(wrong)?;
            if id != [1, 2, 840, 113549, 1, 9, 14] {
                out.other_attributes = true;
                continue;
            }
            out.extensions = extensions(one.inside(SET).ok_or_else(wrong)?)?;
        }
    }
    let identifier = parts.inside(SEQUENCE).ok_or_else(wrong)?;
    out.algorithm = algorithm(identifier)?;
    out.signature = parts.bytes().ok_or_else(wrong)?.to_vec();
    for extension in &out.extensions {
        if extension.id == [2, 5, 29, 17] {
            out.alternatives = alternatives(&extension.value)?.0;
        }
    }
    Ok(out)
}
