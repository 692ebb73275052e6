//! Digests, and tokens signed with a shared secret.

use std::fmt::Write;

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use md5::Md5;
use regorus::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{Builtin, Trouble, json, text};

/// The functions.
pub const BUILTINS: &[Builtin] = &[
    ("crypto.md5", 1, |given| digest::<Md5>(given)),
    ("crypto.sha1", 1, |given| digest::<Sha1>(given)),
    ("crypto.sha256", 1, |given| digest::<Sha256>(given)),
    ("crypto.hmac.md5", 2, |given| keyed::<Hmac<Md5>>(given)),
    ("crypto.hmac.sha1", 2, |given| keyed::<Hmac<Sha1>>(given)),
    ("crypto.hmac.sha256", 2, |given| keyed::<Hmac<Sha256>>(given)),
    ("crypto.hmac.sha512", 2, |given| keyed::<Hmac<Sha512>>(given)),
    ("crypto.hmac.equal", 2, equal),
    ("io.jwt.decode", 1, |given| decode(text(given, 0)?, 0)),
    ("io.jwt.verify_hs256", 2, |given| verify::<Hmac<Sha256>>(given)),
    ("io.jwt.verify_hs384", 2, |given| verify::<Hmac<Sha384>>(given)),
    ("io.jwt.verify_hs512", 2, |given| verify::<Hmac<Sha512>>(given)),
];

fn hex(bytes: &[u8]) -> Value {
    let mut out = String::with_capacity(bytes.len() * 2);
    bytes.iter().for_each(|byte| {
        let _ = write!(out, "{byte:02x}");
    });
    Value::from(out)
}

fn digest<D: Digest>(given: &[Value]) -> Result<Value, Trouble> {
    Ok(hex(&D::digest(text(given, 0)?)))
}

fn signed<M: Mac + KeyInit>(message: &str, key: &str) -> Result<M, Trouble> {
    let mut mac = <M as Mac>::new_from_slice(key.as_bytes()).map_err(|e| Trouble::Limit(e.to_string()))?;
    mac.update(message.as_bytes());
    Ok(mac)
}

fn keyed<M: Mac + KeyInit>(given: &[Value]) -> Result<Value, Trouble> {
    let mac: M = signed(text(given, 0)?, text(given, 1)?)?;
    Ok(hex(&mac.finalize().into_bytes()))
}

fn equal(given: &[Value]) -> Result<Value, Trouble> {
    Ok(Value::from(text(given, 0)? == text(given, 1)?))
}

/// Base64 for URLs, with or without padding, as Go reads it: line breaks do not count, spare bits may be set.
fn base64url(text: &str) -> Result<Vec<u8>, Trouble> {
    let invalid = || Trouble::Builtin("illegal base64 data".to_owned());
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let padding = digits.iter().rev().take_while(|&&byte| byte == b'=').count();
    let body = digits.get(..digits.len() - padding).unwrap_or_default();
    // OPA adds padding by the length of the text, line breaks included.
    let missing = match text.len() % 4 {
        _ if text.ends_with('=') => 0,
        0 => 0,
        2 => 2,
        3 => 1,
        _ => return Err(invalid()),
    };
    if body.len() % 4 == 1 || (padding + missing + body.len()) % 4 != 0 || padding + missing > 2 {
        return Err(invalid());
    }
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 2);
    for group in body.chunks(4) {
        let mut bits = 0u32;
        for byte in group {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'-' => 62,
                b'_' => 63,
                _ => return Err(invalid()),
            };
            bits = bits << 6 | u32::from(digit);
        }
        bits <<= 6 * (4 - group.len());
        let [_, bytes @ ..] = bits.to_be_bytes();
        out.extend(bytes.iter().take(group.len() - 1));
    }
    Ok(out)
}

/// The three parts of a token.
fn sections(token: &str) -> Result<[&str; 3], Trouble> {
    let parts: Vec<&str> = token.split('.').collect();
    <[&str; 3]>::try_from(parts)
        .map_err(|parts| Trouble::Builtin(format!("encoded JWT must have 3 sections, found {}", parts.len())))
}

/// A part that is a JSON object.
fn object(part: &[u8]) -> Result<Value, Trouble> {
    let value = json::unmarshal(&[Value::from(String::from_utf8_lossy(part).as_ref())])?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(Trouble::Builtin("decoded JSON type was not an Object".to_owned())),
    }
}

/// Header, payload and signature. The payload of a token can be a token.
fn decode(token: &str, depth: usize) -> Result<Value, Trouble> {
    let [header, payload, signature] = sections(token)?;
    let header = object(&base64url(header)?)?;
    let field = |name: &str| header.as_object().ok().and_then(|fields| fields.get(&Value::from(name)));
    if field("enc").is_some() {
        return Err(Trouble::Builtin("JWT is a JWE object, which is not supported".to_owned()));
    }
    let payload = base64url(payload)?;
    match field("cty") {
        Some(Value::String(kind)) if &**kind == "JWT" && depth < 20 => {
            let inner = String::from_utf8_lossy(&payload);
            return decode(inner.trim_matches(['"', '\'']), depth + 1);
        }
        None | Some(Value::String(_)) if depth < 20 => {}
        _ => return Err(Trouble::Limit("a token of this kind is not for this engine".to_owned())),
    }
    let payload = object(&payload)?;
    let signature = hex(&base64url(signature)?);
    Ok(Value::from(vec![header, payload, signature]))
}

fn verify<M: Mac + KeyInit>(given: &[Value]) -> Result<Value, Trouble> {
    let token = text(given, 0)?;
    let [_, _, signature] = sections(token)?;
    let message = token.rsplit_once('.').map_or("", |(message, _)| message);
    let mac: M = signed(message, text(given, 1)?)?;
    Ok(Value::from(mac.verify_slice(&base64url(signature)?).is_ok()))
}
