//! When a media expires, as an app says it of a file that it declares or of a media that is there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::vocabulary::description::{Description, Unfit};

/// What an app says about a file that it declares, besides its name. The default says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// What it says to people, and to itself.
    #[serde(flatten)]
    pub description: Description,
    /// When the media expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Checks a time that an app gives: a media does not expire in the past.
///
/// # Errors
/// What to give instead.
pub fn checked(at: Option<Timestamp>, now: Timestamp) -> Result<Option<Timestamp>, Unfit> {
    if at.is_none_or(|at| at > now) {
        return Ok(at);
    }
    Err(Unfit {
        field: "expires_at".to_owned(),
        give: "Give a time that is not over yet, such as 2031-01-31T12:00:00Z.".to_owned(),
    })
}
