//! The message by which transcode-media is asked for another poster of a film that is published.

use serde::{Deserialize, Serialize};

use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::poster::ChosenPoster;

/// An order to take another poster. It is sent before the choice is on the record, so whoever receives it writes it there
/// if the process that sent it has died.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PosterOrder {
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
    /// The choice.
    pub poster: ChosenPoster,
}
