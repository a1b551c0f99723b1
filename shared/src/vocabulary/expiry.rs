//! The expiry of a media, as an app gives it for a file that it declares or for a media that is there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::vocabulary::description::{Description, Unfit};

/// An app's declaration about a file, besides the file's name. The default declares nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// The words for people, and for the app itself.
    #[serde(flatten)]
    pub description: Description,
    /// The time at which the media expires.
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
