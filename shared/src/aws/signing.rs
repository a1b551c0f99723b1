//! Keys that sign for CloudFront, RSA or ECDSA on P-256, by aws-lc, which the SDK's TLS also uses.
//!
//! Only SHA-256 is used, because aws-lc-rs signs with nothing weaker.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;

use crate::ports::signing::{SigningError, SigningKey};

/// The content of the secret.
#[derive(Deserialize)]
struct Stored {
    public_key_id: String,
    /// The private key as PKCS #8 in PEM.
    private_key: String,
}

/// A private key, held in memory.
pub struct PrivateKey {
    id: String,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl PrivateKey {
    /// Reads the key from a secret: `{"public_key_id", "private_key"}`, the latter as PKCS #8 in PEM.
    ///
    /// # Errors
    /// [`SigningError`], which never contains anything from the secret.
    pub fn from_secret(text: &str) -> Result<Self, SigningError> {
        // serde's own message may quote a value, so it is not passed on.
        let stored = serde_json::from_str::<Stored>(text).ok();
        let stored = stored.ok_or_else(|| refused("the secret contains no key"))?;
        let der = der(&stored.private_key).ok_or_else(|| refused("the key is not PKCS #8 PEM"))?;
        let rsa = RsaKeyPair::from_pkcs8(&der).map(Pair::Rsa).ok();
        let ecdsa = || EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der).ok();
        let pair = rsa.or_else(|| ecdsa().map(Pair::Ecdsa));
        Ok(Self {
            id: stored.public_key_id,
            pair: pair.ok_or_else(|| refused("the key is neither RSA nor ECDSA on P-256"))?,
        })
    }
}

impl SigningKey for PrivateKey {
    fn id(&self) -> &str {
        &self.id
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let random = SystemRandom::new();
        let failed = |_| refused("the key cannot sign");
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            Pair::Ecdsa(pair) => Ok(pair
                .sign(&random, message)
                .map_err(failed)?
                .as_ref()
                .to_vec()),
        }
    }
}

fn der(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix("-----BEGIN PRIVATE KEY-----")?;
    let body = body.strip_suffix("-----END PRIVATE KEY-----")?;
    let letters: String = body.split_ascii_whitespace().collect();
    BASE64.decode(letters).ok()
}

fn refused(why: &'static str) -> SigningError {
    SigningError(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_no_key_is_not_repeated() {
        for text in [
            "",
            "{}",
            r#"{"public_key_id": "hush"}"#,
            r#"{"public_key_id": "hush", "private_key": "hush"}"#,
            r#"{"public_key_id": 1, "private_key": "hush"}"#,
            r#"{"public_key_id": "K", "private_key": "-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n"}"#,
        ] {
            let error = PrivateKey::from_secret(text).err();
            let said = error.map(|error| crate::platform::error::causes(&error));
            assert!(said.is_some_and(|said| !said.contains("hush")), "{text}");
        }
    }
}
