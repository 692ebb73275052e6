//! Digests.

use std::fmt::Write;

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use md5::Md5;
use regorus::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Builtin, Trouble, text};

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
];

pub fn hex(bytes: &[u8]) -> Value {
    let mut out = String::with_capacity(bytes.len() * 2);
    bytes.iter().for_each(|byte| {
        let _ = write!(out, "{byte:02x}");
    });
    Value::from(out)
}

fn digest<D: Digest>(given: &[Value]) -> Result<Value, Trouble> {
    Ok(hex(&D::digest(text(given, 0)?)))
}

pub fn signed<M: Mac + KeyInit>(message: &str, key: &[u8]) -> Result<M, Trouble> {
    let mut mac = <M as Mac>::new_from_slice(key).map_err(|e| Trouble::Limit(e.to_string()))?;
    mac.update(message.as_bytes());
    Ok(mac)
}

fn keyed<M: Mac + KeyInit>(given: &[Value]) -> Result<Value, Trouble> {
    let mac: M = signed(text(given, 0)?, text(given, 1)?.as_bytes())?;
    Ok(hex(&mac.finalize().into_bytes()))
}

fn equal(given: &[Value]) -> Result<Value, Trouble> {
    Ok(Value::from(text(given, 0)? == text(given, 1)?))
}
