//! A public key of a key group: RSA, or ECDSA on P-256.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA1_ASN1, ECDSA_P256_SHA256_ASN1, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// The hash algorithm of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
}

/// A key that verifies signatures.
#[derive(Debug, Clone)]
pub(crate) struct PublicKey {
    kind: Kind,
    der: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Rsa,
    Ecdsa,
}

impl PublicKey {
    /// Reads a key in PEM, the form in which CloudFront stores it. Returns `None` for keys that CloudFront would have
    /// refused.
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        let body = pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----")?;
        let body = body.strip_suffix("-----END PUBLIC KEY-----")?;
        let letters: String = body.split_ascii_whitespace().collect();
        let der = BASE64.decode(letters).ok()?;
        let fits = |kind: &Kind| ParsedPublicKey::new(kind.algorithm(Hash::Sha256), &der).is_ok();
        let kind = [Kind::Rsa, Kind::Ecdsa].into_iter().find(fits)?;
        Some(Self { kind, der })
    }

    /// Tells whether this signature of this text was made with the private half.
    pub(super) fn has_signed(&self, text: &[u8], hash: Hash, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(self.kind.algorithm(hash), &self.der);
        key.verify(text, signature).is_ok()
    }
}

impl Kind {
    fn algorithm(self, hash: Hash) -> &'static dyn VerificationAlgorithm {
        match (self, hash) {
            (Self::Rsa, Hash::Sha1) => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            (Self::Rsa, Hash::Sha256) => &RSA_PKCS1_2048_8192_SHA256,
            (Self::Ecdsa, Hash::Sha1) => &ECDSA_P256_SHA1_ASN1,
            (Self::Ecdsa, Hash::Sha256) => &ECDSA_P256_SHA256_ASN1,
        }
    }
}
