//! Entity tags of S3: they tell the versions of an object apart.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An entity tag as S3 gives it, quotes included. Compared by bytes, never computed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ETag(String);

impl ETag {
    /// With quotes, adding them if missing: S3 events carry the tag without, S3's answers with.
    #[must_use]
    pub fn new(tag: &str) -> Self {
        if tag.starts_with('"') {
            Self(tag.to_owned())
        } else {
            Self(format!("\"{tag}\""))
        }
    }

    /// As it stands in headers.
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
