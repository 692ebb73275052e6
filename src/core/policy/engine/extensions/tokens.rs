//! Tokens: `io.jwt.*`.

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use regorus::Value;
use sha2::{Sha256, Sha384, Sha512};

use super::crypto::{hex, signed};
use super::keys::der::{pem, to_base64url};
use super::keys::{Digest, Jwk, Public, builtin, limit, object as fields_of, parse_jwks, sign, verify};
use super::{Builtin, Trouble, json, printed, text, world, x509};

/// The functions.
pub const BUILTINS: &[Builtin] = &[
    ("io.jwt.decode", 1, |given| decode(text(given, 0)?, 0)),
    ("io.jwt.verify_hs256", 2, |given| verify_hs::<Hmac<Sha256>>(given)),
    ("io.jwt.verify_hs384", 2, |given| verify_hs::<Hmac<Sha384>>(given)),
    ("io.jwt.verify_hs512", 2, |given| verify_hs::<Hmac<Sha512>>(given)),
    ("io.jwt.verify_rs256", 2, |given| verify_with(given, "RS", Digest::Sha256)),
    ("io.jwt.verify_rs384", 2, |given| verify_with(given, "RS", Digest::Sha384)),
    ("io.jwt.verify_rs512", 2, |given| verify_with(given, "RS", Digest::Sha512)),
    ("io.jwt.verify_ps256", 2, |given| verify_with(given, "PS", Digest::Sha256)),
    ("io.jwt.verify_ps384", 2, |given| verify_with(given, "PS", Digest::Sha384)),
    ("io.jwt.verify_ps512", 2, |given| verify_with(given, "PS", Digest::Sha512)),
    ("io.jwt.verify_es256", 2, |given| verify_with(given, "ES", Digest::Sha256)),
    ("io.jwt.verify_es384", 2, |given| verify_with(given, "ES", Digest::Sha384)),
    ("io.jwt.verify_es512", 2, |given| verify_with(given, "ES", Digest::Sha512)),
    ("io.jwt.verify_eddsa", 2, |given| verify_with(given, "Ed", Digest::Sha512)),
    ("io.jwt.decode_verify", 2, decode_verify),
    ("io.jwt.encode_sign", 3, encode_sign),
    ("io.jwt.encode_sign_raw", 3, encode_sign_raw),
];

/// The algorithms that OPA knows.
const ALGORITHMS: &[&str] = &[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384",
    "HS512", "EdDSA",
];

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

fn verify_hs<M: Mac + KeyInit>(given: &[Value]) -> Result<Value, Trouble> {
    let token = text(given, 0)?;
    let [_, _, signature] = sections(token)?;
    let message = token.rsplit_once('.').map_or("", |(message, _)| message);
    let mac: M = signed(message, text(given, 1)?.as_bytes())?;
    Ok(Value::from(mac.verify_slice(&base64url(signature)?).is_ok()))
}

/// What the header of a token says.
#[derive(Default)]
struct Header {
    alg: String,
    kid: String,
    cty: String,
    /// Every parameter that must be understood is.
    understood: bool,
}

impl Header {
    fn read(header: &Value) -> Result<Self, Trouble> {
        let mut out = Self { understood: true, ..Self::default() };
        let fields = header.as_object().map_err(|_| builtin("bad JWT header"))?;
        for (name, value) in fields.iter() {
            let Value::String(name) = name else { continue };
            let place = match &**name {
                "alg" => Some(&mut out.alg),
                "kid" => Some(&mut out.kid),
                "cty" => Some(&mut out.cty),
                "typ" => None,
                "crit" => {
                    let Value::Array(items) = value else { return Err(builtin("crit: must be a list")) };
                    let names: Vec<&Value> =
                        items.iter().take_while(|item| matches!(item, Value::String(_))).collect();
                    if names.is_empty() {
                        return Err(builtin("crit: must be a nonempty list"));
                    }
                    let known = |name: &Value| {
                        ["alg", "kid", "cty", "typ", "crit"].iter().any(|known| *name == Value::from(*known))
                    };
                    out.understood = !names.iter().any(|name| !known(name) && fields.contains_key(name));
                    continue;
                }
                _ => continue,
            };
            let Value::String(said) = value else {
                return Err(builtin(&format!("{name}: must be a string")));
            };
            if let Some(place) = place {
                *place = said.to_string();
            }
        }
        Ok(out)
    }
}

/// A token in its parts. What is signed is what stands before the signature.
struct Token<'a> {
    header: Value,
    payload: &'a str,
    signature: &'a str,
    signed: &'a str,
}

impl<'a> Token<'a> {
    fn read(token: &'a str) -> Result<Self, Trouble> {
        let [header, payload, signature] = sections(token)?;
        let header = object(&base64url(header)?)?;
        if header.as_object().is_ok_and(|fields| fields.contains_key(&Value::from("enc"))) {
            return Err(builtin("JWT is a JWE object, which is not supported"));
        }
        let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
        Ok(Self { header, payload, signature, signed })
    }
}

fn public_only(alg: &str, public: Option<Public>) -> Jwk {
    Jwk { alg: alg.to_owned(), kid: String::new(), public, private: None, secret: None }
}

/// The keys of a certificate, of a public key in PEM or of a JWK or set of them.
fn keys_of(source: &str) -> Result<Vec<Jwk>, Trouble> {
    let Some((kind, bytes, rest)) = pem(source) else {
        let keys = parse_jwks(source)?;
        return Ok(keys
            .into_iter()
            .filter(|key| key.alg.is_empty() || ALGORITHMS.contains(&key.alg.as_str()))
            .collect());
    };
    if !rest.is_empty() {
        return Err(builtin("extra data after a PEM certificate block"));
    }
    match kind {
        "CERTIFICATE" => Ok(vec![public_only("", x509::public_key(&bytes)?)]),
        "PUBLIC KEY" => match Public::from_spki(super::keys::der::Der(&bytes))? {
            Some(key) => Ok(vec![public_only("", Some(key))]),
            None => Err(builtin("failed to parse a PEM public key: x509: unknown public key algorithm")),
        },
        _ => Err(builtin("failed to extract a Key from the PEM certificate")),
    }
}

/// The keys that may have signed: the one that the header names, or all that do not name another algorithm.
fn candidates<'k>(keys: &'k [Jwk], header: &Header) -> Vec<&'k Jwk> {
    match keys.iter().find(|key| !header.kid.is_empty() && key.kid == header.kid) {
        Some(key) => vec![key],
        None => keys.iter().filter(|key| key.alg.is_empty() || key.alg == header.alg).collect(),
    }
}

/// `io.jwt.verify_*` of a public key. A private key, or one of another kind, has signed nothing.
fn verify_with(given: &[Value], algorithm: &str, digest: Digest) -> Result<Value, Trouble> {
    let token = text(given, 0)?;
    sections(token)?;
    let keys = keys_of(text(given, 1)?)?;
    let token = Token::read(token)?;
    let signature = base64url(token.signature)?;
    let header = Header::read(&token.header)?;
    for key in candidates(&keys, &header) {
        let Some(public) = key.public.as_ref().filter(|_| key.private.is_none()) else { continue };
        if verify(public, algorithm, digest, token.signed.as_bytes(), &signature)? {
            return Ok(Value::from(true));
        }
    }
    Ok(Value::from(false))
}

/// Whether a key has signed, by the algorithm that the header names.
fn is_signed_by(key: &Jwk, header: &Header, message: &str, signature: &[u8]) -> Result<bool, Trouble> {
    let algorithm = header.alg.as_str();
    if let Some(secret) = &key.secret {
        return match algorithm {
            "HS256" => Ok(signed::<Hmac<Sha256>>(message, secret)?.verify_slice(signature).is_ok()),
            "HS384" => Ok(signed::<Hmac<Sha384>>(message, secret)?.verify_slice(signature).is_ok()),
            "HS512" => Ok(signed::<Hmac<Sha512>>(message, secret)?.verify_slice(signature).is_ok()),
            _ => Ok(false),
        };
    }
    if key.private.is_some() {
        return Err(limit("a private key where a public one is expected"));
    }
    let Some(public) = &key.public else { return Ok(false) };
    let Some(kind) = algorithm.get(..2).filter(|_| ALGORITHMS.contains(&algorithm)) else { return Ok(false) };
    let digest = Digest::named(algorithm).unwrap_or(Digest::Sha512);
    verify(public, kind, digest, message.as_bytes(), signature)
}

/// What a token must fulfil.
#[derive(Default)]
struct Constraints {
    keys: Option<Vec<Jwk>>,
    alg: String,
    iss: String,
    aud: String,
    /// In nanoseconds.
    time: Option<f64>,
}

impl Constraints {
    fn read(given: &[Value]) -> Result<Self, Trouble> {
        let Some(Value::Object(fields)) = given.get(1) else { return Err(super::wrong(given, 1, "object")) };
        let mut out = Self::default();
        let mut secret = String::new();
        for (name, value) in fields.iter() {
            let Value::String(name) = name else { return Err(limit("a constraint whose name is no string")) };
            let text = || match value {
                Value::String(text) => Ok(text.to_string()),
                _ => Err(builtin(&format!("{name} constraint: must be a string"))),
            };
            match &**name {
                "cert" => out.keys = Some(keys_of(&text()?)?),
                "secret" => secret = text()?,
                "alg" => out.alg = text()?,
                "iss" => out.iss = text()?,
                "aud" => out.aud = text()?,
                "time" => {
                    let Value::Number(_) = value else {
                        return Err(builtin("token time constraint: must be a number"));
                    };
                    let time: f64 = value.to_string().parse().map_err(|_| limit("a time this far away"))?;
                    if time < 0.0 {
                        return Err(builtin("token time constraint: must not be negative"));
                    }
                    out.time = Some(time);
                }
                name => return Err(builtin(&format!("unknown token validation constraint: {name}"))),
            }
        }
        if !secret.is_empty() {
            if out.keys.is_some() {
                return Err(builtin("duplicate key constraints"));
            }
            out.keys = Some(vec![Jwk { secret: Some(secret.into_bytes()), ..public_only("", None) }]);
        }
        if out.keys.is_none() {
            return Err(builtin("no key constraint"));
        }
        Ok(out)
    }
}

/// Whether the header and payload are to be trusted, and both.
fn decode_verify(given: &[Value]) -> Result<Value, Trouble> {
    let unverified = || Ok(Value::from(vec![Value::from(false), fields_of([]), fields_of([])]));
    let first = text(given, 0);
    let constraints = Constraints::read(given)?;
    let mut source = first?.to_owned();
    let keys = constraints.keys.as_deref().unwrap_or_default();
    for _ in 0..20 {
        let token = Token::read(&source)?;
        let header = Header::read(&token.header)?;
        if header.alg.is_empty() || !header.understood {
            return unverified();
        }
        if !constraints.alg.is_empty() && constraints.alg != header.alg {
            return unverified();
        }
        let signature = base64url(token.signature)?;
        let mut verified = false;
        for key in candidates(keys, &header) {
            verified = verified || is_signed_by(key, &header, token.signed, &signature)?;
        }
        if !verified {
            return unverified();
        }
        let payload = base64url(token.payload)?;
        if header.cty.eq_ignore_ascii_case("JWT") {
            source = String::from_utf8_lossy(&payload).into_owned();
            continue;
        }
        let payload = object(&payload)?;
        return match constraints.admit(&payload)? {
            true => Ok(Value::from(vec![Value::from(true), token.header, payload])),
            false => unverified(),
        };
    }
    Err(limit("a token nested this deep"))
}

impl Constraints {
    /// Whether the claims are right: issuer, audience and times.
    fn admit(&self, payload: &Value) -> Result<bool, Trouble> {
        let claim = |name: &str| payload.as_object().ok().and_then(|fields| fields.get(&Value::from(name)));
        if !self.iss.is_empty() {
            match claim("iss") {
                Some(Value::String(iss)) if **iss == *self.iss => {}
                None | Some(Value::String(_)) => return Ok(false),
                Some(_) => return Err(limit("an issuer that is no string")),
            }
        }
        let is_meant = |value: &Value| matches!(value, Value::String(text) if **text == *self.aud);
        let meant = match claim("aud") {
            None => self.aud.is_empty(),
            Some(Value::Array(all)) => all.iter().any(is_meant),
            Some(one) => is_meant(one),
        };
        if !meant {
            return Ok(false);
        }
        let seconds = |time: f64| time / 1e9;
        let now = || match self.time {
            Some(time) => Ok(time),
            None => world::now().map(|now| now as f64),
        };
        for (name, early) in [("exp", false), ("nbf", true)] {
            match claim(name) {
                None => {}
                Some(limit @ Value::Number(_)) => {
                    let order = printed::order(&Value::from(seconds(now()?)), limit);
                    if (early && order.is_lt()) || (!early && order.is_ge()) {
                        return Ok(false);
                    }
                }
                Some(_) => return Err(builtin(&format!("{name} value must be a number"))),
            }
        }
        Ok(true)
    }
}

fn encode_sign(given: &[Value]) -> Result<Value, Trouble> {
    let marshal = |at: usize| json::to_text(given.get(at).unwrap_or(&Value::Null));
    signed_token(&marshal(0), &marshal(1), &marshal(2))
}

fn encode_sign_raw(given: &[Value]) -> Result<Value, Trouble> {
    let key = text(given, 2)?;
    signed_token(text(given, 0)?, text(given, 1)?, key)
}

fn signed_token(header: &str, payload: &str, key: &str) -> Result<Value, Trouble> {
    let keys = parse_jwks(key)?;
    let key = keys.first().ok_or_else(|| builtin("no keys found in JWK set"))?;
    let parsed = json::unmarshal(&[Value::from(header)]).ok();
    let field = |name: &str| match parsed.as_ref()?.as_object().ok()?.get(&Value::from(name))? {
        Value::String(text) => Some(text.to_string()),
        _ => None,
    };
    let algorithm = field("alg").ok_or_else(|| builtin("missing or invalid 'alg' header"))?;
    if !ALGORITHMS.contains(&algorithm.as_str()) {
        return Err(builtin(&format!("unknown JWS algorithm: {algorithm}")));
    }
    if field("typ").is_none_or(|typ| typ == "JWT") && json::unmarshal(&[Value::from(payload)]).is_err() {
        return Err(builtin("type is JWT but payload is not JSON"));
    }
    let message = format!("{}.{}", to_base64url(header.as_bytes()), to_base64url(payload.as_bytes()));
    let wrong = || builtin(&format!("the key is not for the algorithm {algorithm}"));
    let signature = match (algorithm.as_str(), &key.secret, &key.private) {
        ("HS256", Some(secret), _) => {
            signed::<Hmac<Sha256>>(&message, secret)?.finalize().into_bytes().to_vec()
        }
        ("HS384", Some(secret), _) => {
            signed::<Hmac<Sha384>>(&message, secret)?.finalize().into_bytes().to_vec()
        }
        ("HS512", Some(secret), _) => {
            signed::<Hmac<Sha512>>(&message, secret)?.finalize().into_bytes().to_vec()
        }
        (_, None, Some(private)) => {
            let kind = algorithm.get(..2).unwrap_or_default();
            let digest = Digest::named(&algorithm).unwrap_or(Digest::Sha512);
            sign(private, kind, digest, message.as_bytes()).ok_or_else(wrong)?
        }
        _ => return Err(wrong()),
    };
    Ok(Value::from(format!("{message}.{}", to_base64url(&signature))))
}
