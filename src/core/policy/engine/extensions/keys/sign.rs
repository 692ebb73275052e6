//! Signatures.

use ed25519_dalek::Signer;
use p256::ecdsa::signature::RandomizedSigner;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::rand_core::{CryptoRng, RngCore};
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Sign, Pss};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::{Curve, Private, Public, fixed, limit};
use crate::core::policy::engine::extensions::Trouble;

/// What is signed is a digest of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    fn of(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }

    /// By the number in the name of an algorithm: `256` of `RS256`.
    pub fn named(algorithm: &str) -> Option<Self> {
        match algorithm.get(2..)? {
            "256" => Some(Self::Sha256),
            "384" => Some(Self::Sha384),
            "512" => Some(Self::Sha512),
            _ => None,
        }
    }

    fn pkcs1(self) -> Pkcs1v15Sign {
        match self {
            Self::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
            Self::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
            Self::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        }
    }
}

/// Whether a signature is right. `algorithm`: `RS`, `PS`, `ES` or `Ed`; ECDSA signatures are the two numbers one after
/// the other.
///
/// # Errors
/// What cannot be known here.
pub fn verify(
    key: &Public,
    algorithm: &str,
    digest: Digest,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, Trouble> {
    let hash = digest.of(message);
    Ok(match (key, algorithm) {
        (Public::Rsa(key), "RS" | "PS") if key.n().bits() < 1024 => false,
        (Public::Rsa(key), "RS") => key.verify(digest.pkcs1(), &hash, signature).is_ok(),
        (Public::Rsa(key), "PS") => pss_lengths(key, digest).any(|salt| {
            let scheme = match digest {
                Digest::Sha256 => Pss::new_with_salt::<Sha256>(salt),
                Digest::Sha384 => Pss::new_with_salt::<Sha384>(salt),
                Digest::Sha512 => Pss::new_with_salt::<Sha512>(salt),
            };
            key.verify(scheme, &hash, signature).is_ok()
        }),
        (Public::Ec(curve, x, y), "ES") => {
            let (r, s) = signature.split_at(signature.len() / 2);
            let numbers = fixed(r, curve.size()).zip(fixed(s, curve.size()));
            let Some((r, s)) = numbers else { return Ok(false) };
            if hash.len() * 2 < curve.size() {
                return Err(limit("a digest this short for the curve P-521"));
            }
            let point = [&[4][..], x, y].concat();
            ecdsa(*curve, &point, &[r, s].concat(), &hash).unwrap_or(false)
        }
        (Public::Ed25519(key), "Ed") => {
            let key = ed25519_dalek::VerifyingKey::from_bytes(key);
            let signature = ed25519_dalek::Signature::from_slice(signature);
            key.ok().zip(signature.ok()).is_some_and(|(key, signature)| {
                use ed25519_dalek::Verifier;
                key.verify(message, &signature).is_ok()
            })
        }
        _ => false,
    })
}

/// Go takes a salt of any length: the usual one first, then all others.
fn pss_lengths(key: &rsa::RsaPublicKey, digest: Digest) -> impl Iterator<Item = usize> {
    let usual = digest.of(b"").len();
    let most = (key.n().bits() - 1).div_ceil(8).saturating_sub(usual + 2);
    std::iter::once(usual).chain((0..=most).filter(move |&salt| salt != usual))
}

fn ecdsa(curve: Curve, point: &[u8], signature: &[u8], hash: &[u8]) -> Option<bool> {
    Some(match curve {
        Curve::P256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            key.verify_prehash(hash, &p256::ecdsa::Signature::from_slice(signature).ok()?).is_ok()
        }
        Curve::P384 => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            key.verify_prehash(hash, &p384::ecdsa::Signature::from_slice(signature).ok()?).is_ok()
        }
        Curve::P521 => {
            let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            key.verify_prehash(hash, &p521::ecdsa::Signature::from_slice(signature).ok()?).is_ok()
        }
    })
}

/// Signs. The salt of PSS comes from the message and ECDSA signatures are those of RFC 6979: with OPA they are random,
/// and differ from one query to the next. `None` if the key is not for the algorithm.
pub fn sign(key: &Private, algorithm: &str, digest: Digest, message: &[u8]) -> Option<Vec<u8>> {
    let hash = digest.of(message);
    match (key, algorithm) {
        (Private::Rsa(key), "RS" | "PS") if key.n().bits() < 1024 => None,
        (Private::Rsa(key), "RS") => key.sign(digest.pkcs1(), &hash).ok(),
        (Private::Rsa(key), "PS") => {
            let salt = hash.len();
            let scheme = match digest {
                Digest::Sha256 => Pss::new_with_salt::<Sha256>(salt),
                Digest::Sha384 => Pss::new_with_salt::<Sha384>(salt),
                Digest::Sha512 => Pss::new_with_salt::<Sha512>(salt),
            };
            key.sign_with_rng(&mut Stream { seed: hash.clone(), drawn: 0 }, scheme, &hash).ok()
        }
        (Private::Ec(Curve::P256, d), "ES") if digest == Digest::Sha256 => {
            let key = p256::ecdsa::SigningKey::from_slice(d).ok()?;
            let signature: p256::ecdsa::Signature = key.sign(message);
            Some(signature.to_bytes().to_vec())
        }
        (Private::Ec(Curve::P384, d), "ES") if digest == Digest::Sha384 => {
            let key = p384::ecdsa::SigningKey::from_slice(d).ok()?;
            let signature: p384::ecdsa::Signature = key.sign(message);
            Some(signature.to_bytes().to_vec())
        }
        (Private::Ec(Curve::P521, d), "ES") if digest == Digest::Sha512 => {
            let key = p521::ecdsa::SigningKey::from_slice(d).ok()?;
            // The nonce comes from the key and the message, as RFC 6979 wants it to.
            let mut nonces = Stream { seed: [d.as_slice(), &hash].concat(), drawn: 0 };
            let signature: p521::ecdsa::Signature = key.try_sign_with_rng(&mut nonces, message).ok()?;
            Some(signature.to_bytes().to_vec())
        }
        (Private::Ed25519(seed), "Ed") => {
            Some(ed25519_dalek::SigningKey::from_bytes(seed).sign(message).to_bytes().to_vec())
        }
        _ => None,
    }
}

/// Numbers that follow from a seed, for salts: a decision is the same whenever it is made.
struct Stream {
    seed: Vec<u8>,
    drawn: u64,
}

impl RngCore for Stream {
    fn next_u32(&mut self) -> u32 {
        rsa::rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rsa::rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            self.drawn += 1;
            let block =
                Sha256::new().chain_update(&self.seed).chain_update(self.drawn.to_be_bytes()).finalize();
            chunk.iter_mut().zip(block).for_each(|(to, from)| *to = from);
        }
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Stream {}
