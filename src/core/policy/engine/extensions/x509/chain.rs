//! Whether a certificate goes back to a root, as Go's `Certificate.Verify` decides.

use regorus::Value;

use super::parse::Certificate;
use crate::core::policy::engine::extensions::Trouble;
use crate::core::policy::engine::extensions::keys::{Digest, Public, builtin, limit, verify as is_signed};

/// What a chain must fulfil.
#[derive(Default)]
pub struct Options {
    /// Nanoseconds since 1970.
    pub time: Option<i64>,
    dns: String,
    /// Go's numbers of usages; that of servers if empty.
    usages: Vec<u64>,
}

const USAGES: &[&str] = &[
    "KeyUsageAny",
    "KeyUsageServerAuth",
    "KeyUsageClientAuth",
    "KeyUsageCodeSigning",
    "KeyUsageEmailProtection",
    "KeyUsageIPSECEndSystem",
    "KeyUsageIPSECTunnel",
    "KeyUsageIPSECUser",
    "KeyUsageTimeStamping",
    "KeyUsageOCSPSigning",
    "KeyUsageMicrosoftServerGatedCrypto",
    "KeyUsageNetscapeServerGatedCrypto",
    "KeyUsageMicrosoftCommercialCodeSigning",
    "KeyUsageMicrosoftKernelCodeSigning",
];

impl Options {
    /// From the object that OPA takes.
    pub fn read(options: &Value) -> Result<Self, Trouble> {
        let mut out = Self::default();
        for (key, value) in options.as_object().map_err(|_| builtin("options should be an object"))?.iter() {
            let Value::String(key) = key else { continue };
            match (&**key, value) {
                ("DNSName", Value::String(name)) => out.dns = name.trim_matches('"').to_owned(),
                ("DNSName", _) => return Err(builtin("'DNSName' should be a string")),
                ("CurrentTime", Value::Number(time)) => {
                    let wrong = || builtin("'CurrentTime' should be a valid int64 number");
                    out.time = Some(time.as_i64().ok_or_else(wrong)?);
                }
                ("CurrentTime", _) => return Err(builtin("'CurrentTime' should be a number")),
                ("MaxConstraintComparisons", Value::Number(_)) => {}
                ("MaxConstraintComparisons", _) => {
                    return Err(builtin("'MaxConstraintComparisons' should be a number"));
                }
                ("KeyUsages", Value::Array(_) | Value::Set(_)) => {
                    let names: Vec<&Value> = match value {
                        Value::Array(items) => items.iter().collect(),
                        Value::Set(items) => items.iter().collect(),
                        _ => Vec::new(),
                    };
                    for name in names {
                        let Value::String(name) = name else { continue };
                        let name = name.trim_matches('"');
                        let known = USAGES
                            .iter()
                            .position(|known| *known == name)
                            .and_then(|at| u64::try_from(at).ok());
                        let wrong = || builtin(&format!("invalid entries for 'KeyUsages' found: [{name}]"));
                        out.usages.push(known.ok_or_else(wrong)?);
                    }
                }
                ("KeyUsages", _) => return Err(builtin("'KeyUsages' should be an Array or Set")),
                _ => return Err(builtin("invalid key option")),
            }
        }
        Ok(out)
    }
}

/// Where in a chain a certificate stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Leaf,
    Intermediate,
    Root,
}

/// The first is the root, the last is to be verified, those between may help. The chain from the last to the first.
pub fn verify<'a>(
    all: &'a [Certificate],
    options: &Options,
) -> Result<Option<Vec<&'a Certificate>>, Trouble> {
    let [root, between @ .., leaf] = all else { return Ok(None) };
    if !is_valid(leaf, Place::Leaf, &[], options)? {
        return Ok(None);
    }
    if !options.dns.is_empty() && !is_named(leaf, &options.dns)? {
        return Ok(None);
    }
    let mut search = Search { root, between, options, steps: 0 };
    if leaf.raw == root.raw {
        return Ok(search.suits(&[leaf]).then(|| vec![leaf]));
    }
    search.extend(&[leaf])
}

struct Search<'a, 'o> {
    root: &'a Certificate,
    between: &'a [Certificate],
    options: &'o Options,
    steps: usize,
}

impl<'a> Search<'a, '_> {
    fn extend(&mut self, chain: &[&'a Certificate]) -> Result<Option<Vec<&'a Certificate>>, Trouble> {
        let Some(&child) = chain.last() else { return Ok(None) };
        let parents = std::iter::once((self.root, Place::Root))
            .chain(self.between.iter().map(|one| (one, Place::Intermediate)))
            .filter(|(parent, _)| parent.subject.raw == child.issuer.raw)
            .filter(|(parent, _)| !chain.iter().any(|known| is_same(known, parent)));
        for (parent, place) in parents.collect::<Vec<_>>() {
            self.steps += 1;
            if self.steps > 100 {
                return Err(limit("a search this long for a chain of certificates"));
            }
            if !is_signed_by(child, parent)? || !is_valid(parent, place, chain, self.options)? {
                continue;
            }
            let longer: Vec<&Certificate> = chain.iter().copied().chain([parent]).collect();
            if place == Place::Root {
                if self.suits(&longer) {
                    return Ok(Some(longer));
                }
            } else if let Some(found) = self.extend(&longer)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Whether every certificate of the chain is for one of the wanted usages.
    fn suits(&self, chain: &[&Certificate]) -> bool {
        let mut wanted = if self.options.usages.is_empty() { vec![1] } else { self.options.usages.clone() };
        if wanted.contains(&0) {
            return true;
        }
        for one in chain.iter().rev() {
            if (one.usages.is_empty() && one.unknown_usages.is_empty()) || one.usages.contains(&0) {
                continue;
            }
            wanted.retain(|usage| one.usages.contains(usage));
        }
        !wanted.is_empty()
    }
}

/// Go takes those for one and the same that have subject, key and names in common.
fn is_same(a: &Certificate, b: &Certificate) -> bool {
    let names = |one: &Certificate| {
        one.extensions
            .iter()
            .find(|extension| extension.id == [2, 5, 29, 17])
            .map(|found| found.value.clone())
    };
    a.subject.raw == b.subject.raw && a.spki == b.spki && names(a) == names(b)
}

fn is_valid(
    one: &Certificate,
    place: Place,
    chain: &[&Certificate],
    options: &Options,
) -> Result<bool, Trouble> {
    if !one.unhandled.is_empty() {
        return Ok(false);
    }
    let now = options.time.unwrap_or_default();
    let (start, end) = (i128::from(one.not_before), i128::from(one.not_after));
    let now = i128::from(now);
    if now < start * 1_000_000_000 || now > end * 1_000_000_000 {
        return Ok(false);
    }
    if place != Place::Leaf && one.extensions.iter().any(|extension| extension.id == [2, 5, 29, 30]) {
        return Err(limit("a chain of certificates with name constraints"));
    }
    if place == Place::Intermediate && !(one.basic_constraints && one.is_ca) {
        return Ok(false);
    }
    let between = i64::try_from(chain.len()).unwrap_or(i64::MAX) - 1;
    Ok(!(one.basic_constraints && one.max_path >= 0 && between > one.max_path))
}

fn is_signed_by(child: &Certificate, parent: &Certificate) -> Result<bool, Trouble> {
    let no_ca = if parent.basic_constraints { !parent.is_ca } else { parent.version == 3 };
    if no_ca || (parent.key_usage != 0 && parent.key_usage & 32 == 0) {
        return Ok(false);
    }
    let Some(key) = &parent.key else { return Ok(false) };
    let (kind, digest) = match child.algorithm {
        4 => ("RS", Digest::Sha256),
        5 => ("RS", Digest::Sha384),
        6 => ("RS", Digest::Sha512),
        10 => ("ES", Digest::Sha256),
        11 => ("ES", Digest::Sha384),
        12 => ("ES", Digest::Sha512),
        13 => ("PS", Digest::Sha256),
        14 => ("PS", Digest::Sha384),
        15 => ("PS", Digest::Sha512),
        16 => ("Ed", Digest::Sha512),
        // MD5 and SHA-1 are not secure; the others Go does not know.
        _ => return Ok(false),
    };
    let numbers = match (kind, key) {
        ("ES", Public::Ec(curve, ..)) => ecdsa_numbers(&child.signature, curve.size()),
        _ => Some(child.signature.clone()),
    };
    match numbers {
        Some(signature) => is_signed(key, kind, digest, &child.tbs, &signature),
        None => Ok(false),
    }
}

/// The two numbers of a signature in DER, one after the other.
fn ecdsa_numbers(signature: &[u8], size: usize) -> Option<Vec<u8>> {
    use crate::core::policy::engine::extensions::keys::{der, fixed};
    let mut outer = der::Der(signature);
    let mut inner = outer.inside(der::SEQUENCE).filter(|_| outer.is_empty())?;
    let (r, s) = (inner.unsigned()?, inner.unsigned()?);
    inner.is_empty().then_some([fixed(r, size)?, fixed(s, size)?].concat())
}

/// Whether a certificate is for this host.
fn is_named(one: &Certificate, host: &str) -> Result<bool, Trouble> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = bare.parse::<core::net::IpAddr>() {
        let v4 = match ip {
            core::net::IpAddr::V4(four) => Some(four),
            core::net::IpAddr::V6(six) => six.to_ipv4_mapped(),
        };
        let full = match ip {
            core::net::IpAddr::V4(four) => four.to_ipv6_mapped().octets(),
            core::net::IpAddr::V6(six) => six.octets(),
        };
        return Ok(one
            .alternatives
            .ips
            .iter()
            .any(|known| *known == full || v4.is_some_and(|four| *known == four.octets())));
    }
    if !host.is_ascii() {
        return Err(limit("a host name of other letters than ASCII's"));
    }
    let host = host.to_ascii_lowercase();
    let is_host = is_host_name(&host, false);
    Ok(one.alternatives.dns.iter().any(|pattern| {
        let pattern = pattern.to_ascii_lowercase();
        if is_host && is_host_name(&pattern, true) {
            return matches(&pattern, &host);
        }
        !host.is_empty() && !pattern.is_empty() && pattern == host
    }))
}

fn is_host_name(name: &str, pattern: bool) -> bool {
    let name = if pattern { name } else { name.strip_suffix('.').unwrap_or(name) };
    if name.is_empty() || name == "*" {
        return false;
    }
    name.split('.').enumerate().all(|(at, label)| {
        if pattern && at == 0 && label == "*" {
            return true;
        }
        let inner = |(at, c): (usize, char)| c.is_ascii_alphanumeric() || c == '_' || (c == '-' && at != 0);
        !label.is_empty() && label.chars().enumerate().all(inner)
    })
}

fn matches(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let (patterns, labels): (Vec<&str>, Vec<&str>) =
        (pattern.split('.').collect(), host.split('.').collect());
    patterns.len() == labels.len()
        && patterns
            .iter()
            .zip(&labels)
            .enumerate()
            .all(|(at, (pattern, label))| (at == 0 && *pattern == "*") || pattern == label)
}
