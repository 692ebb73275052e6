//! JSON Web Keys.

use regorus::Value;

use super::der::base64url;
use super::{Curve, Private, Public, builtin, fixed, limit, rsa_private, rsa_public};
use crate::core::policy::engine::extensions::{Trouble, json};

/// A key and what the JWK says about it.
#[derive(Clone)]
pub struct Jwk {
    pub alg: String,
    pub kid: String,
    pub public: Option<Public>,
    pub private: Option<Private>,
    /// Of a key that is shared.
    pub secret: Option<Vec<u8>>,
}

/// One key or a set of keys.
pub fn parse_jwks(text: &str) -> Result<Vec<Jwk>, Trouble> {
    let value = json::unmarshal(&[Value::from(text)]).map_err(|trouble| match trouble {
        Trouble::Builtin(_) => builtin("failed to parse a JWK key (set): failed to unmarshal JWK set"),
        limit => limit,
    })?;
    from_value(&value)
}

fn from_value(value: &Value) -> Result<Vec<Jwk>, Trouble> {
    let fields = value.as_object().map_err(|_| builtin("failed to parse a JWK key (set)"))?;
    match fields.get(&Value::from("keys")) {
        Some(Value::Array(keys)) => keys.iter().map(Jwk::read).collect(),
        Some(_) => Err(builtin("failed to parse a JWK key (set): invalid `keys`")),
        None => Ok(vec![Jwk::read(value)?]),
    }
}

impl Jwk {
    fn read(value: &Value) -> Result<Self, Trouble> {
        let fields = value.as_object().map_err(|_| builtin("failed to parse a JWK: no object"))?;
        let text = |name: &str| match fields.get(&Value::from(name)) {
            Some(Value::String(text)) => Ok(Some(text.to_string())),
            Some(_) => Err(builtin(&format!("failed to parse a JWK: invalid `{name}`"))),
            None => Ok(None),
        };
        let optional = |name: &str| -> Result<Option<Vec<u8>>, Trouble> {
            let wrong = || builtin(&format!("failed to parse a JWK: invalid `{name}`"));
            text(name)?.map(|text| base64url(text.trim_end_matches('=')).ok_or_else(wrong)).transpose()
        };
        let needed = |name: &str| {
            optional(name)?
                .ok_or_else(|| builtin(&format!("failed to parse a JWK: required field `{name}` is missing")))
        };
        let mut key = Self {
            alg: text("alg")?.unwrap_or_default(),
            kid: text("kid")?.unwrap_or_default(),
            public: None,
            private: None,
            secret: None,
        };
        match text("kty")?.as_deref() {
            Some("RSA") => {
                let (n, e) = (needed("n")?, needed("e")?);
                key.public = Some(rsa_public(&n, &e)?);
                if let Some(d) = optional("d")? {
                    let (Some(p), Some(q)) = (optional("p")?, optional("q")?) else {
                        return Err(limit("a private RSA key without its primes"));
                    };
                    key.private = Some(rsa_private(&n, &e, &d, [&p, &q])?);
                }
            }
            Some("EC") => {
                let curve = match text("crv")?.as_deref() {
                    Some("P-256") => Curve::P256,
                    Some("P-384") => Curve::P384,
                    Some("P-521") => Curve::P521,
                    _ => return Err(builtin("failed to parse a JWK: unknown curve")),
                };
                let wrong = || builtin("failed to parse a JWK: the point is not on the curve");
                key.public = Some(curve.point(&needed("x")?, &needed("y")?).ok_or_else(wrong)?);
                if let Some(d) = optional("d")? {
                    key.private = Some(Private::Ec(curve, fixed(&d, curve.size()).ok_or_else(wrong)?));
                }
            }
            Some("OKP") if text("crv")?.as_deref() == Some("Ed25519") => {
                let size = |bytes: Vec<u8>| {
                    <[u8; 32]>::try_from(bytes)
                        .map_err(|_| builtin("failed to parse a JWK: invalid key size"))
                };
                key.public = Some(Public::Ed25519(size(needed("x")?)?));
                if let Some(d) = optional("d")? {
                    key.private = Some(Private::Ed25519(size(d)?));
                }
            }
            Some("OKP") => return Err(limit("a key of this kind")),
            Some("oct") => key.secret = Some(needed("k")?),
            _ => return Err(builtin("failed to parse a JWK: invalid key type")),
        }
        Ok(key)
    }
}
