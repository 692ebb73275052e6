//! Certificates and requests as Go's `json.Marshal` prints them.

use core::net::{Ipv4Addr, Ipv6Addr};

use chrono::DateTime;
use regorus::Value;

use super::names::Name;
use super::parse::{Certificate, Extension, Request};
use crate::core::policy::engine::extensions::Trouble;
use crate::core::policy::engine::extensions::keys::der::to_base64;
use crate::core::policy::engine::extensions::keys::{limit, number, object};

fn bytes(bytes: &[u8]) -> Value {
    Value::from(to_base64(bytes))
}

fn optional_bytes(found: Option<&Vec<u8>>) -> Value {
    found.map_or(Value::Null, |found| bytes(found))
}

fn id(id: &[u64]) -> Value {
    Value::from(id.iter().map(|&part| Value::from(part)).collect::<Vec<_>>())
}

/// A list; `null` if there is nothing.
fn list<T>(items: &[T], print: impl Fn(&T) -> Value) -> Value {
    if items.is_empty() { Value::Null } else { Value::from(items.iter().map(print).collect::<Vec<_>>()) }
}

fn texts(items: &[String]) -> Value {
    list(items, |text| Value::from(text.as_str()))
}

fn dotted(id: &[u64]) -> Value {
    Value::from(id.iter().map(u64::to_string).collect::<Vec<_>>().join("."))
}

/// An address as Go prints it.
fn address(ip: &[u8]) -> Value {
    let text = match (<[u8; 4]>::try_from(ip), <[u8; 16]>::try_from(ip)) {
        (Ok(four), _) => Ipv4Addr::from(four).to_string(),
        (_, Ok(six)) => {
            let six = Ipv6Addr::from(six);
            six.to_ipv4_mapped().map_or_else(|| six.to_string(), |four| four.to_string())
        }
        _ => String::new(),
    };
    Value::from(text)
}

fn network((ip, mask): &(Vec<u8>, Vec<u8>)) -> Value {
    object([("IP", address(ip)), ("Mask", bytes(mask))])
}

/// A URI with scheme and host, which it has been checked to have.
fn uri(text: &str) -> Value {
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (text, force, query) = match text.split_once('?') {
        Some((text, "")) => (text, true, ""),
        Some((text, query)) => (text, false, query),
        None => (text, false, ""),
    };
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    object([
        ("Scheme", Value::from(scheme.to_ascii_lowercase())),
        ("Opaque", Value::from("")),
        ("User", Value::Null),
        ("Host", Value::from(host)),
        ("Path", Value::from(path)),
        ("RawPath", Value::from("")),
        ("OmitHost", Value::from(false)),
        ("ForceQuery", Value::from(force)),
        ("RawQuery", Value::from(query)),
        ("Fragment", Value::from(fragment)),
        ("RawFragment", Value::from("")),
    ])
}

fn name(name: &Name) -> Value {
    let of = |kind: u64| name.parts.iter().filter(move |(id, _)| id.as_slice() == [2, 5, 4, kind]);
    let all = |kind: u64| texts(&of(kind).map(|(_, text)| text.clone()).collect::<Vec<_>>());
    let last = |kind: u64| Value::from(of(kind).next_back().map_or("", |(_, text)| text.as_str()));
    object([
        ("Country", all(6)),
        ("Organization", all(10)),
        ("OrganizationalUnit", all(11)),
        ("Locality", all(7)),
        ("Province", all(8)),
        ("StreetAddress", all(9)),
        ("PostalCode", all(17)),
        ("SerialNumber", last(5)),
        ("CommonName", last(3)),
        (
            "Names",
            list(&name.parts, |(kind, text)| {
                object([("Type", id(kind)), ("Value", Value::from(text.as_str()))])
            }),
        ),
        ("ExtraNames", Value::Null),
    ])
}

fn extension(extension: &Extension) -> Value {
    object([
        ("Id", id(&extension.id)),
        ("Critical", Value::from(extension.critical)),
        ("Value", bytes(&extension.value)),
    ])
}

fn time(seconds: i64) -> Result<Value, Trouble> {
    let time = DateTime::from_timestamp(seconds, 0).ok_or_else(|| limit("a time this far away"))?;
    Ok(Value::from(time.format("%Y-%m-%dT%H:%M:%SZ").to_string()))
}

/// A certificate; `uris`: with what OPA adds to it.
pub fn certificate(one: &Certificate, uris: bool) -> Result<Value, Trouble> {
    let nothing = Value::Null;
    let (zero, no) = (|| Value::from(0u64), || Value::from(false));
    let mut fields = vec![
        ("Raw", bytes(&one.raw)),
        ("RawTBSCertificate", bytes(&one.tbs)),
        ("RawSubjectPublicKeyInfo", bytes(&one.spki)),
        ("RawSubject", bytes(&one.subject.raw)),
        ("RawIssuer", bytes(&one.issuer.raw)),
        ("Signature", bytes(&one.signature)),
        ("SignatureAlgorithm", Value::from(one.algorithm)),
        ("PublicKeyAlgorithm", Value::from(one.key.as_ref().map_or(0, |key| key.algorithm()))),
        ("PublicKey", one.key.as_ref().map_or(Value::Null, |key| key.go_json())),
        ("Version", Value::from(one.version)),
        ("SerialNumber", number(&one.serial)),
        ("Issuer", name(&one.issuer)),
        ("Subject", name(&one.subject)),
        ("NotBefore", time(one.not_before)?),
        ("NotAfter", time(one.not_after)?),
        ("KeyUsage", Value::from(one.key_usage)),
        ("Extensions", list(&one.extensions, extension)),
        ("ExtraExtensions", nothing.clone()),
        ("UnhandledCriticalExtensions", list(&one.unhandled, |one| id(one))),
        ("ExtKeyUsage", list(&one.usages, |usage| Value::from(*usage))),
        ("UnknownExtKeyUsage", list(&one.unknown_usages, |one| id(one))),
        ("BasicConstraintsValid", Value::from(one.basic_constraints)),
        ("IsCA", Value::from(one.is_ca)),
        ("MaxPathLen", Value::from(one.max_path)),
        ("MaxPathLenZero", Value::from(one.basic_constraints && one.max_path == 0)),
        ("SubjectKeyId", optional_bytes(one.subject_key.as_ref())),
        ("AuthorityKeyId", optional_bytes(one.authority_key.as_ref())),
        ("OCSPServer", texts(&one.ocsp)),
        ("IssuingCertificateURL", texts(&one.issuers)),
        ("DNSNames", texts(&one.alternatives.dns)),
        ("EmailAddresses", texts(&one.alternatives.emails)),
        ("IPAddresses", list(&one.alternatives.ips, |ip| address(ip))),
        ("URIs", list(&one.alternatives.uris, |text| uri(text))),
        ("PermittedDNSDomainsCritical", Value::from(one.constraints_critical)),
        ("PermittedDNSDomains", texts(&one.permitted.dns)),
        ("ExcludedDNSDomains", texts(&one.excluded.dns)),
        ("PermittedIPRanges", list(&one.permitted.ips, network)),
        ("ExcludedIPRanges", list(&one.excluded.ips, network)),
        ("PermittedEmailAddresses", texts(&one.permitted.emails)),
        ("ExcludedEmailAddresses", texts(&one.excluded.emails)),
        ("PermittedURIDomains", texts(&one.permitted.uris)),
        ("ExcludedURIDomains", texts(&one.excluded.uris)),
        ("CRLDistributionPoints", texts(&one.crls)),
        ("PolicyIdentifiers", list(&one.policies, |one| id(one))),
        ("Policies", list(&one.policies, |one| dotted(one))),
        ("InhibitAnyPolicy", zero()),
        ("InhibitAnyPolicyZero", no()),
        ("InhibitPolicyMapping", zero()),
        ("InhibitPolicyMappingZero", no()),
        ("RequireExplicitPolicy", zero()),
        ("RequireExplicitPolicyZero", no()),
        ("PolicyMappings", nothing),
    ];
    if uris {
        fields.push(("URIStrings", texts(&one.alternatives.uris)));
    }
    Ok(object(fields))
}

/// A request.
pub fn request(one: &Request) -> Result<Value, Trouble> {
    if one.other_attributes {
        return Err(limit("a certificate request with other attributes than extensions"));
    }
    let asked =
        |extension: &Extension| object([("Type", id(&extension.id)), ("Value", bytes(&extension.value))]);
    // Go takes the flag for the value.
    if one.extensions.iter().any(|extension| extension.critical) {
        return Err(limit("a certificate request with critical extensions"));
    }
    let attributes = match one.extensions.is_empty() {
        true => Value::Null,
        false => Value::from(vec![object([
            ("Type", id(&[1, 2, 840, 113549, 1, 9, 14])),
            ("Value", Value::from(vec![list(&one.extensions, asked)])),
        ])]),
    };
    Ok(object([
        ("Raw", bytes(&one.raw)),
        ("RawTBSCertificateRequest", bytes(&one.tbs)),
        ("RawSubjectPublicKeyInfo", bytes(&one.spki)),
        ("RawSubject", bytes(&one.subject.raw)),
        ("Version", Value::from(one.version)),
        ("Signature", bytes(&one.signature)),
        ("SignatureAlgorithm", Value::from(one.algorithm)),
        ("PublicKeyAlgorithm", Value::from(one.key.as_ref().map_or(0, |key| key.algorithm()))),
        ("PublicKey", one.key.as_ref().map_or(Value::Null, |key| key.go_json())),
        ("Subject", name(&one.subject)),
        ("Attributes", attributes),
        ("Extensions", list(&one.extensions, extension)),
        ("ExtraExtensions", Value::Null),
        ("DNSNames", texts(&one.alternatives.dns)),
        ("EmailAddresses", texts(&one.alternatives.emails)),
        ("IPAddresses", list(&one.alternatives.ips, |ip| address(ip))),
        ("URIs", list(&one.alternatives.uris, |text| uri(text))),
    ]))
}
