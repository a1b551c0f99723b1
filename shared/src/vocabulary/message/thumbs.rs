//! The messages by which validate-upload is asked to make thumbnails ahead.

use serde::{Deserialize, Serialize};

use super::MessageError;
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::names::{AppId, MediaId};

/// A request to make thumbnails that nobody has asked for yet. Like every message it is a hint: which there are to be is
/// told by the registration, and which there are by the bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thumbs {
    /// Those of one media.
    MakeThumbs(OfMedia),
    /// Those of all media of an app.
    MakeAllThumbs(OfApp),
}

/// One media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfMedia {
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
}

/// All media of an app, or those that are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfApp {
    /// The tenant.
    pub app: AppId,
    /// The digest of what is made ahead for the app. By another registration somebody else goes through its media.
    pub by: FileDigest,
    /// The last media that was dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<MediaId>,
}

impl Thumbs {
    /// Returns the message about one media.
    ///
    /// # Errors
    /// [`MessageError::Malformed`] if it cannot be written as JSON, which is a fault of ours.
    pub fn of_media(app: &AppId, media: &MediaId) -> Result<String, MessageError> {
        super::write(&Self::MakeThumbs(OfMedia {
            app: app.clone(),
            media: media.clone(),
        }))
    }
}
