//! The origin of a file that the platform brings itself: another media, or an address.
//!
//! The grant says it in full ([`Origin`]); the record of the media says only what it waits for ([`Awaited`]), until the
//! file was judged.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::stage::Stage;

/// The origin of the file of a grant, if no uploader brings it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// From another media.
    Copy(CopyOf),
    /// From an address.
    Fetch(Address),
}

impl Origin {
    /// Returns what the media waits for.
    #[must_use]
    pub fn awaited(&self) -> Awaited {
        match self {
            Self::Copy(_) => Awaited::Copy,
            Self::Fetch(_) => Awaited::Fetch,
        }
    }
}

/// The media that is copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyOf {
    /// Its tenant.
    pub app: AppId,
    /// Its id.
    pub media: MediaId,
    /// The SHA-256 of the file that it was made of, and of the files that this one was copied from. What is delivered may
    /// have other bytes, but nobody may bring it back when one of these is blocked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<FileDigest>,
}

/// The address of a file. It may have a secret in its query, so it is never shown in a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(pub String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

/// The file that a media waits for, if the platform brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AwaitedFile")]
pub enum Awaited {
    /// The copy of another media.
    Copy,
    /// The file at an address.
    Fetch,
}

impl Awaited {
    /// Returns the stage that brings the file.
    #[must_use]
    pub fn stage(self) -> Stage {
        match self {
            Self::Copy => Stage::RunOperation,
            Self::Fetch => Stage::FetchRemote,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_stored_whole_and_never_logged() {
        let secret = "https://example.com/a.jpg?token=secret";
        let origin = Origin::Fetch(Address(secret.to_owned()));
        let stored = serde_json::to_string(&origin).unwrap();
        assert_eq!(stored, format!(r#"{{"fetch":"{secret}"}}"#));
        assert_eq!(serde_json::from_str::<Origin>(&stored).unwrap(), origin);
        assert!(!format!("{origin:?}").contains("example"), "{origin:?}");
    }
}
