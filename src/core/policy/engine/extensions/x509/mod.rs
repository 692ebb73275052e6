//! Certificates, requests and keys: `crypto.x509.*` and `crypto.parse_private_keys`.

mod algorithms;
mod chain;
mod names;
mod parse;
mod print;

use regorus::Value;

use self::parse::{Certificate, certificates};
use super::keys::der::{base64, pem, to_base64};
use super::keys::{Private, Public, builtin, object};
use super::{Builtin, Trouble, text, world};

/// The functions.
pub const BUILTINS: &[Builtin] = &[
    ("crypto.x509.parse_certificates", 1, parse_certificates),
    ("crypto.x509.parse_and_verify_certificates", 1, verify),
    ("crypto.x509.parse_and_verify_certificates_with_options", 2, verify_with_options),
    ("crypto.x509.parse_certificate_request", 1, request),
    ("crypto.x509.parse_keypair", 2, keypair),
    ("crypto.x509.parse_rsa_private_key", 1, rsa_private_key),
    ("crypto.parse_private_keys", 1, private_keys),
];

/// Base64 that Go refuses.
fn illegal() -> Trouble {
    builtin("illegal base64 data")
}

/// The public key of a certificate in DER.
pub fn public_key(bytes: &[u8]) -> Result<Option<Public>, Trouble> {
    let all = certificates(bytes)?;
    match <[Certificate; 1]>::try_from(all) {
        Ok([certificate]) => Ok(certificate.key),
        Err(_) => Err(builtin("failed to parse a PEM certificate: x509: trailing data")),
    }
}

/// The certificates of PEM, or of PEM or DER in base64.
fn certificates_of(source: &str) -> Result<Vec<Certificate>, Trouble> {
    if source.starts_with("-----BEGIN") {
        return from_pem(source);
    }
    let bytes = base64(source).ok_or_else(illegal)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.starts_with("-----BEGIN") => from_pem(text),
        _ => certificates(&bytes),
    }
}

fn from_pem(source: &str) -> Result<Vec<Certificate>, Trouble> {
    let mut bytes = Vec::new();
    let mut rest = source;
    while let Some((kind, block, after)) = pem(rest) {
        if kind != "CERTIFICATE" {
            return Err(builtin(&format!("PEM block type is '{kind}', expected CERTIFICATE")));
        }
        bytes.extend(block);
        rest = after;
    }
    certificates(&bytes)
}

fn parse_certificates(given: &[Value]) -> Result<Value, Trouble> {
    let all = certificates_of(text(given, 0)?)?;
    printed(&all, true)
}

fn printed(all: &[Certificate], uris: bool) -> Result<Value, Trouble> {
    let all: Result<Vec<Value>, Trouble> = all.iter().map(|one| print::certificate(one, uris)).collect();
    all.map(Value::from)
}

fn unverified() -> Value {
    Value::from(vec![Value::from(false), Value::new_array()])
}

fn verify(given: &[Value]) -> Result<Value, Trouble> {
    verified(text(given, 0)?, true, || Ok(chain::Options::default()))
}

fn verify_with_options(given: &[Value]) -> Result<Value, Trouble> {
    let source = text(given, 0)?;
    let Some(options @ Value::Object(_)) = given.get(1) else { return Err(super::wrong(given, 1, "object")) };
    verified(source, false, || chain::Options::read(options))
}

fn verified(
    source: &str,
    uris: bool,
    options: impl FnOnce() -> Result<chain::Options, Trouble>,
) -> Result<Value, Trouble> {
    let all = match certificates_of(source) {
        Ok(all) => all,
        Err(Trouble::Builtin(_)) => return Ok(unverified()),
        Err(limit) => return Err(limit),
    };
    let mut options = options()?;
    if options.time.is_none() {
        options.time = Some(world::now()?);
    }
    match chain::verify(&all, &options)? {
        Some(chain) => {
            let chain: Vec<Certificate> = chain.into_iter().cloned().collect();
            Ok(Value::from(vec![Value::from(true), printed(&chain, uris)?]))
        }
        None => Ok(unverified()),
    }
}

fn request(given: &[Value]) -> Result<Value, Trouble> {
    let source = text(given, 0)?;
    let decoded;
    let mut bytes: Vec<u8>;
    let source = if source.starts_with("-----BEGIN CERTIFICATE REQUEST-----") {
        bytes = source.as_bytes().to_vec();
        source
    } else {
        bytes = base64(source).ok_or_else(illegal)?;
        decoded = String::from_utf8_lossy(&bytes).into_owned();
        decoded.as_str()
    };
    if let Some((kind, block, _)) = pem(source) {
        if kind != "CERTIFICATE REQUEST" {
            return Err(builtin("invalid PEM-encoded certificate signing request"));
        }
        bytes = block;
    }
    print::request(&parse::request(&bytes)?)
}

/// PEM as it is, or base64 of PEM or DER: the blocks in it. DER is one block of this kind.
fn blocks(source: &str, kind: &str) -> Result<Vec<(String, Vec<u8>)>, Trouble> {
    let decoded;
    let source = if source.starts_with("-----BEGIN ") {
        source
    } else {
        let bytes = base64(source).ok_or_else(illegal)?;
        decoded = match String::from_utf8(bytes) {
            Ok(text) if text.starts_with("-----BEGIN ") => text,
            Ok(text) => return Ok(vec![(kind.to_owned(), text.into_bytes())]),
            Err(error) => return Ok(vec![(kind.to_owned(), error.into_bytes())]),
        };
        decoded.as_str()
    };
    let mut found = Vec::new();
    let mut rest = source;
    while let Some((kind, bytes, after)) = pem(rest) {
        found.push((kind.to_owned(), bytes));
        rest = after;
    }
    Ok(found)
}

fn keypair(given: &[Value]) -> Result<Value, Trouble> {
    let (source, key) = (text(given, 0)?, text(given, 1)?);
    let chain: Vec<Vec<u8>> = blocks(source, "CERTIFICATE")?
        .into_iter()
        .filter_map(|(kind, bytes)| (kind == "CERTIFICATE").then_some(bytes))
        .collect();
    let first =
        chain.first().ok_or_else(|| builtin("tls: failed to find any PEM data in certificate input"))?;
    let leaf = certificates(first)?;
    let leaf = leaf.first().ok_or_else(|| builtin("x509: malformed certificate"))?;
    let key = blocks(key, "PRIVATE KEY")?
        .into_iter()
        .find(|(kind, _)| kind == "PRIVATE KEY" || kind.ends_with(" PRIVATE KEY"))
        .ok_or_else(|| builtin("tls: failed to find any PEM data in key input"))?;
    let key = Private::from_any(&key.1)?;
    if leaf.key.is_none() {
        return Err(builtin("tls: unknown public key algorithm"));
    }
    if leaf.key != key.public() {
        return Err(builtin("tls: private key does not match public key"));
    }
    let chain: Vec<Value> = chain.iter().map(|bytes| Value::from(to_base64(bytes))).collect();
    Ok(object([
        ("Certificate", Value::from(chain)),
        ("Leaf", print::certificate(leaf, false)?),
        ("OCSPStaple", Value::Null),
        ("PrivateKey", key.go_json().ok_or_else(|| builtin("tls: failed to parse private key"))?),
        ("SignedCertificateTimestamps", Value::Null),
        ("SupportedSignatureAlgorithms", Value::Null),
    ]))
}

/// All private keys of PEM, or of PEM in base64. Other blocks do not count.
fn keys(source: &str) -> Result<Vec<Private>, Trouble> {
    let decoded = base64(source).and_then(|bytes| String::from_utf8(bytes).ok());
    let mut rest = decoded.as_deref().unwrap_or(source);
    let mut found = Vec::new();
    while let Some((kind, bytes, after)) = pem(rest) {
        if let Some(key) = Private::from_block(kind, &bytes) {
            found.push(key?);
        }
        rest = after;
    }
    Ok(found)
}

fn private_keys(given: &[Value]) -> Result<Value, Trouble> {
    let source = text(given, 0)?;
    if source.is_empty() {
        return Ok(Value::Null);
    }
    let wrong = || builtin("x509: failed to parse private key");
    let all: Result<Vec<Value>, Trouble> =
        keys(source)?.iter().map(|key| key.go_json().ok_or_else(wrong)).collect();
    all.map(Value::from)
}

fn rsa_private_key(given: &[Value]) -> Result<Value, Trouble> {
    let source = text(given, 0)?;
    if source.is_empty() {
        return Err(builtin("input PEM data was empty"));
    }
    let decoded;
    let source = if source.starts_with("-----BEGIN") {
        source
    } else {
        decoded = base64(source).ok_or_else(illegal)?;
        std::str::from_utf8(&decoded).unwrap_or_default()
    };
    match keys(source)?.first() {
        None => Ok(Value::Null),
        Some(key) => key.jwk().ok_or_else(|| builtin("x509: failed to parse private key")),
    }
}
