//! The ids of jobs, which the service chooses, and of attempts, which the platform chooses.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The maximum length of an id. The service's ids have about twenty characters.
const MOST_CHARS: usize = 64;

/// The service's id of a job: up to 64 letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(String);

impl JobId {
    /// Parses an id; accepts exactly the grammar above, because an id becomes part of an address.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        is_plain(id).then(|| Self(id.to_owned()))
    }

    /// Returns an id for a job of the in-memory service.
    #[cfg(any(test, feature = "memory"))]
    pub(crate) fn numbered(number: usize) -> Self {
        Self(format!("job-{number}"))
    }

    /// Returns the id as the service gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of an attempt: up to 64 letters, digits and hyphens. It distinguishes the output of one claim from that of
/// others, is the job's client request token, and is part of the keys of its outputs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Attempt(String);

impl Attempt {
    /// Parses an id; accepts exactly the grammar above.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        is_plain(token).then(|| Self(token.to_owned()))
    }

    /// Makes an attempt's id from a claim's token, dropping characters outside the grammar.
    pub(crate) fn new(token: &str) -> Self {
        let plain = token.chars().filter(|c| is_plain_char(*c));
        Self(plain.take(MOST_CHARS).collect())
    }

    /// Returns the id as it is written in keys.
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
                Self::parse(&text).ok_or("a job's id must have 1 to 64 letters, digits and hyphens")
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
