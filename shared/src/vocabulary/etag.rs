//! Entity tags of S3, which distinguish the versions of an object.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An entity tag as S3 gives it, with its quotes. It is compared byte by byte and never computed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ETag(String);

impl ETag {
    /// Adds the quotes if they are missing: S3's events carry the tag without them, its answers with them.
    #[must_use]
    pub fn new(tag: &str) -> Self {
        if tag.starts_with('"') {
            Self(tag.to_owned())
        } else {
            Self(format!("\"{tag}\""))
        }
    }

    /// Returns the tag as it is written in headers.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
