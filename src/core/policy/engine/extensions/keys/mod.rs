//! Keys of RSA, of elliptic curves and of Ed25519: as OPA reads them from PEM, DER and JWK, and as Go prints them.

pub mod der;
mod jwk;
mod sign;

pub use jwk::{Jwk, parse_jwks};
pub use sign::{Digest, sign, verify};

use std::collections::BTreeMap;

use num_bigint::BigUint;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use regorus::Value;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};

use self::der::{Der, NULL, OCTETS, OID, SEQUENCE, to_base64, to_base64url};
use super::Trouble;

/// The largest RSA key, in bits. Larger ones take seconds.
const MAX_BITS: usize = 16_384;

/// A curve with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    P256,
    P384,
    P521,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Public {
    Rsa(rsa::RsaPublicKey),
    /// The coordinates, as long as the curve has them.
    Ec(Curve, Vec<u8>, Vec<u8>),
    Ed25519([u8; 32]),
}

/// A private key.
#[derive(Clone)]
pub enum Private {
    Rsa(Box<rsa::RsaPrivateKey>),
    Ec(Curve, Vec<u8>),
    /// The seed.
    Ed25519([u8; 32]),
}

pub fn builtin(words: &str) -> Trouble {
    Trouble::Builtin(words.to_owned())
}

pub fn limit(words: &str) -> Trouble {
    Trouble::Limit(format!("{words} is not for this engine"))
}

/// An object with these fields.
pub fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let fields: BTreeMap<Value, Value> =
        fields.into_iter().map(|(key, value)| (Value::from(key), value)).collect();
    Value::from(fields)
}

/// A number from its bytes, the highest first.
pub fn number(bytes: &[u8]) -> Value {
    Value::from_numeric_string(&BigUint::from_bytes_be(bytes).to_string()).unwrap_or(Value::Null)
}

impl Curve {
    /// Bytes of a coordinate.
    pub fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Its name in JWK.
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// By its object identifier.
    fn of(oid: &[u64]) -> Result<Self, Trouble> {
        match oid {
            [1, 2, 840, 10045, 3, 1, 7] => Ok(Self::P256),
            [1, 3, 132, 0, 34] => Ok(Self::P384),
            [1, 3, 132, 0, 35] => Ok(Self::P521),
            [1, 3, 132, 0, 33] => Err(limit("a key of the curve P-224")),
            _ => Err(builtin("x509: unsupported elliptic curve")),
        }
    }

    /// A point, if it is on the curve.
    pub fn point(self, x: &[u8], y: &[u8]) -> Option<Public> {
        let size = self.size();
        let (x, y) = (fixed(x, size)?, fixed(y, size)?);
        let sec1 = [&[4][..], &x, &y].concat();
        let sound = match self {
            Self::P256 => p256::PublicKey::from_sec1_bytes(&sec1).is_ok(),
            Self::P384 => p384::PublicKey::from_sec1_bytes(&sec1).is_ok(),
            Self::P521 => p521::PublicKey::from_sec1_bytes(&sec1).is_ok(),
        };
        sound.then_some(Public::Ec(self, x, y))
    }

    /// The public key of a private one.
    fn public(self, d: &[u8]) -> Option<Public> {
        let d = fixed(d, self.size())?;
        let point = match self {
            Self::P256 => {
                p256::SecretKey::from_slice(&d).ok()?.public_key().to_encoded_point(false).as_bytes().to_vec()
            }
            Self::P384 => {
                p384::SecretKey::from_slice(&d).ok()?.public_key().to_encoded_point(false).as_bytes().to_vec()
            }
            Self::P521 => {
                p521::SecretKey::from_slice(&d).ok()?.public_key().to_encoded_point(false).as_bytes().to_vec()
            }
        };
        let (x, y) = point.get(1..)?.split_at_checked(self.size())?;
        Some(Public::Ec(self, x.to_vec(), y.to_vec()))
    }
}

/// The bytes of a number, brought to this length.
pub fn fixed(bytes: &[u8], size: usize) -> Option<Vec<u8>> {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    let bytes = bytes.get(zeros..)?;
    let mut out = vec![0; size.checked_sub(bytes.len())?];
    out.extend(bytes);
    Some(out)
}

/// An RSA public key.
pub fn rsa_public(n: &[u8], e: &[u8]) -> Result<Public, Trouble> {
    let (n, e) = (rsa::BigUint::from_bytes_be(n), rsa::BigUint::from_bytes_be(e));
    let key = rsa::RsaPublicKey::new_with_max_size(n, e, MAX_BITS);
    key.map(Public::Rsa).map_err(|_| limit("an RSA key with such numbers"))
}

/// An RSA private key of two primes.
pub fn rsa_private(n: &[u8], e: &[u8], d: &[u8], primes: [&[u8]; 2]) -> Result<Private, Trouble> {
    let big = |bytes: &[u8]| rsa::BigUint::from_bytes_be(bytes);
    let key =
        rsa::RsaPrivateKey::from_components(big(n), big(e), big(d), primes.into_iter().map(big).collect());
    match key {
        Ok(key) if key.n().bits() <= MAX_BITS => Ok(Private::Rsa(Box::new(key))),
        Ok(_) => Err(limit("an RSA key this large")),
        Err(_) => Err(builtin("x509: invalid RSA private key")),
    }
}

impl Public {
    /// From a SubjectPublicKeyInfo. `None` if the algorithm is not known to Go.
    pub fn from_spki(spki: Der) -> Result<Option<Self>, Trouble> {
        let mut outer = spki;
        let malformed = || builtin("x509: malformed public key");
        let mut info = outer.inside(SEQUENCE).ok_or_else(malformed)?;
        let mut algorithm = info.inside(SEQUENCE).ok_or_else(malformed)?;
        let oid = algorithm.oid().ok_or_else(malformed)?;
        let key = info.bytes().ok_or_else(malformed)?;
        match oid.as_slice() {
            [1, 2, 840, 113549, 1, 1, 1] => {
                if algorithm.peek() != Some(NULL) {
                    return Err(builtin("x509: RSA key missing NULL parameters"));
                }
                Self::from_pkcs1(key).map(Some)
            }
            [1, 2, 840, 10045, 2, 1] => {
                let curve = algorithm.oid().ok_or_else(|| builtin("x509: invalid ECDSA parameters"))?;
                let curve = Curve::of(&curve)?;
                let wrong = || builtin("x509: failed to unmarshal elliptic curve point");
                let (x, y) = key
                    .strip_prefix(&[4])
                    .filter(|point| point.len() == 2 * curve.size())
                    .and_then(|point| point.split_at_checked(curve.size()))
                    .ok_or_else(wrong)?;
                curve.point(x, y).map(Some).ok_or_else(wrong)
            }
            [1, 3, 101, 112] => {
                if !algorithm.is_empty() {
                    return Err(builtin("x509: Ed25519 key encoded with illegal parameters"));
                }
                let key = key.try_into().map_err(|_| builtin("x509: wrong Ed25519 public key size"))?;
                Ok(Some(Self::Ed25519(key)))
            }
            [1, 3, 101, 110] | [1, 2, 840, 10040, 4, 1] => Err(limit("a key of this kind")),
            _ => Ok(None),
        }
    }

    /// From an RSAPublicKey.
    fn from_pkcs1(bytes: &[u8]) -> Result<Self, Trouble> {
        let wrong = || builtin("x509: invalid RSA public key");
        let mut inner = Der(bytes).inside(SEQUENCE).ok_or_else(wrong)?;
        let n = inner.unsigned().ok_or_else(wrong)?;
        let e = inner.unsigned().ok_or_else(wrong)?;
        if n.is_empty() || e.is_empty() {
            return Err(builtin("x509: RSA modulus is not a positive number"));
        }
        rsa_public(n, e)
    }

    /// As Go's `json.Marshal` prints it.
    pub fn go_json(&self) -> Value {
        match self {
            Self::Rsa(key) => {
                object([("N", number(&key.n().to_bytes_be())), ("E", number(&key.e().to_bytes_be()))])
            }
            Self::Ec(_, x, y) => object([("Curve", object([])), ("X", number(x)), ("Y", number(y))]),
            Self::Ed25519(key) => Value::from(to_base64(key)),
        }
    }

    /// What `PublicKeyAlgorithm` Go calls it.
    pub fn algorithm(&self) -> u64 {
        match self {
            Self::Rsa(_) => 1,
            Self::Ec(..) => 3,
            Self::Ed25519(_) => 4,
        }
    }
}

impl Private {
    /// From the bytes of a PEM block of this kind; `None` if blocks of that kind hold no key.
    pub fn from_block(kind: &str, bytes: &[u8]) -> Option<Result<Self, Trouble>> {
        Some(match kind {
            "RSA PRIVATE KEY" => Self::from_pkcs1(bytes),
            "PRIVATE KEY" => Self::from_pkcs8(bytes),
            "EC PRIVATE KEY" => Self::from_sec1(bytes, None),
            _ => return None,
        })
    }

    /// From whichever of the three forms it is in.
    pub fn from_any(bytes: &[u8]) -> Result<Self, Trouble> {
        let mut last = builtin("tls: failed to parse private key");
        for found in [Self::from_pkcs1(bytes), Self::from_pkcs8(bytes), Self::from_sec1(bytes, None)] {
            match found {
                Ok(key) => return Ok(key),
                Err(limit @ Trouble::Limit(_)) => last = limit,
                Err(Trouble::Builtin(_)) => {}
            }
        }
        Err(last)
    }

    fn from_pkcs1(bytes: &[u8]) -> Result<Self, Trouble> {
        let wrong = || builtin("x509: failed to parse RSA private key");
        let mut outer = Der(bytes);
        let mut inner = outer.inside(SEQUENCE).filter(|_| outer.is_empty()).ok_or_else(wrong)?;
        match inner.small().ok_or_else(wrong)? {
            0 => {}
            1 => return Err(limit("an RSA key of several primes")),
            _ => return Err(wrong()),
        }
        let mut next = || inner.unsigned().ok_or_else(wrong);
        let (n, e, d, p, q) = (next()?, next()?, next()?, next()?, next()?);
        for _ in 0..3 {
            next()?;
        }
        rsa_private(n, e, d, [p, q])
    }

    fn from_pkcs8(bytes: &[u8]) -> Result<Self, Trouble> {
        let wrong = || builtin("x509: failed to parse private key");
        let mut inner = Der(bytes).inside(SEQUENCE).ok_or_else(wrong)?;
        inner.small().ok_or_else(wrong)?;
        let mut algorithm = inner.inside(SEQUENCE).ok_or_else(wrong)?;
        let oid = algorithm.oid().ok_or_else(wrong)?;
        let key = inner.take(OCTETS).ok_or_else(wrong)?.body;
        match oid.as_slice() {
            [1, 2, 840, 113549, 1, 1, 1] => Self::from_pkcs1(key),
            [1, 2, 840, 10045, 2, 1] => {
                let curve = match algorithm.peek() {
                    Some(OID) => Some(Curve::of(&algorithm.oid().ok_or_else(wrong)?)?),
                    _ => None,
                };
                Self::from_sec1(key, curve)
            }
            [1, 3, 101, 112] => {
                let seed = Der(key).take(OCTETS).ok_or_else(wrong)?.body;
                seed.try_into()
                    .map(Self::Ed25519)
                    .map_err(|_| builtin("x509: invalid Ed25519 private key length"))
            }
            [1, 3, 101, 110] => Err(limit("a key of this kind")),
            _ => Err(builtin("x509: PKCS#8 wrapping contained private key with unknown algorithm")),
        }
    }

    fn from_sec1(bytes: &[u8], curve: Option<Curve>) -> Result<Self, Trouble> {
        let wrong = || builtin("x509: failed to parse EC private key");
        let mut inner = Der(bytes).inside(SEQUENCE).ok_or_else(wrong)?;
        if inner.small() != Some(1) {
            return Err(wrong());
        }
        let d = inner.take(OCTETS).ok_or_else(wrong)?.body;
        let named = match inner.optional(0xa0).map_err(|()| wrong())? {
            Some(named) => Some(Curve::of(&Der(named.body).oid().ok_or_else(wrong)?)?),
            None => None,
        };
        let curve = curve.or(named).ok_or_else(|| builtin("x509: unknown elliptic curve"))?;
        let d = fixed(d, curve.size()).ok_or_else(|| builtin("x509: invalid private key length"))?;
        curve.public(&d).ok_or_else(|| builtin("x509: invalid elliptic curve private key value"))?;
        Ok(Self::Ec(curve, d))
    }

    /// The public key that goes with it.
    pub fn public(&self) -> Option<Public> {
        match self {
            Self::Rsa(key) => Some(Public::Rsa(key.to_public_key())),
            Self::Ec(curve, d) => curve.public(d),
            Self::Ed25519(seed) => {
                Some(Public::Ed25519(ed25519_dalek::SigningKey::from_bytes(seed).verifying_key().to_bytes()))
            }
        }
    }

    /// As Go's `json.Marshal` prints it.
    pub fn go_json(&self) -> Option<Value> {
        Some(match self {
            Self::Rsa(key) => {
                let [dp, dq, qinv] = crt(key)?;
                let primes: Vec<Value> =
                    key.primes().iter().map(|prime| number(&prime.to_bytes_be())).collect();
                object([
                    ("N", number(&key.n().to_bytes_be())),
                    ("E", number(&key.e().to_bytes_be())),
                    ("D", number(&key.d().to_bytes_be())),
                    ("Primes", Value::from(primes)),
                    (
                        "Precomputed",
                        object([
                            ("Dp", number(&dp)),
                            ("Dq", number(&dq)),
                            ("Qinv", number(&qinv)),
                            ("CRTValues", Value::new_array()),
                        ]),
                    ),
                ])
            }
            Self::Ec(_, d) => {
                let Public::Ec(_, x, y) = self.public()? else { return None };
                object([("Curve", object([])), ("D", number(d)), ("X", number(&x)), ("Y", number(&y))])
            }
            Self::Ed25519(seed) => {
                let Public::Ed25519(public) = self.public()? else { return None };
                Value::from(to_base64(&[*seed, public].concat()))
            }
        })
    }

    /// As a JWK.
    pub fn jwk(&self) -> Option<Value> {
        let text = |bytes: &[u8]| Value::from(to_base64url(bytes));
        Some(match self {
            Self::Rsa(key) => {
                let [dp, dq, qinv] = crt(key)?;
                let [p, q] = key.primes() else { return None };
                object([
                    ("kty", Value::from("RSA")),
                    ("n", text(&key.n().to_bytes_be())),
                    ("e", text(&key.e().to_bytes_be())),
                    ("d", text(&key.d().to_bytes_be())),
                    ("p", text(&p.to_bytes_be())),
                    ("q", text(&q.to_bytes_be())),
                    ("dp", text(&dp)),
                    ("dq", text(&dq)),
                    ("qi", text(&qinv)),
                ])
            }
            Self::Ec(curve, d) => {
                let Public::Ec(_, x, y) = self.public()? else { return None };
                object([
                    ("kty", Value::from("EC")),
                    ("crv", Value::from(curve.name())),
                    ("x", text(&x)),
                    ("y", text(&y)),
                    ("d", text(d)),
                ])
            }
            Self::Ed25519(seed) => {
                let Public::Ed25519(public) = self.public()? else { return None };
                object([
                    ("kty", Value::from("OKP")),
                    ("crv", Value::from("Ed25519")),
                    ("x", text(&public)),
                    ("d", text(seed)),
                ])
            }
        })
    }
}

/// The exponents of the primes, and the inverse of the second.
fn crt(key: &rsa::RsaPrivateKey) -> Option<[Vec<u8>; 3]> {
    let mut key = key.clone();
    key.precompute().ok()?;
    let inverse = key.qinv()?.to_biguint()?;
    Some([key.dp()?.to_bytes_be(), key.dq()?.to_bytes_be(), inverse.to_bytes_be()])
}
