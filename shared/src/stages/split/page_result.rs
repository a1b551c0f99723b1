//! What a span leaves in WORK for the manifest, of each of its pages.

use serde::{Deserialize, Serialize};

use crate::vocabulary::page::PageNumber;

/// What is left of a page in WORK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageResult {
    pub(super) page: PageNumber,
    /// Width and height of its image; nothing of a broken one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<(u32, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) label: Option<String>,
}
