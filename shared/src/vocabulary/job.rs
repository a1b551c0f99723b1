//! What a job is called by the service, and what an attempt at one is called by us.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Characters of an id, at most: the service's are about twenty.
const MOST_CHARS: usize = 64;

/// The service's id of a job: up to 64 letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(String);

impl JobId {
    /// Accepts exactly the grammar above: an id becomes part of an address.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        is_plain(id).then(|| Self(id.to_owned()))
    }

    /// One of a service in memory.
    #[cfg(any(test, feature = "memory"))]
    pub(crate) fn numbered(number: usize) -> Self {
        Self(format!("job-{number}"))
    }

    /// As the service gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Tells what was begun by one claim from what was by others: up to 64 letters, digits and hyphens. It is the job's client
/// request token, and part of the keys of its outputs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Attempt(String);

impl Attempt {
    /// Accepts exactly the grammar above.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        is_plain(token).then(|| Self(token.to_owned()))
    }

    /// Of a claim's token; what is beyond the grammar is left out.
    pub(crate) fn new(token: &str) -> Self {
        let plain = token.chars().filter(|c| is_plain_char(*c));
        Self(plain.take(MOST_CHARS).collect())
    }

    /// As it stands in keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_plain_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

fn is_plain(text: &str) -> bool {
    (1..=MOST_CHARS).contains(&text.len()) && text.chars().all(is_plain_char)
}

macro_rules! as_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).ok_or("not up to 64 letters, digits and hyphens")
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

as_text!(JobId);
as_text!(Attempt);
