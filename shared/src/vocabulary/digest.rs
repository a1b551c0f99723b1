//! The SHA-256 of a file's bytes, by which the same bytes are recognised under any name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a file as it was uploaded, in 64 lower-case hexadecimal digits. Two different files with the same one
/// cannot be made, so nobody can have a stranger's file blocked by a file of their own.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(rename = "Sha256", extend("pattern" = "^[0-9a-f]{64}$"))]
pub struct FileDigest(String);

/// A text that is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 has 64 hexadecimal digits, in lower case")]
pub struct NoDigest;

impl FileDigest {
    /// Reads a digest.
    ///
    /// # Errors
    /// [`NoDigest`] unless it has 64 digits in lower case.
    pub fn parse(text: &str) -> Result<Self, NoDigest> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoDigest)
        }
    }

    /// Returns the digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Hasher::default();
        hasher.update(bytes);
        hasher.finish()
    }

    /// Returns the digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FileDigest {
    type Error = NoDigest;

    fn try_from(text: String) -> Result<Self, NoDigest> {
        Self::parse(&text)
    }
}

impl From<FileDigest> for String {
    fn from(digest: FileDigest) -> Self {
        digest.0
    }
}

impl fmt::Display for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Takes in a file piece by piece.
#[derive(Debug, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Takes in the next piece of the file.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// Returns the digest of all pieces.
    #[must_use]
    pub fn finish(self) -> FileDigest {
        let digest = self.0.finalize();
        FileDigest(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest of `abc`, from FIPS 180-2, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn pieces_have_the_digest_of_the_whole() {
        let mut hasher = Hasher::default();
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(hasher.finish().as_str(), ABC);
        assert_eq!(FileDigest::of(b"abc").as_str(), ABC);
    }

    #[test]
    fn a_digest_is_written_in_one_way_only() {
        assert_eq!(FileDigest::parse(ABC).unwrap().as_str(), ABC);
        let upper = ABC.to_uppercase();
        let other = ABC.replace('a', "g");
        for text in ["", "0", &ABC[1..], &format!("{ABC}0"), &upper, &other] {
            assert_eq!(FileDigest::parse(text), Err(NoDigest), "{text}");
        }
    }
}
